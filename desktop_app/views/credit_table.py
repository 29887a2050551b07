"""The rows of the credit dialog: LinesView with a field for what is taken back now."""

from __future__ import annotations

from typing import Any

from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget

from desktop_app.models.credit_rows import BACK, BackRows
from desktop_app.views.typed_cells import FieldLook, Index, TypedTable


class CreditTable(TypedTable):
    """*Take back now* is typed into; a row of which nothing is left has a faint field."""

    typed_keys = (BACK,)

    def __init__(self, model: BackRows, parent: QWidget | None = None) -> None:
        self._rows = model
        super().__init__(model, "Rows to take back", parent)

    def look(self, index: Index) -> FieldLook:
        row: Any = self._rows.row_at(index.row())
        edited, wrong = bool(self._rows.units.get(row.id)), bool(self._rows.why_wrong(row))
        return FieldLook(
            self._rows.text(index.row(), index.column()),
            edited=edited,
            wrong=wrong,
            out=not row.left,
            strong=edited,
            faint=not edited and not wrong,
        )

    def said(self, index: Index) -> str:
        row: Any = self._rows.row_at(index.row())
        return f"Take back of {row.sku or row.description}"

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A double click is two clicks here."""
