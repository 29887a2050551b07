"""What transfers and corrections write: ledger, levels, bins, what is on its way (R1.2, R8.1, R8.2)."""

import pytest
from sqlalchemy import select

from desktop_app.services.access import Permission
from desktop_app.services.backend import Call
from desktop_app.services.errors import Rejected
from desktop_app.services.rules.money import units
from desktop_app.services.stock_writing import (
    Correction,
    correct_levels,
    move_now,
    receive_units,
    reverse,
    send_units,
    transfer_rows,
)
from desktop_app.services.store import tables as t
from tests.helpers.builders import Row, a_product, a_sale, once, stock
from tests.helpers.foundation import MAIN, MAIN_BIN, MAIN_QUARANTINE, SHOP, SHOP_BIN


def write(backend, body, pairs):
    """Run a body as a command that holds the locks of the pairs."""

    def locked(work):
        work.locks.take_stock(pairs)
        return {"made": body(work)}

    return backend.run(Call("Test writing", Permission.TRANSFER, locked, {}), once=once()).result[
        "made"
    ]


def level(backend, product, warehouse):
    """In stock, allocated, quarantined in whole units."""
    found = backend.read(
        lambda db: db.execute(
            select(
                t.stock_level.c.in_stock, t.stock_level.c.allocated, t.stock_level.c.quarantined
            ).where(
                t.stock_level.c.product_id == product, t.stock_level.c.warehouse_id == warehouse
            )
        ).one_or_none()
    )
    return tuple(part // units(1) for part in found) if found else (0, 0, 0)


def transit(backend, transfer):
    return {
        row.product_id: row.in_transit // units(1) for row in backend.read(transfer_rows, transfer)
    }


def state(backend, transfer):
    return backend.read(
        lambda db: db.execute(
            select(t.transfer.c.state).where(t.transfer.c.id == transfer)
        ).scalar_one()
    )


@pytest.fixture
def pen(backend):
    made = a_product(backend, "PEN")
    stock(backend, {made: 5})
    return made


def test_sent_units_are_in_transit_until_they_arrive(backend, pen):
    pairs = {(MAIN, pen), (SHOP, pen)}
    sent = write(backend, lambda work: send_units(work, MAIN, SHOP, {pen: units(3)}), pairs)
    assert (level(backend, pen, MAIN), level(backend, pen, SHOP)) == ((2, 0, 0), (0, 0, 0))
    assert transit(backend, sent) == {pen: 3}
    write(backend, lambda work: receive_units(work, sent, {pen: units(1)}), pairs)
    assert (level(backend, pen, SHOP), transit(backend, sent), state(backend, sent)) == (
        (1, 0, 0),
        {pen: 2},
        "sent",
    )
    write(backend, lambda work: receive_units(work, sent, {pen: units(2)}), pairs)
    assert (level(backend, pen, SHOP), transit(backend, sent)) == ((3, 0, 0), {pen: 0})
    assert state(backend, sent) == "received"


def test_a_move_does_both(backend, pen):
    moved = write(
        backend,
        lambda work: move_now(work, MAIN, SHOP, {pen: units(5)}),
        {(MAIN, pen), (SHOP, pen)},
    )
    assert (level(backend, pen, MAIN), level(backend, pen, SHOP)) == ((0, 0, 0), (5, 0, 0))
    assert (state(backend, moved), transit(backend, moved)) == ("received", {pen: 0})


def test_only_units_on_hand_leave(backend, pen):
    a_sale(backend, [Row(pen, 3, reserved=3)])
    with pytest.raises(Rejected) as error:
        write(backend, lambda work: send_units(work, MAIN, SHOP, {pen: units(3)}), {(MAIN, pen)})
    assert error.value.code == "more_than_on_hand"
    (item,) = error.value.items
    assert (item["sku"], item["on_hand"], item["units"]) == ("PEN", units(2), units(3))
    assert level(backend, pen, MAIN) == (5, 3, 0)


@pytest.mark.parametrize(
    ("asked", "code"),
    [({}, "nothing_to_move"), ({"pen": 0}, "quantity_not_positive"), ({"pen": -1}, "quantity_not_positive"),
     ({"pen": 5_000}, "quantity_not_whole"), ({"none": 10_000}, "unknown_product"), ({"work": 10_000}, "not_stocked")],
)  # fmt: skip
def test_what_cannot_be_moved_is_refused(backend, pen, asked, code):
    known = {"pen": pen, "none": 999, "work": a_product(backend, "WORK", kind="service")}
    wanted = {known[name]: part for name, part in asked.items()}
    with pytest.raises(Rejected) as error:
        write(backend, lambda work: send_units(work, MAIN, SHOP, wanted), {(MAIN, pen)})
    assert error.value.code == code
    assert level(backend, pen, MAIN) == (5, 0, 0)


def test_no_more_arrives_than_is_on_its_way(backend, pen):
    pairs = {(MAIN, pen), (SHOP, pen)}
    sent = write(backend, lambda work: send_units(work, MAIN, SHOP, {pen: units(2)}), pairs)
    with pytest.raises(Rejected) as error:
        write(backend, lambda work: receive_units(work, sent, {pen: units(3)}), pairs)
    assert error.value.code == "more_than_in_transit"
    write(backend, lambda work: receive_units(work, sent, {pen: units(2)}), pairs)
    with pytest.raises(Rejected) as error:
        write(backend, lambda work: receive_units(work, sent, {pen: units(1)}), pairs)
    assert (error.value.code, error.value.params["state"]) == ("transfer_not_open", "received")


def test_corrections_change_levels_and_keep_the_reason(backend, pen):
    fix = [
        Correction(MAIN, pen, units(-2), "damaged", text="dropped"),
        Correction(SHOP, pen, units(4), "found", cost=units("1.5")),
    ]
    made = write(backend, lambda work: correct_levels(work, fix), {(MAIN, pen), (SHOP, pen)})
    assert (level(backend, pen, MAIN), level(backend, pen, SHOP)) == ((3, 0, 0), (4, 0, 0))
    rows = backend.read(
        lambda db: db.execute(
            select(t.movement).where(t.movement.c.id.in_(made)).order_by(t.movement.c.id)
        ).all()
    )
    assert [(r.kind, r.quantity, r.location_id, r.cost, r.reason) for r in rows] == [
        ("correction", units(-2), MAIN_BIN, None, "damaged: dropped"),
        ("correction", units(4), SHOP_BIN, units("1.5"), "found"),
    ]
    write(backend, lambda work: len(reverse(work, made)), {(MAIN, pen), (SHOP, pen)})
    assert (level(backend, pen, MAIN), level(backend, pen, SHOP)) == ((5, 0, 0), (0, 0, 0))
    with pytest.raises(Rejected) as error:
        write(backend, lambda work: len(reverse(work, made)), {(MAIN, pen), (SHOP, pen)})
    assert error.value.code == "already_taken_back"


def test_quarantined_units_are_corrected_apart(backend, pen):
    pairs = {(MAIN, pen)}
    put = [Correction(MAIN, pen, units(2), "found", MAIN_QUARANTINE)]
    write(backend, lambda work: correct_levels(work, put), pairs)
    assert level(backend, pen, MAIN) == (7, 0, 2)
    with pytest.raises(Rejected) as error:
        write(
            backend,
            lambda work: correct_levels(work, [Correction(MAIN, pen, units(-6), "lost")]),
            pairs,
        )
    assert error.value.code == "more_than_on_hand"
    gone = [Correction(MAIN, pen, units(-2), "expired", MAIN_QUARANTINE)]
    write(backend, lambda work: correct_levels(work, gone), pairs)
    assert level(backend, pen, MAIN) == (5, 0, 0)
    with pytest.raises(Rejected) as error:
        write(backend, lambda work: correct_levels(work, gone), pairs)
    assert error.value.code == "more_than_in_bin"


@pytest.mark.parametrize(
    ("reason", "text", "code"),
    [("", "", "reason_missing"), ("other", " ", "reason_missing"), ("because", "", "unknown_reason"),
     ("found", "x" * 161, "text_too_long")],
)  # fmt: skip
def test_a_correction_says_why(backend, pen, reason, text, code):
    fix = [Correction(MAIN, pen, units(1), reason, text=text)]
    with pytest.raises(Rejected) as error:
        write(backend, lambda work: correct_levels(work, fix), {(MAIN, pen)})
    assert error.value.code == code
    assert level(backend, pen, MAIN) == (5, 0, 0)
