"""What is counted is kept on this computer until the store has it (RCV-12, reliability 3.4).

One file for each running program: a line before a command is sent, a line when it is answered. The
next start takes over the files of programs that are gone; ids make each command count once.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """A command of a count, as it goes to the store: ``request`` as `Call.request` has it."""

    once: str
    command: str
    request: dict[str, Any]
    draft_id: int
    code: str = ""
    row_id: int | None = None


class KeptScans:
    """The file of one database and person; used on one thread. A disk that fails stops no count."""

    def __init__(self, folder: Path, address: str, login: str) -> None:
        if "://" not in address:
            address = str(Path(address).absolute())
        owner = hashlib.sha256(f"{address}\n{login}".encode()).hexdigest()[:16]
        self._folder, self._owner = folder, owner
        self._path = folder / f"{owner}-{time.time_ns():020d}-{os.getpid()}.scans"
        self._open: dict[str, Kept] = {}
        self._file: int | None = None
        self._lock: FileLock | None = None
        self._failed = False

    @property
    def safe(self) -> bool:
        """Whether everything that waits is on the disk."""
        return not self._failed

    def add(self, one: Kept) -> None:
        """Keep a command; a process that is killed now loses it no more."""
        self._open[one.once] = one
        self._write({"kept": asdict(one)})

    def secure(self) -> None:
        """See that a power cut loses nothing either. Costs a flush of the disk."""
        if self._file is not None:
            try:
                os.fsync(self._file)
            except OSError as error:
                self._fail(error)

    def done(self, once: str) -> None:
        """The store has it, or has refused it."""
        if self._open.pop(once, None) is None or self._file is None:
            return
        try:
            if self._open:
                self._write({"done": once})
            else:
                os.truncate(self._file, 0)
                self._failed = False
        except OSError as error:
            self._fail(error)

    def take_over(self) -> list[Kept]:
        """What programs that are gone have kept for this database and person, oldest first."""
        taken: dict[str, Kept] = {}
        try:
            for path in sorted(self._folder.glob(f"{self._owner}-*.scans")):
                if path != self._path:
                    taken |= self._taken_from(path)
        except OSError as error:
            self._fail(error)
        return list(taken.values())

    def _taken_from(self, path: Path) -> dict[str, Kept]:
        lock = FileLock(path.with_suffix(".lock"), timeout=0)
        try:
            lock.acquire()
        except Timeout:
            return {}  # its program is running
        found = dict(_left_in(path))
        for one in found.values():
            self.add(one)
        self.secure()
        if not self._failed:
            path.unlink()
        lock.release()
        if not self._failed:
            path.with_suffix(".lock").unlink(missing_ok=True)
        return found

    def close(self) -> None:
        """Leave to the next start what is not answered; leave no file behind otherwise."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
            if not self._open:
                self._path.unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.release()
            self._lock = None
            if not self._open:
                self._path.with_suffix(".lock").unlink(missing_ok=True)

    def _write(self, line: dict[str, Any]) -> None:
        try:
            if self._file is None:
                self._folder.mkdir(parents=True, exist_ok=True)
                self._lock = FileLock(self._path.with_suffix(".lock"), timeout=0)
                self._lock.acquire()
                flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
                self._file = os.open(self._path, flags, 0o600)
            text = (json.dumps(line) + "\n").encode()
            if os.write(self._file, text) != len(text):
                raise OSError("only a part was written")
        except (OSError, Timeout) as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        if not self._failed:
            log.warning("what is counted cannot be kept on this computer: %s", error)
        self._failed = True


def _left_in(path: Path) -> Iterator[tuple[str, Kept]]:
    """The commands of a file that were not answered; a line cut short by a kill was not sent."""
    found: dict[str, Kept] = {}
    for raw in path.read_bytes().split(b"\n"):
        try:
            line = json.loads(raw) if raw else {}
            if "kept" in line:
                one = Kept(**line["kept"])
                found[one.once] = one
            found.pop(line.get("done", ""), None)
        except (ValueError, TypeError, AttributeError):
            log.warning("a line of kept scans cannot be read: %s", path.name)
    yield from found.items()
