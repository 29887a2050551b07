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

from desktop_app.models.goods_out_rows import NOTE_ROWS, NOTES
from desktop_app.models.lines_table import LinesTable
from desktop_app.services import goods_out_details
from desktop_app.services.access import Permission
from desktop_app.services.goods_out_details import GoodsOutNote, NoteRow
from desktop_app.services.goods_out_list import ChosenNotes
from desktop_app.views.desk import Desk
from desktop_app.views.goods_out_acts import (
    GONE,
    KEEP,
    RELEASE,
    GoodsOutActs,
    faces,
    takes_back,
)
from desktop_app.views.lines_view import LinesView

EMPTY = "No goods-out note yet. Fulfil puts what is allocated on one."


class GoodsOutTab(QWidget):
    """``show_sale`` reads the notes of a sale; ``arrived(how many)``. Acts are for the ticked notes, else the current one."""

    arrived = Signal(int)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._sale_id = 0
        self._wanted = 0
        self._doing = GoodsOutActs(desk, self)
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
        self.keep = menu.addAction(KEEP)
        self.keep.triggered.connect(lambda _checked: self._delete(also_release=False))
        self.also_release = menu.addAction(RELEASE)
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

    def show_note(self, note_id: int) -> None:
        """Make a note the current one, now or when the notes are read."""
        self._wanted = note_id
        if self.notes.rows():
            self._arrived(self.notes.rows())
        self.view.setFocus()

    def _arrived(self, notes: tuple[GoodsOutNote, ...]) -> None:
        current: GoodsOutNote | None = self.view.current_row()
        self.notes.show(notes)
        self.empty.setVisible(not notes)
        if notes:
            wanted = [at for at, one in enumerate(notes) if one.id == self._wanted]
            kept = [at for at, one in enumerate(notes) if current and one.id == current.id]
            open_ = [at for at, one in enumerate(notes) if one.is_open]
            at = (wanted or kept or open_ or [len(notes) - 1])[0]
            self.view.setCurrentIndex(self.notes.index(at, 1))
            self._wanted = 0
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

    def _what(self) -> ChosenNotes:
        ours = [one for one in self.chosen() if one.kind == "goods_out"]
        open_ = [one for one in ours if one.is_open]
        picked, packed = (
            sum(1 for one in open_ if one.step(step)) for step in ("picked", "packed")
        )
        return ChosenNotes(len(ours), len(open_), picked, packed, sum(one.units for one in open_))

    def _settle(self) -> None:
        what, chosen = self._what(), self.chosen()
        gone = GONE if chosen and not what.open else ""
        if any(one.kind == "drop_ship" for one in chosen):
            gone = "The supplier ships it: see its purchase order"
        several = len(self.notes.ticked()) > 1
        shown = faces(what, several=several, role=self._desk.why_not(Permission.SHIP), gone=gone)
        for name, button in (
            ("print", self.print), ("picked", self.pick), ("packed", self.pack),
            ("ship", self.ship), ("delete", self.delete),
        ):  # fmt: skip
            face = shown[name]
            button.setText(face.words)
            button.setEnabled(face.fits)
            button.setToolTip(face.why_not)

    def _print(self) -> None:
        notes = [one.id for one in self.chosen() if one.kind == "goods_out"]
        if notes and self.print.isEnabled():
            self._doing.print(notes)

    def _mark(self, step: str) -> None:
        if self.pick.isEnabled():
            self._doing.mark(self._open(), step, back=takes_back(self._what(), step))

    def _ship(self) -> None:
        if self.ship.isEnabled():
            self._doing.ship(self._open())

    def _delete(self, *, also_release: bool) -> None:
        if self.delete.isEnabled():
            self._doing.delete(self._open(), also_release=also_release)

    def _open(self) -> list[GoodsOutNote]:
        return [one for one in self.chosen() if one.is_open]
