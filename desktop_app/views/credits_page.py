"""Credits: everything that was taken back, and what is still to be paid out (R7.10)."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QMenu, QWidget

from desktop_app.config import Workstation
from desktop_app.models.credit_rows import COLUMNS, source
from desktop_app.services import credit_details
from desktop_app.services.access import Permission
from desktop_app.services.credit_details import CreditLine, CreditsFilter, CreditsView

from .desk import Desk
from .filters import Choice, ViewSpec, among, one_of
from .list_frame import ListSpec
from .list_page import ListPage
from .pay_out_dialog import Payable, PayOutDialog
from .pick_lists import PickLists

PLACED = tuple(Choice(days, f"last {days} days") for days in (1, 7, 30, 90, 365))
VIEWS = (
    ViewSpec("all", "All credits", CreditsFilter(), counted=False),
    ViewSpec("to_pay_out", "To pay out", CreditsFilter(view=CreditsView.TO_PAY_OUT)),
    ViewSpec("exchanges", "Exchanges", CreditsFilter(view=CreditsView.EXCHANGES)),
)


class CreditsPage(ListPage[CreditLine, CreditsFilter]):
    """Every sales credit, newest first."""

    def __init__(
        self, desk: Desk, config: Workstation, lists: PickLists, parent: QWidget | None = None
    ) -> None:
        spec = ListSpec(
            key="credits",
            title="Credits",
            noun="credit",
            nouns="credits",
            source=source(),
            columns=COLUMNS,
            views=VIEWS,
            saves=True,
            filters=(
                among("channel", "Channel", lists.channel_choices, pinned=True),
                one_of("placed_days", "Taken back", PLACED, pinned=True),
            ),
            find=lambda where, text: replace(where, text=text),
            find_hint="Credit, sale, customer or reference",
            ticks=False,
            first_use=(
                "No credits yet",
                "Open a sale and choose Take goods back, or let a shop send its refunds.",
            ),
            all_done={"to_pay_out": "Nothing is to be paid out.", "exchanges": "No exchanges."},
        )
        super().__init__(desk, config, spec, parent)
        self.opened.connect(lambda key: desk.open("credit", key))
        lists.changed.connect(lambda: self.filters.show_filter(self.where))

    def refresh_counts(self) -> None:
        self.desk.read(self, credit_details.view_counts, then=self._counted_views, key="counts")

    def _counted_views(self, counts: dict[CreditsView, int]) -> None:
        self.tabs.set_counts({view.value: number for view, number in counts.items()})

    def fill_menu(self, menu: QMenu, row: CreditLine) -> None:
        menu.addAction("Open").triggered.connect(lambda _c: self.desk.open("credit", row.id))
        pay = menu.addAction("Pay out…")
        pay.setEnabled(row.open > 0 and self.desk.may(Permission.BILL))
        pay.setToolTip(self.desk.why_not(Permission.BILL))
        pay.triggered.connect(lambda _c: self._pay_out(row))
        for number, key, words in (
            (row.sale_number, row.sale_id, "Open sale"),
            (row.exchange_number, row.exchange_id, "Open exchange"),
        ):
            if number is not None:
                menu.addAction(f"{words} #{number}").triggered.connect(
                    lambda _c, key=key: self.desk.open("sale", key)
                )

    def _pay_out(self, row: CreditLine) -> None:
        payable = Payable(
            row.id, row.number, row.total, row.open, row.currency, row.currency_digits
        )
        PayOutDialog(self.desk, payable, self).open()
