"""The locks hold exact versions and hashes, no addresses, and all that pyproject.toml asks for."""

import ast
import re
import sys
import tomllib

import pytest

from tests.helpers.sources import ROOT, trees

LOCKS = ["run", "intake", "test"]


def _lock(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


def _pins(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ;]+)", _lock(name), re.MULTILINE))


@pytest.mark.parametrize("name", LOCKS)
def test_no_address_is_in_the_lock(name):
    assert "://" not in _lock(name)
    assert not re.search(r"^\s*-(?!-hash=)", _lock(name), re.MULTILINE)


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_pinned_with_its_hash(name):
    packages = [part for part in re.split(r"\n(?=\S)", _lock(name).strip()) if part]
    assert packages
    for package in packages:
        assert re.match(r"[a-z0-9-]+==\S+", package), package.splitlines()[0]
        assert "--hash=sha256:" in package, package.splitlines()[0]


def test_tests_run_on_what_the_program_runs_on():
    run, intake, test = _pins("run"), _pins("intake"), _pins("test")
    assert run.items() <= intake.items() <= test.items()


def test_the_locks_hold_what_the_project_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    for lock, asked in [
        ("run", [*project["dependencies"], *extras["build"]]),
        ("intake", [*project["dependencies"], *extras["build"], *extras["intake"]]),
        ("test", [*project["dependencies"], *extras["build"], *extras["intake"], *extras["test"]]),
    ]:
        names = {re.split(r"[\[<>=!~ ]", line)[0].lower().replace("_", "-") for line in asked}
        assert names <= _pins(lock).keys(), names - _pins(lock).keys()


def test_qt_stays_below_the_release_that_loses_references():
    major, minor = map(int, _pins("run")["pyside6-essentials"].split(".")[:2])
    assert (6, 8) <= (major, minor) < (6, 12)


PACKAGE_OF = {
    "PySide6": "PySide6-Essentials", "shiboken6": "PySide6-Essentials", "sqlalchemy": "SQLAlchemy",
    "tomli_w": "tomli-w",
}  # fmt: skip


def test_the_program_asks_for_what_it_imports_and_nothing_else():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["intake"]]
    asked = {re.split(r"[\[<>=!~ ]", line)[0] for line in wanted}
    imported = set()
    for _, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                imported.add(str(node.module).split(".")[0])
    outside = imported - set(sys.stdlib_module_names) - {"desktop_app"}
    assert {PACKAGE_OF.get(name, name) for name in outside} == asked
