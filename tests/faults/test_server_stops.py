"""The server stops hard in the middle of commands and comes back (F11, T5)."""

import random

import pytest

from tests.faults.stopping import durable_server, stops

STOPS = 5


@pytest.mark.timeout(300)
def test_a_server_that_stops_loses_nothing_and_nobody_is_asked(tmp_path):
    with durable_server() as (server, address):
        report = stops(server, address, tmp_path, STOPS, random.randrange(2**31))
    print(report)
    assert report.faults == STOPS
    assert report.inside >= 2
    assert sum(report.how.values()) > STOPS
