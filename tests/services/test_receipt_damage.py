"""Damaged units: on the order they are received, in stock they are quarantined (RCV-07, R1.1, R5.1)."""

from dataclasses import replace

import pytest
from sqlalchemy import delete, select

from desktop_app.services.corrections import CorrectionRequest, correct
from desktop_app.services.errors import Conflict, Rejected
from desktop_app.services.purchase_details import purchase_detail
from desktop_app.services.purchase_papers import goods_in_papers
from desktop_app.services.receipt_damage import mark_damaged
from desktop_app.services.receipt_drafts import (
    Damage,
    discard,
    draft,
    receipt_of,
    scan,
    scan_log,
    set_line,
    start_or_continue,
    take_over,
    undo_last_scan,
    whole_line,
)
from desktop_app.services.receipt_undo import undo_preview, undo_row
from desktop_app.services.receiving import RowRaise, allocation_preview, receive
from desktop_app.services.rules.money import UNIT
from desktop_app.services.store import tables as t
from tests.helpers import deliveries as d
from tests.helpers import foundation as f
from tests.helpers.builders import Row, a_product, a_purchase_order, a_sale, a_supplier, once
from tests.helpers.receipts import written

U = UNIT


@pytest.fixture
def world(backend):
    """PO: 10 pens and 2 mugs; a sale waits for 9 pens."""
    pen, mug = a_product(backend, "PEN"), a_product(backend, "MUG")
    waits = a_sale(backend, [Row(pen, 9)])
    po = a_purchase_order(backend, a_supplier(backend, "Kestrel Outdoors"), {pen: 10, mug: 2})
    return pen, mug, po, waits


def begin(backend, po):
    return backend.run(start_or_continue(po.id), once=once()).result["draft_id"]


def count(backend, key, code, units=1):
    backend.run(scan(key, code, units * U), once=once())


def mark(backend, key, row, units, reason="broken", text=""):
    return backend.run(mark_damaged(key, row, units * U, reason, text), once=once()).result[
        "damaged"
    ]


def line(backend, key, place=0):
    return backend.read(draft, key).lines[place]


def request(backend, key, **more):
    return replace(receipt_of(backend.read(draft, key)), **more)


def level(backend, product):
    """In stock, allocated, quarantined, and so on hand (R1.1)."""
    with backend.store.reading() as db:
        row = db.execute(select(t.stock_level).where(t.stock_level.c.product_id == product)).one()
    return row.in_stock // U, row.allocated // U, row.quarantined // U


def refused(backend, call):
    before = written(backend)
    with pytest.raises(Rejected) as error:
        backend.run(call, once=once())
    assert written(backend) == before
    return error.value.code


def test_damaged_units_are_received_and_promised_to_nobody(backend, world):
    """RCV-07: the order is complete, the sale gets what is good, the rest is quarantined."""
    pen, mug, po, waits = world
    key = begin(backend, po)
    count(backend, key, "PEN", 10)
    count(backend, key, "MUG", 2)
    assert mark(backend, key, po.rows[pen], 3) == {
        "po_row_id": po.rows[pen], "sku": "PEN", "reason": "broken", "units": 3 * U, "total": 3 * U,
    }  # fmt: skip
    counted = line(backend, key)
    assert (counted.this_time, counted.damaged) == (10 * U, 3 * U)
    asked = request(backend, key)
    shown = backend.read(allocation_preview, asked)
    assert (shown.units, shown.allocated, shown.quarantined) == (12 * U, 7 * U, 3 * U)
    first = shown.rows[0]
    assert (first.allocated, first.free, first.quarantined) == (7 * U, 0, 3 * U)
    assert first.damage == (Damage("broken", 3 * U),)
    made = backend.run(receive(replace(asked, agreed=shown.fingerprint)), once=once()).result
    assert (made["units"], made["allocated"], made["quarantined"]) == (12 * U, 7 * U, 3 * U)
    assert level(backend, pen) == (10, 7, 3)
    assert level(backend, mug) == (2, 0, 0)
    assert d.received(backend, po) == [(10, 10), (2, 2)]
    assert d.allocated(backend, waits) == [7]
    assert d.notes(backend, "PO", po.id) == [
        f"Received 12 units on goods-in note 1, 3 of them damaged, in quarantine: PEN 3 (broken);"
        f" allocated 7 to #{waits.number}"
    ]
    with backend.store.reading() as db:
        moved = db.execute(select(t.movement).where(t.movement.c.product_id == pen)).all()
        kinds = dict(db.execute(select(t.location.c.id, t.location.c.kind)).all())
    assert sorted((kinds[x.location_id], x.quantity // U, x.reason) for x in moved) == [
        ("quarantine", 3, "broken"), ("stock", 7, ""),
    ]  # fmt: skip


def test_several_reasons_on_a_line_each_set_on_its_own(backend, world):
    pen, _mug, po, _waits = world
    key, row = begin(backend, po), world[2].rows[pen]
    count(backend, key, "PEN", 8)
    mark(backend, key, row, 3)
    mark(backend, key, row, 2, "other", " fell off the lorry ")
    assert mark(backend, key, row, 1) == {
        "po_row_id": row, "sku": "PEN", "reason": "broken", "units": U, "total": 3 * U,
    }  # fmt: skip
    marked = (Damage("broken", U), Damage("other: fell off the lorry", 2 * U))
    assert line(backend, key).damage == marked
    backend.run(receive(request(backend, key)), once=once())
    assert level(backend, pen) == (8, 5, 3)
    note = backend.read(purchase_detail, po.id).goods_in[0]
    (paper,) = backend.read(goods_in_papers, [note.id])
    assert sorted(
        (x.place, x.units // U, x.free, x.quarantined, x.reason) for x in paper.lines
    ) == [
        ("GOODS-IN", 5, 0, False, ""),
        ("QUARANTINE", 1, 0, True, "broken"),
        ("QUARANTINE", 2, 0, True, "other: fell off the lorry"),
    ]
    rows = note.rows
    assert [(x.quantity // U, x.quarantined, x.reason) for x in rows] == [
        (5, False, ""), (1, True, "broken"), (2, True, "other: fell off the lorry"),
    ]  # fmt: skip


def test_f9_takes_a_mark_back_and_the_log_shows_it(backend, world):
    """RCV-12: entry by entry, as every scan."""
    pen, _mug, po, _waits = world
    key, row = begin(backend, po), world[2].rows[pen]
    count(backend, key, "PEN", 4)
    mark(backend, key, row, 2, "wet")
    mark(backend, key, row, 1, "wet")
    undone = backend.run(undo_last_scan(key), once=once()).result["undone"]
    assert (undone["effect"], undone["units"], undone["sku"]) == ("damaged", -U, "PEN")
    assert line(backend, key).damage == (Damage("wet", 2 * U),)
    backend.run(undo_last_scan(key), once=once())
    assert (line(backend, key).this_time, line(backend, key).damage) == (4 * U, ())
    log = [
        (x.effect, x.units // U, x.damaged // U, x.reason, x.undone)
        for x in backend.read(scan_log, key)
    ]
    assert log == [
        ("undone", 0, 0, "", False), ("undone", 0, 0, "", False), ("damaged", 0, -1, "wet", True),
        ("damaged", 0, 2, "wet", True), ("counted", 4, 0, "", False),
    ]  # fmt: skip
    backend.run(undo_last_scan(key), once=once())
    assert line(backend, key).this_time == 0


def test_no_more_is_damaged_than_is_counted(backend, world):
    pen, _mug, po, _waits = world
    key, row = begin(backend, po), world[2].rows[pen]
    count(backend, key, "PEN", 4)
    assert refused(backend, mark_damaged(key, row, 5 * U, "broken")) == "damaged_above_counted"
    mark(backend, key, row, 3)
    assert refused(backend, mark_damaged(key, row, 2 * U, "wet")) == "damaged_above_counted"
    assert refused(backend, set_line(key, row, 2 * U)) == "damaged_above_counted"
    backend.run(set_line(key, row, 3 * U), once=once())
    backend.run(whole_line(key, row), once=once())
    assert (line(backend, key).this_time, line(backend, key).damaged) == (10 * U, 3 * U)


def test_wrong_marks_are_refused(backend, world):
    pen, mug, po, _waits = world
    key, row = begin(backend, po), po.rows[pen]
    service = a_product(backend, "SERVICE", kind="service")
    other = a_purchase_order(backend, a_supplier(backend), {service: 1})
    count(backend, key, "PEN", 4)
    for code, call in (
        ("unknown_reason", mark_damaged(key, row, U, "ugly")),
        ("reason_missing", mark_damaged(key, row, U, "other", "  ")),
        ("text_too_long", mark_damaged(key, row, U, "other", "x" * 161)),
        ("quantity_not_positive", mark_damaged(key, row, -U, "broken")),
        ("quantity_not_whole", mark_damaged(key, row, U // 2, "broken")),
        ("damaged_above_counted", mark_damaged(key, po.rows[mug], U, "broken")),
        ("row_of_another_order", mark_damaged(key, other.rows[service], U, "broken")),
        ("draft_gone", mark_damaged(key + 99, row, U, "broken")),
        ("damage_not_stocked", mark_damaged(begin(backend, other), other.rows[service], U, "wet")),
    ):
        assert refused(backend, call) == code
    assert mark(backend, key, row, 0)["total"] == 0
    assert [x.effect for x in backend.read(scan_log, key)] == ["counted"]


def test_it_survives_and_goes_over_to_a_colleague(backend, backend_as, world):
    """RCV-02, RCV-12: who takes over receives the damaged units as they were marked."""
    pen, _mug, po, _waits = world
    clerk = backend_as("clerk")
    key, row = begin(clerk, po), po.rows[pen]
    count(clerk, key, "PEN", 4)
    mark(clerk, key, row, 1, "expired")
    assert refused(backend, mark_damaged(key, row, U, "wet")) == "draft_taken_over"
    backend.run(take_over(key), once=once())
    assert refused(clerk, mark_damaged(key, row, 2 * U, "wet")) == "draft_taken_over"
    mark(backend, key, row, 1, "wet")
    assert line(backend, key).damage == (Damage("expired", U), Damage("wet", U))
    backend.run(receive(request(backend, key)), once=once())
    assert level(backend, pen) == (4, 2, 2)
    with backend.store.reading() as db:
        assert db.execute(select(t.receipt_damage)).all() == []


def test_discarding_the_count_takes_the_marks_along(backend, world):
    pen, _mug, po, _waits = world
    key = begin(backend, po)
    count(backend, key, "PEN", 2)
    mark(backend, key, po.rows[pen], 2)
    backend.run(discard(key), once=once())
    assert line(backend, begin(backend, po)).damage == ()


def test_what_was_marked_since_the_preview_is_not_lost(backend, world):
    """R11.3: what is posted is what was counted, damaged units as such."""
    pen, _mug, po, _waits = world
    key, row = begin(backend, po), po.rows[pen]
    count(backend, key, "PEN", 4)
    before = request(backend, key)
    mark(backend, key, row, 1)
    after = request(backend, key)
    with pytest.raises(Conflict, match="draft_changed"):
        backend.run(receive(before), once=once())
    backend.run(undo_last_scan(key), once=once())
    kept = written(backend)
    with pytest.raises(Conflict, match="draft_changed"):
        backend.run(receive(after), once=once())
    assert written(backend) == kept


def test_extras_set_aside_leave_the_damaged_ones_among_the_received(backend, world):
    """R5.3: 12 counted of 10, 11 damaged; raised, all are received."""
    pen, _mug, po, _waits = world
    key, row = begin(backend, po), po.rows[pen]
    count(backend, key, "PEN", 12)
    mark(backend, key, row, 11)
    aside = request(backend, key)
    assert [(x.units // U, x.reason) for x in aside.rows] == [(10, "broken")]
    raised = receipt_of(backend.read(draft, key), raises=[RowRaise(row, 12 * U)])
    assert [(x.units // U, x.reason) for x in raised.rows] == [(1, ""), (11, "broken")]
    backend.run(receive(aside), once=once())
    assert level(backend, pen) == (10, 0, 10)


def test_units_scanned_into_quarantine_are_the_damaged_ones(backend, world):
    """A bin of the kind quarantine holds what is scanned there; the mark says why."""
    pen, _mug, po, _waits = world
    key, row = begin(backend, po), po.rows[pen]
    count(backend, key, "QUARANTINE")
    count(backend, key, "PEN", 2)
    count(backend, key, "GOODS-IN")
    count(backend, key, "PEN", 3)
    mark(backend, key, row, 2, "wet")
    backend.run(receive(request(backend, key)), once=once())
    assert level(backend, pen) == (5, 3, 2)


def test_a_warehouse_without_quarantine_gets_one(backend, world):
    pen, _mug, po, _waits = world
    with backend.store.writes.begin() as db:
        apart = t.location.c.kind == "quarantine", t.location.c.warehouse_id == f.MAIN
        db.execute(delete(t.location).where(*apart))
    key = begin(backend, po)
    assert backend.read(draft, key).quarantine_id is None
    count(backend, key, "PEN", 2)
    mark(backend, key, po.rows[pen], 1)
    backend.run(receive(request(backend, key)), once=once())
    assert level(backend, pen) == (2, 1, 1)


def test_undo_takes_the_damaged_units_back_too(backend, world):
    """R5.10: whole or by the row."""
    pen, _mug, po, waits = world
    key = begin(backend, po)
    count(backend, key, "PEN", 6)
    mark(backend, key, po.rows[pen], 2)
    done = backend.run(receive(request(backend, key)), once=once())
    apart = next(x for x in backend.read(purchase_detail, po.id).goods_in[0].rows if x.quarantined)
    backend.run(undo_row(apart.id), once=once())
    assert level(backend, pen) == (4, 4, 0)
    assert d.received(backend, po) == [(10, 4), (2, 0)]
    backend.undo(done.journal_id, once=once())
    assert level(backend, pen) == (0, 0, 0)
    assert d.received(backend, po) == [(10, 0), (2, 0)]
    assert d.notes(backend, "PO", po.id) == [
        f"[Received 6 units on goods-in note 1, 2 of them damaged, in quarantine: PEN 2 (broken);"
        f" allocated 4 to #{waits.number}]",
        "Goods-in note 1 undone: 2 units to come again, 2 of them out of quarantine",
        f"Goods-in note 1 undone: 4 units to come again; released from #{waits.number} (4)",
    ]


def test_undo_is_refused_once_they_have_left_quarantine(backend, world):
    pen, _mug, po, _waits = world
    key = begin(backend, po)
    count(backend, key, "PEN", 6)
    mark(backend, key, po.rows[pen], 2)
    done = backend.run(receive(request(backend, key)), once=once())
    place = backend.read(draft, begin(backend, po)).quarantine_id
    thrown = CorrectionRequest(f.MAIN, pen, -U, "damaged", place)
    backend.run(correct(thrown), once=once())
    assert level(backend, pen) == (5, 4, 1)
    shown = backend.read(undo_preview, done.result["goods_in"]["id"])
    assert [(x.kind, x.sku, x.units) for x in shown.blockers] == [("quarantine", "PEN", U)]
    before = written(backend)
    with pytest.raises(Rejected, match="receipt_in_use"):
        backend.undo(done.journal_id, once=once())
    assert written(backend) == before


def test_a_mark_takes_a_fixed_number_of_statements(backend, statements_sent):
    acme, counts = a_supplier(backend), []
    for size in (1, 40):
        items = [a_product(backend) for _ in range(size)]
        po = a_purchase_order(backend, acme, dict.fromkeys(items, 9))
        key = begin(backend, po)
        for row in po.rows.values():
            backend.run(whole_line(key, row), once=once())
            mark(backend, key, row, 1)
        with statements_sent.counting() as marking:
            mark(backend, key, po.rows[items[-1]], 2)
        asked = request(backend, key)
        with statements_sent.counting() as receiving:
            backend.run(receive(asked), once=once())
        counts.append((marking.count, receiving.count))
    assert counts[0] == counts[1]
