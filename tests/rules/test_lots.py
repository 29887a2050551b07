"""Which reserved units came from which receipt, and which are on notes (R5.10)."""

from hypothesis import given
from hypothesis import strategies as st

from desktop_app.services.rules.lots import Event, from_source, lots

A, B = 1, 2


def told(events, *sources):
    found = lots(events)
    return [from_source(found, source) for source in sources]


def test_reserved_first_goes_on_the_note_first():
    events = [Event(4, 0, A), Event(3, 0, B), Event(-5, 5)]
    assert told(events, A, B) == [(0, 4), (2, 1)]


def test_stock_reserved_before_the_receipt_goes_first():
    assert told([Event(2, 0), Event(4, 0, A), Event(-3, 3)], A) == [(3, 1)]


def test_released_by_hand_is_what_was_reserved_last():
    assert told([Event(4, 0, A), Event(2, 0), Event(-3, 0)], A) == [(3, 0)]


def test_an_undone_receipt_takes_its_own():
    assert told([Event(4, 0, A), Event(2, 0, B), Event(-4, 0, A)], A, B) == [(0, 0), (2, 0)]


def test_a_removed_note_gives_the_units_back():
    assert told([Event(4, 0, A), Event(-3, 3), Event(2, -2)], A) == [(3, 1)]


def test_a_removed_note_that_also_releases():
    """R6.3 and R2.7."""
    assert told([Event(4, 0, A), Event(-3, 3), Event(0, -3)], A) == [(1, 0)]
    assert told([Event(4, 0, A), Event(-3, 3), Event(-1, -3)], A) == [(0, 0)]
    assert told([Event(4, 0, A), Event(-3, 3), Event(1, -3)], A) == [(2, 0)]


def test_units_put_on_a_note_unreserved_touch_no_lot():
    assert told([Event(4, 0, A), Event(0, 2)], A) == [(4, 0)]


steps = st.lists(
    st.tuples(st.sampled_from(["reserve", "note", "release", "back"]), st.integers(1, 9), st.sampled_from([None, A, B])),
    max_size=20,
)


@given(steps)
def test_lots_add_up_to_the_row(steps):
    events, reserved, noted = [], 0, 0
    for act, units, source in steps:
        if act == "reserve":
            events.append(Event(units, 0, source))
            reserved += units
        elif act == "note" and reserved:
            n = min(units, reserved)
            events.append(Event(-n, n))
            reserved, noted = reserved - n, noted + n
        elif act == "release" and reserved:
            n = min(units, reserved)
            events.append(Event(-n, 0))
            reserved -= n
        elif act == "back" and noted:
            n = min(units, noted)
            events.append(Event(n, -n))
            reserved, noted = reserved + n, noted - n
    found = lots(events)
    assert sum(lot.reserved for lot in found) == reserved
    assert sum(lot.noted for lot in found) == noted
    assert all(lot.reserved >= 0 and lot.noted >= 0 for lot in found)
