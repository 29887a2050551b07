"""The program is killed at random moments of buying, receiving and counting (F1, T1).

The 200 of a release: `python -m tests.faults 200`. A failure prints the seed to run again with.
"""

import random

import pytest

from tests.faults.killing import kills

KILLS = 20


@pytest.mark.timeout(400)
def test_a_killed_program_loses_nothing_and_does_nothing_twice(engine_kind, address, tmp_path):
    report = kills(engine_kind, address, tmp_path, KILLS, random.randrange(2**31))
    print(report)
    assert report.faults == KILLS
    assert report.inside * 2 >= KILLS, f"too few between begin and commit: {report}"
