"""The view of ``UnitsRows``: LinesView whose last column is typed into (BPO-11, MIC-06)."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from desktop_app.models.units_rows import UNITS, UnitsRows
from desktop_app.views.typed_cells import FieldLook, Index, TypedTable


class UnitsTable(TypedTable):
    """One quantity per row. ``said``: what the quantity is called beside the row's name."""

    typed_keys = (UNITS,)
    also = ""

    def __init__(
        self, model: UnitsRows[Any], name: str, said: str, parent: QWidget | None = None
    ) -> None:
        self._rows = model
        self._units_said = said
        super().__init__(model, name, parent)

    def look(self, index: Index) -> FieldLook:
        row: Any = self._rows.row_at(index.row())
        return FieldLook(
            self._rows.text(index.row(), index.column()),
            edited=self._rows.is_edited(row),
            wrong=bool(self._rows.why_wrong(row)),
        )

    def said(self, index: Index) -> str:
        return f"{self._units_said} of {self._rows.name_of(self._rows.row_at(index.row()))}"
