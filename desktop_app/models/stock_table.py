"""The columns of Stock (ux 3.8); each figure leads to what it consists of (INV-01)."""

from __future__ import annotations

from collections.abc import Callable

from desktop_app.models import formats
from desktop_app.models.columns import Align, Column
from desktop_app.models.list_source import source_of
from desktop_app.models.marks import Glyph, Mark, Tone
from desktop_app.models.paged_table import ListSource
from desktop_app.services.changes import Topic
from desktop_app.services.rules.money import to_decimal
from desktop_app.services.stock_list import STOCK, StockFilter, StockLine


def source() -> ListSource[StockLine, StockFilter]:
    """Stock per product as the source of a paged table."""
    return source_of(Topic.STOCK, STOCK)


def _figure(
    key: str,
    heading: str,
    of: Callable[[StockLine], int],
    tip: str,
    *,
    link: bool = True,
    width: int = 11,
    priority: int = 1,
) -> Column[StockLine]:
    return Column(
        key=key, heading=heading, text=lambda s: formats.quantity(of(s)), width=width,
        align=Align.END, fixed=True, link=link, value=lambda s: to_decimal(of(s)), heading_tip=tip,
        priority=priority,
    )  # fmt: skip


def _after(line: StockLine) -> Mark | None:
    words = formats.quantity(line.free_after)
    return Mark(Glyph.PROBLEM, words, Tone.WRONG, filled=True) if line.free_after < 0 else None


COLUMNS: tuple[Column[StockLine], ...] = (
    Column(key="sku", heading="SKU", text=lambda s: s.sku, width=16, fixed=True, strong=True, sort="sku"),
    Column(
        key="name", heading="Product", text=lambda s: s.name, width=22, width_min=14, stretch=True,
        sort="name",
    ),
    _figure("in_stock", "In stock", lambda s: s.in_stock, "Units physically there: the sum of the movements"),
    _figure("allocated", "Allocated", lambda s: s.allocated, "Reserved for sales, or on notes that have not shipped"),
    _figure("on_hand", "On hand", lambda s: s.on_hand, "In stock − allocated − quarantined", link=False),
    _figure("on_order", "On order", lambda s: s.on_order, "Outstanding on open purchase orders"),
    _figure("in_transit", "In transit", lambda s: s.in_transit, "Sent from another warehouse, not received yet", width=10, priority=2),
    _figure("wanted", "Wanted", lambda s: s.wanted, "What waiting sales still need"),
    Column(
        key="free_after", heading="Free after", text=lambda s: formats.quantity(s.free_after), width=12,
        align=Align.END, fixed=True, mark=_after, value=lambda s: to_decimal(s.free_after),
        heading_tip="On hand + on order − wanted",
    ),
    Column(
        key="next_in", heading="Next in", text=lambda s: formats.day(s.next_in), width=11, fixed=True,
        priority=2, value=lambda s: s.next_in.isoformat() if s.next_in else "",
    ),
)  # fmt: skip
