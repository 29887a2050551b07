"""What becomes of shop messages: repeats, refunds, exchanges, what waits and why (R7.1 to R7.10)."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select, update

from desktop_app.services.pos_intake import INTAKE_NAME, apply_pending
from desktop_app.services.pos_messages import retry
from desktop_app.services.rules.money import UNIT
from desktop_app.services.rules.sale_status import Axis
from desktop_app.services.store import tables as t
from tests.helpers import foundation as f
from tests.helpers.builders import a_customer, a_product, once, stock
from tests.helpers.tills import (
    a_shop,
    apply_all,
    back,
    counts,
    credited,
    fate,
    fates,
    level,
    line,
    notes_of,
    refund,
    refund_part,
    ring_up,
    rows_of,
    sale,
    send,
    sold,
)


@pytest.fixture
def apple(backend):
    """A shop with nine apples."""
    a_shop(backend)
    made = a_product(backend, "APPLE", barcodes={"5012345678900": 6})
    stock(backend, {made: 9}, f.SHOP)
    return made


# --- sales --------------------------------------------------------------------------------------


def test_a_sale_says_who_rang_it_up(backend, apple):
    """R7.1: the till's time, receipt number and cashier; written by the intake."""
    at = (datetime.now(UTC) - timedelta(hours=3)).replace(microsecond=0)
    ring_up(backend, sale("T1", [("APPLE", 2)], at=at.isoformat(), note="gift wrapped"))
    made = sold(backend, "T1")
    assert made.placed_at == at
    assert (made.net, made.tax, made.total, made.paid) == (1000, 200, 1200, 1200)
    assert made.external_id == "STORE:T1"
    assert "r-t1" in made.search
    notes = notes_of(backend, "SO", made.id)
    assert [kind for kind, _ in notes] == ["shop_sale", "text", "invoiced"]
    told = notes[0][1]
    assert (told["till"], told["cashier"], told["receipt"], told["time"]) == (
        "Till 2",
        "Ann",
        "R-T1",
        "till",
    )
    o = t.pos_order.c
    order = backend.read(
        lambda db: db.execute(select(t.pos_order).where(o.sale_id == made.id)).one()
    )
    assert (order.till, order.cashier, order.receipt, order.time) == (
        "Till 2",
        "Ann",
        "R-T1",
        "till",
    )
    by = select(t.person.c.name).join(t.note, t.note.c.person_id == t.person.c.id)
    assert set(backend.read(lambda db: db.execute(by).scalars().all())) == {INTAKE_NAME}


@pytest.mark.parametrize("away", [timedelta(hours=1), timedelta(days=-8), timedelta(days=-6000)])
def test_an_absurd_time_of_the_till_does_not_order_sales(backend, apple, away):
    """In the future or over a week back: arrival's time counts, with a flag (reliability 3.12)."""
    told = datetime.now(UTC) + away
    ring_up(backend, sale("T1", [("APPLE", 1)], at=told.isoformat()))
    made = sold(backend, "T1")
    assert abs(made.placed_at - datetime.now(UTC)) < timedelta(minutes=5)
    note = notes_of(backend, "SO", made.id)[0][1]
    assert note["time"] == "arrival"
    assert datetime.fromisoformat(note["rung_at"]) == told


def test_what_is_short_is_told(backend, apple):
    """R7.5, R7.6: the sale is taken; what is there is reserved; the note names what lacks."""
    ring_up(backend, sale("T1", [("APPLE", 12)]))
    made = sold(backend, "T1")
    row = rows_of(backend, made.id)[0]
    assert (row.reserved, row.fulfilled, row.shipped) == (9 * UNIT, 0, 0)
    assert level(backend, apple) == (9, 0, 0)
    assert ("shop_short", {"items": [{"sku": "APPLE", "units": 3 * UNIT}]}) in notes_of(
        backend, "SO", made.id
    )


def test_ship_later_waits_on_a_note_in_its_warehouse(backend, apple):
    """R7.3: allocated and on a note there, not shipped; the row taken now left on another note."""
    stock(backend, {apple: 4}, f.MAIN)
    ring_up(backend, sale("T1", [("APPLE", 1), ("APPLE", 2, "ship_later")]))
    made = sold(backend, "T1")
    n = t.goods_out.c
    notes = backend.read(
        lambda db: db.execute(
            select(t.goods_out).where(n.sale_id == made.id).order_by(n.warehouse_id)
        ).all()
    )
    assert [(one.warehouse_id, one.shipped_at is not None) for one in notes] == [
        (f.MAIN, False),
        (f.SHOP, True),
    ]
    assert level(backend, apple) == (8, 8, 0)
    assert level(backend, apple, f.MAIN) == (4, 2, 0)


def test_taken_now_and_shipped_later_from_one_warehouse(backend, apple):
    rows = [line(1, "APPLE", 1), line(2, "APPLE", 2, "ship_later", ship_from="SHOP")]
    ring_up(backend, sale("T1", rows))
    made = sold(backend, "T1")
    assert [row.shipped for row in rows_of(backend, made.id)] == [UNIT, 0]
    assert level(backend, apple) == (8, 6, 0)


def test_goods_leave_from_the_shelves_they_lie_on(backend, apple):
    """A shop with a second shelf: the ledger by place stays right."""
    with backend.store.writes.begin() as db:
        db.execute(
            insert(t.location).values(warehouse_id=f.SHOP, code="S2", kind="stock", is_default=0)
        )
    ring_up(backend, sale("T1", [("APPLE", 5)]))
    m = t.movement.c
    moved = backend.read(
        lambda db: db.execute(select(m.location_id, m.quantity).where(m.kind == "shipment")).all()
    )
    assert [tuple(row) for row in moved] == [(f.SHOP_BIN, -5 * UNIT)]


def test_a_bundle_is_sold_as_its_components(backend, apple):
    """R2.2, R3.8: the parent moves nothing; each component is a row under it."""
    berry = a_product(backend, "BERRY")
    stock(backend, {berry: 1}, f.SHOP)
    box = a_product(backend, "BOX", kind="bundle")
    with backend.store.writes.begin() as db:
        for part, units in ((apple, 2), (berry, 1)):
            db.execute(
                insert(t.bundle_part).values(bundle_id=box, product_id=part, quantity=units * UNIT)
            )
    ring_up(backend, sale("T1", [("BOX", 2)]))
    rows = rows_of(backend, sold(backend, "T1").id)
    assert [(row.kind, row.ordered // UNIT, row.reserved // UNIT, row.net) for row in rows] == [
        ("bundle", 2, 0, 1000), ("stock", 4, 4, 0), ("stock", 2, 1, 0),
    ]  # fmt: skip
    assert [row.bundle_row_id for row in rows] == [None, rows[0].id, rows[0].id]


def test_goods_are_found_by_barcode_too(backend, apple):
    """The till counts units: a pack's barcode does not multiply them."""
    given = line(1, "APPLE", 2)
    del given["sku"]
    ring_up(backend, sale("T1", [given | {"barcode": "5012345678900"}]))
    assert [(row.product_id, row.ordered) for row in rows_of(backend, sold(backend, "T1").id)] == [
        (apple, 2 * UNIT)
    ]


def test_prices_with_tax_come_to_what_was_paid(backend, apple):
    """R1.5: 9.99 with 20 % tax is 8.33 and 1.66."""
    given = line(1, "APPLE", 1, price="9.99")
    ring_up(backend, sale("T1", [given], total="9.99", prices_include_tax=True))
    made = sold(backend, "T1")
    assert (made.net, made.tax, made.total, made.payment) == (833, 166, 999, Axis.ALL)
    assert made.row_count == 1


@pytest.mark.parametrize(
    ("who", "found"),
    [
        ({"id": "c-1", "name": "Renamed"}, "Known by id"),
        ({"id": "new", "email": "MAIL@example.com"}, "Known by mail"),
        ({"id": "new", "name": "Nora New", "email": "nora@example.com", "phone": "1"}, "Nora New"),
        (None, "Walk-in customer"),
    ],
)
def test_who_bought(backend, apple, who, found):
    a_customer(backend, "Known by id", external_id="STORE:c-1")
    a_customer(backend, "Known by mail", email="mail@Example.com")
    more = {} if who is None else {"customer": who}
    ring_up(backend, sale("T1", [("APPLE", 1)], **more), sale("T2", [("APPLE", 1)], **more))
    names = select(t.customer.c.name).join(t.sale, t.sale.c.customer_id == t.customer.c.id)
    assert backend.read(lambda db: db.execute(names).scalars().all()) == [found, found]
    assert counts(backend)["customer"] == 3 + (found == "Nora New")


def test_the_status_is_the_one_of_the_settings(backend, apple):
    """R9: a status for new orders, another for back-ordered ones."""
    ring_up(backend, sale("T1", [("APPLE", 1)]), sale("T2", [("APPLE", 1, "back_order")]))
    assert sold(backend, "T1").status_id == f.SALE_STATUS["New"]
    assert sold(backend, "T2").status_id == f.SALE_STATUS["Back order"]


# --- the same again -----------------------------------------------------------------------------


def test_the_same_message_again_changes_nothing(backend, apple):
    """R7.1: a till that got no answer sends it again, before and after it was applied."""
    given = sale("T1", [("APPLE", 2)])
    assert send(backend, given, given)["messages"][1][1] == "repeated"
    apply_all(backend)
    before = counts(backend)
    answer = send(backend, given)
    assert (answer["taken"], answer["repeated"], answer["differs"]) == (0, 1, 0)
    assert apply_all(backend).messages == 0
    assert counts(backend) == before
    assert fates(backend) == [("applied", "")]


def test_the_same_message_id_with_other_content_is_for_a_person(backend, apple):
    """R7.1."""
    ring_up(backend, sale("T1", [("APPLE", 2)]))
    before = counts(backend)
    answer = send(backend, sale("T1", [("APPLE", 3)]))
    assert answer["differs"] == 1
    assert apply_all(backend).messages == 0
    assert fates(backend) == [("applied", ""), ("differs", "message_differs")]
    assert counts(backend) == before


def test_the_same_order_with_other_content_is_for_a_person(backend, apple):
    """R7.1: an order is unique by channel, transaction id and type, whatever the message's id."""
    ring_up(backend, sale("T1", [("APPLE", 2)]))
    before = counts(backend)
    ring_up(backend, sale("T1", [("APPLE", 3)], message="other"))
    assert fate(backend, "other")[:2] == ("differs", "transaction_differs")
    assert counts(backend) == before


def test_two_shops_may_count_alike(backend, apple):
    a_shop(backend, "SECOND")
    given = sale("T1", [("APPLE", 2)])
    del given["payment"]["payments"][0]["id"]
    given["payment"]["payments"][0]["id"] = "1"
    send(backend, given)
    send(backend, given, code="SECOND")
    assert dict(apply_all(backend).states) == {"applied": 2}
    assert counts(backend)["sale"] == 2


# --- refunds and exchanges ----------------------------------------------------------------------


def test_a_refund_puts_goods_back_where_its_reason_says(backend, apple):
    """R7.10: restock, quarantine, write off; linked to its sale."""
    ring_up(backend, sale("T1", [("APPLE", 1), ("APPLE", 2), ("APPLE", 3)]))
    assert level(backend, apple) == (3, 3, 0)
    rows = [back(1, "L1"), back(2, "L2", 2, "quarantine"), back(3, "L3", 1, "write_off")]
    ring_up(backend, refund("T9", "T1", rows))
    made = credited(backend, "T9")
    assert made.sale_id == sold(backend, "T1").id
    assert (made.net, made.tax, made.total, made.refunded) == (2000, 400, 2400, 2400)
    assert made.payment == Axis.ALL
    assert level(backend, apple) == (6, 4, 2)
    kinds = [kind for kind, _ in notes_of(backend, "SC", made.id)]
    assert kinds == ["credit_made", "shop_refund"]


def test_a_refund_before_its_sale_waits_for_it(backend, apple):
    """R7.1: woken by the sale, in whatever order the messages came."""
    done = ring_up(backend, refund("T9", "T1", [back(1, "L1")]))
    assert dict(done.states) == {"waiting": 1}
    assert fate(backend, "T9-m") == ("waiting", "refund_before_sale", {"transaction": "T1"})
    ring_up(backend, sale("T0", [("APPLE", 1)]))
    assert fate(backend, "T9-m")[0] == "waiting"
    done = ring_up(backend, sale("T1", [("APPLE", 2)]))
    assert dict(done.states) == {"applied": 2}
    assert fate(backend, "T9-m") == ("applied", "", None)
    assert credited(backend, "T9").sale_id == sold(backend, "T1").id
    assert level(backend, apple) == (7, 7, 0)


def test_a_woken_refund_that_cannot_be_is_parked_and_the_sale_stays(backend, apple):
    ring_up(backend, refund("T9", "T1", [back(1, "L1", 3)]), sale("T1", [("APPLE", 2)]))
    assert fates(backend) == [("parked", "credit_exceeds_sold"), ("applied", "")]


def test_more_than_was_sold_is_parked_naming_the_row(backend, apple):
    """R7.10, counting what came back before; nothing else is touched."""
    ring_up(backend, sale("T1", [("APPLE", 2)]), refund("T8", "T1", [back(1, "L1")]))
    before, shelf = counts(backend), level(backend, apple)
    ring_up(backend, refund("T9", "T1", [back(1, "L1", 2)]))
    state, reason, params = fate(backend, "T9-m")
    assert (state, reason) == ("parked", "credit_exceeds_sold")
    (item,) = params["items"]
    assert (item["sku"], item["sold"], item["credited"], item["asked"]) == (
        "APPLE",
        2 * UNIT,
        UNIT,
        2 * UNIT,
    )
    assert (counts(backend), level(backend, apple)) == (before, shelf)


def test_a_row_that_was_not_sold_is_parked(backend, apple):
    ring_up(backend, sale("T1", [("APPLE", 2)]), refund("T9", "T1", [back(1, "L7")]))
    assert fate(backend, "T9-m") == ("parked", "shop_refund_row_unknown", {"row": 1, "name": "L7"})


def test_a_refund_by_product_takes_from_the_rows_that_have_units_left(backend, apple):
    ring_up(backend, sale("T1", [("APPLE", 1), ("APPLE", 2)]))
    rows = [back(1, "", 1, sku="APPLE")]
    ring_up(backend, refund("T8", "T1", rows), refund("T9", "T1", [back(1, "", 2, sku="APPLE")]))
    c = t.credit_row.c
    found = backend.read(
        lambda db: db.execute(select(c.sale_row_id, c.quantity, c.net, c.tax).order_by(c.id)).all()
    )
    first, second = rows_of(backend, sold(backend, "T1").id)
    assert [tuple(row) for row in found] == [
        (first.id, UNIT, 500, 100), (second.id, 2 * UNIT, 1000, 200),
    ]  # fmt: skip
    ring_up(backend, refund("T10", "T1", [back(1, "", 1, sku="APPLE")]))
    assert fate(backend, "T10-m")[1] == "credit_exceeds_sold"


def test_a_refund_without_a_receipt_is_of_no_sale(backend, apple):
    ring_up(backend, refund("T9", None, [back(1, "", 2, sku="APPLE")]))
    made = credited(backend, "T9")
    assert (made.sale_id, made.total) == (None, 1200)
    assert level(backend, apple) == (11, 11, 0)


def test_what_never_left_cannot_come_back(backend, apple):
    """R7.10: units still to be shipped are refunded as money; a note says so."""
    stock(backend, {apple: 5}, f.MAIN)
    ring_up(
        backend, sale("T1", [("APPLE", 2, "ship_later")]), refund("T9", "T1", [back(1, "L1", 2)])
    )
    made = sold(backend, "T1")
    assert credited(backend, "T9").total == 1200
    assert level(backend, apple) == (9, 9, 0)
    assert ("shop_refund_unshipped", {"items": [{"sku": "APPLE", "units": 2 * UNIT}]}) in notes_of(
        backend, "SO", made.id
    )


def test_a_bundle_comes_back_as_its_components(backend, apple):
    box = a_product(backend, "BOX", kind="bundle")
    with backend.store.writes.begin() as db:
        db.execute(insert(t.bundle_part).values(bundle_id=box, product_id=apple, quantity=2 * UNIT))
    ring_up(backend, sale("T1", [("BOX", 2)]))
    assert level(backend, apple) == (5, 5, 0)
    ring_up(backend, refund("T9", "T1", [back(1, "L1")]))
    assert credited(backend, "T9").total == 600
    assert level(backend, apple) == (7, 7, 0)


def test_an_exchange_is_a_sale_and_a_credit_that_know_each_other(backend, apple):
    """R7.1: what came back pays for what was taken instead; the till took the rest."""
    berry = a_product(backend, "BERRY")
    stock(backend, {berry: 3}, f.SHOP)
    ring_up(backend, sale("T1", [("APPLE", 1)]))
    given = sale("T2", [("BERRY", 2)], paid="6.00")
    given |= {"kind": "exchange", "refund": refund_part("T2", "T1", [back(1, "L1")], paid="0")}
    ring_up(backend, given)
    assert fate(backend, "T2-m") == ("applied", "", None)
    new, taken = sold(backend, "T2"), credited(backend, "T2")
    assert (taken.sale_id, taken.exchange_id) == (sold(backend, "T1").id, new.id)
    assert (new.total, new.paid, new.payment) == (1200, 1200, Axis.ALL)
    assert (taken.total, taken.refunded, taken.payment) == (600, 600, Axis.ALL)
    assert (level(backend, apple), level(backend, berry)) == ((9, 9, 0), (1, 1, 0))
    again = ring_up(backend, given | {"message_id": "again"})
    assert dict(again.states) == {"repeated": 1}


# --- what waits, and blocks nothing -------------------------------------------------------------


def _changed(**more):
    return lambda given: given | more


def _row(**more):
    return lambda given: given | {"lines": [given["lines"][0] | more]}


BAD = {
    "unknown product": (_row(sku="NOBODY"), "parked", "shop_products_unknown"),
    "unknown warehouse": (
        _row(fulfil="ship_later", ship_from="MOON"),
        "parked",
        "shop_warehouse_unknown",
    ),
    "unknown currency": (_changed(currency="XXX"), "parked", "shop_currency_unknown"),
    "unknown method": (_row(fulfil="teleport"), "parked", None),
    "negative quantity": (_row(quantity="-1"), "parked", None),
    "absurd quantity": (_row(quantity="99999999"), "parked", "shop_quantity_absurd"),
    "half a unit": (_row(quantity="0.5"), "parked", None),
    "negative price": (_row(price="-5.00"), "parked", None),
    "absurd price": (_row(price="99999999999.00"), "parked", None),
    "another total": (_changed(total="1.00"), "parked", None),
    "no rows": (_changed(lines=[]), "parked", None),
    "a list": (lambda _: [1, 2], "parked", None),
    "half filled": (lambda _: {"format": "backroom/1", "message_id": "half"}, "parked", None),
    "duplicate keys": (lambda _: b'{"format": "backroom/1", "format": "x"}', "parked", None),
    "too deep": (lambda _: b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "parked", None),
    "no number": (lambda _: b'{"format": "backroom/1", "total": NaN}', "parked", None),
    "huge number": (lambda _: b'{"format": "backroom/1", "total": 1e400}', "parked", None),
    "no JSON": (lambda _: b"<html>", "refused", None),
    "cut short": (lambda _: b'{"format": "backroom/1", "lin', "parked", None),
    "nothing": (lambda _: b"", "refused", None),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_kept_with_its_reason_and_touches_nothing_else(backend, apple, name):
    """Parked or refused, nothing written, and what comes behind it is applied."""
    change, state, reason = BAD[name]
    before, shelf = counts(backend), level(backend, apple)
    send(backend, change(sale("BAD", [("APPLE", 1)])))
    apply_all(backend)
    ((found, why),) = fates(backend)
    assert found == state
    assert reason is None or why == reason
    assert why
    assert why != "intake_failed"
    assert (counts(backend), level(backend, apple)) == (before, shelf)
    ring_up(backend, sale("T1", [("APPLE", 1)]))
    assert fate(backend, "T1-m")[0] == "applied"
    assert level(backend, apple) == (8, 8, 0)


def test_an_unknown_channel_waits_for_a_person(backend, apple):
    send(backend, sale("T1", [("APPLE", 1)]), code="NOWHERE")
    apply_all(backend)
    assert fate(backend, "T1-m") == ("parked", "unknown_channel", {"given": "NOWHERE"})


def test_what_was_parked_is_applied_once_it_is_put_right(backend, apple):
    ring_up(backend, sale("T1", [("PEAR", 1)]))
    state, reason, params = fate(backend, "T1-m")
    assert (state, reason, params) == (
        "parked",
        "shop_products_unknown",
        {"items": ["PEAR (PEAR of the till)"]},
    )
    pear = a_product(backend, "PEAR")
    stock(backend, {pear: 1}, f.SHOP)
    found = backend.read(lambda db: db.execute(select(t.pos_message.c.id)).scalars().all())
    backend.run(retry(found), once=once())
    assert dict(apply_all(backend).states) == {"applied": 1}
    m = t.pos_message.c
    row = backend.read(lambda db: db.execute(select(m.attempts, m.reason, m.params)).one())
    assert tuple(row) == (2, "", None)
    assert level(backend, pear) == (0, 0, 0)


def test_a_payment_that_was_counted_is_not_counted_again(backend, apple):
    first, second = sale("T1", [("APPLE", 1)]), sale("T2", [("APPLE", 1)])
    second["payment"]["payments"][0]["id"] = first["payment"]["payments"][0]["id"]
    ring_up(backend, first, second)
    assert fates(backend) == [("applied", ""), ("parked", "shop_payment_twice")]
    assert fate(backend, "T2-m")[2] == {"items": ["T1-p"]}


def test_a_fault_of_ours_parks_one_message_and_the_rest_goes_on(backend, apple, monkeypatch):
    from desktop_app.services import pos_intake

    real = pos_intake.write_sale

    def faulty(work, made):
        done = real(work, made)
        if made.transaction.transaction_id == "T1":
            raise ZeroDivisionError
        return done

    monkeypatch.setattr(pos_intake, "write_sale", faulty)
    monkeypatch.setattr(pos_intake._log, "disabled", True)
    ring_up(backend, sale("T1", [("APPLE", 1)]), sale("T2", [("APPLE", 1)]))
    assert fate(backend, "T1-m") == ("parked", "intake_failed", {"what": "ZeroDivisionError"})
    assert fate(backend, "T2-m")[0] == "applied"
    assert counts(backend)["sale"] == 1
    assert level(backend, apple) == (8, 8, 0)


def test_only_so_many_and_stop(backend, apple):
    send(backend, *(sale(f"T{n}", [("APPLE", 1)]) for n in range(4)))
    assert apply_pending(backend, 1).messages == 1
    assert apply_pending(backend, stop=lambda: True).messages == 0
    assert apply_pending(backend).messages == 3


def test_one_workstation_applies_at_a_time(two_workstations):
    """On a server the second is told that another is at it; nothing is doubled."""
    first, second = two_workstations
    a_shop(first)
    apple = a_product(first, "APPLE")
    stock(first, {apple: 9}, f.SHOP)
    send(first, *(sale(f"T{n}", [("APPLE", 1)]) for n in range(3)))
    seen = []

    def look():
        seen.append(apply_pending(second, 1))
        return False

    done = apply_pending(first, stop=look)
    together = done.messages + sum(one.messages for one in seen)
    if first.store.is_postgres:
        assert all(one.busy for one in seen)
    assert counts(first)["sale"] == 3
    assert together >= 3
    assert level(first, apple) == (6, 6, 0)


def test_statements_of_a_sale_do_not_grow_with_its_rows(backend, apple, statements_sent):
    """One till's receipt of 30 rows sends what one of 2 rows sends."""
    goods = [a_product(backend, f"G{n}") for n in range(30)]
    stock(backend, dict.fromkeys(goods, 5), f.SHOP)
    ring_up(backend, sale("T0", [("APPLE", 1)]))
    numbers = []
    for name, many in (("T1", 2), ("T2", 30)):
        send(backend, sale(name, [(f"G{n}", 1) for n in range(many)]))
        with statements_sent.counting() as few:
            assert apply_all(backend).messages == 1
        numbers.append(few.count)
    assert numbers[0] == numbers[1]
    assert numbers[0] <= 50


def test_a_channel_that_loses_its_warehouse_parks(backend, apple):
    with backend.store.writes.begin() as db:
        db.execute(update(t.channel).where(t.channel.c.code == "STORE").values(warehouse_id=None))
    ring_up(backend, sale("T1", [("APPLE", 1)]))
    assert fate(backend, "T1-m")[:2] == ("parked", "shop_without_warehouse")
