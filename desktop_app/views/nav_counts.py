"""Numbers in the navigation: work to do on a page, sales of each channel (IA-03, IA-04)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QElapsedTimer, QObject, QTimer

from desktop_app.services import (
    catalogue,
    channels,
    exceptions_list,
    goods_out_list,
    pos_messages,
    sales_list,
)
from desktop_app.services.changes import Changes, Topic
from desktop_app.services.sales_filter import SalesFilter, SalesView

from .desk import Desk
from .nav import Nav

COUNT_MS = 30_000
"""Numbers are read again at most so often (IA-03)."""

SOON_MS = 500
"""The first change after a quiet time is counted at once, with those that come with it."""

ICONS = {"shop": "store", "web": "globe", "marketplace": "shopping-bag", "trade": "users"}
COUNTED = {Topic.SALES, Topic.PURCHASES, Topic.STOCK, Topic.MESSAGES, Topic.GOODS_OUT}


@dataclass(frozen=True, slots=True)
class NavNumbers:
    """What one look reads."""

    needs_ordering: int
    goods_out: int
    """Notes that wait to leave."""
    exceptions: int
    messages: int
    channels: list[tuple[str, str, str, int]]
    """(key, name, icon, sales) of each."""


class NavCounts(QObject):
    """Fills the badges and the children of the page "channels"; their keys are ``channel:ID``."""

    def __init__(self, desk: Desk, nav: Nav) -> None:
        super().__init__(nav)
        self._desk, self._nav = desk, nav
        self._due = QTimer(self, singleShot=True)
        self._due.timeout.connect(self.read)
        self._since = QElapsedTimer()
        desk.hub.changed.connect(self._changed)
        self.read()

    def read(self) -> None:
        """Read the numbers, off the window's thread."""
        self._due.stop()
        self._since.start()
        self._desk.read(self, numbers, then=self._show, key="numbers")

    def _show(self, found: NavNumbers) -> None:
        self._nav.set_children("channels", found.channels)
        for page, number in (
            ("sales", found.needs_ordering),
            ("goods_out", found.goods_out),
            ("exceptions", found.exceptions),
            ("messages", found.messages),
        ):
            if page in self._nav.buttons:
                self._nav.buttons[page].set_badge(number)

    def _changed(self, changes: Changes) -> None:
        if Topic.CHANNELS in changes.topics:
            self.read()
        elif COUNTED & set(changes.topics) and not self._due.isActive():
            self._due.start(max(COUNT_MS - self._since.elapsed(), SOON_MS))


def numbers(db: Any) -> NavNumbers:
    """Count the work that waits, and the sales of each channel."""
    waiting = SalesFilter(view=SalesView.NEEDS_ORDERING)
    states = pos_messages.state_counts(db)
    counts = channels.counts_by_channel(db)
    return NavNumbers(
        sales_list.SALES.count(db, waiting),
        goods_out_list.open_count(db),
        exceptions_list.open_exceptions(db),
        states.get("parked", 0) + states.get("differs", 0),
        [
            (f"channel:{one.id}", one.name, ICONS[one.kind], counts.get(one.id, 0))
            for one in catalogue.channels(db)
        ],
    )
