"""The main job in the real windows, driven by keys, with a picture of every step (``--tour DIR``).

Select what needs ordering, batch it, look at a trace, commit, receive with scans, see the sales
allocated, undo; then the shop's day (``tour_shop``) and the packer's (``tour_goods_out``). Pictures
in light and dark; ``tour.json`` says what was done and the figures that stood on the screen. It works
on a sample company of its own and leaves the user's files alone.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from desktop_app.tour_goods_out import goods_out
from desktop_app.tour_shop import shop_day

WAIT_S_MAX = 30.0
SIZE = (1440, 900)


class TourError(Exception):
    """A step did not come to what it should."""


def run_tour(folder: Path) -> int:
    """Drive the tour into ``folder``; returns 0, or 1 with a sentence about the step that failed."""
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="backroom-tour-") as place:
        try:
            steps = Tour(folder, Path(place)).drive()
        except TourError as error:
            print(f"The tour stopped: {error}", file=sys.stderr)
            return 1
    print(f"{len(steps)} steps; pictures and tour.json are in {folder.resolve()}")
    return 0


@dataclass(slots=True)
class Step:
    """One step as it is written to ``tour.json``."""

    number: int
    name: str
    did: str
    figures: dict[str, Any] = field(default_factory=dict)
    light: str = ""
    dark: str = ""


class Tour:
    """A program of its own with the keys that drive it; `drive` does the steps."""

    def __init__(self, folder: Path, place: Path) -> None:
        from PySide6.QtWidgets import QApplication

        from desktop_app.app import Shell
        from desktop_app.config import Workstation
        from desktop_app.models.formats import settle_locale
        from desktop_app.services import opening
        from desktop_app.views import theme

        existing = QApplication.instance()
        self.app = existing if isinstance(existing, QApplication) else QApplication([])
        settle_locale()
        theme.apply(self.app, "light")
        self.folder = folder
        self.steps: list[Step] = []
        address = str(place / "tour.backroom")
        self.say("the sample company is being made")
        opening.make(address, opening.NewCompany()).close()
        self.shell = Shell(self.app, Workstation(), address, None)

    def drive(self) -> list[Step]:
        """Do every step, in order; the program is closed at the end whatever happens."""
        self.shell.begin()
        self.wait(lambda: self.shell.window is not None, "the main window to open")
        try:
            self.window.resize(*SIZE)
            self.choose()
            order = self.batch()
            self.send(order)
            self.receive(order)
            self.allocated()
            self.take_back(order)
            shop_day(self)
            goods_out(self)
        finally:
            self.window.close()
            self.shell.close()
        made = [
            {
                "number": s.number, "name": s.name, "did": s.did, "figures": s.figures,
                "light": s.light, "dark": s.dark,
            }
            for s in self.steps
        ]  # fmt: skip
        (self.folder / "tour.json").write_text(
            json.dumps({"steps": made}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )
        return self.steps

    # -- the steps -----------------------------------------------------------------------------

    def choose(self) -> None:
        """Recent sales, the view *Needs ordering*, and all of it selected."""
        from PySide6.QtCore import Qt

        page = self.page = self.show("sales")
        self.wait(lambda: page.table.total > 0 and not page.table.busy, "the sales to be listed")
        self.settle()
        self.shot("recent-sales", "Opened Recent sales", list=page.number.text())
        self.key(page.view, Qt.Key.Key_Tab, Qt.KeyboardModifier.ControlModifier)
        self.wait(
            lambda: "needs ordering" in page.tabs.current().replace("_", " "), "the next view"
        )
        self.settle()
        self.key(page.view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        self.wait(lambda: len(page.chosen) > 0, "everything to be selected")
        self.settle()
        self.shot(
            "selected", "Chose the view Needs ordering (Ctrl+Tab) and all of it (Ctrl+A)",
            list=page.number.text(), strip=page.batch.words(), selected=len(page.chosen),
        )  # fmt: skip

    def batch(self) -> int:
        """Batch purchase order: preview, a trace, commit; returns the id of an order to receive."""
        from PySide6.QtCore import Qt

        from desktop_app.views.batch_dialog import BatchDialog

        self.key(self.page.view, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
        dialog = self.dialog(BatchDialog)
        results: list[Any] = []
        dialog.placed.connect(results.append)
        self.wait(dialog.page.commit.isEnabled, "the preview")
        self.settle()
        self.shot(
            "batch-preview", "Opened Batch purchase order (Ctrl+B)", dialog,
            scope=dialog.page.scope.text(), totals=dialog.page.totals.text(),
            button=dialog.page.commit.text(), no_supplier=dialog.page.preview.no_supplier.label.text(),
        )  # fmt: skip
        tree = dialog.page.preview.tree
        tree.setFocus()
        for _ in range(3):
            self.key(tree, Qt.Key.Key_Down)
        self.settle()
        trace = dialog.page.preview.trace
        self.shot(
            "batch-trace", "Walked to a line to see why it is ordered", dialog,
            line=trace.title.text(), sum=_plain(trace.body.text()),
        )  # fmt: skip
        dialog.page.commit.setFocus()
        self.key(dialog.page.commit, Qt.Key.Key_Space)
        self.wait(lambda: bool(results), "the purchase orders to be created")
        self.settle()
        made = results[0]
        self.shot(
            "batch-result", "Created the purchase orders", dialog,
            title=dialog.result_page.title.text(), orders=len(made["orders"]),
            units=sum(order["units"] for order in made["orders"]) // 10_000,
            said=dialog.result_page.said.text(), missing=dialog.result_page.missing.text(),
        )  # fmt: skip
        dialog.accept()
        self.window.activateWindow()
        self.wait(self.window.isActiveWindow, "the main window to be in front again")
        few = sorted(
            made["orders"], key=lambda order: (not 2 <= order["lines"] <= 5, order["number"])
        )
        return int(few[0]["id"])

    def send(self, order: int) -> None:
        """The purchase order, sent to its supplier."""
        from PySide6.QtCore import Qt

        self.window.open("purchase", order)
        page: Any = self.window.stack.currentWidget()
        self.wait(lambda: page.order is not None, "the purchase order")
        self.settle()
        self.key(page.view, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        self.wait(lambda: page.order.state == "sent", "the order to be sent")
        self.settle()
        self.shot(
            "purchase-order", "Opened one of the orders and sent it (Ctrl+Enter)",
            title=page.head.title.text(), supplier=page.head.subtitle.text(), facts=page.facts.text(),
            state=page.marks.accessibleName(),
        )  # fmt: skip

    def receive(self, order: int) -> None:
        """Goods in: scans, one line left short, who gets what, confirm."""
        from PySide6.QtCore import Qt

        self.window.open("receive", order)
        page = self.goods_in = self.show("goods_in")
        flow = page.flow
        self.wait(lambda: bool(flow.lines), "the count to begin")
        lines = list(flow.lines)
        for number, line in enumerate(lines):
            self.scan(page, line.sku)
            self.wait(partial(_counted, flow, line, 1), f"the scan of {line.sku}")
            if number < len(lines) - 1:
                self.key(page, Qt.Key.Key_F8)
                self.wait(partial(_counted, flow, line, line.outstanding), f"all of {line.sku}")
        self.wait(lambda: flow.unsaved == 0, "the scans to be stored")
        self.settle()
        self.shot(
            "receive-scan", "Scanned every line, the last one only once (scanner, F8)",
            heading=page.heading.text(), counted=_units(flow.counted),
        )  # fmt: skip
        self.scan(page, "5099999999994")
        self.settle()
        self.shot(
            "receive-unknown",
            "Scanned a code that nobody knows: nothing is counted",
            counted=_units(flow.counted),
        )
        self.key(page, Qt.Key.Key_F12)
        self.wait(lambda: int(flow.step) == 2 and flow.preview is not None, "the allocation")
        self.settle()
        self.shot("receive-allocate", "Looked at who gets what, oldest sale first (F12)",
                  given=_units(flow.preview.allocated), sales=flow.preview.sales_served)  # fmt: skip
        self.key(page, Qt.Key.Key_F12)
        self.wait(page.confirm_panel.commit.isEnabled, "the confirmation")
        self.settle()
        words = page.confirm_panel.commit.text()
        self.shot("receive-confirm", "Reviewed the delivery (F12)", button=words)
        self.key(page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        self.wait(lambda: int(flow.step) == 4, "the goods-in note")
        self.settle()
        done = page.done_panel
        self.shot(
            "received", "Confirmed (Ctrl+Enter)", note=done.head.text(), said=done.sub.text(),
            remains=done.remains.text(), sales=done.served_head.text(),
        )  # fmt: skip

    def allocated(self) -> None:
        """A sale that was served, with the note that says by what."""
        served = self.goods_in.done_panel.sales.rows()
        if not served:
            raise TourError("no sale was served by the receipt")
        self.window.open("sale", served[0].id)
        page: Any = self.window.stack.currentWidget()
        self.wait(lambda: page.sale is not None, "the sale")
        self.settle()
        self.shot(
            "sale-allocated", "Opened a sale that was served",
            title=page.head.title.text(), statuses=page.marks.accessibleName(),
            timeline=page.timeline.browser.toPlainText().splitlines()[:4],
        )  # fmt: skip

    def take_back(self, order: int) -> None:
        """Undo: the receipt first, as the batch refuses while one of its orders is received."""
        from PySide6.QtCore import Qt

        page = self.show("batches")
        self.wait(lambda: page.table.total > 0, "the batches")
        self.settle()
        page.view.setFocus()
        self.key(page.view, Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
        self.wait(page.undo.isEnabled, "the newest batch")
        self.key(page.undo, Qt.Key.Key_Space)
        self.wait(lambda: "PO" in self.window.strip.words(), "the refusal")
        self.settle()
        self.shot("undo-refused", "Tried to undo the batch while an order of it is received",
                  strip=self.window.strip.words())  # fmt: skip
        self.goods_in.done_panel.undo.click()
        self.wait(
            lambda: self.goods_in.done_panel.sub.text().startswith("Undone"),
            "the receipt to be undone",
        )
        self.show("goods_in")
        self.settle()
        self.shot("receipt-undone", "Undid the receipt", said=self.goods_in.done_panel.sub.text())
        self.window.open("purchase", order)
        record: Any = self.window.stack.currentWidget()
        self.wait(
            lambda: record.order is not None and record.order.received == 0,
            "it to be to come again",
        )
        self.settle()
        self.shot(
            "order-again", "The order is outstanding again", facts=record.facts.text(),
            timeline=record.timeline.browser.toPlainText().splitlines()[:6],
        )  # fmt: skip
        for what in ("the order to be a draft again", "the batch to be undone"):
            before = len(self.window.desk.undo_list)
            self.key(record.view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
            self.wait(partial(self._fewer, before), what)
        page = self.show("batches")
        self.settle()
        self.shot(
            "batch-undone", "Took back the sending and the batch (Ctrl+Z, twice)",
            strip=self.window.strip.words(),
            newest=page.table.text(0, len(page.table.columns) - 1) or page.table.columns[-1].said(page.table.peek(0)),
        )  # fmt: skip
        page = self.show("sales")
        page.show_view("needs_ordering")
        self.settle()
        self.shot("needs-ordering-again", "The sales need ordering again", list=page.number.text())

    def _fewer(self, before: int) -> bool:
        return len(self.window.desk.undo_list) < before

    # -- driving -------------------------------------------------------------------------------

    @property
    def window(self) -> Any:
        """The main window; without one there is nothing to drive."""
        if self.shell.window is None:
            raise TourError("the main window is gone")
        return self.shell.window

    def show(self, key: str) -> Any:
        """Go to a page of the navigation."""
        self.window.go(key)
        return self.window.page(key)

    def inbox(self, channel: str) -> Path:
        """Where a till puts its messages."""
        from desktop_app.services.pos_folder import intake_folder

        return intake_folder(self.shell.address) / "inbox" / channel

    def key(self, widget: Any, key: Any, modifiers: Any = None) -> None:
        """Press a key on a widget, as a person would."""
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        QTest.keyClick(widget, key, modifiers or Qt.KeyboardModifier.NoModifier)

    def scan(self, page: Any, code: str) -> None:
        """Type a code as fast as a scanner does, and its Enter."""
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        self.pause(0.25)
        target = self.app.focusWidget() or page
        QTest.keyClicks(target, code)
        QTest.keyClick(target, Qt.Key.Key_Return)

    def dialog(self, kind: type[Any]) -> Any:
        """The dialog of this kind, once it is there."""
        found: list[Any] = []

        def there() -> bool:
            found[:] = [
                w for w in self.app.topLevelWidgets() if isinstance(w, kind) and w.isVisible()
            ]
            return bool(found)

        self.wait(there, "the dialog")
        found[0].resize(1240, 800)
        return found[0]

    def wait(self, ready: Callable[[], bool], what: str) -> None:
        """Let the program work until it is so; raises TourError after half a minute."""
        until = time.monotonic() + WAIT_S_MAX
        while not ready():
            if time.monotonic() > until:
                raise TourError(f"waited {WAIT_S_MAX:.0f} s for {what}")
            self.pause(0.02)

    def pause(self, seconds: float) -> None:
        """Let the program work for a while."""
        until = time.monotonic() + seconds
        while True:
            self.app.processEvents()
            left = until - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, 0.01))

    def settle(self) -> None:
        """Wait until nothing is being read and the last timers have run."""
        self.pause(0.35)
        self.wait(lambda: self.shell.background.busy == 0, "the program to be idle")
        self.pause(0.15)

    def shot(self, name: str, did: str, widget: Any = None, **figures: Any) -> None:
        """Take the picture of a step in light and in dark."""
        from desktop_app.views import theme

        step = Step(len(self.steps) + 1, name, did, figures)
        self.say(f"{step.number:2d} {did}")
        for scheme in ("light", "dark"):
            theme.apply(self.app, scheme)
            self.pause(0.1)
            file = f"{step.number:02d}-{name}-{scheme}.png"
            if not (widget or self.window).grab().save(str(self.folder / file)):
                raise TourError(f"{self.folder / file} cannot be written")
            setattr(step, scheme, file)
        theme.apply(self.app, "light")
        self.pause(0.05)
        self.steps.append(step)

    def say(self, words: str) -> None:
        """Say what is being done."""
        print(words, flush=True)


def _counted(flow: Any, line: Any, least: int) -> bool:
    return bool(flow.line(line.po_row_id).this_time >= least)


def _units(stored: int) -> int:
    return stored // 10_000


def _plain(html: str) -> str:
    from PySide6.QtGui import QTextDocumentFragment

    return " ".join(QTextDocumentFragment.fromHtml(html).toPlainText().split())
