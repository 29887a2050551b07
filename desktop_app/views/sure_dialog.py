"""A question before what cannot be undone, with the act and its count on the button (PR-06)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from desktop_app.services.backend import Call, Done
from desktop_app.views.act_dialog import ActDialog
from desktop_app.views.desk import Desk


class SureDialog(ActDialog):
    """Runs ``call()`` once when its button is pressed; ``done_with(Done)`` afterwards."""

    done_with = Signal(object)

    def __init__(
        self,
        desk: Desk,
        act: str,
        words: str,
        call: Callable[[], Call[Any]],
        says: Callable[[Any], str],
        parent: QWidget,
    ) -> None:
        super().__init__(desk, act, act, parent, self.act)
        self._call, self._says = call, says
        label = QLabel(words)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        self.body.addWidget(label)
        # Enter that comes too early must not do what cannot be undone.
        self.cancel = next(one for one in self.findChildren(QPushButton) if one is not self.button)
        self.cancel.setFocus()

    def act(self) -> None:
        """Do it; a second press finds the button greyed."""
        if not self.button.isEnabled():
            return
        self.button.setEnabled(False)
        self.desk.run(
            self, self._call(), once=self.once, says=self._says, then=self._did, failed=self.refuse
        )

    def _did(self, made: Done[Any]) -> None:
        self.accept()
        self.done_with.emit(made)
