"""Cells that look like fields and are typed into: the border, and the keys that leave them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen

from desktop_app.models.marks import Tone
from desktop_app.views import theme, tokens
from desktop_app.views.icons import draw

PENCIL = 14
STEPS = {Qt.Key.Key_Return: 1, Qt.Key.Key_Enter: 1, Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}


def paint_field(
    painter: QPainter, box: QRect, *, edited: bool, wrong: bool, out: bool = False
) -> QColor:
    """Draw a field's border: thick with a pencil where a person typed. Returns the text colour."""
    edge, width = theme.colour("hairline" if out else "control"), 1.0
    if wrong:
        edge, width = theme.tone(Tone.WRONG)[0], 2.0
    elif edited:
        edge, width = theme.colour("mark"), 2.0
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(edge, width))
    painter.setBrush(QColor(Qt.GlobalColor.transparent) if out else theme.colour("surface"))
    inner = QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5)
    painter.drawRoundedRect(inner, tokens.FIELD_RADIUS, tokens.FIELD_RADIUS)
    if edited or wrong:
        at = QPoint(box.x() + 6, box.center().y() - PENCIL // 2 + 1)
        draw(painter, "pencil", edge.name().upper(), at, PENCIL)
    return theme.tone(Tone.WRONG)[0] if wrong else theme.colour("text")


def step_of(event: QEvent) -> int:
    """Rows to move after leaving the editor: Enter and Down 1, Up -1, other keys 0 (BPO-11)."""
    if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
        return 0
    plain = event.modifiers() in {
        Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier,
    }  # fmt: skip
    return STEPS.get(Qt.Key(event.key()), 0) if plain else 0
