"""The rows of the clone dialog: LinesView with fields for quantity and cost."""

from __future__ import annotations

from typing import Any

from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget

from desktop_app.models.clone_rows import COST, ORDER, CloneRows
from desktop_app.models.lines_table import TICK
from desktop_app.views.typed_cells import FieldLook, Index, TypedTable


class CloneTable(TypedTable):
    """Order and Cost are typed into; Space ticks (BPO-11)."""

    typed_keys = (ORDER, COST)

    def __init__(self, model: CloneRows, parent: QWidget | None = None) -> None:
        self._rows = model
        super().__init__(model, "Rows to order", parent)

    def look(self, index: Index) -> FieldLook:
        row: Any = self._rows.row_at(index.row())
        key = self._rows.columns[index.column()].key
        text = self._rows.text(index.row(), index.column())
        return FieldLook(
            text or "price",
            edited=self._rows.is_edited(row, key),
            wrong=bool(self._rows.why_wrong(row, key)),
            strong=bool(text),
            faint=not text,
        )

    def said(self, index: Index) -> str:
        row: Any = self._rows.row_at(index.row())
        is_cost = self._rows.columns[index.column()].key == COST
        return f"{'Cost' if is_cost else 'Order quantity'} of {row.sku}"

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        at = self.indexAt(event.position().toPoint())
        if at.isValid() and self._rows.columns[at.column()].key == TICK:
            self._rows.toggle(at.row())
