"""Who changed a setting, and what a delivery would do with it (SET-01, PR-12)."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop_app.models.columns import Column
from desktop_app.models.formats import count, moment, quantity
from desktop_app.models.lines_table import LinesTable
from desktop_app.models.receipt_turns import DELIVERY
from desktop_app.models.settings_edits import SettingsEdits
from desktop_app.models.settings_words import WORDINGS, in_words
from desktop_app.services import settings
from desktop_app.services.receiving import ReceiptPreview, Turn
from desktop_app.services.settings import Changed
from desktop_app.views.desk import Desk
from desktop_app.views.lines_view import LinesView
from desktop_app.views.tokens import PAGE_MARGIN, RELATED_GAP


class _Closable(QDialog):
    """A heading, a table and Close."""

    def __init__(self, title: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(900, 440)
        self.head = QLabel()
        self.head.setProperty("type", "section")
        self.head.setWordWrap(True)
        close = QPushButton("Close")
        close.setAutoDefault(False)
        close.clicked.connect(self.close)
        foot = QHBoxLayout()
        foot.setSpacing(RELATED_GAP)
        foot.addStretch(1)
        foot.addWidget(close)
        self.box = QVBoxLayout(self)
        self.box.setContentsMargins(PAGE_MARGIN, PAGE_MARGIN, PAGE_MARGIN, PAGE_MARGIN)
        self.box.addWidget(self.head)
        self.box.addLayout(foot)

    def put(self, table: QWidget) -> None:
        """Show the table between heading and foot."""
        self.box.insertWidget(1, table, 1)


class SettingHistory(_Closable):
    """Every change of one setting: when, who, for whom, from, to."""

    def __init__(
        self, desk: Desk, key: str, edits: SettingsEdits, parent: QWidget | None = None
    ) -> None:
        super().__init__("History", parent)
        one = settings.definition(key)
        default = in_words(one, edits.default(key), edits.options)
        self.head.setText(WORDINGS[key].label)

        def words(value: object) -> str:
            return f"{default} (default)" if value is None else in_words(one, value, edits.options)

        columns: tuple[Column[Changed], ...] = (
            Column(key="at", heading="When", text=lambda c: moment(c.at), width=16, fixed=True),
            Column(key="who", heading="Who", text=lambda c: c.person, width=14),
            Column(key="scope", heading="For", text=lambda c: edits.scope_name(c.scope), width=11),
            Column(
                key="from", heading="From", text=lambda c: words(c.old), width=20, width_min=12,
                stretch=True, muted=True, tooltip=lambda c: words(c.old),
            ),
            Column(
                key="to", heading="To", text=lambda c: words(c.new), width=20, width_min=12,
                stretch=True, tooltip=lambda c: words(c.new),
            ),
        )  # fmt: skip
        self.changes = LinesTable[Changed](columns, self, key=lambda c: c.id)
        self.view = LinesView(self.changes, "Changes of the setting")
        self.put(self.view)
        desk.read(self, settings.history, key, then=self.changes.show)


def example_sentence(seen: ReceiptPreview | None) -> str:
    """The worked example in one line (ux 3.5)."""
    if seen is None:
        return "Try it: no purchase order is open just now."
    if not seen.allocate:
        return f"Try it: PO {seen.number} today would leave all {quantity(seen.units)} units as free stock."
    if not seen.allocated:
        return f"Try it: no sale waits for what is to come on PO {seen.number}."
    return (
        f"Try it: PO {seen.number} today would allocate {quantity(seen.allocated)} of"
        f" {quantity(seen.units)} units to {count(seen.sales_served, 'sale')}."
    )


class Example(_Closable):
    """Who would get what of a real open order."""

    def __init__(self, desk: Desk, seen: ReceiptPreview, parent: QWidget | None = None) -> None:
        super().__init__(f"If PO {seen.number} arrived today", parent)
        self.head.setText(
            f"{example_sentence(seen).removeprefix('Try it: ')} Nothing is received by this."
        )
        self.turns = LinesTable[Turn](DELIVERY, self, key=lambda t: t.sale_row_id)
        self.view = LinesView(self.turns, "Who would get what")
        self.view.opened.connect(lambda t: desk.open("sale", t.sale_id))
        self.put(self.view)
        self.turns.show([turn for turn in seen.turns if turn.units])
