"""Goods leave: notes, rows of a sale, and many sales at once (R6.1, R6.2, R6.4, R5.6)."""

import pytest
from sqlalchemy import select, update

from desktop_app.services.errors import Rejected
from desktop_app.services.goods_out import delete_note, fulfil, mark, ship, ship_rows, ship_sales
from desktop_app.services.rules.money import UNIT as U
from desktop_app.services.store import tables as t
from tests.helpers import foundation as f
from tests.helpers.builders import Row, a_product, a_sale, once, stock
from tests.helpers.receipts import level, notes, written
from tests.helpers.shipping import axes, figures, note_ids, notes_of, steps_of


def do(backend, call):
    return backend.run(call, once=once())


def outcomes(done):
    return [(one["number"], one["units"] // U, one["outcome"]) for one in done.result["sales"]]


def shipments(backend):
    """(product, units, location) of every shipment in the ledger, in order."""
    m = t.movement
    query = select(m).where(m.c.kind == "shipment").order_by(m.c.id)
    return backend.read(
        lambda db: [(x.product_id, x.quantity // U, x.location_id) for x in db.execute(query)]
    )


def test_shipping_lowers_in_stock_and_fills_in_the_steps(backend):
    """R6.1, R6.2, R2.3."""
    p, q = a_product(backend, "P"), a_product(backend, "Q")
    stock(backend, {p: 5, q: 2})
    one = a_sale(backend, [Row(p, 3), Row(q, 2)])
    do(backend, fulfil([one.id]))
    ids = note_ids(backend, one)
    do(backend, mark(ids, "picked"))
    done = do(backend, ship(ids, "  JD 0046  "))
    assert not done.can_undo
    assert (level(backend, p), level(backend, q)) == ((2, 0, 0), (0, 0, 0))
    assert [figures(backend, row) for row in one.rows] == [(0, 3, 3), (0, 2, 2)]
    assert axes(backend, one) == "AAA"
    assert steps_of(backend, ids[0]) == [
        (x, True) for x in ("picked", "printed", "packed", "shipped")
    ]
    assert shipments(backend) == [(p, -3, f.MAIN_BIN), (q, -2, f.MAIN_BIN)]
    number = notes_of(backend, one)[0][0]
    assert done.result["notes"] == [
        {
            "id": ids[0], "number": number, "sale_id": one.id, "sale_number": one.number,
            "warehouse_id": f.MAIN, "units": 5 * U, "rest": None,
        }
    ]  # fmt: skip
    assert outcomes(done) == [(one.number, 5, "fully")]
    assert notes(backend, "SO", one.id)[-1] == (
        "shipped",
        {
            "note": {"id": ids[0], "number": number},
            "items": [{"sku": "P", "units": 3 * U}, {"sku": "Q", "units": 2 * U}],
            "tracking": "JD 0046", "rest": None,
        },
    )  # fmt: skip


def test_it_cannot_be_undone(backend):
    """R6.2."""
    p = a_product(backend)
    stock(backend, {p: 1})
    one = a_sale(backend, [Row(p, 1)])
    do(backend, fulfil([one.id]))
    done = do(backend, ship(note_ids(backend, one)))
    with pytest.raises(Rejected, match="cannot_undo"):
        backend.undo(done.journal_id, once=once())


def test_part_of_a_note_leaves_and_the_rest_has_a_note_of_its_own(backend):
    p, q, r = (a_product(backend, sku) for sku in "PQR")
    stock(backend, {p: 5, q: 2, r: 1})
    one = a_sale(backend, [Row(p, 5), Row(q, 2), Row(r, 1)])
    do(backend, fulfil([one.id]))
    ids = note_ids(backend, one)
    lines = backend.read(
        lambda db: dict(
            db.execute(select(t.goods_out_row.c.sale_row_id, t.goods_out_row.c.id)).all()
        )
    )
    done = do(backend, ship(ids, units={lines[one.rows[0]]: 2 * U, lines[one.rows[1]]: 0}))
    (first, _, left, gone), (second, place, rest, open_) = notes_of(backend, one)
    assert (left, gone) == ({one.rows[0]: 2, one.rows[2]: 1}, True)
    assert (place, rest, open_) == (f.MAIN, {one.rows[0]: 3, one.rows[1]: 2}, False)
    assert [one["rest"] for one in done.result["notes"]] == [second]
    assert [figures(backend, row) for row in one.rows] == [(0, 5, 2), (0, 2, 0), (0, 1, 1)]
    assert outcomes(done) == [(one.number, 3, "partly")]
    assert (axes(backend, one), level(backend, p), level(backend, q)) == (
        "AAP",
        (3, 3, 0),
        (2, 2, 0),
    )
    assert notes(backend, "SO", one.id)[-1][1]["rest"] == second
    do(backend, ship(note_ids(backend, one)[1:]))
    assert (axes(backend, one), level(backend, p)) == ("AAA", (0, 0, 0))


def test_wrong_requests_ship_nothing(backend):
    p, q = a_product(backend, "P"), a_product(backend, "Q")
    stock(backend, {p: 9, q: 3})
    one, other = a_sale(backend, [Row(p, 3), Row(q, 1)]), a_sale(backend, [Row(p, 1)])
    do(backend, fulfil([one.id, other.id]))
    ids = note_ids(backend, one)
    lines = backend.read(
        lambda db: db.execute(select(t.goods_out_row).order_by(t.goods_out_row.c.id)).all()
    )
    whole = {line.id: 0 for line in lines if line.goods_out_id == ids[0]}
    before = written(backend)
    for call, code in (
        (ship([]), "no_notes_chosen"),
        (ship([987_654]), "notes_gone"),
        (ship([ids[0], 987_654]), "notes_gone"),
        (ship(ids, "x" * 121), "text_too_long"),
        (ship(ids, units={lines[0].id: 4 * U}), "not_on_note"),
        (ship(ids, units={lines[0].id: -U}), "not_on_note"),
        (ship(ids, units={lines[0].id: U // 2}), "not_on_note"),
        (ship(ids, units={lines[-1].id: U}), "not_on_note"),
        (ship(ids, units=whole), "nothing_to_ship"),
        (ship_rows(987_654, {1: U}), "unknown_sales"),
        (ship_rows(one.id, {}), "nothing_to_ship"),
        (ship_rows(one.id, {one.rows[0]: 0}), "nothing_to_ship"),
        (ship_rows(one.id, {one.rows[0]: 4 * U}), "not_that_many"),
        (ship_rows(one.id, {other.rows[0]: U}), "not_that_many"),
        (ship_rows(one.id, {one.rows[0]: -U}), "not_that_many"),
        (ship_sales([]), "no_sales_chosen"),
        (ship_sales([one.id, 987_654]), "unknown_sales"),
        (ship_sales([one.id], "x" * 121), "text_too_long"),
    ):
        with pytest.raises(Rejected, match=code):
            do(backend, call)
    assert written(backend) == before
    assert level(backend, p) == (9, 4, 0)


def test_a_note_that_left_is_named_with_who_sent_it(backend, backend_as):
    """R11.3."""
    p = a_product(backend)
    stock(backend, {p: 2})
    one = a_sale(backend, [Row(p, 2)])
    do(backend, fulfil([one.id]))
    ids = note_ids(backend, one)
    do(backend_as("clerk"), ship(ids))
    with pytest.raises(Rejected, match="notes_shipped") as error:
        do(backend, ship(ids))
    assert [(x["number"], x["by"]) for x in error.value.items] == [
        (notes_of(backend, one)[0][0], "Cleo Clerk")
    ]
    assert error.value.items[0]["at"] is not None
    assert level(backend, p) == (0, 0, 0)


def test_the_same_shipment_sent_twice_leaves_once(backend):
    p = a_product(backend)
    stock(backend, {p: 3})
    one = a_sale(backend, [Row(p, 2)])
    do(backend, fulfil([one.id]))
    key, call = once(), ship(note_ids(backend, one), "T1")
    first, again = backend.run(call, once=key), backend.run(call, once=key)
    assert (again.repeated, again.result) == (True, first.result)
    assert level(backend, p) == (1, 0, 0)


@pytest.mark.parametrize("status", ["On hold", "Quote"])
def test_a_sale_that_was_put_on_hold_ships_nothing(backend, status):
    p = a_product(backend)
    stock(backend, {p: 2})
    one = a_sale(backend, [Row(p, 2, fulfilled=2)], status=status)
    for call in (ship(note_ids(backend, one)), ship_rows(one.id, {one.rows[0]: U})):
        with pytest.raises(Rejected, match="sales_held") as error:
            do(backend, call)
        assert error.value.items == (
            {"number": one.number, "reason": status.lower().replace(" ", "_")},
        )
    assert level(backend, p) == (2, 2, 0)


def test_a_closed_sale_may_still_send_its_notes(backend):
    """ "Shipped" is a status a person may set before the lorry comes (R2.5: free labels)."""
    p = a_product(backend)
    stock(backend, {p: 2})
    one = a_sale(backend, [Row(p, 2, fulfilled=2)], status="Shipped")
    do(backend, ship(note_ids(backend, one)))
    assert (axes(backend, one), level(backend, p)) == ("AAA", (0, 0, 0))


def test_rows_of_a_sale_leave_off_open_notes_first(backend):
    """A part shipment from the sale's page: notes first, then what is reserved."""
    p, q = a_product(backend, "P"), a_product(backend, "Q")
    stock(backend, {p: 6, q: 2})
    one = a_sale(backend, [Row(p, 6), Row(q, 2, reserved=2)])
    do(backend, fulfil([one.id], (), {one.rows[0]: 3 * U}))
    do(backend, fulfil([one.id], (), {one.rows[0]: 1 * U, one.rows[1]: 1 * U}))
    with pytest.raises(Rejected, match="not_that_many") as error:
        do(backend, ship_rows(one.id, {one.rows[0]: 5 * U}))
    assert error.value.items == ({"sku": "P", "units": 5 * U, "can": 4 * U},)
    done = do(backend, ship_rows(one.id, {one.rows[0]: 4 * U, one.rows[1]: 2 * U}, "T9"))
    assert outcomes(done) == [(one.number, 6, "partly")]
    found = [(rows, gone) for _, _, rows, gone in notes_of(backend, one)]
    assert found == [
        ({one.rows[0]: 3}, True), ({one.rows[0]: 1, one.rows[1]: 1}, True), ({one.rows[1]: 1}, True),
    ]  # fmt: skip
    assert [figures(backend, row) for row in one.rows] == [(0, 4, 4), (0, 2, 2)]
    assert axes(backend, one) == "PPP"
    do(backend, fulfil([one.id]))
    do(backend, ship_rows(one.id, {one.rows[0]: U}))
    assert [(rows, gone) for _, _, rows, gone in notes_of(backend, one)][3:] == [
        ({one.rows[0]: 1}, True), ({one.rows[0]: 1}, False),
    ]  # fmt: skip


def test_a_sale_that_ships_complete_leaves_whole(backend):
    """R5.6."""
    p, q = a_product(backend, "P"), a_product(backend, "Q")
    stock(backend, {p: 2, q: 1})
    one = a_sale(backend, [Row(p, 2), Row(q, 1)], ship_complete=1)
    do(backend, fulfil([one.id]))
    ids = note_ids(backend, one)
    line = backend.read(
        lambda db: (
            db.execute(select(t.goods_out_row.c.id).order_by(t.goods_out_row.c.id))
            .scalars()
            .first()
        )
    )
    for call in (ship(ids, units={line: U}), ship_rows(one.id, {one.rows[0]: 2 * U})):
        with pytest.raises(Rejected, match="ships_complete") as error:
            do(backend, call)
        assert error.value.items == (one.number,)
    assert level(backend, p) == (2, 2, 0)
    do(backend, ship_rows(one.id, {one.rows[0]: 2 * U, one.rows[1]: U}))
    assert axes(backend, one) == "AAA"


def test_many_sales_ship_what_is_allocated_each_with_its_outcome(backend):
    """R6.4: nothing is reserved for it."""
    p, service = a_product(backend), a_product(backend, kind="service")
    stock(backend, {p: 20})
    made = {
        "fully": a_sale(backend, [Row(p, 3, reserved=1, fulfilled=2)]),
        "partly": a_sale(backend, [Row(p, 5, reserved=2)]),
        "nothing_allocated": a_sale(backend, [Row(p, 2)]),
        "nothing_to_ship": a_sale(
            backend, [Row(p, 1, fulfilled=1, shipped=1), Row(service, 1, kind="service")]
        ),
        "ship_complete": a_sale(backend, [Row(p, 3, reserved=2)], ship_complete=1),
        "on_hold": a_sale(backend, [Row(p, 1, reserved=1)], status="On hold"),
        "quote": a_sale(backend, [Row(p, 1)], status="Quote"),
        "cancelled": a_sale(backend, [Row(p, 1)], status="Cancelled"),
        "closed": a_sale(backend, [Row(p, 1, fulfilled=1)], status="Shipped"),
    }
    done = do(backend, ship_sales([one.id for one in made.values()]))
    units = {"fully": 3, "partly": 2}
    assert outcomes(done) == [(one.number, units.get(name, 0), name) for name, one in made.items()]
    assert done.result["units"] == 5 * U
    assert [axes(backend, made[name]) for name in ("fully", "partly", "nothing_allocated")] == [
        "AAA",
        "PPP",
        "NNN",
    ]
    assert level(backend, p) == (15, 4, 0)
    again = do(backend, ship_sales([one.id for one in made.values()]))
    assert [(n, u) for n, u, _ in outcomes(again)] == [(one.number, 0) for one in made.values()]
    assert again.result["units"] == 0


def test_goods_leave_the_places_they_lie_at(backend):
    p = a_product(backend)
    stock(backend, {p: 3})
    with backend.store.writes.begin() as db:
        warehouse = f.MAIN
        made = db.execute(
            t.location.insert().values(warehouse_id=warehouse, code="A-01", kind="stock", is_default=0)
            .returning(t.location.c.id)
        ).scalar_one()  # fmt: skip
        journal = db.execute(select(t.journal.c.id).limit(1)).scalar_one()
        db.execute(
            t.movement.insert().values(
                journal_id=journal, kind="opening", warehouse_id=warehouse, location_id=made, product_id=p,
                quantity=4 * U, at=f.AT, reason="",
            )
        )  # fmt: skip
        db.execute(update(t.stock_level).values(in_stock=7 * U))
    one = a_sale(backend, [Row(p, 5)])
    do(backend, fulfil([one.id]))
    do(backend, ship(note_ids(backend, one)))
    assert shipments(backend) == [(p, -3, f.MAIN_BIN), (p, -2, made)]


def test_a_deleted_note_does_not_ship(backend):
    p = a_product(backend)
    stock(backend, {p: 1})
    one = a_sale(backend, [Row(p, 1)])
    do(backend, fulfil([one.id]))
    ids = note_ids(backend, one)
    do(backend, delete_note(ids))
    with pytest.raises(Rejected, match="notes_gone"):
        do(backend, ship(ids))
    assert level(backend, p) == (1, 1, 0)
