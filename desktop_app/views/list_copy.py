"""Copying from a list: chosen rows or the current one, in the columns on screen (LST-09)."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from desktop_app.models.chosen import Chosen
from desktop_app.models.paged_table import PagedTable
from desktop_app.views.clipboard import table_data
from desktop_app.views.list_layout import ListLayout
from desktop_app.views.list_view import ListView


class ListCopy(QObject):
    """Answers Ctrl+C and Ctrl+Shift+C of one list."""

    def __init__(
        self,
        table: PagedTable[Any, Any],
        view: ListView,
        columns: ListLayout,
        chosen: Chosen,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._table, self._view, self._columns, self._chosen = table, view, columns, chosen
        view.copy_wanted.connect(lambda headings: self.copy(headings=headings))

    def copy(self, *, headings: bool) -> None:
        """Put the chosen rows, else the current one, on the clipboard."""
        ids = self._chosen.ids
        if not ids:
            row = self._view.current_row()
            if row is not None:
                self._put(headings, [row])
            return
        places = [self._table.place_of(one) for one in ids]
        if all(place is not None for place in places):
            rows = [self._table.peek(place) for place in sorted(p for p in places if p is not None)]
            self._put(headings, [row for row in rows if row is not None])
        else:
            self._table.ask_rows(ids, partial(self._put, headings))

    def fill_menu(self, menu: QMenu) -> None:
        """Copy value, copy rows."""
        if not menu.isEmpty():
            menu.addSeparator()
        several = f" {len(self._chosen):,} rows" if self._chosen else " row"
        copy = menu.addAction(f"Copy{several}\tCtrl+C")
        copy.triggered.connect(lambda: self.copy(headings=False))
        titled = menu.addAction(f"Copy{several} with headings\tCtrl+Shift+C")
        titled.triggered.connect(lambda: self.copy(headings=True))

    def _put(self, headings: bool, rows: Sequence[Any]) -> None:
        data = table_data(rows, self._columns.shown(), headings=headings)
        QGuiApplication.clipboard().setMimeData(data)
