"""Step 3 of receiving: who gets what of the whole delivery, and who does not (RCV-09)."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop_app.models.formats import count, quantity
from desktop_app.models.lines_table import LinesTable
from desktop_app.models.receipt_turns import DELIVERY, PASSED, free_after
from desktop_app.models.receipt_words import allocate_source, service_order
from desktop_app.models.receive_flow import ReceiveFlow
from desktop_app.services.receiving import PassedOver, ReceiptPreview, Turn
from desktop_app.views.choices import wrapped_check
from desktop_app.views.desk import Desk
from desktop_app.views.receive_parts import DockView, touch_button
from desktop_app.views.tokens import CARD_GAP, CARD_PADDING, RELATED_GAP

FREE_NAMED = 8
PASSED_SHOWN = 3


class AllocatePanel(QWidget):
    """The live preview of the whole delivery; the tick is the same one as in step 2."""

    back = Signal()
    on = Signal()

    def __init__(self, desk: Desk, flow: ReceiveFlow, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._flow = flow
        self.allocate = wrapped_check(self, "Allocate received goods to waiting sales", " ")
        self.allocate.button.clicked.connect(flow.set_allocate)
        self.summary = QLabel()
        self.summary.setProperty("type", "section")
        self.summary.setWordWrap(True)
        card = QFrame()
        card.setProperty("card", "true")
        head = QHBoxLayout(card)
        head.setContentsMargins(CARD_PADDING, RELATED_GAP, CARD_PADDING, RELATED_GAP)
        head.setSpacing(24)
        head.addWidget(self.allocate, 1)
        head.addWidget(self.summary, 1)
        self.turns = LinesTable[Turn](DELIVERY, self, key=lambda t: t.sale_row_id)
        self.view = DockView(self.turns, "Who gets the delivery")
        self.view.opened.connect(lambda t: desk.open("sale", t.sale_id))
        self.view.linked.connect(lambda t, _key: desk.open("sale", t.sale_id))
        self.free = QLabel()
        self.free.setWordWrap(True)
        self.passed_head = QLabel()
        self.passed_head.setProperty("type", "strong")
        self.passed = LinesTable[PassedOver](PASSED, self, key=lambda p: (p.sale_id, p.product_id))
        self.passed_view = DockView(self.passed, "Sales passed over")
        self.passed_view.opened.connect(lambda p: desk.open("sale", p.sale_id))
        self.passed_view.linked.connect(lambda p, _key: desk.open("sale", p.sale_id))
        self.empty = QLabel()
        self.empty.setProperty("tone", "muted")
        self.empty.setWordWrap(True)
        foot = QHBoxLayout()
        foot.setSpacing(RELATED_GAP)
        foot.addWidget(self.free, 1)
        foot.addWidget(touch_button("Back to scanning  Esc", self.back.emit))
        self.next = touch_button("Confirm  F12", self.on.emit, primary=True)
        foot.addWidget(self.next)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(CARD_GAP)
        box.addWidget(card)
        box.addWidget(self.view, 1)
        box.addWidget(self.empty)
        box.addWidget(self.passed_head)
        box.addWidget(self.passed_view)
        box.addLayout(foot)
        flow.preview_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the newest preview."""
        flow, preview = self._flow, self._flow.preview
        self.allocate.set_checked(flow.allocate)
        if preview is None:
            self.allocate.hint.setText("As Purchase settings say")
            self.summary.setText("")
            self._show_passed((), 0)
            self._show_turns((), "Nothing is counted yet.")
            self.free.setText("")
            return
        source = allocate_source(
            preview.allocate,
            preview.allocate_source,
            preview.warehouse,
            chosen=flow.allocate_chosen,
        )
        self.allocate.hint.setText(f"{source} · {service_order(preview.who_is_served)}")
        self.summary.setText(_summary(preview))
        waits = (
            "All of it stays free stock." if not preview.allocate else "No sale waits for it here."
        )
        self._show_turns(preview.turns if preview.allocate else (), waits)
        self._show_passed(preview.passed_over if preview.allocate else (), preview.more_passed)
        more = count(preview.more_waiting, "more row") if preview.more_waiting else ""
        self.free.setText(_free(preview) + (f" · {more} further back in the queue" if more else ""))

    def _show_turns(self, turns: tuple[Turn, ...], otherwise: str) -> None:
        if turns != self.turns.rows():
            self.turns.show(turns)
        self.view.setVisible(bool(turns))
        self.empty.setText(otherwise)
        self.empty.setVisible(not turns)
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.setStretchFactor(self.empty, 0 if turns else 1)

    def _show_passed(self, passed: tuple[PassedOver, ...], more: int) -> None:
        if passed != self.passed.rows():
            self.passed.show(passed)
        for widget in (self.passed_head, self.passed_view):
            widget.setVisible(bool(passed))
        self.passed_head.setText(f"Passed over: {count(len(passed) + more, 'row')}")
        self.passed_view.setFixedHeight(
            self.passed_view.height_for(min(max(len(passed), 1), PASSED_SHOWN))
        )


def _summary(preview: ReceiptPreview) -> str:
    if not preview.allocated:
        return "Nothing is allocated"
    sales = count(preview.sales_served, "sale")
    return f"{quantity(preview.allocated)} of {quantity(preview.units)} units go to {sales}"


def _free(preview: ReceiptPreview) -> str:
    free = free_after(preview)
    if not free:
        return "Free stock after: none"
    named = " · ".join(f"{sku} {quantity(units)}" for sku, units in free[:FREE_NAMED])
    rest = len(free) - FREE_NAMED
    return f"Free stock after: {named}" + (
        f" and {count(rest, 'more product')}" if rest > 0 else ""
    )
