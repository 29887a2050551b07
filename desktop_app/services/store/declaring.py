"""How tables are declared: the shared metadata and the kinds of column every table uses."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, MetaData, Table, Text, text

from .kinds import BigInt

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def table(name: str, *parts: Any) -> Table:
    """A table; STRICT on SQLite."""
    return Table(name, metadata, *parts, sqlite_strict=True)


def identity() -> Column[int]:
    """The number the database gives a row."""
    return Column("id", BigInt, primary_key=True)


def to(target: str, name: str | None = None, *, optional: bool = False) -> Column[int]:
    """A reference to ``target`` that keeps its row from being deleted."""
    return Column(
        name or f"{target}_id",
        BigInt,
        ForeignKey(f"{target}.id", ondelete="RESTRICT"),
        nullable=optional,
    )


def by_journal(name: str = "journal_id", *, optional: bool = False) -> Column[str]:
    """The command that wrote the row."""
    return Column(name, Text, ForeignKey("journal.id", ondelete="RESTRICT"), nullable=optional)


def words(
    name: str, most: int = 200, *, optional: bool = False, default: str | None = None
) -> tuple[Any, ...]:
    """A text column with its length limit."""
    server = None if default is None else text(f"'{default}'")
    return (
        Column(name, Text, nullable=optional, server_default=server),
        CheckConstraint(f"length({name}) <= {most}", name=f"{name}_length"),
    )


def number(name: str, default: int | None = 0, *, optional: bool = False) -> Column[int]:
    """A whole number of 64 bits; ``default`` None: must be given."""
    server = None if default is None or optional else text(str(default))
    return Column(name, BigInt, nullable=optional, server_default=server)


def flag(name: str, default: int = 0) -> tuple[Any, ...]:
    """Yes or no, as 1 or 0."""
    return (
        Column(name, Integer, nullable=False, server_default=text(str(default))),
        CheckConstraint(f"{name} IN (0, 1)", name=f"{name}_flag"),
    )


def one_of(name: str, *values: str, default: str | None = None) -> tuple[Any, ...]:
    """A text out of a fixed list."""
    listed = ", ".join(f"'{value}'" for value in values)
    server = None if default is None else text(f"'{default}'")
    return (
        Column(name, Text, nullable=False, server_default=server),
        CheckConstraint(f"{name} IN ({listed})", name=f"{name}_known"),
    )


def axis(name: str) -> tuple[Any, ...]:
    """One of the values of ``rules.sale_status.Axis``."""
    return (
        Column(name, Integer, nullable=False, server_default=text("0")),
        CheckConstraint(f"{name} BETWEEN 0 AND 3", name=f"{name}_known"),
    )


def version() -> Column[int]:
    """Counts the edits of a record."""
    return Column("version", Integer, nullable=False, server_default=text("1"))
