"""The strip under every page: one tenant at a time (IA-02, MIC-03).

Running progress, else a message with Undo for 10 s, else that the database is away, else the page's
batch bar, else its summary.
Nothing floats over rows, and nothing pushes them.
"""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QStackedLayout,
    QWidget,
)
from shiboken6 import isValid

from desktop_app.services.progress import Progress
from desktop_app.views import theme
from desktop_app.views.tokens import PAGE_MARGIN, RELATED_GAP

MESSAGE_MS = 10_000
PROGRESS_AFTER_MS = 400
POLL_MS = 100


class PageStrip(QObject):
    """What a page puts into the strip while it is shown: a summary, and a bar for its choice."""

    changed = Signal()

    def __init__(self, batch: QWidget | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.batch = batch
        self.home = None if batch is None else batch.parentWidget()
        if batch is not None:
            batch.hide()
        self.batch_wanted = False
        self.summary = ""

    def say(self, summary: str) -> None:
        """Set the idle summary."""
        self.summary = summary
        self.changed.emit()

    def want_batch(self, *, on: bool) -> None:
        """Show the batch bar while something is chosen."""
        if on != self.batch_wanted:
            self.batch_wanted = on
            self.changed.emit()


class ActionStrip(QFrame):
    """Owned by the main window. `say`, `working` and `bind` are all a page or desk needs."""

    undo_wanted = Signal(str)  # journal id

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("strip")
        self.setAccessibleName("Actions and messages")
        self._page: PageStrip | None = None
        self._progress: Progress | None = None
        self._progress_shown = False
        self._has_message = False
        self._is_away = False
        self._journal_id = ""
        self._left_ms = 0
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._panels = {
            "summary": self._build_summary(),
            "batch": self._build_batch(),
            "undo": self._build_message(),
            "away": self._build_away(),
            "progress": self._build_progress(),
        }
        for panel in self._panels.values():
            self._stack.addWidget(panel)
        self._tick = QTimer(self, interval=POLL_MS)
        self._tick.timeout.connect(self._poll)
        self._late = QTimer(self, singleShot=True, interval=PROGRESS_AFTER_MS)
        self._late.timeout.connect(self._show_progress)
        self._choose()

    # -- what others call -------------------------------------------------------------

    def bind(self, page: PageStrip | None) -> None:
        """Show the summary and batch bar of another page."""
        if self._page is not None and isValid(self._page):
            self._page.changed.disconnect(self._choose)
        self._send_home()
        self._page = page
        if page is not None:
            page.changed.connect(self._choose)
            if page.batch is not None:
                self._batch_room.addWidget(page.batch)
                page.batch.show()
        self._choose()

    def _send_home(self) -> None:
        """Give the batch bar back to its page, so that it goes when the page goes."""
        old = self._page
        if old is not None and isValid(old) and old.batch is not None and isValid(old.batch):
            self._batch_room.removeWidget(old.batch)
            old.batch.hide()
            old.batch.setParent(old.home if old.home is not None and isValid(old.home) else None)

    def say(self, text: str, journal_id: str = "") -> None:
        """Show a message for 10 s; with a journal id Undo is beside it."""
        self._text.setText(text)
        self._text.setAccessibleName(text)
        self._journal_id = journal_id
        self._undo.setVisible(bool(journal_id))
        self._has_message = True
        self._left_ms = MESSAGE_MS
        self._tick.start()
        self._choose()

    def clear_message(self) -> None:
        """Take the message away."""
        self._has_message = False
        self._journal_id = ""
        self._choose()

    def away(self, text: str) -> None:
        """Say that the database is away for as long as it is; empty: it is back."""
        self._is_away = bool(text)
        self._away.setText(text)
        self._away.setAccessibleName(text)
        self._choose()

    def working(self, progress: Progress | None, text: str = "") -> None:
        """A command runs (shown if it takes longer than 400 ms), or none does any more."""
        self._progress = progress
        self._doing.setText(text)
        if progress is None:
            self._late.stop()
            self._progress_shown = False
        else:
            self._late.start()
        self._choose()

    def tenant(self) -> str:
        """Who has the strip: "progress", "undo", "away", "batch" or "summary"."""
        return str(self.property("tenant"))

    def words(self) -> str:
        """What the strip says now, whoever has it."""
        said = {
            "summary": self._summary, "undo": self._text, "away": self._away,
            "progress": self._doing,
        }  # fmt: skip
        label = said.get(self.tenant())
        return "" if label is None else label.text()

    # -- panels -----------------------------------------------------------------------

    def _row(self) -> tuple[QWidget, QHBoxLayout]:
        panel = QWidget(self)
        row = QHBoxLayout(panel)
        row.setContentsMargins(PAGE_MARGIN, 0, PAGE_MARGIN, 0)
        row.setSpacing(RELATED_GAP)
        return panel, row

    def _build_summary(self) -> QWidget:
        panel, row = self._row()
        self._summary = QLabel(panel)
        self._summary.setProperty("tone", "muted")
        self._summary.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        row.addWidget(self._summary, 1)
        return panel

    def _build_batch(self) -> QWidget:
        panel = QWidget(self)
        self._batch_room = QHBoxLayout(panel)
        self._batch_room.setContentsMargins(PAGE_MARGIN, 0, PAGE_MARGIN, 0)
        return panel

    def _build_message(self) -> QWidget:
        panel, row = self._row()
        self._text = QLabel(panel)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        row.addWidget(self._text)
        self._undo = self._link(panel, "Undo", self._undo_pressed)
        row.addWidget(self._undo)
        row.addStretch(1)
        row.addWidget(self._link(panel, "Dismiss", self.clear_message))
        return panel

    def _build_away(self) -> QWidget:
        panel, row = self._row()
        self._away = QLabel(panel)
        row.addWidget(self._away, 1)
        return panel

    def _build_progress(self) -> QWidget:
        panel, row = self._row()
        self._doing = QLabel(panel)
        row.addWidget(self._doing)
        self._bar = QProgressBar(panel)
        self._bar.setTextVisible(False)
        self._bar.setMaximumWidth(280)
        self._bar.setAccessibleName("Progress")
        row.addWidget(self._bar)
        self._count = QLabel(panel)
        self._count.setProperty("tone", "muted")
        row.addWidget(self._count)
        row.addStretch(1)
        self._stop = QPushButton("Stop", panel)
        self._stop.clicked.connect(self._stop_pressed)
        row.addWidget(self._stop)
        return panel

    def _link(self, parent: QWidget, text: str, then: Callable[[], object]) -> QPushButton:
        button = QPushButton(text, parent)
        button.setProperty("kind", "link")
        button.setAutoDefault(False)
        button.clicked.connect(lambda _checked: then())
        return button

    # -- choosing the tenant ------------------------------------------------------------

    def _choose(self) -> None:
        if self._progress is not None and self._progress_shown:
            tenant = "progress"
        elif self._has_message:
            tenant = "undo"
        elif self._is_away:
            tenant = "away"
        elif self._page is not None and self._page.batch is not None and self._page.batch_wanted:
            tenant = "batch"
        else:
            tenant = "summary"
        self._summary.setText("" if self._page is None else self._page.summary)
        if tenant != self.property("tenant"):
            self.setProperty("tenant", tenant)
            self._stack.setCurrentWidget(self._panels[tenant])
            theme.restyle(self)
            for child in self.findChildren(QWidget):
                theme.restyle(child)

    def _show_progress(self) -> None:
        if self._progress is not None:
            self._progress_shown = True
            self._tick.start()
            self._poll()
            self._choose()

    def _poll(self) -> None:
        if self._progress is not None and self._progress_shown:
            now = self._progress
            self._bar.setMaximum(max(now.total, 1))
            self._bar.setValue(now.done)
            self._count.setText(f"{now.done} of {now.total} {now.detail}" if now.total else "")
            self._stop.setEnabled(now.can_stop)
        elif self._has_message:
            if not self._is_held():
                self._left_ms -= POLL_MS
            if self._left_ms <= 0:
                self.clear_message()
        else:
            self._tick.stop()

    def _is_held(self) -> bool:
        """The clock stands while the message is hovered, focused, or the window is inactive."""
        focus = QApplication.focusWidget()
        inside = focus is not None and self.isAncestorOf(focus)
        return self.underMouse() or inside or not self.isActiveWindow()

    def _undo_pressed(self) -> None:
        journal_id = self._journal_id
        self.clear_message()
        if journal_id:
            self.undo_wanted.emit(journal_id)

    def _stop_pressed(self) -> None:
        if self._progress is not None:
            self._progress.stop()
            self._stop.setEnabled(False)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.EnabledChange:
            self._choose()
