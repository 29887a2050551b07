"""Pay out a credit later, wholly or in part (R7.13)."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QFormLayout, QLabel, QLineEdit, QWidget

from desktop_app.models import formats
from desktop_app.models.billing_rows import METHODS, parse_amount, typed_amount
from desktop_app.services import billing, crediting, paying_out
from desktop_app.services.errors import Rejected, ServiceError

from .act_dialog import ActDialog
from .choices import CalmCombo
from .desk import Desk
from .messages import sentence
from .notice import Notice


@dataclass(frozen=True, slots=True)
class Payable:
    """A credit of which money is to be paid out; ``left`` in minor units."""

    id: int
    number: int
    total: int
    left: int
    currency: str
    digits: int

    def money(self, minor: int) -> str:
        """An amount in its currency."""
        return formats.money(minor, self.currency, self.digits)


class PayOutDialog(ActDialog):
    """How much, and how; no more than is open of the credit."""

    def __init__(self, desk: Desk, credit: Payable, parent: QWidget) -> None:
        name = f"Pay out credit {credit.number}"
        super().__init__(desk, name, "Pay out", parent, self.act)
        self._credit = credit
        left, total = credit.money(credit.left), credit.money(credit.total)
        self.body.addWidget(QLabel(f"{left} of {total} is not paid out yet.", self))
        form = QFormLayout()
        self.amount = QLineEdit(self)
        self.amount.setAccessibleName(f"Amount in {credit.currency}")
        self.how = CalmCombo("How it is paid out", self)
        self.how.fill([(method, method) for method in METHODS], METHODS[0])
        self.reference = QLineEdit(self)
        self.reference.setAccessibleName("Reference")
        self.reference.setMaxLength(billing.REFERENCE_MAX)
        form.addRow(f"Amount ({credit.currency})", self.amount)
        form.addRow("How", self.how)
        form.addRow("Reference", self.reference)
        self.body.addLayout(form)
        self.message = Notice(self)
        self.body.addWidget(self.message)
        self.amount.textChanged.connect(self._settle)
        self.amount.setText(typed_amount(credit.left, credit.digits))
        self.amount.selectAll()
        self.amount.setFocus()

    def _settle(self) -> None:
        self.message.clear()
        text, minor, wrong = self.amount.text(), 0, ""
        try:
            minor = parse_amount(text, self._credit.digits)
        except ValueError as error:
            wrong = str(error) if text.strip() else ""
        if minor > self._credit.left:
            wrong = f"No more than {self._credit.money(self._credit.left)} can be paid out."
        self.say(wrong)
        self.button.setEnabled(minor > 0 and not wrong)
        self.button.setText(f"Pay out {self._credit.money(minor)}" if minor else "Pay out")

    def act(self, confirmed: tuple[str, ...] = ()) -> None:
        """Pay it out; ``confirmed`` after the person was asked."""
        self.button.setEnabled(False)
        self.message.clear()
        credit = self._credit
        minor = parse_amount(self.amount.text(), credit.digits)
        self.desk.run(
            self,
            paying_out.pay_out(
                credit.id, minor, str(self.how.key()), self.reference.text(), confirmed=confirmed
            ),
            once=self.once,
            says=f"Paid out {credit.money(minor)} of credit {credit.number}",
            then=lambda _done: self.accept(),
            failed=self._refused,
        )

    def _refused(self, error: Exception) -> None:
        if isinstance(error, Rejected) and error.code == crediting.ABOVE_PAID:
            self.button.setEnabled(True)
            anyway = (("Pay it out nevertheless", lambda: self.act((crediting.ABOVE_PAID,))),)
            self.message.say("part", sentence(error), anyway)
        elif isinstance(error, ServiceError):
            self.refuse(error)
        else:
            raise error
