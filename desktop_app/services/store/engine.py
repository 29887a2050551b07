"""Opening a database: SQLite file or PostgreSQL server, the same behaviour (reliability 3.1, 3.8)."""

from __future__ import annotations

import os
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import QueuePool

from ..errors import Rejected, Unavailable
from . import schema

APPLICATION_ID = 0x42414B52
"""Marks our SQLite files ("BAKR" in the header)."""

BUSY_WAIT_MS = 10_000
LOCK_TIMEOUT_MS = 5_000
STATEMENT_TIMEOUT_MS = 60_000
READERS_MAX = 6

NETWORK_FILE_SYSTEMS = (
    "nfs", "cifs", "smb", "9p", "afs", "ceph", "glusterfs", "lustre", "vboxsf", "vmhgfs", "drvfs",
    "davfs", "ncpfs", "fuse.",
)  # fmt: skip


@dataclass(slots=True)
class Store:
    """An open database. ``writes`` begins with the write lock, ``reads`` sees one snapshot."""

    address: str
    reads: Engine
    writes: Engine
    lock: FileLock | None = None

    @property
    def is_postgres(self) -> bool:
        """Return whether this is a shared server."""
        return self.writes.dialect.name == "postgresql"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A read-only transaction in which several queries agree with each other."""
        with self.reads.connect() as db, db.begin():
            yield db

    def close(self) -> None:
        """Close every connection and let the next program in."""
        if not self.is_postgres:
            with self.writes.connect() as db:
                db.exec_driver_sql("COMMIT")
                db.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                db.exec_driver_sql("BEGIN")
        self.reads.dispose()
        self.writes.dispose()
        if self.lock is not None:
            self.lock.release()


def is_server(address: str) -> bool:
    """Return whether the address names a PostgreSQL server rather than a file."""
    return address.startswith(("postgresql://", "postgresql+psycopg://"))


def create(address: str) -> Store:
    """Create the tables in a new file or an empty server database, and open it.

    Raises Rejected("file_exists") or Rejected("database_not_empty"); nothing is written then.
    """
    if is_server(address):
        return _postgres(address, new=True)
    path = Path(address)
    if path.exists():
        raise Rejected("file_exists", path=str(path))
    _check_place(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = _lock(path)
    try:
        raw = sqlite3.connect(path, isolation_level=None)
        raw.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        raw.execute("PRAGMA journal_mode = WAL")
        raw.close()
        return _open_sqlite(path, lock)
    except BaseException:
        lock.release()
        raise


def open_store(address: str) -> Store:
    """Open an existing database and bring its schema up to date.

    Each fault has its own code: missing_file, not_a_file, empty_file, foreign_file, newer_schema,
    in_use, network_place (Rejected); server_away (Unavailable).
    """
    if is_server(address):
        return _postgres(address, new=False)
    path = Path(address)
    _check_file(path)
    _check_place(path)
    lock = _lock(path)
    try:
        return _open_sqlite(path, lock)
    except BaseException:
        lock.release()
        raise


def _check_file(path: Path) -> None:
    if not path.exists():
        raise Rejected("missing_file", path=str(path))
    if not path.is_file():
        raise Rejected("not_a_file", path=str(path))
    try:
        with path.open("rb") as file:
            head = file.read(100)
    except OSError as error:
        raise Rejected("unreadable_file", path=str(path), reason=error.strerror or "") from error
    if not head:
        raise Rejected("empty_file", path=str(path))
    ours = APPLICATION_ID.to_bytes(4, "big")
    if len(head) < 100 or not head.startswith(b"SQLite format 3\0") or head[68:72] != ours:
        raise Rejected("foreign_file", path=str(path))


def _check_place(path: Path, mounts: str | None = None) -> None:
    """Refuse a network drive: WAL needs one machine's memory (reliability 3.8.1)."""
    table = Path("/proc/mounts")
    if mounts is None and not table.exists():
        return
    lines = (mounts if mounts is not None else table.read_text(encoding="utf-8")).splitlines()
    place, kind = "", ""
    target = str(path.absolute().parent)
    for line in lines:
        parts = line.split(" ")
        if len(parts) < 3:
            continue
        mount = parts[1].replace("\\040", " ")
        inside = target == mount or target.startswith(mount.rstrip("/") + "/")
        if inside and len(mount) >= len(place):
            place, kind = mount, parts[2]
    if kind.startswith(NETWORK_FILE_SYSTEMS) and kind != "fuse.portal":
        raise Rejected("network_place", path=str(path), kind=kind)


def _lock(path: Path) -> FileLock:
    """One live file = one running program. The lock ends with the process that holds it."""
    beside = path.with_name(path.name + ".lock")
    lock = FileLock(beside, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout as error:
        raise Rejected("in_use", path=str(path), by=_holder(path)) from error
    except OSError as error:
        raise Rejected("unwritable_place", path=str(path), reason=error.strerror or "") from error
    owner = path.with_name(path.name + ".owner")
    owner.write_text(f"{socket.gethostname()}, process {os.getpid()}", encoding="utf-8")
    return lock


def _holder(path: Path) -> str:
    owner = path.with_name(path.name + ".owner")
    try:
        return owner.read_text(encoding="utf-8")
    except OSError:
        return "another program"


def _open_sqlite(path: Path, lock: FileLock) -> Store:
    url = f"sqlite:///{path}"
    options: dict[str, Any] = {
        "hide_parameters": True,
        "poolclass": QueuePool,
        "connect_args": {"check_same_thread": False, "cached_statements": 256},
        "pool_timeout": 60,
    }
    writes = create_engine(url, pool_size=1, max_overflow=0, **options)
    reads = create_engine(url, pool_size=READERS_MAX, max_overflow=0, **options)
    event.listen(writes, "connect", _set_up_writer)
    event.listen(writes, "begin", _begin_immediate)
    event.listen(reads, "connect", _set_up_reader)
    event.listen(reads, "begin", _begin)
    try:
        schema.upgrade(writes, path)
    except DBAPIError as error:
        writes.dispose()
        raise Rejected("damaged_file", path=str(path), reason=str(error.orig)) from error
    except BaseException:
        writes.dispose()
        raise
    return Store(str(path), reads, writes, lock)


def _set_up_writer(raw: Any, _record: Any) -> None:
    _set_up(raw)
    raw.execute("PRAGMA synchronous = FULL")
    raw.execute("PRAGMA foreign_keys = ON")
    raw.execute("PRAGMA recursive_triggers = ON")
    raw.execute("PRAGMA cache_size = -65536")


def _set_up_reader(raw: Any, _record: Any) -> None:
    _set_up(raw)
    raw.execute("PRAGMA query_only = ON")
    # Not on the writer: its triggers keep the full-text tables, which that setting forbids.
    raw.execute("PRAGMA trusted_schema = OFF")
    raw.execute("PRAGMA cache_size = -32768")


def _set_up(raw: Any) -> None:
    raw.isolation_level = None
    raw.execute(f"PRAGMA busy_timeout = {BUSY_WAIT_MS}")
    raw.execute("PRAGMA cell_size_check = ON")
    raw.execute("PRAGMA temp_store = MEMORY")


def _begin_immediate(db: Connection) -> None:
    db.exec_driver_sql("BEGIN IMMEDIATE")


def _begin(db: Connection) -> None:
    db.exec_driver_sql("BEGIN")


def _postgres(address: str, *, new: bool) -> Store:
    url = address.replace("postgresql://", "postgresql+psycopg://", 1)
    options = (
        f"-c lock_timeout={LOCK_TIMEOUT_MS} -c statement_timeout={STATEMENT_TIMEOUT_MS}"
        " -c idle_in_transaction_session_timeout=60000 -c timezone=UTC -c jit=off"
    )
    arguments = {"options": options, "application_name": "backroom", "connect_timeout": 10}
    writes = create_engine(
        url, hide_parameters=True, pool_pre_ping=True, pool_size=4, max_overflow=12,
        isolation_level="READ COMMITTED", connect_args=arguments,
    )  # fmt: skip
    reads = create_engine(
        url, hide_parameters=True, pool_pre_ping=True, pool_size=4, max_overflow=12,
        isolation_level="REPEATABLE READ", connect_args=arguments,
    )  # fmt: skip
    event.listen(reads, "begin", _begin_read_only)
    try:
        with writes.connect() as db:
            started = schema.version_of(db) is not None
            foreign = not started and bool(
                db.execute(
                    text("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()")
                ).scalar_one()
            )
    except OperationalError as error:
        writes.dispose()
        raise Unavailable("server_away", host=urlsplit(address).hostname or "") from error
    if foreign or (new and started) or (not new and not started):
        writes.dispose()
        raise Rejected("database_not_empty" if new or foreign else "empty_database")
    schema.upgrade(writes, None)
    return Store(address, reads, writes)


def _begin_read_only(db: Connection) -> None:
    db.exec_driver_sql("SET TRANSACTION READ ONLY")
