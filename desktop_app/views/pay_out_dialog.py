"""Pay out a credit later, wholly or in part (R7.13)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtWidgets import QWidget

from desktop_app.models import formats
from desktop_app.services import crediting, paying_out
from desktop_app.services.backend import Call

from .desk import Desk
from .money_dialog import MoneyDialog


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


class PayOutDialog(MoneyDialog):
    """How much, and how; no more than is open of the credit."""

    verb = bare = "Pay out"
    asks = (crediting.ABOVE_PAID, "Pay it out nevertheless")

    def __init__(self, desk: Desk, credit: Payable, parent: QWidget) -> None:
        self._credit = credit
        super().__init__(
            desk, f"Pay out credit {credit.number}",
            f"{credit.money(credit.left)} of {credit.money(credit.total)} is not paid out yet.",
            "How it is paid out", credit.left, credit.currency, credit.digits,
            self._pay_out, f"Paid out {{amount}} of credit {credit.number}", parent,
        )  # fmt: skip

    def why_not(self, minor: int) -> str:
        left = self._credit.left
        return f"No more than {self.money(left)} can be paid out." if minor > left else ""

    def _pay_out(self, minor: int, confirmed: tuple[str, ...]) -> Call[Any]:
        return paying_out.pay_out(
            self._credit.id, minor, str(self.how.key()), self.reference.text(), confirmed=confirmed
        )
