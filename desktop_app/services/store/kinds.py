"""Column kinds that mean the same on SQLite (STRICT tables) and PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, DateTime, Dialect, Integer, Text, TypeDecorator
from sqlalchemy.types import TypeEngine

BigInt = BigInteger().with_variant(Integer(), "sqlite")
"""64 bits on both; INTEGER on SQLite so that a primary key is the row id."""


class Utc(TypeDecorator[datetime]):
    """An aware time in UTC: ``timestamptz`` on PostgreSQL, text of fixed width on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(DateTime(timezone=True))
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        if dialect.name == "postgresql":
            return value
        return utc_text(value)

    def result_processor(
        self, dialect: Dialect, coltype: Any
    ) -> Callable[[Any], datetime | None] | None:
        # Not ``process_result_value``: a page has hundreds of times, and that is two calls for each.
        return _utc_of_server if dialect.name == "postgresql" else _utc_of_text


def _utc_of_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _utc_of_server(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


def utc_text(value: datetime) -> str:
    """Return the text SQLite stores: sorts as the time does."""
    return value.astimezone(UTC).isoformat(timespec="microseconds")


class Day(TypeDecorator[date]):
    """A calendar day: ``date`` on PostgreSQL, ISO text on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(Date())
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: date | None, dialect: Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        return value.isoformat()

    def result_processor(
        self, dialect: Dialect, coltype: Any
    ) -> Callable[[Any], date | None] | None:
        return None if dialect.name == "postgresql" else _day_of_text


def _day_of_text(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)


class Json(TypeDecorator[Any]):
    """A JSON value as text, keys sorted, so that equal values are equal texts."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else dump_json(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


def dump_json(value: Any) -> str:
    """Return compact JSON with sorted keys; refuses what JSON cannot say."""
    return _ENCODER.encode(value)


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)
