"""The view of ``UnitsRows``: LinesView whose last column is typed into (BPO-11, MIC-06)."""

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

from desktop_app.models.units_rows import UNITS, UnitsRows
from desktop_app.views import theme
from desktop_app.views.delegates import CellDelegate
from desktop_app.views.fields import paint_field, step_of
from desktop_app.views.lines_view import LinesView

Index = QModelIndex | QPersistentModelIndex


class UnitsDelegate(CellDelegate):
    """The quantity looks like a field and is edited in place. ``moved``: 1 is down, -1 up."""

    moved = Signal(int)

    def __init__(self, view: LinesView, model: UnitsRows[Any], said: str) -> None:
        super().__init__(view, view)
        self._model = model
        self._said = said
        self.editor: QLineEdit | None = None

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = self._model.row_at(index.row())
        if row is None or not self._model.flags(index) & Qt.ItemFlag.ItemIsEditable:
            super().paint(painter, option, index)
            return
        box: QRect = option.rect
        painter.fillRect(box.x(), box.bottom(), box.width(), 1, theme.colour("hairline"))
        painter.save()
        wrong = bool(self._model.why_wrong(row))
        ink = paint_field(painter, field_of(box), edited=self._model.is_edited(row), wrong=wrong)
        painter.setFont(theme.font("strong"))
        painter.setPen(ink)
        flags = Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(
            field_of(box).adjusted(6, 0, -7, 0),
            flags,
            self._model.text(index.row(), index.column()),
        )
        painter.restore()

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        editor = QLineEdit(parent)
        editor.setAlignment(Qt.AlignmentFlag.AlignRight)
        row: Any = self._model.row_at(index.row())
        editor.setAccessibleName(f"{self._said} of {self._model.name_of(row)}")
        self.editor = editor
        return editor

    def destroyEditor(self, editor: QWidget, index: Index) -> None:
        self.editor = None
        super().destroyEditor(editor, index)

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        editor.setGeometry(field_of(option.rect))

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


def field_of(cell: QRect) -> QRect:
    """The field inside its cell."""
    return cell.adjusted(6, 3, -1, -4)


class UnitsTable(LinesView):
    """Typing a digit edits the quantity; Enter and F2 edit it, Enter leaves it downwards."""

    def __init__(
        self, model: UnitsRows[Any], name: str, said: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(model, name, parent)
        self._rows = model
        self._fields = UnitsDelegate(self, model, said)
        self.setItemDelegate(self._fields)
        self._fields.moved.connect(self._move)
        self._at = next(at for at, one in enumerate(model.columns) if one.key == UNITS)

    @property
    def editor(self) -> QLineEdit | None:
        """The field that is open now."""
        return self._fields.editor

    def edit_row(self, row: int, typed: str = "") -> None:
        """Open the field of a row, with the key that began it."""
        cell = self._rows.index(row, self._at)
        if not self._rows.flags(cell) & Qt.ItemFlag.ItemIsEditable:
            return
        self.setCurrentIndex(cell)
        self.edit(cell)
        if typed and self.editor is not None:
            self.editor.setText(typed)
            self.editor.setModified(True)

    def finish(self) -> None:
        """Take what stands in an open field, before a commit."""
        if self.editor is not None:
            self.commitData(self.editor)
            self.closeEditor(self.editor, QAbstractItemDelegate.EndEditHint.NoHint)

    def _move(self, step: int) -> None:
        row = self.currentIndex().row() + step
        if 0 <= row < self._rows.rowCount():
            self.setCurrentIndex(self._rows.index(row, self._at))
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        at, typed = self.currentIndex(), event.text()
        if not at.isValid() or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2}:
            self.edit_row(at.row())
        elif typed and typed.isdigit():
            self.edit_row(at.row(), typed)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        at = self.indexAt(event.position().toPoint())
        if at.isValid() and at.column() == self._at:
            self.edit_row(at.row())

    @property
    def is_editing(self) -> bool:
        """Whether a field is open."""
        return self.state() == QAbstractItemView.State.EditingState
