"""Transfers (R8.1): ``TRANSFERS``, the listing of ``TransferLine`` by ``TransferFilter``; one whole.

Sorts: number, sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, func, or_, select

from .lists import (
    Among,
    Key,
    Listing,
    Sort,
    among,
    by,
    fields_of,
    folded,
    has_word,
    total_of,
)
from .store.bulk import ids_in
from .store.tables import person, product, stock_level, transfer, transfer_row, warehouse


class TransfersView(StrEnum):
    """The tabs."""

    ALL = "all"
    ON_THE_WAY = "on_the_way"
    ARRIVED = "arrived"


@dataclass(frozen=True, slots=True)
class TransferFilter:
    """All conditions must hold."""

    text: str = ""
    """Number, reference, or an item of it."""
    view: TransfersView = TransfersView.ALL
    source: Among | None = None
    to: Among | None = None


@dataclass(frozen=True, slots=True)
class TransferLine:
    """A transfer; units in ten-thousandths."""

    id: int
    number: int
    from_id: int
    source: str
    to_id: int
    warehouse: str
    state: str
    """sent | received | closed | cancelled."""
    units: int
    received: int
    lost: int
    products: int
    sent_at: datetime
    settled_at: datetime | None
    person: str
    reference: str
    key: Key = ()

    @property
    def in_transit(self) -> int:
        """Units on their way."""
        return self.units - self.received - self.lost if self.state == "sent" else 0


@dataclass(frozen=True, slots=True)
class TransferRow:
    """A product of a transfer; ``on_hand`` is what the receiving warehouse has now."""

    product_id: int
    sku: str
    name: str
    quantity: int
    received: int
    lost: int
    in_transit: int
    in_stock: int
    on_hand: int


@dataclass(frozen=True, slots=True)
class TransferDetail:
    """A transfer with its rows, by SKU."""

    head: TransferLine
    rows: tuple[TransferRow, ...]


NEWEST_FIRST: Sort = ("number", True)
_t = transfer.c


def conditions(_db: Connection, where: TransferFilter) -> list[ColumnElement[bool]]:
    """All of it as SQL."""
    found: list[ColumnElement[bool]] = []
    if where.view is TransfersView.ON_THE_WAY:
        found.append(_t.state == "sent")
    elif where.view is TransfersView.ARRIVED:
        found.append(_t.state.in_(("received", "closed")))
    for word in folded(where.text).split():
        items = (
            select(transfer_row.c.transfer_id)
            .join(product, product.c.id == transfer_row.c.product_id)
            .where(has_word(word, product.c.sku))
        )
        here = has_word(word, _t.reference, number=_t.number)
        found.append(or_(here, _t.id.in_(items)))
    for column, wanted in ((_t.from_id, where.source), (_t.to_id, where.to)):
        if wanted is not None:
            found.append(among(column, wanted))
    return found


def _lines(db: Connection, ids: Mapping[int, Key]) -> Iterator[TransferLine]:
    source = warehouse.alias("source")
    row = transfer_row.c
    totals = (
        select(
            row.transfer_id,
            total_of(row.quantity).label("units"),
            total_of(row.received).label("received"),
            total_of(row.lost).label("lost"),
            func.count().label("products"),
        )
        .where(row.transfer_id.in_(ids_in(db, ids)))
        .group_by(row.transfer_id)
        .subquery()
    )
    query = (
        select(
            _t.id, _t.number, _t.from_id, source.c.name.label("source"), _t.to_id, warehouse.c.name.label("warehouse"),
            _t.state, totals.c.units, totals.c.received, totals.c.lost, totals.c.products, _t.sent_at,
            _t.settled_at, person.c.name.label("person"), _t.reference,
        )
        .join(totals, totals.c.transfer_id == _t.id)
        .join(source, source.c.id == _t.from_id)
        .join(warehouse, warehouse.c.id == _t.to_id)
        .join(person, person.c.id == _t.person_id)
    )  # fmt: skip
    for found in db.execute(query):
        yield TransferLine(**fields_of(found), key=ids[found.id])


TRANSFERS: Listing[TransferFilter, TransferLine] = Listing(
    transfer,
    {"number": (by(_t.number, _t.id),), "sent": (by(_t.sent_at, _t.id),)},
    NEWEST_FIRST,
    conditions,
    _lines,
)


def view_counts(db: Connection) -> dict[TransfersView, int]:
    """How many transfers are on their way."""
    way = select(func.count()).select_from(transfer).where(_t.state == "sent")
    return {TransfersView.ON_THE_WAY: int(db.execute(way).scalar_one())}


def transfer_detail(db: Connection, transfer_id: int) -> TransferDetail | None:
    """One transfer; None where there is none."""
    head = next(iter(_lines(db, {transfer_id: ()})), None)
    if head is None:
        return None
    r, level = transfer_row.c, stock_level.c
    on_hand = level.in_stock - level.allocated - level.quarantined
    rows = db.execute(
        select(
            r.product_id, product.c.sku, product.c.name, r.quantity, r.received, r.lost,
            (r.quantity - r.received - r.lost).label("in_transit"),
            func.coalesce(level.in_stock, 0).label("in_stock"),
            func.coalesce(on_hand, 0).label("on_hand"),
        )
        .join(product, product.c.id == r.product_id)
        .outerjoin(
            stock_level, (level.product_id == r.product_id) & (level.warehouse_id == head.to_id)
        )
        .where(r.transfer_id == transfer_id)
        .order_by(product.c.sku, r.id)
    )  # fmt: skip
    lines = [TransferRow(**fields_of(row)) for row in rows]
    if head.state != "sent":
        lines = [replace(line, in_transit=0) for line in lines]
    return TransferDetail(head, tuple(lines))
