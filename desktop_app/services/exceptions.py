"""The exceptions desk: what a shop sold and the books lack, put right in one step (R7.9, EXC-03).

``preview(db, request)`` -> the plan with before and after; ``fix(request, agreed)`` does it: stock
made right, allocated, put on notes, handed over, in one transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from .access import Permission
from .backend import Undone, Work, command
from .books import (
    Reservation,
    add_notes,
    pegged_orders,
    refresh_sales,
    reserve,
    shrink_pegs,
)
from .errors import Conflict, NotAllowed, Rejected
from .exceptions_preview import FixRequest, Lack, Plan, PlanRow, PlanSale, Source, preview
from .goods_out_facts import refuse_shipped
from .goods_out_writing import NoteUnits, note_rows, put_on_notes, ship_notes, take_off_notes
from .sales import revive_as_far, touch_stock
from .stock_writing import Correction, correct_levels, known_transfer, move_now, reverse, settle
from .store.bulk import ids_in, is_postgres, update_many
from .store.tables import (
    goods_out,
    movement,
    sale,
    sale_row,
    transfer,
    transfer_movement,
    transfer_row,
    warehouse,
)

REFERENCE_SALES = 8
"""A transfer's reference names at most so many orders."""


@command("Fix shop orders", needs=Permission.SHIP)
def fix(work: Work, request: FixRequest, agreed: str) -> dict[str, Any]:
    """Do what the plan says, all of it or nothing (R7.9, EXC-03).

    Result: ``{"sales", "moved", "corrected", "given", "shipped", "final", "still_short"}``. Can be
    undone where nothing was handed over. Raises Conflict("exceptions_changed", now=Plan) when the
    facts moved, Rejected("nothing_to_fix"), NotAllowed for a correction below manager (R11.1).
    """
    seen = preview(work.db, request)
    if request.may_correct and not work.actor.may(Permission.CORRECT_STOCK):
        needs = Permission.CORRECT_STOCK.value
        raise NotAllowed("not_allowed", command="Fix shop orders", needs=needs)
    pairs = {(row.warehouse_id, row.product_id) for row in seen.rows}
    pairs |= {
        (step.from_id, step.product_id)
        for one in seen.lacks
        for step in one.steps
        if step.from_id is not None
    }
    work.locks.take_stock(pairs)
    ids = [one.id for one in seen.sales]
    work.locks.take_sales(ids)
    if is_postgres(work.db):
        work.locks.take_purchases(pegged_orders(work.db, ids))
    plan = preview(work.db, request)
    if plan.fingerprint != agreed:
        raise Conflict("exceptions_changed", plan)
    if not plan.does_something:
        raise Rejected("nothing_to_fix")
    return _do(work, plan)


def _do(work: Work, plan: Plan) -> dict[str, Any]:
    moves, corrected = _make_right(work, plan)
    given = [
        Reservation(row.id, row.sale_id, row.warehouse_id, row.product_id, row.given)
        for row in plan.rows
        if row.given
    ]
    reserve(work, given)
    ended = shrink_pegs(work, sale_rows={one.sale_row_id for one in given})
    touch_stock(work, given)
    # Goods handed over and goods that a warehouse ships later never share a note.
    handed = put_on_notes(work, _units(plan, "now"))
    later = put_on_notes(work, _units(plan, "ship_later"))
    if plan.final:
        ship_notes(work, handed.values())
    changed = {one.id for one in plan.sales}
    refresh_sales(work, changed)
    notes = sorted({*handed.values(), *later.values()})
    _tell(work, plan, moves, notes)
    if not plan.final:
        work.can_undo(
            {
                "moves": moves,
                "corrections": corrected,
                "rows": [[one.sale_row_id, one.units] for one in given],
                "pegs": {str(key): units for key, units in ended.items()},
                "notes": notes,
                "sales": sorted(changed),
            }
        )
    return {
        "sales": len(plan.sales), "moved": plan.moved, "corrected": plan.corrected,
        "given": plan.given, "shipped": plan.shipped, "final": plan.final,
        "still_short": sum(not one.complete for one in plan.sales),
    }  # fmt: skip


def _make_right(work: Work, plan: Plan) -> tuple[list[int], list[int]]:
    """Step 1; returns the ids of the transfers and of the corrections' movements."""
    steps = [step for one in plan.lacks for step in one.steps]
    legs: dict[tuple[int, int], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for step in steps:
        if step.from_id is not None:
            legs[step.from_id, step.warehouse_id][step.product_id] += step.units
    numbers = ", ".join(f"#{one.number}" for one in plan.sales[:REFERENCE_SALES])
    moves = [
        move_now(work, *leg, dict(goods), reference=numbers) for leg, goods in sorted(legs.items())
    ]
    wanted = [
        Correction(step.warehouse_id, step.product_id, step.units, "not_on_record", text=numbers)
        for step in steps
        if step.from_id is None
    ]
    return moves, correct_levels(work, wanted) if wanted else []


def _units(plan: Plan, method: str) -> list[NoteUnits]:
    return [
        NoteUnits(row.id, row.sale_id, row.warehouse_id, row.product_id, row.to_note)
        for row in plan.rows
        if row.to_note and row.method == method
    ]


def _tell(work: Work, plan: Plan, moves: Sequence[int], notes: Sequence[int]) -> None:
    """A note on each order: what was moved and corrected for its products, and what it got."""
    t = transfer.c
    transfers = {
        row.id: row
        for row in work.db.execute(
            select(t.id, t.number, t.to_id, warehouse.c.name)
            .join(warehouse, warehouse.c.id == t.from_id)
            .where(t.id.in_(ids_in(work.db, moves)))
        )
    }
    n = goods_out.c
    numbers: dict[int, list[int]] = defaultdict(list)
    for row in work.db.execute(
        select(n.sale_id, n.number).where(n.id.in_(ids_in(work.db, notes))).order_by(n.number)
    ):
        numbers[row.sale_id].append(row.number)
    corrected = {
        (step.warehouse_id, step.product_id)
        for one in plan.lacks
        for step in one.steps
        if step.from_id is None
    }
    told: list[tuple[str, int, str, Mapping[str, Any]]] = []
    for one in plan.sales:
        mine = [row for row in plan.rows if row.sale_id == one.id]
        got = [row for row in mine if row.given]
        if not got and not numbers[one.id]:
            continue
        places = {row.warehouse_id for row in got}
        about = {
            "items": [{"sku": row.sku, "units": row.given} for row in got],
            "transfers": [
                {"id": row.id, "number": row.number, "from": row.name}
                for row in transfers.values()
                if row.to_id in places
            ],
            "corrected": [
                row.sku for row in got if (row.warehouse_id, row.product_id) in corrected
            ],
            "notes": numbers[one.id],
            "shipped": sum(row.to_ship for row in mine),
        }
        told.append(("SO", one.id, "exception_fixed", about))
    add_notes(work, told)


@fix.undone_by
def _unfix(work: Work, original: Undone) -> dict[str, Any]:
    """Notes taken off, goods released, moved back, corrections taken back: as one.

    Raises Rejected("notes_gone" | "notes_shipped" | "allocation_in_use" | "more_than_on_hand" |
    "transfer_not_open").
    """
    data = original.data
    units = dict(data["rows"])
    held = note_rows(work.db, data["notes"])
    r = sale_row.c
    rows = work.db.execute(select(sale_row).where(r.id.in_(ids_in(work.db, units)))).all()
    pairs = {(row.warehouse_id, row.product_id) for row in [*held, *rows]}
    pairs |= {
        (place, row.product_id)
        for row in _moved_rows(work.db, data["moves"])
        for place in (row.from_id, row.to_id)
    }
    work.locks.take_stock(pairs)
    work.locks.take_sales(data["sales"])
    if is_postgres(work.db):
        work.locks.take_purchases(pegged_orders(work.db, data["sales"]))
    _still_there(work.db, data["notes"])
    take_off_notes(work, data["notes"])
    _release(work, units)
    revive_as_far(work, data["pegs"])
    if data["corrections"]:
        reverse(work, data["corrections"])
    for key in data["moves"]:
        _move_back(work, key, original.journal_id)
    refresh_sales(work, data["sales"])
    return {"sales": len(data["sales"]), "units": sum(units.values())}


def _moved_rows(db: Connection, moves: Sequence[int]) -> list[Any]:
    return list(
        db.execute(
            select(transfer.c.from_id, transfer.c.to_id, transfer_row.c.product_id)
            .join(transfer_row, transfer_row.c.transfer_id == transfer.c.id)
            .where(transfer.c.id.in_(ids_in(db, moves)))
        ).all()
    )


def _move_back(work: Work, transfer_id: int, journal_id: str) -> None:
    """The goods of a transfer return to where they came from; the transfer is cancelled."""
    head = known_transfer(work.db, transfer_id)
    if head.state != "received":
        raise Rejected("transfer_not_open", number=head.number, state=head.state)
    m, link = movement.c, transfer_movement.c
    moved = work.db.execute(
        select(m.id, m.kind, m.quantity, link.transfer_row_id)
        .join(transfer_movement, link.movement_id == m.id)
        .join(transfer_row, transfer_row.c.id == link.transfer_row_id)
        .where(transfer_row.c.transfer_id == transfer_id, m.journal_id == journal_id)
    ).all()
    reverse(work, [row.id for row in moved])
    came: dict[int, int] = defaultdict(int)
    for row in moved:
        if row.kind == "transfer_in":
            came[row.transfer_row_id] -= row.quantity
    update_many(
        work.db, transfer_row, [{"id": key, "received": units} for key, units in came.items()],
        add=("received",),
    )  # fmt: skip
    settle(work, transfer_id, "cancelled")
    units = -sum(came.values())
    told = {"units": units, "sales": [], "more": 0}
    add_notes(work, [("TR", transfer_id, "transfer_moved_back", told)])


def _still_there(db: Connection, notes: Sequence[int]) -> None:
    n = goods_out.c
    heads = db.execute(
        select(n.id, n.number, n.shipped_at).where(n.id.in_(ids_in(db, notes)))
    ).all()
    if len(heads) < len(notes):
        raise Rejected("notes_gone", sorted(set(notes) - {row.id for row in heads}))
    refuse_shipped(db, heads)


def _release(work: Work, units: Mapping[int, int]) -> None:
    r = sale_row.c
    rows = work.db.execute(
        select(sale_row, sale.c.number)
        .join(sale, sale.c.id == r.sale_id)
        .where(r.id.in_(ids_in(work.db, units)))
    ).all()
    if gone := [row.number for row in rows if row.reserved < units[row.id]]:
        raise Rejected("allocation_in_use", gone)
    back = [
        Reservation(row.id, row.sale_id, row.warehouse_id, row.product_id, -units[row.id])
        for row in rows
    ]
    reserve(work, back)
    touch_stock(work, back)


__all__ = ["FixRequest", "Lack", "Plan", "PlanRow", "PlanSale", "Source", "fix", "preview"]
