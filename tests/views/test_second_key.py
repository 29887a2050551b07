"""A second sort key: Shift+click, the heading's menu, the keyboard; remembered (LST-04, MIC-07)."""

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def sales(program):
    program.window.resize(1700, 900)
    return program.go("sales")


def logical(page, key):
    return next(at for at, one in enumerate(page.table.columns) if one.key == key)


def click(program, page, key, modifiers=Qt.KeyboardModifier.NoModifier):
    """Where the heading is; how the list is sorted then."""
    head = page.view.head
    at = head.sectionViewportPosition(logical(page, key)) + 20
    QTest.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, modifiers, QPoint(at, 12))
    program.settle()
    return page.table.sorting


def tip(page, key):
    return page.table.headerData(
        logical(page, key), Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole
    )


def shown(page, number=40):
    return [page.table.peek(row) for row in range(number)]


def test_shift_and_a_click_add_turn_and_take_away_the_second_key(program, sales):
    assert click(program, sales, "status") == ("status", False)
    assert click(program, sales, "short", SHIFT) == ("status", False, "short", False)
    rows = shown(sales)
    assert rows == sorted(rows, key=lambda r: (r.status_id, r.short))
    assert click(program, sales, "short", SHIFT) == ("status", False, "short", True)
    rows = shown(sales)
    assert rows == sorted(rows, key=lambda r: (r.status_id, -r.short))
    assert tip(sales, "short").startswith("Then ") or "\nThen " in tip(sales, "short")
    assert "Then" not in tip(sales, "status")
    assert click(program, sales, "short", SHIFT) == ("status", False)
    click(program, sales, "short", SHIFT)
    assert click(program, sales, "customer", SHIFT) == ("status", False, "short", False)
    assert program.window.strip.words() == "Customer can be the first key only."
    assert click(program, sales, "placed") == ("placed", False)


def test_after_what_is_never_equal_nothing_follows(program, sales):
    click(program, sales, "order")
    assert click(program, sales, "short", SHIFT) == ("number", False)
    assert program.window.strip.words() == "No two have the same Order: nothing is left to sort."


def test_without_a_first_key_shift_sets_it(program, sales):
    assert click(program, sales, "status", SHIFT) == ("status", False)
    assert click(program, sales, "status", SHIFT) == ("status", True)


def test_both_headings_are_numbered(program, sales):
    head = sales.view.head
    place = lambda key: (
        head.sectionViewportPosition(logical(sales, key)),
        head.sectionSize(logical(sales, key)),
    )

    def ink(key):
        x, width = place(key)
        return head.grab().toImage().copy(x, 0, width, head.height())

    click(program, sales, "status")
    alone = ink("status")
    click(program, sales, "short", SHIFT)
    assert ink("status") != alone
    click(program, sales, "status")
    assert ink("status") == alone


def test_the_menu_offers_it_greyed_with_the_reason(program, sales):
    offered = lambda key: {
        one.text(): (one.isEnabled(), one.toolTip())
        for one in sales.columns.build_menu(logical(sales, key)).actions()
        if one.text().startswith("Then by")
    }
    assert set(offered("short").values()) == {(False, "Sort by another column first.")}
    click(program, sales, "status")
    assert {on for on, _ in offered("short").values()} == {True}
    assert set(offered("status").values()) == {(False, "The list is sorted by Status already.")}
    assert set(offered("customer").values()) == {(False, "Customer can be the first key only.")}
    menu = sales.columns.build_menu(logical(sales, "short"))
    [one for one in menu.actions() if one.text().startswith("Then by")][1].trigger()
    program.settle()
    assert sales.table.sorting == ("status", False, "short", True)


def test_the_keyboard_sorts_by_one_and_then_another(program, sales):
    def choose(heading, entry):
        """Press Ctrl+Shift+S and walk the menus."""
        done = []

        def walk():
            menu = QApplication.activePopupWidget()
            part = next(one for one in menu.actions() if one.text() == heading).menu()
            done.append([one.text() for one in part.actions() if one.text()])
            next(one for one in part.actions() if one.text().startswith(entry)).trigger()
            menu.close()

        QTimer.singleShot(100, walk)
        program.press("Ctrl+Shift+S")
        program.settle()
        return done[0]

    sales.view.setFocus()
    entries = choose("Status", "Sort Status")
    assert [one.split(" ")[0] for one in entries] == ["Sort", "Sort", "Then", "Then"]
    choose("Short", "Then by Short")
    assert sales.table.sorting == ("status", False, "short", False)
    assert ("Ctrl+Shift+S", "Sort by, then by") in sales.keys


def test_two_keys_are_remembered_and_kept_in_a_view(program, sales):
    click(program, sales, "status")
    click(program, sales, "short", SHIFT)
    assert sales.tabs.save_as.isEnabled()
    state = program.shell.config.columns["sales"]
    assert (state.sort, state.descending, state.then, state.then_descending) == (
        "status",
        False,
        "short",
        False,
    )
    assert sales._list_sort() == ("status", False, "short", False)
    click(program, sales, "placed")
    assert (state.sort, state.then) == ("placed", "")


def test_paging_goes_on_by_two_keys(program, sales):
    """A jump to the end and the rows before it, in the order of both keys."""
    click(program, sales, "status")
    click(program, sales, "short", SHIFT)
    sales.view.setFocus()
    program.press("End")
    program.settle()
    total = sales.table.total
    rows = [sales.table.peek(row) for row in range(total - 30, total)]
    assert all(rows)
    assert rows == sorted(rows, key=lambda r: (r.status_id, r.short))
