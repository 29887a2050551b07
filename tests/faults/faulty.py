"""A driver that fails at the n-th call, on both engines (T6, reliability 1.1 a).

    faults = Faults(store)
    with faults.at(3, DISK):            # the third statement; the commit counts as one
        backend.run(...)

The failure happens inside the driver, or on the server, so everything above it is the real thing.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Any

import psycopg
from sqlalchemy import event

from desktop_app.services.store.engine import Store

COMMIT = -1
"""Instead of a number: the commit, whichever call it is."""


class Fault(Enum):
    DISK = "the statement fails, for good"
    ROLLED_BACK = "it fails and the engine has rolled back by itself (SQLite on a full disk)"
    LOST = "the connection is gone before the statement"
    ANSWER = "the connection is gone after the statement was done; at a commit it stands"
    INTERRUPT = "Ctrl+C, or no memory"


class Faults:
    """The calls of a store's writer from now on."""

    def __init__(self, store: Store) -> None:
        self._n: int | None = None
        self._fault = Fault.DISK
        self.seen = 0
        self.fired = False
        faults, engine = self, store.writes

        class SqliteCursor(sqlite3.Cursor):
            def execute(self, *args: Any) -> Any:
                return faults._call(self.connection, lambda: super(SqliteCursor, self).execute(*args))

            def executemany(self, *args: Any) -> Any:
                return faults._call(self.connection, lambda: super(SqliteCursor, self).executemany(*args))

        class SqliteConnection(sqlite3.Connection):
            def cursor(self, factory: Any = SqliteCursor) -> Any:
                return super().cursor(factory)

            def commit(self) -> None:
                faults._call(self, super().commit, COMMIT)

        class ServerCursor(psycopg.Cursor[Any]):
            def execute(self, *args: Any, **named: Any) -> Any:
                return faults._call(self.connection, lambda: super(ServerCursor, self).execute(*args, **named))

            def executemany(self, *args: Any, **named: Any) -> Any:
                return faults._call(
                    self.connection, lambda: super(ServerCursor, self).executemany(*args, **named)
                )

            def copy(self, *args: Any, **named: Any) -> Any:
                return faults._call(self.connection, lambda: super(ServerCursor, self).copy(*args, **named))

        @event.listens_for(engine, "do_connect")
        def _connect(_dialect: Any, _record: Any, _args: Any, named: dict[str, Any]) -> None:
            if store.is_postgres:
                named["cursor_factory"] = ServerCursor
            else:
                named["factory"] = SqliteConnection

        @event.listens_for(engine, "connect")
        def _connected(raw: Any, _record: Any) -> None:
            if store.is_postgres:
                commit = raw.commit
                raw.commit = lambda: faults._call(raw, commit, COMMIT)

        engine.dispose()  # what was open is not ours

    @contextmanager
    def at(self, n: int, fault: Fault) -> Iterator[None]:
        self._n, self._fault, self.seen, self.fired = n, fault, 0, False
        try:
            yield
        finally:
            self._n = None

    def _call(self, raw: Any, real: Any, which: int = 0) -> Any:
        if self._n is None or self.fired:
            return real()
        self.seen += 1
        if self._n not in {self.seen, which}:
            return real()
        self.fired = True
        if self._fault is Fault.INTERRUPT:
            raise KeyboardInterrupt
        if self._fault is Fault.ANSWER:
            real()
        if isinstance(raw, psycopg.Connection):
            return self._server_fails(raw)
        if self._fault is Fault.ROLLED_BACK and raw.in_transaction:
            raw.rollback()
        raise sqlite3.OperationalError("disk I/O error")

    def _server_fails(self, raw: psycopg.Connection[Any]) -> None:
        """The server's own error, so that its transaction is as spoilt as in earnest."""
        cursor = psycopg.Cursor(raw)
        if self._fault is Fault.DISK:
            cursor.execute("DO $$ BEGIN RAISE 'disk I/O error' USING ERRCODE = '58030'; END $$")
        raw.close()
        cursor.execute("SELECT 1")
