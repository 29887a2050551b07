"""Lucide icons, coloured from a token when they are drawn (VIS-04).

`icon("truck")` follows the theme by itself: the engine asks for the colour at paint time.
"""

from functools import cache

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer

from desktop_app.paths import resource
from desktop_app.views import theme


@cache
def _source(name: str) -> str:
    return resource("icons", f"{name}.svg").read_text(encoding="utf-8")


def names() -> list[str]:
    """Every icon that ships."""
    return sorted(file.stem for file in resource("icons").glob("*.svg"))


def picture(name: str, role: str, size: QSize, ratio: float) -> QPixmap:
    """One icon in palette token `role` (or "#RRGGBB"); `size` in logical pixels; cached."""
    colour = role if role.startswith("#") else getattr(theme.look().palette, role)
    key = f"icon/{name}/{colour}/{size.width()}x{size.height()}@{ratio:.2f}"
    found = QPixmap()
    if QPixmapCache.find(key, found):
        return found
    made = QPixmap(size * ratio)
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    side = min(size.width(), size.height())
    box = QRectF((size.width() - side) / 2, (size.height() - side) / 2, side, side)
    painter = QPainter(made)
    text = _source(name).replace("currentColor", colour)
    QSvgRenderer(QByteArray(text.encode())).render(painter, box)
    painter.end()
    QPixmapCache.insert(key, made)
    return made


class _TokenEngine(QIconEngine):
    """Draws one icon in the colour its role has now, dimmed when disabled."""

    def __init__(self, name: str, role: str) -> None:
        super().__init__()
        self._name, self._role = name, role

    def clone(self) -> QIconEngine:
        return _TokenEngine(self._name, self._role)

    def _role_for(self, mode: QIcon.Mode) -> str:
        return "disabled" if mode == QIcon.Mode.Disabled else self._role

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, _state: QIcon.State) -> None:
        ratio = painter.device().devicePixelRatioF()
        painter.drawPixmap(rect, picture(self._name, self._role_for(mode), rect.size(), ratio))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self.scaledPixmap(size, mode, state, 1.0)

    def scaledPixmap(
        self, size: QSize, mode: QIcon.Mode, _state: QIcon.State, scale: float
    ) -> QPixmap:
        logical = QSize(round(size.width() / scale), round(size.height() / scale))
        return picture(self._name, self._role_for(mode), logical, scale)


def icon(name: str, role: str = "text2") -> QIcon:
    """The icon `name` of resources/icons in the colour of palette token `role`."""
    _source(name)  # a wrong name fails here, not while painting
    return QIcon(_TokenEngine(name, role))


def draw(painter: QPainter, name: str, role: str, at: QPoint, side: int) -> None:
    """Paint an icon inside a delegate, `side` logical pixels square."""
    ratio = painter.device().devicePixelRatioF()
    painter.drawPixmap(at, picture(name, role, QSize(side, side), ratio))
