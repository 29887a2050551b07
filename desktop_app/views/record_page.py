"""The layout of one record as a page: head, chips, facts, tabs, and its timeline beside them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QLabel, QSplitter, QTabWidget, QVBoxLayout, QWidget

from desktop_app.services.changes import Changes

from .desk import Desk
from .record_parts import MarksRow, RecordHead
from .timeline_panel import TimelinePanel


class RecordPage(QWidget):
    """``document`` is what the timeline is of ("SO", "PO"); ``leave`` goes back to the list."""

    title_changed = Signal(str)

    def __init__(
        self,
        desk: Desk,
        back: str,
        document: str,
        leave: Callable[[], object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.desk = desk
        page = QVBoxLayout(self)
        page.setContentsMargins(16, 8, 16, 12)
        page.setSpacing(8)
        self.head = RecordHead(back, leave)
        page.addWidget(self.head)
        self.marks = MarksRow("Statuses")
        page.addWidget(self.marks)
        self.facts = QLabel()
        self.facts.setProperty("tone", "muted")
        self.facts.setWordWrap(True)
        page.addWidget(self.facts)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        self.tabs = QTabWidget()
        split.addWidget(self.tabs)
        self.timeline = TimelinePanel(desk, document, margin=12)
        split.addWidget(self.timeline)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 1)
        split.setSizes([900, 330])
        page.addWidget(split, 1)

    def begin(self, record_id: int, keys: dict[str, Callable[[], object]]) -> None:
        """Listen to changes, take keys while the focus is inside, and read for the first time."""
        for key, act in keys.items():
            shortcut = QShortcut(QKeySequence(key), self, act)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.desk.hub.changed.connect(self.changed)
        self.timeline.show_document(record_id)
        self.refresh()

    def refresh(self) -> None:
        """Read the record again; the subclass knows how."""

    def changed(self, changes: Changes) -> None:
        """Read again where a change concerns the record; the subclass knows which do."""
