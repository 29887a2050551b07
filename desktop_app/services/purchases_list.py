"""Purchases (ux 3.12 PUR-01): purchase orders and the batches that made them.

``PURCHASES``: the ``Listing`` of ``PurchaseLine`` by ``PurchasesFilter``; ``BATCHES``: that of
``BatchLine`` by ``BatchesFilter``; ``view_counts(db)``. Sorts: created, number, supplier, state,
status, received, expected, total, to_come; batches: at.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, func, select

from .books import OPEN_STATES
from .lists import Among, Key, Listing, Sort, Sorting, among, by, says, start_of, today, total_of
from .rules.sale_status import Axis
from .store.bulk import id_list, ids_in, ids_named, is_postgres
from .store.tables import (
    currency,
    drop_ship_row,
    goods_out,
    goods_out_row,
    journal,
    order_status,
    peg,
    person,
    purchase_batch,
    purchase_order,
    purchase_row,
    sale_row,
    supplier,
    warehouse,
)


class PurchasesView(StrEnum):
    """The built-in views of Purchases. *Batches* is a list of its own, see ``BatchLine``."""

    ALL = "all"
    DRAFT = "draft"
    SENT = "sent"
    LATE = "late"
    """Open, something to come, expected before today."""
    PART_RECEIVED = "part_received"
    DROP_SHIP = "drop_ship"
    """Delivered to customers by their suppliers (R4.3)."""


@dataclass(frozen=True, slots=True)
class PurchasesFilter:
    """All conditions must hold; None and "" ask nothing."""

    view: PurchasesView = PurchasesView.ALL
    text: str = ""
    supplier: Among | None = None
    warehouse: Among | None = None
    status: Among | None = None
    state: frozenset[str] | None = None
    """Of draft, sent, closed, cancelled (R2.6)."""
    received: Among | None = None
    expected_from: date | None = None
    expected_to: date | None = None
    """Both days included."""
    created_days: int | None = None
    product: Among | None = None
    batch_id: int | None = None
    drop_ship: bool | None = None
    sale_id: int | None = None
    """Raised for this sale."""
    open_only: bool = False


class PurchaseLine(NamedTuple):
    """One line of Purchases. ``total`` in minor units, quantities in ten-thousandths."""

    id: int
    number: int
    supplier_id: int
    supplier: str
    state: str
    status_id: int | None
    status: str
    status_colour: str
    received: Axis
    created_at: datetime
    sent_at: datetime | None
    expected_on: date | None
    days_late: int
    """0 unless it is open, something is to come and the day is past."""
    to_come: int
    total: int
    currency: str
    currency_digits: int
    waiting_sales: int
    """Sales that wait for its units: by live pegs, or on drop-ship notes not shipped yet."""
    batch_id: int | None
    warehouse_id: int | None
    warehouse: str
    reference: str
    drop_ship: bool
    rows: int
    key: Key = ()


@dataclass(frozen=True, slots=True)
class BatchesFilter:
    """Batches; ``undone`` None: all of them."""

    undone: bool | None = None


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One batch of purchase orders (R3.13) with what it made."""

    id: int
    at: datetime
    person: str
    sale_count: int
    orders: tuple[tuple[int, int, str], ...]
    """(id, number, state) of its purchase orders."""
    units: int
    totals: tuple[tuple[str, int, int], ...]
    """(currency, digits, total in minor units)."""
    options: Any
    journal_id: str
    """Give this to ``Backend.undo``."""
    undone_at: datetime | None
    undone_by: str
    key: Key = ()


NEWEST_FIRST: Sort = ("created", True)
LATEST_BATCH_FIRST: Sort = ("at", True)

_po = purchase_order.c
_SOMETHING_OPEN = (_po.state.in_(OPEN_STATES), _po.to_come > 0)


_PO_NUMBER = re.compile(r"\bpo[\s#-]*(\d+)", re.IGNORECASE)
""""PO 5012" is how people and barcodes name number 5012."""


def conditions(db: Connection, where: PurchasesFilter) -> list[ColumnElement[bool]]:
    """All of it as SQL; asks the text index first where there is free text."""
    wanted_text = _PO_NUMBER.sub(r"#\1", where.text)
    found: list[ColumnElement[bool]] = [*_view(where.view), *says(db, purchase_order, wanted_text)]
    for column, wanted in (
        (_po.supplier_id, where.supplier),
        (_po.warehouse_id, where.warehouse),
        (_po.status_id, where.status),
        (_po.received, where.received),
    ):
        if wanted is not None:
            found.append(among(column, wanted))
    if where.state is not None:
        found.append(_po.state.in_(sorted(where.state)))
    if where.open_only:
        found.append(_po.state.in_(OPEN_STATES))
    if where.expected_from is not None:
        found.append(_po.expected_on >= where.expected_from)
    if where.expected_to is not None:
        found.append(_po.expected_on <= where.expected_to)
    if where.created_days is not None:
        found.append(_po.created_at >= start_of(where.created_days))
    if where.batch_id is not None:
        found.append(_po.batch_id == where.batch_id)
    if where.drop_ship is not None:
        found.append(_po.drop_ship == int(where.drop_ship))
    if where.product is not None:
        wanted_rows = purchase_row.c.product_id.in_(where.product.values)
        orders = select(purchase_row.c.po_id).where(wanted_rows)
        found.append(_po.id.not_in(orders) if where.product.out else _po.id.in_(orders))
    if where.sale_id is not None:
        raised = (
            select(purchase_row.c.po_id)
            .join(peg, peg.c.po_row_id == purchase_row.c.id)
            .join(sale_row, sale_row.c.id == peg.c.sale_row_id)
            .where(sale_row.c.sale_id == where.sale_id)
        )
        found.append(_po.id.in_(raised))
    return found


def _view(view: PurchasesView) -> list[ColumnElement[bool]]:
    if view is PurchasesView.DRAFT:
        return [_po.state == "draft"]
    if view is PurchasesView.SENT:
        return [_po.state == "sent"]
    if view is PurchasesView.LATE:
        return [*_SOMETHING_OPEN, _po.expected_on < today()]
    if view is PurchasesView.PART_RECEIVED:
        return [_po.state.in_(OPEN_STATES), _po.received == int(Axis.PART)]
    if view is PurchasesView.DROP_SHIP:
        return [_po.drop_ship == 1]
    return []


_NEWEST = ((_po.created_at, True), (_po.id, True))

_SORTINGS: dict[str, Sorting] = {
    "created": (by(_po.created_at, _po.id),),
    "number": (by(_po.number, _po.id),),
    "supplier": (
        by(
            supplier.c.name, supplier.c.id, *_NEWEST,
            source=supplier.join(purchase_order, _po.supplier_id == supplier.c.id),
        ),
    ),
    "state": (by(_po.state, *_NEWEST),),
    "status": (
        by(_po.status_id, *_NEWEST, only=_po.status_id.is_not(None)),
        by(*_NEWEST, only=_po.status_id.is_(None)),
    ),
    "received": (by(_po.received, *_NEWEST),),
    "expected": (
        by(_po.expected_on, _po.id, only=_po.expected_on.is_not(None)),
        by(*_NEWEST, only=_po.expected_on.is_(None)),
    ),
    "total": (by(_po.total, _po.id),),
    "to_come": (by(_po.to_come, *_NEWEST),),
}  # fmt: skip


@cache
def _statements(postgres: bool) -> tuple[Select[Any], Select[Any], Select[Any]]:
    """Heads, how many sales wait and how many rows there are, by "ids"; made once."""
    ids = ids_named(postgres, "ids")
    heads = (
        select(
            _po.id, _po.number, _po.supplier_id, supplier.c.name, _po.state, _po.status_id,
            order_status.c.name, order_status.c.colour, _po.received, _po.created_at, _po.sent_at,
            _po.expected_on, _po.to_come, _po.total, _po.currency, currency.c.digits, _po.batch_id,
            _po.warehouse_id, warehouse.c.name, _po.reference, _po.drop_ship,
        )
        .join(supplier, supplier.c.id == _po.supplier_id)
        .join(currency, currency.c.code == _po.currency)
        .outerjoin(order_status, order_status.c.id == _po.status_id)
        .outerjoin(warehouse, warehouse.c.id == _po.warehouse_id)
        .where(_po.id.in_(ids))
    )  # fmt: skip
    pegged = (
        select(purchase_row.c.po_id, sale_row.c.sale_id)
        .join(peg, peg.c.po_row_id == purchase_row.c.id)
        .join(sale_row, sale_row.c.id == peg.c.sale_row_id)
        .where(purchase_row.c.po_id.in_(ids), peg.c.live > 0)
    )
    noted = (
        select(purchase_row.c.po_id, goods_out.c.sale_id)
        .join(drop_ship_row, drop_ship_row.c.po_row_id == purchase_row.c.id)
        .join(goods_out_row, goods_out_row.c.id == drop_ship_row.c.goods_out_row_id)
        .join(goods_out, goods_out.c.id == goods_out_row.c.goods_out_id)
        .where(purchase_row.c.po_id.in_(ids), goods_out.c.shipped_at.is_(None))
    )
    waiting = pegged.union(noted).subquery("waiting")
    sales = select(waiting.c.po_id, func.count()).group_by(waiting.c.po_id)
    rows = select(purchase_row.c.po_id, func.count()).where(purchase_row.c.po_id.in_(ids))
    return heads, sales, rows.group_by(purchase_row.c.po_id)


def _lines(db: Connection, ids: Mapping[int, Key]) -> Iterator[PurchaseLine]:
    heads, waiting, counted = _statements(is_postgres(db))
    given = {"ids": id_list(ids)}
    sales = {one[0]: one[1] for one in db.execute(waiting, given).all()}
    rows = {one[0]: one[1] for one in db.execute(counted, given).all()}
    day = today()
    for one in db.execute(heads, given).all():
        (
            po_id, number, supplier_id, name, state, status_id, status, colour, received,
            created_at, sent_at, expected_on, to_come, total, code, digits, batch_id, warehouse_id,
            place, reference, drop_ship,
        ) = one  # fmt: skip
        late = state in OPEN_STATES and to_come > 0 and expected_on is not None
        yield PurchaseLine._make((
            po_id, number, supplier_id, name, state, status_id, status or "", colour or "",
            _AXES[received], created_at, sent_at, expected_on,
            max((day - expected_on).days, 0) if late else 0, to_come, total, code, digits,
            sales.get(po_id, 0), batch_id, warehouse_id, place or "", reference, bool(drop_ship),
            rows.get(po_id, 0), ids[po_id],
        ))  # fmt: skip


_AXES = tuple(Axis)


PURCHASES: Listing[PurchasesFilter, PurchaseLine] = Listing(
    purchase_order, _SORTINGS, NEWEST_FIRST, conditions, _lines
)


def view_counts(db: Connection) -> dict[PurchasesView, int]:
    """How many purchase orders each built-in view holds; one statement."""
    counts = [
        select(func.count()).select_from(purchase_order).where(*_view(view)).scalar_subquery()
        for view in PurchasesView
    ]
    return dict(zip(PurchasesView, db.execute(select(*counts)).one(), strict=True))


def _batch_conditions(_db: Connection, where: BatchesFilter) -> list[ColumnElement[bool]]:
    if where.undone is None:
        return []
    undone = purchase_batch.c.undone_by
    return [undone.is_not(None) if where.undone else undone.is_(None)]


def _batches(db: Connection, ids: Mapping[int, Key]) -> Iterator[BatchLine]:
    made: dict[int, list[Any]] = defaultdict(list)
    units = (
        select(total_of(purchase_row.c.ordered))
        .where(purchase_row.c.po_id == _po.id)
        .scalar_subquery()
    )
    orders = (
        select(
            _po.id, _po.number, _po.state, _po.batch_id, _po.total, _po.currency, currency.c.digits,
            units.label("units"),
        )
        .join(currency, currency.c.code == _po.currency)
        .where(_po.batch_id.in_(ids_in(db, ids)))
        .order_by(_po.number)
    )  # fmt: skip
    for order in db.execute(orders):
        made[order.batch_id].append(order)
    undoer, undo = person.alias("undoer"), journal.alias("undo")
    heads = (
        select(
            purchase_batch, person.c.name.label("by"), undo.c.at.label("undone_at"),
            undoer.c.name.label("undoer"),
        )
        .join(person, person.c.id == purchase_batch.c.person_id)
        .outerjoin(undo, undo.c.id == purchase_batch.c.undone_by)
        .outerjoin(undoer, undoer.c.id == undo.c.person_id)
        .where(purchase_batch.c.id.in_(ids_in(db, ids)))
    )  # fmt: skip
    for head in db.execute(heads):
        mine = made[head.id]
        totals: dict[tuple[str, int], int] = defaultdict(int)
        for order in mine:
            totals[order.currency, order.digits] += order.total
        yield BatchLine(
            id=head.id,
            at=head.at,
            person=head.by,
            sale_count=head.sale_count,
            orders=tuple((order.id, order.number, order.state) for order in mine),
            units=sum(order.units for order in mine),
            totals=tuple((code, digits, total) for (code, digits), total in sorted(totals.items())),
            options=head.options,
            journal_id=head.journal_id,
            undone_at=head.undone_at,
            undone_by=head.undoer or "",
            key=ids[head.id],
        )


BATCHES: Listing[BatchesFilter, BatchLine] = Listing(
    purchase_batch,
    {"at": (by(purchase_batch.c.at, purchase_batch.c.id),)},
    LATEST_BATCH_FIRST,
    _batch_conditions,
    _batches,
)
