"""Which pegs stay alive when one of their two sides shrinks (R1.7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class LivePeg:
    """Units of a purchase order row still on their way for a sale row, in ten-thousandths."""

    id: int
    po_row_id: int
    sale_row_id: int
    live: int
    turn: tuple[datetime, int, int]
    """The sale row's place in the queue (R5.5)."""
    received_now: bool = False
    """The purchase order row has just been received: its promise is kept first."""


def shrink(
    pegs: Iterable[LivePeg], needed: Mapping[int, int], outstanding: Mapping[int, int]
) -> dict[int, int]:
    """Return {peg id: units that end} so that no peg exceeds either of its sides.

    A sale row's live pegs never exceed what it still needs: the ones just received end first,
    then the later purchase orders. A purchase order row's live pegs never exceed what is
    outstanding: the youngest sale gives way first, as goods go to the oldest (R5.5).
    """
    pegs = list(pegs)
    live = {peg.id: peg.live for peg in pegs}
    by_sale_row: dict[int, list[LivePeg]] = defaultdict(list)
    by_po_row: dict[int, list[LivePeg]] = defaultdict(list)
    for peg in pegs:
        by_sale_row[peg.sale_row_id].append(peg)
        by_po_row[peg.po_row_id].append(peg)
    for row_id, mine in by_sale_row.items():
        if row_id in needed:
            mine.sort(key=lambda p: (not p.received_now, -p.po_row_id, -p.id))
            _cut(mine, live, needed[row_id])
    for row_id, mine in by_po_row.items():
        if row_id in outstanding:
            mine.sort(key=lambda p: (p.turn, p.id), reverse=True)
            _cut(mine, live, outstanding[row_id])
    return {peg.id: peg.live - live[peg.id] for peg in pegs if live[peg.id] < peg.live}


def _cut(pegs: list[LivePeg], live: dict[int, int], limit: int) -> None:
    excess = sum(live[peg.id] for peg in pegs) - max(limit, 0)
    for peg in pegs:
        if excess <= 0:
            return
        units = min(live[peg.id], excess)
        live[peg.id] -= units
        excess -= units
