"""Sentences for what drop-ship orders refuse; part of the one table in `messages`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from desktop_app.models.formats import count, counted_units, quantity
from desktop_app.services.rules.money import UNIT

NAMED_MAX = 5
PARTS = {"street": "street", "town": "town or postcode"}


def missing(parts: Sequence[str]) -> str:
    """What an address lacks, in words: "street and town or postcode"."""
    return " and ".join(PARTS[part] for part in parts)


def displaced(released: int, freed: int) -> str:
    """What gives way to units that the supplier delivers: "2 allocated units are released"."""
    said = []
    if released:
        what = "allocated unit is" if released == UNIT else "allocated units are"
        said.append(f"{quantity(released)} {what} released")
    if freed:
        become = "becomes" if freed == UNIT else "become"
        said.append(f"{counted_units(freed)} on other purchase orders {become} free")
    return " and ".join(said)


def _displaces(params: dict[str, Any]) -> str:
    said = displaced(params["released"], params["freed"])
    rows = count(len(params.get("items", ())), "row")
    return f"More than is still needed on {rows}: {said}. Let the supplier deliver all of it?"


def _covered(params: dict[str, Any]) -> str:
    numbers = params["items"]
    named = ", ".join(f"#{number}" for number in numbers[:NAMED_MAX])
    rest = len(numbers) - NAMED_MAX
    more = f" and {count(rest, 'more sale')}" if rest > 0 else ""
    return (
        f"PO {params['number']} cannot deliver them again: units of {named}{more} have been covered"
        " in another way since. Nothing was changed."
    )


DROP_SHIP: dict[str, str | Callable[[dict[str, Any]], str]] = {
    "address_incomplete": lambda p: (
        f"The supplier could not deliver there: the address lacks {missing(p['items'])}. Type it."
    ),
    "not_drop_shipped": "Only items in stock can be drop-shipped. Clear the other rows.",
    "drop_ship_too_many": (
        "More than the customer still gets. What a supplier delivers to a customer cannot become"
        " free stock: type less."
    ),
    "confirm:displaces_units": _displaces,
    "options_clash_drop_ship": (
        "Delivering to customers and adding to open drafts exclude each other. Choose one."
    ),
    "not_drop_ship": "PO {number} is delivered to a warehouse: receive it instead.",
    "nothing_to_ship": "Type how many units, on one line at least.",
    "more_than_left": lambda p: (
        f"PO {p['number']} has {counted_units(p['left'])} left to ship on these lines. It was shipped,"
        " taken back or cancelled meanwhile. Look again."
    ),
    "cancel_instead": "Nothing would be left on PO {number}. Cancel it instead.",
    "drop_ship_covered": _covered,
    "drop_ship_not_raised": (
        "PO {number} goes to a customer: more than was sold has nobody to go to. Clone the sale again"
        " for more."
    ),
    "already_shipped": "PO {number} was shipped in part. Close it short instead.",
    "sent_and_shipped": "PO {number} stays sent: its supplier has shipped units of it.",
}
