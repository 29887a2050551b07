"""Pages of rows in memory and the requests that are still out; no Qt (architecture 9)."""

from collections import OrderedDict, deque
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Generic, Protocol, TypeVar

PAGES_KEPT = 40
RUNNING_MAX = 2
WAITING_MAX = 2


class ListRow(Protocol):
    """A visible row: plain values; `key` is its place in the sort, `id` the record."""

    @property
    def id(self) -> int: ...
    @property
    def key(self) -> Any: ...


R = TypeVar("R", bound=ListRow)


class RowPages(Generic[R]):
    """A sparse cache of pages; the page used longest ago goes first."""

    def __init__(self, page_rows: int, kept: int = PAGES_KEPT) -> None:
        self.page_rows = page_rows
        self._kept = kept
        self._pages: OrderedDict[int, list[R]] = OrderedDict()
        self._places: dict[int, int] = {}

    def __contains__(self, page: int) -> bool:
        return page in self._pages

    def __len__(self) -> int:
        return len(self._pages)

    def get(self, row: int) -> R | None:
        """The row at this position when it is loaded."""
        page, at = divmod(row, self.page_rows)
        rows = self._pages.get(page)
        if rows is None or at >= len(rows):
            return None
        return rows[at]

    def touch(self, page: int) -> None:
        """This page is looked at now."""
        if page in self._pages:
            self._pages.move_to_end(page)

    def put(self, page: int, rows: Sequence[R]) -> None:
        """Store a page, letting the oldest go."""
        self._drop(page)
        self._pages[page] = list(rows)
        first = page * self.page_rows
        self._places.update({row.id: first + at for at, row in enumerate(rows)})
        while len(self._pages) > self._kept:
            self._drop(next(iter(self._pages)))

    def _drop(self, page: int) -> None:
        for row in self._pages.pop(page, ()):
            if self._places.get(row.id, -1) // self.page_rows == page:
                del self._places[row.id]

    def key_before(self, page: int) -> Any | None:
        """Key of the row just before `page` when its neighbour is loaded and full."""
        rows = self._pages.get(page - 1)
        return rows[-1].key if rows is not None and len(rows) == self.page_rows else None

    def place_of(self, row_id: int) -> int | None:
        """Position of a loaded record."""
        return self._places.get(row_id)

    def shown(self, ids: Collection[int] | None) -> set[int]:
        """Which of `ids` (None: of all) are in memory."""
        return set(self._places) if ids is None else {one for one in ids if one in self._places}

    def replace(self, row: R) -> int | None:
        """Put a newer version of a loaded record in its place; give the position."""
        place = self._places.get(row.id)
        if place is not None:
            page, at = divmod(place, self.page_rows)
            self._pages[page][at] = row
        return place

    def __iter__(self) -> Iterator[R]:
        for page in sorted(self._pages):
            yield from self._pages[page]


class PageRequests:
    """At most two run and two wait; a newer one replaces the oldest waiting one.

    So a scroll bar that is flung costs a page, not a thousand.
    """

    def __init__(self) -> None:
        self._running: set[int] = set()
        self._waiting: deque[int] = deque()

    def want(self, page: int) -> None:
        """Ask for a page; one that runs already is not asked twice."""
        if page in self._running:
            return
        if page in self._waiting:
            self._waiting.remove(page)
        self._waiting.append(page)
        while len(self._waiting) > WAITING_MAX:
            self._waiting.popleft()

    def take(self) -> int | None:
        """The page to ask for now, newest first, when there is room."""
        if len(self._running) >= RUNNING_MAX or not self._waiting:
            return None
        page = self._waiting.pop()
        self._running.add(page)
        return page

    def ended(self, page: int) -> None:
        """This request was answered, well or badly."""
        self._running.discard(page)

    def clear(self) -> None:
        """Forget all: they belong to an earlier era."""
        self._running.clear()
        self._waiting.clear()
