"""Commands of a count on their way to the store: one at a time, in order, none lost (RCV-12)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import uuid4

from PySide6.QtCore import QObject, QTimer, Signal

from desktop_app.models.kept_scans import Kept, KeptScans
from desktop_app.models.scan_answer import Answer
from desktop_app.services import (  # noqa: F401 - they declare the commands of a count
    receipt_damage,
    receipt_drafts,
    receipt_links,
)
from desktop_app.services.access import Permission
from desktop_app.services.backend import COMMANDS, Backend, Call, Done
from desktop_app.services.errors import Rejected, ServiceError, Unavailable

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
    times: int | None = None  # the number typed before it
    resumed: bool = False  # of a program that ended before the store answered
    shown: Answer | None = None
    then: Callable[[dict[str, Any]], object] | None = None
    says: Callable[[Any], str] | str = ""  # for the strip, which offers Undo


class ReceiptQueue(QObject):
    """Sends one command, waits for its answer, sends the next.

    While the database is away the same command is sent again with the same id, so it is done
    once; what was scanned meanwhile waits behind it, and in ``kept`` on this computer.
    """

    stored = Signal(object, object)  # Pending, result
    refused = Signal(object, object)  # Pending, error
    resumed = Signal(int, object)  # how many of an earlier program counted, [error]
    changed = Signal()

    def __init__(
        self, desk: Office, parent: QObject | None = None, kept: KeptScans | None = None
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._kept = kept
        self._resumed_count = 0
        self._resumed_errors: list[Exception] = []
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
        self,
        call: Call[Any],
        draft_id: int,
        code: str = "",
        row_id: int | None = None,
        says: Callable[[Any], str] | str = "",
    ) -> Pending:
        """Put a command at the end and see that the oldest one is on its way."""
        pending = Pending(call, str(uuid4()), draft_id, code, row_id, says=says)
        if self._kept is not None:
            request = call.request
            self._kept.add(Kept(pending.once, call.name, request, draft_id, code, row_id))
            if self.away_since is not None:
                self._kept.secure()
        self._waiting.append(pending)
        self.send()
        self.changed.emit()
        return pending

    @property
    def is_kept(self) -> bool:
        """Whether what waits is safe on this computer."""
        return self._kept is not None and self._kept.safe

    def resume(self) -> None:
        """Send what an earlier program left, before anything else that waits."""
        left: list[Pending] = []
        for one in self._kept.take_over() if self._kept is not None else ():
            known = COMMANDS.get(one.command)
            if known is not None:
                call = known(*one.request["args"], **one.request.get("named", {}))
                left.append(
                    Pending(call, one.once, one.draft_id, one.code, one.row_id, resumed=True)
                )
        self._waiting.extendleft(reversed(left))
        self.send()
        self.changed.emit()

    def reachable(self, on: bool) -> None:
        """The database went away, or is back."""
        if on:
            self.away_since = None
            self.send()
        else:
            self._away()
        self.changed.emit()

    def _away(self) -> None:
        self.away_since = self.away_since or datetime.now(UTC)
        if self._kept is not None:
            self._kept.secure()

    def close(self) -> None:
        """Send nothing more; what waits is for the next start."""
        self._waiting.clear()
        self._retry.stop()
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    def send(self) -> None:
        """Hand the oldest command to the store, unless one is with it already."""
        if self._sending or not self._waiting:
            return
        head = self._waiting[0]
        self._sending = True
        self._desk.run(
            self, head.call, once=head.once, then=lambda done: self._answered(head, done),
            failed=lambda error: self._failed(head, error), says=head.says,
        )  # fmt: skip

    def _answered(self, pending: Pending, done: Done[Any]) -> None:
        self._sending = False
        self.away_since = None
        if pending not in self._waiting:
            return  # closed meanwhile
        self._over(pending)
        self._resumed_count += pending.resumed and not done.repeated
        self.stored.emit(pending, done.result)
        self._next()

    def _failed(self, pending: Pending, error: Exception) -> None:
        self._sending = False
        if isinstance(error, Unavailable):
            self._away()
            self._retry.start()
            self.changed.emit()
            return
        if pending not in self._waiting:
            return
        lost = isinstance(error, Rejected) and error.code in LOST_CODES
        same = [one for one in self._waiting if one.draft_id == pending.draft_id]
        for one in same if lost else [pending]:
            # A fault of the program is no answer: the next start tries again.
            self._over(one, answered=isinstance(error, ServiceError))
            if one.resumed:
                self._resumed_errors.append(error)
        self.refused.emit(pending, error)
        self._next()

    def _over(self, pending: Pending, *, answered: bool = True) -> None:
        self._waiting.remove(pending)
        if self._kept is not None and answered:
            self._kept.done(pending.once)

    def _next(self) -> None:
        told = self._resumed_count or self._resumed_errors
        if told and not any(one.resumed for one in self._waiting):
            count, errors = self._resumed_count, self._resumed_errors
            self._resumed_count, self._resumed_errors = 0, []
            self.resumed.emit(count, errors)
        self.changed.emit()
        self.send()
