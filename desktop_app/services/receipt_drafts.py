"""Receipts being counted (RCV-01, RCV-02, RCV-04, RCV-05, RCV-12, R5.13).

One draft per purchase order, kept in the database scan by scan: it survives the program and can
be taken over by a colleague. What is above outstanding is kept apart as *extra*. All that counts
one order goes one after the other, under the lock of the order.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, select, update

from .access import Permission
from .backend import Work, command
from .changes import Topic
from .draft_counting import (
    CODE_MAX,
    Counting,
    answer,
    check_units,
    count_code,
    damaged_by_reason,
    log,
    moved,
    row_of,
    take_draft,
)
from .draft_shapes import (
    Damage,
    Draft,
    DraftLine,
    Effect,
    Found,
    LineState,
    OrderCard,
    OrderRef,
    Place,
    Receivable,
    Scan,
    ScanAnswer,
)
from .draft_view import COUNTS, draft, known_codes, receipt_of, rows_of, scan_log
from .errors import Rejected
from .receipt_plan import load_orders
from .receipt_posting import drop_drafts
from .receipt_search import find, receivable
from .receipt_shapes import REFERENCE_MAX
from .rules.money import QUANTITY_MAX
from .store.tables import location, person, receipt_damage, receipt_draft, receipt_scan


@command("Count a delivery", needs=Permission.RECEIVE)
def start_or_continue(work: Work, po_id: int) -> dict[str, Any]:
    """Open the order's draft, or make it. Result: ``{"draft_id", "person_id", "person", "mine"}``.

    Raises Rejected("unknown_purchase_order" | "purchase_not_open" | "purchase_drop_ship").
    """
    work.locks.take_purchases([po_id])
    order = load_orders(work.db, [po_id])[po_id]
    found = work.db.execute(
        select(receipt_draft.c.id, receipt_draft.c.person_id, person.c.name)
        .join(person, person.c.id == receipt_draft.c.person_id)
        .where(receipt_draft.c.po_id == po_id)
    ).one_or_none()
    me = work.actor
    if found is not None:
        return {
            "draft_id": found.id,
            "person_id": found.person_id,
            "person": found.name,
            "mine": found.person_id == me.person_id,
        }
    made = work.db.execute(
        receipt_draft.insert()
        .values(
            po_id=po_id, warehouse_id=order.warehouse_id, person_id=me.person_id,
            started_at=work.at, updated_at=work.at,
        )
        .returning(receipt_draft.c.id)
    ).scalar_one()  # fmt: skip
    work.touched(Topic.DRAFTS, [made])
    return {"draft_id": made, "person_id": me.person_id, "person": me.name, "mine": True}


@command("Scan", needs=Permission.RECEIVE)
def scan(work: Work, draft_id: int, code: str, quantity: int | None = None) -> dict[str, Any]:
    """Count a scanned code; ``quantity`` (ten-thousandths) stands for so many scans (RCV-05).

    Result: ``ScanAnswer.of(result)``. An unknown code changes nothing but is logged. Raises
    Rejected("draft_gone" | "draft_taken_over" | "quantity_not_positive" | "quantity_not_whole" |
    "purchase_not_open").
    """
    counting = take_draft(work, draft_id)
    return count_code(work, counting, code.strip()[:CODE_MAX], quantity)


@command("Count a line", needs=Permission.RECEIVE)
def set_line(
    work: Work, draft_id: int, po_row_id: int, units: int, location_id: int | None = None
) -> dict[str, Any]:
    """Set what was counted of a row, extras included, to ``units`` at one location.

    ``location_id`` None: the bin scanned last. Result as for ``scan``, with ``added`` the
    difference. Raises as ``scan`` and Rejected("row_of_another_order" | "unknown_location").
    """
    counting = take_draft(work, draft_id)
    return _set(work, counting, po_row_id, units, location_id)


@command("Count a whole line", needs=Permission.RECEIVE)
def whole_line(work: Work, draft_id: int, po_row_id: int) -> dict[str, Any]:
    """Count a row as complete (F8). Result as for ``set_line``."""
    counting = take_draft(work, draft_id)
    row = row_of(counting, po_row_id)
    return _set(work, counting, po_row_id, max(row.outstanding, counting.units_of(row)), None)


def _set(
    work: Work, counting: Counting, po_row_id: int, units: int, location_id: int | None
) -> dict[str, Any]:
    row = row_of(counting, po_row_id)
    if not 0 <= units <= QUANTITY_MAX:
        raise Rejected("quantity_not_positive", [po_row_id])
    check_units(row, units)
    damaged = sum(damaged_by_reason(work.db, counting.id, po_row_id).values())
    if units < damaged:
        raise Rejected(
            "damaged_above_counted", [po_row_id], sku=row.sku, damaged_units=damaged,
            counted_units=units,
        )  # fmt: skip
    if location_id is not None:
        place = _known_location(work.db, counting, location_id)
        counting = replace(counting, location_id=location_id, place=place)
    added = units - counting.units_of(row)
    extra = max(units - counting.limit(row), 0)
    log(work, counting, "", "set", po_row_id, counting.location_id, added)
    return answer(work, counting, "", row, added, extra)


def _known_location(db: Connection, counting: Counting, location_id: int) -> str:
    code = db.execute(
        select(location.c.code).where(
            location.c.id == location_id, location.c.warehouse_id == counting.warehouse_id
        )
    ).scalar_one_or_none()
    if code is None:
        raise Rejected("unknown_location", [location_id])
    return str(code)


@command("Undo last scan", needs=Permission.RECEIVE)
def undo_last_scan(work: Work, draft_id: int) -> dict[str, Any]:
    """Take back the last scan that counted or set something (F9).

    Result: ``{"undone": {code, effect, units, sku, po_row_id} or None}``; ``damaged`` units where
    they were marked so.
    """
    counting = take_draft(work, draft_id)
    s = receipt_scan.c
    held = (s.draft_id == draft_id, s.undone == 0)
    last = work.db.execute(
        select(receipt_scan, receipt_damage.c.units.label("damaged"))
        .outerjoin(receipt_damage, receipt_damage.c.scan_id == s.id)
        .where(*held, s.effect.in_(COUNTS))
        .order_by(s.id.desc())
        .limit(1)
    ).one_or_none()
    if last is None:
        return {"undone": None}
    work.db.execute(update(receipt_scan).where(s.id == last.id).values(undone=1))
    log(work, counting, last.code, "undone", location_id=last.location_id)
    if last.effect == "bin":
        before = work.db.execute(
            select(s.location_id).where(*held, s.effect == "bin").order_by(s.id.desc()).limit(1)
        ).scalar_one_or_none()
        moved(work, draft_id, location_id=before)
    row = counting.order.rows.get(last.po_row_id)
    return {
        "undone": {
            "code": last.code,
            "effect": last.effect if last.damaged is None else "damaged",
            "units": last.units if last.damaged is None else last.damaged,
            "sku": "" if row is None else row.sku,
            "po_row_id": last.po_row_id,
        }
    }


@command("Take over a count", needs=Permission.RECEIVE)
def take_over(work: Work, draft_id: int) -> dict[str, Any]:
    """Count on where a colleague stopped (RCV-02). Result: ``{"draft_id", "from"}``."""
    take_draft(work, draft_id, own=False, receivable=False)
    before = work.db.execute(
        select(person.c.name)
        .join(receipt_draft, receipt_draft.c.person_id == person.c.id)
        .where(receipt_draft.c.id == draft_id)
    ).scalar_one()
    moved(work, draft_id, person_id=work.actor.person_id)
    return {"draft_id": draft_id, "from": before}


@command("Note on a count", needs=Permission.RECEIVE)
def set_details(
    work: Work, draft_id: int, reference: str | None = None, allocate: bool | None = None
) -> dict[str, Any]:
    """Keep the supplier's delivery note and the choice to allocate in the draft; None: as it is.

    Raises Rejected("reference_too_long") above 120 characters.
    """
    take_draft(work, draft_id)
    changes: dict[str, Any] = {}
    if reference is not None:
        if len(reference.strip()) > REFERENCE_MAX:
            raise Rejected("reference_too_long", most=REFERENCE_MAX)
        changes["reference"] = reference.strip()
    if allocate is not None:
        changes["allocate"] = int(allocate)
    moved(work, draft_id, **changes)
    return {"draft_id": draft_id}


@command("Discard a count", needs=Permission.RECEIVE)
def discard(work: Work, draft_id: int) -> dict[str, Any]:
    """Throw a draft away, with its scans. Result: ``{"po_id", "units"}``.

    Only who counts it may: others take it over first.
    """
    counting = take_draft(work, draft_id, receivable=False)
    drop_drafts(work, [draft_id])
    return {"po_id": counting.order.id, "units": sum(counting.units.values())}


__all__ = [
    "Damage",
    "Draft",
    "DraftLine",
    "Effect",
    "Found",
    "LineState",
    "OrderCard",
    "OrderRef",
    "Place",
    "Receivable",
    "Scan",
    "ScanAnswer",
    "discard",
    "draft",
    "find",
    "known_codes",
    "receipt_of",
    "receivable",
    "rows_of",
    "scan",
    "scan_log",
    "set_details",
    "set_line",
    "start_or_continue",
    "take_over",
    "undo_last_scan",
    "whole_line",
]
