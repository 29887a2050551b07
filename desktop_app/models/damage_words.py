"""Why counted units are damaged, in words (RCV-07)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from desktop_app.models.columns import Align, Column
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


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason that can be chosen, with what is marked under it. ``asks``: it wants a text."""

    kept: str
    units: int = 0
    asks: bool = False

    @property
    def code(self) -> str:
        """What the service takes."""
        return self.kept.partition(": ")[0]

    @property
    def text(self) -> str:
        """The text that was typed when it was marked."""
        return self.kept.partition(": ")[2]

    @property
    def words(self) -> str:
        """The reason in words."""
        return damage_reason(self.kept)


def damage_reasons(marked: Sequence[Damage]) -> list[Reason]:
    """The short list with what is marked; texts that were typed before; *Other* at the end."""
    units = {one.reason: one.units for one in marked}
    listed = [key for key in DAMAGE_WORDS if key != "other"]
    typed = [key for key in units if key not in listed]
    return [
        *(Reason(key, units.get(key, 0)) for key in (*listed, *typed)),
        Reason("other", asks=True),
    ]


REASON_COLUMNS: tuple[Column[Reason], ...] = (
    Column(key="reason", heading="Why", text=lambda r: r.words, width=24, width_min=12, stretch=True),
    Column(
        key="marked", heading="Marked so far", text=lambda r: quantity(r.units) if r.units else "–",
        width=14, align=Align.END, fixed=True,
    ),
)  # fmt: skip


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
