"""Purchases: purchase orders, and the batches that made them (PUR-01)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TypeVar

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from desktop_app.config import Workstation
from desktop_app.models import formats
from desktop_app.models.columns import Column
from desktop_app.models.print_jobs import ORDERS
from desktop_app.models.purchases_table import BATCH_COLUMNS, COLUMNS, batch_source, source
from desktop_app.services import purchases_list
from desktop_app.services.access import Permission
from desktop_app.services.purchases_list import (
    BatchesFilter,
    BatchLine,
    PurchaseLine,
    PurchasesFilter,
    PurchasesView,
)
from desktop_app.services.rules.sale_status import Axis

from .desk import Desk
from .filters import Choice, ViewSpec, among, one_of, switch
from .list_frame import ListSpec
from .list_page import ListPage
from .mail_dialog import MailDialog
from .panes import PurchasePane
from .pick_lists import PickLists
from .print_dialog import PrintDialog

R = TypeVar("R")
RECEIVED = (
    Choice(Axis.NONE, "nothing"), Choice(Axis.PART, "part"), Choice(Axis.ALL, "all"),
)  # fmt: skip
CREATED = tuple(Choice(days, f"last {days} days") for days in (7, 30, 90, 365))
VIEWS = (
    ViewSpec("all", "All", PurchasesFilter(), counted=False),
    ViewSpec("draft", "Draft", PurchasesFilter(view=PurchasesView.DRAFT)),
    ViewSpec("sent", "Sent", PurchasesFilter(view=PurchasesView.SENT)),
    ViewSpec("late", "Late", PurchasesFilter(view=PurchasesView.LATE)),
    ViewSpec("part_received", "Part received", PurchasesFilter(view=PurchasesView.PART_RECEIVED)),
    ViewSpec("drop_ship", "Drop-ship", PurchasesFilter(view=PurchasesView.DROP_SHIP)),
)
BATCH_VIEWS = (
    ViewSpec("all", "All batches", BatchesFilter(), counted=False),
    ViewSpec("placed", "Placed", BatchesFilter(undone=False), counted=False),
    ViewSpec("undone", "Undone", BatchesFilter(undone=True), counted=False),
)


def _shown(columns: Sequence[Column[R]], desk: Desk) -> tuple[Column[R], ...]:
    """The columns without totals for who may not see costs: of one line they are the same (R11.1)."""
    costs = desk.may(Permission.SEE_COSTS)
    return tuple(one for one in columns if costs or one.key != "total")


class PurchasesPage(ListPage[PurchaseLine, PurchasesFilter]):
    """Every purchase order: what was ordered, and when it comes."""

    def __init__(
        self, desk: Desk, config: Workstation, lists: PickLists, parent: QWidget | None = None
    ) -> None:
        spec = ListSpec(
            key="purchases",
            title="Purchases",
            noun="purchase order",
            nouns="purchase orders",
            source=source(),
            columns=_shown(COLUMNS, desk),
            views=VIEWS,
            saves=True,
            filters=(
                among("supplier", "Supplier", lists.supplier_choices, pinned=True),
                among("received", "Received", RECEIVED, pinned=True),
                one_of("created_days", "Ordered", CREATED, pinned=True),
                among("status", "Status", lists.purchase_status_choices),
                among("warehouse", "Deliver to", lists.warehouse_choices),
                switch("open_only", "Show", "open only"),
                one_of("batch_id", "Batch", ()),
            ),
            find=lambda where, text: replace(where, text=text),
            find_hint="PO, supplier, item or reference",
            first_use=(
                "No purchase orders yet",
                "Select waiting sales and choose Batch purchase order.",
            ),
            all_done={
                "late": "No delivery is late.",
                "draft": "No drafts.",
                "drop_ship": "No drop-ship orders.",
            },
        )
        super().__init__(desk, config, spec, parent)
        batches = QPushButton("Batches")
        batches.setAutoDefault(False)
        batches.clicked.connect(lambda _checked: desk.open("page", "batches"))
        self.add_header_action(batches)
        self.print = QAction("Print…", self)
        self.print.setEnabled(desk.may(ORDERS.needs))
        self.print.setToolTip(desk.why_not(ORDERS.needs) or "The chosen purchase orders, as papers")
        self.print.triggered.connect(lambda _checked: self._print(self.act_on_choice()))
        self.batch.add_action(self.print)
        self.set_pane(pane := PurchasePane(desk))
        self.pane_row_changed.connect(pane.show_line)
        self.opened.connect(lambda key: desk.open("purchase", key))
        lists.changed.connect(lambda: self.filters.show_filter(self.where))

    def refresh_counts(self) -> None:
        self.desk.read(self, purchases_list.view_counts, then=self._counted_views, key="counts")

    def _counted_views(self, counts: dict[PurchasesView, int]) -> None:
        self.tabs.set_counts({view.value: number for view, number in counts.items()})

    def _print(self, ids: Collection[int]) -> None:
        """Chosen orders stay chosen: nothing was done to them."""
        if ids:
            PrintDialog(self.desk, ORDERS, sorted(ids), self).open()

    def fill_menu(self, menu: QMenu, row: PurchaseLine) -> None:
        menu.addAction("Open").triggered.connect(lambda _c: self.desk.open("purchase", row.id))
        receive = menu.addAction("Receive…")
        receive.triggered.connect(lambda _c: self.desk.open("receive", row.id))
        can = row.state in {"draft", "sent"} and row.to_come > 0 and not row.drop_ship
        receive.setEnabled(can and self.desk.may(Permission.RECEIVE))
        paper = menu.addAction("Print…")
        paper.triggered.connect(lambda _c: self._print([row.id]))
        mail = menu.addAction("E-mail…")
        mail.triggered.connect(lambda _c: MailDialog(self.desk, row.id, self).open())
        for action in (paper, mail):
            action.setEnabled(self.desk.may(ORDERS.needs))
        if row.batch_id is not None:
            batch = menu.addAction(f"Show batch {row.batch_id}")
            batch.triggered.connect(lambda _c: self.desk.open("batch", row.batch_id))


class BatchesPage(ListPage[BatchLine, BatchesFilter]):
    """The history of batches, each with its undo (R3.13)."""

    def __init__(self, desk: Desk, config: Workstation, parent: QWidget | None = None) -> None:
        spec = ListSpec(
            key="batches",
            title="Batches",
            noun="batch",
            nouns="batches",
            source=batch_source(),
            columns=_shown(BATCH_COLUMNS, desk),
            views=BATCH_VIEWS,
            ticks=False,
            first_use=("No batches yet", "Select waiting sales and choose Batch purchase order."),
        )
        super().__init__(desk, config, spec, parent)
        self.show_orders = QPushButton("Show its purchase orders")
        self.undo = QPushButton("Undo batch")
        for button in (self.show_orders, self.undo):
            button.setAutoDefault(False)
            self.add_header_action(button)
        self.show_orders.clicked.connect(lambda _checked: self._open(self.view.current_row()))
        self.undo.clicked.connect(lambda _checked: self._undo())
        self.opened.connect(lambda _key: self._open(self.view.current_row()))
        self.view.current_changed.connect(lambda _row: self._settle())
        self.table.dataChanged.connect(lambda *_: self._settle())
        self._settle()

    def _settle(self) -> None:
        line = self.view.current_row()
        self.show_orders.setEnabled(line is not None)
        allowed = self.desk.may(Permission.PLACE_PURCHASES)
        self.undo.setEnabled(allowed and line is not None and line.undone_at is None)
        self.undo.setText("Undo batch" if line is None else f"Undo batch {line.id}")
        self.undo.setToolTip(self.desk.why_not(Permission.PLACE_PURCHASES))

    def _open(self, line: BatchLine | None) -> None:
        if line is not None:
            self.desk.open("purchases_filter", PurchasesFilter(batch_id=line.id))

    def _undo(self) -> None:
        line = self.view.current_row()
        if line is not None and self.undo.isEnabled():
            self.undo.setEnabled(False)
            orders = formats.count(len(line.orders), "purchase order")
            self.desk.undo(
                line.journal_id, f"batch {line.id}, {orders} cancelled",
                then=self._settle, failed=self._refused,
            )  # fmt: skip

    def _refused(self, error: Exception) -> None:
        self._settle()
        self.desk.tell(error)

    def fill_menu(self, menu: QMenu, row: BatchLine) -> None:
        menu.addAction("Show its purchase orders").triggered.connect(lambda _c: self._open(row))
        undo = menu.addAction(f"Undo batch {row.id}")
        undo.setEnabled(self.undo.isEnabled())
        undo.triggered.connect(lambda _c: self._undo())
