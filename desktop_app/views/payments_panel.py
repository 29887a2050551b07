"""The money of a sale (ux 3.7): payments, its invoice, credits and exchanges, and their acts."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop_app.models import formats
from desktop_app.models.billing_rows import credit_columns, facts, payment_columns, tab_words
from desktop_app.models.lines_table import LinesTable
from desktop_app.services.access import Permission
from desktop_app.services.billing_details import PaymentDetail, SaleBilling, sale_billing
from desktop_app.services.changes import Changes, Topic
from desktop_app.services.credit_details import SaleCredit

from .desk import Desk
from .lines_view import LinesView


class PaymentsPanel(QWidget):
    """A tab of the sale page. ``counted(words)``: what the tab is called."""

    counted = Signal(str)

    def __init__(self, desk: Desk, sale_id: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.sale_id = sale_id
        self.sale: SaleBilling | None = None
        self.payments: LinesTable[PaymentDetail] | None = None
        self._page = QVBoxLayout(self)
        self._page.setContentsMargins(0, 8, 0, 0)
        self._page.setSpacing(8)
        head = QHBoxLayout()
        head.setSpacing(8)
        self.facts = QLabel(self)
        self.facts.setWordWrap(True)
        head.addWidget(self.facts, 1)
        self.invoice = self._act("Invoice…", self.open_invoice)
        self.pay = self._act("Record payment…", self.open_payment)
        self.undo = self._act("Take back payment", self._undo_payment)
        self.back = self._act("Take back goods…", self.open_credit)
        for button in (self.invoice, self.pay, self.undo, self.back):
            head.addWidget(button)
        self.pay_out = self._act("Pay out…", self.open_payout)
        self._page.addLayout(head)
        self._settle()
        desk.hub.changed.connect(self._changed)
        self.refresh()

    def _act(self, words: str, act: object) -> QPushButton:
        button = QPushButton(words, self)
        button.setAutoDefault(False)
        button.clicked.connect(lambda _checked: act())  # type: ignore[operator]
        return button

    def refresh(self) -> None:
        """Read again."""
        self.desk.read(self, sale_billing, self.sale_id, then=self._arrived, key="billing")

    def _changed(self, changes: Changes) -> None:
        if Topic.SALES in changes.topics:
            ids = changes.topics[Topic.SALES]
            if ids is None or self.sale_id in ids:
                self.refresh()

    def _arrived(self, found: SaleBilling | None) -> None:
        if found is None:
            return
        self.sale = found
        if self.payments is None:
            self._make_tables(found)
        assert self.payments is not None
        self.facts.setText(facts(found))
        self.payments.show(found.payments)
        self.credits.show(found.credits)
        self.credits_title.setText(f"Credits {len(found.credits)}")
        for part in (self.credits_title, self.credits_view):
            part.setVisible(bool(found.credits))
        self.counted.emit(tab_words(found))
        self._settle()

    def _make_tables(self, found: SaleBilling) -> None:
        self.payments = LinesTable(
            payment_columns(found.currency, found.digits), self, key=lambda one: one.id
        )
        self.payments_view = LinesView(self.payments, "Payments", self)
        self.payments_view.current_changed.connect(lambda _row: self._settle())
        self.payments.modelReset.connect(self._settle)
        self._page.addWidget(self.payments_view, 1)
        credits_head = QHBoxLayout()
        self.credits_title = QLabel("Credits", self)
        self.credits_title.setProperty("type", "strong")
        credits_head.addWidget(self.credits_title, 1)
        credits_head.addWidget(self.pay_out)
        self._page.addLayout(credits_head)
        self.credits: LinesTable[SaleCredit] = LinesTable(
            credit_columns(found.currency, found.digits), self, key=lambda one: one.id
        )
        self.credits_view = LinesView(self.credits, "Credits", self)
        self.credits_view.opened.connect(lambda one: self.desk.open("credit", one.id))
        self.credits_view.linked.connect(self._follow)
        self.credits_view.current_changed.connect(lambda _row: self._settle())
        self.credits.modelReset.connect(self._settle)
        self._page.addWidget(self.credits_view, 1)

    def _follow(self, one: SaleCredit, key: str) -> None:
        if key == "other" and one.other_id is not None:
            self.desk.open("sale", one.other_id)
        else:
            self.desk.open("credit", one.id)

    def _settle(self) -> None:
        sale, may = self.sale, self.desk.may(Permission.BILL)
        live = sale is not None and not sale.is_cancelled and not sale.is_quote
        role = self.desk.why_not(Permission.BILL)
        state = "" if live or sale is None else self._state(sale)
        done = f"Invoice {sale.invoice_number} is made already" if self._invoiced() and sale else ""
        self._set(self.invoice, may and live and not self._invoiced(), role or state or done)
        cancelled = sale is not None and sale.is_cancelled
        self._set(self.pay, may and sale is not None and not cancelled, role or state)
        self._set(self.back, may and live, role or state)
        why = role or self._why_not_undo()
        self._set(self.undo, not why, why)
        self.undo.setVisible(sale is not None and any(one.can_undo for one in sale.payments))
        why = role or self._why_not_pay_out()
        self._set(self.pay_out, not why, why)
        self.pay_out.setVisible(sale is not None and sale.to_pay_out > 0)
        one = self._credit()
        if sale is not None and one is not None and not why:
            left = formats.money(one.open, sale.currency, sale.digits)
            self.pay_out.setText(f"Pay out {left} of credit {one.number}…")
        else:
            self.pay_out.setText("Pay out…")

    def _credit(self) -> SaleCredit | None:
        """The credit chosen, or the only one of this sale with money to pay out."""
        if self.payments is None:
            return None
        row: SaleCredit | None = self.credits_view.current_row()
        due = [one for one in self.credits.rows() if one.open and not one.is_exchange]
        return row if row is not None else due[0] if len(due) == 1 else None

    def _why_not_pay_out(self) -> str:
        one = self._credit()
        if one is None:
            return "Choose a credit first"
        if one.is_exchange:
            return "It took back from another sale: pay it out there"
        return "" if one.open else f"Credit {one.number} is paid out"

    def _invoiced(self) -> bool:
        return self.sale is not None and self.sale.invoice_number is not None

    def _state(self, sale: SaleBilling) -> str:
        return "The sale is cancelled" if sale.is_cancelled else "A quote is not sold yet"

    def _set(self, button: QPushButton, on: bool, why: str) -> None:
        button.setEnabled(on)
        button.setToolTip("" if on else why)

    def _chosen(self) -> PaymentDetail | None:
        if self.payments is None:
            return None
        row: PaymentDetail | None = self.payments_view.current_row()
        standing = [one for one in self.payments.rows() if one.can_undo]
        return row if row is not None else standing[0] if len(standing) == 1 else None

    def _why_not_undo(self) -> str:
        one = self._chosen()
        if one is None:
            return "Choose a payment first"
        if not one.can_undo:
            return "Only a payment recorded here can be taken back, once"
        mine = one.person_id == self.desk.backend.actor.person_id
        if not mine and not self.desk.may(Permission.UNDO_OTHERS):
            return "Only the person who recorded it, or a manager, can take it back"
        return ""

    def _undo_payment(self) -> None:
        one, sale = self._chosen(), self.sale
        if one is not None and one.journal_id and sale is not None and not self._why_not_undo():
            self.undo.setEnabled(False)
            words = formats.money(one.amount, sale.currency, sale.digits)
            self.desk.undo(one.journal_id, f"payment of {words} for #{sale.number}")

    # --- the dialogs -----------------------------------------------------------------------------

    def open_invoice(self) -> None:
        """Invoice the sale."""
        if self.sale is not None and self.invoice.isEnabled():
            from .billing_acts import InvoiceDialog

            InvoiceDialog(self.desk, [self.sale_id], f"#{self.sale.number}", self).open()

    def open_payment(self) -> None:
        """Record a payment."""
        if self.sale is not None and self.pay.isEnabled():
            from .billing_acts import PaymentDialog

            PaymentDialog(self.desk, self.sale, self).open()

    def open_payout(self) -> None:
        """Pay out a credit that was made without, or with less."""
        one, sale = self._credit(), self.sale
        if one is not None and sale is not None and self.pay_out.isEnabled():
            from .pay_out_dialog import Payable, PayOutDialog

            payable = Payable(one.id, one.number, one.total, one.open, sale.currency, sale.digits)
            PayOutDialog(self.desk, payable, self).open()

    def open_credit(self) -> None:
        """Take goods back."""
        if self.sale is not None and self.back.isEnabled():
            from .credit_dialog import CreditDialog

            CreditDialog(self.desk, self.sale_id, self).open()
