"""Clone a sale to a purchase order, for a warehouse or for the customer (rules section 4)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, case, func, select

from .access import Permission
from .backend import Undone, Work, command
from .books import OPEN_STATES, change_status, pegged_orders
from .changes import Topic
from .drop_ship_writing import DropUnits, free_displaced_pegs, put_on_drop_notes
from .errors import Rejected
from .purchase_facts import read_offers, read_suppliers
from .purchase_undo import undo_clone
from .purchase_writing import (
    NewOrder,
    NewPeg,
    NewRow,
    Pending,
    Terms,
    check_terms,
    cross_notes,
    read_settings,
    write_orders,
)
from .rules.delivery_address import ADDRESS_MAX, missing_parts, tidy
from .rules.drop_ship import freed_by, released_by
from .rules.money import QUANTITY_MAX, UNIT
from .rules.supplier_choice import Offer, Supplier, price
from .store.bulk import ids_in
from .store.tables import (
    customer,
    order_status,
    peg,
    product,
    purchase_order,
    purchase_row,
    sale,
    sale_row,
    warehouse,
)

COST_MAX = 10_000_000 * UNIT
"""Above it, a total may leave 64 bits."""


@dataclass(frozen=True, slots=True)
class CloneTerms:
    """A supplier's terms for a row; ``breaks``: (from units, unit cost), fewest units first.

    ``cost`` is that at the offered quantity; None: price needed (CLN-02).
    """

    supplier_id: int
    cost: int | None
    supplier_sku: str
    is_primary: bool
    breaks: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class CloneSupplier:
    """A supplier to choose. ``supplies``: how many of the rows with units to order it supplies."""

    id: int
    name: str
    currency: str
    digits: int
    lead_time_days: int
    supplies: int
    active: bool


@dataclass(frozen=True, slots=True)
class CloneRow:
    """A row of the sale. ``offered``: still needed and not pegged (R4.2).

    ``on_order``: live units of open orders pegged to it. ``reason``: "text" | "bundle" where the
    row cannot be ordered, else None. Services and non-stock rows can be, and are offered 0.
    ``reserved`` and ``fulfilled`` make up ``allocated``; ``pegged``: live units on any order.
    """

    sale_row_id: int
    position: int
    product_id: int | None
    sku: str
    name: str
    kind: str
    whole_units: bool
    warehouse_id: int
    ordered: int
    allocated: int
    shipped: int
    on_order: int
    offered: int
    reason: str | None
    terms: tuple[CloneTerms, ...]
    reserved: int = 0
    fulfilled: int = 0
    pegged: int = 0

    @property
    def deliverable(self) -> int:
        """Units that may be given to a supplier to deliver: those on no note yet (R4.3)."""
        return self.ordered - self.fulfilled if self.kind == "stock" and not self.reason else 0

    def displaced(self, units: int) -> tuple[int, int]:
        """(reserved units released, units on their way freed) when so many are drop-shipped."""
        return released_by(self, units), freed_by(self, units, self.pegged)


@dataclass(frozen=True, slots=True)
class ClonePreview:
    """What the clone dialog shows of one sale.

    ``suppliers``: those with terms for its products, first who supplies most of the rows with
    units to order, then the cheapest for them, then by number (CLN-02). ``address``: the sale's,
    ``customer_address`` the customer's own (CLN-03).
    """

    sale_id: int
    number: int
    customer: str
    warehouse_id: int
    status_id: int
    rows: tuple[CloneRow, ...]
    suppliers: tuple[CloneSupplier, ...]
    address: str = ""
    customer_address: str = ""


@dataclass(frozen=True, slots=True)
class CloneRequest:
    """One purchase order for rows of one sale: ``quantities`` by sale row id, 0 leaves one out.

    ``warehouse_id`` None: delivered to the customer (R4.3), at ``address``, or where that is empty
    at the sale's.

    ``costs``: unit costs by sale row id, for rows without a price, or instead of it.
    ``po_status_id`` None: as the settings say.
    """

    sale_id: int
    supplier_id: int
    warehouse_id: int | None
    quantities: Mapping[int, int]
    costs: Mapping[int, int] = field(default_factory=dict)
    sales_status_id: int | None = None
    po_state: Literal["draft", "sent"] = "draft"
    po_status_id: int | None = None
    reference: str = ""
    cross_notes: bool = True
    address: str = ""


def clone_preview(db: Connection, sale_id: int) -> ClonePreview:
    """The rows of a sale with what may be ordered for each (R4.2). Rejected("unknown_sales")."""
    head = db.execute(
        select(
            sale.c.id, sale.c.number, sale.c.warehouse_id, sale.c.status_id,
            customer.c.name, sale.c.address, customer.c.address.label("customer_address"),
        )
        .join(customer, customer.c.id == sale.c.customer_id)
        .where(sale.c.id == sale_id)
    ).one_or_none()  # fmt: skip
    if head is None:
        raise Rejected("unknown_sales", [sale_id])
    found = _rows(db, sale_id)
    offers = read_offers(db, {row.product_id for row in found if row.product_id})
    who = read_suppliers(db, {one.supplier_id for mine in offers.values() for one in mine})
    rows = tuple(_shown(row, offers.get(row.product_id or 0, [])) for row in found)
    return ClonePreview(
        head.id, head.number, head.name, head.warehouse_id, head.status_id, rows,
        tuple(_suppliers(rows, who)), tidy(head.address), tidy(head.customer_address),
    )  # fmt: skip


def _rows(db: Connection, sale_id: int) -> list[Any]:
    """Rows of a sale with product, units pegged live anywhere, and those of them on open orders."""
    row = sale_row.c
    open_order = (purchase_order.c.state.in_(OPEN_STATES)) & (purchase_order.c.drop_ship == 0)
    pegged = (
        select(
            peg.c.sale_row_id,
            func.sum(peg.c.live).label("live"),
            func.sum(case((open_order, peg.c.live), else_=0)).label("on_order"),
        )
        .join(sale_row, row.id == peg.c.sale_row_id)
        .join(purchase_row, purchase_row.c.id == peg.c.po_row_id)
        .join(purchase_order, purchase_order.c.id == purchase_row.c.po_id)
        .where(row.sale_id == sale_id)
        .group_by(peg.c.sale_row_id)
        .subquery("pegged")
    )
    return list(
        db.execute(
            select(
                row.id, row.sale_id, row.position, row.product_id, row.kind, row.description,
                row.warehouse_id, row.ordered, row.reserved, row.fulfilled, row.shipped,
                product.c.sku, product.c.name,
                func.coalesce(pegged.c.live, 0).label("live"),
                func.coalesce(pegged.c.on_order, 0).label("on_order"),
            )
            .outerjoin(product, product.c.id == row.product_id)
            .outerjoin(pegged, pegged.c.sale_row_id == row.id)
            .where(row.sale_id == sale_id)
            .order_by(row.position)
        )
    )  # fmt: skip


def _free(row: Any) -> int:
    """Still needed and not pegged (R4.2)."""
    return int(max(row.ordered - row.reserved - row.fulfilled - int(row.live), 0))


def _why_not(row: Any) -> str | None:
    if row.kind == "bundle":
        return "bundle"
    return "text" if row.kind == "text" or row.product_id is None else None


def _shown(row: Any, offers: list[Offer]) -> CloneRow:
    reason = _why_not(row)
    offered = _free(row) if row.kind == "stock" and reason is None else 0
    return CloneRow(
        row.id, row.position, row.product_id, row.sku or "", row.name or row.description, row.kind,
        row.kind == "stock", row.warehouse_id, row.ordered, row.reserved + row.fulfilled,
        row.shipped, int(row.on_order), offered, reason,
        tuple(
            CloneTerms(
                one.supplier_id, price(one, offered), one.supplier_sku, bool(one.is_primary),
                one.breaks,
            )
            for one in offers
        ),
        row.reserved, row.fulfilled, int(row.live),
    )  # fmt: skip


def _suppliers(rows: Collection[CloneRow], who: Mapping[int, Supplier]) -> list[CloneSupplier]:
    supplies: dict[int, int] = dict.fromkeys(who, 0)
    worth: dict[int, int] = dict.fromkeys(who, 0)
    for row in rows:
        for terms in row.terms:
            if row.offered and terms.cost is not None:
                supplies[terms.supplier_id] += 1
                worth[terms.supplier_id] += terms.cost * row.offered * who[terms.supplier_id].rate
    order = sorted(
        who.values(), key=lambda one: (not one.active, -supplies[one.id], worth[one.id], one.number)
    )
    return [
        CloneSupplier(
            one.id, one.name, one.currency, one.digits, one.lead_time_days, supplies[one.id],
            bool(one.active),
        )
        for one in order
    ]  # fmt: skip


@command("Clone to purchase order", Permission.PLACE_PURCHASES)
def clone_to_purchase_order(
    work: Work, request: CloneRequest, confirmed: Collection[str] = ()
) -> dict[str, Any]:
    """Make the purchase order; the sale's rows are not touched (R4.4). Can be undone.

    Delivered to the customer, its units become fulfilled by a drop-ship note, and what they
    displace is released: reservations, and units on their way (R4.3).

    Returns {id, number, supplier, lines, units, total, currency, digits, expected_on (ISO day),
    sale_changed, released}. Raises Rejected: "confirm:more_than_needed" or for the customer
    "confirm:displaces_units" (unless confirmed), "price_needed",
    "not_supplied" (the setting limits a supplier to its own products), "cannot_be_ordered",
    "not_drop_shipped", "drop_ship_too_many", "invalid_quantity", "invalid_cost", "unknown_row"
    with sale row ids in ``items``; "address_incomplete" with the missing parts;
    "nothing_to_order", "sale_cancelled", "unknown_sales", "unknown_supplier",
    "unknown_warehouse", and those of ``place_batch`` for status and reference.
    """
    check_terms(work.db, request.po_state, request.po_status_id, request.reference)
    wanted = _wanted(request)
    who, head = _parties(work.db, request)
    address = _address(request, head.address)
    _lock(work, request)
    rows = {row.id: row for row in _rows(work.db, request.sale_id)}
    _check_rows(rows, wanted)
    _check_units(request, rows, wanted, confirmed)
    offers = read_offers(work.db, {rows[key].product_id for key in wanted})
    found = read_settings(work.db, request.po_state)
    strangers = [key for key in wanted if not _supplied(rows[key], offers, who)]
    if strangers and found["own_products"]:
        raise Rejected("not_supplied", strangers, supplier=who.name)
    new = _new_rows(request, wanted, rows, offers, who, work.at.date())
    order = NewOrder(who, request.warehouse_id, new, request.sale_id, address)
    moved: dict[int, int] = {}
    if request.sales_status_id is not None:
        moved = change_status(work, [request.sale_id], request.sales_status_id)
    status_id = request.po_status_id or found["status_id"]
    terms = Terms(request.po_state, status_id, request.reference, None)
    return _write(work, request, order, terms, head.number) | {"sale_changed": bool(moved)}


def _write(
    work: Work, request: CloneRequest, order: NewOrder, terms: Terms, number: int
) -> dict[str, Any]:
    pending = Pending()
    made = write_orders(work, [order], terms, pending)
    undo: dict[str, Any] = {"order": made[0].id, "sale": request.sale_id}
    released = 0
    if request.cross_notes:
        pending.notes += cross_notes(made, {request.sale_id: number}, None)
    pending.write(work)
    if order.drop_ship:
        placed = put_on_drop_notes(
            work, [DropUnits(po_row, row, units) for po_row, row, units, _live in pending.pegs]
        )
        freed = free_displaced_pegs(work, placed)
        released = sum(units for _row, units in placed.released)
        undo |= {
            "released": [list(one) for one in placed.released],
            "freed": {str(key): units for key, units in freed.items()},
        }
    work.touched(Topic.SALES, [request.sale_id])
    work.can_undo(undo)
    return made[0].as_result() | {"released": released}


def _address(request: CloneRequest, of_sale: str) -> str:
    """Where the supplier delivers to; empty for a warehouse. Refuses what nobody would find."""
    if request.warehouse_id is not None:
        return ""
    address = tidy(request.address) or tidy(of_sale)
    if len(address) > ADDRESS_MAX:
        raise Rejected("text_too_long", field="address", limit=ADDRESS_MAX)
    missing = missing_parts(address)
    if missing:
        raise Rejected("address_incomplete", list(missing))
    return address


def _check_units(
    request: CloneRequest,
    rows: Mapping[int, Any],
    wanted: Mapping[int, int],
    confirmed: Collection[str],
) -> None:
    """More than is needed is asked about; to a customer, more than is on no note cannot go."""
    over = [key for key, units in wanted.items() if units > _free(rows[key])]
    if request.warehouse_id is not None:
        if over and MORE_THAN_NEEDED not in confirmed:
            raise Rejected("confirm:more_than_needed", over)
        return
    barred = [key for key in wanted if rows[key].kind != "stock"]
    if barred:
        raise Rejected("not_drop_shipped", barred)
    many = [key for key, units in wanted.items() if units > rows[key].ordered - rows[key].fulfilled]
    if many:
        raise Rejected("drop_ship_too_many", many)
    if over and DISPLACES_UNITS not in confirmed:
        released = sum(released_by(rows[key], wanted[key]) for key in over)
        freed = sum(freed_by(rows[key], wanted[key], int(rows[key].live)) for key in over)
        raise Rejected("confirm:displaces_units", over, released=released, freed=freed)


DISPLACES_UNITS = "confirm:displaces_units"
MORE_THAN_NEEDED = "confirm:more_than_needed"


def _wanted(request: CloneRequest) -> dict[int, int]:
    wrong = [
        key
        for key, units in request.quantities.items()
        if isinstance(units, bool) or not isinstance(units, int) or not 0 <= units <= QUANTITY_MAX
    ]
    if wrong:
        raise Rejected("invalid_quantity", wrong)
    costly = [key for key, cost in request.costs.items() if not 0 <= cost <= COST_MAX]
    if costly:
        raise Rejected("invalid_cost", costly)
    wanted = {key: units for key, units in sorted(request.quantities.items()) if units}
    if not wanted:
        raise Rejected("nothing_to_order")
    return wanted


def _parties(db: Connection, request: CloneRequest) -> tuple[Supplier, Any]:
    """The supplier, and the sale's number and address; refuses what does not exist."""
    who = read_suppliers(db, [request.supplier_id]).get(request.supplier_id)
    if who is None:
        raise Rejected("unknown_supplier", [request.supplier_id])
    place = db.execute(
        select(warehouse.c.id).where(
            warehouse.c.id == request.warehouse_id, warehouse.c.active == 1
        )
    ).first()
    if place is None and request.warehouse_id is not None:
        raise Rejected("unknown_warehouse", [request.warehouse_id])
    found = db.execute(
        select(sale.c.number, sale.c.address).where(sale.c.id == request.sale_id)
    ).first()
    if found is None:
        raise Rejected("unknown_sales", [request.sale_id])
    return who, found


def _lock(work: Work, request: CloneRequest) -> None:
    """The levels are the gate that batches of the same products wait at."""
    row = sale_row.c
    mine: ColumnElement[bool] = row.id.in_(ids_in(work.db, request.quantities))
    found = work.db.execute(
        select(row.warehouse_id, row.product_id).where(mine, row.kind == "stock").distinct()
    ).all()
    pairs = {(one[0], one[1]) for one in found if one[1] is not None}
    if request.warehouse_id is not None:
        pairs |= {(request.warehouse_id, product_id) for _place, product_id in pairs}
    work.locks.take_stock(pairs)
    work.locks.take_sales([request.sale_id])
    if request.warehouse_id is None:
        work.locks.take_purchases(pegged_orders(work.db, [request.sale_id]))
    cancelled = work.db.execute(
        select(order_status.c.is_cancelled)
        .join(sale, sale.c.status_id == order_status.c.id)
        .where(sale.c.id == request.sale_id)
    ).scalar_one()
    if cancelled:
        raise Rejected("sale_cancelled", [request.sale_id])


def _supplied(row: Any, offers: Mapping[int, list[Offer]], who: Supplier) -> bool:
    return any(one.supplier_id == who.id for one in offers.get(row.product_id, ()))


def _check_rows(rows: Mapping[int, Any], wanted: Mapping[int, int]) -> None:
    strangers = [key for key in wanted if key not in rows]
    if strangers:
        raise Rejected("unknown_row", strangers)
    barred = [key for key in wanted if _why_not(rows[key]) is not None]
    if barred:
        raise Rejected("cannot_be_ordered", barred)
    broken = [key for key, units in wanted.items() if rows[key].kind == "stock" and units % UNIT]
    if broken:
        raise Rejected("invalid_quantity", broken)


def _new_rows(
    request: CloneRequest,
    wanted: Mapping[int, int],
    rows: Mapping[int, Any],
    offers: Mapping[int, list[Offer]],
    who: Supplier,
    today: date,
) -> list[NewRow]:
    """One row per product and cost, in the order of the sale (R3.5)."""
    terms = {
        product_id: next((one for one in mine if one.supplier_id == who.id), None)
        for product_id, mine in offers.items()
    }
    totals: dict[int, int] = {}
    for key, units in wanted.items():
        product_id = rows[key].product_id
        totals[product_id] = totals.get(product_id, 0) + units
    found: dict[tuple[int, int], NewRow] = {}
    needed: list[int] = []
    for key in sorted(wanted, key=lambda one: rows[one].position):
        row = rows[key]
        mine = terms.get(row.product_id)
        cost = request.costs.get(key, price(mine, totals[row.product_id]))
        if cost is None:
            needed.append(key)
            continue
        lead = mine.lead_time_days if mine is not None else None
        day = today + timedelta(days=who.lead_time_days if lead is None else lead)
        which = (row.product_id, cost)
        if which not in found:
            code = mine.supplier_sku if mine is not None else ""
            found[which] = NewRow(row.product_id, row.sku, 0, cost, code, day)
        found[which].units += wanted[key]
        live = min(wanted[key], _free(row)) if request.warehouse_id is not None else 0
        found[which].pegs.append(NewPeg(key, request.sale_id, wanted[key], live))
    if needed:
        raise Rejected("price_needed", needed)
    return list(found.values())


@clone_to_purchase_order.undone_by
def _undo(work: Work, original: Undone) -> dict[str, Any]:
    """See ``purchase_undo.undo_clone``."""
    return undo_clone(work, original)


__all__ = [
    "DISPLACES_UNITS",
    "MORE_THAN_NEEDED",
    "ClonePreview",
    "CloneRequest",
    "CloneRow",
    "CloneSupplier",
    "CloneTerms",
    "clone_preview",
    "clone_to_purchase_order",
]
