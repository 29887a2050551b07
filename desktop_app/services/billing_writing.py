"""Invoices and payments written: what intake and the commands of ``billing`` share (R2.1, R7.7).

Callers hold the locks of the sales.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from .backend import Work
from .books import add_notes
from .changes import Topic
from .rules import sale_status
from .store.bulk import ids_in, insert_many, next_numbers, update_many
from .store.tables import invoice, payment, sale


@dataclass(frozen=True, slots=True)
class Paid:
    """Money for a sale, in minor units of its currency; ``external_id`` is unique (a till's)."""

    sale_id: int
    amount: int
    method: str
    paid_at: datetime
    external_id: str | None = None


def write_invoices(work: Work, sale_ids: Iterable[int], dated: date) -> dict[int, int]:
    """Invoice sales that have none yet: number, date, one-way. Returns {sale id: number}.

    Notes kind ``invoiced`` with ``{"number", "dated"}``; sales that have an invoice are left alone.
    """
    wanted = work.db.execute(
        select(sale.c.id)
        .where(sale.c.id.in_(ids_in(work.db, sale_ids)), sale.c.invoiced == 0)
        .order_by(sale.c.placed_at, sale.c.number)
    ).scalars()
    fresh = list(wanted)
    numbers = dict(zip(fresh, next_numbers(work.db, "invoice", len(fresh)), strict=True))
    insert_many(
        work.db,
        invoice,
        [
            {"number": number, "sale_id": key, "dated": dated, "journal_id": work.journal_id}
            for key, number in numbers.items()
        ],
    )
    update_many(
        work.db, sale, [{"id": key, "invoiced": 1, "version": 1} for key in sorted(fresh)],
        add=("version",),
    )  # fmt: skip
    add_notes(
        work,
        [
            ("SO", key, "invoiced", {"number": number, "dated": dated.isoformat()})
            for key, number in numbers.items()
        ],
    )
    work.touched(Topic.SALES, fresh)
    return numbers


def write_payments(work: Work, payments: Sequence[Paid]) -> None:
    """Add payments and bring the payment axis of their sales up to date (R7.2)."""
    if not payments:
        return
    insert_many(
        work.db,
        payment,
        [
            {
                "sale_id": one.sale_id, "amount": one.amount, "method": one.method,
                "external_id": one.external_id, "paid_at": one.paid_at,
                "journal_id": work.journal_id,
            }
            for one in payments
        ],
    )  # fmt: skip
    more: dict[int, int] = defaultdict(int)
    for one in payments:
        more[one.sale_id] += one.amount
    heads = work.db.execute(
        select(sale.c.id, sale.c.total, sale.c.paid).where(sale.c.id.in_(ids_in(work.db, more)))
    ).all()
    update_many(
        work.db,
        sale,
        [
            {
                "id": row.id,
                "paid": row.paid + more[row.id],
                "payment": int(sale_status.payment(row.total, row.paid + more[row.id])),
                "version": 1,
            }
            for row in sorted(heads, key=lambda row: row.id)
        ],
        add=("version",),
    )
    work.touched(Topic.SALES, more)
