"""Which pegs stay alive when a side shrinks (R1.7)."""

from hypothesis import given
from hypothesis import strategies as st

from desktop_app.services.rules.pegs import LivePeg, shrink
from tests.helpers.foundation import AT


def peg(key, po_row, sale_row, live, *, now=False):
    return LivePeg(key, po_row, sale_row, live, (AT, sale_row, 1), now)


def test_nothing_ends_while_both_sides_fit():
    assert shrink([peg(1, 1, 1, 4)], {1: 4}, {1: 4}) == {}


def test_the_youngest_sale_gives_way_first():
    pegs = [peg(1, 1, 1, 4), peg(2, 1, 2, 4), peg(3, 1, 3, 2)]
    assert shrink(pegs, {}, {1: 4}) == {3: 2, 2: 4}
    assert shrink(pegs, {}, {1: 7}) == {3: 2, 2: 1}


def test_what_was_just_received_ends_first_then_later_orders():
    pegs = [peg(1, 1, 1, 4), peg(2, 2, 1, 4, now=True), peg(3, 3, 1, 4)]
    assert shrink(pegs, {1: 8}, {}) == {2: 4}
    assert shrink(pegs, {1: 5}, {}) == {2: 4, 3: 3}
    assert shrink(pegs, {1: 0}, {}) == {1: 4, 2: 4, 3: 4}


def test_only_the_sides_named_are_cut():
    pegs = [peg(1, 1, 1, 9)]
    assert shrink(pegs, {2: 0}, {2: 0}) == {}


def test_a_negative_limit_is_none():
    assert shrink([peg(1, 1, 1, 3)], {1: -5}, {}) == {1: 3}


@st.composite
def worlds(draw):
    pairs = draw(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4)), unique=True, max_size=16))
    pegs = [peg(i, p, s, draw(st.integers(1, 30)), now=draw(st.booleans())) for i, (p, s) in enumerate(pairs, 1)]
    limits = st.dictionaries(st.integers(1, 4), st.integers(0, 60))
    return pegs, draw(limits), draw(limits)


@given(worlds())
def test_no_peg_exceeds_either_side_and_no_more_ends_than_must(world):
    pegs, needed, outstanding = world
    ended = shrink(pegs, needed, outstanding)
    live = {one.id: one.live - ended.get(one.id, 0) for one in pegs}
    assert all(units >= 0 for units in live.values())
    assert all(units > 0 for units in ended.values())
    for side, limits in (("sale_row_id", needed), ("po_row_id", outstanding)):
        for key, limit in limits.items():
            assert sum(live[one.id] for one in pegs if getattr(one, side) == key) <= limit
    for one in pegs:
        if one.id in ended:
            cut = [
                (side, key) for side, limits in (("sale_row_id", needed), ("po_row_id", outstanding))
                if (key := getattr(one, side)) in limits
                and sum(x.live for x in pegs if getattr(x, side) == key) > limits[key]
            ]  # fmt: skip
            assert cut, "a peg ended though both its sides had room"


@given(worlds())
def test_shrinking_twice_changes_nothing(world):
    pegs, needed, outstanding = world
    ended = shrink(pegs, needed, outstanding)
    rest = [
        LivePeg(x.id, x.po_row_id, x.sale_row_id, x.live - ended.get(x.id, 0), x.turn, x.received_now)
        for x in pegs
    ]
    assert shrink(rest, needed, outstanding) == {}
