"""From a new process to a list one can use, beside a bare table: python -m benchmarks.start.

The floor is a process of its own too: Qt, SQLAlchemy, a window with a plain table of as many rows,
painted (performance.md 9, goal 13: at most 2.5 times that). Warm disk; processes take turns.
Budgets of ux 5.1: the window in 300 ms, its list in 1.5 s, counted from the first line of Python.
"""

import os
import statistics
import subprocess
import sys
from pathlib import Path

from benchmarks.databases import arguments, large
from benchmarks.figures import Figure, table
from desktop_app.services.lists import today

ROOT = Path(__file__).resolve().parents[1]
GOAL = 2.5
FLOOR = """
import time; began = time.perf_counter()
from PySide6.QtCore import QAbstractTableModel
from PySide6.QtWidgets import QApplication, QMainWindow, QTableView
import sqlalchemy, sqlalchemy.orm
class Rows(QAbstractTableModel):
    def rowCount(self, parent=None): return 200_000
    def columnCount(self, parent=None): return 8
    def data(self, index, role=0): return str(index.row()) if role == 0 else None
app = QApplication([]); window = QMainWindow(); view = QTableView(); rows = Rows()
view.setModel(rows); window.setCentralWidget(view); window.resize(1440, 900); window.show()
app.processEvents(); window.grab()
print(0, (time.perf_counter() - began) * 1000, flush=True)
import os; os._exit(0)
"""
PROGRAM = """
import time; began = time.perf_counter()
import sys
from PySide6.QtWidgets import QApplication
from desktop_app.config import Workstation
from desktop_app.start import raise_curtain
app = QApplication([]); config = Workstation(scheme="light")
curtain = raise_curtain(app, config); shown = (time.perf_counter() - began) * 1000
from desktop_app.app import Shell
shell = Shell(app, config, sys.argv[1], None); shell.begin(); curtain.close()
page = shell.window.page("sales")
while page.table.peek(0) is None or page.table.busy: app.processEvents()
page.view.viewport().repaint()
print(shown, (time.perf_counter() - began) * 1000, flush=True)
import os; os._exit(0)
"""


def run(code: str, *given: str) -> tuple[float, float]:
    """Milliseconds until the window and until its rows, in a new process."""
    done = subprocess.run(
        [sys.executable, "-c", code, *given],
        cwd=ROOT, capture_output=True, text=True, check=True,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
    )  # fmt: skip
    window, rows = done.stdout.split()
    return float(window), float(rows)


def figure(what: str, spent: list[float], budget: float | None = None) -> Figure:
    spent = sorted(spent)
    p95 = spent[min(len(spent) - 1, round(len(spent) * 0.95))]
    return Figure(what, statistics.median(spent), p95, 0.0, budget, best=spent[0])


def main() -> None:
    asked = arguments(__doc__ or "").parse_args()
    with large("sqlite", asked.folder, asked.sales):
        pass
    address = str(asked.folder / f"large_{asked.sales}_{today():%Y%m%d}.db")
    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    turns = [(run(FLOOR), run(PROGRAM, address)) for _ in range(asked.times)]
    ratio = statistics.median(ours[1] / bare[1] for bare, ours in turns)
    print(table(f"\nsqlite, {asked.sales:,} sales: start of the program", [
        figure("bare table: painted", [bare[1] for bare, _ in turns]),
        figure("program: window", [ours[0] for _, ours in turns], 300),
        figure("program: rows of the list", [ours[1] for _, ours in turns], 1500),
    ]))  # fmt: skip
    print(f"ratio to the bare table: {ratio:.1f} (goal {GOAL})")


if __name__ == "__main__":
    main()
