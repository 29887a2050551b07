"""From a folder and a mapping to typed records: what can be said without the database."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..progress import Progress
from ..rules.money import half_up
from .fields import CellError, Form, Pointed, Rounded, code
from .mapping import Cell, ColumnMapping, Factor, Feed
from .reading import Clock, OpenFile, folded, open_file, rows
from .records import RECORDS
from .report import Code, FileRead, Notice, Problems
from .templates import TEMPLATES, Field

CACHED_MAX = 20_000
"""Different texts of one column whose values are kept: most cells repeat."""

FOLDER_NAMES_MAX = 10_000
"""Names looked at in a folder: more is not a folder of files to import."""

_LOOKUP_KEY: Callable[[str], str] = code(120).parser(Form())

Getter = Callable[[list[str]], Any]


@dataclass(slots=True)
class Source:
    """All that the files say, read once. ``records`` by template; every list is in file order."""

    folder: str
    mapping: ColumnMapping
    files: tuple[FileRead, ...] = ()
    digest: str = ""
    problems: Problems = field(default_factory=Problems)
    records: dict[str, list[Any]] = field(default_factory=dict)
    provided: dict[str, frozenset[str]] = field(default_factory=dict)
    file_of: dict[str, str] = field(default_factory=dict)
    column_of: dict[str, dict[str, str | None]] = field(default_factory=dict)
    broken: dict[str, set[str]] = field(default_factory=dict)
    """Keys on rows that could not be read: whoever refers to them is not blamed for it."""
    unread: set[str] = field(default_factory=set)
    """Templates whose file could not be read to its end."""

    def of(self, template: str) -> list[Any]:
        """Return the records of a template, none where no file feeds it."""
        return self.records.get(template, [])

    def blame(
        self, template: str, field_name: str | None, problem: Code, line: int, value: str | None = None,
        **params: Any,
    ) -> None:  # fmt: skip
        """Note a problem of one cell under its file's own name for the column."""
        self.problems.add(
            problem,
            self.file_of[template],
            line,
            self._column(template, field_name),
            value,
            **params,
        )

    def mention(
        self, template: str, field_name: str | None, notice: Notice, line: int | None,
        value: str | None = None, **params: Any,
    ) -> None:  # fmt: skip
        """Note something that stops nothing."""
        self.problems.notice(
            notice,
            self.file_of[template],
            line,
            self._column(template, field_name),
            value,
            **params,
        )

    def _column(self, template: str, field_name: str | None) -> str | None:
        if field_name is None:
            return None
        return self.column_of[template].get(field_name, field_name)


def read_source(folder: Path, mapping: ColumnMapping, progress: Progress) -> Source:
    """Read every file that the mapping names. Raises only Stopped."""
    source = Source(str(folder), mapping)
    names = _names_in(folder, source.problems)
    if names is None:
        return source
    return _Reader(folder, names, source, Clock(progress)).read()


def _names_in(folder: Path, problems: Problems) -> dict[str, list[str]] | None:
    """Return the names in a folder by their folded form."""
    try:
        if not folder.is_dir():
            problems.add(Code.FOLDER_MISSING, str(folder))
            return None
        found: dict[str, list[str]] = {}
        with os.scandir(folder) as entries:
            for place, entry in enumerate(entries):
                if place >= FOLDER_NAMES_MAX:
                    break
                found.setdefault(entry.name.casefold(), []).append(entry.name)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        problems.add(Code.FOLDER_UNREADABLE, str(folder), reason=reason)
        return None
    return found


class _Reader:
    def __init__(
        self, folder: Path, names: Mapping[str, list[str]], source: Source, clock: Clock
    ) -> None:
        self.folder, self.names, self.source, self.clock = folder, names, source, clock
        self.mapping = source.mapping
        self.problems = source.problems
        self.opened: dict[str, OpenFile | None] = {}
        self.lookups: dict[str, _LookupTable | None] = {}

    def read(self) -> Source:
        """Read lookups, then feeds, and say what was read."""
        for name, lookup in self.mapping.lookups.items():
            file = self._file(lookup.file)
            if file is not None:
                table = _LookupTable(file, lookup.key, self._taken_from(name), self)
                self.lookups[name] = table if table.usable else None
            else:
                self.lookups[name] = None
        for feed in self.mapping.feeds:
            self._feed(feed)
        read = [file for file in self.opened.values() if file is not None]
        if not self.opened and not self.problems.count:
            expected = [feed.file for feed in self.mapping.feeds]
            self.problems.add(Code.NOTHING_TO_IMPORT, self.source.folder, names=expected)
        self._not_used()
        self.source.files = tuple(
            FileRead(
                file.name, self._feeds_of(file.name), file.row_count, file.size, file.encoding,
                file.delimiter, file.sha256,
            )
            for file in read
        )  # fmt: skip
        whole = hashlib.sha256(self.mapping.model_dump_json().encode())
        for file in sorted(read, key=lambda one: one.name):
            whole.update(f"\n{file.name}\t{file.sha256}".encode())
        self.source.digest = whole.hexdigest()
        return self.source

    def _feeds_of(self, name: str) -> tuple[str, ...]:
        return tuple(
            feed.template for feed in self.mapping.feeds if self._actual(feed.file) == name
        )

    def _not_used(self) -> None:
        for actual in sorted(name for names in self.names.values() for name in names):
            if actual.casefold().endswith((".csv", ".csv.gz")) and actual not in self.opened:
                self.problems.notice(Notice.FILE_NOT_USED, ascii(actual)[1:-1])

    def _actual(self, wanted: str) -> str | None:
        """Return the file's name as it lies in the folder, None where it is not there."""
        forms = [wanted, f"{wanted}.gz"] if self.mapping.strict else [wanted]
        found = [name for form in forms for name in self.names.get(form.casefold(), [])]
        return found[0] if found else None

    def _file(self, wanted: str) -> OpenFile | None:
        actual = self._actual(wanted)
        if actual is None:
            if wanted not in self.opened and not self.mapping.strict:
                self.problems.add(Code.FILE_MISSING, wanted)
                self.opened[wanted] = None
            return None
        if actual not in self.opened:
            forms = [wanted, f"{wanted}.gz"] if self.mapping.strict else [wanted]
            twins = [
                n for form in forms for n in self.names.get(form.casefold(), []) if n != actual
            ]
            if twins:
                self.problems.add(Code.FILE_TWICE, actual, other=twins[0])
            self.clock.look(actual, 0)
            self.opened[actual] = open_file(
                self.folder / actual, actual, self._expected(wanted), self.mapping.encoding,
                self.problems,
            )  # fmt: skip
        return self.opened[actual]

    def _expected(self, wanted: str) -> tuple[str, ...]:
        """Return the columns that the mapping reads from a file."""
        found: dict[str, None] = {}
        for feed in self.mapping.feeds:
            for cell in feed.columns.values():
                if feed.file == wanted:
                    found.update(dict.fromkeys(_columns_of(cell)))
                for part in (cell, cell.times, cell.per):
                    if part is not None and part.lookup is not None and part.take is not None:
                        lookup = self.mapping.lookups[part.lookup]
                        if lookup.file == wanted:
                            found.update({lookup.key: None, part.take: None})
        return tuple(found)

    def _taken_from(self, name: str) -> set[str]:
        """Return the columns that cells take from a lookup."""
        parts = (
            part
            for feed in self.mapping.feeds
            for cell in feed.columns.values()
            for part in (cell, cell.times, cell.per)
        )
        return {p.take for p in parts if p is not None and p.lookup == name and p.take is not None}

    def _feed(self, feed: Feed) -> None:
        source, template = self.source, TEMPLATES[feed.template]
        if self.mapping.strict and self._actual(feed.file) is None:
            return
        source.column_of[template.name] = {name: cell.shown for name, cell in feed.columns.items()}
        file = self._file(feed.file)
        if file is None:
            source.unread.add(template.name)
            source.file_of[template.name] = self._actual(feed.file) or feed.file
            return
        source.file_of[template.name] = file.name
        places = self._places(file, feed)
        form = Form(self.mapping.decimal, self.mapping.date)
        needed = [feed.columns.get(column.name) for column in template.fields if column.required]
        lost = any(cell and cell.lookup and self.lookups[cell.lookup] is None for cell in needed)
        if places is None or lost:
            source.unread.add(template.name)
            return
        getters: list[tuple[Field, Getter]] = []
        provided = set()
        for column in template.fields:
            cell = feed.columns.get(column.name)
            if cell is None or any(folded(name) not in places for name in _columns_of(cell)):
                getters.append((column, _constant(column.kind.blank)))
                continue
            provided.add(column.name)
            getters.append((column, _getter(cell, column, places, form, self.lookups)))
        source.provided[template.name] = frozenset(provided)
        self._records(template.name, file, getters)

    def _places(self, file: OpenFile, feed: Feed) -> dict[str, int] | None:
        """Return column places by folded name; None where a needed column is missing or twice."""
        places: dict[str, int] = {}
        good = True
        used = {folded(name) for cell in feed.columns.values() for name in _columns_of(cell)}
        required = {
            folded(name)
            for column in TEMPLATES[feed.template].fields
            for name in _columns_of(feed.columns.get(column.name))
            if column.required or not self.mapping.strict
        }
        for place, name in enumerate(file.header):
            key = folded(name)
            if key in places and (key in used or self.mapping.strict):
                self.problems.add(Code.COLUMN_TWICE, file.name, file.header_line, name)
                good = False
            elif self.mapping.strict and key not in used:
                self.problems.add(
                    Code.COLUMN_UNKNOWN, file.name, file.header_line, name or None,
                    value=name, known=list(feed.columns),
                )  # fmt: skip
                good = False
            places.setdefault(key, place)
        for cell in feed.columns.values():
            for name in _columns_of(cell):
                if folded(name) in required and folded(name) not in places:
                    self.problems.add(Code.COLUMN_MISSING, file.name, file.header_line, name)
                    required.discard(folded(name))
                    good = False
        return places if good else None

    def _records(self, name: str, file: OpenFile, getters: list[tuple[Field, Getter]]) -> None:
        source, problems, made = self.source, self.problems, RECORDS[name]
        shown = source.column_of[name]
        before = problems.count
        kept = source.records.setdefault(name, [])
        broken = source.broken.setdefault(name, set())
        reads = [getter for _, getter in getters]
        for line, cells in rows(file, problems, self.clock):
            try:
                kept.append(made(line, *[read(cells) for read in reads]))
            except CellError:
                for column, read in getters:
                    try:
                        value = read(cells)
                    except CellError as error:
                        given = error.params.pop("cell", None)
                        problems.add(
                            error.code, file.name, line, shown.get(column.name, column.name), given,
                            **error.params,
                        )  # fmt: skip
                    else:
                        if isinstance(value, str) and column.kind.name == "code":
                            broken.add(value)
        if problems.count > before:
            source.unread.add(name)


class _LookupTable:
    """A file read into {key: cells}, built at first use."""

    def __init__(self, file: OpenFile, key: str, taken: set[str], reader: _Reader) -> None:
        self.file = file
        self._places: dict[str, int] = {}
        for place, name in enumerate(file.header):
            self._places.setdefault(folded(name), place)
        self._rows: dict[str, list[str]] = {}
        self._lines: dict[str, int] = {}
        missing = [name for name in sorted({key} | taken) if folded(name) not in self._places]
        self.usable = not missing
        for name in missing:
            reader.problems.add(Code.COLUMN_MISSING, file.name, file.header_line, name)
        if missing:
            return
        where = self._places[folded(key)]
        for line, cells in rows(file, reader.problems, reader.clock):
            value = cells[where].strip()
            if value in self._rows:
                reader.problems.add(
                    Code.LOOKUP_TWICE, file.name, line, key, value, first=self._lines[value]
                )
                continue
            self._rows[value], self._lines[value] = cells, line

    def take(self, key: str, column: str, *, optional: bool = False) -> str:
        """Return a cell of the row with this key, empty where there is none and none is needed."""
        found = self._rows.get(key)
        if found is not None:
            return found[self._places[folded(column)]].strip()
        if optional:
            return ""
        raise CellError(Code.LOOKUP_FAILED, lookup=self.file.name)


def _columns_of(cell: Cell | None) -> tuple[str, ...]:
    """Return the columns of its own file that a cell reads."""
    if cell is None:
        return ()
    own = ((cell.column,) if cell.column is not None else ()) + cell.columns
    return own + tuple(part.column for part in (cell.times, cell.per) if part is not None)


def _constant(value: Any) -> Getter:
    return lambda _cells: value


def _getter(
    cell: Cell,
    column: Field,
    places: Mapping[str, int],
    form: Form,
    lookups: Mapping[str, _LookupTable | None],
) -> Getter:
    """Return the function from a row's cells to the value of one column."""
    raw = _raw(cell, places, lookups)
    parse = column.kind.parser(form)
    blank, required, prefix = column.kind.blank, column.required, cell.prefix
    values = cell.values
    cache: dict[str, Any] = {}
    own = cell.column is not None and cell.lookup is None and cell.value is None
    place = places[folded(cell.column or "")] if own and not cell.columns else -1

    def read(cells: list[str]) -> Any:
        if place >= 0:
            found = cache.get(cells[place], cache)
            if found is not cache:
                return found
        given = raw(cells)
        if given in cache:
            return cache[given]
        text = _repaired(given) if cell.repair else given
        if values is not None:
            text = _replaced(given, values)
        if not text:
            if required:
                raise CellError(Code.VALUE_MISSING)
            value = blank
        else:
            try:
                value = parse(prefix + text)
            except CellError as error:
                error.params.setdefault("cell", given)
                raise
        if len(cache) < CACHED_MAX:
            cache[given] = value
        return value

    if cell.times is None and cell.per is None:
        return read
    return _scaled(read, cell, places, lookups, column.kind.name)


def _raw(
    cell: Cell, places: Mapping[str, int], lookups: Mapping[str, _LookupTable | None]
) -> Callable[[list[str]], str]:
    if cell.value is not None:
        constant = cell.value
        return lambda _cells: constant
    if cell.columns:
        several = [places[folded(name)] for name in cell.columns]
        between = cell.between
        return lambda cells: between.join(
            part for part in (cells[place].strip() for place in several) if part
        )
    assert cell.column is not None
    place = places[folded(cell.column)]
    if cell.lookup is None:
        return lambda cells: cells[place].strip()
    table, take, optional = lookups[cell.lookup], cell.take or "", cell.optional
    if table is None:  # its file could not be read, which is said already
        return lambda _cells: ""
    found = table
    return lambda cells: found.take(_LOOKUP_KEY(cells[place].strip()), take, optional=optional)


def _replaced(given: str, values: Mapping[str, str]) -> str:
    if given in values:
        return values[given]
    if given and "*" in values:
        return values["*"]
    raise CellError(Code.NOT_MAPPED, known=sorted(values), cell=given)


def _repaired(given: str) -> str:
    if given.isascii():
        return given
    try:
        return given.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return given


def _scaled(
    read: Getter,
    cell: Cell,
    places: Mapping[str, int],
    lookups: Mapping[str, _LookupTable | None],
    kind: str,
) -> Getter:
    """Multiply and divide by whole numbers: packs to units, cost of a pack to cost of a unit."""
    times = _factor(cell.times, places, lookups)
    per = _factor(cell.per, places, lookups)

    def scaled(cells: list[str]) -> Any:
        value = read(cells)
        if value is None:
            return None
        many, few = times(cells), per(cells)
        made = half_up(value * many, few)
        if made * few != value * many:
            if kind != "money":
                raise CellError(Code.TOO_PRECISE, places=4)
            return Rounded(made)
        return Pointed(made) if isinstance(value, Pointed) else made

    return scaled


def _factor(
    factor: Factor | None, places: Mapping[str, int], lookups: Mapping[str, _LookupTable | None]
) -> Callable[[list[str]], int]:
    if factor is None or (factor.lookup is not None and lookups[factor.lookup] is None):
        return lambda _cells: 1  # a lookup that could not be read is said already
    raw = _raw(Cell(column=factor.column, lookup=factor.lookup, take=factor.take), places, lookups)

    def read(cells: list[str]) -> int:
        given = raw(cells)
        if not (given.isascii() and given.isdigit() and len(given) <= 6) or int(given) == 0:
            raise CellError(Code.NOT_A_NUMBER, cell=given)
        return int(given)

    return read
