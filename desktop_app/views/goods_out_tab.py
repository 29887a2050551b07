"""The goods-out notes of a sale with their steps and acts: print, pick, pack, ship, delete (R6)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from desktop_app.models import formats, goods_out_words
from desktop_app.models.goods_out_rows import NOTE_ROWS, NOTES, STEP_WORDS
from desktop_app.models.lines_table import LinesTable
from desktop_app.models.print_jobs import GOODS_OUT
from desktop_app.services import goods_out, goods_out_details
from desktop_app.services.access import Permission
from desktop_app.services.goods_out_details import GoodsOutNote, NoteRow
from desktop_app.views.desk import Desk
from desktop_app.views.lines_view import LinesView
from desktop_app.views.print_dialog import PrintDialog
from desktop_app.views.ship_dialog import WARNING, ShipNoteDialog
from desktop_app.views.sure_dialog import SureDialog

EMPTY = "No goods-out note yet. Fulfil puts what is allocated on one."
UNDO_WORDS = {"picked": "Not picked", "packed": "Not packed"}
DO_WORDS = {"picked": "Pick", "packed": "Pack"}


class GoodsOutTab(QWidget):
    """``show_sale`` reads the notes of a sale; ``arrived(how many)``. Acts are for the ticked notes, else the current one."""

    arrived = Signal(int)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._sale_id = 0
        self.notes = LinesTable[GoodsOutNote](
            NOTES, self, tickable=lambda one: one.kind == "goods_out", key=lambda one: one.id
        )
        self.view = LinesView(self.notes, "Goods-out notes of this sale")
        self.rows = LinesTable[NoteRow](NOTE_ROWS, self, key=lambda row: row.id)
        self.rows_view = LinesView(self.rows, "Rows of the goods-out note")
        self.empty = QLabel(EMPTY)
        self.empty.setProperty("tone", "muted")
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 8, 0, 0)
        page.setSpacing(8)
        page.addLayout(self._acts())
        page.addWidget(self.empty)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.addWidget(self.view)
        split.addWidget(self.rows_view)
        split.setStretchFactor(0, 1)
        split.setStretchFactor(1, 1)
        page.addWidget(split, 1)
        self.view.current_changed.connect(self._follow)
        self.notes.ticked_changed.connect(self._settle)
        self.view.opened.connect(lambda _note: self._ship())
        self._settle()

    def _acts(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        self.print = self._button("Print…", self._print)
        self.pick = self._button("Pick", partial(self._mark, "picked"))
        self.pack = self._button("Pack", partial(self._mark, "packed"))
        self.ship = self._button("Ship…", self._ship)
        self.delete = self._button("Delete", None)
        self.delete.setProperty("menu", "true")
        menu = QMenu(self.delete)
        self.keep = menu.addAction("Delete, keep the units reserved")
        self.keep.triggered.connect(lambda _checked: self._delete(also_release=False))
        self.also_release = menu.addAction("Delete and release the units")
        self.also_release.triggered.connect(lambda _checked: self._delete(also_release=True))
        self.delete.setMenu(menu)
        for button in (self.print, self.pick, self.pack, self.ship, self.delete):
            row.addWidget(button)
        row.addStretch(1)
        return row

    def _button(self, words: str, act: Callable[[], object] | None) -> QPushButton:
        button = QPushButton(words)
        button.setAutoDefault(False)
        if act is not None:
            button.clicked.connect(lambda _checked: act())
        return button

    # -- showing ----------------------------------------------------------------------------

    def show_sale(self, sale_id: int) -> None:
        """Read the notes of a sale."""
        self._sale_id = sale_id
        self._desk.read(
            self, goods_out_details.notes_of_sale, sale_id, then=self._arrived, key="notes"
        )

    def _arrived(self, notes: tuple[GoodsOutNote, ...]) -> None:
        current: GoodsOutNote | None = self.view.current_row()
        self.notes.show(notes)
        self.empty.setVisible(not notes)
        if notes:
            kept = [at for at, one in enumerate(notes) if current and one.id == current.id]
            open_ = [at for at, one in enumerate(notes) if one.is_open]
            at = (kept or open_ or [len(notes) - 1])[0]
            self.view.setCurrentIndex(self.notes.index(at, 1))
        self._follow(self.view.current_row())
        self.arrived.emit(len(notes))

    def rows_on_open_notes(self) -> set[int]:
        """Sale rows with units on notes that have yet to leave a warehouse."""
        return {row.sale_row_id for one in self.notes.rows() if one.is_open for row in one.rows}

    def _follow(self, note: GoodsOutNote | None) -> None:
        self.rows.show(note.rows if note is not None else ())
        self._settle()

    # -- what can be done --------------------------------------------------------------------

    def chosen(self) -> tuple[GoodsOutNote, ...]:
        """The ticked notes, else the current one."""
        current: GoodsOutNote | None = self.view.current_row()
        return self.notes.ticked() or ((current,) if current is not None else ())

    def _settle(self) -> None:
        may, why = self._desk.may(Permission.SHIP), self._desk.why_not(Permission.SHIP)
        chosen = self.chosen()
        open_ = [one for one in chosen if one.is_open]
        printable = [one for one in chosen if one.kind == "goods_out"]
        named = len(self.notes.ticked()) > 1
        self.print.setEnabled(may and bool(printable))
        self.print.setText(_words("Print", len(printable), "…") if named else "Print…")
        for button, step in ((self.pick, "picked"), (self.pack, "packed")):
            done = bool(open_) and all(one.step(step) for one in open_)
            words = UNDO_WORDS[step] if done else DO_WORDS[step]
            button.setText(_words(words, len(open_), "") if named and not done else words)
            button.setEnabled(may and bool(open_))
        self.ship.setEnabled(may and bool(open_))
        self.ship.setText(_words("Ship", len(open_), "") if named else "Ship…")
        self.delete.setEnabled(may and bool(open_))
        self.delete.setText(_words("Delete", len(open_), "") if named else "Delete")
        gone = "Shipped already" if chosen and not open_ else ""
        if any(one.kind == "drop_ship" for one in chosen):
            gone = "The supplier ships it: see its purchase order"
        for button in (self.print, self.pick, self.pack, self.ship, self.delete):
            button.setToolTip(why or ("" if button is self.print and printable else gone))

    def _open(self) -> list[GoodsOutNote]:
        return [one for one in self.chosen() if one.is_open]

    def _print(self) -> None:
        notes = [one.id for one in self.chosen() if one.kind == "goods_out"]
        if notes and self.print.isEnabled():
            PrintDialog(self._desk, GOODS_OUT, notes, self).open()

    def _mark(self, step: str) -> None:
        notes = self._open()
        if not notes or not self._desk.may(Permission.SHIP):
            return
        ids = [one.id for one in notes]
        named = _named(notes)
        if all(one.step(step) for one in notes):
            call, says = goods_out.unmark(ids, step), f"{named} not {step} any more"
        else:
            call, says = goods_out.mark(ids, step), f"{named} {STEP_WORDS[step].lower()}"
        self._desk.run(self, call, says=says)

    def _ship(self) -> None:
        notes = self._open()
        if not notes or not self.ship.isEnabled():
            return
        if len(notes) == 1:
            ShipNoteDialog(self._desk, notes[0], self).open()
        else:
            ids = [one.id for one in notes]
            units = formats.counted_units(sum(one.units for one in notes))
            SureDialog(
                self._desk,
                f"Ship {formats.count(len(notes), 'goods-out note')}",
                f"{units} will leave. {WARNING}",
                partial(goods_out.ship, ids),
                partial(goods_out_words.said, "ship"),
                self,
            ).open()

    def _delete(self, *, also_release: bool) -> None:
        notes = self._open()
        if notes and self.delete.isEnabled():
            then = "units released" if also_release else "units still reserved"
            self._desk.run(
                self,
                goods_out.delete_note([one.id for one in notes], also_release),
                says=f"{_named(notes)} deleted, {then}",
            )


def _named(notes: list[GoodsOutNote]) -> str:
    if len(notes) == 1:
        return f"Goods-out note {notes[0].number}"
    return formats.count(len(notes), "goods-out note")


def _words(act: str, number: int, end: str) -> str:
    return f"{act} {formats.count(number, 'note')}{end}"
