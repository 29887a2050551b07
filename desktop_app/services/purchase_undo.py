"""Undoing a batch or a clone, whole or not at all (R3.13, architecture section 5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import delete, func, select, update

from .backend import Undone, Work
from .books import add_notes, refresh_purchases, write_statuses
from .changes import Topic
from .drop_ship_back import orders_of_pegs, released_rows, undo_placing
from .errors import Rejected
from .rules.money import row_total
from .store.bulk import ids_in, update_many
from .store.tables import (
    currency,
    note,
    order_status,
    peg,
    purchase_batch,
    purchase_order,
    purchase_row,
    sale,
    sale_row,
    status_change,
)


def undo_batch(work: Work, original: Undone) -> dict[str, Any]:
    """Cancel the orders, free the pegs, put statuses back; the notes are struck by ``Backend``.

    Returns {batch_id, orders: [numbers], sales_restored, sales_kept}: kept are the sales whose
    status somebody changed since. Raises Rejected("batch_in_use", items=[{id, number, reason}])
    with reason "received" | "shipped" (by the supplier, to the customer) | "sent" | "changed" |
    "promised" (units on it were set aside for another run's sales).
    """
    data = original.data
    orders: list[int] = data["orders"]
    appended: dict[int, int] = dict(data.get("appended", []))
    touched = [*(one[0] for one in data["pegs"]), *map(int, data.get("freed", {}))]
    sales, purchases = _concerned(work, original, [*orders, *appended], touched)
    _lock_stock(work, data)
    work.locks.take_sales(sales)
    work.locks.take_purchases(purchases)
    made = {one["id"]: one for one in original.result["orders"] if one["id"] in set(orders)}
    blocked = _in_the_way(work, original, made, appended, data.get("added", []))
    if blocked:
        raise Rejected("batch_in_use", blocked)
    noted = _noted(work, original)
    undo_placing(work, orders, data)
    _free_pegs(work, data["pegs"])
    _take_from_drafts(work, data, list(appended))
    _cancel(work, orders)
    restored, kept = _statuses_back(work, original)
    work.db.execute(
        update(purchase_batch)
        .where(purchase_batch.c.id == data["batch"])
        .values(undone_by=work.journal_id)
    )
    add_notes(
        work,
        [(document, key, "batch_undone", {"batch": data["batch"]}) for document, key in noted],
    )
    work.touched(Topic.BATCHES, [data["batch"]])
    work.touched(Topic.PURCHASES, purchases)
    work.touched(Topic.SALES, sales)
    numbers = work.db.execute(
        select(purchase_order.c.number)
        .where(purchase_order.c.id.in_(ids_in(work.db, orders)))
        .order_by(purchase_order.c.number)
    ).scalars()
    return {
        "batch_id": data["batch"],
        "orders": list(numbers),
        "sales_restored": restored,
        "sales_kept": kept,
    }


def undo_clone(work: Work, original: Undone) -> dict[str, Any]:
    """Cancel the order of a clone and put the sale's status back unless it was changed since.

    Returns {id, number, sale_restored}. Raises Rejected("clone_in_use", items=[{id, number,
    reason}]) with the reasons of ``undo_batch``.
    """
    data = original.data
    po_id, sale_id = data["order"], data["sale"]
    _lock_stock(work, data)
    work.locks.take_sales([sale_id])
    work.locks.take_purchases({po_id, *orders_of_pegs(work.db, data.get("freed", {}))})
    blocked = _in_the_way(work, original, {po_id: original.result}, {}, [])
    if blocked:
        raise Rejected("clone_in_use", blocked)
    undo_placing(work, [po_id], data)
    _cancel(work, [po_id])
    restored, _kept = _statuses_back(work, original)
    work.touched(Topic.PURCHASES, [po_id])
    work.touched(Topic.SALES, [sale_id])
    number = work.db.execute(
        select(purchase_order.c.number).where(purchase_order.c.id == po_id)
    ).scalar_one()
    return {"id": po_id, "number": number, "sale_restored": restored > 0}


def _lock_stock(work: Work, data: Mapping[str, Any]) -> None:
    """The levels of what drop-ship orders released: it is reserved again."""
    rows = released_rows(work.db, data.get("released", ()))
    work.locks.take_stock({(row.warehouse_id, row.product_id) for row in rows})


def _concerned(
    work: Work, original: Undone, orders: list[int], pegs: list[int]
) -> tuple[set[int], set[int]]:
    """The sales and orders that the undo writes to."""
    found = work.db.execute(
        select(sale_row.c.sale_id, purchase_row.c.po_id)
        .select_from(peg)
        .join(sale_row, sale_row.c.id == peg.c.sale_row_id)
        .join(purchase_row, purchase_row.c.id == peg.c.po_row_id)
        .where(
            purchase_row.c.po_id.in_(ids_in(work.db, orders)) | peg.c.id.in_(ids_in(work.db, pegs))
        )
        .distinct()
    ).all()
    moved = work.db.execute(
        select(status_change.c.sale_id).where(status_change.c.journal_id == original.journal_id)
    ).scalars()
    return {one[0] for one in found} | set(moved), {one[1] for one in found} | set(orders)


def _in_the_way(
    work: Work,
    original: Undone,
    ours: Mapping[int, Mapping[str, Any]],
    appended: Mapping[int, int],
    added: list[int],
) -> list[dict[str, Any]]:
    """Every order in the way and why.

    An order we made (``ours``: as the command said it made it) counts as changed by what it says
    now, not by its version: what was done to it and taken back again is in nobody's way. A draft
    of others that we only added to (``appended``: its version then) must not have moved at all.
    """
    po, row = purchase_order.c, purchase_row.c
    found = work.db.execute(
        select(
            po.id, po.number, po.state, po.version, po.total, po.expected_on, po.drop_ship,
            func.coalesce(func.sum(row.received), 0).label("received"),
            func.coalesce(func.sum(row.ordered), 0).label("units"),
            func.count(row.id).label("lines"),
        )
        .outerjoin(purchase_row, row.po_id == po.id)
        .where(po.id.in_(ids_in(work.db, [*ours, *appended])))
        .group_by(po.id)
        .order_by(po.number)
    ).all()  # fmt: skip
    promised = set(
        work.db.execute(
            select(row.po_id)
            .join(peg, peg.c.po_row_id == row.id)
            .where(
                row.po_id.in_(ids_in(work.db, ours)) | row.id.in_(ids_in(work.db, added)),
                peg.c.live > 0,
                peg.c.journal_id != original.journal_id,
            )
            .distinct()
        ).scalars()
    )
    in_the_way = []
    for one in found:
        reason = None
        if one.id in ours and one.received > 0:
            reason = "shipped" if one.drop_ship else "received"
        elif one.state == "sent":
            reason = "sent"
        elif one.state != "draft" or not _as_it_was(one, ours.get(one.id), appended):
            reason = "changed"
        elif one.id in promised:
            reason = "promised"
        if reason is not None:
            in_the_way.append({"id": one.id, "number": one.number, "reason": reason})
    return in_the_way


def _as_it_was(now: Any, made: Mapping[str, Any] | None, appended: Mapping[int, int]) -> bool:
    if made is None:
        return bool(now.version == appended[now.id])
    expected = now.expected_on.isoformat() if now.expected_on is not None else None
    return (now.lines, now.units, now.total, expected) == (
        made["lines"], made["units"], made["total"], made["expected_on"],
    )  # fmt: skip


def _noted(work: Work, original: Undone) -> list[tuple[str, int]]:
    """The documents with cross-reference notes of this batch: they get to know of the undo."""
    return [
        (one[0], one[1])
        for one in work.db.execute(
            select(note.c.document, note.c.document_id)
            .where(
                note.c.journal_id == original.journal_id,
                note.c.kind.in_(("ordered", "raised_for", "set_aside")),
            )
            .distinct()
            .order_by(note.c.document, note.c.document_id)
        )
    ]


def _free_pegs(work: Work, changed: Iterable[list[int]]) -> None:
    """Take back what was pegged on order rows that had been there before."""
    deltas = {one[0]: one for one in changed}
    if not deltas:
        return
    gone: list[int] = []
    kept: list[dict[str, int]] = []
    for one in work.db.execute(
        select(peg.c.id, peg.c.quantity, peg.c.live).where(peg.c.id.in_(ids_in(work.db, deltas)))
    ):
        _id, units, added = deltas[one.id]
        live = one.live - min(one.live, added)
        quantity = max(one.quantity - units, live)
        if quantity <= 0:
            gone.append(one.id)
        else:
            kept.append({"id": one.id, "quantity": quantity, "live": live})
    work.db.execute(delete(peg).where(peg.c.id.in_(ids_in(work.db, gone))))
    update_many(work.db, peg, kept)


def _take_from_drafts(work: Work, data: dict[str, Any], drafts: list[int]) -> None:
    """Drafts that were added to become what they were; rows that were added go."""
    if not drafts:
        return
    added = ids_in(work.db, data["added"])
    work.db.execute(delete(peg).where(peg.c.po_row_id.in_(added)))
    work.db.execute(delete(purchase_row).where(purchase_row.c.id.in_(added)))
    before = {row_id: (units, cost) for row_id, units, cost in data["raised"]}
    rows = work.db.execute(
        select(purchase_row.c.id, purchase_row.c.ordered, currency.c.digits)
        .join(purchase_order, purchase_order.c.id == purchase_row.c.po_id)
        .join(currency, currency.c.code == purchase_order.c.currency)
        .where(purchase_row.c.id.in_(ids_in(work.db, before)))
    ).all()
    update_many(
        work.db,
        purchase_row,
        [
            {
                "id": one.id,
                "ordered": one.ordered - before[one.id][0],
                "cost": before[one.id][1],
                "total": row_total(one.ordered - before[one.id][0], before[one.id][1], one.digits),
                "version": 1,
            }
            for one in rows
        ],
        add=("version",),
    )
    refresh_purchases(work, drafts)


def _cancel(work: Work, orders: list[int]) -> None:
    mine = select(purchase_row.c.id).where(purchase_row.c.po_id.in_(ids_in(work.db, orders)))
    work.db.execute(update(peg).where(peg.c.po_row_id.in_(mine), peg.c.live > 0).values(live=0))
    work.db.execute(
        update(purchase_order)
        .where(purchase_order.c.id.in_(ids_in(work.db, orders)))
        .values(state="cancelled", to_come=0, version=purchase_order.c.version + 1)
    )


def _statuses_back(work: Work, original: Undone) -> tuple[int, int]:
    """Put each status back that nobody changed since; returns how many, and how many had moved."""
    mine = {
        one.sale_id: one
        for one in work.db.execute(
            select(status_change).where(status_change.c.journal_id == original.journal_id)
        )
    }
    if not mine:
        return 0, 0
    last = (
        select(status_change.c.sale_id, func.max(status_change.c.id).label("id"))
        .where(status_change.c.sale_id.in_(ids_in(work.db, mine)))
        .group_by(status_change.c.sale_id)
        .subquery("last")
    )
    unchanged = [
        mine[one.sale_id]
        for one in work.db.execute(
            select(last.c.sale_id, last.c.id, sale.c.status_id).join(
                sale, sale.c.id == last.c.sale_id
            )
        )
        if mine[one.sale_id].id == one.id and mine[one.sale_id].to_id == one.status_id
    ]
    flags = order_status.c
    waits = {
        one.id: int(not (one.is_quote or one.is_cancelled or one.is_on_hold or one.is_closed))
        for one in work.db.execute(
            select(flags.id, flags.is_quote, flags.is_cancelled, flags.is_on_hold, flags.is_closed)
        )
    }
    write_statuses(
        work,
        {one.sale_id: one.to_id for one in unchanged},
        {one.sale_id: one.from_id for one in unchanged},
        {one.sale_id: waits[one.from_id] for one in unchanged},
    )
    return len(unchanged), len(mine) - len(unchanged)
