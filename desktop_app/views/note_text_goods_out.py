"""Notes of goods-out notes as sentences."""

from __future__ import annotations

from collections.abc import Callable

from .note_words import Params, items


def _shipped(params: Params) -> str:
    said = f"Shipped {items(params['items'])} on goods-out note {params['note']['number']}"
    if params.get("tracking"):
        said += f", tracking {params['tracking']}"
    if params.get("rest"):
        said += f"; the rest is on goods-out note {params['rest']}"
    return said


def _deleted(params: Params) -> str:
    then = "released to stock on hand" if params["released"] else "still reserved"
    return f"Goods-out note {params['note']['number']} deleted: {items(params['items'])} {then}"


GOODS_OUT_NOTES: dict[str, Callable[[Params], str]] = {
    "fulfilled": lambda p: f"Put {items(p['items'])} on goods-out note {p['note']['number']}",
    "shipped": _shipped,
    "note_deleted": _deleted,
}
