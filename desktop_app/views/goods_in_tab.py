"""The goods-in notes of a purchase order, row by row, each to be printed again (R5.1, MIC-12)."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop_app.models.lines_table import LinesTable
from desktop_app.models.print_jobs import GOODS_IN
from desktop_app.models.purchase_rows import NOTES, NoteRow
from desktop_app.views.desk import Desk
from desktop_app.views.lines_view import LinesView
from desktop_app.views.print_dialog import PrintDialog
from desktop_app.views.tokens import RELATED_GAP


class GoodsInTab(QWidget):
    """``view`` shows a row of a note per line; *Print…* is for the note of the current one."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.notes: LinesTable[NoteRow] = LinesTable(NOTES, self, key=lambda one: one.row.id)
        self.view = LinesView(self.notes, "Goods-in notes")
        self.print = QPushButton("Print…")
        self.print.setAutoDefault(False)
        self.print.clicked.connect(lambda _checked: self._print())
        acts = QHBoxLayout()
        acts.addWidget(self.print)
        acts.addStretch(1)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, RELATED_GAP, 0, 0)
        page.setSpacing(RELATED_GAP)
        page.addLayout(acts)
        page.addWidget(self.view, 1)
        self.view.current_changed.connect(lambda _row: self._settle())
        self._settle()

    def show_rows(self, rows: Sequence[NoteRow]) -> None:
        """Show the rows of all notes, staying at the row that was current."""
        current: NoteRow | None = self.view.current_row()
        self.notes.show(rows)
        if rows:
            kept = [at for at, one in enumerate(rows) if current and one.row.id == current.row.id]
            self.view.setCurrentIndex(self.notes.index((kept or [0])[0], 0))
        self._settle()

    def _settle(self) -> None:
        current: NoteRow | None = self.view.current_row()
        words = "Print…" if current is None else f"Print goods-in note {current.note.number}…"
        self.print.setText(words)
        self.print.setEnabled(current is not None and self._desk.may(GOODS_IN.needs))
        self.print.setToolTip(self._desk.why_not(GOODS_IN.needs))

    def _print(self) -> None:
        current: NoteRow | None = self.view.current_row()
        if current is not None:
            PrintDialog(self._desk, GOODS_IN, [current.note.id], self).open()
