"""Documents on the screen, on paper and as PDF: what papers of every kind share.

A paper is HTML whose foreign texts are escaped. The same lines break on the screen, on paper and
in a PDF, and each page says which of how many it is.
"""

from __future__ import annotations

import errno
from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path

from PySide6.QtCore import QMarginsF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QFont,
    QImage,
    QPagedPaintDevice,
    QPageLayout,
    QPageSize,
    QPainter,
    QPalette,
    QPdfWriter,
    QTextDocument,
)

FONT_POINTS = 10
MARGIN_MM = 15
DPI = 96
FOOT = 28

STYLE = """
h1 { font-size: 16pt; margin-bottom: 0 }
p { margin-top: 4px; margin-bottom: 4px }
th { text-align: left; border-bottom: 1px solid #000000 }
td, th { padding: 4px 12px 4px 0 }
.end { text-align: right }
.small { font-size: 9pt; color: #333333 }
"""
"""Black on white whatever the theme of the screen: paper has one."""


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], ends: Sequence[int]) -> str:
    """Rows under headings that each page repeats; all escaped, ``ends`` aligned to the right."""

    def cell(tag: str, at: int, text: str) -> str:
        align = ' class="end" align="right"' if at in ends else ""
        whole = escaped(text)
        if at in ends:
            whole = whole.replace(" ", "\N{NO-BREAK SPACE}")  # "61.20 SEK" is one figure
        return f"<{tag}{align}>{whole}</{tag}>"

    head = "".join(cell("th", at, text) for at, text in enumerate(heads))
    body = "".join(
        "<tr>" + "".join(cell("td", at, text) for at, text in enumerate(row)) + "</tr>"
        for row in rows
    )
    return (
        f'<table width="100%" cellspacing="0"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def escaped(text: str) -> str:
    """Foreign text as it stands, its lines kept."""
    return "<br>".join(map(escape, text.splitlines()))


def page(body: str, title: str = "") -> str:
    """The whole of a document round its body; ``title`` stands at the foot of its pages."""
    return (
        f"<html><head><title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body>{body}</body></html>"
    )


def document(html: str) -> QTextDocument:
    """HTML as a document that ``draw`` puts on pages."""
    made = QTextDocument()
    font = QFont()
    font.setPointSize(FONT_POINTS)
    made.setDefaultFont(font)
    made.setHtml(html)
    return made


def set_page(device: QPagedPaintDevice) -> None:
    """A4, upright, with our margins; a person may choose another paper for the printer."""
    device.setPageLayout(
        QPageLayout(
            QPageSize(QPageSize.PageSizeId.A4),
            QPageLayout.Orientation.Portrait,
            QMarginsF(MARGIN_MM, MARGIN_MM, MARGIN_MM, MARGIN_MM),
            QPageLayout.Unit.Millimeter,
        )
    )


@cache
def _ruler() -> QImage:
    """What documents are measured on: the same lines break on the screen, on paper and in a PDF."""
    made = QImage(1, 1, QImage.Format.Format_RGB32)
    made.setDotsPerMeterX(round(DPI / 0.0254))
    made.setDotsPerMeterY(round(DPI / 0.0254))
    return made


def paginate(made: QTextDocument, size: QSizeF) -> int:
    """Break a document into pages of a size in ``DPI`` pixels, a foot kept free; their number."""
    made.documentLayout().setPaintDevice(_ruler())
    made.setDocumentMargin(0)
    made.setPageSize(QSizeF(size.width(), size.height() - FOOT))
    return made.pageCount()


def draw_page(made: QTextDocument, painter: QPainter, page: int, pages: int) -> None:
    """Draw one page at the origin, black on white whatever the theme of the screen."""
    size = made.pageSize()
    context = QAbstractTextDocumentLayout.PaintContext()
    palette = QPalette()
    palette.setColor(QPalette.ColorRole.Text, QColor("black"))
    context.palette = palette
    context.clip = QRectF(0, page * size.height(), size.width(), size.height())
    painter.save()
    painter.translate(0, -page * size.height())
    painter.setClipRect(context.clip)
    made.documentLayout().draw(painter, context)
    painter.restore()
    painter.setPen(QColor("black"))
    painter.setFont(QFont(made.defaultFont().family(), FONT_POINTS - 2))
    box = QRectF(0, size.height(), size.width(), FOOT)
    low = Qt.AlignmentFlag.AlignBottom
    title = made.metaInformation(QTextDocument.MetaInformation.DocumentTitle)
    painter.drawText(box, Qt.AlignmentFlag.AlignLeft | low, title)
    painter.drawText(box, Qt.AlignmentFlag.AlignRight | low, f"{page + 1} / {pages}")


def draw(htmls: Sequence[str], device: QPagedPaintDevice) -> int:
    """Draw documents, each with page numbers of its own, on a printer or PDF; how many pages.

    Raises OSError where the device does not answer.
    """
    painter = QPainter()
    if not painter.begin(device):
        raise OSError(errno.EIO, "it does not answer")
    scale = device.logicalDpiX() / DPI
    room = device.pageLayout().paintRectPixels(device.logicalDpiX())
    size = QSizeF(room.width() / scale, room.height() / scale)
    painter.scale(scale, scale)
    drawn = 0
    for made in map(document, htmls):
        pages = paginate(made, size)
        for page in range(pages):
            if drawn:
                device.newPage()
            draw_page(made, painter, page, pages)
            drawn += 1
    painter.end()
    return drawn


def sheets(htmls: Sequence[str], most: int) -> tuple[list[QImage], int]:
    """The first pages as pictures, and how many there are: for a preview. Any thread may ask."""
    margin = MARGIN_MM * DPI / 25.4
    whole = QSizeF(210 * DPI / 25.4, 297 * DPI / 25.4)
    size = QSizeF(whole.width() - 2 * margin, whole.height() - 2 * margin)
    shown: list[QImage] = []
    counted = 0
    for made in map(document, htmls):
        pages = paginate(made, size)
        counted += pages
        shown += _pictures(made, whole.toSize(), margin, min(pages, most - len(shown)))
    return shown, counted


def _pictures(made: QTextDocument, whole: QSize, margin: float, most: int) -> list[QImage]:
    shown = []
    for page in range(most):
        sheet = QImage(whole, QImage.Format.Format_RGB32)
        sheet.setDotsPerMeterX(_ruler().dotsPerMeterX())
        sheet.setDotsPerMeterY(_ruler().dotsPerMeterY())
        sheet.fill(QColor("white"))
        painter = QPainter(sheet)
        painter.translate(margin, margin)
        draw_page(made, painter, page, made.pageCount())
        painter.end()
        shown.append(sheet)
    return shown


def pdf(path: str | Path, htmls: Sequence[str], title: str) -> int:
    """Write documents to a PDF file; how many pages. Raises OSError where it cannot be written."""
    with Path(path).open("wb"):  # says why it cannot be, as QPdfWriter does not
        pass
    writer = QPdfWriter(str(path))
    set_page(writer)
    writer.setTitle(title)
    writer.setCreator("Backroom")
    return draw(htmls, writer)
