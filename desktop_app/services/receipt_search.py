"""Step 1 of receiving: which orders wait to be received, and finding one (RCV-01, RCV-02)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import Connection, case, func, or_, select

from .draft_shapes import Found, OrderCard, Receivable
from .receipt_plan import OPEN_STATES, OUTSTANDING
from .store.bulk import ids_in
from .store.tables import (
    barcode,
    goods_in,
    peg,
    person,
    product,
    purchase_order,
    purchase_row,
    receipt_draft,
    receipt_scan,
    sale_row,
    supplier,
    warehouse,
)

CARDS_MAX = 50
"""So many orders of each kind are listed; search finds the others."""

_NUMBER = re.compile(r"(?:po)?[\s#:-]*0*([0-9]{1,15})", re.IGNORECASE)


def receivable(db: Connection, today: date, warehouse_id: int | None = None) -> Receivable:
    """The lists of step 1, at most ``CARDS_MAX`` orders each; ``today`` in local time."""
    po = purchase_order.c
    here = [] if warehouse_id is None else [po.warehouse_id == warehouse_id]
    to_come = [po.state.in_(OPEN_STATES), po.drop_ship == 0, po.to_come > 0, *here]
    dated = (po.expected_on.is_(None), po.expected_on, po.number)
    counting = _cards(
        db, [receipt_draft.c.id.is_not(None), *here], (receipt_draft.c.updated_at.desc(),)
    )
    not_begun = [*to_come, receipt_draft.c.id.is_(None)]
    return Receivable(
        drafts=counting,
        due=_cards(db, [*not_begun, po.expected_on == today], (po.number,)),
        late=_cards(db, [*not_begun, po.expected_on < today], (po.expected_on, po.number)),
        later=_cards(
            db, [*not_begun, or_(po.expected_on > today, po.expected_on.is_(None))], dated
        ),
    )


def find(db: Connection, text: str, warehouse_id: int | None = None) -> tuple[Found, ...]:
    """Orders by number or its barcode, supplier, product (code, SKU) or goods-in reference (RCV-01).

    Those that cannot be received are found too and say why (``OrderCard.refusal``).
    """
    wanted = text.strip()[:120]
    if not wanted:
        return ()
    po = purchase_order.c
    hits: dict[int, tuple[str, str]] = {}
    number = _NUMBER.fullmatch(wanted)
    if number is not None:
        found = db.execute(select(po.id, po.number).where(po.number == int(number[1])))
        hits.update({row.id: ("number", str(row.number)) for row in found})
    for by, query in (
        ("reference", _by_reference(wanted)),
        ("product", _by_product(wanted)),
        ("supplier", _by_supplier(wanted)),
    ):
        for row in db.execute(query.limit(CARDS_MAX)):
            hits.setdefault(row.id, (by, row.hit))
    # A drop-ship order has no warehouse: whoever looks for it is told why it is not received here.
    here = [] if warehouse_id is None else [or_(po.warehouse_id == warehouse_id, po.drop_ship == 1)]
    cards = {
        card.po_id: card
        for card in _cards(db, [po.id.in_(ids_in(db, hits)), *here], (po.id,), len(hits))
    }
    return tuple(Found(*hits[key], cards[key]) for key in hits if key in cards)


def _open() -> list[Any]:
    po = purchase_order.c
    return [po.state.in_(OPEN_STATES), po.drop_ship == 0, po.to_come > 0]


def _order() -> tuple[Any, ...]:
    po = purchase_order.c
    return (po.expected_on.is_(None), po.expected_on, po.number)


def _by_reference(wanted: str) -> Any:
    po = purchase_order.c
    same = func.lower(wanted)
    return (
        select(po.id, func.coalesce(func.min(goods_in.c.reference), po.reference).label("hit"))
        .outerjoin(goods_in, goods_in.c.po_id == po.id)
        .where(or_(func.lower(po.reference) == same, func.lower(goods_in.c.reference) == same))
        .group_by(po.id, po.reference)
        .order_by(po.id.desc())
    )


def _by_product(wanted: str) -> Any:
    po = purchase_order.c
    coded = select(barcode.c.product_id).where(barcode.c.code == wanted)
    named: list[Any] = [product.c.id.in_(coded), product.c.sku.in_({wanted, wanted.upper()})]
    if len(wanted) >= 3:
        named += [
            func.lower(product.c.sku).startswith(wanted.lower(), autoescape=True),
            func.lower(product.c.name).contains(wanted.lower(), autoescape=True),
        ]
    return (
        select(po.id, func.min(product.c.sku).label("hit"))
        .join(purchase_row, purchase_row.c.po_id == po.id)
        .join(product, product.c.id == purchase_row.c.product_id)
        .where(*_open(), OUTSTANDING, or_(*named))
        .group_by(po.id, po.expected_on, po.number)
        .order_by(*_order())
    )


def _by_supplier(wanted: str) -> Any:
    po = purchase_order.c
    return (
        select(po.id, supplier.c.name.label("hit"))
        .join(supplier, supplier.c.id == po.supplier_id)
        .where(*_open(), func.lower(supplier.c.name).contains(wanted.lower(), autoescape=True))
        .order_by(*_order())
    )


def _cards(
    db: Connection, where: Iterable[Any], order_by: Iterable[Any], most: int = CARDS_MAX
) -> tuple[OrderCard, ...]:
    po = purchase_order.c
    lines = select(func.count()).where(purchase_row.c.po_id == po.id, OUTSTANDING).scalar_subquery()
    sales = (
        select(func.count(func.distinct(sale_row.c.sale_id)))
        .select_from(peg)
        .join(purchase_row, purchase_row.c.id == peg.c.po_row_id)
        .join(sale_row, sale_row.c.id == peg.c.sale_row_id)
        .where(purchase_row.c.po_id == po.id, peg.c.live > 0)
        .scalar_subquery()
    )
    rows = db.execute(
        select(
            po.id, po.number, supplier.c.name.label("supplier"), po.warehouse_id,
            func.coalesce(warehouse.c.name, "").label("warehouse"), po.state, po.expected_on,
            po.to_come, po.drop_ship, lines.label("lines"), sales.label("sales"),
            receipt_draft.c.id.label("draft_id"), receipt_draft.c.person_id,
            person.c.name.label("person"), receipt_draft.c.updated_at,
        )
        .join(supplier, supplier.c.id == po.supplier_id)
        .outerjoin(warehouse, warehouse.c.id == po.warehouse_id)
        .outerjoin(receipt_draft, receipt_draft.c.po_id == po.id)
        .outerjoin(person, person.c.id == receipt_draft.c.person_id)
        .where(*where)
        .order_by(*order_by)
        .limit(most)
    ).all()  # fmt: skip
    counted = _counted(db, [row.draft_id for row in rows if row.draft_id is not None])
    return tuple(
        OrderCard(
            row.id, row.number, row.supplier, row.warehouse_id, row.warehouse, row.state,
            row.expected_on, row.to_come, row.lines, row.sales, _refusal(row), row.draft_id,
            counted.get(row.draft_id, 0), row.person or "", row.person_id, row.updated_at,
        )
        for row in rows
    )  # fmt: skip


def _refusal(row: Any) -> str:
    if row.drop_ship:
        return "drop_ship"
    if row.state not in OPEN_STATES:
        return str(row.state)
    return "" if row.to_come or row.draft_id is not None else "received"


def _counted(db: Connection, drafts: Iterable[int]) -> dict[int, int]:
    """Draft id to units counted, extras left out."""
    drafts = list(drafts)
    if not drafts:
        return {}
    s, row = receipt_scan.c, purchase_row.c
    outstanding = case((row.ordered > row.received, row.ordered - row.received), else_=0)
    each = (
        select(s.draft_id, func.sum(s.units).label("units"), outstanding.label("most"))
        .join(purchase_row, row.id == s.po_row_id)
        .where(s.draft_id.in_(ids_in(db, drafts)), s.undone == 0)
        .group_by(s.draft_id, row.id, row.ordered, row.received)
        .subquery("each_row")
    )
    fits = case((each.c.units < each.c.most, each.c.units), else_=each.c.most)
    return {
        found.draft_id: int(found.units)
        for found in db.execute(
            select(each.c.draft_id, func.sum(fits).label("units")).group_by(each.c.draft_id)
        )
    }
