"""Two people after the same units: exactly one gets them, and nothing goes below zero (R11.3)."""

import pytest

from desktop_app.services.backend import Backend
from desktop_app.services.books import refresh_sales
from desktop_app.services.corrections import CorrectionRequest, correct
from desktop_app.services.counts import count_product, post, start
from desktop_app.services.errors import Rejected
from desktop_app.services.goods_out_writing import NoteUnits, put_on_notes, ship_notes
from desktop_app.services.rules.money import units
from desktop_app.services.sales import allocate
from desktop_app.services.store import engine
from desktop_app.services.transfers import cancel, move, receive, send
from tests.helpers.builders import Row, a_product, a_sale, once, stock
from tests.helpers.databases import findings
from tests.helpers.foundation import MAIN, SHOP
from tests.helpers.races import together
from tests.helpers.receipts import level
from tests.services.test_stock_writing import write

TRIES = 5


@pytest.fixture
def desks(database):
    """Two people, each with connections of their own on PostgreSQL."""
    stores = [engine.open_store(database.address)]
    if stores[0].is_postgres:
        stores.append(engine.open_store(database.address))
    yield [Backend.sign_in(stores[n % len(stores)], "mary", f"desk {n}") for n in range(2)]
    broken = findings(stores[0])
    for one in reversed(stores):
        one.close()
    assert not broken, broken


def race(one, other):
    answers = together([one, other])
    refused = [a for a in answers if isinstance(a, Exception)]
    assert all(isinstance(a, Rejected) for a in refused), refused
    return [a for a in answers if not isinstance(a, Exception)], [a.code for a in refused]


def test_two_transfers_of_the_last_unit(desks):
    one, other = desks
    for _ in range(TRIES):
        pen = a_product(one)
        stock(one, {pen: 1})
        done, refused = race(
            lambda p=pen: one.run(move(MAIN, SHOP, {p: units(1)}), once=once()),
            lambda p=pen: other.run(send(MAIN, SHOP, {p: units(1)}), once=once()),
        )
        assert (len(done), refused) == (1, ["more_than_on_hand"])
        assert level(one, pen) == (0, 0, 0)


def test_a_transfer_is_received_once_by_two(desks):
    one, other = desks
    for _ in range(TRIES):
        pen = a_product(one)
        stock(one, {pen: 3})
        key = one.run(send(MAIN, SHOP, {pen: units(3)}), once=once()).result["transfer"]["id"]
        done, refused = race(
            lambda k=key: one.run(receive(k), once=once()),
            lambda k=key: other.run(receive(k), once=once()),
        )
        assert (len(done), refused) == (1, ["transfer_not_open"])
        assert level(one, pen, SHOP) == (3, 0, 0)


def test_a_transfer_is_received_or_cancelled(desks):
    one, other = desks
    for _ in range(TRIES):
        pen = a_product(one)
        stock(one, {pen: 3})
        key = one.run(send(MAIN, SHOP, {pen: units(3)}), once=once()).result["transfer"]["id"]
        done, _refused = race(
            lambda k=key: one.run(receive(k), once=once()),
            lambda k=key: other.run(cancel(k), once=once()),
        )
        assert len(done) == 1
        assert level(one, pen)[0] + level(one, pen, SHOP)[0] == 3


def test_a_correction_and_a_shipment_of_the_same_units(desks):
    one, other = desks
    for _ in range(TRIES):
        pen = a_product(one)
        stock(one, {pen: 2})
        sold = a_sale(one, [Row(pen, 2, reserved=2)])
        row = NoteUnits(sold.rows[0], sold.id, MAIN, pen, units(2))

        def ship(work, row=row, sold=sold):
            ship_notes(work, put_on_notes(work, [row]).values())
            refresh_sales(work, [sold.id])
            return True

        done, refused = race(
            lambda p=pen, s=ship: write(one, s, {(MAIN, p)}),
            lambda p=pen: other.run(
                correct(CorrectionRequest(MAIN, p, units(-1), "lost")), once=once()
            ),
        )
        assert len(done) == 1
        assert refused[0] in ("confirm:below_promised", "more_than_in_stock")
        assert level(one, pen) == (0, 0, 0)


def test_a_transfer_and_an_allocation_of_the_last_units(desks):
    one, other = desks
    for _ in range(TRIES):
        pen = a_product(one)
        stock(one, {pen: 2})
        sold = a_sale(one, [Row(pen, 2)])
        race(
            lambda p=pen: one.run(move(MAIN, SHOP, {p: units(2)}), once=once()),
            lambda s=sold: other.run(allocate([s.id]), once=once()),
        )
        assert level(one, pen) in ((0, 0, 0), (2, 2, 0))


def test_counting_and_posting_at_once(desks):
    """What is counted after the posting is refused; what was counted before it is in it."""
    one, other = desks
    for _ in range(TRIES):
        pen, ink = a_product(one), a_product(one)
        stock(one, {pen: 5, ink: 5})
        key = one.run(start(MAIN), once=once()).result["count"]["id"]
        one.run(count_product(key, pen, units(4)), once=once())
        done, refused = race(
            lambda k=key: one.run(post(k), once=once()),
            lambda k=key, p=ink: other.run(count_product(k, p, units(3)), once=once()),
        )
        assert level(one, pen) == (4, 0, 0)
        posted_first = refused == ["count_not_open"]
        assert level(one, ink) == ((5, 0, 0) if posted_first else (3, 0, 0))
        assert len(done) == (1 if posted_first else 2)


def test_two_people_scanning_one_product_lose_no_scan(desks):
    one, other = desks
    pen = a_product(one)
    stock(one, {pen: 50})
    key = one.run(start(MAIN), once=once()).result["count"]["id"]

    def scans(desk):
        def act():
            return [
                desk.run(count_product(key, pen, units(1), True), once=once()).result
                for _ in range(10)
            ]

        return act

    race(scans(one), scans(other))
    assert one.run(count_product(key, pen, units(1), True), once=once()).result["counted"] == units(
        21
    )
