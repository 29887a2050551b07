"""What a scan is answered with: one of eight events, in words, digits and a tone (RCV-04).

Models decide it, the card paints it and the speaker plays it; none of them knows the others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from desktop_app.models.formats import count, quantity
from desktop_app.services.receipt_drafts import Draft, DraftLine, Effect, ScanAnswer


class ScanEvent(StrEnum):
    """The eight events of RCV-04, and the three states between scans."""

    COUNTED = "counted"
    LINE_DONE = "line_done"
    ALL_DONE = "all_done"
    EXTRA = "extra"
    NOT_ON_ORDER = "not_on_order"
    UNKNOWN = "unknown"
    BIN = "bin"
    BOUNCE = "bounce"
    READY = "ready"  # nothing scanned yet
    SAVING = "saving"  # the store has not answered yet
    TAKEN_BACK = "taken_back"  # the last scan was undone, or units were marked damaged


class CardTone(StrEnum):
    """The ground of the card."""

    ACCEPTED = "accepted"
    EXTRA = "extra"
    REFUSED = "refused"
    BIN = "bin"
    WAITING = "waiting"


_TONES = {
    ScanEvent.COUNTED: CardTone.ACCEPTED,
    ScanEvent.LINE_DONE: CardTone.ACCEPTED,
    ScanEvent.ALL_DONE: CardTone.ACCEPTED,
    ScanEvent.EXTRA: CardTone.EXTRA,
    ScanEvent.NOT_ON_ORDER: CardTone.EXTRA,
    ScanEvent.UNKNOWN: CardTone.REFUSED,
    ScanEvent.BIN: CardTone.BIN,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One card. `word` is the verdict, `head` the item code, `big` the running count.

    `beside` stands by the count ("of 12"), `sub` under the code, `delta` is "+1" or "+6", `code`
    what was scanned. `row_id` is the purchase row concerned, for the list to show.
    """

    event: ScanEvent
    word: str
    head: str = ""
    sub: str = ""
    big: str = ""
    beside: str = ""
    delta: str = ""
    code: str = ""
    row_id: int | None = None
    quiet: bool = False
    """The same was said a moment ago, before it was stored: no second sound."""

    @property
    def tone(self) -> CardTone:
        """The ground this answer is painted on."""
        return _TONES.get(self.event, CardTone.WAITING)

    @property
    def spoken(self) -> str:
        """The answer as one sentence, for a screen reader."""
        count = f"{self.big} {self.beside}".strip()
        said = (self.word, self.head, self.delta, count, self.sub)
        return ", ".join(part for part in said if part)


def ready_for(draft: Draft, *, mine: bool) -> Answer:
    """The card of a count that was just opened."""
    so_far = f"{quantity(draft.counted)} of {quantity(draft.to_count)} counted so far"
    if not mine:
        return Answer(ScanEvent.READY, f"{draft.person} is counting", sub=f"{so_far}.")
    if draft.counted:
        return Answer(ScanEvent.READY, "Ready to go on", sub=f"{so_far}. Scan the next item.")
    return Answer(ScanEvent.READY, "Ready to scan", sub="Scan the first item of the delivery.")


def signed(units: int) -> str:
    """A change of a count: "+6", "−1"."""
    return f"+{quantity(units)}" if units >= 0 else quantity(units)


def answer_of(made: ScanAnswer, order_number: int, *, may_link: bool = False) -> Answer:
    """The card for what the store did with a code."""
    to_come = max(made.ordered - made.before, 0)
    where = f"→ {made.location}" if made.location else ""
    counted = Answer(
        ScanEvent.COUNTED,
        "Counted" if made.code else "Count set",
        head=made.sku,
        sub="   ".join(part for part in (where, made.name) if part),
        big=quantity(made.this_time),
        beside=f"of {quantity(to_come)}",
        delta=signed(made.added),
        code=made.code,
        row_id=made.po_row_id,
    )
    if made.effect is Effect.COUNTED:
        return counted
    if made.effect is Effect.LINE_COMPLETE:
        return _with(counted, ScanEvent.LINE_DONE, "Line complete")
    if made.effect is Effect.ORDER_COMPLETE:
        return _with(counted, ScanEvent.ALL_DONE, f"All {quantity(made.counted)} counted")
    if made.effect is Effect.EXTRA:
        all_here = replace(counted, big=quantity(made.this_time + made.extra))
        return _with(all_here, ScanEvent.EXTRA, f"{quantity(made.extra)} extra – more than ordered")
    if made.effect is Effect.BIN:
        return Answer(
            ScanEvent.BIN, "Bin", f"→ {made.location}", "What you scan next goes there.",
            code=made.code,
        )  # fmt: skip
    if made.effect is Effect.NOT_ON_ORDER:
        return _not_on_order(made, order_number)
    link = "F4 links it to a line." if may_link else "A buyer or manager can link it to a line."
    return Answer(
        ScanEvent.UNKNOWN, "Unknown code", made.code, f"Nothing was counted. {link}", code=made.code
    )


def taken_back_answer(taken: dict[str, Any] | None) -> Answer:
    """The card after the last entry was taken back (F9)."""
    if taken is None:
        return Answer(ScanEvent.TAKEN_BACK, "Nothing to take back")
    what = "Damage mark" if taken["effect"] == "damaged" else "Last scan"
    head = taken["sku"] or taken["code"]
    return Answer(ScanEvent.TAKEN_BACK, f"{what} taken back", head, code=taken["code"])


def damage_answer(made: dict[str, Any]) -> Answer:
    """The card after counted units of a line were marked damaged (RCV-07)."""
    total = made["total"]
    said = "Received, but kept in quarantine." if total else "All that is counted is good."
    return Answer(
        ScanEvent.TAKEN_BACK, f"{quantity(total)} damaged" if total else "None damaged", made["sku"],
        said, row_id=made["po_row_id"],
    )  # fmt: skip


def guess(draft: Draft, line: DraftLine, units: int, code: str, added: int) -> Answer:
    """The card of a known code before the store has answered (PR-01): ``units`` are on their way.

    ``added`` of them by this scan. The store confirms it, or says what is true.
    """
    total = line.this_time + line.extra + units
    rest = [x for x in draft.lines if x is not line and x.this_time < x.outstanding]
    effect = Effect.COUNTED
    if total > line.limit:
        effect = Effect.EXTRA
    elif total >= line.outstanding:
        effect = Effect.LINE_COMPLETE if rest else Effect.ORDER_COMPLETE
    counted = sum(one.this_time for one in draft.lines)
    made = ScanAnswer(
        effect, code, line.po_row_id, line.product_id, line.sku, line.name, added,
        max(total - line.limit, 0), min(total, line.limit), line.ordered, line.before,
        counted + min(units, max(line.limit - line.this_time, 0)), location=draft.location,
    )  # fmt: skip
    return answer_of(made, draft.number)


def _with(base: Answer, event: ScanEvent, word: str) -> Answer:
    return replace(base, event=event, word=word)


def _not_on_order(made: ScanAnswer, order_number: int) -> Answer:
    if not made.orders:
        where = "Not counted. No open order has it."
    elif len(made.orders) == 1:
        where = f"Not counted. It is on PO {made.orders[0].number}: F7 counts that order."
    else:
        first, others = made.orders[0].number, len(made.orders) - 1
        where = f"Not counted. It is on PO {first} and {count(others, 'more order')}: F7 counts PO {first}."
    return Answer(
        ScanEvent.NOT_ON_ORDER, f"Not on PO {order_number}", made.sku or made.code, where,
        code=made.code,
    )  # fmt: skip
