"""The large company: the books are right, it is the same for a seed, and work goes on from it."""

import pytest
from sqlalchemy import func, select

from desktop_app.services import large_sample
from desktop_app.services.backend import Backend
from desktop_app.services.purchasing import BatchOptions, BatchRequest
from desktop_app.services.sales_list import SALES, SalesFilter, SalesView, view_counts
from desktop_app.services.store import engine
from desktop_app.services.store import tables as t
from tests.helpers import databases
from tests.helpers.batches import place


@pytest.fixture
def large(empty_address):
    store = engine.create(empty_address)
    large_sample.build(store, sales=600, seed=3)
    yield Backend.sign_in(store, "manager")
    assert not databases.findings(store)
    store.close()


def _picture(backend):
    with backend.store.reading() as db:
        return [
            db.execute(query).all()
            for query in (
                select(t.sale.c.number, t.sale.c.total, t.sale.c.short, t.sale.c.search).order_by(t.sale.c.id),
                select(t.sale_row.c.product_id, t.sale_row.c.ordered).order_by(t.sale_row.c.id),
                select(t.peg.c.po_row_id, t.peg.c.sale_row_id, t.peg.c.live).order_by(t.peg.c.po_row_id, t.peg.c.sale_row_id),
            )
        ]  # fmt: skip


def test_it_is_the_same_for_a_seed(large, engine_kind):
    made = databases.clone(engine_kind, empty=True)
    store = engine.create(made.address)
    try:
        large_sample.build(store, sales=600, seed=3)
        assert _picture(Backend.sign_in(store, "manager")) == _picture(large)
    finally:
        store.close()
        made.remove()


def test_it_has_sales_in_every_state_and_work_goes_on(large):
    counts = large.read(view_counts)
    assert counts[SalesView.ALL] == 600
    assert all(0 < counts[view] < 30 for view in SalesView if view is not SalesView.ALL), counts
    waiting = large.read(SALES.all_ids, SalesFilter(view=SalesView.NEEDS_ORDERING))
    done = place(large, BatchRequest(tuple(waiting), BatchOptions(exclude_stock=None)))
    assert done.result["orders"]
    assert large.read(view_counts)[SalesView.NEEDS_ORDERING] == 0
    with large.store.reading() as db:
        numbers = db.execute(select(t.purchase_order.c.number)).scalars().all()
        assert len(set(numbers)) == len(numbers)
        assert db.execute(select(func.count()).select_from(t.sale_row)).scalar_one() > 1200
