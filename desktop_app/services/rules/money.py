"""Quantities, prices and totals as integers (R1.5).

A quantity is a whole number of ten-thousandths of a unit (``UNIT`` is one unit), a price a whole
number of ten-thousandths of the currency's unit, a total a whole number of the currency's minor
unit (pence). Rounding is half up, away from zero, once per row. No binary floats.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

UNIT = 10_000
"""One unit, as a stored quantity; also one currency unit, as a stored price."""

QUANTITY_MAX = 1_000_000_000 * UNIT
"""No row holds more than a thousand million units: above it, sums may leave 64 bits."""


def units(number: int | str | Decimal) -> int:
    """Return ``number`` units (or currency units) as the stored integer.

    Raises ValueError for anything that is not a finite number of at most 4 decimal places.
    """
    try:
        value = Decimal(number) * UNIT
    except InvalidOperation as error:
        raise ValueError(f"not a number: {number!r}") from error
    if not value.is_finite() or value != value.to_integral_value():
        raise ValueError(f"more than 4 decimal places: {number!r}")
    return int(value)


def half_up(numerator: int, denominator: int) -> int:
    """Divide two integers, rounding half away from zero; the denominator is positive."""
    sign = -1 if numerator < 0 else 1
    return sign * ((2 * abs(numerator) + denominator) // (2 * denominator))


def row_total(quantity: int, price: int, digits: int = 2) -> int:
    """Quantity (ten-thousandths) times price (ten-thousandths), in minor units of the currency."""
    return half_up(quantity * price * 10**digits, UNIT * UNIT)


def plain(number: int) -> str:
    """Return a stored quantity or price without needless zeros: 40000 is "4", 12500 is "1.25"."""
    whole, rest = divmod(abs(number), UNIT)
    sign = "-" if number < 0 else ""
    decimals = f"{rest:04d}".rstrip("0")
    return f"{sign}{whole}.{decimals}" if decimals else f"{sign}{whole}"


def to_decimal(number: int) -> Decimal:
    """Return a stored quantity or price as an exact Decimal."""
    return Decimal(number) / UNIT


def in_base(price: int, rate: int) -> int:
    """Price in base currency; ``rate`` is base units per unit, in hundred-millionths."""
    return half_up(price * rate, RATE_ONE)


RATE_ONE = 100_000_000
"""An exchange rate of 1, as stored."""


def rounded_to_minor(amount: Decimal, digits: int = 2) -> int:
    """Return an exact decimal amount in minor units, half up."""
    return int((amount * 10**digits).quantize(Decimal(1), rounding=ROUND_HALF_UP))
