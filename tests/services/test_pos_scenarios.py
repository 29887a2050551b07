"""The documented shop orders, from the till's bytes to the books, on both engines (R7.2 to R7.9)."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from desktop_app.services.billing import record_payment
from desktop_app.services.rules.money import UNIT
from desktop_app.services.rules.sale_status import Axis
from desktop_app.services.store import tables as t
from tests.helpers import foundation as f
from tests.helpers.builders import a_product, once, stock
from tests.helpers.tills import a_shop, fate, level, line, ring_up, rows_of, sale, send, sold

CASES = json.loads((Path(__file__).resolve().parents[1] / "cases/pos_scenarios.json").read_text())
AXIS = {"not": Axis.NONE, "partially": Axis.PART, "fully": Axis.ALL}
PLACE = {"STORE": f.SHOP, "DEPOT": f.MAIN}
PAYMENT = {"paid": Axis.ALL, "partially_paid": Axis.PART, "unpaid": Axis.NONE}


def _exceptions(backend, sale_id):
    """The rows of the exceptions list, by index (R7.9)."""
    r = t.sale_row.c
    found = backend.read(
        lambda db: db.execute(
            select(r.position).where(
                r.sale_id == sale_id,
                r.kind == "stock",
                r.method.in_(("now", "ship_later")),
                r.ordered > r.reserved + r.fulfilled,
            ).order_by(r.position)
        ).scalars().all()
    )  # fmt: skip
    return [position - 1 for position in found]


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["id"])
def test_documented_orders(backend, case):
    """R7.8: statuses, rows, stock and exceptions, automatic invoicing on and off."""
    a_shop(backend, automatic=case["automatic_invoicing"])
    goods = {sku: a_product(backend, sku) for sku in case["in_stock_before"]["STORE"]}
    for place, held in case["in_stock_before"].items():
        stock(backend, {goods[sku]: units for sku, units in held.items()}, PLACE[place])
    lines = [
        line(
            number, row["sku"], row["quantity"], row["method"],
            **({"ship_from": "MAIN"} if row.get("ship_from") == "DEPOT" else {}),
        )
        for number, row in enumerate(case["rows"], 1)
    ]  # fmt: skip
    done = ring_up(backend, sale(case["id"], lines))
    assert dict(done.states) == {"applied": 1}
    made, expected = sold(backend, case["id"]), case["expected"]
    assert (made.allocation, made.fulfilment, made.shipping) == tuple(
        AXIS[expected[name]] for name in ("allocation", "fulfilment", "shipping")
    )
    assert made.invoiced == (expected["invoice"] == "invoiced")
    assert made.payment == Axis.ALL
    rows = rows_of(backend, made.id)
    assert [
        {
            "allocated": (row.reserved + row.fulfilled) // UNIT,
            "fulfilled": row.fulfilled // UNIT,
            "shipped": row.shipped // UNIT,
        }
        for row in rows
    ] == expected["rows"]
    assert [row.warehouse_id for row in rows] == [
        PLACE[row.get("ship_from", "STORE")] for row in case["rows"]
    ]
    for place, held in expected["in_stock_after"].items():
        assert {sku: level(backend, goods[sku], PLACE[place])[0] for sku in held} == held
    for place, held in expected.get("on_hand_after", {}).items():
        assert {sku: level(backend, goods[sku], PLACE[place])[1] for sku in held} == held
    assert _exceptions(backend, made.id) == expected["exceptions_rows"]


@pytest.mark.parametrize("case", CASES["payments"], ids=lambda case: case["id"])
def test_documented_payments(backend, case):
    """R7.2: paid in full, a deposit, on account; the rest of a deposit comes at the desk."""
    a_shop(backend)
    apple = a_product(backend, "APPLE")
    stock(backend, {apple: 9}, f.SHOP)
    first, *rest = case["paid"] if isinstance(case["paid"], list) else [case["paid"]]
    ring_up(backend, sale("P", [("APPLE", 5)], paid=first))
    made = sold(backend, "P")
    assert (made.total, made.paid) == (3000, round(float(first) * 100))
    for amount in rest:
        assert made.payment == Axis.PART
        backend.run(record_payment(made.id, round(float(amount) * 100), "card"), once=once())
    assert sold(backend, "P").payment == PAYMENT[case["expected"]]


def test_another_message_of_the_order_is_a_repeat(backend):
    """R7.1: sent again under another message id it is the same order; nothing moves twice."""
    a_shop(backend)
    apple = a_product(backend, "APPLE")
    stock(backend, {apple: 9}, f.SHOP)
    given = sale("T1", [("APPLE", 2)])
    ring_up(backend, given)
    done = ring_up(backend, given | {"message_id": "again"})
    assert dict(done.states) == {"repeated": 1}
    assert fate(backend, "again") == ("repeated", "", None)
    assert level(backend, apple) == (7, 7, 0)
    assert send(backend, given)["messages"][0][1] == "repeated"
