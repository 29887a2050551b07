"""Reading one cell: our own parsers, never ``int``, ``float`` or ``Decimal`` on raw text.

Those take Arabic digits, underscores, NaN and 1e400 (reliability 4.3, 7.10). Each parser returns
the stored value (R1.5) or raises ``CellError`` with a code.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from ..rules.money import UNIT
from .report import Code

QUANTITY_MAX = 999_999_999 * UNIT
"""Units a cell may hold: 200,000 such rows still sum within 64 bits."""

MONEY_MAX = 999_999_999 * UNIT
"""A price a cell may hold, in ten-thousandths; row totals have their own limit."""

RATE_MAX = 100_00
"""Tax of at most 100 %, in hundredths of a per cent."""

FIRST_DAY = date(1970, 1, 1)
LAST_DAY = date(2199, 12, 31)
"""Days outside are typing errors: no order of this trade is older or that far off."""

_NUMBER = re.compile(r"([0-9]{1,18})(?:\.([0-9]{1,18}))?", re.ASCII)
_SCIENTIFIC = re.compile(r"[0-9][.,][0-9]+[eE]\+[0-9]+", re.ASCII)
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
_INSTANT = re.compile(
    r"(?P<day>.{8,10}?)"
    r"(?:[T ](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:\.(?P<part>[0-9]{1,7}))?)?"
    r"(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?)?",
    re.ASCII,
)

DATE_FORMS = {
    "YYYY-MM-DD": (_DAY, (1, 2, 3)),
    "YYYY/MM/DD": (re.compile(r"([0-9]{4})/([0-9]{2})/([0-9]{2})", re.ASCII), (1, 2, 3)),
    "YYYYMMDD": (re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})", re.ASCII), (1, 2, 3)),
    "DD/MM/YYYY": (re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})", re.ASCII), (3, 2, 1)),
    "MM/DD/YYYY": (re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})", re.ASCII), (3, 1, 2)),
    "DD.MM.YYYY": (re.compile(r"([0-9]{2})\.([0-9]{2})\.([0-9]{4})", re.ASCII), (3, 2, 1)),
}
"""Forms a mapping may name; the own templates take the first. None is guessed."""

YES = {"yes", "true", "1", "y"}
NO = {"no", "false", "0", "n"}

_HIDDEN = {"Cf", "Zl", "Zp", "Cs", "Co", "Cn"}
"""Unicode categories of characters that nobody sees: bidi marks, zero width, separators."""


class CellError(Exception):
    """A cell that cannot be read as its column asks."""

    def __init__(self, code: Code, **params: Any) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params


class Pointed(int):
    """A quantity that was written with a decimal point: refused where whole units count."""

    __slots__ = ()


class Rounded(int):
    """A cost of one unit that a pack's cost does not divide into at 4 places (R1.5)."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Form:
    """How a foreign file writes numbers and dates."""

    decimal: str = "."
    date: str = "YYYY-MM-DD"


Parser = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a column holds: ``name`` for the documentation, ``parser`` made for a file's form.

    ``blank`` is the value of an empty cell.
    """

    name: str
    parser: Callable[[Form], Parser]
    blank: Any = None


def text(most: int) -> Kind:
    """One line of text; formula-looking text stays text."""
    return Kind("text", lambda _form: lambda cell: _text(cell, most), "")


def multiline(most: int) -> Kind:
    """Text that may have several lines."""
    return Kind("text, several lines", lambda _form: lambda cell: _text(cell, most, lines=True), "")


def code(most: int) -> Kind:
    """A key: text without characters that cannot be seen."""

    def read(cell: str) -> str:
        value = _text(cell, most)
        for character in value:
            if unicodedata.category(character) in _HIDDEN:
                raise CellError(Code.HIDDEN_CHARACTER, character=f"U+{ord(character):04X}")
        return value

    return Kind("code", lambda _form: read, "")


def quantity() -> Kind:
    """Units in ten-thousandths, at most 4 decimals (R1.5)."""

    def made(form: Form) -> Parser:
        def read(cell: str) -> int:
            value, pointed = _number(cell, form.decimal, 4, QUANTITY_MAX)
            return Pointed(value) if pointed else value

        return read

    return Kind("quantity", made)


def money() -> Kind:
    """A price, cost or amount in ten-thousandths of the currency unit, at most 4 decimals."""
    return Kind("money", lambda form: lambda cell: _number(cell, form.decimal, 4, MONEY_MAX)[0])


def rate() -> Kind:
    """A tax rate in per cent, stored in hundredths of a per cent."""

    def made(form: Form) -> Parser:
        def read(cell: str) -> int:
            value, _ = _number(cell, form.decimal, 2, RATE_MAX * 100)
            return value // 100

        return read

    return Kind("per cent", made)


def integer(most: int) -> Kind:
    """A whole number from 0 to ``most``."""

    def read(cell: str) -> int:
        value, pointed = _number(cell, ".", 0, most * UNIT)
        if pointed:
            raise CellError(Code.NOT_WHOLE)
        return value // UNIT

    return Kind("whole number", lambda _form: read)


def flag() -> Kind:
    """Yes or no."""

    def read(cell: str) -> int:
        folded = cell.casefold()
        if folded in YES:
            return 1
        if folded in NO:
            return 0
        raise CellError(Code.NOT_ONE_OF, allowed=["yes", "no"])

    return Kind("yes or no", lambda _form: read)


def one_of(*allowed: str) -> Kind:
    """One of a few words."""

    def read(cell: str) -> str:
        if cell not in allowed:
            raise CellError(Code.NOT_ONE_OF, allowed=list(allowed))
        return cell

    return Kind("one of " + ", ".join(allowed), lambda _form: read)


def day() -> Kind:
    """A calendar day."""
    return Kind("date", lambda form: lambda cell: _day(cell, form.date))


def instant() -> Kind:
    """A time: a day alone is its first moment, a time without a zone is UTC."""
    return Kind("date, or date and time", lambda form: lambda cell: _instant(cell, form.date))


def _text(cell: str, most: int, *, lines: bool = False) -> str:
    value = cell if cell.isascii() else unicodedata.normalize("NFC", cell)
    if value[:1] == "'" and value[1:2] in {"=", "+", "-", "@"}:
        value = value[1:]  # our own exports guard such text with an apostrophe (reliability 4.4)
    if lines:
        value = value.replace("\r\n", "\n").replace("\r", "\n")
    if len(value) > most:
        raise CellError(Code.TEXT_TOO_LONG, most=most)
    if not value.isprintable():
        for character in value:
            if unicodedata.category(character) in {"Cc", "Cs"} and not (
                lines and character == "\n"
            ):
                raise CellError(Code.CONTROL_CHARACTER, character=f"U+{ord(character):04X}")
    return value


def _number(cell: str, decimal: str, places: int, most: int) -> tuple[int, bool]:
    """Return ten-thousandths, and whether a decimal sign was written."""
    written = cell
    if decimal == ",":
        if "." in cell:
            raise CellError(Code.NOT_A_NUMBER)
        written = cell.replace(",", ".", 1)
    found = _NUMBER.fullmatch(written)
    if found is None:
        raise CellError(_why_no_number(cell, decimal, most))
    whole, part = found.groups()
    if part is not None and len(part) > 4:
        if part[4:].strip("0"):
            raise CellError(Code.TOO_PRECISE, places=places)
        part = part[:4]
    value = int(whole) * UNIT + (int(part.ljust(4, "0")) if part else 0)
    if value > most:
        raise CellError(Code.TOO_LARGE, most=most)
    if places < 4 and value % 10 ** (4 - places):
        raise CellError(Code.TOO_PRECISE if places else Code.NOT_WHOLE, places=places)
    return value, part is not None


def _why_no_number(cell: str, decimal: str, most: int) -> Code:
    rest = cell[1:] if cell[:1] in "+-" else cell
    if cell[:1] == "-" and _NUMBER.fullmatch(rest):
        return Code.NEGATIVE
    if _SCIENTIFIC.fullmatch(cell):
        return Code.SCIENTIFIC
    if not cell.isascii() and any(c.isdigit() or c.isnumeric() for c in cell if not c.isascii()):
        return Code.FOREIGN_DIGITS
    if decimal == "." and re.fullmatch(r"[0-9][0-9.]*,[0-9,.]*", cell, re.ASCII):
        return Code.COMMA_IN_NUMBER
    if len(cell) > 18 and re.fullmatch(r"[0-9]+", cell, re.ASCII):
        return Code.TOO_LARGE
    return Code.NOT_A_NUMBER


def _day(cell: str, form: str) -> date:
    pattern, order = DATE_FORMS[form]
    found = pattern.fullmatch(cell)
    if found is None:
        raise CellError(Code.NOT_A_DATE, form=form)
    year, month, number = (int(found[group]) for group in order)
    try:
        made = date(year, month, number)
    except ValueError as error:
        raise CellError(Code.NO_SUCH_DATE) from error
    if not FIRST_DAY <= made <= LAST_DAY:
        raise CellError(
            Code.DATE_OUT_OF_RANGE, first=FIRST_DAY.isoformat(), last=LAST_DAY.isoformat()
        )
    return made


def _instant(cell: str, form: str) -> datetime:
    found = _INSTANT.fullmatch(cell)
    if found is None:
        raise CellError(Code.NOT_A_DATE, form=form)
    made = _day(found["day"], form)
    zone = UTC
    written = found["zone"]
    try:
        if written and written != "Z":
            sign = -1 if written[0] == "-" else 1
            hours, minutes = int(written[1:3]), int(written[-2:])
            if minutes > 59:
                raise CellError(Code.NO_SUCH_DATE)
            zone = timezone(sign * timedelta(hours=hours, minutes=minutes))
        moment = datetime(
            made.year, made.month, made.day,
            int(found["hour"] or 0), int(found["minute"] or 0), int(found["second"] or 0),
            int((found["part"] or "0")[:6].ljust(6, "0")), tzinfo=zone,
        )  # fmt: skip
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise CellError(Code.NO_SUCH_DATE) from error
