"""Goods out: every goods-out note, worked through step by step without opening its sale (R6.1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from desktop_app.config import Workstation
from desktop_app.models import formats
from desktop_app.models.goods_out_table import COLUMNS, source
from desktop_app.services import goods_out_list
from desktop_app.services.access import Permission
from desktop_app.services.errors import Rejected
from desktop_app.services.goods_out_list import (
    NOTES,
    ChosenNotes,
    NoteLine,
    NotesFilter,
    NoteState,
    NotesTotals,
    NotesView,
)

from .desk import Desk
from .filters import Choice, ViewSpec, among, one_of, words
from .goods_out_acts import KEEP, RELEASE, GoodsOutActs, faces, takes_back
from .goods_out_pane import NotePane
from .key_list import GOODS_OUT_KEYS, LIST_KEYS
from .list_frame import ListSpec
from .list_page import ListPage
from .pick_lists import PickLists

NOTES_MAX = 10_000
SUM_MS = 120
NONE = ChosenNotes(0, 0, 0, 0, 0)
STATES = tuple(Choice(one, one.value.replace("_", " ")) for one in NoteState)
HOW = "Fulfil puts what is allocated of a sale on a note."

VIEWS = (
    ViewSpec(
        "to_pick", "To pick", NotesFilter(view=NotesView.TO_PICK), sort=("number", False)
    ),
    ViewSpec(
        "to_pack", "To pack", NotesFilter(view=NotesView.TO_PACK), sort=("number", False)
    ),
    ViewSpec(
        "to_ship", "To ship", NotesFilter(view=NotesView.TO_SHIP), sort=("number", False)
    ),
    ViewSpec(
        "shipped", "Shipped", NotesFilter(view=NotesView.SHIPPED), counted=False,
        sort=("shipped", True),
    ),
    ViewSpec("all", "All", NotesFilter(), counted=False, sort=("number", True)),
)  # fmt: skip


def spec(lists: PickLists) -> ListSpec[NoteLine, NotesFilter]:
    """Goods out as a list."""
    return ListSpec(
        key="goods_out",
        title="Goods out",
        noun="note",
        nouns="notes",
        source=source(),
        columns=COLUMNS,
        views=VIEWS,
        saves=True,
        filters=(
            among("warehouse", "From", lists.warehouse_choices, pinned=True),
            among("channel", "Channel", lists.channel_choices, pinned=True),
            one_of("state", "State", STATES, pinned=True),
            words("customer", "Customer", "part of the name"),
        ),
        find=lambda where, text: replace(where, text=text),
        find_hint="Note, sale, customer, tracking",
        all_done={
            "to_pick": f"Nothing is to be picked. {HOW}",
            "to_pack": "Nothing is to be packed.",
            "to_ship": f"Nothing waits to leave. {HOW}",
            "shipped": "Nothing has been shipped yet.",
            "all": f"No goods-out notes yet. {HOW}",
        },
    )


class GoodsOutPage(ListPage[NoteLine, NotesFilter]):
    """The list a packer works through. Acts are for the ticked notes, else the current one."""

    keys = (*GOODS_OUT_KEYS, *LIST_KEYS)

    def __init__(
        self, desk: Desk, config: Workstation, lists: PickLists, parent: QWidget | None = None
    ) -> None:
        super().__init__(desk, config, spec(lists), parent)
        self._doing = GoodsOutActs(desk, self, self._acted, self._refused)
        self._what = NONE
        self._busy_with = False
        self.delete = self._action("Delete", self._open_delete_menu, "Del")
        self.print = self._action("Print…", self._print, "Ctrl+P")
        self.pick = self._action("Pick", partial(self._mark, "picked"), "Ctrl+Shift+P")
        self.pack = self._action("Pack", partial(self._mark, "packed"), "Ctrl+Shift+K")
        self.ship = self._action("Ship…", self._ship, "Ctrl+Return")
        self.keep = QAction(KEEP, self)
        self.keep.triggered.connect(lambda _checked: self._delete(also_release=False))
        self.also_release = QAction(RELEASE, self)
        self.also_release.triggered.connect(lambda _checked: self._delete(also_release=True))
        for action in (self.delete, self.print, self.pick, self.pack):
            self.batch.add_action(action)
        self.batch.add_action(self.ship, primary=True)
        self.set_pane(pane := NotePane(desk))
        self.note_pane = pane
        self.pane_row_changed.connect(pane.show_line)
        self.opened.connect(self._open_note)
        self._look_timer = QTimer(self, singleShot=True, interval=SUM_MS)
        self._look_timer.timeout.connect(self._look)
        self.chosen.changed.connect(self._choice_moved)
        self.view.current_changed.connect(lambda _row: self._choice_moved())
        self.table.dataChanged.connect(lambda *_: self._choice_moved())
        self.table.shown.connect(lambda *_: self._choice_moved())
        desk.undone.connect(lambda _done: self._taken_back())
        lists.changed.connect(lambda: self.filters.show_filter(self.where))
        self._settle()

    def _action(self, text: str, act: Callable[[], object], keys: str) -> QAction:
        action = QAction(text, self)
        action.setShortcut(QKeySequence(keys))
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.triggered.connect(lambda _checked: act())
        self.addAction(action)
        return action

    # -- numbers ---------------------------------------------------------------------------

    def refresh_counts(self) -> None:
        where = self.where
        self.desk.read(self, goods_out_list.view_counts, then=self._counted_views, key="counts")
        self.desk.read(self, goods_out_list.totals, where, then=self._said_totals, key="totals")

    def _counted_views(self, counts: dict[NotesView, int]) -> None:
        self.tabs.set_counts({view.value: number for view, number in counts.items()})

    def _said_totals(self, totals: NotesTotals) -> None:
        units = formats.counted_units(totals.units)
        self.strip.say(f"{formats.count(totals.notes, 'note')} · {units}")

    # -- what can be done ------------------------------------------------------------------

    def _choice_moved(self) -> None:
        """Paint first: what 200,000 ticked notes come to is read afterwards."""
        if self.chosen:
            self._look_timer.start()
            return
        self._look_timer.stop()
        self.batch.set_sums("")
        line = self.view.current_row()
        self._what = NONE if line is None else _of(line)
        self._settle()

    def _look(self) -> None:
        ids = self.chosen.ids
        self.desk.read(self, goods_out_list.chosen, ids, then=self._looked, key="chosen")

    def _looked(self, found: ChosenNotes) -> None:
        if not self.chosen:
            return
        self._what = found
        gone = found.notes - found.open
        units = formats.counted_units(found.units)
        self.batch.set_sums(units if not gone else f"{units} · {gone:,} shipped already")
        self._settle()

    def _settle(self) -> None:
        shown = faces(
            self._what, several=len(self.chosen) > 1, role=self.desk.why_not(Permission.SHIP)
        )
        for name, action in (
            ("print", self.print), ("picked", self.pick), ("packed", self.pack),
            ("ship", self.ship), ("delete", self.delete),
        ):  # fmt: skip
            face = shown[name]
            action.setText(face.words)
            action.setEnabled(face.fits and not self._busy_with)
            action.setToolTip(face.why_not or face.words)
        self.keep.setEnabled(self.delete.isEnabled())
        self.also_release.setEnabled(self.delete.isEnabled())

    # -- acts ------------------------------------------------------------------------------

    def _print(self) -> None:
        self._with_notes(lambda notes: self._doing.print([one.id for one in notes]))

    def _mark(self, step: str) -> None:
        # What the button said is done, whatever others did meanwhile.
        back = takes_back(self._what, step)
        self._with_notes(lambda notes: self._doing.mark(notes, step, back=back), runs=True)

    def _ship(self) -> None:
        self._with_notes(self._doing.ship)

    def _delete(self, *, also_release: bool) -> None:
        self._with_notes(
            lambda notes: self._doing.delete(notes, also_release=also_release), runs=True
        )

    def _with_notes(
        self, act: Callable[[Sequence[NoteLine]], object], *, runs: bool = False
    ) -> None:
        """Read the notes to act on as they are now; one act at a time."""
        ids = self.act_on_choice()
        if len(ids) > NOTES_MAX:
            self.desk.said.emit(
                f"{formats.count(len(ids), 'note')} are too many at once: at most {NOTES_MAX:,}."
                " Narrow the list first."
            )
            return
        self._busy_with = runs
        self._settle()
        self.desk.read(
            self, NOTES.by_id, ids, then=partial(self._found, act), failed=self._refused, key="act"
        )

    def _found(
        self, act: Callable[[Sequence[NoteLine]], object], notes: Sequence[NoteLine]
    ) -> None:
        if notes:
            act(notes)
        else:
            self._refused(Rejected("notes_gone", []))

    def _acted(self) -> None:
        self._busy_with = False
        if self.chosen:
            self.chosen.used()
        self.reload()

    def _refused(self, error: Exception) -> None:
        self._busy_with = False
        self._settle()
        self.desk.tell(error)

    def _taken_back(self) -> None:
        """An undo brings notes back to where they were: show them at once."""
        if self.isVisible():
            self.reload()

    def _open_note(self, note_id: int) -> None:
        line = self.view.current_row()
        if line is not None and line.id == note_id:
            self.desk.open("sale_note", (line.sale_id, line.id))

    def _open_delete_menu(self) -> None:
        menu = QMenu(self)
        menu.addActions([self.keep, self.also_release])
        menu.aboutToHide.connect(menu.deleteLater)
        if self.batch.isVisible():
            menu.popup(self.batch.mapToGlobal(self.batch.rect().topLeft()))
        else:
            row = self.view.visualRect(self.view.currentIndex())
            menu.popup(self.view.viewport().mapToGlobal(row.bottomLeft()))

    def fill_menu(self, menu: QMenu, row: NoteLine) -> None:
        menu.addAction(f"Open sale #{row.sale_number}").triggered.connect(
            lambda _c: self._open_note(row.id)
        )
        menu.addActions([self.print, self.pick, self.pack, self.ship])
        delete = menu.addMenu("Delete")
        delete.addActions([self.keep, self.also_release])
        delete.setEnabled(self.delete.isEnabled())
        if self.chosen.last:
            again = menu.addAction(f"Select those {len(self.chosen.last):,} again")
            again.triggered.connect(lambda _c: self.chosen.choose_again())


def _of(line: NoteLine) -> ChosenNotes:
    """One note as what is chosen."""
    if not line.is_open:
        return ChosenNotes(1, 0, 0, 0, 0)
    return ChosenNotes(
        1, 1, int(line.picked_at is not None), int(line.packed_at is not None), line.units
    )
