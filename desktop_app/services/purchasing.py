"""Batch purchase order: preview, place, undo (rules section 3).

A dialog asks ``preview`` on every change, shows it, and sends its ``fingerprint`` back with
``place_batch``, which works everything out again under the locks and either writes exactly what
was shown or refuses with the new preview::

    seen = backend.read(preview, BatchRequest(sale_ids, options, edits))
    done = backend.run(place_batch(request, seen.fingerprint), once=uuid)
    backend.undo(done.journal_id, once=another_uuid)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, or_, select

from . import settings
from .access import Permission
from .backend import Undone, Work, command, now, plain
from .batch_drop_ship import free, fulfil, too_many
from .batch_explain import explain, fingerprint, sales_changing
from .batch_preview import (
    BatchWarning,
    Difference,
    Group,
    LeftOut,
    Line,
    Link,
    Preview,
    Served,
    SupplierPrice,
    TraceTerm,
    changed_lines,
)
from .batch_writing import begin, finish, keep_suppliers, peg_inbound, place_groups
from .books import OPEN_STATES, change_status
from .changes import Topic
from .errors import Conflict, Rejected
from .purchase_facts import Labels, read_facts
from .purchase_undo import undo_batch
from .purchase_writing import Terms, check_terms, read_settings
from .quiet import no_collection
from .rules.delivery_address import ADDRESS_MAX
from .rules.money import QUANTITY_MAX, UNIT
from .rules.purchase_plan import (
    NO_EDITS,
    BatchOptions,
    Edits,
    Facts,
    Plan,
    SplitPart,
    SupplierChoice,
    plan,
)
from .store.bulk import ids_in
from .store.tables import (
    order_status,
    purchase_batch,
    purchase_order,
    purchase_row,
    sale_row,
    warehouse,
)

SALES_MAX = 10_000
"""A batch of more sales is refused: Rejected("too_many_sales")."""


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """The chosen sales (ids, in any order) and how to buy for them."""

    sale_ids: tuple[int, ...]
    options: BatchOptions = field(default_factory=BatchOptions)
    edits: Edits = NO_EDITS


@dataclass(slots=True)
class _Worked:
    """A plan with all that it was made of."""

    request: BatchRequest
    facts: Facts
    labels: Labels
    plan: Plan

    def explained(self, db: Connection) -> Preview:
        options = self.request.options
        name = _status_name(db, options.sales_status_id)
        return explain(self.facts, self.labels, self.plan, options, self.request.edits, name)

    def fingerprint(self) -> str:
        return fingerprint(self.facts, self.plan, self.request.options, self.request.edits)


def default_options(db: Connection, person_id: int) -> BatchOptions:
    """The options this person used last, else the company's, else those of R3.2."""
    found = settings.values(
        db,
        (
            settings.BATCH_OPTIONS, settings.ROUND_UP, settings.CROSS_REFERENCES,
            settings.DELIVERY_WAREHOUSE,
        ),
        person_id=person_id,
    )  # fmt: skip
    kept = {**settings.BATCH_DEFAULTS, **found[settings.BATCH_OPTIONS].value}
    if kept["vendor"] == "named" and kept["supplier_id"] is None:
        kept["vendor"] = "primary"
    if kept["one_order_per_sale"] or kept["to_customer"]:
        kept["append_to_drafts"] = False
    place = None if kept["to_customer"] else found[settings.DELIVERY_WAREHOUSE].value
    return replace(
        BatchOptions(**{name: kept[name] for name in REMEMBERED}),
        deliver_to=place,
        round_up_to_packs=bool(found[settings.ROUND_UP].value),
        cross_notes=bool(found[settings.CROSS_REFERENCES].value),
    )


REMEMBERED = (
    "quantity", "exclude_stock", "exclude_purchase_orders", "count_promised_deliveries", "vendor",
    "supplier_id", "sales_status_id", "status_only_ordered", "one_order_per_sale",
    "append_to_drafts", "to_customer",
)  # fmt: skip
"""The options that a person's next batch begins with; the others have settings of their own."""


def to_remember(options: BatchOptions) -> Mapping[str, Any]:
    """The value for ``settings.remember(settings.BATCH_OPTIONS, ...)`` (R3.2, BPO-18)."""
    return {name: getattr(options, name) for name in REMEMBERED}


def preview(db: Connection, request: BatchRequest) -> Preview:
    """What the batch would buy if it were placed now. Writes nothing (R3.10).

    Raises Rejected as ``place_batch`` does for a request that cannot be worked out.
    """
    _check(request)
    own = bool(settings.value(db, settings.OWN_PRODUCTS))
    with no_collection():
        return _work_out(db, request, now().date(), own_products_only=own).explained(db)


@command("Batch purchase order", Permission.PLACE_PURCHASES)
def place_batch(work: Work, request: BatchRequest, agreed: str) -> dict[str, Any]:
    """Place what the person saw and agreed to (``Preview.fingerprint``), or say what it is now.

    One transaction: orders, pegs, notes and statuses, or nothing (R3.11). A batch that orders
    nothing but sets free inbound aside for its sales is placed too (R3.4).

    Returns {batch_id, orders: [{id, number, supplier, lines, units, total, currency, digits,
    expected_on, appended}], sales_changed, units_pegged_inbound,
    not_ordered: [{key, sku, units, reason}]} with units as stored.

    Raises Conflict("plan_changed", now=Preview); Rejected("nothing_to_order" | "too_many_sales" |
    "unknown_sales" | "invalid_quantity" | "split_twice" | "choose_supplier" | "unknown_supplier" |
    "unknown_warehouse" | "unknown_status" | "status_cancels" | "bad_option" | "options_clash" |
    "options_clash_drop_ship" | "drop_ship_too_many" | "text_too_long"), naming the rows or keys in
    ``items``.
    """
    _check(request)
    options = request.options
    check_terms(work.db, options.po_state, options.po_status_id, options.reference)
    found = read_settings(work.db, options.po_state)
    status_id = options.po_status_id or found["status_id"]
    with no_collection():
        _lock(work, request)
        worked = _work_out(
            work.db, request, work.at.date(), own_products_only=bool(found["own_products"])
        )
        if worked.fingerprint() != agreed or not _holds_locks(work, worked):
            raise Conflict("plan_changed", now=worked.explained(work.db))
        if not worked.plan.cover.used and not any(line.is_ordered for line in worked.plan.lines):
            raise Rejected("nothing_to_order")
        return _place(work, worked, status_id)


@place_batch.undone_by
def _undo(work: Work, original: Undone) -> dict[str, Any]:
    """See ``purchase_undo.undo_batch``."""
    return undo_batch(work, original)


def _place(work: Work, worked: _Worked, status_id: int | None) -> dict[str, Any]:
    """Write what was agreed to."""
    plan_, options, edits = worked.plan, worked.request.options, worked.request.edits
    batch_id = _write_batch(work, worked.request)
    made = begin(
        work, worked.facts, worked.labels, plan_, batch_id, cross_notes=options.cross_notes
    )
    peg_inbound(made)
    keep_suppliers(work, plan_, edits)
    moving = sales_changing(plan_, options)
    if moving and options.sales_status_id is not None:
        change_status(work, moving, options.sales_status_id)
    place_groups(made, Terms(options.po_state, status_id, options.reference, batch_id))
    placed = fulfil(made) if made.dropped else None
    finish(made)
    if placed is not None:
        free(made, placed)
    work.can_undo(made.undo)
    rows = plan_.cover.rows
    served = {rows[i].sale_id for one in plan_.lines if one.is_ordered for i in one.rows}
    work.touched(Topic.SALES, served)
    work.touched(Topic.BATCHES, [batch_id])
    return {
        "batch_id": batch_id,
        "orders": [one.as_result() for one in made.orders],
        "sales_changed": len(moving),
        "units_pegged_inbound": sum(units for _i, _row, units in plan_.cover.used),
        "not_ordered": _not_ordered(worked),
    }


def _check(request: BatchRequest) -> None:
    """Refuse what cannot be worked out, before anything is read."""
    options = request.options
    if len(request.sale_ids) > SALES_MAX:
        raise Rejected("too_many_sales", chosen=len(request.sale_ids), limit=SALES_MAX)
    for name, allowed in (
        ("quantity", {"all", "needed"}),
        ("exclude_stock", {"on_hand", "in_stock", None}),
        ("vendor", {"primary", "cheapest", "named"}),
    ):
        if getattr(options, name) not in allowed:
            raise Rejected("bad_option", option=name, value=getattr(options, name))
    if options.vendor == "named" and options.supplier_id is None:
        raise Rejected("choose_supplier")
    if options.one_order_per_sale and options.append_to_drafts:
        raise Rejected("options_clash", options=["one_order_per_sale", "append_to_drafts"])
    if options.to_customer and options.append_to_drafts:
        raise Rejected("options_clash_drop_ship", options=["to_customer", "append_to_drafts"])
    if any(len(address) > ADDRESS_MAX for address in request.edits.addresses.values()):
        raise Rejected("text_too_long", field="address", limit=ADDRESS_MAX)
    edits = request.edits
    wrong = [key for key, units in edits.quantities.items() if not _is_quantity(units, 0)]
    wrong += [
        key
        for key, parts in edits.splits.items()
        if not all(_is_quantity(one.units, 1) for one in parts)
    ]
    if wrong:
        raise Rejected("invalid_quantity", wrong)
    twice = [
        key
        for key, parts in edits.splits.items()
        if len({one.supplier_id for one in parts}) < len(parts)
    ]
    if twice:
        raise Rejected("split_twice", twice)


def _is_quantity(units: object, least: int) -> bool:
    if isinstance(units, bool) or not isinstance(units, int):
        return False
    return least <= units <= QUANTITY_MAX


def _work_out(
    db: Connection, request: BatchRequest, today: date, *, own_products_only: bool
) -> _Worked:
    options, edits = request.options, request.edits
    facts, labels = read_facts(
        db, request.sale_ids, options, edits, today, own_products_only=own_products_only
    )
    unknown = set(request.sale_ids) - {sale.id for sale in facts.sales}
    if unknown:
        raise Rejected("unknown_sales", sorted(unknown))
    asked = {one.supplier_id for one in edits.product_suppliers.values()}
    asked |= set(edits.suppliers.values())
    asked |= {one.supplier_id for parts in edits.splits.values() for one in parts}
    asked |= {options.supplier_id} if options.supplier_id is not None else set()
    strangers = asked - facts.suppliers.keys()
    if strangers:
        raise Rejected("unknown_supplier", sorted(strangers))
    if options.deliver_to is not None:
        place = labels.warehouses.get(options.deliver_to)
        if place is None or not place.active:
            raise Rejected("unknown_warehouse", [options.deliver_to])
    made = plan(facts, options, edits)
    broken = [
        line.key
        for line in made.lines
        if line.edited and line.product_id in facts.whole and line.quantity % UNIT
    ]
    broken += [
        line.key
        for line in made.lines
        if line.product_id in facts.whole
        and any(one.units % UNIT for one in edits.splits.get(line.key, ()))
    ]
    if broken:
        raise Rejected("invalid_quantity", broken)
    if many := too_many(made):
        raise Rejected("drop_ship_too_many", many)
    return _Worked(request, facts, labels, made)


def _status_name(db: Connection, status_id: int | None) -> str:
    if status_id is None:
        return ""
    found = db.execute(
        select(order_status.c.name, order_status.c.is_cancelled).where(
            order_status.c.id == status_id, order_status.c.document == "SO"
        )
    ).one_or_none()
    if found is None:
        raise Rejected("unknown_status", status_id=status_id)
    if found.is_cancelled:
        raise Rejected("status_cancels", status_id=status_id)
    return str(found.name)


def _lock(work: Work, request: BatchRequest) -> None:
    """Stock, sales, purchase orders, in this order, before anything is decided.

    The levels are the gate between buyers who want the same product, and between a buyer and a
    receipt. Orders are looked up under it, so none of another batch is missed.
    """
    row = sale_row.c
    # Null where there is no such warehouse: ``_work_out`` refuses it.
    place = select(warehouse.c.id).where(warehouse.c.id == request.options.deliver_to)
    found = work.db.execute(
        select(row.warehouse_id, row.product_id, place.scalar_subquery())
        .where(
            row.sale_id.in_(ids_in(work.db, request.sale_ids)),
            row.kind == "stock",
            row.product_id.is_not(None),
        )
        .distinct()
    ).all()
    pairs = {(one[0], one[1]) for one in found}
    pairs |= {(one[2], one[1]) for one in found if one[2] is not None}
    work.locks.take_stock(pairs)
    work.locks.take_sales(request.sale_ids)
    po = purchase_order.c
    products = select(row.product_id).where(row.sale_id.in_(ids_in(work.db, request.sale_ids)))
    coming = select(purchase_row.c.po_id).where(
        purchase_row.c.product_id.in_(products),
        purchase_row.c.ordered > purchase_row.c.received,
    )
    wanted: ColumnElement[bool] = po.id.in_(coming)
    if request.options.append_to_drafts:
        wanted = or_(wanted, po.state == "draft")
    orders = work.db.execute(
        select(po.id).where(po.state.in_(OPEN_STATES), po.drop_ship == 0, wanted)
    ).scalars()
    work.locks.take_purchases(orders)


def _holds_locks(work: Work, worked: _Worked) -> bool:
    """Whether every order that would be written to is locked; one that is not is news."""
    coming = worked.labels.coming
    written = {coming[po_row].po_id for _i, po_row, _units in worked.plan.cover.used}
    written |= {g.draft.id for g in worked.plan.groups if g.draft is not None}
    return written <= work.locks.purchases


def _write_batch(work: Work, request: BatchRequest) -> int:
    made = work.db.execute(
        insert(purchase_batch)
        .values(
            journal_id=work.journal_id,
            at=work.at,
            person_id=work.actor.person_id,
            options=plain(request.options),
            sale_count=len(set(request.sale_ids)),
        )
        .returning(purchase_batch.c.id)
    )
    return int(made.scalar_one())


def _not_ordered(worked: _Worked) -> list[dict[str, Any]]:
    """Lines without supplier, and those a person left out."""
    return [
        {
            "key": line.key,
            "sku": worked.labels.products[line.product_id].sku,
            "units": line.quantity,
            "reason": "left_out" if line.left_out else line.choice.reason,
        }
        for line in worked.plan.lines
        if line.quantity > 0 and not line.is_ordered
    ]


__all__ = [
    "NO_EDITS",
    "SALES_MAX",
    "BatchOptions",
    "BatchRequest",
    "BatchWarning",
    "Difference",
    "Edits",
    "Group",
    "LeftOut",
    "Line",
    "Link",
    "Preview",
    "Served",
    "SplitPart",
    "SupplierChoice",
    "SupplierPrice",
    "TraceTerm",
    "changed_lines",
    "default_options",
    "place_batch",
    "preview",
    "to_remember",
]
