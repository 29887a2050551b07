"""Receive stock through its page: real key events, exact words, notes, draft resumed (ux 3.4)."""

import csv

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMessageBox

from desktop_app.models.receive_flow import Step
from desktop_app.models.scan_answer import CardTone, ScanEvent
from desktop_app.services.backend import Backend
from desktop_app.views.print_dialog import PrintDialog
from desktop_app.views.receive_log import ScanLog
from tests.helpers import builders as b
from tests.helpers import deliveries as d
from tests.helpers.docks import Dock, delivery, dock, scans

__all__ = ["delivery", "dock", "scans"]

UNIT = 10_000


def listed(dock):
    orders = dock.page.find_panel.orders
    lines = [orders.line(at) for at in range(orders.rowCount())]
    return [x.title or f"PO {x.order.number} | {x.says}" for x in lines]


def test_step_1_lists_what_is_due_and_finds_by_product(dock, delivery):
    """RCV-01."""
    assert dock.page.focusWidget() is dock.page.find_panel.field
    assert listed(dock) == [
        "Due today",
        f"PO {delivery.order.number} | 15 units in 2 lines",
        f"PO {delivery.other.number} | 5 units in 1 line",
    ]
    dock.type("kestrel")
    dock.settle(lambda: listed(dock)[0] == "2 orders for “kestrel”")
    dock.page.find_panel.clear()
    dock.burst(d.ROPE)
    dock.settle(lambda: dock.page.flow.step is Step.SCAN)
    assert dock.page.flow.draft.number == delivery.other.number
    assert dock.page.heading.text() == f"Receive PO {delivery.other.number} · Kestrel Outdoors"
    assert dock.page.title == dock.page.heading.text()


def test_an_order_opens_with_the_keyboard(dock, delivery):
    dock.key(Qt.Key.Key_Down)
    assert dock.page.focusWidget() is dock.page.find_panel.list
    dock.key(Qt.Key.Key_Return)
    dock.settle(lambda: dock.page.flow.step is Step.SCAN)
    assert dock.page.focusWidget() is dock.page.scan_panel.field
    dock.key(Qt.Key.Key_F10)
    assert dock.page.flow.step is Step.FIND


def test_a_drop_ship_order_says_why(dock, backend, delivery):
    """RCV-02."""
    sale = delivery.sales[0]
    kestrel = b.a_supplier(backend, "Direct Ltd")
    order = b.a_purchase_order(
        backend, kestrel, {delivery.stove: 1}, drop_ship=1, sale_id=sale.id, warehouse=None
    )  # fmt: skip
    dock.type(str(order.number))
    dock.key(Qt.Key.Key_Return)
    dock.settle(dock.page.notice.isVisible)
    assert dock.page.notice.label.text() == (
        f"PO {order.number} cannot be received. Drop-ship: it goes straight to the customer,"
        " nothing to receive here."
    )
    assert dock.page.flow.step is Step.FIND


def test_a_burst_counts_and_the_card_says_so(dock, delivery):
    """RCV-04, PR-03: verdict by word and colour, digits, and a sound of its own."""
    dock.open(delivery.order)
    dock.sounds.clear()
    field = dock.page.scan_panel.field
    dock.burst(d.STOVE)
    assert (dock.card.word, dock.card.head, dock.card.big, dock.card.beside) == (
        "Counted", "STOVE-GAS", "1", "of 12",
    )  # fmt: skip
    assert dock.card.tone is CardTone.ACCEPTED
    assert field.text() == ""
    dock.burst("4006381333931")
    assert (dock.card.word, dock.card.head, dock.card.tone) == (
        "Unknown code", "4006381333931", CardTone.REFUSED,
    )  # fmt: skip
    dock.burst(d.BIN)
    assert dock.card.head == "→ B-04-2"
    assert dock.sounds == [ScanEvent.COUNTED, ScanEvent.UNKNOWN, ScanEvent.BIN]
    assert dock.page.scan_panel.progress.text() == "1 of 15 counted"
    assert dock.page.saved.text().startswith("draft saved ")
    assert (
        dock.page.scan_panel.card.accessibleDescription()
        == "Bin, → B-04-2, What you scan next goes there."
    )


def test_a_typed_number_says_how_often_the_scan_counts(dock, delivery):
    """RCV-05: digits typed slowly and a scan; `24*`; a number and Enter."""
    dock.open(delivery.order)
    dock.type("3")
    dock.burst(d.STOVE)
    assert (dock.card.big, dock.card.delta) == ("3", "+3")
    dock.type("2*")
    dock.key(Qt.Key.Key_Return)
    assert dock.page.scan_panel.many.text() == "Next scan counts 2  ·  Esc"
    dock.burst(d.TENT)
    assert (dock.card.big, dock.card.delta) == ("2", "+2")
    assert not dock.page.scan_panel.many.isVisible()
    dock.type("4")
    dock.key(Qt.Key.Key_Return)
    assert dock.page.scan_panel.many.isVisible()
    dock.key(Qt.Key.Key_Escape)
    assert not dock.page.scan_panel.many.isVisible()
    dock.burst(d.STOVE)
    assert dock.card.big == "4"
    dock.type("stove-gas")
    dock.key(Qt.Key.Key_Return)
    dock.settle(lambda: dock.card.big == "5")


def test_a_quantity_is_typed_into_its_line(dock, delivery):
    """RCV-05: arrow to the line and type."""
    dock.open(delivery.order)
    dock.key(Qt.Key.Key_Down)
    table = dock.page.scan_panel.table
    assert dock.page.focusWidget() is table
    dock.key(Qt.Key.Key_Down)
    dock.type("2")
    editor = table.findChild(QLineEdit)
    assert editor is not None
    assert editor.text() == "2"
    QTest.keyClick(editor, Qt.Key.Key_Return)
    dock.settle(lambda: dock.page.flow.counted == 2 * UNIT)
    assert [x.this_time // UNIT for x in dock.page.flow.lines] == [0, 2]
    assert (dock.card.word, dock.card.head) == ("Count set", "TENT-2P")


def test_whole_line_undo_save_and_leave(dock, delivery):
    dock.open(delivery.order)
    dock.burst(d.STOVE)
    dock.key(Qt.Key.Key_F8)
    assert (dock.card.word, dock.card.big) == ("Line complete", "12")
    dock.key(Qt.Key.Key_F9)
    assert dock.card.word == "Last scan taken back"
    assert dock.page.flow.counted == UNIT
    dock.key(Qt.Key.Key_F10)
    assert dock.page.flow.step is Step.FIND
    dock.settle(lambda: listed(dock)[0] == "Continue counting")
    assert (
        listed(dock)[1] == f"PO {delivery.order.number} | 1 of 15 counted · Mary Manager, just now"
    )


def test_f7_counts_the_order_that_has_the_product(dock, delivery):
    dock.open(delivery.order)
    dock.burst(d.STOVE)
    dock.burst(d.ROPE)
    assert (
        dock.card.sub == f"Not counted. It is on PO {delivery.other.number}: F7 counts that order."
    )
    dock.key(Qt.Key.Key_F7)
    dock.settle(lambda: dock.page.flow.draft.po_id == delivery.other.id)


def test_the_queue_beside_the_card_is_live(dock, delivery):
    """RCV-09: oldest first, who gets how much, what stays free, where the tick comes from."""
    dock.open(delivery.order)
    queue = dock.page.scan_panel.queue
    assert queue.free.text() == "Scan the first item to see who gets it."
    dock.type("7")
    dock.burst(d.STOVE)
    first, second = delivery.sales
    assert queue.head.text() == "Who gets STOVE-GAS"
    assert [(t.number, t.units // UNIT, t.needed // UNIT) for t in queue.turns.rows()] == [
        (first.number, 5, 5),
        (second.number, 2, 4),
    ]
    assert queue.allocate.hint.text() == "On by default in Purchase settings"
    assert queue.free.text() == "Free stock 0"
    dock.type("5")
    dock.burst(d.STOVE)
    assert queue.free.text() == "Free stock 3"
    queue.allocate.button.click()
    dock.settle(lambda: dock.page.flow.preview is not None and not dock.page.flow.preview.allocate)
    assert queue.turns.rows() == ()
    assert queue.free.text() == "Nobody: 12 stay free stock."
    assert queue.allocate.hint.text() == "Chosen for this delivery"


def test_the_whole_way_to_the_note_and_back(dock, backend, delivery):
    """RCV-10, RCV-11: sections, one button that says all, result, undo."""
    dock.open(delivery.order)
    dock.type("13")
    dock.burst(d.STOVE)
    dock.burst(d.TENT)
    dock.key(Qt.Key.Key_F12)
    assert dock.page.flow.step is Step.ALLOCATE
    allocate = dock.page.allocate_panel
    assert allocate.summary.text() == "10 of 13 units go to 2 sales"
    assert allocate.free.text() == "Free stock after: STOVE-GAS 3"
    dock.key(Qt.Key.Key_F12)
    dock.settle(lambda: dock.page.flow.preview is not None)
    confirm = dock.page.confirm_panel
    assert confirm.received.figure.text() == "13 units, 2 products"
    assert confirm.extra.figure.text() == "1 more than ordered"
    assert confirm.short.figure.text() == "2 in 1 line"
    assert confirm.short.detail.text() == "TENT-2P 2"
    assert confirm.allocated.figure.text() == "10 units to 2 sales"
    assert confirm.commit.text() == "Receive 13 units and allocate 10 to 2 sales"
    combo = next(iter(confirm.extras.values()))
    assert [combo.itemText(at) for at in range(combo.count())] == [
        "Set aside, not received",
        "Raise PO line to 13 and receive",
    ]
    dock.type("DN 4711")
    dock.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    dock.settle(lambda: dock.page.flow.step is Step.DONE)
    done = dock.page.done_panel
    assert done.head.text() == "Goods-in note 1"
    assert done.sub.text() == "Received 13 units, 10 allocated to 2 sales"
    assert done.served_head.text() == "2 sales now fully allocated"
    assert done.remains.text() == f"2 units remain to come on PO {delivery.order.number}"
    assert done.rest.text() == "TENT-2P 2\nSet aside, not received: STOVE-GAS 1"
    assert [d.allocated(backend, sale) for sale in delivery.sales] == [[5], [4, 1]]
    done.print.click()  # RCV-10: the goods are put away by it
    (paper,) = [one for one in QApplication.topLevelWidgets() if isinstance(one, PrintDialog)]
    dock.settle(lambda: paper.pages.text() == "1 page")
    assert [(one.number, one.units // UNIT) for one in paper.papers] == [(1, 13)]
    assert paper.title.text() == "Print 1 goods-in note"
    paper.reject()
    dock.page.activateWindow()
    numbers = [sale.number for sale in delivery.sales]
    assert d.notes(backend, "PO", delivery.order.id) == [
        f"Received 13 units on goods-in note 1; allocated 5 to #{numbers[0]}, 5 to #{numbers[1]}"
    ]
    assert dock.undos[-1][0] == "Received 13 units on goods-in note 1, 10 allocated to 2 sales"
    dock.page.done_panel.undo.click()
    dock.settle(lambda: done.sub.text().startswith("Undone"))
    assert done.sub.text() == "Undone: 13 units on order again, 10 released from 2 sales"
    assert d.received(backend, delivery.order) == [(12, 0), (3, 0)]
    assert [d.allocated(backend, sale) for sale in delivery.sales] == [[0], [0, 0]]
    assert not done.undo.isEnabled()
    assert not done.print.isEnabled()
    dock.key(Qt.Key.Key_F12)
    assert dock.page.flow.step is Step.FIND


def test_example_of_rule_5_12_by_hand(backend, background, qtbot, scans):
    """R5.12: receive 6: 4, 2, 0; receive 4: +2, +2; the words are those on the orders."""
    product = b.a_product(backend, "P", barcodes={"5000000000001": 1})
    supplier = b.a_supplier(backend, costs={product: "1.00"})
    sales = [b.a_sale(backend, [b.Row(product, needed)]) for needed in (4, 4, 3)]
    order = b.a_purchase_order(backend, supplier, {product: 10})
    one, two, three = (sale.number for sale in sales)
    clerk = Dock(backend, background, qtbot, scans)
    for units, words in (
        ("6", "Receive 6 units and allocate 6 to 2 sales"),
        ("4", "Receive 4 units and allocate 4 to 2 sales"),
    ):
        clerk.open(order)
        clerk.type(units)
        clerk.burst("5000000000001")
        clerk.review()
        assert clerk.page.confirm_panel.commit.text() == words
        clerk.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        clerk.settle(lambda: clerk.page.flow.step is Step.DONE)
        clerk.key(Qt.Key.Key_F12)
    assert [d.allocated(backend, sale) for sale in sales] == [[4], [4], [2]]
    assert d.notes(backend, "PO", order.id) == [
        f"Received 6 units on goods-in note 1; allocated 4 to #{one}, 2 to #{two}",
        f"Received 4 units on goods-in note 2; allocated 2 to #{two}, 2 to #{three}",
    ]
    assert d.notes(backend, "SO", sales[1].id) == [
        f"Allocated 2 × P from PO {order.number}, goods-in note 1",
        f"Allocated 2 × P from PO {order.number}, goods-in note 2",
    ]


def test_a_raise_is_a_buyers(backend_as, background, qtbot, scans, backend, delivery):
    """R5.3, R11.1: a clerk sees the choice grey, with who may."""
    clerk = Dock(backend_as("clerk"), background, qtbot, scans)
    clerk.open(delivery.order)
    clerk.type("13")
    clerk.burst(d.STOVE)
    clerk.review()
    confirm = clerk.page.confirm_panel
    combo = next(iter(confirm.extras.values()))
    assert combo.itemText(1) == "Raise PO line to 13 and receive – needs buyer or manager"
    assert not combo.model().item(1).isEnabled()
    assert confirm.short_choice.itemText(1) == "Close, will not come – needs buyer or manager"
    assert not confirm.short_choice.model().item(1).isEnabled()


def test_a_changed_allocation_is_shown_first(dock, backend, delivery):
    """PR-05."""
    dock.open(delivery.order)
    dock.type("6")
    dock.burst(d.STOVE)
    dock.review()
    older = b.a_sale(backend, [b.Row(delivery.stove, 2)], placed_at=b.f.AT.replace(year=2025))
    dock.page.confirm_panel.commit.click()
    dock.settle(dock.page.confirm_panel.differs.isVisible)
    first, second = delivery.sales
    assert dock.page.confirm_panel.differs.label.text() == (
        "The allocation changed since you looked. Nothing was received yet. Now:\n"
        f"• #{older.number} gets 2 × STOVE-GAS: new in the queue\n"
        f"• #{first.number} gets 4 × STOVE-GAS, not 5\n"
        f"• #{second.number} gets 0 × STOVE-GAS, not 1"
    )
    assert dock.page.confirm_panel.commit.text() == "Receive 6 units and allocate 6 to 2 sales"
    assert d.received(backend, delivery.order) == [(12, 0), (3, 0)]


def test_the_same_paper_twice_is_refused_beside_the_sections(dock, backend, delivery):
    """R5.1: the reference is unique per order."""
    dock.open(delivery.order)
    dock.burst(d.STOVE)
    dock.page.flow.set_reference("DN 1")
    dock.review()
    dock.page.confirm_panel.commit.click()
    dock.settle(lambda: dock.page.flow.step is Step.DONE)
    dock.key(Qt.Key.Key_F12)
    dock.open(delivery.order)
    dock.burst(d.STOVE)
    dock.page.flow.set_reference("DN 1")
    dock.review()
    dock.page.confirm_panel.commit.click()
    dock.settle(dock.page.notice.isVisible)
    assert dock.page.notice.label.text() == (
        "Delivery note DN 1 was received already, on goods-in note 1."
        " Check the paper, or leave the field empty."
    )
    assert dock.page.flow.step is Step.CONFIRM
    assert dock.page.confirm_panel.commit.isEnabled()


def test_a_colleagues_count_is_read_only_until_taken_over(
    dock, backend_as, background, qtbot, scans, delivery
):
    """RCV-02, RCV-12."""
    dock.open(delivery.order)
    dock.type("7")
    dock.burst(d.STOVE)
    dock.page.hide()
    clerk = Dock(backend_as("clerk"), background, qtbot, scans)
    clerk.open(delivery.order)
    assert clerk.page.notice.label.text() == (
        "Mary Manager is counting this (7 of 15). Nothing you do here changes it."
    )
    clerk.burst(d.STOVE)
    assert clerk.page.flow.counted == 7 * UNIT
    assert not clerk.page.scan_panel.field.isEnabled()
    clerk.page.notice.buttons[0].click()
    clerk.settle(lambda: clerk.page.flow.mine)
    assert not clerk.page.notice.isVisible()
    clerk.burst(d.STOVE)
    assert clerk.card.big == "8"


def test_a_draft_is_found_again_after_the_program_was_killed(
    dock, backend, background, qtbot, scans, delivery
):
    """RCV-12: another program on the same database goes on where this one stopped."""
    dock.open(delivery.order)
    dock.burst(d.BIN)
    dock.type("5")
    dock.burst(d.STOVE)
    dock.page.hide()
    again = Dock(Backend.sign_in(backend.store, "mary", "another desk"), background, qtbot, scans)
    assert listed(again)[:2] == [
        "Continue counting",
        f"PO {delivery.order.number} | 5 of 15 counted · Mary Manager, just now",
    ]
    again.open(delivery.order)
    rows = again.page.scan_panel.lines
    assert [[rows.text(at, column) for column in (0, 4, 5)] for at in range(2)] == [
        ["STOVE-GAS", "5", "B-04-2"],
        ["TENT-2P", "0", "–"],
    ]


def test_a_scan_while_reviewing_counts_and_goes_back_to_the_card(dock, delivery):
    dock.open(delivery.order)
    dock.burst(d.STOVE)
    dock.review()
    assert dock.page.flow.step is Step.CONFIRM
    dock.burst(d.STOVE)
    assert dock.page.flow.step is Step.SCAN
    assert dock.card.big == "2"


def test_sound_can_be_switched_off(dock):
    assert dock.page.sound.accessibleName() == "Sound on"
    dock.page.sound.click()
    assert not dock.page.sounds.enabled
    assert dock.page.sound.accessibleName() == "Sound off"


def test_discarding_a_count_asks_because_it_cannot_be_undone(dock, delivery):
    dock.open(delivery.order)
    dock.type("3")
    dock.burst(d.STOVE)
    dock.page.discard.trigger()
    box = QApplication.activeModalWidget()
    assert isinstance(box, QMessageBox)
    assert box.text() == "3 units counted here would have to be counted again."
    assert {x.text() for x in box.buttons()} == {"Discard 3 units", "Keep counting"}
    next(x for x in box.buttons() if x.text() == "Keep counting").click()
    assert dock.page.flow.counted == 3 * UNIT
    dock.page.discard.trigger()
    next(
        x for x in QApplication.activeModalWidget().buttons() if x.text() == "Discard 3 units"
    ).click()
    dock.settle(lambda: dock.page.flow.step is Step.FIND)
    assert d.scans_of(dock.backend) == []


def test_the_scan_log_is_shown_and_written(dock, delivery, tmp_path):
    """RCV-12: time, code, effect."""
    dock.open(delivery.order)
    dock.burst(d.STOVE)
    dock.burst("4006381333931")
    dock.key(Qt.Key.Key_F9)
    log = ScanLog(dock.desk, dock.page.flow.draft)
    dock.qtbot.addWidget(log)
    dock.settle(lambda: log.head.text() == "3 entries")
    assert [(x.code, log.scans.text(at, 2)) for at, x in enumerate(log.scans.rows())] == [
        (d.STOVE, "took the last scan back"),
        ("4006381333931", "unknown code"),
        (d.STOVE, "counted, taken back"),
    ]
    log.write(tmp_path / "log.csv")
    with (tmp_path / "log.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["time", "code", "effect", "item", "units", "bin", "person"]
    assert rows[1][1:] == [d.STOVE, "counted, taken back", "STOVE-GAS", "1", "", "Mary Manager"]
    log.close()
