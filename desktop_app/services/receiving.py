"""Goods in (rules section 5): preview who gets what, receive, allocate oldest first.

A screen builds one ``ReceiptRequest``, shows ``allocation_preview`` of it, and sends the same
request with the preview's fingerprint as ``agreed`` to ``receive``. Drafts that are being counted
are in ``receipt_drafts``, taking a receipt back in ``receipt_undo``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from .access import Permission
from .backend import Again, Work, command
from .books import pegged_orders
from .errors import Conflict, NotAllowed, Rejected
from .quiet import no_collection
from .receipt_plan import Plan, load_orders, plan, usual_places
from .receipt_posting import post
from .receipt_preview import preview_of
from .receipt_shapes import (
    PASSED_OVER_MAX,
    WAITING_SHOWN_MAX,
    PassedOver,
    PreviewRow,
    ReceiptPreview,
    ReceiptRequest,
    ReceiptRow,
    RowRaise,
    Turn,
)
from .store.bulk import ids_in, is_postgres
from .store.tables import goods_in, person, receipt_damage, receipt_draft, receipt_scan


def allocation_preview(db: Connection, request: ReceiptRequest) -> ReceiptPreview:
    """Who gets what, oldest first (R5.5 to R5.7). Raises what ``receive`` would."""
    return preview_of(db, plan(db, [request]))


def outstanding_request(db: Connection, po_id: int, allocate: bool | None = None) -> ReceiptRequest:
    """Everything that is still to come on an order, at each product's usual location."""
    order = load_orders(db, [po_id])[po_id]
    assert order.warehouse_id is not None, "drop-ship orders were refused"
    places = usual_places(db, order.warehouse_id, [row.product_id for row in order.rows.values()])
    rows = tuple(
        ReceiptRow(row.id, row.outstanding, places.get(row.product_id, (None, ""))[0])
        for row in order.rows.values()
        if row.outstanding
    )
    return ReceiptRequest(po_id, rows, allocate)


@command("Receive goods", needs=Permission.RECEIVE)
def receive(work: Work, request: ReceiptRequest) -> dict[str, Any]:
    """Post one goods-in note and allocate (R5.1 to R5.9); undone as a whole with ``Backend.undo``.

    Result: ``{"goods_in": {id, number}, "po": {id, number}, "units", "allocated",
    "sales": [{id, number, units, fully}], "left_on_order", "closed", "quarantined"}``.

    Raises Rejected("nothing_to_receive" | "quantity_not_positive" | "quantity_not_whole" |
    "unknown_purchase_order" | "purchase_not_open" | "purchase_drop_ship" | "row_of_another_order" |
    "unknown_location" | "location_missing" | "reference_used" | "over_receipt" |
    "extras_undecided" | "raise_not_higher" | "draft_taken_over"), with the rows in ``items``;
    NotAllowed("not_allowed") for a raise or a close below buyer; Conflict("receipt_changed",
    now=ReceiptPreview) and Conflict("draft_gone" | "draft_changed").
    """
    with no_collection():
        return _receive(work, [request])[0]


@command("Receive several orders", needs=Permission.RECEIVE)
def receive_all(work: Work, requests: Sequence[ReceiptRequest]) -> dict[str, Any]:
    """Receive several purchase orders as one delivery: one goods-in note each, one transaction.

    All for one warehouse, with the same choice to allocate (Rejected("deliveries_differ")).
    Result: ``{"receipts": [result of receive, ...]}``. Undone as a whole.
    """
    if not requests:
        raise Rejected("nothing_to_receive")
    with no_collection():
        return {"receipts": _receive(work, requests)}


def _receive(work: Work, requests: Sequence[ReceiptRequest]) -> list[dict[str, Any]]:
    _check_rights(work, requests)
    made = plan(work.db, requests)
    work.locks.take_stock(made.pairs)
    work.locks.take_sales(made.sale_ids)
    orders = {one.order.id for one in made.deliveries}
    if is_postgres(work.db):
        work.locks.take_purchases(orders | pegged_orders(work.db, made.sale_ids))
        # What was read before the locks is never trusted; SQLite had its lock from the start.
        made = plan(work.db, requests, made)
        if not (made.pairs <= work.locks.stock and made.sale_ids <= work.locks.sales):
            raise Again
    for request in requests:
        if request.agreed is not None and request.agreed != made.fingerprint:
            raise Conflict("receipt_changed", preview_of(work.db, made))
    _check_drafts(work, made)
    _check_references(work, made)
    return post(work, made)


def _check_rights(work: Work, requests: Sequence[ReceiptRequest]) -> None:
    """R11.1: raising a row and ending an order are a buyer's."""
    for asked, needs in (
        (any(one.raises for one in requests), Permission.RAISE_PURCHASE_ROW),
        (any(one.close_rest for one in requests), Permission.PLACE_PURCHASES),
    ):
        if asked and not work.actor.may(needs):
            raise NotAllowed("not_allowed", command="Receive goods", needs=needs.value)


def _check_drafts(work: Work, made: Plan) -> None:
    """What is posted is what the draft counted, and each extra was decided (R5.3)."""
    for delivery in made.deliveries:
        request = delivery.request
        if request.draft_id is None:
            continue
        draft = work.db.execute(
            select(receipt_draft, person.c.name)
            .join(person, person.c.id == receipt_draft.c.person_id)
            .where(receipt_draft.c.id == request.draft_id)
        ).one_or_none()
        if draft is None or draft.po_id != request.po_id:
            raise Conflict("draft_gone", number=delivery.order.number)
        if draft.person_id != work.actor.person_id:
            raise Rejected("draft_taken_over", by=draft.name)
        counted, damaged = _counted(work.db, draft.id)
        received = delivery.received
        changed = received.keys() - counted.keys()
        undecided = []
        for key, units in counted.items():
            posted = received.get(key, 0)
            if not min(units, delivery.order.rows[key].outstanding) <= posted <= units:
                changed.add(key)
            elif posted < units and key not in request.set_aside:
                undecided.append(key)
            apart = sum(
                x.units for x in delivery.lines if x.row.id == key and x.quarantined and x.reason
            )
            if apart != min(damaged.get(key, 0), posted):
                changed.add(key)
        if changed:
            raise Conflict("draft_changed", number=delivery.order.number)
        if undecided:
            raise Rejected("extras_undecided", undecided)


def _counted(db: Connection, draft_id: int) -> tuple[dict[int, int], dict[int, int]]:
    """Units that a draft counted per row, and how many of them are damaged (RCV-07)."""
    s = receipt_scan.c
    rows = db.execute(
        select(
            s.po_row_id, func.sum(s.units).label("units"),
            func.coalesce(func.sum(receipt_damage.c.units), 0).label("damaged"),
        )
        .outerjoin(receipt_damage, receipt_damage.c.scan_id == s.id)
        .where(s.draft_id == draft_id, s.undone == 0, s.po_row_id.is_not(None))
        .group_by(s.po_row_id)
    ).all()  # fmt: skip
    return (
        {row.po_row_id: int(row.units) for row in rows if row.units},
        {row.po_row_id: int(row.damaged) for row in rows if row.damaged},
    )


def _check_references(work: Work, made: Plan) -> None:
    """R5.1: a supplier's delivery note is posted once per order."""
    asked = {
        one.order.id: one.request.reference.strip()
        for one in made.deliveries
        if one.request.reference.strip()
    }
    if not asked:
        return
    for row in work.db.execute(
        select(goods_in.c.po_id, goods_in.c.number, goods_in.c.reference).where(
            goods_in.c.po_id.in_(ids_in(work.db, asked)), goods_in.c.reference.is_not(None)
        )
    ):
        if row.reference == asked[row.po_id]:
            raise Rejected("reference_used", reference=row.reference, number=row.number)


__all__ = [
    "PASSED_OVER_MAX",
    "WAITING_SHOWN_MAX",
    "PassedOver",
    "PreviewRow",
    "ReceiptPreview",
    "ReceiptRequest",
    "ReceiptRow",
    "RowRaise",
    "Turn",
    "allocation_preview",
    "outstanding_request",
    "receive",
    "receive_all",
]
