"""What the builders make is what the books would hold: `doctor` finds nothing after each test."""

import pytest
from sqlalchemy import select

from desktop_app.services.rules.money import units
from desktop_app.services.rules.sale_status import Axis
from desktop_app.services.store import tables as t
from tests.helpers import foundation as f
from tests.helpers.builders import (
    Row,
    a_customer,
    a_product,
    a_purchase_order,
    a_sale,
    a_supplier,
    stock,
)
from tests.helpers.many import many_products, many_sales
from tests.helpers.races import together, worked


def _one(db, table, key):
    return db.execute(select(table).where(table.c.id == key)).one()


def test_the_foundation_has_the_ids_the_tests_name(backend):
    def names(db):
        return (
            dict(db.execute(select(t.warehouse.c.id, t.warehouse.c.code)).all()),
            [tuple(x) for x in db.execute(
                select(t.location.c.id, t.location.c.warehouse_id, t.location.c.kind).order_by(t.location.c.id)
            )],
            {(x.document, x.name): x.id for x in db.execute(select(t.order_status))},
        )  # fmt: skip

    warehouses, locations, statuses = backend.read(names)
    assert warehouses == {f.MAIN: "MAIN", f.SHOP: "SHOP"}
    assert locations == [
        (f.MAIN_BIN, f.MAIN, "stock"), (f.MAIN_QUARANTINE, f.MAIN, "quarantine"),
        (f.SHOP_BIN, f.SHOP, "stock"), (f.SHOP_QUARANTINE, f.SHOP, "quarantine"),
    ]  # fmt: skip
    assert {("SO", n): i for n, i in f.SALE_STATUS.items()} | {
        ("PO", n): i for n, i in f.PURCHASE_STATUS.items()
    } == statuses


def test_a_sale_with_every_kind_of_history(backend):
    pen, cap = a_product(backend), a_product(backend)
    stock(backend, {pen: 5})
    made = a_sale(
        backend,
        [
            Row(pen, 10, reserved=3, fulfilled=5, shipped=2, drop_fulfilled=1),
            Row(cap, 4),
            Row(cap, 2, fulfilled=2, shipped=2),
            Row(cap, 2, fulfilled=2, shipped=2, drop_fulfilled=2, drop_shipped=2),
            Row(None, 1, kind="text", price=0),
        ],
        customer=a_customer(backend, "Bob"),
        paid="10.00",
    )
    sale = backend.read(_one, t.sale, made.id)
    assert (sale.allocation, sale.fulfilment, sale.shipping) == (Axis.PART, Axis.PART, Axis.PART)
    assert sale.short == units(2 + 4)
    assert (sale.net, sale.tax, sale.total) == (9000, 1800, 10800)
    assert (sale.payment, sale.paid) == (Axis.PART, 1000)


@pytest.mark.parametrize(
    ("status", "waits"), [("New", 1), ("On hold", 0), ("Quote", 0), ("Cancelled", 0), ("Shipped", 0)]
)
def test_a_status_says_whether_a_sale_waits(backend, status, waits):
    made = a_sale(backend, [Row(a_product(backend), 1)], status=status)
    assert backend.read(_one, t.sale, made.id).waits == waits


def test_sales_come_a_day_apart(backend):
    pen = a_product(backend)
    one, two = (a_sale(backend, [Row(pen, 1)]) for _ in range(2))
    assert (one.number, two.number) == (1, 2)
    assert backend.read(_one, t.sale, one.id).placed_at == f.AT
    assert (backend.read(_one, t.sale, two.id).placed_at - f.AT).days == 1


def test_a_purchase_order_with_pegs_and_an_opening(backend):
    pen, cap = a_product(backend), a_product(backend)
    acme = a_supplier(backend, costs={pen: "1.20", cap: {0: "2.00", 100: "1.75"}})
    sale = a_sale(backend, [Row(pen, 7), Row(cap, 1)])
    made = a_purchase_order(
        backend, acme, {pen: 7, cap: 12}, cost="1.25", opening_received={cap: 5}, pegs={sale.rows[0]: {pen: 7}}
    )
    order = backend.read(_one, t.purchase_order, made.id)
    assert (order.received, order.to_come, order.total) == (Axis.PART, units(7 + 7), 2375)
    assert made.rows.keys() == {pen, cap}
    closed = a_purchase_order(backend, acme, {pen: 1}, state="cancelled", pegs={sale.rows[0]: {pen: 1}})
    assert backend.read(_one, t.purchase_order, closed.id).to_come == 0


def test_a_product_sold_from_another_warehouse(backend):
    pen = a_product(backend, barcodes={"5000000000012": 12})
    stock(backend, {pen: 4}, f.SHOP)
    made = a_sale(backend, [Row(pen, 4, reserved=4, warehouse=f.SHOP)])
    assert backend.read(_one, t.sale, made.id).allocation == Axis.ALL


@pytest.mark.parametrize("how_many", [1, 50, 5_000])
def test_many_sales_take_the_same_statements(backend, statements_sent, how_many):
    acme = a_supplier(backend)
    with statements_sent.counting() as sent:
        products = many_products(backend, 20, [acme])
        made = many_sales(backend, how_many, products, rows_each=3)
    assert len(made.sales) == how_many
    assert sent.count <= 14, str(sent)


def test_people_act_at_the_same_moment(backend):
    pen = a_product(backend)
    made = worked(together([lambda: a_sale(backend, [Row(pen, 1)])] * 5))
    assert sorted(sale.number for sale in made) == [1, 2, 3, 4, 5]


def test_a_refusal_among_them_is_kept(backend):
    def refuse():
        raise ValueError("no")

    answers = together([refuse, lambda: 1])
    assert isinstance(answers[0], ValueError)
    assert answers[1] == 1
