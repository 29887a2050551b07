"""Cycles die on the window's thread only: a timer that died elsewhere crashed the program."""

import gc
import threading

from PySide6.QtCore import QObject, QTimer

from desktop_app.models.background import Background


class Ring(QObject):
    """A QObject with a running timer in a reference cycle."""

    died: list[str] = []  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__()
        self.ring = self
        self.timer = QTimer(self, interval=1)
        self.timer.start()

    def __del__(self) -> None:
        Ring.died.append(threading.current_thread().name)


def test_cycles_are_collected_here_while_threads_work(qtbot):
    Ring.died.clear()
    background = Background()
    try:
        assert not gc.isenabled()
        for _ in range(50):
            Ring()
        done = []
        background.read(background, lambda: len([[n] for n in range(200_000)]), done.append)
        qtbot.waitUntil(lambda: bool(done))
        kept = [[n] for n in range(5_000)]  # enough for Python to think it is time
        qtbot.waitUntil(lambda: len(Ring.died) == 50)
    finally:
        background.close()
    assert len(kept) == 5_000
    assert set(Ring.died) == {"MainThread"}
    assert gc.isenabled()


def test_the_last_one_gives_collection_back(qapp):
    first, second = Background(), Background()
    first.close()
    assert not gc.isenabled()
    second.close()
    assert gc.isenabled()
