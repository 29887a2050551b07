"""What can be printed, of which records, by whom; what the print dialog is told (MIC-12)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from desktop_app.models import goods_out_papers, purchase_papers
from desktop_app.models.goods_out_papers import PaperKind
from desktop_app.services import goods_out, goods_out_details
from desktop_app.services import purchase_papers as purchase_facts
from desktop_app.services.access import Permission
from desktop_app.services.backend import Call


@dataclass(frozen=True, slots=True)
class PaperType:
    """One kind of paper. Printer and folder are remembered under ``key``."""

    key: str
    one: str
    many: str
    htmls: Callable[[Any], list[str]]
    """From what the job read to one document or several."""

    def named(self, number: int) -> str:
        """What so many of them are called: "Purchase order", "Purchase orders"."""
        return self.one if number == 1 else self.many


@dataclass(frozen=True, slots=True)
class PrintJob:
    """Records of one kind that papers are printed of.

    ``read(db, ids)`` gives papers with a ``number`` each; ``types(papers)`` what can be printed of
    them, the usual one first; ``stamp(papers)`` the command that notes it, where there is one.
    """

    noun: str
    short: str
    needs: Permission
    read: Callable[..., Any]
    types: Callable[[Sequence[Any]], Sequence[PaperType]]
    stamp: Callable[[Sequence[Any]], Call[Any] | None] = lambda _papers: None
    stamps: bool = False
    """Whether printing is noted at all: a refusal then says that nothing was."""


PICK_LIST = PaperType(
    "pick_list", "Pick list", "Pick list",
    lambda papers: [goods_out_papers.html_of(PaperKind.PICK_LIST, papers)],
)  # fmt: skip
PACKING_SLIPS = PaperType(
    "packing_slip", "Packing slips", "Packing slips",
    lambda papers: [goods_out_papers.html_of(PaperKind.PACKING_SLIP, papers)],
)  # fmt: skip
PURCHASE_ORDER = PaperType(
    "purchase_order", "Purchase order", "Purchase orders", purchase_papers.purchase_orders
)
GOODS_IN_NOTE = PaperType(
    "goods_in", "Goods-in note", "Goods-in notes", purchase_papers.goods_in_notes
)


def _of_goods_out(papers: Sequence[Any]) -> Sequence[PaperType]:
    """What has left is not picked any more."""
    gone = bool(papers) and all(paper.shipped_at for paper in papers)
    return (PACKING_SLIPS,) if gone else (PICK_LIST, PACKING_SLIPS)


def _stamp(papers: Sequence[Any]) -> Call[Any] | None:
    """Mark the notes that have not left as printed (R6.1)."""
    ids = [paper.note_id for paper in papers if paper.shipped_at is None]
    return goods_out.mark(ids, "printed") if ids else None


GOODS_OUT = PrintJob(
    "goods-out note", "note", Permission.SHIP, goods_out_details.papers, _of_goods_out, _stamp,
    stamps=True,
)  # fmt: skip
ORDERS = PrintJob(
    "purchase order", "purchase order", Permission.SEE_COSTS, purchase_facts.order_papers,
    lambda _papers: (PURCHASE_ORDER,),
)  # fmt: skip
"""A purchase order names its costs: only who may see those prints it (R11.1)."""
GOODS_IN = PrintJob(
    "goods-in note", "note", Permission.RECEIVE, purchase_facts.goods_in_papers,
    lambda _papers: (GOODS_IN_NOTE,),
)  # fmt: skip
