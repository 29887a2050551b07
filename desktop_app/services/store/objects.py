"""What a schema needs beside tables: append-only guards and the search index, per engine.

The search index holds the ``search`` text of sales and purchase orders: trigrams on both engines
(performance.md section 2), kept by triggers so that no command can forget it.
"""

# ruff: noqa: S608 - the names are constants of this file

from __future__ import annotations

from .tables import APPEND_ONLY

SEARCHED = ("sale", "purchase_order")


def statements(dialect: str) -> list[str]:
    """Return the DDL for one engine, in order."""
    return _postgres() if dialect == "postgresql" else _sqlite()


def _sqlite() -> list[str]:
    made = []
    for table in APPEND_ONLY:
        for act in ("UPDATE", "DELETE"):
            made.append(
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} BEGIN"
                f" SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
    for table in SEARCHED:
        fts = f"{table}_search"
        made += [
            f"CREATE VIRTUAL TABLE {fts} USING fts5(search, content='{table}', content_rowid='id',"
            " tokenize='trigram', detail='none')",
            f"CREATE TRIGGER {fts}_insert AFTER INSERT ON {table} BEGIN"
            f" INSERT INTO {fts}(rowid, search) VALUES (new.id, new.search); END",
            f"CREATE TRIGGER {fts}_update AFTER UPDATE OF search ON {table}"
            " WHEN old.search IS NOT new.search BEGIN"
            f" INSERT INTO {fts}({fts}, rowid, search) VALUES ('delete', old.id, old.search);"
            f" INSERT INTO {fts}(rowid, search) VALUES (new.id, new.search); END",
            f"CREATE TRIGGER {fts}_delete AFTER DELETE ON {table} BEGIN"
            f" INSERT INTO {fts}({fts}, rowid, search) VALUES ('delete', old.id, old.search); END",
        ]
    return made


def _postgres() -> list[str]:
    made = [
        "CREATE SEQUENCE journal_seq",
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN RAISE EXCEPTION ''% is append-only'', TG_TABLE_NAME; END'",
        "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    ]
    made += [
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        for table in APPEND_ONLY
    ]
    made += [
        f"CREATE INDEX {table}_search ON {table} USING gin (search gin_trgm_ops)"
        for table in SEARCHED
    ]
    return made
