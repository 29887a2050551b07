"""PR-08, rubric 25: the main tasks with keys alone, in the whole program, in exact words."""

import re
from datetime import UTC, datetime
from itertools import pairwise

from PySide6.QtGui import QTextDocumentFragment
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from desktop_app.services import sales
from desktop_app.services.backend import Backend
from desktop_app.services.imports import import_documents, plan_import
from desktop_app.services.progress import Progress
from desktop_app.views.batch_dialog import BatchDialog
from desktop_app.views.clone_dialog import CloneDialog
from desktop_app.views.key_list import KeyList
from tests.helpers.builders import once

UNIT = 10_000


def column(page, key: str) -> int:
    return next(n for n, one in enumerate(page.table.columns) if one.key == key)


def cell(page, row: int, key: str) -> str:
    return page.table.text(row, column(page, key))


def plain(html: str) -> str:
    return " ".join(QTextDocumentFragment.fromHtml(html).toPlainText().split())


def needs_ordering(program):
    """The view Needs ordering, reached by Ctrl+2 and Ctrl+Tab."""
    program.press("Ctrl+2")
    program.settle()
    page = program.window.page("sales")
    assert page.view.hasFocus()
    program.press("Ctrl+Tab")
    program.until(lambda: page.tabs.current() == "needs_ordering")
    program.settle()
    return page


def test_a_sale_is_found_by_sku_opened_and_left_to_the_same_row(program):
    sku = program.read(
        "SELECT p.sku FROM product p JOIN sale_row r ON r.product_id = p.id"
        " GROUP BY p.sku HAVING count(DISTINCT r.sale_id) BETWEEN 5 AND 20 ORDER BY p.sku"
    )[0][0]
    sales = program.number(
        "SELECT count(DISTINCT r.sale_id) FROM sale_row r JOIN product p ON p.id = r.product_id"
        " WHERE p.sku = :sku",
        sku=sku,
    )
    program.press("Ctrl+2")
    program.settle()
    page = program.window.page("sales")
    assert page.view.hasFocus()
    program.typed(sku)
    assert page.find_field.hasFocus()
    assert page.find_field.text() == sku
    program.until(lambda: page.number.text() == f"{sales} sales")
    program.settle()
    program.press("Return")
    assert page.view.hasFocus()
    for _ in range(3):
        program.press("Down")
    chosen, number = page.view.current_id(), cell(page, page.view.currentIndex().row(), "order")
    program.press("Return")
    program.settle()
    record = program.window.stack.currentWidget()
    assert record.head.title.text() == number
    assert program.window.windowTitle() == f"{number} – Backroom"
    assert record.rows_view.hasFocus()
    assert sku in [row.sku for row in record.rows.rows()]
    program.press("Alt+Left")
    program.settle()
    assert program.window.stack.currentWidget() is page
    assert page.view.hasFocus()
    assert page.view.current_id() == chosen
    assert cell(page, page.view.currentIndex().row(), "order") == number
    program.press("Alt+Right")
    program.settle()
    assert program.window.stack.currentWidget() is record


def test_all_that_match_are_ordered_explained_and_undone(program):
    page = needs_ordering(program)
    program.press("Ctrl+A")
    program.until(lambda: len(page.chosen) == page.table.total)
    matching = page.table.total
    assert page.batch.words().startswith(f"All {matching:,} matching sales selected")
    program.settle()
    program.press("Ctrl+B")
    dialog = program.dialog(BatchDialog)
    program.until(dialog.page.commit.isEnabled)
    program.settle()
    assert dialog.page.scope.text().startswith(f"From {matching:,} sales")
    # Explain one quantity: F6 to the lines, down to one; its sum adds up to what is ordered.
    tree = dialog.page.preview.tree
    for _ in range(8):
        if tree.hasFocus():
            break
        program.press("F6")
    assert tree.hasFocus()
    while tree.current_line() is None:
        program.press("Down")
    program.press("Down")
    line = tree.current_line()
    trace = dialog.page.preview.trace
    assert trace.title.text() == f"{line.sku}  {line.name} · why {line.quantity // UNIT:,}?"
    assert f" = {line.quantity // UNIT:,}" in plain(trace.body.text())
    assert sum(term.units for term in line.trace) == line.quantity
    words = dialog.page.commit.text()
    assert re.fullmatch(r"Create \d+ purchase orders", words)
    orders = int(words.split()[1])
    before = program.number("SELECT count(*) FROM purchase_order")
    program.press("Ctrl+Return")
    program.until(lambda: dialog.result_page is not None)
    assert dialog.result_page.title.text() == f"{orders} purchase orders created"
    assert program.number("SELECT count(*) FROM purchase_order") == before + orders
    assert dialog.result_page.close_button.hasFocus()
    program.press("Return")
    program.gone(dialog)
    assert page.view.hasFocus()
    assert program.window.strip.words() == f"{orders} purchase orders created"
    program.settle()
    assert not page.chosen
    program.press("Ctrl+Z")
    program.until(lambda: program.window.strip.words().startswith("Undone"))
    assert program.window.strip.words() == f"Undone: {orders} purchase orders created"
    program.settle()
    assert page.number.text() == f"{matching:,} sales"
    assert program.number(
        "SELECT count(*) FROM purchase_order WHERE state = 'cancelled' AND batch_id ="
        " (SELECT max(id) FROM purchase_batch)"
    ) == orders  # fmt: skip
    program.press("Ctrl+Z")
    program.settle()
    assert program.window.strip.words() == "Nothing to undo."


def test_one_sale_is_cloned(program):
    page = needs_ordering(program)
    number = cell(page, page.view.currentIndex().row(), "order")
    kept = page.view.current_id()
    program.press("Ctrl+Shift+B")
    dialog = program.dialog(CloneDialog)
    program.until(dialog.clone.isEnabled)
    assert dialog.title.text() == f"Clone sale {number} to a purchase order"
    assert dialog.table.hasFocus()
    program.press("Ctrl+Return")
    program.gone(dialog)
    program.until(lambda: program.window.strip.words().endswith(f"created for {number}"))
    made, _ = program.read("SELECT number, id FROM purchase_order ORDER BY id DESC LIMIT 1")[0]
    assert program.window.strip.words() == f"PO {made} created for {number}"
    program.settle()
    assert page.view.hasFocus()
    assert page.view.current_id() == kept
    program.press("Ctrl+Z")
    program.until(lambda: program.window.strip.words() == f"Undone: PO {made} created for {number}")


def an_order_to_receive(program) -> tuple[int, int]:
    """(id, number) of a sent order with several lines to come of two units and more."""
    return program.read(
        "SELECT po.id, po.number FROM purchase_order po JOIN purchase_row r ON r.po_id = po.id"
        " WHERE po.state = 'sent' AND po.drop_ship = 0"
        " GROUP BY po.id, po.number"
        " HAVING count(*) BETWEEN 2 AND 8 AND min(r.ordered - r.received) >= 20000"
        " ORDER BY po.id DESC"
    )[0]


def test_a_delivery_with_one_extra_and_one_short_is_received(program):
    key, number = an_order_to_receive(program)
    program.press("Ctrl+4")
    program.settle()
    page = program.window.page("goods_in")
    assert page.find_panel.field.hasFocus()
    program.typed(f"PO {number}")
    program.press("Return")
    program.until(lambda: bool(page.flow.lines) and int(page.flow.step) == 1)
    program.settle()
    assert page.flow.draft.po_id == key
    lines = list(page.flow.lines)
    full, short = lines[0], lines[-1]
    due = sum(line.outstanding for line in lines) // UNIT
    for line in lines:
        QTest.qWait(700)  # the same code at once would be the scanner's bounce
        program.scan(line.sku)
        program.until(lambda line=line: page.flow.line(line.po_row_id).this_time == UNIT)
        if line is not short:
            program.press("F8")
            whole = line.outstanding
            program.until(lambda line=line, n=whole: page.flow.line(line.po_row_id).this_time == n)
    QTest.qWait(700)
    program.scan(full.sku)
    program.until(lambda: page.flow.line(full.po_row_id).extra == UNIT)
    program.until(lambda: page.flow.unsaved == 0)
    program.settle()
    program.press("F12")
    program.until(lambda: int(page.flow.step) == 2 and page.flow.preview is not None)
    program.settle()
    program.press("F12")
    program.until(lambda: int(page.flow.step) == 3)
    program.settle()
    panel = page.confirm_panel
    missing = short.outstanding // UNIT - 1
    assert panel.extra.figure.text() == "1 more than ordered"
    assert panel.extra.detail.text() == f"{full.sku} 1"
    assert panel.extras[full.po_row_id].currentText() == "Set aside, not received"
    assert panel.short.figure.text() == f"{missing:,} in 1 line"
    assert panel.short.detail.text() == f"{short.sku} {missing:,}"
    assert panel.received.figure.text().startswith(f"{due - missing:,} unit")
    program.press("Ctrl+Return")
    program.until(lambda: int(page.flow.step) == 4)
    program.settle()
    done = page.done_panel
    note = program.number("SELECT max(number) FROM goods_in")
    assert done.head.text() == f"Goods-in note {note}"
    assert done.sub.text().startswith(f"Received {due - missing:,} units")
    assert done.rest.text().endswith(f"Set aside, not received: {full.sku} 1")
    assert program.number(
        "SELECT sum(ordered - received) FROM purchase_row WHERE po_id = :id", id=key
    ) == missing * UNIT  # fmt: skip
    assert program.number("SELECT ordered - received FROM purchase_row WHERE id = :id", id=full.po_row_id) == 0  # fmt: skip
    program.press("F12")
    program.settle()
    assert page.find_panel.field.hasFocus()


def test_the_allocate_default_is_changed_and_saved(program):
    program.press("Ctrl+,")
    program.settle()
    page = program.window.page("settings")
    program.until(lambda: page.complete)
    program.press("Ctrl+F")
    assert page.search.hasFocus()
    program.typed("allocate")
    row = next(one for key, one in page.rows.items() if key.endswith("allocate"))
    box = row.editor.box.button
    for _ in range(20):
        program.press("Tab")
        if box.hasFocus():
            break
    assert box.hasFocus()
    before = box.isChecked()
    program.press("Space")
    assert box.isChecked() is not before
    program.press("Ctrl+S")
    program.until(lambda: program.window.strip.words() == "Saved 1 setting")
    program.settle()
    assert box.isChecked() is not before
    assert not page.edits.changes()
    assert program.number("SELECT count(*) FROM setting_change WHERE key LIKE '%allocate'") >= 1
    program.press("Ctrl+Z")
    program.until(lambda: program.window.strip.words() == "Undone: Saved 1 setting")
    program.until(lambda: box.isChecked() is before)


def test_fifty_rows_are_copied(program):
    program.press("Ctrl+2")
    program.settle()
    page = program.window.page("sales")
    program.press("Ctrl+Home")
    program.press("Shift+Space")
    for _ in range(49):
        program.press("Shift+Down")
    program.until(lambda: len(page.chosen) == 50)
    assert page.batch.words().startswith("50 sales selected")
    QApplication.clipboard().clear()
    program.press("Ctrl+C")
    program.until(lambda: QApplication.clipboard().mimeData().hasText())
    lines = QApplication.clipboard().text().split("\n")
    assert len(lines) == 50
    assert [line.split("\t")[0] for line in lines] == [
        cell(page, row, "order").lstrip("#") for row in range(50)
    ]
    assert len({line.count("\t") for line in lines}) == 1
    program.press("Ctrl+Shift+C")
    program.until(lambda: QApplication.clipboard().text().startswith("Order\t"))
    assert len(QApplication.clipboard().text().split("\n")) == 51
    program.press("Esc")
    assert not page.chosen


def test_f6_walks_the_panes_and_f1_lists_the_keys(program):
    program.press("Ctrl+2")
    program.settle()
    window, page = program.window, program.window.page("sales")
    if not page.pane.isVisible():
        program.press("Ctrl+I")
    program.settle()
    parts = {"nav": window.nav, "filters": page.filters, "view": page.view, "pane": page.pane}
    page.view.setFocus()
    walked = []
    for _ in range(5):
        program.press("F6")
        focus = QApplication.focusWidget()
        walked.append(next((k for k, p in parts.items() if p is focus or p.isAncestorOf(focus)), "strip"))  # fmt: skip
    round_trip = walked[: walked.index("view") + 1]
    assert round_trip in (["pane", "nav", "filters", "view"], ["pane", "strip", "nav", "filters", "view"])  # fmt: skip
    page.view.setFocus()
    program.press("Shift+F6")
    assert page.filters.isAncestorOf(QApplication.focusWidget())
    page.view.setFocus()
    program.press("F1")
    dialog = program.dialog(KeyList)
    said = [one.text() for one in dialog.findChildren(QLabel)]
    pairs = dict(pairwise(said))
    assert pairs["Ctrl+B"] == "Batch purchase order for what is ticked"
    assert pairs["Ctrl+Shift+B"] == "Clone the sale to a purchase order"
    assert pairs["Ctrl+L"] == "Allocate what is on hand"
    assert pairs["Ctrl+A"] == "Select all that match"
    assert pairs["Alt+← / Alt+→"] == "Back / forward"
    assert pairs["Ctrl+2 … Ctrl+9, Ctrl+0"] == "Go to a page"
    program.press("Esc")
    program.gone(dialog)
    assert page.view.hasFocus()


def test_f6_walks_the_parts_of_a_record(program):
    for kind, table in (("sale", "sale"), ("purchase", "purchase_order")):
        page = program.record(kind, program.number(f"SELECT max(id) FROM {table}"))
        parts = {"head": page.head, "view": page.view, "timeline": page.timeline, "nav": program.window.nav}  # fmt: skip
        assert page.view.hasFocus()
        walked = []
        for _ in range(4):
            program.press("F6")
            focus = QApplication.focusWidget()
            walked.append(next(k for k, p in parts.items() if p is focus or p.isAncestorOf(focus)))
        assert walked == ["timeline", "nav", "head", "view"]


# -- rubric 8, MIC-02: what one looks at stays ----------------------------------------------------


def other_desk(program) -> Backend:
    return Backend.sign_in(program.shell.store, program.shell.login, "the other desk")


def a_new_sale(program, tmp_path) -> None:
    """A sale of now, imported at another desk."""
    folder = tmp_path / "files"
    folder.mkdir()
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
    (folder / "products.csv").write_text("sku,name,price,tax_rate\nQA-ROPE,Rope,24.50,20\n")
    (folder / "sales.csv").write_text(f"external_id,number,placed_at\nQA-1,990001,{now}\n")
    (folder / "sale_rows.csv").write_text(
        "external_id,sale,product,quantity,shipped\nQA-R1,QA-1,QA-ROPE,4,0\n"
    )
    backend = other_desk(program)
    plan = plan_import(backend, str(folder), None, Progress())
    backend.run(import_documents(plan), once=once())


def where_i_am(page) -> dict:
    first, _ = page.view.visible_rows()
    return {
        "current": page.view.current_id(),
        "top": page.table.peek(first).id,
        "ticked": page.chosen.ids,
        "sort": page.table.sorting,
        "focus": page.view.hasFocus(),
    }


def deep_in_the_list(program):
    """Row 300 of the list by customer; three rows ticked."""
    page = program.go("sales")
    page.sort_by(("customer", False))
    program.settle()
    page.view.setFocus()
    page.view.go_to_row(300)
    program.settle()
    for _ in range(5):
        program.press("Down")
    for _ in range(3):
        program.press("Space")
        program.press("Up")
    program.settle()
    assert len(page.chosen) == 3
    return page


def hold(program) -> int:
    return program.number("SELECT id FROM order_status WHERE name = 'On hold'")


def test_place_and_ticks_stay_over_changes_from_elsewhere_and_refresh(program, tmp_path):
    page = deep_in_the_list(program)
    before, total = where_i_am(page), page.table.total
    other_desk(program).run(sales.set_status([before["current"]], hold(program)), once=once())
    program.until(lambda: page.view.current_row().status == "On hold")
    assert where_i_am(page) == before
    a_new_sale(program, tmp_path)
    program.until(page._news.isVisible)
    assert page._news.text() == "1 new sale – show"
    assert where_i_am(page) == before
    assert page.table.total == total  # not under the hand (LST-10)
    program.press("F5")
    program.until(lambda: page.table.total == total + 1)
    program.settle()
    assert where_i_am(page) == before


def test_place_and_ticks_stay_over_an_act_of_ones_own(program):
    page = deep_in_the_list(program)
    before = where_i_am(page)
    program.desk.run(page, sales.set_status([before["current"]], hold(program)), says="Held")
    program.until(lambda: page.view.current_row().status == "On hold")
    program.settle()
    assert where_i_am(page) == before
    program.press("Ctrl+Z")
    program.until(lambda: page.view.current_row().status != "On hold")
    program.settle()
    assert where_i_am(page) == before


def test_a_current_record_that_was_scrolled_away_stays_current(program):
    """MIC-02: the wheel moves the screen, not the record; a refresh moves neither."""
    page = deep_in_the_list(program)
    for row in (380, 5):
        page.view.verticalScrollBar().setValue(row)
        program.settle()
        before = where_i_am(page)
        program.press("F5")
        program.settle()
        assert where_i_am(page) == before
