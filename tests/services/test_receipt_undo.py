"""Taking a receipt back, whole or by the row (R5.10)."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from desktop_app.services import books
from desktop_app.services.access import Permission
from desktop_app.services.backend import COMMANDS, Command
from desktop_app.services.errors import Conflict, NotAllowed, Rejected
from desktop_app.services.receipt_undo import Blocker, Released, undo_preview, undo_row
from desktop_app.services.receiving import (
    ReceiptRequest,
    ReceiptRow,
    RowRaise,
    receive,
    receive_all,
)
from desktop_app.services.rules.money import UNIT as U
from desktop_app.services.rules.sale_status import Axis
from desktop_app.services.store import tables as t
from desktop_app.services.store.bulk import next_numbers
from tests.helpers import foundation as f
from tests.helpers.builders import Row, a_product, a_purchase_order, a_sale, a_supplier, once, stock
from tests.helpers.receipts import (
    ask,
    level,
    live,
    notes,
    order,
    reserved,
    sale,
    struck,
    written,
)


@pytest.fixture
def world(backend):
    """R5.12's PO 10 of P for sales needing 4, 4, 3."""
    p = a_product(backend, "P")
    acme = a_supplier(backend, "Acme", costs={p: "1.20"})
    sales = [a_sale(backend, [Row(p, n)]) for n in (4, 4, 3)]
    pegs = {sales[0].rows[0]: {p: 4}, sales[1].rows[0]: {p: 4}, sales[2].rows[0]: {p: 2}}
    return p, a_purchase_order(backend, acme, {p: 10}, pegs=pegs), sales


def fulfil(backend, sale, units):
    """Put reserved units of a sale's first row on an unshipped goods-out note; returns its number."""

    def body(work):
        work.locks.take_stock([(f.MAIN, product_of(backend, sale))])
        work.locks.take_sales([sale.id])
        row = sale.rows[0]
        number = next_numbers(work.db, "goods_out", 1)[0]
        note = work.db.execute(
            t.goods_out.insert().values(
                number=number, kind="goods_out", sale_id=sale.id, warehouse_id=f.MAIN,
                journal_id=work.journal_id,
            ).returning(t.goods_out.c.id)
        ).scalar_one()  # fmt: skip
        work.db.execute(t.goods_out_row.insert().values(goods_out_id=note, sale_row_id=row, quantity=units * U))
        work.db.execute(
            t.sale_row.update().where(t.sale_row.c.id == row).values(
                reserved=t.sale_row.c.reserved - units * U, fulfilled=t.sale_row.c.fulfilled + units * U
            )
        )  # fmt: skip
        work.db.execute(
            t.sale_event.insert().values(
                journal_id=work.journal_id, sale_row_id=row, d_reserved=-units * U, d_fulfilled=units * U,
                d_shipped=0,
            )
        )  # fmt: skip
        books.refresh_sales(work, [sale.id])
        return {"number": number}

    return backend.run(Command("fulfil", Permission.ALLOCATE, body)(), once=once()).result["number"]


def product_of(backend, sale):
    return backend.read(
        lambda db: db.execute(
            select(t.sale_row.c.product_id).where(t.sale_row.c.id == sale.rows[0])
        ).scalar_one()
    )


def rows_of(backend, result):
    """Ids of the goods-in rows of a receipt."""
    g = t.goods_in_row
    return backend.read(
        lambda db: list(
            db.execute(
                select(g.c.id).where(g.c.goods_in_id == result["goods_in"]["id"]).order_by(g.c.id)
            ).scalars()
        )
    )


def test_the_whole_note_is_taken_back(backend, world):
    p, po, sales = world
    one, two, three = sales
    before = order(backend, po)
    done = backend.run(receive(ask(po, p, 6)), once=once())
    gi = done.result["goods_in"]
    shown = backend.read(undo_preview, gi["id"])
    assert shown.possible
    assert (shown.number, shown.po_number, shown.units) == (gi["number"], po.number, 6 * U)
    assert shown.released == (
        Released(one.id, one.number, "P", 4 * U), Released(two.id, two.number, "P", 2 * U),
    )  # fmt: skip
    assert shown.journal_id == done.journal_id
    undone = backend.undo(done.journal_id, once=once())
    assert undone.result == {
        "goods_in": gi, "po": {"id": po.id, "number": po.number}, "units": 6 * U,
        "released": [
            {"id": one.id, "number": one.number, "units": 4 * U},
            {"id": two.id, "number": two.number, "units": 2 * U},
        ],
    }  # fmt: skip
    assert reserved(backend, *sales) == [0, 0, 0]
    assert [sale(backend, x).allocation for x in sales] == [Axis.NONE] * 3
    assert level(backend, p) == (0, 0, 0)
    after = order(backend, po)
    assert (after.received, after.to_come, after.status_id) == (
        before.received, before.to_come, before.status_id,
    )  # fmt: skip
    assert live(backend, po, p) == [4, 4, 2]
    listed = [
        {"id": one.id, "number": one.number, "units": 4 * U},
        {"id": two.id, "number": two.number, "units": 2 * U},
    ]
    assert notes(backend, "PO", po.id)[1] == (
        "receipt_undone", {"goods_in": gi, "units": 6 * U, "sales": listed, "more": 0},
    )  # fmt: skip
    ref = {"id": po.id, "number": po.number}
    assert notes(backend, "SO", one.id)[1] == (
        "allocation_released", {"po": ref, "goods_in": gi, "items": [{"sku": "P", "units": 4 * U}]},
    )  # fmt: skip
    assert struck(backend, "SO", one.id) == [True, False]
    assert notes(backend, "SO", three.id) == []
    again = backend.run(receive(ask(po, p, 6)), once=once()).result
    assert [x["units"] for x in again["sales"]] == [4 * U, 2 * U]
    assert again["goods_in"]["number"] == gi["number"] + 1


def test_undone_once_only(backend, world):
    p, po, _sales = world
    done = backend.run(receive(ask(po, p, 6)), once=once())
    same = once()
    backend.undo(done.journal_id, once=same)
    assert backend.undo(done.journal_id, once=same).repeated
    before = written(backend)
    for act in (
        lambda: backend.undo(done.journal_id, once=once()),
        lambda: backend.run(undo_row(rows_of(backend, done.result)[0]), once=once()),
        lambda: backend.read(undo_preview, done.result["goods_in"]["id"]),
    ):
        with pytest.raises(Rejected, match="already_undone"):
            act()
    assert written(backend) == before


def test_units_on_a_goods_out_note_are_in_the_way(backend, world):
    p, po, sales = world
    done = backend.run(receive(ask(po, p, 6)), once=once())
    number = fulfil(backend, sales[0], 3)
    expected = Blocker("on_goods_out", "P", 3 * U, sales[0].id, sales[0].number, (number,))
    shown = backend.read(undo_preview, done.result["goods_in"]["id"])
    assert shown.blockers == (expected,)
    assert not shown.possible
    before = written(backend)
    with pytest.raises(Rejected) as error:
        backend.undo(done.journal_id, once=once())
    assert error.value.code == "receipt_in_use"
    assert [item["kind"] for item in error.value.items] == ["on_goods_out"]
    assert error.value.items[0]["notes"] == (number,)
    assert written(backend) == before


def test_units_of_another_source_on_a_note_are_not(backend, world):
    """What was reserved first goes on the note first."""
    p, po, _sales = world
    stock(backend, {p: 2})
    early = a_sale(backend, [Row(p, 5, reserved=2)], placed_at=f.AT)
    done = backend.run(receive(ask(po, p, 10)), once=once())
    fulfil(backend, early, 2)
    shown = backend.read(undo_preview, done.result["goods_in"]["id"])
    assert shown.possible
    backend.undo(done.journal_id, once=once())
    assert level(backend, p) == (2, 2, 0)


def test_on_hand_stays_at_or_above_zero(backend, world):
    """Units received free and promised since cannot be taken back; the sale that has them is named."""
    from desktop_app.services.sales import allocate

    p, po, sales = world
    done = backend.run(receive(ask(po, p, 6, allocate=False)), once=once())
    backend.run(allocate([sales[2].id]), once=once())
    shown = backend.read(undo_preview, done.result["goods_in"]["id"])
    assert shown.blockers == (Blocker("on_hand", "P", 3 * U, sales=(sales[2].number,)),)
    with pytest.raises(Rejected, match="receipt_in_use"):
        backend.undo(done.journal_id, once=once())
    stock(backend, {p: 3})
    backend.undo(done.journal_id, once=once())
    assert level(backend, p) == (3, 3, 0)


def test_one_row_of_a_note(backend, world):
    p, po, sales = world
    q = a_product(backend, "Q")
    both = a_purchase_order(backend, a_supplier(backend), {p: 4, q: 2})
    waits = a_sale(backend, [Row(q, 1)])
    request = ReceiptRequest(
        both.id, (ReceiptRow(both.rows[p], 4 * U), ReceiptRow(both.rows[q], 2 * U)), reference="DN1"
    )
    done = backend.run(receive(request), once=once())
    first, second = rows_of(backend, done.result)
    result = backend.run(undo_row(second), once=once()).result
    assert (result["units"], [x["number"] for x in result["released"]]) == (2 * U, [waits.number])
    assert level(backend, q) == (0, 0, 0)
    assert level(backend, p) == (4, 4, 0)
    assert reserved(backend, sales[0], waits) == [4, 0]
    assert order(backend, both).received == Axis.PART
    assert order(backend, both).status_id == f.PURCHASE_STATUS["Part received"]
    rest = backend.undo(done.journal_id, once=once()).result
    assert rest["units"] == 4 * U
    assert reserved(backend, sales[0], waits) == [0, 0]
    assert order(backend, both).status_id == f.PURCHASE_STATUS["Placed with supplier"]
    with pytest.raises(Rejected, match="already_undone"):
        backend.run(undo_row(first), once=once())
    with pytest.raises(Rejected, match="unknown_goods_in"):
        backend.run(undo_row(987_654), once=once())


def test_what_was_agreed_is_what_is_undone(backend, world):
    from desktop_app.services.sales import release

    p, po, sales = world
    done = backend.run(receive(ask(po, p, 6)), once=once())
    row = rows_of(backend, done.result)[0]
    shown = backend.read(undo_preview, done.result["goods_in"]["id"], row)
    backend.run(release([sales[0].id]), once=once())
    with pytest.raises(Conflict) as error:
        backend.run(undo_row(row, shown.fingerprint), once=once())
    assert error.value.code == "undo_changed"
    assert [x.number for x in error.value.now.released] == [sales[1].number]
    backend.run(undo_row(row, error.value.now.fingerprint), once=once())


def test_everyone_undoes_their_own(backend, backend_as, world):
    """R11.1: managers others' too."""
    p, po, _sales = world
    clerk, buyer = backend_as("clerk"), backend_as("buyer")
    done = clerk.run(receive(ask(po, p, 2)), once=once())
    row = rows_of(backend, done.result)[0]
    with pytest.raises(NotAllowed, match="not_yours_to_undo"):
        buyer.run(undo_row(row), once=once())
    with pytest.raises(NotAllowed, match="not_yours_to_undo"):
        buyer.undo(done.journal_id, once=once())
    clerk.run(undo_row(row), once=once())
    done = clerk.run(receive(ask(po, p, 2)), once=once())
    backend.undo(done.journal_id, once=once())


def test_a_raised_row_goes_back(backend, world):
    p, po, _sales = world
    request = replace(ask(po, p, 12), raises=(RowRaise(po.rows[p], 12 * U),))
    before = order(backend, po)
    done = backend.run(receive(request), once=once())
    assert order(backend, po).total == 1200
    backend.undo(done.journal_id, once=once())
    assert (order(backend, po).total, order(backend, po).to_come) == (before.total, before.to_come)


def test_an_order_ended_by_the_receipt_opens_again(backend, world):
    p, po, _sales = world
    done = backend.run(receive(replace(ask(po, p, 6), close_rest=True)), once=once())
    assert order(backend, po).state == "closed"
    assert live(backend, po, p) == [0, 0, 0]
    backend.undo(done.journal_id, once=once())
    assert (order(backend, po).state, order(backend, po).to_come) == ("sent", 10 * U)
    assert live(backend, po, p) == [4, 4, 2]


def test_an_order_ended_by_others_is_in_the_way(backend, world):
    p, po, _sales = world
    done = backend.run(receive(ask(po, p, 6)), once=once())
    backend.run(receive(replace(ask(po, p, 2), close_rest=True)), once=once())
    shown = backend.read(undo_preview, done.result["goods_in"]["id"])
    assert shown.blockers == (Blocker("purchase_closed", number=po.number),)


def test_several_orders_received_at_once_go_back_at_once(backend, world):
    p, po, sales = world
    other = a_purchase_order(backend, a_supplier(backend), {p: 5})
    done = backend.run(receive_all([ask(po, p, 6), ask(other, p, 5)]), once=once())
    assert reserved(backend, *sales) == [4, 4, 3]
    shown = backend.read(undo_preview, done.result["receipts"][0]["goods_in"]["id"])
    assert shown.units == 11 * U
    backend.undo(done.journal_id, once=once())
    assert reserved(backend, *sales) == [0, 0, 0]
    assert (order(backend, po).to_come, order(backend, other).to_come) == (10 * U, 5 * U)


def test_quarantined_units_go_back_too(backend, world):
    """RCV-07."""
    p, po, sales = world
    rows = (
        ReceiptRow(po.rows[p], 4 * U), ReceiptRow(po.rows[p], 2 * U, f.MAIN_QUARANTINE, "crushed"),
    )  # fmt: skip
    done = backend.run(receive(ReceiptRequest(po.id, rows)), once=once())
    assert level(backend, p) == (6, 4, 2)
    assert reserved(backend, *sales) == [4, 0, 0]
    backend.undo(done.journal_id, once=once())
    assert level(backend, p) == (0, 0, 0)


def test_pegs_come_back_only_as_far_as_they_fit(backend, world):
    """R1.7: the sale was covered otherwise meanwhile."""
    from desktop_app.services.sales import allocate

    p, po, sales = world
    done = backend.run(receive(ask(po, p, 6)), once=once())
    stock(backend, {p: 2})
    backend.run(allocate([sales[1].id]), once=once())
    assert reserved(backend, *sales) == [4, 4, 0]
    backend.undo(done.journal_id, once=once())
    assert reserved(backend, *sales) == [0, 2, 0]
    assert live(backend, po, p) == [4, 2, 2]


def test_commands_are_known():
    assert {"Receive goods", "Receive several orders", "Undo a goods-in row"} <= COMMANDS.keys()
