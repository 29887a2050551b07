"""Splitting a line of the batch preview between suppliers, as a buyer does it (BPO-10, R3.10)."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from sqlalchemy import select

from desktop_app.models.batch_preview_model import Col
from desktop_app.services.store import tables as t
from desktop_app.views.batch_split import SplitDialog
from tests.helpers import batch_world, foundation
from tests.helpers import builders as b
from tests.helpers.batch_screen import settled, text_of, type_into, without_tags
from tests.helpers.databases import on_sqlite

UNIT = 10_000


@pytest.fixture
def world(backend):
    """Tents: 9 sold, 3 on hand, so 6 from Kestrel; Alpine and Cole sell them too."""
    made = batch_world.lay(backend)
    tent = made.products["TENT"]
    made.suppliers["Cole"] = b.a_supplier(backend, "Cole", costs={tent: "59.00"}, primary=False)
    made.suppliers["Dale"] = b.a_supplier(backend, "Dale", costs={tent: {1: "70.00", 4: "58.00"}}, primary=False)
    return made


@pytest.fixture(autouse=True)
def _in_the_preview(dialog):
    dialog.page.preview.tree.setFocus()


def menu_of(dialog, key):
    """Open the menu of a line with Alt+Down."""
    tree = dialog.page.preview.tree
    tree.show_line(key)
    QTest.keyClick(tree, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    return next(menu for menu in tree.findChildren(QMenu) if menu.isVisible())


def press(dialog, key, words):
    """Choose an entry of the menu of a line."""
    menu = menu_of(dialog, key)
    action = next(one for one in menu.actions() if one.text() == words)
    menu.setActiveAction(action)
    QTest.keyClick(menu, Qt.Key.Key_Return)


def asked(dialog):
    """The open dialog of a split."""
    return next(one for one in dialog.page.preview.children() if isinstance(one, SplitDialog))


def split(qtbot, dialog, key, units, supplier_id):
    """Split with the keyboard: Alt+Down, Split…, the units, the supplier, Ctrl+Enter."""
    press(dialog, key, "Split…")
    box = asked(dialog)
    qtbot.keyClicks(box.field, units)
    assert box.supplier.set_key(supplier_id)
    QTest.keyClick(box.supplier, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    settled(qtbot, dialog)


def groups(dialog):
    """What stands under each supplier: code and order quantity."""
    model = dialog.page.preview.model
    found = {}
    for row in range(model.rowCount()):
        top = model.index(row, 0)
        lines = [model.line_at(model.index(at, 0, top)) for at in range(model.rowCount(top))]
        found[model.data(top)] = [(x.sku, text_of(dialog, x.key, Col.ORDER)) for x in lines]
    return found


def trace_of(dialog, key):
    """The trace of a line as it is read."""
    dialog.page.preview.tree.show_line(key)
    return without_tags(dialog.page.preview.trace.body.text())


# --- splitting ----------------------------------------------------------------------------------


def test_a_line_is_split_with_the_keyboard_and_placed_as_shown(qtbot, backend, dialog, world):
    """BPO-10, R3.10: two lines, each in its supplier's group, with its own figures and trace."""
    key, cole = world.key("TENT"), world.suppliers["Cole"]
    press(dialog, key, "Split…")
    box = asked(dialog)
    assert box.windowTitle() == "Split TENT"
    assert box.focusWidget() is box.field
    assert box.sum.text() == "6 stay with Kestrel"
    assert not box.split.isEnabled()
    QTest.keyClick(box.field, "2")
    assert [box.supplier.itemText(at) for at in range(box.supplier.count())] == [
        "Cole · £59.00, 7 days", "Dale · £70.00, 7 days", "Alpine", "Harbour", "Penrose",
    ]  # fmt: skip
    assert box.sum.text() == "4 stay with Kestrel, 2 go to Cole"
    QTest.keyClick(box.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    settled(qtbot, dialog)
    shown = groups(dialog)
    assert (shown["Cole"], shown["Kestrel"]) == ([("TENT", "2")], [("TENT", "4"), ("STOVE", "3")])
    part = f"{key}/S{cole}"
    assert [text_of(dialog, part, c) for c in (Col.NEEDED, Col.STOCK, Col.COST, Col.TOTAL)] == [
        "2", "0", "£59.00", "£118.00",
    ]  # fmt: skip
    assert text_of(dialog, key, Col.NEEDED) == "7"
    assert dialog.page.preview.tree.current_line().key == key  # the cursor stays
    said = trace_of(dialog, key)
    assert said.startswith("9 on 2 sales − 3 on hand, Main warehouse − 2 at Cole = 4")
    assert "6 needed from suppliers: 4 here, 2 at Cole" in said
    assert "For, oldest first: #1 (1) #2 (3)" in said
    said = trace_of(dialog, part)
    assert "− 4 at Kestrel = 2" in said
    assert "For, oldest first: #2 (2)" in said
    model = dialog.page.preview.model
    assert model.notes(dialog._shown.line(key)) == [("info", "split: 2 at Cole")]
    assert dialog.page.preview.edited.text() == "Edited 2"
    assert dialog.page.commit.text() == "Create 4 purchase orders"
    dialog.commit()
    qtbot.waitUntil(lambda: dialog._result is not None)
    tents = backend.read(
        lambda db: db.execute(
            select(t.purchase_order.c.supplier_id, t.purchase_row.c.ordered)
            .join(t.purchase_row, t.purchase_row.c.po_id == t.purchase_order.c.id)
            .where(t.purchase_row.c.product_id == world.products["TENT"])
            .order_by(t.purchase_row.c.ordered)
        ).all()
    )
    assert tents == [(cole, 2 * UNIT), (world.suppliers["Kestrel"], 4 * UNIT)]


@on_sqlite
def test_the_price_follows_the_units(qtbot, dialog, world):
    """R3.9: what the supplier asks for so many, and only for so many."""
    press(dialog, world.key("TENT"), "Split…")
    box = asked(dialog)
    qtbot.keyClicks(box.field, "3")
    assert box.supplier.currentText() == "Cole · £59.00, 7 days"
    QTest.keyClick(box.field, Qt.Key.Key_Backspace)
    qtbot.keyClicks(box.field, "4")
    assert box.supplier.currentText() == "Dale · £58.00, 7 days"  # nobody was picked: the cheapest
    assert box.sum.text() == "2 stay with Kestrel, 4 go to Dale"
    box.supplier.setFocus()
    QTest.keyClick(box.supplier, Qt.Key.Key_Down)
    assert box.supplier.currentText() == "Cole · £59.00, 7 days"
    box.field.setText("5")
    assert box.sum.text() == "1 stays with Kestrel, 5 go to Cole"  # a pick stays
    QTest.keyClick(box, Qt.Key.Key_Escape)
    assert not dialog.edits


@on_sqlite
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("6", "At most 5. To move all of it, change the supplier."),
        ("0", "A part is more than 0."),
        ("2.5", "This product is counted in whole units."),
        ("two", "“two” is not a quantity. Type digits, for example 12."),
        ("-1", "“-1” is not a quantity. Type digits, for example 12."),
    ],
)
def test_what_cannot_be_a_part_is_kept_and_said(qtbot, dialog, world, typed, said):
    """BPO-11: never silently corrected."""
    press(dialog, world.key("TENT"), "Split…")
    box = asked(dialog)
    qtbot.keyClicks(box.field, typed)
    assert (box.field.text(), box.problem.text(), box.problem.isVisible()) == (typed, said, True)
    QTest.keyClick(box.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert box.isVisible()
    assert not dialog.edits
    box.reject()


@on_sqlite
def test_one_unit_cannot_be_divided(qtbot, dialog, world):
    type_into(dialog, world.key("STOVE"), "1")
    settled(qtbot, dialog)
    press(dialog, world.key("STOVE"), "Split…")
    box = asked(dialog)
    assert box.problem.text() == (
        "Only 1 of it is ordered for the sales: there is nothing to divide."
    )
    box.reject()


@on_sqlite
def test_a_supplier_who_does_not_sell_it_is_not_chosen_for_the_buyer(qtbot, dialog, world):
    """Nobody else sells locks: the buyer has to say who."""
    press(dialog, world.key("LOCK"), "Split…")
    box = asked(dialog)
    qtbot.keyClicks(box.field, "2")
    assert box.supplier.currentText() == "Choose a supplier"
    assert not box.split.isEnabled()
    box.supplier.setCurrentIndex(box.supplier.findText("Alpine"))
    box.supplier.activated.emit(box.supplier.currentIndex())
    QTest.keyClick(box.supplier, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    settled(qtbot, dialog)
    assert groups(dialog)["Alpine"] == [("LOCK", "2"), ("SOCK", "5")]
    assert text_of(dialog, f"{world.key('LOCK')}/S{world.suppliers['Alpine']}", Col.COST) == "no price"


@on_sqlite
def test_the_context_menu_splits_too(qtbot, dialog, world):
    tree = dialog.page.preview.tree
    tree.show_line(world.key("TENT"))
    at = QPoint(0, 0)
    tree.contextMenuEvent(QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, at, at))
    menu = next(one for one in tree.findChildren(QMenu) if one.isVisible())
    words = [one.text() for one in menu.actions()]
    assert words == ["Change supplier", "Split…", "Leave out", "Show sales"]
    menu.close()


@on_sqlite
def test_no_split_without_a_supplier(dialog, world):
    menu = menu_of(dialog, world.key("HAT"))
    assert [one.text() for one in menu.actions() if one.text()] == ["Another supplier…"]
    menu.close()


# --- parts --------------------------------------------------------------------------------------


@on_sqlite
def test_three_parts_and_back(qtbot, dialog, world):
    """A part is split again; Join again takes one part back, on the line itself all of them."""
    key, cole, dale = world.key("TENT"), world.suppliers["Cole"], world.suppliers["Dale"]
    split(qtbot, dialog, key, "3", cole)
    split(qtbot, dialog, f"{key}/S{cole}", "1", dale)
    shown = groups(dialog)
    assert [shown[name][0] for name in ("Kestrel", "Cole", "Dale")] == [
        ("TENT", "3"), ("TENT", "2"), ("TENT", "1"),
    ]  # fmt: skip
    assert "6 needed from suppliers: 3 here, 2 at Cole, 1 at Dale" in trace_of(dialog, key)
    menu = menu_of(dialog, f"{key}/S{cole}")
    offered = {one.text(): one.isEnabled() for one in menu.actions() if one.text()}
    assert offered == {  # each supplier delivers one part
        "Cole · £59.00": True, "Kestrel · £61.20, primary": False, "Dale · £70.00": False,
        "Another supplier…": True, "Split…": True, "Change part…": True, "Join again": True,
    }  # fmt: skip
    menu.close()
    press(dialog, f"{key}/S{cole}", "Join again")
    settled(qtbot, dialog)
    assert dialog.page.preview.tree.current_line().key == key
    assert [text_of(dialog, x, Col.ORDER) for x in (key, f"{key}/S{dale}")] == ["5", "1"]
    dialog.page.preview.trace.body.linkActivated.emit("fix:join")
    settled(qtbot, dialog)
    assert text_of(dialog, key, Col.ORDER) == "6"
    assert not dialog.edits


@on_sqlite
def test_a_part_gets_other_units_and_another_supplier(qtbot, dialog, world):
    key, cole, dale = world.key("TENT"), world.suppliers["Cole"], world.suppliers["Dale"]
    split(qtbot, dialog, key, "2", cole)
    press(dialog, f"{key}/S{cole}", "Change part…")
    box = asked(dialog)
    assert (box.windowTitle(), box.field.text(), box.supplier.key()) == ("Change part of TENT", "2", cole)
    box.field.selectAll()
    qtbot.keyClicks(box.field, "6")
    assert box.problem.text() == "At most 5. To move all of it, change the supplier."
    box.field.selectAll()
    qtbot.keyClicks(box.field, "5")
    assert box.sum.text() == "1 stays with Kestrel, 5 go to Cole"
    QTest.keyClick(box.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    settled(qtbot, dialog)
    type_into(dialog, f"{key}/S{cole}", "4")
    settled(qtbot, dialog)
    menu = menu_of(dialog, f"{key}/S{cole}")
    next(one for one in menu.actions() if one.text().startswith("Dale")).trigger()
    menu.close()
    settled(qtbot, dialog)
    assert groups(dialog)["Dale"] == [("TENT", "4")]  # what was typed went along
    assert dialog._shown.line(f"{key}/S{dale}").suggested == 5 * UNIT


@on_sqlite
def test_the_quantity_of_a_part_is_typed_and_reset(qtbot, dialog, world):
    """BPO-11: the suggestion is the split's."""
    key = world.key("TENT")
    part = f"{key}/S{world.suppliers['Cole']}"
    split(qtbot, dialog, key, "2", world.suppliers["Cole"])
    tree = dialog.page.preview.tree
    tree.show_line(part)
    QTest.keyClick(tree, "1")
    assert tree._order.editor.accessibleName() == "Order quantity of TENT at Cole"
    QTest.keyClick(tree._order.editor, Qt.Key.Key_Return)
    settled(qtbot, dialog)
    model = dialog.page.preview.model
    assert model.notes(dialog._shown.line(part))[:2] == [
        ("part", "1 sale stays short by 1"), ("info", "suggested 2"),
    ]  # fmt: skip
    assert trace_of(dialog, part).startswith(
        "9 on 2 sales − 3 on hand, Main warehouse − 4 at Kestrel − 1 by you = 1"
    )
    assert dialog.page.preview.trace.reset.text() == "Reset to 2"
    qtbot.mouseClick(dialog.page.preview.trace.reset, Qt.MouseButton.LeftButton)
    settled(qtbot, dialog)
    assert text_of(dialog, part, Col.ORDER) == "2"


@on_sqlite
def test_a_typed_quantity_is_divided_not_ordered_twice(qtbot, dialog, world):
    key, cole = world.key("TENT"), world.suppliers["Cole"]
    type_into(dialog, key, "10")
    settled(qtbot, dialog)
    split(qtbot, dialog, key, "2", cole)
    assert [text_of(dialog, x, Col.ORDER) for x in (key, f"{key}/S{cole}")] == ["8", "2"]
    press(dialog, f"{key}/S{cole}", "Join again")
    settled(qtbot, dialog)
    assert text_of(dialog, key, Col.ORDER) == "10"


# --- other options ------------------------------------------------------------------------------


@on_sqlite
def test_a_split_survives_options_and_is_listed_where_it_cannot(qtbot, dialog, world):
    """BPO-11: edits dropped, with Restore."""
    key, cole = world.key("TENT"), world.suppliers["Cole"]
    split(qtbot, dialog, key, "4", cole)
    qtbot.mouseClick(dialog.page.options.exclude_stock, Qt.MouseButton.LeftButton)
    settled(qtbot, dialog)
    assert [text_of(dialog, x, Col.ORDER) for x in (key, f"{key}/S{cole}")] == ["5", "4"]
    place = dialog.page.options.deliver_to
    place.set_key(foundation.SHOP)
    place.chosen.emit(foundation.SHOP)
    settled(qtbot, dialog)
    notice = dialog.page.preview.dropped
    assert notice.label.text() == "Edits dropped (1): TENT is not in this preview"
    notice.buttons[0].click()
    settled(qtbot, dialog)
    assert not notice.isVisible()
    assert [text_of(dialog, x, Col.ORDER) for x in (key, f"{key}/S{cole}")] == ["5", "4"]


@on_sqlite
def test_a_need_below_the_part_shrinks_it(qtbot, backend, dialog, world):
    """R3.10: the line itself first gives what it has, then the last part."""
    key, cole = world.key("TENT"), world.suppliers["Cole"]
    split(qtbot, dialog, key, "4", cole)
    b.stock(backend, {world.products["TENT"]: 3})
    dialog._ask()
    settled(qtbot, dialog)
    assert [dialog._shown.line(x).quantity for x in (key, f"{key}/S{cole}")] == [0, 3 * UNIT]
    pane = dialog.page.preview
    qtbot.mouseClick(pane.nothing, Qt.MouseButton.LeftButton)
    line = pane.model.line_at(pane.model.find(key))
    assert ("none", "all of it from other suppliers") in pane.model.notes(line)


@on_sqlite
def test_a_part_at_the_lines_supplier_is_forgotten_where_no_option_brings_it_back(
    qtbot, dialog, world
):
    """BPO-11: Restore goes back to options; where those are the same, the edit can only be given up."""
    key, cole = world.key("TENT"), world.suppliers["Cole"]
    split(qtbot, dialog, key, "2", cole)
    dialog.edits.suppliers[key] = cole
    dialog._changed()
    settled(qtbot, dialog)
    notice = dialog.page.preview.dropped
    assert [button.text() for button in notice.buttons] == ["Forget"]
    assert groups(dialog)["Cole"] == [("TENT", "6")]
    notice.buttons[0].click()
    settled(qtbot, dialog)
    assert not notice.isVisible()
    assert dialog.edits.splits == {}


@on_sqlite
def test_a_supplier_assigned_to_the_line_takes_its_part_back(qtbot, dialog, world):
    key, cole = world.key("TENT"), world.suppliers["Cole"]
    split(qtbot, dialog, key, "2", cole)
    press(dialog, key, "Another supplier…")
    grid = next(x for x in dialog.children() if type(x).__name__ == "AssignSuppliers")
    grid.combo_of(world.products["TENT"]).set_key(cole)
    qtbot.mouseClick(grid.assign, Qt.MouseButton.LeftButton)
    settled(qtbot, dialog)
    assert groups(dialog)["Cole"] == [("TENT", "6")]
    assert not dialog.page.preview.dropped.isVisible()


@on_sqlite
def test_a_pasted_quantity_goes_to_the_first_part(qtbot, dialog, world):
    """MIC-08: a code names the line."""
    key, cole = world.key("TENT"), world.suppliers["Cole"]
    split(qtbot, dialog, key, "2", cole)
    QApplication.clipboard().setText("TENT\t5")
    tree = dialog.page.preview.tree
    tree.setFocus()
    QTest.keyClick(tree, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert dialog.page.preview.paste.label.text() == "Paste 1 quantity: TENT 4 → 5"
    dialog.page.preview.paste.buttons[0].click()
    settled(qtbot, dialog)
    assert [text_of(dialog, x, Col.ORDER) for x in (key, f"{key}/S{cole}")] == ["5", "2"]


@on_sqlite
def test_leaving_asks_about_a_split(qtbot, dialog, world):
    """A split is work that would be lost."""
    split(qtbot, dialog, world.key("TENT"), "2", world.suppliers["Cole"])
    dialog.reject()
    assert dialog.isVisible()
    assert dialog.page.preview.message.label.text() == (
        "Leave without creating? 1 change in the preview is lost."
    )
