"""The goods of a new shop order written as they stand at its end: one insert per ledger (R7.3).

A sale that did not exist a moment ago needs no steps in between: its rows are inserted with their
figures, and notes, ledger and levels with what leads there. What was there before is changed by
``goods_out_writing``; the invariants hold both to the same books.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from .backend import Work
from .books import change_levels
from .changes import Topic
from .goods_out_writing import STEPS, stock_places
from .rules.pos_fulfilment import Outcome
from .store.bulk import insert_many, next_numbers
from .store.tables import (
    goods_out,
    goods_out_row,
    goods_out_step,
    location,
    movement,
    sale_event,
    stock_level,
)


@dataclass(frozen=True, slots=True)
class NewRow:
    """A stock row of the new sale with what the rule decided for it."""

    id: int
    warehouse_id: int
    product_id: int
    outcome: Outcome
    shelf: int | None
    """The location that all stock of its warehouse is at; None where there are several."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What there is before the sale: on hand by (warehouse, product), the shelf by warehouse."""

    on_hand: Mapping[tuple[int, int], int]
    shelves: Mapping[int, int]


def standing(db: Connection, pairs: set[tuple[int, int]]) -> Standing:
    """Read the levels of pairs, under their locks; one statement."""
    if not pairs:
        return Standing({}, {})
    asked = {
        "warehouses": sorted({pair[0] for pair in pairs}),
        "products": sorted({pair[1] for pair in pairs}),
    }
    rows = db.execute(_LEVELS, asked).all()
    return Standing(
        {(row.warehouse_id, row.product_id): row.on_hand for row in rows},
        {row.warehouse_id: row.shelf for row in rows if row.shelves == 1},
    )


_L = stock_level.c
_SHELF = (
    select(
        location.c.warehouse_id, func.count().label("shelves"), func.min(location.c.id).label("id")
    )
    .where(
        location.c.kind == "stock",
        location.c.warehouse_id.in_(bindparam("warehouses", expanding=True)),
    )
    .group_by(location.c.warehouse_id)
    .subquery("shelf")
)
_LEVELS = (
    select(
        _L.warehouse_id,
        _L.product_id,
        (_L.in_stock - _L.allocated - _L.quarantined).label("on_hand"),
        _SHELF.c.shelves,
        _SHELF.c.id.label("shelf"),
    )
    .outerjoin(_SHELF, _SHELF.c.warehouse_id == _L.warehouse_id)
    .where(
        _L.warehouse_id.in_(bindparam("warehouses", expanding=True)),
        _L.product_id.in_(bindparam("products", expanding=True)),
    )
)


def notes_needed(outcomes: Iterable[tuple[int, Outcome]]) -> list[tuple[bool, int]]:
    """The notes that (warehouse id, outcome) of rows come to: (still to leave, warehouse id)."""
    return sorted({(one.shipped == 0, place) for place, one in outcomes if one.fulfilled})


def write_goods(
    work: Work,
    sale_id: int,
    rows: Sequence[NewRow],
    note_ids: Sequence[int],
    row_ids: Sequence[int],
) -> None:
    """Write ledger, notes, movements and levels of the rows; needs the locks of their levels.

    ``note_ids``: one for each of ``notes_needed``; ``row_ids``: one for each fulfilled row.
    """
    moved = [row for row in rows if row.outcome.allocated]
    if not moved:
        return
    insert_many(
        work.db,
        sale_event,
        [
            {
                "journal_id": work.journal_id, "sale_row_id": row.id,
                "d_reserved": row.outcome.reserved, "d_fulfilled": row.outcome.fulfilled,
                "d_shipped": row.outcome.shipped, "goods_in_row_id": None,
            }
            for row in moved
        ],
    )  # fmt: skip
    on_notes = [row for row in moved if row.outcome.fulfilled]
    if on_notes:
        _write_notes(work, sale_id, on_notes, note_ids, row_ids)
    levels: dict[tuple[int, int], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for row in moved:
        pair = (row.warehouse_id, row.product_id)
        gone, held = levels[pair]
        one = row.outcome
        levels[pair] = (gone - one.shipped, held + one.allocated - one.shipped)
    change_levels(work.db, levels)
    work.touched(Topic.STOCK, {row.product_id for row in moved})


def _write_notes(
    work: Work,
    sale_id: int,
    rows: Sequence[NewRow],
    note_ids: Sequence[int],
    row_ids: Sequence[int],
) -> None:
    """One note per warehouse for what left, another for what is to leave (R6.1)."""
    work.touched(Topic.GOODS_OUT, note_ids)
    keys = notes_needed((row.warehouse_id, row.outcome) for row in rows)
    numbers = next_numbers(work.db, "goods_out", len(keys))
    notes = dict(zip(keys, note_ids, strict=True))
    insert_many(
        work.db,
        goods_out,
        [
            {
                "id": notes[waits, warehouse_id], "number": number, "kind": "goods_out",
                "sale_id": sale_id, "warehouse_id": warehouse_id, "po_id": None,
                "shipped_at": None if waits else work.at, "journal_id": work.journal_id,
            }
            for number, (waits, warehouse_id) in zip(numbers, keys, strict=True)
        ],
    )  # fmt: skip
    insert_many(
        work.db,
        goods_out_step,
        [
            {
                "goods_out_id": note, "step": step, "at": work.at,
                "person_id": work.actor.person_id, "reference": "",
                "journal_id": work.journal_id,
            }
            for (waits, _), note in notes.items()
            for step in STEPS
            if not waits
        ],
    )  # fmt: skip
    insert_many(
        work.db,
        goods_out_row,
        [
            {
                "id": key, "goods_out_id": notes[row.outcome.shipped == 0, row.warehouse_id],
                "sale_row_id": row.id, "quantity": row.outcome.fulfilled,
            }
            for key, row in zip(row_ids, rows, strict=True)
        ],
    )  # fmt: skip
    leaving = [(key, row) for key, row in zip(row_ids, rows, strict=True) if row.outcome.shipped]
    if leaving:
        _write_movements(work, leaving)


def _write_movements(work: Work, leaving: Sequence[tuple[int, NewRow]]) -> None:
    places = _places(work.db, [row for _, row in leaving])
    values: list[dict[str, Any]] = []
    for note_row, row in leaving:
        left = row.outcome.shipped
        here = places[row.warehouse_id, row.product_id]
        for index, place in enumerate(here):
            # The last place takes what the books by place lack; the level, which is checked, has it.
            part = left if index == len(here) - 1 else min(left, max(place[1], 0))
            if not part:
                continue
            place[1] -= part
            left -= part
            values.append(
                {
                    "journal_id": work.journal_id, "kind": "shipment",
                    "warehouse_id": row.warehouse_id, "location_id": place[0],
                    "product_id": row.product_id, "quantity": -part, "at": work.at,
                    "goods_out_row_id": note_row, "reason": "",
                }
            )  # fmt: skip
    insert_many(work.db, movement, values)


def _places(db: Connection, rows: Sequence[NewRow]) -> Mapping[tuple[int, int], list[list[int]]]:
    """Where units lie; a warehouse of one shelf needs no look into its ledger."""
    found = {
        (row.warehouse_id, row.product_id): [[row.shelf, 0]]
        for row in rows
        if row.shelf is not None
    }
    others = {(row.warehouse_id, row.product_id) for row in rows} - found.keys()
    if others:
        places = stock_places(db, others)
        found |= {pair: [list(place) for place in places[pair]] for pair in others}
    return found
