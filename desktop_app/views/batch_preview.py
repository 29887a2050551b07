"""The tree of the batch preview: one top row per future purchase order (BPO-10, BPO-11)."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFontMetrics,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHeaderView,
    QMenu,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from desktop_app.models.batch_preview_model import ROLE_LINE, BatchPreviewModel, Col
from desktop_app.models.marks import Tone
from desktop_app.services.batch_preview import Line
from desktop_app.views import theme, tokens
from desktop_app.views.batch_delegate import PreviewDelegate
from desktop_app.views.icons import draw

Index = QModelIndex | QPersistentModelIndex
FLASH_MS = 1200
DIMMED = 0.6
WIDTHS = {
    Col.SOLD: 7.0, Col.COVERED: 8.0, Col.NEEDED: 8.0, Col.STOCK: 8.5, Col.INBOUND: 9.5,
    Col.ORDER: 10.5, Col.COST: 9.0, Col.TOTAL: 10.5,
}  # fmt: skip
"""In widths of the digit 0, so that they follow the text size (IA-05)."""
EXTRA = (Col.SOLD, Col.COVERED)
NAME_ROOMY, NAME_FAIR, NAME_LEAST = 40, 14, 3
"""Digits left for the name beside its code: to show the extra columns, wide ones, and any."""


class PreviewTree(QTreeView):
    """``line_shown(Line | None)``: the current row; ``menu_for`` fills the menu of a line."""

    line_shown = Signal(object)
    editor_left = Signal()
    paste_wanted = Signal(str)

    def __init__(self, model: BatchPreviewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.preview_model = model
        self.menu_for: Callable[[QMenu, Line], None] = lambda _menu, _line: None
        self.supplier_menu_for: Callable[[QMenu, Line], None] = lambda _menu, _line: None
        self._dimmed = False
        self._collapsed: set[str] = set()
        self._current = ""
        self._order = PreviewDelegate(model, self)
        self.setModel(model)
        self.setItemDelegate(self._order)
        self.setAccessibleName("Preview of the purchase orders")
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(False)
        self.setMouseTracking(True)
        self.setIndentation(22)
        self.setExpandsOnDoubleClick(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionsMovable(False)
        header.setSectionsClickable(False)
        header.setMinimumSectionSize(40)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(Col.NAME, QHeaderView.ResizeMode.Stretch)
        self._order.moved.connect(self.move_by)
        # The view must have left its editing state before a held preview is shown. Not by a queued
        # connection: the editor in the signal is gone when it arrives.
        self._order.closeEditor.connect(
            lambda *_how: QTimer.singleShot(0, self, self.editor_left.emit)
        )
        self.collapsed.connect(lambda index: self._collapsed.add(model.key_at(index)))
        self.expanded.connect(lambda index: self._collapsed.discard(model.key_at(index)))
        model.modelAboutToBeReset.connect(self._remember)
        model.modelReset.connect(self._restore)
        model.settled.connect(self._settle_widths)
        theme.changes().changed.connect(self._settle_widths)
        self._flash = QTimer(self, singleShot=True, interval=FLASH_MS)
        self._flash.timeout.connect(self._end_flash)

    # --- state -----------------------------------------------------------------------------------

    def set_dimmed(self, dimmed: bool) -> None:
        """Show that what is on screen is about to be worked out again (BPO-09)."""
        if dimmed != self._dimmed:
            self._dimmed = dimmed
            self.viewport().update()

    @property
    def is_editing(self) -> bool:
        """Whether an Order cell is being typed into."""
        return self.state() == QAbstractItemView.State.EditingState

    def flash(self) -> None:
        """Tint the lines that changed, for a moment."""
        if self.preview_model.flashing:
            self._flash.start()
            self.viewport().update()

    def _end_flash(self) -> None:
        self.preview_model.stop_flashing()
        self.viewport().update()

    def current_line(self) -> Line | None:
        """Return the line the cursor is on."""
        index = self.currentIndex()
        return index.data(ROLE_LINE) if index.isValid() else None

    def _remember(self) -> None:
        index = self.currentIndex()
        self._current = self.preview_model.key_at(index) if index.isValid() else self._current

    def _restore(self) -> None:
        """Keyboard focus and expanded groups stay through every new preview (BPO-09)."""
        model = self.preview_model
        for row in range(model.rowCount()):
            index = model.index(row, 0)
            self.setExpanded(index, model.key_at(index) not in self._collapsed)
        found = model.find(self._current) if self._current else QModelIndex()
        if not found.isValid():
            found = self._first_line()
        if found.isValid():
            self.setCurrentIndex(found)
        self._settle_widths()
        self.line_shown.emit(self.current_line())

    def _first_line(self) -> QModelIndex:
        model = self.preview_model
        return model.index(0, 0, model.index(0, 0)) if model.rowCount() else QModelIndex()

    def show_line(self, key: str) -> None:
        """Make a line current and bring it into sight."""
        index = self.preview_model.find(key)
        if index.isValid():
            self.setCurrentIndex(index)
            self.scrollTo(index)

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        if current.isValid():
            self._current = self.preview_model.key_at(current)
        self.line_shown.emit(self.current_line())
        self.viewport().update()

    # --- widths ----------------------------------------------------------------------------------

    def _settle_widths(self, *_changed: object) -> None:
        """Codes and numbers are never cut; what there is no room for leaves, least needed first."""
        metrics = QFontMetrics(theme.font("strong"))
        unit = metrics.horizontalAdvance("0")
        longest = self.preview_model.longest()
        least: dict[Col, int] = {}
        wide: dict[Col, int] = {}
        for col, width in WIDTHS.items():
            heading = str(self.preview_model.headerData(col, Qt.Orientation.Horizontal))
            words = metrics.horizontalAdvance(heading) + 2 * tokens.CELL_PADDING + 2
            air = 40 if col == Col.ORDER else 2 * tokens.CELL_PADDING + 2
            least[col] = max(words, metrics.horizontalAdvance(longest.get(col, "")) + air)
            wide[col] = max(least[col], round(width * unit))
        room = self.viewport().width()
        marks = 2 * self.indentation() + tokens.TICK_SIZE + 2 * tokens.RELATED_GAP
        code = metrics.horizontalAdvance(longest.get(Col.NAME, "")) + marks
        shown = dict(wide)
        if room - sum(wide.values()) < code + NAME_ROOMY * unit:
            for col in EXTRA:
                del shown[col]
            if room - sum(shown.values()) < code + NAME_FAIR * unit:
                shown = {col: least[col] for col in shown}
            gone = [Col.COST, Col.INBOUND, Col.STOCK]
            while gone and room - sum(shown.values()) < code + NAME_LEAST * unit:
                del shown[gone.pop(0)]
        for col in WIDTHS:
            self.setColumnHidden(col, col not in shown)
            if col in shown:
                self.setColumnWidth(col, shown[col])

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._settle_widths()
        super().resizeEvent(event)

    # --- painting --------------------------------------------------------------------------------

    def drawRow(self, painter: QPainter, options: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        if self._dimmed:
            painter.setOpacity(DIMMED)
        row: QRect = options.rect
        full = QRect(0, row.y(), self.viewport().width(), row.height())
        current = self.currentIndex()
        is_current = current.row() == index.row() and current.parent() == index.parent()
        under = self.viewport().mapFromGlobal(self.cursor().pos())
        if is_current:
            painter.fillRect(full, theme.colour("selection"))
        elif not index.parent().isValid():
            painter.fillRect(full, theme.colour("group"))
        elif self.preview_model.key_at(index) in self.preview_model.flashing:
            painter.fillRect(full, theme.tone(Tone.INFO)[1])
        elif full.contains(under) and self.underMouse():
            painter.fillRect(full, theme.colour("hover"))
        super().drawRow(painter, options, index)
        painter.setPen(theme.colour("hairline"))
        painter.drawLine(full.bottomLeft(), full.bottomRight())
        if is_current and self.hasFocus():
            painter.setPen(QPen(theme.colour("ring"), tokens.CURRENT_FRAME))
            painter.drawRect(full.adjusted(1, 1, -1, -1))
        painter.restore()

    def drawBranches(self, painter: QPainter, rect: QRect, index: Index) -> None:
        if index.parent().isValid() or not self.preview_model.rowCount(index):
            return
        is_open = self.isExpanded(index)
        side = 14
        at = QPoint(rect.right() - side, rect.center().y() - side // 2 + 1)
        draw(painter, "chevron-down" if is_open else "chevron-right", "text2", at, side)

    # --- hands -----------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if (
            index.isValid()
            and index.column() == Col.NAME
            and event.button() == Qt.MouseButton.LeftButton
        ):
            cell = self.visualRect(index)
            if self._order.box_rect(cell).contains(event.position().toPoint()):
                self.setCurrentIndex(index)
                self.toggle(index)
                return
        super().mousePressEvent(event)
        is_order = index.isValid() and index.column() == Col.ORDER
        if is_order and event.button() == Qt.MouseButton.LeftButton:
            self.edit_order(index)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and not index.parent().isValid() and index.column() != Col.NAME:
            self.setExpanded(index, not self.isExpanded(index))
            return
        self.mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        key, line = Qt.Key(event.key()), self.current_line()
        typed = event.text()
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if alt and key == Qt.Key.Key_Down and line is not None:
            self.open_supplier_menu(line)
        elif event.matches(QKeySequence.StandardKey.Paste):
            self.paste_wanted.emit(QApplication.clipboard().text())
        elif event.matches(QKeySequence.StandardKey.Copy):
            QApplication.clipboard().setText(self.preview_model.as_text(index))
        elif not index.isValid() or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()
        elif key == Qt.Key.Key_Space:
            self.toggle(index)
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2}:
            if line is None:
                self.setExpanded(index, not self.isExpanded(index))
            else:
                self.edit_order(index)
        elif line is not None and typed and (typed.isdigit() or typed in ".,") and not alt:
            self.edit_order(index, typed)
        elif typed.isprintable() and typed:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def edit_order(self, index: QModelIndex, typed: str = "") -> None:
        """Open the Order field of a row, with the key that began it (BPO-11)."""
        cell = index.siblingAtColumn(Col.ORDER)
        if not self.preview_model.flags(cell) & Qt.ItemFlag.ItemIsEditable:
            return
        self.setCurrentIndex(cell)
        self.edit(cell)
        self._order.begin_with(typed)

    def toggle(self, index: QModelIndex) -> None:
        """Tick or clear the box of a row."""
        top = index.siblingAtColumn(Col.NAME)
        state = top.data(Qt.ItemDataRole.CheckStateRole)
        if state is not None:
            ticked = Qt.CheckState(state) == Qt.CheckState.Checked
            wanted = Qt.CheckState.Unchecked if ticked else Qt.CheckState.Checked
            self.preview_model.setData(top, wanted, Qt.ItemDataRole.CheckStateRole)

    def move_by(self, step: int) -> None:
        """Go to the next or previous line, past the top rows."""
        index = self.currentIndex()
        while index.isValid():
            index = self.indexBelow(index) if step > 0 else self.indexAbove(index)
            if index.isValid() and index.data(ROLE_LINE) is not None:
                self.setCurrentIndex(index.siblingAtColumn(Col.NAME))
                return

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        index = self.indexAt(event.pos()) if by_mouse else self.currentIndex()
        line = index.data(ROLE_LINE) if index.isValid() else None
        if line is None:
            return
        self.setCurrentIndex(index.siblingAtColumn(Col.NAME))
        menu = self._menu()
        self.menu_for(menu, line)
        menu.popup(event.globalPos() if by_mouse else self._below(index))

    def open_supplier_menu(self, line: Line) -> None:
        """Alt+Down: the suppliers of the line with their prices (BPO-10)."""
        menu = self._menu()
        self.supplier_menu_for(menu, line)
        menu.popup(self._below(self.currentIndex()))

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return menu

    def _below(self, index: Index) -> QPoint:
        return self.viewport().mapToGlobal(self.visualRect(index).bottomLeft())
