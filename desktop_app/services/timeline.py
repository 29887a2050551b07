"""Notes and timeline of a document (ux IA-11, R5.8, R11.2).

``timeline(db, document, document_id)`` -> entries, newest first; document "SO", "PO", "GI", "PR" or "SC".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, select

from .lists import total_of
from .store.tables import (
    goods_in,
    goods_in_row,
    journal,
    note,
    order_status,
    person,
    status_change,
)

ENTRIES_MAX = 500
"""So many of the newest entries are told."""


class Theme(StrEnum):
    """The filters of the panel."""

    NOTE = "note"
    STOCK = "stock"
    STATUS = "status"
    PURCHASE = "purchase"


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One entry; ``kind`` and ``params`` are those of ``books`` and make its sentence."""

    at: datetime
    person: str
    theme: Theme
    kind: str
    params: Any
    note_id: int | None
    """None for an entry that a ledger tells and no note repeats."""
    journal_id: str
    struck_at: datetime | None
    struck_by: str
    """Undone entries stay, struck: by whom and when; "" and None for the others."""


_THEMES = {
    "text": Theme.NOTE,
    "status_changed": Theme.STATUS,
    "sent": Theme.STATUS,
    "cancelled": Theme.STATUS,
    "closed_short": Theme.STATUS,
    "sale_cancelled": Theme.STATUS,
    "invoiced": Theme.STATUS,
    "payment_recorded": Theme.STATUS,
    "payment_undone": Theme.STATUS,
    "paid_out": Theme.STATUS,
    "payout_undone": Theme.STATUS,
    "ordered": Theme.PURCHASE,
    "raised_for": Theme.PURCHASE,
    "set_aside": Theme.PURCHASE,
    "expected_changed": Theme.PURCHASE,
    "row_raised": Theme.PURCHASE,
    "batch_undone": Theme.PURCHASE,
    "purchase_cancelled": Theme.PURCHASE,
}
"""Every other kind tells of goods."""


def timeline(
    db: Connection, document: str, document_id: int, most: int = ENTRIES_MAX
) -> list[TimelineEntry]:
    """Notes, and what ledgers tell that no note of the same command repeats; newest first."""
    found = _notes(db, document, document_id, most)
    told = {(entry.journal_id, entry.kind) for entry in found}
    if document == "SO":
        found += [e for e in _statuses(db, document_id, most) if (e.journal_id, e.kind) not in told]
    if document == "PO":
        found += [e for e in _receipts(db, document_id, most) if (e.journal_id, e.kind) not in told]
    found.sort(key=lambda e: (e.at, e.note_id or 0), reverse=True)
    return found[:most]


_undo = journal.alias("undo")
_undoer = person.alias("undoer")


def _notes(db: Connection, document: str, document_id: int, most: int) -> list[TimelineEntry]:
    query = (
        select(
            note.c.id, note.c.at, person.c.name, note.c.kind, note.c.params, note.c.journal_id,
            _undo.c.at.label("struck_at"), _undoer.c.name.label("struck_by"),
        )
        .join(person, person.c.id == note.c.person_id)
        .outerjoin(_undo, _undo.c.id == note.c.struck_by)
        .outerjoin(_undoer, _undoer.c.id == _undo.c.person_id)
        .where(note.c.document == document, note.c.document_id == document_id)
        .order_by(note.c.id.desc())
        .limit(most)
    )  # fmt: skip
    return [
        TimelineEntry(
            at=row.at,
            person=row.name,
            theme=_THEMES.get(row.kind, Theme.STOCK),
            kind=row.kind,
            params=row.params,
            note_id=row.id,
            journal_id=row.journal_id,
            struck_at=row.struck_at,
            struck_by=row.struck_by or "",
        )
        for row in db.execute(query)
    ]


def _statuses(db: Connection, sale_id: int, most: int) -> list[TimelineEntry]:
    before, after = order_status.alias("before"), order_status.alias("after")
    query = (
        select(
            journal.c.at, person.c.name, status_change.c.journal_id,
            before.c.name.label("was"), after.c.name.label("became"),
            _undo.c.at.label("struck_at"), _undoer.c.name.label("struck_by"),
        )
        .join(journal, journal.c.id == status_change.c.journal_id)
        .join(person, person.c.id == journal.c.person_id)
        .join(before, before.c.id == status_change.c.from_id)
        .join(after, after.c.id == status_change.c.to_id)
        .outerjoin(_undo, _undo.c.undoes == journal.c.id)
        .outerjoin(_undoer, _undoer.c.id == _undo.c.person_id)
        .where(status_change.c.sale_id == sale_id)
        .order_by(status_change.c.id.desc())
        .limit(most)
    )  # fmt: skip
    return [
        TimelineEntry(
            at=row.at,
            person=row.name,
            theme=Theme.STATUS,
            kind="status_changed",
            params={"from": row.was, "to": row.became},
            note_id=None,
            journal_id=row.journal_id,
            struck_at=row.struck_at,
            struck_by=row.struck_by or "",
        )
        for row in db.execute(query)
    ]


def _receipts(db: Connection, po_id: int, most: int) -> list[TimelineEntry]:
    units = (
        select(total_of(goods_in_row.c.quantity))
        .where(goods_in_row.c.goods_in_id == goods_in.c.id)
        .scalar_subquery()
    )
    query = (
        select(
            goods_in.c.id, goods_in.c.number, goods_in.c.at, person.c.name, goods_in.c.journal_id,
            units.label("units"), _undo.c.at.label("struck_at"),
            _undoer.c.name.label("struck_by"),
        )
        .join(person, person.c.id == goods_in.c.person_id)
        .outerjoin(_undo, _undo.c.undoes == goods_in.c.journal_id)
        .outerjoin(_undoer, _undoer.c.id == _undo.c.person_id)
        .where(goods_in.c.po_id == po_id)
        .order_by(goods_in.c.id.desc())
        .limit(most)
    )  # fmt: skip
    return [
        TimelineEntry(
            at=row.at,
            person=row.name,
            theme=Theme.STOCK,
            kind="goods_received",
            params={
                "goods_in": {"id": row.id, "number": row.number},
                "units": row.units,
                "sales": [],
                "more": 0,
            },
            note_id=None,
            journal_id=row.journal_id,
            struck_at=row.struck_at,
            struck_by=row.struck_by or "",
        )
        for row in db.execute(query)
    ]
