"""What the clone dialog reads once, when it opens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from desktop_app.models.batch_opening import Opening, opening
from desktop_app.services.cloning import ClonePreview, CloneSupplier, clone_preview
from desktop_app.services.purchase_facts import read_suppliers


@dataclass(frozen=True, slots=True)
class CloneOpening:
    """``others``: suppliers without terms for any row, to be chosen all the same (CLN-02)."""

    sale: ClonePreview
    choices: Opening
    others: tuple[CloneSupplier, ...]


def clone_opening(db: Any, sale_id: int, person_id: int) -> CloneOpening:
    """Read the sale's rows and what the combos offer; a query for ``Backend.read``."""
    sale, choices = clone_preview(db, sale_id), opening(db, person_id)
    known = {one.id for one in sale.suppliers}
    rest = read_suppliers(db, [key for key, _name in choices.suppliers if key not in known])
    others = (
        CloneSupplier(
            one.id, one.name, one.currency, one.digits, one.lead_time_days, 0, active=True
        )
        for one in sorted(rest.values(), key=lambda one: one.name.casefold())
        if one.active
    )
    return CloneOpening(sale, choices, tuple(others))
