"""Rows of a view to ids of the choice: ticks and ranges, loaded or not (SAL-04)."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from desktop_app.models.chosen import Chosen
from desktop_app.models.paged_table import PagedTable

LOCAL_RANGE_MAX = 2000


class RowChooser:
    """`toggle` and `extend_to` by row; a range over rows that are not loaded asks for their ids."""

    def __init__(self, table: PagedTable[Any, Any], chosen: Chosen) -> None:
        self._table, self._chosen = table, chosen
        self._later: int | None = None
        self._turn = 0

    def toggle(self, row: int) -> None:
        """Tick or untick a row."""
        self._turn += 1
        found = self._table.peek(row)
        if found is not None:
            self._chosen.toggle(found.id)

    def extend_to(self, row: int, start: int) -> None:
        """Choose from the anchor (or row `start`, when there is none) to a row."""
        self._turn += 1
        self._later = None
        if not 0 <= row < self._table.total:
            return
        here, there = self._table.peek(start), self._table.peek(row)
        if here is not None:
            self._chosen.start_range(here.id)
        if there is None:
            self._later = row  # as soon as that row is here
            self._table.ensure(row, row)
            return
        anchor = self._chosen.anchor
        if anchor is None:
            return
        place = self._table.place_of(anchor)
        if place is not None and abs(place - row) <= LOCAL_RANGE_MAX:
            low, high = sorted((place, row))
            rows = [self._table.peek(one) for one in range(low, high + 1)]
            if all(one is not None for one in rows):
                self._chosen.extend([one.id for one in rows if one is not None])
                return
        self._table.ask_ids_between(anchor, there.id, partial(self._came, self._turn))

    def page_arrived(self) -> None:
        """Go on with a range whose end was not loaded."""
        if self._later is not None and self._table.peek(self._later) is not None:
            self.extend_to(self._later, self._later)

    def forget(self) -> None:
        """The rows are others now."""
        self._later = None

    def _came(self, turn: int, ids: Sequence[int]) -> None:
        if turn == self._turn:  # nothing was ticked or extended since
            self._chosen.extend(ids)
