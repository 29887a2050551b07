"""Pick lists and packing slips: seen first, then on paper or as PDF (R6.1, MIC-12)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop_app.models import goods_out_papers
from desktop_app.models.formats import count
from desktop_app.models.goods_out_papers import PaperKind
from desktop_app.models.papers import draw, set_page
from desktop_app.services import goods_out, goods_out_details
from desktop_app.services.access import Permission
from desktop_app.services.goods_out_details import Paper
from desktop_app.views import theme, tokens
from desktop_app.views.choices import CalmCombo
from desktop_app.views.desk import Desk
from desktop_app.views.notice import Notice
from desktop_app.views.safe_dialog import SafeDialog

NOTES_MAX = 200
"""More than a person prints at once."""
PAGES_SHOWN = 8

KINDS = ((PaperKind.PICK_LIST, "Pick list"), (PaperKind.PACKING_SLIP, "Packing slips"))
NAMES = dict(KINDS)


class PrintDialog(SafeDialog):
    """Printing or saving stamps the notes as printed; a failing printer changes nothing."""

    last_printer = ""
    last_folder = ""

    def __init__(self, desk: Desk, note_ids: Sequence[int], parent: QWidget) -> None:
        super().__init__("Print", parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._desk = desk
        self._ids = list(note_ids)[:NOTES_MAX]
        self._left_out = len(note_ids) - len(self._ids)
        self.papers: tuple[Paper, ...] = ()
        self._busy = False
        self._build()
        unit = theme.look().text_height / 16
        room = self.screen().availableGeometry()
        self.resize(
            min(max(round(760 * unit), 890), room.width()), min(round(760 * unit), room.height())
        )
        self._settle()
        desk.read(self, goods_out_details.papers, self._ids, then=self._arrived)

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
        self.kind.fill(list(KINDS), PaperKind.PICK_LIST)
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

    def chosen_kind(self) -> PaperKind:
        """What is printed."""
        return PaperKind(str(self.kind.key()))

    def _arrived(self, papers: tuple[Paper, ...]) -> None:
        self.papers = papers
        self.title.setText(f"Print {count(len(papers), 'goods-out note')}")
        if all(paper.shipped_at for paper in papers) and papers:
            # What has left is not picked any more.
            self.kind.fill(list(KINDS[1:]), PaperKind.PACKING_SLIP)
        if self._left_out:
            self.message.say(
                "info",
                f"The first {len(self._ids)} notes. {count(self._left_out, 'more note')} can be"
                " printed after these.",
            )
        self._show()

    def _show(self) -> None:
        """Draw the first pages in another thread: a long list takes a while."""
        kind, papers = self.chosen_kind(), self.papers
        self._desk.background.read_latest(
            self, "sheets", lambda: goods_out_papers.sheets(kind, papers, PAGES_SHOWN),
            self._drawn, self._failed,
        )  # fmt: skip
        self._settle()

    def _drawn(self, made: tuple[list[QImage], int]) -> None:
        sheets, pages = made
        while (item := self._column.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for at, sheet in enumerate(sheets):
            label = QLabel(self._sheets)
            label.setPixmap(QPixmap.fromImage(sheet))
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            label.setAccessibleName(f"Page {at + 1} of {pages}")
            self._column.addWidget(label)
        self._column.addStretch(1)
        rest = pages - len(sheets)
        self.pages.setText(
            count(pages, "page") + (f", the first {len(sheets)} shown" if rest else "")
        )

    def _settle(self) -> None:
        why = self._desk.why_not(Permission.SHIP)
        for button in (self.button, self.save):
            button.setEnabled(bool(self.papers) and not why and not self._busy)
            button.setToolTip(why)

    # -- on paper, as PDF --------------------------------------------------------------------

    def commit(self) -> None:
        """Ask for the printer, then print."""
        if not self.button.isEnabled():
            return
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        if PrintDialog.last_printer:
            printer.setPrinterName(PrintDialog.last_printer)
        set_page(printer)
        asked = QPrintDialog(printer, self)
        asked.accepted.connect(lambda: self._print(printer))
        asked.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        asked.setModal(True)
        asked.show()

    def _print(self, printer: QPrinter) -> None:
        PrintDialog.last_printer = printer.printerName()
        kind, papers = self.chosen_kind(), self.papers
        self._begin(
            lambda: draw([goods_out_papers.html_of(kind, papers)], printer),
            f"{NAMES[kind]} printed",
        )

    def _begin(self, work: Callable[[], int], words: str) -> None:
        """Draw in another thread; mark the notes when it is done."""
        self._busy = True
        self.message.clear()
        self._settle()
        self._desk.background.read(self, work, lambda _pages: self._stamp(words), self._failed)

    def _failed(self, error: Exception) -> None:
        self._busy = False
        self._settle()
        if not isinstance(error, OSError):
            raise error
        where = (
            f"{error.filename} cannot be written" if error.filename else "The printer did not print"
        )
        self.message.say(
            "wrong",
            f"{where} ({error.strerror}). Nothing was marked as printed. Try another place.",
        )

    def _save(self) -> None:
        folder = PrintDialog.last_folder or QStandardPaths.writableLocation(
            QStandardPaths.StandardLocation.DocumentsLocation
        )
        asked = QFileDialog(self, "Save as PDF", folder, "PDF files (*.pdf)")
        asked.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        asked.setDefaultSuffix("pdf")
        asked.selectFile(self.file_name())
        asked.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        asked.fileSelected.connect(self.save_to)
        asked.open()

    def file_name(self) -> str:
        """What the file is called unless the person says otherwise."""
        numbers = [paper.number for paper in self.papers]
        words = NAMES[self.chosen_kind()]
        span = f"{numbers[0]}" if len(numbers) == 1 else f"{numbers[0]}-{numbers[-1]}"
        return f"{words} {span}.pdf"

    def save_to(self, path: str) -> None:
        """Write the PDF; a disk that refuses is said, and nothing is marked."""
        PrintDialog.last_folder = str(Path(path).parent)
        kind, papers = self.chosen_kind(), self.papers
        self._begin(
            lambda: goods_out_papers.pdf(path, kind, papers),
            f"{NAMES[kind]} saved as {Path(path).name}",
        )

    def _stamp(self, words: str) -> None:
        """Mark the notes that have not left as printed; say where it went."""
        ids = [paper.note_id for paper in self.papers if paper.shipped_at is None]
        if ids:
            self._desk.run(self, goods_out.mark(ids, "printed"), says=words)
        else:
            self._desk.said.emit(words)
        self.accept()

    def reject(self) -> None:
        """Leave, unless it is printing."""
        if not self._busy:
            super().reject()
