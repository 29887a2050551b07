"""What a clerk sees and does with goods-out notes: sale page, ship dialog, list, papers (R6, 3.7)."""

import re
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from sqlalchemy import text

from desktop_app.config import Workstation
from desktop_app.models.change_hub import ChangeHub
from desktop_app.services.goods_out import fulfil, ship
from desktop_app.services.rules.money import UNIT as U
from desktop_app.views.desk import Desk
from desktop_app.views.outcome_dialog import OutcomeDialog
from desktop_app.views.pick_lists import PickLists
from desktop_app.views.print_dialog import PrintDialog
from desktop_app.views.sale_page import SalePage
from desktop_app.views.sales_page import SalesPage
from desktop_app.views.ship_dialog import ShipNoteDialog, ShipRowsDialog
from desktop_app.views.sure_dialog import SureDialog
from tests.helpers import foundation as f
from tests.helpers.builders import Row, a_customer, a_product, a_sale, once, stock
from tests.helpers.databases import on_sqlite
from tests.helpers.receipts import level
from tests.helpers.shipping import axes, figures, note_ids, notes_of, steps_of
from tests.services.test_goods_out_statements import many_sales

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def desk(backend, background, qapp):
    return Desk(backend, background, ChangeHub(), qapp)


@pytest.fixture
def said(desk):
    words = []
    desk.done.connect(lambda text, journal: words.append((text, bool(journal))))
    desk.said.connect(lambda text: words.append((text, False)))
    return words


@pytest.fixture
def pens(backend):
    """A sale of 4 pens and 2 inks; 5 pens and 2 inks are on hand."""
    pen, ink = a_product(backend, "PEN", name="Fountain pen"), a_product(backend, "INK", name="Ink")
    stock(backend, {pen: 5, ink: 2})
    return pen, ink, a_sale(backend, [Row(pen, 4), Row(ink, 2)])


@pytest.fixture
def opened(qtbot, desk):
    def show(sale):
        page = SalePage(desk, sale.id, lambda: None)
        qtbot.addWidget(page)
        page.resize(1300, 700)
        page.show()
        page.activateWindow()
        qtbot.waitUntil(lambda: page.sale is not None and desk.background.busy == 0)
        return page

    return show


@pytest.fixture
def dialog(qtbot):
    """`dialog(ShipNoteDialog)`: the one that is open, once it is there and has read what it shows."""

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


def texts(table):
    return [[column.text(row) for column in table.columns] for row in table.rows()]


def cells(table, key):
    column = next(one for one in table.columns if one.key == key)
    return [column.text(row) for row in table.rows()]


def test_fulfil_by_key_and_undo(qtbot, backend, desk, said, opened, pens):
    """R6.1, 3.7: the note stands in its tab, the axes follow, one act back."""
    pen, _, sale = pens
    page = opened(sale)
    assert (page.fulfil.text(), page.fulfil.isEnabled(), page.ship.isEnabled()) == (
        "Fulfil",
        True,
        False,
    )
    assert page.ship.toolTip() == "Nothing is allocated that has not shipped"
    QTest.keyClick(page.rows_view, Qt.Key.Key_F, CTRL | SHIFT)
    qtbot.waitUntil(lambda: page.tabs.tabText(2) == "Goods-out 1")
    number = notes_of(backend, sale)[0][0]
    assert said == [(f"6 units of #{sale.number} on goods-out note {number}", True)]
    assert cells(page.goods_out.notes, "number") == [str(number)]
    assert cells(page.goods_out.rows, "item") == ["PEN", "INK"]
    assert cells(page.rows, "fulfilled") == ["4", "2"]
    assert (page.fulfil.isEnabled(), page.ship.isEnabled()) == (False, True)
    assert page.fulfil.toolTip() == "Everything is on goods-out notes"
    assert page.ship.property("kind") == "primary"
    assert page.clone.property("kind") != "primary"
    desk.undo_last()
    qtbot.waitUntil(lambda: page.tabs.tabText(2) == "Goods-out 0")
    assert (figures(backend, sale.rows[0]), level(backend, pen)) == ((0, 0, 0), (5, 0, 0))
    assert not page.goods_out.empty.isHidden()


@on_sqlite
def test_ticked_rows_are_fulfilled_alone(qtbot, backend, said, opened, pens):
    """SAD-03."""
    _, _, sale = pens
    page = opened(sale)
    page.rows.toggle(1)
    assert (page.fulfil.text(), page.release.text()) == ("Fulfil 1 row", "Release 1 row")
    page.fulfil.click()
    qtbot.waitUntil(lambda: page.tabs.tabText(2) == "Goods-out 1")
    assert notes_of(backend, sale)[0][2] == {sale.rows[1]: 2}
    assert axes(backend, sale) == "PPN"


@on_sqlite
def test_why_nothing_was_fulfilled_is_said(qtbot, backend, said, opened):
    pen = a_product(backend, "PEN")
    stock(backend, {pen: 1})
    whole = a_sale(backend, [Row(pen, 2)], ship_complete=1)
    opened(whole).fulfil.click()
    qtbot.waitUntil(lambda: bool(said))
    assert said == [(f"#{whole.number}: ships complete only, and is short", False)]


def test_steps_are_made_and_taken_back_in_the_tab(qtbot, backend, desk, said, opened, pens):
    """R6.1."""
    _, _, sale = pens
    backend.run(fulfil([sale.id]), once=once())
    page = opened(sale)
    tab = page.goods_out
    page.tabs.setCurrentWidget(tab)
    note, number = note_ids(backend, sale)[0], notes_of(backend, sale)[0][0]
    tab.pick.setFocus()
    QTest.keyClick(tab.pick, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: tab.pick.text() == "Not picked")
    assert said == [(f"Goods-out note {number} picked", True)]
    assert cells(tab.notes, "picked") != [""]
    assert tab.notes.columns[4].mark(tab.notes.row_at(0)).word == "Picked"
    tab.pack.click()
    qtbot.waitUntil(lambda: tab.pack.text() == "Not packed")
    tab.pick.click()
    qtbot.waitUntil(lambda: tab.pick.text() == "Pick")
    assert steps_of(backend, note) == [("picked", False), ("packed", True)]
    assert said[-1] == (f"Goods-out note {number} not picked any more", True)
    desk.undo_last()
    qtbot.waitUntil(lambda: tab.pick.text() == "Not picked")
    assert steps_of(backend, note) == [("picked", True), ("packed", True)]


def test_a_note_ships_with_its_tracking_number(qtbot, backend, said, opened, dialog, pens):
    """R6.2: the dialog says that it cannot be undone before it is done."""
    pen, _, sale = pens
    backend.run(fulfil([sale.id]), once=once())
    page = opened(sale)
    page.goods_out.ship.click()
    asked = dialog(ShipNoteDialog)
    assert asked.windowTitle() == f"Ship goods-out note {notes_of(backend, sale)[0][0]}"
    assert asked.warning.label.text() == (
        "Shipping takes the units out of stock and cannot be undone. What comes back is a sales credit."
    )
    assert (asked.button.text(), asked.totals.text()) == ("Ship 6 units", "6 units will leave")
    asked.tracking.setText(" JD 0046 ")
    QTest.keyClick(asked.tracking, Qt.Key.Key_Return)
    assert asked.isVisible()  # Enter in a field commits nothing (MIC-15)
    QTest.keyClick(asked.tracking, Qt.Key.Key_Return, CTRL)
    asked.commit()  # pressed again
    qtbot.waitUntil(lambda: not asked.isVisible())
    qtbot.waitUntil(lambda: cells(page.goods_out.notes, "tracking") == ["JD 0046"])
    assert said == [(f"Shipped 6 units of #{sale.number}", False)]
    assert (axes(backend, sale), level(backend, pen)) == ("AAA", (1, 0, 0))
    assert not page.goods_out.ship.isEnabled()
    assert page.goods_out.ship.toolTip() == "Shipped already"
    assert not page.ship.isEnabled()
    # Nothing is left to do, so nothing asks to be done.
    assert [
        b for b in (page.clone, page.fulfil, page.ship) if b.property("kind") == "primary"
    ] == []
    assert (
        "Shipped 4 × PEN, 2 × INK on goods-out note"
        in page.timeline.browser.toPlainText().replace("\n", " ")
    )


def test_part_of_a_note_ships_by_typing(qtbot, backend, opened, dialog, pens):
    _, _, sale = pens
    backend.run(fulfil([sale.id]), once=once())
    page = opened(sale)
    page.goods_out.ship.click()
    asked = dialog(ShipNoteDialog)
    asked.table.setFocus()
    QTest.keyClick(asked.table, "9")
    QTest.keyClick(asked.table.editor, Qt.Key.Key_Return)
    assert (asked.button.isEnabled(), asked.button.toolTip()) == (
        False,
        "Correct what cannot be read first",
    )
    assert asked.rows.why_wrong(asked.rows.row_at(0)) == "At most 4."
    asked.table.setCurrentIndex(asked.rows.index(0, 0))
    QTest.keyClick(asked.table, "3")
    QTest.keyClick(asked.table.editor, Qt.Key.Key_Return)
    assert asked.table.currentIndex().row() == 1
    assert asked.totals.text() == "5 units will leave; 1 unit goes on a note of its own"
    asked.button.click()
    qtbot.waitUntil(lambda: page.tabs.tabText(2) == "Goods-out 2")
    assert [(rows, gone) for _, _, rows, gone in notes_of(backend, sale)] == [
        ({sale.rows[0]: 3, sale.rows[1]: 2}, True), ({sale.rows[0]: 1}, False),
    ]  # fmt: skip


def test_rows_ship_from_the_head_of_the_page(qtbot, backend, said, opened, dialog, pens):
    """Ticked rows arrive with what is allocated, the others with 0."""
    pen, ink, sale = pens
    backend.run(fulfil([sale.id], (), {sale.rows[0]: 3 * U}), once=once())
    page = opened(sale)
    page.rows.toggle(0)
    assert page.ship.text() == "Ship 1 row…"
    page.ship.click()
    asked = dialog(ShipRowsDialog)
    qtbot.waitUntil(lambda: asked.rows.rowCount() == 2)
    assert asked.windowTitle() == f"Ship #{sale.number}"
    assert cells(asked.rows, "can") == ["3", "0"]
    assert cells(asked.rows, "units") == ["3", "–"]
    assert asked.message.label.text() == (
        "Nothing is allocated on 1 row. Fulfil the sale first to ship more."
    )
    asked.button.click()
    qtbot.waitUntil(lambda: not asked.isVisible())
    qtbot.waitUntil(lambda: cells(page.rows, "shipped") == ["3", "0"])
    assert said == [(f"Shipped 3 units of #{sale.number}", False)]
    assert (level(backend, pen), level(backend, ink)) == ((2, 0, 0), (2, 0, 0))


@on_sqlite
def test_a_note_somebody_else_shipped_is_told_with_his_name(
    qtbot, backend, backend_as, opened, dialog, pens
):
    """R11.3."""
    _, _, sale = pens
    backend.run(fulfil([sale.id]), once=once())
    page = opened(sale)
    page.goods_out.ship.click()
    asked = dialog(ShipNoteDialog)
    backend_as("clerk").run(ship(note_ids(backend, sale)), once=once())
    asked.commit()
    qtbot.waitUntil(asked.message.isVisible)
    assert re.match(r"Shipped already: note \d+ by Cleo Clerk on ", asked.message.label.text())
    qtbot.waitUntil(lambda: asked.rows.rowCount() == 0)
    assert not asked.button.isEnabled()


def test_deleting_offers_to_release(qtbot, backend, desk, said, opened, pens):
    """R6.3."""
    pen, _, sale = pens
    backend.run(fulfil([sale.id]), once=once())
    page = opened(sale)
    number = notes_of(backend, sale)[0][0]
    words = [action.text() for action in page.goods_out.delete.menu().actions()]
    assert words == ["Delete, keep the units reserved", "Delete and release the units"]
    page.goods_out.keep.trigger()
    qtbot.waitUntil(lambda: page.tabs.tabText(2) == "Goods-out 0")
    assert said == [(f"Goods-out note {number} deleted, units still reserved", True)]
    assert level(backend, pen) == (5, 4, 0)
    desk.undo_last()
    qtbot.waitUntil(lambda: cells(page.goods_out.notes, "number") == [str(number)])
    page.goods_out.also_release.trigger()
    qtbot.waitUntil(lambda: page.tabs.tabText(2) == "Goods-out 0")
    assert level(backend, pen) == (5, 0, 0)


# -- the list ----------------------------------------------------------------------------------


@pytest.fixture
def listed(qtbot, desk, monkeypatch):
    monkeypatch.setattr(Workstation, "save", lambda self: None)

    def show(number):
        page = SalesPage(desk, Workstation(), PickLists(desk))
        qtbot.addWidget(page)
        page.resize(1400, 700)
        page.show()
        qtbot.waitUntil(lambda: page.table.rowCount() == number)
        return page

    return show


@pytest.fixture
def three(backend):
    """Sales of 4, 4 and 3 pens; 5 are on hand."""
    pen = a_product(backend, "PEN")
    stock(backend, {pen: 5})
    days = enumerate((4, 4, 3))
    return pen, [
        a_sale(backend, [Row(pen, n)], placed_at=f.AT + timedelta(days=day)) for day, n in days
    ]


def test_each_sale_of_a_batch_has_its_outcome(qtbot, backend, desk, said, listed, dialog, three):
    """R6.4: oldest first; what wants a look is first in the list; its Undo is beside it."""
    pen, made = three
    page = listed(3)
    page.chosen.choose([one.id for one in made])
    QTest.keyClick(page.view, Qt.Key.Key_F, CTRL | SHIFT)
    shown = dialog(OutcomeDialog)
    assert said == [("5 units of 2 sales on 2 goods-out notes", True)]
    assert shown.title.text() == said[0][0]
    assert shown.counts.text() == "1 fulfilled in full · 1 fulfilled in part · 1 nothing on hand"
    assert cells(shown.lines, "sale") == [f"#{made[at].number}" for at in (1, 2, 0)]
    assert cells(shown.lines, "units") == ["1", "0", "4"]
    assert shown.more.text() == "Print…"
    assert not page.chosen
    opened = []
    desk.open_wanted.connect(lambda kind, key: opened.append((kind, key)))
    QTest.keyClick(shown.view, Qt.Key.Key_Return)
    assert (opened, shown.isVisible()) == ([("sale", made[1].id)], False)
    assert [axes(backend, one) for one in made] == ["AAN", "PPN", "NNN"]


def test_a_batch_is_undone_from_its_result(qtbot, backend, listed, dialog, three):
    pen, made = three
    page = listed(3)
    page.chosen.choose([one.id for one in made])
    page.fulfil.trigger()
    shown = dialog(OutcomeDialog)
    shown.undo.click()
    qtbot.waitUntil(lambda: not shown.isVisible())
    assert ([axes(backend, one) for one in made], level(backend, pen)) == (["NNN"] * 3, (5, 0, 0))


def test_shipping_many_asks_first_with_their_number(qtbot, backend, said, listed, dialog, three):
    """PR-06, R6.2: it cannot be undone, so it is asked, and Enter alone does not do it."""
    pen, made = three
    backend.run(fulfil([one.id for one in made]), once=once())
    page = listed(3)
    page.chosen.choose([one.id for one in made])
    page.ship.trigger()
    asked = dialog(SureDialog)
    assert asked.button.text() == "Ship 3 sales"
    assert asked.focusWidget() is asked.cancel
    QTest.keyClick(asked, Qt.Key.Key_Return)
    assert not asked.isVisible()
    assert level(backend, pen) == (5, 5, 0)
    page.ship.trigger()
    again = next(
        w for w in QApplication.topLevelWidgets() if isinstance(w, SureDialog) and w.isVisible()
    )
    again.button.click()
    shown = dialog(OutcomeDialog)
    assert said == [("Shipped 5 units of 2 sales", False)]
    assert (
        shown.counts.text() == "1 shipped in full · 1 shipped in part · 1 nothing allocated to ship"
    )
    assert shown.undo is None
    QTest.keyClick(shown, Qt.Key.Key_Return, CTRL)
    assert not shown.isVisible()
    assert level(backend, pen) == (0, 0, 0)


def test_invoicing_many_says_each_number(qtbot, backend, said, listed, dialog, three):
    _, made = three
    page = listed(3)
    page.chosen.choose([one.id for one in made])
    page.invoice.trigger()
    asked = dialog(SureDialog)
    assert asked.button.text() == "Invoice 3 sales"
    asked.button.click()
    shown = dialog(OutcomeDialog)
    assert shown.counts.text() == "3 invoiced"
    assert [int(one) for one in cells(shown.lines, "invoice")] == sorted(
        map(int, cells(shown.lines, "invoice"))
    )
    assert said == [("3 sales invoiced", False)]
    shown.accept()


@on_sqlite
def test_a_single_sale_needs_no_list(qtbot, backend, said, listed, three):
    _, made = three
    page = listed(3)
    page.chosen.choose([made[0].id])
    page.fulfil.trigger()
    qtbot.waitUntil(lambda: bool(said))
    number = notes_of(backend, made[0])[0][0]
    assert said == [(f"4 units of #{made[0].number} on goods-out note {number}", True)]


@on_sqlite
def test_a_thousand_sales_do_not_hold_up_the_window(qtbot, backend, desk, said, listed, dialog):
    """PR-01, R6.4: it runs in the background, with its progress and Stop in the strip."""
    ids = many_sales(backend, 1_000)
    page = listed(1_000)
    working = []
    desk.working.connect(lambda progress, text: working.append((progress, text)))
    page.chosen.choose(ids)
    page.fulfil.trigger()
    shown = dialog(OutcomeDialog)
    assert said == [("3,000 units of 1,000 sales on 1,000 goods-out notes", True)]
    assert shown.counts.text() == "1,000 fulfilled in full"
    assert shown.lines.rowCount() == 1_000
    assert [(progress is not None, text) for progress, text in working] == [
        (True, "Fulfil sales"), (False, ""),
    ]  # fmt: skip
    assert (working[0][0].done, working[0][0].total) == (3, 4)
    shown.accept()


@on_sqlite
def test_stopped_half_way_nothing_is_done(qtbot, backend, desk, said, listed):
    ids = many_sales(backend, 50)
    page = listed(50)
    desk.working.connect(lambda progress, _text: progress and progress.stop())
    page.chosen.choose(ids)
    page.fulfil.trigger()
    qtbot.waitUntil(lambda: bool(said))
    assert said == [("Stopped. Nothing was changed.", False)]
    assert page.chosen.ids == set(ids)
    assert (
        backend.read(lambda db: db.execute(text("SELECT count(*) FROM goods_out")).scalar_one())
        == 0
    )


@on_sqlite
def test_too_many_at_once_are_refused_with_their_number(qtbot, backend, said, listed, three):
    page = listed(3)
    page.chosen.choose(range(1, 10_002))
    page.ship.trigger()
    assert said == [
        ("10,001 sales are too many at once: at most 10,000. Narrow the list first.", False)
    ]


# -- papers ------------------------------------------------------------------------------------


def test_the_notes_of_chosen_sales_are_saved_as_one_pick_list(
    qtbot, backend, said, listed, dialog, tmp_path
):
    """R6.1: saving is printing: the notes are marked, and it can be taken back."""
    pen = a_product(backend, "PEN")
    stock(backend, {pen: 5})
    who = a_customer(backend, 'Ann <b>& "Co"</b>')
    made = [a_sale(backend, [Row(pen, 2)], customer=who), a_sale(backend, [Row(pen, 1)])]
    backend.run(fulfil([one.id for one in made]), once=once())
    page = listed(2)
    page.chosen.choose([one.id for one in made])
    page.print.trigger()
    shown = dialog(PrintDialog)
    qtbot.waitUntil(lambda: shown.pages.text() == "1 page")
    numbers = [note[0] for note in notes_of(backend, *made)]
    assert shown.title.text() == "Print 2 goods-out notes"
    assert shown.file_name() == f"Pick list {numbers[0]}-{numbers[1]}.pdf"
    shown.save_to(str(tmp_path / "missing" / "a.pdf"))
    qtbot.waitUntil(shown.message.isVisible)
    assert shown.message.label.text().endswith(
        "a.pdf cannot be written (No such file or directory). Nothing was marked as printed. Try another place."
    )
    assert all(not steps_of(backend, note) for note in note_ids(backend, *made))
    path = tmp_path / "pick.pdf"
    shown.save_to(str(path))
    qtbot.waitUntil(lambda: not shown.isVisible())
    qtbot.waitUntil(lambda: bool(said))
    assert said == [("Pick list saved as pick.pdf", True)]
    assert path.read_bytes().startswith(b"%PDF-")
    assert [steps_of(backend, note) for note in note_ids(backend, *made)] == [
        [("printed", True)]
    ] * 2


@on_sqlite
def test_what_has_left_has_a_packing_slip_only(qtbot, backend, opened, dialog, pens):
    _, _, sale = pens
    backend.run(fulfil([sale.id]), once=once())
    backend.run(ship(note_ids(backend, sale)), once=once())
    page = opened(sale)
    page.goods_out.print.click()
    shown = dialog(PrintDialog)
    qtbot.waitUntil(lambda: shown.pages.text() == "1 page")
    assert [shown.kind.itemText(at) for at in range(shown.kind.count())] == ["Packing slips"]
    shown.reject()


# -- roles, keys -------------------------------------------------------------------------------


@on_sqlite
def test_every_button_is_named_and_none_is_the_default(qtbot, backend, opened, dialog, pens):
    _, _, sale = pens
    backend.run(fulfil([sale.id]), once=once())
    page = opened(sale)
    for button in page.goods_out.findChildren(QPushButton):
        assert button.text()
        assert not button.autoDefault()
    page.goods_out.ship.click()
    asked = dialog(ShipNoteDialog)
    assert not [x for x in asked.findChildren(QPushButton) if x.isDefault() or x.autoDefault()]
    QTest.keyClick(asked, Qt.Key.Key_Escape)
    assert not asked.isVisible()
