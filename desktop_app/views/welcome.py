"""First run, and what to do when a database cannot be opened (FRS-01, reliability 3.8)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFileDialog,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from desktop_app.models.background import Background
from desktop_app.services import company, opening
from desktop_app.services.errors import Rejected, ServiceError
from desktop_app.services.opening import NewCompany, Start, Store

from .messages import sentence

CODE_MAX = 12


def warehouse_codes(names: str) -> tuple[tuple[str, str], ...]:
    """Turn "Bristol, Leeds" into (code, name) pairs with codes that do not repeat."""
    made: list[tuple[str, str]] = []
    taken: set[str] = set()
    for name in (part.strip() for part in names.split(",")):
        if not name:
            continue
        stem = "".join(c for c in name.upper() if c.isalnum())[:CODE_MAX] or "WAREHOUSE"
        code, number = stem, 2
        while code in taken:
            code, number = f"{stem}{number}", number + 1
        taken.add(code)
        made.append((code, name))
    return tuple(made)


class Welcome(QWidget):
    """Emits ``opened(store, start)`` once there is a database to work on."""

    opened = Signal(object, str)

    def __init__(
        self,
        background: Background,
        address: str,
        problem: ServiceError | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("ground", "window")
        self.setWindowTitle("Welcome to Backroom")
        self._background = background
        self._address = address
        self._tried = address  # what "Try again" opens
        page = QVBoxLayout(self)
        page.setContentsMargins(48, 40, 48, 32)
        page.setSpacing(16)
        title = QLabel("Welcome to Backroom")
        title.setProperty("type", "title")
        page.addWidget(title)
        lead = QLabel("Waiting sales become purchase orders, arriving goods become shipped sales.")
        lead.setProperty("tone", "muted")
        page.addWidget(lead)
        self.notice = QFrame()
        self.notice.setProperty("notice", "wrong")
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        QHBoxLayout(self.notice).addWidget(self.message)
        page.addWidget(self.notice)
        page.addWidget(self._choices())
        page.addWidget(self._form())
        self.place = QLabel()
        self.place.setProperty("type", "caption")
        self.place.setWordWrap(True)
        page.addWidget(self.place)
        page.addStretch(1)
        page.addLayout(self._buttons())
        self._show_place()
        self.tell(problem)
        self._settle()
        self.resize(720, 620)

    def _choices(self) -> QWidget:
        box = QFrame()
        box.setProperty("card", "true")
        inside = QVBoxLayout(box)
        inside.setSpacing(10)
        self._start = QButtonGroup(self)
        for key, words, hint in (
            ("sample", "Look around with sample data", "Wren & Harbour: 3 warehouses, 1,500 sales, 40 purchase orders. Made in seconds, left with one click."),
            ("empty", "Start empty", "Your own company. Products and suppliers come from files or by hand."),
            ("import", "Start with my data", "Your own company, then a folder of CSV files is checked before anything is written."),
        ):  # fmt: skip
            button = QRadioButton(words)
            button.setProperty("start", key)
            button.setAccessibleDescription(hint)
            self._start.addButton(button)
            inside.addWidget(button)
            below = QLabel(hint)
            below.setProperty("type", "caption")
            below.setWordWrap(True)
            below.setIndent(26)
            inside.addWidget(below)
        self._start.buttons()[0].setChecked(True)
        self._start.buttonClicked.connect(self._settle)
        return box

    def _form(self) -> QWidget:
        self.form = QWidget()
        rows = QFormLayout(self.form)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self.name = QLineEdit()
        self.name.setPlaceholderText("for example Orchard Lane Ltd")
        self.name.setMaxLength(120)
        self.currency = QComboBox()
        self.currency.addItems(list(company.CURRENCIES))
        self.warehouses = QLineEdit("Main warehouse")
        self.warehouses.setPlaceholderText("one, or several with commas between")
        for words, field in (
            ("Company", self.name), ("Currency", self.currency), ("Warehouses", self.warehouses),
        ):  # fmt: skip
            field.setAccessibleName(words)
            rows.addRow(words, field)
        self.name.textChanged.connect(self._settle)
        return self.form

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.other = QPushButton("Open another file…")
        self.other.clicked.connect(self._open_other)
        self.elsewhere = QPushButton("Keep it elsewhere…")
        self.elsewhere.clicked.connect(self._choose_place)
        self.again = QPushButton("Try again")
        self.again.clicked.connect(lambda: self._open(self._tried))
        self.begin = QPushButton("Start")
        self.begin.setProperty("kind", "primary")
        self.begin.clicked.connect(self._begin)
        for button in (self.other, self.elsewhere, self.again, self.begin):
            button.setAutoDefault(False)
        row.addWidget(self.other)
        row.addWidget(self.elsewhere)
        row.addStretch(1)
        row.addWidget(self.again)
        row.addWidget(self.begin)
        return row

    def start(self) -> str:
        """The chosen way to begin: sample, empty or import."""
        chosen = self._start.checkedButton()
        return str(chosen.property("start")) if chosen is not None else "sample"

    def tell(self, problem: ServiceError | None) -> None:
        """Show why nothing could be opened, and a way on."""
        self.notice.setVisible(problem is not None)
        self._offer("Try again" if problem is not None else "")
        if problem is not None:
            self.message.setText(sentence(problem))

    def _offer(self, words: str) -> None:
        """Offer to open what was tried; without words, there is nothing to open."""
        self.again.setText(words)
        self.again.setVisible(bool(words))

    def _settle(self) -> None:
        own = self.start() != "sample"
        self.form.setVisible(own)
        self.begin.setEnabled(not own or bool(self.name.text().strip()))
        self.begin.setText("Start with sample data" if not own else "Create company")

    def _show_place(self) -> None:
        if opening.is_server(self._address):
            host = self._address.rpartition("@")[2]
            self.place.setText(f"The company will be kept on the server {host}.")
        else:
            self.place.setText(f"Kept in {self._address}, on this computer only.")

    def _choose_place(self) -> None:
        path, _ = QFileDialog.getSaveFileName(
            self, "Keep the company in", self._address, "Backroom files (*.backroom)"
        )
        if path:
            self._address = path if path.endswith(".backroom") else f"{path}.backroom"
            self._show_place()

    def _open_other(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self,
            "Open a company",
            str(Path(self._address).parent),
            "Backroom files (*.backroom);;All files (*)",
        )
        if path:
            self._open(path)

    def _open(self, address: str) -> None:
        self._tried = address
        self._wait(lambda: opening.open_store(address), "", "Try again")

    def _begin(self) -> None:
        wanted = NewCompany(
            self.name.text().strip(),
            self.currency.currentText(),
            warehouse_codes(self.warehouses.text()),
            Start(self.start()),
        )
        self._tried = address = self._address
        self._wait(lambda: opening.make(address, wanted), wanted.start.value, "")

    def _wait(self, work: Callable[[], Store], start: str, again: str) -> None:
        self.setEnabled(False)
        self.begin.setText("Working…")

        def succeeded(store: Store) -> None:
            self.opened.emit(store, start)

        def failed(error: Exception) -> None:
            self.setEnabled(True)
            self._settle()
            if not isinstance(error, ServiceError):
                raise error
            self.tell(error)
            there = isinstance(error, Rejected) and error.code == "file_exists"
            self._offer("Open it" if there else again)

        self._background.write(self, work, succeeded, failed)
