"""A record in a window of its own, over a dialog that has a link to it (IA-06)."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop_app.views import theme
from desktop_app.views.safe_dialog import SafeDialog

SIZE = (1100, 680)


class RecordPeek(SafeDialog):
    """``build`` makes the record's page, given what its way back does: here it closes this."""

    def __init__(
        self, build: Callable[[Callable[[], object]], QWidget], parent: QWidget | None = None
    ) -> None:
        super().__init__("", parent)
        self.page = build(self.accept)
        title = getattr(self.page, "title", "")
        self.setWindowTitle(title if isinstance(title, str) else "")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.page)
        title_changed = getattr(self.page, "title_changed", None)
        if title_changed is not None:
            title_changed.connect(self.setWindowTitle)
        unit = theme.look().text_height / 16
        room = self.screen().availableGeometry()
        self.resize(
            min(round(SIZE[0] * unit), room.width()), min(round(SIZE[1] * unit), room.height())
        )

    def done(self, code: int) -> None:
        super().done(code)
        self.deleteLater()
