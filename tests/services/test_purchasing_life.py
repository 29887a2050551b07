"""Many buyers' days: whatever is done in whatever order, the books stay right (R1.7, R3.4, R3.13)."""

import random

import pytest

from desktop_app.services import doctor
from desktop_app.services.cloning import CloneRequest, clone_preview, clone_to_purchase_order
from desktop_app.services.errors import Rejected
from desktop_app.services.purchases import (
    cancel_purchase_order,
    close_short,
    raise_row,
    send_purchase_order,
)
from desktop_app.services.purchasing import BatchOptions, BatchRequest, Edits, place_batch, preview
from desktop_app.services.rules.money import units
from desktop_app.services.store import tables as t
from tests.helpers import foundation as f
from tests.helpers.batches import rows_of
from tests.helpers.builders import (
    Row,
    a_product,
    a_purchase_order,
    a_sale,
    a_supplier,
    once,
    stock,
)

STEPS = 30


class Days:
    """A small trade and a person who does anything a buyer may."""

    def __init__(self, backend, seed):
        self.backend, self.roll = backend, random.Random(seed)
        self.products = [a_product(backend) for _ in range(3)]
        self.suppliers = [
            a_supplier(backend, costs=dict.fromkeys(self.products, "1.00"), pack_size=5),
            a_supplier(backend, costs={self.products[0]: {1: "2.00", 9: "0.50"}}, primary=False),
        ]
        stock(backend, dict.fromkeys(self.products, 4))
        for place in (f.MAIN, f.SHOP):
            a_purchase_order(backend, self.suppliers[0], {self.products[0]: 7}, warehouse=place)
        self.sales = []
        self.done = []

    def sell(self):
        rows = [Row(p, self.roll.randint(1, 9)) for p in self.roll.choices(self.products, k=2)]
        self.sales.append(a_sale(self.backend, rows, warehouse=self.roll.choice([f.MAIN, f.SHOP])))

    def batch(self):
        pick = self.roll.choice
        append = pick([True, False])
        options = BatchOptions(
            quantity=pick(["all", "needed", "needed"]),
            exclude_stock=pick([None, "on_hand", "in_stock"]),
            exclude_purchase_orders=pick([True, True, False]),
            count_promised_deliveries=pick([True, False]),
            vendor=pick(["primary", "cheapest"]),
            append_to_drafts=append,
            one_order_per_sale=not append and pick([True, False]),
            deliver_to=pick([None, None, f.MAIN]),
            round_up_to_packs=pick([True, False]),
            sales_status_id=pick([None, f.SALE_STATUS["On order"], f.SALE_STATUS["New"]]),
        )
        chosen = self.roll.sample(self.sales, self.roll.randint(1, len(self.sales)))
        key = f"{pick(self.products)}@{f.MAIN}"
        edits = Edits(quantities={key: units(self.roll.randint(0, 20))}) if pick([0, 0, 1]) else Edits()
        request = BatchRequest(tuple(sale.id for sale in chosen), options, edits)
        seen = self.backend.read(preview, request)
        for line in seen.lines():
            assert sum(term.units for term in line.trace) == line.quantity
        assert sum(g.units for g in seen.groups) == seen.units
        self.done.append(self._run(place_batch(request, seen.fingerprint)))

    def clone(self):
        sale = self.roll.choice(self.sales)
        rows = self.backend.read(clone_preview, sale.id).rows
        wanted = {row.sale_row_id: row.offered + units(self.roll.randint(0, 1)) for row in rows}
        request = CloneRequest(sale.id, self.suppliers[0], f.MAIN, wanted)
        self.done.append(self._run(clone_to_purchase_order(request, ["confirm:more_than_needed"])))

    def act(self):
        po = self.roll.choice(rows_of(self.backend, t.purchase_order))
        act = self.roll.choice([send_purchase_order, cancel_purchase_order, close_short])
        self.done.append(self._run(act(po.id)))

    def raise_one(self):
        row = self.roll.choice(rows_of(self.backend, t.purchase_row))
        self.done.append(self._run(raise_row(row.id, row.ordered + units(2))))

    def undo(self):
        earlier = [one for one in self.done if one is not None]
        if earlier:
            try:
                self.backend.undo(self.roll.choice(earlier).journal_id, once=once())
            except Rejected:
                return

    def _run(self, call):
        try:
            return self.backend.run(call, once=once())
        except Rejected:
            return None


@pytest.mark.parametrize("seed", range(6))
def test_the_books_stay_right_whatever_a_buyer_does(backend, seed):
    days = Days(backend, seed)
    days.sell()
    for step in range(STEPS):
        acts = [days.sell, days.batch, days.batch, days.clone, days.act, days.raise_one, days.undo, days.undo]
        act = days.roll.choice(acts)
        act()
        broken = backend.read(doctor.check)
        assert not broken, f"step {step} {act.__name__}: {broken}"
    assert sum(one is not None for one in days.done) >= 5
