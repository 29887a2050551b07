"""Set-based reading and writing: the same on both engines, at any number of rows."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from sqlalchemy import func, insert, select

from desktop_app.services.store import tables as t
from desktop_app.services.store.bulk import (
    ids_in,
    insert_many,
    next_ids,
    next_numbers,
    rows_of,
    update_many,
)
from desktop_app.services.store.kinds import BigInt
from tests.helpers import builders

BIG = 2**62
AWKWARD = [
    "",
    "'",
    '"',
    "\\",
    "\\N",
    "\t",
    "a\nb",
    "%_",
    "Ünï",
    "٣",
    "😀",
    "{1,2}",
    "NULL",
    "x" * 190,
]


PRODUCT = SUPPLIER = 1


@pytest.fixture
def db(store, backend):
    """A writing transaction, in a database with a product, a supplier and a journal row."""
    builders.stock(backend, {builders.a_product(backend): 1})
    builders.a_supplier(backend, costs={PRODUCT: "1.00"})
    with store.writes.connect() as db, db.begin():
        yield db


def _customers(db, first=1000):
    rows = [{"id": first + n, "name": name} for n, name in enumerate(AWKWARD)]
    insert_many(db, t.customer, rows)
    return rows


def test_ids_of_any_number(db):
    _customers(db)
    query = select(t.customer.c.id).order_by(t.customer.c.id)
    for wanted in ([], [1000], [1003, 1001, 1003], range(1000, 20_000), [-1, 0, BIG]):
        found = list(db.execute(query.where(t.customer.c.id.in_(ids_in(db, wanted)))).scalars())
        assert found == sorted(set(wanted) & set(range(1000, 1000 + len(AWKWARD))))


def test_texts_arrive_as_they_were(db):
    rows = _customers(db)
    found = db.execute(select(t.customer.c.id, t.customer.c.name).where(t.customer.c.id >= 1000))
    assert dict(found.all()) == {row["id"]: row["name"] for row in rows}


def test_nothing_is_inserted_of_nothing(db, statements_sent):
    with statements_sent.counting() as sent:
        insert_many(db, t.customer, [])
        update_many(db, t.customer, [])
        assert next_ids(db, t.customer, 0) == []
        assert next_numbers(db, "sale", 0) == []
    assert sent.count == 0


def test_values_become_rows(db):
    given = rows_of(db, {"a": BigInt, "b": t.customer.c.name.type}, [[BIG, "x'\"\\"], [-5, None]])
    found = db.execute(select(given.c.a, given.c.b).order_by(given.c.a)).all()
    assert [tuple(row) for row in found] == [(-5, None), (BIG, "x'\"\\")]


def test_every_kind_of_column_is_inserted_alike(db):
    """Times, days, blanks and defaults: read back as Python values."""
    at = datetime(2026, 5, 1, 23, 30, 15, 123456, tzinfo=timezone(timedelta(hours=-5)))
    rows = [
        {"id": 500, "number": 500, "supplier_id": SUPPLIER, "warehouse_id": 1, "state": "draft",
         "currency": "GBP", "received": 3, "created_at": at, "sent_at": None, "expected_on": date(2026, 5, 9)},
        {"id": 501, "number": 501, "supplier_id": SUPPLIER, "warehouse_id": 1, "state": "sent",
         "currency": "GBP", "received": 3, "created_at": at, "sent_at": at, "expected_on": None},
    ]  # fmt: skip
    insert_many(db, t.purchase_order, rows)
    po = t.purchase_order.c
    found = db.execute(
        select(po.created_at, po.sent_at, po.expected_on, po.drop_ship, po.reference, po.version)
        .where(po.id >= 500).order_by(po.id)
    ).all()  # fmt: skip
    utc = at.astimezone(UTC)
    assert [tuple(row) for row in found] == [
        (utc, None, date(2026, 5, 9), 0, "", 1),
        (utc, utc, None, 0, "", 1),
    ]


def test_json_is_inserted_alike(db):
    params = {"text": 'Ünï \\ "quoted"\n', "n": [1, None, True]}
    journal = db.execute(select(t.journal.c.id)).scalars().first()
    row = {"document": "SO", "document_id": 7, "kind": "text", "params": params,
           "at": datetime(2026, 5, 1, tzinfo=UTC), "person_id": 1, "journal_id": journal}  # fmt: skip
    insert_many(db, t.note, [{"id": key, **row} for key in next_ids(db, t.note, 2)])
    assert db.execute(select(t.note.c.params)).scalars().all() == [params, params]


def test_rows_are_replaced_or_added_to(db):
    _customers(db)
    given = [
        {"id": 1000, "name": "new", "version": 4},
        {"id": 1001, "name": "newer", "version": -1},
    ]
    update_many(db, t.customer, given, add=("version",))
    found = db.execute(
        select(t.customer.c.name, t.customer.c.version)
        .where(t.customer.c.id.between(1000, 1002)).order_by(t.customer.c.id)
    ).all()  # fmt: skip
    assert [tuple(row) for row in found] == [("new", 5), ("newer", 0), (AWKWARD[2], 1)]


def test_a_blank_is_kept_as_one(db):
    _customers(db)
    update_many(
        db, t.customer, [{"id": 1000, "external_id": "E1"}, {"id": 1001, "external_id": None}]
    )
    found = db.execute(
        select(t.customer.c.external_id)
        .where(t.customer.c.id.in_([1000, 1001]))
        .order_by(t.customer.c.id)
    ).scalars()
    assert list(found) == ["E1", None]


def test_times_are_not_updated_in_bulk(db):
    with pytest.raises(TypeError, match="expected_on"):
        update_many(db, t.purchase_order, [{"id": 1, "expected_on": date(2026, 5, 1)}])


def test_ids_and_numbers_are_taken_once(db):
    one, two = next_ids(db, t.note, 3), next_ids(db, t.customer, 2)
    assert len(set(one)) == 3
    assert one == sorted(one)
    insert_many(db, t.customer, [{"id": key, "name": "A"} for key in two])
    assert not set(next_ids(db, t.customer, 2)) & set(two)
    first = next_numbers(db, "sale", 5)
    assert first == list(range(first[0], first[0] + 5))
    assert next_numbers(db, "sale", 1) == [first[-1] + 1]


@pytest.mark.parametrize("how_many", [1, 50, 5_000])
def test_the_number_of_rows_does_not_change_the_number_of_statements(db, statements_sent, how_many):
    with statements_sent.counting() as sent:
        ids = next_ids(db, t.customer, how_many)
        insert_many(db, t.customer, [{"id": key, "name": f"C{key}"} for key in ids])
        update_many(db, t.customer, [{"id": key, "name": f"D{key}"} for key in ids])
        found = db.execute(
            select(func.count()).where(
                t.customer.c.id.in_(ids_in(db, ids)), t.customer.c.name.like("D%")
            ).select_from(t.customer)
        ).scalar_one()  # fmt: skip
    assert found == how_many
    assert sent.count == 4, str(sent)


def test_ledgers_refuse_to_be_changed(store, backend):
    """R1.2: nothing is edited; a mistake is undone by a counter-movement."""
    product = builders.a_product(backend)
    builders.stock(backend, {product: 5})
    for statement in (t.movement.update().values(quantity=1), t.movement.delete()):
        with (
            pytest.raises(Exception, match="append-only"),
            store.writes.connect() as db,
            db.begin(),
        ):
            db.execute(statement)


def test_a_time_without_a_zone_is_refused(store):
    with pytest.raises(Exception, match="zone"), store.writes.connect() as db, db.begin():
        db.execute(insert(t.change_note).values(at=datetime(2026, 5, 1), workstation="w", body={}))  # noqa: DTZ001
