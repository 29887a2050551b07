"""Sentences for what ordering refuses; part of the one table in `messages`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from desktop_app.models.formats import count, locale, quantity

Said = str | Callable[[dict[str, Any]], str]
NAMED_MAX = 5

IN_THE_WAY = {
    "received": "was received in part or in full",
    "shipped": "has units that its supplier has shipped",
    "sent": "was sent to the supplier",
    "changed": "was changed since",
    "promised": "has units that were set aside for other sales since",
}


def _in_use(what: str) -> Callable[[dict[str, Any]], str]:
    """Name each purchase order in the way and why (R3.13, BPO-17)."""

    def said(params: dict[str, Any]) -> str:
        blockers = params.get("items", ())
        named = [
            f"PO {one['number']} {IN_THE_WAY.get(one['reason'], one['reason'])}"
            for one in blockers[:NAMED_MAX]
        ]
        rest = len(blockers) - len(named)
        more = f" and {rest} more" if rest > 0 else ""
        return (
            f"This {what} cannot be undone any more: {'; '.join(named)}{more}. Nothing was changed."
        )

    return said


def _too_many(params: dict[str, Any]) -> str:
    return (
        f"{count(params['chosen'], 'sale')} are too many for one batch: at most"
        f" {locale().toString(params['limit'])}. Split them by supplier or by date."
    )


def _row_in_use(params: dict[str, Any]) -> str:
    why = "more of it was received" if params["reason"] == "received" else "sales wait for it"
    return f"{params['sku']} on PO {params['number']} cannot be lowered again: {why}."


def _more_than_needed(params: dict[str, Any]) -> str:
    rows = count(len(params.get("items", ())), "row")
    return f"More than is still needed on {rows}. The rest would be free stock. Order it anyway?"


PURCHASING: dict[str, Said] = {
    "plan_changed": "Something changed since this preview. Nothing was created. Check it again.",
    "nothing_to_order": "There is nothing to order.",
    "too_many_sales": _too_many,
    "unknown_sales": "Some of these sales do not exist any more. Select them again.",
    "no_sales_chosen": "Choose at least one sale.",
    "invalid_quantity": "A quantity is not one that can be ordered. Products in stock count whole units.",
    "split_twice": "A line is split to the same supplier twice. Give each part a supplier of its own.",
    "invalid_cost": "A cost cannot be used. Type an amount of 0 or more.",
    "choose_supplier": "Choose which supplier to use.",
    "unknown_supplier": "That supplier does not exist any more. Choose another.",
    "unknown_warehouse": "That warehouse is not in use any more. Choose another.",
    "bad_option": "The option “{option}” cannot be “{value}”. Choose it again.",
    "options_clash": "One order per sale and adding to open drafts exclude each other. Choose one.",
    "text_too_long": "The {field} is too long: at most {limit} characters.",
    "batch_in_use": _in_use("batch"),
    "clone_in_use": _in_use("purchase order"),
    "sale_cancelled": "This sale is cancelled: nothing is ordered for it.",
    "unknown_row": "A row does not exist any more. Close the window and begin again.",
    "cannot_be_ordered": "Free text and bundles cannot be ordered. Clear their boxes.",
    "price_needed": "The supplier has no price for a row. Type its cost.",
    "not_supplied": "{supplier} is limited to its own products. Clear the rows it does not supply.",
    "confirm:more_than_needed": _more_than_needed,
    "unknown_purchase_order": "That purchase order does not exist.",
    "not_a_draft": "PO {number} is not a draft any more.",
    "not_open": "PO {number} is not open any more.",
    "already_received": "PO {number} was received in part. Close it short instead.",
    "sent_and_received": "PO {number} stays sent: goods of it were received. Undo the receipt first.",
    "purchase_changed": "PO {number} was changed since. Nothing was undone.",
    "not_more": lambda p: (
        f"{p['sku']} has {quantity(p['ordered'])} on order already. Type a higher number."
    ),
    "row_in_use": _row_in_use,
    "bad_day": "Choose a day.",
}
