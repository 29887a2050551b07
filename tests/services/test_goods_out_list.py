"""The list of goods-out notes: what a packer sees of each, what waits for which step (R6.1 to R6.3)."""

from datetime import datetime

import pytest
from sqlalchemy import insert, select, update

from desktop_app.services import goods_out_list
from desktop_app.services.changes import Topic
from desktop_app.services.goods_out import delete_note, fulfil, mark, ship, unmark
from desktop_app.services.goods_out_details import note_detail
from desktop_app.services.goods_out_list import (
    NOTES,
    ChosenNotes,
    NotesFilter,
    NoteState,
    NotesTotals,
    NotesView,
)
from desktop_app.services.lists import PAGE, Among
from desktop_app.services.rules.money import UNIT as U
from desktop_app.services.sales import cancel
from desktop_app.services.store import tables as t
from tests.helpers import foundation as f
from tests.helpers.builders import Row, a_customer, a_product, a_sale, once, stock
from tests.helpers.shipping import note_ids, notes_of
from tests.services.test_goods_out_statements import many_sales


def do(backend, call):
    return backend.run(call, once=once())


def ids(backend, sort=None, **where):
    return [line.id for line in backend.read(NOTES.page, NotesFilter(**where), sort, 0)]


def a_channel(backend, sale, name):
    with backend.store.writes.begin() as db:
        key = db.execute(
            insert(t.channel)
            .values(code=name.upper(), name=name, kind="web", warehouse_id=f.MAIN)
            .returning(t.channel.c.id)
        ).scalar_one()
        db.execute(update(t.sale).where(t.sale.c.id == sale.id).values(channel_id=key))
    return key


@pytest.fixture
def four(backend):
    """Notes of four sales: not started, picked, picked and packed, shipped; units 4, 2, 3 and 1."""
    pen = a_product(backend, "PEN", name="Fountain pen")
    stock(backend, {pen: 9})
    stock(backend, {pen: 2}, f.SHOP)
    zoe, ann = a_customer(backend, "Zoë Young"), a_customer(backend, "Ann Archer")
    sales = [
        a_sale(backend, [Row(pen, 3), Row(pen, 1)]),
        a_sale(backend, [Row(pen, 2)], customer=zoe, warehouse=f.SHOP),
        a_sale(backend, [Row(pen, 3)], customer=ann),
        a_sale(backend, [Row(pen, 1)], customer=zoe),
    ]
    for one in sales:
        do(backend, fulfil([one.id]))
    new, picked, packed, gone = note_ids(backend, *sales)
    do(backend, mark([picked, packed], "picked"))
    do(backend, mark([packed], "packed"))
    do(backend, ship([gone], "JD 0046 X"))
    return sales, (new, picked, packed, gone)


def test_a_line_says_all_that_a_packer_asks(backend, backend_as, four):
    """R1.3, R6.1: whose it is, from where, how much of it, and when each step was done."""
    sales, (new, picked, _, gone) = four
    do(backend_as("clerk"), mark([new], "printed"))
    lines = {line.id: line for line in backend.read(NOTES.page, NotesFilter(), None, 0)}
    first, second, last = lines[new], lines[picked], lines[gone]
    number = notes_of(backend, sales[0])[0][0]
    assert (first.number, first.sale_id, first.sale_number) == (
        number,
        sales[0].id,
        sales[0].number,
    )
    assert (first.customer, first.channel, first.warehouse) == (
        "Walk-in customer", "Direct sales", "Main warehouse",
    )  # fmt: skip
    assert (first.units, first.rows, first.tracking, first.is_open) == (4 * U, 2, "", True)
    assert first.printed_at > first.created_at
    assert (first.picked_at, first.packed_at, first.shipped_at) == (None, None, None)
    assert (second.customer, second.warehouse, second.units, second.rows) == (
        "Zoë Young", "Shop", 2 * U, 1,
    )  # fmt: skip
    assert second.printed_at is None
    assert second.created_at < second.picked_at
    assert (last.tracking, last.is_open) == ("JD 0046 X", False)
    # Shipping fills in what was skipped (R6.1).
    assert {last.printed_at, last.picked_at, last.packed_at} == {last.shipped_at}
    assert [lines[key].state for key in four[1]] == [
        NoteState.PRINTED, NoteState.PICKED, NoteState.PACKED, NoteState.SHIPPED,
    ]  # fmt: skip


def test_each_view_holds_what_waits_for_its_step(backend, four, statements_sent):
    _, (new, picked, packed, gone) = four
    assert ids(backend, view=NotesView.TO_PICK) == [new]
    assert ids(backend, view=NotesView.TO_PACK) == [picked]
    assert ids(backend, view=NotesView.TO_SHIP) == [new, picked, packed]
    assert ids(backend, view=NotesView.SHIPPED) == [gone]
    assert ids(backend) == [new, picked, packed, gone]
    with statements_sent.counting() as sent:
        found = backend.read(goods_out_list.view_counts)
    assert found == {NotesView.TO_PICK: 1, NotesView.TO_PACK: 1, NotesView.TO_SHIP: 3}
    assert sent.count == 1
    assert backend.read(goods_out_list.open_count) == 3


def test_a_step_taken_back_counts_no_more(backend, four):
    _, (new, picked, packed, _) = four
    do(backend, unmark([picked, packed], "picked"))
    assert ids(backend, view=NotesView.TO_PICK) == [new, picked, packed]
    assert ids(backend, view=NotesView.TO_PACK) == []
    line = next(iter(backend.read(NOTES.by_id, [packed])))
    assert (line.picked_at, line.state) == (None, NoteState.PACKED)
    do(backend, mark([packed], "picked"))
    assert ids(backend, view=NotesView.TO_PICK) == [new, picked]


def test_the_state_is_the_last_step(backend, four):
    _, (new, picked, packed, gone) = four
    found = {state: ids(backend, state=state) for state in NoteState}
    assert found == {
        NoteState.NOT_STARTED: [new], NoteState.PRINTED: [], NoteState.PICKED: [picked],
        NoteState.PACKED: [packed], NoteState.SHIPPED: [gone],
    }  # fmt: skip
    do(backend, mark([new], "printed"))
    assert (ids(backend, state=NoteState.NOT_STARTED), ids(backend, state=NoteState.PRINTED)) == (
        [], [new],
    )  # fmt: skip
    assert ids(backend, view=NotesView.TO_PICK, state=NoteState.PICKED) == []


def test_drop_ship_notes_are_not_in_it(backend):
    """R4.3: the supplier ships them."""
    pen = a_product(backend, "PEN")
    stock(backend, {pen: 1})
    made = a_sale(backend, [Row(pen, 4, fulfilled=4, shipped=1, drop_fulfilled=3, drop_shipped=1)])
    (own,) = (
        key for key, (_, place, _, _) in zip(note_ids(backend, made), notes_of(backend, made), strict=True)
        if place
    )  # fmt: skip
    assert len(note_ids(backend, made)) == 3
    assert ids(backend) == ids(backend, view=NotesView.TO_SHIP) == [own]
    assert ids(backend, view=NotesView.SHIPPED) == ids(backend, state=NoteState.SHIPPED) == []
    assert backend.read(goods_out_list.view_counts)[NotesView.TO_SHIP] == 1
    assert backend.read(goods_out_list.totals, NotesFilter()) == NotesTotals(1, U)
    assert backend.read(goods_out_list.chosen, note_ids(backend, made)) == ChosenNotes(
        1, 1, 0, 0, U
    )


def test_notes_are_found_by_place_channel_and_customer(backend, four):
    sales, (new, picked, packed, gone) = four
    web = a_channel(backend, sales[2], "Web")
    assert ids(backend, warehouse=Among.of(f.SHOP)) == [picked]
    assert ids(backend, warehouse=Among.none_of(f.SHOP)) == [new, packed, gone]
    assert ids(backend, channel=Among.of(web)) == [packed]
    assert ids(backend, channel=Among.of(f.DIRECT)) == [new, picked, gone]
    assert ids(backend, customer="young") == [picked, gone]
    assert ids(backend, customer=" Ann  ARCH") == [packed]
    assert ids(backend, customer="nobody") == []


def test_notes_are_found_by_words(backend, four):
    """A note's number, its sale's, its customer, the tracking number of what has left."""
    sales, (new, picked, packed, gone) = four
    with backend.store.writes.begin() as db:  # numbers that tell notes and sales apart
        for key, number in zip(four[1], (7001, 7002, 8003, 8004), strict=True):
            db.execute(update(t.goods_out).where(t.goods_out.c.id == key).values(number=number))
    assert ids(backend, text="7002") == ids(backend, text="#7002") == [picked]
    assert ids(backend, text="#80") == [packed, gone]
    assert ids(backend, text=f"#{sales[2].number}") == [packed]
    assert ids(backend, text="zoë") == [picked, gone]
    assert ids(backend, text="zoë 8004") == [gone]
    assert ids(backend, text="0046") == ids(backend, text="jd x") == [gone]
    # What is open has no tracking number, so its views do not look for one.
    assert ids(backend, text="0046", view=NotesView.TO_SHIP) == []
    assert ids(backend, text="100%") == []


def test_every_order_is_total_both_ways(backend, four):
    sales, (new, picked, packed, gone) = four
    assert ids(backend, ("number", True)) == [gone, packed, picked, new]
    assert ids(backend, ("created", False)) == [new, picked, packed, gone]
    assert ids(backend, ("sale", True)) == [gone, packed, picked, new]
    assert ids(backend, ("units", False)) == [gone, picked, packed, new]
    assert ids(backend, ("units", True)) == [new, packed, picked, gone]
    assert ids(backend, ("warehouse", False)) == [new, packed, gone, picked]
    # Ann, Walk-in, then Zoë with her newest sale first.
    assert ids(backend, ("customer", False)) == [packed, new, gone, picked]
    assert ids(backend, ("customer", True)) == [picked, gone, new, packed]
    # What has not left comes last either way.
    assert ids(backend, ("shipped", False)) == [gone, new, picked, packed]
    do(backend, ship([new]))
    assert ids(backend, ("shipped", True)) == [new, gone, packed, picked]
    for name in NOTES.sortings:
        for descending in (False, True):
            order = ids(backend, (name, descending))
            assert list(backend.read(NOTES.all_ids, NotesFilter(), (name, descending))) == order
            places = [
                backend.read(NOTES.position_of, NotesFilter(), (name, descending), key)
                for key in order
            ]
            assert places == [0, 1, 2, 3], name


def test_the_strip_sums_what_is_listed(backend, four):
    _, (new, picked, _, gone) = four
    assert backend.read(goods_out_list.totals, NotesFilter()) == NotesTotals(4, 10 * U)
    picking = NotesFilter(view=NotesView.TO_PACK)
    assert backend.read(goods_out_list.totals, picking) == NotesTotals(1, 2 * U)
    assert backend.read(goods_out_list.totals, NotesFilter(text="nobody")) == NotesTotals(0, 0)
    assert backend.read(goods_out_list.chosen, [new, picked, gone]) == ChosenNotes(
        3, 2, 1, 0, 6 * U
    )
    assert backend.read(goods_out_list.chosen, [gone]) == ChosenNotes(1, 0, 0, 0, 0)
    assert backend.read(goods_out_list.chosen, []) == ChosenNotes(0, 0, 0, 0, 0)


def test_the_pane_names_the_places_before_and_after_shipping(backend, backend_as):
    """R6.1: of an open note where the goods lie, of a shipped one where they lay."""
    pen = a_product(backend, "PEN", name="Fountain pen")
    stock(backend, {pen: 2})
    made = a_sale(backend, [Row(pen, 3, reserved=2)])
    done = do(backend_as("clerk"), fulfil([made.id]))
    assert done.result["units"] == 2 * U
    (key,) = note_ids(backend, made)
    bin_code = backend.read(
        lambda db: db.execute(select(t.location.c.code).where(t.location.c.id == f.MAIN_BIN)).scalar_one()
    )  # fmt: skip
    found = backend.read(note_detail, key)
    assert (found.created_by, found.note.id, found.note.steps) == ("Cleo Clerk", key, ())
    assert [(row.sku, row.description, row.units, row.places) for row in found.rows] == [
        ("PEN", "Row 1", 2 * U, ((bin_code, 2 * U),)),
    ]
    do(backend, ship([key], "T1"))
    stock(backend, {pen: 5}, f.SHOP)
    after = backend.read(note_detail, key)
    assert [row.places for row in after.rows] == [((bin_code, 2 * U),)]
    assert [one.step for one in after.note.steps] == ["printed", "picked", "packed", "shipped"]
    assert after.note.tracking == "T1"
    assert backend.read(note_detail, key + 1) is None


def test_commands_name_the_notes_they_touched(backend, four):
    """LST-10: lists on every workstation follow them."""
    sales, (new, picked, packed, _) = four

    def touched(done):
        return done.changes.topics.get(Topic.GOODS_OUT, set())

    done = do(backend, mark([new, picked], "picked"))
    assert touched(done) == {new}
    assert touched(backend.undo(done.journal_id, once=once())) == {new}
    done = do(backend, unmark([new, picked], "picked"))
    assert touched(done) == {picked}
    assert touched(backend.undo(done.journal_id, once=once())) == {picked}
    done = do(backend, delete_note([packed]))
    assert touched(done) == {packed}
    again = backend.undo(done.journal_id, once=once())
    assert touched(again) == set(note_ids(backend, sales[2]))
    rows = backend.read(
        lambda db: db.execute(
            select(t.goods_out_row.c.id).where(t.goods_out_row.c.goods_out_id == new)
        ).scalars().all()
    )  # fmt: skip
    done = do(backend, ship([new], units={rows[0]: 0}))
    assert touched(done) == set(note_ids(backend, sales[0]))
    assert len(touched(done)) == 2
    assert touched(do(backend, cancel([sales[1].id]))) == {picked}
    late = do(backend, fulfil([a_sale(backend, [Row(a_product(backend), 1)]).id]))
    assert Topic.GOODS_OUT not in late.changes.topics  # nothing on hand: no note


def test_statements_do_not_grow_with_notes(backend, statements_sent):
    """The same for 1, 50 and 1,000 notes."""
    some = NotesFilter(view=NotesView.TO_SHIP, customer="walk-in")
    counts = {}
    for size in (1, 50, 1_000):
        made = do(backend, fulfil(many_sales(backend, size))).result["notes"]
        keys = [one["id"] for one in made]
        asked = {
            "page": lambda: backend.read(NOTES.page, some, None, 0),
            "customers": lambda: backend.read(NOTES.page, some, ("customer", True), 0),
            "by id": lambda keys=keys: backend.read(NOTES.by_id, keys),
            "count": lambda: backend.read(NOTES.count, some),
            "counts": lambda: backend.read(goods_out_list.view_counts),
            "totals": lambda: backend.read(goods_out_list.totals, some),
            "chosen": lambda keys=keys: backend.read(goods_out_list.chosen, keys),
            "pane": lambda keys=keys: backend.read(note_detail, keys[0]),
        }
        counts[size] = {}
        for what, ask in asked.items():
            with statements_sent.counting() as sent:
                ask()
            counts[size][what] = sent.count
    assert counts[1] == counts[50] == counts[1_000] == {
        "page": 4, "customers": 4, "by id": 4, "count": 1, "counts": 1, "totals": 1, "chosen": 1,
        "pane": 8,
    }  # fmt: skip


def test_pages_follow_each_other_by_key(backend):
    """Whatever the order, a page after a key begins where the one before ended."""
    do(backend, fulfil(many_sales(backend, PAGE + 30)))
    for name in NOTES.sortings:
        whole = list(backend.read(NOTES.all_ids, NotesFilter(), (name, True)))
        first = backend.read(NOTES.page, NotesFilter(), (name, True), 0)
        rest = backend.read(NOTES.page, NotesFilter(), (name, True), PAGE, first[-1].key)
        jumped = backend.read(NOTES.page, NotesFilter(), (name, True), PAGE)
        assert [line.id for line in first + rest] == whole, name
        assert [line.id for line in jumped] == [line.id for line in rest]
        assert isinstance(first[0].created_at, datetime)
