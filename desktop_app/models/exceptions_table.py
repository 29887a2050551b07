"""The columns of the exceptions desk (ux 3.9)."""

from __future__ import annotations

from desktop_app.models import formats
from desktop_app.models.columns import Align, Column
from desktop_app.models.list_source import source_of
from desktop_app.models.marks import Glyph, Mark, Tone
from desktop_app.models.paged_table import ListSource
from desktop_app.services.changes import Topic
from desktop_app.services.exceptions_list import EXCEPTIONS, ExceptionLine, ExceptionsFilter
from desktop_app.services.rules.money import to_decimal

SKUS_NAMED = 3


def source() -> ListSource[ExceptionLine, ExceptionsFilter]:
    """Orders on the desk as the source of a paged table."""
    return source_of(Topic.SALES, EXCEPTIONS)


def suggested(line: ExceptionLine) -> str:
    """The fix in words: "Transfer 1 from Leeds, correct +2"."""
    parts = [f"transfer {formats.quantity(n)} from {name}" for name, n in line.sources]
    if line.to_correct:
        parts.append(f"correct +{formats.quantity(line.to_correct)}")
    said = ", ".join(parts) or "allocate what is on hand"
    return said[:1].upper() + said[1:]


def _cause(line: ExceptionLine) -> Mark:
    words = "Warehouse ran out" if line.ran_out else "Sold, not on record"
    return Mark(Glyph.PROBLEM, words, Tone.WRONG)


def _items(line: ExceptionLine) -> str:
    named = ", ".join(line.skus[:SKUS_NAMED])
    rest = len(line.skus) - SKUS_NAMED
    return f"{named} and {rest} more" if rest > 0 else named


COLUMNS: tuple[Column[ExceptionLine], ...] = (
    Column(
        key="order", heading="Order", text=lambda e: f"#{e.number}", value=lambda e: e.number,
        width=10, fixed=True, link=True, strong=True, sort="number",
        sort_words=("Lowest first", "Highest first"),
    ),
    Column(key="channel", heading="Shop", text=lambda e: e.channel, width=15, priority=2),
    Column(
        key="placed", heading="Sold", text=lambda e: formats.moment(e.placed_at), width=14,
        fixed=True, muted=True, sort="placed", sort_words=("Oldest first", "Newest first"),
        value=lambda e: e.placed_at.isoformat(),
    ),
    Column(
        key="rows", heading="Rows wrong", text=lambda e: f"{e.rows_wrong} of {e.rows}", width=11,
        fixed=True, align=Align.END, value=lambda e: e.rows_wrong,
    ),
    Column(key="items", heading="Items", text=_items, width=18, width_min=10, tooltip=_items),
    Column(
        key="units", heading="Missing", text=lambda e: formats.quantity(e.units), width=9,
        fixed=True, align=Align.END, strong=True, sort="short",
        sort_words=("Least first", "Most first"), value=lambda e: to_decimal(e.units),
    ),
    Column(key="cause", heading="Cause", text=lambda _: "", width=21, mark=_cause, priority=2),
    Column(
        key="fix", heading="Suggested fix", text=suggested, width=24, width_min=16, stretch=True,
        tooltip=suggested,
    ),
    Column(
        key="customer", heading="Customer", text=lambda e: e.customer, width=18, priority=3,
    ),
)  # fmt: skip
