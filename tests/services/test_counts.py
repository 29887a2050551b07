"""Stock counts (R8.3): the difference is right whatever moves meanwhile; posting corrects it."""

import pytest
from sqlalchemy import select

from desktop_app.services.corrections import CorrectionRequest, correct
from desktop_app.services.counts import (
    CountScope,
    abandon,
    count_product,
    post,
    recount,
    scan,
    start,
)
from desktop_app.services.errors import NotAllowed, Rejected
from desktop_app.services.rules.money import units
from desktop_app.services.store import tables as t
from desktop_app.services.transfers import move
from tests.helpers.builders import Row, a_product, a_sale, a_supplier, once, stock
from tests.helpers.foundation import MAIN, SHOP
from tests.helpers.receipts import level, reserved
from tests.services.test_transfers import said


@pytest.fixture
def world(backend):
    class World:
        pen = a_product(backend, "PEN", category="Desk", barcodes={"5000": 1, "5012": 12})
        ink = a_product(backend, "INK", category="Ink")
        cap = a_product(backend, "CAP", category="Desk")

    stock(backend, {World.pen: 10, World.ink: 5})
    return World


def begin(backend, *args, **named):
    return backend.run(start(*args, **named), once=once()).result["count"]["id"]


def count(backend, key, product, number, add=False):
    return backend.run(count_product(key, product, units(number), add), once=once()).result


def rows(backend, key):
    """SKU to (counted, expected) in whole units."""
    r = t.stock_count_row
    query = (
        select(t.product.c.sku, r.c.counted, r.c.expected)
        .join(t.product, t.product.c.id == r.c.product_id)
        .where(r.c.stock_count_id == key)
    )
    whole = lambda part: None if part is None else part // units(1)
    return {
        x.sku: (whole(x.counted), whole(x.expected))
        for x in backend.read(lambda db: db.execute(query).all())
    }


def state(backend, key):
    return backend.read(
        lambda db: db.execute(
            select(t.stock_count.c.state).where(t.stock_count.c.id == key)
        ).scalar_one()
    )


@pytest.mark.parametrize(
    ("scope", "listed"),
    [(CountScope(), {"PEN", "INK"}), (CountScope(category="Desk"), {"PEN"}), (CountScope(text="in"), {"INK"}),
     (CountScope(nothing=True), set()), (None, {"PEN", "INK"})],
)  # fmt: skip
def test_a_count_lists_what_is_in_stock_there(backend, world, scope, listed):
    assert set(rows(backend, begin(backend, MAIN, scope))) == listed
    assert rows(backend, begin(backend, SHOP, scope)) == {}


def test_a_count_by_supplier(backend, world):
    key = begin(backend, MAIN, CountScope(supplier_id=a_supplier(backend, costs={world.ink: "1"})))
    assert set(rows(backend, key)) == {"INK"}


def test_movements_before_and_after_the_counting_are_followed(backend, world):
    key = begin(backend, MAIN)
    backend.run(move(MAIN, SHOP, {world.pen: units(2)}), once=once())
    said_ = count(backend, key, world.pen, 7)
    assert (said_["expected"], said_["difference"]) == (units(8), units(-1))
    backend.run(move(MAIN, SHOP, {world.pen: units(3)}), once=once())
    stock(backend, {world.ink: 4})
    count(backend, key, world.ink, 10)
    stock(backend, {world.pen: 6})
    done = backend.run(post(key), once=once()).result
    assert (level(backend, world.pen), level(backend, world.ink)) == ((10, 0, 0), (10, 0, 0))
    assert (done["corrections"], done["more"], done["less"], done["uncounted"]) == (
        2,
        units(1),
        units(1),
        0,
    )
    assert state(backend, key) == "posted"


def test_scans_add_up_and_packs_count_for_what_they_hold(backend, world):
    key = begin(backend, MAIN, CountScope(nothing=True))
    for code in ("5000", "PEN", "pen", "5012"):
        said_ = backend.run(scan(key, code), once=once()).result
    assert (said_["counted"], said_["expected"], said_["units"]) == (
        units(15),
        units(10),
        units(12),
    )
    assert backend.run(scan(key, "5012", units(2)), once=once()).result["counted"] == units(39)
    unknown = backend.run(scan(key, "nothing like it"), once=once()).result
    assert unknown == {"effect": "unknown", "code": "nothing like it"}
    assert rows(backend, key) == {"PEN": (39, 10)}


def test_a_move_between_two_scans_is_told(backend, world):
    key = begin(backend, MAIN)
    count(backend, key, world.pen, 4, add=True)
    backend.run(move(MAIN, SHOP, {world.pen: units(3)}), once=once())
    said_ = count(backend, key, world.pen, 3, add=True)
    assert (said_["counted"], said_["expected"], said_["moved"]) == (units(7), units(7), units(-3))


def test_two_people_count_at_once(backend, backend_as, world):
    key = begin(backend, MAIN)
    one, other = backend_as("clerk"), backend_as("buyer")
    for desk in (one, other, one):
        desk.run(count_product(key, world.pen, units(2), True), once=once())
    other.run(count_product(key, world.ink, units(5)), once=once())
    assert rows(backend, key) == {"PEN": (6, 10), "INK": (5, 5)}


def test_recounting_forgets(backend, world):
    key = begin(backend, MAIN)
    count(backend, key, world.pen, 9)
    assert backend.run(recount(key, [world.pen, world.ink]), once=once()).result == {"products": 1}
    assert rows(backend, key)["PEN"] == (None, None)
    with pytest.raises(Rejected) as error:
        backend.run(post(key), once=once())
    assert error.value.code == "nothing_counted"


def test_posting_is_a_managers(backend, backend_as, world):
    """R11.1."""
    key = begin(backend_as("clerk"), MAIN)
    count(backend_as("clerk"), key, world.pen, 9)
    with pytest.raises(NotAllowed):
        backend_as("clerk").run(post(key), once=once())
    assert level(backend, world.pen) == (10, 0, 0)
    backend.run(post(key), once=once())
    assert level(backend, world.pen) == (9, 0, 0)


def test_posting_below_what_is_promised_asks(backend, world):
    older = a_sale(backend, [Row(world.pen, 4, reserved=4)])
    newer = a_sale(backend, [Row(world.pen, 4, reserved=4)])
    key = begin(backend, MAIN)
    count(backend, key, world.pen, 5)
    count(backend, key, world.ink, 6)
    with pytest.raises(Rejected) as error:
        backend.run(post(key), once=once())
    assert error.value.code == "confirm:below_promised"
    assert [(one["number"], one["loses"]) for one in error.value.items] == [
        (newer.number, units(3)), (older.number, 0),
    ]  # fmt: skip
    assert (state(backend, key), level(backend, world.ink)) == ("open", (5, 0, 0))
    done = backend.run(post(key, {newer.rows[0]: units(3)}), once=once())
    assert (level(backend, world.pen), level(backend, world.ink)) == ((5, 5, 0), (6, 0, 0))
    assert reserved(backend, older, newer) == [4, 1]
    assert said(backend, "SO", newer.id) == [
        "Lost 3 × PEN to a correction in Main warehouse: counted differently"
    ]
    backend.undo(done.journal_id, once=once())
    assert (level(backend, world.pen), reserved(backend, older, newer)) == ((10, 8, 0), [4, 4])
    assert state(backend, key) == "open"
    backend.run(post(key, {newer.rows[0]: units(3)}), once=once())
    assert level(backend, world.pen) == (5, 5, 0)


def test_a_count_that_finds_nothing_wrong_posts_nothing(backend, world):
    key = begin(backend, MAIN)
    count(backend, key, world.pen, 10)
    done = backend.run(post(key), once=once()).result
    assert (done["corrections"], done["uncounted"], state(backend, key)) == (0, 1, "posted")


def test_what_left_since_cannot_be_counted_away(backend, world):
    key = begin(backend, MAIN)
    count(backend, key, world.pen, 0)
    backend.run(move(MAIN, SHOP, {world.pen: units(4)}), once=once())
    with pytest.raises(Rejected) as error:
        backend.run(post(key), once=once())
    assert error.value.code == "more_than_in_stock"
    assert (state(backend, key), level(backend, world.pen)) == ("open", (6, 0, 0))


def test_a_correction_meanwhile_is_followed_too(backend, world):
    key = begin(backend, MAIN)
    count(backend, key, world.pen, 8)
    backend.run(correct(CorrectionRequest(MAIN, world.pen, units(-2), "damaged")), once=once())
    backend.run(post(key), once=once())
    assert level(backend, world.pen) == (6, 0, 0)


def test_an_abandoned_count_changes_nothing_and_can_be_taken_up(backend, world):
    key = begin(backend, MAIN)
    count(backend, key, world.pen, 1)
    done = backend.run(abandon(key), once=once())
    for act in (
        post(key),
        count_product(key, world.pen, units(1)),
        scan(key, "PEN"),
        recount(key, [world.pen]),
    ):
        with pytest.raises(Rejected) as error:
            backend.run(act, once=once())
        assert error.value.code == "count_not_open"
    assert level(backend, world.pen) == (10, 0, 0)
    backend.undo(done.journal_id, once=once())
    assert state(backend, key) == "open"


@pytest.mark.parametrize(
    ("number", "add", "code"),
    [(-1, False, "quantity_not_positive"), (0, True, "quantity_not_positive"), ("0.5", False, "quantity_not_whole"),
     (1_000_000_001, False, "quantity_not_positive")],
)  # fmt: skip
def test_impossible_counts_are_refused(backend, world, number, add, code):
    key = begin(backend, MAIN)
    with pytest.raises(Rejected) as error:
        count(backend, key, world.pen, number, add)
    assert error.value.code == code
    assert rows(backend, key)["PEN"] == (None, None)
