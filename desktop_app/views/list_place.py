"""Where a person is in a list stays over a refresh: the screen, and the record (MIC-02)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QItemSelectionModel

from desktop_app.models.paged_table import PagedTable

if TYPE_CHECKING:
    from .list_view import ListView


class ListPlace:
    """Takes note of the place before the rows are read again, and goes back to it."""

    def __init__(self, view: ListView, table: PagedTable[Any, Any]) -> None:
        self._view, self._table = view, table
        self._offset = 0  # rows between the top of the screen and the record stayed at
        self._away: int | None = None  # the current record, when it is not on the screen

    def note(self) -> tuple[int | None, int]:
        """Return the record to stay at and its position: the current one, else the top one."""
        first, last = self._view.visible_rows()
        row = self._view.currentIndex().row()
        self._away = None
        if not first <= row <= last:
            self._away = self._view.current_id() if row >= 0 else None
            row = first
        found = self._table.peek(row)
        self._offset = row - first
        return (None if found is None else found.id), row

    def go_back(self, row: int | None) -> None:
        """The rows are here: same place on the screen, same record current."""
        target = 0 if row is None else row
        top = max(target - (0 if row is None else self._offset), 0)
        away, self._away = self._away, None
        if away is not None and row is not None:
            self._scroll(top)
            # Acts without ticks are for the current record: it must not become another one.
            self._table.ask_place(away, partial(self._stay_current, target))
        else:
            self._make_current(target, top)

    def _stay_current(self, otherwise: int, place: int | None) -> None:
        if not self._view.currentIndex().isValid():  # else the person has moved on since
            row = otherwise if place is None else place
            self._make_current(row, self._view.verticalScrollBar().value())

    def _make_current(self, row: int, top: int) -> None:
        index = self._table.index(row, self._view.first_logical())
        self._view.selectionModel().setCurrentIndex(
            index, QItemSelectionModel.SelectionFlag.NoUpdate
        )
        self._scroll(top)

    def _scroll(self, top: int) -> None:
        self._view.executeDelayedItemsLayout()
        self._view.verticalScrollBar().setValue(top)
