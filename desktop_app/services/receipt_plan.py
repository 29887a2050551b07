"""What a delivery would do, worked out from what is true now (R5.3 to R5.7).

Read by the preview, and again by ``receive`` under its locks. A constant number of statements.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    case,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
)

from . import settings
from .errors import Rejected
from .receipt_shapes import REFERENCE_MAX, ReceiptRequest
from .rules.allocation import Allocation, Given, Waiting, oldest_first
from .rules.money import QUANTITY_MAX, UNIT
from .settings import Resolved, Source
from .store.bulk import id_list, ids_in, ids_named, is_postgres
from .store.kinds import BigInt, dump_json
from .store.tables import (
    currency,
    location,
    movement,
    peg,
    product,
    purchase_order,
    purchase_row,
    sale,
    sale_row,
    supplier,
    warehouse,
)

OPEN_STATES = ("draft", "sent")

SETTINGS = (
    settings.ALLOCATE,
    settings.WHO_IS_SERVED,
    settings.OVER_PERCENT,
    settings.LOCATION_REQUIRED,
    settings.STATUS_PART,
    settings.STATUS_FULL,
)


@dataclass(frozen=True, slots=True)
class OrderRow:
    """A purchase order row; quantities in ten-thousandths, ``cost`` in the order's currency."""

    id: int
    position: int
    product_id: int
    sku: str
    name: str
    kind: str
    ordered: int
    received: int
    cost: int
    total: int

    @property
    def outstanding(self) -> int:
        """Units still to come, never below 0."""
        return max(self.ordered - self.received, 0)


@dataclass(frozen=True, slots=True)
class Order:
    """A purchase order with its rows by id."""

    id: int
    number: int
    supplier: str
    warehouse_id: int | None
    warehouse: str
    state: str
    drop_ship: bool
    status_id: int | None
    digits: int
    rate: int
    rows: dict[int, OrderRow]


@dataclass(frozen=True, slots=True)
class Line:
    """Units of an order's row to be put at a location."""

    row: OrderRow
    units: int
    location_id: int
    quarantined: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """One purchase order's part: what is posted, which rows are raised to what."""

    request: ReceiptRequest
    order: Order
    lines: tuple[Line, ...]
    raised: Mapping[int, int]
    received: Mapping[int, int]
    """Units per row of the order."""

    def ordered(self, row: OrderRow) -> int:
        """Ordered units after the raise."""
        return self.raised.get(row.id, row.ordered)

    def left(self, row: OrderRow) -> int:
        """Units still outstanding afterwards."""
        return max(self.ordered(row) - row.received - self.received.get(row.id, 0), 0)

    @property
    def closes(self) -> bool:
        """Return whether the rest was said not to come, and there is a rest."""
        return self.request.close_rest and left_on(self) > 0


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that posting needs, and the fingerprint of who gets what."""

    warehouse_id: int
    rules: Mapping[str, Resolved]
    places: Mapping[int | None, tuple[int, bool]]
    """Location id to (id, whether quarantine); None is the default one."""
    allocate: bool
    allocate_source: Source
    deliveries: tuple[Delivery, ...]
    arrived: Mapping[int, int]
    """Units to share out per product: stock-tracked and not quarantined."""
    waiting: tuple[Waiting, ...]
    allocation: Allocation
    fingerprint: str
    pairs: frozenset[tuple[int, int]] = field(default_factory=frozenset)

    @property
    def sale_ids(self) -> set[int]:
        """Sales that get something, or are asked whether they can be made complete."""
        return {row.sale_id for row in self.waiting}


@dataclass(frozen=True, slots=True)
class Share:
    """Units of a posted line that a sale row gets."""

    delivery: int
    line: int
    sale_id: int
    sale_row_id: int
    product_id: int
    units: int


def plan(db: Connection, requests: Sequence[ReceiptRequest], before: Plan | None = None) -> Plan:
    """Work out a delivery; raises the refusals of ``receiving.receive``.

    ``before`` is what was planned without locks: its settings and locations are kept.
    """
    for request in requests:
        _check_shape(request)
    orders = load_orders(db, [request.po_id for request in requests])
    warehouse_id = _one_warehouse(requests, orders)
    if before is not None and before.warehouse_id == warehouse_id:
        rules, places = before.rules, before.places
    else:
        rules = settings.values(db, SETTINGS, warehouse_id)
        places = _locations(db, warehouse_id, requests)
    deliveries = tuple(
        _delivery(request, orders[request.po_id], places, rules) for request in requests
    )
    allocate, source = _choice(requests, rules)
    arrived: dict[int, int] = defaultdict(int)
    for delivery in deliveries:
        for line in delivery.lines:
            if line.row.kind == "stock" and not line.quarantined:
                arrived[line.row.product_id] += line.units
    who = rules[settings.WHO_IS_SERVED].value
    rows = {line.row.id for delivery in deliveries for line in delivery.lines}
    waiting: list[Waiting] = []
    elsewhere: frozenset[int] = frozenset()
    if allocate and arrived:
        waiting, elsewhere = waiting_rows(db, warehouse_id, arrived, rows, who)
    shared = oldest_first(
        waiting, arrived, pegged_first=who == settings.SERVED_RAISED_FIRST,
        short_elsewhere=elsewhere,
    )  # fmt: skip
    return Plan(
        warehouse_id, rules, places, allocate, source, deliveries, dict(arrived), tuple(waiting), shared,
        _fingerprint(allocate, shared.given),
        frozenset(
            (warehouse_id, line.row.product_id)
            for delivery in deliveries for line in delivery.lines if line.row.kind == "stock"
        ),
    )  # fmt: skip


def left_on(delivery: Delivery) -> int:
    """Units of the whole order that are outstanding afterwards."""
    return sum(delivery.left(row) for row in delivery.order.rows.values())


def attribute(plan: Plan) -> list[Share]:
    """Say from which posted line each allocation comes: the lines of a product in their order."""
    open_lines: dict[int, list[list[int]]] = defaultdict(list)
    for place, delivery in enumerate(plan.deliveries):
        for number, line in enumerate(delivery.lines):
            if not line.quarantined:
                open_lines[line.row.product_id].append([place, number, line.units])
    for lines in open_lines.values():
        lines.reverse()
    shares = []
    for given in plan.allocation.given:
        wanted = given.units
        lines = open_lines[given.product_id]
        while wanted:
            place, number, left = lines[-1]
            units = min(wanted, left)
            shares.append(
                Share(place, number, given.sale_id, given.row_id, given.product_id, units)
            )
            wanted -= units
            lines[-1][2] = left - units
            if left == units:
                lines.pop()
    return shares


def _fingerprint(allocate: bool, given: Iterable[Given]) -> str:
    shares = sorted((one.row_id, one.units) for one in given)
    return hashlib.sha256(dump_json([allocate, shares]).encode()).hexdigest()


def _check_shape(request: ReceiptRequest) -> None:
    if not request.rows:
        raise Rejected("nothing_to_receive")
    bad = [row.po_row_id for row in request.rows if not 0 < row.units <= QUANTITY_MAX]
    if bad:
        raise Rejected("quantity_not_positive", bad)
    if len(request.reference.strip()) > REFERENCE_MAX:
        raise Rejected("reference_too_long", most=REFERENCE_MAX)


def load_orders(
    db: Connection, po_ids: Sequence[int], *, receivable: bool = True
) -> dict[int, Order]:
    """Purchase orders with their rows; raises Rejected("unknown_purchase_order").

    With ``receivable`` also what ``check_receivable`` raises.
    """
    found: dict[int, Order] = {}
    for r in db.execute(_orders(is_postgres(db)), {"ids": id_list(po_ids)}):
        order = found.get(r.id)
        if order is None:
            order = found[r.id] = Order(
                r.id, r.number, r.supplier, r.warehouse_id, r.place, r.state, bool(r.drop_ship),
                r.status_id, r.digits, r.rate, {},
            )  # fmt: skip
        if r.row_id is not None:
            order.rows[r.row_id] = OrderRow(
                r.row_id, r.position, r.product_id, r.sku, r.product, r.kind, r.ordered,
                r.received, r.cost, r.total,
            )  # fmt: skip
    for po_id in po_ids:
        if po_id not in found:
            raise Rejected("unknown_purchase_order", [po_id])
        if receivable:
            check_receivable(found[po_id])
    return found


@cache
def _orders(postgres: bool) -> Select[Any]:
    po, row = purchase_order.c, purchase_row.c
    return (
        select(
            po.id, po.number, po.warehouse_id, po.state, po.drop_ship, po.status_id,
            supplier.c.name.label("supplier"), func.coalesce(warehouse.c.name, "").label("place"),
            currency.c.digits, currency.c.rate,
            row.id.label("row_id"), row.position, row.product_id, row.ordered, row.received,
            row.cost, row.total, product.c.sku, product.c.name.label("product"), product.c.kind,
        )
        .join(supplier, supplier.c.id == po.supplier_id)
        .join(currency, currency.c.code == po.currency)
        .outerjoin(warehouse, warehouse.c.id == po.warehouse_id)
        .outerjoin(purchase_row, row.po_id == po.id)
        .outerjoin(product, product.c.id == row.product_id)
        .where(po.id.in_(ids_named(postgres, "ids")))
        .order_by(po.id, row.position, row.id)
    )  # fmt: skip


def check_receivable(order: Order) -> None:
    """R5.2: open orders that come to a warehouse; raises Rejected."""
    if order.drop_ship:
        raise Rejected("purchase_drop_ship", [order.id], number=order.number)
    if order.state not in OPEN_STATES:
        raise Rejected("purchase_not_open", [order.id], number=order.number, state=order.state)


def _one_warehouse(requests: Sequence[ReceiptRequest], orders: Mapping[int, Order]) -> int:
    places = {request.warehouse_id or orders[request.po_id].warehouse_id for request in requests}
    choices = {request.allocate for request in requests}
    if len(places) != 1 or len(choices) != 1 or len(orders) != len(requests):
        raise Rejected("deliveries_differ")
    place = places.pop()
    assert place is not None, "only a drop-ship order has no warehouse"
    return place


def _choice(
    requests: Sequence[ReceiptRequest], rules: Mapping[str, Resolved]
) -> tuple[bool, Source]:
    usual = rules[settings.ALLOCATE]
    chosen = requests[0].allocate
    return (usual.value if chosen is None else chosen), usual.source


def _locations(
    db: Connection, warehouse_id: int, requests: Sequence[ReceiptRequest]
) -> dict[int | None, tuple[int, bool]]:
    """Location id to (id, whether quarantine) within the warehouse; None is the default one."""
    named = {
        row.location_id
        for request in requests
        for row in request.rows
        if row.location_id is not None
    }
    here = location.c.warehouse_id == warehouse_id
    known = db.execute(
        select(location.c.id, location.c.kind, location.c.is_default)
        .where(here, or_(location.c.id.in_(ids_in(db, named)), location.c.is_default == 1))
        .order_by(location.c.id)
    ).all()
    places: dict[int | None, tuple[int, bool]] = {
        row.id: (row.id, row.kind == "quarantine") for row in known
    }
    usual = [row for row in known if row.is_default and row.kind == "stock"]
    if usual:
        places[None] = (usual[0].id, False)
    return places


def _delivery(
    request: ReceiptRequest,
    order: Order,
    places: Mapping[int | None, tuple[int, bool]],
    rules: Mapping[str, Resolved],
) -> Delivery:
    named = [*(row.po_row_id for row in request.rows), *(one.po_row_id for one in request.raises)]
    foreign = [row_id for row_id in (*named, *request.set_aside) if row_id not in order.rows]
    if foreign:
        raise Rejected("row_of_another_order", foreign, number=order.number)
    broken = [
        row.po_row_id for row in request.rows
        if order.rows[row.po_row_id].kind == "stock" and row.units % UNIT
    ]  # fmt: skip
    if broken:
        raise Rejected("quantity_not_whole", broken)
    lost = [
        row.po_row_id
        for row in request.rows
        if row.location_id is not None and row.location_id not in places
    ]
    if lost:
        raise Rejected("unknown_location", lost)
    open_ = [row.po_row_id for row in request.rows if row.location_id is None]
    if open_ and (rules[settings.LOCATION_REQUIRED].value or None not in places):
        raise Rejected("location_missing", open_)
    lines = tuple(
        Line(order.rows[row.po_row_id], row.units, *places[row.location_id], row.reason)
        for row in request.rows
    )
    received: dict[int, int] = defaultdict(int)
    for line in lines:
        received[line.row.id] += line.units
    raised = {one.po_row_id: one.ordered for one in request.raises}
    _check_raises(order, raised)
    delivery = Delivery(request, order, lines, raised, dict(received))
    _check_over(delivery, rules[settings.OVER_PERCENT].value)
    return delivery


def _check_raises(order: Order, raised: Mapping[int, int]) -> None:
    for row_id, ordered in raised.items():
        row = order.rows[row_id]
        if not row.ordered < ordered <= QUANTITY_MAX:
            raise Rejected("raise_not_higher", [row_id], sku=row.sku, ordered=row.ordered)
        if row.kind == "stock" and ordered % UNIT:
            raise Rejected("quantity_not_whole", [row_id])


def allowance(ordered: int, percent: int, *, whole: bool) -> int:
    """Units that may come above ``ordered`` (R5.3), rounded down to what can be counted."""
    extra = ordered * percent // 100
    return extra - extra % UNIT if whole else extra


def _check_over(delivery: Delivery, percent: int) -> None:
    """R5.3: more than outstanding is refused, naming what each row would have to be raised to."""
    over = []
    for row_id, units in delivery.received.items():
        row = delivery.order.rows[row_id]
        ordered = delivery.ordered(row)
        limit = ordered + allowance(ordered, percent, whole=row.kind == "stock")
        if row.received + units > limit:
            over.append(
                {
                    "po_row_id": row_id,
                    "sku": row.sku,
                    "ordered": ordered,
                    "outstanding": max(ordered - row.received, 0),
                    "units": units,
                    "raise_to": row.received + units,
                }
            )
    if over:
        raise Rejected("over_receipt", over, number=delivery.order.number)


OUTSTANDING: ColumnElement[bool] = literal_column("purchase_row.ordered > purchase_row.received")
WAITS: ColumnElement[bool] = literal_column(
    "sale_row.kind = 'stock' AND sale_row.ordered > sale_row.reserved + sale_row.fulfilled"
)
"""As the partial indexes say it, so that they are used."""


def waiting_rows(
    db: Connection,
    warehouse_id: int,
    arrived: Mapping[int, int],
    po_rows: Iterable[int],
    who: str,
) -> tuple[list[Waiting], frozenset[int]]:
    """Rows that may get something of ``arrived``, and *ship complete* sales short elsewhere.

    A row is left out when those before it already want everything that came. *Ship complete*
    rows are all there, and count for nothing in that sum: they may end up taking nothing.
    """
    asked: dict[str, Any] = {
        "warehouse": warehouse_id,
        "products": id_list(arrived),
        "most": max(arrived.values()),
    }
    if who != settings.SERVED_ANY:
        asked["po_rows"] = id_list(po_rows)
    found: list[Waiting] = []
    short: dict[int, int] = {}
    for (
        key,
        sale_id,
        number,
        place,
        at,
        product_id,
        needs,
        complete,
        lacks,
        own,
        ahead,
    ) in db.execute(_waiting(is_postgres(db), who), asked):
        if complete:
            short[sale_id] = short.get(sale_id, lacks) - needs
        elif ahead >= arrived[product_id]:
            continue
        found.append(
            Waiting(
                key, sale_id, number, place, at, product_id, needs, bool(complete), bool(own)
            )
        )  # fmt: skip
    return found, frozenset(sale_id for sale_id, units in short.items() if units > 0)


@cache
def _waiting(postgres: bool, who: str) -> Select[Any]:
    r, s = sale_row.c, sale.c
    needed = (r.ordered - r.reserved - r.fulfilled).label("needed")
    pegged: Any = false()
    if who != settings.SERVED_ANY:
        pegged = exists().where(
            peg.c.sale_row_id == r.id,
            peg.c.live > 0,
            peg.c.po_row_id.in_(ids_named(postgres, "po_rows")),
        )
    flag = case((pegged, 1), else_=0).label("pegged")
    first = [flag.desc()] if who == settings.SERVED_RAISED_FIRST else []
    before = func.sum(case((s.ship_complete == 0, needed.element), else_=0)).over(
        partition_by=r.product_id,
        order_by=[*first, s.placed_at, s.number, r.position],
        rows=(None, -1),
    )
    queue = (
        select(
            r.id, r.sale_id, s.number, r.position, s.placed_at, r.product_id, needed,
            s.ship_complete, s.short, flag, func.coalesce(before, 0).label("before"),
        )
        .join(sale, s.id == r.sale_id)
        .where(
            r.warehouse_id == bindparam("warehouse", type_=BigInt), r.product_id.in_(ids_named(postgres, "products")), WAITS,
            s.waits == 1,
        )
    )  # fmt: skip
    if who == settings.SERVED_RAISED_ONLY:
        queue = queue.where(pegged)
    q = queue.subquery("queue")
    most = bindparam("most", type_=BigInt)
    return select(q).where(or_(q.c.before < most, q.c.ship_complete == 1))


def usual_places(
    db: Connection, warehouse_id: int, product_ids: Iterable[int]
) -> dict[int, tuple[int, str]]:
    """Product id to (location id, code) where it was last put in the warehouse (RCV-08)."""
    m = movement.c
    last = (
        select(func.max(m.id))
        .join(location, location.c.id == m.location_id)
        .where(
            m.warehouse_id == warehouse_id,
            m.product_id.in_(ids_in(db, product_ids)),
            m.quantity > 0,
            location.c.kind == "stock",
        )
        .group_by(m.product_id)
    )
    return {
        row.product_id: (row.location_id, row.code)
        for row in db.execute(
            select(m.product_id, m.location_id, location.c.code)
            .join(location, location.c.id == m.location_id)
            .where(m.id.in_(last))
        )
    }
