"""Templates, their documentation and their records stay together; the examples can be imported."""

import csv
import re

import pytest
from sqlalchemy import insert

from desktop_app.services.imports import plan_import
from desktop_app.services.imports.mapping import own
from desktop_app.services.imports.records import RECORDS
from desktop_app.services.imports.report import Code, Notice, Problem
from desktop_app.services.imports.templates import TEMPLATES, write_templates
from desktop_app.services.store import tables as t
from desktop_app.views.import_text import KIND_WORDS, SENTENCES, place_of, problem_sentence
from tests.helpers.sources import ROOT
from tests.imports.conftest import run, said

GUIDE = ROOT / "docs/import.md"


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_record_has_its_templates_columns(name):
    slots = RECORDS[name].__slots__
    assert slots == ("line", *TEMPLATES[name].names)


def test_every_kind_has_a_word():
    assert list(KIND_WORDS) == list(TEMPLATES)
    assert [feed.template for feed in own().feeds] == list(TEMPLATES)


def test_the_guide_describes_every_column():
    """docs/import.md has a table per template: column, needed, kind, example."""
    text = GUIDE.read_text(encoding="utf-8")
    for template in TEMPLATES.values():
        part = re.search(
            rf"^### `{template.file}`\n(.*?)(?=^### |^## |\Z)", text, re.MULTILINE | re.DOTALL
        )
        assert part, f"no section for {template.file}"
        rows = re.findall(r"^\| `([a-z_]+)` \| (yes|) *\| ([^|]+) \|", part[1], re.MULTILINE)
        described = [(name, needed == "yes", kind.strip()) for name, needed, kind in rows]
        assert described == [(f.name, f.required, f.kind.name) for f in template.fields], (
            template.name
        )


def test_the_examples_fit_together(backend, tmp_path):
    folder = tmp_path / "templates"
    made = write_templates(folder)
    assert [path.name for path in made] == [template.file for template in TEMPLATES.values()]
    backend.read(lambda db: None)
    with backend.store.writes.connect() as db, db.begin():
        db.execute(insert(t.channel).values(code="EXTRA", name="Extra", kind="web"))
    done = run(backend, folder)
    assert all(sum(counts) == 1 for counts in done.result["tallies"].values())
    assert plan_import(backend, folder).changes == 0


def test_templates_do_not_write_over_files(tmp_path):
    (tmp_path / "sales.csv").write_text("mine")
    made = write_templates(tmp_path)
    assert "sales.csv" not in {path.name for path in made}
    assert (tmp_path / "sales.csv").read_text() == "mine"


def test_a_spreadsheet_opens_them_right(tmp_path):
    """With a mark for UTF-8 and lines as RFC 4180 has them (ecosystem 4.4)."""
    write_templates(tmp_path)
    raw = (tmp_path / "sales.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\r\n") == 2
    with (tmp_path / "sales.csv").open(encoding="utf-8-sig", newline="") as file:
        assert next(csv.reader(file)) == list(TEMPLATES["sales"].names)


PARAMS = {
    "reason": "why", "names": ["a.csv"], "other": "B.csv", "what": "link", "most": 50_000_000, "looks_like": "PDF",
    "byte": "0xE9", "encoding": "UTF-32", "found": 3, "expected": 4, "seconds": 60, "known": ["a"], "places": 4,
    "character": "U+0007", "form": "YYYY-MM-DD", "first": 2, "last": "2199-12-31", "allowed": ["yes"], "lookup": "x.csv",
    "kind": "products", "near": "ROPE", "same": True, "by": "MUG", "ordered": 30_000, "units": 20_000,
    "state": "closed", "now": "sent", "count": 2,
}  # fmt: skip


@pytest.mark.parametrize("code", [*Code, *Notice])
def test_every_code_has_a_sentence(code):
    """Services hold codes, the screen holds sentences: what is wrong and what to do."""
    params = PARAMS | ({"expected": ["sku"]} if code is Code.HEADER_MISSING else {})
    said = problem_sentence(Problem(code, params=params))
    assert said.endswith((".", "”", "?", '"".'))
    assert "{" not in said
    assert "None" not in said
    assert said[0].isupper() or said[0].isdigit()


def test_no_sentence_is_left_over():
    assert set(SENTENCES) == {*Code, *Notice}


def test_a_place_in_words():
    problem = Problem(Code.NEGATIVE, "sales.csv", 12, "paid", "-3")
    assert place_of(problem) == "sales.csv, line 12, column paid, “-3”"
    assert problem_sentence(problem) == "The number must not be below zero."
    many = Problem(Code.HEADER_MISSING, "x.csv", 1, params={"expected": ["sku", "name"]})
    assert "(sku, name)" in problem_sentence(many)


def test_said_helper_sees_problems(backend, put):
    assert said(plan_import(backend, put({"products.csv": "sku\nA\n"}))) == [
        ("column_missing", "products.csv", 1, "name")
    ]
