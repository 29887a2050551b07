"""What this workstation remembers: database, look, window, columns, scanner (MIC-07, PR-11).

One typed class in one TOML file. Settings of the business live in the database instead.
"""

import contextlib
import logging
import os
import tempfile
import tomllib
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

import tomli_w

from desktop_app.paths import user_config

FILE = "workstation.toml"
log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(slots=True)
class ColumnState:
    """How one list is laid out, by column key: survives an upgrade that adds columns (LST-06)."""

    order: list[str] = field(default_factory=list)
    widths: dict[str, float] = field(default_factory=dict)  # in widths of the digit 0
    hidden: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)  # off by default, switched on
    sort: str = ""
    descending: bool = False
    then: str = ""  # the second key of the sort
    then_descending: bool = False


@dataclass(slots=True)
class ScannerTiming:
    """Thresholds of the barcode scanner (RCV-03)."""

    gap_ms: float = 35.0
    length_min: int = 4
    ends_by_pause: bool = False


@dataclass(slots=True)
class Workstation:
    """Everything that is remembered. Change a field, then call `save()`."""

    database: str = ""
    login: str = ""
    scheme: str = "system"
    text_percent: int = 100
    density: str = "standard"
    sound: bool = True
    rail: bool = False
    pane: bool = True
    page: str = ""
    pane_width: int = 330
    geometry: list[int] = field(default_factory=list)  # x, y, width, height
    maximised: bool = False
    folders: dict[str, str] = field(default_factory=dict)  # of files, by what they are
    printers: dict[str, str] = field(default_factory=dict)  # by kind of paper
    memory: dict[str, str] = field(default_factory=dict)  # small things, by name
    sizes: dict[str, list[int]] = field(default_factory=dict)  # dialogs and splitters
    columns: dict[str, ColumnState] = field(default_factory=dict)
    scanner: ScannerTiming = field(default_factory=ScannerTiming)
    path: Path | None = field(default=None, compare=False)

    def layout(self, list_key: str) -> ColumnState:
        """The layout of one list, made when it is new."""
        return self.columns.setdefault(list_key, ColumnState())

    def save(self) -> bool:
        """Write the file in one step. False (and a log line) when the disk refuses."""
        if self.path is None:
            return True  # a test, or a program that is only being checked
        told = asdict(self)
        del told["path"]
        try:
            _write(self.path, tomli_w.dumps(told).encode())
        except OSError as error:
            log.info("this workstation's settings were not saved: %s", error)
            return False
        return True


def load(path: Path | None = None) -> Workstation:
    """Read the file. What is missing, damaged or of another type keeps its default."""
    path = path or user_config() / FILE
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        if path.exists():
            log.info("this workstation's settings could not be read: %s", error)
            with contextlib.suppress(OSError):
                path.replace(path.with_suffix(".damaged.toml"))
        told = {}
    made = Workstation(path=path)
    _fill(made, told)
    made.columns = {
        key: _fill(ColumnState(), value)
        for key, value in _table(told, "columns").items()
        if isinstance(value, dict)
    }
    made.scanner = _fill(ScannerTiming(), _table(told, "scanner"))
    return made


def _table(told: dict[str, Any], name: str) -> dict[str, Any]:
    value = told.get(name)
    return value if isinstance(value, dict) else {}


def _fill(target: T, told: dict[str, Any]) -> T:
    """Copy the values whose type is the field's; leave the others alone."""
    for one in fields(target):  # type: ignore[arg-type]
        now = getattr(target, one.name)
        value = told.get(one.name)
        if isinstance(now, float) and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if type(value) is not type(now) or one.name in {"columns", "scanner", "path"}:
            continue
        if isinstance(value, list) and not _alike(value, one.type):
            continue
        if isinstance(value, dict) and not _alike(list(value.values()), one.type):
            continue
        setattr(target, one.name, value)
    return target


def _alike(values: list[Any], declared: Any) -> bool:
    """Whether the members have the type that the field's declaration ends in."""
    name = str(declared)
    if "list[int]]" in name:
        return all(isinstance(v, list) and _alike(v, "list[int]") for v in values)
    wanted: tuple[type, ...] = (str,)
    if "int" in name:
        wanted = (int,)
    elif "float" in name:
        wanted = (int, float)
    return all(isinstance(value, wanted) and not isinstance(value, bool) for value in values)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
