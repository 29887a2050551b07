"""Sentences about transfers, corrections and counts. See ``messages``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from desktop_app.models.formats import quantity

NAMED = 3

TRANSFER_STATES = {
    "sent": "on its way", "received": "received", "closed": "closed", "cancelled": "cancelled",
}  # fmt: skip


def _more(items: Any) -> str:
    rest = len(items) - NAMED
    return f" and {rest} more" if rest > 0 else ""


def _on_hand(params: dict[str, Any]) -> str:
    items = params.get("items", ())
    said = "; ".join(
        f"{one['sku']} in {one['warehouse']}: {quantity(one['on_hand'])} on hand,"
        f" {quantity(one['units'])} wanted"
        for one in items[:NAMED]
    )
    return f"Not so many are on hand: {said}{_more(items)}. Nothing was changed."


def _in_transit(params: dict[str, Any]) -> str:
    items = params.get("items", ())
    said = "; ".join(
        f"{one['sku'] or 'a product that is not on it'}: {quantity(one['in_transit'])} on the way"
        for one in items[:NAMED]
    )
    return f"More than transfer {params['number']} has on its way: {said}{_more(items)}. Nothing was changed."


def _not_open(params: dict[str, Any]) -> str:
    state = TRANSFER_STATES[params["state"]]
    return f"Transfer {params['number']} is {state}. Nothing was changed; look at it again."


COUNT_STATES = {"open": "open", "posted": "posted", "abandoned": "abandoned"}


def _count_not_open(params: dict[str, Any]) -> str:
    state = COUNT_STATES[params["state"]]
    return f"Count {params['number']} is {state} meanwhile. Nothing was changed."


def _below_promised(params: dict[str, Any]) -> str:
    items = [one for one in params.get("items", ()) if one["loses"]]
    said = ", ".join(f"#{one['number']} {quantity(one['loses'])}" for one in items[:NAMED])
    return (
        f"{quantity(params['lacking_units'])} of these units are promised to sales."
        f" They would be taken from {said}{_more(items)}, the newest first. Take them from these sales?"
    )


def _more_than_in_stock(params: dict[str, Any]) -> str:
    items = params.get("items", ())
    said = "; ".join(f"{one['sku']}: {quantity(one['there'])} there" for one in items[:NAMED])
    return f"So many are not on record: {said}{_more(items)}. Count again. Nothing was changed."


def _served_in_use(params: dict[str, Any]) -> str:
    items = params.get("items", ())
    said = ", ".join(f"#{number}" for number in items[:NAMED])
    return (
        f"Units were given to {said}{_more(items)}, and are not in reserve there any more."
        " Nothing was undone."
    )


MOVING: dict[str, str | Callable[[dict[str, Any]], str]] = {
    "same_warehouse": "The goods are in that warehouse already. Choose another one to move them to.",
    "nothing_to_move": "Nothing is to be moved yet. Scan an item, or type a quantity.",
    "unknown_product": "That product does not exist any more. Nothing was changed.",
    "not_stocked": "Only products that are kept in stock can be moved, counted and corrected. Nothing was changed.",
    "more_than_on_hand": _on_hand,
    "unknown_transfer": "That transfer does not exist.",
    "transfer_not_open": _not_open,
    "more_than_in_transit": _in_transit,
    "nothing_to_correct": "The count is what is on record. There is nothing to correct.",
    "unknown_reason": "The reason “{reason}” is not in the list. Nothing was changed.",
    "reason_missing": "Say why: choose a reason, and for “Other” write a note.",
    "bad_cost": "That cost is not possible. Nothing was changed.",
    "more_than_in_bin": "There are not so many in that bin. Choose another bin, or leave it open. Nothing was changed.",
    "already_taken_back": "This was taken back already. Nothing was changed.",
    "transfer_arrived_in_part": "Part of transfer {number} has arrived: it cannot be cancelled. Receive the rest, or close it.",
    "served_in_use": _served_in_use,
    "confirm:below_promised": _below_promised,
    "more_than_in_stock": _more_than_in_stock,
    "stock_changed": "The stock of {sku} changed since you looked. Nothing was corrected; look at it again.",
    "unknown_count": "That count does not exist.",
    "count_not_open": _count_not_open,
    "nothing_counted": "Nothing is counted yet. Scan an item, or type a quantity.",
}
