"""Where the window was, and what stands there while the rest of the program is loaded."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from desktop_app.config import Workstation

NAME = "Backroom"
FIRST = (1440, 900)
SEEN_PX_MIN = 200
"""So much of a remembered window must be on a screen that is still there (MIC-07)."""


def put_back(window: QWidget, config: Workstation) -> None:
    """Put a window where the main window was, on a screen that is still there."""
    screens = [screen.availableGeometry() for screen in QGuiApplication.screens()]
    kept = QRect(*config.geometry) if len(config.geometry) == 4 else QRect()
    if any(screen.intersected(kept).width() > SEEN_PX_MIN for screen in screens):
        window.setGeometry(kept)
    else:
        room = screens[0] if screens else QRect(0, 0, *FIRST)
        window.resize(min(FIRST[0], room.width()), min(FIRST[1], room.height()))
    if config.maximised:
        window.setWindowState(Qt.WindowState.WindowMaximized)


class Curtain(QWidget):
    """The empty window of the first moment: the program answers before it is loaded (ux 5.1)."""

    def __init__(self, config: Workstation) -> None:
        super().__init__()
        self.setWindowTitle(NAME)
        self.setProperty("ground", "window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.words = QLabel("Opening…", self)
        self.words.setProperty("tone", "muted")
        column = QVBoxLayout(self)
        column.addWidget(self.words, 0, Qt.AlignmentFlag.AlignCenter)
        put_back(self, config)
