"""The frame of dialogs that change stock: a form, what it leads to, one act in its own words."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop_app.models import formats
from desktop_app.models.moving_words import REASON_WORDS
from desktop_app.services.errors import ServiceError
from desktop_app.services.serving import Served

from . import tokens
from .choices import CalmCombo
from .desk import Desk
from .messages import sentence
from .notice import Act, Notice
from .safe_dialog import SafeDialog

SERVED_NAMED = 4


class StockDialog(SafeDialog):
    """``body`` holds the form; ``button`` is the act; what is wrong stands above the form."""

    def __init__(self, desk: Desk, title: str, width: int, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.desk = desk
        self.once = str(uuid4())
        self.busy = False
        self.setMinimumWidth(width)
        page = QVBoxLayout(self)
        page.setContentsMargins(tokens.PAGE_MARGIN, tokens.CARD_PADDING, tokens.PAGE_MARGIN, 12)
        page.setSpacing(tokens.CARD_GAP)
        self.message = Notice(self)
        page.addWidget(self.message)
        self.body = QVBoxLayout()
        self.body.setSpacing(tokens.CARD_GAP)
        page.addLayout(self.body, 1)
        foot = QHBoxLayout()
        self.total = QLabel(self)
        self.total.setProperty("type", "strong")
        self.total.setWordWrap(True)
        self.total.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.button = QPushButton(self)
        self.button.setProperty("kind", "primary")
        self.cancel = QPushButton("Cancel", self)
        box = QDialogButtonBox(self)
        box.addButton(self.button, QDialogButtonBox.ButtonRole.AcceptRole)
        box.addButton(self.cancel, QDialogButtonBox.ButtonRole.RejectRole)
        foot.addWidget(self.total, 1)
        foot.addWidget(box)
        page.addLayout(foot)
        self.button.clicked.connect(self.commit)
        self.cancel.clicked.connect(self.reject)

    def say_act(self, words: str, why_not: str) -> None:
        """The words of the act, and why it cannot be pressed, if it cannot."""
        self.button.setText(words)
        self.button.setEnabled(not why_not and not self.busy)
        self.button.setToolTip(why_not or "Ctrl+Enter")

    def refuse(self, error: Exception, acts: Sequence[Act] = ()) -> None:
        """Say why not; nothing that was typed is lost."""
        self.busy = False
        if not isinstance(error, ServiceError):
            raise error
        self.message.say("wrong", sentence(error), acts)

    def grow(self) -> None:
        """Make room for what was just shown."""
        layout = self.layout()
        if layout is not None:
            layout.activate()
        self.resize(self.size().expandedTo(self.sizeHint()))

    def renew(self) -> None:
        """What is sent from now on is another request than the one before."""
        self.once = str(uuid4())


def reason_choice(parent: QWidget, *leave_out: str) -> CalmCombo:
    """The short list of reasons (R8.2), none of them chosen."""
    combo = CalmCombo("Reason", parent)
    entries: list[tuple[object, str]] = [("", "Choose a reason")]
    entries += [(key, words) for key, words in REASON_WORDS.items() if key not in leave_out]
    combo.fill(entries, "")
    return combo


def served_words(served: Sequence[Served]) -> str:
    """Who gets the goods: "#3846 gets 1, #3850 gets 2"."""
    units: dict[int, int] = {}
    for one in served:
        units[one.number] = units.get(one.number, 0) + one.units
    named = [
        f"#{number} gets {formats.quantity(part)}"
        for number, part in list(units.items())[:SERVED_NAMED]
    ]
    rest = len(units) - len(named)
    more = f" and {formats.count(rest, 'more sale')}" if rest > 0 else ""
    return ", ".join(named) + more if named else "No sale waits for it there."
