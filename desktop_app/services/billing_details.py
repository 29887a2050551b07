"""The money of a sale: payments with who recorded them, its invoice, and its credits (R2.1, R7.10).

``sale_billing(db, sale_id)`` -> ``SaleBilling | None``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, case, exists, select

from .billing import shown_reference
from .credit_details import SaleCredit, credits_of_sale
from .rules.sale_status import Axis
from .store.tables import currency, invoice, journal, order_status, payment, person, sale


@dataclass(frozen=True, slots=True)
class PaymentDetail:
    """Money received, in minor units; negative where it takes an earlier payment back."""

    id: int
    amount: int
    method: str
    reference: str
    paid_at: datetime
    person_id: int | None
    person: str
    journal_id: str | None
    can_undo: bool
    """Recorded by a person here, and not taken back yet."""
    undone: bool


@dataclass(frozen=True, slots=True)
class SaleBilling:
    """What the Payments tab shows; totals in minor units of ``currency``."""

    sale_id: int
    number: int
    currency: str
    digits: int
    total: int
    paid: int
    payment: Axis
    is_quote: bool
    is_cancelled: bool
    invoice_number: int | None
    invoice_dated: date | None
    payments: tuple[PaymentDetail, ...]
    credits: tuple[SaleCredit, ...]

    @property
    def due(self) -> int:
        """What is still to be paid, never below 0."""
        return max(self.total - self.paid, 0)

    @property
    def credited(self) -> int:
        """The worth of what was taken back."""
        return sum(one.total for one in self.credits if not one.is_exchange)

    @property
    def refunded(self) -> int:
        """What was paid out again."""
        return sum(one.refunded for one in self.credits if not one.is_exchange)

    @property
    def to_pay_out(self) -> int:
        """What its credits are worth and is not paid out yet."""
        return sum(one.open for one in self.credits if not one.is_exchange)


def sale_billing(db: Connection, sale_id: int) -> SaleBilling | None:
    """Everything about the money of a sale in three queries; None where there is none."""
    head = db.execute(
        select(
            sale.c.id, sale.c.number, sale.c.currency, currency.c.digits, sale.c.total,
            sale.c.paid, sale.c.payment, order_status.c.is_quote, order_status.c.is_cancelled,
            invoice.c.number.label("invoice"), invoice.c.dated,
        )
        .join(currency, currency.c.code == sale.c.currency)
        .join(order_status, order_status.c.id == sale.c.status_id)
        .outerjoin(invoice, invoice.c.sale_id == sale.c.id)
        .where(sale.c.id == sale_id)
    ).one_or_none()  # fmt: skip
    if head is None:
        return None
    return SaleBilling(
        sale_id=sale_id,
        number=head.number,
        currency=head.currency,
        digits=head.digits,
        total=head.total,
        paid=head.paid,
        payment=Axis(head.payment),
        is_quote=bool(head.is_quote),
        is_cancelled=bool(head.is_cancelled),
        invoice_number=head.invoice,
        invoice_dated=head.dated,
        payments=_payments(db, sale_id, head.number),
        credits=credits_of_sale(db, sale_id),
    )


def _payments(db: Connection, sale_id: int, number: int) -> tuple[PaymentDetail, ...]:
    undo = journal.alias("undo")
    undone = exists().where(undo.c.undoes == journal.c.id)
    found = db.execute(
        select(
            payment.c.id, payment.c.amount, payment.c.method, payment.c.external_id,
            payment.c.paid_at, journal.c.person_id, person.c.name, payment.c.journal_id,
            journal.c.command, case((undone, 1), else_=0).label("undone"),
        )
        .outerjoin(journal, journal.c.id == payment.c.journal_id)
        .outerjoin(person, person.c.id == journal.c.person_id)
        .where(payment.c.sale_id == sale_id)
        .order_by(payment.c.paid_at, payment.c.id)
    )  # fmt: skip
    return tuple(
        PaymentDetail(
            id=row.id,
            amount=row.amount,
            method=row.method,
            reference=shown_reference(row.external_id, number),
            paid_at=row.paid_at,
            person_id=row.person_id,
            person=row.name or "",
            journal_id=row.journal_id,
            can_undo=row.command == RECORD and not row.undone,
            undone=row.command == RECORD and bool(row.undone),
        )
        for row in found
    )


RECORD = "Record payment"
"""The command whose payments a person may take back."""
