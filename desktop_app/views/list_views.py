"""Which of its views a list shows, and whether its filter or sort is changed (SAL-01)."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Generic, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop_app.config import Workstation
from desktop_app.services.lists import Sort

from .desk import Desk
from .filters import ViewSpec
from .key_list import LIST_KEYS, VIEW_KEYS
from .list_frame import ListFrame, ListSpec
from .saved_views import SavedViews

R = TypeVar("R", bound=Any)
F = TypeVar("F", bound=Hashable)


class ListViews(ListFrame, Generic[R, F]):
    """The built-in views and, where the spec `saves`, those that people keep.

    A saved view has a sort of its own. The built-in ones share that of the list, which the
    workstation remembers (MIC-07).
    """

    other_wanted = Signal(str)  # the tab of another list of the page (`ListSpec.tabs`)

    keys = LIST_KEYS

    def __init__(
        self,
        desk: Desk,
        config: Workstation,
        spec: ListSpec[R, F],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(spec, parent)
        self.desk, self.config, self.spec = desk, config, spec
        self.begun = False
        """Shown once; nothing is read before."""
        self._where: F = spec.views[0].where
        self._sort: Sort | None = self._list_sort() or spec.views[0].sort
        self.saved = SavedViews(self) if spec.saves else None
        if spec.saves:
            self.keys = (*self.keys, *VIEW_KEYS)

    @property
    def where(self) -> F:
        """The filter in force."""
        return self._where

    @property
    def sort(self) -> Sort | None:
        """The sort in force, None for the list's own order."""
        return self._sort

    def fits(self, where: F) -> bool:
        """Hook: whether a saved view with this filter belongs to this page."""
        return True

    def show_filter(self, where: F) -> None:
        """Show another filter, from a tab, a chip, the find field or a link elsewhere."""
        self._where = where
        self.filters.show_filter(where)
        self.mark_view()
        self.reload()

    def reload(self) -> None:
        """Hook: read the list again."""

    def show_view(self, key: str) -> None:
        """Show a view tab with its own filter and sort."""
        view = next((view for view in self._views() if view.key == key), None)
        if view is None:
            self.tabs.show_view(self.spec.views[0].key)
            self.other_wanted.emit(key)
            return
        self.tabs.show_view(key)
        if self._keeps_sort(key):
            self._sort = view.sort
        else:
            self._sort = view.sort or self._list_sort()
        self.find_field.setText(getattr(view.where, "text", ""))
        self.show_filter(view.where)
        if self.saved is not None:
            self.saved.opened(key)

    def sort_by(self, sort: Sort | None) -> None:
        """Sort the whole list; remembered for this list, or a change of the saved view."""
        self._sort = sort
        if not self._keeps_sort(self.tabs.current()):
            state = self.config.layout(self.spec.key)
            state.sort, state.descending = sort[:2] if sort else ("", False)
            state.then, state.then_descending = sort[2:] if sort and len(sort) > 2 else ("", False)
            self.config.save()
        self.mark_view()
        self.reload()

    def _views(self) -> list[ViewSpec[F]]:
        return [*self.spec.views, *(self.saved.specs if self.saved is not None else ())]

    def _keeps_sort(self, key: str) -> bool:
        """A saved view has a sort of its own; built-in ones share that of the list."""
        return self.saved is not None and self.saved.is_saved(key)

    def _list_sort(self) -> Sort | None:
        state = self.config.layout(self.spec.key)
        if not state.then:
            return (state.sort, state.descending) if state.sort else None
        return state.sort, state.descending, state.then, state.then_descending

    def mark_view(self) -> None:
        """Tell the tabs which view this is, and whether it is changed (SAL-01)."""
        views = {view.key: view for view in self._views()}
        now = views.get(self.tabs.current(), self.spec.views[0])
        if now.where != self._where:
            same = (view for view in views.values() if view.where == self._where)
            exact = next(
                (v for v in same if not self._keeps_sort(v.key) or v.sort == self._sort), None
            )
            now = exact or now
            self.tabs.show_view(now.key)
        own = now.sort if self._keeps_sort(now.key) else self._sort
        modified = (now.where, own) != (self._where, self._sort)
        self.tabs.set_modified(on=modified)
        if self.saved is not None:
            self.saved.offer(modified=modified, sorted_otherwise=self._sort != now.sort)
