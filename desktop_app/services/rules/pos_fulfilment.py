"""What a shop's transaction does to stock, by the documented table (R7.3 to R7.7, R7.9).

Row by row: fulfilment method x what is on hand -> units reserved, fulfilled, shipped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SOLD_FROM_STOCK = ("now", "ship_later")
"""Methods that take what is on hand; the others wait to be ordered."""


@dataclass(frozen=True, slots=True)
class PosRow:
    """A stock-tracked row as it was rung up; ``quantity`` in ten-thousandths."""

    method: str
    quantity: int
    product_id: int
    warehouse_id: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a row (R1.3): ``reserved`` is beside ``fulfilled``, ``shipped`` inside it."""

    reserved: int = 0
    fulfilled: int = 0
    shipped: int = 0

    @property
    def allocated(self) -> int:
        """Shown as *allocated*."""
        return self.reserved + self.fulfilled


@dataclass(frozen=True, slots=True)
class Decision:
    """The whole order: a row's outcome at its index, and what it means for the order."""

    rows: tuple[Outcome, ...]
    exceptions: tuple[int, ...]
    """Indexes of rows that were sold and are not fully there (R7.9)."""
    invoice: bool


def decide(
    rows: Sequence[PosRow], on_hand: Mapping[tuple[int, int], int], *, automatic_invoicing: bool
) -> Decision:
    """Decide all rows of one order. ``on_hand`` is by (warehouse id, product id).

    Rows of one product share what is there in row order, and none takes more than that (R7.5).
    """
    left = {pair: max(units, 0) for pair, units in on_hand.items()}
    taken = [_take(row, left) for row in rows]
    short = [
        index
        for index, (row, units) in enumerate(zip(rows, taken, strict=True))
        if row.method in SOLD_FROM_STOCK and units < row.quantity
    ]
    short_now = any(rows[index].method == "now" for index in short)
    back_ordered = any(row.method == "back_order" for row in rows)
    outcomes = tuple(
        _outcome(row, units, together=not short_now) for row, units in zip(rows, taken, strict=True)
    )
    nothing = not any(taken)
    return Decision(
        rows=outcomes,
        exceptions=tuple(short),
        invoice=automatic_invoicing and not (nothing and short_now and back_ordered),
    )


def _take(row: PosRow, left: dict[tuple[int, int], int]) -> int:
    if row.method not in SOLD_FROM_STOCK:
        return 0
    pair = (row.warehouse_id, row.product_id)
    units = min(row.quantity, left.get(pair, 0))
    left[pair] = left.get(pair, 0) - units
    return units


def _outcome(row: PosRow, units: int, *, together: bool) -> Outcome:
    """*Now* rows stand or fall together (R7.4); a short row keeps what it got (R7.6)."""
    if units < row.quantity or (row.method == "now" and not together):
        return Outcome(reserved=units)
    if row.method == "now":
        return Outcome(fulfilled=units, shipped=units)
    return Outcome(fulfilled=units)
