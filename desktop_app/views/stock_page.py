"""Stock: what is where, each figure leading to what it consists of (ux 3.8, INV-01)."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from desktop_app.config import Workstation
from desktop_app.models.list_source import source_of
from desktop_app.models.scan_filter import ScanFilter
from desktop_app.models.stock_table import COLUMNS, source
from desktop_app.services.access import Permission
from desktop_app.services.changes import Topic
from desktop_app.services.stock_list import StockFilter, StockLine, stock_of

from .correction_dialog import CorrectionDialog
from .desk import Desk
from .filters import ViewSpec, among, one_of, switch
from .list_frame import ListSpec
from .list_page import ListPage
from .panes import StockPane
from .pick_lists import PickLists
from .transfer_dialog import TransferDialog

VIEWS = (
    ViewSpec("all", "All products", StockFilter(), counted=False),
    ViewSpec("short", "Short", StockFilter(short_only=True), counted=False),
    ViewSpec("stocked", "In use", StockFilter(with_stock=True), counted=False),
)


class StockPage(ListPage[StockLine, StockFilter]):
    """One line per product; with a warehouse chosen every figure is of that warehouse."""

    def __init__(
        self,
        desk: Desk,
        config: Workstation,
        lists: PickLists,
        scans: ScanFilter | None = None,
        parent: QWidget | None = None,
    ) -> None:
        spec = ListSpec(
            key="stock",
            title="Stock",
            noun="product",
            nouns="products",
            source=source(),
            columns=COLUMNS,
            views=VIEWS,
            saves=True,
            filters=(
                one_of("warehouse_id", "Warehouse", lists.warehouse_choices, pinned=True),
                among("supplier", "Supplier", lists.supplier_choices, pinned=True),
                switch("short_only", "Show", "short only", pinned=True),
            ),
            find=lambda where, text: replace(where, text=text),
            find_hint="SKU, product or barcode",
            ticks=False,
            first_use=("No products yet", "Products come from a folder of CSV files."),
            all_done={"short": "Nothing is short: what is on hand and on order covers every sale."},
        )
        super().__init__(desk, config, spec, parent)
        self._lists, self._scans = lists, scans
        self._add_acts()
        self.set_pane(pane := StockPane(desk))
        self.stock_pane = pane
        self.pane_row_changed.connect(pane.show_line)
        self.table.dataChanged.connect(lambda *_: self._pane_timer.start())
        self.view.linked.connect(self._figure)
        self.opened.connect(lambda _key: self._show_pane())
        lists.changed.connect(lambda: self.filters.show_filter(self.where))

    def _add_acts(self) -> None:
        self.transfer_act, self.correct_act = QPushButton("Transfer…"), QPushButton("Correct…")
        for button, act in (
            (self.transfer_act, self.transfer),
            (self.correct_act, self.correct),
        ):
            button.setAutoDefault(False)
            button.clicked.connect(lambda _checked=False, act=act: act())
            self.add_header_action(button)
        self.view.current_changed.connect(lambda _row: self._settle_acts())
        self.table.dataChanged.connect(lambda *_: self._settle_acts())
        self._settle_acts()

    def _settle_acts(self) -> None:
        line = self.view.current_row()
        why = self.desk.why_not(Permission.TRANSFER)
        self.transfer_act.setEnabled(not why)
        self.transfer_act.setToolTip(why or "Move units to another warehouse")
        why = self.desk.why_not(Permission.CORRECT_STOCK)
        self.correct_act.setEnabled(not why and line is not None)
        said = f"Correct {line.sku}" if line is not None else "Choose a product first"
        self.correct_act.setToolTip(why or said)

    def transfer(self) -> None:
        """Move the current product, and others, to another warehouse (INV-02)."""
        line = self.view.current_row()
        TransferDialog(
            self.desk, self._lists.warehouses, self._scans, line.id if line is not None else None,
            self.where.warehouse_id, self,
        ).open()  # fmt: skip

    def correct(self) -> None:
        """Correct the current product (INV-03)."""
        line = self.view.current_row()
        if line is not None:
            CorrectionDialog(
                self.desk, self._lists.warehouses, line.id, self.where.warehouse_id, self
            ).open()

    def fill_menu(self, menu: QMenu, row: StockLine) -> None:
        move = menu.addAction(f"Transfer {row.sku}…")
        move.setEnabled(self.transfer_act.isEnabled())
        move.triggered.connect(lambda _c: self.transfer())
        correct = menu.addAction(f"Correct {row.sku}…")
        correct.setEnabled(self.correct_act.isEnabled())
        correct.triggered.connect(lambda _c: self.correct())

    def show_filter(self, where: StockFilter) -> None:
        self.table.source = source_of(Topic.STOCK, stock_of(where.warehouse_id))
        super().show_filter(where)

    def _show_pane(self) -> None:
        if self.pane is not None and not self.pane.isVisible():
            self.toggle_pane()

    def _figure(self, line: StockLine | None, column: str) -> None:
        """A click on a figure shows what it consists of."""
        self._show_pane()
        self.stock_pane.show_line(line)
        self.stock_pane.show_figure(column)
