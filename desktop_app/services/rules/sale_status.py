"""The five computed axes of a sale and the received axis of a purchase order (R2.1 to R2.4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class Axis(IntEnum):
    """None, some or all of the units; *not applicable* where no unit takes part. Stored as is."""

    NONE = 0
    PART = 1
    ALL = 2
    NOT_APPLICABLE = 3


@dataclass(frozen=True, slots=True)
class RowFacts:
    """What a stock-tracked sale row says about itself; quantities in ten-thousandths (R1.3)."""

    ordered: int
    reserved: int
    fulfilled: int
    shipped: int

    @property
    def needed(self) -> int:
        """Units neither reserved nor on a note (R1.4)."""
        return still_needed(self.ordered, self.reserved, self.fulfilled)


@dataclass(frozen=True, slots=True)
class SaleAxes:
    """The three goods axes of a sale."""

    allocation: Axis
    fulfilment: Axis
    shipping: Axis


def still_needed(ordered: int, reserved: int, fulfilled: int) -> int:
    """R1.4: shipped units are inside fulfilled and are never subtracted twice."""
    return max(ordered - reserved - fulfilled, 0)


def share(done: int, wanted: int) -> Axis:
    """None, some or all; never by percentage (R2.2)."""
    if wanted <= 0:
        return Axis.NOT_APPLICABLE
    if done <= 0:
        return Axis.NONE
    return Axis.ALL if done >= wanted else Axis.PART


def axes(rows: Iterable[RowFacts]) -> SaleAxes:
    """The goods axes from the stock-tracked rows of one sale (R2.2, R2.3)."""
    ordered = allocated = fulfilled = shipped = 0
    for row in rows:
        ordered += row.ordered
        allocated += row.reserved + row.fulfilled
        fulfilled += row.fulfilled
        shipped += row.shipped
    return SaleAxes(share(allocated, ordered), share(fulfilled, ordered), share(shipped, ordered))


def payment(total: int, paid: int) -> Axis:
    """Unpaid, part paid, paid; a zero total has nothing to pay (R2.1)."""
    return Axis.NOT_APPLICABLE if total == 0 else share(paid, total)


def received(rows: Iterable[tuple[int, int]]) -> Axis:
    """Not, partially or fully received from (ordered, received) of each row (R2.4)."""
    ordered = done = 0
    for row_ordered, row_received in rows:
        ordered += row_ordered
        done += min(row_received, row_ordered)
    return share(done, ordered)
