"""Pages, details and stock send the same few statements for 1, 50 and 5,000 records."""

import pytest

from desktop_app.services import purchases_list, sales_list, stock_details, stock_list
from desktop_app.services.lists import Among
from desktop_app.services.purchase_details import purchase_detail
from desktop_app.services.purchases_list import BATCHES, PURCHASES, BatchesFilter, PurchasesFilter
from desktop_app.services.purchasing import BatchOptions, BatchRequest
from desktop_app.services.sale_details import sale_detail
from desktop_app.services.sales_list import SALES, SalesFilter
from desktop_app.services.stock_list import STOCK, StockFilter
from desktop_app.services.timeline import timeline
from tests.helpers import foundation as f
from tests.helpers.batches import place
from tests.helpers.builders import a_supplier
from tests.helpers.many import look_again, many_products, many_sales

SIZES = [1, 50, 5_000]
MOST = 40


@pytest.fixture(params=SIZES)
def size(request):
    return request.param


def test_statements_do_not_grow_with_rows(backend, engine_kind, size, statements_sent):
    """The same at every size; at most 40 (performance 9, goal 12)."""
    products = many_products(backend, min(size, 300), [a_supplier(backend)])
    made = many_sales(backend, size, products, rows_each=2)
    place(backend, BatchRequest(tuple(made.sales), BatchOptions()))
    look_again(backend)
    every = SalesFilter(text="walk-in", status=Among.of(f.SALE_STATUS["New"]))
    asked = {
        "sales page": lambda: backend.read(SALES.page, every, None, 0),
        "sales jump": lambda: backend.read(SALES.page, every, ("total", True), max(size - 5, 0)),
        "sales count": lambda: backend.read(SALES.count, every),
        "sales ids": lambda: backend.read(SALES.all_ids, every),
        "sales by id": lambda: backend.read(SALES.by_id, made.sales[:200]),
        "sales range": lambda: backend.read(
            SALES.ids_between, every, None, made.sales[-1], made.sales[0]
        ),
        "sales still matching": lambda: backend.read(SALES.matching, every, made.sales),
        "views": lambda: backend.read(sales_list.view_counts),
        "totals": lambda: backend.read(sales_list.totals, every),
        "sale": lambda: backend.read(sale_detail, made.sales[0]),
        "sale's timeline": lambda: backend.read(timeline, "SO", made.sales[0]),
        "purchases page": lambda: backend.read(PURCHASES.page, PurchasesFilter(), None, 0),
        "purchases views": lambda: backend.read(purchases_list.view_counts),
        "purchase order": lambda: backend.read(purchase_detail, 1),
        "order's timeline": lambda: backend.read(timeline, "PO", 1),
        "batches": lambda: backend.read(BATCHES.page, BatchesFilter(), None, 0),
        "stock page": lambda: backend.read(STOCK.page, StockFilter(), None, 0),
        "stock, some": lambda: backend.read(STOCK.page, StockFilter(with_stock=True), None, 0),
        "places": lambda: backend.read(stock_list.of_products, products),
        "coming": lambda: backend.read(stock_details.coming, products[0], None),
        "wanting": lambda: backend.read(stock_details.wanting, products[0], None),
    }
    found = {}
    for what, ask in asked.items():
        with statements_sent.counting() as sent:
            ask()
        found[what] = sent.count
        assert 0 < sent.count <= MOST, f"{what}: {sent}"
    assert found == {
        name: count + (name in TEXT and engine_kind == "sqlite") for name, count in EXACTLY.items()
    }


TEXT = {
    "sales page",
    "sales jump",
    "sales count",
    "sales ids",
    "sales range",
    "sales still matching",
    "totals",
}
"""On SQLite the text index is asked first."""

EXACTLY = {
    "sales page": 3, "sales jump": 3, "sales count": 1, "sales ids": 1, "sales by id": 3, "sales range": 2,
    "sales still matching": 1, "views": 1, "totals": 2, "sale": 4, "sale's timeline": 2, "purchases page": 4,
    "purchases views": 1, "purchase order": 4, "order's timeline": 2, "batches": 3, "stock page": 8,
    "stock, some": 8, "places": 6, "coming": 1, "wanting": 1,
}  # fmt: skip


def test_an_order_of_two_legs_sends_one_more(backend, engine_kind, size, statements_sent):
    """Sales with goods on their way, then the others: a page that the first fills stops there."""
    made = many_sales(backend, size, many_products(backend, 5, [a_supplier(backend)]))
    place(backend, BatchRequest(tuple(made.sales), BatchOptions()))
    with statements_sent.counting() as sent:
        assert len(backend.read(SALES.page, SalesFilter(), ("eta", False), 0)) == min(size, 200)
    assert sent.count == (3 if size > 200 else 4)


def test_a_second_key_sends_no_more(backend, size, statements_sent):
    """LST-04: the same statements as by the first alone."""
    many_sales(backend, size, many_products(backend, 5, [a_supplier(backend)]))
    for sort in (("payment", True), ("payment", True, "total", False)):
        with statements_sent.counting() as sent:
            backend.read(SALES.page, SalesFilter(), sort, 0)
        assert sent.count == 3, sort
