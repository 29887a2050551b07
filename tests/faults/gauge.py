"""A few bytes that a worker and the one who kills it share: where the worker is just now."""

import mmap
from enum import IntEnum
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import event

from desktop_app.services.store.engine import Store

KINDS = ("", "batch", "receive", "scan", "undo")


class Phase(IntEnum):
    IDLE = 0
    """Choosing, previewing, or writing an intent down."""
    INSIDE = 1
    """Between BEGIN and COMMIT."""
    COMMITTING = 2
    COMMITTED = 3
    """Done and not confirmed yet."""


class Pause(IntEnum):
    NO = 0
    ASKED = 1
    PAUSED = 2


class Gauge:
    """Phase, kind of command, pause: one byte each."""

    def __init__(self, path: Path, *, new: bool = False) -> None:
        if new:
            path.write_bytes(bytes(3))
        with path.open("r+b") as file:
            self._bytes = mmap.mmap(file.fileno(), 3)

    @property
    def phase(self) -> Phase:
        return Phase(self._bytes[0])

    @phase.setter
    def phase(self, phase: Phase) -> None:
        self._bytes[0] = phase

    @property
    def kind(self) -> str:
        return KINDS[self._bytes[1]]

    @kind.setter
    def kind(self, kind: str) -> None:
        self._bytes[1] = KINDS.index(kind)

    @property
    def pause(self) -> Pause:
        return Pause(self._bytes[2])

    @pause.setter
    def pause(self, pause: Pause) -> None:
        self._bytes[2] = pause

    def clear(self) -> None:
        self._bytes[:] = bytes(3)

    def watch(self, store: Store) -> None:
        """Follow the transactions of a store. BEGIN counts from the server's answer to it."""

        def inside(*_args: Any) -> None:
            if self.phase is Phase.IDLE:
                self.phase = Phase.INSIDE

        def committing(_db: Any) -> None:
            self.phase = Phase.COMMITTING

        def back(_db: Any) -> None:
            self.phase = Phase.IDLE

        event.listen(store.writes, "after_cursor_execute", inside)
        event.listen(store.writes, "commit", committing)
        event.listen(store.writes, "rollback", back)

    def __enter__(self) -> "Gauge":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bytes.close()
