"""Shop messages as a person works on them: kept, listed, sent back, put aside (R7.1)."""

import pytest
from sqlalchemy import select

from desktop_app.services.errors import Rejected
from desktop_app.services.pos_messages import (
    BYTES_MAX,
    MESSAGES,
    MessagesFilter,
    Order,
    Raw,
    accept,
    details,
    dismiss,
    retry,
    state_counts,
    take_in,
)
from desktop_app.services.store import tables as t
from tests.helpers import foundation as f
from tests.helpers.builders import a_product, once, stock
from tests.helpers.tills import (
    a_shop,
    apply_all,
    back,
    counts,
    fates,
    level,
    raw,
    refund,
    ring_up,
    sale,
    send,
    sold,
)


@pytest.fixture
def apple(backend):
    a_shop(backend)
    made = a_product(backend, "APPLE")
    stock(backend, {made: 9}, f.SHOP)
    return made


def ids(backend, *states):
    """Messages of these states, the first first."""
    m = t.pos_message.c
    query = select(m.id).order_by(m.id)
    return backend.read(
        lambda db: db.execute(query.where(m.state.in_(states)) if states else query).scalars().all()
    )


def refused(backend, call):
    before = backend.read(lambda db: db.execute(select(t.pos_message)).all())
    with pytest.raises(Rejected) as error:
        backend.run(call, once=once())
    assert backend.read(lambda db: db.execute(select(t.pos_message)).all()) == before
    return error.value


def test_a_message_is_kept_as_it_came(backend, apple):
    given = raw(b'{"format":"backroom/1", "cashier": "\xc3\x85sa \xff"}')
    answer = backend.run(take_in([given]), once=once())
    assert answer.result == {"taken": 1, "repeated": 0, "differs": 0, "messages": [[1, "taken"]]}
    kept = backend.read(lambda db: db.execute(select(t.pos_message)).one())
    assert bytes(kept.raw) == given.raw
    assert (kept.state, kept.message_key, kept.source) == ("new", given.message_key, "command")
    assert "Åsa \ufffd" in backend.read(details, 1).text
    journal = backend.read(lambda db: db.execute(select(t.journal.c.request)).scalars().all())
    assert "cashier" not in str(journal)


def test_sending_the_same_take_in_again_gives_its_answer(backend, apple):
    key, call = once(), take_in([raw(sale("T1", [("APPLE", 1)]))])
    first = backend.run(call, once=key)
    second = backend.run(call, once=key)
    assert second.repeated
    assert second.result == first.result


@pytest.mark.parametrize(
    ("what", "given"),
    [
        ("channel", Raw("", "k", "0" * 64, "http", b"x")),
        ("channel", Raw("C" * 31, "k", "0" * 64, "http", b"x")),
        ("key", Raw("C", "a\nb", "0" * 64, "http", b"x")),
        ("key", Raw("C", "k" * 201, "0" * 64, "http", b"x")),
        ("digest", Raw("C", "k", "0", "http", b"x")),
        ("source", Raw("C", "k", "0" * 64, "post", b"x")),
        ("size", Raw("C", "k", "0" * 64, "http", b"x" * (BYTES_MAX + 1))),
    ],
)
def test_what_cannot_be_kept_is_refused_whole(backend, apple, what, given):
    error = refused(backend, take_in([raw(sale("T1", [("APPLE", 1)])), given]))
    assert (error.code, error.params) == ("message_unusable", {"what": what})


def test_the_list_says_what_each_message_became(backend, apple):
    ring_up(
        backend,
        sale("T1", [("APPLE", 2)]),
        refund("T2", "T1", [back(1, "L1")]),
        refund("T3", "T0", [back(1, "L1")]),
        sale("T4", [("PEAR", 1)]),
    )
    assert backend.read(MESSAGES.count, MessagesFilter()) == 4
    lines = backend.read(MESSAGES.page, MessagesFilter(), None, 0)
    assert [line.message_key for line in lines] == ["T4-m", "T3-m", "T2-m", "T1-m"]
    assert [line.state for line in lines] == ["parked", "waiting", "applied", "applied"]
    assert lines[0].params == {"items": ["PEAR (PEAR of the till)"]}
    assert lines[1].waits_for == "T0"
    assert [line.orders for line in lines[2:]] == [
        (Order("credit", 1, 1),),
        (Order("sale", 1, sold(backend, "T1").number),),
    ]
    assert (lines[3].format, lines[3].till, lines[3].attempts) == ("backroom/1", "Till 2", 1)
    parked = MessagesFilter(frozenset({"parked"}), channel_code="STORE")
    assert [line.id for line in backend.read(MESSAGES.page, parked, None, 0)] == [4]
    assert backend.read(MESSAGES.count, MessagesFilter(text="T3-")) == 1
    assert backend.read(MESSAGES.count, MessagesFilter(channel_code="OTHER")) == 0
    assert backend.read(state_counts) == {"applied": 2, "parked": 1, "waiting": 1}
    assert backend.read(state_counts, "OTHER") == {}


def test_putting_aside_and_back(backend, apple):
    ring_up(backend, sale("T4", [("PEAR", 1)]), refund("T3", "T0", [back(1, "L1")]))
    done = backend.run(dismiss(ids(backend)), once=once())
    assert done.result == {"messages": 2}
    assert [state for state, _ in fates(backend)] == ["dismissed", "dismissed"]
    assert apply_all(backend).messages == 0
    backend.undo(done.journal_id, once=once())
    assert fates(backend) == [
        ("parked", "shop_products_unknown"),
        ("waiting", "refund_before_sale"),
    ]
    assert backend.read(details, 2).line.waits_for == "T0"
    ring_up(backend, sale("T0", [("APPLE", 1)]))
    assert [state for state, _ in fates(backend)] == ["parked", "applied", "applied"]


def test_what_became_an_order_is_neither_tried_again_nor_put_aside(backend, apple):
    """R7.1: an order is corrected with a credit, not by its message."""
    ring_up(backend, sale("T1", [("APPLE", 1)]))
    assert refused(backend, retry([1])).code == "message_not_waiting"
    assert refused(backend, dismiss([1])).code == "message_not_waiting"
    assert refused(backend, retry([99])).code == "unknown_message"
    assert refused(backend, retry([])).code == "unknown_message"


def test_a_corrected_message_takes_the_place_of_one_that_was_parked(backend, apple):
    """The till's message named what nobody knows; the corrected one has the same id."""
    wrong = sale("T1", [("APPEL", 1)])
    ring_up(backend, wrong)
    send(backend, sale("T1", [("APPLE", 1)]))
    assert fates(backend) == [("parked", "shop_products_unknown"), ("differs", "message_differs")]
    assert backend.read(details, 2).first_id == 1
    assert refused(backend, retry([2])).code == "message_not_waiting"
    assert refused(backend, accept(1)).code == "message_not_waiting"
    assert backend.run(accept(2), once=once()).result == {"instead_of": 1}
    apply_all(backend)
    assert [state for state, _ in fates(backend)] == ["dismissed", "applied"]
    assert level(backend, apple) == (8, 8, 0)
    assert refused(backend, retry([1])).code == "message_replaced"
    assert send(backend, wrong)["repeated"] == 1


def test_the_first_message_stands_once_it_became_an_order(backend, apple):
    ring_up(backend, sale("T1", [("APPLE", 1)]))
    send(backend, sale("T1", [("APPLE", 2)]))
    assert refused(backend, accept(2)).code == "message_already_order"
    before = counts(backend)
    backend.run(dismiss([2]), once=once())
    assert apply_all(backend).messages == 0
    assert counts(backend) == before


def test_many_messages_are_taken_in_at_once(backend, apple, statements_sent):
    """The number of statements does not follow the number of messages."""
    few = [raw(sale(f"A{n}", [("APPLE", 1)])) for n in range(2)]
    many = [raw(sale(f"B{n}", [("APPLE", 1)])) for n in range(300)]
    numbers = []
    for part in (few, many):
        with statements_sent.counting() as sent:
            backend.run(take_in(part), once=once())
        numbers.append(sent.count)
    assert numbers[0] == numbers[1]
    assert backend.read(state_counts) == {"new": 302}
