"""Giving units that arrived otherwise than by a delivery to the sales that wait (R5.4 to R5.8).

For transfers and corrections. The one rule decides; the locks of the stock levels are held.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from . import settings
from .backend import Again, Work
from .books import Reservation, pegged_orders, refresh_sales, reserve, revive_pegs, shrink_pegs
from .changes import Topic
from .errors import Rejected
from .receipt_plan import waiting_rows
from .rules.allocation import Allocation, Waiting, oldest_first
from .store.bulk import ids_in, is_postgres
from .store.tables import customer, peg, product, sale, sale_row


@dataclass(frozen=True, slots=True)
class Serving:
    """Who would get what of units that arrive in a warehouse."""

    warehouse_id: int
    waiting: tuple[Waiting, ...]
    allocation: Allocation

    @property
    def sale_ids(self) -> set[int]:
        """Sales that get something, or are asked whether they can be made complete."""
        return {row.sale_id for row in self.waiting}


@dataclass(frozen=True, slots=True)
class Served:
    """A waiting row that gets ``units`` of ``needed``, oldest sale first."""

    sale_id: int
    number: int
    placed_at: datetime
    customer: str
    product_id: int
    sku: str
    needed: int
    units: int


def usual_choice(db: Connection, warehouse_id: int) -> bool:
    """Whether goods that arrive there are allocated to sales unless told otherwise (R5.4)."""
    return bool(settings.value(db, settings.ALLOCATE, warehouse_id))


def plan_serving(db: Connection, warehouse_id: int, arrived: Mapping[int, int]) -> Serving:
    """Share units (product to ten-thousandths) among the rows that wait there (R5.5, R5.6)."""
    coming = {key: units for key, units in arrived.items() if units > 0}
    if not coming:
        return Serving(warehouse_id, (), oldest_first((), {}))
    waiting, elsewhere = waiting_rows(db, warehouse_id, coming, (), settings.SERVED_ANY)
    shared = oldest_first(waiting, coming, short_elsewhere=elsewhere)
    return Serving(warehouse_id, tuple(waiting), shared)


def serving_preview(
    db: Connection, warehouse_id: int, arrived: Mapping[int, int]
) -> tuple[Served, ...]:
    """Those who would get something, in their order."""
    made = plan_serving(db, warehouse_id, arrived)
    rows = {row.row_id: row for row in made.waiting}
    given = {one.row_id: one.units for one in made.allocation.given}
    names = {
        row.id: row
        for row in db.execute(
            select(sale_row.c.id, customer.c.name, product.c.sku)
            .join(sale, sale.c.id == sale_row.c.sale_id)
            .join(customer, customer.c.id == sale.c.customer_id)
            .join(product, product.c.id == sale_row.c.product_id)
            .where(sale_row.c.id.in_(ids_in(db, given)))
        )
    }
    return tuple(
        Served(
            rows[key].sale_id, rows[key].sale_number, rows[key].placed_at, names[key].name,
            rows[key].product_id, names[key].sku, rows[key].needed, units,
        )
        for key, units in given.items()
    )  # fmt: skip


def lock_serving(
    work: Work, warehouse_id: int, arrived: Mapping[int, int], also: Iterable[int] = ()
) -> Serving:
    """Lock the sales that may be served, those in ``also`` and their orders; plan again under them."""
    made = plan_serving(work.db, warehouse_id, arrived)
    sales = made.sale_ids | set(also)
    work.locks.take_sales(sales)
    if is_postgres(work.db):
        work.locks.take_purchases(pegged_orders(work.db, sales))
        made = plan_serving(work.db, warehouse_id, arrived)
        if not made.sale_ids <= work.locks.sales:
            raise Again
    return made


def serve(work: Work, made: Serving) -> dict[str, Any]:
    """Reserve what was planned. Notes are the caller's.

    Returns ``{"sales": [{id, number, units, items: [{sku, units}]}], "rows": [[row, units]],
    "pegs": {peg: units}}``; the last two are what ``take_back`` needs.
    """
    given = made.allocation.given
    reserve(
        work,
        [
            Reservation(one.row_id, one.sale_id, made.warehouse_id, one.product_id, one.units)
            for one in given
        ],
    )
    refresh_sales(work, {one.sale_id for one in given})
    ended = shrink_pegs(work, sale_rows={one.row_id for one in given})
    numbers = {row.sale_id: row.sale_number for row in made.waiting}
    rows = [(one.sale_id, numbers[one.sale_id], one.product_id, one.units) for one in given]
    return {
        "sales": by_sale(work.db, rows),
        "rows": [[one.row_id, one.units] for one in given],
        "pegs": {str(key): units for key, units in ended.items()},
    }


def take_back(work: Work, given: Sequence[Sequence[int]], pegs: Mapping[str, int]) -> list[Any]:
    """Release what ``serve`` gave; the sales and their orders are locked.

    Returns the sales as ``by_sale``. Raises Rejected("served_in_use", [sale numbers]) where units
    are reserved no longer.
    """
    units = {row[0]: row[1] for row in given}
    rows = rows_with_sale(work.db, units)
    if gone := sorted({row.number for row in rows if row.reserved < units[row.id]}):
        raise Rejected("served_in_use", gone)
    back = [
        Reservation(row.id, row.sale_id, row.warehouse_id, row.product_id, -units[row.id])
        for row in rows
    ]
    reserve(work, back)
    refresh_sales(work, {one.sale_id for one in back})
    wanted = {int(key): part for key, part in pegs.items()}
    room = {
        row.id: min(wanted[row.id], row.quantity - row.live)
        for row in work.db.execute(select(peg).where(peg.c.id.in_(ids_in(work.db, wanted))))
    }
    revive_pegs(work, {key: part for key, part in room.items() if part > 0})
    work.touched(Topic.STOCK, {one.product_id for one in back})
    return by_sale(
        work.db, [(row.sale_id, row.number, row.product_id, units[row.id]) for row in rows]
    )


def rows_with_sale(db: Connection, row_ids: Iterable[int]) -> list[Any]:
    """Sale rows with ``number`` and ``waits`` of their sale."""
    return list(
        db.execute(
            select(sale_row, sale.c.number, sale.c.waits)
            .join(sale, sale.c.id == sale_row.c.sale_id)
            .where(sale_row.c.id.in_(ids_in(db, row_ids)))
            .order_by(sale_row.c.id)
        )
    )


def by_sale(db: Connection, rows: Iterable[tuple[int, int, int, int]]) -> list[dict[str, Any]]:
    """(sale, number, product, units) rows as ``[{id, number, units, items: [{sku, units}]}]``."""
    rows = list(rows)
    skus = {
        row.id: row.sku
        for row in db.execute(
            select(product.c.id, product.c.sku).where(
                product.c.id.in_(ids_in(db, {row[2] for row in rows}))
            )
        )
    }
    items: dict[tuple[int, int], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for sale_id, number, product_id, units in rows:
        items[sale_id, number][skus[product_id]] += units
    return [
        {
            "id": sale_id, "number": number, "units": sum(mine.values()),
            "items": [{"sku": sku, "units": units} for sku, units in mine.items()],
        }
        for (sale_id, number), mine in items.items()
    ]  # fmt: skip
