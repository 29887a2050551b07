"""One sale with its rows, what is coming for them, its purchase orders and payments (ux 3.7).

``sale_detail(db, sale_id)`` -> ``SaleDetail | None``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, case, select

from .lists import fields_of, today, total_of
from .rules.sale_status import Axis
from .sales_filter import expected
from .store.tables import (
    channel,
    currency,
    customer,
    drop_ship_row,
    goods_out,
    goods_out_row,
    invoice,
    order_status,
    payment,
    peg,
    product,
    purchase_order,
    purchase_row,
    sale,
    sale_row,
    supplier,
    warehouse,
)


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
    drop_fulfilled: int = 0
    drop_shipped: int = 0
    """Parts of ``fulfilled`` and ``shipped`` that suppliers deliver to the customer (R4.3)."""
    dropping: tuple[Coming, ...] = ()
    """Of drop-ship orders: units that the supplier has not shipped yet."""

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
    """Of them still on their way, or to be shipped to the customer by a drop-ship's supplier."""
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


def sale_detail(db: Connection, sale_id: int) -> SaleDetail | None:
    """Everything about one sale in four queries; None where there is no such sale."""
    head = db.execute(_HEAD.where(sale.c.id == sale_id)).one_or_none()
    if head is None:
        return None
    pegs = db.execute(_PEGS.where(sale_row.c.sale_id == sale_id)).all()
    paid = db.execute(
        select(payment.c.id, payment.c.amount, payment.c.method, payment.c.paid_at)
        .where(payment.c.sale_id == sale_id)
        .order_by(payment.c.paid_at, payment.c.id)
    )
    flags = {"has_credit_terms", "waits", "ship_complete", "invoiced"}
    axes = {"payment", "allocation", "fulfilment", "shipping"}
    values: dict[str, Any] = {
        name: bool(value) if name in flags else Axis(value) if name in axes else value
        for name, value in fields_of(head).items()
    }
    return SaleDetail(
        **values,
        rows=_rows(db, sale_id, pegs),
        purchases=_purchases(pegs),
        payments=tuple(SalePayment(*row) for row in paid),
    )


def _or_empty(column: Any) -> Any:
    return case((column.is_(None), ""), else_=column)


_HEAD = (
    select(
        sale.c.id, sale.c.number, sale.c.version, sale.c.placed_at, sale.c.customer_id,
        customer.c.name.label("customer"), customer.c.email.label("customer_email"),
        customer.c.phone.label("customer_phone"), customer.c.has_credit_terms, sale.c.address,
        sale.c.channel_id, _or_empty(channel.c.name).label("channel"),
        _or_empty(channel.c.kind).label("channel_kind"), sale.c.warehouse_id,
        warehouse.c.name.label("warehouse"), sale.c.status_id,
        order_status.c.name.label("status"), order_status.c.colour.label("status_colour"),
        sale.c.waits, sale.c.currency, currency.c.digits.label("currency_digits"),
        sale.c.reference, sale.c.external_id, sale.c.delivery_on, sale.c.ship_complete,
        sale.c.net, sale.c.tax, sale.c.total, sale.c.paid, sale.c.payment, sale.c.allocation,
        sale.c.fulfilment, sale.c.shipping, sale.c.invoiced,
        invoice.c.number.label("invoice_number"), sale.c.short,
    )
    .join(customer, customer.c.id == sale.c.customer_id)
    .join(warehouse, warehouse.c.id == sale.c.warehouse_id)
    .join(order_status, order_status.c.id == sale.c.status_id)
    .join(currency, currency.c.code == sale.c.currency)
    .outerjoin(channel, channel.c.id == sale.c.channel_id)
    .outerjoin(invoice, invoice.c.sale_id == sale.c.id)
)  # fmt: skip

_dropping = (
    select(total_of(goods_out_row.c.quantity))
    .join(drop_ship_row, drop_ship_row.c.goods_out_row_id == goods_out_row.c.id)
    .join(goods_out, goods_out.c.id == goods_out_row.c.goods_out_id)
    .where(
        drop_ship_row.c.po_row_id == peg.c.po_row_id,
        goods_out_row.c.sale_row_id == peg.c.sale_row_id,
        goods_out.c.shipped_at.is_(None),
    )
    .scalar_subquery()
)
"""Units of a peg's two rows on drop-ship notes that have not shipped."""

_PEGS = (
    select(
        peg.c.sale_row_id, peg.c.quantity, peg.c.live, expected.label("expected_on"),
        purchase_order.c.id, purchase_order.c.number, purchase_order.c.state,
        purchase_order.c.received, purchase_order.c.drop_ship, supplier.c.name.label("supplier"),
        _or_empty(order_status.c.name).label("status"), _dropping.label("dropping"),
    )
    .select_from(peg)
    .join(sale_row, sale_row.c.id == peg.c.sale_row_id)
    .join(purchase_row, purchase_row.c.id == peg.c.po_row_id)
    .join(purchase_order, purchase_order.c.id == purchase_row.c.po_id)
    .join(supplier, supplier.c.id == purchase_order.c.supplier_id)
    .outerjoin(order_status, order_status.c.id == purchase_order.c.status_id)
    .order_by(
        case((expected.is_(None), 1), else_=0), expected, purchase_order.c.number,
        purchase_row.c.position,
    )
)  # fmt: skip


def _rows(db: Connection, sale_id: int, pegs: Sequence[Any]) -> tuple[SaleRowDetail, ...]:
    day = today()
    coming: dict[int, list[Coming]] = defaultdict(list)
    dropping: dict[int, list[Coming]] = defaultdict(list)
    for one in pegs:
        late = one.expected_on is not None and one.expected_on < day
        for units, where in ((one.live, coming), (int(one.dropping), dropping)):
            if units > 0:
                where[one.sale_row_id].append(
                    Coming(one.id, one.number, units, one.expected_on, late, one.state)
                )
    r = sale_row.c
    query = (
        select(
            r.id, r.position, r.kind, r.product_id, _or_empty(product.c.sku).label("sku"),
            r.description, r.warehouse_id, warehouse.c.name.label("warehouse"), r.method,
            r.bundle_row_id, r.ordered, r.reserved, r.fulfilled, r.shipped, r.price, r.net, r.tax,
            r.drop_fulfilled, r.drop_shipped,
        )
        .join(warehouse, warehouse.c.id == r.warehouse_id)
        .outerjoin(product, product.c.id == r.product_id)
        .where(r.sale_id == sale_id)
        .order_by(r.position)
    )  # fmt: skip
    return tuple(
        SaleRowDetail(
            **fields_of(row), coming=tuple(coming[row.id]), dropping=tuple(dropping[row.id])
        )
        for row in db.execute(query)
    )


def _purchases(pegs: Sequence[Any]) -> tuple[SalePurchase, ...]:
    """One line per purchase order, the soonest first; its day is the earliest still to come."""
    day = today()
    of: dict[int, list[Any]] = defaultdict(list)
    for one in pegs:
        of[one.id].append(one)
    found = []
    for mine in of.values():
        first = mine[0]
        still = [one for one in mine if one.live or one.dropping]
        days = [one.expected_on for one in still if one.expected_on is not None]
        expected_on = min(days, default=first.expected_on)
        live = sum(one.live + int(one.dropping) for one in mine)
        found.append(
            SalePurchase(
                id=first.id,
                number=first.number,
                supplier=first.supplier,
                state=first.state,
                status=first.status,
                received=Axis(first.received),
                expected_on=expected_on,
                is_late=live > 0 and expected_on is not None and expected_on < day,
                units=sum(one.quantity for one in mine),
                live=live,
                drop_ship=bool(first.drop_ship),
            )
        )
    return tuple(found)
