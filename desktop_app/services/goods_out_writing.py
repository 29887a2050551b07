"""Goods-out notes written and shipped: what every command that lets goods leave shares (R6).

Set-based, like ``books``: a fixed number of statements whatever the number of rows. Callers hold
the locks of the stock levels and of the sales, and have decided that it may be done.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select, tuple_, update

from .backend import Work
from .books import change_levels
from .changes import Topic
from .store.bulk import ids_in, insert_many, next_ids, next_numbers, rows_of, update_many
from .store.kinds import BigInt
from .store.tables import (
    drop_ship_row,
    goods_out,
    goods_out_row,
    goods_out_step,
    location,
    movement,
    sale_event,
    sale_row,
)

STEPS = ("printed", "picked", "packed", "shipped")
"""In the order they are done; shipping fills in those that were skipped (R6.1)."""


@dataclass(frozen=True, slots=True)
class NoteUnits:
    """Units of a sale row for a goods-out note of one warehouse; ten-thousandths."""

    sale_row_id: int
    sale_id: int
    warehouse_id: int
    product_id: int
    units: int


def put_on_notes(work: Work, units: Sequence[NoteUnits]) -> dict[tuple[int, int], int]:
    """Move reserved units onto new notes, one per sale and warehouse (R6.1).

    Returns {(sale id, warehouse id): note id}. Levels stay: units on an unshipped note count as
    allocated (R1.1). The sales' axes are for the caller to refresh.
    """
    if not units:
        return {}
    keys = sorted({(one.sale_id, one.warehouse_id) for one in units})
    ids = next_ids(work.db, goods_out, len(keys))
    numbers = next_numbers(work.db, "goods_out", len(keys))
    insert_many(
        work.db,
        goods_out,
        [
            {
                "id": key, "number": number, "kind": "goods_out", "sale_id": sale_id,
                "warehouse_id": warehouse_id, "po_id": None, "shipped_at": None,
                "journal_id": work.journal_id,
            }
            for key, number, (sale_id, warehouse_id) in zip(ids, numbers, keys, strict=True)
        ],
    )  # fmt: skip
    notes = dict(zip(keys, ids, strict=True))
    insert_many(
        work.db,
        goods_out_row,
        [
            {
                "goods_out_id": notes[one.sale_id, one.warehouse_id],
                "sale_row_id": one.sale_row_id,
                "quantity": one.units,
            }
            for one in units
        ],
    )
    _move_rows(work, [(one.sale_row_id, -one.units, one.units, 0) for one in units])
    work.touched(Topic.GOODS_OUT, ids)
    return notes


def take_off_notes(work: Work, note_ids: Iterable[int]) -> list[Any]:
    """Delete unshipped goods-out notes; their units are reserved again (R6.3).

    Returns what was on them: (sale_row_id, sale_id, warehouse_id, product_id, quantity, number).
    """
    rows = note_rows(work.db, note_ids)
    gone = {row.goods_out_id for row in rows}
    delete_notes(work.db, gone)
    work.touched(Topic.GOODS_OUT, gone)
    _move_rows(work, [(row.sale_row_id, row.quantity, -row.quantity, 0) for row in rows])
    return rows


def delete_notes(db: Connection, note_ids: Iterable[int]) -> None:
    """Delete notes with their rows, steps and links; figures are the caller's."""
    wanted = ids_in(db, note_ids)
    rows = select(goods_out_row.c.id).where(goods_out_row.c.goods_out_id.in_(wanted))
    db.execute(delete(drop_ship_row).where(drop_ship_row.c.goods_out_row_id.in_(rows)))
    db.execute(delete(goods_out_step).where(goods_out_step.c.goods_out_id.in_(wanted)))
    db.execute(delete(goods_out_row).where(goods_out_row.c.goods_out_id.in_(wanted)))
    db.execute(delete(goods_out).where(goods_out.c.id.in_(wanted)))


def note_rows(db: Connection, note_ids: Iterable[int]) -> list[Any]:
    """Rows of notes with their product and warehouse, in order of note and row."""
    n, g, r = goods_out.c, goods_out_row.c, sale_row.c
    return list(
        db.execute(
            select(
                g.id, g.goods_out_id, n.number, n.kind, n.shipped_at, n.po_id, g.sale_row_id,
                n.sale_id, n.warehouse_id, r.product_id, g.quantity,
            )
            .join(goods_out, n.id == g.goods_out_id)
            .join(sale_row, r.id == g.sale_row_id)
            .where(n.id.in_(ids_in(db, note_ids)))
            .order_by(n.id, g.id)
        ).all()
    )  # fmt: skip


def ship_notes(
    work: Work, note_ids: Iterable[int], *, at: datetime | None = None, reference: str = ""
) -> list[Any]:
    """Let goods-out notes leave: in stock and allocated fall together (R6.2). Not for drop-ship.

    Returns their rows (``note_rows``). Steps that were skipped are filled in (R6.1).
    """
    rows = note_rows(work.db, note_ids)
    if not rows:
        return rows
    when = at or work.at
    notes = sorted({row.goods_out_id for row in rows})
    work.db.execute(
        update(goods_out).where(goods_out.c.id.in_(ids_in(work.db, notes))).values(shipped_at=when)
    )
    add_steps(work, notes, STEPS, at=when, reference=reference)
    _move_rows(work, [(row.sale_row_id, 0, 0, row.quantity) for row in rows])
    levels: dict[tuple[int, int], int] = defaultdict(int)
    for row in rows:
        levels[row.warehouse_id, row.product_id] -= row.quantity
    insert_many(
        work.db,
        movement,
        [
            {
                "journal_id": work.journal_id, "kind": "shipment",
                "warehouse_id": row.warehouse_id, "location_id": place,
                "product_id": row.product_id, "quantity": -units, "at": work.at,
                "goods_out_row_id": row.id, "reason": "",
            }
            for row, place, units in spread_over_places(work.db, rows)
        ],
    )  # fmt: skip
    change_levels(work.db, {pair: (units, units) for pair, units in levels.items()})
    work.touched(Topic.STOCK, {row.product_id for row in rows})
    return rows


def add_steps(
    work: Work,
    note_ids: Sequence[int],
    steps: Sequence[str],
    *,
    at: datetime | None = None,
    reference: str = "",
) -> None:
    """Note the steps that a note has not had yet; ``reference`` belongs to *shipped*."""
    s = goods_out_step.c
    work.touched(Topic.GOODS_OUT, note_ids)
    had = {
        (row.goods_out_id, row.step)
        for row in work.db.execute(
            select(s.goods_out_id, s.step).where(
                s.goods_out_id.in_(ids_in(work.db, note_ids)), s.undone_by.is_(None)
            )
        )
    }
    insert_many(
        work.db,
        goods_out_step,
        [
            {
                "goods_out_id": note, "step": step, "at": at or work.at,
                "person_id": work.actor.person_id,
                "reference": reference if step == "shipped" else "",
                "journal_id": work.journal_id,
            }
            for note in note_ids
            for step in steps
            if (note, step) not in had
        ],
    )  # fmt: skip


def _move_rows(work: Work, moved: Sequence[tuple[int, int, int, int]]) -> None:
    """Add (sale row, reserved, fulfilled, shipped) to rows and to their ledger."""
    sums: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    for row, *parts in moved:
        for place, part in enumerate(parts):
            sums[row][place] += part
    update_many(
        work.db,
        sale_row,
        [
            {"id": row, "reserved": a, "fulfilled": f, "shipped": s}
            for row, (a, f, s) in sorted(sums.items())
        ],
        add=("reserved", "fulfilled", "shipped"),
    )
    insert_many(
        work.db,
        sale_event,
        [
            {
                "journal_id": work.journal_id, "sale_row_id": row, "d_reserved": a,
                "d_fulfilled": f, "d_shipped": s, "goods_in_row_id": None,
            }
            for row, (a, f, s) in sorted(sums.items())
        ],
    )  # fmt: skip


def stock_places(
    db: Connection, pairs: Iterable[tuple[int, int]]
) -> Mapping[tuple[int, int], list[tuple[int, int]]]:
    """Where the units of (warehouse, product) pairs lie: [(location id, units)], quarantine left out.

    The default location first, then the fullest. Every warehouse's default location is in it, with
    what lies there or 0, so that there always is a place.
    """
    wanted = sorted(set(pairs))
    kinds = {"warehouse_id": BigInt, "product_id": BigInt}
    given = rows_of(db, kinds, wanted)
    m, p = movement.c, location.c
    found: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    usual = {
        row.warehouse_id: row.id
        for row in db.execute(
            select(p.warehouse_id, p.id)
            .where(
                p.kind == "stock",
                p.is_default == 1,
                p.warehouse_id.in_(ids_in(db, {pair[0] for pair in wanted})),
            )
            .order_by(p.id.desc())
        )
    }
    total = func.sum(m.quantity).cast(BigInt)
    for row in db.execute(
        select(m.warehouse_id, m.product_id, m.location_id, total.label("units"))
        .join(location, p.id == m.location_id)
        .where(
            p.kind == "stock",
            tuple_(m.warehouse_id, m.product_id).in_(
                select(given.c.warehouse_id, given.c.product_id)
            ),
        )
        .group_by(m.warehouse_id, m.product_id, m.location_id)
        .having(total > 0)
        .order_by(total.desc(), m.location_id)
    ):
        places = found[row.warehouse_id, row.product_id]
        place = (row.location_id, row.units)
        if row.location_id == usual.get(row.warehouse_id):
            places.insert(0, place)
        else:
            places.append(place)
    for pair in wanted:
        default = usual.get(pair[0])
        if default is not None and all(place != default for place, _ in found[pair]):
            found[pair].append((default, 0))
    return found


def spread_over_places(db: Connection, rows: Sequence[Any]) -> list[tuple[Any, int, int]]:
    """Spread note rows over the places their goods lie at: (row, location id, units)."""
    places = {
        pair: [list(place) for place in found]
        for pair, found in stock_places(
            db, {(row.warehouse_id, row.product_id) for row in rows}
        ).items()
    }
    taken: list[tuple[Any, int, int]] = []
    for row in rows:
        left = row.quantity
        here = places[row.warehouse_id, row.product_id]
        for place in here:
            part = min(left, place[1])
            if part > 0:
                place[1] -= part
                left -= part
                taken.append((row, place[0], part))
        if left:
            # The books by place may differ from the shelf; the level, which is checked, does not.
            taken.append((row, here[0][0], left))
    return taken
