"""A purchase order's own acts: send, cancel, close short, raise a row, expected day, status."""

from __future__ import annotations

from datetime import date
from typing import Any

from .access import Permission
from .backend import Work, command


@command("Send purchase order", Permission.PLACE_PURCHASES)
def send_purchase_order(work: Work, po_id: int) -> dict[str, Any]:
    """Draft -> sent. Undo: back to draft while nothing was received. Returns {id, number}."""
    raise NotImplementedError


@command("Cancel purchase order", Permission.PLACE_PURCHASES)
def cancel_purchase_order(work: Work, po_id: int) -> dict[str, Any]:
    """Cancel an open order of which nothing was received; its pegs end, its sales get a note.

    Returns {id, number, units, sales}. Raises Rejected("not_open" | "already_received"). Undoable.
    """
    raise NotImplementedError


@command("Close purchase order short", Permission.PLACE_PURCHASES)
def close_short(work: Work, po_id: int) -> dict[str, Any]:
    """Nothing more will come: what is outstanding stops being on order. As cancel. Undoable."""
    raise NotImplementedError


@command("Raise purchase order row", Permission.RAISE_PURCHASE_ROW)
def raise_row(work: Work, po_row_id: int, to_units: int) -> dict[str, Any]:
    """Order more on an open row (R5.3). Returns {id, number, sku, from, to} (units).

    Raises Rejected("not_open" | "not_more" | "invalid_quantity" | "unknown_row"). Undoable.
    """
    raise NotImplementedError


@command("Change expected day", Permission.PLACE_PURCHASES)
def change_expected(
    work: Work, po_id: int, expected_on: date, *, note_on_sales: bool = False
) -> dict[str, Any]:
    """Set the expected day of an open order and its outstanding rows (POD-02). Undoable."""
    raise NotImplementedError


@command("Change purchase order status", Permission.PLACE_PURCHASES)
def set_purchase_status(work: Work, po_id: int, status_id: int) -> dict[str, Any]:
    """Set the label (R2.5, R2.6: never the state). Undoable."""
    raise NotImplementedError
