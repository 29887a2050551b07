"""Transfers between warehouses: what is on its way, and what was moved (R8.1)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QWidget

from desktop_app.config import Workstation
from desktop_app.models import formats
from desktop_app.models.lines_table import LinesTable
from desktop_app.models.moving_rows import (
    TRANSFER_COLUMNS,
    TRANSFER_ROWS,
    transfer_mark,
    transfer_source,
)
from desktop_app.models.scan_filter import ScanFilter
from desktop_app.services import transfers, transfers_list
from desktop_app.services.access import Permission
from desktop_app.services.changes import Changes, Topic
from desktop_app.services.transfers_list import (
    TransferDetail,
    TransferFilter,
    TransferLine,
    TransferRow,
    TransfersView,
    transfer_detail,
)

from .desk import Desk
from .filters import ViewSpec, among
from .list_frame import ListSpec
from .list_page import ListPage
from .panes import Pane
from .pick_lists import PickLists
from .timeline_panel import TimelinePanel
from .transfer_acts import CloseTransferDialog, ReceiveTransferDialog
from .transfer_dialog import TransferDialog

VIEWS = (
    ViewSpec("on_the_way", "On the way", TransferFilter(view=TransfersView.ON_THE_WAY)),
    ViewSpec("arrived", "Arrived", TransferFilter(view=TransfersView.ARRIVED), counted=False),
    ViewSpec("all", "All transfers", TransferFilter(), counted=False),
)


class TransfersPage(ListPage[TransferLine, TransferFilter]):
    """Every transfer; those on their way are received here."""

    def __init__(
        self,
        desk: Desk,
        config: Workstation,
        lists: PickLists,
        scans: ScanFilter | None = None,
        parent: QWidget | None = None,
    ) -> None:
        spec = ListSpec(
            key="transfers",
            title="Transfers",
            noun="transfer",
            nouns="transfers",
            source=transfer_source(),
            columns=TRANSFER_COLUMNS,
            views=VIEWS,
            saves=True,
            filters=(
                among("source", "From", lists.warehouse_choices, pinned=True),
                among("to", "To", lists.warehouse_choices, pinned=True),
            ),
            find=lambda where, text: replace(where, text=text),
            find_hint="Number, item or reference",
            ticks=False,
            all_done={"on_the_way": "Nothing is on its way between warehouses."},
        )
        super().__init__(desk, config, spec, parent)
        self._lists, self._scans = lists, scans
        self.new = QPushButton("New transfer…")
        self.new.setAutoDefault(False)
        self.new.setProperty("kind", "primary")
        self.new.setEnabled(desk.may(Permission.TRANSFER))
        self.new.setToolTip(desk.why_not(Permission.TRANSFER))
        self.new.clicked.connect(lambda _checked: self.transfer())
        self.add_header_action(self.new)
        self.set_pane(pane := TransferPane(desk))
        self.transfer_pane = pane
        self.pane_row_changed.connect(pane.show_line)
        self.opened.connect(lambda _key: self._show_pane())
        lists.changed.connect(lambda: self.filters.show_filter(self.where))

    def transfer(self) -> None:
        """Ask what is to be moved."""
        TransferDialog(self.desk, self._lists.warehouses, self._scans, parent=self).open()

    def show_transfer(self, transfer_id: int) -> None:
        """Show one transfer, wherever it is in the list."""

        def found(detail: TransferDetail | None) -> None:
            if detail is not None:
                number = f"#{detail.head.number}"
                self.find_field.setText(number)
                self.show_filter(TransferFilter(text=number))
                self._show_pane()

        self.desk.read(self, transfer_detail, transfer_id, then=found, key="shown")

    def refresh_counts(self) -> None:
        self.desk.read(self, transfers_list.view_counts, then=self._counted_views, key="counts")

    def _counted_views(self, counts: dict[TransfersView, int]) -> None:
        self.tabs.set_counts({view.value: number for view, number in counts.items()})

    def _show_pane(self) -> None:
        if self.pane is not None and not self.pane.isVisible():
            self.toggle_pane()

    def fill_menu(self, menu: QMenu, row: TransferLine) -> None:
        pane = self.transfer_pane
        for words, act, needs in (
            ("Receive…", pane.receive, Permission.TRANSFER),
            ("Cancel transfer", pane.cancel, Permission.TRANSFER),
            ("Close…", pane.close_rest, Permission.CORRECT_STOCK),
        ):
            action = menu.addAction(words)
            can = row.state == "sent" and self.desk.may(needs)
            action.setEnabled(can and not (words.startswith("Cancel") and row.received > 0))
            action.setToolTip(self.desk.why_not(needs))
            action.triggered.connect(partial(_with, pane, row, act))


def _with(pane: TransferPane, row: TransferLine, act: object, _checked: bool = False) -> None:
    assert callable(act)
    pane.ask(row.id, lambda _detail: act())


class TransferPane(Pane):
    """A transfer beside the list, with what can be done about it."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._id: int | None = None
        self._detail: TransferDetail | None = None
        acts = QHBoxLayout()
        self.receive_act = QPushButton("Receive…")
        self.cancel_act = QPushButton("Cancel transfer")
        self.close_act = QPushButton("Close…")
        for button, act in (
            (self.receive_act, self.receive), (self.cancel_act, self.cancel),
            (self.close_act, self.close_rest),
        ):  # fmt: skip
            button.setAutoDefault(False)
            button.clicked.connect(partial(_press, act))
            acts.addWidget(button)
        acts.addStretch(1)
        self.page.addLayout(acts)
        self.rows: LinesTable[TransferRow]
        self.rows, self.rows_view = self.table(
            TRANSFER_ROWS, "Products of the transfer", "stock_product", lambda row: row.sku
        )
        self.page.addWidget(self.rows_view)
        self.timeline = TimelinePanel(desk, "TR")
        self.page.addWidget(self.timeline, 1)
        desk.hub.changed.connect(self._changed)
        self._settle()

    def show_line(self, line: TransferLine | None) -> None:
        """Follow the current transfer."""
        self._id = None if line is None else line.id
        self._detail = None
        self._settle()
        if line is None:
            self.title.setText("No transfer chosen")
            return
        self.title.setText(f"Transfer {line.number}")
        self.timeline.show_document(line.id)
        self.ask(line.id)

    def ask(self, transfer_id: int, then: object = None) -> None:
        """Read a transfer; ``then(detail)`` when it is there."""
        self._id = transfer_id

        def arrived(detail: TransferDetail | None) -> None:
            self._arrived(detail)
            if callable(then) and detail is not None:
                then(detail)

        self.desk.read(self, transfer_detail, transfer_id, then=arrived, key="pane")

    def _changed(self, changes: Changes) -> None:
        ids = changes.topics.get(Topic.TRANSFERS, set())
        if self._id is not None and (ids is None or self._id in ids):
            self.ask(self._id)
            self.timeline.show_document(self._id)

    def _arrived(self, detail: TransferDetail | None) -> None:
        if detail is None or detail.head.id != self._id:
            return
        self._detail = detail
        head = detail.head
        self.marks.show_marks((("State", transfer_mark(head)),))
        settled = f" · {formats.moment(head.settled_at)}" if head.settled_at else ""
        reference = f" · {head.reference}" if head.reference else ""
        self.facts.setText(
            f"{head.source} → {head.warehouse} · sent {formats.moment(head.sent_at)} by"
            f" {head.person}{settled}{reference}"
        )
        self.rows.show(detail.rows)
        self.fit_height(self.rows_view, len(detail.rows))
        self._settle()

    def _settle(self) -> None:
        detail = self._detail
        sent = detail is not None and detail.head.state == "sent"
        for button, needs, can, reason in (
            (self.receive_act, Permission.TRANSFER, sent, "Nothing is on its way"),
            (
                self.cancel_act, Permission.TRANSFER,
                sent and detail is not None and not detail.head.received,
                "Only while nothing has arrived",
            ),
            (self.close_act, Permission.CORRECT_STOCK, sent, "Nothing is on its way"),
        ):  # fmt: skip
            why = self.desk.why_not(needs)
            button.setEnabled(can and not why)
            button.setToolTip(why or ("" if can else reason))

    def receive(self) -> None:
        """Ask what arrived."""
        if self._detail is not None:
            ReceiveTransferDialog(self.desk, self._detail, self).open()

    def cancel(self) -> None:
        """Everything goes back."""
        if self._detail is None:
            return
        head = self._detail.head
        self.cancel_act.setEnabled(False)
        self.desk.run(
            self, transfers.cancel(head.id),
            says=lambda made: (
                f"Transfer {head.number} cancelled,"
                f" {formats.counted_units(made['units'])} back in {head.source}"
            ),
            failed=self._refused,
        )  # fmt: skip

    def close_rest(self) -> None:
        """Ask why the rest did not arrive."""
        if self._detail is not None:
            CloseTransferDialog(self.desk, self._detail, self).open()

    def _refused(self, error: Exception) -> None:
        self._settle()
        self.desk.tell(error)


def _press(act: object, _checked: bool = False) -> None:
    assert callable(act)
    act()
