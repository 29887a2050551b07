"""A goods-out note beside the list: its rows with their places, its sale, its steps (R6.1)."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from desktop_app.models import formats, goods_out_rows, goods_out_table
from desktop_app.models.goods_out_table import PLACED_ROWS, step_words
from desktop_app.models.lines_table import LinesTable
from desktop_app.services.changes import Changes, Topic
from desktop_app.services.goods_out_details import NoteDetail, PlacedRow, note_detail
from desktop_app.services.goods_out_list import NoteLine

from .desk import Desk
from .lines_view import LinesView
from .panes import Pane
from .record_parts import link_button

NOTHING = "Nothing was done with it yet."


class NotePane(Pane):
    """Follows the current note; its links lead to the sale."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._line: NoteLine | None = None
        self.sale = link_button("", self.open_sale)
        self.page.insertWidget(1, self.sale, 0, Qt.AlignmentFlag.AlignLeading)
        self.rows: LinesTable[PlacedRow] = LinesTable(PLACED_ROWS, self, key=lambda row: row.id)
        self.rows_view = LinesView(self.rows, "Rows of the goods-out note")
        self.page.addWidget(self.rows_view)
        self.steps = QLabel()
        self.steps.setTextFormat(Qt.TextFormat.PlainText)
        self.steps.setWordWrap(True)
        self.page.addWidget(self.steps)
        self.page.addStretch(1)
        self.open.setText("Open sale")
        self.open.clicked.connect(lambda _checked: self.open_sale())
        self.rows_view.opened.connect(lambda _row: self.open_sale())
        desk.hub.changed.connect(self._changed)
        self.show_line(None)

    def open_sale(self) -> None:
        """The sale, at this note."""
        if self._line is not None:
            self.desk.open("sale_note", (self._line.sale_id, self._line.id))

    def show_line(self, line: NoteLine | None) -> None:
        """Show the head from the list's row at once, the rest when it is read."""
        before, self._line = self._line, line
        for part in (self.open, self.sale, self.marks, self.facts):
            part.setVisible(line is not None)
        self.rows_view.setVisible(line is not None)
        if line is None or before is None or before.id != line.id:
            self.rows.show(())
            self.steps.clear()
            self.facts.clear()
        if line is None:
            self.title.setText("No goods-out note chosen")
            return
        self.marks.show_marks((("State", goods_out_table.state(line)),))
        self.title.setText(f"Goods-out note {line.number}")
        self.sale.setText(f"#{line.sale_number}  {line.customer}")
        self._ask()

    def _ask(self) -> None:
        if self._line is not None:
            self.desk.read(self, note_detail, self._line.id, then=self._arrived, key="pane")

    def _changed(self, changes: Changes) -> None:
        ids = changes.topics.get(Topic.GOODS_OUT, set())
        if self._line is not None and (ids is None or self._line.id in ids):
            self._ask()

    def _arrived(self, found: NoteDetail | None) -> None:
        line = self._line
        if found is None or line is None or found.note.id != line.id:
            return
        note = found.note
        self.marks.show_marks((("State", goods_out_rows.state(note)),))
        facts = [
            f"{formats.counted_units(note.units)} from {note.warehouse}",
            line.channel,
            f"created {formats.moment(line.created_at)} by {found.created_by}",
        ]
        self.facts.setText(" · ".join(filter(None, facts)))
        self.rows.show(found.rows)
        self.fit_height(self.rows_view, len(found.rows))
        # What came with an import has no steps, only the day.
        bare = f"Shipped {formats.moment(note.shipped_at)}" if note.shipped_at else NOTHING
        self.steps.setText("\n".join(map(step_words, note.steps)) or bare)
