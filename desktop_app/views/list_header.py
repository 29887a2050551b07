"""The heading row: tick box, headings on their numbers, sort arrows, glyph sub-headings (LST-04)."""

from typing import Any

from PySide6.QtCore import QItemSelectionModel, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFontMetrics, QMouseEvent, QPainter
from PySide6.QtWidgets import QHeaderView, QWidget

from desktop_app.models.columns import Align, Column
from desktop_app.models.paged_table import PagedTable, alignment, sorted_by
from desktop_app.services.lists import Sort
from desktop_app.views import glyphs, theme
from desktop_app.views.delegates import TICK, paint_tick, slot_of
from desktop_app.views.indicators import drawing
from desktop_app.views.tokens import CELL_PADDING

ARROW = 10


class ListHeader(QHeaderView):
    """Paints itself so that headings have the cells' padding; a click sorts or ticks all.

    Shift+click adds the column as a second key; the two are numbered then.
    """

    sort_wanted = Signal(object)  # a Sort, or None for the list's own order
    refused = Signal(str)  # why a column cannot be the second key
    tick_wanted = Signal()
    menu_wanted = Signal(int, QPoint)

    def __init__(self, model: PagedTable[Any, Any], parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._model = model
        self._tick = Qt.CheckState.Unchecked
        self.setModel(model)
        # Qt would ask the rows' selection model about every column; ours has nothing to say.
        self.setSelectionModel(QItemSelectionModel(model, self))
        self.setHighlightSections(False)
        self.setSectionsMovable(True)
        self.setFirstSectionMovable(False)
        self.setSectionsClickable(True)
        self.setMinimumSectionSize(28)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setMouseTracking(True)
        self._pressed_at: QPoint | None = None

    def set_tick(self, state: Qt.CheckState) -> None:
        """Show none, some or all chosen."""
        if state != self._tick:
            self._tick = state
            self.viewport().update()

    def tick(self) -> Qt.CheckState:
        """What the heading's box shows."""
        return self._tick

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), max(32, theme.look().text_height + 16))

    def paintSection(self, painter: QPainter, rect: QRect, logical: int) -> None:
        if not rect.isValid():
            return
        column: Column[Any] = self._model.columns[logical]
        painter.save()
        painter.fillRect(rect, theme.colour("header"))
        painter.fillRect(QRect(rect.x(), rect.bottom(), rect.width(), 1), theme.colour("hairline"))
        if column.key == TICK:
            paint_tick(painter, rect, self._tick)
        else:
            inner = rect.adjusted(CELL_PADDING, 0, -CELL_PADDING, 0)
            painter.setPen(theme.colour("text2"))
            if column.subheadings:
                painter.setFont(theme.font("caption"))
                for number, word in enumerate(column.subheadings):
                    slot = slot_of(
                        inner, number, len(column.subheadings), mirrored=self.isRightToLeft()
                    )
                    painter.drawText(slot, int(Qt.AlignmentFlag.AlignCenter), word)
            else:
                self._paint_heading(painter, inner, column)
        painter.restore()

    def _paint_heading(self, painter: QPainter, inner: QRect, column: Column[Any]) -> None:
        font = theme.font("strong")
        painter.setFont(font)
        metrics = QFontMetrics(font)
        sort = self._model.sorting
        place, down = sorted_by(sort, column.sort)
        number = str(place) if place and sort is not None and len(sort) > 2 else ""
        wide_number = QFontMetrics(theme.font("caption")).horizontalAdvance(number)
        mark = ARROW + 4 + wide_number if place else 0
        room = inner.adjusted(0, 0, -mark, 0)
        if column.align is Align.END:
            room = inner.adjusted(mark, 0, 0, 0)
        text = metrics.elidedText(column.heading, Qt.TextElideMode.ElideRight, room.width())
        flags = int(alignment(column.align) | Qt.TextFlag.TextSingleLine)
        painter.drawText(room, flags, text)
        if not place:
            return
        wide = metrics.horizontalAdvance(text)
        x = room.x() + wide + 4
        if column.align is Align.END:
            x = room.right() - wide - mark + 1
        name = "sort-down" if down else "sort-up"
        ratio = painter.device().devicePixelRatioF()
        made = glyphs.drawing(drawing(name, theme.look().palette), ARROW, ratio)
        painter.drawPixmap(QPoint(x, inner.center().y() - ARROW // 2 + 1), made)
        if number:
            painter.setFont(theme.font("caption"))
            box = QRect(x + ARROW, inner.y(), wide_number + 1, inner.height())
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), number)

    def isRightToLeft(self) -> bool:
        return self.layoutDirection() == Qt.LayoutDirection.RightToLeft

    # -- mouse ---------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        resizing = self.cursor().shape() == Qt.CursorShape.SplitHCursor
        left = event.button() == Qt.MouseButton.LeftButton
        self._pressed_at = event.position().toPoint() if left and not resizing else None
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        at, self._pressed_at = self._pressed_at, None
        here = event.position().toPoint()
        if at is None or (here - at).manhattanLength() > 6:
            return
        logical = self.logicalIndexAt(here)
        if logical < 0:
            return
        column: Column[Any] = self._model.columns[logical]
        if column.key == TICK:
            self.tick_wanted.emit()
        elif column.sort and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.sort_then(column)
        elif column.sort:
            self.sort_wanted.emit(next_sort(self._model.sorting, column.sort))

    def sort_then(self, column: Column[Any]) -> None:
        """Sort by this column where the first one has equals; say why where that cannot be."""
        now = self._model.sorting
        if now is None or now[0] == column.sort:
            self.sort_wanted.emit(next_sort(now, column.sort))
        elif why := self.why_not_then(column):
            self.refused.emit(why)
        else:
            self.sort_wanted.emit(next_then(now, column.sort))

    def why_not_then(self, column: Column[Any]) -> str:
        """Why this column cannot be the second key now; empty where it can."""
        now = self._model.sorting
        if now is None:
            return "Sort by another column first."
        first = next((one.heading for one in self._model.columns if one.sort == now[0]), now[0])
        if now[0] == column.sort:
            return f"The list is sorted by {first} already."
        able = self._model.source.thens(now[0])
        if not able:
            return f"No two have the same {first}: nothing is left to sort."
        return "" if column.sort in able else f"{column.heading} can be the first key only."

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        logical = self.logicalIndexAt(event.pos())
        if logical >= 0:
            self.menu_wanted.emit(logical, event.globalPos())


def next_sort(now: Sort | None, key: str) -> Sort | None:
    """A click cycles ascending, descending, the list's own order (LST-04)."""
    if now is None or now[0] != key or len(now) > 2:
        return (key, False)
    return None if now[1] else (key, True)


def next_then(now: Sort, key: str) -> Sort:
    """Shift+click cycles the second key: ascending, descending, none (LST-04)."""
    if len(now) > 2 and now[2:] == (key, True):
        return now[0], now[1]
    return now[0], now[1], key, now[2:] == (key, False)
