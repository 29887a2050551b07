"""Status, cancel, allocate, release and notes of sales (R2.5, R2.7, R5.7, R6.4)."""

from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, update

from desktop_app.services import settings
from desktop_app.services.errors import Rejected
from desktop_app.services.rules.money import UNIT as U
from desktop_app.services.rules.sale_status import Axis
from desktop_app.services.sales import allocate, cancel, release, set_status, write_note
from desktop_app.services.settings import SettingChange, save_settings
from desktop_app.services.store import tables as t
from tests.helpers import foundation as f
from tests.helpers.builders import Row, a_product, a_purchase_order, a_sale, a_supplier, once, stock
from tests.helpers.receipts import level, live, notes, record, reserved, sale, struck, written

NEW, HOLD, ORDER = (f.SALE_STATUS[name] for name in ("New", "On hold", "On order"))


def do(backend, call):
    return backend.run(call, once=once())


def test_set_status_with_note_and_undo(backend):
    """R2.5: a label, with what it flags."""
    p = a_product(backend)
    one, two = a_sale(backend, [Row(p, 1)]), a_sale(backend, [Row(p, 1)], status="On hold")
    done = do(backend, set_status([one.id, two.id], HOLD))
    assert done.result == {"changed": 1, "unchanged": 1}
    assert (sale(backend, one).status_id, sale(backend, one).waits) == (HOLD, 0)
    assert notes(backend, "SO", one.id) == [("status_changed", {"from": "New", "to": "On hold"})]
    assert notes(backend, "SO", two.id) == []
    undone = backend.undo(done.journal_id, once=once())
    assert undone.result == {"changed": 1, "moved_on": 0}
    assert (sale(backend, one).status_id, sale(backend, one).waits) == (NEW, 1)
    assert struck(backend, "SO", one.id) == [True, False]


def test_undo_leaves_those_that_moved_on(backend):
    p = a_product(backend)
    one, two = a_sale(backend, [Row(p, 1)]), a_sale(backend, [Row(p, 1)])
    done = do(backend, set_status([one.id, two.id], HOLD))
    do(backend, set_status([two.id], ORDER))
    assert backend.undo(done.journal_id, once=once()).result == {"changed": 1, "moved_on": 1}
    assert [sale(backend, x).status_id for x in (one, two)] == [NEW, ORDER]


def test_wrong_statuses_and_sales_are_refused(backend):
    one = a_sale(backend, [Row(a_product(backend), 1)])
    gone = a_sale(backend, [Row(a_product(backend), 1)], status="Cancelled")
    before = written(backend)
    for call, code in (
        (set_status([one.id], f.SALE_STATUS["Cancelled"]), "status_cancels"),
        (set_status([gone.id], NEW), "status_cancels"),
        (set_status([one.id], f.PURCHASE_STATUS["Draft"]), "unknown_status"),
        (set_status([one.id, 987_654], NEW), "unknown_sales"),
        (set_status([], NEW), "no_sales_chosen"),
        (allocate([987_654]), "unknown_sales"),
        (release([987_654]), "unknown_sales"),
        (cancel([987_654]), "unknown_sales"),
        (cancel([one.id], NEW), "unknown_status"),
    ):
        with pytest.raises(Rejected, match=code):
            do(backend, call)
    assert written(backend) == before


def test_cancelling_lets_everything_go(backend):
    """R2.7: reservations, unshipped notes, pegs; a note on every purchase order concerned."""
    p, q = a_product(backend, "P"), a_product(backend, "Q")
    stock(backend, {p: 5})
    one = a_sale(backend, [Row(p, 4, reserved=1, fulfilled=2), Row(q, 3)])
    other = a_sale(backend, [Row(q, 2)])
    acme = a_supplier(backend)
    po = a_purchase_order(
        backend,
        acme,
        {p: 1, q: 5},
        pegs={one.rows[0]: {p: 1}, one.rows[1]: {q: 3}, other.rows[0]: {q: 2}},
    )
    result = do(backend, cancel([one.id])).result
    assert result == {
        "cancelled": 1, "released": 3 * U, "purchases": [{"id": po.id, "number": po.number, "units": 4 * U}],
    }  # fmt: skip
    head = sale(backend, one)
    assert (head.status_id, head.waits, head.allocation, head.fulfilment) == (
        f.SALE_STATUS["Cancelled"], 0, Axis.NONE, Axis.NONE,
    )  # fmt: skip
    assert level(backend, p) == (5, 0, 0)
    assert live(backend, po, p) == [0]
    assert live(backend, po, q) == [0, 2]
    assert (
        backend.read(
            lambda db: db.execute(select(func.count()).select_from(t.goods_out)).scalar_one()
        )
        == 0
    )
    assert notes(backend, "SO", one.id) == [("status_changed", {"from": "New", "to": "Cancelled"})]
    assert notes(backend, "PO", po.id) == [
        ("sale_cancelled", {"sale": {"id": one.id, "number": one.number}, "units": 4 * U}),
    ]  # fmt: skip
    assert notes(backend, "SO", other.id) == []


def test_cancelling_removes_drop_ship_notes(backend):
    p = a_product(backend)
    one = a_sale(backend, [Row(p, 3, fulfilled=2, drop_fulfilled=2)])
    po = a_purchase_order(backend, a_supplier(backend), {p: 2}, drop_ship=1, sale_id=one.id)
    with backend.store.writes.begin() as db:
        db.execute(update(t.goods_out).values(po_id=po.id))
    assert do(backend, cancel([one.id])).result["purchases"] == [
        {"id": po.id, "number": po.number, "units": 2 * U}
    ]
    assert record(t.sale_row, backend, one.rows[0]).drop_fulfilled == 0
    assert [kind for kind, _ in notes(backend, "PO", po.id)] == ["drop_sale_cancelled"]


def test_what_cannot_be_cancelled_is_named_and_nothing_is(backend):
    """R2.7: shipped, invoiced, cancelled already: all or none."""
    p = a_product(backend)
    free = a_sale(backend, [Row(p, 1)])
    shipped = a_sale(backend, [Row(p, 2, fulfilled=1, shipped=1)])
    invoiced = a_sale(backend, [Row(p, 1)])
    gone = a_sale(backend, [Row(p, 1)], status="Cancelled")
    with backend.store.writes.begin() as db:
        journal = db.execute(select(t.journal.c.id).limit(1)).scalar_one()
        db.execute(
            insert(t.invoice).values(
                number=1, sale_id=invoiced.id, dated=f.AT.date(), journal_id=journal
            )
        )
        db.execute(update(t.sale).where(t.sale.c.id == invoiced.id).values(invoiced=1))
    before = written(backend)
    with pytest.raises(Rejected) as error:
        do(backend, cancel([free.id, shipped.id, invoiced.id, gone.id]))
    assert error.value.code == "cannot_cancel"
    assert [(x["number"], x["reason"]) for x in error.value.items] == [
        (shipped.number, "shipped"), (invoiced.number, "invoiced"), (gone.number, "cancelled"),
    ]  # fmt: skip
    assert written(backend) == before
    assert sale(backend, free).status_id == NEW


def test_the_status_of_cancelled_sales_is_a_setting(backend):
    with backend.store.writes.begin() as db:
        void = db.execute(
            t.order_status.insert().values(
                document="SO", name="Void", colour="#000000", position=9, is_cancelled=1
            ).returning(t.order_status.c.id)
        ).scalar_one()  # fmt: skip
    do(backend, save_settings([SettingChange(settings.STATUS_CANCELLED, void)]))
    one, two = (a_sale(backend, [Row(a_product(backend), 1)]) for _ in range(2))
    do(backend, cancel([one.id]))
    do(backend, cancel([two.id], f.SALE_STATUS["Cancelled"]))
    assert [sale(backend, x).status_id for x in (one, two)] == [void, f.SALE_STATUS["Cancelled"]]


def test_allocate_what_is_on_hand_oldest_first(backend):
    """R5.7, R6.4: each sale's outcome is told."""
    p, q = a_product(backend, "P"), a_product(backend, "Q")
    stock(backend, {p: 6})
    stock(backend, {p: 1}, f.SHOP)
    young = a_sale(backend, [Row(p, 3)])
    old = a_sale(backend, [Row(p, 4)], placed_at=f.AT - timedelta(days=3))
    none = a_sale(backend, [Row(q, 1)])
    held = a_sale(backend, [Row(p, 1)], status="On hold")
    quote = a_sale(backend, [Row(p, 1)], status="Quote")
    full = a_sale(backend, [Row(p, 1, kind="non_stock")])
    shop = a_sale(backend, [Row(p, 1)], warehouse=f.SHOP)
    whole = a_sale(backend, [Row(p, 1), Row(q, 1)], ship_complete=1)
    aside = a_sale(backend, [Row(p, 1)], placed_at=f.AT - timedelta(days=9))
    po = a_purchase_order(backend, a_supplier(backend), {p: 4}, pegs={old.rows[0]: {p: 4}})
    chosen = [young, old, none, held, quote, full, shop, whole]
    done = do(backend, allocate([x.id for x in chosen]))
    assert done.result["units"] == 7 * U
    assert {x["number"]: (x["outcome"], x["units"] // U) for x in done.result["sales"]} == {
        old.number: ("fully", 4), young.number: ("partly", 2), none.number: ("nothing_on_hand", 0),
        held.number: ("on_hold", 0), quote.number: ("quote", 0), full.number: ("nothing_needed", 0),
        shop.number: ("fully", 1), whole.number: ("ship_complete", 0),
    }  # fmt: skip
    assert done.result["sales"][0]["number"] == old.number
    assert level(backend, p) == (6, 6, 0)
    assert reserved(backend, aside) == [0]
    assert live(backend, po, p) == [0]
    assert notes(backend, "SO", old.id) == [
        ("allocated", {"items": [{"sku": "P", "units": 4 * U}]})
    ]
    assert notes(backend, "SO", held.id) == []
    backend.undo(done.journal_id, once=once())
    assert level(backend, p) == (6, 0, 0)
    assert live(backend, po, p) == [4]
    assert notes(backend, "SO", old.id)[1] == (
        "released",
        {"items": [{"sku": "P", "units": 4 * U}]},
    )


def test_ship_complete_over_two_warehouses(backend):
    """R5.6: all its rows can be covered, wherever they are."""
    p = a_product(backend)
    stock(backend, {p: 1})
    stock(backend, {p: 1}, f.SHOP)
    whole = a_sale(backend, [Row(p, 1), Row(p, 1, warehouse=f.SHOP)], ship_complete=1)
    assert do(backend, allocate([whole.id])).result["sales"][0]["outcome"] == "fully"
    assert sale(backend, whole).allocation == Axis.ALL


def test_quarantined_units_are_not_on_hand(backend):
    """R1.1."""
    from desktop_app.services.receiving import ReceiptRequest, ReceiptRow, receive

    p = a_product(backend)
    po = a_purchase_order(backend, a_supplier(backend), {p: 3})
    rows = (ReceiptRow(po.rows[p], 2 * U, f.MAIN_QUARANTINE), ReceiptRow(po.rows[p], U))
    do(backend, receive(ReceiptRequest(po.id, rows)))
    one = a_sale(backend, [Row(p, 3)])
    assert do(backend, allocate([one.id])).result["units"] == U


def test_an_allocation_that_is_gone_cannot_be_undone(backend):
    p = a_product(backend)
    stock(backend, {p: 2})
    one = a_sale(backend, [Row(p, 2)])
    done = do(backend, allocate([one.id]))
    do(backend, release([one.id]))
    with pytest.raises(Rejected) as error:
        backend.undo(done.journal_id, once=once())
    assert (error.value.code, error.value.items) == ("allocation_in_use", (one.number,))


def test_release_and_undo(backend):
    p, q = a_product(backend, "P"), a_product(backend, "Q")
    stock(backend, {p: 3, q: 1})
    one = a_sale(backend, [Row(p, 3, reserved=3), Row(q, 1, reserved=1)])
    other = a_sale(backend, [Row(p, 3)])
    part = do(backend, release([one.id], [one.rows[1]]))
    assert part.result == {"units": U, "sales": [{"id": one.id, "number": one.number, "units": U}]}
    assert (level(backend, p), level(backend, q)) == ((3, 3, 0), (1, 0, 0))
    done = do(backend, release([one.id, other.id]))
    assert done.result["units"] == 3 * U
    assert notes(backend, "SO", one.id)[1] == (
        "released",
        {"items": [{"sku": "P", "units": 3 * U}]},
    )
    assert notes(backend, "SO", other.id) == []
    backend.undo(done.journal_id, once=once())
    assert reserved(backend, one) == [3]
    again = do(backend, release([one.id], [one.rows[0]]))
    do(backend, allocate([other.id]))
    with pytest.raises(Rejected) as error:
        backend.undo(again.journal_id, once=once())
    assert (error.value.code, error.value.items) == ("cannot_allocate_again", (one.number,))
    assert do(backend, release([one.id])).result == {"units": 0, "sales": []}


def test_a_repeat_changes_nothing(backend):
    p = a_product(backend)
    stock(backend, {p: 9})
    one = a_sale(backend, [Row(p, 3)])
    for call in (lambda: allocate([one.id]), lambda: release([one.id]), lambda: cancel([one.id]),
                 lambda: write_note("SO", one.id, "hello")):  # fmt: skip
        same = once()
        first = backend.run(call(), once=same)
        before = written(backend)
        assert backend.run(call(), once=same).result == first.result
        assert written(backend) == before


def test_write_a_note(backend):
    """R11.2."""
    p = a_product(backend)
    one = a_sale(backend, [Row(p, 1)])
    po = a_purchase_order(backend, a_supplier(backend), {p: 1})
    for document, key in (("SO", one.id), ("PO", po.id), ("PR", p)):
        do(backend, write_note(document, key, "  Call back\nWednesday "))
        assert notes(backend, document, key) == [("text", {"text": "Call back\nWednesday"})]
    for document, key, text, code in (
        ("SO", one.id, "  ", "note_empty"),
        ("SO", one.id, "x" * 4001, "note_too_long"),
        ("SO", 999, "x", "unknown_document"),
        ("XX", 1, "x", "unknown_document"),
        ("GI", 1, "x", "unknown_document"),
    ):
        with pytest.raises(Rejected, match=code):
            do(backend, write_note(document, key, text))


def test_statements_do_not_grow_with_the_sales(backend, statements_sent):
    """N+1 guard (performance section 9, goal 12)."""
    p = a_product(backend)
    stock(backend, {p: 500})
    many = [a_sale(backend, [Row(p, 1)]) for _ in range(51)]
    for make in (allocate, release, lambda ids: set_status(ids, HOLD), cancel):
        counts = []
        for ids in ([many[0].id], [x.id for x in many[1:]]):
            with statements_sent.counting() as sent:
                do(backend, make(ids))
            counts.append(sent.count)
        assert counts[0] == counts[1] <= 40, str(sent)
