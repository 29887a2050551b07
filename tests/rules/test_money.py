"""Quantities, prices and totals as integers, rounded half up once per row (R1.5)."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.services.rules.money import (
    RATE_ONE,
    UNIT,
    half_up,
    in_base,
    plain,
    rounded_to_minor,
    row_total,
    to_decimal,
    units,
)


@pytest.mark.parametrize(
    ("text", "stored"),
    [("1", 10_000), (3, 30_000), ("0.0001", 1), ("-2.5", -25_000), ("1e3", 10_000_000), (Decimal("1.2300"), 12_300)],
)
def test_numbers_as_stored(text, stored):
    assert units(text) == stored


@pytest.mark.parametrize("wrong", ["", "x", "NaN", "Infinity", "-Infinity", "0.00001", "1,5", "1.00001"])
def test_what_is_not_a_number_of_four_places_is_refused(wrong):
    with pytest.raises(ValueError, match=r"not a number|decimal places"):
        units(wrong)


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [(5, 10, 1), (4, 10, 0), (-5, 10, -1), (-4, 10, 0), (15, 10, 2), (25, 10, 3), (0, 7, 0)],
)
def test_half_up_is_away_from_zero(numerator, denominator, rounded):
    assert half_up(numerator, denominator) == rounded


@pytest.mark.parametrize(
    ("quantity", "price", "digits", "total"),
    [
        ("3", "1.20", 2, 360),
        ("1.5", "0.33", 2, 50),
        ("1", "0.005", 2, 1),
        ("1", "0.0049", 2, 0),
        ("7", "1.995", 0, 14),
        ("-2", "1.25", 2, -250),
    ],
)
def test_a_row_is_rounded_once(quantity, price, digits, total):
    assert row_total(units(quantity), units(price), digits) == total


@given(st.integers(-10**9, 10**9), st.integers(-10**9, 10**9), st.integers(0, 4))
def test_row_total_is_exact(quantity, price, digits):
    exact = Decimal(quantity) / UNIT * Decimal(price) / UNIT
    expected = exact.scaleb(digits).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    assert row_total(quantity, price, digits) == int(expected)


@given(st.integers(-10**14, 10**14))
def test_plain_and_back(number):
    assert units(plain(number)) == number
    assert to_decimal(number) * UNIT == number
    assert not plain(number).endswith(".")


@pytest.mark.parametrize(
    ("number", "text"), [(40_000, "4"), (12_500, "1.25"), (-12_500, "-1.25"), (1, "0.0001"), (0, "0"), (-1, "-0.0001")]
)
def test_plain(number, text):
    assert plain(number) == text


def test_in_base():
    assert in_base(25_000, 85_000_000) == 21_250
    assert in_base(12_345, RATE_ONE) == 12_345
    assert in_base(1, RATE_ONE // 2) == 1


def test_rounded_to_minor():
    assert [rounded_to_minor(Decimal(x)) for x in ("1.005", "1.004", "-1.005")] == [101, 100, -101]
    assert rounded_to_minor(Decimal("12.5"), 0) == 13
