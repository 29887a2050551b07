"""F11: how many of a line's counted units are damaged, and why (RCV-07)."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from desktop_app.models.damage_words import REASON_COLUMNS, Reason, damage_reasons
from desktop_app.models.formats import counted_units, quantity
from desktop_app.models.lines_table import LinesTable
from desktop_app.services.receipt_drafts import DraftLine
from desktop_app.services.rules.money import UNIT
from desktop_app.services.stock_writing import TEXT_MAX
from desktop_app.views.number_field import NumberField
from desktop_app.views.receive_parts import ChoiceView, touch_button
from desktop_app.views.safe_dialog import SafeDialog
from desktop_app.views.tokens import PAGE_MARGIN, RELATED_GAP


class DamageDialog(SafeDialog):
    """Type a number, Enter, arrow to the reason, Enter. Scans do nothing here.

    ``chosen(row id, units, reason code, text)``: so many are damaged under that reason.
    """

    chosen = Signal(int, object, str, str)

    def __init__(self, line: DraftLine, parent: QWidget) -> None:
        super().__init__(f"Damaged: {line.sku}", parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(520)
        self._line = line
        self._counted = line.this_time + line.extra
        asked = QLabel(f"How many of the {quantity(self._counted)} counted {line.sku} are damaged?")
        asked.setTextFormat(Qt.TextFormat.PlainText)
        asked.setProperty("type", "section")
        asked.setWordWrap(True)
        self.units = NumberField(self)
        self.units.setAccessibleName("Damaged units")
        self.units.setProperty("touch", "scan")
        self.reasons = LinesTable[Reason](REASON_COLUMNS, self, key=lambda one: one.kept)
        self.reasons.show(damage_reasons(line.damage))
        self.view = ChoiceView(self.reasons, "Why they are damaged")
        self.view.setMinimumHeight(self.view.height_for(len(self.reasons.rows())))
        self.text = QLineEdit(self)
        self.text.setProperty("touch", "scan")
        self.text.setMaxLength(TEXT_MAX)
        self.text.setPlaceholderText("What happened to them")
        self.text.setAccessibleName("What happened to them")
        self.button = touch_button("Mark", self.commit, primary=True, tip="Enter on a reason")
        self._lay_out(asked)
        self.units.valueChanged.connect(lambda _value: self._show())
        self.units.lineEdit().returnPressed.connect(self.view.setFocus)
        self.text.textChanged.connect(lambda _text: self._show())
        self.text.returnPressed.connect(self.commit)
        self.view.opened.connect(lambda _reason: self._reason_taken())
        self.view.current_changed.connect(lambda _reason: self._reason_changed())
        self.view.setCurrentIndex(self.reasons.index(self._first(), 0))
        self.units.setFocus()

    def _lay_out(self, asked: QLabel) -> None:
        number = QHBoxLayout()
        number.setSpacing(RELATED_GAP)
        number.addWidget(self.units)
        number.addWidget(QLabel("units: received, but kept in quarantine and for no sale"), 1)
        foot = QHBoxLayout()
        foot.setSpacing(RELATED_GAP)
        foot.addStretch(1)
        foot.addWidget(touch_button("Cancel  Esc", self.reject))
        foot.addWidget(self.button)
        box = QVBoxLayout(self)
        box.setContentsMargins(PAGE_MARGIN, PAGE_MARGIN, PAGE_MARGIN, PAGE_MARGIN)
        box.setSpacing(12)
        box.addWidget(asked)
        box.addLayout(number)
        box.addWidget(self.view, 1)
        box.addWidget(self.text)
        box.addLayout(foot)

    def _first(self) -> int:
        """The reason that has units already, else the first."""
        marked = [at for at, one in enumerate(self.reasons.rows()) if one.units]
        return marked[0] if marked else 0

    @property
    def reason(self) -> Reason:
        """The reason that is current."""
        found: Reason = self.view.current_row()
        return found

    def _reason_changed(self) -> None:
        """Show what the reason has; where it has none, one more unit is likely meant."""
        free = self._counted - self._line.damaged + self.reason.units
        self.units.setRange(0, free // UNIT)
        self.units.setValue(self.reason.units // UNIT or 1)
        self.text.setVisible(self.reason.asks)
        self._show()

    def _show(self) -> None:
        units, reason = self.units.value() * UNIT, self.reason
        words = f"Mark {quantity(units)} damaged" if units else "Mark none damaged"
        self.button.setText(words)
        self.button.setAccessibleName(f"{words}: {reason.words}")
        lacks = reason.asks and not self.text.text().strip()
        self.button.setEnabled(units != reason.units and not lacks)
        self.button.setToolTip("Write what happened to them" if lacks else "Enter on a reason")
        self.units.setToolTip(f"At most {counted_units(self.units.maximum() * UNIT)}")

    def _reason_taken(self) -> None:
        """Enter on a reason: do it; *Other* wants a text first."""
        if self.reason.asks and not self.text.text().strip():
            self.text.setFocus()
        else:
            self.commit()

    def commit(self) -> None:
        """Mark so many under the reason that is current."""
        if self.button.isEnabled() and self.isVisible():
            reason = self.reason
            text = self.text.text().strip() if reason.asks else reason.text
            self.accept()
            self.chosen.emit(self._line.po_row_id, self.units.value() * UNIT, reason.code, text)
