"""`cases/batch_purchase.json` through preview and commit, on both engines (R3.14)."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select

from desktop_app.services.purchasing import BatchOptions, BatchRequest, place_batch, preview
from desktop_app.services.rules.money import units
from desktop_app.services.store import tables as t
from tests.helpers import foundation as f
from tests.helpers.builders import Row, a_product, a_purchase_order, a_sale, a_supplier, once, stock

FILE = Path(__file__).parents[1] / "cases" / "batch_purchase.json"
CASES = json.loads(FILE.read_text())["cases"]
PLACES = {"NORTH": f.MAIN, "SOUTH": f.SHOP, None: f.MAIN}


def _options(given):
    return BatchOptions(**given)


class World:
    """The products, suppliers and sales of one case."""

    def __init__(self, backend, case):
        self.backend = backend
        self.sku = {"P": a_product(backend, "P")}
        self.suppliers = {}
        self.sales = {}
        for name, terms in case.get("suppliers", {}).items():
            costs = {self.sku["P"]: dict(terms["costs"])}
            self.suppliers[name] = a_supplier(backend, name, costs=costs, primary=terms["primary"])
        if not self.suppliers and case["id"] != "i":
            self.suppliers["only"] = a_supplier(backend, "only", costs={self.sku["P"]: "1.00"})
        self.other = a_supplier(backend, "Other", costs={})

    def stock(self, given):
        for key, value in given.items():
            place = value if isinstance(value, dict) else {key: value}
            where = PLACES[key] if isinstance(value, dict) else f.MAIN
            stock(self.backend, {self.sku[sku]: n for sku, n in place.items()}, where)

    def sell(self, sales):
        for one in sales:
            rows = [
                # In case c the two shipped units left the warehouse; the drop-shipped one is besides.
                Row(
                    self.sku[r["sku"]], r["ordered"], r["reserved"], r["fulfilled"], r["shipped"],
                    drop_fulfilled=r["drop_shipped"],
                )
                for r in one["rows"]
            ]  # fmt: skip
            place = PLACES[one.get("warehouse")]
            self.sales[one["sale"]] = a_sale(self.backend, rows, warehouse=place)
        return [self.sales[one["sale"]].id for one in sales]

    def expect_deliveries(self, orders):
        for one in orders:
            product, pegs = self.sku[one["sku"]], {}
            if one["pegged_to"]:
                name = one["pegged_to"]["sale"]
                if name not in self.sales:
                    rows = [Row(product, one["pegged_to"]["ordered"])]
                    self.sales[name] = a_sale(self.backend, rows)
                quantity = one["pegged_to"].get("quantity", one["outstanding"])
                pegs = {self.sales[name].rows[0]: {product: quantity}}
            a_purchase_order(self.backend, self.other, {product: one["outstanding"]}, pegs=pegs)

    def pegged(self, order_ids):
        """Units pegged by the new orders, by sale name."""

        def query(db):
            row, po = t.purchase_row.c, t.purchase_order.c
            return db.execute(
                select(t.sale_row.c.sale_id, t.peg.c.quantity)
                .select_from(t.peg)
                .join(t.purchase_row, row.id == t.peg.c.po_row_id)
                .join(t.purchase_order, po.id == row.po_id)
                .join(t.sale_row, t.sale_row.c.id == t.peg.c.sale_row_id)
                .where(po.id.in_(order_ids))
            ).all()

        found = dict.fromkeys(self.sales, 0)
        names = {sale.id: name for name, sale in self.sales.items()}
        for sale_id, quantity in self.backend.read(query):
            found[names[sale_id]] += quantity
        return found


def _run(world, sale_ids, options, expected):
    backend = world.backend
    request = BatchRequest(tuple(sale_ids), _options(options))
    seen = backend.read(preview, request)
    wanted = units(expected["P"])
    assert seen.units == wanted
    for line in seen.lines():
        assert sum(term.units for term in line.trace) == line.quantity
    if expected.get("reason") == "no supplier":
        assert [(one.sku, one.quantity, one.reason) for one in seen.no_supplier] == [
            ("P", units(7), "no_supplier")
        ]
    if "supplier" in expected:
        (group,) = seen.groups
        assert group.supplier == expected["supplier"]
        assert group.lines[0].cost == units(Decimal(expected["unit_cost"]))
    if not seen.can_place:
        assert wanted == 0
        return
    done = backend.run(place_batch(request, seen.fingerprint), once=once()).result
    assert sum(order["units"] for order in done["orders"]) == wanted
    ids = [order["id"] for order in done["orders"]]
    stored = backend.read(
        lambda db: db.execute(
            select(t.purchase_order.c.warehouse_id, t.purchase_row.c.ordered, t.purchase_row.c.cost)
            .join(t.purchase_row, t.purchase_row.c.po_id == t.purchase_order.c.id)
            .where(t.purchase_order.c.id.in_(ids))
        ).all()
    )
    assert sum(one.ordered for one in stored) == wanted
    if "unit_cost" in expected:
        assert [one.cost for one in stored] == [units(Decimal(expected["unit_cost"]))]
    if "pegs" in expected:
        pegged = world.pegged(ids)
        assert {k: pegged[k] for k in expected["pegs"]} == {
            k: units(v) for k, v in expected["pegs"].items()
        }
    if "orders" in expected:
        assert {one.warehouse_id: one.ordered for one in stored} == {
            PLACES[k]: units(v) for k, v in expected["orders"].items()
        }


def test_there_are_cases():
    assert len(CASES) == 18


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_case(backend, case):
    world = World(backend, case)
    world.stock(case["in_stock"])
    chosen = world.sell(case["sales"])
    world.expect_deliveries(case["open_purchase_orders"])
    _run(world, chosen, case["options"], case["expected"])
    if "then" in case:
        later = case["then"]
        _run(world, world.sell(later["sales"]), later["options"], later["expected"])


def test_the_file_is_the_one_that_was_given(shared):
    assert FILE.read_bytes() == (shared / "cases" / "batch_purchase.json").read_bytes()
