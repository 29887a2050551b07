"""A sales credit as a page (R7.10): rows, refunds, its sale and its exchange, timeline."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from desktop_app.models import formats
from desktop_app.models.billing_rows import payment_mark
from desktop_app.models.columns import Align, Column
from desktop_app.models.credit_rows import paid_out, row_columns
from desktop_app.models.lines_table import LinesTable
from desktop_app.services.access import Permission
from desktop_app.services.changes import Changes, Topic
from desktop_app.services.credit_details import (
    CreditDetail,
    CreditRowDetail,
    RefundDetail,
    credit_detail,
)

from .desk import Desk
from .key_list import LIST_KEYS
from .lines_view import LinesView
from .record_page import RecordPage


class CreditPage(RecordPage):
    """One credit. ``leave`` takes the person back to where they came from."""

    keys = tuple(one for one in LIST_KEYS if one[0].startswith("↑"))

    def __init__(
        self, desk: Desk, credit_id: int, leave: Callable[[], object], parent: QWidget | None = None
    ) -> None:
        super().__init__(desk, "Credits", "SC", leave, parent)
        self.credit_id = credit_id
        self.credit: CreditDetail | None = None
        self.rows: LinesTable[CreditRowDetail] | None = None
        self.of_sale = self.head.add_act("Open its sale", lambda: self._open_sale(exchange=False))
        self.instead = self.head.add_act(
            "Open its exchange", lambda: self._open_sale(exchange=True)
        )
        self.pay = self.head.add_act("Pay out…", self.open_payout)
        self.undo = self.head.add_act("Take back payout", self._undo_payout)
        for button in (self.of_sale, self.instead, self.undo):
            button.hide()
        self._settle()
        self.begin(credit_id, {})

    @property
    def title(self) -> str:
        """What the window's title says."""
        return f"Credit {self.credit.number}" if self.credit else "Credit"

    @property
    def view(self) -> QWidget:
        """What gets the focus when the page is shown."""
        return self.rows_view if self.rows is not None else self.tabs

    def refresh(self) -> None:
        """Read the credit again."""
        self.desk.read(self, credit_detail, self.credit_id, then=self._arrived, key="credit")

    def changed(self, changes: Changes) -> None:
        if Topic.CREDITS in changes.topics:
            ids = changes.topics[Topic.CREDITS]
            if ids is None or self.credit_id in ids:
                self.refresh()

    def _arrived(self, credit: CreditDetail | None) -> None:
        if credit is None:
            self.head.title.setText("This credit does not exist.")
            return
        self.credit = credit
        if self.rows is None:
            self._make_tabs(credit)
        assert self.rows is not None
        self.head.title.setText(f"Credit {credit.number}")
        self.head.subtitle.setText(f"{credit.customer} · {credit.channel or 'no channel'}")
        self.marks.show_marks([("Refund", paid_out(credit.payment))])
        self.facts.setText(" · ".join(_facts(credit)))
        for button, number, words in (
            (self.of_sale, credit.sale_number, "Open sale"),
            (self.instead, credit.exchange_number, "Open exchange"),
        ):
            button.setVisible(number is not None)
            button.setText(f"{words} #{number}")
        self.rows.show(credit.rows)
        self.refunds.show(credit.refunds)
        self.tabs.setTabText(0, f"Taken back {len(credit.rows)}")
        self.tabs.setTabText(1, f"Refunds {len(credit.refunds)}")
        self._settle()
        self.title_changed.emit(self.title)

    def _make_tabs(self, credit: CreditDetail) -> None:
        self.rows = LinesTable(row_columns(credit), self, key=lambda row: row.id)
        self.rows_view = LinesView(self.rows, "Rows of the credit")
        self.tabs.addTab(self.rows_view, "Taken back")
        self.refunds: LinesTable[RefundDetail] = LinesTable(
            _refund_columns(credit), self, key=lambda one: one.id
        )
        self.refunds_view = LinesView(self.refunds, "Refunds")
        self.refunds_view.current_changed.connect(lambda _row: self._settle())
        self.refunds.modelReset.connect(self._settle)
        self.tabs.addTab(self.refunds_view, "Refunds")

    def _open_sale(self, *, exchange: bool) -> None:
        credit = self.credit
        key = None if credit is None else credit.exchange_id if exchange else credit.sale_id
        if key is not None:
            self.desk.open("sale", key)

    # --- paying out ------------------------------------------------------------------------------

    def open_payout(self) -> None:
        """Pay out what is open of it."""
        credit = self.credit
        if credit is not None and self.pay.isEnabled():
            from .pay_out_dialog import Payable, PayOutDialog

            payable = Payable(
                credit.id, credit.number, credit.total, credit.open, credit.currency,
                credit.currency_digits,
            )  # fmt: skip
            PayOutDialog(self.desk, payable, self).open()

    def _settle(self) -> None:
        credit, why = self.credit, self.desk.why_not(Permission.BILL)
        done = "" if credit is None or credit.open else "Nothing of it is to be paid out"
        self.pay.setEnabled(credit is not None and not why and not done)
        self.pay.setToolTip(why or done)
        if credit is not None and credit.open:
            left = formats.money(credit.open, credit.currency, credit.currency_digits)
            self.pay.setText(f"Pay out {left}…")
        else:
            self.pay.setText("Pay out…")
        reason = self._why_not_undo()
        self.undo.setEnabled(not reason)
        self.undo.setToolTip(reason)
        self.undo.setVisible(credit is not None and any(one.can_undo for one in credit.refunds))

    def _chosen(self) -> RefundDetail | None:
        if self.rows is None:
            return None
        row: RefundDetail | None = self.refunds_view.current_row()
        standing = [one for one in self.refunds.rows() if one.can_undo]
        return row if row is not None else standing[0] if len(standing) == 1 else None

    def _why_not_undo(self) -> str:
        one = self._chosen()
        if why := self.desk.why_not(Permission.BILL):
            return why
        if one is None:
            return "Choose a payout under Refunds first"
        if not one.can_undo:
            return "Only a payout made here after the credit can be taken back, once"
        mine = one.person_id == self.desk.backend.actor.person_id
        if not mine and not self.desk.may(Permission.UNDO_OTHERS):
            return "Only the person who paid it out, or a manager, can take it back"
        return ""

    def _undo_payout(self) -> None:
        one, credit = self._chosen(), self.credit
        if one is not None and credit is not None and not self._why_not_undo():
            self.undo.setEnabled(False)
            words = formats.money(one.amount, credit.currency, credit.currency_digits)
            self.desk.undo(one.journal_id, f"payout of {words} of credit {credit.number}")


def _refund_columns(credit: CreditDetail) -> tuple[Column[RefundDetail], ...]:
    code, digits = credit.currency, credit.currency_digits
    return (
        Column(key="at", heading="When", text=lambda r: formats.moment(r.paid_at), width=16, fixed=True),
        Column(key="method", heading="How", text=lambda r: r.method, width=20, stretch=True, width_min=10),
        Column(key="reference", heading="Reference", text=lambda r: r.reference, width=18, priority=2),
        Column(key="by", heading="By", text=lambda r: r.person, width=14, priority=3),
        Column(
            key="amount", heading="Paid out", text=lambda r: formats.money(r.amount, code, digits),
            width=14, align=Align.END, fixed=True,
        ),
        Column(key="state", heading="", text=lambda _: "", width=16, mark=payment_mark),
    )  # fmt: skip


def _facts(credit: CreditDetail) -> list[str]:
    code, digits = credit.currency, credit.currency_digits
    facts = [
        formats.money(credit.total, code, digits),
        f"{formats.money(credit.refunded, code, digits)} paid out",
        credit.warehouse,
        formats.moment(credit.placed_at),
        f"of sale #{credit.sale_number}" if credit.sale_number else "its sale is not known here",
    ]
    if credit.exchange_number:
        facts.append(f"exchanged for #{credit.exchange_number}")
    if credit.receipt:
        facts.append(f"receipt {credit.receipt}")
    if credit.cashier:
        facts.append(f"cashier {credit.cashier}")
    if credit.till:
        facts.append(f"till {credit.till}")
    if credit.reference:
        facts.append(f"reference {credit.reference}")
    return facts
