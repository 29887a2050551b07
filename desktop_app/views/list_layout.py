"""Which columns are shown and how wide, remembered by key per list (LST-06, IA-05, SAL-03)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, QPoint, QSignalBlocker, Signal
from PySide6.QtWidgets import QMenu

from desktop_app.config import ColumnState
from desktop_app.models.columns import Column, Placed, fit
from desktop_app.models.paged_table import PagedTable
from desktop_app.views import theme
from desktop_app.views.delegates import TICK, unit
from desktop_app.views.list_view import ListView
from desktop_app.views.tokens import CELL_PADDING, TICK_WIDTH

SAMPLES = 200


class ListLayout(QObject):
    """Keeps a ListView's columns within its width; the user's own choices win."""

    saved = Signal()

    def __init__(
        self, view: ListView, model: PagedTable[Any, Any], state: ColumnState, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._view, self._model, self._state = view, model, state
        self._applying = False
        self._shown: tuple[Placed, ...] = ()
        self._restore_order()
        head = view.head
        head.sectionResized.connect(self._resized)
        head.sectionMoved.connect(self._moved)
        head.menu_wanted.connect(self.menu)
        view.resized.connect(self.lay_out)
        theme.changes().changed.connect(self.lay_out)

    @property
    def columns(self) -> Sequence[Column[Any]]:
        """All columns of the list but the tick."""
        return [column for column in self._model.columns if column.key != TICK]

    def shown(self) -> list[Column[Any]]:
        """The columns on screen in their order, but the tick: what copying takes."""
        head = self._view.head
        order = [head.logicalIndex(place) for place in range(head.count())]
        found = [self._model.columns[one] for one in order if not head.isSectionHidden(one)]
        return [column for column in found if column.key != TICK]

    def lay_out(self) -> None:
        """Fit the columns into the width there is."""
        head = self._view.head
        order = [head.logicalIndex(place) for place in range(head.count())]
        wanted = [
            self._as_chosen(column)
            for column in (self._model.columns[one] for one in order)
            if column.key != TICK and self._is_wanted(column)
        ]
        has_tick = any(column.key == TICK for column in self._model.columns)
        room = self._view.viewport().width() - (TICK_WIDTH if has_tick else 0)
        placed = fit(wanted, room, unit(), 2 * CELL_PADDING)
        widths = {one.key: one.width for one in placed}
        if has_tick:
            widths[TICK] = TICK_WIDTH
        self._applying = True
        with QSignalBlocker(head):
            for logical, column in enumerate(self._model.columns):
                width = widths.get(column.key)
                head.setSectionHidden(logical, width is None)
                if width is not None:
                    head.resizeSection(logical, width)
        self._applying = False
        # Blocked signals also keep the view from hearing of new widths.
        self._view.updateGeometries()
        self._view.viewport().update()
        head.viewport().update()

    def menu(self, logical: int, place: QPoint) -> None:
        """The heading's own menu."""
        menu = self.build_menu(logical)
        menu.exec(place)
        menu.deleteLater()

    def build_menu(self, logical: int) -> QMenu:
        """Sort, hide, fit, choose columns, reset."""
        column: Column[Any] = self._model.columns[logical]
        menu = QMenu(self._view)
        if column.sort:
            self._add_sorts(menu, column)
            menu.addSeparator()
        if column.key != TICK:
            menu.addAction("Fit column").triggered.connect(lambda: self.fit_column(logical))
            menu.addAction(f"Hide {column.heading}").triggered.connect(
                lambda: self.set_shown(column.key, on=False)
            )
        columns = menu.addMenu("Columns")
        for one in self.columns:
            action = columns.addAction(one.heading)
            action.setCheckable(True)
            action.setChecked(self._is_wanted(one))
            action.triggered.connect(lambda on, key=one.key: self.set_shown(key, on=on))
        menu.addSeparator()
        menu.addAction("Reset columns").triggered.connect(self.reset)
        return menu

    def _add_sorts(self, menu: QMenu, column: Column[Any]) -> None:
        """Sort by this; *then by this*, greyed with the reason where it cannot be the second key."""
        menu.setToolTipsVisible(True)
        head = self._view.head
        for down in (False, True):
            action = menu.addAction(f"Sort {column.heading}: {column.sort_words[down]}")
            action.triggered.connect(lambda _c, to=(column.sort, down): head.sort_wanted.emit(to))
        now, why = self._model.sorting, head.why_not_then(column)
        for down in (False, True):
            action = menu.addAction(f"Then by {column.heading}: {column.sort_words[down]}")
            action.setEnabled(not why)
            action.setToolTip(why or "Shift+click on the heading")
            if now is not None:
                to = (now[0], now[1], column.sort, down)
                action.triggered.connect(lambda _c, to=to: head.sort_wanted.emit(to))

    def sort_menu(self) -> QMenu:
        """Every column that sorts, with its own entries: for the keyboard."""
        menu = QMenu(self._view)
        for column in self.columns:
            if column.sort:
                part = menu.addMenu(column.heading)
                self._add_sorts(part, column)
        return menu

    def set_shown(self, key: str, *, on: bool) -> None:
        """Show or hide a column from now on; the last one stays."""
        state = self._state
        if not on and len(self.shown()) <= 1:
            return
        for names, wanted in ((state.hidden, not on), (state.shown, on)):
            if wanted and key not in names:
                names.append(key)
            elif not wanted and key in names:
                names.remove(key)
        self.lay_out()
        self.saved.emit()

    def fit_column(self, logical: int) -> None:
        """As wide as what is on screen and in memory needs, at most 200 rows (LST-02)."""
        column: Column[Any] = self._model.columns[logical]
        metrics = self._view.fontMetrics()
        first, _ = self._view.visible_rows()
        texts = [column.heading]
        for row in range(first, min(first + SAMPLES, self._model.total)):
            found = self._model.peek(row)
            if found is not None:
                texts.append(column.text(found))
        pixels = max(metrics.horizontalAdvance(text) for text in texts)
        self._state.widths[column.key] = round(pixels / unit() + 1, 2)
        self.lay_out()
        self.saved.emit()

    def reset(self) -> None:
        """Back to the columns as they come."""
        state = self._state
        state.order, state.widths, state.hidden, state.shown = [], {}, [], []
        head = self._view.head
        for logical in range(head.count()):
            head.moveSection(head.visualIndex(logical), logical)
        state.order = []
        self.lay_out()
        self.saved.emit()

    def _is_wanted(self, column: Column[Any]) -> bool:
        if column.key in self._state.hidden:
            return False
        return column.priority > 0 or column.key in self._state.shown

    def _as_chosen(self, column: Column[Any]) -> Column[Any]:
        width = self._state.widths.get(column.key)
        if column.key in self._state.shown:
            column = replace(column, priority=1)
        if width is None:
            return column
        return replace(column, width=width, width_min=width, stretch=False)

    def _resized(self, logical: int, _before: int, width: int) -> None:
        if self._applying:
            return
        column: Column[Any] = self._model.columns[logical]
        if column.key == TICK:
            self.lay_out()
            return
        self._state.widths[column.key] = round((width - 2 * CELL_PADDING) / unit(), 2)
        self.saved.emit()

    def _moved(self, _logical: int, _before: int, _now: int) -> None:
        head = self._view.head
        self._state.order = [
            self._model.columns[head.logicalIndex(place)].key for place in range(head.count())
        ]
        self.saved.emit()

    def _restore_order(self) -> None:
        """Put known columns in their order; new ones stay where they come."""
        head = self._view.head
        keys = [column.key for column in self._model.columns]
        known = [key for key in self._state.order if key in keys]
        for place, key in enumerate(known):
            new_before = sum(1 for one in keys[: keys.index(key)] if one not in known)
            target = min(place + new_before, head.count() - 1)
            if keys[0] == TICK and target == 0 and key != TICK:
                target = 1
            head.moveSection(head.visualIndex(keys.index(key)), target)
