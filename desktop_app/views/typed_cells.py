"""Table cells that a person types into: their editor, the keys that leave it, their look (BPO-11)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from desktop_app.models.lines_table import LinesTable
from desktop_app.views import theme
from desktop_app.views.delegates import CellDelegate
from desktop_app.views.fields import paint_field, step_of
from desktop_app.views.lines_view import LinesView

Index = QModelIndex | QPersistentModelIndex


class TypingDelegate(QStyledItemDelegate):
    """Gives cells their editor. ``moved``: it was left by Enter or an arrow; 1 is down, -1 up."""

    moved = Signal(int)

    def __init__(self, said: Callable[[Index], str], parent: QWidget) -> None:
        super().__init__(parent)
        self._said = said
        self.editor: QLineEdit | None = None

    def field_rect(self, cell: QRect) -> QRect:
        """The field inside its cell."""
        return cell.adjusted(6, 3, -1, -4)

    def begin_with(self, typed: str) -> None:
        """Put the key that opened the editor into it."""
        if typed and self.editor is not None:
            self.editor.setText(typed)
            self.editor.setModified(True)

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        editor = QLineEdit(parent)
        editor.setAlignment(Qt.AlignmentFlag.AlignRight)
        editor.setAccessibleName(self._said(index))
        self.editor = editor
        return editor

    def destroyEditor(self, editor: QWidget, index: Index) -> None:
        self.editor = None
        super().destroyEditor(editor, index)

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        editor.setGeometry(self.field_rect(option.rect))

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        assert isinstance(editor, QLineEdit)
        if not editor.isModified():
            editor.setText(str(index.data(Qt.ItemDataRole.EditRole)))
            editor.selectAll()

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        assert isinstance(editor, QLineEdit)
        model.setData(index, editor.text())

    def eventFilter(self, editor: QObject, event: QEvent) -> bool:
        step = step_of(event) if isinstance(editor, QLineEdit) else 0
        if step and isinstance(editor, QLineEdit):
            self.commitData.emit(editor)
            self.closeEditor.emit(editor, QAbstractItemDelegate.EndEditHint.NoHint)
            self.moved.emit(step)
            return True
        return super().eventFilter(editor, event)


@dataclass(frozen=True, slots=True)
class FieldLook:
    """How a cell that can be typed into is drawn; ``faint``: its text is no figure of its own."""

    text: str
    edited: bool = False
    wrong: bool = False
    out: bool = False
    strong: bool = True
    faint: bool = False


class FieldDelegate(TypingDelegate):
    """Paints as every table, and as fields the cells that can be typed into."""

    def __init__(self, view: TypedTable) -> None:
        super().__init__(view.said, view)
        self._table = view
        self._plain = CellDelegate(view, self)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return self._plain.sizeHint(option, index)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        if not index.flags() & Qt.ItemFlag.ItemIsEditable:
            self._plain.paint(painter, option, index)
            return
        look = self._table.look(index)
        box: QRect = option.rect
        if self._table.row_state(index.row()).chosen:
            painter.fillRect(box, theme.colour("selection"))
        painter.fillRect(box.x(), box.bottom(), box.width(), 1, theme.colour("hairline"))
        painter.save()
        field = self.field_rect(box)
        ink = paint_field(painter, field, edited=look.edited, wrong=look.wrong, out=look.out)
        painter.setFont(theme.font("strong" if look.strong else "body"))
        painter.setPen(theme.colour("text3") if look.faint else ink)
        flags = Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(field.adjusted(6, 0, -7, 0), flags, look.text)
        painter.restore()


class TypedTable(LinesView):
    """Typing a digit edits the current row; Enter and F2 edit it too, Enter leaves it downwards.

    ``typed_keys``: the columns that are typed into, first the one that a key opens from any other;
    ``also``: what begins a figure beside digits. The subclass says how a cell looks and its name.
    """

    typed_keys: tuple[str, ...]
    also = ".,"

    def __init__(self, model: LinesTable[Any], name: str, parent: QWidget | None = None) -> None:
        super().__init__(model, name, parent)
        self._fields = FieldDelegate(self)
        self.setItemDelegate(self._fields)
        self._fields.moved.connect(self._move)

    def look(self, index: Index) -> FieldLook:
        """How a cell that can be typed into is drawn; a plain field of its text."""
        return FieldLook(str(index.data() or ""))

    def said(self, index: Index) -> str:
        """What a screen reader calls the field of a cell; its column's heading."""
        heading = self.model().headerData(index.column(), Qt.Orientation.Horizontal)
        return str(heading or "")

    @property
    def editor(self) -> QLineEdit | None:
        """The field that is open now."""
        return self._fields.editor

    @property
    def is_editing(self) -> bool:
        """Whether a field is open."""
        return self.state() == QAbstractItemView.State.EditingState

    def column_of(self, key: str) -> int:
        """Return the position of a column."""
        return next(at for at, column in enumerate(self._lines.columns) if column.key == key)

    def edit_cell(self, row: int, key: str, typed: str = "") -> None:
        """Open the field of a row, with the key that began it."""
        cell = self._lines.index(row, self.column_of(key))
        if not self._lines.flags(cell) & Qt.ItemFlag.ItemIsEditable:
            return
        self.setCurrentIndex(cell)
        self.edit(cell)
        self._fields.begin_with(typed)

    def finish(self) -> None:
        """Take what stands in an open field, before a commit."""
        if self.editor is not None:
            self.commitData(self.editor)
            self.closeEditor(self.editor, QAbstractItemDelegate.EndEditHint.NoHint)

    def _move(self, step: int) -> None:
        row = self.currentIndex().row() + step
        if 0 <= row < self._lines.rowCount():
            self.setCurrentIndex(self._lines.index(row, self.currentIndex().column()))
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        at, typed = self.currentIndex(), event.text()
        key = self._lines.columns[at.column()].key if at.isValid() else ""
        field = key if key in self.typed_keys else self.typed_keys[0]
        if not at.isValid() or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2}:
            self.edit_cell(at.row(), field)
        elif typed and (typed.isdigit() or typed in self.also):
            self.edit_cell(at.row(), field, typed)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        at = self.indexAt(event.position().toPoint())
        if at.isValid() and (key := self._lines.columns[at.column()].key) in self.typed_keys:
            self.edit_cell(at.row(), key)
