"""The fixtures themselves: each test has a right, empty database of its own."""

import pytest
from sqlalchemy import func, insert, select

from desktop_app.services.access import Role
from desktop_app.services.store import tables as t
from tests.helpers import foundation as f
from tests.helpers.databases import findings


def _customers(db):
    return db.execute(select(func.count()).select_from(t.customer)).scalar_one()


def test_nothing_of_another_test_is_seen(backend):
    assert backend.read(_customers) == 1
    with backend.store.writes.connect() as db, db.begin():
        db.execute(insert(t.customer).values(name="Somebody Else"))
    assert backend.read(_customers) == 2


def test_nothing_of_another_test_is_seen_either_way(backend):
    assert backend.read(_customers) == 1


def test_backends_act_as_the_role_asked_for(backend, backend_as):
    assert backend.actor.role is Role.MANAGER
    assert backend_as("buyer").actor.role is Role.BUYER
    assert backend_as("clerk").actor.role is Role.CLERK


def test_two_workstations_see_each_others_commits(two_workstations):
    one, two = two_workstations
    with one.store.writes.connect() as db, db.begin():
        db.execute(insert(t.customer).values(name="Somebody Else"))
    assert two.read(_customers) == 2
    assert one.actor.workstation != two.actor.workstation


def test_statements_are_counted_without_transactions(backend, statements_sent):
    with statements_sent.counting() as sent:
        backend.read(_customers)
    assert sent.count == 1, str(sent)


@pytest.mark.no_doctor  # the damage is the point
def test_damage_to_the_books_would_be_seen(backend):
    with backend.store.writes.connect() as db, db.begin():
        product = db.execute(insert(t.product).values(sku="P", name="P").returning(t.product.c.id)).scalar_one()
        db.execute(insert(t.stock_level).values(warehouse_id=f.MAIN, product_id=product, in_stock=10_000))
    assert findings(backend.store).startswith("I01: in stock is the sum of the movements")
