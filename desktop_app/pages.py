"""The pages and records of the main window, each loaded when it is first looked at.

To load them all took longer than everything else of a start. ``load_all`` does it beside the
person's work once the first page is there, so that the next ones open at once too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from typing import Any

from PySide6.QtWidgets import QWidget

from desktop_app.config import Workstation
from desktop_app.models.receipt_queue import ReceiptQueue
from desktop_app.models.scan_filter import ScanFilter
from desktop_app.services.purchases_list import PurchasesFilter
from desktop_app.services.sales_filter import SalesFilter
from desktop_app.services.stock_list import StockFilter
from desktop_app.views.desk import Desk
from desktop_app.views.main_window import MainWindow, PageSpec
from desktop_app.views.pick_lists import PickLists

Leave = Callable[[], object]

MODULES = (
    "sales_page", "sale_page", "purchases_page", "purchase_page", "batch_dialog", "clone_dialog",
    "receive_page", "stock_page", "goods_out_page", "transfers_page", "counts_page", "count_page",
    "credits_page", "credit_page", "exceptions_page", "messages_page", "channels_page",
    "channel_sales_page", "settings_page", "import_dialog",
)  # fmt: skip
"""In the order in which people are likely to want them."""


def load_all(stop: Callable[[], bool] = lambda: False) -> None:
    """Load what was not looked at yet; any thread may ask."""
    for name in MODULES:
        if stop():
            return
        import_module(f"desktop_app.views.{name}")


@dataclass(frozen=True)
class Pages:
    """What pages are made of; ``specs`` and ``records`` make them, ``route`` leads to them."""

    desk: Desk
    config: Workstation
    lists: PickLists
    scans: ScanFilter
    counts: ReceiptQueue | None
    import_files: Callable[[], object]

    def specs(self) -> tuple[PageSpec, ...]:
        """Give the pages of the navigation, in order."""
        return (
            PageSpec("sales", "Recent sales", "shopping-cart", "Ctrl+2", self._sales),
            PageSpec("purchases", "Purchases", "package-plus", "Ctrl+3", self._purchases),
            PageSpec("goods_in", "Goods in", "scan-barcode", "Ctrl+4", self._goods_in),
            PageSpec("goods_out", "Goods out", "truck", "Ctrl+Shift+4", self._goods_out),
            PageSpec("stock", "Stock", "boxes", "Ctrl+5", self._stock),
            PageSpec("transfers", "Transfers", "arrow-right-left", "Ctrl+Shift+5", self._transfers),
            PageSpec("counts", "Counts", "clipboard-list", "Ctrl+Shift+6", self._counts),
            PageSpec("batches", "Batches", "layers", "Ctrl+6", self._batches),
            PageSpec("credits", "Credits", "undo-2", "Ctrl+7", self._credits),
            PageSpec("exceptions", "Exceptions", "triangle-alert", "Ctrl+9", self._exceptions),
            PageSpec("messages", "Shop messages", "mail", "Ctrl+0", self._messages),
            PageSpec("channels", "Channels", "store", "Ctrl+8", self._channels),
            PageSpec("settings", "Settings", "settings", "Ctrl+,", self._settings),
        )

    def records(self) -> dict[str, Callable[[Any, Leave], QWidget]]:
        """Give what makes the page of one record, by its kind."""
        return {
            "sale": self._sale,
            "purchase": self._purchase,
            "credit": self._credit,
            "count": self._count,
            "channel": self._channel,
        }

    def route(self, window: MainWindow) -> None:
        """Say where ``desk.open`` leads for what is neither a page nor a record."""

        def shown(key: str) -> Any:
            """The page, in front. Its class is not named here: that would load it."""
            window.go(key)
            return window.page(key)

        def purchases(where: PurchasesFilter) -> None:
            shown("purchases").show_filter(where)

        def stock(text: str) -> None:
            page = shown("stock")
            page.find_field.setText(text)
            page.show_filter(replace(StockFilter(), text=text))

        def sales(where: SalesFilter) -> None:
            shown("sales").show_filter(where)

        def receive(po_id: int) -> None:
            shown("goods_in").open_order(po_id)

        def transfer(key: int) -> None:
            shown("transfers").show_transfer(key)

        def sale_note(key: tuple[int, int]) -> None:
            window.open("sale", key[0])
            page: Any = window.stack.currentWidget()
            if getattr(page, "sale_id", None) == key[0]:
                page.show_note(key[1])

        window.route("receive", receive)
        window.route("purchases_filter", purchases)
        window.route("sales_filter", sales)
        window.route("batch", lambda key: purchases(PurchasesFilter(batch_id=key)))
        window.route("sale_note", sale_note)
        window.route("stock_product", stock)
        window.route("transfer", transfer)
        window.route("settings", lambda _section: window.go("settings"))

    # -- pages -----------------------------------------------------------------------------------

    def _sales(self) -> QWidget:
        from desktop_app.views.sales_page import SalesPage

        page = SalesPage(self.desk, self.config, self.lists)
        page.import_wanted = self.import_files
        return page

    def _purchases(self) -> QWidget:
        from desktop_app.views.purchases_page import PurchasesPage

        return PurchasesPage(self.desk, self.config, self.lists)

    def _goods_in(self) -> QWidget:
        from desktop_app.views.receive_page import ReceivePage

        page = ReceivePage(self.desk, self.scans, queue=self.counts)
        page.sounds.enabled = self.config.sound
        page.sounds.enabled_changed.connect(partial(setattr, self.config, "sound"))
        return page

    def _goods_out(self) -> QWidget:
        from desktop_app.views.goods_out_page import GoodsOutPage

        return GoodsOutPage(self.desk, self.config, self.lists)

    def _stock(self) -> QWidget:
        from desktop_app.views.stock_page import StockPage

        return StockPage(self.desk, self.config, self.lists, self.scans)

    def _transfers(self) -> QWidget:
        from desktop_app.views.transfers_page import TransfersPage

        return TransfersPage(self.desk, self.config, self.lists, self.scans)

    def _counts(self) -> QWidget:
        from desktop_app.views.counts_page import CountsPage

        return CountsPage(self.desk, self.config, self.lists)

    def _batches(self) -> QWidget:
        from desktop_app.views.purchases_page import BatchesPage

        return BatchesPage(self.desk, self.config)

    def _credits(self) -> QWidget:
        from desktop_app.views.credits_page import CreditsPage

        return CreditsPage(self.desk, self.config, self.lists)

    def _exceptions(self) -> QWidget:
        from desktop_app.views.exceptions_page import ExceptionsPage

        return ExceptionsPage(self.desk, self.config, self.lists)

    def _messages(self) -> QWidget:
        from desktop_app.views.messages_page import MessagesPage

        return MessagesPage(self.desk, self.config, self.lists)

    def _channels(self) -> QWidget:
        from desktop_app.views.channels_page import ChannelsPage

        return ChannelsPage(self.desk)

    def _settings(self) -> QWidget:
        from desktop_app.views.settings_page import SettingsPage

        return SettingsPage(self.desk)

    # -- records ---------------------------------------------------------------------------------

    def _sale(self, key: int, leave: Leave) -> QWidget:
        from desktop_app.views.sale_page import SalePage

        return SalePage(self.desk, key, leave)

    def _purchase(self, key: int, leave: Leave) -> QWidget:
        from desktop_app.views.purchase_page import PurchasePage

        return PurchasePage(self.desk, key, leave)

    def _credit(self, key: int, leave: Leave) -> QWidget:
        from desktop_app.views.credit_page import CreditPage

        return CreditPage(self.desk, key, leave)

    def _count(self, key: int, leave: Leave) -> QWidget:
        from desktop_app.views.count_page import CountPage

        return CountPage(self.desk, self.config, self.scans, key, leave)

    def _channel(self, key: int, _leave: Leave) -> QWidget:
        from desktop_app.views.channel_sales_page import ChannelSalesPage

        return ChannelSalesPage(self.desk, self.config, self.lists, key)
