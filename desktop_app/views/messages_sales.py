"""Sentences for what acts on sales refuse; part of the one table in `messages`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from desktop_app.models.formats import count

Said = str | Callable[[dict[str, Any]], str]
NAMED_MAX = 5

NOT_CANCELLED = {
    "cancelled": "is cancelled already",
    "shipped": "has goods shipped: take them back with a sales credit",
    "invoiced": "is invoiced: credit it instead",
}


def _numbers(numbers: Sequence[int]) -> str:
    named = ", ".join(f"#{number}" for number in numbers[:NAMED_MAX])
    rest = len(numbers) - NAMED_MAX
    return f"{named} and {count(rest, 'more sale')}" if rest > 0 else named


def _cannot_cancel(params: dict[str, Any]) -> str:
    """R2.7."""
    blocked = params["items"]
    named = "; ".join(
        f"#{one['number']} {NOT_CANCELLED[one['reason']]}" for one in blocked[:NAMED_MAX]
    )
    rest = len(blocked) - NAMED_MAX
    more = f"; and {count(rest, 'more sale')}" if rest > 0 else ""
    return f"Not cancelled: {named}{more}. Nothing was changed."


SALES: dict[str, Said] = {
    "allocation_in_use": lambda p: (
        f"Units of {_numbers(p['items'])} are reserved no longer, so the allocation stays as it is."
    ),
    "cannot_allocate_again": lambda p: (
        f"{_numbers(p['items'])} cannot get the units back: they are promised to others by now,"
        " or the sale needs them no longer. Nothing was changed."
    ),
    "cannot_cancel": _cannot_cancel,
    "note_empty": "Type the note first.",
    "note_too_long": "That note is too long: at most {most} characters. Shorten it; it is still in the field.",
    "unknown_document": "That record does not exist any more, so the note was not saved.",
}
