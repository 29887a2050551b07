"""How stock that a shop sold and the books lack is put right (R7.9, EXC-03).

Pure: rows that are short, what is on hand where, what the person chose -> what to move, what to
correct, and which row gets how much. Quantities in ten-thousandths.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .sale_status import still_needed

Pair = tuple[int, int]
"""(warehouse id, product id)."""


class Fix(StrEnum):
    """What a person chooses for the units that a warehouse lacks."""

    SUGGEST = "suggest"
    """Transfers from where most is on hand, then a correction."""
    TRANSFER = "transfer"
    """The same, from the warehouse that was named first."""
    CORRECT = "correct"
    LEAVE = "leave"


def missing(ordered: int, reserved: int, fulfilled: int, not_sent: int = 0) -> int:
    """Units of a sold row that the books lack and the shop still owes (R7.9, R1.4).

    ``not_sent``: units refunded as money before a *ship later* row left. What a *now* row gave back
    is inside ``fulfilled``: it was booked out (R7.10).
    """
    return max(still_needed(ordered, reserved, fulfilled) - not_sent, 0)


@dataclass(frozen=True, slots=True)
class Wrong:
    """A row that was sold and is not fully allocated; ``needed`` units are missing."""

    row_id: int
    sale_number: int
    placed_at: datetime
    position: int
    warehouse_id: int
    product_id: int
    needed: int


@dataclass(frozen=True, slots=True)
class Chosen:
    """The person's choice for a product at a warehouse."""

    warehouse_id: int
    product_id: int
    fix: Fix
    from_id: int | None = None


@dataclass(frozen=True, slots=True)
class StockStep:
    """Units that come to a warehouse: from another one, or, ``from_id`` None, by correction."""

    warehouse_id: int
    product_id: int
    units: int
    from_id: int | None


@dataclass(frozen=True, slots=True)
class Righted:
    """``given``: units per row id; ``lacking``: what is still missing per pair."""

    steps: tuple[StockStep, ...]
    given: Mapping[int, int]
    lacking: Mapping[Pair, int]


def make_right(
    wrong: Sequence[Wrong],
    on_hand: Mapping[Pair, int],
    chosen: Sequence[Chosen] = (),
    *,
    may_correct: bool,
) -> Righted:
    """Cover the rows: what is on hand there first, then transfers, then corrections.

    A transfer takes only what is on hand at its source (R8.1), and no source is used twice.
    """
    free = {pair: max(units, 0) for pair, units in on_hand.items()}
    wanted: dict[Pair, int] = defaultdict(int)
    for row in wrong:
        wanted[row.warehouse_id, row.product_id] += row.needed
    choices = {(one.warehouse_id, one.product_id): one for one in chosen}
    covered: dict[Pair, int] = {}
    for pair, units in wanted.items():
        # What lies there is for these rows before it is for another warehouse's.
        covered[pair] = min(units, free.get(pair, 0))
        free[pair] = free.get(pair, 0) - covered[pair]
    steps: list[StockStep] = []
    lacking: dict[Pair, int] = {}
    for pair in sorted(wanted):
        made = _cover(pair, wanted[pair] - covered[pair], free, choices.get(pair), may_correct)
        steps += made
        covered[pair] += sum(step.units for step in made)
        if covered[pair] < wanted[pair]:
            lacking[pair] = wanted[pair] - covered[pair]
    return Righted(tuple(steps), _give(wrong, covered), lacking)


def _cover(
    pair: Pair, lack: int, free: dict[Pair, int], choice: Chosen | None, may_correct: bool
) -> list[StockStep]:
    fix = Fix.SUGGEST if choice is None else choice.fix
    if fix is Fix.LEAVE or lack <= 0:
        return []
    steps = []
    if fix is not Fix.CORRECT:
        first = choice.from_id if choice is not None and fix is Fix.TRANSFER else None
        for source in _sources(pair, free, first):
            units = min(lack, free[source])
            if units > 0:
                free[source] -= units
                lack -= units
                steps.append(StockStep(*pair, units, source[0]))
    if lack > 0 and may_correct:
        steps.append(StockStep(*pair, lack, None))
    return steps


def _sources(pair: Pair, free: Mapping[Pair, int], first: int | None) -> list[Pair]:
    """Other warehouses with the product: the one named, then the fullest, then by number."""
    found = [
        source for source, units in free.items()
        if source[1] == pair[1] and source[0] != pair[0] and units > 0
    ]  # fmt: skip
    return sorted(found, key=lambda source: (source[0] != first, -free[source], source[0]))


def _give(wrong: Sequence[Wrong], covered: Mapping[Pair, int]) -> dict[int, int]:
    left = dict(covered)
    given = {}
    for row in sorted(wrong, key=lambda one: (one.placed_at, one.sale_number, one.position)):
        pair = (row.warehouse_id, row.product_id)
        given[row.row_id] = min(row.needed, left[pair])
        left[pair] -= given[row.row_id]
    return given
