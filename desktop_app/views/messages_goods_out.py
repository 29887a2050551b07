"""Sentences about goods-out and drop-ship notes. See ``messages``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from desktop_app.models.formats import count, moment, quantity

NAMED_MAX = 5

HELD = {"cancelled": "is cancelled", "quote": "is a quote", "on_hold": "is on hold"}


def _notes(numbers: Sequence[int]) -> str:
    named = ", ".join(str(number) for number in numbers[:NAMED_MAX])
    rest = len(numbers) - NAMED_MAX
    word = "note" if len(numbers) == 1 else "notes"
    return f"{word} {named}" + (f" and {rest} more" if rest > 0 else "")


def _sales(numbers: Sequence[int]) -> str:
    named = ", ".join(f"#{number}" for number in numbers[:NAMED_MAX])
    rest = len(numbers) - NAMED_MAX
    return f"{named} and {count(rest, 'more sale')}" if rest > 0 else named


def _shipped(params: dict[str, Any]) -> str:
    """R6.2, R11.3: what happened meanwhile and who did it."""
    parts = []
    for one in params["items"][:NAMED_MAX]:
        at: datetime | None = one["at"]
        by = f" by {one['by']}" if one["by"] else ""
        parts.append(f"note {one['number']}{by}" + (f" on {moment(at)}" if at else ""))
    rest = len(params["items"]) - NAMED_MAX
    more = f" and {count(rest, 'more note')}" if rest > 0 else ""
    return (
        f"Shipped already: {'; '.join(parts)}{more}. Shipping cannot be undone, so nothing was"
        " changed; what comes back is a sales credit."
    )


def _held(params: dict[str, Any]) -> str:
    said = "; ".join(
        f"#{one['number']} {HELD[one['reason']]}" for one in params["items"][:NAMED_MAX]
    )
    rest = len(params["items"]) - NAMED_MAX
    more = f"; and {count(rest, 'more sale')}" if rest > 0 else ""
    return f"Not shipped: {said}{more}. Change the status of the sale first. Nothing was changed."


def _not_that_many(params: dict[str, Any]) -> str:
    said = "; ".join(
        f"{one['sku']}: {quantity(one['units'])} asked for, {quantity(one['can'])} allocated"
        for one in params["items"][:NAMED_MAX]
    )
    return f"More than is allocated: {said}. Nothing was shipped. Look at the rows again."


GOODS_OUT: dict[str, str | Callable[[dict[str, Any]], str]] = {
    "no_notes_chosen": "Choose a goods-out note first.",
    "notes_gone": (
        "That goods-out note is gone: it was deleted or its sale was cancelled meanwhile."
        " Nothing was changed. The timeline of the sale says who did it."
    ),
    "drop_ship_notes": lambda p: (
        f"Drop-ship {_notes(p['items'])}: the supplier ships it, so it has no steps here."
        " Nothing was changed."
    ),
    "notes_shipped": _shipped,
    "not_to_fulfil": (
        "A row has not that many units left to fulfil, or the number is not whole."
        " Nothing was changed. Look at the rows again."
    ),
    "fulfilment_in_use": lambda p: (
        f"Goods-out {_notes(p['items'])} made by it: deleted already, so it stays as it is."
    ),
    "cannot_fulfil_again": lambda p: (
        f"{_sales(p['items'])} cannot get the units back on a note: they are promised to others by"
        " now, or the sale does not wait for them any more. Nothing was changed."
    ),
    "unknown_step": "A note is printed, picked or packed. Choose one of them.",
    "not_on_note": (
        "A row of the note holds fewer units than that, or the number is not whole."
        " Nothing was shipped. Look at the note again."
    ),
    "nothing_to_ship": "There is nothing to ship: give at least one unit of each note.",
    "ships_complete": lambda p: (
        f"{_sales(p['items'])} ships complete only: all of it or nothing. Nothing was shipped."
    ),
    "sales_held": _held,
    "not_that_many": _not_that_many,
}
