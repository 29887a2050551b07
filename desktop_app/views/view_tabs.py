"""Views as underlined tabs with counts; a changed filter is marked, and can be kept (SAL-01)."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from desktop_app.models.formats import locale
from desktop_app.views import icons, theme
from desktop_app.views.filters import ViewSpec

GAP = 18
LABEL_MAX = 30
"""Letters of a name that its tab shows; the tooltip has them all."""


class ViewTabs(QWidget):
    """One tab per view; `picked(key)` on a click or Ctrl+Tab. What does not fit is under *more*.

    `saves`: the list's views can be saved. Reset is shown when the view is modified.
    """

    picked = Signal(str)
    reset_wanted = Signal()
    save_wanted = Signal()
    save_as_wanted = Signal()
    menu_wanted = Signal(str, QPoint)  # of a saved view

    def __init__(
        self,
        views: Sequence[ViewSpec[Any]],
        parent: QWidget | None = None,
        *,
        saves: bool = False,
    ) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._views: list[ViewSpec[Any]] = []
        self._saved: set[str] = set()
        self._counts: dict[str, int] = {}
        self._modified = False
        self._group = QButtonGroup(self)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(GAP)
        self._tabs: dict[str, QPushButton] = {}
        for view in views:
            self._add(view)
        self.more = QPushButton(self)
        self.more.setProperty("viewtab", "true")
        self.more.setProperty("menu", "true")
        self.more.setAutoDefault(False)
        self.more.setMenu(menu := QMenu(self.more))
        menu.aboutToShow.connect(self._fill_more)
        self._row.addWidget(self.more)
        self.save = self._act("Save", self.save_wanted)
        self.save_as = self._act("Save as…", self.save_as_wanted)
        self._reset = self._act("Reset", self.reset_wanted)
        self._reset.setToolTip("Put the view back as it is")
        self._row.addStretch(1)
        for button in (self.save, self._reset):
            button.hide()
        self.save_as.setVisible(saves)
        theme.changes().changed.connect(self._write)
        if self._views:
            self.show_view(self._views[0].key)

    def _act(self, words: str, wanted: Any) -> QPushButton:
        button = QPushButton(words, self)
        button.setProperty("kind", "link")
        button.setAutoDefault(False)
        button.clicked.connect(lambda _checked: wanted.emit())
        self._row.addWidget(button)
        return button

    def _add(self, view: ViewSpec[Any]) -> QPushButton:
        tab = QPushButton(self)
        tab.setCheckable(True)
        tab.setAutoDefault(False)
        tab.setProperty("viewtab", "true")
        tab.clicked.connect(lambda _on: self.picked.emit(view.key))
        self._group.addButton(tab)
        self._row.insertWidget(len(self._tabs), tab)
        self._tabs[view.key] = tab
        self._views.append(view)
        return tab

    def current(self) -> str:
        """Key of the view in force, "" when there are none."""
        return next((key for key, tab in self._tabs.items() if tab.isChecked()), "")

    def show_view(self, key: str) -> None:
        """Mark a view without telling anyone."""
        if key in self._tabs:
            self._tabs[key].setChecked(True)
            self._write()

    def step(self, by: int) -> None:
        """Go to the next or previous view (Ctrl+Tab, Ctrl+Shift+Tab)."""
        keys = list(self._tabs)
        if keys:
            at = keys.index(self.current()) if self.current() in keys else 0
            self.picked.emit(keys[(at + by) % len(keys)])

    def set_saved(self, views: Sequence[ViewSpec[Any]], tips: Mapping[str, str]) -> None:
        """Show these saved views after the built-in ones; the tab in force stays where it can."""
        current, focused = self.current(), self.focusWidget()
        refocus = next((key for key in self._saved if self._tabs[key] is focused), "")
        for key in self._saved:
            tab = self._tabs.pop(key)
            self._group.removeButton(tab)
            self._row.removeWidget(tab)
            tab.hide()
            tab.deleteLater()
        self._views = [view for view in self._views if view.key not in self._saved]
        self._saved = {view.key for view in views}
        for view in views:
            tab = self._add(view)
            tab.setToolTip(tips[view.key])
            tab.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            tab.customContextMenuRequested.connect(partial(self._menu, view.key))
            tab.show()
        self.show_view(current if current in self._tabs else self._views[0].key)
        if refocus in self._tabs:
            self._tabs[refocus].setFocus()
        self._write()

    def _menu(self, key: str, at: QPoint) -> None:
        self.menu_wanted.emit(key, self._tabs[key].mapToGlobal(at))

    def set_counts(self, counts: Mapping[str, int]) -> None:
        """Show how many records each of these views has."""
        self._counts |= counts
        self._write()

    def set_modified(self, *, on: bool) -> None:
        """Mark that the filter is no longer the view's own."""
        if on != self._modified:
            self._modified = on
            self._reset.setVisible(on)
            self._write()

    def offer_saving(self, *, why_not: str, in_place: bool, why_not_in_place: str) -> None:
        """What can be kept: as a new view, and (`in_place`) in the saved view that is shown."""
        saved = self.current() in self._saved and self._modified
        self.save_as.setText("Save as…" if saved else "Save view")
        self.save_as.setIcon(icons.icon("plus", "link" if not why_not else "disabled"))
        self.save_as.setEnabled(not why_not)
        self.save_as.setToolTip(why_not or "Keep this filter and sort as a view")
        self.save.setVisible(in_place)
        self.save.setEnabled(not why_not_in_place)
        self.save.setToolTip(why_not_in_place or "Keep this filter and sort in the view (Ctrl+S)")
        self._fit()

    def _write(self) -> None:
        current = self.current()
        bold = QFontMetrics(theme.font("strong"))
        for view in self._views:
            name = view.label
            text = name if len(name) <= LABEL_MAX else f"{name[: LABEL_MAX - 1]}…"
            more = ""
            if view.counted and view.key in self._counts:
                more += f"  {locale().toString(self._counts[view.key])}"
            if view.key == current and self._modified:
                more += " (modified)"
            tab = self._tabs[view.key]
            tab.setText((text + more).replace("&", "&&"))
            tab.setAccessibleName(name + more)
            # The current one is drawn bolder than its size hint knows.
            tab.setMinimumWidth(bold.horizontalAdvance(text + more) + 5)
        self._fit()

    # -- what fits --------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Hide the last tabs that have no room; the one in force is always there."""
        acts = [one for one in (self.save, self.save_as, self._reset) if not one.isHidden()]
        room = self.width() - sum(one.sizeHint().width() + GAP for one in acts)
        widths = {key: max(tab.minimumWidth(), tab.sizeHint().width()) + GAP
                  for key, tab in self._tabs.items()}  # fmt: skip
        hidden: list[str] = []
        if sum(widths.values()) > room + GAP:
            self.more.setText(f"{len(self._tabs)} more")
            room -= self.more.sizeHint().width()
            current = self.current()
            for key in reversed(self._tabs):
                if sum(widths.values()) <= room:
                    break
                if key != current:
                    hidden.append(key)
                    del widths[key]
        for key, tab in self._tabs.items():
            tab.setVisible(key not in hidden)
        self.more.setText(f"{len(hidden)} more")
        self.more.setAccessibleName(f"{len(hidden)} more views")
        self.more.setVisible(bool(hidden))

    def _fill_more(self) -> None:
        menu = self.more.menu()
        menu.clear()
        for view in self._views:
            tab = self._tabs[view.key]
            if tab.isHidden():
                action = menu.addAction(tab.text())
                action.triggered.connect(partial(self._picked, view.key))

    def _picked(self, key: str, _checked: bool = False) -> None:
        self.picked.emit(key)
