"""Who works here. On one workstation a person is chosen, not proven: a file has no users (R11.1)."""

from __future__ import annotations

from sqlalchemy import select

from .access import Actor, Role
from .store.engine import Store
from .store.tables import company, person


def of(store: Store) -> list[Actor]:
    """The people who may work, managers first, then by name."""
    with store.reading() as db:
        rows = db.execute(select(person).where(person.c.active == 1).order_by(person.c.name)).all()
    rank = [Role.MANAGER, Role.BUYER, Role.CLERK]
    made = [Actor(row.id, row.login, row.name, Role(row.role)) for row in rows]
    return sorted(made, key=lambda one: rank.index(one.role))


def is_sample(store: Store) -> bool:
    """Return whether this is the sample company (FRS-02)."""
    with store.reading() as db:
        return bool(db.execute(select(company.c.is_sample)).scalar())
