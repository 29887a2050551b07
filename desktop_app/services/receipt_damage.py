"""Counted units that are damaged: received, but into quarantine and to no sale (RCV-07, F11)."""

from __future__ import annotations

from typing import Any

from .access import Permission
from .backend import Work, command
from .draft_counting import (
    check_units,
    damaged_by_reason,
    log,
    row_of,
    take_draft,
)
from .errors import Rejected
from .quarantine import quarantines
from .stock_writing import TEXT_MAX
from .store.tables import receipt_damage

REASONS = ("broken", "wet", "packaging", "expired", "other")
"""The short list, in the order it is offered."""


@command("Mark damaged", needs=Permission.RECEIVE)
def mark_damaged(
    work: Work, draft_id: int, po_row_id: int, units: int, reason: str, text: str = ""
) -> dict[str, Any]:
    """Set how many of a row's counted units are damaged under a reason; 0: none of them is.

    A row may have units under several reasons. F9 takes the entry back as any other. Result:
    ``{"damaged": {po_row_id, sku, reason, units, total}}``: under the reason, and of the row.

    Raises what ``set_line`` raises and Rejected("unknown_reason" | "reason_missing" |
    "text_too_long" | "damage_not_stocked" | "damaged_above_counted" | "no_quarantine").
    """
    counting = take_draft(work, draft_id)
    row, kept = row_of(counting, po_row_id), _written(reason, text)
    if row.kind != "stock":
        raise Rejected("damage_not_stocked", [po_row_id], sku=row.sku)
    if units < 0:
        raise Rejected("quantity_not_positive", [po_row_id])
    check_units(row, units)
    known = damaged_by_reason(work.db, draft_id, po_row_id)
    added = units - known.get(kept, 0)
    total = sum(known.values()) + added
    counted = counting.units_of(row)
    if added > 0 and total > counted:
        raise Rejected(
            "damaged_above_counted", [po_row_id], sku=row.sku, damaged_units=total,
            counted_units=counted,
        )  # fmt: skip
    if added:
        quarantines(work.db, {counting.warehouse_id})
        entry = log(work, counting, "", "set", po_row_id, counting.location_id)
        work.db.execute(receipt_damage.insert().values(scan_id=entry, units=added, reason=kept))
    return {
        "damaged": {
            "po_row_id": po_row_id, "sku": row.sku, "reason": kept, "units": units, "total": total,
        }
    }  # fmt: skip


def _written(reason: str, text: str) -> str:
    """The reason as the ledger keeps it: the code, then the free text after a colon."""
    words = text.strip()
    if reason not in REASONS:
        raise Rejected("unknown_reason", reason=reason)
    if reason == "other" and not words:
        raise Rejected("reason_missing")
    if len(words) > TEXT_MAX:
        raise Rejected("text_too_long", field="note", limit=TEXT_MAX)
    return f"{reason}: {words}" if words else reason
