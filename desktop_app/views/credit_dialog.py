"""Take goods of a sale back: how many, why, and what happens to them (R7.10)."""

from __future__ import annotations

from typing import Any, cast

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)

from desktop_app.models.billing_rows import METHODS, parse_amount, typed_amount
from desktop_app.models.credit_rows import BACK, GOES, REASONS, BackRows
from desktop_app.models.formats import count, money, quantity
from desktop_app.services import crediting
from desktop_app.services.access import Permission
from desktop_app.services.backend import Done
from desktop_app.services.credit_details import Returnable, ReturnableRow, returnable
from desktop_app.services.errors import Rejected, ServiceError
from desktop_app.views import theme, tokens
from desktop_app.views.choices import CalmCombo
from desktop_app.views.credit_table import CreditTable
from desktop_app.views.desk import Desk
from desktop_app.views.messages import may_help_to_retry, sentence
from desktop_app.views.notice import Notice
from desktop_app.views.rows_dialog import RowsDialog

ASKS = {
    crediting.NOT_SHIPPED: "Take them back nevertheless",
    crediting.ABOVE_PAID: "Pay it out nevertheless",
}


class CreditDialog(RowsDialog):
    """``made(result)`` after the commit. A credit cannot be undone, and the foot says so."""

    made = Signal(object)
    without = "taking back"

    def __init__(self, desk: Desk, sale_id: int, parent: QWidget | None = None) -> None:
        super().__init__(desk, "Take goods back", parent)
        self._sale_id = sale_id
        self._sale: Returnable | None = None
        self._confirmed: tuple[str, ...] = ()
        self._typed_refund = False
        self.rows = BackRows(self)
        self._build()
        self._connect()
        self.open_at(1060, 560)
        self._settle()
        self._read()

    # --- building --------------------------------------------------------------------------------

    def _build(self) -> None:
        inside = self.frame()
        head = QHBoxLayout()
        self.title = QLabel(self)
        self.title.setProperty("type", "section")
        self.customer = QLabel(self)
        self.customer.setProperty("tone", "muted")
        self.all = QPushButton("Take back everything", self)
        self.all.setProperty("kind", "link")
        head.addWidget(self.title)
        head.addWidget(self.customer, 1)
        head.addWidget(self.all)
        self.message = Notice(self)
        self.table = CreditTable(self.rows, self)
        inside.addLayout(head)
        inside.addWidget(self.message)
        inside.addWidget(self.table, 1)
        inside.addLayout(self._form())
        self.take = self.end_with("Take back", "A credit cannot be undone.")

    def _form(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(tokens.CARD_GAP)
        grid.setVerticalSpacing(tokens.RELATED_GAP)
        self.row_name = QLabel(self)
        self.row_name.setProperty("type", "strong")
        self.same = QPushButton("Same for every row", self)
        self.same.setProperty("kind", "link")
        self.reason = CalmCombo("Reason", self)
        self.reason.fill([(key, words) for key, words in REASONS.items()], "unwanted")
        self.goes = CalmCombo("What happens to the goods", self)
        self.goes.fill([(key, words) for key, words in GOES.items()], "restock")
        self.place = CalmCombo("Goods come back to", self)
        self.refund = QLineEdit(self)
        self.refund.setAccessibleName("Pay out")
        self.method = CalmCombo("Paid out by", self)
        self.method.fill([(method, method) for method in METHODS], METHODS[0])
        self.reference = QLineEdit(self)
        self.reference.setAccessibleName("Reference")
        self.reference.setMaxLength(crediting.REFERENCE_MAX)
        named = QHBoxLayout()
        named.addWidget(self.row_name, 1)
        named.addWidget(self.same)
        grid.addLayout(named, 0, 0, 1, 4)
        fields: tuple[tuple[tuple[str, QWidget], ...], ...] = (
            (("Reason", self.reason), ("Goods", self.goes)),
            (("Pay out", self.refund), ("By", self.method)),
            (("Come back to", self.place), ("Reference", self.reference)),
        )
        for row, line in enumerate(fields, 1):
            for at, (words, widget) in enumerate(line):
                label = QLabel(words, self)
                label.setBuddy(widget)
                grid.addWidget(label, row, 2 * at)
                grid.addWidget(widget, row, 2 * at + 1)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        return grid

    def _connect(self) -> None:
        self.rows.edited.connect(self._changed)
        self.table.current_changed.connect(lambda _row: self._show_row())
        self.reason.chosen.connect(lambda key: self._on_row(self.rows.choose_reason, str(key)))
        self.goes.chosen.connect(lambda key: self._on_row(self.rows.choose_goes, str(key)))
        self.same.clicked.connect(lambda _checked: self._on_row(self.rows.same_for_all))
        self.all.clicked.connect(lambda _checked: self.rows.take_all())
        self.refund.textEdited.connect(self._refund_typed)

    # --- filling ---------------------------------------------------------------------------------

    def _read(self) -> None:
        self._desk.read(self, returnable, self._sale_id, then=self._opened, failed=self._fail)

    def _opened(self, found: Returnable | None) -> None:
        if found is None:
            self.message.say("wrong", "This sale does not exist any more.")
            return
        again, self._sale = self._sale is not None, found
        self.title.setText(f"Take goods of #{found.number} back")
        self.customer.setText(found.customer)
        at = self.table.currentIndex().row() if again else 0
        self.rows.show_sale(found)
        if not again:
            places: list[tuple[object, str]] = [(one.id, one.name) for one in found.warehouses]
            self.place.fill(places, found.warehouse_id)
        if self.rows.rowCount():
            self.table.setCurrentIndex(self.rows.index(max(at, 0), self.table.column_of(BACK)))
        if not again:
            self.table.setFocus()
        self._show_row()
        self._settle()

    def _row(self) -> ReturnableRow | None:
        row: ReturnableRow | None = self.table.current_row()
        return row

    def _on_row(self, act: Any, *args: str) -> None:
        if (row := self._row()) is not None:
            act(row, *args)

    def _show_row(self) -> None:
        row = self._row()
        self.row_name.setText(f"{row.sku or row.description}:" if row is not None else "")
        for widget in (self.reason, self.goes, self.same):
            widget.setEnabled(row is not None)
        if row is not None:
            self.reason.set_key(self.rows.reason_of(row))
            self.goes.set_key(self.rows.goes_of(row))
            self.goes.setEnabled(row.kind == "stock")

    def _refund_typed(self) -> None:
        self._typed_refund = True
        self._changed()

    def _changed(self) -> None:
        self._leaving = False
        self._confirmed = ()
        self.message.clear()
        self._show_row()
        self._settle()

    def _settle(self) -> None:
        totals, sale = self.rows.totals(), self._sale
        if sale is None:
            self.totals.setText("Reading the sale…")
        else:
            self.totals.setText(totals.words(sale.currency, sale.digits))
            if not self._typed_refund:
                due = min(max(totals.total, 0), max(sale.paid - sale.refunded, 0))
                self.refund.setText(typed_amount(due, sale.digits))
        self.take.setText(f"Take back {count(totals.rows, 'row')}" if totals.rows else "Take back")
        why = self._why_not()
        self.take.setEnabled(not why)
        self.take.setToolTip(why or "Ctrl+Enter")
        self.refund.setProperty("state", "" if self._refund() is not None else "wrong")
        theme.restyle(self.refund)
        self.table.setEnabled(not self._busy)

    def _refund(self) -> int | None:
        """Minor units to pay out; None where the text is no amount."""
        sale, text = self._sale, self.refund.text().strip()
        if sale is None or not text:
            return 0
        try:
            return parse_amount(text, sale.digits)
        except ValueError:
            return None

    def _why_not(self) -> str:
        totals = self.rows.totals()
        if role := self._desk.why_not(Permission.BILL):
            return role
        if self._busy or self._sale is None:
            return "Working on it"
        if totals.unread:
            return "Correct what cannot be read first"
        if totals.too_many or self.rows.refused:
            return "No more can be taken back than was sold"
        if self._refund() is None:
            return "What is to be paid out cannot be read"
        return "" if totals.rows else "Type how many of a row come back"

    # --- committing ------------------------------------------------------------------------------

    def commit(self) -> None:
        """Take back what is shown; pressed twice, it is still one credit."""
        sale = self._sale
        if sale is None or not self.take.isEnabled():
            return
        self._busy = True
        self.message.clear()
        self._desk.run(
            self,
            crediting.take_back(
                self._sale_id, self.rows.taken(), warehouse_id=cast("int", self.place.key()),
                refund=self._refund() or 0, method=str(self.method.key()),
                reference=self.reference.text(), confirmed=self._confirmed,
            ),
            once=self._once, then=self._done, failed=self._refused, says=_says,
        )  # fmt: skip
        self._settle()

    def _done(self, done: Done[dict[str, Any]]) -> None:
        self._busy = False
        self._leaving = True
        self.made.emit(done.result)
        self.accept()

    def _refused(self, error: Exception) -> None:
        self._busy = False
        if not isinstance(error, ServiceError):
            raise error
        if isinstance(error, Rejected) and error.code in ASKS:
            self.message.say("part", sentence(error), ((ASKS[error.code], self._confirm(error)),))
        elif may_help_to_retry(error):
            self.message.say("wrong", sentence(error), (("Try again", self.commit),))
        else:
            if isinstance(error, Rejected) and error.code == "credit_exceeds_sold":
                self.rows.mark_refused({one["sale_row_id"]: _over(one) for one in error.items})
                self._read()
            self.message.say("wrong", sentence(error))
        self._settle()

    def _confirm(self, error: Rejected) -> Any:
        def again() -> None:
            self._confirmed = (*self._confirmed, error.code)
            self.commit()

        return again

    def changed_rows(self) -> int:
        return len(self.rows.taken())


def _says(result: dict[str, Any]) -> str:
    total = money(result["total"], result["currency"], result["digits"])
    paid = money(result["refunded"], result["currency"], result["digits"])
    out = f", {paid} paid out" if result["refunded"] else ""
    return f"Credit {result['number']} of {total} for #{result['sale']}{out}"


def _over(one: dict[str, Any]) -> str:
    return f"{quantity(one['sold'])} sold, {quantity(one['credited'])} taken back before"
