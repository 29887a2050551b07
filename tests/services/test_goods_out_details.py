"""What is read of goods-out notes: their steps, what can ship, and what their papers say (R6.1)."""

from sqlalchemy import insert, select, update

from desktop_app.services.goods_out import fulfil, mark, ship, unmark
from desktop_app.services.goods_out_details import (
    notes_by_id,
    notes_of_sale,
    open_note_ids,
    papers,
    shippable,
)
from desktop_app.services.rules.money import UNIT as U
from desktop_app.services.store import tables as t
from tests.helpers import foundation as f
from tests.helpers.builders import Row, a_customer, a_product, a_sale, once, stock
from tests.helpers.shipping import note_ids


def do(backend, call):
    return backend.run(call, once=once())


def test_a_note_says_its_steps_and_who_did_them(backend, backend_as):
    p = a_product(backend, "P")
    stock(backend, {p: 5})
    one = a_sale(backend, [Row(p, 3)])
    do(backend, fulfil([one.id]))
    ids = note_ids(backend, one)
    clerk = backend_as("clerk")
    do(clerk, mark(ids, "packed"))
    do(clerk, mark(ids, "printed"))
    do(backend, unmark(ids, "printed"))
    do(clerk, mark(ids, "picked"))
    (note,) = backend.read(notes_of_sale, one.id)
    assert [(x.step, x.person) for x in note.steps] == [
        ("picked", "Cleo Clerk"),
        ("packed", "Cleo Clerk"),
    ]
    assert (note.kind, note.sale_number, note.warehouse, note.units) == (
        "goods_out",
        one.number,
        "Main warehouse",
        3 * U,
    )
    assert (note.is_open, note.tracking, note.shipped_at) == (True, "", None)
    do(backend, ship(ids, "T1"))
    (note,) = backend.read(notes_by_id, ids)
    assert [(x.step, x.person) for x in note.steps] == [
        ("printed", "Mary Manager"), ("picked", "Cleo Clerk"), ("packed", "Cleo Clerk"), ("shipped", "Mary Manager"),
    ]  # fmt: skip
    assert (note.is_open, note.tracking) == (False, "T1")
    assert note.shipped_at == note.step("shipped").at


def test_what_can_ship_is_on_open_notes_or_reserved(backend):
    p, service = a_product(backend, "P"), a_product(backend, "S", kind="service")
    stock(backend, {p: 9})
    one = a_sale(
        backend, [Row(p, 9, reserved=2, fulfilled=5, shipped=1), Row(service, 1, kind="service")]
    )
    found = backend.read(shippable, one.id)
    assert (found.number, found.ship_complete, len(found.rows)) == (one.number, False, 1)
    row = found.rows[0]
    assert (row.ordered, row.shipped, row.on_notes, row.reserved, row.can) == (
        9 * U,
        U,
        4 * U,
        2 * U,
        6 * U,
    )
    assert backend.read(shippable, 987_654) is None


def test_open_notes_of_sales_leave_out_shipped_and_drop_shipped(backend):
    p = a_product(backend)
    stock(backend, {p: 2})
    one = a_sale(backend, [Row(p, 3, fulfilled=2, shipped=1)])
    two = a_sale(backend, [Row(p, 1, fulfilled=1, shipped=1)])
    shipped, waiting = note_ids(backend, one)
    assert backend.read(open_note_ids, [one.id, two.id]) == (waiting,)
    assert shipped != waiting


def test_papers_name_the_places_that_several_notes_share(backend):
    """By bin: the first note empties the first place, the second goes on from there."""
    p = a_product(backend, "P", name="Pen & <ink>")
    stock(backend, {p: 3})
    with backend.store.writes.begin() as db:
        place = db.execute(
            insert(t.location).values(warehouse_id=f.MAIN, code="A-01", kind="stock", is_default=0)
            .returning(t.location.c.id)
        ).scalar_one()  # fmt: skip
        journal = db.execute(select(t.journal.c.id).limit(1)).scalar_one()
        db.execute(
            insert(t.movement).values(
                journal_id=journal, kind="opening", warehouse_id=f.MAIN, location_id=place, product_id=p,
                quantity=4 * U, at=f.AT, reason="",
            )
        )  # fmt: skip
        db.execute(update(t.stock_level).values(in_stock=7 * U))
        usual = db.execute(
            select(t.location.c.code).where(t.location.c.id == f.MAIN_BIN)
        ).scalar_one()
    who = a_customer(backend, "Ann & Co")
    one = a_sale(backend, [Row(p, 2)], customer=who, address="1 Quay\nBristol", reference="R-1")
    two = a_sale(backend, [Row(p, 4)])
    done = do(backend, fulfil([one.id, two.id]))
    numbers = [note["number"] for note in done.result["notes"]]
    first, second = backend.read(papers, note_ids(backend, one, two))
    assert (first.company, first.warehouse, first.customer, first.address, first.reference) == (
        "Test Company", "Main warehouse", "Ann & Co", "1 Quay\nBristol", "R-1",
    )  # fmt: skip
    assert [(x.place, x.units // U, x.note_number) for x in first.picks] == [(usual, 2, numbers[0])]
    assert [(x.place, x.units // U, x.note_number) for x in second.picks] == [
        (usual, 1, numbers[1]), ("A-01", 3, numbers[1]),
    ]  # fmt: skip
    do(backend, ship(note_ids(backend, one), "T1"))
    shipped = backend.read(papers, note_ids(backend, one))[0]
    assert (shipped.picks, shipped.tracking, [row.units for row in shipped.rows]) == (
        (),
        "T1",
        [2 * U],
    )
    assert backend.read(papers, [987_654]) == ()
