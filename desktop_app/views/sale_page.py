"""A sale as a page (ux 3.7): head, five axes, rows, purchase orders, payments, timeline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import (
    QComboBox,
    QMenu,
    QPushButton,
    QWidget,
)

from desktop_app.models import formats
from desktop_app.models.goods_out_words import one_sale
from desktop_app.models.lines_table import LinesTable
from desktop_app.models.sale_rows import PURCHASES, ROWS, marks
from desktop_app.services import catalogue, goods_out, sales
from desktop_app.services.access import Permission
from desktop_app.services.catalogue import StatusChoice
from desktop_app.services.changes import Changes, Topic
from desktop_app.services.sale_details import SaleDetail, SalePurchase, SaleRowDetail, sale_detail

from . import theme
from .desk import Desk
from .goods_out_tab import GoodsOutTab
from .key_list import SALE_KEYS
from .lines_view import LinesView
from .payments_panel import PaymentsPanel
from .record_page import RecordPage


class StatusBox(QComboBox):
    """The order status of a sale, editable in place; cancelling goes its own way (R2.7)."""

    def __init__(
        self, desk: Desk, choose: Callable[[int], object], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName("Order status")
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._choices: tuple[StatusChoice, ...] = ()
        self._now = 0
        may = desk.may(Permission.SET_STATUS)
        self.setEnabled(may)
        self.setToolTip(desk.why_not(Permission.SET_STATUS))
        self.activated.connect(lambda at: choose(int(self.itemData(at))))
        desk.read(self, catalogue.statuses, "SO", then=self._arrived)

    def choice(self, status_id: int) -> StatusChoice | None:
        """The status with this id."""
        return next((one for one in self._choices if one.id == status_id), None)

    def show_status(self, status_id: int) -> None:
        """Show this status without telling anybody."""
        self._now = status_id
        with QSignalBlocker(self):
            self.setCurrentIndex(self.findData(status_id))

    def _arrived(self, choices: tuple[StatusChoice, ...]) -> None:
        self._choices = tuple(choices)
        with QSignalBlocker(self):
            self.clear()
            for one in choices:
                self.addItem(one.name, one.id)
        self.show_status(self._now)


class SalePage(RecordPage):
    """One sale. ``leave`` takes the person back to where they came from."""

    keys = SALE_KEYS

    def __init__(
        self, desk: Desk, sale_id: int, leave: Callable[[], object], parent: QWidget | None = None
    ) -> None:
        super().__init__(desk, "Sales", "SO", leave, parent)
        self.sale_id = sale_id
        self.sale: SaleDetail | None = None
        self.status = StatusBox(desk, self._set_status)
        self.head.acts.addWidget(self.status)
        self.allocate = self.head.add_act("Allocate", self._allocate)
        self.fulfil = self.head.add_act("Fulfil", self._fulfil)
        self.ship = self.head.add_act("Ship…", self._ship)
        self.clone = self.head.add_act("Clone to PO…", self._clone, primary=True)
        more = QPushButton("More")
        more.setAutoDefault(False)
        more.setProperty("menu", "true")
        menu = QMenu(more)
        self.release = menu.addAction("Release")
        self.release.triggered.connect(lambda _checked: self._release())
        more.setMenu(menu)
        self.head.acts.insertWidget(1, more)
        self._fill_tabs()
        keys: dict[str, Callable[[], object]] = {
            "Ctrl+Shift+B": self._clone, "Ctrl+L": self._allocate, "Ctrl+Shift+F": self._fulfil,
        }  # fmt: skip
        self.begin(sale_id, keys)
        self._settle()

    @property
    def title(self) -> str:
        """What the window's title says."""
        return f"#{self.sale.number}" if self.sale else "Sale"

    @property
    def view(self) -> QWidget:
        """What gets the focus when the page is shown."""
        return self.rows_view

    def _fill_tabs(self) -> None:
        self.rows = LinesTable[SaleRowDetail](
            ROWS, self, tickable=lambda row: row.kind == "stock", key=lambda row: row.id
        )
        self.rows.ticked_changed.connect(self._settle)
        self.rows_view = LinesView(self.rows, "Rows of the sale")
        self.tabs.addTab(self.rows_view, "Rows")
        self.purchases = LinesTable[SalePurchase](PURCHASES, self, key=lambda one: one.id)
        self.purchases_view = LinesView(self.purchases, "Purchase orders for this sale")
        self.purchases_view.opened.connect(lambda one: self.desk.open("purchase", one.id))
        self.purchases_view.linked.connect(lambda one, _key: self.desk.open("purchase", one.id))
        self.tabs.addTab(self.purchases_view, "Purchases")
        self.goods_out = GoodsOutTab(self.desk, self)
        self.goods_out.arrived.connect(self._count_notes)
        self.tabs.addTab(self.goods_out, "Goods-out")
        self.payments = PaymentsPanel(self.desk, self.sale_id, self)
        self.tabs.addTab(self.payments, "Payments")
        self.payments.counted.connect(
            lambda words: self.tabs.setTabText(self.tabs.indexOf(self.payments), words)
        )

    def refresh(self) -> None:
        """Read the sale again."""
        self.desk.read(self, sale_detail, self.sale_id, then=self._arrived, key="sale")

    def changed(self, changes: Changes) -> None:
        for topic in (Topic.SALES, Topic.PURCHASES):
            if topic in changes.topics:
                ids = changes.topics[topic]
                mine = {self.sale_id} if topic is Topic.SALES else self._purchase_ids()
                if ids is None or ids & mine:
                    self.refresh()
                    return

    def _purchase_ids(self) -> set[int]:
        return {one.id for one in self.sale.purchases} if self.sale else set()

    def _arrived(self, sale: SaleDetail | None) -> None:
        if sale is None:
            self.head.title.setText("This sale does not exist any more.")
            return
        self.sale = sale
        self.head.title.setText(f"#{sale.number}")
        self.head.subtitle.setText(f"{sale.customer} · {sale.channel or 'no channel'}")
        self.status.show_status(sale.status_id)
        self.marks.show_marks(marks(sale))
        self.facts.setText(" · ".join(_facts(sale)))
        self.rows.show(sale.rows)
        self.purchases.show(sale.purchases)
        self.tabs.setTabText(1, f"Purchases {len(sale.purchases)}")
        self.goods_out.show_sale(sale.id)
        self._settle()
        self.title_changed.emit(self.title)

    def show_note(self, note_id: int) -> None:
        """Go to the goods-out tab and to one of its notes."""
        self.tabs.setCurrentWidget(self.goods_out)
        self.goods_out.show_note(note_id)

    def _count_notes(self, number: int) -> None:
        self.tabs.setTabText(self.tabs.indexOf(self.goods_out), f"Goods-out {number}")
        self._settle()

    def _settle(self) -> None:
        sale, ticked = self.sale, self.rows.ticked()
        short = [row for row in (ticked or (sale.rows if sale else ())) if row.short]
        buys = self.desk.may(Permission.PLACE_PURCHASES)
        self.clone.setEnabled(buys and sale is not None)
        rows = formats.count(len(ticked), "row") if ticked else ""
        self.clone.setText(f"Clone {rows} to PO…" if ticked else "Clone to PO…")
        self.clone.setToolTip(self.desk.why_not(Permission.PLACE_PURCHASES))
        may = self.desk.may(Permission.ALLOCATE)
        self.allocate.setEnabled(may and bool(short) and sale is not None and sale.waits)
        reserved = [row for row in (ticked or (sale.rows if sale else ())) if row.reserved]
        self.release.setEnabled(may and bool(reserved))
        self.release.setText(f"Release {rows}" if ticked else "Release")
        self._settle_goods_out(ticked, rows)

    def _settle_goods_out(self, ticked: Sequence[SaleRowDetail], rows: str) -> None:
        """Fulfil and Ship by what there is of the rows; the one primary act is what comes next."""
        sale, may = self.sale, self.desk.may(Permission.SHIP)
        shown = [row for row in (ticked or (sale.rows if sale else ())) if row.kind == "stock"]
        left = any(row.ordered > row.fulfilled for row in shown)
        on_notes = self.goods_out.rows_on_open_notes()
        held = any(row.reserved or row.id in on_notes for row in shown)
        why = self.desk.why_not(Permission.SHIP)
        self.fulfil.setEnabled(may and left and sale is not None and sale.waits)
        self.fulfil.setText(f"Fulfil {rows}" if ticked else "Fulfil")
        self.fulfil.setToolTip(why or ("" if left else "Everything is on goods-out notes"))
        self.ship.setEnabled(may and held)
        self.ship.setText(f"Ship {rows}…" if ticked else "Ship…")
        self.ship.setToolTip(why or ("" if held else "Nothing is allocated that has not shipped"))
        first = None  # all has shipped: nothing is asked of anybody
        if sale is None or sale.short:
            first = self.clone
        elif left or held:
            first = self.fulfil if left and sale.waits else self.ship
        for button in (self.clone, self.fulfil, self.ship):
            kind = "primary" if button is first else ""
            if (button.property("kind") or "") != kind:
                button.setProperty("kind", kind)
                theme.restyle(button)

    def _set_status(self, status_id: int) -> None:
        sale, wanted = self.sale, self.status.choice(status_id)
        if sale is None or wanted is None or status_id == sale.status_id:
            return
        call = (
            sales.cancel([sale.id], status_id)
            if wanted.is_cancelled
            else sales.set_status([sale.id], status_id)
        )
        self.desk.run(
            self, call, says=f"#{sale.number} set to {wanted.name}", failed=partial(self._refused)
        )

    def _refused(self, error: Exception) -> None:
        if self.sale is not None:
            self.status.show_status(self.sale.status_id)
        self.desk.tell(error)

    def _allocate(self) -> None:
        if self.sale is not None and self.allocate.isEnabled():
            number = self.sale.number
            self.desk.run(
                self,
                sales.allocate([self.sale.id]),
                says=lambda result: (
                    f"Allocated {formats.counted_units(result['units'])} to #{number}"
                    if result["units"]
                    else f"Nothing on hand for #{number}"
                ),
            )

    def _release(self) -> None:
        if self.sale is not None and self.release.isEnabled():
            rows = tuple(row.id for row in self.rows.ticked())
            number = self.sale.number
            self.desk.run(
                self,
                sales.release([self.sale.id], rows),
                says=lambda result: (
                    f"Released {formats.counted_units(result['units'])} of #{number}"
                ),
            )

    def _fulfil(self) -> None:
        if self.sale is not None and self.fulfil.isEnabled():
            rows = tuple(row.id for row in self.rows.ticked())
            call = goods_out.fulfil([self.sale.id], rows)
            self.desk.run(self, call, says=partial(one_sale, "fulfil"))

    def _ship(self) -> None:
        if self.sale is not None and self.ship.isEnabled():
            from .ship_dialog import ShipRowsDialog

            rows = tuple(row.id for row in self.rows.ticked())
            ShipRowsDialog(self.desk, self.sale.id, rows, self).open()

    def _clone(self) -> None:
        if self.sale is not None and self.clone.isEnabled():
            from .clone_dialog import CloneDialog

            rows = tuple(row.id for row in self.rows.ticked())
            CloneDialog(self.desk, self.sale.id, rows, self).open()


def _facts(sale: SaleDetail) -> list[str]:
    facts = [
        formats.money(sale.total, sale.currency, sale.currency_digits),
        sale.warehouse,
        f"placed {formats.moment(sale.placed_at)}",
    ]
    if sale.short:
        facts.append(f"{formats.counted_units(sale.short)} short")
    if sale.reference:
        facts.append(f"reference {sale.reference}")
    if sale.delivery_on:
        facts.append(f"delivery {formats.day(sale.delivery_on)}")
    if sale.ship_complete:
        facts.append("ships complete only")
    if sale.invoice_number:
        facts.append(f"invoice {sale.invoice_number}")
    if sale.address:
        facts.append(" ".join(sale.address.split()))
    return facts
