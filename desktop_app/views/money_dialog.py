"""The frame of dialogs about one amount of money: how much, how, and what must be asked first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QFormLayout, QLabel, QLineEdit, QWidget

from desktop_app.models import formats
from desktop_app.models.billing_rows import METHODS, parse_amount, typed_amount
from desktop_app.services import billing
from desktop_app.services.backend import Call
from desktop_app.services.errors import Rejected, ServiceError

from .act_dialog import ActDialog
from .choices import CalmCombo
from .desk import Desk
from .messages import sentence
from .notice import Notice


class MoneyDialog(ActDialog):
    """``offered``: the amount that stands there, in minor units of ``currency`` with ``digits``.

    ``verb`` and ``bare`` are the button with an amount and without ("Record", "Record payment").
    """

    verb = ""
    bare = ""
    asks = ("", "")
    """The refusal that is a question, and the words of "yes"."""

    def __init__(
        self, desk: Desk, title: str, about: str, how: str, offered: int, currency: str, digits: int,
        call: Callable[[int, tuple[str, ...]], Call[Any]], says: str, parent: QWidget,
    ) -> None:  # fmt: skip
        """``call(amount, confirmed)`` is the command, ``says`` what the strip says of ``{amount}``."""
        super().__init__(desk, title, self.bare, parent, self.act)
        self._call, self._says = call, says
        self._currency, self._digits = currency, digits
        self.body.addWidget(QLabel(about, self))
        form = QFormLayout()
        self.amount = QLineEdit(self)
        self.amount.setAccessibleName(f"Amount in {currency}")
        self.how = CalmCombo(how, self)
        self.how.fill([(method, method) for method in METHODS], METHODS[0])
        self.reference = QLineEdit(self)
        self.reference.setAccessibleName("Reference")
        self.reference.setMaxLength(billing.REFERENCE_MAX)
        form.addRow(f"Amount ({currency})", self.amount)
        form.addRow("How", self.how)
        form.addRow("Reference", self.reference)
        self.body.addLayout(form)
        self.message = Notice(self)
        self.body.addWidget(self.message)
        self.amount.textChanged.connect(self._settle)
        if offered:
            self.amount.setText(typed_amount(offered, digits))
        self.amount.selectAll()
        self.amount.setFocus()
        self._settle()

    def money(self, minor: int) -> str:
        """An amount in its currency."""
        return formats.money(minor, self._currency, self._digits)

    def why_not(self, minor: int) -> str:
        """What is wrong with an amount that can be read, or nothing."""
        return ""

    def _settle(self) -> None:
        self.message.clear()
        text, minor, wrong = self.amount.text(), 0, ""
        try:
            minor = parse_amount(text, self._digits)
        except ValueError as error:
            wrong = str(error) if text.strip() else ""
        else:
            wrong = self.why_not(minor)
        self.say(wrong)
        self.button.setEnabled(minor > 0 and not wrong)
        self.button.setText(f"{self.verb} {self.money(minor)}" if minor else self.bare)

    def act(self, confirmed: tuple[str, ...] = ()) -> None:
        """Do it; ``confirmed`` after the person was asked."""
        self.button.setEnabled(False)
        self.message.clear()
        minor = parse_amount(self.amount.text(), self._digits)
        self.desk.run(
            self, self._call(minor, confirmed), once=self.once,
            says=self._says.format(amount=self.money(minor)),
            then=lambda _done: self.accept(), failed=self._refused,
        )  # fmt: skip

    def _refused(self, error: Exception) -> None:
        code, words = self.asks
        if isinstance(error, Rejected) and error.code == code:
            self.button.setEnabled(True)
            self.message.say("part", sentence(error), ((words, lambda: self.act((code,))),))
        elif isinstance(error, ServiceError):
            self.refuse(error)
        else:
            raise error
