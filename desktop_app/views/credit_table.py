"""The rows of the credit dialog: LinesView with a field for what is taken back now."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QAbstractItemDelegate, QLineEdit, QStyleOptionViewItem, QWidget

from desktop_app.models.credit_rows import BACK, BackRows
from desktop_app.views import theme
from desktop_app.views.clone_table import field_rect
from desktop_app.views.delegates import CellDelegate
from desktop_app.views.fields import paint_field, step_of
from desktop_app.views.lines_view import LinesView

Index = QModelIndex | QPersistentModelIndex


class CreditDelegate(CellDelegate):
    """*Take back now* looks like a field and is edited in place. ``moved``: 1 is down, -1 up."""

    moved = Signal(int)

    def __init__(self, view: CreditTable, model: BackRows) -> None:
        super().__init__(view, view)
        self._model = model
        self.editor: QLineEdit | None = None

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = self._model.row_at(index.row())
        if row is None or self._model.columns[index.column()].key != BACK:
            super().paint(painter, option, index)
            return
        box = option.rect
        painter.fillRect(box.x(), box.bottom(), box.width(), 1, theme.colour("hairline"))
        wrong, edited = bool(self._model.why_wrong(row)), bool(self._model.units.get(row.id))
        painter.save()
        ink = paint_field(painter, field_rect(box), edited=edited, wrong=wrong, out=not row.left)
        painter.setFont(theme.font("strong" if edited else "body"))
        painter.setPen(ink if edited or wrong else theme.colour("text3"))
        flags = Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter
        text = self._model.text(index.row(), index.column())
        painter.drawText(field_rect(box).adjusted(6, 0, -7, 0), flags, text)
        painter.restore()

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        row = self._model.row_at(index.row())
        self.editor = QLineEdit(parent)
        self.editor.setAlignment(Qt.AlignmentFlag.AlignRight)
        name = (row.sku or row.description) if row is not None else ""
        self.editor.setAccessibleName(f"Take back of {name}")
        return self.editor

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


class CreditTable(LinesView):
    """Typing a digit edits *Take back now* of the current row; Enter and F2 edit it too."""

    def __init__(self, model: BackRows, parent: QWidget | None = None) -> None:
        super().__init__(model, "Rows to take back", parent)
        self._rows = model
        self._fields = CreditDelegate(self, model)
        self.setItemDelegate(self._fields)
        self._fields.moved.connect(self._move)

    @property
    def editor(self) -> QLineEdit | None:
        """The field that is open now."""
        return self._fields.editor

    def back_column(self) -> int:
        """Return the position of *Take back now*."""
        return next(at for at, column in enumerate(self._rows.columns) if column.key == BACK)

    def edit_row(self, row: int, typed: str = "") -> None:
        """Open the field of a row, with the key that began it."""
        cell = self._rows.index(row, self.back_column())
        self.setCurrentIndex(cell)
        self.edit(cell)
        if typed and self._fields.editor is not None:
            self._fields.editor.setText(typed)
            self._fields.editor.setModified(True)

    def _move(self, step: int) -> None:
        row = self.currentIndex().row() + step
        if 0 <= row < self._rows.rowCount():
            self.setCurrentIndex(self._rows.index(row, self.back_column()))
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        at, typed = self.currentIndex(), event.text()
        plain = not event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if not at.isValid() or not plain:
            event.ignore()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2}:
            self.edit_row(at.row())
        elif typed and (typed.isdigit() or typed in ".,"):
            self.edit_row(at.row(), typed)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        at = self.indexAt(event.position().toPoint())
        if at.isValid() and self._rows.columns[at.column()].key == BACK:
            self.edit_row(at.row())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A double click is two clicks here."""
