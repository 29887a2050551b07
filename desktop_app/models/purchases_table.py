"""The columns of Purchases and of its batches (PUR-01)."""

from __future__ import annotations

from desktop_app.models import formats, status_marks
from desktop_app.models.columns import Align, Column
from desktop_app.models.list_source import source_of
from desktop_app.models.marks import Glyph, Mark, Tone
from desktop_app.models.paged_table import ListSource
from desktop_app.services.changes import Topic
from desktop_app.services.purchases_list import (
    BATCHES,
    PURCHASES,
    BatchesFilter,
    BatchLine,
    PurchaseLine,
    PurchasesFilter,
)
from desktop_app.services.rules.money import to_decimal


def source() -> ListSource[PurchaseLine, PurchasesFilter]:
    """Purchase orders as the source of a paged table."""
    return source_of(Topic.PURCHASES, PURCHASES)


def batch_source() -> ListSource[BatchLine, BatchesFilter]:
    """Batches as the source of a paged table."""
    return source_of(Topic.BATCHES, BATCHES)


COLUMNS: tuple[Column[PurchaseLine], ...] = (
    Column(
        key="order", heading="PO", text=lambda p: f"PO {p.number}", value=lambda p: p.number,
        width=10, fixed=True, link=True, strong=True, sort="number",
        sort_words=("Lowest first", "Highest first"),
    ),
    Column(
        key="supplier", heading="Supplier", text=lambda p: p.supplier, width=20, width_min=14,
        stretch=True, sort="supplier",
    ),
    Column(
        key="state", heading="State", text=lambda p: p.state, width=14,
        mark=lambda p: status_marks.purchase_state(p.state),
    ),
    Column(
        key="status", heading="Status", text=lambda p: p.status, width=20, priority=3,
        mark=lambda p: status_marks.status(p.status, p.status_colour) if p.status else None,
    ),
    Column(
        key="received", heading="Received", text=lambda _: "", width=16,
        mark=lambda p: status_marks.received(p.received, drop_ship=p.drop_ship),
    ),
    Column(
        key="expected", heading="Expected", text=lambda p: formats.day(p.expected_on), width=11,
        fixed=True, sort="expected", sort_words=("Soonest first", "Latest first"),
        value=lambda p: p.expected_on.isoformat() if p.expected_on else "",
    ),
    Column(
        key="late", heading="Late by", text=lambda _: "", width=9, priority=2,
        mark=lambda p: status_marks.late_by(p.days_late), value=lambda p: p.days_late or "",
    ),
    Column(
        key="to_come", heading="To come", text=lambda p: formats.quantity(p.to_come) if p.to_come else "",
        width=10, align=Align.END, fixed=True, strong=True, sort="to_come",
        sort_words=("Least first", "Most first"), value=lambda p: to_decimal(p.to_come),
        heading_tip="Units ordered and not yet received",
    ),
    Column(
        key="total", heading="Total",
        text=lambda p: formats.money(p.total, p.currency, p.currency_digits), width=13, priority=2,
        align=Align.END, fixed=True, sort="total", sort_words=("Smallest first", "Largest first"),
        value=lambda p: f"{p.total / 10**p.currency_digits:.{p.currency_digits}f}",
    ),
    Column(
        key="sales", heading="For sales", text=lambda p: str(p.waiting_sales) if p.waiting_sales else "",
        width=10, priority=2, align=Align.END, fixed=True, value=lambda p: p.waiting_sales,
        heading_tip="Sales that wait for goods of this purchase order",
    ),
    Column(
        key="batch", heading="Batch", text=lambda p: str(p.batch_id) if p.batch_id else "", width=8,
        priority=3, align=Align.END, fixed=True,
    ),
    Column(
        key="created", heading="Ordered", text=lambda p: formats.moment(p.created_at), width=13,
        priority=3, fixed=True, muted=True, sort="created", sort_words=("Oldest first", "Newest first"),
        value=lambda p: p.created_at.isoformat(),
    ),
    Column(
        key="warehouse", heading="Deliver to", text=lambda p: "" if p.drop_ship else p.warehouse, width=14,
        priority=3, mark=lambda p: status_marks.drop_ship() if p.drop_ship else None,
        value=lambda p: "Customer" if p.drop_ship else p.warehouse,
    ),
    Column(key="reference", heading="Reference", text=lambda p: p.reference, width=16, priority=0),
)  # fmt: skip


def _orders(line: BatchLine) -> str:
    return ", ".join(f"PO {number}" for _, number, _ in line.orders)


def _undone(line: BatchLine) -> Mark:
    if line.undone_at is None:
        return Mark(Glyph.ALL, "Placed", Tone.DONE)
    return Mark(Glyph.REFUSED, f"Undone {formats.moment(line.undone_at)}", Tone.NONE)


def _undone_by(line: BatchLine) -> str:
    return f"Undone by {line.undone_by}" if line.undone_at is not None else ""


BATCH_COLUMNS: tuple[Column[BatchLine], ...] = (
    Column(key="batch", heading="Batch", text=lambda b: f"Batch {b.id}", width=11, fixed=True, strong=True),
    Column(
        key="at", heading="When", text=lambda b: formats.moment(b.at), width=14, fixed=True, muted=True,
        sort="at", sort_words=("Oldest first", "Newest first"), value=lambda b: b.at.isoformat(),
    ),
    Column(key="person", heading="By", text=lambda b: b.person, width=13, priority=2),
    Column(
        key="sales", heading="Sales", text=lambda b: str(b.sale_count), width=8, align=Align.END,
        fixed=True, value=lambda b: b.sale_count,
    ),
    Column(
        key="orders", heading="Purchase orders", text=_orders, width=20, width_min=12, stretch=True,
        tooltip=_orders,
    ),
    Column(
        key="units", heading="Units", text=lambda b: formats.quantity(b.units), width=9,
        align=Align.END, fixed=True, value=lambda b: to_decimal(b.units),
    ),
    Column(
        key="total", heading="Total", width=32, align=Align.END, fixed=True,
        text=lambda b: " + ".join(formats.money(total, code, digits) for code, digits, total in b.totals),
    ),
    Column(key="undone", heading="State", text=lambda _: "", width=22, mark=_undone, tooltip=_undone_by),
)  # fmt: skip
