"""The receive page without its widgets: steps, answers, draft, "what next" (architecture 10).

Four steps (RCV-01 to RCV-11): find the order, scan the goods, look who gets them, confirm. Every
scan is a command of its own, sent in order and at once; `answered` fires at once for codes of this
order, and when the store has answered for all. Quantities in ten-thousandths.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any
from uuid import uuid4

from PySide6.QtCore import QObject, QTimer, Signal

from desktop_app.models.receipt_decisions import Decisions, Extra, Short
from desktop_app.models.receipt_queue import Office, Pending, ReceiptQueue
from desktop_app.models.receipt_words import Posted, linked_sentence, received_sentence
from desktop_app.models.scan_answer import (
    Answer,
    ScanEvent,
    answer_of,
    damage_answer,
    guess,
    ready_for,
    taken_back_answer,
)
from desktop_app.services import (
    receipt_damage,
    receipt_drafts,
    receipt_links,
    receipt_undo,  # noqa: F401 - declares how a receipt is taken back
    receiving,
)
from desktop_app.services.access import Permission
from desktop_app.services.backend import Done
from desktop_app.services.changes import Changes, Topic
from desktop_app.services.errors import Conflict, Rejected
from desktop_app.services.receipt_drafts import Draft, DraftLine, Effect, LineState, ScanAnswer
from desktop_app.services.receiving import ReceiptPreview, ReceiptRequest
from desktop_app.services.rules.money import UNIT

BOUNCE_MS = 150
"""The same code again within this time is the scanner's bounce (RCV-04)."""

LATE_MS = 60
"""A code that is not known here gets a card that says "saving" after this time (PR-01, RCV-12)."""

PREVIEW_MS = 120


class Step(IntEnum):
    """The four steps, and the page after them."""

    FIND = 0
    SCAN = 1
    ALLOCATE = 2
    CONFIRM = 3
    DONE = 4


@dataclass(frozen=True, slots=True)
class Unknown:
    """A code that was refused, and how often it was to count."""

    code: str
    many: int | None


class ReceiveFlow(QObject):
    """One delivery at a time. The page listens and paints; it decides nothing."""

    step_changed = Signal(int)
    draft_changed = Signal()
    preview_changed = Signal()
    answered = Signal(object)  # Answer
    saved_changed = Signal()
    refused = Signal(object)  # a ServiceError, for the page to say
    differs = Signal()  # the allocation changed since the preview; see `before`
    posted = Signal(object)  # Posted

    def __init__(
        self,
        desk: Office,
        parent: QObject | None = None,
        clock: Callable[[], float] = time.monotonic,
        queue: ReceiptQueue | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._clock = clock
        self.step = Step.FIND
        self.draft: Draft | None = None
        self.preview: ReceiptPreview | None = None
        self.before: ReceiptPreview | None = None
        self.preview_error: Exception | None = None
        self.result: Posted | None = None
        self.saved_at: datetime | None = None
        self.elsewhere: int | None = None  # the order that has the product scanned last (F7)
        self.unknown: Unknown | None = None  # the code of the red card (F4)
        self.decided = Decisions()
        self.quantity: int | None = None
        self.busy = False
        self._allocate: bool | None = None
        self._reference = ""
        self._known: dict[str, tuple[int, int]] = {}
        self._last_code = ("", 0.0)
        self._agreed: tuple[ReceiptRequest, str] | None = None
        self._commit_when_saved = False
        self._queue = queue or ReceiptQueue(desk, self)
        self._queue.stored.connect(self._stored)
        self._queue.refused.connect(self._not_stored)
        self._queue.changed.connect(self.saved_changed)
        self._soon = QTimer(self, singleShot=True, interval=PREVIEW_MS)
        self._soon.timeout.connect(self._read_preview)

    # -- where we are -------------------------------------------------------------

    @property
    def mine(self) -> bool:
        """Whether this person counts the draft; a colleague's is read only (RCV-02)."""
        return self.draft is not None and self.draft.person_id == self._desk.backend.actor.person_id

    @property
    def counted(self) -> int:
        """Units that can be received, extras not included."""
        return sum(line.this_time for line in self.lines)

    @property
    def lines(self) -> tuple[DraftLine, ...]:
        """The lines of the draft."""
        return self.draft.lines if self.draft is not None else ()

    @property
    def unsaved(self) -> int:
        """Scans that the store has not answered yet."""
        return len(self._queue)

    @property
    def away_since(self) -> datetime | None:
        """Since when the database has not answered; None while it does."""
        return self._queue.away_since

    @property
    def kept_here(self) -> bool:
        """Whether what the store does not have yet is safe on this computer (RCV-12)."""
        return self._queue.is_kept

    @property
    def allocate(self) -> bool:
        """The choice in force: the clerk's, else what the setting says."""
        if self._allocate is not None:
            return self._allocate
        return self.preview.allocate if self.preview is not None else True

    @property
    def allocate_chosen(self) -> bool:
        """Whether the clerk chose, rather than the setting."""
        return self._allocate is not None

    @property
    def reference(self) -> str:
        """The supplier's delivery note."""
        return self._reference

    def why_not(self, step: Step) -> str:
        """Why a step cannot be gone to now; empty where it can."""
        if self.step is Step.DONE:
            return "" if step is Step.FIND else "This delivery is received."
        if step is Step.FIND:
            return ""
        if self.draft is None:
            return "Find an order first."
        if step > Step.SCAN and not self.mine:
            return f"{self.draft.person} is counting this."
        if step > Step.SCAN and not any(map(self.decided.units, self.lines)):
            return "Nothing is counted yet."
        return ""

    def go(self, step: Step) -> bool:
        """Move to a step; False where `why_not` has a reason."""
        if self.why_not(step):
            return False
        if step is Step.FIND:
            self.leave()
            return True
        self._to(step)
        if step > Step.SCAN:
            self._read_preview()
        return True

    def _to(self, step: Step) -> None:
        if step is not self.step:
            self.step = step
            self.step_changed.emit(int(step))

    # -- opening and leaving --------------------------------------------------------

    def open_order(self, po_id: int) -> None:
        """Count an order: begin its draft or go on with it."""

        def begun(done: Done[Any]) -> None:
            if self.draft is not None and self.draft.id != done.result["draft_id"]:
                self._drop_untouched()
            self._forget()
            self._desk.read(
                self, receipt_drafts.draft, done.result["draft_id"], then=self._opened,
                failed=self.refused.emit, key="draft",
            )  # fmt: skip

        self._desk.run(
            self, receipt_drafts.start_or_continue(po_id), then=begun, failed=self.refused.emit
        )

    def _opened(self, draft: Draft) -> None:
        self._take(draft)
        self._read_codes(draft)
        self._to(Step.SCAN)
        self.answered.emit(ready_for(draft, mine=self.mine))
        self._soon.start()

    def _read_codes(self, draft: Draft) -> None:
        def came(found: dict[str, tuple[int, int]]) -> None:
            if self.draft is not None and self.draft.id == draft.id:
                self._known = self._item_codes() | found

        self._desk.read(self, receipt_drafts.known_codes, draft.id, then=came, key="codes")

    def _item_codes(self) -> dict[str, tuple[int, int]]:
        skus = [line.sku for line in self.lines]
        return {x.sku: (x.po_row_id, UNIT) for x in self.lines if skus.count(x.sku) == 1}

    def leave(self) -> None:
        """Save and leave: everything is stored already; a draft with nothing in it is dropped."""
        self._drop_untouched()
        self._forget()
        self._to(Step.FIND)
        self.draft_changed.emit()

    def _drop_untouched(self) -> None:
        draft = self.draft
        if draft is None or draft.last is not None or draft.reference:
            return
        if self.mine and not self._queue:
            self._desk.run(self, receipt_drafts.discard(draft.id), failed=lambda _: None)

    def discard(self) -> None:
        """Throw the count away and go back to the orders."""
        draft = self.draft
        if draft is None:
            return
        self._forget()
        self._desk.run(
            self, receipt_drafts.discard(draft.id), failed=self.refused.emit,
            says=f"Count of PO {draft.number} discarded.",
        )  # fmt: skip
        self._to(Step.FIND)
        self.draft_changed.emit()

    def take_over(self) -> None:
        """Count on where a colleague stopped (RCV-02)."""
        if self.draft is not None:
            po_id = self.draft.po_id
            self._desk.run(
                self, receipt_drafts.take_over(self.draft.id), then=lambda _: self.open_order(po_id),
                failed=self.refused.emit,
            )  # fmt: skip

    def _forget(self) -> None:
        self.draft = self.preview = self.before = self.preview_error = self.result = None
        self.saved_at = self.elsewhere = self.unknown = self.quantity = self._allocate = None
        self._reference = ""
        self.decided = Decisions()
        self._known = {}
        self._agreed = None
        self._commit_when_saved = self.busy = False
        self._soon.stop()

    def changed(self, changes: Changes) -> None:
        """Something was committed, here or elsewhere: read again what this page shows."""
        if self.draft is None or self.step is Step.DONE:
            return
        drafts = changes.topics.get(Topic.DRAFTS, set())
        elsewhere = changes.by != self._desk.backend.actor.workstation
        codes = Topic.PRODUCTS in changes.topics  # linked, or a link undone, perhaps here
        if codes:
            self._read_codes(self.draft)
        counted = drafts is None or self.draft.id in drafts
        if (elsewhere or codes) and counted and not self._queue:
            self.reread()
        if {Topic.SALES, Topic.STOCK, Topic.SETTINGS, Topic.PURCHASES} & changes.topics.keys():
            self._soon.start()

    def reread(self) -> None:
        """Read the draft again."""
        if self.draft is not None:
            self._desk.read(
                self, receipt_drafts.draft, self.draft.id, then=self._reread, failed=self._gone,
                key="draft",
            )  # fmt: skip

    def _reread(self, draft: Draft) -> None:
        if self.draft is not None and draft.id == self.draft.id and not self._queue:
            self._take(draft)
            self._soon.start()

    def _gone(self, error: Exception) -> None:
        """Somebody received or discarded the order while it was open here."""
        if self.step is Step.DONE:
            return
        if isinstance(error, Rejected):
            self._forget()
            self._to(Step.FIND)
            self.draft_changed.emit()
        self.refused.emit(error)

    def _take(self, draft: Draft) -> None:
        self.draft = draft
        self.saved_at = draft.updated_at
        if self._allocate is None:
            self._allocate = draft.allocate
        self._reference = self._reference or draft.reference
        self._known |= self._item_codes()
        self.decided.keep(draft)
        self.draft_changed.emit()
        self.saved_changed.emit()

    # -- counting -----------------------------------------------------------------

    def scan(self, code: str) -> None:
        """A code from the scanner, or typed: count it, `quantity` times where one was typed."""
        draft, code = self.draft, code.strip()
        if draft is None or not code or not self._may_count():
            return
        before, at = self._last_code
        self._last_code = (code, self._clock())
        many, self.quantity = self.quantity, None
        if code == before and (self._clock() - at) * 1000 < BOUNCE_MS and many is None:
            self.answered.emit(Answer(ScanEvent.BOUNCE, "", code=code))
            return
        self.unknown = None
        row, units = self._known.get(code, (None, UNIT))
        pending = self._queue.add(receipt_drafts.scan(draft.id, code, many), draft.id, code, row)
        pending.units = units * many // UNIT if many is not None else units
        pending.many, pending.times = many is not None, many
        if row is not None:
            self._answer_from_here(pending)
        else:
            QTimer.singleShot(LATE_MS, self, lambda: self._late(pending))

    @property
    def may_link(self) -> bool:
        """R11.1: buyers and managers always, clerks where the purchase setting says so."""
        lets = self.draft is not None and self.draft.clerks_link
        return lets or self._desk.may(Permission.LINK_CODES)

    def link(self, row_id: int, units: int) -> None:
        """Make the code of the red card a barcode of a line; it is counted with it (F4).

        It goes through the queue as every scan does, so it is kept and sent in order (RCV-12).
        """
        draft, found = self.draft, self.unknown
        if draft is None or found is None or not self._may_count():
            return
        self.unknown = None
        call = receipt_links.link_code(draft.id, found.code, row_id, units, found.many)
        pending = self._queue.add(call, draft.id, found.code, row_id, says=linked_sentence)
        pending.units = units if found.many is None else units * found.many // UNIT
        pending.many = found.many is not None
        QTimer.singleShot(LATE_MS, self, lambda: self._late(pending))

    def set_line(self, row_id: int, units: int) -> None:
        """Set what was counted of a row, extras included."""
        if self.draft is not None and self._may_count():
            self._queue.add(
                receipt_drafts.set_line(self.draft.id, row_id, units), self.draft.id, "", row_id
            )

    def whole_line(self, row_id: int) -> None:
        """Count a row as complete (F8)."""
        if self.draft is not None and self._may_count():
            self._queue.add(
                receipt_drafts.whole_line(self.draft.id, row_id), self.draft.id, "", row_id
            )

    def mark_damaged(self, row_id: int, units: int, reason: str, text: str = "") -> None:
        """Say how many of a line's counted units are damaged under a reason (F11, RCV-07)."""
        if self.draft is not None and self._may_count():
            call = receipt_damage.mark_damaged(self.draft.id, row_id, units, reason, text)
            self._queue.add(call, self.draft.id).then = self._damaged

    def _damaged(self, result: dict[str, Any]) -> None:
        self.answered.emit(damage_answer(result["damaged"]))

    def undo_last(self) -> None:
        """Take back the last scan (F9)."""
        if self.draft is not None and self._may_count():
            draft = self.draft.id
            self._queue.add(receipt_drafts.undo_last_scan(draft), draft).then = self._taken_back

    def set_allocate(self, allocate: bool) -> None:
        """The clerk's choice for this delivery (R5.4)."""
        if self.draft is not None and allocate != self._allocate and self._may_count():
            self._allocate = allocate
            self._queue.add(
                receipt_drafts.set_details(self.draft.id, allocate=allocate), self.draft.id
            )
            self._read_preview()

    def set_reference(self, reference: str) -> None:
        """Keep the supplier's delivery note in the draft."""
        reference = reference.strip()
        if self.draft is not None and reference != self._reference and self._may_count():
            self._reference = reference
            self._queue.add(
                receipt_drafts.set_details(self.draft.id, reference=reference), self.draft.id
            )
            self._read_preview()

    def _may_count(self) -> bool:
        return self.mine and not self.busy and self.step is not Step.DONE

    def _stored(self, pending: Pending, result: dict[str, Any]) -> None:
        if self.draft is not None and pending.draft_id == self.draft.id:
            self.saved_at = datetime.now(UTC)
            said = result.get("answer", result)  # a link tells what was linked beside it
            if "effect" in said:
                self._show(pending, ScanAnswer.of(said))
            if pending.then is not None:
                pending.then(result)
            if not self._queue:
                self.reread()
        if self._commit_when_saved and not self._queue:
            self.commit()

    def _not_stored(self, pending: Pending, error: Exception) -> None:
        self._commit_when_saved = False
        if self.draft is not None and pending.draft_id == self.draft.id:
            self.reread()
            self.refused.emit(error)

    def _show(self, pending: Pending, made: ScanAnswer) -> None:
        line = self.line(made.po_row_id)
        answer = answer_of(made, self.draft.number if self.draft else 0, may_link=self.may_link)
        self.elsewhere = made.orders[0].id if made.orders else None
        if made.effect is Effect.UNKNOWN and not self._queue:
            self.unknown = Unknown(pending.code, pending.times)
        if line is not None:
            self._keep(line, made)
            if pending.code and not pending.many and made.added > 0:
                self._known[pending.code] = (line.po_row_id, made.added)
        said = pending.shown
        if said is not None and (said.event, said.big) == (answer.event, answer.big):
            if self._queue:
                return  # the card is a scan further already
            answer = replace(answer, quiet=True)
        self.answered.emit(answer)

    def _keep(self, line: DraftLine, made: ScanAnswer) -> None:
        """Show the stored count at once; the draft that is read next brings the rest."""
        assert self.draft is not None
        extra = made.extra
        state = LineState.EXTRA if extra else LineState.PART if made.this_time else LineState.NONE
        if not extra and made.effect in (Effect.LINE_COMPLETE, Effect.ORDER_COMPLETE):
            state = LineState.DONE
        kept = replace(line, this_time=made.this_time, extra=extra, state=state)
        lines = tuple(kept if one is line else one for one in self.draft.lines)
        self.draft = replace(self.draft, lines=lines, counted=made.counted)
        self.draft_changed.emit()

    def _late(self, pending: Pending) -> None:
        """The store takes its time over a code that is not known here: say that it is coming."""
        if pending in self._queue and self.draft is not None:
            pending.shown = Answer(
                ScanEvent.SAVING,
                "Saving",
                pending.code,
                "Waiting for the database.",
                code=pending.code,
            )
            self.answered.emit(pending.shown)

    def _answer_from_here(self, pending: Pending) -> None:
        """A code that is known on this order: the card at once, the store confirms it (PR-01)."""
        line = self.line(pending.row_id)
        if line is not None:
            ahead = self._queue.up_to(pending) if pending in self._queue else [pending]
            units = sum(one.units for one in ahead if one.row_id == line.po_row_id)
            assert self.draft is not None
            pending.shown = guess(self.draft, line, units, pending.code, pending.units)
            self.answered.emit(pending.shown)

    def _taken_back(self, result: dict[str, Any]) -> None:
        self.answered.emit(taken_back_answer(result.get("undone")))

    def line(self, row_id: int | None) -> DraftLine | None:
        """The line of a purchase row."""
        return next((line for line in self.lines if line.po_row_id == row_id), None)

    # -- deciding and receiving -------------------------------------------------------

    def decide_extra(self, row_id: int, what: Extra) -> None:
        """Set extras aside, or raise the row and receive them (buyer or manager, R5.3)."""
        if self.decided.extras.get(row_id) != what:
            self.decided.extras[row_id] = what
            self._read_preview()

    def decide_short(self, what: Short, reason: str = "") -> None:
        """Leave what is missing on the order, or say that it will not come."""
        decided = self.decided
        if (decided.short, decided.close_reason) != (what, reason):
            decided.short, decided.close_reason = what, reason
            self._read_preview()

    def request(self) -> ReceiptRequest:
        """What would be received now, with what was decided."""
        assert self.draft is not None
        return self.decided.request(self.draft, self._allocate, self._reference)

    def _read_preview(self) -> None:
        self._soon.stop()
        if self.draft is None or self.busy or self.step is Step.DONE:
            return
        asked = self.request()
        if not asked.rows:
            self.preview = None
            self.preview_changed.emit()
            return
        self._desk.read(
            self, receiving.allocation_preview, asked, then=self._previewed,
            failed=self._not_previewed, key="preview",
        )  # fmt: skip

    def _previewed(self, preview: ReceiptPreview) -> None:
        if self.draft is not None and preview.po_id == self.draft.po_id and not self.busy:
            self.preview, self.preview_error = preview, None
            self.preview_changed.emit()

    def _not_previewed(self, error: Exception) -> None:
        self.preview, self.preview_error = None, error
        self.preview_changed.emit()

    def commit(self) -> None:
        """Receive what the preview shows. Sent twice, it is done once (R5.11)."""
        if self.preview is None or self.busy or self.draft is None:
            return
        if self._queue:
            self._commit_when_saved = True
            return
        self._commit_when_saved = False
        asked = replace(self.request(), agreed=self.preview.fingerprint)
        if self._agreed is None or self._agreed[0] != asked:
            self._agreed = (asked, str(uuid4()))
        self.busy = True
        self.preview_changed.emit()
        self._desk.run(
            self, receiving.receive(asked), once=self._agreed[1], then=self._received,
            failed=self._not_received, says=received_sentence,
        )  # fmt: skip

    def _received(self, done: Done[Any]) -> None:
        self.busy = False
        self.result = self._posted(Posted.of(done.result, done.journal_id))
        self._to(Step.DONE)
        self.posted.emit(self.result)

    def _posted(self, made: Posted) -> Posted:
        """Add what the counted lines know: what is still to come, and what was set aside."""
        rows = self.preview.rows if self.preview is not None and not made.closed else ()
        return replace(
            made,
            to_come=tuple((row.sku, row.short) for row in rows if row.short),
            set_aside=tuple(
                (line.sku, line.extra) for line in self.lines
                if line.extra and not self.decided.raises(line)
            ),
        )  # fmt: skip

    def _not_received(self, error: Exception) -> None:
        self.busy = False
        if isinstance(error, Conflict) and isinstance(error.now, ReceiptPreview):
            self.before, self.preview = self.preview, error.now
            self.differs.emit()
            self.preview_changed.emit()
            return
        if isinstance(error, Conflict):
            self.reread()
        self.preview_changed.emit()
        self.refused.emit(error)
