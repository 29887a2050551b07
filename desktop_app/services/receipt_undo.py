"""Taking a receipt back, whole or by the row, while that can still be done (R5.10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from .access import Permission
from .backend import Work, command


@dataclass(frozen=True, slots=True)
class GoodsInRow:
    """A row of a goods-in note; ``undone``: taken back since. ``allocated`` to ``sales`` sales."""

    id: int
    po_row_id: int
    product_id: int
    sku: str
    name: str
    location: str
    units: int
    allocated: int
    sales: int
    undone: bool


@dataclass(frozen=True, slots=True)
class GoodsIn:
    """A goods-in note. ``journal_id`` undoes it whole (``Backend.undo``)."""

    id: int
    number: int
    po_id: int
    po_number: int
    warehouse: str
    reference: str
    at: datetime
    person: str
    person_id: int
    journal_id: str
    allocated: bool
    rows: tuple[GoodsInRow, ...]


@dataclass(frozen=True, slots=True)
class Released:
    """Units that a sale would lose."""

    sale_id: int
    number: int
    sku: str
    units: int


@dataclass(frozen=True, slots=True)
class Blocker:
    """What is in the way.

    ``on_goods_out`` (units of a sale, on the notes named) | ``on_hand`` (units that are promised
    to others) | ``purchase_closed``.
    """

    kind: str
    sku: str = ""
    units: int = 0
    sale_id: int | None = None
    number: int | None = None
    notes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class UndoPreview:
    """What undoing would do: units back on order, what is released, and what forbids it."""

    goods_in_id: int
    number: int
    po_id: int
    po_number: int
    units: int
    released: tuple[Released, ...]
    blockers: tuple[Blocker, ...]
    journal_id: str
    fingerprint: str

    @property
    def possible(self) -> bool:
        """Return whether nothing is in the way."""
        return not self.blockers


def goods_in_notes(db: Connection, po_id: int) -> tuple[GoodsIn, ...]:
    """The goods-in notes of a purchase order, newest first."""
    raise NotImplementedError


def undo_preview(db: Connection, goods_in_id: int, row_id: int | None = None) -> UndoPreview:
    """What taking back a goods-in note, or one of its rows, would do now."""
    raise NotImplementedError


@command("Undo a goods-in row", needs=Permission.RECEIVE)
def undo_row(work: Work, row_id: int, agreed: str | None = None) -> dict[str, Any]:
    """Take one row of a goods-in note back (R5.10); the whole note goes by ``Backend.undo``.

    Result: ``{"goods_in": {id, number}, "po": {id, number}, "units", "released": [{id, number,
    units}]}``. Raises Rejected("receipt_in_use", [Blocker as dict, ...] | "already_undone" |
    "unknown_goods_in"), NotAllowed("not_yours_to_undo"), Conflict("undo_changed", now=UndoPreview).
    """
    raise NotImplementedError
