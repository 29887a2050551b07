"""Detail panes beside the lists: they follow the current row and never take the focus (IA-06)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QTabWidget, QVBoxLayout, QWidget

from desktop_app.models import formats, status_marks
from desktop_app.models.lines_table import LinesTable
from desktop_app.models.purchase_rows import pane_columns
from desktop_app.models.sale_rows import PANE_PURCHASES, PANE_ROWS, marks
from desktop_app.models.stock_parts import (
    ARRIVING,
    COMING,
    HOLDING,
    MOVEMENTS,
    PLACES,
    WANTING,
)
from desktop_app.services import stock_details, stock_list
from desktop_app.services.access import Permission
from desktop_app.services.changes import Changes, Topic
from desktop_app.services.purchase_details import PurchaseDetail, purchase_detail
from desktop_app.services.purchases_list import PurchaseLine
from desktop_app.services.sale_details import SaleDetail, sale_detail
from desktop_app.services.sales_list import SaleLine
from desktop_app.services.stock_list import StockLine

from .desk import Desk
from .lines_view import LinesView
from .record_parts import MarksRow
from .timeline_panel import TimelinePanel

ROWS_SHOWN = 6

PARTS: dict[str, Callable[..., Any]] = {
    "in_stock": stock_details.movements,
    "allocated": stock_details.holding,
    "on_order": stock_details.coming,
    "in_transit": stock_details.arriving,
    "wanted": stock_details.wanting,
}


class Pane(QWidget):
    """Head, chips, facts and one act; the rest is each pane's own."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.page = QVBoxLayout(self)
        self.page.setContentsMargins(12, 8, 12, 12)
        self.page.setSpacing(8)
        head = QHBoxLayout()
        self.title = QLabel("Nothing chosen")
        self.title.setProperty("type", "section")
        self.title.setWordWrap(True)
        head.addWidget(self.title, 1)
        self.open = QPushButton("Open")
        self.open.setAutoDefault(False)
        self.open.hide()
        head.addWidget(self.open, 0, Qt.AlignmentFlag.AlignTop)
        self.page.addLayout(head)
        self.marks = MarksRow("Statuses")
        self.page.addWidget(self.marks)
        self.facts = QLabel()
        self.facts.setProperty("tone", "muted")
        self.facts.setWordWrap(True)
        self.page.addWidget(self.facts)

    def table(
        self, columns: Any, name: str, kind: str, key: Callable[[Any], int]
    ) -> tuple[LinesTable[Any], LinesView]:
        """A small table whose rows and links open a record of ``kind``."""
        model: LinesTable[Any] = LinesTable(columns, self)
        view = LinesView(model, name)
        view.opened.connect(lambda row: self.desk.open(kind, key(row)))
        view.linked.connect(lambda row, _column: self.desk.open(kind, key(row)))
        return model, view

    def fit_height(self, view: LinesView, rows: int) -> None:
        """Give a small table the height of its rows, up to a few."""
        view.setFixedHeight(view.height_for(max(1, min(rows, ROWS_SHOWN))))


class SalePane(Pane):
    """A sale beside Recent sales (SAL-09)."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._id: int | None = None
        self.rows, self.rows_view = self.table(
            PANE_ROWS, "Rows of the sale", "sale", lambda _row: self._id or 0
        )
        self.page.addWidget(self.rows_view)
        self.orders, self.orders_view = self.table(
            PANE_PURCHASES, "Purchase orders", "purchase", lambda one: one.id
        )
        self.page.addWidget(self.orders_view)
        self.timeline = TimelinePanel(desk, "SO")
        self.page.addWidget(self.timeline, 1)
        self.open.clicked.connect(lambda _checked: self.desk.open("sale", self._id))
        desk.hub.changed.connect(self._changed)

    def show_line(self, line: SaleLine | None) -> None:
        """Show the head from the list's row at once, the rest when it is read."""
        self._id = None if line is None else line.id
        self.open.setVisible(line is not None)
        if line is None:
            self.title.setText("No sale chosen")
            self.marks.show_marks(())
            self.facts.clear()
            self.rows.show(())
            self.orders_view.hide()
            self.timeline.show_document(None)
            return
        self.title.setText(f"#{line.number}  {line.customer}")
        self.timeline.show_document(line.id)
        self._ask()

    def _ask(self) -> None:
        if self._id is not None:
            self.desk.read(self, sale_detail, self._id, then=self._arrived, key="pane")

    def _changed(self, changes: Changes) -> None:
        if Topic.SALES in changes.topics:
            ids = changes.topics[Topic.SALES]
            if ids is None or self._id in ids:
                self._ask()

    def _arrived(self, sale: SaleDetail | None) -> None:
        if sale is None or sale.id != self._id:
            return
        self.marks.show_marks(marks(sale))
        total = formats.money(sale.total, sale.currency, sale.currency_digits)
        self.facts.setText(
            f"{sale.status} · {total} · {sale.warehouse} · placed {formats.moment(sale.placed_at)}"
        )
        self.rows.show(sale.rows)
        self.fit_height(self.rows_view, len(sale.rows))
        self.orders.show(sale.purchases)
        self.orders_view.setVisible(bool(sale.purchases))
        self.fit_height(self.orders_view, len(sale.purchases))


class PurchasePane(Pane):
    """A purchase order beside Purchases."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._id: int | None = None
        self.lines: LinesTable[Any] | None = None
        self.timeline = TimelinePanel(desk, "PO")
        self.page.addWidget(self.timeline, 1)
        self.open.clicked.connect(lambda _checked: self.desk.open("purchase", self._id))
        desk.hub.changed.connect(self._changed)

    def show_line(self, line: PurchaseLine | None) -> None:
        """Show the head from the list's row at once, the rest when it is read."""
        self._id = None if line is None else line.id
        self.open.setVisible(line is not None)
        if line is None:
            self.title.setText("No purchase order chosen")
            return
        self.title.setText(f"PO {line.number}  {line.supplier}")
        self.timeline.show_document(line.id)
        self._ask()

    def _ask(self) -> None:
        if self._id is not None:
            self.desk.read(self, purchase_detail, self._id, then=self._arrived, key="pane")

    def _changed(self, changes: Changes) -> None:
        if Topic.PURCHASES in changes.topics:
            ids = changes.topics[Topic.PURCHASES]
            if ids is None or self._id in ids:
                self._ask()

    def _arrived(self, order: PurchaseDetail | None) -> None:
        if order is None or order.id != self._id:
            return
        self.marks.show_marks(
            (
                ("State", status_marks.purchase_state(order.state)),
                ("Goods", status_marks.received(order.received, drop_ship=order.drop_ship)),
            )
        )
        total = formats.money(order.total, order.currency, order.currency_digits)
        costs = self.desk.may(Permission.SEE_COSTS)
        expected = (
            f"expected {formats.day(order.expected_on)}" if order.expected_on else "no day expected"
        )
        self.facts.setText(
            f"{expected} · {order.warehouse or f'drop-ship to {order.customer}'}"
            f"{f' · {total}' if costs else ''}"
        )
        if self.lines is None:
            columns = pane_columns(order)
            self.lines, self.lines_view = self.table(
                columns, "Lines of the purchase order", "purchase", lambda _row: self._id or 0
            )
            self.page.insertWidget(3, self.lines_view)
        self.lines.show(order.rows)
        self.fit_height(self.lines_view, len(order.rows))


class StockPane(Pane):
    """What the figures of a product consist of (INV-01)."""

    TABS = ("places", "in_stock", "allocated", "on_order", "in_transit", "wanted")

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._line: StockLine | None = None
        self.marks.hide()
        self.tabs = QTabWidget()
        self.page.addWidget(self.tabs, 1)
        self.tables: dict[str, LinesTable[Any]] = {}
        for key, words, columns, kind, record in (
            ("places", "Warehouses", PLACES, "", None),
            ("in_stock", "Movements", MOVEMENTS, "movement", None),
            ("allocated", "Allocated to", HOLDING, "sale", lambda row: row.sale_id),
            ("on_order", "On order", COMING, "purchase", lambda row: row.po_id),
            ("in_transit", "In transit", ARRIVING, "transfer", lambda row: row.transfer_id),
            ("wanted", "Wanted by", WANTING, "sale", lambda row: row.sale_id),
        ):
            if record is not None:
                model, view = self.table(columns, words, kind, record)
            else:
                model = LinesTable(columns, self)
                view = LinesView(model, words)
                if kind:
                    view.opened.connect(self._open_movement)
                    view.linked.connect(lambda row, _key: self._open_movement(row))
            self.tables[key] = model
            self.tabs.addTab(view, words)
        self.tabs.currentChanged.connect(self._ask)
        desk.hub.changed.connect(self._changed)

    def show_line(self, line: StockLine | None) -> None:
        """Follow the current product."""
        self._line = line
        if line is None:
            self.title.setText("No product chosen")
            return
        self.title.setText(f"{line.sku}  {line.name}")
        self.facts.setText(
            f"{formats.quantity(line.in_stock)} in stock − {formats.quantity(line.allocated)} allocated"
            + (f" − {formats.quantity(line.quarantined)} quarantined" if line.quarantined else "")
            + f" = {formats.quantity(line.on_hand)} on hand"
        )
        self._ask()

    def show_figure(self, column: str) -> None:
        """Show what the figure of a column consists of."""
        if column in self.TABS:
            self.tabs.setCurrentIndex(self.TABS.index(column))

    def _ask(self) -> None:
        line = self._line
        if line is None:
            return
        key = self.TABS[self.tabs.currentIndex()]
        model = self.tables[key]
        if key == "places":
            self.desk.read(
                self, stock_list.of_products, [line.id],
                then=lambda found: model.show(found.get(line.id, ())), key="parts",
            )  # fmt: skip
            return
        query = PARTS[key]
        self.desk.read(self, query, line.id, line.warehouse_id, then=model.show, key="parts")

    def _changed(self, changes: Changes) -> None:
        if {Topic.STOCK, Topic.PURCHASES, Topic.TRANSFERS} & set(changes.topics):
            self._ask()

    def _open_movement(self, row: Any) -> None:
        if row.po_id is not None:
            self.desk.open("purchase", row.po_id)
        elif row.sale_id is not None:
            self.desk.open("sale", row.sale_id)
        elif row.transfer_id is not None:
            self.desk.open("transfer", row.transfer_id)
