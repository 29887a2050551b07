"""Transfers between warehouses as commands: who is served, undo, cancel, close (R8.1, R5.4 to R5.8)."""

import pytest
from sqlalchemy import select

from desktop_app.services.errors import NotAllowed, Rejected
from desktop_app.services.rules.money import units
from desktop_app.services.settings import ALLOCATE, SettingChange, save_settings
from desktop_app.services.stock_writing import transfer_rows
from desktop_app.services.store import tables as t
from desktop_app.services.transfers import cancel, close, move, receive, send
from desktop_app.views.note_text import note_sentence
from tests.helpers.builders import Row, a_product, a_purchase_order, a_sale, a_supplier, once, stock
from tests.helpers.foundation import MAIN, SHOP
from tests.helpers.receipts import level, live, reserved, sale


def transit(backend, transfer):
    return {row.sku: row.in_transit // units(1) for row in backend.read(transfer_rows, transfer)}


def state(backend, transfer):
    return backend.read(
        lambda db: db.execute(
            select(t.transfer.c.state).where(t.transfer.c.id == transfer)
        ).scalar_one()
    )


def said(backend, document, key):
    """The sentences of the notes that stand, oldest first."""
    rows = backend.read(
        lambda db: db.execute(
            select(t.note.c.kind, t.note.c.params)
            .where(
                t.note.c.document == document,
                t.note.c.document_id == key,
                t.note.c.struck_by.is_(None),
            )
            .order_by(t.note.c.id)
        ).all()
    )
    return [note_sentence(row.kind, row.params) for row in rows]


@pytest.fixture
def world(backend):
    """Ten pens at the main warehouse; two sales at the shop wait for 2 and 3."""

    class World:
        pen = a_product(backend, "PEN")

    stock(backend, {World.pen: 10})
    World.first = a_sale(backend, [Row(World.pen, 2)], warehouse=SHOP)
    World.second = a_sale(backend, [Row(World.pen, 3)], warehouse=SHOP)
    return World


def test_a_move_serves_the_oldest_sale_first(backend, world):
    done = backend.run(move(MAIN, SHOP, {world.pen: units(4)}), once=once())
    assert (level(backend, world.pen), level(backend, world.pen, SHOP)) == ((6, 0, 0), (4, 4, 0))
    assert reserved(backend, world.first, world.second) == [2, 2]
    assert [(one["number"], one["units"]) for one in done.result["sales"]] == [
        (world.first.number, units(2)), (world.second.number, units(2)),
    ]  # fmt: skip
    key, number = done.result["transfer"]["id"], done.result["transfer"]["number"]
    assert said(backend, "SO", world.second.id) == [f"Allocated 2 × PEN from transfer {number}"]
    assert said(backend, "TR", key) == [
        "Sent: 4 units on their way",
        f"4 units arrived; allocated 2 to #{world.first.number}, 2 to #{world.second.number}",
    ]
    assert (sale(backend, world.first).allocation, sale(backend, world.second).allocation) == (2, 1)


@pytest.mark.parametrize(
    ("choice", "setting", "given"), [(None, False, 0), (False, True, 0), (True, False, 2)]
)
def test_allocating_is_a_choice_with_the_settings_default(backend, world, choice, setting, given):
    """R5.4."""
    backend.run(save_settings([SettingChange(ALLOCATE, setting)]), once=once())
    backend.run(move(MAIN, SHOP, {world.pen: units(2)}, choice), once=once())
    assert level(backend, world.pen, SHOP) == (2, given, 0)
    assert said(backend, "SO", world.second.id) == []


def test_part_arrives_and_the_rest_stays_in_transit(backend, world):
    key = backend.run(send(MAIN, SHOP, {world.pen: units(5)}), once=once()).result["transfer"]["id"]
    assert (level(backend, world.pen), transit(backend, key)) == ((5, 0, 0), {"PEN": 5})
    assert reserved(backend, world.first) == [0]
    backend.run(receive(key, {world.pen: units(3)}), once=once())
    assert (level(backend, world.pen, SHOP), transit(backend, key), state(backend, key)) == (
        (3, 3, 0), {"PEN": 2}, "sent",
    )  # fmt: skip
    assert reserved(backend, world.first, world.second) == [2, 1]
    backend.run(receive(key), once=once())
    assert (level(backend, world.pen, SHOP), state(backend, key)) == ((5, 5, 0), "received")


def test_undoing_a_move_releases_what_it_gave(backend, world):
    done = backend.run(move(MAIN, SHOP, {world.pen: units(4)}), once=once())
    undone = backend.undo(done.journal_id, once=once())
    assert (level(backend, world.pen), level(backend, world.pen, SHOP)) == ((10, 0, 0), (0, 0, 0))
    assert reserved(backend, world.first, world.second) == [0, 0]
    assert [one["units"] for one in undone.result["released"]] == [units(2), units(2)]
    key, number = done.result["transfer"]["id"], done.result["transfer"]["number"]
    assert state(backend, key) == "cancelled"
    assert said(backend, "SO", world.first.id) == [
        f"Released 2 × PEN: the arrival of transfer {number} was undone"
    ]
    assert sale(backend, world.first).allocation == 0


def test_an_arrival_is_undone_by_itself(backend, world):
    key = backend.run(send(MAIN, SHOP, {world.pen: units(5)}), once=once()).result["transfer"]["id"]
    done = backend.run(receive(key), once=once())
    backend.undo(done.journal_id, once=once())
    assert (level(backend, world.pen, SHOP), transit(backend, key), state(backend, key)) == (
        (0, 0, 0), {"PEN": 5}, "sent",
    )  # fmt: skip
    backend.run(receive(key, None, False), once=once())
    assert (level(backend, world.pen, SHOP), reserved(backend, world.first)) == ((5, 0, 0), [0])


def test_a_move_whose_units_are_used_is_not_undone(backend, world):
    from desktop_app.services.sales import allocate, release

    done = backend.run(move(MAIN, SHOP, {world.pen: units(2)}), once=once())
    backend.run(release([world.first.id]), once=once())
    with pytest.raises(Rejected) as error:
        backend.undo(done.journal_id, once=once())
    assert (error.value.code, error.value.items) == ("served_in_use", (world.first.number,))
    free = backend.run(move(MAIN, SHOP, {world.pen: units(1)}, False), once=once())
    backend.run(allocate([world.second.id]), once=once())
    assert level(backend, world.pen, SHOP) == (3, 3, 0)
    with pytest.raises(Rejected) as error:
        backend.undo(free.journal_id, once=once())
    assert error.value.code == "more_than_on_hand"
    assert level(backend, world.pen, SHOP) == (3, 3, 0)


def test_cancelling_brings_everything_back_while_nothing_arrived(backend, world):
    key = backend.run(send(MAIN, SHOP, {world.pen: units(5)}), once=once()).result["transfer"]["id"]
    backend.run(cancel(key), once=once())
    assert (level(backend, world.pen), state(backend, key)) == ((10, 0, 0), "cancelled")
    with pytest.raises(Rejected) as error:
        backend.run(receive(key, {world.pen: units(1)}), once=once())
    assert error.value.code == "transfer_not_open"
    other = backend.run(send(MAIN, SHOP, {world.pen: units(5)}), once=once())
    key = other.result["transfer"]["id"]
    backend.run(receive(key, {world.pen: units(1)}), once=once())
    with pytest.raises(Rejected) as error:
        backend.run(cancel(key), once=once())
    assert error.value.code == "transfer_arrived_in_part"
    with pytest.raises(Rejected) as error:
        backend.undo(other.journal_id, once=once())
    assert error.value.code == "transfer_arrived_in_part"


def test_sending_is_undone_by_cancelling(backend, world):
    done = backend.run(send(MAIN, SHOP, {world.pen: units(5)}), once=once())
    backend.undo(done.journal_id, once=once())
    assert level(backend, world.pen) == (10, 0, 0)
    assert state(backend, done.result["transfer"]["id"]) == "cancelled"


def test_closing_writes_off_what_did_not_arrive(backend, backend_as, world):
    key = backend.run(send(MAIN, SHOP, {world.pen: units(5)}), once=once()).result["transfer"]["id"]
    backend.run(receive(key, {world.pen: units(3)}), once=once())
    with pytest.raises(NotAllowed):
        backend_as("clerk").run(close(key, "lost"), once=once())
    with pytest.raises(Rejected) as error:
        backend.run(close(key, "other"), once=once())
    assert error.value.code == "reason_missing"
    done = backend.run(close(key, "lost", "fell off the van"), once=once())
    assert (state(backend, key), transit(backend, key), done.result["units"]) == (
        "closed",
        {"PEN": 0},
        units(2),
    )
    assert said(backend, "TR", key)[-1] == "Closed: 2 units did not arrive, lost (fell off the van)"
    assert (level(backend, world.pen), level(backend, world.pen, SHOP)) == ((5, 0, 0), (3, 3, 0))
    backend.undo(done.journal_id, once=once())
    assert (state(backend, key), transit(backend, key)) == ("sent", {"PEN": 2})


def test_a_pegged_sale_gets_its_peg_back_with_the_undo(backend, world):
    """R1.7: what is reserved from a transfer is not expected from the supplier any more."""
    order = a_purchase_order(
        backend,
        a_supplier(backend),
        {world.pen: 2},
        warehouse=SHOP,
        pegs={world.first.rows[0]: {world.pen: 2}},
    )
    done = backend.run(move(MAIN, SHOP, {world.pen: units(2)}), once=once())
    assert live(backend, order, world.pen) == [0]
    backend.undo(done.journal_id, once=once())
    assert live(backend, order, world.pen) == [2]


def test_sending_twice_gives_the_first_result(backend, world):
    key = once()
    first = backend.run(move(MAIN, SHOP, {world.pen: units(4)}), once=key)
    again = backend.run(move(MAIN, SHOP, {world.pen: units(4)}), once=key)
    assert (again.result, again.repeated) == (first.result, True)
    assert level(backend, world.pen) == (6, 0, 0)


@pytest.mark.parametrize(
    ("ends", "code"),
    [
        ((MAIN, MAIN), "same_warehouse"),
        ((MAIN, 99), "unknown_warehouse"),
        ((99, SHOP), "unknown_warehouse"),
    ],
)
def test_the_two_ends_are_checked(backend, world, ends, code):
    for act in (send, move):
        with pytest.raises(Rejected) as error:
            backend.run(act(*ends, {world.pen: units(1)}), once=once())
        assert error.value.code == code
    assert level(backend, world.pen) == (10, 0, 0)
