"""The import contracts hold, and each of them breaks when it should (architecture section 4)."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.helpers.sources import PACKAGE, ROOT

BREAKS = [
    ("services/zz_new.py", "import PySide6.QtCore", "Services know no Qt"),
    ("services/rules/zz_new.py", "import sqlalchemy", "Rules are pure"),
    ("services/zz_new.py", "import desktop_app.models", "Views stand on models"),
    ("models/zz_new.py", "import desktop_app.views", "Views stand on models"),
    (
        "views/zz_new.py",
        "import desktop_app.services.store.tables",
        "Only services touch the store",
    ),
    ("models/zz_new.py", "import sqlalchemy", "Only services touch the store"),
]


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    lint = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [lint, "--no-cache", "--config", folder / "pyproject.toml"],
        cwd=folder, env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin", "COLUMNS": "200"},
        capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip


def _copy(to: Path) -> Path:
    shutil.copytree(PACKAGE, to / "desktop_app", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", to)
    return to


def test_the_contracts_hold(tmp_path):
    done = _lint(_copy(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_contract_breaks_when_it_should(tmp_path):
    _copy(tmp_path)
    for file, line, contract in BREAKS:
        added = tmp_path / "desktop_app" / file
        added.write_text(line + "\n")
        done = _lint(tmp_path)
        added.unlink()
        broken = [said for said in done.stdout.splitlines() if said.endswith("BROKEN")]
        assert done.returncode == 1, f"{file} may {line}: {done.stdout}{done.stderr}"
        assert any(said.startswith(contract) for said in broken), f"{file}: {line}: {broken}"


def test_only_views_draw():
    """import-linter sees PySide6 as one package, so ruff bans QtWidgets outside views."""
    ruff = Path(sys.executable).with_name("ruff")
    done = subprocess.run(
        [ruff, "check", "--select", "TID251", "--stdin-filename", "desktop_app/models/zz_new.py", "-"],
        input="from PySide6.QtWidgets import QWidget\n\n__all__ = ['QWidget']\n",
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "only desktop_app/views draws" in done.stdout
