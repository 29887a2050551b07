"""Taking stock below what is promised: who loses their units (R8.2).

The stock levels are locked. ``losses`` asks or checks, ``let_go`` writes. The person's answer is
``{sale row id: units}``; without one the refusal "confirm:below_promised" lists who would lose.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, select, tuple_

from .backend import Work
from .books import Reservation, add_notes, refresh_sales, reserve, shrink_pegs
from .errors import Rejected
from .goods_out_writing import take_off_notes
from .lists import total_of
from .rules.losing import Holder, newest_first
from .sales import on_hand_of
from .serving import by_sale, rows_with_sale
from .store.bulk import ids_in, rows_of
from .store.kinds import BigInt
from .store.tables import (
    customer,
    goods_out,
    goods_out_row,
    product,
    sale,
    sale_row,
    stock_level,
    warehouse,
)

Pair = tuple[int, int]
"""Warehouse and product."""


def shortage(db: Connection, falling: Mapping[Pair, int]) -> dict[Pair, int]:
    """Units of each pair that must be taken from sales, when so many leave.

    Raises Rejected("more_than_in_stock") where even all promises together would not do.
    """
    on_hand = on_hand_of(db, falling)
    short = {
        pair: units - on_hand.get(pair, 0)
        for pair, units in falling.items()
        if units > on_hand.get(pair, 0)
    }
    promised = _allocated(db, short)
    over = [pair for pair, units in short.items() if units > promised.get(pair, 0)]
    if over:
        skus = {
            row.id: row.sku
            for row in db.execute(
                select(product.c.id, product.c.sku).where(
                    product.c.id.in_(ids_in(db, {key for _, key in over}))
                )
            )
        }
        raise Rejected(
            "more_than_in_stock",
            [
                {
                    "product_id": pair[1], "sku": skus.get(pair[1], ""), "units": falling[pair],
                    "there": on_hand.get(pair, 0) + promised.get(pair, 0),
                }
                for pair in sorted(over)
            ],
        )  # fmt: skip
    return short


def holders(db: Connection, pairs: Iterable[Pair]) -> list[Holder]:
    """The sale rows that hold units of the pairs, in reserve or on unshipped notes."""
    wanted = sorted(set(pairs))
    if not wanted:
        return []
    given = rows_of(db, {"warehouse_id": BigInt, "product_id": BigInt}, wanted)
    asked = select(given.c.warehouse_id, given.c.product_id)
    r, s, n, g = sale_row.c, sale.c, goods_out.c, goods_out_row.c
    held: dict[tuple[int, Pair], list[int]] = defaultdict(lambda: [0, 0])
    for row in db.execute(
        select(r.id, r.warehouse_id, r.product_id, r.reserved).where(
            r.reserved > 0, tuple_(r.warehouse_id, r.product_id).in_(asked)
        )
    ):
        held[row.id, (row.warehouse_id, row.product_id)][0] += row.reserved
    for row in db.execute(
        select(r.id, n.warehouse_id, r.product_id, total_of(g.quantity).label("units"))
        .join(goods_out_row, g.sale_row_id == r.id)
        .join(goods_out, n.id == g.goods_out_id)
        .where(
            n.kind == "goods_out",
            n.shipped_at.is_(None),
            r.fulfilled > r.shipped,
            tuple_(n.warehouse_id, r.product_id).in_(asked),
        )
        .group_by(r.id, n.warehouse_id, r.product_id)
    ):
        held[row.id, (row.warehouse_id, row.product_id)][1] += row.units
    facts = {
        row.id: row
        for row in db.execute(
            select(r.id, r.sale_id, s.number, r.position, s.placed_at)
            .join(sale, s.id == r.sale_id)
            .where(r.id.in_(ids_in(db, {key for key, _ in held})))
        )
    }
    return [
        Holder(
            key, facts[key].sale_id, facts[key].number, facts[key].position, facts[key].placed_at,
            pair, *parts,
        )
        for (key, pair), parts in held.items()
    ]  # fmt: skip


def losses(
    db: Connection, short: Mapping[Pair, int], chosen: Mapping[int, int] | None
) -> dict[tuple[int, Pair], int]:
    """Who loses what, as the person chose; raises Rejected("confirm:below_promised") to ask.

    Its items: ``{sale_row_id, sale_id, number, customer, placed_at, sku, warehouse, reserved,
    on_notes, loses}``, newest first, ``loses`` as proposed.
    """
    if not short:
        return {}
    there = holders(db, short)
    proposed = newest_first(there, short)
    if chosen is not None:
        made = _as_chosen(there, chosen)
        sums: dict[Pair, int] = defaultdict(int)
        for (_row, pair), units in made.items():
            sums[pair] += units
        held = {(one.row_id, one.pair): one.held for one in there}
        fits = all(0 < units <= held[key] for key, units in made.items())
        known = {one.row_id for one in there}
        if fits and dict(sums) == dict(short) and all(row in known for row in chosen):
            return made
    raise Rejected(
        "confirm:below_promised",
        _asked(db, there, proposed),
        lacking_units=sum(short.values()),
    )


def _as_chosen(there: Sequence[Holder], chosen: Mapping[int, int]) -> dict[tuple[int, Pair], int]:
    """The choice names rows; a row holds one product, usually in one warehouse."""
    left = dict(chosen)
    made = {}
    for one in there:
        units = min(left.get(one.row_id, 0), one.held)
        if units > 0:
            made[one.row_id, one.pair] = units
            left[one.row_id] -= units
    if any(left.values()):
        # More than is held: told again with what is true now.
        return {}
    return made


def _asked(
    db: Connection, there: Sequence[Holder], proposed: Mapping[tuple[int, Pair], int]
) -> list[dict[str, Any]]:
    names = {
        row.id: row
        for row in db.execute(
            select(sale_row.c.id, customer.c.name, product.c.sku)
            .join(sale, sale.c.id == sale_row.c.sale_id)
            .join(customer, customer.c.id == sale.c.customer_id)
            .join(product, product.c.id == sale_row.c.product_id)
            .where(sale_row.c.id.in_(ids_in(db, {one.row_id for one in there})))
        )
    }
    places = _places(db, {one.pair[0] for one in there})
    queue = sorted(there, key=lambda h: (h.placed_at, h.sale_number, h.position), reverse=True)
    return [
        {
            "sale_row_id": one.row_id, "sale_id": one.sale_id, "number": one.sale_number,
            "customer": names[one.row_id].name, "placed_at": one.placed_at.isoformat(),
            "sku": names[one.row_id].sku, "product_id": one.pair[1],
            "warehouse_id": one.pair[0], "warehouse": places[one.pair[0]],
            "reserved": one.reserved, "on_notes": one.noted,
            "loses": proposed.get((one.row_id, one.pair), 0),
        }
        for one in queue
    ]  # fmt: skip


def let_go(work: Work, lost: Mapping[tuple[int, Pair], int], reason: str) -> list[dict[str, Any]]:
    """Release the units; notes that hold them are taken apart first. The sales are locked.

    Returns the sales as ``serving.by_sale``; each gets a note saying what it lost and why.
    """
    if not lost:
        return []
    there = {(one.row_id, one.pair): one for one in holders(work.db, {pair for _, pair in lost})}
    noted = {key for key, units in lost.items() if units > there[key].reserved}
    opened = _notes_of(work.db, noted)
    apart: dict[int, list[int]] = defaultdict(list)
    if opened:
        numbers = {}
        for row in take_off_notes(work, opened):
            numbers[row.goods_out_id] = (row.sale_id, row.number)
        for sale_id, number in sorted(set(numbers.values())):
            apart[sale_id].append(number)
    facts = {row.id: row for row in rows_with_sale(work.db, {row for row, _ in lost})}
    reserve(
        work,
        [
            Reservation(row, facts[row].sale_id, pair[0], pair[1], -units)
            for (row, pair), units in sorted(lost.items())
        ],
    )
    sales = {facts[row].sale_id for row, _ in lost} | set(apart)
    refresh_sales(work, sales)
    shrink_pegs(work, sale_rows={row for row, _ in lost})
    told = by_sale(
        work.db,
        [
            (facts[row].sale_id, facts[row].number, pair[1], units)
            for (row, pair), units in sorted(lost.items())
        ],
    )
    places = _places(work.db, {pair[0] for _, pair in lost})
    named = ", ".join(sorted(set(places.values())))
    add_notes(
        work,
        [
            (
                "SO", one["id"], "allocation_lost",
                {
                    "items": one["items"], "warehouse": named, "reason": reason,
                    "notes": apart.get(one["id"], []),
                },
            )
            for one in told
        ],
    )  # fmt: skip
    return told


def give_again(work: Work, lost: Mapping[int, int]) -> list[dict[str, Any]]:
    """Reserve again what rows lost, as far as they still need it and it is on hand: for undo."""
    rows = rows_with_sale(work.db, lost)
    on_hand = on_hand_of(work.db, {(row.warehouse_id, row.product_id) for row in rows})
    again = []
    for row in sorted(rows, key=lambda one: one.number):
        pair = (row.warehouse_id, row.product_id)
        needed = row.ordered - row.reserved - row.fulfilled
        units = min(lost[row.id], needed, on_hand.get(pair, 0)) if row.waits else 0
        if units > 0 and pair in work.locks.stock:
            on_hand[pair] -= units
            again.append(Reservation(row.id, row.sale_id, *pair, units))
    reserve(work, again)
    refresh_sales(work, {one.sale_id for one in again})
    shrink_pegs(work, sale_rows={one.sale_row_id for one in again})
    numbers = {row.sale_id: row.number for row in rows}
    told = by_sale(
        work.db, [(one.sale_id, numbers[one.sale_id], one.product_id, one.units) for one in again]
    )
    add_notes(work, [("SO", one["id"], "allocated", {"items": one["items"]}) for one in told])
    return told


def _notes_of(db: Connection, keys: Iterable[tuple[int, Pair]]) -> list[int]:
    """Unshipped notes that hold the rows in the pairs' warehouses."""
    keys = list(keys)
    if not keys:
        return []
    given = rows_of(db, {"row_id": BigInt, "warehouse_id": BigInt}, [[r, p[0]] for r, p in keys])
    n, g = goods_out.c, goods_out_row.c
    return list(
        db.execute(
            select(n.id)
            .distinct()
            .join(goods_out_row, g.goods_out_id == n.id)
            .where(
                n.kind == "goods_out",
                n.shipped_at.is_(None),
                tuple_(g.sale_row_id, n.warehouse_id).in_(
                    select(given.c.row_id, given.c.warehouse_id)
                ),
            )
        ).scalars()
    )


def _allocated(db: Connection, pairs: Iterable[Pair]) -> dict[Pair, int]:
    level = stock_level.c
    given = rows_of(db, {"warehouse_id": BigInt, "product_id": BigInt}, sorted(set(pairs)))
    return {
        (row.warehouse_id, row.product_id): row.allocated
        for row in db.execute(
            select(level.warehouse_id, level.product_id, level.allocated).where(
                tuple_(level.warehouse_id, level.product_id).in_(
                    select(given.c.warehouse_id, given.c.product_id)
                )
            )
        )
    }


def _places(db: Connection, ids: Iterable[int]) -> dict[int, str]:
    return {
        row.id: row.name
        for row in db.execute(
            select(warehouse.c.id, func.coalesce(warehouse.c.name, "").label("name")).where(
                warehouse.c.id.in_(ids_in(db, ids))
            )
        )
    }
