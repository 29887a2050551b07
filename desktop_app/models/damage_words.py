"""Why counted units are damaged, in words (RCV-07)."""

from __future__ import annotations

from collections.abc import Iterable

from desktop_app.models.formats import quantity
from desktop_app.services.receipt_drafts import Damage

DAMAGE_WORDS = {
    "broken": "Broken",
    "wet": "Wet",
    "packaging": "Packaging spoilt",
    "expired": "Past its date",
    "other": "Other",
}
"""The short list in the order it is offered; a test holds it to the services' list."""


def damage_reason(kept: str) -> str:
    """A reason as the ledger keeps it, a code and perhaps a text after a colon, in words."""
    code, colon, text = kept.partition(": ")
    if code == "other" and text:
        return text
    said = DAMAGE_WORDS.get(code, code)
    return f"{said}: {text}" if colon else said


def inside(kept: str) -> str:
    """The same within a sentence: "broken"; a text that somebody typed stays as it is."""
    said = damage_reason(kept)
    return said.lower() if kept in DAMAGE_WORDS else said


def damage_of(sku: str, quarantined: int, marked: Iterable[Damage]) -> str:
    """What of an item goes into quarantine, and why: "STOVE-GAS 3 (broken 2, wet 1)"."""
    reasons = ", ".join(f"{inside(one.reason)} {quantity(one.units)}" for one in marked)
    return f"{sku} {quantity(quarantined)}" + (f" ({reasons})" if reasons else "")
