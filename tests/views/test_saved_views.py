"""Saved views on the screen: kept, used, changed, taken away, in the real program (SAL-01, PR-06)."""

import time

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop_app.services import saved_views as service
from desktop_app.services.backend import Backend
from desktop_app.services.lists import Among
from desktop_app.services.sales_filter import SalesFilter, SalesView
from desktop_app.views import saved_views as screen
from desktop_app.views.view_dialog import ViewDialog
from tests.helpers.builders import once
from tests.views.test_accessible_names import unnamed
from tests.views.test_scans_in_dialogs import burst_everywhere

WEB = SalesFilter(view=SalesView.NEEDS_ORDERING, payment=Among.of(2))


@pytest.fixture
def sales(program):
    return program.go("sales")


@pytest.fixture
def other(program):
    """Someone else at another workstation, by login."""

    def at(login):
        return Backend.sign_in(program.shell.store, login, "the other desk")

    return at


def words(page):
    """The tabs as they read, in their order."""
    return [tab.text() for tab in page.tabs._tabs.values()]


def tab(page, name):
    return next(one for one in page.tabs._tabs.values() if one.text().startswith(name))


def keep(program, name):
    """What a person does to keep what is shown."""
    program.press("Ctrl+S")
    dialog = program.dialog(ViewDialog)
    program.typed(name)
    program.press("Ctrl+Return")
    program.gone(dialog)
    program.settle()


def look_at(program, page, where=WEB, sort=None):
    page.show_filter(where)
    if sort:
        page.sort_by(sort)
    page.view.setFocus()
    program.settle()


def people(program):
    return dict(program.read("SELECT login, role FROM person"))


def test_a_filter_is_kept_under_a_name_and_is_a_tab_with_its_count(program, sales):
    assert (sales.tabs.save_as.text(), sales.tabs.save_as.isEnabled()) == ("Save view", False)
    assert sales.tabs.save_as.toolTip() == "Change a filter or the sort first"
    look_at(program, sales, sort=("total", True))
    assert sales.tabs.save_as.isEnabled()
    keep(program, "Paid, not ordered")
    number = program.desk.backend.read(service.counts, "sales", (WEB,))[0]
    assert number > 0
    assert words(sales)[5:] == [f"Paid, not ordered  {number:,}"]
    assert sales.tabs.current() == "saved:1"
    assert sales.tabs.save_as.isEnabled() is False
    assert sales.tabs._reset.isHidden()
    assert program.window.strip.words() == "View “Paid, not ordered” saved"
    assert program.read("SELECT name, shared FROM saved_view") == [("Paid, not ordered", 0)]


def test_a_view_brings_its_filter_words_and_sort_back(program, sales):
    """The built-in views keep the sort of the list, whatever a saved view is sorted by."""
    look_at(program, sales, SalesFilter(text="a", payment=Among.of(2)), ("total", True))
    keep(program, "A")
    sales.view.setFocus()
    program.press("Ctrl+Tab")  # from the last to the first
    program.settle()
    assert (sales.tabs.current(), sales.where, sales.find_field.text()) == (
        "all",
        SalesFilter(),
        "",
    )
    sales.sort_by(("number", False))
    program.press("Ctrl+Shift+Tab")
    program.settle()
    assert sales.tabs.current() == "saved:1"
    assert (sales.where, sales.sort) == (
        SalesFilter(text="a", payment=Among.of(2)),
        ("total", True),
    )
    assert sales.find_field.text() == "a"
    assert sales.table.sorting == ("total", True)
    program.press("Ctrl+Tab")
    program.settle()
    assert (sales.tabs.current(), sales.sort) == ("all", ("number", False))


def test_a_changed_view_is_marked_and_saved_or_reset(program, sales):
    look_at(program, sales)
    keep(program, "Mine")
    sales.sort_by(("total", False))
    program.settle()
    assert "(modified)" in tab(sales, "Mine").text()
    assert [
        one.isVisible() for one in (sales.tabs.save, sales.tabs.save_as, sales.tabs._reset)
    ] == [True] * 3
    assert sales.tabs.save_as.text() == "Save as…"
    sales.tabs._reset.click()
    program.settle()
    assert (sales.where, sales.sort) == (WEB, None)
    assert "(modified)" not in tab(sales, "Mine").text()
    more = SalesFilter(view=SalesView.NEEDS_ORDERING, payment=Among.of(2), has_po=False)
    look_at(program, sales, more)
    assert "(modified)" in tab(sales, "Mine").text()
    program.press("Ctrl+S")
    program.settle()
    assert "(modified)" not in tab(sales, "Mine").text()
    assert program.window.strip.words() == "View “Mine” changed"
    sales.show_view("all")
    sales.show_view("saved:1")
    assert sales.where == more
    program.press("Ctrl+Z")
    program.settle()
    assert "(modified)" in tab(sales, "Mine").text()  # what is shown is not what is kept


def test_saving_as_leaves_the_first_view_as_it_was(program, sales):
    look_at(program, sales)
    keep(program, "Mine")
    look_at(program, sales, SalesFilter(short=True))
    sales.tabs.save_as.click()
    dialog = program.dialog(ViewDialog)
    program.typed("Short")
    program.press("Ctrl+Return")
    program.gone(dialog)
    program.settle()
    assert [one.split("  ")[0] for one in words(sales)[5:]] == ["Mine", "Short"]
    assert sales.tabs.current() == "saved:2"


def menu(page, name):
    key = next(key for key, one in page.tabs._tabs.items() if one is tab(page, name))
    made = page.saved.menu_of(key)
    found = {one.text(): one for one in made.actions()}
    return made, found


def test_the_menu_renames_shares_and_deletes_with_undo(program, sales):
    look_at(program, sales)
    keep(program, "Mine")
    program.press("Ctrl+Z")  # saving is undone too
    program.settle()
    assert len(words(sales)) == 5
    assert sales.where == WEB
    keep(program, "Mine")
    _, acts = menu(sales, "Mine")
    assert list(acts) == ["Rename…", "Share with everyone", "Delete"]
    acts["Rename…"].trigger()
    dialog = program.dialog(ViewDialog)
    assert (dialog.windowTitle(), dialog.name.text(), dialog.everyone.isVisible()) == (
        "Rename view", "Mine", False,
    )  # fmt: skip
    program.typed("Ours & theirs")  # the old name is selected
    program.press("Ctrl+Return")
    program.gone(dialog)
    program.settle()
    assert tab(sales, "Ours && theirs").accessibleName().startswith("Ours & theirs")
    menu(sales, "Ours")[1]["Share with everyone"].trigger()
    program.settle()
    assert "for everyone" in tab(sales, "Ours").toolTip()
    assert list(menu(sales, "Ours")[1])[1] == "Make private"
    menu(sales, "Ours")[1]["Delete"].trigger()
    program.settle()
    assert len(words(sales)) == 5
    assert (sales.tabs.current(), sales.where) == ("all", SalesFilter())
    assert program.window.strip.words() == "View “Ours & theirs” deleted"
    program.press("Ctrl+Z")
    program.settle()
    assert tab(sales, "Ours && theirs").isVisible()


def test_the_menu_key_on_a_tab_opens_its_menu(program, sales):
    look_at(program, sales)
    keep(program, "Mine")
    opened = []

    def look():
        shown = QApplication.activePopupWidget()
        opened.append([one.text() for one in shown.actions()])
        shown.close()

    for name in ("Mine", "All sales"):
        one = tab(sales, name)
        one.setFocus()
        QTimer.singleShot(50, look if name == "Mine" else lambda: None)
        at = one.rect().center()
        event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, at, one.mapToGlobal(at))
        QApplication.sendEvent(one, event)
        QTest.qWait(80)
    assert opened == [["Rename…", "Share with everyone", "Delete"]]
    assert QApplication.activePopupWidget() is None


def test_what_someone_else_shares_appears_and_goes_and_is_theirs_to_change(program, sales, other):
    """R11.1: greyed with the reason for a clerk, and not for a manager."""
    logins = people(program)
    clerk = other(next(login for login, role in logins.items() if role == "clerk"))
    buyer = other(next(login for login, role in logins.items() if role == "buyer"))
    done = buyer.run(service.save("sales", "Theirs", WEB, None, shared=True), once=once())
    program.desk.hub.announce(done.changes)
    program.settle()
    assert buyer.actor.name in tab(sales, "Theirs").toolTip()
    sales.show_view("saved:1")
    look_at(program, sales, SalesFilter(short=True))
    assert sales.tabs.save.isEnabled()
    program.desk.backend, mine = clerk, program.desk.backend
    sales.saved.read()
    program.settle()
    reason = f"Only {buyer.actor.name} or a manager can change this view"
    assert (sales.tabs.save.isEnabled(), sales.tabs.save.toolTip()) == (False, reason)
    _, acts = menu(sales, "Theirs")
    assert {(one.isEnabled(), one.toolTip()) for one in acts.values()} == {(False, reason)}
    sales.view.setFocus()
    keep(program, "Theirs")  # Ctrl+S: into a view of one's own
    assert [one.split("  ")[0] for one in words(sales)[5:]] == [
        f"Theirs ({buyer.actor.name})", "Theirs (yours)",
    ]  # fmt: skip
    program.desk.backend = mine
    program.desk.hub.announce(buyer.run(service.share(1, shared=False), once=once()).changes)
    program.settle()
    assert len(words(sales)) == 5
    assert sales.where == SalesFilter(short=True)
    assert "(modified)" in tab(sales, "All sales").text()


def test_a_view_that_vanishes_elsewhere_leaves_what_is_shown(program, sales, other):
    mine = other("manager") if "manager" in people(program) else program.desk.backend
    look_at(program, sales)
    keep(program, "Mine")
    done = mine.run(service.delete(1), once=once())
    program.desk.hub.announce(done.changes)
    program.settle()
    assert sales.where == WEB
    assert sales.tabs.current() == "all"
    assert "(modified)" in words(sales)[0]


def test_what_a_view_cannot_ask_any_more_is_said(program, sales):
    """From a newer program, with a supplier that is gone: it opens, says so, and is not counted."""
    desk = program.desk.backend
    where = SalesFilter(supplier=Among.of(99_999), short=True)
    done = desk.run(service.save("sales", "Odd", where, ("total", True), shared=False), once=once())
    with desk.store.writes.begin() as db:
        db.exec_driver_sql(
            'UPDATE saved_view SET conditions = replace(conditions, \'"short":true\', \'"short":true,"mood":1\'),'
            " sort = '[[\"mood\",true]]'"
        )
    program.desk.hub.announce(done.changes)
    program.settle()
    assert words(sales)[5:] == ["Odd"]
    sales.show_view("saved:1")
    program.settle()
    assert sales.where == SalesFilter(short=True)
    assert program.window.strip.words() == (
        "“Odd” opened without all of it: this program has no condition “mood”; its sort is not"
        " known to this program; Supplier of a short item names what does not exist any more."
    )


def test_a_name_that_is_taken_is_said_in_the_dialog(program, sales):
    look_at(program, sales)
    keep(program, "Mine")
    look_at(program, sales, SalesFilter(short=True))
    sales.tabs.save_as.click()
    dialog = program.dialog(ViewDialog)
    assert not dialog.button.isEnabled()
    program.typed("Mine")
    program.press("Ctrl+Return")
    program.settle()
    assert (
        dialog.problem.text() == "You have a view “Mine” on this list already. Choose another name."
    )
    program.typed(" 2")
    program.press("Ctrl+Return")
    program.gone(dialog)
    program.settle()
    assert len(words(sales)) == 7


def test_a_scan_in_the_dialog_does_nothing_and_each_control_has_a_name(program, sales):
    look_at(program, sales)
    program.press("Ctrl+S")
    dialog = program.dialog(ViewDialog)
    program.typed("Mine")
    assert unnamed(dialog) == []
    assert burst_everywhere(program, dialog) == 5
    assert program.number("SELECT count(*) FROM saved_view") == 0
    dialog.reject()
    program.gone(dialog)
    keep(program, "Mine")
    assert unnamed(sales) == []


def test_views_are_counted_in_one_go_at_most_every_half_minute(program, sales, statements_sent):
    desk = program.desk.backend
    for n in range(14):
        desk.run(
            service.save("sales", f"View {n}", SalesFilter(short=n % 2 == 0), None, shared=False),
            once=once(),
        )
    sales.saved.read()
    program.settle()
    shown = [one for one in words(sales)[5:] if "  " in one]
    assert len(shown) == service.COUNTED_MAX
    with statements_sent.counting() as sent:
        sales.reload()
        program.settle()
    assert not [one for one in sent.texts if one.count("count(*)") >= service.COUNTED_MAX]
    assert sales.saved._again.isActive()  # later, by itself
    sales.saved._again.setInterval(1)
    sales.saved._counted = None
    with statements_sent.counting() as sent:
        sales.saved._again.start(1)
        program.settle()
    assert len([one for one in sent.texts if one.count("count(*)") >= service.COUNTED_MAX]) == 1
    assert screen.COUNT_MS == 30_000


def test_tabs_that_have_no_room_are_under_more(program, sales):
    """However many there are, the window does not grow, and the view in force is seen."""
    desk = program.desk.backend
    for n in range(12):
        desk.run(
            service.save(
                "sales", f"A rather long name {n}", SalesFilter(po_number=n + 1), None, shared=False
            ),
            once=once(),
        )
    before = program.window.minimumSizeHint().width()
    sales.saved.read()
    program.settle()
    assert program.window.minimumSizeHint().width() == before
    hidden = [one for one in sales.tabs._tabs.values() if one.isHidden()]
    assert hidden
    assert sales.tabs.more.text() == f"{len(hidden)} more"
    assert sales.tabs.more.isVisible()
    sales.tabs.more.menu().aboutToShow.emit()
    offered = sales.tabs.more.menu().actions()
    assert [one.text() for one in offered] == [one.text() for one in hidden]
    offered[-1].trigger()
    program.settle()
    assert sales.where == SalesFilter(po_number=12)
    assert tab(sales, "A rather long name 11").isVisible()
    edge = sales.tabs.width()
    for one in (*sales.tabs._tabs.values(), sales.tabs.more, sales.tabs.save_as):
        assert one.isHidden() or one.geometry().right() <= edge


def test_everyone_is_a_choice_in_the_dialog(program, sales, other):
    look_at(program, sales)
    program.press("Ctrl+S")
    dialog = program.dialog(ViewDialog)
    program.typed("Ours")
    assert (dialog.only_me.is_checked(), dialog.everyone.is_checked()) == (True, False)
    dialog.everyone.button.setFocus()
    program.press("Space")
    program.press("Ctrl+Return")
    program.gone(dialog)
    program.settle()
    assert program.window.strip.words() == "View “Ours” saved for everyone"
    for login in people(program):
        desk = other(login)
        found = desk.read(service.views, "sales", desk.actor.person_id)
        assert [one.name for one in found] == ["Ours"], login


@pytest.mark.may_stall  # a page is built on its first visit, with the modules that it needs
@pytest.mark.parametrize(
    "key", ["purchases", "stock", "credits", "transfers", "counts", "messages"]
)
def test_every_list_keeps_views(program, key):
    page = program.go(key)
    number = len(words(page))
    page.find_field.setFocus()
    program.typed("pen")
    time.sleep(0.2)
    program.settle()
    page.view.setFocus()
    keep(program, "Pens")
    assert len(words(page)) == number + 1
    page.show_view(page.spec.views[0].key)
    program.settle()
    page.show_view("saved:1")
    program.settle()
    assert (page.where.text, page.find_field.text()) == ("pen", "pen")
    assert ("Ctrl+S", "Keep the filter and sort in the view, or as a new one") in page.keys


def test_the_page_of_a_channel_has_the_views_of_that_channel(program, sales):
    """IA-04: its channel stays locked; the others are on Recent sales."""
    channel = program.number("SELECT min(id) FROM channel")
    look_at(program, sales, SalesFilter(channel=Among.of(channel), short=True))
    keep(program, "Here")
    look_at(program, sales, SalesFilter(short=False))
    sales.tabs.save_as.click()
    dialog = program.dialog(ViewDialog)
    program.typed("Anywhere")
    program.press("Ctrl+Return")
    program.gone(dialog)
    program.settle()
    assert len(words(sales)) == 7
    page = program.record("channel", channel)
    assert [one.split("  ")[0] for one in words(page)[5:]] == ["Here"]
    page.show_view("saved:1")
    program.settle()
    assert page.where == SalesFilter(channel=Among.of(channel), short=True)
    assert page.filters._chips["channel"].locked
