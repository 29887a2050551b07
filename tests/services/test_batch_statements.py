"""The number of SQL statements does not depend on the number of rows (performance goal 12)."""

import pytest

from desktop_app.services.purchasing import BatchOptions, BatchRequest, place_batch, preview
from tests.helpers.builders import a_purchase_order, a_supplier, once
from tests.helpers.many import many_products, many_sales

MOST = 40


def _sent(backend, statements_sent, sale_ids, options):
    request = BatchRequest(tuple(sale_ids), options)
    with statements_sent.counting() as reading:
        seen = backend.read(preview, request)
    with statements_sent.counting() as writing:
        done = backend.run(place_batch(request, seen.fingerprint), once=once())
    assert done.result["orders"]
    with statements_sent.counting() as undoing:
        backend.undo(done.journal_id, once=once())
    return reading, writing, undoing


@pytest.mark.parametrize(
    "options",
    [
        BatchOptions(sales_status_id=3),
        BatchOptions(sales_status_id=3, append_to_drafts=True, vendor="cheapest"),
        BatchOptions(one_order_per_sale=True, count_promised_deliveries=True),
        BatchOptions(sales_status_id=3, append_to_drafts=True, deliver_to=1),
    ],
    ids=["defaults", "append", "per sale", "to one place"],
)
def test_statements_are_the_same_for_1_50_and_5000_rows(backend, statements_sent, options):
    suppliers = [a_supplier(backend) for _ in range(4)]
    products = many_products(backend, 200, suppliers)
    a_purchase_order(backend, suppliers[0], dict.fromkeys(products, 1))
    for n, one in enumerate(suppliers):
        a_purchase_order(backend, one, dict.fromkeys(products[n::4], 1), state="draft")
    counts = []
    for sales, rows in ((1, 1), (10, 5), (1000, 5)):
        chosen = many_sales(backend, sales, products, rows_each=rows, ordered=5).sales
        counts.append(_sent(backend, statements_sent, chosen, options))
    for one, fifty, many in zip(*counts, strict=True):
        assert one.count == fifty.count == many.count, f"{one}\n---\n{many}"
        assert many.count <= MOST, str(many)
