"""Goods leave: notes shipped, whole or in part (R6.1, R6.2). It cannot be undone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .access import Permission
from .backend import Work, command
from .books import known_sales, refresh_sales
from .changes import Topic
from .errors import Rejected
from .goods_out_facts import (
    TRACKING_MAX,
    check_pairs_locked,
    lock_notes,
    named_notes,
    note_heads,
    open_notes,
    sale_heads,
    skus_of,
    stock_rows,
    stopped_by,
    write_sale_notes,
)
from .goods_out_writing import NoteUnits, note_rows, put_on_notes, ship_notes
from .rules.money import UNIT
from .store.bulk import insert_many, next_ids, next_numbers, update_many
from .store.tables import goods_out, goods_out_row

HELD = ("cancelled", "quote", "on_hold")
"""A sale in one of these ships nothing; a closed one may still send the notes it has."""


@dataclass(slots=True)
class _Shipment:
    """What is to leave: notes, fewer units of some of their rows, reserved units on new notes."""

    notes: list[int]
    part: dict[int, int] = field(default_factory=dict)
    """Note row id to the units that leave, where it is not all of them."""
    put: list[NoteUnits] = field(default_factory=list)


@command("Ship goods-out notes", needs=Permission.SHIP)
def ship(
    work: Work,
    note_ids: Sequence[int],
    tracking: str = "",
    units: Mapping[int, int] | None = None,
) -> dict[str, Any]:
    """Let notes leave: in stock falls (R6.2). Cannot be undone. Skipped steps are filled in (R6.1).

    ``units`` {note row id: units} sends less of some rows; the rest stays on a new note. Result:
    ``{"units", "notes": [{id, number, sale_id, sale_number, warehouse_id, units, rest}], "sales":
    [{id, number, units, outcome: fully | partly}]}``; ``rest`` is the number of the new note or
    None. Raises Rejected("not_on_note" | "nothing_to_ship" | "ships_complete" | "sales_held" |
    "text_too_long") and what ``lock_notes`` does.
    """
    tracking = _checked(tracking)
    heads = lock_notes(work, note_ids)
    rows = note_rows(work.db, note_ids)
    check_pairs_locked(work, rows)
    part = _part(rows, units or {})
    leaving = {row.goods_out_id for row in rows if part.get(row.id, row.quantity)}
    if len(leaving) < len(heads):
        raise Rejected("nothing_to_ship", [one.number for one in heads if one.id not in leaving])
    _refuse_held(work, {one.sale_id for one in heads})
    if part:
        _refuse_split(work, rows, part)
    return _send(work, _Shipment([one.id for one in heads], part), tracking)


@command("Ship rows of a sale", needs=Permission.SHIP)
def ship_rows(
    work: Work, sale_id: int, units: Mapping[int, int], tracking: str = ""
) -> dict[str, Any]:
    """Ship units of a sale's rows, off its open notes first and then of what is reserved (R6.1).

    ``units``: {sale row id: units}. A note that leaves in part keeps the rest on a new note.
    Cannot be undone. Result as of ``ship``. Raises Rejected("unknown_sales" | "nothing_to_ship" |
    "not_that_many", [{sku, units, can}]) and as ``ship`` does.
    """
    tracking = _checked(tracking)
    known = known_sales(work.db, [sale_id])
    rows = _lock_sales(work, known)
    _refuse_held(work, known)
    wanted = {int(key): part for key, part in units.items() if part}
    lines = note_rows(work.db, open_notes(work.db, known))
    _check_rows(work, rows, lines, wanted)
    complete = {row.id for row in rows if row.ship_complete}
    if any(row.id in complete and wanted.get(row.id, 0) < _to_leave(row) for row in rows):
        raise Rejected("ships_complete", sorted({row.number for row in rows}))
    return _send(work, _shipment(rows, lines, wanted), tracking)


def let_leave(work: Work, sale_id: int, units: Mapping[int, int]) -> None:
    """Ship units of a sale's rows as ``ship_rows`` does, for a command that holds the locks.

    ``units``: {sale row id: units}, no more than the rows reserve and have on notes.
    """
    rows = stock_rows(work.db, [sale_id])
    lines = note_rows(work.db, open_notes(work.db, [sale_id]))
    _send(work, _shipment(rows, lines, units), "")


@command("Ship sales", needs=Permission.SHIP)
def ship_sales(work: Work, sale_ids: Sequence[int], tracking: str = "") -> dict[str, Any]:
    """Put what is reserved for sales on notes and ship all their notes (R6.4). Cannot be undone.

    Nothing is reserved for it. Result as of ``ship``, with an entry in ``sales`` for each:
    fully | partly | nothing_allocated | nothing_to_ship | ship_complete | on_hold | quote |
    cancelled | closed. Raises Rejected("unknown_sales" | "no_sales_chosen").
    """
    tracking = _checked(tracking)
    known = known_sales(work.db, sale_ids)
    rows = _lock_sales(work, known)
    work.progress.step("lock", 1, 4)
    heads = sale_heads(work.db, known)
    stopped = {one.id: name for one in heads if (name := stopped_by(one))}
    incomplete = {
        row.sale_id
        for row in rows
        if row.ship_complete and row.reserved + row.fulfilled < row.ordered
    }
    go = {one.id for one in heads} - stopped.keys() - incomplete
    put = [
        NoteUnits(row.id, row.sale_id, row.warehouse_id, row.product_id, row.reserved)
        for row in rows
        if row.reserved and row.sale_id in go
    ]
    shipment = _Shipment(open_notes(work.db, go), {}, put)
    result = _send(work, shipment, tracking)
    sent = {one["id"]: one for one in result["sales"]}
    left = {row.sale_id for row in rows if _to_leave(row)}
    entries = []
    for one in heads:
        outcome = (
            stopped.get(one.id)
            or (one.id not in left and "nothing_to_ship")
            or (one.id in incomplete and "ship_complete")
            or "nothing_allocated"
        )
        none = {"id": one.id, "number": one.number, "units": 0, "outcome": outcome}
        entries.append(sent.get(one.id, none))
    return {**result, "sales": entries}


def _checked(tracking: str) -> str:
    found = tracking.strip()
    if len(found) > TRACKING_MAX:
        raise Rejected("text_too_long", field="tracking number", limit=TRACKING_MAX)
    return found


def _lock_sales(work: Work, sale_ids: Sequence[int]) -> list[Any]:
    """The stock rows of sales, under the locks of what they hold and of the sales."""
    held = [row for row in stock_rows(work.db, sale_ids) if _is_here(row)]
    work.locks.take_stock({(row.warehouse_id, row.product_id) for row in held})
    work.locks.take_sales(sale_ids)
    rows = stock_rows(work.db, sale_ids)
    check_pairs_locked(work, [row for row in rows if _is_here(row)])
    return rows


def _is_here(row: Any) -> bool:
    """Whether units of the row are reserved or on a note that has not left a warehouse."""
    return bool(row.reserved or row.fulfilled - row.shipped)


def _to_leave(row: Any) -> int:
    """Units of a row that have not left and do not come from a supplier (R4.3)."""
    return int(row.ordered - row.drop_fulfilled - (row.shipped - row.drop_shipped))


def _refuse_held(work: Work, sale_ids: Iterable[int]) -> None:
    held = [
        {"number": one.number, "reason": stopped_by(one)}
        for one in sale_heads(work.db, sale_ids)
        if stopped_by(one) in HELD
    ]
    if held:
        raise Rejected("sales_held", held)


def _part(rows: Sequence[Any], units: Mapping[int, int]) -> dict[int, int]:
    """Note row id to units, for those that do not leave whole."""
    asked = {int(key): part for key, part in units.items()}
    on_note = {row.id: row.quantity for row in rows}
    wrong = [
        key for key, part in asked.items() if part < 0 or part % UNIT or part > on_note.get(key, -1)
    ]
    if wrong:
        raise Rejected("not_on_note", sorted(wrong))
    return {key: part for key, part in asked.items() if part < on_note[key]}


def _refuse_split(work: Work, rows: Sequence[Any], part: Mapping[int, int]) -> None:
    """A *ship complete* sale leaves whole (R5.6)."""
    cut = {row.sale_id for row in rows if row.id in part}
    split = [one.number for one in sale_heads(work.db, cut) if one.ship_complete]
    if split:
        raise Rejected("ships_complete", split)


def _check_rows(
    work: Work, rows: Sequence[Any], lines: Sequence[Any], wanted: Mapping[int, int]
) -> None:
    """Raise Rejected("not_that_many" | "nothing_to_ship") for what the rows do not hold."""
    can = {row.id: row.reserved for row in rows}
    for line in lines:
        can[line.sale_row_id] += line.quantity
    product_of = {row.id: row.product_id for row in rows}
    wrong = [
        key for key, part in wanted.items() if part < 0 or part % UNIT or part > can.get(key, -1)
    ]
    if wrong:
        skus = skus_of(work.db, product_of.values())
        raise Rejected(
            "not_that_many",
            [
                {
                    "sku": skus.get(product_of.get(key, 0), "?"), "units": wanted[key],
                    "can": can.get(key, 0),
                }
                for key in wrong
            ],
        )  # fmt: skip
    if not wanted:
        raise Rejected("nothing_to_ship", [])


def _shipment(rows: Sequence[Any], lines: Sequence[Any], wanted: Mapping[int, int]) -> _Shipment:
    """Which notes, and how much of each, and what of the reserved units, serves ``wanted``."""
    left = dict(wanted)
    taken: dict[int, int] = {}
    for line in lines:
        taken[line.id] = min(left.get(line.sale_row_id, 0), line.quantity)
        if taken[line.id]:
            left[line.sale_row_id] -= taken[line.id]
    notes = sorted({line.goods_out_id for line in lines if taken[line.id]})
    part = {
        line.id: taken[line.id]
        for line in lines
        if line.goods_out_id in notes and taken[line.id] < line.quantity
    }
    put = [
        NoteUnits(row.id, row.sale_id, row.warehouse_id, row.product_id, left[row.id])
        for row in rows
        if left.get(row.id)
    ]
    return _Shipment(notes, part, put)


def _send(work: Work, shipment: _Shipment, tracking: str) -> dict[str, Any]:
    """Split, put and ship under the locks of the caller; notes on sales; the result of ``ship``."""
    fresh = put_on_notes(work, shipment.put)
    rest = _split(work, shipment.notes, shipment.part)
    work.progress.step("notes", 2, 4)
    gone = sorted({*shipment.notes, *fresh.values()})
    rows = ship_notes(work, gone, reference=tracking)
    heads = note_heads(work.db, gone)
    refresh_sales(work, {one.sale_id for one in heads})
    work.progress.step("ship", 3, 4)
    said = {one.id: {"tracking": tracking, "rest": rest.get(one.id)} for one in heads}
    write_sale_notes(work, "shipped", heads, rows, said)
    return {
        "units": sum(row.quantity for row in rows),
        "notes": [{**one, "rest": rest.get(one["id"])} for one in named_notes(heads, rows)],
        "sales": _shipped_sales(work, rows),
    }


def _shipped_sales(work: Work, rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Each sale that got something, oldest first, and whether all of it has left now."""
    units: dict[int, int] = defaultdict(int)
    for row in rows:
        units[row.sale_id] += row.quantity
    waiting = {row.sale_id for row in stock_rows(work.db, units) if row.shipped < row.ordered}
    return [
        {
            "id": one.id, "number": one.number, "units": units[one.id],
            "outcome": "partly" if one.id in waiting else "fully",
        }
        for one in sale_heads(work.db, units)
    ]  # fmt: skip


def _split(work: Work, note_ids: Sequence[int], part: Mapping[int, int]) -> dict[int, int]:
    """Move what stays to new notes of the same sale and warehouse; {note id: new number}.

    The sale's figures stay: the units are on a note before and after.
    """
    if not part:
        return {}
    rows = [row for row in note_rows(work.db, note_ids) if row.id in part]
    olds = sorted({row.goods_out_id for row in rows})
    heads = {one.id: one for one in note_heads(work.db, olds)}
    ids = dict(zip(olds, next_ids(work.db, goods_out, len(olds)), strict=True))
    numbers = dict(zip(olds, next_numbers(work.db, "goods_out", len(olds)), strict=True))
    insert_many(
        work.db,
        goods_out,
        [
            {
                "id": ids[old], "number": numbers[old], "kind": "goods_out",
                "sale_id": heads[old].sale_id, "warehouse_id": heads[old].warehouse_id,
                "po_id": None, "shipped_at": None, "journal_id": work.journal_id,
            }
            for old in olds
        ],
    )  # fmt: skip
    work.touched(Topic.GOODS_OUT, ids.values())
    stays = [row for row in rows if not part[row.id]]
    update_many(
        work.db, goods_out_row,
        [{"id": row.id, "goods_out_id": ids[row.goods_out_id]} for row in stays],
    )  # fmt: skip
    cut = [row for row in rows if part[row.id]]
    update_many(work.db, goods_out_row, [{"id": row.id, "quantity": part[row.id]} for row in cut])
    insert_many(
        work.db,
        goods_out_row,
        [
            {
                "goods_out_id": ids[row.goods_out_id], "sale_row_id": row.sale_row_id,
                "quantity": row.quantity - part[row.id],
            }
            for row in cut
        ],
    )  # fmt: skip
    return numbers
