"""Small dialogs of a purchase order: raise a line, change its day, undo a receipt."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import uuid4

from PySide6.QtCore import QDate
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDateEdit,
    QFormLayout,
    QLabel,
    QLineEdit,
    QRadioButton,
    QWidget,
)

from desktop_app.models import formats
from desktop_app.models.purchase_rows import NoteRow
from desktop_app.services import purchases, receipt_undo
from desktop_app.services.errors import Conflict
from desktop_app.services.purchase_details import PurchaseDetail, PurchaseRowDetail
from desktop_app.services.receipt_undo import Blocker, UndoPreview

from .act_dialog import ActDialog
from .desk import Desk
from .messages import sentence


class RaiseRowDialog(ActDialog):
    """Order more on a line (R5.3)."""

    def __init__(
        self, desk: Desk, order: PurchaseDetail, row: PurchaseRowDetail | None, parent: QWidget
    ) -> None:
        super().__init__(desk, f"Raise a line of PO {order.number}", "Raise", parent, self.act)
        form = QFormLayout()
        self.rows = QComboBox()
        self.rows.setAccessibleName("Line")
        for one in order.rows:
            self.rows.addItem(f"{one.sku}  {one.name}", one)
        if row is not None:
            self.rows.setCurrentIndex([one.id for one in order.rows].index(row.id))
        self.to = QLineEdit()
        self.to.setAccessibleName("New quantity")
        form.addRow("Line", self.rows)
        form.addRow("Raise to", self.to)
        self.body.addLayout(form)
        self.rows.currentIndexChanged.connect(self._show)
        self.to.textChanged.connect(self._check)
        self._show()

    def _row(self) -> PurchaseRowDetail:
        row: PurchaseRowDetail = self.rows.currentData()
        return row

    def _show(self) -> None:
        self.to.setText(formats.quantity(self._row().ordered))
        self.to.selectAll()

    def _check(self) -> None:
        try:
            wanted = formats.parse_quantity(self.to.text())
        except ValueError as error:
            self.say(str(error))
            self.button.setEnabled(False)
            return
        more = wanted - self._row().ordered
        self.button.setEnabled(more > 0)
        self.say(
            "" if more >= 0 else "A line is never lowered here: close the order short instead."
        )
        self.button.setText(f"Raise by {formats.quantity(more)}" if more > 0 else "Raise")

    def act(self) -> None:
        row = self._row()
        wanted = formats.parse_quantity(self.to.text())
        self.button.setEnabled(False)
        self.desk.run(
            self, purchases.raise_row(row.id, wanted), once=self.once,
            says=f"{row.sku} raised to {formats.quantity(wanted)}",
            then=lambda _done: self.accept(), failed=self.refuse,
        )  # fmt: skip


class ExpectedDayDialog(ActDialog):
    """When the goods are expected now."""

    def __init__(self, desk: Desk, order: PurchaseDetail, parent: QWidget) -> None:
        super().__init__(desk, f"Expected day of PO {order.number}", "Change", parent, self.act)
        self._order = order
        now = order.expected_on or date.today()  # noqa: DTZ011 - a day on this desk's calendar
        self.day = QDateEdit(QDate(now.year, now.month, now.day))
        self.day.setCalendarPopup(True)
        self.day.setAccessibleName("Expected day")
        form = QFormLayout()
        form.addRow("Expected on", self.day)
        self.body.addLayout(form)
        sales = formats.count(len(order.waiting), "sale")
        self.note = QCheckBox(f"Note the new day on the {sales} that wait for it")
        self.note.setVisible(bool(order.waiting))
        self.body.addWidget(self.note)

    def act(self) -> None:
        wanted = self.day.date()
        day = date(wanted.year(), wanted.month(), wanted.day())
        self.button.setEnabled(False)
        self.desk.run(
            self, purchases.change_expected(self._order.id, day, note_on_sales=self.note.isChecked()),
            once=self.once,
            says=f"PO {self._order.number} is expected on {formats.day(day)}",
            then=lambda _done: self.accept(), failed=self.refuse,
        )  # fmt: skip


class UndoReceiptDialog(ActDialog):
    """Take back a goods-in note or one row of it; shows who loses what first (R5.10)."""

    def __init__(self, desk: Desk, chosen: NoteRow, parent: QWidget) -> None:
        super().__init__(
            desk, f"Undo goods-in note {chosen.note.number}", "Undo receipt", parent, self.act
        )
        self._chosen = chosen
        self._preview: UndoPreview | None = None
        self.whole = QRadioButton(f"The whole note: {formats.counted_units(chosen.note.units)}")
        self.one = QRadioButton(
            f"Only {chosen.row.sku}: {formats.counted_units(chosen.row.quantity)}"
        )
        several = sum(row.undone_at is None for row in chosen.note.rows) > 1
        (self.one if several else self.whole).setChecked(True)
        self.one.setVisible(several)
        self.effect = QLabel()
        self.effect.setWordWrap(True)
        for widget in (self.whole, self.one, self.effect):
            self.body.addWidget(widget)
        self.whole.toggled.connect(self._ask)
        self._ask()

    def _ask(self) -> None:
        self.button.setEnabled(False)
        row = None if self.whole.isChecked() else self._chosen.row.id
        self.desk.read(
            self, receipt_undo.undo_preview, self._chosen.note.id, row, then=self._show,
            failed=self.refuse, key="undo",
        )  # fmt: skip

    def _show(self, preview: UndoPreview) -> None:
        self._preview = preview
        words = [
            f"{formats.counted_units(preview.units)} will be to come again on PO {preview.po_number}."
        ]
        if preview.released:
            names = ", ".join(
                f"#{one.number} {formats.quantity(one.units)} × {one.sku}"
                for one in preview.released[:12]
            )
            more = len(preview.released) - 12
            words.append(
                f"These allocations are released: {names}"
                + (f" and {more} more." if more > 0 else ".")
            )
        self.effect.setText("\n".join(words))
        self.say("\n".join(map(blocker_sentence, preview.blockers)))
        self.button.setEnabled(preview.possible)

    def act(self) -> None:
        if self._preview is None:
            return
        self.button.setEnabled(False)
        if self.whole.isChecked():
            self.desk.undo(
                self._preview.journal_id, f"goods-in note {self._preview.number}",
                then=self.accept, failed=self.refuse,
            )  # fmt: skip
            return
        self.desk.run(
            self, receipt_undo.undo_row(self._chosen.row.id, self._preview.fingerprint), once=self.once,
            says=f"{self._chosen.row.sku} of goods-in note {self._preview.number} undone",
            then=lambda _done: self.accept(), failed=self._moved,
        )  # fmt: skip

    def _moved(self, error: Exception) -> None:
        if isinstance(error, Conflict) and isinstance(error.now, UndoPreview):
            self.once = str(uuid4())
            self._show(error.now)
            self.say(sentence(error))
        else:
            self.refuse(error)


_BLOCKED: dict[str, Callable[[Blocker], str]] = {
    "on_goods_out": lambda b: (
        f"{formats.quantity(b.units)} × {b.sku} of #{b.number} are on goods-out note"
        f" {', '.join(map(str, b.notes))}: undo that note first."
    ),
    "on_hand": lambda b: f"{formats.quantity(b.units)} × {b.sku} are promised to others by now.",
    "quarantine": lambda b: (
        f"{formats.quantity(b.units)} × {b.sku} that were damaged have left quarantine."
    ),
    "purchase_closed": lambda _: "The purchase order is closed.",
}


def blocker_sentence(blocker: Blocker) -> str:
    """Say what is in the way of an undo."""
    return _BLOCKED[blocker.kind](blocker)
