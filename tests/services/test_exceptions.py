"""The exceptions desk (R7.9, EXC-01 to EXC-03): plan, fix in one transaction, undo as far as it goes."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from desktop_app.services.errors import Conflict, NotAllowed, Rejected
from desktop_app.services.exceptions import FixRequest, fix, preview
from desktop_app.services.rules.exceptions_plan import Chosen, Fix
from desktop_app.services.rules.money import UNIT as U
from desktop_app.services.rules.sale_status import Axis
from desktop_app.services.sales import allocate
from desktop_app.services.store import tables as t
from tests.helpers import foundation as f
from tests.helpers.builders import Row, a_product, a_sale, once, stock
from tests.helpers.receipts import level, notes, sale, written

ALL, PART, NONE = Axis.ALL, Axis.PART, Axis.NONE


def shop_order(backend, *rows, **more):
    """Sold in the shop; rows are (product, ordered, method) or with reserved units as the fourth."""
    return a_sale(
        backend,
        [
            Row(p, n, reserved=kept[0] if kept else 0, method=how, warehouse=f.SHOP)
            for p, n, how, *kept in rows
        ],
        warehouse=f.SHOP,
        **more,
    )


def agreed(backend, *sales, **choices):
    request = FixRequest(tuple(one.id for one in sales), **choices)
    return request, backend.read(preview, request)


def fixed(backend, *sales, **choices):
    request, plan = agreed(backend, *sales, **choices)
    return backend.run(fix(request, plan.fingerprint), once=once())


def one_of(backend, table, where):
    with backend.store.reading() as db:
        return db.execute(select(table).where(where)).one()


def axes(backend, made):
    found = sale(backend, made)
    return found.allocation, found.fulfilment, found.shipping


def test_order_3842_is_transferred_allocated_fulfilled_and_shipped(backend):
    """One row on record, one not: the fix fulfils and ships both (EXC-02, R7.4)."""
    apple, cherry = a_product(backend, "APPLE"), a_product(backend, "CHERRY")
    stock(backend, {apple: 5}, f.SHOP)
    stock(backend, {cherry: 4})
    made = shop_order(backend, (apple, 1, "now", 1), (cherry, 1, "now"))
    assert axes(backend, made) == (PART, NONE, NONE)
    request, plan = agreed(backend, made)
    (lack,) = plan.lacks
    assert (lack.sku, lack.warehouse, lack.needed, lack.on_hand) == ("CHERRY", "Shop", U, 0)
    assert [(s.warehouse, s.on_hand) for s in lack.sources] == [("Main warehouse", 4 * U)]
    assert [(step.units, step.from_id) for step in lack.steps] == [(U, f.MAIN)]
    assert [(r.sku, r.given, r.to_note, r.to_ship) for r in plan.rows] == [
        ("APPLE", 0, U, U), ("CHERRY", U, U, U),
    ]  # fmt: skip
    (head,) = plan.sales
    assert (head.before.allocation, head.after.shipping, head.complete) == (PART, ALL, True)
    done = backend.run(fix(request, plan.fingerprint), once=once())
    assert done.result == {
        "sales": 1, "moved": U, "corrected": 0, "given": U, "shipped": 2 * U, "final": True,
        "still_short": 0,
    }  # fmt: skip
    assert not done.can_undo  # what was handed over is not undone (R6.2)
    assert axes(backend, made) == (ALL, ALL, ALL)
    assert level(backend, apple, f.SHOP) == (4, 0, 0)
    assert level(backend, cherry, f.SHOP) == (0, 0, 0)
    assert level(backend, cherry) == (3, 0, 0)
    moved = one_of(backend, t.transfer, t.transfer.c.id > 0)
    number = one_of(backend, t.goods_out, t.goods_out.c.sale_id == made.id).number
    assert (moved.state, moved.reference) == ("received", f"#{made.number}")
    assert notes(backend, "SO", made.id) == [
        (
            "exception_fixed",
            {
                "items": [{"sku": "CHERRY", "units": U}], "corrected": [], "notes": [number],
                "transfers": [{"id": moved.id, "number": moved.number, "from": "Main warehouse"}],
                "shipped": 2 * U,
            },
        )
    ]  # fmt: skip


def test_nowhere_any_stock_is_a_correction_by_a_manager(backend):
    """3839 by hand: the books gain what was sold, then it leaves."""
    cherry, date = a_product(backend, "CHERRY"), a_product(backend, "DATE")
    made = shop_order(backend, (cherry, 1, "now"), (date, 2, "now"))
    _, plan = agreed(backend, made, may_correct=True)
    assert (plan.moved, plan.corrected) == (0, 3 * U)
    fixed(backend, made, may_correct=True)
    assert axes(backend, made) == (ALL, ALL, ALL)
    assert level(backend, date, f.SHOP) == (0, 0, 0)
    m = t.movement.c
    with backend.store.reading() as db:
        ledger = db.execute(select(m.kind, m.quantity, m.reason).order_by(m.id)).all()
    reason = f"not_on_record: #{made.number}"
    assert sorted(tuple(row) for row in ledger) == sorted([
        ("correction", U, reason), ("correction", 2 * U, reason),
        ("shipment", -U, ""), ("shipment", -2 * U, ""),
    ])  # fmt: skip


def test_a_clerk_may_transfer_but_not_correct(backend_as):
    backend = backend_as("clerk")
    made = shop_order(backend, (a_product(backend), 1, "now"))
    _, plan = agreed(backend, made)
    assert (plan.corrected, [lack.lacking for lack in plan.lacks]) == (0, [U])
    assert not plan.does_something
    request, plan = agreed(backend, made, may_correct=True)
    before = written(backend)
    with pytest.raises(NotAllowed):
        backend.run(fix(request, plan.fingerprint), once=once())
    assert written(backend) == before


def test_order_3845_now_row_goes_and_the_ship_later_row_is_left_alone(backend):
    apple, cherry = a_product(backend), a_product(backend)
    stock(backend, {apple: 10, cherry: 3})
    made = a_sale(
        backend,
        [
            Row(cherry, 1, method="now", warehouse=f.SHOP),
            Row(apple, 2, fulfilled=2, method="ship_later", warehouse=f.MAIN),
        ],
        warehouse=f.SHOP,
    )
    fixed(backend, made)
    assert axes(backend, made) == (ALL, ALL, PART)
    assert level(backend, apple) == (10, 2, 0)


def test_a_ship_later_row_whose_warehouse_ran_out_is_put_on_a_note_and_not_shipped(backend):
    """R7.6, R7.9."""
    apple = a_product(backend)
    stock(backend, {apple: 5}, f.SHOP)
    made = a_sale(backend, [Row(apple, 2, method="ship_later", warehouse=f.MAIN)], warehouse=f.SHOP)
    done = fixed(backend, made)
    assert axes(backend, made) == (ALL, ALL, NONE)
    assert level(backend, apple) == (2, 2, 0)
    assert level(backend, apple, f.SHOP) == (3, 0, 0)
    assert done.can_undo


def test_back_ordered_rows_wait_to_be_ordered(backend):
    """3846: only the *now* row is an exception (EXC-01)."""
    cherry, date = a_product(backend), a_product(backend)
    stock(backend, {cherry: 1, date: 5})
    made = shop_order(backend, (cherry, 1, "now"), (date, 1, "back_order"))
    _, plan = agreed(backend, made)
    assert [row.was_wrong for row in plan.rows] == [True, False]
    fixed(backend, made)
    assert axes(backend, made) == (PART, PART, PART)
    assert level(backend, date) == (5, 0, 0)


def test_several_orders_of_one_product_are_fixed_with_one_transfer(backend):
    """EXC-03: "3 sales, transfer 4"."""
    cherry = a_product(backend)
    stock(backend, {cherry: 9})
    made = [shop_order(backend, (cherry, n, "now")) for n in (1, 2, 1)]
    request, plan = agreed(backend, *made)
    assert (len(plan.lacks), plan.moved, len(plan.sales)) == (1, 4 * U, 3)
    backend.run(fix(request, plan.fingerprint), once=once())
    assert [axes(backend, one) for one in made] == [(ALL, ALL, ALL)] * 3
    with backend.store.reading() as db:
        assert len(db.execute(select(t.transfer)).all()) == 1


def test_too_little_serves_the_oldest_order_and_says_so(backend):
    cherry = a_product(backend)
    stock(backend, {cherry: 3})
    first, second = (shop_order(backend, (cherry, 2, "now")) for _ in range(2))
    done = fixed(backend, second, first)
    assert done.result["still_short"] == 1
    assert axes(backend, first) == (ALL, ALL, ALL)
    assert axes(backend, second) == (PART, NONE, NONE)


def test_without_handing_over_it_is_one_undo(backend):
    apple, cherry = a_product(backend), a_product(backend)
    stock(backend, {apple: 1}, f.SHOP)
    stock(backend, {cherry: 1})
    made = shop_order(backend, (apple, 1, "now", 1), (cherry, 3, "now"))
    before = level(backend, apple, f.SHOP), level(backend, cherry), level(backend, cherry, f.SHOP)
    done = fixed(backend, made, hand_over=False, may_correct=True)
    assert axes(backend, made) == (ALL, ALL, NONE)
    assert (done.result["moved"], done.result["corrected"]) == (U, 2 * U)
    backend.undo(done.journal_id, once=once())
    assert axes(backend, made) == (PART, NONE, NONE)
    assert (level(backend, apple, f.SHOP), level(backend, cherry), level(backend, cherry, f.SHOP)) == before
    assert one_of(backend, t.transfer, t.transfer.c.id > 0).state == "cancelled"


def test_the_undo_is_refused_once_the_goods_left(backend):
    from desktop_app.services.goods_out import ship

    cherry = a_product(backend)
    stock(backend, {cherry: 1})
    made = shop_order(backend, (cherry, 1, "now"))
    done = fixed(backend, made, hand_over=False)
    note = one_of(backend, t.goods_out, t.goods_out.c.sale_id == made.id)
    backend.run(ship([note.id]), once=once())
    with pytest.raises(Rejected) as error:
        backend.undo(done.journal_id, once=once())
    assert error.value.code == "notes_shipped"


def test_what_the_person_chose_is_done(backend):
    cherry = a_product(backend)
    stock(backend, {cherry: 2})
    made = shop_order(backend, (cherry, 2, "now"))
    correct = Chosen(f.SHOP, cherry, Fix.CORRECT)
    fixed(backend, made, chosen=(correct,), may_correct=True)
    assert level(backend, cherry) == (2, 0, 0)
    assert axes(backend, made) == (ALL, ALL, ALL)


def test_changed_facts_stop_it_and_show_the_new_plan(backend):
    """PR-05: somebody took the unit that was to be transferred."""
    cherry = a_product(backend)
    stock(backend, {cherry: 1})
    made = shop_order(backend, (cherry, 1, "now"))
    request, plan = agreed(backend, made)
    other = a_sale(backend, [Row(cherry, 1)])
    backend.run(allocate([other.id]), once=once())
    before = written(backend)
    with pytest.raises(Conflict) as error:
        backend.run(fix(request, plan.fingerprint), once=once())
    assert error.value.code == "exceptions_changed"
    assert error.value.now.moved == 0
    assert written(backend) == before


def test_nothing_wrong_and_unknown_orders_are_refused(backend):
    p = a_product(backend)
    stock(backend, {p: 1}, f.SHOP)
    fine = shop_order(backend, (p, 1, "back_order"))
    request, plan = agreed(backend, fine)
    with pytest.raises(Rejected) as error:
        backend.run(fix(request, plan.fingerprint), once=once())
    assert error.value.code == "nothing_to_fix"
    for ids, code in (((987_654,), "unknown_sales"), ((), "no_sales_chosen"), (tuple(range(501)), "too_many_orders")):
        with pytest.raises(Rejected) as error:
            backend.read(preview, replace(request, sale_ids=ids))
        assert error.value.code == code


def test_the_number_of_statements_does_not_grow(backend, statements_sent):
    p = a_product(backend)
    stock(backend, {p: 200})
    counted = []
    for many in (1, 40):
        made = [shop_order(backend, (p, 1, "now")) for _ in range(many)]
        request, plan = agreed(backend, *made)
        with statements_sent.counting() as sent:
            backend.run(fix(request, plan.fingerprint), once=once())
        counted.append(sent.count)
    assert counted[0] == counted[1] <= 70
