"""Small dialogs about the money of sales: invoice them, record a payment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from PySide6.QtCore import QDate, Signal
from PySide6.QtWidgets import QDateEdit, QFormLayout, QLabel, QLineEdit, QWidget

from desktop_app.models import formats
from desktop_app.models.billing_rows import METHODS, invoiced_words, parse_amount, typed_amount
from desktop_app.services import billing
from desktop_app.services.backend import Done
from desktop_app.services.billing_details import SaleBilling
from desktop_app.services.errors import Rejected, ServiceError

from .act_dialog import ActDialog
from .choices import CalmCombo
from .desk import Desk
from .messages import sentence
from .notice import Notice


class InvoiceDialog(ActDialog):
    """Invoice sales: one-way, and the dialog says so (R2.1). ``invoiced(result)`` afterwards."""

    invoiced = Signal(object)

    def __init__(self, desk: Desk, sale_ids: Sequence[int], what: str, parent: QWidget) -> None:
        """``what`` names the sales: "#1041" or "12 sales"."""
        super().__init__(desk, f"Invoice {what}", f"Invoice {what}", parent, self.act)
        self._ids = tuple(sale_ids)
        words = QLabel(
            "Each sale gets an invoice number. An invoice cannot be undone, and an invoiced sale"
            " cannot be cancelled: what comes back is taken back with a sales credit.",
            self,
        )
        words.setWordWrap(True)
        self.body.addWidget(words)
        form = QFormLayout()
        self.day = QDateEdit(QDate.currentDate(), self)
        self.day.setCalendarPopup(True)
        self.day.setMaximumDate(QDate.currentDate())
        self.day.setDisplayFormat("d MMM yyyy")
        self.day.setAccessibleName("Invoice date")
        form.addRow("Invoice date", self.day)
        self.body.addLayout(form)
        self.button.setFocus()

    def act(self) -> None:
        self.button.setEnabled(False)
        chosen = self.day.date()
        dated = date(chosen.year(), chosen.month(), chosen.day())
        self.desk.run(
            self, billing.invoice(list(self._ids), dated), once=self.once, says=invoiced_words,
            then=self._done, failed=self.refuse,
        )  # fmt: skip

    def _done(self, done: Done[dict[str, Any]]) -> None:
        self.invoiced.emit(done.result)
        self.accept()


class PaymentDialog(ActDialog):
    """Record that money came in (R7.2); too much is asked about first."""

    def __init__(self, desk: Desk, sale: SaleBilling, parent: QWidget) -> None:
        name = f"Record a payment for #{sale.number}"
        super().__init__(desk, name, "Record payment", parent, self.act)
        self._sale = sale
        due = formats.money(sale.due, sale.currency, sale.digits)
        total = formats.money(sale.total, sale.currency, sale.digits)
        self.body.addWidget(QLabel(f"{due} of {total} is due.", self))
        form = QFormLayout()
        self.amount = QLineEdit(self)
        self.amount.setAccessibleName(f"Amount in {sale.currency}")
        self.how = CalmCombo("How it was paid", self)
        self.how.fill([(method, method) for method in METHODS], METHODS[0])
        self.reference = QLineEdit(self)
        self.reference.setAccessibleName("Reference")
        self.reference.setMaxLength(billing.REFERENCE_MAX)
        form.addRow(f"Amount ({sale.currency})", self.amount)
        form.addRow("How", self.how)
        form.addRow("Reference", self.reference)
        self.body.addLayout(form)
        self.message = Notice(self)
        self.body.addWidget(self.message)
        self.amount.textChanged.connect(self._settle)
        if sale.due:
            self.amount.setText(typed_amount(sale.due, sale.digits))
        self.amount.selectAll()
        self.amount.setFocus()
        self._settle()

    def _settle(self) -> None:
        self.message.clear()
        text = self.amount.text()
        try:
            minor = parse_amount(text, self._sale.digits)
        except ValueError as error:
            self.say(str(error) if text.strip() else "")
            minor = 0
        else:
            self.say("")
        self.button.setEnabled(minor > 0)
        words = formats.money(minor, self._sale.currency, self._sale.digits)
        self.button.setText(f"Record {words}" if minor else "Record payment")

    def act(self, confirmed: tuple[str, ...] = ()) -> None:
        self.button.setEnabled(False)
        self.message.clear()
        sale = self._sale
        minor = parse_amount(self.amount.text(), sale.digits)
        self.desk.run(
            self,
            billing.record_payment(
                sale.sale_id, minor, str(self.how.key()), self.reference.text(), confirmed=confirmed
            ),
            once=self.once,
            says=f"Recorded {formats.money(minor, sale.currency, sale.digits)} for #{sale.number}",
            then=lambda _done: self.accept(),
            failed=self._refused,
        )

    def _refused(self, error: Exception) -> None:
        if isinstance(error, Rejected) and error.code == billing.OVERPAID:
            self.button.setEnabled(True)
            anyway = (("Record it nevertheless", lambda: self.act((billing.OVERPAID,))),)
            self.message.say("part", sentence(error), anyway)
        elif isinstance(error, ServiceError):
            self.refuse(error)
        else:
            raise error
