"""Every status as glyph, word and tone: quiet when fine, filled when it wants a person (ux 3.1)."""

from __future__ import annotations

from datetime import date

from desktop_app.models import formats
from desktop_app.models.marks import Glyph, Mark, Tone
from desktop_app.services.rules.sale_status import Axis
from desktop_app.services.sales_list import Cover

_GLYPH = {
    Axis.NONE: Glyph.NONE,
    Axis.PART: Glyph.PART,
    Axis.ALL: Glyph.ALL,
    Axis.NOT_APPLICABLE: Glyph.NOTHING,
}
_GOODS_WORDS = {
    Axis.NONE: "None",
    Axis.PART: "Part",
    Axis.ALL: "All",
    Axis.NOT_APPLICABLE: "Not applicable",
}
_PAYMENT_WORDS = {
    Axis.NONE: "Unpaid", Axis.PART: "Part paid", Axis.ALL: "Paid",
    Axis.NOT_APPLICABLE: "Nothing to pay",
}  # fmt: skip
_RECEIVED_WORDS = {
    Axis.NONE: "Not received", Axis.PART: "Part received", Axis.ALL: "Received",
    Axis.NOT_APPLICABLE: "Nothing ordered",
}  # fmt: skip
_DELIVERED_WORDS = {
    Axis.NONE: "Not shipped", Axis.PART: "Part shipped", Axis.ALL: "Shipped by supplier",
    Axis.NOT_APPLICABLE: "Nothing ordered",
}  # fmt: skip
_STATES = {
    "draft": Mark(Glyph.NONE, "Draft", Tone.NONE),
    "sent": Mark(Glyph.LORRY, "Sent", Tone.ON_ORDER),
    "closed": Mark(Glyph.ALL, "Closed short", Tone.DONE),
    "cancelled": Mark(Glyph.REFUSED, "Cancelled", Tone.NONE),
}


def payment(axis: Axis, *, has_credit_terms: bool) -> Mark:
    """Payment; filled when something is due from a customer without credit terms."""
    due = axis in {Axis.NONE, Axis.PART}
    return Mark(
        _GLYPH[axis], _PAYMENT_WORDS[axis], Tone.PART if due else _quiet(axis),
        filled=due and not has_credit_terms,
    )  # fmt: skip


def allocated(axis: Axis, cover: Cover, *, waits: bool = True) -> Mark:
    """Allocation: amber when nothing is ordered for it, teal on a purchase order, red when late."""
    if not waits or axis in {Axis.ALL, Axis.NOT_APPLICABLE} or cover is Cover.NOT_NEEDED:
        return Mark(_GLYPH[axis], _GOODS_WORDS[axis], _quiet(axis))
    tone = {Cover.NO_PO: Tone.PART, Cover.ON_PO: Tone.ON_ORDER, Cover.LATE: Tone.WRONG}[cover]
    why = {
        Cover.NO_PO: "needs ordering",
        Cover.ON_PO: "on order",
        Cover.LATE: "its delivery is late",
    }
    word = _GOODS_WORDS[axis]
    return Mark(
        _GLYPH[axis], word, tone, filled=True, spoken=f"Allocated: {word.lower()}, {why[cover]}"
    )


def goods(axis: Axis) -> Mark:
    """Fulfilled or shipped."""
    return Mark(_GLYPH[axis], _GOODS_WORDS[axis], _quiet(axis))


def invoiced(yes: bool, *, shipped: Axis = Axis.NONE) -> Mark:
    """Invoiced; filled when everything has left and nothing was invoiced."""
    due = not yes and shipped is Axis.ALL
    return Mark(
        Glyph.ALL if yes else Glyph.NONE, "Yes" if yes else "No",
        Tone.DONE if yes else Tone.PART if due else Tone.NONE, filled=due,
    )  # fmt: skip


def received(axis: Axis, *, drop_ship: bool = False) -> Mark:
    """How much of a purchase order is in (R2.4), or has left its supplier for the customer (R4.3)."""
    tone = {Axis.ALL: Tone.DONE, Axis.PART: Tone.PART}.get(axis, Tone.NONE)
    return Mark(_GLYPH[axis], (_DELIVERED_WORDS if drop_ship else _RECEIVED_WORDS)[axis], tone)


def drop_ship() -> Mark:
    """Goes straight to the customer."""
    return Mark(Glyph.DROP_SHIP, "Drop-ship", Tone.DROP_SHIP)


def purchase_state(state: str) -> Mark:
    """The fixed state of a purchase order (R2.6)."""
    return _STATES[state]


def status(name: str, colour: str) -> Mark:
    """A user-defined order status: a dot in its colour and its name (R2.5)."""
    return Mark(Glyph.DOT, name, Tone.NONE, colour=colour)


def eta(expected: date | None, today: date) -> Mark | None:
    """When the goods come: late in red with a triangle, else a lorry and the day."""
    if expected is None:
        return None
    late = (today - expected).days
    if late > 0:
        return Mark(Glyph.PROBLEM, f"{late} d late", Tone.WRONG, filled=True)
    return Mark(Glyph.LORRY, formats.day(expected), Tone.ON_ORDER)


def late_by(days: int) -> Mark | None:
    """How late a delivery is; nothing when it is not."""
    return Mark(Glyph.PROBLEM, f"{days} d", Tone.WRONG, filled=True) if days > 0 else None


def _quiet(axis: Axis) -> Tone:
    return Tone.DONE if axis is Axis.ALL else Tone.NONE
