"""What people do to sales: status, cancel, allocate from stock, release, notes (R2.5, R2.7, R6.4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, select, tuple_

from .access import Permission
from .backend import Again, Undone, Work, command
from .books import (
    Reservation,
    add_notes,
    change_status,
    known_sales,
    pegged_orders,
    refresh_sales,
    reserve,
    revive_pegs,
    shrink_pegs,
    write_statuses,
)
from .cancelling import cancel
from .changes import Topic
from .errors import Rejected
from .rules.allocation import Waiting, oldest_first
from .store.bulk import ids_in, is_postgres, rows_of
from .store.kinds import BigInt
from .store.tables import (
    credit,
    goods_in,
    order_status,
    peg,
    product,
    purchase_order,
    sale,
    sale_row,
    stock_level,
    transfer,
)

NOTE_MAX = 4_000
"""Characters of a note."""


@command("Set status of sales", needs=Permission.SET_STATUS)
def set_status(work: Work, sale_ids: Sequence[int], status_id: int) -> dict[str, Any]:
    """Give sales a status (R2.5). Result: ``{"changed": n, "unchanged": n}``. Can be undone.

    A status that cancels goes through ``cancel``: Rejected("status_cancels").
    """
    work.locks.take_sales(sale_ids)
    known = known_sales(work.db, sale_ids)
    moved = change_status(work, known, status_id)
    if moved:
        work.can_undo({"moved": {str(key): old for key, old in moved.items()}, "to": status_id})
    return {"changed": len(moved), "unchanged": len(known) - len(moved)}


@set_status.undone_by
def _put_back(work: Work, original: Undone) -> dict[str, Any]:
    """Give back the old status to those that still have the new one; counts who moved on."""
    moved = {int(key): old for key, old in original.data["moved"].items()}
    to = original.data["to"]
    work.locks.take_sales(moved)
    still = work.db.execute(
        select(sale.c.id).where(sale.c.id.in_(ids_in(work.db, moved)), sale.c.status_id == to)
    )
    old = {key: moved[key] for key in still.scalars()}
    flags = {row.id: row for row in work.db.execute(select(order_status))}
    waits = {key: int(_waits(flags[status])) for key, status in old.items()}
    write_statuses(work, dict.fromkeys(old, to), old, waits)
    add_notes(
        work,
        [
            (
                "SO", key, "status_changed",
                {"from": flags[to].name, "to": flags[status].name},
            )
            for key, status in sorted(old.items())
        ],
    )  # fmt: skip
    return {"changed": len(old), "moved_on": len(moved) - len(old)}


def _waits(status: Any) -> bool:
    return not (status.is_quote or status.is_cancelled or status.is_on_hold or status.is_closed)


@command("Allocate stock", needs=Permission.ALLOCATE)
def allocate(work: Work, sale_ids: Sequence[int]) -> dict[str, Any]:
    """Reserve what is on hand for chosen sales, oldest first (R5.7, R6.4). Can be undone.

    Result: ``{"units", "sales": [{id, number, units, outcome}]}``; outcome: fully | partly |
    nothing_on_hand | nothing_needed | ship_complete | on_hold | quote | cancelled | closed.
    """
    known = known_sales(work.db, sale_ids)
    rows = _needy(work.db, known)
    work.locks.take_stock({(row.warehouse_id, row.product_id) for row in rows})
    work.locks.take_sales(known)
    if is_postgres(work.db):
        work.locks.take_purchases(pegged_orders(work.db, known))
        rows = _needy(work.db, known)
        if not {(row.warehouse_id, row.product_id) for row in rows} <= work.locks.stock:
            raise Again
    waiting = [row for row in rows if row.waits]
    taken, incomplete = share_on_hand(work.db, waiting)
    reserve(work, taken)
    refresh_sales(work, {one.sale_id for one in taken})
    ended = shrink_pegs(work, sale_rows={one.sale_row_id for one in taken})
    note_items(work, "allocated", taken)
    touch_stock(work, taken)
    if taken:
        work.can_undo(
            {
                "rows": [[one.sale_row_id, one.units] for one in taken],
                "pegs": {str(key): units for key, units in ended.items()},
            }
        )
    return {
        "units": sum(one.units for one in taken),
        "sales": _outcomes(work.db, known, rows, taken, incomplete),
    }


def _needy(db: Connection, sale_ids: Sequence[int]) -> list[Any]:
    """Stock rows of the sales that still need units."""
    r, s = sale_row.c, sale.c
    needed = (r.ordered - r.reserved - r.fulfilled).label("needed")
    return list(
        db.execute(
            select(
                r.id, r.sale_id, s.number, r.position, s.placed_at, r.warehouse_id, r.product_id,
                needed, s.ship_complete, s.waits,
            )
            .join(sale, s.id == r.sale_id)
            .where(
                s.id.in_(ids_in(db, sale_ids)),
                r.kind == "stock",
                r.ordered > r.reserved + r.fulfilled,
            )
            .order_by(r.id)
        ).all()
    )  # fmt: skip


def share_on_hand(db: Connection, rows: Sequence[Any]) -> tuple[list[Reservation], frozenset[int]]:
    """Share what is on hand: the one rule (R5.7), with a pair of warehouse and product as goods.

    Rows have id, sale_id, number, position, placed_at, warehouse_id, product_id, needed,
    ship_complete. Returns what each gets, and the *ship complete* sales passed over (R5.6).
    """
    pairs = sorted({(row.warehouse_id, row.product_id) for row in rows})
    goods = {pair: number for number, pair in enumerate(pairs)}
    on_hand = on_hand_of(db, pairs)
    by_row = {row.id: row for row in rows}
    made = oldest_first(
        [
            Waiting(
                row.id, row.sale_id, row.number, row.position, row.placed_at,
                goods[row.warehouse_id, row.product_id], row.needed, bool(row.ship_complete),
            )
            for row in rows
        ],
        {goods[pair]: units for pair, units in on_hand.items() if units > 0},
    )  # fmt: skip
    return [
        Reservation(
            one.row_id, one.sale_id, by_row[one.row_id].warehouse_id,
            by_row[one.row_id].product_id, one.units,
        )
        for one in made.given
    ], made.incomplete  # fmt: skip


def on_hand_of(db: Connection, pairs: Iterable[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """On hand (R1.1) of (warehouse, product) pairs."""
    level = stock_level.c
    given = rows_of(db, {"warehouse_id": BigInt, "product_id": BigInt}, sorted(set(pairs)))
    return {
        (row.warehouse_id, row.product_id): row.on_hand
        for row in db.execute(
            select(
                level.warehouse_id, level.product_id,
                (level.in_stock - level.allocated - level.quarantined).label("on_hand"),
            ).where(
                tuple_(level.warehouse_id, level.product_id).in_(
                    select(given.c.warehouse_id, given.c.product_id)
                )
            )
        )
    }  # fmt: skip


def _outcomes(
    db: Connection,
    sale_ids: Sequence[int],
    rows: Sequence[Any],
    taken: Sequence[Reservation],
    incomplete: frozenset[int],
) -> list[dict[str, Any]]:
    needed: dict[int, int] = defaultdict(int)
    for row in rows:
        needed[row.sale_id] += row.needed
    units: dict[int, int] = defaultdict(int)
    for one in taken:
        units[one.sale_id] += one.units
    heads = db.execute(
        select(sale.c.id, sale.c.number, order_status)
        .join(order_status, order_status.c.id == sale.c.status_id)
        .where(sale.c.id.in_(ids_in(db, sale_ids)))
        .order_by(sale.c.placed_at, sale.c.number)
    )
    return [
        {
            "id": row.id,
            "number": row.number,
            "units": units[row.id],
            "outcome": _outcome(row, needed[row.id], units[row.id], row.id in incomplete),
        }
        for row in heads
    ]


def _outcome(status: Any, needed: int, units: int, incomplete: bool) -> str:
    for flag, name in (
        (status.is_cancelled, "cancelled"), (status.is_quote, "quote"),
        (status.is_on_hold, "on_hold"), (status.is_closed, "closed"),
        (needed == 0, "nothing_needed"), (units == needed, "fully"), (units > 0, "partly"),
        (incomplete, "ship_complete"),
    ):  # fmt: skip
        if flag:
            return name
    return "nothing_on_hand"


@allocate.undone_by
def _unallocate(work: Work, original: Undone) -> dict[str, Any]:
    """Release what was allocated; refused for units that are reserved no longer."""
    units = dict(original.data["rows"])
    rows = _locked_rows(work, units)
    gone = [row.number for row in rows if row.reserved < units[row.id]]
    if gone:
        raise Rejected("allocation_in_use", gone)
    given_back = [_reservation(row, -units[row.id]) for row in rows]
    reserve(work, given_back)
    refresh_sales(work, {one.sale_id for one in given_back})
    revive_as_far(work, original.data["pegs"])
    note_items(work, "released", given_back)
    touch_stock(work, given_back)
    return {"units": -sum(one.units for one in given_back)}


@command("Release stock", needs=Permission.ALLOCATE)
def release(work: Work, sale_ids: Sequence[int], row_ids: Sequence[int] = ()) -> dict[str, Any]:
    """Take the reservations of sales back to on hand; ``row_ids`` limit it to those rows.

    Result: ``{"units", "sales": [{id, number, units}]}``. Can be undone.
    """
    known = known_sales(work.db, sale_ids)
    wanted = set(
        work.db.execute(
            select(sale_row.c.id).where(
                sale_row.c.sale_id.in_(ids_in(work.db, known)), sale_row.c.reserved > 0
            )
        ).scalars()
    )
    rows = _locked_rows(work, wanted & set(row_ids) if row_ids else wanted)
    given_back = [_reservation(row, -row.reserved) for row in rows if row.reserved]
    reserve(work, given_back)
    refresh_sales(work, {one.sale_id for one in given_back})
    note_items(work, "released", given_back)
    touch_stock(work, given_back)
    numbers = {row.sale_id: row.number for row in rows}
    units: dict[int, int] = defaultdict(int)
    for one in given_back:
        units[one.sale_id] -= one.units
    if given_back:
        work.can_undo({"rows": [[one.sale_row_id, -one.units] for one in given_back]})
    return {
        "units": sum(units.values()),
        "sales": [
            {"id": key, "number": numbers[key], "units": part} for key, part in units.items()
        ],
    }


@release.undone_by
def _reserve_again(work: Work, original: Undone) -> dict[str, Any]:
    """Reserve again what was released; refused where it is needed or on hand no longer."""
    units = dict(original.data["rows"])
    rows = _locked_rows(work, units)
    wanted: dict[tuple[int, int], int] = defaultdict(int)
    for row in rows:
        wanted[row.warehouse_id, row.product_id] += units[row.id]
    on_hand = on_hand_of(work.db, wanted)
    lacking = {pair for pair, part in wanted.items() if on_hand.get(pair, 0) < part}
    refused = [
        row.number for row in rows
        if not row.waits
        or row.ordered - row.reserved - row.fulfilled < units[row.id]
        or (row.warehouse_id, row.product_id) in lacking
    ]  # fmt: skip
    if refused:
        raise Rejected("cannot_allocate_again", sorted(set(refused)))
    again = [_reservation(row, units[row.id]) for row in rows]
    reserve(work, again)
    refresh_sales(work, {one.sale_id for one in again})
    shrink_pegs(work, sale_rows={one.sale_row_id for one in again})
    note_items(work, "allocated", again)
    touch_stock(work, again)
    return {"units": sum(one.units for one in again)}


def _locked_rows(work: Work, row_ids: Iterable[int]) -> list[Any]:
    """Sale rows with their sale's number, under the locks of stock, sales and pegged orders."""
    row_ids = list(row_ids)
    rows = _rows(work.db, row_ids)
    sale_ids = {row.sale_id for row in rows}
    work.locks.take_stock({(row.warehouse_id, row.product_id) for row in rows})
    work.locks.take_sales(sale_ids)
    if is_postgres(work.db):
        work.locks.take_purchases(pegged_orders(work.db, sale_ids))
        rows = _rows(work.db, row_ids)
    return rows


def _rows(db: Connection, row_ids: Iterable[int]) -> list[Any]:
    return list(
        db.execute(
            select(sale_row, sale.c.number, sale.c.waits)
            .join(sale, sale.c.id == sale_row.c.sale_id)
            .where(sale_row.c.id.in_(ids_in(db, row_ids)))
            .order_by(sale_row.c.id)
        ).all()
    )


def _reservation(row: Any, units: int) -> Reservation:
    return Reservation(row.id, row.sale_id, row.warehouse_id, row.product_id, units)


def revive_as_far(work: Work, ended: Mapping[str, int]) -> None:
    """Pegs that ended because the units were reserved, as far as there is room for them."""
    wanted = {int(key): units for key, units in ended.items()}
    room = {
        row.id: min(wanted[row.id], row.quantity - row.live)
        for row in work.db.execute(select(peg).where(peg.c.id.in_(ids_in(work.db, wanted))))
    }
    revive_pegs(work, {key: units for key, units in room.items() if units > 0})


def note_items(work: Work, kind: str, reservations: Sequence[Reservation]) -> None:
    """A note on each sale with what it got or lost, by SKU."""
    if not reservations:
        return
    products = {one.product_id for one in reservations}
    skus = {
        row.id: row.sku
        for row in work.db.execute(
            select(product.c.id, product.c.sku).where(product.c.id.in_(ids_in(work.db, products)))
        )
    }
    items: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in reservations:
        items[one.sale_id][skus[one.product_id]] += abs(one.units)
    add_notes(
        work,
        [
            ("SO", key, kind, {"items": [{"sku": s, "units": n} for s, n in mine.items()]})
            for key, mine in items.items()
        ],
    )


def touch_stock(work: Work, reservations: Sequence[Reservation]) -> None:
    """Announce the products whose figures a reservation changed."""
    if reservations:
        work.touched(Topic.STOCK, {one.product_id for one in reservations})


@command("Write a note", needs=Permission.WRITE_NOTES)
def write_note(work: Work, document: str, document_id: int, text: str) -> dict[str, Any]:
    """Write a note on a sale ("SO"), credit ("SC"), order ("PO"), goods-in ("GI") or product ("PR").

    Result: ``{"document", "document_id"}``. Raises Rejected("note_empty" | "note_too_long" |
    "unknown_document").
    """
    written = text.strip()
    if not written:
        raise Rejected("note_empty")
    if len(written) > NOTE_MAX:
        raise Rejected("note_too_long", most=NOTE_MAX)
    known: dict[str, tuple[Any, Topic]] = {
        "SO": (sale, Topic.SALES),
        "PO": (purchase_order, Topic.PURCHASES),
        "GI": (goods_in, Topic.PURCHASES),
        "PR": (product, Topic.PRODUCTS),
        "SC": (credit, Topic.CREDITS),
        "TR": (transfer, Topic.TRANSFERS),
    }
    if document not in known or not _is_there(work.db, known[document][0], document_id):
        raise Rejected("unknown_document", document=document, id=document_id)
    add_notes(work, [(document, document_id, "text", {"text": written})])
    touched = document_id
    if document == "GI":
        touched = work.db.execute(
            select(goods_in.c.po_id).where(goods_in.c.id == document_id)
        ).scalar_one()
    work.touched(known[document][1], [touched])
    return {"document": document, "document_id": document_id}


def _is_there(db: Connection, table: Any, key: int) -> bool:
    return db.execute(select(func.count()).where(table.c.id == key)).scalar_one() > 0


__all__ = [
    "NOTE_MAX",
    "allocate",
    "cancel",
    "note_items",
    "on_hand_of",
    "release",
    "revive_as_far",
    "set_status",
    "share_on_hand",
    "touch_stock",
    "write_note",
]
