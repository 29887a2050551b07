"""Recent sales (ux 3.1): what a line shows, what can be filtered and sorted (SAL-01, SAL-02).

``SALES``: the ``Listing`` of ``SaleLine`` by ``SalesFilter``; ``view_counts(db)``: records of each
``SalesView``; ``totals(db, where)``: the idle strip; ``understand(db, text, base)``: tokens to a filter.
Sorts: placed, number, customer, total, short, status, payment, allocation, fulfilment, shipping,
invoiced.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from .lists import Among, Key, Sort
from .rules.sale_status import Axis


class SalesView(StrEnum):
    """The built-in views of Recent sales, each with its count."""

    ALL = "all"
    NEEDS_ORDERING = "needs_ordering"
    """Waits, is short, and no purchase order covers all of it."""
    WAITING_ON_PO = "waiting_on_po"
    """Waits, is short, and live pegs cover all of it."""
    READY_TO_SHIP = "ready_to_ship"
    """Fully allocated, not fully shipped, not on hold or cancelled."""
    PROBLEMS = "problems"
    """What it waits for is late, it is on hold unshipped, or sold *now* and not on record."""


class Eta(StrEnum):
    """When the goods of a short sale come."""

    LATE = "late"
    THIS_WEEK = "this_week"
    NONE = "none"


class Cover(StrEnum):
    """What stands behind the short units of a sale: the tone of its *Allocated* chip."""

    NOT_NEEDED = "not_needed"
    NO_PO = "no_po"
    ON_PO = "on_po"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class SalesFilter:
    """All conditions must hold; None and "" ask nothing. Equal filters mean the same list."""

    view: SalesView = SalesView.ALL
    text: str = ""
    """Words over number, customer, reference, External ID and item codes; ``#123`` a number."""
    placed_from: datetime | None = None
    placed_before: datetime | None = None
    placed_days: int | None = None
    """In the last so many days, today included (relative: moves with the calendar)."""
    channel: Among | None = None
    status: Among | None = None
    payment: Among | None = None
    allocation: Among | None = None
    fulfilment: Among | None = None
    shipping: Among | None = None
    """The four take values of ``Axis``."""
    invoiced: bool | None = None
    short: bool | None = None
    """True: units are still needed; False: none are."""
    waits: bool | None = None
    """False: quotes, cancelled, on-hold and closed sales."""
    eta: Eta | None = None
    warehouse: Among | None = None
    customer: Among | None = None
    product: Among | None = None
    sku: str = ""
    """Code of an item on the sale; ``*`` stands for anything."""
    supplier: Among | None = None
    """Suppliers who offer any short item."""
    has_po: bool | None = None
    po_number: int | None = None
    """Sales that this purchase order was raised for."""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class SaleLine:
    """One line of Recent sales. ``total`` in minor units, quantities in ten-thousandths."""

    id: int
    number: int
    placed_at: datetime
    customer_id: int
    customer: str
    has_credit_terms: bool
    status_id: int
    status: str
    status_colour: str
    total: int
    currency: str
    currency_digits: int
    short: int
    payment: Axis
    allocation: Axis
    fulfilment: Axis
    shipping: Axis
    invoiced: bool
    waits: bool
    pegged: int
    """Of ``short``, the units that live pegs cover."""
    cover: Cover
    eta: date | None
    """Earliest expected receipt that covers it; before today it is late."""
    channel_id: int | None
    channel: str
    channel_kind: str
    po_count: int
    warehouse_id: int
    warehouse: str
    reference: str
    items: int
    delivery_on: date | None
    days_waiting: int | None
    """Whole days since it was placed, while it waits for goods."""
    is_exception: bool
    """Sold *now* in a shop and not on record there (R7.9)."""
    key: Key = ()


@dataclass(frozen=True, slots=True)
class SalesTotals:
    """The idle strip (SAL-10): sums over all that match, money per currency in minor units."""

    sales: int
    totals: tuple[tuple[str, int, int], ...]
    """(currency, digits, total)."""
    short: int


NEWEST_FIRST: Sort = ("placed", True)
