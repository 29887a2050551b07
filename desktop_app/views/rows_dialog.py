"""The frame of dialogs over a table of rows that are typed into: margins, foot, leaving (MIC-15)."""

from __future__ import annotations

from uuid import uuid4

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop_app.models.formats import count
from desktop_app.services.errors import ServiceError
from desktop_app.views import theme, tokens
from desktop_app.views.desk import Desk
from desktop_app.views.messages import sentence
from desktop_app.views.notice import Notice
from desktop_app.views.safe_dialog import SafeDialog
from desktop_app.views.typed_cells import TypedTable


class RowsDialog(SafeDialog):
    """``without``: what is left undone by leaving, as in "Leave without cloning?".

    The subclass makes ``message`` and ``table`` between ``frame`` and ``end_with``, in the order
    that Tab walks.
    """

    without = ""
    message: Notice
    table: TypedTable

    def __init__(self, desk: Desk, title: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._desk = desk
        self._once = str(uuid4())
        self._busy = False
        self._leaving = False

    # --- building --------------------------------------------------------------------------------

    def frame(self) -> QVBoxLayout:
        """What stands above the foot, with the margins of a page."""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        inside = QVBoxLayout()
        margin = tokens.PAGE_MARGIN
        inside.setContentsMargins(margin, tokens.CARD_PADDING, margin, margin)
        inside.setSpacing(tokens.CARD_GAP)
        column.addLayout(inside, 1)
        return inside

    def end_with(self, act: str, hint: str = "") -> QPushButton:
        """The foot: ``totals`` over a hint, the button that commits, which is returned, Cancel."""
        foot = QFrame(self)
        foot.setProperty("ground", "surface")
        row = QHBoxLayout(foot)
        row.setContentsMargins(tokens.PAGE_MARGIN, 10, tokens.CARD_PADDING, 10)
        said = QVBoxLayout()
        said.setSpacing(0)
        self.totals = QLabel(foot)
        self.totals.setProperty("type", "strong")
        self.totals.setWordWrap(True)
        self.totals.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        said.addWidget(self.totals)
        if hint:
            below = QLabel(hint, foot)
            below.setProperty("type", "caption")
            said.addWidget(below)
        button = QPushButton(act, foot)
        button.setProperty("kind", "primary")
        self.cancel = QPushButton("Cancel", foot)
        box = QDialogButtonBox(foot)
        box.addButton(button, QDialogButtonBox.ButtonRole.AcceptRole)
        box.addButton(self.cancel, QDialogButtonBox.ButtonRole.RejectRole)
        button.clicked.connect(self.commit)
        self.cancel.clicked.connect(self.reject)
        row.addLayout(said, 1)
        row.addWidget(box)
        layout = self.layout()
        assert layout is not None
        layout.addWidget(foot)
        return button

    def open_at(self, wide: int, high: int) -> None:
        """The size at the usual text size; it grows with the text, up to the screen's."""
        unit = theme.look().text_height / 16
        room = self.screen().availableGeometry()
        self.resize(min(round(wide * unit), room.width()), min(round(high * unit), room.height()))

    # --- refusals and leaving --------------------------------------------------------------------

    def _fail(self, error: Exception) -> None:
        """What was to be read could not be."""
        if not isinstance(error, ServiceError):
            raise error
        self.message.say("wrong", sentence(error))

    def changed_rows(self) -> int:
        """How many rows hold what a person typed, which leaving would lose."""
        return 0

    def reject(self) -> None:
        """Leave, unless it is being done; asks once where typed figures would be lost."""
        lost = self.changed_rows()
        if self._busy:
            return
        if lost and not self._leaving:
            self._leaving = True
            be = "is" if lost == 1 else "are"
            leave = f"Leave without {self.without}"
            acts = ((leave, super().reject), ("Go on", self._stay))
            self.message.say("part", f"{leave}? {count(lost, 'changed row')} {be} lost.", acts)
            self.message.buttons[0].setFocus()
        else:
            super().reject()

    def _stay(self) -> None:
        self._leaving = False
        self.message.clear()
        self.table.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._leaving:
            self._stay()
        else:
            super().keyPressEvent(event)
