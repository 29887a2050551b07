"""A column, declared once: heading, text, sort, width, clipboard and what is spoken (LST-06).

Painting, sorting, copying, the columns menu and the widths all read this one list.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from desktop_app.models.marks import Mark

R = TypeVar("R")


class Align(StrEnum):
    """Text starts at the leading edge; numbers and money end at the trailing one."""

    START = "start"
    END = "end"
    CENTRE = "centre"


@dataclass(frozen=True, kw_only=True)  # slots break Generic[...]() calls
class Column(Generic[R]):
    """One column of a list of rows `R`.

    `width` and `width_min` are in widths of the digit 0, so they follow the text size (IA-05).
    `priority` 1 leaves last when space is short; 0 is off until the user shows it.
    `sort` is the sort key the list source knows; "" cannot be sorted. `sort_words` say what
    ascending and descending mean ("Oldest first", "Newest first"). `mark` makes a chip column;
    `marks` several glyphs under `subheadings`. `snug`: no wider than what it shows, the rest goes
    to the stretch column. `value` is what the clipboard gets: unformatted
    numbers, ISO dates; the text when absent. `fixed` text (numbers, codes) is never elided.
    """

    key: str
    heading: str
    text: Callable[[R], str]
    width: float = 12.0
    width_min: float = 0.0
    stretch: bool = False
    snug: bool = False
    priority: int = 1
    align: Align = Align.START
    fixed: bool = False
    link: bool = False
    strong: bool = False
    muted: bool = False
    sort: str = ""
    sort_words: tuple[str, str] = ("A first", "Z first")
    tooltip: Callable[[R], str] | None = None
    value: Callable[[R], object] | None = None
    spoken: Callable[[R], str] | None = None
    mark: Callable[[R], Mark | None] | None = None
    marks: Callable[[R], Sequence[Mark]] | None = None
    subheadings: tuple[str, ...] = ()
    heading_tip: str = ""

    def said(self, row: R) -> str:
        """What a screen reader says for this cell: chips have no text of their own (LST-11)."""
        if self.spoken is not None:
            return self.spoken(row)
        if self.marks is not None:
            names = self.subheadings or ("",) * len(self.marks(row))
            return ", ".join(
                mark.spoken or f"{name}: {mark.word}"
                for name, mark in zip(names, self.marks(row), strict=False)
            )
        if self.mark is not None:
            mark = self.mark(row)
            return "" if mark is None else mark.spoken or f"{self.heading}: {mark.word}"
        return self.text(row)

    def copied(self, row: R) -> object:
        """What the clipboard and the export get."""
        return self.text(row) if self.value is None else self.value(row)


@dataclass(frozen=True, slots=True)
class Placed:
    """A column's share of the view, in pixels."""

    key: str
    width: int


def fit(columns: Sequence[Column[R]], room: int, unit: float, padding: int) -> list[Placed]:
    """Choose what is shown in `room` pixels (IA-05, SAL-03 priorities).

    Columns of the lowest priority leave from the right until the rest fits; priority 1 always
    stays (the view scrolls then). What is left over goes to the stretch column.
    """
    kept = list(columns)

    def narrow(column: Column[R]) -> int:
        units = column.width_min if column.stretch and column.width_min else column.width
        return round(units * unit) + padding

    def wide(column: Column[R]) -> int:
        return round(column.width * unit) + padding

    while sum(map(narrow, kept)) > room:
        worst = max((column.priority for column in kept), default=1)
        if worst <= 1:
            break
        last = max(at for at, column in enumerate(kept) if column.priority == worst)
        del kept[last]
    spare = room - sum(map(narrow, kept))
    stretch = [column for column in kept if column.stretch]
    placed = []
    for column in kept:
        width = narrow(column) if column.stretch else wide(column)
        if column.stretch and spare > 0:
            width += spare // len(stretch)
        placed.append(Placed(column.key, width))
    return placed
