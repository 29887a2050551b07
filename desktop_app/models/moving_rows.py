"""The columns of transfers, counts and their rows."""

from __future__ import annotations

from desktop_app.models import formats
from desktop_app.models.columns import Align, Column
from desktop_app.models.list_source import source_of
from desktop_app.models.marks import Glyph, Mark, Tone
from desktop_app.models.moving_words import COUNT_STATES, TRANSFER_STATES
from desktop_app.models.paged_table import ListSource
from desktop_app.services.changes import Topic
from desktop_app.services.counts_list import (
    COUNTS,
    CountFilter,
    CountLine,
    CountRowFilter,
    CountRowLine,
    rows_of_count,
)
from desktop_app.services.rules.money import to_decimal
from desktop_app.services.transfers_list import (
    TRANSFERS,
    TransferFilter,
    TransferLine,
    TransferRow,
)


def transfer_source() -> ListSource[TransferLine, TransferFilter]:
    """Transfers as the source of a paged table."""
    return source_of(Topic.TRANSFERS, TRANSFERS)


def count_source() -> ListSource[CountLine, CountFilter]:
    """Stock counts as the source of a paged table."""
    return source_of(Topic.COUNTS, COUNTS)


def count_rows_source(count_id: int) -> ListSource[CountRowLine, CountRowFilter]:
    """The products of one count; the page itself reads again when they change."""
    return source_of(Topic.PRODUCTS, rows_of_count(count_id))


_TRANSFER_MARKS = {
    "sent": (Glyph.LORRY, Tone.ON_ORDER),
    "received": (Glyph.ALL, Tone.DONE),
    "closed": (Glyph.PART, Tone.NONE),
    "cancelled": (Glyph.REFUSED, Tone.NONE),
}
_COUNT_MARKS = {
    "open": (Glyph.PART, Tone.PART),
    "posted": (Glyph.ALL, Tone.DONE),
    "abandoned": (Glyph.REFUSED, Tone.NONE),
}


def transfer_mark(line: TransferLine) -> Mark:
    """The state of a transfer as a chip."""
    glyph, tone = _TRANSFER_MARKS[line.state]
    return Mark(glyph, TRANSFER_STATES[line.state], tone)


def count_mark(line: CountLine) -> Mark:
    """The state of a count as a chip."""
    glyph, tone = _COUNT_MARKS[line.state]
    return Mark(glyph, COUNT_STATES[line.state], tone)


TRANSFER_COLUMNS: tuple[Column[TransferLine], ...] = (
    Column(
        key="number", heading="Transfer", text=lambda t: f"Transfer {t.number}", width=13, fixed=True,
        strong=True, sort="number", sort_words=("Lowest first", "Highest first"),
        value=lambda t: t.number,
    ),
    Column(key="source", heading="From", text=lambda t: t.source, width=16, width_min=10),
    Column(key="warehouse", heading="To", text=lambda t: t.warehouse, width=16, width_min=10, stretch=True),
    Column(
        key="units", heading="Units", text=lambda t: formats.quantity(t.units), width=9,
        align=Align.END, fixed=True, value=lambda t: to_decimal(t.units),
    ),
    Column(
        key="in_transit", heading="In transit",
        text=lambda t: formats.quantity(t.in_transit) if t.in_transit else "", width=11,
        align=Align.END, fixed=True, strong=True, value=lambda t: to_decimal(t.in_transit),
        heading_tip="Sent and not received yet",
    ),
    Column(key="state", heading="State", text=lambda _t: "", width=14, mark=transfer_mark),
    Column(
        key="sent", heading="Sent", text=lambda t: formats.moment(t.sent_at), width=13, fixed=True,
        muted=True, sort="sent", sort_words=("Oldest first", "Newest first"),
        value=lambda t: t.sent_at.isoformat(),
    ),
    Column(key="person", heading="By", text=lambda t: t.person, width=13, priority=3),
    Column(key="reference", heading="Reference", text=lambda t: t.reference, width=16, priority=2),
)  # fmt: skip


def _units(number: int) -> str:
    return formats.quantity(number) if number else ""


TRANSFER_ROWS: tuple[Column[TransferRow], ...] = (
    Column(
        key="sku", heading="SKU", text=lambda r: r.sku, width=12, width_min=8, strong=True,
        tooltip=lambda r: r.name, stretch=True,
    ),
    Column(
        key="quantity", heading="Sent", text=lambda r: formats.quantity(r.quantity), width=6,
        align=Align.END, fixed=True,
    ),
    Column(
        key="received", heading="Here", text=lambda r: formats.quantity(r.received), width=6,
        align=Align.END, fixed=True, heading_tip="Received",
    ),
    Column(
        key="way", heading="Way", text=lambda r: _units(r.in_transit), width=6, align=Align.END,
        fixed=True, heading_tip="Still on the way",
    ),
    Column(
        key="lost", heading="Lost", text=lambda r: _units(r.lost), width=6, align=Align.END,
        fixed=True, priority=2, heading_tip="Written off",
    ),
)  # fmt: skip

COUNT_COLUMNS: tuple[Column[CountLine], ...] = (
    Column(
        key="number", heading="Count", text=lambda c: f"Count {c.number}", width=11, fixed=True,
        strong=True, link=True, sort="number", sort_words=("Lowest first", "Highest first"),
        value=lambda c: c.number,
    ),
    Column(key="title", heading="Title", text=lambda c: c.title, width=20, width_min=10, stretch=True),
    Column(key="warehouse", heading="Warehouse", text=lambda c: c.warehouse, width=16),
    Column(
        key="counted", heading="Counted", text=lambda c: f"{c.counted} of {c.products}", width=13,
        align=Align.END, fixed=True, heading_tip="Products counted, of those listed",
    ),
    Column(
        key="differences", heading="Different", text=lambda c: str(c.differences) if c.differences else "",
        width=10, align=Align.END, fixed=True, strong=True, value=lambda c: c.differences,
        heading_tip="Products whose count is not what was expected",
    ),
    Column(key="state", heading="State", text=lambda _c: "", width=16, mark=count_mark),
    Column(
        key="started", heading="Started", text=lambda c: formats.moment(c.started_at), width=13,
        fixed=True, muted=True, priority=2, value=lambda c: c.started_at.isoformat(),
    ),
    Column(key="person", heading="By", text=lambda c: c.person, width=13, priority=3),
)  # fmt: skip


def signed(number: int | None) -> str:
    """A difference: "+3", "−2", "0"; empty where nothing was counted."""
    if number is None:
        return ""
    return f"+{formats.quantity(number)}" if number > 0 else formats.quantity(number)


def _difference(row: CountRowLine) -> Mark | None:
    number = row.difference
    if not number:
        return None
    tone = Tone.PART if number > 0 else Tone.WRONG
    return Mark(Glyph.PROBLEM, signed(number), tone, filled=True)


COUNT_ROW_COLUMNS: tuple[Column[CountRowLine], ...] = (
    Column(key="sku", heading="SKU", text=lambda r: r.sku, width=18, fixed=True, strong=True, sort="sku"),
    Column(key="name", heading="Product", text=lambda r: r.name, width=24, width_min=12, stretch=True),
    Column(
        key="expected", heading="Expected", text=lambda r: formats.quantity(r.expected), width=11,
        align=Align.END, fixed=True, heading_tip="In stock at the moment it was counted",
    ),
    Column(
        key="counted", heading="Counted", text=lambda r: formats.quantity(r.counted), width=11,
        align=Align.END, fixed=True, strong=True,
    ),
    Column(
        key="difference", heading="Difference", text=lambda r: signed(r.difference), width=13,
        align=Align.END, fixed=True, mark=_difference,
    ),
    Column(
        key="when", heading="When", text=lambda r: formats.moment(r.counted_at), width=13, fixed=True,
        muted=True, priority=2,
    ),
    Column(key="person", heading="By", text=lambda r: r.person, width=13, priority=3),
)  # fmt: skip
