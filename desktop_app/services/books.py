"""What every command that moves goods shares: reservations, derived figures, pegs, notes.

All of it is set-based: a fixed number of statements, whatever the number of rows. Callers hold
the locks (``Work.locks``).

Notes are a kind with parameters; ``desktop_app.views.note_text`` makes the sentence:

| kind | on | parameters |
|---|---|---|
| ``text`` | any | ``text`` |
| ``status_changed`` | SO, PO | ``from``, ``to`` (names) |
| ``ordered`` | SO | ``orders``: list of ``{id, number, supplier, items: [{sku, units}]}`` |
| ``raised_for`` | PO | ``sales``: list of ``{id, number, units}`` (at most ``SALES_NAMED_MAX``), ``more``, ``batch`` |
| ``set_aside`` | SO, PO | units already on their way given to sales: ``orders`` or ``sales``, ``more``, ``batch`` |
| ``expected_changed`` | PO, SO | ``po: {id, number}``, ``from``, ``to`` (ISO days, null) |
| ``goods_received`` | PO | ``goods_in: {id, number}``, ``units``, ``sales``: list as above, ``more``; ``damaged: [{sku, reason, units}]`` if any |
| ``goods_allocated`` | SO | ``po: {id, number}``, ``goods_in: {id, number}``, ``items: [{sku, units}]`` |
| ``allocated`` | SO | ``items: [{sku, units}]`` from stock on hand |
| ``receipt_undone`` | PO | ``goods_in``, ``units``, ``sales`` (what was released), ``more``; ``quarantined`` units of them if any |
| ``allocation_released`` | SO | ``po``, ``goods_in``, ``items`` |
| ``released`` | SO | ``items: [{sku, units}]`` back to on hand, by a person |
| ``code_linked`` | PO | ``code``, ``sku``, ``units`` that one scan counts |
| ``row_raised`` | PO | ``sku``, ``from``, ``to`` (units) |
| ``batch_undone`` | SO, PO | ``batch`` |
| ``sent``, ``cancelled``, ``closed_short`` | PO | ``units`` not coming, for the last two |
| ``purchase_cancelled`` | SO | ``po: {id, number}``, ``items`` |
| ``fulfilled`` | SO | ``note: {id, number}``, ``items``: put on that goods-out note |
| ``shipped`` | SO | ``note``, ``items``, ``tracking``, ``rest`` (number of the note with the rest, or null) |
| ``note_deleted`` | SO | ``note``, ``items``, ``released`` (true: back to on hand) |
| ``sale_cancelled`` | PO | ``sale: {id, number}``, ``units`` now free |
| ``invoiced`` | SO | ``number``, ``dated`` (ISO day) |
| ``payment_recorded``, ``payment_undone`` | SO | ``amount`` (minor), ``currency``, ``digits``, ``method``, ``reference`` |
| ``paid_out``, ``payout_undone`` | SC, SO | as of payments; ``credit: {id, number}`` on the sale |
| ``credited`` | SO | ``credit: {id, number}``, ``items: [{sku, units, goes}]``, ``amount``, ``currency``, ``digits`` |
| ``credit_made`` | SC | ``items``, ``amount``, ``currency``, ``digits``, ``sale`` and ``exchange: {id, number}`` if any |
| ``exchanged_for`` | SO | ``credit: {id, number}``, ``sale`` that was brought back, if known |
| ``transfer_sent``, ``transfer_cancelled``, ``transfer_reopened`` | TR | ``units`` |
| ``transfer_received`` | TR | ``units``, ``sales``, ``more`` |
| ``transfer_moved_back``, ``transfer_arrival_undone`` | TR | ``units``, ``sales`` (released), ``more`` |
| ``transfer_closed`` | TR | ``units`` lost, ``reason``, ``text`` |
| ``transfer_allocated``, ``transfer_released`` | SO | ``transfer: {id, number}``, ``items`` |
| ``allocation_lost`` | SO | ``items``, ``warehouse``, ``reason``, ``notes`` (numbers taken apart) |
| ``shop_sale``, ``shop_refund`` | SO; SC | ``channel``, ``till``, ``cashier``, ``receipt``, ``transaction``, ``rung_at`` (ISO or null), ``time`` (till, arrival), ``facts`` |
| ``shop_short`` | SO | ``items``: sold and not on record (R7.9) |
| ``refund_booked_out`` | SO | ``credit: {id, number}``, ``items`` given back and booked out first, ``rest`` handed over with them, ``corrected`` (units) |
| ``shop_refund_unshipped`` | SO | ``items``: refunded before they left, so not put back |
| ``drop_released`` | SO | ``po``, ``items`` back to on hand: the supplier delivers instead |
| ``drop_freed`` | PO | ``sale``, ``units`` no longer promised to it: a drop-ship delivers instead |
| ``drop_shipped`` | PO, SO | ``note``, ``items``, ``tracking``, ``sale`` and ``left`` or ``po`` |
| ``drop_back`` | SO | ``po``, ``items`` needed again, ``reserved`` (items of them from on hand) |
| ``drop_taken_back`` | PO | ``items`` |
| ``drop_sale_cancelled`` | PO | ``sale``, ``units`` wanted no longer |

``units`` are stored quantities (ten-thousandths).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, Update, and_, case, func, select, update

from .backend import Work
from .changes import Topic
from .errors import Rejected
from .rules.pegs import LivePeg, shrink
from .rules.sale_status import Axis
from .store.bulk import (
    id_list,
    ids_in,
    ids_named,
    insert_many,
    is_postgres,
    next_ids,
    rows_named,
    update_many,
)
from .store.kinds import BigInt
from .store.tables import (
    note,
    order_status,
    peg,
    purchase_order,
    purchase_row,
    sale,
    sale_event,
    sale_row,
    status_change,
    stock_level,
)

SALES_NAMED_MAX = 50
"""A note names at most so many sales; the rest are counted in ``more``."""

OPEN_STATES = ("draft", "sent")


@dataclass(frozen=True, slots=True)
class Reservation:
    """Units of a sale row reserved (positive) or released (negative) in one warehouse."""

    sale_row_id: int
    sale_id: int
    warehouse_id: int
    product_id: int
    units: int
    goods_in_row_id: int | None = None


def reserve(work: Work, reservations: Sequence[Reservation]) -> None:
    """Move reservations on rows, levels and the event ledger together (R1.1, R1.3).

    Needs the stock locks of all pairs concerned. The CHECKs of the database refuse what is not
    there; callers decide by the levels they read under the lock.
    """
    if not reservations:
        return
    per_row: dict[int, int] = defaultdict(int)
    per_level: dict[tuple[int, int], int] = defaultdict(int)
    for one in reservations:
        per_row[one.sale_row_id] += one.units
        per_level[one.warehouse_id, one.product_id] += one.units
    change_levels(work.db, {pair: (0, units) for pair, units in per_level.items()})
    update_many(
        work.db,
        sale_row,
        [{"id": row, "reserved": units} for row, units in sorted(per_row.items())],
        add=("reserved",),
    )
    ids = next_ids(work.db, sale_event, len(reservations))
    insert_many(
        work.db,
        sale_event,
        [
            {
                "id": key,
                "journal_id": work.journal_id,
                "sale_row_id": one.sale_row_id,
                "d_reserved": one.units,
                "d_fulfilled": 0,
                "d_shipped": 0,
                "goods_in_row_id": one.goods_in_row_id,
            }
            for key, one in zip(ids, reservations, strict=True)
        ],
    )


def change_levels(db: Connection, deltas: Mapping[tuple[int, int], tuple[int, int]]) -> None:
    """Add (in stock, allocated) to the levels of (warehouse, product) pairs, in one statement.

    One statement, because ``allocated <= in_stock`` is checked after each (reliability 3.2).
    """
    if not deltas:
        return
    given = [[w, p, stock, alloc] for (w, p), (stock, alloc) in sorted(deltas.items())]
    db.execute(_change_levels(is_postgres(db)), {"given": json.dumps(given)})


@cache
def _change_levels(postgres: bool) -> Update:
    kinds = ("warehouse_id", "product_id", "d_stock", "d_alloc")
    given = rows_named(postgres, "given", dict.fromkeys(kinds, BigInt))
    return (
        update(stock_level)
        .values(
            in_stock=stock_level.c.in_stock + given.c.d_stock,
            allocated=stock_level.c.allocated + given.c.d_alloc,
        )
        .where(
            stock_level.c.warehouse_id == given.c.warehouse_id,
            stock_level.c.product_id == given.c.product_id,
        )
    )


def _share(done: Any, wanted: Any) -> Any:
    """The SQL twin of ``rules.sale_status.share``; a property test holds the two together."""
    return case(
        (wanted == 0, int(Axis.NOT_APPLICABLE)),
        (done == 0, int(Axis.NONE)),
        (done >= wanted, int(Axis.ALL)),
        else_=int(Axis.PART),
    )


def refresh_sales(work: Work, sale_ids: Iterable[int]) -> None:
    """Recompute axes and ``short`` of sales from their rows (R2.1 to R2.3) and announce them."""
    ids = set(sale_ids)
    if not ids:
        return
    work.db.execute(_refresh_sales(is_postgres(work.db)), {"ids": id_list(ids)})
    work.touched(Topic.SALES, ids)


@cache
def _refresh_sales(postgres: bool) -> Update:
    row = sale_row.c
    stocked = sale_row.c.kind == "stock"

    def total(expression: Any) -> Any:
        return func.coalesce(func.sum(case((stocked, expression), else_=0)), 0)

    facts = (
        select(
            row.sale_id,
            _share(total(row.reserved + row.fulfilled), total(row.ordered)).label("allocation"),
            _share(total(row.fulfilled), total(row.ordered)).label("fulfilment"),
            _share(total(row.shipped), total(row.ordered)).label("shipping"),
            total(row.ordered - row.reserved - row.fulfilled).label("short"),
        )
        .where(row.sale_id.in_(ids_named(postgres, "ids")))
        .group_by(row.sale_id)
        .subquery("facts")
    )
    return (
        update(sale)
        .values(
            allocation=facts.c.allocation,
            fulfilment=facts.c.fulfilment,
            shipping=facts.c.shipping,
            short=facts.c.short,
            version=sale.c.version + 1,
        )
        .where(sale.c.id == facts.c.sale_id)
    )


def refresh_purchases(work: Work, po_ids: Iterable[int]) -> None:
    """Recompute received status, units to come and totals of purchase orders (R2.4)."""
    ids = set(po_ids)
    if not ids:
        return
    work.db.execute(_refresh_purchases(is_postgres(work.db)), {"ids": id_list(ids)})
    work.touched(Topic.PURCHASES, ids)


@cache
def _refresh_purchases(postgres: bool) -> Update:
    row = purchase_row.c
    outstanding = case((row.ordered > row.received, row.ordered - row.received), else_=0)
    arrived = case((row.received < row.ordered, row.received), else_=row.ordered)
    facts = (
        select(
            row.po_id,
            _share(func.sum(arrived), func.sum(row.ordered)).label("received"),
            func.sum(outstanding).label("to_come"),
            func.sum(row.total).label("total"),
        )
        .where(row.po_id.in_(ids_named(postgres, "ids")))
        .group_by(row.po_id)
        .subquery("facts")
    )
    still_open = purchase_order.c.state.in_(OPEN_STATES)
    return (
        update(purchase_order)
        .values(
            received=facts.c.received,
            to_come=case((still_open, facts.c.to_come), else_=0),
            total=facts.c.total,
            version=purchase_order.c.version + 1,
        )
        .where(purchase_order.c.id == facts.c.po_id)
    )


def shrink_pegs(
    work: Work,
    *,
    sale_rows: Iterable[int] = (),
    po_rows: Iterable[int] = (),
    received_now: Iterable[int] = (),
) -> dict[int, int]:
    """End the part of live pegs that no longer fits either side (R1.7, ``rules.pegs``).

    Returns {peg id: units ended}; an undo gives them back with ``revive_pegs``. Need counts as 0
    for cancelled sales, outstanding as 0 for closed and cancelled purchase orders.
    """
    sale_rows, po_rows = set(sale_rows), set(po_rows)
    if not sale_rows and not po_rows:
        return {}
    now = set(received_now)
    pegs: list[LivePeg] = []
    needed: dict[int, int] = {}
    outstanding: dict[int, int] = {}
    for key, po_row, row, live, _quantity, placed_at, number, position, needs, comes in live_pegs(
        work.db, sale_rows, po_rows
    ):
        pegs.append(LivePeg(key, po_row, row, live, (placed_at, number, position), po_row in now))
        if row in sale_rows:
            needed[row] = max(needs, 0)
        if po_row in po_rows:
            outstanding[po_row] = max(comes, 0)
    ended = shrink(pegs, needed, outstanding)
    update_many(
        work.db, peg, [{"id": key, "live": -units} for key, units in sorted(ended.items())],
        add=("live",),
    )  # fmt: skip
    return ended


def pegged_orders(db: Connection, sale_ids: Iterable[int]) -> set[int]:
    """Purchase orders with live pegs to the sales: their lock guards those pegs.

    Read it with the sales locked: then no new peg to them can appear.
    """
    return set(
        db.execute(
            select(purchase_row.c.po_id)
            .join(peg, peg.c.po_row_id == purchase_row.c.id)
            .join(sale_row, sale_row.c.id == peg.c.sale_row_id)
            .where(peg.c.live > 0, sale_row.c.sale_id.in_(ids_in(db, sale_ids)))
            .distinct()
        ).scalars()
    )


def live_pegs(db: Connection, sale_rows: Iterable[int], po_rows: Iterable[int]) -> Sequence[Any]:
    """Read the live pegs touching any of the rows.

    Columns: id, po_row_id, sale_row_id, live, quantity, placed_at, number, position, needed (0 for
    a cancelled sale), outstanding (0 where the order is not open).
    """
    return db.execute(
        _live_pegs(is_postgres(db)),
        {"sale_rows": id_list(sale_rows), "po_rows": id_list(po_rows)},
    ).all()


@cache
def _live_pegs(postgres: bool) -> Select[Any]:
    return (
        select(
            peg.c.id,
            peg.c.po_row_id,
            peg.c.sale_row_id,
            peg.c.live,
            peg.c.quantity,
            sale.c.placed_at,
            sale.c.number,
            sale_row.c.position,
            case(
                (order_status.c.is_cancelled == 1, 0),
                else_=sale_row.c.ordered - sale_row.c.reserved - sale_row.c.fulfilled,
            ).label("needed"),
            case(
                (
                    and_(
                        purchase_order.c.state.in_(OPEN_STATES),
                        purchase_row.c.ordered > purchase_row.c.received,
                    ),
                    purchase_row.c.ordered - purchase_row.c.received,
                ),
                else_=0,
            ).label("outstanding"),
        )
        .join(sale_row, sale_row.c.id == peg.c.sale_row_id)
        .join(sale, sale.c.id == sale_row.c.sale_id)
        .join(order_status, order_status.c.id == sale.c.status_id)
        .join(purchase_row, purchase_row.c.id == peg.c.po_row_id)
        .join(purchase_order, purchase_order.c.id == purchase_row.c.po_id)
        .where(
            peg.c.live > 0,
            # A union finds each side by its index; OR would read every live peg.
            peg.c.id.in_(
                select(peg.c.id)
                .where(peg.c.sale_row_id.in_(ids_named(postgres, "sale_rows")))
                .union(select(peg.c.id).where(peg.c.po_row_id.in_(ids_named(postgres, "po_rows"))))
            ),
        )
    )


def revive_pegs(work: Work, ended: Mapping[int, int]) -> None:
    """Give ended units back to pegs, then cut what no longer fits: for undo."""
    if not ended:
        return
    update_many(
        work.db, peg, [{"id": key, "live": units} for key, units in sorted(ended.items())],
        add=("live",),
    )  # fmt: skip
    rows = work.db.execute(
        select(peg.c.sale_row_id, peg.c.po_row_id).where(peg.c.id.in_(ids_in(work.db, ended)))
    ).all()
    shrink_pegs(work, sale_rows={r.sale_row_id for r in rows}, po_rows={r.po_row_id for r in rows})


def known_sales(db: Connection, sale_ids: Iterable[int]) -> list[int]:
    """The ids, sorted; raises Rejected("unknown_sales") for those that do not exist."""
    wanted = set(sale_ids)
    found = set(db.execute(select(sale.c.id).where(sale.c.id.in_(ids_in(db, wanted)))).scalars())
    if wanted - found:
        raise Rejected("unknown_sales", sorted(wanted - found))
    if not wanted:
        raise Rejected("no_sales_chosen")
    return sorted(found)


def change_status(work: Work, sale_ids: Iterable[int], status_id: int) -> dict[int, int]:
    """Set the order status of locked sales, with ledger and notes; returns {sale id: old status}.

    For statuses that neither cancel nor revive: cancelling has consequences (R2.7) and goes
    through ``sales.cancel``. Raises Rejected("unknown_status" | "status_cancels").
    """
    wanted = work.db.execute(
        select(order_status).where(order_status.c.id == status_id, order_status.c.document == "SO")
    ).one_or_none()
    if wanted is None:
        raise Rejected("unknown_status", status_id=status_id)
    old = order_status.alias("old")
    found = work.db.execute(
        select(sale.c.id, sale.c.status_id, old.c.name, old.c.is_cancelled)
        .join(old, old.c.id == sale.c.status_id)
        .where(sale.c.id.in_(ids_in(work.db, sale_ids)), sale.c.status_id != status_id)
        .order_by(sale.c.id)
    ).all()
    if wanted.is_cancelled or any(row.is_cancelled for row in found):
        raise Rejected("status_cancels", [row.id for row in found if row.is_cancelled])
    waits = int(not (wanted.is_quote or wanted.is_on_hold or wanted.is_closed))
    moved = {row.id: row.status_id for row in found}
    write_statuses(
        work, moved, {row.id: status_id for row in found}, {row.id: waits for row in found}
    )
    add_notes(
        work,
        [("SO", row.id, "status_changed", {"from": row.name, "to": wanted.name}) for row in found],
    )
    return moved


def write_statuses(
    work: Work, old: Mapping[int, int], new: Mapping[int, int], waits: Mapping[int, int]
) -> None:
    """Store statuses {sale id: status id} with their ledger rows; announces the sales."""
    if not new:
        return
    update_many(
        work.db,
        sale,
        [
            {"id": key, "status_id": new[key], "waits": waits[key], "version": 1}
            for key in sorted(new)
        ],
        add=("version",),
    )
    insert_many(
        work.db,
        status_change,
        [
            {"journal_id": work.journal_id, "sale_id": key, "from_id": old[key], "to_id": new[key]}
            for key in sorted(new)
        ],
    )
    work.touched(Topic.SALES, new)


def add_notes(work: Work, notes: Sequence[tuple[str, int, str, Mapping[str, Any]]]) -> None:
    """Write (document "SO" | "PO" | "GI" | "PR", its id, kind, params) notes (R5.8, R11.2)."""
    insert_many(
        work.db,
        note,
        [
            {
                "document": document,
                "document_id": document_id,
                "kind": kind,
                "params": dict(params),
                "at": work.at,
                "person_id": work.actor.person_id,
                "journal_id": work.journal_id,
            }
            for document, document_id, kind, params in notes
        ],
    )


def named_sales(sales: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The ``sales`` and ``more`` parameters of a note: the first ones by name, the rest counted."""
    listed = list(sales)
    return {
        "sales": [dict(one) for one in listed[:SALES_NAMED_MAX]],
        "more": max(len(listed) - SALES_NAMED_MAX, 0),
    }
