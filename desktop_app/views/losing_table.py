"""Who loses units when less is there than was promised: proposed, and changed by hand (R8.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from desktop_app.models import formats
from desktop_app.services.rules.money import UNIT

from . import tokens
from .number_field import NumberField

ROWS_MAX = 200
"""So many of the newest are shown; what is proposed for older ones stays as proposed."""


FIELD_WIDTH = 88
BAR = 20
HEIGHT_MAX = 260


class LosingTable(QFrame):
    """The items of "confirm:below_promised"; ``changed`` when somebody is to lose more or less."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", "true")
        box = QVBoxLayout(self)
        self.head = QLabel(self)
        self.head.setProperty("type", "strong")
        self.head.setWordWrap(True)
        box.addWidget(self.head)
        self._area = QScrollArea(self)
        self._area.setWidgetResizable(True)
        self._area.setAccessibleName("Sales that hold the units")
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setFrameShape(QScrollArea.Shape.NoFrame)
        self._area.setMinimumHeight(120)
        box.addWidget(self._area, 1)
        self._fields: dict[int, NumberField] = {}
        self._short: dict[tuple[int, int], int] = {}
        self._pairs: dict[int, tuple[int, int]] = {}
        self._kept: dict[int, int] = {}
        self.hide()

    def ask(self, items: Sequence[Mapping[str, Any]]) -> None:
        """Show who holds the units; what was proposed is filled in."""
        self._fields, self._short, self._pairs, self._kept = {}, {}, {}, {}
        inside = QWidget(self)
        inside.setProperty("ground", "surface")
        grid = QGridLayout(inside)
        grid.setHorizontalSpacing(tokens.CARD_GAP)
        for column, words in enumerate(("Sale", "Customer", "Placed", "Item", "Holds", "Loses")):
            label = QLabel(words, inside)
            label.setProperty("type", "caption")
            grid.addWidget(label, 0, column)
        grid.setColumnStretch(1, 1)
        for place, one in enumerate(items):
            pair = (one["warehouse_id"], one["product_id"])
            self._short[pair] = self._short.get(pair, 0) + one["loses"]
            self._pairs[one["sale_row_id"]] = pair
            if place >= ROWS_MAX and one["loses"]:
                self._kept[one["sale_row_id"]] = one["loses"]
        for row, one in enumerate(items[:ROWS_MAX], 1):
            held = one["reserved"] + one["on_notes"]
            noted = f" ({formats.quantity(one['on_notes'])} on a note)" if one["on_notes"] else ""
            texts = (
                f"#{one['number']}", one["customer"],
                formats.moment(datetime.fromisoformat(one["placed_at"])), one["sku"],
                f"{formats.quantity(held)}{noted}",
            )  # fmt: skip
            for column, words in enumerate(texts):
                label = QLabel(words, inside)
                label.setProperty("type", "strong" if column == 0 else "")
                grid.addWidget(label, row, column)
            field = NumberField(inside)
            field.setRange(0, held // UNIT)
            field.setMinimumWidth(FIELD_WIDTH)
            field.setValue(one["loses"] // UNIT)
            field.setAccessibleName(f"#{one['number']} loses {one['sku']}")
            field.valueChanged.connect(lambda _value: self._counted())
            grid.addWidget(field, row, 5)
            self._fields[one["sale_row_id"]] = field
        grid.setRowStretch(grid.rowCount(), 1)
        self._area.setWidget(inside)
        wanted = inside.sizeHint()
        self._area.setMinimumWidth(wanted.width() + BAR)
        self._area.setMinimumHeight(min(wanted.height() + BAR, HEIGHT_MAX))
        self.show()
        self._counted()
        first = next((f for f in self._fields.values() if f.value()), None)
        if first is not None:
            first.setFocus()

    def chosen(self) -> dict[int, int]:
        """Sale row to the units it loses."""
        typed = {row: f.value() * UNIT for row, f in self._fields.items() if f.value()}
        return typed | self._kept

    def why_not(self) -> str:
        """What does not add up, empty where it does."""
        sums: dict[tuple[int, int], int] = dict.fromkeys(self._short, 0)
        for row, units in self.chosen().items():
            sums[self._pairs[row]] += units
        for pair, short in self._short.items():
            if sums[pair] != short:
                wanted, given = formats.quantity(short), formats.counted_units(sums[pair])
                return f"Take {wanted} from the sales; {given} chosen so far"
        return ""

    def words(self) -> str:
        """What is taken, for the act: 2 units from 1 sale."""
        lost = self.chosen()
        return (
            f"{formats.counted_units(sum(lost.values()))} from {formats.count(len(lost), 'sale')}"
        )

    def clear(self) -> None:
        """Nobody has to lose anything."""
        self._fields, self._short, self._pairs, self._kept = {}, {}, {}, {}
        self.hide()

    def _counted(self) -> None:
        total = formats.counted_units(sum(self._short.values()))
        said = f"{total} of these are promised to sales. Who loses them? The newest are proposed."
        self.head.setText(self.why_not() or said)
        self.changed.emit()
