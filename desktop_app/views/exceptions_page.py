"""The exceptions desk: what shops sold and the books lack, and its guided fix (ux 3.9, R7.9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QLabel, QLineEdit, QMenu, QStackedWidget, QWidget

from desktop_app.config import Workstation
from desktop_app.models.exceptions_table import COLUMNS, source
from desktop_app.models.formats import count
from desktop_app.models.paged_table import PagedTable
from desktop_app.services.access import Permission
from desktop_app.services.changes import Changes, Topic
from desktop_app.services.exceptions_done import desk_counts
from desktop_app.services.exceptions_list import ExceptionLine, ExceptionsFilter
from desktop_app.services.exceptions_preview import SALES_MAX

from .action_strip import PageStrip
from .desk import Desk
from .filters import ViewSpec, among
from .fix_dialog import FixDialog
from .key_list import EXCEPTION_KEYS, LIST_KEYS
from .list_frame import ListSpec
from .list_page import ListPage
from .panes import SalePane
from .pick_lists import PickLists
from .put_right_page import DONE, PutRightPage

WAITING = ViewSpec("all", "Needs stock", ExceptionsFilter())
TABS = (WAITING, DONE)


def spec(lists: PickLists) -> ListSpec[ExceptionLine, ExceptionsFilter]:
    """What waits as a list."""
    return ListSpec(
        key="exceptions",
        title="Exceptions",
        noun="order",
        nouns="orders",
        source=source(),
        columns=COLUMNS,
        views=(WAITING,),
        tabs=TABS,
        filters=(
            among("channel", "Shop", lists.channel_choices, pinned=True),
            among("warehouse", "Warehouse", lists.warehouse_choices, pinned=True),
        ),
        find=lambda where, text: replace(where, text=text),
        find_hint="Order or item code",
        first_use=(
            "Nothing to put right",
            "Orders come here when a shop sold goods that the books do not have.",
        ),
        all_done={"all": "Nothing to put right: what the shops sold is on record."},
    )


class ExceptionsPage(QStackedWidget):
    """The desk: what needs stock, and what was put right, one list at a time.

    For the window it is the list that is shown.
    """

    pane_toggled = Signal()

    def __init__(
        self, desk: Desk, config: Workstation, lists: PickLists, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._make_done = partial(PutRightPage, desk, config, lists, TABS)
        self._done: PutRightPage | None = None
        self._counts: dict[str, int] = {}
        self.waiting = WaitingPage(desk, config, lists)
        self._take(self.waiting)
        desk.hub.changed.connect(self._changed)
        self._count()

    @property
    def done(self) -> PutRightPage:
        """What was put right; made when it is first asked for."""
        if self._done is None:
            self._done = self._make_done()
            self._take(self._done)
            self._done.tabs.set_counts(self._counts)
        return self._done

    def _take(self, page: ListPage[Any, Any]) -> None:
        self.addWidget(page)
        page.other_wanted.connect(self.show_list)
        page.pane_toggled.connect(self.pane_toggled)

    def show_list(self, key: str) -> None:
        """Show the list of a tab."""
        page = self.done if key == DONE.key else self.waiting
        seen = page.table.where is not None
        self.setCurrentWidget(page)
        if seen:
            page.reload()
        page.view.setFocus(Qt.FocusReason.OtherFocusReason)
        self._desk.open("page", "exceptions")  # the strip is that of the list shown

    def _changed(self, changes: Changes) -> None:
        if Topic.SALES in changes.topics:
            self._count()

    def _count(self) -> None:
        self._desk.read(self, desk_counts, then=self._counted, key="tabs")

    def _counted(self, counts: tuple[int, int]) -> None:
        self._counts = {WAITING.key: counts[0], DONE.key: counts[1]}
        for page in (self.waiting, self._done):
            if page is not None:
                page.tabs.set_counts(self._counts)

    @property
    def page(self) -> ListPage[Any, Any]:
        """The list that is shown."""
        done = self._done
        return done if done is not None and self.currentWidget() is done else self.waiting

    @property
    def keys(self) -> Sequence[tuple[str, str]]:
        """Those of the list, for F1."""
        return self.page.keys

    @property
    def strip(self) -> PageStrip:
        """What the list says in the strip."""
        return self.page.strip

    @property
    def filters(self) -> QWidget:
        """Its chips; the window walks on to its view and pane (F6)."""
        return self.page.filters

    @property
    def view(self) -> QWidget:
        """Its rows."""
        return self.page.view

    @property
    def table(self) -> PagedTable[Any, Any]:
        """Its model."""
        return self.page.table

    @property
    def number(self) -> QLabel:
        """How many it says there are."""
        return self.page.number

    @property
    def find_field(self) -> QLineEdit:
        """Where one types what to find in it."""
        return self.page.find_field

    @property
    def pane(self) -> QWidget | None:
        """What is beside them."""
        return self.page.pane


class WaitingPage(ListPage[ExceptionLine, ExceptionsFilter]):
    """Orders with rows sold *now* or *ship later* that the books lack, oldest first."""

    keys = (*EXCEPTION_KEYS, *LIST_KEYS)

    def __init__(
        self, desk: Desk, config: Workstation, lists: PickLists, parent: QWidget | None = None
    ) -> None:
        super().__init__(desk, config, spec(lists), parent)
        self.fix = QAction("Fix…", self)
        self.fix.setShortcut(QKeySequence("Ctrl+Return"))
        self.fix.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.fix.setEnabled(desk.may(Permission.SHIP))
        self.fix.setToolTip(
            desk.why_not(Permission.SHIP) or "Put right what is ticked (Ctrl+Enter)"
        )
        self.fix.triggered.connect(lambda _checked: self._fix(self.act_on_choice()))
        self.addAction(self.fix)
        self.batch.add_action(self.fix, primary=True)
        self.set_pane(pane := SalePane(desk))
        self.pane_row_changed.connect(pane.show_line)
        self.opened.connect(lambda key: self._fix(frozenset({key})))
        lists.changed.connect(lambda: self.filters.show_filter(self.where))

    def refresh_counts(self) -> None:
        self.strip.say("Enter opens the fix of an order; tick several to fix them together.")

    def _fix(self, ids: frozenset[int]) -> None:
        if not ids:
            self.desk.said.emit("Tick the orders to put right first.")
            return
        if len(ids) > SALES_MAX:
            self.desk.said.emit(
                f"{count(len(ids), 'order')} are too many at once: at most {SALES_MAX}."
            )
            return
        if not self.fix.isEnabled():
            self.desk.said.emit(f"{self.desk.why_not(Permission.SHIP)} to fix shop orders.")
            return
        dialog = FixDialog(self.desk, tuple(sorted(ids)), self)
        dialog.fixed.connect(self._fixed)
        dialog.order_wanted.connect(self._order)
        dialog.open()

    def _fixed(self) -> None:
        if self.chosen:
            self.chosen.used()
        self.reload()

    def _order(self, sale_ids: tuple[int, ...]) -> None:
        """The third way (R7.9): order the goods from a supplier."""
        from .batch_dialog import BatchDialog

        BatchDialog(self.desk, sale_ids, self).open()

    def fill_menu(self, menu: QMenu, row: ExceptionLine) -> None:
        menu.addAction("Open").triggered.connect(lambda _c: self.desk.open("sale", row.id))
        menu.addAction(self.fix)
        for sku in row.skus[:3]:
            same = menu.addAction(f"Show all orders short of {sku}")
            same.triggered.connect(partial(self._same, sku))
        order = menu.addAction("Order from a supplier…")
        order.setEnabled(self.desk.may(Permission.PLACE_PURCHASES))
        order.triggered.connect(lambda _c: self._order(tuple(sorted(self.act_on_choice()))))

    def _same(self, sku: str, _checked: bool = False) -> None:
        self.find_field.setText(sku)
        self.show_filter(replace(self.where, text=sku))
