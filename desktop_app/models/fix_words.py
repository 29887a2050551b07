"""The plan of the exceptions desk in words, and its rows as columns (ux 3.9)."""

from __future__ import annotations

from desktop_app.models import formats, status_marks
from desktop_app.models.columns import Align, Column
from desktop_app.models.formats import counted_units, quantity
from desktop_app.models.marks import Mark
from desktop_app.models.sale_rows import METHODS
from desktop_app.services.exceptions import Lack, Plan, PlanRow, PlanSale
from desktop_app.services.rules.exceptions_plan import Chosen, Fix
from desktop_app.services.rules.sale_status import Axis

LeftOut = tuple[Fix, int | None]


def step_words(lack: Lack) -> str:
    """What comes to a warehouse, before and after: "Transfer 1 from Leeds (on hand 4 → 3)"."""
    there = {one.warehouse_id: one for one in lack.sources}
    parts = []
    for step in lack.steps:
        if step.from_id is None:
            after = lack.in_stock + sum(one.units for one in lack.steps)
            before = after - step.units
            parts.append(f"correct {lack.warehouse} {quantity(before)} → {quantity(after)}")
        else:
            source = there[step.from_id]
            left = source.on_hand - step.units
            parts.append(
                f"transfer {quantity(step.units)} from {source.warehouse}"
                f" (on hand {quantity(source.on_hand)} → {quantity(left)})"
            )
    if lack.lacking:
        parts.append(f"{quantity(lack.lacking)} still missing")
    if not parts:
        parts.append(f"{quantity(lack.on_hand)} on hand there now: nothing to move")
    said = ", ".join(parts)
    return said[:1].upper() + said[1:]


def lack_words(lack: Lack) -> str:
    """The heading of a product: what the orders need, and what is on record."""
    return (
        f"{lack.sku} at {lack.warehouse}: {quantity(lack.needed)} sold,"
        f" {quantity(lack.on_hand)} on hand"
    )


def fixes(lack: Lack, *, may_correct: bool) -> list[tuple[LeftOut, str]]:
    """What a person may choose for a product."""
    found: list[tuple[LeftOut, str]] = [((Fix.SUGGEST, None), "As suggested")]
    found += [
        ((Fix.TRANSFER, one.warehouse_id), f"Transfer from {one.warehouse} ({quantity(one.on_hand)} on hand)")
        for one in lack.sources
    ]  # fmt: skip
    if may_correct:
        found.append(((Fix.CORRECT, None), f"Correct the stock of {lack.warehouse}"))
    found.append(((Fix.LEAVE, None), "Leave it for now"))
    return found


def chosen_of(lack: Lack, key: LeftOut) -> Chosen:
    """A choice as the service takes it."""
    return Chosen(lack.warehouse_id, lack.product_id, *key)


def after_marks(one: PlanSale) -> tuple[tuple[str, Mark], ...]:
    """The three goods axes of an order as they will be."""
    axes = (one.after.allocation, one.after.fulfilment, one.after.shipping)
    return tuple(
        zip(("Allocated", "Fulfilled", "Shipped"), map(status_marks.goods, axes), strict=True)
    )


def after_words(plan: Plan) -> str:
    """Several orders at once: how many end how."""
    whole = sum(one.after.shipping is Axis.ALL for one in plan.sales)
    short = sum(not one.complete for one in plan.sales)
    parts = [f"{whole} of {formats.count(len(plan.sales), 'order')} shipped whole"]
    if short:
        parts.append(f"{short} still short")
    return ", ".join(parts)


def commit_words(plan: Plan) -> str:
    """The button: verb and counts of all that will be done."""
    parts = []
    if plan.moved:
        parts.append(f"transfer {quantity(plan.moved)}")
    if plan.corrected:
        parts.append(f"correct {quantity(plan.corrected)}")
    if plan.given:
        parts.append("allocate")
    if plan.noted:
        parts.append("fulfil")
    if plan.shipped:
        parts.append("ship")
    if not parts:
        return "Nothing to do"
    said = ", ".join(parts[:-1]) + (" and " if len(parts) > 1 else "") + parts[-1]
    return said[:1].upper() + said[1:]


def warning(plan: Plan) -> str:
    """What cannot be taken back, said beforehand (EXC-03)."""
    if plan.final:
        return (
            f"{counted_units(plan.shipped)} will be shipped as handed over in the shop. That cannot"
            " be undone: goods come back by a sales credit."
        )
    return ""


def _step(before: int, after: int, ordered: int) -> str:
    if before == after:
        return quantity(before) if before else "0"
    return f"{quantity(before)} → {quantity(after)} of {quantity(ordered)}"


def _how(row: PlanRow) -> str:
    words = METHODS.get(row.method, "") or row.method
    return f"{words} · {row.warehouse}" if row.method == "ship_later" else words


ROWS: tuple[Column[PlanRow], ...] = (
    Column(
        key="sale", heading="Order", text=lambda r: f"#{r.sale_number}", width=9, fixed=True,
        link=True,
    ),
    Column(key="row", heading="Row", text=lambda r: str(r.position), width=5, fixed=True, align=Align.END),
    Column(
        key="item", heading="Item", text=lambda r: r.sku, width=18, fixed=True, strong=True,
    ),
    Column(key="how", heading="How", text=_how, width=14, width_min=8, stretch=True),
    Column(
        key="allocated", heading="2 Allocate", width=13, fixed=True,
        text=lambda r: _step(r.reserved + r.fulfilled, r.reserved + r.fulfilled + r.given, r.ordered),
    ),
    Column(
        key="fulfilled", heading="3 Fulfil", width=13, fixed=True,
        text=lambda r: _step(r.fulfilled, r.fulfilled + r.to_note, r.ordered),
    ),
    Column(
        key="shipped", heading="4 Ship", width=13, fixed=True,
        text=lambda r: _step(r.shipped, r.shipped + r.to_ship, r.ordered),
    ),
)  # fmt: skip
