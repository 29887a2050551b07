"""The working page of the batch dialog: heading, options, preview and the footer that commits."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop_app.models import batch_words
from desktop_app.models.batch_edits import BatchEdits
from desktop_app.models.formats import count
from desktop_app.services.batch_preview import Preview
from desktop_app.services.progress import Progress
from desktop_app.views import theme, tokens
from desktop_app.views.batch_options import BatchOptionsColumn
from desktop_app.views.batch_pane import PreviewPane


class BatchPage(QWidget):
    """Built once; the dialog decides what it says."""

    def __init__(self, edits: BatchEdits, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.options = BatchOptionsColumn(self)
        self.preview = PreviewPane(edits, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._head())
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.options)
        middle.addWidget(self.preview, 1)
        column.addLayout(middle, 1)
        column.addWidget(self._foot())
        self.fit(1240)

    def _head(self) -> QWidget:
        head = QWidget(self)
        row = QHBoxLayout(head)
        row.setContentsMargins(tokens.PAGE_MARGIN, tokens.CARD_PADDING, tokens.CARD_PADDING, 8)
        row.setSpacing(tokens.RELATED_GAP)
        self.scope = QLabel(head)
        self.scope.setProperty("type", "section")
        self.source = QLabel(head)
        self.source.setProperty("tone", "muted")
        self.company = QPushButton("Use the company's", head)
        self.company.setProperty("kind", "link")
        self.company.setAutoDefault(False)
        self.company.hide()
        row.addWidget(self.scope, 1)
        row.addWidget(self.source)
        row.addWidget(self.company)
        return head

    def _foot(self) -> QWidget:
        both = QWidget(self)
        foot = QFrame(both)
        foot.setProperty("ground", "surface")
        row = QHBoxLayout(foot)
        row.setContentsMargins(tokens.PAGE_MARGIN, 10, tokens.CARD_PADDING, 10)
        row.setSpacing(tokens.RELATED_GAP)
        self.totals = QLabel(foot)
        self.totals.setProperty("type", "strong")
        self.totals.setWordWrap(True)
        self.totals.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.bar = QProgressBar(foot)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress")
        self.bar.hide()
        words = QVBoxLayout()
        words.setSpacing(6)
        words.addWidget(self.totals)
        words.addWidget(self.bar)
        self.cancel = QPushButton("Cancel", foot)
        self.commit = QPushButton("Create purchase orders", foot)
        self.commit.setProperty("kind", "primary")
        box = QDialogButtonBox(foot)
        box.addButton(self.commit, QDialogButtonBox.ButtonRole.AcceptRole)
        box.addButton(self.cancel, QDialogButtonBox.ButtonRole.RejectRole)
        row.addLayout(words, 1)
        row.addWidget(box)
        rule = QFrame(both)
        rule.setProperty("rule", "true")
        column = QVBoxLayout(both)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(rule)
        column.addWidget(foot)
        return both

    def say_source(self, words: str, *, can_reset: bool) -> None:
        """Say whose options are in use (BPO-18)."""
        self.source.setText(words)
        self.company.setVisible(can_reset)

    def show_totals(self, preview: Preview | None, *, pending: bool) -> None:
        """What would be created; greyed while it is being worked out again."""
        self.scope.setText(batch_words.scope(preview) if preview is not None else "")
        self.totals.setText(
            batch_words.totals(preview) if preview is not None else "Working out the preview…"
        )
        self.totals.setProperty("tone", "hint" if pending else "")
        theme.restyle(self.totals)

    def show_progress(self, progress: Progress | None) -> None:
        """Bars count things: "Creating 2 of 5: Penrose Wholesale" (BPO-15, MIC-11)."""
        self.bar.setVisible(progress is not None)
        if progress is None:
            self.cancel.setEnabled(True)
            return
        self.cancel.setEnabled(progress.can_stop)
        total = max(progress.total, 1)
        self.bar.setRange(0, total)
        self.bar.setValue(progress.done)
        if progress.total:
            at = min(progress.done + 1, progress.total)
            detail = f": {progress.detail}" if progress.detail else ""
            self.totals.setText(
                f"Creating {at} of {count(progress.total, 'purchase order')}{detail}"
            )
        else:
            self.totals.setText("Checking that nothing changed…")

    def set_busy(self, *, busy: bool) -> None:
        """While orders are created nothing can be edited."""
        self.options.setEnabled(not busy)
        self.preview.tree.setEnabled(not busy)
        self.cancel.setToolTip("Creates nothing at all" if busy else "Esc")

    def fit(self, width: int) -> None:
        """Share the room between options and preview (IA-05)."""
        self.options.setFixedWidth(self.options.column_width(width))

    def next_pane(self, step: int) -> None:
        """F6: options, search, preview, why, buttons (PR-08)."""
        panes: list[QWidget] = [
            self.options.needed_items.button, self.preview.search, self.preview.tree,
            self.preview.trace.body, self.commit if self.commit.isEnabled() else self.cancel,
        ]  # fmt: skip
        inside: list[QWidget] = [
            self.options, self.preview.search, self.preview.tree, self.preview.trace, self.commit,
        ]  # fmt: skip
        focus = self.window().focusWidget()
        here = next(
            (
                at
                for at, one in enumerate(inside)
                if focus is not None and (one is focus or one.isAncestorOf(focus))
            ),
            -1 if step > 0 else 0,
        )
        panes[(here + step) % len(panes)].setFocus(Qt.FocusReason.TabFocusReason)
