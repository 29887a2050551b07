"""Step 1 of receiving: find the order, or go on counting (RCV-01, RCV-02)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QLabel,
    QLineEdit,
    QListView,
    QStackedWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from desktop_app.models.marks import Glyph, Tone
from desktop_app.models.receivable_list import Line, ReceivableList, due_lines, found_lines, summary
from desktop_app.services import receipt_drafts
from desktop_app.services.receipt_drafts import Found, Receivable
from desktop_app.views import glyphs, icons, theme
from desktop_app.views.action_strip import PageStrip
from desktop_app.views.desk import Desk
from desktop_app.views.tokens import CARD_GAP, Density, row_height

SEARCH_MS = 150


class FindPanel(QWidget):
    """`chosen(po id)` when an order is to be counted; `refused(text)` when it cannot be."""

    chosen = Signal(int)
    refused = Signal(str)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._now = Receivable((), (), (), ())
        self.strip = PageStrip(parent=self)
        self.field = QLineEdit()
        self.field.setProperty("touch", "scan")
        self.field.setPlaceholderText("Scan or type a PO, supplier, delivery note or product")
        self.field.setAccessibleName("Find an order to receive")
        self.field.setClearButtonEnabled(True)
        self.field.returnPressed.connect(self._entered)
        self.field.textEdited.connect(self._edited)
        self.field.installEventFilter(self)
        self.orders = ReceivableList(self)
        self.list = _OrderList(self.orders)
        self.list.opened.connect(self._open)
        self.empty = QLabel()
        self.empty.setProperty("tone", "muted")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self.empty.setWordWrap(True)
        self.empty.setContentsMargins(0, 48, 0, 0)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.list)
        self._pages.addWidget(self.empty)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(CARD_GAP)
        box.addWidget(self.field)
        box.addWidget(self._pages, 1)
        self._soon = QTimer(self, singleShot=True, interval=SEARCH_MS)
        self._soon.timeout.connect(self._search)

    def refresh(self) -> None:
        """Read the lists again; a search that is shown is made again."""
        today = datetime.now(UTC).astimezone().date()
        self._desk.read(self, receipt_drafts.receivable, today, then=self._take, key="receivable")
        if self.field.text().strip():
            self._search()

    def find_code(self, code: str) -> None:
        """A scan: the one order it leads to is opened, several are listed (RCV-01)."""
        self.field.setText(code)
        self._search(open_single=True)

    def clear(self) -> None:
        """Empty the field and show what is due."""
        self.field.clear()
        self._show(due_lines(self._now), "")

    def _take(self, now: Receivable) -> None:
        self._now = now
        self.strip.say(summary(now))
        if not self.field.text().strip():
            self._show(due_lines(now), "")

    def _edited(self, text: str) -> None:
        if text.strip():
            self._soon.start()
        else:
            self._soon.stop()
            self._show(due_lines(self._now), "")

    def _entered(self) -> None:
        self._soon.stop()
        if self.field.text().strip():
            self._search(open_single=True)

    def _search(self, *, open_single: bool = False) -> None:
        text = self.field.text().strip()
        if not text:
            return

        def found(orders: tuple[Found, ...]) -> None:
            if self.field.text().strip() == text:
                self._found(text, orders, open_single=open_single)

        self._desk.read(self, receipt_drafts.find, text, then=found, key="find")

    def _found(self, text: str, orders: tuple[Found, ...], *, open_single: bool) -> None:
        self._show(found_lines(orders, text), text)
        if not open_single:
            return
        can = [one.order.po_id for one in orders if not one.order.refusal]
        if len(can) == 1:
            self.field.clear()
            self.chosen.emit(can[0])
        elif len(orders) == 1:
            self._open(self.orders.line(self.orders.first_order()))
        elif not orders:
            self.refused.emit(f"No order is found for “{text}”.")
        else:
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show(self, lines: list[Line], text: str) -> None:
        line = self.orders.line(self.list.currentIndex().row())
        kept = line.order.po_id if line is not None and line.order is not None else -1
        self.orders.show(lines)
        at = self.orders.place_of(kept)
        at = at if at >= 0 else self.orders.first_order()
        if at >= 0:
            self.list.setCurrentIndex(self.orders.index(at, 0))
        self.empty.setText(
            f"No open order is found for “{text}”.\n"
            "Type a PO number, a supplier, a product code or the supplier's delivery note."
            if text
            else "No delivery is expected.\nScan or type an order to begin."
        )
        self._pages.setCurrentWidget(self.list if lines else self.empty)

    def _open(self, line: object) -> None:
        if not isinstance(line, Line) or line.order is None:
            return
        if line.order.refusal:
            self.refused.emit(f"PO {line.order.number} cannot be received. {line.says}.")
            return
        self.field.clear()
        self.chosen.emit(line.order.po_id)

    def eventFilter(self, watched: Any, event: QEvent) -> bool:
        down = (Qt.Key.Key_Down, Qt.Key.Key_PageDown)
        if (
            watched is self.field
            and event.type() == QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and event.key() in down
        ):
            self.list.setFocus(Qt.FocusReason.TabFocusReason)
            return True
        return super().eventFilter(watched, event)


class _OrderList(QListView):
    """Enter, click or Space opens; a printable key does not search (LST-05)."""

    opened = Signal(object)

    def __init__(self, model: ReceivableList, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setAccessibleName("Orders to receive")
        self.setProperty("framed", "true")
        self.setItemDelegate(_OrderDelegate(self))
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)
        self.clicked.connect(lambda index: self.opened.emit(model.line(index.row())))
        theme.changes().changed.connect(self.doItemsLayout)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            model = self.model()
            assert isinstance(model, ReceivableList)
            self.opened.emit(model.line(self.currentIndex().row()))
        elif event.text() and event.text().isprintable():
            event.ignore()
        else:
            super().keyPressEvent(event)


class _OrderDelegate(QStyledItemDelegate):
    """A heading, or an order: number, supplier, what is said about it, and where it leads."""

    def sizeHint(
        self, _option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        line = index.data(Qt.ItemDataRole.UserRole)
        tall = row_height(Density.DOCK, theme.look().text_height)
        return QSize(200, tall if line is not None and line.order is not None else tall - 4)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        line = index.data(Qt.ItemDataRole.UserRole)
        box: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        if line.order is None:
            _paint_heading(painter, box, line)
        else:
            _paint_order(painter, box, line, state, option.direction)
        painter.restore()


def _paint_heading(painter: QPainter, box: QRect, line: Line) -> None:
    painter.fillRect(box, theme.colour("surface"))
    painter.setFont(theme.font("section"))
    painter.setPen(theme.colour("text2"))
    flags = Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter
    painter.drawText(box.adjusted(16, 8, -16, 0), int(flags), line.title)
    painter.fillRect(QRect(box.x(), box.bottom(), box.width(), 1), theme.colour("hairline"))


def _paint_order(
    painter: QPainter, box: QRect, line: Line, state: QStyle.StateFlag, way: Qt.LayoutDirection
) -> None:
    order = line.order
    assert order is not None
    chosen = bool(state & QStyle.StateFlag.State_Selected)
    over = bool(state & QStyle.StateFlag.State_MouseOver)
    ground = "selection" if chosen else "hover" if over else "surface"
    painter.fillRect(box, theme.colour(ground))
    painter.fillRect(QRect(box.x(), box.bottom(), box.width(), 1), theme.colour("hairline"))

    def at(x: int, y: int, wide: int, tall: int) -> QRect:
        return QStyle.visualRect(way, box, QRect(x, y, wide, tall))

    if chosen:
        painter.fillRect(at(box.x(), box.y(), 3, box.height() - 1), theme.colour("mark"))
    if state & QStyle.StateFlag.State_HasFocus:
        painter.setPen(QPen(theme.colour("ring"), 2))
        painter.drawRect(box.adjusted(1, 1, -1, -2))
    ink = "text3" if order.refusal else "on_selection" if chosen else "text"
    soft = "on_selection" if chosen else "text2"
    strong, body = theme.font("strong"), theme.font("body")
    flags = int(
        Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
    )
    x = box.x() + 16
    number = QFontMetrics(strong).horizontalAdvance("PO 0000000")
    painter.setFont(strong)
    painter.setPen(theme.colour(ink))
    painter.drawText(at(x, box.y(), number, box.height()), flags, f"PO {order.number}")
    x += number + 12
    wide = max(160, round((box.width() - x) * 0.30))
    painter.setFont(body)
    name = QFontMetrics(body).elidedText(order.supplier, Qt.TextElideMode.ElideRight, wide - 16)
    painter.drawText(at(x, box.y(), wide, box.height()), flags, name)
    x += wide
    if line.late:
        side = glyphs.glyph_side(theme.look().text_height)
        mark = at(x, box.center().y() - side // 2 + 1, side, side)
        ink_late = theme.tone(Tone.WRONG)[0]
        glyphs.paint_glyph(painter, Glyph.PROBLEM, QRectF(mark), ink_late, theme.colour(ground))
        x += side + 6
    room = box.right() - x - 48
    painter.setPen(theme.colour(soft))
    said = QFontMetrics(body).elidedText(line.says, Qt.TextElideMode.ElideRight, room)
    painter.drawText(at(x, box.y(), room, box.height()), flags, said)
    if not order.refusal:
        arrow = "chevron-left" if way == Qt.LayoutDirection.RightToLeft else "chevron-right"
        spot = at(box.right() - 36, box.center().y() - 9, 20, 20)
        icons.draw(painter, arrow, soft, spot.topLeft(), 20)
