"""What stands around a list: title row, view tabs, chips, find field, pane slot (ux 3.1)."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSplitter,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from desktop_app.models.columns import Column
from desktop_app.models.paged_table import ListSource
from desktop_app.views import icons
from desktop_app.views.delegates import unit
from desktop_app.views.filter_bar import FilterBar
from desktop_app.views.filters import FilterSpec, ViewSpec
from desktop_app.views.list_states import ListState, StillLoading
from desktop_app.views.tokens import PAGE_MARGIN, RELATED_GAP
from desktop_app.views.view_tabs import ViewTabs

R = TypeVar("R", bound=Any)
F = TypeVar("F", bound=Hashable)
PANE_MIN = 260


@dataclass(frozen=True, kw_only=True)  # slots break Generic[...]() calls
class ListSpec(Generic[R, F]):
    """What makes one list: its rows, words, views and filters.

    `find` puts typed text into the filter; None means the list has no find field. `first_use` is
    (title, text) of the state with no record at all and no filter; `all_done` a calm sentence by
    view for when it is empty. `tabs` are those of a page of several lists, of which this one has
    `views`; a click on another's is told by `ListPage.other_wanted`. `saves`: people keep views of
    it (it is in `saved_views.LISTS`).
    """

    key: str
    title: str
    noun: str
    nouns: str
    source: ListSource[R, F]
    columns: Sequence[Column[R]]
    views: Sequence[ViewSpec[F]]
    tabs: Sequence[ViewSpec[Any]] = ()
    filters: Sequence[FilterSpec[F]] = ()
    find: Callable[[F, str], F] | None = None
    find_hint: str = "Find"
    ticks: bool = True
    saves: bool = False
    first_use: tuple[str, str] = ("Nothing here yet", "")
    all_done: dict[str, str] = field(default_factory=dict)


class ListFrame(QWidget):
    """The layout of a list page. ListPage gives it life."""

    def __init__(self, spec: ListSpec[Any, Any], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 0)
        column.setSpacing(0)
        head = QVBoxLayout()
        head.setContentsMargins(PAGE_MARGIN, 0, PAGE_MARGIN, 10)
        head.setSpacing(8)
        self._title_row = QHBoxLayout()
        self._title_row.setSpacing(RELATED_GAP)
        self.title = QLabel(spec.title, self)
        self.title.setProperty("type", "title")
        self._title_row.addWidget(self.title)
        self._title_row.addStretch(1)
        head.addLayout(self._title_row)
        self.tabs = ViewTabs(spec.tabs or spec.views, self, saves=spec.saves)
        self.tabs.show_view(spec.views[0].key)
        self.tabs.setVisible(len(spec.tabs or spec.views) > 1 or spec.saves)
        head.addWidget(self.tabs)
        self.filters: FilterBar[Any] = FilterBar(spec.filters, spec.views[0].where, self)
        head.addLayout(self._build_filters(spec))
        column.addLayout(head)
        self._splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self._splitter.setChildrenCollapsible(False)
        room = QWidget(self._splitter)
        self._stack = QStackedLayout(room)
        self.state = ListState(room)
        self._stack.addWidget(self.state)
        self._splitter.addWidget(room)
        column.addWidget(self._splitter, 1)
        self.pane: QWidget | None = None

    def _build_filters(self, spec: ListSpec[Any, Any]) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(RELATED_GAP)
        row.addWidget(self.filters, 1)
        self._loading = StillLoading(self)
        row.addWidget(self._loading)
        self._news = QPushButton("Refresh", self)
        self._news.setProperty("kind", "link")
        self._news.setAutoDefault(False)
        self._news.hide()
        row.addWidget(self._news)
        self.number = QLabel(self)
        self.number.setProperty("tone", "muted")
        row.addWidget(self.number)
        self.find_field = QLineEdit(self)
        self.find_field.setPlaceholderText(spec.find_hint)
        self.find_field.setAccessibleName(spec.find_hint)
        self.find_field.setClearButtonEnabled(True)
        self.find_field.addAction(
            icons.icon("search", "text3"), QLineEdit.ActionPosition.LeadingPosition
        )
        self.find_field.setFixedWidth(round(30 * unit()))
        self.find_field.setVisible(spec.find is not None)
        row.addWidget(self.find_field)
        return row

    def add_header_action(self, widget: QWidget) -> None:
        """Put a button into the title row; at most three, one of them primary."""
        self._title_row.addWidget(widget)

    def _add_view(self, view: QWidget) -> None:
        self._stack.addWidget(view)
        self._stack.setCurrentWidget(view)

    def _add_pane(self, pane: QWidget, width: int, *, on: bool) -> None:
        self.pane = pane
        self._splitter.addWidget(pane)
        self._splitter.setStretchFactor(0, 1)
        self._splitter.setStretchFactor(1, 0)
        pane.setMinimumWidth(PANE_MIN)
        pane.setVisible(on)
        self._splitter.setSizes([10_000, width])

    def _keep_pane_width(self) -> int:
        """Pixels the pane has now."""
        return self._splitter.sizes()[-1]
