"""Notes and timeline of one document, newest first, grouped by day (IA-11)."""

from __future__ import annotations

import re
from datetime import datetime
from html import escape
from itertools import groupby

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from desktop_app.models import formats
from desktop_app.services import timeline
from desktop_app.services.access import Permission
from desktop_app.services.changes import Changes, Topic
from desktop_app.services.sales import write_note
from desktop_app.services.timeline import Theme, TimelineEntry

from . import theme
from .desk import Desk
from .note_text import note_links, note_sentence

FILTERS: tuple[tuple[str, frozenset[Theme]], ...] = (
    ("All", frozenset(Theme)),
    ("Notes", frozenset({Theme.NOTE})),
    ("Stock", frozenset({Theme.STOCK})),
    ("Status", frozenset({Theme.STATUS})),
    ("Purchases", frozenset({Theme.PURCHASE})),
)
LINES_MAX = 3
LINES_LOW = 16
"""Of text: under this height a panel is low."""
TOPICS = {"SO": Topic.SALES, "PO": Topic.PURCHASES, "SC": Topic.CREDITS, "TR": Topic.TRANSFERS}


class NoteField(QPlainTextEdit):
    """A note being typed; Ctrl+Enter saves it."""

    saved = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.saved.emit()
        else:
            super().keyPressEvent(event)


class TimelinePanel(QWidget):
    """The timeline of a sale (``SO``), purchase order (``PO``) or credit (``SC``); ``show_document`` fills it."""

    def __init__(
        self, desk: Desk, document: str, parent: QWidget | None = None, *, margin: int = 0
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._document = document
        self._id: int | None = None
        self._entries: tuple[TimelineEntry, ...] = ()
        page = QVBoxLayout(self)
        page.setContentsMargins(margin, 0, 0, 0)
        page.setSpacing(8)
        head = QHBoxLayout()
        title = QLabel("Notes and timeline")
        title.setProperty("type", "section")
        head.addWidget(title)
        head.addStretch(1)
        self.filter = QComboBox()
        self.filter.setAccessibleName("Show in timeline")
        self.filter.addItems([name for name, _ in FILTERS])
        self.filter.currentIndexChanged.connect(self._paint)
        head.addWidget(self.filter)
        page.addLayout(head)
        self.browser = QTextBrowser()
        self.browser.setOpenLinks(False)
        self.browser.setAccessibleName("Timeline")
        self.browser.anchorClicked.connect(self._follow)
        page.addWidget(self.browser, 1)
        self.note = NoteField()
        self.note.setAccessibleName("Add a note")
        self.note.setPlaceholderText("Add a note (Ctrl+Enter saves)")
        self.note.setTabChangesFocus(True)
        self.note.saved.connect(self._save)
        self.note.textChanged.connect(self._settle)
        page.addWidget(self.note)
        self.add = QPushButton("Add note")
        self.add.setAutoDefault(False)
        self.add.clicked.connect(self._save)
        page.addWidget(self.add, 0, Qt.AlignmentFlag.AlignTrailing)
        desk.hub.changed.connect(self._changed)
        theme.changes().changed.connect(self._paint)
        self._settle()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A low panel keeps its room for what was said: one line to write in is enough."""
        super().resizeEvent(event)
        line = self.note.fontMetrics().lineSpacing()
        lines = LINES_MAX if self.height() >= LINES_LOW * line else 1
        self.note.setFixedHeight(lines * line + (14 if lines > 1 else 20))

    def show_document(self, document_id: int | None) -> None:
        """Show the timeline of this document; None empties the panel."""
        if document_id != self._id:
            self._entries = ()
            self._id = document_id
            self._paint()
        self.refresh()

    def refresh(self) -> None:
        """Read again."""
        if self._id is not None:
            self._desk.read(
                self,
                timeline.timeline,
                self._document,
                self._id,
                then=self._arrived,
                key="timeline",
            )

    def _arrived(self, entries: tuple[TimelineEntry, ...]) -> None:
        self._entries = tuple(entries)
        self._paint()

    def _changed(self, changes: Changes) -> None:
        topic = TOPICS[self._document]
        if topic in changes.topics:
            ids = changes.topics[topic]
            if ids is None or self._id in ids:
                self.refresh()

    def _settle(self) -> None:
        may = self._desk.may(Permission.WRITE_NOTES)
        self.note.setEnabled(may)
        self.add.setEnabled(may and bool(self.note.toPlainText().strip()))
        self.add.setToolTip(self._desk.why_not(Permission.WRITE_NOTES))

    def _save(self) -> None:
        words = self.note.toPlainText().strip()
        if not words or self._id is None:
            return
        self._desk.run(
            self, write_note(self._document, self._id, words), then=lambda _: self.note.clear()
        )

    def _follow(self, url: QUrl) -> None:
        kind, _, key = url.toString().partition(":")
        self._desk.open(kind, int(key))

    def _paint(self) -> None:
        _, themes = FILTERS[self.filter.currentIndex()]
        shown = [entry for entry in self._entries if entry.theme in themes]
        place = self.browser.verticalScrollBar().value()
        self.browser.setHtml(page_of(shown))
        self.browser.verticalScrollBar().setValue(place)


def page_of(entries: list[TimelineEntry]) -> str:
    """The entries as a page: a heading per day, links, undone ones struck through."""
    if not entries:
        return f'<p style="color:{theme.colour("text3").name()}">Nothing here yet.</p>'
    muted, link = theme.colour("text3").name(), theme.colour("link").name()
    parts = []
    for day, of_day in groupby(entries, key=lambda entry: entry.at.astimezone().date()):
        parts.append(f'<p style="color:{muted};margin:10px 0 2px 0"><b>{formats.day(day)}</b></p>')
        parts += [_entry(entry, muted, link) for entry in of_day]
    return "".join(parts)


def _entry(entry: TimelineEntry, muted: str, link: str) -> str:
    words = escape(note_sentence(entry.kind, entry.params)).replace("\n", "<br>")
    for kind, key, name in note_links(entry.params):
        anchor = (
            f'<a href="{kind}:{key}" style="color:{link};text-decoration:none">{escape(name)}</a>'
        )
        # "#12" must not be found in "#123".
        words = re.sub(
            rf"{re.escape(escape(name))}(?!\d)", anchor.replace("\\", r"\\"), words, count=1
        )
    head = f"{_clock(entry.at)} · {escape(entry.person)}"
    if entry.struck_at is not None:
        words = f"<s>{words}</s>"
        head += f" · undone by {escape(entry.struck_by)}, {formats.moment(entry.struck_at)}"
    return f'<p style="margin:2px 0 6px 0"><span style="color:{muted}">{head}</span><br>{words}</p>'


def _clock(at: datetime) -> str:
    return at.astimezone().strftime("%H:%M")
