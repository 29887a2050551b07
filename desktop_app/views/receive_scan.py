"""Step 2 of receiving: scan card, lines, and who gets what has been counted (RCV-03 to RCV-09)."""

from __future__ import annotations

import re

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop_app.models.formats import parse_quantity, quantity
from desktop_app.models.lines_table import LinesTable
from desktop_app.models.receipt_lines import ReceiptLines
from desktop_app.models.receipt_turns import QUEUE, free_of, queue_of
from desktop_app.models.receipt_words import allocate_source, service_order
from desktop_app.models.receive_flow import ReceiveFlow, Step
from desktop_app.models.scan_answer import Answer
from desktop_app.services.receiving import Turn
from desktop_app.views import theme
from desktop_app.views.choices import wrapped_check
from desktop_app.views.delegates import unit
from desktop_app.views.desk import Desk
from desktop_app.views.receive_parts import CountView, DockView, touch_button
from desktop_app.views.scan_card import ScanCard
from desktop_app.views.tokens import CARD_GAP, CARD_PADDING, RELATED_GAP, SCAN_CONTROL

TIMES = re.compile(r"^\s*([0-9][0-9.,+]*)\s*[*x×]\s*(.*)$")
PLAIN_NUMBER = re.compile(r"^[0-9]{1,4}$")
QUEUE_DIGITS = 41
QUEUE_SHARE = 0.36
"""The queue is so many digits wide, but never more than this share of the page."""

SHORT_WORDS = ("Line  F8", "Damaged  F11", "Undo  F9", "Leave  F10")


class ScanPanel(QWidget):
    """Paints the flow and hands on what was typed. `said(text)` for a sentence in the notice."""

    said = Signal(str)
    left = Signal()
    reviewed = Signal()
    damaged = Signal()

    def __init__(self, desk: Desk, flow: ReceiveFlow, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._flow = flow
        self.card = ScanCard()
        self.field = QLineEdit()
        self.field.setProperty("touch", "scan")
        self.field.setPlaceholderText("Scan or type a barcode, SKU or bin, then Enter")
        self.field.setAccessibleName("Scan or type a barcode, SKU or bin")
        self.field.returnPressed.connect(self._typed)
        self.field.installEventFilter(self)
        self.many = QLabel()
        self.many.setProperty("type", "section")
        self.many.setProperty("tone", "info")
        self.lines = ReceiptLines(self)
        self.lines.counted.connect(flow.set_line)
        self.lines.refused.connect(self.said)
        self.table = CountView(self.lines)
        self.table.current_changed.connect(lambda _row: self._show_queue())
        self.queue = QueuePanel(desk, flow)
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(CARD_GAP)
        grid.setVerticalSpacing(CARD_GAP)
        typed = QHBoxLayout()
        typed.setSpacing(CARD_GAP)
        typed.addWidget(self.field, 1)
        typed.addWidget(self.many)
        grid.addLayout(typed, 0, 0)
        grid.addWidget(self.table, 1, 0)
        grid.addWidget(self.queue, 0, 1, 2, 1)
        grid.setColumnStretch(0, 1)
        grid.setRowStretch(1, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(CARD_GAP)
        box.addWidget(self.card)
        box.addLayout(grid, 1)
        box.addWidget(self._foot())
        flow.answered.connect(self._answered)
        flow.draft_changed.connect(self.refresh)
        flow.preview_changed.connect(self._show_queue)
        theme.changes().changed.connect(self._fit)
        self.refresh()
        self._show_many()

    def _foot(self) -> QWidget:
        self.progress = QLabel()
        self.progress.setProperty("type", "strong")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(120)
        self.bar.setAccessibleName("Counted so far")
        self.whole = touch_button(
            "Whole line  F8", self.whole_line, tip="Count the line as complete"
        )
        self.damage = touch_button(
            "Damaged  F11", self.damaged.emit, tip="Mark counted units of the line as damaged"
        )
        self.undo = touch_button("Undo last scan  F9", self._flow.undo_last)
        self.leave = touch_button("Save and leave  F10", self.left.emit)
        self.review = touch_button("Review  F12", self.reviewed.emit, primary=True)
        self._long_words = tuple(one.text() for one in self._folding())
        foot = QWidget()
        foot.setMinimumWidth(1)  # its parts give way: it does not hold the window wide
        row = QHBoxLayout(foot)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(RELATED_GAP)
        row.addWidget(self.progress)
        row.addWidget(self.bar)
        row.addStretch(1)
        for button in (*self._folding(), self.review):
            row.addWidget(button)
        return foot

    def _folding(self) -> tuple[QPushButton, ...]:
        return (self.whole, self.damage, self.undo, self.leave)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Words that would be cut are said shorter; the queue follows the text size."""
        room = self.width()
        self.queue.setFixedWidth(round(min(QUEUE_DIGITS * unit(), room * QUEUE_SHARE)))
        self._say_buttons(self._long_words)
        self.bar.show()
        self.damage.show()
        if self._foot_width() > room:
            self._say_buttons(SHORT_WORDS)
        for part in (self.bar, self.damage):  # the digits beside the bar stay, and the key
            part.setVisible(self._foot_width() <= room)

    def _foot_width(self) -> int:
        parts: list[QWidget] = [one for one in (self.bar, self.damage) if not one.isHidden()]
        parts += [self.progress, self.whole, self.undo, self.leave, self.review]
        return sum(one.sizeHint().width() + RELATED_GAP for one in parts)

    def _say_buttons(self, words: tuple[str, ...]) -> None:
        for button, said in zip(self._folding(), words, strict=True):
            if button.text() != said:
                button.setText(said)

    # -- what the flow says ---------------------------------------------------------

    def refresh(self) -> None:
        """Show the draft as it is now."""
        flow, draft = self._flow, self._flow.draft
        self.lines.show(flow.lines)
        if draft is None:
            return
        if self.table.currentIndex().row() < 0 and flow.lines:
            first = next((x for x in flow.lines if x.this_time < x.outstanding), flow.lines[0])
            self.table.show_row(first.po_row_id)
        counted = flow.counted
        self.progress.setText(f"{quantity(counted)} of {quantity(draft.to_count)} counted")
        self.bar.setRange(0, max(draft.to_count // 10_000, 1))
        self.bar.setValue(counted // 10_000)
        done = counted >= draft.to_count
        if bool(self.bar.property("done")) != done:
            self.bar.setProperty("done", done)
            theme.restyle(self.bar)
        mine = flow.mine
        self.lines.editable = mine
        for widget in (self.field, self.whole, self.damage, self.undo, self.queue.allocate):
            widget.setEnabled(mine)
        self.review.setEnabled(not flow.why_not(Step.ALLOCATE))
        self.review.setToolTip(flow.why_not(Step.ALLOCATE))
        self._show_queue()

    def _answered(self, answer: Answer) -> None:
        self.card.show_answer(answer)
        if answer.row_id is not None:
            self.table.show_row(answer.row_id)
        self._show_many()

    def _show_queue(self) -> None:
        line = self.table.current_row()
        self.queue.show_line(line.product_id if line else None, line.sku if line else "")

    # -- what a person does ---------------------------------------------------------

    def scanned(self, code: str) -> None:
        """A scan: a number typed before it says how often it counts (RCV-05)."""
        if self._flow.quantity is None and self.field.text().strip():
            self._take_quantity(self.field.text())
        self._flow.scan(code)

    def whole_line(self) -> None:
        """F8: the current line is complete."""
        line = self.table.current_row()
        if line is not None:
            self._flow.whole_line(line.po_row_id)

    def focus_field(self) -> None:
        """Put the keyboard where a clerk expects it."""
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def forget_quantity(self) -> None:
        """Esc: the next scan counts once again."""
        self._flow.quantity = None
        self.field.clear()
        self._show_many()

    def _typed(self) -> None:
        text = self.field.text().strip()
        if not text:
            return
        times = TIMES.match(text)
        if times:
            if not self._take_quantity(times.group(1)):
                return
            if times.group(2):
                self._flow.scan(times.group(2))
        elif PLAIN_NUMBER.match(text) and not self._is_code(text):
            self._take_quantity(text)
        else:
            self.field.clear()
            self._flow.scan(text)
        self._show_many()

    def _is_code(self, text: str) -> bool:
        return any(line.sku.casefold() == text.casefold() for line in self._flow.lines)

    def _take_quantity(self, text: str) -> bool:
        try:
            self._flow.quantity = parse_quantity(text.rstrip("*x× "), whole=False)
        except ValueError as error:
            self.said.emit(str(error))
            return False
        if not self._flow.quantity:
            self._flow.quantity = None
        self.field.clear()
        self._show_many()
        return True

    def _show_many(self) -> None:
        many = self._flow.quantity
        self.many.setText(f"Next scan counts {quantity(many)}  ·  Esc" if many else "")
        self.many.setVisible(bool(many))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            watched is self.field
            and isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up)
        ):
            self.table.setFocus(Qt.FocusReason.TabFocusReason)
            return True
        return super().eventFilter(watched, event)


class QueuePanel(QFrame):
    """Who gets the current line, oldest first, live; and whether anybody does (RCV-09)."""

    def __init__(self, desk: Desk, flow: ReceiveFlow, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._flow = flow
        self._product: int | None = None
        self._sku = ""
        self.setProperty("card", "true")
        self.head = QLabel("Who gets it")
        self.head.setProperty("type", "section")
        self.order = QLabel()
        self.order.setProperty("type", "caption")
        self.order.setWordWrap(True)
        self.allocate = wrapped_check(self, "Allocate to waiting sales", " ")
        self.allocate.setMinimumHeight(SCAN_CONTROL)
        self.allocate.button.clicked.connect(flow.set_allocate)
        self.turns = LinesTable[Turn](QUEUE, self, key=lambda t: t.sale_row_id)
        self.view = DockView(self.turns, "Who gets the current line")
        self.view.setProperty("framed", "false")
        self.view.opened.connect(lambda t: desk.open("sale", t.sale_id))
        self.view.linked.connect(lambda t, _key: desk.open("sale", t.sale_id))
        self.free = QLabel()
        self.free.setProperty("tone", "muted")
        self.free.setWordWrap(True)
        box = QVBoxLayout(self)
        box.setContentsMargins(CARD_PADDING, CARD_PADDING, CARD_PADDING, CARD_PADDING)
        box.setSpacing(RELATED_GAP)
        box.addWidget(self.head)
        box.addWidget(self.order)
        box.addWidget(self.allocate)
        box.addWidget(self.view, 100)
        box.addStretch(1)  # keeps the rest at the top where nobody waits
        box.addWidget(self.free)

    def show_line(self, product_id: int | None, sku: str) -> None:
        """Show the queue of a product in the newest preview."""
        self._product, self._sku = product_id, sku
        flow, preview = self._flow, self._flow.preview
        self.allocate.set_checked(flow.allocate)
        self.head.setText(f"Who gets {sku}" if sku else "Who gets it")
        if preview is None:
            self._say_nothing()
            return
        self.order.setText(service_order(preview.who_is_served).capitalize())
        self.allocate.hint.setText(
            allocate_source(
                preview.allocate,
                preview.allocate_source,
                preview.warehouse,
                chosen=flow.allocate_chosen,
            )
        )
        turns = queue_of(preview, product_id) if preview.allocate else ()
        if list(turns) != list(self.turns.rows()):
            self.turns.show(turns)
        self.view.setVisible(bool(turns))
        self.free.setText(self._free_words(bool(turns), allocate=preview.allocate))

    def _free_words(self, anybody: bool, *, allocate: bool) -> str:
        free = free_of(self._flow.preview, self._product)
        if not allocate:
            return f"Nobody: {quantity(free)} stay free stock."
        if not anybody:
            return f"No sale waits for it here. Free stock {quantity(free)}."
        return f"Free stock {quantity(free)}"

    def _say_nothing(self) -> None:
        self.order.setText("Oldest sale first")
        self.allocate.hint.setText("As Purchase settings say")
        self.turns.show(())
        self.view.setVisible(False)
        self.free.setText("Scan the first item to see who gets it.")
