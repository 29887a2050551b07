"""Paints the rows of the batch preview and gives the Order cell its editor (BPO-11)."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem, QWidget

from desktop_app.models import batch_words
from desktop_app.models.batch_preview_model import (
    ROLE_CHANGED,
    ROLE_LINE,
    ROLE_NODE,
    BatchPreviewModel,
    Col,
    Node,
)
from desktop_app.models.marks import Glyph, Mark, Tone
from desktop_app.services.batch_preview import Line
from desktop_app.views import glyphs, theme, tokens
from desktop_app.views.fields import paint_field
from desktop_app.views.typed_cells import Index, TypingDelegate

GAP = 10
NAME_LEAST = 9
"""Letters of a product's name that a note leaves room for."""
TONES = {
    "part": (Glyph.PROBLEM, Tone.PART), "wrong": (Glyph.PROBLEM, Tone.WRONG),
    "soft": (Glyph.PROBLEM, Tone.PART), "info": (Glyph.INFO, Tone.INFO),
    "none": (Glyph.NOTHING, Tone.NONE),
}  # fmt: skip
FILLED = {"part", "wrong"}
"""Only what wants a person now is a filled chip (ux 0.7)."""


class PreviewDelegate(TypingDelegate):
    """Only the Order cell of a line is typed into."""

    def __init__(self, model: BatchPreviewModel, parent: QWidget) -> None:
        super().__init__(_said, parent)
        self._model = model

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(60, theme.look().row)

    # --- painting --------------------------------------------------------------------------------

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        line: Line | None = index.data(ROLE_LINE)
        node: Node = index.data(ROLE_NODE)
        col = Col(index.column())
        painter.save()
        painter.setLayoutDirection(option.direction)
        rect: QRect = option.rect
        if col == Col.NAME:
            box = self._box(painter, option, index)
            rect = QRect(rect)
            rect.setLeft(box.right() + 1 + tokens.RELATED_GAP)
            if line is None:
                self._group_name(painter, rect, node)
            else:
                self._line_name(painter, rect, line, faded=self._is_out(node, line))
        elif line is None:
            painter.setFont(theme.font("strong"))
            self._number(painter, rect, str(index.data()), theme.colour("text"))
        else:
            self._cell(painter, rect, index, line, col, out=self._is_out(node, line))
        painter.restore()

    def _is_out(self, node: Node, line: Line) -> bool:
        return line.supplier_id is None or self._model.edits.is_out(line, node.group)

    def _box(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> QRect:
        """Draw the tick box; its place holds also on rows that have none."""
        side = max(tokens.TICK_SIZE, round(theme.look().text_height))
        cell: QRect = option.rect
        box = QRect(cell.x() + 2, cell.center().y() - side // 2 + 1, side, side)
        state = index.data(Qt.ItemDataRole.CheckStateRole)
        if state is None:
            return box
        how = QStyleOptionViewItem(option)
        how.rect = box
        flags = QStyle.StateFlag
        how.state = flags.State_Enabled | {
            Qt.CheckState.Checked: flags.State_On,
            Qt.CheckState.PartiallyChecked: flags.State_NoChange,
        }.get(Qt.CheckState(state), flags.State_Off)
        view: QWidget = option.widget
        view.style().drawPrimitive(
            QStyle.PrimitiveElement.PE_IndicatorItemViewItemCheck, how, painter, view
        )
        return box

    def box_rect(self, cell: QRect) -> QRect:
        """Where a click counts as a tick: at least 24 pixels square."""
        side = max(tokens.TICK_SIZE, round(theme.look().text_height))
        return QRect(cell.x() - 4, cell.y(), side + 12, cell.height())

    def _group_name(self, painter: QPainter, rect: QRect, node: Node) -> None:
        painter.setFont(theme.font("strong"))
        painter.setPen(theme.colour("text"))
        used = _text(painter, rect, self._model.name_of(node))
        detail = batch_words.group_detail(node.group) if node.group is not None else ""
        painter.setFont(theme.font("body"))
        painter.setPen(theme.colour("text2"))
        _text(painter, rect.adjusted(used + GAP, 0, -tokens.CELL_PADDING, 0), detail)

    def _line_name(self, painter: QPainter, rect: QRect, line: Line, *, faded: bool) -> None:
        painter.setFont(theme.font("body"))
        right = rect.right() - tokens.CELL_PADDING
        sku = painter.fontMetrics().horizontalAdvance(line.sku)
        notes = self._model.notes(line)
        if notes:
            room = right - (rect.left() + sku + GAP)
            right -= self._note(painter, rect, right, room, notes)
        painter.setPen(theme.colour("text3" if faded else "text"))
        painter.drawText(rect, _LEADING, line.sku)
        name = QRect(
            rect.left() + sku + GAP, rect.top(), right - rect.left() - sku - GAP, rect.height()
        )
        painter.setPen(theme.colour("text3" if faded else "text2"))
        _text(painter, name, line.name)

    def _note(
        self, painter: QPainter, rect: QRect, right: int, room: int, notes: list[tuple[str, str]]
    ) -> int:
        """Say the most urgent note at the end of the cell: words where they fit, else the glyph."""
        tone, words = notes[0]
        glyph, ink = TONES[tone]
        least = painter.fontMetrics().averageCharWidth() * NAME_LEAST
        for text in (" · ".join(words for _, words in notes), words):
            mark = Mark(glyph, text, ink, filled=tone in FILLED)
            size = glyphs.chip_size(mark, painter.fontMetrics())
            if size.width() + least <= room:
                break
        if size.width() + least > room:
            mark = Mark(glyph, "", ink)
            side = glyphs.glyph_side(painter.fontMetrics().height())
            at = QRectF(right - side, rect.center().y() - side / 2 + 1, side, side)
            glyphs.paint_glyph(painter, glyph, at, theme.tone(ink)[0], theme.colour("surface"))
            return side + GAP
        box = QRect(
            right - size.width(),
            rect.center().y() - size.height() // 2 + 1,
            size.width(),
            size.height(),
        )
        glyphs.paint_mark(painter, mark, box, selected=False)
        return size.width() + GAP

    def _cell(
        self, painter: QPainter, rect: QRect, index: Index, line: Line, col: Col, *, out: bool
    ) -> None:
        painter.setFont(theme.font("body"))
        text = str(index.data())
        ink = theme.colour("text3" if out or text == "0" else "text")
        if bool(index.data(ROLE_CHANGED)):
            strong, tint = theme.tone(Tone.PART)
            painter.fillRect(rect.adjusted(1, 2, -1, -2), tint)
            painter.setFont(theme.font("strong"))
            ink = strong
        if col == Col.COST and text == "no price":
            ink = theme.tone(Tone.PART)[0]
        if col == Col.ORDER and line.supplier_id is not None:
            edits = self._model.edits
            wrong = line.key in edits.unread
            field = self.field_rect(rect)
            edge = paint_field(painter, field, edited=edits.is_edited(line), wrong=wrong, out=out)
            ink = edge if wrong else ink
            if not out and text != "0":
                painter.setFont(theme.font("strong"))
        self._number(painter, rect, text, ink)

    def field_rect(self, cell: QRect) -> QRect:
        """The Order field inside its cell."""
        return cell.adjusted(6, 3, -1, -3)

    def _number(self, painter: QPainter, rect: QRect, text: str, ink: QColor) -> None:
        painter.setPen(ink)
        painter.drawText(rect.adjusted(0, 0, -tokens.CELL_PADDING, 0), _TRAILING, text)


_LEADING = Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter
_TRAILING = Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter


def _said(index: Index) -> str:
    line: Line = index.data(ROLE_LINE)
    part = next((one for one in line.split if one.key == line.key), None)
    return f"Order quantity of {line.sku}{f' at {part.supplier}' if part is not None else ''}"


def _text(painter: QPainter, rect: QRect, text: str) -> int:
    """Draw elided at the end; return the width used."""
    metrics = painter.fontMetrics()
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0, rect.width()))
    painter.drawText(rect, _LEADING, shown)
    return metrics.horizontalAdvance(shown)
