"""The sentences of the batch preview: groups, lines, warnings, reasons and the button."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from desktop_app.models.formats import (
    count,
    counted_units,
    day,
    money,
    price,
    quantity,
)
from desktop_app.services.batch_preview import (
    BatchWarning,
    Difference,
    Group,
    LeftOut,
    Line,
    Preview,
    SupplierPrice,
)

REPEAT_ABOVE = 500
"""From so many sales on, the button says the number again (SAL-05)."""

INFORMATION = {"promised"}
"""Warnings that only inform: not counted, not filtered."""

SOFT = {"below_minimum", "not_full_packs"}
"""Warnings that are said quietly: many lines have them, and the supplier may not mind."""

REASONS = {
    "nothing_needed": "nothing needed",
    "covered_by_stock": "covered by stock",
    "covered_by_inbound": "covered by incoming",
    "covered": "covered by stock and incoming",
    "edited": "set to 0 by you",
    "other_parts": "all of it from other suppliers",
    "no_supplier": "no supplier",
    "no_primary_supplier": "no primary supplier",
    "no_priced_supplier": "no supplier has a price",
    "not_supplied": "not one of this supplier's products",
    "left_out": "left out",
    "cancelled": "cancelled",
    "on_hold": "on hold",
    "closed": "closed",
    "quote": "a quote",
    "service": "a service",
    "non_stock": "not stock-tracked",
    "text": "free text",
    "bundle_without_parts": "a bundle without parts",
    "no_address": "without an address",
    "address_incomplete": "with half an address",
}

WARNINGS = {
    "no_supplier": "No supplier",
    "no_price": "Supplier has no price",
    "supplier_inactive": "Supplier is inactive",
    "discontinued": "Product is discontinued",
    "on_draft": "Already on another draft",
    "below_minimum": "Below the supplier's minimum",
    "not_full_packs": "Not full packs",
    "left_out_sales": "Sales left out",
    "currencies": "Different currencies",
    "promised": "Incoming promised to others",
    "releases_allocated": "Releases allocated units",
    "frees_inbound": "Frees incoming units",
}

DISPLACING = {"releases_allocated", "frees_inbound"}
"""Said with their numbers: what a drop-ship takes the place of (R4.3)."""

HOW = {"cheapest": "cheapest", "named": "", "primary": "", "chosen": "chosen", "mixed": ""}


def reason(code: str | None) -> str:
    """Why nothing is ordered, in few words."""
    return REASONS.get(code or "", "")


def warning(code: str) -> str:
    """A warning in few words."""
    return WARNINGS.get(code, code)


def scope(preview: Preview) -> str:
    """What the batch is made from: "From 47 sales · 118 rows · 63 products"."""
    parts = (
        count(preview.sale_count, "sale"),
        count(preview.row_count, "row"),
        count(preview.product_count, "product"),
    )
    return "From " + " · ".join(parts)


def group_detail(group: Group) -> str:
    """What stands behind the supplier's name: "new PO, 7 days, to Bristol"."""
    new = f"added to draft PO {group.appended_to[1]}" if group.appended_to else "new PO"
    parts = [new, count(group.lead_time_days, "day")]
    if group.sale_number is not None:
        parts.append(f"for #{group.sale_number}")
    if group.warehouse:
        parts.append(f"to {group.warehouse}")
    if group.address:
        parts.append(f"straight to {', '.join(group.address.splitlines())}")
    if HOW.get(group.how):
        parts.append(HOW[group.how])
    if not group.active:
        parts.append("inactive supplier")
    return ", ".join(parts)


def line_notes(line: Line, ordered: int, *, split: bool = True) -> list[tuple[str, str]]:
    """What the line wants said, most urgent first, as (tone, words); ``split``: its parts too."""
    found: list[tuple[str, str]] = []
    if line.supplier_id is None and line.reason:
        found.append(("part", reason(line.reason)))
    found += [
        ("part", warning(code).lower())
        for code in line.warnings
        if code not in INFORMATION and code not in SOFT and code not in DISPLACING
    ]
    if not line.left_out:
        found += [("part", words) for words in displacing(line)]
    if line.short > 0 and line.supplier_id is not None and not line.left_out:
        stay = "stays" if line.short_sales == 1 else "stay"
        found.append(
            ("part", f"{count(line.short_sales, 'sale')} {stay} short by {quantity(line.short)}")
        )
    found += [("soft", warning(code).lower()) for code in line.warnings if code in SOFT]
    if split and line.split:
        found.append(("info", f"split: {_other_parts(line)}"))
    if line.extra > 0 and not line.left_out:
        goes = "goes" if line.extra == 10_000 else "go"
        found.append(("info", f"{quantity(line.extra)} extra {goes} to free stock"))
    if line.supplier_id is not None and ordered == 0 and line.reason:
        found.append(("none", reason(line.reason)))
    return found


def _other_parts(line: Line) -> str:
    """The parts beside this one: "6 at Alpine, 2 at Cole"."""
    return ", ".join(
        f"{quantity(part.units)} at {part.supplier or 'no supplier'}"
        for part in line.split
        if part.key != line.key
    )


def split_sum(line: Line) -> str:
    """How a split line is divided: "18 needed from suppliers: 12 here, 6 at Alpine"."""
    here = next(part.units for part in line.split if part.key == line.key)
    total = sum(part.units for part in line.split)
    return f"{quantity(total)} needed from suppliers: {quantity(here)} here, {_other_parts(line)}"


def divided(keeper: str, stay: int, other: str, units: int) -> str:
    """What a split comes to: "12 stay with Kestrel, 6 go to Alpine"."""
    stays = "stays" if stay == 10_000 else "stay"
    words = f"{quantity(stay)} {stays} with {keeper}"
    if not units:
        return words
    goes = "goes" if units == 10_000 else "go"
    return f"{words}, {quantity(units)} {goes} to {other}"


def displacing(line: Line) -> list[str]:
    """What gives way to a drop-ship: "3 allocated units are released"."""
    released, freed = line.displaces
    found = []
    if released:
        be = "unit is" if released == 10_000 else "units are"
        found.append(f"{quantity(released)} allocated {be} released")
    if freed:
        become = "unit becomes" if freed == 10_000 else "units become"
        found.append(f"{quantity(freed)} incoming {become} free")
    return found


def supplier_price(one: SupplierPrice) -> str:
    """A supplier in the menu of a line: "Kestrel Outdoors   £17.95   primary"."""
    cost = price(one.cost, one.currency) if one.cost is not None else "no price"
    marks = [cost]
    if one.is_primary:
        marks.append("primary")
    if not one.active:
        marks.append("inactive")
    return f"{one.name} · {', '.join(marks)}"


def supplier_terms(one: SupplierPrice) -> str:
    """A supplier in the field of a split: "Kestrel Outdoors · £17.95, 7 days, primary"."""
    cost = price(one.cost, one.currency) if one.cost is not None else "no price"
    marks = [cost, count(one.lead_time_days, "day")]
    if one.is_primary:
        marks.append("primary")
    if not one.active:
        marks.append("inactive")
    return f"{one.name} · {', '.join(marks)}"


def commit_label(preview: Preview | None, *, accept: bool = False) -> str:
    """The verb button: verb, object and count (IA-08)."""
    if preview is None or not preview.order_count:
        if preview is not None and preview.units_pegged_inbound:
            return f"Set aside {counted_units(preview.units_pegged_inbound)} of incoming"
        return "Create purchase orders"
    if accept:
        return "Accept changes and create"
    ordered = [group for group in preview.groups if group.line_count and not group.left_out]
    added = sum(group.appended_to is not None for group in ordered)
    new = preview.order_count - added
    parts = []
    if new:
        parts.append(f"Create {count(new, 'purchase order')}")
    if added:
        verb = "add to" if new else "Add to"
        parts.append(f"{verb} {count(added, 'draft')}")
    words = ", ".join(parts)
    if preview.sale_count > REPEAT_ABOVE:
        words += f" for {count(preview.sale_count, 'sale')}"
    return words


def totals(preview: Preview) -> str:
    """The footer: "2 purchase orders · 5 lines · 55 units · £1,454.10 excl. tax · …"."""
    if not preview.line_count:
        parts = ["Nothing to order"]
    else:
        parts = [
            count(preview.order_count, "purchase order"),
            count(preview.line_count, "line"),
            counted_units(preview.units),
            " + ".join(money(total, code, digits) for code, digits, total in preview.totals)
            + " excl. tax",
        ]
    if preview.units_pegged_inbound:
        parts.append(f"{quantity(preview.units_pegged_inbound)} incoming set aside")
    released = sum(group_line.displaces[0] for group_line in preview.lines())
    if released:
        parts.append(f"{quantity(released)} allocated released")
    if preview.status_name and preview.sales_changing:
        parts.append(f"{count(preview.sales_changing, 'sale')} → {preview.status_name}")
    return " · ".join(parts)


def no_supplier(lines: Iterable[Line], units: int) -> str:
    """The notice above the preview (BPO-13)."""
    number = len({line.product_id for line in lines})
    have = "has" if number == 1 else "have"
    return (
        f"{count(number, 'product')} {have} no supplier: {counted_units(units)} will not be ordered"
    )


def left_out(found: Iterable[LeftOut]) -> str:
    """Which sales and rows take no part (R3.8): "2 sales on hold, 3 services"."""
    tally: dict[tuple[bool, str], int] = {}
    for one in found:
        which = (one.sale_row_id is None, one.reason)
        tally[which] = tally.get(which, 0) + 1
    names = {
        (True, "quote"): ("quote", "quotes"),
        (False, "service"): ("service", "services"),
        (False, "non_stock"): ("item without stock", "items without stock"),
        (False, "text"): ("line of free text", "lines of free text"),
        (False, "bundle_without_parts"): ("bundle without parts", "bundles without parts"),
    }
    parts = []
    for (is_sale, code), number in tally.items():
        if (is_sale, code) in names:
            parts.append(count(number, *names[is_sale, code]))
        elif is_sale:
            parts.append(f"{count(number, 'sale')} {reason(code)}")
        else:
            parts.append(f"{count(number, 'row')}: {reason(code)}")
    return "Left out: " + ", ".join(parts) if parts else ""


def changed(differences: Sequence[Difference]) -> str:
    """What is said when the facts moved between preview and commit (BPO-14)."""
    lines = len({one.key for one in differences})
    if not lines:
        return (
            "Something changed since this preview. Nothing was created. Check it and create again."
        )
    return (
        f"{count(lines, 'line')} changed since this preview, marked old → new. Nothing was created."
    )


def lost(number: int) -> str:
    """The one question when a person leaves with edits."""
    be = "is" if number == 1 else "are"
    return f"Leave without creating? {count(number, 'change')} in the preview {be} lost."


def warning_entry(counted: BatchWarning) -> str:
    """One entry of the warnings menu: "Supplier has no price (2)"."""
    return f"{warning(counted.code)} ({counted.count})"


def expected(line: Line) -> str:
    """When the supplier delivers, or nothing."""
    return f"expected {day(line.expected_on)}" if line.expected_on else ""
