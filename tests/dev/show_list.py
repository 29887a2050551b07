"""Draw a list page over a list in memory and save pictures: python -m tests.dev.show_list DIR."""

import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QLocale, QObject, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop_app.config import Workstation
from desktop_app.models.background import Background
from desktop_app.models.change_hub import ChangeHub
from desktop_app.models.columns import Align, Column
from desktop_app.models.marks import Glyph, Mark, Tone
from desktop_app.models.paged_table import ListSource
from desktop_app.services.changes import Topic
from desktop_app.services.lists import Among
from desktop_app.views import theme
from desktop_app.views.action_strip import ActionStrip
from desktop_app.views.filters import Choice, ViewSpec, among, one_of
from desktop_app.views.list_frame import ListSpec
from desktop_app.views.list_page import ListPage

NAMES = (
    "Studio Nine", "Harbour House", "Penrose Cycles", "Tom Okafor", "Elif Yılmaz", "Orchard Lane",
    "Quayside Café", "The Very Long Named Outdoor Equipment Company of Clifton", "Leeds Climbing",
)  # fmt: skip


@dataclass(frozen=True)
class Where:
    text: str = ""
    channel: Among | None = None
    allocated: Among | None = None
    days: int | None = None
    view: str = "all"


@dataclass(frozen=True)
class Row:
    id: int
    key: tuple
    customer: str
    total: int
    short: int
    states: tuple
    status: tuple
    eta: Mark | None


def make(n: int) -> Row:
    def goods(k, covered):
        if k == 2:
            return Mark(Glyph.ALL, "All", Tone.DONE)
        tone = Tone.ON_ORDER if covered else Tone.PART
        return Mark((Glyph.NONE, Glyph.PART)[k], ("None", "Part")[k], tone, filled=n % 3 == 0)

    def plain(k):
        return Mark((Glyph.NONE, Glyph.PART, Glyph.ALL)[k], ("None", "Part", "All")[k],
                    (Tone.NONE, Tone.NONE, Tone.DONE)[k])  # fmt: skip

    alloc = (n * 7) % 3
    eta = None
    if n % 9 == 0:
        eta = Mark(Glyph.PROBLEM, "2 d late", Tone.WRONG, filled=True)
    elif n % 4 == 0:
        eta = Mark(Glyph.LORRY, "10 Oct", Tone.ON_ORDER)
    status = (("New", "#667182"), ("On order", "#0B7A75"), ("Ready to ship", "#7A3FC0"))[n % 3]
    return Row(
        n, (-n,), NAMES[n % len(NAMES)], 9_900 + n * 7_123 % 480_000, 0 if alloc == 2 else n % 14,
        (plain((n * 5) % 3), goods(alloc, n % 2), plain(min(alloc, n % 3)), plain(0),
         Mark(Glyph.ALL if n % 2 else Glyph.NONE, "Yes" if n % 2 else "No")),
        status, eta,
    )  # fmt: skip


class Fake:
    def __init__(self, n):
        self.rows = {i: make(202_000 + i) for i in range(n)}
        self.rows = {r.id: r for r in self.rows.values()}

    def ordered(self, where, sort):
        found = [r for r in self.rows.values() if where.text.lower() in r.customer.lower()]
        if where.view == "problems":
            found = [r for r in found if r.eta and r.eta.tone is Tone.WRONG]
        if where.view == "none":
            found = []
        name, down = sort or ("id", True)
        return sorted(found, key=lambda r: getattr(r, name), reverse=down)

    def source(self):
        return ListSource(
            Topic.SALES,
            lambda db, w: len(self.ordered(w, None)),
            lambda db, w, s, f, a=None: [
                replace(r, key=(i,)) for i, r in enumerate(self.ordered(w, s))
            ][f : f + 200],
            lambda db, ids, s=None: [self.rows[i] for i in ids],
            lambda db, w, s, a, b: [],
            lambda db, w, s=None: [r.id for r in self.ordered(w, s)],
            lambda db, w, ids: {r.id for r in self.ordered(w, None)} & set(ids),
            lambda db, w, s, i: (
                ([r.id for r in self.ordered(w, s)] + [i]).index(i)
                if i in {r.id for r in self.ordered(w, s)}
                else None
            ),
        )


COLUMNS = [
    Column(key="order", heading="Order", text=lambda r: f"#{r.id}", width=9.5, fixed=True,
           link=True, strong=True, sort="id"),
    Column(key="placed", heading="Placed", text=lambda r: "1 Oct 21:16", width=12, priority=2,
           fixed=True, muted=True, sort="key"),
    Column(key="customer", heading="Customer", text=lambda r: r.customer, width=18, width_min=12,
           stretch=True, sort="customer"),
    Column(key="status", heading="Status", text=lambda r: r.status[0], width=16, priority=2,
           mark=lambda r: Mark(Glyph.DOT, r.status[0], colour=r.status[1])),
    Column(key="total", heading="Total", text=lambda r: f"£{r.total / 100:,.2f}", width=12,
           priority=2, align=Align.END, fixed=True, sort="total"),
    Column(key="short", heading="Short", text=lambda r: str(r.short or ""), width=7,
           align=Align.END, fixed=True, strong=True, sort="short"),
    Column(key="progress", heading="Progress", text=lambda r: "", width=25,
           marks=lambda r: r.states, subheadings=("Pay", "Alloc", "Fulf", "Ship", "Inv")),
    Column(key="eta", heading="ETA", text=lambda r: "", width=11, mark=lambda r: r.eta),
    Column(key="channel", heading="Channel", text=lambda r: "Web shop", width=14, priority=3,
           muted=True),
]  # fmt: skip


class FakeDesk(QObject):
    said = Signal(str)

    def __init__(self):
        super().__init__()
        self.backend = SimpleNamespace(read=lambda q, *a: q(None, *a))
        self.background = Background(self)
        self.hub = ChangeHub(self)

    def tell(self, error):
        raise error


def spec(rows=50):
    base = Where()
    channels = [Choice(1, "Web shop"), Choice(2, "Bristol store"), Choice(3, "Marketplace")]
    states = [Choice(0, "none"), Choice(1, "part"), Choice(2, "all")]
    return ListSpec(
        key="sales", title="Recent sales", noun="sale", nouns="sales",
        source=Fake(rows).source(), columns=COLUMNS,
        views=[
            ViewSpec("all", "All sales", base),
            ViewSpec("needs", "Needs ordering", replace(base, allocated=Among.of(0, 1))),
            ViewSpec("waiting", "Waiting on PO", replace(base, view="waiting")),
            ViewSpec("problems", "Problems", replace(base, view="problems")),
            ViewSpec("none", "Ready to ship", replace(base, view="none")),
        ],
        filters=[
            among("channel", "Channel", channels, pinned=True),
            one_of("days", "Placed", [Choice(7, "last 7 days"), Choice(30, "last 30 days")],
                   pinned=True),
            among("allocated", "Allocated", states),
        ],
        find=lambda w, text: replace(w, text=text), find_hint="Find in sales",
    )  # fmt: skip


def wait(ms):
    loop = QEventLoop()
    QTimer.singleShot(ms, loop.quit)
    loop.exec()


def build(size):
    desk = FakeDesk()
    page = ListPage(desk, Workstation(), spec())
    page.tabs.set_counts({"all": 1500, "needs": 312, "waiting": 96, "problems": 4})
    new = QPushButton("Export")
    page.add_header_action(new)
    pane = QLabel("  #202049\n  Studio Nine")
    pane.setProperty("ground", "surface")
    page.set_pane(pane)
    for text, primary in (
        ("Set status", False),
        ("Allocate", False),
        ("Batch purchase order…", True),
    ):
        page.batch.add_action(QAction(text, page), primary=primary)
    window = QWidget()
    window.setProperty("ground", "window")
    column = QVBoxLayout(window)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(page, 1)
    strip = ActionStrip()
    strip.bind(page.strip)
    column.addWidget(strip)
    window.resize(*size)
    window.show()
    page.strip.say("50 sales · £123,284.10 · 231 units short · updated 2 s ago")
    wait(300)
    return window, page, strip, desk


def main(folder: Path) -> None:
    app = QApplication(sys.argv)
    QLocale.setDefault(QLocale("en_GB"))
    folder.mkdir(parents=True, exist_ok=True)
    for scheme in ("light", "dark"):
        theme.apply(app, scheme)
        for size in ((1366, 768), (1440, 900)):
            window, page, strip, desk = build(size)
            name = f"{scheme}-{size[0]}"
            window.grab().save(str(folder / f"list-{name}.png"))
            page.filters.open("allocated")
            wait(50)
            page.filters.popover().grab().save(str(folder / f"popover-{name}.png"))
            page.filters.popover().boxes()[1].setChecked(True)
            page.filters.popover().close()
            for row in (2, 3, 4, 8):
                page.view.toggle(row)
            page.view.go_to_row(4)
            page.sort_by(("total", True))
            page.batch.set_sums("£3,284.10 · 31 units short")
            wait(300)
            window.grab().save(str(folder / f"chosen-{name}.png"))
            strip.say("2 purchase orders created for 47 sales", "j1")
            page.show_view("none")
            wait(300)
            window.grab().save(str(folder / f"empty-{name}.png"))
            window.close()
            desk.background.close()
    theme.apply(app, "light", text_percent=150)
    window, _, _, desk = build((1366, 768))
    window.grab().save(str(folder / "list-150.png"))
    window.close()
    desk.background.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
