"""Credits to read: one, those of a sale, what a sale may still take back, and their list (R7.10).

``credit_detail(db, id)``; ``credits_of_sale(db, sale_id)``; ``returnable(db, sale_id)``;
``CREDITS``: the ``Listing`` of ``CreditLine`` by ``CreditsFilter``; ``view_counts(db)``. Sorts:
placed, number, total. Quantities in ten-thousandths, totals in minor units.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, exists, func, or_, select

from .billing import shown_reference
from .catalogue import WarehouseChoice
from .catalogue import warehouses as all_warehouses
from .credit_writing import credited_before
from .crediting import came_back
from .lists import (
    Among,
    Key,
    Listing,
    Sort,
    Sorting,
    among,
    by,
    fields_of,
    folded,
    like_pattern,
    number_begins,
    start_of,
)
from .rules.sale_status import Axis
from .store.bulk import ids_in
from .store.tables import (
    channel,
    credit,
    credit_movement,
    credit_row,
    currency,
    customer,
    journal,
    location,
    movement,
    person,
    pos_order,
    product,
    refund,
    sale,
    sale_row,
    warehouse,
)

_c = credit.c
_of, _other = sale.alias("of_sale"), sale.alias("exchange")


@dataclass(frozen=True, slots=True)
class CreditRowDetail:
    """A row of a credit; ``place`` is where its goods were put, "" for none."""

    id: int
    position: int
    sale_row_id: int | None
    kind: str
    sku: str
    description: str
    warehouse: str
    quantity: int
    price: int
    net: int
    tax: int
    reason: str
    disposition: str
    place: str


@dataclass(frozen=True, slots=True)
class RefundDetail:
    """Money paid out, in minor units; negative where it takes an earlier payout back."""

    id: int
    amount: int
    method: str
    reference: str
    paid_at: datetime
    person_id: int
    person: str
    journal_id: str
    can_undo: bool
    """Paid out here after the credit was made, and not taken back yet."""
    undone: bool


@dataclass(frozen=True, slots=True)
class CreditDetail:
    """Everything the page of a credit shows, but its timeline."""

    id: int
    number: int
    placed_at: datetime
    customer: str
    channel: str
    warehouse: str
    sale_id: int | None
    sale_number: int | None
    exchange_id: int | None
    exchange_number: int | None
    currency: str
    currency_digits: int
    reference: str
    external_id: str | None
    till: str
    cashier: str
    receipt: str
    net: int
    tax: int
    total: int
    refunded: int
    payment: Axis
    rows: tuple[CreditRowDetail, ...]
    refunds: tuple[RefundDetail, ...]

    @property
    def open(self) -> int:
        """What is not paid out of it yet."""
        return max(self.total - self.refunded, 0)


@dataclass(frozen=True, slots=True)
class SaleCredit:
    """A credit as its sale shows it. ``is_exchange``: this sale is what was given instead."""

    id: int
    number: int
    placed_at: datetime
    units: int
    total: int
    refunded: int
    is_exchange: bool
    other_id: int | None
    """The other sale of an exchange: what was given instead, or what was brought back."""
    other_number: int | None

    @property
    def open(self) -> int:
        """What is not paid out of it yet."""
        return max(self.total - self.refunded, 0)


def credit_detail(db: Connection, credit_id: int) -> CreditDetail | None:
    """Everything about one credit in three queries; None where there is none."""
    head = db.execute(_HEAD.where(_c.id == credit_id)).one_or_none()
    if head is None:
        return None
    values = fields_of(head)
    return CreditDetail(
        **(values | {"payment": Axis(values["payment"])}),
        rows=tuple(CreditRowDetail(**fields_of(row)) for row in db.execute(_rows_of(credit_id))),
        refunds=_refunds(db, credit_id, head.number),
    )


def _refunds(db: Connection, credit_id: int, number: int) -> tuple[RefundDetail, ...]:
    undo = journal.alias("undo")
    undone = exists().where(undo.c.undoes == journal.c.id)
    found = db.execute(
        select(
            refund.c.id, refund.c.amount, refund.c.method, refund.c.external_id, refund.c.paid_at,
            journal.c.person_id, person.c.name, refund.c.journal_id, journal.c.command,
            case((undone, 1), else_=0).label("undone"),
        )
        .join(journal, journal.c.id == refund.c.journal_id)
        .join(person, person.c.id == journal.c.person_id)
        .where(refund.c.credit_id == credit_id)
        .order_by(refund.c.paid_at, refund.c.id)
    )  # fmt: skip
    return tuple(
        RefundDetail(
            id=row.id,
            amount=row.amount,
            method=row.method,
            reference=shown_reference(row.external_id, number, "C"),
            paid_at=row.paid_at,
            person_id=row.person_id,
            person=row.name,
            journal_id=row.journal_id,
            can_undo=row.command == PAY_OUT and not row.undone,
            undone=row.command == PAY_OUT and bool(row.undone),
        )
        for row in found
    )


PAY_OUT = "Pay out credit"
"""The command whose payouts a person may take back."""


def _or_empty(column: Any) -> Any:
    return case((column.is_(None), ""), else_=column)


_HEAD = (
    select(
        _c.id, _c.number, _c.placed_at, customer.c.name.label("customer"),
        _or_empty(channel.c.name).label("channel"), warehouse.c.name.label("warehouse"),
        _c.sale_id, _of.c.number.label("sale_number"), _c.exchange_id,
        _other.c.number.label("exchange_number"), _c.currency,
        currency.c.digits.label("currency_digits"), _c.reference, _c.external_id,
        _or_empty(pos_order.c.till).label("till"), _or_empty(pos_order.c.cashier).label("cashier"),
        _or_empty(pos_order.c.receipt).label("receipt"), _c.net, _c.tax, _c.total, _c.refunded,
        _c.payment,
    )
    .select_from(credit)
    .join(customer, customer.c.id == _c.customer_id)
    .join(warehouse, warehouse.c.id == _c.warehouse_id)
    .join(currency, currency.c.code == _c.currency)
    .outerjoin(channel, channel.c.id == _c.channel_id)
    .outerjoin(_of, _of.c.id == _c.sale_id)
    .outerjoin(_other, _other.c.id == _c.exchange_id)
    .outerjoin(pos_order, pos_order.c.credit_id == _c.id)
)  # fmt: skip


def _rows_of(credit_id: int) -> Any:
    r = credit_row.c
    return (
        select(
            r.id, r.position, r.sale_row_id, r.kind, _or_empty(product.c.sku).label("sku"),
            r.description, warehouse.c.name.label("warehouse"), r.quantity, r.price, r.net, r.tax,
            r.reason, r.disposition, _or_empty(location.c.code).label("place"),
        )
        .select_from(credit_row)
        .join(warehouse, warehouse.c.id == r.warehouse_id)
        .outerjoin(product, product.c.id == r.product_id)
        .outerjoin(credit_movement, credit_movement.c.credit_row_id == r.id)
        .outerjoin(movement, movement.c.id == credit_movement.c.movement_id)
        .outerjoin(location, location.c.id == movement.c.location_id)
        .where(r.credit_id == credit_id)
        .order_by(r.position)
    )  # fmt: skip


def credits_of_sale(db: Connection, sale_id: int) -> tuple[SaleCredit, ...]:
    """The credits that took back from a sale, and that whose exchange it is; oldest first."""
    units = (
        select(func.coalesce(func.sum(credit_row.c.quantity), 0))
        .where(credit_row.c.credit_id == _c.id)
        .scalar_subquery()
    )
    found = db.execute(
        select(
            _c.id, _c.number, _c.placed_at, units.label("units"), _c.total, _c.refunded,
            _c.sale_id, _c.exchange_id, _of.c.number.label("sale_number"),
            _other.c.number.label("exchange_number"),
        )
        .select_from(credit)
        .outerjoin(_of, _of.c.id == _c.sale_id)
        .outerjoin(_other, _other.c.id == _c.exchange_id)
        .where(or_(_c.sale_id == sale_id, _c.exchange_id == sale_id))
        .order_by(_c.placed_at, _c.id)
    )  # fmt: skip
    return tuple(
        SaleCredit(
            id=row.id,
            number=row.number,
            placed_at=row.placed_at,
            units=int(row.units),
            total=row.total,
            refunded=row.refunded,
            is_exchange=row.sale_id != sale_id,
            other_id=row.exchange_id if row.sale_id == sale_id else row.sale_id,
            other_number=row.exchange_number if row.sale_id == sale_id else row.sale_number,
        )
        for row in found
    )


# --- what a sale may still take back -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReturnableRow:
    """A row of a sale with what was sold, shipped and taken back of it before."""

    id: int
    kind: str
    sku: str
    description: str
    ordered: int
    shipped: int
    credited: int
    returned: int
    """Of ``credited``, what came back as goods."""
    net: int
    tax: int

    @property
    def left(self) -> int:
        """What may still be taken back (R7.10)."""
        return max(self.ordered - self.credited, 0)


@dataclass(frozen=True, slots=True)
class Returnable:
    """A sale as the dialog that takes back shows it."""

    sale_id: int
    number: int
    customer: str
    currency: str
    digits: int
    paid: int
    refunded: int
    warehouse_id: int
    rows: tuple[ReturnableRow, ...]
    warehouses: tuple[WarehouseChoice, ...]


def returnable(db: Connection, sale_id: int) -> Returnable | None:
    """What may be taken back of a sale; None where there is no such sale."""
    head = db.execute(
        select(
            sale.c.id, sale.c.number, customer.c.name, sale.c.currency, currency.c.digits,
            sale.c.paid, sale.c.warehouse_id,
        )
        .join(customer, customer.c.id == sale.c.customer_id)
        .join(currency, currency.c.code == sale.c.currency)
        .where(sale.c.id == sale_id)
    ).one_or_none()  # fmt: skip
    if head is None:
        return None
    r = sale_row.c
    rows = db.execute(
        select(
            r.id, r.kind, _or_empty(product.c.sku).label("sku"), r.description, r.ordered,
            r.shipped, r.net, r.tax,
        )
        .select_from(sale_row)
        .outerjoin(product, product.c.id == r.product_id)
        .where(r.sale_id == sale_id, r.ordered > 0)
        .order_by(r.position)
    ).all()  # fmt: skip
    ids = [row.id for row in rows]
    credited, returned = credited_before(db, ids), came_back(db, ids)
    refunded = select(func.coalesce(func.sum(_c.refunded), 0)).where(_c.sale_id == sale_id)
    return Returnable(
        sale_id=sale_id,
        number=head.number,
        customer=head.name,
        currency=head.currency,
        digits=head.digits,
        paid=head.paid,
        refunded=int(db.execute(refunded).scalar_one()),
        warehouse_id=head.warehouse_id,
        rows=tuple(
            ReturnableRow(
                **fields_of(row),
                credited=credited.get(row.id, (0, 0, 0))[0],
                returned=returned.get(row.id, 0),
            )
            for row in rows
        ),
        warehouses=tuple(one for one in all_warehouses(db) if one.active),
    )


# --- the list ------------------------------------------------------------------------------------


class CreditsView(StrEnum):
    """The built-in views of Credits."""

    ALL = "all"
    TO_PAY_OUT = "to_pay_out"
    """Less was refunded than the credit is worth."""
    EXCHANGES = "exchanges"


@dataclass(frozen=True, slots=True)
class CreditsFilter:
    """All conditions must hold; None and "" ask nothing."""

    view: CreditsView = CreditsView.ALL
    text: str = ""
    channel: Among | None = None
    placed_days: int | None = None


@dataclass(frozen=True, slots=True)
class CreditLine:
    """One line of Credits."""

    id: int
    number: int
    placed_at: datetime
    customer: str
    channel: str
    warehouse: str
    sale_id: int | None
    sale_number: int | None
    exchange_id: int | None
    exchange_number: int | None
    reference: str
    total: int
    refunded: int
    currency: str
    currency_digits: int
    payment: Axis
    units: int
    key: Key = ()

    @property
    def open(self) -> int:
        """What is not paid out of it yet."""
        return max(self.total - self.refunded, 0)


NEWEST_FIRST: Sort = ("placed", True)

_DUE = (_c.payment.in_((int(Axis.NONE), int(Axis.PART))), _c.total > 0)


def conditions(_db: Connection, where: CreditsFilter) -> list[ColumnElement[bool]]:
    """All of it as SQL."""
    found = _view(where.view)
    for word in folded(where.text).split():
        found.append(_says(word))
    if where.channel is not None:
        found.append(among(_c.channel_id, where.channel))
    if where.placed_days is not None:
        found.append(_c.placed_at >= start_of(where.placed_days))
    return found


def _says(word: str) -> ColumnElement[bool]:
    """A number of the credit or of its sale, or a part of the customer's name or the reference."""
    digits = word.lstrip("#")
    pattern = like_pattern(word, contains=True)
    named = select(customer.c.id).where(func.lower(customer.c.name).like(pattern, escape="\\"))
    ways: list[ColumnElement[bool]] = [
        _c.customer_id.in_(named),
        func.lower(_c.reference).like(pattern, escape="\\"),
    ]
    if digits.isascii() and digits.isdigit():
        of = select(sale.c.id).where(number_begins(sale.c.number, digits))
        ways += [number_begins(_c.number, digits), _c.sale_id.in_(of), _c.exchange_id.in_(of)]
    return or_(*ways)


def _view(view: CreditsView) -> list[ColumnElement[bool]]:
    if view is CreditsView.TO_PAY_OUT:
        return list(_DUE)
    if view is CreditsView.EXCHANGES:
        return [_c.exchange_id.is_not(None)]
    return []


_SORTINGS: dict[str, Sorting] = {
    "placed": (by(_c.placed_at, _c.id),),
    "number": (by(_c.number, _c.id),),
    "total": (by(_c.total, _c.id),),
}


def _lines(db: Connection, ids: Mapping[int, Key]) -> Iterator[CreditLine]:
    units = {
        row.credit_id: int(row.units)
        for row in db.execute(
            select(credit_row.c.credit_id, func.sum(credit_row.c.quantity).label("units"))
            .where(credit_row.c.credit_id.in_(ids_in(db, ids)))
            .group_by(credit_row.c.credit_id)
        )
    }
    query = (
        select(
            _c.id, _c.number, _c.placed_at, customer.c.name.label("customer"),
            _or_empty(channel.c.name).label("channel"), warehouse.c.name.label("warehouse"),
            _c.sale_id, _of.c.number.label("sale_number"), _c.exchange_id,
            _other.c.number.label("exchange_number"), _c.reference, _c.total, _c.refunded,
            _c.currency, currency.c.digits.label("currency_digits"), _c.payment,
        )
        .select_from(credit)
        .join(customer, customer.c.id == _c.customer_id)
        .join(warehouse, warehouse.c.id == _c.warehouse_id)
        .join(currency, currency.c.code == _c.currency)
        .outerjoin(channel, channel.c.id == _c.channel_id)
        .outerjoin(_of, _of.c.id == _c.sale_id)
        .outerjoin(_other, _other.c.id == _c.exchange_id)
        .where(_c.id.in_(ids_in(db, ids)))
    )  # fmt: skip
    for row in db.execute(query):
        values = fields_of(row)
        yield CreditLine(
            **(values | {"payment": Axis(row.payment)}),
            units=units.get(row.id, 0),
            key=ids[row.id],
        )


CREDITS: Listing[CreditsFilter, CreditLine] = Listing(
    credit, _SORTINGS, NEWEST_FIRST, conditions, _lines
)


def view_counts(db: Connection) -> dict[CreditsView, int]:
    """How many credits each built-in view holds; one statement."""
    counts = [
        select(func.count()).select_from(credit).where(*_view(view)).scalar_subquery()
        for view in CreditsView
    ]
    return dict(zip(CreditsView, db.execute(select(*counts)).one(), strict=True))
