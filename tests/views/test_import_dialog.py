"""The import dialog: every problem in a sentence with its place, nothing written before, all after."""

import csv
from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop_app.services.errors import Stopped
from desktop_app.services.imports.report import Code, Problem
from desktop_app.views.import_dialog import ImportDialog, write_report
from desktop_app.views.import_text import place_of

PRODUCTS = "sku,name,price,tax_rate\nQA-ROPE,Rope,24.50,20\nQA-MUG,Mug,9.95,20\n"
SALES = "external_id,number,placed_at\nSO-1,990001,2026-05-01\nSO-2,990002,2026-05-02 10:30\n"
ROWS = (
    "external_id,sale,product,quantity,shipped\n"
    "R-1,SO-1,QA-ROPE,4,0\nR-2,SO-1,QA-MUG,2,2\nR-3,SO-2,QA-ROPE,10,4\n"
)
GOOD = {"products.csv": PRODUCTS, "sales.csv": SALES, "sale_rows.csv": ROWS}
WRONG = {
    "products.csv": PRODUCTS.replace("24.50", '"24,50"'),
    "sales.csv": SALES.replace("2026-05-02 10:30", "2026-02-30"),
    "sale_rows.csv": ROWS.replace("R-3,SO-2,QA-ROPE,10", "R-3,SO-2,QA-ROPE,=ten"),
}


@pytest.fixture
def put(tmp_path):
    def write(files, name="files"):
        folder = tmp_path / name
        folder.mkdir()
        for file, content in files.items():
            (folder / file).write_text(content, encoding="utf-8")
        return str(folder)

    return write


def checked(program, folder: str) -> ImportDialog:
    """The dialog from the File menu, with this folder checked by keyboard alone."""
    program.shell.import_files()
    dialog = program.dialog(ImportDialog)
    dialog.folder.setFocus()
    dialog.folder.setText(folder)
    program.press("Ctrl+Return")
    program.until(lambda: dialog.plan is not None)
    program.settle()
    return dialog


def table(model) -> list[tuple[str, ...]]:
    return [tuple(c.text(row) for c in model.columns) for row in model.rows()]


def everything(program) -> list:
    names = ("product", "sale", "sale_row", "journal", "note", "stock_level")
    return [program.number(f"SELECT count(*) FROM {name}") for name in names]


def test_three_wrong_cells_are_three_sentences_and_nothing_is_written(program, put, tmp_path):
    before = everything(program)
    dialog = checked(program, put(WRONG))
    assert table(dialog.problems) == [
        (
            "products.csv", "2", "price", "24,50",
            "There is a comma in this number. Write digits with a point before decimals,"
            " for example 1250.5.",
        ),
        (
            "sale_rows.csv", "4", "quantity", "=ten",
            "This is not a number. Write digits with a point before decimals, for example 1250.5,"
            " and no unit behind it.",
        ),
        ("sales.csv", "3", "placed_at", "2026-02-30", "There is no such day or time."),
    ]  # fmt: skip
    assert [place_of(one) for one in dialog.problems.rows()] == [
        "products.csv, line 2, column price, “24,50”",
        "sale_rows.csv, line 4, column quantity, “=ten”",
        "sales.csv, line 3, column placed_at, “2026-02-30”",
    ]
    assert dialog.tabs.tabText(0) == "Problems 3"
    assert dialog.summary.text().startswith(
        "3 problems to put right before anything is written. Correct the files and check again"
    )
    assert not dialog.write.isEnabled()
    assert dialog.write.text() == "Import"
    program.press("Ctrl+Return")  # checks again; it cannot import
    program.settle()
    assert everything(program) == before
    report = tmp_path / "report.csv"
    dialog.save_report(report)
    assert dialog.summary.text() == f"The report is in {report}."
    with report.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    assert lines[0] == ["File", "Line", "Column", "Value", "What is wrong"]
    assert [line[:4] for line in lines[1:4]] == [
        ["products.csv", "2", "price", "24,50"],
        ["sale_rows.csv", "4", "quantity", "'=ten"],
        ["sales.csv", "3", "placed_at", "2026-02-30"],
    ]
    dialog.save_report(tmp_path / "nowhere" / "report.csv")
    assert dialog.summary.text().startswith("The report cannot be written to ")
    dialog.reject()


def test_a_right_folder_is_imported_and_seen_on_the_sales_page(program, put):
    page = program.go("sales")
    sales = program.number("SELECT count(*) FROM sale")
    dialog = checked(program, put(GOOD))
    assert table(dialog.problems) == []
    assert dialog.write.text() == "Import 7 records"
    assert dialog.summary.text() == (
        "Products: 2 new, 0 changed, 0 unchanged. Sales: 2 new, 0 changed, 0 unchanged."
        " Rows of sales: 3 new, 0 changed, 0 unchanged. 16 units sold, 6 shipped, 2 rows waiting."
    )
    program.press("Ctrl+Return")
    program.until(lambda: dialog.summary.text().startswith("Imported. "))
    assert not dialog.write.isEnabled()
    program.press("Ctrl+Return")  # a second time: only a check, which finds nothing to change
    program.until(lambda: dialog.plan is not None)
    assert not dialog.write.isEnabled()
    dialog.reject()
    program.in_front()
    program.settle()
    page.view.setFocus()
    page._find_typed("#990001")
    program.until(lambda: page.table.total == 1)
    program.settle()
    assert page.table.text(0, [c.key for c in page.table.columns].index("order")) == "#990001"
    assert page.table.text(0, [c.key for c in page.table.columns].index("short")) == "4"
    assert program.number("SELECT count(*) FROM sale") == sales + 2


def test_a_folder_that_is_not_there_is_said(program, tmp_path):
    dialog = checked(program, str(tmp_path / "nowhere"))
    assert [line[-1] for line in table(dialog.problems)] == [
        "There is no such folder. Choose another."
    ]
    dialog.reject()


def problem(**changed) -> Problem:
    fields = {
        "file": "sales.csv",
        "row": 2,
        "column": "sku",
        "value": "x",
        "code": Code.ZERO,
        "params": {},
    }
    return Problem(**(fields | changed))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_the_report_gives_a_spreadsheet_nothing_to_run(tmp_path, start):
    """A cell of the files is somebody else's text, wherever it stands in the report."""
    text = f'{start}HYPERLINK("http://x.example";"y")'
    plan = SimpleNamespace(
        problems=(problem(value=text, column=text),), notices=(problem(file=text),)
    )
    path = tmp_path / "report.csv"
    write_report(path, plan)
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    assert lines[1][2:4] == [f"'{text}", f"'{text}"]
    assert lines[2][0] == f"'{text}"
    assert not any(
        cell.startswith(("=", "+", "-", "@", "\t", "\r")) for line in lines for cell in line
    )


def test_escape_stops_a_check_before_it_leaves(program, put):
    program.shell.import_files()
    dialog = program.dialog(ImportDialog)
    dialog.folder.setText(put(GOOD))
    stopped = dialog._begin("Reading and checking…")
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    with pytest.raises(Stopped):
        stopped.look()
    dialog._end()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
