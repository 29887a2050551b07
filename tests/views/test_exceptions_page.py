"""The exceptions desk on the screen (R7.9, EXC-01 to EXC-03; rubric 21 and 22)."""

from dataclasses import replace

from desktop_app.views.batch_dialog import BatchDialog
from desktop_app.views.fix_dialog import FixDialog


def numbers(page):
    return [page.table.row_at(n).number for n in range(page.table.total)]


def axes(program, number):
    return program.read(
        "SELECT allocation, fulfilment, shipping FROM sale WHERE number = :n", n=number
    )[0]


def cell(dialog, row, key):
    columns = [one.key for one in dialog.rows.columns]
    return dialog.rows.text(row, columns.index(key))


def test_the_desk_holds_the_documented_orders_and_no_others(program):
    """3839, 3842, 3845, 3846 were sold *now* and are not on record; the rest belongs elsewhere."""
    page = program.go("exceptions")
    assert numbers(page) == [3839, 3842, 3845, 3846]
    assert program.window.nav.buttons["exceptions"].badge() == 4
    words = {
        page.table.row_at(n).number: page.table.text(n, len(page.table.columns) - 2)
        for n in range(4)
    }
    assert words[3842] == "Transfer 1 from Harbour warehouse"
    assert words[3839] == "Transfer 1 from Harbour warehouse, correct +1"


def test_order_3842_is_put_right_by_keys_with_before_and_after(program):
    page = program.go("exceptions")
    program.press("Down")
    program.press("Return")
    dialog = program.dialog(FixDialog)
    program.settle()
    assert dialog.windowTitle() == "Fix #3842"
    assert [cell(dialog, 0, key) for key in ("item", "how", "allocated", "fulfilled", "shipped")] == [
        "GAL-TRAY-APPLE", "Now", "1", "0 → 1 of 1", "0 → 1 of 1",
    ]  # fmt: skip
    assert cell(dialog, 1, "allocated") == "0 → 1 of 1"
    (said,) = dialog._steps.values()
    assert said.text() == "Transfer 1 from Harbour warehouse (on hand 8 → 7)"
    assert "cannot be undone" in dialog.notice.label.text()
    assert dialog.commit_button.text() == "Transfer 1, allocate, fulfil and ship"
    assert axes(program, 3842) == (1, 0, 0)
    program.press("Ctrl+Return")
    program.gone(dialog)
    program.settle()
    assert axes(program, 3842) == (2, 2, 2)
    assert numbers(page) == [3839, 3845, 3846]
    assert program.window.strip.words() == "1 shop order put right"


def test_several_orders_of_one_product_together(program):
    page = program.go("exceptions")
    page.find_field.setFocus()
    program.typed("gal-mug")
    program.settle()
    program.press("Return")
    program.press("Ctrl+A")
    program.settle()
    program.press("Ctrl+Return")
    dialog = program.dialog(FixDialog)
    program.settle()
    assert dialog.windowTitle() == "Fix 4 orders"
    assert dialog.commit_button.text() == "Transfer 4, correct 1, allocate, fulfil and ship"
    program.press("Ctrl+Return")
    program.gone(dialog)
    program.settle()
    assert page.table.total == 0
    # 3845 keeps its later row, 3846 its back order (EXC-02).
    assert [axes(program, n) for n in (3839, 3842, 3845, 3846)] == [
        (2, 2, 2),
        (2, 2, 2),
        (2, 2, 1),
        (1, 1, 1),
    ]


def test_without_handing_over_it_is_undone_as_one(program):
    page = program.go("exceptions")
    before = program.read(
        "SELECT warehouse_id, product_id, in_stock, allocated FROM stock_level ORDER BY 1, 2"
    )
    program.press("Return")
    dialog = program.dialog(FixDialog)
    program.settle()
    dialog.hand_over.button.setFocus()
    program.press("Space")
    program.settle()
    assert dialog.notice.isHidden()
    assert dialog.commit_button.text() == "Transfer 1, correct 1, allocate and fulfil"
    program.press("Ctrl+Return")
    program.gone(dialog)
    program.settle()
    assert axes(program, 3839) == (2, 2, 0)
    program.press("Ctrl+Z")
    program.settle()
    assert axes(program, 3839) == (0, 0, 0)
    program.until(lambda: page.table.total == 4 and numbers(page)[0] == 3839)
    after = program.read(
        "SELECT warehouse_id, product_id, in_stock, allocated FROM stock_level ORDER BY 1, 2"
    )
    assert after == before


def test_the_third_way_orders_from_a_supplier(program):
    program.go("exceptions")
    program.press("Return")
    dialog = program.dialog(FixDialog)
    program.settle()
    dialog.order.setFocus()
    program.press("Space")
    batch = program.dialog(BatchDialog)
    program.settle()
    assert batch._sale_ids == (program.number("SELECT id FROM sale WHERE number = 3839"),)
    batch.reject()
    program.gone(batch)


def test_a_clerk_may_transfer_and_leaves_corrections_to_a_manager(program):
    clerk = program.read("SELECT login FROM person WHERE role = 'clerk' ORDER BY id")[0][0]
    program.shell.sign_in(clerk)
    program.in_front()
    program.settle()
    page = program.go("exceptions")
    page.view.setFocus()
    program.press("Return")
    dialog = program.dialog(FixDialog)
    program.settle()
    choices = [
        dialog._combos[key].itemText(n)
        for key in dialog._combos
        for n in range(dialog._combos[key].count())
    ]
    assert not any("Correct" in words for words in choices)
    assert dialog.commit_button.text() == "Transfer 1 and allocate"
    assert not dialog.order.isEnabled()
    assert dialog.order.toolTip() == "Needs buyer or manager"
    dialog.reject()
    program.gone(dialog)


def put_right(program, *, hand_over=True):
    """Fix the first order by keys; the list shown is *Needs stock*."""
    page = program.go("exceptions")
    program.press("Return")
    dialog = program.dialog(FixDialog)
    program.settle()
    if not hand_over:
        dialog.hand_over.button.setFocus()
        program.press("Space")
        program.settle()
    program.press("Ctrl+Return")
    program.gone(dialog)
    program.settle()
    return page


def shown(page, row, key):
    at = next(n for n, column in enumerate(page.table.columns) if column.key == key)
    column = page.table.columns[at]
    return column.mark(page.table.row_at(row)).word if column.mark else page.table.text(row, at)


def tabs(page):
    return [tab.text() for tab in page.page.tabs._tabs.values()]


def test_what_was_put_right_is_a_tab_with_undo_by_keys(program):
    """EXC-03: what, when, by whom, how; the undo brings the order back to *Needs stock*."""
    page = put_right(program, hand_over=False)
    assert tabs(page) == ["Needs stock  3", "Put right today  1"]
    program.press("Ctrl+Tab")
    program.settle()
    assert page.page is page.done
    assert page.table.total == 1
    number = program.number("SELECT max(number) FROM goods_out")
    transfer = program.number("SELECT max(number) FROM transfer")
    assert shown(page, 0, "order") == "#3839"
    assert shown(page, 0, "person") == program.desk.backend.actor.name
    assert shown(page, 0, "how") == (
        f"Transfer no. {transfer} from Harbour warehouse, GAL-TIN-DATE corrected, goods-out note {number}"
    )
    assert shown(page, 0, "undo") == "Possible"
    assert page.done.undo_button.isEnabled()
    assert program.window.strip.words().startswith("1 shop order put right")
    program.press("Ctrl+Shift+Z")
    program.settle()
    assert axes(program, 3839) == (0, 0, 0)
    program.until(lambda: page.table.total == 0)
    assert tabs(page) == ["Needs stock  4", "Put right today  0"]
    program.press("Ctrl+Shift+Tab")
    program.settle()
    assert numbers(page) == [3839, 3842, 3845, 3846]


def test_a_longer_span_by_its_chip(program):
    """The tab is today; the chip has the longer spans, and taking it off is today again."""
    page = put_right(program)
    with program.shell.store.writes.begin() as db:
        for table in ("journal", "note"):
            db.exec_driver_sql(
                f"UPDATE {table} SET at = strftime('%Y-%m-%dT%H:%M:%f', at, '-3 days') || '000+00:00'"
                " WHERE at > strftime('%Y-%m-%dT00:00:00', 'now')"
            )
    program.press("Ctrl+Tab")
    program.settle()
    assert page.table.total == 0
    assert page.done.state.isVisible()
    page.done.filters.changed.emit(replace(page.done.where, days=7))
    program.settle()
    assert [shown(page, n, "order") for n in range(page.table.total)] == ["#3839"]
    assert tabs(page)[1].endswith("(modified)")
    page.done.tabs.reset_wanted.emit()
    program.settle()
    assert page.table.total == 0


def test_handed_over_it_says_why_it_cannot_be_undone(program):
    """R6.2: the reason is on the button before anybody tries; Enter opens the order."""
    page = put_right(program)
    program.press("Ctrl+Tab")
    program.settle()
    assert shown(page, 0, "undo") == "Handed over"
    assert not page.done.undo_button.isEnabled()
    assert page.done.undo_button.toolTip() == "It was handed over: shipping cannot be undone"
    program.press("Ctrl+Shift+Z")
    program.settle()
    assert axes(program, 3839) == (2, 2, 2)
    program.press("Return")
    program.settle()
    assert (
        program.window.windowTitle().startswith("Sale 3839")
        or "3839" in program.window.windowTitle()
    )


def test_a_clerk_sees_the_fix_of_another_and_cannot_undo_it(program):
    """R11.1: everyone their own, managers others' too."""
    put_right(program, hand_over=False)
    clerk = program.read("SELECT login FROM person WHERE role = 'clerk' ORDER BY id")[0][0]
    program.shell.sign_in(clerk)
    program.in_front()
    program.settle()
    page = program.go("exceptions")
    page.view.setFocus()
    program.press("Ctrl+Tab")
    program.settle()
    assert shown(page, 0, "undo") == "By another"
    assert page.done.undo_button.toolTip() == "Another person put it right: a manager can undo it"
    program.press("Ctrl+Shift+Z")
    program.settle()
    assert axes(program, 3839) == (2, 2, 0)


def test_an_order_given_back_meanwhile_leaves_the_desk(program):
    """R7.12 on the screen: off *Needs stock*, told under *Put right today*."""
    from desktop_app.services.crediting import TakeBack, take_back
    from tests.helpers.builders import once

    page = program.go("exceptions")
    sale_id = program.number("SELECT id FROM sale WHERE number = 3839")
    rows = program.read(
        "SELECT id, ordered FROM sale_row WHERE sale_id = :s AND kind = 'stock'", s=sale_id
    )
    back = [TakeBack(row, units, "unwanted", "restock") for row, units in rows]
    call = take_back(sale_id, back, confirmed=["confirm:goods_not_shipped"])
    made = program.desk.backend.run(call, once=once())
    program.desk.hub.announce(made.changes)
    program.settle()
    program.press("F5")
    program.settle()
    assert numbers(page) == [3842, 3845, 3846]
    assert tabs(page) == ["Needs stock  3", "Put right today  1"]
    program.press("Ctrl+Tab")
    program.settle()
    assert shown(page, 0, "how") == f"Given back with credit {made.result['number']}"
    assert shown(page, 0, "undo") == "Given back"
