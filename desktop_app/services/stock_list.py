"""Stock (ux 3.8): per product, and per product and warehouse; figures of R1.1.

``STOCK``: the ``Listing`` of ``StockLine`` by ``StockFilter``; ``of_products(db, ids)``: the lines
per warehouse. Sorts: sku, name. What a figure consists of (INV-01) is in ``stock_details``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select, text

from .books import OPEN_STATES
from .lists import Among, Key, Listing, Sort, Sorting, by, folded, has_word, total_of
from .sales_filter import WAITING_ROW, expected
from .store.bulk import ids_in
from .store.tables import (
    offer,
    product,
    purchase_order,
    purchase_row,
    sale,
    sale_row,
    stock_level,
    transfer,
    transfer_row,
    warehouse,
)


@dataclass(frozen=True, slots=True)
class StockFilter:
    """All conditions must hold. With ``warehouse_id`` every figure is of that warehouse."""

    text: str = ""
    warehouse_id: int | None = None
    short_only: bool = False
    """More wanted than is on hand and on order: *free after* is below 0."""
    supplier: Among | None = None
    with_stock: bool = False
    """Leave out products that have no figure at all."""


@dataclass(frozen=True, slots=True)
class StockLine:
    """Units of a product, in ten-thousandths. ``id`` is the product's."""

    id: int
    sku: str
    name: str
    warehouse_id: int | None
    """None: all warehouses together."""
    warehouse: str
    in_stock: int
    allocated: int
    quarantined: int
    on_order: int
    """Outstanding on open purchase orders; drop-ship orders never count."""
    wanted: int
    """What waiting sales still need."""
    next_in: date | None
    in_transit: int = 0
    """On the way here from another warehouse (R8.1)."""
    key: Key = ()

    @property
    def on_hand(self) -> int:
        """In stock - allocated - quarantined (R1.1)."""
        return self.in_stock - self.allocated - self.quarantined

    @property
    def free_after(self) -> int:
        """On hand + on order - wanted; below 0: not enough is coming."""
        return self.on_hand + self.on_order - self.wanted


BY_SKU: Sort = ("sku", False)


OPEN_ROW = and_(
    purchase_order.c.state.in_(OPEN_STATES),
    purchase_order.c.drop_ship == 0,
    purchase_row.c.ordered > purchase_row.c.received,
)
"""Rows on order: of open purchase orders, never of drop-ship ones (R1.1)."""

OUTSTANDING: Any = text("purchase_row.ordered > purchase_row.received")
"""As the partial index says it, word for word."""


def _levels(warehouse_id: int | None) -> Select[Any]:
    level = stock_level.c
    return _here(
        select(
            level.product_id,
            level.warehouse_id,
            total_of(level.in_stock).label("in_stock"),
            total_of(level.allocated).label("allocated"),
            total_of(level.quarantined).label("quarantined"),
        ).group_by(level.product_id, level.warehouse_id),
        level.warehouse_id,
        warehouse_id,
    )


def _on_order(warehouse_id: int | None) -> Select[Any]:
    row, order = purchase_row.c, purchase_order.c
    return _here(
        select(
            row.product_id,
            order.warehouse_id,
            total_of(row.ordered - row.received).label("on_order"),
            func.min(expected).label("next_in"),
        )
        .join(purchase_order, order.id == row.po_id)
        .where(OPEN_ROW)
        .group_by(row.product_id, order.warehouse_id),
        order.warehouse_id,
        warehouse_id,
    )


ON_THE_WAY = and_(
    transfer.c.state == "sent",
    transfer_row.c.quantity > transfer_row.c.received + transfer_row.c.lost,
)
"""Rows of transfers that left one warehouse and have not arrived at the other (R1.1)."""


def _in_transit(warehouse_id: int | None) -> Select[Any]:
    row = transfer_row.c
    return _here(
        select(
            row.product_id,
            transfer.c.to_id.label("warehouse_id"),
            total_of(row.quantity - row.received - row.lost).label("in_transit"),
        )
        .join(transfer, transfer.c.id == row.transfer_id)
        .where(ON_THE_WAY)
        .group_by(row.product_id, transfer.c.to_id),
        transfer.c.to_id,
        warehouse_id,
    )


def _wanted(warehouse_id: int | None) -> Select[Any]:
    row = sale_row.c
    return _here(
        select(
            row.product_id,
            row.warehouse_id,
            total_of(row.ordered - row.reserved - row.fulfilled).label("wanted"),
        )
        .join(sale, sale.c.id == row.sale_id)
        .where(WAITING_ROW, sale.c.waits == 1)
        .group_by(row.product_id, row.warehouse_id),
        row.warehouse_id,
        warehouse_id,
    )


def _here(query: Select[Any], column: ColumnElement[Any], warehouse_id: int | None) -> Select[Any]:
    return query if warehouse_id is None else query.where(column == warehouse_id)


def conditions(_db: Connection, where: StockFilter) -> list[ColumnElement[bool]]:
    """All of it as SQL. Products that are not stock-tracked have no stock."""
    found: list[ColumnElement[bool]] = [product.c.kind == "stock"]
    for word in folded(where.text).split():
        found.append(has_word(word, product.c.sku, product.c.name))
    if where.supplier is not None:
        offered = select(offer.c.product_id).where(offer.c.supplier_id.in_(where.supplier.values))
        inside = product.c.id.in_(offered)
        found.append(~inside if where.supplier.out else inside)
    if where.short_only:
        found.append(product.c.id.in_(_short(where.warehouse_id)))
    if where.with_stock:
        sources = (_levels, _on_order, _wanted, _in_transit)
        some = [make(where.warehouse_id).subquery() for make in sources]
        found.append(or_(*(product.c.id.in_(select(one.c.product_id)) for one in some)))
    return found


def _short(warehouse_id: int | None) -> Select[Any]:
    """Products whose *free after* is below 0; the two others are asked for the few wanted ones."""
    row, level, order = sale_row.c, stock_level.c, purchase_order.c
    wanted = _here(
        select(row.product_id, total_of(row.ordered - row.reserved - row.fulfilled).label("units"))
        .join(sale, sale.c.id == row.sale_id)
        .where(WAITING_ROW, sale.c.waits == 1)
        .group_by(row.product_id),
        row.warehouse_id,
        warehouse_id,
    ).subquery()
    on_hand = _here(
        select(total_of(level.in_stock - level.allocated - level.quarantined)).where(
            level.product_id == wanted.c.product_id
        ),
        level.warehouse_id,
        warehouse_id,
    )
    coming = _here(
        select(total_of(purchase_row.c.ordered - purchase_row.c.received))
        .join(purchase_order, order.id == purchase_row.c.po_id)
        .where(OPEN_ROW, OUTSTANDING, purchase_row.c.product_id == wanted.c.product_id),
        order.warehouse_id,
        warehouse_id,
    )
    there = on_hand.scalar_subquery() + coming.scalar_subquery()
    return select(wanted.c.product_id).where(wanted.c.units > there)


_SORTINGS: dict[str, Sorting] = {
    "sku": (by(product.c.sku, product.c.id),),
    "name": (by(product.c.name, product.c.id),),
}


def of_products(
    db: Connection, ids: Collection[int], warehouse_id: int | None = None
) -> dict[int, list[StockLine]]:
    """Per product the lines of its warehouses, by name; only those with any figure."""
    found: dict[tuple[int, int], dict[str, Any]] = defaultdict(dict)
    for make, column, kinds in (
        (_levels, stock_level.c.product_id, ("in_stock", "allocated", "quarantined")),
        (_on_order, purchase_row.c.product_id, ("on_order", "next_in")),
        (_wanted, sale_row.c.product_id, ("wanted",)),
        (_in_transit, transfer_row.c.product_id, ("in_transit",)),
    ):
        for row in db.execute(make(warehouse_id).where(column.in_(ids_in(db, ids)))).all():
            found[row[0], row[1]].update(zip(kinds, row[2:], strict=True))
    places = {one[0]: one[1] for one in db.execute(select(warehouse.c.id, warehouse.c.name))}
    goods = db.execute(
        select(product.c.id, product.c.sku, product.c.name).where(product.c.id.in_(ids_in(db, ids)))
    )
    names = {one[0]: one for one in goods.all()}
    lines: dict[int, list[StockLine]] = {key: [] for key in names}
    for (product_id, place), values in found.items():
        if product_id in names and any(values.values()):
            number, sku, name = names[product_id]
            figures = {**_NOTHING, **values}
            lines[number].append(StockLine(number, sku, name, place, places[place], **figures))
    for mine in lines.values():
        mine.sort(key=lambda line: (line.warehouse, line.warehouse_id))
    return lines


_NOTHING: dict[str, Any] = {
    "in_stock": 0, "allocated": 0, "quarantined": 0, "on_order": 0, "wanted": 0, "next_in": None,
}  # fmt: skip


def _summed(
    names: Any, lines: Sequence[StockLine], warehouse_id: int | None, key: Key
) -> StockLine:
    days = [line.next_in for line in lines if line.next_in is not None]
    place = lines[0] if warehouse_id is not None and lines else None
    number, sku, name = names
    return StockLine(
        id=number,
        sku=sku,
        name=name,
        warehouse_id=None if place is None else place.warehouse_id,
        warehouse="" if place is None else place.warehouse,
        in_stock=sum(line.in_stock for line in lines),
        allocated=sum(line.allocated for line in lines),
        quarantined=sum(line.quarantined for line in lines),
        on_order=sum(line.on_order for line in lines),
        wanted=sum(line.wanted for line in lines),
        next_in=min(days, default=None),
        in_transit=sum(line.in_transit for line in lines),
        key=key,
    )


def _lines(db: Connection, ids: Mapping[int, Key], warehouse_id: int | None) -> Iterator[StockLine]:
    goods = db.execute(
        select(product.c.id, product.c.sku, product.c.name).where(product.c.id.in_(ids_in(db, ids)))
    ).all()
    of = of_products(db, ids.keys(), warehouse_id)
    for names in goods:
        yield _summed(names, of[names[0]], warehouse_id, ids[names[0]])


def stock_of(warehouse_id: int | None = None) -> Listing[StockFilter, StockLine]:
    """The list with the figures of one warehouse, or of all together.

    Give the same warehouse in the filter, so that *short only* looks at it too.
    """
    return Listing(
        product,
        _SORTINGS,
        BY_SKU,
        conditions,
        lambda db, ids: _lines(db, ids, warehouse_id),
    )


STOCK = stock_of()
