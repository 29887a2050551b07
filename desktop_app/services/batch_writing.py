"""Writing a planned batch: orders, rows added to drafts, pegs on what is coming, kept suppliers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, insert, select, update

from .backend import Work
from .books import add_notes, named_sales, refresh_purchases
from .changes import Topic
from .purchase_facts import Labels
from .purchase_writing import (
    NewOrder,
    NewPeg,
    NewRow,
    Terms,
    Written,
    insert_pegs,
    insert_rows,
    sale_units,
    write_cross_notes,
    write_orders,
)
from .rules.money import row_total
from .rules.purchase_plan import (
    BatchOptions,
    Draft,
    Edits,
    Facts,
    Plan,
    PlannedGroup,
    live_room,
    raised_for,
)
from .store.bulk import ids_in, update_many
from .store.tables import offer, peg, product, purchase_row

Budget = dict[int, int]
"""Units of each sale row that may still be pegged live (R1.7)."""

PegUndo = list[list[int]]
"""[peg id, quantity added, live added, 1 if it is new] on rows that were there before."""


@dataclass(slots=True)
class Placed:
    """What ``place_groups`` wrote and what undoing it needs."""

    orders: list[Written] = field(default_factory=list)
    pegs: PegUndo = field(default_factory=list)
    undo: dict[str, Any] = field(default_factory=dict)


def peg_inbound(
    work: Work,
    facts: Facts,
    labels: Labels,
    plan: Plan,
    batch_id: int,
    *,
    cross_notes: bool,
) -> tuple[PegUndo, Budget]:
    """Peg the free inbound that the plan uses to the rows it covers (R3.4), with notes.

    Returns what undo needs, and how much of each row may still be pegged live.
    """
    rows = plan.cover.rows
    budget = {row.id: live_room(row, facts.pegs.get(row.id, ())) for row in rows}
    wanted: list[tuple[int, int, int, int]] = []
    per_order: dict[int, dict[int, dict[str, int]]] = {}
    for i, po_row, units in plan.cover.used:
        row = rows[i]
        live = min(units, max(budget[row.id], 0))
        budget[row.id] -= live
        wanted.append((po_row, row.id, units, live))
        sku = labels.products[row.product_id or 0].sku
        served = per_order.setdefault(labels.coming[po_row].po_id, {})
        items = served.setdefault(row.sale_id, {})
        items[sku] = items.get(sku, 0) + units
    done = add_pegs(work, facts, wanted)
    if per_order:
        work.touched(Topic.PURCHASES, per_order)
        work.touched(Topic.SALES, {sale for served in per_order.values() for sale in served})
        if cross_notes:
            sales = {sale.id: sale.number for sale in facts.sales}
            add_notes(work, _set_aside_notes(labels, per_order, sales, batch_id))
    return done, budget


def _set_aside_notes(
    labels: Labels,
    per_order: Mapping[int, Mapping[int, Mapping[str, int]]],
    sales: Mapping[int, int],
    batch_id: int,
) -> list[tuple[str, int, str, Mapping[str, Any]]]:
    names = {one.po_id: one for one in labels.coming.values()}
    per_sale: dict[int, list[dict[str, Any]]] = {}
    notes: list[tuple[str, int, str, Mapping[str, Any]]] = []
    for po_id, served in per_order.items():
        notes.append(
            (
                "PO",
                po_id,
                "set_aside",
                {**named_sales(sale_units(served, sales)), "batch": batch_id},
            )
        )
        for sale_id, items in served.items():
            per_sale.setdefault(sale_id, []).append(
                {
                    "id": po_id,
                    "number": names[po_id].number,
                    "supplier": names[po_id].supplier,
                    "items": [{"sku": sku, "units": units} for sku, units in items.items()],
                }
            )
    for sale_id in sorted(per_sale):
        notes.append(("SO", sale_id, "set_aside", {"orders": per_sale[sale_id]}))
    return notes


def add_pegs(work: Work, facts: Facts, wanted: Iterable[tuple[int, int, int, int]]) -> PegUndo:
    """Peg (order row, sale row, units, live) on order rows that were there before.

    A pair that has a peg keeps its one peg, grown. Returns what undo needs.
    """
    summed: dict[tuple[int, int], tuple[int, int]] = {}
    for po_row, sale_row, units, live in wanted:
        before = summed.get((po_row, sale_row), (0, 0))
        summed[po_row, sale_row] = (before[0] + units, before[1] + live)
    grown: list[dict[str, int]] = []
    new: list[tuple[int, int, int, int]] = []
    for (po_row, sale_row), (units, live) in summed.items():
        known = [p for p in facts.pegs.get(sale_row, ()) if p.po_row_id == po_row]
        if known:
            more = max(known[0].live + units - known[0].quantity, 0)
            grown.append({"id": known[0].peg_id, "quantity": more, "live": live})
        else:
            new.append((po_row, sale_row, units, live))
    update_many(work.db, peg, grown, add=("quantity", "live"))
    ids = insert_pegs(work, new)
    return [[g["id"], g["quantity"], g["live"], 0] for g in grown] + [
        [key, units, live, 1] for key, (_po, _sale, units, live) in zip(ids, new, strict=True)
    ]


def place_groups(
    work: Work,
    facts: Facts,
    labels: Labels,
    plan: Plan,
    budget: Budget,
    terms: Terms,
    options: BatchOptions,
) -> Placed:
    """Write the planned orders, and what goes into open drafts, with pegs and notes."""
    new: list[NewOrder] = []
    added: list[tuple[PlannedGroup, Draft, list[NewRow]]] = []
    for done, group in enumerate(plan.groups):
        supplier = facts.suppliers[group.supplier_id]
        work.progress.step("placing", done, len(plan.groups), supplier.name)
        rows = _new_rows(group, labels, plan, budget)
        if not rows:
            continue
        if group.draft is not None:
            added.append((group, group.draft, rows))
        else:
            new.append(NewOrder(supplier, group.warehouse_id, rows, group.sale_id))
    placed = Placed()
    if options.append_to_drafts:
        placed = _append(work, facts, added)
    made = write_orders(work, new, terms)
    placed.undo["orders"] = [one.id for one in made]
    placed.orders = made + placed.orders
    if options.cross_notes:
        numbers = {sale.id: sale.number for sale in facts.sales}
        write_cross_notes(work, placed.orders, numbers, terms.batch_id)
    return placed


def _new_rows(group: PlannedGroup, labels: Labels, plan: Plan, budget: Budget) -> list[NewRow]:
    rows = plan.cover.rows
    found = []
    for line in group.lines:
        if not line.is_ordered:
            continue
        row = NewRow(
            line.product_id,
            labels.products[line.product_id].sku,
            line.quantity,
            line.cost or 0,
            line.offer.supplier_sku if line.offer is not None else "",
            line.expected_on,
        )
        for i, units in raised_for(plan.cover, line):
            sale_row = rows[i]
            live = min(units, max(budget[sale_row.id], 0))
            budget[sale_row.id] -= live
            row.pegs.append(NewPeg(sale_row.id, sale_row.sale_id, units, live))
        found.append(row)
    return found


def _append(
    work: Work, facts: Facts, added: list[tuple[PlannedGroup, Draft, list[NewRow]]]
) -> Placed:
    """Add to open drafts: a row that is there is raised, others are new rows (R3.5)."""
    placed = Placed()
    last = {
        one[0]: one[1]
        for one in work.db.execute(
            select(purchase_row.c.po_id, func.max(purchase_row.c.position))
            .where(purchase_row.c.po_id.in_(ids_in(work.db, [d.id for _g, d, _r in added])))
            .group_by(purchase_row.c.po_id)
        )
    }
    raised: list[dict[str, int]] = []
    before: list[list[int]] = []
    pegs: list[tuple[int, int, int, int]] = []
    new: list[tuple[int, int, NewRow, int]] = []
    for group, draft, rows in added:
        supplier = facts.suppliers[group.supplier_id]
        place = last.get(draft.id, 0)
        total = 0
        for row in rows:
            total += row_total(row.units, row.cost, supplier.digits)
            known = draft.rows.get(row.product_id)
            if known is None:
                place += 1
                new.append((draft.id, place, row, row_total(row.units, row.cost, supplier.digits)))
                continue
            row_id, ordered, cost = known
            now_cost = row.cost or cost
            now_units = ordered + row.units
            raised.append(
                {
                    "id": row_id, "ordered": now_units, "cost": now_cost,
                    "total": row_total(now_units, now_cost, supplier.digits), "version": 1,
                }
            )  # fmt: skip
            before.append([row_id, row.units, cost])
            pegs += [(row_id, p.sale_row_id, p.units, p.live) for p in row.pegs]
        day = min((r.expected_on for r in rows if r.expected_on), default=None)
        placed.orders.append(
            Written(draft.id, draft.number, supplier, rows, total, day, appended=True)
        )
    update_many(work.db, purchase_row, raised, add=("version",))
    made = insert_rows(work, new)
    placed.pegs = add_pegs(work, facts, pegs)
    refresh_purchases(work, [draft.id for _g, draft, _r in added])
    placed.undo = {
        "appended": [[draft.id, draft.version + 1] for _g, draft, _r in added],
        "raised": before,
        "added": made,
    }
    return placed


def keep_suppliers(work: Work, plan: Plan, edits: Edits) -> None:
    """Store the suppliers picked with *keep on product* as primary (R3.7).

    Only those of products that are ordered; kept when the batch is undone.
    """
    ordered = {(line.product_id, line.choice.supplier_id) for line in plan.lines if line.is_ordered}
    kept = {
        product_id: one.supplier_id
        for product_id, one in edits.product_suppliers.items()
        if one.keep and (product_id, one.supplier_id) in ordered
    }
    if not kept:
        return
    # Also the lock: two buyers who keep different suppliers come one after the other.
    work.db.execute(
        update(product)
        .where(product.c.id.in_(ids_in(work.db, kept)))
        .values(version=product.c.version + 1)
    )
    mine = offer.c.product_id.in_(ids_in(work.db, kept))
    known = {
        (one.product_id, one.supplier_id): one.id
        for one in work.db.execute(
            select(offer.c.id, offer.c.product_id, offer.c.supplier_id).where(mine)
        )
    }
    work.db.execute(update(offer).where(mine, offer.c.is_primary == 1).values(is_primary=0))
    there = [known[which] for which in kept.items() if which in known]
    if there:
        work.db.execute(
            update(offer)
            .where(offer.c.id.in_(ids_in(work.db, there)))
            .values(is_primary=1, version=offer.c.version + 1)
        )
    missing = [which for which in kept.items() if which not in known]
    if missing:
        work.db.execute(
            insert(offer),
            [{"product_id": p, "supplier_id": s, "is_primary": 1} for p, s in missing],
        )
    work.touched(Topic.PRODUCTS, kept)
