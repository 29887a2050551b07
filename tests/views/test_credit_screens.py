"""What a person sees and does with payments, invoices and credits (R2.1, R7.2, R7.10, ux 3.7)."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from sqlalchemy import select

from desktop_app.config import Workstation
from desktop_app.models import billing_rows
from desktop_app.models.change_hub import ChangeHub
from desktop_app.models.credit_rows import BACK
from desktop_app.services.access import Permission
from desktop_app.services.backend import Backend, Call
from desktop_app.services.billing import record_payment
from desktop_app.services.credit_writing import (
    CreditDraft,
    CreditRow,
    stock_pairs,
    write_credit,
)
from desktop_app.services.crediting import TakeBack, take_back
from desktop_app.services.rules.money import UNIT as U
from desktop_app.services.store import tables as t
from desktop_app.views.billing_acts import InvoiceDialog, PaymentDialog
from desktop_app.views.credit_dialog import CreditDialog
from desktop_app.views.credit_page import CreditPage
from desktop_app.views.credits_page import CreditsPage
from desktop_app.views.desk import Desk
from desktop_app.views.payments_panel import PaymentsPanel
from desktop_app.views.pick_lists import PickLists
from desktop_app.views.sale_page import SalePage
from tests.helpers import foundation as f
from tests.helpers.builders import Row, a_customer, a_product, a_sale, once
from tests.helpers.databases import on_sqlite
from tests.helpers.receipts import level as whole_level


@pytest.fixture
def desk(backend, background, qapp):
    made = Desk(backend, background, ChangeHub())
    made.news = []
    made.done.connect(lambda text, journal: made.news.append((text, bool(journal))))
    yield made
    made.deleteLater()


@pytest.fixture
def sold(backend):
    """Five pens (all shipped), two inks (one shipped), a fitting; 54.00 in all, 30.00 paid."""
    pen, ink = a_product(backend, "PEN"), a_product(backend, "INK")
    fitting = a_product(backend, "FIT", kind="service")
    rows = [
        Row(pen, 5, fulfilled=5, shipped=5), Row(ink, 2, fulfilled=1, shipped=1),
        Row(fitting, 1, kind="service", price="10.00"),
    ]  # fmt: skip
    customer = a_customer(backend, "Orchard Lane Ltd")
    return pen, ink, a_sale(backend, rows, paid="30.00", customer=customer)


def shown(qtbot, widget, ready):
    widget.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    qtbot.addWidget(widget, before_close_func=_let_go)
    widget.resize(1300, 620)
    widget.show()
    qtbot.waitUntil(ready)
    return widget


def _let_go(widget):
    widget._leaving = True


def dialog_of(qtbot, desk, sale):
    made = CreditDialog(desk, sale.id)
    return shown(qtbot, made, lambda: made._sale is not None and made.rows.rowCount() > 0)


def cells(view, key):
    at = next(n for n, column in enumerate(view.columns) if column.key == key)
    return [view.text(row, at) for row in range(view.rowCount())]


def made_credits(backend):
    c = t.credit.c
    query = select(c.total, c.refunded, c.warehouse_id).order_by(c.id)
    return backend.read(lambda db: [tuple(row) for row in db.execute(query)])


def keys(widget, *typed):
    for one in typed:
        if isinstance(one, str):
            QTest.keyClicks(QApplication.focusWidget() or widget, one)
        else:
            QTest.keyClick(QApplication.focusWidget() or widget, one)


def typed_row(dialog, row, text):
    """Digits open the field of the current row; Enter leaves it."""
    dialog.table.setFocus()
    dialog.table.setCurrentIndex(dialog.rows.index(row, dialog.table.column_of(BACK)))
    QTest.keyClick(dialog.table, text[0])
    assert dialog.table.editor is not None
    QTest.keyClicks(dialog.table.editor, text[1:])
    QTest.keyClick(dialog.table.editor, Qt.Key.Key_Return)


@on_sqlite
def test_goods_are_taken_back_by_keys(qtbot, desk, backend, sold):
    """Digits, Enter, Ctrl+Enter; the foot says what will be, the strip what was."""
    pen, _, one = sold
    dialog = dialog_of(qtbot, desk, one)
    assert dialog.title.text() == f"Take goods of #{one.number} back"
    assert dialog.customer.text() == "Orchard Lane Ltd"
    assert cells(dialog.rows, "sold") == ["5", "2", "1"]
    assert cells(dialog.rows, "shipped") == ["5", "1", "–"]
    assert cells(dialog.rows, "before") == ["–", "–", "–"]
    assert dialog.totals.text() == "Nothing to take back yet"
    assert (dialog.take.text(), dialog.take.isEnabled()) == ("Take back", False)
    assert dialog.take.toolTip() == "Type how many of a row come back"
    typed_row(dialog, 0, "2")
    assert dialog.table.currentIndex().row() == 1
    assert dialog.totals.text() == "Credit: 1 row · 2 units · £12.00 incl. tax · 2 back to on hand"
    assert dialog.refund.text() == "12.00"
    typed_row(dialog, 2, "1")
    assert dialog.totals.text() == (
        "Credit: 2 rows · 3 units · £24.00 incl. tax · 2 back to on hand, 1 money only"
    )
    assert (dialog.refund.text(), dialog.take.text()) == ("24.00", "Take back 2 rows")
    QTest.keyClick(dialog, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: not dialog.isVisible())
    assert made_credits(backend) == [(2400, 2400, f.MAIN)]
    assert whole_level(backend, pen) == (2, 0, 0)
    assert desk.news == [(f"Credit 1 of £24.00 for #{one.number}, £24.00 paid out", False)]


@on_sqlite
def test_the_reason_moves_the_goods_and_a_person_may_say_otherwise(qtbot, desk, backend, sold):
    """R7.10: faulty goes to quarantine, damaged is written off; "same for every row" copies both."""
    pen, ink, one = sold
    dialog = dialog_of(qtbot, desk, one)
    typed_row(dialog, 0, "1")
    dialog.table.setCurrentIndex(dialog.rows.index(0, dialog.table.column_of(BACK)))
    assert dialog.row_name.text() == "PEN:"
    choose(dialog.reason, "damaged")
    assert dialog.goes.key() == "write_off"
    choose(dialog.reason, "faulty")
    assert dialog.totals.text().endswith("1 to quarantine")
    typed_row(dialog, 1, "1")
    assert dialog.totals.text().endswith("1 back to on hand, 1 to quarantine")
    dialog.table.setCurrentIndex(dialog.rows.index(0, dialog.table.column_of(BACK)))
    QTest.mouseClick(dialog.same, Qt.MouseButton.LeftButton)
    assert dialog.totals.text().endswith("2 to quarantine")
    dialog.table.setCurrentIndex(dialog.rows.index(1, dialog.table.column_of(BACK)))
    choose(dialog.goes, "restock")
    dialog.table.setCurrentIndex(dialog.rows.index(2, dialog.table.column_of(BACK)))
    assert (dialog.goes.key(), dialog.goes.isEnabled()) == ("none", False)
    choose(dialog.place, f.SHOP)
    dialog.commit()
    qtbot.waitUntil(lambda: not dialog.isVisible())
    assert whole_level(backend, pen, f.SHOP) == (1, 0, 1)
    assert whole_level(backend, ink, f.SHOP) == (1, 0, 0)


def choose(combo, key):
    at = next(n for n in range(combo.count()) if combo.itemData(n) == key)
    combo.setCurrentIndex(at)
    combo._took(at)


@on_sqlite
def test_too_much_is_marked_before_it_is_asked(qtbot, desk, backend, sold):
    """R7.10: the row says how many are too many, and the button is grey with the reason."""
    _, _, one = sold
    dialog = dialog_of(qtbot, desk, one)
    typed_row(dialog, 0, "7")
    assert cells(dialog.rows, "why")[0] == "2 too many"
    assert dialog.take.isEnabled() is False
    assert dialog.take.toolTip() == "No more can be taken back than was sold"
    typed_row(dialog, 0, "1.5")
    assert cells(dialog.rows, "why")[0] == "This product is counted in whole units."
    assert dialog.take.toolTip() == "Correct what cannot be read first"
    typed_row(dialog, 0, "1")
    assert cells(dialog.rows, "why")[0] == "£6.00"
    assert dialog.take.isEnabled()
    assert made_credits(backend) == []


@on_sqlite
def test_a_row_that_another_took_back_meanwhile_is_marked(qtbot, desk, backend, sold):
    """The service refuses; the sentence names product, sold, credited before and asked."""
    _, _, one = sold
    dialog = dialog_of(qtbot, desk, one)
    typed_row(dialog, 0, "4")
    backend.run(
        take_back(one.id, [TakeBack(one.rows[0], 3 * U, "unwanted", "restock")]), once=once()
    )
    dialog.commit()
    qtbot.waitUntil(dialog.message.isVisible)
    assert dialog.message.label.text() == (
        "No more can be taken back than was sold. PEN: 5 sold, 3 taken back before, 4 asked now."
        " Nothing was changed."
    )
    assert cells(dialog.rows, "why")[0] == "5 sold, 3 taken back before"
    qtbot.waitUntil(lambda: cells(dialog.rows, "before")[0] == "3")
    assert dialog.take.isEnabled() is False
    typed_row(dialog, 0, "2")
    assert dialog.take.isEnabled()
    dialog.commit()
    qtbot.waitUntil(lambda: not dialog.isVisible())
    assert len(made_credits(backend)) == 2


@on_sqlite
def test_what_never_left_is_asked_about(qtbot, desk, backend, sold):
    _, ink, one = sold
    dialog = dialog_of(qtbot, desk, one)
    typed_row(dialog, 1, "2")
    assert cells(dialog.rows, "why")[1] == "only 1 has left"
    dialog.commit()
    qtbot.waitUntil(dialog.message.isVisible)
    assert dialog.message.label.text().startswith(
        "More comes back than has left by the books. INK: 1 shipped, 0 came back before, 2 now."
    )
    assert [b.text() for b in dialog.message.buttons] == ["Take them back nevertheless"]
    dialog.message.buttons[0].click()
    qtbot.waitUntil(lambda: not dialog.isVisible())
    assert whole_level(backend, ink) == (2, 0, 0)


@on_sqlite
def test_more_than_was_paid_is_asked_about(qtbot, desk, backend, sold):
    _, _, one = sold
    dialog = dialog_of(qtbot, desk, one)
    QTest.mouseClick(dialog.all, Qt.MouseButton.LeftButton)
    assert dialog.totals.text().startswith("Credit: 3 rows · 8 units · £54.00 incl. tax")
    assert dialog.refund.text() == "30.00"
    typed_row(dialog, 1, "1")
    dialog.refund.setFocus()
    dialog.refund.selectAll()
    QTest.keyClicks(dialog.refund, "3x")
    assert (dialog.refund.property("state"), dialog.take.isEnabled()) == ("wrong", False)
    dialog.refund.selectAll()
    QTest.keyClicks(dialog.refund, "31")
    dialog.commit()
    qtbot.waitUntil(dialog.message.isVisible)
    assert dialog.message.label.text() == (
        f"£30.00 of what was paid for #{one.number} is still here, and £31.00 is more."
        " Pay it out nevertheless?"
    )
    dialog.message.buttons[0].click()
    qtbot.waitUntil(lambda: not dialog.isVisible())
    assert made_credits(backend) == [(4800, 3100, f.MAIN)]


@on_sqlite
def test_leaving_asks_once(qtbot, desk, backend, sold):
    dialog = dialog_of(qtbot, desk, sold[2])
    typed_row(dialog, 0, "2")
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.message.label.text() == "Leave without taking back? 1 changed row is lost."
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    assert dialog.message.isVisible() is False
    dialog.reject()
    dialog.message.buttons[0].click()
    assert dialog.isVisible() is False
    assert made_credits(backend) == []


def panel_of(qtbot, desk, sale):
    made = PaymentsPanel(desk, sale.id)
    return shown(qtbot, made, lambda: made.sale is not None)


@on_sqlite
def test_the_panel_says_what_is_paid_and_due(qtbot, desk, backend, sold):
    _, _, one = sold
    panel = panel_of(qtbot, desk, one)
    assert panel.facts.text() == "£54.00 in total · £30.00 paid · £24.00 due · not invoiced"
    assert [b.isEnabled() for b in (panel.invoice, panel.pay, panel.back)] == [True, True, True]
    assert panel.undo.isVisible() is False
    assert panel.credits_view.isVisible() is False


@on_sqlite
def test_an_invoice_is_made_by_keys_and_is_one_way(qtbot, desk, backend, sold):
    _, _, one = sold
    panel = panel_of(qtbot, desk, one)
    QTest.mouseClick(panel.invoice, Qt.MouseButton.LeftButton)
    (dialog,) = panel.findChildren(InvoiceDialog)
    assert dialog.button.text() == f"Invoice #{one.number}"
    QTest.keyClick(dialog, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: panel.sale.invoice_number is not None)
    number = panel.sale.invoice_number
    assert desk.news == [(f"Invoiced #{one.number} as invoice {number}", False)]
    assert panel.invoice.isEnabled() is False
    assert panel.invoice.toolTip() == f"Invoice {number} is made already"
    assert f"invoice {number} of " in panel.facts.text()


@on_sqlite
def test_a_payment_is_recorded_and_taken_back(qtbot, desk, backend, sold):
    """R7.2; too much is asked about; taking back is a counter-entry."""
    _, _, one = sold
    panel = panel_of(qtbot, desk, one)
    QTest.mouseClick(panel.pay, Qt.MouseButton.LeftButton)
    (dialog,) = panel.findChildren(PaymentDialog)
    assert (dialog.amount.text(), dialog.button.text()) == ("24.00", "Record £24.00")
    dialog.amount.selectAll()
    QTest.keyClicks(dialog.amount, "24.001")
    assert dialog.button.isEnabled() is False
    assert dialog.problem.text() == (
        "“24.001” is finer than the currency: it has 2 decimal places."
    )
    dialog.amount.selectAll()
    QTest.keyClicks(dialog.amount, "25")
    QTest.keyClicks(dialog.reference, "BACS 9")
    dialog.commit()
    qtbot.waitUntil(dialog.message.isVisible)
    assert dialog.message.label.text() == (
        f"£24.00 is due for #{one.number}, and £25.00 is more. Record it nevertheless?"
    )
    dialog.amount.selectAll()
    QTest.keyClicks(dialog.amount, "24")
    assert dialog.message.isVisible() is False
    dialog.commit()
    qtbot.waitUntil(lambda: len(panel.payments.rows()) == 2)
    assert desk.news == [(f"Recorded £24.00 for #{one.number}", True)]
    assert panel.facts.text() == "£54.00 in total · £54.00 paid · nothing due · not invoiced"
    assert cells(panel.payments, "reference") == ["", "BACS 9"]
    panel.payments_view.setCurrentIndex(panel.payments.index(1, 0))
    assert panel.undo.isEnabled()
    panel.undo.click()
    qtbot.waitUntil(lambda: len(panel.payments.rows()) == 3)
    assert cells(panel.payments, "amount") == ["£30.00", "£24.00", "−£24.00"]
    assert panel.payments.columns[5].mark(panel.payments.rows()[1]).word == "Taken back"
    assert panel.facts.text().startswith("£54.00 in total · £30.00 paid · £24.00 due")


@on_sqlite
def test_cancelled_and_quoted_sales_say_why_not(qtbot, desk, backend, sold):
    gone = a_sale(backend, [Row(sold[0], 1)], status="Cancelled")
    panel = panel_of(qtbot, desk, gone)
    assert [b.isEnabled() for b in (panel.invoice, panel.pay, panel.back)] == [False] * 3
    assert panel.back.toolTip() == "The sale is cancelled"
    quote = a_sale(backend, [Row(sold[0], 1)], status="Quote")
    other = panel_of(qtbot, desk, quote)
    assert [b.isEnabled() for b in (other.invoice, other.pay, other.back)] == [False, True, False]
    assert other.invoice.toolTip() == "A quote is not sold yet"


@on_sqlite
def test_somebody_else_s_payment_is_for_a_manager(qtbot, background, backend_as, backend, sold):
    """R11.1: a clerk records; another's payment is taken back by a manager only."""
    _, _, one = sold
    backend.run(record_payment(one.id, 100, "card"), once=once())
    clerk: Backend = backend_as("clerk")
    desk = Desk(clerk, background, ChangeHub())
    panel = panel_of(qtbot, desk, one)
    panel.payments_view.setCurrentIndex(panel.payments.index(1, 0))
    assert panel.pay.isEnabled()
    assert panel.undo.isEnabled() is False
    assert panel.undo.toolTip() == "Only the person who recorded it, or a manager, can take it back"
    desk.deleteLater()


@on_sqlite
def test_the_sale_names_its_credits_and_leads_to_them(qtbot, desk, backend, sold):
    """R7.10: "Credits 1" on the sale; Enter on the line opens the credit."""
    _, _, one = sold
    rows = [TakeBack(one.rows[0], 2 * U, "unwanted", "restock")]
    made = backend.run(take_back(one.id, rows, refund=600, method="card"), once=once()).result
    page = SalePage(desk, one.id, lambda: None)
    shown(qtbot, page, lambda: page.sale is not None and page.payments.sale is not None)
    at = page.tabs.indexOf(page.payments)
    qtbot.waitUntil(lambda: page.tabs.tabText(at) == "Payments 1 · Credits 1")
    page.tabs.setCurrentIndex(at)
    panel = page.payments
    assert panel.facts.text() == (
        "£54.00 in total · £30.00 paid · £24.00 due · £12.00 taken back, £6.00 paid out · not invoiced"
    )
    assert cells(panel.credits, "credit") == [f"Credit {made['number']}"]
    assert cells(panel.credits, "what") == ["2 units taken back"]
    opened = []
    desk.open_wanted.connect(lambda kind, key: opened.append((kind, key)))
    panel.credits_view.setCurrentIndex(panel.credits.index(0, 0))
    panel.credits_view.setFocus()
    QTest.keyClick(panel.credits_view, Qt.Key.Key_Return)
    assert opened == [("credit", made["credit_id"])]


@on_sqlite
def test_both_sales_of_an_exchange_lead_to_each_other(qtbot, desk, backend, sold):
    """R7.1, R7.10: the credit links the sale it takes back from and the sale made instead."""
    pen, _, old = sold
    new = a_sale(backend, [Row(pen, 1)])

    def body(work):
        line = CreditRow(
            sale_row_id=old.rows[0], product_id=pen, kind="stock", description="Pen",
            warehouse_id=f.SHOP, quantity=U, price=5 * U, tax_rate=2000, net=500, tax=100,
            reason="size", disposition="restock",
        )  # fmt: skip
        draft = CreditDraft(
            placed_at=work.at, customer_id=f.WALK_IN, channel_id=f.DIRECT, warehouse_id=f.SHOP,
            sale_id=old.id, exchange_id=new.id, currency="GBP", reference="", external_id=None,
            rows=[line],
        )  # fmt: skip
        work.locks.take_stock(stock_pairs(draft.rows))
        work.locks.take_sales([old.id])
        return {"id": write_credit(work, draft)[0]}

    made = backend.run(Call("Test exchange", Permission.BILL, body, {}), once=once()).result["id"]
    opened = []
    desk.open_wanted.connect(lambda kind, key: opened.append((kind, key)))
    for sale, other, words in ((old, new, "1 unit taken back"), (new, old, "given in exchange")):
        panel = panel_of(qtbot, desk, sale)
        assert cells(panel.credits, "what") == [words]
        assert cells(panel.credits, "other") == [f"#{other.number}"]
        panel._follow(panel.credits.rows()[0], "other")
    assert opened == [("sale", new.id), ("sale", old.id)]
    page = shown(qtbot, CreditPage(desk, made, lambda: None), lambda: bool(opened))
    qtbot.waitUntil(lambda: page.credit is not None)
    assert page.instead.text() == f"Open exchange #{new.number}"
    assert page.facts.text().endswith(f"of sale #{old.number} · exchanged for #{new.number}")
    assert cells(page.rows, "reason") == ["size"]
    page.instead.click()
    assert opened[-1] == ("sale", new.id)


@on_sqlite
def test_a_credit_as_a_page(qtbot, desk, backend, sold):
    _, _, one = sold
    rows = [
        TakeBack(one.rows[0], 2 * U, "faulty", "quarantine"),
        TakeBack(one.rows[2], U, "other", "none"),
    ]
    call = take_back(one.id, rows, refund=600, method="card", reference="RMA 7")
    made = backend.run(call, once=once()).result
    page = CreditPage(desk, made["credit_id"], lambda: None)
    shown(qtbot, page, lambda: page.credit is not None)
    assert (page.head.title.text(), page.title) == (f"Credit {made['number']}",) * 2
    assert page.head.subtitle.text().startswith("Orchard Lane Ltd · ")
    assert page.marks.accessibleName() == "Statuses: Refund Part paid out"
    said = page.facts.text()
    assert said.startswith("£24.00 · £6.00 paid out · Main warehouse · ")
    assert said.endswith(f"of sale #{one.number} · reference RMA 7")
    assert cells(page.rows, "item") == ["PEN", "FIT"]
    assert cells(page.rows, "reason") == ["faulty", "other"]
    assert cells(page.rows, "place") == ["Main warehouse · QUARANTINE", ""]
    assert [page.tabs.tabText(n) for n in range(2)] == ["Taken back 2", "Refunds 1"]
    assert (page.of_sale.text(), page.instead.isVisible()) == (f"Open sale #{one.number}", False)
    opened = []
    desk.open_wanted.connect(lambda kind, key: opened.append((kind, key)))
    page.of_sale.click()
    assert opened == [("sale", one.id)]
    qtbot.waitUntil(lambda: "Taken back of" in page.timeline.browser.toPlainText())
    page.timeline.note.setPlainText("Sent to the maker")
    page.timeline.add.click()
    qtbot.waitUntil(lambda: "Sent to the maker" in page.timeline.browser.toPlainText())


@on_sqlite
def test_the_list_of_credits(qtbot, desk, backend, sold, monkeypatch):
    monkeypatch.setattr(Workstation, "save", lambda self: None)
    _, _, one = sold
    for units, paid in ((1, 600), (2, 0)):
        rows = [TakeBack(one.rows[0], units * U, "unwanted", "restock")]
        backend.run(take_back(one.id, rows, refund=paid, method="card"), once=once())
    page = CreditsPage(desk, Workstation(), PickLists(desk))
    shown(qtbot, page, lambda: page.table.rowCount() == 2 and page.table.row_at(0) is not None)
    assert cells(page.table, "credit") == ["Credit 2", "Credit 1"]
    assert cells(page.table, "sale") == [f"#{one.number}"] * 2
    assert cells(page.table, "total") == ["£12.00", "£6.00"]
    qtbot.waitUntil(lambda: page.tabs._tabs["to_pay_out"].text() == "To pay out  1")
    page.tabs._tabs["to_pay_out"].click()
    qtbot.waitUntil(lambda: page.table.total == 1)
    opened = []
    desk.open_wanted.connect(lambda kind, key: opened.append((kind, key)))
    page.view.setFocus()
    QTest.keyClick(page.view, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(opened))
    assert opened[0][0] == "credit"


@pytest.mark.parametrize(
    ("outcomes", "words"),
    [
        ([("invoiced", 7)], "Invoiced #1 as invoice 7"),
        ([("invoiced", 7), ("invoiced", 8)], "Invoiced 2 sales as invoices 7 to 8"),
        ([("already", 3)], "Nothing was invoiced; #1 is invoiced already"),
        (
            [("invoiced", 7), ("quote", None), ("quote", None), ("cancelled", None)],
            "Invoiced #1 as invoice 7; #2, #3 are quotes; #4 is cancelled",
        ),
        (
            [("already", n) for n in range(5)],
            "Nothing was invoiced; #1, #2, #3 and 2 more are invoiced already",
        ),
    ],
)
def test_the_words_of_an_invoicing(outcomes, words):
    sales = [
        {"id": n, "number": n, "outcome": outcome, "invoice": number}
        for n, (outcome, number) in enumerate(outcomes, 1)
    ]
    assert billing_rows.invoiced_words({"sales": sales}) == words


@pytest.mark.parametrize(
    ("text", "digits", "minor"),
    [("17.95", 2, 1795), ("£1,234.5", 2, 123450), ("17,95", 2, 1795), ("3", 0, 3), ("0", 2, 0)],
)
def test_amounts_are_read_exactly(text, digits, minor):
    assert billing_rows.parse_amount(text, digits) == minor
    assert billing_rows.parse_amount(billing_rows.typed_amount(minor, digits), digits) == minor


@pytest.mark.parametrize("text", ["", "abc", "1.001", "-5", "1e3", "∞"])
def test_what_is_no_amount_is_said(text):
    with pytest.raises(ValueError, match=r"\.$"):
        billing_rows.parse_amount(text, 2)
