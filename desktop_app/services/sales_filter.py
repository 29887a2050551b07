"""What Recent sales can be filtered by (SAL-01, SAL-02), as values and as SQL conditions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    exists,
    func,
    literal_column,
    not_,
    select,
    text,
    union,
)

from .lists import Among, among, like_pattern, says, start_of, today, total_of
from .rules.sale_status import Axis
from .store.bulk import ids_in, is_postgres
from .store.kinds import BigInt
from .store.tables import (
    offer,
    order_status,
    peg,
    product,
    purchase_order,
    purchase_row,
    sale,
    sale_row,
)


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


WAITING_SALE = text("sale.short > 0 AND sale.waits = 1")
"""As the partial index says it, word for word: with parameters it would not be used."""

WAITING_ROW = text(
    "sale_row.kind = 'stock' AND sale_row.ordered > sale_row.reserved + sale_row.fulfilled"
)

LIVE_PEG: Any = text("peg.live > 0")

UNSHIPPED: Any = text("sale.shipping < 2")
"""Not or partially shipped. A constant: of a parameter SQLite would expect half of all sales."""

_NOT_SENT = (
    "CASE WHEN sale_row.method = 'ship_later' THEN (SELECT CAST(coalesce(sum(c.quantity), 0) AS BIGINT)"
    " FROM credit_row c WHERE c.sale_row_id = sale_row.id AND c.disposition = 'none') ELSE 0 END"
)

NOT_SENT: Any = literal_column(f"({_NOT_SENT})", BigInt)
"""Units of a *ship later* row that were refunded as money, so that nothing is owed for them."""

UNITS_MISSING: Any = literal_column(
    f"(sale_row.ordered - sale_row.reserved - sale_row.fulfilled - {_NOT_SENT})", BigInt
)
"""``rules.exceptions_plan.missing`` of a row; below 0 where more was refunded than is needed."""

EXCEPTION_ROW: Any = text(
    "sale_row.method IN ('now', 'ship_later') AND sale_row.kind = 'stock'"
    " AND sale_row.ordered > sale_row.reserved + sale_row.fulfilled"
    f" AND sale_row.ordered > sale_row.reserved + sale_row.fulfilled + {_NOT_SENT}"
)
"""A row that a shop sold and the books lack, and that nobody gave back (R7.9); a back order is not
one. With parameters a plan that PostgreSQL keeps could not use the partial index, so it would plan
anew each time."""

expected = func.coalesce(purchase_row.c.expected_on, purchase_order.c.expected_on)
"""When the units of a peg are expected; null where nobody said."""


def pegged_units() -> ColumnElement[int]:
    """Units that live pegs cover of the sale of the outer query."""
    return (
        select(total_of(peg.c.live))
        .join(sale_row, sale_row.c.id == peg.c.sale_row_id)
        .where(sale_row.c.sale_id == sale.c.id, LIVE_PEG)
        .correlate(sale)
        .scalar_subquery()
    )


def conditions(db: Connection, where: SalesFilter) -> list[ColumnElement[bool]]:
    """All of it as SQL; asks the text index first where there is free text."""
    found: list[Any] = [*_view(where.view), *says(db, sale, where.text)]
    for column, wanted in (
        (sale.c.channel_id, where.channel),
        (sale.c.status_id, where.status),
        (sale.c.payment, where.payment),
        (sale.c.allocation, where.allocation),
        (sale.c.fulfilment, where.fulfilment),
        (sale.c.shipping, where.shipping),
        (sale.c.warehouse_id, where.warehouse),
        (sale.c.customer_id, where.customer),
    ):
        if wanted is not None:
            found.append(among(column, wanted))
    found += _placed(where)
    if where.invoiced is not None:
        found.append(sale.c.invoiced == int(where.invoiced))
    if where.waits is not None:
        found.append(sale.c.waits == int(where.waits))
    if where.short is not None:
        found.append(sale.c.short > 0 if where.short else sale.c.short == 0)
        if where.short and where.waits:
            found.append(WAITING_SALE)
    if where.reference:
        pattern = like_pattern(where.reference.casefold(), contains=True)
        found.append(func.lower(sale.c.reference).like(pattern, escape="\\"))
    return found + _eta(where.eta) + _items(db, where) + _orders(db, where)


def _placed(where: SalesFilter) -> Iterable[ColumnElement[bool]]:
    if where.placed_from is not None:
        yield sale.c.placed_at >= where.placed_from
    if where.placed_before is not None:
        yield sale.c.placed_at < where.placed_before
    if where.placed_days is not None:
        yield sale.c.placed_at >= start_of(where.placed_days)


def _view(view: SalesView) -> list[Any]:
    if view is SalesView.NEEDS_ORDERING:
        return [WAITING_SALE, sale.c.short > pegged_units()]
    if view is SalesView.WAITING_ON_PO:
        return [WAITING_SALE, sale.c.short <= pegged_units()]
    if view is SalesView.READY_TO_SHIP:
        return [UNSHIPPED, sale.c.allocation == int(Axis.ALL), sale.c.waits == 1]
    if view is SalesView.PROBLEMS:
        on_hold = select(order_status.c.id).where(order_status.c.is_on_hold == 1)
        held = select(sale.c.id).where(sale.c.status_id.in_(on_hold), UNSHIPPED)
        sold = select(sale.c.id).where(
            WAITING_SALE,
            exists().where(sale_row.c.sale_id == sale.c.id, EXCEPTION_ROW),
        )
        return [sale.c.id.in_(union(_late(), held, sold))]
    return []


def _pegged() -> Select[tuple[int]]:
    """Sales with goods on their way, as ids."""
    return (
        select(sale_row.c.sale_id)
        .select_from(peg)
        .join(purchase_row, purchase_row.c.id == peg.c.po_row_id)
        .join(purchase_order, purchase_order.c.id == purchase_row.c.po_id)
        .join(sale_row, sale_row.c.id == peg.c.sale_row_id)
        .where(LIVE_PEG)
    )


def etas() -> Select[tuple[int, Any]]:
    """Per sale with goods on their way on a known day: when the first of them come."""
    first = func.min(expected).label("eta")
    dated = _pegged().where(expected.is_not(None))
    return dated.add_columns(first).group_by(sale_row.c.sale_id)


def _late() -> Select[tuple[int]]:
    return _pegged().where(expected < today())


def _eta(eta: Eta | None) -> list[ColumnElement[bool]]:
    if eta is Eta.LATE:
        return [sale.c.id.in_(_late())]
    if eta is Eta.THIS_WEEK:
        sunday = today() + timedelta(days=6 - today().weekday())
        first = func.min(expected)
        week = _pegged().group_by(sale_row.c.sale_id).having(first.between(today(), sunday))
        return [sale.c.id.in_(week)]
    if eta is Eta.NONE:
        return [WAITING_SALE, not_(sale.c.id.in_(_pegged().where(expected.is_not(None))))]  # type: ignore[list-item]
    return []


def _items(db: Connection, where: SalesFilter) -> list[ColumnElement[bool]]:
    found = []
    if where.product is not None:
        rows = select(sale_row.c.sale_id).where(sale_row.c.product_id.in_(where.product.values))
        found.append(_in_or_out(db, rows, out=where.product.out))
    if where.sku:
        rows = select(sale_row.c.sale_id).where(_of_sku(db, where.sku))
        found.append(sale.c.id.in_(rows))
    if where.supplier is not None:
        offered = select(offer.c.product_id).where(offer.c.supplier_id.in_(where.supplier.values))
        short = select(sale_row.c.sale_id).where(WAITING_ROW, sale_row.c.product_id.in_(offered))
        found.append(_in_or_out(db, short, out=where.supplier.out))
    return found


def _of_sku(db: Connection, wanted: str) -> ColumnElement[bool]:
    """Rows of the products whose code looks so; they are looked up first.

    PostgreSQL gets them one by one: it cannot tell how many a pattern would find, and would look
    up a quarter of all sales one at a time.
    """
    pattern = like_pattern(wanted.casefold(), stars=True)
    query = select(product.c.id).where(func.lower(product.c.sku).like(pattern, escape="\\"))
    products = db.execute(query.limit(PRODUCTS_NAMED_MAX + 1)).scalars().all()
    if len(products) > PRODUCTS_NAMED_MAX:
        return sale_row.c.product_id.in_(query)
    if is_postgres(db):
        return sale_row.c.product_id.in_(products)
    return sale_row.c.product_id.in_(ids_in(db, products))


PRODUCTS_NAMED_MAX = 10_000


def _orders(db: Connection, where: SalesFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if where.has_po is None and where.po_number is None:
        return found
    raised = (
        select(sale_row.c.sale_id)
        .select_from(peg)
        .join(sale_row, sale_row.c.id == peg.c.sale_row_id)
    )
    rows_of = select(purchase_row.c.id).join(
        purchase_order, purchase_order.c.id == purchase_row.c.po_id
    )
    if where.has_po is not None:
        # The few cancelled orders are looked up instead of the order of each of the many pegs.
        cancelled = rows_of.where(purchase_order.c.state == "cancelled")
        kept = raised.where(peg.c.po_row_id.not_in(cancelled))
        if where.has_po and not is_postgres(db):
            # They are a large part of all: SQLite shall walk the order and stop, not sort them.
            found.append((sale.c.id + 0).in_(kept))
        else:
            found.append(_in_or_out(db, kept, out=not where.has_po))
    if where.po_number is not None:
        of_order = rows_of.where(purchase_order.c.number == where.po_number)
        found.append(sale.c.id.in_(raised.where(peg.c.po_row_id.in_(of_order))))
    return found


def _in_or_out(db: Connection, ids: Select[tuple[int]], *, out: bool) -> ColumnElement[bool]:
    if not out:
        return sale.c.id.in_(ids)
    if is_postgres(db):
        # It joins what is not there in parallel, and does not do so for NOT IN.
        these = ids.subquery("these")
        return not_(exists().where(these.c[0] == sale.c.id))
    return sale.c.id.not_in(ids)
