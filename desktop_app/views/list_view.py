"""The table of every big list. Selection is our own set of ids, nothing of Qt's (SAL-03, SAL-04).

A plain click moves the current row. The box, Space and Ctrl+click tick; Shift extends; Ctrl+A
asks for all that match; Esc clears. Typing opens find-in-list instead of Qt's keyboard search.
"""

from typing import Any

from PySide6.QtCore import QEvent, QItemSelectionModel, QPoint, QRect, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QTableView, QWidget

from desktop_app.models.chosen import Chosen
from desktop_app.models.columns import Column
from desktop_app.models.paged_table import Index, PagedTable
from desktop_app.views import theme
from desktop_app.views.delegates import TICK, CellDelegate, RowState, text_box
from desktop_app.views.list_header import ListHeader
from desktop_app.views.list_place import ListPlace
from desktop_app.views.row_chooser import RowChooser
from desktop_app.views.row_painter import Line, Strip, paint_rows
from desktop_app.views.tokens import CURRENT_FRAME

_MOVES = {
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
}


class ListView(QTableView):
    """Over a PagedTable, with the choice in a Chosen. `ticks` is False for read-only lists."""

    opened = Signal(int)  # record id: Enter, double click, click on a link
    linked = Signal(object, str)  # the row and the column key of a clicked link, before `opened`
    current_changed = Signal(object)  # the row, or None
    all_wanted = Signal()
    find_typed = Signal(str)
    copy_wanted = Signal(bool)  # with headings
    menu_wanted = Signal(QPoint)
    retry_wanted = Signal()
    resized = Signal()

    def __init__(
        self,
        model: PagedTable[Any, Any],
        chosen: Chosen,
        parent: QWidget | None = None,
        *,
        ticks: bool = True,
    ) -> None:
        super().__init__(parent)
        self._table, self._chosen, self._ticks = model, chosen, ticks
        self._hover = (-1, -1)
        self._dimmed = False
        self._chooser = RowChooser(model, chosen)
        self._place = ListPlace(self, model)
        self._current_id: int | None = None
        self.setModel(model)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setItemDelegate(CellDelegate(self, self))
        self.head = ListHeader(model, self)
        self.setHorizontalHeader(self.head)
        rows = self.verticalHeader()
        rows.setSelectionModel(QItemSelectionModel(model, rows))
        rows.hide()
        self.set_row_height()
        theme.changes().changed.connect(self.set_row_height)
        chosen.changed.connect(self.viewport().update)
        model.page_arrived.connect(self._ask_for_what_is_seen)
        model.modelReset.connect(self._was_reset)
        model.shown.connect(self._restore)

    def set_dimmed(self, *, on: bool) -> None:
        """Dim the rows while others are on their way."""
        if on != self._dimmed:
            self._dimmed = on
            self.viewport().update()

    # -- rows ------------------------------------------------------------------------

    def set_row_height(self) -> None:
        """Take the row height of the look in force; all rows have the same."""
        self.verticalHeader().setMinimumSectionSize(theme.look().row)
        self.verticalHeader().setDefaultSectionSize(theme.look().row)

    def row_state(self, row: int) -> RowState:
        """How this row is drawn now."""
        found = self._table.peek(row)
        return RowState(
            chosen=found is not None and found.id in self._chosen,
            hovered=row == self._hover[0],
            tinted=found is not None and self._table.is_tinted(found.id),
            broken=self._table.is_broken(row),
        )

    def is_first_shown(self, column: int) -> bool:
        """Whether this column is at the leading edge, where the bar of a chosen row is."""
        return self.head.visualIndex(column) == 0

    def hovered_cell(self) -> tuple[int, int]:
        """The link under the mouse: row and column, or (-1, -1)."""
        return self._hover

    def current_row(self) -> Any | None:
        """The current row object when it is loaded."""
        index = self.currentIndex()
        return self._table.peek(index.row()) if index.isValid() else None

    def current_id(self) -> int | None:
        """The current record."""
        return self._current_id

    def visible_rows(self) -> tuple[int, int]:
        """First and last row on the screen."""
        first = max(self.rowAt(0), 0)
        last = self.rowAt(self.viewport().height() - 1)
        return first, last if last >= 0 else max(self._table.total - 1, 0)

    def place(self) -> tuple[int | None, int]:
        """What to stay at over a refresh: a record and its position (MIC-02)."""
        return self._place.note()

    def go_to_row(self, row: int) -> None:
        """Make a row current and scroll to it."""
        if 0 <= row < self._table.total:
            self.setCurrentIndex(self._table.index(row, self.first_logical()))

    def first_logical(self) -> int:
        """The leading column on the screen."""
        visual = 0
        while visual < self.head.count() - 1 and (
            self.head.isSectionHidden(self.head.logicalIndex(visual))
        ):
            visual += 1
        return max(self.head.logicalIndex(visual), 0)

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        found = self._table.peek(current.row()) if current.isValid() else None
        if found is not None:
            self._current_id = found.id
        self.current_changed.emit(found)
        self.viewport().update()

    def _was_reset(self) -> None:
        self._chooser.forget()
        self._hover = (-1, -1)

    def _restore(self, row: int | None, still: bool) -> None:
        """After new rows: same record current, same place on the screen."""
        if not self._table.total:
            self._current_id = None
            self.current_changed.emit(None)
            return
        self._place.go_back(row)

    def _ask_for_what_is_seen(self) -> None:
        first, last = self.visible_rows()
        self._table.ensure(first, last)
        self._chooser.page_arrived()
        index = self.currentIndex()
        found = self._table.peek(index.row()) if index.isValid() else None
        if found is not None and found.id != self._current_id:
            self._current_id = found.id
            self.current_changed.emit(found)  # it was not loaded when it became current

    # -- choosing --------------------------------------------------------------------

    def toggle(self, row: int) -> None:
        """Tick or untick a row."""
        if self._ticks:
            self._chooser.toggle(row)

    def extend_to(self, row: int, start: int) -> None:
        """Choose from the anchor (or row `start`, when there is none) to a row."""
        if self._ticks:
            self._chooser.extend_to(row, start)

    # -- keys ------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, modifiers = event.key(), event.modifiers()
        shift = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        control = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
        row = self.currentIndex().row()
        if key in _MOVES:
            self._move(key, shift=shift)
        elif key == Qt.Key.Key_Space and shift:
            self.extend_to(row, row)
        elif key == Qt.Key.Key_Space:
            self.toggle(row)
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            if self._ticks:
                self.all_wanted.emit()
        elif key == Qt.Key.Key_Escape and self._chosen:
            self._chosen.clear()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not modifiers & ~_KEYPAD:
            self._open(row)
        elif key == Qt.Key.Key_C and control:
            self.copy_wanted.emit(shift)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            bar = self.horizontalScrollBar()
            step = bar.singleStep() * 4
            bar.setValue(bar.value() + (step if key == Qt.Key.Key_Right else -step))
        elif _is_text(event):
            self.find_typed.emit(event.text())
        else:
            event.ignore()

    def keyboardSearch(self, search: str) -> None:
        """Nothing: a miss would walk every row (LST-05)."""

    def _move(self, key: int, *, shift: bool) -> None:
        row = max(self.currentIndex().row(), 0)
        last = self._table.total - 1
        first, end = self.visible_rows()
        page = max(end - first - 1, 1)
        target = {
            Qt.Key.Key_Up: row - 1,
            Qt.Key.Key_Down: row + 1,
            Qt.Key.Key_PageUp: row - page,
            Qt.Key.Key_PageDown: row + page,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }[Qt.Key(key)]
        target = min(max(target, 0), last)
        if target < 0:
            return
        self.go_to_row(target)
        if shift:
            self.extend_to(target, row)

    def _open(self, row: int) -> None:
        if self._table.is_broken(row):
            self.retry_wanted.emit()
            return
        found = self._table.peek(row)
        if found is not None:
            self.opened.emit(found.id)

    # -- mouse -----------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.BackButton, Qt.MouseButton.ForwardButton):
            event.ignore()  # the window's history
            return
        index = self.indexAt(event.position().toPoint())
        if not index.isValid():
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            return
        before = self.currentIndex().row()
        self.setCurrentIndex(self._table.index(index.row(), self.first_logical()))
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if self._table.is_broken(index.row()):
            self.retry_wanted.emit()
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.extend_to(index.row(), max(before, 0))
        elif (
            event.modifiers() & Qt.KeyboardModifier.ControlModifier
            or self._column(index.column()).key == TICK
        ):
            self.toggle(index.row())
        elif self._is_link(event.position().toPoint()):
            self.linked.emit(self._table.peek(index.row()), self._column(index.column()).key)
            self._open(index.row())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()  # Qt's own would select and start editing

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and self._column(index.column()).key != TICK:
            self.go_to_row(index.row())
            self._open(index.row())
        else:
            self.mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        index = self.indexAt(at)
        link = self._is_link(at)
        hover = (index.row(), index.column() if link else -1)
        if hover != self._hover:
            self._hover = hover
            self.viewport().update()
        shape = Qt.CursorShape.PointingHandCursor if link else Qt.CursorShape.ArrowCursor
        self.viewport().setCursor(shape)

    def leaveEvent(self, event: QEvent) -> None:
        self._hover = (-1, -1)
        self.viewport().update()
        super().leaveEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            box = self._row_box(self.currentIndex().row())
            self.menu_wanted.emit(self.viewport().mapToGlobal(box.center()))
        elif self.indexAt(event.pos()).isValid():
            self.menu_wanted.emit(event.globalPos())

    def _column(self, logical: int) -> Column[Any]:
        return self._table.columns[logical]

    def _is_link(self, at: QPoint) -> bool:
        index = self.indexAt(at)
        if not index.isValid() or not self._column(index.column()).link:
            return False
        text = self._table.text(index.row(), index.column())
        return bool(text) and text_box(
            self.visualRect(index), text or "", self._column(index.column())
        ).contains(at)

    # -- painting --------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        dirty = event.rect()
        self._paint_rows(painter, dirty)
        if self._dimmed:
            veil = QColor(theme.colour("surface"))
            veil.setAlphaF(0.4)
            painter.fillRect(dirty, veil)
        row = self.currentIndex().row()
        if row < 0:
            return
        box = self._row_box(row)
        if not box.intersects(dirty):
            return
        ink = theme.colour("ring" if self.hasFocus() else "control")
        painter.setPen(QPen(ink, CURRENT_FRAME, j=Qt.PenJoinStyle.MiterJoin))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box.adjusted(1, 1, -1, -2))

    def _paint_rows(self, painter: QPainter, dirty: QRect) -> None:
        first, last = self.rowAt(dirty.top()), self.rowAt(dirty.bottom())
        if first < 0:
            return
        last = self._table.total - 1 if last < 0 else last
        height, y = self.rowHeight(first), self.rowViewportPosition(first)
        lines = []
        for at in range(first, last + 1):
            row = self._table.row_at(at)
            texts = () if row is None else self._table.texts(row)
            lines.append(Line(at, y, row, texts, self.row_state(at)))
            y += height
        strips = []
        for visual in range(self.head.count()):
            number = self.head.logicalIndex(visual)
            x, wide = self.columnViewportPosition(number), self.columnWidth(number)
            if wide and x <= dirty.right() and x + wide > dirty.left():
                strips.append(Strip(number, self._column(number), x, wide))
        paint_rows(
            painter, lines, strips, height, first=self.head.logicalIndex(0),
            hovered=self._hover, mirrored=self.isRightToLeft(),
        )  # fmt: skip

    def _row_box(self, row: int) -> QRect:
        y = self.rowViewportPosition(row)
        wide = min(self.head.length(), self.viewport().width())
        x = self.viewport().width() - wide if self.isRightToLeft() else 0
        return QRect(x, y, wide, self.rowHeight(row))


_KEYPAD = Qt.KeyboardModifier.KeypadModifier


def _is_text(event: QKeyEvent) -> bool:
    plain = event.modifiers() & (
        Qt.KeyboardModifier.ControlModifier
        | Qt.KeyboardModifier.AltModifier
        | Qt.KeyboardModifier.MetaModifier
    )
    text = event.text()
    return not plain and len(text) == 1 and text.isprintable() and not text.isspace()
