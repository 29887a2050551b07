"""Where a PDF goes: asked for, with the folder of last time for each kind of paper (MIC-12)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop_app.models.print_jobs import PaperType
from desktop_app.views.desk import Desk


def ask_where(
    parent: QWidget, desk: Desk, kind: PaperType, name: str, then: Callable[[str], object]
) -> QFileDialog:
    """Ask for the file; ``then(path)`` when the person said where."""
    folder = desk.config.folders.get(kind.key) or QStandardPaths.writableLocation(
        QStandardPaths.StandardLocation.DocumentsLocation
    )
    asked = QFileDialog(parent, "Save as PDF", folder, "PDF files (*.pdf)")
    asked.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    asked.setDefaultSuffix("pdf")
    asked.selectFile(name)
    asked.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    asked.fileSelected.connect(then)
    asked.open()
    return asked


def remember_folder(desk: Desk, kind: PaperType, path: str) -> None:
    """The next PDF of this kind is offered a place beside this one."""
    desk.config.folders[kind.key] = str(Path(path).parent)


def refused(error: OSError) -> str:
    """What did not take the paper, and why."""
    what = f"{error.filename} cannot be written" if error.filename else "The printer did not print"
    return f"{what} ({error.strerror})."
