"""Goods out on the screen: notes worked through by keys, their words, their undo (R6.1 to R6.3, PR-08)."""

import re

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QPushButton

from desktop_app.config import Workstation
from desktop_app.models.change_hub import ChangeHub
from desktop_app.services.access import PERMISSIONS, Permission, Role
from desktop_app.services.goods_out import delete_note, fulfil, mark, ship
from desktop_app.services.goods_out_list import NoteState
from desktop_app.views.desk import Desk
from desktop_app.views.goods_out_page import GoodsOutPage
from desktop_app.views.main_window import MainWindow, PageSpec
from desktop_app.views.pick_lists import PickLists
from desktop_app.views.print_dialog import PrintDialog
from desktop_app.views.sale_page import SalePage
from desktop_app.views.ship_dialog import ShipNoteDialog
from desktop_app.views.sure_dialog import SureDialog
from tests.helpers.builders import Row, a_customer, a_product, a_sale, once, stock
from tests.helpers.databases import on_sqlite
from tests.helpers.receipts import level
from tests.helpers.shipping import note_ids, notes_of, steps_of

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def desk(backend, background, qapp):
    return Desk(backend, background, ChangeHub(), qapp)


@pytest.fixture
def three(backend):
    """Open notes of three sales: 4, 2 and 3 pens of 9."""
    pen = a_product(backend, "PEN", name="Fountain pen")
    stock(backend, {pen: 9})
    who = a_customer(backend, "Zoe Young")
    sales = [a_sale(backend, [Row(pen, n)], customer=who) for n in (4, 2, 3)]
    for one in sales:
        backend.run(fulfil([one.id]), once=once())
    return pen, sales, note_ids(backend, *sales)


class Floor:
    """The page in the window, with a packer's keys."""

    def __init__(self, qtbot, desk, monkeypatch):
        monkeypatch.setattr(Workstation, "save", lambda self: None)
        self.qtbot, self.desk = qtbot, desk
        self.said, self.opened = [], []
        desk.done.connect(lambda text, journal: self.said.append((text, bool(journal))))
        desk.said.connect(lambda text: self.said.append((text, False)))
        desk.open_wanted.connect(lambda kind, key: self.opened.append((kind, key)))
        config = Workstation(pane=True)
        self.page = GoodsOutPage(desk, config, PickLists(desk))
        spec = PageSpec("goods_out", "Goods out", "truck", "Ctrl+Shift+4", lambda: self.page)
        self.window = MainWindow(
            desk, config, [spec], {"sale": lambda key, leave: SalePage(desk, key, leave)}
        )
        qtbot.addWidget(self.window)
        self.window.resize(1500, 800)
        self.window.show()
        self.window.start()
        self.window.activateWindow()
        self.settle()

    def settle(self):
        self.qtbot.waitUntil(lambda: self.desk.background.busy == 0)
        QTest.qWait(200)  # pane, sums and counts
        self.qtbot.waitUntil(lambda: self.desk.background.busy == 0)

    def press(self, key, keys=Qt.KeyboardModifier.NoModifier):
        QTest.keyClick(self.page.view, key, keys)
        if key == Qt.Key.Key_Space:
            QTest.qWait(60)

    def tick(self, *rows):
        self.press(Qt.Key.Key_Home, CTRL)
        for row in range(max(rows) + 1):
            if row in rows:
                self.press(Qt.Key.Key_Space)
            self.press(Qt.Key.Key_Down)
        self.settle()

    def cells(self, key):
        at = next(n for n, c in enumerate(self.page.table.columns) if c.key == key)
        return [self.page.table.text(row, at) for row in range(self.page.table.rowCount())]

    def tabs(self):
        return [tab.text() for tab in self.page.tabs.findChildren(QPushButton)[:5]]

    def buttons(self):
        """What the strip offers: words by whether they can be pressed."""
        shown = self.page.batch.findChildren(QPushButton)
        return {one.text(): one.isEnabled() for one in shown if one.property("kind") != "link"}

    def dialog(self, kind):
        found = []

        def there():
            found[:] = [
                w for w in QApplication.topLevelWidgets() if isinstance(w, kind) and w.isVisible()
            ]
            return bool(found)

        self.qtbot.waitUntil(there)
        found[0].setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
        self.qtbot.addWidget(found[0])
        return found[0]


@pytest.fixture
def floor(qtbot, desk, three, monkeypatch):
    made = Floor(qtbot, desk, monkeypatch)
    yield made
    made.window.close()


def test_the_page_begins_with_what_is_to_be_picked(floor, three, backend):
    _, sales, _ = three
    numbers = [str(note[0]) for note in notes_of(backend, *sales)]
    assert floor.cells("number") == numbers  # the oldest first
    assert floor.cells("sale") == [f"#{one.number}" for one in sales]
    assert floor.cells("units") == ["4", "2", "3"]
    assert floor.cells("customer") == ["Zoe Young"] * 3
    assert floor.tabs() == ["To pick  3", "To pack  0", "To ship  3", "Shipped", "All"]
    assert floor.window.strip.words() == "3 notes · 9 units"
    at = next(n for n, c in enumerate(floor.page.table.columns) if c.key == "state")
    spoken = floor.page.table.data(
        floor.page.table.index(0, at), Qt.ItemDataRole.AccessibleTextRole
    )
    assert spoken == "State: Not started"


def test_two_notes_are_picked_packed_and_shipped_by_keys(floor, three, backend):
    """R6.1, R6.2, PR-06, PR-08: no mouse; each step moves them on; what is final is asked."""
    pen, _, (one, two, three_) = three
    floor.tick(0, 1)
    assert floor.page.batch.words() == "2 notes selected 6 units"
    assert floor.buttons() == {
        "Delete 2 notes": True, "Print 2 notes…": True, "Pick 2 notes": True, "Pack 2 notes": True,
        "Ship 2 notes": True, "More": True,
    }  # fmt: skip
    floor.press(Qt.Key.Key_P, CTRL | SHIFT)
    floor.settle()
    assert floor.said[-1] == ("2 goods-out notes picked", True)
    assert floor.window.strip.words() == "2 goods-out notes picked"
    assert floor.tabs()[:3] == ["To pick  1", "To pack  2", "To ship  3"]
    assert floor.cells("units") == ["3"]
    assert not floor.page.chosen
    floor.press(Qt.Key.Key_Tab, CTRL)  # the next view: to pack
    floor.settle()
    assert floor.cells("units") == ["4", "2"]
    floor.press(Qt.Key.Key_A, CTRL)
    floor.settle()
    assert "Not picked" in floor.buttons()
    floor.press(Qt.Key.Key_K, CTRL | SHIFT)
    floor.settle()
    assert floor.said[-1] == ("2 goods-out notes packed", True)
    assert floor.page.state._title.text() == "Nothing is to be packed."
    floor.press(Qt.Key.Key_Tab, CTRL)
    floor.settle()
    assert floor.cells("units") == ["4", "2", "3"]
    floor.page.chosen.choose_again()  # SAL-06: those of the last act
    floor.settle()
    assert floor.page.batch.words() == "2 notes selected 6 units"
    floor.press(Qt.Key.Key_Return, CTRL)
    asked = floor.dialog(SureDialog)
    assert asked.button.text() == "Ship 2 goods-out notes"
    assert asked.focusWidget() is asked.cancel  # Enter alone does not do it
    assert level(backend, pen) == (9, 9, 0)
    QTest.keyClick(asked, Qt.Key.Key_Return, CTRL)
    floor.qtbot.waitUntil(lambda: not asked.isVisible())
    floor.settle()
    assert floor.said[-1] == ("Shipped 6 units of 2 sales", False)
    assert level(backend, pen) == (3, 3, 0)
    assert floor.tabs()[:3] == ["To pick  1", "To pack  0", "To ship  1"]
    assert [steps_of(backend, key)[-1] for key in (one, two)] == [("shipped", True)] * 2
    assert steps_of(backend, three_) == []


def test_undo_brings_the_notes_back_to_their_view(floor, three, backend):
    _, _, (one, two, _) = three
    floor.tick(0, 1)
    floor.press(Qt.Key.Key_P, CTRL | SHIFT)
    floor.settle()
    assert floor.cells("units") == ["3"]
    floor.desk.undo_last()
    floor.settle()
    assert floor.said[-1] == ("Undone: 2 goods-out notes picked", False)
    assert floor.cells("units") == ["4", "2", "3"]
    assert floor.tabs()[:2] == ["To pick  3", "To pack  0"]
    assert [steps_of(backend, key) for key in (one, two)] == [[("picked", False)]] * 2


def test_without_a_tick_the_current_note_is_meant(floor, three, backend):
    """One after the other: the next note is current when one has moved on."""
    _, sales, (one, two, _) = three
    numbers = [note[0] for note in notes_of(backend, *sales)]
    floor.press(Qt.Key.Key_Home, CTRL)
    floor.press(Qt.Key.Key_P, CTRL | SHIFT)
    floor.settle()
    floor.press(Qt.Key.Key_P, CTRL | SHIFT)
    floor.settle()
    assert [words for words, _ in floor.said] == [
        f"Goods-out note {numbers[0]} picked", f"Goods-out note {numbers[1]} picked",
    ]  # fmt: skip
    assert [steps_of(backend, key) for key in (one, two)] == [[("picked", True)]] * 2
    assert floor.cells("units") == ["3"]


def test_one_note_ships_with_its_tracking_number(floor, three, backend):
    _, sales, (one, _, _) = three
    floor.press(Qt.Key.Key_Home, CTRL)
    floor.press(Qt.Key.Key_Return, CTRL)
    asked = floor.dialog(ShipNoteDialog)
    assert asked.windowTitle() == f"Ship goods-out note {notes_of(backend, sales[0])[0][0]}"
    asked.tracking.setText("JD 0046")
    QTest.keyClick(asked.tracking, Qt.Key.Key_Return, CTRL)
    floor.qtbot.waitUntil(lambda: not asked.isVisible())
    floor.settle()
    assert floor.said == [(f"Shipped 4 units of #{sales[0].number}", False)]
    assert floor.cells("units") == ["2", "3"]
    floor.page.show_view("shipped")
    floor.settle()
    assert (floor.cells("units"), floor.cells("tracking")) == (["4"], ["JD 0046"])
    floor.press(Qt.Key.Key_Space)
    floor.settle()
    assert floor.page.batch.words() == "1 note selected 0 units · 1 shipped already"
    fits = {a.text(): (a.isEnabled(), a.toolTip()) for a in floor.page.actions() if a.text()}
    assert fits["Print…"][0]
    for words in ("Pick", "Pack", "Ship…", "Delete"):
        assert fits[words] == (False, "Shipped already")
    floor.press(Qt.Key.Key_P, CTRL | SHIFT)
    floor.press(Qt.Key.Key_Return, CTRL)
    floor.settle()
    assert len(floor.said) == 1


def test_delete_offers_both_ways(floor, three, backend):
    """R6.3."""
    pen, sales, (one, two, _) = three
    floor.tick(0, 1)
    floor.press(Qt.Key.Key_Delete)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert [a.text() for a in menu.actions()] == [
        "Delete, keep the units reserved", "Delete and release the units",
    ]  # fmt: skip
    QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    floor.settle()
    assert floor.said == [("2 goods-out notes deleted, units still reserved", True)]
    assert (note_ids(backend, *sales[:2]), level(backend, pen)) == ([], (9, 9, 0))
    floor.desk.undo_last()
    floor.settle()
    assert floor.cells("units") == ["4", "2", "3"]
    floor.press(Qt.Key.Key_Home, CTRL)
    floor.page.also_release.trigger()
    floor.settle()
    assert floor.said[-1][0].endswith("deleted, units released")
    assert level(backend, pen) == (9, 5, 0)


def test_enter_opens_the_sale_at_the_note(floor, three):
    _, sales, (_, two, _) = three
    floor.press(Qt.Key.Key_Home, CTRL)
    floor.press(Qt.Key.Key_Down)
    floor.press(Qt.Key.Key_Return)
    assert floor.opened == [("sale_note", (sales[1].id, two))]


@on_sqlite
def test_the_pane_shows_rows_places_and_steps(floor, three, backend, backend_as):
    _, sales, (one, _, _) = three
    done = backend_as("clerk").run(mark([one], "picked"), once=once())
    floor.press(Qt.Key.Key_Home, CTRL)
    floor.settle()
    pane = floor.page.note_pane
    assert pane.title.text() == f"Goods-out note {notes_of(backend, sales[0])[0][0]}"
    assert pane.sale.text() == f"#{sales[0].number}  Zoe Young"
    (row,) = pane.rows.rows()
    assert [c.text(row) for c in pane.rows.columns] == ["PEN", "4", row.places[0][0]]
    assert pane.steps.text() == "Nothing was done with it yet."
    floor.desk.hub.announce(done.changes)
    floor.settle()
    assert re.fullmatch(r"Picked .+ by Cleo Clerk", pane.steps.text())
    assert "created" in pane.facts.text()
    assert "by Mary Manager" in pane.facts.text()
    # Another workstation goes on: the pane follows (LST-10).
    again = backend_as("clerk").run(mark([one], "packed"), once=once())
    floor.desk.hub.announce(again.changes)
    floor.settle()
    assert [words.split()[0] for words in pane.steps.text().splitlines()] == ["Picked", "Packed"]
    pane.sale.click()
    assert floor.opened[-1] == ("sale_note", (sales[0].id, one))


@on_sqlite
def test_a_note_that_came_elsewhere_is_announced(floor, three, backend):
    pen, _, _ = three
    stock(backend, {pen: 1})
    floor.press(Qt.Key.Key_Home, CTRL)
    floor.press(Qt.Key.Key_Space)  # under somebody's hand nothing is moved
    done = backend.run(fulfil([a_sale(backend, [Row(pen, 1)]).id]), once=once())
    floor.desk.hub.announce(done.changes)
    floor.qtbot.waitUntil(floor.page._news.isVisible)
    assert floor.page._news.text() == "1 new note – show"
    assert floor.cells("units") == ["4", "2", "3"]
    assert floor.tabs()[0] == "To pick  4"


@on_sqlite
def test_what_somebody_else_did_is_told(floor, three, backend_as, backend):
    """R11.3: shipped meanwhile names who did it; deleted meanwhile says so; nothing is done twice."""
    pen, sales, (one, two, three_) = three
    numbers = [note[0] for note in notes_of(backend, *sales)]
    floor.tick(0, 1)
    other = backend_as("clerk")
    other.run(mark([one], "picked"), once=once())
    floor.press(Qt.Key.Key_P, CTRL | SHIFT)
    floor.settle()
    assert floor.said[-1] == ("1 goods-out note picked, 1 before", True)
    other.run(ship([three_]), once=once())
    floor.press(Qt.Key.Key_Home, CTRL)
    floor.press(Qt.Key.Key_P, CTRL | SHIFT)
    floor.settle()
    assert floor.said[-1][0].startswith(f"Shipped already: note {numbers[2]} by Cleo Clerk")
    assert level(backend, pen) == (6, 6, 0)
    floor.page.show_view("to_ship")
    floor.settle()
    other.run(delete_note([one]), once=once())
    floor.press(Qt.Key.Key_Home, CTRL)
    floor.press(Qt.Key.Key_K, CTRL | SHIFT)
    floor.settle()
    assert floor.said[-1][0].startswith("That goods-out note is gone")
    assert steps_of(backend, two) == [("picked", True)]


@on_sqlite
def test_printing_marks_the_notes(floor, three, backend, tmp_path):
    floor.tick(0, 2)
    floor.press(Qt.Key.Key_P, CTRL)
    shown = floor.dialog(PrintDialog)
    floor.qtbot.waitUntil(lambda: shown.title.text() == "Print 2 goods-out notes")
    floor.settle()
    shown.save_to(str(tmp_path / "pick.pdf"))
    floor.qtbot.waitUntil(lambda: not shown.isVisible())
    floor.settle()
    _, _, (one, two, three_) = three
    assert [steps_of(backend, key) for key in (one, two, three_)] == [
        [("printed", True)], [], [("printed", True)],
    ]  # fmt: skip
    assert not floor.page.chosen


@on_sqlite
def test_words_find_a_note_and_a_filter_its_state(floor, three, backend):
    _, sales, (one, _, _) = three
    QTest.keyClicks(floor.page.view, "#")  # typing finds (LST-05)
    floor.page.find_field.setText(f"#{sales[1].number}")
    floor.page._find_now()
    floor.settle()
    assert floor.cells("units") == ["2"]
    floor.page.find_field.setText("nobody")
    floor.page._find_now()
    floor.settle()
    assert floor.page.state._title.text() == "No notes match this filter"
    backend.run(mark([one], "printed"), once=once())
    floor.page.show_view("to_pick")
    floor.page.filters.open("state")
    floor.page.filters.popover().boxes()[NoteState.PRINTED].click()
    floor.page.filters.popover().close()
    floor.settle()
    assert floor.cells("units") == ["4"]


@on_sqlite
def test_an_empty_company_is_told_how_notes_come(qtbot, desk, monkeypatch):
    made = Floor(qtbot, desk, monkeypatch)
    assert made.page.state._title.text() == (
        "Nothing is to be picked. Fulfil puts what is allocated of a sale on a note."
    )
    made.page.show_view("all")
    made.settle()
    assert made.page.state._title.text().startswith("No goods-out notes yet.")
    made.press(Qt.Key.Key_P, CTRL | SHIFT)
    made.settle()
    assert made.said == []
    assert made.page.pick.toolTip() == "Choose a note first"
    made.window.close()


@on_sqlite
@pytest.mark.parametrize("role", ["clerk", "buyer", "manager"])
def test_each_role_may_work_as_the_table_says(
    qtbot, backend, backend_as, background, qapp, three, monkeypatch, role
):
    """R11.1."""
    made = Floor(qtbot, Desk(backend_as(role), background, ChangeHub(), qapp), monkeypatch)
    made.tick(0)
    may = Permission.SHIP in PERMISSIONS[Role(role)]
    assert {one.isEnabled() for one in (made.page.pick, made.page.ship, made.page.delete)} == {may}
    monkeypatch.setitem(PERMISSIONS, Role(role), frozenset())
    made.page._settle()
    for one in (made.page.print, made.page.pick, made.page.pack, made.page.ship, made.page.delete):
        assert not one.isEnabled()
        assert one.toolTip().startswith("Needs ")
    made.window.close()


@on_sqlite
def test_too_many_at_once_are_refused_with_their_number(floor):
    floor.page.chosen.choose(range(1, 10_002))
    floor.settle()
    floor.page._mark("picked")
    assert floor.said == [
        ("10,001 notes are too many at once: at most 10,000. Narrow the list first.", False)
    ]


def test_the_program_leads_to_the_page_and_back(program):
    """IA-01, IA-03: the entry with its badge, the sale at its goods-out tab, and back to the row."""
    page = program.go("goods_out")
    open_ = program.number(
        "SELECT count(*) FROM goods_out WHERE shipped_at IS NULL AND kind = 'goods_out'"
    )
    button = program.window.nav.buttons["goods_out"]
    order = list(program.window.nav.buttons)
    assert order.index("goods_out") == order.index("goods_in") + 1
    program.until(lambda: button._badge == open_)
    assert page.number.text() == f"{open_} notes"
    page.view.setFocus()
    program.press("Down")
    line = page.view.current_row()
    program.press("Return")
    program.settle()
    sale = program.window.stack.currentWidget()
    assert (sale.title, sale.tabs.currentWidget()) == (f"#{line.sale_number}", sale.goods_out)
    assert sale.goods_out.view.current_row().id == line.id
    assert program.focus() is sale.goods_out.view
    program.press("Alt+Left")
    program.settle()
    assert page.view.current_row().id == line.id
    program.go("sales")
    program.press("Ctrl+Shift+4")
    program.settle()
    assert program.window.stack.currentWidget() is page


def test_a_scan_on_the_page_does_nothing_to_its_notes(program):
    """PR-02."""
    page = program.go("goods_out")
    page.view.setFocus()
    program.press("Space")
    program.settle()
    chosen = page.chosen.ids
    before = program.read("SELECT count(*), max(id) FROM goods_out_step")
    for part in (page.view, page.find_field, page.batch.findChildren(QPushButton)[-1]):
        part.setFocus()
        program.scan("9999999999994")
        program.settle()
        assert page.chosen.ids == chosen
        assert page.find_field.text() == ""
        assert program.read("SELECT count(*), max(id) FROM goods_out_step") == before
    assert program.window.strip.words() == "9999999999994 is no purchase order, sale or product."
