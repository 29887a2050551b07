"""What a receipt is asked with and what its preview shows (rules section 5, RCV-09, RCV-10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .draft_shapes import Damage
from .settings import Source

PASSED_OVER_MAX = 50
WAITING_SHOWN_MAX = 200
REFERENCE_MAX = 120
"""Characters of a supplier's delivery note."""


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """Units of a purchase order row that arrived, at one location (None: the default one).

    Several rows may name one ``po_row_id`` with different locations. A location of the kind
    quarantine holds damaged goods: received, not allocated (RCV-07); ``reason`` says why.
    """

    po_row_id: int
    units: int
    location_id: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RowRaise:
    """Raise the ordered quantity of a purchase order row to ``ordered`` first (R5.3)."""

    po_row_id: int
    ordered: int


@dataclass(frozen=True, slots=True)
class ReceiptRequest:
    """What arrived for one purchase order, and what was decided about it.

    ``rows`` hold only what is to be received: extras are either left out and named in
    ``set_aside``, or received with a ``RowRaise`` (buyer or manager). ``allocate`` None: as the
    setting says. ``warehouse_id`` None: where the order is delivered. ``close_rest``: what is
    still missing afterwards will not come. ``agreed``: the fingerprint of the preview shown.
    """

    po_id: int
    rows: tuple[ReceiptRow, ...]
    allocate: bool | None = None
    reference: str = ""
    warehouse_id: int | None = None
    raises: tuple[RowRaise, ...] = ()
    set_aside: tuple[int, ...] = ()
    close_rest: bool = False
    close_reason: str = ""
    draft_id: int | None = None
    agreed: str | None = None


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A row of the order with what is about to be received: all quantities in ten-thousandths.

    ``before`` was received earlier, ``units`` now; ``short`` stays on order; ``allocated`` and
    ``free`` add up to the units that are not quarantined.
    """

    po_row_id: int
    position: int
    product_id: int
    sku: str
    name: str
    ordered: int
    before: int
    units: int
    short: int
    allocated: int
    free: int
    quarantined: int
    damage: tuple[Damage, ...] = ()
    """The part of ``quarantined`` that was marked damaged, by reason (RCV-07)."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A waiting sale row in the order of service: "gets ``units`` of ``needed``"."""

    sale_id: int
    number: int
    placed_at: datetime
    customer: str
    sale_row_id: int
    product_id: int
    sku: str
    needed: int
    units: int
    pegged: bool
    """This purchase order was raised for it."""


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A sale that needs the product and gets nothing, with the reason.

    ``on_hold`` | ``quote`` | ``other_warehouse`` | ``ship_complete`` | ``not_raised_for``
    """

    sale_id: int
    number: int
    placed_at: datetime
    customer: str
    product_id: int
    sku: str
    needed: int
    reason: str
    warehouse: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptPreview:
    """What ``receive`` of the same request would do now (RCV-09, RCV-10).

    ``turns``: those who get something, then at most ``WAITING_SHOWN_MAX`` who would be next;
    ``more_waiting`` and ``more_passed`` count those left out.
    """

    po_id: int
    number: int
    supplier: str
    warehouse_id: int
    warehouse: str
    allocate: bool
    allocate_source: Source
    who_is_served: str
    rows: tuple[PreviewRow, ...]
    turns: tuple[Turn, ...]
    more_waiting: int
    passed_over: tuple[PassedOver, ...]
    more_passed: int
    units: int
    allocated: int
    sales_served: int
    left_on_order: int
    fingerprint: str

    @property
    def quarantined(self) -> int:
        """Units that are received and not for sale."""
        return sum(row.quarantined for row in self.rows)
