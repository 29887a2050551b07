"""Painting of the rows of a big list, column by column (LST-01 to LST-08, ux 5.1).

Through Qt's own loop each cell costs an index, an option and a call; here a column sets its font
once and a row's ground is one rectangle. What a cell looks like is that of `delegates`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QPainter

from desktop_app.models.columns import Column
from desktop_app.views import glyphs
from desktop_app.views.delegates import (
    TICK,
    RowState,
    paint_bar,
    paint_chip,
    paint_ground,
    paint_tick,
    paint_waiting,
    slot_of,
    text_painter,
)
from desktop_app.views.tokens import CELL_PADDING


@dataclass(frozen=True, slots=True)
class Line:
    """A row on the screen: position, top edge, the record and its texts when loaded, state."""

    at: int
    y: int
    row: Any
    texts: Sequence[str]
    state: RowState


@dataclass(frozen=True, slots=True)
class Strip:
    """A column on the screen: logical number, left edge and width."""

    number: int
    column: Column[Any]
    x: int
    width: int


def paint_rows(
    painter: QPainter,
    lines: Sequence[Line],
    strips: Sequence[Strip],
    height: int,
    *,
    first: int,
    hovered: tuple[int, int],
    mirrored: bool,
) -> None:
    """Paint rows of one height. `first`: the column at the leading edge; `hovered`: a link."""
    if not strips:
        return
    left = min(strip.x for strip in strips)
    wide = max(strip.x + strip.width for strip in strips) - left
    for line in lines:
        paint_ground(painter, QRect(left, line.y, wide, height), line.state)
    loaded = [line for line in lines if line.row is not None]
    for strip in strips:
        if strip.number == first:
            for line in lines:
                if line.state.chosen:
                    paint_bar(painter, _box(strip, line, height), mirrored=mirrored)
        if strip.column.key == TICK:
            _ticks(painter, lines, strip, height)
        elif strip.column.marks is not None:
            _glyphs(painter, loaded, strip, height, mirrored=mirrored)
        else:
            _texts(painter, loaded, strip, height, hovered, mirrored=mirrored)
    for line in lines:
        if line.row is None:
            for strip in strips:
                if strip.column.key != TICK:
                    _waiting(painter, line, strip, height)


def _box(strip: Strip, line: Line, height: int) -> QRect:
    return QRect(strip.x, line.y, strip.width, height)


def _inner(strip: Strip, line: Line, height: int) -> QRect:
    return QRect(strip.x + CELL_PADDING, line.y, strip.width - 2 * CELL_PADDING, height)


def _ticks(painter: QPainter, lines: Sequence[Line], strip: Strip, height: int) -> None:
    for line in lines:
        on = Qt.CheckState.Checked if line.state.chosen else Qt.CheckState.Unchecked
        paint_tick(painter, _box(strip, line, height), on)


def _waiting(painter: QPainter, line: Line, strip: Strip, height: int) -> None:
    painter.save()
    box = _box(strip, line, height)
    paint_waiting(painter, box, line.at, strip.number, strip.column, broken=line.state.broken)
    painter.restore()


def _texts(
    painter: QPainter,
    lines: Sequence[Line],
    strip: Strip,
    height: int,
    hovered: tuple[int, int],
    *,
    mirrored: bool,
) -> None:
    column, number = strip.column, strip.number
    room = strip.width - 2 * CELL_PADDING
    draw = text_painter(painter, column, room, height, mirrored=mirrored)
    hot = None
    for line in lines:
        if column.mark is not None and (mark := column.mark(line.row)) is not None:
            inner = _inner(strip, line, height)
            paint_chip(painter, inner, mark, column.align, line.state, mirrored=mirrored)
        elif column.link and hovered == (line.at, number):
            hot = line
        elif line.texts[number]:
            draw(strip.x + CELL_PADDING, line.y, line.texts[number], line.state.chosen)
    if hot is not None:
        draw = text_painter(painter, column, room, height, hot=True, mirrored=mirrored)
        draw(strip.x + CELL_PADDING, hot.y, hot.texts[number], hot.state.chosen)


def _glyphs(
    painter: QPainter, lines: Sequence[Line], strip: Strip, height: int, *, mirrored: bool
) -> None:
    ratio = painter.device().devicePixelRatioF()
    slots: list[QRect] = []
    for line in lines:
        assert strip.column.marks is not None
        marks = strip.column.marks(line.row)
        if len(slots) != len(marks):
            inner = QRect(strip.x + CELL_PADDING, 0, strip.width - 2 * CELL_PADDING, height)
            slots = [
                slot_of(inner, number, len(marks), mirrored=mirrored)
                for number in range(len(marks))
            ]
        for mark, slot in zip(marks, slots, strict=True):
            made = glyphs.pill(mark, ratio, selected=line.state.chosen)
            x = round(slot.x() + (slot.width() - made.width() / ratio) / 2)
            y = round(line.y + (height - made.height() / ratio) / 2)
            painter.drawPixmap(QPoint(x, y), made)
