"""A receipt takes the same number of statements at 1, 50 and 5,000 rows, at most 40 (goal 12)."""

import pytest

from desktop_app.services.receipt_undo import undo_preview
from desktop_app.services.receiving import allocation_preview, outstanding_request, receive
from tests.helpers import worlds
from tests.helpers.builders import once

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
