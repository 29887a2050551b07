"""One sale with its rows, what is coming for them, its purchase orders and payments (ux 3.7).

``sale_detail(db, sale_id)`` -> ``SaleDetail | None``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from .rules.sale_status import Axis


@dataclass(frozen=True, slots=True)
class Coming:
    """Units of a purchase order on their way for a sale row (a live peg)."""

    po_id: int
    po_number: int
    units: int
    expected_on: date | None
    is_late: bool
    state: str


@dataclass(frozen=True, slots=True)
class SaleRowDetail:
    """A row of a sale; quantities in ten-thousandths, ``price`` too, ``net`` in minor units."""

    id: int
    position: int
    kind: str
    product_id: int | None
    sku: str
    description: str
    warehouse_id: int
    warehouse: str
    method: str
    """now, ship_later, back_order or order (R7.3)."""
    bundle_row_id: int | None
    ordered: int
    reserved: int
    fulfilled: int
    shipped: int
    price: int
    net: int
    tax: int
    coming: tuple[Coming, ...]

    @property
    def allocated(self) -> int:
        """Reserved + fulfilled (R1.3)."""
        return self.reserved + self.fulfilled

    @property
    def short(self) -> int:
        """What R1.4 leaves; 0 for rows that are not stock-tracked."""
        if self.kind != "stock":
            return 0
        return max(self.ordered - self.reserved - self.fulfilled, 0)

    @property
    def uncovered(self) -> int:
        """Short units that no purchase order covers."""
        return max(self.short - sum(one.units for one in self.coming), 0)


@dataclass(frozen=True, slots=True)
class SalePurchase:
    """A purchase order linked to the sale."""

    id: int
    number: int
    supplier: str
    state: str
    status: str
    received: Axis
    expected_on: date | None
    is_late: bool
    units: int
    """Raised for or assigned to this sale."""
    live: int
    """Of them still on their way."""
    drop_ship: bool


@dataclass(frozen=True, slots=True)
class SalePayment:
    """Money received, in minor units of the sale's currency."""

    id: int
    amount: int
    method: str
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class SaleDetail:
    """Everything the sale page and the detail pane show, but the timeline. Totals in minor units."""

    id: int
    number: int
    version: int
    placed_at: datetime
    customer_id: int
    customer: str
    customer_email: str
    customer_phone: str
    has_credit_terms: bool
    address: str
    channel_id: int | None
    channel: str
    channel_kind: str
    warehouse_id: int
    warehouse: str
    status_id: int
    status: str
    status_colour: str
    waits: bool
    currency: str
    currency_digits: int
    reference: str
    external_id: str | None
    delivery_on: date | None
    ship_complete: bool
    net: int
    tax: int
    total: int
    paid: int
    payment: Axis
    allocation: Axis
    fulfilment: Axis
    shipping: Axis
    invoiced: bool
    invoice_number: int | None
    short: int
    rows: tuple[SaleRowDetail, ...]
    purchases: tuple[SalePurchase, ...]
    payments: tuple[SalePayment, ...]
