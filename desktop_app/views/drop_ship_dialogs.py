"""A drop-ship order's acts: marked shipped part by part, or taken back (R4.3, POD-03)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QWidget

from desktop_app.models.drop_ship_rows import TO_SHIP, to_ship
from desktop_app.models.formats import counted_units
from desktop_app.services import drop_ship
from desktop_app.services.access import Permission
from desktop_app.services.backend import Call
from desktop_app.services.purchase_details import PurchaseDetail, purchase_detail
from desktop_app.views.desk import Desk
from desktop_app.views.ship_dialog import ShipCall, ShipDialog

SHIPPED = "No stock of yours moves. Marking it shipped cannot be undone: what comes back is a sales credit."
BACK = (
    "These units leave the purchase order and are needed again. What is on hand is allocated to the"
    " sale at once. Tell the supplier: nothing is sent to them."
)


class SupplierDialog(ShipDialog):
    """Units per line of a drop-ship order; the subclass knows what is done with them."""

    needs = Permission.PLACE_PURCHASES
    title_words = ""
    offers_all = True

    def __init__(self, desk: Desk, order: PurchaseDetail, call: ShipCall, parent: QWidget) -> None:
        self.order = order
        title = f"{self.title_words} · PO {order.number}"
        super().__init__(desk, title, TO_SHIP, lambda row: row.units, call, parent)
        address = ", ".join(line for line in order.address.splitlines() if line.strip())
        self.subtitle.setText(" · ".join(filter(None, (order.supplier, order.customer, address))))
        self._fill(order)

    @staticmethod
    def key_of(row: Any) -> int:
        found: int = row.sale_row_id
        return found

    def _fill(self, order: PurchaseDetail) -> None:
        rows = to_ship(order)
        offered = {row.sale_row_id: row.units if self.offers_all else 0 for row in rows}
        self.rows.offer(rows, offered)
        if rows:
            self.table.setCurrentIndex(self.rows.index(0, 0))

    def read_again(self) -> None:
        self._desk.read(self, purchase_detail, self.order.id, then=self._read, key="order")

    def _read(self, order: PurchaseDetail | None) -> None:
        if order is not None:
            self.order = order
            self._fill(order)


class MarkShippedDialog(SupplierDialog):
    """What the supplier has shipped to the customer, with its tracking number."""

    title_words = "Mark shipped by supplier"
    heading = "Shipped"

    def __init__(self, desk: Desk, order: PurchaseDetail, parent: QWidget) -> None:
        super().__init__(desk, order, self.call, parent)
        self.warning.say("part", SHIPPED)
        self.tracking.setFocus()

    def settle(self) -> None:
        super().settle()
        units, stays = self.rows.total, self.stays()
        words = f"{counted_units(units)} shipped to the customer"
        self.totals.setText(words + (f", {counted_units(stays)} left to ship" if stays else ""))
        self.button.setText(f"Mark {counted_units(units)} shipped" if units else "Mark shipped")

    def call(self, units: Mapping[int, int], tracking: str) -> Call[dict[str, Any]]:
        return drop_ship.mark_drop_shipped(self.order.id, dict(units), tracking)

    def said(self, result: dict[str, Any]) -> str:
        left = f", {counted_units(result['left'])} left" if result["left"] else ""
        return f"{counted_units(result['units'])} of PO {result['number']} marked shipped{left}"


class TakeBackDialog(SupplierDialog):
    """What the supplier will not ship after all: it falls back to stock."""

    title_words = "Take back from supplier"
    heading = "Take back"
    offers_all = False

    def __init__(self, desk: Desk, order: PurchaseDetail, parent: QWidget) -> None:
        super().__init__(desk, order, self.call, parent)
        self.warning.say("info", BACK)
        self.tracking_line(shown=False)
        self.table.setFocus()

    def settle(self) -> None:
        super().settle()
        units, stays = self.rows.total, self.stays()
        self.totals.setText(
            f"{counted_units(units)} back to stock, {counted_units(stays)} stay on the order"
            if units
            else "Type how many units the supplier will not ship"
        )
        self.button.setText(f"Take back {counted_units(units)}" if units else "Take back")

    def call(self, units: Mapping[int, int], tracking: str) -> Call[dict[str, Any]]:
        return drop_ship.take_back(self.order.id, dict(units))

    def said(self, result: dict[str, Any]) -> str:
        words = f"{counted_units(result['units'])} of PO {result['number']} taken back"
        if result["reserved"]:
            words += f", {counted_units(result['reserved'])} allocated from stock"
        return words
