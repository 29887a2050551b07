"""Credits paid out later, as a person does it: from the credit's page and the sale's panel (R7.13)."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop_app.models.change_hub import ChangeHub
from desktop_app.services.crediting import TakeBack, take_back
from desktop_app.services.paying_out import pay_out
from desktop_app.services.rules.money import UNIT as U
from desktop_app.views.credit_page import CreditPage
from desktop_app.views.desk import Desk
from desktop_app.views.pay_out_dialog import PayOutDialog
from desktop_app.views.payments_panel import PaymentsPanel
from tests.helpers.builders import Row, a_product, a_sale, once
from tests.helpers.databases import on_sqlite


@pytest.fixture
def desk(backend, background, qapp):
    made = Desk(backend, background, ChangeHub())
    made.news = []
    made.done.connect(lambda text, journal: made.news.append((text, bool(journal))))
    yield made
    made.deleteLater()


@pytest.fixture
def sold(backend):
    """Five pens, all shipped, and a fitting; 42.00 in all, 30.00 paid."""
    pen, fitting = a_product(backend, "PEN"), a_product(backend, "FIT", kind="service")
    rows = [
        Row(pen, 5, fulfilled=5, shipped=5), Row(fitting, 1, kind="service", price="10.00"),
    ]  # fmt: skip
    return a_sale(backend, rows, paid="30.00")


def shown(qtbot, widget, ready):
    qtbot.addWidget(widget)
    widget.resize(1300, 620)
    widget.show()
    qtbot.waitUntil(ready)
    return widget


def panel_of(qtbot, desk, sale):
    made = PaymentsPanel(desk, sale.id)
    return shown(qtbot, made, lambda: made.sale is not None)


def cells(view, key):
    at = next(n for n, column in enumerate(view.columns) if column.key == key)
    return [view.text(row, at) for row in range(view.rowCount())]


@on_sqlite
def test_a_credit_is_paid_out_later_by_keys(qtbot, desk, backend, sold):
    """R7.10: from its page; no more than is open; taken back by a counter-entry."""
    one = sold
    rows = [TakeBack(one.rows[0], 2 * U, "unwanted", "restock")]
    made = backend.run(take_back(one.id, rows), once=once()).result
    page = CreditPage(desk, made["credit_id"], lambda: None)
    shown(qtbot, page, lambda: page.credit is not None)
    number = made["number"]
    assert (page.pay.text(), page.pay.isEnabled()) == ("Pay out £12.00…", True)
    assert page.undo.isVisible() is False
    page.pay.setFocus()
    QTest.keyClick(page.pay, Qt.Key.Key_Space)
    (dialog,) = page.findChildren(PayOutDialog)
    assert (dialog.amount.text(), dialog.button.text()) == ("12.00", "Pay out £12.00")
    dialog.amount.selectAll()
    QTest.keyClicks(dialog.amount, "12.01")
    assert dialog.button.isEnabled() is False
    assert dialog.problem.text() == "No more than £12.00 can be paid out."
    dialog.amount.selectAll()
    QTest.keyClicks(dialog.amount, "5")
    QTest.keyClicks(dialog.reference, "BACS 7")
    QTest.keyClick(dialog.reference, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: len(page.refunds.rows()) == 1)
    assert desk.news == [(f"Paid out £5.00 of credit {number}", True)]
    assert page.marks.accessibleName() == "Statuses: Refund Part paid out"
    assert (cells(page.refunds, "amount"), cells(page.refunds, "reference")) == (
        ["£5.00"],
        ["BACS 7"],
    )
    assert page.pay.text() == "Pay out £7.00…"
    assert page.undo.isVisible()
    assert page.undo.isEnabled()
    page.undo.setFocus()
    QTest.keyClick(page.undo, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: len(page.refunds.rows()) == 2)
    assert cells(page.refunds, "amount") == ["£5.00", "−£5.00"]
    assert page.refunds.columns[-1].mark(page.refunds.rows()[0]).word == "Taken back"
    assert page.pay.text() == "Pay out £12.00…"
    qtbot.waitUntil(
        lambda: "Payout of £5.00 by card taken back" in page.timeline.browser.toPlainText()
    )


@on_sqlite
def test_the_sale_s_panel_pays_its_credits_out(qtbot, desk, backend, sold):
    """The payout shows in the panel at once; what is more than was paid is asked about."""
    one = sold
    rows = [TakeBack(one.rows[0], 5 * U, "unwanted", "restock")]
    backend.run(take_back(one.id, rows, refund=2500, method="card"), once=once())
    other = backend.run(
        take_back(one.id, [TakeBack(one.rows[1], U, "other", "none")]), once=once()
    ).result["number"]
    panel = panel_of(qtbot, desk, one)
    assert (panel.pay_out.text(), panel.pay_out.isEnabled()) == ("Pay out…", False)
    assert panel.pay_out.toolTip() == "Choose a credit first"
    panel.credits_view.setCurrentIndex(panel.credits.index(1, 0))
    assert panel.pay_out.text() == f"Pay out £12.00 of credit {other}…"
    panel.pay_out.setFocus()
    QTest.keyClick(panel.pay_out, Qt.Key.Key_Space)
    (dialog,) = panel.findChildren(PayOutDialog)
    dialog.commit()
    qtbot.waitUntil(dialog.message.isVisible)
    assert dialog.message.label.text() == (
        f"£5.00 of what was paid for #{one.number} is still here, and £12.00 is more."
        " Pay it out nevertheless?"
    )
    dialog.amount.selectAll()
    QTest.keyClicks(dialog.amount, "5")
    assert dialog.message.isVisible() is False
    dialog.commit()
    qtbot.waitUntil(lambda: cells(panel.credits, "refunded") == ["£25.00", "£5.00"])
    assert "£42.00 taken back, £30.00 paid out" in panel.facts.text()


@on_sqlite
def test_somebody_else_s_payout_is_for_a_manager(qtbot, background, backend_as, backend, sold):
    one = sold
    rows = [TakeBack(one.rows[0], U, "unwanted", "restock")]
    key = backend.run(take_back(one.id, rows), once=once()).result["credit_id"]
    backend.run(pay_out(key, 600, "cash"), once=once())
    desk = Desk(backend_as("clerk"), background, ChangeHub())
    page = CreditPage(desk, key, lambda: None)
    shown(qtbot, page, lambda: page.credit is not None)
    assert page.undo.isEnabled() is False
    assert page.undo.toolTip() == "Only the person who paid it out, or a manager, can take it back"
    assert (page.pay.isEnabled(), page.pay.toolTip()) == (False, "Nothing of it is to be paid out")
    desk.deleteLater()
