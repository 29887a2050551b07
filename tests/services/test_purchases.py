"""A purchase order's own acts (R2.6, R5.1, R5.3, POD-01, POD-02)."""

from datetime import date

import pytest
from sqlalchemy import func, select, update

from desktop_app.services import settings
from desktop_app.services.errors import NotAllowed, Rejected
from desktop_app.services.purchases import (
    cancel_purchase_order,
    change_expected,
    close_short,
    raise_row,
    send_purchase_order,
    set_purchase_status,
)
from desktop_app.services.rules.money import units
from desktop_app.services.store import tables as t
from tests.helpers import foundation as f
from tests.helpers.builders import Row, a_product, a_purchase_order, a_sale, a_supplier, once


def do(backend, call):
    return backend.run(call, once=once())


def order_of(backend, made):
    return backend.read(
        lambda db: db.execute(select(t.purchase_order).where(t.purchase_order.c.id == made.id)).one()
    )


def rows_of(backend, table, *where):
    return backend.read(lambda db: db.execute(select(table).where(*where).order_by(table.c.id)).all())


def notes_of(backend):
    return [
        (n.document, n.document_id, n.kind, n.params, n.struck_by is not None)
        for n in rows_of(backend, t.note)
    ]


def refused(backend, call, code, **params):
    before = [len(rows_of(backend, x)) for x in (t.note, t.journal)], rows_of(backend, t.purchase_order)
    with pytest.raises(Rejected) as error:
        do(backend, call)
    assert error.value.code == code
    assert {key: error.value.params.get(key) for key in params} == params
    assert ([len(rows_of(backend, x)) for x in (t.note, t.journal)], rows_of(backend, t.purchase_order)) == before


@pytest.fixture
def pen(backend):
    return a_product(backend, "PEN")


@pytest.fixture
def acme(backend, pen):
    return a_supplier(backend, "Acme", costs={pen: "1.20"})


@pytest.fixture
def sales(backend, pen):
    return [a_sale(backend, [Row(pen, 4)]) for _ in range(2)]


@pytest.fixture
def made(backend, pen, acme, sales):
    """Ten pens: four for each sale, two free."""
    return a_purchase_order(
        backend, acme, {pen: 10}, cost="1.20", state="draft", expected_on=date(2026, 6, 1),
        pegs={sale.rows[0]: {pen: 4} for sale in sales},
    )  # fmt: skip


def received(backend, made, pen, number):
    """As an import's opening figure."""
    with backend.store.writes.begin() as db:
        db.execute(
            update(t.purchase_row).values(received=units(number), opening_received=units(number))
        )
        db.execute(
            update(t.purchase_order).values(
                received=1, to_come=units(10 - number), version=t.purchase_order.c.version + 1
            )
        )


def test_send_and_take_it_back(backend, made):
    """R2.6: draft, sent; the label as the settings say."""
    done = do(backend, send_purchase_order(made.id))
    assert done.result == {"id": made.id, "number": made.number}
    order = order_of(backend, made)
    assert (order.state, order.status_id) == ("sent", f.PURCHASE_STATUS["Placed with supplier"])
    assert order.sent_at is not None
    assert notes_of(backend) == [("PO", made.id, "sent", {}, False)]
    refused(backend, send_purchase_order(made.id), "not_a_draft", state="sent")
    backend.undo(done.journal_id, once=once())
    order = order_of(backend, made)
    assert (order.state, order.status_id, order.sent_at) == ("draft", f.PURCHASE_STATUS["Draft"], None)
    assert notes_of(backend) == [("PO", made.id, "sent", {}, True)]


def test_send_leaves_the_label_when_the_setting_says_so(backend, made):
    do(backend, settings.save_settings([settings.SettingChange(settings.STATUS_SENT, 0)]))
    do(backend, send_purchase_order(made.id))
    assert order_of(backend, made).status_id == f.PURCHASE_STATUS["Draft"]


def test_sending_is_not_undone_once_something_came(backend, made, pen):
    done = do(backend, send_purchase_order(made.id))
    received(backend, made, pen, 1)
    with pytest.raises(Rejected, match="sent_and_received"):
        backend.undo(done.journal_id, once=once())


def test_cancel_ends_pegs_and_tells_the_sales(backend, made, sales):
    """R1.7, R2.6."""
    done = do(backend, cancel_purchase_order(made.id))
    assert done.result == {"id": made.id, "number": made.number, "units": units(10), "sales": 2}
    order = order_of(backend, made)
    assert (order.state, order.to_come) == ("cancelled", 0)
    assert [p.live for p in rows_of(backend, t.peg)] == [0, 0]
    params = {"po": {"id": made.id, "number": made.number}, "items": [{"sku": "PEN", "units": units(4)}]}
    assert notes_of(backend) == [
        ("SO", sales[0].id, "purchase_cancelled", params, False),
        ("SO", sales[1].id, "purchase_cancelled", params, False),
        ("PO", made.id, "cancelled", {"units": units(10)}, False),
    ]
    refused(backend, cancel_purchase_order(made.id), "not_open", state="cancelled")


def test_undo_of_cancel_revives_what_is_still_needed(backend, made, sales, acme, pen):
    done = do(backend, cancel_purchase_order(made.id))
    a_purchase_order(backend, acme, {pen: 3}, pegs={sales[0].rows[0]: {pen: 3}})
    backend.undo(done.journal_id, once=once())
    order = order_of(backend, made)
    assert (order.state, order.to_come) == ("draft", units(10))
    live = {(p.po_row_id, p.sale_row_id): p.live for p in rows_of(backend, t.peg)}
    row = made.rows[pen]
    assert live[row, sales[1].rows[0]] == units(4)
    assert sum(units for (_po, sale_row), units in live.items() if sale_row == sales[0].rows[0]) == units(4)


def test_cancel_is_refused_once_something_came_and_close_short_is_not(backend, made, pen, sales):
    """R5.1."""
    received(backend, made, pen, 2)
    refused(backend, cancel_purchase_order(made.id), "already_received", number=made.number)
    done = do(backend, close_short(made.id))
    assert done.result["units"] == units(8)
    order = order_of(backend, made)
    assert (order.state, order.to_come, order.received) == ("closed", 0, 1)
    assert notes_of(backend)[-1] == ("PO", made.id, "closed_short", {"units": units(8)}, False)
    refused(backend, send_purchase_order(made.id), "not_a_draft")
    refused(backend, change_expected(made.id, date(2026, 7, 1)), "not_open")
    backend.undo(done.journal_id, once=once())
    order = order_of(backend, made)
    assert (order.state, order.to_come) == ("draft", units(8))
    assert sum(p.live for p in rows_of(backend, t.peg)) == units(8)
    assert len(sales) == 2


def test_raise_a_row_and_take_it_back(backend, made, pen):
    """R5.3: the surplus is free, without a peg."""
    row = made.rows[pen]
    done = do(backend, raise_row(row, units(12)))
    assert done.result == {
        "id": made.id, "row_id": row, "number": made.number, "sku": "PEN", "from": units(10), "to": units(12),
    }  # fmt: skip
    (line,) = rows_of(backend, t.purchase_row)
    assert (line.ordered, line.total) == (units(12), 1440)
    assert (order_of(backend, made).total, order_of(backend, made).to_come) == (1440, units(12))
    assert notes_of(backend) == [
        ("PO", made.id, "row_raised", {"sku": "PEN", "from": units(10), "to": units(12)}, False)
    ]
    backend.undo(done.journal_id, once=once())
    assert order_of(backend, made).to_come == units(10)


def test_lowering_again_is_refused_once_the_units_are_in_use(backend, made, pen):
    done = do(backend, raise_row(made.rows[pen], units(12)))
    with backend.store.writes.begin() as db:
        db.execute(update(t.purchase_row).values(received=units(3), opening_received=units(3)))
        db.execute(update(t.purchase_order).values(received=1, to_come=units(9)))
    with pytest.raises(Rejected) as error:
        backend.undo(done.journal_id, once=once())
    assert (error.value.code, error.value.params["reason"]) == ("row_in_use", "promised")


def test_raise_refusals(backend, made, pen, acme):
    row = made.rows[pen]
    refused(backend, raise_row(999, units(12)), "unknown_row")
    refused(backend, raise_row(row, units(10)), "not_more", ordered=units(10), sku="PEN")
    for wrong in (0, -1, units(12) + 1, 10**18):
        refused(backend, raise_row(row, wrong), "invalid_quantity")
    shut = a_purchase_order(backend, acme, {pen: 1}, state="cancelled")
    refused(backend, raise_row(shut.rows[pen], units(2)), "not_open", state="cancelled")


def test_expected_day_with_notes_on_the_sales_that_wait(backend, made, sales):
    """POD-02."""
    done = do(backend, change_expected(made.id, date(2026, 6, 9), note_on_sales=True))
    assert done.result["sales"] == 2
    assert order_of(backend, made).expected_on == date(2026, 6, 9)
    assert [r.expected_on for r in rows_of(backend, t.purchase_row)] == [date(2026, 6, 9)]
    params = {"po": {"id": made.id, "number": made.number}, "from": "2026-06-01", "to": "2026-06-09"}
    assert notes_of(backend) == [
        ("PO", made.id, "expected_changed", params, False),
        ("SO", sales[0].id, "expected_changed", params, False),
        ("SO", sales[1].id, "expected_changed", params, False),
    ]
    backend.undo(done.journal_id, once=once())
    assert order_of(backend, made).expected_on == date(2026, 6, 1)
    assert [r.expected_on for r in rows_of(backend, t.purchase_row)] == [date(2026, 6, 1)]


def test_the_label_is_not_the_state(backend, made):
    """R2.5, R2.6."""
    wanted = f.PURCHASE_STATUS["Received"]
    done = do(backend, set_purchase_status(made.id, wanted))
    order = order_of(backend, made)
    assert (order.status_id, order.state, order.received) == (wanted, "draft", 0)
    assert notes_of(backend)[0][3] == {"from": "Draft", "to": "Received"}
    assert not do(backend, set_purchase_status(made.id, wanted)).result["changed"]
    refused(backend, set_purchase_status(made.id, f.SALE_STATUS["New"]), "unknown_status")
    refused(backend, set_purchase_status(999, wanted), "unknown_purchase_order")
    backend.undo(done.journal_id, once=once())
    assert order_of(backend, made).status_id == f.PURCHASE_STATUS["Draft"]


@pytest.mark.parametrize("role", ["clerk", "buyer"])
def test_who_may(backend, backend_as, made, pen, role):
    """R11.1: raising a row and purchase orders are a buyer's."""
    calls = [
        raise_row(made.rows[pen], units(11)), set_purchase_status(made.id, f.PURCHASE_STATUS["Received"]),
        change_expected(made.id, date(2026, 7, 1)), send_purchase_order(made.id), cancel_purchase_order(made.id),
    ]  # fmt: skip
    for call in calls:
        if role == "clerk":
            with pytest.raises(NotAllowed):
                do(backend_as(role), call)
        else:
            assert do(backend_as(role), call).result["number"] == made.number


def test_a_repeat_changes_nothing(backend, made, pen):
    call, key = raise_row(made.rows[pen], units(12)), once()
    first = backend.run(call, once=key)
    assert backend.run(call, once=key).result == first.result
    assert backend.read(lambda db: db.execute(select(func.count()).select_from(t.note)).scalar_one()) == 1
