"""The frame of a dialog that asks one question and does one act."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop_app.services.errors import ServiceError

from .desk import Desk
from .messages import sentence
from .safe_dialog import SafeDialog


class ActDialog(SafeDialog):
    """A question with one act, in its own words on the button; Ctrl+Enter does it (MIC-15)."""

    def __init__(
        self, desk: Desk, title: str, act: str, parent: QWidget, act_of: Callable[[], object]
    ) -> None:
        super().__init__(title, parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(420)
        self.desk = desk
        self.once = str(uuid4())
        self.page = QVBoxLayout(self)
        self.page.setContentsMargins(16, 16, 16, 16)
        self.page.setSpacing(12)
        self.body = QVBoxLayout()
        self.page.addLayout(self.body)
        self.problem = QLabel()
        self.problem.setProperty("tone", "wrong")
        self.problem.setWordWrap(True)
        self.problem.hide()
        self.page.addWidget(self.problem)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.button = QPushButton(act)
        self.button.setProperty("kind", "primary")
        self.button.setToolTip("Ctrl+Enter")
        buttons.addButton(self.button, QDialogButtonBox.ButtonRole.AcceptRole)
        self.button.clicked.connect(lambda _checked: act_of())
        buttons.rejected.connect(self.reject)
        self.page.addWidget(buttons)

    def commit(self) -> None:
        """Ctrl+Enter: press the act's button where it may be pressed."""
        self.button.click()

    def refuse(self, error: Exception) -> None:
        """Say why not, beside the question; nothing is lost."""
        self.button.setEnabled(True)
        if not isinstance(error, ServiceError):
            raise error
        self.say(sentence(error))

    def say(self, words: str) -> None:
        """Show what is wrong, or nothing."""
        self.problem.setText(words)
        self.problem.setVisible(bool(words))
