"""The columns of Goods out and of a note's rows with their places; its steps in words (R6.1)."""

from __future__ import annotations

from functools import partial

from desktop_app.models import formats
from desktop_app.models.columns import Align, Column
from desktop_app.models.goods_out_rows import STEP_WORDS, progress
from desktop_app.models.list_source import source_of
from desktop_app.models.marks import Mark
from desktop_app.models.paged_table import ListSource
from desktop_app.services.changes import Topic
from desktop_app.services.goods_out_details import NoteStep, PlacedRow
from desktop_app.services.goods_out_list import NOTES, NoteLine, NotesFilter, NoteState
from desktop_app.services.rules.money import to_decimal

_MARKS = {one: progress("" if one is NoteState.NOT_STARTED else one.value) for one in NoteState}


def source() -> ListSource[NoteLine, NotesFilter]:
    """Goods-out notes as the source of a paged table."""
    return source_of(Topic.GOODS_OUT, NOTES)


def state(line: NoteLine) -> Mark:
    """How far a note is, by the last of its steps."""
    return _MARKS[line.state]


def _when(name: str, line: NoteLine) -> str:
    return formats.moment(line.step(name))


def _iso(name: str, line: NoteLine) -> str:
    at = line.step(name)
    return "" if at is None else at.isoformat()


def _ago(name: str, line: NoteLine) -> str:
    at = line.step(name)
    return "" if at is None else formats.ago(at)


def _step(name: str, priority: int, sort: str = "") -> Column[NoteLine]:
    return Column(
        key=name, heading=STEP_WORDS[name], text=partial(_when, name), width=13,
        priority=priority, fixed=True, muted=True, tooltip=partial(_ago, name), sort=sort,
        sort_words=("Oldest first", "Newest first"), value=partial(_iso, name),
    )  # fmt: skip


COLUMNS: tuple[Column[NoteLine], ...] = (
    Column(
        key="number", heading="Note", text=lambda n: str(n.number), value=lambda n: n.number,
        width=9, fixed=True, strong=True, sort="number",
        sort_words=("Lowest first", "Highest first"),
    ),
    Column(
        key="sale", heading="Sale", text=lambda n: f"#{n.sale_number}",
        value=lambda n: n.sale_number, width=10, fixed=True, link=True, sort="sale",
        sort_words=("Lowest first", "Highest first"),
    ),
    Column(
        key="customer", heading="Customer", text=lambda n: n.customer, width=18, width_min=12,
        stretch=True, sort="customer", tooltip=lambda n: n.customer,
    ),
    Column(key="state", heading="State", text=lambda _: "", width=15, mark=state, value=lambda n: state(n).word),
    Column(
        key="units", heading="Units", text=lambda n: formats.quantity(n.units), width=8,
        align=Align.END, fixed=True, strong=True, sort="units",
        sort_words=("Fewest first", "Most first"), value=lambda n: to_decimal(n.units),
    ),
    Column(
        key="rows", heading="Rows", text=lambda n: str(n.rows), width=7, priority=2,
        align=Align.END, fixed=True, value=lambda n: n.rows,
    ),
    Column(
        key="warehouse", heading="From", text=lambda n: n.warehouse, width=14, priority=2,
        sort="warehouse", sort_words=("One warehouse after the other", "The other way round"),
        tooltip=lambda n: n.warehouse,
    ),
    Column(
        key="created", heading="Created", text=lambda n: formats.moment(n.created_at), width=13,
        priority=2, fixed=True, muted=True, sort="created", sort_words=("Oldest first", "Newest first"),
        tooltip=lambda n: formats.ago(n.created_at), value=lambda n: n.created_at.isoformat(),
    ),
    Column(
        key="channel", heading="Channel", text=lambda n: n.channel, width=14, priority=4, muted=True,
    ),
    _step("printed", 4),
    _step("picked", 3),
    _step("packed", 3),
    _step("shipped", 2, "shipped"),
    Column(
        key="tracking", heading="Tracking", text=lambda n: n.tracking, width=16, priority=3,
        tooltip=lambda n: n.tracking,
    ),
)  # fmt: skip


def places(row: PlacedRow) -> str:
    """Where the units are: "A-01", or "A-01 2, B-03 1" where they lie in several places."""
    if len(row.places) == 1:
        return row.places[0][0]
    return ", ".join(f"{code} {formats.quantity(units)}" for code, units in row.places)


PLACED_ROWS: tuple[Column[PlacedRow], ...] = (
    Column(
        key="item", heading="Item", text=lambda r: r.sku, width=11, fixed=True, strong=True,
        tooltip=lambda r: r.description,
    ),
    Column(
        key="units", heading="Units", text=lambda r: formats.quantity(r.units), width=6,
        align=Align.END, fixed=True, value=lambda r: to_decimal(r.units),
    ),
    Column(
        key="places", heading="Place", text=places, width=12, width_min=7, stretch=True,
        tooltip=places,
    ),
)  # fmt: skip


def step_words(step: NoteStep) -> str:
    """A step as a sentence: "Picked 29 Nov 06:45 by Cleo Clerk"."""
    said = f"{STEP_WORDS[step.step]} {formats.moment(step.at)} by {step.person}"
    return f"{said}, tracking {step.reference}" if step.reference else said
