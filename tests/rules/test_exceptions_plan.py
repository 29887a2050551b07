"""How stock that a shop sold and the books lack is put right (R7.9, R8.1, EXC-03)."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from desktop_app.services.rules.exceptions_plan import Chosen, Fix, StockStep, Wrong, make_right

DAY = datetime(2026, 11, 2, tzinfo=UTC)
SHOP, LEEDS, YORK = 1, 2, 3
TENT, STOVE = 10, 11


def wrong(row, needed, warehouse=SHOP, product=TENT, days=0):
    return Wrong(row, 3800 + row, DAY + timedelta(days=days), 1, warehouse, product, needed)


def test_most_on_hand_lends_first_then_the_books_are_corrected():
    made = make_right([wrong(1, 7)], {(LEEDS, TENT): 2, (YORK, TENT): 4}, may_correct=True)
    assert made.steps == (
        StockStep(SHOP, TENT, 4, YORK), StockStep(SHOP, TENT, 2, LEEDS), StockStep(SHOP, TENT, 1, None),
    )  # fmt: skip
    assert made.given == {1: 7}
    assert made.lacking == {}


def test_who_may_not_correct_leaves_the_rest():
    made = make_right([wrong(1, 3)], {(LEEDS, TENT): 2}, may_correct=False)
    assert made.steps == (StockStep(SHOP, TENT, 2, LEEDS),)
    assert (made.given, made.lacking) == ({1: 2}, {(SHOP, TENT): 1})


def test_what_came_in_meanwhile_is_used_before_anything_moves():
    made = make_right([wrong(1, 3)], {(SHOP, TENT): 3, (LEEDS, TENT): 9}, may_correct=True)
    assert made.steps == ()
    assert made.given == {1: 3}


def test_choices():
    on_hand = {(LEEDS, TENT): 2, (YORK, TENT): 4}
    for choice, expected in (
        (Chosen(SHOP, TENT, Fix.TRANSFER, LEEDS), [(2, LEEDS), (1, YORK)]),
        (Chosen(SHOP, TENT, Fix.CORRECT), [(3, None)]),
        (Chosen(SHOP, TENT, Fix.LEAVE), []),
        (Chosen(SHOP, STOVE, Fix.LEAVE), [(3, YORK)]),
    ):
        made = make_right([wrong(1, 3)], on_hand, [choice], may_correct=True)
        assert [(step.units, step.from_id) for step in made.steps] == expected, choice


def test_several_orders_of_one_product_are_served_oldest_first():
    rows = [wrong(1, 2, days=2), wrong(2, 2, days=1), wrong(3, 2)]
    made = make_right(rows, {(LEEDS, TENT): 4}, may_correct=False)
    assert made.steps == (StockStep(SHOP, TENT, 4, LEEDS),)
    assert made.given == {3: 2, 2: 2, 1: 0}


def test_two_shops_do_not_lend_each_other_what_their_own_order_needs():
    rows = [wrong(1, 2, SHOP), wrong(2, 2, LEEDS)]
    made = make_right(rows, {(LEEDS, TENT): 2}, may_correct=False)
    assert made.given == {1: 0, 2: 2}
    assert made.steps == ()


units = st.integers(0, 6)


@given(
    st.lists(st.tuples(st.integers(1, 3), st.sampled_from((TENT, STOVE)), st.integers(1, 6)), max_size=8),
    st.dictionaries(st.tuples(st.integers(1, 3), st.sampled_from((TENT, STOVE))), units),
    st.booleans(),
)  # fmt: skip
def test_nothing_is_given_twice_and_no_source_falls_below_zero(rows, on_hand, may_correct):
    lines = [wrong(n, need, place, good, n) for n, (place, good, need) in enumerate(rows)]
    made = make_right(lines, on_hand, may_correct=may_correct)
    taken, came, given_to, needed = Counter(), Counter(), Counter(), Counter()
    for step in made.steps:
        came[step.warehouse_id, step.product_id] += step.units
        if step.from_id is not None:
            taken[step.from_id, step.product_id] += step.units
    for line in lines:
        needed[line.warehouse_id, line.product_id] += line.needed
        given_to[line.warehouse_id, line.product_id] += made.given[line.row_id]
        assert 0 <= made.given[line.row_id] <= line.needed
    for pair in {*on_hand, *needed}:
        assert given_to[pair] + taken[pair] <= on_hand.get(pair, 0) + came[pair]
        assert given_to[pair] + made.lacking.get(pair, 0) == needed[pair]
    assert not (may_correct and made.lacking)
