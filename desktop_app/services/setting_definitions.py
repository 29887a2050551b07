"""Every setting of the business: key, kind, default and the scopes that may override it (R9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from .rules.purchase_plan import BatchOptions

COMPANY = "company"
"""The scope that everyone shares; see ``warehouse_scope`` and ``person_scope``."""


class Kind(StrEnum):
    """What a setting holds, and so which control shows it."""

    FLAG = "flag"
    """bool"""
    CHOICE = "choice"
    """one of ``Definition.choices``"""
    PERCENT = "percent"
    """int from 0 to 100"""
    SALE_STATUS = "sale_status"
    """id of an order status for sales; 0: leave the label alone"""
    PURCHASE_STATUS = "purchase_status"
    """id of an order status for purchase orders; 0: leave the label alone"""
    WAREHOUSE = "warehouse"
    """id of a warehouse; 0: none"""
    OPTIONS = "options"
    """a flat mapping of names to plain values"""


class Scope(StrEnum):
    """Who may have a value of their own for a setting."""

    COMPANY = "company"
    WAREHOUSE = "warehouse"
    CHANNEL = "channel"
    PERSON = "person"


class Source(StrEnum):
    """Where a value comes from: "on by default in Purchase settings"."""

    DEFAULT = "default"
    COMPANY = "company"
    WAREHOUSE = "warehouse"
    CHANNEL = "channel"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Definition:
    """A setting. ``default`` of a status kind is the name of the status that is looked up."""

    key: str
    page: str
    section: str
    kind: Kind
    default: Any
    scopes: tuple[Scope, ...] = (Scope.COMPANY,)
    choices: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()


ALLOCATE = "receiving.allocate"
WHO_IS_SERVED = "receiving.who_is_served"
OVER_PERCENT = "receiving.over_percent"
LOCATION_REQUIRED = "receiving.location_required"
CLERKS_LINK = "receiving.clerks_link_codes"
STATUS_NEW = "purchasing.status_new"
STATUS_SENT = "purchasing.status_sent"
STATUS_PART = "receiving.status_part_received"
STATUS_FULL = "receiving.status_received"
ROUND_UP = "purchasing.round_up_to_packs"
OWN_PRODUCTS = "purchasing.own_products_only"
DELIVERY_WAREHOUSE = "purchasing.delivery_warehouse"
CROSS_REFERENCES = "purchasing.cross_reference_notes"
BATCH_OPTIONS = "purchasing.batch_options"
STATUS_NEW_SALE = "sales.status_new"
STATUS_BACK_ORDERED = "sales.status_back_ordered"
STATUS_CANCELLED = "sales.status_cancelled"

SERVED_ANY, SERVED_RAISED_FIRST, SERVED_RAISED_ONLY = "any", "raised_first", "raised_only"
"""The choices of ``WHO_IS_SERVED`` (R5.5)."""

BATCH_DEFAULTS: Mapping[str, Any] = asdict(BatchOptions())
"""R3.2, by the names of ``rules.purchase_plan.BatchOptions``."""

_BY_WAREHOUSE = (Scope.COMPANY, Scope.WAREHOUSE)
_BY_CHANNEL = (Scope.COMPANY, Scope.CHANNEL)

DEFINITIONS: tuple[Definition, ...] = (
    Definition(
        ALLOCATE, "purchases", "receiving", Kind.FLAG, default=True, scopes=_BY_WAREHOUSE,
        synonyms=("auto allocate", "automatic allocation", "reserve", "assign stock", "back to back"),
    ),
    Definition(
        WHO_IS_SERVED, "purchases", "receiving", Kind.CHOICE, SERVED_ANY, _BY_WAREHOUSE,
        choices=(SERVED_ANY, SERVED_RAISED_FIRST, SERVED_RAISED_ONLY),
        synonyms=("priority", "order of service", "oldest first", "fifo", "pegged", "queue"),
    ),
    Definition(
        OVER_PERCENT, "purchases", "receiving", Kind.PERCENT, 0, _BY_WAREHOUSE,
        synonyms=("over-receipt", "over receive", "more than ordered", "surplus", "tolerance", "extra"),
    ),
    Definition(
        LOCATION_REQUIRED, "purchases", "receiving", Kind.FLAG, default=False, scopes=_BY_WAREHOUSE,
        synonyms=("bin", "shelf", "put away", "place"),
    ),
    Definition(
        CLERKS_LINK, "purchases", "receiving", Kind.FLAG, default=True, scopes=_BY_WAREHOUSE,
        synonyms=("barcode", "unknown code", "scan", "ean", "gtin", "assign code"),
    ),
    Definition(
        STATUS_PART, "purchases", "receiving", Kind.PURCHASE_STATUS, "Part received",
        synonyms=("partial receipt", "label", "order status"),
    ),
    Definition(
        STATUS_FULL, "purchases", "receiving", Kind.PURCHASE_STATUS, "Received",
        synonyms=("complete", "label", "order status"),
    ),
    Definition(
        STATUS_NEW, "purchases", "purchase_orders", Kind.PURCHASE_STATUS, "Draft",
        synonyms=("starts as", "label", "order status", "default status"),
    ),
    Definition(
        STATUS_SENT, "purchases", "purchase_orders", Kind.PURCHASE_STATUS, "Placed with supplier",
        synonyms=("placed", "ordered", "label", "order status"),
    ),
    Definition(
        DELIVERY_WAREHOUSE, "purchases", "purchase_orders", Kind.WAREHOUSE, 0,
        synonyms=("deliver to", "destination", "default warehouse"),
    ),
    Definition(
        OWN_PRODUCTS, "purchases", "purchase_orders", Kind.FLAG, default=False,
        synonyms=("limit products", "supplier's products", "price list only", "vendor items"),
    ),
    Definition(
        ROUND_UP, "purchases", "batch", Kind.FLAG, default=False,
        synonyms=("pack size", "carton", "outer", "minimum quantity", "multiples"),
    ),
    Definition(
        CROSS_REFERENCES, "purchases", "batch", Kind.FLAG, default=True,
        synonyms=("notes", "links", "cross reference", "comment"),
    ),
    Definition(
        BATCH_OPTIONS, "purchases", "batch", Kind.OPTIONS, dict(BATCH_DEFAULTS),
        (Scope.COMPANY, Scope.PERSON),
        synonyms=("batch purchase order", "vendor to use", "exclude on hand", "needed to fulfil"),
    ),
    Definition(
        STATUS_NEW_SALE, "sales", "statuses", Kind.SALE_STATUS, "New", _BY_CHANNEL,
        synonyms=("shop order", "POS", "first status", "order status"),
    ),
    Definition(
        STATUS_BACK_ORDERED, "sales", "statuses", Kind.SALE_STATUS, "Back order", _BY_CHANNEL,
        synonyms=("shop order", "POS", "waiting", "order status"),
    ),
    Definition(
        STATUS_CANCELLED, "sales", "statuses", Kind.SALE_STATUS, "Cancelled",
        synonyms=("cancel", "void", "order status"),
    ),
)  # fmt: skip
"""In the order in which the settings page shows them. None is here without an effect."""
