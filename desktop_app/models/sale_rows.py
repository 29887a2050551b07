"""The columns of a sale's rows, purchase orders and payments (ux 3.7)."""

from __future__ import annotations

from dataclasses import replace

from desktop_app.models import formats, status_marks
from desktop_app.models.columns import Align, Column
from desktop_app.models.marks import Glyph, Mark, Tone
from desktop_app.services.lists import today
from desktop_app.services.rules.money import to_decimal
from desktop_app.services.sale_details import SaleDetail, SalePurchase, SaleRowDetail
from desktop_app.services.sales_list import Cover

METHODS = {"now": "Now", "ship_later": "Ship later", "back_order": "Back order", "order": ""}
SOLD = ("now", "ship_later")
AXES = ("Payment", "Allocated", "Fulfilled", "Shipped", "Invoiced")


def marks(sale: SaleDetail) -> tuple[tuple[str, Mark], ...]:
    """The five axes of a sale with their words (R2.1)."""
    uncovered = sum(row.uncovered for row in sale.rows)
    late = any(one.is_late for row in sale.rows for one in row.coming)
    cover = Cover.NO_PO if uncovered else Cover.LATE if late else Cover.ON_PO
    if not sale.short:
        cover = Cover.NOT_NEEDED
    said = (
        status_marks.payment(sale.payment, has_credit_terms=sale.has_credit_terms),
        status_marks.allocated(sale.allocation, cover, waits=sale.waits),
        status_marks.goods(sale.fulfilment),
        status_marks.goods(sale.shipping),
        status_marks.invoiced(sale.invoiced, shipped=sale.shipping),
    )
    return tuple(zip(AXES, said, strict=True))


def coming_words(row: SaleRowDetail) -> str:
    """What comes for a row: "1 on PO 4987, 28 Nov"; what is not ordered is said too (SAD-01)."""
    parts = [
        f"{formats.quantity(one.units)} on PO {one.po_number}"
        + (f", {formats.day(one.expected_on)}" if one.expected_on else "")
        for one in row.coming
    ]
    return " · ".join(parts)


def dropping_words(row: SaleRowDetail) -> str:
    """What its suppliers still have to ship to the customer: "2 on PO 7, 28 Nov"."""
    return " · ".join(
        f"{formats.quantity(one.units)} on PO {one.po_number}"
        + (f", {formats.day(one.expected_on)}" if one.expected_on else "")
        for one in row.dropping
    )


def _coming_mark(row: SaleRowDetail) -> Mark | None:
    if row.uncovered and row.method in SOLD:
        # The exceptions desk puts it right; nothing is to be ordered for it yet (R7.9).
        return Mark(Glyph.PROBLEM, "Not on record", Tone.WRONG, filled=True)
    if row.uncovered:
        more = "" if row.uncovered == row.short else f"{coming_words(row)} · "
        words = f"{more}{formats.quantity(row.uncovered)} not ordered"
        return Mark(Glyph.NONE, words, Tone.PART, filled=True)
    if row.dropping and not row.coming:
        words = dropping_words(row)
        return Mark(
            Glyph.DROP_SHIP, words, Tone.DROP_SHIP, spoken=f"Drop-ship to the customer: {words}"
        )
    late = [one for one in row.coming if one.is_late]
    if late:
        days = max((today() - one.expected_on).days for one in late if one.expected_on)
        return Mark(Glyph.PROBLEM, f"{coming_words(row)} · {days} d late", Tone.WRONG, filled=True)
    return Mark(Glyph.LORRY, coming_words(row), Tone.ON_ORDER) if row.coming else None


def _coming_tip(row: SaleRowDetail) -> str:
    dropping = f"Drop-ship to the customer: {dropping_words(row)}" if row.dropping else ""
    return "\n".join(filter(None, (coming_words(row), dropping)))


def _how(row: SaleRowDetail) -> str:
    words = METHODS[row.method]
    if row.drop_fulfilled:
        part = row.drop_fulfilled < row.ordered
        return (
            f"Drop-ship {formats.quantity(row.drop_fulfilled)} of {formats.quantity(row.ordered)}"
            if part
            else "Drop-ship"
        )
    return f"{words} · {row.warehouse}" if row.method == "ship_later" else words or row.warehouse


def _stocked(row: SaleRowDetail, number: int) -> str:
    if row.kind != "stock":
        return "–"
    return formats.quantity(number) if number else "0"


def _item(row: SaleRowDetail) -> str:
    return f"    {row.sku}" if row.bundle_row_id else row.sku


ROWS: tuple[Column[SaleRowDetail], ...] = (
    Column(key="item", heading="Item", text=_item, width=14, fixed=True, snug=True, strong=True),
    Column(
        key="name", heading="Product", text=lambda r: r.description, width=20, width_min=8,
        stretch=True, tooltip=lambda r: r.description,
    ),
    Column(
        key="ordered", heading="Qty", text=lambda r: formats.quantity(r.ordered), width=5,
        align=Align.END, fixed=True, snug=True, value=lambda r: to_decimal(r.ordered),
    ),
    Column(
        key="allocated", heading="Allocated", text=lambda r: _stocked(r, r.allocated), width=8,
        align=Align.END, fixed=True, snug=True, heading_tip="Reserved and on goods-out notes",
        value=lambda r: to_decimal(r.allocated),
    ),
    Column(
        key="fulfilled", heading="Fulfilled", text=lambda r: _stocked(r, r.fulfilled), width=8,
        align=Align.END, fixed=True, snug=True, value=lambda r: to_decimal(r.fulfilled),
    ),
    Column(
        key="shipped", heading="Shipped", text=lambda r: _stocked(r, r.shipped), width=7,
        align=Align.END, fixed=True, snug=True, value=lambda r: to_decimal(r.shipped),
    ),
    Column(
        key="short", heading="Short", text=lambda r: formats.quantity(r.short) if r.short else "",
        width=6, align=Align.END, fixed=True, snug=True, strong=True, value=lambda r: to_decimal(r.short),
    ),
    Column(
        key="coming", heading="Coming", text=lambda _: "", width=22, snug=True, mark=_coming_mark,
        tooltip=_coming_tip,
    ),
    Column(key="how", heading="How", text=_how, width=22, snug=True, muted=True, tooltip=_how),
)  # fmt: skip

PURCHASES: tuple[Column[SalePurchase], ...] = (
    Column(key="po", heading="PO", text=lambda p: f"PO {p.number}", width=10, fixed=True, link=True, strong=True),
    Column(key="supplier", heading="Supplier", text=lambda p: p.supplier, width=20, width_min=12, stretch=True),
    Column(key="state", heading="State", text=lambda _: "", width=14, mark=lambda p: status_marks.purchase_state(p.state)),
    Column(key="received", heading="Received", text=lambda _: "", width=16, mark=lambda p: status_marks.received(p.received, drop_ship=p.drop_ship)),
    Column(
        key="delivery", heading="Delivery", text=lambda p: "" if p.drop_ship else "Warehouse", width=12,
        mark=lambda p: status_marks.drop_ship() if p.drop_ship else None,
    ),
    Column(
        key="expected", heading="Expected", text=lambda p: formats.day(p.expected_on), width=11, fixed=True,
        mark=lambda p: status_marks.eta(p.expected_on, today()) if p.is_late else None,
    ),
    Column(
        key="units", heading="For this sale", text=lambda p: formats.quantity(p.units), width=12, priority=2,
        align=Align.END, fixed=True,
    ),
    Column(
        key="live", heading="Still to come", text=lambda p: formats.quantity(p.live) if p.live else "–",
        width=13, align=Align.END, fixed=True,
    ),
)  # fmt: skip


PANE_ROWS = tuple(
    replace(
        column, heading=heading, width=width, priority=1, stretch=column.key == "item", width_min=9
    )
    for key, heading, width in (
        ("item", "Item", 10), ("ordered", "Qty", 4), ("allocated", "Alloc.", 7), ("short", "Short", 5),
    )
    for column in ROWS
    if column.key == key
)  # fmt: skip
"""The same rows beside the list, where there is little room."""

PANE_PURCHASES = tuple(
    replace(column, width=width, stretch=column.key == "supplier", width_min=8)
    for key, width in (("po", 8), ("supplier", 10), ("live", 10))
    for column in PURCHASES
    if column.key == key
)
