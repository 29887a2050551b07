"""Nothing blocks the GUI thread (architecture section 8): what proves it in every GUI test.

A Qt timer ticks in the GUI thread; a watching thread looks at that thread's stack. Time that goes
by without a tick while our own views or models are on the stack is a stall. The test's own work
between clicks is not, nor is time in which the thread wanted to run and the machine gave it no core.
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
COUNTED_S_MAX = 0.05
"""One look counts no more: where the watcher itself got no core, the time between two of its looks
says nothing of the GUI thread. A stall of 200 ms is seen in four looks."""
STALL_S_MAX = 0.2

_PACKAGE = Path(__file__).resolve().parents[2] / "desktop_app"
_OURS = (str(_PACKAGE / "views"), str(_PACKAGE / "models"), str(_PACKAGE / "app.py"))


class Heartbeat(QObject):
    """Starts at once; `stop()` returns the longest stall as (seconds, stack), or None.

    While ``watching`` is off nothing counts: the program is being built or taken down.
    """

    def __init__(self) -> None:
        super().__init__()
        self._gui = threading.get_ident()
        self._turns = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
        self._tick = 0
        self.watching = True
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

    def _queued(self) -> float:
        """Seconds the GUI thread has waited for a core; 0 where the system does not tell."""
        try:
            return int(self._turns.read_text().split()[1]) / 1e9
        except (OSError, IndexError, ValueError):
            return 0.0

    def _watch(self) -> None:
        seen, stalled, looked = self._tick, 0.0, time.monotonic()
        queued = self._queued()
        while not self._over.wait(LOOK_S):
            now, now_queued = time.monotonic(), self._queued()
            spent = min(max(now - looked - (now_queued - queued), 0.0), COUNTED_S_MAX)
            looked, queued = now, now_queued
            if self._tick != seen or not self.watching:
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
