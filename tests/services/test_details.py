"""One sale, one purchase order, batches, stock and what its figures consist of; look-ups."""

from datetime import timedelta

import pytest

from desktop_app.services import (
    catalogue,
    receipt_undo,  # noqa: F401 - the inverse of receive
    stock_details,
    stock_list,
)
from desktop_app.services.lists import Among, today
from desktop_app.services.purchase_details import purchase_detail
from desktop_app.services.purchases_list import BATCHES, BatchesFilter
from desktop_app.services.purchasing import BatchOptions, BatchRequest
from desktop_app.services.receipt_shapes import ReceiptRequest, ReceiptRow
from desktop_app.services.receiving import receive
from desktop_app.services.rules.money import units
from desktop_app.services.rules.sale_status import Axis
from desktop_app.services.sale_details import sale_detail
from desktop_app.services.stock_list import STOCK, StockFilter, stock_of
from tests.helpers import foundation as f
from tests.helpers.batches import place
from tests.helpers.builders import Row, a_product, a_purchase_order, a_sale, a_supplier, once, stock

SOON, LATE = today() + timedelta(days=3), today() - timedelta(days=2)


@pytest.fixture
def shop(backend):
    pen, ink = (
        a_product(backend, "PEN", barcodes={"501": 1}),
        a_product(backend, "INK", name="Blue ink"),
    )
    stock(backend, {pen: 7})
    acme = a_supplier(backend, "Acme", costs={pen: "1.25", ink: "3.00"})
    first = a_sale(
        backend,
        [Row(pen, 6, reserved=2, fulfilled=1), Row(ink, 2), Row(None, 1, kind="service")],
        paid="4.00",
    )
    second = a_sale(backend, [Row(pen, 2), Row(ink, 4)])
    order = a_purchase_order(
        backend, acme, {pen: 9, ink: 3}, cost="1.25", expected_on=LATE,
        pegs={first.rows[0]: {pen: 2}, second.rows[0]: {pen: 2}, first.rows[1]: {ink: 2}},
    )  # fmt: skip
    return pen, ink, first, second, order


def test_a_sale_with_what_is_coming(backend, shop):
    """SAD-01: the numbers of a row, and from which order what is missing comes."""
    pen, _, first, _, order = shop
    later = a_purchase_order(
        backend, 1, {pen: 1}, pegs={first.rows[0]: {pen: 1}}, expected_on=SOON, state="draft"
    )
    found = backend.read(sale_detail, first.id)
    assert (found.number, found.customer, found.status, found.warehouse) == (
        1,
        "Walk-in customer",
        "New",
        "Main warehouse",
    )
    assert (found.net, found.tax, found.total, found.paid) == (4500, 900, 5400, 400)
    assert (found.payment, found.allocation, found.fulfilment, found.shipping) == (
        Axis.PART, Axis.PART, Axis.PART, Axis.NONE,
    )  # fmt: skip
    assert found.short == units(5)
    row, ink, service = found.rows
    assert (row.sku, row.ordered, row.allocated, row.fulfilled, row.shipped, row.short) == (
        "PEN", units(6), units(3), units(1), 0, units(3),
    )  # fmt: skip
    assert [(c.po_number, c.units, c.expected_on, c.is_late, c.state) for c in row.coming] == [
        (order.number, units(2), LATE, True, "sent"), (later.number, units(1), SOON, False, "draft"),
    ]  # fmt: skip
    assert (row.uncovered, ink.short, ink.uncovered) == (0, units(2), 0)
    assert (service.kind, service.short, service.coming, service.sku) == ("service", 0, (), "")
    assert [(p.number, p.supplier, p.state, p.units, p.live, p.is_late) for p in found.purchases] == [
        (order.number, "Acme", "sent", units(4), units(4), True),
        (later.number, "Acme", "draft", units(1), units(1), False),
    ]  # fmt: skip
    assert [(p.amount, p.method) for p in found.payments] == [(400, "card")]


def test_what_nothing_covers(backend, shop):
    _, _, _, second, _ = shop
    pens, inks = backend.read(sale_detail, second.id).rows
    assert (pens.uncovered, inks.uncovered, inks.coming) == (0, units(4), ())


def test_no_such_record(backend):
    assert backend.read(sale_detail, 99) is None
    assert backend.read(purchase_detail, 99) is None


def test_a_purchase_order_with_the_sales_it_is_for(backend, shop):
    """POD-02."""
    pen, _, first, second, order = shop
    found = backend.read(purchase_detail, order.id)
    assert (found.number, found.supplier, found.state, found.status) == (
        1,
        "Acme",
        "sent",
        "Placed with supplier",
    )
    assert (found.total, found.received, found.to_come, found.days_late) == (
        1500,
        Axis.NONE,
        units(12),
        2,
    )
    pens, inks = found.rows
    assert (pens.product_id, pens.ordered, pens.received, pens.to_come, pens.free) == (
        pen,
        units(9),
        0,
        units(9),
        units(5),
    )
    assert (pens.cost, pens.total, pens.expected_on, pens.is_late) == (12500, 1125, LATE, True)
    assert [(s.sale_number, s.units, s.live) for s in pens.for_sales] == [
        (1, units(2), units(2)),
        (2, units(2), units(2)),
    ]
    assert [s.sale_id for s in inks.for_sales] == [first.id]
    assert [(w.id, w.units, w.live, w.short) for w in found.waiting] == [
        (first.id, units(4), units(4), units(5)), (second.id, units(2), units(2), units(6)),
    ]  # fmt: skip
    assert found.goods_in == ()


def test_goods_in_notes_and_their_undo(backend, shop):
    pen, ink, first, second, order = shop
    rows = (ReceiptRow(order.rows[pen], units(5)), ReceiptRow(order.rows[ink], units(1)))
    done = backend.run(
        receive(ReceiptRequest(order.id, rows, allocate=True, reference="DN 7")), once=once()
    )
    (note,) = backend.read(purchase_detail, order.id).goods_in
    assert (note.number, note.person, note.reference, note.allocated, note.units) == (
        1,
        "Mary Manager",
        "DN 7",
        True,
        units(6),
    )
    assert note.journal_id == done.journal_id
    assert [(r.sku, r.quantity, r.allocated, r.location, r.undone_at) for r in note.rows] == [
        ("PEN", units(5), units(5), "GOODS-IN", None), ("INK", units(1), units(1), "GOODS-IN", None),
    ]  # fmt: skip
    found = backend.read(purchase_detail, order.id)
    assert [(r.received_axis, r.to_come) for r in found.rows] == [
        (Axis.PART, units(4)),
        (Axis.PART, units(2)),
    ]
    assert [w.id for w in found.waiting] == [first.id, second.id]
    backend.undo(done.journal_id, once=once())
    (note,) = backend.read(purchase_detail, order.id).goods_in
    assert note.is_undone
    assert note.units == 0
    assert all(r.undone_by == "Mary Manager" and r.undone_at for r in note.rows)


def test_a_batch_with_what_it_made_and_its_undo(backend, shop):
    _, _, first, second, _ = shop
    options = BatchOptions(exclude_stock=None, exclude_purchase_orders=False)
    done = place(backend, BatchRequest((first.id, second.id), options))
    (batch,) = backend.read(BATCHES.page, BatchesFilter(), None, 0)
    assert (batch.person, batch.sale_count, batch.undone_at, batch.undone_by) == (
        "Mary Manager",
        2,
        None,
        "",
    )
    assert [(number, state) for _, number, state in batch.orders] == [(2, "draft")]
    assert (batch.units, batch.totals) == (units(11), (("GBP", 2, 2425),))
    assert batch.options["exclude_stock"] is None
    backend.undo(batch.journal_id, once=once())
    (batch,) = backend.read(BATCHES.page, BatchesFilter(undone=True), None, 0)
    assert batch.undone_by == "Mary Manager"
    assert [state for *_, state in batch.orders] == ["cancelled"]
    assert backend.read(BATCHES.count, BatchesFilter(undone=False)) == 0
    assert batch.journal_id == done.journal_id


# --- stock --------------------------------------------------------------------------------------


def test_the_numbers_of_a_product(backend, shop):
    """R1.1; free after = on hand + on order - wanted."""
    pen, ink, *_ = shop
    stock(backend, {pen: 4}, f.SHOP)
    a_purchase_order(backend, 1, {pen: 50}, drop_ship=1)
    a_purchase_order(backend, 1, {pen: 2}, warehouse=f.SHOP, expected_on=SOON)
    a_sale(backend, [Row(pen, 100)], status="On hold")
    line = next(row for row in backend.read(STOCK.page, StockFilter(), None, 0) if row.id == pen)
    assert (line.sku, line.warehouse_id, line.in_stock, line.allocated, line.on_hand) == (
        "PEN", None, units(11), units(3), units(8),
    )  # fmt: skip
    assert (line.on_order, line.wanted, line.free_after, line.next_in) == (
        units(11),
        units(5),
        units(14),
        LATE,
    )
    places = backend.read(stock_list.of_products, [pen, ink])
    assert [(p.warehouse, p.in_stock, p.allocated, p.on_order, p.wanted, p.next_in) for p in places[pen]] == [
        ("Main warehouse", units(7), units(3), units(9), units(5), LATE), ("Shop", units(4), 0, units(2), 0, SOON),
    ]  # fmt: skip
    assert [p.warehouse for p in places[ink]] == ["Main warehouse"]
    here = backend.read(stock_of(f.SHOP).page, StockFilter(warehouse_id=f.SHOP), None, 0)
    assert [(row.id, row.warehouse, row.in_stock) for row in here] == [
        (ink, "", 0),
        (pen, "Shop", units(4)),
    ]


def test_filters_of_stock(backend, shop):
    pen, ink, *_ = shop
    blank = a_product(backend, "ZED")
    a_product(backend, "HELP", kind="service")
    other = a_supplier(backend, costs={blank: 1})
    cases = [
        (StockFilter(), [ink, pen, blank]), (StockFilter(with_stock=True), [ink, pen]),
        (StockFilter(short_only=True), [ink]), (StockFilter(short_only=True, warehouse_id=f.SHOP), []),
        (StockFilter(text="blue"), [ink]), (StockFilter(text="PE"), [pen]),
        (StockFilter(supplier=Among.of(other)), [blank]), (StockFilter(supplier=Among.none_of(other)), [ink, pen]),
    ]  # fmt: skip
    for where, wanted in cases:
        assert [row.id for row in backend.read(STOCK.page, where, None, 0)] == wanted, where
        assert backend.read(STOCK.count, where) == len(wanted)


@pytest.mark.parametrize("warehouse", [None, f.MAIN, f.SHOP])
def test_each_number_consists_of_its_parts(backend, shop, warehouse):
    """INV-01: what the links lead to adds up to the number."""
    pen, ink, first, *_ = shop
    stock(backend, {pen: 4}, f.SHOP)
    a_sale(backend, [Row(pen, 3, reserved=1)], warehouse=f.SHOP)
    for product in (pen, ink):
        lines = backend.read(stock_list.of_products, [product], warehouse)[product]
        total = lambda name, lines=lines: sum(getattr(line, name) for line in lines)
        read = lambda query, product=product: backend.read(query, product, warehouse)
        assert sum(m.quantity for m in read(stock_details.movements)) == total("in_stock")
        assert sum(h.reserved + h.on_notes for h in read(stock_details.holding)) == total(
            "allocated"
        )
        assert sum(c.outstanding for c in read(stock_details.coming)) == total("on_order")
        assert sum(w.needed for w in read(stock_details.wanting)) == total("wanted")
    if warehouse == f.MAIN:
        (held,) = backend.read(stock_details.holding, pen, warehouse)
        assert (held.sale_id, held.reserved, held.on_notes) == (first.id, units(2), units(1))
        (coming,) = backend.read(stock_details.coming, pen, warehouse)
        assert (coming.po_number, coming.outstanding, coming.pegged, coming.expected_on) == (
            1,
            units(9),
            units(4),
            LATE,
        )
        assert [(w.sale_number, w.needed, w.pegged) for w in backend.read(stock_details.wanting, pen, warehouse)] == [
            (1, units(3), units(2)), (2, units(2), units(2)),
        ]  # fmt: skip


# --- look-ups -----------------------------------------------------------------------------------


def test_products_best_first(backend):
    made = {sku: a_product(backend, sku, name=name, barcodes=codes, discontinued=gone) for sku, name, codes, gone in [
        ("INK", "Black", {"777": 1}, 0), ("INK-2", "Blue", {}, 0), ("PEN", "Ink pen", {}, 0), ("INK-1", "Old", {}, 1),
    ]}  # fmt: skip
    stock(backend, {made["INK"]: 3})
    found = backend.read(catalogue.products, "ink")
    assert [p.sku for p in found] == ["INK", "INK-2", "PEN", "INK-1"]
    assert (found[0].on_hand, found[0].discontinued, found[3].discontinued) == (
        units(3),
        False,
        True,
    )
    assert [p.sku for p in backend.read(catalogue.products, "777")] == ["INK"]
    assert [p.sku for p in backend.read(catalogue.products, "ink", 2)] == ["INK", "INK-2"]
    assert backend.read(catalogue.products, "i%k") == []


def test_suppliers_and_the_small_tables(backend):
    pen = a_product(backend)
    a_supplier(backend, "Zeta", costs={pen: 1})
    a_supplier(backend, "Acme", active=0)
    a_supplier(backend, "Beta", lead_time_days=3)
    found = backend.read(catalogue.suppliers)
    assert [(s.name, s.number, s.active, s.offers) for s in found] == [
        ("Beta", 3, True, 0), ("Zeta", 1, True, 1), ("Acme", 2, False, 0),
    ]  # fmt: skip
    assert [s.name for s in backend.read(catalogue.suppliers, "1")] == ["Zeta"]
    assert [c.name for c in backend.read(catalogue.customers, "walk")] == ["Walk-in customer"]
    assert [w.code for w in backend.read(catalogue.warehouses)] == ["MAIN", "SHOP"]
    assert [(x.code, x.is_default) for x in backend.read(catalogue.locations, f.MAIN)] == [
        ("GOODS-IN", True),
        ("QUARANTINE", False),
    ]
    statuses = backend.read(catalogue.statuses, "SO")
    assert [s.name for s in statuses] == list(f.SALE_STATUS)
    assert [s.name for s in statuses if s.is_on_hold] == ["On hold"]
    assert [s.name for s in backend.read(catalogue.statuses, "PO")] == list(f.PURCHASE_STATUS)
    assert [c.name for c in backend.read(catalogue.channels)] == ["Direct sales"]
    assert backend.read(catalogue.base_currency) == ("GBP", 2)
    assert backend.read(catalogue.named, "supplier", [1, 3, 9]) == {1: "Zeta", 3: "Beta"}
