"""Import a folder of CSV files: check first, list every problem, then write all or nothing."""

from __future__ import annotations

import csv
from pathlib import Path
from uuid import uuid4

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from desktop_app.models import formats
from desktop_app.models.columns import Align, Column
from desktop_app.models.lines_table import LinesTable
from desktop_app.services.backend import Done
from desktop_app.services.errors import ServiceError
from desktop_app.services.imports import import_documents, plan_import
from desktop_app.services.imports.mapping import OWN, shipped
from desktop_app.services.imports.report import FileRead, ImportPlan, Problem
from desktop_app.services.progress import Progress

from .desk import Desk
from .import_text import KIND_WORDS, problem_sentence
from .lines_view import LinesView
from .messages import sentence
from .safe_dialog import SafeDialog

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

PROBLEMS: tuple[Column[Problem], ...] = (
    Column(key="file", heading="File", text=lambda p: p.file, width=22, fixed=True),
    Column(key="row", heading="Line", text=lambda p: "" if p.row is None else str(p.row), width=7, align=Align.END, fixed=True),
    Column(key="column", heading="Column", text=lambda p: p.column or "", width=16, fixed=True),
    Column(key="value", heading="Value", text=lambda p: p.value or "", width=18, tooltip=lambda p: p.value or ""),
    Column(key="what", heading="What is wrong, and what to do", text=problem_sentence, width=40, width_min=24,
           stretch=True, tooltip=problem_sentence),
)  # fmt: skip
FILES: tuple[Column[FileRead], ...] = (
    Column(key="name", heading="File", text=lambda f: f.name, width=26, fixed=True, strong=True),
    Column(key="feeds", heading="Read as", text=lambda f: ", ".join(KIND_WORDS.get(k, k) for k in f.feeds),
           width=24, width_min=14, stretch=True),
    Column(key="rows", heading="Rows", text=lambda f: formats.locale().toString(f.rows), width=10, align=Align.END, fixed=True),
    Column(key="encoding", heading="Encoding", text=lambda f: f.encoding, width=12),
    Column(key="delimiter", heading="Between cells", text=lambda f: {",": "comma", ";": "semicolon", "\t": "tab"}.get(f.delimiter, f.delimiter), width=14),
)  # fmt: skip


class ImportDialog(SafeDialog):
    """Folder and format, what they would do, what is wrong with them, and the import."""

    def __init__(self, desk: Desk, parent: QWidget | None = None, folder: str = "") -> None:
        super().__init__("Import CSV files", parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(1000, 680)
        self.desk = desk
        self.plan: ImportPlan | None = None
        self._once = str(uuid4())
        self._progress: Progress | None = None
        page = QVBoxLayout(self)
        page.setContentsMargins(16, 16, 16, 16)
        page.setSpacing(12)
        page.addLayout(self._choice(folder))
        self.summary = QLabel(
            "Choose a folder of CSV files. It is checked first; nothing is written until you say so."
        )
        self.summary.setWordWrap(True)
        page.addWidget(self.summary)
        self.problems: LinesTable[Problem] = LinesTable(PROBLEMS, self)
        self.notices: LinesTable[Problem] = LinesTable(PROBLEMS, self)
        self.files: LinesTable[FileRead] = LinesTable(FILES, self)
        self.tabs = QTabWidget()
        for model, name in (
            (self.problems, "Problems"),
            (self.notices, "Worth knowing"),
            (self.files, "Files"),
        ):
            self.tabs.addTab(LinesView(model, name), name)
        page.addWidget(self.tabs, 1)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.hide()
        page.addWidget(self.bar)
        page.addLayout(self._buttons())
        self._timer = QTimer(self, interval=100)
        self._timer.timeout.connect(self._poll)
        self._settle()

    def _choice(self, folder: str) -> QHBoxLayout:
        row = QHBoxLayout()
        self.folder = QLineEdit(folder)
        self.folder.setAccessibleName("Folder")
        self.folder.setPlaceholderText("Folder of CSV files")
        self.folder.textChanged.connect(self._forget)
        browse = QPushButton("Choose…")
        browse.setAutoDefault(False)
        browse.clicked.connect(self._browse)
        self.format = QComboBox()
        self.format.setAccessibleName("Format")
        self.format.addItem("Backroom’s own templates", OWN)
        for name, mapping in shipped().items():
            self.format.addItem(mapping.title, name)
        self.format.addItem("A mapping file…", "")
        self.format.activated.connect(self._format_chosen)
        self.check = QPushButton("Check")
        self.check.setAutoDefault(False)
        self.check.clicked.connect(self._check)
        for widget, stretch in ((self.folder, 1), (browse, 0), (self.format, 0), (self.check, 0)):
            row.addWidget(widget, stretch)
        return row

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.save = QPushButton("Save the report…")
        self.save.clicked.connect(self._save_report)
        self.stop = QPushButton("Stop")
        self.stop.clicked.connect(self._stop)
        self.stop.hide()
        self.cancel = QPushButton("Close")
        self.cancel.clicked.connect(self.reject)
        self.write = QPushButton("Import")
        self.write.setProperty("kind", "primary")
        self.write.clicked.connect(self._import)
        row.addWidget(self.save)
        row.addStretch(1)
        for button in (self.stop, self.cancel, self.write):
            row.addWidget(button)
        for button in (self.save, self.stop, self.cancel, self.write):
            button.setAutoDefault(False)
        return row

    def _browse(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "Folder of CSV files", self.folder.text())
        if path:
            self.folder.setText(path)
            self._check()

    def _format_chosen(self, at: int) -> None:
        if not self.format.itemData(at):
            path, _ = QFileDialog.getOpenFileName(
                self, "Mapping", self.folder.text(), "Mappings (*.toml)"
            )
            if path:
                self.format.insertItem(at, Path(path).name, path)
                self.format.setCurrentIndex(at)
            else:
                self.format.setCurrentIndex(0)
        self._forget()

    def _forget(self) -> None:
        self.plan = None
        self._settle()

    def _settle(self) -> None:
        busy = self._progress is not None
        plan = self.plan
        self.check.setEnabled(not busy and bool(self.folder.text().strip()))
        self.save.setEnabled(not busy and plan is not None and bool(plan.problems or plan.notices))
        ready = plan is not None and plan.ok and plan.changes > 0
        self.write.setEnabled(not busy and ready)
        self.write.setText(
            f"Import {formats.count(plan.changes, 'record')}"
            if plan is not None and ready
            else "Import"
        )
        self.cancel.setEnabled(not busy)
        self.stop.setVisible(busy)
        self.bar.setVisible(busy)

    def _check(self) -> None:
        folder, mapping = self.folder.text().strip(), self.format.currentData() or None
        if not folder:
            return
        progress = self._begin("Reading and checking…")
        self.desk.background.read(
            self,
            lambda: plan_import(self.desk.backend, folder, mapping, progress),
            self._checked,
            self._refused,
        )

    def _begin(self, words: str) -> Progress:
        self._progress = Progress()
        self.summary.setText(words)
        self._timer.start()
        self._settle()
        return self._progress

    def _end(self) -> None:
        self._progress = None
        self._timer.stop()
        self._settle()

    def _checked(self, plan: ImportPlan) -> None:
        self.plan = plan
        self._once = str(uuid4())
        self._end()
        self.problems.show(plan.problems)
        self.notices.show(plan.notices)
        self.files.show(plan.files)
        for at, (words, number) in enumerate(
            (
                ("Problems", plan.problem_count),
                ("Worth knowing", len(plan.notices)),
                ("Files", len(plan.files)),
            )
        ):
            self.tabs.setTabText(at, f"{words} {formats.locale().toString(number)}")
        self.tabs.setCurrentIndex(0 if plan.problems else 2)
        self.summary.setText(summary_of(plan))

    def _import(self) -> None:
        if self.plan is None:
            return
        progress = self._begin("Importing…")
        self.desk.run(
            self,
            import_documents(self.plan),
            once=self._once,
            progress=progress,
            says="Import done",
            then=self._imported,
            failed=self._refused,
        )

    def _imported(self, done: Done[dict[str, object]]) -> None:
        self._end()
        assert self.plan is not None
        self.summary.setText("Imported. " + summary_of(self.plan))
        self.plan = None
        self._settle()

    def _refused(self, error: Exception) -> None:
        self._end()
        if not isinstance(error, ServiceError):
            raise error
        self.summary.setText(sentence(error))

    def _stop(self) -> None:
        if self._progress is not None:
            self._progress.stop()

    def _poll(self) -> None:
        if self._progress is not None:
            self.bar.setMaximum(max(self._progress.total, 1))
            self.bar.setValue(self._progress.done)
            self.stop.setEnabled(self._progress.can_stop)

    def _save_report(self) -> None:
        path, _ = QFileDialog.getSaveFileName(
            self, "Save the report", "import-report.csv", "CSV (*.csv)"
        )
        if path and self.plan is not None:
            self.save_report(Path(path))

    def save_report(self, path: Path) -> None:
        """Write what was found to a file, or say why that cannot be."""
        if self.plan is None:
            return
        try:
            write_report(path, self.plan)
        except OSError as error:
            self.summary.setText(f"The report cannot be written to {path} ({error.strerror}).")
        else:
            self.summary.setText(f"The report is in {path}.")

    def commit(self) -> None:
        """Ctrl+Enter: import what was checked, else check."""
        (self.write if self.write.isEnabled() else self.check).click()

    def reject(self) -> None:
        """Leave; while files are read or written, Esc stops that first."""
        if self._progress is not None:
            self._stop()
        else:
            super().reject()


def summary_of(plan: ImportPlan) -> str:
    """Say in one paragraph what the files hold and what importing them would do."""
    parts = [
        f"{KIND_WORDS.get(kind, kind)}: {formats.count(t.new, 'new', 'new')}, {t.updated} changed, {t.unchanged} unchanged"
        for kind, t in plan.tallies.items()
        if t.new or t.updated or t.unchanged
    ]
    totals = plan.totals
    if totals.units_sold:
        parts.append(
            f"{formats.quantity(totals.units_sold)} units sold, {formats.quantity(totals.units_shipped)} shipped,"
            f" {formats.count(totals.rows_waiting, 'row')} waiting"
        )
    if totals.units_bought:
        parts.append(
            f"{formats.quantity(totals.units_bought)} units bought, {formats.quantity(totals.units_received)} received"
        )
    if not plan.ok:
        wrong = formats.count(plan.problem_count, "problem")
        parts.insert(
            0, f"{wrong} to put right before anything is written. Correct the files and check again"
        )
    return ". ".join(parts) + "." if parts else "There is nothing to import in this folder."


def write_report(path: Path, plan: ImportPlan) -> None:
    """Write problems and notices as CSV; cells that a spreadsheet would run are quoted."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["File", "Line", "Column", "Value", "What is wrong"])
        for problem in (*plan.problems, *plan.notices):
            row = [
                problem.file,
                problem.row or "",
                problem.column or "",
                problem.value or "",
                problem_sentence(problem),
            ]
            writer.writerow(
                [f"'{cell}" if str(cell).startswith(FORMULA_STARTS) else cell for cell in row]
            )
