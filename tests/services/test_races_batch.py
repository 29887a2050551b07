"""Buyers at once, on both engines (R3.4, R3.12, R11.3; architecture section 5)."""

import pytest
from sqlalchemy import func, select

from desktop_app.services.backend import Backend
from desktop_app.services.cloning import CloneRequest, clone_to_purchase_order
from desktop_app.services.errors import Conflict, Rejected
from desktop_app.services.purchases import cancel_purchase_order
from desktop_app.services.purchasing import BatchOptions, BatchRequest, place_batch, preview
from desktop_app.services.rules.money import units
from desktop_app.services.store import tables as t
from tests.helpers import foundation as f
from tests.helpers.builders import Row, a_product, a_purchase_order, a_sale, a_supplier, once
from tests.helpers.races import together, worked

BUYERS = 10


def _persistent(backend, request):
    """A buyer who accepts each changed preview until the batch is placed or nothing is left."""

    def act():
        seen = backend.read(preview, request)
        for _ in range(4 * BUYERS):
            try:
                return backend.run(place_batch(request, seen.fingerprint), once=once()).result
            except Conflict as changed:
                seen = changed.now
            except Rejected as nothing:
                if nothing.code != "nothing_to_order":
                    raise
                return None
        raise AssertionError("the plan changed more often than there are buyers")

    return act


def _ordered(backend, product, *, but=0):
    def query(db):
        return db.execute(
            select(func.coalesce(func.sum(t.purchase_row.c.ordered), 0)).where(
                t.purchase_row.c.product_id == product, t.purchase_row.c.po_id != but
            )
        ).scalar_one()

    return int(backend.read(query))


def _buyers(backend):
    return [Backend(backend.store, backend.actor) for _ in range(BUYERS)]


def test_ten_buyers_with_disjoint_sales_and_forty_free_order_sixty(backend):
    pen = a_product(backend)
    acme = a_supplier(backend, costs={pen: "1.00"})
    there = a_purchase_order(backend, acme, {pen: 40})
    sales = [a_sale(backend, [Row(pen, 10)]) for _ in range(BUYERS)]
    answers = worked(
        together(
            [
                _persistent(buyer, BatchRequest((sale.id,)))
                for buyer, sale in zip(_buyers(backend), sales, strict=True)
            ]
        )
    )
    assert _ordered(backend, pen, but=there.id) == units(60)
    pegged = [one["units_pegged_inbound"] for one in answers]
    bought = [sum(order["units"] for order in one["orders"]) for one in answers]
    assert sum(pegged) == units(40)
    assert [a + b for a, b in zip(pegged, bought, strict=True)] == [units(10)] * BUYERS


def test_ten_buyers_with_the_same_sales_order_forty(backend):
    pen = a_product(backend)
    a_supplier(backend, costs={pen: "1.00"})
    chosen = tuple(a_sale(backend, [Row(pen, 10)]).id for _ in range(4))
    buyers = _buyers(backend)
    answers = worked(together([_persistent(one, BatchRequest(chosen)) for one in buyers]))
    assert _ordered(backend, pen) == units(40)
    assert sum(answer is not None for answer in answers) == 1


def test_everybody_agreed_to_the_same_preview_one_places_it(backend):
    """The others are told what is true now, and that there is nothing left to order."""
    pen = a_product(backend)
    a_supplier(backend, costs={pen: "1.00"})
    request = BatchRequest((a_sale(backend, [Row(pen, 10)]).id,))
    seen = backend.read(preview, request)
    answers = together(
        [
            lambda one=one: one.run(place_batch(request, seen.fingerprint), once=once())
            for one in _buyers(backend)
        ]
    )
    refused = [one for one in answers if isinstance(one, Exception)]
    assert len(refused) == BUYERS - 1
    for one in refused:
        assert isinstance(one, Conflict)
        assert (one.now.line_count, one.now.can_place) == (0, False)
    assert _ordered(backend, pen) == units(10)


def test_the_same_commit_sent_at_once_makes_one_batch(backend):
    pen = a_product(backend)
    a_supplier(backend, costs={pen: "1.00"})
    request = BatchRequest((a_sale(backend, [Row(pen, 10)]).id,))
    call = place_batch(request, backend.read(preview, request).fingerprint)
    key = once()
    answers = worked(
        together([lambda one=one: one.run(call, once=key) for one in _buyers(backend)])
    )
    assert [one.repeated for one in answers].count(False) == 1
    assert all(one.result == answers[0].result for one in answers)
    assert _ordered(backend, pen) == units(10)
    counted = select(func.count()).select_from(t.purchase_batch)
    assert backend.read(lambda db: db.execute(counted).scalar_one()) == 1


def test_buyers_of_overlapping_sales_and_products_never_order_twice(backend):
    """Each sale is chosen by three buyers; deliveries to one warehouse and to their own."""
    products = [a_product(backend) for _ in range(4)]
    a_supplier(backend, costs=dict.fromkeys(products, "1.00"))
    sales = [
        a_sale(backend, [Row(p, 3 + k) for p in products], warehouse=(f.MAIN, f.SHOP)[k % 2])
        for k in range(6)
    ]
    requests = [
        BatchRequest(
            tuple(sales[(k + step) % 6].id for step in range(3)),
            BatchOptions(deliver_to=f.MAIN if k % 2 else None, append_to_drafts=k % 3 == 0),
        )
        for k in range(6)
    ]
    worked(together([_persistent(one, r) for one, r in zip(_buyers(backend), requests, strict=False)]))
    for product in products:
        assert _ordered(backend, product) == units(sum(3 + k for k in range(6)))


@pytest.mark.parametrize("_turn", range(3))
def test_clone_batch_and_cancel_at_once_keep_the_books(backend, _turn):
    """Whoever comes first: the invariants hold (checked after the test), nothing deadlocks."""
    pen = a_product(backend)
    acme = a_supplier(backend, costs={pen: "1.00"})
    open_order = a_purchase_order(backend, acme, {pen: 10})
    sales = [a_sale(backend, [Row(pen, 10)]) for _ in range(3)]
    clone = CloneRequest(sales[0].id, acme, f.MAIN, {sales[0].rows[0]: units(10)})
    chosen = BatchRequest(tuple(sale.id for sale in sales))

    def cloned():
        try:
            return backend.run(clone_to_purchase_order(clone), once=once()).result
        except Rejected as error:
            if error.code != "confirm:more_than_needed":
                raise
            return None

    def cancelled():
        return backend.run(cancel_purchase_order(open_order.id), once=once()).result

    worked(together([cloned, cancelled, _persistent(backend, chosen), _persistent(backend, chosen)]))
    needed = _ordered(backend, pen, but=open_order.id)
    assert needed in (units(20), units(30), units(40))
