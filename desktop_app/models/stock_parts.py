"""The columns of what a stock figure consists of (INV-01)."""

from __future__ import annotations

from functools import partial

from desktop_app.models import formats
from desktop_app.models.columns import Align, Column
from desktop_app.models.moving_words import ledger_reason
from desktop_app.services.rules.money import to_decimal
from desktop_app.services.stock_details import (
    ArrivingLine,
    ComingLine,
    HoldingLine,
    MovementLine,
    WantingLine,
)
from desktop_app.services.stock_list import StockLine

KINDS = {
    "opening": "Opening stock", "receipt": "Received", "shipment": "Shipped",
    "correction": "Corrected", "transfer_out": "Sent to another warehouse",
    "transfer_in": "Arrived from another warehouse", "return": "Returned",
}  # fmt: skip


def _source(line: MovementLine) -> str:
    if line.po_number is not None:
        return f"PO {line.po_number}"
    if line.transfer_number is not None:
        return f"Transfer {line.transfer_number}"
    if line.sale_number is not None:
        return f"#{line.sale_number}"
    return ledger_reason(line.reason) if line.kind == "correction" else line.reason


def _kind(line: MovementLine) -> str:
    words = KINDS[line.kind]
    return f"{words}, taken back" if line.reverses is not None else words


def _signed(number: int) -> str:
    return f"+{formats.quantity(number)}" if number > 0 else formats.quantity(number)


MOVEMENTS: tuple[Column[MovementLine], ...] = (
    Column(key="at", heading="When", text=lambda m: formats.moment(m.at), width=13, fixed=True, muted=True),
    Column(key="kind", heading="What", text=_kind, width=16, width_min=12, stretch=True),
    Column(
        key="quantity", heading="Units", text=lambda m: _signed(m.quantity), width=8, align=Align.END,
        fixed=True, strong=True, value=lambda m: to_decimal(m.quantity),
    ),
    Column(key="source", heading="From", text=_source, width=11, link=True),
    Column(key="place", heading="Place", text=lambda m: f"{m.warehouse} {m.location}", width=18, priority=2),
    Column(key="by", heading="By", text=lambda m: m.person, width=12, priority=3),
)  # fmt: skip

HOLDING: tuple[Column[HoldingLine], ...] = (
    Column(key="sale", heading="Sale", text=lambda h: f"#{h.sale_number}", width=9, fixed=True, link=True, strong=True),
    Column(key="customer", heading="Customer", text=lambda h: h.customer, width=14, width_min=10, stretch=True),
    Column(key="units", heading="Reserved", text=lambda h: formats.quantity(h.reserved), width=9, align=Align.END, fixed=True),
    Column(key="notes", heading="On notes", text=lambda h: formats.quantity(h.on_notes), width=9, align=Align.END, fixed=True),
    Column(key="place", heading="Warehouse", text=lambda h: h.warehouse, width=14, priority=2),
)  # fmt: skip

COMING: tuple[Column[ComingLine], ...] = (
    Column(key="po", heading="PO", text=lambda c: f"PO {c.po_number}", width=9, fixed=True, link=True, strong=True),
    Column(key="supplier", heading="Supplier", text=lambda c: c.supplier, width=14, width_min=10, stretch=True),
    Column(key="units", heading="To come", text=lambda c: formats.quantity(c.outstanding), width=9, align=Align.END, fixed=True),
    Column(key="pegged", heading="Promised", text=lambda c: formats.quantity(c.pegged), width=9, align=Align.END, fixed=True),
    Column(key="expected", heading="Expected", text=lambda c: formats.day(c.expected_on), width=11, fixed=True),
    Column(key="place", heading="Warehouse", text=lambda c: c.warehouse, width=14, priority=2),
)  # fmt: skip

ARRIVING: tuple[Column[ArrivingLine], ...] = (
    Column(key="transfer", heading="Transfer", text=lambda a: f"Transfer {a.number}", width=12, fixed=True, link=True, strong=True),
    Column(key="source", heading="From", text=lambda a: a.source, width=12, width_min=8, stretch=True),
    Column(key="units", heading="On way", text=lambda a: formats.quantity(a.units), width=9, align=Align.END, fixed=True),
    Column(key="sent", heading="Sent", text=lambda a: formats.moment(a.sent_at), width=13, fixed=True, muted=True, priority=2),
    Column(key="place", heading="To", text=lambda a: a.warehouse, width=12),
)  # fmt: skip

WANTING: tuple[Column[WantingLine], ...] = (
    Column(key="sale", heading="Sale", text=lambda w: f"#{w.sale_number}", width=9, fixed=True, link=True, strong=True),
    Column(key="placed", heading="Placed", text=lambda w: formats.moment(w.placed_at), width=13, fixed=True, muted=True),
    Column(key="customer", heading="Customer", text=lambda w: w.customer, width=14, width_min=10, stretch=True),
    Column(key="needed", heading="Needs", text=lambda w: formats.quantity(w.needed), width=8, align=Align.END, fixed=True),
    Column(key="pegged", heading="On order", text=lambda w: formats.quantity(w.pegged), width=9, align=Align.END, fixed=True),
    Column(key="place", heading="Warehouse", text=lambda w: w.warehouse, width=14, priority=2),
)  # fmt: skip


def _figure(name: str, line: StockLine) -> str:
    return formats.quantity(getattr(line, name))


PLACES: tuple[Column[StockLine], ...] = (
    Column(key="place", heading="Warehouse", text=lambda s: s.warehouse, width=12, width_min=8, stretch=True, strong=True),
    *(
        Column[StockLine](
            key=key, heading=heading, width=7, align=Align.END, fixed=True, snug=True,
            text=partial(_figure, key), priority=priority,
        )
        for key, heading, priority in (
            ("in_stock", "Stock", 1), ("allocated", "Alloc.", 1), ("on_hand", "Hand", 1),
            ("on_order", "Order", 2), ("in_transit", "Transit", 3), ("wanted", "Wanted", 2),
        )
    ),
)  # fmt: skip
