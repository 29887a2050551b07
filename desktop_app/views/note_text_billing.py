"""Notes of invoices, payments and credits as sentences."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from desktop_app.models.formats import count, day, money, quantity

from .note_words import NAMED_MAX, Params

GOES = {
    "restock": "back to on hand",
    "quarantine": "to quarantine",
    "write_off": "written off",
    "none": "",
}


def _money(params: Params) -> str:
    return money(params["amount"], params["currency"], params["digits"])


def _goods(params: Params) -> str:
    """What came back and where it went: "2 × TENT back to on hand"."""
    named = params["items"]
    parts = [
        f"{quantity(one['units'])} × {one['sku']} {GOES[one['goes']]}".rstrip()
        for one in named[:NAMED_MAX]
    ]
    rest = len(named) - NAMED_MAX
    shown = ", ".join(parts)
    return f"{shown} and {count(rest, 'more row')}" if rest > 0 else shown


def _credit_made(params: Params) -> str:
    of = f" of #{params['sale']['number']}" if "sale" in params else ""
    other = params.get("exchange")
    instead = f"; exchanged for #{other['number']}" if other else ""
    return f"Taken back{of}, {_money(params)}: {_goods(params)}{instead}"


def _payment(params: Params) -> str:
    reference = f", {params['reference']}" if params.get("reference") else ""
    return f"Paid {_money(params)} by {params['method']}{reference}"


def _of_credit(params: Params) -> str:
    return f" for credit {params['credit']['number']}" if "credit" in params else ""


def _paid_out(params: Params) -> str:
    reference = f", {params['reference']}" if params.get("reference") else ""
    return f"Paid out {_money(params)} by {params['method']}{_of_credit(params)}{reference}"


BILLING_NOTES: dict[str, Callable[[Params], str]] = {
    "invoiced": lambda p: f"Invoice {p['number']} of {day(date.fromisoformat(p['dated']))}",
    "payment_recorded": _payment,
    "payment_undone": lambda p: f"Payment of {_money(p)} by {p['method']} taken back",
    "paid_out": _paid_out,
    "payout_undone": lambda p: f"Payout of {_money(p)} by {p['method']}{_of_credit(p)} taken back",
    "credited": lambda p: f"Credit {p['credit']['number']} of {_money(p)}: {_goods(p)}",
    "credit_made": _credit_made,
    "exchanged_for": lambda p: f"In exchange for what credit {p['credit']['number']} took back",
}
