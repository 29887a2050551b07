"""Stored integers to what a person reads, and back (R1.5, VIS-07). The only edge of its kind.

Quantities and prices come in ten-thousandths, totals in minor units, times in UTC. Parsing is
exact: no floats, and a text that could mean two numbers is refused.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from PySide6.QtCore import QDate, QDateTime, QLocale, QTime, QTimeZone

from desktop_app.services.rules.money import UNIT, plain, units

SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$", "JPY": "¥"}
MINUS = "\N{MINUS SIGN}"


def locale() -> QLocale:
    """Return the locale numbers, money and dates are written in.

    A system without one (the C locale) gets British English, the program's source language.
    """
    found = QLocale()
    if found.language() == QLocale.Language.C:
        return QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom)
    return found


def settle_locale() -> None:
    """Make Qt's own fields (days, numbers) write as the program does; call once at start."""
    QLocale.setDefault(locale())


def quantity(number: int | None) -> str:
    """Units without needless zeros: 40000 is "4", 12_345_000 is "1,234.5"; None is empty."""
    return "" if number is None else _grouped(number, plain(abs(number)))


def price(number: int | None, currency: str, digits: int = 2) -> str:
    """A price at the currency's digits, or more where it has more: "£17.95", "£0.0125"."""
    if number is None:
        return ""
    whole, _, rest = plain(abs(number)).partition(".")
    return _with_symbol(
        number, f"{whole}.{rest.ljust(digits, '0')}" if digits or rest else whole, currency
    )


def money(minor: int | None, currency: str, digits: int = 2) -> str:
    """A total from minor units: 284120 GBP is "£2,841.20"; None is empty."""
    if minor is None:
        return ""
    whole, rest = divmod(abs(minor), 10**digits)
    return _with_symbol(minor, f"{whole}.{rest:0{digits}d}" if digits else str(whole), currency)


def _with_symbol(number: int, text: str, currency: str) -> str:
    sign = MINUS if number < 0 else ""
    symbol = SYMBOLS.get(currency)
    body = _grouped(1, text)
    return f"{sign}{symbol}{body}" if symbol else f"{sign}{body} {currency}"


def _grouped(number: int, text: str) -> str:
    whole, point, rest = text.partition(".")
    here = locale()
    shown = here.toString(int(whole)) if len(whole) < 19 else whole
    sign = MINUS if number < 0 else ""
    return f"{sign}{shown}{here.decimalPoint() if point else ''}{rest}"


def parse_quantity(text: str, *, whole: bool = True) -> int:
    """What a person typed, as ten-thousandths; sums like "12+6" and "3*24" are worked out (MIC-06).

    Raises ValueError with a sentence that says what is wrong.
    """
    typed = text.strip().replace(" ", "").replace("\N{NO-BREAK SPACE}", "")
    if not typed:
        raise ValueError("Type a quantity.")
    total = 0
    for part in typed.split("+"):
        product: int | None = None
        for factor in part.split("*"):
            number = _number(factor)
            product = number if product is None else product * number // UNIT
        total += product or 0
    if whole and total % UNIT:
        raise ValueError("This product is counted in whole units.")
    return total


def _number(text: str) -> int:
    if not re.fullmatch(r"[0-9][0-9.,]*", text) or len(text) > 15:
        raise ValueError(f"“{text}” is not a quantity. Type digits, for example 12.")
    here = locale()
    group = "," if here.decimalPoint() == "." else "."
    if re.fullmatch(rf"[0-9]{{1,3}}({re.escape(group)}[0-9]{{3}})+", text):
        text = text.replace(group, "")
    elif text.count(".") + text.count(",") > 1:
        raise ValueError(f"“{text}” can be read in more than one way.")
    return units(text.replace(",", "."))


def day(value: date | None) -> str:
    """A day in short: "28 Nov", with the year where it is not this one."""
    if value is None:
        return ""
    pattern = "d MMM" if value.year == datetime.now(UTC).astimezone().year else "d MMM yyyy"
    return locale().toString(QDate(value.year, value.month, value.day), pattern)


def full_day(value: date) -> str:
    """A day with its year, for papers that are kept: "28 Nov 2026"."""
    return locale().toString(QDate(value.year, value.month, value.day), "d MMM yyyy")


def full_moment(value: datetime) -> str:
    """A time in this place with its year, for papers that are kept: "1 Oct 2026 21:16"."""
    local = value.astimezone()
    return f"{full_day(local.date())} {local:%H:%M}"


def moment(value: datetime | None) -> str:
    """A time in this place: "1 Oct 21:16"; the year where it is not this one."""
    if value is None:
        return ""
    local = value.astimezone()
    this_year = local.year == datetime.now(UTC).astimezone().year
    made = QDateTime(
        QDate(local.year, local.month, local.day),
        QTime(local.hour, local.minute, local.second),
        QTimeZone.systemTimeZone(),
    )
    return locale().toString(made, "d MMM HH:mm" if this_year else "d MMM yyyy HH:mm")


def ago(value: datetime, now: datetime | None = None) -> str:
    """Relative under one day, absolute beyond (MIC-14): "just now", "3 min ago", "2 h ago"."""
    passed = (now or datetime.now(UTC)) - value
    if passed < timedelta(minutes=1):
        return "just now"
    if passed < timedelta(hours=1):
        return f"{int(passed.total_seconds() // 60)} min ago"
    if passed < timedelta(days=1):
        return f"{int(passed.total_seconds() // 3600)} h ago"
    return moment(value)


def count(number: int, singular: str, plural: str | None = None) -> str:
    """A counted word: "1 sale", "1,234 sales"."""
    word = singular if number == 1 else plural or f"{singular}s"
    return f"{locale().toString(number)} {word}"


def counted_units(number: int) -> str:
    """Units as a counted word: "1 unit", "48 units"."""
    return f"{quantity(number)} {'unit' if number == UNIT else 'units'}"
