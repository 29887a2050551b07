"""The part of a batch whose suppliers deliver to the customers (R4.3)."""

from __future__ import annotations

from .batch_writing import Placement
from .drop_ship_writing import DropUnits, Placed, free_displaced_pegs, put_on_drop_notes
from .rules.drop_ship import freed_by, released_by
from .rules.purchase_plan import CUSTOMER, Facts, Plan, live_room, raised_for

Displaced = dict[tuple[str, int], tuple[int, int]]
"""(line key, sale row id) to (reserved units released, units on their way freed)."""


def displaced_by(plan: Plan, facts: Facts) -> Displaced:
    """What the plan's drop-ships displace; only rows that lose anything.

    Inbound that this very plan pegs counts as on its way. What one part of a split line displaces
    is not displaced by the next.
    """
    found: Displaced = {}
    given: dict[int, int] = {}
    before: dict[int, tuple[int, int]] = {}
    cover = plan.cover
    for line in plan.lines:
        if line.warehouse_id != CUSTOMER or not line.is_ordered:
            continue
        for i, units in raised_for(cover, line):
            row = cover.rows[i]
            pegs = facts.pegs.get(row.id, ())
            live = sum(one.live for one in pegs)
            live += min(cover.inbound[i], max(live_room(row, pegs), 0))
            given[row.id] = all_units = given.get(row.id, 0) + units
            released, freed = before.get(row.id, (0, 0))
            now = before[row.id] = (released_by(row, all_units), freed_by(row, all_units, live))
            gone = (now[0] - released, now[1] - freed)
            if any(gone):
                found[line.key, row.id] = gone
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
