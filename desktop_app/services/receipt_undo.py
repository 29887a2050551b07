"""Taking a receipt back, whole or by the row, while that can still be done (R5.10).

Nothing is deleted: counter-movements, releases and notes are written. The whole note goes by
``Backend.undo``, a row by ``undo_row``; ``undo_preview`` says beforehand what either would do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import func, or_, select, update

from . import settings
from .access import Permission
from .backend import Again, Undone, Work, command
from .books import (
    add_notes,
    change_levels,
    named_sales,
    pegged_orders,
    refresh_purchases,
    refresh_sales,
    revive_pegs,
)
from .changes import Topic
from .errors import Conflict, NotAllowed, Rejected
from .quiet import no_collection
from .receipt_posting import quarantine
from .receiving import receive, receive_all
from .rules.money import row_total
from .store.bulk import ids_in, insert_many, is_postgres, update_many
from .store.tables import (
    goods_in,
    goods_in_row,
    movement,
    peg,
    purchase_order,
    purchase_row,
    sale_event,
    sale_row,
)
from .undo_facts import (
    Blocker,
    PostedRow,
    Release,
    Released,
    UndoFacts,
    UndoPreview,
    blockers_of,
    facts_of,
    preview_of,
    rows_of_command,
    undo_data,
    undo_preview,
)


@receive.undone_by
def _undo_receipt(work: Work, original: Undone) -> dict[str, Any]:
    """Take a whole receipt back; raises as ``undo_row``."""
    with no_collection():
        facts = _locked(work, rows_of_command(work.db, original.journal_id))
        return _take_back(work, facts, original.data, whole=True)


receive_all.undone_by(_undo_receipt)


@command("Undo a goods-in row", needs=Permission.RECEIVE)
def undo_row(work: Work, row_id: int, agreed: str | None = None) -> dict[str, Any]:
    """Take one row of a goods-in note back (R5.10); the whole note goes by ``Backend.undo``.

    Result: ``{"goods_in": {id, number}, "po": {id, number}, "units", "released": [{id, number,
    units}]}``. Raises Rejected("receipt_in_use", [Blocker, ...]) | "already_undone" |
    "unknown_goods_in"), NotAllowed("not_yours_to_undo"), Conflict("undo_changed", now=UndoPreview).
    """
    known = work.db.execute(
        select(goods_in.c.person_id)
        .join(goods_in_row, goods_in_row.c.goods_in_id == goods_in.c.id)
        .where(goods_in_row.c.id == row_id)
    ).scalar_one_or_none()
    if known is None:
        raise Rejected("unknown_goods_in", [row_id])
    if known != work.actor.person_id and not work.actor.may(Permission.UNDO_OTHERS):
        raise NotAllowed("not_yours_to_undo", command="Receive goods")
    facts = _locked(work, [row_id])
    if agreed is not None and agreed != facts.fingerprint:
        raise Conflict("undo_changed", preview_of(work.db, facts))
    row = facts.rows[0]
    return _take_back(work, facts, undo_data(work.db, [row.journal_id])[row.journal_id])


def _locked(work: Work, row_ids: Sequence[int]) -> UndoFacts:
    facts = facts_of(work.db, row_ids)
    work.locks.take_stock(facts.pairs)
    work.locks.take_sales(facts.sale_ids)
    work.locks.take_purchases(facts.po_ids | pegged_orders(work.db, facts.sale_ids))
    if is_postgres(work.db):
        facts = facts_of(work.db, row_ids)
        if not facts.sale_ids <= work.locks.sales:
            raise Again
    blockers = blockers_of(work.db, facts)
    if blockers:
        raise Rejected("receipt_in_use", [asdict(one) for one in blockers])
    return facts


def _take_back(
    work: Work, facts: UndoFacts, data: dict[str, Any], *, whole: bool = False
) -> dict[str, Any]:
    released = [one for one in facts.releases if one.reserved]
    _write_ledger(work, facts, released)
    _write_levels(work, facts, released)
    _write_rows(work, facts, released, data.get("raised", ()) if whole else ())
    _write_heads(work, facts, data, whole=whole)
    refresh_sales(work, {one.sale_id for one in released})
    refresh_purchases(work, facts.po_ids)
    _give_back_pegs(work, facts, released, data)
    _write_notes(work, facts, released)
    work.touched(Topic.STOCK, {product_id for _place, product_id in facts.pairs})
    first = facts.rows[0]
    sales: dict[tuple[int, int], int] = defaultdict(int)
    for one in released:
        sales[one.sale_id, one.number] += one.reserved
    return {
        "goods_in": {"id": first.goods_in_id, "number": first.number},
        "po": {"id": first.po_id, "number": first.po_number},
        "units": sum(row.quantity for row in facts.rows),
        "released": [
            {"id": key, "number": number, "units": units} for (key, number), units in sales.items()
        ],
    }


def _write_ledger(work: Work, facts: UndoFacts, released: Sequence[Release]) -> None:
    """Counter-movements and counter-events (R1.2); the rows are marked, not deleted."""
    insert_many(
        work.db,
        movement,
        [
            {
                "journal_id": work.journal_id,
                "kind": "receipt",
                "warehouse_id": row.warehouse_id,
                "location_id": row.location_id,
                "product_id": row.product_id,
                "quantity": -row.quantity,
                "cost": row.stock_cost,
                "at": work.at,
                "goods_in_row_id": row.id,
                "reverses": row.movement_id,
            }
            for row in facts.rows
            if row.movement_id is not None
        ],
    )
    insert_many(
        work.db,
        sale_event,
        [
            {
                "journal_id": work.journal_id,
                "sale_row_id": one.sale_row_id,
                "d_reserved": -one.reserved,
                "d_fulfilled": 0,
                "d_shipped": 0,
                "goods_in_row_id": one.row.id,
            }
            for one in released
        ],
    )
    work.db.execute(
        update(goods_in_row)
        .where(goods_in_row.c.id.in_(ids_in(work.db, [row.id for row in facts.rows])))
        .values(undone_by=work.journal_id)
    )


def _write_levels(work: Work, facts: UndoFacts, released: Sequence[Release]) -> None:
    moved: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
    bad: dict[int, int] = defaultdict(int)
    for row in facts.rows:
        if row.kind == "stock":
            moved[row.warehouse_id, row.product_id][0] -= row.quantity
            if row.quarantined:
                bad[row.product_id] -= row.quantity
    for one in released:
        moved[one.row.warehouse_id, one.row.product_id][1] -= one.reserved
    quarantine(work, facts.rows[0].warehouse_id, bad)
    change_levels(work.db, {pair: (stock, alloc) for pair, (stock, alloc) in moved.items()})


def _write_rows(
    work: Work,
    facts: UndoFacts,
    released: Sequence[Release],
    raised: Iterable[Sequence[int]],
) -> None:
    per_sale_row: dict[int, int] = defaultdict(int)
    for one in released:
        per_sale_row[one.sale_row_id] -= one.reserved
    update_many(
        work.db,
        sale_row,
        [{"id": key, "reserved": units} for key, units in sorted(per_sale_row.items())],
        add=("reserved",),
    )
    taken: dict[int, int] = defaultdict(int)
    for row in facts.rows:
        taken[row.po_row_id] += row.quantity
    raises = {key: (before, to) for key, before, to in raised}
    update_many(
        work.db,
        purchase_row,
        [
            _row_back(row, taken[key], raises.get(key))
            for key, row in sorted({row.po_row_id: row for row in facts.rows}.items())
        ],
        add=("version",),
    )


def _row_back(row: PostedRow, units: int, raised: tuple[int, int] | None) -> dict[str, int]:
    """A purchase order row without the units; a raise goes back where nobody changed it since."""
    received, ordered, total = row.received - units, row.ordered, row.total
    if raised is not None and raised[1] == ordered and received <= raised[0]:
        ordered = raised[0]
        total = row_total(ordered, row.cost, row.digits)
    return {
        "id": row.po_row_id,
        "ordered": ordered,
        "received": received,
        "total": total,
        "over_allowed": int(received > ordered),
        "version": 1,
    }


def _write_heads(work: Work, facts: UndoFacts, data: dict[str, Any], *, whole: bool) -> None:
    """Open an order that the receipt ended; put its label back where nobody changed it since."""
    heads = {key: rest for key, *rest in data.get("heads", ()) if key in facts.po_ids}
    if not heads:
        return
    left = {
        row.po_id: row.received
        for row in work.db.execute(
            select(purchase_row.c.po_id, func.sum(purchase_row.c.received).label("received"))
            .where(purchase_row.c.po_id.in_(ids_in(work.db, heads)))
            .group_by(purchase_row.c.po_id)
        )
    }
    part = settings.value(work.db, settings.STATUS_PART, facts.rows[0].warehouse_id)
    orders = {row.po_id: row for row in facts.rows}
    changed = []
    for key, (old, new, before, state) in sorted(heads.items()):
        label = orders[key].status_id
        if label in (new, part):
            label = old if whole or not left[key] else (part or label)
        closed_here = orders[key].state == state == "closed"
        changed.append(
            {"id": key, "status_id": label, "state": before if closed_here else orders[key].state}
        )
    update_many(work.db, purchase_order, changed)


def _give_back_pegs(
    work: Work, facts: UndoFacts, released: Sequence[Release], data: dict[str, Any]
) -> None:
    """Pegs that ended because these units came live again, as far as both sides still fit (R1.7)."""
    ended = {int(key): units for key, units in data.get("pegs", {}).items()}
    if not ended:
        return
    po_rows = {row.po_row_id for row in facts.rows}
    sale_rows = {one.sale_row_id for one in released}
    back = {
        row.id: min(ended[row.id], row.quantity - row.live)
        for row in work.db.execute(
            select(peg).where(
                peg.c.id.in_(ids_in(work.db, ended)),
                or_(
                    peg.c.po_row_id.in_(ids_in(work.db, po_rows)),
                    peg.c.sale_row_id.in_(ids_in(work.db, sale_rows)),
                ),
            )
        )
    }
    revive_pegs(work, {key: units for key, units in back.items() if units > 0})


def _write_notes(work: Work, facts: UndoFacts, released: Sequence[Release]) -> None:
    """One on each order naming the sales, one on each sale that loses units."""
    notes: list[tuple[str, int, str, dict[str, Any]]] = []
    for goods_in_id in sorted({row.goods_in_id for row in facts.rows}):
        rows = [row for row in facts.rows if row.goods_in_id == goods_in_id]
        head = rows[0]
        note_in = {"id": goods_in_id, "number": head.number}
        mine: dict[tuple[int, int], dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for one in released:
            if one.row.goods_in_id == goods_in_id:
                mine[one.sale_id, one.number][one.row.sku] += one.reserved
        sales = [
            {"id": key, "number": number, "units": sum(items.values())}
            for (key, number), items in mine.items()
        ]
        units = sum(row.quantity for row in rows)
        apart = sum(row.quantity for row in rows if row.quarantined)
        params = {"goods_in": note_in, "units": units, **named_sales(sales)}
        params |= {"quarantined": apart} if apart else {}
        notes.append(("PO", head.po_id, "receipt_undone", params))
        po = {"id": head.po_id, "number": head.po_number}
        notes += [
            (
                "SO", key, "allocation_released",
                {
                    "po": po,
                    "goods_in": note_in,
                    "items": [{"sku": sku, "units": part} for sku, part in items.items()],
                },
            )
            for (key, _number), items in mine.items()
        ]  # fmt: skip
    add_notes(work, notes)


__all__ = ["Blocker", "Released", "UndoPreview", "undo_preview", "undo_row"]
