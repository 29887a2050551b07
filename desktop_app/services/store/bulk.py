"""Set-based reading and writing: one statement per kind of row, whatever their number.

Ids travel as one JSON parameter, so a statement looks the same for 1 and for 10,000 rows and no
driver's limit on parameters is met.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Select,
    Table,
    Text,
    TextClause,
    Update,
    bindparam,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError

from .kinds import BigInt, Day, Json, Utc, dump_json, utc_text


def is_postgres(db: Connection) -> bool:
    """Return whether the connection leads to PostgreSQL."""
    return db.dialect.name == "postgresql"


def upsert(db: Connection, table: Table) -> Any:
    """Return an insert that knows ``on_conflict_do_...``, which each engine spells its own way."""
    return upsert_on(is_postgres(db), table)


def upsert_on(postgres: bool, table: Table) -> Any:
    """Return the same for an engine by its name."""
    # Only the engine in use is loaded: the other one is a twentieth of a start.
    if postgres:
        from sqlalchemy.dialects.postgresql import insert

        return insert(table)
    from sqlalchemy.dialects.sqlite import insert as insert_here

    return insert_here(table)


def _jsonb() -> Any:
    from sqlalchemy.dialects.postgresql import JSONB

    return JSONB


def ids_in(db: Connection, ids: Iterable[int]) -> Select[tuple[int]]:
    """Return a subquery of the ids, for ``column.in_(ids_in(db, ids))``."""
    return _each_id(is_postgres(db), literal(id_list(ids), Text))


@cache
def ids_named(postgres: bool, name: str) -> Select[tuple[int]]:
    """Like ``ids_in``, for a statement that is built once and executed with {name: id_list(ids)}."""
    return _each_id(postgres, bindparam(name, type_=Text))


def id_list(ids: Iterable[int]) -> str:
    """Return ids as the value of the parameter of ``ids_named``."""
    return json.dumps(sorted(set(ids)))


def _each_id(postgres: bool, value: ColumnElement[str]) -> Select[tuple[int]]:
    if postgres:
        each = func.jsonb_array_elements_text(value.cast(_jsonb())).table_valued("value")
    else:
        each = func.json_each(value).table_valued("value")
    return select(each.c.value.cast(BigInt))


def rows_of(db: Connection, kinds: Mapping[str, Any], rows: Sequence[Sequence[Any]]) -> FromClause:
    """Return ``rows`` as a table with the columns ``kinds`` (name to SQLAlchemy type).

    For joins against values that a rule decided. Integers and texts only.
    """
    return _each_row(is_postgres(db), kinds, literal(json.dumps(list(rows)), Text))


def rows_named(postgres: bool, name: str, kinds: Mapping[str, Any]) -> FromClause:
    """Like ``rows_of``, for a statement built once and executed with {name: rows as JSON}."""
    return _each_row(postgres, kinds, bindparam(name, type_=Text))


def _each_row(postgres: bool, kinds: Mapping[str, Any], value: ColumnElement[str]) -> FromClause:
    if postgres:
        each: Any = func.jsonb_array_elements(value.cast(_jsonb())).table_valued("value")
        parts = [
            func.jsonb_extract_path_text(each.c.value, str(i)).cast(kind).label(name)
            for i, (name, kind) in enumerate(kinds.items())
        ]
    else:
        each = func.json_each(value).table_valued("value")
        parts = [
            func.json_extract(each.c.value, f"$[{i}]").cast(kind).label(name)
            for i, (name, kind) in enumerate(kinds.items())
        ]
    return select(*parts).subquery("given")


def next_ids(db: Connection, table: Table, how_many: int) -> list[int]:
    """Take ids for rows about to be inserted, in order. Call inside a writing transaction."""
    if how_many <= 0:
        return []
    if is_postgres(db):
        sequence = f"{table.name}_id_seq"
        drawn = db.execute(_DRAWN, {"s": sequence, "n": how_many}).scalars()
        return sorted(drawn)
    last: int = db.execute(_last_id(table)).scalar_one()
    return list(range(last + 1, last + 1 + how_many))


def next_ids_of(db: Connection, wanted: Mapping[Table, int]) -> dict[Table, list[int]]:
    """Take ids for several tables in one statement; like ``next_ids`` for each."""
    tables = tuple(table for table, how_many in wanted.items() if how_many > 0)
    found: dict[Table, list[int]] = {table: [] for table in wanted}
    if not tables:
        return found
    if is_postgres(db):
        asked = {f"n{place}": wanted[table] for place, table in enumerate(tables)}
        for place, key in db.execute(_drawn_of(tables), asked):
            found[tables[place]].append(key)
        return {table: sorted(keys) for table, keys in found.items()}
    for table, last in zip(tables, db.execute(_last_ids(tables)).one(), strict=True):
        found[table] = list(range(last + 1, last + 1 + wanted[table]))
    return found


@cache
def _drawn_of(tables: tuple[Table, ...]) -> TextClause:
    parts = (
        f"SELECT {place} AS place, nextval('{table.name}_id_seq'::regclass) AS id"  # noqa: S608
        f" FROM generate_series(1, :n{place})"
        for place, table in enumerate(tables)
    )
    return text(" UNION ALL ".join(parts).replace("::", "\\:\\:"))


@cache
def _last_ids(tables: tuple[Table, ...]) -> Select[Any]:
    return select(*(_last_id(table).scalar_subquery() for table in tables))


_DRAWN = text("SELECT nextval(CAST(:s AS regclass)) FROM generate_series(1, :n)")


@cache
def _last_id(table: Table) -> Select[Any]:
    return select(func.coalesce(func.max(table.c.id), 0))


def next_numbers(db: Connection, name: str, how_many: int) -> list[int]:
    """Take document numbers from the counter ``name``; the counter's row stays locked."""
    if how_many <= 0:
        return []
    after = db.execute(_COUNTED, {"n": how_many, "name": name}).scalar_one()
    return list(range(after - how_many, after))


_COUNTED = text(
    "UPDATE counter SET next_number = next_number + :n WHERE name = :name RETURNING next_number"
)


ROWS_AS_VALUES = 8


def insert_many(db: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same keys, in one statement; many by COPY on PostgreSQL."""
    if not rows:
        return
    names = list(rows[0])
    convert = _for_copy if is_postgres(db) else _for_sqlite
    # By column, because most columns need no conversion and a batch has tens of thousands of rows.
    columns = [convert(table.c[name].type, [row[name] for row in rows]) for name in names]
    quoted = ", ".join(f'"{name}"' for name in names)
    if is_postgres(db):
        if len(rows) <= ROWS_AS_VALUES:
            # For a few rows COPY takes twice as long as one insert.
            row_marks = ", ".join(["(" + ", ".join(["%s"] * len(names)) + ")"] * len(rows))
            flat = tuple(value for row in zip(*columns, strict=True) for value in row)
            db.exec_driver_sql(f'INSERT INTO "{table.name}" ({quoted}) VALUES {row_marks}', flat)  # noqa: S608
            return
        _copy(db, f'COPY "{table.name}" ({quoted}) FROM STDIN', columns)
        return
    marks = ", ".join("?" * len(names))
    values = list(zip(*columns, strict=True))
    db.exec_driver_sql(f'INSERT INTO "{table.name}" ({quoted}) VALUES ({marks})', values)  # noqa: S608


def _copy(db: Connection, statement: str, columns: Sequence[Sequence[Any]]) -> None:
    """Send columns by COPY; the driver's errors become SQLAlchemy's, so that ``run`` knows them."""
    raw = db.connection
    driver: Any = db.dialect.dbapi
    try:
        cursor = cast("Any", raw.cursor())
        with cursor, cursor.copy(statement) as copy:
            for row in zip(*columns, strict=True):
                copy.write_row(row)
    except driver.Error as error:
        lost = db.dialect.is_disconnect(error, raw.dbapi_connection, None)
        if lost:
            db.invalidate(error)
        raise DBAPIError.instance(
            statement, None, error, driver.Error, hide_parameters=True,
            connection_invalidated=lost, dialect=db.dialect,
        ) from error  # fmt: skip


def update_many(
    db: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *, add: Sequence[str] = ()
) -> None:
    """Update rows by ``id`` in one statement; columns named in ``add`` are added to, not replaced.

    All rows have the same keys. Integers and texts only; None is kept as NULL.
    """
    if not rows:
        return
    names = tuple(name for name in rows[0] if name != "id")
    columns = [
        [row["id"] for row in rows],
        *(_for_json(table.c[name], [row[name] for row in rows]) for name in names),
    ]
    given = json.dumps(list(zip(*columns, strict=True)))
    db.execute(_update(is_postgres(db), table, names, frozenset(add)), {"given": given})


@cache
def _update(postgres: bool, table: Table, names: tuple[str, ...], add: frozenset[str]) -> Update:
    """Build once: making a statement takes longer than running it for a few rows."""
    kinds = {"id": BigInt, **{f"new_{name}": _plain_kind(table.c[name]) for name in names}}
    given = _each_row(postgres, kinds, bindparam("given", type_=Text))
    values: dict[str, ColumnElement[Any]] = {
        name: table.c[name] + given.c[f"new_{name}"] if name in add else given.c[f"new_{name}"]
        for name in names
    }
    return table.update().values(values).where(table.c.id == given.c.id)


def _plain_kind(target: Column[Any]) -> Any:
    return BigInt if isinstance(target.type, Integer) else Text()


def _for_json(target: Column[Any], values: list[Any]) -> list[Any]:
    if isinstance(target.type, Json):
        return [None if value is None else dump_json(value) for value in values]
    if isinstance(target.type, (Utc, Day)):
        raise TypeError(f"{target.name}: times are not updated in bulk")
    return values


def _for_copy(kind: Any, values: list[Any]) -> list[Any]:
    if isinstance(kind, Json):
        return [None if value is None else dump_json(value) for value in values]
    return values


def _for_sqlite(kind: Any, values: list[Any]) -> list[Any]:
    if isinstance(kind, Utc):
        # Rows of one command share their time.
        texts = {value: None if value is None else utc_text(value) for value in set(values)}
        return [texts[value] for value in values]
    if isinstance(kind, Day):
        return [None if value is None else value.isoformat() for value in values]
    if isinstance(kind, Json):
        return [None if value is None else dump_json(value) for value in values]
    return values
