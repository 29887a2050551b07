"""Saved views: kept, shared, changed by whom they may, read whatever became of them (SAL-01)."""

import json
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from functools import partial

import pytest
from sqlalchemy import text

from desktop_app.services import saved_views
from desktop_app.services.backend import Backend
from desktop_app.services.changes import Topic
from desktop_app.services.errors import Conflict, NotAllowed, Rejected
from desktop_app.services.filter_json import LeftOut, Why, read, written
from desktop_app.services.lists import Among
from desktop_app.services.pos_messages import MessagesFilter
from desktop_app.services.purchases_list import PurchasesFilter
from desktop_app.services.rules.sale_status import Axis
from desktop_app.services.sales_filter import Eta, SalesFilter, SalesView
from desktop_app.services.saved_views import (
    COUNTED_MAX,
    LISTS,
    change,
    counts,
    delete,
    rename,
    save,
    share,
    views,
)
from desktop_app.services.stock_list import StockFilter
from desktop_app.services.store import engine
from tests.helpers import foundation as f
from tests.helpers.builders import Row, a_product, a_sale, a_supplier, once
from tests.helpers.races import together
from tests.helpers.receipts import written as rows_of

LATE = SalesFilter(eta=Eta.LATE, channel=Among.of(f.DIRECT), text="harbour")
BY_TOTAL = ("total", True)


def keep(desk, name="Late", where=LATE, sort=BY_TOTAL, *, shared=False, of="sales"):
    return desk.run(save(of, name, where, sort, shared=shared), once=once()).result["id"]


def seen(desk, of="sales"):
    return desk.read(views, of, desk.actor.person_id)


def names(desk, of="sales"):
    return [one.name for one in seen(desk, of)]


def refused(desk, call, family=Rejected):
    before = rows_of(desk)
    with pytest.raises(family) as error:
        desk.run(call, once=once())
    assert rows_of(desk) == before
    return error.value.code


def tamper(backend, key, **values):
    told = ", ".join(f"{name} = :{name}" for name in values)
    with backend.store.writes.begin() as db:
        db.execute(text(f"UPDATE saved_view SET {told} WHERE id = :id"), {**values, "id": key})


# --- keeping ---------------------------------------------------------------------------------------


def test_a_view_comes_back_with_its_filter_words_and_sort(backend):
    keep(backend, "  Late  at  Harbour ")
    (view,) = seen(backend)
    assert (view.name, view.where, view.sort) == ("Late at Harbour", LATE, BY_TOTAL)
    assert (view.owner, view.shared, view.left_out) == ("Mary Manager", False, ())
    assert names(backend, "purchases") == []


def test_a_private_view_is_its_owners_alone(backend, backend_as):
    ben, cleo = backend_as("buyer"), backend_as("clerk")
    keep(ben, "Mine")
    keep(cleo, "Ours", shared=True)
    assert (names(ben), names(cleo), names(backend)) == (["Mine", "Ours"], ["Ours"], ["Ours"])
    assert seen(backend)[0].owner == "Cleo Clerk"


def test_the_same_name_is_free_on_another_list_and_for_another_person(backend, backend_as):
    keep(backend)
    keep(backend, where=PurchasesFilter(), sort=None, of="purchases")
    keep(backend_as("buyer"), shared=True)
    assert names(backend) == ["Late", "Late"]
    assert (
        refused(backend, save("sales", " Late ", SalesFilter(), None, shared=True))
        == "view_name_taken"
    )


@pytest.mark.parametrize(
    ("name", "where", "code"),
    [
        ("   ", LATE, "view_name_missing"),
        ("x" * 61, LATE, "view_name_long"),
        ("Long", SalesFilter(text="x" * 10_000), "view_too_long"),
    ],
)
def test_what_cannot_be_kept_is_refused(backend, name, where, code):
    assert refused(backend, save("sales", name, where, None, shared=False)) == code


def test_a_person_keeps_so_many_views_of_a_list(backend, backend_as, monkeypatch):
    monkeypatch.setattr(saved_views, "VIEWS_MAX", 2)
    keep(backend, "One")
    keep(backend, "Two")
    assert refused(backend, save("sales", "Three", LATE, None, shared=False)) == "too_many_views"
    keep(backend, "One", where=StockFilter(), sort=None, of="stock")
    keep(backend_as("buyer"), "Three")


# --- changing --------------------------------------------------------------------------------------


def test_a_view_is_changed_renamed_shared_and_deleted_and_each_is_undone(backend, backend_as):
    ben = backend_as("buyer")
    key = keep(ben)
    other = SalesFilter(view=SalesView.PROBLEMS)
    as_it_was = list(seen(ben))
    for call, after in (
        (change(key, 1, other, None), [("Late", other, None, False)]),
        (rename(key, "Bad"), [("Bad", LATE, BY_TOTAL, False)]),
        (share(key, shared=True), [("Late", LATE, BY_TOTAL, True)]),
        (delete(key), []),
    ):
        done = ben.run(call, once=once())
        assert done.changes.topics == {Topic.VIEWS: {key}}
        assert [(v.name, v.where, v.sort, v.shared) for v in seen(ben)] == after, call.name
        ben.undo(done.journal_id, once=once())
        assert [replace(v, version=1) for v in seen(ben)] == as_it_was, call.name
    assert names(backend) == []


def test_saving_is_undone(backend):
    done = backend.run(save("sales", "Late", LATE, None, shared=True), once=once())
    assert done.can_undo
    backend.undo(done.journal_id, once=once())
    assert names(backend) == []


def test_what_changes_nothing_cannot_be_undone(backend):
    key = keep(backend)
    assert not backend.run(share(key, shared=False), once=once()).can_undo


def test_an_undo_does_not_overwrite_a_later_change(backend):
    key = keep(backend)
    done = backend.run(rename(key, "Two"), once=once())
    backend.run(rename(key, "Three"), once=once())
    with pytest.raises(Rejected) as error:
        backend.undo(done.journal_id, once=once())
    assert error.value.code == "view_changed_since"
    assert names(backend) == ["Three"]


def test_a_deleted_view_comes_back_beside_one_that_took_its_number(backend):
    key = keep(backend)
    done = backend.run(delete(key), once=once())
    keep(backend, "Other")
    backend.undo(done.journal_id, once=once())
    assert sorted(names(backend)) == ["Late", "Other"]


def test_a_deleted_view_does_not_come_back_under_a_name_that_is_taken(backend):
    done = backend.run(delete(keep(backend)), once=once())
    keep(backend)
    with pytest.raises(Rejected) as error:
        backend.undo(done.journal_id, once=once())
    assert error.value.code == "view_name_taken"
    assert names(backend) == ["Late"]


def test_a_shared_view_is_changed_by_its_owner_or_a_manager(backend, backend_as):
    """R11.1, SAL-01: others use it, and keep their own."""
    ben, cleo = backend_as("buyer"), backend_as("clerk")
    key = keep(cleo, shared=True)
    for call in (
        change(key, 1, SalesFilter(), None), rename(key, "Bens"), share(key, shared=False), delete(key),
    ):  # fmt: skip
        assert refused(ben, call, NotAllowed) == "view_not_yours"
    backend.run(rename(key, "Late at last"), once=once())
    backend.run(change(key, 2, SalesFilter(text="x"), None), once=once())
    (view,) = seen(ben)
    assert (view.name, view.owner, view.where) == (
        "Late at last",
        "Cleo Clerk",
        SalesFilter(text="x"),
    )
    cleo.run(delete(key), once=once())
    assert names(ben) == []


def test_a_private_view_of_another_does_not_exist_for_a_manager_either(backend, backend_as):
    key = keep(backend_as("clerk"))
    for call in (
        change(key, 1, LATE, None), rename(key, "x"), share(key, shared=True), delete(key), delete(999),
    ):  # fmt: skip
        assert refused(backend, call) == "unknown_view"


def test_a_manager_takes_back_what_they_made_private(backend, backend_as):
    cleo = backend_as("clerk")
    key = keep(cleo, shared=True)
    done = backend.run(share(key, shared=False), once=once())
    assert (names(backend), names(cleo)) == ([], ["Late"])
    backend.undo(done.journal_id, once=once())
    assert names(backend) == ["Late"]


def test_a_change_of_an_older_state_is_refused(backend, backend_as):
    """Owner and manager both have it open: the second is told, and nothing is lost (R11.3)."""
    cleo = backend_as("clerk")
    key = keep(cleo, shared=True)
    cleo.run(change(key, 1, SalesFilter(text="cleo"), None), once=once())
    assert (
        refused(backend, change(key, 1, SalesFilter(text="mary"), None), Conflict) == "view_changed"
    )
    assert seen(backend)[0].where.text == "cleo"


def test_two_people_save_the_same_name_at_the_same_moment(database):
    """One person at two workstations: one view and one refusal; two people: two views."""
    stores = [engine.open_store(database.address)]
    if stores[0].is_postgres:
        stores.append(engine.open_store(database.address))
    try:
        one, other = (Backend.sign_in(stores[n % len(stores)], "mary", f"desk {n}") for n in (0, 1))
        ben = Backend.sign_in(stores[-1], "ben", "desk 3")
        for n in range(5):
            answers = together([partial(keep, desk, f"View {n}") for desk in (one, other, ben)])
            errors = [a for a in answers if isinstance(a, Exception)]
            assert [getattr(e, "code", e) for e in errors] == ["view_name_taken"]
            assert names(ben).count(f"View {n}") == names(one).count(f"View {n}") == 1
        key = keep(ben, "Race", shared=True)
        errors = [
            a
            for a in together([
                lambda: ben.run(change(key, 1, SalesFilter(text="ben"), None), once=once()),
                lambda: one.run(change(key, 1, SalesFilter(text="mary"), None), once=once()),
            ])
            if isinstance(a, Exception)
        ]  # fmt: skip
        assert [getattr(e, "code", e) for e in errors] == ["view_changed"]
    finally:
        for store in reversed(stores):
            store.close()


def test_another_workstation_hears_of_a_shared_view(two_workstations):
    first, second = two_workstations
    feed = second.feed()
    try:
        list(feed.wait(0.1))
        key = keep(first, shared=True)
        heard = [note for _ in range(50) for note in feed.wait(0.1)]
        assert {Topic.VIEWS: {key}} in [note.topics for note in heard]
    finally:
        feed.close()


# --- reading whatever is there ----------------------------------------------------------------------

WHOLE = SalesFilter(
    view=SalesView.READY_TO_SHIP, text="„Ünïcode“ '%_", placed_from=datetime(2026, 5, 1, 9, tzinfo=UTC),
    placed_before=datetime(2026, 6, 1, tzinfo=UTC), placed_days=30, channel=Among.of(1, 2),
    status=Among.none_of(3), payment=Among.of(0), allocation=Among.of(1), fulfilment=Among.of(2),
    shipping=Among.none_of(0, 1), invoiced=True, short=False, waits=True, eta=Eta.THIS_WEEK,
    warehouse=Among.of(1), customer=Among.of(1), product=Among.of(5), sku="PEN*", supplier=Among.of(4),
    has_po=False, po_number=5012, reference="ref",
)  # fmt: skip


def test_every_condition_of_recent_sales_goes_there_and_back():
    assert all(getattr(WHOLE, one.name) != one.default for one in fields(SalesFilter))
    assert read(SalesFilter, written(WHOLE)) == (WHOLE, ())


@pytest.mark.parametrize(
    "where",
    [
        PurchasesFilter(
            supplier=Among.of(1), state=frozenset({"draft", "sent"}), expected_from=date(2026, 5, 1),
            drop_ship=True, open_only=True, batch_id=3,
        ),
        MessagesFilter(states=frozenset({"parked"}), channel_code="BATH"),
        StockFilter(warehouse_id=2, short_only=True),
    ],
)  # fmt: skip
def test_other_lists_go_there_and_back(where):
    assert read(type(where), written(where)) == (where, ())


def test_every_list_has_filters_that_can_be_kept(backend):
    """Each type of each field is known, and what a condition names is one of its fields."""
    for key, load in LISTS.items():
        kind = load()
        empty = kind.filter()
        assert read(kind.filter, written(empty)) == (empty, ())
        assert kind.known.keys() <= {one.name for one in fields(kind.filter)}
        keep(backend, "All", empty, None, of=key)
        assert backend.read(counts, key, (empty,)) == (backend.read(kind.listing.count, empty),)


@pytest.mark.parametrize(
    ("told", "left"),
    [
        ({"colour": "red"}, [("colour", Why.UNKNOWN)]),
        ({"short": 1}, [("short", Why.VALUE)]),
        ({"placed_days": True}, [("placed_days", Why.VALUE)]),
        ({"placed_days": "30"}, [("placed_days", Why.VALUE)]),
        ({"placed_days": 10**15}, [("placed_days", Why.VALUE)]),
        ({"placed_from": "yesterday"}, [("placed_from", Why.VALUE)]),
        ({"placed_from": "2026-05-01T09:00:00"}, [("placed_from", Why.VALUE)]),
        ({"placed_from": "0001-01-01T00:00:00+09:00"}, [("placed_from", Why.VALUE)]),
        ({"placed_from": 5}, [("placed_from", Why.VALUE)]),
        ({"eta": "someday"}, [("eta", Why.VALUE)]),
        ({"eta": ["late"]}, [("eta", Why.VALUE)]),
        ({"view": None}, [("view", Why.VALUE)]),
        ({"channel": [1]}, [("channel", Why.VALUE)]),
        ({"channel": {"any": [1], "none": [2]}}, [("channel", Why.VALUE)]),
        ({"channel": {"any": ["1"]}}, [("channel", Why.VALUE)]),
        ({"channel": {"any": [2**70]}}, [("channel", Why.VALUE)]),
        ({"payment": {"any": [17]}}, [("payment", Why.VALUE)]),
        ({"text": "\ud800"}, [("text", Why.VALUE)]),
        ({"text": "a\0b"}, [("text", Why.VALUE)]),
        ({"sku": 5, "colour": "red"}, [("colour", Why.UNKNOWN), ("sku", Why.VALUE)]),
    ],
)
def test_what_cannot_be_read_is_left_out_and_named(backend, told, left):
    """From a newer program, or damaged: the rest of the view opens, and can be asked."""
    key = keep(backend)
    more = {"version": 2, "where": {"reference": "ref", **told}, "new": 1}
    tamper(backend, key, conditions=json.dumps(more))
    (view,) = seen(backend)
    assert view.where == SalesFilter(reference="ref")
    assert view.left_out == tuple(LeftOut(*one) for one in left)
    assert backend.read(counts, "sales", (view.where,)) == (0,)


@pytest.mark.parametrize(
    "told", ["", "{", "[]", "null", '{"version": 1}', '{"where": []}', "[" * 9000]
)
def test_a_damaged_view_opens_as_the_whole_list(backend, told):
    key = keep(backend)
    keep(backend, "Sound", SalesFilter(text="x"))
    tamper(backend, key, conditions=told)
    damaged, sound = seen(backend)
    assert (damaged.where, damaged.left_out) == (SalesFilter(), (LeftOut("", Why.DAMAGED),))
    assert (damaged.sort, sound.where.text) == (BY_TOTAL, "x")


@pytest.mark.parametrize(
    "told", ["{", '[["nothing", true]]', '[["total", 1]]', '["total"]', '[["total"]]', "5"]
)
def test_a_sort_that_is_not_known_is_left_out(backend, told):
    tamper(backend, keep(backend), sort=told)
    (view,) = seen(backend)
    assert (view.where, view.sort, view.left_out) == (LATE, None, (LeftOut("sort", Why.UNKNOWN),))


def test_records_that_do_not_exist_are_left_out(backend):
    """Of several the others stay; none of what is gone asks nothing and says nothing."""
    here = a_supplier(backend)
    keep(
        backend,
        "Some",
        SalesFilter(supplier=Among.of(here, 9_999), channel=Among.of(77), short=True),
    )
    keep(backend, "Not", SalesFilter(supplier=Among.none_of(9_999), status=Among.none_of(1, 9_999)))
    keep(backend, "Place", StockFilter(warehouse_id=99, text="pen"), None, of="stock")
    some, none = seen(backend)
    assert some.where == SalesFilter(supplier=Among.of(here), short=True)
    assert some.left_out == (LeftOut("channel", Why.GONE), LeftOut("supplier", Why.GONE))
    assert (none.where, none.left_out) == (SalesFilter(status=Among.none_of(1)), ())
    (place,) = seen(backend, "stock")
    assert (place.where, place.left_out) == (
        StockFilter(text="pen"),
        (LeftOut("warehouse_id", Why.GONE),),
    )


def test_a_second_key_is_kept_and_left_out_alone(backend):
    """LST-04: where only the second key is not known, the first still sorts."""
    both = ("payment", True, "total", False)
    key = keep(backend, sort=both)
    assert seen(backend)[0].sort == both
    tamper(backend, key, sort='[["payment", true], ["eta", true]]')
    (view,) = seen(backend)
    assert (view.sort, view.left_out) == (("payment", True), (LeftOut("sort", Why.UNKNOWN),))
    tamper(backend, key, sort='[["payment", true], ["total", true], ["short", true]]')
    assert seen(backend)[0].sort is None


# --- counting ---------------------------------------------------------------------------------------


def test_views_are_counted_as_their_lists_are(backend):
    pen = a_product(backend, "PEN")
    for units in (1, 2, 3):
        a_sale(backend, [Row(pen, units)])
    asked = (
        SalesFilter(sku="PEN"),
        SalesFilter(short=False),
        SalesFilter(view=SalesView.NEEDS_ORDERING),
    )
    assert backend.read(counts, "sales", asked) == (3, 0, 3)
    assert backend.read(counts, "sales", ()) == ()
    with pytest.raises(ValueError, match="too many"):
        backend.read(counts, "sales", (SalesFilter(),) * (COUNTED_MAX + 1))


def test_statements_do_not_grow_with_views(backend, statements_sent):
    """Two to read them all, one to count a dozen, and one per text or code that they ask."""
    where = SalesFilter(
        channel=Among.of(f.DIRECT), payment=Among.of(int(Axis.NONE)), warehouse=Among.of(1)
    )
    for n in range(COUNTED_MAX):
        keep(backend, f"View {n}", where)
    with statements_sent.counting() as sent:
        found = seen(backend)
    assert (len(found), sent.count) == (COUNTED_MAX, 2)
    with statements_sent.counting() as sent:
        backend.read(counts, "sales", tuple(one.where for one in found))
    assert sent.count == 1
    worst = (replace(where, text="harbour", sku="P*"),) * COUNTED_MAX
    with statements_sent.counting() as sent:
        backend.read(counts, "sales", worst)
    assert sent.count <= 1 + 2 * COUNTED_MAX
