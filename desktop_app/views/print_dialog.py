"""Papers of every kind: seen first, then on paper or as PDF (R5.1, R6.1, BPO-16, MIC-12)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop_app.models.formats import count
from desktop_app.models.papers import draw, pdf, set_page, sheets
from desktop_app.models.print_jobs import PaperType, PrintJob
from desktop_app.views import theme, tokens
from desktop_app.views.choices import CalmCombo
from desktop_app.views.desk import Desk
from desktop_app.views.notice import Notice
from desktop_app.views.safe_dialog import SafeDialog
from desktop_app.views.save_pdf import ask_where, refused, remember_folder

PAPERS_MAX = 200
"""More than a person prints at once."""
PAGES_SHOWN = 8


class PrintDialog(SafeDialog):
    """``job`` says what is printed of these records. A failing printer changes nothing.

    Where the job has a stamp (goods-out notes), printing and saving mark the records as printed.
    """

    def __init__(self, desk: Desk, job: PrintJob, ids: Sequence[int], parent: QWidget) -> None:
        super().__init__("Print", parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._desk = desk
        self._job = job
        self._ids = list(ids)[:PAPERS_MAX]
        self._left_out = len(ids) - len(self._ids)
        self._types: dict[str, PaperType] = {}
        self.papers: tuple[Any, ...] = ()
        self._busy = False
        self._build()
        unit = theme.look().text_height / 16
        room = self.screen().availableGeometry()
        self.resize(
            min(max(round(760 * unit), 890), room.width()), min(round(760 * unit), room.height())
        )
        self._settle()
        desk.read(self, job.read, self._ids, then=self._arrived)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        inside = QVBoxLayout()
        inside.setContentsMargins(
            tokens.PAGE_MARGIN, tokens.CARD_PADDING, tokens.PAGE_MARGIN, tokens.PAGE_MARGIN
        )
        inside.setSpacing(tokens.CARD_GAP)
        head = QHBoxLayout()
        self.title = QLabel("Print", self)
        self.title.setProperty("type", "section")
        self.kind = CalmCombo("What to print", self)
        self._offer(())
        self.kind.chosen.connect(lambda _kind: self._show())
        head.addWidget(self.title, 1)
        head.addWidget(self.kind)
        self.message = Notice(self)
        self._sheets = QWidget(self)
        self._sheets.setProperty("ground", "none")
        self._column = QVBoxLayout(self._sheets)
        self._column.setSpacing(tokens.CARD_GAP)
        self.preview = QScrollArea(self)
        self.preview.setWidgetResizable(True)
        self.preview.setWidget(self._sheets)
        self.preview.setAccessibleName("Preview")
        inside.addLayout(head)
        inside.addWidget(self.message)
        inside.addWidget(self.preview, 1)
        column.addLayout(inside, 1)
        column.addWidget(self._foot())

    def _foot(self) -> QWidget:
        foot = QFrame(self)
        foot.setProperty("ground", "surface")
        row = QHBoxLayout(foot)
        row.setContentsMargins(tokens.PAGE_MARGIN, 10, tokens.CARD_PADDING, 10)
        self.pages = QLabel(foot)
        self.pages.setProperty("tone", "muted")
        self.pages.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.save = QPushButton("Save as PDF…", foot)
        self.button = QPushButton("Print…", foot)
        self.button.setProperty("kind", "primary")
        self.cancel = QPushButton("Close", foot)
        box = QDialogButtonBox(foot)
        box.addButton(self.button, QDialogButtonBox.ButtonRole.AcceptRole)
        box.addButton(self.save, QDialogButtonBox.ButtonRole.ActionRole)
        box.addButton(self.cancel, QDialogButtonBox.ButtonRole.RejectRole)
        self.button.clicked.connect(self.commit)
        self.save.clicked.connect(lambda _checked: self._save())
        self.cancel.clicked.connect(self.reject)
        row.addWidget(self.pages, 1)
        row.addWidget(box)
        return foot

    # -- showing ----------------------------------------------------------------------------

    def chosen_type(self) -> PaperType:
        """What is printed."""
        return self._types[str(self.kind.key())]

    def _offer(self, papers: Sequence[Any]) -> None:
        types = self._job.types(papers)
        self._types = {one.key: one for one in types}
        self.kind.fill([(one.key, one.many) for one in types], types[0].key)
        self.kind.setVisible(len(types) > 1)

    def _arrived(self, papers: tuple[Any, ...]) -> None:
        self.papers = papers
        self.title.setText(f"Print {count(len(papers), self._job.noun)}")
        self._offer(papers)
        if self._left_out:
            first = count(len(self._ids), self._job.short)
            more = count(self._left_out, f"more {self._job.short}")
            self.message.say("info", f"The first {first}. {more} can be printed after these.")
        self._show()

    def _show(self) -> None:
        """Draw the first pages in another thread: a long list takes a while."""
        kind, papers = self.chosen_type(), self.papers
        self._desk.background.read_latest(
            self,
            "sheets",
            lambda: sheets(kind.htmls(papers), PAGES_SHOWN),
            self._drawn,
            self._failed,
        )
        self._settle()

    def _drawn(self, made: tuple[list[QImage], int]) -> None:
        shown, pages = made
        while (item := self._column.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for at, sheet in enumerate(shown):
            label = QLabel(self._sheets)
            label.setPixmap(QPixmap.fromImage(sheet))
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            label.setAccessibleName(f"Page {at + 1} of {pages}")
            self._column.addWidget(label)
        self._column.addStretch(1)
        rest = pages - len(shown)
        self.pages.setText(
            count(pages, "page") + (f", the first {len(shown)} shown" if rest else "")
        )

    def _settle(self) -> None:
        why = self._desk.why_not(self._job.needs)
        for button in (self.button, self.save):
            button.setEnabled(bool(self.papers) and not why and not self._busy)
            button.setToolTip(why)

    # -- on paper, as PDF --------------------------------------------------------------------

    def commit(self) -> None:
        """Ask for the printer, then print."""
        if not self.button.isEnabled():
            return
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        if last := self._desk.config.printers.get(self.chosen_type().key):
            printer.setPrinterName(last)
        set_page(printer)
        asked = QPrintDialog(printer, self)
        asked.accepted.connect(lambda: self._print(printer))
        asked.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        asked.setModal(True)
        asked.show()

    def _print(self, printer: QPrinter) -> None:
        kind, papers = self.chosen_type(), self.papers
        self._desk.config.printers[kind.key] = printer.printerName()
        self._begin(lambda: draw(kind.htmls(papers), printer), f"{self._named()} printed")

    def _begin(self, work: Callable[[], int], words: str) -> None:
        """Draw in another thread; stamp what was printed when it is done."""
        self._busy = True
        self.message.clear()
        self._settle()
        self._desk.background.read(self, work, lambda _pages: self._stamp(words), self._failed)

    def _failed(self, error: Exception) -> None:
        self._busy = False
        self._settle()
        if not isinstance(error, OSError):
            raise error
        unmarked = " Nothing was marked as printed." if self._job.stamps else ""
        self.message.say("wrong", f"{refused(error)}{unmarked} Try another place.")

    def _save(self) -> None:
        ask_where(self, self._desk, self.chosen_type(), self.file_name(), self.save_to)

    def _named(self) -> str:
        return self.chosen_type().named(len(self.papers))

    def file_name(self) -> str:
        """What the file is called unless the person says otherwise."""
        numbers = [paper.number for paper in self.papers]
        span = f"{numbers[0]}" if len(numbers) == 1 else f"{numbers[0]}-{numbers[-1]}"
        return f"{self._named()} {span}.pdf"

    def save_to(self, path: str) -> None:
        """Write the PDF; a disk that refuses is said, and nothing is marked."""
        kind, papers, named = self.chosen_type(), self.papers, self._named()
        remember_folder(self._desk, kind, path)
        self._begin(
            lambda: pdf(path, kind.htmls(papers), named), f"{named} saved as {Path(path).name}"
        )

    def _stamp(self, words: str) -> None:
        """Note it where the job notes it; say where it went."""
        stamp = self._job.stamp(self.papers)
        if stamp is not None:
            self._desk.run(self, stamp, says=words)
        else:
            self._desk.said.emit(words)
        self.accept()

    def reject(self) -> None:
        """Leave, unless it is printing."""
        if not self._busy:
            super().reject()
