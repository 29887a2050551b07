"""Receive stock: four steps on one page that can be left and resumed (ux 3.4)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop_app.models.formats import quantity
from desktop_app.models.receipt_queue import ReceiptQueue
from desktop_app.models.receipt_words import Posted, away_words
from desktop_app.models.receive_flow import ReceiveFlow, Step
from desktop_app.models.scan_answer import Answer, ScanEvent
from desktop_app.models.scan_filter import ScanFilter
from desktop_app.services.access import Permission
from desktop_app.services.changes import Changes, Topic
from desktop_app.services.errors import ServiceError
from desktop_app.views.desk import Desk
from desktop_app.views.messages import sentence
from desktop_app.views.notice import Act, Notice
from desktop_app.views.receive_allocate import AllocatePanel
from desktop_app.views.receive_confirm import ConfirmPanel
from desktop_app.views.receive_damage import DamageDialog
from desktop_app.views.receive_done import DonePanel
from desktop_app.views.receive_find import FindPanel
from desktop_app.views.receive_head import ReceiveHead
from desktop_app.views.receive_link import LinkDialog
from desktop_app.views.receive_log import ScanLog
from desktop_app.views.receive_parts import StepBar, ask_to_discard
from desktop_app.views.receive_scan import ScanPanel
from desktop_app.views.sounds import Sounds
from desktop_app.views.tokens import PAGE_MARGIN, RELATED_GAP

HEADING = "Goods in"
KEYS = (
    ("F4", "Link the unknown code of the red card to a line"),
    ("F7", "Count the order that has the product scanned last"),
    ("F8", "Count the line as complete"),
    ("F9", "Undo the last scan"),
    ("F10", "Save and leave"),
    ("F11", "Mark counted units of the line as damaged"),
    ("F12", "Next step"),
    ("24*", "The next scan counts 24"),
    ("Esc", "Back to scanning; forget a typed number"),
    ("Ctrl+Enter", "Receive (step 4)"),
)
REFRESHED_BY = (Topic.DRAFTS, Topic.PURCHASES)


class ReceivePage(QWidget):
    """Goods in. `open_order(po_id)` goes straight to scanning; scans come through the filter."""

    title = HEADING
    claims_scans = True
    keys = KEYS
    title_changed = Signal(str)

    def __init__(
        self,
        desk: Desk,
        scans: ScanFilter,
        parent: QWidget | None = None,
        sounds: Sounds | None = None,
        queue: ReceiptQueue | None = None,
    ) -> None:
        super().__init__(parent)
        self.desk = desk
        self._scans = scans
        self.sounds = sounds or Sounds(self)
        self.flow = ReceiveFlow(desk, self, queue=queue)
        self.pages = QStackedWidget()
        self.find_panel = FindPanel(desk)
        self.strip = self.find_panel.strip
        self.pages.addWidget(self.find_panel)
        self.head = ReceiveHead(self.title, self.sounds)
        self.heading, self.saved = self.head.heading, self.head.saved
        self.sound, self.discard = self.head.sound, self.head.discard
        self.steps = StepBar()
        self.steps.wanted.connect(lambda step: self.flow.go(Step(step)))
        self.notice = Notice()
        self._told = ""  # what the notice is about: "taken", "away", "refused" or nothing
        box = QVBoxLayout(self)
        box.setContentsMargins(PAGE_MARGIN, 4, PAGE_MARGIN, 12)
        box.setSpacing(RELATED_GAP)
        box.addWidget(self.head)
        box.addWidget(self.steps)
        box.addWidget(self.notice)
        box.addWidget(self.pages, 1)
        self._wire()
        self._shortcuts()
        self._show_step()
        self.find_panel.refresh()

    def _wire(self) -> None:
        flow = self.flow
        self.find_panel.chosen.connect(self.open_order)
        self.find_panel.refused.connect(self._refuse)
        flow.step_changed.connect(lambda _step: self._show_step())
        flow.draft_changed.connect(self._show_draft)
        flow.saved_changed.connect(self._show_saved)
        flow.answered.connect(self._answered)
        flow.refused.connect(self._refused)
        flow.posted.connect(self._posted)
        self.head.log_wanted.connect(self._open_log)
        self.head.discard_wanted.connect(self._discard)
        self.desk.hub.changed.connect(self._changed)

    # Built on the first visit (IA-01): together they would hold up the window.

    @cached_property
    def scan_panel(self) -> ScanPanel:
        """Step 2."""
        panel = ScanPanel(self.desk, self.flow)
        panel.said.connect(self._refuse)
        panel.left.connect(self.leave)
        panel.damaged.connect(self._damage)
        panel.reviewed.connect(lambda: self.flow.go(Step.ALLOCATE))
        self.pages.addWidget(panel)
        return panel

    @cached_property
    def allocate_panel(self) -> AllocatePanel:
        """Step 3."""
        panel = AllocatePanel(self.desk, self.flow)
        panel.back.connect(lambda: self.flow.go(Step.SCAN))
        panel.on.connect(lambda: self.flow.go(Step.CONFIRM))
        self.pages.addWidget(panel)
        return panel

    @cached_property
    def confirm_panel(self) -> ConfirmPanel:
        """Step 4."""
        panel = ConfirmPanel(self.desk, self.flow)
        panel.back.connect(lambda: self.flow.go(Step.SCAN))
        self.pages.addWidget(panel)
        return panel

    @cached_property
    def done_panel(self) -> DonePanel:
        """After step 4."""
        panel = DonePanel(self.desk)
        panel.next.connect(self.next_delivery)
        self.pages.addWidget(panel)
        return panel

    def _panel(self, step: Step) -> QWidget:
        if step is Step.SCAN:
            return self.scan_panel
        if step is Step.ALLOCATE:
            return self.allocate_panel
        if step is Step.CONFIRM:
            return self.confirm_panel
        return self.done_panel if step is Step.DONE else self.find_panel

    def _shortcuts(self) -> None:
        keys = {
            "F4": self._link,
            "F7": self._other_order,
            "F8": self._whole_line,
            "F9": self.flow.undo_last,
            "F10": self.leave,
            "F11": self._damage,
            "F12": self._forward,
            "Ctrl+Return": self._commit,
            "Ctrl+Enter": self._commit,
            "Esc": self._back,
        }
        for key, act in keys.items():
            shortcut = QShortcut(QKeySequence(key), self, act)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.setAutoRepeat(False)

    # -- scans ----------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._scans.claim(self, self.on_scan, self._is_in_front)
        self.find_panel.refresh()
        self._focus()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._scans.release(self)

    def _is_in_front(self) -> bool:
        return self.isVisible() and QApplication.activeModalWidget() is None

    def on_scan(self, code: str) -> None:
        """A scan counts wherever this page is; outside the count it looks for an order."""
        if self.flow.step in (Step.FIND, Step.DONE):
            if self.flow.step is Step.DONE:
                self.next_delivery()
            self.find_panel.find_code(code)
            return
        if not self.flow.busy:
            self.flow.go(Step.SCAN)
        self.scan_panel.scanned(code)

    # -- steps ----------------------------------------------------------------------

    def open_order(self, po_id: int) -> None:
        """Begin or go on counting this order."""
        self._tell_no_more()
        self.flow.open_order(po_id)

    def leave(self) -> None:
        """F10: everything is stored; back to the list of orders."""
        if self.flow.step not in (Step.FIND, Step.DONE):
            self.flow.leave()

    def next_delivery(self) -> None:
        """From the result back to step 1."""
        self.flow.go(Step.FIND)

    def _forward(self) -> None:
        step = self.flow.step
        if step is Step.DONE:
            self.next_delivery()
        elif step in (Step.SCAN, Step.ALLOCATE):
            self.flow.go(Step(step + 1))

    def _back(self) -> None:
        if self.flow.step is Step.SCAN:
            self.scan_panel.forget_quantity()
        elif self.flow.step in (Step.ALLOCATE, Step.CONFIRM):
            self.flow.go(Step.SCAN)

    def _whole_line(self) -> None:
        if self.flow.step is Step.SCAN:
            self.scan_panel.whole_line()

    def _commit(self) -> None:
        if self.flow.step is Step.CONFIRM and self.confirm_panel.commit.isEnabled():
            self.confirm_panel.receive()

    def _link(self) -> None:
        flow = self.flow
        if flow.step is not Step.SCAN or flow.unknown is None:
            self.desk.said.emit("F4 links the code of a red card. Scan the unknown code first.")
        elif not flow.may_link:
            self._refuse(f"{self.desk.why_not(Permission.LINK_CODES)}. Nothing was linked.")
        else:
            line = self.scan_panel.table.current_row()
            dialog = LinkDialog(flow.unknown, flow.lines, line and line.po_row_id, self)
            dialog.chosen.connect(flow.link)
            dialog.open()

    def _damage(self) -> None:
        flow = self.flow
        line = self.scan_panel.table.current_row() if flow.step is Step.SCAN else None
        if not flow.mine or line is None or not line.this_time + line.extra:
            self.desk.said.emit("F11 marks counted units as damaged. Count a line first.")
        elif flow.unsaved:
            self.desk.said.emit("The last scans are not stored yet. Press F11 again in a moment.")
        else:
            dialog = DamageDialog(line, self)
            dialog.chosen.connect(flow.mark_damaged)
            dialog.open()

    def _other_order(self) -> None:
        if self.flow.step is Step.SCAN and self.flow.elsewhere is not None:
            self.open_order(self.flow.elsewhere)

    def _show_step(self) -> None:
        step = self.flow.step
        self.pages.setCurrentWidget(self._panel(step))
        self._tell_no_more()
        if step is Step.FIND:
            self.find_panel.clear()
            self.find_panel.refresh()
        self._show_draft()
        self._focus()

    def _focus(self) -> None:
        if not self.isVisible():
            return
        step, panel = self.flow.step, self._panel(self.flow.step)
        wanted: QWidget = panel
        if isinstance(panel, FindPanel | ScanPanel):
            wanted = panel.field
        elif isinstance(panel, AllocatePanel):
            wanted = panel.next
        elif isinstance(panel, ConfirmPanel):
            wanted = panel.reference
        elif step is Step.DONE:
            wanted = self.done_panel.again
        wanted.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_draft(self) -> None:
        flow, draft = self.flow, self.flow.draft
        counting = draft is not None and flow.step is not Step.DONE
        self.steps.setVisible(flow.step is not Step.DONE)
        self.steps.show_step(int(flow.step), lambda at: flow.why_not(Step(at)))
        heading = f"Receive PO {draft.number} · {draft.supplier}" if draft and counting else HEADING
        if heading != self.heading.text():
            self.title = heading
            self.heading.setText(heading)
            self.title_changed.emit(heading)
        self.head.place.setText(draft.warehouse if draft and counting else "")
        self.head.more.setVisible(counting)
        self.discard.setEnabled(flow.mine)
        if draft is not None and counting and not flow.mine:
            counted = f"{quantity(draft.counted)} of {quantity(draft.to_count)}"
            self._tell(
                "taken", "info",
                f"{draft.person} is counting this ({counted}). Nothing you do here changes it.",
                [("Take over", flow.take_over)],
            )  # fmt: skip
        else:
            self._tell_no_more("taken")
        self._show_saved()

    def _show_saved(self) -> None:
        flow = self.flow
        if flow.draft is None or flow.step is Step.DONE:
            self.saved.setText("")
        elif flow.away_since is not None:
            self.saved.setText("saved on this computer" if flow.kept_here else "saving")
            words = away_words(flow.away_since, flow.unsaved, kept=flow.kept_here)
            self._tell("away", "part", words)
            return
        elif flow.unsaved:
            self.saved.setText("saving")
        elif flow.saved_at is not None:
            self.saved.setText(f"draft saved {flow.saved_at.astimezone().strftime('%H:%M:%S')}")
        self._tell_no_more("away")

    # -- what happens ---------------------------------------------------------------

    def _answered(self, answer: Answer) -> None:
        if not answer.quiet:
            self.sounds.play(answer.event)
        if answer.event not in (ScanEvent.BOUNCE, ScanEvent.READY):
            self._tell_no_more("refused")

    def _refuse(self, words: str) -> None:
        self._tell("refused", "wrong", words)
        self.sounds.play(ScanEvent.UNKNOWN)

    def _refused(self, error: object) -> None:
        if isinstance(error, ServiceError):
            self._refuse(sentence(error))
        elif isinstance(error, Exception):
            raise error

    def _tell(self, what: str, tone: str, words: str, acts: Sequence[Act] = ()) -> None:
        self._told = what
        self.notice.say(tone, words, acts)

    def _tell_no_more(self, *what: str) -> None:
        if not what or self._told in what:
            self._told = ""
            self.notice.clear()

    def _posted(self, posted: Posted) -> None:
        self.done_panel.show_posted(posted)

    def _changed(self, changes: Changes) -> None:
        self.flow.changed(changes)
        listed = self.isVisible() and self.flow.step is Step.FIND
        if listed and any(topic in changes.topics for topic in REFRESHED_BY):
            self.find_panel.refresh()

    def _open_log(self) -> None:
        if self.flow.draft is not None:
            ScanLog(self.desk, self.flow.draft, self).open()

    def _discard(self) -> None:
        counted = self.flow.counted
        if not counted:
            self.flow.discard()
            return
        ask_to_discard(self, counted, self.flow.discard)
