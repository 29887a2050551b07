"""Payments and credits of a sale as lines, amounts as typed, and the words of an invoicing."""

from __future__ import annotations

import re
from typing import Any

from desktop_app.models import formats
from desktop_app.models.clone_rows import parse_cost
from desktop_app.models.columns import Align, Column
from desktop_app.models.marks import Glyph, Mark, Tone
from desktop_app.services.billing_details import PaymentDetail, SaleBilling
from desktop_app.services.credit_details import RefundDetail, SaleCredit
from desktop_app.services.rules.money import UNIT

METHODS = ("card", "cash", "bank transfer", "cheque", "voucher")
"""How a person records that money came or went."""

NAMED_MAX = 3
NOT_INVOICED = {"already": "invoiced already", "quote": "a quote", "cancelled": "cancelled"}


def parse_amount(text: str, digits: int) -> int:
    """An amount as typed, in minor units. Raises ValueError with a sentence."""
    if not text.strip():
        raise ValueError("Type an amount, for example 17.95.")
    try:
        if not re.fullmatch(r"\s*[£€$¥]?\s*[0-9.,]{1,20}\s*", text):
            raise ValueError
        number = parse_cost(text)
    except ValueError:
        raise ValueError(f"“{text}” is not an amount. Type digits, for example 17.95.") from None
    whole, rest = divmod(number * int(10**digits), UNIT)
    if rest:
        places = formats.count(digits, "decimal place") if digits else "no pence or cents"
        raise ValueError(f"“{text}” is finer than the currency: it has {places}.")
    return whole


def typed_amount(minor: int, digits: int) -> str:
    """Minor units as they stand in a field: 1795 is "17.95"."""
    whole, rest = divmod(minor, int(10**digits))
    return f"{whole}.{rest:0{digits}d}" if digits else str(whole)


def payment_mark(one: PaymentDetail | RefundDetail) -> Mark | None:
    """Whether money that came or went was taken back, or takes some back."""
    if one.undone:
        return Mark(Glyph.REFUSED, "Taken back", Tone.NONE)
    return Mark(Glyph.REFUSED, "Takes one back", Tone.NONE) if one.amount < 0 else None


def payment_columns(currency: str, digits: int) -> tuple[Column[PaymentDetail], ...]:
    """Payments in the sale's currency."""
    return (
        Column(key="at", heading="When", text=lambda p: formats.moment(p.paid_at), width=14, fixed=True),
        Column(key="method", heading="How", text=lambda p: p.method, width=14, width_min=8, stretch=True),
        Column(key="reference", heading="Reference", text=lambda p: p.reference, width=18, priority=2),
        Column(key="by", heading="By", text=lambda p: p.person, width=14, priority=3),
        Column(
            key="amount", heading="Amount", text=lambda p: formats.money(p.amount, currency, digits),
            width=13, align=Align.END, fixed=True, strong=True,
        ),
        Column(key="state", heading="", text=lambda _: "", width=16, mark=payment_mark),
    )  # fmt: skip


def _other(one: SaleCredit) -> str:
    return f"#{one.other_number}" if one.other_number else ""


def credit_columns(currency: str, digits: int) -> tuple[Column[SaleCredit], ...]:
    """Credits of the sale, and the credit whose exchange it is."""
    return (
        Column(
            key="credit", heading="Credit", text=lambda c: f"Credit {c.number}", width=12, fixed=True,
            link=True, strong=True,
        ),
        Column(key="at", heading="When", text=lambda c: formats.moment(c.placed_at), width=14, fixed=True),
        Column(
            key="what", heading="What", width=16, width_min=10, stretch=True,
            text=lambda c: "given in exchange" if c.is_exchange else f"{formats.counted_units(c.units)} taken back",
        ),
        Column(
            key="other", heading="Exchange", text=_other, width=11, fixed=True, link=True,
            heading_tip="The other sale of an exchange",
        ),
        Column(
            key="total", heading="Worth", text=lambda c: formats.money(c.total, currency, digits),
            width=12, align=Align.END, fixed=True,
        ),
        Column(
            key="refunded", heading="Paid out", text=lambda c: formats.money(c.refunded, currency, digits),
            width=12, align=Align.END, fixed=True,
        ),
    )  # fmt: skip


def facts(found: SaleBilling) -> str:
    """The line above: "£18.00 in total · £18.00 paid · nothing due · invoice 1003 of 2 May"."""

    def money(minor: int) -> str:
        return formats.money(minor, found.currency, found.digits)

    parts = [f"{money(found.total)} in total", f"{money(found.paid)} paid"]
    over = found.paid - found.total
    parts.append(
        f"{money(found.due)} due"
        if found.due
        else f"{money(over)} too much"
        if over > 0
        else "nothing due"
    )
    if any(not one.is_exchange for one in found.credits):
        parts.append(f"{money(found.credited)} taken back, {money(found.refunded)} paid out")
    parts.append(
        f"invoice {found.invoice_number} of {formats.day(found.invoice_dated)}"
        if found.invoice_number
        else "not invoiced"
    )
    return " · ".join(parts)


def tab_words(found: SaleBilling) -> str:
    """The tab: "Payments 2 · Credits 1"."""
    words = f"Payments {len(found.payments)}"
    return f"{words} · Credits {len(found.credits)}" if found.credits else words


def invoiced_words(result: dict[str, Any]) -> str:
    """What invoicing did: "Invoiced #1041 as invoice 1003"; sales left alone are said with why."""
    made = [one for one in result["sales"] if one["outcome"] == "invoiced"]
    if len(made) == 1:
        words = f"Invoiced #{made[0]['number']} as invoice {made[0]['invoice']}"
    elif made:
        first, last = made[0]["invoice"], made[-1]["invoice"]
        words = f"Invoiced {formats.count(len(made), 'sale')} as invoices {first} to {last}"
    else:
        words = "Nothing was invoiced"
    for outcome, why in NOT_INVOICED.items():
        left = [one for one in result["sales"] if one["outcome"] == outcome]
        named = ", ".join(f"#{one['number']}" for one in left[:NAMED_MAX])
        more = f" and {len(left) - NAMED_MAX} more" if len(left) > NAMED_MAX else ""
        if left:
            words += f"; {named}{more} {'is' if len(left) == 1 else 'are'} {_counted(why, left)}"
    return words


def _counted(why: str, of: list[Any]) -> str:
    return "quotes" if why == "a quote" and len(of) > 1 else why
