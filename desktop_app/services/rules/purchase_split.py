"""A line of a batch divided between suppliers (R3.10, BPO-10).

The person says what others deliver; the line itself keeps the rest and serves the oldest sales.
Where the need is less than the parts ask for, the last one shrinks first, never below 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .purchase_shapes import Cover, Edits, PlannedLine


def part_key(line_key: str, supplier_id: int) -> str:
    """The key by which edits name a part: stable whatever else is split or joined."""
    return f"{line_key}/S{supplier_id}"


def split(lines: Iterable[PlannedLine], edits: Edits) -> list[PlannedLine]:
    """Divide the need of the lines that a person split; parts follow their line."""
    found: list[PlannedLine] = []
    for line in lines:
        found.append(line)
        for one in edits.splits.get(line.key, ()):
            part = PlannedLine(
                part_key(line.key, one.supplier_id), line.product_id, line.warehouse_id,
                line.sale_id, line.rows, min(one.units, line.needed),
                part_of=line.key, split_to=one.supplier_id,
            )  # fmt: skip
            line.needed -= part.needed
            found.append(part)
    return found


def join_same(lines: list[PlannedLine]) -> list[PlannedLine]:
    """Give back what went to the line's own supplier: an order has one row per product (R3.5)."""
    whole = {line.key: line for line in lines if not line.part_of}
    found = []
    for line in lines:
        if line.part_of and line.split_to == whole[line.part_of].choice.supplier_id:
            whole[line.part_of].needed += line.needed
        else:
            found.append(line)
    return found


def parts_of(lines: Iterable[PlannedLine]) -> dict[str, list[PlannedLine]]:
    """The parts of each split line by its key, the line itself first."""
    found: dict[str, list[PlannedLine]] = {}
    whole: dict[str, PlannedLine] = {}
    for line in lines:
        if not line.part_of:
            whole[line.key] = line
        elif line.part_of in found:
            found[line.part_of].append(line)
        else:
            found[line.part_of] = [whole[line.part_of], line]
    return found


def share_out(covered: Cover, lines: Sequence[PlannedLine]) -> None:
    """Say what each line leaves short and has to spare, and which rows each part serves."""
    for line in lines:
        line.short = max(line.needed - line.quantity, 0)
        line.extra = max(line.quantity - line.needed, 0)
    for parts in parts_of(lines).values():
        _serve(covered, parts)


def _serve(covered: Cover, parts: list[PlannedLine]) -> None:
    """Divide the rows: each part its share, oldest first, then what one has beyond its share.

    What is ordered comes before what is left out, so no sale waits for goods that do not come.
    """
    rows = parts[0].rows
    left = {i: covered.open[i] for i in rows if covered.open[i]}
    for is_ordered in (True, False):
        mine = [part for part in parts if part.is_ordered is is_ordered]
        served: list[dict[int, int]] = [{} for _part in mine]
        for part, got in zip(mine, served, strict=True):
            _take(left, min(part.quantity, part.needed), got)
        for part, got in zip(mine, served, strict=True):
            spare = part.quantity - sum(got.values())
            _take(left, spare, got)
            part.raised = [(i, got[i]) for i in rows if i in got]
            if is_ordered:
                part.extra = part.quantity - sum(got.values())
    unserved = sum(left.values())
    for part in parts:
        part.short = min(part.short, unserved)
        unserved -= part.short


def _take(left: dict[int, int], units: int, got: dict[int, int]) -> None:
    for i in list(left):
        if units <= 0:
            return
        take = min(left[i], units)
        got[i] = got.get(i, 0) + take
        units -= take
        left[i] -= take
        if not left[i]:
            del left[i]
