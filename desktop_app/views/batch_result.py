"""What a batch made, with Undo, in the dialog that made it (BPO-16, BPO-17)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop_app.models import batch_words
from desktop_app.models.columns import Align, Column
from desktop_app.models.formats import count, counted_units, day, money, quantity
from desktop_app.models.lines_table import LinesTable
from desktop_app.services.rules.money import UNIT
from desktop_app.views import tokens
from desktop_app.views.lines_view import LinesView

Order = Mapping[str, Any]


def _day(order: Order) -> date | None:
    found = order["expected_on"]
    return date.fromisoformat(found) if isinstance(found, str) else found


COLUMNS: tuple[Column[Order], ...] = (
    Column(key="po", heading="PO", text=lambda o: f"PO {o['number']}", width=10, fixed=True, link=True),
    Column(key="supplier", heading="Supplier", text=lambda o: str(o["supplier"]), width=20, stretch=True, width_min=12),
    Column(key="lines", heading="Lines", text=lambda o: quantity(o["lines"] * UNIT), width=8, align=Align.END, fixed=True),
    Column(key="units", heading="Units", text=lambda o: quantity(o["units"]), width=8, align=Align.END, fixed=True),
    Column(
        key="total", heading="Total", width=12, align=Align.END, fixed=True,
        text=lambda o: money(o["total"], o["currency"], o["digits"]),
    ),
    Column(key="expected", heading="Expected", text=lambda o: day(_day(o)), width=12, fixed=True),
    Column(
        key="what", heading="", width=16, muted=True,
        text=lambda o: "added to the draft" if o.get("appended") else "",
    ),
)  # fmt: skip


class ResultPage(QWidget):
    """``undo_wanted``, ``open_wanted(id)``, ``open_all_wanted``, ``close_wanted``."""

    undo_wanted = Signal()
    open_wanted = Signal(int)
    open_all_wanted = Signal()
    close_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("ground", "window")
        self.title = QLabel()
        self.title.setProperty("type", "title")
        self.table: LinesTable[Order] = LinesTable(COLUMNS, self, key=lambda o: o["id"])
        self.orders = LinesView(self.table, "Purchase orders created")
        self.orders.opened.connect(lambda order: self.open_wanted.emit(order["id"]))
        self.orders.linked.connect(lambda order, _key: self.open_wanted.emit(order["id"]))
        self.said = QLabel()
        self.missing = QLabel()
        self.message = QLabel()
        for label in (self.said, self.missing, self.message):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.missing.setProperty("tone", "part")
        self.message.setProperty("tone", "wrong")
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, tokens.PAGE_MARGIN)
        column.setSpacing(tokens.CARD_GAP)
        for widget in (self.title, self.said):
            column.addWidget(widget)
        column.addWidget(self.orders)
        for widget in (self.missing, self.message):
            column.addWidget(widget)
        column.addStretch(1)
        column.addLayout(self._buttons())

    def _buttons(self) -> QHBoxLayout:
        self.undo = QPushButton("Undo")
        self.open_all = QPushButton("Open all in Purchases")
        self.close_button = QPushButton("Close")
        self.close_button.setProperty("kind", "primary")
        row = QHBoxLayout()
        row.setSpacing(tokens.RELATED_GAP)
        row.addWidget(self.undo)
        row.addStretch(1)
        row.addWidget(self.open_all)
        row.addWidget(self.close_button)
        for button, signal in (
            (self.undo, self.undo_wanted),
            (self.open_all, self.open_all_wanted),
            (self.close_button, self.close_wanted),
        ):
            button.setAutoDefault(False)
            button.clicked.connect(signal)
        return row

    def show_result(self, result: Mapping[str, Any], status_name: str) -> None:
        """Say what was made, what was set aside and what was not ordered."""
        orders = list(result["orders"])
        self.title.setText(done_words(result))
        self.table.show(orders)
        self.orders.setMaximumHeight(self.orders.height_for(max(len(orders), 1)))
        self.orders.setVisible(bool(orders))
        self.open_all.setVisible(bool(orders))
        parts = []
        if result["sales_changed"]:
            parts.append(f"{count(result['sales_changed'], 'sale')} set to {status_name}.")
        if result["units_pegged_inbound"]:
            units = counted_units(result["units_pegged_inbound"])
            parts.append(f"{units} already on their way were set aside for these sales.")
        self.said.setText(" ".join(parts))
        self.said.setVisible(bool(parts))
        self.missing.setText(not_ordered(result["not_ordered"]))
        self.missing.setVisible(bool(result["not_ordered"]))
        self.message.hide()
        self.undo.setEnabled(True)
        if orders:
            self.orders.setCurrentIndex(self.table.index(0, 0))
        self.close_button.setFocus()

    def show_undone(self, result: Mapping[str, Any]) -> None:
        """Say what is as it was before: the answer of the undo (BPO-17)."""
        self.title.setText("Undone")
        parts = []
        if result["orders"]:
            numbers = ", ".join(f"PO {number}" for number in result["orders"])
            parts.append(f"Cancelled: {numbers}.")
        if result["sales_restored"]:
            parts.append(f"{count(result['sales_restored'], 'sale')} got the earlier status back.")
        if result["sales_kept"]:
            kept = count(result["sales_kept"], "sale")
            parts.append(f"{kept} kept a status that somebody set since.")
        self.said.setText(" ".join(parts) or "What was set aside is free again.")
        self.said.show()
        for widget in (self.orders, self.missing, self.message, self.undo, self.open_all):
            widget.hide()
        self.close_button.setFocus()

    def tell(self, sentence: str) -> None:
        """Say why it cannot be undone."""
        self.message.setText(sentence)
        self.message.show()
        self.undo.setEnabled(True)


def done_words(result: Mapping[str, Any]) -> str:
    """What was done, for the title and the strip."""
    orders = result["orders"]
    added = sum(bool(one.get("appended")) for one in orders)
    new = len(orders) - added
    parts = []
    if new:
        parts.append(f"{count(new, 'purchase order')} created")
    if added:
        parts.append(f"{count(added, 'draft')} added to")
    if not parts:
        return f"{counted_units(result['units_pegged_inbound'])} of incoming set aside"
    return ", ".join(parts)


def not_ordered(found: list[Mapping[str, Any]]) -> str:
    """What was not ordered and why: "Not ordered: 9 units, 3 products (no supplier)"."""
    if not found:
        return ""
    units = sum(one["units"] for one in found)
    products = len({one["sku"] for one in found})
    reasons = Counter(batch_words.reason(one["reason"]) or one["reason"] for one in found)
    words = ", ".join(f"{name} {n}" if len(reasons) > 1 else name for name, n in reasons.items())
    skus = ", ".join(sorted({one["sku"] for one in found})[:6])
    return f"Not ordered: {counted_units(units)}, {count(products, 'product')} ({words}): {skus}"
