"""Sentences about shop orders, their messages and channels. See ``messages``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from desktop_app.models.formats import count, money, quantity

NAMED = 4


def _named(params: dict[str, Any]) -> str:
    items = [str(one) for one in params.get("items", ())]
    rest = len(items) - NAMED
    shown = ", ".join(items[:NAMED])
    return f"{shown} and {rest} more" if rest > 0 else shown


def _total_differs(params: dict[str, Any]) -> str:
    said, rows = (
        money(params[key], params["currency"], params["digits"]) for key in ("total", "rows")
    )
    return f"The till says the order comes to {said}, but its rows come to {rows}. Ask the shop what was sold."


def _money_absurd(params: dict[str, Any]) -> str:
    where = f"Row {params['row']}" if params["row"] else "The order"
    return f"{where} has an amount that cannot be: {quantity(params['amount'])}. Ask the shop what was sold."


SHOP: dict[str, str | Callable[[dict[str, Any]], str]] = {
    # exceptions
    "exceptions_changed": "Stock or orders have changed since this was worked out. Nothing was done. Look at the new plan, then fix again.",
    "nothing_to_fix": "There is nothing left to put right for these orders.",
    "too_many_orders": "At most {most} orders are put right at once. Choose fewer.",
    # channels
    "channel_code_wrong": "“{given}” cannot be a channel's code. Use 1 to 30 letters A to Z, digits, - or _, for example BRISTOL.",
    "channel_code_taken": "There is a channel {given} already. Choose another code.",
    "channel_code_fixed": "The code of {given} cannot be changed: its tills send their orders under it.",
    "channel_name_missing": "Type the channel's name.",
    "channel_kind_wrong": "“{kind}” is no kind of channel. Choose one from the list.",
    "channel_warehouse_missing": "Choose the warehouse of the shop: goods taken in the shop leave it.",
    "channel_changed_since": "{name} was changed again since. Nothing was undone.",
    "unknown_channel": "There is no channel {given}. Add it on the Channels page first.",
    # messages of shops: what a person asks of them
    "unknown_message": "That message does not exist.",
    "message_unusable": "The message cannot be kept: its {what} is not usable.",
    "message_not_waiting": "That has been settled meanwhile: the message became an order, or is on its way. Look at the list again.",
    "message_replaced": "Another message took its place meanwhile. Put that one aside first.",
    "message_already_order": "The first message with this ID became an order already. Put right what differs with a credit or a new sale.",
    # why a message waits
    "message_differs": "The same message ID came before with other content. Compare the two, then use one of them.",
    "transaction_differs": "Order {transaction} is here already with other content. Compare the two and put right what differs by hand.",
    "refund_before_sale": "The refund came before its sale {transaction}. It is taken in as soon as the sale comes.",
    "intake_failed": "Backroom could not take this message in ({what}). Nothing was changed. Try again, or report it with the message.",
    "shop_products_unknown": lambda p: (
        f"Not among the products: {_named(p)}. Add {count(len(p['items']), 'product')} or a barcode, then try again."
    ),
    "shop_warehouse_unknown": lambda p: (
        f"There is no warehouse {_named(p)}. Add it, or ask the shop to ship from another, then try again."
    ),
    "shop_without_warehouse": "The channel {channel} has no warehouse to sell from. Choose one on the Channels page, then try again.",
    "shop_without_status": "There is no order status that a new sale could have. Add one, then try again.",
    "shop_currency_unknown": "There is no currency {currency} in the books. Add it, then try again.",
    "shop_id_unusable": "The order has an ID that cannot be used. Ask the shop to send it again.",
    "shop_row_twice": lambda p: (
        f"Two rows have the same ID: {_named(p)}. Ask the shop to send the order again."
    ),
    "shop_rows_too_many": "The order has {count} rows; at most {most} can be taken in.",
    "shop_method_unknown": "Row {row} asks for “{method}”, which is no way of fulfilling. Ask the shop to send the order again.",
    "shop_disposition_unknown": "Row {row} says “{disposition}” of the returned goods, which is not known. Ask the shop to send it again.",
    "shop_quantity_absurd": "Row {row} has a quantity that cannot be: {units}. Ask the shop what was sold.",
    "shop_unit_broken": "Row {row} has {units} of {sku}, which is counted in whole units. Ask the shop what was sold.",
    "shop_money_absurd": _money_absurd,
    "shop_tax_absurd": "Row {row} has a tax rate that cannot be. Ask the shop what was sold.",
    "shop_total_differs": _total_differs,
    "shop_payment_absurd": lambda p: (
        f"A payment of {quantity(p['amount'])} cannot be. Ask the shop what was paid."
    ),
    "shop_payment_twice": lambda p: (
        f"The payment {_named(p)} was counted before. Ask the shop what was paid."
    ),
    "shop_order_exists": "The order {order} is here already, from somewhere else than the till. Compare the two.",
    "shop_refund_row_unknown": "Row {row} gives back {name}, which was not on that sale. Ask the shop what came back.",
    "shop_refund_currency": "The refund is in {currency}, but the sale was in {sold_in}. Ask the shop to send it again.",
}
