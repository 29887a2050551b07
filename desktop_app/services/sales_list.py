"""Recent sales (ux 3.1): what a line shows, what can be filtered and sorted (SAL-01, SAL-02).

``SALES``: the ``Listing`` of ``SaleLine`` by ``SalesFilter``; ``view_counts(db)``: records of each
``SalesView``; ``totals(db, where)``: the idle strip; ``chosen_totals(db, ids)``: the batch bar.
Sorts: placed, number, customer, channel, total, short, status, payment, allocation, fulfilment,
shipping, invoiced, eta.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, case, exists, func, select

from .backend import now
from .lists import Among, Key, Listing, Sort, Sorting, by, today, total_of
from .rules.sale_status import Axis
from .sales_filter import (
    EXCEPTION_ROW,
    WAITING_SALE,
    Eta,
    SalesFilter,
    SalesView,
    conditions,
    etas,
    expected,
)
from .store.bulk import id_list, ids_in, ids_named, is_postgres
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


class SaleLine(NamedTuple):
    """One line of Recent sales. ``total`` in minor units, quantities in ten-thousandths.

    A tuple: a frozen dataclass of so many fields takes ten times as long to make.
    """

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


_NEWEST = ((sale.c.placed_at, True), (sale.c.id, True))


def _grouped(column: Any) -> Sorting:
    """Equal values newest first: as the index of that column lies."""
    return (by(column, *_NEWEST),)


_ETAS = etas().subquery("etas")

_SORTINGS: dict[str, Sorting] = {
    "placed": (by(sale.c.placed_at, sale.c.id),),
    "number": (by(sale.c.number, sale.c.id),),
    "customer": (
        by(
            customer.c.name, customer.c.id, *_NEWEST,
            source=customer.join(sale, sale.c.customer_id == customer.c.id),
        ),
    ),
    "channel": (
        by(sale.c.channel_id, *_NEWEST, only=sale.c.channel_id.is_not(None)),
        by(*_NEWEST, only=sale.c.channel_id.is_(None)),
    ),
    "total": (by(sale.c.total, sale.c.id),),
    "short": _grouped(sale.c.short),
    "status": _grouped(sale.c.status_id),
    "payment": _grouped(sale.c.payment),
    "allocation": _grouped(sale.c.allocation),
    "fulfilment": _grouped(sale.c.fulfilment),
    "shipping": _grouped(sale.c.shipping),
    "invoiced": _grouped(sale.c.invoiced),
    "eta": (
        by(_ETAS.c.eta, *_NEWEST, source=sale.join(_ETAS, _ETAS.c.sale_id == sale.c.id)),
        by(*_NEWEST, only=sale.c.id.not_in(select(_ETAS.c.sale_id))),
    ),
}  # fmt: skip


def _lines(db: Connection, keys: Mapping[int, Key]) -> Iterator[SaleLine]:
    heads, pegged = _statements(is_postgres(db))
    given = {"ids": id_list(keys)}
    goods = {row[0]: row[1:] for row in db.execute(pegged, given).all()}
    day, moment = today(), now()
    for row in db.execute(heads, given).all():
        yield _line(row, goods.get(row[0], _NO_GOODS), day, moment, keys[row[0]])


@cache
def _statements(postgres: bool) -> tuple[Select[Any], Select[Any]]:
    """The heads of sales and what is pegged to them, by "ids"; making them costs more than running."""
    ids = ids_named(postgres, "ids")
    sold = exists().where(sale_row.c.sale_id == sale.c.id, EXCEPTION_ROW)
    heads = (
        select(
            sale.c.id, sale.c.number, sale.c.placed_at, sale.c.customer_id, customer.c.name,
            customer.c.has_credit_terms, sale.c.status_id, order_status.c.name,
            order_status.c.colour, sale.c.total, sale.c.currency, currency.c.digits, sale.c.short,
            sale.c.payment, sale.c.allocation, sale.c.fulfilment, sale.c.shipping, sale.c.invoiced,
            sale.c.waits, sale.c.channel_id, channel.c.name, channel.c.kind, sale.c.warehouse_id,
            warehouse.c.name, sale.c.reference, sale.c.row_count, sale.c.delivery_on,
            case((sale.c.waits == 1, sold)),
        )
        .join(customer, customer.c.id == sale.c.customer_id)
        .join(order_status, order_status.c.id == sale.c.status_id)
        .join(currency, currency.c.code == sale.c.currency)
        .join(warehouse, warehouse.c.id == sale.c.warehouse_id)
        .outerjoin(channel, channel.c.id == sale.c.channel_id)
        .where(sale.c.id.in_(ids))
    )  # fmt: skip
    return heads, _pegged_of(ids)


def _pegged_of(ids: Select[tuple[int]]) -> Select[Any]:
    """Per sale that has pegs: units on live ones, when the first come, how many orders."""
    return (
        select(
            sale_row.c.sale_id,
            total_of(peg.c.live),
            func.min(case((peg.c.live > 0, expected))),
            func.count(
                case((purchase_order.c.state != "cancelled", purchase_order.c.id)).distinct()
            ),
        )
        .select_from(sale_row)
        .join(peg, peg.c.sale_row_id == sale_row.c.id)
        .join(purchase_row, purchase_row.c.id == peg.c.po_row_id)
        .join(purchase_order, purchase_order.c.id == purchase_row.c.po_id)
        .where(sale_row.c.sale_id.in_(ids))
        .group_by(sale_row.c.sale_id)
    )


_NO_GOODS = (0, None, 0)
_AXES = tuple(Axis)


def _line(row: Any, goods: Any, day: date, moment: datetime, key: Key) -> SaleLine:
    # Taken apart at once: reading a result row by name costs more than the query.
    (
        sale_id, number, placed_at, customer_id, name, has_credit_terms, status_id, status, colour,
        total, code, digits, short, paid, allocation, fulfilment, shipping, invoiced, waits,
        channel_id, channel_name, channel_kind, warehouse_id, place, reference, items, delivery_on,
        sold,
    ) = row  # fmt: skip
    wants = waits == 1 and short > 0
    pegged, eta, orders = goods
    return SaleLine._make((
        sale_id, number, placed_at, customer_id, name, has_credit_terms == 1, status_id, status,
        colour, total, code, digits, short, _AXES[paid], _AXES[allocation], _AXES[fulfilment],
        _AXES[shipping], invoiced == 1, waits == 1, pegged,
        _cover(short if wants else 0, pegged, eta, day), eta, channel_id, channel_name or "",
        channel_kind or "", orders, warehouse_id, place, reference, items, delivery_on,
        (moment - placed_at).days if wants else None, bool(sold), key,
    ))  # fmt: skip


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
        )
        .where(*these)
        .group_by(sale.c.currency)
        .order_by(sale.c.currency)
    ).all()
    # Apart: the index of totals answers the first, that of the few waiting sales this one.
    short = select(total_of(sale.c.short)).where(WAITING_SALE, *these).scalar_subquery()
    known = db.execute(select(currency.c.code, currency.c.digits, short)).all()
    digits = {one[0]: one[1] for one in known}
    return SalesTotals(
        sum(r.sales for r in found),
        tuple((r.currency, digits[r.currency], r.total) for r in found),
        known[0][2] if known else 0,
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
