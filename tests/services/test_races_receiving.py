"""Several people receive, hold, cancel and undo at once: nothing is lost or doubled (R11.3).

On PostgreSQL each has connections of their own; a SQLite file has one writer, whom its threads
wait for.
"""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from desktop_app.services import receipt_plan, receiving
from desktop_app.services.access import Permission
from desktop_app.services.backend import TRIES_MAX, Again, Backend, Command
from desktop_app.services.errors import Rejected, ServiceError, Unavailable
from desktop_app.services.receipt_drafts import draft, scan, start_or_continue
from desktop_app.services.receiving import ReceiptRequest, ReceiptRow, receive
from desktop_app.services.rules.money import UNIT as U
from desktop_app.services.sales import allocate, cancel, release, set_status
from desktop_app.services.store import engine
from desktop_app.services.store import tables as t
from tests.helpers import foundation as f
from tests.helpers.builders import Row, a_product, a_purchase_order, a_sale, a_supplier, once, stock
from tests.helpers.receipts import ask, level, live, order, reserved, written


@pytest.fixture
def desks(database, request):
    """`desks(8)`: so many people at work on one database."""
    first = engine.open_store(database.address)
    stores = [first]

    def make(number):
        while first.is_postgres and len(stores) < number:
            stores.append(engine.open_store(database.address))
        return [
            Backend.sign_in(stores[n % len(stores)], "mary", f"desk {n}") for n in range(number)
        ]

    yield make
    from tests.helpers.databases import findings

    broken = findings(first)
    for one in reversed(stores):
        one.close()
    assert not broken, broken


def at_once(*acts):
    """Run all at the same moment; returns what each returned or the refusal it met."""
    ready = threading.Barrier(len(acts))
    results = [None] * len(acts)

    def run(place, act):
        ready.wait()
        try:
            results[place] = act()
        except ServiceError as error:
            results[place] = error

    threads = [threading.Thread(target=run, args=one) for one in enumerate(acts)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(timeout=60)
    assert not any(one.is_alive() for one in threads)
    return results


def test_eight_receivers_on_shared_products(desks):
    """No double allocation, and the oldest are served first, whoever was quicker."""
    people = desks(8)
    backend = people[0]
    products = [a_product(backend) for _ in range(5)]
    acme = a_supplier(backend)
    sales = [a_sale(backend, [Row(p, 3) for p in products]) for _ in range(8)]
    orders = [a_purchase_order(backend, acme, dict.fromkeys(products, 2)) for _ in range(8)]

    def receiving(who, po):
        # Each in an order of its own: the locks are sorted, not the requests.
        rows = [ReceiptRow(po.rows[p], 2 * U) for p in products]
        turned = rows[po.id % 5 :] + rows[: po.id % 5]
        return lambda: who.run(receive(ReceiptRequest(po.id, tuple(turned))), once=once()).result

    results = at_once(*(receiving(who, po) for who, po in zip(people, orders, strict=True)))
    assert all(isinstance(one, dict) for one in results), results
    assert sum(one["allocated"] for one in results) == 80 * U
    for p in range(5):
        got = [
            backend.read(
                lambda db, key=s.rows[p]: db.execute(
                    select(t.sale_row.c.reserved).where(t.sale_row.c.id == key)
                ).scalar_one()
            ) // U
            for s in sales
        ]  # fmt: skip
        assert got == [3, 3, 3, 3, 3, 1, 0, 0]
    assert [level(backend, p) for p in products] == [(16, 16, 0)] * 5


def test_two_receive_the_same_rest(desks):
    """Only what is outstanding is received: one of the two is told."""
    people = desks(2)
    backend = people[0]
    p = a_product(backend)
    po = a_purchase_order(backend, a_supplier(backend), {p: 10})
    results = at_once(*(lambda w=w: w.run(receive(ask(po, p, 7)), once=once()).result for w in people))
    refused = [one for one in results if isinstance(one, Rejected)]
    assert [one.code for one in refused] == ["over_receipt"]
    assert refused[0].items[0]["outstanding"] == 3 * U
    assert level(backend, p) == (7, 0, 0)


def test_the_same_receipt_sent_twice_at_once(desks):
    people = desks(2)
    backend = people[0]
    p = a_product(backend)
    po = a_purchase_order(backend, a_supplier(backend), {p: 10})
    same = once()
    results = at_once(*(lambda w=w: w.run(receive(ask(po, p, 4)), once=same) for w in people))
    assert results[0].result == results[1].result
    assert sorted(one.repeated for one in results) == [False, True]
    assert level(backend, p) == (4, 0, 0)


def test_receive_while_sales_are_held_and_freed(desks):
    """A sale put on hold at the same moment gets nothing, or had it before; the next are served."""
    people = desks(4)
    backend = people[0]
    p = a_product(backend)
    acme = a_supplier(backend)
    hold, order_ = f.SALE_STATUS["On hold"], f.SALE_STATUS["On order"]
    for _ in range(6):
        first, second, third = (a_sale(backend, [Row(p, 4)]) for _ in range(3))
        po = a_purchase_order(backend, acme, {p: 8})
        at_once(
            lambda po=po: people[0].run(receive(ask(po, p, 8)), once=once()),
            lambda s=first: people[1].run(set_status([s.id], hold), once=once()),
            lambda s=second: people[2].run(set_status([s.id], order_), once=once()),
        )
        got = reserved(backend, first, second, third)
        assert got in ([4, 4, 0], [0, 4, 4]), got
        for one in (first, second, third):
            backend.run(cancel([one.id]), once=once())


def test_receive_while_a_sale_is_cancelled(desks):
    people = desks(2)
    backend = people[0]
    p = a_product(backend)
    acme = a_supplier(backend)
    for _ in range(6):
        one, two = a_sale(backend, [Row(p, 4)]), a_sale(backend, [Row(p, 4)])
        po = a_purchase_order(backend, acme, {p: 4}, pegs={one.rows[0]: {p: 4}})
        at_once(
            lambda po=po: people[0].run(receive(ask(po, p, 4)), once=once()),
            lambda s=one: people[1].run(cancel([s.id]), once=once()),
        )
        got = reserved(backend, one, two)
        assert got in ([0, 4], [0, 0]), got
        assert live(backend, po, p) == [0]
        backend.run(cancel([two.id]), once=once())


def test_allocate_and_receive_share_one_product(desks):
    """Stock on hand and goods that arrive never serve a row twice."""
    people = desks(4)
    backend = people[0]
    p = a_product(backend)
    acme = a_supplier(backend)
    for _ in range(5):
        sales = [a_sale(backend, [Row(p, 3)]) for _ in range(4)]
        stock(backend, {p: 5})
        orders = [a_purchase_order(backend, acme, {p: 4}, pegs={sales[0].rows[0]: {p: 3}}) for _ in range(2)]
        at_once(
            *(lambda w=w, o=o: w.run(receive(ask(o, p, 4)), once=once()) for w, o in zip(people, orders, strict=False)),
            lambda ids=[s.id for s in sales]: people[2].run(allocate(ids), once=once()),
            lambda ids=[sales[3].id, sales[0].id]: people[3].run(allocate(ids), once=once()),
        )
        assert sum(reserved(backend, *sales)) == 12
        backend.run(release([s.id for s in sales]), once=once())
        backend.run(cancel([s.id for s in sales]), once=once())


def test_a_receipt_undone_twice_at_once(desks):
    people = desks(3)
    backend = people[0]
    p = a_product(backend)
    sale = a_sale(backend, [Row(p, 4)])
    po = a_purchase_order(backend, a_supplier(backend), {p: 4}, pegs={sale.rows[0]: {p: 4}})
    done = backend.run(receive(ask(po, p, 4)), once=once())
    results = at_once(*(lambda w=w: w.undo(done.journal_id, once=once()) for w in people))
    refused = [one for one in results if isinstance(one, Rejected)]
    assert [one.code for one in refused] == ["already_undone"] * 2, results
    assert level(backend, p) == (0, 0, 0)
    assert order(backend, po).to_come == 4 * U
    assert live(backend, po, p) == [4]


def test_undo_against_a_release(desks):
    people = desks(2)
    backend = people[0]
    p = a_product(backend)
    acme = a_supplier(backend)
    for _ in range(5):
        one = a_sale(backend, [Row(p, 4)])
        other = a_sale(backend, [Row(p, 4)], placed_at=f.AT + timedelta(days=90))
        po = a_purchase_order(backend, acme, {p: 4})
        done = backend.run(receive(ask(po, p, 4)), once=once())

        def swap(one=one, other=other):
            people[1].run(release([one.id]), once=once())
            return people[1].run(allocate([other.id]), once=once())

        results = at_once(lambda d=done: people[0].undo(d.journal_id, once=once()), swap)
        in_stock, allocated, _ = level(backend, p)
        undone = not isinstance(results[0], ServiceError)
        assert in_stock == (0 if undone else 4)
        assert allocated <= in_stock
        backend.run(cancel([one.id, other.id]), once=once())
        if in_stock:
            backend.undo(done.journal_id, once=once())


def test_scans_of_two_people_all_count(desks):
    """Whoever counts: no scan is lost. (Only one may; here both are mary.)"""
    people = desks(4)
    backend = people[0]
    p = a_product(backend, "SCANNED")
    po = a_purchase_order(backend, a_supplier(backend), {p: 100})
    opened = at_once(*(lambda w=w: w.run(start_or_continue(po.id), once=once()).result for w in people))
    assert len({one["draft_id"] for one in opened}) == 1
    key = opened[0]["draft_id"]

    def scanning(who):
        for _ in range(10):
            who.run(scan(key, "SCANNED"), once=once())

    at_once(*(lambda w=w: scanning(w) for w in people))
    assert backend.read(draft, key).counted == 40 * U
    rows = backend.read(lambda db: db.execute(select(func.count()).select_from(t.receipt_scan)).scalar_one())
    assert rows == 40


def test_locks_that_were_too_few_are_taken_anew(backend, monkeypatch):
    """Between the first look and the locks a sale began to wait: it is not passed over."""
    p = a_product(backend)
    sale = a_sale(backend, [Row(p, 4)])
    po = a_purchase_order(backend, a_supplier(backend), {p: 4})
    looks = []

    def blind_at_first(db, requests, before=None):
        looks.append(before)
        made = receipt_plan.plan(db, requests, before)
        return replace(made, waiting=()) if len(looks) == 1 and backend.store.is_postgres else made

    monkeypatch.setattr(receiving, "plan", blind_at_first)
    backend.run(receive(ask(po, p, 4)), once=once())
    assert reserved(backend, sale) == [4]
    assert len(looks) == (4 if backend.store.is_postgres else 1)


def test_a_command_that_never_gets_its_locks_gives_up(backend):
    tried = []

    def body(_work):
        tried.append(1)
        raise Again

    before = written(backend)
    with pytest.raises(Unavailable, match="database_unavailable"):
        backend.run(Command("try for ever", Permission.RECEIVE, body)(), once=once())
    assert len(tried) == TRIES_MAX
    assert written(backend) == before
