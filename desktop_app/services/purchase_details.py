"""One purchase order with its lines, the sales they are for and its goods-in notes (ux 3.6).

``purchase_detail(db, po_id)`` -> ``PurchaseDetail | None``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from .rules.sale_status import Axis


@dataclass(frozen=True, slots=True)
class ForSale:
    """A sale row that a purchase order row was raised for or assigned to (a peg)."""

    sale_id: int
    sale_number: int
    customer: str
    placed_at: datetime
    sale_row_id: int
    units: int
    live: int
    """Of ``units`` still on their way and needed."""


@dataclass(frozen=True, slots=True)
class PurchaseRowDetail:
    """A row of a purchase order; quantities and ``cost`` in ten-thousandths, ``total`` minor."""

    id: int
    position: int
    version: int
    product_id: int
    sku: str
    supplier_sku: str
    name: str
    ordered: int
    received: int
    cost: int
    total: int
    expected_on: date | None
    is_late: bool
    for_sales: tuple[ForSale, ...]
    """Oldest sale first (R5.5)."""
    is_open: bool

    @property
    def to_come(self) -> int:
        """Outstanding units, 0 when the order is closed or cancelled."""
        return max(self.ordered - self.received, 0) if self.is_open else 0

    @property
    def free(self) -> int:
        """Outstanding units that no sale was promised."""
        return max(self.to_come - sum(one.live for one in self.for_sales), 0)

    @property
    def received_axis(self) -> Axis:
        """Not, partially or fully received (R2.4)."""
        if self.received <= 0:
            return Axis.NONE
        return Axis.ALL if self.received >= self.ordered else Axis.PART


@dataclass(frozen=True, slots=True)
class GoodsInRowDetail:
    """A row of a goods-in note."""

    id: int
    po_row_id: int
    product_id: int
    sku: str
    name: str
    location: str
    quantity: int
    allocated: int
    """Units of it that were allocated to sales."""
    undone_at: datetime | None
    undone_by: str


@dataclass(frozen=True, slots=True)
class GoodsInDetail:
    """A goods-in note (R5.1). ``journal_id`` is what ``Backend.undo`` takes."""

    id: int
    number: int
    at: datetime
    person: str
    reference: str | None
    allocated: bool
    journal_id: str
    rows: tuple[GoodsInRowDetail, ...]

    @property
    def units(self) -> int:
        """Received and not taken back."""
        return sum(row.quantity for row in self.rows if row.undone_at is None)

    @property
    def is_undone(self) -> bool:
        """Whether every row was taken back."""
        return all(row.undone_at is not None for row in self.rows)


@dataclass(frozen=True, slots=True)
class WaitingSale:
    """A sale that this purchase order is for: what the tab *Waiting sales* lists."""

    id: int
    number: int
    placed_at: datetime
    customer: str
    status: str
    status_colour: str
    allocation: Axis
    short: int
    units: int
    live: int


@dataclass(frozen=True, slots=True)
class PurchaseDetail:
    """Everything the purchase order page shows, but the timeline. Totals in minor units."""

    id: int
    number: int
    version: int
    supplier_id: int
    supplier: str
    warehouse_id: int | None
    warehouse: str
    state: str
    status_id: int | None
    status: str
    status_colour: str
    currency: str
    currency_digits: int
    created_at: datetime
    sent_at: datetime | None
    expected_on: date | None
    days_late: int
    reference: str
    external_id: str | None
    drop_ship: bool
    sale_id: int | None
    sale_number: int | None
    address: str
    batch_id: int | None
    total: int
    received: Axis
    to_come: int
    rows: tuple[PurchaseRowDetail, ...]
    goods_in: tuple[GoodsInDetail, ...]
    waiting: tuple[WaitingSale, ...]

    @property
    def is_open(self) -> bool:
        """Draft or sent (R2.6)."""
        return self.state in {"draft", "sent"}
