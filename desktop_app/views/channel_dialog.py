"""A channel's rules: warehouse, automatic invoicing, statuses (rules section 9, R7.7)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from PySide6.QtWidgets import (
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from desktop_app.models.channel_lines import KIND_WORDS
from desktop_app.services import catalogue, channels
from desktop_app.services.channels import ChannelForm, ChannelLine
from desktop_app.services.errors import ServiceError

from . import theme, tokens
from .choices import CalmCombo, wrapped_check
from .desk import Desk
from .messages import sentence
from .notice import Notice
from .safe_dialog import SafeDialog

AS_SETTINGS = None
ALONE = 0


class ChannelDialog(SafeDialog):
    """Make a channel, or change one."""

    def __init__(self, desk: Desk, line: ChannelLine | None, parent: QWidget | None = None) -> None:
        super().__init__(f"Channel {line.name}" if line else "New channel", parent)
        self.desk = desk
        self._line = line
        self._once = str(uuid4())
        column = QVBoxLayout(self)
        column.setContentsMargins(*[tokens.PAGE_MARGIN] * 4)
        column.setSpacing(tokens.CARD_GAP)
        self.notice = Notice(self)
        column.addWidget(self.notice)
        column.addLayout(self._form())
        self.automatic = wrapped_check(
            self, "Invoice its orders automatically",
            "An order from the till gets its invoice at once; not where nothing is allocated and"
            " something is on back order.",
        )  # fmt: skip
        column.addWidget(self.automatic)
        column.addStretch(1)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.save_button = self.buttons.addButton(
            "Save channel", QDialogButtonBox.ButtonRole.AcceptRole
        )
        self.save_button.setProperty("kind", "primary")
        self.save_button.clicked.connect(lambda _checked: self.commit())
        self.buttons.rejected.connect(self.reject)
        column.addWidget(self.buttons)
        unit = theme.look().text_height / 16
        self.resize(round(520 * unit), round(420 * unit))
        self._show()
        desk.read(self, _lists, then=self._fill)

    def _form(self) -> QFormLayout:
        form = QFormLayout()
        form.setHorizontalSpacing(tokens.CARD_GAP)
        form.setVerticalSpacing(tokens.RELATED_GAP)
        self.name, self.code = QLineEdit(), QLineEdit()
        self.name.setAccessibleName("Name")
        self.code.setAccessibleName("Code")
        self.code.setMaxLength(30)
        self.name.setMaxLength(200)
        self.kind = CalmCombo("Kind")
        self.kind.fill([(key, words) for key, words in KIND_WORDS.items()], "shop")
        self.warehouse = CalmCombo("Warehouse")
        self.status_new = CalmCombo("Status of new orders")
        self.status_back = CalmCombo("Status with back-ordered rows")
        hint = QLabel("Tills and web shops send their orders under this code. It stays as it is.")
        hint.setWordWrap(True)
        hint.setProperty("type", "caption")
        for words, field in (
            ("&Name", self.name), ("&Code", self.code), ("", hint), ("&Kind", self.kind),
            ("&Warehouse", self.warehouse), ("Status of new &orders", self.status_new),
            ("Status with &back-ordered rows", self.status_back),
        ):  # fmt: skip
            form.addRow(words, field)
        return form

    def _show(self) -> None:
        line = self._line
        if line is None:
            return
        self.name.setText(line.name)
        self.code.setText(line.code)
        self.code.setReadOnly(True)
        self.code.setToolTip("A channel's code stays: its tills send their orders under it.")
        self.kind.set_key(line.kind)
        self.automatic.set_checked(line.automatic_invoicing)

    def _fill(self, found: tuple[list[tuple[int, str]], list[tuple[int, str]]]) -> None:
        warehouses, statuses = found
        line = self._line
        self.warehouse.fill(
            [(None, "None"), *warehouses], line.warehouse_id if line else warehouses[0][0]
        )
        choices: list[tuple[object, str]] = [
            (AS_SETTINGS, "As Settings say"), (ALONE, "Don't change"), *statuses,
        ]  # fmt: skip
        self.status_new.fill(list(choices), line.status_new if line else AS_SETTINGS)
        self.status_back.fill(list(choices), line.status_back_ordered if line else AS_SETTINGS)

    def commit(self) -> None:
        """Save; what is wrong is said above the fields."""
        if not self.save_button.isEnabled():
            return
        self.save_button.setEnabled(False)
        form = ChannelForm(
            self._line.id if self._line else None, self.code.text(), self.name.text(),
            str(self.kind.key()), _number(self.warehouse.key()), self.automatic.is_checked(),
            _number(self.status_new.key()), _number(self.status_back.key()),
        )  # fmt: skip
        name = form.name.strip()
        self.desk.run(
            self, channels.save_channel(form), once=self._once, then=lambda _done: self.accept(),
            failed=self._refused, says=f"Channel {name} saved",
        )  # fmt: skip

    def _refused(self, error: Exception) -> None:
        self.save_button.setEnabled(True)
        # What is sent next is another request.
        self._once = str(uuid4())
        if not isinstance(error, ServiceError):
            raise error
        self.notice.say("wrong", sentence(error))
        self.notice.setFocus()


def _number(key: object) -> int | None:
    return key if isinstance(key, int) else None


def _lists(db: Any) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """Warehouses, and the statuses a new order may get."""
    return [(one.id, one.name) for one in catalogue.warehouses(db)], [
        (one.id, one.name) for one in catalogue.statuses(db, "SO") if not one.is_cancelled
    ]
