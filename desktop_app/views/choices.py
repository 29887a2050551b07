"""Controls of option columns: words that wrap beside their mark, and combos that keep still.

A radio button or check box of Qt cuts its words where they do not fit (ux 3.2, 150 % text); a
combo box under the mouse wheel changes what nobody meant to change (MIC-06).
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QComboBox,
    QCompleter,
    QGridLayout,
    QLabel,
    QLineEdit,
    QRadioButton,
    QSizePolicy,
    QWidget,
)

from desktop_app.views import theme, tokens

LONG_LIST = 8
"""Combos with more entries than this can be typed into (MIC-05)."""


class WrappedChoice(QWidget):
    """A radio button or check box with a title and a hint that wrap; a click anywhere counts."""

    toggled = Signal(bool)

    def __init__(
        self, button: QAbstractButton, title: str, hint: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.button = button
        button.setParent(self)
        self.title = QLabel(title, self)
        self.hint = QLabel(hint, self)
        self.hint.setProperty("type", "caption")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(tokens.RELATED_GAP)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(1, 1)
        grid.addWidget(button, 0, 0, Qt.AlignmentFlag.AlignTop)
        for place, label in enumerate((self.title, self.hint)):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            grid.addWidget(label, place, 1)
        self.title.setMinimumHeight(24)
        self.title.setAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading)
        self.hint.setVisible(bool(hint))
        button.setFixedWidth(max(tokens.TICK_SIZE, theme.look().text_height) + 2)
        button.setAccessibleName(title)
        button.setAccessibleDescription(hint)
        button.toggled.connect(self.toggled)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)

    def is_checked(self) -> bool:
        """Return whether it is ticked."""
        return self.button.isChecked()

    def set_checked(self, checked: bool) -> None:
        """Tick or clear it."""
        self.button.setChecked(checked)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        inside = self.rect().contains(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and inside and self.button.isEnabled():
            self.button.setFocus(Qt.FocusReason.MouseFocusReason)
            self.button.click()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.EnabledChange:
            for label in (self.title, self.hint):
                label.setEnabled(self.isEnabled())
        super().changeEvent(event)


def wrapped_radio(parent: QWidget, title: str, hint: str = "") -> WrappedChoice:
    """Make a radio button whose words wrap; group it with a QButtonGroup."""
    return WrappedChoice(QRadioButton(), title, hint, parent)


def wrapped_check(parent: QWidget, title: str, hint: str = "") -> WrappedChoice:
    """Make a check box whose words wrap."""
    return WrappedChoice(QCheckBox(), title, hint, parent)


class CalmCombo(QComboBox):
    """A combo that leaves the wheel to the scroll area and can be typed into when it is long.

    ``chosen`` fires only for what a person did, once per change. What is typed finds entries that
    contain it; Enter takes the first; a text that is no entry goes back to the last choice.
    """

    chosen = Signal(object)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(10)
        self.setMaxVisibleItems(14)
        self._last = -1
        self.activated.connect(self._took)

    def fill(self, entries: list[tuple[object, str]], keep: object = None) -> None:
        """Replace the entries, (key, words); the entry with the key ``keep`` is current."""
        self.blockSignals(True)
        self.clear()
        for key, words in entries:
            self.addItem(words, key)
        self.blockSignals(False)
        self._make_long(len(entries) > LONG_LIST)
        self.set_key(keep)

    def key(self) -> object:
        """Return the key of the current entry."""
        return self.itemData(self.currentIndex())

    def set_key(self, key: object) -> bool:
        """Make the entry with this key current, silently; False where there is none."""
        found = next((at for at in range(self.count()) if self.itemData(at) == key), -1)
        blocked = self.blockSignals(True)
        self.setCurrentIndex(found if found >= 0 else min(0, self.count() - 1))
        self.blockSignals(blocked)
        self._last = self.currentIndex()
        if self.isEditable():
            self.setEditText(self.currentText() if found < 0 else self.itemText(found))
        return found >= 0

    def _make_long(self, long: bool) -> None:
        if long == self.isEditable():
            return
        self.setEditable(long)
        if not long:
            return
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        completer = QCompleter(self.model(), self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self.setCompleter(completer)
        edit = self._edit()
        edit.setAccessibleName(self.accessibleName())
        edit.editingFinished.connect(self._finish_typing)
        edit.installEventFilter(self)

    def _edit(self) -> QLineEdit:
        edit = self.lineEdit()
        assert edit is not None
        return edit

    def _finish_typing(self) -> None:
        """Enter or leaving takes the first entry that contains what was typed (MIC-05)."""
        typed = self.currentText().strip().casefold()
        texts = [self.itemText(at).casefold() for at in range(self.count())]
        hits = [at for at, text in enumerate(texts) if typed and typed in text]
        hits.sort(key=lambda at: (texts[at] != typed, not texts[at].startswith(typed), at))
        at = hits[0] if hits else self._last
        self.setCurrentIndex(at)
        self.setEditText(self.itemText(at))
        if at != self._last:
            self._took(at)

    def _took(self, at: int) -> None:
        if at != self._last:
            self._last = at
            self.chosen.emit(self.itemData(at))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusIn:
            self._edit().selectAll()
        return super().eventFilter(watched, event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus() or (self.isEditable() and self._edit().hasFocus()):
            super().wheelEvent(event)
        else:
            event.ignore()
