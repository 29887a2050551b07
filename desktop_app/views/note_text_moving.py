"""Notes of transfers, corrections and counts as sentences."""

from __future__ import annotations

from collections.abc import Callable

from desktop_app.models.formats import count, counted_units, quantity
from desktop_app.models.moving_words import reason_words

from .note_words import NAMED_MAX, Params, items


def _to_sales(params: Params) -> str:
    named = params.get("sales", [])
    shown = ", ".join(f"{quantity(s['units'])} to #{s['number']}" for s in named[:NAMED_MAX])
    rest = len(named) - min(len(named), NAMED_MAX) + params.get("more", 0)
    return f"{shown} and {count(rest, 'more sale')}" if rest else shown


def _received(params: Params) -> str:
    head = f"{counted_units(params['units'])} arrived"
    sales = _to_sales(params)
    return f"{head}; allocated {sales}" if sales else head


def _undone(head: str) -> Callable[[Params], str]:
    def said(params: Params) -> str:
        named = ", ".join(f"#{s['number']}" for s in params.get("sales", [])[:NAMED_MAX])
        words = f"{counted_units(params['units'])} {head}"
        return f"{words}; released from {named}" if named else words

    return said


def _closed(params: Params) -> str:
    reason = reason_words(params["reason"])
    text = f" ({params['text']})" if params.get("text") else ""
    return f"Closed: {counted_units(params['units'])} did not arrive, {reason.lower()}{text}"


def _lost(params: Params) -> str:
    notes = params.get("notes", [])
    listed = ", ".join(str(number) for number in notes)
    word = "notes" if len(notes) > 1 else "note"
    apart = f"; goods-out {word} {listed} taken apart" if notes else ""
    return (
        f"Lost {items(params['items'])} to a correction in {params['warehouse']}:"
        f" {reason_words(params['reason']).lower()}{apart}"
    )


MOVING_NOTES: dict[str, Callable[[Params], str]] = {
    "transfer_sent": lambda p: f"Sent: {counted_units(p['units'])} on their way",
    "transfer_received": _received,
    "transfer_cancelled": lambda p: (
        f"Cancelled: {counted_units(p['units'])} went back to where they came from"
    ),
    "transfer_closed": _closed,
    "transfer_reopened": lambda p: f"Open again: {counted_units(p['units'])} on their way",
    "transfer_moved_back": _undone("moved back to where they came from"),
    "transfer_arrival_undone": _undone("are on their way again"),
    "transfer_allocated": lambda p: (
        f"Allocated {items(p['items'])} from transfer {p['transfer']['number']}"
    ),
    "transfer_released": lambda p: (
        f"Released {items(p['items'])}: the arrival of transfer {p['transfer']['number']} was undone"
    ),
    "allocation_lost": _lost,
}
