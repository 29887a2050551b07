"""Why goods come back, and what happens to them unless a person says otherwise (R7.10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .money import half_up
from .sale_status import still_needed

REASONS: Mapping[str, str] = {
    "unwanted": "restock",
    "wrong_item": "restock",
    "faulty": "quarantine",
    "damaged": "write_off",
    "not_delivered": "none",
    "other": "restock",
}
"""Reason to its usual disposition, in the order a person chooses from."""

DISPOSITIONS = ("restock", "quarantine", "write_off", "none")
"""To on hand, to quarantine, thrown away, or no goods at all: money only."""


def usual(reason: str, kind: str = "stock") -> str:
    """What usually happens to goods that come back for this reason; only stock comes back."""
    return REASONS.get(reason, "restock") if kind == "stock" else "none"


def share_of(amount: int, sold: int, before: int, units: int) -> int:
    """The part of a row's amount (minor units) that ``units`` more of ``sold`` stand for.

    The parts of all returns together are the whole amount, to the last minor unit.
    """
    if sold <= 0:
        return 0
    return half_up(amount * (before + units), sold) - half_up(amount * before, sold)


@dataclass(frozen=True, slots=True)
class SoldNow:
    """A row that a shop sold *now*; quantities in ten-thousandths (R1.3)."""

    row_id: int
    ordered: int
    reserved: int
    fulfilled: int
    noted: int = 0
    """Units on goods-out notes that have not left, inside ``fulfilled``."""

    @property
    def needed(self) -> int:
        """Units that the books lack (R1.4)."""
        return still_needed(self.ordered, self.reserved, self.fulfilled)


@dataclass(frozen=True, slots=True)
class BookedOut:
    """Units of a row that leave by the books now: ``lacking`` were not on record, ``held`` were."""

    lacking: int
    held: int

    @property
    def units(self) -> int:
        """Both together."""
        return self.lacking + self.held


def booked_out(
    rows: Sequence[SoldNow], back: Mapping[int, int], *, waits: bool
) -> dict[int, BookedOut]:
    """What leaves by the books because it is given back, by row id; rows without are left out.

    Units given back are those first that were never on record, so that the row is short of what is
    still owed and no more (R7.9). If they end the shortage of the *now* rows, these go together as
    they would have at the till (R7.4), unless the sale is on hold or closed (``waits`` False).
    """
    lacking = {row.row_id: min(back.get(row.row_id, 0), row.needed) for row in rows}
    ended = any(lacking.values()) and all(row.needed == lacking[row.row_id] for row in rows)
    found = {}
    for row in rows:
        less = lacking[row.row_id]
        here = row.reserved + row.noted
        held = here if ended and waits else min(back.get(row.row_id, 0) - less, here)
        part = BookedOut(less, held)
        if part.units:
            found[row.row_id] = part
    return found
