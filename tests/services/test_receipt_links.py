"""An unknown code is linked to a line and counted at once (RCV-04, F4; R5.13, R11.1)."""

import pytest
from sqlalchemy import insert, select

from desktop_app.services import settings
from desktop_app.services.errors import NotAllowed, Rejected
from desktop_app.services.receipt_drafts import (
    Effect,
    ScanAnswer,
    discard,
    draft,
    receipt_of,
    scan,
    scan_log,
    set_line,
    start_or_continue,
    take_over,
    undo_last_scan,
)
from desktop_app.services.receipt_links import link_code
from desktop_app.services.receiving import receive
from desktop_app.services.rules.money import UNIT
from desktop_app.services.settings import SettingChange, save_settings, warehouse_scope
from desktop_app.services.store import tables as t
from tests.helpers import deliveries as d
from tests.helpers import foundation as f
from tests.helpers.builders import a_product, a_purchase_order, a_supplier, once
from tests.helpers.receipts import written

U = UNIT
CODE = "4006381333931"


@pytest.fixture
def world(backend):
    """PO: 30 pens, 2 mugs; another PO has 5 pens and a hat, whose barcode is known."""
    pen, mug = a_product(backend, "PEN"), a_product(backend, "MUG")
    hat = a_product(backend, "HAT", barcodes={"700001": 1})
    kestrel = a_supplier(backend, "Kestrel Outdoors")
    po = a_purchase_order(backend, kestrel, {pen: 30, mug: 2})
    return pen, mug, po, a_purchase_order(backend, kestrel, {hat: 5, pen: 5})


def begin(backend, po):
    return backend.run(start_or_continue(po.id), once=once()).result["draft_id"]


def link(backend, key, row, code=CODE, **more):
    return backend.run(link_code(key, code, row, **more), once=once())


def answer(backend, key, code=CODE):
    return ScanAnswer.of(backend.run(scan(key, code), once=once()).result)


def counted(backend, key):
    return [line.this_time // U for line in backend.read(draft, key).lines]


def barcodes(backend):
    with backend.store.reading() as db:
        return {
            row.code: (row.product_id, row.quantity // U) for row in db.execute(select(t.barcode))
        }


def refused(backend, call):
    """The code and parameters of the refusal; nothing was written."""
    before = written(backend), barcodes(backend)
    with pytest.raises(Rejected) as error:
        backend.run(call, once=once())
    assert (written(backend), barcodes(backend)) == before
    return error.value.code, error.value.params


def test_a_link_counts_what_was_refused_and_every_scan_after(backend, world):
    pen, _mug, po, other = world
    key = begin(backend, po)
    assert answer(backend, key).effect is Effect.UNKNOWN
    made = link(backend, key, po.rows[pen]).result
    assert made["linked"] == {"code": CODE, "sku": "PEN", "units": U}
    said = ScanAnswer.of(made["answer"])
    assert (said.effect, said.sku, said.added, said.this_time) == (Effect.COUNTED, "PEN", U, U)
    assert barcodes(backend)[CODE] == (pen, 1)
    assert answer(backend, key).this_time == 2 * U
    assert answer(backend, begin(backend, other)).sku == "PEN"
    log = [(x.code, x.effect, x.units // U) for x in backend.read(scan_log, key)]
    assert log == [(CODE, "counted", 1), (CODE, "counted", 1), (CODE, "unknown", 0)]
    assert d.notes(backend, "PO", po.id) == [f"Code {CODE} linked to PEN: a scan counts 1"]


def test_a_pack_and_a_number_typed_before_the_scan(backend, world):
    """RCV-05: one scan counts the pack, so many scans count so many packs."""
    pen, _mug, po, _other = world
    key = begin(backend, po)
    made = link(backend, key, po.rows[pen], units=6 * U, quantity=3 * U).result
    assert ScanAnswer.of(made["answer"]).added == 18 * U
    assert answer(backend, key).added == 6 * U
    assert counted(backend, key) == [24, 0]


def test_it_is_in_the_activity_log_with_who_and_what(backend_as, backend, world):
    """R11.2."""
    _pen, mug, po, _other = world
    clerk = backend_as("clerk")
    key = begin(clerk, po)
    made = link(clerk, key, po.rows[mug])
    with backend.store.reading() as db:
        row = db.execute(select(t.journal).where(t.journal.c.id == made.journal_id)).one()
    assert (row.command, row.person_id) == ("Link a code", clerk.actor.person_id)
    assert row.request == {"args": [key, CODE, po.rows[mug]]}
    assert row.result["linked"]["sku"] == "MUG"


def test_what_the_code_is_already_is_said(backend, world):
    pen, _mug, po, _other = world
    with backend.store.writes.begin() as db:
        db.execute(insert(t.location).values(warehouse_id=f.SHOP, code="S-1"))
    key = begin(backend, po)
    row = po.rows[pen]
    taken = lambda code: refused(backend, link_code(key, code, row))
    assert taken("700001") == (
        "code_of_product", {"scanned": "700001", "sku": "HAT", "name": "Product HAT"},
    )  # fmt: skip
    assert taken("hat") == ("code_is_item", {"scanned": "hat", "sku": "HAT", "name": "Product HAT"})
    assert taken("s-1") == ("code_is_bin", {"bin": "S-1", "warehouse": "Shop"})
    assert taken(f"PO {po.number}") == ("code_is_number", {"scanned": f"PO {po.number}"})
    assert taken("9" * 121) == ("code_too_long", {"most": 120})
    assert taken("  ") == ("code_missing", {})
    assert counted(backend, key) == [0, 0]
    assert link(backend, key, row, "9" * 120).result["linked"]["code"] == "9" * 120


def test_wrong_rows_and_quantities_are_refused(backend, world):
    pen, _mug, po, other = world
    key = begin(backend, po)
    row = po.rows[pen]
    assert refused(backend, link_code(key, CODE, other.rows[pen]))[0] == "row_of_another_order"
    assert refused(backend, link_code(key, CODE, row, 0))[0] == "quantity_not_positive"
    assert refused(backend, link_code(key, CODE, row, U // 2))[0] == "quantity_not_whole"
    assert refused(backend, link_code(key, CODE, row, U, -U))[0] == "quantity_not_positive"
    assert refused(backend, link_code(key + 99, CODE, row))[0] == "draft_gone"


def test_a_colleagues_count_takes_no_link(backend, backend_as, world):
    """RCV-02."""
    pen, _mug, po, _other = world
    key = begin(backend_as("clerk"), po)
    code, params = refused(backend, link_code(key, CODE, po.rows[pen]))
    assert (code, params) == ("draft_taken_over", {"by": "Cleo Clerk"})


def test_clerks_link_where_the_setting_lets_them(backend, backend_as, world):
    """R11.1: the setting is asked at the order's warehouse; buyers and managers always may."""
    pen, mug, po, _other = world
    clerk, buyer = backend_as("clerk"), backend_as("buyer")
    off = SettingChange(settings.CLERKS_LINK, False, warehouse_scope(f.MAIN))
    backend.run(save_settings([off]), once=once())
    key = begin(clerk, po)
    assert backend.read(draft, key).clerks_link is False
    before = written(backend), barcodes(backend)
    with pytest.raises(NotAllowed) as error:
        link(clerk, key, po.rows[pen])
    assert error.value.params == {"command": "Link a code", "needs": "link_codes"}
    assert (written(backend), barcodes(backend)) == before
    buyer.run(take_over(key), once=once())
    link(buyer, key, po.rows[pen])
    backend.run(
        save_settings([SettingChange(settings.CLERKS_LINK, None, warehouse_scope(f.MAIN))]),
        once=once(),
    )
    assert backend.read(draft, key).clerks_link is True
    clerk.run(take_over(key), once=once())
    link(clerk, key, po.rows[mug], "4006381333948")
    assert counted(backend, key) == [1, 1]


def test_sent_twice_it_is_linked_and_counted_once(backend, world):
    """RCV-12: what a killed program left is sent again with the same id."""
    pen, _mug, po, _other = world
    key, same = begin(backend, po), once()
    call = link_code(key, CODE, po.rows[pen])
    backend.run(call, once=same)
    assert backend.run(call, once=same).repeated
    assert counted(backend, key) == [1, 0]
    code, params = refused(backend, call)
    assert (code, params["sku"]) == ("code_of_product", "PEN")


def test_undo_takes_the_barcode_and_its_scan_away(backend, world):
    pen, _mug, po, _other = world
    key = begin(backend, po)
    made = link(backend, key, po.rows[pen], units=6 * U)
    assert counted(backend, key) == [6, 0]
    done = backend.undo(made.journal_id, once=once())
    assert done.result == {"code": CODE, "sku": "PEN"}
    assert CODE not in barcodes(backend)
    assert counted(backend, key) == [0, 0]
    assert [x.effect for x in backend.read(scan_log, key)] == ["undone", "counted"]
    assert answer(backend, key).effect is Effect.UNKNOWN
    assert d.notes(backend, "PO", po.id) == [f"[Code {CODE} linked to PEN: a scan counts 6]"]


def test_undo_after_the_scan_was_taken_back(backend, world):
    """F9 leaves the barcode; undo takes it away and takes nothing back twice."""
    pen, _mug, po, _other = world
    key = begin(backend, po)
    made = link(backend, key, po.rows[pen])
    answer(backend, key, "PEN")
    backend.run(undo_last_scan(key), once=once())
    backend.run(undo_last_scan(key), once=once())
    assert CODE in barcodes(backend)
    backend.undo(made.journal_id, once=once())
    assert CODE not in barcodes(backend)
    assert counted(backend, key) == [0, 0]


@pytest.mark.parametrize("here", [True, False])
def test_undo_is_refused_once_something_was_counted_with_it(backend, world, here):
    pen, _mug, po, other = world
    key = begin(backend, po)
    made = link(backend, key, po.rows[pen])
    at, number = (key, po.number) if here else (begin(backend, other), other.number)
    answer(backend, at)
    before = written(backend), barcodes(backend)
    with pytest.raises(Rejected) as error:
        backend.undo(made.journal_id, once=once())
    assert error.value.code == "code_counted_since"
    assert error.value.params == {"scanned": CODE, "sku": "PEN", "number": number}
    assert (written(backend), barcodes(backend)) == before
    backend.run(undo_last_scan(at), once=once())
    backend.undo(made.journal_id, once=once())
    assert counted(backend, key) == [0, 0]


def test_undo_is_refused_after_the_line_was_set_by_hand(backend, world):
    """Taking the scan out from under a count that was typed would leave less than nothing."""
    pen, _mug, po, _other = world
    key = begin(backend, po)
    made = link(backend, key, po.rows[pen])
    backend.run(set_line(key, po.rows[pen], 0), once=once())
    with pytest.raises(Rejected, match="code_counted_since"):
        backend.undo(made.journal_id, once=once())
    assert counted(backend, key) == [0, 0]


def test_undo_after_the_count_is_gone(backend, world):
    """Received: refused, until that note is undone. Discarded: the barcode goes."""
    pen, mug, po, _other = world
    key = begin(backend, po)
    made = link(backend, key, po.rows[pen])
    note = backend.run(receive(receipt_of(backend.read(draft, key))), once=once())
    with pytest.raises(Rejected) as error:
        backend.undo(made.journal_id, once=once())
    assert error.value.code == "code_received_since"
    assert error.value.params == {"scanned": CODE, "sku": "PEN", "number": 1}
    backend.undo(note.journal_id, once=once())
    backend.undo(made.journal_id, once=once())
    assert CODE not in barcodes(backend)
    key = begin(backend, po)
    made = link(backend, key, po.rows[mug])
    backend.run(discard(key), once=once())
    backend.undo(made.journal_id, once=once())
    assert CODE not in barcodes(backend)


def test_undo_of_a_barcode_that_is_gone_says_so(backend, world):
    pen, _mug, po, _other = world
    key = begin(backend, po)
    made = link(backend, key, po.rows[pen])
    with backend.store.writes.begin() as db:
        db.execute(t.barcode.delete().where(t.barcode.c.code == CODE))
    with pytest.raises(Rejected, match="code_not_linked"):
        backend.undo(made.journal_id, once=once())
    assert counted(backend, key) == [1, 0]


def test_a_link_takes_a_fixed_number_of_statements(backend, statements_sent):
    acme, counts = a_supplier(backend), []
    for size in (1, 40):
        items = [a_product(backend) for _ in range(size)]
        po = a_purchase_order(backend, acme, dict.fromkeys(items, 9))
        key = begin(backend, po)
        with statements_sent.counting() as sent:
            link(backend, key, po.rows[items[-1]], f"{CODE}-{size}")
        counts.append(sent.count)
    assert counts[0] == counts[1], str(sent)
