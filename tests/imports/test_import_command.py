"""``backroom import`` in a terminal: exit codes, words, report (CSV injection: reliability 4.4)."""

import csv

import pytest
from sqlalchemy import func, select

from desktop_app import import_command
from desktop_app.__main__ import main as program
from desktop_app.services.store import engine
from desktop_app.services.store import tables as t
from tests.imports.conftest import ALL


def sales(address):
    store = engine.open_store(address)
    try:
        with store.reading() as db:
            return db.execute(select(func.count()).select_from(t.sale)).scalar_one()
    finally:
        store.close()


def test_a_new_company_from_files(empty_address, put, capsys):
    done = import_command.main(["--database", empty_address, "--new", "Mine", str(put(ALL))])
    said = capsys.readouterr().out
    assert done == 0, said
    assert "sale_rows.csv: 3 rows, UTF-8, comma" in said
    assert "Sales: 2 new, 0 changed, 0 unchanged" in said
    assert "Imported: 12 new records, 0 changed." in said
    assert sales(empty_address) == 2


def test_a_dry_run_writes_nothing(empty_address, put, capsys):
    folder = str(put(ALL))
    assert (
        import_command.main(["--database", empty_address, "--new", "Mine", "--dry-run", folder])
        == 0
    )
    assert "Dry run: nothing was written." in capsys.readouterr().out
    assert sales(empty_address) == 0


def test_problems_are_said_and_written_to_a_report(empty_address, put, tmp_path, capsys):
    """The report guards what a spreadsheet would run."""
    report = tmp_path / "report.csv"
    rows = "".join(f"P{n},=cmd{n},-1\n" for n in range(30))
    folder = put({"products.csv": "sku,name,price\n=HYPERLINK(1),Apple,=1+1\n" + rows})
    done = import_command.main(
        ["--database", empty_address, "--new", "Mine", "--report", str(report), str(folder)]
    )
    said = capsys.readouterr().out
    assert done == 1
    assert "31 problems:" in said
    assert "products.csv, line 2, column price, “=1+1”: This is not a number." in said
    assert "and 11 more" in said
    assert "Nothing was imported." in said
    with report.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    assert len(lines) == 32
    assert lines[1][:5] == ["products.csv", "2", "price", "'=1+1", "not_a_number"]
    assert lines[2][3] == "'-1"


def test_templates(tmp_path, capsys):
    assert program(["import", "--templates", str(tmp_path / "new")]) == 0
    assert (tmp_path / "new" / "sales.csv").is_file()
    assert "11 templates written" in capsys.readouterr().out


@pytest.mark.parametrize(
    "args, words",
    [
        ([], "Name the folder"),
        (["--mapping", "nope", "."], "There is no mapping “nope”"),
        (["."], "There is no file at"),
    ],
)
def test_what_cannot_be_tried_is_code_2(tmp_path, capsys, args, words):
    assert import_command.main(["--database", str(tmp_path / "none.db"), *args]) == 2
    assert words in capsys.readouterr().err


def test_the_program_hands_its_options_on(empty_address, put, capsys):
    folder = str(put(ALL))
    words = ["--database", empty_address, "import", folder, "--new", "Mine", "--dry-run"]
    assert program(words) == 0
    assert "Dry run" in capsys.readouterr().out


def test_only_a_manager_imports(address, put, capsys):
    """R11.1: the service refuses, and says so in words."""
    assert import_command.main(["--database", address, "--login", "cleo", str(put(ALL))]) == 2
    assert "manager" in capsys.readouterr().err.lower()
