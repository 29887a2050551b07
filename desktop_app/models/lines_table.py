"""A small table held in memory: rows of one record, in the order they came."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from desktop_app.models.columns import Align, Column
from desktop_app.models.paged_table import CellRole

R = TypeVar("R")
Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()

ALIGN = {
    Align.START: Qt.AlignmentFlag.AlignLeading,
    Align.END: Qt.AlignmentFlag.AlignTrailing,
    Align.CENTRE: Qt.AlignmentFlag.AlignHCenter,
}


TICK = "tick"
"""The key of the column that shows whether a row is ticked; the view draws its box."""


class LinesTable(QAbstractTableModel, Generic[R]):
    """Read-only lines. With ``tickable`` a first column of ticks is put before the others.

    Ticks are kept by ``key`` (what tells one row from another), so they survive ``show``.
    """

    ticked_changed = Signal()

    # What a model answers whose Python side the collector has cleared before Qt deletes its view.
    columns: tuple[Column[Any], ...] = ()
    _rows: Sequence[Any] = ()

    def __init__(
        self,
        columns: Sequence[Column[R]],
        parent: QObject | None = None,
        *,
        tickable: Callable[[R], bool] | None = None,
        key: Callable[[R], object] = id,
    ) -> None:
        super().__init__(parent)
        tick = (Column[R](key=TICK, heading="", text=lambda _: "", width=3),) if tickable else ()
        self.columns = (*tick, *columns)
        self._rows = []
        self._tickable = tickable
        self._key = key
        self._ticked: set[object] = set()

    def show(self, rows: Sequence[R]) -> None:
        """Show these rows; ticks of rows that are still there stay."""
        self.beginResetModel()
        self._rows = list(rows)
        self._ticked &= {self._key(row) for row in self._rows}
        self.endResetModel()
        self.ticked_changed.emit()

    def row_at(self, position: int) -> R | None:
        """The row at a position, None beyond the end."""
        return self._rows[position] if 0 <= position < len(self._rows) else None

    def text(self, position: int, column: int) -> str:
        """The text of a cell, for the painter."""
        words: str = self.columns[column].text(self._rows[position])
        return words

    def rows(self) -> tuple[R, ...]:
        """All rows, in order."""
        return tuple(self._rows)

    def ticked(self) -> tuple[R, ...]:
        """The ticked rows, in order."""
        return tuple(row for row in self._rows if self._key(row) in self._ticked)

    def is_ticked(self, position: int) -> bool:
        """Return whether the row at a position is ticked."""
        row = self.row_at(position)
        return row is not None and self._key(row) in self._ticked

    def toggle(self, position: int) -> None:
        """Tick or untick a row, where it can be."""
        row = self.row_at(position)
        if row is not None and self._tickable is not None and self._tickable(row):
            self._ticked ^= {self._key(row)}
            self._ticks_moved()

    def tick_all(self, on: bool) -> None:
        """Tick every row that can be, or none."""
        can = self._tickable
        self._ticked = {self._key(row) for row in self._rows if on and can is not None and can(row)}
        self._ticks_moved()

    def _ticks_moved(self) -> None:
        if self._rows:
            self.dataChanged.emit(
                self.index(0, 0), self.index(len(self._rows) - 1, len(self.columns) - 1)
            )
        self.ticked_changed.emit()

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, column = self._rows[index.row()], self.columns[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.text(row)
        if role == CellRole.ROW:
            return row
        if role == Qt.ItemDataRole.AccessibleTextRole:
            if column.key == TICK:
                return "ticked" if self.is_ticked(index.row()) else "not ticked"
            return column.said(row)
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.tooltip(row) if column.tooltip is not None else None
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.heading
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return ALIGN[column.align] | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.heading_tip or None
        return None
