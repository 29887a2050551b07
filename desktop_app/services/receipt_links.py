"""An unknown code becomes a barcode of a line's product, at the moment it is scanned (RCV-04, F4).

Link and count are one transaction: what was scanned is counted by the link, and its undo takes
both away again.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, and_, delete, func, or_, select, update

from . import settings
from .access import Permission
from .backend import Undone, Work, command
from .books import add_notes
from .changes import Topic
from .code_lookup import ORDER_CODE, SALE_CODE
from .draft_counting import CODE_MAX, check_units, count_code, log, row_of, take_draft
from .errors import NotAllowed, Rejected
from .rules.money import QUANTITY_MAX, UNIT
from .store.bulk import upsert
from .store.tables import (
    barcode,
    goods_in,
    goods_in_row,
    location,
    product,
    purchase_order,
    receipt_draft,
    receipt_scan,
    warehouse,
)


@command("Link a code", needs=Permission.RECEIVE)
def link_code(
    work: Work,
    draft_id: int,
    code: str,
    po_row_id: int,
    units: int = UNIT,
    quantity: int | None = None,
) -> dict[str, Any]:
    """Make ``code`` a barcode of the row's product and count the scan that was refused.

    ``units``: what one scan counts, more than one for a pack. ``quantity``: so many scans (RCV-05).
    Result: ``{"linked": {code, sku, units}, "answer": ScanAnswer}``. Undone with ``Backend.undo``
    while nothing else was counted with it.

    Raises NotAllowed("not_allowed") for a clerk where the setting says so (R11.1), what ``scan``
    raises, Rejected("row_of_another_order") and Rejected("code_missing" | "code_too_long" |
    "code_is_number" | "code_of_product" | "code_is_item" | "code_is_bin").
    """
    counting = take_draft(work, draft_id)
    if not may_link(work, counting.warehouse_id):
        needs = Permission.LINK_CODES.value
        raise NotAllowed("not_allowed", command="Link a code", needs=needs)
    row, code = row_of(counting, po_row_id), code.strip()
    if not 0 < units <= QUANTITY_MAX:
        raise Rejected("quantity_not_positive", [po_row_id])
    check_units(row, units)
    _check_free(work.db, code)
    made = upsert(work.db, barcode).values(code=code, product_id=row.product_id, quantity=units)
    if not work.db.execute(made.on_conflict_do_nothing()).rowcount:
        _check_free(work.db, code)  # somebody linked it a moment ago
    answer = count_code(work, counting, code, quantity)
    entry = work.db.execute(
        select(func.max(receipt_scan.c.id)).where(receipt_scan.c.draft_id == draft_id)
    ).scalar_one()
    linked = {"code": code, "sku": row.sku, "units": units}
    add_notes(work, [("PO", counting.order.id, "code_linked", linked)])
    work.touched(Topic.PRODUCTS, [row.product_id])
    work.touched(Topic.PURCHASES, [counting.order.id])
    work.can_undo(
        {
            "code": code,
            "draft_id": draft_id,
            "scan_id": entry,
            "po_id": counting.order.id,
            "po_row_id": po_row_id,
            "product_id": row.product_id,
            "sku": row.sku,
        }
    )
    return {"linked": linked, "answer": answer}


def may_link(work: Work, warehouse_id: int) -> bool:
    """R11.1: buyers and managers always, clerks where the purchase setting says so."""
    return work.actor.may(Permission.LINK_CODES) or bool(
        settings.value(work.db, settings.CLERKS_LINK, warehouse_id)
    )


def _check_free(db: Connection, code: str) -> None:
    """A code may become a barcode while it means nothing else; raises what it is."""
    if not code:
        raise Rejected("code_missing")
    if len(code) > CODE_MAX:
        raise Rejected("code_too_long", most=CODE_MAX)
    if ORDER_CODE.fullmatch(code) or SALE_CODE.fullmatch(code):
        raise Rejected("code_is_number", scanned=code)
    known = db.execute(
        select(product.c.sku, product.c.name)
        .join(barcode, barcode.c.product_id == product.c.id)
        .where(barcode.c.code == code)
    ).first()
    if known is not None:
        raise Rejected("code_of_product", scanned=code, sku=known.sku, name=known.name)
    item = db.execute(
        select(product.c.sku, product.c.name).where(func.upper(product.c.sku) == code.upper())
    ).first()
    if item is not None:
        raise Rejected("code_is_item", scanned=code, sku=item.sku, name=item.name)
    place = db.execute(
        select(location.c.code, warehouse.c.name)
        .join(warehouse, warehouse.c.id == location.c.warehouse_id)
        .where(func.upper(location.c.code) == code.upper())
    ).first()
    if place is not None:
        raise Rejected("code_is_bin", bin=place.code, warehouse=place.name)


@link_code.undone_by
def _unlink(work: Work, original: Undone) -> dict[str, Any]:
    """Take the barcode away, and the scan that the link counted where it still holds.

    Raises Rejected("code_counted_since" | "code_received_since" | "code_not_linked").
    """
    data = original.data
    code, sku = data["code"], data["sku"]
    draft = receipt_draft.c
    held = work.db.execute(select(draft.id).where(draft.id == data["draft_id"])).first()
    if held is None:
        _check_not_received(work.db, original)
    else:
        counting = take_draft(work, data["draft_id"], own=False, receivable=False)
    _check_not_counted(work.db, data)
    found = barcode.c.code == code, barcode.c.product_id == data["product_id"]
    if not work.db.execute(delete(barcode).where(*found)).rowcount:
        raise Rejected("code_not_linked", scanned=code, sku=sku)
    work.touched(Topic.PRODUCTS, [data["product_id"]])
    work.touched(Topic.PURCHASES, [data["po_id"]])
    if held is not None:
        entry = receipt_scan.c.id == data["scan_id"], receipt_scan.c.undone == 0
        if work.db.execute(update(receipt_scan).where(*entry).values(undone=1)).rowcount:
            log(work, counting, code, "undone", location_id=counting.location_id)
    return {"code": code, "sku": sku}


def _check_not_counted(db: Connection, data: dict[str, Any]) -> None:
    """Nothing else was counted with the code, and its line was not set by hand since."""
    s = receipt_scan.c
    number = db.execute(
        select(purchase_order.c.number)
        .join(receipt_draft, receipt_draft.c.po_id == purchase_order.c.id)
        .join(receipt_scan, s.draft_id == receipt_draft.c.id)
        .where(
            s.undone == 0,
            s.id != data["scan_id"],
            or_(
                and_(s.code == data["code"], s.effect.in_(("counted", "extra"))),
                and_(s.po_row_id == data["po_row_id"], s.effect == "set", s.id > data["scan_id"]),
            ),
        )
        .limit(1)
    ).scalar_one_or_none()
    if number is not None:
        raise Rejected("code_counted_since", scanned=data["code"], sku=data["sku"], number=number)


def _check_not_received(db: Connection, original: Undone) -> None:
    """The count is gone: what it counted was received, or it was discarded."""
    number = db.execute(
        select(goods_in.c.number)
        .join(goods_in_row, goods_in_row.c.goods_in_id == goods_in.c.id)
        .where(
            goods_in_row.c.po_row_id == original.data["po_row_id"],
            goods_in_row.c.undone_by.is_(None),
            goods_in.c.at >= original.at,
        )
        .limit(1)
    ).scalar_one_or_none()
    if number is not None:
        raise Rejected(
            "code_received_since",
            scanned=original.data["code"],
            sku=original.data["sku"],
            number=number,
        )
