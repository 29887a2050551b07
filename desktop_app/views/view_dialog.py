"""A view's name, and who sees it (SAL-01)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QFormLayout, QLineEdit, QWidget

from desktop_app.services.backend import Call, Done
from desktop_app.services.saved_views import NAME_MAX

from .act_dialog import ActDialog
from .choices import wrapped_radio
from .desk import Desk

Made = Callable[[str, bool], Call[dict[str, Any]]]
"""The command of a name and of whether everyone sees the view."""


class ViewDialog(ActDialog):
    """Asks a name; with ``asks_who`` also who sees it. ``done_with(Done)`` when it is written."""

    done_with = Signal(object)

    def __init__(
        self,
        desk: Desk,
        act: str,
        name: str,
        call: Made,
        parent: QWidget,
        *,
        asks_who: bool,
    ) -> None:
        super().__init__(desk, act, act, parent, self.act)
        self._call, self._act = call, act
        self.name = QLineEdit(name)
        self.name.setAccessibleName("Name")
        self.name.setMaxLength(NAME_MAX)
        self.name.selectAll()
        form = QFormLayout()
        form.addRow("&Name", self.name)
        self.body.addLayout(form)
        self.only_me = wrapped_radio(self, "Only me", "Nobody else sees it.")
        self.everyone = wrapped_radio(
            self, "Everyone", "Others see and use it; you or a manager can change it."
        )
        group = QButtonGroup(self)
        for choice in (self.only_me, self.everyone):
            group.addButton(choice.button)
            choice.setVisible(asks_who)
            self.body.addWidget(choice)
        self.only_me.set_checked(True)
        self.name.textChanged.connect(lambda _text: self._settle())
        self._settle()
        self.name.setFocus()

    def _settle(self) -> None:
        self.button.setEnabled(bool(self.name.text().strip()))

    def act(self) -> None:
        """Write it; what is wrong is said below the name."""
        if not self.button.isEnabled():
            return
        self.button.setEnabled(False)
        call = self._call(self.name.text(), self.everyone.is_checked())
        self.desk.run(
            self, call, once=self.once, says=self._says, then=self._did, failed=self.refuse
        )

    def _says(self, result: dict[str, Any]) -> str:
        who = " for everyone" if result["shared"] else ""
        return f"View “{result['name']}” saved{who}"

    def _did(self, made: Done[Any]) -> None:
        self.accept()
        self.done_with.emit(made)
