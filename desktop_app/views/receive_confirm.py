"""Step 4 of receiving: what is received, extra, short, damaged and allocated, and one button (RCV-10)."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics, QStandardItemModel
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop_app.models.damage_words import damage_of
from desktop_app.models.formats import count, counted_units, quantity
from desktop_app.models.receipt_decisions import Extra, Short
from desktop_app.models.receipt_words import allocate_source, commit_label, differences
from desktop_app.models.receive_flow import ReceiveFlow
from desktop_app.services.access import Permission
from desktop_app.services.errors import ServiceError
from desktop_app.services.receipt_drafts import DraftLine
from desktop_app.services.receiving import ReceiptPreview
from desktop_app.views import theme
from desktop_app.views.choices import CalmCombo
from desktop_app.views.desk import Desk
from desktop_app.views.messages import sentence
from desktop_app.views.notice import Notice
from desktop_app.views.receive_parts import touch_button
from desktop_app.views.tokens import CARD_GAP, CARD_PADDING, RELATED_GAP

ITEMS_NAMED = 8
DIFFERENCES_NAMED = 6


class ConfirmPanel(QWidget):
    """A section for each part with its count, the decisions they want, and the commit."""

    back = Signal()

    def __init__(self, desk: Desk, flow: ReceiveFlow, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk, self._flow = desk, flow
        self.differs = Notice()
        self.received = _Section("Received")
        self.extra = _Section("Extra")
        self.short = _Section("Short")
        self.damaged = _Section("Damaged")
        self.allocated = _Section("Allocated")
        self.extras: dict[int, CalmCombo] = {}
        self._make_short()
        self._make_reference()
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(CARD_GAP)
        sections = (self.received, self.extra, self.short, self.damaged, self.allocated)
        for part in (*sections, self._reference):
            column.addWidget(part)
        column.addStretch(1)
        inside = QWidget()
        inside.setProperty("ground", "none")
        inside.setLayout(column)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        self.commit = touch_button("Receive", self.receive, primary=True, tip="Ctrl+Enter")
        foot = QHBoxLayout()
        foot.setSpacing(RELATED_GAP)
        foot.addWidget(touch_button("Back to scanning  Esc", self.back.emit))
        foot.addStretch(1)
        foot.addWidget(self.commit)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(CARD_GAP)
        box.addWidget(self.differs)
        box.addWidget(scroll, 1)
        box.addLayout(foot)
        flow.preview_changed.connect(self.refresh)
        flow.draft_changed.connect(self.refresh)
        flow.differs.connect(self._show_differences)
        self.refresh()

    def _make_short(self) -> None:
        self.short_choice = CalmCombo("What happens with what did not come")
        self.short_choice.setProperty("touch", "scan")
        self.short_choice.setMinimumContentsLength(24)
        self.short_choice.fill(
            [(Short.LEAVE, "Leave on the PO"), (Short.CLOSE, "Close, will not come")], Short.LEAVE
        )
        why_not = self._desk.why_not(Permission.PLACE_PURCHASES)
        if why_not:
            _grey(self.short_choice, 1, f"Close, will not come – {why_not.lower()}")
        self.short_choice.chosen.connect(self._short_chosen)
        self.reason = QLineEdit()
        self.reason.setProperty("touch", "scan")
        self.reason.setPlaceholderText("Reason, for example: discontinued")
        self.reason.setAccessibleName("Why it will not come")
        self.reason.editingFinished.connect(self._short_chosen)
        self.short.add_choice(self.short_choice)
        self.short.add_choice(self.reason)
        self.reason.hide()

    def _make_reference(self) -> None:
        self._reference = _Section("Delivery note")
        self.reference = QLineEdit()
        self.reference.setProperty("touch", "scan")
        self.reference.setMaxLength(120)
        self.reference.setPlaceholderText("Number on the supplier's paper")
        self.reference.setAccessibleName("Supplier's delivery note number")
        self.reference.editingFinished.connect(self._keep_reference)
        self._reference.add_choice(self.reference)
        self._reference.say(
            "Optional", "Kept with the goods-in note; the same paper cannot be received twice."
        )

    # -- what the flow says ---------------------------------------------------------

    def refresh(self) -> None:
        """Show what would be received now."""
        flow, preview = self._flow, self._flow.preview
        if flow.draft is None:
            self.differs.clear()
            self.reference.clear()
            self.reason.clear()
            self.short_choice.set_key(Short.LEAVE)
            return
        if not self.reference.hasFocus():
            self.reference.setText(flow.reference)
        if preview is not None:
            self._show_received(preview)
            self._show_short(preview)
            self._show_damaged(preview)
            self._show_allocated(preview)
        self._show_extras()
        error = flow.preview_error
        if isinstance(error, ServiceError):
            self.differs.say("wrong", sentence(error))
        elif flow.before is None:
            self.differs.clear()
        self.commit.setText(commit_label(preview) if preview is not None else "Receive")
        self.commit.setAccessibleName(self.commit.text())
        self.commit.setEnabled(preview is not None and not flow.busy)

    def _show_received(self, preview: ReceiptPreview) -> None:
        rows = [row for row in preview.rows if row.units]
        products = len({row.product_id for row in rows})
        named = " · ".join(f"{row.sku} {quantity(row.units)}" for row in rows[:ITEMS_NAMED])
        if len(rows) > ITEMS_NAMED:
            named += f" and {count(len(rows) - ITEMS_NAMED, 'more product')}"
        unplaced = [x for x in self._flow.lines if x.this_time and _unplaced(x)]
        if unplaced:
            verb = "goes" if len(unplaced) == 1 else "go"
            lines = count(len(unplaced), "line")
            named += f"\n{lines} without a scanned bin {verb} to the usual place, else to the default one"
        self.received.say(f"{counted_units(preview.units)}, {count(products, 'product')}", named)

    def _show_short(self, preview: ReceiptPreview) -> None:
        rows = [row for row in preview.rows if row.short]
        units = sum(row.short for row in rows)
        if not rows:
            self.short.say("None", "Everything ordered is here.")
        else:
            named = " · ".join(f"{row.sku} {quantity(row.short)}" for row in rows[:ITEMS_NAMED])
            self.short.say(f"{quantity(units)} in {count(len(rows), 'line')}", named)
        self.short_choice.setVisible(bool(rows))
        self.reason.setVisible(bool(rows) and self._flow.decided.short is Short.CLOSE)

    def _show_damaged(self, preview: ReceiptPreview) -> None:
        rows = [row for row in preview.rows if row.quarantined]
        self.damaged.setVisible(bool(rows))
        named = [damage_of(row.sku, row.quarantined, row.damage) for row in rows[:ITEMS_NAMED]]
        if len(rows) > ITEMS_NAMED:
            named.append(count(len(rows) - ITEMS_NAMED, "more line"))
        self.damaged.say(
            f"{quantity(preview.quarantined)} in {count(len(rows), 'line')}",
            " · ".join(named) + "\nReceived into quarantine: in stock, but for no sale",
        )

    def _show_allocated(self, preview: ReceiptPreview) -> None:
        source = allocate_source(
            preview.allocate, preview.allocate_source, preview.warehouse,
            chosen=self._flow.allocate_chosen,
        )  # fmt: skip
        if preview.allocated:
            sales = count(preview.sales_served, "sale")
            self.allocated.say(f"{quantity(preview.allocated)} units to {sales}", source)
        else:
            self.allocated.say("Nothing", source)

    def _show_extras(self) -> None:
        lines = [line for line in self._flow.lines if line.extra]
        self.extra.setVisible(bool(lines))
        if {line.po_row_id for line in lines} != set(self.extras):
            self.extras = {}
            self.extra.clear_choices()
            for line in lines:
                self._add_extra(line)
        for line in lines:
            self.extras[line.po_row_id].setItemText(1, self._raise_words(line))
            self.extras[line.po_row_id].set_key(self._flow.decided.extras.get(line.po_row_id))
        units = sum(line.extra for line in lines)
        self.extra.say(
            f"{quantity(units)} more than ordered",
            " · ".join(f"{line.sku} {quantity(line.extra)}" for line in lines),
        )

    def _add_extra(self, line: DraftLine) -> None:
        combo = CalmCombo(f"What happens with the extra {line.sku}")
        combo.setProperty("touch", "scan")
        combo.setMinimumContentsLength(24)
        combo.fill(
            [(Extra.SET_ASIDE, "Set aside, not received"), (Extra.RAISE, self._raise_words(line))],
            Extra.SET_ASIDE,
        )
        if self._desk.why_not(Permission.RAISE_PURCHASE_ROW):
            _grey(combo, 1, self._raise_words(line))
        combo.chosen.connect(partial(self._extra_chosen, line.po_row_id))
        self.extras[line.po_row_id] = combo
        self.extra.add_choice(combo, line.sku)

    def _raise_words(self, line: DraftLine) -> str:
        ordered = max(line.before + line.this_time + line.extra, line.ordered)
        why_not = self._desk.why_not(Permission.RAISE_PURCHASE_ROW)
        said = f"Raise PO line to {quantity(ordered)} and receive"
        return f"{said} – {why_not.lower()}" if why_not else said

    def _show_differences(self) -> None:
        before, now = self._flow.before, self._flow.preview
        if before is None or now is None:
            return
        said = differences(before, now)
        rest = len(said) - DIFFERENCES_NAMED
        shown = said[:DIFFERENCES_NAMED] + ([f"and {rest} more"] if rest > 0 else [])
        self.differs.say(
            "part",
            "The allocation changed since you looked. Nothing was received yet. Now:\n• "
            + "\n• ".join(shown),
        )

    # -- what a person does ---------------------------------------------------------

    def receive(self) -> None:
        """Commit what is shown, with the delivery note as it stands in the field."""
        self._keep_reference()
        if self._flow.decided.short is Short.CLOSE:
            self._short_chosen()
        self._flow.commit()

    def _keep_reference(self) -> None:
        self._flow.set_reference(self.reference.text())

    def _extra_chosen(self, row_id: int, what: object) -> None:
        self._flow.decide_extra(row_id, Extra(str(what)))

    def _short_chosen(self, _what: object = None) -> None:
        what = Short(str(self.short_choice.key()))
        self.reason.setVisible(what is Short.CLOSE)
        self._flow.decide_short(what, self.reason.text().strip())


def _unplaced(line: DraftLine) -> bool:
    return not line.places or any(x.location_id is None and x.units for x in line.places)


def _grey(combo: CalmCombo, at: int, words: str) -> None:
    model = combo.model()
    assert isinstance(model, QStandardItemModel)
    model.item(at).setEnabled(False)
    combo.setItemText(at, words)


class _Section(QFrame):
    """A heading, a figure, a line of detail, and the decisions it asks for."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", "true")
        self._title = title
        self._rows: list[QWidget] = []
        head = QLabel(title)
        head.setProperty("type", "section")
        head.setMinimumWidth(
            QFontMetrics(theme.font("section")).horizontalAdvance("Delivery notes")
        )
        head.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeading)
        self.figure = QLabel()
        self.figure.setProperty("type", "section")
        self.detail = QLabel()
        self.detail.setProperty("tone", "muted")
        self.detail.setWordWrap(True)
        self._choices = QVBoxLayout()
        self._choices.setSpacing(RELATED_GAP)
        grid = QGridLayout(self)
        grid.setContentsMargins(CARD_PADDING + 4, CARD_PADDING, CARD_PADDING + 4, CARD_PADDING)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(2)
        grid.addWidget(head, 0, 0, 3, 1, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.figure, 0, 1)
        grid.addWidget(self.detail, 1, 1)
        grid.addLayout(self._choices, 0, 2, 3, 1)
        grid.setRowStretch(2, 1)
        grid.setColumnStretch(1, 1)

    def say(self, figure: str, detail: str) -> None:
        """Show the figure and its detail."""
        self.figure.setText(figure)
        self.figure.setVisible(bool(figure))
        self.detail.setText(detail)
        self.detail.setVisible(bool(detail))
        self.setAccessibleName(f"{self._title}: {figure}. {detail}")

    def add_choice(self, control: QWidget, label: str = "") -> None:
        """Put a control at the end, with a word before it where several decide."""
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(RELATED_GAP)
        if label:
            words = QLabel(label)
            words.setBuddy(control)
            row.addWidget(words)
        control.setMinimumWidth(320)
        row.addWidget(control)
        self._choices.addWidget(holder)
        self._rows.append(holder)

    def clear_choices(self) -> None:
        """Take every control away."""
        for row in self._rows:
            self._choices.removeWidget(row)
            row.deleteLater()
        self._rows = []
