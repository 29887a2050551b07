"""The watch over the GUI thread sees a stall in our code, and only there."""

import time
import types

import pytest
from PySide6.QtCore import QTimer

from tests.helpers import heartbeat
from tests.helpers.sources import PACKAGE

SLEEP = 0.5


def _as_view(source: str) -> types.SimpleNamespace:
    """Code that looks as if it were a view's."""
    space: dict[str, object] = {"time": time}
    exec(compile(source, str(PACKAGE / "views" / "made_up.py"), "exec"), space)
    return types.SimpleNamespace(**space)


@pytest.mark.may_stall  # on purpose
def test_a_slot_that_waits_is_seen(qtbot):
    view = _as_view(f"def slot():\n    time.sleep({SLEEP})\n")
    watch = heartbeat.Heartbeat()
    QTimer.singleShot(0, view.slot)
    qtbot.wait(100)
    stall = watch.stop()
    assert stall is not None
    assert 0.2 < stall[0] < SLEEP + 0.2
    assert "made_up.py" in stall[1]


def test_the_tests_own_waiting_is_not(qtbot):
    watch = heartbeat.Heartbeat()
    time.sleep(SLEEP)
    qtbot.wait(100)
    assert watch.stop() is None


def test_a_slot_that_lets_events_through_is_not(qtbot):
    view = _as_view("def slot(wait):\n    wait(500)\n")
    watch = heartbeat.Heartbeat()
    view.slot(qtbot.wait)
    assert watch.stop() is None
