"""What every page and dialog is given: the backend, the threads, and a way to the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

from desktop_app.config import Workstation
from desktop_app.models.background import Background
from desktop_app.models.change_hub import ChangeHub
from desktop_app.services.access import Permission
from desktop_app.services.backend import Backend, Call, Done
from desktop_app.services.errors import ServiceError
from desktop_app.services.progress import Progress

from .messages import needs_role, sentence

UNDO_KEPT = 20
"""Ctrl+Z reaches back so many own commands (MIC-03)."""


class Desk(QObject):
    """One per main window. Pages ask it to open records, to run commands and to say things.

    Signals the main window listens to:

    - ``open_wanted(kind, key)``: show a record or page. Kinds: ``sale`` (id), ``purchase`` (id),
      ``batch`` (batch id), ``receive`` (purchase order id), ``page`` (page key), ``sales_filter``
      (a SalesFilter for the sales page), ``purchases_filter``, ``stock_product`` (product id),
      ``settings`` (section),
      ``sale_note`` ((sale id, goods-out note id): the sale at that note).
    - ``said(text)``: one quiet sentence in the strip.
    - ``done(text, journal_id or "")``: a command was done; with an id, Undo is offered.
    - ``working(Progress or None, text)``: a command runs, or nothing runs any more.
    """

    open_wanted = Signal(str, object)
    said = Signal(str)
    done = Signal(str, str)
    undone = Signal(object)
    working = Signal(object, str)

    def __init__(
        self,
        backend: Backend,
        background: Background,
        hub: ChangeHub,
        parent: QObject | None = None,
        config: Workstation | None = None,
    ) -> None:
        super().__init__(parent)
        self.config = config or Workstation()
        """What this workstation remembers: sizes, printers, folders (MIC-07)."""
        self.backend = backend
        self.background = background
        self.hub = hub
        self.undo_list: list[tuple[str, str]] = []

    def open(self, kind: str, key: object) -> None:
        """Ask the main window to show a record or page."""
        self.open_wanted.emit(kind, key)

    def may(self, permission: Permission) -> bool:
        """Return whether this person may; pages grey what they may not."""
        return self.backend.actor.may(permission)

    def why_not(self, permission: Permission) -> str:
        """The tooltip of a greyed action: "Needs buyer or manager", empty where allowed."""
        return "" if self.may(permission) else needs_role(permission)

    def read(
        self,
        owner: QObject,
        query: Callable[..., Any],
        *args: Any,
        then: Callable[[Any], object],
        failed: Callable[[Exception], object] | None = None,
        key: str | None = None,
        **kwargs: Any,
    ) -> None:
        """Run ``query(db, *args, **kwargs)`` off the window's thread.

        With ``key`` only the newest question of this owner under that key is answered.
        """

        def work() -> Any:
            return self.backend.read(query, *args, **kwargs)

        if key is None:
            self.background.read(owner, work, then, failed or self.tell)
        else:
            self.background.read_latest(owner, key, work, then, failed or self.tell)

    def run(
        self,
        owner: QObject,
        call: Call[Any],
        *,
        then: Callable[[Done[Any]], object] | None = None,
        failed: Callable[[Exception], object] | None = None,
        once: str | None = None,
        says: Callable[[Any], str] | str = "",
        progress: Progress | None = None,
    ) -> None:
        """Run a command in the background; tell the screens; offer Undo where there is one.

        ``once``: the id made when the dialog opened, so that pressing twice does it once.
        ``says``: the sentence for the strip, or a function of the result; empty says nothing.
        """
        key = once or str(uuid4())
        progress = progress or Progress()
        self.working.emit(progress, call.name)

        # The desk owns the answer: a dialog closed meanwhile must not swallow the news.
        def succeeded(made: Done[Any]) -> None:
            self.working.emit(None, "")
            self.hub.announce(made.changes)
            text = says(made.result) if callable(says) else says
            if made.can_undo and not made.repeated:
                self._remember(made.journal_id, text or call.name)
            if text:
                self.done.emit(text, made.journal_id if made.can_undo else "")
            if then is not None and isValid(owner):
                then(made)

        def refused(error: Exception) -> None:
            self.working.emit(None, "")
            (failed if failed is not None and isValid(owner) else self.tell)(error)

        self.background.write(
            self, lambda: self.backend.run(call, once=key, progress=progress), succeeded, refused
        )

    def undo(
        self,
        journal_id: str,
        text: str = "",
        *,
        then: Callable[[], object] | None = None,
        failed: Callable[[Exception], object] | None = None,
    ) -> None:
        """Take a command back; what is in the way is said in the strip, or to ``failed``."""

        def succeeded(made: Done[Any]) -> None:
            self.undo_list = [one for one in self.undo_list if one[0] != journal_id]
            self.hub.announce(made.changes)
            self.done.emit(f"Undone: {text}" if text else "Undone", "")
            self.undone.emit(made)
            if then is not None:
                then()

        once = str(uuid4())
        self.background.write(
            self, lambda: self.backend.undo(journal_id, once=once), succeeded, failed or self.tell
        )

    def undo_last(self) -> None:
        """Ctrl+Z: the last own command of this session that can be undone."""
        if self.undo_list:
            self.undo(*self.undo_list[-1])
        else:
            self.said.emit("Nothing to undo.")

    def tell(self, error: Exception) -> None:
        """Say a refusal in the strip; a bug goes to the crash window."""
        if not isinstance(error, ServiceError):
            raise error
        self.said.emit(sentence(error))

    def _remember(self, journal_id: str, text: str) -> None:
        self.undo_list = [*self.undo_list[-(UNDO_KEPT - 1) :], (journal_id, text)]
