"""First run: three ways to begin, refusals with a way on, nothing half-made (FRS-01, 3.8)."""

import sqlite3
from pathlib import Path

import pytest

from desktop_app.services import company, opening, people
from desktop_app.services.errors import Rejected
from desktop_app.services.store import schema
from desktop_app.views.welcome import Welcome, warehouse_codes


@pytest.fixture
def welcome(qtbot, background, tmp_path):
    made = []

    def build(problem=None, name="company.backroom"):
        page = Welcome(background, str(tmp_path / name), problem)
        qtbot.addWidget(page)
        page.show()
        made.append(page)
        return page

    return build


def choose(page, start: str) -> None:
    next(b for b in page._start.buttons() if b.property("start") == start).click()


def begun(qtbot, page):
    """Press Start; the store that was opened, and how."""
    with qtbot.waitSignal(page.opened, timeout=60_000) as answer:
        page.begin.click()
    return answer.args


def left(tmp_path: Path) -> list[str]:
    return sorted(one.name for one in tmp_path.iterdir())


def test_sample_data_is_one_press_away(qtbot, welcome):
    page = welcome()
    assert page.start() == "sample"
    assert page.begin.text() == "Start with sample data"
    assert page.begin.isEnabled()
    assert not page.form.isVisible()
    assert not page.notice.isVisible()
    assert not page.again.isVisible()
    store, start = begun(qtbot, page)
    assert start == "sample"
    assert people.is_sample(store)
    store.close()


def test_an_own_company_needs_a_name(qtbot, welcome, tmp_path):
    page = welcome()
    choose(page, "empty")
    assert page.form.isVisible()
    assert page.begin.text() == "Create company"
    assert not page.begin.isEnabled()
    page.name.setText("   ")
    assert not page.begin.isEnabled()
    page.name.setText("Orchard Lane Ltd")
    page.warehouses.setText("Bristol, Leeds")
    page.currency.setCurrentText("EUR")
    store, start = begun(qtbot, page)
    assert start == "empty"
    assert not people.is_sample(store)
    with store.reading() as db:
        from sqlalchemy import text

        assert db.execute(text("SELECT name, currency FROM company")).all() == [
            ("Orchard Lane Ltd", "EUR")
        ]
        assert db.execute(text("SELECT code, name FROM warehouse ORDER BY id")).all() == [
            ("BRISTOL", "Bristol"), ("LEEDS", "Leeds"),
        ]  # fmt: skip
    store.close()


def test_own_data_opens_the_import_afterwards(qtbot, welcome):
    page = welcome()
    choose(page, "import")
    page.name.setText("Orchard Lane Ltd")
    store, start = begun(qtbot, page)
    assert start == opening.Start.IMPORT.value
    store.close()


def test_codes_of_warehouses_do_not_repeat():
    assert warehouse_codes(" Main, main ,, Höhe 1") == (
        ("MAIN", "Main"), ("MAIN2", "main"), ("HÖHE1", "Höhe 1"),
    )  # fmt: skip


def no_file(path: Path) -> None:
    """Nothing there."""


def foreign(path: Path) -> None:
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE recipes (name TEXT)")
    db.commit()
    db.close()


def empty(path: Path) -> None:
    path.touch()


def newer(path: Path) -> None:
    opening.make(str(path), opening.NewCompany("Old", "GBP", (("MAIN", "Main"),), opening.Start.EMPTY)).close()  # fmt: skip
    db = sqlite3.connect(path)
    db.execute("UPDATE alembic_version SET version_num = '9999'")
    db.commit()
    db.close()


FAULTS = {
    "foreign": (foreign, "{path} is not a Backroom file. Choose another file."),
    "missing": (no_file, "There is no file at {path}. Choose another file or start a new company."),
    "empty": (
        empty,
        "{path} is empty: it is not a Backroom file, or its copy was cut short."
        " Choose another file or restore a backup.",
    ),
}


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_file_that_cannot_be_opened_is_said_with_the_way_on(qtbot, welcome, tmp_path, fault):
    lay, words = FAULTS[fault]
    path = tmp_path / "mine.backroom"
    lay(path)
    page = welcome()
    page._open(str(path))
    qtbot.waitUntil(page.notice.isVisible)
    assert page.message.text() == words.format(path=path)
    assert page.isEnabled()
    assert (page.again.isVisible(), page.again.text()) == (True, "Try again")
    assert page.other.isEnabled()
    assert page.begin.isEnabled()
    # The way on: the file is put right, and Try again opens that one.
    path.unlink(missing_ok=True)
    newcomer = opening.NewCompany("Mine", "GBP", (("MAIN", "Main"),), opening.Start.EMPTY)
    opening.make(str(path), newcomer).close()
    with qtbot.waitSignal(page.opened, timeout=20_000) as answer:
        page.again.click()
    store, start = answer.args
    assert (store.address, start) == (str(path), "")
    store.close()


def test_a_file_of_a_newer_program_is_left_as_it_is(qtbot, welcome, tmp_path):
    path = tmp_path / "mine.backroom"
    newer(path)
    page = welcome()
    page._open(str(path))
    qtbot.waitUntil(page.notice.isVisible)
    assert page.message.text().startswith(
        "This database was written by a newer Backroom (schema 9999"
    )
    assert page.message.text().endswith("Install the newer version to open it.")
    db = sqlite3.connect(path)
    assert db.execute("SELECT version_num FROM alembic_version").fetchall() == [("9999",)]
    db.close()


def test_a_file_in_use_is_said_and_opens_once_it_is_free(qtbot, welcome, tmp_path):
    path = tmp_path / "mine.backroom"
    newcomer = opening.NewCompany("Mine", "GBP", (("MAIN", "Main"),), opening.Start.EMPTY)
    held = opening.make(str(path), newcomer)
    page = welcome()
    page._open(str(path))
    qtbot.waitUntil(page.notice.isVisible)
    assert page.message.text().startswith(f"{path} is in use by ")
    assert page.message.text().endswith("Several workstations need a PostgreSQL server.")
    held.close()
    with qtbot.waitSignal(page.opened, timeout=20_000) as answer:
        page.again.click()
    answer.args[0].close()


def test_a_problem_of_the_start_is_shown_with_the_first_page(welcome, tmp_path):
    path = str(tmp_path / "company.backroom")
    page = welcome(Rejected("foreign_file", path=path))
    assert page.message.text() == f"{path} is not a Backroom file. Choose another file."
    assert page.again.isVisible()


def test_a_company_never_overwrites_a_file_and_offers_to_open_it(qtbot, welcome, tmp_path):
    path = tmp_path / "company.backroom"
    newcomer = opening.NewCompany("First", "GBP", (("MAIN", "Main"),), opening.Start.EMPTY)
    opening.make(str(path), newcomer).close()
    page = welcome()
    page.begin.click()
    qtbot.waitUntil(page.notice.isVisible)
    assert page.message.text() == f"{path} is already there. Choose another name, or open it."
    assert page.again.text() == "Open it"
    with qtbot.waitSignal(page.opened, timeout=20_000) as answer:
        page.again.click()
    store = answer.args[0]
    with store.reading() as db:
        from sqlalchemy import text

        assert db.execute(text("SELECT name FROM company")).scalar_one() == "First"
    store.close()


def test_a_creation_that_is_refused_leaves_no_file(qtbot, welcome, tmp_path):
    page = welcome()
    choose(page, "empty")
    page.name.setText("Orchard Lane Ltd")
    page.warehouses.setText(" , ")
    page.begin.click()
    qtbot.waitUntil(page.notice.isVisible)
    assert page.message.text() == "Name at least one warehouse."
    assert left(tmp_path) == []
    assert not page.again.isVisible()  # there is nothing to open; Create company is the way on
    page.warehouses.setText("Bristol")
    begun(qtbot, page)[0].close()


@pytest.mark.parametrize("what", ["schema", "company"])
def test_a_creation_that_breaks_leaves_no_file(monkeypatch, tmp_path, what):
    """A fault of the disk in the middle, at either stage."""

    def broken(*_args, **_kwargs):
        raise Rejected("damaged_file", path="x", reason="disk I/O error")

    where, name = (schema, "upgrade") if what == "schema" else (company, "set_up")
    monkeypatch.setattr(where, name, broken)
    newcomer = opening.NewCompany("Mine", "GBP", (("MAIN", "Main"),), opening.Start.EMPTY)
    with pytest.raises(Rejected):
        opening.make(str(tmp_path / "company.backroom"), newcomer)
    assert left(tmp_path) == []


def test_a_place_that_cannot_be_written_is_said(qtbot, welcome, tmp_path):
    (tmp_path / "plain").write_text("a file where a folder is wanted")
    page = welcome(name="plain/company.backroom")
    page.begin.click()
    qtbot.waitUntil(page.notice.isVisible)
    assert page.message.text().startswith(f"Nothing can be written beside {tmp_path}/plain/company")
    assert page.message.text().endswith("Choose a folder of your own.")
    assert left(tmp_path) == ["plain"]


def test_a_file_being_made_by_another_is_not_taken_away(tmp_path):
    path = tmp_path / "company.backroom"
    newcomer = opening.NewCompany("Mine", "GBP", (("MAIN", "Main"),), opening.Start.EMPTY)
    first = opening.make(str(path), newcomer)
    with pytest.raises(Rejected) as refused:
        opening.make(str(path), newcomer)
    assert refused.value.code == "file_exists"
    assert path.exists()
    first.close()
