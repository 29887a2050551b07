"""Fixtures: a fresh, migrated database on each engine, cloned from a template in milliseconds.

After each test that used `backend`, `workstations` or `address` the invariants of the books are
checked (`doctor`), unless it is marked `no_doctor`.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import make_url

from desktop_app.services import doctor
from desktop_app.services.backend import Backend
from desktop_app.services.store import engine
from desktop_app.services.store.engine import Store
from tests.helpers import foundation, postgres

ENGINES = ["sqlite", "postgres"]
_TEMPLATE = "template_backroom"
_numbers = count(1)


def sqlite_template() -> Path:
    """Made once per run, by whoever is first."""
    path = postgres.run_folder() / "template" / "backroom.db"
    with postgres.locked("sqlite"):
        if not path.exists():
            made = path.with_name("made.db")
            _lay(str(made))
            made.rename(path)
    return path


def postgres_template() -> postgres.Server:
    """The server of the run, with the template database in it."""
    server = postgres.shared_server()
    done = postgres.run_folder() / "template.postgres"
    with postgres.locked("template"):
        if not done.exists():
            _execute(server, f"CREATE DATABASE {_TEMPLATE}")
            _lay(server.url(_TEMPLATE))
            done.touch()
    return server


def _lay(address: str) -> None:
    store = engine.create(address)
    foundation.lay(store)
    store.close()


def _execute(server: postgres.Server, statement: str) -> None:
    with psycopg.connect(server.dsn(), autocommit=True) as db:
        db.execute(statement.encode())


@dataclass(frozen=True, slots=True)
class Cloned:
    """One test's database: its address, and what takes it away again."""

    address: str
    remove: Callable[[], None]


def clone(kind: str, *, empty: bool = False, template: str = _TEMPLATE) -> Cloned:
    """A new database: migrated with the foundation in it, or `empty` for tests of `create`."""
    number = next(_numbers)
    if kind == "sqlite":
        folder = postgres.run_folder() / f"db-{uuid4().hex[:8]}-{number}"
        folder.mkdir()
        path = folder / "backroom.db"
        if not empty:
            shutil.copy(sqlite_template(), path)
        return Cloned(str(path), lambda: shutil.rmtree(folder))
    server = postgres_template()
    name = f"t_{uuid4().hex[:8]}_{number}"
    template = "template0" if empty else template
    # FILE_COPY takes half the time of WAL_LOG for databases this small.
    _execute(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    return Cloned(server.url(name), lambda: _execute(server, f"DROP DATABASE {name} WITH (FORCE)"))


def prepared(kind: str, name: str, make: Callable[[str, Path], None]) -> tuple[Cloned, Path]:
    """A copy of a database that `make(address, folder)` filled, once in the run for each engine.

    Also returns the folder, with what `make` left in it: for reading and copying only.
    """
    folder = left_by(kind, name)
    with postgres.locked(folder.name):
        if not folder.exists():
            filled, making = clone(kind), folder.with_name(f"{folder.name}.making")
            making.mkdir()
            make(filled.address, making)
            if kind == "sqlite":
                shutil.copy(filled.address, making / "backroom.db")
                filled.remove()
            else:
                (making / "database").write_text(make_url(filled.address).database or "")
            making.rename(folder)
    if kind == "sqlite":
        copy = clone(kind, empty=True)
        shutil.copy(folder / "backroom.db", copy.address)
        return copy, folder
    return clone(kind, template=(folder / "database").read_text()), folder


def left_by(kind: str, name: str) -> Path:
    """The folder that `make` of `prepared` was given."""
    return postgres.run_folder() / f"{name}-{kind}"


def findings(store: Store) -> str:
    """What `doctor` says, empty when the books are right."""
    with store.reading() as db:
        return "\n".join(f"{f.code}: {f.says}: {f.rows}" for f in doctor.check(db))


def _assert_right(request: pytest.FixtureRequest, store: Store) -> None:
    out = [pool.checkedout() for pool in (store.reads.pool, store.writes.pool)]  # type: ignore[attr-defined]
    assert out == [0, 0], f"connections not given back (reads, writes): {out}"
    if request.node.get_closest_marker("no_doctor") is None:
        broken = findings(store)
        assert not broken, f"the books are wrong after the test:\n{broken}"


on_sqlite = pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
"""For what only a file can meet, and for screens whose words do not depend on the engine."""
on_postgres = pytest.mark.parametrize("engine_kind", ["postgres"], indirect=True)


@pytest.fixture(params=ENGINES)
def engine_kind(request: pytest.FixtureRequest) -> str:
    """`sqlite` or `postgres`: a test that asks for this runs on both."""
    return str(request.param)


@pytest.fixture
def empty_address(engine_kind: str) -> Iterator[str]:
    """Where `engine.create` may lay a database: no file, or a server database without tables."""
    made = clone(engine_kind, empty=True)
    yield made.address
    made.remove()


@pytest.fixture
def database(engine_kind: str) -> Iterator[Cloned]:
    made = clone(engine_kind)
    yield made
    made.remove()


@pytest.fixture
def address(database: Cloned, request: pytest.FixtureRequest) -> Iterator[str]:
    """A migrated database that nobody has opened: for tests that start programs of their own."""
    yield database.address
    store = engine.open_store(database.address)
    try:
        _assert_right(request, store)
    finally:
        store.close()


@pytest.fixture
def store(database: Cloned, request: pytest.FixtureRequest) -> Iterator[Store]:
    """The database, open. Checked by `doctor` after the test."""
    opened = engine.open_store(database.address)
    try:
        yield opened
        _assert_right(request, opened)
    finally:
        opened.close()


@pytest.fixture
def backend(store: Store) -> Backend:
    """The one door, as the manager `mary`."""
    return Backend.sign_in(store, "mary")


@pytest.fixture
def backend_as(store: Store) -> Callable[[str], Backend]:
    """`backend_as("clerk")`: the same database as another role (R11.1)."""
    return lambda role: Backend.sign_in(store, foundation.LOGIN[role], f"desk of the {role}")


@pytest.fixture
def two_workstations(
    database: Cloned, request: pytest.FixtureRequest
) -> Iterator[tuple[Backend, Backend]]:
    """A manager and a buyer at work on one database.

    On PostgreSQL each has its own connections. A SQLite file belongs to one program, so there the
    two share the open store, as two threads of it do.
    """
    first = engine.open_store(database.address)
    second = engine.open_store(database.address) if first.is_postgres else first
    try:
        yield (
            Backend.sign_in(first, "mary", "front desk"),
            Backend.sign_in(second, "ben", "back office"),
        )
        _assert_right(request, first)
        if second is not first:
            _assert_right(request, second)
    finally:
        if second is not first:
            second.close()
        first.close()
