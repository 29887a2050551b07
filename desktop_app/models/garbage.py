"""Garbage is collected on the window's thread only.

Python collects cycles on whatever thread happens to allocate. A QObject with a timer that dies on a
reader thread leaves that timer running, and the window's thread then calls into freed memory. So
while other threads work, automatic collection is off and a timer here does it.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

LOOK_MS = 250


class GarbageHere(QObject):
    """From ``start`` to ``stop`` cycles are collected by a timer of the thread it lives on."""

    _users = 0

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._working = False

    def start(self) -> None:
        """Take collection over."""
        if not self._working:
            self._working = True
            GarbageHere._users += 1
            gc.disable()
            self._timer.start()

    def look(self) -> None:
        """Collect as far as Python's own thresholds say it is time to."""
        counts, limits = gc.get_count(), gc.get_threshold()
        for generation in (2, 1, 0):
            if limits[generation] and counts[generation] > limits[generation]:
                gc.collect(generation)
                return

    def stop(self) -> None:
        """Give it back, once the other threads have ended."""
        if not self._working:
            return
        self._working = False
        self._timer.stop()
        GarbageHere._users -= 1
        if GarbageHere._users == 0:
            gc.enable()
