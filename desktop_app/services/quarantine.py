"""Where units go that are in stock and cannot be promised (R1.1): the quarantine of a warehouse."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from .errors import Rejected
from .store.bulk import ids_in, upsert
from .store.tables import location, warehouse


def quarantines(db: Connection, warehouse_ids: set[int]) -> dict[int, int]:
    """The quarantine location of each warehouse; one is made where there is none yet.

    Raises Rejected("no_quarantine") where its code is taken by an ordinary bin.
    """
    found = _find(db, warehouse_ids)
    lacking = sorted(warehouse_ids - found.keys())
    if lacking:
        db.execute(
            upsert(db, location)
            .values(
                [{"warehouse_id": w, "code": "QUARANTINE", "kind": "quarantine"} for w in lacking]
            )
            .on_conflict_do_nothing()
        )
        found = _find(db, warehouse_ids)
        if still := warehouse_ids - found.keys():
            names = select(warehouse.c.name).where(warehouse.c.id.in_(ids_in(db, still)))
            raise Rejected("no_quarantine", list(db.execute(names).scalars()))
    return found


def _find(db: Connection, warehouse_ids: set[int]) -> dict[int, int]:
    if not warehouse_ids:
        return {}
    here = location.c.warehouse_id.in_(ids_in(db, warehouse_ids))
    return {
        row.warehouse_id: row.id
        for row in db.execute(
            select(location.c.warehouse_id, func.min(location.c.id).label("id"))
            .where(here, location.c.kind == "quarantine")
            .group_by(location.c.warehouse_id)
        )
    }
