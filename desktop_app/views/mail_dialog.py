"""A purchase order by e-mail: the person's own mail program writes the letter (BPO-16)."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from desktop_app.models import papers
from desktop_app.models.formats import count
from desktop_app.models.print_jobs import ORDERS, PURCHASE_ORDER
from desktop_app.models.purchase_mail import Letter, letter
from desktop_app.services.purchase_papers import OrderPaper, order_papers
from desktop_app.views.act_dialog import ActDialog
from desktop_app.views.desk import Desk
from desktop_app.views.save_pdf import ask_where, refused, remember_folder

ATTACH = "A mail program takes no file from here: save the PDF first, then attach it to the letter."


class MailDialog(ActDialog):
    """Offers the PDF, then opens the letter. Nothing is written: what was sent is not known here."""

    def __init__(self, desk: Desk, po_id: int, parent: QWidget) -> None:
        super().__init__(desk, "E-mail a purchase order", "Open mail program", parent, self.act)
        self.setMinimumWidth(480)
        self.paper: OrderPaper | None = None
        self.letter: Letter | None = None
        self.what, self.attach, self.saved = QLabel(self), QLabel(ATTACH, self), QLabel(self)
        for label in (self.what, self.attach, self.saved):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.attach.setProperty("tone", "muted")
        self.saved.setProperty("tone", "done")
        self.saved.hide()
        self.save = QPushButton("Save as PDF…", self)
        self.save.clicked.connect(lambda _checked: self._ask_where())
        self.body.setSpacing(12)
        for label in (self.what, self.attach):
            self.body.addWidget(label)
        self.body.addWidget(self.save, 0, Qt.AlignmentFlag.AlignLeading)
        self.body.addWidget(self.saved)
        self._settle()
        desk.read(self, order_papers, [po_id], then=self._arrived, failed=self.refuse)

    def _arrived(self, found: tuple[OrderPaper, ...]) -> None:
        if not found:
            self.say("This purchase order does not exist any more.")
            return
        self.paper = found[0]
        self.letter = letter(self.paper)
        self.setWindowTitle(f"E-mail PO {self.paper.number}")
        self.what.setText(_what(self.paper, self.letter))
        self._settle()
        self.adjustSize()

    def _settle(self) -> None:
        why = self.desk.why_not(ORDERS.needs)
        for button in (self.button, self.save):
            button.setEnabled(self.letter is not None and not why)
        self.button.setToolTip(why or "Ctrl+Enter")
        self.save.setToolTip(why)

    def say(self, words: str) -> None:
        """As every act dialog, with the height that the words need."""
        super().say(words)
        self.adjustSize()

    # -- the PDF -----------------------------------------------------------------------------

    def _ask_where(self) -> None:
        if self.paper is not None:
            name = f"{PURCHASE_ORDER.one} {self.paper.number}.pdf"
            ask_where(self, self.desk, PURCHASE_ORDER, name, self.save_to)

    def save_to(self, path: str) -> None:
        """Write the PDF beside which the letter is sent; the dialog stays for the letter."""
        paper = self.paper
        if paper is None:
            return
        remember_folder(self.desk, PURCHASE_ORDER, path)
        self.say("")
        self.save.setEnabled(False)
        self.desk.background.read(
            self, lambda: papers.pdf(path, PURCHASE_ORDER.htmls([paper]), PURCHASE_ORDER.one),
            lambda _pages: self._saved(path), self._not_saved,
        )  # fmt: skip

    def _saved(self, path: str) -> None:
        self.saved.setText(f"Saved as {Path(path).name} in {Path(path).parent}.")
        self.saved.show()
        self._settle()
        self.adjustSize()
        self.button.setFocus()

    def _not_saved(self, error: Exception) -> None:
        self._settle()
        if not isinstance(error, OSError):
            raise error
        self.say(f"{refused(error)} Try another place.")

    # -- the letter --------------------------------------------------------------------------

    def act(self) -> None:
        """Hand the letter to the mail program of this computer."""
        if self.letter is None or self.paper is None:
            return
        url = QUrl.fromEncoded(QByteArray(self.letter.url.encode()), QUrl.ParsingMode.StrictMode)
        if QDesktopServices.openUrl(url):
            self.desk.said.emit(f"PO {self.paper.number} handed to your mail program")
            self.accept()
            return
        to = f" to {self.letter.to}" if self.letter.to else ""
        self.say(
            "No mail program answered on this computer. Save the PDF here, and send it"
            f"{to} from where you read your mail."
        )


def _what(paper: OrderPaper, made: Letter) -> str:
    to = f"to {made.to}" if made.to else f"without an address: none is known for {paper.supplier}"
    said = f"Your mail program opens with a letter about PO {paper.number} {to}."
    if made.lines < made.of:
        said += f" It has room for {made.lines} of {count(made.of, 'line')}; the PDF has them all."
    return said
