"""Undoing a batch, whole or not (R3.13, BPO-17)."""


from dataclasses import replace

import pytest
from sqlalchemy import update

from desktop_app.services.errors import Rejected
from desktop_app.services.purchases import raise_row, send_purchase_order
from desktop_app.services.purchasing import (
    BatchOptions,
    Edits,
    preview,
)
from desktop_app.services.receiving import allocation_preview, outstanding_request, receive
from desktop_app.services.rules.money import units
from desktop_app.services.store import tables as t
from tests.helpers import foundation as f
from tests.helpers.batches import chosen, counts, one_of, place, receive_one, rows_of
from tests.helpers.builders import Row, a_product, a_purchase_order, a_sale, a_supplier, once

# --- undo (R3.13) -------------------------------------------------------------------------------


def test_undo_cancels_orders_frees_pegs_and_puts_statuses_back(backend):
    pen = a_product(backend)
    acme = a_supplier(backend, costs={pen: "1.00"})
    there = a_purchase_order(backend, acme, {pen: 3})
    first, second = (a_sale(backend, [Row(pen, 4)]) for _ in range(2))
    wanted = f.SALE_STATUS["On order"]
    done = place(backend, chosen(first, second, options=BatchOptions(sales_status_id=wanted)))
    with backend.store.writes.begin() as db:
        # Somebody moved the second on since: that stays (R3.13).
        later = f.SALE_STATUS["Ready to ship"]
        db.execute(update(t.sale).where(t.sale.c.id == second.id).values(status_id=later))
    undone = backend.undo(done.journal_id, once=once())
    made = done.result["orders"][0]
    assert undone.result == {
        "batch_id": done.result["batch_id"], "orders": [made["number"]], "sales_restored": 1, "sales_kept": 1,
    }  # fmt: skip
    order = one_of(backend, t.purchase_order, made["id"])
    assert (order.state, order.to_come) == ("cancelled", 0)
    now = [one_of(backend, t.sale, sale.id).status_id for sale in (first, second)]
    assert now == [f.SALE_STATUS["New"], f.SALE_STATUS["Ready to ship"]]
    assert rows_of(backend, t.peg, t.peg.c.po_row_id == there.rows[pen]) == []
    assert all(p.live == 0 for p in rows_of(backend, t.peg))
    notes = rows_of(backend, t.note)
    assert {(n.kind, n.struck_by == undone.journal_id) for n in notes} == {
        ("ordered", True), ("raised_for", True), ("set_aside", True), ("status_changed", True),
        ("batch_undone", False),
    }  # fmt: skip
    (batch,) = rows_of(backend, t.purchase_batch)
    assert batch.undone_by == undone.journal_id
    again = backend.read(preview, chosen(first, second))
    assert (again.units, again.units_pegged_inbound) == (units(5), units(3))
    with pytest.raises(Rejected, match="already_undone"):
        backend.undo(done.journal_id, once=once())


def test_undo_is_refused_whole_naming_each_order_in_the_way(backend):
    products = [a_product(backend) for _ in range(5)]
    for product in products:
        a_supplier(backend, costs={product: "1.00"})
    sale = a_sale(backend, [Row(p, 4) for p in products])
    edits = Edits(quantities={f"{products[3]}@{f.MAIN}": units(9)})
    done = place(backend, chosen(sale, edits=edits))
    orders = {o["supplier"]: o for o in done.result["orders"]}
    sent, changed, received, promised, _fine = (orders[name] for name in sorted(orders))
    backend.run(send_purchase_order(sent["id"]), once=once())
    (row,) = rows_of(backend, t.purchase_row, t.purchase_row.c.po_id == changed["id"])
    backend.run(raise_row(row.id, row.ordered + units(1)), once=once())
    receive_one(backend, received["id"])
    place(backend, chosen(a_sale(backend, [Row(products[3], 5)])))
    before = counts(backend)
    with pytest.raises(Rejected) as error:
        backend.undo(done.journal_id, once=once())
    assert error.value.code == "batch_in_use"
    assert list(error.value.items) == [
        {"id": o["id"], "number": o["number"], "reason": reason}
        for o, reason in (
            (sent, "sent"), (changed, "changed"), (received, "received"), (promised, "promised"),
        )
    ]  # fmt: skip
    assert counts(backend) == before


def test_undo_gives_back_what_it_added_to_a_peg_that_was_there(backend):
    """A pair of rows keeps its one peg: it grows, and shrinks again."""
    pen = a_product(backend)
    acme = a_supplier(backend, costs={pen: "1.00"})
    sale = a_sale(backend, [Row(pen, 6)])
    there = a_purchase_order(backend, acme, {pen: 8}, pegs={sale.rows[0]: {pen: 2}})
    done = place(backend, chosen(sale))
    (peg,) = rows_of(backend, t.peg)
    assert (peg.po_row_id, peg.quantity, peg.live) == (there.rows[pen], units(6), units(6))
    backend.undo(done.journal_id, once=once())
    (peg,) = rows_of(backend, t.peg)
    assert (peg.quantity, peg.live) == (units(2), units(2))


def test_what_was_done_to_an_order_and_taken_back_is_in_nobodys_way(backend):
    """Sent, received, both undone: the batch can be undone again."""
    pen = a_product(backend)
    a_supplier(backend, costs={pen: "1.00"})
    sale = a_sale(backend, [Row(pen, 4)])
    done = place(backend, chosen(sale))
    (order,) = done.result["orders"]
    sent = backend.run(send_purchase_order(order["id"]), once=once())
    request = backend.read(outstanding_request, order["id"])
    agreed = backend.read(allocation_preview, request).fingerprint
    received = backend.run(receive(replace(request, agreed=agreed)), once=once())
    backend.undo(received.journal_id, once=once())
    backend.undo(sent.journal_id, once=once())
    undone = backend.undo(done.journal_id, once=once())
    assert undone.result["orders"] == [order["number"]]
    assert one_of(backend, t.purchase_order, order["id"]).state == "cancelled"
    assert all(p.live == 0 for p in rows_of(backend, t.peg))
