"""Drop-ship among everything else: whatever is done in whatever order, the books stay right (R1.3)."""

import random

import pytest
from sqlalchemy import func, select

from desktop_app.services import doctor
from desktop_app.services.backend import Backend
from desktop_app.services.cancelling import cancel
from desktop_app.services.cloning import (
    DISPLACES_UNITS,
    CloneRequest,
    clone_preview,
    clone_to_purchase_order,
)
from desktop_app.services.drop_ship import mark_drop_shipped, take_back
from desktop_app.services.drop_ship_writing import waiting_rows
from desktop_app.services.errors import Rejected
from desktop_app.services.goods_out import fulfil
from desktop_app.services.purchases import (
    cancel_purchase_order,
    close_short,
    send_purchase_order,
)
from desktop_app.services.purchasing import BatchOptions, BatchRequest, place_batch, preview
from desktop_app.services.receiving import ReceiptRequest, ReceiptRow, receive
from desktop_app.services.rules.money import UNIT, units
from desktop_app.services.sales import allocate, release
from desktop_app.services.stock_list import of_products
from desktop_app.services.store import tables as t
from tests.helpers import foundation as f
from tests.helpers.batches import one_of, rows_of
from tests.helpers.builders import (
    Row,
    a_product,
    a_purchase_order,
    a_sale,
    a_supplier,
    once,
    stock,
)
from tests.helpers.races import together

STEPS = 40
HOME = "12 Mill Lane, Bath"


class Days:
    """A shop that buys for stock, delivers from stock, and has suppliers deliver."""

    def __init__(self, backend, seed):
        self.backend, self.roll = backend, random.Random(seed)
        self.products = [a_product(backend) for _ in range(2)]
        self.acme = a_supplier(backend, costs=dict.fromkeys(self.products, "1.00"), pack_size=5)
        stock(backend, dict.fromkeys(self.products, 6))
        self.sales = []
        self.done = []

    def sell(self):
        rows = [Row(p, self.roll.randint(1, 6)) for p in self.roll.choices(self.products, k=2)]
        place = self.roll.choice([f.MAIN, f.SHOP])
        address = self.roll.choice([HOME, HOME, ""])
        complete = int(self.roll.random() < 0.2)
        self.sales.append(
            a_sale(self.backend, rows, warehouse=place, address=address, ship_complete=complete)
        )

    def clone(self):
        sale = self.roll.choice(self.sales)
        rows = self.backend.read(clone_preview, sale.id).rows
        place = self.roll.choice([None, None, f.MAIN])
        wanted = {
            row.sale_row_id: units(self.roll.randint(0, row.deliverable // UNIT)) for row in rows
        }
        request = CloneRequest(sale.id, self.acme, place, wanted, address=HOME)
        agreed = [DISPLACES_UNITS, "confirm:more_than_needed"]
        self._run(clone_to_purchase_order(request, agreed))

    def batch(self):
        pick = self.roll.choice
        options = BatchOptions(
            quantity=pick(["all", "needed"]),
            exclude_stock=pick([None, "on_hand"]),
            exclude_purchase_orders=pick([True, False]),
            to_customer=pick([True, True, False]),
        )
        chosen = self.roll.sample(self.sales, self.roll.randint(1, len(self.sales)))
        request = BatchRequest(tuple(sale.id for sale in chosen), options)
        seen = self.backend.read(preview, request)
        for line in seen.lines():
            assert sum(term.units for term in line.trace) == line.quantity
        told = sum(line.displaces[0] for line in seen.lines())
        before = self._reserved()
        made = self._run(place_batch(request, seen.fingerprint))
        if made is not None:
            assert before - self._reserved() == told, "released is what was shown"

    def _reserved(self):
        return self.backend.read(
            lambda db: int(db.execute(select(func.sum(t.sale_row.c.reserved))).scalar_one() or 0)
        )

    def ship_part(self):
        self._some_of(mark_drop_shipped)

    def take_back(self):
        self._some_of(take_back)

    def _some_of(self, command):
        drops = [o.id for o in rows_of(self.backend, t.purchase_order) if o.drop_ship]
        if drops:
            po = self.roll.choice(drops)
            rows = self.backend.read(waiting_rows, [po])
            wanted = {
                row.sale_row_id: units(self.roll.randint(0, row.quantity // UNIT)) for row in rows
            }
            self._run(command(po, wanted))

    def act(self):
        orders = rows_of(self.backend, t.purchase_order)
        if orders:
            act = self.roll.choice([send_purchase_order, cancel_purchase_order, close_short])
            self._run(act(self.roll.choice(orders).id))

    def stock_act(self):
        sale = self.roll.choice(self.sales)
        self._run(self.roll.choice([allocate, allocate, release, fulfil])([sale.id]))

    def cancel_sale(self):
        if self.roll.random() < 0.3:
            self._run(cancel([self.roll.choice(self.sales).id]))

    def receive_some(self):
        rows = rows_of(
            self.backend, t.purchase_row, t.purchase_row.c.ordered > t.purchase_row.c.received
        )
        if rows:
            row = self.roll.choice(rows)
            left = (row.ordered - row.received) // UNIT
            line = ReceiptRow(row.id, units(self.roll.randint(1, left)))
            self._run(receive(ReceiptRequest(row.po_id, (line,))))

    def undo(self):
        if self.done:
            try:
                self.backend.undo(self.roll.choice(self.done).journal_id, once=once())
            except Rejected:
                return

    def _run(self, call):
        try:
            done = self.backend.run(call, once=once())
        except Rejected:
            return None
        if done.can_undo:
            self.done.append(done)
        return done

    def check(self):
        """R1.3 per row, R1.1 for drop-ships: never on order, never in stock."""
        broken = self.backend.read(doctor.check)
        assert not broken, broken
        for row in rows_of(self.backend, t.sale_row):
            assert 0 <= row.drop_shipped <= row.drop_fulfilled <= row.fulfilled
            assert row.reserved + row.fulfilled <= row.ordered
        drop = {o.id for o in rows_of(self.backend, t.purchase_order) if o.drop_ship}
        still_open = {
            o.id for o in rows_of(self.backend, t.purchase_order)
            if not o.drop_ship and o.state in {"draft", "sent"}
        }  # fmt: skip
        lines = rows_of(self.backend, t.purchase_row)
        shown = self.backend.read(of_products, self.products)
        for product in self.products:
            mine = [x for x in lines if x.product_id == product and x.po_id in still_open]
            on_order = sum(max(x.ordered - x.received, 0) for x in mine)
            assert sum(line.on_order for line in shown[product]) == on_order
        of_drops = {x.id for x in lines if x.po_id in drop}
        assert not [p for p in rows_of(self.backend, t.peg) if p.po_row_id in of_drops and p.live]
        assert not [g for g in rows_of(self.backend, t.goods_in) if g.po_id in drop]


@pytest.mark.parametrize("seed", range(8))
def test_the_books_stay_right_whatever_is_done(backend, seed):
    days = Days(backend, seed)
    days.sell()
    days.sell()
    for step in range(STEPS):
        act = days.roll.choice(
            [
                days.sell, days.clone, days.clone, days.batch, days.ship_part, days.ship_part,
                days.take_back, days.act, days.stock_act, days.cancel_sale, days.receive_some, days.undo,
            ]
        )  # fmt: skip
        act()
        try:
            days.check()
        except AssertionError as error:
            raise AssertionError(f"step {step} {act.__name__}: {error}") from error
    assert [o for o in rows_of(backend, t.purchase_order) if o.drop_ship]


# --- at the same moment (R11.3) -----------------------------------------------------------------


def _dropped(backend, number):
    pen = a_product(backend)
    acme = a_supplier(backend, costs={pen: "1.00"})
    sale = a_sale(backend, [Row(pen, number)], address=HOME)
    request = CloneRequest(sale.id, acme, None, {sale.rows[0]: units(number)}, po_state="sent")
    return pen, sale, backend.run(clone_to_purchase_order(request), once=once()).result["id"]


def _ends(answers):
    return [type(x).__name__ if not isinstance(x, Rejected) else x.code for x in answers]


@pytest.mark.parametrize("round_", range(3))
def test_shipping_a_part_against_cancelling(two_workstations, round_):
    """One of them is first; the other is refused and changes nothing."""
    one, other = two_workstations
    _pen, sale, po = _dropped(one, 4)
    answers = together(
        [
            lambda: one.run(mark_drop_shipped(po, {sale.rows[0]: units(1)}), once=once()),
            lambda: other.run(cancel_purchase_order(po), once=once()),
        ]
    )
    order, row = one_of(one, t.purchase_order, po), one_of(one, t.sale_row, sale.rows[0])
    if order.state == "cancelled":
        assert _ends(answers) in (["not_open", "Done"], ["more_than_left", "Done"])
        assert (row.drop_fulfilled, row.drop_shipped) == (0, 0)
    else:
        assert _ends(answers) == ["Done", "already_shipped"]
        assert (row.drop_fulfilled, row.drop_shipped) == (units(4), units(1))


def test_the_same_units_are_never_shipped_twice(backend):
    """Ten people mark three of ten units each: three of them can."""
    _pen, sale, po = _dropped(backend, 10)
    people = [Backend(backend.store, backend.actor) for _ in range(10)]
    answers = together(
        [
            lambda who=who: who.run(mark_drop_shipped(po, {sale.rows[0]: units(3)}), once=once())
            for who in people
        ]
    )
    assert sorted(_ends(answers)) == ["Done"] * 3 + ["more_than_left"] * 7
    assert one_of(backend, t.sale_row, sale.rows[0]).drop_shipped == units(9)


def test_a_drop_ship_against_a_reservation_of_the_same_units(two_workstations):
    """R4.3: whoever comes second sees what the first did; no unit is fulfilled twice."""
    one, other = two_workstations
    pen = a_product(one)
    acme = a_supplier(one, costs={pen: "1.00"})
    stock(one, {pen: 5})
    sale = a_sale(one, [Row(pen, 5)], address=HOME)
    request = CloneRequest(sale.id, acme, None, {sale.rows[0]: units(5)})
    answers = together(
        [
            lambda: one.run(clone_to_purchase_order(request), once=once()),
            lambda: other.run(fulfil([sale.id]), once=once()),
        ]
    )
    row = one_of(one, t.sale_row, sale.rows[0])
    if _ends(answers)[0] == "Done":
        assert (row.reserved, row.fulfilled, row.drop_fulfilled) == (0, units(5), units(5))
    else:
        assert _ends(answers) == ["drop_ship_too_many", "Done"]
        assert (row.reserved, row.fulfilled, row.drop_fulfilled) == (0, units(5), 0)


def test_sending_it_twice_ships_it_once(backend):
    _pen, sale, po = _dropped(backend, 4)
    key = once()
    first = backend.run(mark_drop_shipped(po, {sale.rows[0]: units(2)}, "1Z"), once=key)
    again = backend.run(mark_drop_shipped(po, {sale.rows[0]: units(2)}, "1Z"), once=key)
    assert again.repeated
    assert again.result == first.result
    assert one_of(backend, t.sale_row, sale.rows[0]).drop_shipped == units(2)


def test_a_purchase_for_stock_is_not_touched_by_drop_ships(backend):
    """R3.4: an order to a warehouse stays inbound whatever a supplier delivers elsewhere."""
    pen, _sale, po = _dropped(backend, 4)
    other = a_purchase_order(backend, a_supplier(backend), {pen: 6})
    backend.run(cancel_purchase_order(po), once=once())
    (line,) = backend.read(of_products, [pen])[pen]
    assert line.on_order == units(6)
    assert one_of(backend, t.purchase_order, other.id).to_come == units(6)
