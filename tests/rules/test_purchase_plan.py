"""The plan of a batch, without a database (R3.1 to R3.9)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.services.rules.money import RATE_ONE, UNIT
from desktop_app.services.rules.purchase_plan import (
    BatchOptions,
    Draft,
    Edits,
    Pegged,
    SupplierChoice,
    live_room,
    plan,
    raised_for,
)
from desktop_app.services.rules.supplier_choice import choose, cost_at, packed, price, ranked
from tests.helpers.plans import (
    NOTHING_OFF,
    TODAY,
    coming,
    facts,
    offer,
    options,
    row,
    sale,
    small,
    supplier,
    u,
    worlds,
)

# --- cover --------------------------------------------------------------------------------------


@given(worlds(), options)
def test_stock_and_inbound_and_ordered_add_up_to_the_need(world, chosen):
    found, _others = world
    made = plan(found, chosen)
    cover = made.cover
    for i, one in enumerate(cover.rows):
        needed = one.ordered - (0 if chosen.quantity == "all" else one.reserved + one.fulfilled)
        parts = (cover.pegged[i], cover.stock[i], cover.inbound[i], cover.promised[i], cover.open[i])
        assert all(part >= 0 for part in parts)
        assert sum(parts) == cover.asked[i] == max(needed, 0)
    ordered = {i: units for line in made.lines for i, units in raised_for(cover, line)}
    assert sum(cover.open) == sum(line.needed for line in made.lines)
    assert all(ordered.get(i, 0) == units for i, units in enumerate(cover.open))


@given(worlds(), options)
def test_nothing_is_taken_that_is_not_there(world, chosen):
    """R3.3 once per product and warehouse; R3.4 others keep what is theirs."""
    found, others = world
    cover = plan(found, chosen).cover
    for pair, level in found.levels.items():
        taken = sum(
            cover.stock[i]
            for i, one in enumerate(cover.rows)
            if (one.warehouse_id, one.product_id) == pair
        )
        there = {None: 0, "on_hand": level.on_hand, "in_stock": level.in_stock}[chosen.exclude_stock]
        assert taken <= there
    for one in found.inbound:
        mine = sum(p.live for pegs in found.pegs.values() for p in pegs if p.po_row_id == one.po_row_id)
        free = sum(units for _i, po_row, units in cover.used if po_row == one.po_row_id)
        promised = sum(units for _i, po_row, units in cover.used_promised if po_row == one.po_row_id)
        assert free + mine + others[one.po_row_id] <= one.outstanding
        assert promised <= others[one.po_row_id]
        if not chosen.exclude_purchase_orders:
            assert free == promised == 0
        if not chosen.count_promised_deliveries:
            assert promised == 0
    for i, po_row, _units in [*cover.used, *cover.used_promised]:
        source = next(one for one in found.inbound if one.po_row_id == po_row)
        assert (source.product_id, source.warehouse_id) == (
            cover.rows[i].product_id, cover.rows[i].warehouse_id
        )


@given(worlds(), options)
def test_older_sales_are_covered_before_younger_ones(world, chosen):
    """R3.3: stock and free inbound go oldest first; a row short of cover leaves none to later ones."""
    found, _others = world
    cover = plan(found, chosen).cover
    short = set()
    for i, one in enumerate(cover.rows):
        pair = (one.warehouse_id, one.product_id)
        if pair in short:
            assert cover.stock[i] == cover.inbound[i] == cover.promised[i] == 0
        if cover.open[i]:
            short.add(pair)


@given(worlds(), options)
def test_live_room_is_what_the_books_allow(world, chosen):
    found, _others = world
    for one in plan(found, chosen).cover.rows:
        assert live_room(one, found.pegs.get(one.id, ())) >= 0


@given(worlds(), options, st.dictionaries(st.sampled_from(["1@1", "2@1", "1@2", "1@1#1"]), small.map(u)))
def test_lines_never_raise_more_for_a_sale_than_it_is_short_of(world, chosen, quantities):
    found, _others = world
    made = plan(found, chosen, Edits(quantities=quantities))
    for line in made.lines:
        raised = raised_for(made.cover, line)
        assert all(0 < units <= made.cover.open[i] for i, units in raised)
        assert sum(units for _i, units in raised) == min(line.quantity, line.needed)
        if line.key in quantities:
            assert line.quantity == quantities[line.key]
    assert set(made.dropped_edits) == quantities.keys() - {line.key for line in made.lines}


def test_excess_of_a_peg_is_shared_out():
    """R3.3: inbound pegged to a row covers it up to what is asked, the excess goes to the oldest."""
    rows = [row(1, 1, 1, 4), row(2, 2, 1, 4)]
    pegs = {2: [Pegged(1, 9, u(7), u(7), True)]}
    made = plan(facts(rows, inbound=[coming(9, 1, 7, live=7)], pegs=pegs), BatchOptions())
    assert made.cover.pegged == [0, u(4)]
    assert made.cover.used == [(0, 9, u(3))]
    assert made.cover.open == [u(1), 0]


def test_a_delivery_to_another_warehouse_that_is_pegged_still_covers():
    """Ordered for this row already, wherever it is delivered: not twice (R3.12)."""
    pegs = {1: [Pegged(1, 9, u(4), u(4), True)]}
    made = plan(facts([row(1, 1, 1, 4)], inbound=[coming(9, 1, 4, live=4, warehouse=2)], pegs=pegs), BatchOptions())
    assert made.cover.pegged == [u(4)]


def test_soonest_delivery_is_used_first():
    inbound = [coming(7, 1, 3, on=TODAY), coming(5, 1, 3, on=TODAY + timedelta(3))]
    made = plan(facts([row(1, 1, 1, 4)], inbound=inbound), BatchOptions())
    assert made.cover.used == [(0, 7, u(3)), (0, 5, u(1))]


# --- who takes part (R3.8) ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flags", "reason"),
    [
        ({"is_cancelled": True}, "cancelled"),
        ({"is_on_hold": True}, "on_hold"),
        ({"is_closed": True}, "closed"),
        ({"is_quote": True}, "quote"),
    ],
)
def test_sales_that_are_left_out(flags, reason):
    made = plan(facts([row(1, 1, 1, 4), row(2, 2, 1, 3)], sales=[sale(1, **flags), sale(2)]), NOTHING_OFF)
    assert [(one.sale.id, one.row, one.units, one.reason) for one in made.left_out] == [
        (1, None, u(4), reason)
    ]
    assert [one.id for one in made.taking_part] == [2]
    assert [(line.key, line.quantity) for line in made.lines] == [("1@1", u(3))]


def test_the_pegs_of_a_sale_left_out_stay_its_own():
    pegs = {1: [Pegged(1, 9, u(4), u(4), True)]}
    found = facts(
        [row(1, 1, 1, 4), row(2, 2, 1, 4)], sales=[sale(1, is_on_hold=True), sale(2)],
        inbound=[coming(9, 1, 4, live=4)], pegs=pegs,
    )  # fmt: skip
    assert plan(found, BatchOptions()).cover.open == [u(4)]


def test_quotes_services_and_non_stock_when_ticked():
    rows = [
        row(1, 1, 1, 1), row(2, 1, 2, 2, kind="service"), row(3, 1, 3, 3, kind="non_stock"),
        row(4, 1, None, 1, kind="text"),
    ]  # fmt: skip
    found = facts(rows, sales=[sale(1, is_quote=True)])
    few = plan(found, BatchOptions(include_quotes=True))
    assert [(one.row.id, one.reason) for one in few.left_out] == [
        (2, "service"), (3, "non_stock"), (4, "text")
    ]  # fmt: skip
    chosen = BatchOptions(include_quotes=True, include_services=True, include_non_stock=True)
    many = plan(found, chosen)
    assert [line.quantity for line in many.lines] == [u(1), u(2), u(3)]
    assert [one.reason for one in many.left_out] == ["text"]


def test_a_bundle_is_ordered_as_its_components():
    rows = [
        row(1, 1, 9, 2, kind="bundle"), row(2, 1, 1, 4, parent=1), row(3, 1, 2, 2, parent=1),
        row(4, 1, 8, 1, kind="bundle"),
    ]  # fmt: skip
    made = plan(facts(rows), NOTHING_OFF)
    assert [(line.product_id, line.quantity) for line in made.lines] == [(1, u(4)), (2, u(2))]
    assert [(one.row.id, one.reason) for one in made.left_out] == [(4, "bundle_without_parts")]


# --- suppliers (R3.6, R3.7) ---------------------------------------------------------------------


def test_price_breaks():
    breaks = ((u(1), 100), (u(10), 80))
    assert [cost_at(breaks, u(n)) for n in (0, 1, 9, 10, 99)] == [None, 100, 100, 80, 80]
    assert price(offer(1, 1, (5, 70)), u(1)) == 70
    assert price(offer(1, 1), u(1)) is None
    assert price(None, u(1)) is None


def test_cheapest_in_base_currency_and_ties():
    """1.00 EUR at 0.9 is cheaper than 0.95 GBP; ties: primary, then the lower number."""
    who = {1: supplier(1, number=5), 2: supplier(2, number=4, rate=RATE_ONE * 9 // 10), 3: supplier(3, number=3)}
    offers = [offer(1, 1, (0, 9500)), offer(2, 1, (0, 10000))]
    assert choose("cheapest", None, offers, who, UNIT).supplier_id == 2
    tied = [offer(1, 1, (0, 9000)), offer(2, 1, (0, 10000)), offer(3, 1, (0, 9000))]
    assert [one.supplier_id for _cost, one in ranked(tied, who, UNIT)] == [3, 2, 1]
    tied[0] = offer(1, 1, (0, 9000), primary=True)
    assert choose("cheapest", None, tied, who, UNIT).supplier_id == 1


def test_who_does_not_compete():
    who = {1: supplier(1), 2: supplier(2, active=False), 3: supplier(3)}
    offers = [offer(1, 1, primary=True), offer(2, 1, (0, 1)), offer(3, 1, (10, 1))]
    assert choose("cheapest", None, offers, who, u(9)) == (None, "cheapest", "no_priced_supplier")
    assert choose("cheapest", None, offers, who, u(10)).supplier_id == 3


def test_no_supplier_under_primary():
    assert choose("primary", None, [], {}, UNIT).reason == "no_supplier"
    assert choose("primary", None, [offer(1, 1, (0, 1))], {1: supplier(1)}, UNIT).reason == "no_primary_supplier"
    assert choose("named", 4, [], {}, UNIT) == (4, "named", None)


def test_cheapest_is_compared_at_the_batch_total_over_warehouses():
    """R3.6: 6 for each of two warehouses is 12, and priced at 12 on both orders."""
    who = {1: supplier(1), 2: supplier(2)}
    offers = {1: [offer(1, 1, (1, 90000), primary=True), offer(2, 1, (1, 100000), (10, 80000))]}
    found = facts([row(1, 1, 1, 6), row(2, 2, 1, 6, warehouse=2)], offers=offers, suppliers=who)
    made = plan(found, BatchOptions(vendor="cheapest", exclude_stock=None))
    assert [(g.supplier_id, g.warehouse_id) for g in made.groups] == [(2, 1), (2, 2)]
    assert [line.cost for line in made.lines] == [80000, 80000]
    less = plan(found, BatchOptions(vendor="cheapest"), Edits(left_out_lines=frozenset({"1@2"})))
    assert [(line.choice.supplier_id, line.is_ordered) for line in less.lines] == [(1, True), (1, False)]


def test_a_picked_supplier_rules_its_product_and_an_edit_its_line():
    who = {1: supplier(1), 2: supplier(2), 3: supplier(3)}
    found = facts(
        [row(1, 1, 1, 6), row(2, 1, 1, 2, warehouse=2), row(3, 1, 2, 1)],
        offers={2: [offer(1, 2, (0, 1), primary=True)]}, suppliers=who,
    )  # fmt: skip
    edits = Edits(product_suppliers={1: SupplierChoice(2)}, suppliers={"1@2": 3})
    made = plan(found, BatchOptions(), edits)
    assert [(line.key, line.choice.supplier_id, line.choice.how, line.cost) for line in made.lines] == [
        ("1@1", 2, "chosen", None), ("1@2", 3, "chosen", None), ("2@1", 1, "primary", 1),
    ]  # fmt: skip
    assert [line.choice.supplier_id for line in plan(found, BatchOptions()).lines] == [None, None, 1]


def test_a_supplier_limited_to_its_own_products():
    """Rules section 9: others are listed with that reason, until the product is kept as its own."""
    found = facts(
        [row(1, 1, 1, 6), row(2, 1, 2, 1)], offers={1: [offer(1, 1, (0, 1), primary=True)]},
        suppliers={1: supplier(1), 2: supplier(2)},
    )  # fmt: skip
    named = BatchOptions(vendor="named", supplier_id=1)
    assert [line.choice.supplier_id for line in plan(found, named).lines] == [1, 1]
    found.own_products_only = True
    assert [line.choice for line in plan(found, named).lines] == [
        (1, "named", None), (None, "named", "not_supplied"),
    ]  # fmt: skip
    kept = Edits(product_suppliers={2: SupplierChoice(1, keep=True)})
    assert [line.choice.supplier_id for line in plan(found, named, kept).lines] == [1, 1]
    assert plan(found, BatchOptions()).lines[1].choice.reason == "no_supplier"


# --- packs, edits, groups (R3.5, R3.9) ----------------------------------------------------------


@given(st.integers(0, 500), st.integers(1, 24), st.integers(0, 40))
def test_full_packs(quantity, pack, minimum):
    got = packed(quantity, pack, minimum)
    if quantity == 0:
        assert got == 0
    else:
        assert got % pack == 0
        assert got >= max(quantity, minimum)
        assert got - pack < max(quantity, minimum)


def test_round_up_leaves_the_surplus_without_a_peg():
    offers = {1: [offer(1, 1, (0, 5), primary=True, pack=6, minimum=12)]}
    found = facts([row(1, 1, 1, 3), row(2, 2, 1, 4)], offers=offers)
    exact = plan(found, BatchOptions()).lines[0]
    assert (exact.needed, exact.suggested, exact.quantity) == (u(7), u(7), u(7))
    made = plan(found, BatchOptions(round_up_to_packs=True))
    (line,) = made.lines
    assert (line.needed, line.suggested, line.quantity, line.edited) == (u(7), u(12), u(12), False)
    assert raised_for(made.cover, line) == [(0, u(3)), (1, u(4))]
    typed = plan(found, BatchOptions(round_up_to_packs=True), Edits(quantities={"1@1": u(5)})).lines[0]
    assert (typed.suggested, typed.quantity, typed.edited) == (u(12), u(5), True)


def test_one_order_per_sale():
    found = facts([row(1, 1, 1, 3), row(2, 2, 1, 4), row(3, 2, 1, 1)])
    made = plan(found, BatchOptions(one_order_per_sale=True))
    assert [(g.key, [(line.key, line.quantity) for line in g.lines]) for g in made.groups] == [
        ("S1@1#1", [("1@1#1", u(3))]), ("S1@1#2", [("1@1#2", u(5))]),
    ]  # fmt: skip


def test_deliver_to_one_warehouse_sums_rows_but_covers_each_from_its_own():
    found = facts([row(1, 1, 1, 3), row(2, 2, 1, 4, warehouse=2)], levels={(2, 1): (3, 3)})
    made = plan(found, BatchOptions(deliver_to=1))
    assert [(line.key, line.quantity) for line in made.lines] == [("1@1", u(4))]


def test_left_out_groups_and_lines():
    found = facts([row(1, 1, 1, 3), row(2, 1, 2, 4)])
    by_line = plan(found, BatchOptions(), Edits(left_out_lines=frozenset({"1@1"})))
    assert [line.is_ordered for line in by_line.lines] == [False, True]
    by_group = plan(found, BatchOptions(), Edits(left_out_groups=frozenset({"S1@1"})))
    assert [line.is_ordered for line in by_group.lines] == [False, False]
    assert [group.left_out for group in by_group.groups] == [True]


def test_an_open_draft_counts_for_the_price_break():
    offers = {1: [offer(1, 1, (1, 90), (10, 80), primary=True)]}
    drafts = {(1, 1): Draft(5, 7, 1, 1, {1: (50, u(5), 90)})}
    found = facts([row(1, 1, 1, 6)], offers=offers, drafts=drafts)
    chosen = BatchOptions(append_to_drafts=True, exclude_purchase_orders=False)
    made = plan(found, chosen)
    assert made.groups[0].draft.number == 7
    assert made.lines[0].cost == 80
    assert plan(found, BatchOptions(exclude_purchase_orders=False)).lines[0].cost == 90


def test_expected_day_is_the_terms_lead_time_else_the_suppliers():
    offers = {1: [offer(1, 1, (0, 1), primary=True, lead=3)], 2: [offer(1, 2, (0, 1), primary=True)]}
    made = plan(facts([row(1, 1, 1, 1), row(2, 1, 2, 1)], offers=offers), BatchOptions())
    assert [line.expected_on for line in made.lines] == [date(2026, 5, 4), date(2026, 5, 8)]
