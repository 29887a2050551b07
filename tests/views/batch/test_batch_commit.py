"""Creating, conflict, result, undo and leaving in the batch dialog (BPO-14 to BPO-18)."""

import threading

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLineEdit, QPushButton
from sqlalchemy import select

from desktop_app.models.batch_preview_model import Col
from desktop_app.services import purchases, purchases_list
from desktop_app.services.progress import Progress
from desktop_app.services.purchases_list import PurchasesFilter
from desktop_app.services.store import tables as t
from desktop_app.views.batch_dialog import BatchDialog
from desktop_app.views.record_peek import RecordPeek
from desktop_app.views.sale_page import SalePage
from tests.helpers import builders as b
from tests.helpers import foundation
from tests.helpers.batch_screen import order_count, settled, text_of, type_into
from tests.helpers.databases import on_sqlite

# --- the commit ----------------------------------------------------------------------------------


def test_what_was_shown_is_created_and_undone(qtbot, backend, dialog, world):
    """PR-05, BPO-16, BPO-17."""
    combo = dialog.page.options.sales_status
    combo.set_key(foundation.SALE_STATUS["On order"])
    combo.chosen.emit(combo.key())
    settled(qtbot, dialog)
    shown = {
        (g.supplier, line.sku, line.quantity) for g in dialog._shown.groups for line in g.lines
    }
    with qtbot.waitSignal(dialog.placed):
        qtbot.mouseClick(dialog.page.commit, Qt.MouseButton.LeftButton)
    made = backend.read(
        lambda db: {
            tuple(row)
            for row in db.execute(
                select(t.supplier.c.name, t.product.c.sku, t.purchase_row.c.ordered)
                .join(t.purchase_order, t.purchase_order.c.id == t.purchase_row.c.po_id)
                .join(t.supplier, t.supplier.c.id == t.purchase_order.c.supplier_id)
                .join(t.product, t.product.c.id == t.purchase_row.c.product_id)
                .where(t.purchase_order.c.batch_id == dialog._result["batch_id"])
            )
        }
    )
    assert made == shown
    page = dialog.result_page
    assert page.title.text() == "3 purchase orders created"
    assert page.said.text() == (
        "7 sales set to On order. 3 units already on their way were set aside for these sales."
    )
    assert page.missing.text() == "Not ordered: 4 units, 1 product (no supplier): HAT"
    cells = [[page.table.text(row, col) for col in range(5)] for row in range(3)]
    assert cells[1] == ["PO 3", "Kestrel", "2", "9", "£421.05"]
    qtbot.mouseClick(page.undo, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.title.text() == "Undone")
    assert page.said.text() == "Cancelled: PO 2, PO 3, PO 4. 7 sales got the earlier status back."
    states = backend.read(
        lambda db: db.execute(
            select(t.purchase_order.c.state).where(t.purchase_order.c.batch_id.is_not(None))
        ).scalars().all()
    )  # fmt: skip
    assert states == ["cancelled"] * 3


def test_an_undo_that_is_refused_says_why(qtbot, backend, dialog):
    with qtbot.waitSignal(dialog.placed):
        dialog.commit()
    backend.run(purchases.send_purchase_order(dialog._result["orders"][1]["id"]), once=b.once())
    qtbot.mouseClick(dialog.result_page.undo, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(dialog.result_page.message.isVisible)
    assert dialog.result_page.message.text() == (
        "This batch cannot be undone any more: PO 3 was sent to the supplier. Nothing was changed."
    )
    assert dialog.result_page.undo.isEnabled()


def test_pressing_twice_creates_once(qtbot, backend, dialog):
    """BPO-14, R3.12: double click, Enter-Enter, Ctrl+Enter."""
    before = order_count(backend)
    with qtbot.waitSignal(dialog.placed):
        dialog.commit()
        dialog.commit()
        qtbot.mouseDClick(dialog.page.commit, Qt.MouseButton.LeftButton)
        QTest.keyClick(dialog, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.wait(50)
    assert order_count(backend) == before + 3


def test_changed_facts_stop_the_commit_and_mark_the_lines(qtbot, backend, dialog, world):
    """BPO-14, R3.10: nothing is written; old → new; accepted with the next press."""
    b.stock(backend, {world.products["TENT"]: 2})
    before = order_count(backend)
    dialog.commit()
    qtbot.waitUntil(lambda: dialog._accepting)
    assert order_count(backend) == before
    assert text_of(dialog, world.key("TENT"), Col.STOCK) == "3 → 5"
    assert text_of(dialog, world.key("TENT"), Col.ORDER) == "6 → 4"
    assert text_of(dialog, world.key("STOVE"), Col.ORDER) == "3"
    assert dialog.page.preview.message.label.text() == (
        "1 line changed since this preview, marked old → new. Nothing was created."
    )
    assert dialog.page.commit.text() == "Accept changes and create"
    assert dialog.page.commit.isEnabled()
    with qtbot.waitSignal(dialog.placed) as placed:
        qtbot.mouseClick(dialog.page.commit, Qt.MouseButton.LeftButton)
    assert placed.args[0]["orders"][1]["units"] == (4 + 3) * 10_000


@on_sqlite
def test_progress_appears_and_cancel_creates_nothing(qtbot, backend, desk, dialog):
    """BPO-15: after 400 ms, in words; Cancel rolls everything back."""
    before, release = order_count(backend), threading.Event()
    desk.background.write(desk, lambda: release.wait(10), lambda _: None)  # the writer is busy
    dialog.commit()
    assert not dialog.page.bar.isVisible()
    qtbot.waitUntil(dialog.page.bar.isVisible)
    assert dialog.page.totals.text() == "Checking that nothing changed…"
    assert not dialog.page.commit.isEnabled()
    assert dialog.page.cancel.isEnabled()
    dialog.reject()
    assert dialog.isVisible()
    assert dialog.page.preview.message.label.text() == (
        "Purchase orders are being created. Stop, and create none of them?"
    )
    dialog._stay()
    qtbot.mouseClick(dialog.page.cancel, Qt.MouseButton.LeftButton)
    release.set()
    qtbot.waitUntil(lambda: not dialog._busy)
    assert dialog.page.preview.message.label.text() == "Stopped. Nothing was created."
    assert order_count(backend) == before
    qtbot.waitUntil(dialog.page.commit.isEnabled)


@on_sqlite
def test_progress_counts_things(dialog):
    """MIC-11."""
    progress = Progress()
    progress.step("placing", 1, 5, "Penrose Wholesale")
    dialog.page.show_progress(progress)
    assert dialog.page.totals.text() == "Creating 2 of 5 purchase orders: Penrose Wholesale"
    assert (dialog.page.bar.value(), dialog.page.bar.maximum()) == (1, 5)
    dialog.page.show_progress(None)


@on_sqlite
def test_a_link_opens_its_record_over_the_dialog(qtbot, desk, dialog, world):
    """IA-06: the work in the dialog stays."""
    peek = RecordPeek(lambda leave: SalePage(desk, world.sales[0].id, leave), dialog)
    peek.open()
    qtbot.waitUntil(lambda: peek.page.sale is not None)
    QTest.keyClick(peek, Qt.Key.Key_Escape)
    assert not peek.isVisible()
    assert dialog.isVisible()
    qtbot.waitUntil(lambda: desk.background.busy == 0)


@on_sqlite
def test_enter_commits_only_from_the_button_or_with_ctrl(qtbot, backend, dialog, world):
    """MIC-15."""
    before = order_count(backend)
    for widget in dialog.findChildren(QLineEdit) + dialog.findChildren(QComboBox):
        if widget.isVisible():
            widget.setFocus()
            QTest.keyClick(widget, Qt.Key.Key_Return)
    assert not dialog._busy
    assert order_count(backend) == before
    assert not [x for x in dialog.findChildren(QPushButton) if x.isDefault() or x.autoDefault()]
    settled(qtbot, dialog)
    dialog.page.commit.setFocus()
    with qtbot.waitSignal(dialog.placed):
        QTest.keyClick(dialog.page.commit, Qt.Key.Key_Return)
    assert order_count(backend) == before + 3


@on_sqlite
def test_the_result_opens_its_orders_in_purchases(qtbot, backend, desk, dialog):
    with qtbot.waitSignal(dialog.placed):
        dialog.commit()
    with qtbot.waitSignal(desk.open_wanted) as opened:
        qtbot.mouseClick(dialog.result_page.open_all, Qt.MouseButton.LeftButton)
    assert opened.args == ["purchases_filter", PurchasesFilter(batch_id=dialog._result["batch_id"])]
    assert backend.read(purchases_list.PURCHASES.count, opened.args[1]) == 3
    assert not dialog.isVisible()


def test_options_are_remembered_and_said(qtbot, desk, dialog, world):
    """R3.2, BPO-18."""
    assert dialog.page.source.text() == "Company's default options"
    qtbot.mouseClick(dialog.page.options.in_stock, Qt.MouseButton.LeftButton)
    assert dialog.page.source.text() == "Options changed"
    settled(qtbot, dialog)
    with qtbot.waitSignal(dialog.placed):
        dialog.commit()
    qtbot.waitUntil(lambda: desk.background.busy == 0)
    again = BatchDialog(desk, world.sale_ids)
    qtbot.addWidget(again)
    again.show()
    qtbot.waitUntil(lambda: again._fresh)
    assert again.page.options.in_stock.is_checked()
    assert again.page.source.text() == "Your last options"
    qtbot.mouseClick(again.page.company, Qt.MouseButton.LeftButton)
    assert again.page.options.on_hand.is_checked()
    settled(qtbot, again)


def test_a_second_batch_orders_nothing(qtbot, desk, dialog, world):
    """R3.12."""
    with qtbot.waitSignal(dialog.placed):
        dialog.commit()
    again = BatchDialog(desk, world.sale_ids)
    qtbot.addWidget(again)
    again.show()
    qtbot.waitUntil(lambda: again._fresh)
    assert again.page.totals.text() == "Nothing to order"
    assert not again.page.commit.isEnabled()
    assert again.page.commit.toolTip() == "There is nothing to order"


# --- leaving -------------------------------------------------------------------------------------


@on_sqlite
def test_leaving_with_edits_asks_once(qtbot, dialog, world):
    type_into(dialog, world.key("TENT"), "10")
    settled(qtbot, dialog)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    message = dialog.page.preview.message
    assert dialog.isVisible()
    assert message.isVisible()
    assert message.label.text() == "Leave without creating? 1 change in the preview is lost."
    QTest.keyClick(dialog, Qt.Key.Key_Escape)  # goes on
    assert dialog.isVisible()
    assert not message.isVisible()
    dialog.close()
    assert dialog.isVisible()
    dialog.close()  # asked once
    assert not dialog.isVisible()


@on_sqlite
def test_leaving_without_edits_does_not_ask(dialog):
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
