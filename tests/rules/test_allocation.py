"""Who gets what arrived: oldest first (R5.5 to R5.7), and R5.12's figures."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from desktop_app.services.rules.allocation import Waiting, oldest_first, turn
from tests.helpers.foundation import AT

P, Q = 1, 2


def waiting(row, needed, *, sale=None, day=None, product=P, position=1, **flags):
    sale = row if sale is None else sale
    placed = AT + timedelta(days=row if day is None else day)
    return Waiting(row, sale, sale, position, placed, product, needed, **flags)


def shares(allocation):
    return {one.row_id: one.units for one in allocation.given}


def test_the_worked_example():
    """R5.12: 6 for needs of 4, 4, 3; then 4 more."""
    rows = [waiting(1, 4), waiting(2, 4), waiting(3, 3)]
    first = oldest_first(rows, {P: 6})
    assert shares(first) == {1: 4, 2: 2}
    assert first.free == {P: 0}
    left = [replace(row, needed=row.needed - shares(first).get(row.row_id, 0)) for row in rows]
    assert shares(oldest_first(left, {P: 4})) == {2: 2, 3: 2}


def test_order_is_placed_then_number_then_position():
    rows = [
        waiting(1, 1, sale=10, day=0), waiting(2, 1, sale=9, day=0, position=2),
        waiting(3, 1, sale=9, day=0, position=1), waiting(4, 1, sale=99, day=-1),
    ]  # fmt: skip
    assert [one.row_id for one in oldest_first(rows, {P: 9}).given] == [4, 3, 2, 1]


def test_pegged_rows_come_first_only_when_asked():
    rows = [waiting(1, 4), waiting(2, 4, pegged=True)]
    assert shares(oldest_first(rows, {P: 5})) == {1: 4, 2: 1}
    assert shares(oldest_first(rows, {P: 5}, pegged_first=True)) == {2: 4, 1: 1}


def test_ship_complete_takes_all_or_nothing_in_its_turn():
    """R5.6."""
    whole = [waiting(1, 3, sale=1, ship_complete=True), waiting(2, 2, sale=1, day=1, product=Q, ship_complete=True)]
    young = waiting(3, 4)
    short = oldest_first([*whole, young], {P: 5, Q: 1})
    assert shares(short) == {3: 4}
    assert short.incomplete == {1}
    enough = oldest_first([*whole, young], {P: 5, Q: 2})
    assert shares(enough) == {1: 3, 2: 2, 3: 2}
    assert oldest_first(whole, {P: 9, Q: 9}, short_elsewhere=frozenset({1})).incomplete == {1}
    older = waiting(0, 3)
    assert oldest_first([older, *whole], {P: 5, Q: 2}).incomplete == {1}


def test_nothing_waits_and_nothing_came():
    assert oldest_first([], {P: 3}).free == {P: 3}
    assert oldest_first([waiting(1, 3)], {}).given == ()
    assert oldest_first([waiting(1, 0)], {P: 3}).given == ()


rows_of_sales = st.lists(
    st.builds(
        waiting,
        row=st.integers(1, 10**6),
        needed=st.integers(0, 50),
        sale=st.integers(1, 8),
        day=st.just(0),
        product=st.sampled_from([P, Q]),
        position=st.integers(1, 5),
        pegged=st.booleans(),
    ),
    max_size=25,
    unique_by=lambda row: row.row_id,
).map(lambda rows: [replace(row, ship_complete=row.sale_id % 4 == 0) for row in rows])
"""Sales 4 and 8 are marked *ship complete*."""

arrivals = st.dictionaries(st.sampled_from([P, Q]), st.integers(0, 120))


@given(rows_of_sales, arrivals, st.booleans())
def test_never_more_than_came_or_is_needed(rows, arrived, pegged_first):
    made = oldest_first(rows, arrived, pegged_first=pegged_first)
    given_to = shares(made)
    assert len(given_to) == len(made.given)
    for row in rows:
        assert 0 <= given_to.get(row.row_id, 0) <= row.needed
    for product, units in arrived.items():
        used = sum(one.units for one in made.given if one.product_id == product)
        assert used + made.free[product] == units
        assert made.free[product] >= 0


@given(rows_of_sales, arrivals)
def test_nobody_is_passed_by_a_younger_row(rows, arrived):
    """A row that got less than it needs means that no later row of the product got anything."""
    given_to = shares(oldest_first(rows, arrived))
    simple = sorted((row for row in rows if not row.ship_complete), key=turn)
    for place, row in enumerate(simple):
        if given_to.get(row.row_id, 0) < row.needed:
            later = [x for x in simple[place + 1 :] if x.product_id == row.product_id]
            same_turn = [x for x in later if turn(x) == turn(row)]
            assert sum(given_to.get(x.row_id, 0) for x in later if x not in same_turn) == 0


@given(rows_of_sales, arrivals)
def test_ship_complete_sales_are_whole_or_untouched(rows, arrived):
    made = oldest_first(rows, arrived)
    given_to = shares(made)
    for sale in {row.sale_id for row in rows if row.ship_complete}:
        mine = [row for row in rows if row.sale_id == sale]
        got = [given_to.get(row.row_id, 0) for row in mine]
        assert got in ([row.needed for row in mine], [0] * len(mine))
        assert (sale in made.incomplete) == (got != [row.needed for row in mine])


@given(rows_of_sales, arrivals, st.randoms())
def test_the_order_in_which_rows_are_read_does_not_matter(rows, arrived, random):
    keyed = {turn(row): row for row in rows}
    rows = list(keyed.values())
    mixed = rows[:]
    random.shuffle(mixed)
    assert shares(oldest_first(rows, arrived)) == shares(oldest_first(mixed, arrived))


@given(rows_of_sales, st.integers(0, 60), st.integers(0, 60))
def test_two_receipts_give_at_least_in_order_what_one_would(rows, first, second):
    """Without *ship complete*, receiving in two parts ends like receiving at once."""
    rows = [replace(row, ship_complete=False, product_id=P) for row in rows]
    rows = list({turn(row): row for row in rows}.values())
    once = shares(oldest_first(rows, {P: first + second}))
    one = shares(oldest_first(rows, {P: first}))
    rest = [replace(row, needed=row.needed - one.get(row.row_id, 0)) for row in rows]
    two = shares(oldest_first(rest, {P: second}))
    total = {key: one.get(key, 0) + two.get(key, 0) for key in one.keys() | two.keys()}
    assert total == once
