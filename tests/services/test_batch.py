"""Batch purchase order through the backend (R3.1 to R3.13, BPO-01 to BPO-17)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select, update

from desktop_app.services import settings
from desktop_app.services.errors import Conflict, NotAllowed, Rejected
from desktop_app.services.purchases import send_purchase_order
from desktop_app.services.purchasing import (
    BatchOptions,
    BatchRequest,
    Edits,
    SupplierChoice,
    changed_lines,
    default_options,
    place_batch,
    preview,
    to_remember,
)
from desktop_app.services.rules.money import units
from desktop_app.services.store import tables as t
from tests.helpers import foundation as f
from tests.helpers.builders import (
    Row,
    a_product,
    a_purchase_order,
    a_sale,
    a_supplier,
    once,
    stock,
)

PLAIN = BatchOptions(exclude_stock=None, exclude_purchase_orders=False)


def place(backend, request):
    seen = backend.read(preview, request)
    return backend.run(place_batch(request, seen.fingerprint), once=once())


def chosen(*sales, options=None, edits=None):
    named = {} if options is None else {"options": options}
    return BatchRequest(tuple(sale.id for sale in sales), **named, **({} if edits is None else {"edits": edits}))


def rows_of(backend, table, *where):
    return backend.read(lambda db: db.execute(select(table).where(*where).order_by(table.c.id)).all())


def one_of(backend, table, key):
    (row,) = rows_of(backend, table, table.c.id == key)
    return row


def counts(backend):
    """How many rows of everything that a batch writes: a refusal leaves them as they are."""
    tables = (
        t.purchase_batch, t.purchase_order, t.purchase_row, t.peg, t.note, t.status_change, t.journal, t.offer
    )  # fmt: skip

    def query(db):
        return [db.execute(select(func.count()).select_from(table)).scalar_one() for table in tables]

    return backend.read(query)


def refused(backend, request, code, *, items=None, agreed="anything"):
    before = counts(backend)
    with pytest.raises(Rejected) as error:
        backend.run(place_batch(request, agreed), once=once())
    assert error.value.code == code
    if items is not None:
        assert list(error.value.items) == items
    assert counts(backend) == before


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


# --- preview ------------------------------------------------------------------------------------


def test_every_trace_adds_up_and_names_its_sources(backend):
    """R3.10, BPO-02 to BPO-04, BPO-08."""
    pen = a_product(backend, "PEN")
    acme = a_supplier(backend, "Acme", costs={pen: "1.00"}, pack_size=6)
    stock(backend, {pen: 7})
    old = a_sale(backend, [Row(pen, 30, reserved=3, fulfilled=6, shipped=3, drop_fulfilled=1)])
    young = a_sale(backend, [Row(pen, 10)])
    other = a_sale(backend, [Row(pen, 9)])
    mine = a_purchase_order(
        backend, acme, {pen: 12}, expected_on=date(2026, 6, 1),
        pegs={young.rows[0]: {pen: 2}, other.rows[0]: {pen: 5}},
    )  # fmt: skip
    seen = backend.read(preview, chosen(old, young, options=BatchOptions(round_up_to_packs=True)))
    (line,) = seen.lines()
    assert [(term.kind, term.units) for term in line.trace] == [
        ("sold", units(40)), ("allocated", units(-3)), ("fulfilled", units(-2)), ("shipped", units(-3)),
        ("drop_shipped", units(-1)), ("promised_to_these", units(-2)), ("on_hand", units(-2)),
        ("inbound", units(-5)), ("packs", units(2)),
    ]  # fmt: skip
    assert sum(term.units for term in line.trace) == line.quantity == units(24)
    for term in line.trace[:-1]:
        assert sum(link.units for link in term.links) == term.units
    by_kind = {term.kind: term.links for term in line.trace}
    assert [(x.kind, x.id, x.number, x.units) for x in by_kind["sold"]] == [
        ("sale", old.id, old.number, units(30)), ("sale", young.id, young.number, units(10)),
    ]  # fmt: skip
    assert [(x.kind, x.id, x.number, x.on, x.label) for x in by_kind["inbound"]] == [
        ("purchase_order", mine.id, mine.number, date(2026, 6, 1), "Acme")
    ]
    assert [(x.kind, x.id, x.label) for x in by_kind["on_hand"]] == [("warehouse", f.MAIN, "Main warehouse")]
    assert (line.needed, line.from_stock, line.from_inbound) == (units(31), units(2), units(7))
    assert (line.promised_units, line.promised_sales, line.extra) == (units(5), 1, units(2))
    assert [(s.number, s.asked, s.pegged) for s in line.served] == [
        (old.number, units(21), units(14)), (young.number, units(10), units(8)),
    ]  # fmt: skip
    assert "promised" in line.warnings


def test_the_trace_of_all_items_starts_from_full_rows(backend):
    """BPO-01: full quantities, even if shipped; the line says how many were."""
    pen = a_product(backend)
    a_supplier(backend, costs={pen: "1.00"})
    sale = a_sale(backend, [Row(pen, 10, fulfilled=4, shipped=4)])
    (line,) = backend.read(
        preview, chosen(sale, options=BatchOptions(quantity="all", exclude_stock="in_stock"))
    ).lines()
    assert [(term.kind, term.units) for term in line.trace] == [("sold", units(10))]
    assert (line.shipped, line.covered, line.quantity) == (units(4), units(4), units(10))


def test_counting_deliveries_promised_to_others(backend):
    """R3.4: the literal reading is its own term, and its units are never pegged."""
    pen = a_product(backend)
    acme = a_supplier(backend, costs={pen: "1.00"})
    other, mine = a_sale(backend, [Row(pen, 5)]), a_sale(backend, [Row(pen, 6)])
    a_purchase_order(backend, acme, {pen: 5}, pegs={other.rows[0]: {pen: 5}})
    request = chosen(mine, options=BatchOptions(count_promised_deliveries=True))
    (line,) = backend.read(preview, request).lines()
    assert [(term.kind, term.units) for term in line.trace] == [
        ("sold", units(6)), ("promised_to_others", units(-5)),
    ]  # fmt: skip
    place(backend, request)
    assert sorted((p.sale_row_id, p.live) for p in rows_of(backend, t.peg)) == [
        (other.rows[0], units(5)), (mine.rows[0], units(1)),
    ]  # fmt: skip


def test_edits_and_their_consequences(backend):
    """BPO-11: below need sales stay short, above it the rest is free; an edit that fits none is named."""
    pen, cap = a_product(backend), a_product(backend)
    acme = a_supplier(backend, costs={pen: "1.00", cap: "1.00"})
    zeta = a_supplier(backend, costs={cap: "9.00"}, primary=False)
    sales = [a_sale(backend, [Row(pen, 4), Row(cap, 1)]) for _ in range(2)]
    pens, caps = f"{pen}@{f.MAIN}", f"{cap}@{f.MAIN}"
    edits = Edits(quantities={pens: units(5), caps: units(6), "99@1": units(1)}, suppliers={caps: zeta})
    seen = backend.read(preview, chosen(*sales, edits=edits))
    line = seen.line(pens)
    assert (line.suggested, line.quantity, line.edited) == (units(8), units(5), True)
    assert (line.short, line.short_sales, line.extra) == (units(3), 1, 0)
    assert line.trace[-1] == type(line.trace[-1])("edited", units(-3))
    assert (seen.line(caps).extra, seen.line(caps).supplier_id) == (units(4), zeta)
    assert seen.dropped_edits == ("99@1",)
    place(backend, chosen(*sales, edits=edits))
    pegs = {p.sale_row_id: p.quantity for p in rows_of(backend, t.peg)}
    assert [pegs.get(row) for sale in sales for row in sale.rows] == [
        units(4), units(1), units(1), units(1),
    ]  # fmt: skip
    assert {o.supplier_id: o.to_come for o in rows_of(backend, t.purchase_order)} == {
        acme: units(5), zeta: units(6),
    }  # fmt: skip


def test_left_out_lines_and_groups_are_not_ordered(backend):
    """BPO-10."""
    pen, cap, ink = a_product(backend, "PEN"), a_product(backend, "CAP"), a_product(backend, "INK")
    a_supplier(backend, costs={pen: "1.00", cap: "1.00"})
    zeta = a_supplier(backend, costs={ink: "1.00"})
    sale = a_sale(backend, [Row(pen, 4), Row(cap, 1), Row(ink, 3)])
    edits = Edits(
        left_out_lines=frozenset({f"{pen}@{f.MAIN}"}), left_out_groups=frozenset({f"S{zeta}@{f.MAIN}"})
    )
    done = place(backend, chosen(sale, edits=edits))
    assert [o["units"] for o in done.result["orders"]] == [units(1)]
    assert [(n["sku"], n["units"], n["reason"]) for n in done.result["not_ordered"]] == [
        ("PEN", units(4), "left_out"), ("INK", units(3), "left_out"),
    ]  # fmt: skip


def test_a_product_without_supplier_is_listed_and_can_be_given_one_to_keep(backend):
    """R3.7."""
    pen, cap = a_product(backend, "PEN"), a_product(backend, "CAP")
    acme = a_supplier(backend, costs={cap: "1.00"})
    sale = a_sale(backend, [Row(pen, 4), Row(cap, 1)])
    seen = backend.read(preview, chosen(sale))
    assert [(one.sku, one.quantity, one.reason) for one in seen.no_supplier] == [("PEN", units(4), "no_supplier")]
    assert (seen.not_ordered_units, seen.units) == (units(4), units(1))
    assert [(w.code, w.count, w.units) for w in seen.warnings] == [("no_supplier", 1, units(4))]
    request = chosen(sale, edits=Edits(product_suppliers={pen: SupplierChoice(acme, keep=True)}))
    now = backend.read(preview, request)
    assert now.line(f"{pen}@{f.MAIN}").warnings == ("no_price",)
    done = place(backend, request)
    assert [(o["units"], o["total"]) for o in done.result["orders"]] == [(units(5), 100)]
    (kept,) = rows_of(backend, t.offer, t.offer.c.product_id == pen)
    assert (kept.supplier_id, kept.is_primary) == (acme, 1)
    backend.undo(done.journal_id, once=once())
    assert backend.read(preview, chosen(sale)).no_supplier == ()


def test_keeping_replaces_the_primary_and_reuses_an_offer(backend):
    pen = a_product(backend)
    acme = a_supplier(backend, costs={pen: "1.00"}, active=0)
    zeta = a_supplier(backend, costs={pen: "2.00"}, primary=False)
    request = chosen(
        a_sale(backend, [Row(pen, 1)]), edits=Edits(product_suppliers={pen: SupplierChoice(zeta, keep=True)})
    )
    place(backend, request)
    assert {o.supplier_id: o.is_primary for o in rows_of(backend, t.offer)} == {acme: 0, zeta: 1}


def test_what_is_left_out_is_listed_with_its_reason(backend):
    """R3.8."""
    pen = a_product(backend, "PEN")
    work = a_product(backend, "WORK", kind="service")
    a_supplier(backend, costs={pen: "1.00", work: "1.00"})
    sales = [a_sale(backend, [Row(pen, 2)], status=s) for s in ("Quote", "On hold", "Shipped", "Cancelled")]
    mixed = a_sale(
        backend, [Row(work, 1, kind="service"), Row(None, 1, kind="text"), Row(pen, 1)]
    )
    seen = backend.read(preview, chosen(*sales, mixed))
    assert [(one.number, one.sale_row_id, one.label, one.reason) for one in seen.left_out] == [
        (1, None, "", "quote"), (2, None, "", "on_hold"), (3, None, "", "closed"), (4, None, "", "cancelled"),
        (5, mixed.rows[0], "WORK", "service"), (5, mixed.rows[1], "Row 2", "text"),
    ]  # fmt: skip
    assert seen.units == units(1)
    assert ("left_out_sales", 4) in [(w.code, w.count) for w in seen.warnings]
    ticked = BatchOptions(include_quotes=True, include_services=True)
    assert backend.read(preview, chosen(*sales, mixed, options=ticked)).units == units(4)


def test_warnings_are_counted(backend):
    """BPO-13."""
    free, gone, small, euro = (a_product(backend) for _ in range(4))
    a_supplier(backend, costs={free: {}})
    a_supplier(backend, costs={gone: "1.00"}, active=0)
    a_supplier(backend, costs={small: "1.00"}, minimum=10, pack_size=4)
    a_supplier(backend, costs={euro: "1.00"}, currency="EUR")
    draft_of = a_supplier(backend, costs={})
    a_purchase_order(backend, draft_of, {euro: 1}, state="draft")
    with backend.store.writes.begin() as db:
        db.execute(update(t.product).where(t.product.c.id == euro).values(discontinued=1))
    sale = a_sale(backend, [Row(p, 3) for p in (free, gone, small, euro)])
    seen = backend.read(preview, chosen(sale, options=PLAIN))
    found = {w.code: (w.count, w.keys) for w in seen.warnings}
    key = {name: (f"{p}@{f.MAIN}",) for name, p in zip("fgse", (free, gone, small, euro), strict=True)}
    assert found == {
        "no_price": (1, key["f"]), "supplier_inactive": (1, key["g"]), "below_minimum": (1, key["s"]),
        "not_full_packs": (1, key["s"]), "discontinued": (1, key["e"]), "on_draft": (1, key["e"]),
        "currencies": (2, ()),
    }  # fmt: skip


def test_cheapest_shows_how_it_was_chosen_and_the_next(backend):
    """R3.6, BPO-05: in base currency."""
    pen = a_product(backend)
    a_supplier(backend, "Acme", costs={pen: "18.40"})
    a_supplier(backend, "Zeta", costs={pen: "20.00"}, primary=False, currency="EUR")
    with backend.store.writes.begin() as db:
        db.execute(update(t.currency).where(t.currency.c.code == "EUR").values(rate=85_000_000))
    seen = backend.read(
        preview, chosen(a_sale(backend, [Row(pen, 2)]), options=BatchOptions(vendor="cheapest"))
    )
    (group,) = seen.groups
    assert (group.supplier, group.how, group.currency) == ("Zeta", "cheapest", "EUR")
    assert [(p.name, p.cost, p.currency) for p in group.lines[0].prices] == [
        ("Zeta", units(20), "EUR"), ("Acme", units("18.40"), "GBP"),
    ]  # fmt: skip
    assert seen.totals == (("EUR", 2, 4000),)


# --- conflicts (BPO-14) -------------------------------------------------------------------------


def test_when_facts_moved_nothing_is_written_and_the_difference_is_shown(backend):
    pen, cap = a_product(backend, "PEN"), a_product(backend, "CAP")
    a_supplier(backend, costs={pen: "1.00", cap: "1.00"})
    request = chosen(a_sale(backend, [Row(pen, 9), Row(cap, 2)]))
    seen = backend.read(preview, request)
    stock(backend, {pen: 4})
    before = counts(backend)
    with pytest.raises(Conflict) as changed:
        backend.run(place_batch(request, seen.fingerprint), once=once())
    assert changed.value.code == "plan_changed"
    assert counts(backend) == before
    now = changed.value.now
    assert [(d.sku, d.what, d.old, d.new) for d in changed_lines(seen, now)] == [
        ("PEN", "quantity", units(9), units(5)), ("PEN", "from_stock", 0, units(4)),
    ]  # fmt: skip
    done = backend.run(place_batch(request, now.fingerprint), once=once())
    assert done.result["orders"][0]["units"] == units(7)


def test_a_fact_that_changes_nothing_shown_is_no_conflict(backend):
    pen = a_product(backend)
    a_supplier(backend, costs={pen: "1.00"})
    stock(backend, {pen: 4})
    request = chosen(a_sale(backend, [Row(pen, 4)]), a_sale(backend, [Row(a_product(backend), 1)]))
    seen = backend.read(preview, request)
    stock(backend, {pen: 4})
    assert backend.read(preview, request).fingerprint == seen.fingerprint


@pytest.mark.parametrize(
    "what", ["price", "supplier", "options", "edits", "status", "lead time", "supplier code"]
)
def test_all_that_is_shown_is_in_the_fingerprint(backend, what):
    pen = a_product(backend)
    acme = a_supplier(backend, costs={pen: "1.00"})
    sale = a_sale(backend, [Row(pen, 4)])
    request = chosen(sale, options=BatchOptions(sales_status_id=f.SALE_STATUS["On order"]))
    seen = backend.read(preview, request)
    with backend.store.writes.begin() as db:
        match what:
            case "price":
                db.execute(update(t.offer_price).values(cost=units(2)))
            case "supplier":
                made = insert(t.offer).values(
                    supplier_id=acme, product_id=a_product_in(db), is_primary=1
                )
                db.execute(made)
                other = db.execute(
                    insert(t.supplier).values(number=99, name="Other", currency="GBP").returning(t.supplier.c.id)
                ).scalar_one()
                db.execute(update(t.offer).where(t.offer.c.product_id == pen).values(supplier_id=other))
            case "options":
                request = chosen(sale, options=BatchOptions())
            case "edits":
                request = chosen(sale, options=request.options, edits=Edits(quantities={f"{pen}@1": units(4)}))
            case "status":
                db.execute(update(t.sale).values(status_id=f.SALE_STATUS["On order"]))
            case "lead time":
                db.execute(update(t.supplier).values(lead_time_days=30))
            case "supplier code":
                db.execute(update(t.offer).values(supplier_sku="NEW"))
    assert backend.read(preview, request).fingerprint != seen.fingerprint


def a_product_in(db):
    return db.execute(
        insert(t.product).values(sku="Z", name="Z", kind="stock").returning(t.product.c.id)
    ).scalar_one()


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
    with backend.store.writes.begin() as db:
        db.execute(
            update(t.purchase_order).where(t.purchase_order.c.id == changed["id"]).values(version=2)
        )
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


def receive_one(backend, po_id):
    """As an import's opening figure: one unit of the first row has come in."""
    with backend.store.writes.begin() as db:
        row = db.execute(select(t.purchase_row).where(t.purchase_row.c.po_id == po_id)).first()
        db.execute(update(t.peg).where(t.peg.c.po_row_id == row.id).values(live=row.ordered - units(1)))
        db.execute(
            update(t.purchase_row)
            .where(t.purchase_row.c.id == row.id)
            .values(received=units(1), opening_received=units(1))
        )
        db.execute(
            update(t.purchase_order)
            .where(t.purchase_order.c.id == po_id)
            .values(received=1, to_come=t.purchase_order.c.to_come - units(1))
        )


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


# --- remembered options (R3.2, BPO-18) ----------------------------------------------------------


def test_defaults_and_what_a_person_used_last(backend):
    assert backend.read(default_options, backend.actor.person_id) == BatchOptions()
    acme = a_supplier(backend, costs={})
    used = BatchOptions(
        quantity="all", exclude_stock=None, exclude_purchase_orders=False, count_promised_deliveries=True,
        vendor="named", supplier_id=acme, sales_status_id=3, status_only_ordered=True, append_to_drafts=True,
    )  # fmt: skip
    backend.run(settings.remember(settings.BATCH_OPTIONS, to_remember(used)), once=once())
    assert backend.read(default_options, backend.actor.person_id) == used
    assert backend.read(default_options, backend.actor.person_id + 1) == BatchOptions()
    change = settings.SettingChange
    backend.run(
        settings.save_settings(
            [
                change(settings.ROUND_UP, True), change(settings.CROSS_REFERENCES, False),
                change(settings.DELIVERY_WAREHOUSE, f.SHOP),
            ]
        ),
        once=once(),
    )  # fmt: skip
    found = backend.read(default_options, backend.actor.person_id)
    assert (found.round_up_to_packs, found.cross_notes, found.deliver_to) == (True, False, f.SHOP)


def test_expected_day_moves_with_the_lead_time(backend):
    pen = a_product(backend)
    a_supplier(backend, costs={pen: "1.00"}, lead_time_days=10)
    (group,) = backend.read(preview, chosen(a_sale(backend, [Row(pen, 1)]))).groups
    assert group.lead_time_days == 10
    assert abs(group.expected_on - datetime.now(UTC).date() - timedelta(10)) <= timedelta(1)
