"""Sentences about messages that cannot be read, and about the ways they come in. See ``messages``.

``where`` is a place in the message as till makers write it: ``lines[2].price``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from desktop_app.models.formats import count, quantity

ASK = "Ask the shop to send it again."


def _known(params: dict[str, Any]) -> str:
    return (
        f"{params['where']} says “{params['value']}”. Known are {', '.join(params['known'])}. {ASK}"
    )


def _out_of_place(params: dict[str, Any]) -> str:
    return f"{params['where']} has no meaning with “{params['kind']}”. Nothing was guessed. {ASK}"


def _payment(params: dict[str, Any]) -> str:
    paid, total = quantity(params["paid_money"]), quantity(params["total_money"])
    words = {
        "full": f"It is paid in full, but the payments come to {paid} of {total}.",
        "on_account": f"It is on account, but {paid} were paid.",
        "deposit": f"It has a deposit, but the payments come to {paid} of {total}.",
    }
    return f"{words[params['kind']]} Ask the shop what was paid."


def _does_not_add_up(params: dict[str, Any]) -> str:
    total, rows = quantity(params["total_money"]), quantity(params["rows_money"])
    return f"The order says {total}, but what it consists of comes to {rows}. Ask the shop what was sold."


INTAKE: dict[str, str | Callable[[dict[str, Any]], str]] = {
    # not an order
    "message_empty": "There is nothing in this message.",
    "not_json": "This is no order: it is not JSON.",
    "not_an_order": "This is no order: {sender} sent something else ({what}).",
    "no_order_inside": "There is no order in this answer of {sender}.",
    "test_order": "{order} is a test order of {sender}: nothing was sold.",
    "call_failed": "This is no order: {sender} refused to make it.",
    # damaged
    "json_too_large": lambda p: (
        f"The message has {p['bytes']:,} bytes; at most {p['limit']:,} are read."
        " Ask the shop to send its orders one by one."
    ),
    "json_not_utf8": f"The message is not in UTF-8 (from byte {{at}} on). {ASK}",
    "json_too_deep": f"The message is nested more than {{limit}} levels deep: no order is. {ASK}",
    "json_absurd_number": f"The message has a number that cannot be: {{value}}. {ASK}",
    "json_control_character": f"The message has a control character in {{where}}. {ASK}",
    "json_two_documents": f"Two messages run into each other (line {{line}}). {ASK}",
    "json_cut_off": f"The message is cut off after {{bytes}} bytes. {ASK}",
    "json_damaged": f"The message is damaged (line {{line}}, column {{column}}). {ASK}",
    "json_key_twice": f"“{{key}}” is said twice in one place, so what is meant is not clear. {ASK}",
    # unknown or half-filled
    "format_unknown": "Backroom does not know this kind of message. Known are its own format and orders of Shopify, Square and Brightpearl.",
    "format_version_unknown": "The message is written as {said}; this Backroom reads {known}. Install the newer version, then try again.",
    "field_missing": f"{{where}} is missing. Nothing was guessed. {ASK}",
    "field_unknown": f"{{where}} is not known: perhaps a slip in its name. {ASK}",
    "field_wrong_kind": f"{{where}} is not what it should be: {{wanted}}. {ASK}",
    "field_not_known": _known,
    "field_out_of_place": _out_of_place,
    "field_not_number": f"{{where}} is not a number: “{{value}}”. {ASK}",
    "field_too_fine": f"{{where}} has more than {{places}} decimals. {ASK}",
    "field_not_positive": f"{{where}} must be more than 0. {ASK}",
    "field_below_zero": "{where} makes the row less than 0. Ask the shop what was sold.",
    "field_not_rate": f"{{where}} is no tax rate between 0 and 100. {ASK}",
    "field_not_time": f"{{where}} is no time with its zone: “{{value}}”. {ASK}",
    "field_too_long": f"{{where}} is longer than {{most}} characters. {ASK}",
    "field_too_many": f"{{where}} has more than {{most}} entries. {ASK}",
    "field_invisible": f"{{where}} has characters that nobody sees, so it cannot be an ID. {ASK}",
    "field_placeholder": f"{{where}} holds its own name instead of a value. {ASK}",
    "field_other_currency": f"{{where}} is not in {{currency}} like the order. {ASK}",
    "payment_does_not_fit": _payment,
    "total_does_not_add_up": _does_not_add_up,
    "order_cancelled": "{sender} says that order {order} is cancelled or a draft. If it was sold, ask the shop to send it again; else put this message aside.",
    "only_ids": "{sender} told that there is an order, without the order itself. It has to be fetched from {sender} and sent on.",
    "refund_without_rows": "{sender} told what was paid back, but not for which goods. Make the credit by hand, then put this message aside.",
    "refund_of_several": "{sender} took back goods of several orders at once. Make the credits by hand, then put this message aside.",
    "refund_of_more": "{where} is more than was sold. Ask the shop what came back.",
    "several_calls": "This records several changes of an order of {sender}, not the order itself. Send the order as it is now.",
    # ways in
    "intake_unwritable": "Nothing can be written in {path} ({reason}). Check the folder and its disk.",
    "intake_unreadable": "{path} cannot be read ({reason}).",
    "intake_not_a_file": "{path} is not a plain file.",
    "intake_too_large": lambda p: (
        f"{p['path']} has {p['bytes']:,} bytes; a message has at most {p['limit']:,}."
        " Ask the shop to send its orders one by one."
    ),
    "intake_channel_name": "“{channel}” cannot be a channel's code: use letters, digits, dot, hyphen and underscore, at most 30.",
    "secrets_open": "{path} can be read by other people of this computer. Take their rights away (chmod 600), then try again.",
    "secrets_damaged": "{path} cannot be read ({reason}). Put it right, or take it away and make new secrets.",
    "secret_too_short": "A secret has at least {least} characters.",
    "no_secrets": "No channel has a secret yet. Make one with “backroom intake secret CHANNEL”, then start again.",
}


def parked(number: int) -> str:
    """What the strip says when messages were parked."""
    return f"{count(number, 'shop message')} could not be taken in and {'waits' if number == 1 else 'wait'} for you."
