"""What leaves by the books because it is given back (R7.10, R7.4)."""

from hypothesis import given
from hypothesis import strategies as st

from desktop_app.services.rules.exceptions_plan import missing
from desktop_app.services.rules.returns import BookedOut, SoldNow, booked_out


@st.composite
def sold_rows(draw):
    """Rows (ordered, reserved, fulfilled, noted) and what is given back of each."""
    rows, back = [], {}
    for key in range(draw(st.integers(1, 4))):
        ordered = draw(st.integers(1, 6))
        fulfilled = draw(st.integers(0, ordered))
        reserved = draw(st.integers(0, ordered - fulfilled))
        rows.append(SoldNow(key, ordered, reserved, fulfilled, draw(st.integers(0, fulfilled))))
        back[key] = draw(st.integers(0, ordered))
    return rows, back


@given(sold_rows(), st.booleans())
def test_no_more_leaves_than_is_there_or_given_back(case, waits):
    rows, back = case
    made = booked_out(rows, back, waits=waits)
    short = [row for row in rows if row.needed]
    ended = bool(short) and all(back[row.row_id] >= row.needed for row in short)
    for row in rows:
        part = made.get(row.row_id, BookedOut(0, 0))
        here = row.reserved + row.noted
        assert part.lacking == min(back[row.row_id], row.needed)
        assert part.held <= here
        if ended and waits:
            assert part.held == here
        else:
            assert part.units == min(back[row.row_id], row.needed + here)
        left = missing(
            row.ordered, row.reserved - min(part.held, row.reserved), row.fulfilled + part.units
        )
        assert left <= row.needed - part.lacking


def test_what_was_never_on_record_is_given_back_first():
    row = SoldNow(1, ordered=3, reserved=1, fulfilled=0)
    assert booked_out([row], {1: 1}, waits=True) == {1: BookedOut(1, 0)}
    assert booked_out([row], {1: 2}, waits=False) == {1: BookedOut(2, 0)}
    assert booked_out([row], {1: 2}, waits=True) == {1: BookedOut(2, 1)}
    assert booked_out([row], {}, waits=True) == {}


def test_missing_is_what_is_still_owed():
    """R7.9: units refunded before a *ship later* row left are not."""
    assert missing(3, 1, 0) == 2
    assert missing(3, 1, 0, not_sent=1) == 1
    assert missing(3, 1, 0, not_sent=3) == 0
