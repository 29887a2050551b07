"""Pick lists and packing slips as documents, on the screen, on paper and as PDF (R6.1).

A pick list says what to fetch, by place, for one note or many; a packing slip goes into the box,
one to a page. Texts come from customers and suppliers, so all of them are escaped.
"""

from __future__ import annotations

import errno
from collections import defaultdict
from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from html import escape
from pathlib import Path

from PySide6.QtCore import QMarginsF, QRectF, QSizeF, Qt
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

from desktop_app.models.formats import count, counted_units, day, moment, quantity
from desktop_app.services.goods_out_details import Paper

FONT_POINTS = 10
MARGIN_MM = 15
DPI = 96
FOOT = 28
NOTES_NAMED_MAX = 12


class PaperKind(StrEnum):
    """What can be printed of goods-out notes."""

    PICK_LIST = "pick_list"
    PACKING_SLIP = "packing_slip"


TITLES = {PaperKind.PICK_LIST: "Pick list", PaperKind.PACKING_SLIP: "Packing slip"}

STYLE = """
h1 { font-size: 16pt; margin-bottom: 0 }
p { margin-top: 4px; margin-bottom: 4px }
th { text-align: left; border-bottom: 1px solid #000000 }
td, th { padding: 4px 8px 4px 0 }
.end { text-align: right }
.small { font-size: 9pt; color: #333333 }
"""
"""Black on white whatever the theme of the screen: paper has one."""


def pick_list(papers: Sequence[Paper]) -> str:
    """What to fetch for these notes as HTML: a table per warehouse, in order of place and item."""
    parts = []
    of_warehouse: dict[str, list[Paper]] = defaultdict(list)
    for paper in papers:
        if paper.picks:
            of_warehouse[paper.warehouse].append(paper)
    for at, (place, here) in enumerate(sorted(of_warehouse.items())):
        parts.append(_pick_head(place, here, later=at > 0))
        lines = sorted(
            (one for paper in here for one in paper.picks),
            key=lambda one: (one.place, one.sku, one.note_number),
        )
        parts.append(
            _table(
                ("Place", "Item", "Product", "Note", "Units", "Picked"),
                [
                    (
                        one.place,
                        one.sku,
                        one.description,
                        str(one.note_number),
                        quantity(one.units),
                        "☐",
                    )
                    for one in lines
                ],
                ends=(4,),
            )
        )
    if not parts:
        parts.append("<p>There is nothing to pick: no open goods-out note was chosen.</p>")
    return _page("".join(parts))


def _pick_head(place: str, here: Sequence[Paper], *, later: bool) -> str:
    named = ", ".join(
        f"{one.number} (#{one.sale_number} {one.customer})" for one in here[:NOTES_NAMED_MAX]
    )
    rest = len(here) - NOTES_NAMED_MAX
    more = f" and {count(rest, 'more note')}" if rest > 0 else ""
    total = counted_units(sum(one.units for one in here))
    start = ' style="page-break-before: always"' if later else ""
    return (
        f"<h1{start}>Pick list</h1>"
        f"<p><b>{escape(place)}</b> · {count(len(here), 'goods-out note')} · {total}</p>"
        f'<p class="small">{"Note" if len(here) == 1 else "Notes"} {escape(named)}{more}</p>'
    )


def packing_slips(papers: Sequence[Paper]) -> str:
    """A packing slip for each note as HTML, one to a page."""
    parts = [_slip(paper, later=at > 0) for at, paper in enumerate(papers)]
    return _page("".join(parts) or "<p>There is nothing to pack: no goods-out note was chosen.</p>")


def _slip(paper: Paper, *, later: bool) -> str:
    start = ' style="page-break-before: always"' if later else ""
    facts = [f"Order #{paper.sale_number} of {moment(paper.placed_at)}"]
    if paper.reference:
        facts.append(f"Reference {paper.reference}")
    if paper.tracking:
        facts.append(f"Tracking {paper.tracking}")
    if paper.shipped_at is not None:
        facts.append(f"Shipped {day(paper.shipped_at.astimezone().date())}")
    address = "<br>".join(map(escape, paper.address.splitlines()))
    table = _table(
        ("Item", "Product", "Units"),
        [(row.sku, row.description, quantity(row.units)) for row in paper.rows],
        ends=(2,),
    )
    return (
        f"<h1{start}>Packing slip</h1>"
        f"<p>{escape(paper.company)} · {escape(paper.warehouse)} · goods-out note {paper.number}</p>"
        f"<p><b>{escape(paper.customer)}</b><br>{address}</p>"
        f"<p>{escape(' · '.join(facts))}</p>"
        f"{table}<p>{counted_units(paper.units)} in all</p>"
    )


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], ends: Sequence[int]) -> str:
    def cell(tag: str, at: int, text: str) -> str:
        align = ' class="end" align="right"' if at in ends else ""
        return f"<{tag}{align}>{escape(text)}</{tag}>"

    head = "".join(cell("th", at, text) for at, text in enumerate(heads))
    body = "".join(
        "<tr>" + "".join(cell("td", at, text) for at, text in enumerate(row)) + "</tr>"
        for row in rows
    )
    return f'<table width="100%" cellspacing="0"><tr>{head}</tr>{body}</table>'


def _page(body: str) -> str:
    return f"<html><head><style>{STYLE}</style></head><body>{body}</body></html>"


def html_of(kind: PaperKind, papers: Sequence[Paper]) -> str:
    """The papers of this kind as HTML."""
    return pick_list(papers) if kind is PaperKind.PICK_LIST else packing_slips(papers)


def document(kind: PaperKind, papers: Sequence[Paper]) -> QTextDocument:
    """The papers as a document that ``draw`` puts on pages."""
    made = QTextDocument()
    font = QFont()
    font.setPointSize(FONT_POINTS)
    made.setDefaultFont(font)
    made.setHtml(html_of(kind, papers))
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
    painter.drawText(
        box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom, f"{page + 1} / {pages}"
    )


def draw(made: QTextDocument, device: QPagedPaintDevice) -> int:
    """Draw a document on a printer or PDF; how many pages. Raises OSError where it does not answer."""
    painter = QPainter()
    if not painter.begin(device):
        raise OSError(errno.EIO, "it does not answer")
    scale = device.logicalDpiX() / DPI
    room = device.pageLayout().paintRectPixels(device.logicalDpiX())
    pages = paginate(made, QSizeF(room.width() / scale, room.height() / scale))
    painter.scale(scale, scale)
    for page in range(pages):
        if page:
            device.newPage()
        draw_page(made, painter, page, pages)
    painter.end()
    return pages


def sheets(kind: PaperKind, papers: Sequence[Paper], most: int) -> tuple[list[QImage], int]:
    """The first pages as pictures, and how many there are: for a preview. Any thread may ask."""
    made = document(kind, papers)
    margin = MARGIN_MM * DPI / 25.4
    whole = QSizeF(210 * DPI / 25.4, 297 * DPI / 25.4)
    pages = paginate(made, QSizeF(whole.width() - 2 * margin, whole.height() - 2 * margin))
    shown = []
    for page in range(min(pages, most)):
        sheet = QImage(whole.toSize(), QImage.Format.Format_RGB32)
        sheet.setDotsPerMeterX(_ruler().dotsPerMeterX())
        sheet.setDotsPerMeterY(_ruler().dotsPerMeterY())
        sheet.fill(QColor("white"))
        painter = QPainter(sheet)
        painter.translate(margin, margin)
        draw_page(made, painter, page, pages)
        painter.end()
        shown.append(sheet)
    return shown, pages


def pdf(path: str | Path, kind: PaperKind, papers: Sequence[Paper]) -> int:
    """Write the papers to a PDF file; how many pages. Raises OSError where it cannot be written."""
    with Path(path).open("wb"):  # says why it cannot be, as QPdfWriter does not
        pass
    writer = QPdfWriter(str(path))
    set_page(writer)
    writer.setTitle(TITLES[kind])
    writer.setCreator("Backroom")
    return draw(document(kind, papers), writer)


def pick_list_pdf(path: str | Path, papers: Sequence[Paper]) -> int:
    """Write a pick list to a PDF file, as ``pdf``."""
    return pdf(path, PaperKind.PICK_LIST, papers)


def packing_slips_pdf(path: str | Path, papers: Sequence[Paper]) -> int:
    """Write packing slips to a PDF file, as ``pdf``."""
    return pdf(path, PaperKind.PACKING_SLIP, papers)
