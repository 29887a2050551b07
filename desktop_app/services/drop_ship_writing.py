"""Drop-ship notes written, shipped and taken away (R4.3). No stock moves here, ever.

Set-based, like ``books``. Callers hold the locks of the stock levels of the sale rows, of the
sales, of the purchase orders and of those with live pegs to the sales.

A drop-ship order's pegs carry their quantity with nothing live: its units are fulfilled, so they
are no longer needed, but sale and order stay linked (R1.7, R4.4).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, select

from .backend import Work
from .books import Reservation, add_notes, refresh_sales, reserve, shrink_pegs
from .changes import Topic
from .goods_out_writing import delete_notes
from .rules.drop_ship import released_by
from .store.bulk import ids_in, insert_many, next_ids, next_numbers, update_many
from .store.tables import (
    drop_ship_row,
    goods_out,
    goods_out_row,
    peg,
    product,
    purchase_order,
    purchase_row,
    sale,
    sale_event,
    sale_row,
)


class DropUnits(NamedTuple):
    """Units of a sale row that a row of a drop-ship order delivers; ten-thousandths."""

    po_row_id: int
    sale_row_id: int
    units: int


class Placed(NamedTuple):
    """What giving units to a supplier displaced: reservations as (sale row, units)."""

    sale_rows: frozenset[int]
    released: list[tuple[int, int]]


def put_on_drop_notes(work: Work, given: Sequence[DropUnits]) -> Placed:
    """Fulfil units by new drop-ship notes, one per order and sale; releases what they displace.

    The units fit into ordered - fulfilled of their rows. ``free_displaced_pegs`` comes after, when
    all pegs of the command are written.
    """
    if not given:
        return Placed(frozenset(), [])
    rows = _sale_rows(work.db, (one.sale_row_id for one in given))
    per_row: dict[int, int] = defaultdict(int)
    for one in given:
        per_row[one.sale_row_id] += one.units
    released = {key: released_by(rows[key], units) for key, units in sorted(per_row.items())}
    back = [
        Reservation(key, rows[key].sale_id, rows[key].warehouse_id, rows[key].product_id, -units)
        for key, units in released.items()
        if units
    ]
    reserve(work, back)
    orders = _orders_of(work.db, (one.po_row_id for one in given))
    _insert_notes(work, given, rows, orders)
    _move(work, {key: (units, 0) for key, units in per_row.items()})
    refresh_sales(work, {row.sale_id for row in rows.values()})
    _note_released(work, given, released, rows, orders)
    if back:
        work.touched(Topic.STOCK, {one.product_id for one in back})
    return Placed(frozenset(per_row), [(key, units) for key, units in released.items() if units])


def free_displaced_pegs(work: Work, placed: Placed) -> dict[int, int]:
    """End pegs to units that the supplier delivers now, with a note on their orders (R1.7)."""
    ended = shrink_pegs(work, sale_rows=placed.sale_rows)
    if not ended:
        return ended
    freed: dict[tuple[int, int, int], int] = defaultdict(int)
    for row in work.db.execute(
        select(peg.c.id, purchase_row.c.po_id, sale.c.id.label("sale_id"), sale.c.number)
        .join(purchase_row, purchase_row.c.id == peg.c.po_row_id)
        .join(sale_row, sale_row.c.id == peg.c.sale_row_id)
        .join(sale, sale.c.id == sale_row.c.sale_id)
        .where(peg.c.id.in_(ids_in(work.db, ended)))
    ):
        freed[row.po_id, row.sale_id, row.number] += ended[row.id]
    add_notes(
        work,
        [
            ("PO", po_id, "drop_freed", {"sale": {"id": key, "number": number}, "units": units})
            for (po_id, key, number), units in sorted(freed.items())
        ],
    )
    work.touched(Topic.PURCHASES, {po_id for po_id, _sale, _number in freed})
    return ended


def _sale_rows(db: Connection, ids: Iterable[int]) -> dict[int, Any]:
    r = sale_row.c
    return {
        row.id: row
        for row in db.execute(
            select(
                r.id, r.sale_id, r.warehouse_id, r.product_id, r.ordered, r.reserved, r.fulfilled,
                product.c.sku,
            )
            .join(product, product.c.id == r.product_id)
            .where(r.id.in_(ids_in(db, set(ids))))
        )
    }  # fmt: skip


def _orders_of(db: Connection, po_rows: Iterable[int]) -> dict[int, Any]:
    """The order of each purchase row: (row_id, id, number)."""
    return {
        row.row_id: row
        for row in db.execute(
            select(purchase_row.c.id.label("row_id"), purchase_order.c.id, purchase_order.c.number)
            .join(purchase_order, purchase_order.c.id == purchase_row.c.po_id)
            .where(purchase_row.c.id.in_(ids_in(db, set(po_rows))))
        )
    }


def _insert_notes(
    work: Work,
    given: Sequence[DropUnits],
    rows: Mapping[int, Any],
    orders: Mapping[int, Any],
    *,
    shipped: bool = False,
) -> dict[tuple[int, int], tuple[int, int]]:
    """New notes with their rows and links; returns {(order, sale): (note id, number)}."""
    summed: dict[tuple[int, int], int] = defaultdict(int)
    for one in given:
        summed[one.po_row_id, one.sale_row_id] += one.units
    given = [DropUnits(*pair, units) for pair, units in summed.items()]
    keys = sorted({(orders[one.po_row_id].id, rows[one.sale_row_id].sale_id) for one in given})
    ids = next_ids(work.db, goods_out, len(keys))
    numbers = next_numbers(work.db, "goods_out", len(keys))
    made = {key: (note, n) for key, note, n in zip(keys, ids, numbers, strict=True)}
    insert_many(
        work.db,
        goods_out,
        [
            {
                "id": note, "number": number, "kind": "drop_ship", "sale_id": sale_id,
                "warehouse_id": None, "po_id": po_id, "shipped_at": work.at if shipped else None,
                "journal_id": work.journal_id,
            }
            for (po_id, sale_id), (note, number) in made.items()
        ],
    )  # fmt: skip
    row_ids = next_ids(work.db, goods_out_row, len(given))
    insert_many(
        work.db,
        goods_out_row,
        [
            {
                "id": key,
                "goods_out_id": made[orders[one.po_row_id].id, rows[one.sale_row_id].sale_id][0],
                "sale_row_id": one.sale_row_id,
                "quantity": one.units,
            }
            for key, one in zip(row_ids, given, strict=True)
        ],
    )
    insert_many(
        work.db,
        drop_ship_row,
        [
            {"goods_out_row_id": key, "po_row_id": one.po_row_id}
            for key, one in zip(row_ids, given, strict=True)
        ],
    )
    return made


def _move(work: Work, moved: Mapping[int, tuple[int, int]]) -> None:
    """Add (fulfilled, shipped) of drop-ship units to sale rows and to their ledger."""
    update_many(
        work.db,
        sale_row,
        [
            {
                "id": key, "fulfilled": units, "drop_fulfilled": units, "shipped": shipped,
                "drop_shipped": shipped,
            }
            for key, (units, shipped) in sorted(moved.items())
        ],
        add=("fulfilled", "drop_fulfilled", "shipped", "drop_shipped"),
    )  # fmt: skip
    insert_many(
        work.db,
        sale_event,
        [
            {
                "journal_id": work.journal_id, "sale_row_id": key, "d_reserved": 0,
                "d_fulfilled": units, "d_shipped": shipped, "goods_in_row_id": None,
            }
            for key, (units, shipped) in sorted(moved.items())
        ],
    )  # fmt: skip


def _note_released(
    work: Work,
    given: Sequence[DropUnits],
    released: Mapping[int, int],
    rows: Mapping[int, Any],
    orders: Mapping[int, Any],
) -> None:
    """A note on each sale that lost reservations, naming the order that delivers instead."""
    of_row = {one.sale_row_id: orders[one.po_row_id] for one in given}
    lost: dict[tuple[int, int, int], dict[str, int]] = {}
    for key, units in released.items():
        if units:
            order = of_row[key]
            items = lost.setdefault((rows[key].sale_id, order.id, order.number), {})
            items[rows[key].sku] = items.get(rows[key].sku, 0) + units
    add_notes(
        work,
        [
            (
                "SO", sale_id, "drop_released",
                {"po": {"id": po_id, "number": number}, "items": listed(items)},
            )
            for (sale_id, po_id, number), items in lost.items()
        ],
    )  # fmt: skip


def listed(items: Mapping[str, int]) -> list[dict[str, Any]]:
    """``items`` as notes keep them."""
    return [{"sku": sku, "units": units} for sku, units in items.items()]


def waiting_rows(db: Connection, po_ids: Iterable[int]) -> list[Any]:
    """Note rows of drop-ship orders that have not shipped, in order of sale and position.

    Columns: id, goods_out_id, quantity, po_id, po_row_id, sale_row_id, sale_id, number (of the
    sale), warehouse_id, product_id, sku, ordered, reserved, fulfilled.
    """
    g, r = goods_out_row.c, sale_row.c
    return list(
        db.execute(
            select(
                g.id, g.goods_out_id, g.quantity, purchase_row.c.po_id, drop_ship_row.c.po_row_id,
                g.sale_row_id, r.sale_id, sale.c.number, r.warehouse_id, r.product_id,
                product.c.sku, r.ordered, r.reserved, r.fulfilled,
            )
            .join(drop_ship_row, drop_ship_row.c.goods_out_row_id == g.id)
            .join(purchase_row, purchase_row.c.id == drop_ship_row.c.po_row_id)
            .join(goods_out, goods_out.c.id == g.goods_out_id)
            .join(sale_row, r.id == g.sale_row_id)
            .join(sale, sale.c.id == r.sale_id)
            .join(product, product.c.id == r.product_id)
            .where(
                purchase_row.c.po_id.in_(ids_in(db, po_ids)), goods_out.c.shipped_at.is_(None)
            )
            .order_by(r.sale_id, r.position, g.id)
        ).all()
    )  # fmt: skip


def ship_rows(
    work: Work, taken: Sequence[tuple[Any, int]]
) -> dict[tuple[int, int], tuple[int, int]]:
    """Ship units of ``waiting_rows`` on new notes; what is left stays on the old ones.

    Returns {(order, sale): (note id, number)} of the shipped notes.
    """
    _reduce(work.db, taken)
    given = [DropUnits(row.po_row_id, row.sale_row_id, units) for row, units in taken]
    rows = {row.sale_row_id: row for row, _units in taken}
    orders = _orders_of(work.db, (row.po_row_id for row, _units in taken))
    made = _insert_notes(work, given, rows, orders, shipped=True)
    moved: dict[int, int] = defaultdict(int)
    arrived: dict[int, int] = defaultdict(int)
    for row, units in taken:
        moved[row.sale_row_id] += units
        arrived[row.po_row_id] += units
    _move(work, {key: (0, units) for key, units in moved.items()})
    update_many(
        work.db,
        purchase_row,
        [{"id": key, "received": units, "version": 1} for key, units in sorted(arrived.items())],
        add=("received", "version"),
    )
    refresh_sales(work, {row.sale_id for row, _units in taken})
    return made


def take_off_drop_notes(work: Work, taken: Sequence[tuple[Any, int]]) -> None:
    """Units of ``waiting_rows`` are not delivered by the supplier: their rows need them again."""
    if not taken:
        return
    _reduce(work.db, taken)
    moved: dict[int, int] = defaultdict(int)
    for row, units in taken:
        moved[row.sale_row_id] -= units
    _move(work, {key: (units, 0) for key, units in moved.items()})
    refresh_sales(work, {row.sale_id for row, _units in taken})


def _reduce(db: Connection, taken: Sequence[tuple[Any, int]]) -> None:
    """Take units off notes; empty rows and empty notes go."""
    gone = [row.id for row, units in taken if units == row.quantity]
    notes = {row.goods_out_id for row, units in taken if units == row.quantity}
    update_many(
        db,
        goods_out_row,
        [
            {"id": row.id, "quantity": row.quantity - units}
            for row, units in taken
            if units < row.quantity
        ],
    )
    if not gone:
        return
    wanted = ids_in(db, gone)
    db.execute(delete(drop_ship_row).where(drop_ship_row.c.goods_out_row_id.in_(wanted)))
    db.execute(delete(goods_out_row).where(goods_out_row.c.id.in_(wanted)))
    held = db.execute(
        select(goods_out_row.c.goods_out_id).where(
            goods_out_row.c.goods_out_id.in_(ids_in(db, notes))
        )
    ).scalars()
    delete_notes(db, notes - set(held))
