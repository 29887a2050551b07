"""Recent sales (ux 3.1): views, filters, selection by id, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from desktop_app.config import Workstation
from desktop_app.models import formats
from desktop_app.models.sales_table import COLUMNS, source
from desktop_app.services import sales, sales_list, sales_search
from desktop_app.services.access import Permission
from desktop_app.services.backend import Call, Done
from desktop_app.services.lists import Among
from desktop_app.services.purchasing import SALES_MAX
from desktop_app.services.rules.sale_status import Axis
from desktop_app.services.sales_filter import Eta, SalesFilter, SalesView
from desktop_app.services.sales_list import SaleLine, SalesTotals
from desktop_app.services.sales_search import Understood

from .desk import Desk
from .filters import Choice, ViewSpec, among, one_of, words
from .key_list import LIST_KEYS, SALES_KEYS
from .list_frame import ListSpec
from .list_page import ListPage
from .panes import SalePane
from .pick_lists import PickLists
from .sales_acts import SalesActs

SUM_MS = 120
GOODS = (Choice(Axis.NONE, "none"), Choice(Axis.PART, "part"), Choice(Axis.ALL, "all"))
PAID = (Choice(Axis.NONE, "unpaid"), Choice(Axis.PART, "part paid"), Choice(Axis.ALL, "paid"))
YES_NO = (Choice(True, "yes"), Choice(False, "no"))
PLACED = tuple(Choice(days, f"last {days} days") for days in (1, 7, 30, 90, 365))
ETAS = (Choice(Eta.LATE, "late"), Choice(Eta.THIS_WEEK, "this week"), Choice(Eta.NONE, "none"))

VIEWS = (
    ViewSpec("all", "All sales", SalesFilter(), counted=False),
    ViewSpec("needs_ordering", "Needs ordering", SalesFilter(view=SalesView.NEEDS_ORDERING)),
    ViewSpec("waiting_on_po", "Waiting on PO", SalesFilter(view=SalesView.WAITING_ON_PO)),
    ViewSpec("ready_to_ship", "Ready to ship", SalesFilter(view=SalesView.READY_TO_SHIP)),
    ViewSpec("problems", "Problems", SalesFilter(view=SalesView.PROBLEMS)),
)


def spec(lists: PickLists, channel_id: int | None = None) -> ListSpec[SaleLine, SalesFilter]:
    """Recent sales as a list; with a channel, only its own (R7.11)."""
    only = None if channel_id is None else Among.of(channel_id)
    return ListSpec(
        key="sales",
        title="Recent sales",
        noun="sale",
        nouns="sales",
        source=source(),
        columns=COLUMNS,
        views=[replace(view, where=replace(view.where, channel=only)) for view in VIEWS],
        saves=True,
        filters=(
            among("channel", "Channel", lists.channel_choices, pinned=True),
            one_of("placed_days", "Placed", PLACED, pinned=True),
            among("allocation", "Allocated", GOODS, pinned=True),
            among("status", "Status", lists.sale_status_choices, pinned=True),
            among("payment", "Payment", PAID),
            among("fulfilment", "Fulfilled", GOODS),
            among("shipping", "Shipped", GOODS),
            one_of("invoiced", "Invoiced", YES_NO),
            one_of("short", "Short", (Choice(True, "something"), Choice(False, "nothing"))),
            one_of("eta", "ETA", ETAS),
            one_of("has_po", "Has a PO", YES_NO),
            among("warehouse", "Warehouse", lists.warehouse_choices),
            among("supplier", "Supplier of a short item", lists.supplier_choices),
            words("sku", "Item", "code, * stands for anything"),
            words("reference", "Reference", "reference"),
        ),
        find=lambda where, text: replace(where, text=text),
        find_hint="Order, customer, item… or eta:late",
        first_use=("No sales yet", "Sales come from your shops, or from a folder of CSV files."),
        all_done={
            "needs_ordering": "Nothing needs ordering.",
            "problems": "No problems.",
            "waiting_on_po": "No sale waits for a purchase order.",
            "ready_to_ship": "Nothing is ready to ship.",
        },
    )


class SalesPage(ListPage[SaleLine, SalesFilter]):
    """The list a buyer starts the day with."""

    keys = (*SALES_KEYS, *LIST_KEYS)

    def __init__(
        self,
        desk: Desk,
        config: Workstation,
        lists: PickLists,
        parent: QWidget | None = None,
        *,
        channel_id: int | None = None,
    ) -> None:
        made = spec(lists, channel_id)
        self._base = made.views[0].where
        self.channel_id = channel_id
        super().__init__(desk, config, made, parent)
        self.lists = lists
        if channel_id is not None:
            self.filters.lock("channel")
        self.import_wanted: Callable[[], object] | None = None
        self.release = self._action("Release", self._release, Permission.ALLOCATE, "")
        acts = SalesActs(desk, self, self.act_on_choice, self.used_choice)
        self.print = self._action("Print…", acts.print_notes, Permission.SHIP, "")
        self.invoice = self._action("Invoice…", acts.invoice, Permission.BILL, "")
        self.allocate = self._action("Allocate", acts.allocate, Permission.ALLOCATE, "Ctrl+L")
        self.fulfil = self._action("Fulfil", acts.fulfil, Permission.SHIP, "Ctrl+Shift+F")
        self.ship = self._action("Ship…", acts.ship, Permission.SHIP, "")
        self.set_status = self._action(
            "Set status", self._open_status_menu, Permission.SET_STATUS, ""
        )
        self.buy = self._action(
            "Batch purchase order…", self._buy, Permission.PLACE_PURCHASES, "Ctrl+B"
        )
        self.clone = self._action(
            "Clone to PO…", self._clone, Permission.PLACE_PURCHASES, "Ctrl+Shift+B"
        )
        for action in (
            self.release, self.print, self.invoice, self.ship, self.fulfil, self.set_status,
            self.allocate,
        ):  # fmt: skip
            self.batch.add_action(action)
        self.batch.add_action(self.buy, primary=True)
        self.set_pane(pane := SalePane(desk))
        self.pane_row_changed.connect(pane.show_line)
        self.opened.connect(lambda key: desk.open("sale", key))
        self._sum_timer = QTimer(self, singleShot=True, interval=SUM_MS)
        self._sum_timer.timeout.connect(self._sum_chosen)
        self.chosen.changed.connect(self._choice_moved)
        lists.changed.connect(lambda: self.filters.show_filter(self.where))

    def _action(
        self, text: str, act: Callable[[], object], needs: Permission, keys: str
    ) -> QAction:
        action = QAction(text, self)
        if keys:
            action.setShortcut(QKeySequence(keys))
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.setEnabled(self.desk.may(needs))
        action.setToolTip(self.desk.why_not(needs) or text)
        action.triggered.connect(lambda _checked: act())
        self.addAction(action)
        return action

    # -- finding ----------------------------------------------------------------------------

    def show_filter(self, where: SalesFilter) -> None:
        self._base = replace(where, text="")
        super().show_filter(where)

    def _find_now(self) -> None:
        """Understand words and ``key:value`` tokens on top of the chips (SAL-01)."""
        typed, base = self.find_field.text().strip(), self._base
        self.desk.read(
            self,
            sales_search.understand,
            typed,
            base,
            then=partial(self._understood, base),
            key="find",
        )

    def _understood(self, base: SalesFilter, found: Understood) -> None:
        self.show_filter(found.where)
        self._base = base
        if found.unknown:
            self.desk.said.emit(
                f"{', '.join(found.unknown)} is not understood. Try channel:web, short:>0 or eta:late."
            )

    def fits(self, where: SalesFilter) -> bool:
        """On the page of a channel: the views of this channel alone (IA-04)."""
        return self.channel_id is None or where.channel == Among.of(self.channel_id)

    # -- numbers ---------------------------------------------------------------------------

    def refresh_counts(self) -> None:
        where = self.where
        self.desk.read(
            self, sales_list.view_counts, self.channel_id, then=self._counted_views, key="counts"
        )
        self.desk.read(self, sales_list.totals, where, then=self._said_totals, key="totals")

    def _counted_views(self, counts: dict[SalesView, int]) -> None:
        self.tabs.set_counts({view.value: number for view, number in counts.items()})

    def _said_totals(self, totals: SalesTotals) -> None:
        self.strip.say(f"{formats.count(totals.sales, 'sale')} · {_money(totals)}{_short(totals)}")

    def _choice_moved(self) -> None:
        """Paint first: summing 200,000 sales would hold up the ticks."""
        if self.chosen:
            self._sum_timer.start()
        else:
            self._sum_timer.stop()
            self.batch.set_sums("")

    def _sum_chosen(self) -> None:
        ids = self.chosen.ids
        self.desk.read(self, sales_list.chosen_totals, ids, then=self._said_chosen, key="chosen")

    def _said_chosen(self, totals: SalesTotals) -> None:
        if self.chosen:
            self.batch.set_sums(f"{_money(totals)}{_short(totals)}")

    # -- acts ------------------------------------------------------------------------------

    def _buy(self) -> None:
        ids = self.act_on_choice()
        if not ids:
            self.desk.said.emit("Tick the sales to order for first.")
            return
        if len(ids) > SALES_MAX:
            self.desk.said.emit(
                f"{formats.count(len(ids), 'sale')} are too many for one batch: at most"
                f" {SALES_MAX:,}. Narrow the list by supplier or date first."
            )
            return
        from .batch_dialog import BatchDialog

        dialog = BatchDialog(self.desk, tuple(sorted(ids)), self)
        dialog.placed.connect(lambda _done: self.used_choice())
        dialog.open()

    def used_choice(self) -> None:
        """An act has used what was chosen: clear, and offer it again (SAL-06)."""
        if self.chosen:
            self.chosen.used()

    def choose_again(self) -> None:
        """Select what the last act used."""
        self.chosen.choose_again()

    def _clone(self) -> None:
        sale_id = self.view.current_id()
        if sale_id is not None:
            from .clone_dialog import CloneDialog

            CloneDialog(self.desk, sale_id, (), self).open()

    def _release(self) -> None:
        self._run_on_choice(
            sales.release,
            lambda r: (
                f"Released {formats.counted_units(r['units'])} of {formats.count(_served(r), 'sale')}"
                if r["units"]
                else "Nothing is reserved for these sales"
            ),
        )

    def _run_on_choice(
        self, call: Callable[[list[int]], Call[Any]], says: Callable[[Any], str]
    ) -> None:
        ids = sorted(self.act_on_choice())
        if ids:
            self.desk.run(self, call(ids), says=says, then=self._acted)

    def _acted(self, _done: Done[Any]) -> None:
        self.used_choice()

    def _open_status_menu(self) -> None:
        menu = QMenu(self)
        self._fill_statuses(menu)
        menu.popup(self.batch.mapToGlobal(self.batch.rect().topLeft()))

    def _fill_statuses(self, menu: QMenu) -> None:
        for one in self.lists.sale_statuses:
            action = menu.addAction(one.name)
            action.triggered.connect(partial(self._set_status, one.id, one.name, one.is_cancelled))

    def _set_status(self, status_id: int, name: str, cancels: bool, _checked: bool = False) -> None:
        ids = sorted(self.act_on_choice())
        if ids:
            call = sales.cancel(ids, status_id) if cancels else sales.set_status(ids, status_id)
            self.desk.run(
                self,
                call,
                says=f"{formats.count(len(ids), 'sale')} set to {name}",
                then=self._acted,
            )

    def fill_menu(self, menu: QMenu, row: SaleLine) -> None:
        many = len(self.chosen)
        menu.addAction("Open").triggered.connect(lambda _c: self.desk.open("sale", row.id))
        menu.addAction(self.clone)
        menu.addAction(self.buy)
        if many:
            menu.actions()[-1].setToolTip(f"for {formats.count(many, 'sale')}")
        for action in (
            self.allocate, self.release, self.fulfil, self.ship, self.invoice, self.print,
        ):  # fmt: skip
            menu.addAction(action)
        statuses = menu.addMenu("Set status")
        statuses.setEnabled(self.set_status.isEnabled())
        self._fill_statuses(statuses)
        if self.chosen.last:
            again = menu.addAction(f"Select those {len(self.chosen.last):,} again")
            again.triggered.connect(lambda _c: self.choose_again())

    def first_use_ways(self) -> dict[str, Callable[[], object]]:
        return {"Import CSV files…": self.import_wanted} if self.import_wanted else {}


def _served(result: dict[str, Any]) -> int:
    return sum(1 for one in result["sales"] if one["units"])


def _money(totals: SalesTotals) -> str:
    return " + ".join(formats.money(total, code, digits) for code, digits, total in totals.totals)


def _short(totals: SalesTotals) -> str:
    return f" · {formats.quantity(totals.short)} units short" if totals.short else ""
