"""Where a sale row's reserved units came from, told by its events (R5.10).

Units are alike; their order is not: what goes on a goods-out note is what was reserved first,
what is released by hand is what was reserved last.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """A change of a sale row; ``source`` is the goods-in row that brought or took the units."""

    reserved: int
    fulfilled: int
    source: int | None = None


@dataclass(slots=True)
class Lot:
    """Units reserved at once: how many still are, and how many went on goods-out notes."""

    source: int | None
    reserved: int
    noted: int = 0


def lots(events: Iterable[Event]) -> list[Lot]:
    """Replay the events of one sale row, oldest first."""
    found: list[Lot] = []
    for event in events:
        if event.reserved > 0 and event.fulfilled < 0:
            rest = _back_from_note(found, event.reserved)
            if rest:
                found.append(Lot(None, rest))
            _off_note(found, -event.fulfilled - event.reserved)
        elif event.reserved > 0:
            found.append(Lot(event.source, event.reserved))
        elif event.fulfilled < 0:
            _off_note(found, -event.fulfilled)
            _release(found, -event.reserved, event.source)
        else:
            noted = min(-event.reserved, max(event.fulfilled, 0))
            _onto_note(found, noted)
            _release(found, -event.reserved - noted, event.source)
    return found


def from_source(found: Iterable[Lot], source: int) -> tuple[int, int]:
    """Units of a goods-in row that are still reserved, and that are on notes."""
    mine = [lot for lot in found if lot.source == source]
    return sum(lot.reserved for lot in mine), sum(lot.noted for lot in mine)


def _onto_note(found: list[Lot], units: int) -> None:
    for lot in found:
        moved = min(lot.reserved, units)
        lot.reserved -= moved
        lot.noted += moved
        units -= moved


def _back_from_note(found: list[Lot], units: int) -> int:
    for lot in reversed(found):
        moved = min(lot.noted, units)
        lot.noted -= moved
        lot.reserved += moved
        units -= moved
    return units


def _off_note(found: list[Lot], units: int) -> None:
    for lot in reversed(found):
        gone = min(lot.noted, max(units, 0))
        lot.noted -= gone
        units -= gone


def _release(found: list[Lot], units: int, source: int | None) -> None:
    mine = [lot for lot in found if source is not None and lot.source == source]
    for lot in [*reversed(mine), *reversed(found)]:
        gone = min(lot.reserved, units)
        lot.reserved -= gone
        units -= gone
