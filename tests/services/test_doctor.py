"""A planted fault for every invariant is found, and nothing is found where there is none."""

import json

import pytest
from sqlalchemy import insert, update

from desktop_app.services import doctor, goods_out, transfers
from desktop_app.services.backend import Backend
from desktop_app.services.cloning import CloneRequest, clone_to_purchase_order
from desktop_app.services.receipt_damage import mark_damaged
from desktop_app.services.receipt_drafts import start_or_continue, whole_line
from desktop_app.services.receiving import ReceiptRequest, ReceiptRow, receive
from desktop_app.services.rules.money import UNIT as U
from desktop_app.services.store import engine
from desktop_app.services.store import tables as t
from tests.helpers import databases, tills
from tests.helpers import foundation as f
from tests.helpers.builders import Row, a_product, a_purchase_order, a_sale, a_supplier, once, stock
from tests.helpers.receipts import ask

CANCELLED = f.SALE_STATUS["Cancelled"]

FAULTS = {
    "I01": ["UPDATE stock_level SET in_stock = in_stock + 10000 WHERE product_id = :p"],
    "I02": ["DELETE FROM stock_level WHERE product_id = :p"],
    "I03": [
        "UPDATE stock_level SET allocated = in_stock + 10000 WHERE product_id = :p",
        "UPDATE stock_level SET in_stock = -1 WHERE product_id = :p",
        "UPDATE stock_level SET allocated = -1 WHERE product_id = :p",
        "UPDATE stock_level SET quarantined = -1 WHERE product_id = :p",
        "UPDATE stock_level SET quarantined = in_stock - allocated + 1 WHERE product_id = :p",
    ],
    "I04": [
        "UPDATE stock_level SET allocated = allocated - 10000 WHERE product_id = :p",
        "UPDATE sale_row SET reserved = reserved - 10000 WHERE id = :served",
        "UPDATE goods_out SET shipped_at = :then WHERE shipped_at IS NULL",
    ],
    "I05": ["UPDATE stock_level SET quarantined = quarantined - 10000 WHERE product_id = :p"],
    "I07": [
        "UPDATE sale_row SET reserved = reserved + 10000 WHERE id = :waiting",
        "UPDATE sale_row SET fulfilled = fulfilled + 10000 WHERE id = :waiting",
        "UPDATE sale_row SET shipped = shipped + 10000 WHERE id = :noted",
        "UPDATE sale_row SET opening_shipped = 10000 WHERE id = :gone",
    ],
    "I08": [
        "UPDATE sale_row SET reserved = ordered + 10000 WHERE id = :served",
        "UPDATE sale_row SET shipped = fulfilled + 10000 WHERE id = :noted",
        "UPDATE sale_row SET reserved = -10000 WHERE id = :waiting",
        "UPDATE sale_row SET shipped = -10000 WHERE id = :waiting",
    ],
    "I09": [
        "UPDATE sale SET status_id = :cancelled, waits = 0 WHERE id = (SELECT sale_id FROM sale_row WHERE id = :served)",
        "UPDATE sale SET status_id = :cancelled, waits = 0 WHERE id = (SELECT sale_id FROM sale_row WHERE id = :noted)",
    ],
    "I10": [
        "DELETE FROM movement WHERE goods_out_row_id IS NOT NULL",
        "UPDATE goods_out SET shipped_at = :then WHERE shipped_at IS NULL",
    ],
    "I11": [
        "UPDATE goods_out_row SET quantity = quantity + 10000",
        "UPDATE goods_out SET shipped_at = :then WHERE shipped_at IS NULL",
        "UPDATE sale_row SET drop_fulfilled = 10000 WHERE id = :noted",
        "UPDATE sale_row SET drop_shipped = 10000 WHERE id = :gone",
    ],
    "I12": [
        "UPDATE purchase_row SET received = received - 10000 WHERE id = :bought",
        "UPDATE goods_in_row SET undone_by = NULL WHERE undone_by IS NOT NULL",
    ],
    "I13": ["UPDATE purchase_row SET received = ordered + 10000 WHERE id = :bought"],
    "I14": [
        "UPDATE movement SET quantity = quantity + 10000 WHERE kind = 'receipt' AND quantity > 10000",
        "DELETE FROM movement WHERE kind = 'receipt'",
        "DELETE FROM movement WHERE reverses IS NOT NULL",
        "UPDATE goods_in_row SET undone_by = (SELECT min(id) FROM journal) WHERE undone_by IS NULL",
    ],
    "I15": [
        "UPDATE movement SET goods_in_row_id = NULL WHERE kind = 'receipt'",
        "UPDATE goods_in SET po_id = po_id + 1",
        "UPDATE goods_in_row SET product_id = :q",
    ],
    "I16": [
        "UPDATE peg SET live = 990000 WHERE po_row_id = :bought",
        "UPDATE purchase_order SET state = 'closed', to_come = 0 WHERE id = (SELECT po_id FROM purchase_row WHERE id = :bought)",
        "UPDATE sale_row SET ordered = reserved WHERE id = :waiting",
        "UPDATE sale SET status_id = :cancelled, waits = 0 WHERE id = (SELECT sale_id FROM sale_row WHERE id = :waiting)",
    ],
    "I17": ["UPDATE sale_row SET product_id = :q WHERE id = :waiting"],
    "I19": [
        "DELETE FROM note WHERE kind = 'goods_allocated'",
        "DELETE FROM note WHERE kind = 'goods_received'",
    ],
    "I22": [
        "UPDATE movement SET quantity = quantity - 10000 WHERE reverses IS NOT NULL",
        "UPDATE movement SET product_id = :p WHERE reverses IS NOT NULL",
        "UPDATE movement SET location_id = location_id + 1 WHERE reverses IS NOT NULL",
    ],
    "I23": ["UPDATE journal SET result = NULL WHERE command = 'Receive goods'"],
    "I30": ["UPDATE product SET kind = 'service' WHERE id = :p"],
    "I31": [
        "UPDATE sale SET allocation = 3 - allocation",
        "UPDATE sale SET fulfilment = 3 - fulfilment",
        "UPDATE sale SET shipping = 3 - shipping",
        "UPDATE sale SET short = short + 10000",
    ],
    "I32": [
        "UPDATE sale SET paid = paid + 1",
        "UPDATE sale SET payment = 3 - payment",
        "UPDATE sale SET invoiced = 1 - invoiced",
    ],
    "I33": [
        "UPDATE purchase_order SET received = 3 - received",
        "UPDATE purchase_order SET to_come = to_come + 10000",
        "UPDATE purchase_order SET total = total + 1",
    ],
    "I34": ["UPDATE sale SET waits = 1 - waits"],
    "I35": [
        "UPDATE sale_row SET ordered = ordered + 1 WHERE kind = 'stock'",
        "UPDATE purchase_row SET ordered = ordered + 1",
    ],
    "I36": ["UPDATE credit_row SET quantity = quantity + 90000"],
    "I37": [
        "UPDATE credit_row SET quantity = quantity - 10000 WHERE quantity > 10000",
        "UPDATE credit_row SET disposition = 'quarantine' WHERE disposition = 'restock'",
        "UPDATE credit_row SET disposition = 'write_off' WHERE disposition = 'quarantine'",
        "DELETE FROM credit_movement",
    ],
    "I38": [
        "UPDATE transfer_row SET received = received + 10000",
        "UPDATE transfer_row SET quantity = quantity + 10000",
        "UPDATE transfer_row SET lost = 10000",
        "UPDATE transfer SET state = 'received' WHERE state = 'sent'",
        "UPDATE transfer SET state = 'cancelled' WHERE state = 'sent'",
        "UPDATE transfer SET state = 'sent' WHERE state = 'cancelled'",
        "DELETE FROM transfer_movement",
    ],
    "I39": [
        "DELETE FROM drop_ship_row",
        "UPDATE goods_out SET po_id = po_id - 1 WHERE kind = 'drop_ship'",
        "UPDATE goods_out SET kind = 'goods_out', warehouse_id = 1 WHERE kind = 'drop_ship'",
        "UPDATE purchase_row SET product_id = :q WHERE id IN (SELECT po_row_id FROM drop_ship_row)",
    ],
    "I40": [
        "UPDATE pos_message SET state = 'parked' WHERE state = 'applied'",
        "DELETE FROM pos_order",
    ],
    "I41": [
        "UPDATE credit SET net = net + 1",
        "UPDATE credit SET tax = tax + 1",
        "UPDATE credit SET refunded = refunded + 1",
        "UPDATE credit SET payment = 3 - payment",
        "DELETE FROM refund",
    ],
    "I42": [
        "UPDATE goods_out_step SET step = 'shipped' WHERE step = 'picked' AND goods_out_id IN"
        " (SELECT id FROM goods_out WHERE shipped_at IS NULL)"
    ],
    "I43": ["UPDATE sale_row SET shipped = 0 WHERE method = 'now'"],
    "I44": [
        "UPDATE receipt_damage SET units = 990000",
        "UPDATE receipt_damage SET units = -10000",
        "UPDATE receipt_scan SET undone = 1 WHERE units > 0",
        "UPDATE receipt_scan SET effect = 'counted' WHERE units = 0",
    ],
}
"""Per invariant, each a way to break it behind the program's back."""


WORLD = "something-of-everything"


@pytest.fixture
def database(engine_kind):
    """A copy of the world for each fault; it is made once."""
    made, _ = databases.prepared(engine_kind, WORLD, lay)
    yield made
    made.remove()


@pytest.fixture
def world(engine_kind, database):
    return json.loads((databases.left_by(engine_kind, WORLD) / "names").read_text())


def lay(address, folder):
    store = engine.open_store(address)
    names = something_of_everything(Backend.sign_in(store, "mary"))
    store.close()
    (folder / "names").write_text(json.dumps(names))


def something_of_everything(backend):
    """Reserved, noted, shipped, quarantined, undone, pegged, paid."""
    p, q = a_product(backend, "P"), a_product(backend, "Q")
    stock(backend, {p: 9, q: 2})
    noted = a_sale(backend, [Row(p, 3, reserved=1, fulfilled=2)], paid="2.00")
    gone = a_sale(backend, [Row(q, 1, fulfilled=1, shipped=1)])
    served = a_sale(backend, [Row(p, 4)])
    waiting = a_sale(backend, [Row(p, 7)])
    a_sale(backend, [Row(p, 1)], status="Cancelled")
    acme = a_supplier(backend)
    po = a_purchase_order(
        backend, acme, {p: 12, q: 3}, pegs={served.rows[0]: {p: 4}, waiting.rows[0]: {p: 5}}
    )
    a_purchase_order(backend, acme, {q: 1}, state="closed")
    rows = (
        ReceiptRow(po.rows[p], 5 * U), ReceiptRow(po.rows[p], U, f.MAIN_QUARANTINE),
        ReceiptRow(po.rows[q], 2 * U),
    )  # fmt: skip
    backend.run(receive(ReceiptRequest(po.id, rows)), once=once())
    taken_back = backend.run(receive(ask(po, q, 1)), once=once())
    backend.undo(taken_back.journal_id, once=once())
    moved = a_product(backend, "M")
    stock(backend, {moved: 5})
    for units in (2 * U, U):
        done = backend.run(transfers.send(f.MAIN, f.SHOP, {moved: units}), once=once())
    backend.undo(done.journal_id, once=once())
    _live_as_a_shop(backend, acme)
    counting = backend.run(start_or_continue(po.id), once=once()).result["draft_id"]
    backend.run(whole_line(counting, po.rows[p]), once=once())
    backend.run(mark_damaged(counting, po.rows[p], U, "broken"), once=once())
    with backend.store.writes.begin() as db:
        journal = taken_back.journal_id
        db.execute(
            insert(t.invoice).values(
                number=1, sale_id=gone.id, dated=f.AT.date(), journal_id=journal
            )
        )
        db.execute(update(t.sale).where(t.sale.c.id == gone.id).values(invoiced=1))
    return {
        "p": p, "q": q, "served": served.rows[0], "waiting": waiting.rows[0], "noted": noted.rows[0],
        "gone": gone.rows[0], "bought": po.rows[p], "cancelled": CANCELLED,
    }  # fmt: skip


def _live_as_a_shop(backend, supplier):
    """A till's sale with a refund of it, a picked note, a drop-ship order."""
    tills.a_shop(backend, automatic=False)
    shirt = a_product(backend, "SHIRT")
    stock(backend, {shirt: 5}, f.SHOP)
    tills.ring_up(
        backend,
        tills.sale("T1", [("SHIRT", 4)]),
        tills.refund("R1", "T1", [tills.back(1, "L1", 2), tills.back(2, "L1", 1, "quarantine")]),
    )
    picked, dropped = (
        a_sale(backend, [Row(shirt, 1)], address="1 Mill Lane\nBath") for _ in range(2)
    )
    stock(backend, {shirt: 1})
    note = backend.run(goods_out.fulfil([picked.id]), once=once()).result["notes"][0]["id"]
    backend.run(goods_out.mark([note], "picked"), once=once())
    request = CloneRequest(
        dropped.id, supplier, None, {dropped.rows[0]: U}, costs={dropped.rows[0]: U}
    )
    backend.run(clone_to_purchase_order(request), once=once())


def plant(backend, names, statement):
    """Write behind the constraints and the guards of the ledgers."""
    raw = backend.store.writes.raw_connection()
    try:
        cursor = raw.cursor()
        if backend.store.is_postgres:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(
                "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype IN ('c', 'f')"
                " AND connamespace = 'public'::regnamespace"
            )
            for table, name in cursor.fetchall():
                cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
            then = "'2026-05-01 09:00:00+00'"
        else:
            cursor.execute("PRAGMA ignore_check_constraints = ON")
            cursor.execute("PRAGMA foreign_keys = OFF")
            cursor.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%_no_%'"
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER {name}")
            then = "'2026-05-01T09:00:00.000000+00:00'"
        for name, value in sorted(names.items(), reverse=True):
            statement = statement.replace(f":{name}", str(value))
        cursor.execute(statement.replace(":then", then))
        assert cursor.rowcount > 0, f"nothing planted by {statement}"
        raw.commit()
        raw.invalidate()  # the next user gets a connection with its guards
    finally:
        raw.close()


def test_every_invariant_has_its_fault():
    assert FAULTS.keys() == doctor.INVARIANTS.keys()


def test_right_books_have_no_finding(backend, world):
    assert backend.read(doctor.check) == []


@pytest.mark.no_doctor
@pytest.mark.parametrize(
    ("code", "statement"),
    [
        pytest.param(code, one, id=f"{code}-{n}")
        for code, all_ in FAULTS.items()
        for n, one in enumerate(all_)
    ],
)
def test_a_planted_fault_is_found(backend, world, code, statement):
    plant(backend, world, statement)
    found = {one.code: one for one in backend.read(doctor.check)}
    assert code in found, f"only {sorted(found)}"
    assert found[code].says == doctor.INVARIANTS[code][0]
    assert found[code].rows
