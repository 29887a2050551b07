"""F1: the keys of the page and of the window (PR-08)."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

Keys = Sequence[tuple[str, str]]

WINDOW_KEYS: Keys = (
    ("Ctrl+2 … Ctrl+9, Ctrl+0", "Go to a page"),
    ("Ctrl+,", "Settings"),
    ("Alt+← / Alt+→", "Back / forward"),
    ("F6 / Shift+F6", "Next / previous part of the window"),
    ("Ctrl+\\", "Navigation as a rail"),
    ("Ctrl+Z", "Undo the last act"),
    ("Menu, Shift+F10", "Menu of the row"),
    ("F1", "This list"),
    ("Ctrl+Q", "Quit"),
)

LIST_KEYS: Keys = (
    ("↑ ↓ PgUp PgDn Home End", "Move"),
    ("Enter", "Open"),
    ("Space", "Tick the row"),
    ("Shift+↑↓, Shift+Space", "Tick a range"),
    ("Ctrl+A", "Select all that match"),
    ("Esc", "Select nothing"),
    ("Ctrl+F, or just type", "Find in this list"),
    ("Ctrl+I", "Detail pane"),
    ("Ctrl+Tab / Ctrl+Shift+Tab", "Next / previous view"),
    ("Ctrl+Shift+S", "Sort by, then by"),
    ("Shift+click on a heading", "Sort by it too"),
    ("F5", "Refresh, show new"),
    ("Ctrl+C / Ctrl+Shift+C", "Copy / with headings"),
    ("Backspace on a filter", "Remove the filter"),
)
VIEW_KEYS: Keys = (
    ("Ctrl+S", "Keep the filter and sort in the view, or as a new one"),
    ("Menu, Shift+F10 on a view", "Rename, share or delete a saved view"),
)
SALES_KEYS: Keys = (
    ("Ctrl+B", "Batch purchase order for what is ticked"),
    ("Ctrl+Shift+B", "Clone the sale to a purchase order"),
    ("Ctrl+L", "Allocate what is on hand"),
    ("Ctrl+Shift+F", "Fulfil: put the units on goods-out notes"),
)
SALE_KEYS: Keys = (
    ("Ctrl+Shift+B", "Clone the ticked rows to a purchase order"),
    ("Ctrl+L", "Allocate what is on hand"),
    ("Ctrl+Shift+F", "Fulfil the ticked rows, else all"),
    ("Space", "Tick the row"),
)
GOODS_OUT_KEYS: Keys = (
    ("Ctrl+P", "Print what is ticked, else the note"),
    ("Ctrl+Shift+P", "Picked, or not picked after all"),
    ("Ctrl+Shift+K", "Packed, or not packed after all"),
    ("Ctrl+Enter", "Ship"),
    ("Del", "Delete: keep or release the units"),
    ("Enter", "Open the sale at the note"),
)
EXCEPTION_KEYS: Keys = (
    ("Enter", "Fix the order"),
    ("Ctrl+Enter", "Fix what is ticked"),
)
PUT_RIGHT_KEYS: Keys = (
    ("Enter", "Open the order"),
    ("Ctrl+Shift+Z", "Undo the fix of the row"),
)
CHANNEL_KEYS: Keys = (("Enter", "Show the sales of the channel"),)
PURCHASE_KEYS: Keys = (
    ("Ctrl+Enter", "Send a draft, receive what was sent"),
    ("Enter", "Open the sales of a line, undo a goods-in note"),
)


class KeyList(QDialog):
    """Keys in two groups; Esc closes."""

    def __init__(self, page_keys: Iterable[tuple[str, str]], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        column = QVBoxLayout(self)
        body = QWidget(self)
        body.setProperty("ground", "none")
        self._grid = QGridLayout(body)
        self._grid.setHorizontalSpacing(24)
        self._grid.setVerticalSpacing(6)
        self._row = 0
        page = tuple(page_keys)
        if page:
            self._group("On this page", page)
        self._group("Everywhere", WINDOW_KEYS)
        area = QScrollArea(self)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setAccessibleName("Keys")
        area.setWidget(body)
        area.setWidgetResizable(True)
        column.addWidget(area, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)
        self.resize(max(480, body.sizeHint().width() + 60), min(body.sizeHint().height() + 90, 620))

    def _group(self, title: str, keys: Keys) -> None:
        heading = QLabel(title, self)
        heading.setProperty("type", "section")
        self._grid.addWidget(heading, self._row, 0, 1, 2)
        self._row += 1
        for key, words in keys:
            name = QLabel(key, self)
            name.setProperty("type", "strong")
            self._grid.addWidget(name, self._row, 0)
            self._grid.addWidget(QLabel(words, self), self._row, 1)
            self._row += 1
