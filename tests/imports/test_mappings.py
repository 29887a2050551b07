"""Foreign files by a mapping: rename, constants, words, packs to units, lookups (data, not code)."""

import gzip

import pytest

from desktop_app.services.errors import Rejected
from desktop_app.services.imports import plan_import
from desktop_app.services.imports.mapping import named, parse, shipped
from desktop_app.services.imports.report import Code, Notice
from tests.imports.conftest import read, said

HEAD = 'name = "shop"\ntitle = "Shop"\n'
PACKS = (
    HEAD
    + """
[lookups.goods]
file = "goods.csv"
key = "No"

[[feeds]]
template = "products"
file = "goods.csv"
[feeds.columns]
sku = { column = "No", prefix = "G-" }
name = { columns = ["Maker", "Text"], with = " " }
kind = { value = "stock" }
unit = { column = "Unit", values = { "PC" = "each", "*" = "other" } }

[[feeds]]
template = "suppliers"
file = "firms.csv"
[feeds.columns]
external_id = { column = "Firm" }
name = { column = "Firm" }

[[feeds]]
template = "purchase_orders"
file = "orders.csv"
[feeds.columns]
external_id = { column = "Order" }
supplier = { column = "Firm" }
placed_at = { column = "Day" }

[[feeds]]
template = "purchase_order_rows"
file = "lines.csv"
[feeds.columns]
order = { column = "Order" }
product = { column = "No", prefix = "G-" }
quantity = { column = "Packs", times = { column = "No", lookup = "goods", take = "PerPack" } }
cost = { column = "PackCost", per = { column = "No", lookup = "goods", take = "PerPack" } }
"""
)
FIRMS = """
[[feeds]]
template = "suppliers"
file = "firms.csv"
[feeds.columns]
external_id = { column = "Firm", repair = true }
"""
FILES = {
    "goods.csv": "No,Maker,Text,Unit,PerPack\n1,Ann,Rope,PC,12\n2,,Mug,BX,7\n",
    "firms.csv": "Firm\nLines\n", "orders.csv": "Order,Firm,Day\nB1,Lines,2026-05-01\n",
    "lines.csv": "Order,No,Packs,PackCost\nB1,1,8,84.00\nB1,2,3,10.00\n",
}  # fmt: skip


@pytest.fixture
def mine(tmp_path):
    def write(toml):
        path = tmp_path / "mine.toml"
        path.write_text(toml, encoding="utf-8")
        return str(path)

    return write


def test_packs_become_units_and_their_cost_the_cost_of_one(backend, put, mine):
    """R1.5: at 4 places, half up; where it does not divide, the report says so."""
    plan = plan_import(backend, put(FILES), mine(PACKS))
    assert plan.ok, said(plan)
    products, lines = plan.source.of("products"), plan.source.of("purchase_order_rows")
    assert [(p.sku, p.name, p.unit) for p in products] == [
        ("G-1", "Ann Rope", "each"),
        ("G-2", "Mug", "other"),
    ]
    assert [(one.quantity, one.cost) for one in lines] == [(960_000, 70_000), (210_000, 14_286)]
    assert [(n.code, n.file, n.row, n.column) for n in plan.notices] == [
        (Notice.COST_ROUNDED, "lines.csv", 3, "PackCost")
    ]
    assert plan.totals.units_bought == 1_170_000
    assert plan.totals.bought == {"GBP": 67_200 + 3_000}


@pytest.mark.parametrize(
    "changed, expected",
    [
        ({"goods.csv": FILES["goods.csv"].replace(",7\n", ",0\n")},
         [("not_a_number", "lines.csv", 3, "Packs"), ("not_a_number", "lines.csv", 3, "PackCost")]),
        ({"lines.csv": "Order,No,Packs,PackCost\nB1,9,8,84\n"},
         [("lookup_failed", "lines.csv", 2, "Packs"), ("lookup_failed", "lines.csv", 2, "PackCost")]),
        ({"goods.csv": FILES["goods.csv"] + "2,,Mug,PC,7\n"},
         [("lookup_twice", "goods.csv", 4, "No"), ("id_twice", "goods.csv", 4, "No")]),
        ({"goods.csv": "No,Maker,Text,Unit\n1,Ann,Rope,PC\n2,,Mug,PC\n"},
         [("column_missing", "goods.csv", 1, "PerPack")]),
        ({"lines.csv": "Order,No,PackCost\nB1,1,84\n"}, [("column_missing", "lines.csv", 1, "Packs")]),
    ],
)  # fmt: skip
def test_what_a_mapping_cannot_find(backend, put, mine, changed, expected):
    assert said(plan_import(backend, put({**FILES, **changed}), mine(PACKS))) == expected


def test_a_file_that_the_mapping_needs_is_missing(backend, put, mine):
    files = {name: text for name, text in FILES.items() if name != "firms.csv"}
    found = said(plan_import(backend, put(files), mine(PACKS)))
    assert found == [("file_missing", "firms.csv", None, None)]


def test_columns_that_a_mapping_does_not_read_are_ignored(backend, put, mine):
    files = {**FILES, "firms.csv": "Firm,Tel,Tel\nLines,1,2\n"}
    assert plan_import(backend, put(files), mine(PACKS)).ok


def test_a_value_that_the_mapping_does_not_know(put, mine):
    source = read(put(FILES), mine(PACKS.replace(', "*" = "other"', "")))
    assert [(p.code, p.row, p.value, p.params) for p in source.problems.kept] == [
        (Code.NOT_MAPPED, 3, "BX", {"known": ["PC"]})
    ]


def test_other_encodings_only_when_named(put, mine):
    files = {"firms.csv": "Firm\nSmørebrød\n".encode("cp1252")}
    toml = HEAD + 'encoding = "cp1252"\n' + FIRMS + 'name = { column = "Firm" }\n'
    source = read(put(files), mine(toml))
    assert source.of("suppliers")[0].name == "Smørebrød"
    assert source.files[0].encoding == "cp1252"


def test_text_that_was_read_in_the_wrong_encoding_once(put, mine):
    """Wide World Importers has "PrabhupÄ\x81da": UTF-8 taken for Latin-1 by an earlier export."""
    toml = HEAD + FIRMS + 'name = { column = "Firm", repair = true }\n'
    source = read(put({"firms.csv": "Firm\nPrabhupÄ\u0081da\nCafé\nSmith\n"}), mine(toml))
    assert [s.name for s in source.of("suppliers")] == ["Prabhupāda", "Café", "Smith"]


@pytest.mark.parametrize(
    "toml, where",
    [
        ("name =", ""), ("x = 1", "name"), (HEAD, "feeds"),
        (HEAD + '[[feeds]]\ntemplate = "nothing"\nfile = "a.csv"\ncolumns = {}\n', "feeds.0"),
        (HEAD + '[[feeds]]\ntemplate = "suppliers"\nfile = "a.csv"\ncolumns = {}\n', "feeds.0"),
        (HEAD + '[[feeds]]\ntemplate = "suppliers"\nfile = "../a.csv"\ncolumns = {}\n', "feeds.0.file"),
        (HEAD + '[[feeds]]\ntemplate = "suppliers"\nfile = "/etc/passwd"\ncolumns = {}\n', "feeds.0.file"),
        (PACKS.replace('lookup = "goods"', 'lookup = "bads"'), ""),
        (PACKS.replace('column = "Unit",', 'column = "Unit", value = "x",'), "feeds.0.columns.unit"),
        (PACKS.replace('name = "shop"', 'name = "shop"\ndate = "D.M.Y"'), ""),
        (PACKS.replace('name = "shop"', 'name = "shop"\nencoding = "klingon"'), "encoding"),
        (PACKS.replace('Firm" }', 'Firm", run = "rm -rf" }', 1), "feeds.1.columns.external_id.run"),
    ],
)  # fmt: skip
def test_a_wrong_mapping_says_where(mine, toml, where):
    """A mapping is data: it can name files of its folder and columns, and nothing else."""
    with pytest.raises(Rejected) as refused:
        named(mine(toml))
    assert refused.value.code == "mapping_wrong"
    assert refused.value.params["where"] == where


def test_unknown_and_unreadable_mappings(tmp_path):
    for name, code in (
        ("nope", "unknown_mapping"),
        (str(tmp_path / "no.toml"), "mapping_unreadable"),
    ):
        with pytest.raises(Rejected) as refused:
            named(name)
        assert refused.value.code == code
    (tmp_path / "long.toml").write_text("#" * 300_000)
    with pytest.raises(Rejected) as refused:
        named(str(tmp_path / "long.toml"))
    assert refused.value.code == "mapping_wrong"


def test_every_shipped_mapping_is_right():
    assert list(shipped()) == ["wwi"]
    assert named("wwi").currency == "USD"


def test_gzip_by_content_not_by_name(put, mine):
    source = read(
        put({**FILES, "goods.csv": gzip.compress(FILES["goods.csv"].encode())}), mine(PACKS)
    )
    assert not source.problems.count


def test_parse_takes_text():
    assert parse(PACKS, "x").feeds[0].template == "products"
