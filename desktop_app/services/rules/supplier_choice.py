"""Which supplier a product is bought from, at what cost, in which quantity (R3.6, R3.9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple


class Supplier(NamedTuple):
    """A supplier. ``rate``: base currency units per unit of its currency (``money.RATE_ONE``)."""

    id: int
    number: int
    name: str
    currency: str
    rate: int
    digits: int
    lead_time_days: int
    active: bool


class Offer(NamedTuple):
    """A supplier's terms for a product. ``breaks``: (from units, unit cost), fewest units first."""

    supplier_id: int
    product_id: int
    supplier_sku: str
    is_primary: bool
    pack_size: int
    minimum: int
    lead_time_days: int | None
    breaks: tuple[tuple[int, int], ...]


class Choice(NamedTuple):
    """Who a line is bought from and how that came about; no supplier with the ``reason`` why."""

    supplier_id: int | None
    how: str
    reason: str | None = None


def cost_at(breaks: Sequence[tuple[int, int]], quantity: int) -> int | None:
    """The unit cost at a quantity: the last break it reaches, None where it reaches none."""
    found = None
    for least, cost in breaks:
        if least > quantity:
            break
        found = cost
    return found


def price(offer: Offer | None, quantity: int) -> int | None:
    """What a chosen supplier charges; below its first break, that first break's cost."""
    if offer is None or not offer.breaks:
        return None
    found = cost_at(offer.breaks, quantity)
    return offer.breaks[0][1] if found is None else found


def ranked(
    offers: Iterable[Offer], suppliers: Mapping[int, Supplier], quantity: int
) -> list[tuple[int, Offer]]:
    """Offers with a price at ``quantity``, cheapest first, as (unit cost, offer).

    Compared in base currency; ties go to the primary, then to the lower supplier number (R3.6).
    Inactive suppliers do not compete.
    """
    found = []
    for offer in offers:
        cost = cost_at(offer.breaks, quantity)
        who = suppliers[offer.supplier_id]
        if cost is not None and who.active:
            found.append((cost * who.rate, not offer.is_primary, who.number, cost, offer))
    found.sort(key=lambda one: one[:3])
    return [(cost, offer) for *_, cost, offer in found]


def choose(
    vendor: str,
    named: int | None,
    offers: Sequence[Offer],
    suppliers: Mapping[int, Supplier],
    quantity: int,
) -> Choice:
    """The supplier of one product under ``primary``, ``cheapest`` or ``named`` (R3.6, R3.7)."""
    if vendor == "named":
        return Choice(named, "named")
    if not offers:
        return Choice(None, vendor, "no_supplier")
    if vendor == "primary":
        for offer in offers:
            if offer.is_primary:
                return Choice(offer.supplier_id, "primary")
        return Choice(None, "primary", "no_primary_supplier")
    best = ranked(offers, suppliers, quantity)
    if not best:
        return Choice(None, "cheapest", "no_priced_supplier")
    return Choice(best[0][1].supplier_id, "cheapest")


def packed(quantity: int, pack_size: int, minimum: int) -> int:
    """The quantity raised to the supplier's minimum and to full packs (R3.9)."""
    if quantity <= 0:
        return 0
    raised = max(quantity, minimum)
    return -(-raised // pack_size) * pack_size
