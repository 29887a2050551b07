"""Lines of a batch divided between suppliers (R3.10, BPO-10), without a database."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.services.rules.money import UNIT
from desktop_app.services.rules.purchase_plan import (
    BatchOptions,
    Edits,
    SplitPart,
    part_key,
    plan,
    raised_for,
)
from tests.helpers.plans import TODAY, facts, offer, options, row, small, supplier, u, worlds

FOUR = {key: supplier(key, lead=key) for key in (1, 2, 3, 4)}


def split_of(key, *parts):
    return {key: tuple(SplitPart(who, u(units)) for who, units in parts)}


def shown(made):
    """Per line: key, supplier, quantity and (sale row id, whole units) served."""
    return [
        (
            line.key, line.choice.supplier_id, line.quantity // UNIT,
            [(made.cover.rows[i].id, n // UNIT) for i, n in raised_for(made.cover, line)],
        )
        for line in made.lines
    ]  # fmt: skip


splits = st.dictionaries(
    st.sampled_from(["1@1", "2@1", "1@2", "1@1#1", "2@2#3"]),
    st.lists(st.tuples(st.integers(1, 4), st.integers(1, 15)), unique_by=lambda one: one[0]).map(
        lambda parts: tuple(SplitPart(who, u(units)) for who, units in parts)
    ),
)
keys = st.sampled_from(["1@1", "1@1/S2", "1@1/S3", "2@1", "2@1/S2", "1@2/S4", "1@1#1/S2"])


@given(
    worlds(), options, splits, st.dictionaries(keys, small.map(u)), st.frozensets(keys),
    st.sampled_from(["primary", "named"]),
)  # fmt: skip
def test_split_or_not_every_unit_is_accounted_for_once(
    world, chosen, parts, quantities, left_out, vendor
):
    """Stock + inbound + ordered + left open = need, per sale row and per line; no peg exceeds a side."""
    found, _others = world
    found.suppliers = FOUR
    chosen = replace(chosen, vendor=vendor, supplier_id=2 if vendor == "named" else None)
    whole = plan(found, chosen)
    edits = Edits(quantities=quantities, left_out_lines=left_out, splits=parts)
    made = plan(found, chosen, edits)
    cover = made.cover
    assert (cover.open, cover.stock, cover.used) == (
        whole.cover.open,
        whole.cover.stock,
        whole.cover.used,
    )
    needed = {line.key: line.needed for line in whole.lines}
    ordered = dict.fromkeys(range(len(cover.rows)), 0)
    of_line = dict.fromkeys(needed, 0)
    short = dict.fromkeys(needed, 0)
    for line in made.lines:
        raised = raised_for(cover, line)
        assert all(units > 0 for _i, units in raised)
        assert sum(units for _i, units in raised) <= line.quantity
        assert line.needed >= 0
        of_line[line.part_of or line.key] += line.needed
        short[line.part_of or line.key] += line.short
        if line.is_ordered:
            assert line.extra == line.quantity - sum(units for _i, units in raised)
        for i, units in raised:
            ordered[i] += units
    assert of_line == needed
    for i, units in ordered.items():
        left_open = cover.open[i] - units
        parts_of_need = (
            cover.pegged[i],
            cover.stock[i],
            cover.inbound[i],
            cover.promised[i],
            units,
            left_open,
        )
        assert min(parts_of_need) >= 0
        assert sum(parts_of_need) == cover.asked[i]
    for line in whole.lines:
        assert short[line.key] == sum(cover.open[i] - ordered[i] for i in line.rows)
    keys_made = [line.key for line in made.lines]
    assert len(set(keys_made)) == len(keys_made)
    for group in made.groups:
        assert len({line.product_id for line in group.lines}) == len(group.lines)
    wanted = {part_key(key, one.supplier_id) for key, mine in parts.items() for one in mine}
    used = wanted | quantities.keys() | left_out
    assert set(made.dropped_edits) == used - set(keys_made)


@given(worlds(), options, splits)
def test_a_split_alone_changes_no_sum(world, chosen, parts):
    """The parts together order and serve exactly what the whole line did."""
    found, _others = world
    found.suppliers = FOUR
    chosen = replace(chosen, round_up_to_packs=False)
    whole, made = plan(found, chosen), plan(found, chosen, Edits(splits=parts))

    def served(of):
        per_row = {}
        for line in of.lines:
            for i, units in raised_for(of.cover, line):
                per_row[i] = per_row.get(i, 0) + units
        return per_row

    assert served(made) == served(whole)
    assert sum(line.quantity for line in made.lines) == sum(line.quantity for line in whole.lines)
    assert not any(line.short or line.extra for line in made.lines)


def test_the_first_part_serves_the_oldest_sales():
    found = facts([row(1, 1, 1, 8), row(2, 2, 1, 6), row(3, 3, 1, 4)], suppliers=FOUR)
    made = plan(found, BatchOptions(), Edits(splits=split_of("1@1", (2, 6), (3, 2))))
    assert shown(made) == [
        ("1@1", 1, 10, [(1, 8), (2, 2)]), ("1@1/S2", 2, 6, [(2, 4), (3, 2)]), ("1@1/S3", 3, 2, [(3, 2)]),
    ]  # fmt: skip
    assert [(g.key, [line.key for line in g.lines]) for g in made.groups] == [
        ("S1@1", ["1@1"]), ("S2@1", ["1@1/S2"]), ("S3@1", ["1@1/S3"]),
    ]  # fmt: skip
    assert [line.expected_on for line in made.lines] == [TODAY + timedelta(n) for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("need", "quantities"),
    [
        (20, [8, 6, 6]),
        (13, [1, 6, 6]),
        (10, [0, 6, 4]),
        (6, [0, 6, 0]),
        (2, [0, 2, 0]),
        (0, [0, 0, 0]),
    ],
)
def test_the_last_part_shrinks_first(need, quantities):
    """A need below what the parts ask for; more of it goes to the line's own supplier."""
    made = plan(
        facts([row(1, 1, 1, need)], suppliers=FOUR), BatchOptions(),
        Edits(splits=split_of("1@1", (2, 6), (3, 6))),
    )  # fmt: skip
    assert [line.quantity for line in made.lines] == [u(n) for n in quantities]
    assert made.dropped_edits == []


def test_quantities_of_parts_are_edited_and_what_is_over_serves_who_is_short():
    found = facts([row(1, 1, 1, 8), row(2, 2, 1, 10)], suppliers=FOUR)
    parts = split_of("1@1", (2, 6))
    less = plan(found, BatchOptions(), Edits(splits=parts, quantities={"1@1": u(9)}))
    assert shown(less) == [("1@1", 1, 9, [(1, 8), (2, 1)]), ("1@1/S2", 2, 6, [(2, 6)])]
    assert [(line.suggested, line.edited, line.short, line.extra) for line in less.lines] == [
        (u(12), True, u(3), 0), (u(6), False, 0, 0),
    ]  # fmt: skip
    both = plan(
        found, BatchOptions(), Edits(splits=parts, quantities={"1@1": u(9), "1@1/S2": u(10)})
    )
    assert shown(both) == [("1@1", 1, 9, [(1, 8), (2, 1)]), ("1@1/S2", 2, 10, [(2, 9)])]
    assert [(line.short, line.extra) for line in both.lines] == [(0, 0), (0, u(1))]


def test_what_is_short_is_counted_once_over_the_parts():
    """Two parts are lowered by 5 in all, a third is raised by 3: 2 stay short, not 2 and 2."""
    edits = Edits(
        splits=split_of("1@1", (2, 6), (3, 4)),
        quantities={"1@1": u(5), "1@1/S2": u(4), "1@1/S3": u(7)},
    )
    made = plan(facts([row(1, 1, 1, 18)], suppliers=FOUR), BatchOptions(), edits)
    assert [(line.suggested, line.short, line.extra) for line in made.lines] == [
        (u(8), u(2), 0), (u(6), 0, 0), (u(4), 0, 0),
    ]  # fmt: skip


def test_no_sale_waits_for_a_part_that_is_left_out():
    found = facts([row(1, 1, 1, 8), row(2, 2, 1, 4)], suppliers=FOUR)
    edits = Edits(splits=split_of("1@1", (2, 5)), left_out_groups=frozenset({"S1@1"}))
    assert shown(plan(found, BatchOptions(), edits)) == [
        ("1@1", 1, 7, [(1, 3), (2, 4)]), ("1@1/S2", 2, 5, [(1, 5)]),
    ]  # fmt: skip


def test_packs_are_rounded_per_part_and_the_surplus_has_no_peg():
    """R3.9."""
    offers = {1: [offer(1, 1, (0, 5), primary=True, pack=5), offer(2, 1, (0, 7), pack=4)]}
    found = facts([row(1, 1, 1, 12), row(2, 2, 1, 6)], offers=offers, suppliers=FOUR)
    made = plan(found, BatchOptions(round_up_to_packs=True), Edits(splits=split_of("1@1", (2, 6))))
    assert shown(made) == [("1@1", 1, 15, [(1, 12)]), ("1@1/S2", 2, 8, [(2, 6)])]
    assert [line.extra for line in made.lines] == [u(3), u(2)]


def test_a_part_at_the_lines_own_supplier_goes_back_to_it():
    """An order has one row per product (R3.5); the part is among the edits dropped (BPO-11)."""
    found = facts([row(1, 1, 1, 18)], suppliers=FOUR)
    edits = Edits(splits=split_of("1@1", (2, 6), (3, 2)), quantities={"1@1/S2": u(7)})
    made = plan(found, BatchOptions(vendor="named", supplier_id=2), edits)
    assert [(line.key, line.quantity) for line in made.lines] == [("1@1", u(16)), ("1@1/S3", u(2))]
    assert made.dropped_edits == ["1@1/S2"]
    alone = plan(
        found, BatchOptions(vendor="named", supplier_id=2), Edits(splits=split_of("1@1", (2, 6)))
    )
    assert [(line.key, line.quantity) for line in alone.lines] == [("1@1", u(18))]


def test_a_split_whose_line_is_gone_and_a_supplier_for_a_part_are_dropped():
    found = facts([row(1, 1, 1, 18)], suppliers=FOUR)
    edits = Edits(splits=split_of("1@1", (2, 6)), suppliers={"1@1/S2": 3})
    assert plan(found, BatchOptions(deliver_to=2), edits).dropped_edits == ["1@1/S2"]
    here = plan(found, BatchOptions(), edits)
    assert here.dropped_edits == ["1@1/S2"]
    assert [line.choice.supplier_id for line in here.lines] == [1, 2]


def test_splitting_changes_no_choice_and_each_part_has_its_own_price():
    """R3.6: compared at the batch total; priced at what each supplier is bought."""
    breaks = {1: [offer(1, 1, (1, 100), (10, 80), primary=True), offer(2, 1, (1, 90))]}
    found = facts([row(1, 1, 1, 18)], offers=breaks, suppliers=FOUR)
    cheapest = BatchOptions(vendor="cheapest")
    assert [(x.choice.supplier_id, x.cost) for x in plan(found, cheapest).lines] == [(1, 80)]
    made = plan(found, cheapest, Edits(splits=split_of("1@1", (2, 6))))
    assert [(x.choice.supplier_id, x.choice.how, x.cost) for x in made.lines] == [
        (1, "cheapest", 80), (2, "chosen", 90),
    ]  # fmt: skip
    more = plan(found, cheapest, Edits(splits=split_of("1@1", (2, 12))))
    assert [(x.choice.supplier_id, x.cost) for x in more.lines] == [(1, 100), (2, 90)]


def test_per_sale_and_to_the_customer_each_sale_is_split_by_itself():
    found = facts([row(1, 1, 1, 6), row(2, 2, 1, 4)], suppliers=FOUR)
    made = plan(
        found, BatchOptions(one_order_per_sale=True), Edits(splits=split_of("1@1#1", (2, 2)))
    )
    assert [(g.key, g.sale_id, [(x.key, x.quantity) for x in g.lines]) for g in made.groups] == [
        ("S1@1#1", 1, [("1@1#1", u(4))]), ("S1@1#2", 2, [("1@1#2", u(4))]), ("S2@1#1", 1, [("1@1#1/S2", u(2))]),
    ]  # fmt: skip
    found.addresses = {1: "12 Mill Lane, Bath", 2: "4 Quay, Falmouth"}
    dropped = plan(found, BatchOptions(to_customer=True), Edits(splits=split_of("1@0#1", (2, 2))))
    assert [(g.key, g.address, [x.quantity for x in g.lines]) for g in dropped.groups] == [
        ("S1@0#1", "12 Mill Lane, Bath", [u(4)]), ("S1@0#2", "4 Quay, Falmouth", [u(4)]),
        ("S2@0#1", "12 Mill Lane, Bath", [u(2)]),
    ]  # fmt: skip


def test_a_part_at_a_supplier_that_does_not_sell_it():
    """Rules section 9: not ordered, with the reason; its sales stay short."""
    found = facts([row(1, 1, 1, 6)], suppliers=FOUR)
    found.own_products_only = True
    made = plan(found, BatchOptions(), Edits(splits=split_of("1@1", (2, 2))))
    assert [(x.choice.supplier_id, x.choice.reason, x.is_ordered) for x in made.lines] == [
        (1, None, True), (None, "not_supplied", False),
    ]  # fmt: skip
