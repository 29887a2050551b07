"""Sales credits written: what intake and the desk share (R7.10).

Set-based, like ``books``. Callers hold the stock levels of what comes back (``stock_pairs``) and,
where it is known, the sale with what it may have to book out (``booking_out``): under its lock
nobody else takes back from it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, tuple_, update

from .backend import Work
from .booking_out import book_out
from .books import add_notes, change_levels
from .changes import Topic
from .errors import Rejected
from .goods_out_writing import stock_places
from .quarantine import quarantines
from .rules import sale_status
from .store.bulk import ids_in, insert_many, next_ids, next_numbers, rows_of
from .store.kinds import BigInt
from .store.tables import (
    credit,
    credit_movement,
    credit_row,
    currency,
    movement,
    product,
    refund,
    sale,
    sale_row,
    stock_level,
)

RETURNED = ("restock", "quarantine")
"""The dispositions that put goods back on the books."""


@dataclass(frozen=True, slots=True)
class CreditRow:
    """What is taken back: ``quantity`` and ``price`` in ten-thousandths, ``net`` and ``tax`` minor.

    ``kind``: stock, non_stock, service or text; only stock returns (``disposition`` restock,
    quarantine or write_off), the others have ``none``.
    """

    sale_row_id: int | None
    product_id: int | None
    kind: str
    description: str
    warehouse_id: int
    quantity: int
    price: int
    tax_rate: int
    net: int
    tax: int
    reason: str
    disposition: str


@dataclass(frozen=True, slots=True)
class RefundPaid:
    """Money paid out, in minor units; ``external_id`` is unique (a till's)."""

    amount: int
    method: str
    paid_at: datetime
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class CreditDraft:
    """A credit to write. ``sale_id`` None: its sale is not known here, so nothing limits it.

    ``exchange_id``: the sale that was made of the same transaction instead.
    """

    placed_at: datetime
    customer_id: int
    channel_id: int | None
    warehouse_id: int
    sale_id: int | None
    exchange_id: int | None
    currency: str
    reference: str
    external_id: str | None
    rows: Sequence[CreditRow]
    refunds: Sequence[RefundPaid] = ()


def stock_pairs(rows: Iterable[CreditRow]) -> set[tuple[int, int]]:
    """The (warehouse, product) pairs to lock before ``write_credit``."""
    return {
        (row.warehouse_id, row.product_id)
        for row in rows
        if row.disposition in RETURNED and row.product_id is not None
    }


def write_credit(work: Work, draft: CreditDraft) -> tuple[int, int]:
    """Write a credit with its rows, stock effects and refunds. Returns (credit id, number).

    Restocked goods are on hand at once; nothing allocates by itself. What a shop had handed over
    and not on record is booked out before it comes back. Raises
    Rejected("credit_exceeds_sold", [{sale_row_id, sku, sold, credited, asked}]) (R7.10) and
    Rejected("credit_row_not_sold" | "credit_empty" | "credit_below_zero" | "no_quarantine").
    """
    if not draft.rows:
        raise Rejected("credit_empty")
    names = _names(work.db, draft.rows)
    check_sold(work.db, draft.sale_id, draft.rows)
    key, number = _write_head(work, draft)
    ids = next_ids(work.db, credit_row, len(draft.rows))
    insert_many(
        work.db,
        credit_row,
        [
            {
                "id": row_id, "credit_id": key, "position": place,
                "sale_row_id": row.sale_row_id, "product_id": row.product_id, "kind": row.kind,
                "description": row.description, "warehouse_id": row.warehouse_id,
                "quantity": row.quantity, "price": row.price, "tax_rate": row.tax_rate,
                "net": row.net, "tax": row.tax, "reason": row.reason,
                "disposition": row.disposition,
            }
            for place, (row_id, row) in enumerate(zip(ids, draft.rows, strict=True), 1)
        ],
    )  # fmt: skip
    if draft.sale_id is not None:
        made = {"id": key, "number": number}
        book_out(work, draft.sale_id, _given_back(draft.rows), made)
    _return_goods(work, list(zip(ids, draft.rows, strict=True)))
    insert_many(
        work.db,
        refund,
        [
            {
                "credit_id": key, "amount": one.amount, "method": one.method,
                "external_id": one.external_id, "paid_at": one.paid_at,
                "journal_id": work.journal_id,
            }
            for one in draft.refunds
        ],
    )  # fmt: skip
    _write_notes(work, draft, key, number, names)
    work.touched(Topic.CREDITS, [key])
    return key, number


def _given_back(rows: Iterable[CreditRow]) -> dict[int, int]:
    """Units by sale row."""
    found: dict[int, int] = defaultdict(int)
    for row in rows:
        if row.sale_row_id is not None:
            found[row.sale_row_id] += row.quantity
    return found


def credited_before(db: Connection, sale_row_ids: Iterable[int]) -> dict[int, tuple[int, int, int]]:
    """What was taken back of sale rows: {row id: (units, net, tax)}; rows without are left out."""
    c = credit_row.c
    return {
        row.sale_row_id: (row.units, row.net, row.tax)
        for row in db.execute(
            select(
                c.sale_row_id,
                func.sum(c.quantity).cast(BigInt).label("units"),
                func.sum(c.net).cast(BigInt).label("net"),
                func.sum(c.tax).cast(BigInt).label("tax"),
            )
            .where(c.sale_row_id.in_(ids_in(db, sale_row_ids)))
            .group_by(c.sale_row_id)
        )
    }


def _names(db: Connection, rows: Sequence[CreditRow]) -> dict[int, str]:
    """SKU of each product."""
    ids = {row.product_id for row in rows if row.product_id is not None}
    p = product.c
    return {
        row.id: row.sku
        for row in db.execute(select(p.id, p.sku).where(p.id.in_(ids_in(db, ids))))
    }  # fmt: skip


def _name(row: CreditRow, names: Mapping[int, str]) -> str:
    return names.get(row.product_id or 0, "") or row.description


def check_sold(db: Connection, sale_id: int | None, rows: Sequence[CreditRow]) -> None:
    """No more than was sold, less what came back before; every row of goods is of the sale.

    Raises Rejected("credit_exceeds_sold" | "credit_row_not_sold"), as ``write_credit`` does.
    """
    names = _names(db, rows)
    asked: dict[int, int] = defaultdict(int)
    words: dict[int, str] = {}
    for row in rows:
        if row.sale_row_id is not None:
            asked[row.sale_row_id] += row.quantity
            words[row.sale_row_id] = _name(row, names)
    r = sale_row.c
    sold = {
        row.id: row
        for row in db.execute(
            select(r.id, r.sale_id, r.product_id, r.ordered).where(r.id.in_(ids_in(db, asked)))
        )
    }
    foreign = [
        _name(row, names)
        for row in rows
        if (
            sale_id is not None and row.kind in ("stock", "non_stock")
            if row.sale_row_id is None
            else row.sale_row_id not in sold
            or sold[row.sale_row_id].sale_id != sale_id
            or sold[row.sale_row_id].product_id != row.product_id
        )
    ]
    if foreign:
        raise Rejected("credit_row_not_sold", foreign)
    before = credited_before(db, asked)
    over = [
        {
            "sale_row_id": key,
            "sku": words[key],
            "sold": sold[key].ordered,
            "credited": before.get(key, (0, 0, 0))[0],
            "asked": units,
        }
        for key, units in asked.items()
        if before.get(key, (0, 0, 0))[0] + units > sold[key].ordered
    ]
    if over:
        raise Rejected("credit_exceeds_sold", over)


def _write_head(work: Work, draft: CreditDraft) -> tuple[int, int]:
    key = next_ids(work.db, credit, 1)[0]
    number = next_numbers(work.db, "credit", 1)[0]
    net, tax = sum(row.net for row in draft.rows), sum(row.tax for row in draft.rows)
    if net + tax < 0:
        raise Rejected("credit_below_zero")
    refunded = sum(one.amount for one in draft.refunds)
    work.db.execute(
        insert(credit).values(
            id=key,
            number=number,
            external_id=draft.external_id,
            placed_at=draft.placed_at,
            customer_id=draft.customer_id,
            channel_id=draft.channel_id,
            warehouse_id=draft.warehouse_id,
            sale_id=draft.sale_id,
            exchange_id=draft.exchange_id,
            currency=draft.currency,
            reference=draft.reference,
            net=net,
            tax=tax,
            total=net + tax,
            refunded=refunded,
            payment=int(sale_status.payment(net + tax, refunded)),
            journal_id=work.journal_id,
        )
    )
    return key, number


def _return_goods(work: Work, rows: Sequence[tuple[int, CreditRow]]) -> None:
    """Put what comes back on its shelf or apart: in stock rises, and quarantined with it."""
    back = [(key, row, row.product_id) for key, row in rows if row.disposition in RETURNED]
    moved = [(key, row, item) for key, row, item in back if item is not None]
    if not moved:
        return
    apart = quarantines(
        work.db, {row.warehouse_id for _, row, _ in moved if row.disposition == "quarantine"}
    )
    shelves = {
        pair: next((place for place, units in found if units > 0), found[0][0])
        for pair, found in stock_places(
            work.db, {(row.warehouse_id, item) for _, row, item in moved}
        ).items()
    }
    ids = next_ids(work.db, movement, len(moved))
    insert_many(
        work.db,
        movement,
        [
            {
                "id": key, "journal_id": work.journal_id, "kind": "return",
                "warehouse_id": row.warehouse_id,
                "location_id": apart[row.warehouse_id] if row.disposition == "quarantine"
                else shelves[row.warehouse_id, item],
                "product_id": item, "quantity": row.quantity, "at": work.at,
                "reason": row.reason,
            }
            for key, (_, row, item) in zip(ids, moved, strict=True)
        ],
    )  # fmt: skip
    insert_many(
        work.db,
        credit_movement,
        [
            {"movement_id": key, "credit_row_id": row_id}
            for key, (row_id, _, _) in zip(ids, moved, strict=True)
        ],
    )
    levels: dict[tuple[int, int], int] = defaultdict(int)
    held: dict[tuple[int, int], int] = defaultdict(int)
    for _, row, item in moved:
        levels[row.warehouse_id, item] += row.quantity
        if row.disposition == "quarantine":
            held[row.warehouse_id, item] += row.quantity
    change_levels(work.db, {pair: (units, 0) for pair, units in levels.items()})
    _hold(work.db, held)
    work.touched(Topic.STOCK, {item for _, _, item in moved})


def _hold(db: Connection, units: Mapping[tuple[int, int], int]) -> None:
    """Add to what is quarantined (R1.1); after in stock rose, because the database checks each."""
    if not units:
        return
    kinds = {"warehouse_id": BigInt, "product_id": BigInt, "units": BigInt}
    given = rows_of(db, kinds, [[*pair, more] for pair, more in sorted(units.items())])
    level = stock_level.c
    db.execute(
        update(stock_level)
        .values(quarantined=level.quarantined + given.c.units)
        .where(
            tuple_(level.warehouse_id, level.product_id)
            == tuple_(given.c.warehouse_id, given.c.product_id)
        )
    )


def _write_notes(
    work: Work, draft: CreditDraft, key: int, number: int, names: Mapping[int, str]
) -> None:
    """Say it on the sale, on the sale made instead, and on the credit itself."""
    linked = {one for one in (draft.sale_id, draft.exchange_id) if one is not None}
    numbers = {
        row.id: row.number
        for row in work.db.execute(
            select(sale.c.id, sale.c.number).where(sale.c.id.in_(ids_in(work.db, linked)))
        )
    }
    digits = work.db.execute(
        select(currency.c.digits).where(currency.c.code == draft.currency)
    ).scalar_one()
    items = [
        {"sku": _name(row, names), "units": row.quantity, "goes": row.disposition}
        for row in draft.rows
    ]
    total = sum(row.net + row.tax for row in draft.rows)
    money = {"amount": total, "currency": draft.currency, "digits": digits}
    made = {"id": key, "number": number}
    of = {"id": draft.sale_id, "number": numbers.get(draft.sale_id or 0)} if draft.sale_id else None
    other = draft.exchange_id
    instead = {"id": other, "number": numbers.get(other)} if other else None
    if draft.sale_id is not None:
        told = {"credit": made, "items": items, **money}
        add_notes(work, [("SO", draft.sale_id, "credited", told)])
    if other is not None:
        params = {"credit": made, **({"sale": of} if of else {})}
        add_notes(work, [("SO", other, "exchanged_for", params)])
    told = {"items": items, **money}
    told |= {"sale": of} if of else {}
    told |= {"exchange": instead} if instead else {}
    add_notes(work, [("SC", key, "credit_made", told)])
    work.touched(Topic.SALES, linked)
