"""Notes of drop-ship orders as sentences."""

from __future__ import annotations

from collections.abc import Callable

from desktop_app.models.formats import counted_units

from .note_words import Params, items


def _released(params: Params) -> str:
    return (
        f"Released {items(params['items'])} back to stock on hand: PO {params['po']['number']}"
        " goes straight to the customer"
    )


def _shipped(params: Params) -> str:
    """On the purchase order with its sale, on the sale with its order."""
    if "sale" in params:
        head = f"Shipped by the supplier to #{params['sale']['number']}: {items(params['items'])}"
    else:
        head = f"Shipped by the supplier of PO {params['po']['number']}: {items(params['items'])}"
    tracking = f", tracking {params['tracking']}" if params.get("tracking") else ""
    left = f"; {counted_units(params['left'])} left" if params.get("left") else ""
    return f"{head}, drop-ship note {params['note']['number']}{tracking}{left}"


def _back(params: Params) -> str:
    head = f"PO {params['po']['number']} does not deliver {items(params['items'])}: back to stock"
    reserved = items(params["reserved"])
    return f"{head}; allocated {reserved}" if reserved else f"{head}, waiting"


DROP_SHIP_NOTES: dict[str, Callable[[Params], str]] = {
    "drop_released": _released,
    "drop_freed": lambda p: (
        f"#{p['sale']['number']} gets a drop-ship instead: {counted_units(p['units'])} are free"
    ),
    "drop_shipped": _shipped,
    "drop_back": _back,
    "drop_taken_back": lambda p: f"Taken back from the supplier: {items(p['items'])}",
    "drop_sale_cancelled": lambda p: (
        f"#{p['sale']['number']} was cancelled: {counted_units(p['units'])} of this drop-ship are"
        " wanted no longer"
    ),
}
