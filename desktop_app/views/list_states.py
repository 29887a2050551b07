"""What stands where rows would be: nothing yet, nothing found, loading, an error (ux 3.13)."""

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop_app.views import icons, theme
from desktop_app.views.tokens import RELATED_GAP

STILL_MS = 1000


class ListState(QWidget):
    """A picture, a sentence and up to three ways on, in the middle of the list."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(self)
        column.setSpacing(RELATED_GAP)
        column.addStretch(2)
        self._icon = ""
        self._picture = QLabel(self)
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._title = QLabel(self)
        self._title.setProperty("type", "section")
        self._text = QLabel(self)
        self._text.setProperty("tone", "muted")
        self._text.setWordWrap(True)
        for label in (self._picture, self._title, self._text):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(label)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(RELATED_GAP)
        column.addSpacing(RELATED_GAP)
        column.addLayout(self._buttons)
        column.addStretch(3)
        theme.changes().changed.connect(self._draw)

    def show_state(
        self,
        picture: str,
        title: str,
        text: str = "",
        ways: dict[str, Callable[[], object]] | None = None,
    ) -> None:
        """Say what is the case; the first way on is a button, the others are links."""
        self._icon = picture
        self._draw()
        self._title.setText(title)
        self._text.setText(text)
        self._text.setVisible(bool(text))
        while (item := self._buttons.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        self._buttons.addStretch(1)
        for number, (words, then) in enumerate((ways or {}).items()):
            button = QPushButton(words, self)
            button.setAutoDefault(False)
            if number:
                button.setProperty("kind", "link")
            button.clicked.connect(lambda _checked, go=then: go())
            self._buttons.addWidget(button)
        self._buttons.addStretch(1)
        self.show()
        self.raise_()

    def _draw(self) -> None:
        """Draw the picture in the ink of the theme that is on."""
        if self._icon:
            self._picture.setPixmap(icons.icon(self._icon, "text3").pixmap(40, 40))

    def title(self) -> str:
        """The sentence it shows."""
        return self._title.text()


class StillLoading(QLabel):
    """A line "still loading" that appears after a second of waiting."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Still loading…", parent)
        self.setProperty("tone", "hint")
        self._late = QTimer(self, singleShot=True, interval=STILL_MS)
        self._late.timeout.connect(self.show)
        self.hide()

    def follow(self, busy: bool) -> None:
        """Start or stop waiting."""
        if busy:
            self._late.start()
        else:
            self._late.stop()
            self.hide()
