"""A planned receipt as people read it: who gets what, who is next, who is passed over (RCV-09)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from . import settings
from .draft_shapes import Damage
from .receipt_plan import WAITS, Plan, attribute, left_on
from .receipt_shapes import (
    PASSED_OVER_MAX,
    WAITING_SHOWN_MAX,
    PassedOver,
    PreviewRow,
    ReceiptPreview,
    Turn,
)
from .rules.allocation import turn
from .store.bulk import ids_in
from .store.tables import customer, order_status, product, sale, sale_row, warehouse


def preview_of(db: Connection, plan: Plan) -> ReceiptPreview:
    """Describe the plan of one order's receipt; a constant number of statements."""
    delivery = plan.deliveries[0]
    order = delivery.order
    place = db.execute(
        select(warehouse.c.name).where(warehouse.c.id == plan.warehouse_id)
    ).scalar_one()
    asked = plan.allocate and bool(plan.arrived)
    turns, more_waiting, passed, more_passed = _queue(db, plan) if asked else ((), 0, (), 0)
    return ReceiptPreview(
        po_id=order.id,
        number=order.number,
        supplier=order.supplier,
        warehouse_id=plan.warehouse_id,
        warehouse=place,
        allocate=plan.allocate,
        allocate_source=plan.allocate_source,
        who_is_served=plan.rules[settings.WHO_IS_SERVED].value,
        rows=_rows(plan),
        turns=turns,
        more_waiting=more_waiting,
        passed_over=passed,
        more_passed=more_passed,
        units=sum(delivery.received.values()),
        allocated=sum(one.units for one in plan.allocation.given),
        sales_served=len({one.sale_id for one in plan.allocation.given}),
        left_on_order=0 if delivery.closes else left_on(delivery),
        fingerprint=plan.fingerprint,
    )


def _rows(plan: Plan) -> tuple[PreviewRow, ...]:
    delivery = plan.deliveries[0]
    allocated: dict[int, int] = defaultdict(int)
    for share in attribute(plan):
        allocated[delivery.lines[share.line].row.id] += share.units
    bad: dict[int, int] = defaultdict(int)
    damage: dict[int, list[Damage]] = defaultdict(list)
    for line in delivery.lines:
        if line.quarantined:
            bad[line.row.id] += line.units
            if line.reason:
                damage[line.row.id].append(Damage(line.reason, line.units))
    return tuple(
        PreviewRow(
            po_row_id=row.id,
            position=row.position,
            product_id=row.product_id,
            sku=row.sku,
            name=row.name,
            ordered=delivery.ordered(row),
            before=row.received,
            units=delivery.received.get(row.id, 0),
            short=delivery.left(row),
            allocated=allocated[row.id],
            free=delivery.received.get(row.id, 0) - allocated[row.id] - bad[row.id],
            quarantined=bad[row.id],
            damage=tuple(damage[row.id]),
        )
        for row in delivery.order.rows.values()
    )


def _queue(db: Connection, plan: Plan) -> tuple[tuple[Turn, ...], int, tuple[PassedOver, ...], int]:
    """Turns in order, how many more wait, who is passed over and how many more are."""
    only = plan.rules[settings.WHO_IS_SERVED].value == settings.SERVED_RAISED_ONLY
    given = {one.row_id: one.units for one in plan.allocation.given}
    incomplete = plan.allocation.incomplete
    names = _names(db, plan)
    turns, passed = [], []
    first = plan.rules[settings.WHO_IS_SERVED].value == settings.SERVED_RAISED_FIRST
    for row in sorted(plan.waiting, key=lambda w: (first and not w.pegged, turn(w))):
        person, sku = names[row.row_id]
        if row.sale_id in incomplete:
            passed.append(
                PassedOver(
                    row.sale_id, row.sale_number, row.placed_at, person, row.product_id, sku,
                    row.needed, "ship_complete",
                )
            )  # fmt: skip
        else:
            turns.append(
                Turn(
                    row.sale_id, row.sale_number, row.placed_at, person, row.row_id,
                    row.product_id, sku, row.needed, given.get(row.row_id, 0), row.pegged,
                )
            )  # fmt: skip
    here = and_(sale_row.c.warehouse_id == plan.warehouse_id, sale.c.waits == 1)
    after, more_waiting = _others(db, plan, here, PASSED_OVER_MAX if only else WAITING_SHOWN_MAX)
    held = or_(order_status.c.is_on_hold == 1, order_status.c.is_quote == 1)
    idle = and_(sale_row.c.warehouse_id == plan.warehouse_id, held)
    away = and_(sale_row.c.warehouse_id != plan.warehouse_id, sale.c.waits == 1)
    others, more_passed = _others(db, plan, or_(idle, away), PASSED_OVER_MAX)
    if only:
        passed += [_passed(row, "not_raised_for") for row in after]
        more_passed, more_waiting = more_passed + more_waiting, 0
    else:
        turns += [
            Turn(
                row.sale_id, row.number, row.placed_at, row.customer, row.id, row.product_id,
                row.sku, row.needed, 0, pegged=False,
            )
            for row in after
        ]  # fmt: skip
    for row in others:
        reason = "other_warehouse" if row.warehouse_id != plan.warehouse_id else (
            "quote" if row.is_quote else "on_hold"
        )  # fmt: skip
        passed.append(_passed(row, reason))
    more_passed += max(len(passed) - PASSED_OVER_MAX, 0)
    return tuple(turns), more_waiting, tuple(passed[:PASSED_OVER_MAX]), more_passed


def _passed(row: Any, reason: str) -> PassedOver:
    return PassedOver(
        row.sale_id, row.number, row.placed_at, row.customer, row.product_id, row.sku, row.needed,
        reason, row.warehouse if reason == "other_warehouse" else "",
    )  # fmt: skip


def _names(db: Connection, plan: Plan) -> Mapping[int, tuple[str, str]]:
    """Sale row id to (customer, SKU)."""
    return {
        row.id: (row.customer, row.sku)
        for row in db.execute(
            select(sale_row.c.id, customer.c.name.label("customer"), product.c.sku)
            .join(sale, sale.c.id == sale_row.c.sale_id)
            .join(customer, customer.c.id == sale.c.customer_id)
            .join(product, product.c.id == sale_row.c.product_id)
            .where(sale_row.c.id.in_(ids_in(db, [one.row_id for one in plan.waiting])))
        )
    }


def _others(db: Connection, plan: Plan, where: Any, most: int) -> tuple[list[Any], int]:
    """The oldest rows that need what arrived and are not in the plan, and how many more there are."""
    r, s = sale_row.c, sale.c
    rows = db.execute(
        select(
            r.id, r.sale_id, s.number, s.placed_at, customer.c.name.label("customer"),
            r.product_id, product.c.sku, r.warehouse_id, warehouse.c.name.label("warehouse"),
            order_status.c.is_quote,
            (r.ordered - r.reserved - r.fulfilled).label("needed"),
            func.count().over().label("how_many"),
        )
        .join(sale, s.id == r.sale_id)
        .join(customer, customer.c.id == s.customer_id)
        .join(product, product.c.id == r.product_id)
        .join(warehouse, warehouse.c.id == r.warehouse_id)
        .join(order_status, order_status.c.id == s.status_id)
        .where(
            WAITS,
            r.product_id.in_(ids_in(db, plan.arrived)),
            r.id.not_in(ids_in(db, [one.row_id for one in plan.waiting])),
            where,
        )
        .order_by(s.placed_at, s.number, r.position)
        .limit(most)
    ).all()  # fmt: skip
    return list(rows), max(rows[0].how_many - most, 0) if rows else 0
