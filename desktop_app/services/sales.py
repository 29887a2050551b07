"""What people do to sales: status, cancel, allocate from stock, release, notes (R2.5, R2.7, R6.4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .access import Permission
from .backend import Work, command


@command("Set status of sales", needs=Permission.SET_STATUS)
def set_status(work: Work, sale_ids: Sequence[int], status_id: int) -> dict[str, Any]:
    """Give sales a status (R2.5). Result: ``{"changed": n, "unchanged": n}``. Can be undone.

    A status that cancels goes through ``cancel``: Rejected("status_cancels").
    """
    raise NotImplementedError


@command("Cancel sales", needs=Permission.SET_STATUS)
def cancel(work: Work, sale_ids: Sequence[int], status_id: int | None = None) -> dict[str, Any]:
    """Cancel sales (R2.7): all of them or none. ``status_id`` None: as the setting says.

    Result: ``{"cancelled": n, "released": units, "purchases": [{id, number, units}]}``.
    Raises Rejected("cannot_cancel", [{id, number, reason: shipped | invoiced | cancelled}]).
    """
    raise NotImplementedError


@command("Allocate stock", needs=Permission.ALLOCATE)
def allocate(work: Work, sale_ids: Sequence[int]) -> dict[str, Any]:
    """Reserve what is on hand for chosen sales, oldest first (R5.7, R6.4). Can be undone.

    Result: ``{"units", "sales": [{id, number, units, outcome}]}``; outcome: fully | partly |
    nothing_on_hand | nothing_needed | ship_complete | on_hold | quote | cancelled | closed.
    """
    raise NotImplementedError


@command("Release stock", needs=Permission.ALLOCATE)
def release(work: Work, sale_ids: Sequence[int], row_ids: Sequence[int] = ()) -> dict[str, Any]:
    """Take the reservations of sales back to on hand; ``row_ids`` limit it to those rows.

    Result: ``{"units", "sales": [{id, number, units}]}``. Can be undone.
    """
    raise NotImplementedError


@command("Write a note", needs=Permission.WRITE_NOTES)
def write_note(work: Work, document: str, document_id: int, text: str) -> dict[str, Any]:
    """Write a note on a sale ("SO"), purchase order ("PO"), goods-in note ("GI") or product ("PR").

    Result: ``{"note_id"}``. Raises Rejected("note_empty" | "note_too_long" | "unknown_document").
    """
    raise NotImplementedError
