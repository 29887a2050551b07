"""What the receive page says: the result, who gets what, why not, what changed (RCV-09 to RCV-11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from desktop_app.models.formats import count, counted_units, quantity
from desktop_app.services.receiving import PassedOver, ReceiptPreview
from desktop_app.services.rules.money import UNIT
from desktop_app.services.settings import SERVED_RAISED_FIRST, SERVED_RAISED_ONLY, Source


@dataclass(frozen=True, slots=True)
class Served:
    """A sale that got something; `fully` when nothing is missing on it any more."""

    id: int
    number: int
    units: int
    fully: bool


@dataclass(frozen=True, slots=True)
class Posted:
    """What was received, for the page after the fourth step."""

    journal_id: str
    note_id: int
    number: int
    po_id: int
    po_number: int
    units: int
    allocated: int
    sales: tuple[Served, ...]
    left_on_order: int
    closed: bool
    to_come: tuple[tuple[str, int], ...] = ()
    """(SKU, units) still on order."""
    set_aside: tuple[tuple[str, int], ...] = ()
    """(SKU, units) that were more than ordered and not received."""
    quarantined: int = 0
    """Units of them that are damaged (RCV-07)."""

    @classmethod
    def of(cls, result: dict[str, Any], journal_id: str) -> Posted:
        """Read the result of `receiving.receive`; sales that are complete come first."""
        served = [Served(s["id"], s["number"], s["units"], s["fully"]) for s in result["sales"]]
        served.sort(key=lambda one: not one.fully)
        return cls(
            journal_id,
            result["goods_in"]["id"],
            result["goods_in"]["number"],
            result["po"]["id"],
            result["po"]["number"],
            result["units"],
            result["allocated"],
            tuple(served),
            result["left_on_order"],
            bool(result["closed"]),
            quarantined=result["quarantined"],
        )


def away_words(since: datetime, waiting: int, *, kept: bool) -> str:
    """What the page says while the database is away (RCV-12)."""
    scans = count(waiting, "scan")
    if kept:
        rest = f"{scans} saved on this computer: they count as soon as the database answers."
    else:
        rest = f"{scans} not saved yet: keep this window open until the database answers."
    return f"Not connected since {since.astimezone().strftime('%H:%M')}. {rest}"


def resumed_words(counted: int, refused: Sequence[str]) -> str:
    """What the strip says of scans that an earlier program left on this computer."""
    parts = []
    if counted:
        verb = "is" if counted == 1 else "are"
        parts.append(f"{count(counted, 'scan')} kept on this computer {verb} counted now.")
    if refused:
        parts.append(f"{count(len(refused), 'scan')} could not be counted: {refused[0]}")
    return " ".join(parts)


def received_sentence(result: dict[str, Any]) -> str:
    """What the strip says after a receipt."""
    head = (
        f"Received {counted_units(result['units'])}{_damaged(result['quarantined'])}"
        f" on goods-in note {result['goods_in']['number']}"
    )
    if not result["allocated"]:
        return head
    return f"{head}, {quantity(result['allocated'])} allocated to {count(len(result['sales']), 'sale')}"


def _damaged(units: int) -> str:
    return f" ({quantity(units)} damaged)" if units else ""


def linked_sentence(result: dict[str, Any]) -> str:
    """What the strip says after an unknown code was linked to a line (F4)."""
    linked = result["linked"]
    pack = f", a scan counts {quantity(linked['units'])}" if linked["units"] != UNIT else ""
    return f"{linked['code']} linked to {linked['sku']}{pack}"


def commit_label(preview: ReceiptPreview) -> str:
    """The one button of step 4: "Receive 48 units (3 damaged) and allocate 31 to 12 sales"."""
    head = f"Receive {counted_units(preview.units)}{_damaged(preview.quarantined)}"
    if not preview.allocated:
        return head
    return f"{head} and allocate {quantity(preview.allocated)} to {count(preview.sales_served, 'sale')}"


def allocate_source(allocate: bool, source: Source, warehouse: str, *, chosen: bool) -> str:
    """Where the tick comes from (RCV-09)."""
    if chosen:
        return "Chosen for this delivery"
    word = "On" if allocate else "Off"
    if source is Source.WAREHOUSE:
        return f"{word} for {warehouse} in Purchase settings"
    if source is Source.DEFAULT:
        return f"{word} by default in Purchase settings"
    return f"{word} in Purchase settings"


def service_order(who: str) -> str:
    """The order of service in words (R5.5)."""
    return {
        SERVED_RAISED_FIRST: "sales this order was raised for, then oldest first",
        SERVED_RAISED_ONLY: "only sales this order was raised for, oldest first",
    }.get(who, "oldest first")


def passed_reason(one: PassedOver) -> str:
    """Why a sale that needs the product gets nothing."""
    return {
        "on_hold": "on hold",
        "quote": "a quote",
        "other_warehouse": f"waits in {one.warehouse}" if one.warehouse else "waits elsewhere",
        "ship_complete": "ships complete, not all here yet",
        "not_raised_for": "this order was not raised for it",
    }.get(one.reason, one.reason.replace("_", " "))


def differences(before: ReceiptPreview, now: ReceiptPreview) -> list[str]:
    """What changed between two previews, one sentence each (PR-05)."""
    said: list[str] = []
    was = {(t.sale_row_id, t.product_id): t for t in before.turns}
    here = {(t.sale_row_id, t.product_id): t for t in now.turns}
    for key, turn in here.items():
        old = was.get(key)
        if old is None and turn.units:
            said.append(
                f"#{turn.number} gets {quantity(turn.units)} × {turn.sku}: new in the queue"
            )
        elif old is not None and old.units != turn.units:
            said.append(
                f"#{turn.number} gets {quantity(turn.units)} × {turn.sku}, not {quantity(old.units)}"
            )
    said += [
        f"#{old.number} gets no {old.sku} any more, before {quantity(old.units)}"
        for key, old in was.items()
        if key not in here and old.units
    ]
    rows = {row.po_row_id: row for row in before.rows}
    for row in now.rows:
        earlier = rows.get(row.po_row_id)
        if earlier is not None and (earlier.ordered, earlier.before) != (row.ordered, row.before):
            said.append(
                f"{row.sku}: {quantity(row.before)} of {quantity(row.ordered)} received earlier,"
                f" not {quantity(earlier.before)} of {quantity(earlier.ordered)}"
            )
    return said or ["The order of service changed; nobody gets another quantity."]
