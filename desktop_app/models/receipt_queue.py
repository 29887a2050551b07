"""Commands of a count on their way to the store: one at a time, in order, none lost (RCV-12)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import uuid4

from PySide6.QtCore import QObject, QTimer, Signal

from desktop_app.models.scan_answer import Answer
from desktop_app.services.access import Permission
from desktop_app.services.backend import Backend, Call, Done
from desktop_app.services.errors import Rejected, Unavailable

RETRY_MS = 2000
LOST_CODES = {"draft_taken_over", "draft_gone"}
"""After these the rest of the queue would be refused too."""


class Office(Protocol):
    """What the flow needs of the desk."""

    backend: Backend

    def read(
        self, owner: QObject, query: Callable[..., Any], *args: Any, then: Callable[[Any], object],
        failed: Callable[[Exception], object] | None = None, key: str | None = None, **kwargs: Any,
    ) -> None: ...  # fmt: skip

    def run(
        self, owner: QObject, call: Call[Any], *,
        then: Callable[[Done[Any]], object] | None = None,
        failed: Callable[[Exception], object] | None = None,
        once: str | None = None, says: Callable[[Any], str] | str = "",
    ) -> None: ...  # fmt: skip

    def may(self, permission: Permission) -> bool: ...


@dataclass(slots=True, eq=False)
class Pending:
    """A command on its way; `units` counts on `row_id` where that is known before the answer."""

    call: Call[Any]
    once: str
    draft_id: int
    code: str = ""
    row_id: int | None = None
    units: int = 0
    many: bool = False
    shown: Answer | None = None
    then: Callable[[dict[str, Any]], object] | None = None


class ReceiptQueue(QObject):
    """Sends one command, waits for its answer, sends the next.

    While the database is away the same command is sent again with the same id, so it is done
    once; what was scanned meanwhile waits behind it.
    """

    stored = Signal(object, object)  # Pending, result
    refused = Signal(object, object)  # Pending, error
    changed = Signal()

    def __init__(self, desk: Office, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._waiting: deque[Pending] = deque()
        self._sending = False
        self.away_since: datetime | None = None
        self._retry = QTimer(self, singleShot=True, interval=RETRY_MS)
        self._retry.timeout.connect(self.send)

    def __len__(self) -> int:
        return len(self._waiting)

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def __contains__(self, pending: Pending) -> bool:
        return pending in self._waiting

    def up_to(self, pending: Pending) -> list[Pending]:
        """What waits, from the oldest to this one."""
        waiting = list(self._waiting)
        return waiting[: waiting.index(pending) + 1]

    def add(
        self, call: Call[Any], draft_id: int, code: str = "", row_id: int | None = None
    ) -> Pending:
        """Put a command at the end and see that the oldest one is on its way."""
        pending = Pending(call, str(uuid4()), draft_id, code, row_id)
        self._waiting.append(pending)
        self.send()
        self.changed.emit()
        return pending

    def send(self) -> None:
        """Hand the oldest command to the store, unless one is with it already."""
        if self._sending or not self._waiting:
            return
        head = self._waiting[0]
        self._sending = True
        self._desk.run(
            self, head.call, once=head.once, then=lambda done: self._answered(head, done.result),
            failed=lambda error: self._failed(head, error),
        )  # fmt: skip

    def _answered(self, pending: Pending, result: dict[str, Any]) -> None:
        self._sending = False
        self._waiting.popleft()
        self.away_since = None
        self.stored.emit(pending, result)
        self.changed.emit()
        self.send()

    def _failed(self, pending: Pending, error: Exception) -> None:
        self._sending = False
        if isinstance(error, Unavailable):
            self.away_since = self.away_since or datetime.now(UTC)
            self._retry.start()
            self.changed.emit()
            return
        if isinstance(error, Rejected) and error.code in LOST_CODES:
            self._waiting.clear()
        else:
            self._waiting.popleft()
        self.refused.emit(pending, error)
        self.changed.emit()
        self.send()
