"""What a receipt being counted looks like, and what a scan answers (RCV-01, RCV-04, RCV-12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class Effect(StrEnum):
    """What a scan did (the table of RCV-04)."""

    COUNTED = "counted"
    LINE_COMPLETE = "line_complete"
    ORDER_COMPLETE = "order_complete"
    EXTRA = "extra"
    NOT_ON_ORDER = "not_on_order"
    UNKNOWN = "unknown"
    BIN = "bin"


class LineState(StrEnum):
    """How far a line of a draft is counted."""

    NONE = "none"
    PART = "part"
    DONE = "done"
    EXTRA = "extra"


@dataclass(frozen=True, slots=True)
class OrderRef:
    """A purchase order by id and number."""

    id: int
    number: int


@dataclass(frozen=True, slots=True)
class OrderCard:
    """A purchase order as step 1 lists it.

    ``refusal``: why it cannot be received (``drop_ship`` | ``cancelled`` | ``closed`` |
    ``received``), else empty. ``to_come`` in ten-thousandths; ``sales`` counts those it was raised for. With a draft:
    ``counted`` of ``to_come`` by ``counted_by``, last at ``counted_at``.
    """

    po_id: int
    number: int
    supplier: str
    warehouse_id: int | None
    warehouse: str
    state: str
    expected_on: date | None
    to_come: int
    lines: int
    sales: int
    refusal: str = ""
    draft_id: int | None = None
    counted: int = 0
    counted_by: str = ""
    counted_by_id: int | None = None
    counted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Receivable:
    """Step 1: drafts to go on with, what is due today, what is late, and the rest by date."""

    drafts: tuple[OrderCard, ...]
    due: tuple[OrderCard, ...]
    late: tuple[OrderCard, ...]
    later: tuple[OrderCard, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """An order that a search text leads to.

    ``by``: ``number`` | ``supplier`` | ``product`` | ``reference``; ``hit`` is the text that
    matched (supplier's name, SKU, reference).
    """

    by: str
    hit: str
    order: OrderCard


@dataclass(frozen=True, slots=True)
class Place:
    """Units of a line at a location; ``location_id`` None: not scanned, the default one."""

    location_id: int | None
    code: str
    units: int


@dataclass(frozen=True, slots=True)
class Damage:
    """Damaged units of a line; ``reason`` is a code, perhaps with a text after a colon (RCV-07)."""

    reason: str
    units: int


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A row of the order being counted.

    ``this_time`` can be received, ``extra`` is kept apart; ``limit`` is the most that may be
    received now (outstanding, and what the setting allows).
    ``usual`` is the location where the product was last put (RCV-08).
    """

    po_row_id: int
    position: int
    product_id: int
    sku: str
    name: str
    unit: str
    whole: bool
    ordered: int
    before: int
    outstanding: int
    limit: int
    this_time: int
    extra: int
    places: tuple[Place, ...]
    usual_id: int | None
    usual: str
    state: LineState
    damage: tuple[Damage, ...] = ()

    @property
    def damaged(self) -> int:
        """Counted units that are damaged, whatever the reason (RCV-07)."""
        return sum(one.units for one in self.damage)


@dataclass(frozen=True, slots=True)
class Scan:
    """An entry of the scan log. ``undone``: taken back with "undo last scan".

    The effect ``damaged`` changes no count: ``damaged`` of the counted units are so, for ``reason``.
    """

    id: int
    at: datetime
    person: str
    code: str
    effect: str
    sku: str
    location: str
    units: int
    undone: bool
    po_row_id: int | None
    location_id: int | None
    damaged: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A receipt being counted, with its lines in the order's order.

    ``clerks_link``: the setting that lets clerks link unknown codes. ``quarantine_id``: where
    damaged units go, None where the warehouse has no such place yet.
    """

    id: int
    po_id: int
    number: int
    supplier: str
    warehouse_id: int
    warehouse: str
    person_id: int
    person: str
    started_at: datetime
    updated_at: datetime
    allocate: bool | None
    reference: str
    location_id: int | None
    location: str
    lines: tuple[DraftLine, ...]
    counted: int
    to_count: int
    extra: int
    last: Scan | None
    clerks_link: bool = True
    quarantine_id: int | None = None


@dataclass(frozen=True, slots=True)
class ScanAnswer:
    """What a scan did, for the card (RCV-04). Quantities in ten-thousandths.

    ``added`` units, of them ``extra`` above what can be received; ``this_time`` of ``ordered``
    with ``before`` received earlier; ``counted`` of ``to_count`` on the whole order. ``orders``:
    other open orders with the product, where it is not on this one.
    """

    effect: Effect
    code: str
    po_row_id: int | None = None
    product_id: int | None = None
    sku: str = ""
    name: str = ""
    added: int = 0
    extra: int = 0
    this_time: int = 0
    ordered: int = 0
    before: int = 0
    counted: int = 0
    to_count: int = 0
    location: str = ""
    orders: tuple[OrderRef, ...] = ()

    @classmethod
    def of(cls, result: dict[str, Any]) -> ScanAnswer:
        """Rebuild from the result of ``scan``."""
        return cls(
            **{
                **result,
                "effect": Effect(result["effect"]),
                "orders": tuple(OrderRef(**one) for one in result["orders"]),
            }
        )
