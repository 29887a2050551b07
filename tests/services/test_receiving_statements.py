"""A receipt takes the same number of statements at 1, 50 and 5,000 rows, at most 40 (goal 12)."""

from dataclasses import replace

import pytest

from desktop_app.services.receipt_drafts import (
    draft,
    receipt_of,
    scan,
    set_details,
    start_or_continue,
)
from desktop_app.services.receipt_undo import undo_preview
from desktop_app.services.receiving import (
    RowRaise,
    allocation_preview,
    outstanding_request,
    receive,
)
from desktop_app.services.rules.money import UNIT
from tests.helpers import worlds
from tests.helpers.builders import Row, a_product, a_purchase_order, a_sale, a_supplier, once

STATEMENTS_MAX = 40


@pytest.mark.parametrize("allocate", [True, False])
def test_receive_and_undo(backend, statements_sent, allocate):
    counts = {}
    for size in (1, 50, 5_000):
        po = worlds.many_waiting(backend, size)
        request = backend.read(outstanding_request, po, allocate)
        with statements_sent.counting() as previewed:
            shown = backend.read(allocation_preview, request)
        assert shown.allocated == (shown.units if allocate else 0)
        with statements_sent.counting() as received:
            done = backend.run(receive(request), once=once())
        assert len(done.result["sales"]) == (size if allocate else 0)
        with statements_sent.counting() as looked:
            assert backend.read(undo_preview, done.result["goods_in"]["id"]).possible
        with statements_sent.counting() as undone:
            backend.undo(done.journal_id, once=once())
        counts[size] = (previewed.count, received.count, looked.count, undone.count)
    assert counts[1] == counts[50] == counts[5_000], f"{counts}\n{received}"
    assert max(counts[1]) <= STATEMENTS_MAX, f"{counts}\n{received}"


def test_the_longest_receipt(backend, statements_sent):
    """A draft with a bin, extras raised, damaged units, a reference, the rest closed: all at once."""
    p, q = a_product(backend, "P"), a_product(backend, "Q")
    sales = [a_sale(backend, [Row(p, 2), Row(q, 9)]) for _ in range(3)]
    pegs = {sales[0].rows[0]: {p: 2}, sales[1].rows[1]: {q: 5}}
    po = a_purchase_order(backend, a_supplier(backend), {p: 4, q: 6}, pegs=pegs)
    a_purchase_order(backend, a_supplier(backend), {q: 4}, pegs={sales[1].rows[1]: {q: 4}})
    key = backend.run(start_or_continue(po.id), once=once()).result["draft_id"]
    for code in ("GOODS-IN", "P", "P", "P", "P", "P", "QUARANTINE", "Q"):
        backend.run(scan(key, code), once=once())
    backend.run(set_details(key, reference="DN-9", allocate=True), once=once())
    raises = [RowRaise(po.rows[p], 5 * UNIT)]
    request = receipt_of(backend.read(draft, key), raises=raises, close_rest=True)
    shown = backend.read(allocation_preview, request)
    with statements_sent.counting() as received:
        done = backend.run(receive(replace(request, agreed=shown.fingerprint)), once=once())
    assert (done.result["units"], done.result["closed"]) == (6 * UNIT, True)
    assert received.count <= STATEMENTS_MAX, f"{received.count}\n{received}"
    with statements_sent.counting() as undone:
        backend.undo(done.journal_id, once=once())
    assert undone.count <= STATEMENTS_MAX, f"{undone.count}\n{undone}"
