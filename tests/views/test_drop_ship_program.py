"""Drop-ship in the whole program: scans are harmless, everything has a name, keys suffice."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop_app.services.batch_preview import LeftOut
from desktop_app.services.cloning import CloneRequest, clone_preview, clone_to_purchase_order
from desktop_app.services.rules.money import units
from desktop_app.views.batch_addresses import AddressesDialog
from desktop_app.views.clone_dialog import CloneDialog
from desktop_app.views.drop_ship_dialogs import MarkShippedDialog, TakeBackDialog
from tests.helpers.builders import once
from tests.views.test_accessible_names import unnamed
from tests.views.test_scans_in_dialogs import burst_everywhere

HOME = "12 Mill Lane\nBath BA1 2QR"


def a_drop_ship(program):
    """A sent drop-ship order for a short sale of the sample, and the sale's id."""
    found = program.read("SELECT id FROM sale WHERE short > 0 AND waits = 1 ORDER BY id LIMIT 60")
    for (sale_id,) in found:
        seen = program.desk.backend.read(clone_preview, sale_id)
        short = [
            row for row in seen.rows if row.offered and row.terms and row.terms[0].cost is not None
        ]
        if short:
            row = short[0]
            request = CloneRequest(
                sale_id, row.terms[0].supplier_id, None, {row.sale_row_id: row.offered},
                po_state="sent", address=HOME,
            )  # fmt: skip
            made = program.desk.backend.run(clone_to_purchase_order(request), once=once()).result
            return made["id"], sale_id
    raise AssertionError("the sample has a sale that lacks units")


def test_scans_and_names_in_the_dialogs(program):
    po, sale = a_drop_ship(program)
    page = program.record("purchase", po)
    program.until(lambda: page.order is not None)
    clone = CloneDialog(program.desk, sale, (), program.window)
    clone.delivery.to_customer.setChecked(True)
    dialogs = [
        MarkShippedDialog(program.desk, page.order, page),
        TakeBackDialog(program.desk, page.order, page),
        AddressesDialog(
            [LeftOut(1, 1041, None, "4 Quay", units(2), "address_incomplete")], program.window
        ),
        clone,
    ]
    for dialog in dialogs:
        dialog.open()
        program.settle()
        assert unnamed(dialog) == [], type(dialog).__name__
        assert dialog.windowTitle()
        assert burst_everywhere(program, dialog) >= 2, type(dialog).__name__
        program.settle()
        dialog._leaving = True
        dialog.reject()
    left = "SELECT count(*) FROM goods_out WHERE po_id = :po AND shipped_at IS NOT NULL"
    assert program.number(left, po=po) == 0
    assert unnamed(page) == []


def test_marking_shipped_by_keys_alone(program):
    """Ctrl+Enter opens it, a digit is typed into the row, Ctrl+Enter commits."""
    po, _sale = a_drop_ship(program)
    page = program.record("purchase", po)
    program.until(lambda: page.order is not None)
    whole = page.order.to_ship
    program.in_front()
    program.press("Ctrl+Return")
    dialog = program.dialog(MarkShippedDialog)
    assert dialog.tracking.hasFocus()
    QTest.keyClicks(dialog.tracking, "1Z 999")
    dialog.table.setFocus()
    QTest.keyClick(dialog.table, Qt.Key.Key_1)
    QTest.keyClick(dialog, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    program.until(lambda: page.order.to_ship == whole - units(1))
    page.tabs.setCurrentIndex(1)
    program.settle()
    assert page.drop_notes.rows()[-1].note.tracking == "1Z 999"
