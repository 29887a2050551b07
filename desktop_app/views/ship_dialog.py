"""Ship a goods-out note or rows of a sale, in part if need be (R6.1, R6.2). It cannot be undone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any
from uuid import uuid4

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QWidget,
)

from desktop_app.models.columns import Column
from desktop_app.models.formats import count, counted_units
from desktop_app.models.goods_out_rows import NOTE_ROWS, SHIP_ROWS
from desktop_app.models.goods_out_words import one_sale
from desktop_app.models.units_rows import UnitsRows
from desktop_app.services import goods_out, goods_out_details
from desktop_app.services.access import Permission
from desktop_app.services.backend import Call, Done
from desktop_app.services.errors import ServiceError
from desktop_app.services.goods_out_details import GoodsOutNote, NoteRow, Shippable, ShipRow
from desktop_app.services.goods_out_facts import TRACKING_MAX
from desktop_app.services.rules.money import UNIT
from desktop_app.views.desk import Desk
from desktop_app.views.messages import may_help_to_retry, sentence
from desktop_app.views.notice import Notice
from desktop_app.views.rows_dialog import RowsDialog
from desktop_app.views.units_table import UnitsTable

ShipCall = Callable[[Mapping[int, int], str], Call[dict[str, Any]]]
"""The command for the units typed and the tracking number."""

WARNING = (
    "Shipping takes the units out of stock and cannot be undone. What comes back is a sales credit."
)
WHOLE = "This sale ships complete only: all of it leaves, or nothing."


class ShipDialog(RowsDialog):
    """What leaves, how much of it, and its tracking number. ``shipped(result)`` after the commit."""

    shipped = Signal(object)
    needs = Permission.SHIP
    heading = "Ship now"

    def __init__(
        self,
        desk: Desk,
        title: str,
        columns: tuple[Column[Any], ...],
        most: Callable[[Any], int],
        call: ShipCall,
        parent: QWidget,
    ) -> None:
        super().__init__(desk, title, parent)
        self._call = call
        self.rows: UnitsRows[Any] = UnitsRows(
            columns, heading=self.heading, key=self.key_of, name=lambda row: row.sku, most=most,
            parent=self,
        )  # fmt: skip
        self._build(title)
        self.rows.edited.connect(self.settle)
        self.open_at(760, 460)
        self.settle()

    @staticmethod
    def key_of(row: Any) -> int:
        """What a quantity is kept by."""
        found: int = row.id
        return found

    def _build(self, title: str) -> None:
        inside = self.frame()
        self.title = QLabel(title, self)
        self.title.setProperty("type", "section")
        self.subtitle = QLabel(self)
        self.subtitle.setProperty("tone", "muted")
        self.subtitle.setWordWrap(True)
        self.subtitle.setTextFormat(Qt.TextFormat.PlainText)
        self.message = Notice(self)
        self.table = UnitsTable(self.rows, "Rows to ship", "Units to ship", self)
        inside.addWidget(self.title)
        inside.addWidget(self.subtitle)
        inside.addWidget(self.message)
        inside.addWidget(self.table, 1)
        line = QHBoxLayout()
        self._tracking_label = label = QLabel("Tracking number", self)
        self.tracking = QLineEdit(self)
        self.tracking.setAccessibleName("Tracking number")
        self.tracking.setMaxLength(TRACKING_MAX)
        label.setBuddy(self.tracking)
        line.addWidget(label)
        line.addWidget(self.tracking, 1)
        inside.addLayout(line)
        self.warning = Notice(self)
        self.warning.say("part", WARNING)
        inside.addWidget(self.warning)
        self.button = self.end_with("Ship")

    def tracking_line(self, *, shown: bool) -> None:
        """Show or hide the tracking number."""
        self.tracking.setVisible(shown)
        self._tracking_label.setVisible(shown)

    def stays(self) -> int:
        """Units on offer that do not leave now."""
        return sum(self.rows.most(row) for row in self.rows.rows()) - self.rows.total

    def settle(self) -> None:
        """Say what will leave and whether it may."""
        units, stays = self.rows.total, self.stays()
        words = f"{counted_units(units)} will leave"
        self.totals.setText(words + (f", {counted_units(stays)} stay" if stays else ""))
        self.button.setText(f"Ship {counted_units(units)}" if units else "Ship")
        why = self._why_not()
        self.button.setEnabled(not why)
        self.button.setToolTip(why or "Ctrl+Enter")
        self.table.setEnabled(not self._busy)

    def _why_not(self) -> str:
        if role := self._desk.why_not(self.needs):
            return role
        if self._busy:
            return "Working on it"
        if self.rows.unread:
            return "Correct what cannot be read first"
        return "" if self.rows.total else "Nothing of it can ship"

    def commit(self) -> None:
        """Ship what is shown; pressed twice, it leaves once."""
        self.table.finish()
        if self._busy or not self.button.isEnabled():
            return
        self._busy = True
        self.message.clear()
        call = self._call(self.rows.units, self.tracking.text().strip())
        self._desk.run(
            self, call, once=self._once, then=self._shipped, failed=self._refused,
            says=self.said,
        )  # fmt: skip
        self.settle()

    def said(self, result: dict[str, Any]) -> str:
        """What the strip says when it is done."""
        return one_sale("ship", result)

    def _shipped(self, done: Done[dict[str, Any]]) -> None:
        self._busy = False
        self.shipped.emit(done.result)
        self.accept()

    def _refused(self, error: Exception) -> None:
        self._busy = False
        if not isinstance(error, ServiceError):
            raise error
        if may_help_to_retry(error):
            self.message.say("wrong", sentence(error), (("Try again", self.commit),))
        else:
            self._once = str(uuid4())
            self.message.say("wrong", sentence(error))
            self.read_again()
        self.settle()

    def read_again(self) -> None:
        """Show what is true now, after a refusal; the subclass reads."""


class ShipNoteDialog(ShipDialog):
    """Ship one goods-out note; what stays gets a note of its own."""

    def __init__(self, desk: Desk, note: GoodsOutNote, parent: QWidget) -> None:
        self.note = note
        super().__init__(
            desk, f"Ship goods-out note {note.number}", NOTE_ROWS, lambda row: row.units,
            self.call, parent,
        )  # fmt: skip
        self.subtitle.setText(f"For #{note.sale_number}, from {note.warehouse}")
        self._fill(note.rows)
        self.tracking.setFocus()

    def _fill(self, rows: tuple[NoteRow, ...]) -> None:
        self.rows.offer(rows, {row.id: row.units for row in rows})
        if rows:
            self.table.setCurrentIndex(self.rows.index(0, 0))

    def settle(self) -> None:
        super().settle()
        if stays := self.stays():
            own = "goes on a note of its own" if stays == UNIT else "go on a note of their own"
            self.totals.setText(
                f"{counted_units(self.rows.total)} will leave; {counted_units(stays)} {own}"
            )

    def call(self, units: Mapping[int, int], tracking: str) -> Call[dict[str, Any]]:
        """Ship the note, less of it where less is typed."""
        whole = {row.id: row.units for row in self.note.rows}
        part = {key: units.get(key, 0) for key in whole if units.get(key, 0) < whole[key]}
        return goods_out.ship([self.note.id], tracking, part or None)

    def read_again(self) -> None:
        self._desk.read(
            self, goods_out_details.notes_by_id, [self.note.id], then=self._read, key="note"
        )

    def _read(self, found: tuple[GoodsOutNote, ...]) -> None:
        self.note = found[0] if found else self.note
        self._fill(found[0].rows if found and found[0].is_open else ())


class ShipRowsDialog(ShipDialog):
    """Ship what is allocated of a sale's rows: off its notes first, then what is reserved."""

    def __init__(self, desk: Desk, sale_id: int, row_ids: Collection[int], parent: QWidget) -> None:
        self._sale_id, self._wanted = sale_id, set(row_ids)
        super().__init__(desk, "Ship", SHIP_ROWS, lambda row: row.can, self.call, parent)
        self.totals.setText("Reading the sale…")
        self.tracking.setFocus()
        self.read_again()

    @staticmethod
    def key_of(row: ShipRow) -> int:
        return row.sale_row_id

    def read_again(self) -> None:
        self._desk.read(
            self, goods_out_details.shippable, self._sale_id, then=self._read, key="sale"
        )

    def _read(self, found: Shippable | None) -> None:
        if found is None:
            self.message.say("wrong", "This sale does not exist any more.")
            return
        words = f"Ship #{found.number}"
        self.title.setText(words)
        self.setWindowTitle(words)
        address = ", ".join(line.strip() for line in found.address.splitlines() if line.strip())
        self.subtitle.setText(" · ".join(filter(None, (found.customer, address))))
        left = [row for row in found.rows if row.can or row.shipped < row.ordered]
        self.rows.offer(
            left,
            {
                row.sale_row_id: row.can
                for row in left
                if not self._wanted or row.sale_row_id in self._wanted
            },
        )
        short = sum(1 for row in left if not row.can)
        if not self.message.isHidden():
            pass  # why it was refused stays to be read
        elif found.ship_complete:
            self.message.say("info", WHOLE)
        elif short:
            self.message.say(
                "info",
                f"Nothing is allocated on {count(short, 'row')}. Fulfil the sale first to ship more.",
            )
        if left:
            self.table.setCurrentIndex(self.rows.index(0, 0))

    def call(self, units: Mapping[int, int], tracking: str) -> Call[dict[str, Any]]:
        """Ship these units of the sale's rows."""
        wanted = {key: part for key, part in units.items() if part}
        return goods_out.ship_rows(self._sale_id, wanted, tracking)
