"""Step 1 of receiving as a list: what is being counted, due, late and coming, or what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from desktop_app.models.formats import ago, count, counted_units, day, quantity
from desktop_app.services.receipt_drafts import Found, OrderCard, Receivable

ROOT = QModelIndex()
REFUSALS = {
    "drop_ship": "Drop-ship: it goes straight to the customer, nothing to receive here",
    "cancelled": "Cancelled: nothing is expected",
    "closed": "Closed short: nothing more is expected",
    "received": "Received in full",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A heading (`order` None) or an order with what is said about it."""

    title: str
    order: OrderCard | None = None
    says: str = ""
    late: bool = False

    @property
    def spoken(self) -> str:
        """The line for a screen reader."""
        if self.order is None:
            return self.title
        return f"PO {self.order.number}, {self.order.supplier}, {self.says}"


def _draft(card: OrderCard) -> str:
    said = f"{quantity(card.counted)} of {quantity(card.to_come)} counted"
    if card.counted_at is not None:
        said += f" · {card.counted_by}, {ago(card.counted_at)}"
    return said


def _to_come(card: OrderCard) -> str:
    said = f"{counted_units(card.to_come)} in {count(card.lines, 'line')}"
    return f"{said} · for {count(card.sales, 'sale')}" if card.sales else said


def _late(card: OrderCard) -> str:
    assert card.expected_on is not None
    days = (datetime.now(UTC).astimezone().date() - card.expected_on).days
    return f"{count(days, 'day')} late · {_to_come(card)}"


def _later(card: OrderCard) -> str:
    when = f"expected {day(card.expected_on)} · " if card.expected_on else "no day given · "
    return when + _to_come(card)


def due_lines(now: Receivable) -> list[Line]:
    """The lists of step 1 under their headings; empty lists are left out."""
    made: list[Line] = []
    if now.drafts:
        made.append(Line("Continue counting"))
        made += [Line("", card, _draft(card)) for card in now.drafts]
    if now.due:
        made.append(Line("Due today"))
        made += [Line("", card, _to_come(card)) for card in now.due]
    if now.late:
        made.append(Line("Late"))
        made += [Line("", card, _late(card), late=True) for card in now.late]
    if now.later:
        made.append(Line("Coming later"))
        made += [Line("", card, _later(card)) for card in now.later]
    return made


def summary(now: Receivable) -> str:
    """The lists in one line: "2 being counted · 5 due today · 4 late"."""
    parts = ((now.drafts, "being counted"), (now.due, "due today"), (now.late, "late"))
    said = [f"{len(cards)} {words}" for cards, words in parts if cards]
    return " · ".join(said) or "No delivery is expected today"


def found_lines(found: Sequence[Found], text: str) -> list[Line]:
    """What a search led to, with the reason where an order cannot be received."""
    if not found:
        return []
    made = [Line(f"{count(len(found), 'order')} for “{text}”")]
    for one in found:
        card = one.order
        if card.refusal:
            made.append(Line("", card, REFUSALS.get(card.refusal, card.refusal)))
            continue
        says = _draft(card) if card.draft_id is not None and card.counted else _later(card)
        if one.by == "product":
            says = f"has {one.hit} · {says}"
        elif one.by == "reference":
            says = f"delivery note {one.hit} · {says}"
        made.append(Line("", card, says))
    return made


class ReceivableList(QAbstractListModel):
    """Headings cannot be chosen; orders that cannot be received are shown with the reason."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lines: list[Line] = []

    def show(self, lines: Sequence[Line]) -> None:
        """Show other lines."""
        self.beginResetModel()
        self._lines = list(lines)
        self.endResetModel()

    def line(self, row: int) -> Line | None:
        """The line at a place."""
        return self._lines[row] if 0 <= row < len(self._lines) else None

    def place_of(self, po_id: int) -> int:
        """Where an order stands first, or -1."""
        return next(
            (
                at
                for at, x in enumerate(self._lines)
                if x.order is not None and x.order.po_id == po_id
            ),
            -1,
        )

    def first_order(self) -> int:
        """The place of the first order, or -1."""
        return next((at for at, x in enumerate(self._lines) if x.order is not None), -1)

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = ROOT) -> int:
        return 0 if parent.isValid() else len(self._lines)

    def flags(self, index: QModelIndex | QPersistentModelIndex) -> Qt.ItemFlag:
        line = self.line(index.row())
        if line is None or line.order is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        line = self.line(index.row())
        if line is None:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return line.spoken
        if role == Qt.ItemDataRole.UserRole:
            return line
        return None
