"""Drop-ship notes of a purchase order, and what of it can still ship (R4.3, POD-03)."""

from __future__ import annotations

from dataclasses import dataclass

from desktop_app.models import formats
from desktop_app.models.columns import Align, Column
from desktop_app.models.marks import Glyph, Mark, Tone
from desktop_app.services.purchase_details import DropNote, DropNoteRow, PurchaseDetail
from desktop_app.services.rules.money import to_decimal


@dataclass(frozen=True, slots=True)
class NoteLine:
    """A row of a drop-ship note beside its note."""

    note: DropNote
    row: DropNoteRow


@dataclass(frozen=True, slots=True)
class ToShip:
    """Units of a sale row that the supplier has still to ship."""

    sale_row_id: int
    sku: str
    name: str
    units: int


def note_lines(order: PurchaseDetail) -> tuple[NoteLine, ...]:
    """Every row of every drop-ship note, what is to be shipped first."""
    return tuple(NoteLine(note, row) for note in order.drop_notes for row in note.rows)


def to_ship(order: PurchaseDetail) -> tuple[ToShip, ...]:
    """What can be marked shipped or taken back, one line per sale row."""
    found: dict[int, ToShip] = {}
    for one in note_lines(order):
        if one.note.shipped_at is None:
            before = found.get(one.row.sale_row_id)
            units = one.row.quantity + (before.units if before else 0)
            found[one.row.sale_row_id] = ToShip(
                one.row.sale_row_id, one.row.sku, one.row.name, units
            )
    return tuple(found.values())


def _state(line: NoteLine) -> Mark:
    if line.note.shipped_at is None:
        return Mark(Glyph.DROP_SHIP, "With the supplier", Tone.DROP_SHIP)
    return Mark(Glyph.ALL, "Shipped by supplier", Tone.DONE)


NOTES: tuple[Column[NoteLine], ...] = (
    Column(key="note", heading="Note", text=lambda n: str(n.note.number), width=8, fixed=True, strong=True),
    Column(key="sale", heading="Sale", text=lambda n: f"#{n.note.sale_number}", width=10, fixed=True, link=True),
    Column(key="item", heading="Item", text=lambda n: n.row.sku, width=14, fixed=True),
    Column(key="name", heading="Product", text=lambda n: n.row.name, width=16, width_min=10, stretch=True, priority=2),
    Column(
        key="units", heading="Units", text=lambda n: formats.quantity(n.row.quantity), width=8,
        align=Align.END, fixed=True, value=lambda n: to_decimal(n.row.quantity),
    ),
    Column(key="state", heading="State", text=lambda _: "", width=20, mark=_state),
    Column(
        key="at", heading="Marked", text=lambda n: formats.moment(n.note.shipped_at) if n.note.shipped_at else "",
        width=13, fixed=True, muted=True, tooltip=lambda n: n.note.person,
    ),
    Column(key="tracking", heading="Tracking", text=lambda n: n.note.tracking, width=18),
)  # fmt: skip

TO_SHIP: tuple[Column[ToShip], ...] = (
    Column(key="item", heading="Item", text=lambda r: r.sku, width=16, fixed=True, strong=True),
    Column(key="name", heading="Product", text=lambda r: r.name, width=20, width_min=12, stretch=True),
    Column(
        key="left", heading="To ship", text=lambda r: formats.quantity(r.units), width=9,
        align=Align.END, fixed=True, value=lambda r: to_decimal(r.units),
    ),
)  # fmt: skip
