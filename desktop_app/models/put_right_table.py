"""The columns of what was put right on the exceptions desk (ux 3.9)."""

from __future__ import annotations

from desktop_app.models import formats
from desktop_app.models.columns import Column
from desktop_app.models.list_source import source_of
from desktop_app.models.marks import Glyph, Mark, Tone
from desktop_app.models.paged_table import ListSource
from desktop_app.services.access import Actor, Permission
from desktop_app.services.changes import Topic
from desktop_app.services.exceptions_done import (
    FIXED,
    PUT_RIGHT,
    PutRightFilter,
    PutRightLine,
)

ITEMS_NAMED = 3

STOPPED = {
    "handed_over": ("Handed over", "It was handed over: shipping cannot be undone"),
    "given_back": ("Given back", "The customer gave it back: a credit cannot be undone here"),
    "notes_gone": ("Note is gone", "Its goods-out note was deleted since"),
    "notes_shipped": ("Shipped since", "Its goods-out note has shipped since"),
    "allocation_in_use": ("Allocation used", "Its units are allocated to it no longer"),
    "transfer_not_open": ("Transfer changed", "Its transfer was changed since"),
    "others": ("By another", "Another person put it right: a manager can undo it"),
}
"""Why a fix cannot be undone: in two words, and as a sentence."""


def source() -> ListSource[PutRightLine, PutRightFilter]:
    """What was put right as the source of a paged table; a change of a sale may change any line."""
    return source_of(Topic.SALES, PUT_RIGHT)


def stopped(line: PutRightLine, actor: Actor) -> str:
    """Why this person cannot undo it, a key of ``STOPPED``; "" where it can be done (R11.1)."""
    if not line.in_the_way and line.person_id != actor.person_id:
        return "" if actor.may(Permission.UNDO_OTHERS) else "others"
    return line.in_the_way


def how(line: PutRightLine) -> str:
    """What was done: "Transfer no. 12 from Leeds, goods-out note 21084, handed over"."""
    if line.kind != FIXED:
        return f"Given back with credit {line.credit}"
    parts = [f"transfer no. {number} from {name}" for number, name in line.transfers]
    if line.corrected:
        parts.append(f"{', '.join(line.corrected)} corrected")
    if not parts:
        parts.append("from stock on hand")
    if line.notes:
        word = "goods-out notes" if len(line.notes) > 1 else "goods-out note"
        parts.append(f"{word} {', '.join(str(number) for number in line.notes)}")
    if line.shipped:
        parts.append("handed over")
    said = ", ".join(parts)
    return said[:1].upper() + said[1:]


def _items(line: PutRightLine) -> str:
    named = ", ".join(f"{formats.quantity(n)} × {sku}" for sku, n in line.items[:ITEMS_NAMED])
    rest = len(line.items) - ITEMS_NAMED
    return f"{named} and {rest} more" if rest > 0 else named


def columns(actor: Actor) -> tuple[Column[PutRightLine], ...]:
    """The list; what can be undone is a matter of who looks."""

    def undo(line: PutRightLine) -> Mark:
        reason = stopped(line, actor)
        if reason:
            return Mark(Glyph.NOTHING, STOPPED[reason][0], Tone.NONE)
        more = f", {line.orders} orders" if line.orders > 1 else ""
        return Mark(Glyph.ALL, f"Possible{more}", Tone.DONE)

    return (
        Column(
            key="order", heading="Order", text=lambda e: f"#{e.number}", value=lambda e: e.number,
            width=10, fixed=True, link=True, strong=True,
        ),
        Column(key="channel", heading="Shop", text=lambda e: e.channel, width=15, priority=3),
        Column(
            key="at", heading="Put right", text=lambda e: formats.moment(e.at), width=14,
            fixed=True, muted=True, sort="at", sort_words=("Oldest first", "Newest first"),
            value=lambda e: e.at.isoformat(),
        ),
        Column(key="person", heading="By", text=lambda e: e.person, width=14, width_min=8),
        Column(key="items", heading="Items", text=_items, width=18, width_min=10, tooltip=_items),
        Column(
            key="how", heading="How", text=how, width=36, width_min=20, stretch=True, tooltip=how,
        ),
        Column(
            key="undo", heading="Undo", text=lambda _: "", width=18, mark=undo,
            tooltip=lambda e: STOPPED[reason][1] if (reason := stopped(e, actor)) else "",
        ),
        Column(
            key="customer", heading="Customer", text=lambda e: e.customer, width=18, priority=3,
        ),
    )  # fmt: skip
