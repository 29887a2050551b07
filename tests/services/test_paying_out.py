"""Paying out a credit later: no more than is open of it, once, and back by a counter-entry (R7.13)."""

import pytest
from sqlalchemy import select

from desktop_app.services import credit_details as details
from desktop_app.services.billing import AMOUNT_MAX
from desktop_app.services.billing_details import sale_billing
from desktop_app.services.crediting import TakeBack, take_back
from desktop_app.services.errors import NotAllowed, Rejected
from desktop_app.services.paying_out import pay_out
from desktop_app.services.rules.money import UNIT as U
from desktop_app.services.rules.sale_status import Axis
from desktop_app.services.store import tables as t
from desktop_app.views.note_text import note_sentence
from tests.helpers.builders import Row, a_product, a_sale, once
from tests.helpers.races import together
from tests.helpers.receipts import notes, struck, written

ABOVE = ["confirm:refund_above_paid"]


def do(backend, call):
    return backend.run(call, once=once())


@pytest.fixture
def owed(backend):
    """Three pens at 5.00 and tax, paid 18.00; two came back and nothing was paid out: 12.00 open."""
    return a_credit(backend)


def a_credit(backend, paid="18.00", refund=0):
    made = a_sale(backend, [Row(a_product(backend), 3, fulfilled=3, shipped=3)], paid=paid)
    rows = [TakeBack(made.rows[0], 2 * U, "unwanted", "restock")]
    call = take_back(made.id, rows, refund=refund, method="cash" if refund else "")
    return made, do(backend, call).result["credit_id"]


def state(backend, key):
    found = backend.read(details.credit_detail, key)
    return found.refunded, found.open, found.payment


def refused(backend, call, code):
    before = written(backend)
    with pytest.raises(Rejected) as error:
        do(backend, call)
    assert error.value.code == code
    assert written(backend) == before
    return error.value


def to_pay_out(backend):
    return backend.read(details.view_counts)[details.CreditsView.TO_PAY_OUT]


def test_wholly_and_in_part(backend, owed):
    """The axis follows, the sale's panel says what is left, the list of what is to be paid out too."""
    made, key = owed
    assert (state(backend, key), to_pay_out(backend)) == ((0, 1200, Axis.NONE), 1)
    done = do(backend, pay_out(key, 500, " card ", "BACS 7")).result
    number = backend.read(details.credit_detail, key).number
    assert done | {"refund_id": 0} == {
        "refund_id": 0, "number": number, "amount": 500, "refunded": 500, "total": 1200,
        "currency": "GBP", "digits": 2,
    }  # fmt: skip
    assert state(backend, key) == (500, 700, Axis.PART)
    found = backend.read(sale_billing, made.id)
    assert (found.credited, found.refunded, found.to_pay_out, found.paid) == (1200, 500, 700, 1800)
    do(backend, pay_out(key, 700, "cash"))
    assert (state(backend, key), to_pay_out(backend)) == ((1200, 0, Axis.ALL), 0)
    refunds = backend.read(details.credit_detail, key).refunds
    assert [(one.amount, one.method, one.reference, one.person, one.can_undo) for one in refunds] == [
        (500, "card", "BACS 7", "Mary Manager", True), (700, "cash", "", "Mary Manager", True),
    ]  # fmt: skip
    refused(backend, pay_out(key, 1, "cash"), "credit_paid_out")


def test_notes_on_the_credit_and_on_its_sale(backend, owed):
    made, key = owed
    do(backend, pay_out(key, 500, "card", "BACS 7"))
    number = backend.read(details.credit_detail, key).number
    money = {"amount": 500, "currency": "GBP", "digits": 2, "method": "card", "reference": "BACS 7"}
    assert notes(backend, "SC", key)[-1] == ("paid_out", money)
    on_sale = ("paid_out", money | {"credit": {"id": key, "number": number}})
    assert notes(backend, "SO", made.id)[-1] == on_sale
    assert note_sentence(*on_sale) == f"Paid out £5.00 by card for credit {number}, BACS 7"


def test_what_a_refund_at_the_desk_left_open(backend):
    """A credit that was paid out in part when it was made."""
    _, key = a_credit(backend, refund=400)
    assert state(backend, key) == (400, 800, Axis.PART)
    error = refused(backend, pay_out(key, 801, "cash"), "payout_exceeds_credit")
    assert (error.params["left"], error.params["amount"]) == (800, 801)
    do(backend, pay_out(key, 800, "cash"))
    assert [one.can_undo for one in backend.read(details.credit_detail, key).refunds] == [
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("amount", "method", "reference", "code"),
    [
        (0, "cash", "", "refund_amount"), (-5, "cash", "", "refund_amount"),
        (AMOUNT_MAX + 1, "cash", "", "refund_amount"), (5, "  ", "", "payment_method"),
        (5, "x" * 41, "", "payment_method"), (5, "cash", "x" * 101, "payment_reference_long"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(backend, owed, amount, method, reference, code):
    refused(backend, pay_out(owed[1], amount, method, reference), code)


def test_an_unknown_credit_is_refused(backend):
    refused(backend, pay_out(987_654, 5, "cash"), "unknown_credit")


def test_more_than_was_paid_for_the_sale_is_asked_about(backend):
    made, key = a_credit(backend, paid="3.00")
    error = refused(backend, pay_out(key, 400, "cash"), "confirm:refund_above_paid")
    assert (error.params["left"], error.params["number"]) == (300, made.number)
    do(backend, pay_out(key, 300, "cash"))
    refused(backend, pay_out(key, 1, "cash"), "confirm:refund_above_paid")
    do(backend, pay_out(key, 900, "cash", confirmed=ABOVE))
    assert state(backend, key) == (1200, 0, Axis.ALL)


def test_the_same_command_twice_pays_once(backend, owed):
    """R3.12 for money: a retry after a lost connection gives the first result."""
    _, key = owed
    name, call = once(), pay_out(key, 500, "card")
    first, second = (backend.run(call, once=name) for _ in range(2))
    assert (first.result, second.repeated) == (second.result, True)
    assert state(backend, key) == (500, 700, Axis.PART)


def test_a_reference_is_known_once_per_credit(backend, owed):
    _, key = owed
    first = do(backend, pay_out(key, 100, "card", "BACS 7"))
    refused(backend, pay_out(key, 100, "card", "BACS 7"), "payout_known")
    _, other = a_credit(backend)
    do(backend, pay_out(other, 100, "card", "BACS 7"))
    backend.undo(first.journal_id, once=once())
    do(backend, pay_out(key, 100, "card", "BACS 7"))
    names = [one.reference for one in backend.read(details.credit_detail, key).refunds]
    assert names == ["BACS 7", "", "BACS 7"]


def test_undo_is_a_counter_entry(backend, owed):
    """As of a payment: nothing is deleted, the notes are struck, once."""
    made, key = owed
    done = do(backend, pay_out(key, 500, "card"))
    backend.undo(done.journal_id, once=once())
    assert state(backend, key) == (0, 1200, Axis.NONE)
    refunds = backend.read(details.credit_detail, key).refunds
    assert [(one.amount, one.can_undo, one.undone) for one in refunds] == [
        (500, False, True), (-500, False, False),
    ]  # fmt: skip
    for document, of in (("SC", key), ("SO", made.id)):
        kinds = [kind for kind, _ in notes(backend, document, of)]
        assert kinds[-2:] == ["paid_out", "payout_undone"]
        assert struck(backend, document, of)[-2:] == [True, False]
    with pytest.raises(Rejected) as error:
        backend.undo(done.journal_id, once=once())
    assert error.value.code == "already_undone"
    do(backend, pay_out(key, 1200, "cash"))
    assert state(backend, key) == (1200, 0, Axis.ALL)


def test_another_s_payout_is_taken_back_by_a_manager_only(backend, backend_as, owed):
    """R11.1."""
    _, key = owed
    done = do(backend, pay_out(key, 500, "card"))
    clerk = backend_as("clerk")
    with pytest.raises(NotAllowed):
        clerk.undo(done.journal_id, once=once())
    own = do(clerk, pay_out(key, 100, "cash"))
    clerk.undo(own.journal_id, once=once())
    assert state(backend, key) == (500, 700, Axis.PART)


def test_a_credit_of_no_known_sale_is_paid_out_too(backend):
    """A shop's refund without its receipt: nothing says what was paid, so nothing is asked."""
    from tests.helpers.tills import a_shop, back, credited, refund, refund_part, ring_up

    a_shop(backend)
    a_product(backend, "APPLE")
    given = refund("T9", None, [back(1, "", 2, sku="APPLE")])
    given["refund"] = refund_part("T9", None, [back(1, "", 2, sku="APPLE")], paid="0")
    ring_up(backend, given)
    key = credited(backend, "T9").id
    do(backend, pay_out(key, 1200, "cash"))
    assert state(backend, key) == (1200, 0, Axis.ALL)


def test_two_desks_at_once_pay_out_once(two_workstations):
    """R11.3: of two payouts that do not both fit, one is refused and told what is left."""
    first, second = two_workstations
    for turn in range(6):
        _, key = a_credit(first)
        amounts = (1200, 1200) if turn % 2 else (700, 800)
        answers = together(
            [
                lambda who=who, amount=amount, key=key: do(who, pay_out(key, amount, "cash"))
                for who, amount in zip((first, second), amounts, strict=True)
            ]
        )
        lost = [one for one in answers if isinstance(one, Exception)]
        assert len(lost) == 1
        assert lost[0].code == ("credit_paid_out" if turn % 2 else "payout_exceeds_credit")
        won = next(one for one in answers if one is not lost[0]).result["amount"]
        assert state(first, key)[0] == won
        query = select(t.refund.c.amount).where(t.refund.c.credit_id == key)
        with first.store.reading() as db:
            assert db.execute(query).scalars().all() == [won]


def test_two_credits_of_a_sale_at_once_ask_above_what_was_paid(two_workstations):
    """What was paid for the sale goes back once: its lock guards both credits."""
    first, second = two_workstations
    for _ in range(4):
        made = a_sale(first, [Row(a_product(first), 4, fulfilled=4, shipped=4)], paid="6.00")
        keys = [
            do(
                first, take_back(made.id, [TakeBack(made.rows[0], U, "unwanted", "restock")])
            ).result["credit_id"]
            for _ in range(2)
        ]
        answers = together(
            [
                lambda who=who, key=key: do(who, pay_out(key, 600, "cash"))
                for who, key in zip((first, second), keys, strict=True)
            ]
        )
        lost = [one for one in answers if isinstance(one, Exception)]
        assert [one.code for one in lost] == ["confirm:refund_above_paid"]
        assert sum(state(first, key)[0] for key in keys) == 600


def test_two_undo_one_payout_at_once(two_workstations):
    first, second = two_workstations
    _, key = a_credit(first)
    done = do(first, pay_out(key, 500, "cash"))
    answers = together(
        [
            lambda who=who: who.undo(done.journal_id, once=once()) for who in (first, first)
        ]
    )  # fmt: skip
    assert sum(isinstance(one, Exception) for one in answers) == 1
    assert state(second, key) == (0, 1200, Axis.NONE)
