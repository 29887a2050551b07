"""Fulfil, ship and invoice the chosen sales of a list (R6.4, SAL-07)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop_app.models import formats, goods_out_words
from desktop_app.models.print_jobs import GOODS_OUT
from desktop_app.services import billing, goods_out, goods_out_details, sales
from desktop_app.services.backend import Call, Done
from desktop_app.services.purchasing import SALES_MAX
from desktop_app.views.desk import Desk
from desktop_app.views.outcome_dialog import OutcomeDialog
from desktop_app.views.print_dialog import PrintDialog
from desktop_app.views.ship_dialog import WARNING
from desktop_app.views.sure_dialog import SureDialog

ONE_WAY = (
    "An invoice gets the next number and today's date, and is never taken back: credit it instead."
)


class SalesActs(QObject):
    """Each act says what it came to, sale by sale. ``choice`` gives the ids, ``used`` ends them."""

    def __init__(
        self,
        desk: Desk,
        page: QWidget,
        choice: Callable[[], set[int] | frozenset[int]],
        used: Callable[[], object],
    ) -> None:
        super().__init__(page)
        self._desk, self._page = desk, page
        self._choice, self._used = choice, used

    def allocate(self) -> None:
        """Reserve what is on hand."""
        self._run("allocate", sales.allocate)

    def fulfil(self) -> None:
        """Put what is allocated or on hand on goods-out notes."""
        self._run("fulfil", goods_out.fulfil)

    def ship(self) -> None:
        """Ask, then ship what is allocated: it cannot be undone."""
        if ids := self._ids():
            number = formats.count(len(ids), "sale")
            words = f"What is allocated of {number} will leave. {WARNING}"
            self._ask(f"Ship {number}", words, "ship", partial(goods_out.ship_sales, ids))

    def invoice(self) -> None:
        """Ask, then invoice: it is one-way."""
        if ids := self._ids():
            number = formats.count(len(ids), "sale")
            self._ask(f"Invoice {number}", ONE_WAY, "invoice", partial(billing.invoice, ids))

    def print_notes(self) -> None:
        """Print the open goods-out notes of the chosen sales."""
        if ids := self._ids():
            self._desk.read(
                self, goods_out_details.open_note_ids, ids, then=self._print, key="notes"
            )

    def _print(self, notes: tuple[int, ...]) -> None:
        if notes:
            PrintDialog(self._desk, GOODS_OUT, notes, self._page).open()
        else:
            self._desk.said.emit("These sales have no open goods-out note. Fulfil them first.")

    def _ids(self) -> list[int]:
        ids = sorted(self._choice())
        if not ids:
            self._desk.said.emit("Tick the sales first.")
        elif len(ids) > SALES_MAX:
            self._desk.said.emit(
                f"{formats.count(len(ids), 'sale')} are too many at once: at most {SALES_MAX:,}."
                " Narrow the list first."
            )
            return []
        return ids

    def _run(self, act: str, call: Callable[[list[int]], Call[Any]]) -> None:
        if ids := self._ids():
            self._desk.run(
                self, call(ids), says=partial(_said, act, len(ids)), then=partial(self._did, act)
            )

    def _ask(self, act_words: str, words: str, act: str, call: Callable[[], Call[Any]]) -> None:
        asked = SureDialog(
            self._desk, act_words, words, call, partial(goods_out_words.said, act), self._page
        )
        asked.done_with.connect(partial(self._did, act))
        asked.open()

    def _did(self, act: str, done: Done[Any]) -> None:
        self._used()
        if len(done.result["sales"]) < 2:
            return
        more = None
        if act == "fulfil" and done.result["notes"]:
            notes = [one["id"] for one in done.result["notes"]]
            more = ("Print…", lambda: PrintDialog(self._desk, GOODS_OUT, notes, self._page).open())
        OutcomeDialog(self._desk, act, done, self._page, more).open()


def _said(act: str, number: int, result: dict[str, Any]) -> str:
    if number == 1:
        return goods_out_words.one_sale(act, result)
    return goods_out_words.said(act, result)
