"""Receiving: the worked example, what is refused, settings, one transaction (rules section 5)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from desktop_app.services import settings
from desktop_app.services.access import Permission
from desktop_app.services.errors import Conflict, NotAllowed, Rejected
from desktop_app.services.receiving import (
    ReceiptRequest,
    ReceiptRow,
    RowRaise,
    allocation_preview,
    outstanding_request,
    receive,
    receive_all,
)
from desktop_app.services.rules.money import UNIT
from desktop_app.services.rules.sale_status import Axis
from desktop_app.services.settings import SettingChange, Source, save_settings, warehouse_scope
from desktop_app.services.store import tables as t
from tests.helpers import foundation as f
from tests.helpers.builders import (
    Row,
    a_customer,
    a_product,
    a_purchase_order,
    a_sale,
    a_supplier,
    once,
    stock,
)
from tests.helpers.receipts import ask, level, live, notes, order, record, reserved, sale, written

U = UNIT


def refused(backend, request, code, family=Rejected):
    """The command is refused with ``code`` and nothing is written; returns the error."""
    before = written(backend)
    with pytest.raises(family) as error:
        backend.run(receive(request), once=once())
    assert error.value.code == code
    assert written(backend) == before
    return error.value


@pytest.fixture
def world(backend):
    """PO 10 of P for sale 1 (needs 4), sale 2 (4), sale 3 (3), a day apart (R5.12)."""
    p = a_product(backend, "P")
    acme = a_supplier(backend, "Acme", costs={p: "1.20"})
    sales = [a_sale(backend, [Row(p, n)]) for n in (4, 4, 3)]
    pegs = {sales[0].rows[0]: {p: 4}, sales[1].rows[0]: {p: 4}, sales[2].rows[0]: {p: 2}}
    return p, a_purchase_order(backend, acme, {p: 10}, pegs=pegs), sales


def test_the_worked_example(backend, world):
    """R5.12, exact statuses and notes."""
    p, po, sales = world
    one, two, three = sales
    first = backend.run(receive(ask(po, p, 6)), once=once()).result
    gi = first["goods_in"]
    assert first == {
        "goods_in": {"id": gi["id"], "number": 1},
        "po": {"id": po.id, "number": po.number},
        "units": 6 * U,
        "allocated": 6 * U,
        "sales": [
            {"id": one.id, "number": one.number, "units": 4 * U, "fully": True},
            {"id": two.id, "number": two.number, "units": 2 * U, "fully": False},
        ],
        "left_on_order": 4 * U,
        "closed": False,
        "quarantined": 0,
    }
    assert reserved(backend, *sales) == [4, 2, 0]
    assert [sale(backend, one).allocation for one in sales] == [Axis.ALL, Axis.PART, Axis.NONE]
    assert [sale(backend, one).short // U for one in sales] == [0, 2, 3]
    assert order(backend, po).received == Axis.PART
    assert order(backend, po).to_come == 4 * U
    assert order(backend, po).status_id == f.PURCHASE_STATUS["Part received"]
    assert level(backend, p) == (6, 6, 0)
    assert live(backend, po, p) == [0, 2, 2]
    ref = {"id": po.id, "number": po.number}
    assert notes(backend, "PO", po.id) == [
        ("goods_received", {
            "goods_in": gi, "units": 6 * U, "more": 0,
            "sales": [
                {"id": one.id, "number": one.number, "units": 4 * U},
                {"id": two.id, "number": two.number, "units": 2 * U},
            ],
        }),
    ]  # fmt: skip
    allocated = lambda n, gi: ("goods_allocated", {"po": ref, "goods_in": gi, "items": [{"sku": "P", "units": n * U}]})
    assert notes(backend, "SO", one.id) == [allocated(4, gi)]
    assert notes(backend, "SO", two.id) == [allocated(2, gi)]
    assert notes(backend, "SO", three.id) == []

    second = backend.run(receive(ask(po, p, 4)), once=once()).result
    assert second["goods_in"]["number"] == 2
    assert reserved(backend, *sales) == [4, 4, 2]
    assert [sale(backend, one).allocation for one in sales] == [Axis.ALL, Axis.ALL, Axis.PART]
    assert notes(backend, "SO", one.id) == [allocated(4, gi)]
    assert notes(backend, "SO", two.id) == [allocated(2, gi), allocated(2, second["goods_in"])]
    assert notes(backend, "SO", three.id) == [allocated(2, second["goods_in"])]
    assert order(backend, po).received == Axis.ALL
    assert order(backend, po).to_come == 0
    assert order(backend, po).status_id == f.PURCHASE_STATUS["Received"]
    assert live(backend, po, p) == [0, 0, 0]
    assert level(backend, p) == (10, 10, 0)


def test_with_allocation_off_it_goes_to_on_hand(backend, world):
    """R5.12: on hand +n, no notes on sales."""
    p, po, sales = world
    done = backend.run(receive(ask(po, p, 6, allocate=False)), once=once())
    assert done.result["allocated"] == 0
    assert done.result["sales"] == []
    assert reserved(backend, *sales) == [0, 0, 0]
    assert level(backend, p) == (6, 0, 0)
    assert [notes(backend, "SO", one.id) for one in sales] == [[], [], []]
    assert notes(backend, "PO", po.id)[0][1]["sales"] == []
    assert sum(live(backend, po, p)) <= 4


def setting(backend, key, value, scope=settings.COMPANY):
    backend.run(save_settings([SettingChange(key, value, scope)]), once=once())


def test_the_default_comes_from_purchase_settings(backend, world):
    """R5.4: the company's, and a warehouse's own before it."""
    p, po, sales = world
    assert backend.read(allocation_preview, ask(po, p, 1)).allocate_source is Source.DEFAULT
    setting(backend, settings.ALLOCATE, False)
    shown = backend.read(allocation_preview, ask(po, p, 1))
    assert (shown.allocate, shown.allocate_source) == (False, Source.COMPANY)
    assert backend.run(receive(ask(po, p, 1)), once=once()).result["allocated"] == 0
    setting(backend, settings.ALLOCATE, True, warehouse_scope(f.MAIN))
    shown = backend.read(allocation_preview, ask(po, p, 1))
    assert (shown.allocate, shown.allocate_source) == (True, Source.WAREHOUSE)
    assert backend.run(receive(ask(po, p, 1)), once=once()).result["allocated"] == U
    assert reserved(backend, *sales) == [1, 0, 0]


def test_numbers_are_compared_as_numbers(backend):
    """R5.5: placed at the same moment, sale 9 before sale 10."""
    p = a_product(backend)
    po = a_purchase_order(backend, a_supplier(backend), {p: 3})
    sales = [a_sale(backend, [Row(p, 1)], placed_at=f.AT) for _ in range(12)]
    backend.run(receive(ask(po, p, 3)), once=once())
    assert reserved(backend, *sales) == [1, 1, 1] + [0] * 9
    by_row = a_sale(backend, [Row(p, 2), Row(p, 2)], placed_at=f.AT - timedelta(days=1))
    more = a_purchase_order(backend, a_supplier(backend), {p: 3})
    backend.run(receive(ask(more, p, 3)), once=once())
    assert [record(t.sale_row, backend, key).reserved // U for key in by_row.rows] == [2, 1]


def test_who_waits_for_nothing_gets_nothing(backend):
    """R5.5: cancelled, on hold, closed, quotes; another warehouse; rows that are no stock."""
    p = a_product(backend)
    po = a_purchase_order(backend, a_supplier(backend), {p: 20})
    idle = [a_sale(backend, [Row(p, 2)], status=s) for s in ("Cancelled", "On hold", "Shipped", "Quote")]
    idle.append(a_sale(backend, [Row(p, 2)], warehouse=f.SHOP))
    idle.append(a_sale(backend, [Row(p, 2, kind="non_stock")]))
    served = a_sale(backend, [Row(p, 2)])
    here = a_sale(backend, [Row(p, 3, warehouse=f.MAIN)], warehouse=f.SHOP)
    shown = backend.read(allocation_preview, ask(po, p, 20))
    assert [(x.number, x.units) for x in shown.turns] == [(served.number, 2 * U), (here.number, 3 * U)]
    assert [(x.number, x.reason, x.warehouse) for x in shown.passed_over] == [
        (idle[1].number, "on_hold", ""),
        (idle[3].number, "quote", ""),
        (idle[4].number, "other_warehouse", "Shop"),
    ]
    backend.run(receive(ask(po, p, 20)), once=once())
    assert reserved(backend, *idle) == [0] * 6
    assert reserved(backend, served, here) == [2, 3]
    assert [notes(backend, "SO", one.id) for one in idle] == [[]] * 6


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        (settings.SERVED_ANY, [4, 2, 0]),
        (settings.SERVED_RAISED_FIRST, [2, 0, 4]),
        (settings.SERVED_RAISED_ONLY, [0, 0, 4]),
    ],
)
def test_who_is_served(backend, who, expected):
    """R5.5: any, those the order was raised for first, only those."""
    p = a_product(backend)
    sales = [a_sale(backend, [Row(p, 4)]) for _ in range(3)]
    po = a_purchase_order(backend, a_supplier(backend), {p: 10}, pegs={sales[2].rows[0]: {p: 4}})
    setting(backend, settings.WHO_IS_SERVED, who)
    shown = backend.read(allocation_preview, ask(po, p, 6))
    result = backend.run(receive(ask(po, p, 6, agreed=shown.fingerprint)), once=once()).result
    assert reserved(backend, *sales) == expected
    assert result["allocated"] == sum(expected) * U
    gets = {x.number: x.units // U for x in shown.turns if x.units}
    assert gets == {x.number: n for x, n in zip(sales, expected, strict=True) if n}
    if who == settings.SERVED_RAISED_ONLY:
        assert [(x.number, x.reason) for x in shown.passed_over] == [
            (sales[0].number, "not_raised_for"), (sales[1].number, "not_raised_for"),
        ]  # fmt: skip


def test_ship_complete_takes_all_or_nothing(backend):
    """R5.6."""
    p, q = a_product(backend, "P"), a_product(backend, "Q")
    whole = a_sale(backend, [Row(p, 3), Row(q, 2)], ship_complete=1)
    younger = a_sale(backend, [Row(p, 4)])
    acme = a_supplier(backend)
    po = a_purchase_order(backend, acme, {p: 10, q: 2})
    shown = backend.read(allocation_preview, ask(po, p, 5))
    assert [(x.number, x.reason) for x in shown.passed_over] == [(whole.number, "ship_complete")]
    backend.run(receive(ask(po, p, 2)), once=once())
    assert reserved(backend, whole, younger) == [0, 2]
    both = ReceiptRequest(po.id, (ReceiptRow(po.rows[p], 4 * U), ReceiptRow(po.rows[q], 2 * U)))
    backend.run(receive(both), once=once())
    assert [record(t.sale_row, backend, key).reserved // U for key in whole.rows] == [3, 2]
    assert reserved(backend, younger) == [3]
    assert sale(backend, whole).allocation == Axis.ALL


def test_ship_complete_with_a_row_elsewhere_waits(backend):
    p = a_product(backend)
    split = a_sale(backend, [Row(p, 1), Row(p, 1, warehouse=f.SHOP)], ship_complete=1)
    po = a_purchase_order(backend, a_supplier(backend), {p: 5})
    backend.run(receive(ask(po, p, 5)), once=once())
    assert reserved(backend, split) == [0]


def test_more_than_outstanding_is_refused(backend, world):
    """R5.3, with what the row would have to be raised to."""
    p, po, _sales = world
    backend.run(receive(ask(po, p, 4)), once=once())
    error = refused(backend, ask(po, p, 7), "over_receipt")
    assert error.params == {"number": po.number}
    assert error.items == (
        {
            "po_row_id": po.rows[p], "sku": "P", "ordered": 10 * U, "outstanding": 6 * U, "units": 7 * U,
            "raise_to": 11 * U,
        },
    )  # fmt: skip
    two = (ReceiptRow(po.rows[p], 4 * U), ReceiptRow(po.rows[p], 3 * U))
    refused(backend, ReceiptRequest(po.id, two), "over_receipt")
    with pytest.raises(Rejected, match="over_receipt"):
        backend.read(allocation_preview, ask(po, p, 7))


def test_raise_and_receive_in_one_step(backend, backend_as, world):
    """R5.3: buyer or manager; the surplus is free and carries no peg."""
    p, po, sales = world
    request = replace(ask(po, p, 13), raises=(RowRaise(po.rows[p], 13 * U),))
    clerk, buyer = backend_as("clerk"), backend_as("buyer")
    error = refused(clerk, request, "not_allowed", NotAllowed)
    assert error.params["needs"] == Permission.RAISE_PURCHASE_ROW.value
    buyer.run(receive(request), once=once())
    row = record(t.purchase_row, backend, po.rows[p])
    assert (row.ordered, row.received, row.total, row.over_allowed) == (13 * U, 13 * U, 1300, 0)
    assert (order(backend, po).total, order(backend, po).to_come) == (1300, 0)
    assert reserved(backend, *sales) == [4, 4, 3]
    assert level(backend, p) == (13, 11, 0)
    assert live(backend, po, p) == [0, 0, 0]
    assert notes(backend, "PO", po.id)[0] == ("row_raised", {"sku": "P", "from": 10 * U, "to": 13 * U})


def test_a_raise_must_be_higher_and_whole(backend, world):
    p, po, _sales = world
    refused(backend, replace(ask(po, p, 1), raises=(RowRaise(po.rows[p], 10 * U),)), "raise_not_higher")
    refused(backend, replace(ask(po, p, 1), raises=(RowRaise(po.rows[p], 11 * U + 1),)), "quantity_not_whole")
    refused(backend, replace(ask(po, p, 1), raises=(RowRaise(999, 20 * U),)), "row_of_another_order")


def test_up_to_a_percentage_may_come_above(backend, world):
    """R5.3: *allow up to N %*; on order never falls below 0, the surplus carries no peg."""
    p, po, sales = world
    setting(backend, settings.OVER_PERCENT, 25)
    refused(backend, ask(po, p, 13), "over_receipt")
    result = backend.run(receive(ask(po, p, 12)), once=once()).result
    row = record(t.purchase_row, backend, po.rows[p])
    assert (row.ordered, row.received, row.over_allowed) == (10 * U, 12 * U, 1)
    assert (order(backend, po).to_come, order(backend, po).received) == (0, Axis.ALL)
    assert result["left_on_order"] == 0
    assert level(backend, p) == (12, 11, 0)
    assert reserved(backend, *sales) == [4, 4, 3]
    refused(backend, ask(po, p, 1), "over_receipt")


def test_wrong_requests_are_refused_whole(backend, world):
    """R5.11: nothing is written."""
    p, po, _sales = world
    q = a_product(backend, "Q")
    other = a_purchase_order(backend, a_supplier(backend), {p: 5, q: 5})
    with backend.store.writes.begin() as db:
        elsewhere = db.execute(
            t.location.insert().values(warehouse_id=f.SHOP, code="S-9").returning(t.location.c.id)
        ).scalar_one()
    good = ReceiptRow(po.rows[p], U)
    cases = [
        (ReceiptRequest(po.id, ()), "nothing_to_receive", ()),
        (ReceiptRequest(po.id, (good, ReceiptRow(other.rows[p], U))), "row_of_another_order", (other.rows[p],)),
        (ReceiptRequest(po.id, (good, ReceiptRow(po.rows[p], 0))), "quantity_not_positive", (po.rows[p],)),
        (ReceiptRequest(po.id, (ReceiptRow(po.rows[p], -U),)), "quantity_not_positive", (po.rows[p],)),
        (ReceiptRequest(po.id, (ReceiptRow(po.rows[p], 10**19),)), "quantity_not_positive", (po.rows[p],)),
        (ReceiptRequest(po.id, (ReceiptRow(po.rows[p], U // 2),)), "quantity_not_whole", (po.rows[p],)),
        (ReceiptRequest(po.id, (good, ReceiptRow(po.rows[p], U, elsewhere))), "unknown_location", (po.rows[p],)),
        (ReceiptRequest(po.id, (ReceiptRow(po.rows[p], U, 123_456),)), "unknown_location", (po.rows[p],)),
        (ReceiptRequest(999_999, (good,)), "unknown_purchase_order", (999_999,)),
        (ReceiptRequest(po.id, (good,), reference="x" * 121), "reference_too_long", ()),
    ]
    for request, code, items in cases:
        error = refused(backend, request, code)
        assert error.items == items, code


def test_closed_cancelled_and_drop_ship_orders_are_refused(backend, world):
    """R5.2."""
    p, _po, _sales = world
    acme = a_supplier(backend)
    for columns, code in (
        ({"state": "cancelled"}, "purchase_not_open"),
        ({"state": "closed"}, "purchase_not_open"),
        ({"drop_ship": 1}, "purchase_drop_ship"),
    ):
        refused(backend, ask(a_purchase_order(backend, acme, {p: 5}, **columns), p, 1), code)
    draft = a_purchase_order(backend, acme, {p: 5}, state="draft")
    assert backend.run(receive(ask(draft, p, 1)), once=once()).result["left_on_order"] == 4 * U


def test_a_delivery_note_is_posted_once_per_order(backend, world):
    """R5.1: the supplier's reference is unique where given."""
    p, po, _sales = world
    backend.run(receive(ask(po, p, 1, reference=" DN-1 ")), once=once())
    error = refused(backend, ask(po, p, 1, reference="DN-1"), "reference_used")
    assert error.params == {"reference": "DN-1", "number": 1}
    backend.run(receive(ask(po, p, 1, reference="DN-2")), once=once())
    backend.run(receive(ask(po, p, 1)), once=once())
    backend.run(receive(ask(po, p, 1)), once=once())


def test_the_same_command_twice_is_done_once(backend, world):
    """R5.11."""
    p, po, sales = world
    same = once()
    first = backend.run(receive(ask(po, p, 6)), once=same)
    before = written(backend)
    again = backend.run(receive(ask(po, p, 6)), once=same)
    assert again.repeated
    assert again.result == first.result
    assert written(backend) == before
    assert reserved(backend, *sales) == [4, 2, 0]
    with pytest.raises(Rejected, match="id_reused"):
        backend.run(receive(ask(po, p, 5)), once=same)


def test_what_was_agreed_is_what_is_done(backend, world):
    """R3.10's rule for receiving: facts that moved are shown, not silently recomputed."""
    p, po, sales = world
    request = ask(po, p, 6)
    shown = backend.read(allocation_preview, request)
    early = a_sale(backend, [Row(p, 5)], placed_at=f.AT - timedelta(days=1))
    before = written(backend)
    with pytest.raises(Conflict) as error:
        backend.run(receive(replace(request, agreed=shown.fingerprint)), once=once())
    assert error.value.code == "receipt_changed"
    assert written(backend) == before
    now = error.value.now
    assert [(x.number, x.units // U) for x in now.turns if x.units] == [
        (early.number, 5), (sales[0].number, 1),
    ]  # fmt: skip
    backend.run(receive(replace(request, agreed=now.fingerprint)), once=once())
    assert reserved(backend, early, *sales) == [5, 1, 0, 0]


def test_the_preview_says_what_the_receipt_does(backend, world):
    """RCV-09, RCV-10."""
    p, po, sales = world
    q = a_product(backend, "Q")
    zoe = a_customer(backend, "Zoë Żak")
    a_sale(backend, [Row(q, 1)], customer=zoe)
    two = a_purchase_order(backend, a_supplier(backend, "Kestrel"), {p: 10, q: 4})
    rows = (ReceiptRow(two.rows[p], 6 * U), ReceiptRow(two.rows[q], 3 * U), ReceiptRow(two.rows[q], U, f.MAIN_QUARANTINE))
    shown = backend.read(allocation_preview, ReceiptRequest(two.id, rows))
    assert (shown.number, shown.supplier, shown.warehouse) == (two.number, "Kestrel", "Main warehouse")
    assert (shown.units, shown.allocated, shown.sales_served, shown.left_on_order) == (10 * U, 7 * U, 3, 4 * U)
    assert [(x.sku, x.units, x.short, x.allocated, x.free, x.quarantined) for x in shown.rows] == [
        ("P", 6 * U, 4 * U, 6 * U, 0, 0), ("Q", 4 * U, 0, U, 2 * U, U),
    ]  # fmt: skip
    assert [(x.number, x.sku, x.units // U, x.needed // U) for x in shown.turns] == [
        (sales[0].number, "P", 4, 4), (sales[1].number, "P", 2, 4), (sales[2].number + 1, "Q", 1, 1),
        (sales[2].number, "P", 0, 3),
    ]  # fmt: skip
    assert shown.turns[2].customer == "Zoë Żak"
    assert (shown.more_waiting, shown.more_passed, shown.passed_over) == (0, 0, ())
    off = backend.read(allocation_preview, ReceiptRequest(two.id, rows, allocate=False))
    assert (off.turns, off.passed_over, off.allocated) == ((), (), 0)
    assert [(x.free, x.quarantined) for x in off.rows] == [(6 * U, 0), (3 * U, U)]


def test_damaged_units_are_received_not_allocated(backend, world):
    """RCV-07, R1.1: quarantined is not on hand."""
    p, po, sales = world
    rows = (ReceiptRow(po.rows[p], 3 * U), ReceiptRow(po.rows[p], 2 * U, f.MAIN_QUARANTINE, "wet"))
    result = backend.run(receive(ReceiptRequest(po.id, rows)), once=once()).result
    assert (result["units"], result["allocated"], result["left_on_order"]) == (5 * U, 3 * U, 5 * U)
    assert level(backend, p) == (5, 3, 2)
    assert reserved(backend, *sales) == [3, 0, 0]
    moved = backend.read(
        lambda db: [
            (m.location_id, m.quantity // U, m.reason)
            for m in db.execute(select(t.movement).order_by(t.movement.c.id))
        ]
    )
    assert moved == [(f.MAIN_BIN, 3, ""), (f.MAIN_QUARANTINE, 2, "wet")]


def test_a_location_may_be_required(backend, world):
    """RCV-08."""
    p, po, _sales = world
    setting(backend, settings.LOCATION_REQUIRED, True)
    assert refused(backend, ask(po, p, 1), "location_missing").items == (po.rows[p],)
    row = ReceiptRow(po.rows[p], U, f.MAIN_BIN)
    backend.run(receive(ReceiptRequest(po.id, (row,))), once=once())


def test_the_rest_may_be_closed(backend, backend_as, world):
    """What will not come is no longer on order; who was promised it is told."""
    p, po, sales = world
    request = replace(ask(po, p, 6), close_rest=True, close_reason="sold out")
    refused(backend_as("clerk"), request, "not_allowed", NotAllowed)
    result = backend_as("buyer").run(receive(request), once=once()).result
    assert (result["closed"], result["left_on_order"]) == (True, 0)
    head = order(backend, po)
    assert (head.state, head.to_come, head.received) == ("closed", 0, Axis.PART)
    assert live(backend, po, p) == [0, 0, 0]
    assert [kind for kind, _ in notes(backend, "PO", po.id)] == ["goods_received", "closed_short"]
    assert notes(backend, "PO", po.id)[1][1] == {"units": 4 * U, "reason": "sold out"}
    ref = {"id": po.id, "number": po.number}
    lost = lambda n: ("purchase_cancelled", {"po": ref, "items": [{"sku": "P", "units": n * U}]})
    assert [kind for kind, _ in notes(backend, "SO", sales[0].id)] == ["goods_allocated"]
    assert notes(backend, "SO", sales[1].id)[1] == lost(2)
    assert notes(backend, "SO", sales[2].id) == [lost(2)]
    all_in = a_purchase_order(backend, a_supplier(backend), {p: 1})
    done = backend.run(receive(replace(ask(all_in, p, 1), close_rest=True)), once=once()).result
    assert (done["closed"], order(backend, all_in).state) == (False, "sent")


def test_the_label_follows_the_settings(backend, world):
    """Section 9: status when part received and when fully received; 0 leaves the label alone."""
    p, po, _sales = world
    setting(backend, settings.STATUS_PART, 0)
    backend.run(receive(ask(po, p, 1)), once=once())
    assert order(backend, po).status_id == f.PURCHASE_STATUS["Placed with supplier"]
    setting(backend, settings.STATUS_FULL, f.PURCHASE_STATUS["Draft"])
    backend.run(receive(ask(po, p, 9)), once=once())
    assert order(backend, po).status_id == f.PURCHASE_STATUS["Draft"]


def test_pegs_follow_the_goods(backend):
    """R1.7: what a sale got ends its peg on this order first, then on later ones."""
    p = a_product(backend)
    one, two = (a_sale(backend, [Row(p, 4)]) for _ in range(2))
    acme = a_supplier(backend)
    po = a_purchase_order(backend, acme, {p: 6}, pegs={two.rows[0]: {p: 4}})
    later = a_purchase_order(backend, acme, {p: 4}, pegs={one.rows[0]: {p: 4}})
    backend.run(receive(ask(po, p, 6)), once=once())
    assert reserved(backend, one, two) == [4, 2]
    assert live(backend, po, p) == [0]
    assert live(backend, later, p) == [0]


def test_received_stock_of_another_warehouse_serves_its_sales(backend):
    p = a_product(backend)
    here, there = a_sale(backend, [Row(p, 2)]), a_sale(backend, [Row(p, 2)], warehouse=f.SHOP)
    po = a_purchase_order(backend, a_supplier(backend), {p: 4}, warehouse=f.SHOP)
    backend.run(receive(ask(po, p, 4)), once=once())
    assert reserved(backend, here, there) == [0, 2]
    assert level(backend, p, f.SHOP) == (4, 2, 0)
    assert level(backend, p) == (0, 0, 0)


def test_services_and_non_stock_goods_are_received_without_stock(backend):
    """R2.2: they take no part in stock, but their rows are no longer outstanding."""
    glue = a_product(backend, kind="non_stock")
    pen = a_product(backend)
    po = a_purchase_order(backend, a_supplier(backend), {glue: 3, pen: 1})
    rows = (ReceiptRow(po.rows[glue], 15_000), ReceiptRow(po.rows[pen], U))
    done = backend.run(receive(ReceiptRequest(po.id, rows)), once=once())
    assert record(t.purchase_row, backend, po.rows[glue]).received == 15_000
    assert level(backend, glue) == (0, 0, 0)
    backend.undo(done.journal_id, once=once())
    assert record(t.purchase_row, backend, po.rows[glue]).received == 0


def test_stock_that_lay_there_is_not_shared_out(backend, world):
    """R5.5 shares what was received; what is on hand is for *allocate stock*."""
    p, po, sales = world
    stock(backend, {p: 5})
    backend.run(receive(ask(po, p, 6)), once=once())
    assert reserved(backend, *sales) == [4, 2, 0]
    assert level(backend, p) == (11, 6, 0)


def test_movements_cost_what_was_paid_in_base_currency(backend):
    p = a_product(backend)
    euro = a_supplier(backend, currency="EUR")
    with backend.store.writes.begin() as db:
        db.execute(t.currency.update().where(t.currency.c.code == "EUR").values(rate=85_000_000))
    po = a_purchase_order(backend, euro, {p: 1}, cost="2.50")
    backend.run(receive(ask(po, p, 1)), once=once())
    assert backend.read(lambda db: db.execute(select(t.movement.c.cost)).scalar_one()) == 21_250


def test_several_orders_as_one_delivery(backend, world):
    """One goods-in note each, one transaction, oldest first over all that came."""
    p, po, sales = world
    other = a_purchase_order(backend, a_supplier(backend), {p: 3})
    result = backend.run(receive_all([ask(po, p, 6), ask(other, p, 3)]), once=once()).result
    first, second = result["receipts"]
    assert (first["goods_in"]["number"], second["goods_in"]["number"]) == (1, 2)
    assert reserved(backend, *sales) == [4, 4, 1]
    assert [x["units"] // U for x in first["sales"]] == [4, 2]
    assert [(x["number"], x["units"] // U) for x in second["sales"]] == [
        (sales[1].number, 2), (sales[2].number, 1),
    ]  # fmt: skip
    assert [kind for kind, _ in notes(backend, "SO", sales[1].id)] == ["goods_allocated"] * 2
    shop = a_purchase_order(backend, a_supplier(backend), {p: 3}, warehouse=f.SHOP)
    for requests in ([ask(po, p, 1), ask(shop, p, 1)], [ask(po, p, 1), ask(po, p, 1)],
                     [ask(po, p, 1), ask(other, p, 1, allocate=False)]):  # fmt: skip
        with pytest.raises(Rejected, match="deliveries_differ"):
            backend.run(receive_all(requests), once=once())


def test_everything_outstanding_at_its_usual_place(backend, world):
    p, po, _sales = world
    with backend.store.writes.begin() as db:
        shelf = db.execute(
            t.location.insert().values(warehouse_id=f.MAIN, code="A-1").returning(t.location.c.id)
        ).scalar_one()
    assert backend.read(outstanding_request, po.id).rows == (ReceiptRow(po.rows[p], 10 * U, None),)
    rows = (ReceiptRow(po.rows[p], 3 * U, shelf), ReceiptRow(po.rows[p], U, f.MAIN_QUARANTINE))
    backend.run(receive(ReceiptRequest(po.id, rows)), once=once())
    assert backend.read(outstanding_request, po.id).rows == (ReceiptRow(po.rows[p], 6 * U, shelf),)


def test_long_queues_are_cut_but_served_in_order(backend):
    """A row is read only while there may be something left for it; the preview counts the rest."""
    p = a_product(backend)
    sales = [a_sale(backend, [Row(p, 2)]) for _ in range(260)]
    po = a_purchase_order(backend, a_supplier(backend), {p: 9})
    shown = backend.read(allocation_preview, ask(po, p, 9))
    assert [x.number for x in shown.turns if x.units] == [x.number for x in sales[:5]]
    assert len(shown.turns) == 205
    assert shown.more_waiting == 55
    backend.run(receive(ask(po, p, 9)), once=once())
    assert reserved(backend, *sales[:6]) == [2, 2, 2, 2, 1, 0]
