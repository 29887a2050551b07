"""The lazy table under every list: true row count, pages on demand, eras (architecture 9).

`data()` never waits: a row that is there gives text, one that is not gives nothing and is asked
for. Sorting and filtering change the query; nothing ever pulls all rows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)

from desktop_app.models.background import Background
from desktop_app.models.columns import Align, Column
from desktop_app.models.row_pages import ListRow, PageRequests, RowPages
from desktop_app.services.changes import Changes, Topic
from desktop_app.services.lists import PAGE, Sort

TINT_SECONDS = 1.2
SETTLE_MS = 250

R = TypeVar("R", bound=ListRow)
F = TypeVar("F")
Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()


class CellRole(IntEnum):
    """Roles beyond Qt's own."""

    ROW = Qt.ItemDataRole.UserRole + 1  # the row object, or None
    LOADED = Qt.ItemDataRole.UserRole + 2
    TINT = Qt.ItemDataRole.UserRole + 3  # changed elsewhere a moment ago
    BROKEN = Qt.ItemDataRole.UserRole + 4  # its page could not be read


class Reader(Protocol):
    """The door to the data: `Backend.read`."""

    def read(self, query: Callable[..., Any], *args: Any, **kwargs: Any) -> Any: ...


@dataclass(frozen=True)  # slots break Generic[...]() calls
class ListSource(Generic[R, F]):
    """The queries of one list, each taking a database connection first.

    Rows are plain values with `id` and `key`. `page` gives `page_rows` rows from position
    `first`; `after` is the key of row `first - 1` when it is known. `by_id` gives keys in the
    order of `sort`, so that a row that moved is seen. `ids_between` takes the ids of the two end
    rows, both included. A sort is (sort key, descending), None the list's own.
    """

    topic: Topic
    count: Callable[[Any, F], int]
    page: Callable[[Any, F, Sort | None, int, Any], Sequence[R]]
    by_id: Callable[[Any, Collection[int], Sort | None], Sequence[R]]
    ids_between: Callable[[Any, F, Sort | None, int, int], Sequence[int]]
    all_ids: Callable[..., Sequence[int]]  # (db, where, sort=None)
    matching: Callable[[Any, F, Collection[int]], Collection[int]]
    position_of: Callable[[Any, F, Sort | None, int], int | None]
    page_rows: int = PAGE
    every_id: Callable[[Any, F], Collection[int]] | None = None
    """All that match in no order, where that is quicker than ``all_ids``."""
    thens: Callable[[str], Collection[str]] = lambda _first: ()
    """The sort keys that may follow one."""


@dataclass(frozen=True, slots=True)
class _Around:
    """One snapshot around a record that is to stay in sight."""

    total: int
    place: int | None
    pages: dict[int, Sequence[Any]]


class PagedTable(QAbstractTableModel, Generic[R, F]):
    """Rows of one list. `show(filter)` first; then `refresh()` and `apply(changes)`."""

    busy_changed = Signal(bool)  # a new filter, sort or refresh is being worked out
    shown = Signal(object, bool)  # position of the kept record or None; whether it is still there
    counted = Signal(int, bool)  # rows, and whether that is the final number
    page_arrived = Signal()
    stale = Signal(int)  # rows came, went or moved elsewhere: difference in number
    failed = Signal(object)

    def __init__(
        self,
        backend: Reader,
        background: Background,
        source: ListSource[R, F],
        columns: Sequence[Column[R]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._backend, self._background = backend, background
        self.source = source
        self.page_rows = source.page_rows
        self.columns = tuple(columns)
        self._where: F | None = None  # asked for
        self._sort: Sort | None = None
        self._loaded: tuple[F, Sort | None] | None = None  # what the rows in memory are
        self._era = 0
        self._total = 0
        self._exact = True
        self._busy = False
        self._pages: RowPages[R] = RowPages(source.page_rows)
        self._requests = PageRequests()
        self._broken: set[int] = set()
        self._texts: dict[int, list[str]] = {}
        self._tinted: dict[int, float] = {}
        self._early: int | None = None
        self._moved = False
        self._tint_end = QTimer(self, singleShot=True)
        self._tint_end.timeout.connect(self._fade)
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(self._count_again)

    # -- what is shown ------------------------------------------------------------

    @property
    def where(self) -> F | None:
        """The filter in force."""
        return self._where

    @property
    def sorting(self) -> Sort | None:
        """The sort in force; None is the list's own order."""
        return self._sort

    @property
    def total(self) -> int:
        """Rows known so far; final when `exact`."""
        return self._total

    @property
    def exact(self) -> bool:
        """Whether the count has arrived."""
        return self._exact

    @property
    def busy(self) -> bool:
        """Whether another filter, sort or refresh is under way; old rows stay visible."""
        return self._busy

    def show(
        self, where: F, sort: Sort | None = None, *, keep: int | None = None, at: int = 0
    ) -> None:
        """Show another filter or sort. `keep`: the record to stay at; `at`: its old position."""
        self._where, self._sort = where, sort
        self._era += 1
        self._requests.clear()
        self._early = None
        self._set_busy(on=True)
        era = self._era
        if keep is None and not at:
            self._ask(
                self.source.page,
                where,
                sort,
                0,
                None,
                then=partial(self._first_page, era),
                era=era,
            )
            self._ask(self.source.count, where, then=partial(self._got_count, era), era=era)
        else:
            query = partial(_around, self.source, where, sort, keep, at)
            self._ask(query, then=partial(self._got_around, era, at), era=era)

    def refresh(self, *, keep: int | None = None, at: int = 0) -> None:
        """Read again what is shown, staying at record `keep`."""
        if self._where is not None:
            self.show(self._where, self._sort, keep=keep, at=at)

    def ask_all_ids(self, then: Callable[[Collection[int]], object]) -> None:
        """Every id that matches now, in any order, for "all matching" (SAL-05)."""
        query = self.source.every_id or self.source.all_ids
        self._ask(query, self._where, then=then, era=None)

    def ask_ids_between(
        self, first: int, last: int, then: Callable[[Sequence[int]], object]
    ) -> None:
        """Ids from record `first` to record `last` in the order shown, both included."""
        self._ask(
            self.source.ids_between, self._where, self._sort, first, last, then=then, era=None
        )

    def ask_matching(self, ids: Collection[int], then: Callable[[Collection[int]], object]) -> None:
        """Which of these records match the filter now (SAL-06)."""
        self._ask(self.source.matching, self._where, ids, then=then, era=None)

    def ask_place(self, row_id: int, then: Callable[[int | None], object]) -> None:
        """Position of a record in what is shown, None where it does not match any more."""
        era = self._era

        def found(place: int | None) -> None:
            if era == self._era:
                then(place)

        self._ask(
            self.source.position_of, self._where, self._sort, row_id, then=found, era=era
        )  # fmt: skip

    def ask_rows(self, ids: Collection[int], then: Callable[[Sequence[R]], object]) -> None:
        """The rows of these records in the order shown: for copying what is not in memory."""
        if self._where is None:
            return
        query = partial(_rows_in_order, self.source, self._where, self._sort, ids)
        self._ask(query, then=then, era=None)

    # -- rows ---------------------------------------------------------------------

    def row_at(self, row: int) -> R | None:
        """The row at a position; asks for its page when it is not there."""
        found = self._pages.get(row)
        if found is None:
            self._want(row // self.page_rows)
        return found

    def peek(self, row: int) -> R | None:
        """The row at a position if it is in memory; asks for nothing."""
        return self._pages.get(row)

    def place_of(self, row_id: int) -> int | None:
        """Position of a record that is in memory."""
        return self._pages.place_of(row_id)

    def text(self, row: int, column: int) -> str | None:
        """Formatted text of a cell, made once per row; None while the row is not loaded."""
        found = self.row_at(row)
        return None if found is None else self.texts(found)[column]

    def texts(self, row: R) -> Sequence[str]:
        """Formatted texts of a loaded row, column by column."""
        texts = self._texts.get(row.id)
        if texts is None:
            texts = self._texts[row.id] = [one.text(row) for one in self.columns]
        return texts

    def is_broken(self, row: int) -> bool:
        """Whether the page of this row could not be read."""
        return row // self.page_rows in self._broken

    def retry(self) -> None:
        """Ask again for the pages that could not be read."""
        broken, self._broken = self._broken, set()
        for page in broken:
            self._changed(page)

    def ensure(self, first: int, last: int) -> None:
        """Ask for every page between two positions: what is on screen now."""
        rows = self.page_rows
        for page in range(max(first, 0) // rows, min(last, self._total - 1) // rows + 1):
            self._pages.touch(page)
            if page not in self._pages:
                self._want(page)

    def is_tinted(self, row_id: int) -> bool:
        """Whether this record changed elsewhere a moment ago (LST-10)."""
        return row_id in self._tinted

    # -- changes ------------------------------------------------------------------

    def apply(self, changes: Changes) -> None:
        """Our own commands and the other workstations' alike: repaint in place, or say stale."""
        if self.source.topic not in changes.topics or self._where is None:
            return
        ids = changes.topics[self.source.topic]
        here = self._pages.shown(ids)
        if here:
            tint = ids is not None
            self._ask(
                self.source.by_id,
                sorted(here),
                self._sort,
                then=partial(self._reread, self._era, here, tint),
                era=self._era,
            )
        if ids is None or len(here) < len(ids):
            self._settle.start()

    def _reread(self, era: int, asked: set[int], tint: bool, rows: Sequence[R]) -> None:
        if era != self._era:
            return
        self._moved = self._moved or len(rows) < len(asked)
        until = time.monotonic() + TINT_SECONDS
        for row in rows:
            place = self._pages.place_of(row.id)
            before = None if place is None else self._pages.get(place)
            if place is None or before is None or before == row:
                continue
            self._moved = self._moved or before.key != row.key
            self._pages.replace(row)
            self._texts.pop(row.id, None)
            if tint:
                self._tinted[row.id] = until
            self._row_changed(place)
        if self._tinted and not self._tint_end.isActive():
            self._tint_end.start(round(TINT_SECONDS * 1000))
        self._settle.start()  # a change may also have taken a row out of the filter

    def _fade(self) -> None:
        now = time.monotonic()
        for row_id in [one for one, until in self._tinted.items() if until <= now]:
            del self._tinted[row_id]
            place = self._pages.place_of(row_id)
            if place is not None:
                self._row_changed(place)
        if self._tinted:
            self._tint_end.start(100)

    def _count_again(self) -> None:
        era = self._era
        self._ask(self.source.count, self._where, then=partial(self._compare, era), era=era)

    def _compare(self, era: int, count: int) -> None:
        if era == self._era and self._exact and (self._moved or count != self._total):
            self._moved = False
            self.stale.emit(count - self._total)

    # -- answers ------------------------------------------------------------------

    def _ask(
        self,
        query: Callable[..., Any],
        *args: Any,
        then: Callable[[Any], object],
        era: int | None,
    ) -> None:
        def failed(error: Exception) -> None:
            if era is None or era == self._era:
                self._set_busy(on=False)
                self.failed.emit(error)

        self._background.read(self, lambda: self._backend.read(query, *args), then, failed)

    def _first_page(self, era: int, rows: Sequence[R]) -> None:
        if era != self._era:
            return
        whole = len(rows) < self.page_rows
        if whole:
            total = len(rows)
        elif self._early is not None:
            total, whole = self._early, True
        else:
            total = len(rows)
        self._swap({0: rows}, total, exact=whole)
        self._set_busy(on=False)
        self.shown.emit(None, False)

    def _got_count(self, era: int, count: int) -> None:
        if era != self._era or (self._exact and not self._busy):
            return
        if self._busy:
            self._early = count  # the first page is not here yet
            return
        self._resize(count)

    def _got_around(self, era: int, at: int, found: _Around) -> None:
        if era != self._era:
            return
        self._swap(found.pages, found.total, exact=True)
        self._set_busy(on=False)
        place = found.place
        fallback = min(at, found.total - 1) if found.total else None
        self.shown.emit(fallback if place is None else place, place is not None)

    def _swap(self, pages: dict[int, Sequence[R]], total: int, *, exact: bool) -> None:
        self.beginResetModel()
        self._pages = RowPages(self.page_rows)
        for page, rows in pages.items():
            self._pages.put(page, rows)
        self._texts.clear()
        self._tinted.clear()
        self._broken.clear()
        self._total, self._exact = total, exact
        self._moved = False
        if self._where is not None:
            self._loaded = (self._where, self._sort)
        self.endResetModel()
        self.counted.emit(total, exact)

    def _resize(self, count: int) -> None:
        if count > self._total:
            self.beginInsertRows(QModelIndex(), self._total, count - 1)
            self._total = count
            self.endInsertRows()
        elif count < self._total:
            self.beginRemoveRows(QModelIndex(), count, self._total - 1)
            self._total = count
            self.endRemoveRows()
        self._exact = True
        self.counted.emit(count, True)

    def _want(self, page: int) -> None:
        # While another filter is on its way, the old rows ask for nothing more.
        if page in self._pages or page in self._broken or self._busy:
            return
        self._requests.want(page)
        self._pump()

    def _pump(self) -> None:
        if self._loaded is None:
            return
        where, sort = self._loaded
        while (page := self._requests.take()) is not None:
            era = self._era
            work = partial(
                self._backend.read,
                self.source.page,
                where,
                sort,
                page * self.page_rows,
                self._pages.key_before(page),
            )
            self._background.read(
                self,
                work,
                partial(self._page_came, era, page),
                partial(self._page_lost, era, page),
            )

    def _page_came(self, era: int, page: int, rows: Sequence[R]) -> None:
        if era != self._era:
            return
        self._requests.ended(page)
        self._pages.put(page, rows)
        if len(self._texts) > self.page_rows * 60:
            self._texts.clear()
        self._changed(page)
        self.page_arrived.emit()
        self._pump()

    def _page_lost(self, era: int, page: int, error: Exception) -> None:
        if era != self._era:
            return
        self._requests.ended(page)
        self._broken.add(page)
        self._changed(page)
        self.failed.emit(error)
        self._pump()

    def _set_busy(self, *, on: bool) -> None:
        if on != self._busy:
            self._busy = on
            self.busy_changed.emit(on)

    def _changed(self, page: int) -> None:
        first = page * self.page_rows
        last = min(first + self.page_rows, self._total) - 1
        if first <= last:
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(self.columns) - 1))

    def _row_changed(self, row: int) -> None:
        if row < self._total:
            self.dataChanged.emit(self.index(row, 0), self.index(row, len(self.columns) - 1))

    # -- Qt -----------------------------------------------------------------------

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else self._total

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or not 0 <= index.row() < self._total:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(index.row(), index.column())
        column = self.columns[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return alignment(column.align)
        if role == CellRole.BROKEN:
            return self.is_broken(index.row())
        row = self._pages.get(index.row())
        if role == CellRole.LOADED:
            return row is not None
        if row is None:
            return None
        if role == CellRole.ROW:
            return row
        if role == CellRole.TINT:
            return self.is_tinted(row.id)
        if role == Qt.ItemDataRole.ToolTipRole and column.tooltip is not None:
            return column.tooltip(row)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return column.said(row)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Vertical or not 0 <= section < len(self.columns):
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.heading
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return alignment(column.align)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._heading_tip(column)
        return None

    def _heading_tip(self, column: Column[R]) -> str:
        words = column.heading_tip
        place, down = sorted_by(self._sort, column.sort)
        if place:
            then = "Then " if place > 1 else ""
            words = f"{words}\n{then}{column.sort_words[down]}".strip()
        return words


def sorted_by(sort: Sort | None, key: str) -> tuple[int, bool]:
    """Which key of a sort a column is, 1 or 2, and whether it descends; 0: none."""
    for at in range(0, len(sort or ()), 2):
        if sort is not None and key and sort[at] == key:
            return at // 2 + 1, bool(sort[at + 1])
    return 0, False


def alignment(align: Align) -> Qt.AlignmentFlag:
    """Qt's flags for a column's alignment; Qt mirrors the leading edge itself."""
    sides = {
        Align.START: Qt.AlignmentFlag.AlignLeft,
        Align.END: Qt.AlignmentFlag.AlignRight,
        Align.CENTRE: Qt.AlignmentFlag.AlignHCenter,
    }
    return sides[align] | Qt.AlignmentFlag.AlignVCenter


def _around(
    source: ListSource[R, F], where: F, sort: Sort | None, keep: int | None, at: int, db: Any
) -> _Around:
    """Count, place of a record and the pages beside it, in one snapshot."""
    total = source.count(db, where)
    place = None if keep is None else source.position_of(db, where, sort, keep)
    rows, last = source.page_rows, max(total - 1, 0)
    middle = min(at, last) if place is None else place
    # The screen around the record may reach into the page before or after it.
    wanted = {max(middle - rows // 4, 0) // rows, min(middle + rows // 4, last) // rows}
    pages: dict[int, Sequence[Any]] = {}
    for page in sorted(wanted):
        near = pages.get(page - 1)
        after = near[-1].key if near else None
        pages[page] = source.page(db, where, sort, page * rows, after)
    return _Around(total, place, pages)


def _rows_in_order(
    source: ListSource[R, F], where: F, sort: Sort | None, ids: Collection[int], db: Any
) -> list[R]:
    """Rows by id in the order of the list; those outside the filter last."""
    rows = {row.id: row for row in source.by_id(db, ids, sort)}
    listed = [one for one in source.all_ids(db, where, sort) if one in rows]
    return [rows[one] for one in dict.fromkeys([*listed, *rows])]
