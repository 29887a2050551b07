"""Recent sales of one channel, from the channel menu (R7.11, IA-04)."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop_app.config import Workstation

from .desk import Desk
from .pick_lists import PickLists
from .sales_page import SalesPage


class ChannelSalesPage(SalesPage):
    """The list of sales with its channel as a chip that stays, and the name in the title."""

    title_changed = Signal(str)

    def __init__(
        self,
        desk: Desk,
        config: Workstation,
        lists: PickLists,
        channel_id: int,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(desk, config, lists, parent, channel_id=channel_id)
        self._channel_id = channel_id
        lists.changed.connect(self._name)
        self._name()

    def _name(self) -> None:
        named = (one.name for one in self.lists.channels if one.id == self._channel_id)
        name = next(named, "")
        if name:
            self.title.setText(f"Recent sales · {name}")
            self.title_changed.emit(self.title.text())
