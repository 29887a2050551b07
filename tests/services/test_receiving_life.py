"""Random days at the goods-in desk: after every step the books are right.

Each step is also checked against R5.5 told in plain Python from the rows themselves.
"""

import random
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import select

from desktop_app.services import doctor, settings
from desktop_app.services.errors import Conflict, Rejected
from desktop_app.services.receipt_undo import undo_row
from desktop_app.services.receiving import ReceiptRequest, ReceiptRow, allocation_preview, receive
from desktop_app.services.rules.money import UNIT as U
from desktop_app.services.sales import allocate, cancel, release, set_status
from desktop_app.services.settings import SettingChange, save_settings
from desktop_app.services.store import tables as t
from tests.helpers import foundation as f
from tests.helpers.builders import Row, a_product, a_purchase_order, a_sale, a_supplier, once, stock

STEPS = 25


@dataclass
class Day:
    backend: object
    dice: random.Random
    products: list = field(default_factory=list)
    sales: list = field(default_factory=list)
    orders: list = field(default_factory=list)
    done: list = field(default_factory=list)

    def run(self, call):
        done = self.backend.run(call, once=once())
        if done.can_undo:
            self.done.append(done.journal_id)
        return done

    def sale(self):
        rows = [
            Row(p, self.dice.randint(1, 6), warehouse=self.dice.choice([f.MAIN, f.MAIN, f.SHOP]))
            for p in self.dice.sample(self.products, self.dice.randint(1, 3))
        ]
        placed = f.AT + timedelta(hours=self.dice.randint(0, 50))
        complete = int(self.dice.random() < 0.2)
        self.sales.append(a_sale(self.backend, rows, placed_at=placed, ship_complete=complete))

    def order(self):
        chosen = {p: self.dice.randint(2, 12) for p in self.dice.sample(self.products, 2)}
        pegs = {}
        needs = needed(self.backend)
        for row in self.dice.sample(sorted(needs), min(3, len(needs))):
            product, units = needs[row]
            if product in chosen and not pegs_of(self.backend, row) and units:
                room = chosen[product] - sum(x.get(product, 0) for x in pegs.values())
                if min(room, units) > 0:
                    pegs[row] = {product: min(room, units)}
        self.orders.append(a_purchase_order(self.backend, a_supplier(self.backend), chosen, pegs=pegs))

    def receive(self):
        po = self.dice.choice(self.orders)
        left = outstanding(self.backend, po)
        rows = tuple(
            ReceiptRow(row, self.dice.randint(1, units) * U, self.dice.choice([None, None, None, f.MAIN_QUARANTINE]))
            for row, units in left.items()
            if units and self.dice.random() < 0.8
        )
        if not rows:
            return
        request = ReceiptRequest(po.id, rows, self.dice.choice([None, None, True, False]))
        expected = served_in_turn(self.backend, po, request)
        shown = self.backend.read(allocation_preview, request)
        got = {x.sale_row_id: x.units for x in shown.turns if x.units}
        assert got == expected
        self.run(receive(ReceiptRequest(po.id, rows, request.allocate, agreed=shown.fingerprint)))

    def stock(self):
        stock(self.backend, {self.dice.choice(self.products): self.dice.randint(1, 5)}, self.dice.choice([1, 2]))

    def some(self):
        return [x.id for x in self.dice.sample(self.sales, min(3, len(self.sales)))]

    def allocate(self):
        self.run(allocate(self.some()))

    def release(self):
        self.run(release(self.some()))

    def hold(self):
        self.run(set_status(self.some(), f.SALE_STATUS[self.dice.choice(["On hold", "New", "Quote"])]))

    def cancel(self):
        self.run(cancel(self.some()[:1]))

    def undo(self):
        if self.done:
            self.backend.undo(self.done.pop(self.dice.randrange(len(self.done))), once=once())

    def undo_row(self):
        query = select(t.goods_in_row.c.id).where(t.goods_in_row.c.undone_by.is_(None))
        rows = self.backend.read(lambda db: db.execute(query).scalars().all())
        if rows:
            self.run(undo_row(self.dice.choice(rows)))

    def setting(self):
        who = self.dice.choice([settings.SERVED_ANY, settings.SERVED_RAISED_FIRST, settings.SERVED_RAISED_ONLY])
        self.run(save_settings([SettingChange(settings.WHO_IS_SERVED, who)]))


def needed(backend):
    """Sale row to (product, whole units still needed) of sales that wait."""
    rows = backend.read(
        lambda db: db.execute(
            select(t.sale_row, t.sale.c.waits).join(t.sale, t.sale.c.id == t.sale_row.c.sale_id)
        ).all()
    )
    return {r.id: (r.product_id, (r.ordered - r.reserved - r.fulfilled) // U) for r in rows if r.waits}


def pegs_of(backend, sale_row):
    query = select(t.peg.c.id).where(t.peg.c.sale_row_id == sale_row, t.peg.c.live > 0)
    return backend.read(lambda db: db.execute(query).all())


def outstanding(backend, po):
    rows = backend.read(
        lambda db: db.execute(select(t.purchase_row).where(t.purchase_row.c.po_id == po.id)).all()
    )
    return {r.id: (r.ordered - r.received) // U for r in rows}


def served_in_turn(backend, po, request):
    """R5.5 and R5.6 by a loop over the rows, slow and plain."""
    s, r = t.sale.c, t.sale_row.c
    query = (
        select(t.sale_row, s.placed_at, s.number, s.ship_complete, s.short)
        .join(t.sale, s.id == r.sale_id)
        .where(r.warehouse_id == f.MAIN, s.waits == 1, r.ordered > r.reserved + r.fulfilled)
    )
    rows, lines, pegged, rules = backend.read(
        lambda db: (
            db.execute(query).all(),
            {x.id: x.product_id for x in db.execute(select(t.purchase_row).where(t.purchase_row.c.po_id == po.id))},
            set(
                db.execute(
                    select(t.peg.c.sale_row_id).where(
                        t.peg.c.live > 0, t.peg.c.po_row_id.in_([x.po_row_id for x in request.rows])
                    )
                ).scalars()
            ),
            settings.values(db, [settings.WHO_IS_SERVED, settings.ALLOCATE]),
        )
    )
    left = {}
    for line in request.rows:
        if line.location_id != f.MAIN_QUARANTINE:
            left[lines[line.po_row_id]] = left.get(lines[line.po_row_id], 0) + line.units
    if not (rules[settings.ALLOCATE].value if request.allocate is None else request.allocate):
        return {}
    who = rules[settings.WHO_IS_SERVED].value
    queue = [x for x in rows if x.product_id in left and (who != settings.SERVED_RAISED_ONLY or x.id in pegged)]
    first = who == settings.SERVED_RAISED_FIRST
    queue.sort(key=lambda x: (first and x.id not in pegged, x.placed_at, x.number, x.position))
    got, asked = {}, set()
    for row in queue:
        mine = [x for x in queue if x.sale_id == row.sale_id] if row.ship_complete else [row]
        if row.ship_complete:
            if row.sale_id in asked:
                continue
            asked.add(row.sale_id)
            wants = {}
            for x in mine:
                wants[x.product_id] = wants.get(x.product_id, 0) + x.ordered - x.reserved - x.fulfilled
            if sum(wants.values()) < row.short or any(left[p] < n for p, n in wants.items()):
                continue
        for x in mine:
            units = min(x.ordered - x.reserved - x.fulfilled, left[x.product_id])
            if units:
                got[x.id] = units
                left[x.product_id] -= units
    return got


@pytest.mark.parametrize("seed", range(6))
def test_a_random_day(backend, seed):
    day = Day(backend, random.Random(seed))
    day.products = [a_product(backend) for _ in range(4)]
    for _ in range(5):
        day.sale()
    for _ in range(3):
        day.order()
    acts = [day.receive] * 6 + [day.undo] * 3 + [
        day.sale, day.order, day.stock, day.allocate, day.release, day.hold, day.cancel, day.undo_row, day.setting,
    ]  # fmt: skip
    refused = 0
    for step in range(STEPS):
        act = day.dice.choice(acts)
        try:
            act()
        except (Rejected, Conflict):
            refused += 1
        broken = backend.read(doctor.check)
        assert broken == [], f"step {step}, {act.__name__}: {broken}"
    assert refused < STEPS / 2
