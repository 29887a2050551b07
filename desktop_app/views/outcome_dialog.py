"""What an act on many sales came to, sale by sale (R6.4, SAL-07)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop_app.models.columns import Align, Column
from desktop_app.models.formats import quantity
from desktop_app.models.goods_out_words import ORDER, Outcome, counted, mark, said
from desktop_app.models.lines_table import LinesTable
from desktop_app.services.backend import Done
from desktop_app.services.errors import ServiceError
from desktop_app.views import theme, tokens
from desktop_app.views.desk import Desk
from desktop_app.views.lines_view import LinesView
from desktop_app.views.messages import sentence
from desktop_app.views.notice import Notice
from desktop_app.views.safe_dialog import SafeDialog

QUIET = {"fully", "invoiced"}


def columns(act: str) -> tuple[Column[Outcome], ...]:
    """A sale, its outcome, and how much of it."""
    if act == "invoice":
        figure = Column[Outcome](
            key="invoice", heading="Invoice", width=10, align=Align.END, fixed=True,
            text=lambda one: str(one.get("invoice") or ""),
        )  # fmt: skip
    else:
        figure = Column[Outcome](
            key="units", heading="Units", width=8, align=Align.END, fixed=True,
            text=lambda one: quantity(one["units"]),
        )  # fmt: skip
    return (
        Column(
            key="sale", heading="Sale", text=lambda one: f"#{one['number']}", width=11, fixed=True,
            link=True, strong=True,
        ),
        figure,
        Column(
            key="outcome", heading="Outcome", text=lambda _: "", width=30, width_min=24, stretch=True,
            mark=lambda one: mark(act, str(one["outcome"])),
        ),
    )  # fmt: skip


def wanting_first(sales: Sequence[Outcome]) -> list[Outcome]:
    """What wants a look first, in the order the sales were served; what went well last."""

    def place(one: Outcome) -> int:
        outcome = str(one["outcome"])
        found = ORDER.index(outcome) if outcome in ORDER else len(ORDER)
        return len(ORDER) + 1 if outcome in QUIET else found

    return sorted(sales, key=place)


class OutcomeDialog(SafeDialog):
    """Counts per outcome and a line for each sale; Undo where there is one."""

    def __init__(
        self,
        desk: Desk,
        act: str,
        done: Done[dict[str, Any]],
        parent: QWidget,
        more: tuple[str, Callable[[], object]] | None = None,
    ) -> None:
        super().__init__(said(act, done.result), parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._desk, self._done, self._act = desk, done, act
        page = QVBoxLayout(self)
        margin = tokens.PAGE_MARGIN
        page.setContentsMargins(margin, tokens.CARD_PADDING, margin, margin)
        page.setSpacing(tokens.CARD_GAP)
        self.title = QLabel(said(act, done.result), self)
        self.title.setProperty("type", "section")
        self.counts = QLabel(counted(act, done.result["sales"]), self)
        self.counts.setWordWrap(True)
        self.message = Notice(self)
        self.lines = LinesTable[Outcome](columns(act), self, key=lambda one: one["id"])
        self.view = LinesView(self.lines, "Outcome of each sale", self)
        self.view.opened.connect(self._open)
        self.view.linked.connect(lambda one, _key: self._open(one))
        for widget in (self.title, self.counts, self.message, self.view):
            page.addWidget(widget)
        page.setStretchFactor(self.view, 1)
        page.addWidget(self._buttons(more))
        self.lines.show(wanting_first(done.result["sales"]))
        unit = theme.look().text_height / 16
        room = self.screen().availableGeometry()
        self.resize(min(round(560 * unit), room.width()), min(round(480 * unit), room.height()))
        self.view.setCurrentIndex(self.lines.index(0, 0))
        self.view.setFocus()

    def _buttons(self, more: tuple[str, Callable[[], object]] | None) -> QDialogButtonBox:
        box = QDialogButtonBox(self)
        self.close_button = QPushButton("Close", self)
        self.close_button.setProperty("kind", "primary")
        self.close_button.clicked.connect(self.accept)
        box.addButton(self.close_button, QDialogButtonBox.ButtonRole.AcceptRole)
        self.undo: QPushButton | None = None
        if self._done.can_undo:
            self.undo = QPushButton("Undo", self)
            self.undo.clicked.connect(lambda _checked: self._undo())
            box.addButton(self.undo, QDialogButtonBox.ButtonRole.ResetRole)
        self.more: QPushButton | None = None
        if more is not None:
            words, act = more
            self.more = QPushButton(words, self)
            self.more.clicked.connect(lambda _checked: self._leave_for(act))
            box.addButton(self.more, QDialogButtonBox.ButtonRole.ActionRole)
        return box

    def commit(self) -> None:
        """Ctrl+Enter closes: everything is done."""
        self.accept()

    def _leave_for(self, act: Callable[[], object]) -> None:
        self.accept()
        act()

    def _open(self, one: Outcome) -> None:
        self.accept()
        self._desk.open("sale", one["id"])

    def _undo(self) -> None:
        if self.undo is not None:
            self.undo.setEnabled(False)
        words = said(self._act, self._done.result)
        self._desk.undo(self._done.journal_id, words, then=self.accept, failed=self._refused)

    def _refused(self, error: Exception) -> None:
        if not isinstance(error, ServiceError):
            raise error
        self.message.say("wrong", sentence(error))
