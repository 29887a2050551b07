"""Messages on disk before they are in the books: the spool of the HTTP process, and the inbox.

```
<intake folder>/inbox/CHANNEL/*.json    a shop puts files here
               /taken/CHANNEL/2026-11/  where they go once they are kept in the books
               /refused/CHANNEL/        what is too large to be kept
               /spool/new/*.message     what the HTTP process has answered for
               /spool/known/            names of what was taken, to answer repeats
```

A file leaves its place only after the command that keeps it was committed: a kill in between
makes the next round take it again, and ``take_in`` sees that it is here (R7.1).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import re
import stat
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, select

from desktop_app.paths import user_data

from . import pos_formats, pos_intake
from .backend import Backend
from .changes import Changes
from .errors import Rejected, ServiceError
from .pos_messages import BYTES_MAX, Raw, take_in
from .store.engine import is_server
from .store.tables import channel

BATCH_MAX = 200
BATCH_BYTES_MAX = 8 * 1024 * 1024
STABLE_S = 2.0
"""A file is complete when its size and time stayed the same for so long."""

YOUNG_S = 60.0
"""A file that is cut off and younger than this may still be growing."""

KNOWN_DAYS = 30

_CHANNEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,29}", re.ASCII)
_log = logging.getLogger(__name__)


def intake_folder(address: str) -> Path:
    """Where the messages of a database wait: beside its file, or in the user's own folder."""
    if not is_server(address):
        path = Path(address).absolute()
        return path.with_name(f"{path.name}.intake")
    name = re.sub(r"[^A-Za-z0-9]+", "-", address.rpartition("/")[2])[:30]
    mark = hashlib.sha256(address.encode()).hexdigest()[:10]
    return user_data() / "intake" / f"{name}-{mark}"


def usable_channel(code: str) -> str:
    """The code itself where it can name a folder; raises Rejected("intake_channel_name")."""
    if _CHANNEL.fullmatch(code) is None:
        raise Rejected("intake_channel_name", channel=code[:60])
    return code


# --- the spool ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Put:
    """What became of a message handed to the spool."""

    id: str
    message_key: str
    repeated: bool


class Spool:
    """Durable files between the process that answers a till and the one that keeps the books."""

    def __init__(self, folder: Path) -> None:
        self.new = folder / "spool" / "new"
        self.known = folder / "spool" / "known"
        self.damaged = folder / "spool" / "damaged"

    def put(
        self, channel_code: str, raw: bytes, source: str, headers: Mapping[str, str] | None = None
    ) -> Put:
        """Write one message; on return it survives a power cut. Raises OSError.

        The same message again is only recognised, other content under its id is kept beside it.
        """
        seen = pos_formats.look(raw, headers)
        who = hashlib.sha256(f"{channel_code}\n{seen.message_key}".encode()).hexdigest()
        name = f"{who[:24]}-{seen.digest[:24]}"
        final = self.new / f"{name}.message"
        if final.exists() or (self.known / name).exists():
            return Put(name, seen.message_key, repeated=True)
        head = {
            "channel": channel_code, "key": seen.message_key, "digest": seen.digest,
            "source": source, "format": seen.format, "till": seen.till,
        }  # fmt: skip
        _make(self.new)
        write_durably(final, json.dumps(head).encode() + b"\n" + raw)
        return Put(name, seen.message_key, repeated=False)

    def waiting(self) -> list[Path]:
        """Messages that are not in the books yet, the oldest first."""
        return [path for _, path in sorted(_aged(self.new, ".message"))]

    def read(self, path: Path) -> Raw | None:
        """Read a message back; a damaged file is put aside and logged."""
        try:
            head, _, raw = path.read_bytes().partition(b"\n")
            said = json.loads(head)
            whole = hashlib.sha256(raw).hexdigest() == said["digest"]
            if whole:
                return Raw(
                    said["channel"], said["key"], said["digest"], said["source"], raw,
                    said["till"], said["format"],
                )  # fmt: skip
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError):
            pass
        _log.error("a message in the spool is damaged and was put aside: %s", path.name)
        _make(self.damaged)
        path.replace(self.damaged / path.name)
        return None

    def settle(self, path: Path) -> None:
        """The message is in the books: remember its name, drop the file."""
        _make(self.known)
        (self.known / path.stem).touch()
        path.unlink(missing_ok=True)

    def forget_old(self, now: float) -> None:
        """Drop names of messages taken long ago; the books still know them."""
        for age, path in _aged(self.known, ""):
            if age / 1e9 < now - KNOWN_DAYS * 86_400:
                path.unlink(missing_ok=True)


def write_durably(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole, or not at all, whatever happens. Raises OSError."""
    half = path.with_name(f".{uuid4().hex}.half")
    handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
        _sync(path.parent)
    except OSError:
        half.unlink(missing_ok=True)
        raise


def _make(folder: Path) -> None:
    """Make a folder for its owner only, so that its own entry survives too."""
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sync(folder.parent)


def _sync(folder: Path) -> None:
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _aged(folder: Path, ending: str) -> Iterator[tuple[int, Path]]:
    """(time in ns, path) of the visible entries with this ending; none where there is no folder."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as found:
        for one in found:
            if one.name.startswith(".") or not one.name.endswith(ending):
                continue
            with contextlib.suppress(OSError):
                yield one.stat(follow_symlinks=False).st_mtime_ns, Path(one.path)


# --- the inbox ----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Look:
    size: int
    changed: int
    since: float


class Inbox:
    """The watched folder: one folder per channel. Keeps what it saw last, to know when files rest."""

    def __init__(self, folder: Path, *, stable_s: float = STABLE_S) -> None:
        self.place = folder / "inbox"
        self.taken = folder / "taken"
        self.refused = folder / "refused"
        self._stable_s = stable_s
        self._looks: dict[Path, _Look] = {}

    def make(self, channel_code: str) -> Path:
        """Make the folder of a channel."""
        place = self.place / usable_channel(channel_code)
        _make(place)
        return place

    def ready(self) -> list[tuple[str, Path]]:
        """(channel code, file) of the files that are complete, the oldest first."""
        now = time.monotonic()
        looks: dict[Path, _Look] = {}
        found: list[tuple[int, str, Path]] = []
        for code in self._channels():
            for changed, path in _aged(self.place / code, ".json"):
                with contextlib.suppress(OSError):
                    size = path.lstat().st_size
                    before = self._looks.get(path)
                    same = before and (before.size, before.changed) == (size, changed)
                    look = before if before and same else _Look(size, changed, now)
                    looks[path] = look
                    if now - look.since >= self._stable_s:
                        found.append((changed, code, path))
        self._looks = looks
        return [(code, path) for _, code, path in sorted(found)]

    def _channels(self) -> list[str]:
        try:
            with os.scandir(self.place) as found:
                return sorted(
                    one.name for one in found if one.is_dir() and _CHANNEL.fullmatch(one.name)
                )
        except OSError:
            return []

    def wait_longer(self, path: Path) -> None:
        """Begin the rest of a file anew: it is cut off, and young."""
        self._looks.pop(path, None)

    def put_away(self, code: str, path: Path, *, refused: bool = False) -> None:
        """Move a file out of the inbox; another of its name stays beside it."""
        month = datetime.fromtimestamp(path.lstat().st_mtime, UTC).strftime("%Y-%m")
        folder = self.refused / code if refused else self.taken / code / month
        _make(folder)
        place, number = folder / path.name, 2
        while place.exists():
            place, number = folder / f"{path.stem}-{number}{path.suffix}", number + 1
        path.rename(place)
        self._looks.pop(path, None)


def read_file(path: Path) -> bytes:
    """Read a message file; never follows links, opens devices or reads without end.

    Raises Rejected: intake_not_a_file, intake_too_large, intake_unreadable.
    """
    flags = os.O_RDONLY
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"):
        flags |= getattr(os, name, 0)
    try:
        if path.is_symlink():
            raise Rejected("intake_not_a_file", path=path.name)
        handle = os.open(path, flags)
        try:
            facts = os.fstat(handle)
            if not stat.S_ISREG(facts.st_mode):
                raise Rejected("intake_not_a_file", path=path.name)
            with os.fdopen(handle, "rb", closefd=False) as file:
                raw = file.read(BYTES_MAX + 1)
        finally:
            os.close(handle)
    except OSError as error:
        reason = error.strerror or ""
        raise Rejected("intake_unreadable", path=path.name, reason=reason) from error
    if len(raw) > BYTES_MAX:
        size = max(facts.st_size, len(raw))
        raise Rejected("intake_too_large", path=path.name, bytes=size, limit=BYTES_MAX)
    return raw


def as_raw(channel_code: str, raw: bytes, source: str) -> Raw:
    """A message as the books keep it."""
    seen = pos_formats.look(raw)
    return Raw(channel_code, seen.message_key, seen.digest, source, raw, seen.till, seen.format)


# --- a round ------------------------------------------------------------------------------------


@dataclass(slots=True)
class Round:
    """What one round took in and applied. ``states``: messages by the state they got."""

    taken: int = 0
    repeated: int = 0
    differs: int = 0
    states: Counter[str] = field(default_factory=Counter)
    changes: Changes = field(default_factory=lambda: Changes(""))
    problems: list[ServiceError] = field(default_factory=list)
    """Files that were not taken in at all."""

    @property
    def for_a_person(self) -> int:
        """Messages that wait for somebody to look at them."""
        return self.differs + self.states["parked"] + self.states["differs"]

    def keep(self, result: Mapping[str, Any], changes: Changes) -> None:
        """Count a ``take_in``."""
        self.taken += result["taken"]
        self.repeated += result["repeated"]
        self.differs += result["differs"]
        self._merge(changes)

    def apply(self, done: pos_intake.Applied) -> None:
        """Count an ``apply_pending``."""
        self.states += done.states
        self._merge(done.changes)

    def _merge(self, more: Changes) -> None:
        for topic, ids in more.topics.items():
            if ids is None:
                self.changes.topics[topic] = None
            else:
                self.changes.touch(topic, ids)


class Intake:
    """Takes what waits on disk into the books and applies it, as *Shop intake*."""

    def __init__(self, backend: Backend, folder: Path, *, stable_s: float = STABLE_S) -> None:
        self.backend = backend
        self.spool = Spool(folder)
        self.inbox = Inbox(folder, stable_s=stable_s)
        self._told: set[tuple[Path, str]] = set()
        self._tidied = False

    def round(self, *, stop: Callable[[], bool] = lambda: False, most: int | None = None) -> Round:
        """Take in all that is complete, then apply. Raises Unavailable: call again later."""
        made = Round(changes=Changes(self.backend.actor.workstation))
        if not self._tidied:
            self._tidied = True
            self.spool.forget_old(time.time())
        waiting = self.spool.waiting()
        files = self.inbox.ready()
        while (waiting or files) and not stop():
            waiting, files = self._take(waiting, files, made)
        if not stop():
            made.apply(pos_intake.apply_pending(self.backend, most, stop=stop))
        return made

    def _take(
        self, waiting: list[Path], files: list[tuple[str, Path]], made: Round
    ) -> tuple[list[Path], list[tuple[str, Path]]]:
        """Take one batch; returns what is left."""
        raws: list[Raw] = []
        spooled: list[Path] = []
        shelved: list[tuple[str, Path]] = []
        size = 0
        while waiting and len(raws) < BATCH_MAX and size < BATCH_BYTES_MAX:
            path = waiting.pop(0)
            if (raw := self.spool.read(path)) is not None:
                raws.append(raw)
                spooled.append(path)
                size += len(raw.raw)
        while files and not waiting and len(raws) < BATCH_MAX and size < BATCH_BYTES_MAX:
            code, file = files.pop(0)
            if (raw := self._file(code, file, made)) is not None:
                raws.append(raw)
                shelved.append((code, file))
                size += len(raw.raw)
        self.keep(raws, made)
        for path in spooled:
            self.spool.settle(path)
        for code, file in shelved:
            with contextlib.suppress(FileNotFoundError):
                self.inbox.put_away(code, file)
        return waiting, files

    def keep(self, raws: Sequence[Raw], made: Round) -> None:
        """Keep messages in the books; on return they are committed."""
        if raws:
            intake = pos_intake.as_intake(self.backend)
            done = intake.run(take_in(list(raws)), once=str(uuid4()))
            made.keep(done.result, done.changes)

    def _file(self, code: str, path: Path, made: Round) -> Raw | None:
        try:
            raw = read_file(path)
        except Rejected as error:
            if error.code == "intake_too_large":
                self.inbox.put_away(code, path, refused=True)
            if (path, error.code) not in self._told:
                self._told.add((path, error.code))
                made.problems.append(error)
            return None
        if self._grows(raw, path):
            self.inbox.wait_longer(path)
            return None
        return as_raw(code, raw, "folder")

    @staticmethod
    def _grows(raw: bytes, path: Path) -> bool:
        """Whether a file is cut off and so young that somebody may still be writing it."""
        try:
            young = 0 <= time.time() - path.lstat().st_mtime < YOUNG_S
        except OSError:
            return True
        return young and pos_formats.is_cut_off(raw)


def channel_codes(db: Connection) -> list[str]:
    """The codes of all channels."""
    return list(db.execute(select(channel.c.code).order_by(channel.c.code)).scalars())
