"""What was put right: when, by whom, how, and whether it can still be undone (R7.9, EXC-03, R11.1)."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from desktop_app.services.errors import Rejected
from desktop_app.services.exceptions import FixRequest, fix, preview
from desktop_app.services.exceptions_done import PUT_RIGHT, PutRightFilter, put_right
from desktop_app.services.goods_out import delete_note, ship
from desktop_app.services.lists import Among
from desktop_app.services.rules.money import UNIT as U
from desktop_app.services.sales import allocate, release
from desktop_app.services.store import tables as t
from tests.helpers import foundation as f
from tests.helpers.builders import Row, a_product, a_sale, once, stock
from tests.helpers.tills import a_shop, back, credited, refund, ring_up, sale, sold


def shop_order(backend, product, units=1, channel=None):
    made = a_sale(backend, [Row(product, units, method="now", warehouse=f.SHOP)], warehouse=f.SHOP)
    if channel is not None:
        with backend.store.writes.begin() as db:
            db.execute(update(t.sale).where(t.sale.c.id == made.id).values(channel_id=channel))
    return made


def fixed(backend, *sales, **choices):
    request = FixRequest(tuple(one.id for one in sales), **choices)
    plan = backend.read(preview, request)
    return backend.run(fix(request, plan.fingerprint), once=once())


def lines(backend, **where):
    return backend.read(PUT_RIGHT.page, PutRightFilter(**where), None, 0)


def note_of(backend, made):
    n = t.goods_out.c
    query = select(n.id, n.number).where(n.sale_id == made.id)
    return backend.read(lambda db: db.execute(query).one())


def moved(backend, days):
    """Let everything so far have happened so many days ago."""
    with backend.store.writes.begin() as db:
        for table in (t.journal, t.note):
            for row in db.execute(select(table.c.id, table.c.at)).all():
                earlier = row.at - timedelta(days=days)
                db.execute(update(table).where(table.c.id == row.id).values(at=earlier))


def test_a_line_says_what_was_done_by_whom_and_when(backend):
    cherry = a_product(backend, "CHERRY")
    stock(backend, {cherry: 1})
    made = shop_order(backend, cherry, 3)
    done = fixed(backend, made, may_correct=True)
    (line,) = lines(backend)
    assert (line.number, line.sale_id, line.person, line.kind) == (
        made.number, made.id, "Mary Manager", "exception_fixed",
    )  # fmt: skip
    assert line.items == (("CHERRY", 3 * U),)
    assert [name for _, name in line.transfers] == ["Main warehouse"]
    assert line.corrected == ("CHERRY",)
    assert line.notes == (note_of(backend, made).number,)
    assert (line.shipped, line.orders, line.journal_id) == (True, 1, done.journal_id)
    assert line.in_the_way == "handed_over"  # R6.2
    assert (backend.read(put_right), backend.read(PUT_RIGHT.count, PutRightFilter())) == (1, 1)


def test_what_was_undone_is_not_put_right(backend):
    cherry = a_product(backend)
    stock(backend, {cherry: 1})
    done = fixed(backend, shop_order(backend, cherry), hand_over=False)
    (line,) = lines(backend)
    assert (line.in_the_way, line.shipped) == ("", False)
    backend.undo(done.journal_id, once=once())
    assert lines(backend) == []
    assert backend.read(put_right) == 0


def test_one_fix_of_several_orders_is_undone_whole(backend):
    cherry = a_product(backend)
    stock(backend, {cherry: 9})
    made = [shop_order(backend, cherry) for _ in range(3)]
    done = fixed(backend, *made, hand_over=False)
    found = lines(backend)
    assert {one.number for one in found} == {one.number for one in made}
    assert {(one.orders, one.journal_id, one.in_the_way) for one in found} == {
        (3, done.journal_id, "")
    }


@pytest.mark.parametrize(
    "reason", ["notes_shipped", "notes_gone", "allocation_in_use", "transfer_not_open"]
)
def test_the_reason_told_is_the_one_the_undo_gives(backend, reason):
    """What is in the way is told before anybody tries, in the words of the refusal."""
    cherry = a_product(backend)
    stock(backend, {cherry: 1})
    made = shop_order(backend, cherry, 2 if reason == "allocation_in_use" else 1)
    other = a_sale(backend, [Row(cherry, 1)], warehouse=f.SHOP)
    done = fixed(backend, made, hand_over=False)
    if reason == "notes_shipped":
        backend.run(ship([note_of(backend, made).id]), once=once())
    elif reason == "notes_gone":
        backend.run(delete_note([note_of(backend, made).id]), once=once())
    elif reason == "allocation_in_use":
        backend.run(release([made.id]), once=once())
        backend.run(allocate([other.id]), once=once())
    else:
        with backend.store.writes.begin() as db:
            db.execute(update(t.transfer).values(state="closed"))
    (line,) = lines(backend)
    assert line.in_the_way == reason
    with pytest.raises(Rejected) as error:
        backend.undo(done.journal_id, once=once())
    assert error.value.code == reason
    if reason == "transfer_not_open":
        with backend.store.writes.begin() as db:
            db.execute(update(t.transfer).values(state="received"))


def test_what_the_customer_gave_back_is_there_too(backend):
    """R7.12: it left the desk by a credit, written by the intake; nobody undoes that."""
    a_shop(backend, automatic=False)
    a_product(backend, "CHERRY")
    ring_up(backend, sale("T1", [("CHERRY", 2)]))
    assert lines(backend) == []
    ring_up(backend, refund("T9", "T1", [back(1, "L1", 2)]))
    (line,) = lines(backend)
    assert (line.number, line.kind, line.credit) == (
        sold(backend, "T1").number, "refund_booked_out", credited(backend, "T9").number,
    )  # fmt: skip
    assert (line.items, line.person, line.in_the_way) == (
        (("CHERRY", 2 * U),), "Shop intake", "given_back",
    )  # fmt: skip


def test_days_shop_and_words_narrow_it(backend):
    store, other = a_shop(backend, "STORE"), a_shop(backend, "OTHER")
    cherry, date = a_product(backend, "CHERRY"), a_product(backend, "DATE")
    stock(backend, {cherry: 9, date: 9})
    old = shop_order(backend, cherry, channel=store)
    new = [shop_order(backend, date, channel=store), shop_order(backend, cherry, channel=other)]
    fixed(backend, old)
    moved(backend, 3)
    for one in new:
        fixed(backend, one)
    numbers = lambda **where: [one.number for one in lines(backend, **where)]
    assert numbers() == [new[1].number, new[0].number]
    assert numbers(days=3) == numbers()
    assert numbers(days=7) == [new[1].number, new[0].number, old.number]
    assert [backend.read(put_right, days) for days in (1, 7)] == [2, 3]
    assert numbers(days=7, channel=Among.of(store)) == [new[0].number, old.number]
    assert numbers(days=7, text="cherry") == [new[1].number, old.number]
    assert numbers(days=7, text=f"#{old.number}") == [old.number]
    assert numbers(days=7, text="100%") == []


def test_statements_do_not_grow_with_the_lines(backend, statements_sent):
    cherry = a_product(backend)
    stock(backend, {cherry: 99})
    counted = []
    for many in (1, 30):
        for one in [shop_order(backend, cherry) for _ in range(many)]:
            fixed(backend, one, hand_over=False)
        with statements_sent.counting() as sent:
            assert len(lines(backend)) == many
        counted.append(sent.count)
    assert counted[0] == counted[1] <= 12
