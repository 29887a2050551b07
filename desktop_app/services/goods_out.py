"""Goods-out notes made and taken apart again (R6.1, R6.3). Shipping is in ``goods_out_shipping``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from .access import Permission
from .backend import Undone, Work, command
from .books import Reservation, known_sales, pegged_orders, refresh_sales, reserve, shrink_pegs
from .errors import Rejected
from .goods_out_facts import (
    check_pairs_locked,
    lock_notes,
    named_notes,
    note_heads,
    open_notes,
    sale_heads,
    stock_rows,
    stopped_by,
    write_sale_notes,
)
from .goods_out_shipping import ship, ship_rows, ship_sales
from .goods_out_steps import keep_steps, mark, restore_steps, unmark
from .goods_out_writing import NoteUnits, note_rows, put_on_notes, take_off_notes
from .rules.money import UNIT
from .sales import on_hand_of, revive_as_far, share_on_hand, touch_stock
from .store.bulk import ids_in, is_postgres, update_many
from .store.tables import goods_out


@dataclass(frozen=True, slots=True)
class _Need:
    """What a row lacks of the units that are to go on a note, as ``share_on_hand`` reads it."""

    id: int
    sale_id: int
    number: int
    position: int
    placed_at: datetime
    warehouse_id: int
    product_id: int
    needed: int
    ship_complete: bool


@command("Fulfil sales", needs=Permission.SHIP)
def fulfil(
    work: Work,
    sale_ids: Sequence[int],
    row_ids: Sequence[int] = (),
    units: Mapping[int, int] | None = None,
) -> dict[str, Any]:
    """Put units on goods-out notes, one per sale and warehouse (R6.1). Can be undone.

    What was not reserved is reserved first, oldest sale first (R5.7, R6.4). ``row_ids`` limit it
    to those rows; ``units`` {sale row id: units} to part of them. Result: ``{"units", "reserved",
    "notes": [{id, number, sale_id, sale_number, warehouse_id, units}], "sales": [{id, number,
    units, outcome}]}``; outcome: fully | partly | nothing_on_hand | nothing_to_fulfil |
    ship_complete | on_hold | quote | cancelled | closed. Raises Rejected("unknown_sales" |
    "no_sales_chosen" | "not_to_fulfil", [row ids]).
    """
    known = known_sales(work.db, sale_ids)
    rows = _lock(work, known)
    work.progress.step("lock", 1, 4)
    heads = sale_heads(work.db, known)
    asked = _asked(rows, row_ids, units)
    stopped = {one.id: name for one in heads if (name := stopped_by(one))}
    split = _asked_in_part(rows, asked)
    going = [row for row in rows if row.sale_id not in stopped and row.sale_id not in split]
    taken, incomplete = share_on_hand(work.db, _needs(going, asked))
    reserve(work, taken)
    ended = shrink_pegs(work, sale_rows={one.sale_row_id for one in taken})
    touch_stock(work, taken)
    work.progress.step("reserve", 2, 4)
    put = _to_put(going, asked, taken, incomplete)
    notes = list(put_on_notes(work, put).values())
    refresh_sales(work, {one.sale_id for one in put})
    work.progress.step("notes", 3, 4)
    made, lines = note_heads(work.db, notes), note_rows(work.db, notes)
    write_sale_notes(work, "fulfilled", made, lines)
    if notes:
        work.can_undo(
            {
                "notes": [[one.id, one.number] for one in made],
                "reserved": [[one.sale_row_id, one.units] for one in taken],
                "pegs": {str(key): part for key, part in ended.items()},
            }
        )
    return {
        "units": sum(one.units for one in put),
        "reserved": sum(one.units for one in taken),
        "notes": named_notes(made, lines),
        "sales": _outcomes(heads, rows, asked, put, stopped, split | incomplete),
    }


def _lock(work: Work, sale_ids: Sequence[int]) -> list[Any]:
    """The stock rows of sales, with every lock that reserving for them takes."""
    rows = stock_rows(work.db, sale_ids)
    left = [row for row in rows if row.ordered > row.fulfilled]
    work.locks.take_stock({(row.warehouse_id, row.product_id) for row in left})
    work.locks.take_sales(sale_ids)
    if is_postgres(work.db):
        work.locks.take_purchases(pegged_orders(work.db, sale_ids))
        rows = stock_rows(work.db, sale_ids)
        check_pairs_locked(work, [row for row in rows if row.ordered > row.fulfilled])
    return rows


def _asked(
    rows: Sequence[Any], row_ids: Sequence[int], units: Mapping[int, int] | None
) -> dict[int, int]:
    """Units that are to go on a note by row, 0 left out."""
    left = {row.id: row.ordered - row.fulfilled for row in rows}
    if units is not None:
        parts = {int(key): part for key, part in units.items()}
        wrong = [
            key for key, part in parts.items()
            if part < 0 or part % UNIT or part > left.get(key, 0)
        ]  # fmt: skip
        if wrong:
            raise Rejected("not_to_fulfil", sorted(wrong))
        left = parts
    wanted = set(row_ids) or left.keys()
    return {key: part for key, part in left.items() if part > 0 and key in wanted}


def _asked_in_part(rows: Sequence[Any], asked: Mapping[int, int]) -> set[int]:
    """*Ship complete* sales that only some units were chosen of: all of it goes or none (R5.6)."""
    return {
        row.sale_id
        for row in rows
        if row.ship_complete and asked.get(row.id, 0) < row.ordered - row.fulfilled
    }


def _needs(rows: Sequence[Any], asked: Mapping[int, int]) -> list[_Need]:
    return [
        _Need(
            row.id, row.sale_id, row.number, row.position, row.placed_at, row.warehouse_id,
            row.product_id, asked[row.id] - row.reserved, bool(row.ship_complete),
        )
        for row in rows
        if asked.get(row.id, 0) > row.reserved
    ]  # fmt: skip


def _to_put(
    rows: Sequence[Any],
    asked: Mapping[int, int],
    taken: Sequence[Reservation],
    incomplete: frozenset[int],
) -> list[NoteUnits]:
    fresh = {one.sale_row_id: one.units for one in taken}
    return [
        NoteUnits(row.id, row.sale_id, row.warehouse_id, row.product_id, units)
        for row in rows
        if row.sale_id not in incomplete
        and (units := min(asked.get(row.id, 0), row.reserved + fresh.get(row.id, 0))) > 0
    ]


def _outcomes(
    heads: Sequence[Any],
    rows: Sequence[Any],
    asked: Mapping[int, int],
    put: Sequence[NoteUnits],
    stopped: Mapping[int, str],
    incomplete: set[int] | frozenset[int],
) -> list[dict[str, Any]]:
    wanted: dict[int, int] = defaultdict(int)
    for row in rows:
        wanted[row.sale_id] += asked.get(row.id, 0)
    units: dict[int, int] = defaultdict(int)
    for one in put:
        units[one.sale_id] += one.units
    found = []
    for one in heads:
        if one.id in stopped:
            outcome = stopped[one.id]
        elif wanted[one.id] == 0:
            outcome = "nothing_to_fulfil"
        elif one.id in incomplete:
            outcome = "ship_complete"
        elif units[one.id] == 0:
            outcome = "nothing_on_hand"
        else:
            outcome = "fully" if units[one.id] == wanted[one.id] else "partly"
        found.append(
            {"id": one.id, "number": one.number, "units": units[one.id], "outcome": outcome}
        )
    return found


@fulfil.undone_by
def _unfulfil(work: Work, original: Undone) -> dict[str, Any]:
    """Delete the notes and release what they were reserved for; refused once one has shipped."""
    made = {int(key): number for key, number in original.data["notes"]}
    # The id of a deleted note can be another's by now: its command tells them apart.
    mine = select(goods_out.c.id).where(
        goods_out.c.id.in_(ids_in(work.db, made)), goods_out.c.journal_id == original.journal_id
    )
    found = set(work.db.execute(mine).scalars())
    if gone := [number for key, number in made.items() if key not in found]:
        raise Rejected("fulfilment_in_use", gone)
    pegs = original.data["pegs"]
    lock_notes(work, found, pegs=map(int, pegs))
    rows = take_off_notes(work, found)
    units = {int(key): part for key, part in original.data["reserved"]}
    given_back = [
        Reservation(row.sale_row_id, row.sale_id, row.warehouse_id, row.product_id, -part)
        for row in rows
        if (part := min(units.get(row.sale_row_id, 0), row.quantity))
    ]
    reserve(work, given_back)
    refresh_sales(work, {row.sale_id for row in rows})
    revive_as_far(work, pegs)
    touch_stock(work, given_back)
    return {
        "units": sum(row.quantity for row in rows),
        "released": -sum(one.units for one in given_back),
    }


@command("Delete goods-out notes", needs=Permission.SHIP)
def delete_note(work: Work, note_ids: Sequence[int], also_release: bool = False) -> dict[str, Any]:
    """Delete unshipped notes; their units stay reserved unless they are released too (R6.3).

    Result: ``{"units", "released", "notes": [as of fulfil]}``. Can be undone. Raises what
    ``lock_notes`` does.
    """
    heads = lock_notes(work, note_ids)
    steps = keep_steps(work.db, note_ids)
    rows = take_off_notes(work, note_ids)
    given_back = [
        Reservation(row.sale_row_id, row.sale_id, row.warehouse_id, row.product_id, -row.quantity)
        for row in rows
        if also_release
    ]
    reserve(work, given_back)
    touch_stock(work, given_back)
    refresh_sales(work, {one.sale_id for one in heads})
    released = {one.id: {"released": also_release} for one in heads}
    write_sale_notes(work, "note_deleted", heads, rows, released)
    work.can_undo(
        {
            "notes": [[one.number, one.sale_id, one.warehouse_id] for one in heads],
            "rows": [
                [row.number, row.sale_row_id, row.sale_id, row.warehouse_id, row.product_id, row.quantity]
                for row in rows
            ],
            "steps": steps,
            "released": also_release,
        }
    )  # fmt: skip
    return {
        "units": sum(row.quantity for row in rows),
        "released": -sum(one.units for one in given_back),
        "notes": named_notes(heads, rows),
    }


@delete_note.undone_by
def _undelete(work: Work, original: Undone) -> dict[str, Any]:
    """Make the notes again, with their numbers and steps; refused where the units are gone."""
    lost = [tuple(one) for one in original.data["rows"]]
    sale_ids = {sale_id for _, _, sale_id, _, _, _ in lost}
    work.locks.take_stock({(place, item) for _, _, _, place, item, _ in lost})
    work.locks.take_sales(sale_ids)
    if is_postgres(work.db):
        work.locks.take_purchases(pegged_orders(work.db, sale_ids))
    again = [Reservation(row, key, place, item, n) for _, row, key, place, item, n in lost]
    _check_there(work, again, released=original.data["released"])
    if original.data["released"]:
        reserve(work, again)
        shrink_pegs(work, sale_rows={one.sale_row_id for one in again})
        touch_stock(work, again)
    _note_again(work, original.data["notes"], lost)
    restore_steps(work, original.data["steps"])
    refresh_sales(work, sale_ids)
    return {"units": sum(one.units for one in again), "notes": len(original.data["notes"])}


def _note_again(work: Work, notes: Sequence[Sequence[int]], rows: Sequence[Sequence[int]]) -> None:
    """Put the rows on notes again: one round, but for sales that had several notes of a warehouse."""
    rounds: list[dict[tuple[int, int], int]] = []
    for number, sale_id, warehouse_id in notes:
        place = (sale_id, warehouse_id)
        free = next((one for one in rounds if place not in one), None)
        if free is None:
            rounds.append(free := {})
        free[place] = number
    for one in rounds:
        numbers = set(one.values())
        made = put_on_notes(
            work,
            [
                NoteUnits(row, key, place, item, n)
                for of, row, key, place, item, n in rows
                if of in numbers
            ],
        )
        update_many(
            work.db, goods_out, [{"id": made[place], "number": n} for place, n in one.items()]
        )


def _check_there(work: Work, again: Sequence[Reservation], *, released: bool) -> None:
    """Raise Rejected("cannot_fulfil_again") for sales whose units are not there any more."""
    wanted: dict[int, int] = defaultdict(int)
    pairs: dict[tuple[int, int], int] = defaultdict(int)
    for one in again:
        wanted[one.sale_row_id] += one.units
        pairs[one.warehouse_id, one.product_id] += one.units
    sale_ids = {one.sale_id for one in again}
    rows = {row.id: row for row in stock_rows(work.db, sale_ids)}
    stopped = {one.id for one in sale_heads(work.db, sale_ids) if stopped_by(one)}
    on_hand = on_hand_of(work.db, pairs) if released else {}
    lacking = {pair for pair, n in pairs.items() if released and on_hand.get(pair, 0) < n}
    refused = set()
    for key, units in wanted.items():
        row = rows[key]
        free = row.ordered - row.reserved - row.fulfilled if released else row.reserved
        pair = (row.warehouse_id, row.product_id)
        if row.sale_id in stopped or free < units or pair in lacking:
            refused.add(row.number)
    if refused:
        raise Rejected("cannot_fulfil_again", sorted(refused))


__all__ = [
    "delete_note",
    "fulfil",
    "mark",
    "open_notes",
    "ship",
    "ship_rows",
    "ship_sales",
    "unmark",
]
