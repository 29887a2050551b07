"""What was put right on the exceptions desk, with Undo while it can be undone (ux 3.9, EXC-03)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from desktop_app.config import Workstation
from desktop_app.models.formats import count
from desktop_app.models.put_right_table import STOPPED, columns, source, stopped
from desktop_app.services.changes import Changes, Topic
from desktop_app.services.exceptions_done import PutRightFilter, PutRightLine

from .desk import Desk
from .filters import Choice, Picked, ViewSpec, among, one_of
from .key_list import LIST_KEYS, PUT_RIGHT_KEYS
from .list_frame import ListSpec
from .list_page import ListPage
from .panes import SalePane
from .pick_lists import PickLists

DONE = ViewSpec("done", "Put right today", PutRightFilter())
DAYS = tuple(Choice(days, f"last {days} days") for days in (7, 30, 90))


@dataclass(frozen=True, slots=True)
class _Order:
    """What the pane wants of a line."""

    id: int
    number: int
    customer: str


class PutRightPage(ListPage[PutRightLine, PutRightFilter]):
    """Orders that were put right, newest first: when, by whom, how."""

    keys = (*PUT_RIGHT_KEYS, *LIST_KEYS)

    def __init__(
        self,
        desk: Desk,
        config: Workstation,
        lists: PickLists,
        tabs: tuple[ViewSpec[Any], ...],
        parent: QWidget | None = None,
    ) -> None:
        spec = ListSpec(
            key="put_right",
            title="Exceptions",
            noun="order",
            nouns="orders",
            source=source(),
            columns=columns(desk.backend.actor),
            views=(DONE,),
            tabs=tabs,
            filters=(
                replace(one_of("days", "Put right", DAYS, pinned=True, blank=1), read=_longer),
                among("channel", "Shop", lists.channel_choices, pinned=True),
            ),
            find=lambda where, text: replace(where, text=text),
            find_hint="Order or item code",
            ticks=False,
            all_done={"done": "Nothing was put right today."},
        )
        super().__init__(desk, config, spec, parent)
        self.undo = QAction("Undo fix", self)
        self.undo.setShortcut(QKeySequence("Ctrl+Shift+Z"))
        self.undo.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.undo.triggered.connect(lambda _checked: self._undo())
        self.addAction(self.undo)
        self.undo_button = QPushButton("Undo fix")
        self.undo_button.setAutoDefault(False)
        self.undo_button.clicked.connect(lambda _checked: self._undo())
        self.add_header_action(self.undo_button)
        self.view.current_changed.connect(lambda _row: self._settle())
        self.table.page_arrived.connect(self._settle)
        self.table.shown.connect(lambda *_: self._settle())
        self.set_pane(pane := SalePane(desk))
        self.pane_row_changed.connect(lambda line: pane.show_line(cast(Any, _order(line))))
        self.opened.connect(self._open)
        lists.changed.connect(lambda: self.filters.show_filter(self.where))
        self._settle()

    def refresh_counts(self) -> None:
        self.strip.say(
            "Enter opens the order; Ctrl+Shift+Z takes a fix back while that can be done."
        )

    def fill_menu(self, menu: QMenu, row: PutRightLine) -> None:
        menu.addAction("Open").triggered.connect(lambda _c: self.desk.open("sale", row.sale_id))
        self._settle()
        menu.addAction(self.undo)

    def _open(self, key: int) -> None:
        line = self.view.current_row()
        if isinstance(line, PutRightLine) and line.id == key:
            self.desk.open("sale", line.sale_id)

    def _changed_elsewhere(self, changes: Changes) -> None:
        """A line hangs on more than its own order: all that are shown are read again in place."""
        if Topic.SALES in changes.topics:
            changes = Changes(changes.by, {**changes.topics, Topic.SALES: None})
        super()._changed_elsewhere(changes)

    def _settle(self) -> None:
        """The act follows the current line: what it takes back, or why it cannot."""
        line = self.view.current_row()
        words, reason = "Undo fix", "No order is chosen"
        if isinstance(line, PutRightLine):
            key = stopped(line, self.desk.backend.actor)
            reason = STOPPED[key][1] if key else ""
            words = f"Undo fix of {count(line.orders, 'order')}" if line.orders > 1 else words
        self.undo.setText(words)
        self.undo.setEnabled(not reason)
        self.undo_button.setText(words)
        self.undo_button.setEnabled(not reason)
        self.undo_button.setToolTip(reason or "Everything it did is taken back (Ctrl+Shift+Z)")

    def _undo(self) -> None:
        line = self.view.current_row()
        if not isinstance(line, PutRightLine) or stopped(line, self.desk.backend.actor):
            return
        more = f" and {count(line.orders - 1, 'more order')}" if line.orders > 1 else ""
        self.undo_button.setEnabled(False)
        self.desk.undo(
            line.journal_id, f"fix of #{line.number}{more}", then=self.reload, failed=self._refused
        )

    def _refused(self, error: Exception) -> None:
        self.reload()
        self.desk.tell(error)


def _longer(where: PutRightFilter) -> Picked | None:
    """Today is what the tab says; the chip has the longer spans."""
    return Picked((where.days,)) if where.days != DONE.where.days else None


def _order(line: PutRightLine | None) -> _Order | None:
    return None if line is None else _Order(line.sale_id, line.number, line.customer)
