"""What is chosen, in exact words, and what can be done with it (SAL-04 to SAL-07)."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QWidget

from desktop_app.models.chosen import Chosen
from desktop_app.models.formats import count
from desktop_app.views.tokens import RELATED_GAP


class BatchBar(QWidget):
    """Follows a Chosen. Actions that do not fit go into More; the last one added stays longest."""

    all_wanted = Signal()
    outside_wanted = Signal()

    def __init__(
        self, chosen: Chosen, noun: str, nouns: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._chosen, self._noun, self._nouns = chosen, noun, nouns
        self._matching = 0
        self._actions: list[tuple[QAction, QPushButton]] = []
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(RELATED_GAP)
        self._words = QLabel(self)
        self._words.setProperty("type", "strong")
        row.addWidget(self._words)
        self._sums = QLabel(self)
        row.addWidget(self._sums)
        self._all = self._link(self.all_wanted.emit)
        self._outside = self._link(self.outside_wanted.emit)
        self._more_match = self._link(self._add_more)
        self._clear = self._link(chosen.clear)
        self._clear.setText("Clear")
        for link in (self._all, self._outside, self._more_match, self._clear):
            row.addWidget(link)
        row.addStretch(1)
        self._row = row
        self._more = QPushButton("More", self)
        self._more.setProperty("menu", "true")
        self._more_menu = QMenu(self._more)
        self._more.setMenu(self._more_menu)
        self._more.hide()
        row.addWidget(self._more)
        chosen.changed.connect(self.refresh)
        self.refresh()

    def add_action(self, action: QAction, *, primary: bool = False) -> None:
        """Add a button for an action; its text, tooltip and enabled state follow the action."""
        button = QPushButton(self)
        button.setAutoDefault(False)
        if primary:
            button.setProperty("kind", "primary")
        button.clicked.connect(action.trigger)

        def follow() -> None:
            button.setText(action.text())
            button.setToolTip(action.toolTip() if action.toolTip() != action.text() else "")
            button.setEnabled(action.isEnabled())
            self._fit()

        action.changed.connect(follow)
        self._actions.append((action, button))
        self._row.addWidget(button)
        follow()

    def set_matching(self, number: int) -> None:
        """How many match the filter: for "Select all 312 matching"."""
        self._matching = number
        self.refresh()

    def set_sums(self, text: str) -> None:
        """Sums of the chosen records, for example "£3,284.10 · 31 units short"."""
        self._sums.setText(text)

    def words(self) -> str:
        """What is said of the choice: "All 312 matching sales selected"."""
        return " ".join(part for part in (self._words.text(), self._sums.text()) if part)

    def refresh(self) -> None:
        """Say what is chosen and what part of it the filter shows."""
        chosen = self._chosen
        number = len(chosen)
        words = f"{count(number, self._noun, self._nouns)} selected"
        if chosen.is_exactly_all:
            words = (
                f"All {count(number, f'matching {self._noun}', f'matching {self._nouns}')} selected"
            )
        self._words.setText(words)
        seen = chosen.in_view()
        outside = seen.outside if seen is not None else 0
        more = seen.more if seen is not None else 0
        self._outside.setVisible(outside > 0)
        part_of_all = chosen.all_matching is not None
        tail = "no longer match – drop" if part_of_all else "not in this view – show them"
        self._outside.setText(f"{outside:,} {tail}")
        self._more_match.setVisible(more > 0)
        self._more_match.setText(f"{more:,} more match now – add")
        self._all.setText(f"Select all {self._matching:,} matching")
        self._all.setVisible(not part_of_all and self._matching > number)
        self._fit()

    def _add_more(self) -> None:
        self._chosen.choose(self._chosen.unchosen_matches())

    def _link(self, then: Callable[[], object]) -> QPushButton:
        link = QPushButton(self)
        link.setProperty("kind", "link")
        link.setAutoDefault(False)
        link.clicked.connect(lambda _checked: then())
        return link

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Fold buttons into More from the left until the rest fits (4.6, point 10)."""
        if not self._actions or not self.isVisible():
            return
        words = self._words.sizeHint().width() + self._sums.sizeHint().width()
        links = (self._all, self._outside, self._more_match, self._clear)
        words += sum(link.sizeHint().width() for link in links if not link.isHidden())
        room = self.width() - words - RELATED_GAP * (len(self._actions) + 6)
        folded: list[QAction] = []
        sizes = [button.sizeHint().width() for _, button in self._actions]
        while len(folded) < len(sizes) - 1:
            more = self._more.sizeHint().width() if folded else 0
            if sum(sizes[len(folded) :]) + more <= room:
                break
            folded.append(self._actions[len(folded)][0])
        for number, (_, button) in enumerate(self._actions):
            button.setVisible(number >= len(folded))
        self._more_menu.clear()
        self._more_menu.addActions(folded)
        self._more.setVisible(bool(folded))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fit()
