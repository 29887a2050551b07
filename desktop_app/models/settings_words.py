"""What the settings page says: label, consequence, where used, values in words (PR-12, SET-02)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from desktop_app.services import settings as s
from desktop_app.services.settings import Definition, Kind, Options, Shown

Where = tuple[str, str, object]
"""Words of a link, and the kind and key that the desk opens."""

GOODS_IN: Where = ("Goods in", "page", "goods_in")
SALES: Where = ("Recent sales", "page", "sales")
PURCHASES: Where = ("Purchases", "page", "purchases")

SECTIONS = {
    "receiving": "Receiving",
    "purchase_orders": "Purchase orders",
    "batch": "Batch purchase orders",
    "statuses": "Sales",
}

CHOICES: dict[str, dict[Any, str]] = {
    s.WHO_IS_SERVED: {
        s.SERVED_ANY: "Any waiting sale, oldest first",
        s.SERVED_RAISED_FIRST: "Sales the order was raised for first, then any",
        s.SERVED_RAISED_ONLY: "Only sales the order was raised for",
    },
}


@dataclass(frozen=True, slots=True)
class Wording:
    """A setting in words. ``then(value, name)``: what happens next time, ``name`` of an id."""

    label: str
    then: Callable[[Any, str], str]
    used: tuple[Where, ...]


def _status(what: str) -> Callable[[Any, str], str]:
    def said(value: Any, name: str) -> str:
        return f"{what} gets the status “{name}”." if value else f"{what} keeps the status it has."

    return said


def _allocate(on: Any, _name: str) -> str:
    if on:
        return (
            "Next delivery: goods go to the oldest waiting sales first;"
            " clerks can still switch it off."
        )
    return "Next delivery: goods stay free stock; clerks can still switch allocating on."


def _served(who: Any, _name: str) -> str:
    return {
        s.SERVED_ANY: "Next delivery: every waiting sale stands in one queue by the day it was placed.",
        s.SERVED_RAISED_FIRST: "Next delivery: sales the order was raised for stand before all others.",
        s.SERVED_RAISED_ONLY: "Next delivery: other sales get nothing; what is left is free stock.",
    }.get(who, "")


def _over(percent: Any, _name: str) -> str:
    if not percent:
        return "More than ordered is refused: extras are kept apart, and a buyer can raise the row."
    return f"Up to {percent} % more than a row ordered is received; the surplus is free stock."


WORDINGS: Mapping[str, Wording] = {
    s.ALLOCATE: Wording("Allocate received goods to waiting sales", _allocate, (GOODS_IN,)),
    s.WHO_IS_SERVED: Wording("Who is served", _served, (GOODS_IN,)),
    s.OVER_PERCENT: Wording("More than ordered", _over, (GOODS_IN,)),
    s.LOCATION_REQUIRED: Wording(
        "Location required when receiving",
        lambda on, _: (
            "A line without a bin cannot be received."
            if on
            else "A line without a bin goes to its usual place, else to the warehouse's default."
        ),
        (GOODS_IN,),
    ),
    s.CLERKS_LINK: Wording(
        "Clerks may link unknown codes",
        lambda on, _: (
            "A clerk who scans an unknown code can make it a barcode of a line with F4."
            if on
            else "Only buyers and managers can make an unknown code a barcode of a line."
        ),
        (GOODS_IN,),
    ),
    s.STATUS_PART: Wording(
        "Status when part received",
        _status("A purchase order that is received in part"),
        (PURCHASES,),
    ),
    s.STATUS_FULL: Wording(
        "Status when fully received",
        _status("A purchase order that is received in full"),
        (PURCHASES,),
    ),
    s.STATUS_NEW: Wording(
        "Purchase orders start as", _status("A new purchase order"), (PURCHASES, SALES)
    ),
    s.STATUS_SENT: Wording(
        "Status when sent", _status("A purchase order placed with the supplier"), (PURCHASES,)
    ),
    s.DELIVERY_WAREHOUSE: Wording(
        "Default delivery warehouse",
        lambda value, name: (
            f"A batch is delivered to {name} unless another place is chosen."
            if value
            else "Each row of a batch is delivered to the warehouse of its sale."
        ),
        (SALES,),
    ),
    s.ROUND_UP: Wording(
        "Round up to packs",
        lambda on, _: (
            "A batch raises quantities to full packs and minimums; the surplus is free stock."
            if on
            else "A batch orders what is needed and warns of packs and minimums."
        ),
        (SALES,),
    ),
    s.OWN_PRODUCTS: Wording(
        "Limit products to the supplier’s own",
        lambda on, _: (
            "A supplier is ordered from only for products that it offers; the others are listed."
            if on
            else "Any supplier may be asked for any product; without a price the row says so."
        ),
        (SALES,),
    ),
    s.CROSS_REFERENCES: Wording(
        "Cross-reference notes",
        lambda on, _: (
            "A batch writes a note on each sale and each purchase order, with links both ways."
            if on
            else "A batch writes no notes on sales and purchase orders."
        ),
        (SALES, PURCHASES),
    ),
    s.BATCH_OPTIONS: Wording(
        "Options a batch starts with",
        lambda _value, _: (
            "For people who have not placed a batch yet; later everyone keeps their own."
        ),
        (SALES,),
    ),
    s.STATUS_NEW_SALE: Wording(
        "Status of new shop orders", _status("An order that comes from a shop"), (SALES,)
    ),
    s.STATUS_BACK_ORDERED: Wording(
        "Status of shop orders with back-ordered rows",
        _status("An order from a shop that waits for goods"),
        (SALES,),
    ),
    s.STATUS_CANCELLED: Wording(
        "Status when cancelled", _status("A sale that is cancelled"), (SALES,)
    ),
}
"""Every setting of the page has its words here; a test holds the two together."""


def names_of(one: Definition, options: Options) -> list[tuple[int, str]]:
    """What an id kind chooses from, (id, name); id 0 leaves things alone."""
    if one.kind is Kind.SALE_STATUS:
        return [(0, "Don't change"), *((o.id, o.name) for o in options.sale_statuses)]
    if one.kind is Kind.PURCHASE_STATUS:
        return [(0, "Don't change"), *((o.id, o.name) for o in options.purchase_statuses)]
    if one.kind is Kind.WAREHOUSE:
        return [(0, "Each sale's warehouse"), *((o.id, o.name) for o in options.warehouses)]
    return []


def in_words(one: Definition, value: Any, options: Options) -> str:
    """A value as a person reads it: "on", "5 %", "Received"."""
    if one.kind is Kind.FLAG:
        return "on" if value else "off"
    if one.kind is Kind.CHOICE:
        return CHOICES.get(one.key, {}).get(value, str(value))
    if one.kind is Kind.PERCENT:
        return f"allow up to {value} %" if value else "refuse"
    if one.kind is Kind.OPTIONS:
        return options_in_words(value or {}, options)
    return dict(names_of(one, options)).get(value or 0, "an entry that was deleted")


BATCH_QUANTITY = {
    "needed": "Needed to fulfil",
    "all": "All items on the sales",
}
BATCH_STOCK: dict[str | None, str] = {
    "on_hand": "On hand",
    "in_stock": "In stock",
    None: "Nothing: order it all the same",
}
BATCH_VENDOR = {"primary": "Primary supplier", "cheapest": "Cheapest supplier"}


def options_in_words(value: Mapping[str, Any], options: Options) -> str:
    """The batch options in one line."""
    kept = {**s.BATCH_DEFAULTS, **value}
    said = [BATCH_QUANTITY.get(kept["quantity"], str(kept["quantity"]))]
    if kept["exclude_stock"]:
        said.append(f"without what is {BATCH_STOCK[kept['exclude_stock']].lower()}")
    if kept["exclude_purchase_orders"]:
        said.append("without what is incoming")
    said.append(BATCH_VENDOR.get(kept["vendor"], "a named supplier").lower())
    status = {o.id: o.name for o in options.sale_statuses}.get(kept["sales_status_id"])
    if status:
        said.append(f"sales become {status}")
    return ", ".join(said)


def consequence(shown: Definition, value: Any, options: Options) -> str:
    """What happens next time with this value."""
    names = dict(names_of(shown, options))
    name = names.get(value or 0, "an entry that was deleted") if names else ""
    return WORDINGS[shown.key].then(value, name)


def matches(one: Shown, text: str) -> bool:
    """Whether a setting is meant by what was typed: label, help and synonyms (SET-02)."""
    words = text.casefold().split()
    wording = WORDINGS[one.definition.key]
    other: tuple[Any, ...] = {Kind.FLAG: (True, False), Kind.PERCENT: (0, 5)}.get(
        one.definition.kind, one.definition.choices
    )
    told = " ".join(
        (
            wording.label,
            *(wording.then(value, "") for value in (one.value, one.default, *other)),
            SECTIONS.get(one.definition.section, ""),
            *one.definition.synonyms,
            *CHOICES.get(one.definition.key, {}).values(),
        )
    ).casefold()
    return all(word in told for word in words)
