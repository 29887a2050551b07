"""The shell: pages on first visit, history, rail, panes, strip, menus, keyboard (IA-01 to IA-08)."""

import re

import pytest
from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop_app.config import Workstation, load
from desktop_app.services.progress import Progress
from desktop_app.views import theme
from desktop_app.views.action_strip import ActionStrip, PageStrip
from desktop_app.views.focus_ring import FocusRings
from desktop_app.views.main_window import MainWindow, PageSpec, Place
from desktop_app.views.tokens import RAIL_WIDTH

from ..models.fake_list import FakeList
from .fake_desk import FakeDesk
from .test_list_page import ListPage, spec


@pytest.fixture
def desk(qapp):
    made = FakeDesk()
    yield made
    made.background.close()


class Plain(QWidget):
    title_changed = Signal(str)

    def __init__(self, title):
        super().__init__()
        self.title = title
        column = QVBoxLayout(self)
        self.field, self.button = QLineEdit(), QPushButton("Go")
        column.addWidget(self.field)
        column.addWidget(self.button)


@pytest.fixture
def make(qtbot, desk):
    def build(config=None, scans=None, size=(1700, 900)):
        built = []

        def page(key):
            def make_page():
                built.append(key)
                if key == "list":
                    return ListPage(desk, config, spec(FakeList(60)))
                return Plain(key.title())

            return make_page

        config = config or Workstation()
        pages = [
            PageSpec(key, key.title(), icon, f"Ctrl+{number}", page(key))
            for number, (key, icon) in enumerate(
                (("list", "boxes"), ("settings", "settings"), ("other", "truck")), 1
            )
        ]
        records = {"sale": lambda key, leave: built.append(("sale", key)) or Plain(f"Sale {key}")}
        window = MainWindow(desk, config, pages, records, scans)
        qtbot.addWidget(window)
        window.resize(*size)
        window.show()
        qtbot.waitExposed(window)
        window.start()
        qtbot.waitUntil(lambda: desk.background.busy == 0)
        return window, built

    return build


def test_pages_are_built_on_first_visit_and_kept(make):
    window, built = make()
    assert built == ["list"]
    first = window.stack.currentWidget()
    window.go("settings")
    window.go("list")
    assert built == ["list", "settings"]
    assert window.stack.currentWidget() is first
    assert window.windowTitle() == "List – Backroom"
    assert window.nav.buttons["list"].isChecked()


def test_history_goes_back_and_forward(make, qtbot):
    window, built = make()
    window.desk.open_wanted.emit("sale", 7)
    window.desk.open_wanted.emit("sale", 8)
    assert window.windowTitle() == "Sale 8 – Backroom"
    assert window.nav.buttons["list"].isChecked()
    QTest.keyClick(window, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert window.place == Place("sale", 7)
    window.back()
    window.back()
    assert window.place == Place("page", "list")
    window.forward()
    assert window.place == Place("sale", 7)
    window.go("other")
    window.forward()
    assert window.place == Place("page", "other")
    assert built.count(("sale", 7)) == 1
    QTest.mouseClick(window, Qt.MouseButton.BackButton, pos=QPoint(5, 5))
    assert window.place == Place("sale", 7)


def test_a_record_that_is_left_goes_back_to_its_list(make):
    window, _ = make()
    window.open("sale", 7)
    window.leave(Place("sale", 7))
    assert window.place == Place("page", "list")


def test_old_records_are_let_go(make):
    window, _ = make()
    for key in range(30):
        window.open("sale", key)
    assert len(window._built) == 9  # the list and eight records


def test_routes_take_kinds_that_are_no_record(make):
    window, _ = make()
    seen = []
    window.route("receive", seen.append)
    window.open("receive", 12)
    assert seen == [12]
    window.open("page", "other")
    assert window.place == Place("page", "other")


def test_focus_comes_back_where_it_was(make, qtbot):
    """PR-08."""
    window, _ = make()
    window.activateWindow()
    window.go("settings")
    page = window.stack.currentWidget()
    page.button.setFocus()
    window.go("other")
    page.field.clearFocus()
    window.back()
    qtbot.waitUntil(page.button.hasFocus)


def test_shortcuts_of_pages(make):
    window, _ = make()
    QTest.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert window.place == Place("page", "settings")


def test_rail_by_key_by_room_and_remembered(make, qtbot):
    """IA-03, IA-05: under 1600 px a pane folds the navigation."""
    config = Workstation()
    window, _ = make(config)
    assert not window.nav.rail
    window.stack.currentWidget().set_pane(QLabel("pane"))
    window.resize(1400, 800)
    assert window.nav.rail
    assert window.nav.width() == RAIL_WIDTH
    window.stack.currentWidget().toggle_pane()
    assert not window.nav.rail
    QTest.keyClick(window, Qt.Key.Key_Backslash, Qt.KeyboardModifier.ControlModifier)
    assert window.nav.rail
    assert config.rail


def test_a_record_with_its_timeline_folds_the_navigation_too(make, qtbot):
    """IA-05: the rows get the room."""
    window, _ = make()
    page = window.stack.currentWidget()
    page.timeline = QLabel("timeline", page)
    page.timeline.show()
    window.resize(1400, 800)
    assert window.nav.rail
    window.resize(1700, 800)
    assert not window.nav.rail
    page.timeline.hide()
    window.resize(1366, 768)
    assert not window.nav.rail
    window.resize(1024, 640)
    assert window.nav.rail, "a narrow window has room for the page alone"


def test_f6_walks_the_parts(make, qtbot):
    window, _ = make()
    window.activateWindow()
    page = window.stack.currentWidget()
    page.view.setFocus()
    names = []
    for _ in range(4):
        QTest.keyClick(window, Qt.Key.Key_F6)
        focus = QApplication.focusWidget()
        names.append(
            next(
                name
                for name, part in (
                    ("nav", window.nav), ("filters", page.filters), ("view", page.view),
                    ("strip", window.strip), ("page", page),
                )
                if part is focus or part.isAncestorOf(focus)
            )
        )  # fmt: skip
    assert "nav" in names
    assert "view" in names


def test_window_place_comes_back(make, tmp_path, desk):
    config = load(tmp_path / "w.toml")
    window, _ = make(config)
    window.setGeometry(40, 30, 1100, 700)
    window.go("other")
    window.close()
    kept = load(tmp_path / "w.toml")
    assert kept.geometry == [40, 30, 1100, 700]
    assert kept.page == "other"
    kept.geometry = [90_000, 0, 1100, 700]  # a monitor that is gone
    again, _ = make(kept)
    assert again.geometry().x() < 2000
    assert again.place == Place("page", "other")


def test_what_the_desk_says_is_in_the_strip(make):
    window, _ = make()
    window.desk.done.emit("2 purchase orders placed", "j1")
    assert window.strip.tenant() == "undo"
    QTest.mouseClick(window.strip._undo, Qt.MouseButton.LeftButton)
    assert window.desk.undone == ["j1"]
    assert window.strip.tenant() == "summary"
    window.desk.said.emit("Nothing to undo.")
    assert not window.strip._undo.isVisible()


def test_the_choice_of_a_list_has_the_strip_and_goes_with_its_page(make):
    window, _ = make()
    page = window.stack.currentWidget()
    page.view.toggle(0)
    assert window.strip.tenant() == "batch"
    assert page.batch.isVisible()
    window.go("other")
    assert window.strip.tenant() == "summary"
    assert page.batch.window() is window
    window.back()
    assert window.strip.tenant() == "batch"


@pytest.mark.may_stall  # three looks in a row are put on
def test_theme_menus_dress_the_program_and_are_remembered(make):
    config = Workstation(scheme="light")
    window, _ = make(config)
    menus = {a.text(): a.menu() for a in window.menus.view.actions() if a.menu()}
    for menu, choice in (("Theme", "Dark"), ("Text size", "125 %"), ("Density", "Compact")):
        next(a for a in menus[menu].actions() if a.text() == choice).trigger()
    assert (config.scheme, config.text_percent, config.density) == ("dark", 125, "compact")
    assert theme.look().palette.dark
    assert theme.look().base_pt == 12.5
    theme.apply(QApplication.instance(), "light")


def test_f1_lists_the_keys_of_the_page(make):
    window, _ = make()
    window.menus.show_keys()
    from desktop_app.views.key_list import KeyList

    dialog = window.findChild(KeyList)
    words = {label.text() for label in dialog.findChildren(QLabel)}
    assert {"On this page", "Everywhere", "Tick the row", "Ctrl+A"} <= words
    dialog.close()


def test_a_scan_nobody_claims_is_told(make, desk):
    from PySide6.QtCore import QObject

    class Scans(QObject):
        scanned = Signal(str)

    scans = Scans()
    window, _ = make(scans=scans)
    scans.scanned.emit("123456")
    assert "123456" in window.strip._text.text()
    seen = []
    window.on_scan = seen.append
    scans.scanned.emit("999")
    assert seen == ["999"]


def test_every_control_has_a_name(make):
    """LST-11: no unnamed field or icon button."""
    window, _ = make()
    page = window.stack.currentWidget()
    unnamed = [
        one
        for one in window.findChildren(QWidget)
        if isinstance(one, (QLineEdit, QPushButton))
        and not (one.accessibleName() or getattr(one, "text", str)())
    ]
    assert unnamed == []
    assert page.view.accessibleName() == "Things"


def test_the_strip_says_for_as_long_as_the_database_is_away(make):
    window, *_ = make()
    window.desk.hub.reachable.emit(False)
    assert window.strip.tenant() == "away"
    assert re.fullmatch(
        r"Not connected since \d\d:\d\d, connecting again\. Receiving continues in the draft; other"
        r" changes wait\.",
        window.strip.words(),
    )
    window.strip.say("Saved.")
    assert window.strip.words() == "Saved."
    window.strip.clear_message()
    assert window.strip.tenant() == "away"
    window.desk.hub.reachable.emit(True)
    assert window.strip.words() == "Connected again."
    window.strip.clear_message()
    assert window.strip.tenant() == "summary"


# -- the strip alone ---------------------------------------------------------------------------


def test_one_tenant_at_a_time_by_priority(qtbot):
    """IA-02: progress, then undo message, then batch bar, then summary."""
    strip = ActionStrip()
    qtbot.addWidget(strip)
    strip.show()
    home = QWidget()
    qtbot.addWidget(home)
    page = PageStrip(QLabel("bar", home), home)
    strip.bind(page)
    page.say("50 sales")
    assert (strip.tenant(), strip._summary.text()) == ("summary", "50 sales")
    page.want_batch(on=True)
    assert strip.tenant() == "batch"
    strip.say("Done", "j")
    assert strip.tenant() == "undo"
    progress = Progress()
    strip.working(progress, "Batch purchase order")
    assert strip.tenant() == "undo"  # not before 400 ms
    progress.step("placing", 2, 5, "Penrose Wholesale")
    qtbot.waitUntil(lambda: strip.tenant() == "progress", timeout=2000)
    assert strip._count.text() == "2 of 5 Penrose Wholesale"
    strip._stop_pressed()
    assert progress._stop.is_set()
    strip.working(None)
    assert strip.tenant() == "undo"
    strip.clear_message()
    assert strip.tenant() == "batch"
    assert strip.height() == 46 or strip.sizeHint().height() <= 46


def test_a_message_goes_after_ten_seconds_unless_held(qtbot, monkeypatch):
    monkeypatch.setattr("desktop_app.views.action_strip.MESSAGE_MS", 300)
    strip = ActionStrip()
    qtbot.addWidget(strip)
    strip.show()
    held = [True]
    monkeypatch.setattr(strip, "_is_held", lambda: held[0])
    strip.say("Done", "j")
    qtbot.wait(500)
    assert strip.tenant() == "undo"
    held[0] = False
    qtbot.waitUntil(lambda: strip.tenant() == "summary", timeout=2000)


# -- the ring ----------------------------------------------------------------------------------


def test_keyboard_focus_has_a_ring_and_fields_their_own_border(qtbot, qapp):
    """VIS-06."""
    rings = FocusRings(qapp)
    window = QWidget()
    qtbot.addWidget(window)
    column = QVBoxLayout(window)
    button, box, field = QPushButton("Order"), QCheckBox("All"), QLineEdit()
    for widget in (button, box, field):
        column.addWidget(widget)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    field.setFocus()
    assert rings.ring(window) is None or not rings.ring(window).isVisible()
    button.setFocus(Qt.FocusReason.TabFocusReason)
    ring = rings.ring(window)
    assert ring.isVisible()
    assert ring.geometry() == button.geometry().adjusted(-5, -5, 5, 5)
    window.resize(400, 300)
    qtbot.waitUntil(lambda: ring.geometry() == button.geometry().adjusted(-5, -5, 5, 5))
    image = window.grab().toImage()
    ink = image.pixelColor(ring.geometry().center().x(), ring.geometry().top() + 1)
    assert ink.name().upper() == theme.look().palette.ring
    button.hide()
    assert ring.target is not button
    field.setFocus()
    assert not ring.isVisible()
    rings.deleteLater()
