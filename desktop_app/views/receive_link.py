"""F4: which line an unknown code belongs to, and how many units one scan of it counts (RCV-04)."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop_app.models.formats import counted_units, quantity
from desktop_app.models.lines_table import LinesTable
from desktop_app.models.receipt_lines import LINK_COLUMNS
from desktop_app.models.receive_flow import Unknown
from desktop_app.services.receipt_drafts import DraftLine
from desktop_app.services.rules.money import UNIT
from desktop_app.views.number_field import NumberField
from desktop_app.views.receive_parts import ChoiceView, touch_button
from desktop_app.views.safe_dialog import SafeDialog
from desktop_app.views.tokens import PAGE_MARGIN, RELATED_GAP

PACK_MAX = 99_999
ROWS_SHOWN = 6
CODE_SHOWN = 40


class LinkDialog(SafeDialog):
    """Arrow keys to a line and Enter; ``chosen(row id, units of one scan)``. Scans do nothing here."""

    chosen = Signal(int, object)

    def __init__(
        self, unknown: Unknown, lines: tuple[DraftLine, ...], current: int | None, parent: QWidget
    ) -> None:
        code = unknown.code if len(unknown.code) <= CODE_SHOWN else f"{unknown.code[:CODE_SHOWN]}…"
        super().__init__(f"Link code {code}", parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(640)
        self._unknown = unknown
        asked = QLabel(f"Which line does {code} belong to?")
        asked.setTextFormat(Qt.TextFormat.PlainText)
        asked.setProperty("type", "section")
        asked.setWordWrap(True)
        self.lines = LinesTable[DraftLine](LINK_COLUMNS, self, key=lambda line: line.po_row_id)
        self.lines.show(lines)
        self.view = ChoiceView(self.lines, "Lines of the order")
        self.view.setMinimumHeight(self.view.height_for(min(len(lines), ROWS_SHOWN)))
        self.view.opened.connect(lambda _line: self.commit())
        self.view.current_changed.connect(lambda _line: self._show())
        self.pack = NumberField(self)
        self.pack.setAccessibleName("Units that one scan counts")
        self.pack.setProperty("touch", "scan")
        self.pack.setRange(1, PACK_MAX)
        self.pack.lineEdit().returnPressed.connect(self.view.setFocus)
        self.pack.valueChanged.connect(lambda _value: self._show())
        self.button = touch_button("Link", self.commit, primary=True, tip="Enter on a line")
        self._lay_out(asked, touch_button("Cancel  Esc", self.reject))
        ids = [line.po_row_id for line in lines]
        at = ids.index(current) if current in ids else 0
        self.view.setCurrentIndex(self.lines.index(at, 0))
        self.view.setFocus()

    def _lay_out(self, asked: QLabel, cancel: QPushButton) -> None:
        pack = QHBoxLayout()
        pack.setSpacing(RELATED_GAP)
        words = QLabel("One scan counts")
        words.setBuddy(self.pack)
        pack.addWidget(words)
        pack.addWidget(self.pack)
        pack.addWidget(QLabel("(more than 1 for a pack)"))
        pack.addStretch(1)
        foot = QHBoxLayout()
        foot.setSpacing(RELATED_GAP)
        foot.addStretch(1)
        foot.addWidget(cancel)
        foot.addWidget(self.button)
        box = QVBoxLayout(self)
        box.setContentsMargins(PAGE_MARGIN, PAGE_MARGIN, PAGE_MARGIN, PAGE_MARGIN)
        box.setSpacing(12)
        box.addWidget(asked)
        box.addWidget(self.view, 1)
        box.addLayout(pack)
        box.addLayout(foot)

    def units(self) -> int:
        """What one scan counts."""
        return self.pack.value() * UNIT

    def _show(self) -> None:
        line = self.view.current_row()
        if line is None:
            return
        many = self._unknown.many
        counted = self.units() if many is None else self.units() * many // UNIT
        self.button.setText(f"Link to {line.sku} and count {quantity(counted)}")
        self.button.setAccessibleName(f"Link to {line.sku} and count {counted_units(counted)}")

    def commit(self) -> None:
        """Link to the line that is current."""
        line = self.view.current_row()
        if line is not None and self.isVisible():
            self.accept()
            self.chosen.emit(line.po_row_id, self.units())
