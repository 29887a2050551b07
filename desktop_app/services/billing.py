"""Invoices and payments by a person (R2.1, R6.4, R7.7): results per sale, counter-entries for undo."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Table, select

from .access import Permission
from .backend import Undone, Work, command
from .billing_writing import Paid, write_invoices, write_payments
from .books import add_notes, known_sales
from .errors import Rejected
from .store.bulk import ids_in
from .store.tables import currency, journal, order_status, payment, sale
from .store.tables import invoice as invoices

AMOUNT_MAX = 100_000_000_000_00
"""No payment is above a hundred thousand million of a currency with two digits: sums stay exact."""

METHOD_MAX = 40
REFERENCE_MAX = 100
"""Room for the sale's number before it."""

TURNS_MAX = 10

OVERPAID = "confirm:overpaid"


@command("Invoice sales", needs=Permission.BILL)
def invoice(work: Work, sale_ids: Sequence[int], dated: date | None = None) -> dict[str, Any]:
    """Invoice sales: number, date, one-way; there is no undo (R2.1).

    Oldest first (R6.4). ``dated`` None: today. Result: ``{"invoiced": n, "dated", "sales": [{id,
    number, outcome, invoice}]}``; outcome: invoiced | already | quote | cancelled; ``invoice`` is
    the number, also where it was there already. Raises Rejected("invoice_day" | "unknown_sales" |
    "no_sales_chosen").
    """
    day = dated or work.at.astimezone().date()
    if day > work.at.astimezone().date():
        raise Rejected("invoice_day", day=day.isoformat())
    known = known_sales(work.db, sale_ids)
    work.locks.take_sales(known)
    before = _heads(work.db, known)
    fresh = [row.id for row in before if _blocked(row) is None]
    made = write_invoices(work, fresh, day)
    return {
        "invoiced": len(made),
        "dated": day.isoformat(),
        "sales": [
            {
                "id": row.id,
                "number": row.number,
                "outcome": _blocked(row) or "invoiced",
                "invoice": made.get(row.id, row.invoice),
            }
            for row in before
        ],
    }


def _heads(db: Connection, sale_ids: Sequence[int]) -> list[Any]:
    """Oldest first, like every batch."""
    return list(
        db.execute(
            select(
                sale.c.id, sale.c.number, sale.c.invoiced, order_status.c.is_quote,
                order_status.c.is_cancelled, invoices.c.number.label("invoice"),
            )
            .join(order_status, order_status.c.id == sale.c.status_id)
            .outerjoin(invoices, invoices.c.sale_id == sale.c.id)
            .where(sale.c.id.in_(ids_in(db, sale_ids)))
            .order_by(sale.c.placed_at, sale.c.number)
        ).all()
    )  # fmt: skip


def _blocked(row: Any) -> str | None:
    """Why a sale gets no invoice, or None where it does. A zero total is invoiced like any other."""
    for flag, name in (
        (row.invoiced, "already"), (row.is_cancelled, "cancelled"), (row.is_quote, "quote"),
    ):  # fmt: skip
        if flag:
            return name
    return None


@command("Record payment", needs=Permission.BILL)
def record_payment(
    work: Work,
    sale_id: int,
    amount: int,
    method: str,
    reference: str = "",
    paid_at: datetime | None = None,
    confirmed: Sequence[str] = (),
) -> dict[str, Any]:
    """Record money received for a sale, in minor units (R7.2). Undo: a counter-entry of it.

    ``reference`` is what the payment is called elsewhere, once per sale. Result: ``{"payment_id",
    "number", "amount", "paid", "total", "currency", "digits"}``. Raises Rejected("payment_amount" |
    "payment_method" | "payment_reference_long" | "payment_known" | "payment_of_cancelled" |
    "payment_in_future" | "unknown_sales"), and asks "confirm:overpaid" where it is more than is due.
    """
    method, reference = method.strip(), reference.strip()
    _check_payment(work, amount, method, reference, paid_at)
    known = known_sales(work.db, [sale_id])
    work.locks.take_sales(known)
    head = _money(work.db, sale_id)
    name = own_name(work.db, payment, f"#{head.number}", reference) if reference else None
    if reference and name is None:
        raise Rejected("payment_known", reference=reference, number=head.number)
    if head.is_cancelled:
        raise Rejected("payment_of_cancelled", number=head.number)
    if head.paid + amount > head.total and OVERPAID not in confirmed:
        raise Rejected(
            "confirm:overpaid", number=head.number, due=max(head.total - head.paid, 0),
            amount=amount, currency=head.currency, digits=head.digits,
        )  # fmt: skip
    when = paid_at or work.at
    write_payments(work, [Paid(sale_id, amount, method, when, name)])
    told = {"amount": amount, "currency": head.currency, "digits": head.digits, "method": method}
    add_notes(work, [("SO", sale_id, "payment_recorded", told | {"reference": reference})])
    written = _of_journal(work.db, work.journal_id)
    work.can_undo({"payment": written.id})
    return {
        "payment_id": written.id,
        "number": head.number,
        "amount": amount,
        "paid": head.paid + amount,
        "total": head.total,
        "currency": head.currency,
        "digits": head.digits,
    }


def _check_payment(
    work: Work, amount: int, method: str, reference: str, paid_at: datetime | None
) -> None:
    if not 0 < amount <= AMOUNT_MAX:
        raise Rejected("payment_amount")
    if not 0 < len(method) <= METHOD_MAX:
        raise Rejected("payment_method", limit=METHOD_MAX)
    if len(reference) > REFERENCE_MAX:
        raise Rejected("payment_reference_long", limit=REFERENCE_MAX)
    if paid_at is not None and paid_at > work.at:
        raise Rejected("payment_in_future")


def own_name(db: Connection, ledger: Table, stem: str, reference: str) -> str | None:
    """The unique name of a reference: ``#1041 BACS 12``, and ``#1041/2 …`` after it was undone.

    None where it is in the ledger (payments, refunds) already.
    """
    undo = journal.alias("undo")
    names = {f"{stem} {reference}"} | {f"{stem}/{turn} {reference}" for turn in range(2, TURNS_MAX)}
    known = db.execute(
        select(ledger.c.external_id, undo.c.id.label("undone"))
        .outerjoin(undo, undo.c.undoes == ledger.c.journal_id)
        .where(ledger.c.external_id.in_(names))
    ).all()
    if len(known) >= TURNS_MAX - 1 or any(row.undone is None for row in known):
        return None
    return f"{stem}/{len(known) + 1} {reference}" if known else f"{stem} {reference}"


def shown_reference(external_id: str | None, number: int, sign: str = "#") -> str:
    """The reference as it was typed; a till's own name is shown as it is."""
    name = external_id or ""
    stem, _, rest = name.partition(" ")
    return rest if rest and stem.partition("/")[0] == f"{sign}{number}" else name


def _money(db: Connection, sale_id: int) -> Any:
    return db.execute(
        select(
            sale.c.number, sale.c.total, sale.c.paid, sale.c.currency, currency.c.digits,
            order_status.c.is_cancelled,
        )
        .join(currency, currency.c.code == sale.c.currency)
        .join(order_status, order_status.c.id == sale.c.status_id)
        .where(sale.c.id == sale_id)
    ).one()  # fmt: skip


def _of_journal(db: Connection, journal_id: str) -> Any:
    return db.execute(select(payment).where(payment.c.journal_id == journal_id)).one()


@record_payment.undone_by
def _take_back_payment(work: Work, original: Undone) -> dict[str, Any]:
    """A negative payment beside the first: its journal row's ``undoes`` leads to the original."""
    was = work.db.execute(select(payment).where(payment.c.id == original.data["payment"])).one()
    work.locks.take_sales([was.sale_id])
    head = _money(work.db, was.sale_id)
    write_payments(work, [Paid(was.sale_id, -was.amount, was.method, work.at)])
    told = {"amount": was.amount, "currency": head.currency, "digits": head.digits}
    add_notes(work, [("SO", was.sale_id, "payment_undone", told | {"method": was.method})])
    return {"number": head.number, "amount": -was.amount, "paid": head.paid - was.amount}
