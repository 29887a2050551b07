"""Notes of shop orders as sentences."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from desktop_app.models.formats import moment, quantity

from .note_words import Params, items


def _rung_up(params: Params, what: str) -> str:
    """Who rang it up where; what the till said of its time where that did not count."""
    parts = [f"{what} at {params['channel']}"]
    parts += [f"till {params['till']}"] if params["till"] else []
    parts += [f"by {params['cashier']}"] if params["cashier"] else []
    parts += [f"receipt {params['receipt']}"] if params["receipt"] else []
    said = ", ".join(parts)
    if params["time"] == "arrival" and params["rung_at"]:
        told = moment(datetime.fromisoformat(params["rung_at"]))
        said += f"; the till said {told}, so the time of arrival counts"
    if facts := params.get("facts"):
        said += "; the sender said " + ", ".join(
            f"{name}: {value}" for name, value in facts.items()
        )
    return said


def _fixed(params: Params) -> str:
    """What the exceptions desk did for an order (R7.9)."""
    parts = [
        f"transfer no. {one['number']} from {one['from']}" for one in params["transfers"]
    ] + [f"{sku} corrected" for sku in params["corrected"]]  # fmt: skip
    said = f"Put right by {', '.join(parts)}" if parts else "Put right from stock on hand"
    if params["items"]:
        said += f"; allocated {items(params['items'])}"
    if params["notes"]:
        notes = ", ".join(str(number) for number in params["notes"])
        word = "goods-out notes" if len(params["notes"]) > 1 else "goods-out note"
        said += f"; {word} {notes}"
    return f"{said}, handed over in the shop" if params["shipped"] else said


def _booked_out(params: Params) -> str:
    """What was given back before the books had let it go (R7.10)."""
    said = (
        f"Given back with credit {params['credit']['number']}, so booked out first:"
        f" {items(params['items'])}"
    )
    if params["corrected"]:
        said += f", {quantity(params['corrected'])} of them never on record"
    if params["rest"]:
        said += f"; nothing is short any more, so handed over too: {items(params['rest'])}"
    return said


SHOP_NOTES: dict[str, Callable[[Params], str]] = {
    "shop_sale": lambda p: _rung_up(p, "Sold"),
    "shop_refund": lambda p: _rung_up(p, "Taken back"),
    "shop_short": lambda p: f"Sold and not on record: {items(p['items'])}",
    "exception_fixed": _fixed,
    "refund_booked_out": _booked_out,
    "shop_refund_unshipped": lambda p: (
        f"Refunded before it left: {items(p['items'])}; nothing was put back into stock"
    ),
}
