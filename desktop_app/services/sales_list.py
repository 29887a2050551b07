"""Recent sales (ux 3.1): what a line shows, what can be filtered and sorted (SAL-01, SAL-02).

``SALES``: the ``Listing`` of ``SaleLine`` by ``SalesFilter``; ``view_counts(db)``: records of each
``SalesView``; ``totals(db, where)``: the idle strip; ``chosen_totals(db, ids)``: the batch bar.
Sorts: placed, number, customer, total, short, status, payment, allocation, fulfilment, shipping,
invoiced.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, select

from .backend import now
from .lists import Among, Key, Listing, Sort, Sorting, Term, today, total_of
from .rules.sale_status import Axis
from .sales_filter import (
    SOLD_METHODS,
    WAITING_ROW,
    Eta,
    SalesFilter,
    SalesView,
    conditions,
    expected,
)
from .store.bulk import ids_in
from .store.tables import (
    channel,
    currency,
    customer,
    order_status,
    peg,
    purchase_order,
    purchase_row,
    sale,
    sale_row,
    warehouse,
)


class Cover(StrEnum):
    """What stands behind the short units of a sale: the tone of its *Allocated* chip."""

    NOT_NEEDED = "not_needed"
    NO_PO = "no_po"
    ON_PO = "on_po"
    LATE = "late"


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


def _sorted(*terms: Any) -> Sorting:
    """Columns ascending; a pair (column, True) descends."""
    return Sorting(tuple(Term(*t) if isinstance(t, tuple) else Term(t) for t in terms))


def _grouped(column: Any) -> Sorting:
    """Equal values newest first: as the index of that column lies."""
    return _sorted(column, (sale.c.placed_at, True), (sale.c.id, True))


_SORTINGS = {
    "placed": _sorted(sale.c.placed_at, sale.c.id),
    "number": _sorted(sale.c.number, sale.c.id),
    "customer": Sorting(
        (
            Term(customer.c.name),
            Term(customer.c.id),
            Term(sale.c.placed_at, descending=True),
            Term(sale.c.id, descending=True),
        ),
        customer.join(sale, sale.c.customer_id == customer.c.id),
    ),
    "total": _sorted(sale.c.total, sale.c.id),
    "short": _sorted(sale.c.short, sale.c.id),
    "status": _grouped(sale.c.status_id),
    "payment": _grouped(sale.c.payment),
    "allocation": _grouped(sale.c.allocation),
    "fulfilment": _grouped(sale.c.fulfilment),
    "shipping": _grouped(sale.c.shipping),
    "invoiced": _grouped(sale.c.invoiced),
}


def _lines(db: Connection, ids: Collection[int]) -> Iterator[SaleLine]:
    pegs = {row.sale_id: row for row in db.execute(_pegs_of(db, ids))}
    sold = set(
        db.execute(
            select(sale_row.c.sale_id).where(
                sale_row.c.sale_id.in_(ids_in(db, ids)),
                sale_row.c.method.in_(SOLD_METHODS),
                WAITING_ROW,
            )
        ).scalars()
    )
    day, moment = today(), now()
    for row in db.execute(_HEAD.where(sale.c.id.in_(ids_in(db, ids)))):
        yield _line(row, pegs.get(row.id), bool(row.id in sold and row.waits), day, moment)


_HEAD = (
    select(
        sale.c.id, sale.c.number, sale.c.placed_at, sale.c.customer_id,
        customer.c.name.label("customer"), customer.c.has_credit_terms, sale.c.status_id,
        order_status.c.name.label("status"), order_status.c.colour, sale.c.total, sale.c.currency,
        currency.c.digits, sale.c.short, sale.c.payment, sale.c.allocation, sale.c.fulfilment,
        sale.c.shipping, sale.c.invoiced, sale.c.waits, sale.c.channel_id,
        channel.c.name.label("channel"), channel.c.kind.label("channel_kind"),
        sale.c.warehouse_id, warehouse.c.name.label("warehouse"), sale.c.reference,
        sale.c.row_count, sale.c.delivery_on,
    )
    .join(customer, customer.c.id == sale.c.customer_id)
    .join(order_status, order_status.c.id == sale.c.status_id)
    .join(currency, currency.c.code == sale.c.currency)
    .join(warehouse, warehouse.c.id == sale.c.warehouse_id)
    .outerjoin(channel, channel.c.id == sale.c.channel_id)
)  # fmt: skip


def _pegs_of(db: Connection, ids: Collection[int]) -> Any:
    """Per sale: units that live pegs cover, when the first of them come, and how many orders."""
    is_live = peg.c.live > 0
    return (
        select(
            sale_row.c.sale_id,
            total_of(peg.c.live).label("pegged"),
            func.min(case((is_live, expected))).label("eta"),
            func.count(
                case((purchase_order.c.state != "cancelled", purchase_order.c.id)).distinct()
            ).label("orders"),
        )
        .join(peg, peg.c.sale_row_id == sale_row.c.id)
        .join(purchase_row, purchase_row.c.id == peg.c.po_row_id)
        .join(purchase_order, purchase_order.c.id == purchase_row.c.po_id)
        .where(sale_row.c.sale_id.in_(ids_in(db, ids)))
        .group_by(sale_row.c.sale_id)
    )


def _line(row: Any, pegs: Any, is_exception: bool, day: date, moment: datetime) -> SaleLine:
    wants = bool(row.waits) and row.short > 0
    pegged = pegs.pegged if pegs is not None else 0
    eta = pegs.eta if pegs is not None else None
    return SaleLine(
        id=row.id,
        number=row.number,
        placed_at=row.placed_at,
        customer_id=row.customer_id,
        customer=row.customer,
        has_credit_terms=bool(row.has_credit_terms),
        status_id=row.status_id,
        status=row.status,
        status_colour=row.colour,
        total=row.total,
        currency=row.currency,
        currency_digits=row.digits,
        short=row.short,
        payment=Axis(row.payment),
        allocation=Axis(row.allocation),
        fulfilment=Axis(row.fulfilment),
        shipping=Axis(row.shipping),
        invoiced=bool(row.invoiced),
        waits=bool(row.waits),
        pegged=pegged,
        cover=_cover(row.short if wants else 0, pegged, eta, day),
        eta=eta,
        channel_id=row.channel_id,
        channel=row.channel or "",
        channel_kind=row.channel_kind or "",
        po_count=pegs.orders if pegs is not None else 0,
        warehouse_id=row.warehouse_id,
        warehouse=row.warehouse,
        reference=row.reference,
        items=row.row_count,
        delivery_on=row.delivery_on,
        days_waiting=(moment - row.placed_at).days if wants else None,
        is_exception=is_exception,
    )


def _cover(wanted: int, pegged: int, eta: date | None, day: date) -> Cover:
    if wanted <= 0:
        return Cover.NOT_NEEDED
    if pegged < wanted:
        return Cover.NO_PO
    return Cover.LATE if eta is not None and eta < day else Cover.ON_PO


SALES: Listing[SalesFilter, SaleLine] = Listing(sale, _SORTINGS, NEWEST_FIRST, conditions, _lines)


def view_counts(db: Connection, channel_id: int | None = None) -> dict[SalesView, int]:
    """How many sales each built-in view holds, of one channel if named; one statement."""
    locked = None if channel_id is None else Among.of(channel_id)
    counts = [
        select(func.count())
        .select_from(sale)
        .where(*conditions(db, SalesFilter(view=view, channel=locked)))
        .scalar_subquery()
        .label(view.value)
        for view in SalesView
    ]
    found = db.execute(select(*counts)).one()
    return dict(zip(SalesView, found, strict=True))


def totals(db: Connection, where: SalesFilter) -> SalesTotals:
    """Sums over all that match, for the idle strip (SAL-10)."""
    return _totals(db, conditions(db, where))


def chosen_totals(db: Connection, ids: Collection[int]) -> SalesTotals:
    """The same over chosen sales, for the batch bar."""
    return _totals(db, [sale.c.id.in_(ids_in(db, ids))])


def _totals(db: Connection, these: Sequence[ColumnElement[bool]]) -> SalesTotals:
    found = db.execute(
        select(
            sale.c.currency,
            func.count().label("sales"),
            total_of(sale.c.total).label("total"),
            total_of(case((sale.c.waits == 1, sale.c.short), else_=0)).label("short"),
        )
        .where(*these)
        .group_by(sale.c.currency)
        .order_by(sale.c.currency)
    ).all()
    digits = {r.code: r.digits for r in db.execute(select(currency.c.code, currency.c.digits))}
    return SalesTotals(
        sum(r.sales for r in found),
        tuple((r.currency, digits[r.currency], r.total) for r in found),
        sum(r.short for r in found),
    )


__all__ = [
    "NEWEST_FIRST",
    "SALES",
    "Among",
    "Cover",
    "Eta",
    "SaleLine",
    "SalesFilter",
    "SalesTotals",
    "SalesView",
    "chosen_totals",
    "totals",
    "view_counts",
]
