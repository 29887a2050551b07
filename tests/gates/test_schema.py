"""A migration exists for every change of the tables, on both engines."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from desktop_app.services.store import engine, schema
from desktop_app.services.store.tables import APPEND_ONLY, metadata
from tests.helpers.sources import PACKAGE, ROOT


def _compared(_thing: object, name: str, kind: str, *_rest: object) -> bool:
    """Not indexes: expressions in them cannot be read back; another test looks for them."""
    return kind != "index" and (kind != "table" or name in metadata.tables)


@pytest.mark.filterwarnings("ignore:.*expression-based index")
@pytest.mark.expects_log  # Alembic says of each index on expressions that it cannot compare it
def test_the_migrations_lead_to_the_tables(store):
    with store.writes.connect() as db:
        context = MigrationContext.configure(db, opts={"include_object": _compared})
        found = compare_metadata(context, metadata)
        db.rollback()
    assert not found


def test_the_newest_migration_is_alembics_too():
    """The program tells it by the names of the files, to start without Alembic."""
    assert schema.head() == ScriptDirectory.from_config(schema.config()).get_current_head()


def test_an_up_to_date_database_is_opened_without_alembic(address):
    words = (
        "import sys; from desktop_app.services.opening import open_store;"
        f"open_store({address!r}).close();"
        "sys.exit(any(name.split('.')[0] == 'alembic' for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", words], cwd=ROOT, check=False).returncode == 0


def test_the_schema_is_the_newest(store):
    with store.reading() as db:
        assert schema.version_of(db) == schema.head()


def test_each_index_of_the_tables_is_there(store):
    wanted = {index.name for table in metadata.tables.values() for index in table.indexes}
    query = (
        "SELECT indexname FROM pg_indexes WHERE schemaname = 'public'"
        if store.is_postgres
        else "SELECT name FROM sqlite_master WHERE type = 'index'"
    )
    with store.reading() as db:
        there = set(db.execute(text(query)).scalars())
    assert wanted <= there, wanted - there


def test_each_ledger_refuses_change(store):
    query = (
        "SELECT tgname FROM pg_trigger" if store.is_postgres else "SELECT name FROM sqlite_master"
    )
    with store.reading() as db:
        there = " ".join(db.execute(text(query)).scalars())
    assert all(f"{ledger}_" in there for ledger in APPEND_ONLY)


def test_migrations_travel_in_the_package():
    place = Path(schema.__file__).parent / "migrations"
    assert place.is_relative_to(PACKAGE)
    assert (place / "env.py").exists()
    assert list((place / "versions").glob("[0-9]*.py"))


def test_sqlite_here_can_do_what_the_tables_need():
    """STRICT tables need 3.37, trigram search 3.34, RETURNING 3.35."""
    assert sqlite3.sqlite_version_info >= (3, 37)


def _parts(sql: str) -> set[str]:
    """A CREATE TABLE as a set: columns and constraints in any order."""
    inside = " ".join(sql.replace('"', "").split()).removesuffix(" ) STRICT")
    head, _, rest = inside.partition("(")
    return {
        head.strip(),
        *(part.strip() for part in rest.replace(", CONSTRAINT", ";CONSTRAINT").split(";")),
    }


def test_the_migrations_make_the_very_tables(tmp_path):
    """Every constraint and default, which a comparison of columns does not see."""
    store = engine.create(str(tmp_path / "migrated.db"))
    store.close()
    direct = create_engine(f"sqlite:///{tmp_path}/direct.db")
    metadata.create_all(direct)
    direct.dispose()
    made = []
    for name in ("migrated.db", "direct.db"):
        with closing(sqlite3.connect(tmp_path / name)) as db:
            rows = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
        made.append({name: _parts(sql) for name, sql in rows if name in metadata.tables})
    migrated, direct_tables = made
    for table in metadata.tables:
        assert migrated[table] == direct_tables[table], table
