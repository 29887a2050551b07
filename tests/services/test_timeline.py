"""Notes and timeline of a document: newest first, who and when, undone ones struck (IA-11, R11.2)."""

import pytest
from sqlalchemy import select

from desktop_app.services import receipt_undo  # noqa: F401 - the inverse of receive
from desktop_app.services.purchasing import BatchOptions, BatchRequest
from desktop_app.services.receipt_shapes import ReceiptRequest, ReceiptRow
from desktop_app.services.receiving import receive
from desktop_app.services.rules.money import units
from desktop_app.services.sales import set_status, write_note
from desktop_app.services.store import tables as t
from desktop_app.services.timeline import Theme, timeline
from tests.helpers import foundation as f
from tests.helpers.batches import place
from tests.helpers.builders import Row, a_product, a_purchase_order, a_sale, a_supplier, once


@pytest.fixture
def sale(backend):
    pen = a_product(backend, "PEN")
    a_supplier(backend, "Acme", costs={pen: "1.00"})
    return a_sale(backend, [Row(pen, 3)])


def told(backend, document, key):
    return [(e.kind, e.theme, e.person, e.struck_by) for e in backend.read(timeline, document, key)]


def test_newest_first_with_who(backend, backend_as, sale):
    backend.run(write_note("SO", sale.id, "first"), once=once())
    clerk = backend_as("clerk")
    clerk.run(write_note("SO", sale.id, "second"), once=once())
    found = backend.read(timeline, "SO", sale.id)
    assert [(e.params["text"], e.person, e.theme) for e in found] == [
        ("second", "Cleo Clerk", Theme.NOTE), ("first", "Mary Manager", Theme.NOTE),
    ]  # fmt: skip
    assert found[0].at >= found[1].at
    assert [e.struck_at for e in found] == [None, None]
    assert backend.read(timeline, "SO", sale.id, 1) == found[:1]
    assert backend.read(timeline, "PO", sale.id) == []


def test_a_receipt_stands_on_both_and_stays_struck_when_undone(backend, sale):
    """R5.8, R5.10."""
    pen = 1
    order = a_purchase_order(backend, 1, {pen: 3}, pegs={sale.rows[0]: {pen: 3}})
    done = backend.run(
        receive(ReceiptRequest(order.id, (ReceiptRow(order.rows[pen], units(3)),), allocate=True)),
        once=once(),
    )
    assert told(backend, "PO", order.id)[0][:3] == ("goods_received", Theme.STOCK, "Mary Manager")
    assert told(backend, "SO", sale.id)[0] == ("goods_allocated", Theme.STOCK, "Mary Manager", "")
    undone = backend.undo(done.journal_id, once=once())
    received = next(e for e in backend.read(timeline, "PO", order.id) if e.kind == "goods_received")
    assert received.struck_by == "Mary Manager"
    assert received.struck_at is not None
    assert received.journal_id == done.journal_id
    allocated = next(
        e for e in backend.read(timeline, "SO", sale.id) if e.kind == "goods_allocated"
    )
    assert (allocated.struck_by, allocated.struck_at) == ("Mary Manager", received.struck_at)
    with backend.store.reading() as db:
        at = db.execute(
            select(t.journal.c.at).where(t.journal.c.id == undone.journal_id)
        ).scalar_one()
    assert received.struck_at == at


def test_a_status_is_told_once_and_its_undo_too(backend, sale):
    done = backend.run(set_status([sale.id], f.SALE_STATUS["On hold"]), once=once())
    (entry,) = backend.read(timeline, "SO", sale.id)
    assert (entry.kind, entry.theme, entry.params) == (
        "status_changed",
        Theme.STATUS,
        {"from": "New", "to": "On hold"},
    )
    backend.undo(done.journal_id, once=once())
    found = backend.read(timeline, "SO", sale.id)
    struck = [e for e in found if e.struck_by]
    assert [e.params for e in struck] == [{"from": "New", "to": "On hold"}]
    back = [e for e in found if not e.struck_by]
    assert [(e.kind, e.params) for e in back] == [
        ("status_changed", {"from": "On hold", "to": "New"})
    ]


def test_a_batch_with_its_undo(backend, sale):
    done = place(
        backend, BatchRequest((sale.id,), BatchOptions(sales_status_id=f.SALE_STATUS["On order"]))
    )
    kinds = {kind for kind, *_ in told(backend, "SO", sale.id)}
    assert kinds == {"ordered", "status_changed"}
    backend.undo(done.journal_id, once=once())
    by = {
        e.kind: e.struck_by
        for e in backend.read(timeline, "SO", sale.id)
        if e.journal_id == done.journal_id
    }
    assert by == {"ordered": "Mary Manager", "status_changed": "Mary Manager"}
