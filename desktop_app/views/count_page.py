"""Counting (R8.3): scans and typed figures, the differences, and posting them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop_app.config import Workstation
from desktop_app.models import formats
from desktop_app.models.moving_rows import COUNT_ROW_COLUMNS, count_rows_source, signed
from desktop_app.models.moving_words import COUNT_STATES
from desktop_app.models.scan_answer import Answer, ScanEvent
from desktop_app.models.scan_filter import ScanFilter
from desktop_app.services import counts
from desktop_app.services.access import Permission
from desktop_app.services.changes import Changes, Topic
from desktop_app.services.counts_list import (
    CountLine,
    CountRowFilter,
    CountRowLine,
    RowsView,
    count_line,
)
from desktop_app.services.errors import Rejected, ServiceError
from desktop_app.services.rules.money import UNIT

from .act_frame import StockDialog
from .desk import Desk
from .filters import ViewSpec
from .list_frame import ListSpec
from .list_page import ListPage
from .losing_table import LosingTable
from .messages import sentence
from .number_field import NumberField
from .scan_card import ScanCard
from .sounds import Sounds
from .tokens import PAGE_MARGIN, RELATED_GAP

UNITS_MAX = 99_999_999
REREAD_MS = 200
BELOW_PROMISED = "confirm:below_promised"


class CountPage(ListPage[CountRowLine, CountRowFilter]):
    """One count. A scan adds one (or its pack); Enter on a row goes to the field that sets it."""

    claims_scans = True

    def __init__(
        self,
        desk: Desk,
        config: Workstation,
        scans: ScanFilter,
        count_id: int,
        leave: Callable[[], object],
        parent: QWidget | None = None,
    ) -> None:
        every = CountRowFilter(count_id)
        spec = ListSpec(
            key="count_rows",
            title="Stock count",
            noun="product",
            nouns="products",
            source=count_rows_source(count_id),
            columns=COUNT_ROW_COLUMNS,
            views=(
                ViewSpec("all", "All products", every, counted=False),
                ViewSpec("left", "Not counted", replace(every, view=RowsView.LEFT)),
                ViewSpec("different", "Differences", replace(every, view=RowsView.DIFFERENT)),
            ),
            find=lambda where, text: replace(where, text=text),
            find_hint="SKU or product",
            ticks=False,
            first_use=("Nothing is listed yet", "Scan the first product."),
            all_done={
                "left": "Every product of the list is counted.",
                "different": "No difference so far.",
            },
        )
        super().__init__(desk, config, spec, parent)
        self._id, self._scans, self._leave = count_id, scans, leave
        self.line: CountLine | None = None
        self.sounds = Sounds(self)
        self.sounds.enabled = config.sound
        self._build()
        self._reread = QTimer(self, singleShot=True, interval=REREAD_MS)
        self._reread.timeout.connect(self.reload)
        desk.hub.changed.connect(self._count_changed)
        self.opened.connect(lambda _key: self.set_field.setFocus())
        self.view.current_changed.connect(lambda _row: self._show_current())
        self.table.dataChanged.connect(lambda *_: self._show_current())
        self._settle()
        self._ask()

    def _build(self) -> None:
        self.recount_act = QPushButton("Recount")
        self.abandon_act = QPushButton("Abandon")
        self.post_act = QPushButton("Post…")
        self.post_act.setProperty("kind", "primary")
        for button, act in (
            (self.recount_act, self.recount), (self.abandon_act, self.abandon),
            (self.post_act, self.post),
        ):  # fmt: skip
            button.setAutoDefault(False)
            button.clicked.connect(lambda _checked=False, act=act: act())
            self.add_header_action(button)
        self.card = ScanCard(self)
        self.card.show_answer(
            Answer(ScanEvent.READY, "Ready to scan", sub="Each scan counts one, or its pack.")
        )
        self.field = QLineEdit(self)
        self.field.setPlaceholderText("Scan or type a barcode or SKU, then Enter")
        self.field.setAccessibleName("Scan or type a barcode or SKU")
        self.field.returnPressed.connect(self._typed)
        self.set_label = QLabel(self)
        self.set_field = NumberField(self)
        self.set_field.setRange(0, UNITS_MAX)
        self.set_field.setAccessibleName("Counted of the current product")
        self.set_field.lineEdit().returnPressed.connect(self.set_current)
        self.set_act = QPushButton("Set", self)
        self.set_act.setAutoDefault(False)
        self.set_act.clicked.connect(lambda _checked: self.set_current())
        row = QHBoxLayout()
        row.setSpacing(RELATED_GAP)
        row.addWidget(self.field, 1)
        for widget in (self.set_label, self.set_field, self.set_act):
            row.addWidget(widget)
        bar = QVBoxLayout()
        bar.setContentsMargins(PAGE_MARGIN, 0, PAGE_MARGIN, 10)
        bar.setSpacing(RELATED_GAP)
        bar.addWidget(self.card)
        bar.addLayout(row)
        page = self.layout()
        assert isinstance(page, QVBoxLayout)
        page.insertLayout(1, bar)

    # -- what is known ----------------------------------------------------------------------------

    def _ask(self) -> None:
        self.desk.read(self, count_line, self._id, then=self._told, key="head")

    def _told(self, line: CountLine | None) -> None:
        self.line = line
        if line is not None:
            named = f" · {line.title}" if line.title else ""
            state = "" if line.state == "open" else f" · {COUNT_STATES[line.state].lower()}"
            self.title.setText(f"Count {line.number} in {line.warehouse}{named}{state}")
            left = line.products - line.counted
            self.tabs.set_counts({"left": left, "different": line.differences})
            self.strip.say(
                f"{line.counted} of {formats.count(line.products, 'product')} counted ·"
                f" {formats.count(line.differences, 'difference')}"
            )
        self._settle()

    def refresh_counts(self) -> None:
        self._ask()

    def _count_changed(self, changes: Changes) -> None:
        ids = changes.topics.get(Topic.COUNTS, set())
        if ids is None or self._id in ids:
            self._reread.start()

    def _settle(self) -> None:
        line = self.line
        live = line is not None and line.state == "open"
        may = self.desk.may(Permission.COUNT_STOCK)
        for widget in (
            self.field,
            self.set_field,
            self.set_act,
            self.abandon_act,
            self.recount_act,
        ):
            widget.setEnabled(live and may)
        why = self.desk.why_not(Permission.CORRECT_STOCK)
        counted = line is not None and line.counted > 0
        self.post_act.setEnabled(live and not why and counted)
        self.post_act.setToolTip(why or ("" if counted else "Nothing is counted yet"))
        number = line.differences if line is not None else 0
        self.post_act.setText(f"Post {formats.count(number, 'difference')}…")
        self._show_current()

    def _show_current(self) -> None:
        row = self.view.current_row()
        self.set_label.setText(f"{row.sku} counted" if row is not None else "No product chosen")
        live = self.line is not None and self.line.state == "open"
        can = live and row is not None and self.desk.may(Permission.COUNT_STOCK)
        for widget in (self.set_field, self.set_act, self.recount_act):
            widget.setEnabled(can)
        if row is not None and not self.set_field.hasFocus():
            self.set_field.setValue((row.counted or 0) // UNIT)
        self.recount_act.setText(f"Recount {row.sku}" if row is not None else "Recount")

    # -- counting ---------------------------------------------------------------------------------

    def on_scan(self, code: str) -> None:
        """Count a scanned code."""
        if self.line is None or self.line.state != "open":
            self.desk.said.emit("This count is not open any more: nothing was counted.")
            return
        self.desk.run(
            self, counts.scan(self._id, code), then=lambda done: self._answer(done.result),
            failed=self._refused,
        )  # fmt: skip

    def _typed(self) -> None:
        code = self.field.text().strip()
        self.field.clear()
        if code:
            self.on_scan(code)

    def set_current(self) -> None:
        """Say how many there are of the current product."""
        row = self.view.current_row()
        if row is None or not self.set_act.isEnabled():
            return
        units = self.set_field.value() * UNIT
        self.desk.run(
            self, counts.count_product(self._id, row.id, units),
            then=lambda done: self._answer(done.result), failed=self._refused,
        )  # fmt: skip
        self.view.setFocus()

    def _answer(self, made: dict[str, Any]) -> None:
        answer = answer_of(made)
        self.sounds.play(answer.event)
        self.card.show_answer(answer)

    def _refused(self, error: Exception) -> None:
        if not isinstance(error, ServiceError):
            raise error
        self.sounds.play(ScanEvent.UNKNOWN)
        self.card.show_answer(Answer(ScanEvent.UNKNOWN, "Not counted", sub=sentence(error)))
        self._ask()

    def recount(self) -> None:
        """Forget the figure of the current product."""
        row = self.view.current_row()
        if row is not None:
            self.desk.run(self, counts.recount(self._id, [row.id]), says=f"Count {row.sku} again")

    def abandon(self) -> None:
        """End the count without posting it; it can be undone."""
        number = self.line.number if self.line is not None else ""
        self.desk.run(
            self, counts.abandon(self._id), says=f"Count {number} abandoned: nothing was corrected",
            then=lambda _done: self._leave(),
        )  # fmt: skip

    def post(self) -> None:
        """Ask before the differences become corrections."""
        if self.line is not None and self.post_act.isEnabled():
            PostCountDialog(self.desk, self.line, self).open()

    def fill_menu(self, menu: QMenu, row: CountRowLine) -> None:
        again = menu.addAction(f"Recount {row.sku}")
        again.setEnabled(self.recount_act.isEnabled() and row.counted is not None)
        again.triggered.connect(lambda _c: self.recount())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._scans.claim(
            self, self.on_scan, active=lambda: self.isVisible() and self.isActiveWindow()
        )

    def hideEvent(self, event: QHideEvent) -> None:
        self._scans.release(self)
        super().hideEvent(event)


def answer_of(made: dict[str, Any]) -> Answer:
    """The card for what was counted."""
    if made["effect"] == "unknown":
        return Answer(
            ScanEvent.UNKNOWN, "Unknown code", made["code"], "Nothing was counted.",
            code=made["code"],
        )  # fmt: skip
    moved = made["moved"]
    sub = made["name"]
    if moved:
        sub = f"{formats.counted_units(abs(moved))} {'came' if moved > 0 else 'left'} since. Look again."
    matches = made["difference"] == 0
    return Answer(
        ScanEvent.EXTRA if moved else ScanEvent.LINE_DONE if matches else ScanEvent.COUNTED,
        "Moved meanwhile" if moved else "As expected" if matches else "Counted",
        head=made["sku"],
        sub=sub,
        big=formats.quantity(made["counted"]),
        beside=f"of {formats.quantity(made['expected'])}",
        delta=signed(made["units"]),
    )


class PostCountDialog(StockDialog):
    """Post the differences of a count; who loses units is asked where it must be (R8.2, R8.3)."""

    def __init__(self, desk: Desk, line: CountLine, parent: QWidget | None = None) -> None:
        super().__init__(desk, f"Post count {line.number}", 560, parent)
        self._line = line
        left = line.products - line.counted
        words = (
            f"{formats.count(line.differences, 'difference')} in {line.warehouse} will be corrected,"
            " one by one, with what moved since taken into account."
        )
        if left:
            words += f" {formats.count(left, 'product')} not counted stay as they are."
        self.text = QLabel(words, self)
        self.text.setWordWrap(True)
        self.body.addWidget(self.text)
        self.losing = LosingTable(self)
        self.losing.changed.connect(self._settle)
        self.body.addWidget(self.losing, 1)
        self._settle()

    def _settle(self) -> None:
        asked = self.losing.isVisibleTo(self)
        words = f"Post {formats.count(self._line.differences, 'difference')}"
        if asked:
            words += f", taking {self.losing.words()}"
        why = self.desk.why_not(Permission.CORRECT_STOCK)
        self.say_act(words, why or (self.losing.why_not() if asked else ""))

    def commit(self) -> None:
        """Post it."""
        if self.busy or not self.button.isEnabled():
            return
        self.busy = True
        chosen = self.losing.chosen() if self.losing.isVisibleTo(self) else None
        self.desk.run(
            self, counts.post(self._line.id, chosen), once=self.once, failed=self._refused,
            says=lambda made: (
                f"Count {made['count']['number']} posted:"
                f" {formats.count(made['corrections'], 'correction')}"
            ),
            then=lambda _done: self.accept(),
        )  # fmt: skip
        self.button.setEnabled(False)

    def _refused(self, error: Exception) -> None:
        self.busy = False
        if isinstance(error, Rejected) and error.code == BELOW_PROMISED:
            self.renew()
            self.losing.ask(error.items)
            self.grow()
        else:
            self.refuse(error)
        self._settle()
