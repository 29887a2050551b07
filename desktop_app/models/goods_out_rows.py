"""The columns of goods-out notes, of their rows and of what the ship dialog offers (ux 3.7)."""

from __future__ import annotations

from desktop_app.models import formats
from desktop_app.models.columns import Align, Column
from desktop_app.models.marks import Glyph, Mark, Tone
from desktop_app.services.goods_out_details import GoodsOutNote, NoteRow, ShipRow
from desktop_app.services.rules.money import to_decimal

STEP_WORDS = {
    "printed": "Printed", "picked": "Picked", "packed": "Packed", "shipped": "Shipped",
}  # fmt: skip


def state(note: GoodsOutNote) -> Mark:
    """How far a note is, by the last of its steps."""
    if note.shipped_at is not None:
        return progress("shipped")
    if note.kind == "drop_ship":
        return Mark(Glyph.DROP_SHIP, "With the supplier", Tone.DROP_SHIP)
    return progress(note.steps[-1].step if note.steps else "")


def progress(step: str) -> Mark:
    """The last step of a note as a chip; "" is none."""
    if step == "shipped":
        return Mark(Glyph.ALL, "Shipped", Tone.DONE)
    if not step:
        return Mark(Glyph.NONE, "Not started", Tone.NONE)
    return Mark(Glyph.PART, STEP_WORDS[step], Tone.NONE)


def _when(note: GoodsOutNote, name: str) -> str:
    step = note.step(name)
    if step is None:
        # What came with an import has no steps, only the day.
        return formats.moment(note.shipped_at) if name == "shipped" else ""
    return formats.moment(step.at)


def _who(note: GoodsOutNote, name: str) -> str:
    step = note.step(name)
    return f"{STEP_WORDS[name]} {formats.moment(step.at)} by {step.person}" if step else ""


def _step(name: str, priority: int) -> Column[GoodsOutNote]:
    return Column(
        key=name, heading=STEP_WORDS[name], text=lambda n: _when(n, name), width=13,
        priority=priority, fixed=True, muted=True, tooltip=lambda n: _who(n, name),
        value=lambda n: step.at.isoformat() if (step := n.step(name)) else "",
    )  # fmt: skip


def _place(note: GoodsOutNote) -> str:
    return f"PO {note.po_number}" if note.po_number is not None else note.warehouse or "Drop-ship"


NOTES: tuple[Column[GoodsOutNote], ...] = (
    Column(key="number", heading="Note", text=lambda n: str(n.number), width=8, fixed=True, strong=True),
    Column(key="warehouse", heading="From", text=_place, width=14, width_min=8, stretch=True),
    Column(
        key="units", heading="Units", text=lambda n: formats.quantity(n.units), width=7,
        align=Align.END, fixed=True, value=lambda n: to_decimal(n.units),
    ),
    Column(key="state", heading="State", text=lambda _: "", width=17, mark=state),
    _step("printed", 4),
    _step("picked", 3),
    _step("packed", 3),
    _step("shipped", 2),
    Column(
        key="tracking", heading="Tracking", text=lambda n: n.tracking, width=16, priority=2,
        tooltip=lambda n: n.tracking,
    ),
)  # fmt: skip

NOTE_ROWS: tuple[Column[NoteRow], ...] = (
    Column(key="item", heading="Item", text=lambda r: r.sku, width=14, fixed=True, strong=True),
    Column(
        key="name", heading="Product", text=lambda r: r.description, width=20, width_min=12,
        stretch=True, tooltip=lambda r: r.description,
    ),
    Column(
        key="note_units", heading="Units", text=lambda r: formats.quantity(r.units), width=8,
        align=Align.END, fixed=True, value=lambda r: to_decimal(r.units),
    ),
)  # fmt: skip

SHIP_ROWS: tuple[Column[ShipRow], ...] = (
    Column(key="item", heading="Item", text=lambda r: r.sku, width=14, fixed=True, strong=True),
    Column(
        key="name", heading="Product", text=lambda r: r.description, width=18, width_min=10,
        stretch=True, tooltip=lambda r: r.description,
    ),
    Column(key="from", heading="From", text=lambda r: r.warehouse, width=14, priority=3, muted=True),
    Column(
        key="ordered", heading="Qty", text=lambda r: formats.quantity(r.ordered), width=7, priority=2,
        align=Align.END, fixed=True,
    ),
    Column(
        key="shipped", heading="Shipped", text=lambda r: formats.quantity(r.shipped), width=8, priority=2,
        align=Align.END, fixed=True,
    ),
    Column(
        key="can", heading="Allocated", text=lambda r: formats.quantity(r.can), width=10,
        align=Align.END, fixed=True, heading_tip="On open goods-out notes, and reserved",
        tooltip=lambda r: (
            f"{formats.quantity(r.on_notes)} on goods-out notes, {formats.quantity(r.reserved)} reserved"
        ),
    ),
)  # fmt: skip
