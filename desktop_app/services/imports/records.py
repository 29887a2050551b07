"""One row of each template, read but not yet compared with anything.

The attributes after ``line`` are the template's columns in order; a test keeps the two together.
Quantities and money as R1.5 stores them; None or "" where the cell was empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(slots=True)
class Warehouse:
    """A place that holds stock."""

    line: int
    code: str
    name: str
    address: str


@dataclass(slots=True)
class Location:
    """A shelf or bin of a warehouse."""

    line: int
    warehouse: str
    code: str
    kind: str | None


@dataclass(slots=True)
class Customer:
    """Someone we sell to."""

    line: int
    external_id: str
    name: str
    email: str
    phone: str
    address: str
    credit_terms: int | None


@dataclass(slots=True)
class Supplier:
    """Someone we buy from."""

    line: int
    external_id: str
    name: str
    email: str
    phone: str
    address: str
    currency: str
    lead_time_days: int | None


@dataclass(slots=True)
class Product:
    """Something we sell."""

    line: int
    external_id: str
    sku: str
    name: str
    kind: str | None
    category: str
    unit: str
    price: int | None
    tax_rate: int | None
    barcode: str
    pack_barcode: str
    pack_quantity: int | None
    discontinued: int | None


@dataclass(slots=True)
class SupplierTerm:
    """What a supplier asks for a product, from a quantity on."""

    line: int
    supplier: str
    product: str
    from_quantity: int | None
    cost: int | None
    primary: int | None
    supplier_sku: str
    pack_size: int | None
    minimum: int | None
    lead_time_days: int | None


@dataclass(slots=True)
class Sale:
    """The head of a sale."""

    line: int
    external_id: str
    number: int | None
    placed_at: datetime
    customer: str
    channel: str
    warehouse: str
    status: str
    currency: str
    reference: str
    address: str
    delivery_on: date | None
    ship_complete: int | None
    paid: int | None
    invoiced_on: date | None


@dataclass(slots=True)
class SaleRow:
    """A row of a sale; ``shipped`` before the import (an opening fact)."""

    line: int
    external_id: str
    sale: str
    position: int | None
    product: str
    description: str
    warehouse: str
    quantity: int
    price: int | None
    tax_rate: int | None
    shipped: int | None


@dataclass(slots=True)
class PurchaseOrder:
    """The head of a purchase order."""

    line: int
    external_id: str
    number: int | None
    supplier: str
    warehouse: str
    state: str | None
    placed_at: datetime
    expected_on: date | None
    reference: str


@dataclass(slots=True)
class PurchaseRow:
    """A row of a purchase order; ``received`` before the import (an opening fact)."""

    line: int
    external_id: str
    order: str
    position: int | None
    product: str
    quantity: int
    received: int | None
    cost: int | None
    supplier_sku: str
    expected_on: date | None


@dataclass(slots=True)
class Stock:
    """Opening stock of a product in a location."""

    line: int
    warehouse: str
    location: str
    product: str
    quantity: int
    cost: int | None


RECORDS: dict[str, type[Any]] = {
    "warehouses": Warehouse,
    "locations": Location,
    "customers": Customer,
    "suppliers": Supplier,
    "products": Product,
    "supplier_terms": SupplierTerm,
    "sales": Sale,
    "sale_rows": SaleRow,
    "purchase_orders": PurchaseOrder,
    "purchase_order_rows": PurchaseRow,
    "stock": Stock,
}
