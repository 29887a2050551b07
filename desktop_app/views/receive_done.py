"""After the receipt: note number, sales served, what remains, print, undo, next delivery (RCV-11)."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop_app.models.columns import Align, Column
from desktop_app.models.formats import count, counted_units, quantity
from desktop_app.models.lines_table import LinesTable
from desktop_app.models.marks import Glyph, Mark, Tone
from desktop_app.models.print_jobs import GOODS_IN
from desktop_app.models.receipt_words import Posted, Served
from desktop_app.services.rules.money import UNIT
from desktop_app.views import theme
from desktop_app.views.desk import Desk
from desktop_app.views.print_dialog import PrintDialog
from desktop_app.views.receive_parts import DockView, touch_button
from desktop_app.views.record_parts import link_button
from desktop_app.views.tokens import CARD_GAP, CARD_PADDING, RELATED_GAP

SIDE_WIDTH = 320


def _mark(one: Served) -> Mark:
    if one.fully:
        return Mark(Glyph.ALL, "Fully allocated", Tone.DONE)
    return Mark(Glyph.PART, "Still short", Tone.PART)


SERVED: tuple[Column[Served], ...] = (
    Column(
        key="sale", heading="Sale", text=lambda s: f"#{s.number}", width=12, fixed=True, link=True,
        strong=True,
    ),
    Column(
        key="units", heading="Units", text=lambda s: quantity(s.units), width=8, align=Align.END,
        fixed=True,
    ),
    Column(
        key="state", heading="Now", text=lambda s: _mark(s).word, width=20, stretch=True, mark=_mark,
    ),
)  # fmt: skip


class DonePanel(QWidget):
    """What was done, with the ways on."""

    next = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._posted: Posted | None = None
        card = QFrame()
        card.setProperty("notice", "done")
        self.card = card
        self.head = QLabel()
        self.head.setProperty("type", "title")
        self.sub = QLabel()
        self.sub.setProperty("type", "section")
        self.sub.setWordWrap(True)
        inside = QVBoxLayout(card)
        inside.setContentsMargins(CARD_PADDING + 8, CARD_PADDING, CARD_PADDING + 8, CARD_PADDING)
        inside.setSpacing(4)
        inside.addWidget(self.head)
        inside.addWidget(self.sub)
        self.side = QFrame()
        self.side.setProperty("card", "true")
        self.side.setMinimumWidth(SIDE_WIDTH)
        self.remains = QLabel()
        self.remains.setProperty("type", "section")
        self.remains.setWordWrap(True)
        self.rest = QLabel()
        self.rest.setProperty("tone", "muted")
        self.rest.setWordWrap(True)
        self.order = link_button("", self._open_order)
        beside = QVBoxLayout(self.side)
        beside.setContentsMargins(CARD_PADDING + 4, CARD_PADDING, CARD_PADDING + 4, CARD_PADDING)
        beside.addWidget(self.remains)
        beside.addWidget(self.rest)
        beside.addWidget(self.order, 0, Qt.AlignmentFlag.AlignLeading)
        beside.addStretch(1)
        self.served_head = QLabel()
        self.served_head.setProperty("type", "section")
        self.sales = LinesTable[Served](SERVED, self, key=lambda s: s.id)
        self.view = DockView(self.sales, "Sales that got goods")
        self.view.opened.connect(lambda s: desk.open("sale", s.id))
        self.view.linked.connect(lambda s, _key: desk.open("sale", s.id))
        self.undo = touch_button("Undo this receipt", self._undo, icon="undo-2")
        self.print = touch_button("Print goods-in note…", self._print, icon="printer")
        self.again = touch_button("Next delivery  F12", self.next.emit, primary=True)
        foot = QHBoxLayout()
        foot.setSpacing(RELATED_GAP)
        foot.addWidget(self.undo)
        foot.addWidget(self.print)
        foot.addStretch(1)
        foot.addWidget(self.again)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(CARD_GAP)
        box.addWidget(card)
        box.addWidget(self.served_head)
        middle = QHBoxLayout()
        middle.setSpacing(CARD_GAP)
        middle.addWidget(self.view, 3)
        middle.addWidget(self.side, 2, Qt.AlignmentFlag.AlignTop)
        box.addLayout(middle, 1)
        box.addLayout(foot)
        desk.undone.connect(self._undone)

    def show_posted(self, posted: Posted) -> None:
        """Show what was received."""
        self._posted = posted
        self._tone("done")
        self.head.setText(f"Goods-in note {posted.number}")
        self.sub.setText(_received(posted))
        self.order.setText(f"Open PO {posted.po_number}")
        self.order.setAccessibleName(f"Open PO {posted.po_number}")
        self.remains.setText(_remains(posted))
        self.rest.setText(_rest(posted))
        full = sum(1 for one in posted.sales if one.fully)
        self.served_head.setText(
            f"{count(full, 'sale')} now fully allocated" if posted.sales else "No sale was waiting."
        )
        self.sales.show(posted.sales)
        self.view.setVisible(bool(posted.sales))
        self.undo.setEnabled(True)
        self.print.setEnabled(True)

    def _undo(self) -> None:
        if self._posted is not None:
            self._desk.undo(self._posted.journal_id, f"goods-in note {self._posted.number}")

    def _print(self) -> None:
        """By the paper the goods are put away; printing is never in the way of the receipt."""
        if self._posted is not None:
            PrintDialog(self._desk, GOODS_IN, [self._posted.note_id], self).open()

    def _undone(self, done: object) -> None:
        posted = self._posted
        result = getattr(done, "result", None)
        if posted is None or not isinstance(result, dict):
            return
        if result.get("goods_in", {}).get("number") != posted.number:
            return
        self._tone("part")
        self.sub.setText(_undone(result))
        self.remains.setText(f"Everything is to come again on PO {posted.po_number}")
        self.rest.setText("")
        self.served_head.setText("")
        self.sales.show(())
        self.view.setVisible(False)
        self.undo.setEnabled(False)
        self.print.setEnabled(False)

    def _open_order(self) -> None:
        if self._posted is not None:
            self._desk.open("purchase", self._posted.po_id)

    def _tone(self, tone: str) -> None:
        if self.card.property("notice") != tone:
            self.card.setProperty("notice", tone)
            for widget in (self.card, self.head, self.sub):
                theme.restyle(widget)


def _received(posted: Posted) -> str:
    head, bad = f"Received {counted_units(posted.units)}", posted.quarantined
    if bad:
        head += f", {quantity(bad)} of them damaged, in quarantine"
    if not posted.allocated:
        return head if bad == posted.units else f"{head}, {'the rest' if bad else 'all'} free stock"
    return f"{head}, {quantity(posted.allocated)} allocated to {count(len(posted.sales), 'sale')}"


def _undone(result: dict[str, Any]) -> str:
    head = f"Undone: {counted_units(result['units'])} on order again"
    released = result["released"]
    if not released:
        return head
    units = sum(one["units"] for one in released)
    return f"{head}, {quantity(units)} released from {count(len(released), 'sale')}"


def _remains(posted: Posted) -> str:
    if posted.closed:
        return f"Nothing more will come on PO {posted.po_number}"
    if posted.left_on_order:
        verb = "remains" if posted.left_on_order == UNIT else "remain"
        return f"{counted_units(posted.left_on_order)} {verb} to come on PO {posted.po_number}"
    return f"PO {posted.po_number} is received in full"


def _rest(posted: Posted) -> str:
    said = [" · ".join(f"{sku} {quantity(units)}" for sku, units in posted.to_come)]
    if posted.set_aside:
        named = " · ".join(f"{sku} {quantity(units)}" for sku, units in posted.set_aside)
        said.append(f"Set aside, not received: {named}")
    return "\n".join(one for one in said if one)
