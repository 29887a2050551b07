"""What the exceptions desk shows before it acts: the plan, with before and after (R7.9, EXC-03)."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from .backend import plain
from .books import known_sales
from .errors import Rejected
from .rules import sale_status
from .rules.exceptions_plan import Chosen, Pair, StockStep, Wrong, make_right, missing
from .rules.sale_status import RowFacts, SaleAxes
from .sales_filter import NOT_SENT
from .store.bulk import ids_in
from .store.kinds import dump_json
from .store.tables import (
    customer,
    order_status,
    product,
    sale,
    sale_row,
    stock_level,
    warehouse,
)

SALES_MAX = 500
"""So many orders are put right at once."""

SOLD = ("now", "ship_later")


@dataclass(frozen=True, slots=True)
class FixRequest:
    """What the person chose. ``hand_over`` False stops before shipping, so that it can be undone."""

    sale_ids: tuple[int, ...]
    chosen: tuple[Chosen, ...] = ()
    hand_over: bool = True
    may_correct: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """A warehouse that could lend: its on hand now."""

    warehouse_id: int
    warehouse: str
    on_hand: int


@dataclass(frozen=True, slots=True)
class Lack:
    """A product that a warehouse lacks for these orders, and how it gets it."""

    warehouse_id: int
    warehouse: str
    product_id: int
    sku: str
    name: str
    needed: int
    on_hand: int
    in_stock: int
    sources: tuple[Source, ...]
    """Where it could come from, most on hand first."""
    steps: tuple[StockStep, ...]
    lacking: int
    """Still missing after the steps."""


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A row before and after; units in ten-thousandths."""

    id: int
    sale_id: int
    sale_number: int
    position: int
    product_id: int
    sku: str
    method: str
    warehouse_id: int
    warehouse: str
    ordered: int
    reserved: int
    fulfilled: int
    shipped: int
    given: int
    """Units it gets now."""
    to_note: int
    """Units that go on a goods-out note now."""
    to_ship: int
    was_wrong: bool


@dataclass(frozen=True, slots=True)
class PlanSale:
    """An order with its statuses before and after."""

    id: int
    number: int
    customer: str
    before: SaleAxes
    after: SaleAxes
    complete: bool
    """No row of it is an exception any more."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be done, in four steps. ``fingerprint`` goes back with the command."""

    sales: tuple[PlanSale, ...]
    rows: tuple[PlanRow, ...]
    lacks: tuple[Lack, ...]
    hand_over: bool
    fingerprint: str

    @property
    def moved(self) -> int:
        """Units that come from other warehouses."""
        return sum(s.units for one in self.lacks for s in one.steps if s.from_id is not None)

    @property
    def corrected(self) -> int:
        """Units that the books gain."""
        return sum(s.units for one in self.lacks for s in one.steps if s.from_id is None)

    @property
    def given(self) -> int:
        """Units allocated."""
        return sum(row.given for row in self.rows)

    @property
    def noted(self) -> int:
        """Units put on goods-out notes."""
        return sum(row.to_note for row in self.rows)

    @property
    def shipped(self) -> int:
        """Units handed over."""
        return sum(row.to_ship for row in self.rows)

    @property
    def does_something(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.moved or self.corrected or self.given or self.noted)

    @property
    def final(self) -> bool:
        """Whether it ships, which cannot be undone (R6.2)."""
        return self.shipped > 0


def preview(db: Connection, request: FixRequest) -> Plan:
    """Work out the plan. Raises Rejected("no_sales_chosen" | "unknown_sales" | "too_many_orders")."""
    if len(request.sale_ids) > SALES_MAX:
        raise Rejected("too_many_orders", most=SALES_MAX)
    known = known_sales(db, request.sale_ids)
    rows = _rows(db, known)
    wrong = [
        Wrong(
            row.id, row.number, row.placed_at, row.position, row.warehouse_id, row.product_id, units
        )
        for row in rows
        if row.waits and (units := _missing(row))
    ]  # fmt: skip
    levels = _levels(db, {one.product_id for one in wrong})
    on_hand = {pair: one.in_stock - one.allocated - one.quarantined for pair, one in levels.items()}
    made = make_right(wrong, on_hand, request.chosen, may_correct=request.may_correct)
    planned = _planned(rows, made.given, {one.row_id for one in wrong}, request.hand_over)
    sales = _sales(rows, planned, wrong)
    lacks = _lacks(rows, wrong, levels, on_hand, made.steps, made.lacking)
    facts = plain([sales, planned, lacks, request.hand_over])
    mark = hashlib.sha256(dump_json(facts).encode()).hexdigest()
    return Plan(tuple(sales), tuple(planned), tuple(lacks), request.hand_over, mark)


def _rows(db: Connection, sale_ids: Sequence[int]) -> list[Any]:
    """Stock rows of the sales, in the order of service."""
    r, s, o = sale_row.c, sale.c, order_status.c
    return list(
        db.execute(
            select(
                r.id, r.sale_id, s.number, s.placed_at, s.waits, r.position, r.product_id,
                r.method, r.warehouse_id, r.ordered, r.reserved, r.fulfilled, r.shipped,
                NOT_SENT.label("not_sent"),
                product.c.sku, product.c.name, warehouse.c.name.label("warehouse"),
                customer.c.name.label("customer"),
            )
            .join(sale, s.id == r.sale_id)
            .join(order_status, o.id == s.status_id)
            .join(customer, customer.c.id == s.customer_id)
            .join(product, product.c.id == r.product_id)
            .join(warehouse, warehouse.c.id == r.warehouse_id)
            .where(r.sale_id.in_(ids_in(db, sale_ids)), r.kind == "stock")
            .order_by(s.placed_at, s.number, r.position)
        ).all()
    )  # fmt: skip


def _missing(row: Any) -> int:
    """R7.9: sold from stock, not fully allocated and not given back."""
    if row.method not in SOLD:
        return 0
    return missing(row.ordered, row.reserved, row.fulfilled, row.not_sent)


def _levels(db: Connection, products: set[int]) -> dict[Pair, Any]:
    level = stock_level.c
    return {
        (row.warehouse_id, row.product_id): row
        for row in db.execute(
            select(stock_level, warehouse.c.name)
            .join(warehouse, warehouse.c.id == level.warehouse_id)
            .where(level.product_id.in_(ids_in(db, products)))
            .order_by(level.warehouse_id, level.product_id)
        )
    }


def _planned(
    rows: Sequence[Any], given: Mapping[int, int], wrong: set[int], hand_over: bool
) -> list[PlanRow]:
    """*Now* rows go together or not at all (R7.4); a *ship later* row goes when it is whole."""
    lacks_now = {
        row.sale_id
        for row in rows
        if row.method == "now" and row.ordered > row.reserved + row.fulfilled + given.get(row.id, 0)
    }
    touched = {row.sale_id for row in rows if row.id in wrong}
    planned = []
    for row in rows:
        gets = given.get(row.id, 0)
        whole = missing(row.ordered, row.reserved + gets, row.fulfilled, row.not_sent) == 0
        goes = row.sale_id in touched and row.waits and whole and (
            (row.method == "now" and row.sale_id not in lacks_now)
            or (row.method == "ship_later" and row.id in wrong)
        )  # fmt: skip
        to_note = row.reserved + gets if goes else 0
        planned.append(
            PlanRow(
                row.id, row.sale_id, row.number, row.position, row.product_id, row.sku, row.method,
                row.warehouse_id, row.warehouse, row.ordered, row.reserved, row.fulfilled,
                row.shipped, gets, to_note, to_note if hand_over and row.method == "now" else 0,
                row.id in wrong,
            )
        )  # fmt: skip
    return planned


def _sales(
    rows: Sequence[Any], planned: Sequence[PlanRow], wrong: Sequence[Wrong]
) -> list[PlanSale]:
    of: dict[int, list[PlanRow]] = defaultdict(list)
    for row in planned:
        of[row.sale_id].append(row)
    names = {row.sale_id: row.customer for row in rows}
    left = {one.row_id: one.needed for one in wrong}
    return [
        PlanSale(
            key, mine[0].sale_number, names[key],
            sale_status.axes(RowFacts(r.ordered, r.reserved, r.fulfilled, r.shipped) for r in mine),
            sale_status.axes(
                RowFacts(
                    r.ordered, r.reserved + r.given - r.to_note, r.fulfilled + r.to_note,
                    r.shipped + r.to_ship,
                )
                for r in mine
            ),
            not any(left.get(r.id, 0) > r.given for r in mine),
        )
        for key, mine in of.items()
    ]  # fmt: skip


def _lacks(
    rows: Sequence[Any],
    wrong: Sequence[Wrong],
    levels: Mapping[Pair, Any],
    on_hand: Mapping[Pair, int],
    steps: Sequence[StockStep],
    lacking: Mapping[Pair, int],
) -> list[Lack]:
    named = {(row.warehouse_id, row.product_id): row for row in rows}
    needed: dict[Pair, int] = defaultdict(int)
    for one in wrong:
        needed[one.warehouse_id, one.product_id] += one.needed
    found = []
    for pair, units in needed.items():
        place, good = pair
        row, level = named[pair], levels.get(pair)
        others = [
            Source(other[0], levels[other].name, on_hand[other])
            for other in levels
            if other[1] == good and other[0] != place and on_hand[other] > 0
        ]
        others.sort(key=lambda one: (-one.on_hand, one.warehouse_id))
        found.append(
            Lack(
                place, row.warehouse, good, row.sku, row.name, units, on_hand.get(pair, 0),
                level.in_stock if level is not None else 0, tuple(others),
                tuple(s for s in steps if (s.warehouse_id, s.product_id) == pair),
                lacking.get(pair, 0),
            )
        )  # fmt: skip
    return found
