"""What the preview of a batch shows, and when it is out of date (R3.10, BPO-01 to BPO-18)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert, update

from desktop_app.services import settings
from desktop_app.services.errors import Conflict
from desktop_app.services.purchasing import (
    BatchOptions,
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
from tests.helpers.batches import (
    PLAIN,
    chosen,
    counts,
    place,
    rows_of,
)
from tests.helpers.builders import Row, a_product, a_purchase_order, a_sale, a_supplier, once, stock

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
