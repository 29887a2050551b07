"""Corrections (R8.2): levels, reasons, value, and who loses when less is there than was promised."""

import pytest

from desktop_app.services.corrections import CorrectionRequest, correct, stock_facts
from desktop_app.services.errors import Conflict, NotAllowed, Rejected
from desktop_app.services.goods_out_writing import NoteUnits, put_on_notes
from desktop_app.services.rules.money import units
from desktop_app.views.messages import sentence
from tests.helpers.builders import Row, a_product, a_sale, a_supplier, once, stock
from tests.helpers.foundation import MAIN, MAIN_QUARANTINE, SHOP, SHOP_BIN
from tests.helpers.receipts import level, notes, reserved, sale
from tests.services.test_stock_writing import write
from tests.services.test_transfers import said


@pytest.fixture
def world(backend):
    """Seven pens, four promised: 1 to the first sale, 3 to the second."""

    class World:
        pen = a_product(backend, "PEN")

    a_supplier(backend, costs={World.pen: "1.20"})
    stock(backend, {World.pen: 7})
    World.first = a_sale(backend, [Row(World.pen, 1, reserved=1)])
    World.second = a_sale(backend, [Row(World.pen, 3, reserved=3)])
    return World


def ask(world, number, **named):
    return CorrectionRequest(
        MAIN, world.pen, units(number), named.pop("reason", "damaged"), **named
    )


def test_units_on_hand_are_corrected_without_a_question(backend, world):
    done = backend.run(correct(ask(world, -3)), once=once())
    assert level(backend, world.pen) == (4, 4, 0)
    assert reserved(backend, world.first, world.second) == [1, 3]
    assert (done.result["value"], done.result["currency"]) == (-360, "GBP")
    assert (done.result["in_stock"], done.result["on_hand"], done.result["lost"]) == (
        units(4),
        0,
        [],
    )


def test_below_what_is_promised_asks_and_names_the_newest_first(backend, world):
    with pytest.raises(Rejected) as error:
        backend.run(correct(ask(world, -5)), once=once())
    assert error.value.code == "confirm:below_promised"
    assert [(one["number"], one["reserved"], one["loses"]) for one in error.value.items] == [
        (world.second.number, units(3), units(2)), (world.first.number, units(1), 0),
    ]  # fmt: skip
    assert sentence(error.value) == (
        "2 of these units are promised to sales. They would be taken from"
        f" #{world.second.number} 2, the newest first. Take them from these sales?"
    )
    assert level(backend, world.pen) == (7, 4, 0)


def test_the_newest_sale_loses_by_default(backend, world):
    losing = {world.second.rows[0]: units(2)}
    done = backend.run(correct(ask(world, -5, losing=losing)), once=once())
    assert (level(backend, world.pen), reserved(backend, world.first, world.second)) == (
        (2, 2, 0),
        [1, 1],
    )
    assert done.result["lost"] == [
        {"id": world.second.id, "number": world.second.number, "units": units(2)}
    ]
    assert said(backend, "SO", world.second.id) == [
        "Lost 2 × PEN to a correction in Main warehouse: damaged"
    ]
    assert said(backend, "SO", world.first.id) == []
    assert sale(backend, world.second).allocation == 1


def test_the_person_chooses_who_loses(backend, world):
    losing = {world.first.rows[0]: units(1), world.second.rows[0]: units(1)}
    backend.run(correct(ask(world, -5, losing=losing)), once=once())
    assert reserved(backend, world.first, world.second) == [0, 2]


@pytest.mark.parametrize("first, second", [(0, 1), (1, 3), (2, 0), (0, 0)])
def test_a_choice_that_does_not_fit_is_asked_again(backend, world, first, second):
    losing = {world.first.rows[0]: units(first), world.second.rows[0]: units(second)}
    with pytest.raises(Rejected) as error:
        backend.run(correct(ask(world, -5, losing=losing)), once=once())
    assert error.value.code == "confirm:below_promised"
    assert level(backend, world.pen) == (7, 4, 0)


def test_units_on_a_note_are_taken_off_it(backend, world):
    write(
        backend,
        lambda work: (
            len(
                put_on_notes(
                    work,
                    [NoteUnits(world.second.rows[0], world.second.id, MAIN, world.pen, units(3))],
                )
            )
            and _refresh(work, world)
        ),
        {(MAIN, world.pen)},
    )
    assert sale(backend, world.second).fulfilment == 2
    with pytest.raises(Rejected) as error:
        backend.run(correct(ask(world, -5)), once=once())
    assert [(one["reserved"], one["on_notes"], one["loses"]) for one in error.value.items] == [
        (0, units(3), units(2)), (units(1), 0, 0),
    ]  # fmt: skip
    backend.run(correct(ask(world, -5, losing={world.second.rows[0]: units(2)})), once=once())
    made = sale(backend, world.second)
    assert (made.allocation, made.fulfilment) == (1, 0)
    assert (level(backend, world.pen), reserved(backend, world.second)) == ((2, 2, 0), [1])
    (kind, params) = notes(backend, "SO", world.second.id)[-1]
    assert (kind, len(params["notes"])) == ("allocation_lost", 1)


def _refresh(work, world):
    from desktop_app.services.books import refresh_sales

    refresh_sales(work, [world.second.id])
    return True


def test_more_than_is_there_is_refused(backend, world):
    with pytest.raises(Rejected) as error:
        backend.run(correct(ask(world, -8)), once=once())
    assert (error.value.code, error.value.items[0]["there"]) == ("more_than_in_stock", units(7))
    assert level(backend, world.pen) == (7, 4, 0)


def test_everything_can_be_corrected_away(backend, world):
    losing = {world.first.rows[0]: units(1), world.second.rows[0]: units(3)}
    backend.run(correct(ask(world, -7, losing=losing)), once=once())
    assert level(backend, world.pen) == (0, 0, 0)


def test_undo_is_the_opposite_correction_and_gives_back_what_was_lost(backend, world):
    done = backend.run(
        correct(ask(world, -5, losing={world.second.rows[0]: units(2)})), once=once()
    )
    undone = backend.undo(done.journal_id, once=once())
    assert (level(backend, world.pen), reserved(backend, world.first, world.second)) == (
        (7, 4, 0),
        [1, 3],
    )
    assert undone.result["given_again"][0]["units"] == units(2)
    assert said(backend, "SO", world.second.id) == ["Allocated 2 × PEN from stock on hand"]


def test_found_units_go_to_the_sales_that_wait_when_asked(backend, world):
    waits = a_sale(backend, [Row(world.pen, 2)], warehouse=SHOP)
    request = CorrectionRequest(
        SHOP, world.pen, units(3), "found", SHOP_BIN, units("2"), allocate=True
    )
    done = backend.run(correct(request), once=once())
    assert (level(backend, world.pen, SHOP), reserved(backend, waits)) == ((3, 2, 0), [2])
    assert (done.result["value"], done.result["allocated"]) == (600, units(2))
    backend.undo(done.journal_id, once=once())
    assert (level(backend, world.pen, SHOP), reserved(backend, waits)) == ((0, 0, 0), [0])


def test_found_units_that_are_used_are_not_taken_back(backend, world):
    done = backend.run(correct(ask(world, 2, reason="found")), once=once())
    a = a_sale(backend, [Row(world.pen, 5)])
    from desktop_app.services.sales import allocate

    backend.run(allocate([a.id]), once=once())
    with pytest.raises(Rejected) as error:
        backend.undo(done.journal_id, once=once())
    assert error.value.code == "more_than_on_hand"
    assert level(backend, world.pen) == (9, 9, 0)


def test_what_the_person_looked_at_must_still_be_true(backend, world):
    backend.run(correct(ask(world, -1)), once=once())
    with pytest.raises(Conflict) as error:
        backend.run(correct(ask(world, -1, seen=units(7))), once=once())
    assert (error.value.code, error.value.now.in_stock) == ("stock_changed", units(6))
    assert level(backend, world.pen) == (6, 4, 0)


def test_quarantine_is_corrected_without_touching_promises(backend, world):
    put = CorrectionRequest(MAIN, world.pen, units(2), "found", MAIN_QUARANTINE, allocate=True)
    backend.run(correct(put), once=once())
    assert level(backend, world.pen) == (9, 4, 2)
    facts = backend.read(stock_facts, MAIN, world.pen)
    assert [(one.quarantine, one.units) for one in facts.bins] == [
        (False, units(7)),
        (True, units(2)),
    ]
    backend.run(correct(ask(world, -2, location_id=MAIN_QUARANTINE)), once=once())
    assert level(backend, world.pen) == (7, 4, 0)


@pytest.mark.parametrize("role", ["clerk", "buyer"])
def test_corrections_are_a_managers(backend_as, backend, world, role):
    with pytest.raises(NotAllowed):
        backend_as(role).run(correct(ask(world, -1)), once=once())
    assert level(backend, world.pen) == (7, 4, 0)


@pytest.mark.parametrize("number", [0, 1_000_000_001])
def test_absurd_numbers_are_refused(backend, world, number):
    with pytest.raises(Rejected):
        backend.run(correct(ask(world, number, reason="found")), once=once())
    assert level(backend, world.pen) == (7, 4, 0)
