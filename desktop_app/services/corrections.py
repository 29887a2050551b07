"""Stock corrections (R8.2, INV-03): what is on record is made what is there, with the reason why.

Going below what is promised asks first: Rejected("confirm:below_promised") lists who would lose
units; the answer goes back in ``CorrectionRequest.losing``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from .access import Permission
from .backend import Undone, Work, command
from .books import add_notes, pegged_orders
from .catalogue import base_currency
from .errors import Conflict, Rejected
from .losing import give_again, let_go, losses, shortage
from .serving import (
    Served,
    lock_serving,
    rows_with_sale,
    serve,
    serving_preview,
    take_back,
)
from .stock_value import known_costs, worth
from .stock_writing import Correction, correct_levels, in_bins, reverse
from .store.bulk import ids_in, is_postgres
from .store.tables import location, movement, product, stock_level, warehouse


@dataclass(frozen=True, slots=True)
class CorrectionRequest:
    """Units (signed, ten-thousandths) of a product in a warehouse.

    ``cost`` None: what is known of it. ``losing``: sale row to the units it loses, the answer to
    "confirm:below_promised". ``allocate``: found units go to the sales that wait. ``seen``: the
    units in stock that the person looked at.
    """

    warehouse_id: int
    product_id: int
    units: int
    reason: str
    location_id: int | None = None
    cost: int | None = None
    text: str = ""
    losing: Mapping[int, int] | None = None
    allocate: bool = False
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class Bin:
    """A place in the warehouse and the units there, by the ledger."""

    id: int
    code: str
    quarantine: bool
    units: int


@dataclass(frozen=True, slots=True)
class StockFacts:
    """What a product has in a warehouse now; units in ten-thousandths, ``cost`` per unit or None."""

    product_id: int
    sku: str
    name: str
    warehouse_id: int
    warehouse: str
    in_stock: int
    allocated: int
    quarantined: int
    bins: tuple[Bin, ...]
    cost: int | None
    currency: str
    digits: int

    @property
    def on_hand(self) -> int:
        """R1.1."""
        return self.in_stock - self.allocated - self.quarantined


def stock_facts(db: Connection, warehouse_id: int, product_id: int) -> StockFacts:
    """What a correction begins with; raises Rejected("unknown_product" | "unknown_warehouse")."""
    goods = db.execute(select(product).where(product.c.id == product_id)).one_or_none()
    if goods is None:
        raise Rejected("unknown_product", [product_id])
    place = db.execute(select(warehouse).where(warehouse.c.id == warehouse_id)).one_or_none()
    if place is None:
        raise Rejected("unknown_warehouse", [warehouse_id])
    level = db.execute(
        select(stock_level).where(
            stock_level.c.warehouse_id == warehouse_id, stock_level.c.product_id == product_id
        )
    ).one_or_none()
    there = {key: units for key, _kind, units in in_bins(db, warehouse_id, product_id)}
    bins = tuple(
        Bin(row.id, row.code, row.kind == "quarantine", there.get(row.id, 0))
        for row in db.execute(
            select(location)
            .where(location.c.warehouse_id == warehouse_id)
            .order_by(location.c.kind.desc(), location.c.is_default.desc(), location.c.code)
        )
    )
    code, digits = base_currency(db)
    cost = known_costs(db, [product_id]).get(product_id)
    return StockFacts(
        product_id, goods.sku, goods.name, warehouse_id, place.name,
        level.in_stock if level else 0, level.allocated if level else 0,
        level.quarantined if level else 0, bins, cost, code, digits,
    )  # fmt: skip


def found_goes_to(
    db: Connection, warehouse_id: int, product_id: int, units: int
) -> tuple[Served, ...]:
    """The sales that would get units found there, oldest first."""
    return serving_preview(db, warehouse_id, {product_id: units})


@command("Correct stock", needs=Permission.CORRECT_STOCK)
def correct(work: Work, request: CorrectionRequest) -> dict[str, Any]:
    """Write a correction (R8.2); its undo is the opposite correction with a link.

    Result: ``{"product": {id, sku}, "warehouse", "units", "in_stock", "on_hand", "value",
    "currency", "allocated", "sales": [{id, number, units}], "lost": [{id, number, units}]}``;
    ``value`` in minor units.

    Raises Rejected("confirm:below_promised", items of ``losing.losses``), Rejected of
    ``correct_levels`` and ("more_than_in_stock"), Conflict("stock_changed", now=StockFacts).
    """
    pair = (request.warehouse_id, request.product_id)
    stock_facts(work.db, *pair)
    work.locks.take_stock([pair])
    facts = stock_facts(work.db, *pair)
    if request.seen is not None and request.seen != facts.in_stock:
        raise Conflict("stock_changed", facts, sku=facts.sku)
    apart = any(one.quarantine for one in facts.bins if one.id == request.location_id)
    falling = {pair: -request.units} if request.units < 0 and not apart else {}
    short = shortage(work.db, falling)
    lost = losses(work.db, short, request.losing)
    rows = {row for row, _pair in lost}
    found = {request.product_id: request.units} if request.allocate and not apart else {}
    losers = {row.sale_id for row in rows_with_sale(work.db, rows)}
    serving = lock_serving(work, request.warehouse_id, found, losers)
    told = let_go(work, lost, request.reason)
    cost = facts.cost if request.cost is None else request.cost
    made = correct_levels(work, [_correction(request, cost)])
    served = serve(work, serving)
    add_notes(
        work, [("SO", one["id"], "allocated", {"items": one["items"]}) for one in served["sales"]]
    )
    work.can_undo(
        {
            "movements": made, "rows": served["rows"], "pegs": served["pegs"],
            "lost": [[row, units] for (row, _pair), units in sorted(lost.items())],
        }
    )  # fmt: skip
    after = stock_facts(work.db, *pair)
    return {
        "product": {"id": facts.product_id, "sku": facts.sku},
        "warehouse": facts.warehouse, "units": request.units, "in_stock": after.in_stock,
        "on_hand": after.on_hand, "value": worth(request.units, cost or 0, facts.digits),
        "currency": facts.currency, "allocated": sum(one["units"] for one in served["sales"]),
        "sales": plainly(served["sales"]), "lost": plainly(told),
    }  # fmt: skip


def _correction(request: CorrectionRequest, cost: int | None) -> Correction:
    return Correction(
        request.warehouse_id, request.product_id, request.units, request.reason,
        request.location_id, cost, request.text,
    )  # fmt: skip


@correct.undone_by
def _uncorrect(work: Work, original: Undone) -> dict[str, Any]:
    """The opposite correction; units given are released, units lost given again where possible."""
    return take_corrections_back(work, original.data)


def take_corrections_back(work: Work, data: Mapping[str, Any]) -> dict[str, Any]:
    """Undo of ``correct`` and of a posted count. Result: ``{"units", "released", "given_again"}``.

    Raises Rejected("served_in_use" | "already_taken_back" | "more_than_on_hand" |
    "more_than_in_bin").
    """
    moved = work.db.execute(
        select(movement).where(movement.c.id.in_(ids_in(work.db, data["movements"])))
    ).all()
    lost = dict(data["lost"])
    rows = rows_with_sale(work.db, [*lost, *(one[0] for one in data["rows"])])
    pairs = {(row.warehouse_id, row.product_id) for row in moved}
    work.locks.take_stock(pairs | {(row.warehouse_id, row.product_id) for row in rows})
    sales = {row.sale_id for row in rows}
    work.locks.take_sales(sales)
    if is_postgres(work.db):
        work.locks.take_purchases(pegged_orders(work.db, sales))
    released = take_back(work, data["rows"], data["pegs"])
    reverse(work, data["movements"])
    again = give_again(work, lost)
    add_notes(work, [("SO", one["id"], "released", {"items": one["items"]}) for one in released])
    return {
        "units": -sum(row.quantity for row in moved), "released": plainly(released),
        "given_again": plainly(again),
    }  # fmt: skip


def plainly(sales: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sales without their items, for a result."""
    return [{key: one[key] for key in ("id", "number", "units")} for one in sales]
