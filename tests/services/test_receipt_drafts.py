"""Counting a delivery: every scan is stored and answered (RCV-01, 02, 04, 05, 12; R5.13)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from desktop_app.services import settings
from desktop_app.services.backend import Backend
from desktop_app.services.errors import Conflict, Rejected
from desktop_app.services.receipt_drafts import (
    Effect,
    LineState,
    OrderRef,
    ScanAnswer,
    discard,
    draft,
    find,
    receipt_of,
    receivable,
    scan,
    scan_log,
    set_details,
    set_line,
    start_or_continue,
    take_over,
    undo_last_scan,
    whole_line,
)
from desktop_app.services.receiving import RowRaise, receive
from desktop_app.services.rules.money import UNIT
from desktop_app.services.settings import SettingChange, save_settings
from desktop_app.services.store import tables as t
from tests.helpers import foundation as f
from tests.helpers.builders import Row, a_product, a_purchase_order, a_sale, a_supplier, once

U = UNIT
TODAY = date(2026, 5, 20)


@pytest.fixture
def world(backend):
    """PO: 3 pens (barcode, and a box of 6), 2 mugs. Another PO has hats."""
    pen = a_product(backend, "PEN", barcodes={"500001": 1, "500006": 6})
    mug = a_product(backend, "MUG")
    hat = a_product(backend, "HAT", barcodes={"700001": 1})
    kestrel = a_supplier(backend, "Kestrel Outdoors")
    po = a_purchase_order(backend, kestrel, {pen: 3, mug: 2}, expected_on=TODAY)
    other = a_purchase_order(backend, kestrel, {hat: 5}, expected_on=TODAY - timedelta(days=4))
    return pen, mug, hat, po, other


def begin(backend, po):
    return backend.run(start_or_continue(po.id), once=once()).result["draft_id"]


def answer(backend, key, code, quantity=None):
    return ScanAnswer.of(backend.run(scan(key, code, quantity), once=once()).result)


def view(backend, key):
    return backend.read(draft, key)


def line(backend, key, place):
    return view(backend, key).lines[place]


def test_each_scan_adds_one_until_the_line_and_the_order_are_complete(backend, world):
    pen, mug, _hat, po, _other = world
    key = begin(backend, po)
    first = answer(backend, key, "500001")
    assert first == ScanAnswer(
        Effect.COUNTED, "500001", po.rows[pen], pen, "PEN", "Product PEN", added=U, this_time=U,
        ordered=3 * U, counted=U, to_count=5 * U,
    )  # fmt: skip
    assert answer(backend, key, "PEN").effect is Effect.COUNTED
    assert answer(backend, key, "pen").effect is Effect.LINE_COMPLETE
    assert answer(backend, key, "MUG").effect is Effect.COUNTED
    last = answer(backend, key, "MUG")
    assert last.effect is Effect.ORDER_COMPLETE
    assert (last.counted, last.to_count) == (5 * U, 5 * U)
    shown = view(backend, key)
    assert [(x.this_time, x.extra, x.state) for x in shown.lines] == [
        (3 * U, 0, LineState.DONE), (2 * U, 0, LineState.DONE),
    ]  # fmt: skip
    assert shown.counted == 5 * U


def test_one_more_than_ordered_is_kept_apart(backend, world):
    """R5.3: extras are counted apart, and wait for a decision."""
    _pen, mug, _hat, po, _other = world
    key = begin(backend, po)
    answer(backend, key, "MUG", 2 * U)
    over = answer(backend, key, "MUG")
    assert over.effect is Effect.EXTRA
    assert (over.added, over.extra, over.this_time) == (U, U, 2 * U)
    mugs = line(backend, key, 1)
    assert (mugs.this_time, mugs.extra, mugs.state) == (2 * U, U, LineState.EXTRA)
    shown = view(backend, key)
    assert (shown.counted, shown.extra) == (2 * U, U)
    kept = receipt_of(shown)
    assert [(row.po_row_id, row.units) for row in kept.rows] == [(po.rows[mug], 2 * U)]
    assert kept.set_aside == (po.rows[mug],)
    raised = receipt_of(shown, raises=[RowRaise(po.rows[mug], 3 * U)])
    assert [(row.po_row_id, row.units) for row in raised.rows] == [(po.rows[mug], 3 * U)]
    assert raised.set_aside == ()


def test_a_pack_counts_its_pack_and_what_is_too_much_is_extra(backend, world):
    _pen, _mug, _hat, po, _other = world
    key = begin(backend, po)
    box = answer(backend, key, "500006")
    assert (box.effect, box.added, box.this_time, box.extra) == (Effect.EXTRA, 6 * U, 3 * U, 3 * U)


def test_a_number_before_the_scan_is_so_many_scans(backend, world):
    _pen, _mug, _hat, po, _other = world
    key = begin(backend, po)
    assert answer(backend, key, "500001", 2 * U).added == 2 * U
    assert answer(backend, key, "500006", 2 * U).added == 12 * U


def test_unknown_and_foreign_codes_change_nothing_but_are_logged(backend, world):
    """R5.13, RCV-04."""
    _pen, _mug, hat, po, other = world
    key = begin(backend, po)
    before = view(backend, key).lines
    odd = answer(backend, key, "nonsense")
    assert (odd.effect, odd.po_row_id, odd.added) == (Effect.UNKNOWN, None, 0)
    foreign = answer(backend, key, "700001")
    assert foreign.effect is Effect.NOT_ON_ORDER
    assert foreign.orders == (OrderRef(other.id, other.number),)
    assert foreign.product_id == hat
    assert view(backend, key).lines == before
    log = backend.read(scan_log, key)
    assert [(x.code, x.effect, x.units) for x in log] == [
        ("700001", "not_on_order", 0), ("nonsense", "unknown", 0),
    ]  # fmt: skip


def test_a_bin_code_holds_for_what_follows(backend, world):
    pen, _mug, _hat, po, _other = world
    with backend.store.writes.begin() as db:
        bins = [
            db.execute(
                t.location.insert().values(warehouse_id=f.MAIN, code=code).returning(t.location.c.id)
            ).scalar_one()
            for code in ("A-01", "B-02")
        ]
    key = begin(backend, po)
    answer(backend, key, "PEN")
    first = answer(backend, key, "a-01")
    assert (first.effect, first.location) == (Effect.BIN, "A-01")
    assert answer(backend, key, "PEN").location == "A-01"
    assert answer(backend, key, "B-02").location == "B-02"
    answer(backend, key, "PEN")
    assert [(x.location_id, x.code, x.units) for x in line(backend, key, 0).places] == [
        (None, "", U), (bins[0], "A-01", U), (bins[1], "B-02", U),
    ]  # fmt: skip
    done = backend.run(receive(receipt_of(view(backend, key))), once=once()).result
    assert done["units"] == 3 * U
    moved = backend.read(
        lambda db: db.execute(
            select(t.movement.c.location_id).where(t.movement.c.product_id == pen).order_by(t.movement.c.id)
        ).scalars().all()
    )  # fmt: skip
    assert moved == [f.MAIN_BIN, bins[0], bins[1]]


def test_a_bin_of_another_warehouse_is_unknown(backend, world):
    _pen, _mug, _hat, po, _other = world
    with backend.store.writes.begin() as db:
        db.execute(t.location.insert().values(warehouse_id=f.SHOP, code="S-1"))
    key = begin(backend, po)
    assert answer(backend, key, "S-1").effect is Effect.UNKNOWN


def test_set_line_and_whole_line(backend, world):
    pen, mug, _hat, po, _other = world
    key = begin(backend, po)
    answer(backend, key, "PEN")
    down = ScanAnswer.of(backend.run(set_line(key, po.rows[pen], 2 * U), once=once()).result)
    assert (down.effect, down.added, down.this_time) == (Effect.COUNTED, U, 2 * U)
    none = ScanAnswer.of(backend.run(set_line(key, po.rows[pen], 0), once=once()).result)
    assert (none.added, none.this_time) == (-2 * U, 0)
    whole = ScanAnswer.of(backend.run(whole_line(key, po.rows[mug]), once=once()).result)
    assert (whole.effect, whole.this_time) == (Effect.LINE_COMPLETE, 2 * U)
    backend.run(whole_line(key, po.rows[pen]), once=once())
    assert view(backend, key).counted == 5 * U


def test_undo_goes_back_scan_by_scan(backend, world):
    """RCV-12, F9: past refusals, through sets and bins."""
    pen, _mug, _hat, po, _other = world
    key = begin(backend, po)
    answer(backend, key, "PEN")
    backend.run(set_line(key, po.rows[pen], 3 * U), once=once())
    answer(backend, key, "GOODS-IN")
    answer(backend, key, "nonsense")
    assert view(backend, key).location == "GOODS-IN"
    undone = backend.run(undo_last_scan(key), once=once()).result["undone"]
    assert (undone["code"], undone["effect"]) == ("GOODS-IN", "bin")
    assert view(backend, key).location_id is None
    undone = backend.run(undo_last_scan(key), once=once()).result["undone"]
    assert (undone["effect"], undone["units"], undone["sku"]) == ("set", 2 * U, "PEN")
    assert line(backend, key, 0).this_time == U
    backend.run(undo_last_scan(key), once=once())
    assert line(backend, key, 0).this_time == 0
    assert backend.run(undo_last_scan(key), once=once()).result == {"undone": None}


def test_only_who_counts_may_count(backend, backend_as, world):
    """RCV-02: a colleague sees whose it is, and takes it over."""
    _pen, _mug, _hat, po, _other = world
    clerk = backend_as("clerk")
    key = begin(clerk, po)
    answer(clerk, key, "PEN")
    opened = backend.run(start_or_continue(po.id), once=once()).result
    assert opened == {
        "draft_id": key, "person_id": clerk.actor.person_id, "person": "Cleo Clerk", "mine": False,
    }  # fmt: skip
    with pytest.raises(Rejected) as error:
        answer(backend, key, "PEN")
    assert (error.value.code, error.value.params) == ("draft_taken_over", {"by": "Cleo Clerk"})
    assert backend.run(take_over(key), once=once()).result == {"draft_id": key, "from": "Cleo Clerk"}
    assert answer(backend, key, "PEN").this_time == 2 * U
    with pytest.raises(Rejected, match="draft_taken_over"):
        answer(clerk, key, "PEN")
    with pytest.raises(Rejected, match="draft_taken_over"):
        clerk.run(discard(key), once=once())


def test_a_draft_survives_the_program(backend, world):
    """R5.13, RCV-12: closed and opened again, all is there."""
    _pen, _mug, _hat, po, _other = world
    key = begin(backend, po)
    answer(backend, key, "PEN", 2 * U)
    backend.run(set_details(key, reference=" DN-77 ", allocate=False), once=once())
    backend.store.reads.dispose()
    backend.store.writes.dispose()
    again = Backend.sign_in(backend.store, "mary")
    assert begin(again, po) == key
    shown = again.read(draft, key)
    assert (shown.counted, shown.reference, shown.allocate) == (2 * U, "DN-77", False)


def test_receiving_removes_the_draft(backend, world):
    _pen, _mug, _hat, po, _other = world
    key = begin(backend, po)
    answer(backend, key, "PEN")
    request = receipt_of(view(backend, key))
    backend.run(receive(request), once=once())
    with pytest.raises(Rejected, match="draft_gone"):
        view(backend, key)
    with pytest.raises(Rejected, match="draft_gone"):
        answer(backend, key, "PEN")
    with pytest.raises(Conflict, match="draft_gone"):
        backend.run(receive(request), once=once())
    assert backend.read(lambda db: db.execute(select(func.count()).select_from(t.receipt_scan)).scalar_one()) == 0


def test_a_draft_that_counted_on_is_not_posted_as_it_was(backend, world):
    """R11.3: what is posted is what was counted."""
    _pen, _mug, _hat, po, _other = world
    key = begin(backend, po)
    answer(backend, key, "PEN")
    request = receipt_of(view(backend, key))
    answer(backend, key, "PEN")
    with pytest.raises(Conflict, match="draft_changed"):
        backend.run(receive(request), once=once())
    backend.run(undo_last_scan(key), once=once())
    backend.run(undo_last_scan(key), once=once())
    with pytest.raises(Conflict, match="draft_changed"):
        backend.run(receive(request), once=once())


def test_extras_must_be_decided(backend, world):
    """R5.3: confirming waits until each is set aside or its row is raised."""
    _pen, mug, _hat, po, _other = world
    key = begin(backend, po)
    answer(backend, key, "MUG", 3 * U)
    request = receipt_of(view(backend, key))
    with pytest.raises(Rejected) as error:
        backend.run(receive(replace(request, set_aside=())), once=once())
    assert (error.value.code, error.value.items) == ("extras_undecided", (po.rows[mug],))
    assert backend.run(receive(request), once=once()).result["units"] == 2 * U


def test_the_allowance_counts_as_what_may_come(backend, world):
    """R5.3: *allow up to N %* is not extra."""
    pen = a_product(backend, "TEN")
    po = a_purchase_order(backend, a_supplier(backend), {pen: 10})
    backend.run(save_settings([SettingChange(settings.OVER_PERCENT, 15)]), once=once())
    key = begin(backend, po)
    full = answer(backend, key, "TEN", 11 * U)
    assert (full.effect, full.this_time, full.extra) == (Effect.ORDER_COMPLETE, 11 * U, 0)
    over = answer(backend, key, "TEN")
    assert (over.effect, over.this_time, over.extra) == (Effect.EXTRA, 11 * U, U)


@pytest.mark.parametrize(
    ("quantity", "code"),
    [(0, "quantity_not_positive"), (-U, "quantity_not_positive"), (U // 2, "quantity_not_whole"),
     (10**18, "quantity_not_positive")],
)  # fmt: skip
def test_wrong_quantities_are_refused(backend, world, quantity, code):
    pen, _mug, _hat, po, _other = world
    key = begin(backend, po)
    with pytest.raises(Rejected) as error:
        answer(backend, key, "PEN", quantity)
    assert error.value.code == code
    assert backend.read(scan_log, key) == ()
    with pytest.raises(Rejected):
        backend.run(set_line(key, po.rows[pen], quantity or -1), once=once())
    assert backend.read(scan_log, key) == ()


def test_scanning_the_same_command_twice_counts_once(backend, world):
    _pen, _mug, _hat, po, _other = world
    key = begin(backend, po)
    same = once()
    backend.run(scan(key, "PEN"), once=same)
    assert backend.run(scan(key, "PEN"), once=same).repeated
    assert view(backend, key).counted == U


def test_discard(backend, world):
    _pen, _mug, _hat, po, _other = world
    key = begin(backend, po)
    answer(backend, key, "PEN")
    assert backend.run(discard(key), once=once()).result == {"po_id": po.id, "units": U}
    assert view(backend, begin(backend, po)).counted == 0


def test_step_one_lists_drafts_due_late_and_later(backend, world):
    """RCV-01: each order once."""
    _pen, mug, hat, po, other = world
    supplier = a_supplier(backend, "Penrose")
    waits = a_sale(backend, [Row(mug, 2)])
    later = a_purchase_order(
        backend, supplier, {mug: 2}, expected_on=TODAY + timedelta(days=1), pegs={waits.rows[0]: {mug: 2}}
    )
    undated = a_purchase_order(backend, supplier, {mug: 1}, state="draft")
    counted = a_purchase_order(backend, supplier, {mug: 7}, expected_on=TODAY)
    a_purchase_order(backend, supplier, {mug: 1}, state="cancelled", expected_on=TODAY)
    a_purchase_order(backend, supplier, {mug: 1}, drop_ship=1, expected_on=TODAY)
    a_purchase_order(backend, supplier, {mug: 1}, opening_received={mug: 1}, expected_on=TODAY)
    shop = a_purchase_order(backend, supplier, {mug: 1}, warehouse=f.SHOP, expected_on=TODAY)
    key = begin(backend, counted)
    answer(backend, key, "MUG", 9 * U)
    found = backend.read(receivable, TODAY)
    numbers = lambda cards: [card.number for card in cards]
    assert numbers(found.drafts) == [counted.number]
    assert (found.drafts[0].counted, found.drafts[0].to_come) == (7 * U, 7 * U)
    assert found.drafts[0].counted_by == "Mary Manager"
    assert numbers(found.due) == [po.number, shop.number]
    assert numbers(found.late) == [other.number]
    assert numbers(found.later) == [later.number, undated.number]
    assert (found.later[0].sales, found.later[0].lines) == (1, 1)
    assert numbers(backend.read(receivable, TODAY, f.SHOP).due) == [shop.number]


def test_find_by_number_supplier_product_and_reference(backend, world):
    _pen, _mug, _hat, po, other = world
    by = lambda text: [(x.by, x.hit, x.order.number, x.order.refusal) for x in backend.read(find, text)]
    assert by(str(po.number))[0] == ("number", str(po.number), po.number, "")
    assert by(f"PO{po.number:06d}") == [("number", str(po.number), po.number, "")]
    assert sorted(by("kestrel")) == sorted(
        ("supplier", "Kestrel Outdoors", x.number, "") for x in (po, other)
    )
    assert by("700001") == [("product", "HAT", other.number, "")]
    assert by("hat") == [("product", "HAT", other.number, "")]
    key = begin(backend, po)
    backend.run(set_details(key, reference="DN 9/1"), once=once())
    for row in po.rows.values():
        backend.run(whole_line(key, row), once=once())
    backend.run(receive(receipt_of(view(backend, key))), once=once())
    assert by("dn 9/1") == [("reference", "DN 9/1", po.number, "received")]
    drop = a_purchase_order(backend, a_supplier(backend, "Zed"), {world[0]: 1}, drop_ship=1)
    assert by(f"po {drop.number}") == [("number", str(drop.number), drop.number, "drop_ship")]
    assert by("100%") == []
    assert by("  ") == []


def test_what_cannot_be_received_cannot_be_counted(backend, world):
    """R5.2."""
    pen = world[0]
    acme = a_supplier(backend)
    for columns, code in (
        ({"state": "cancelled"}, "purchase_not_open"),
        ({"state": "closed"}, "purchase_not_open"),
        ({"drop_ship": 1}, "purchase_drop_ship"),
    ):
        po = a_purchase_order(backend, acme, {pen: 1}, **columns)
        with pytest.raises(Rejected, match=code):
            begin(backend, po)
    with pytest.raises(Rejected, match="unknown_purchase_order"):
        backend.run(start_or_continue(999_999), once=once())


def test_a_scan_takes_a_fixed_number_of_statements(backend, world, statements_sent):
    acme = a_supplier(backend)
    counts = []
    for size in (1, 50):
        items = [a_product(backend) for _ in range(size)]
        po = a_purchase_order(backend, acme, dict.fromkeys(items, 9))
        sku = backend.read(lambda db, p=items[-1]: db.execute(select(t.product.c.sku).where(t.product.c.id == p)).scalar_one())
        key = begin(backend, po)
        answer(backend, key, sku)
        with statements_sent.counting() as sent:
            answer(backend, key, sku)
        counts.append(sent.count)
    assert counts[0] == counts[1], str(sent)
    assert counts[0] <= 20
