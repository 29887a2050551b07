"""Clone a sale to a purchase order, for delivery to a warehouse (rules section 4)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import Connection

from .access import Permission
from .backend import Work, command


@dataclass(frozen=True, slots=True)
class CloneTerms:
    """A supplier's terms for a row at its offered quantity; ``cost`` None: price needed."""

    supplier_id: int
    cost: int | None
    supplier_sku: str
    is_primary: bool
    breaks: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class CloneSupplier:
    """A supplier to choose: the one that supplies most of the offered rows first (CLN-02)."""

    id: int
    name: str
    currency: str
    digits: int
    lead_time_days: int
    supplies: int
    active: bool


@dataclass(frozen=True, slots=True)
class CloneRow:
    """A row of the sale. ``offered``: still needed and not pegged (R4.2).

    ``reason`` why it cannot be ordered: "text" | "bundle" | None; services and non-stock rows
    can be, but are offered 0.
    """

    sale_row_id: int
    position: int
    product_id: int | None
    sku: str
    name: str
    kind: str
    whole_units: bool
    warehouse_id: int
    ordered: int
    allocated: int
    shipped: int
    on_order: int
    offered: int
    reason: str | None
    terms: tuple[CloneTerms, ...]


@dataclass(frozen=True, slots=True)
class ClonePreview:
    """What the clone dialog shows of one sale."""

    sale_id: int
    number: int
    customer: str
    warehouse_id: int
    status_id: int
    rows: tuple[CloneRow, ...]
    suppliers: tuple[CloneSupplier, ...]


@dataclass(frozen=True, slots=True)
class CloneRequest:
    """One purchase order for rows of one sale. ``costs``: unit costs of rows without terms."""

    sale_id: int
    supplier_id: int
    warehouse_id: int
    quantities: Mapping[int, int]
    costs: Mapping[int, int] = field(default_factory=dict)
    sales_status_id: int | None = None
    po_state: Literal["draft", "sent"] = "draft"
    po_status_id: int | None = None
    reference: str = ""
    cross_notes: bool = True


def clone_preview(db: Connection, sale_id: int) -> ClonePreview:
    """The rows of a sale with what may be ordered for each (R4.2)."""
    raise NotImplementedError


@command("Clone to purchase order", Permission.PLACE_PURCHASES)
def clone_to_purchase_order(
    work: Work, request: CloneRequest, confirmed: Collection[str] = ()
) -> dict[str, Any]:
    """Make the purchase order. Returns {id, number, supplier, lines, units, total, currency,
    digits, expected_on (ISO), sales_changed}.

    Raises Rejected("confirm:more_than_needed", items=sale row ids) unless confirmed,
    Rejected("price_needed", items=...), and others that name the rows.
    """
    raise NotImplementedError


__all__ = [
    "ClonePreview",
    "CloneRequest",
    "CloneRow",
    "CloneSupplier",
    "CloneTerms",
    "clone_preview",
    "clone_to_purchase_order",
]
