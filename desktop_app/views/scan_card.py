"""The answer to a scan, painted to be read from two metres (PR-03, RCV-04, MIC-04).

Verdict by word, shape and colour; item code and running count in digits of 40 px and more. The
count slides in and the ground flashes, unless the system asks for no animation.
"""

from PySide6.QtCore import QEasingCurve, QPointF, QRect, QRectF, QSize, Qt, QVariantAnimation
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QColor,
    QFont,
    QFontMetrics,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QStyle, QWidget

from desktop_app.models.scan_answer import Answer, CardTone, ScanEvent
from desktop_app.views import theme
from desktop_app.views.tokens import CARD_RADIUS

EASE_MS = 120
GLOW = 118
"""Per cent of the ground's lightness at first; it settles on its full strength."""

LEFT_TO_RIGHT = "\N{LEFT-TO-RIGHT MARK}"
PADDING = 20
SLIDE = 8
_GROUNDS = {
    CardTone.ACCEPTED: "scan_accepted",
    CardTone.EXTRA: "scan_extra",
    CardTone.REFUSED: "scan_refused",
    CardTone.BIN: "accent",
}
_TICK = ((0.14, 0.54), (0.40, 0.80), (0.88, 0.22))
_CROSS = (((0.18, 0.18), (0.82, 0.82)), ((0.82, 0.18), (0.18, 0.82)))
_ARROW = (((0.08, 0.5), (0.9, 0.5)), ((0.56, 0.16), (0.9, 0.5), (0.56, 0.84)))
_BANG = (((0.5, 0.08), (0.5, 0.62)), ((0.5, 0.88), (0.5, 0.89)))


class ScanCard(QWidget):
    """Shows one `Answer`; `show_answer` again for the next, also for the same one twice."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("scan-card")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._answer = Answer(ScanEvent.READY, "Ready")
        self._ease = QVariantAnimation(self)
        self._ease.setStartValue(1.0)
        self._ease.setEndValue(0.0)
        self._ease.setDuration(EASE_MS)
        self._ease.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._ease.valueChanged.connect(self._eased)
        self._fresh = 0.0
        theme.changes().changed.connect(self._relook)
        self._say()

    @property
    def answer(self) -> Answer:
        """What the card shows now."""
        return self._answer

    def show_answer(self, answer: Answer) -> None:
        """Put the answer on at once; a bounce leaves the card as it is."""
        if answer.event is ScanEvent.BOUNCE:
            return
        self._answer = answer
        self._ease.stop()
        self._fresh = 0.0
        moves = self.isVisible() and self._may_move() and not answer.quiet
        if moves and answer.tone is not CardTone.WAITING:
            self._fresh = 1.0
            self._ease.start()
        self._say()
        self.repaint()

    def sizeHint(self) -> QSize:
        count = QFontMetrics(theme.font("scan-count"))
        sub = QFontMetrics(theme.font("scan-sub"))
        return QSize(480, max(128, count.capHeight() + sub.height() * 2 + PADDING * 2))

    def minimumSizeHint(self) -> QSize:
        return QSize(320, self.sizeHint().height())

    def _may_move(self) -> bool:
        hint = QStyle.StyleHint.SH_Widget_Animation_Duration
        return self.style().styleHint(hint, None, self) > 0

    def _eased(self, value: float) -> None:
        self._fresh = value
        self.update()

    def _relook(self) -> None:
        self.updateGeometry()
        self.update()

    def _say(self) -> None:
        self.setAccessibleName("Answer to the last scan")
        self.setAccessibleDescription(self._answer.spoken)
        if self.isVisible() and QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, self._answer.spoken))

    # -- painting -----------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink, soft = self._ground(painter)
        inner = self.rect().adjusted(PADDING, 10, -PADDING, -10)
        taken = self._paint_count(painter, inner, ink, soft)
        room = QRect(inner)
        room.setWidth(inner.width() - taken)
        self._paint_words(painter, room, ink, soft)
        painter.end()

    def _mirrored(self, box: QRect, whole: QRect) -> QRect:
        return QStyle.visualRect(self.layoutDirection(), whole, box)

    def _ground(self, painter: QPainter) -> tuple[QColor, QColor]:
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        name = _GROUNDS.get(self._answer.tone)
        if name is None:
            painter.setPen(QPen(theme.colour("hairline"), 1))
            painter.setBrush(theme.colour("surface"))
            painter.drawRoundedRect(box, CARD_RADIUS, CARD_RADIUS)
            return theme.colour("text"), theme.colour("text2")
        full = theme.colour(name)
        glow = full.lighter(GLOW)
        share = self._fresh
        mixed = QColor(
            round(full.red() + (glow.red() - full.red()) * share),
            round(full.green() + (glow.green() - full.green()) * share),
            round(full.blue() + (glow.blue() - full.blue()) * share),
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(mixed)
        painter.drawRoundedRect(box, CARD_RADIUS, CARD_RADIUS)
        white = theme.colour("on_scan")
        return white, white

    def _paint_count(self, painter: QPainter, inner: QRect, ink: QColor, soft: QColor) -> int:
        """Paint the running count at the end of the line; returns the width it takes."""
        shown = self._answer
        if not shown.big:
            return 0
        count, beside = theme.font("scan-count"), theme.font("scan-head")
        wide = QFontMetrics(count).horizontalAdvance(shown.big)
        small = QFontMetrics(beside).horizontalAdvance(shown.beside) + 14 if shown.beside else 0
        width = wide + small
        box = QRect(inner.right() - width + 1, inner.top(), width, inner.height())
        digits = QRect(box.left(), box.top(), wide, box.height())
        slid = round(SLIDE * self._fresh)
        painter.setPen(ink)
        painter.setFont(count)
        base = box.center().y() + QFontMetrics(count).capHeight() / 2 + slid
        at = self._mirrored(digits, inner)
        painter.drawText(QPointF(at.left(), base), shown.big)
        painter.setPen(soft)
        painter.setFont(beside)
        beside_box = QRect(digits.right() + 15, box.top(), small, box.height())
        at = self._mirrored(beside_box, inner)
        painter.drawText(QPointF(at.left(), base - slid), shown.beside)
        return width + 28

    def _paint_words(self, painter: QPainter, room: QRect, ink: QColor, soft: QColor) -> None:
        shown = self._answer
        head, sub = theme.font("scan-head"), theme.font("scan-sub")
        code = QFont(head)
        for words in (head, sub, code):
            words.unsetFeature(QFont.Tag("tnum"))  # it makes the hyphens of codes as wide as digits
        code.setPointSizeF(head.pointSizeF() * 1.45)
        lines = [(shown.word, head, ink)]
        if shown.head:
            lines.append((shown.head, code, ink))
        # The mark keeps "+1" from becoming "1+" in right-to-left windows.
        delta = f"{LEFT_TO_RIGHT}{shown.delta}{LEFT_TO_RIGHT}" if shown.delta else ""
        below = "   ".join(part for part in (delta, shown.sub) if part)
        if below:
            lines.append((below, sub, soft))
        heights = [QFontMetrics(font).height() for _, font, _ in lines]
        side = QFontMetrics(head).capHeight() + 8
        gap = 2
        top = room.top() + (room.height() - sum(heights) - gap * (len(lines) - 1)) // 2
        for number, ((text, font, colour), tall) in enumerate(zip(lines, heights, strict=True)):
            left = room.left()
            if number == 0 and shown.tone is not CardTone.WAITING:
                box = QRect(left, top + (tall - side) // 2, side, side)
                self._paint_glyph(painter, self._mirrored(box, self.rect()), ink)
                left += side + 12
            line = QRect(left, top, room.right() - left, tall)
            painter.setFont(font)
            painter.setPen(colour)
            said = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, line.width())
            start = QStyle.visualAlignment(
                self.layoutDirection(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            )
            painter.drawText(self._mirrored(line, self.rect()), int(start), said)
            top += tall + gap

    def _paint_glyph(self, painter: QPainter, box: QRect, ink: QColor) -> None:
        strokes = {
            CardTone.ACCEPTED: (_TICK,),
            CardTone.EXTRA: _BANG,
            CardTone.REFUSED: _CROSS,
            CardTone.BIN: _ARROW,
        }[self._answer.tone]
        width = max(3.0, box.width() / 6)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(ink, width, c=Qt.PenCapStyle.RoundCap, j=Qt.PenJoinStyle.RoundJoin))
        for points in strokes:
            painter.drawPolyline(
                QPolygonF(
                    [
                        QPointF(box.x() + x * box.width(), box.y() + y * box.height())
                        for x, y in points
                    ]
                )
            )
