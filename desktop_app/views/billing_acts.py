"""Small dialogs about the money of sales: invoice them, record a payment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from PySide6.QtCore import QDate, Signal
from PySide6.QtWidgets import QDateEdit, QFormLayout, QLabel, QWidget

from desktop_app.models import formats
from desktop_app.models.billing_rows import invoiced_words
from desktop_app.services import billing
from desktop_app.services.backend import Call, Done
from desktop_app.services.billing_details import SaleBilling

from .act_dialog import ActDialog
from .desk import Desk
from .money_dialog import MoneyDialog


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


class PaymentDialog(MoneyDialog):
    """Record that money came in (R7.2); too much is asked about first."""

    verb, bare = "Record", "Record payment"
    asks = (billing.OVERPAID, "Record it nevertheless")

    def __init__(self, desk: Desk, sale: SaleBilling, parent: QWidget) -> None:
        self._sale = sale
        due = formats.money(sale.due, sale.currency, sale.digits)
        total = formats.money(sale.total, sale.currency, sale.digits)
        super().__init__(
            desk, f"Record a payment for #{sale.number}", f"{due} of {total} is due.",
            "How it was paid", sale.due, sale.currency, sale.digits,
            self._record, f"Recorded {{amount}} for #{sale.number}", parent,
        )  # fmt: skip

    def _record(self, minor: int, confirmed: tuple[str, ...]) -> Call[Any]:
        return billing.record_payment(
            self._sale.sale_id, minor, str(self.how.key()), self.reference.text(),
            confirmed=confirmed,
        )  # fmt: skip
