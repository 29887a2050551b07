"""Addresses for sales that a supplier could not deliver to: typed here, used on the orders (R4.3)."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QFormLayout,
    QFrame,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop_app.models.formats import count, counted_units
from desktop_app.services.batch_preview import LeftOut
from desktop_app.services.rules.delivery_address import ADDRESS_MAX, missing_parts
from desktop_app.views import theme, tokens
from desktop_app.views.messages_drop_ship import missing
from desktop_app.views.safe_dialog import SafeDialog

REASONS = {"no_address", "address_incomplete"}
SHOWN_MAX = 50
"""So many sales at once; the rest is asked for when these are done."""


def lacking(left_out: Sequence[LeftOut]) -> list[LeftOut]:
    """The sales that are not ordered for want of an address."""
    return [one for one in left_out if one.reason in REASONS]


class AddressesDialog(SafeDialog):
    """One line per sale, the parts of its address with commas between; ``addresses()`` after."""

    def __init__(self, sales: Sequence[LeftOut], parent: QWidget | None = None) -> None:
        super().__init__("Addresses to deliver to", parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        shown = sales[:SHOWN_MAX]
        self._fields: dict[int, QLineEdit] = {}
        page = QVBoxLayout(self)
        margin = tokens.PAGE_MARGIN
        page.setContentsMargins(margin, margin, margin, margin)
        page.setSpacing(tokens.CARD_GAP)
        words = "Street and town, with a comma between. They go on the purchase orders; the sales stay as they are."
        if len(sales) > len(shown):
            words += f" {count(len(sales) - len(shown), 'more sale')} will be asked for next."
        hint = QLabel(words, self)
        hint.setWordWrap(True)
        hint.setProperty("tone", "muted")
        page.addWidget(hint)
        page.addWidget(self._form(shown), 1)
        self.problem = QLabel(self)
        self.problem.setProperty("tone", "wrong")
        self.problem.setWordWrap(True)
        page.addWidget(self.problem)
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.use = QPushButton("Use", self)
        self.use.setProperty("kind", "primary")
        self.use.clicked.connect(self.accept)
        box.addButton(self.use, QDialogButtonBox.ButtonRole.AcceptRole)
        box.rejected.connect(self.reject)
        page.addWidget(box)
        unit = theme.look().text_height / 16
        room = self.screen().availableGeometry()
        height = min(round((200 + 40 * min(len(shown), 8)) * unit), room.height())
        self.resize(min(round(640 * unit), room.width()), height)
        self._settle()

    def _form(self, sales: Sequence[LeftOut]) -> QScrollArea:
        scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = QWidget(scroll)
        inside.setProperty("ground", "none")
        form = QFormLayout(inside)
        form.setContentsMargins(0, 0, 0, 0)
        for one in sales:
            field = QLineEdit(", ".join(one.label.splitlines()), inside)
            field.setAccessibleName(f"Address of #{one.number}")
            field.setPlaceholderText("12 Mill Lane, Bath BA1 2QR")
            field.setMaxLength(ADDRESS_MAX)
            field.textChanged.connect(self._settle)
            self._fields[one.sale_id] = field
            form.addRow(f"#{one.number} · {counted_units(one.units)}", field)
        scroll.setWidget(inside)
        return scroll

    def addresses(self) -> dict[int, str]:
        """What was typed and can be delivered to, by sale id."""
        return {
            key: field.text().strip()
            for key, field in self._fields.items()
            if not missing_parts(field.text())
        }

    def field_of(self, sale_id: int) -> QLineEdit:
        """The field of a sale."""
        return self._fields[sale_id]

    def commit(self) -> None:
        """Ctrl+Enter."""
        self.use.click()

    def _settle(self) -> None:
        ready = self.addresses()
        self.use.setText(f"Use {count(len(ready), 'address', 'addresses')}" if ready else "Use")
        self.use.setEnabled(bool(ready))
        wrong = ""
        for key, field in self._fields.items():
            bad = bool(field.text().strip()) and key not in ready
            state = "wrong" if bad else ""
            if (field.property("state") or "") != state:
                field.setProperty("state", state)
                theme.restyle(field)
            if bad and not wrong:
                wrong = f"{field.accessibleName()} lacks {missing(missing_parts(field.text()))}."
        self.problem.setText(wrong)
