"""Bringing a database to the schema of this program, with Alembic, inside the package.

Alembic is loaded where there is something to upgrade: it would be a tenth of every start.
"""

from __future__ import annotations

import shutil
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.pool import NullPool

from ..errors import Rejected

VERSION_TABLE = "alembic_version"


def config() -> Any:
    """Return Alembic's configuration; the migrations travel in the package."""
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(resources.files(__package__) / "migrations"))
    return made


@cache
def head() -> str:
    """Return the schema this program writes: the last of the numbers that migrations begin with."""
    files = (resources.files(__package__) / "migrations" / "versions").iterdir()
    return max(file.name.partition("_")[0] for file in files if file.name[:1].isdigit())


def version_of(db: Connection) -> str | None:
    """Return the schema of a database, None where it has none of our tables."""
    if not inspect(db).has_table(VERSION_TABLE):
        return None
    return db.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608


def upgrade(engine: Engine, path: Path | None) -> None:
    """Upgrade to ``head`` in one transaction; a SQLite file is copied aside first (F8).

    Raises Rejected("newer_schema") for a database written by a newer program.
    """
    wanted = head()
    with engine.connect() as db:
        found = version_of(db)
    if found == wanted:
        return
    from alembic import command
    from alembic.script import ScriptDirectory

    made = config()
    if found is not None:
        known = {script.revision for script in ScriptDirectory.from_config(made).walk_revisions()}
        if found not in known:
            raise Rejected("newer_schema", found=found, known=wanted)
        if path is not None:
            shutil.copy2(path, path.with_name(f"{path.name}.before-{wanted}"))
    migrator = _sqlite_migrator(engine) if engine.dialect.name == "sqlite" else engine
    with migrator.connect() as db, db.begin():
        if migrator is engine:
            # Two workstations may start a new version at the same time: one migrates, one waits.
            db.execute(text("SELECT pg_advisory_xact_lock(4275307)"))
        made.attributes["connection"] = db
        command.upgrade(made, "head")
        if migrator is not engine and db.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise Rejected("migration_failed", found=found or "", known=wanted)


def _sqlite_migrator(engine: Engine) -> Engine:
    """Migrate with foreign keys off: batch mode recreates tables and cascades must not fire."""
    made = create_engine(engine.url, poolclass=NullPool, hide_parameters=True)

    @event.listens_for(made, "connect")
    def _connect(raw: Any, _record: Any) -> None:
        raw.isolation_level = None
        raw.execute("PRAGMA foreign_keys = OFF")
        raw.execute("PRAGMA synchronous = FULL")

    @event.listens_for(made, "begin")
    def _begin(db: Connection) -> None:
        db.exec_driver_sql("BEGIN EXCLUSIVE")

    return made
