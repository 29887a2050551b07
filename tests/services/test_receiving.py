"""Receiving: the worked example, what is refused, settings, one transaction (rules section 5)."""


import pytest
from sqlalchemy import func, select

from desktop_app.services.errors import Rejected
from desktop_app.services.receiving import (
    ReceiptRequest,
    ReceiptRow,
    receive,
)
from desktop_app.services.rules.money import UNIT
from desktop_app.services.rules.sale_status import Axis
from desktop_app.services.store import tables as t
from tests.helpers import foundation as f
from tests.helpers.builders import Row, a_product, a_purchase_order, a_sale, a_supplier, once

U = UNIT


def _of(table, backend, key):
    return backend.read(lambda db: db.execute(select(table).where(table.c.id == key)).one())


def sale(backend, made):
    return _of(t.sale, backend, made.id)


def reserved(backend, *sales):
    """Whole units reserved on the first row of each sale."""
    return [_of(t.sale_row, backend, one.rows[0]).reserved // U for one in sales]


def order(backend, made):
    return _of(t.purchase_order, backend, made.id)


def level(backend, product, warehouse=f.MAIN):
    """(in stock, allocated, quarantined) in whole units."""
    lv = t.stock_level
    row = backend.read(
        lambda db: db.execute(
            select(lv).where(lv.c.product_id == product, lv.c.warehouse_id == warehouse)
        ).one_or_none()
    )
    return (0, 0, 0) if row is None else (row.in_stock // U, row.allocated // U, row.quarantined // U)


def notes(backend, document, key):
    n = t.note
    return backend.read(
        lambda db: [
            (row.kind, row.params)
            for row in db.execute(
                select(n).where(n.c.document == document, n.c.document_id == key).order_by(n.c.id)
            )
        ]
    )


def written(backend):
    """How many rows each table of documents, ledgers and notes has: a refusal changes none."""
    tables = (
        t.goods_in, t.goods_in_row, t.movement, t.sale_event, t.note, t.journal, t.peg, t.receipt_draft,
        t.receipt_scan, t.setting, t.setting_change, t.status_change, t.stock_level,
    )  # fmt: skip
    return backend.read(
        lambda db: {x.name: db.execute(select(func.count()).select_from(x)).scalar_one() for x in tables}
    )


def ask(po, product, units, **named):
    return ReceiptRequest(po.id, (ReceiptRow(po.rows[product], units * U),), **named)


def refused(backend, request, code, family=Rejected):
    """The command is refused with ``code`` and nothing is written; returns the error."""
    before = written(backend)
    with pytest.raises(family) as error:
        backend.run(receive(request), once=once())
    assert error.value.code == code
    assert written(backend) == before
    return error.value


@pytest.fixture
def world(backend):
    """PO 10 of P for sale 1 (needs 4), sale 2 (4), sale 3 (3), a day apart (R5.12)."""
    p = a_product(backend, "P")
    acme = a_supplier(backend, "Acme", costs={p: "1.20"})
    sales = [a_sale(backend, [Row(p, n)]) for n in (4, 4, 3)]
    pegs = {sales[0].rows[0]: {p: 4}, sales[1].rows[0]: {p: 4}, sales[2].rows[0]: {p: 2}}
    return p, a_purchase_order(backend, acme, {p: 10}, pegs=pegs), sales


def live(backend, po, product):
    return backend.read(
        lambda db: [
            row.live // U
            for row in db.execute(
                select(t.peg).where(t.peg.c.po_row_id == po.rows[product]).order_by(t.peg.c.id)
            )
        ]
    )


def test_the_worked_example(backend, world):
    """R5.12, exact statuses and notes."""
    p, po, sales = world
    one, two, three = sales
    first = backend.run(receive(ask(po, p, 6)), once=once()).result
    gi = first["goods_in"]
    assert first == {
        "goods_in": {"id": gi["id"], "number": 1},
        "po": {"id": po.id, "number": po.number},
        "units": 6 * U,
        "allocated": 6 * U,
        "sales": [
            {"id": one.id, "number": one.number, "units": 4 * U, "fully": True},
            {"id": two.id, "number": two.number, "units": 2 * U, "fully": False},
        ],
        "left_on_order": 4 * U,
        "closed": False,
    }
    assert reserved(backend, *sales) == [4, 2, 0]
    assert [sale(backend, one).allocation for one in sales] == [Axis.ALL, Axis.PART, Axis.NONE]
    assert [sale(backend, one).short // U for one in sales] == [0, 2, 3]
    assert order(backend, po).received == Axis.PART
    assert order(backend, po).to_come == 4 * U
    assert order(backend, po).status_id == f.PURCHASE_STATUS["Part received"]
    assert level(backend, p) == (6, 6, 0)
    assert live(backend, po, p) == [0, 2, 2]
    ref = {"id": po.id, "number": po.number}
    assert notes(backend, "PO", po.id) == [
        ("goods_received", {
            "goods_in": gi, "units": 6 * U, "more": 0,
            "sales": [
                {"id": one.id, "number": one.number, "units": 4 * U},
                {"id": two.id, "number": two.number, "units": 2 * U},
            ],
        }),
    ]  # fmt: skip
    allocated = lambda n, gi: ("goods_allocated", {"po": ref, "goods_in": gi, "items": [{"sku": "P", "units": n * U}]})
    assert notes(backend, "SO", one.id) == [allocated(4, gi)]
    assert notes(backend, "SO", two.id) == [allocated(2, gi)]
    assert notes(backend, "SO", three.id) == []

    second = backend.run(receive(ask(po, p, 4)), once=once()).result
    assert second["goods_in"]["number"] == 2
    assert reserved(backend, *sales) == [4, 4, 2]
    assert [sale(backend, one).allocation for one in sales] == [Axis.ALL, Axis.ALL, Axis.PART]
    assert notes(backend, "SO", one.id) == [allocated(4, gi)]
    assert notes(backend, "SO", two.id) == [allocated(2, gi), allocated(2, second["goods_in"])]
    assert notes(backend, "SO", three.id) == [allocated(2, second["goods_in"])]
    assert order(backend, po).received == Axis.ALL
    assert order(backend, po).to_come == 0
    assert order(backend, po).status_id == f.PURCHASE_STATUS["Received"]
    assert live(backend, po, p) == [0, 0, 0]
    assert level(backend, p) == (10, 10, 0)


def test_with_allocation_off_it_goes_to_on_hand(backend, world):
    """R5.12: on hand +n, no notes on sales."""
    p, po, sales = world
    done = backend.run(receive(ask(po, p, 6, allocate=False)), once=once())
    assert done.result["allocated"] == 0
    assert done.result["sales"] == []
    assert reserved(backend, *sales) == [0, 0, 0]
    assert level(backend, p) == (6, 0, 0)
    assert [notes(backend, "SO", one.id) for one in sales] == [[], [], []]
    assert notes(backend, "PO", po.id)[0][1]["sales"] == []
    assert sum(live(backend, po, p)) <= 4
