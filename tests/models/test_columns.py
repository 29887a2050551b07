"""What is shown in how much room (IA-05, SAL-03), and what is said and copied."""

from types import SimpleNamespace

from desktop_app.models.columns import Align, Column, fit
from desktop_app.models.marks import Glyph, Mark, Tone


def column(key, width, priority=1, **more):
    return Column(key=key, heading=key, text=lambda r: str(r.n), width=width, priority=priority,
                  **more)  # fmt: skip


COLUMNS = [
    column("order", 10),
    column("placed", 10, 2),
    column("customer", 20, stretch=True, width_min=12),
    column("channel", 10, 3),
    column("total", 10, 2),
]


def keys(room):
    return [placed.key for placed in fit(COLUMNS, room, 10, 10)]


def test_the_lowest_priority_leaves_first_from_the_right():
    assert keys(1000) == ["order", "placed", "customer", "channel", "total"]
    assert keys(500) == ["order", "placed", "customer", "total"]
    assert keys(400) == ["order", "placed", "customer"]
    assert keys(300) == ["order", "customer"]
    assert keys(50) == ["order", "customer"]


def test_spare_room_goes_to_the_stretch_column_which_never_falls_under_its_least():
    widths = {placed.key: placed.width for placed in fit(COLUMNS, 1000, 10, 10)}
    assert widths == {"order": 110, "placed": 110, "customer": 560, "channel": 110, "total": 110}
    tight = {placed.key: placed.width for placed in fit(COLUMNS, 50, 10, 10)}
    assert tight["customer"] == 130


def test_widths_follow_the_text_size():
    small = {placed.key: placed.width for placed in fit(COLUMNS, 2000, 8, 16)}
    large = {placed.key: placed.width for placed in fit(COLUMNS, 2000, 12, 16)}
    assert (small["order"], large["order"]) == (96, 136)


def test_chips_are_spoken_in_words():
    row = SimpleNamespace(n=3)
    chip = column("Payment", 5, mark=lambda r: Mark(Glyph.PART, "Part", Tone.PART))
    assert chip.said(row) == "Payment: Part"
    five = column(
        "progress", 5, subheadings=("Pay", "Ship"),
        marks=lambda r: (Mark(Glyph.ALL, "Paid"), Mark(Glyph.NONE, "None", spoken="Not shipped")),
    )  # fmt: skip
    assert five.said(row) == "Pay: Paid, Not shipped"
    assert column("blank", 5, mark=lambda r: None).said(row) == ""
    assert column("n", 5).said(row) == "3"


def test_the_clipboard_gets_plain_values():
    row = SimpleNamespace(n=1234)
    assert column("n", 5).copied(row) == "1234"
    assert column("n", 5, align=Align.END, value=lambda r: r.n).copied(row) == 1234
