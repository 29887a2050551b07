"""The head of the receive page: what is counted and where, saved when, sound, and the rest of the acts."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from desktop_app.views import icons
from desktop_app.views.sounds import Sounds
from desktop_app.views.tokens import SCAN_CONTROL


class ReceiveHead(QWidget):
    """``log_wanted`` and ``discard_wanted`` from its menu; the sound it switches itself."""

    log_wanted = Signal()
    discard_wanted = Signal()

    def __init__(self, title: str, sounds: Sounds, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sounds = sounds
        self.heading = QLabel(title)
        self.heading.setProperty("type", "title")
        self.place = QLabel()
        self.place.setProperty("tone", "muted")
        self.place.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.saved = QLabel()
        self.saved.setProperty("tone", "muted")
        self.sound = QPushButton()
        self.sound.setProperty("kind", "quiet")
        self.sound.setProperty("touch", "scan")
        self.sound.setAutoDefault(False)
        self.sound.setIconSize(QSize(20, 20))
        self.sound.clicked.connect(self._switch_sound)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.heading)
        row.addWidget(self.place, 1)
        row.addWidget(self.saved)
        row.addWidget(self.sound)
        row.addWidget(self._more())
        sounds.enabled_changed.connect(lambda _on: self._show_sound())
        self._show_sound()

    def _more(self) -> QToolButton:
        self.more = QToolButton()
        self.more.setIcon(icons.icon("ellipsis"))
        self.more.setIconSize(QSize(20, 20))
        self.more.setAccessibleName("More")
        self.more.setToolTip("More")
        self.more.setMinimumSize(SCAN_CONTROL, SCAN_CONTROL)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.more)
        log = menu.addAction(icons.icon("list-checks"), "Scan log…")
        log.triggered.connect(lambda _checked: self.log_wanted.emit())
        self.discard = menu.addAction(icons.icon("trash-2"), "Discard this count…")
        self.discard.triggered.connect(lambda _checked: self.discard_wanted.emit())
        self.more.setMenu(menu)
        return self.more

    def _switch_sound(self) -> None:
        self._sounds.enabled = not self._sounds.enabled

    def _show_sound(self) -> None:
        on = self._sounds.enabled
        self.sound.setText(" Sound on" if on else " Sound off")
        self.sound.setIcon(icons.icon("volume-2" if on else "volume-x"))
        self.sound.setAccessibleName("Sound on" if on else "Sound off")
        self.sound.setToolTip("Switch the sounds of scanning off" if on else "Switch the sounds on")
