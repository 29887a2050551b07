"""Lists walk indexes: no offered sort or filter reads and sorts every sale (architecture 9).

Plans are asked of a company of 6,000 sales, with and without the statistics that a database
gathers; PostgreSQL may not fall back on sorting, so it is told to avoid it where an index serves.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import event, text

from desktop_app.services import large_sample
from desktop_app.services.backend import Backend
from desktop_app.services.exceptions_done import put_right
from desktop_app.services.exceptions_list import EXCEPTIONS, ExceptionsFilter
from desktop_app.services.goods_out_list import (
    NOTES,
    NotesFilter,
    NoteState,
    NotesView,
    view_counts,
)
from desktop_app.services.lists import Among
from desktop_app.services.purchases_list import PURCHASES, PurchasesFilter
from desktop_app.services.sales_list import SALES, Eta, SalesFilter, SalesView
from desktop_app.services.store import engine
from desktop_app.services.store import tables as t
from desktop_app.services.store.bulk import insert_many
from tests.helpers import databases

SALES_MADE = 6_000
STEPS = ("printed", "picked", "packed", "shipped")


@pytest.fixture(scope="module", params=["sqlite", "sqlite without statistics", "postgres"])
def shop(request: pytest.FixtureRequest) -> Iterator[Backend]:
    made = databases.clone(request.param.split()[0], empty=True)
    store = engine.create(made.address)
    large_sample.build(store, sales=SALES_MADE)
    note_what_left(store)
    if "without" in request.param:
        with store.writes.connect() as db, db.begin():
            db.execute(text("DELETE FROM sqlite_stat1"))
        store.close()
        store = engine.open_store(made.address)
    yield Backend.sign_in(store, "manager")
    store.close()
    made.remove()


def note_what_left(store) -> None:
    """Give each sale that shipped long ago the note that a year of work would have left."""
    last = "(SELECT max(id) FROM goods_out)"
    with store.writes.connect() as db, db.begin():
        db.execute(
            text(
                "INSERT INTO goods_out (id, number, kind, sale_id, warehouse_id, shipped_at, journal_id)"
                f" SELECT {last} + row_number() OVER (ORDER BY id), {last} + row_number() OVER (ORDER BY id),"
                " 'goods_out', id, warehouse_id, placed_at, :journal FROM sale WHERE shipping = 2"
            ),
            {"journal": large_sample.JOURNAL_ID},
        )
        db.execute(
            text(
                "INSERT INTO goods_out_row (goods_out_id, sale_row_id, quantity)"
                " SELECT n.id, r.id, r.shipped FROM goods_out n JOIN sale_row r ON r.sale_id = n.sale_id"
                " WHERE n.shipped_at IS NOT NULL AND r.shipped > 0"
            )
        )
        steps = " UNION ALL ".join(f"SELECT '{one}' AS step" for one in STEPS)
        db.execute(
            text(
                "INSERT INTO goods_out_step (goods_out_id, step, at, person_id, journal_id)"
                " SELECT n.id, s.step, n.shipped_at, (SELECT min(id) FROM person), n.journal_id"
                f" FROM goods_out n CROSS JOIN ({steps}) s WHERE n.shipped_at IS NOT NULL"
                " AND NOT EXISTS (SELECT 1 FROM goods_out_step g WHERE g.goods_out_id = n.id)"
            )
        )
    large_sample.gather_statistics(store)


def plan(backend, query, *args, nth=0) -> str:
    """The plan of a statement that a list sends; the first one finds the keys."""
    sent = []

    def note(_db, _cursor, statement, parameters, *_rest):
        if statement.startswith("SELECT"):
            sent.append((statement, parameters))

    event.listen(backend.store.reads, "before_cursor_execute", note)
    try:
        backend.read(query, *args)
    finally:
        event.remove(backend.store.reads, "before_cursor_execute", note)
    statement, parameters = sent[nth]
    with backend.store.reading() as db:
        if backend.store.is_postgres:
            # A sort or a whole table is cheap at this size; would an index have served?
            for way in ("sort", "seqscan", "bitmapscan"):
                db.exec_driver_sql(f"SET LOCAL enable_{way} = off")
            rows = db.exec_driver_sql(f"EXPLAIN {statement}", parameters).all()
        else:
            rows = db.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    return "\n".join(str(row[-1]) for row in rows)


SORTED = re.compile(
    r"USE TEMP B-TREE FOR ORDER BY|USE TEMP B-TREE FOR LAST|^(?: *->  )?Sort  ", re.MULTILINE
)
"""A sort of everything; PostgreSQL's incremental one only finishes what an index began."""

WHOLE_SALE = re.compile(r"SCAN sale(?! USING)\b|Seq Scan on sale\b")
WHOLE_PO = re.compile(r"SCAN purchase_order(?! USING)\b|Seq Scan on purchase_order\b")

INDEXED = {
    "placed": "ix_sale_recent", "number": "sqlite_autoindex_sale|uq_sale_number", "channel": "ix_sale_channel_recent",
    "total": "ix_sale_total", "short": "ix_sale_short_recent", "status": "ix_sale_status_recent",
    "payment": "ix_sale_payment_recent", "allocation": "ix_sale_allocation_recent",
    "fulfilment": "ix_sale_fulfilment_recent", "shipping": "ix_sale_shipping_recent",
    "invoiced": "ix_sale_invoiced_recent", "customer": "ix_sale_customer_recent",
}  # fmt: skip


def test_every_sort_is_known_here():
    """ETA is the one whose first leg is sorted: only sales with goods on their way."""
    assert set(INDEXED) | {"eta"} == set(SALES.sorts)


@pytest.mark.parametrize("name", sorted(set(INDEXED) - {"number"}))
def test_a_second_key_is_sorted_within_the_index_of_the_first(shop, name, request):
    """LST-04: at most what is equal in the first key is sorted, never all sales."""
    # Without statistics SQLite begins with the sales instead: 0.4 s at 200,000, until it has them.
    guesses = name == "customer" and "without" in request.node.callspec.params["shop"]
    for then in SALES.thens(name):
        for down, then_down in ((False, True), (True, True)):
            made = plan(shop, SALES.page, SalesFilter(), (name, down, then, then_down), 0)
            assert re.search(INDEXED[name], made), made
            assert guesses or "USE TEMP B-TREE FOR ORDER BY" not in made, made
            assert not re.search(r"^(?: *->  )?Sort  ", made, re.MULTILINE), made
            assert not WHOLE_SALE.search(made), made


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("name", sorted(INDEXED))
def test_each_sort_walks_its_index(shop, name, descending):
    first = shop.read(SALES.page, SalesFilter(), (name, descending), 0)
    steps = [(0, None), (3_000, None), (200, first[-1].key)]
    for start, after in steps:
        said = plan(shop, SALES.page, SalesFilter(), (name, descending), start, after)
        assert re.search(INDEXED[name], said), said
        assert not SORTED.search(said), said
        assert not WHOLE_SALE.search(said), said


def test_a_page_by_key_begins_at_the_key(shop):
    """Not at the first row, to walk up to it."""
    first = shop.read(SALES.page, SalesFilter(), None, 0)
    said = plan(shop, SALES.page, SalesFilter(), None, 200, first[-1].key)
    wanted = (
        r"Index Cond: .*ROW\(placed_at, id\)"
        if shop.store.is_postgres
        else r"ix_sale_recent \(placed_at<\?\)"
    )
    assert re.search(wanted, said), said


def test_sales_without_eta_follow_by_their_own_index(shop):
    said = plan(shop, SALES.page, SalesFilter(), ("eta", False), 200, (1, *_last_key(shop)))
    assert "ix_sale_recent" in said, said
    assert not SORTED.search(said), said


def _last_key(shop):
    return shop.read(SALES.page, SalesFilter(), None, 0)[-1].key[1:]


@pytest.mark.parametrize(
    ("where", "index"),
    [
        (SalesFilter(status=Among.of(6)), "ix_sale_status_recent"),
        (SalesFilter(channel=Among.of(2)), "ix_sale_channel_recent"),
        (SalesFilter(customer=Among.of(7)), "ix_sale_customer_recent"),
        (SalesFilter(allocation=Among.of(1)), "ix_sale_allocation_recent"),
        (SalesFilter(payment=Among.of(1)), "ix_sale_payment_recent"),
        (SalesFilter(fulfilment=Among.of(1)), "ix_sale_fulfilment_recent"),
        (SalesFilter(shipping=Among.of(1)), "ix_sale_shipping_recent"),
        (SalesFilter(invoiced=False), "ix_sale_invoiced_recent"),
        (SalesFilter(placed_days=5), "ix_sale_recent"),
        (SalesFilter(short=True, waits=True), "ix_sale_short"),
        (SalesFilter(view=SalesView.NEEDS_ORDERING), "ix_sale_short"),
        (SalesFilter(view=SalesView.WAITING_ON_PO), "ix_sale_short"),
        (SalesFilter(view=SalesView.READY_TO_SHIP), "ix_sale_(shipping|allocation)_recent"),
        (SalesFilter(eta=Eta.LATE), "ix_peg_live"),
        (SalesFilter(product=Among.of(7)), "ix_sale_row_product"),
    ],
)
def test_each_filter_is_counted_from_an_index(shop, where, index):
    said = plan(shop, SALES.count, where)
    assert re.search(index, said), said
    assert not WHOLE_SALE.search(said), said


def test_text_is_found_by_its_index(shop):
    number = shop.read(SALES.page, SalesFilter(), None, 0)[5].number
    said = plan(shop, SALES.count, SalesFilter(text="tent lamp"))
    wanted = "sale_search" if shop.store.is_postgres else "sale_search VIRTUAL TABLE INDEX"
    assert wanted in said, said
    assert not WHOLE_SALE.search(plan(shop, SALES.count, SalesFilter(text=f"#{number}")))


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(
    ("name", "index"),
    [("created", "ix_purchase_order_recent"), ("state", "ix_purchase_order_state"),
     ("expected", "ix_purchase_order_expected"), ("supplier", "ix_purchase_order_supplier"),
     ("number", "sqlite_autoindex_purchase_order|uq_purchase_order_number")],
)  # fmt: skip
def test_purchases_walk_theirs(shop, name, index, descending):
    said = plan(shop, PURCHASES.page, PurchasesFilter(), (name, descending), 0)
    assert re.search(index, said), said
    assert not WHOLE_PO.search(said), said


WHOLE_NOTES = re.compile(r"SCAN goods_out(?! USING)\b|Seq Scan on goods_out\b")

NOTES_INDEXED = {
    "number": "sqlite_autoindex_goods_out|uq_goods_out_number", "sale": "ix_goods_out_sale",
    "customer": "ix_sale_customer_recent", "warehouse": "ix_goods_out_warehouse",
    "shipped": "ix_goods_out_shipped",
}  # fmt: skip


def test_every_sort_of_notes_is_known_here():
    """By units is the one that sums first; *created* is the order of the ids."""
    assert set(NOTES_INDEXED) | {"created", "units"} == set(NOTES.sorts)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("name", sorted(NOTES_INDEXED))
def test_each_sort_of_notes_walks_its_index(shop, request, name, descending):
    if name == "customer" and "without" in request.node.callspec.params["shop"]:
        # Customer, sale, note: three tables deep SQLite trusts the indexes only when it has counted.
        # Until then it sorts the notes: 0.13 s for 190,000.
        said = plan(shop, NOTES.page, NotesFilter(), (name, descending), 0)
        assert "SEARCH customer USING INTEGER PRIMARY KEY" in said, said
        return
    first = shop.read(NOTES.page, NotesFilter(), (name, descending), 0)
    for start, after in ((0, None), (3_000, None), (200, first[-1].key)):
        said = plan(shop, NOTES.page, NotesFilter(), (name, descending), start, after)
        assert re.search(NOTES_INDEXED[name], said), said
        assert not SORTED.search(said), said
        assert not WHOLE_NOTES.search(said), said


@pytest.mark.parametrize("descending", [False, True])
def test_notes_are_made_in_the_order_of_their_ids(shop, descending):
    first = shop.read(NOTES.page, NotesFilter(), ("created", descending), 0)
    assert not SORTED.search(plan(shop, NOTES.page, NotesFilter(), ("created", descending), 0))
    said = plan(shop, NOTES.page, NotesFilter(), ("created", descending), 200, first[-1].key)
    assert re.search("INTEGER PRIMARY KEY|pk_goods_out", said), said
    assert not SORTED.search(said), said


@pytest.mark.parametrize("view", [NotesView.TO_PICK, NotesView.TO_PACK, NotesView.TO_SHIP])
def test_the_open_notes_are_found_without_those_that_left(shop, view):
    where = NotesFilter(view=view)
    for query in ((NOTES.count, where), (NOTES.page, where, ("number", False), 0)):
        said = plan(shop, *query)
        assert "ix_goods_out_open" in said, said
        assert not SORTED.search(said), said
        assert not WHOLE_NOTES.search(said), said
    # What is sorted otherwise is sorted among the open ones, or walked by an index of its own.
    for name in sorted(NOTES.sorts):
        said = plan(shop, NOTES.page, where, (name, True), 0)
        assert name in {"created", "units"} or not WHOLE_NOTES.search(said), said


def test_the_tabs_and_the_badge_count_open_notes_only(shop):
    said = plan(shop, view_counts)
    assert "ix_goods_out_open" in said, said
    assert not WHOLE_NOTES.search(said), said


@pytest.mark.parametrize("state", [one for one in NoteState if one is not NoteState.SHIPPED])
def test_a_state_is_counted_among_open_notes(shop, state):
    said = plan(shop, NOTES.count, NotesFilter(state=state))
    assert "ix_goods_out_open" in said, said
    assert not WHOLE_NOTES.search(said), said


@pytest.mark.parametrize("descending", [False, True])
def test_what_left_is_shown_as_it_left(shop, descending):
    where = NotesFilter(view=NotesView.SHIPPED)
    said = plan(shop, NOTES.page, where, ("shipped", descending), 0)
    assert "ix_goods_out_shipped" in said, said
    assert not SORTED.search(said), said
    last = shop.read(NOTES.page, NotesFilter(view=NotesView.TO_SHIP), ("number", False), 0)[-1]
    said = plan(shop, NOTES.page, NotesFilter(), ("shipped", False), 200, (1, last.number, last.id))
    assert "ix_goods_out_open" in said, said
    assert not SORTED.search(said), said


def test_notes_of_a_warehouse_are_counted_from_its_index(shop):
    said = plan(shop, NOTES.count, NotesFilter(warehouse=Among.of(2)))
    assert "ix_goods_out_warehouse" in said, said
    assert not WHOLE_NOTES.search(said), said


def test_the_exceptions_desk_reads_the_few_rows_that_are_wrong(shop):
    """R7.9: by the index of those rows; what was given back is looked up for each, never counted whole."""
    said = plan(shop, EXCEPTIONS.count, ExceptionsFilter())
    assert re.search("ix_sale_row_(exception|waiting)", said), said
    assert re.search(r"ix_credit_row_sale_row", said), said
    assert not WHOLE_SALE.search(said), said


def test_what_was_put_right_is_found_from_the_end_of_the_journal(shop):
    """No further back than the days asked for, and from there to the notes by their command."""
    busy(shop)
    begin, found = (plan(shop, put_right, nth=n) for n in (0, 1))
    assert not SORTED.search(begin), begin
    assert re.search("uq_journal_seq|sqlite_autoindex_journal", begin), begin
    wanted = (
        r"Index Cond: \(seq >" if shop.store.is_postgres else r"SEARCH journal USING .*\(seq>\?\)"
    )
    assert re.search(wanted, found), found
    assert "ix_note_journal" in found, found
    assert not re.search(r"SCAN note|Seq Scan on note", found), found


def busy(shop):
    """Thousands of commands with their notes, the last few of today."""
    now = datetime.now(UTC)
    rows = [(str(uuid4()), 10_000 + n, now - timedelta(hours=3_000 - n)) for n in range(3_001)]
    with shop.store.writes.begin() as db:
        insert_many(
            db, t.journal,
            [
                {"id": key, "seq": seq, "command": "Apply a shop message", "digest": "0" * 64,
                 "person_id": 1, "workstation": "till", "app_version": "0", "at": at, "result": {}}
                for key, seq, at in rows
            ],
        )  # fmt: skip
        insert_many(
            db, t.note,
            [
                {"document": "SO", "document_id": 1, "kind": "shop_sale", "params": {}, "at": at,
                 "person_id": 1, "journal_id": key}
                for key, _, at in rows
            ],
        )  # fmt: skip
    with shop.store.writes.connect() as db, db.begin():
        if shop.store.is_postgres or db.execute(text("SELECT count(*) FROM sqlite_stat1")).scalar():
            for table in ("journal", "note"):
                db.execute(text(f"ANALYZE {table}"))
