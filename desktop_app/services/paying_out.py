"""Paying out a credit after it was made, wholly or in part (R7.13): no more than is open of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from .access import Permission
from .backend import Undone, Work, command
from .billing import AMOUNT_MAX, METHOD_MAX, REFERENCE_MAX, own_name
from .books import add_notes
from .changes import Topic
from .crediting import ABOVE_PAID
from .errors import Rejected
from .rules import sale_status
from .store.tables import credit, currency, refund, sale


@command("Pay out credit", needs=Permission.BILL)
def pay_out(
    work: Work,
    credit_id: int,
    amount: int,
    method: str,
    reference: str = "",
    confirmed: Sequence[str] = (),
) -> dict[str, Any]:
    """Pay money out for a credit, in minor units. Undo: a counter-entry of it.

    ``reference`` is what the payout is called elsewhere, once per credit. Result: ``{"refund_id",
    "number", "amount", "refunded", "total", "currency", "digits"}``. Raises Rejected(
    "refund_amount" | "payment_method" | "payment_reference_long" | "unknown_credit" |
    "credit_paid_out" | "payout_exceeds_credit" | "payout_known"), and asks
    "confirm:refund_above_paid" where less than that of the sale's payments is still here.
    """
    method, reference = method.strip(), reference.strip()
    if not 0 < amount <= AMOUNT_MAX:
        raise Rejected("refund_amount")
    if not 0 < len(method) <= METHOD_MAX:
        raise Rejected("payment_method", limit=METHOD_MAX)
    if len(reference) > REFERENCE_MAX:
        raise Rejected("payment_reference_long", limit=REFERENCE_MAX)
    head = _locked(work, credit_id)
    name = own_name(work.db, refund, f"C{head.number}", reference) if reference else None
    if reference and name is None:
        raise Rejected("payout_known", reference=reference, number=head.number)
    left = head.total - head.refunded
    money = {"currency": head.currency, "digits": head.digits}
    if left <= 0:
        raise Rejected("credit_paid_out", number=head.number)
    if amount > left:
        raise Rejected(
            "payout_exceeds_credit", number=head.number, left=left, amount=amount, **money
        )
    if ABOVE_PAID not in confirmed:
        _check_paid(work.db, head, amount, money)
    key = _write(work, head, amount, method, name)
    told = {"amount": amount, **money, "method": method, "reference": reference}
    _tell(work, head, told)
    work.can_undo({"refund": key})
    return {
        "refund_id": key, "number": head.number, "amount": amount,
        "refunded": head.refunded + amount, "total": head.total, **money,
    }  # fmt: skip


def _locked(work: Work, credit_id: int) -> Any:
    """The credit under its own lock; that of its sale comes first, as for whoever takes back."""
    c = credit.c
    of = work.db.execute(select(c.sale_id).where(c.id == credit_id)).one_or_none()
    if of is None:
        raise Rejected("unknown_credit", id=credit_id)
    work.locks.take_sales([] if of.sale_id is None else [of.sale_id])
    return work.db.execute(
        select(
            c.id, c.number, c.sale_id, c.exchange_id, c.total, c.refunded, c.currency,
            currency.c.digits, sale.c.number.label("sale_number"),
        )
        .join(currency, currency.c.code == c.currency)
        .outerjoin(sale, sale.c.id == c.sale_id)
        .where(c.id == credit_id)
        .with_for_update(key_share=True, of=credit)
    ).one()  # fmt: skip


def _check_paid(db: Connection, head: Any, amount: int, money: dict[str, Any]) -> None:
    """Ask where more goes back than what was paid for the sale and is still here."""
    if head.sale_id is None:
        return
    paid = db.execute(select(sale.c.paid).where(sale.c.id == head.sale_id)).scalar_one()
    before = select(func.coalesce(func.sum(credit.c.refunded), 0)).where(
        credit.c.sale_id == head.sale_id
    )
    left = max(paid - int(db.execute(before).scalar_one()), 0)
    if amount > left:
        raise Rejected(
            "confirm:refund_above_paid", number=head.sale_number, left=left, amount=amount, **money
        )


def _write(work: Work, head: Any, amount: int, method: str, name: str | None) -> int:
    """Money out (negative: back in), and how much of the credit is paid out."""
    made = work.db.execute(
        insert(refund)
        .values(
            credit_id=head.id, amount=amount, method=method, external_id=name,
            paid_at=work.at, journal_id=work.journal_id,
        )
        .returning(refund.c.id)
    )  # fmt: skip
    key = int(made.scalar_one())
    refunded = head.refunded + amount
    work.db.execute(
        update(credit)
        .where(credit.c.id == head.id)
        .values(
            refunded=refunded,
            payment=int(sale_status.payment(head.total, refunded)),
            version=credit.c.version + 1,
        )
    )
    work.touched(Topic.CREDITS, [head.id])
    work.touched(Topic.SALES, [one for one in (head.sale_id, head.exchange_id) if one is not None])
    return key


def _tell(work: Work, head: Any, told: dict[str, Any], *, back: bool = False) -> None:
    """Say it on the credit, and on its sale with the credit's number."""
    of = told | {"credit": {"id": head.id, "number": head.number}}
    notes = [("SC", head.id, "payout_undone" if back else "paid_out", told)]
    if head.sale_id is not None:
        notes.append(("SO", head.sale_id, "payout_undone" if back else "paid_out", of))
    add_notes(work, notes)


@pay_out.undone_by
def _take_back_payout(work: Work, original: Undone) -> dict[str, Any]:
    """A negative refund beside the first: its journal row's ``undoes`` leads to the original."""
    was = work.db.execute(select(refund).where(refund.c.id == original.data["refund"])).one()
    head = _locked(work, was.credit_id)
    _write(work, head, -was.amount, was.method, None)
    told = {"amount": was.amount, "currency": head.currency, "digits": head.digits}
    _tell(work, head, told | {"method": was.method}, back=True)
    return {
        "number": head.number, "amount": -was.amount, "refunded": head.refunded - was.amount,
    }  # fmt: skip
