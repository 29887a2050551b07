"""Stock counts: start one, go on with one (R8.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFormLayout, QLineEdit, QMenu, QPushButton, QWidget

from desktop_app.config import Workstation
from desktop_app.models import formats
from desktop_app.models.moving_rows import COUNT_COLUMNS, count_source
from desktop_app.services import counts, counts_list
from desktop_app.services.access import Permission
from desktop_app.services.catalogue import SupplierChoice, WarehouseChoice
from desktop_app.services.counts import CountScope
from desktop_app.services.counts_list import CountFilter, CountLine, CountsView, categories

from .act_frame import StockDialog
from .choices import CalmCombo
from .desk import Desk
from .filters import ViewSpec, among
from .list_frame import ListSpec
from .list_page import ListPage
from .pick_lists import PickLists

VIEWS = (
    ViewSpec("open", "Being counted", CountFilter(view=CountsView.OPEN)),
    ViewSpec("all", "All counts", CountFilter(), counted=False),
)


class CountsPage(ListPage[CountLine, CountFilter]):
    """Every count; Enter opens one."""

    def __init__(
        self, desk: Desk, config: Workstation, lists: PickLists, parent: QWidget | None = None
    ) -> None:
        spec = ListSpec(
            key="counts",
            title="Stock counts",
            noun="count",
            nouns="counts",
            source=count_source(),
            columns=COUNT_COLUMNS,
            views=VIEWS,
            saves=True,
            filters=(among("warehouse", "Warehouse", lists.warehouse_choices, pinned=True),),
            find=lambda where, text: replace(where, text=text),
            find_hint="Number or title",
            ticks=False,
            all_done={"open": "Nothing is being counted."},
        )
        super().__init__(desk, config, spec, parent)
        self._lists = lists
        self.new = QPushButton("Start a count…")
        self.new.setAutoDefault(False)
        self.new.setProperty("kind", "primary")
        self.new.setEnabled(desk.may(Permission.COUNT_STOCK))
        self.new.setToolTip(desk.why_not(Permission.COUNT_STOCK))
        self.new.clicked.connect(lambda _checked: self.start())
        self.add_header_action(self.new)
        self.opened.connect(lambda key: desk.open("count", key))
        self.view.linked.connect(self._linked)
        lists.changed.connect(lambda: self.filters.show_filter(self.where))

    def _linked(self, line: CountLine | None, _column: str) -> None:
        if line is not None:
            self.desk.open("count", line.id)

    def start(self) -> None:
        """Ask what is to be counted, then open it."""
        dialog = StartCountDialog(self.desk, self._lists.warehouses, self._lists.suppliers, self)
        dialog.started.connect(lambda key: self.desk.open("count", key))
        dialog.open()

    def refresh_counts(self) -> None:
        self.desk.read(self, counts_list.view_counts, then=self._counted_views, key="counts")

    def _counted_views(self, found: dict[CountsView, int]) -> None:
        self.tabs.set_counts({view.value: number for view, number in found.items()})

    def fill_menu(self, menu: QMenu, row: CountLine) -> None:
        menu.addAction("Open").triggered.connect(lambda _c: self.desk.open("count", row.id))


class StartCountDialog(StockDialog):
    """``started(count id)`` after the commit."""

    started = Signal(int)

    def __init__(
        self,
        desk: Desk,
        warehouses: Sequence[WarehouseChoice],
        suppliers: Sequence[SupplierChoice],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(desk, "Start a stock count", 460, parent)
        form = QFormLayout()
        self.place = CalmCombo("Warehouse", self)
        self.place.fill([(one.id, one.name) for one in warehouses])
        self.what = CalmCombo("Count", self)
        self.what.fill(
            [
                ("all", "Everything in stock there"), ("category", "One category"),
                ("supplier", "One supplier's products"), ("text", "Products that contain…"),
                ("nothing", "Only what I scan"),
            ],
            "all",
        )  # fmt: skip
        self.category = CalmCombo("Category", self)
        self.supplier = CalmCombo("Supplier", self)
        self.supplier.fill([(one.id, one.name) for one in suppliers])
        self.text = QLineEdit(self)
        self.text.setAccessibleName("Words in code or name")
        self.title_field = QLineEdit(self)
        self.title_field.setAccessibleName("Title")
        self.title_field.setMaxLength(counts.TITLE_MAX)
        self.title_field.setPlaceholderText("For example: aisle 4")
        self._form = form
        for words, field in (
            ("Warehouse", self.place), ("Count", self.what), ("Category", self.category),
            ("Supplier", self.supplier), ("Containing", self.text), ("Title", self.title_field),
        ):  # fmt: skip
            form.addRow(words, field)
        self.body.addLayout(form)
        self.what.chosen.connect(lambda _key: self._settle())
        self.text.textChanged.connect(lambda _text: self._settle())
        for combo in (self.place, self.category, self.supplier):
            combo.chosen.connect(lambda _key: self._settle())
        desk.read(self, categories, then=self._categories)
        self._settle()

    def _categories(self, found: list[str]) -> None:
        self.category.fill([(one, one) for one in found])
        self._settle()

    def _settle(self) -> None:
        self.renew()
        what = self.what.key()
        for key, field in (
            ("category", self.category), ("supplier", self.supplier), ("text", self.text),
        ):  # fmt: skip
            self._form.setRowVisible(field, key == what)
        why = self.desk.why_not(Permission.COUNT_STOCK)
        if not why and what == "category" and not self.category.key():
            why = "No product has a category"
        if not why and what == "supplier" and self.supplier.key() is None:
            why = "There is no supplier"
        if not why and what == "text" and not self.text.text().strip():
            why = "Type a word of the code or name"
        self.say_act(f"Start the count in {self.place.currentText()}", why)

    def _scope(self) -> CountScope:
        what = self.what.key()
        return CountScope(
            nothing=what == "nothing",
            category=cast("str", self.category.key()) if what == "category" else "",
            supplier_id=cast("int", self.supplier.key()) if what == "supplier" else None,
            text=self.text.text().strip() if what == "text" else "",
        )

    def commit(self) -> None:
        """Begin."""
        if self.busy or not self.button.isEnabled():
            return
        self.busy = True
        place = cast("int", self.place.key())
        self.desk.run(
            self, counts.start(place, self._scope(), self.title_field.text()), once=self.once,
            says=lambda made: (
                f"Count {made['count']['number']} started:"
                f" {formats.count(made['products'], 'product')} to count"
            ),
            failed=self._refused, then=lambda done: self._begun(done.result["count"]["id"]),
        )  # fmt: skip
        self._settle_busy()

    def _settle_busy(self) -> None:
        self.button.setEnabled(False)

    def _begun(self, count_id: int) -> None:
        self.busy = False
        # First away: a record that is opened over a dialog is only peeked at.
        self.accept()
        self.started.emit(count_id)

    def _refused(self, error: Exception) -> None:
        self.refuse(error)
        self._settle()
