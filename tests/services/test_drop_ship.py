"""Drop-ship: cloned, shipped by the supplier, taken back, undone (R4.3, CLN-03, POD-03)."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from desktop_app.services import settings
from desktop_app.services.cancelling import cancel
from desktop_app.services.cloning import CloneRequest, clone_preview, clone_to_purchase_order
from desktop_app.services.drop_ship import mark_drop_shipped, take_back
from desktop_app.services.errors import NotAllowed, Rejected
from desktop_app.services.purchases import (
    cancel_purchase_order,
    change_expected,
    close_short,
    raise_row,
    send_purchase_order,
)
from desktop_app.services.receipt_search import find
from desktop_app.services.receiving import ReceiptRequest, ReceiptRow, receive
from desktop_app.services.rules.money import units
from desktop_app.services.rules.sale_status import Axis
from desktop_app.services.sales import allocate
from desktop_app.services.stock_details import coming, holding
from desktop_app.services.stock_list import of_products
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

HOME = "12 Mill Lane\nBath BA1 2QR"
DISPLACES = "confirm:displaces_units"


def rows_of(backend, table, *where):
    return backend.read(
        lambda db: db.execute(select(table).where(*where).order_by(table.c.id)).all()
    )


def one_of(backend, table, key):
    (row,) = rows_of(backend, table, table.c.id == key)
    return row


def notes(backend, document, key):
    found = rows_of(backend, t.note, t.note.c.document == document, t.note.c.document_id == key)
    return [(n.kind, n.params) for n in found]


def do(backend, call):
    return backend.run(call, once=once())


def refused(backend, code, call, items=None, **params):
    before = written(backend)
    with pytest.raises(Rejected) as error:
        do(backend, call)
    assert error.value.code == code
    if items is not None:
        assert list(error.value.items) == items
    for name, value in params.items():
        assert error.value.params[name] == value
    assert written(backend) == before


def written(backend):
    tables = (
        t.purchase_order, t.purchase_row, t.peg, t.note, t.goods_out, t.goods_out_row, t.drop_ship_row,
        t.sale_event, t.movement, t.journal,
    )  # fmt: skip
    return backend.read(
        lambda db: [db.execute(select(func.count()).select_from(x)).scalar_one() for x in tables]
    )


def levels(backend, product):
    level = t.stock_level.c
    found = rows_of_levels(backend, level.product_id == product)
    return {
        row.warehouse_id: (row.in_stock // units(1), row.allocated // units(1)) for row in found
    }


def rows_of_levels(backend, *where):
    return backend.read(lambda db: db.execute(select(t.stock_level).where(*where)).all())


def row(backend, key):
    """(reserved, fulfilled, shipped, drop fulfilled, drop shipped) in whole units."""
    found = one_of(backend, t.sale_row, key)
    return tuple(
        x // units(1)
        for x in (
            found.reserved,
            found.fulfilled,
            found.shipped,
            found.drop_fulfilled,
            found.drop_shipped,
        )
    )


def axes(backend, key):
    found = one_of(backend, t.sale, key)
    return Axis(found.allocation), Axis(found.fulfilment), Axis(found.shipping)


def clone(backend, sale, supplier, quantities, *, confirmed=(), **named):
    wanted = {key: units(n) for key, n in quantities.items()}
    return do(
        backend,
        clone_to_purchase_order(CloneRequest(sale.id, supplier, None, wanted, **named), confirmed),
    )


class Shop:
    """A sale of a tent, three stoves (one reserved, one on its way) and a mat that has left."""

    def __init__(self, backend):
        self.tent, self.stove, self.mat = (
            a_product(backend, sku) for sku in ("TENT", "STOVE", "MAT")
        )
        costs = {self.tent: "61.20", self.stove: "17.95", self.mat: "24.00"}
        self.kestrel = a_supplier(backend, "Kestrel", lead_time_days=7, costs=costs)
        stock(backend, {self.stove: 2, self.mat: 1})
        rows = [
            Row(self.tent, 2), Row(self.stove, 3, reserved=1), Row(self.mat, 1, fulfilled=1, shipped=1),
            Row(None, 1, kind="text"), Row(a_product(backend, "FIT", kind="service"), 1, kind="service"),
        ]  # fmt: skip
        self.sale = a_sale(backend, rows, customer=a_customer(backend, "Tom Okafor"), address=HOME)
        self.rows = self.sale.rows
        self.on_po = a_purchase_order(
            backend, self.kestrel, {self.stove: 1}, pegs={self.rows[1]: {self.stove: 1}}
        )


@pytest.fixture
def shop(backend):
    return Shop(backend)


def test_the_order_goes_to_the_customer_and_its_units_are_fulfilled(backend, shop):
    """R4.3: address copied, units on a drop-ship note, nothing on order, no stock touched."""
    before = levels(backend, shop.stove)
    done = clone(
        backend, shop.sale, shop.kestrel, {shop.rows[0]: 2, shop.rows[1]: 1},
        sales_status_id=f.SALE_STATUS["On order"],
    ).result  # fmt: skip
    order = one_of(backend, t.purchase_order, done["id"])
    assert (order.drop_ship, order.warehouse_id, order.address) == (1, None, HOME)
    assert (order.sale_id, order.to_come, order.state) == (shop.sale.id, units(3), "draft")
    assert row(backend, shop.rows[0]) == (0, 2, 0, 2, 0)
    assert row(backend, shop.rows[1]) == (1, 1, 0, 1, 0)
    assert levels(backend, shop.stove) == before
    assert axes(backend, shop.sale.id) == (Axis.PART, Axis.PART, Axis.PART)
    (note,) = rows_of(backend, t.goods_out, t.goods_out.c.kind == "drop_ship")
    assert (note.sale_id, note.po_id, note.warehouse_id, note.shipped_at) == (
        shop.sale.id, order.id, None, None,
    )  # fmt: skip
    pegs = rows_of(backend, t.peg, t.peg.c.po_row_id != shop.on_po.rows[shop.stove])
    assert [(p.sale_row_id, p.quantity, p.live) for p in pegs] == [
        (shop.rows[0], units(2), 0), (shop.rows[1], units(1), 0),
    ]  # fmt: skip
    # The one that comes to the warehouse is still needed: 3 = 1 reserved + 1 dropped + 1 on its way.
    (other,) = rows_of(backend, t.peg, t.peg.c.po_row_id == shop.on_po.rows[shop.stove])
    assert other.live == units(1)
    items = [{"sku": "TENT", "units": units(2)}, {"sku": "STOVE", "units": units(1)}]
    assert notes(backend, "SO", shop.sale.id) == [
        ("status_changed", {"from": "New", "to": "On order"}),
        ("ordered", {"orders": [{
            "id": order.id, "number": order.number, "supplier": "Kestrel", "items": items, "drop_ship": True,
        }]}),
    ]  # fmt: skip
    seen = backend.read(clone_preview, shop.sale.id)
    assert [(r.offered, r.on_order) for r in seen.rows[:2]] == [(0, 0), (0, units(1))]


def test_never_on_order_and_never_receivable(backend, shop):
    """R1.1, R5.2."""
    done = clone(backend, shop.sale, shop.kestrel, {shop.rows[0]: 2}, po_state="sent").result
    # Nothing in stock, allocated, on order or wanted anywhere: the list has no line for it.
    assert backend.read(of_products, [shop.tent]) == {shop.tent: []}
    assert backend.read(coming, shop.tent, None) == []
    assert backend.read(holding, shop.tent, None) == []
    (found,) = backend.read(find, str(done["number"]), f.MAIN)
    assert found.order.refusal == "drop_ship"
    (key,) = (x.id for x in rows_of(backend, t.purchase_row, t.purchase_row.c.po_id == done["id"]))
    delivery = ReceiptRequest(done["id"], (ReceiptRow(key, units(1)),))
    refused(backend, "purchase_drop_ship", receive(delivery), number=done["number"])


def test_reservations_and_pegs_that_are_displaced_are_told_first_and_released(backend, shop):
    """R4.3: what the row then needs no longer is released, with a note; R1.7 for the pegs."""
    stove = shop.rows[1]
    seen = backend.read(clone_preview, shop.sale.id).rows[1]
    assert (seen.deliverable, seen.displaced(units(1))) == (units(3), (0, 0))
    assert seen.displaced(units(2)) == (0, units(1))
    assert seen.displaced(units(3)) == (units(1), units(1))
    refused(
        backend, DISPLACES,
        clone_to_purchase_order(CloneRequest(shop.sale.id, shop.kestrel, None, {stove: units(3)})),
        items=[stove], released=units(1), freed=units(1),
    )  # fmt: skip
    done = clone(backend, shop.sale, shop.kestrel, {stove: 3}, confirmed=[DISPLACES])
    po = {"id": done.result["id"], "number": done.result["number"]}
    assert done.result["released"] == units(1)
    assert row(backend, stove) == (0, 3, 0, 3, 0)
    assert levels(backend, shop.stove) == {f.MAIN: (2, 0)}
    (peg,) = rows_of(backend, t.peg, t.peg.c.po_row_id == shop.on_po.rows[shop.stove])
    assert (peg.quantity, peg.live) == (units(1), 0)
    said = dict(notes(backend, "SO", shop.sale.id))
    assert said["drop_released"] == {"po": po, "items": [{"sku": "STOVE", "units": units(1)}]}
    assert notes(backend, "PO", shop.on_po.id) == [
        (
            "drop_freed",
            {"sale": {"id": shop.sale.id, "number": shop.sale.number}, "units": units(1)},
        )
    ]
    # One step back: reserved and promised as before.
    backend.undo(done.journal_id, once=once())
    assert row(backend, stove) == (1, 0, 0, 0, 0)
    assert levels(backend, shop.stove) == {f.MAIN: (2, 1)}
    (peg,) = rows_of(backend, t.peg, t.peg.c.po_row_id == shop.on_po.rows[shop.stove])
    assert (peg.quantity, peg.live) == (units(1), units(1))
    assert rows_of(backend, t.goods_out, t.goods_out.c.kind == "drop_ship") == []
    assert one_of(backend, t.purchase_order, po["id"]).state == "cancelled"
    assert [n.params for n in rows_of(backend, t.note) if n.struck_by is None] == []


def test_refusals(backend, shop):
    def ask_for(quantities, **named):
        wanted = {key: units(n) for key, n in quantities.items()}
        return clone_to_purchase_order(
            CloneRequest(shop.sale.id, shop.kestrel, None, wanted, **named)
        )

    refused(backend, "drop_ship_too_many", ask_for({shop.rows[0]: 3}), items=[shop.rows[0]])
    refused(backend, "drop_ship_too_many", ask_for({shop.rows[2]: 1}), items=[shop.rows[2]])
    refused(backend, "not_drop_shipped", ask_for({shop.rows[4]: 1}), items=[shop.rows[4]])
    refused(backend, "cannot_be_ordered", ask_for({shop.rows[3]: 1}), items=[shop.rows[3]])
    refused(
        backend,
        "address_incomplete",
        ask_for({shop.rows[0]: 1}, address="Mill Lane"),
        items=["town"],
    )
    refused(backend, "text_too_long", ask_for({shop.rows[0]: 1}, address="x, " * 600))
    nowhere = a_sale(backend, [Row(shop.tent, 1)])
    request = CloneRequest(nowhere.id, shop.kestrel, None, {nowhere.rows[0]: units(1)})
    refused(
        backend, "address_incomplete", clone_to_purchase_order(request), items=["street", "town"]
    )
    typed = CloneRequest(
        nowhere.id,
        shop.kestrel,
        None,
        {nowhere.rows[0]: units(1)},
        address="  4 Quay ,\n\n Falmouth ",
    )
    made = do(backend, clone_to_purchase_order(typed)).result
    assert one_of(backend, t.purchase_order, made["id"]).address == "4 Quay\nFalmouth"


def test_shipped_by_the_supplier_part_by_part(backend, shop):
    """R4.3: each part a note with its tracking; the sale's axes and the order's received follow."""
    sale = a_sale(backend, [Row(shop.tent, 3), Row(shop.stove, 2)], address=HOME)
    tent, stove = sale.rows
    made = clone(backend, sale, shop.kestrel, {tent: 3, stove: 2}, po_state="sent").result
    po = made["id"]
    before = rows_of(backend, t.movement)
    assert axes(backend, sale.id) == (Axis.ALL, Axis.ALL, Axis.NONE)
    first = do(backend, mark_drop_shipped(po, {tent: units(1), stove: units(2)}, " 1Z 999 ")).result
    assert (first["units"], first["left"], first["sale"]) == (
        units(3),
        units(2),
        {"id": sale.id, "number": sale.number},
    )
    assert row(backend, tent) == (0, 3, 1, 3, 1)
    assert row(backend, stove) == (0, 2, 2, 2, 2)
    assert axes(backend, sale.id) == (Axis.ALL, Axis.ALL, Axis.PART)
    order = one_of(backend, t.purchase_order, po)
    assert (order.received, order.to_come, order.status_id) == (
        Axis.PART, units(2), f.PURCHASE_STATUS["Part received"],
    )  # fmt: skip
    (step,) = rows_of(backend, t.goods_out_step)
    assert (step.goods_out_id, step.step, step.reference) == (
        first["note"]["id"],
        "shipped",
        "1Z 999",
    )
    items = [{"sku": "TENT", "units": units(1)}, {"sku": "STOVE", "units": units(2)}]
    about = {"note": first["note"], "items": items, "tracking": "1Z 999"}
    assert notes(backend, "PO", po)[-1] == (
        "drop_shipped",
        {**about, "sale": {"id": sale.id, "number": sale.number}, "left": units(2)},
    )
    assert notes(backend, "SO", sale.id)[-1] == (
        "drop_shipped", {**about, "po": {"id": po, "number": made["number"]}},
    )  # fmt: skip
    last = do(backend, mark_drop_shipped(po, {tent: units(2)})).result
    assert (last["left"], row(backend, tent)) == (0, (0, 3, 3, 3, 3))
    order = one_of(backend, t.purchase_order, po)
    assert (order.received, order.to_come, order.status_id) == (
        Axis.ALL,
        0,
        f.PURCHASE_STATUS["Received"],
    )
    assert axes(backend, sale.id) == (Axis.ALL, Axis.ALL, Axis.ALL)
    assert rows_of(backend, t.movement) == before
    assert {
        n.shipped_at is not None for n in rows_of(backend, t.goods_out, t.goods_out.c.po_id == po)
    } == {True}
    refused(
        backend, "more_than_left", mark_drop_shipped(po, {tent: units(1)}), items=[tent], left=0
    )


def test_what_cannot_be_marked_shipped(backend, backend_as, shop):
    made = clone(backend, shop.sale, shop.kestrel, {shop.rows[0]: 2}).result
    tent = shop.rows[0]
    refused(backend, "not_drop_ship", mark_drop_shipped(shop.on_po.id, {tent: units(1)}))
    refused(backend, "unknown_purchase_order", mark_drop_shipped(999, {tent: units(1)}))
    refused(backend, "nothing_to_ship", mark_drop_shipped(made["id"], {tent: 0}))
    refused(
        backend, "invalid_quantity", mark_drop_shipped(made["id"], {tent: -units(1)}), items=[tent]
    )
    refused(backend, "invalid_quantity", mark_drop_shipped(made["id"], {tent: 5}), items=[tent])
    refused(
        backend, "more_than_left", mark_drop_shipped(made["id"], {tent: units(3)}), left=units(2)
    )
    refused(
        backend, "more_than_left", mark_drop_shipped(made["id"], {shop.rows[1]: units(1)}), left=0
    )
    refused(backend, "text_too_long", mark_drop_shipped(made["id"], {tent: units(1)}, "x" * 121))
    with pytest.raises(NotAllowed):
        do(backend_as("clerk"), mark_drop_shipped(made["id"], {tent: units(1)}))
    do(backend, cancel_purchase_order(made["id"]))
    refused(backend, "not_open", mark_drop_shipped(made["id"], {tent: units(1)}))


def test_shipped_units_bar_cancelling_undoing_and_unsending(backend, shop):
    made = clone(backend, shop.sale, shop.kestrel, {shop.rows[0]: 2})
    sent = do(backend, send_purchase_order(made.result["id"]))
    do(backend, mark_drop_shipped(made.result["id"], {shop.rows[0]: units(1)}))
    refused(backend, "already_shipped", cancel_purchase_order(made.result["id"]))
    for journal, code in ((made.journal_id, "clone_in_use"), (sent.journal_id, "sent_and_shipped")):
        with pytest.raises(Rejected) as error:
            backend.undo(journal, once=once())
        assert error.value.code == code
    assert row(backend, shop.rows[0]) == (0, 2, 1, 2, 1)


def test_a_raise_is_refused(backend, shop):
    made = clone(backend, shop.sale, shop.kestrel, {shop.rows[0]: 2}).result
    (po_row,) = rows_of(backend, t.purchase_row, t.purchase_row.c.po_id == made["id"])
    refused(backend, "drop_ship_not_raised", raise_row(po_row.id, units(9)), number=made["number"])


def test_a_cancelled_order_falls_back_to_stock(backend, shop):
    """Needed again, and what is on hand is reserved at once; undone in one step."""
    stock(backend, {shop.tent: 1})
    made = clone(backend, shop.sale, shop.kestrel, {shop.rows[0]: 2}).result
    done = do(backend, cancel_purchase_order(made["id"]))
    assert (done.result["units"], done.result["sales"]) == (units(2), 1)
    assert row(backend, shop.rows[0]) == (1, 0, 0, 0, 0)
    assert levels(backend, shop.tent) == {f.MAIN: (1, 1)}
    po = {"id": made["id"], "number": made["number"]}
    assert notes(backend, "SO", shop.sale.id)[-1] == ("drop_back", {
        "po": po, "items": [{"sku": "TENT", "units": units(2)}],
        "reserved": [{"sku": "TENT", "units": units(1)}],
    })  # fmt: skip
    assert rows_of(backend, t.goods_out, t.goods_out.c.kind == "drop_ship") == []
    backend.undo(done.journal_id, once=once())
    assert row(backend, shop.rows[0]) == (0, 2, 0, 2, 0)
    assert levels(backend, shop.tent) == {f.MAIN: (1, 0)}
    assert one_of(backend, t.purchase_order, made["id"]).to_come == units(2)
    do(backend, mark_drop_shipped(made["id"], {shop.rows[0]: units(2)}))


def test_falling_back_passes_no_older_waiting_sale_over(backend, shop):
    """R5.5, R5.7."""
    waiting = a_sale(backend, [Row(shop.tent, 1)], placed_at=f.AT - timedelta(days=1))
    made = clone(backend, shop.sale, shop.kestrel, {shop.rows[0]: 2}).result
    stock(backend, {shop.tent: 2})
    do(backend, cancel_purchase_order(made["id"]))
    assert row(backend, shop.rows[0])[0] == 1
    assert row(backend, waiting.rows[0])[0] == 0
    do(backend, allocate([waiting.id]))
    assert row(backend, waiting.rows[0])[0] == 1


@pytest.mark.parametrize("status", ["On hold", "Quote"])
def test_a_sale_that_does_not_wait_reserves_nothing(backend, shop, status):
    held = a_sale(backend, [Row(shop.tent, 2)], status=status, address=HOME)
    made = clone(backend, held, shop.kestrel, {held.rows[0]: 2}).result
    stock(backend, {shop.tent: 2})
    do(backend, cancel_purchase_order(made["id"]))
    assert row(backend, held.rows[0]) == (0, 0, 0, 0, 0)


def test_ship_complete_reserves_all_or_nothing(backend, shop):
    """R5.6: the other row lacks its units, so this one takes nothing."""
    whole = a_sale(backend, [Row(shop.tent, 2), Row(shop.mat, 1)], ship_complete=1, address=HOME)
    made = clone(backend, whole, shop.kestrel, {whole.rows[0]: 2}).result
    stock(backend, {shop.tent: 2})
    do(backend, cancel_purchase_order(made["id"]))
    assert row(backend, whole.rows[0]) == (0, 0, 0, 0, 0)


def test_closing_short_keeps_what_was_shipped(backend, shop):
    made = clone(backend, shop.sale, shop.kestrel, {shop.rows[0]: 2}, po_state="sent").result
    do(backend, mark_drop_shipped(made["id"], {shop.rows[0]: units(1)}))
    done = do(backend, close_short(made["id"]))
    assert row(backend, shop.rows[0]) == (0, 1, 1, 1, 1)
    order = one_of(backend, t.purchase_order, made["id"])
    assert (order.state, order.received, order.to_come) == ("closed", Axis.PART, 0)
    backend.undo(done.journal_id, once=once())
    assert row(backend, shop.rows[0]) == (0, 2, 1, 2, 1)


def test_what_was_covered_since_is_not_given_to_the_supplier_again(backend, shop):
    made = clone(backend, shop.sale, shop.kestrel, {shop.rows[0]: 2}).result
    done = do(backend, cancel_purchase_order(made["id"]))
    stock(backend, {shop.tent: 1})
    do(backend, allocate([shop.sale.id]))
    with pytest.raises(Rejected) as error:
        backend.undo(done.journal_id, once=once())
    assert (error.value.code, list(error.value.items)) == ("drop_ship_covered", [shop.sale.number])
    assert row(backend, shop.rows[0]) == (1, 0, 0, 0, 0)


def test_units_taken_back_leave_the_order_and_come_again_by_undo(backend, shop):
    """A part, and a whole row: the order keeps the rest."""
    stock(backend, {shop.stove: 5})
    sale = a_sale(backend, [Row(shop.tent, 3), Row(shop.stove, 2)], address=HOME)
    tent, stove = sale.rows
    made = clone(backend, sale, shop.kestrel, {tent: 3, stove: 2}).result
    done = do(backend, take_back(made["id"], {tent: units(1), stove: units(2)}))
    assert done.result == {
        "id": made["id"], "number": made["number"], "units": units(3), "reserved": units(2),
    }  # fmt: skip
    lines = rows_of(backend, t.purchase_row, t.purchase_row.c.po_id == made["id"])
    assert [(x.product_id, x.ordered, x.total) for x in lines] == [(shop.tent, units(2), 12240)]
    order = one_of(backend, t.purchase_order, made["id"])
    assert (order.to_come, order.total) == (units(2), 12240)
    assert (row(backend, tent), row(backend, stove)) == ((0, 2, 0, 2, 0), (2, 0, 0, 0, 0))
    refused(
        backend, "cancel_instead", take_back(made["id"], {tent: units(2)}), number=made["number"]
    )
    backend.undo(done.journal_id, once=once())
    assert (row(backend, tent), row(backend, stove)) == ((0, 3, 0, 3, 0), (0, 2, 0, 2, 0))
    lines = rows_of(backend, t.purchase_row, t.purchase_row.c.po_id == made["id"])
    assert {(x.product_id, x.ordered) for x in lines} == {
        (shop.tent, units(3)),
        (shop.stove, units(2)),
    }
    pegs = rows_of(backend, t.peg, t.peg.c.sale_row_id.in_(sale.rows))
    assert {(p.sale_row_id, p.quantity, p.live) for p in pegs} == {
        (tent, units(3), 0),
        (stove, units(2), 0),
    }
    do(backend, mark_drop_shipped(made["id"], {tent: units(3), stove: units(2)}))


def test_cancelling_the_sale_leaves_an_order_with_nothing_to_ship(backend, shop):
    """R2.7: notes go, the order's note says so, and the order can be cancelled."""
    sale = a_sale(backend, [Row(shop.tent, 3)], address=HOME)
    made = clone(backend, sale, shop.kestrel, {sale.rows[0]: 3}, po_state="sent").result
    done = do(backend, cancel([sale.id])).result
    assert done["purchases"] == [{"id": made["id"], "number": made["number"], "units": units(3)}]
    assert row(backend, sale.rows[0]) == (0, 0, 0, 0, 0)
    assert notes(backend, "PO", made["id"])[-1] == (
        "drop_sale_cancelled", {"sale": {"id": sale.id, "number": sale.number}, "units": units(3)},
    )  # fmt: skip
    refused(
        backend, "more_than_left", mark_drop_shipped(made["id"], {sale.rows[0]: units(1)}), left=0
    )
    ended = do(backend, cancel_purchase_order(made["id"]))
    assert one_of(backend, t.purchase_order, made["id"]).state == "cancelled"
    backend.undo(ended.journal_id, once=once())
    assert row(backend, sale.rows[0]) == (0, 0, 0, 0, 0)


def test_a_mixed_sale(backend, shop):
    """Some rows from the warehouse, some from the supplier, one row from both."""
    stock(backend, {shop.tent: 1})
    sale = a_sale(backend, [Row(shop.tent, 3, reserved=1), Row(shop.stove, 1)], address=HOME)
    made = clone(backend, sale, shop.kestrel, {sale.rows[0]: 2}).result
    do(backend, allocate([sale.id]))
    assert (row(backend, sale.rows[0]), row(backend, sale.rows[1])) == (
        (1, 2, 0, 2, 0),
        (1, 0, 0, 0, 0),
    )
    assert axes(backend, sale.id) == (Axis.ALL, Axis.PART, Axis.NONE)
    do(backend, mark_drop_shipped(made["id"], {sale.rows[0]: units(2)}))
    assert axes(backend, sale.id) == (Axis.ALL, Axis.PART, Axis.PART)


def test_a_new_expected_day_is_noted_on_the_sale(backend, shop):
    made = clone(backend, shop.sale, shop.kestrel, {shop.rows[0]: 2}).result
    done = do(backend, change_expected(made["id"], f.AT.date(), note_on_sales=True))
    assert done.result["sales"] == 1


def test_labels_follow_the_settings(backend, shop):
    """Section 9: status when part received, when fully received."""
    change = settings.SettingChange(settings.STATUS_FULL, f.PURCHASE_STATUS["Draft"])
    do(backend, settings.save_settings([change]))
    made = clone(backend, shop.sale, shop.kestrel, {shop.rows[0]: 2}, po_state="sent").result
    do(backend, mark_drop_shipped(made["id"], {shop.rows[0]: units(2)}))
    assert one_of(backend, t.purchase_order, made["id"]).status_id == f.PURCHASE_STATUS["Draft"]
