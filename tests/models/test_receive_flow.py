"""The flow of receiving without its widgets: steps, answers, draft, decisions (ux 3.4, rules 5)."""

import time

import pytest
from sqlalchemy import select

from desktop_app.models.receipt_decisions import Extra, Short
from desktop_app.models.receive_flow import BOUNCE_MS, ReceiveFlow, Step
from desktop_app.models.scan_answer import CardTone, ScanEvent
from desktop_app.services import receipt_drafts, settings
from desktop_app.services.backend import Backend
from desktop_app.services.errors import Rejected, Unavailable
from desktop_app.services.settings import SettingChange, save_settings
from desktop_app.services.store import tables as t
from tests.helpers import builders as b
from tests.helpers import deliveries as d

UNIT = 10_000


class Watched:
    """A flow with what it said; `settle` waits for the store and the preview."""

    def __init__(self, backend, background, qtbot):
        self.qtbot, self.background = qtbot, background
        self.desk = d.a_desk(backend, background)
        self.at = 100.0
        self.flow = ReceiveFlow(self.desk, clock=lambda: self.at)
        self.desk.hub.changed.connect(self.flow.changed)
        self.answers, self.refused, self.differs = [], [], []
        self.flow.answered.connect(self.answers.append)
        self.flow.refused.connect(self.refused.append)
        self.flow.differs.connect(lambda: self.differs.append(1))

    def settle(self, until=lambda: True):
        def quiet():
            return (
                not self.background.busy
                and not self.flow.unsaved
                and not self.flow._soon.isActive()
                and until()
            )

        self.qtbot.waitUntil(quiet, timeout=5000)

    def open(self, order):
        self.flow.open_order(order.id)
        self.settle(lambda: self.flow.step is Step.SCAN)

    def scan(self, code, many=None):
        self.at += 1
        self.flow.quantity = None if many is None else many * UNIT
        self.flow.scan(code)
        self.settle()
        return self.answers[-1]

    def line(self, product):
        return next(line for line in self.flow.lines if line.product_id == product)


@pytest.fixture
def delivery(backend):
    return d.a_delivery(backend)


@pytest.fixture
def counting(backend, background, qtbot, delivery):
    watched = Watched(backend, background, qtbot)
    watched.open(delivery.order)
    return watched


def test_opening_an_order_begins_a_draft_and_goes_to_the_scans(counting, delivery):
    flow = counting.flow
    assert flow.step is Step.SCAN
    assert (flow.draft.number, flow.mine, flow.counted) == (delivery.order.number, True, 0)
    assert [(x.sku, x.ordered // UNIT, x.this_time) for x in flow.lines] == [
        ("STOVE-GAS", 12, 0),
        ("TENT-2P", 3, 0),
    ]
    assert flow.why_not(Step.ALLOCATE) == "Nothing is counted yet."
    assert not flow.go(Step.CONFIRM)


def test_the_eight_answers_of_a_scan(counting, delivery):
    """RCV-04: event, ground, words and digits; only what is on the order counts."""
    scan = counting.scan

    def said(answer):
        return (
            answer.event,
            answer.tone,
            answer.word,
            answer.head,
            answer.big,
            answer.beside,
            answer.delta,
        )

    assert said(scan(d.STOVE)) == (
        ScanEvent.COUNTED, CardTone.ACCEPTED, "Counted", "STOVE-GAS", "1", "of 12", "+1",
    )  # fmt: skip
    assert said(scan(d.BIN)) == (ScanEvent.BIN, CardTone.BIN, "Bin", "→ B-04-2", "", "", "")
    pack = scan(d.STOVE_SIX)
    assert said(pack)[2:] == ("Counted", "STOVE-GAS", "7", "of 12", "+6")
    assert pack.sub == "→ B-04-2   Trail stove"
    done = scan(d.TENT, many=3)
    assert said(done) == (
        ScanEvent.LINE_DONE, CardTone.ACCEPTED, "Line complete", "TENT-2P", "3", "of 3", "+3",
    )  # fmt: skip
    whole = scan(d.STOVE, many=5)
    assert said(whole)[:3] == (ScanEvent.ALL_DONE, CardTone.ACCEPTED, "All 15 counted")
    extra = scan(d.STOVE)
    assert said(extra) == (
        ScanEvent.EXTRA, CardTone.EXTRA, "1 extra – more than ordered", "STOVE-GAS", "13", "of 12", "+1",
    )  # fmt: skip
    other = scan(d.ROPE)
    assert said(other)[:4] == (
        ScanEvent.NOT_ON_ORDER, CardTone.EXTRA, f"Not on PO {delivery.order.number}", "ROPE-60",
    )  # fmt: skip
    assert other.sub == f"Not counted. It is on PO {delivery.other.number}: F7 counts that order."
    assert counting.flow.elsewhere == delivery.other.id
    unknown = scan("4006381333931")
    assert said(unknown)[:4] == (
        ScanEvent.UNKNOWN,
        CardTone.REFUSED,
        "Unknown code",
        "4006381333931",
    )
    assert counting.flow.counted == 15 * UNIT
    assert (counting.line(delivery.stove).this_time, counting.line(delivery.stove).extra) == (
        12 * UNIT,
        UNIT,
    )


def test_an_unknown_code_is_linked_to_a_line_and_counted(counting, backend, delivery):
    """F4, RCV-04: stored as a barcode, counted as often as the refused scan was to count."""
    done = []
    counting.desk.done.connect(lambda text, journal: done.append((text, journal)))
    assert counting.scan("4006381333931", many=2).sub == (
        "Nothing was counted. F4 links it to a line."
    )
    assert (counting.flow.unknown.code, counting.flow.unknown.many) == ("4006381333931", 2 * UNIT)
    tent = counting.line(delivery.tent).po_row_id
    counting.flow.link(tent, UNIT)
    counting.settle()
    said = counting.answers[-1]
    assert (said.event, said.head, said.big, said.delta) == (
        ScanEvent.COUNTED, "TENT-2P", "2", "+2",
    )  # fmt: skip
    assert counting.flow.unknown is None
    assert [text for text, _ in done] == ["4006381333931 linked to TENT-2P"]
    assert counting.scan("4006381333931").event is ScanEvent.LINE_DONE
    counting.flow.undo_last()
    counting.settle()
    counting.desk.undo(done[0][1])
    counting.settle(lambda: counting.line(delivery.tent).this_time == 0)
    assert counting.scan("4006381333931").event is ScanEvent.UNKNOWN
    assert not counting.refused


def test_only_the_code_of_the_red_card_can_be_linked(counting, delivery):
    """The next scan takes the offer away; linking nothing does nothing."""
    counting.scan("4006381333931")
    counting.scan(d.STOVE)
    assert counting.flow.unknown is None
    counting.flow.link(counting.line(delivery.tent).po_row_id, UNIT)
    counting.settle()
    assert counting.flow.counted == UNIT


def test_a_link_waits_in_the_queue_while_the_database_is_away(
    counting, backend, monkeypatch, delivery
):
    """RCV-12: in order with the scans, sent again with its id, done once."""
    counting.scan("4006381333931")
    real, sent = backend.run, []

    def away(call, *, once, progress=None):
        sent.append((call.name, once))
        if len(sent) == 1:
            real(call, once=once)  # it was done, but the answer was lost on the way
        if len(sent) <= 2:
            raise Unavailable("database_unavailable", reason="away")
        return real(call, once=once, progress=progress)

    monkeypatch.setattr(backend, "run", away)
    counting.flow._queue._retry.setInterval(20)
    counting.flow.link(counting.line(delivery.tent).po_row_id, UNIT)
    counting.at += 1
    counting.flow.scan(d.STOVE)
    counting.settle(lambda: len(sent) > 3)
    assert [name for name, _ in sent] == ["Link a code"] * 3 + ["Scan"]
    assert len({once for _, once in sent[:3]}) == 1
    assert [(x[0], x[1]) for x in d.scans_of(backend)] == [
        ("4006381333931", "unknown"), ("4006381333931", "counted"), (d.STOVE, "counted"),
    ]  # fmt: skip
    assert [x.this_time // UNIT for x in counting.flow.lines] == [1, 1]


def test_what_the_code_became_meanwhile_is_said(counting, backend, delivery):
    """R11.3: a colleague gave it to another product; nothing is counted."""
    counting.scan("4006381333931")
    b.a_product(backend, "LAMP", barcodes={"4006381333931": 1})
    counting.flow.link(counting.line(delivery.tent).po_row_id, UNIT)
    counting.settle(lambda: bool(counting.refused))
    assert [(e.code, e.params["sku"]) for e in counting.refused] == [("code_of_product", "LAMP")]
    assert counting.flow.counted == 0
    assert counting.scan("4006381333931").event is ScanEvent.NOT_ON_ORDER


def test_a_clerk_is_told_who_may_link(backend, backend_as, background, qtbot, delivery):
    """R11.1: with the setting off a buyer or manager links."""
    off = SettingChange(settings.CLERKS_LINK, False)
    backend.run(save_settings([off]), once=b.once())
    clerk = Watched(backend_as("clerk"), background, qtbot)
    clerk.open(delivery.order)
    assert not clerk.flow.may_link
    assert clerk.scan("4006381333931").sub == (
        "Nothing was counted. A buyer or manager can link it to a line."
    )
    clerk.flow.link(clerk.line(delivery.tent).po_row_id, UNIT)
    clerk.settle(lambda: bool(clerk.refused))
    assert [e.code for e in clerk.refused] == ["not_allowed"]
    assert clerk.flow.counted == 0


def test_damaged_units_are_marked_taken_back_and_received(counting, backend, delivery):
    """RCV-07: F11 sets them, F9 takes the mark back; they are received and promised to nobody."""
    stove = counting.line(delivery.stove).po_row_id
    counting.scan(d.STOVE, many=12)
    counting.flow.mark_damaged(stove, 2 * UNIT, "broken")
    counting.flow.mark_damaged(stove, UNIT, "other", "dented")
    counting.settle(lambda: counting.line(delivery.stove).damaged == 3 * UNIT)
    said = counting.answers[-1]
    assert (said.word, said.head, said.sub) == (
        "3 damaged", "STOVE-GAS", "Received, but kept in quarantine.",
    )  # fmt: skip
    counting.flow.undo_last()
    counting.settle(lambda: counting.line(delivery.stove).damaged == 2 * UNIT)
    assert counting.answers[-1].word == "Damage mark taken back"
    assert counting.line(delivery.stove).this_time == 12 * UNIT
    assert [(x.units // UNIT, x.reason) for x in counting.flow.request().rows] == [
        (10, ""), (2, "broken"),
    ]  # fmt: skip
    counting.flow.mark_damaged(stove, 7 * UNIT, "broken")
    counting.settle(lambda: counting.flow.preview.quarantined == 7 * UNIT)
    counting.flow.go(Step.CONFIRM)
    counting.settle()
    counting.flow.commit()
    counting.settle(lambda: counting.flow.step is Step.DONE)
    made = counting.flow.result
    assert (made.units, made.quarantined, made.allocated) == (12 * UNIT, 7 * UNIT, 5 * UNIT)
    assert [d.allocated(backend, sale) for sale in delivery.sales] == [[5], [0, 0]]
    assert d.received(backend, delivery.order) == [(12, 12), (3, 0)]


def test_no_more_can_be_damaged_than_is_counted(counting, delivery):
    counting.scan(d.STOVE, many=2)
    counting.flow.mark_damaged(counting.line(delivery.stove).po_row_id, 3 * UNIT, "wet")
    counting.settle(lambda: bool(counting.refused))
    assert [e.code for e in counting.refused] == ["damaged_above_counted"]
    assert counting.line(delivery.stove).damaged == 0


def test_damaged_units_go_over_to_a_colleague(counting, backend_as, background, qtbot, delivery):
    """RCV-02, RCV-12."""
    counting.scan(d.STOVE, many=4)
    counting.flow.mark_damaged(counting.line(delivery.stove).po_row_id, UNIT, "wet")
    counting.settle()
    clerk = Watched(backend_as("clerk"), background, qtbot)
    clerk.open(delivery.order)
    clerk.flow.take_over()
    clerk.settle(lambda: clerk.flow.mine)
    assert [(x.reason, x.units) for x in clerk.line(delivery.stove).damage] == [("wet", UNIT)]
    assert [x.reason for x in clerk.flow.request().rows] == ["", "wet"]


def test_the_same_code_at_once_is_a_bounce(counting, backend, delivery):
    counting.scan(d.STOVE)
    counting.at += BOUNCE_MS / 1000 - 0.01
    counting.flow.scan(d.STOVE)
    assert counting.answers[-1].event is ScanEvent.BOUNCE
    counting.at += BOUNCE_MS / 1000 + 0.01
    counting.flow.scan(d.STOVE)
    counting.settle()
    assert counting.line(delivery.stove).this_time == 2 * UNIT
    assert d.scans_of(backend) == [(d.STOVE, "counted", 1), (d.STOVE, "counted", 1)]


def test_every_scan_is_stored_and_found_again_by_another_program(
    counting, backend, background, qtbot, delivery
):
    """RCV-12: nothing counted is lost; the draft goes on where it was."""
    counting.scan(d.BIN)
    counting.scan(d.STOVE, many=7)
    counting.scan(d.TENT)
    assert counting.flow.saved_at is not None
    again = Watched(Backend.sign_in(backend.store, "mary", "another desk"), background, qtbot)
    again.open(delivery.order)
    assert again.flow.mine
    assert [(x.sku, x.this_time // UNIT, x.places[0].code) for x in again.flow.lines] == [
        ("STOVE-GAS", 7, "B-04-2"),
        ("TENT-2P", 1, "B-04-2"),
    ]


def test_a_whole_line_a_typed_count_and_the_last_one_taken_back(counting, delivery):
    stove = counting.line(delivery.stove).po_row_id
    counting.flow.whole_line(stove)
    counting.settle()
    assert counting.answers[-1].event is ScanEvent.LINE_DONE
    counting.flow.set_line(stove, 9 * UNIT)
    counting.settle()
    assert (counting.answers[-1].word, counting.answers[-1].big) == ("Count set", "9")
    assert counting.line(delivery.stove).this_time == 9 * UNIT
    counting.flow.undo_last()
    counting.settle()
    assert (counting.answers[-1].word, counting.answers[-1].head) == (
        "Last scan taken back",
        "STOVE-GAS",
    )
    assert counting.line(delivery.stove).this_time == 12 * UNIT
    counting.flow.undo_last()
    counting.flow.undo_last()
    counting.settle()
    assert counting.answers[-1].word == "Nothing to take back"
    assert counting.flow.counted == 0


def test_a_slow_store_is_answered_for_from_what_is_known(counting, background, delivery):
    """PR-01, RCV-12: the card comes at once, the store confirms it; one sound only."""
    background.write(counting.flow, lambda: time.sleep(0.4), lambda _: None)
    for code in (d.STOVE, d.STOVE_SIX, d.TENT, d.ROPE):
        counting.at += 1
        counting.flow.scan(code)
    at_once = [(x.event, x.word, x.head, x.big, x.delta) for x in counting.answers[1:]]
    assert at_once == [
        (ScanEvent.COUNTED, "Counted", "STOVE-GAS", "1", "+1"),
        (ScanEvent.COUNTED, "Counted", "STOVE-GAS", "7", "+6"),
        (ScanEvent.COUNTED, "Counted", "TENT-2P", "1", "+1"),
    ]
    assert counting.flow.unsaved == 4
    counting.qtbot.waitUntil(lambda: len(counting.answers) > 4, timeout=300)
    saving = counting.answers[4]
    assert (saving.event, saving.word, saving.head) == (ScanEvent.SAVING, "Saving", d.ROPE)
    counting.settle()
    assert [(x.event, x.quiet) for x in counting.answers[5:]] == [(ScanEvent.NOT_ON_ORDER, False)]
    assert [x.this_time // UNIT for x in counting.flow.lines] == [7, 1]


def test_what_is_said_at_once_is_what_the_store_says(counting, delivery):
    """The guess and the store agree on every kind of count, so nothing is said twice."""
    for code, many in ((d.STOVE, 11), (d.STOVE, 1), (d.STOVE_SIX, None), (d.TENT, 3), (d.TENT, 2)):
        before = len(counting.answers)
        counting.scan(code, many)
        said = counting.answers[before:]
        assert [x.quiet for x in said] == [False, True]
        first, stored = said
        assert (first.event, first.word, first.big, first.beside, first.delta) == (
            stored.event, stored.word, stored.big, stored.beside, stored.delta,
        )  # fmt: skip


def test_scans_wait_while_the_database_is_away_and_count_once(
    counting, backend, monkeypatch, delivery
):
    """RCV-12: the same command goes again with the same id; the order of scans is kept."""
    real, sent = backend.run, []

    def away(call, *, once, progress=None):
        sent.append((call.name, once))
        if len(sent) <= 2:
            if len(sent) == 1:
                real(call, once=once)  # it was done, but the answer was lost on the way
            raise Unavailable("database_unavailable", reason="away")
        return real(call, once=once, progress=progress)

    monkeypatch.setattr(backend, "run", away)
    counting.flow._queue._retry.setInterval(20)
    counting.at += 1
    counting.flow.scan(d.STOVE)
    counting.flow.scan(d.TENT)
    counting.qtbot.waitUntil(lambda: counting.flow.away_since is not None)
    assert counting.flow.unsaved == 2
    counting.settle()
    assert counting.flow.away_since is None
    assert len({once for _, once in sent}) == 2
    assert [x[:2] for x in d.scans_of(backend)] == [(d.STOVE, "counted"), (d.TENT, "counted")]
    assert counting.flow.counted == 2 * UNIT
    assert not counting.refused


def test_a_colleague_takes_over(counting, backend_as, background, qtbot, delivery):
    """RCV-02: read only until taken over; then the first one's scans are refused, not lost silently."""
    counting.scan(d.STOVE)
    clerk = Watched(backend_as("clerk"), background, qtbot)
    clerk.open(delivery.order)
    assert (clerk.flow.mine, clerk.flow.draft.person, clerk.flow.counted) == (
        False,
        "Mary Manager",
        UNIT,
    )
    clerk.flow.scan(d.STOVE)
    clerk.settle()
    assert clerk.flow.counted == UNIT
    assert clerk.flow.why_not(Step.CONFIRM) == "Mary Manager is counting this."
    clerk.flow.take_over()
    clerk.settle(lambda: clerk.flow.mine)
    assert clerk.scan(d.STOVE).big == "2"
    counting.at += 1
    counting.flow.scan(d.STOVE)
    counting.settle(lambda: bool(counting.refused))
    assert [(e.code, e.params) for e in counting.refused] == [
        ("draft_taken_over", {"by": "Cleo Clerk"})
    ]
    counting.settle(lambda: not counting.flow.mine)


def test_example_of_rule_5_12(backend, background, qtbot):
    product = b.a_product(backend, "P", barcodes={"5000000000001": 1})
    supplier = b.a_supplier(backend, costs={product: "1.00"})
    sales = [b.a_sale(backend, [b.Row(product, needed)]) for needed in (4, 4, 3)]
    order = b.a_purchase_order(backend, supplier, {product: 10})
    watched = Watched(backend, background, qtbot)

    def receive(units):
        watched.open(order)
        watched.scan("5000000000001", many=units)
        assert watched.flow.go(Step.CONFIRM)
        watched.settle(lambda: watched.flow.preview is not None)
        seen = [(x.number, x.units // UNIT) for x in watched.flow.preview.turns if x.units]
        watched.flow.commit()
        watched.settle(lambda: watched.flow.step is Step.DONE)
        made = watched.flow.result
        assert [
            (x.number, x.units // UNIT) for x in sorted(made.sales, key=lambda x: x.number)
        ] == seen
        assert watched.flow.go(Step.FIND)
        return made

    numbers = [sale.number for sale in sales]
    first = receive(6)
    assert (first.units, first.allocated, first.left_on_order) == (6 * UNIT, 6 * UNIT, 4 * UNIT)
    assert [(x.number, x.units // UNIT, x.fully) for x in first.sales] == [
        (numbers[0], 4, True),
        (numbers[1], 2, False),
    ]
    assert [d.allocated(backend, sale) for sale in sales] == [[4], [2], [0]]
    assert d.notes(backend, "PO", order.id) == [
        f"Received 6 units on goods-in note 1; allocated 4 to #{numbers[0]}, 2 to #{numbers[1]}"
    ]
    assert d.notes(backend, "SO", sales[0].id) == [
        f"Allocated 4 × P from PO {order.number}, goods-in note 1"
    ]
    assert d.notes(backend, "SO", sales[2].id) == []
    second = receive(4)
    assert [(x.number, x.units // UNIT) for x in second.sales] == [(numbers[1], 2), (numbers[2], 2)]
    assert [d.allocated(backend, sale) for sale in sales] == [[4], [4], [2]]
    assert d.received(backend, order) == [(10, 10)]
    assert second.left_on_order == 0


def test_without_allocation_the_units_are_free_and_no_sale_gets_a_note(counting, backend, delivery):
    """R5.4: the clerk's choice beats the setting and is kept in the draft."""
    counting.scan(d.STOVE, many=6)
    assert counting.flow.allocate
    assert not counting.flow.allocate_chosen
    counting.flow.set_allocate(False)
    counting.settle(
        lambda: counting.flow.preview is not None and not counting.flow.preview.allocate
    )
    assert backend.read(receipt_drafts.draft, counting.flow.draft.id).allocate is False
    counting.flow.go(Step.CONFIRM)
    counting.settle()
    counting.flow.commit()
    counting.settle(lambda: counting.flow.step is Step.DONE)
    assert counting.flow.result.allocated == 0
    assert [d.allocated(backend, sale) for sale in delivery.sales] == [[0], [0, 0]]
    assert d.notes(backend, "SO", delivery.sales[0].id) == []


def test_extras_are_set_aside_unless_the_row_is_raised(counting, backend, delivery):
    """R5.3, RCV-06."""
    counting.scan(d.STOVE, many=13)
    row = counting.line(delivery.stove).po_row_id
    assert counting.flow.decided.extras == {row: Extra.SET_ASIDE}
    assert counting.flow.request().set_aside == (row,)
    assert sum(x.units for x in counting.flow.request().rows) == 12 * UNIT
    counting.flow.decide_extra(row, Extra.RAISE)
    counting.settle(
        lambda: counting.flow.preview is not None and counting.flow.preview.units == 13 * UNIT
    )
    counting.flow.go(Step.CONFIRM)
    counting.settle()
    counting.flow.commit()
    counting.settle(lambda: counting.flow.step is Step.DONE)
    assert d.received(backend, delivery.order) == [(13, 13), (3, 0)]
    assert "STOVE-GAS raised from 12 to 13" in d.notes(backend, "PO", delivery.order.id)
    assert counting.flow.result.set_aside == ()


def test_what_is_short_can_be_closed(counting, backend, delivery):
    counting.scan(d.STOVE, many=2)
    counting.flow.set_reference("DN 4711")
    counting.flow.decide_short(Short.CLOSE, "discontinued")
    counting.flow.go(Step.CONFIRM)
    counting.settle(lambda: counting.flow.preview is not None)
    counting.flow.commit()
    counting.settle(lambda: counting.flow.step is Step.DONE)
    assert counting.flow.result.closed
    with backend.store.reading() as db:
        made = db.execute(select(t.goods_in)).one()
        order = db.execute(
            select(t.purchase_order).where(t.purchase_order.c.id == delivery.order.id)
        ).one()
    assert made.reference == "DN 4711"
    assert (order.state, order.to_come) == ("closed", 0)


def test_a_changed_queue_is_shown_before_anything_is_received(counting, backend, delivery):
    """PR-05: an older sale came back meanwhile; nothing is received until it is confirmed again."""
    counting.scan(d.STOVE, many=6)
    counting.flow.go(Step.CONFIRM)
    counting.settle(lambda: counting.flow.preview is not None)
    older = b.a_sale(backend, [b.Row(delivery.stove, 2)], placed_at=b.f.AT.replace(year=2025))
    counting.flow.commit()
    counting.settle(lambda: bool(counting.differs))
    assert counting.flow.step is Step.CONFIRM
    assert d.received(backend, delivery.order) == [(12, 0), (3, 0)]
    assert [(x.number, x.units // UNIT) for x in counting.flow.before.turns if x.units] == [
        (delivery.sales[0].number, 5),
        (delivery.sales[1].number, 1),
    ]
    counting.flow.commit()
    counting.settle(lambda: counting.flow.step is Step.DONE)
    assert d.allocated(backend, older) == [2]
    assert [d.allocated(backend, sale) for sale in delivery.sales] == [[4], [0, 0]]


def test_pressing_twice_receives_once(counting, backend, delivery):
    """R5.11."""
    counting.scan(d.TENT)
    counting.flow.go(Step.CONFIRM)
    counting.settle(lambda: counting.flow.preview is not None)
    counting.flow.commit()
    counting.flow.commit()
    counting.settle(lambda: counting.flow.step is Step.DONE)
    assert d.received(backend, delivery.order) == [(12, 0), (3, 1)]


def test_an_untouched_draft_is_not_left_behind(counting, backend):
    counting.flow.leave()
    counting.settle()
    with backend.store.reading() as db:
        assert db.execute(select(t.receipt_draft)).all() == []
    assert counting.flow.step is Step.FIND


def test_discarding_throws_the_scans_away(counting, backend):
    counting.scan(d.STOVE)
    counting.flow.discard()
    counting.settle()
    assert d.scans_of(backend) == []
    assert counting.flow.draft is None


def test_a_count_that_somebody_received_meanwhile_is_said(counting, backend):
    counting.scan(d.STOVE)
    backend.run(receipt_drafts.discard(counting.flow.draft.id), once=b.once())
    counting.at += 1
    counting.flow.scan(d.STOVE)
    counting.settle(lambda: counting.flow.step is Step.FIND)
    assert {e.code for e in counting.refused if isinstance(e, Rejected)} == {"draft_gone"}
