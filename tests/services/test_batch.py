"""Placing a batch through the backend: what is written, what is refused (R3.1 to R3.12)."""

from datetime import UTC, datetime

import pytest

from desktop_app.services import settings
from desktop_app.services.errors import NotAllowed, Rejected
from desktop_app.services.purchasing import (
    BatchOptions,
    BatchRequest,
    Edits,
    place_batch,
    preview,
)
from desktop_app.services.rules.money import units
from desktop_app.services.store import tables as t
from tests.helpers import foundation as f
from tests.helpers.batches import chosen, counts, one_of, place, refused, rows_of
from tests.helpers.builders import Row, a_product, a_purchase_order, a_sale, a_supplier, once, stock

# --- what is written ----------------------------------------------------------------------------


def test_an_order_per_supplier_with_pegs_notes_and_statuses(backend):
    """R3.5, R3.9, R3.11."""
    pen, cap, ink = (a_product(backend, sku) for sku in ("PEN", "CAP", "INK"))
    acme = a_supplier(backend, "Acme", costs={pen: "1.25", cap: "2.00"}, lead_time_days=3)
    zeta = a_supplier(backend, "Zeta", costs={ink: "0.3333"}, currency="EUR")
    stock(backend, {pen: 2})
    first = a_sale(backend, [Row(pen, 5), Row(cap, 1)])
    second = a_sale(backend, [Row(pen, 4), Row(ink, 7), Row(pen, 1)])
    options = BatchOptions(sales_status_id=f.SALE_STATUS["On order"], reference="Spring")
    done = place(backend, chosen(second, first, options=options))
    today = datetime.now(UTC).date()
    ones = done.result["orders"]
    assert [(o["supplier"], o["lines"], o["units"], o["total"], o["currency"]) for o in ones] == [
        ("Acme", 2, units(9), 1200, "GBP"), ("Zeta", 1, units(7), 233, "EUR"),
    ]  # fmt: skip
    assert done.result["sales_changed"] == 2
    assert done.result["not_ordered"] == []
    order = one_of(backend, t.purchase_order, ones[0]["id"])
    assert (order.number, order.supplier_id, order.warehouse_id, order.state) == (1, acme, f.MAIN, "draft")
    assert (order.status_id, order.reference) == (f.PURCHASE_STATUS["Draft"], "Spring")
    assert (order.total, order.to_come, order.received) == (1200, units(9), 0)
    assert abs((order.expected_on - today).days - 3) <= 1
    assert one_of(backend, t.purchase_order, ones[1]["id"]).supplier_id == zeta
    lines = rows_of(backend, t.purchase_row, t.purchase_row.c.po_id == order.id)
    assert [(r.product_id, r.ordered, r.cost, r.total, r.position) for r in lines] == [
        (pen, units(8), units("1.25"), 1000, 1), (cap, units(1), units(2), 200, 2),
    ]  # fmt: skip
    assert lines[0].supplier_sku == f"S{1}-{pen}"
    pegs = {p.sale_row_id: (p.quantity, p.live) for p in rows_of(backend, t.peg)}
    assert pegs == {
        first.rows[0]: (units(3), units(3)), first.rows[1]: (units(1), units(1)),
        second.rows[0]: (units(4), units(4)), second.rows[1]: (units(7), units(7)),
        second.rows[2]: (units(1), units(1)),
    }  # fmt: skip
    for sale in (first, second):
        assert one_of(backend, t.sale, sale.id).status_id == f.SALE_STATUS["On order"]
    notes = {(n.document, n.document_id, n.kind): n.params for n in rows_of(backend, t.note)}
    batch = done.result["batch_id"]
    assert notes["PO", order.id, "raised_for"] == {
        "batch": batch, "more": 0,
        "sales": [
            {"id": first.id, "number": 1, "units": units(4)}, {"id": second.id, "number": 2, "units": units(5)},
        ],
    }  # fmt: skip
    assert notes["SO", second.id, "ordered"] == {
        "orders": [
            {"id": ones[0]["id"], "number": 1, "supplier": "Acme", "items": [{"sku": "PEN", "units": units(5)}]},
            {"id": ones[1]["id"], "number": 2, "supplier": "Zeta", "items": [{"sku": "INK", "units": units(7)}]},
        ]
    }  # fmt: skip
    assert notes["SO", first.id, "status_changed"] == {"from": "New", "to": "On order"}
    assert len(notes) == 6
    (stored,) = rows_of(backend, t.purchase_batch)
    assert (stored.sale_count, stored.options["reference"], stored.undone_by) == (2, "Spring", None)


def test_the_same_batch_again_orders_nothing(backend):
    """R3.12."""
    pen = a_product(backend)
    a_supplier(backend, costs={pen: "1.00"})
    request = chosen(a_sale(backend, [Row(pen, 5)]), a_sale(backend, [Row(pen, 2)]))
    place(backend, request)
    again = backend.read(preview, request)
    assert (again.line_count, again.can_place) == (0, False)
    assert [(one.sku, one.reason) for one in again.nothing_to_order] == [
        (again.nothing_to_order[0].sku, "covered_by_inbound")
    ]
    refused(backend, request, "nothing_to_order", agreed=again.fingerprint)


def test_the_same_commit_twice_is_one_batch(backend):
    """R3.12: double click, or a retry after a lost connection."""
    pen = a_product(backend)
    a_supplier(backend, costs={pen: "1.00"})
    request = chosen(a_sale(backend, [Row(pen, 5)]))
    call, key = place_batch(request, backend.read(preview, request).fingerprint), once()
    first, second = backend.run(call, once=key), backend.run(call, once=key)
    assert (first.repeated, second.repeated) == (False, True)
    assert first.result == second.result
    assert len(rows_of(backend, t.purchase_order)) == 1


def test_free_inbound_that_is_used_is_pegged_though_nothing_is_ordered(backend):
    """R3.4: no second batch counts it again."""
    pen = a_product(backend, "PEN")
    acme = a_supplier(backend, "Acme", costs={pen: "1.00"})
    there = a_purchase_order(backend, acme, {pen: 6})
    first, second = (a_sale(backend, [Row(pen, 4)]) for _ in range(2))
    seen = backend.read(preview, chosen(first))
    assert (seen.line_count, seen.units_pegged_inbound, seen.can_place) == (0, units(4), True)
    done = place(backend, chosen(first))
    assert (done.result["orders"], done.result["units_pegged_inbound"]) == ([], units(4))
    (peg,) = rows_of(backend, t.peg)
    assert (peg.po_row_id, peg.sale_row_id, peg.quantity, peg.live) == (
        there.rows[pen], first.rows[0], units(4), units(4),
    )  # fmt: skip
    notes = {(n.document, n.document_id): (n.kind, n.params) for n in rows_of(backend, t.note)}
    assert notes == {
        ("PO", there.id): (
            "set_aside",
            {"batch": 1, "more": 0, "sales": [{"id": first.id, "number": 1, "units": units(4)}]},
        ),
        ("SO", first.id): (
            "set_aside",
            {"orders": [
                {"id": there.id, "number": 1, "supplier": "Acme", "items": [{"sku": "PEN", "units": units(4)}]}
            ]},
        ),
    }  # fmt: skip
    assert backend.read(preview, chosen(second)).units == units(2)


def test_without_cross_notes_there_are_none(backend):
    pen = a_product(backend)
    a_supplier(backend, costs={pen: "1.00"})
    place(backend, chosen(a_sale(backend, [Row(pen, 5)]), options=BatchOptions(cross_notes=False)))
    assert rows_of(backend, t.note) == []


def test_all_pegs_what_was_raised_and_lives_only_for_what_is_needed(backend):
    """R3.1.1 with R1.7: ten ordered, six reserved; the four needed are promised by one order already."""
    pen = a_product(backend)
    acme = a_supplier(backend, costs={pen: "1.00"})
    stock(backend, {pen: 6})
    sale = a_sale(backend, [Row(pen, 10, reserved=6)])
    a_purchase_order(backend, acme, {pen: 3}, pegs={sale.rows[0]: {pen: 3}})
    options = BatchOptions(quantity="all", exclude_stock=None, exclude_purchase_orders=False)
    done = place(backend, chosen(sale, options=options))
    assert done.result["orders"][0]["units"] == units(10)
    assert [(p.quantity, p.live) for p in rows_of(backend, t.peg)] == [
        (units(3), units(3)), (units(10), units(1)),
    ]  # fmt: skip


def test_orders_placed_as_sent(backend):
    pen = a_product(backend)
    a_supplier(backend, costs={pen: "1.00"})
    done = place(backend, chosen(a_sale(backend, [Row(pen, 1)]), options=BatchOptions(po_state="sent")))
    order = one_of(backend, t.purchase_order, done.result["orders"][0]["id"])
    assert (order.state, order.status_id) == ("sent", f.PURCHASE_STATUS["Placed with supplier"])
    assert order.sent_at == order.created_at


def test_one_order_per_sale(backend):
    """R3.5."""
    pen = a_product(backend)
    a_supplier(backend, costs={pen: "1.00"})
    sales = [a_sale(backend, [Row(pen, 1), Row(pen, 2)]) for _ in range(2)]
    done = place(backend, chosen(*sales, options=BatchOptions(one_order_per_sale=True)))
    made = [one_of(backend, t.purchase_order, o["id"]) for o in done.result["orders"]]
    assert [(o.sale_id, o.to_come) for o in made] == [(sale.id, units(3)) for sale in sales]


def test_status_only_for_the_sales_that_were_ordered_for(backend):
    """R3.11: a tick limits it; without, every sale that was not left out."""
    pen = a_product(backend)
    a_supplier(backend, costs={pen: "1.00"})
    stock(backend, {pen: 2})
    covered, short = a_sale(backend, [Row(pen, 2)]), a_sale(backend, [Row(pen, 2)])
    held = a_sale(backend, [Row(pen, 2)], status="On hold")
    wanted = f.SALE_STATUS["Back order"]
    limited = BatchOptions(sales_status_id=wanted, status_only_ordered=True)
    assert backend.read(preview, chosen(covered, short, held, options=limited)).sales_changing == 1
    options = BatchOptions(sales_status_id=wanted)
    assert backend.read(preview, chosen(covered, short, held, options=options)).sales_changing == 2
    place(backend, chosen(covered, short, held, options=limited))
    now = [one_of(backend, t.sale, sale.id).status_id for sale in (covered, short, held)]
    assert now == [f.SALE_STATUS["New"], wanted, f.SALE_STATUS["On hold"]]


def test_append_to_an_open_draft(backend):
    """R3.5: a row that is there is raised, another is added; a sent order is left alone."""
    pen, cap = a_product(backend), a_product(backend)
    acme = a_supplier(backend, costs={pen: {1: "1.00", 10: "0.50"}, cap: "3.00"})
    a_purchase_order(backend, acme, {pen: 1}, state="sent")
    draft = a_purchase_order(backend, acme, {pen: 4}, state="draft")
    sale = a_sale(backend, [Row(pen, 6), Row(cap, 2)])
    options = BatchOptions(append_to_drafts=True, exclude_purchase_orders=False)
    request = chosen(sale, options=options)
    assert backend.read(preview, request).groups[0].appended_to == (draft.id, draft.number)
    done = place(backend, request)
    (one,) = done.result["orders"]
    assert (one["id"], one["appended"], one["lines"], one["units"]) == (draft.id, True, 2, units(8))
    lines = rows_of(backend, t.purchase_row, t.purchase_row.c.po_id == draft.id)
    assert [(r.product_id, r.ordered, r.cost, r.total) for r in lines] == [
        (pen, units(10), units("0.50"), 500), (cap, units(2), units(3), 600),
    ]  # fmt: skip
    order = one_of(backend, t.purchase_order, draft.id)
    assert (order.total, order.to_come, order.batch_id) == (1100, units(12), None)
    backend.undo(done.journal_id, once=once())
    lines = rows_of(backend, t.purchase_row, t.purchase_row.c.po_id == draft.id)
    assert [(r.product_id, r.ordered, r.cost, r.total) for r in lines] == [
        (pen, units(4), units(1), 400)
    ]
    order = one_of(backend, t.purchase_order, draft.id)
    assert (order.state, order.total, order.to_come) == ("draft", 400, units(4))
    assert rows_of(backend, t.peg) == []


def test_a_supplier_limited_to_its_own_products(backend):
    """Rules section 9, *limit products to the supplier's own*."""
    pen, cap = a_product(backend, "PEN"), a_product(backend, "CAP")
    acme = a_supplier(backend, costs={pen: "1.00"})
    request = chosen(
        a_sale(backend, [Row(pen, 2), Row(cap, 3)]), options=BatchOptions(vendor="named", supplier_id=acme)
    )
    assert backend.read(preview, request).units == units(5)
    limit = settings.SettingChange(settings.OWN_PRODUCTS, True)
    backend.run(settings.save_settings([limit]), once=once())
    seen = backend.read(preview, request)
    assert [(one.sku, one.reason) for one in seen.no_supplier] == [("CAP", "not_supplied")]
    done = place(backend, request).result
    assert [o["units"] for o in done["orders"]] == [units(2)]
    assert [(n["sku"], n["units"], n["reason"]) for n in done["not_ordered"]] == [
        ("CAP", units(3), "not_supplied")
    ]


# --- refusals -----------------------------------------------------------------------------------


def test_refusals_name_what_is_wrong_and_write_nothing(backend):
    pen = a_product(backend)
    acme = a_supplier(backend, costs={pen: "1.00"})
    sale = a_sale(backend, [Row(pen, 4)])
    key = f"{pen}@{f.MAIN}"

    def with_options(**named):
        return chosen(sale, options=BatchOptions(**named))

    def with_edits(**named):
        return chosen(sale, edits=Edits(**named))

    refused(backend, BatchRequest((sale.id, 98, 99)), "unknown_sales", items=[98, 99])
    refused(backend, BatchRequest(tuple(range(10_001))), "too_many_sales")
    refused(backend, BatchRequest(()), "nothing_to_order", agreed=backend.read(preview, BatchRequest(())).fingerprint)
    refused(backend, with_options(vendor="named"), "choose_supplier")
    refused(backend, with_options(vendor="named", supplier_id=77), "unknown_supplier", items=[77])
    refused(backend, with_options(vendor="nearest"), "bad_option")
    refused(backend, with_options(quantity="some"), "bad_option")
    refused(backend, with_options(po_state="received"), "bad_option")
    refused(backend, with_options(one_order_per_sale=True, append_to_drafts=True), "options_clash")
    refused(backend, with_options(deliver_to=9), "unknown_warehouse", items=[9])
    refused(backend, with_options(po_status_id=f.SALE_STATUS["New"]), "unknown_status")
    refused(backend, with_options(reference="x" * 201), "text_too_long")
    for status, code in ((f.PURCHASE_STATUS["Draft"], "unknown_status"), (f.SALE_STATUS["Cancelled"], "status_cancels")):
        with pytest.raises(Rejected, match=code):
            backend.read(preview, with_options(sales_status_id=status))
    for wrong in (-1, units(1) // 2, 10**18, True):
        refused(backend, with_edits(quantities={key: wrong}), "invalid_quantity", items=[key])
    refused(backend, with_edits(suppliers={key: 55}), "unknown_supplier", items=[55])
    assert acme


def test_a_clerk_may_not(backend, backend_as):
    """R11.1."""
    pen = a_product(backend)
    a_supplier(backend, costs={pen: "1.00"})
    request = chosen(a_sale(backend, [Row(pen, 4)]))
    agreed = backend.read(preview, request).fingerprint
    before = counts(backend)
    with pytest.raises(NotAllowed):
        backend_as("clerk").run(place_batch(request, agreed), once=once())
    assert counts(backend) == before
    assert backend_as("buyer").run(place_batch(request, agreed), once=once()).result["orders"]
