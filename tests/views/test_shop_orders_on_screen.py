"""The documented shop orders, from a till's file to the screen (R7.8, EXC-02; rubric 21).

Every case is rung up on goods of its own, so one window shows them all; with automatic invoicing
on and off.
"""

import json
from pathlib import Path

from sqlalchemy import insert, select

from desktop_app.services.pos_folder import intake_folder
from desktop_app.services.store import tables as t
from tests.helpers import tills
from tests.helpers.builders import a_product, stock

CASES = json.loads((Path(__file__).resolve().parents[1] / "cases/pos_scenarios.json").read_text())["cases"]
WORDS = {"not": "None", "partially": "Part", "fully": "All"}
CHANNEL = {True: "AUTO", False: "BYHAND"}


def lay(backend):
    """Two shops of one warehouse, one invoices by itself; every case has its goods, as it says."""
    with backend.store.reading() as db:
        main, store = (
            db.execute(select(t.channel.c.warehouse_id).where(t.channel.c.code == code)).scalar_one()
            for code in ("WEB", "SHOP")
        )
        codes = dict(db.execute(select(t.warehouse.c.id, t.warehouse.c.code)).all())
    with backend.store.writes.begin() as db:
        for automatic, code in CHANNEL.items():
            db.execute(
                insert(t.channel).values(
                    code=code, name=f"Shop {code}", kind="shop", warehouse_id=store,
                    automatic_invoicing=int(automatic),
                )
            )  # fmt: skip
    for case in CASES:
        goods = {sku: a_product(backend, f"{sku}-{case['id']}") for sku in case["in_stock_before"]["STORE"]}
        for place, held in case["in_stock_before"].items():
            stock(backend, {goods[sku]: n for sku, n in held.items()}, {"STORE": store, "DEPOT": main}[place])
    return codes[main]


def put(folder, case, depot):
    lines = [
        tills.line(
            number, f"{row['sku']}-{case['id']}", row["quantity"], row["method"],
            **({"ship_from": depot} if "ship_from" in row else {}),
        )
        for number, row in enumerate(case["rows"], 1)
    ]  # fmt: skip
    inbox = folder / "inbox" / CHANNEL[case["automatic_invoicing"]]
    inbox.mkdir(parents=True, exist_ok=True)
    part = inbox / f".{case['id']}.part"
    part.write_text(json.dumps(tills.sale(case["id"], lines)))
    part.rename(inbox / f"{case['id']}.json")


def test_each_shows_the_documented_states_and_the_desk_holds_the_right_ones(program):
    desk = program.go("exceptions")
    there = desk.table.total
    depot = lay(program.desk.backend)
    folder = intake_folder(program.shell.address)
    for case in CASES:
        put(folder, case, depot)
    wanted = "SELECT count(*) FROM pos_message WHERE state = 'applied'"
    program.until(lambda: program.number(wanted) == len(CASES))
    program.settle()
    ids = dict(program.read("SELECT transaction_id, sale_id FROM pos_order"))
    page = program.go("sales")
    program.press("F5")
    program.settle()
    shown = {page.table.peek(n).id: page.table.peek(n) for n in range(40)}
    progress = next(one for one in page.table.columns if one.key == "progress")
    for case in CASES:
        expected = case["expected"]
        words = progress.value(shown[ids[case["id"]]])
        assert words.split(" · ") == [
            "Paid", WORDS[expected["allocation"]], WORDS[expected["fulfilment"]],
            WORDS[expected["shipping"]], "Yes" if expected["invoice"] == "invoiced" else "No",
        ], case["id"]  # fmt: skip
    program.go("exceptions")
    program.press("F5")
    program.settle()
    held = {desk.table.row_at(n).id: desk.table.row_at(n).rows_wrong for n in range(desk.table.total)}
    assert {key: wrong for key, wrong in held.items() if key in ids.values()} == {
        ids[case["id"]]: len(case["expected"]["exceptions_rows"])
        for case in CASES
        if case["expected"]["exceptions_rows"]
    }
    assert desk.table.total == there + sum(bool(case["expected"]["exceptions_rows"]) for case in CASES)


def test_the_page_of_an_order_says_how_each_row_was_sold(program):
    """SAD-02: the method chosen in the shop; 3845: taken now and not on record, the rest later."""
    sale_id = program.number("SELECT id FROM sale WHERE number = 3845")
    page = program.record("sale", sale_id)
    said = {
        row.sku: next(c for c in page.rows.columns if c.key == "how").text(row) for row in page.rows.rows()
    }
    assert sorted(said.values()) == ["Now", "Ship later · Harbour warehouse"]
