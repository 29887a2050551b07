"""The reads of a batch: a fixed number of queries, whatever the number of sales (R3.3, R3.4).

The plan works on ``Facts`` (ids and integers); ``Labels`` hold what a person reads beside them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, and_, case, func, select

from .books import OPEN_STATES
from .rules.purchase_plan import (
    BatchOptions,
    Draft,
    Edits,
    Facts,
    Inbound,
    Level,
    Pair,
    Pegged,
    Row,
    Sale,
)
from .rules.supplier_choice import Offer, Supplier
from .store.bulk import ids_in
from .store.tables import (
    currency,
    customer,
    offer,
    offer_price,
    order_status,
    peg,
    product,
    purchase_order,
    purchase_row,
    sale,
    sale_row,
    stock_level,
    supplier,
    warehouse,
)


class Product(NamedTuple):
    """What a person reads of a product."""

    id: int
    sku: str
    name: str
    kind: str
    unit: str
    discontinued: bool


class Warehouse(NamedTuple):
    """A place to deliver to."""

    id: int
    code: str
    name: str
    active: bool


class Coming(NamedTuple):
    """The purchase order of an inbound row, as links and notes name it."""

    po_id: int
    number: int
    supplier: str
    expected_on: date | None


@dataclass(slots=True)
class Labels:
    """Names for the ids of ``Facts``."""

    products: dict[int, Product]
    customers: dict[int, str]
    """By sale id."""
    warehouses: dict[int, Warehouse]
    coming: dict[int, Coming]
    """By purchase order row id."""


def read_facts(
    db: Connection,
    sale_ids: Collection[int],
    options: BatchOptions,
    edits: Edits,
    today: date,
    *,
    own_products_only: bool,
) -> tuple[Facts, Labels]:
    """Read everything that a plan for these sales is made of."""
    sales, customers, addresses = _sales(db, sale_ids)
    rows = _rows(db, sale_ids)
    wanted = {row.product_id for mine in rows.values() for row in mine if row.product_id}
    products = _products(db, wanted)
    inbound, coming = _inbound(db, wanted)
    pegs, more_coming = _pegs(db, sale_ids)
    offers = read_offers(db, wanted)
    named = {one.supplier_id for mine in offers.values() for one in mine}
    named.update(edits.suppliers.values())
    named.update(one.supplier_id for one in edits.product_suppliers.values())
    named.update(one.supplier_id for parts in edits.splits.values() for one in parts)
    if options.supplier_id is not None:
        named.add(options.supplier_id)
    facts = Facts(
        today=today,
        sales=sales,
        rows=rows,
        whole=frozenset(p.id for p in products.values() if p.kind == "stock"),
        levels=_levels(db, wanted),
        inbound=inbound,
        pegs=pegs,
        offers=offers,
        suppliers=read_suppliers(db, named),
        drafts=_drafts(db) if options.append_to_drafts else {},
        own_products_only=own_products_only,
        addresses=addresses if options.to_customer else {},
    )
    places = {
        w.id: Warehouse(w.id, w.code, w.name, bool(w.active))
        for w in db.execute(
            select(warehouse.c.id, warehouse.c.code, warehouse.c.name, warehouse.c.active)
        )
    }
    return facts, Labels(products, customers, places, more_coming | coming)


def _sales(
    db: Connection, sale_ids: Collection[int]
) -> tuple[list[Sale], dict[int, str], dict[int, str]]:
    """The sales, oldest first, with their customers' names and their addresses by id."""
    flags = order_status.c
    found = db.execute(
        select(
            sale.c.id, sale.c.number, sale.c.placed_at, sale.c.status_id,
            flags.is_quote, flags.is_cancelled, flags.is_on_hold, flags.is_closed,
            customer.c.name, sale.c.address,
        )
        .join(order_status, order_status.c.id == sale.c.status_id)
        .join(customer, customer.c.id == sale.c.customer_id)
        .where(sale.c.id.in_(ids_in(db, sale_ids)))
        .order_by(sale.c.placed_at, sale.c.number)
    ).all()  # fmt: skip
    return (
        [Sale._make(row[:8]) for row in found],
        {row[0]: row[8] for row in found},
        {row[0]: row[9] for row in found},
    )


def _rows(db: Connection, sale_ids: Collection[int]) -> dict[int, list[Row]]:
    row = sale_row.c
    found: dict[int, list[Row]] = {}
    # Most rows are stock: their descriptions would be read for nothing.
    shown = case((row.kind == "stock", None), else_=row.description)
    for one in db.execute(
        select(
            row.id, row.sale_id, row.product_id, row.kind, row.warehouse_id, row.bundle_row_id,
            row.ordered, row.reserved, row.fulfilled, row.shipped, row.drop_fulfilled,
            row.drop_shipped, shown,
        )
        .where(row.sale_id.in_(ids_in(db, sale_ids)))
        .order_by(row.sale_id, row.position)
    ).all():  # fmt: skip
        mine = Row._make(one)
        if mine.sale_id in found:
            found[mine.sale_id].append(mine)
        else:
            found[mine.sale_id] = [mine]
    return found


def _products(db: Connection, ids: Collection[int]) -> dict[int, Product]:
    p = product.c
    return {
        one[0]: Product._make(one)
        for one in db.execute(
            select(p.id, p.sku, p.name, p.kind, p.unit, p.discontinued).where(
                p.id.in_(ids_in(db, ids))
            )
        ).all()
    }


def _levels(db: Connection, ids: Collection[int]) -> dict[Pair, Level]:
    level = stock_level.c
    return {
        (one[0], one[1]): Level(one[2], one[3])
        for one in db.execute(
            select(
                level.warehouse_id,
                level.product_id,
                level.in_stock,
                level.in_stock - level.allocated - level.quarantined,
            ).where(level.product_id.in_(ids_in(db, ids)))
        ).all()
    }


def _inbound(db: Connection, ids: Collection[int]) -> tuple[list[Inbound], dict[int, Coming]]:
    po, row = purchase_order.c, purchase_row.c
    found = db.execute(
        select(
            row.id, row.po_id, po.number, row.product_id, po.warehouse_id,
            row.ordered - row.received, func.coalesce(row.expected_on, po.expected_on), po.state,
            func.coalesce(func.sum(peg.c.live), 0), func.count(peg.c.id), supplier.c.name,
        )
        .join(purchase_order, po.id == row.po_id)
        .join(supplier, supplier.c.id == po.supplier_id)
        .outerjoin(peg, and_(peg.c.po_row_id == row.id, peg.c.live > 0))
        .where(
            row.product_id.in_(ids_in(db, ids)),
            row.ordered > row.received,
            po.state.in_(OPEN_STATES),
            po.drop_ship == 0,
        )
        .group_by(row.id, po.id, supplier.c.id)
    ).all()  # fmt: skip
    inbound = [Inbound._make((*one[:8], int(one[8]), one[9])) for one in found]
    inbound.sort(key=lambda one: (one.expected_on or date.max, one.number, one.po_row_id))
    return inbound, {one[0]: Coming(one[1], one[2], one[10], one[6]) for one in found}


def _pegs(
    db: Connection, sale_ids: Collection[int]
) -> tuple[dict[int, list[Pegged]], dict[int, Coming]]:
    po, row = purchase_order.c, purchase_row.c
    counts = case((and_(po.state.in_(OPEN_STATES), po.drop_ship == 0), 1), else_=0)
    found: dict[int, list[Pegged]] = {}
    coming: dict[int, Coming] = {}
    for one in db.execute(
        select(
            peg.c.sale_row_id, peg.c.id, peg.c.po_row_id, peg.c.quantity, peg.c.live, counts,
            po.id, po.number, supplier.c.name, func.coalesce(row.expected_on, po.expected_on),
        )
        .join(sale_row, sale_row.c.id == peg.c.sale_row_id)
        .join(purchase_row, row.id == peg.c.po_row_id)
        .join(purchase_order, po.id == row.po_id)
        .join(supplier, supplier.c.id == po.supplier_id)
        .where(sale_row.c.sale_id.in_(ids_in(db, sale_ids)))
        .order_by(peg.c.sale_row_id, peg.c.po_row_id)
    ).all():  # fmt: skip
        found.setdefault(one[0], []).append(Pegged(one[1], one[2], one[3], one[4], bool(one[5])))
        coming[one[2]] = Coming(one[6], one[7], one[8], one[9])
    return found, coming


def read_offers(db: Connection, product_ids: Iterable[int]) -> dict[int, list[Offer]]:
    """The suppliers' terms for products, by product; the primary supplier's first."""
    ids = set(product_ids)
    o, p = offer.c, offer_price.c
    found: dict[int, list[Offer]] = {}
    breaks: dict[int, list[tuple[int, int]]] = {}
    rows = db.execute(
        select(
            o.supplier_id, o.product_id, o.supplier_sku, o.is_primary, o.pack_size, o.minimum,
            o.lead_time_days, o.id, p.minimum, p.cost,
        )
        .outerjoin(offer_price, p.offer_id == o.id)
        .where(o.product_id.in_(ids_in(db, ids)))
        .order_by(o.is_primary.desc(), o.supplier_id, o.id, p.minimum)
    ).all()  # fmt: skip
    for row in rows:
        if row[9] is not None:
            breaks.setdefault(row[7], []).append((row[8], row[9]))
    last = 0
    for row in rows:
        if row[7] != last:
            last = row[7]
            terms = Offer._make((*row[:7], tuple(breaks.get(last, ()))))
            found.setdefault(row[1], []).append(terms)
    return found


def read_suppliers(db: Connection, ids: Iterable[int]) -> dict[int, Supplier]:
    """Suppliers with the rate and digits of their currency, by id."""
    s = supplier.c
    return {
        one[0]: Supplier._make(one)
        for one in db.execute(
            select(
                s.id, s.number, s.name, s.currency, currency.c.rate, currency.c.digits,
                s.lead_time_days, s.active,
            )
            .join(currency, currency.c.code == s.currency)
            .where(s.id.in_(ids_in(db, ids)))
        )
    }  # fmt: skip


def _drafts(db: Connection) -> dict[Pair, Draft]:
    """The newest open draft of each supplier and delivery warehouse (R3.5)."""
    po, row = purchase_order.c, purchase_row.c
    found: dict[Pair, Draft] = {}
    rows: dict[int, dict[int, tuple[int, int, int]]] = {}
    for one in db.execute(
        select(
            po.id, po.number, po.version, po.supplier_id, po.warehouse_id,
            row.product_id, row.id.label("row_id"), row.ordered, row.cost, row.position,
        )
        .outerjoin(purchase_row, row.po_id == po.id)
        .where(po.state == "draft", po.drop_ship == 0, po.sale_id.is_(None))
        .order_by(po.id, row.position)
    ):  # fmt: skip
        mine = rows.setdefault(one.id, {})
        if one.product_id is not None:
            mine.setdefault(one.product_id, (one.row_id, one.ordered, one.cost))
        found[one.supplier_id, one.warehouse_id] = Draft(
            one.id, one.number, one.version, one.position or 0, mine
        )
    return found
