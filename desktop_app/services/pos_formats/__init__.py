"""What tills and shops send, read into ``pos_shapes.Transaction`` (R7.1).

The format is known by its shape, never by a file's name. Ours is ``backroom/1``; Shopify, Square
and Brightpearl are read as they are sent. A shape that nobody knows is parked, not guessed at.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from ..pos_shapes import CannotRead, NotAnOrder, Transaction
from . import backroom, brightpearl, gate, shopify, square
from .brightpearl import check_repeats

KEY_MAX = 200
KEY_HEADERS = ("x-shopify-webhook-id", "x-backroom-message-id")
"""HTTP headers in which a sender gives the id of its message."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What can be told of a message before it is kept; see ``pos_messages.Raw``."""

    message_key: str
    digest: str
    format: str
    till: str


def read(
    raw: bytes, channel_code: str = "", headers: Mapping[str, str] | None = None
) -> list[Transaction]:
    """Read every transaction of a message.

    Raises NotAnOrder (refuse it) and CannotRead (park it) with a code and its parameters.
    """
    del channel_code, headers
    gated = gate.read(raw)
    form = _form(gated.value)
    if form is None:
        raise CannotRead("format_unknown")
    check_repeats(gated.repeated, brightpearl.TWICE if form is brightpearl else frozenset())
    found: Transaction | list[Transaction] = form.read(gated.value)
    return found if isinstance(found, list) else [found]


def look(raw: bytes, headers: Mapping[str, str] | None = None) -> Seen:
    """Find the sender's id of a message, its format and till; never raises.

    What has no id of its own, or cannot be read, has its digest for one.
    """
    digest = hashlib.sha256(raw).hexdigest()
    given = _given(headers or {})
    try:
        value = gate.read(raw).value
        form = _form(value)
        if form is None:
            return Seen(given or f"sha256:{digest}", digest, "", "")
        key = given or form.message_id(value)[:KEY_MAX]
        return Seen(key or f"sha256:{digest}", digest, form.NAME, _till(form, value))
    except (CannotRead, NotAnOrder):
        return Seen(given or f"sha256:{digest}", digest, "", "")


def is_cut_off(raw: bytes) -> bool:
    """Whether the message ends before it is complete."""
    try:
        gate.read(raw)
    except CannotRead as error:
        return error.code == "json_cut_off"
    except NotAnOrder as error:
        return error.code == "message_empty"
    return False


def _given(headers: Mapping[str, str]) -> str:
    for name in KEY_HEADERS:
        said = headers.get(name, "").strip()
        if said and len(said) <= 100 and said.isascii() and said.isprintable():
            return said
    return ""


def _till(form: ModuleType, value: Any) -> str:
    said = value.get("till") if form is backroom else None
    return said[:60] if isinstance(said, str) else ""


def _form(value: Any) -> ModuleType | None:
    """The reader of this shape; ours first, it says so itself."""
    known: tuple[tuple[ModuleType, Callable[[Any], bool]], ...] = (
        (backroom, backroom.is_ours),
        (square, square.is_ours),
        (shopify, shopify.is_ours),
        (brightpearl, brightpearl.is_ours),
    )
    return next((form for form, fits in known if fits(value)), None)


__all__ = ["KEY_HEADERS", "Seen", "is_cut_off", "look", "read"]
