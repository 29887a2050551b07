"""The one window: pages built on first visit, history, strip, menus (IA-01 to IA-08)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import (
    QCloseEvent,
    QKeySequence,
    QMouseEvent,
    QResizeEvent,
    QShortcut,
)
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop_app.config import Workstation
from desktop_app.models.scan_filter import ScanFilter
from desktop_app.views.action_strip import ActionStrip, PageStrip
from desktop_app.views.desk import Desk
from desktop_app.views.main_menus import MainMenus
from desktop_app.views.nav import Nav
from desktop_app.views.record_peek import RecordPeek
from desktop_app.views.window_place import NAME, put_back

RECORDS_KEPT = 8
HISTORY_MAX = 50
WIDE = 1600
NARROW = 1200
"""Under these widths names leave the navigation: with something beside the page, and always (IA-05)."""
SMALLEST = (1024, 640)


@dataclass(frozen=True, slots=True)
class PageSpec:
    """A page of the navigation; `build` is called on the first visit."""

    key: str
    title: str
    icon: str
    shortcut: str
    build: Callable[[], QWidget]


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere one can go back to: a page ("page", key) or a record (kind, id)."""

    kind: str
    key: Any


Record = Callable[[Any, Callable[[], object]], QWidget]  # (key, leave) -> page


class MainWindow(QMainWindow):
    """Pages by key, records by kind and id. Other kinds of `desk.open` go through `route`."""

    def __init__(
        self,
        desk: Desk,
        config: Workstation,
        pages: Sequence[PageSpec],
        records: Mapping[str, Record] | None = None,
        scans: ScanFilter | None = None,
    ) -> None:
        super().__init__()
        self.desk, self.config = desk, config
        self._pages = {page.key: page for page in pages}
        self._records = dict(records or {})
        self._routes: dict[str, Callable[[Any], object]] = {}
        self._built: dict[Place, QWidget] = {}
        self._focus: dict[Place, QWidget] = {}
        self._history: list[Place] = []
        self._at = -1
        self._user_rail: bool | None = None
        self.setMinimumSize(*SMALLEST)
        self.nav = Nav([(p.key, p.title, p.icon, p.shortcut) for p in pages], self)
        self.nav.picked.connect(self._picked)
        actor = desk.backend.actor
        self.nav.set_person(f"{actor.name}\n{actor.role.value.capitalize()}")
        self.stack = QStackedWidget(self)
        self.strip = ActionStrip(self)
        self._lay_out()
        self.menus = MainMenus(self)
        self._shortcuts()
        desk.open_wanted.connect(self.open)
        desk.said.connect(self.strip.say)
        desk.done.connect(self.strip.say)
        desk.working.connect(self.strip.working)
        self.strip.undo_wanted.connect(desk.undo)
        desk.hub.reachable.connect(self._reachable)
        if scans is not None:
            scans.scanned.connect(self._unclaimed)
        self.on_scan: Callable[[str], object] | None = None
        put_back(self, config)

    def _lay_out(self) -> None:
        body = QWidget(self)
        body.setProperty("ground", "window")
        row = QHBoxLayout(body)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.nav)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self.stack, 1)
        column.addWidget(self.strip)
        row.addLayout(column, 1)
        self.setCentralWidget(body)

    def _shortcuts(self) -> None:
        keys: dict[str, Callable[[], object]] = {
            "Alt+Left": self.back,
            "Alt+Right": self.forward,
            "F6": lambda: self.walk(1),
            "Shift+F6": lambda: self.walk(-1),
            "Ctrl+\\": self.toggle_rail,
        }
        keys |= {
            page.shortcut: partial(self.go, page.key)
            for page in self._pages.values()
            if page.shortcut
        }
        for key, then in keys.items():
            QShortcut(QKeySequence(key), self).activated.connect(then)

    # -- going about ----------------------------------------------------------------------

    @property
    def place(self) -> Place | None:
        """Where we are."""
        return self._history[self._at] if self._history else None

    def page(self, key: str) -> QWidget:
        """A page by its key, built when it was not visited yet."""
        return self._widget(Place("page", key))

    def go(self, key: str) -> None:
        """Show a page of the navigation."""
        self._visit(Place("page", key))

    def _picked(self, key: str) -> None:
        """A page of the navigation, or the record of one of its children: "channel:3"."""
        kind, _, number = key.partition(":")
        if number:
            self.open(kind, int(number))
        else:
            self.go(key)

    def open(self, kind: str, key: Any) -> None:
        """Show what the desk was asked for: a page, a record, or what a route knows."""
        if kind in self._routes:
            self._routes[kind](key)
        elif kind == "page":
            self.go(str(key))
        elif kind in self._records:
            over = QApplication.activeModalWidget()
            if over is not None:
                # Behind a dialog nobody would see it, and leaving the dialog would lose its work.
                RecordPeek(partial(self._records[kind], key), over).open()
                return
            self._visit(Place(kind, key))

    def route(self, kind: str, then: Callable[[Any], object]) -> None:
        """Say what `desk.open(kind, key)` does where it is no record."""
        self._routes[kind] = then

    def start(self) -> None:
        """Show the page of last time, else the first."""
        known = self.config.page if self.config.page in self._pages else next(iter(self._pages))
        self.go(known)

    def back(self) -> None:
        """To where we were before (Alt+Left)."""
        if self._at > 0:
            self._at -= 1
            self._show()

    def forward(self) -> None:
        """To where we came back from (Alt+Right)."""
        if self._at < len(self._history) - 1:
            self._at += 1
            self._show()

    def leave(self, place: Place) -> None:
        """A record is done with: go back, or to the first page when it was opened directly."""
        if self.place == place and self._at > 0:
            self.back()
        elif self.place == place:
            self.go(next(iter(self._pages)))

    def _visit(self, place: Place) -> None:
        if place != self.place:
            self._history = [*self._history[: self._at + 1], place][-HISTORY_MAX:]
            self._at = len(self._history) - 1
        self._show()

    def _show(self) -> None:
        place = self.place
        if place is None:
            return
        before = self.stack.currentWidget()
        focus = self.focusWidget()
        for was, widget in self._built.items():
            if widget is before and focus is not None and widget.isAncestorOf(focus):
                self._focus[was] = focus
        widget = self._widget(place)
        self.stack.setCurrentWidget(widget)
        strip = getattr(widget, "strip", None)
        self.strip.bind(strip if isinstance(strip, PageStrip) else None)
        child = f"{place.kind}:{place.key}"
        if place.kind == "page" or child not in self.nav.buttons:
            child = place.key if place.kind == "page" else self._home_of(place)
        self.nav.show_page(child)
        if place.kind == "page":
            self.config.page = place.key
        self._retitle(widget, place)
        self._settle_nav()
        QTimer.singleShot(0, self, lambda: self._focus_page(place))

    def _home_of(self, place: Place) -> str:
        """The page a record belongs to: the last page before it in the history."""
        for one in reversed(self._history[: self._at + 1]):
            if one.kind == "page":
                return str(one.key)
        return ""

    def _widget(self, place: Place) -> QWidget:
        found = self._built.get(place)
        if found is not None:
            self._built[place] = self._built.pop(place)
            return found
        if place.kind == "page":
            made = self._pages[place.key].build()
        else:
            made = self._records[place.kind](place.key, lambda: self.leave(place))
        self._built[place] = made
        self.stack.addWidget(made)
        title_changed = getattr(made, "title_changed", None)
        if title_changed is not None:
            title_changed.connect(lambda _title: self._title_came(made, place))
        toggled = getattr(made, "pane_toggled", None)
        if toggled is not None:
            toggled.connect(self._settle_nav)
        self._forget_records(place)
        return made

    def _forget_records(self, newest: Place) -> None:
        records = [one for one in self._built if one.kind != "page" and one != newest]
        for old in records[: max(len(records) - RECORDS_KEPT + 1, 0)]:
            widget = self._built.pop(old)
            self._focus.pop(old, None)
            self.stack.removeWidget(widget)
            widget.deleteLater()

    def _title_came(self, widget: QWidget, place: Place) -> None:
        if self.place == place:
            self._retitle(widget, place)

    def _retitle(self, widget: QWidget, place: Place) -> None:
        own = getattr(widget, "title", None)
        title = own if isinstance(own, str) else ""
        if isinstance(own, QLabel) and place.kind != "page":
            title = own.text()
        if not title and place.kind == "page":
            title = self._pages[place.key].title
        self.setWindowTitle(f"{title} – {NAME}" if title else NAME)

    def _focus_page(self, place: Place) -> None:
        widget = self._built.get(place)
        if widget is None or self.place != place:
            return
        kept = self._focus.get(place)
        target = kept or getattr(widget, "view", None)
        if isinstance(target, QWidget) and target.isVisible():
            target.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- panes, rail ------------------------------------------------------------------------

    def walk(self, by: int) -> None:
        """F6: navigation, filters or head, list, pane or timeline, strip, and round again."""
        page = self.stack.currentWidget()
        stops: list[QWidget] = [self.nav]
        for name in ("filters", "head", "view", "pane", "timeline"):
            part = getattr(page, name, None)
            if isinstance(part, QWidget) and part.isVisible():
                stops.append(part)
        if len(stops) == 1 and page is not None:
            stops.append(page)
        stops.append(self.strip)
        focus = self.focusWidget()
        at = next((n for n, s in enumerate(stops) if focus and _holds(s, focus)), 0)
        for step in range(1, len(stops) + 1):
            target = _first_focus(stops[(at + by * step) % len(stops)])
            if target is not None:
                target.setFocus(Qt.FocusReason.TabFocusReason)
                return

    def toggle_rail(self) -> None:
        """Fold or unfold the navigation (Ctrl and backslash)."""
        self._user_rail = not self.nav.rail
        self.config.rail = self._user_rail
        self._settle_nav()

    def _settle_nav(self) -> None:
        page = self.stack.currentWidget()
        pane = getattr(page, "pane", None) or getattr(page, "timeline", None)
        beside = isinstance(pane, QWidget) and not pane.isHidden()
        crowded = self.width() < NARROW or (self.width() < WIDE and beside)
        rail = self.config.rail or crowded if self._user_rail is None else self._user_rail
        self.nav.set_rail(on=rail)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._settle_nav()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.BackButton:
            self.back()
        elif event.button() == Qt.MouseButton.ForwardButton:
            self.forward()
        else:
            super().mousePressEvent(event)

    # -- the rest ---------------------------------------------------------------------------

    def _unclaimed(self, code: str) -> None:
        """A scan that no page claimed: what `on_scan` finds, else a sentence; never a key press."""
        if self.on_scan is not None:
            self.on_scan(code)
        else:
            self.strip.say(f"Scanned {code}. No page here takes scans.")

    def _reachable(self, on: bool) -> None:
        since = datetime.now().astimezone().strftime("%H:%M")
        self.strip.away(
            "" if on else f"Not connected since {since}, connecting again. Receiving continues in the"
            " draft; other changes wait."
        )  # fmt: skip
        if on:
            self.strip.say("Connected again.")

    def closeEvent(self, event: QCloseEvent) -> None:
        self.config.maximised = self.isMaximized()
        if not self.config.maximised:
            box = self.geometry()
            self.config.geometry = [box.x(), box.y(), box.width(), box.height()]
        self.config.save()
        super().closeEvent(event)


def _holds(part: QWidget, focus: QWidget) -> bool:
    return part is focus or part.isAncestorOf(focus)


def _first_focus(part: QWidget) -> QWidget | None:
    """Where the focus goes in a part of the window: itself, a checked button, its first field."""
    candidates = [part, *part.findChildren(QWidget)]
    able = [
        one
        for one in candidates
        if one.isVisible() and one.isEnabled() and one.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    for one in able:
        if one.property("checked") is True:
            return one
    return able[0] if able else None
