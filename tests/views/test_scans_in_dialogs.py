"""PR-02 in dialogs: from every control a scan changes no text, presses nothing and writes nothing."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPlainTextEdit,
    QTabWidget,
    QWidget,
)

from desktop_app.services.billing_details import sale_billing
from desktop_app.views.batch_assign import AssignSuppliers
from desktop_app.views.batch_dialog import BatchDialog
from desktop_app.views.batch_split import SplitDialog
from desktop_app.views.billing_acts import InvoiceDialog, PaymentDialog
from desktop_app.views.clone_dialog import CloneDialog
from desktop_app.views.credit_dialog import CreditDialog
from desktop_app.views.import_dialog import ImportDialog
from desktop_app.views.key_list import KeyList
from desktop_app.views.mail_dialog import MailDialog
from desktop_app.views.outcome_dialog import OutcomeDialog
from desktop_app.views.print_dialog import PrintDialog
from desktop_app.views.purchase_acts import ExpectedDayDialog, RaiseRowDialog, UndoReceiptDialog
from desktop_app.views.receive_damage import DamageDialog
from desktop_app.views.receive_link import LinkDialog
from desktop_app.views.receive_log import ScanLog
from desktop_app.views.ship_dialog import ShipNoteDialog, ShipRowsDialog
from desktop_app.views.sure_dialog import SureDialog

CODE = "9999999999994"  # no sale, purchase order or product
TABLES = ("purchase_order", "sale", "goods_in", "setting", "note", "product")


def state(dialog: QWidget) -> dict:
    """Everything a stray key could have changed."""
    found: dict = {"shown": dialog.isVisible()}
    for one in dialog.findChildren(QWidget):
        if isinstance(one, QLineEdit | QAbstractSpinBox | QLabel):
            found[id(one)] = one.text()
        elif isinstance(one, QPlainTextEdit):
            found[id(one)] = one.toPlainText()
        elif isinstance(one, QAbstractButton):
            found[id(one)] = (one.isChecked(), one.isDown(), one.text(), one.isEnabled())
        elif isinstance(one, QComboBox | QTabWidget):
            found[id(one)] = one.currentIndex()
        elif isinstance(one, QAbstractItemView) and one.focusPolicy() != Qt.FocusPolicy.NoFocus:
            found[id(one)] = (one.currentIndex().row(), one.currentIndex().column(), one.state())
    return found


def written(program) -> tuple:
    rows = tuple(program.number(f"SELECT count(*) FROM {one}") for one in TABLES)
    return (*rows, program.number("SELECT count(*) FROM journal"))


def burst_everywhere(program, dialog: QWidget, code: str = CODE) -> int:
    """Scan at every control a key can reach; how many there were."""
    dialog.activateWindow()
    program.until(dialog.isActiveWindow)
    seen = []
    program.window.on_scan = seen.append
    place, before = program.window.place, written(program)
    windows = {w for w in QApplication.topLevelWidgets() if w.isVisible()}
    asked = [
        one
        for one in dialog.findChildren(QWidget)
        if one.focusPolicy() != Qt.FocusPolicy.NoFocus and one.isVisible() and one.isEnabled()
    ]
    tried = 0
    for widget in asked:
        widget.setFocus()
        QTest.qWait(1)
        focus = QApplication.focusWidget() or dialog
        now = state(dialog)
        QTest.keyClicks(focus, code)
        QTest.keyClick(focus, Qt.Key.Key_Return)
        QTest.qWait(60)  # longer than keys are held back
        assert state(dialog) == now, widget
        tried += 1
    assert seen == [code] * tried
    assert program.window.place == place
    assert {w for w in QApplication.topLevelWidgets() if w.isVisible()} == windows
    program.settle()
    assert written(program) == before
    return tried


def an_order_received_in_part(program):
    key = program.number(
        "SELECT max(g.po_id) FROM goods_in g JOIN goods_in_row r ON r.goods_in_id = g.id"
        " WHERE r.undone_by IS NULL"
    )
    page = program.record("purchase", key)
    return page, next(one for one in page.notes.rows() if one.row.undone_at is None)


def sales_to_order(program, number: int) -> tuple[int, ...]:
    page = program.go("sales")
    page.show_view("needs_ordering")
    program.settle()
    return tuple(sorted(page.table.peek(row).id for row in range(number)))


def test_a_scan_in_the_batch_dialog_and_on_its_result_does_nothing(program):
    dialog = BatchDialog(program.desk, sales_to_order(program, 12), program.window.page("sales"))
    dialog.open()
    program.until(dialog.page.commit.isEnabled)
    dialog.page.options.more.setChecked(True)
    program.settle()
    assert burst_everywhere(program, dialog) >= 12
    assert dialog.page.commit.isEnabled()
    assert not dialog.edits
    dialog.commit()
    program.until(lambda: dialog.result_page is not None)
    program.settle()
    assert burst_everywhere(program, dialog) >= 4
    assert dialog.result_page.title.text().endswith("created")
    dialog.accept()


def test_a_scan_over_a_quantity_being_typed_leaves_what_was_typed(program):
    """The editor of the preview is a field too."""
    dialog = BatchDialog(program.desk, sales_to_order(program, 12), program.window.page("sales"))
    dialog.open()
    program.until(dialog.page.commit.isEnabled)
    tree = dialog.page.preview.tree
    tree.setFocus()
    program.press("Down")
    program.press("F2")
    program.until(lambda: tree.is_editing)
    editor = tree._order.editor
    editor.setText("17")
    program.scan(CODE)
    assert tree.is_editing
    assert editor.text() == "17"
    program.press("Esc")
    dialog.reject()
    dialog.reject()


def test_a_scan_in_the_clone_dialog_does_nothing(program):
    sale = sales_to_order(program, 1)[0]
    dialog = CloneDialog(program.desk, sale, (), program.window.page("sales"))
    dialog.open()
    program.until(dialog.clone.isEnabled)
    assert burst_everywhere(program, dialog) >= 8
    assert dialog.clone.isEnabled()
    dialog.reject()


def test_a_scan_in_the_dialogs_about_money_does_nothing(program):
    """Digits of a scanner are no quantity and no amount."""
    sale = sales_to_order(program, 1)[0]
    page = program.window.page("sales")
    dialog = CreditDialog(program.desk, sale, page)
    dialog.open()
    program.settle()
    assert burst_everywhere(program, dialog) >= 8
    assert (dialog.rows.taken(), dialog.rows.unread) == ((), {})
    dialog.reject()
    billing = program.desk.backend.read(sale_billing, sale)
    for make in (
        lambda: InvoiceDialog(program.desk, [sale], f"#{billing.number}", page),
        lambda: PaymentDialog(program.desk, billing, page),
    ):
        small = make()
        small.open()
        program.settle()
        assert burst_everywhere(program, small) >= 2
        small.reject()


def test_a_scan_in_the_import_dialog_does_nothing(program, tmp_path):
    dialog = ImportDialog(program.desk, program.window, str(tmp_path))
    dialog.open()
    program.settle()
    assert burst_everywhere(program, dialog) >= 5
    assert dialog.folder.text() == str(tmp_path)
    dialog.reject()


def test_a_scan_in_the_acts_of_a_purchase_order_does_nothing(program):
    page, row = an_order_received_in_part(program)
    for make in (
        lambda: RaiseRowDialog(program.desk, page.order, page.order.rows[0], page),
        lambda: ExpectedDayDialog(program.desk, page.order, page),
        lambda: UndoReceiptDialog(program.desk, row, page),
    ):
        dialog = make()
        dialog.open()
        program.settle()
        assert burst_everywhere(program, dialog) >= 2
        dialog.reject()


def test_a_scan_where_suppliers_are_assigned_and_lines_are_split_does_nothing(program):
    page = program.go("sales")
    page.show_view("needs_ordering")
    program.settle()
    everything = tuple(program.read("SELECT id FROM sale WHERE short > 0 AND waits = 1 LIMIT 400"))
    dialog = BatchDialog(program.desk, tuple(sorted(key for (key,) in everything)), page)
    dialog.open()
    program.until(dialog.page.commit.isEnabled)
    dialog.page.preview.no_supplier.buttons[0].click()
    grid = program.dialog(AssignSuppliers)
    assert burst_everywhere(program, grid) >= 4
    assert not grid.choices()
    grid.reject()
    dialog.page.preview._split(next(dialog._shown.lines()))
    split = program.dialog(SplitDialog)
    assert burst_everywhere(program, split) >= 3
    assert split.field.text() == ""
    split.reject()
    program.settle()
    assert not dialog.edits
    dialog.reject()


def test_a_scan_while_a_count_is_to_be_discarded_or_looked_at_counts_nothing(program):
    page = program.go("goods_in")
    order = "SELECT max(id) FROM purchase_order WHERE to_come > 0 AND state = 'sent'"
    page.open_order(program.number(order))
    program.until(lambda: bool(page.flow.lines))
    program.settle()
    program.scan(next(line.sku for line in page.flow.lines if line.outstanding))
    program.until(lambda: page.flow.counted > 0 and page.flow.unsaved == 0)
    counted = page.flow.counted
    page._discard()
    asked = program.dialog(QMessageBox)
    assert burst_everywhere(program, asked) >= 2
    program.press("Esc")
    program.gone(asked)
    assert page.flow.counted == counted
    page._open_log()
    log = program.dialog(ScanLog)
    program.settle()
    assert burst_everywhere(program, log) >= 1
    log.close()
    program.gone(log)
    assert page.flow.counted == counted


def test_a_scan_while_a_code_is_linked_links_and_counts_nothing(program):
    """F4: the dialog asks which line; a scan is no answer."""
    page = program.go("goods_in")
    order = "SELECT max(id) FROM purchase_order WHERE to_come > 0 AND state = 'sent'"
    page.open_order(program.number(order))
    program.until(lambda: bool(page.flow.lines))
    program.settle()
    program.scan("4006381333931")
    program.until(lambda: page.flow.unknown is not None)
    program.press("F4")
    dialog = program.dialog(LinkDialog)
    codes = program.number("SELECT count(*) FROM barcode")
    for code in (CODE, page.flow.lines[0].sku):
        assert burst_everywhere(program, dialog, code) >= 4
    program.press("Esc")
    program.gone(dialog)
    assert page.flow.counted == 0
    assert program.number("SELECT count(*) FROM barcode") == codes


def test_a_scan_while_damage_is_marked_marks_and_counts_nothing(program):
    """F11: digits of a scanner are no quantity and no reason."""
    page = program.go("goods_in")
    order = "SELECT max(id) FROM purchase_order WHERE to_come > 0 AND state = 'sent'"
    page.open_order(program.number(order))
    program.until(lambda: bool(page.flow.lines))
    program.settle()
    program.scan(page.flow.lines[0].sku)
    program.until(lambda: page.flow.counted > 0 and page.flow.unsaved == 0)
    program.settle()
    counted = page.flow.counted
    program.press("F11")
    dialog = program.dialog(DamageDialog)
    for code in (CODE, page.flow.lines[0].sku):
        assert burst_everywhere(program, dialog, code) >= 4
    program.press("Esc")
    program.gone(dialog)
    assert (page.flow.counted, page.flow.lines[0].damaged) == (counted, 0)


def test_a_scan_in_an_open_filter_sets_nothing_and_leads_nowhere(program):
    page = program.go("sales")
    where, place = page.where, program.window.place
    sku = str(program.read("SELECT min(sku) FROM product")[0][0])
    for key in ("status", "placed_days", "sku"):
        page.filters.open(key)
        popover = page.filters.popover()
        program.settle()
        able = [
            one
            for one in popover.findChildren(QWidget)
            if one.focusPolicy() != Qt.FocusPolicy.NoFocus and one.isVisible()
        ]
        assert able
        for widget in able[:4]:
            for code in (CODE, sku):
                widget.setFocus()
                now = state(popover)
                QTest.keyClicks(widget, code)
                QTest.keyClick(widget, Qt.Key.Key_Return)
                program.settle()
                assert state(popover) == now, widget
                assert page.where == where
                assert program.window.place == place
        popover.close()
        program.settle()


def test_a_scan_in_the_key_list_does_nothing(program):
    page = program.go("sales")
    dialog = KeyList(page.keys, program.window)
    dialog.open()
    program.settle()
    assert burst_everywhere(program, dialog) >= 1
    dialog.reject()


def test_a_scan_of_a_known_code_over_a_dialog_leaves_the_page_where_it_is(program):
    """IA-10 opens what was scanned, but not behind a dialog, where nobody would see it."""
    page = program.go("sales")
    codes = (
        f"#{program.number('SELECT max(number) FROM sale')}",
        f"PO{program.number('SELECT max(number) FROM purchase_order')}",
        str(program.read("SELECT min(sku) FROM product")[0][0]),
    )
    place = program.window.place
    dialog = CloneDialog(program.desk, page.view.current_id(), (), page)
    dialog.open()
    program.settle()
    dialog.activateWindow()
    program.until(dialog.isActiveWindow)
    for code in codes:
        program.scan(code)
        program.settle()
        assert program.window.place == place
        assert QApplication.activeModalWidget() is dialog
        words = f"{code} was scanned over a dialog or menu: nothing was opened."
        assert program.window.strip.words() == words
    dialog.reject()
    program.in_front()
    for code in codes:
        program.go("sales")
        program.scan(code)
        program.until(lambda: program.window.place != place)


def test_a_scan_in_the_papers_of_a_purchase_order_does_nothing(program):
    """No scan prints, saves or writes a letter (PR-02, BPO-16)."""
    page, _ = an_order_received_in_part(program)
    for act, kind, controls in (
        (page._print, PrintDialog, 4), (page._mail, MailDialog, 3), (page.goods_in._print, PrintDialog, 4),
    ):  # fmt: skip
        act()
        dialog = program.dialog(kind)
        program.settle()
        assert burst_everywhere(program, dialog) >= controls
        dialog.reject()
        program.gone(dialog)


def test_a_scan_in_the_dialogs_of_goods_out_does_nothing(program):
    """Shipping cannot be undone: no scan ships, prints or deletes (PR-02, R6.2)."""
    key = program.number(
        "SELECT min(sale_id) FROM sale_row WHERE kind = 'stock' AND reserved > 0 AND sale_id IN"
        " (SELECT id FROM sale WHERE waits = 1)"
    )
    page = program.record("sale", key)
    page.fulfil.click()
    program.settle()
    tab = page.goods_out
    page.tabs.setCurrentWidget(tab)
    for act, kind, controls in (
        (tab.ship, ShipNoteDialog, 3), (page.ship, ShipRowsDialog, 3), (tab.print, PrintDialog, 4),
    ):  # fmt: skip
        act.click()
        dialog = program.dialog(kind)
        program.settle()
        assert burst_everywhere(program, dialog) >= controls
        dialog.reject()
        program.gone(dialog)
    listed = program.go("sales")
    listed.chosen.choose([key, key + 1])
    listed.ship.trigger()
    asked = program.dialog(SureDialog)
    assert burst_everywhere(program, asked) == 2
    asked.reject()
    program.gone(asked)
    listed.fulfil.trigger()
    outcome = program.dialog(OutcomeDialog)
    program.settle()
    assert burst_everywhere(program, outcome) >= 2
    outcome.accept()
    program.gone(outcome)
