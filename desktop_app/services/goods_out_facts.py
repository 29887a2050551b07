"""What the commands on goods-out notes share: finding and locking notes, outcomes, notes on sales."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from .backend import Again, Work
from .books import add_notes, pegged_orders
from .errors import Rejected
from .goods_out_writing import note_rows
from .store.bulk import ids_in, is_postgres
from .store.tables import (
    goods_out,
    goods_out_step,
    order_status,
    peg,
    person,
    product,
    purchase_row,
    sale,
    sale_row,
)

TRACKING_MAX = 120

STOPPED_BY = (
    ("is_cancelled", "cancelled"),
    ("is_quote", "quote"),
    ("is_on_hold", "on_hold"),
    ("is_closed", "closed"),
)
"""Flags of a sale's status (R2.5) and the outcome they give; such a sale waits for nothing (R5.5)."""


def note_heads(db: Connection, note_ids: Iterable[int]) -> list[Any]:
    """Notes by id: id, number, kind, shipped_at, sale_id, sale_number, warehouse_id, flags."""
    n, s, o = goods_out.c, sale.c, order_status.c
    return list(
        db.execute(
            select(
                n.id, n.number, n.kind, n.shipped_at, n.sale_id, s.number.label("sale_number"),
                n.warehouse_id, s.ship_complete, o.is_cancelled, o.is_quote, o.is_on_hold, o.is_closed,
            )
            .join(sale, s.id == n.sale_id)
            .join(order_status, o.id == s.status_id)
            .where(n.id.in_(ids_in(db, note_ids)))
            .order_by(n.id)
        ).all()
    )  # fmt: skip


def lock_notes(
    work: Work, note_ids: Iterable[int], *, stock: bool = True, pegs: Iterable[int] | None = None
) -> list[Any]:
    """Lock goods-out notes that must still be open, by their sales; returns their ``note_heads``.

    ``stock``: their stock levels as well; ``pegs``: the purchase orders of these pegs and of the
    sales, for what reserves or gives pegs back. Raises Rejected("no_notes_chosen" | "notes_gone" |
    "drop_ship_notes" | "notes_shipped"), the last with {number, by, at} of each (R11.3).
    """
    wanted = set(note_ids)
    if not wanted:
        raise Rejected("no_notes_chosen")
    rows = note_rows(work.db, wanted)
    if stock:
        work.locks.take_stock(
            {(row.warehouse_id, row.product_id) for row in rows if row.kind == "goods_out"}
        )
    sales = {row.sale_id for row in rows}
    work.locks.take_sales(sales)
    if pegs is not None and is_postgres(work.db):
        work.locks.take_purchases(pegged_orders(work.db, sales) | _orders_of(work.db, pegs))
    heads = note_heads(work.db, wanted)
    if len(heads) < len(wanted):
        raise Rejected("notes_gone", sorted(wanted - {row.id for row in heads}))
    if dropped := [row.number for row in heads if row.kind != "goods_out"]:
        raise Rejected("drop_ship_notes", dropped)
    refuse_shipped(work.db, heads)
    return heads


def refuse_shipped(db: Connection, heads: Sequence[Any]) -> None:
    """Raise Rejected("notes_shipped") naming each note that has left, with who sent it and when."""
    if not (gone := {row.id: row.number for row in heads if row.shipped_at is not None}):
        return
    s = goods_out_step.c
    sent = {
        row.goods_out_id: row
        for row in db.execute(
            select(s.goods_out_id, s.at, person.c.name)
            .join(person, person.c.id == s.person_id)
            .where(s.goods_out_id.in_(ids_in(db, gone)), s.step == "shipped", s.undone_by.is_(None))
        )
    }
    raise Rejected(
        "notes_shipped",
        [
            {
                "number": number,
                "by": sent[key].name if key in sent else "",
                "at": sent[key].at if key in sent else None,
            }
            for key, number in gone.items()
        ],
    )


def check_pairs_locked(work: Work, rows: Iterable[Any]) -> None:
    """Start again where rows read under the lock need levels that are not locked (PostgreSQL)."""
    if not {(row.warehouse_id, row.product_id) for row in rows} <= work.locks.stock:
        raise Again


def _orders_of(db: Connection, pegs: Iterable[int]) -> set[int]:
    return set(
        db.execute(
            select(purchase_row.c.po_id)
            .join(peg, peg.c.po_row_id == purchase_row.c.id)
            .where(peg.c.id.in_(ids_in(db, pegs)))
        ).scalars()
    )


def sale_heads(db: Connection, sale_ids: Iterable[int]) -> list[Any]:
    """Sales, oldest first, with the flags of their status."""
    s, o = sale.c, order_status.c
    return list(
        db.execute(
            select(
                s.id, s.number, s.ship_complete, o.is_cancelled, o.is_quote, o.is_on_hold,
                o.is_closed,
            )
            .join(order_status, o.id == s.status_id)
            .where(s.id.in_(ids_in(db, sale_ids)))
            .order_by(s.placed_at, s.number)
        ).all()
    )  # fmt: skip


def stopped_by(status: Any) -> str:
    """The outcome of a sale whose status lets nothing happen to it, else empty."""
    return next((name for flag, name in STOPPED_BY if getattr(status, flag)), "")


def stock_rows(db: Connection, sale_ids: Iterable[int]) -> list[Any]:
    """Stock rows of sales with their sale's place in the queue (R5.5), in order of id."""
    r, s = sale_row.c, sale.c
    return list(
        db.execute(
            select(
                r.id, r.sale_id, s.number, r.position, s.placed_at, r.warehouse_id, r.product_id,
                r.ordered, r.reserved, r.fulfilled, r.shipped, r.drop_fulfilled, r.drop_shipped,
                s.ship_complete,
            )
            .join(sale, s.id == r.sale_id)
            .where(s.id.in_(ids_in(db, sale_ids)), r.kind == "stock")
            .order_by(r.id)
        ).all()
    )  # fmt: skip


def open_notes(db: Connection, sale_ids: Iterable[int]) -> list[int]:
    """Goods-out notes of the sales that have not shipped; drop-ship notes are left out."""
    n = goods_out.c
    return list(
        db.execute(
            select(n.id)
            .where(
                n.sale_id.in_(ids_in(db, sale_ids)),
                n.kind == "goods_out",
                n.shipped_at.is_(None),
            )
            .order_by(n.id)
        ).scalars()
    )


def skus_of(db: Connection, product_ids: Iterable[int]) -> dict[int, str]:
    """Product id to SKU."""
    p = product.c
    return {
        row.id: row.sku
        for row in db.execute(select(p.id, p.sku).where(p.id.in_(ids_in(db, product_ids))))
    }


def write_sale_notes(
    work: Work,
    kind: str,
    heads: Sequence[Any],
    rows: Sequence[Any],
    more: Mapping[int, Mapping[str, Any]] | None = None,
) -> None:
    """A note on each sale for each goods-out note: ``note``, ``items``, and ``more`` by note id.

    ``rows`` are those of the notes (``note_rows``) at the time.
    """
    skus = skus_of(work.db, {row.product_id for row in rows})
    items: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        items[row.goods_out_id][skus[row.product_id]] += row.quantity
    add_notes(
        work,
        [
            (
                "SO", one.sale_id, kind,
                {
                    "note": {"id": one.id, "number": one.number},
                    "items": [{"sku": s, "units": n} for s, n in items[one.id].items()],
                    **(more or {}).get(one.id, {}),
                },
            )
            for one in heads
        ],
    )  # fmt: skip


def named_notes(heads: Sequence[Any], rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Notes for a result: {id, number, sale_id, sale_number, warehouse_id, units}."""
    units: dict[int, int] = defaultdict(int)
    for row in rows:
        units[row.goods_out_id] += row.quantity
    return [
        {
            "id": one.id, "number": one.number, "sale_id": one.sale_id,
            "sale_number": one.sale_number, "warehouse_id": one.warehouse_id,
            "units": units[one.id],
        }
        for one in heads
    ]  # fmt: skip
