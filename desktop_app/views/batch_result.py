"""What a batch made, with Undo, in the dialog that made it (BPO-16, BPO-17)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop_app.models import batch_words
from desktop_app.models.columns import Align, Column
from desktop_app.models.formats import count, counted_units, day, money, quantity
from desktop_app.models.lines_table import LinesTable
from desktop_app.models.print_jobs import ORDERS
from desktop_app.services.backend import Done
from desktop_app.services.errors import ServiceError
from desktop_app.services.purchases_list import PurchasesFilter
from desktop_app.services.rules.money import UNIT
from desktop_app.views import theme, tokens
from desktop_app.views.desk import Desk
from desktop_app.views.lines_view import LinesView
from desktop_app.views.mail_dialog import MailDialog
from desktop_app.views.messages import sentence
from desktop_app.views.print_dialog import PrintDialog

Order = Mapping[str, Any]
ROWS_MIN = 3
"""Of many orders so many stay in sight however low the dialog is."""


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


class _Orders(LinesView):
    """As high as its rows need; in less room it scrolls."""

    def __init__(self, model: LinesTable[Order], name: str, parent: QWidget) -> None:
        super().__init__(model, name, parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        model.modelReset.connect(self.updateGeometry)
        theme.changes().changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        rows = max(self.model().rowCount(), 1)
        return QSize(super().sizeHint().width(), self.height_for(rows))

    def minimumSizeHint(self) -> QSize:
        rows = min(max(self.model().rowCount(), 1), ROWS_MIN)
        return QSize(super().minimumSizeHint().width(), self.height_for(rows))


class ResultPage(QWidget):
    """The end of a batch. ``open_wanted(kind, key)`` leaves for Purchases, ``close_wanted``."""

    open_wanted = Signal(str, object)
    close_wanted = Signal()

    def __init__(
        self, desk: Desk, done: Done[dict[str, Any]], status_name: str, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._done = done
        self.setProperty("ground", "window")
        self.title = QLabel(self)
        self.title.setProperty("type", "title")
        self.table: LinesTable[Order] = LinesTable(COLUMNS, self, key=lambda o: o["id"])
        self.orders = _Orders(self.table, "Purchase orders created", self)
        self.orders.opened.connect(self._open)
        self.orders.linked.connect(lambda order, _key: self._open(order))
        self.orders.current_changed.connect(lambda _order: self._settle())
        self.said = QLabel(self)
        self.missing = QLabel(self)
        self.message = QLabel(self)
        for label in (self.said, self.missing, self.message):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.missing.setProperty("tone", "part")
        self.message.setProperty("tone", "wrong")
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, tokens.PAGE_MARGIN)
        column.setSpacing(tokens.CARD_GAP)
        for widget in (
            self.title,
            self.said,
            self.orders,
            self._acts(),
            self.missing,
            self.message,
        ):
            column.addWidget(widget)
        column.addStretch(1)
        column.addLayout(self._buttons())
        self._show(done.result, status_name)

    def _acts(self) -> QWidget:
        """What can be done with the current order, and with all of them (BPO-16)."""
        self.acts = QWidget(self)
        self.acts.setProperty("ground", "none")
        row = QHBoxLayout(self.acts)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(tokens.RELATED_GAP)
        self.open, self.print, self.mail = (
            self._act(act) for act in (self._open, self._print, self._mail)
        )
        self.print_all = QPushButton(self.acts)
        self.print_all.clicked.connect(lambda _checked: self._print(*self.table.rows()))
        for button in (self.open, self.print, self.mail):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.print_all)
        self.print_all.setAutoDefault(False)
        return self.acts

    def _act(self, act: Callable[[Order], object]) -> QPushButton:
        def of_current() -> None:
            if (order := self.orders.current_row()) is not None:
                act(order)

        button = QPushButton(self.acts)
        button.setAutoDefault(False)
        button.clicked.connect(lambda _checked: of_current())
        return button

    def _settle(self) -> None:
        """Name the order that the acts are for: the current row is not the only one in sight."""
        order = self.orders.current_row()
        named = f" PO {order['number']}" if order is not None else ""
        why = self._desk.why_not(ORDERS.needs)
        for button, words in (
            (self.open, f"Open{named}"),
            (self.print, f"Print{named}…"),
            (self.mail, f"E-mail{named}…"),
            (self.print_all, f"Print all {self.table.rowCount():,}…"),
        ):
            button.setText(words)
            button.setEnabled(order is not None and (button is self.open or not why))
            button.setToolTip("" if button is self.open else why)
        self.print_all.setVisible(self.table.rowCount() > 1)

    def _buttons(self) -> QHBoxLayout:
        self.undo = QPushButton("Undo", self)
        self.open_all = QPushButton("Open all in Purchases", self)
        self.close_button = QPushButton("Close", self)
        self.close_button.setProperty("kind", "primary")
        row = QHBoxLayout()
        row.setSpacing(tokens.RELATED_GAP)
        row.addWidget(self.undo)
        row.addStretch(1)
        row.addWidget(self.open_all)
        row.addWidget(self.close_button)
        for button, act in (
            (self.undo, self._undo),
            (self.open_all, self._open_all),
            (self.close_button, self.close_wanted.emit),
        ):
            button.setAutoDefault(False)
            button.clicked.connect(lambda _checked=False, act=act: act())
        return row

    def _show(self, result: Mapping[str, Any], status_name: str) -> None:
        """Say what was made, what was set aside and what was not ordered."""
        orders = list(result["orders"])
        self.title.setText(done_words(result))
        self.table.show(orders)
        self.orders.setVisible(bool(orders))
        self.acts.setVisible(bool(orders))
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
        self.undo.setVisible(self._done.can_undo)
        if orders:
            self.orders.setCurrentIndex(self.table.index(0, 0))
        self._settle()

    def _open(self, order: Order) -> None:
        self.open_wanted.emit("purchase", order["id"])

    def _print(self, *orders: Order) -> None:
        PrintDialog(self._desk, ORDERS, [order["id"] for order in orders], self).open()

    def _mail(self, order: Order) -> None:
        MailDialog(self._desk, order["id"], self).open()

    def _open_all(self) -> None:
        where = PurchasesFilter(batch_id=self._done.result["batch_id"])
        self.open_wanted.emit("purchases_filter", where)

    def _undo(self) -> None:
        self.undo.setEnabled(False)
        self._desk.undone.connect(self._undone)
        self._desk.undo(self._done.journal_id, done_words(self._done.result), failed=self._refused)

    def _undone(self, made: Done[dict[str, Any]]) -> None:
        if made.result.get("batch_id") == self._done.result["batch_id"]:
            self._desk.undone.disconnect(self._undone)
            self._show_undone(made.result)

    def _refused(self, error: Exception) -> None:
        """Name each purchase order in the way (BPO-17)."""
        self._desk.undone.disconnect(self._undone)
        if not isinstance(error, ServiceError):
            raise error
        self.message.setText(sentence(error))
        self.message.show()
        self.undo.setEnabled(True)

    def _show_undone(self, result: Mapping[str, Any]) -> None:
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
        for widget in (
            self.orders, self.acts, self.missing, self.message, self.undo, self.open_all,
        ):  # fmt: skip
            widget.hide()
        self.close_button.setFocus()


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
