"""Fixtures for tests with Qt: background threads that end, and no window left open."""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from desktop_app.models.background import Background
    from tests.helpers.heartbeat import Heartbeat

WAIT_MS = 20_000
USES_QT = {"qtbot", "qapp"}


@pytest.fixture
def qtbot(qtbot: Any) -> Any:
    """pytest-qt's, waiting longer: a busy machine is no failure, what never comes still is one."""
    for name in ("waitUntil", "waitSignal", "waitExposed"):
        setattr(qtbot, name, partial(getattr(qtbot, name), timeout=WAIT_MS))
    return qtbot


@pytest.fixture
def background(qapp: object) -> "Iterator[Background]":
    """The program's threads. Ask for `backend` before it, so that the store closes last."""
    from desktop_app.models.background import Background

    made = Background()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _gui_thread_stays_free(request: pytest.FixtureRequest) -> "Iterator[Heartbeat | None]":
    """In every test with Qt: no slot holds up the GUI thread for more than 200 ms."""
    if not USES_QT & set(request.fixturenames):
        yield None
        return
    request.getfixturevalue("qapp")
    if "_dressed" in request.fixturenames:
        # Taking off what the test before wore is not this test's work.
        request.getfixturevalue("_dressed")
    from tests.helpers.heartbeat import Heartbeat

    heartbeat = Heartbeat()
    yield heartbeat
    stall = heartbeat.stop()
    if stall is not None and request.node.get_closest_marker("may_stall") is None:
        pytest.fail(
            f"the GUI thread stalled for {stall[0] * 1000:.0f} ms in\n{stall[1]}", pytrace=False
        )


@pytest.fixture(autouse=True)
def _no_window_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """pytest-qt closes what `qtbot.addWidget` was told of; the rest is a leak."""
    yield
    if not USES_QT & set(request.fixturenames):
        return
    from PySide6.QtWidgets import QApplication

    # The off-screen clipboard outlives Python, and then calls into what a test copied.
    QApplication.clipboard().clear()
    left = [w for w in QApplication.topLevelWidgets() if w.isVisible()]
    names = [f"{type(w).__name__} {w.windowTitle()!r}" for w in left]
    for window in left:
        window.close()
        window.deleteLater()
    assert not names, f"windows left open: {', '.join(names)}"
