"""What the batch dialog reads once, when it opens: choices, and the options to begin with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from desktop_app.services import catalogue, purchasing, settings
from desktop_app.services.rules.purchase_plan import BatchOptions

SUPPLIERS_MAX = 5_000


@dataclass(frozen=True, slots=True)
class Opening:
    """``own``: this person's last options are in use, else the company's (BPO-18)."""

    options: BatchOptions
    company: BatchOptions
    own: bool
    suppliers: tuple[tuple[int, str], ...]
    sale_statuses: tuple[tuple[int, str], ...]
    po_statuses: tuple[tuple[int, str], ...]
    warehouses: tuple[tuple[int, str], ...]


def opening(db: Any, person_id: int) -> Opening:
    """Read it; a query for ``Backend.read``."""
    choices = settings.options(db)
    source = settings.values(db, (settings.BATCH_OPTIONS,), person_id=person_id)
    cancels = {one.id for one in catalogue.statuses(db, "SO") if one.is_cancelled}
    options = purchasing.default_options(db, person_id)
    statuses = tuple((s.id, s.name) for s in choices.sale_statuses if s.id not in cancels)
    return Opening(
        options=options,
        company=purchasing.default_options(db, 0),
        own=source[settings.BATCH_OPTIONS].source is settings.Source.PERSON,
        suppliers=tuple(
            (one.id, one.name)
            for one in catalogue.suppliers(db, "", SUPPLIERS_MAX)
            if one.active or one.id == options.supplier_id
        ),
        sale_statuses=statuses,
        po_statuses=tuple((s.id, s.name) for s in choices.purchase_statuses),
        warehouses=tuple((one.id, one.name) for one in choices.warehouses),
    )
