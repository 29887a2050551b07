"""What fulfilling, shipping, allocating and invoicing came to, in words (R6.4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from desktop_app.models.formats import count, counted_units, locale
from desktop_app.models.marks import Glyph, Mark, Tone

Outcome = Mapping[str, Any]
"""A sale's entry in a result: {id, number, outcome} and ``units`` or ``invoice``."""

_DONE = {"fully", "invoiced"}
_PART = {"partly"}
_WRONG = {"nothing_on_hand", "ship_complete", "nothing_allocated", "on_hold"}

WORDS: dict[str, dict[str, str]] = {
    "allocate": {"fully": "Allocated in full", "partly": "Allocated in part", "nothing_needed": "Needed nothing"},
    "fulfil": {"fully": "Fulfilled in full", "partly": "Fulfilled in part", "nothing_to_fulfil": "Nothing left to fulfil"},
    "ship": {
        "fully": "Shipped in full", "partly": "Shipped in part", "nothing_to_ship": "Nothing left to ship",
        "nothing_allocated": "Nothing allocated to ship",
    },
    "invoice": {"invoiced": "Invoiced", "already": "Invoiced before"},
}  # fmt: skip

SHARED = {
    "nothing_on_hand": "Nothing on hand",
    "ship_complete": "Ships complete only, and is short",
    "on_hold": "On hold",
    "quote": "Still a quote",
    "cancelled": "Cancelled",
    "closed": "Closed",
}

NOTHING = {
    "allocate": "Nothing on hand for these sales",
    "fulfil": "Nothing of these sales could go on a goods-out note",
    "ship": "Nothing of these sales could ship",
}

ORDER = (
    "fully", "invoiced", "partly", "nothing_on_hand", "nothing_allocated", "ship_complete", "on_hold",
    "quote", "cancelled", "closed", "nothing_needed", "nothing_to_fulfil", "nothing_to_ship", "already",
)  # fmt: skip
"""What was done first, then what wants a look, then what there was no need of."""


def words(act: str, outcome: str) -> str:
    """An outcome as a person reads it: "Fulfilled in part"."""
    return WORDS[act].get(outcome) or SHARED.get(outcome, outcome)


def mark(act: str, outcome: str) -> Mark:
    """An outcome as a chip; filled where somebody should look at the sale."""
    if outcome in _DONE:
        return Mark(Glyph.ALL, words(act, outcome), Tone.DONE)
    if outcome in _PART:
        return Mark(Glyph.PART, words(act, outcome), Tone.PART)
    tone = Tone.PART if outcome in _WRONG else Tone.NONE
    return Mark(Glyph.NONE, words(act, outcome), tone, filled=outcome in _WRONG)


def counted(act: str, sales: Iterable[Outcome]) -> str:
    """All outcomes counted: "312 fulfilled in full · 4 nothing on hand"."""
    found = Counter(str(one["outcome"]) for one in sales)
    named = sorted(found, key=lambda one: ORDER.index(one) if one in ORDER else len(ORDER))
    return " · ".join(f"{locale().toString(found[one])} {_low(words(act, one))}" for one in named)


def _low(text: str) -> str:
    return text[0].lower() + text[1:]


def said(act: str, result: Mapping[str, Any]) -> str:
    """One sentence for the strip."""
    sales = result["sales"]
    if act == "invoice":
        return f"{count(result['invoiced'], 'sale')} invoiced"
    if not result["units"]:
        return NOTHING[act]
    served = sum(1 for one in sales if one["units"])
    units = counted_units(result["units"])
    if act == "allocate":
        return f"Allocated {units} to {count(served, 'sale')}"
    if act == "fulfil":
        return (
            f"{units} of {count(served, 'sale')} on {count(len(result['notes']), 'goods-out note')}"
        )
    return f"Shipped {units} of {count(served, 'sale')}"


def one_sale(act: str, result: Mapping[str, Any]) -> str:
    """The same for a single sale, with why where nothing was done."""
    entry = result["sales"][0]
    number = f"#{entry['number']}"
    if act == "invoice":
        return f"{number}: {_low(words(act, entry['outcome']))}" + (
            f", invoice {entry['invoice']}" if entry["invoice"] else ""
        )
    if not entry["units"]:
        return f"{number}: {_low(words(act, entry['outcome']))}"
    units = counted_units(entry["units"])
    if act == "allocate":
        return f"Allocated {units} to {number}"
    if act == "fulfil":
        notes = ", ".join(str(one["number"]) for one in result["notes"])
        word = "note" if len(result["notes"]) == 1 else "notes"
        return f"{units} of {number} on goods-out {word} {notes}"
    return f"Shipped {units} of {number}"
