"""Opening stock: compared and written as movements of kind ``opening``.

The file says what was opened with, not what is there now: a second import moves the difference,
never the same units again. Nothing is edited in the ledger (R1.2).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update

from ..backend import Work
from ..changes import Topic
from ..store.bulk import insert_many, next_ids, rows_of
from ..store.kinds import BigInt
from ..store.tables import movement, stock_level
from . import records
from .fields import Pointed
from .goods import Products
from .parties import Warehouses
from .report import Code
from .scope import Entity, Place, Scope, matching


@dataclass(slots=True)
class Opening:
    """Units to add to (or take from) what was opened with."""

    warehouse: Entity
    place: Place
    product: Entity
    units: int
    cost: int | None


class Stock:
    """The rows of the stock file beside the openings in the ledger."""

    def __init__(self, scope: Scope, places: Warehouses, products: Products) -> None:
        self.scope, self.places, self.products = scope, places, products
        self.openings: list[Opening] = []
        self.units = 0
        self.rows: list[tuple[records.Stock, Entity, Place, Entity]] = []
        self._find()

    def _find(self) -> None:
        scope = self.scope
        seen: dict[tuple[Entity, Place, Entity], records.Stock] = {}
        for record in scope.source.of("stock"):
            where = self.places.find("stock", record)
            what = self.products.find("stock", record)
            place = self._place(record, where) if where is not None else None
            if where is None or what is None or place is None:
                continue
            first = seen.setdefault((where, place, what), record)
            if first is not record:
                scope.blame(
                    "stock", "product", Code.ID_TWICE, record.line, record.product,
                    first=first.line, same=first.quantity == record.quantity,
                )  # fmt: skip
            elif what.kind != "stock":
                scope.blame(
                    "stock",
                    "product",
                    Code.NOT_STOCKED,
                    record.line,
                    record.product,
                    kind=what.kind,
                )
            elif isinstance(record.quantity, Pointed):
                scope.blame("stock", "quantity", Code.NOT_WHOLE, record.line)
            else:
                self.rows.append((record, where, place, what))

    def _place(self, record: records.Stock, where: Entity) -> Place | None:
        if not record.location:
            return where.location
        found = where.places.get(record.location)
        if found is None:
            near = next((c for c in where.places if c.casefold() == record.location.casefold()), "")
            self.scope.unknown(
                "stock", "location", record.line, record.location, "locations", near=near
            )
        return found

    def pairs(self) -> set[tuple[int, int]]:
        """Return the (warehouse, product) pairs that are known, to be locked."""
        return {
            (where.id, what.id)
            for _, where, _, what in self.rows
            if where.id is not None and what.id is not None
        }

    def compare(self) -> None:
        """Sort the rows into new, changed and unchanged openings."""
        db, scope = self.scope.db, self.scope
        ids = {what.id for *_, what in self.rows if what.id is not None}
        column = movement.c
        query = (
            select(column.location_id, column.product_id, func.sum(column.quantity).label("units"))
            .where(column.kind == "opening")
            .group_by(column.location_id, column.product_id)
        )
        before = {
            (row.location_id, row.product_id): int(row.units)
            for row in matching(db, query, column.product_id, ids)
        }
        levels = {
            (row.warehouse_id, row.product_id): [
                row.in_stock - row.allocated - row.quarantined, row.quarantined,
            ]
            for row in matching(db, select(stock_level), stock_level.c.product_id, ids)
        }  # fmt: skip
        for record, where, place, what in self.rows:
            self.units += int(record.quantity)
            opened = before.get((place.id, what.id)) if place.id and what.id else None
            units = int(record.quantity) - (opened or 0)
            if not units:
                scope.count("stock", "unchanged")
                continue
            free = levels.setdefault((where.id, what.id), [0, 0])
            which = int(place.kind == "quarantine")
            if free[which] + units < 0:
                scope.blame(
                    "stock", "quantity", Code.BELOW_PROMISED, record.line, units=free[which]
                )
                continue
            free[which] += units
            self.openings.append(Opening(where, place, what, units, record.cost))
            scope.count("stock", "new" if opened is None else "updated")

    def write(self, work: Work) -> None:
        """Write movements and levels; the pairs that existed are locked."""
        if not self.openings:
            return
        sums: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
        rows = []
        ids = next_ids(work.db, movement, len(self.openings))
        for key, one in zip(ids, self.openings, strict=True):
            assert one.place.id is not None
            rows.append({
                "id": key, "journal_id": work.journal_id, "kind": "opening",
                "warehouse_id": one.warehouse.key, "location_id": one.place.id,
                "product_id": one.product.key, "quantity": one.units, "cost": one.cost,
                "at": work.at,
            })  # fmt: skip
            level = sums[one.warehouse.key, one.product.key]
            level[0] += one.units
            level[1] += one.units if one.place.kind == "quarantine" else 0
        insert_many(work.db, movement, rows)
        fresh = [pair for pair in sorted(sums) if pair not in work.locks.stock]
        insert_many(
            work.db, stock_level,
            [{"warehouse_id": where, "product_id": what} for where, what in fresh],
        )  # fmt: skip
        _add(work, sums)
        work.touched(Topic.STOCK, {product for _, product in sums})


def _add(work: Work, sums: dict[tuple[int, int], Any]) -> None:
    kinds = {"warehouse_id": BigInt, "product_id": BigInt, "stocked": BigInt, "held": BigInt}
    given = rows_of(work.db, kinds, [[*pair, *level] for pair, level in sorted(sums.items())])
    level = stock_level.c
    work.db.execute(
        update(stock_level)
        .values(
            in_stock=level.in_stock + given.c.stocked, quarantined=level.quarantined + given.c.held
        )
        .where(level.warehouse_id == given.c.warehouse_id, level.product_id == given.c.product_id)
    )
