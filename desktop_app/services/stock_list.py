"""Stock (ux 3.8): per product, and per product and warehouse; figures of R1.1.

``STOCK``: the ``Listing`` of ``StockLine`` by ``StockFilter``; ``of_products(db, ids)``: the lines
per warehouse; ``movements``, ``holding``, ``coming`` and ``wanting`` (db, product_id,
warehouse_id or None): what a figure consists of (INV-01). Sorts: sku, name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from .lists import Among, Key, Sort


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
    key: Key = ()

    @property
    def on_hand(self) -> int:
        """In stock - allocated - quarantined (R1.1)."""
        return self.in_stock - self.allocated - self.quarantined

    @property
    def free_after(self) -> int:
        """On hand + on order - wanted; below 0: not enough is coming."""
        return self.on_hand + self.on_order - self.wanted


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


BY_SKU: Sort = ("sku", False)
