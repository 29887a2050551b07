"""Writing a planned batch: orders, rows added to drafts, pegs on what is coming, kept suppliers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, select, update

from .backend import Work
from .books import named_sales, refresh_purchases
from .changes import Topic
from .purchase_facts import Labels
from .purchase_writing import (
    NewOrder,
    NewPeg,
    NewRow,
    Note,
    Pending,
    Terms,
    Written,
    cross_notes,
    insert_rows,
    order_served,
    sale_units,
    write_orders,
)
from .rules.money import row_total
from .rules.purchase_plan import (
    CUSTOMER,
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
"""[peg id, quantity added, live added] on order rows that were there before."""


@dataclass(slots=True)
class Placement:
    """A plan being written: what was pegged so far, and what undoing it needs."""

    work: Work
    facts: Facts
    labels: Labels
    plan: Plan
    batch_id: int
    cross_notes: bool
    budget: Budget
    pending: Pending = field(default_factory=Pending)
    on_others: list[tuple[int, int, int, int]] = field(default_factory=list)
    """(order row, sale row, units, live) on order rows that were there before."""
    orders: list[Written] = field(default_factory=list)
    dropped: list[tuple[int, int, int, int]] = field(default_factory=list)
    """(order row, sale row, units, 0) of new orders that go to customers (R4.3)."""
    undo: dict[str, Any] = field(default_factory=dict)


def begin(
    work: Work, facts: Facts, labels: Labels, plan: Plan, batch_id: int, *, cross_notes: bool
) -> Placement:
    """Start writing: each row may be pegged live for what it needs and nothing promises yet."""
    budget = {row.id: live_room(row, facts.pegs.get(row.id, ())) for row in plan.cover.rows}
    return Placement(work, facts, labels, plan, batch_id, cross_notes, budget)


def peg_inbound(made: Placement) -> None:
    """Peg the free inbound that the plan uses to the rows it covers (R3.4)."""
    labels, rows = made.labels, made.plan.cover.rows
    per_order: dict[int, dict[int, dict[str, int]]] = {}
    for i, po_row, units in made.plan.cover.used:
        row = rows[i]
        live = _live(made.budget, row.id, units)
        made.on_others.append((po_row, row.id, units, live))
        sku = labels.products[row.product_id or 0].sku
        items = per_order.setdefault(labels.coming[po_row].po_id, {}).setdefault(row.sale_id, {})
        items[sku] = items.get(sku, 0) + units
    if per_order:
        made.work.touched(Topic.PURCHASES, per_order)
        sales = {sale for served in per_order.values() for sale in served}
        made.work.touched(Topic.SALES, sales)
        if made.cross_notes:
            made.pending.notes += _set_aside_notes(made, per_order)


def _live(budget: Budget, row_id: int, units: int) -> int:
    live = min(units, budget[row_id])
    if live <= 0:
        return 0
    budget[row_id] -= live
    return live


def _set_aside_notes(
    made: Placement, per_order: Mapping[int, Mapping[int, Mapping[str, int]]]
) -> list[Note]:
    names = {one.po_id: one for one in made.labels.coming.values()}
    numbers = {sale.id: sale.number for sale in made.facts.sales}
    per_sale: dict[int, list[dict[str, Any]]] = {}
    notes: list[Note] = []
    for po_id, served in per_order.items():
        sales = named_sales(sale_units(served, numbers))
        notes.append(("PO", po_id, "set_aside", {**sales, "batch": made.batch_id}))
        for sale_id, items in served.items():
            per_sale.setdefault(sale_id, []).append(
                order_served(po_id, names[po_id].number, names[po_id].supplier, items)
            )
    for sale_id in sorted(per_sale):
        notes.append(("SO", sale_id, "set_aside", {"orders": per_sale[sale_id]}))
    return notes


def place_groups(made: Placement, terms: Terms) -> None:
    """Write the planned orders, and what goes into open drafts; their pegs become pending."""
    new: list[NewOrder] = []
    added: list[tuple[PlannedGroup, Draft, list[NewRow]]] = []
    groups = made.plan.groups
    for done, group in enumerate(groups):
        supplier = made.facts.suppliers[group.supplier_id]
        made.work.progress.step("placing", done, len(groups), supplier.name)
        rows = _new_rows(group, made)
        if rows and group.draft is not None:
            added.append((group, group.draft, rows))
        elif rows:
            place = None if group.warehouse_id == CUSTOMER else group.warehouse_id
            new.append(NewOrder(supplier, place, rows, group.sale_id, group.address))
    appended = _append(made, added) if added else []
    before = len(made.pending.pegs)
    written = write_orders(made.work, new, terms, made.pending)
    if any(order.drop_ship for order in new):  # of one batch, all orders are or none is
        made.dropped = made.pending.pegs[before:]
    made.undo["orders"] = [one.id for one in written]
    made.orders = written + appended
    if made.cross_notes:
        numbers = {sale.id: sale.number for sale in made.facts.sales}
        made.pending.notes += cross_notes(made.orders, numbers, made.batch_id)


def finish(made: Placement) -> None:
    """Write pending pegs and notes; ``undo`` then has what undoing the batch needs.

    A pair of order row and sale row that has a peg keeps its one peg, grown.
    """
    summed: dict[tuple[int, int], tuple[int, int]] = {}
    for po_row, sale_row, units, live in made.on_others:
        before = summed.get((po_row, sale_row), (0, 0))
        summed[po_row, sale_row] = (before[0] + units, before[1] + live)
    grown: list[dict[str, int]] = []
    new: list[tuple[int, int, int, int]] = []
    for (po_row, sale_row), (units, live) in summed.items():
        known = [p for p in made.facts.pegs.get(sale_row, ()) if p.po_row_id == po_row]
        if known:
            more = max(known[0].live + units - known[0].quantity, 0)
            grown.append({"id": known[0].peg_id, "quantity": more, "live": live})
        else:
            new.append((po_row, sale_row, units, live))
    update_many(made.work.db, peg, grown, add=("quantity", "live"))
    made.pending.pegs[:0] = new
    ids = made.pending.write(made.work)
    pegs: PegUndo = [[one["id"], one["quantity"], one["live"]] for one in grown]
    pegs += [[key, units, live] for key, (_po, _sale, units, live) in zip(ids, new, strict=False)]
    made.undo |= {"batch": made.batch_id, "pegs": pegs}


def _new_rows(group: PlannedGroup, made: Placement) -> list[NewRow]:
    rows, budget = made.plan.cover.rows, made.budget
    found = []
    for line in group.lines:
        if not line.is_ordered:
            continue
        pegs = []
        for i, units in raised_for(made.plan.cover, line):
            sale_row = rows[i]
            live = 0 if line.warehouse_id == CUSTOMER else _live(budget, sale_row.id, units)
            pegs.append(NewPeg(sale_row.id, sale_row.sale_id, units, live))
        found.append(
            NewRow(
                line.product_id,
                made.labels.products[line.product_id].sku,
                line.quantity,
                line.cost or 0,
                line.offer.supplier_sku if line.offer is not None else "",
                line.expected_on,
                pegs,
            )
        )
    return found


def _append(
    made: Placement, added: list[tuple[PlannedGroup, Draft, list[NewRow]]]
) -> list[Written]:
    """Add to open drafts: a row that is there is raised, others are new rows (R3.5)."""
    orders: list[Written] = []
    raised: list[dict[str, int]] = []
    before: list[list[int]] = []
    new: list[tuple[int, int, NewRow, int]] = []
    for group, draft, rows in added:
        supplier = made.facts.suppliers[group.supplier_id]
        place = draft.last_position
        worth = 0
        for row in rows:
            total = row_total(row.units, row.cost, supplier.digits)
            worth += total
            known = draft.rows.get(row.product_id)
            if known is None:
                place += 1
                new.append((draft.id, place, row, total))
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
            made.on_others += [(row_id, p.sale_row_id, p.units, p.live) for p in row.pegs]
        day = min((r.expected_on for r in rows if r.expected_on), default=None)
        orders.append(Written(draft.id, draft.number, supplier, rows, worth, day, appended=True))
    work = made.work
    update_many(work.db, purchase_row, raised, add=("version",))
    ids = insert_rows(work, new, made.pending)
    refresh_purchases(work, [draft.id for _g, draft, _r in added])
    made.undo = {
        "appended": [[draft.id, draft.version + 1] for _g, draft, _r in added],
        "raised": before,
        "added": ids,
    }
    return orders


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
