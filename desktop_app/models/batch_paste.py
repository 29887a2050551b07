"""Quantities from a spreadsheet into the Order column, shown before they are taken (MIC-08)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from desktop_app.models.batch_edits import BatchEdits
from desktop_app.models.formats import count, quantity
from desktop_app.services.batch_preview import Line

NAMED_MAX = 4


@dataclass(frozen=True, slots=True)
class Pasted:
    """``quantities``: lines with the text that goes into them; ``unknown``: codes not shown."""

    quantities: tuple[tuple[Line, str], ...]
    unknown: tuple[str, ...]

    def words(self, edits: BatchEdits) -> str:
        """What pasting would change, in one sentence."""
        named = [
            f"{line.sku} {quantity(edits.quantity(line))} → {text}"
            for line, text in self.quantities[:NAMED_MAX]
        ]
        more = len(self.quantities) - len(named)
        said = f"Paste {count(len(self.quantities), 'quantity', 'quantities')}: {', '.join(named)}"
        if more > 0:
            said += f" and {more} more"
        if self.unknown:
            said += f". Not in this preview: {', '.join(self.unknown[:NAMED_MAX])}"
        return said


def read_paste(text: str, lines: Sequence[Line], start: int) -> Pasted:
    """Read cells: code and quantity by code, or quantities alone from line ``start`` downwards.

    A first row of headings is left out: a code that is not there, with something that is no number.
    """
    # Of a split line, a code means its first part.
    by_code = {line.sku.casefold(): line for line in lines if not line.is_part}
    found: list[tuple[Line, str]] = []
    unknown: list[str] = []
    following = iter(lines[start:])
    for number, row in enumerate(text.splitlines()):
        cells = [cell.strip() for cell in row.split("\t") if cell.strip()]
        if len(cells) >= 2:
            line = by_code.get(cells[0].casefold())
            if line is not None:
                found.append((line, cells[-1]))
            elif number or cells[-1][:1].isdigit():
                unknown.append(cells[0])
        elif cells:
            line = next(following, None)
            if line is not None:
                found.append((line, cells[0]))
    return Pasted(tuple(found), tuple(unknown))
