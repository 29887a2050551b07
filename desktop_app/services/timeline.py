"""Notes and timeline of a document (ux IA-11, R5.8, R11.2).

``timeline(db, document, document_id)`` -> entries, newest first; document "SO", "PO", "GI" or "PR".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


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
