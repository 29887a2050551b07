"""A dialog that Enter cannot accept by surprise (MIC-15)."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QAbstractButton, QDialog, QPushButton, QWidget


class SafeDialog(QDialog):
    """Enter presses the button that has the focus, Ctrl+Enter commits; there is no default."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setProperty("ground", "window")
        self.setModal(True)

    def commit(self) -> None:
        """Do what the commit button does, where there is one and it may be pressed."""

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        # A button box makes its first button the default one when it is shown.
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)
            button.setDefault(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() not in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            super().keyPressEvent(event)
        elif event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.commit()
        elif isinstance(focus := self.focusWidget(), QAbstractButton):
            focus.click()
