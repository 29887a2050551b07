"""What a batch of sales needs bought: options + demand + cover -> lines (R3.1 to R3.9).

Everything is ids and ten-thousandths of a unit; nothing here knows a database or a screen. The
work is done in passes over plain lists, because a batch may hold 50,000 rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from .supplier_choice import Choice, Offer, Supplier, choose, packed, price

Pair = tuple[int, int]
"""(warehouse id, product id)."""


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """The documented choices (R3.1) with the defaults of R3.2, and what is under *More*.

    ``deliver_to`` None: each row's own warehouse. ``po_status_id`` None: as the settings say.
    ``one_order_per_sale`` and ``append_to_drafts`` exclude each other (R3.5).
    """

    quantity: Literal["all", "needed"] = "needed"
    exclude_stock: Literal["on_hand", "in_stock"] | None = "on_hand"
    exclude_purchase_orders: bool = True
    count_promised_deliveries: bool = False
    vendor: Literal["primary", "cheapest", "named"] = "primary"
    supplier_id: int | None = None
    sales_status_id: int | None = None
    status_only_ordered: bool = False
    one_order_per_sale: bool = False
    append_to_drafts: bool = False
    deliver_to: int | None = None
    po_state: Literal["draft", "sent"] = "draft"
    po_status_id: int | None = None
    reference: str = ""
    round_up_to_packs: bool = False
    cross_notes: bool = True
    include_quotes: bool = False
    include_services: bool = False
    include_non_stock: bool = False


@dataclass(frozen=True, slots=True)
class SupplierChoice:
    """A supplier picked for a product; ``keep`` stores it as the product's primary (R3.7)."""

    supplier_id: int
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Edits:
    """What a person changed in the preview, by the keys of its lines and groups (R3.10).

    A line's key names product and delivery warehouse (and the sale, where orders are per sale),
    never its supplier, so an edit survives a change of options.
    """

    quantities: Mapping[str, int] = field(default_factory=dict)
    suppliers: Mapping[str, int] = field(default_factory=dict)
    left_out_lines: frozenset[str] = frozenset()
    left_out_groups: frozenset[str] = frozenset()
    product_suppliers: Mapping[int, SupplierChoice] = field(default_factory=dict)


NO_EDITS = Edits()
