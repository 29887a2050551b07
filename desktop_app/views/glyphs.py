"""Status glyphs as our own paths, and chips from a pixmap cache (VIS-04, LST-03).

The shapes are the same in rows, panes and cards: circle, half disc, disc with tick, triangle,
cross. A chip is quiet (glyph and grey word) unless its mark is `filled`.
"""

from PySide6.QtCore import QByteArray, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
    QPixmapCache,
    QPolygonF,
)
from PySide6.QtSvg import QSvgRenderer

from desktop_app.models.marks import Glyph, Mark
from desktop_app.views import theme
from desktop_app.views.icons import draw

CHIP_PADDING = 8
CHIP_GAP = 5


def paint_glyph(painter: QPainter, glyph: Glyph, box: QRectF, ink: QColor, ground: QColor) -> None:
    """Draw `glyph` filling the square `box` in `ink`; `ground` shows through the tick."""
    side = min(box.width(), box.height())
    box = QRectF(box.center().x() - side / 2, box.center().y() - side / 2, side, side)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    stroke = max(1.4, side / 9)
    inner = box.adjusted(stroke / 2, stroke / 2, -stroke / 2, -stroke / 2)
    painter.setPen(QPen(ink, stroke, c=Qt.PenCapStyle.RoundCap, j=Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if glyph in (Glyph.NONE, Glyph.PART):
        painter.drawEllipse(inner)
        if glyph is Glyph.PART:
            half = QPainterPath(box.center())
            half.arcTo(inner, 90, 180)
            half.closeSubpath()
            painter.fillPath(half, ink)
    elif glyph is Glyph.ALL:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        painter.drawEllipse(box)
        _line(painter, box, ground, stroke * 1.05, ((0.28, 0.52), (0.44, 0.68), (0.73, 0.35)))
    elif glyph is Glyph.PROBLEM:
        _triangle(painter, box, ink)
        _line(painter, box, ground, stroke, ((0.5, 0.40), (0.5, 0.62)))
        _line(painter, box, ground, stroke * 1.1, ((0.5, 0.78), (0.5, 0.785)))
    elif glyph is Glyph.REFUSED:
        _line(painter, box, ink, stroke * 1.3, ((0.2, 0.2), (0.8, 0.8)))
        _line(painter, box, ink, stroke * 1.3, ((0.8, 0.2), (0.2, 0.8)))
    elif glyph is Glyph.INFO:
        painter.drawEllipse(inner)
        _line(painter, box, ink, stroke, ((0.5, 0.46), (0.5, 0.72)))
        _line(painter, box, ink, stroke * 1.1, ((0.5, 0.29), (0.5, 0.295)))
    elif glyph is Glyph.DOT:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        painter.drawEllipse(box.center(), side * 0.34, side * 0.34)
    elif glyph is Glyph.NOTHING:
        _line(painter, box, ink, stroke, ((0.3, 0.5), (0.7, 0.5)))
    painter.restore()


def _line(
    painter: QPainter,
    box: QRectF,
    ink: QColor,
    width: float,
    points: tuple[tuple[float, float], ...],
) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(ink, width, c=Qt.PenCapStyle.RoundCap, j=Qt.PenJoinStyle.RoundJoin))
    painter.drawPolyline(_at(box, points))


def _triangle(painter: QPainter, box: QRectF, ink: QColor) -> None:
    painter.setBrush(ink)
    painter.setPen(QPen(ink, box.width() / 9, j=Qt.PenJoinStyle.RoundJoin))
    painter.drawPolygon(_at(box, ((0.5, 0.12), (0.95, 0.9), (0.05, 0.9))))


def _at(box: QRectF, points: tuple[tuple[float, float], ...]) -> QPolygonF:
    return QPolygonF(
        [QPointF(box.x() + x * box.width(), box.y() + y * box.height()) for x, y in points]
    )


def glyph_side(text_height: int) -> int:
    """Pixels of a status glyph beside text of this height."""
    return max(12, round(text_height * 0.8))


def ink_of(mark: Mark) -> QColor:
    """The colour of a mark's glyph: the status's own, or its tone."""
    return QColor(mark.colour) if mark.colour else theme.tone(mark.tone)[0]


def chip_size(mark: Mark, metrics: QFontMetrics) -> QSize:
    """Pixels that `chip()` needs for this mark."""
    wide = glyph_side(metrics.height()) + CHIP_GAP + metrics.horizontalAdvance(mark.word)
    padding = 2 * CHIP_PADDING if mark.filled else 0
    return QSize(wide + padding, metrics.height() + 4)


_kept: dict[tuple[Mark, float, bool, str, float, str], QPixmap] = {}
KEPT_MAX = 2000


def _kept_picture(kind: str, mark: Mark, ratio: float, *, selected: bool) -> QPixmap:
    """A picture of a mark, drawn once per look (LST-03)."""
    now = theme.look()
    key = (mark, ratio, selected, now.palette.name, now.base_pt, kind)
    found = _kept.get(key)
    if found is None:
        if len(_kept) >= KEPT_MAX:
            _kept.clear()
        draw_it = _draw_chip if kind == "chip" else _draw_pill
        found = _kept[key] = draw_it(mark, ratio, selected)
    return found


def chip(mark: Mark, ratio: float, *, selected: bool = False) -> QPixmap:
    """A mark as glyph and word, from the cache; filled ones on their tint."""
    return _kept_picture("chip", mark, ratio, selected=selected)


def pill(mark: Mark, ratio: float, *, selected: bool = False) -> QPixmap:
    """A mark as its glyph alone, on its tint when filled: the five statuses of a row."""
    return _kept_picture("pill", mark, ratio, selected=selected)


def _blank(size: QSize, ratio: float) -> QPixmap:
    made = QPixmap(size * ratio)
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    return made


def _draw_chip(mark: Mark, ratio: float, selected: bool) -> QPixmap:
    font = theme.font("body")
    size = chip_size(mark, QFontMetrics(font))
    made = _blank(size, ratio)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(font)
    paint_mark(painter, mark, QRect(0, 0, size.width(), size.height()), selected=selected)
    painter.end()
    return made


def _draw_pill(mark: Mark, ratio: float, selected: bool) -> QPixmap:
    side = glyph_side(theme.look().text_height)
    size = QSize(side + 16, side + 8)
    made = _blank(size, ratio)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    ground = theme.colour("selection" if selected else "surface")
    if mark.filled:
        ground = theme.tone(mark.tone)[1]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        half = size.height() / 2
        painter.drawRoundedRect(QRectF(0, 0, size.width(), size.height()), half, half)
    paint_glyph(painter, mark.glyph, QRectF(8, 4, side, side), ink_of(mark), ground)
    painter.end()
    return made


def paint_mark(painter: QPainter, mark: Mark, box: QRect, *, selected: bool) -> None:
    """Paint a chip into `box` with the painter's font; mirrored in right-to-left layouts."""
    ink, tint = theme.tone(mark.tone)
    ground = tint if mark.filled else theme.colour("selection" if selected else "surface")
    left = box.x()
    if mark.filled:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tint)
        painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        left += CHIP_PADDING
    side = glyph_side(painter.fontMetrics().height())
    at = QRectF(left, box.y() + (box.height() - side) / 2, side, side)
    if mark.glyph in (Glyph.LORRY, Glyph.DROP_SHIP):
        _icon_glyph(painter, mark, at)
    else:
        paint_glyph(painter, mark.glyph, at, ink_of(mark), ground)
    word = theme.colour("on_selection" if selected else "text2")
    painter.setPen(ink if mark.filled else word)
    text = QRect(left + side + CHIP_GAP, box.y(), box.width(), box.height())
    painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, mark.word)


def _icon_glyph(painter: QPainter, mark: Mark, at: QRectF) -> None:
    name = "truck" if mark.glyph is Glyph.LORRY else "house"
    draw(painter, name, ink_of(mark).name().upper(), at.toRect().topLeft(), round(at.width()))


def drawing(svg: str, side: int, ratio: float) -> QPixmap:
    """An SVG text of `views.indicators` as a square pixmap; cached."""
    key = f"drawing/{hash(svg)}/{side}@{ratio:.2f}"
    found = QPixmap()
    if QPixmapCache.find(key, found):
        return found
    made = _blank(QSize(side, side), ratio)
    painter = QPainter(made)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, side, side))
    painter.end()
    QPixmapCache.insert(key, made)
    return made
