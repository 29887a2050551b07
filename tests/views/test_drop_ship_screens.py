"""Drop-ship on screen: clone, batch, purchase order, sale (CLN-03, POD-03, R4.3)."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from sqlalchemy import select

from desktop_app.models.change_hub import ChangeHub
from desktop_app.services.cancelling import cancel
from desktop_app.services.cloning import CloneRequest, clone_to_purchase_order
from desktop_app.services.drop_ship import mark_drop_shipped
from desktop_app.services.rules.money import units
from desktop_app.services.store import tables as t
from desktop_app.views.batch_addresses import AddressesDialog
from desktop_app.views.batch_dialog import BatchDialog
from desktop_app.views.clone_dialog import CloneDialog
from desktop_app.views.desk import Desk
from desktop_app.views.drop_ship_dialogs import MarkShippedDialog, TakeBackDialog
from desktop_app.views.purchase_page import PurchasePage
from desktop_app.views.sale_page import SalePage
from tests.helpers import batch_world
from tests.helpers import builders as b

pytestmark = pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
HOME = "12 Mill Lane\nBath BA1 2QR"


@pytest.fixture
def world(backend):
    return batch_world.lay(backend)


@pytest.fixture
def sale(backend, world):
    p = world.products
    b.stock(backend, {p["STOVE"]: 1})
    rows = [
        b.Row(p["TENT"], 4),
        b.Row(p["STOVE"], 3, reserved=1),
        b.Row(b.a_product(backend, "FIT", kind="service"), 1, kind="service"),
    ]
    return b.a_sale(backend, rows, address=HOME, customer=b.a_customer(backend, "Tom Okafor"))


@pytest.fixture
def desk(backend, background, qapp):
    made = Desk(backend, background, ChangeHub())
    yield made
    made.deleteLater()


@pytest.fixture
def show(qtbot):
    def shown(widget, ready):
        if hasattr(widget, "_leaving"):
            widget.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
            qtbot.addWidget(widget, before_close_func=lambda w: setattr(w, "_leaving", True))
        else:
            qtbot.addWidget(widget)
        widget.show()
        qtbot.waitUntil(ready)
        return widget

    return shown


def orders(backend):
    return backend.read(
        lambda db: db.execute(select(t.purchase_order).order_by(t.purchase_order.c.id)).all()
    )


@pytest.fixture
def dropped(backend, world, sale):
    """A sent drop-ship order of 4 tents and 2 stoves."""
    wanted = {sale.rows[0]: units(4), sale.rows[1]: units(2)}
    request = CloneRequest(sale.id, world.suppliers["Kestrel"], None, wanted, po_state="sent")
    return backend.run(clone_to_purchase_order(request), once=b.once()).result


def test_the_clone_dialog_says_what_a_drop_ship_means_and_makes_one(
    qtbot, backend, desk, show, world, sale
):
    """CLN-03: address, no goods-in, the rows, and what is displaced."""
    dialog = CloneDialog(desk, sale.id)
    show(dialog, lambda: dialog._sale is not None)
    assert not dialog.card.isVisible()
    QTest.keyClick(dialog.delivery.to_customer, Qt.Key.Key_Space)
    assert dialog.card.isVisible()
    assert not dialog.warehouse.isEnabled()
    assert dialog.card.text() == HOME
    words = dialog.card.words.text()
    assert (
        "Goes straight to Tom Okafor: nothing will be received, and it is never on order." in words
    )
    assert "2 rows of the sale become drop-ship" in words
    assert "released" not in words
    rows, at = dialog.rows, dialog.table.column_of("order")
    assert rows.text(2, at) == "–"
    assert rows._remark(rows.row_at(2)) == "not a stock item: not drop-shipped"
    rows.setData(rows.index(1, at), "3")
    assert "1 allocated unit is released" in dialog.card.words.text()
    assert rows._remark(rows.row_at(1)) == "1 allocated released"
    rows.setData(rows.index(1, at), "4")
    assert rows._remark(rows.row_at(1)) == "at most 3 can be drop-shipped"
    assert (dialog.clone.isEnabled(), dialog.clone.toolTip()) == (
        False,
        "Correct what cannot be read first",
    )
    rows.setData(rows.index(1, at), "3")
    dialog.commit()
    qtbot.waitUntil(dialog.message.isVisible)
    assert dialog.message.label.text() == (
        "More than is still needed on 1 row: 1 allocated unit is released. Let the supplier deliver all of it?"
    )
    assert [x.text() for x in dialog.message.buttons] == ["Drop-ship all"]
    with qtbot.waitSignal(dialog.placed):
        dialog.message.buttons[0].click()
    made = orders(backend)[-1]
    assert (made.drop_ship, made.address, made.warehouse_id) == (1, HOME, None)


def test_an_incomplete_address_bars_the_clone_until_it_is_typed(qtbot, backend, desk, show, world):
    """CLN-03: the missing parts are named."""
    bare = b.a_sale(backend, [b.Row(world.products["TENT"], 1)])
    dialog = CloneDialog(desk, bare.id)
    show(dialog, lambda: dialog._sale is not None)
    dialog.delivery.to_customer.click()
    assert not dialog.clone.isEnabled()
    assert dialog.clone.toolTip() == "The address lacks street and town or postcode"
    dialog.card.address.setPlainText("4 Quay")
    assert dialog.clone.toolTip() == "The address lacks town or postcode"
    assert dialog.card.address.property("state") == "wrong"
    dialog.card.address.setPlainText("4 Quay\nFalmouth")
    assert dialog.clone.isEnabled()
    with qtbot.waitSignal(dialog.placed):
        dialog.commit()
    assert orders(backend)[-1].address == "4 Quay\nFalmouth"


def test_the_customers_own_address_stands_in(backend, desk, show, world):
    who = b.a_customer(backend, "Elif", address="1 New Road, Leeds")
    bare = b.a_sale(backend, [b.Row(world.products["TENT"], 1)], customer=who)
    dialog = CloneDialog(desk, bare.id)
    show(dialog, lambda: dialog._sale is not None)
    dialog.delivery.to_customer.click()
    assert dialog.card.text() == "1 New Road, Leeds"
    assert "this is the customer's" in dialog.card.words.text()


def test_a_drop_ship_order_is_marked_shipped_in_parts(qtbot, backend, desk, show, dropped):
    """POD-03: the address, no Receive, and the words of the axis."""
    page = PurchasePage(desk, dropped["id"], lambda: None)
    show(page, lambda: page.order is not None)
    assert page.act.text() == "Mark shipped by supplier…"
    assert "straight to Tom Okafor, 12 Mill Lane, Bath BA1 2QR" in page.facts.text()
    page._fill_menu()
    acts = [x.text() for x in page.menu.actions() if x.text()]
    assert "Receive…" not in acts
    assert "Raise a line…" not in acts
    assert [page.tabs.tabText(at) for at in range(3)] == ["Lines 2", "Drop-ship notes 1", "Sale"]
    assert [(one.units, one.live) for one in page.waiting.rows()] == [(units(6), units(6))]
    page.act.click()
    dialog = next(w for w in QApplication.topLevelWidgets() if isinstance(w, MarkShippedDialog))
    assert dialog.button.text() == "Mark 6 units shipped"
    dialog.rows.setData(dialog.rows.index(0, dialog.rows.columnCount() - 1), "1")
    assert dialog.totals.text() == "3 units shipped to the customer, 3 units left to ship"
    dialog.tracking.setText("1Z 999")
    dialog.commit()
    qtbot.waitUntil(lambda: page.order.to_ship == units(3))
    assert page.tabs.tabText(1) == "Drop-ship notes 2"
    assert page.drop_notes.row_at(1).note.tracking == "1Z 999"
    state = page.lines.columns[-1]
    assert [state.mark(row).word for row in page.lines.rows()] == [
        "3 to ship",
        "Shipped by supplier",
    ]
    page.act.click()
    dialog = next(
        w
        for w in QApplication.topLevelWidgets()
        if isinstance(w, MarkShippedDialog) and w.isVisible()
    )
    dialog.commit()
    qtbot.waitUntil(lambda: page.order.to_ship == 0)
    assert not page.act.isVisible()


def test_more_than_is_left_cannot_be_typed_and_news_is_shown(
    qtbot, backend, desk, show, dropped, sale
):
    """R11.3: somebody marked some of it meanwhile."""
    page = PurchasePage(desk, dropped["id"], lambda: None)
    show(page, lambda: page.order is not None)
    page._mark_shipped()
    dialog = next(w for w in QApplication.topLevelWidgets() if isinstance(w, MarkShippedDialog))
    last = dialog.rows.columnCount() - 1
    assert not dialog.rows.setData(dialog.rows.index(0, last), "5")
    assert not dialog.button.isEnabled()
    dialog.rows.setData(dialog.rows.index(0, last), "4")
    backend.run(mark_drop_shipped(dropped["id"], {sale.rows[0]: units(3)}), once=b.once())
    dialog.commit()
    qtbot.waitUntil(dialog.message.isVisible)
    assert dialog.message.label.text().startswith(f"PO {dropped['number']} has 1 unit left to ship")
    qtbot.waitUntil(lambda: dialog.rows.total == units(3))
    dialog.reject()


def test_units_are_taken_back(qtbot, backend, desk, show, dropped):
    page = PurchasePage(desk, dropped["id"], lambda: None)
    show(page, lambda: page.order is not None)
    page._take_back()
    dialog = next(w for w in QApplication.topLevelWidgets() if isinstance(w, TakeBackDialog))
    assert not dialog.button.isEnabled()
    assert not dialog.tracking.isVisible()
    dialog.rows.setData(dialog.rows.index(1, dialog.rows.columnCount() - 1), "2")
    assert dialog.button.text() == "Take back 2 units"
    dialog.commit()
    qtbot.waitUntil(lambda: len(page.order.rows) == 1)
    assert page.order.to_ship == units(4)


def test_an_order_whose_sale_was_cancelled_says_so_and_offers_to_be_cancelled(
    qtbot, backend, desk, show, dropped, sale
):
    backend.run(cancel([sale.id]), once=b.once())
    page = PurchasePage(desk, dropped["id"], lambda: None)
    show(page, lambda: page.order is not None)
    assert page.act.text() == "Cancel purchase order"
    assert "its sale was cancelled: nothing of it is wanted" in page.facts.text()
    page.act.click()
    qtbot.waitUntil(lambda: page.order.state == "cancelled")
    assert not page.act.isVisible()


def test_the_sale_shows_its_drop_ship(qtbot, backend, desk, show, dropped, sale):
    """R4.4."""
    page = SalePage(desk, sale.id, lambda: None)
    show(page, lambda: page.sale is not None and page.purchases.rowCount() == 1)
    columns = {column.key: column for column in page.rows.columns}
    tent = page.rows.row_at(0)
    number = dropped["number"]
    assert columns["coming"].mark(tent).word.startswith(f"4 on PO {number}")
    assert columns["coming"].mark(tent).spoken.startswith("Drop-ship to the customer: 4 on PO")
    assert columns["how"].text(tent) == "Drop-ship"
    assert columns["how"].text(page.rows.row_at(1)) == "Drop-ship 2 of 3"
    shown = {column.key: column for column in page.purchases.columns}
    line = page.purchases.row_at(0)
    assert shown["delivery"].mark(line).word == "Drop-ship"
    assert (shown["received"].mark(line).word, shown["live"].text(line)) == ("Not shipped", "6")
    backend.run(mark_drop_shipped(dropped["id"], {sale.rows[0]: units(4)}), once=b.once())
    page.refresh()
    qtbot.waitUntil(lambda: page.purchases.row_at(0).live == units(2))
    assert shown["received"].mark(page.purchases.row_at(0)).word == "Part shipped"


def test_a_batch_goes_to_the_customers(qtbot, backend, desk, show, world, sale):
    bare = b.a_sale(backend, [b.Row(world.products["TENT"], 2)])
    dialog = BatchDialog(desk, [sale.id, bare.id])
    show(dialog, lambda: dialog._shown is not None)
    options = dialog.page.options
    options.deliver_to.set_key("customer")
    options._touched()
    qtbot.waitUntil(lambda: dialog._fresh and dialog._shown.options.to_customer)
    assert not options.customer_hint.isHidden()
    assert not options.append_drafts.button.isEnabled()
    assert not options.round_up.button.isEnabled()
    pane = dialog.page.preview
    assert "1 sale without an address" in pane.left_out.label.text()
    assert pane.left_out.buttons[0].text() == "Type addresses…"
    line = dialog._shown.groups[0].lines[0]
    assert not dialog.edits.type_quantity(line, "99")
    assert dialog.edits.unread[line.key].why.startswith("At most ")
    dialog.edits.reset(line)
    pane.left_out.buttons[0].click()
    typed = next(w for w in QApplication.topLevelWidgets() if isinstance(w, AddressesDialog))
    assert not typed.use.isEnabled()
    typed.field_of(bare.id).setText("1 New Road")
    assert typed.problem.text() == f"Address of #{bare.number} lacks town or postcode."
    typed.field_of(bare.id).setText("1 New Road, Leeds")
    assert typed.use.text() == "Use 1 address"
    typed.commit()
    qtbot.waitUntil(
        lambda: (
            (dialog._fresh and not dialog._shown.left_out)
            or dialog._shown.left_out[0].sale_id != bare.id
        )
    )
    qtbot.waitUntil(dialog.page.commit.isEnabled)
    with qtbot.waitSignal(dialog.placed):
        dialog.commit()
    made = orders(backend)[1:]
    assert {(o.drop_ship, o.sale_id, o.address) for o in made} == {
        (1, sale.id, HOME), (1, bare.id, "1 New Road, Leeds"),
    }  # fmt: skip
