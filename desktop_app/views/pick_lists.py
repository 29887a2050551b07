"""The short lists that filters and menus choose from, read once and kept current."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Signal

from desktop_app.services import catalogue
from desktop_app.services.catalogue import (
    ChannelChoice,
    StatusChoice,
    SupplierChoice,
    WarehouseChoice,
)
from desktop_app.services.changes import Changes, Topic

from .desk import Desk
from .filters import Choice

SUPPLIERS_MAX = 1000


class PickLists(QObject):
    """One per main window. ``changed`` when the lists were read again."""

    changed = Signal()

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.channels: tuple[ChannelChoice, ...] = ()
        self.warehouses: tuple[WarehouseChoice, ...] = ()
        self.sale_statuses: tuple[StatusChoice, ...] = ()
        self.purchase_statuses: tuple[StatusChoice, ...] = ()
        self.suppliers: tuple[SupplierChoice, ...] = ()
        desk.hub.changed.connect(self._changed)
        self.read()

    def read(self) -> None:
        """Read the lists."""
        self._desk.read(self, _all, then=self._arrived, key="lists")

    def channel_choices(self) -> list[Choice]:
        """Channels for a filter."""
        return [Choice(one.id, one.name) for one in self.channels]

    def warehouse_choices(self) -> list[Choice]:
        """Warehouses for a filter."""
        return [Choice(one.id, one.name) for one in self.warehouses]

    def sale_status_choices(self) -> list[Choice]:
        """Order statuses of sales for a filter."""
        return [Choice(one.id, one.name) for one in self.sale_statuses]

    def purchase_status_choices(self) -> list[Choice]:
        """Order statuses of purchase orders for a filter."""
        return [Choice(one.id, one.name) for one in self.purchase_statuses]

    def supplier_choices(self) -> list[Choice]:
        """Suppliers for a filter."""
        return [Choice(one.id, one.name) for one in self.suppliers]

    def _changed(self, changes: Changes) -> None:
        if {Topic.SUPPLIERS, Topic.SETTINGS, Topic.PRODUCTS, Topic.CHANNELS} & set(changes.topics):
            self.read()

    def _arrived(self, found: tuple[Any, ...]) -> None:
        (
            self.channels,
            self.warehouses,
            self.sale_statuses,
            self.purchase_statuses,
            self.suppliers,
        ) = (tuple(one) for one in found)
        self.changed.emit()


def _all(db: Any) -> tuple[Any, ...]:
    return (
        catalogue.channels(db),
        catalogue.warehouses(db),
        catalogue.statuses(db, "SO"),
        catalogue.statuses(db, "PO"),
        catalogue.suppliers(db, "", SUPPLIERS_MAX),
    )
