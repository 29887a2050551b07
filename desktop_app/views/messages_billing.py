"""Sentences about invoices, payments and credits. See ``messages``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from desktop_app.models.formats import count, day, money, quantity

NAMED_MAX = 5


def _listed(parts: list[str], what: str) -> str:
    rest = len(parts) - NAMED_MAX
    shown = "; ".join(parts[:NAMED_MAX])
    return f"{shown}; and {count(rest, what)}" if rest > 0 else shown


def _exceeds_sold(params: dict[str, Any]) -> str:
    """R7.10: the rows, each with what was sold, taken back before and asked now."""
    rows = [
        f"{one['sku']}: {quantity(one['sold'])} sold, {quantity(one['credited'])} taken back"
        f" before, {quantity(one['asked'])} asked now"
        for one in params["items"]
    ]
    return f"No more can be taken back than was sold. {_listed(rows, 'more row')}. Nothing was changed."


def _not_shipped(params: dict[str, Any]) -> str:
    rows = [
        f"{one['sku']}: {quantity(one['shipped'])} shipped, {quantity(one['returned'])} came back"
        f" before, {quantity(one['asked'])} now"
        for one in params["items"]
    ]
    return (
        f"More comes back than has left by the books. {_listed(rows, 'more row')}."
        " Putting it into stock raises what is in stock by goods that were never taken out of it."
        " Put it into stock nevertheless?"
    )


def _overpaid(params: dict[str, Any]) -> str:
    due, amount = (
        money(params[name], params["currency"], params["digits"]) for name in ("due", "amount")
    )
    return f"{due} is due for #{params['number']}, and {amount} is more. Record it nevertheless?"


def _refund_above_paid(params: dict[str, Any]) -> str:
    left, amount = (
        money(params[name], params["currency"], params["digits"]) for name in ("left", "amount")
    )
    return (
        f"{left} of what was paid for #{params['number']} is still here, and {amount} is more."
        " Pay it out nevertheless?"
    )


def _refund_above_credit(params: dict[str, Any]) -> str:
    total = money(params["total"], params["currency"], params["digits"])
    return f"The goods taken back are worth {total}: no more than that can be paid out. Lower the refund."


def _payout_above_credit(params: dict[str, Any]) -> str:
    left, amount = (
        money(params[name], params["currency"], params["digits"]) for name in ("left", "amount")
    )
    return (
        f"{left} of credit {params['number']} is not paid out yet, and {amount} is more."
        " Nothing was paid out."
    )


BILLING: dict[str, str | Callable[[dict[str, Any]], str]] = {
    "credit_empty": "Nothing is to be taken back. Type how many of at least one row.",
    "credit_below_zero": "The rows come to less than nothing: a credit cannot ask for money. Nothing was changed.",
    "credit_exceeds_sold": _exceeds_sold,
    "credit_row_not_sold": lambda p: (
        f"{_listed([str(one) for one in p['items']], 'more row')}: not on this sale, so it cannot be"
        " taken back from it. Nothing was changed."
    ),
    "no_quarantine": lambda p: (
        f"{_listed([str(one) for one in p['items']], 'more warehouse')} has no quarantine location, and a"
        " stock location already has that name. Nothing was changed."
    ),
    "credit_of_cancelled": "Sale #{number} is cancelled: nothing of it was sold, so nothing can be taken back.",
    "credit_of_quote": "Sale #{number} is a quote: nothing of it was sold, so nothing can be taken back.",
    "credit_quantity": lambda p: (
        f"{_listed([str(one) for one in p['items']], 'more row')}: take back whole units, at least one."
    ),
    "credit_reason": lambda p: (
        f"Choose a reason, and what happens to the goods: {_listed([str(one) for one in p['items']], 'more row')}."
    ),
    "confirm:goods_not_shipped": _not_shipped,
    "refund_amount": "That is no amount to pay out. Type how much, or nothing.",
    "refund_exceeds_credit": _refund_above_credit,
    "confirm:refund_above_paid": _refund_above_paid,
    "unknown_credit": "This credit does not exist.",
    "credit_paid_out": "Credit {number} is paid out already. Nothing was changed.",
    "payout_exceeds_credit": _payout_above_credit,
    "payout_known": "A payout “{reference}” of credit {number} is recorded already. Nothing was changed.",
    "invoice_day": lambda p: (
        f"{day(date.fromisoformat(p['day']))} is still to come. Date the invoice today or earlier."
    ),
    "payment_amount": "That is no amount of a payment. Type how much was paid.",
    "payment_method": "Say how it was paid, in at most {limit} characters.",
    "payment_reference_long": "That reference is too long: at most {limit} characters.",
    "credit_reference_too_long": "That reference is too long: at most {limit} characters.",
    "payment_known": "A payment “{reference}” of #{number} is recorded already. Nothing was changed.",
    "payment_of_cancelled": "Sale #{number} is cancelled: no payment can be recorded for it.",
    "payment_in_future": "A payment cannot have been made later than now. Change its day.",
    "confirm:overpaid": _overpaid,
}
