"""One purchase order with its lines, the sales they are for and its goods-in notes (ux 3.6).

``purchase_detail(db, po_id)`` -> ``PurchaseDetail | None``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, case, func, select

from .books import OPEN_STATES
from .lists import fields_of, today, total_of
from .rules.sale_status import Axis
from .store.tables import (
    currency,
    customer,
    drop_ship_row,
    goods_in,
    goods_in_row,
    goods_out,
    goods_out_row,
    goods_out_step,
    journal,
    location,
    movement,
    order_status,
    peg,
    person,
    product,
    purchase_order,
    purchase_row,
    sale,
    sale_event,
    sale_row,
    supplier,
    warehouse,
)


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
    drop_ship: bool = False

    @property
    def to_come(self) -> int:
        """Outstanding units, 0 when the order is closed or cancelled."""
        return max(self.ordered - self.received, 0) if self.is_open else 0

    @property
    def free(self) -> int:
        """Outstanding units that no sale was promised; a drop-ship's are all its customer's."""
        if self.drop_ship:
            return 0
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
    quarantined: bool = False
    reason: str = ""
    """Why it went into quarantine (RCV-07)."""


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
class DropNoteRow:
    """Units of a sale row on a drop-ship note."""

    id: int
    sale_row_id: int
    po_row_id: int
    sku: str
    name: str
    quantity: int


@dataclass(frozen=True, slots=True)
class DropNote:
    """A drop-ship note (R4.3); ``shipped_at`` None: the supplier has not shipped it yet."""

    id: int
    number: int
    sale_id: int
    sale_number: int
    shipped_at: datetime | None
    person: str
    tracking: str
    rows: tuple[DropNoteRow, ...]


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
    customer: str = ""
    """Whom a drop-ship goes to."""
    drop_notes: tuple[DropNote, ...] = ()
    """Of a drop-ship order: what is to be shipped first, then the newest shipment."""

    @property
    def is_open(self) -> bool:
        """Draft or sent (R2.6)."""
        return self.state in {"draft", "sent"}

    @property
    def to_ship(self) -> int:
        """Units that the supplier has still to ship to the customer."""
        return sum(
            row.quantity for note in self.drop_notes if note.shipped_at is None for row in note.rows
        )


def purchase_detail(db: Connection, po_id: int) -> PurchaseDetail | None:
    """Everything about one purchase order in four queries; None where there is no such order."""
    head = db.execute(_HEAD.where(purchase_order.c.id == po_id)).one_or_none()
    if head is None:
        return None
    is_open = head.state in OPEN_STATES
    pegs = db.execute(_PEGS.where(purchase_row.c.po_id == po_id)).all()
    values = fields_of(head)
    values |= {"drop_ship": bool(head.drop_ship), "received": Axis(head.received)}
    late = is_open and head.to_come > 0 and head.expected_on is not None
    drop_notes = _drop_notes(db, po_id) if head.drop_ship else ()
    return PurchaseDetail(
        **values,
        days_late=max((today() - head.expected_on).days, 0) if late else 0,
        rows=_rows(db, po_id, pegs, is_open=is_open, drop_ship=bool(head.drop_ship)),
        goods_in=_goods_in(db, po_id),
        waiting=_waiting(pegs, drop_notes),
        drop_notes=drop_notes,
    )


def _or_empty(column: Any) -> Any:
    return case((column.is_(None), ""), else_=column)


_po = purchase_order.c
_HEAD = (
    select(
        _po.id, _po.number, _po.version, _po.supplier_id, supplier.c.name.label("supplier"),
        _po.warehouse_id, _or_empty(warehouse.c.name).label("warehouse"), _po.state,
        _po.status_id, _or_empty(order_status.c.name).label("status"),
        _or_empty(order_status.c.colour).label("status_colour"), _po.currency,
        currency.c.digits.label("currency_digits"), _po.created_at, _po.sent_at, _po.expected_on,
        _po.reference, _po.external_id, _po.drop_ship, _po.sale_id,
        sale.c.number.label("sale_number"), _or_empty(customer.c.name).label("customer"),
        _po.address, _po.batch_id, _po.total, _po.received,
        _po.to_come,
    )
    .join(supplier, supplier.c.id == _po.supplier_id)
    .join(currency, currency.c.code == _po.currency)
    .outerjoin(warehouse, warehouse.c.id == _po.warehouse_id)
    .outerjoin(order_status, order_status.c.id == _po.status_id)
    .outerjoin(sale, sale.c.id == _po.sale_id)
    .outerjoin(customer, customer.c.id == sale.c.customer_id)
)  # fmt: skip

_PEGS = (
    select(
        peg.c.po_row_id, peg.c.sale_row_id, peg.c.quantity, peg.c.live, sale.c.id, sale.c.number,
        sale.c.placed_at, sale.c.allocation, sale.c.short, customer.c.name.label("customer"),
        order_status.c.name.label("status"), order_status.c.colour,
    )
    .select_from(peg)
    .join(purchase_row, purchase_row.c.id == peg.c.po_row_id)
    .join(sale_row, sale_row.c.id == peg.c.sale_row_id)
    .join(sale, sale.c.id == sale_row.c.sale_id)
    .join(customer, customer.c.id == sale.c.customer_id)
    .join(order_status, order_status.c.id == sale.c.status_id)
    .order_by(sale.c.placed_at, sale.c.number, sale_row.c.position)
)  # fmt: skip


def _rows(
    db: Connection, po_id: int, pegs: Sequence[Any], *, is_open: bool, drop_ship: bool
) -> tuple[PurchaseRowDetail, ...]:
    day = today()
    served: dict[int, list[ForSale]] = defaultdict(list)
    for one in pegs:
        served[one.po_row_id].append(
            ForSale(
                one.id, one.number, one.customer, one.placed_at, one.sale_row_id, one.quantity,
                one.live,
            )
        )  # fmt: skip
    r = purchase_row.c
    expected = func.coalesce(r.expected_on, _po.expected_on)
    query = (
        select(
            r.id, r.position, r.version, r.product_id, product.c.sku, r.supplier_sku,
            product.c.name, r.ordered, r.received, r.cost, r.total, expected.label("expected_on"),
        )
        .join(product, product.c.id == r.product_id)
        .join(purchase_order, _po.id == r.po_id)
        .where(r.po_id == po_id)
        .order_by(r.position)
    )  # fmt: skip
    return tuple(
        PurchaseRowDetail(
            **fields_of(row),
            is_late=(
                is_open
                and row.ordered > row.received
                and row.expected_on is not None
                and row.expected_on < day
            ),
            for_sales=tuple(served[row.id]),
            is_open=is_open,
            drop_ship=drop_ship,
        )
        for row in db.execute(query)
    )


def _goods_in(db: Connection, po_id: int) -> tuple[GoodsInDetail, ...]:
    """Goods-in notes, the newest first, with their rows."""
    undo, undoer = journal.alias("undo"), person.alias("undoer")
    allocated = (
        select(total_of(sale_event.c.d_reserved))
        .where(sale_event.c.goods_in_row_id == goods_in_row.c.id)
        .scalar_subquery()
    )
    query = (
        select(
            goods_in.c.id, goods_in.c.number, goods_in.c.at, person.c.name.label("person"),
            goods_in.c.reference, goods_in.c.allocated, goods_in.c.journal_id,
            goods_in_row.c.id.label("row_id"), goods_in_row.c.po_row_id, goods_in_row.c.product_id,
            product.c.sku, product.c.name, location.c.code, goods_in_row.c.quantity,
            allocated.label("units"), undo.c.at.label("undone_at"), undoer.c.name.label("undoer"),
            location.c.kind.label("place"), movement.c.reason,
        )
        .select_from(goods_in)
        .join(person, person.c.id == goods_in.c.person_id)
        .join(goods_in_row, goods_in_row.c.goods_in_id == goods_in.c.id)
        .join(product, product.c.id == goods_in_row.c.product_id)
        .join(location, location.c.id == goods_in_row.c.location_id)
        .outerjoin(
            movement,
            and_(movement.c.goods_in_row_id == goods_in_row.c.id, movement.c.reverses.is_(None)),
        )
        .outerjoin(undo, undo.c.id == goods_in_row.c.undone_by)
        .outerjoin(undoer, undoer.c.id == undo.c.person_id)
        .where(goods_in.c.po_id == po_id)
        .order_by(goods_in.c.id.desc(), goods_in_row.c.id)
    )  # fmt: skip
    notes: dict[int, Any] = {}
    rows: dict[int, list[GoodsInRowDetail]] = defaultdict(list)
    for row in db.execute(query):
        notes[row.id] = row
        rows[row.id].append(
            GoodsInRowDetail(
                row.row_id, row.po_row_id, row.product_id, row.sku, row.name, row.code,
                row.quantity, row.units, row.undone_at, row.undoer or "",
                row.place == "quarantine", row.reason or "",
            )
        )  # fmt: skip
    return tuple(
        GoodsInDetail(
            n.id, n.number, n.at, n.person, n.reference, bool(n.allocated), n.journal_id,
            tuple(rows[n.id]),
        )
        for n in notes.values()
    )  # fmt: skip


def _drop_notes(db: Connection, po_id: int) -> tuple[DropNote, ...]:
    n, g = goods_out.c, goods_out_row.c
    shipped = goods_out_step.alias("shipped")
    query = (
        select(
            n.id, n.number, n.sale_id, sale.c.number.label("sale_number"), n.shipped_at,
            person.c.name.label("person"), shipped.c.reference, g.id.label("row_id"),
            g.sale_row_id, drop_ship_row.c.po_row_id, product.c.sku, product.c.name, g.quantity,
        )
        .select_from(goods_out)
        .join(goods_out_row, g.goods_out_id == n.id)
        .join(drop_ship_row, drop_ship_row.c.goods_out_row_id == g.id)
        .join(sale, sale.c.id == n.sale_id)
        .join(sale_row, sale_row.c.id == g.sale_row_id)
        .join(product, product.c.id == sale_row.c.product_id)
        .outerjoin(
            shipped,
            and_(
                shipped.c.goods_out_id == n.id, shipped.c.step == "shipped",
                shipped.c.undone_by.is_(None),
            ),
        )
        .outerjoin(person, person.c.id == shipped.c.person_id)
        .join(purchase_row, purchase_row.c.id == drop_ship_row.c.po_row_id)
        .where(purchase_row.c.po_id == po_id)
        .order_by(case((n.shipped_at.is_(None), 0), else_=1), n.id.desc(), sale_row.c.position)
    )  # fmt: skip
    heads: dict[int, Any] = {}
    rows: dict[int, list[DropNoteRow]] = defaultdict(list)
    for row in db.execute(query):
        heads[row.id] = row
        rows[row.id].append(
            DropNoteRow(row.row_id, row.sale_row_id, row.po_row_id, row.sku, row.name, row.quantity)
        )
    return tuple(
        DropNote(
            h.id, h.number, h.sale_id, h.sale_number, h.shipped_at, h.person or "",
            h.reference or "", tuple(rows[h.id]),
        )
        for h in heads.values()
    )  # fmt: skip


def _waiting(pegs: Sequence[Any], drop_notes: Sequence[DropNote]) -> tuple[WaitingSale, ...]:
    """The sales it was raised for, oldest first; ``live`` 0: served, or no longer in need.

    Of a drop-ship order ``live`` is what its supplier has still to ship.
    """
    to_ship: dict[int, int] = defaultdict(int)
    for note in drop_notes:
        if note.shipped_at is None:
            to_ship[note.sale_id] += sum(row.quantity for row in note.rows)
    of: dict[int, list[Any]] = defaultdict(list)
    for one in pegs:
        of[one.id].append(one)
    return tuple(
        WaitingSale(
            id=mine[0].id,
            number=mine[0].number,
            placed_at=mine[0].placed_at,
            customer=mine[0].customer,
            status=mine[0].status,
            status_colour=mine[0].colour,
            allocation=Axis(mine[0].allocation),
            short=mine[0].short,
            units=sum(one.quantity for one in mine),
            live=sum(one.live for one in mine) + to_ship[mine[0].id],
        )
        for mine in of.values()
    )
