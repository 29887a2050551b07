"""What a shop sold, the books lack and the customer gave back leaves the desk (R7.9, R7.10, R1.4)."""

import pytest
from sqlalchemy import select

from desktop_app.services.billing import record_payment
from desktop_app.services.channels import overview
from desktop_app.services.crediting import TakeBack, take_back
from desktop_app.services.errors import Rejected
from desktop_app.services.exceptions import FixRequest, fix, preview
from desktop_app.services.exceptions_list import EXCEPTIONS, ExceptionsFilter, open_exceptions
from desktop_app.services.rules.money import UNIT as U
from desktop_app.services.rules.sale_status import Axis
from desktop_app.services.sales import cancel
from desktop_app.services.sales_filter import SalesFilter, SalesView
from desktop_app.services.sales_list import SALES, view_counts
from desktop_app.services.store import tables as t
from desktop_app.views.note_text import note_sentence
from tests.helpers import foundation as f
from tests.helpers.builders import (
    Row,
    a_product,
    a_purchase_order,
    a_sale,
    a_supplier,
    once,
    stock,
)
from tests.helpers.races import together
from tests.helpers.tills import (
    a_shop,
    back,
    credited,
    fate,
    level,
    notes_of,
    refund,
    ring_up,
    rows_of,
    sale,
    sold,
)

ALL, PART, NONE = Axis.ALL, Axis.PART, Axis.NONE


@pytest.fixture
def cherry(backend):
    """A shop whose books have no cherries."""
    a_shop(backend, automatic=False)
    return a_product(backend, "CHERRY")


def on_desk(backend):
    """(order, rows wrong, units missing) of each line; counts and views must say the same."""
    found = [
        (one.number, one.rows_wrong, one.units // U)
        for one in backend.read(EXCEPTIONS.page, ExceptionsFilter(), None, 0)
    ]
    problems = SalesFilter(view=SalesView.PROBLEMS)
    assert backend.read(open_exceptions) == len(found)
    assert sum(one.exceptions for one in backend.read(overview)) == len(found)
    assert backend.read(view_counts)[SalesView.PROBLEMS] == len(found)
    page = backend.read(SALES.page, problems, None, 0)
    assert sorted(one.number for one in page) == sorted(number for number, _, _ in found)
    assert all(one.is_exception for one in page)
    return found


def axes(backend, transaction="T1"):
    made = sold(backend, transaction)
    return made.allocation, made.fulfilment, made.shipping


def figures(backend, transaction="T1"):
    """(reserved, fulfilled, shipped) of each row, in units."""
    return [
        (row.reserved // U, row.fulfilled // U, row.shipped // U)
        for row in rows_of(backend, sold(backend, transaction).id)
    ]


def ledger(backend, product):
    """(kind, warehouse, units) of the product's movements."""
    m = t.movement.c
    query = select(m.kind, m.warehouse_id, m.quantity).where(m.product_id == product).order_by(m.id)
    return backend.read(lambda db: [(k, w, q // U) for k, w, q in db.execute(query)])


def plan_for(backend, transaction="T1", **choices):
    request = FixRequest((sold(backend, transaction).id,), **choices)
    return request, backend.read(preview, request)


def desk_refund(backend, transaction, units, disposition="restock", **more):
    made = sold(backend, transaction)
    row = rows_of(backend, made.id)[0]
    rows = [TakeBack(row.id, units * U, "unwanted", disposition)]
    call = take_back(made.id, rows, confirmed=["confirm:goods_not_shipped"], **more)
    return backend.run(call, once=once())


def test_given_back_wholly_it_is_off_the_desk(backend, cherry):
    """Sold 2 with none on record, 2 given back: nothing is missing, two are on hand."""
    ring_up(backend, sale("T1", [("CHERRY", 2)]))
    made = sold(backend, "T1")
    assert on_desk(backend) == [(made.number, 1, 2)]
    ring_up(backend, refund("T9", "T1", [back(1, "L1", 2)]))
    assert fate(backend, "T9-m") == ("applied", "", None)
    assert on_desk(backend) == []
    assert (axes(backend), figures(backend)) == ((ALL, ALL, ALL), [(0, 2, 2)])
    assert level(backend, cherry) == (2, 2, 0)
    assert ledger(backend, cherry) == [
        ("correction", f.SHOP, 2), ("shipment", f.SHOP, -2), ("return", f.SHOP, 2),
    ]  # fmt: skip
    request, plan = plan_for(backend, may_correct=True)
    assert (plan.lacks, plan.does_something) == ((), False)
    with pytest.raises(Rejected) as error:
        backend.run(fix(request, plan.fingerprint), once=once())
    assert error.value.code == "nothing_to_fix"
    told = dict(notes_of(backend, "SO", made.id))["refund_booked_out"]
    made_of = credited(backend, "T9")
    assert told == {
        "credit": {"id": made_of.id, "number": made_of.number},
        "items": [{"sku": "CHERRY", "units": 2 * U}], "rest": [], "corrected": 2 * U,
    }  # fmt: skip
    assert note_sentence("refund_booked_out", told) == (
        f"Given back with credit {made_of.number}, so booked out first: 2 × CHERRY,"
        " 2 of them never on record"
    )


def test_given_back_in_part_the_rest_stays(backend, cherry):
    """Missing is what is still owed, and the fix gives that and no more."""
    ring_up(backend, sale("T1", [("CHERRY", 3)]))
    made = sold(backend, "T1")
    ring_up(backend, refund("T8", "T1", [back(1, "L1")]))
    assert on_desk(backend) == [(made.number, 1, 2)]
    assert (axes(backend), figures(backend)) == ((PART, PART, PART), [(0, 1, 1)])
    assert level(backend, cherry) == (1, 1, 0)
    _, plan = plan_for(backend, may_correct=True)
    assert [(one.needed, one.on_hand) for one in plan.lacks] == [(2 * U, U)]
    assert [(row.given, row.to_note, row.to_ship) for row in plan.rows] == [(2 * U, 2 * U, 2 * U)]
    ring_up(backend, refund("T9", "T1", [back(1, "L1", 2)]))
    assert on_desk(backend) == []
    assert (axes(backend), figures(backend)) == ((ALL, ALL, ALL), [(0, 3, 3)])
    assert level(backend, cherry) == (3, 3, 0)


def test_a_fix_after_it_gives_what_is_still_owed(backend, cherry):
    stock(backend, {cherry: 5})
    ring_up(
        backend, sale("T1", [("CHERRY", 3)]), refund("T8", "T1", [back(1, "L1", 1, "write_off")])
    )
    assert level(backend, cherry) == (0, 0, 0)
    request, plan = plan_for(backend)
    done = backend.run(fix(request, plan.fingerprint), once=once()).result
    assert (done["moved"], done["given"], done["shipped"]) == (2 * U, 2 * U, 2 * U)
    assert on_desk(backend) == []
    assert figures(backend) == [(0, 3, 3)]
    assert (level(backend, cherry), level(backend, cherry, f.MAIN)) == ((0, 0, 0), (3, 3, 0))


@pytest.mark.parametrize(
    ("disposition", "after"),
    [
        ("restock", (2, 2, 0)),
        ("quarantine", (2, 0, 2)),
        ("write_off", (0, 0, 0)),
        ("none", (0, 0, 0)),
    ],
)
def test_the_shop_s_stock_changes_by_what_came_back(backend, cherry, disposition, after):
    """R7.10 for goods that never were on record: booking them out changes no figure."""
    ring_up(backend, sale("T1", [("CHERRY", 2)]))
    ring_up(backend, refund("T9", "T1", [back(1, "L1", 2, disposition)]))
    assert level(backend, cherry) == after
    assert on_desk(backend) == []


def test_what_lies_in_the_shop_meanwhile_is_left_alone(backend, cherry):
    """Five came in after the sale: the refund adds the two that came back, and takes none."""
    ring_up(backend, sale("T1", [("CHERRY", 2)]))
    stock(backend, {cherry: 5}, f.SHOP)
    ring_up(backend, refund("T9", "T1", [back(1, "L1", 2)]))
    assert level(backend, cherry) == (7, 7, 0)


def test_part_was_on_record(backend, cherry):
    """Sold 3 with 1 on record: what never was on record is given back first."""
    stock(backend, {cherry: 1}, f.SHOP)
    ring_up(backend, sale("T1", [("CHERRY", 3)]))
    assert figures(backend) == [(1, 0, 0)]
    ring_up(backend, refund("T8", "T1", [back(1, "L1")]))
    assert on_desk(backend) == [(sold(backend, "T1").number, 1, 1)]
    assert (figures(backend), level(backend, cherry)) == ([(1, 1, 1)], (2, 1, 0))
    ring_up(backend, refund("T9", "T1", [back(1, "L1", 2)]))
    assert on_desk(backend) == []
    # One never left by the books: it is shipped and put back, so that it is there once.
    assert (figures(backend), level(backend, cherry)) == ([(0, 3, 3)], (3, 3, 0))


def test_order_3842_its_short_row_given_back(backend, cherry):
    """R7.4: with nothing short any more, the row on record is handed over as at the till."""
    apple = a_product(backend, "APPLE")
    stock(backend, {apple: 5}, f.SHOP)
    ring_up(backend, sale("T1", [("APPLE", 1), ("CHERRY", 1)]))
    assert (axes(backend), level(backend, apple)) == ((PART, NONE, NONE), (5, 4, 0))
    ring_up(backend, refund("T9", "T1", [back(1, "L2")]))
    assert on_desk(backend) == []
    assert axes(backend) == (ALL, ALL, ALL)
    assert (level(backend, apple), level(backend, cherry)) == ((4, 4, 0), (1, 1, 0))
    told = dict(notes_of(backend, "SO", sold(backend, "T1").id))["refund_booked_out"]
    assert note_sentence("refund_booked_out", told) == (
        f"Given back with credit {told['credit']['number']}, so booked out first: 1 × CHERRY,"
        " 1 of them never on record;"
        " nothing is short any more, so handed over too: 1 × APPLE"
    )


def test_order_3842_the_other_row_given_back(backend, cherry):
    """The apple is on record and was not let go: it leaves and returns, the cherry stays wrong."""
    apple = a_product(backend, "APPLE")
    stock(backend, {apple: 5}, f.SHOP)
    ring_up(backend, sale("T1", [("APPLE", 1), ("CHERRY", 1)]))
    ring_up(backend, refund("T9", "T1", [back(1, "L1")]))
    assert on_desk(backend) == [(sold(backend, "T1").number, 1, 1)]
    assert (figures(backend), level(backend, apple)) == ([(0, 1, 1), (0, 0, 0)], (5, 5, 0))
    _, plan = plan_for(backend, may_correct=True)
    assert [(row.sku, row.given, row.to_note) for row in plan.rows] == [
        ("APPLE", 0, 0), ("CHERRY", U, U),
    ]  # fmt: skip


def test_given_back_in_another_shop(backend, cherry):
    """The shop that sold it books it out, the one that took it back has it."""
    ring_up(backend, sale("T1", [("CHERRY", 2)]))
    desk_refund(backend, "T1", 2, warehouse_id=f.MAIN)
    assert ledger(backend, cherry) == [
        ("correction", f.SHOP, 2), ("shipment", f.SHOP, -2), ("return", f.MAIN, 2),
    ]  # fmt: skip
    assert (level(backend, cherry), level(backend, cherry, f.MAIN)) == ((0, 0, 0), (2, 2, 0))
    assert on_desk(backend) == []


def test_a_clerk_at_the_desk_needs_no_manager_for_it(backend_as):
    """The pair changes no figure, so nobody has to answer for it (R8.2, R11.1)."""
    backend = backend_as("clerk")
    made = a_sale(
        backend, [Row(a_product(backend), 1, method="now", warehouse=f.SHOP)], warehouse=f.SHOP
    )
    back_again = take_back(
        made.id, [TakeBack(made.rows[0], U, "unwanted", "restock")], warehouse_id=f.SHOP,
        confirmed=["confirm:goods_not_shipped"],
    )  # fmt: skip
    backend.run(back_again, once=once())
    assert backend.read(open_exceptions) == 0


def test_units_on_a_note_that_waits_leave_with_it(backend, cherry):
    """Put right without handing over, then given back: the fix can be undone no more."""
    stock(backend, {cherry: 3})
    ring_up(backend, sale("T1", [("CHERRY", 3)]))
    request, plan = plan_for(backend, hand_over=False)
    done = backend.run(fix(request, plan.fingerprint), once=once())
    assert figures(backend) == [(0, 3, 0)]
    ring_up(backend, refund("T9", "T1", [back(1, "L1")]))
    assert (figures(backend), level(backend, cherry)) == ([(0, 3, 1)], (3, 1, 0))
    with pytest.raises(Rejected) as error:
        backend.undo(done.journal_id, once=once())
    assert error.value.code == "notes_shipped"


def test_goods_ordered_for_it_are_free(backend, cherry):
    """R1.7: its pegs shrink with what is still owed."""
    ring_up(backend, sale("T1", [("CHERRY", 2)]))
    row = rows_of(backend, sold(backend, "T1").id)[0].id
    acme = a_supplier(backend, costs={cherry: "1.00"})
    a_purchase_order(backend, acme, {cherry: 2}, pegs={row: {cherry: 2}}, warehouse=f.SHOP)
    live = lambda: backend.read(lambda db: db.execute(select(t.peg.c.live)).scalar_one()) // U
    ring_up(backend, refund("T8", "T1", [back(1, "L1")]))
    assert live() == 1
    ring_up(backend, refund("T9", "T1", [back(1, "L1")]))
    assert live() == 0


def test_a_cancelled_order_gives_goods_back_and_nothing_else(backend, cherry):
    """R2.7: off the desk already; what comes back is on hand, the order is not touched."""
    ring_up(backend, sale("T1", [("CHERRY", 1)], paid="0"))
    made = sold(backend, "T1")
    backend.run(cancel([made.id]), once=once())
    assert on_desk(backend) == []
    ring_up(backend, refund("T9", "T1", [back(1, "L1")]))
    assert fate(backend, "T9-m") == ("applied", "", None)
    assert (figures(backend), level(backend, cherry)) == ([(0, 0, 0)], (1, 1, 0))


def test_on_hold_the_rest_is_not_handed_over(backend, cherry):
    """R5.5: an order on hold waits; what was given back is off its list for good."""
    from desktop_app.services.sales import set_status

    apple = a_product(backend, "APPLE")
    stock(backend, {apple: 1}, f.SHOP)
    ring_up(backend, sale("T1", [("APPLE", 1), ("CHERRY", 1)]))
    made = sold(backend, "T1")
    backend.run(set_status([made.id], f.SALE_STATUS["On hold"]), once=once())
    ring_up(backend, refund("T9", "T1", [back(1, "L2")]))
    assert figures(backend) == [(1, 0, 0), (0, 1, 1)]
    backend.run(set_status([made.id], f.SALE_STATUS["New"]), once=once())
    assert on_desk(backend) == []


def test_a_ship_later_row_refunded_before_it_left(backend, cherry):
    """R7.6: nothing was handed over, so nothing is booked out; the desk does not serve it."""
    ring_up(backend, sale("T1", [("CHERRY", 3, "ship_later")]))
    number = sold(backend, "T1").number
    assert on_desk(backend) == [(number, 1, 3)]
    ring_up(backend, refund("T8", "T1", [back(1, "L1")]))
    assert on_desk(backend) == [(number, 1, 2)]
    stock(backend, {cherry: 9}, f.SHOP)
    request, plan = plan_for(backend)
    assert [(one.needed, plan.moved) for one in plan.lacks] == [(2 * U, 2 * U)]
    assert [(row.given, row.to_note, row.to_ship) for row in plan.rows] == [(2 * U, 2 * U, 0)]
    assert plan.sales[0].complete
    backend.run(fix(request, plan.fingerprint), once=once())
    assert on_desk(backend) == []
    assert figures(backend) == [(0, 2, 0)]
    assert level(backend, cherry, f.MAIN) == (2, 0, 0)


def test_a_ship_later_row_refunded_wholly(backend, cherry):
    ring_up(backend, sale("T1", [("CHERRY", 2, "ship_later")]))
    ring_up(backend, refund("T9", "T1", [back(1, "L1", 2)]))
    assert on_desk(backend) == []
    assert figures(backend) == [(0, 0, 0)]
    assert not plan_for(backend, may_correct=True)[1].does_something


def test_too_much_given_back_writes_nothing(backend, cherry):
    ring_up(backend, sale("T1", [("CHERRY", 2)]))
    ring_up(backend, refund("T9", "T1", [back(1, "L1", 3)]))
    assert fate(backend, "T9-m")[:2] == ("parked", "credit_exceeds_sold")
    assert on_desk(backend) == [(sold(backend, "T1").number, 1, 2)]
    assert ledger(backend, cherry) == []


def test_a_fix_and_a_refund_at_once(two_workstations):
    """R11.3: either the fix found it short, or the refund booked it out; never both."""
    first, second = two_workstations
    a_shop(first, automatic=False)
    for turn in range(4):
        sku, order = f"CHERRY{turn}", f"T{turn}"
        goods = a_product(first, sku)
        stock(first, {goods: 2})
        ring_up(first, sale(order, [(sku, 2)]))
        request, plan = plan_for(first, order)
        answers = together(
            [
                lambda request=request, plan=plan: first.run(
                    fix(request, plan.fingerprint), once=once()
                ),
                lambda order=order: desk_refund(second, order, 2),
            ]
        )
        assert not isinstance(answers[1], Exception)
        moved = not isinstance(answers[0], Exception)
        assert moved or answers[0].code == "exceptions_changed"
        assert figures(first, order) == [(0, 2, 2)]
        assert level(first, goods) == (2, 2, 0)
        assert level(first, goods, f.MAIN)[0] == (0 if moved else 2)


def test_the_number_of_statements_does_not_grow(backend, statements_sent):
    counted = []
    for many in (1, 30):
        made = a_sale(
            backend,
            [Row(a_product(backend), 1, method="now", warehouse=f.SHOP) for _ in range(many)],
            warehouse=f.SHOP,
        )
        rows = [TakeBack(row, U, "unwanted", "restock") for row in made.rows]
        with statements_sent.counting() as sent:
            backend.run(
                take_back(made.id, rows, confirmed=["confirm:goods_not_shipped"]), once=once()
            )
        counted.append(sent.count)
    assert counted[0] == counted[1] <= 80


def test_a_payment_is_not_touched(backend, cherry):
    """Goods only: what was paid stays, the credit says what is owed back."""
    ring_up(backend, sale("T1", [("CHERRY", 1)], paid="0"))
    made = sold(backend, "T1")
    backend.run(record_payment(made.id, 600, "card"), once=once())
    ring_up(backend, refund("T9", "T1", [back(1, "L1")]))
    assert (sold(backend, "T1").paid, credited(backend, "T9").refunded) == (600, 600)
