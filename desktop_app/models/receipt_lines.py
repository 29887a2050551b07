"""The lines of a receipt being counted, as a table: one quantity can be typed (RCV-05)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from desktop_app.models.columns import Align, Column
from desktop_app.models.formats import parse_quantity, quantity
from desktop_app.models.lines_table import Index, LinesTable
from desktop_app.models.marks import Glyph, Mark, Tone
from desktop_app.services.receipt_drafts import DraftLine, LineState

THIS_TIME = "this_time"


def state_mark(line: DraftLine) -> Mark:
    """How far a line is, in a glyph and a word."""
    left = max(line.outstanding - line.this_time, 0)
    if line.damaged:
        much = f"{quantity(left)} left" if left else "Done"
        much = f"{quantity(line.extra)} extra" if line.extra else much
        said = f"{quantity(line.damaged)} damaged, {much[0].lower()}{much[1:]}"
        return Mark(Glyph.PROBLEM, said, Tone.PART, filled=True)
    if line.extra:
        return Mark(Glyph.PROBLEM, f"{quantity(line.extra)} extra", Tone.PART, filled=True)
    if line.state is LineState.DONE or not left:
        return Mark(Glyph.ALL, "Done", Tone.DONE)
    if line.this_time:
        return Mark(Glyph.PART, f"{quantity(left)} left", Tone.PART)
    return Mark(Glyph.NONE, "None yet", Tone.NONE)


def bins(line: DraftLine) -> str:
    """Where the units of a line lie: scanned bins, else the usual one."""
    named = [place.code or line.usual for place in line.places if place.units]
    seen = list(dict.fromkeys(code for code in named if code))
    return ", ".join(seen) or line.usual or "–"


COLUMNS: tuple[Column[DraftLine], ...] = (
    Column(key="sku", heading="Item", text=lambda r: r.sku, width=13, fixed=True, strong=True),
    Column(
        key="name", heading="Name", text=lambda r: r.name, width=18, width_min=8, stretch=True,
        muted=True, priority=2, tooltip=lambda r: r.name,
    ),
    Column(
        key="ordered", heading="Ordered", text=lambda r: quantity(r.ordered), width=8,
        align=Align.END, fixed=True, priority=3,
    ),
    Column(
        key="before", heading="Before", text=lambda r: quantity(r.before), width=7,
        align=Align.END, fixed=True, muted=True, priority=4, heading_tip="Received earlier",
    ),
    Column(
        key=THIS_TIME, heading="This time", text=lambda r: quantity(r.this_time + r.extra), width=9,
        align=Align.END, fixed=True, strong=True,
        heading_tip="Counted now, extras included. Type a number to set it.",
    ),
    Column(key="bin", heading="Bin", text=bins, width=10, priority=2),
    Column(key="state", heading="State", text=lambda r: state_mark(r).word, width=17, mark=state_mark),
)  # fmt: skip

LINK_COLUMNS: tuple[Column[DraftLine], ...] = tuple(
    column for column in COLUMNS if column.key in {"sku", "name", "ordered", "state"}
)
"""What tells one line from another, to choose one."""


class ReceiptLines(LinesTable[DraftLine]):
    """The lines of the draft. A typed quantity is only asked for, with `counted(row id, units)`.

    Nothing changes here until the flow gives the line back. `refused(text)` says why a typed text
    is no quantity.
    """

    counted = Signal(int, object)
    refused = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(COLUMNS, parent, key=lambda line: line.po_row_id)
        self.editable = True

    def show(self, rows: Sequence[DraftLine]) -> None:
        """Put other lines on; the same rows in the same order keep current row and scroll place."""
        before = self.rows()
        if [x.po_row_id for x in rows] != [x.po_row_id for x in before]:
            super().show(rows)
            return
        self._rows = list(rows)
        for at, (old, new) in enumerate(zip(before, rows, strict=True)):
            if old != new:
                self.dataChanged.emit(self.index(at, 0), self.index(at, len(COLUMNS) - 1))

    def row_of(self, po_row_id: int | None) -> int:
        """The place of a purchase row, or -1."""
        ids = [line.po_row_id for line in self.rows()]
        return ids.index(po_row_id) if po_row_id in ids else -1

    def flags(self, index: Index) -> Qt.ItemFlag:
        found = super().flags(index)
        if index.isValid() and COLUMNS[index.column()].key == THIS_TIME and self.editable:
            found |= Qt.ItemFlag.ItemIsEditable
        return found

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.EditRole:
            role = Qt.ItemDataRole.DisplayRole
        return super().data(index, role)

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        line = self.row_at(index.row())
        if line is None or role != Qt.ItemDataRole.EditRole:
            return False
        try:
            units = parse_quantity(str(value), whole=line.whole)
        except ValueError as error:
            self.refused.emit(str(error))
            return False
        if units != line.this_time + line.extra:
            self.counted.emit(line.po_row_id, units)
        return True
