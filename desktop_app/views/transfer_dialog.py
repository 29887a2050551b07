"""Move stock from one warehouse to another (ux INV-02, R8.1)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import cast

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop_app.models import formats
from desktop_app.models.scan_filter import ScanFilter
from desktop_app.services import transfer_preview, transfers
from desktop_app.services.access import Permission
from desktop_app.services.backend import Call
from desktop_app.services.catalogue import WarehouseChoice
from desktop_app.services.rules.money import UNIT
from desktop_app.services.transfer_preview import Found, MoveLine, MovePreview

from . import icons, tokens
from .act_frame import StockDialog, served_words
from .choices import CalmCombo, wrapped_check
from .desk import Desk
from .losing_table import FIELD_WIDTH
from .number_field import NumberField

UNITS_MAX = 99_999_999


class TransferDialog(StockDialog):
    """``moved(result)`` after the commit. A scan or a typed product adds a line, or one to it."""

    moved = Signal(object)

    def __init__(
        self,
        desk: Desk,
        warehouses: Sequence[WarehouseChoice],
        scans: ScanFilter | None = None,
        product_id: int | None = None,
        from_id: int | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(desk, "Transfer stock", 660, parent)
        self._scans = scans
        self._names = {one.id: one.name for one in warehouses}
        self._units: dict[int, int] = {}
        self._lines: dict[int, _Line] = {}
        self._preview: MovePreview | None = None
        self._asked: tuple[object, ...] | None = None
        self._allocate_chosen = False
        self._build(warehouses)
        ids = [one.id for one in warehouses]
        self.source.set_key(from_id if from_id is not None else next(iter(ids), None))
        self.target.set_key(next((key for key in ids if key != self.source.key()), None))
        self._settle()
        if product_id is not None:
            self._units[product_id] = UNIT
            if from_id is None:
                desk.read(self, transfer_preview.usual_ends, product_id, then=self._ends)
            else:
                self._ask()

    def _build(self, warehouses: Sequence[WarehouseChoice]) -> None:
        ends = QHBoxLayout()
        self.source, self.target = CalmCombo("From", self), CalmCombo("To", self)
        for words, combo in (("From", self.source), ("To", self.target)):
            combo.fill([(one.id, one.name) for one in warehouses])
            combo.chosen.connect(lambda _key: self._ends_changed())
            label = QLabel(words, self)
            label.setBuddy(combo)
            ends.addWidget(label)
            ends.addWidget(combo, 1)
        self.body.addLayout(ends)
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(tokens.CARD_GAP)
        self.heads = [QLabel(words, self) for words in ("Item", "On hand", "Move", "", "", "")]
        for column, head in enumerate(self.heads):
            head.setProperty("type", "caption")
            self.grid.addWidget(head, 0, column)
        self.grid.setColumnStretch(0, 1)
        inside = QWidget(self)
        inside.setProperty("ground", "window")
        room = QVBoxLayout(inside)
        room.setContentsMargins(0, 0, 0, 0)
        room.addLayout(self.grid)
        room.addStretch(1)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setAccessibleName("Products to move")
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inside)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setMinimumHeight(140)
        self.body.addWidget(area, 1)
        self.add = QLineEdit(self)
        self.add.setPlaceholderText("Scan or type a product, then Enter")
        self.add.setAccessibleName("Add a product")
        self.add.returnPressed.connect(lambda: self._look_up(self.add.text()))
        self.body.addWidget(self.add)
        how = QHBoxLayout()
        self.now = QRadioButton("Move now", self)
        self.later = QRadioButton("Send now, receive later", self)
        self.now.setChecked(True)
        group = QButtonGroup(self)
        for radio in (self.now, self.later):
            group.addButton(radio)
            how.addWidget(radio)
        how.addStretch(1)
        self.now.toggled.connect(lambda _on: self._settle())
        self.body.addLayout(how)
        self.allocate = wrapped_check(self, "Then allocate to waiting sales", " ")
        self.allocate.button.clicked.connect(self._chose_allocate)
        self.body.addWidget(self.allocate)
        self.reference = QLineEdit(self)
        self.reference.setAccessibleName("Reference")
        self.reference.setPlaceholderText("Reference, if any")
        self.reference.setMaxLength(transfers.REFERENCE_MAX)
        self.body.addWidget(self.reference)

    # -- lines ------------------------------------------------------------------------------------

    def _ends(self, found: tuple[int | None, int | None]) -> None:
        source, target = found
        if source is not None:
            self.source.set_key(source)
        if target is not None:
            self.target.set_key(target)
        if self.source.key() == self.target.key():
            other = next((key for key in self._names if key != self.source.key()), None)
            self.target.set_key(other)
        self._ask()

    def _ends_changed(self) -> None:
        self._allocate_chosen = False
        self._ask()

    def _look_up(self, code: str) -> None:
        if code.strip():
            self.desk.read(
                self, transfer_preview.find_product, code,
                then=partial(self._found, code.strip()), key="found",
            )  # fmt: skip

    def _found(self, code: str, found: Found | None) -> None:
        if found is None:
            QApplication.beep()
            self.message.say(
                "part", f"“{code}” is no product, or more than one. Nothing was added."
            )
            return
        self.message.clear()
        self.add.clear()
        self._units[found.product_id] = self._units.get(found.product_id, 0) + found.units
        self._ask()

    def set_units(self, product_id: int, number: int) -> None:
        """Move so many whole units of a line."""
        self._units[product_id] = number * UNIT
        self.message.clear()
        self._ask()

    def _remove(self, product_id: int) -> None:
        del self._units[product_id]
        self._ask()

    def _ask(self) -> None:
        self.renew()
        source, target = self.source.key(), self.target.key()
        if source is None or target is None:
            return
        self._settle()
        self._asked = (source, target, tuple(self._units.items()))
        self.desk.read(
            self, transfer_preview.move_preview, source, target, dict(self._units),
            then=partial(self._previewed, self._asked), key="preview", failed=self.refuse,
        )  # fmt: skip

    def _previewed(self, asked: tuple[object, ...], made: MovePreview) -> None:
        if asked != self._asked:
            return
        self._preview = made
        self._asked = None
        for column, key in ((3, self.source.key()), (4, self.target.key())):
            self.heads[column].setText(self._names.get(cast("int", key), ""))
        self._show_lines(made.lines)
        if not self._allocate_chosen:
            self.allocate.set_checked(made.allocate)
        self.allocate.hint.setText(served_words(made.served))
        self._settle()

    def _show_lines(self, lines: Sequence[MoveLine]) -> None:
        for key in [key for key in self._lines if key not in self._units]:
            self._lines.pop(key).take_away()
        for one in lines:
            line = self._lines.get(one.product_id)
            if line is None:
                line = _Line(self.grid, self.grid.rowCount(), one.sku, self)
                line.field.valueChanged.connect(partial(self.set_units, one.product_id))
                line.remove.clicked.connect(partial(self._removed, one.product_id))
                self._lines[one.product_id] = line
                line.field.setFocus()
            line.show_line(one, self._units.get(one.product_id, 0))

    def _removed(self, product_id: int, _checked: bool = False) -> None:
        self._remove(product_id)

    def _chose_allocate(self) -> None:
        self._allocate_chosen = True
        self._settle()

    # -- the act ----------------------------------------------------------------------------------

    def _why_not(self) -> str:
        if role := self.desk.why_not(Permission.TRANSFER):
            return role
        if self.source.key() == self.target.key():
            return "The goods are in that warehouse already"
        if not any(self._units.values()):
            return "Nothing is to be moved yet"
        if self._asked is not None or self._preview is None:
            return "Reading the stock"
        over = [
            one.sku
            for one in self._preview.lines
            if self._units.get(one.product_id, 0) > one.on_hand
        ]
        return f"Not so many of {', '.join(over[:3])} are on hand" if over else ""

    def _settle(self) -> None:
        total = sum(self._units.values())
        source = self._names.get(cast("int", self.source.key()), "")
        target = self._names.get(cast("int", self.target.key()), "")
        verb = "Move" if self.now.isChecked() else "Send"
        why = self._why_not()
        self.say_act(f"{verb} {formats.counted_units(total)} {source} → {target}", why)
        self.total.setText(why if why.startswith(("Not so", "The goods")) else "")
        self.allocate.setVisible(self.now.isChecked())

    def _call(self) -> Call[dict[str, object]]:
        source, target = cast("int", self.source.key()), cast("int", self.target.key())
        units = {key: part for key, part in self._units.items() if part}
        words = self.reference.text().strip()
        if self.now.isChecked():
            return transfers.move(source, target, units, self.allocate.is_checked(), words)
        return transfers.send(source, target, units, words)

    def commit(self) -> None:
        """Move what is shown; pressed twice, it is still one transfer."""
        if self.busy or not self.button.isEnabled():
            return
        self.busy = True
        words = self.button.text().replace("Move", "Moved", 1).replace("Send", "Sent", 1)
        self.desk.run(
            self, self._call(), once=self.once, failed=self._refused,
            says=lambda made: f"{words}{_given(made)}", then=lambda done: self._done(done.result),
        )  # fmt: skip
        self._settle()

    def _done(self, result: object) -> None:
        self.busy = False
        self.moved.emit(result)
        self.accept()

    def _refused(self, error: Exception) -> None:
        self.refuse(error)
        self._ask()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._scans is not None:
            self._scans.claim(self, self._look_up, active=self.isActiveWindow)

    def hideEvent(self, event: QHideEvent) -> None:
        if self._scans is not None:
            self._scans.release(self)
        super().hideEvent(event)


def _given(made: dict[str, object]) -> str:
    sales = cast("list[dict[str, int]]", made.get("sales", []))
    named = ", ".join(f"#{one['number']}" for one in sales[:3])
    return f", allocated to {named}" if named else ""


class _Line:
    """The widgets of one product: code, on hand, units, before → after of both warehouses."""

    def __init__(self, grid: QGridLayout, row: int, sku: str, parent: QWidget) -> None:
        self._grid = grid
        self.code = QLabel(sku, parent)
        self.code.setProperty("type", "strong")
        self.on_hand = QLabel(parent)
        self.field = NumberField(parent)
        self.field.setAccessibleName(f"Move {sku}")
        self.field.setRange(0, UNITS_MAX)
        self.field.setMinimumWidth(FIELD_WIDTH)
        self.source, self.target = QLabel(parent), QLabel(parent)
        self.remove = QPushButton(parent)
        self.remove.setProperty("kind", "quiet")
        self.remove.setIcon(icons.icon("x", "text2"))
        self.remove.setIconSize(QSize(16, 16))
        self.remove.setAccessibleName(f"Leave out {sku}")
        self.remove.setToolTip(f"Leave out {sku}")
        self._all: tuple[QWidget, ...] = (
            self.code, self.on_hand, self.field, self.source, self.target, self.remove,
        )  # fmt: skip
        for column, widget in enumerate(self._all):
            grid.addWidget(widget, row, column)

    def show_line(self, line: MoveLine, units: int) -> None:
        """Show the figures."""
        self.code.setToolTip(line.name)
        self.on_hand.setText(formats.quantity(line.on_hand))
        blocked = self.field.blockSignals(True)
        if self.field.value() != units // UNIT:
            self.field.setValue(units // UNIT)
        self.field.blockSignals(blocked)
        self.source.setText(_change(line.source_stock, -units))
        self.target.setText(_change(line.target_stock, units))

    def take_away(self) -> None:
        """Remove the line."""
        for widget in self._all:
            self._grid.removeWidget(widget)
            widget.deleteLater()


def _change(before: int, by: int) -> str:
    return f"{formats.quantity(before)} → {formats.quantity(before + by)}"
