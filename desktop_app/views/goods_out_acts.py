"""What is done with goods-out notes, in the tab of a sale and in the list: print to delete (R6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop_app.models import formats, goods_out_words
from desktop_app.models.goods_out_rows import STEP_WORDS
from desktop_app.models.print_jobs import GOODS_OUT
from desktop_app.services import goods_out, goods_out_details
from desktop_app.services.backend import Call
from desktop_app.services.goods_out_details import GoodsOutNote
from desktop_app.services.goods_out_list import ChosenNotes
from desktop_app.views.desk import Desk
from desktop_app.views.print_dialog import PrintDialog
from desktop_app.views.ship_dialog import WARNING, ShipNoteDialog
from desktop_app.views.sure_dialog import SureDialog

KEEP = "Delete, keep the units reserved"
RELEASE = "Delete and release the units"
GONE = "Shipped already"
UNDO_WORDS = {"picked": "Not picked", "packed": "Not packed"}
DO_WORDS = {"picked": "Pick", "packed": "Pack"}


class Note(Protocol):
    """What an act must know of a note: a line of the list or a note of a sale."""

    @property
    def id(self) -> int: ...
    @property
    def number(self) -> int: ...
    @property
    def units(self) -> int: ...
    @property
    def is_open(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class ActFace:
    """How an act is shown: its words, whether it fits, and why not."""

    words: str
    fits: bool
    why_not: str = ""


def takes_back(chosen: ChosenNotes, step: str) -> bool:
    """Whether *Pick* or *Pack* would be the way back: all that are open have had the step."""
    return (
        chosen.open > 0 and chosen.open == {"picked": chosen.picked, "packed": chosen.packed}[step]
    )


def faces(chosen: ChosenNotes, *, several: bool, role: str, gone: str = "") -> dict[str, ActFace]:
    """Each act for what is chosen: print, picked, packed, ship, delete.

    ``role``: why the person may not, empty where allowed; ``gone``: why nothing of it is open.
    """
    fits = not role and chosen.open > 0
    why = role or gone or ("" if chosen.open else GONE if chosen.notes else "Choose a note first")
    found = {
        "print": ActFace(
            _counted("Print", chosen.notes, "…") if several else "Print…",
            not role and chosen.notes > 0,
            role or ("" if chosen.notes else why),
        )
    }
    for step, does in DO_WORDS.items():
        back = takes_back(chosen, step)
        words = UNDO_WORDS[step] if back else does
        found[step] = ActFace(
            _counted(words, chosen.open) if several and not back else words, fits, why
        )
    found["ship"] = ActFace(_counted("Ship", chosen.open) if several else "Ship…", fits, why)
    found["delete"] = ActFace(_counted("Delete", chosen.open) if several else "Delete", fits, why)
    return found


class GoodsOutActs(QObject):
    """The acts themselves; ``used`` is called when one is done, ``failed`` when it is refused."""

    def __init__(
        self,
        desk: Desk,
        page: QWidget,
        used: Callable[[], object] | None = None,
        failed: Callable[[Exception], object] | None = None,
    ) -> None:
        super().__init__(page)
        self._desk, self._page = desk, page
        self._used, self._failed = used or _nothing, failed

    def print(self, note_ids: Sequence[int]) -> None:
        """Ask for the kind of paper."""
        dialog = PrintDialog(self._desk, GOODS_OUT, list(note_ids), self._page)
        dialog.accepted.connect(self._used)
        dialog.open()

    def mark(self, notes: Sequence[Note], step: str, *, back: bool) -> None:
        """Pick or pack the open ones; ``back``: they were not (R6.1)."""
        these = _open(notes)
        ids, named, word = [one.id for one in these], _named(these), STEP_WORDS[step].lower()
        if back:
            self._run(goods_out.unmark(ids, step), f"{named} not {word} any more")
        else:
            self._run(goods_out.mark(ids, step), partial(_marked, named, word))

    def ship(self, notes: Sequence[Note]) -> None:
        """Ask, then ship the open ones; one note is shown with its rows, and can go in part."""
        these = _open(notes)
        if len(these) > 1:
            ids = [one.id for one in these]
            units = formats.counted_units(sum(one.units for one in these))
            asked = SureDialog(
                self._desk,
                f"Ship {formats.count(len(these), 'goods-out note')}",
                f"{units} will leave. {WARNING}",
                partial(goods_out.ship, ids),
                partial(goods_out_words.said, "ship"),
                self._page,
            )
            asked.done_with.connect(lambda _done: self._used())
            asked.open()
        elif isinstance(these[0], GoodsOutNote):
            self._ship_one((these[0],))
        else:
            self._desk.read(
                self, goods_out_details.notes_by_id, [these[0].id], then=self._ship_one, key="ship"
            )

    def _ship_one(self, found: Sequence[GoodsOutNote]) -> None:
        if found:
            dialog = ShipNoteDialog(self._desk, found[0], self._page)
            dialog.shipped.connect(lambda _result: self._used())
            dialog.open()

    def delete(self, notes: Sequence[Note], *, also_release: bool) -> None:
        """Delete the open ones; their units stay reserved unless they are released too (R6.3)."""
        these = _open(notes)
        then = "units released" if also_release else "units still reserved"
        call = goods_out.delete_note([one.id for one in these], also_release)
        self._run(call, f"{_named(these)} deleted, {then}")

    def _run(self, call: Call[Any], says: Callable[[Any], str] | str) -> None:
        self._desk.run(
            self, call, says=says, then=lambda _done: self._used(), failed=self._failed
        )  # fmt: skip


def _nothing() -> None:
    """Nothing is to be done after an act."""


def _open(notes: Sequence[Note]) -> Sequence[Note]:
    """Those that can still be worked on; where none can, all: the refusal says who shipped them."""
    return [one for one in notes if one.is_open] or notes


def _named(notes: Sequence[Note]) -> str:
    if len(notes) == 1:
        return f"Goods-out note {notes[0].number}"
    return formats.count(len(notes), "goods-out note")


def _marked(named: str, word: str, result: Mapping[str, Any]) -> str:
    """What marking came to, where somebody had done a part of it before."""
    fresh, before = result["marked"], result["already"]
    if not before:
        return f"{named} {word}"
    if not fresh:
        return f"{named} {word} before"
    return f"{formats.count(fresh, 'goods-out note')} {word}, {formats.locale().toString(before)} before"


def _counted(act: str, number: int, end: str = "") -> str:
    return f"{act} {formats.count(number, 'note')}{end}"
