"""Two clerks at one note, and a note whose sale is cancelled: one wins, nothing is doubled (R11.3)."""

import pytest

from desktop_app.services.backend import Backend
from desktop_app.services.errors import Rejected, ServiceError
from desktop_app.services.goods_out import delete_note, fulfil, ship, ship_rows, ship_sales
from desktop_app.services.rules.money import UNIT as U
from desktop_app.services.sales import allocate, cancel
from desktop_app.services.store import engine
from tests.helpers.builders import Row, a_product, a_sale, once, stock
from tests.helpers.databases import findings
from tests.helpers.races import together
from tests.helpers.receipts import level, sale
from tests.helpers.shipping import axes, figures, note_ids, notes_of

ROUNDS = 4


@pytest.fixture
def desks(database):
    """Two people, on PostgreSQL with connections of their own; the books are checked afterwards."""
    first = engine.open_store(database.address)
    second = engine.open_store(database.address) if first.is_postgres else first
    yield [Backend.sign_in(first, "mary", "one"), Backend.sign_in(second, "cleo", "two")]
    broken = findings(first)
    if second is not first:
        second.close()
    first.close()
    assert not broken, broken


def code(answer):
    return answer.code if isinstance(answer, ServiceError) else "done"


def act(who, call):
    return lambda: who.run(call, once=once())


def test_two_ship_the_same_note(desks):
    mary, cleo = desks
    for _ in range(ROUNDS):
        p = a_product(mary)
        stock(mary, {p: 5})
        one = a_sale(mary, [Row(p, 2)])
        mary.run(fulfil([one.id]), once=once())
        ids = note_ids(mary, one)
        answers = together([act(mary, ship(ids)), act(cleo, ship(ids))])
        assert sorted(map(code, answers)) == ["done", "notes_shipped"]
        lost = next(x for x in answers if isinstance(x, Rejected))
        assert lost.items[0]["by"] == ("Cleo Clerk" if lost is answers[0] else "Mary Manager")
        assert (level(mary, p), figures(mary, one.rows[0])) == ((3, 0, 0), (0, 2, 2))


def test_one_ships_what_another_deletes(desks):
    mary, cleo = desks
    for turn in range(ROUNDS):
        p = a_product(mary)
        stock(mary, {p: 5})
        one = a_sale(mary, [Row(p, 2)])
        mary.run(fulfil([one.id]), once=once())
        ids = note_ids(mary, one)
        acts = [act(mary, ship(ids)), act(cleo, delete_note(ids, also_release=True))]
        answers = together(acts if turn % 2 else acts[::-1])
        found = dict(
            zip(
                ("ship", "delete") if turn % 2 else ("delete", "ship"),
                map(code, answers),
                strict=True,
            )
        )
        if found["ship"] == "done":
            assert found["delete"] == "notes_shipped"
            assert (level(mary, p), axes(mary, one)) == ((3, 0, 0), "AAA")
        else:
            assert found == {"ship": "notes_gone", "delete": "done"}
            assert (level(mary, p), axes(mary, one)) == ((5, 0, 0), "NNN")


def test_one_fulfils_what_another_cancels(desks):
    mary, cleo = desks
    for turn in range(ROUNDS):
        p = a_product(mary)
        stock(mary, {p: 5})
        one = a_sale(mary, [Row(p, 2)])
        acts = [act(mary, fulfil([one.id])), act(cleo, cancel([one.id]))]
        answers = together(acts if turn % 2 else acts[::-1])
        assert list(map(code, answers)) == ["done", "done"]
        # Whoever was first: the sale is cancelled, and nothing of it is left on a note or reserved.
        assert (level(mary, p), notes_of(mary, one), sale(mary, one).waits) == ((5, 0, 0), [], 0)
        fulfilled = answers[0 if turn % 2 else 1].result["sales"][0]["outcome"]
        assert fulfilled in {"fully", "cancelled"}


def test_one_ships_what_another_cancels(desks):
    """R2.7: a sale that something of has shipped is not cancelled."""
    mary, cleo = desks
    for turn in range(ROUNDS):
        p = a_product(mary)
        stock(mary, {p: 5})
        one = a_sale(mary, [Row(p, 2)])
        mary.run(fulfil([one.id]), once=once())
        acts = [act(mary, ship_sales([one.id])), act(cleo, cancel([one.id]))]
        shipped, cancelled = together(acts if turn % 2 else acts[::-1])[:: 1 if turn % 2 else -1]
        if code(cancelled) == "done":
            assert shipped.result["sales"][0]["outcome"] == "cancelled"
            assert level(mary, p) == (5, 0, 0)
        else:
            assert cancelled.code == "cannot_cancel"
            assert (level(mary, p), axes(mary, one)) == ((3, 0, 0), "AAA")


def test_two_fulfil_the_same_sales_and_a_third_reserves(desks):
    """Scarce goods are put on one note only, whoever was quicker."""
    mary, cleo = desks
    p = a_product(mary)
    stock(mary, {p: 10})
    sales = [a_sale(mary, [Row(p, 3)]) for _ in range(5)]
    ids = [one.id for one in sales]
    answers = together(
        [act(mary, fulfil(ids)), act(cleo, fulfil(ids[::-1])), act(cleo, allocate(ids[2:]))]
    )
    assert list(map(code, answers)) == ["done"] * 3
    held = [figures(mary, one.rows[0]) for one in sales]
    assert sum(a + b for a, b, _ in held) == 10
    assert level(mary, p) == (10, 10, 0)
    assert sum(
        units for one in sales for _, _, rows, _ in notes_of(mary, one) for units in rows.values()
    ) == sum(b for _, b, _ in held)


def test_two_ship_rows_of_one_sale(desks):
    mary, cleo = desks
    p = a_product(mary)
    stock(mary, {p: 5})
    one = a_sale(mary, [Row(p, 5, reserved=5)])
    answers = together([act(who, ship_rows(one.id, {one.rows[0]: 3 * U})) for who in desks])
    assert sorted(map(code, answers)) == ["done", "not_that_many"]
    assert (level(mary, p), figures(mary, one.rows[0])) == ((2, 2, 0), (2, 3, 3))
