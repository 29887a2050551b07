"""Row locks in one order on PostgreSQL (reliability 3.5). SQLite's writer already holds the file.

Order: journal row (own) -> stock levels by (warehouse, product) -> sales by id -> purchase orders
by id -> counters. Lock first, then read again under the lock; what a window showed is never trusted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import IntEnum
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, select, true, tuple_

from .bulk import ids_in, is_postgres, rows_named, upsert_on
from .kinds import BigInt
from .tables import purchase_order, sale, stock_level


class Rank(IntEnum):
    """The order in which locks may be taken."""

    NOTHING = 0
    STOCK = 1
    SALES = 2
    PURCHASES = 3


class Locks:
    """The locks of one transaction. Going backwards in the order is a bug and raises at once."""

    def __init__(self, db: Connection) -> None:
        self._db = db
        self._rank = Rank.NOTHING
        self.stock: set[tuple[int, int]] = set()
        self.sales: set[int] = set()
        self.purchases: set[int] = set()

    def _step(self, rank: Rank) -> None:
        if rank <= self._rank:
            raise RuntimeError(f"lock order: {rank.name} after {self._rank.name}")
        self._rank = rank

    def take_stock(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Lock the levels of (warehouse id, product id) pairs, making missing rows first."""
        wanted = sorted(set(pairs))
        self._step(Rank.STOCK)
        self.stock.update(wanted)
        if not wanted:
            return
        given = {"given": json.dumps(wanted)}
        self._db.execute(_make_levels(is_postgres(self._db)), given)
        if is_postgres(self._db):
            self._db.execute(_lock_levels(), given)

    def take_sales(self, ids: Iterable[int]) -> None:
        """Lock sales by id; their rows belong to the lock."""
        wanted = set(ids)
        self._step(Rank.SALES)
        self.sales.update(wanted)
        if wanted and is_postgres(self._db):
            self._db.execute(
                select(sale.c.id)
                .where(sale.c.id.in_(ids_in(self._db, wanted)))
                .order_by(sale.c.id)
                .with_for_update(key_share=True)
            )

    def take_purchases(self, ids: Iterable[int]) -> None:
        """Lock purchase orders by id; their rows and pegs belong to the lock."""
        wanted = set(ids)
        self._step(Rank.PURCHASES)
        self.purchases.update(wanted)
        if wanted and is_postgres(self._db):
            self._db.execute(
                select(purchase_order.c.id)
                .where(purchase_order.c.id.in_(ids_in(self._db, wanted)))
                .order_by(purchase_order.c.id)
                .with_for_update(key_share=True)
            )


_PAIR = {"warehouse_id": BigInt, "product_id": BigInt}


@cache
def _make_levels(postgres: bool) -> Any:
    """Insert the levels that are missing. Built once: every command that moves goods locks."""
    given = rows_named(postgres, "given", _PAIR)
    missing = select(given.c.warehouse_id, given.c.product_id).where(true())
    if postgres:
        missing = missing.order_by(*given.c)
    return (
        upsert_on(postgres, stock_level).from_select(list(_PAIR), missing).on_conflict_do_nothing()
    )


@cache
def _lock_levels() -> Select[tuple[int]]:
    given = rows_named(True, "given", _PAIR)
    level = stock_level.c
    return (
        select(level.product_id)
        .where(
            tuple_(level.warehouse_id, level.product_id).in_(
                select(given.c.warehouse_id, given.c.product_id)
            )
        )
        .order_by(level.warehouse_id, level.product_id)
        .with_for_update(key_share=True)
    )
