"""The sales table on a screen at 200,000 sales against ux 5.1: python -m benchmarks.screen.

The real view, delegate, model and threads over the real database, off-screen; no page around it.
Times run from the act until the rows are painted, or the choice is made, on the GUI thread.
"""

import os
import statistics
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from benchmarks.databases import arguments, engines, large
from benchmarks.figures import Figure, table
from desktop_app.models.background import Background
from desktop_app.models.chosen import Chosen
from desktop_app.models.paged_table import PagedTable
from desktop_app.models.sales_table import COLUMNS, source
from desktop_app.services.backend import Backend
from desktop_app.services.lists import Among, fingerprint
from desktop_app.services.sales_list import SalesFilter, SalesView
from desktop_app.views import theme
from desktop_app.views.list_view import ListView

REPAINT_MS, SCROLL_MS, FILTER_MS, CHOOSE_MS = 33, 150, 300, 100
GIVE_UP_MS = 30_000


class Screen:
    """A table in a window of its own, and how long each act takes until it is painted."""

    def __init__(self, backend: Backend, background: Background, times: int) -> None:
        self.backend, self.times = backend, times
        self.table = PagedTable(backend, background, source(), COLUMNS)
        self.chosen = Chosen()
        self.view = ListView(self.table, self.chosen)
        self.view.resize(1440, 900)
        self.view.show()
        self.figures: list[Figure] = []

    def until(self, signal: Any, act: Callable[[], Any]) -> None:
        """Run the loop until the signal, then paint what is on the screen."""
        loop = QEventLoop()
        signal.connect(loop.quit)
        QTimer.singleShot(GIVE_UP_MS, loop.quit)
        act()
        loop.exec()
        signal.disconnect(loop.quit)
        self.view.viewport().repaint()

    def measure(self, what: str, budget: float, act: Callable[[int], Any]) -> None:
        spent, cpu = [], time.process_time()
        for turn in range(self.times):
            began = time.perf_counter()
            act(turn)
            spent.append((time.perf_counter() - began) * 1000)
        used = (time.process_time() - cpu) * 1000 / self.times
        spent.sort()
        p95 = spent[min(len(spent) - 1, round(len(spent) * 0.95))]
        self.figures.append(
            Figure(what, statistics.median(spent), p95, used, budget, best=spent[0])
        )

    def show(self, where: SalesFilter, sort: tuple[str, bool] | None = None) -> None:
        """Until both the first rows and the count are there."""
        arrived = []
        self.table.page_arrived.connect(lambda: arrived.append(1))
        self.until(self.table.counted, lambda: self.table.show(where, sort))
        while self.table.busy or not self.table.exact or self.table.peek(0) is None:
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        self.view.viewport().repaint()

    def jump(self, row: int) -> None:
        self.view.scrollTo(self.table.index(row, 1), ListView.ScrollHint.PositionAtCenter)
        while self.table.peek(row) is None:
            self.view.viewport().repaint()
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        self.view.viewport().repaint()

    def choose_all(self) -> None:
        where = self.table.where
        loop = QEventLoop()

        def chosen(ids: Any) -> None:
            self.chosen.choose_all(fingerprint(where), ids)
            loop.quit()

        self.table.ask_all_ids(chosen)
        loop.exec()
        self.view.viewport().repaint()


def acts(screen: Screen) -> list[Figure]:
    every = SalesFilter()
    screen.show(every)
    total = screen.table.total
    screen.measure("all sales: rows and count", FILTER_MS, lambda _: screen.show(every))
    views = [SalesView.NEEDS_ORDERING, SalesView.WAITING_ON_PO, SalesView.PROBLEMS]
    screen.measure("another view", FILTER_MS, lambda n: screen.show(SalesFilter(view=views[n % 3])))
    screen.measure(
        "a channel", FILTER_MS, lambda n: screen.show(SalesFilter(channel=Among.of(1 + n % 4)))
    )
    sorts = ["total", "customer", "status", "short", "placed"]
    screen.measure(
        "another sort", FILTER_MS, lambda n: screen.show(every, (sorts[n % 5], n % 2 == 0))
    )
    screen.show(every)
    screen.measure("jump anywhere", SCROLL_MS, lambda n: screen.jump((n * 7919 + 11) * 97 % total))
    screen.measure("full repaint", REPAINT_MS, lambda _: screen.view.viewport().repaint())
    bar = screen.view.verticalScrollBar()
    screen.jump(1000)

    def scroll(n: int) -> None:
        bar.setValue(1000 + n)
        screen.view.viewport().repaint()

    screen.measure("scroll one row", REPAINT_MS, scroll)
    screen.measure("select all matching", CHOOSE_MS, lambda _: screen.choose_all())
    screen.measure(
        "repaint with all selected", REPAINT_MS, lambda _: screen.view.viewport().repaint()
    )
    return screen.figures


def main() -> None:
    asked = arguments(__doc__ or "").parse_args()
    app = QApplication([])
    theme.apply(app, "light")
    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for kind in engines(asked.engine):
        with large(kind, asked.folder, asked.sales) as backend:
            background = Background()
            screen = Screen(backend, background, asked.times)
            print(
                table(f"\n{kind}, {asked.sales:,} sales: on the screen", acts(screen)), flush=True
            )
            screen.view.close()
            background.close()


if __name__ == "__main__":
    main()
