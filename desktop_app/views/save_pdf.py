"""Where a PDF goes: asked for, with the folder of last time for each kind of paper (MIC-12)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop_app.models.print_jobs import PaperType


class PaperMemory:
    """Printer and folder by kind of paper; the program puts the workstation's own here (MIC-07)."""

    printers: ClassVar[dict[str, str]] = {}
    folders: ClassVar[dict[str, str]] = {}


def ask_where(
    parent: QWidget, kind: PaperType, name: str, then: Callable[[str], object]
) -> QFileDialog:
    """Ask for the file; ``then(path)`` when the person said where."""
    folder = PaperMemory.folders.get(kind.key) or QStandardPaths.writableLocation(
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


def remember_folder(kind: PaperType, path: str) -> None:
    """The next PDF of this kind is offered a place beside this one."""
    PaperMemory.folders[kind.key] = str(Path(path).parent)


def refused(error: OSError) -> str:
    """What did not take the paper, and why."""
    what = f"{error.filename} cannot be written" if error.filename else "The printer did not print"
    return f"{what} ({error.strerror})."
