"""What one comparison of files with the database shares: references, tallies, blame."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Select,
    Table,
    Text,
    bindparam,
    func,
    select,
    update,
)

from ..backend import Work
from ..progress import Progress
from ..store.bulk import insert_many, rows_of
from ..store.tables import channel, company, currency, order_status
from .extracting import Source
from .report import Code, Tally
from .templates import TEMPLATES

WRITTEN_AT_ONCE = 10_000
"""Rows of one bulk insert between two looks at Stop."""


@dataclass(slots=True, eq=False)
class Place:
    """A location of a warehouse; ``kind`` stock or quarantine."""

    id: int | None
    kind: str


@dataclass(slots=True, eq=False)
class Entity:
    """A record that others refer to. ``id`` None until it is written; ``facts``: its row before."""

    id: int | None
    facts: Any = None
    name: str = ""
    sku: str = ""
    kind: str = ""
    price: int = 0
    tax_rate: int = 0
    currency: str = ""
    location: Place | None = None
    places: dict[str, Place] = field(default_factory=dict)

    @property
    def key(self) -> int:
        """Return the id of a written record."""
        assert self.id is not None
        return self.id


class Scope:
    """A comparison: its source (with problems of its own), the database, and the tallies."""

    def __init__(self, db: Connection, source: Source, at: datetime, progress: Progress) -> None:
        self.db = db
        self.source = replace(source, problems=source.problems.copy())
        self.at = at
        self.progress = progress
        self.counts: dict[str, Counter[str]] = {name: Counter() for name in TEMPLATES}
        self.base = str(db.execute(select(company.c.currency)).scalar_one())
        self.digits: Mapping[str, int] = {
            row.code: row.digits for row in db.execute(select(currency.c.code, currency.c.digits))
        }
        self.channels = {row.code: row for row in db.execute(select(channel))}
        self.statuses = {
            (row.document, row.name): row
            for row in db.execute(select(order_status).order_by(order_status.c.position))
        }

    def has(self, template: str, name: str) -> bool:
        """Return whether a file provides this column of a template."""
        return name in self.source.provided.get(template, ())

    def count(self, template: str, what: str, number: int = 1) -> None:
        """Count a record as ``new``, ``updated`` or ``unchanged``."""
        self.counts[template][what] += number

    def tallies(self) -> dict[str, Tally]:
        """Return the counts of all kinds, in order of writing."""
        return {
            name: Tally(found["new"], found["updated"], found["unchanged"])
            for name, found in self.counts.items()
        }

    def blame(
        self, template: str, name: str | None, problem: Code, line: int, value: str | None = None,
        **params: Any,
    ) -> None:  # fmt: skip
        """Note a problem of a cell."""
        self.source.blame(template, name, problem, line, value, **params)

    def twice(self, template: str, name: str, seen: dict[str, Any], record: Any) -> bool:
        """Note a key that an earlier row of the file has; returns whether it has."""
        key = getattr(record, name)
        first = seen.setdefault(key, record)
        if first is record:
            return False
        names = TEMPLATES[template].names
        same = all(getattr(first, one) == getattr(record, one) for one in names)
        self.blame(template, name, Code.ID_TWICE, record.line, key, first=first.line, same=same)
        return True

    def unknown(
        self, template: str, name: str, line: int, value: str, kind: str, *, near: str = "",
        ambiguous: bool = False,
    ) -> None:  # fmt: skip
        """Note a reference that leads nowhere, unless the row it means could not be read."""
        if kind in self.source.unread or value in self.source.broken.get(kind, ()):
            return
        code = Code.AMBIGUOUS_CODE if ambiguous else Code.UNKNOWN_CODE
        params = {"kind": kind} if ambiguous else {"kind": kind, "near": near}
        self.blame(template, name, code, line, value, **params)

    def step(self, phase: str, done: int = 0, total: int = 0) -> None:
        """Say how far the work is; raises Stopped."""
        self.progress.step(phase, done, total)


def matching(db: Connection, query: Select[Any], column: Any, keys: Iterable[Any]) -> list[Any]:
    """Return the rows of ``query`` whose ``column`` is one of the texts or integers ``keys``."""
    wanted = sorted(set(keys))
    if not wanted:
        return []
    kind = Text() if isinstance(wanted[0], str) else column.type
    given = rows_of(db, {"wanted": kind}, [[key] for key in wanted])
    return list(db.execute(query.join(given, column == given.c.wanted)).all())


def matching_folded(
    db: Connection, query: Select[Any], column: Column[str], keys: Iterable[str]
) -> list[Any]:
    """Like ``matching``, upper and lower case alike."""
    wanted = sorted({key.lower() for key in keys})
    if not wanted:
        return []
    given = rows_of(db, {"wanted": Text()}, [[key] for key in wanted])
    return list(db.execute(query.join(given, func.lower(column) == given.c.wanted)).all())


def changed(facts: Any, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of ``wanted`` is not so in a row."""
    return {name: value for name, value in wanted.items() if getattr(facts, name) != value}


def insert_in_parts(
    work: Work, table: Table, rows: Sequence[Mapping[str, Any]], named: str
) -> None:
    """Insert many rows, saying how far it is and looking at Stop on the way."""
    for done in range(0, len(rows), WRITTEN_AT_ONCE):
        work.progress.step("writing", done, len(rows), named)
        insert_many(work.db, table, rows[done : done + WRITTEN_AT_ONCE])


def update_rows(db: Connection, table: Table, changes: Mapping[int, Mapping[str, Any]]) -> None:
    """Write {id: {column: value}}, each row's version with it: one statement per set of columns."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for key, values in changes.items():
        if values:
            row = {f"to_{name}": value for name, value in values.items()}
            groups.setdefault(tuple(sorted(values)), []).append({"row_id": key, **row})
    for names, rows in groups.items():
        bound: dict[str, Any] = {
            name: bindparam(f"to_{name}", type_=table.c[name].type) for name in names
        }
        if "version" in table.c:
            bound["version"] = table.c.version + 1
        db.execute(update(table).where(table.c.id == bindparam("row_id")).values(bound), rows)
