"""Cancelling sales, with everything that hangs on them (R2.7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select, update

from . import settings
from .access import Permission
from .backend import Again, Work, command
from .books import (
    add_notes,
    change_levels,
    known_sales,
    pegged_orders,
    refresh_sales,
    shrink_pegs,
    write_statuses,
)
from .changes import Topic
from .errors import Rejected
from .goods_out_writing import delete_notes
from .store.bulk import ids_in, insert_many, is_postgres
from .store.tables import (
    goods_out,
    goods_out_row,
    order_status,
    peg,
    purchase_order,
    purchase_row,
    sale,
    sale_event,
    sale_row,
)


@command("Cancel sales", needs=Permission.SET_STATUS)
def cancel(work: Work, sale_ids: Sequence[int], status_id: int | None = None) -> dict[str, Any]:
    """Cancel sales (R2.7): all of them or none. ``status_id`` None: as the setting says.

    Result: ``{"cancelled": n, "released": units, "purchases": [{id, number, units}]}``.
    Raises Rejected("cannot_cancel", [{id, number, reason: shipped | invoiced | cancelled}]) and
    Rejected("unknown_sales" | "no_sales_chosen" | "unknown_status").
    """
    known = known_sales(work.db, sale_ids)
    held = _held(work.db, known)
    work.locks.take_stock({(row.warehouse_id, row.product_id) for row in held})
    work.locks.take_sales(known)
    drops = _drop_orders(work.db, known)
    work.locks.take_purchases(pegged_orders(work.db, known) | drops.keys())
    if is_postgres(work.db):
        held = _held(work.db, known)
        if not {(row.warehouse_id, row.product_id) for row in held} <= work.locks.stock:
            raise Again
    heads = _check(work.db, known)
    status = _status(work.db, status_id)
    _let_go(work, known, held)
    write_statuses(
        work,
        {row.id: row.status_id for row in heads},
        {row.id: status.id for row in heads},
        dict.fromkeys((row.id for row in heads), 0),
    )
    refresh_sales(work, known)
    rows = work.db.execute(
        select(sale_row.c.id).where(sale_row.c.sale_id.in_(ids_in(work.db, known)))
    ).scalars()
    ended = shrink_pegs(work, sale_rows=rows)
    freed = _freed(work.db, ended)
    gone = _write_notes(work, heads, status.name, freed, drops)
    numbers = _order_numbers(work.db, gone)
    work.touched(Topic.PURCHASES, gone)
    work.touched(Topic.STOCK, {row.product_id for row in held})
    return {
        "cancelled": len(heads),
        "released": sum(row.reserved + row.fulfilled for row in held),
        "purchases": [
            {"id": key, "number": numbers[key], "units": gone[key]} for key in sorted(gone)
        ],
    }


def _held(db: Connection, sale_ids: Sequence[int]) -> list[Any]:
    """Rows that reserve units or have them on notes."""
    r = sale_row.c
    return list(
        db.execute(
            select(sale_row)
            .where(
                r.sale_id.in_(ids_in(db, sale_ids)),
                (r.reserved > 0) | (r.fulfilled > 0),
            )
            .order_by(r.id)
        ).all()
    )


def _drop_orders(db: Connection, sale_ids: Sequence[int]) -> dict[int, dict[int, int]]:
    """Drop-ship order to the units of each sale that its unshipped notes hold."""
    found: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for row in db.execute(
        select(goods_out.c.po_id, goods_out.c.sale_id, goods_out_row.c.quantity)
        .join(goods_out_row, goods_out_row.c.goods_out_id == goods_out.c.id)
        .where(
            goods_out.c.sale_id.in_(ids_in(db, sale_ids)),
            goods_out.c.po_id.is_not(None),
            goods_out.c.shipped_at.is_(None),
        )
    ):
        found[row.po_id][row.sale_id] += row.quantity
    return found


def _check(db: Connection, sale_ids: Sequence[int]) -> list[Any]:
    shipped = (
        select(sale_row.c.sale_id)
        .where(sale_row.c.sale_id.in_(ids_in(db, sale_ids)), sale_row.c.shipped > 0)
        .distinct()
    )
    gone = set(db.execute(shipped).scalars())
    heads = db.execute(
        select(
            sale.c.id, sale.c.number, sale.c.status_id, sale.c.invoiced, order_status.c.name,
            order_status.c.is_cancelled,
        )
        .join(order_status, order_status.c.id == sale.c.status_id)
        .where(sale.c.id.in_(ids_in(db, sale_ids)))
        .order_by(sale.c.number)
    ).all()  # fmt: skip
    refused = []
    for row in heads:
        reason = (
            "cancelled" if row.is_cancelled
            else "shipped" if row.id in gone
            else "invoiced" if row.invoiced
            else None
        )  # fmt: skip
        if reason is not None:
            refused.append({"id": row.id, "number": row.number, "reason": reason})
    if refused:
        raise Rejected("cannot_cancel", refused)
    return list(heads)


def _status(db: Connection, status_id: int | None) -> Any:
    wanted = status_id or settings.value(db, settings.STATUS_CANCELLED)
    found = db.execute(
        select(order_status).where(
            order_status.c.id == (wanted or 0),
            order_status.c.document == "SO",
            order_status.c.is_cancelled == 1,
        )
    ).one_or_none()
    if found is None:
        raise Rejected("unknown_status", status_id=wanted)
    return found


def _let_go(work: Work, sale_ids: Sequence[int], held: Sequence[Any]) -> None:
    """Release reservations and remove unshipped notes: levels, rows and events together."""
    if not held:
        return
    levels: dict[tuple[int, int], int] = defaultdict(int)
    for row in held:
        levels[row.warehouse_id, row.product_id] -= (
            row.reserved + row.fulfilled - row.drop_fulfilled
        )
    change_levels(work.db, {pair: (0, units) for pair, units in levels.items()})
    work.db.execute(
        update(sale_row)
        .where(sale_row.c.id.in_(ids_in(work.db, [row.id for row in held])))
        .values(reserved=0, fulfilled=0, drop_fulfilled=0)
    )
    insert_many(
        work.db,
        sale_event,
        [
            {
                "journal_id": work.journal_id,
                "sale_row_id": row.id,
                "d_reserved": -row.reserved,
                "d_fulfilled": -row.fulfilled,
                "d_shipped": 0,
            }
            for row in held
        ],
    )
    notes = select(goods_out.c.id).where(goods_out.c.sale_id.in_(ids_in(work.db, sale_ids)))
    gone = work.db.execute(notes).scalars().all()
    delete_notes(work.db, gone)
    work.touched(Topic.GOODS_OUT, gone)


def _freed(db: Connection, ended: Mapping[int, int]) -> dict[int, dict[int, int]]:
    """Purchase order to the units that each sale gave up."""
    freed: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for row in db.execute(
        select(peg.c.id, purchase_row.c.po_id, sale_row.c.sale_id)
        .join(purchase_row, purchase_row.c.id == peg.c.po_row_id)
        .join(sale_row, sale_row.c.id == peg.c.sale_row_id)
        .where(peg.c.id.in_(ids_in(db, ended)))
    ):
        freed[row.po_id][row.sale_id] += ended[row.id]
    return freed


def _order_numbers(db: Connection, po_ids: Iterable[int]) -> dict[int, int]:
    return {
        row.id: row.number
        for row in db.execute(
            select(purchase_order.c.id, purchase_order.c.number).where(
                purchase_order.c.id.in_(ids_in(db, po_ids))
            )
        )
    }


def _write_notes(
    work: Work,
    heads: Sequence[Any],
    to: str,
    freed: Mapping[int, Mapping[int, int]],
    drops: Mapping[int, Mapping[int, int]],
) -> dict[int, int]:
    """A note on each sale and each purchase order concerned; returns the units each order lost.

    What was pegged is free inbound stock now; what was to be drop-shipped is wanted by nobody.
    """
    names = {row.id: row.number for row in heads}
    notes: list[tuple[str, int, str, dict[str, Any]]] = [
        ("SO", row.id, "status_changed", {"from": row.name, "to": to}) for row in heads
    ]
    gone: dict[int, int] = defaultdict(int)
    for given_up, drop_ship in ((freed, False), (drops, True)):
        for po_id, sales in sorted(given_up.items()):
            for sale_id, units in sorted(sales.items()):
                gone[po_id] += units
                params = {"sale": {"id": sale_id, "number": names[sale_id]}, "units": units}
                notes.append(
                    ("PO", po_id, "drop_sale_cancelled" if drop_ship else "sale_cancelled", params)
                )
    add_notes(work, notes)
    return gone
