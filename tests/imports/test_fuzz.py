"""Whatever the bytes: a report, never a crash or a hang (reliability 4.3)."""

import csv
import gzip
import io
import tempfile
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from desktop_app.services.imports.templates import TEMPLATES
from tests.imports.conftest import read

CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from([
        "", "1", "-1", "1e9", "NaN", "٣", "1,5", "2026-02-30", "=1+1", '"', "'", "\n", "\r", "a" * 300, "\u202e",
        "9" * 40, "yes", "SO-1", "ROPE", "0.00001",
    ]),
)  # fmt: skip


def check(name: str, content: bytes):
    """Read one file; every problem names a line that the file has."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / name).write_bytes(content)
        source = read(Path(folder))
    lines = content.count(b"\n") + content.count(b"\r") + 2
    for problem in source.problems.kept:
        assert problem.row is None or 1 <= problem.row <= lines, problem
        assert problem.value is None or len(problem.value) < 700
    return source


@given(st.binary(max_size=400))
@example(b"\xff\xfe\x00")
@example(b"\xef\xbb\xbf")
@example(b'"')
@example(b"\x1f\x8b\x08\x00")
@example(b"sep=")
def test_any_bytes(content):
    check("products.csv", content)


@given(st.binary(max_size=200))
def test_any_bytes_below_a_good_header(content):
    check("products.csv", b"sku,name,price\n" + content)


@given(st.binary(max_size=200))
def test_any_bytes_in_gzip(content):
    check("products.csv.gz", gzip.compress(content))


@given(st.text(max_size=300))
def test_any_text_in_any_encoding(content):
    for encoding in ("utf-8", "utf-16", "utf-16-le", "utf-32"):
        try:
            check("sales.csv", content.encode(encoding))
        except UnicodeEncodeError:
            continue


@given(st.sampled_from(sorted(TEMPLATES)), st.data())
def test_any_cells_under_a_templates_own_header(name, data):
    """Rows that a spreadsheet could write: what is kept has the types that its columns promise."""
    template = TEMPLATES[name]
    rows = data.draw(
        st.lists(
            st.lists(CELLS, min_size=len(template.names), max_size=len(template.names)), max_size=5
        )
    )
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(template.names)
    lines.writerows(rows)
    try:
        content = out.getvalue().encode()
    except UnicodeEncodeError:
        return
    source = check(template.file, content)
    assert len(source.of(name)) <= len(rows)
    for record in source.of(name):
        for field in template.fields:
            value = getattr(record, field.name)
            assert not field.required or value not in {None, ""}
            if field.kind.name in {"quantity", "money"}:
                assert value is None or 0 <= value <= 9_999_999_990_000
