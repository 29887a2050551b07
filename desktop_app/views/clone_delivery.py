"""Where a cloned order is delivered: a warehouse, or straight to the customer (CLN-03, R4.3)."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from desktop_app.models.clone_rows import Totals
from desktop_app.models.formats import count
from desktop_app.models.marks import Tone
from desktop_app.services.cloning import ClonePreview
from desktop_app.services.rules.delivery_address import ADDRESS_MAX, missing_parts, tidy
from desktop_app.views import theme, tokens
from desktop_app.views.choices import CalmCombo
from desktop_app.views.messages_drop_ship import displaced, missing

LINES = 3
"""An address is seen whole, without scrolling, as a rule."""


class AddressField(QPlainTextEdit):
    """A few lines; Tab leaves it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Address to deliver to")
        self.setPlaceholderText("Street and number\nTown and postcode")
        self.setTabChangesFocus(True)
        height = LINES * self.fontMetrics().lineSpacing() + 2 * round(
            self.document().documentMargin()
        )
        self.setFixedHeight(height + 2 * self.frameWidth() + 2)


class DeliveryChoice(QWidget):
    """The choice beside *Deliver to*. ``changed`` when a person chose or typed something."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.to_warehouse = QRadioButton("Warehouse", self)
        self.to_customer = QRadioButton("Customer – drop-ship", self)
        self.to_warehouse.setChecked(True)
        self.warehouse = CalmCombo("Deliver to", self)
        group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(tokens.RELATED_GAP)
        for button in (self.to_warehouse, self.to_customer):
            group.addButton(button)
        row.addWidget(self.to_warehouse)
        row.addWidget(self.warehouse, 1)
        row.addWidget(self.to_customer)
        group.buttonToggled.connect(lambda _button, on: self._chosen() if on else None)

    @property
    def is_drop_ship(self) -> bool:
        """The supplier delivers to the customer."""
        return self.to_customer.isChecked()

    def _chosen(self) -> None:
        self.warehouse.setEnabled(not self.is_drop_ship)
        self.changed.emit()


class DropShipCard(QFrame):
    """The address, and what a drop-ship means for this sale. ``edited`` when it was typed into."""

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("notice", "info")
        self.setAccessibleName("Drop-ship")
        self._customer = ""
        self._source = ""
        inside = QHBoxLayout(self)
        inside.setContentsMargins(tokens.CARD_PADDING, 8, tokens.CARD_PADDING, 8)
        inside.setSpacing(tokens.CARD_GAP)
        left = QVBoxLayout()
        left.setSpacing(tokens.LABEL_GAP)
        self.heading = QLabel("Deliver to the customer at", self)
        self.heading.setProperty("type", "caption")
        self.address = AddressField(self)
        self.heading.setBuddy(self.address)
        left.addWidget(self.heading)
        left.addWidget(self.address)
        left.addStretch(1)
        self.words = QLabel(self)
        self.words.setWordWrap(True)
        inside.addLayout(left, 2)
        inside.addWidget(self.words, 3)
        self.address.textChanged.connect(self.edited)
        self.hide()

    def show_sale(self, sale: ClonePreview) -> None:
        """Begin with the sale's address, or else the customer's own."""
        self._customer = sale.customer
        self._source = "" if sale.address or not sale.customer_address else "customer"
        self.address.setPlainText(sale.address or sale.customer_address)

    def text(self) -> str:
        """The address as it will be on the order."""
        return tidy(self.address.toPlainText())

    def why_not(self) -> str:
        """Why nothing could be delivered there; names the missing parts (CLN-03)."""
        if parts := missing_parts(self.text()):
            return f"The address lacks {missing(parts)}"
        if len(self.text()) > ADDRESS_MAX:
            return f"The address is too long: at most {ADDRESS_MAX} characters"
        return ""

    def say(self, totals: Totals, rows: int) -> None:
        """What cloning now would mean."""
        said = [
            f"Goes straight to {self._customer}: nothing will be received, and it is never on order."
        ]
        if rows:
            become = "becomes" if rows == 1 else "become"
            said.append(
                f"{count(rows, 'row')} of the sale {become} drop-ship: fulfilled at once, shipped when"
                " you mark the order so."
            )
        if gone := displaced(totals.released, totals.freed):
            said.append(f"<b>{gone}.</b>")
        if totals.undeliverable:
            said.append(f"{count(totals.undeliverable, 'ticked row')} cannot be drop-shipped.")
        if self._source:
            said.append("The sale has no address of its own: this is the customer's.")
        why = self.why_not()
        if why:
            ink = theme.look().palette.statuses[Tone.WRONG].text
            said.append(f"<span style='color:{ink}'><b>▲ {why}.</b> Type it on the left.</span>")
        self.words.setText("<br>".join(said))
        state = "wrong" if why else ""
        if (self.address.property("state") or "") != state:
            self.address.setProperty("state", state)
            theme.restyle(self.address)
