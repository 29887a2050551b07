"""What is done with a transfer on its way: receive it, whole or in part, or close it (R8.1)."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QGridLayout, QLabel, QLineEdit, QScrollArea, QWidget

from desktop_app.models import formats
from desktop_app.models.moving_words import reason_words
from desktop_app.services import transfer_preview, transfers
from desktop_app.services.access import Permission
from desktop_app.services.rules.money import UNIT
from desktop_app.services.stock_writing import TEXT_MAX
from desktop_app.services.transfer_preview import MovePreview
from desktop_app.services.transfers_list import TransferDetail

from . import tokens
from .act_frame import StockDialog, reason_choice, served_words
from .choices import wrapped_check
from .desk import Desk
from .losing_table import FIELD_WIDTH
from .number_field import NumberField


class ReceiveTransferDialog(StockDialog):
    """What arrived of a transfer; all of it is filled in."""

    def __init__(self, desk: Desk, detail: TransferDetail, parent: QWidget | None = None) -> None:
        head = detail.head
        super().__init__(desk, f"Receive transfer {head.number}", 560, parent)
        self._detail = detail
        self._allocate_chosen = False
        words = QLabel(f"From {head.source} to {head.warehouse}", self)
        words.setProperty("tone", "muted")
        self.body.addWidget(words)
        inside = QWidget(self)
        inside.setProperty("ground", "window")
        grid = QGridLayout(inside)
        grid.setHorizontalSpacing(tokens.CARD_GAP)
        for column, text in enumerate(("Item", "On its way", "Arrived", head.warehouse)):
            caption = QLabel(text, inside)
            caption.setProperty("type", "caption")
            grid.addWidget(caption, 0, column)
        grid.setColumnStretch(0, 1)
        self.fields: dict[int, NumberField] = {}
        self._after: dict[int, tuple[QLabel, int]] = {}
        for at, row in enumerate([one for one in detail.rows if one.in_transit], 1):
            code = QLabel(row.sku, inside)
            code.setProperty("type", "strong")
            code.setToolTip(row.name)
            field = NumberField(inside)
            field.setRange(0, row.in_transit // UNIT)
            field.setValue(row.in_transit // UNIT)
            field.setMinimumWidth(FIELD_WIDTH)
            field.setAccessibleName(f"Arrived of {row.sku}")
            field.valueChanged.connect(lambda _value: self._edited())
            after = QLabel(inside)
            for column, widget in enumerate(
                (code, QLabel(formats.quantity(row.in_transit), inside), field, after)
            ):
                grid.addWidget(widget, at, column)
            self.fields[row.product_id] = field
            self._after[row.product_id] = (after, row.in_stock)
        grid.setRowStretch(grid.rowCount(), 1)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setAccessibleName("Products on their way")
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setMinimumHeight(120)
        area.setWidget(inside)
        self.body.addWidget(area, 1)
        self.allocate = wrapped_check(self, "Then allocate to waiting sales", " ")
        self.allocate.button.clicked.connect(self._chose)
        self.body.addWidget(self.allocate)
        self._edited()
        first = next(iter(self.fields.values()), None)
        if first is not None:
            first.setFocus()

    def _units(self) -> dict[int, int]:
        return {key: f.value() * UNIT for key, f in self.fields.items() if f.value()}

    def _chose(self) -> None:
        self._allocate_chosen = True
        self._settle()

    def _edited(self) -> None:
        self.renew()
        self.message.clear()
        for key, (label, before) in self._after.items():
            after = before + self.fields[key].value() * UNIT
            label.setText(f"{formats.quantity(before)} → {formats.quantity(after)}")
        self._settle()
        head, units = self._detail.head, self._units()
        self.desk.read(
            self, transfer_preview.move_preview, head.from_id, head.to_id, units,
            then=partial(self._previewed, units), key="preview",
        )  # fmt: skip

    def _previewed(self, asked: dict[int, int], made: MovePreview) -> None:
        if asked == self._units():
            if not self._allocate_chosen:
                self.allocate.set_checked(made.allocate)
            self.allocate.hint.setText(served_words(made.served))

    def _settle(self) -> None:
        total = sum(self._units().values())
        left = self._detail.head.in_transit - total
        why = self.desk.why_not(Permission.TRANSFER) or ("" if total else "Nothing arrived yet")
        self.say_act(
            f"Receive {formats.counted_units(total)} in {self._detail.head.warehouse}", why
        )
        self.total.setText(
            f"{formats.counted_units(left)} stay on the way" if left and total else ""
        )

    def commit(self) -> None:
        """Receive what is shown."""
        if self.busy or not self.button.isEnabled():
            return
        self.busy = True
        head = self._detail.head
        call = transfers.receive(head.id, self._units(), self.allocate.is_checked())
        self.desk.run(
            self, call, once=self.once, says=_received, failed=self._refused,
            then=lambda _done: self.accept(),
        )  # fmt: skip
        self._settle()

    def _refused(self, error: Exception) -> None:
        self.refuse(error)
        self._settle()


def _received(made: dict[str, Any]) -> str:
    sales = ", ".join(f"#{one['number']}" for one in made["sales"][:3])
    ends = f", allocated to {sales}" if sales else ""
    number = made["transfer"]["number"]
    return f"{formats.counted_units(made['units'])} of transfer {number} received{ends}"


class CloseTransferDialog(StockDialog):
    """Write off what did not arrive."""

    def __init__(self, desk: Desk, detail: TransferDetail, parent: QWidget | None = None) -> None:
        head = detail.head
        super().__init__(desk, f"Close transfer {head.number}", 460, parent)
        self._head = head
        words = QLabel(
            f"{formats.counted_units(head.in_transit)} left {head.source} and did not arrive in"
            f" {head.warehouse}. Closing writes them off.",
            self,
        )
        words.setWordWrap(True)
        self.body.addWidget(words)
        form = QFormLayout()
        self.reason = reason_choice(self, "count", "found", "not_on_record")
        self.note = QLineEdit(self)
        self.note.setAccessibleName("Note")
        self.note.setMaxLength(TEXT_MAX)
        form.addRow("Reason", self.reason)
        form.addRow("Note", self.note)
        self.body.addLayout(form)
        self.reason.chosen.connect(lambda _key: self._settle())
        self.note.textChanged.connect(lambda _text: self._settle())
        self._settle()

    def _settle(self) -> None:
        why = self.desk.why_not(Permission.CORRECT_STOCK)
        if not why and not self.reason.key():
            why = "Choose a reason"
        if not why and self.reason.key() == "other" and not self.note.text().strip():
            why = "Write a note about the reason"
        self.say_act(f"Write off {formats.counted_units(self._head.in_transit)}", why)

    def commit(self) -> None:
        """Close it."""
        if self.busy or not self.button.isEnabled():
            return
        self.busy = True
        reason = cast("str", self.reason.key())
        said = f"Transfer {self._head.number} closed, {reason_words(reason).lower()}"
        self.desk.run(
            self, transfers.close(self._head.id, reason, self.note.text()), once=self.once,
            says=said, failed=self._refused, then=lambda _done: self.accept(),
        )  # fmt: skip
        self._settle()

    def _refused(self, error: Exception) -> None:
        self.refuse(error)
        self._settle()
