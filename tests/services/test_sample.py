"""The sample company (FRS-02): its figures, the documented shop orders (R7.3 to R7.8), its books."""

import json
from datetime import date

import pytest
from sqlalchemy import func, select, text

from desktop_app.services import doctor, sample
from desktop_app.services.errors import Rejected
from desktop_app.services.rules.money import UNIT
from desktop_app.services.store import engine
from desktop_app.services.store import tables as t

TODAY = date(2026, 5, 20)
AXIS = {"not": 0, "partially": 1, "fully": 2}
PLAYS = {
    "APPLE": "GAL-TRAY-APPLE", "BERRY": "GAL-JAM-BERRY", "CHERRY": "GAL-MUG-CHERRY", "DATE": "GAL-TIN-DATE",
}  # fmt: skip


@pytest.fixture
def company(empty_address):
    store = engine.create(empty_address)
    sample.create(store, TODAY)
    yield store
    with store.reading() as db:
        broken = doctor.check(db)
    store.close()
    assert not broken


def _count(db, table, *where):
    return db.execute(select(func.count()).select_from(table).where(*where)).scalar_one()


def test_it_has_what_the_requirement_says(company):
    with company.reading() as db:
        assert db.execute(select(t.company.c.name, t.company.c.is_sample)).one() == (
            "Wren & Harbour",
            1,
        )
        assert [_count(db, table) for table in (t.warehouse, t.channel, t.supplier, t.product, t.sale)] == [
            3, 5, 12, 300, 1500,
        ]  # fmt: skip
        offered = select(t.offer.c.product_id)
        assert _count(db, t.product, t.product.c.id.not_in(offered)) == 12
        assert _count(db, t.purchase_order) == 40
        assert _count(db, t.receipt_draft) == 2
        states = {
            tuple(r)
            for r in db.execute(select(t.purchase_order.c.state, t.purchase_order.c.received))
        }
        assert states == {
            ("draft", 0), ("sent", 0), ("sent", 1), ("sent", 2), ("closed", 1), ("cancelled", 0),
        }  # fmt: skip
        roles = {tuple(r) for r in db.execute(select(t.person.c.login, t.person.c.role))}
        assert roles == {("manager", "manager"), ("buyer", "buyer"), ("clerk", "clerk")}
        needs_ordering = _count(db, t.sale, t.sale.c.short > 0, t.sale.c.waits == 1)
        assert 280 <= needs_ordering <= 360
        assert _count(db, t.sale, t.sale.c.ship_complete == 1) == 2
        assert (
            _count(
                db,
                t.purchase_order,
                t.purchase_order.c.expected_on == TODAY,
                t.purchase_order.c.to_come > 0,
            )
            == 4
        )
        late = _count(
            db,
            t.purchase_order,
            t.purchase_order.c.expected_on < TODAY,
            t.purchase_order.c.to_come > 0,
        )
        assert late == 4


def test_the_documented_shop_orders_are_in_it(company, shared):
    """R7.8: each with the statuses, rows and invoice the documentation gives; there is no 3841."""
    cases = json.loads((shared / "cases/pos_scenarios.json").read_text())["cases"]
    documented = {c["id"]: c for c in cases if not c["id"].endswith("-off") and c["id"] != "3839b"}
    documented["3839"] = documented.pop("3839a")
    assert sorted(documented) == ["3838", "3839", "3840", "3842", "3843", "3844", "3845", "3846"]
    with company.reading() as db:
        assert _count(db, t.sale, t.sale.c.number == 3841) == 0
        for number, case in documented.items():
            sale = db.execute(select(t.sale).where(t.sale.c.number == int(number))).one()
            expected = case["expected"]
            found = (sale.allocation, sale.fulfilment, sale.shipping, sale.invoiced)
            wanted = tuple(
                AXIS[expected[name]] for name in ("allocation", "fulfilment", "shipping")
            )
            assert found == (*wanted, int(expected["invoice"] == "invoiced")), number
            rows = db.execute(
                select(t.sale_row, t.product.c.sku, t.warehouse.c.code.label("place"))
                .join(t.product, t.product.c.id == t.sale_row.c.product_id)
                .join(t.warehouse, t.warehouse.c.id == t.sale_row.c.warehouse_id)
                .where(t.sale_row.c.sale_id == sale.id).order_by(t.sale_row.c.position)
            ).all()  # fmt: skip
            assert len(rows) == len(case["rows"])
            for row, given, after in zip(rows, case["rows"], expected["rows"], strict=True):
                assert (row.sku, row.ordered, row.method) == (
                    PLAYS[given["sku"]], given["quantity"] * UNIT, given["method"],
                )  # fmt: skip
                assert row.place == ("MAIN" if given["method"] == "ship_later" else "STORE")
                moved = (row.reserved + row.fulfilled, row.fulfilled, row.shipped)
                assert moved == tuple(
                    after[k] * UNIT for k in ("allocated", "fulfilled", "shipped")
                ), number


def test_barcodes_have_right_check_digits(company):
    with company.reading() as db:
        codes = db.execute(select(t.barcode.c.code, t.barcode.c.quantity)).all()
    singles = [c.code for c in codes if len(c.code) == 13]
    packs = [c for c in codes if len(c.code) == 14]
    assert len(singles) == 300
    assert packs
    assert len(singles) + len(packs) == len(codes)
    for code in [*singles, *(p.code for p in packs)]:
        total = sum(int(d) * (1 if place % 2 == 0 else 3) for place, d in enumerate(reversed(code)))
        assert total % 10 == 0, code
    assert all(p.quantity > UNIT for p in packs)


def test_no_stock_ever_ran_below_zero(company):
    """R1.1: the ledger, read in the order of its times."""
    with company.reading() as db:
        moves = db.execute(
            select(t.movement.c.warehouse_id, t.movement.c.product_id, t.movement.c.location_id, t.movement.c.quantity)
            .order_by(t.movement.c.at, t.movement.c.quantity.desc())
        ).all()  # fmt: skip
    levels = {}
    for warehouse, product, place, quantity in moves:
        key = (warehouse, product, place)
        levels[key] = levels.get(key, 0) + quantity
        assert levels[key] >= 0, key


def test_the_same_day_gives_the_same_company(tmp_path):
    dumps = []
    for name in ("one", "two"):
        store = engine.create(str(tmp_path / f"{name}.db"))
        sample.create(store, TODAY)
        with store.reading() as db:
            dumps.append([
                db.execute(text(f"SELECT * FROM {table} ORDER BY 1, 2")).all()
                for table in ("sale", "sale_row", "purchase_row", "peg", "movement", "note", "journal")
            ])  # fmt: skip
        store.close()
    assert dumps[0] == dumps[1]


def test_it_needs_an_empty_database(store):
    with pytest.raises(Rejected) as refused:
        sample.create(store, TODAY)
    assert refused.value.code == "already_set_up"
