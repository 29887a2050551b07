"""Rows with one quantity that a person types: how many of each now, at most what there is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

from desktop_app.models.columns import Align, Column
from desktop_app.models.formats import parse_quantity, quantity
from desktop_app.models.lines_table import Index, LinesTable

R = TypeVar("R")

UNITS = "units"
"""The key of the column that is typed into."""


class UnitsRows(LinesTable[R]):
    """``edited`` after each change. Quantities in ten-thousandths; ``most`` 0: nothing to type."""

    edited = Signal()

    def __init__(
        self,
        columns: Sequence[Column[R]],
        *,
        heading: str,
        key: Callable[[R], int],
        name: Callable[[R], str],
        most: Callable[[R], int],
        parent: QObject | None = None,
    ) -> None:
        typed = Column[R](
            key=UNITS, heading=heading, text=self._typed, width=9, align=Align.END, fixed=True
        )
        super().__init__((*columns, typed), parent, key=key)
        self.key_of, self.name_of, self.most = key, name, most
        self.units: dict[int, int] = {}
        self.unread: dict[int, tuple[str, str]] = {}
        self._offered: dict[int, int] = {}

    def offer(self, rows: Sequence[R], units: Mapping[int, int]) -> None:
        """Show rows with what is suggested for each."""
        self._offered = dict(units)
        self.units = dict(units)
        self.unread = {}
        self.show(rows)
        self.edited.emit()

    def fill(self, units: Mapping[int, int]) -> None:
        """Set the quantities of all rows at once."""
        self.units, self.unread = dict(units), {}
        self._ticks_moved()
        self.edited.emit()

    def wanted(self) -> dict[int, int]:
        """Units by key, 0 left out."""
        return {key: units for key, units in self.units.items() if units}

    @property
    def total(self) -> int:
        """All units that are typed."""
        return sum(self.units.values())

    @property
    def changed(self) -> int:
        """How many rows differ from what was suggested."""
        rows = self.rows()
        return sum(self.is_edited(row) for row in rows)

    def is_edited(self, row: R) -> bool:
        """Return whether a row is not as it was suggested."""
        key = self.key_of(row)
        return key in self.unread or self.units.get(key, 0) != self._offered.get(key, 0)

    def why_wrong(self, row: R) -> str:
        """Why what is typed cannot be taken, empty where it can."""
        return self.unread.get(self.key_of(row), ("", ""))[1]

    def _typed(self, row: R) -> str:
        key = self.key_of(row)
        if key in self.unread:
            return self.unread[key][0]
        return quantity(self.units.get(key, 0)) if self.most(row) else "–"

    def flags(self, index: Index) -> Qt.ItemFlag:
        made = super().flags(index)
        row = self.row_at(index.row()) if index.isValid() else None
        if row is not None and self.columns[index.column()].key == UNITS and self.most(row):
            made |= Qt.ItemFlag.ItemIsEditable
        return made

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.row_at(index.row()) if index.isValid() else None
        if row is not None and self.columns[index.column()].key == UNITS:
            if role == Qt.ItemDataRole.EditRole:
                return self._typed(row)
            if role == Qt.ItemDataRole.ToolTipRole:
                return self.why_wrong(row) or None
        return super().data(index, role)

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        row = self.row_at(index.row())
        if row is None or role != Qt.ItemDataRole.EditRole:
            return False
        key, text = self.key_of(row), str(value).strip()
        self.unread.pop(key, None)
        try:
            units = parse_quantity(text) if text else self._offered.get(key, 0)
            if units > self.most(row):
                message = f"At most {quantity(self.most(row))}."
                raise ValueError(message)
            self.units[key] = units
        except ValueError as error:
            self.unread[key] = (text, str(error))
        self.dataChanged.emit(index, index)
        self.edited.emit()
        return key not in self.unread
