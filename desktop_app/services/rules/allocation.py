"""Who gets the goods that arrived: oldest order first (R5.5 to R5.7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """A sale row that waits for goods in one warehouse. ``needed`` in ten-thousandths.

    ``pegged`` marks a row that the purchase order being received was raised for.
    """

    row_id: int
    sale_id: int
    sale_number: int
    position: int
    placed_at: datetime
    product_id: int
    needed: int
    ship_complete: bool = False
    pegged: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """Units that a waiting row gets."""

    row_id: int
    sale_id: int
    product_id: int
    units: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """The outcome: who gets what, what stays free, and which sales had to be passed over."""

    given: tuple[Given, ...]
    free: Mapping[int, int]
    incomplete: frozenset[int]
    """Sales marked *ship complete* that could not be covered whole (R5.6)."""


def turn(row: Waiting) -> tuple[datetime, int, int]:
    """The place of a row in the queue (R5.5): placed, number as a number, position."""
    return (row.placed_at, row.sale_number, row.position)


def oldest_first(
    waiting: Iterable[Waiting],
    arrived: Mapping[int, int],
    *,
    pegged_first: bool = False,
    short_elsewhere: frozenset[int] = frozenset(),
) -> Allocation:
    """Share ``arrived`` units (product id to ten-thousandths) among the waiting rows.

    Each row takes min(still needed, left), oldest sale first (R5.5); with ``pegged_first`` the
    rows that the order was raised for come before the others. A *ship complete* sale takes
    nothing unless all its waiting rows can be covered here and now, in its turn (R5.6);
    ``short_elsewhere`` names sales with a need that this delivery cannot know of (another
    warehouse), which therefore cannot become complete.
    """
    rows = sorted(waiting, key=(lambda w: (not w.pegged, turn(w))) if pegged_first else turn)
    of_sale: dict[int, list[Waiting]] = defaultdict(list)
    for row in rows:
        if row.ship_complete:
            of_sale[row.sale_id].append(row)
    left = dict(arrived)
    given: list[Given] = []
    incomplete: set[int] = set()
    settled: set[int] = set()
    for row in rows:
        if not row.ship_complete:
            _take(row, left, given)
        elif row.sale_id not in settled:
            settled.add(row.sale_id)
            whole = of_sale[row.sale_id]
            if row.sale_id not in short_elsewhere and _covers(left, whole):
                for part in whole:
                    _take(part, left, given)
            else:
                incomplete.add(row.sale_id)
    return Allocation(tuple(given), left, frozenset(incomplete))


def _covers(left: Mapping[int, int], rows: Sequence[Waiting]) -> bool:
    wanted: dict[int, int] = defaultdict(int)
    for row in rows:
        wanted[row.product_id] += row.needed
    return all(left.get(product, 0) >= units for product, units in wanted.items())


def _take(row: Waiting, left: dict[int, int], given: list[Given]) -> None:
    units = min(row.needed, left.get(row.product_id, 0))
    if units > 0:
        left[row.product_id] -= units
        given.append(Given(row.row_id, row.sale_id, row.product_id, units))
