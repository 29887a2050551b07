"""Pick lists and packing slips as documents, on the screen, on paper and as PDF (R6.1).

A pick list says what to fetch, by place, for one note or many; a packing slip goes into the box,
one to a page. Texts come from customers and suppliers, so all of them are escaped.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from enum import StrEnum
from html import escape
from pathlib import Path

from PySide6.QtGui import QImage, QTextDocument

from desktop_app.models import papers as shared
from desktop_app.models.formats import count, counted_units, day, moment, quantity
from desktop_app.models.papers import escaped, page, table
from desktop_app.services.goods_out_details import Paper

NOTES_NAMED_MAX = 12


class PaperKind(StrEnum):
    """What can be printed of goods-out notes."""

    PICK_LIST = "pick_list"
    PACKING_SLIP = "packing_slip"


TITLES = {PaperKind.PICK_LIST: "Pick list", PaperKind.PACKING_SLIP: "Packing slip"}


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
            table(
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
    return page("".join(parts))


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
    return page("".join(parts) or "<p>There is nothing to pack: no goods-out note was chosen.</p>")


def _slip(paper: Paper, *, later: bool) -> str:
    start = ' style="page-break-before: always"' if later else ""
    facts = [f"Order #{paper.sale_number} of {moment(paper.placed_at)}"]
    if paper.reference:
        facts.append(f"Reference {paper.reference}")
    if paper.tracking:
        facts.append(f"Tracking {paper.tracking}")
    if paper.shipped_at is not None:
        facts.append(f"Shipped {day(paper.shipped_at.astimezone().date())}")
    rows = table(
        ("Item", "Product", "Units"),
        [(row.sku, row.description, quantity(row.units)) for row in paper.rows],
        ends=(2,),
    )
    return (
        f"<h1{start}>Packing slip</h1>"
        f"<p>{escape(paper.company)} · {escape(paper.warehouse)} · goods-out note {paper.number}</p>"
        f"<p><b>{escape(paper.customer)}</b><br>{escaped(paper.address)}</p>"
        f"<p>{escape(' · '.join(facts))}</p>"
        f"{rows}<p>{counted_units(paper.units)} in all</p>"
    )


def html_of(kind: PaperKind, papers: Sequence[Paper]) -> str:
    """The papers of this kind as HTML."""
    return pick_list(papers) if kind is PaperKind.PICK_LIST else packing_slips(papers)


def document(kind: PaperKind, papers: Sequence[Paper]) -> QTextDocument:
    """The papers as a document that ``papers.draw`` puts on pages."""
    return shared.document(html_of(kind, papers))


def sheets(kind: PaperKind, papers: Sequence[Paper], most: int) -> tuple[list[QImage], int]:
    """The first pages as pictures, and how many there are: for a preview. Any thread may ask."""
    return shared.sheets([html_of(kind, papers)], most)


def pdf(path: str | Path, kind: PaperKind, papers: Sequence[Paper]) -> int:
    """Write the papers to a PDF file; how many pages. Raises OSError where it cannot be written."""
    return shared.pdf(path, [html_of(kind, papers)], TITLES[kind])


def pick_list_pdf(path: str | Path, papers: Sequence[Paper]) -> int:
    """Write a pick list to a PDF file, as ``pdf``."""
    return pdf(path, PaperKind.PICK_LIST, papers)


def packing_slips_pdf(path: str | Path, papers: Sequence[Paper]) -> int:
    """Write packing slips to a PDF file, as ``pdf``."""
    return pdf(path, PaperKind.PACKING_SLIP, papers)
