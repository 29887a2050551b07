"""Purchase orders with their rows: compared and written.

What was received before comes as an opening fact: no goods-in note, no movement.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import select

from .. import books
from ..backend import Work
from ..changes import Topic
from ..lists import purchase_search_text
from ..rules.money import row_total
from ..rules.sale_status import Axis, received
from ..store.bulk import next_ids
from ..store.tables import offer, offer_price, purchase_order, purchase_row, supplier
from . import records
from .fields import Pointed, Rounded
from .goods import Products, Terms
from .known import Known
from .parties import Parties, Warehouses
from .report import Code, Notice
from .sale_writing import take_numbers
from .scope import Entity, Scope, changed, insert_in_parts, matching, update_rows
from .selling import AMOUNT_MAX

OPEN = ("draft", "sent")


class OrderDraft:
    """A purchase order being compared."""

    __slots__ = (
        "currency", "differs", "facts", "head", "id", "record", "rows", "state", "supplier",
        "warehouse",
    )  # fmt: skip

    def __init__(self, record: records.PurchaseOrder | None, facts: Any) -> None:
        self.record, self.facts = record, facts
        self.id: int | None = facts.id if facts is not None else None
        self.rows: list[LineDraft] = []
        self.head: dict[str, Any] = {}
        self.differs: dict[str, Any] = {}
        self.supplier: Entity | None = None
        self.warehouse: Entity | None = None
        self.currency: str = facts.currency if facts is not None else ""
        self.state: str = facts.state if facts is not None else ""

    @property
    def is_touched(self) -> bool:
        """Return whether a known order is to be changed."""
        return bool(self.differs) or any(r.facts is None or r.differs for r in self.rows)


class LineDraft:
    """A row being compared."""

    __slots__ = ("differs", "facts", "id", "line", "product", "values")

    def __init__(self, line: int, facts: Any, product: Entity) -> None:
        self.line, self.facts, self.product = line, facts, product
        self.id: int | None = facts.id if facts is not None else None
        self.values: dict[str, Any] = {}
        self.differs: dict[str, Any] = {}


class Orders:
    """All purchase orders that the files name, beside what the database has of them."""

    def __init__(
        self,
        scope: Scope,
        places: Warehouses,
        suppliers: Parties,
        products: Products,
        terms: Terms,
    ) -> None:
        self.scope, self.places, self.suppliers, self.products = scope, places, suppliers, products
        self.terms = terms
        self.drafts: dict[str, OrderDraft] = {}
        self.units = self.received = 0
        self.amounts: dict[str, int] = defaultdict(int)
        self.there = Known(
            scope, purchase_order, purchase_row, purchase_row.c.po_id, heads="purchase_orders",
            rows="purchase_order_rows", names="order",
        )  # fmt: skip
        self.costs = _costs(scope, self.suppliers, products)

    def compare(self) -> None:
        """Sort heads and rows into new, changed and unchanged."""
        scope = self.scope
        seen: dict[str, Any] = {}
        for record in scope.source.of("purchase_orders"):
            if scope.twice("purchase_orders", "external_id", seen, record):
                continue
            draft = OrderDraft(record, self.there.heads.get(record.external_id))
            self.drafts[record.external_id] = draft
            self.there.judge_number(record, draft)
            self._head(record, draft)
        self._rows()
        for key, draft in self.drafts.items():
            self._whole(key, draft)

    def _head(self, record: records.PurchaseOrder, draft: OrderDraft) -> None:
        scope, facts = self.scope, draft.facts
        draft.supplier = self.suppliers.find("purchase_orders", record, "supplier")
        draft.warehouse = self.places.find("purchase_orders", record)
        if draft.supplier is not None:
            told = draft.supplier.facts
            draft.currency = draft.supplier.currency or (told.currency if told is not None else "")
        draft.state = record.state or (facts.state if facts is not None else "sent")
        draft.head = {
            "created_at": record.placed_at, "expected_on": record.expected_on,
            "reference": record.reference,
        }  # fmt: skip
        if facts is None:
            return
        provided = {"created_at": "placed_at"}
        draft.differs = changed(
            facts,
            {
                name: value for name, value in draft.head.items()
                if scope.has("purchase_orders", provided.get(name, name))
            },
        )  # fmt: skip
        for name, differs, now in (
            ("state", draft.state != facts.state, facts.state),
            ("supplier", draft.supplier is not None and draft.supplier.id != facts.supplier_id, ""),
            ("warehouse", bool(record.warehouse) and draft.warehouse is not None
             and draft.warehouse.id != facts.warehouse_id, ""),
        ):  # fmt: skip
            if differs:
                value = getattr(record, name)
                scope.blame("purchase_orders", name, Code.FIXED, record.line, value, now=now)
        draft.currency = facts.currency

    def _rows(self) -> None:
        scope = self.scope
        seen: dict[str, Any] = {}
        name = "purchase_order_rows"
        for record in scope.source.of(name):
            if record.external_id and scope.twice(name, "external_id", seen, record):
                continue
            draft = self.drafts.get(record.order)
            if draft is None:
                facts = self.there.heads.get(record.order)
                if facts is None:
                    scope.unknown(name, "order", record.line, record.order, "purchase_orders")
                    continue
                self.drafts[record.order] = draft = OrderDraft(None, facts)
            position = self.there.place(record)
            if position is not None:
                self._row(record, draft, position)

    def _row(self, record: records.PurchaseRow, draft: OrderDraft, position: int) -> None:
        scope, name = self.scope, "purchase_order_rows"
        if self.there.is_anothers(record, draft):
            return
        product = self.products.find(name, record)
        if product is None or not self._possible(record, product, draft):
            return
        made = LineDraft(record.line, self.there.row_of(record, draft, position), product)
        cost = record.cost
        if isinstance(cost, Rounded):
            scope.source.mention(name, "cost", Notice.COST_ROUNDED, record.line)
            cost = int(cost)
        if cost is None:
            cost = self._usual_cost(draft, product)
        quantity, got = int(record.quantity), int(record.received or 0)
        total = row_total(quantity, cost, scope.digits.get(draft.currency, 2))
        if total > AMOUNT_MAX:
            scope.blame(name, "cost", Code.AMOUNT_TOO_LARGE, record.line, most=AMOUNT_MAX)
            return
        made.values = {
            "external_id": record.external_id or None, "position": position,
            "supplier_sku": record.supplier_sku, "ordered": quantity, "received": got,
            "opening_received": got, "cost": cost, "total": total,
            "expected_on": record.expected_on or draft.head.get("expected_on"),
        }  # fmt: skip
        self.units += quantity
        self.received += got
        self.amounts[draft.currency] += total
        if made.facts is not None:
            self._beside(record, draft, made)
        draft.rows.append(made)

    def _usual_cost(self, draft: OrderDraft, product: Entity) -> int:
        """Return what one unit costs by the supplier's terms, 0 where there are none."""
        if draft.supplier is None:
            return 0
        told = self.terms.offers.get((draft.supplier, product))
        if told is not None and told.prices:
            return told.prices[min(told.prices)]
        return self.costs.get((id(draft.supplier), id(product)), 0)

    def _possible(self, record: records.PurchaseRow, product: Entity, draft: OrderDraft) -> bool:
        scope, name, got = self.scope, "purchase_order_rows", int(record.received or 0)
        if product.kind == "bundle":
            scope.blame(name, "product", Code.BUNDLE, record.line, record.product)
        elif record.quantity == 0:
            scope.blame(name, "quantity", Code.ZERO, record.line, "0")
        elif product.kind == "stock" and isinstance(record.quantity, Pointed):
            scope.blame(name, "quantity", Code.NOT_WHOLE, record.line)
        elif product.kind == "stock" and isinstance(record.received, Pointed):
            scope.blame(name, "received", Code.NOT_WHOLE, record.line)
        elif got > record.quantity:
            ordered = int(record.quantity)
            scope.blame(name, "received", Code.MORE_THAN_ORDERED, record.line, ordered=ordered)
        elif got and draft.state in {"draft", "cancelled"} and draft.facts is None:
            scope.blame(name, "received", Code.NOT_OPEN, record.line, state=draft.state)
        else:
            return True
        return False

    def _beside(self, record: records.PurchaseRow, draft: OrderDraft, made: LineDraft) -> None:
        scope, facts, values, name = self.scope, made.facts, made.values, "purchase_order_rows"
        if made.product.id != facts.product_id:
            scope.blame(name, "product", Code.FIXED, record.line, record.product, now="")
            return
        names = ["ordered"]
        names += ["cost"] if record.cost is not None else []
        names += [n for n in ("supplier_sku", "expected_on") if scope.has(name, n)]
        differs = changed(facts, {n: values[n] for n in names})
        got = values["received"] if scope.has(name, "received") else facts.opening_received
        if got != facts.opening_received:
            if facts.received != facts.opening_received:
                scope.blame(name, "received", Code.MOVED_ON, record.line)
                return
            differs |= {"opening_received": got, "received": got}
        held = facts.received - facts.opening_received + got
        if values["ordered"] < held and "ordered" in differs:
            scope.blame(name, "quantity", Code.BELOW_RECEIVED, record.line, units=held)
            return
        if differs and draft.state not in OPEN:
            scope.blame(name, None, Code.NOT_OPEN, record.line, state=draft.state)
            return
        if {"ordered", "cost"} & differs.keys():
            cost = differs.get("cost", facts.cost)
            digits = scope.digits.get(draft.currency, 2)
            differs["total"] = row_total(values["ordered"], cost, digits)
        made.differs = differs

    def _whole(self, key: str, draft: OrderDraft) -> None:
        scope, record = self.scope, draft.record
        fresh = [row for row in draft.rows if row.facts is None]
        name = "purchase_order_rows"
        if draft.facts is None and record is not None:
            if not self.there.named[key] and name not in scope.source.unread:
                scope.blame("purchase_orders", "external_id", Code.NO_ROWS, record.line, key)
            scope.count("purchase_orders", "new")
        else:
            if fresh and draft.state not in OPEN:
                scope.blame(name, None, Code.NOT_OPEN, fresh[0].line, state=draft.state)
            scope.count("purchase_orders", "updated" if draft.is_touched else "unchanged")
        for row in draft.rows:
            what = "new" if row.facts is None else "updated" if row.differs else "unchanged"
            scope.count(name, what)


def _costs(scope: Scope, suppliers: Parties, products: Products) -> dict[tuple[int, int], int]:
    """Known costs by supplier and product, for rows that name none: the price of one unit."""
    if all(record.cost is not None for record in scope.source.of("purchase_order_rows")):
        return {}
    by_id = {e.id: e for e in suppliers.by_external.values() if e.id is not None}
    by_id |= {e.id: e for many in suppliers.by_name.values() for e in many if e.id is not None}
    goods = {e.id: e for e in products.by_sku.values() if e.id is not None}
    query = select(offer.c.supplier_id, offer.c.product_id, offer_price.c.cost).join(
        offer_price, offer_price.c.offer_id == offer.c.id
    ).where(offer_price.c.minimum == 0)  # fmt: skip
    return {
        (id(by_id[row.supplier_id]), id(goods[row.product_id])): row.cost
        for row in matching(
            scope.db, query, offer.c.product_id, {k for k in goods if k is not None}
        )
        if row.supplier_id in by_id
    }


def write_orders(work: Work, orders: Orders) -> None:
    """Insert new orders with their rows, update known ones, and keep what is derived right."""
    new = [draft for draft in orders.drafts.values() if draft.id is None]
    known = [d for d in orders.drafts.values() if d.facts is not None and d.is_touched]
    given = [d.record.number for d in new if d.record is not None and d.record.number is not None]
    numbers = iter(take_numbers(work, "purchase_order", given, len(new) - len(given)))
    for key, draft in zip(next_ids(work.db, purchase_order, len(new)), new, strict=True):
        draft.id = key
    heads = [_head(orders, draft, numbers) for draft in new]
    insert_in_parts(work, purchase_order, heads, "purchase_orders")
    update_rows(work.db, purchase_order, {d.facts.id: d.differs for d in known})
    update_rows(
        work.db, purchase_row, {r.facts.id: r.differs for d in known for r in d.rows if r.facts}
    )
    rows = [values for draft in [*new, *known] for values in _lines(orders, draft)]
    for key, values in zip(next_ids(work.db, purchase_row, len(rows)), rows, strict=True):
        values["id"] = key
    insert_in_parts(work, purchase_row, rows, "purchase_order_rows")
    if known:
        books.shrink_pegs(work, po_rows={r.facts.id for d in known for r in d.rows if r.facts})
        books.refresh_purchases(work, {draft.facts.id for draft in known})
        _search(work, orders, known)
    work.touched(Topic.PURCHASES, {d.id for d in [*new, *known] if d.id is not None})


def _head(orders: Orders, draft: OrderDraft, numbers: Any) -> dict[str, Any]:
    record = draft.record
    assert record is not None
    assert draft.supplier is not None
    assert draft.warehouse is not None
    number = next(numbers) if record.number is None else record.number
    axis = received((r.values["ordered"], r.values["received"]) for r in draft.rows)
    to_come = sum(r.values["ordered"] - r.values["received"] for r in draft.rows)
    label = {Axis.PART: "Part received", Axis.ALL: "Received"}.get(axis, "Placed with supplier")
    status = orders.scope.statuses.get(("PO", "Draft" if draft.state == "draft" else label))
    return {
        "id": draft.id, "number": number, "external_id": record.external_id,
        "supplier_id": draft.supplier.key, "warehouse_id": draft.warehouse.key,
        "state": draft.state, "status_id": status.id if status is not None else None,
        "currency": draft.currency, **draft.head,
        "sent_at": None if draft.state == "draft" else record.placed_at,
        "total": sum(r.values["total"] for r in draft.rows), "received": int(axis),
        "to_come": to_come if draft.state in OPEN else 0,
        "search": purchase_search_text(
            number, draft.supplier.name, record.reference, record.external_id,
            [row.product.sku for row in draft.rows],
        ),
    }  # fmt: skip


def _lines(orders: Orders, draft: OrderDraft) -> list[dict[str, Any]]:
    before = (
        [row.position for row in orders.there.rows[draft.id]] if draft.facts and draft.id else []
    )
    fresh = [row for row in draft.rows if row.facts is None]
    last = max([*before, *(row.values["position"] for row in fresh)], default=0)
    made = []
    for row in fresh:
        values = {**row.values, "po_id": draft.id, "product_id": row.product.key}
        if values["position"] in before:
            last += 1
            values["position"] = last
        made.append(values)
    return made


def _search(work: Work, orders: Orders, known: list[OrderDraft]) -> None:
    names = {
        row.id: row.name
        for row in matching(
            work.db, select(supplier.c.id, supplier.c.name), supplier.c.id,
            {draft.facts.supplier_id for draft in known},
        )
    }  # fmt: skip
    skus = {e.id: e.sku for e in orders.products.by_sku.values()}
    changes = {}
    for draft in known:
        facts = draft.facts
        listed = [skus.get(row.product_id, "") for row in orders.there.rows[facts.id]]
        listed += [row.product.sku for row in draft.rows if row.facts is None]
        reference = draft.differs.get("reference", facts.reference)
        changes[facts.id] = {
            "search": purchase_search_text(
                facts.number, names[facts.supplier_id], reference, facts.external_id, listed
            )
        }
    update_rows(work.db, purchase_order, changes)


__all__ = ["Orders", "write_orders"]
