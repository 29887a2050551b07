"""The pages of sales, purchases and stock over a real database: words, figures, selection, acts.

SAL-03 to SAL-09, LST-05, INV-01, 3.6, 3.7, R11.1.
"""

from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from desktop_app.config import Workstation
from desktop_app.models.change_hub import ChangeHub
from desktop_app.services import sales
from desktop_app.services.backend import Backend
from desktop_app.services.rules.money import units
from desktop_app.views.desk import Desk
from desktop_app.views.outcome_dialog import OutcomeDialog
from desktop_app.views.pick_lists import PickLists
from desktop_app.views.purchase_page import PurchasePage
from desktop_app.views.purchases_page import PurchasesPage
from desktop_app.views.sale_page import SalePage
from desktop_app.views.sales_page import SalesPage
from desktop_app.views.stock_page import StockPage
from tests.helpers import foundation as f
from tests.helpers.builders import (
    Row,
    a_product,
    a_purchase_order,
    a_sale,
    a_supplier,
    once,
    stock,
)


@pytest.fixture
def desk(backend, background, qapp):
    return Desk(backend, background, ChangeHub(), qapp)


@pytest.fixture
def config(monkeypatch):
    made = Workstation()
    monkeypatch.setattr(Workstation, "save", lambda self: None)
    return made


def shown(qtbot, page: QWidget, ready) -> None:
    qtbot.addWidget(page)
    page.resize(1400, 700)
    page.show()
    qtbot.waitUntil(ready)


def column(page, key: str) -> int:
    return next(n for n, c in enumerate(page.table.columns) if c.key == key)


def cells(page, key: str) -> list[str]:
    at = column(page, key)
    return [page.table.text(row, at) for row in range(page.table.rowCount())]


@pytest.fixture
def shop(backend):
    """Three sales of one product: 4, 4 and 3 units wanted, 5 of them on hand (cf. R5.12)."""
    pen = a_product(backend, "PEN", name="Fountain pen")
    acme = a_supplier(backend, "Acme", costs={pen: "2.00"})
    stock(backend, {pen: 5})
    made = [
        a_sale(backend, [Row(pen, wanted)], placed_at=f.AT + timedelta(days=day))
        for day, wanted in enumerate((4, 4, 3))
    ]
    return pen, acme, made


def test_the_list_shows_the_newest_sale_first_and_what_is_short(qtbot, desk, config, shop):
    _, _, made = shop
    page = SalesPage(desk, config, PickLists(desk))
    shown(qtbot, page, lambda: page.table.rowCount() == 3 and cells(page, "order")[0] != "")
    assert cells(page, "order") == [f"#{sale.number}" for sale in reversed(made)]
    assert cells(page, "short") == ["3", "4", "4"]
    assert page.number.text() == "3 sales"
    qtbot.waitUntil(lambda: page.strip.summary != "")
    assert page.strip.summary == "3 sales · £66.00 · 11 units short"


def test_select_all_is_a_snapshot_and_says_its_number(qtbot, desk, config, shop, backend):
    pen, _, _ = shop
    page = SalesPage(desk, config, PickLists(desk))
    shown(qtbot, page, lambda: page.table.rowCount() == 3)
    QTest.keyClick(page.view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: len(page.chosen) == 3)
    assert page.batch._words.text() == "All 3 matching sales selected"
    # A sale that comes later is not slipped in (SAL-05).
    newer = a_sale(backend, [Row(pen, 1)], placed_at=f.AT + timedelta(days=9))
    page.reload()
    qtbot.waitUntil(lambda: page.table.rowCount() == 4)
    assert newer.id not in page.chosen
    assert len(page.chosen) == 3


def test_ticks_stay_with_the_sale_when_the_sort_changes(qtbot, desk, config, shop):
    _, _, made = shop
    page = SalesPage(desk, config, PickLists(desk))
    shown(qtbot, page, lambda: page.table.rowCount() == 3)
    page.view.setFocus()
    QTest.keyClick(page.view, Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(page.view, Qt.Key.Key_Space)
    assert page.chosen.ids == {made[2].id}
    page.sort_by(("placed", False))
    qtbot.waitUntil(lambda: cells(page, "order")[:1] == [f"#{made[0].number}"])
    assert page.chosen.ids == {made[2].id}
    assert page.view.current_id() == made[2].id


def test_allocate_serves_the_oldest_first_and_clears_the_choice(qtbot, desk, config, shop):
    _, _, made = shop
    said = []
    desk.done.connect(lambda words, journal: said.append((words, bool(journal))))
    page = SalesPage(desk, config, PickLists(desk))
    shown(qtbot, page, lambda: page.table.rowCount() == 3)
    page.chosen.choose([sale.id for sale in made])
    QTest.keyClick(page.view, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(said))
    assert said == [("Allocated 5 units to 2 sales", True)]
    qtbot.waitUntil(lambda: cells(page, "short") == ["3", "3", ""])
    assert not page.chosen
    assert page.chosen.last == {sale.id for sale in made}
    # Each sale's outcome is listed, what wants a look first (R6.4).
    outcome = next(w for w in QApplication.topLevelWidgets() if isinstance(w, OutcomeDialog))
    assert outcome.counts.text() == "1 allocated in full · 1 allocated in part · 1 nothing on hand"
    assert [outcome.lines.text(row, 0) for row in range(3)] == [f"#{made[at].number}" for at in (1, 2, 0)]
    outcome.close()


def test_typing_finds_in_the_list(qtbot, desk, config, shop):
    _, _, made = shop
    page = SalesPage(desk, config, PickLists(desk))
    shown(qtbot, page, lambda: page.table.rowCount() == 3)
    QTest.keyClicks(page.view, str(made[1].number)[0])
    assert page.find_field.text() == str(made[1].number)[0]
    page.find_field.setText(f"#{made[1].number}")
    page._find_now()
    qtbot.waitUntil(lambda: page.table.rowCount() == 1)
    assert cells(page, "order") == [f"#{made[1].number}"]


def test_a_filter_that_finds_nothing_says_so_and_offers_a_way_back(qtbot, desk, config, shop):
    page = SalesPage(desk, config, PickLists(desk))
    shown(qtbot, page, lambda: page.table.rowCount() == 3)
    page.find_field.setText("nobody has this name")
    page._find_now()
    qtbot.waitUntil(lambda: page.table.rowCount() == 0 and page.state.isVisible())
    assert page.state._title.text() == "No sales match this filter"


def test_a_clerk_sees_why_the_batch_is_grey(qtbot, backend_as, background, config, qapp):
    desk = Desk(backend_as("clerk"), background, ChangeHub(), qapp)
    page = SalesPage(desk, config, PickLists(desk))
    shown(qtbot, page, lambda: True)
    assert not page.buy.isEnabled()
    assert page.buy.toolTip() == "Needs buyer or manager"
    assert page.allocate.isEnabled()
    qtbot.waitUntil(lambda: background.busy == 0)


def test_a_sale_shows_rows_axes_and_what_comes(qtbot, desk, shop, backend):
    pen, acme, made = shop
    order = a_purchase_order(backend, acme, {pen: 4}, pegs={made[0].rows[0]: {pen: 3}})
    page = SalePage(desk, made[0].id, lambda: None)
    shown(qtbot, page, lambda: page.sale is not None)
    assert page.title == f"#{made[0].number}"
    assert page.marks.accessibleName() == (
        "Statuses: Payment Unpaid, Allocated None, Fulfilled None, Shipped None, Invoiced No"
    )
    row = page.rows.row_at(0)
    texts = {c.key: c.text(row) for c in page.rows.columns}
    assert (texts["item"], texts["ordered"], texts["allocated"], texts["short"]) == ("PEN", "4", "0", "4")
    coming = next(c for c in page.rows.columns if c.key == "coming")
    assert coming.mark(row).word.startswith(f"3 on PO {order.number}")
    assert coming.mark(row).word.endswith("1 not ordered")
    assert page.tabs.tabText(1) == "Purchases 1"


def test_a_note_is_written_and_read_on_the_timeline(qtbot, desk, shop):
    _, _, made = shop
    page = SalePage(desk, made[0].id, lambda: None)
    shown(qtbot, page, lambda: page.sale is not None)
    page.timeline.note.setPlainText("Customer called, see #12")
    QTest.keyClick(page.timeline.note, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: "Customer called, see #12" in page.timeline.browser.toPlainText())
    assert "Mary Manager" in page.timeline.browser.toPlainText()
    assert page.timeline.note.toPlainText() == ""


def test_the_status_is_changed_in_place_and_undone(qtbot, desk, shop, backend: Backend):
    _, _, made = shop
    said = []
    desk.done.connect(lambda words, journal: said.append((words, journal)))
    page = SalePage(desk, made[0].id, lambda: None)
    shown(qtbot, page, lambda: page.sale is not None and page.status.count() > 0)
    page.status.setCurrentIndex(page.status.findText("On hold"))
    page.status.activated.emit(page.status.currentIndex())
    qtbot.waitUntil(lambda: page.sale.status == "On hold")
    assert said[0][0] == f"#{made[0].number} set to On hold"
    assert not page.allocate.isEnabled()
    desk.undo(said[0][1])
    qtbot.waitUntil(lambda: page.sale.status == "New" and page.status.currentText() == "New")
    qtbot.waitUntil(lambda: "undone by Mary Manager" in page.timeline.browser.toPlainText())


def test_a_change_from_elsewhere_is_seen_on_the_open_page(qtbot, desk, shop, backend):
    _, _, made = shop
    page = SalePage(desk, made[0].id, lambda: None)
    shown(qtbot, page, lambda: page.sale is not None)
    done = backend.run(sales.allocate([made[0].id]), once=once())
    desk.hub.announce(done.changes)
    qtbot.waitUntil(lambda: page.sale.short == 0)
    assert page.rows.row_at(0).allocated == units(4)


def test_a_purchase_order_says_whom_its_lines_are_for(qtbot, desk, shop, backend):
    pen, acme, made = shop
    order = a_purchase_order(
        backend, acme, {pen: 9}, pegs={made[0].rows[0]: {pen: 4}, made[1].rows[0]: {pen: 3}}
    )
    page = PurchasePage(desk, order.id, lambda: None)
    shown(qtbot, page, lambda: page.order is not None)
    row = page.lines.row_at(0)
    texts = {c.key: c.text(row) for c in page.lines.columns}
    assert texts["sales"] == f"#{made[0].number} 4, #{made[1].number} 3, 2 free"
    assert (texts["ordered"], texts["received"], texts["to_come"]) == ("9", "0", "9")
    assert page.act.text() == "Receive…"
    opened = []
    desk.open_wanted.connect(lambda kind, key: opened.append((kind, key)))
    page.act.click()
    assert opened == [("receive", order.id)]


def test_a_draft_is_sent_and_its_line_raised(qtbot, desk, shop, backend):
    pen, acme, _ = shop
    order = a_purchase_order(backend, acme, {pen: 9}, state="draft")
    page = PurchasePage(desk, order.id, lambda: None)
    shown(qtbot, page, lambda: page.order is not None)
    assert page.act.text() == "Send to supplier"
    page.act.click()
    qtbot.waitUntil(lambda: page.order.state == "sent")
    from desktop_app.views.purchase_acts import RaiseRowDialog

    dialog = RaiseRowDialog(desk, page.order, page.order.rows[0], page)
    dialog.to.setText("8")
    assert not dialog.button.isEnabled()
    assert dialog.problem.text() == "A line is never lowered here: close the order short instead."
    dialog.to.setText("6+6")
    assert dialog.button.text() == "Raise by 3"
    dialog.button.click()
    qtbot.waitUntil(lambda: page.order.rows[0].ordered == units(12))


def test_purchases_show_what_is_to_come(qtbot, desk, config, shop, backend):
    pen, acme, _ = shop
    order = a_purchase_order(backend, acme, {pen: 9})
    page = PurchasesPage(desk, config, PickLists(desk))
    shown(qtbot, page, lambda: page.table.rowCount() == 1)
    assert cells(page, "order") == [f"PO {order.number}"]
    assert cells(page, "supplier") == ["Acme"]
    assert cells(page, "to_come") == ["9"]


def test_each_stock_figure_leads_to_what_it_consists_of(qtbot, desk, config, shop, backend):
    pen, acme, made = shop
    backend.run(sales.allocate([made[0].id]), once=once())
    order = a_purchase_order(backend, acme, {pen: 6})
    page = StockPage(desk, config, PickLists(desk))
    shown(qtbot, page, lambda: page.table.rowCount() == 1)
    figures = {key: cells(page, key) for key in ("in_stock", "allocated", "on_hand", "on_order", "wanted")}
    assert figures == {
        "in_stock": ["5"], "allocated": ["4"], "on_hand": ["1"], "on_order": ["6"], "wanted": ["7"],
    }  # fmt: skip
    line = page.table.peek(0)
    for key, expected in (
        ("allocated", [(made[0].number, units(4))]),
        ("on_order", [(order.number, units(6))]),
        ("wanted", [(made[1].number, units(4)), (made[2].number, units(3))]),
    ):
        page._figure(line, key)
        model = page.stock_pane.tables[key]
        qtbot.waitUntil(lambda m=model: m.rowCount() > 0)
        if key == "allocated":
            assert [(r.sale_number, r.reserved) for r in model.rows()] == expected
        elif key == "on_order":
            assert [(r.po_number, r.outstanding) for r in model.rows()] == expected
        else:
            assert [(r.sale_number, r.needed) for r in model.rows()] == expected
    page._figure(line, "in_stock")
    model = page.stock_pane.tables["in_stock"]
    qtbot.waitUntil(lambda: model.rowCount() > 0)
    assert sum(r.quantity for r in model.rows()) == units(5)
