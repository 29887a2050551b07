"""Which sales lose their units when less is there than was promised: newest first (R8.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Holder:
    """A sale row that holds units of one pair: ``reserved``, and ``noted`` on unshipped notes."""

    row_id: int
    sale_id: int
    sale_number: int
    position: int
    placed_at: datetime
    pair: tuple[int, int]
    """Warehouse and product."""
    reserved: int
    noted: int = 0

    @property
    def held(self) -> int:
        """Units it could lose."""
        return self.reserved + self.noted


def newest_first(
    holders: Iterable[Holder], short: Mapping[tuple[int, int], int]
) -> dict[tuple[int, tuple[int, int]], int]:
    """{(row id, pair): units lost}: the newest sale first, the reverse of the order of R5.5."""
    left = dict(short)
    losses: dict[tuple[int, tuple[int, int]], int] = {}
    queue = sorted(
        holders, key=lambda h: (h.placed_at, h.sale_number, h.position, h.row_id), reverse=True
    )
    for one in queue:
        units = min(one.held, left.get(one.pair, 0))
        if units > 0:
            losses[one.row_id, one.pair] = units
            left[one.pair] -= units
    return losses
