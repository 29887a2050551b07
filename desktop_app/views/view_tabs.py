"""Saved views as underlined tabs with counts; a changed filter is marked (SAL-01)."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QWidget

from desktop_app.models.formats import locale
from desktop_app.views import theme
from desktop_app.views.filters import ViewSpec


class ViewTabs(QWidget):
    """One tab per view; `picked(key)` on a click or Ctrl+Tab. Reset is shown when modified."""

    picked = Signal(str)
    reset_wanted = Signal()

    def __init__(self, views: Sequence[ViewSpec[Any]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._views = list(views)
        self._counts: dict[str, int] = {}
        self._modified = False
        self._group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(18)
        self._tabs: dict[str, QPushButton] = {}
        for view in self._views:
            tab = QPushButton(view.label, self)
            tab.setCheckable(True)
            tab.setAutoDefault(False)
            tab.setProperty("viewtab", "true")
            tab.clicked.connect(lambda _on, key=view.key: self.picked.emit(key))
            self._group.addButton(tab)
            self._tabs[view.key] = tab
            row.addWidget(tab)
        self._reset = QPushButton("Reset", self)
        self._reset.setProperty("kind", "link")
        self._reset.setAutoDefault(False)
        self._reset.setToolTip("Put the filters of this view back")
        self._reset.clicked.connect(lambda _checked: self.reset_wanted.emit())
        row.addWidget(self._reset)
        row.addStretch(1)
        self._reset.hide()
        theme.changes().changed.connect(self._write)
        if self._views:
            self.show_view(self._views[0].key)

    def current(self) -> str:
        """Key of the view in force, "" when there are none."""
        return next((key for key, tab in self._tabs.items() if tab.isChecked()), "")

    def show_view(self, key: str) -> None:
        """Mark a view without telling anyone."""
        if key in self._tabs:
            self._tabs[key].setChecked(True)
            self._write()

    def step(self, by: int) -> None:
        """Go to the next or previous view (Ctrl+Tab)."""
        keys = list(self._tabs)
        if keys:
            at = keys.index(self.current()) if self.current() in keys else 0
            self.picked.emit(keys[(at + by) % len(keys)])

    def set_counts(self, counts: Mapping[str, int]) -> None:
        """Show how many records each view has."""
        self._counts = dict(counts)
        self._write()

    def set_modified(self, *, on: bool) -> None:
        """Mark that the filter is no longer the view's own."""
        if on != self._modified:
            self._modified = on
            self._reset.setVisible(on)
            self._write()

    def _write(self) -> None:
        current = self.current()
        bold = QFontMetrics(theme.font("strong"))
        for view in self._views:
            text = view.label
            if view.counted and view.key in self._counts:
                text += f"  {locale().toString(self._counts[view.key])}"
            if view.key == current and self._modified:
                text += " (modified)"
            tab = self._tabs[view.key]
            tab.setText(text)
            # The current one is drawn bolder than its size hint knows.
            tab.setMinimumWidth(bold.horizontalAdvance(text) + 5)
