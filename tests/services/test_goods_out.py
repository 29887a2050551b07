"""Goods-out notes: put on, marked, deleted, undone (R6.1, R6.3, R6.4, R5.6)."""

from datetime import timedelta

import pytest

from desktop_app.services.errors import Rejected
from desktop_app.services.goods_out import delete_note, fulfil, mark, ship, unmark
from desktop_app.services.rules.money import UNIT as U
from desktop_app.services.sales import allocate, cancel, release
from desktop_app.services.store import tables as t
from tests.helpers import foundation as f
from tests.helpers.builders import Row, a_product, a_purchase_order, a_sale, a_supplier, once, stock
from tests.helpers.receipts import level, live, notes, record, struck, written
from tests.helpers.shipping import axes, figures, note_ids, notes_of, steps_of


def do(backend, call):
    return backend.run(call, once=once())


def outcomes(done):
    return [(one["number"], one["units"] // U, one["outcome"]) for one in done.result["sales"]]


def test_one_note_for_each_sale_and_warehouse(backend):
    """R6.1: what is reserved goes on notes, by warehouse; levels stay, the axes follow."""
    p, q = a_product(backend, "P"), a_product(backend, "Q")
    stock(backend, {p: 5, q: 5})
    stock(backend, {p: 5}, f.SHOP)
    one = a_sale(
        backend,
        [Row(p, 2, reserved=2), Row(q, 1, reserved=1), Row(p, 3, reserved=3, warehouse=f.SHOP)],
    )
    done = do(backend, fulfil([one.id]))
    numbers = [note["number"] for note in done.result["notes"]]
    assert notes_of(backend, one) == [
        (numbers[0], f.MAIN, {one.rows[0]: 2, one.rows[1]: 1}, False),
        (numbers[1], f.SHOP, {one.rows[2]: 3}, False),
    ]
    assert (done.result["units"], done.result["reserved"]) == (6 * U, 0)
    assert outcomes(done) == [(one.number, 6, "fully")]
    assert [figures(backend, row) for row in one.rows] == [(0, 2, 0), (0, 1, 0), (0, 3, 0)]
    assert (level(backend, p), level(backend, p, f.SHOP)) == ((5, 2, 0), (5, 3, 0))
    assert axes(backend, one) == "AAN"
    assert notes(backend, "SO", one.id) == [
        (
            "fulfilled",
            {
                "note": {"id": done.result["notes"][0]["id"], "number": numbers[0]},
                "items": [{"sku": "P", "units": 2 * U}, {"sku": "Q", "units": U}],
            },
        ),
        (
            "fulfilled",
            {
                "note": {"id": done.result["notes"][1]["id"], "number": numbers[1]},
                "items": [{"sku": "P", "units": 3 * U}],
            },
        ),
    ]


def test_what_was_not_reserved_is_reserved_first_oldest_first(backend):
    """R6.1, R6.4: across the chosen sales; the order of the request does not matter."""
    p = a_product(backend, "P")
    stock(backend, {p: 5})
    old = a_sale(backend, [Row(p, 4)], placed_at=f.AT)
    new = a_sale(backend, [Row(p, 4)], placed_at=f.AT + timedelta(days=1))
    last = a_sale(backend, [Row(p, 4)], placed_at=f.AT + timedelta(days=2))
    done = do(backend, fulfil([last.id, new.id, old.id]))
    assert outcomes(done) == [
        (old.number, 4, "fully"), (new.number, 1, "partly"), (last.number, 0, "nothing_on_hand"),
    ]  # fmt: skip
    assert done.result["reserved"] == 5 * U
    assert [figures(backend, one.rows[0]) for one in (old, new, last)] == [
        (0, 4, 0),
        (0, 1, 0),
        (0, 0, 0),
    ]
    assert [axes(backend, one) for one in (old, new, last)] == ["AAN", "PPN", "NNN"]
    assert level(backend, p) == (5, 5, 0)


def test_every_outcome_is_said(backend):
    p, service = a_product(backend), a_product(backend, kind="service")
    stock(backend, {p: 3})
    made = {
        "on_hold": a_sale(backend, [Row(p, 1)], status="On hold"),
        "quote": a_sale(backend, [Row(p, 1)], status="Quote"),
        "cancelled": a_sale(backend, [Row(p, 1)], status="Cancelled"),
        "closed": a_sale(backend, [Row(p, 1)], status="Shipped"),
        "nothing_to_fulfil": a_sale(backend, [Row(service, 1, kind="service")]),
        "ship_complete": a_sale(backend, [Row(p, 9)], ship_complete=1),
        "fully": a_sale(backend, [Row(p, 3)]),
        "nothing_on_hand": a_sale(backend, [Row(p, 1)]),
    }
    done = do(backend, fulfil([one.id for one in made.values()]))
    found = {one["number"]: one["outcome"] for one in done.result["sales"]}
    assert found == {one.number: name for name, one in made.items()}
    again = do(backend, fulfil([made["fully"].id]))
    assert outcomes(again) == [(made["fully"].number, 0, "nothing_to_fulfil")]
    assert not again.can_undo
    assert level(backend, p) == (3, 3, 0)


def test_chosen_rows_and_part_of_their_units(backend):
    p, q = a_product(backend, "P"), a_product(backend, "Q")
    stock(backend, {p: 9, q: 9})
    one = a_sale(backend, [Row(p, 5, reserved=1), Row(q, 4, reserved=4)])
    done = do(backend, fulfil([one.id], [one.rows[0]], {one.rows[0]: 3 * U, one.rows[1]: 2 * U}))
    assert outcomes(done) == [(one.number, 3, "fully")]
    assert [figures(backend, row) for row in one.rows] == [(0, 3, 0), (4, 0, 0)]
    assert axes(backend, one) == "PPN"
    less = do(backend, fulfil([one.id], (), {one.rows[1]: U}))
    assert less.result["reserved"] == 0
    assert figures(backend, one.rows[1]) == (3, 1, 0)
    assert level(backend, q) == (9, 4, 0)


def test_wrong_requests_write_nothing(backend):
    p = a_product(backend)
    stock(backend, {p: 9})
    one = a_sale(backend, [Row(p, 5, fulfilled=2)])
    other = a_sale(backend, [Row(p, 1)])
    before = written(backend)
    for call, code in (
        (fulfil([987_654]), "unknown_sales"),
        (fulfil([]), "no_sales_chosen"),
        (fulfil([one.id], (), {one.rows[0]: 4 * U}), "not_to_fulfil"),
        (fulfil([one.id], (), {one.rows[0]: -U}), "not_to_fulfil"),
        (fulfil([one.id], (), {one.rows[0]: U // 2}), "not_to_fulfil"),
        (fulfil([one.id], (), {other.rows[0]: U}), "not_to_fulfil"),
        (mark([987_654], "picked"), "notes_gone"),
        (mark([], "picked"), "no_notes_chosen"),
        (mark(note_ids(backend, one), "shipped"), "unknown_step"),
        (unmark(note_ids(backend, one), "sent"), "unknown_step"),
        (delete_note([987_654]), "notes_gone"),
        (delete_note([]), "no_notes_chosen"),
    ):
        with pytest.raises(Rejected, match=code):
            do(backend, call)
    assert written(backend) == before


def test_ship_complete_goes_whole_or_not_at_all(backend):
    """R5.6: nothing is taken for it while a row is short, and none of it alone."""
    p, q = a_product(backend, "P"), a_product(backend, "Q")
    stock(backend, {p: 4, q: 1})
    one = a_sale(backend, [Row(p, 2), Row(q, 2)], ship_complete=1)
    assert outcomes(do(backend, fulfil([one.id]))) == [(one.number, 0, "ship_complete")]
    assert outcomes(do(backend, fulfil([one.id], [one.rows[0]]))) == [
        (one.number, 0, "ship_complete")
    ]
    assert (level(backend, p), notes_of(backend, one)) == ((4, 0, 0), [])
    stock(backend, {q: 1})
    assert outcomes(do(backend, fulfil([one.id]))) == [(one.number, 4, "fully")]
    assert axes(backend, one) == "AAN"


def test_undo_deletes_the_notes_and_releases_what_it_reserved(backend):
    p = a_product(backend, "P")
    stock(backend, {p: 5})
    one = a_sale(backend, [Row(p, 4, reserved=1)])
    po = a_purchase_order(backend, a_supplier(backend), {p: 3}, pegs={one.rows[0]: {p: 3}})
    done = do(backend, fulfil([one.id]))
    assert (figures(backend, one.rows[0]), live(backend, po, p)) == ((0, 4, 0), [0])
    undone = backend.undo(done.journal_id, once=once())
    assert undone.result == {"units": 4 * U, "released": 3 * U}
    assert (figures(backend, one.rows[0]), live(backend, po, p)) == ((1, 0, 0), [3])
    assert (level(backend, p), notes_of(backend, one), axes(backend, one)) == ((5, 1, 0), [], "PNN")
    assert struck(backend, "SO", one.id) == [True]


def test_undo_is_refused_once_a_note_has_left_or_is_gone(backend):
    p = a_product(backend)
    stock(backend, {p: 5})
    one, two = a_sale(backend, [Row(p, 2)]), a_sale(backend, [Row(p, 2)])
    done = do(backend, fulfil([one.id, two.id]))
    do(backend, ship(note_ids(backend, one)))
    with pytest.raises(Rejected, match="notes_shipped") as error:
        backend.undo(done.journal_id, once=once())
    assert [(x["number"], x["by"]) for x in error.value.items] == [
        (done.result["notes"][0]["number"], "Mary Manager")
    ]
    three = a_sale(backend, [Row(p, 1)])
    done = do(backend, fulfil([three.id]))
    do(backend, delete_note(note_ids(backend, three)))
    # The next note may get the id of the deleted one: it is another note all the same.
    do(backend, fulfil([three.id]))
    with pytest.raises(Rejected, match="fulfilment_in_use"):
        backend.undo(done.journal_id, once=once())
    assert figures(backend, three.rows[0]) == (0, 1, 0)


def test_undo_after_the_sale_was_cancelled(backend):
    p = a_product(backend)
    stock(backend, {p: 2})
    one = a_sale(backend, [Row(p, 2)])
    done = do(backend, fulfil([one.id]))
    do(backend, cancel([one.id]))
    with pytest.raises(Rejected, match="fulfilment_in_use"):
        backend.undo(done.journal_id, once=once())
    assert level(backend, p) == (2, 0, 0)


def test_the_same_request_twice_makes_one_note(backend):
    p = a_product(backend)
    stock(backend, {p: 5})
    one = a_sale(backend, [Row(p, 2)])
    key, call = once(), fulfil([one.id])
    first, again = backend.run(call, once=key), backend.run(call, once=key)
    assert (again.repeated, again.result) == (True, first.result)
    assert len(notes_of(backend, one)) == 1


def test_deleting_a_note_leaves_the_units_reserved(backend):
    """R6.3."""
    p = a_product(backend, "P")
    stock(backend, {p: 3})
    one = a_sale(backend, [Row(p, 3)])
    do(backend, fulfil([one.id]))
    number = notes_of(backend, one)[0][0]
    done = do(backend, delete_note(note_ids(backend, one)))
    assert (done.result["units"], done.result["released"]) == (3 * U, 0)
    assert (figures(backend, one.rows[0]), level(backend, p)) == ((3, 0, 0), (3, 3, 0))
    assert axes(backend, one) == "ANN"
    kind, said = notes(backend, "SO", one.id)[-1]
    assert (kind, said["note"]["number"], said["items"], said["released"]) == (
        "note_deleted", number, [{"sku": "P", "units": 3 * U}], False,
    )  # fmt: skip


def test_also_release_gives_the_units_back(backend):
    """R6.3."""
    p = a_product(backend)
    stock(backend, {p: 3})
    one = a_sale(backend, [Row(p, 3)])
    do(backend, fulfil([one.id]))
    done = do(backend, delete_note(note_ids(backend, one), also_release=True))
    assert (done.result["units"], done.result["released"]) == (3 * U, 3 * U)
    assert (figures(backend, one.rows[0]), level(backend, p)) == ((0, 0, 0), (3, 0, 0))
    assert notes(backend, "SO", one.id)[-1][1]["released"] is True


@pytest.mark.parametrize("also_release", [False, True])
def test_undo_of_deleting_brings_number_rows_and_steps_back(backend, also_release):
    p, q = a_product(backend, "P"), a_product(backend, "Q")
    stock(backend, {p: 3, q: 4})
    one, two = a_sale(backend, [Row(p, 3), Row(q, 1)]), a_sale(backend, [Row(q, 2)])
    po = a_purchase_order(backend, a_supplier(backend), {p: 3})
    do(backend, fulfil([one.id], [one.rows[0]]))
    do(backend, fulfil([one.id, two.id]))
    ids = note_ids(backend, one, two)
    picked = do(backend, mark(ids[:1], "picked"))
    do(backend, mark(ids, "printed"))
    before = notes_of(backend, one, two)
    done = do(backend, delete_note(ids, also_release))
    assert notes_of(backend, one, two) == []
    backend.undo(done.journal_id, once=once())
    assert notes_of(backend, one, two) == before
    again = note_ids(backend, one, two)
    assert [steps_of(backend, note) for note in again] == [
        [("picked", True), ("printed", True)], [("printed", True)], [("printed", True)],
    ]  # fmt: skip
    assert [axes(backend, x) for x in (one, two)] == ["AAN", "AAN"]
    backend.undo(picked.journal_id, once=once())
    assert steps_of(backend, again[0])[0] == ("picked", False)
    assert live(backend, po, p) == []


def test_undo_of_deleting_is_refused_where_the_units_are_promised_to_others(backend):
    p = a_product(backend)
    stock(backend, {p: 3})
    one, two = a_sale(backend, [Row(p, 3)]), a_sale(backend, [Row(p, 3)])
    do(backend, fulfil([one.id]))
    done = do(backend, delete_note(note_ids(backend, one), also_release=True))
    do(backend, allocate([two.id]))
    with pytest.raises(Rejected, match="cannot_fulfil_again") as error:
        backend.undo(done.journal_id, once=once())
    assert error.value.items == (one.number,)
    do(backend, release([two.id]))
    backend.undo(done.journal_id, once=once())
    assert figures(backend, one.rows[0]) == (0, 3, 0)
    kept = do(backend, delete_note(note_ids(backend, one)))
    do(backend, release([one.id]))
    with pytest.raises(Rejected, match="cannot_fulfil_again"):
        backend.undo(kept.journal_id, once=once())


def test_steps_are_stamped_and_each_taken_back(backend, backend_as):
    """R6.1: optional, time-stamped, undoable."""
    p = a_product(backend)
    stock(backend, {p: 4})
    one, two = a_sale(backend, [Row(p, 2)]), a_sale(backend, [Row(p, 2)])
    do(backend, fulfil([one.id, two.id]))
    first, second = note_ids(backend, one, two)
    clerk = backend_as("clerk")
    picked = do(clerk, mark([first, second], "picked"))
    assert picked.result == {"step": "picked", "marked": 2, "already": 0}
    again = do(backend, mark([first], "picked"))
    assert (again.result, again.can_undo) == ({"step": "picked", "marked": 0, "already": 1}, False)
    do(backend, mark([first], "packed"))
    step = backend.read(
        lambda db: db.execute(t.goods_out_step.select().order_by(t.goods_out_step.c.id)).first()
    )
    assert (step.goods_out_id, step.step, step.person_id, step.journal_id) == (
        first, "picked", clerk.actor.person_id, picked.journal_id,
    )  # fmt: skip
    assert backend.undo(picked.journal_id, once=once()).result == {"unmarked": 2}
    assert steps_of(backend, first) == [("picked", False), ("packed", True)]
    taken = do(backend, unmark([first, second], "packed"))
    assert taken.result == {"step": "packed", "unmarked": 1}
    assert steps_of(backend, first) == [("picked", False), ("packed", False)]
    backend.undo(taken.journal_id, once=once())
    assert steps_of(backend, first) == [("picked", False), ("packed", True)]
    taken = do(backend, unmark([first], "packed"))
    do(backend, mark([first], "packed"))
    assert backend.undo(taken.journal_id, once=once()).result == {"marked": 0}
    assert [x for x in steps_of(backend, first) if x[1]] == [("packed", True)]


def test_a_step_of_a_note_that_left_is_not_taken_back(backend):
    p = a_product(backend)
    stock(backend, {p: 2})
    one = a_sale(backend, [Row(p, 2)])
    do(backend, fulfil([one.id]))
    ids = note_ids(backend, one)
    picked = do(backend, mark(ids, "picked"))
    do(backend, ship(ids))
    before = steps_of(backend, ids[0])
    for act in (
        lambda: backend.undo(picked.journal_id, once=once()),
        lambda: do(backend, unmark(ids, "picked")),
        lambda: do(backend, mark(ids, "packed")),
        lambda: do(backend, delete_note(ids)),
    ):
        with pytest.raises(Rejected, match="notes_shipped"):
            act()
    assert (
        steps_of(backend, ids[0])
        == before
        == [(x, True) for x in ("picked", "printed", "packed", "shipped")]
    )


def test_drop_ship_notes_are_left_to_their_purchase_order(backend):
    p = a_product(backend)
    one = a_sale(backend, [Row(p, 3, fulfilled=2, drop_fulfilled=2)])
    ids = note_ids(backend, one)
    for call in (mark(ids, "picked"), unmark(ids, "picked"), delete_note(ids), ship(ids)):
        with pytest.raises(Rejected, match="drop_ship_notes"):
            do(backend, call)
    assert record(t.sale_row, backend, one.rows[0]).fulfilled == 2 * U
    stock(backend, {p: 5})
    assert outcomes(do(backend, fulfil([one.id]))) == [(one.number, 1, "fully")]
    assert axes(backend, one) == "AAN"
