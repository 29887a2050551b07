"""Orders that wait on the exceptions desk, as a paged list (R7.9, EXC-01).

A row belongs here by its method: sold *now* or *ship later*, not fully allocated and not given back
(``rules.exceptions_plan.missing``); back orders belong to *Needs ordering*. What is on hold, closed
or cancelled waits for nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from .lists import Among, Key, Listing, Sort, among, by, like_pattern
from .rules.exceptions_plan import Wrong, make_right
from .sales_filter import EXCEPTION_ROW, UNITS_MISSING, WAITING_SALE
from .store.bulk import ids_in
from .store.tables import channel, customer, product, sale, sale_row, stock_level, warehouse


@dataclass(frozen=True, slots=True)
class ExceptionsFilter:
    """What of the list is shown."""

    channel: Among | None = None
    warehouse: Among | None = None
    text: str = ""
    """Order number, or an item's code: orders of one product are put right together."""


@dataclass(frozen=True, slots=True)
class ExceptionLine:
    """An order with rows that the books lack. Units in ten-thousandths."""

    id: int
    number: int
    placed_at: datetime
    customer: str
    channel: str
    warehouse: str
    rows: int
    rows_wrong: int
    units: int
    """Units missing."""
    skus: tuple[str, ...]
    ran_out: bool
    """A *ship later* row is among them: its warehouse ran out (R7.6)."""
    sources: tuple[tuple[str, int], ...]
    """The suggested fix: (warehouse, units) of each transfer."""
    to_correct: int
    """Units that no other warehouse has: the books must be corrected, or a supplier asked."""
    key: Key = ()


_SOLD = select(sale_row.c.sale_id).where(EXCEPTION_ROW)


def conditions(_db: Connection, where: ExceptionsFilter) -> list[ColumnElement[bool]]:
    """The filter as SQL."""
    found: list[Any] = [WAITING_SALE, sale.c.id.in_(_SOLD)]
    if where.channel is not None:
        found.append(among(sale.c.channel_id, where.channel))
    if where.warehouse is not None:
        found.append(among(sale.c.warehouse_id, where.warehouse))
    words = where.text.strip().lstrip("#")
    if words:
        pattern = like_pattern(words.casefold(), contains=True, stars=True)
        skus = select(product.c.id).where(func.lower(product.c.sku).like(pattern, escape="\\"))
        lacking = sale.c.id.in_(_SOLD.where(sale_row.c.product_id.in_(skus)))
        known = words.isascii() and words.isdecimal() and len(words) <= 18
        found.append(lacking | (sale.c.number == int(words)) if known else lacking)
    return found


def _lines(db: Connection, keys: Mapping[int, Key]) -> Iterator[ExceptionLine]:
    s, r = sale.c, sale_row.c
    heads = db.execute(
        select(
            s.id, s.number, s.placed_at, customer.c.name.label("customer"),
            func.coalesce(channel.c.name, "").label("channel"),
            warehouse.c.name.label("warehouse"), s.row_count,
        )
        .join(customer, customer.c.id == s.customer_id)
        .join(warehouse, warehouse.c.id == s.warehouse_id)
        .outerjoin(channel, channel.c.id == s.channel_id)
        .where(s.id.in_(ids_in(db, keys)))
    ).all()  # fmt: skip
    rows: dict[int, list[Any]] = defaultdict(list)
    for row in db.execute(
        select(
            r.id, r.sale_id, r.position, r.warehouse_id, r.product_id, r.method, product.c.sku,
            UNITS_MISSING.label("needed"),
        )
        .join(product, product.c.id == r.product_id)
        .where(r.sale_id.in_(ids_in(db, keys)), EXCEPTION_ROW)
        .order_by(r.sale_id, r.position)
    ):  # fmt: skip
        rows[row.sale_id].append(row)
    goods = {row.product_id for mine in rows.values() for row in mine}
    on_hand, names = _on_hand(db, goods)
    for head in heads:
        yield _line(head, rows[head.id], on_hand, names, keys[head.id])


def _on_hand(
    db: Connection, products: set[int]
) -> tuple[dict[tuple[int, int], int], dict[int, str]]:
    level = stock_level.c
    found: dict[tuple[int, int], int] = {}
    names: dict[int, str] = {}
    for row in db.execute(
        select(
            level.warehouse_id, level.product_id, warehouse.c.name,
            (level.in_stock - level.allocated - level.quarantined).label("on_hand"),
        )
        .join(warehouse, warehouse.c.id == level.warehouse_id)
        .where(level.product_id.in_(ids_in(db, products)))
    ):  # fmt: skip
        found[row.warehouse_id, row.product_id] = row.on_hand
        names[row.warehouse_id] = row.name
    return found, names


def _line(
    head: Any,
    rows: list[Any],
    on_hand: Mapping[tuple[int, int], int],
    names: Mapping[int, str],
    key: Key,
) -> ExceptionLine:
    wrong = [
        Wrong(
            row.id, head.number, head.placed_at, row.position, row.warehouse_id, row.product_id,
            row.needed,
        )
        for row in rows
    ]  # fmt: skip
    made = make_right(wrong, on_hand, may_correct=True)
    lent: dict[str, int] = defaultdict(int)
    for step in made.steps:
        if step.from_id is not None:
            lent[names[step.from_id]] += step.units
    return ExceptionLine(
        head.id, head.number, head.placed_at, head.customer, head.channel, head.warehouse,
        head.row_count, len(rows), sum(row.needed for row in rows),
        tuple(dict.fromkeys(row.sku for row in rows)),
        any(row.method == "ship_later" for row in rows),
        tuple(lent.items()), sum(s.units for s in made.steps if s.from_id is None), key,
    )  # fmt: skip


OLDEST_FIRST: Sort = ("placed", False)

EXCEPTIONS: Listing[ExceptionsFilter, ExceptionLine] = Listing(
    sale,
    {
        "placed": (by(sale.c.placed_at, sale.c.id),),
        "number": (by(sale.c.number, sale.c.id),),
        "short": (by(sale.c.short, sale.c.id),),
    },
    OLDEST_FIRST,
    conditions,
    _lines,
)
"""Oldest first: who has waited longest is put right first."""


def open_exceptions(db: Connection) -> int:
    """How many orders wait here: the badge of the page (IA-03)."""
    return EXCEPTIONS.count(db, ExceptionsFilter())
