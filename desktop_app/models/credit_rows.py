"""Rows of a credit: as they are taken back in the dialog, on the credit's page, in the list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from desktop_app.models import formats
from desktop_app.models.columns import Align, Column
from desktop_app.models.lines_table import Index, LinesTable
from desktop_app.models.list_source import source_of
from desktop_app.models.marks import Glyph, Mark, Tone
from desktop_app.models.paged_table import ListSource
from desktop_app.services.changes import Topic
from desktop_app.services.credit_details import (
    CREDITS,
    CreditDetail,
    CreditLine,
    CreditRowDetail,
    CreditsFilter,
    Returnable,
    ReturnableRow,
)
from desktop_app.services.crediting import TakeBack
from desktop_app.services.rules.money import to_decimal
from desktop_app.services.rules.returns import share_of, usual
from desktop_app.services.rules.sale_status import Axis

BACK = "back"
REASONS = {
    "unwanted": "unwanted",
    "wrong_item": "wrong item",
    "faulty": "faulty",
    "damaged": "damaged",
    "not_delivered": "not delivered",
    "other": "other",
}
GOES = {
    "restock": "back to on hand",
    "quarantine": "to quarantine",
    "write_off": "written off",
    "none": "money only",
}
_GOES_MARK = {
    "restock": Mark(Glyph.ALL, "On hand", Tone.DONE),
    "quarantine": Mark(Glyph.PROBLEM, "Quarantine", Tone.PART),
    "write_off": Mark(Glyph.REFUSED, "Written off", Tone.NONE),
    "none": Mark(Glyph.NOTHING, "Money only", Tone.NONE),
}


def reason_words(reason: str) -> str:
    """A reason of ours in words; a till's own as it came."""
    return REASONS.get(reason, reason)


@dataclass(frozen=True, slots=True)
class BackTotals:
    """What the dialog's foot says; ``total`` in minor units, tax included."""

    rows: int
    units: int
    total: int
    unread: int
    too_many: int
    goes: Mapping[str, int] = field(default_factory=dict)

    def words(self, currency: str, digits: int) -> str:
        """Say "Credit: 2 rows · 3 units · £18.00 incl. tax · 2 back to on hand, 1 to quarantine"."""
        if not self.rows:
            return "Nothing to take back yet"
        parts = [
            f"Credit: {formats.count(self.rows, 'row')}",
            formats.counted_units(self.units),
            f"{formats.money(self.total, currency, digits)} incl. tax",
            ", ".join(
                f"{formats.quantity(units)} {GOES[goes]}" for goes, units in self.goes.items()
            ),
        ]
        return " · ".join(parts)


class BackRows(LinesTable[ReturnableRow]):
    """The rows of a sale with what comes back now. ``edited`` after each change by a person."""

    edited = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        end, fixed = Align.END, True
        super().__init__(
            (
                Column(
                    key="item", heading="Item", width=24, width_min=14, stretch=True,
                    text=lambda r: f"{r.sku}  {r.description}" if r.sku else r.description,
                    tooltip=lambda r: r.description,
                ),
                Column(key="sold", heading="Sold", text=lambda r: formats.quantity(r.ordered), width=6, align=end, fixed=fixed),
                Column(key="shipped", heading="Shipped", text=_shipped, width=8, align=end, fixed=fixed, priority=2),
                Column(
                    key="before", heading="Before", width=8, align=end, fixed=fixed,
                    text=lambda r: formats.quantity(r.credited) if r.credited else "–",
                    heading_tip="Taken back before",
                ),
                Column(key=BACK, heading="Take back now", text=self._back_text, width=13, align=end, fixed=fixed),
                Column(key="reason", heading="Reason", text=self._reason_text, width=13),
                Column(key="goes", heading="Goods", text=lambda _: "", width=15, heading_tip="What happens to the goods", mark=self._goes_mark),
                Column(key="why", heading="", text=self.remark, width=30, width_min=16, stretch=True, muted=True),
            ),
            parent,
            key=lambda row: row.id,
        )  # fmt: skip
        self.sale: Returnable | None = None
        self.units: dict[int, int] = {}
        self.reasons: dict[int, str] = {}
        self.goes: dict[int, str] = {}
        self.unread: dict[int, tuple[str, str]] = {}
        self.refused: dict[int, str] = {}

    def show_sale(self, found: Returnable) -> None:
        """Show a sale; what was typed stays."""
        self.sale = found
        self.show(found.rows)

    # --- what comes back -------------------------------------------------------------------------

    def taken(self) -> tuple[TakeBack, ...]:
        """The rows of which something comes back."""
        return tuple(
            TakeBack(row.id, self.units[row.id], self.reason_of(row), self.goes_of(row))
            for row in self.rows()
            if self.units.get(row.id)
        )

    def reason_of(self, row: ReturnableRow) -> str:
        """The reason chosen for a row."""
        return self.reasons.get(row.id, "unwanted")

    def goes_of(self, row: ReturnableRow) -> str:
        """What happens to its goods: chosen, or usual for the reason."""
        if row.kind != "stock":
            return "none"
        return self.goes.get(row.id) or usual(self.reason_of(row))

    def choose_reason(self, row: ReturnableRow, reason: str) -> None:
        """Set the reason; what happens to the goods follows it."""
        self.reasons[row.id] = reason
        self.goes.pop(row.id, None)
        self._moved()

    def choose_goes(self, row: ReturnableRow, goes: str) -> None:
        """Set what happens to the goods."""
        self.goes[row.id] = goes
        self._moved()

    def same_for_all(self, row: ReturnableRow) -> None:
        """Give every row the reason and the disposition of this one."""
        goes = self.goes_of(row) if row.kind == "stock" else ""
        for one in self.rows():
            self.reasons[one.id] = self.reason_of(row)
            if goes and one.kind == "stock":
                self.goes[one.id] = goes
        self._moved()

    def take_all(self) -> None:
        """Everything that is left of every row."""
        for row in self.rows():
            if row.left:
                self.units[row.id] = row.left
        self.unread.clear()
        self.refused.clear()
        self._moved()

    def worth(self, row: ReturnableRow) -> int:
        """Minor units, tax included, of what comes back of a row now."""
        units = self.units.get(row.id, 0)
        return sum(share_of(part, row.ordered, row.credited, units) for part in (row.net, row.tax))

    def totals(self) -> BackTotals:
        """What the foot says."""
        mine = [row for row in self.rows() if self.units.get(row.id)]
        goes: dict[str, int] = {}
        for row in mine:
            key = self.goes_of(row)
            goes[key] = goes.get(key, 0) + self.units[row.id]
        return BackTotals(
            rows=len(mine),
            units=sum(self.units[row.id] for row in mine),
            total=sum(self.worth(row) for row in mine),
            unread=len(self.unread),
            too_many=sum(self.units[row.id] > row.left for row in mine),
            goes={key: goes[key] for key in GOES if key in goes},
        )

    def mark_refused(self, rows: Mapping[int, str]) -> None:
        """Mark rows that the service refused, until they are changed."""
        self.refused = dict(rows)
        self._moved()

    # --- editing ---------------------------------------------------------------------------------

    def flags(self, index: Index) -> Qt.ItemFlag:
        made = super().flags(index)
        row = self.row_at(index.row())
        if row is not None and index.isValid() and self.columns[index.column()].key == BACK:
            made |= Qt.ItemFlag.ItemIsEditable
        return made

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.EditRole and index.isValid():
            return self.text(index.row(), index.column())
        if role == Qt.ItemDataRole.ToolTipRole and index.isValid():
            row = self.row_at(index.row())
            if row is not None and (why := self.why_wrong(row)):
                return why
        return super().data(index, role)

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        row = self.row_at(index.row())
        if row is None or role != Qt.ItemDataRole.EditRole:
            return False
        text = str(value).strip()
        self.unread.pop(row.id, None)
        self.refused.pop(row.id, None)
        try:
            self.units[row.id] = (
                formats.parse_quantity(text, whole=row.kind == "stock") if text else 0
            )
        except ValueError as error:
            self.units[row.id] = 0
            self.unread[row.id] = (text, str(error))
        self._moved()
        return row.id not in self.unread

    def why_wrong(self, row: ReturnableRow) -> str:
        """Why what is typed for a row cannot be, or ""."""
        if row.id in self.unread:
            return self.unread[row.id][1]
        if row.id in self.refused:
            return self.refused[row.id]
        over = self.units.get(row.id, 0) - row.left
        if over <= 0:
            return ""
        return f"{formats.quantity(over)} more than was sold and not taken back yet"

    def remark(self, row: ReturnableRow) -> str:
        """What stands in the way, or what a person should know."""
        over = self.units.get(row.id, 0) - row.left
        if over > 0 and row.id not in self.refused:
            return f"{formats.quantity(over)} too many"
        if wrong := self.why_wrong(row):
            return wrong
        if not row.left:
            return "all taken back"
        comes = self.goes_of(row) in {"restock", "quarantine"}
        out = row.shipped - row.returned
        if row.kind == "stock" and comes and self.units.get(row.id, 0) > max(out, 0):
            return f"only {formats.quantity(max(out, 0))} has left"
        if self.units.get(row.id) and self.sale is not None:
            return formats.money(self.worth(row), self.sale.currency, self.sale.digits)
        return ""

    def _moved(self) -> None:
        self._ticks_moved()
        self.edited.emit()

    def _back_text(self, row: ReturnableRow) -> str:
        if row.id in self.unread:
            return self.unread[row.id][0]
        return formats.quantity(self.units.get(row.id, 0))

    def _reason_text(self, row: ReturnableRow) -> str:
        return reason_words(self.reason_of(row)) if self.units.get(row.id) else ""

    def _goes_mark(self, row: ReturnableRow) -> Mark | None:
        return _GOES_MARK[self.goes_of(row)] if self.units.get(row.id) else None


def _shipped(row: ReturnableRow) -> str:
    return formats.quantity(row.shipped) if row.kind == "stock" else "–"


# --- the credit as a page, and the list -----------------------------------------------------------


def row_columns(credit: CreditDetail) -> tuple[Column[CreditRowDetail], ...]:
    """Rows of one credit, in its currency."""
    code, digits = credit.currency, credit.currency_digits
    return (
        Column(key="item", heading="Item", text=lambda r: r.sku, width=14, fixed=True, strong=True),
        Column(
            key="name", heading="Product", text=lambda r: r.description, width=20, width_min=12,
            stretch=True, tooltip=lambda r: r.description,
        ),
        Column(
            key="quantity", heading="Taken back", text=lambda r: formats.quantity(r.quantity), width=10,
            align=Align.END, fixed=True, value=lambda r: to_decimal(r.quantity),
        ),
        Column(
            key="price", heading="Price", text=lambda r: formats.price(r.price, code, digits), width=10,
            align=Align.END, fixed=True, priority=2,
        ),
        Column(
            key="total", heading="Incl. tax", text=lambda r: formats.money(r.net + r.tax, code, digits),
            width=11, align=Align.END, fixed=True,
        ),
        Column(key="reason", heading="Reason", text=lambda r: reason_words(r.reason), width=14),
        Column(
            key="goes", heading="Goods", text=lambda _: "", width=15,
            mark=lambda r: _GOES_MARK[r.disposition],
        ),
        Column(key="place", heading="Put at", text=_place, width=18, priority=2, muted=True),
    )  # fmt: skip


def _place(row: CreditRowDetail) -> str:
    return f"{row.warehouse} · {row.place}" if row.place else ""


def paid_out(axis: Axis) -> Mark:
    """How much of a credit was paid out; filled where a customer still has money to come."""
    return {
        Axis.NONE: Mark(Glyph.NONE, "Not paid out", Tone.PART, filled=True),
        Axis.PART: Mark(Glyph.PART, "Part paid out", Tone.PART, filled=True),
        Axis.ALL: Mark(Glyph.ALL, "Paid out", Tone.DONE),
        Axis.NOT_APPLICABLE: Mark(Glyph.NOTHING, "Nothing to pay out", Tone.NONE),
    }[axis]


def source() -> ListSource[CreditLine, CreditsFilter]:
    """Credits as the source of a paged table."""
    return source_of(Topic.CREDITS, CREDITS)


def _sale(number: int | None) -> str:
    return f"#{number}" if number else ""


COLUMNS: tuple[Column[CreditLine], ...] = (
    Column(
        key="credit", heading="Credit", text=lambda c: f"Credit {c.number}", value=lambda c: c.number,
        width=12, fixed=True, link=True, strong=True, sort="number",
        sort_words=("Lowest first", "Highest first"),
    ),
    Column(
        key="placed", heading="When", text=lambda c: formats.moment(c.placed_at), width=14, fixed=True,
        muted=True, sort="placed", sort_words=("Oldest first", "Newest first"),
        value=lambda c: c.placed_at.isoformat(),
    ),
    Column(key="customer", heading="Customer", text=lambda c: c.customer, width=20, width_min=12, stretch=True),
    Column(key="sale", heading="Of sale", text=lambda c: _sale(c.sale_number), width=10, fixed=True),
    Column(
        key="exchange", heading="Exchange", text=lambda c: _sale(c.exchange_number), width=10, fixed=True,
        heading_tip="The sale that was made instead",
    ),
    Column(key="channel", heading="Channel", text=lambda c: c.channel, width=15, priority=2),
    Column(
        key="units", heading="Units", text=lambda c: formats.quantity(c.units), width=8, align=Align.END,
        fixed=True, value=lambda c: to_decimal(c.units),
    ),
    Column(
        key="total", heading="Worth", text=lambda c: formats.money(c.total, c.currency, c.currency_digits),
        width=12, align=Align.END, fixed=True, sort="total", sort_words=("Smallest first", "Largest first"),
        value=lambda c: f"{c.total / 10**c.currency_digits:.{c.currency_digits}f}",
    ),
    Column(key="payment", heading="Paid out", text=lambda _: "", width=17, mark=lambda c: paid_out(c.payment)),
    Column(key="reference", heading="Reference", text=lambda c: c.reference, width=16, priority=0),
)  # fmt: skip
