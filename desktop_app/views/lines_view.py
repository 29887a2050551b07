"""The view of a small table (``LinesTable``): ticks, links, current row, copy; no paging."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QPoint, QRect, Qt, Signal
from PySide6.QtGui import (
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from desktop_app.models.columns import Column, fit
from desktop_app.models.lines_table import TICK, LinesTable
from desktop_app.views import theme
from desktop_app.views.delegates import CellDelegate, RowState, text_box, unit
from desktop_app.views.glyphs import chip_size
from desktop_app.views.tokens import CELL_PADDING

ROWS_MEASURED = 200


class LinesView(QTableView):
    """Rows of one record. ``opened(row)``: Enter or double-click; ``linked(row, column key)``."""

    opened = Signal(object)
    linked = Signal(object, str)
    current_changed = Signal(object)

    def __init__(self, model: LinesTable[Any], name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines = model
        self._hover = (-1, -1)
        self.setModel(model)
        self.setAccessibleName(name)
        self.setProperty("framed", "true")
        self.setItemDelegate(CellDelegate(self, self))
        self.setWordWrap(False)
        self.setShowGrid(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        header.setMinimumSectionSize(24)
        model.modelReset.connect(self._fit)
        model.ticked_changed.connect(self.viewport().update)
        theme.changes().changed.connect(self._fit)
        self.selectionModel().currentChanged.connect(self._moved)
        self._fit()

    def current_row(self) -> Any:
        """The current row's value, None where there is none."""
        return self._lines.row_at(self.currentIndex().row())

    def row_state(self, row: int) -> RowState:
        """How the painter draws a row."""
        return RowState(chosen=self._lines.is_ticked(row), hovered=row == self._hover[0])

    def is_first_shown(self, column: int) -> bool:
        """Return whether the leading bar is drawn in this column."""
        return column == 0

    def hovered_cell(self) -> tuple[int, int]:
        """The cell under the mouse."""
        return self._hover

    def height_for(self, rows: int) -> int:
        """Pixels that the header and so many rows take."""
        return self.horizontalHeader().sizeHint().height() + rows * theme.look().row + 2

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = self.indexAt(event.position().toPoint())
        self._hover = (at.row(), at.column())
        over = self._is_on_link(at, event.position().toPoint())
        self.viewport().setCursor(
            Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor
        )
        self.viewport().update()
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._hover = (-1, -1)
        self.viewport().update()
        super().leaveEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        at = self.indexAt(event.position().toPoint())
        if not at.isValid() or event.button() != Qt.MouseButton.LeftButton:
            return
        if self._lines.columns[at.column()].key == TICK:
            self._lines.toggle(at.row())
        elif self._is_on_link(at, event.position().toPoint()):
            self.linked.emit(self._lines.row_at(at.row()), self._lines.columns[at.column()].key)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        at = self.indexAt(event.position().toPoint())
        if at.isValid() and self._lines.columns[at.column()].key != TICK:
            self.opened.emit(self._lines.row_at(at.row()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.currentIndex().row()
        plain = event.modifiers() in {
            Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier,
        }  # fmt: skip
        if plain and event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and row >= 0:
            self.opened.emit(self._lines.row_at(row))
        elif plain and event.key() == Qt.Key.Key_Space and row >= 0:
            self._lines.toggle(row)
        elif event.text().isprintable() and event.text():
            # Qt's own search would walk the rows for every letter (LST-05).
            event.ignore()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        at = self.currentIndex()
        if not at.isValid() or not self.hasFocus():
            return
        last = self.horizontalHeader().length()
        box = QRect(0, self.rowViewportPosition(at.row()), last, self.rowHeight(at.row()) - 1)
        painter = QPainter(self.viewport())
        painter.setPen(QPen(theme.colour("ring"), 2))
        painter.drawRect(box.adjusted(1, 1, -1, -1))
        painter.end()

    def _is_on_link(self, at: QModelIndex, point: QPoint) -> bool:
        if not at.isValid():
            return False
        column = self._lines.columns[at.column()]
        words = self._lines.text(at.row(), at.column())
        return (
            column.link
            and bool(words)
            and text_box(self.visualRect(at), words, column).contains(point)
        )

    def _moved(self, now: QModelIndex, _before: QModelIndex) -> None:
        self.viewport().update()
        self.current_changed.emit(self._lines.row_at(now.row()))

    def _fit(self) -> None:
        self.verticalHeader().setDefaultSectionSize(theme.look().row)
        columns = [self._sized(number) for number in range(len(self._lines.columns))]
        shown = {
            placed.key: placed.width
            for placed in fit(columns, self.viewport().width(), unit(), 2 * CELL_PADDING)
        }
        for number, column in enumerate(self._lines.columns):
            self.setColumnHidden(number, column.key not in shown)
            if column.key in shown:
                self.setColumnWidth(number, 36 if column.key == TICK else shown[column.key])

    def _sized(self, number: int) -> Column[Any]:
        """A column as its rows want it: numbers and codes grow (LST-08), snug ones shrink."""
        column: Column[Any] = self._lines.columns[number]
        if not (column.fixed or column.snug):
            return column
        rows = range(min(self._lines.rowCount(), ROWS_MEASURED))
        wanted = max((self._wide(row, number) for row in rows), default=0.0)
        if column.stretch:
            return replace(column, width_min=max(column.width_min, wanted))
        width = column.width
        if column.snug:
            head = QFontMetrics(theme.font("strong")).horizontalAdvance(column.heading) + 1
            width = min(width, max(wanted, head / unit()))
        return replace(column, width=max(width, wanted) if column.fixed else width)

    def _wide(self, row: int, number: int) -> float:
        """What a cell shows, in widths of a digit."""
        column = self._lines.columns[number]
        metrics = QFontMetrics(theme.font("strong" if column.strong else "body"))
        wide = metrics.horizontalAdvance(self._lines.text(row, number))
        mark = column.mark(self._lines.row_at(row)) if column.mark is not None else None
        if mark is not None:
            wide = max(wide, chip_size(mark, metrics).width())
        return (wide + 1) / unit()
