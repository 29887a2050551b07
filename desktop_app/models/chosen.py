"""What the user chose, as record ids: survives sort, filter and refresh (PR-07, SAL-04 to 06)."""

from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal


@dataclass(frozen=True, slots=True)
class AllMatching:
    """A snapshot of "all matching": under which filter it was taken and its ids."""

    fingerprint: Hashable
    ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class InView:
    """The choice against the filter now: `more` match it and were not chosen with "all"."""

    inside: int
    outside: int
    more: int


class Chosen(QObject):
    """A set of ids with an anchor; never row numbers. All of it is our own, nothing Qt's.

    The sets are never changed in place, so that 200,000 ids are kept once, not four times.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ids: frozenset[int] = frozenset()
        self._base = self._ids
        self._last: frozenset[int] = frozenset()
        self._all: AllMatching | None = None
        self._matching: frozenset[int] | None = None
        self.anchor: int | None = None

    def __contains__(self, row_id: int) -> bool:
        return row_id in self._ids

    def __len__(self) -> int:
        return len(self._ids)

    def __bool__(self) -> bool:
        return bool(self._ids)

    @property
    def ids(self) -> frozenset[int]:
        """The chosen ids, to hand to a command."""
        return self._ids

    @property
    def all_matching(self) -> AllMatching | None:
        """The snapshot this choice began with, if it was "all matching"."""
        return self._all

    @property
    def is_exactly_all(self) -> bool:
        """Whether the choice is still the snapshot it began with."""
        return self._all is not None and (self._ids is self._all.ids or self._ids == self._all.ids)

    @property
    def last(self) -> frozenset[int]:
        """What the last act used, for "Select those 47 again"."""
        return self._last

    def toggle(self, row_id: int) -> None:
        """Tick or untick one record; it becomes the anchor of ranges."""
        one = frozenset((row_id,))
        self._ids = self._ids - one if row_id in self._ids else self._ids | one
        self._move_anchor(row_id)

    def choose(self, ids: Iterable[int]) -> None:
        """Add records."""
        self._ids = self._ids.union(ids)
        self._base = self._ids
        self.changed.emit()

    def drop(self, ids: Iterable[int]) -> None:
        """Take records out."""
        self._ids = self._ids.difference(ids)
        self._base = self._ids
        self.changed.emit()

    def start_range(self, row_id: int) -> None:
        """Make a record the anchor without choosing it: the current row when Shift goes down."""
        if self.anchor is None:
            self.anchor = row_id
            self._base = self._ids

    def extend(self, ids: Collection[int]) -> None:
        """Choose the range from the anchor: what was chosen before it, and `ids`."""
        self._ids = self._base.union(ids)
        self.changed.emit()

    def choose_all(self, fingerprint: Hashable, ids: Iterable[int]) -> None:
        """Take a snapshot of all that match (SAL-05): later matches are not slipped in."""
        self._all = AllMatching(fingerprint, frozenset(ids))
        self._ids = self._base = self._matching = self._all.ids
        self.anchor = None
        self.changed.emit()

    def clear(self) -> None:
        """Choose nothing."""
        had = bool(self._ids)
        self._ids = self._base = frozenset()
        self._all = None
        self.anchor = None
        if had:
            self.changed.emit()

    def used(self) -> None:
        """An act has used exactly these: clear, and remember them (SAL-06)."""
        self._last = self._ids
        self.clear()

    def choose_again(self) -> None:
        """Choose what the last act used."""
        self.choose(self._last)

    def compare(self, matching: Iterable[int] | None) -> None:
        """Say which ids match the filter now; None while it is not known."""
        self._matching = None if matching is None else frozenset(matching)
        self.changed.emit()

    def in_view(self) -> InView | None:
        """How many of the chosen match the filter now; None while it is not known."""
        if self._matching is None:
            return None
        inside = len(self._ids) - len(self.outside())
        return InView(inside, len(self._ids) - inside, len(self.unchosen_matches()))

    def outside(self) -> frozenset[int]:
        """The chosen ids that the filter does not show; empty while not known."""
        return frozenset() if self._matching is None else _without(self._ids, self._matching)

    def unchosen_matches(self) -> frozenset[int]:
        """Ids that match now and were not in the snapshot: "4 more match now - add"."""
        if self._matching is None or self._all is None:
            return frozenset()
        return _without(self._matching, self._all.ids)

    def _move_anchor(self, row_id: int) -> None:
        self.anchor = row_id
        self._base = self._ids
        self.changed.emit()


def _without(these: frozenset[int], those: frozenset[int]) -> frozenset[int]:
    return frozenset() if these is those else these - those
