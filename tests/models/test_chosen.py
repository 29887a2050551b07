"""The choice is a set of ids (PR-07, SAL-04 to SAL-06)."""

import time

import pytest

from desktop_app.models.chosen import Chosen, InView


@pytest.fixture
def chosen(qapp):
    return Chosen()


def test_toggling_and_counting(chosen):
    told = []
    chosen.changed.connect(lambda: told.append(len(chosen)))
    for row in (5, 7, 5):
        chosen.toggle(row)
    assert chosen.ids == {7}
    assert told == [1, 2, 1]
    assert chosen.anchor == 5


def test_a_range_grows_and_shrinks_from_its_anchor_and_keeps_earlier_ticks(chosen):
    chosen.toggle(1)
    chosen.toggle(10)
    chosen.extend([10, 11, 12, 13])
    assert chosen.ids == {1, 10, 11, 12, 13}
    chosen.extend([10, 11])
    assert chosen.ids == {1, 10, 11}
    chosen.extend([9, 10])
    assert chosen.ids == {1, 9, 10}


def test_shift_starts_at_the_current_row_when_nothing_was_ticked(chosen):
    chosen.start_range(4)
    chosen.extend([4, 5])
    assert chosen.ids == {4, 5}
    chosen.start_range(5)
    assert chosen.anchor == 4


def test_all_matching_is_a_snapshot(chosen):
    chosen.choose_all("needs ordering", range(1, 313))
    assert len(chosen) == 312
    assert chosen.is_exactly_all
    chosen.compare([*range(3, 313), 900, 901, 902, 903])
    assert chosen.in_view() == InView(inside=310, outside=2, more=4)
    assert chosen.outside() == {1, 2}
    assert chosen.unchosen_matches() == {900, 901, 902, 903}
    chosen.drop(chosen.outside())
    assert len(chosen) == 310
    assert not chosen.is_exactly_all


def test_a_choice_outlives_its_filter(chosen):
    for row in (1, 2, 3, 4, 5):
        chosen.toggle(row)
    assert chosen.in_view() is None
    chosen.compare([1, 2, 3, 77])
    assert chosen.in_view() == InView(inside=3, outside=2, more=0)
    assert chosen.ids == {1, 2, 3, 4, 5}


def test_an_act_clears_the_choice_and_it_can_be_chosen_again(chosen):
    chosen.choose([1, 2, 3])
    chosen.used()
    assert not chosen
    assert chosen.last == {1, 2, 3}
    chosen.clear()
    chosen.choose_again()
    assert chosen.ids == {1, 2, 3}


def test_two_hundred_thousand_are_chosen_at_once(chosen):
    ids = list(range(200_000))
    began = time.perf_counter()
    chosen.choose_all(None, ids)
    assert time.perf_counter() - began < 0.2
    assert len(chosen) == 200_000
