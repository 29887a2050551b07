"""Nothing blocks the GUI thread (architecture section 8): what proves it in every GUI test.

A Qt timer ticks in the GUI thread; a watching thread looks at that thread's stack. Time that goes
by without a tick while our own views or models are on the stack is a stall. The test's own work
between clicks is not, nor is time in which the machine gave the watcher no turn either.
"""

import faulthandler
import re
import tempfile
import threading
import time
from pathlib import Path

from PySide6.QtCore import QObject, QTimer

TICK_MS = 50
LOOK_S = 0.02
COUNTED_S_MAX = 0.1
STALL_S_MAX = 0.2

_PACKAGE = Path(__file__).resolve().parents[2] / "desktop_app"
_OURS = (str(_PACKAGE / "views"), str(_PACKAGE / "models"), str(_PACKAGE / "app.py"))


class Heartbeat(QObject):
    """Starts at once; `stop()` returns the longest stall as (seconds, stack), or None."""

    def __init__(self) -> None:
        super().__init__()
        self._gui = threading.get_ident()
        self._tick = 0
        self._worst: tuple[float, str] | None = None
        self._over = threading.Event()
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._ticked)
        self._timer.start()
        self._watcher = threading.Thread(target=self._watch, name="heartbeat", daemon=True)
        self._watcher.start()

    def _ticked(self) -> None:
        self._tick += 1

    def stop(self) -> tuple[float, str] | None:
        self._timer.stop()
        self._over.set()
        self._watcher.join()
        return self._worst

    def _watch(self) -> None:
        seen, stalled, looked = self._tick, 0.0, time.monotonic()
        while not self._over.wait(LOOK_S):
            now = time.monotonic()
            spent, looked = min(now - looked, COUNTED_S_MAX), now
            if self._tick != seen:
                seen, stalled = self._tick, 0.0
                continue
            stalled += spent
            if stalled < STALL_S_MAX / 2:
                continue
            stack = _stack_of(self._gui)
            if not any(part in stack for part in _OURS):
                stalled = 0.0
                continue
            if stalled > STALL_S_MAX and (self._worst is None or stalled > self._worst[0]):
                self._worst = (stalled, stack)


def _stack_of(thread: int) -> str:
    """The stack of a thread by faulthandler, which makes no frame objects.

    `sys._current_frames()` crashed CPython 3.11 while that thread was inside a paint event.
    """
    with tempfile.TemporaryFile() as file:
        faulthandler.dump_traceback(file, all_threads=True)
        file.seek(0)
        text = file.read().decode(errors="replace")
    for part in re.split(r"\n(?=(?:Current thread|Thread) 0x)", text):
        if f"0x{thread:016x}" in part.split("(", 1)[0]:
            return "\n".join(part.splitlines()[:13])
    return ""
