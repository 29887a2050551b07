"""Paged lists: one way of filtering, sorting, paging and choosing for every table.

A page after a loaded page starts after its last key; a jump walks the index to its place; no id
list and no row number is kept (architecture 9). Every order ends in the id, so that it is total.
All functions take the connection first and are meant for ``Backend.read``.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Table,
    and_,
    false,
    func,
    literal,
    or_,
    select,
    text,
    tuple_,
)

from .backend import plain
from .store.bulk import ids_in, is_postgres
from .store.kinds import BigInt, dump_json

PAGE = 200
"""Rows of a page."""

SEARCH_IDS_MAX = 1_000
"""Up to so many hits are sorted; more are met while walking the order (performance.md 2)."""

TRIGRAM = 3
SEARCH_TEXT_MAX = 600

Key = tuple[Any, ...]
"""The place of a row in an order: the values of its order columns, the id last."""


Sort = tuple[str, bool]
"""A column's name in that list, and whether it descends. None stands for the list's own order."""


@dataclass(frozen=True, slots=True)
class Among:
    """Is one of, or (``out``) is none of, these ids or axis values."""

    values: frozenset[int]
    out: bool = False

    @classmethod
    def of(cls, *values: int) -> Among:
        """Is any of."""
        return cls(frozenset(values))

    @classmethod
    def none_of(cls, *values: int) -> Among:
        """Is none of."""
        return cls(frozenset(values), out=True)


class Row(Protocol):
    """What every line of a list has."""

    @property
    def id(self) -> int:
        """The record."""

    @property
    def key(self) -> Key:
        """Its place in the order it was read in; give the last one as ``after``."""


F = TypeVar("F")
L = TypeVar("L", bound=Any)


@dataclass(frozen=True, slots=True)
class Term:
    """A column of an ORDER BY."""

    column: ColumnElement[Any]
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Sorting:
    """The terms of *ascending*, ending in the id; none of them is ever null.

    ``source`` replaces the table by a join where a term lies in another table.
    """

    terms: tuple[Term, ...]
    source: FromClause | None = None


@dataclass(frozen=True, slots=True)
class Listing(Generic[F, L]):
    """A list: ``count``, ``page``, ``by_id``, ``ids_between``, ``all_ids``, ``position_of``.

    ``where`` turns a filter into conditions on ``table`` (it may ask the database first);
    ``read`` reads lines by id, in any order, without keys.
    """

    table: Table
    sortings: Mapping[str, Sorting]
    default: Sort
    where: Callable[[Connection, F], list[ColumnElement[bool]]]
    read: Callable[[Connection, Collection[int]], Iterable[L]]

    @property
    def sorts(self) -> tuple[str, ...]:
        """The names that a ``Sort`` may have."""
        return tuple(self.sortings)

    def count(self, db: Connection, where: F) -> int:
        """How many records match."""
        query = select(func.count()).select_from(self.table).where(*self.where(db, where))
        return int(db.execute(query).scalar_one())

    def page(
        self, db: Connection, where: F, sort: Sort | None, first: int, after: Key | None = None
    ) -> list[L]:
        """``PAGE`` lines from position ``first``; ``after`` is the key of line first-1, if known."""
        terms, source = self._terms(sort)
        query = self._matching(db, where, terms, source).limit(PAGE)
        if after is not None:
            query = query.where(beyond(terms, after))
        elif first > 0:
            query = query.offset(first)
        return self._lines(db, {row[-1]: tuple(row) for row in db.execute(query)})

    def by_id(self, db: Connection, ids: Collection[int], sort: Sort | None = None) -> list[L]:
        """The lines of those records that exist, with their keys in the order ``sort``."""
        return self._lines(db, self._keys(db, ids, sort))

    def ids_between(
        self, db: Connection, where: F, sort: Sort | None, first: int, last: int
    ) -> array[int]:
        """What matches from record ``first`` to record ``last``, both included, in order."""
        keys = self._keys(db, (first, last), sort)
        if first not in keys or last not in keys:
            return array("q")
        terms, source = self._terms(sort)
        query = self._matching(db, where, terms, source).with_only_columns(self.table.c.id)
        turned = _turned(terms)
        for low, high in ((keys[first], keys[last]), (keys[last], keys[first])):
            part = query.where(beyond(terms, low, too=True), beyond(turned, high, too=True))
            if found := ids_of(db, part):
                return found
        return array("q")

    def all_ids(self, db: Connection, where: F, sort: Sort | None = None) -> array[int]:
        """The ids of all that match, in order."""
        terms, source = self._terms(sort)
        query = self._matching(db, where, terms, source)
        return ids_of(db, query.with_only_columns(self.table.c.id))

    def matching(self, db: Connection, where: F, ids: Iterable[int]) -> frozenset[int]:
        """Those of ``ids`` that match: what is chosen and still in view (SAL-05, SAL-06)."""
        query = select(self.table.c.id).where(*self.where(db, where))
        return frozenset(ids_of(db, query.where(self.table.c.id.in_(ids_in(db, ids)))))

    def position_of(self, db: Connection, where: F, sort: Sort | None, record: int) -> int | None:
        """The position of a record among those that match, None if it does not."""
        key = self._keys(db, (record,), sort).get(record)
        if key is None or not self.matching(db, where, (record,)):
            return None
        terms, source = self._terms(sort)
        before = select(func.count()).select_from(source).where(*self.where(db, where))
        return int(db.execute(before.where(beyond(_turned(terms), key))).scalar_one())

    def _lines(self, db: Connection, keys: Mapping[int, Key]) -> list[L]:
        found = {line.id: line for line in self.read(db, keys.keys())} if keys else {}
        return [replace(found[i], key=key) for i, key in keys.items() if i in found]

    def _keys(self, db: Connection, ids: Collection[int], sort: Sort | None) -> dict[int, Key]:
        terms, source = self._terms(sort)
        query = select(*(term.column for term in terms)).select_from(source)
        query = query.where(self.table.c.id.in_(ids_in(db, ids)))
        return {row[-1]: tuple(row) for row in db.execute(query)}

    def _matching(
        self, db: Connection, where: F, terms: Sequence[Term], source: FromClause
    ) -> Select[Any]:
        return (
            select(*(term.column for term in terms))
            .select_from(source)
            .where(*self.where(db, where))
            .order_by(*(t.column.desc() if t.descending else t.column.asc() for t in terms))
        )

    def _terms(self, sort: Sort | None) -> tuple[tuple[Term, ...], FromClause]:
        """The whole order, ending in the id. Raises KeyError for a name that is no sort."""
        by, descending = sort or self.default
        sorting = self.sortings[by]
        terms = tuple(Term(t.column, t.descending != descending) for t in sorting.terms)
        return terms, self.table if sorting.source is None else sorting.source


def _turned(terms: Sequence[Term]) -> tuple[Term, ...]:
    return tuple(Term(term.column, not term.descending) for term in terms)


def beyond(terms: Sequence[Term], key: Key, *, too: bool = False) -> ColumnElement[bool]:
    """The condition for rows that come after ``key`` in the order; ``too``: and the one there."""
    values = [literal(v, t.column.type) for v, t in zip(key, terms, strict=True)]
    if len({term.descending for term in terms}) == 1:
        here, there = tuple_(*(term.column for term in terms)), tuple_(*values)
        if terms[0].descending:
            return here <= there if too else here < there
        return here >= there if too else here > there
    # Mixed directions: (a, b) after (x, y) is a > x or (a = x and b after y). The first
    # comparison is repeated outside the OR, so that the walk starts at the right place.
    steps = []
    for place, (term, value) in enumerate(zip(terms, values, strict=True)):
        same = [t.column == v for t, v in zip(terms[:place], values[:place], strict=True)]
        steps.append(and_(*same, term.column < value if term.descending else term.column > value))
    if too:
        steps.append(and_(*(t.column == v for t, v in zip(terms, values, strict=True))))
    first, value = terms[0], values[0]
    bound = first.column <= value if first.descending else first.column >= value
    return and_(bound, or_(*steps))


def ids_of(db: Connection, query: Select[Any]) -> array[int]:
    """Run a query of one id column; 200,000 ids without an object per row."""
    result = db.execute(query)
    cursor: Any = result.cursor
    found = array("q", chain.from_iterable(cursor.fetchall()))
    result.close()
    return found


def total_of(expression: Any) -> ColumnElement[int]:
    """The sum of an integer column, 0 of nothing, as an integer on both engines."""
    return func.coalesce(func.sum(expression), 0).cast(BigInt)


def fields_of(row: Any) -> dict[str, Any]:
    """A result row by its column names."""
    return dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it


def fingerprint(where: Any) -> str:
    """A short name of a filter: equal filters, equal names (SAL-05)."""
    return hashlib.sha256(dump_json([type(where).__name__, plain(where)]).encode()).hexdigest()[:16]


def today() -> date:
    """The day at this workstation: what is late is a matter of its calendar."""
    return datetime.now().astimezone().date()


def start_of(days: int) -> datetime:
    """When the last so many days began, today included, by this workstation's calendar."""
    midnight = datetime.combine(today() - timedelta(days=max(days, 1) - 1), time.min)
    return midnight.astimezone().astimezone(UTC)


def among(column: ColumnElement[Any], wanted: Among) -> ColumnElement[bool]:
    """Is, or is not, one of; a blank is none of them."""
    if not wanted.out:
        return column.in_(sorted(wanted.values))
    outside = column.not_in(sorted(wanted.values))
    nullable = getattr(column, "nullable", False)
    return or_(outside, column.is_(None)) if nullable else outside


# --- free text ----------------------------------------------------------------------------------


def folded(words: str) -> str:
    """Text as it is kept for searching: case folded, one blank between words."""
    return " ".join(words.casefold().split())


def _search_text(parts: Iterable[str]) -> str:
    """Join the parts once each, whole ones only, up to the column's length."""
    kept: list[str] = []
    length = 0
    for part in dict.fromkeys(folded(part) for part in parts):
        if part and length + len(part) + 1 <= SEARCH_TEXT_MAX:
            kept.append(part)
            length += len(part) + 1
    return " ".join(kept)


def sale_search_text(
    number: int,
    customer: str,
    reference: str = "",
    external_id: str | None = None,
    skus: Iterable[str] = (),
) -> str:
    """What ``sale.search`` holds: number, customer, reference, External ID, codes of its items.

    PO numbers are not in it: ``po:5012`` finds the sales that a purchase order serves by its pegs.
    """
    return _search_text([str(number), customer, reference, external_id or "", *skus])


def purchase_search_text(
    number: int,
    supplier: str,
    reference: str = "",
    external_id: str | None = None,
    skus: Iterable[str] = (),
) -> str:
    """What ``purchase_order.search`` holds, made the same way."""
    return _search_text([str(number), supplier, reference, external_id or "", *skus])


def says(db: Connection, table: Table, wanted: str) -> list[ColumnElement[bool]]:
    """Conditions for free text over ``number`` and ``search``: every word must be met.

    ``#123`` is a number or its beginning. On SQLite the trigram index is asked first for at most
    ``SEARCH_IDS_MAX`` ids; PostgreSQL's planner makes that choice itself.
    """
    words = folded(wanted).split()
    conditions: list[ColumnElement[bool]] = []
    for word in words:
        number = word.lstrip("#")
        is_number = number.isascii() and number.isdigit()
        if is_number and (word != number or len(word) < TRIGRAM):
            conditions.append(number_begins(table.c.number, number))
        elif word != "#":
            conditions.append(table.c.search.like(like_pattern(word, contains=True), escape="\\"))
    longest = max((w for w in words if not w.startswith("#")), key=len, default="")
    if len(longest) >= TRIGRAM and not is_postgres(db):
        found = _few_hits(db, table, longest)
        if found is not None:
            conditions.append(table.c.id.in_(ids_in(db, found)) if found else false())
    return conditions


def number_begins(column: ColumnElement[int], digits: str) -> ColumnElement[bool]:
    """Whether a document number begins with these digits, by ranges an index can answer."""
    if len(digits) > NUMBER_DIGITS_MAX or digits.startswith("0"):
        return false()
    ranges = []
    for more in range(NUMBER_DIGITS_MAX - len(digits) + 1):
        low = int(digits) * 10**more
        ranges.append(column == low if more == 0 else column.between(low, low + 10**more - 1))
    return or_(*ranges)


NUMBER_DIGITS_MAX = 9


def _few_hits(db: Connection, table: Table, word: str) -> list[int] | None:
    """Ids of rows that hold ``word``, or None when they are too many to sort."""
    pattern = "".join("_" if letter in "%_" else letter for letter in word)
    if sum(len(run) >= TRIGRAM for run in pattern.split("_")) == 0:
        return None
    # No ESCAPE: with it the trigram index is not used. A wildcard there is checked again outside.
    hits = db.execute(
        text(f"SELECT rowid FROM {table.name}_search WHERE search LIKE :p LIMIT :n"),  # noqa: S608
        {"p": f"%{pattern}%", "n": SEARCH_IDS_MAX + 1},
    ).scalars()
    found = list(hits)
    return found if len(found) <= SEARCH_IDS_MAX else None


def like_pattern(words: str, *, contains: bool = False, stars: bool = False) -> str:
    """A LIKE pattern whose escape is a backslash; with ``stars``, ``*`` stands for anything."""
    escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    if stars:
        escaped = escaped.replace("*", "%")
    return f"%{escaped}%" if contains else escaped
