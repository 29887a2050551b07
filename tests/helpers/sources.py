"""The project's own files, for the gates."""

import ast
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "desktop_app"
SHARED = ROOT / "../shared"
"""Real data and cases beside the project; absent on most machines."""

_TEXT = {
    "", ".py", ".md", ".toml", ".txt", ".sh", ".spec", ".svg", ".json", ".csv", ".mako", ".ini", ".qss",
    ".yml", ".yaml", ".ts", ".cfg",
}  # fmt: skip


@cache
def committed() -> tuple[Path, ...]:
    """What git keeps, or would keep; without git, what lies in the folders that a release ships."""
    if (ROOT / ".git").exists() and shutil.which("git"):
        said = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            cwd=ROOT, capture_output=True, check=True,
        ).stdout  # fmt: skip
        names = [ROOT / name for name in said.decode().split("\0") if name]
    else:
        tops = (
            "desktop_app",
            "tests",
            "resources",
            "requirements",
            "scripts",
            "docs",
            "benchmarks",
        )
        names = [path for top in tops for path in (ROOT / top).rglob("*")]
        names += list(ROOT.glob("*"))
        names = [path for path in names if "__pycache__" not in path.parts]
    return tuple(sorted(path for path in names if path.is_file()))


def texts() -> Iterator[tuple[Path, str]]:
    """Each committed text file, named from the root, with what it says."""
    for path in committed():
        if path.suffix in _TEXT and path.stat().st_size < 2_000_000:
            yield path.relative_to(ROOT), path.read_text(encoding="utf-8", errors="replace")


def trees(under: Path = PACKAGE) -> Iterator[tuple[Path, ast.Module]]:
    """Each Python file of ours below a folder, parsed."""
    for path in committed():
        if path.suffix == ".py" and path.is_relative_to(under):
            yield path.relative_to(ROOT), _parsed(path)


@cache
def _parsed(path: Path) -> ast.Module:
    """Read-only, as every gate gets the same one."""
    return ast.parse(path.read_text(encoding="utf-8"))
