"""What gives way to units that a supplier delivers to the customer (R4.3, R1.7)."""

from __future__ import annotations

from typing import Protocol


class Needing(Protocol):
    """A sale row (R1.3); ten-thousandths."""

    @property
    def ordered(self) -> int: ...

    @property
    def reserved(self) -> int: ...

    @property
    def fulfilled(self) -> int: ...


def released_by(row: Needing, units: int) -> int:
    """Reserved units beyond what the row needs when so many are drop-shipped."""
    return max(row.reserved + row.fulfilled + units - row.ordered, 0)


def freed_by(row: Needing, units: int, live: int) -> int:
    """Of ``live`` pegged units of the row, those that it then needs no longer."""
    kept = row.reserved - released_by(row, units)
    return max(live - max(row.ordered - kept - row.fulfilled - units, 0), 0)
