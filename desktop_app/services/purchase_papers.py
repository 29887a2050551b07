"""What a purchase order and a goods-in note say on paper (R3.9, R5.1).

``order_papers`` -> ``OrderPaper``s for suppliers; ``goods_in_papers`` -> ``GoodsInPaper``s by which
a clerk puts away. Both take many at once: the number of statements does not depend on them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, func, select

from .lists import total_of
from .store.bulk import ids_in
from .store.tables import (
    company,
    currency,
    customer,
    goods_in,
    goods_in_row,
    location,
    movement,
    person,
    product,
    purchase_order,
    purchase_row,
    sale,
    sale_event,
    sale_row,
    supplier,
    warehouse,
)


@dataclass(frozen=True, slots=True)
class OrderLine:
    """A line for the supplier; ``cost`` and ``ordered`` in ten-thousandths, ``total`` minor."""

    sku: str
    supplier_sku: str
    name: str
    ordered: int
    cost: int
    total: int
    expected_on: date | None


@dataclass(frozen=True, slots=True)
class OrderPaper:
    """A purchase order as its supplier reads it."""

    po_id: int
    number: int
    company: str
    supplier: str
    supplier_address: str
    email: str
    state: str
    ordered_at: datetime
    expected_on: date | None
    drop_ship: bool
    deliver_to: str
    """The warehouse, or the customer of a drop-ship (R4.3)."""
    address: str
    reference: str
    currency: str
    currency_digits: int
    total: int
    lines: tuple[OrderLine, ...]


@dataclass(frozen=True, slots=True)
class ForSale:
    """Units of a goods-in row that its receipt allocated to a sale."""

    number: int
    customer: str
    units: int


@dataclass(frozen=True, slots=True)
class PutAwayLine:
    """Units of a product received into a place, in ten-thousandths."""

    place: str
    sku: str
    name: str
    units: int
    for_sales: tuple[ForSale, ...]
    """Oldest sale first (R5.5)."""
    quarantined: bool = False
    reason: str = ""
    """Why they are damaged (RCV-07)."""

    @property
    def free(self) -> int:
        """Units that no sale was given: they go on the shelf. None of those in quarantine."""
        return 0 if self.quarantined else self.units - sum(one.units for one in self.for_sales)


@dataclass(frozen=True, slots=True)
class GoodsInPaper:
    """A goods-in note as a clerk reads it. ``taken_back``: how many rows were undone (R5.10)."""

    note_id: int
    number: int
    company: str
    po_number: int
    supplier: str
    warehouse: str
    at: datetime
    person: str
    reference: str
    lines: tuple[PutAwayLine, ...]
    taken_back: int

    @property
    def units(self) -> int:
        """Received and not taken back."""
        return sum(line.units for line in self.lines)


def order_papers(db: Connection, po_ids: Iterable[int]) -> tuple[OrderPaper, ...]:
    """What purchase orders say on paper, in order of number; those that are gone are left out."""
    wanted = ids_in(db, po_ids)
    o, r = purchase_order.c, purchase_row.c
    lines: dict[int, list[OrderLine]] = defaultdict(list)
    for row in db.execute(
        select(
            r.po_id, product.c.sku, r.supplier_sku, product.c.name, r.ordered, r.cost, r.total,
            func.coalesce(r.expected_on, o.expected_on).label("expected_on"),
        )
        .join(purchase_order, o.id == r.po_id)
        .join(product, product.c.id == r.product_id)
        .where(r.po_id.in_(wanted))
        .order_by(r.position)
    ):  # fmt: skip
        lines[row.po_id].append(OrderLine(*row[1:]))
    heads = db.execute(
        select(
            o.id, o.number, o.state, o.created_at, o.expected_on, o.drop_ship, o.address,
            o.reference, o.currency, o.total, currency.c.digits, supplier.c.name,
            supplier.c.address.label("supplier_address"), supplier.c.email,
            warehouse.c.name.label("warehouse"), warehouse.c.address.label("warehouse_address"),
            customer.c.name.label("customer"),
        )
        .join(supplier, supplier.c.id == o.supplier_id)
        .join(currency, currency.c.code == o.currency)
        .outerjoin(warehouse, warehouse.c.id == o.warehouse_id)
        .outerjoin(sale, sale.c.id == o.sale_id)
        .outerjoin(customer, customer.c.id == sale.c.customer_id)
        .where(o.id.in_(wanted))
        .order_by(o.number)
    )  # fmt: skip
    name = _company(db)
    return tuple(
        OrderPaper(
            head.id, head.number, name, head.name, head.supplier_address, head.email, head.state,
            head.created_at, head.expected_on, bool(head.drop_ship),
            (head.customer if head.drop_ship else head.warehouse) or "",
            (head.address if head.drop_ship else head.warehouse_address) or "", head.reference,
            head.currency, head.digits, head.total, tuple(lines[head.id]),
        )
        for head in heads
    )  # fmt: skip


def goods_in_papers(db: Connection, note_ids: Iterable[int]) -> tuple[GoodsInPaper, ...]:
    """What goods-in notes say on paper, in order of number: rows by place and item."""
    wanted = ids_in(db, note_ids)
    n, g = goods_in.c, goods_in_row.c
    given = _given(db, wanted)
    lines: dict[int, list[PutAwayLine]] = defaultdict(list)
    taken_back: dict[int, int] = defaultdict(int)
    for row in db.execute(
        select(
            g.id, g.goods_in_id, location.c.code, product.c.sku, product.c.name, g.quantity,
            g.undone_by, location.c.kind, movement.c.reason,
        )
        .join(location, location.c.id == g.location_id)
        .join(product, product.c.id == g.product_id)
        .outerjoin(
            movement, and_(movement.c.goods_in_row_id == g.id, movement.c.reverses.is_(None))
        )
        .where(g.goods_in_id.in_(wanted))
        .order_by(location.c.code, product.c.sku, g.id)
    ):  # fmt: skip
        if row.undone_by is None:
            made = PutAwayLine(
                row.code, row.sku, row.name, row.quantity, tuple(given[row.id]),
                row.kind == "quarantine", row.reason or "",
            )  # fmt: skip
            lines[row.goods_in_id].append(made)
        else:
            taken_back[row.goods_in_id] += 1
    heads = db.execute(
        select(
            n.id, n.number, purchase_order.c.number.label("po_number"),
            supplier.c.name.label("supplier"), warehouse.c.name.label("warehouse"), n.at,
            person.c.name.label("person"), n.reference,
        )
        .join(purchase_order, purchase_order.c.id == n.po_id)
        .join(supplier, supplier.c.id == purchase_order.c.supplier_id)
        .join(warehouse, warehouse.c.id == n.warehouse_id)
        .join(person, person.c.id == n.person_id)
        .where(n.id.in_(wanted))
        .order_by(n.number)
    )  # fmt: skip
    name = _company(db)
    return tuple(
        GoodsInPaper(
            head.id, head.number, name, head.po_number, head.supplier, head.warehouse, head.at,
            head.person, head.reference or "", tuple(lines[head.id]), taken_back[head.id],
        )
        for head in heads
    )  # fmt: skip


def _given(db: Connection, note_ids: Any) -> dict[int, list[ForSale]]:
    """What the receipt itself allocated, by goods-in row; what was moved since is not of the note."""
    g, units = goods_in_row.c, total_of(sale_event.c.d_reserved)
    given: dict[int, list[ForSale]] = defaultdict(list)
    for row in db.execute(
        select(g.id, sale.c.number, customer.c.name, units)
        .join(sale_event, sale_event.c.goods_in_row_id == g.id)
        .join(sale_row, sale_row.c.id == sale_event.c.sale_row_id)
        .join(sale, sale.c.id == sale_row.c.sale_id)
        .join(customer, customer.c.id == sale.c.customer_id)
        .where(g.goods_in_id.in_(note_ids), g.undone_by.is_(None))
        .group_by(g.id, sale.c.id, sale.c.number, sale.c.placed_at, customer.c.name)
        .having(units > 0)
        .order_by(sale.c.placed_at, sale.c.number)
    ):
        given[row[0]].append(ForSale(*row[1:]))
    return given


def _company(db: Connection) -> str:
    return db.execute(select(company.c.name)).scalar_one_or_none() or ""
