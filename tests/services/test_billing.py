"""Invoices and payments by a person (R2.1, R6.4, R7.2)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from desktop_app.services.billing import AMOUNT_MAX, invoice, record_payment, shown_reference
from desktop_app.services.errors import Rejected
from desktop_app.services.rules.sale_status import Axis
from desktop_app.services.sale_details import sale_detail
from desktop_app.services.sales import cancel
from desktop_app.services.store import tables as t
from desktop_app.views.note_text import note_sentence
from tests.helpers.builders import Row, a_product, a_sale, once
from tests.helpers.many import many_products, many_sales
from tests.helpers.races import together
from tests.helpers.receipts import notes, sale, struck, written


def do(backend, call):
    return backend.run(call, once=once())


def refused(backend, call, code):
    before = written(backend)
    with pytest.raises(Rejected) as error:
        do(backend, call)
    assert error.value.code == code
    assert written(backend) == before
    return error.value


def payments(backend, one):
    p = t.payment.c
    query = select(p.amount, p.method, p.external_id).where(p.sale_id == one.id).order_by(p.id)
    return backend.read(lambda db: [tuple(row) for row in db.execute(query)])


def invoices(backend):
    query = select(t.invoice.c.number, t.invoice.c.sale_id, t.invoice.c.dated)
    return backend.read(
        lambda db: [tuple(row) for row in db.execute(query.order_by(t.invoice.c.number))]
    )


def test_each_sale_has_its_result_oldest_first(backend):
    """R6.4: a zero total is invoiced, a quote and a cancelled sale are not; nothing twice."""
    p = a_product(backend)
    late, early = (
        a_sale(backend, [Row(p, 1)]),
        a_sale(backend, [Row(p, 1)], placed_at=datetime(2020, 1, 1, tzinfo=UTC)),
    )
    quote = a_sale(backend, [Row(p, 1)], status="Quote")
    gone = a_sale(backend, [Row(p, 1)], status="Cancelled")
    gift = a_sale(backend, [Row(p, 1, price="0")])
    day = date(2026, 5, 2)
    first = do(backend, invoice([late.id], day)).result["sales"][0]["invoice"]
    done = do(backend, invoice([gift.id, gone.id, quote.id, late.id, early.id], day))
    assert done.result["invoiced"] == 2
    assert [(x["id"], x["outcome"], x["invoice"]) for x in done.result["sales"]] == [
        (early.id, "invoiced", first + 1),
        (late.id, "already", first),
        (quote.id, "quote", None),
        (gone.id, "cancelled", None),
        (gift.id, "invoiced", first + 2),
    ]
    assert [(key, when) for _, key, when in invoices(backend)] == [
        (late.id, day),
        (early.id, day),
        (gift.id, day),
    ]
    assert (sale(backend, early).invoiced, sale(backend, quote).invoiced) == (1, 0)
    assert [note_sentence(*one) for one in notes(backend, "SO", late.id)] == [
        f"Invoice {first} of 2 May"
    ]


def test_an_invoice_is_one_way(backend):
    """R2.1, R2.7: no undo, no second number, no cancelling afterwards."""
    one = a_sale(backend, [Row(a_product(backend), 1)])
    call_id = once()
    done = backend.run(invoice([one.id]), once=call_id)
    assert done.can_undo is False
    again = backend.run(invoice([one.id]), once=call_id)
    assert (again.repeated, again.result) == (True, done.result)
    assert do(backend, invoice([one.id])).result["sales"][0]["outcome"] == "already"
    assert len(invoices(backend)) == 1
    with pytest.raises(Rejected) as error:
        backend.undo(done.journal_id, once=once())
    assert error.value.code == "cannot_undo"
    refused(backend, cancel([one.id]), "cannot_cancel")


def test_an_invoice_is_not_dated_ahead(backend):
    one = a_sale(backend, [Row(a_product(backend), 1)])
    tomorrow = datetime.now().astimezone().date() + timedelta(days=1)
    assert refused(backend, invoice([one.id], tomorrow), "invoice_day").params == {
        "day": tomorrow.isoformat()
    }
    refused(backend, invoice([]), "no_sales_chosen")
    refused(backend, invoice([987_654]), "unknown_sales")
    today = do(backend, invoice([one.id])).result["dated"]
    assert today == (tomorrow - timedelta(days=1)).isoformat()


def test_two_desks_invoice_one_sale_once(two_workstations):
    first, second = two_workstations
    one = a_sale(first, [Row(a_product(first), 1)])
    answers = together([lambda desk=desk: do(desk, invoice([one.id])) for desk in (first, second)])
    assert sorted(a.result["sales"][0]["outcome"] for a in answers) == ["already", "invoiced"]
    assert len({a.result["sales"][0]["invoice"] for a in answers}) == 1


def test_statements_for_1_50_and_1000_sales(backend, statements_sent):
    product = many_products(backend, 1)
    counts = []
    for size in (1, 50, 1_000):
        sales = many_sales(backend, size, product).sales
        with statements_sent.counting() as sent:
            assert do(backend, invoice(sales)).result["invoiced"] == size
        counts.append(sent.count)
    assert len(set(counts)) == 1
    assert counts[0] <= 20


def test_payments_move_the_axis(backend):
    """R7.2: unpaid, part paid, paid; 6.00 in two parts."""
    one = a_sale(backend, [Row(a_product(backend), 1)])
    assert sale(backend, one).payment == Axis.NONE
    done = do(backend, record_payment(one.id, 250, "card", "BACS 12"))
    assert (done.can_undo, done.result["paid"], done.result["total"]) == (True, 250, 600)
    assert (sale(backend, one).paid, sale(backend, one).payment) == (250, Axis.PART)
    do(backend, record_payment(one.id, 350, "cash"))
    assert (sale(backend, one).paid, sale(backend, one).payment) == (600, Axis.ALL)
    name = f"#{one.number} BACS 12"
    assert payments(backend, one) == [(250, "card", name), (350, "cash", None)]
    assert shown_reference(name, one.number) == "BACS 12"
    assert shown_reference("till-7/33", one.number) == "till-7/33"
    assert shown_reference(None, one.number) == ""
    assert [note_sentence(*note) for note in notes(backend, "SO", one.id)] == [
        "Paid £2.50 by card, BACS 12", "Paid £3.50 by cash",
    ]  # fmt: skip


def test_undo_is_a_counter_entry(backend):
    """R1.2 for money: nothing is taken out, a negative payment stands beside it; I32 holds."""
    one = a_sale(backend, [Row(a_product(backend), 1)])
    done = do(backend, record_payment(one.id, 600, "card", "BACS 12"))
    undone = backend.undo(done.journal_id, once=once())
    assert undone.result == {"number": one.number, "amount": -600, "paid": 0}
    assert (sale(backend, one).paid, sale(backend, one).payment) == (0, Axis.NONE)
    name = f"#{one.number} BACS 12"
    assert payments(backend, one) == [(600, "card", name), (-600, "card", None)]
    assert struck(backend, "SO", one.id) == [True, False]
    with pytest.raises(Rejected) as error:
        backend.undo(done.journal_id, once=once())
    assert error.value.code == "already_undone"
    linked = backend.read(
        lambda db: db.execute(
            select(t.journal.c.undoes)
            .join(t.payment, t.payment.c.journal_id == t.journal.c.id)
            .where(t.payment.c.amount == -600)
        ).scalar_one()
    )
    assert linked == done.journal_id
    again = do(backend, record_payment(one.id, 600, "card", "BACS 12"))
    assert payments(backend, one)[2] == (600, "card", f"#{one.number}/2 BACS 12")
    assert shown_reference(f"#{one.number}/2 BACS 12", one.number) == "BACS 12"
    refused(
        backend,
        record_payment(one.id, 1, "card", "BACS 12", confirmed=["confirm:overpaid"]),
        "payment_known",
    )
    backend.undo(again.journal_id, once=once())


def test_too_much_asks(backend):
    one = a_sale(backend, [Row(a_product(backend), 1)], paid="2.00")
    error = refused(backend, record_payment(one.id, 401, "card"), "confirm:overpaid")
    assert error.params == {
        "number": one.number,
        "due": 400,
        "amount": 401,
        "currency": "GBP",
        "digits": 2,
    }
    do(backend, record_payment(one.id, 401, "card", confirmed=["confirm:overpaid"]))
    assert (sale(backend, one).paid, sale(backend, one).payment) == (601, Axis.ALL)


def test_absurd_payments_are_refused(backend):
    p = a_product(backend)
    one, gone = a_sale(backend, [Row(p, 1)]), a_sale(backend, [Row(p, 1)], status="Cancelled")
    later = datetime.now(UTC) + timedelta(days=2)
    for call, code in (
        (record_payment(one.id, 0, "card"), "payment_amount"),
        (record_payment(one.id, -5, "card"), "payment_amount"),
        (record_payment(one.id, AMOUNT_MAX + 1, "card"), "payment_amount"),
        (record_payment(one.id, 10**30, "card"), "payment_amount"),
        (record_payment(one.id, 5, " "), "payment_method"),
        (record_payment(one.id, 5, "x" * 41), "payment_method"),
        (record_payment(one.id, 5, "card", "x" * 101), "payment_reference_long"),
        (record_payment(one.id, 5, "card", paid_at=later), "payment_in_future"),
        (record_payment(gone.id, 5, "card"), "payment_of_cancelled"),
        (record_payment(987_654, 5, "card"), "unknown_sales"),
    ):
        refused(backend, call, code)


def test_one_reference_for_two_sales_and_two_desks_at_once(two_workstations):
    """A transfer may pay two sales; the same payment of one sale is recorded once."""
    first, second = two_workstations
    p = a_product(first)
    one, two = a_sale(first, [Row(p, 1)]), a_sale(first, [Row(p, 1)])
    do(first, record_payment(two.id, 100, "bank", "BACS 12"))
    answers = together(
        [
            lambda desk=desk: do(desk, record_payment(one.id, 100, "bank", "BACS 12"))
            for desk in (first, second)
        ]
    )
    codes = [a.code for a in answers if isinstance(a, Rejected)]
    assert codes == ["payment_known"]
    assert sale(first, one).paid == 100


def test_the_sale_shows_its_payments(backend):
    one = a_sale(backend, [Row(a_product(backend), 1)])
    do(backend, record_payment(one.id, 600, "card"))
    found = backend.read(sale_detail, one.id)
    assert [(p.amount, p.method) for p in found.payments] == [(600, "card")]
    assert found.payment is Axis.ALL
