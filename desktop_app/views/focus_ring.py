"""One ring for keyboard focus, drawn by an overlay over each window (VIS-06)."""

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)
from shiboken6 import isValid

from desktop_app.views import theme

GAP = 3
WIDTH = 2
RADIUS = 8

# Fields thicken their own border, tables frame their current row.
OWN_MARK = (
    QLineEdit,
    QAbstractSpinBox,
    QComboBox,
    QPlainTextEdit,
    QTextEdit,
    QAbstractItemView,
)


class FocusRing(QWidget):
    """The overlay of one window: transparent for the mouse, follows its target about."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("focus-ring")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._watched: list[QObject] = []
        self.target: QWidget | None = None
        self.hide()

    def follow(self, target: QWidget | None) -> None:
        """Draw round this widget, or nothing."""
        for old in self._watched:
            if isValid(old):
                old.removeEventFilter(self)
        self._watched = []
        self.target = target
        if target is None:
            self.hide()
            return
        one: QWidget | None = target
        while one is not None and one is not self.parentWidget():
            one.installEventFilter(self)
            self._watched.append(one)
            one = one.parentWidget()
        self._settle()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (
            QEvent.Type.Move,
            QEvent.Type.Resize,
            QEvent.Type.Show,
            QEvent.Type.Hide,
        ):
            self._settle()
        return False

    def _settle(self) -> None:
        target, window = self.target, self.parentWidget()
        if window is None or target is None or not isValid(target) or not target.isVisible():
            self.hide()
            return
        corner = target.mapTo(window, QPoint(0, 0))
        margin = GAP + WIDTH
        box = QRect(corner, target.size()).adjusted(-margin, -margin, margin, margin)
        self.setGeometry(box)
        self.show()
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.colour("ring"), WIDTH))
        half = WIDTH / 2
        box = QRectF(self.rect()).adjusted(half, half, -half, -half)
        painter.drawRoundedRect(box, RADIUS, RADIUS)


class FocusRings(QObject):
    """One per program: gives every window its ring as the focus moves."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._rings: dict[QWidget, FocusRing] = {}
        app.focusChanged.connect(self._moved)

    def ring(self, window: QWidget) -> FocusRing | None:
        """The ring of a window, once it had keyboard focus."""
        found = self._rings.get(window)
        return found if found is not None and isValid(found) else None

    def _moved(self, _before: QWidget | None, now: QWidget | None) -> None:
        self._rings = {w: r for w, r in self._rings.items() if isValid(w) and isValid(r)}
        for ring in self._rings.values():
            ring.follow(None)
        if now is None or isinstance(now, OWN_MARK) or not _by_keyboard():
            return
        window = now.window()
        if window.windowType() == Qt.WindowType.Popup or now is window:
            return
        ring = self.ring(window) or FocusRing(window)
        self._rings[window] = ring
        ring.follow(now)


def _by_keyboard() -> bool:
    """A focus that moves while a mouse button is down was moved by the mouse."""
    return QApplication.mouseButtons() == Qt.MouseButton.NoButton
