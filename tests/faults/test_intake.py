"""Ten tills, and the intake killed at random moments: the same end as in peace (R7.1, F16).

The 100,000 of a release: `python -m tests.faults.intake 100000`.
"""

import random

import pytest

from tests.faults.intake import trial

MESSAGES = 220
KILLS = 3


@pytest.mark.timeout(300)
def test_a_killed_intake_loses_nothing_and_does_nothing_twice(engine_kind, tmp_path):
    report = trial(engine_kind, tmp_path, MESSAGES, KILLS, random.randrange(2**31), life_s=0.8)
    print(report)
    assert report.messages >= MESSAGES - 2
    assert report.kills > 0
