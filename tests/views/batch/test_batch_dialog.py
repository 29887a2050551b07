"""What a buyer sees in the batch purchase order dialog (ux 3.2, BPO-01 to BPO-13)."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit
from sqlalchemy import select

from desktop_app.models.batch_preview_model import Col, Shown
from desktop_app.models.change_hub import ChangeHub
from desktop_app.services.store import tables as t
from desktop_app.views.batch_dialog import BatchDialog
from desktop_app.views.desk import Desk
from tests.helpers import batch_world, foundation
from tests.helpers import builders as b
from tests.helpers.batch_screen import settled, text_of, type_into, without_tags
from tests.helpers.databases import on_sqlite

# --- the documented options ----------------------------------------------------------------------


@on_sqlite
def test_the_six_documented_options_have_their_words(dialog):
    """R3.1, R3.2: wording, order and defaults."""
    options = dialog.page.options
    assert [
        options.all_items.title.text(), options.needed_items.title.text(),
        options.exclude_stock.title.text(), options.exclude_orders.title.text(),
        options.vendor.accessibleName(), options.sales_status.accessibleName(),
    ] == [
        "Order all items on the selected sales",
        "Order items needed to fulfil selected sales",
        "Exclude items already on hand / in stock",
        "Exclude items on purchase orders not yet received",
        "Vendor to use", "Update sales to status",
    ]  # fmt: skip
    assert options.needed_items.is_checked()
    assert options.exclude_stock.is_checked()
    assert options.on_hand.is_checked()
    assert options.exclude_orders.is_checked()
    assert not options.count_promised.is_checked()
    assert options.vendor.currentText() == "Primary supplier"
    assert options.sales_status.currentText() == "Don't change"
    assert options.on_hand.hint.text() == "= in stock minus allocated"  # BPO-07


def test_the_preview_says_what_will_be_ordered(dialog, world):
    model = dialog.page.preview.model
    rows = {
        line.sku: [
            model.data(model.find(line.key, c))
            for c in (Col.NEEDED, Col.STOCK, Col.INBOUND, Col.ORDER)
        ]
        for line in dialog._shown.lines()
    }
    assert rows == {
        "TENT": ["9", "3", "0", "6"],
        "STOVE": ["8", "2", "3", "3"],
        "LOCK": ["6", "0", "0", "6"],
        "SOCK": ["5", "0", "0", "5"],
        "HAT": ["4", "0", "0", "–"],
        "GLOVE": [None] * 4,  # only on demand (BPO-12)
    }
    tops = [model.data(model.index(row, 0)) for row in range(model.rowCount())]
    assert tops == ["Alpine", "Kestrel", "Penrose", "No supplier, not ordered"]
    assert dialog.page.scope.text() == "From 7 sales · 11 rows · 6 products"
    assert dialog.page.totals.text() == (
        "3 purchase orders · 4 lines · 20 units · £566.95 excl. tax · 3 incoming set aside"
    )
    assert dialog.page.commit.text() == "Create 3 purchase orders"


@on_sqlite
def test_choosing_all_items_orders_full_quantities(qtbot, dialog, world):
    """BPO-01: even what is allocated; the trace says so."""
    qtbot.mouseClick(dialog.page.options.all_items, Qt.MouseButton.LeftButton)
    assert not dialog.page.commit.isEnabled()  # at once, before anything is worked out
    settled(qtbot, dialog)
    assert text_of(dialog, world.key("STOVE"), Col.NEEDED) == "12"


@on_sqlite
def test_in_stock_instead_of_on_hand(qtbot, dialog, world):
    """BPO-03: the column says which of the two it is."""
    qtbot.mouseClick(dialog.page.options.in_stock, Qt.MouseButton.LeftButton)
    settled(qtbot, dialog)
    model = dialog.page.preview.model
    assert model.headerData(Col.STOCK, Qt.Orientation.Horizontal) == "In stock"
    assert dialog._shown.line(world.key("STOVE")).from_stock == 6 * 10_000


@on_sqlite
def test_a_named_vendor_gets_everything(qtbot, dialog, world):
    combo = dialog.page.options.vendor
    combo.setCurrentIndex(combo.findText("Harbour"))
    combo.activated.emit(combo.currentIndex())
    settled(qtbot, dialog)
    model = dialog.page.preview.model
    assert [model.data(model.index(row, 0)) for row in range(model.rowCount())] == ["Harbour"]
    assert text_of(dialog, world.key("TENT"), Col.COST) == "no price"
    assert dialog.page.preview.warnings.text() == "Warnings 4"


@on_sqlite
def test_the_status_is_said_in_the_footer(qtbot, dialog):
    """BPO-06."""
    combo = dialog.page.options.sales_status
    assert combo.findText("Cancelled") == -1  # cancelling is an act of its own (R2.7)
    combo.set_key(foundation.SALE_STATUS["On order"])
    combo.chosen.emit(combo.key())
    settled(qtbot, dialog)
    assert dialog.page.totals.text().endswith("7 sales → On order")


# --- quantities explain themselves ---------------------------------------------------------------


def test_every_trace_adds_up(qtbot, dialog):
    """PR-04: the terms of each line are its quantity, whatever the options."""
    for choice in ("needed_items", "all_items", "exclude_stock", "exclude_orders"):
        qtbot.mouseClick(getattr(dialog.page.options, choice), Qt.MouseButton.LeftButton)
        settled(qtbot, dialog)
        for line in dialog._shown.lines():
            assert sum(term.units for term in line.trace) == line.quantity, line.sku


@on_sqlite
def test_the_trace_is_a_sentence_with_links(qtbot, desk, dialog, world):
    dialog.page.preview.tree.show_line(world.key("STOVE"))
    trace = dialog.page.preview.trace
    assert trace.title.text() == "STOVE  Stove one · why 3?"
    said = without_tags(trace.body.text())
    assert said.startswith(
        "12 on 3 sales − 4 allocated = 8 needed − 2 on hand, Main warehouse"
        " − 3 incoming on PO 1 (28 Nov) = 3"
    )
    assert "For, oldest first: #4 (3)" in said
    assert "5 more incoming are promised to 1 other sale row" in said
    with qtbot.waitSignal(desk.open_wanted) as opened:
        trace.body.linkActivated.emit(f"purchase:{world.incoming.id}")
    assert opened.args == ["purchase", world.incoming.id]
    trace.body.linkActivated.emit("open:sold")
    assert "12 on 3 sales (#1 (4), #3 (3), #4 (5))" in without_tags(trace.body.text())


@on_sqlite
def test_nothing_to_order_is_shown_on_demand_with_its_reason(qtbot, dialog, world):
    """BPO-12."""
    pane = dialog.page.preview
    assert pane.nothing.text() == "Nothing to order 1"
    qtbot.mouseClick(pane.nothing, Qt.MouseButton.LeftButton)
    model = pane.model
    assert model.rowCount() == 1
    assert model.data(model.index(0, 0)) == "Nothing to order"
    assert text_of(dialog, world.key("GLOVE"), Col.STOCK) == "7"
    line = model.line_at(model.find(world.key("GLOVE")))
    assert model.notes(line) == [("none", "covered by stock")]


# --- edits ---------------------------------------------------------------------------------------


@on_sqlite
def test_typing_edits_enter_moves_down_and_the_edit_is_marked(qtbot, dialog, world):
    """BPO-11, with the keyboard alone."""
    tree = dialog.page.preview.tree
    tree.setFocus()
    tree.show_line(world.key("TENT"))
    for typed in "10":
        QTest.keyClick(tree.focusWidget() or tree, typed)
    assert tree.is_editing
    QTest.keyClick(tree._order.editor, Qt.Key.Key_Return)
    assert not tree.is_editing
    assert tree.current_line().sku == "STOVE"
    assert not dialog.page.commit.isEnabled()
    settled(qtbot, dialog)
    assert text_of(dialog, world.key("TENT"), Col.ORDER) == "10"
    line = dialog._shown.line(world.key("TENT"))
    assert dialog.page.preview.model.notes(line) == [
        ("info", "suggested 6"), ("info", "4 extra go to free stock"),
    ]  # fmt: skip
    assert dialog.page.preview.edited.text() == "Edited 1"
    tree.show_line(world.key("TENT"))
    assert without_tags(dialog.page.preview.trace.body.text()).startswith(
        "9 on 2 sales − 3 on hand, Main warehouse + 4 by you = 10"
    )
    qtbot.mouseClick(dialog.page.preview.trace.reset, Qt.MouseButton.LeftButton)
    assert dialog.page.preview.trace.reset.text() == "Reset to 6"
    settled(qtbot, dialog)
    assert text_of(dialog, world.key("TENT"), Col.ORDER) == "6"
    assert not dialog.edits


@on_sqlite
def test_less_than_needed_says_who_stays_short(qtbot, dialog, world):
    type_into(dialog, world.key("TENT"), "3")
    settled(qtbot, dialog)
    model = dialog.page.preview.model
    line = dialog._shown.line(world.key("TENT"))
    assert model.notes(line)[0] == ("part", "1 sale stays short by 3")


@on_sqlite
def test_a_sum_is_worked_out_and_an_invalid_text_is_kept(qtbot, dialog, world):
    """MIC-06, BPO-11: never silently corrected, and it blocks the commit with a reason."""
    assert type_into(dialog, world.key("LOCK"), "12+6")
    settled(qtbot, dialog)
    assert text_of(dialog, world.key("LOCK"), Col.ORDER) == "18"
    assert not type_into(dialog, world.key("TENT"), "2.5")
    settled(qtbot, dialog)
    assert text_of(dialog, world.key("TENT"), Col.ORDER) == "2.5"
    model = dialog.page.preview.model
    tip = model.data(model.find(world.key("TENT"), Col.ORDER), Qt.ItemDataRole.ToolTipRole)
    assert tip == "This product is counted in whole units."
    assert not dialog.page.commit.isEnabled()
    assert dialog.page.commit.toolTip() == "Correct the quantities that cannot be read first"
    assert type_into(dialog, world.key("TENT"), "")  # emptied: the suggestion again
    settled(qtbot, dialog)
    assert dialog.page.commit.isEnabled()


@on_sqlite
def test_edits_survive_option_changes(qtbot, dialog, world):
    type_into(dialog, world.key("TENT"), "10")
    qtbot.mouseClick(dialog.page.options.exclude_stock, Qt.MouseButton.LeftButton)
    settled(qtbot, dialog)
    assert text_of(dialog, world.key("TENT"), Col.ORDER) == "10"
    assert dialog._shown.line(world.key("TENT")).suggested == 9 * 10_000


@on_sqlite
def test_a_dropped_edit_is_listed_and_restored(qtbot, dialog, world):
    """BPO-11: its line is gone while everything goes to the shop."""
    type_into(dialog, world.key("TENT"), "10")
    settled(qtbot, dialog)
    place = dialog.page.options.deliver_to
    place.set_key(foundation.SHOP)
    place.chosen.emit(foundation.SHOP)
    settled(qtbot, dialog)
    notice = dialog.page.preview.dropped
    assert notice.isVisible()
    assert notice.label.text().startswith("Edits dropped (1): TENT")
    notice.buttons[0].click()
    settled(qtbot, dialog)
    assert place.key() is None
    assert not notice.isVisible()
    assert text_of(dialog, world.key("TENT"), Col.ORDER) == "10"


@on_sqlite
def test_lines_and_suppliers_are_left_out_by_their_boxes(qtbot, dialog, world):
    """BPO-10, with Space."""
    tree = dialog.page.preview.tree
    tree.setFocus()
    tree.show_line(world.key("SOCK"))
    QTest.keyClick(tree, Qt.Key.Key_Space)
    settled(qtbot, dialog)
    assert dialog.page.commit.text() == "Create 2 purchase orders"
    model = dialog.page.preview.model
    top = model.find(world.key("SOCK")).parent()
    assert model.data(top, Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Unchecked
    tree.setCurrentIndex(top)
    QTest.keyClick(tree, Qt.Key.Key_Space)
    settled(qtbot, dialog)
    assert dialog.page.commit.text() == "Create 3 purchase orders"


@on_sqlite
def test_the_supplier_of_a_line_is_changed_with_prices_shown(qtbot, dialog, world):
    """BPO-10: those that offer the product first."""
    tree = dialog.page.preview.tree
    tree.setFocus()
    tree.show_line(world.key("STOVE"))
    QTest.keyClick(tree, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    menu = next(m for m in tree.findChildren(type(tree._menu())) if m.isVisible())
    words = [action.text() for action in menu.actions()]
    assert words[:2] == ["Kestrel · £17.95, primary", "Harbour · £16.00"]
    menu.actions()[1].trigger()
    menu.close()
    settled(qtbot, dialog)
    model = dialog.page.preview.model
    assert model.data(model.find(world.key("STOVE")).parent()) == "Harbour"
    assert text_of(dialog, world.key("STOVE"), Col.COST) == "£16.00"


@on_sqlite
def test_quantities_are_pasted_from_a_spreadsheet_after_a_look(qtbot, dialog, world):
    """MIC-08."""
    tree = dialog.page.preview.tree
    tree.setFocus()
    tree.show_line(world.key("TENT"))
    QApplication.clipboard().setText("Code\tWanted\nLOCK\t12\nNOPE\t3\nTENT\t8\n")
    QTest.keyClick(tree, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    notice = dialog.page.preview.paste
    assert notice.label.text() == (
        "Paste 2 quantities: LOCK 6 → 12, TENT 6 → 8. Not in this preview: NOPE"
    )
    assert not dialog.edits
    notice.buttons[0].click()
    settled(qtbot, dialog)
    assert text_of(dialog, world.key("LOCK"), Col.ORDER) == "12"
    tree.show_line(world.key("TENT"))
    QApplication.clipboard().setText("9\n4")
    QTest.keyClick(tree, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert notice.label.text() == "Paste 2 quantities: TENT 8 → 9, STOVE 3 → 4"
    notice.buttons[1].click()
    assert text_of(dialog, world.key("TENT"), Col.ORDER) == "8"


# --- warnings and their fixes --------------------------------------------------------------------


def test_a_missing_supplier_is_assigned_in_place_and_kept(qtbot, backend, dialog, world):
    """R3.7, BPO-13."""
    notice = dialog.page.preview.no_supplier
    assert notice.label.text() == "1 product has no supplier: 4 units will not be ordered"
    qtbot.mouseClick(notice.buttons[0], Qt.MouseButton.LeftButton)
    grid = next(x for x in dialog.children() if type(x).__name__ == "AssignSuppliers")
    grid.combo_of(world.products["HAT"]).set_key(world.suppliers["Alpine"])
    qtbot.mouseClick(grid.assign, Qt.MouseButton.LeftButton)
    settled(qtbot, dialog)
    assert not notice.isVisible()
    assert text_of(dialog, world.key("HAT"), Col.COST) == "no price"
    assert dialog.page.commit.text() == "Create 3 purchase orders"
    dialog.commit()
    qtbot.waitUntil(lambda: dialog._result is not None)
    kept = backend.read(
        lambda db: db.execute(
            select(t.offer.c.is_primary).where(
                t.offer.c.product_id == world.products["HAT"],
                t.offer.c.supplier_id == world.suppliers["Alpine"],
            )
        ).scalar_one()
    )
    assert kept == 1


@on_sqlite
def test_warnings_narrow_the_preview(qtbot, dialog, world):
    pane = dialog.page.preview
    assert pane.warnings.text() == "Warnings 1"
    qtbot.mouseClick(pane.warnings, Qt.MouseButton.LeftButton)
    assert pane.model.rowCount() == 1
    assert pane.model.find(world.key("HAT")).isValid()
    qtbot.mouseClick(pane.warnings, Qt.MouseButton.LeftButton)
    assert pane.model.rowCount() == 4


@on_sqlite
def test_find_in_preview(qtbot, dialog, world):
    qtbot.keyClicks(dialog.page.preview.search, "penrose")
    model = dialog.page.preview.model
    assert model.rowCount() == 1
    assert model.find(world.key("LOCK")).isValid()
    model.set_filter(Shown("nobody"))
    assert model.rowCount() == 0


@on_sqlite
def test_sales_on_hold_are_named(qtbot, backend, desk, world):
    held = b.a_sale(backend, [b.Row(world.products["TENT"], 3)], status="On hold")
    made = BatchDialog(desk, (*world.sale_ids, held.id))
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(made.page.commit.isEnabled)
    said = without_tags(made.page.preview.left_out.label.text())
    assert said == f"Left out: 1 sale on hold (#{held.number})"


@on_sqlite
def test_quotes_are_left_out_until_ticked_in_the_preview(qtbot, backend, desk, world):
    """R3.8."""
    quote = b.a_sale(backend, [b.Row(world.products["TENT"], 3)], status="Quote")
    made = BatchDialog(desk, (*world.sale_ids, quote.id))
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(made.page.commit.isEnabled)
    notice = made.page.preview.left_out
    assert without_tags(notice.label.text()) == f"Left out: 1 quote (#{quote.number})"
    assert text_of(made, world.key("TENT"), Col.ORDER) == "6"
    notice.buttons[0].click()
    settled(qtbot, made)
    assert not notice.isVisible()
    assert made.page.options.quotes.is_checked()
    assert text_of(made, world.key("TENT"), Col.ORDER) == "9"


@on_sqlite
def test_full_packs_are_a_quiet_warning_with_a_fix(qtbot, dialog, world):
    """R3.9: the surplus is said as its own term."""
    type_into(dialog, world.key("LOCK"), "7")
    settled(qtbot, dialog)
    pane = dialog.page.preview
    pane.tree.show_line(world.key("LOCK"))
    assert ("soft", "not full packs") in pane.model.notes(dialog._shown.line(world.key("LOCK")))
    pane.model.reset_line(dialog._shown.line(world.key("LOCK")))
    extra = b.a_sale(dialog._desk.backend, [b.Row(world.products["LOCK"], 1)])
    dialog._sale_ids = (*world.sale_ids, extra.id)
    dialog._ask()
    settled(qtbot, dialog)
    pane.trace.body.linkActivated.emit("fix:packs")
    settled(qtbot, dialog)
    assert dialog.page.options.round_up.is_checked()
    assert without_tags(pane.trace.body.text()).startswith(
        "7 on 3 sales + 5 to full packs of 6 = 12"
    )


# --- rights, names, keys -------------------------------------------------------------------------


@on_sqlite
def test_a_clerk_sees_why_the_button_is_grey(qtbot, backend_as, background, qapp):
    """R11.1."""
    clerk = backend_as("clerk")
    world = batch_world.lay(clerk)
    desk = Desk(clerk, background, ChangeHub())
    made = BatchDialog(desk, world.sale_ids)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: made._fresh)
    assert not made.page.commit.isEnabled()
    assert made.page.commit.toolTip() == "Needs buyer or manager"


@on_sqlite
def test_too_many_sales_are_refused_in_words(qtbot, desk, world):
    """SAL-05."""
    made = BatchDialog(desk, tuple(range(1, 10_002)))
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(made.page.preview.message.isVisible)
    assert "10,001" in made.page.preview.message.label.text()
    assert not made.page.commit.isEnabled()


@on_sqlite
def test_every_control_has_a_name(dialog):
    """LST-11, PR-08."""
    dialog.page.options.more.setChecked(True)
    unnamed = [
        f"{type(w).__name__} in {type(w.parent()).__name__}"
        for kind in (QAbstractButton, QComboBox, QLineEdit)
        for w in dialog.findChildren(kind)
        if w.isVisible()
        and not (w.accessibleName() or getattr(w, "text", str)())
        and w.objectName() != "_q_qlineeditclearbutton"
        and "clear" not in w.objectName().lower()
    ]
    assert not unnamed


@on_sqlite
def test_f6_walks_the_panes(dialog):
    """PR-08."""
    dialog.activateWindow()
    dialog.page.options.needed_items.button.setFocus()
    visited = []
    for _ in range(5):
        QTest.keyClick(dialog, Qt.Key.Key_F6)
        visited.append(dialog.focusWidget())
    page = dialog.page
    assert visited == [
        page.preview.search, page.preview.tree, page.preview.trace.body, page.commit,
        page.options.needed_items.button,
    ]  # fmt: skip
