"""What a buyer sees and does in the clone dialog (ux 3.3, CLN-01 to CLN-04, R4)."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from sqlalchemy import select

from desktop_app.models.change_hub import ChangeHub
from desktop_app.services.store import tables as t
from desktop_app.views.batch_dialog import BatchDialog
from desktop_app.views.clone_dialog import CloneDialog
from desktop_app.views.desk import Desk
from tests.helpers import batch_world, foundation
from tests.helpers import builders as b
from tests.helpers.databases import on_sqlite


@pytest.fixture
def world(backend):
    return batch_world.lay(backend)


@pytest.fixture
def sale(backend, world):
    p = world.products
    b.stock(backend, {p["LOCK"]: 1})
    rows = [
        b.Row(p["TENT"], 4), b.Row(p["STOVE"], 3), b.Row(p["LOCK"], 1, reserved=1),
        b.Row(p["HAT"], 2), b.Row(None, 1, kind="text"),
    ]  # fmt: skip
    return b.a_sale(backend, rows)


@pytest.fixture
def desk(backend, background, qapp):
    made = Desk(backend, background, ChangeHub())
    yield made
    made.deleteLater()


@pytest.fixture
def shown(qtbot, desk):
    def show(sale_id, rows=()):
        made = CloneDialog(desk, sale_id, rows)
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
        qtbot.addWidget(made, before_close_func=_let_go)
        QApplication.processEvents()
        made.show()
        qtbot.waitUntil(lambda: made._sale is not None)
        return made

    return show


def _let_go(dialog):
    dialog._leaving = True


def _cells(dialog, key):
    at = dialog.table.column_of(key)
    return [dialog.rows.text(row, at) for row in range(dialog.rows.rowCount())]


def _ticks(dialog):
    return [dialog.rows.is_ticked(row) for row in range(dialog.rows.rowCount())]


def _type(dialog, row, key, text):
    return dialog.rows.setData(dialog.rows.index(row, dialog.table.column_of(key)), text)


@on_sqlite
def test_without_a_selection_all_short_rows_are_ticked(shown, sale):
    """CLN-01, R4.2: offered is what is still needed and not on order."""
    dialog = shown(sale.id)
    assert _ticks(dialog) == [True, True, False, True, False]
    assert _cells(dialog, "order") == ["4", "3", "0", "2", "–"]
    assert _cells(dialog, "alloc") == ["0", "0", "1", "0", "–"]
    assert _cells(dialog, "why")[2:] == [
        "all allocated",
        "not supplied – price needed",
        "free text",
    ]
    assert dialog.title.text() == f"Clone sale #{sale.number} to a purchase order"


@on_sqlite
def test_rows_selected_in_the_sale_arrive_ticked(shown, sale):
    dialog = shown(sale.id, (sale.rows[1],))
    assert _ticks(dialog) == [False, True, False, False, False]
    assert dialog.totals.text() == "New PO: 1 line · 3 units · £48.00 excl. tax"
    assert dialog.supplier.currentText() == "Harbour (supplies 1 of 1)"  # the cheaper one


@on_sqlite
def test_suppliers_come_by_how_much_they_supply(shown, sale, world):
    """CLN-02: a row without a price blocks only itself."""
    dialog = shown(sale.id)
    names = [dialog.supplier.itemText(at) for at in range(dialog.supplier.count())]
    assert names[:2] == ["Kestrel (supplies 2 of 3)", "Harbour (supplies 1 of 3)"]
    assert dialog.lead.text() == "lead time 7 days"
    assert dialog.totals.text() == (
        "New PO: 2 lines · 7 units · £298.65 excl. tax · 1 row left out: price needed"
    )
    assert _type(dialog, 3, "cost", "£7,25")
    assert dialog.totals.text() == "New PO: 3 lines · 9 units · £313.15 excl. tax"


@on_sqlite
def test_invalid_figures_are_kept_and_block(shown, sale):
    dialog = shown(sale.id)
    assert not _type(dialog, 0, "order", "two")
    assert _cells(dialog, "order")[0] == "two"
    assert not dialog.clone.isEnabled()
    assert dialog.clone.toolTip() == "Correct what cannot be read first"
    assert not _type(dialog, 3, "cost", "cheap")
    assert dialog.rows.why_wrong(dialog.rows.row_at(3), "cost").startswith(
        "“cheap” is not an amount"
    )
    assert _type(dialog, 0, "order", "")
    assert _cells(dialog, "order")[0] == "4"


def test_clone_now_makes_one_order_and_is_undone(qtbot, backend, desk, shown, sale, world):
    """CLN-04, R4.4."""
    dialog = shown(sale.id)
    dialog.sale_status.set_key(foundation.SALE_STATUS["On order"])
    told = []
    desk.done.connect(lambda text, journal: told.append((text, journal)))
    with qtbot.waitSignal(dialog.placed) as placed:
        QTest.keyClick(dialog, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        dialog.commit()  # pressed again
    made = placed.args[0]
    assert (made["supplier"], made["lines"], made["units"]) == ("Kestrel", 2, 7 * 10_000)
    assert not dialog.isVisible()
    assert told[0][0] == f"PO {made['number']} created for #{sale.number}"
    read = select(t.purchase_order.c.number).where(t.purchase_order.c.number >= made["number"])
    assert backend.read(lambda db: db.execute(read).scalars().all()) == [made["number"]]
    status = select(t.sale.c.status_id).where(t.sale.c.id == sale.id)
    assert (
        backend.read(lambda db: db.execute(status).scalar_one())
        == foundation.SALE_STATUS["On order"]
    )
    with qtbot.waitSignal(desk.undone):
        desk.undo(told[0][1])
    state = select(t.purchase_order.c.state).where(t.purchase_order.c.id == made["id"])
    assert backend.read(lambda db: db.execute(state).scalar_one()) == "cancelled"
    assert backend.read(lambda db: db.execute(status).scalar_one()) == foundation.SALE_STATUS["New"]


def test_more_than_needed_is_asked_about(qtbot, backend, shown, sale):
    """R4.2."""
    dialog = shown(sale.id, sale.rows[:1])
    assert _type(dialog, 0, "order", "6")
    assert _cells(dialog, "why")[0] == "2 more than needed: goes to free stock"
    dialog.commit()
    qtbot.waitUntil(dialog.message.isVisible)
    assert dialog.message.label.text() == (
        "More than is still needed on 1 row. The rest would be free stock. Order it anyway?"
    )
    with qtbot.waitSignal(dialog.placed) as placed:
        dialog.message.buttons[0].click()
    assert placed.args[0]["units"] == 6 * 10_000


@on_sqlite
def test_delivery_is_to_the_sales_warehouse_unless_chosen(qtbot, backend, shown, sale):
    dialog = shown(sale.id)
    assert dialog.warehouse.currentText() == "Main warehouse"
    dialog.warehouse.set_key(foundation.SHOP)
    with qtbot.waitSignal(dialog.placed) as placed:
        dialog.commit()
    place = select(t.purchase_order.c.warehouse_id).where(
        t.purchase_order.c.id == placed.args[0]["id"]
    )
    assert backend.read(lambda db: db.execute(place).scalar_one()) == foundation.SHOP


@on_sqlite
def test_typing_edits_the_quantity_and_enter_moves_down(shown, sale):
    dialog = shown(sale.id)
    dialog.table.setFocus()
    dialog.table.setCurrentIndex(dialog.rows.index(0, 0))
    QTest.keyClick(dialog.table, "3")
    assert dialog.table.editor is not None
    QTest.keyClick(dialog.table.editor, Qt.Key.Key_Return)
    assert dialog.table.currentIndex().row() == 1
    assert _cells(dialog, "order")[0] == "3"
    assert not dialog._busy
    QTest.keyClick(dialog.table, Qt.Key.Key_Space)
    assert _ticks(dialog)[1] is False


@on_sqlite
def test_leaving_with_edits_asks_once_and_without_does_not(shown, sale):
    dialog = shown(sale.id)
    _type(dialog, 0, "order", "3")
    dialog.close()
    assert dialog.isVisible()
    assert dialog.message.label.text() == "Leave without cloning? 1 changed row is lost."
    dialog.close()
    assert not dialog.isVisible()
    calm = shown(sale.id)
    QTest.keyClick(calm, Qt.Key.Key_Escape)
    assert not calm.isVisible()


@on_sqlite
def test_one_order_per_supplier_is_the_batch_dialog(qtbot, shown, sale):
    dialog = shown(sale.id)
    dialog.each.click()
    batch = next(w for w in QApplication.topLevelWidgets() if isinstance(w, BatchDialog))
    qtbot.addWidget(batch)
    qtbot.waitUntil(lambda: batch._fresh)
    assert batch.page.scope.text() == "From 1 sale · 4 rows · 4 products"


@on_sqlite
def test_no_button_is_the_default(shown, sale):
    """MIC-15."""
    dialog = shown(sale.id)
    assert not [x for x in dialog.findChildren(QPushButton) if x.isDefault() or x.autoDefault()]
