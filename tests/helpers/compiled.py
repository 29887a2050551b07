"""SQL that one test has compiled need not be compiled by the next: a quarter of the suite's time.

A program opens one database and compiles each statement once. A test opens a database of its own,
and SQLAlchemy keeps what it compiled with the engine, so every test would begin anew. Here engines
of one kind share it; which statements are sent, and how often, stays the same.
"""

from collections.abc import Iterator, MutableMapping
from typing import Any
from unittest.mock import patch

import pytest
import sqlalchemy
from sqlalchemy.util import LRUCache

from desktop_app.services.store import engine

KEPT_MAX = 20_000

_kept: LRUCache[Any, Any] = LRUCache(KEPT_MAX)


class Shared(MutableMapping[Any, Any]):
    """The cache of one engine: its key names the engine's own dialect first, ours the dialect's class."""

    def __init__(self, dialect: Any) -> None:
        self._kind = type(dialect)

    def get(self, key: Any, default: Any = None) -> Any:
        return _kept.get((self._kind, *key[1:]), default)

    def __getitem__(self, key: Any) -> Any:
        return _kept[self._kind, *key[1:]]

    def __setitem__(self, key: Any, value: Any) -> None:
        _kept[self._kind, *key[1:]] = value

    def __delitem__(self, key: Any) -> None:
        del _kept[self._kind, *key[1:]]

    def __iter__(self) -> Iterator[Any]:
        return iter(_kept)

    def __len__(self) -> int:
        return len(_kept)


def create_engine(*args: Any, **named: Any) -> sqlalchemy.Engine:
    made = sqlalchemy.create_engine(*args, **named)
    made._compiled_cache = Shared(made.dialect)
    return made


@pytest.fixture(autouse=True, scope="session")
def _compiled_once() -> Iterator[None]:
    with patch.object(engine, "create_engine", create_engine):
        yield
