"""Look-ups that pickers and filters need: products, suppliers, places, statuses, customers.

``products(db, text, limit)``, ``suppliers(db, text, limit)``, ``customers(db, text, limit)``: best
first; ``warehouses(db)``, ``locations(db, warehouse_id)``, ``statuses(db, "SO" | "PO")``,
``channels(db)``, ``base_currency(db)``, ``named(db, kind, ids)``.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Connection, Text, and_, case, func, or_, select, true

from .lists import folded, like_pattern, total_of
from .store.bulk import ids_in
from .store.tables import (
    barcode,
    channel,
    company,
    currency,
    customer,
    location,
    offer,
    order_status,
    product,
    stock_level,
    supplier,
    warehouse,
)

FOUND_MAX = 50
"""A picker shows so many."""


@dataclass(frozen=True, slots=True)
class ProductChoice:
    """A product as a picker shows it; ``price`` in ten-thousandths, ``on_hand`` over all places."""

    id: int
    sku: str
    name: str
    kind: str
    price: int
    on_hand: int
    discontinued: bool


@dataclass(frozen=True, slots=True)
class SupplierChoice:
    """A supplier as a picker shows it."""

    id: int
    number: int
    name: str
    currency: str
    lead_time_days: int
    active: bool
    offers: int
    """How many products it offers."""


@dataclass(frozen=True, slots=True)
class WarehouseChoice:
    """A warehouse."""

    id: int
    code: str
    name: str
    active: bool


@dataclass(frozen=True, slots=True)
class LocationChoice:
    """A place in a warehouse."""

    id: int
    warehouse_id: int
    code: str
    kind: str
    is_default: bool


@dataclass(frozen=True, slots=True)
class StatusChoice:
    """A user-defined order status (R2.5)."""

    id: int
    name: str
    colour: str
    is_quote: bool
    is_cancelled: bool
    is_on_hold: bool
    is_closed: bool


@dataclass(frozen=True, slots=True)
class ChannelChoice:
    """A channel (CHN-01, IA-04)."""

    id: int
    code: str
    name: str
    kind: str
    warehouse_id: int | None
    automatic_invoicing: bool


@dataclass(frozen=True, slots=True)
class CustomerChoice:
    """A customer."""

    id: int
    name: str
    email: str
    has_credit_terms: bool


def products(db: Connection, words: str, limit: int = FOUND_MAX) -> list[ProductChoice]:
    """Products by code, barcode or name: an exact code first, then beginnings, then the rest.

    Discontinued ones come last.
    """
    on_hand = (
        select(
            total_of(stock_level.c.in_stock - stock_level.c.allocated - stock_level.c.quarantined)
        )
        .where(stock_level.c.product_id == product.c.id)
        .scalar_subquery()
    )
    p = product.c
    query = select(p.id, p.sku, p.name, p.kind, p.price, on_hand.label("on_hand"), p.discontinued)
    sku, name = func.lower(p.sku), func.lower(p.name)
    scanned = select(barcode.c.product_id).where(barcode.c.code == words.strip())
    rank = _rank(words, sku, name, p.id.in_(scanned))
    query = query.where(or_(_all_words(words, sku, name), p.id.in_(scanned)))
    query = query.order_by(rank, p.discontinued, p.sku, p.id).limit(limit)
    return [ProductChoice(*row[:-1], bool(row.discontinued)) for row in db.execute(query)]


def suppliers(db: Connection, words: str = "", limit: int = FOUND_MAX) -> list[SupplierChoice]:
    """Suppliers by number or name, best first; those no longer used come last."""
    s = supplier.c
    offers = (
        select(func.count()).where(offer.c.supplier_id == s.id).select_from(offer).scalar_subquery()
    )
    name, number = func.lower(s.name), s.number.cast(Text)
    query = (
        select(s.id, s.number, s.name, s.currency, s.lead_time_days, s.active, offers)
        .where(_all_words(words, number, name))
        .order_by(s.active.desc(), _rank(words, number, name), name, s.id)
        .limit(limit)
    )
    return [
        SupplierChoice(r.id, r.number, r.name, r.currency, r.lead_time_days, bool(r.active), r[-1])
        for r in db.execute(query)
    ]


def customers(db: Connection, words: str, limit: int = FOUND_MAX) -> list[CustomerChoice]:
    """Customers by name or e-mail, best first."""
    c = customer.c
    name, email = func.lower(c.name), func.lower(c.email)
    query = (
        select(c.id, c.name, c.email, c.has_credit_terms)
        .where(_all_words(words, name, email))
        .order_by(_rank(words, name, email), name, c.id)
        .limit(limit)
    )
    return [CustomerChoice(r[0], r[1], r[2], bool(r[3])) for r in db.execute(query)]


def _all_words(words: str, *columns: ColumnElement[Any]) -> ColumnElement[bool]:
    """Every word is found in one of the columns; no words find everything."""
    return and_(
        true(),
        *(
            or_(*(c.like(like_pattern(word, contains=True), escape="\\") for c in columns))
            for word in folded(words).split()
        ),
    )


def _rank(words: str, *columns: Any) -> ColumnElement[int]:
    """0 where a column says just this (or a condition holds), 1 where one begins so, else 2."""
    wanted = folded(words)
    flags = [c for c in columns if isinstance(c.type, Boolean)]
    texts = [c for c in columns if not isinstance(c.type, Boolean)]
    begins = like_pattern(wanted) + "%"
    return case(
        (or_(*flags, *(c == wanted for c in texts)), 0),
        (or_(*(c.like(begins, escape="\\") for c in texts)), 1),
        else_=2,
    )


def named(db: Connection, table: str, ids: Collection[int]) -> dict[int, str]:
    """Names of filter values by id; ``table``: customer, supplier, product or a small one."""
    source = _NAMED[table]
    label = product.c.sku if source is product else source.c.name
    query = select(source.c.id, label).where(source.c.id.in_(ids_in(db, ids)))
    return {row[0]: row[1] for row in db.execute(query)}


_NAMED = {
    "customer": customer,
    "supplier": supplier,
    "product": product,
    "channel": channel,
    "warehouse": warehouse,
    "status": order_status,
}


def warehouses(db: Connection, *, all_of_them: bool = False) -> list[WarehouseChoice]:
    """Warehouses by name; those no longer used only when asked for."""
    w = warehouse.c
    query = select(w.id, w.code, w.name, w.active).order_by(w.name, w.id)
    if not all_of_them:
        query = query.where(w.active == 1)
    return [WarehouseChoice(r.id, r.code, r.name, bool(r.active)) for r in db.execute(query)]


def locations(db: Connection, warehouse_id: int) -> list[LocationChoice]:
    """The places of a warehouse, the default one first."""
    place = location.c
    query = (
        select(place.id, place.warehouse_id, place.code, place.kind, place.is_default)
        .where(place.warehouse_id == warehouse_id)
        .order_by(place.is_default.desc(), place.code)
    )
    return [LocationChoice(*r[:-1], bool(r.is_default)) for r in db.execute(query)]


def statuses(db: Connection, document: str) -> list[StatusChoice]:
    """The order statuses of "SO" or "PO", in their order."""
    s = order_status.c
    query = (
        select(s.id, s.name, s.colour, s.is_quote, s.is_cancelled, s.is_on_hold, s.is_closed)
        .where(s.document == document)
        .order_by(s.position, s.id)
    )
    return [
        StatusChoice(r.id, r.name, r.colour, *(bool(flag) for flag in r[3:]))
        for r in db.execute(query)
    ]


def channels(db: Connection) -> list[ChannelChoice]:
    """Channels by name."""
    c = channel.c
    query = select(c.id, c.code, c.name, c.kind, c.warehouse_id, c.automatic_invoicing)
    found = db.execute(query.order_by(c.name, c.id))
    return [ChannelChoice(*r[:-1], bool(r.automatic_invoicing)) for r in found]


def base_currency(db: Connection) -> tuple[str, int]:
    """(code, digits) of the company's own currency."""
    query = select(currency.c.code, currency.c.digits)
    row = db.execute(query.join(company, company.c.currency == currency.c.code)).one()
    return row.code, row.digits
