"""Progress and Stop of a long command (architecture section 8). Polled, never pushed."""

from __future__ import annotations

from threading import Event

from .errors import Stopped


class Progress:
    """Written by the worker, read by the screen on a timer."""

    def __init__(self) -> None:
        self.phase = ""
        self.done = 0
        self.total = 0
        self.detail = ""
        self.can_stop = True
        self._stop = Event()

    def step(self, phase: str, done: int, total: int, detail: str = "") -> None:
        """Say how far the work is; raises Stopped where Stop was pressed."""
        self.look()
        self.phase, self.done, self.total, self.detail = phase, done, total, detail

    def look(self) -> None:
        """Raise Stopped if Stop was pressed and there is a way back."""
        if self.can_stop and self._stop.is_set():
            raise Stopped

    def no_return(self) -> None:
        """Last look at Stop; from here on it is greyed."""
        self.look()
        self.can_stop = False

    def restart(self) -> None:
        """A new attempt of the same command: forget how far the last one was."""
        self.phase, self.done, self.total, self.detail, self.can_stop = "", 0, 0, "", True

    def stop(self) -> None:
        """Ask the worker to stop; called from the screen's thread."""
        self._stop.set()
