"""Credits: what comes back, where it goes, and no more than was sold (R7.10, R1.1, R1.2, R6.2)."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from desktop_app.services import credit_details as details
from desktop_app.services.billing import record_payment
from desktop_app.services.credit_writing import (
    CreditDraft,
    CreditRow,
    RefundPaid,
    stock_pairs,
    write_credit,
)
from desktop_app.services.crediting import TakeBack, take_back
from desktop_app.services.errors import Rejected
from desktop_app.services.rules import returns
from desktop_app.services.rules.money import UNIT as U
from desktop_app.services.rules.sale_status import Axis
from desktop_app.services.store import tables as t
from desktop_app.views.note_text import note_links, note_sentence
from tests.helpers import foundation as f
from tests.helpers.builders import Row, a_product, a_sale, once, stock
from tests.helpers.races import together
from tests.helpers.receipts import level as whole_level
from tests.helpers.receipts import notes, reserved, written


def do(backend, call):
    return backend.run(call, once=once())


def back(row, number, reason="unwanted", disposition=None):
    return TakeBack(row, number * U, reason, disposition or returns.usual(reason))


def refused(backend, call, code):
    before = written(backend)
    with pytest.raises(Rejected) as error:
        do(backend, call)
    assert error.value.code == code
    assert written(backend) == before
    return error.value


def level(backend, product, warehouse=f.MAIN):
    """In stock and allocated, in units."""
    return whole_level(backend, product, warehouse)[:2]


def quarantined(backend, product, warehouse=f.MAIN):
    at = t.stock_level.c
    query = select(at.quarantined).where(at.product_id == product, at.warehouse_id == warehouse)
    return backend.read(lambda db: db.execute(query).scalar_one()) // U


def returned(backend):
    """(location, units, reason) of every movement of kind return."""
    m = t.movement.c
    query = select(m.location_id, m.quantity, m.reason).where(m.kind == "return").order_by(m.id)
    return backend.read(lambda db: [(p, q // U, r) for p, q, r in db.execute(query)])


def written_by(backend, draft):
    """Write a draft as intake does: in a command of its own, under its locks."""
    from desktop_app.services.access import Permission
    from desktop_app.services.backend import Call

    def body(work):
        work.locks.take_stock(stock_pairs(draft.rows))
        work.locks.take_sales([draft.sale_id] if draft.sale_id else [])
        key, number = write_credit(work, draft)
        return {"id": key, "number": number}

    return do(backend, Call("Test credit", Permission.BILL, body, {"draft": once()})).result


def a_draft(rows, **columns):
    plain = {
        "placed_at": f.AT, "customer_id": f.WALK_IN, "channel_id": f.DIRECT, "warehouse_id": f.SHOP,
        "sale_id": None, "exchange_id": None, "currency": "GBP", "reference": "", "external_id": None,
        "rows": rows,
    }  # fmt: skip
    return CreditDraft(**(plain | columns))


def a_line(product, number=1, goes="restock", sale_row=None, kind="stock", **columns):
    plain = {"warehouse_id": f.SHOP, "price": 5 * U, "tax_rate": 2000, "net": 500, "tax": 100}
    return CreditRow(
        sale_row_id=sale_row, product_id=product, kind=kind, description="Came back",
        quantity=number * U, reason="unwanted", disposition=goes, **(plain | columns),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("reason", "in_stock", "on_hand", "apart", "moved"),
    [
        ("unwanted", 5, 5, 0, [(f.MAIN_BIN, 2, "unwanted")]),
        ("wrong_item", 5, 5, 0, [(f.MAIN_BIN, 2, "wrong_item")]),
        ("faulty", 5, 3, 2, [(f.MAIN_QUARANTINE, 2, "faulty")]),
        ("damaged", 3, 3, 0, []),
        ("not_delivered", 3, 3, 0, []),
    ],
)
def test_the_reason_decides_where_goods_go(backend, reason, in_stock, on_hand, apart, moved):
    """R7.10: restock to on hand, quarantine apart from it, write off and money only: no stock."""
    p = a_product(backend, "PEN")
    stock(backend, {p: 3})
    one = a_sale(backend, [Row(p, 4, fulfilled=4, shipped=4)], paid="24.00")
    done = do(
        backend, take_back(one.id, [back(one.rows[0], 2, reason)], refund=1200, method="card")
    )
    assert done.can_undo is False
    assert level(backend, p)[0] == in_stock
    assert (quarantined(backend, p), in_stock - quarantined(backend, p)) == (apart, on_hand)
    assert returned(backend) == moved
    assert done.result["units"][returns.usual(reason)] == 2 * U
    found = backend.read(details.credit_detail, done.result["credit_id"])
    assert (found.net, found.tax, found.total, found.refunded) == (1000, 200, 1200, 1200)
    assert (found.payment, found.sale_number) == (Axis.ALL, one.number)
    assert [(r.sku, r.quantity, r.reason) for r in found.rows] == [("PEN", 2 * U, reason)]
    assert [(r.amount, r.method) for r in found.refunds] == [(1200, "card")]


def test_goods_come_back_to_where_the_product_lies(backend):
    """The default location, else where its goods are."""
    p, q = a_product(backend), a_product(backend)
    with backend.store.writes.begin() as db:
        far = db.execute(
            t.location.insert().values(warehouse_id=f.MAIN, code="B-04").returning(t.location.c.id)
        ).scalar_one()
        db.execute(update(t.location).where(t.location.c.id == far).values(is_default=0))
    stock(backend, {p: 2})
    with backend.store.writes.begin() as db:
        # The ledger cannot be edited: q came to the far place instead.
        key = db.execute(select(t.movement.c.journal_id).limit(1)).scalar_one()
        db.execute(t.stock_level.insert().values(warehouse_id=f.MAIN, product_id=q, in_stock=U))
        db.execute(
            t.movement.insert().values(
                journal_id=key, kind="opening", warehouse_id=f.MAIN, location_id=far, product_id=q,
                quantity=U, at=f.AT,
            )
        )  # fmt: skip
    rows = [Row(x, 1, fulfilled=1, shipped=1) for x in (p, q)]
    one = a_sale(backend, rows)
    do(backend, take_back(one.id, [back(row, 1) for row in one.rows]))
    assert returned(backend) == [(f.MAIN_BIN, 1, "unwanted"), (far, 1, "unwanted")]


def test_nothing_allocates_by_itself(backend):
    """What comes back is free, though another sale waits for it."""
    p = a_product(backend)
    one = a_sale(backend, [Row(p, 2, fulfilled=2, shipped=2)])
    other = a_sale(backend, [Row(p, 5)])
    do(backend, take_back(one.id, [back(one.rows[0], 2)]))
    assert level(backend, p) == (2, 0)
    assert reserved(backend, other) == [0]
    sold = backend.read(lambda db: db.execute(select(t.sale).where(t.sale.c.id == one.id)).one())
    assert (sold.shipping, sold.payment) == (Axis.ALL, Axis.NONE)


def test_the_shop_may_be_another_than_the_row_s(backend):
    p = a_product(backend)
    one = a_sale(backend, [Row(p, 1, fulfilled=1, shipped=1)])
    do(backend, take_back(one.id, [back(one.rows[0], 1)], warehouse_id=f.SHOP))
    assert (level(backend, p), level(backend, p, f.SHOP)) == ((0, 0), (1, 0))
    refused(
        backend, take_back(one.id, [back(one.rows[0], 1)], warehouse_id=99), "unknown_warehouse"
    )


def test_no_more_than_was_sold(backend):
    """R7.10: less what came back before, and rows of one command together."""
    p, q = a_product(backend, "PEN"), a_product(backend, "INK")
    one = a_sale(backend, [Row(p, 5, fulfilled=5, shipped=5), Row(q, 1, fulfilled=1, shipped=1)])
    do(backend, take_back(one.id, [back(one.rows[0], 3, "damaged")]))
    rows = [back(one.rows[0], 2), back(one.rows[0], 1), back(one.rows[1], 1)]
    error = refused(backend, take_back(one.id, rows), "credit_exceeds_sold")
    assert error.items == (
        {
            "sale_row_id": one.rows[0],
            "sku": "PEN",
            "sold": 5 * U,
            "credited": 3 * U,
            "asked": 3 * U,
        },
    )
    do(backend, take_back(one.id, rows[:1]))
    refused(backend, take_back(one.id, [back(one.rows[0], 1)]), "credit_exceeds_sold")
    assert level(backend, p) == (2, 0)


def test_two_desks_at_once_take_back_what_was_sold_once(two_workstations):
    """R7.10 under the sale's lock: one of them is refused, and nothing is doubled."""
    first, second = two_workstations
    p = a_product(first)
    one = a_sale(first, [Row(p, 5, fulfilled=5, shipped=5)])
    answers = together(
        [
            lambda desk=desk: do(desk, take_back(one.id, [back(one.rows[0], 3)]))
            for desk in (first, second)
        ]
    )
    errors = [a for a in answers if isinstance(a, Exception)]
    assert [getattr(e, "code", e) for e in errors] == ["credit_exceeds_sold"]
    assert errors[0].items[0]["credited"] == 3 * U
    assert level(first, p) == (3, 0)


def test_money_is_shared_to_the_last_penny(backend):
    """R1.5: 3 for 10.00 comes back as 3.33, 3.34 and 3.33, tax with it; together the whole."""
    p = a_product(backend)
    one = a_sale(backend, [Row(p, 3, fulfilled=3, shipped=3, price="3.3333")])
    parts = [
        do(backend, take_back(one.id, [back(one.rows[0], 1)])).result["total"] for _ in range(3)
    ]
    assert parts == [333 + 67, 334 + 66, 333 + 67]
    whole = backend.read(lambda db: db.execute(select(t.sale.c.total)).scalar_one())
    assert sum(parts) == whole == 1200


def test_what_never_left_asks(backend):
    """Goods that are not shipped by the books would enter stock out of nothing."""
    p = a_product(backend, "PEN")
    one = a_sale(backend, [Row(p, 3, fulfilled=1, shipped=1, method="now")])
    rows = [back(one.rows[0], 2)]
    error = refused(backend, take_back(one.id, rows), "confirm:goods_not_shipped")
    assert error.items == ({"sku": "PEN", "shipped": U, "returned": 0, "asked": 2 * U},)
    do(backend, take_back(one.id, [back(one.rows[0], 1, "not_delivered")]))
    do(backend, take_back(one.id, rows, confirmed=["confirm:goods_not_shipped"]))
    assert level(backend, p) == (2, 0)


def test_refunds_are_bounded(backend):
    p = a_product(backend)
    one = a_sale(backend, [Row(p, 4, fulfilled=4, shipped=4)], paid="10.00")
    rows = [back(one.rows[0], 2)]
    over = refused(
        backend, take_back(one.id, rows, refund=1201, method="cash"), "refund_exceeds_credit"
    )
    assert over.params == {"total": 1200, "currency": "GBP", "digits": 2}
    asks = refused(
        backend, take_back(one.id, rows, refund=1200, method="cash"), "confirm:refund_above_paid"
    )
    assert (asks.params["left"], asks.params["amount"]) == (1000, 1200)
    refused(backend, take_back(one.id, rows, refund=-1, method="cash"), "refund_amount")
    refused(backend, take_back(one.id, rows, refund=10**18, method="cash"), "refund_amount")
    refused(backend, take_back(one.id, rows, refund=5, method="  "), "payment_method")
    part = do(backend, take_back(one.id, rows, refund=900, method="cash")).result
    assert backend.read(details.credit_detail, part["credit_id"]).payment is Axis.PART
    refused(
        backend, take_back(one.id, rows, refund=101, method="cash"), "confirm:refund_above_paid"
    )
    last = take_back(
        one.id, rows, refund=101, method="cash", confirmed=["confirm:refund_above_paid"]
    )
    assert do(backend, last).result["refunded"] == 101


def test_what_makes_no_sense_is_refused(backend):
    p, s = a_product(backend), a_product(backend, kind="service")
    one = a_sale(backend, [Row(p, 2, fulfilled=2, shipped=2), Row(s, 1, kind="service")])
    row, service = one.rows
    gone = a_sale(backend, [Row(p, 1)], status="Cancelled")
    quote = a_sale(backend, [Row(p, 1)], status="Quote")
    for call, code in (
        (take_back(one.id, []), "credit_empty"),
        (take_back(one.id, [back(gone.rows[0], 1)]), "credit_row_not_sold"),
        (take_back(one.id, [back(row, 0)]), "credit_quantity"),
        (take_back(one.id, [back(row, -1)]), "credit_quantity"),
        (take_back(one.id, [TakeBack(row, U // 2, "unwanted", "restock")]), "credit_quantity"),
        (take_back(one.id, [back(row, 10**15)]), "credit_quantity"),
        (take_back(one.id, [back(row, 1, "a whim", "restock")]), "credit_reason"),
        (take_back(one.id, [back(row, 1, "unwanted", "burn")]), "credit_reason"),
        (take_back(one.id, [back(service, 1, "unwanted", "restock")]), "credit_reason"),
        (take_back(gone.id, [back(gone.rows[0], 1)]), "credit_of_cancelled"),
        (take_back(quote.id, [back(quote.rows[0], 1)]), "credit_of_quote"),
        (take_back(987_654, [back(row, 1)]), "unknown_sales"),
        (take_back(one.id, [back(row, 1)], reference="x" * 201), "credit_reference_too_long"),
    ):
        refused(backend, call, code)
    do(backend, take_back(one.id, [back(service, 1, "unwanted", "none")]))
    assert level(backend, p) == (0, 0)


def test_notes_on_the_sale_and_on_the_credit(backend):
    """R11.2: both say it, in words and with links."""
    p = a_product(backend, "PEN")
    one = a_sale(backend, [Row(p, 3, fulfilled=3, shipped=3)])
    rows = [back(one.rows[0], 2), back(one.rows[0], 1, "faulty")]
    made = do(backend, take_back(one.id, rows)).result
    number = made["number"]
    ((kind, params),) = notes(backend, "SO", one.id)
    assert note_sentence(kind, params) == (
        f"Credit {number} of £18.00: 2 × PEN back to on hand, 1 × PEN to quarantine"
    )
    assert note_links(params) == [("credit", made["credit_id"], f"Credit {number}")]
    ((kind, params),) = notes(backend, "SC", made["credit_id"])
    assert note_sentence(kind, params) == (
        f"Taken back of #{one.number}, £18.00: 2 × PEN back to on hand, 1 × PEN to quarantine"
    )
    assert note_links(params) == [("sale", one.id, f"#{one.number}")]


def test_an_exchange_is_a_pair(backend):
    """R7.1: credit and sale of one transaction lead to each other."""
    p, q = a_product(backend), a_product(backend)
    old = a_sale(backend, [Row(p, 1, fulfilled=1, shipped=1)])
    new = a_sale(backend, [Row(q, 1)])
    paid = [RefundPaid(600, "exchange", f.AT, "till-1/9")]
    draft = a_draft(
        [a_line(p, sale_row=old.rows[0])], sale_id=old.id, exchange_id=new.id, refunds=paid,
        external_id="SHOP-1/9",
    )  # fmt: skip
    made = written_by(backend, draft)
    assert level(backend, p, f.SHOP) == (1, 0)
    (of_old,) = backend.read(details.credits_of_sale, old.id)
    (of_new,) = backend.read(details.credits_of_sale, new.id)
    assert (of_old.is_exchange, of_old.other_id, of_old.other_number) == (False, new.id, new.number)
    assert (of_new.is_exchange, of_new.other_id, of_new.other_number) == (True, old.id, old.number)
    found = backend.read(details.credit_detail, made["id"])
    assert (found.sale_id, found.exchange_id, found.external_id) == (old.id, new.id, "SHOP-1/9")
    assert [note_sentence(*one) for one in notes(backend, "SO", new.id)] == [
        f"In exchange for what credit {made['number']} took back"
    ]
    ((kind, params),) = notes(backend, "SC", made["id"])
    assert note_sentence(kind, params).endswith(f"back to on hand; exchanged for #{new.number}")


def test_a_credit_whose_sale_is_not_known(backend):
    """Only where the caller says so: no sale, nothing that limits it."""
    p = a_product(backend)
    made = written_by(
        backend, a_draft([a_line(p, 7), a_line(None, kind="text", goes="none", net=100, tax=0)])
    )
    found = backend.read(details.credit_detail, made["id"])
    assert (found.sale_id, found.total, level(backend, p, f.SHOP)) == (None, 700, (7, 0))


def test_write_credit_refuses_what_is_not_of_the_sale(backend):
    p, q = a_product(backend, "PEN"), a_product(backend, "INK")
    one = a_sale(backend, [Row(p, 1, fulfilled=1, shipped=1)])
    other = a_sale(backend, [Row(q, 1, fulfilled=1, shipped=1)])
    for row, code in (
        (a_line(p), "credit_row_not_sold"),
        (a_line(q, sale_row=other.rows[0]), "credit_row_not_sold"),
        (a_line(q, sale_row=one.rows[0]), "credit_row_not_sold"),
        (a_line(p, sale_row=987_654), "credit_row_not_sold"),
        (a_line(p, 2, sale_row=one.rows[0]), "credit_exceeds_sold"),
        (a_line(p, sale_row=one.rows[0], net=-700), "credit_below_zero"),
    ):
        before = written(backend)
        with pytest.raises(Rejected) as error:
            written_by(backend, a_draft([row], sale_id=one.id))
        assert error.value.code == code
        assert written(backend) == before
    delivery = a_line(None, kind="text", goes="none", net=395, tax=79)
    assert written_by(backend, a_draft([delivery], sale_id=one.id))["number"]


def test_a_quarantine_is_made_where_there_is_none(backend):
    p = a_product(backend)
    with backend.store.writes.begin() as db:
        made = t.warehouse.insert().values(code="NEW", name="New").returning(t.warehouse.c.id)
        place = db.execute(made).scalar_one()
        db.execute(t.location.insert().values(warehouse_id=place, code="A", is_default=1))
    written_by(
        backend, a_draft([a_line(p, goes="quarantine", warehouse_id=place)], warehouse_id=place)
    )
    assert (level(backend, p, place), quarantined(backend, p, place)) == ((1, 0), 1)


def test_what_may_still_be_taken_back(backend):
    p, s = a_product(backend, "PEN"), a_product(backend, "FIT", kind="service")
    rows = [Row(p, 5, fulfilled=4, shipped=4), Row(s, 1, kind="service")]
    one = a_sale(backend, rows, paid="12.00")
    do(backend, take_back(one.id, [back(one.rows[0], 1)], refund=600, method="card"))
    do(backend, take_back(one.id, [back(one.rows[0], 1, "not_delivered")]))
    found = backend.read(details.returnable, one.id)
    assert (found.number, found.paid, found.refunded, found.warehouse_id) == (
        one.number,
        1200,
        600,
        f.MAIN,
    )
    assert [(r.sku, r.ordered, r.shipped, r.credited, r.returned, r.left) for r in found.rows] == [
        ("PEN", 5 * U, 4 * U, 2 * U, U, 3 * U),
        ("FIT", U, 0, 0, 0, U),
    ]
    assert backend.read(details.returnable, 987_654) is None
    assert backend.read(details.credit_detail, 987_654) is None


def test_the_list_of_credits(backend):
    p = a_product(backend)
    sales = [a_sale(backend, [Row(p, 2, fulfilled=2, shipped=2)], paid="12.00") for _ in range(3)]
    made = [
        do(backend, take_back(one.id, [back(one.rows[0], 1)], refund=paid, method="card", reference=words)).result
        for one, paid, words in zip(sales, (600, 100, 0), ("first", "second", "THIRD one"), strict=True)
    ]  # fmt: skip
    ids = [one["credit_id"] for one in made]
    exchange = written_by(
        backend, a_draft([a_line(p)], exchange_id=sales[0].id, placed_at=f.AT - timedelta(days=400))
    )["id"]
    everything = details.CreditsFilter()

    def found(**where):
        lines = backend.read(details.CREDITS.page, details.CreditsFilter(**where), None, 0)
        assert backend.read(details.CREDITS.count, details.CreditsFilter(**where)) == len(lines)
        return [line.id for line in lines]

    assert found() == [*reversed(ids), exchange]
    assert found(view=details.CreditsView.TO_PAY_OUT) == [ids[2], ids[1], exchange]
    assert found(view=details.CreditsView.EXCHANGES) == [exchange]
    assert found(text="third") == [ids[2]]
    assert found(text=f"#{sales[1].number}") == [ids[1]]
    assert found(text=f"#{made[0]['number']}") == [ids[0], exchange]
    assert found(text="nobody") == []
    assert found(placed_days=30) == list(reversed(ids))
    counts = backend.read(details.view_counts)
    assert [counts[view] for view in details.CreditsView] == [4, 3, 1]
    line = backend.read(details.CREDITS.by_id, [ids[1]])[0]
    assert (line.sale_number, line.total, line.refunded, line.payment, line.units) == (
        sales[1].number, 600, 100, Axis.PART, U,
    )  # fmt: skip
    for sort in details.CREDITS.sorts:
        page = backend.read(details.CREDITS.page, everything, (sort, False), 0)
        assert sorted(one.id for one in page) == sorted([*ids, exchange])


def test_statements_do_not_grow_with_the_rows(backend, statements_sent):
    """performance 2: one statement per kind of row."""
    counts = []
    for size in (1, 50):
        products = [a_product(backend) for _ in range(size)]
        one = a_sale(backend, [Row(p, 1, fulfilled=1, shipped=1) for p in products])
        rows = [back(row, 1, "faulty" if n % 2 else "unwanted") for n, row in enumerate(one.rows)]
        rows = rows if size > 1 else [back(one.rows[0], 1, "faulty")]
        with statements_sent.counting() as sent:
            do(backend, take_back(one.id, rows))
        counts.append(sent.count)
    assert counts[0] == counts[1] <= 40


def test_a_payment_after_a_credit_stays_the_sale_s_own(backend):
    """The payment axis is about the sale: refunds are the credit's (I32, I41)."""
    p = a_product(backend)
    one = a_sale(backend, [Row(p, 1, fulfilled=1, shipped=1)])
    do(backend, take_back(one.id, [back(one.rows[0], 1)]))
    do(backend, record_payment(one.id, 600, "card"))
    sold = backend.read(lambda db: db.execute(select(t.sale).where(t.sale.c.id == one.id)).one())
    assert (sold.paid, sold.payment) == (600, Axis.ALL)
    query = select(func.count()).select_from(t.refund)
    assert backend.read(lambda db: db.execute(query).scalar_one()) == 0
