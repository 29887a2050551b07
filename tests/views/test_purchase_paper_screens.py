"""Purchase orders and goods-in notes on paper and by e-mail, from the screens (BPO-16, RCV-10, MIC-12)."""

from datetime import date

import pytest
from PySide6.QtCore import QObject, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QPdfWriter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from desktop_app.config import Workstation
from desktop_app.models import purchase_mail
from desktop_app.models.change_hub import ChangeHub
from desktop_app.models.print_jobs import GOODS_IN, ORDERS
from desktop_app.services.backend import Done
from desktop_app.services.changes import Changes
from desktop_app.services.purchase_papers import order_papers
from desktop_app.services.receipt_shapes import ReceiptRequest, ReceiptRow
from desktop_app.services.receiving import receive
from desktop_app.services.rules.money import UNIT as U
from desktop_app.views.batch_result import ResultPage
from desktop_app.views.desk import Desk
from desktop_app.views.mail_dialog import MailDialog
from desktop_app.views.pick_lists import PickLists
from desktop_app.views.print_dialog import PrintDialog
from desktop_app.views.purchase_page import PurchasePage
from desktop_app.views.purchases_page import PurchasesPage
from tests.helpers.builders import (
    Row,
    a_customer,
    a_product,
    a_purchase_order,
    a_sale,
    a_supplier,
    once,
)
from tests.helpers.databases import on_sqlite
from tests.helpers.receipts import written

DAY = date(2025, 11, 28)


@pytest.fixture
def desk_of(background, qapp):
    return lambda backend: Desk(backend, background, ChangeHub(), qapp)


@pytest.fixture
def desk(backend, desk_of):
    return desk_of(backend)


@pytest.fixture
def said(desk):
    words = []
    desk.said.connect(words.append)
    return words


@pytest.fixture
def orders(backend):
    """Three orders of pens and inks at Acme, which has an e-mail address."""
    pen, ink = a_product(backend, "PEN", name="Fountain pen"), a_product(backend, "INK", name="Ink")
    acme = a_supplier(backend, "Acme", email="orders@acme.example")
    return [a_purchase_order(backend, acme, {pen: 9, ink: 3}, cost="1.25", expected_on=DAY) for _ in "123"]  # fmt: skip


@pytest.fixture
def note(backend, orders):
    """The first order received in part: five pens, two of them for a sale."""
    pen = next(iter(orders[0].rows))
    a_sale(backend, [Row(pen, 2)], customer=a_customer(backend, "Tom Okafor"))
    rows = (ReceiptRow(orders[0].rows[pen], 5 * U),)
    done = backend.run(receive(ReceiptRequest(orders[0].id, rows, allocate=True)), once=once())
    return done.result["goods_in"]


@pytest.fixture
def opened(qtbot, desk):
    def show(order, on=desk, width=1300):
        page = PurchasePage(on, order.id, lambda: None)
        qtbot.addWidget(page)
        page.resize(width, 700)
        page.show()
        page.activateWindow()
        qtbot.waitUntil(lambda: page.order is not None and on.background.busy == 0)
        return page

    return show


@pytest.fixture
def dialog(qtbot):
    def find(kind):
        found = []

        def there():
            found[:] = [
                w for w in QApplication.topLevelWidgets() if isinstance(w, kind) and w.isVisible()
            ]
            return bool(found)

        qtbot.waitUntil(there)
        found[0].setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
        qtbot.addWidget(found[0])
        return found[0]

    return find


def choose(page, words):
    page._fill_menu()
    next(one for one in page.menu.actions() if one.text() == words).trigger()


# -- printing ----------------------------------------------------------------------------------


def test_a_purchase_order_is_saved_as_pdf_and_nothing_is_written(
    qtbot, backend, said, opened, dialog, orders, tmp_path
):
    page = opened(orders[1])
    before = written(backend)
    choose(page, "Print…")
    shown = dialog(PrintDialog)
    qtbot.waitUntil(lambda: shown.pages.text() == "1 page")
    assert shown.title.text() == "Print 1 purchase order"
    assert not shown.kind.isVisible()
    assert shown.file_name() == "Purchase order 2.pdf"
    shown.save_to(str(tmp_path / "missing" / "a.pdf"))
    qtbot.waitUntil(shown.message.isVisible)
    assert shown.message.label.text().endswith(
        "a.pdf cannot be written (No such file or directory). Try another place."
    )
    path = tmp_path / "po.pdf"
    shown.save_to(str(path))
    qtbot.waitUntil(lambda: not shown.isVisible())
    assert said == ["Purchase order saved as po.pdf"]
    assert path.read_bytes().startswith(b"%PDF-")
    assert written(backend) == before


@on_sqlite
def test_a_goods_in_note_is_printed_again_from_its_order(
    qtbot, backend, said, opened, dialog, orders, note, tmp_path
):
    """MIC-12: "print again" on every note."""
    page = opened(orders[0])
    page.tabs.setCurrentWidget(page.goods_in)
    assert page.goods_in.print.text() == f"Print goods-in note {note['number']}…"
    page.goods_in.print.click()
    shown = dialog(PrintDialog)
    qtbot.waitUntil(lambda: shown.pages.text() == "1 page")
    assert [(x.number, x.units, x.lines[0].free) for x in shown.papers] == [
        (note["number"], 5 * U, 3 * U)
    ]
    assert shown.file_name() == "Goods-in note 1.pdf"
    shown.save_to(str(tmp_path / "note.pdf"))
    qtbot.waitUntil(lambda: not shown.isVisible())
    assert said == ["Goods-in note saved as note.pdf"]


@on_sqlite
def test_an_order_without_goods_in_has_no_note_to_print(opened, orders):
    page = opened(orders[1])
    assert (page.goods_in.print.text(), page.goods_in.print.isEnabled()) == ("Print…", False)


class Printer(QPdfWriter):
    def printerName(self):
        return "Laser 2"


@on_sqlite
def test_printer_and_folder_are_remembered_for_each_kind(
    qtbot, desk, said, orders, note, tmp_path, monkeypatch
):
    """MIC-12: labels are not printed where letters are."""
    folders = []
    monkeypatch.setattr(QFileDialog, "open", lambda self: folders.append(self.directory().path()))

    def printing(job, key):
        shown = PrintDialog(desk, job, [key], None)
        shown.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
        qtbot.addWidget(shown)
        shown.open()
        qtbot.waitUntil(lambda: shown.pages.text() == "1 page")
        return shown

    (tmp_path / "orders").mkdir()
    made = printing(ORDERS, orders[0].id)
    made.save_to(str(tmp_path / "orders" / "a.pdf"))
    qtbot.waitUntil(lambda: not made.isVisible())
    made = printing(ORDERS, orders[1].id)
    made._print(Printer(str(tmp_path / "b.pdf")))
    qtbot.waitUntil(lambda: not made.isVisible())
    assert said == ["Purchase order saved as a.pdf", "Purchase order printed"]
    assert desk.config.printers == {"purchase_order": "Laser 2"}
    assert desk.config.folders == {"purchase_order": str(tmp_path / "orders")}
    for job, key in ((ORDERS, orders[1].id), (GOODS_IN, note["id"])):
        made = printing(job, key)
        made.save.click()
        made.reject()
    assert folders[0] == str(tmp_path / "orders")
    assert folders[1] != folders[0]


@on_sqlite
def test_chosen_orders_of_the_list_are_printed_together(
    qtbot, desk, said, dialog, orders, tmp_path, monkeypatch
):
    monkeypatch.setattr(Workstation, "save", lambda self: None)
    page = PurchasesPage(desk, Workstation(), PickLists(desk))
    qtbot.addWidget(page)
    page.resize(1300, 700)
    page.show()
    qtbot.waitUntil(lambda: page.table.rowCount() == 3)
    page.chosen.choose([orders[0].id, orders[2].id])
    assert page.batch.words() == "2 purchase orders selected"
    page.print.trigger()
    shown = dialog(PrintDialog)
    qtbot.waitUntil(lambda: shown.pages.text() == "2 pages")
    assert shown.title.text() == "Print 2 purchase orders"
    assert shown.file_name() == "Purchase orders 1-3.pdf"
    shown.save_to(str(tmp_path / "two.pdf"))
    qtbot.waitUntil(lambda: not shown.isVisible())
    assert said == ["Purchase orders saved as two.pdf"]
    assert page.chosen.ids == {orders[0].id, orders[2].id}


@on_sqlite
def test_more_than_a_person_prints_at_once(qtbot, desk, dialog, orders):
    shown = PrintDialog(desk, ORDERS, [*[one.id for one in orders], *range(1000, 1220)], None)
    shown.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    qtbot.addWidget(shown)
    shown.open()
    qtbot.waitUntil(lambda: shown.pages.text() == "3 pages")
    assert shown.message.label.text() == (
        "The first 200 purchase orders. 23 more purchase orders can be printed after these."
    )
    shown.reject()


# -- e-mail ------------------------------------------------------------------------------------


class MailProgram(QObject):
    def __init__(self):
        super().__init__()
        self.opened = []

    @Slot(QUrl)
    def take(self, url):
        self.opened.append(bytes(url.toEncoded().data()).decode())


@pytest.fixture
def mail_program():
    made = MailProgram()
    QDesktopServices.setUrlHandler("mailto", made, "take")
    yield made
    QDesktopServices.unsetUrlHandler("mailto")


def test_a_letter_opens_in_the_persons_own_mail_program(
    qtbot, backend, said, opened, dialog, orders, mail_program, tmp_path
):
    """BPO-16: the PDF is offered first; nothing is written, for what was sent is not known here."""
    page = opened(orders[0])
    before = written(backend)
    choose(page, "E-mail…")
    asked = dialog(MailDialog)
    qtbot.waitUntil(asked.button.isEnabled)
    assert asked.windowTitle() == "E-mail PO 1"
    assert asked.what.text() == (
        "Your mail program opens with a letter about PO 1 to orders@acme.example."
    )
    asked.save_to(str(tmp_path / "missing" / "a.pdf"))
    qtbot.waitUntil(asked.problem.isVisible)
    assert asked.problem.text().endswith(
        "a.pdf cannot be written (No such file or directory). Try another place."
    )
    path = tmp_path / "po.pdf"
    asked.save_to(str(path))
    qtbot.waitUntil(asked.saved.isVisible)
    assert asked.saved.text() == f"Saved as po.pdf in {tmp_path}."
    assert not asked.problem.isVisible()
    assert path.read_bytes().startswith(b"%PDF-")
    QTest.keyClick(asked, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert not asked.isVisible()
    (paper,) = backend.read(order_papers, [orders[0].id])
    assert mail_program.opened == [purchase_mail.letter(paper).url]
    assert mail_program.opened[0].startswith(
        "mailto:orders@acme.example?subject=Purchase%20order%201%2C%20Test%20Company&body="
    )
    assert said == ["PO 1 handed to your mail program"]
    assert written(backend) == before


@on_sqlite
def test_no_mail_program_is_said(qtbot, desk, said, orders, monkeypatch):
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda _url: False)
    asked = MailDialog(desk, orders[0].id, None)
    asked.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    qtbot.addWidget(asked)
    asked.open()
    qtbot.waitUntil(asked.button.isEnabled)
    asked.button.click()
    assert asked.isVisible()
    assert asked.problem.text() == (
        "No mail program answered on this computer. Save the PDF here, and send it to"
        " orders@acme.example from where you read your mail."
    )
    assert said == []


@on_sqlite
def test_what_the_letter_has_no_room_for_is_told_first(qtbot, backend, desk):
    """A supplier without an address, and more lines than a mailto carries."""
    products = {a_product(backend, f"LONG-NAMED-{n}"): 1 for n in range(40)}
    order = a_purchase_order(backend, a_supplier(backend, "Acme"), products)
    asked = MailDialog(desk, order.id, None)
    asked.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    qtbot.addWidget(asked)
    asked.open()
    qtbot.waitUntil(asked.button.isEnabled)
    assert asked.letter.lines < 40
    assert asked.what.text() == (
        "Your mail program opens with a letter about PO 1 without an address: none is known for"
        f" Acme. It has room for {asked.letter.lines} of 40 lines; the PDF has them all."
    )


# -- who may -----------------------------------------------------------------------------------


@on_sqlite
def test_who_may_not_see_costs_gets_no_papers_with_them(
    qtbot, backend, backend_as, desk_of, opened, dialog, orders, note
):
    """R11.1: the clerk sees neither costs nor totals, and still prints the note."""
    clerk = desk_of(backend_as("clerk"))
    page = opened(orders[0], on=clerk)
    keys = [column.key for column in page.lines.columns]
    assert keys == ["item", "name", "ordered", "received", "to_come", "expected", "sales", "state"]
    assert "£" not in page.facts.text()
    page._fill_menu()
    acts = {one.text(): one.isEnabled() for one in page.menu.actions()}
    assert acts["Print…  (Needs buyer or manager)"] is False
    assert acts["E-mail…  (Needs buyer or manager)"] is False
    listed = PurchasesPage(clerk, Workstation(), PickLists(clerk))
    qtbot.addWidget(listed)
    assert "total" not in {column.key for column in listed.table.columns}
    listed.show()
    qtbot.waitUntil(lambda: bool(listed.pane.facts.text()))
    assert "£" not in listed.pane.facts.text()
    assert (listed.print.isEnabled(), listed.print.toolTip()) == (False, "Needs buyer or manager")
    asked = MailDialog(clerk, orders[0].id, page)
    asked.open()
    qtbot.waitUntil(lambda: asked.letter is not None)
    assert not asked.button.isEnabled()
    assert not asked.save.isEnabled()
    asked.reject()
    page.tabs.setCurrentWidget(page.goods_in)
    page.goods_in.print.click()
    shown = dialog(PrintDialog)
    qtbot.waitUntil(lambda: shown.pages.text() == "1 page")
    assert shown.button.isEnabled()
    shown.reject()


# -- the lines of the order --------------------------------------------------------------------


def shown_columns(page):
    view = page.lines_view
    return {
        column.key: view.columnWidth(at)
        for at, column in enumerate(page.lines.columns)
        if not view.isColumnHidden(at)
    }


@on_sqlite
@pytest.mark.parametrize("width", [1140, 800], ids=["window 1366", "window 1024"])
@pytest.mark.parametrize("currency", ["GBP", "SEK"])
def test_unit_cost_and_total_are_never_cut(qtbot, backend, opened, width, currency):
    """Wireframe of 3.6, LST-08: money in the order's currency; the name takes what is left."""
    big, small = a_product(backend, "ANCHOR-40-GALV", name="Anchor"), a_product(backend, "PIN")
    supplier = a_supplier(backend, currency=currency)
    order = a_purchase_order(
        backend, supplier, {big: 1200, small: 3}, cost="1234.5678", expected_on=DAY
    )
    page = opened(order, width=width)
    shown = shown_columns(page)
    texts = [{c.key: c.text(row) for c in page.lines.columns} for row in page.lines.rows()]
    money = {"GBP": ("£1,234.5678", "£1,481,481.36"), "SEK": ("1,234.5678 SEK", "1,481,481.36 SEK")}
    assert (texts[0]["cost"], texts[0]["total"]) == money[currency]
    assert list(shown)[:2] == ["item", "name"]
    assert {"ordered", "to_come", "cost", "total"} <= set(shown)
    metrics = page.lines_view.fontMetrics()
    for key in ("item", "ordered", "to_come", "cost", "total"):
        heading = next(c.heading for c in page.lines.columns if c.key == key)
        need = max(metrics.horizontalAdvance(one[key]) for one in texts)
        assert shown[key] >= max(need, metrics.horizontalAdvance(heading)) + 16, key


@on_sqlite
def test_a_wide_window_shows_all_of_the_wireframe(opened, orders):
    page = opened(orders[0], width=1600)
    assert list(shown_columns(page)) == [
        "item", "name", "ordered", "received", "to_come", "cost", "total", "expected", "sales", "state",
    ]  # fmt: skip
    texts = {c.key: c.text(page.lines.row_at(0)) for c in page.lines.columns}
    assert (texts["cost"], texts["total"], texts["expected"]) == ("£1.25", "£11.25", "28 Nov 2025")
    assert "£15.00" in page.facts.text()


# -- the result of a batch ---------------------------------------------------------------------


@pytest.fixture
def result(qtbot, desk, orders):
    """`result(25)`: the page after a batch that made so many orders, in a dialog of usual size."""

    def show(number, height=800):
        made = [
            {
                "id": orders[at % 3].id, "number": 100 + at, "supplier": "Acme", "lines": 2,
                "units": 12 * U, "total": 1500, "currency": "GBP", "digits": 2,
                "expected_on": "2026-11-28", "appended": False,
            }
            for at in range(number)
        ]  # fmt: skip
        answer = {
            "batch_id": 1, "orders": made, "sales_changed": 0, "units_pegged_inbound": 0,
            "not_ordered": [], "sales_restored": 0, "sales_kept": 0,
        }  # fmt: skip
        page = ResultPage(desk, Done(answer, Changes("test"), "j", can_undo=True), "", None)
        qtbot.addWidget(page)
        page.resize(1240, height)
        page.show()
        qtbot.waitExposed(page)
        return page

    return show


@on_sqlite
@pytest.mark.parametrize(("number", "height", "seen"), [(1, 800, 1), (3, 800, 3), (15, 800, 15)])
def test_the_orders_take_the_height_they_need(result, number, height, seen):
    page = result(number, height)
    assert page.orders.height() == page.orders.height_for(seen)
    assert not page.orders.verticalScrollBar().maximum()


@on_sqlite
def test_many_orders_fill_the_dialog_and_scroll(result):
    page = result(25)
    below = page.close_button.geometry().top() - page.acts.geometry().bottom()
    assert below < 60
    assert page.orders.height() > page.orders.height_for(15)
    assert page.orders.verticalScrollBar().maximum() > 0
    low = result(25, 300)
    assert low.orders.height() >= low.orders.height_for(3)


@on_sqlite
def test_each_order_is_opened_printed_and_mailed_from_the_result(
    qtbot, result, dialog, orders, mail_program
):
    """BPO-16."""
    page = result(3)
    page.orders.setCurrentIndex(page.table.index(1, 0))
    acts = (page.open, page.print, page.mail, page.print_all)
    assert [one.text() for one in acts] == [
        "Open PO 101", "Print PO 101…", "E-mail PO 101…", "Print all 3…",
    ]  # fmt: skip
    with qtbot.waitSignal(page.open_wanted) as opened:
        page.open.click()
    assert opened.args == ["purchase", orders[1].id]
    for button, ids in ((page.print, orders[1:2]), (page.print_all, orders)):
        button.click()
        shown = dialog(PrintDialog)
        qtbot.waitUntil(lambda shown=shown: bool(shown.pages.text()))
        assert [paper.po_id for paper in shown.papers] == [one.id for one in ids]
        shown.reject()
    page.mail.click()
    asked = dialog(MailDialog)
    qtbot.waitUntil(asked.button.isEnabled)
    assert asked.windowTitle() == f"E-mail PO {orders[1].number}"
    asked.button.click()
    assert len(mail_program.opened) == 1


@on_sqlite
def test_one_order_has_no_print_all(result):
    page = result(1)
    assert page.print.text() == "Print PO 100…"
    assert not page.print_all.isVisible()


@on_sqlite
def test_a_batch_that_made_no_order_has_nothing_to_print(result):
    page = result(0)
    assert not page.acts.isVisible()
    assert not page.orders.isVisible()
