"""Channels: where sales come from, and what holds for each (R7.11, IA-04)."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop_app.models.channel_lines import COLUMNS
from desktop_app.models.formats import count
from desktop_app.models.lines_table import LinesTable
from desktop_app.services import channels
from desktop_app.services.access import Permission
from desktop_app.services.changes import Changes, Topic
from desktop_app.services.channels import ChannelLine

from .action_strip import PageStrip
from .channel_dialog import ChannelDialog
from .desk import Desk
from .key_list import CHANNEL_KEYS
from .lines_view import LinesView
from .tokens import PAGE_MARGIN, RELATED_GAP

COUNTED = (Topic.CHANNELS, Topic.SALES, Topic.MESSAGES, Topic.SETTINGS)


class ChannelsPage(QWidget):
    """One line per channel; Enter shows its sales."""

    keys = CHANNEL_KEYS

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.strip = PageStrip(parent=self)
        column = QVBoxLayout(self)
        column.setContentsMargins(PAGE_MARGIN, 12, PAGE_MARGIN, PAGE_MARGIN)
        column.setSpacing(RELATED_GAP)
        column.addLayout(self._head())
        self.lines = LinesTable[ChannelLine](COLUMNS, self, key=lambda one: one.id)
        self.view = LinesView(self.lines, "Channels")
        self.view.opened.connect(lambda line: desk.open("channel", line.id))
        self.view.linked.connect(lambda line, _key: desk.open("channel", line.id))
        self.view.current_changed.connect(lambda _row: self._settle())
        column.addWidget(self.view, 1)
        desk.hub.changed.connect(self._changed)
        self._settle()

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(RELATED_GAP)
        title = QLabel("Channels")
        title.setProperty("type", "title")
        row.addWidget(title)
        row.addStretch(1)
        self.sales = self._button("Show its sales", self._open)
        self.edit = self._button("Rules…", self._edit)
        self.new = self._button("New channel…", self._new)
        self.new.setProperty("kind", "primary")
        for button in (self.sales, self.edit, self.new):
            row.addWidget(button)
        return row

    def _button(self, words: str, then: Callable[[], object]) -> QPushButton:
        button = QPushButton(words)
        button.setAutoDefault(False)
        button.clicked.connect(lambda _checked: then())
        return button

    def refresh(self) -> None:
        """Read the channels again."""
        self.desk.read(self, channels.overview, then=self._arrived, key="channels")

    def _arrived(self, found: tuple[ChannelLine, ...]) -> None:
        now = self.view.current_row()
        self.lines.show(found)
        at = next((n for n, one in enumerate(found) if now and one.id == now.id), 0)
        self.view.setCurrentIndex(self.lines.index(at, 0))
        self.strip.say(count(len(found), "channel"))
        self._settle()

    def _changed(self, changes: Changes) -> None:
        if self.isVisible() and any(topic in changes.topics for topic in COUNTED):
            self.refresh()

    def _settle(self) -> None:
        line = self.view.current_row()
        may = self.desk.may(Permission.CHANGE_SETTINGS)
        self.sales.setEnabled(line is not None)
        self.edit.setEnabled(line is not None and may)
        self.new.setEnabled(may)
        self.edit.setText(f"Rules of {line.name}…" if line else "Rules…")
        for button in (self.edit, self.new):
            button.setToolTip(self.desk.why_not(Permission.CHANGE_SETTINGS))

    def _open(self) -> None:
        line = self.view.current_row()
        if line is not None:
            self.desk.open("channel", line.id)

    def _edit(self) -> None:
        line = self.view.current_row()
        if line is not None and self.edit.isEnabled():
            ChannelDialog(self.desk, line, self).open()

    def _new(self) -> None:
        if self.new.isEnabled():
            ChannelDialog(self.desk, None, self).open()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)
