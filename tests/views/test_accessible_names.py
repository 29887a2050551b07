"""LST-11, PR-08, rubric 26: every control a key can reach says what it is, in the real program."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QWidget

from desktop_app.models.print_jobs import ORDERS
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
from desktop_app.views.print_dialog import PrintDialog
from desktop_app.views.purchase_acts import ExpectedDayDialog, RaiseRowDialog, UndoReceiptDialog
from desktop_app.views.receive_damage import DamageDialog
from desktop_app.views.receive_link import LinkDialog
from desktop_app.views.receive_log import ScanLog
from desktop_app.views.record_peek import RecordPeek
from desktop_app.views.welcome import Welcome

PAGES = (
    "sales", "purchases", "goods_in", "goods_out", "stock", "transfers", "counts", "batches", "settings",
)  # fmt: skip


def name_of(widget: QWidget) -> str:
    spoken = QAccessible.queryAccessibleInterface(widget)
    return spoken.text(QAccessible.Text.Name).strip() if spoken is not None else ""


def unnamed(window: QWidget) -> list[str]:
    """What takes the focus and says nothing."""
    found = []
    for one in (window, *window.findChildren(QWidget)):
        # A field inside another control is spoken as that control.
        inner = one.focusProxy() is not None or isinstance(one.parent(), QAbstractScrollArea)
        own = one.objectName().startswith("qt_") and one.objectName() != "qt_spinbox_lineedit"
        if one.focusPolicy() == Qt.FocusPolicy.NoFocus or not one.isVisible() or inner or own:
            continue
        if one.isWindow():
            continue
        if not name_of(one):
            found.append(
                f"{type(one).__name__} {one.objectName()} in {type(one.parent()).__name__}"
            )
    return found


def test_every_control_of_every_page_and_record_has_a_name(program):
    for place in PAGES:
        program.go(place)
        assert unnamed(program.window) == [], place
    for kind, table in (("sale", "sale"), ("purchase", "purchase_order")):
        page = program.record(kind, program.number(f"SELECT max(id) FROM {table}"))
        for at in range(page.tabs.count()):
            page.tabs.setCurrentIndex(at)
            assert unnamed(program.window) == [], (kind, at)


def test_every_control_of_the_steps_of_goods_in_has_a_name(program):
    page = program.go("goods_in")
    page.open_order(
        program.number("SELECT max(id) FROM purchase_order WHERE to_come > 0 AND state = 'sent'")
    )
    program.until(lambda: bool(page.flow.lines))
    program.settle()
    assert unnamed(program.window) == []
    for code, key, kind in (
        ("4006381333931", "F4", LinkDialog),
        (next(line.sku for line in page.flow.lines if line.outstanding), "F11", DamageDialog),
    ):
        program.scan(code)
        program.settle()
        program.press(key)
        dialog = program.dialog(kind)
        assert (bool(dialog.windowTitle()), unnamed(dialog)) == (True, []), key
        dialog.reject()
        program.gone(dialog)
    for step in (2, 3):
        program.press("F12")
        program.until(lambda step=step: int(page.flow.step) == step)
        program.settle()
        assert unnamed(program.window) == []


def with_receipt(program) -> tuple:
    """The page of an order with a goods-in note that stands, and its newest row of one."""
    key = program.number(
        "SELECT max(g.po_id) FROM goods_in g JOIN goods_in_row r ON r.goods_in_id = g.id"
        " WHERE r.undone_by IS NULL"
    )
    page = program.record("purchase", key)
    standing = [one for one in page.notes.rows() if one.row.undone_at is None]
    return page, standing[0]


def dialogs(program) -> dict:
    page = program.window.page("sales")
    sale = page.view.current_id()

    def order():
        return with_receipt(program)

    def raised():
        one, _ = order()
        return RaiseRowDialog(program.desk, one.order, one.order.rows[0], one)

    def expected():
        one, _ = order()
        return ExpectedDayDialog(program.desk, one.order, one)

    def undo():
        one, row = order()
        return UndoReceiptDialog(program.desk, row, one)

    return {
        "batch": lambda: BatchDialog(
            program.desk, tuple(sorted(page.table.peek(row).id for row in range(40))), page
        ),
        "clone": lambda: CloneDialog(program.desk, sale, (), page),
        "import": lambda: ImportDialog(program.desk, program.window),
        "raise": raised,
        "expected": expected,
        "undo": undo,
        "mail": lambda: MailDialog(program.desk, order()[0].po_id, page),
        "print": lambda: PrintDialog(program.desk, ORDERS, [order()[0].po_id], page),
        "credit": lambda: CreditDialog(program.desk, sale, page),
        "invoice": lambda: InvoiceDialog(program.desk, [sale], "#1", page),
        "payment": lambda: PaymentDialog(
            program.desk, program.desk.backend.read(sale_billing, sale), page
        ),
        "keys": lambda: KeyList(page.keys, program.window),
    }


def test_every_control_of_every_dialog_has_a_name(program):
    program.go("sales")
    found = {}
    for which, make in dialogs(program).items():
        dialog = make()
        dialog.open()
        program.settle()
        found[which] = (bool(dialog.windowTitle()), unnamed(dialog))
        dialog.close()
        QApplication.processEvents()
    assert found == dict.fromkeys(found, (True, []))
    assert len(found) == 12


def test_every_control_of_a_dialog_over_a_dialog_and_of_the_log_has_a_name(program):
    page = program.go("sales")
    short = program.read("SELECT id FROM sale WHERE short > 0 AND waits = 1 LIMIT 400")
    dialog = BatchDialog(program.desk, tuple(sorted(key for (key,) in short)), page)
    dialog.open()
    program.until(dialog.page.commit.isEnabled)
    dialog.page.options.more.setChecked(True)
    program.settle()
    assert unnamed(dialog) == []
    dialog.page.preview.no_supplier.buttons[0].click()
    grid = program.dialog(AssignSuppliers)
    assert unnamed(grid) == []
    grid.reject()
    dialog.page.preview._split(next(dialog._shown.lines()))
    split = program.dialog(SplitDialog)
    assert unnamed(split) == []
    split.reject()
    program.window.open("sale", short[0][0])  # a link in the dialog: a window of its own
    peek = program.dialog(RecordPeek)
    program.settle()
    assert unnamed(peek) == []
    assert peek.windowTitle().startswith("#")
    peek.reject()
    dialog.reject()
    goods = program.go("goods_in")
    order = "SELECT max(id) FROM purchase_order WHERE to_come > 0 AND state = 'sent'"
    goods.open_order(program.number(order))
    program.until(lambda: bool(goods.flow.lines))
    program.settle()
    goods._open_log()
    log = program.dialog(ScanLog)
    program.settle()
    assert unnamed(log) == []
    log.close()
    program.gone(log)


def test_every_control_of_the_first_page_has_a_name(program, tmp_path, qtbot):
    page = Welcome(program.shell.background, str(tmp_path / "new.backroom"))
    qtbot.addWidget(page)
    page.show()
    for button in page._start.buttons():
        button.click()
        assert unnamed(page) == []


def test_chips_are_spoken_in_words(program):
    """LST-11: a column of glyphs says what it is about and how it stands."""
    page = program.go("sales")
    keys = [one.key for one in page.table.columns]
    for row in range(min(page.table.rowCount(), 30)):
        for key in ("marks", "status"):
            if key in keys:
                at = page.table.index(row, keys.index(key))
                words = page.table.data(at, Qt.ItemDataRole.AccessibleTextRole)
                assert words
                assert any(letter.isalpha() for letter in words)
