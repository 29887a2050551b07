"""Painting of table cells: text, chips, glyph columns, ticks, grey bars (LST-01 to LST-08).

One painter for the big lists and the small tables in dialogs. Row grounds, the leading bar of a
chosen row and the hairline are drawn here; the frame of the current row is the view's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from PySide6.QtCore import (
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QStaticText
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from desktop_app.models.columns import Align, Column
from desktop_app.models.marks import Mark, Tone
from desktop_app.views import glyphs, theme
from desktop_app.views.indicators import drawing
from desktop_app.views.tokens import CELL_PADDING, LEADING_BAR, TICK_SIZE

TICK = "tick"
NOT_LOADED = "not loaded – retry"
RUNS_KEPT = 8_000
"""Texts that are kept laid out: some twenty screens of the widest list."""


@dataclass(frozen=True, slots=True)
class RowState:
    """How a row is drawn."""

    chosen: bool = False
    hovered: bool = False
    tinted: bool = False
    broken: bool = False


class Rows(Protocol):
    """What a painted table's model offers beside Qt's interface."""

    columns: Any

    def row_at(self, row: int) -> Any: ...
    def text(self, row: int, column: int) -> str | None: ...


class RowView(Protocol):
    """What a painted table's view knows about a row."""

    def row_state(self, row: int) -> RowState: ...
    def is_first_shown(self, column: int) -> bool: ...
    def hovered_cell(self) -> tuple[int, int]: ...


class CellDelegate(QStyledItemDelegate):
    """Paints every cell of a view that offers `row_state` over a model that offers `columns`."""

    def __init__(self, view: RowView, parent: QObject) -> None:
        super().__init__(parent)
        self._view = view

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(40, theme.look().row)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        model: Any = index.model()
        at, number = index.row(), index.column()
        column: Column[Any] = model.columns[number]
        state = self._view.row_state(at)
        box: QRect = option.rect
        mirrored = option.direction == Qt.LayoutDirection.RightToLeft
        paint_ground(painter, box, state)
        if state.chosen and self._view.is_first_shown(number):
            paint_bar(painter, box, mirrored=mirrored)
        row = model.row_at(at)
        if column.key == TICK:
            paint_tick(
                painter, box, Qt.CheckState.Checked if state.chosen else Qt.CheckState.Unchecked
            )
            return
        if row is None:
            paint_waiting(painter, box, at, number, column, broken=state.broken)
            return
        inner = box.adjusted(CELL_PADDING, 0, -CELL_PADDING, 0)
        if column.marks is not None:
            paint_glyphs(painter, inner, list(column.marks(row)), state, mirrored=mirrored)
        elif column.mark is not None and (mark := column.mark(row)) is not None:
            paint_chip(painter, inner, mark, column.align, state, mirrored=mirrored)
        else:
            hot = column.link and self._view.hovered_cell() == (at, number)
            text = model.text(at, number) or ""
            paint_text(painter, inner, text, column, state, hot=hot, mirrored=mirrored)


def paint_ground(painter: QPainter, box: QRect, state: RowState) -> None:
    """Fill a cell's ground, where it is not the view's own, and its hairline."""
    if state.chosen:
        painter.fillRect(box, theme.colour("selection"))
    elif state.tinted:
        painter.fillRect(box, theme.tone(Tone.INFO)[1])
    elif state.hovered:
        painter.fillRect(box, theme.colour("hover"))
    painter.fillRect(box.x(), box.bottom(), box.width(), 1, theme.colour("hairline"))


def paint_bar(painter: QPainter, box: QRect, *, mirrored: bool) -> None:
    """Draw the leading bar of a chosen row into its first cell."""
    bar = QRect(box.x(), box.y(), LEADING_BAR, box.height() - 1)
    if mirrored:
        bar.moveRight(box.right())
    painter.fillRect(bar, theme.colour("mark"))


def paint_text(
    painter: QPainter,
    box: QRect,
    text: str,
    column: Column[Any],
    state: RowState,
    *,
    hot: bool = False,
    mirrored: bool = False,
) -> None:
    """Draw a cell's text; elided at the end unless the column is `fixed` (LST-08)."""
    if text:
        draw = text_painter(painter, column, box.width(), box.height(), hot=hot, mirrored=mirrored)
        draw(box.x(), box.y(), text, state.chosen)


def text_painter(
    painter: QPainter,
    column: Column[Any],
    room: int,
    height: int,
    *,
    hot: bool = False,
    mirrored: bool = False,
) -> Callable[[int, int, str, bool], None]:
    """Set the painter up for the texts of a column; give what draws one: (x, y, text, chosen)."""
    words = column.align is Align.START and not column.fixed
    style = "strong" if column.strong else "body"
    base_pt = theme.look().base_pt
    painter.setFont(_font(style, base_pt, hot, words)[0])
    role = "link" if hot else "text2" if column.muted else "text"
    inks = theme.colour(role), theme.colour(role if hot else "on_selection")
    most = None if column.fixed else room
    # The share of the spare width that is before the text.
    share = {Align.START: 0.0, Align.CENTRE: 0.5, Align.END: 1.0}[column.align]
    share = 1 - share if mirrored else share
    pen: list[QColor] = []

    def draw(x: int, y: int, text: str, chosen: bool) -> None:
        ink = inks[chosen]
        if not pen or pen[0] is not ink:
            pen[:] = [ink]
            painter.setPen(ink)
        made, wide, high = _run(text, style, base_pt, hot, words, most)
        painter.drawStaticText(QPointF(x + (room - wide) * share, y + (height - high) // 2), made)

    return draw


@lru_cache(maxsize=RUNS_KEPT)
def _run(
    text: str, style: str, base_pt: float, hot: bool, words: bool, most: int | None
) -> tuple[QStaticText, float, int]:
    """A text laid out once, elided to `most` pixels, with its width and its height."""
    font, metrics = _font(style, base_pt, hot, words)
    text = text.replace("\n", " ")
    if most is not None and metrics.horizontalAdvance(text) > most:
        text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, most)
    made = QStaticText(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.prepare(font=font)
    return made, made.size().width(), metrics.height()


def paint_chip(
    painter: QPainter, box: QRect, mark: Mark, align: Align, state: RowState, *, mirrored: bool
) -> None:
    """Draw one mark as a chip from the cache."""
    made = glyphs.chip(mark, painter.device().devicePixelRatioF(), selected=state.chosen)
    size = made.deviceIndependentSize().toSize()
    x = box.x() if (align is Align.START) != mirrored else box.right() + 1 - size.width()
    if align is Align.CENTRE:
        x = box.center().x() - size.width() // 2
    at = QPoint(x, box.y() + (box.height() - size.height()) // 2)
    if size.width() <= box.width():
        painter.drawPixmap(at, made)
        return
    painter.save()
    painter.setClipRect(box)
    painter.drawPixmap(at, made)
    painter.restore()


def paint_glyphs(
    painter: QPainter, box: QRect, marks: list[Mark], state: RowState, *, mirrored: bool
) -> None:
    """Draw several statuses as glyphs side by side; those that want a person on their tint."""
    ratio = painter.device().devicePixelRatioF()
    for number, mark in enumerate(marks):
        slot = slot_of(box, number, len(marks), mirrored=mirrored)
        made = glyphs.pill(mark, ratio, selected=state.chosen)
        size = made.deviceIndependentSize()
        x = slot.x() + (slot.width() - size.width()) / 2
        y = slot.y() + (slot.height() - size.height()) / 2
        painter.drawPixmap(QPoint(round(x), round(y)), made)


def slot_of(box: QRect, number: int, count: int, *, mirrored: bool) -> QRect:
    """The part of a compound column that belongs to one of its glyphs."""
    wide = box.width() / max(count, 1)
    place = count - 1 - number if mirrored else number
    return QRect(round(box.x() + place * wide), box.y(), round(wide), box.height())


def paint_tick(painter: QPainter, box: QRect, state: Qt.CheckState) -> None:
    """Draw our own box in the middle of the 36 px tick column."""
    name = {
        Qt.CheckState.Checked: "check-on",
        Qt.CheckState.Unchecked: "check-off",
        Qt.CheckState.PartiallyChecked: "check-part",
    }[state]
    ratio = painter.device().devicePixelRatioF()
    made = glyphs.drawing(drawing(name, theme.look().palette), TICK_SIZE, ratio)
    x = box.x() + (box.width() - TICK_SIZE) // 2
    y = box.y() + (box.height() - TICK_SIZE) // 2
    painter.drawPixmap(QPoint(x, y), made)


def paint_waiting(
    painter: QPainter, box: QRect, row: int, column: int, what: Column[Any], *, broken: bool
) -> None:
    """Draw the grey bar of a row that is not here yet, or that it could not be read."""
    inner = box.adjusted(CELL_PADDING, 0, -CELL_PADDING, 0)
    if broken:
        if column == 1:
            painter.setPen(theme.tone(Tone.WRONG)[0])
            painter.setFont(theme.font())
            painter.drawText(inner, _flags(Align.START), f"▲ {NOT_LOADED}")
        return
    share = 0.45 + ((row * 7 + column * 3) % 5) * 0.1
    height = max(8, theme.look().text_height // 2)
    bar = QRectF(0, 0, inner.width() * share, height)
    bar.moveCenter(QRectF(inner).center())
    if what.align is Align.START:
        bar.moveLeft(inner.x())
    elif what.align is Align.END:
        bar.moveRight(inner.right())
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour("header"))
    painter.drawRoundedRect(bar, height / 2, height / 2)


def text_box(box: QRect, text: str, column: Column[Any]) -> QRect:
    """Where a cell's text is, for the hand over a link."""
    inner = box.adjusted(CELL_PADDING, 0, -CELL_PADDING, 0)
    wide = min(inner.width(), QFontMetrics(theme.font()).horizontalAdvance(text))
    if column.align is Align.END:
        return QRect(inner.right() + 1 - wide, inner.y(), wide, inner.height())
    return QRect(inner.x(), inner.y(), wide, inner.height())


@lru_cache(maxsize=32)
def _font(style: str, base_pt: float, hot: bool, words: bool) -> tuple[QFont, QFontMetrics]:
    made = QFont(theme.font(style, tabular=not words))
    made.setUnderline(hot)
    return made, QFontMetrics(made)


_LINE = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
_FLAGS = {
    Align.START: int(Qt.AlignmentFlag.AlignLeft | _LINE),
    Align.END: int(Qt.AlignmentFlag.AlignRight | _LINE),
    Align.CENTRE: int(Qt.AlignmentFlag.AlignHCenter | _LINE),
}


def _flags(align: Align) -> int:
    return _FLAGS[align]


def unit() -> float:
    """Pixels of one digit 0 in the body font: what column widths are counted in."""
    return QFontMetrics(theme.font()).horizontalAdvance("0000000000") / 10
