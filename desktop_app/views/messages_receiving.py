"""Sentences for what receiving and the settings refuse; part of the one table in `messages`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from desktop_app.models.formats import quantity

Said = str | Callable[[dict[str, Any]], str]
BLOCKERS_NAMED = 3


def _over(params: dict[str, Any]) -> str:
    said = [
        f"{one['sku']}: {quantity(one['units'])} arrived, {quantity(one['outstanding'])} to come;"
        f" raise the row to {quantity(one['raise_to'])} or set the extras aside"
        for one in params.get("items", ())[:BLOCKERS_NAMED]
    ]
    named = ". ".join(said)
    return f"More than PO {params['number']} has to come. Nothing was received. {named}.".strip()


def _blocker(one: dict[str, Any]) -> str:
    units = f"{quantity(one['units'])} × {one['sku']}"
    if one["kind"] == "on_goods_out":
        notes = ", ".join(str(number) for number in one["notes"])
        return f"{units} of #{one['number']} are on goods-out note {notes}"
    if one["kind"] == "on_hand":
        return f"{units} are promised to other sales or gone"
    if one["kind"] == "quarantine":
        return f"{units} have left quarantine"
    return "the purchase order is closed or cancelled"


def _in_use(params: dict[str, Any]) -> str:
    blockers = params.get("items", ())
    said = "; ".join(_blocker(one) for one in blockers[:BLOCKERS_NAMED])
    more = len(blockers) - BLOCKERS_NAMED
    rest = f" and {more} more" if more > 0 else ""
    return f"This receipt cannot be undone any more: {said}{rest}. Nothing was changed."


def _not_open(params: dict[str, Any]) -> str:
    state = {"closed": "closed short", "cancelled": "cancelled"}.get(
        params["state"], params["state"]
    )
    return f"PO {params['number']} is {state}: nothing more is received on it."


RECEIVING: dict[str, Said] = {
    "unknown_purchase_order": "That purchase order does not exist any more.",
    "purchase_not_open": _not_open,
    "purchase_drop_ship": "PO {number} is a drop-ship order: it goes straight to the customer, there is nothing to receive.",
    "nothing_to_receive": "Nothing is counted yet. Scan an item, or type a quantity.",
    "quantity_not_positive": "A quantity must be above zero and not be absurdly large. Nothing was changed.",
    "quantity_not_whole": "This product is counted in whole units. Nothing was changed.",
    "row_of_another_order": "That line belongs to another order than PO {number}. Nothing was received.",
    "unknown_location": "That bin is not in this warehouse. Nothing was changed.",
    "location_missing": "Some lines have no bin, and this warehouse asks for one. Scan a bin, then the items again, or type it in the line.",
    "reference_used": "Delivery note {reference} was received already, on goods-in note {number}. Check the paper, or leave the field empty.",
    "reference_too_long": "A delivery note has at most {most} characters.",
    "over_receipt": _over,
    "extras_undecided": "There are extras. Set them aside, or raise the row and receive them.",
    "raise_not_higher": lambda p: (
        f"{p['sku']} is ordered {quantity(p['ordered'])} times already. Raise it to more than that."
    ),
    "deliveries_differ": "Orders received together must be for one warehouse and be allocated alike.",
    "receipt_changed": "Stock or sales changed since the preview. Nothing was received; look at it again.",
    "draft_gone": "This count is gone: it was received or discarded meanwhile.",
    "draft_changed": "PO {number} was counted on since the preview. Nothing was received; look at it again.",
    "draft_taken_over": "{by} took this count over. What you scanned since was not counted.",
    "code_missing": "There is no code to link. Scan it again.",
    "code_too_long": "The code has more than {most} characters, too many for a barcode. Nothing was linked.",
    "code_is_number": "{scanned} reads as the number of an order, not as a barcode. Nothing was linked.",
    "code_of_product": "{scanned} is a barcode of {sku} {name} already. Nothing was linked; scan it again.",
    "code_is_item": "{scanned} is the item code of {sku} {name}. Nothing was linked.",
    "code_is_bin": "{bin} is a bin in {warehouse}. Nothing was linked.",
    "code_counted_since": "{scanned} stays a barcode of {sku}: it was counted with, or its line was set, since the link, on PO {number}. Take that back first (F9).",
    "code_received_since": "{scanned} stays a barcode of {sku}: what was counted with it is on goods-in note {number}. Undo that note first.",
    "code_not_linked": "{scanned} is no barcode of {sku} any more. Nothing was changed.",
    "damage_not_stocked": "{sku} is not kept in stock, so nothing of it can be put into quarantine. Nothing was changed.",
    "damaged_above_counted": "{damaged_units} of {sku} would be damaged, but only {counted_units} are counted. Nothing was changed; put one of the two right (F11).",
    "unknown_goods_in": "That goods-in note does not exist.",
    "receipt_in_use": _in_use,
    "undo_changed": "Something changed since you looked. Nothing was undone; look at it again.",
    "unknown_setting": "The setting {key} is not known to this program. Nothing was saved.",
    "setting_scope": "This setting cannot have a value of its own there. Nothing was saved.",
    "setting_value": "That value does not fit the setting. Nothing was saved.",
    "setting_changed": "{by} changed this setting meanwhile. Nothing was saved.",
    "settings_changed_since": "Somebody changed these settings again since. Put them back by hand.",
}
