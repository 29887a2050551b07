"""The channels under their entry of the navigation, with how many sales each has (IA-03, IA-04)."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QTimer

from desktop_app.services import catalogue, channels
from desktop_app.services.changes import Changes, Topic

from .desk import Desk
from .nav import Nav

COUNT_MS = 30_000
"""Numbers are read again at most so often (IA-03)."""

ICONS = {"shop": "store", "web": "globe", "marketplace": "shopping-bag", "trade": "users"}


class ChannelMenu(QObject):
    """Fills the children of the page "channels"; their keys are ``channel:ID``."""

    def __init__(self, desk: Desk, nav: Nav) -> None:
        super().__init__(nav)
        self._desk, self._nav = desk, nav
        self._due = QTimer(self, singleShot=True, interval=COUNT_MS)
        self._due.timeout.connect(self.read)
        desk.hub.changed.connect(self._changed)
        self.read()

    def read(self) -> None:
        """Read names and numbers, off the window's thread."""
        self._desk.read(self, _entries, then=self._show, key="channels")

    def _show(self, entries: list[tuple[str, str, str, int]]) -> None:
        self._nav.set_children("channels", entries)

    def _changed(self, changes: Changes) -> None:
        if Topic.CHANNELS in changes.topics:
            self.read()
        elif Topic.SALES in changes.topics and not self._due.isActive():
            self._due.start()


def _entries(db: Any) -> list[tuple[str, str, str, int]]:
    counts = channels.counts_by_channel(db)
    return [
        (f"channel:{one.id}", one.name, ICONS[one.kind], counts.get(one.id, 0))
        for one in catalogue.channels(db)
    ]
