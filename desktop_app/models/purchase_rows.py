"""The columns of a purchase order's lines, goods-in notes and waiting sales (ux 3.6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from desktop_app.models import formats, status_marks
from desktop_app.models.columns import Align, Column
from desktop_app.models.damage_words import inside
from desktop_app.models.marks import Glyph, Mark, Tone
from desktop_app.services.lists import today
from desktop_app.services.purchase_details import (
    GoodsInDetail,
    GoodsInRowDetail,
    PurchaseDetail,
    PurchaseRowDetail,
    WaitingSale,
)
from desktop_app.services.rules.money import to_decimal
from desktop_app.services.rules.sale_status import Axis

SALES_NAMED = 3


def for_sales(row: PurchaseRowDetail) -> str:
    """Whom a line is for: "#202611 2, #202640 3 +6, 8 free"."""
    named = [
        f"#{one.sale_number} {formats.quantity(one.units)}" for one in row.for_sales[:SALES_NAMED]
    ]
    words = ", ".join(named)
    rest = len(row.for_sales) - SALES_NAMED
    if rest > 0:
        words += f" +{rest}"
    if row.free:
        words += f"{', ' if words else ''}{formats.quantity(row.free)} free"
    return words


def _state(row: PurchaseRowDetail) -> Mark:
    if row.received_axis is Axis.PART and row.to_come:
        words = "to ship" if row.drop_ship else "to come"
        return Mark(Glyph.PART, f"{formats.quantity(row.to_come)} {words}", Tone.PART)
    return status_marks.received(row.received_axis, drop_ship=row.drop_ship)


def line_columns(
    order: PurchaseDetail, *, costs: bool = True
) -> tuple[Column[PurchaseRowDetail], ...]:
    """Lines of one order, in its currency; ``costs`` False leaves out what names them (R11.1).

    Where there is little room the state leaves first: *Received* and *To come* say it too.
    """
    shipped = order.drop_ship
    return (
        Column(
            key="item", heading="Item", text=lambda r: r.sku, fixed=True, strong=True,
            width=_as_wide(order, lambda r: r.sku, 8, 1.15),
        ),
        Column(
            key="name", heading="Product", text=lambda r: r.name, width=20, width_min=12, stretch=True,
            tooltip=lambda r: f"{r.name}\nSupplier's code: {r.supplier_sku or 'none'}",
        ),
        _units(order, "ordered", "Ordered", lambda r: r.ordered),
        replace(
            _units(order, "received", "Shipped" if shipped else "Received", lambda r: r.received),
            priority=3,
        ),
        replace(
            _units(order, "to_come", "To ship" if shipped else "To come", lambda r: r.to_come),
            text=lambda r: formats.quantity(r.to_come) if r.to_come else "–", strong=True,
        ),
        *(_costs(order) if costs else ()),
        _expected(order),
        Column(
            key="sales", heading="For sales", text=for_sales, width=13, priority=4, link=True,
            tooltip=lambda r: "\n".join(
                f"#{s.sale_number} {s.customer}: {formats.quantity(s.units)}" for s in r.for_sales
            ),
        ),
        Column(key="state", heading="State", text=lambda _: "", width=15, priority=5, mark=_state),
    )  # fmt: skip


def _costs(order: PurchaseDetail) -> tuple[Column[PurchaseRowDetail], ...]:
    """Unit cost and total of the lines; money is never cut (LST-08)."""

    def unit(row: PurchaseRowDetail) -> str:
        return formats.price(row.cost, order.currency, order.currency_digits)

    def total(row: PurchaseRowDetail) -> str:
        return formats.money(row.total, order.currency, order.currency_digits)

    return (
        Column(
            key="cost", heading="Unit", text=unit, width=_as_wide(order, unit, 6), align=Align.END,
            fixed=True, value=lambda r: to_decimal(r.cost),
        ),
        Column(
            key="total", heading="Total", text=total, width=_as_wide(order, total, 7),
            align=Align.END, fixed=True,
        ),
    )  # fmt: skip


def _expected(order: PurchaseDetail) -> Column[PurchaseRowDetail]:
    def late(row: PurchaseRowDetail) -> Mark | None:
        return status_marks.eta(row.expected_on, today()) if row.is_late else None

    def shown(row: PurchaseRowDetail) -> str:
        """A mark takes its glyph and its frame beside its word."""
        mark = late(row)
        return f"{mark.word}  " if mark else formats.day(row.expected_on)

    return Column(
        key="expected", heading="Expected", text=lambda r: formats.day(r.expected_on), priority=2,
        width=_as_wide(order, shown, 7), fixed=True, mark=late,
    )  # fmt: skip


def _as_wide(
    order: PurchaseDetail, of: Callable[[PurchaseRowDetail], str], least: int, letter: float = 1.0
) -> float:
    """As many digits as the longest text of a fixed column takes; ``letter``: of capitals."""
    return max([least, *(len(of(row)) * letter + 0.5 for row in order.rows)])


def pane_columns(order: PurchaseDetail) -> tuple[Column[PurchaseRowDetail], ...]:
    """The same lines beside the list, where there is little room."""
    widths = {"item": 10, "ordered": 7, "to_come": 7}
    return tuple(
        replace(column, width=widths[column.key], stretch=column.key == "item", width_min=9)
        for column in line_columns(order)
        if column.key in widths
    )


def _units(
    order: PurchaseDetail, key: str, heading: str, of: Callable[[PurchaseRowDetail], int]
) -> Column[PurchaseRowDetail]:
    return Column(
        key=key, heading=heading, text=lambda r: formats.quantity(of(r)), align=Align.END,
        width=_as_wide(order, lambda r: formats.quantity(of(r)), 7), fixed=True,
        value=lambda r: to_decimal(of(r)),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class NoteRow:
    """A row of a goods-in note beside its note."""

    note: GoodsInDetail
    row: GoodsInRowDetail


def note_rows(order: PurchaseDetail) -> tuple[NoteRow, ...]:
    """Every row of every goods-in note, as one table."""
    return tuple(NoteRow(note, row) for note in order.goods_in for row in note.rows)


def _undone(at: datetime | None, by: str) -> Mark | None:
    return Mark(Glyph.REFUSED, f"Undone by {by}, {formats.moment(at)}", Tone.NONE) if at else None


def _apart(row: GoodsInRowDetail) -> Mark | None:
    """Damaged units are received into quarantine (RCV-07)."""
    if not row.quarantined:
        return None
    why = f": {inside(row.reason)}" if row.reason else ""
    return Mark(Glyph.PROBLEM, f"In quarantine{why}", Tone.PART)


NOTES: tuple[Column[NoteRow], ...] = (
    Column(key="note", heading="Goods-in", text=lambda n: f"{n.note.number}", width=9, fixed=True, strong=True),
    Column(key="at", heading="When", text=lambda n: formats.moment(n.note.at), width=13, fixed=True, muted=True),
    Column(key="by", heading="By", text=lambda n: n.note.person, width=12, priority=2),
    Column(key="reference", heading="Reference", text=lambda n: n.note.reference or "", width=14, priority=3),
    Column(key="item", heading="Item", text=lambda n: n.row.sku, width=17, fixed=True),
    Column(key="name", heading="Product", text=lambda n: n.row.name, width=18, width_min=12, stretch=True),
    Column(key="place", heading="Location", text=lambda n: n.row.location, width=12, priority=2),
    Column(key="units", heading="Units", text=lambda n: formats.quantity(n.row.quantity), width=8, align=Align.END, fixed=True),
    Column(
        key="allocated", heading="Allocated", text=lambda n: formats.quantity(n.row.allocated), width=10,
        align=Align.END, fixed=True,
    ),
    Column(key="state", heading="", text=lambda _: "", width=24, mark=lambda n: _undone(n.row.undone_at, n.row.undone_by) or _apart(n.row)),
)  # fmt: skip

WAITING: tuple[Column[WaitingSale], ...] = (
    Column(key="sale", heading="Sale", text=lambda s: f"#{s.number}", width=10, fixed=True, link=True, strong=True),
    Column(key="placed", heading="Placed", text=lambda s: formats.moment(s.placed_at), width=13, fixed=True, muted=True),
    Column(key="customer", heading="Customer", text=lambda s: s.customer, width=18, width_min=12, stretch=True),
    Column(key="status", heading="Status", text=lambda _: "", width=16, mark=lambda s: status_marks.status(s.status, s.status_colour)),
    Column(key="allocation", heading="Allocated", text=lambda _: "", width=12, mark=lambda s: status_marks.goods(s.allocation)),
    Column(key="units", heading="Raised for it", text=lambda s: formats.quantity(s.units), width=12, align=Align.END, fixed=True),
    Column(key="live", heading="Still to come", text=lambda s: formats.quantity(s.live) if s.live else "–", width=13, align=Align.END, fixed=True),
)  # fmt: skip
