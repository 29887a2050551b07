"""The part of a batch whose suppliers deliver to the customers (R4.3)."""

from __future__ import annotations

from .batch_writing import Placement
from .drop_ship_writing import DropUnits, Placed, free_displaced_pegs, put_on_drop_notes
from .rules.drop_ship import freed_by, released_by
from .rules.purchase_plan import CUSTOMER, Facts, Plan, live_room, raised_for

Displaced = dict[int, tuple[int, int]]
"""Sale row id to (reserved units released, units on their way freed)."""


def displaced_by(plan: Plan, facts: Facts) -> Displaced:
    """What the plan's drop-ships displace; only rows that lose anything.

    Inbound that this very plan pegs counts as on its way.
    """
    found: Displaced = {}
    cover = plan.cover
    for line in plan.lines:
        if line.warehouse_id != CUSTOMER or not line.is_ordered:
            continue
        for i, units in raised_for(cover, line):
            row = cover.rows[i]
            pegs = facts.pegs.get(row.id, ())
            live = sum(one.live for one in pegs)
            live += min(cover.inbound[i], max(live_room(row, pegs), 0))
            gone = (released_by(row, units), freed_by(row, units, live))
            if any(gone):
                found[row.id] = gone
    return found


def too_many(plan: Plan) -> list[str]:
    """Lines that ask for more than their customers still get: keys."""
    return [
        line.key
        for line in plan.lines
        if line.warehouse_id == CUSTOMER and line.quantity > line.needed
    ]


def fulfil(made: Placement) -> Placed:
    """Put the units of the new drop-ship orders on notes, and keep what an undo needs."""
    given = [DropUnits(*one[:3]) for one in made.dropped]
    placed = put_on_drop_notes(made.work, given)
    made.undo["released"] = [list(one) for one in placed.released]
    return placed


def free(made: Placement, placed: Placed) -> None:
    """When every peg of the batch is written: end those that a drop-ship displaced."""
    freed = free_displaced_pegs(made.work, placed)
    made.undo["freed"] = {str(key): units for key, units in freed.items()}
