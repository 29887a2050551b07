"""Drop-ship units that fall back to stock, and back again (R4.3).

When a supplier does not deliver after all, the units are needed again, and what is on hand is
reserved for them at once: by the one rule (R5.7), so that no older waiting sale is passed over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, or_, select, tuple_

from .backend import Again, Work
from .books import Reservation, add_notes, pegged_orders, refresh_sales, reserve, shrink_pegs
from .drop_ship_writing import (
    DropUnits,
    free_displaced_pegs,
    listed,
    put_on_drop_notes,
    take_off_drop_notes,
    waiting_rows,
)
from .errors import Rejected
from .sales import on_hand_of, revive_as_far, share_on_hand, touch_stock
from .store.bulk import ids_in, is_postgres, rows_of
from .store.kinds import BigInt
from .store.tables import order_status, peg, purchase_row, sale, sale_row

Taken = Sequence[tuple[Any, int]]
"""Rows of ``waiting_rows`` with the units taken of each."""


def lock_order(work: Work, po_id: int, sale_ids: Collection[int] = ()) -> list[Any]:
    """Lock a purchase order with the sales and levels that its unshipped notes concern.

    Returns its ``waiting_rows``: none for an order to a warehouse. ``sale_ids``: further sales.
    """
    rows = waiting_rows(work.db, [po_id])
    return _lock(work, [po_id], rows, sale_ids)


def _lock(
    work: Work, po_ids: Collection[int], rows: list[Any], sale_ids: Collection[int]
) -> list[Any]:
    work.locks.take_stock(_pairs(rows))
    work.locks.take_sales({row.sale_id for row in rows} | set(sale_ids))
    mine = {row.sale_id for row in rows}
    work.locks.take_purchases({*po_ids, *(pegged_orders(work.db, mine) if mine else ())})
    if is_postgres(work.db):
        rows = waiting_rows(work.db, po_ids)
        if not _pairs(rows) <= work.locks.stock:
            raise Again
    return rows


def _pairs(rows: Iterable[Any]) -> set[tuple[int, int]]:
    return {(row.warehouse_id, row.product_id) for row in rows}


def fall_back(work: Work, order: Any, taken: Taken) -> dict[str, Any]:
    """Take units off the notes of an order and reserve what is on hand for them.

    Returns what ``put_back`` needs: {units: [[order row, sale row, units]], reserved: [[sale row,
    units]], pegs: {peg id: units}}. Writes a note on each sale.
    """
    if not taken:
        return {"units": [], "reserved": [], "pegs": {}}
    take_off_drop_notes(work, taken)
    fallen: dict[int, int] = defaultdict(int)
    for row, units in taken:
        fallen[row.sale_row_id] += units
    got = _from_stock(work.db, fallen)
    reserve(work, got)
    refresh_sales(work, {one.sale_id for one in got})
    ended = shrink_pegs(work, sale_rows={one.sale_row_id for one in got})
    touch_stock(work, got)
    _tell(work, order, taken, got)
    return {
        "units": [[row.po_row_id, row.sale_row_id, units] for row, units in taken],
        "reserved": [[one.sale_row_id, one.units] for one in got],
        "pegs": {str(key): units for key, units in ended.items()},
    }


def _from_stock(db: Connection, fallen: Mapping[int, int]) -> list[Reservation]:
    """What the rows get of what is on hand, when everybody who waits for it is asked (R5.5)."""
    r, s = sale_row.c, sale.c
    needed = r.ordered > r.reserved + r.fulfilled
    mine = db.execute(
        select(r.warehouse_id, r.product_id, s.id, s.ship_complete)
        .join(sale, s.id == r.sale_id)
        .where(r.id.in_(ids_in(db, fallen)), s.waits == 1)
    ).all()
    pairs = sorted({(row.warehouse_id, row.product_id) for row in mine})
    if not pairs:
        return []
    whole = [row.id for row in mine if row.ship_complete]
    given = rows_of(db, {"warehouse_id": BigInt, "product_id": BigInt}, pairs)
    here = tuple_(r.warehouse_id, r.product_id).in_(
        select(given.c.warehouse_id, given.c.product_id)
    )
    rows = db.execute(
        select(
            r.id, r.sale_id, s.number, r.position, s.placed_at, r.warehouse_id, r.product_id,
            (r.ordered - r.reserved - r.fulfilled).label("needed"), s.ship_complete,
        )
        .join(sale, s.id == r.sale_id)
        .where(r.kind == "stock", needed, s.waits == 1, or_(here, r.sale_id.in_(ids_in(db, whole))))
    ).all()  # fmt: skip
    shared, _incomplete = share_on_hand(db, rows)
    return [
        Reservation(
            one.sale_row_id, one.sale_id, one.warehouse_id, one.product_id,
            min(one.units, fallen[one.sale_row_id]),
        )
        for one in shared
        if one.sale_row_id in fallen
    ]  # fmt: skip


def _tell(work: Work, order: Any, taken: Taken, got: Sequence[Reservation]) -> None:
    """A note on each sale: what needs units again, and what of it was reserved at once."""
    skus = {row.sale_row_id: row.sku for row, _units in taken}
    lost: dict[int, dict[str, int]] = {}
    again: dict[int, dict[str, int]] = {}
    for row, units in taken:
        items = lost.setdefault(row.sale_id, {})
        items[row.sku] = items.get(row.sku, 0) + units
    for one in got:
        items = again.setdefault(one.sale_id, {})
        items[skus[one.sale_row_id]] = items.get(skus[one.sale_row_id], 0) + one.units
    po = {"id": order.id, "number": order.number}
    add_notes(
        work,
        [
            (
                "SO", sale_id, "drop_back",
                {"po": po, "items": listed(items), "reserved": listed(again.get(sale_id, {}))},
            )
            for sale_id, items in lost.items()
        ],
    )  # fmt: skip


def lock_to_put_back(work: Work, po_id: int, data: Mapping[str, Any]) -> None:
    """The locks of ``put_back``."""
    rows = _rows_now(work.db, data)
    sales = {row.sale_id for row in rows}
    work.locks.take_stock(_pairs(rows))
    work.locks.take_sales(sales)
    mine = set(orders_of_pegs(work.db, data["pegs"]))
    work.locks.take_purchases({po_id, *mine, *pegged_orders(work.db, sales)})


def put_back(work: Work, order: Any, data: Mapping[str, Any]) -> None:
    """The supplier delivers again what fell back: the inverse of ``fall_back``.

    Raises Rejected("drop_ship_covered", sale numbers) where the units have been covered in another
    way since, Rejected("sale_cancelled").
    """
    reserved = dict(data["reserved"])
    wanted: dict[int, int] = defaultdict(int)
    for _po_row, key, units in data["units"]:
        wanted[key] += units
    rows = _rows_now(work.db, data)
    if any(row.is_cancelled for row in rows):
        raise Rejected("sale_cancelled", sorted({row.sale_id for row in rows}))
    covered = {
        row.number
        for row in rows
        if row.reserved < reserved.get(row.id, 0)
        or row.ordered - row.fulfilled - row.reserved + reserved.get(row.id, 0) < wanted[row.id]
    }
    if covered:
        raise Rejected("drop_ship_covered", sorted(covered), number=order.number)
    given_back = [
        Reservation(row.id, row.sale_id, row.warehouse_id, row.product_id, -reserved[row.id])
        for row in rows
        if reserved.get(row.id)
    ]
    reserve(work, given_back)
    touch_stock(work, given_back)
    placed = put_on_drop_notes(work, [DropUnits(*one) for one in data["units"]])
    revive_as_far(work, data["pegs"])
    free_displaced_pegs(work, placed)


def _rows_now(db: Connection, data: Mapping[str, Any]) -> list[Any]:
    r = sale_row.c
    keys = {key for _po_row, key, _units in data["units"]}
    return list(
        db.execute(
            select(
                r.id, r.sale_id, r.warehouse_id, r.product_id, r.ordered, r.reserved, r.fulfilled,
                sale.c.number, order_status.c.is_cancelled,
            )
            .join(sale, sale.c.id == r.sale_id)
            .join(order_status, order_status.c.id == sale.c.status_id)
            .where(r.id.in_(ids_in(db, keys)))
            .order_by(r.id)
        )
    )  # fmt: skip


def orders_of_pegs(db: Connection, pegs: Mapping[str, int]) -> set[int]:
    """The purchase orders that pegs, by id as text, belong to."""
    return set(
        db.execute(
            select(purchase_row.c.po_id)
            .join(peg, peg.c.po_row_id == purchase_row.c.id)
            .where(peg.c.id.in_(ids_in(db, [int(key) for key in pegs])))
        ).scalars()
    )


def released_rows(db: Connection, released: Iterable[Sequence[int]]) -> list[Any]:
    """Sale rows that lost reservations to a drop-ship order, as ``undo_placing`` locks them."""
    return list(
        db.execute(
            select(
                sale_row.c.id, sale_row.c.sale_id, sale_row.c.warehouse_id, sale_row.c.product_id
            )
            .where(sale_row.c.id.in_(ids_in(db, [key for key, _units in released])))
            .order_by(sale_row.c.id)
        )
    )


def undo_placing(work: Work, po_ids: Collection[int], data: Mapping[str, Any]) -> None:
    """Undo what placing drop-ship orders did to their sales: notes, reservations, pegs.

    What was released is reserved again as far as it is on hand and needed; the caller holds the
    locks of ``released_rows`` and of the pegs' orders (``orders_of_pegs``).
    """
    rows = waiting_rows(work.db, po_ids)
    take_off_drop_notes(work, [(row, row.quantity) for row in rows])
    wanted = dict(data.get("released", ()))
    r = sale_row.c
    now = work.db.execute(
        select(r.id, r.sale_id, r.warehouse_id, r.product_id, r.ordered, r.reserved, r.fulfilled)
        .join(sale, sale.c.id == r.sale_id)
        .join(order_status, order_status.c.id == sale.c.status_id)
        .where(r.id.in_(ids_in(work.db, wanted)), order_status.c.is_cancelled == 0)
        .order_by(r.id)
    ).all()
    left = on_hand_of(work.db, _pairs(now))
    again: list[Reservation] = []
    for row in now:
        pair = (row.warehouse_id, row.product_id)
        need = row.ordered - row.reserved - row.fulfilled
        units = min(wanted[row.id], need, left.get(pair, 0))
        if units > 0:
            left[pair] -= units
            again.append(Reservation(row.id, row.sale_id, *pair, units))
    reserve(work, again)
    refresh_sales(work, {one.sale_id for one in again})
    revive_as_far(work, data.get("freed", {}))
    touch_stock(work, again)
