"""The saved views of a list page: read, counted, kept, renamed, shared, deleted (SAL-01)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QElapsedTimer, QObject, QPoint, QTimer
from PySide6.QtWidgets import QMenu

from desktop_app.services import saved_views
from desktop_app.services.access import Permission
from desktop_app.services.backend import Call, Done
from desktop_app.services.changes import Changes, Topic
from desktop_app.services.filter_json import LeftOut, Why
from desktop_app.services.saved_views import COUNTED_MAX, SavedView

from .filters import ViewSpec

if TYPE_CHECKING:
    from .list_views import ListViews

COUNT_MS = 30_000
"""Saved views may ask anything: they are counted at most this often."""

NOTHING_NEW = "Change a filter or the sort first"


class SavedViews(QObject):
    """One per list page whose spec `saves`. Its tabs stand after the built-in ones."""

    def __init__(self, page: ListViews[Any, Any]) -> None:
        super().__init__(page)
        self._page, self._desk, self._tabs = page, page.desk, page.tabs
        self._found: dict[str, SavedView] = {}
        self.specs: list[ViewSpec[Any]] = []
        self._wanted = ""  # the view that was saved a moment ago: it is shown when it is there
        self._counted: QElapsedTimer | None = None
        self._again = QTimer(self, singleShot=True, interval=COUNT_MS)
        self._again.timeout.connect(self.count)
        self._tabs.save_wanted.connect(self.save)
        self._tabs.save_as_wanted.connect(self.save_as)
        self._tabs.menu_wanted.connect(self._open_menu)
        self._desk.hub.changed.connect(self._changed)

    # -- reading ----------------------------------------------------------------------------

    def read(self) -> None:
        """Read the views that this person sees."""
        self._desk.read(
            self,
            saved_views.views,
            self._page.spec.key,
            self._desk.backend.actor.person_id,
            then=self._arrived,
            key="views",
        )

    def _changed(self, changes: Changes) -> None:
        if Topic.VIEWS in changes.topics and self._page.begun:
            self.read()

    def _arrived(self, found: Sequence[SavedView]) -> None:
        shown = {f"saved:{one.id}": one for one in found if self._page.fits(one.where)}
        asked = [(one.where, one.sort) for one in shown.values()]
        before = [(one.where, one.sort) for one in self._found.values()]
        self._found = shown
        labels = self._labels()
        self.specs = [
            ViewSpec(key, labels[key], one.where, not one.left_out, one.sort)
            for key, one in shown.items()
        ]
        self._tabs.set_saved(self.specs, {key: self._tip(one) for key, one in shown.items()})
        if self._wanted in shown:
            self._tabs.show_view(self._wanted)
        self._wanted = ""
        self._page.mark_view()
        if asked != before:
            self.count(now=True)

    def _labels(self) -> dict[str, str]:
        """Names; with their owner where another tab has the same."""
        names = [view.label for view in self._page.spec.views]
        times = Counter([*names, *(one.name for one in self._found.values())])
        me = self._desk.backend.actor.person_id
        return {
            key: f"{one.name} ({'yours' if one.owner_id == me else one.owner})"
            if times[one.name] > 1
            else one.name
            for key, one in self._found.items()
        }

    def _tip(self, view: SavedView) -> str:
        mine = view.owner_id == self._desk.backend.actor.person_id
        whose = "Yours" if mine else f"By {view.owner}"
        return f"{view.name}\n{whose}, {'for everyone' if view.shared else 'seen by you only'}"

    # -- counting ---------------------------------------------------------------------------

    def count(self, *, now: bool = False) -> None:
        """Count the first dozen, unless that was done less than 30 s ago: then a little later."""
        specs = [one for one in self.specs if one.counted][:COUNTED_MAX]
        if not specs or (not now and self._again.isActive()):
            return
        last = self._counted
        if not now and last is not None and last.elapsed() < COUNT_MS:
            self._again.start(COUNT_MS - last.elapsed())
            return
        self._again.stop()
        self._counted = QElapsedTimer()
        self._counted.start()
        self._desk.read(
            self,
            saved_views.counts,
            self._page.spec.key,
            tuple(one.where for one in specs),
            then=partial(self._got_counts, [one.key for one in specs]),
            key="counts",
        )

    def _got_counts(self, keys: Sequence[str], found: Sequence[int]) -> None:
        self._tabs.set_counts(dict(zip(keys, found, strict=True)))

    # -- what is shown ------------------------------------------------------------------------

    def is_saved(self, key: str) -> bool:
        """Whether this tab is a saved view."""
        return key in self._found

    def opened(self, key: str) -> None:
        """Say what of a view could not be asked."""
        view = self._found.get(key)
        if view is not None and view.left_out:
            self._desk.said.emit(self._left_out(view))

    def _left_out(self, view: SavedView) -> str:
        names = {one.key: one.name for one in self._page.spec.filters}
        parts = [_missing(one, names.get(one.field, one.field)) for one in view.left_out]
        return f"“{view.name}” opened without all of it: {'; '.join(parts)}."

    def offer(self, *, modified: bool, sorted_otherwise: bool) -> None:
        """Follow what is shown: what can be kept, and where."""
        view = self._found.get(self._tabs.current())
        changed = modified or sorted_otherwise
        self._tabs.offer_saving(
            why_not="" if changed else NOTHING_NEW,
            in_place=view is not None and changed,
            why_not_in_place="" if view is None else self._why_not(view),
        )

    def _why_not(self, view: SavedView) -> str:
        mine = view.owner_id == self._desk.backend.actor.person_id
        if mine or self._desk.may(Permission.EDIT_SHARED_VIEWS):
            return ""
        return f"Only {view.owner} or a manager can change this view"

    # -- acts -------------------------------------------------------------------------------

    def save_key(self) -> None:
        """Ctrl+S: into the view that is shown where that can be, else as a new one."""
        if not self._tabs.save.isHidden() and self._tabs.save.isEnabled():
            self.save()
        elif self._tabs.save_as.isEnabled():
            self.save_as()
        else:
            self._desk.said.emit(f"{NOTHING_NEW}, then it can be kept as a view.")

    def save(self) -> None:
        """Keep the filter and sort in the view that is shown."""
        view = self._found.get(self._tabs.current())
        if view is not None:
            page = self._page
            call = saved_views.change(view.id, view.version, page.where, page.sort)
            self._run(call, f"View “{view.name}” changed")

    def save_as(self) -> None:
        """Ask a name, and keep the filter and sort as a view of its own."""
        from .view_dialog import ViewDialog

        page = self._page
        where, sort = page.where, page.sort
        dialog = ViewDialog(
            self._desk,
            "Save view",
            "",
            lambda name, shared: saved_views.save(page.spec.key, name, where, sort, shared=shared),
            page,
            asks_who=True,
        )
        dialog.done_with.connect(self._saved)
        dialog.open()

    def _saved(self, done: Done[dict[str, Any]]) -> None:
        self._wanted = f"saved:{done.result['id']}"
        self.read()

    def rename(self, view: SavedView) -> None:
        """Ask another name."""
        from .view_dialog import ViewDialog

        ViewDialog(
            self._desk,
            "Rename view",
            view.name,
            lambda name, _shared: saved_views.rename(view.id, name),
            self._page,
            asks_who=False,
        ).open()

    def share(self, view: SavedView) -> None:
        """Show it to everyone, or to its owner only; at once, with Undo (PR-06)."""
        to = "its owner only" if view.shared else "everyone"
        call = saved_views.share(view.id, shared=not view.shared)
        self._run(call, f"View “{view.name}” is for {to} now")

    def delete(self, view: SavedView) -> None:
        """Take it away at once, with Undo (PR-06); its list goes back to the first view."""
        if self._tabs.current() == f"saved:{view.id}":
            self._page.show_view(self._page.spec.views[0].key)
        self._run(saved_views.delete(view.id), f"View “{view.name}” deleted")

    def _run(self, call: Call[Any], says: str) -> None:
        self._desk.run(self, call, says=says)

    def menu_of(self, key: str) -> QMenu:
        """The menu of a saved tab; what someone else decides is greyed with the reason."""
        view = self._found[key]
        why = self._why_not(view)
        menu = QMenu(self._page)
        menu.setToolTipsVisible(True)
        for words, act in (
            ("Rename…", self.rename),
            ("Make private" if view.shared else "Share with everyone", self.share),
            ("Delete", self.delete),
        ):
            action = menu.addAction(words)
            action.setEnabled(not why)
            action.setToolTip(why or words)
            action.triggered.connect(lambda _checked, act=act: act(view))
        return menu

    def _open_menu(self, key: str, place: QPoint) -> None:
        menu = self.menu_of(key)
        menu.exec(place)
        menu.deleteLater()


def _missing(left: LeftOut, name: str) -> str:
    if left.why is Why.DAMAGED:
        return "its conditions cannot be read"
    if left.field == "sort":
        return "its sort is not known to this program"
    if left.why is Why.UNKNOWN:
        return f"this program has no condition “{name}”"
    if left.why is Why.GONE:
        return f"{name} names what does not exist any more"
    return f"{name} has a value that is not known"
