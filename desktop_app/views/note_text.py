"""Notes on orders as sentences. The kinds and their parameters are listed in ``services.books``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from desktop_app.models.damage_words import inside
from desktop_app.models.formats import count, counted_units, day, quantity

from .note_text_billing import BILLING_NOTES
from .note_text_drop_ship import DROP_SHIP_NOTES
from .note_text_goods_out import GOODS_OUT_NOTES
from .note_text_moving import MOVING_NOTES
from .note_text_shop import SHOP_NOTES
from .note_words import NAMED_MAX, Params, items


def note_sentence(kind: str, params: Params) -> str:
    """Return the sentence of a note."""
    said = _SENTENCES.get(kind)
    return said(params) if said else str(params.get("text", kind))


def note_links(params: Params) -> list[tuple[str, int, str]]:
    """Return the records a note names, as (``sale`` | ``purchase`` | ``batch``, id, words)."""
    links = [("sale", s["id"], f"#{s['number']}") for s in params.get("sales", ())]
    links += [("purchase", o["id"], f"PO {o['number']}") for o in params.get("orders", ())]
    if po := params.get("po"):
        links.append(("purchase", po["id"], f"PO {po['number']}"))
    if sale := params.get("sale"):
        links.append(("sale", sale["id"], f"#{sale['number']}"))
    if credit := params.get("credit"):
        links.append(("credit", credit["id"], f"Credit {credit['number']}"))
    if exchange := params.get("exchange"):
        links.append(("sale", exchange["id"], f"#{exchange['number']}"))
    if transfer := params.get("transfer"):
        links.append(("transfer", transfer["id"], f"transfer {transfer['number']}"))
    return links


def _sales(params: Params) -> str:
    named = params.get("sales", [])
    shown = ", ".join(f"{quantity(s['units'])} to #{s['number']}" for s in named[:NAMED_MAX])
    rest = len(named) - min(len(named), NAMED_MAX) + params.get("more", 0)
    return f"{shown} and {count(rest, 'more sale')}" if rest else shown


def _for_sales(params: Params) -> str:
    named = params.get("sales", [])
    shown = ", ".join(f"#{s['number']} ({quantity(s['units'])})" for s in named[:NAMED_MAX])
    rest = len(named) - min(len(named), NAMED_MAX) + params.get("more", 0)
    return f"{shown} and {count(rest, 'more sale')}" if rest else shown


def _ordered(params: Params) -> str:
    parts = [
        f"PO {o['number']} from {o['supplier']}"
        f"{', straight to the customer' if o.get('drop_ship') else ''}: {items(o['items'])}"
        for o in params["orders"]
    ]
    return "Ordered on " + "; ".join(parts)


def _raised_for(params: Params) -> str:
    batch = params.get("batch")
    source = f" by batch {batch}" if batch else ""
    sales = _for_sales(params)
    return f"Raised{source} for {sales}" if sales else f"Raised{source}"


def _set_aside(params: Params) -> str:
    """Units already on their way, given to sales by a batch (R3.4)."""
    if "orders" in params:
        parts = [f"{items(o['items'])} of PO {o['number']}" for o in params["orders"]]
        return "Set aside from what is on its way: " + "; ".join(parts)
    batch = params.get("batch")
    source = f" by batch {batch}" if batch else ""
    return f"Units set aside{source} for {_for_sales(params)}"


def _expected_changed(params: Params) -> str:
    was, now = (
        day(date.fromisoformat(params[key])) if params.get(key) else "no day"
        for key in ("from", "to")
    )
    return f"PO {params['po']['number']} expected {now} instead of {was}"


def _goods_received(params: Params) -> str:
    head = (
        f"Received {counted_units(params['units'])} on goods-in note {params['goods_in']['number']}"
    )
    if damaged := params.get("damaged"):
        units = sum(one["units"] for one in damaged)
        named = ", ".join(map(_damage, damaged[:NAMED_MAX]))
        rest = len(damaged) - NAMED_MAX
        more = f" and {count(rest, 'more item')}" if rest > 0 else ""
        head += f", {quantity(units)} of them damaged, in quarantine: {named}{more}"
    sales = _sales(params)
    return f"{head}; allocated {sales}" if sales else head


def _damage(one: Params) -> str:
    why = f" ({inside(one['reason'])})" if one["reason"] else ""
    return f"{one['sku']} {quantity(one['units'])}{why}"


def _goods_allocated(params: Params) -> str:
    return (
        f"Allocated {items(params['items'])} from PO {params['po']['number']},"
        f" goods-in note {params['goods_in']['number']}"
    )


def _receipt_undone(params: Params) -> str:
    head = (
        f"Goods-in note {params['goods_in']['number']} undone:"
        f" {counted_units(params['units'])} to come again"
    )
    if apart := params.get("quarantined"):
        head += f", {quantity(apart)} of them out of quarantine"
    sales = _for_sales(params)
    return f"{head}; released from {sales}" if sales else head


def _allocation_released(params: Params) -> str:
    return (
        f"Released {items(params['items'])}: goods-in note {params['goods_in']['number']}"
        f" of PO {params['po']['number']} was undone"
    )


_SENTENCES: dict[str, Callable[[Params], str]] = {
    "text": lambda p: str(p["text"]),
    "status_changed": lambda p: f"Status changed from {p['from']} to {p['to']}",
    "ordered": _ordered,
    "raised_for": _raised_for,
    "set_aside": _set_aside,
    "expected_changed": _expected_changed,
    "goods_received": _goods_received,
    "goods_allocated": _goods_allocated,
    "allocated": lambda p: f"Allocated {items(p['items'])} from stock on hand",
    "released": lambda p: f"Released {items(p['items'])} back to stock on hand",
    "receipt_undone": _receipt_undone,
    "allocation_released": _allocation_released,
    "row_raised": lambda p: f"{p['sku']} raised from {quantity(p['from'])} to {quantity(p['to'])}",
    "code_linked": lambda p: (
        f"Code {p['code']} linked to {p['sku']}: a scan counts {quantity(p['units'])}"
    ),
    "batch_undone": lambda p: f"Batch {p['batch']} undone",
    "sent": lambda _: "Placed with the supplier",
    "cancelled": lambda p: (
        "Cancelled" + (f": {counted_units(p['units'])} will not come" if p.get("units") else "")
    ),
    "closed_short": lambda p: f"Closed short: {counted_units(p['units'])} will not come",
    "purchase_cancelled": lambda p: (
        f"PO {p['po']['number']} was cancelled: {items(p['items'])} will not come from it"
    ),
    "sale_cancelled": lambda p: (
        f"#{p['sale']['number']} was cancelled: {counted_units(p['units'])} are free"
    ),
    **GOODS_OUT_NOTES,
    **BILLING_NOTES,
    **MOVING_NOTES,
    **DROP_SHIP_NOTES,
    **SHOP_NOTES,
}
