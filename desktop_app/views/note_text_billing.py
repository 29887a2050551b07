"""Notes of invoices, payments and credits as sentences."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from desktop_app.models.formats import day

from .note_words import Params

BILLING_NOTES: dict[str, Callable[[Params], str]] = {
    "invoiced": lambda p: f"Invoice {p['number']} of {day(date.fromisoformat(p['dated']))}",
}
