"""Every list: title, view tabs, filter chips, table, detail pane (ux 3.0).

A page subclasses ListPage or only passes a ListSpec; docs/ui-cookbook.md shows how.
"""

from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QMenu, QWidget

from desktop_app.config import Workstation
from desktop_app.models.chosen import Chosen
from desktop_app.models.columns import Column
from desktop_app.models.formats import count
from desktop_app.models.paged_table import PagedTable
from desktop_app.services.changes import Changes
from desktop_app.services.errors import ServiceError
from desktop_app.views.action_strip import PageStrip
from desktop_app.views.batch_bar import BatchBar
from desktop_app.views.delegates import TICK
from desktop_app.views.desk import Desk
from desktop_app.views.list_copy import ListCopy
from desktop_app.views.list_frame import ListSpec
from desktop_app.views.list_layout import ListLayout
from desktop_app.views.list_view import ListView
from desktop_app.views.list_views import ListViews
from desktop_app.views.messages import sentence

FIND_MS = 150
PANE_MS = 150
DIM_MS = 100
AUTO_REFRESH_MS = 2000
SAVE_MS = 500
CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
TABS = {Qt.Key.Key_Tab, Qt.Key.Key_Backtab}
R = TypeVar("R", bound=Any)
F = TypeVar("F", bound=Hashable)


class ListPage(ListViews[R, F], Generic[R, F]):
    """A list as a page of the main window; also usable alone."""

    opened = Signal(int)  # Enter, double click or a link: record id
    pane_toggled = Signal()
    pane_row_changed = Signal(object)  # the current row, 150 ms after it settled, or None

    def __init__(
        self,
        desk: Desk,
        config: Workstation,
        spec: ListSpec[R, F],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(desk, config, spec, parent)
        tick = (Column[R](key=TICK, heading="", text=lambda _: "", width=4),) if spec.ticks else ()
        self.table: PagedTable[R, F] = PagedTable(
            desk.backend, desk.background, spec.source, [*tick, *spec.columns], self
        )
        self.chosen = Chosen(self)
        self.batch = BatchBar(self.chosen, spec.noun, spec.nouns, self)
        self.batch.hide()  # until the strip takes it
        self.strip = PageStrip(self.batch if spec.ticks else None, self)
        self.view = ListView(self.table, self.chosen, self, ticks=spec.ticks)
        self.view.setAccessibleName(spec.title)
        state = config.layout(spec.key)
        self.columns = ListLayout(self.view, self.table, state, self)
        self.copying = ListCopy(self.table, self.view, self.columns, self.chosen, self)
        self._stale: int | None = None
        self._add_view(self.view)
        self._make_timers()
        self._connect()

    # -- for page authors ---------------------------------------------------------------

    def show_filter(self, where: F) -> None:
        super().show_filter(where)
        if self.chosen:
            self._compare()

    def reload(self) -> None:
        """Read the list again, staying at the same record and place (MIC-02, F5)."""
        keep, at = self.view.place()
        self._stale = None
        self._news.hide()
        self.table.show(self._where, self._sort, keep=keep, at=at)
        self._count_again()

    def refresh_counts(self) -> None:
        """Hook: read the numbers of the tabs and the summary; call `tabs.set_counts`."""

    def fill_menu(self, menu: QMenu, row: R) -> None:
        """Hook: put actions for a row (or the choice) above the copying ones."""

    def set_pane(self, pane: QWidget) -> None:
        """Put a detail pane beside the list; it hears of rows by `pane_row_changed` (IA-06)."""
        self._add_pane(pane, self.config.pane_width, on=self.config.pane)
        self._splitter.splitterMoved.connect(self._pane_moved)

    def toggle_pane(self) -> None:
        """Show or hide the detail pane (Ctrl+I)."""
        if self.pane is not None:
            self.config.pane = not self.pane.isVisible()
            self.pane.setVisible(self.config.pane)
            self.config.save()
            self.pane_toggled.emit()
            self._tell_pane()

    def act_on_choice(self) -> frozenset[int]:
        """The ids to act on: what is chosen, else the current record."""
        if self.chosen:
            return self.chosen.ids
        current = self.view.current_id()
        return frozenset() if current is None else frozenset({current})

    def _connect(self) -> None:
        self.tabs.picked.connect(self.show_view)
        self.tabs.reset_wanted.connect(lambda: self.show_view(self.tabs.current()))
        self.filters.changed.connect(self.show_filter)
        self.view.head.sort_wanted.connect(self.sort_by)
        self.view.head.refused.connect(self.desk.said)
        self.view.head.tick_wanted.connect(self._head_ticked)
        self.view.all_wanted.connect(self.choose_all)
        self.view.find_typed.connect(self._find_typed)
        self.view.opened.connect(self.opened)
        self.view.menu_wanted.connect(self._open_menu)
        self.view.retry_wanted.connect(self.table.retry)
        self.view.current_changed.connect(lambda _row: self._pane_timer.start())
        self.batch.all_wanted.connect(self.choose_all)
        self.batch.outside_wanted.connect(self._outside)
        self.columns.saved.connect(self._save.start)
        self.chosen.changed.connect(self._choice_changed)
        self.table.counted.connect(self._counted)
        self.table.busy_changed.connect(self._busy)
        self.table.stale.connect(self._went_stale)
        self.table.failed.connect(self._failed)
        self.table.shown.connect(lambda *_: self._pane_timer.start())
        self.desk.hub.changed.connect(self._changed_elsewhere)
        self.find_field.textEdited.connect(lambda _text: self._find_timer.start())
        self.find_field.returnPressed.connect(self.view.setFocus)
        self._news.clicked.connect(self.reload)

    def _make_timers(self) -> None:
        self._pane_timer = QTimer(self, singleShot=True, interval=PANE_MS)
        self._pane_timer.timeout.connect(self._tell_pane)
        self._find_timer = QTimer(self, singleShot=True, interval=FIND_MS)
        self._find_timer.timeout.connect(self._find_now)
        self._dim_timer = QTimer(self, singleShot=True, interval=DIM_MS)
        self._dim_timer.timeout.connect(lambda: self.view.set_dimmed(on=True))
        self._save = QTimer(self, singleShot=True, interval=SAVE_MS)
        self._save.timeout.connect(self.config.save)
        self._auto = QTimer(self, singleShot=True, interval=AUTO_REFRESH_MS)
        self._auto.timeout.connect(self._refresh_if_quiet)

    # -- finding ----------------------------------------------------------------------------

    def _find_typed(self, text: str) -> None:
        if self.spec.find is not None:
            self.find_field.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.find_field.setText(text)
            self._find_timer.start()

    def _find_now(self) -> None:
        if self.spec.find is not None:
            self.show_filter(self.spec.find(self._where, self.find_field.text().strip()))

    # -- choosing -------------------------------------------------------------------------

    def choose_all(self) -> None:
        """All that match, as a snapshot of ids with this filter (SAL-05)."""
        where = self._where
        self.table.ask_all_ids(lambda ids: self.chosen.choose_all(where, ids))

    def _head_ticked(self) -> None:
        if self.view.head.tick() is Qt.CheckState.Unchecked:
            self.choose_all()
        else:
            self.chosen.clear()

    def _outside(self) -> None:
        if self.chosen.all_matching is not None:
            self.chosen.drop(self.chosen.outside())
        else:
            self.show_view(self.spec.views[0].key)

    def _compare(self) -> None:
        if self.chosen.all_matching is not None:
            self.table.ask_all_ids(self.chosen.compare)
        else:
            self.table.ask_matching(self.chosen.ids, self.chosen.compare)

    def _choice_changed(self) -> None:
        number = len(self.chosen)
        state = Qt.CheckState.Unchecked
        if number:
            whole = number == self.table.total and self.table.exact
            state = Qt.CheckState.Checked if whole else Qt.CheckState.PartiallyChecked
        self.view.head.set_tick(state)
        self.strip.want_batch(on=number > 0)

    # -- what the table says --------------------------------------------------------------

    def _counted(self, total: int, exact: bool) -> None:
        words = count(total, self.spec.noun, self.spec.nouns)
        self.number.setText(words if exact else "counting…")
        self.batch.set_matching(total if exact else 0)
        if total:
            self._stack.setCurrentWidget(self.view)
        else:
            self._show_empty()
        self._choice_changed()

    def _show_empty(self) -> None:
        spec, active = self.spec, self.filters.active()
        ways: dict[str, Callable[[], object]]
        view = next((v for v in self._views() if v.where == self._where), None)
        if view is not None and view.key in spec.all_done:
            self.state.show_state("circle-check", spec.all_done[view.key])
        elif view is not None and view is not spec.views[0]:
            title = f"No {spec.nouns} in “{view.label}”"
            ways = {
                f"Show {spec.views[0].label.lower()}": lambda: self.show_view(spec.views[0].key)
            }
            self.state.show_state("list-filter", title, ways=ways)
        elif active or view is None:
            words = f"these {len(active)} filters" if len(active) > 1 else "this filter"
            ways = {}
            if len(active) > 1:
                ways["Remove the last filter"] = self.filters.remove_last
            ways["Clear all filters"] = lambda: self.show_view(spec.views[0].key)
            self.state.show_state("list-filter", f"No {spec.nouns} match {words}", ways=ways)
        else:
            self.state.show_state("package-open", *spec.first_use, ways=self.first_use_ways())
        self._stack.setCurrentWidget(self.state)

    def first_use_ways(self) -> dict[str, Callable[[], object]]:
        """Hook: ways on when there is no record at all, the first one as a button."""
        return {}

    def _failed(self, error: Exception) -> None:
        if not isinstance(error, ServiceError):
            self.desk.tell(error)  # a bug: the application-wide hook shows it
            return
        words = sentence(error)
        if self.table.total and self._stack.currentWidget() is self.view:
            self.desk.said.emit(words)
        else:
            title = f"The {self.spec.nouns} could not be read"
            self.state.show_state("circle-alert", title, words, {"Try again": self.reload})
            self._stack.setCurrentWidget(self.state)

    def _busy(self, on: bool) -> None:
        self._loading.follow(on)
        if on:
            self._dim_timer.start()
        else:
            self._dim_timer.stop()
            self.view.set_dimmed(on=False)

    def _changed_elsewhere(self, changes: Changes) -> None:
        if not self.begun:
            return
        self.table.apply(changes)
        if self.spec.source.topic in changes.topics:
            self._count_again()

    def _count_again(self) -> None:
        self.refresh_counts()
        if self.saved is not None:
            self.saved.count()

    def _went_stale(self, difference: int) -> None:
        self._stale = difference
        noun = self.spec.nouns
        words = f"{count(difference, f'new {self.spec.noun}', f'new {noun}')} – show"
        self._news.setText(words if difference > 0 else "Changed elsewhere – refresh")
        self._news.show()
        self._auto.start()

    def _refresh_if_quiet(self) -> None:
        """By itself only at the top, with nothing chosen (architecture 9)."""
        at_top = self.view.verticalScrollBar().value() == 0 and self.view.currentIndex().row() < 1
        if self._stale is not None and at_top and not self.chosen and self.isVisible():
            self.reload()

    # -- pane, menu, keys -----------------------------------------------------------------

    def _tell_pane(self) -> None:
        if self.pane is not None and self.pane.isVisible():
            self.pane_row_changed.emit(self.view.current_row())

    def _pane_moved(self) -> None:
        self.config.pane_width = self._keep_pane_width()
        self._save.start()

    def _open_menu(self, place: QPoint) -> None:
        row = self.view.current_row()
        if row is None:
            return
        menu = QMenu(self)
        self.fill_menu(menu, row)
        self.copying.fill_menu(menu)
        menu.exec(place)
        menu.deleteLater()

    def _open_sort_menu(self) -> None:
        menu = self.columns.sort_menu()
        menu.exec(self.view.mapToGlobal(QPoint(0, 0)))
        menu.deleteLater()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        control = event.modifiers() == CONTROL
        if event.key() == Qt.Key.Key_F5:
            self.reload()
        elif control and event.key() == Qt.Key.Key_F and self.spec.find is not None:
            self.find_field.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.find_field.selectAll()
        elif control and event.key() == Qt.Key.Key_I:
            self.toggle_pane()
        elif event.key() in TABS and event.modifiers() & CONTROL:
            self.tabs.step(-1 if event.modifiers() & SHIFT else 1)
        elif event.modifiers() == CONTROL | SHIFT and event.key() == Qt.Key.Key_S:
            self._open_sort_menu()
        elif control and event.key() == Qt.Key.Key_S and self.saved is not None:
            self.saved.save_key()
        elif event.key() == Qt.Key.Key_Escape and self.find_field.hasFocus():
            self.find_field.clear()
            self._find_now()
            self.view.setFocus(Qt.FocusReason.ShortcutFocusReason)
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self.begun:
            self.begun = True
            self.table.show(self._where, self._sort)
            self.refresh_counts()
            if self.saved is not None:
                self.mark_view()
                self.saved.read()
            self.view.setFocus(Qt.FocusReason.OtherFocusReason)
