"""What a unit in stock is worth: the cost that a correction and a count reckon with (INV-03)."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, func, select

from .rules.money import in_base, row_total
from .store.bulk import ids_in
from .store.tables import currency, movement, offer, offer_price, supplier


def known_costs(db: Connection, product_ids: Iterable[int]) -> dict[int, int]:
    """Product to unit cost in base currency (ten-thousandths); those without any are left out.

    What the last units that came in cost, else the primary supplier's price for one.
    """
    ids = set(product_ids)
    m = movement.c
    last = (
        select(func.max(m.id))
        .where(m.product_id.in_(ids_in(db, ids)), m.cost.is_not(None), m.quantity > 0)
        .group_by(m.product_id)
    )
    found = {
        row.product_id: row.cost
        for row in db.execute(select(m.product_id, m.cost).where(m.id.in_(last)))
    }
    if ids <= found.keys():
        return found
    o, p = offer.c, offer_price.c
    for row in db.execute(
        select(o.product_id, p.cost, currency.c.rate)
        .join(offer_price, p.offer_id == o.id)
        .join(supplier, supplier.c.id == o.supplier_id)
        .join(currency, currency.c.code == supplier.c.currency)
        .where(o.product_id.in_(ids_in(db, ids - found.keys())), o.is_primary == 1)
        .order_by(o.product_id, p.minimum)
    ):
        found.setdefault(row.product_id, in_base(row.cost, row.rate))
    return found


def worth(units: int, cost: int, digits: int) -> int:
    """Units at a cost in minor units of the base currency, with the sign of the units."""
    return row_total(units, cost, digits)
