"""What the pages of a sale and of a purchase order share: head, chips, linked figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from desktop_app.models.marks import Mark

from . import glyphs, theme

GAP = 8


class MarksRow(QWidget):
    """Statuses as chips with their words, in a row that wraps to the width it has."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._marks: tuple[tuple[str, Mark], ...] = ()
        self._name = name
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        theme.changes().changed.connect(self.updateGeometry)

    def show_marks(self, marks: Sequence[tuple[str, Mark]]) -> None:
        """Show (heading, mark) pairs: "Payment" and its chip."""
        self._marks = tuple(marks)
        self.setAccessibleName(
            f"{self._name}: " + ", ".join(f"{head} {mark.word}" for head, mark in self._marks)
        )
        self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._lay(width, None)

    def sizeHint(self) -> QSize:
        width = self.width() or 400
        return QSize(width, self._lay(width, None))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._lay(self.width(), painter)
        painter.end()

    def _lay(self, width: int, painter: QPainter | None) -> int:
        font = theme.font("caption")
        self.setFont(font)
        metrics = self.fontMetrics()
        x = y = 0
        line = theme.look().text_height + 12
        for head, mark in self._marks:
            chip = glyphs.chip(mark, self.devicePixelRatioF())
            size = chip.deviceIndependentSize().toSize()
            words = metrics.horizontalAdvance(head)
            whole = words + 6 + size.width()
            if x and x + whole > width:
                x, y = 0, y + line
            if painter is not None:
                painter.setFont(font)
                painter.setPen(theme.colour("text3"))
                painter.drawText(x, y, words + 2, line, int(Qt.AlignmentFlag.AlignVCenter), head)
                painter.drawPixmap(x + words + 6, y + (line - size.height()) // 2, chip)
            x += whole + 2 * GAP
        return y + line


class RecordHead(QWidget):
    """Breadcrumb, title, sentence beside it, and the acts of the record."""

    def __init__(
        self, back: str, on_back: Callable[[], object], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(2)
        crumb = QPushButton(f"‹ {back}")
        crumb.setProperty("kind", "link")
        crumb.setAutoDefault(False)
        crumb.setAccessibleName(f"Back to {back}")
        crumb.clicked.connect(on_back)
        page.addWidget(crumb, 0, Qt.AlignmentFlag.AlignLeading)
        row = QHBoxLayout()
        row.setSpacing(12)
        self.title = QLabel()
        self.title.setProperty("type", "title")
        self.title.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.subtitle = QLabel()
        self.subtitle.setProperty("tone", "muted")
        self.subtitle.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row.addWidget(self.title)
        row.addWidget(self.subtitle, 1)
        self.acts = QHBoxLayout()
        self.acts.setSpacing(8)
        row.addLayout(self.acts)
        page.addLayout(row)

    def add_act(
        self, words: str, act: Callable[[], object], *, primary: bool = False
    ) -> QPushButton:
        """Put a button at the end of the head."""
        button = QPushButton(words)
        button.setAutoDefault(False)
        if primary:
            button.setProperty("kind", "primary")
        button.clicked.connect(lambda _checked: act())
        self.acts.addWidget(button)
        return button


def link_button(words: str, act: Callable[[], object]) -> QPushButton:
    """A link: PO 5012, #202640."""
    button = QPushButton(words)
    button.setProperty("kind", "link")
    button.setAutoDefault(False)
    button.clicked.connect(lambda _checked: act())
    return button
