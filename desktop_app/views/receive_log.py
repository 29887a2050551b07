"""The scan log of a count: time, code, effect; copied or written to a file (RCV-12)."""

from __future__ import annotations

import csv
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop_app.models.columns import Align, Column
from desktop_app.models.damage_words import inside
from desktop_app.models.formats import count
from desktop_app.models.lines_table import LinesTable
from desktop_app.models.scan_answer import signed
from desktop_app.services import receipt_drafts
from desktop_app.services.receipt_drafts import Draft, Scan
from desktop_app.services.rules.money import plain
from desktop_app.views.desk import Desk
from desktop_app.views.lines_view import LinesView
from desktop_app.views.tokens import PAGE_MARGIN, RELATED_GAP

EFFECTS = {
    "counted": "counted",
    "extra": "extra",
    "set": "set by hand",
    "bin": "bin chosen",
    "not_on_order": "not on this order",
    "unknown": "unknown code",
    "undone": "took the last scan back",
}


def effect(scan: Scan) -> str:
    """What a scan did, in words."""
    said = EFFECTS.get(scan.effect, scan.effect)
    if scan.effect == "damaged":
        said = f"{signed(scan.damaged)} damaged: {inside(scan.reason)}"
    return f"{said}, taken back" if scan.undone else said


def _time(scan: Scan) -> str:
    return scan.at.astimezone().strftime("%H:%M:%S")


COLUMNS: tuple[Column[Scan], ...] = (
    Column(key="at", heading="Time", text=_time, width=10, fixed=True),
    Column(key="code", heading="Code", text=lambda s: s.code or "–", width=18, fixed=True),
    Column(key="effect", heading="Effect", text=effect, width=18, width_min=14, stretch=True),
    Column(key="sku", heading="Item", text=lambda s: s.sku, width=14, fixed=True),
    Column(
        key="units", heading="Units", text=lambda s: signed(s.units) if s.units else "", width=8,
        align=Align.END, fixed=True,
    ),
    Column(key="bin", heading="Bin", text=lambda s: s.location, width=10),
    Column(key="person", heading="Who", text=lambda s: s.person, width=14, muted=True),
)  # fmt: skip


class ScanLog(QDialog):
    """Every scan of a draft, newest first."""

    def __init__(self, desk: Desk, draft: Draft, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._number = draft.number
        self.setWindowTitle(f"Scan log of PO {draft.number}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(820, 520)
        self.head = QLabel("Reading…")
        self.head.setProperty("type", "section")
        self.scans = LinesTable[Scan](COLUMNS, self, key=lambda s: s.id)
        self.view = LinesView(self.scans, "Scan log")
        self.export = QPushButton("Export…")
        close = QPushButton("Close")
        foot = QHBoxLayout()
        foot.setSpacing(RELATED_GAP)
        foot.addStretch(1)
        for button, act in ((self.export, self._export), (close, self.close)):
            button.setAutoDefault(False)
            button.clicked.connect(lambda _checked, run=act: run())
            foot.addWidget(button)
        box = QVBoxLayout(self)
        box.setContentsMargins(PAGE_MARGIN, PAGE_MARGIN, PAGE_MARGIN, PAGE_MARGIN)
        box.addWidget(self.head)
        box.addWidget(self.view, 1)
        box.addLayout(foot)
        desk.read(self, receipt_drafts.scan_log, draft.id, then=self._take)

    def _take(self, scans: tuple[Scan, ...]) -> None:
        self.scans.show(scans)
        self.head.setText(count(len(scans), "entry", "entries"))
        self.export.setEnabled(bool(scans))

    def _export(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self, "Export the scan log", f"scans-PO-{self._number}.csv", "CSV (*.csv)"
        )
        if name:
            self.write(Path(name))

    def write(self, path: Path) -> None:
        """Write the log as CSV with a mark, times in ISO form, oldest first."""
        try:
            with path.open("w", encoding="utf-8-sig", newline="") as file:
                rows = csv.writer(file)
                rows.writerow(["time", "code", "effect", "item", "units", "bin", "person"])
                for one in reversed(self.scans.rows()):
                    rows.writerow(
                        [
                            one.at.isoformat(), one.code, effect(one), one.sku, plain(one.units),
                            one.location, one.person,
                        ]
                    )  # fmt: skip
        except OSError as error:
            self._desk.said.emit(f"The log was not written: {error.strerror}.")
            return
        self._desk.said.emit(f"Scan log written to {path}.")
