"""Files that are not what they should be: each gives its problem, none a crash (reliability 4.3, 5.2)."""

import gzip
import io
import os
import time
import tracemalloc
import zipfile

import pytest

from desktop_app.services.imports import reading
from desktop_app.services.imports.report import PROBLEMS_KEPT_MAX, Code
from tests.imports.conftest import read, said

GOOD = "sku,name\nA,Apple\nB,Berry\n"


def zipped() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("xl/workbook.xml", "x")
    return made.getvalue()


FILES = {
    "utf-8": (GOOD.encode(), []),
    "utf-8 with mark": (b"\xef\xbb\xbf" + GOOD.encode(), []),
    "utf-16 with mark": (GOOD.encode("utf-16"), []),
    "utf-16 big endian with mark": (b"\xfe\xff" + GOOD.encode("utf-16-be"), []),
    "semicolons": (GOOD.replace(",", ";").encode(), []),
    "tabs": (GOOD.replace(",", "\t").encode(), []),
    "bars": (GOOD.replace(",", "|").encode(), []),
    "sep line": (b"sep=;\r\nsku;name\r\nA;Apple\r\n", []),
    "CR LF": (GOOD.replace("\n", "\r\n").encode(), []),
    "CR only": (GOOD.replace("\n", "\r").encode(), []),
    "mixed line ends": (b"sku,name\r\nA,Apple\nB,Berry\r", []),
    "no final line end": (GOOD.rstrip().encode(), []),
    "line end in quotes": (b'sku,name\nA,"Apple\nis no line"\n', [("control_character", 2, "name")]),
    "quotes doubled": (b'sku,name\nA,"5"" pipe"\n', []),
    "blank lines and all-comma lines": (b"\nsku,name\n\nA,Apple\n,\n\n", []),
    "columns in another order": (b"name,sku\nApple,A\n", []),
    "columns in capitals with blanks": (b" SKU , Name\nA,Apple\n", []),
    "form feed and U+2028 are no line ends": ("sku,name\nA,Ap\u2028ple\n".encode(), []),
    "empty": (b"", [("file_empty", None, None)]),
    "only a mark": (b"\xef\xbb\xbf", [("file_empty", None, None)]),
    "only blank lines": (b"\n\n  \n", [("file_empty", None, None)]),
    "utf-16 without mark": (GOOD.encode("utf-16-le"), [("nul_character", 1, None)]),
    "utf-32": (GOOD.encode("utf-32"), [("encoding_unsupported", None, None)]),
    "utf-16 cut": (GOOD.encode("utf-16")[:-1], [("encoding_unsupported", 3, None)]),
    "latin-1": ("sku,name\nA,Café\n".encode("latin-1"), [("not_utf8", 2, None)]),
    "cp1252 quotes": ("sku,name\nA,‘Apple’\n".encode("cp1252"), [("not_utf8", 2, None)]),
    "utf-8 cut": ("sku,name\nA,Café".encode()[:-1], [("not_utf8", 2, None)]),
    "utf-8 overlong": (b"sku,name\nA,\xc0\xaf\n", [("not_utf8", 2, None)]),
    "cesu surrogates": (b"sku,name\nA,\xed\xa0\xbd\n", [("not_utf8", 2, None)]),
    "nul": (b"sku,name\nA,App\0le\n", [("nul_character", 2, None)]),
    "zip": (zipped(), [("not_csv", None, None)]),
    "old spreadsheet": (b"\xd0\xcf\x11\xe0" + bytes(500), [("not_csv", None, None)]),
    "html": (b"<!DOCTYPE html><table><tr><td>sku</td></tr></table>", [("not_csv", None, None)]),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3", [("not_csv", None, None)]),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(99), [("not_csv", None, None)]),
    "random bytes": (bytes(range(128, 256)) * 9, [("not_utf8", 1, None)]),
    "damaged gzip": (gzip.compress(GOOD.encode())[:-9], [("damaged_gzip", None, None)]),
    "gzip with a wrong checksum": (gzip.compress(GOOD.encode())[:-8] + bytes(8), [("damaged_gzip", None, None)]),
    "header of other words": (b"Artikel;Text\nA;Apfel\n", [("header_missing", 1, None)]),
    "no header": (b"A,Apple\nB,Berry\n", [("header_missing", 1, None)]),
    "a needed column missing": (b"sku,price\nA,1\n", [("column_missing", 1, "name")]),
    "a column twice": (b"sku,name,sku\nA,Apple,A\n", [("column_twice", 1, "sku")]),
    "an unknown column": (b"sku,name,colour\nA,Apple,red\n", [("column_unknown", 1, "colour")]),
    "header again": (b"sku,name\nA,Apple\nsku,name\nB,Berry\n", [("header_repeated", 3, None)]),
    "short row": (b"sku,name,price\nA,Apple\n", [("row_too_short", 2, None)]),
    "long row": (b"sku,name\nA,Apple,9,9\n", [("row_too_long", 2, None)]),
    "open quote": (b'sku,name\nA,"Apple\nB,Berry\n', [("quote_open", 2, None)]),
    "text after a quote": (b'sku,name\nA,"App"le\nB,Berry\n', [("quote_wrong", 2, None)]),
    "long cell": (b"sku,name\nA," + b"x" * 40_000 + b"\n", [("cell_too_long", 2, None)]),
    "many columns": (b"sku,name" + b",x" * 100_000 + b"\n", [("too_many_columns", 1, None)]),
    "long line": (b"sku,name\nA," + b"x,y" * 400_000 + b"\n", [("line_too_long", 2, None)]),
    "long header": (b"x" * 1_200_000 + b"\n", [("line_too_long", 1, None)]),
    "sep of another kind": (b"sep=#\nsku#name\n", [("not_csv", 1, None)]),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_each_file_is_read_or_named(put, name):
    content, expected = FILES[name]
    ending = ".csv.gz" if content.startswith(b"\x1f\x8b") else ".csv"
    source = read(put({"products" + ending: content}))
    assert [(code, row, column) for code, _, row, column in said(source)] == expected
    if not expected:
        assert source.of("products")[0].sku == "A"


def test_rows_after_a_fault_are_still_checked(put):
    """Every problem is listed, not only the first."""
    source = read(
        put({"products.csv": "sku,name,price\nA,Apple\n,Berry,1\nC,Cherry,-1\nD,Date,1.5\n"})
    )
    assert said(source) == [
        ("row_too_short", "products.csv", 2, None),
        ("value_missing", "products.csv", 3, "sku"),
        ("negative", "products.csv", 4, "price"),
    ]
    assert [p.sku for p in source.of("products")] == ["D"]


@pytest.mark.parametrize("what", ["folder", "link", "pipe"])
def test_only_plain_files_are_opened(put, tmp_path, what):
    """A pipe would wait for ever; a link may lead anywhere."""
    folder = put({})
    path = folder / "products.csv"
    if what == "folder":
        path.mkdir()
    elif what == "link":
        (tmp_path / "elsewhere.csv").write_text(GOOD)
        path.symlink_to(tmp_path / "elsewhere.csv")
    else:
        os.mkfifo(path)
    source = read(folder)
    assert [(p.code, p.params) for p in source.problems.kept] == [
        (Code.NOT_A_PLAIN_FILE, {"what": what})
    ]


def test_a_device_is_not_read(put):
    folder = put({})
    (folder / "products.csv").symlink_to("/dev/zero")
    assert said(read(folder))[0][0] == "not_a_plain_file"


def test_a_line_of_100_mb_needs_no_memory(put):
    folder = put({})
    with (folder / "products.csv").open("wb") as file:
        file.write(b"sku,name\nA,")
        for _ in range(100):
            file.write(b"x" * 1_000_000)
    tracemalloc.start()
    source = read(folder)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [p.code for p in source.problems.kept] == [Code.FILE_TOO_BIG]
    assert peak < 10_000_000


def test_a_line_of_40_mb_is_bounded(put):
    folder = put({"products.csv": b"sku,name\nA," + b"x," * 20_000_000})
    tracemalloc.start()
    source = read(folder)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [p.code for p in source.problems.kept] == [Code.LINE_TOO_LONG]
    assert peak < 200_000_000


def test_a_small_gzip_that_unpacks_to_much_is_stopped(put):
    bomb = gzip.compress(bytes(80 * 1024 * 1024))
    assert len(bomb) < 100_000
    assert [p.code for p in read(put({"products.csv.gz": bomb})).problems.kept] == [
        Code.FILE_TOO_BIG
    ]


def test_row_and_cell_limits(put, monkeypatch):
    monkeypatch.setattr(reading, "ROWS_MAX", 2)
    assert said(read(put({"products.csv": GOOD + "C,Cherry\n"}))) == [
        ("too_many_rows", "products.csv", 4, None)
    ]
    monkeypatch.setattr(reading, "ROWS_MAX", 99)
    monkeypatch.setattr(reading, "CELLS_MAX", 3)
    assert said(read(put({"products.csv": GOOD}))) == [("too_many_cells", "products.csv", 3, None)]


def test_reading_gives_up_in_time(put, monkeypatch):
    monkeypatch.setattr(reading, "SECONDS_MAX", -1.0)
    monkeypatch.setattr(reading, "LOOK_EVERY", 1)
    assert said(read(put({"products.csv": GOOD})))[0][0] == "too_slow"


def test_too_many_problems_are_counted_not_kept(put):
    rows = "".join(f"S{n},Name,-1,-1\n" for n in range(PROBLEMS_KEPT_MAX // 2 + 50))
    source = read(put({"products.csv": "sku,name,price,tax_rate\n" + rows}))
    assert len(source.problems.kept) == PROBLEMS_KEPT_MAX
    assert source.problems.count == PROBLEMS_KEPT_MAX + 100


def test_the_folder_itself(put, tmp_path):
    assert said(read(tmp_path / "nowhere"))[0][0] == "folder_missing"
    file = tmp_path / "a-file"
    file.write_text("x")
    assert said(read(file))[0][0] == "folder_missing"
    assert said(read(put({"notes.txt": "hello"})))[0][0] == "nothing_to_import"


def test_a_file_that_nothing_reads_is_mentioned(put):
    """A misspelt name must not look like an empty table."""
    source = read(put({"products.csv": GOOD, "prodcuts.csv": GOOD}))
    assert not source.problems.count
    assert [(n.code.value, n.file) for n in source.problems.notices] == [
        ("file_not_used", "prodcuts.csv")
    ]


def test_two_files_of_one_name(put):
    source = read(put({"products.csv": GOOD, "products.csv.gz": gzip.compress(GOOD.encode())}))
    assert said(source)[0][0] == "file_twice"


def test_a_file_that_may_not_be_opened(put, monkeypatch):
    def refuse(*_args, **_named):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(reading.os, "open", refuse)
    source = read(put({"products.csv": GOOD}))
    assert [(p.code, p.params) for p in source.problems.kept] == [
        (Code.FILE_UNREADABLE, {"reason": "Permission denied"})
    ]


def test_what_was_checked_is_what_is_kept(put):
    """The file is read once: it may change or vanish afterwards."""
    folder = put({"products.csv": GOOD})
    source = read(folder)
    digest = source.digest
    (folder / "products.csv").write_text(GOOD + "C,Cherry\n")
    assert [p.sku for p in source.of("products")] == ["A", "B"]
    assert read(folder).digest != digest


def test_a_hundred_thousand_rows_take_seconds(put):
    rows = "".join(f"SKU-{n},Product {n},1.50,20\n" for n in range(100_000))
    started = time.process_time()
    source = read(put({"products.csv": "sku,name,price,tax_rate\n" + rows}))
    assert len(source.of("products")) == 100_000
    assert time.process_time() - started < 20
