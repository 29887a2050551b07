"""A band above a form that says something and offers what can be done about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from desktop_app.models.marks import Tone
from desktop_app.views import theme, tokens
from desktop_app.views.icons import picture

Act = tuple[str, Callable[[], object]]
ICONS = {
    "part": "triangle-alert",
    "wrong": "triangle-alert",
    "info": "info",
    "done": "circle-check",
}
SIDE = 16


class Notice(QFrame):
    """Hidden until it has something to say. ``tone``: info, part, wrong or done."""

    link_activated = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(tokens.CARD_PADDING, 6, 6, 6)
        self._row.setSpacing(tokens.RELATED_GAP)
        self.picture = QLabel(self)
        self.picture.setFixedSize(SIDE, SIDE)
        self._row.addWidget(self.picture)
        self.label = QLabel(self)
        self.label.setWordWrap(True)
        self.label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.label.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.LinksAccessibleByMouse
        )
        self.label.linkActivated.connect(self.link_activated)
        self._row.addWidget(self.label, 1)
        self.buttons: list[QPushButton] = []
        self._said = ""
        theme.changes().changed.connect(self._draw)
        self.hide()

    def say(self, tone: str, text: str, acts: Sequence[Act] = ()) -> None:
        """Show a sentence (plain or with links) and its buttons; announce it when it is new."""
        self.setProperty("notice", tone)
        theme.restyle(self)
        theme.restyle(self.label)
        self._draw()
        self.label.setText(text)
        if [b.text() for b in self.buttons] != [words for words, _ in acts]:
            self._replace(acts)
        else:
            for button, (_, act) in zip(self.buttons, acts, strict=True):
                button.clicked.disconnect()
                button.clicked.connect(lambda _checked=False, act=act: act())
        self.show()
        if text != self._said:
            self._said = text
            event = QAccessibleAnnouncementEvent(self, text)
            QAccessible.updateAccessibility(event)

    def _draw(self) -> None:
        """Draw the picture in the ink of its tone, also when the theme changes."""
        if tone := self.property("notice"):
            ink = theme.look().palette.statuses[Tone(tone)].text
            ratio = self.devicePixelRatioF()
            self.picture.setPixmap(picture(ICONS[tone], ink, QSize(SIDE, SIDE), ratio))

    def clear(self) -> None:
        """Take it away."""
        self._said = ""
        self.hide()

    def _replace(self, acts: Sequence[Act]) -> None:
        for button in self.buttons:
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = []
        for words, act in acts:
            button = QPushButton(words, self)
            button.setAutoDefault(False)
            button.clicked.connect(lambda _checked=False, act=act: act())
            self._row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
            self.buttons.append(button)
