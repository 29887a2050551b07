"""Paged lists: one way of filtering, sorting, paging and choosing for every table.

A page after a loaded page starts after its last key; a jump walks the index to its place; no id
list and no row number is kept (architecture 9). Every order ends in the id, so that it is total.
All functions take the connection first and are meant for ``Backend.read``.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from array import array
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import chain
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    LargeBinary,
    PrimaryKeyConstraint,
    Select,
    Table,
    UniqueConstraint,
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
from .store.bulk import id_list, ids_in, ids_named, is_postgres
from .store.kinds import BigInt, dump_json

PAGE = 200
"""Rows of a page."""

SEARCH_IDS_MAX = 1_000
"""Up to so many hits are sorted; more are met while walking the order (performance.md 2)."""

PROBED_MAX = 50

TRIGRAM = 3
SEARCH_TEXT_MAX = 600

Key = tuple[Any, ...]
"""The place of a row in an order: its leg, then the values of its order columns, the id last."""


Sort = tuple[str, bool] | tuple[str, bool, str, bool]
"""A column's name in that list, and whether it descends; perhaps those of a second, for what is
equal in the first. None stands for the list's own order."""


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
    """A column of an ORDER BY; never null within its leg."""

    column: ColumnElement[Any]
    descending: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Leg:
    """A part of an order: its terms ascending, the id last, for the records that ``only`` names.

    ``source`` replaces the table by a join where a term lies in another table.
    """

    terms: tuple[Term, ...]
    source: FromClause | None = None
    only: ColumnElement[bool] | None = None


Sorting = tuple[Leg, ...]
"""Legs follow each other, also when the order is turned: blanks come last either way."""


def by(*terms: Any, source: FromClause | None = None, only: Any = None) -> Leg:
    """A leg of columns ascending and of pairs (column, True) descending."""
    made = tuple(Term(*t) if isinstance(t, tuple) else Term(t) for t in terms)
    return Leg(made, source, only)


@dataclass(frozen=True, slots=True)
class Listing(Generic[F, L]):
    """A list: ``count``, ``page``, ``by_id``, ``ids_between``, ``all_ids``, ``position_of``.

    ``where`` turns a filter into conditions on ``table`` (it may ask the database first);
    ``read`` makes lines from {id: key}, in any order.
    """

    table: Table
    sortings: Mapping[str, Sorting]
    default: Sort
    where: Callable[[Connection, F], list[ColumnElement[bool]]]
    read: Callable[[Connection, Mapping[int, Key]], Iterable[L]]

    @property
    def sorts(self) -> tuple[str, ...]:
        """The names that a ``Sort`` may have."""
        return tuple(self.sortings)

    def thens(self, first: str) -> tuple[str, ...]:
        """The names that may follow this one: columns of the table itself that are never blank.

        Each page then sorts within equals of the first, in the order of its index. After a column
        that no two records have the same nothing may follow: it would do nothing.
        """
        legs = self.sortings[first]
        if len(legs) == 1 and _is_unique(self.table, legs[0].terms[0].column):
            return ()
        return tuple(
            name
            for name, (leg, *more) in self.sortings.items()
            if name != first and not more and leg.source is None and leg.only is None
        )

    def knows(self, sort: Sort) -> bool:
        """Whether this list can be sorted so."""
        if sort[0] not in self.sortings:
            return False
        return len(sort) == 2 or sort[2] in self.thens(sort[0])

    def count(self, db: Connection, where: F) -> int:
        """How many records match."""
        query = select(func.count()).select_from(self.table).where(*self.where(db, where))
        return int(db.execute(query).scalar_one())

    def page(
        self, db: Connection, where: F, sort: Sort | None, first: int, after: Key | None = None
    ) -> list[L]:
        """``PAGE`` lines from position ``first``; ``after`` is the key of line first-1, if known."""
        legs = self._legs(sort)
        conditions = self.where(db, where)
        keys: dict[int, Key] = {}
        skip = first if after is None else 0
        for place in range(after[0] if after is not None else 0, len(legs)):
            query = _walk(self.table, legs[place])
            if conditions:
                query = query.where(*conditions)
            if after is not None and place == after[0]:
                query = query.where(beyond(legs[place].terms, after[1:]))
            query = query.limit(PAGE - len(keys))
            found = db.execute(query.offset(skip) if skip else query).all()
            if skip and not found and place < len(legs) - 1:
                skip -= self._size(db, conditions, legs[place])
            else:
                skip = 0
            keys.update((row[-1], (place, *row)) for row in found)
            if len(keys) == PAGE:
                break
        return self._lines(db, keys)

    def by_id(self, db: Connection, ids: Collection[int], sort: Sort | None = None) -> list[L]:
        """The lines of those records that exist, with their keys in the order ``sort``."""
        return self._lines(db, self._keys(db, ids, self._legs(sort)))

    def ids_between(
        self, db: Connection, where: F, sort: Sort | None, first: int, last: int
    ) -> Sequence[int]:
        """What matches from record ``first`` to record ``last``, both included, in order."""
        legs = self._legs(sort)
        keys = self._keys(db, (first, last), legs)
        if first not in keys or last not in keys:
            return []
        conditions = self.where(db, where)
        for low, high in ((keys[first], keys[last]), (keys[last], keys[first])):
            found: list[int] = []
            for place in range(low[0], high[0] + 1):
                leg = legs[place]
                query = self._ids(conditions, leg)
                if place == low[0]:
                    query = query.where(beyond(leg.terms, low[1:], too=True))
                if place == high[0]:
                    query = query.where(beyond(_turned(leg.terms), high[1:], too=True))
                found += ids_of(db, query)
            if found:
                return found
        return []

    def all_ids(self, db: Connection, where: F, sort: Sort | None = None) -> Sequence[int]:
        """The ids of all that match, in order."""
        conditions = self.where(db, where)
        found, *more = (ids_of(db, self._ids(conditions, leg)) for leg in self._legs(sort))
        return [*found, *chain.from_iterable(more)] if more else found

    def every_id(self, db: Connection, where: F) -> frozenset[int]:
        """The ids of all that match, in no order: a choice has none (SAL-05)."""
        query = select(self.table.c.id).where(*self.where(db, where))
        return frozenset(ids_of(db, query))

    def matching(self, db: Connection, where: F, ids: Iterable[int]) -> frozenset[int]:
        """Those of ``ids`` that match: what is chosen and still in view (SAL-05, SAL-06)."""
        wanted = set(ids)
        query = select(self.table.c.id).where(*self.where(db, where))
        identity: ColumnElement[int] = self.table.c.id
        if is_postgres(db) and len(wanted) > PROBED_MAX:
            # Hash the ids: each probe of a partial index that does not begin with the id walks it.
            identity = identity + 0
        return frozenset(ids_of(db, query.where(identity.in_(ids_in(db, wanted)))))

    def position_of(self, db: Connection, where: F, sort: Sort | None, record: int) -> int | None:
        """The position of a record among those that match, None if it does not."""
        legs = self._legs(sort)
        key = self._keys(db, (record,), legs).get(record)
        if key is None or not self.matching(db, where, (record,)):
            return None
        conditions = self.where(db, where)
        place, *values = key
        before = sum(self._size(db, conditions, leg) for leg in legs[:place])
        here = beyond(_turned(legs[place].terms), tuple(values))
        return before + self._size(db, [*conditions, here], legs[place])

    def _lines(self, db: Connection, keys: Mapping[int, Key]) -> list[L]:
        found = {line.id: line for line in self.read(db, keys)} if keys else {}
        return [found[i] for i in keys if i in found]

    def _keys(self, db: Connection, ids: Collection[int], legs: Sorting) -> dict[int, Key]:
        keys: dict[int, Key] = {}
        given = {"ids": id_list(ids)}
        for place, leg in enumerate(legs):
            found = db.execute(_of_ids(is_postgres(db), self.table, leg), given).all()
            keys.update((row[-1], (place, *row)) for row in found)
        return keys

    def _size(self, db: Connection, conditions: Sequence[ColumnElement[bool]], leg: Leg) -> int:
        query = _from(self.table, select(func.count()), leg).where(*conditions)
        return int(db.execute(query).scalar_one())

    def _ids(self, conditions: Sequence[ColumnElement[bool]], leg: Leg) -> Select[Any]:
        return _walk(self.table, leg).where(*conditions).with_only_columns(self.table.c.id)

    def _legs(self, sort: Sort | None) -> Sorting:
        """Each ends in the id. Raises KeyError for what is no sort of this list."""
        wanted = sort or self.default
        if not self.knows(wanted):
            raise KeyError(wanted)
        legs = self.sortings[wanted[0]]
        if wanted[1]:
            legs = _backwards(legs)
        if len(wanted) == 2:
            return legs
        return _followed(legs, self.sortings[wanted[2]][0], turned=wanted[3])


# Statements that depend on the order alone are made once: making one takes longer than its query.


@cache
def _backwards(legs: Sorting) -> Sorting:
    return tuple(replace(leg, terms=_turned(leg.terms)) for leg in legs)


@cache
def _followed(legs: Sorting, second: Leg, *, turned: bool) -> Sorting:
    """Another order between equals. The first term is what a sort sorts by, if it is not blank."""
    more = _turned(second.terms) if turned else second.terms
    made = []
    for place, leg in enumerate(legs):
        own = leg.terms[:1] if place == 0 else ()
        rest = (term for term in more if all(term.column is not one.column for one in own))
        made.append(replace(leg, terms=(*own, *rest)))
    return tuple(made)


def _is_unique(table: Table, column: ColumnElement[Any]) -> bool:
    """Whether no two rows of the table have the same value in this column of it."""
    keys = (
        one for one in table.constraints if isinstance(one, PrimaryKeyConstraint | UniqueConstraint)
    )
    return any(len(one.columns) == 1 and one.columns[0] is column for one in keys)


@cache
def _walk(table: Table, leg: Leg) -> Select[Any]:
    """The keys of all records of a leg, in its order."""
    return _from(table, select(*(term.column for term in leg.terms)), leg).order_by(
        *(t.column.desc() if t.descending else t.column.asc() for t in leg.terms)
    )


@cache
def _of_ids(postgres: bool, table: Table, leg: Leg) -> Select[Any]:
    """The keys of the records named by "ids"."""
    query = _from(table, select(*(term.column for term in leg.terms)), leg)
    return query.where(table.c.id.in_(ids_named(postgres, "ids")))


def _from(table: Table, query: Select[Any], leg: Leg) -> Select[Any]:
    chosen = query.select_from(table if leg.source is None else leg.source)
    return chosen if leg.only is None else chosen.where(leg.only)


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


def ids_of(db: Connection, query: Select[Any]) -> Sequence[int]:
    """Run a query of one id column; 200,000 ids come as one value, in the query's order."""
    ids = query.subquery("ids").c[0]
    if is_postgres(db):
        packed = func.string_agg(func.int8send(ids), literal(b"", LargeBinary), type_=LargeBinary)
        found = array("q", db.execute(select(packed)).scalar_one() or b"")
        if sys.byteorder == "little":
            found.byteswap()
        return found
    listed: list[int] = json.loads(db.execute(select(func.json_group_array(ids))).scalar_one())
    return listed


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
    indexed = [word for word in words if not word.startswith("#") and _has_trigram(word)]
    if indexed and not is_postgres(db):
        found = _few_hits(db, table, indexed)
        if found is not None:
            conditions.append(table.c.id.in_(ids_in(db, found)) if found else false())
    return conditions


def has_word(
    word: str, *texts: ColumnElement[str], number: ColumnElement[int] | None = None
) -> ColumnElement[bool]:
    """Whether a folded word stands in one of these texts, or begins the number (``#`` or not)."""
    pattern = like_pattern(word, contains=True)
    ways: list[ColumnElement[bool]] = [func.lower(one).like(pattern, escape="\\") for one in texts]
    digits = word.lstrip("#")
    if number is not None and digits.isascii() and digits.isdigit():
        ways.append(number_begins(number, digits))
    return or_(*ways)


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


def _has_trigram(word: str) -> bool:
    return any(len(run) >= TRIGRAM for run in re.split("[%_]", word))


def _few_hits(db: Connection, table: Table, words: Sequence[str]) -> list[int] | None:
    """Ids of rows that hold all words, or None when they are too many to sort."""
    # No ESCAPE: with it the trigram index is not used. A wildcard there is checked again outside.
    patterns = {f"p{n}": f"%{word.replace('%', '_')}%" for n, word in enumerate(words)}
    held = " AND ".join(f"search LIKE :{name}" for name in patterns)
    hits = db.execute(
        text(f"SELECT rowid FROM {table.name}_search WHERE {held} LIMIT :n"),  # noqa: S608
        {**patterns, "n": SEARCH_IDS_MAX + 1},
    ).scalars()
    found = list(hits)
    return found if len(found) <= SEARCH_IDS_MAX else None


def like_pattern(words: str, *, contains: bool = False, stars: bool = False) -> str:
    """A LIKE pattern whose escape is a backslash; with ``stars``, ``*`` stands for anything."""
    escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    if stars:
        escaped = escaped.replace("*", "%")
    return f"%{escaped}%" if contains else escaped
