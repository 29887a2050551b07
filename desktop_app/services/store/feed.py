"""What others committed (architecture 11.5): NOTIFY on PostgreSQL, numbered notes on SQLite.

A note is a hint to read again, never the news itself: whoever may have missed one is told
"everything".
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Connection, delete, func, insert, select, text

from ..changes import Changes
from .bulk import is_postgres
from .engine import Store
from .kinds import dump_json
from .tables import change_note

CHANNEL = "backroom_changes"
KEPT = timedelta(days=1)
CONNECT_SECONDS_MAX = 5


class Feed(Protocol):
    """A source of other workstations' changes. Used by one background thread."""

    def wait(self, seconds: float) -> list[Changes]:
        """Return what was committed elsewhere, waiting at most ``seconds`` for it."""

    def close(self) -> None:
        """Stop listening."""


def send(db: Connection, changes: Changes, at: datetime) -> None:
    """Announce a commit, in its own transaction, so that a rollback says nothing."""
    if not changes.topics:
        return
    if is_postgres(db):
        db.execute(
            text("SELECT pg_notify(:channel, :body)"),
            {"channel": CHANNEL, "body": dump_json(changes.as_json())},
        )
        return
    written = db.execute(
        insert(change_note).values(at=at, workstation=changes.by, body=changes.as_json())
    )
    key = written.inserted_primary_key
    if key is not None and key[0] % 500 == 0:
        db.execute(delete(change_note).where(change_note.c.at < at - KEPT))


def open_feed(store: Store, workstation: str) -> Feed:
    """Listen from now on; our own notes are left out, ``run`` has delivered them."""
    if store.is_postgres:
        return _ServerFeed(store, workstation)
    return _FileFeed(store, workstation)


class _FileFeed:
    """Notes are numbered under the one write lock, so there are no gaps to wait for."""

    def __init__(self, store: Store, workstation: str) -> None:
        self._store = store
        self._own = workstation
        with store.reading() as db:
            self._last = db.execute(
                select(func.coalesce(func.max(change_note.c.id), 0))
            ).scalar_one()

    def wait(self, seconds: float) -> list[Changes]:
        """Read the notes after the last one seen; returns at once, the caller paces it."""
        del seconds
        with self._store.reading() as db:
            found = db.execute(
                select(change_note.c.id, change_note.c.body)
                .where(change_note.c.id > self._last)
                .order_by(change_note.c.id)
            ).all()
        if found:
            self._last = found[-1].id
        notes = [Changes.from_json(row.body) for row in found]
        return [note for note in notes if note.by != self._own]

    def close(self) -> None:
        """Nothing is held open between two looks."""


class _ServerFeed:
    """LISTEN on a connection of its own; after a reconnect everything may have changed."""

    def __init__(self, store: Store, workstation: str) -> None:
        self._store = store
        self._own = workstation
        self._raw: Any = None
        self._connect()

    def _connect(self) -> None:
        import psycopg

        url = self._store.writes.url.set(drivername="postgresql")
        self._raw = psycopg.connect(
            url.render_as_string(hide_password=False), autocommit=True,
            connect_timeout=CONNECT_SECONDS_MAX,
        )  # fmt: skip
        self._raw.execute(f"LISTEN {CHANNEL}")

    def wait(self, seconds: float) -> list[Changes]:
        """Return the notes that came within ``seconds``; "everything" after a lost connection.

        Raises what connecting raises while the server is away.
        """
        import json

        import psycopg

        if self._raw is None:
            self._connect()
            return [Changes.everything()]
        try:
            notes = [
                Changes.from_json(json.loads(note.payload))
                for note in self._raw.notifies(timeout=seconds, stop_after=1)
            ]
        except (psycopg.OperationalError, OSError):
            self.close()
            return []
        return [note for note in notes if note.by != self._own]

    def close(self) -> None:
        """Close the listening connection."""
        if self._raw is not None:
            self._raw.close()
            self._raw = None
