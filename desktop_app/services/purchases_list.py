"""Purchases (ux 3.12 PUR-01): purchase orders and the batches that made them.

``PURCHASES``: the ``Listing`` of ``PurchaseLine`` by ``PurchasesFilter``; ``BATCHES``: that of
``BatchLine`` by ``BatchesFilter``; ``view_counts(db)``. Sorts: created, number, supplier, expected,
total, to_come; batches: at.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from .lists import Among, Key, Sort
from .rules.sale_status import Axis


class PurchasesView(StrEnum):
    """The built-in views of Purchases. *Batches* is a list of its own, see ``BatchLine``."""

    ALL = "all"
    DRAFT = "draft"
    SENT = "sent"
    LATE = "late"
    """Open, something to come, expected before today."""
    PART_RECEIVED = "part_received"


@dataclass(frozen=True, slots=True)
class PurchasesFilter:
    """All conditions must hold; None and "" ask nothing."""

    view: PurchasesView = PurchasesView.ALL
    text: str = ""
    supplier: Among | None = None
    warehouse: Among | None = None
    status: Among | None = None
    state: frozenset[str] | None = None
    """Of draft, sent, closed, cancelled (R2.6)."""
    received: Among | None = None
    expected_from: date | None = None
    expected_to: date | None = None
    """Both days included."""
    created_days: int | None = None
    product: Among | None = None
    batch_id: int | None = None
    drop_ship: bool | None = None
    sale_id: int | None = None
    """Raised for this sale."""
    open_only: bool = False


@dataclass(frozen=True, slots=True)
class PurchaseLine:
    """One line of Purchases. ``total`` in minor units, quantities in ten-thousandths."""

    id: int
    number: int
    supplier_id: int
    supplier: str
    state: str
    status_id: int | None
    status: str
    status_colour: str
    received: Axis
    created_at: datetime
    sent_at: datetime | None
    expected_on: date | None
    days_late: int
    """0 unless it is open, something is to come and the day is past."""
    to_come: int
    total: int
    currency: str
    currency_digits: int
    waiting_sales: int
    """Sales with live pegs on it."""
    batch_id: int | None
    warehouse_id: int | None
    warehouse: str
    reference: str
    drop_ship: bool
    rows: int
    key: Key = ()


@dataclass(frozen=True, slots=True)
class BatchesFilter:
    """Batches; ``undone`` None: all of them."""

    undone: bool | None = None


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One batch of purchase orders (R3.13) with what it made."""

    id: int
    at: datetime
    person: str
    sale_count: int
    orders: tuple[tuple[int, int, str], ...]
    """(id, number, state) of its purchase orders."""
    units: int
    totals: tuple[tuple[str, int, int], ...]
    """(currency, digits, total in minor units)."""
    options: Any
    journal_id: str
    """Give this to ``Backend.undo``."""
    undone_at: datetime | None
    undone_by: str
    key: Key = ()


NEWEST_FIRST: Sort = ("created", True)
