"""Opening untrusted files and taking them apart into rows (reliability 4.3).

A file is read once, as bytes, up to a limit; what is checked is what is written, whatever happens
to the file meanwhile. Nothing is guessed silently: encoding and delimiter are reported. No crash
and no hang on any content: each fault becomes a ``Problem``.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import os
import re
import stat
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..progress import Progress
from .report import Code, Notice, Problems

FILE_BYTES_MAX = 50 * 1024 * 1024
"""Unpacked size of one file (reliability 4.3): it is held in memory while it is read."""

LINE_CHARS_MAX = 1_000_000
"""One line: the parser builds all cells of a line at once."""

CELL_CHARS_MAX = 32_767
"""One cell: what a spreadsheet can hold. An open quote swallows no more than this."""

ROWS_MAX = 200_000
CELLS_MAX = 5_000_000
COLUMNS_MAX = 200
"""Beyond these a file is cut by mistake or made to harm; larger sets come in several imports."""

SECONDS_MAX = 60.0
"""Reading a whole folder; the largest set we know takes a tenth of it."""

LOOK_EVERY = 2_000
"""Rows between two looks at the clock and at Stop."""

DELIMITERS = (",", ";", "\t", "|")

_SEP_LINE = re.compile(r"sep=(.)(?:\r\n?|\n)", re.IGNORECASE)
_LINE = re.compile(r"[^\r\n]+(?:\r\n?|\n)?|\r\n?|\n")

_SIGNATURES = (
    (b"PK\x03\x04", "spreadsheet or zip archive"),
    (b"PK\x05\x06", "empty zip archive"),
    (b"\xd0\xcf\x11\xe0", "old spreadsheet"),
    (b"%PDF", "PDF"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"GIF8", "picture"),
    (b"SQLite format 3", "database"),
    (b"7z\xbc\xaf", "archive"),
    (b"Rar!", "archive"),
    (b"BZh", "archive"),
    (b"\xfd7zXZ", "archive"),
    (b"\x7fELF", "program"),
    (b"MZ", "program"),
    (b"{\\rtf", "text document"),
)


class ReadingStoppedError(Exception):
    """The rest of this file cannot be relied on; the problem is noted already."""


@dataclass(slots=True)
class Clock:
    """How long reading may take, and the look at Stop on the way."""

    progress: Progress
    until: float = field(default_factory=lambda: time.monotonic() + SECONDS_MAX)

    def look(self, name: str, rows: int) -> bool:
        """Return whether there is time left; raises Stopped where Stop was pressed."""
        self.progress.step("reading", rows, 0, name)
        return time.monotonic() < self.until


@dataclass(slots=True)
class OpenFile:
    """A file in memory, decoded, its header read. ``rows`` may be walked more than once."""

    name: str
    text: str
    header: list[str]
    header_line: int
    delimiter: str
    encoding: str
    size: int
    sha256: str
    body_at: int
    body_line: int
    row_count: int = 0
    walked: bool = False


def open_file(
    path: Path, name: str, expected: tuple[str, ...], encoding: str, problems: Problems
) -> OpenFile | None:
    """Return the file ready to be walked, or None with the reason noted.

    ``expected``: names of columns that tell the header and the delimiter.
    """
    data = _bytes(path, name, problems)
    if data is None:
        return None
    unpacked = _unpacked(data, name, problems)
    if unpacked is None:
        return None
    decoded = _decoded(unpacked, name, encoding, problems)
    if decoded is None:
        return None
    text, used = decoded
    if not text.strip():
        problems.add(Code.FILE_EMPTY, name)
        return None
    at, line = 0, 1
    told = None
    if (sep := _SEP_LINE.match(text)) is not None:
        told, at, line = sep[1], sep.end(), 2
        if told not in DELIMITERS:
            problems.add(Code.NOT_CSV, name, 1, value=sep[0].strip(), looks_like="delimiter")
            return None
    made = OpenFile(
        name, text, [], line, told or ",", used, len(unpacked),
        hashlib.sha256(data).hexdigest(), at, line,
    )  # fmt: skip
    return made if _read_header(made, expected, told, problems) else None


def rows(file: OpenFile, problems: Problems, clock: Clock) -> Iterator[tuple[int, list[str]]]:
    """Walk the rows below the header: (line of the file, cells), blank ones left out.

    Problems of shape are noted on the first walk only.
    """
    noted = problems if not file.walked else Problems()
    walk = _Walk(file, noted, clock)
    yield from walk.rows()
    if not file.walked:
        file.walked = True
        file.row_count = walk.count
        if walk.blank:
            noted.notice(Notice.BLANK_ROWS, file.name, count=walk.blank)


class _Walk:
    def __init__(self, file: OpenFile, problems: Problems, clock: Clock) -> None:
        self.file, self.problems, self.clock = file, problems, clock
        self.count = self.blank = self.cells = 0

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield good rows; note and leave out the others."""
        file, width = self.file, len(self.file.header)
        header = file.header
        parsed = _Parsed(file.text, file.body_at, file.body_line, file.delimiter)
        try:
            for line, cells in parsed.rows(self._wrong):
                if not cells or (len(cells) == 1 and not cells[0].strip()) or not any(cells):
                    self.blank += 1
                    continue
                self.count += 1
                self.cells += len(cells)
                if self.count % LOOK_EVERY == 0 and not self.clock.look(file.name, self.count):
                    self._stop(Code.TOO_SLOW, line, seconds=int(SECONDS_MAX))
                if self.count > ROWS_MAX:
                    self._stop(Code.TOO_MANY_ROWS, line, most=ROWS_MAX)
                if self.cells > CELLS_MAX:
                    self._stop(Code.TOO_MANY_CELLS, line, most=CELLS_MAX)
                if len(cells) != width:
                    short = len(cells) < width
                    code = Code.ROW_TOO_SHORT if short else Code.ROW_TOO_LONG
                    self.problems.add(code, file.name, line, found=len(cells), expected=width)
                elif cells[0].strip() == header[0] and [c.strip() for c in cells] == header:
                    self.problems.add(Code.HEADER_REPEATED, file.name, line)
                else:
                    yield line, cells
        except ReadingStoppedError:
            return

    def _stop(self, code: Code, line: int, **params: Any) -> None:
        self.problems.add(code, self.file.name, line, **params)
        raise ReadingStoppedError

    def _wrong(self, code: Code, line: int, most: int) -> None:
        params: dict[str, Any] = {"most": most} if most else {}
        self.problems.add(code, self.file.name, line, **params)


Wrong = Callable[[Code, int, int], None]


class _Parsed:
    """The csv module over lines of bounded length, each record with the line it begins on."""

    def __init__(self, text: str, at: int, line: int, delimiter: str) -> None:
        self.text, self.at, self.line, self.delimiter = text, at, line, delimiter
        self.too_long = False
        self.taken = 0

    def _lines(self) -> Iterator[str]:
        for found in _LINE.finditer(self.text, self.at):
            if found.end() - found.start() > LINE_CHARS_MAX:
                self.too_long = True
                return
            self.taken = found.end()
            yield found[0]

    def rows(self, wrong: Wrong) -> Iterator[tuple[int, list[str]]]:
        """Yield (line, cells). ``wrong(code, line, most)`` notes a fault of quoting or length."""
        csv.field_size_limit(CELL_CHARS_MAX)
        parser = csv.reader(self._lines(), delimiter=self.delimiter, strict=True)
        while True:
            line = self.line + parser.line_num
            try:
                cells = next(parser)
            except StopIteration:
                break
            except csv.Error as error:
                if self.too_long:
                    break
                code = _csv_fault(str(error))
                wrong(code, line, CELL_CHARS_MAX if code == Code.CELL_TOO_LONG else 0)
                if code == Code.QUOTE_WRONG:
                    continue  # the parser begins anew with the next line
                raise ReadingStoppedError from error
            yield line, cells
        if self.too_long:
            wrong(Code.LINE_TOO_LONG, self.line + parser.line_num, LINE_CHARS_MAX)
            raise ReadingStoppedError


def _csv_fault(message: str) -> Code:
    if "field limit" in message:
        return Code.CELL_TOO_LONG
    if "unexpected end" in message:
        return Code.QUOTE_OPEN
    return Code.QUOTE_WRONG


@dataclass(frozen=True, slots=True)
class _Head:
    cells: list[str]
    line: int
    body_at: int
    body_line: int


def _read_header(
    file: OpenFile, expected: tuple[str, ...], told: str | None, problems: Problems
) -> bool:
    """Find delimiter and header; expected names decide between the delimiters."""
    wanted = {folded(name) for name in expected}
    faults: list[tuple[Code, int, int]] = []
    found: list[tuple[int, int, str, _Head]] = []
    for place, delimiter in enumerate((told,) if told else DELIMITERS):
        head = _first_record(file, delimiter, faults)
        if head is not None:
            score = len({folded(cell) for cell in head.cells[: COLUMNS_MAX + 1]} & wanted)
            found.append((score, -place, delimiter, head))
    if not found:
        code, line, most = faults[0]
        params: dict[str, Any] = {"most": most} if most else {}
        problems.add(code, file.name, line, **params)
        return False
    score, _, file.delimiter, head = max(found, key=lambda one: one[:2])
    if len(head.cells) > COLUMNS_MAX:
        problems.add(
            Code.TOO_MANY_COLUMNS, file.name, head.line, found=len(head.cells), most=COLUMNS_MAX
        )
        return False
    if score == 0:
        problems.add(
            Code.HEADER_MISSING, file.name, head.line,
            value=file.delimiter.join(head.cells), expected=list(expected),
        )  # fmt: skip
        return False
    file.header, file.header_line = [cell.strip() for cell in head.cells], head.line
    file.body_at, file.body_line = head.body_at, head.body_line
    return True


def _first_record(
    file: OpenFile, delimiter: str, faults: list[tuple[Code, int, int]]
) -> _Head | None:
    """Return the first record that holds anything."""
    parsed = _Parsed(file.text, file.body_at, file.body_line, delimiter)
    try:
        for line, cells in parsed.rows(lambda code, at, most: faults.append((code, at, most))):
            if any(cell.strip() for cell in cells):
                used = len(_LINE.findall(file.text, file.body_at, parsed.taken))
                return _Head(cells, line, parsed.taken, file.body_line + used)
    except ReadingStoppedError:
        return None
    faults.append((Code.FILE_EMPTY, 1, 0))
    return None


def folded(name: str) -> str:
    """Return a column's name as it is compared: case, blanks and underscores do not matter."""
    return re.sub(r"[\s_-]+", "_", name.strip()).casefold()


def _bytes(path: Path, name: str, problems: Problems) -> bytes | None:
    """Read a plain file up to the limit; never follows a link, never waits on a pipe."""
    try:
        what = _kind_of(path.lstat().st_mode)
        if what is not None:
            problems.add(Code.NOT_A_PLAIN_FILE, name, what=what)
            return None
        flags = os.O_RDONLY
        for extra in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY", "O_CLOEXEC"):
            flags |= getattr(os, extra, 0)
        with os.fdopen(os.open(path, flags), "rb") as file:
            facts = os.fstat(file.fileno())
            if not stat.S_ISREG(facts.st_mode):
                problems.add(Code.NOT_A_PLAIN_FILE, name, what="device")
                return None
            if facts.st_size > FILE_BYTES_MAX:
                problems.add(Code.FILE_TOO_BIG, name, most=FILE_BYTES_MAX)
                return None
            data = file.read(FILE_BYTES_MAX + 1)
    except FileNotFoundError:
        problems.add(Code.FILE_MISSING, name)
        return None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        problems.add(Code.FILE_UNREADABLE, name, reason=reason)
        return None
    if len(data) > FILE_BYTES_MAX:
        problems.add(Code.FILE_TOO_BIG, name, most=FILE_BYTES_MAX)
        return None
    return data


def _kind_of(mode: int) -> str | None:
    for test, what in (
        (stat.S_ISLNK, "link"),
        (stat.S_ISDIR, "folder"),
        (stat.S_ISFIFO, "pipe"),
    ):
        if test(mode):
            return what
    return None if stat.S_ISREG(mode) else "device"


def _unpacked(data: bytes, name: str, problems: Problems) -> bytes | None:
    """Unpack gzip, counting: sizes in its header may lie, and little may become much."""
    if not data.startswith(b"\x1f\x8b"):
        if name.casefold().endswith(".gz") and data:
            problems.add(Code.DAMAGED_GZIP, name)
            return None
        return data
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
            unpacked = packed.read(FILE_BYTES_MAX + 1)
    except (OSError, EOFError, zlib.error):
        problems.add(Code.DAMAGED_GZIP, name)
        return None
    if len(unpacked) > FILE_BYTES_MAX:
        problems.add(Code.FILE_TOO_BIG, name, most=FILE_BYTES_MAX)
        return None
    return unpacked


def _decoded(data: bytes, name: str, encoding: str, problems: Problems) -> tuple[str, str] | None:
    """Return (text, encoding used). UTF-8, UTF-16 by its mark, else what the mapping names."""
    looks_like = next((said for start, said in _SIGNATURES if data.startswith(start)), None)
    if looks_like is None and re.match(rb"\s*<(?:!doctype|html|\?xml)", data[:200], re.IGNORECASE):
        looks_like = "web page"
    if looks_like is not None:
        problems.add(Code.NOT_CSV, name, looks_like=looks_like)
        return None
    if data.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        problems.add(Code.ENCODING_UNSUPPORTED, name, encoding="UTF-32")
        return None
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    used = "utf-16" if marked else encoding
    if used == "utf-8" or data.startswith(b"\xef\xbb\xbf"):
        used = "utf-8-sig"
    try:
        text = data.decode(used)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        if marked:
            problems.add(Code.ENCODING_UNSUPPORTED, name, line, encoding="UTF-16 (damaged)")
        else:
            problems.add(Code.NOT_UTF8, name, line, byte=f"0x{data[error.start]:02X}")
        return None
    nul = text.find("\0")
    if nul >= 0:
        problems.add(Code.NUL_CHARACTER, name, text.count("\n", 0, nul) + 1)
        return None
    return text, {"utf-8-sig": "UTF-8", "utf-16": "UTF-16"}.get(used, used)
