"""Who gets the goods, as columns: one line's queue, the whole delivery, and who is passed over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from desktop_app.models.columns import Align, Column
from desktop_app.models.formats import day, quantity
from desktop_app.models.marks import Glyph, Mark, Tone
from desktop_app.models.receipt_words import passed_reason
from desktop_app.services.receiving import PassedOver, ReceiptPreview, Turn


def gets(turn: Turn) -> str:
    """How much of what it needs: "2 of 4"."""
    return f"{quantity(turn.units)} of {quantity(turn.needed)}"


def turn_mark(turn: Turn) -> Mark:
    """All, part or nothing of what the row needs."""
    spoken = f"#{turn.number} gets {gets(turn)}"
    if turn.units >= turn.needed:
        return Mark(Glyph.ALL, gets(turn), Tone.DONE, spoken=spoken)
    if turn.units:
        return Mark(Glyph.PART, gets(turn), Tone.PART, spoken=spoken)
    return Mark(Glyph.NONE, gets(turn), Tone.NONE, spoken=spoken)


def _placed(turn: Turn | PassedOver) -> str:
    return day(turn.placed_at.astimezone().date())


def _customer(turn: Turn) -> str:
    """The customer; marked where the order of service asks which sales this order is for."""
    return f"{turn.customer} · ordered for it" if turn.pegged else turn.customer


def _gets_column(width: float) -> Column[Turn]:
    return Column(key="gets", heading="Gets", text=gets, width=width, mark=turn_mark)


QUEUE: tuple[Column[Turn], ...] = (
    Column(
        key="sale", heading="Sale", text=lambda t: f"#{t.number}", width=7, fixed=True, link=True,
        strong=True,
    ),
    Column(
        key="customer", heading="Customer", text=lambda t: t.customer, width=9, width_min=6,
        stretch=True, muted=True, tooltip=lambda t: f"{t.customer}, placed {_placed(t)}",
    ),
    _gets_column(9),
)  # fmt: skip
"""Beside the scan card: the queue for one product."""

DELIVERY: tuple[Column[Turn], ...] = (
    Column(
        key="sale", heading="Sale", text=lambda t: f"#{t.number}", width=9, fixed=True, link=True,
        strong=True,
    ),
    Column(key="placed", heading="Placed", text=_placed, width=12, fixed=True),
    Column(
        key="customer", heading="Customer", text=_customer, width=16, width_min=9, stretch=True,
        tooltip=_customer,
    ),
    Column(key="sku", heading="Item", text=lambda t: t.sku, width=15, fixed=True),
    Column(
        key="units", heading="Units", text=lambda t: quantity(t.units) if t.units else "–", width=8,
        align=Align.END, fixed=True, strong=True,
    ),
    _gets_column(13),
)  # fmt: skip
"""Step 3: the whole delivery."""

PASSED: tuple[Column[PassedOver], ...] = (
    Column(
        key="sale", heading="Sale", text=lambda p: f"#{p.number}", width=9, fixed=True, link=True,
    ),
    Column(key="placed", heading="Placed", text=_placed, width=12, fixed=True),
    Column(
        key="customer", heading="Customer", text=lambda p: p.customer, width=16, width_min=9,
        stretch=True, tooltip=lambda p: p.customer,
    ),
    Column(key="sku", heading="Item", text=lambda p: p.sku, width=15, fixed=True),
    Column(
        key="needed", heading="Needs", text=lambda p: quantity(p.needed), width=8, align=Align.END,
        fixed=True,
    ),
    Column(key="reason", heading="Passed over because", text=passed_reason, width=30, fixed=True),
)  # fmt: skip


def free_after(preview: ReceiptPreview) -> list[tuple[str, int]]:
    """(SKU, units) that no sale takes, in the order of the lines."""
    free: dict[str, int] = defaultdict(int)
    for row in preview.rows:
        free[row.sku] += row.free
    return [(sku, units) for sku, units in free.items() if units]


def queue_of(preview: ReceiptPreview | None, product_id: int | None) -> Sequence[Turn]:
    """The turns of one product."""
    if preview is None:
        return ()
    return [turn for turn in preview.turns if turn.product_id == product_id]


def free_of(preview: ReceiptPreview | None, product_id: int | None) -> int:
    """Units of one product that stay free."""
    if preview is None:
        return 0
    return sum(row.free for row in preview.rows if row.product_id == product_id)
