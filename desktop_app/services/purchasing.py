"""Batch purchase order: preview, place, undo (rules section 3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from .access import Permission
from .backend import Work, command
from .batch_preview import (
    Difference,
    Group,
    LeftOut,
    Line,
    Link,
    Preview,
    Served,
    SupplierPrice,
    TraceTerm,
    Warning,
    changed_lines,
)
from .rules.purchase_plan import NO_EDITS, BatchOptions, Edits, SupplierChoice

SALES_MAX = 10_000
"""A batch of more sales is refused: Rejected("too_many_sales")."""


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """The chosen sales (ids, in any order) and how to buy for them."""

    sale_ids: tuple[int, ...]
    options: BatchOptions = BatchOptions()
    edits: Edits = NO_EDITS


def default_options(db: Connection, person_id: int) -> BatchOptions:
    """The options this person used last, else the company's, else those of R3.2."""
    return BatchOptions()


def preview(db: Connection, request: BatchRequest) -> Preview:
    """What the batch would buy if it were placed now. Writes nothing (R3.10)."""
    raise NotImplementedError


@command("Batch purchase order", Permission.PLACE_PURCHASES)
def place_batch(work: Work, request: BatchRequest, agreed: str) -> dict[str, Any]:
    """Place what the person saw and agreed to (``Preview.fingerprint``), or say what it is now.

    Returns {batch_id, orders: [{id, number, supplier, lines, units, total, currency, digits,
    expected_on, appended}], sales_changed, units_pegged_inbound,
    not_ordered: [{key, sku, units, reason}]}.
    Raises Conflict("plan_changed", now=Preview), Rejected("nothing_to_order" | "too_many_sales" |
    "unknown_sales" | "invalid_quantity" | ...).
    """
    raise NotImplementedError


__all__ = [
    "NO_EDITS",
    "SALES_MAX",
    "BatchOptions",
    "BatchRequest",
    "Difference",
    "Edits",
    "Group",
    "LeftOut",
    "Line",
    "Link",
    "Preview",
    "Served",
    "SupplierChoice",
    "SupplierPrice",
    "TraceTerm",
    "Warning",
    "changed_lines",
    "default_options",
    "place_batch",
    "preview",
]
