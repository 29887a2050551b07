"""The rows of the clone dialog: LinesView with fields for quantity and cost."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QLineEdit,
    QStyleOptionViewItem,
    QWidget,
)

from desktop_app.models.clone_rows import COST, ORDER, CloneRows
from desktop_app.models.lines_table import TICK
from desktop_app.views import theme
from desktop_app.views.delegates import CellDelegate
from desktop_app.views.fields import paint_field, step_of
from desktop_app.views.lines_view import LinesView

Index = QModelIndex | QPersistentModelIndex


class CloneDelegate(CellDelegate):
    """Order and Cost look like fields and are edited in place. ``moved``: 1 is down, -1 up."""

    moved = Signal(int)

    def __init__(self, view: CloneTable, model: CloneRows) -> None:
        super().__init__(view, view)
        self._model = model
        self.editor: QLineEdit | None = None

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        key = self._model.columns[index.column()].key
        is_field = bool(self._model.flags(index) & Qt.ItemFlag.ItemIsEditable)
        row = self._model.row_at(index.row())
        if not is_field or row is None:
            super().paint(painter, option, index)
            return
        state = theme.colour("selection") if self._model.is_ticked(index.row()) else None
        box: QRect = option.rect
        if state is not None:
            painter.fillRect(box, state)
        painter.fillRect(box.x(), box.bottom(), box.width(), 1, theme.colour("hairline"))
        wrong = bool(self._model.why_wrong(row, key))
        edited = self._model.is_edited(row, key)
        painter.save()
        ink = paint_field(painter, field_rect(box), edited=edited, wrong=wrong)
        text = self._model.text(index.row(), index.column())
        painter.setFont(theme.font("strong" if text else "body"))
        painter.setPen(ink if text else theme.colour("text3"))
        flags = Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter
        inner = field_rect(box).adjusted(6, 0, -7, 0)
        painter.drawText(inner, flags, text or "price")
        painter.restore()

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        row: Any = self._model.row_at(index.row())
        editor = QLineEdit(parent)
        editor.setAlignment(Qt.AlignmentFlag.AlignRight)
        what = "Cost" if self._model.columns[index.column()].key == COST else "Order quantity"
        editor.setAccessibleName(f"{what} of {row.sku}")
        self.editor = editor
        return editor

    def destroyEditor(self, editor: QWidget, index: Index) -> None:
        self.editor = None
        super().destroyEditor(editor, index)

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        editor.setGeometry(field_rect(option.rect))

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        assert isinstance(editor, QLineEdit)
        if not editor.isModified():
            editor.setText(str(index.data(Qt.ItemDataRole.EditRole)))
            editor.selectAll()

    def setModelData(self, editor: QWidget, model: object, index: Index) -> None:
        assert isinstance(editor, QLineEdit)
        self._model.setData(index, editor.text())

    def eventFilter(self, editor: QObject, event: QEvent) -> bool:
        step = step_of(event) if isinstance(editor, QLineEdit) else 0
        if step and isinstance(editor, QLineEdit):
            self.commitData.emit(editor)
            self.closeEditor.emit(editor, QAbstractItemDelegate.EndEditHint.NoHint)
            self.moved.emit(step)
            return True
        return super().eventFilter(editor, event)


def field_rect(cell: QRect) -> QRect:
    """The field inside its cell."""
    return cell.adjusted(6, 3, -1, -4)


class CloneTable(LinesView):
    """Typing a digit edits the quantity; Enter and F2 edit, Space ticks (BPO-11)."""

    def __init__(self, model: CloneRows, parent: QWidget | None = None) -> None:
        super().__init__(model, "Rows to order", parent)
        self._rows = model
        self._fields = CloneDelegate(self, model)
        self.setItemDelegate(self._fields)
        self._fields.moved.connect(self._move)

    @property
    def editor(self) -> QLineEdit | None:
        """The field that is open now."""
        return self._fields.editor

    def column_of(self, key: str) -> int:
        """Return the position of a column."""
        return next(at for at, column in enumerate(self._rows.columns) if column.key == key)

    def edit_cell(self, row: int, key: str = ORDER, typed: str = "") -> None:
        """Open the field of a row, with the key that began it."""
        cell = self._rows.index(row, self.column_of(key))
        if not self._rows.flags(cell) & Qt.ItemFlag.ItemIsEditable:
            return
        self.setCurrentIndex(cell)
        self.edit(cell)
        if typed and self._fields.editor is not None:
            self._fields.editor.setText(typed)
            self._fields.editor.setModified(True)

    def _move(self, step: int) -> None:
        row = self.currentIndex().row() + step
        if 0 <= row < self._rows.rowCount():
            self.setCurrentIndex(self._rows.index(row, self.currentIndex().column()))
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        at, typed = self.currentIndex(), event.text()
        plain = not event.modifiers() & Qt.KeyboardModifier.ControlModifier
        key = self._rows.columns[at.column()].key if at.isValid() else ""
        field = key if key in {ORDER, COST} else ORDER
        if not at.isValid() or not plain:
            event.ignore()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2}:
            self.edit_cell(at.row(), field)
        elif typed and (typed.isdigit() or typed in ".,"):
            self.edit_cell(at.row(), field, typed)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        at = self.indexAt(event.position().toPoint())
        if at.isValid() and self._rows.columns[at.column()].key in {ORDER, COST}:
            self.edit_cell(at.row(), self._rows.columns[at.column()].key)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        at = self.indexAt(event.position().toPoint())
        if at.isValid() and self._rows.columns[at.column()].key == TICK:
            self._rows.toggle(at.row())

    @property
    def is_editing(self) -> bool:
        """Whether a field is open."""
        return self.state() == QAbstractItemView.State.EditingState
