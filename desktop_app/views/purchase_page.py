"""A purchase order as a page (ux 3.6): lines with the sales they are for, goods-in notes, timeline."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QMenu,
    QPushButton,
    QWidget,
)

from desktop_app.models import formats, status_marks
from desktop_app.models.columns import Column
from desktop_app.models.drop_ship_rows import NOTES as DROP_NOTES
from desktop_app.models.drop_ship_rows import NoteLine, note_lines
from desktop_app.models.lines_table import LinesTable
from desktop_app.models.print_jobs import ORDERS
from desktop_app.models.purchase_rows import WAITING, NoteRow, line_columns, note_rows
from desktop_app.services import purchases
from desktop_app.services.access import Permission
from desktop_app.services.backend import Call
from desktop_app.services.changes import Changes, Topic
from desktop_app.services.purchase_details import PurchaseDetail, PurchaseRowDetail, purchase_detail
from desktop_app.services.rules.sale_status import Axis

from .desk import Desk
from .drop_ship_dialogs import MarkShippedDialog, TakeBackDialog
from .goods_in_tab import GoodsInTab
from .key_list import PURCHASE_KEYS
from .lines_view import LinesView
from .mail_dialog import MailDialog
from .print_dialog import PrintDialog
from .purchase_acts import ExpectedDayDialog, RaiseRowDialog, UndoReceiptDialog
from .record_page import RecordPage


class PurchasePage(RecordPage):
    """One purchase order. ``leave`` takes the person back to where they came from."""

    keys = PURCHASE_KEYS

    def __init__(
        self, desk: Desk, po_id: int, leave: Callable[[], object], parent: QWidget | None = None
    ) -> None:
        super().__init__(desk, "Purchases", "PO", leave, parent)
        self.po_id = po_id
        self.order: PurchaseDetail | None = None
        self.lines: LinesTable[PurchaseRowDetail] | None = None
        self.more = QPushButton("More")
        self.more.setAutoDefault(False)
        self.more.setProperty("menu", "true")
        self.menu = QMenu(self)
        self.menu.aboutToShow.connect(self._fill_menu)
        self.more.setMenu(self.menu)
        self.head.acts.addWidget(self.more)
        self.act = self.head.add_act("Receive…", self._main_act, primary=True)
        self._settle()
        self.begin(po_id, {"Ctrl+Return": self._main_act, "Ctrl+Enter": self._main_act})

    @property
    def title(self) -> str:
        """What the window's title says."""
        return f"PO {self.order.number}" if self.order else "Purchase order"

    @property
    def view(self) -> QWidget:
        """What gets the focus when the page is shown."""
        return self.lines_view if self.lines is not None else self.tabs

    def refresh(self) -> None:
        """Read the order again."""
        self.desk.read(self, purchase_detail, self.po_id, then=self._arrived, key="purchase")

    def changed(self, changes: Changes) -> None:
        if Topic.PURCHASES in changes.topics:
            ids = changes.topics[Topic.PURCHASES]
            if ids is None or self.po_id in ids:
                self.refresh()

    def _arrived(self, order: PurchaseDetail | None) -> None:
        if order is None:
            self.head.title.setText("This purchase order does not exist any more.")
            return
        self.order = order
        if self.lines is None:
            self._make_tabs(order)
        self.head.title.setText(f"PO {order.number}")
        self.head.subtitle.setText(order.supplier)
        marks = [
            ("State", status_marks.purchase_state(order.state)),
            ("Goods", status_marks.received(order.received, drop_ship=order.drop_ship)),
        ]
        if order.drop_ship:
            marks.insert(1, ("Delivery", status_marks.drop_ship()))
        if order.status:
            marks.append(("Status", status_marks.status(order.status, order.status_colour)))
        if late := status_marks.late_by(order.days_late):
            marks.append(("Late by", late))
        self.marks.show_marks(marks)
        self.facts.setText(" · ".join(_facts(order, costs=self.desk.may(Permission.SEE_COSTS))))
        assert self.lines is not None
        self.lines.columns = self._line_columns(order)
        self.lines.show(order.rows)
        if order.drop_ship:
            self.drop_notes.show(note_lines(order))
            notes = f"Drop-ship notes {len(order.drop_notes)}"
        else:
            self.goods_in.show_rows(note_rows(order))
            notes = f"Goods-in notes {len(order.goods_in)}"
        self.waiting.show(order.waiting)
        sales = "Sale" if order.drop_ship else f"Waiting sales {len(order.waiting)}"
        for at, words in enumerate((f"Lines {len(order.rows)}", notes, sales)):
            self.tabs.setTabText(at, words)
        self._settle()
        self.title_changed.emit(self.title)

    def _line_columns(self, order: PurchaseDetail) -> tuple[Column[PurchaseRowDetail], ...]:
        """As wide as this order's figures; without costs for who may not see them (R11.1)."""
        return line_columns(order, costs=self.desk.may(Permission.SEE_COSTS))

    def _make_tabs(self, order: PurchaseDetail) -> None:
        self.lines = LinesTable(self._line_columns(order), self, key=lambda row: row.id)
        self.lines_view = LinesView(self.lines, "Lines of the purchase order")
        self.lines_view.linked.connect(self._sales_of)
        self.lines_view.opened.connect(lambda row: self._sales_of(row, "sales"))
        self.tabs.addTab(self.lines_view, "Lines")
        if order.drop_ship:
            self._make_drop_notes()
        else:
            self.goods_in = GoodsInTab(self.desk)
            self.notes, self.notes_view = self.goods_in.notes, self.goods_in.view
            self.notes_view.opened.connect(self._undo_receipt)
            self.tabs.addTab(self.goods_in, "Goods-in notes")
        self.waiting = LinesTable(WAITING, self, key=lambda one: one.id)
        self.waiting_view = LinesView(self.waiting, "Waiting sales")
        self.waiting_view.opened.connect(lambda one: self.desk.open("sale", one.id))
        self.waiting_view.linked.connect(lambda one, _key: self.desk.open("sale", one.id))
        self.tabs.addTab(self.waiting_view, "Waiting sales")
        if self.isVisible():
            self.lines_view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _make_drop_notes(self) -> None:
        self.drop_notes: LinesTable[NoteLine] = LinesTable(
            DROP_NOTES, self, key=lambda one: one.row.id
        )
        view = LinesView(self.drop_notes, "Drop-ship notes")
        view.opened.connect(lambda one: self.desk.open("sale", one.note.sale_id))
        view.linked.connect(lambda one, _key: self.desk.open("sale", one.note.sale_id))
        self.tabs.addTab(view, "Drop-ship notes")

    def _sales_of(self, row: PurchaseRowDetail, _key: str) -> None:
        """One sale opens; several are offered in a menu."""
        if len(row.for_sales) == 1:
            self.desk.open("sale", row.for_sales[0].sale_id)
        elif row.for_sales:
            menu = QMenu(self)
            for one in row.for_sales:
                words = f"#{one.sale_number}  {one.customer}  {formats.quantity(one.units)}"
                menu.addAction(words, partial(self.desk.open, "sale", one.sale_id))
            menu.popup(self.lines_view.mapToGlobal(self.lines_view.rect().center()))

    def _main_act(self) -> None:
        if self.order is None or not self.act.isEnabled():
            return
        if unwanted(self.order):
            self._cancel()
        elif self.order.state == "draft":
            self._run(
                purchases.send_purchase_order(self.po_id),
                f"PO {self.order.number} placed with {self.order.supplier}",
            )
        elif not self.order.drop_ship:
            self.desk.open("receive", self.po_id)
        else:
            self._mark_shipped()

    def _mark_shipped(self) -> None:
        if self.order is not None:
            MarkShippedDialog(self.desk, self.order, self).open()

    def _take_back(self) -> None:
        if self.order is not None:
            TakeBackDialog(self.desk, self.order, self).open()

    def _cancel(self) -> None:
        if self.order is not None:
            number = self.order.number
            self._run(purchases.cancel_purchase_order(self.po_id), f"PO {number} cancelled")

    def _settle(self) -> None:
        order = self.order
        if order is None:
            self.act.setEnabled(False)
            self.more.setEnabled(False)
            return
        draft = order.state == "draft"
        goods_in = not draft and not order.drop_ship
        needed = Permission.RECEIVE if goods_in else Permission.PLACE_PURCHASES
        can = draft or (order.state == "sent" and order.received is not Axis.ALL)
        words = "Send to supplier" if draft else "Receive…"
        if order.drop_ship and (unwanted(order) or not draft):
            # A drop-ship whose sale was cancelled has nothing left to do but to be cancelled too.
            words = "Mark shipped by supplier…" if order.to_ship else "Cancel purchase order"
            can = bool(order.to_ship) or (unwanted(order) and order.received is Axis.NONE)
        self.act.setText(words)
        self.act.setVisible(can)
        self.act.setEnabled(can and self.desk.may(needed))
        self.act.setToolTip(self.desk.why_not(needed))
        self.more.setEnabled(True)

    def _fill_menu(self) -> None:
        self.menu.clear()
        order = self.order
        if order is None:
            return
        number, open_ = order.number, order.is_open
        untouched = order.received is Axis.NONE
        buys = Permission.PLACE_PURCHASES
        if order.drop_ship:
            left = open_ and bool(order.to_ship)
            self._offer("Mark shipped by supplier…", self._mark_shipped, buys, can=left)
            self._offer("Take back from supplier…", self._take_back, buys, can=left)
            self._offer("Change the expected day…", self._change_day, buys, can=open_)
        else:
            self._offer("Receive…", lambda: self.desk.open("receive", self.po_id), Permission.RECEIVE,
                        can=open_ and bool(order.to_come))  # fmt: skip
            self._offer("Raise a line…", self._raise_line, Permission.RAISE_PURCHASE_ROW, can=open_)
            self._offer("Change the expected day…", self._change_day, buys, can=open_)
            self._offer(
                "Undo a receipt…", self._choose_receipt, Permission.RECEIVE, can=self._can_undo()
            )
        self.menu.addSeparator()
        self._offer("Print…", self._print, ORDERS.needs, can=True)
        self._offer("E-mail…", self._mail, ORDERS.needs, can=True)
        self.menu.addSeparator()
        self._offer("Close short", lambda: self._run(purchases.close_short(self.po_id), f"PO {number} closed short"),
                    buys, can=open_ and not untouched and bool(order.to_come))  # fmt: skip
        self._offer("Cancel purchase order", self._cancel, buys, can=open_ and untouched)
        if order.batch_id is not None:
            self.menu.addSeparator()
            self.menu.addAction(
                f"Show batch {order.batch_id}", lambda: self.desk.open("batch", order.batch_id)
            )

    def _offer(
        self, words: str, act: Callable[[], object], needs: Permission, *, can: bool
    ) -> None:
        action = self.menu.addAction(words)
        action.triggered.connect(lambda _checked: act())
        action.setEnabled(can and self.desk.may(needs))
        if not self.desk.may(needs):
            action.setText(f"{words}  ({self.desk.why_not(needs)})")

    def _run(self, call: Call[dict[str, object]], says: str) -> None:
        self.desk.run(self, call, says=says)

    def _print(self) -> None:
        PrintDialog(self.desk, ORDERS, [self.po_id], self).open()

    def _mail(self) -> None:
        MailDialog(self.desk, self.po_id, self).open()

    def _raise_line(self) -> None:
        if self.order is not None:
            RaiseRowDialog(self.desk, self.order, self.lines_view.current_row(), self).open()

    def _change_day(self) -> None:
        if self.order is not None:
            ExpectedDayDialog(self.desk, self.order, self).open()

    def _can_undo(self) -> bool:
        return self.order is not None and any(not note.is_undone for note in self.order.goods_in)

    def _choose_receipt(self) -> None:
        """The note of the current row, else the newest that stands."""
        self.tabs.setCurrentWidget(self.goods_in)
        chosen = self.notes_view.current_row()
        standing = [one for one in self.notes.rows() if one.row.undone_at is None]
        if chosen is None or chosen.row.undone_at is not None:
            chosen = standing[0] if standing else None
        if chosen is not None:
            self._undo_receipt(chosen)

    def _undo_receipt(self, chosen: NoteRow) -> None:
        if chosen.row.undone_at is None and self.desk.may(Permission.RECEIVE):
            UndoReceiptDialog(self.desk, chosen, self).open()


def unwanted(order: PurchaseDetail) -> bool:
    """An open drop-ship order whose units are on no note: its sale was cancelled."""
    return order.drop_ship and order.is_open and bool(order.to_come) and not order.to_ship


def _where(order: PurchaseDetail) -> str:
    if not order.drop_ship:
        return order.warehouse
    address = ", ".join(" ".join(line.split()) for line in order.address.splitlines())
    return f"straight to {', '.join(filter(None, (order.customer, address)))}"


def _facts(order: PurchaseDetail, *, costs: bool) -> list[str]:
    facts = [
        f"ordered {formats.moment(order.created_at)}",
        f"expected {formats.day(order.expected_on)}" if order.expected_on else "no day expected",
        _where(order),
        formats.money(order.total, order.currency, order.currency_digits) if costs else "",
    ]
    if order.to_come:
        words = "to ship" if order.drop_ship else "to come"
        facts.append(f"{formats.counted_units(order.to_come)} {words}")
    if unwanted(order):
        facts.append("its sale was cancelled: nothing of it is wanted")
    if order.waiting:
        facts.append(f"for {formats.count(len(order.waiting), 'sale')}")
    if order.batch_id is not None:
        facts.append(f"batch {order.batch_id}")
    if order.reference:
        facts.append(f"reference {order.reference}")
    return [fact for fact in facts if fact]
