"""How many units of a line another supplier delivers, and which one (BPO-10)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop_app.models import batch_words
from desktop_app.models.batch_edits import most_of_part, most_to_split, read_part, why_whole
from desktop_app.models.formats import quantity
from desktop_app.services.batch_preview import Line
from desktop_app.views import theme, tokens
from desktop_app.views.choices import CalmCombo
from desktop_app.views.safe_dialog import SafeDialog


class SplitDialog(SafeDialog):
    """Splits a line or, with ``change``, gives a part other units or another supplier.

    ``units()`` and ``supplier_id()`` after it was accepted. ``taken``: the suppliers of the other
    parts.
    """

    def __init__(
        self,
        line: Line,
        ordered: int,
        suppliers: Sequence[tuple[int, str]],
        taken: Collection[int],
        parent: QWidget | None = None,
        *,
        change: bool = False,
    ) -> None:
        super().__init__(f"Change part of {line.sku}" if change else f"Split {line.sku}", parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._line, self._change, self._suppliers = line, change, suppliers
        self._most = most_of_part(line) if change else most_to_split(line, ordered)
        self._total = line.open + line.split[0].units if change else ordered
        self._whole = "" if change else why_whole(line, ordered)
        self._names = dict(suppliers) | {one.supplier_id: one.name for one in line.prices}
        own = next((x.supplier_id for x in line.split if x.key == line.key), line.supplier_id)
        self._picked: object = own if change else None
        self._taken = {*taken} if change else {*taken, own}
        self._keeper = line.split[0].supplier if change else self._names.get(own or 0, "")
        self._priced: int | None = None
        page = QVBoxLayout(self)
        margin = tokens.PAGE_MARGIN
        page.setContentsMargins(margin, margin, margin, margin)
        page.setSpacing(tokens.CARD_GAP)
        lead = QLabel(f"{line.sku}  {line.name}", self)
        lead.setProperty("type", "strong")
        lead.setTextFormat(Qt.TextFormat.PlainText)
        lead.setWordWrap(True)
        page.addWidget(lead)
        page.addLayout(self._form())
        self.sum = QLabel(self)
        self.sum.setTextFormat(Qt.TextFormat.PlainText)
        self.sum.setProperty("tone", "muted")
        self.problem = QLabel(self)
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.setProperty("tone", "wrong")
        for label in (self.sum, self.problem):
            label.setWordWrap(True)
            page.addWidget(label)
        page.addStretch(1)
        page.addWidget(self._buttons())
        unit = theme.look().text_height / 16
        room = self.screen().availableGeometry()
        self.resize(min(round(520 * unit), room.width()), min(round(230 * unit), room.height()))
        self.field.setText(quantity(line.open) if change else "")
        self._settle()
        self.field.setFocus()
        self.field.selectAll()

    def _form(self) -> QFormLayout:
        form = QFormLayout()
        form.setHorizontalSpacing(tokens.CARD_GAP)
        self.field = QLineEdit(self)
        self.field.setAccessibleName(f"Units of {self._line.sku} for another supplier")
        self.field.setAlignment(Qt.AlignmentFlag.AlignTrailing)
        self.field.textChanged.connect(self._settle)
        self.supplier = CalmCombo(f"Supplier of these units of {self._line.sku}", self)
        self.supplier.chosen.connect(self._pick)
        form.addRow("Units", self.field)
        form.addRow("Supplier", self.supplier)
        return form

    def _buttons(self) -> QDialogButtonBox:
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.split = QPushButton("Change" if self._change else "Split", self)
        self.split.setProperty("kind", "primary")
        self.split.setToolTip("Ctrl+Enter")
        self.split.clicked.connect(self.accept)
        box.addButton(self.split, QDialogButtonBox.ButtonRole.AcceptRole)
        box.rejected.connect(self.reject)
        return box

    def commit(self) -> None:
        """Ctrl+Enter."""
        self.split.click()

    def units(self) -> int:
        """The units that were typed."""
        return read_part(self.field.text(), self._line, self._most)

    def supplier_id(self) -> int | None:
        """Who delivers them."""
        key = self.supplier.key()
        return key if isinstance(key, int) else None

    def _pick(self, key: object) -> None:
        self._picked = key
        self._settle()

    def _settle(self, *_changed: object) -> None:
        units, wrong = 0, self._whole
        if not wrong and self.field.text().strip():
            try:
                units = self.units()
            except ValueError as error:
                wrong = str(error)
        self._fill(units or self._line.quantity)
        chosen = self.supplier_id()
        if not wrong and self.supplier.count() == 0:
            wrong = "There is no other supplier to choose."
        self.problem.setText(wrong)
        self.problem.setVisible(bool(wrong))
        ready = not wrong and units > 0 and chosen is not None
        going = units if ready else 0
        name = self._names.get(chosen or 0, "")
        words = batch_words.divided(self._keeper, self._total - going, name, going)
        self.sum.setText(words)
        self.sum.setVisible(not wrong)
        self.split.setEnabled(ready)
        state = "wrong" if wrong and self.field.text().strip() else ""
        if (self.field.property("state") or "") != state:
            self.field.setProperty("state", state)
            theme.restyle(self.field)

    def _fill(self, units: int) -> None:
        """Those that offer the product first, with what they ask for so many (BPO-10)."""
        if units == self._priced:
            return
        self._priced = units
        offered = self._line.prices_at(units)
        not_others = {one.supplier_id for one in offered} | self._taken
        entries: list[tuple[object, str]] = [
            (one.supplier_id, batch_words.supplier_terms(one))
            for one in offered
            if one.supplier_id not in self._taken
        ]
        others = [one for one in self._suppliers if one[0] not in not_others]
        if others and not entries:  # nobody who sells it: not for the program to choose
            entries.append((None, "Choose a supplier"))
        # Until somebody is picked, the one who asks least for so many.
        self.supplier.fill([*entries, *others], keep=self._picked)
