"""Look-ups that pickers and filters need: products, suppliers, places, statuses, customers.

``products(db, text, limit)``, ``suppliers(db, text, limit)``, ``customers(db, text, limit)``: best
first; ``warehouses(db)``, ``locations(db, warehouse_id)``, ``statuses(db, "SO" | "PO")``,
``channels(db)``, ``base_currency(db)``.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProductChoice:
    """A product as a picker shows it; ``price`` in ten-thousandths, ``on_hand`` over all places."""

    id: int
    sku: str
    name: str
    kind: str
    price: int
    on_hand: int
    discontinued: bool


@dataclass(frozen=True, slots=True)
class SupplierChoice:
    """A supplier as a picker shows it."""

    id: int
    number: int
    name: str
    currency: str
    lead_time_days: int
    active: bool
    offers: int
    """How many products it offers."""


@dataclass(frozen=True, slots=True)
class WarehouseChoice:
    """A warehouse."""

    id: int
    code: str
    name: str
    active: bool


@dataclass(frozen=True, slots=True)
class LocationChoice:
    """A place in a warehouse."""

    id: int
    warehouse_id: int
    code: str
    kind: str
    is_default: bool


@dataclass(frozen=True, slots=True)
class StatusChoice:
    """A user-defined order status (R2.5)."""

    id: int
    name: str
    colour: str
    is_quote: bool
    is_cancelled: bool
    is_on_hold: bool
    is_closed: bool


@dataclass(frozen=True, slots=True)
class ChannelChoice:
    """A channel (CHN-01, IA-04)."""

    id: int
    code: str
    name: str
    kind: str
    warehouse_id: int | None
    automatic_invoicing: bool


@dataclass(frozen=True, slots=True)
class CustomerChoice:
    """A customer."""

    id: int
    name: str
    email: str
    has_credit_terms: bool
