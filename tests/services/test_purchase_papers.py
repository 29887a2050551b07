"""What purchase orders and goods-in notes say on paper (R3.9, R4.3, R5.1)."""

from datetime import date

from sqlalchemy import update

from desktop_app.services import receipt_undo
from desktop_app.services.purchase_details import purchase_detail
from desktop_app.services.purchase_papers import (
    ForSale,
    OrderLine,
    goods_in_papers,
    order_papers,
)
from desktop_app.services.receipt_shapes import ReceiptRequest, ReceiptRow
from desktop_app.services.receiving import receive
from desktop_app.services.rules.money import UNIT as U
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

DAY, LATER = date(2026, 11, 28), date(2026, 12, 5)


def change(backend, table, key, **columns):
    with backend.store.writes.begin() as db:
        db.execute(update(table).where(table.c.id == key).values(**columns))


def test_a_purchase_order_as_its_supplier_reads_it(backend):
    pen, ink = a_product(backend, "PEN", name="Fountain pen"), a_product(backend, "INK", name="Ink")
    acme = a_supplier(
        backend, "Acme SARL", currency="EUR", email="orders@acme.example", address="1 Quai\nLyon"
    )
    order = a_purchase_order(
        backend, acme, {pen: 9, ink: 3}, cost="1.2525", expected_on=DAY, reference="R 7"
    )
    change(backend, t.warehouse, f.MAIN, address="2 Dock Road\nBristol")
    change(backend, t.purchase_row, order.rows[pen], supplier_sku="K-100")
    change(backend, t.purchase_row, order.rows[ink], expected_on=LATER)
    (paper,) = backend.read(order_papers, [order.id, 999])
    assert (paper.number, paper.company, paper.supplier) == (1, "Test Company", "Acme SARL")
    assert (paper.supplier_address, paper.email) == ("1 Quai\nLyon", "orders@acme.example")
    assert (paper.deliver_to, paper.address) == ("Main warehouse", "2 Dock Road\nBristol")
    assert (paper.drop_ship, paper.state, paper.reference) == (False, "sent", "R 7")
    assert (paper.expected_on, paper.currency, paper.currency_digits) == (DAY, "EUR", 2)
    assert paper.total == 1503
    assert paper.lines == (
        OrderLine("PEN", "K-100", "Fountain pen", 9 * U, 12525, 1127, DAY),
        OrderLine("INK", "", "Ink", 3 * U, 12525, 376, LATER),
    )


def test_a_drop_ship_is_delivered_to_the_customer(backend):
    """R4.3: the address is the one copied to the order, whatever the customer's is now."""
    pen = a_product(backend, "PEN")
    who = a_customer(backend, "Tom Okafor", address="Moved away")
    a_sale(backend, [Row(pen, 2, fulfilled=2, drop_fulfilled=2)], customer=who)
    (paper,) = backend.read(order_papers, [1])
    assert (paper.drop_ship, paper.deliver_to, paper.address) == (
        True,
        "Tom Okafor",
        "12 Mill Lane, Bath",
    )


def received(backend, allocate=True):
    """A delivery of 9 pens and 4 inks; two sales wait for 5 and 2 pens, one for an ink."""
    pen, ink = a_product(backend, "PEN", name="Pen"), a_product(backend, "INK", name="Ink")
    acme = a_supplier(backend, "Acme")
    first = a_sale(backend, [Row(pen, 5), Row(ink, 1)], customer=a_customer(backend, "Ann"))
    second = a_sale(backend, [Row(pen, 2)], customer=a_customer(backend, "Tom"))
    order = a_purchase_order(backend, acme, {pen: 9, ink: 6})
    done = backend.run(
        receive(
            ReceiptRequest(
                order.id,
                (ReceiptRow(order.rows[pen], 9 * U), ReceiptRow(order.rows[ink], 4 * U)),
                allocate=allocate,
                reference="DN 7",
            )
        ),
        once=once(),
    )
    return order, (first, second), done.result["goods_in"]["id"]


def test_a_goods_in_note_says_what_is_for_whom(backend):
    """R5.1: by place and item; what no sale was given goes on the shelf."""
    order, (first, second), note = received(backend)
    (paper,) = backend.read(goods_in_papers, [note])
    assert (paper.number, paper.po_number, paper.supplier) == (1, order.number, "Acme")
    assert (paper.company, paper.warehouse, paper.person) == (
        "Test Company",
        "Main warehouse",
        "Mary Manager",
    )
    assert (paper.reference, paper.taken_back, paper.units) == ("DN 7", 0, 13 * U)
    assert [(x.place, x.sku, x.name, x.units, x.free) for x in paper.lines] == [
        ("GOODS-IN", "INK", "Ink", 4 * U, 3 * U),
        ("GOODS-IN", "PEN", "Pen", 9 * U, 2 * U),
    ]
    assert paper.lines[0].for_sales == (ForSale(first.number, "Ann", U),)
    assert paper.lines[1].for_sales == (
        ForSale(first.number, "Ann", 5 * U),
        ForSale(second.number, "Tom", 2 * U),
    )


def test_what_was_not_allocated_is_all_for_the_shelf(backend):
    _, _, note = received(backend, allocate=False)
    (paper,) = backend.read(goods_in_papers, [note])
    assert [(x.for_sales, x.free) for x in paper.lines] == [((), 4 * U), ((), 9 * U)]


def test_rows_taken_back_are_left_out_and_counted(backend):
    """R5.10."""
    order, _, note = received(backend)
    (shown,) = backend.read(purchase_detail, order.id).goods_in
    pens = next(row for row in shown.rows if row.sku == "PEN")
    preview = backend.read(receipt_undo.undo_preview, note, pens.id)
    backend.run(receipt_undo.undo_row(pens.id, preview.fingerprint), once=once())
    (paper,) = backend.read(goods_in_papers, [note])
    assert [(x.sku, x.units) for x in paper.lines] == [("INK", 4 * U)]
    assert (paper.taken_back, paper.units) == (1, 4 * U)


def test_the_number_of_statements_does_not_grow(backend, statements_sent):
    pen = a_product(backend, "PEN")
    acme = a_supplier(backend, "Acme")
    stock(backend, {pen: 1})
    orders, notes = [], []
    for _ in range(12):
        a_sale(backend, [Row(pen, 1)])
        order = a_purchase_order(backend, acme, {pen: 2})
        rows = (ReceiptRow(order.rows[pen], 2 * U),)
        done = backend.run(receive(ReceiptRequest(order.id, rows, allocate=True)), once=once())
        orders.append(order.id)
        notes.append(done.result["goods_in"]["id"])
    for query, ids in ((order_papers, orders), (goods_in_papers, notes)):
        with statements_sent.counting() as few:
            assert len(backend.read(query, ids[:1])) == 1
        with statements_sent.counting() as many:
            assert [one.number for one in backend.read(query, reversed(ids))] == list(range(1, 13))
        assert many.count == few.count
