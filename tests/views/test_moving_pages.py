"""Transfers, corrections and counts by keys, scans and words (INV-02, INV-03, R8.1 to R8.3)."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop_app.services.access import Role
from desktop_app.services.rules.money import UNIT
from desktop_app.views.correction_dialog import CorrectionDialog
from desktop_app.views.count_page import PostCountDialog
from desktop_app.views.counts_page import StartCountDialog
from desktop_app.views.transfer_acts import CloseTransferDialog, ReceiveTransferDialog
from desktop_app.views.transfer_dialog import TransferDialog
from tests.views.test_accessible_names import unnamed
from tests.views.test_scans_in_dialogs import CODE, burst_everywhere, state, written

ON_HAND = """
    SELECT l.product_id, p.sku, l.warehouse_id FROM stock_level l JOIN product p ON p.id = l.product_id
    WHERE l.in_stock - l.allocated - l.quarantined >= 3 * 10000 ORDER BY p.sku LIMIT 5
"""


def level(program, product, place) -> tuple[int, int]:
    rows = program.read(
        "SELECT in_stock, allocated FROM stock_level WHERE product_id = :p AND warehouse_id = :w",
        p=product,
        w=place,
    )
    return tuple(part // UNIT for part in rows[0]) if rows else (0, 0)


def stock_at(program, sku):
    page = program.go("stock")
    page.find_field.setText(sku)
    page.show_filter(type(page.where)(text=sku))
    program.settle()
    row = next(at for at in range(page.table.rowCount()) if page.table.peek(at).sku == sku)
    page.view.go_to_row(row)
    program.settle()
    return page


def commit(program, dialog):
    program.until(dialog.button.isEnabled)
    program.press("Ctrl+Return")
    program.gone(dialog)
    program.settle()


def test_move_now_from_the_stock_page(program):
    product, sku, place = program.read(ON_HAND)[0]
    page = stock_at(program, sku)
    before = level(program, product, place)
    page.transfer_act.setFocus()
    program.press("Space")
    dialog = program.dialog(TransferDialog)
    program.settle()
    assert dialog.source.key() == place
    other = dialog.target.key()
    arrived = level(program, product, other)
    dialog._lines[product].field.setFocus()
    program.press("Up")
    program.press("Up")
    program.settle()
    names = (dialog.source.currentText(), dialog.target.currentText())
    assert dialog.button.text() == f"Move 3 units {names[0]} → {names[1]}"
    assert dialog._lines[product].source.text() == f"{before[0]} → {before[0] - 3}"
    assert dialog._lines[product].target.text() == f"{arrived[0]} → {arrived[0] + 3}"
    commit(program, dialog)
    assert level(program, product, place) == (before[0] - 3, before[1])
    assert level(program, product, other)[0] == arrived[0] + 3
    assert program.window.strip.words().startswith(f"Moved 3 units {names[0]} → {names[1]}")
    program.desk.undo_last()
    program.settle()
    assert (level(program, product, place), level(program, product, other)) == (before, arrived)


def test_more_than_on_hand_cannot_be_moved(program):
    product, sku, _place = program.read(ON_HAND)[0]
    stock_at(program, sku).transfer()
    dialog = program.dialog(TransferDialog)
    program.settle()
    dialog.set_units(product, 10_000)
    program.settle()
    assert not dialog.button.isEnabled()
    assert dialog.total.text() == f"Not so many of {sku} are on hand"
    dialog.reject()


def test_scans_add_lines_to_a_transfer_and_press_nothing(program):
    (_, sku, _), (other, other_sku, _) = program.read(ON_HAND)[:2]
    stock_at(program, sku).transfer()
    dialog = program.dialog(TransferDialog)
    program.settle()
    for _ in range(2):
        dialog.button.setFocus()
        program.scan(other_sku)
        program.settle()
    assert dialog._units[other] == 2 * UNIT
    before = written(program)
    program.scan(CODE)
    program.settle()
    assert (
        dialog.message.label.text()
        == f"“{CODE}” is no product, or more than one. Nothing was added."
    )
    assert (dialog.isVisible(), written(program)) == (True, before)
    dialog.reject()


def sent(program):
    """A transfer of three units that is on its way."""
    product, sku, place = program.read(ON_HAND)[0]
    stock_at(program, sku).transfer()
    dialog = program.dialog(TransferDialog)
    program.settle()
    dialog.set_units(product, 3)
    dialog.later.setChecked(True)
    program.settle()
    assert dialog.button.text().startswith("Send 3 units ")
    commit(program, dialog)
    page = program.go("transfers")
    page.view.go_to_row(0)
    if not page.pane.isVisible():
        page.toggle_pane()
    program.settle()
    return page, product, place


def test_a_transfer_is_received_in_part_and_the_rest_written_off(program):
    page, product, place = sent(program)
    line = page.table.peek(0)
    assert (line.in_transit, page.tabs.current()) == (3 * UNIT, "on_the_way")
    before = level(program, product, line.to_id)
    pane = page.transfer_pane
    assert [one.isEnabled() for one in (pane.receive_act, pane.cancel_act, pane.close_act)] == [
        True
    ] * 3
    pane.receive_act.setFocus()
    program.press("Space")
    dialog = program.dialog(ReceiveTransferDialog)
    program.settle()
    dialog.fields[product].setFocus()
    program.press("Down")
    program.settle()
    assert dialog.button.text() == f"Receive 2 units in {line.warehouse}"
    assert dialog.total.text() == "1 unit stay on the way"
    commit(program, dialog)
    assert level(program, product, line.to_id)[0] == before[0] + 2
    assert not pane.cancel_act.isEnabled()
    pane.close_rest()
    dialog = program.dialog(CloseTransferDialog)
    assert not dialog.button.isEnabled()
    dialog.reason.set_key("lost")
    dialog._settle()
    assert dialog.button.text() == "Write off 1 unit"
    commit(program, dialog)
    assert program.read("SELECT state FROM transfer") == [("closed",)]
    assert not pane.receive_act.isEnabled()


def test_a_transfer_is_cancelled(program):
    page, product, place = sent(program)
    before = level(program, product, place)
    page.transfer_pane.cancel_act.click()
    program.settle()
    assert level(program, product, place) == (before[0] + 3, before[1])
    assert program.read("SELECT state FROM transfer") == [("cancelled",)]


def a_promised_product(program):
    """Product, SKU, warehouse: all of its units there are promised to at least two sales."""
    return program.read(
        "SELECT r.product_id, p.sku, r.warehouse_id FROM sale_row r JOIN product p ON p.id = r.product_id"
        " WHERE r.reserved > 0 GROUP BY r.product_id, p.sku, r.warehouse_id"
        " HAVING count(DISTINCT r.sale_id) >= 2 ORDER BY p.sku LIMIT 1"
    )[0]


def corrected(program, sku, place):
    page = stock_at(program, sku)
    page.correct_act.setFocus()
    program.press("Space")
    dialog = program.dialog(CorrectionDialog)
    program.settle()
    dialog.place.set_key(place)
    dialog._read()
    program.settle()
    return dialog


def test_counted_and_change_show_each_other(program):
    product, sku, place = program.read(ON_HAND)[0]
    before = level(program, product, place)
    dialog = corrected(program, sku, place)
    dialog.change.setValue(2)
    assert dialog.counted.value() == before[0] + 2
    dialog.counted.setValue(before[0] + 1)
    assert (dialog.change.value(), dialog.change.text()) == (1, "+1")
    assert not dialog.button.isEnabled()
    assert dialog.button.toolTip() == "Choose a reason"
    dialog.reason.set_key("found")
    dialog._edited()
    program.settle()
    assert dialog.button.text() == "Correct by +1"
    assert dialog.total.text().startswith("Stock value +£")
    commit(program, dialog)
    assert level(program, product, place)[0] == before[0] + 1
    program.desk.undo_last()
    program.settle()
    assert level(program, product, place) == before


def test_who_loses_is_asked_and_the_newest_proposed(program):
    product, sku, place = a_promised_product(program)
    before = level(program, product, place)
    dialog = corrected(program, sku, place)
    dialog.counted.setValue(before[1] - 1)
    dialog.reason.set_key("damaged")
    dialog._edited()
    program.settle()
    program.until(dialog.button.isEnabled)
    program.press("Ctrl+Return")
    program.until(dialog.losing.isVisible)
    assert level(program, product, place) == before
    fields = list(dialog.losing._fields.values())
    assert [one.value() for one in fields][:2] == [1, 0]
    assert dialog.button.text().endswith(", taking 1 unit from 1 sale")
    fields[0].setValue(0)
    assert not dialog.button.isEnabled()
    fields[1].setValue(1)
    (loser,) = dialog.losing.chosen()
    reserved = program.number("SELECT reserved FROM sale_row WHERE id = :row", row=loser)
    commit(program, dialog)
    assert level(program, product, place) == (before[1] - 1, before[1] - 1)
    assert (
        program.number("SELECT reserved FROM sale_row WHERE id = :row", row=loser)
        == reserved - UNIT
    )


def a_count(program, what="nothing"):
    page = program.go("counts")
    page.new.setFocus()
    program.press("Space")
    dialog = program.dialog(StartCountDialog)
    program.settle()
    dialog.what.set_key(what)
    dialog._settle()
    commit(program, dialog)
    return program.window.stack.currentWidget()


def test_scans_count_on_the_count_page_and_posting_corrects(program):
    product, sku, place = program.read(ON_HAND)[0]
    page = a_count(program)
    if page.line.warehouse_id != place:
        place = page.line.warehouse_id
    before = level(program, product, place)
    page.field.setFocus()
    program.scan(sku)
    program.settle()
    assert page.card.answer.big == "1"
    page.post_act.setFocus()
    program.scan(sku)
    program.settle()
    assert (page.card.answer.head, page.card.answer.big) == (sku, "2")
    program.scan(CODE)
    program.settle()
    assert page.card.answer.word == "Unknown code"
    page.view.go_to_row(0)
    page.view.setFocus()
    program.press("Return")
    program.settle()
    assert page.set_field.lineEdit().hasFocus() or page.set_field.hasFocus()
    page.set_field.setValue(before[0] + 5)
    program.press("Return")
    program.settle()
    row = page.table.peek(0)
    assert (row.counted, row.expected) == ((before[0] + 5) * UNIT, before[0] * UNIT)
    assert page.post_act.text() == "Post 1 difference…"
    page.post_act.click()
    commit(program, program.dialog(PostCountDialog))
    assert level(program, product, place) == (before[0] + 5, before[1])
    assert not page.field.isEnabled()
    program.desk.undo_last()
    program.settle()
    assert level(program, product, place) == before
    assert page.field.isEnabled()


def test_a_count_is_abandoned_and_taken_up_again(program):
    page = a_count(program, "all")
    assert page.table.rowCount() > 10
    key = page.line.id
    page.abandon_act.click()
    program.settle()
    assert program.read("SELECT state FROM stock_count") == [("abandoned",)]
    assert program.window.place.kind == "page"
    program.desk.undo_last()
    program.settle()
    assert program.record("count", key).field.isEnabled()


@pytest.mark.parametrize("role", [Role.CLERK, Role.BUYER])
def test_what_a_role_may_not_is_grey_with_its_reason(program, role):
    actor = program.desk.backend.actor
    program.desk.backend.actor = type(actor)(actor.person_id, actor.login, actor.name, role)
    page = stock_at(program, program.read(ON_HAND)[0][1])
    page._settle_acts()
    assert (page.transfer_act.isEnabled(), page.correct_act.isEnabled()) == (True, False)
    assert page.correct_act.toolTip() == "Needs manager"
    program.desk.backend.actor = actor


def test_a_scan_in_the_dialogs_does_nothing(program):
    product, sku, place = program.read(ON_HAND)[0]
    dialog = corrected(program, sku, place)
    assert burst_everywhere(program, dialog) >= 8
    dialog.reject()
    program.gone(dialog)
    page = program.go("counts")
    page.start()
    dialog = program.dialog(StartCountDialog)
    program.settle()
    assert burst_everywhere(program, dialog) >= 4
    dialog.reject()
    program.gone(dialog)
    page, *_ = sent(program)
    page.transfer_pane.receive()
    dialog = program.dialog(ReceiveTransferDialog)
    program.settle()
    assert burst_everywhere(program, dialog) >= 4
    dialog.reject()
    program.gone(dialog)
    page.transfer_pane.close_rest()
    dialog = program.dialog(CloseTransferDialog)
    program.settle()
    assert burst_everywhere(program, dialog) >= 3
    dialog.reject()


def test_every_control_has_a_name(program):
    product, sku, place = a_promised_product(program)
    dialog = corrected(program, sku, place)
    dialog.counted.setValue(0)
    dialog.reason.set_key("damaged")
    dialog._edited()
    program.settle()
    dialog.commit()
    program.until(dialog.losing.isVisible)
    assert unnamed(dialog) == []
    dialog.reject()
    program.gone(dialog)
    page = stock_at(program, sku)
    page.transfer()
    dialog = program.dialog(TransferDialog)
    program.settle()
    assert unnamed(dialog) == []
    dialog.reject()
    program.gone(dialog)
    page, *_ = sent(program)
    page.transfer_pane.receive()
    dialog = program.dialog(ReceiveTransferDialog)
    program.settle()
    assert unnamed(dialog) == []
    dialog.reject()
    program.gone(dialog)
    assert unnamed(a_count(program, "all")) == []


def test_a_scan_anywhere_on_the_count_page_only_counts(program):
    page = a_count(program)
    now = {key: part for key, part in state(page).items() if key == "shown"}
    for widget in (page.view, page.find_field, page.set_field, page.abandon_act, page.post_act):
        widget.setFocus()
        QTest.qWait(1)
        program.scan(CODE)
        program.settle()
        assert page.card.answer.word == "Unknown code"
        assert page.find_field.text() == ""
    assert {key: part for key, part in state(page).items() if key == "shown"} == now
    assert program.read("SELECT state FROM stock_count") == [("open",)]
    QTest.keyClick(page, Qt.Key.Key_Escape)
