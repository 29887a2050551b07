"""Small parts of the receive page: step bar, notice, big buttons, the table that is counted in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionViewItem,
    QWidget,
)

from desktop_app.models.formats import counted_units
from desktop_app.models.receipt_lines import THIS_TIME, ReceiptLines
from desktop_app.views import icons, theme
from desktop_app.views.delegates import CellDelegate, RowState, RowView
from desktop_app.views.lines_view import LinesView
from desktop_app.views.tokens import SCAN_CONTROL, Density, row_height

STEPS = ("Find order", "Scan goods", "Allocate", "Confirm")


def touch_button(
    words: str, act: Callable[[], object], *, icon: str = "", primary: bool = False, tip: str = ""
) -> QPushButton:
    """A button of 44 px that neither Enter nor a scan presses."""
    button = QPushButton(words)
    button.setAutoDefault(False)
    button.setDefault(False)
    button.setProperty("touch", "scan")
    if primary:
        button.setProperty("kind", "primary")
    if icon:
        button.setIcon(icons.icon(icon, "on_accent" if primary else "text2"))
        button.setIconSize(QSize(20, 20))
        button.setText(f" {words}")
    button.setToolTip(tip)
    button.setAccessibleName(words)
    button.clicked.connect(lambda _checked: act())
    return button


def ask_to_discard(parent: QWidget, counted: int, then: Callable[[], object]) -> None:
    """Ask before a count is thrown away: it cannot be undone (PR-06)."""
    asked = QMessageBox(parent)
    asked.setIcon(QMessageBox.Icon.Warning)
    asked.setWindowTitle("Discard this count")
    asked.setText(f"{counted_units(counted)} counted here would have to be counted again.")
    asked.setInformativeText("This cannot be undone.")
    words = f"Discard {counted_units(counted)}"
    go = asked.addButton(words, QMessageBox.ButtonRole.DestructiveRole)
    go.setProperty("kind", "danger")
    keep = asked.addButton("Keep counting", QMessageBox.ButtonRole.RejectRole)
    asked.setDefaultButton(keep)
    asked.setEscapeButton(keep)
    asked.finished.connect(lambda _: then() if asked.clickedButton() is go else None)
    asked.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    asked.open()


class StepBar(QWidget):
    """The four steps; `wanted(step)` when one is pressed. Steps that cannot be gone to are grey."""

    wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.buttons: list[_StepButton] = []
        for number, words in enumerate(STEPS):
            button = _StepButton(number, words)
            button.clicked.connect(lambda _checked, at=number: self.wanted.emit(at))
            row.addWidget(button, 1)
            self.buttons.append(button)

    def show_step(self, now: int, why_not: Callable[[int], str]) -> None:
        """Mark the step in hand; those before it are done."""
        for number, button in enumerate(self.buttons):
            reason = "" if number == now else why_not(number)
            button.setEnabled(not reason)
            button.setToolTip(reason)
            button.show_state(current=number == now, done=number < now)


class _StepButton(QPushButton):
    """Number or tick, words, and a bar beneath that says how far the work is."""

    def __init__(self, number: int, words: str, parent: QWidget | None = None) -> None:
        super().__init__(words, parent)
        self._number, self._words = number, words
        self._current = self._done = False
        self.setAutoDefault(False)
        self.setProperty("touch", "scan")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changes().changed.connect(self.updateGeometry)

    def show_state(self, *, current: bool, done: bool) -> None:
        self._current, self._done = current, done
        state = ", in hand" if current else ", done" if done else ""
        self.setAccessibleName(f"Step {self._number + 1}: {self._words}{state}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, max(SCAN_CONTROL, theme.look().text_height + 18))

    def minimumSizeHint(self) -> QSize:
        return QSize(90, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink = "text" if self._current else "text2" if self.isEnabled() else "disabled"
        bar = "mark" if self._current else "progress_done" if self._done else "track"
        box = self.rect()
        painter.fillRect(box.x(), box.bottom() - 2, box.width(), 3, theme.colour(bar))
        if self.hasFocus():
            painter.setPen(QPen(theme.colour("ring"), 2))
            painter.drawRoundedRect(box.adjusted(1, 1, -2, -6), 5, 5)
        tall = box.height() - 4
        x = 10
        if self._done:
            spot = QRect(x, (tall - 16) // 2, 16, 16)
            spot = QStyle.visualRect(self.layoutDirection(), box, spot)
            icons.draw(painter, "check", "progress_done", spot.topLeft(), 16)
            x += 22
        painter.setFont(theme.font("strong" if self._current else "body"))
        painter.setPen(theme.colour(ink))
        words = self._words if self._done else f"{self._number + 1}  {self._words}"
        room = box.adjusted(x, 0, -6, -4)
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            room = box.adjusted(6, 0, -x, -4)
        painter.drawText(
            room, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading), words
        )
        painter.end()


class DockView(LinesView):
    """A small table with rows of 46 px (RCV-13)."""

    def height_for(self, rows: int) -> int:
        return self.horizontalHeader().sizeHint().height() + rows * _dock_row() + 2

    def _fit(self) -> None:
        super()._fit()
        self.verticalHeader().setDefaultSectionSize(_dock_row())


def _dock_row() -> int:
    return row_height(Density.DOCK, theme.look().text_height)


class ChoiceView(DockView):
    """One row is the choice: it stands out also while a field beside it has the focus."""

    def row_state(self, row: int) -> RowState:
        """The current row is tinted."""
        state = super().row_state(row)
        return replace(state, tinted=row == self.currentIndex().row())


class CountView(ChoiceView):
    """The lines that are counted: arrow to one and type its quantity (RCV-05).

    The line that was counted last stands out, also while the scan field has the focus.
    """

    def __init__(self, model: ReceiptLines, parent: QWidget | None = None) -> None:
        super().__init__(model, "Lines of the order", parent)
        self._receipt = model
        self.setItemDelegate(_CountDelegate(self, self))
        self.setEditTriggers(LinesView.EditTrigger.NoEditTriggers)

    def show_row(self, po_row_id: int | None) -> None:
        """Make a line current and bring it to a third of the height."""
        at = self._receipt.row_of(po_row_id)
        if at < 0:
            return
        index = self._receipt.index(at, self.this_time())
        self.setCurrentIndex(index)
        above = self.viewport().height() // 3
        self.verticalScrollBar().setValue(at - above // max(_dock_row(), 1))

    def this_time(self) -> int:
        """The place of the column that can be typed in."""
        return [column.key for column in self._receipt.columns].index(THIS_TIME)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        at = self.currentIndex()
        if event.text().isdigit() and at.isValid() and self._receipt.editable:
            index = self._receipt.index(at.row(), self.this_time())
            self.setCurrentIndex(index)
            self.edit(index)
            field = self.findChild(QLineEdit)
            if field is not None:
                field.setText(event.text())
        elif event.key() == Qt.Key.Key_F2 and at.isValid() and self._receipt.editable:
            self.edit(self._receipt.index(at.row(), self.this_time()))
        else:
            super().keyPressEvent(event)


class _CountDelegate(CellDelegate):
    """Paints as every table; its editor is a plain field, numbers at the end."""

    def __init__(self, view: RowView, parent: QWidget) -> None:
        super().__init__(view, parent)

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(40, _dock_row())

    def createEditor(
        self,
        parent: QWidget,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> QWidget:
        field = QLineEdit(parent)
        field.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        field.setAccessibleName("Counted this time")
        return field
