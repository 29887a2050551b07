"""Cells that are not what their column asks (reliability 4.3, 5.2, 7.10; R1.5)."""

import csv
import io
from datetime import UTC, date, datetime

import pytest

from tests.imports.conftest import read, said


def line(*cells: str) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue()


def one(put, template: str, columns: dict[str, str], mapping: str | None = None):
    """Read a file of one row; return (source, problems as (code, column))."""
    content = line(*columns) + line(*columns.values())
    source = read(put({f"{template}.csv": content}), mapping)
    return source, [(code, column) for code, _, _, column in said(source)]


ROW = {"sale": "SO-1", "product": "A", "quantity": "1"}

QUANTITIES = {
    "5": 50_000, "0": 0, " 5 ": 50_000, "007": 70_000, "999999999": 9_999_999_990_000, "5.5": 55_000,
    "0.0001": 1, "1.00000": 10_000,
    "-3": "negative", "-5": "negative", "+5": "not_a_number", "1000000000": "too_large",
    "1e9": "not_a_number", "1e3": "not_a_number", "1e400": "not_a_number", "1.5E+3": "scientific",
    "NaN": "not_a_number", "nan": "not_a_number", "Infinity": "not_a_number", "0x10": "not_a_number",
    "٣": "foreign_digits", "５": "foreign_digits", "½": "foreign_digits", "1_000": "not_a_number",
    "1,5": "comma_in_number", "5,0": "comma_in_number", "1,000.00": "comma_in_number",
    "1.000,00": "comma_in_number", "1'000": "not_a_number", "1 000": "not_a_number",
    "1\u00a0000": "not_a_number", "5 pcs": "not_a_number", "pcs": "not_a_number", "#REF!": "not_a_number",
    "TRUE": "not_a_number", "=1+1": "not_a_number", "2.99999": "too_precise", ".5": "not_a_number",
    "5.": "not_a_number", "9223372036854775808": "too_large", "-9223372036854775809": "not_a_number",
    "9" * 5_000: "too_large", "": "value_missing", "--5": "not_a_number", "5-": "not_a_number",
}  # fmt: skip


@pytest.mark.parametrize("cell", QUANTITIES)
def test_quantities(put, cell):
    expected = QUANTITIES[cell]
    source, problems = one(put, "sale_rows", ROW | {"quantity": cell})
    if isinstance(expected, int):
        assert not problems
        assert source.of("sale_rows")[0].quantity == expected
    else:
        assert problems == [(expected, "quantity")]


@pytest.mark.parametrize(
    "cell, expected",
    [
        ("0", 0), ("12.5", 125_000), ("12.3456", 123_456), ("999999999", 9_999_999_990_000),
        ("12.34567", "too_precise"), ("1000000000", "too_large"), ("£5", "not_a_number"), ("5 EUR", "not_a_number"),
        ("-1", "negative"), ("1,99", "comma_in_number"), ("NaN", "not_a_number"),
    ],
)  # fmt: skip
def test_prices(put, cell, expected):
    source, problems = one(put, "products", {"sku": "A", "name": "Apple", "price": cell})
    if isinstance(expected, int):
        assert not problems
        assert source.of("products")[0].price == expected
    else:
        assert problems == [(expected, "price")]


@pytest.mark.parametrize(
    "cell, expected",
    [("20", 2_000), ("0", 0), ("17.5", 1_750), ("8.25", 825), ("100", 10_000), ("101", "too_large"), ("8.125", "too_precise"),
     ("20%", "not_a_number")],
)  # fmt: skip
def test_tax_rates(put, cell, expected):
    source, problems = one(put, "products", {"sku": "A", "name": "Apple", "tax_rate": cell})
    if isinstance(expected, int):
        assert source.of("products")[0].tax_rate == expected
    else:
        assert problems == [(expected, "tax_rate")]


TIMES = {
    "2026-05-01": datetime(2026, 5, 1, tzinfo=UTC),
    "2026-05-01 09:30": datetime(2026, 5, 1, 9, 30, tzinfo=UTC),
    "2026-05-01T09:30:15": datetime(2026, 5, 1, 9, 30, 15, tzinfo=UTC),
    "2026-05-01T09:30:15.25Z": datetime(2026, 5, 1, 9, 30, 15, 250_000, tzinfo=UTC),
    "2026-05-01T09:30+02:00": datetime(2026, 5, 1, 7, 30, tzinfo=UTC),
    "2024-02-29": datetime(2024, 2, 29, tzinfo=UTC),
    "2026-02-30": "no_such_date", "2025-02-29": "no_such_date", "2026-13-01": "no_such_date",
    "2026-00-10": "no_such_date", "2026-05-01 24:00": "no_such_date", "2026-05-01 23:59:60": "no_such_date",
    "2026-05-01 10:00+99:00": "no_such_date", "2026-05-01T10:00+02:75": "no_such_date",
    "31/02/2026": "not_a_date", "29/02/2025": "not_a_date", "01/02/03": "not_a_date", "1.2.2026": "not_a_date",
    "26-05-01": "not_a_date", "1899-12-31": "date_out_of_range", "9999-12-31": "date_out_of_range",
    "1714553400000": "not_a_date", "45413": "not_a_date", "yesterday": "not_a_date",
    "2026-05-01 10:00 CET": "not_a_date", "٢٠٢٦-05-01": "not_a_date", "2026-5-1": "not_a_date", "": "value_missing",
}  # fmt: skip


@pytest.mark.parametrize("cell", TIMES)
def test_times(put, cell):
    expected = TIMES[cell]
    source, problems = one(put, "sales", {"external_id": "S", "placed_at": cell})
    if isinstance(expected, datetime):
        assert not problems
        assert source.of("sales")[0].placed_at == expected
    else:
        assert problems == [(expected, "placed_at")]


def test_a_mapping_says_how_dates_and_decimals_are_written(put, tmp_path):
    """31/02 is no day in that form either; nothing is guessed between 01/02 and 02/01."""
    toml = tmp_path / "mine.toml"
    toml.write_text("""
name = "mine"
title = "Mine"
date = "DD/MM/YYYY"
decimal = ","
[[feeds]]
template = "sales"
file = "auftrag.csv"
[feeds.columns]
external_id = { column = "Nr" }
placed_at = { column = "Datum" }
paid = { column = "Bezahlt" }
""")
    folder = put(
        {"auftrag.csv": "Nr;Datum;Bezahlt\n1;01/02/2026;1,5\n2;31/02/2026;2\n3;2026-02-01;1.5\n"}
    )
    source = read(folder, str(toml))
    assert [(r.placed_at.date(), r.paid) for r in source.of("sales")] == [
        (date(2026, 2, 1), 15_000)
    ]
    assert said(source) == [
        ("no_such_date", "auftrag.csv", 3, "Datum"),
        ("not_a_date", "auftrag.csv", 4, "Datum"),
        ("not_a_number", "auftrag.csv", 4, "Bezahlt"),
    ]


TEXTS = {
    "=1+1": "=1+1", "=cmd|'/c calc'!A1": "=cmd|'/c calc'!A1", "+44 20": "+44 20", "@name": "@name",
    "-5": "-5", "'=1+1": "=1+1", "'quoted": "'quoted", "NULL": "NULL", "None": "None", "%s {0}": "%s {0}",
    "'; DROP TABLE product; --": "'; DROP TABLE product; --", "<script>": "<script>", "🦐": "🦐",
    "  Apple  ": "Apple", "Cafe\u0301": "Café", "שלום": "שלום",
    "tab\there": "control_character", "bell\x07": "control_character", "\x1b[31m": "control_character",
    "x" * 201: "text_too_long",
}  # fmt: skip


@pytest.mark.parametrize("cell", TEXTS)
def test_text_stays_text(put, cell):
    """What looks like a formula is a name; only our own guard apostrophe is taken off again."""
    source, problems = one(put, "products", {"sku": "A", "name": cell})
    if problems:
        assert problems == [(TEXTS[cell], "name")]
    else:
        assert source.of("products")[0].name == TEXTS[cell]


@pytest.mark.parametrize(
    "sku, code",
    [
        ("A\u200bB", "hidden_character"), ("A\u202eB", "hidden_character"), ("\ufeffA", "hidden_character"),
        ("A\u2028B", "hidden_character"), ("A\x00", None), ("x" * 61, "text_too_long"), ("", "value_missing"),
        ("A\nB", "control_character"),
    ],
)  # fmt: skip
def test_codes_hold_nothing_that_cannot_be_seen(put, sku, code):
    _, problems = one(put, "products", {"sku": sku, "name": "Apple"})
    assert problems == ([(code, "sku")] if code else [("nul_character", None)])


@pytest.mark.parametrize(
    "cell, expected",
    [("yes", 1), ("No", 0), ("TRUE", 1), ("0", 0), ("", None), ("maybe", "not_one_of")],
)
def test_flags(put, cell, expected):
    source, problems = one(put, "products", {"sku": "A", "name": "Apple", "discontinued": cell})
    if problems:
        assert problems == [(expected, "discontinued")]
    else:
        assert source.of("products")[0].discontinued == expected


def test_kinds_are_a_closed_list(put):
    _, problems = one(put, "products", {"sku": "A", "name": "Apple", "kind": "Stock"})
    assert problems == [("not_one_of", "kind")]


def test_a_report_shows_what_was_typed_in_short(put):
    source, _ = one(put, "products", {"sku": "A", "name": "x\x07" + "y" * 300})
    shown = source.problems.kept[0].value
    assert shown is not None
    assert shown.startswith("x\\u0007yyy")
    assert len(shown) < 100
    assert shown.endswith("…")
