"""Batch purchase order: options, live preview, one commit, result with Undo (ux 3.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from desktop_app.models import batch_words
from desktop_app.models.batch_edits import BatchEdits, Dropped
from desktop_app.models.batch_opening import Opening, opening
from desktop_app.services import purchasing, settings
from desktop_app.services.access import Permission
from desktop_app.services.backend import Done
from desktop_app.services.batch_preview import Difference, Line, Preview, changed_lines
from desktop_app.services.errors import Conflict, ServiceError, Stopped
from desktop_app.services.progress import Progress
from desktop_app.services.purchasing import BatchRequest
from desktop_app.views.batch_addresses import AddressesDialog, lacking
from desktop_app.views.batch_assign import AssignSuppliers
from desktop_app.views.batch_options import OptionChoices
from desktop_app.views.batch_page import BatchPage
from desktop_app.views.batch_result import ResultPage, done_words
from desktop_app.views.desk import Desk
from desktop_app.views.messages import may_help_to_retry, sentence
from desktop_app.views.safe_dialog import SafeDialog

DEBOUNCE_MS = 200
PROGRESS_AFTER_MS = 400
PROGRESS_EVERY_MS = 100
KEY = "batch_preview"


class BatchDialog(SafeDialog):
    """``placed(result)`` after the commit: the answer of ``purchasing.place_batch``."""

    placed = Signal(object)

    def __init__(self, desk: Desk, sale_ids: Sequence[int], parent: QWidget | None = None) -> None:
        super().__init__("Batch purchase order", parent)
        self._desk = desk
        self._sale_ids = tuple(sale_ids)
        self._once = str(uuid4())  # this dialog can place one batch, however often it is told to
        self.edits = BatchEdits()
        self._opening: Opening | None = None
        self._shown: Preview | None = None
        self._held: Preview | None = None
        self._asked: BatchRequest | None = None
        self._fresh = False  # what is shown is what would be created
        self._accepting = False
        self._busy = False
        self._leaving = False
        self._result: dict[str, Any] | None = None
        self._progress = Progress()
        # Parents from the top down: a style sheet polishes all below a widget that gets a new one.
        self._stack = QStackedWidget(self)
        self.page = BatchPage(self.edits, self._stack)
        self.result_page: ResultPage | None = None
        self._stack.addWidget(self.page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)
        self._wait = QTimer(self, singleShot=True, interval=DEBOUNCE_MS)
        self._wait.timeout.connect(self._ask)
        self._poll = QTimer(self, interval=PROGRESS_EVERY_MS)
        self._poll.timeout.connect(self._show_progress)
        self._connect()
        self._place()
        self._settle()
        who = desk.backend.actor.person_id
        desk.read(self, opening, who, then=self._opened, failed=self._fail)

    def _connect(self) -> None:
        page = self.page
        page.options.changed.connect(self._changed)
        page.preview.model.edited.connect(self._changed)
        page.preview.tree.editor_left.connect(self._release)
        page.preview.assign_wanted.connect(self._assign)
        page.preview.open_wanted.connect(self._desk.open)
        page.preview.fix_wanted.connect(self._fix)
        page.preview.restore_wanted.connect(self._restore)
        page.commit.clicked.connect(self.commit)
        page.cancel.clicked.connect(self._cancel)
        page.company.clicked.connect(self._use_company)

    def _place(self) -> None:
        width, height = self._desk.config.sizes.get("batch", [1240, 800])
        room = self.screen().availableGeometry()
        self.resize(min(width, room.width()), min(height, room.height()))

    # --- asking ----------------------------------------------------------------------------------

    def _opened(self, found: Opening) -> None:
        self._opening = found
        self.page.options.set_choices(
            OptionChoices(found.suppliers, found.sale_statuses, found.po_statuses, found.warehouses)
        )
        self.page.options.set_options(found.options)
        self.page.preview.suppliers = found.suppliers
        self._say_source()
        self._ask()

    def _say_source(self) -> None:
        found = self._opening
        if found is None:
            return
        now = self.page.options.options()
        if now == found.company:
            self.page.say_source("Company's default options", can_reset=False)
        elif found.own and now == found.options:
            self.page.say_source("Your last options", can_reset=True)
        else:
            self.page.say_source("Options changed", can_reset=True)

    def _use_company(self) -> None:
        if self._opening is not None:
            self.page.options.set_options(self._opening.company)
            self._changed()

    def _changed(self) -> None:
        """An option or an edit: what is shown is old news until the next preview (BPO-09)."""
        if self._opening is None or self._result is not None:
            return
        self._asked = None
        self._fresh = self._accepting = False
        self._leaving = False
        self.page.preview.message.clear()
        self._say_source()
        self._wait.start()
        self._settle()

    def _request(self) -> BatchRequest:
        return BatchRequest(self._sale_ids, self.page.options.options(), self.edits.frozen())

    def _ask(self) -> None:
        self._wait.stop()
        self._fresh = False
        self._asked = request = self._request()
        self._desk.read(
            self, purchasing.preview, request, key=KEY,
            then=lambda found: self._arrived(request, found), failed=self._fail,
        )  # fmt: skip
        self._settle()

    def _arrived(self, request: BatchRequest, found: Preview) -> None:
        if request is not self._asked:
            return  # something changed since it was asked
        if self.page.preview.tree.is_editing:
            self._held = found  # the row being typed into must not move under the hand
            return
        self._show(found)

    def _release(self) -> None:
        held, self._held = self._held, None
        if held is not None and self._asked is not None:
            self._show(held)

    def _show(self, found: Preview, differences: Sequence[Difference] = ()) -> None:
        self._shown, self._fresh = found, True
        self.page.preview.show_preview(found, differences)
        self._settle()

    def _fail(self, error: Exception) -> None:
        """A preview that could not be made; a bug goes to the crash window."""
        if not isinstance(error, ServiceError):
            raise error
        self._shown, self._fresh = None, False
        retry = (("Try again", self._ask),) if may_help_to_retry(error) else ()
        self.page.preview.message.say("wrong", sentence(error), retry)
        self._settle()

    # --- state -----------------------------------------------------------------------------------

    def _settle(self) -> None:
        page, shown = self.page, self._shown
        page.preview.set_pending(pending=not self._fresh)
        page.show_totals(shown, pending=not self._fresh)
        page.commit.setText(batch_words.commit_label(shown, accept=self._accepting))
        why = self._why_not()
        page.commit.setEnabled(not why)
        page.commit.setToolTip(why or "Ctrl+Enter")
        page.set_busy(busy=self._busy)

    def _why_not(self) -> str:
        """Why the commit button is grey."""
        if role := self._desk.why_not(Permission.PLACE_PURCHASES):
            return role
        if self._busy:
            return "Working on it"
        if self.edits.unread:
            return "Correct the quantities that cannot be read first"
        if not self._fresh or self._shown is None:
            return "The preview is being worked out"
        return "" if self._shown.can_place else "There is nothing to order"

    # --- fixing ----------------------------------------------------------------------------------

    def _assign(self, lines: Sequence[Line]) -> None:
        suppliers = self._opening.suppliers if self._opening is not None else ()
        none_yet = all(line.supplier_id is None for line in lines)
        dialog = AssignSuppliers(lines, suppliers, self, keep=none_yet)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self._assigned(dialog, lines))
        dialog.open()

    def _assigned(self, dialog: AssignSuppliers, lines: Sequence[Line]) -> None:
        chosen = dialog.choices()
        if not chosen:
            return
        self.edits.assign(lines, chosen)
        self._changed()

    def _type_addresses(self) -> None:
        if self._shown is not None:
            dialog = AddressesDialog(lacking(self._shown.left_out), self)
            dialog.accepted.connect(lambda: self._addressed(dialog.addresses()))
            dialog.open()

    def _addressed(self, addresses: dict[int, str]) -> None:
        self.edits.addresses.update(addresses)
        self._changed()

    def _fix(self, _line: Line | None, what: str) -> None:
        if what == "address":
            self._type_addresses()
        now = self.page.options.options()
        fixed = {
            "packs": replace(now, round_up_to_packs=True),
            "drafts": replace(now, exclude_purchase_orders=True),
            "quote": replace(now, include_quotes=True),
            "service": replace(now, include_services=True),
            "non_stock": replace(now, include_non_stock=True),
        }.get(what)
        if fixed is not None:
            self.page.options.set_options(fixed)
            self._changed()

    def _restore(self, dropped: Dropped) -> None:
        """Go back to the options under which the edited line was there (BPO-11)."""
        self.page.options.set_options(dropped.home)
        self._changed()

    # --- committing ------------------------------------------------------------------------------

    def commit(self) -> None:
        """Place what is shown. Pressed twice, it is still placed once (BPO-14)."""
        if not self.page.commit.isEnabled() or self._busy or self._shown is None:
            return
        shown = self._shown
        request = BatchRequest(self._sale_ids, shown.options, shown.edits)
        self._busy = True
        self._progress = Progress()
        self.page.preview.message.clear()
        self._desk.run(
            self, purchasing.place_batch(request, shown.fingerprint), once=self._once,
            then=self._placed, failed=self._refused, says=done_words, progress=self._progress,
        )  # fmt: skip
        QTimer.singleShot(PROGRESS_AFTER_MS, self, self._start_progress)
        self._settle()

    def _start_progress(self) -> None:
        if self._busy:
            self._poll.start()
            self._show_progress()

    def _show_progress(self) -> None:
        self.page.show_progress(self._progress if self._busy else None)

    def _end_work(self) -> None:
        self._busy = False
        self._poll.stop()
        self._show_progress()

    def _refused(self, error: Exception) -> None:
        self._end_work()
        if not isinstance(error, ServiceError):
            raise error
        message = self.page.preview.message
        if isinstance(error, Stopped) and self._leaving:
            super().reject()
            return
        if isinstance(error, Conflict) and isinstance(error.now, Preview):
            self._changed_meanwhile(error.now)
            return
        if isinstance(error, Stopped):
            message.say("info", "Stopped. Nothing was created.")
        else:
            again = (("Try again", self.commit),) if may_help_to_retry(error) else ()
            message.say("wrong", sentence(error), again)
        self._settle()

    def _changed_meanwhile(self, now: Preview) -> None:
        """Nothing was written: show what is different, and ask again (BPO-14, R3.10)."""
        before = self._shown
        differences = changed_lines(before, now) if before is not None else ()
        self._accepting = True
        self._show(now, differences)
        self.page.preview.message.say("part", batch_words.changed(differences))
        self.page.commit.setFocus()

    def _placed(self, done: Done[dict[str, Any]]) -> None:
        self._end_work()
        self._result = done.result
        shown = self._shown
        status = shown.status_name if shown is not None else ""
        self.result_page = page = ResultPage(self._desk, done, status, self._stack)
        page.open_wanted.connect(self._leave_for)
        page.close_wanted.connect(self.accept)
        self._stack.addWidget(page)
        self._stack.setCurrentWidget(page)
        page.close_button.setFocus()
        self._remember()
        self.placed.emit(done.result)

    def _remember(self) -> None:
        """The options that were used are this person's next time (BPO-18)."""
        found, shown = self._opening, self._shown
        if found is None or shown is None:
            return
        used = purchasing.to_remember(shown.options)
        if used != purchasing.to_remember(found.options):
            self._desk.run(self, settings.remember(settings.BATCH_OPTIONS, dict(used)))

    def _leave_for(self, kind: str, key: object) -> None:
        self.accept()
        self._desk.open(kind, key)

    # --- leaving and keys ------------------------------------------------------------------------

    def _cancel(self) -> None:
        if self._busy:
            self._progress.stop()
        else:
            self.reject()

    def reject(self) -> None:
        """Leave; asks once where work would be lost, and while orders are being created."""
        if self._result is not None:
            self.accept()
        elif self._busy:
            self._ask_to_stop()
        elif self.edits and not self._leaving:
            self._leaving = True
            lost = batch_words.lost(self.edits.count())
            acts = (("Leave without creating", super().reject), ("Go on", self._stay))
            self.page.preview.message.say("part", lost, acts)
            self.page.preview.message.buttons[0].setFocus()
        else:
            super().reject()

    def _ask_to_stop(self) -> None:
        if self._leaving:
            return
        self._leaving = True
        words = "Purchase orders are being created. Stop, and create none of them?"
        acts = (("Stop", self._progress.stop), ("Go on", self._stay))
        self.page.preview.message.say("part", words, acts)

    def _stay(self) -> None:
        self._leaving = False
        self.page.preview.message.clear()
        self.page.preview.tree.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_F6:
            back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.page.next_pane(-1 if back else 1)
        elif event.key() == Qt.Key.Key_Escape and self._leaving and not self._busy:
            self._stay()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.page.fit(event.size().width())

    def done(self, code: int) -> None:
        self._desk.config.sizes["batch"] = [self.width(), self.height()]
        super().done(code)
