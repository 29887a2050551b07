"""A database of the first schema, with sales, notes and receipts, comes to the newest with all of it (F8)."""

from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from desktop_app.services import sales
from desktop_app.services.backend import Backend
from desktop_app.services.purchasing import BatchOptions, BatchRequest
from desktop_app.services.receiving import outstanding_request, receive
from desktop_app.services.store import engine, schema
from tests.helpers import databases, foundation
from tests.helpers.batches import place
from tests.helpers.builders import Row, a_product, a_sale, a_supplier, once, stock
from tests.helpers.databases import on_sqlite

FIRST = "0001"
NEW_COUNTERS = {"credit", "transfer", "stock_count"}


def content(store) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table by table, whatever the schema."""
    names = (
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        if store.is_postgres
        else "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY 1"
    )
    with store.reading() as db:
        return {
            name: sorted(
                (tuple(row) for row in db.execute(text(f"SELECT * FROM {name}"))), key=repr
            )
            for name in db.execute(text(names)).scalars()
        }


def a_busy_company(store) -> int:
    """Sales with notes, a batch, a delivery that was allocated, an undone note; returns a sale."""
    foundation.lay(store)
    with store.writes.begin() as db:  # the first program did not know them
        for name in NEW_COUNTERS:
            db.execute(text("DELETE FROM counter WHERE name = :n"), {"n": name})
    backend = Backend.sign_in(store, "mary")
    pen, ink = a_product(backend, "PEN"), a_product(backend, "INK")
    a_supplier(backend, costs={pen: "1.20", ink: "3.00"})
    stock(backend, {pen: 2})
    made = [a_sale(backend, [Row(pen, 4), Row(ink, 3)]) for _ in range(5)]
    ids = tuple(sale.id for sale in made)
    placed = place(backend, BatchRequest(ids[:4], BatchOptions(sales_status_id=3)))
    order = placed.result["orders"][0]["id"]
    asked = backend.read(outstanding_request, order, True)
    backend.run(receive(asked), once=once())
    backend.run(sales.write_note("SO", ids[4], "„Ünïcode“\n'; --"), once=once())
    struck = backend.run(sales.set_status(ids[3:], 5), once=once())
    backend.undo(struck.journal_id, once=once())
    return ids[4]


@pytest.fixture
def old(empty_address, monkeypatch):
    """The address of a database that the first program wrote, what it held, and one of its sales."""
    upgrade = command.upgrade
    with monkeypatch.context() as first:
        first.setattr(schema, "head", lambda: FIRST)
        first.setattr(command, "upgrade", lambda config, _head: upgrade(config, FIRST))
        store = engine.create(empty_address)
        sale = a_busy_company(store)
        held = content(store)
        store.close()
    return empty_address, held, sale


def test_everything_is_kept(old):
    address, held, _ = old
    assert {len(held[name]) > 0 for name in ("note", "sale", "peg", "movement", "journal")} == {
        True
    }
    store = engine.open_store(address)
    try:
        with store.reading() as db:
            assert schema.version_of(db) == schema.head() != FIRST
        now = content(store)
        assert held.keys() < now.keys()
        assert {len(now[name]) for name in now.keys() - held.keys() if "_search" not in name} == {0}
        held["counter"] = sorted([*held["counter"], *((n, 1) for n in NEW_COUNTERS)], key=repr)
        held["alembic_version"] = [(schema.head(),)]
        for name, rows in held.items():
            assert now[name] == rows, name
        assert databases.findings(store) == ""
    finally:
        store.close()


def test_work_goes_on(old):
    """Notes go on being numbered, keep what they refer to, and take the new documents only."""
    address, held, sale = old
    store = engine.open_store(address)
    try:
        backend = Backend.sign_in(store, "mary")
        backend.run(sales.write_note("SO", sale, "after the upgrade"), once=once())
        news = [row for row in content(store)["note"] if row not in held["note"]]
        assert len(news) == 1
        assert news[0][0] > max(row[0] for row in held["note"])
        row = "UPDATE note SET {} WHERE id = :id"
        with store.writes.begin() as db:
            db.execute(text(row.format("document = 'SC'")), {"id": news[0][0]})
        for wrong in ("document = 'XX'", "person_id = 999", "journal_id = 'none'"):
            with pytest.raises(IntegrityError), store.writes.begin() as db:
                db.execute(text(row.format(wrong)), {"id": news[0][0]})
    finally:
        store.close()


@on_sqlite
def test_the_file_of_before_is_kept_beside(old):
    """F8: what the first program wrote can be opened by it again."""
    address, held, _ = old
    engine.open_store(address).close()
    before = Path(f"{address}.before-{schema.head()}")
    assert before.is_file()
    store = engine.open_store(address)
    store.close()
    with pytest.MonkeyPatch.context() as first:
        first.setattr(schema, "head", lambda: FIRST)
        older = engine.open_store(str(before))
    assert content(older) == held
    older.close()
