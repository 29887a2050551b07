"""What the figures of a product consist of (ux INV-01): movements, holders, orders, waiters.

Each takes (db, product_id, warehouse_id or None for all).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, or_, select

from .lists import total_of
from .sales_filter import WAITING_ROW, expected
from .stock_list import ON_THE_WAY, OPEN_ROW
from .store.tables import (
    customer,
    goods_in,
    goods_in_row,
    goods_out,
    goods_out_row,
    journal,
    location,
    movement,
    peg,
    person,
    purchase_order,
    purchase_row,
    sale,
    sale_row,
    supplier,
    transfer,
    transfer_movement,
    transfer_row,
    warehouse,
)

MOVEMENTS_MAX = 500
"""So many of the newest movements are told."""


@dataclass(frozen=True, slots=True)
class MovementLine:
    """One entry of the stock ledger (R1.2); ``cost`` per unit in base currency."""

    id: int
    at: datetime
    kind: str
    warehouse: str
    location: str
    quantity: int
    cost: int | None
    person: str
    reason: str
    po_id: int | None
    po_number: int | None
    goods_in_number: int | None
    sale_id: int | None
    sale_number: int | None
    reverses: int | None
    transfer_id: int | None = None
    transfer_number: int | None = None


@dataclass(frozen=True, slots=True)
class ArrivingLine:
    """A transfer that brings the product, and has not arrived whole."""

    transfer_id: int
    number: int
    source: str
    warehouse: str
    units: int
    """On the way."""
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class HoldingLine:
    """A sale row that holds stock: reserved, or on a goods-out note that has not shipped."""

    sale_id: int
    sale_number: int
    placed_at: datetime
    customer: str
    warehouse: str
    reserved: int
    on_notes: int


@dataclass(frozen=True, slots=True)
class ComingLine:
    """An open purchase order row of the product."""

    po_id: int
    po_number: int
    supplier: str
    state: str
    warehouse: str
    outstanding: int
    pegged: int
    """Of them promised to sales."""
    expected_on: date | None


@dataclass(frozen=True, slots=True)
class WantingLine:
    """A sale row that waits for the product, oldest first (R5.5)."""

    sale_id: int
    sale_number: int
    placed_at: datetime
    customer: str
    warehouse: str
    needed: int
    pegged: int


def movements(
    db: Connection, product_id: int, warehouse_id: int | None, most: int = MOVEMENTS_MAX
) -> list[MovementLine]:
    """The newest movements first; *in stock* is the sum of them all."""
    query = (
        select(
            movement.c.id, movement.c.at, movement.c.kind, warehouse.c.name.label("warehouse"),
            location.c.code.label("location"), movement.c.quantity, movement.c.cost,
            person.c.name.label("person"), movement.c.reason,
            purchase_order.c.id.label("po_id"), purchase_order.c.number.label("po_number"),
            goods_in.c.number.label("goods_in_number"), sale.c.id.label("sale_id"),
            sale.c.number.label("sale_number"), movement.c.reverses,
            transfer.c.id.label("transfer_id"), transfer.c.number.label("transfer_number"),
        )
        .join(warehouse, warehouse.c.id == movement.c.warehouse_id)
        .join(location, location.c.id == movement.c.location_id)
        .join(journal, journal.c.id == movement.c.journal_id)
        .join(person, person.c.id == journal.c.person_id)
        .outerjoin(goods_in_row, goods_in_row.c.id == movement.c.goods_in_row_id)
        .outerjoin(goods_in, goods_in.c.id == goods_in_row.c.goods_in_id)
        .outerjoin(purchase_order, purchase_order.c.id == goods_in.c.po_id)
        .outerjoin(goods_out_row, goods_out_row.c.id == movement.c.goods_out_row_id)
        .outerjoin(goods_out, goods_out.c.id == goods_out_row.c.goods_out_id)
        .outerjoin(sale, sale.c.id == goods_out.c.sale_id)
        .outerjoin(transfer_movement, transfer_movement.c.movement_id == movement.c.id)
        .outerjoin(transfer_row, transfer_row.c.id == transfer_movement.c.transfer_row_id)
        .outerjoin(transfer, transfer.c.id == transfer_row.c.transfer_id)
        .where(movement.c.product_id == product_id)
        .order_by(movement.c.id.desc())
        .limit(most)
    )  # fmt: skip
    return [MovementLine(*row) for row in _at(db, query, movement.c.warehouse_id, warehouse_id)]


def holding(db: Connection, product_id: int, warehouse_id: int | None) -> list[HoldingLine]:
    """The sales that *allocated* consists of, oldest first."""
    noted = (
        select(total_of(goods_out_row.c.quantity))
        .join(goods_out, goods_out.c.id == goods_out_row.c.goods_out_id)
        .where(
            goods_out_row.c.sale_row_id == sale_row.c.id,
            goods_out.c.kind == "goods_out",
            goods_out.c.shipped_at.is_(None),
        )
        .scalar_subquery()
    )
    query = (
        select(
            sale.c.id, sale.c.number, sale.c.placed_at, customer.c.name,
            warehouse.c.name.label("warehouse"), sale_row.c.reserved, noted.label("on_notes"),
        )
        .join(sale, sale.c.id == sale_row.c.sale_id)
        .join(customer, customer.c.id == sale.c.customer_id)
        .join(warehouse, warehouse.c.id == sale_row.c.warehouse_id)
        .where(
            sale_row.c.product_id == product_id,
            or_(
                sale_row.c.reserved > 0,
                and_(sale_row.c.fulfilled > sale_row.c.shipped, noted > 0),
            ),
        )
        .order_by(sale.c.placed_at, sale.c.number, sale_row.c.position)
    )  # fmt: skip
    return [HoldingLine(*row) for row in _at(db, query, sale_row.c.warehouse_id, warehouse_id)]


def coming(db: Connection, product_id: int, warehouse_id: int | None) -> list[ComingLine]:
    """The open purchase order rows that *on order* consists of, soonest first."""
    pegged = (
        select(total_of(peg.c.live)).where(peg.c.po_row_id == purchase_row.c.id).scalar_subquery()
    )
    query = (
        select(
            purchase_order.c.id, purchase_order.c.number, supplier.c.name, purchase_order.c.state,
            warehouse.c.name.label("warehouse"),
            (purchase_row.c.ordered - purchase_row.c.received).label("outstanding"),
            pegged.label("pegged"), expected.label("expected_on"),
        )
        .select_from(purchase_row)
        .join(purchase_order, purchase_order.c.id == purchase_row.c.po_id)
        .join(supplier, supplier.c.id == purchase_order.c.supplier_id)
        .join(warehouse, warehouse.c.id == purchase_order.c.warehouse_id)
        .where(purchase_row.c.product_id == product_id, OPEN_ROW)
        .order_by(
            case((expected.is_(None), 1), else_=0), expected, purchase_order.c.number,
            purchase_row.c.position,
        )
    )  # fmt: skip
    return [ComingLine(*row) for row in _at(db, query, purchase_order.c.warehouse_id, warehouse_id)]


def arriving(db: Connection, product_id: int, warehouse_id: int | None) -> list[ArrivingLine]:
    """The transfers that *in transit* consists of, those sent first before the others."""
    source = warehouse.alias("source")
    row = transfer_row.c
    query = (
        select(
            transfer.c.id, transfer.c.number, source.c.name.label("source"), warehouse.c.name,
            (row.quantity - row.received - row.lost).label("units"), transfer.c.sent_at,
        )
        .join(transfer_row, row.transfer_id == transfer.c.id)
        .join(source, source.c.id == transfer.c.from_id)
        .join(warehouse, warehouse.c.id == transfer.c.to_id)
        .where(row.product_id == product_id, ON_THE_WAY)
        .order_by(transfer.c.sent_at, transfer.c.number)
    )  # fmt: skip
    return [ArrivingLine(*line) for line in _at(db, query, transfer.c.to_id, warehouse_id)]


def wanting(db: Connection, product_id: int, warehouse_id: int | None) -> list[WantingLine]:
    """The waiting sale rows that *wanted* consists of, in the order of R5.5."""
    pegged = (
        select(total_of(peg.c.live)).where(peg.c.sale_row_id == sale_row.c.id).scalar_subquery()
    )
    query = (
        select(
            sale.c.id, sale.c.number, sale.c.placed_at, customer.c.name,
            warehouse.c.name.label("warehouse"),
            (sale_row.c.ordered - sale_row.c.reserved - sale_row.c.fulfilled).label("needed"),
            pegged.label("pegged"),
        )
        .select_from(sale_row)
        .join(sale, sale.c.id == sale_row.c.sale_id)
        .join(customer, customer.c.id == sale.c.customer_id)
        .join(warehouse, warehouse.c.id == sale_row.c.warehouse_id)
        .where(sale_row.c.product_id == product_id, WAITING_ROW, sale.c.waits == 1)
        .order_by(sale.c.placed_at, sale.c.number, sale_row.c.position)
    )  # fmt: skip
    return [WantingLine(*row) for row in _at(db, query, sale_row.c.warehouse_id, warehouse_id)]


def _at(
    db: Connection, query: Select[Any], column: ColumnElement[Any], warehouse_id: int | None
) -> list[Any]:
    here = query if warehouse_id is None else query.where(column == warehouse_id)
    return list(db.execute(here))
