"""Settings: consequence, default, where used, history, one explicit Save, worked example (ux 3.5)."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow, QMessageBox, QPushButton, QWidget

from desktop_app.models.scan_filter import ScanFilter
from desktop_app.models.settings_words import WORDINGS
from desktop_app.services import settings
from desktop_app.services.settings import SettingChange, Source
from desktop_app.views.settings_history import Example, SettingHistory
from desktop_app.views.settings_page import SettingsPage
from tests.helpers import builders as b
from tests.helpers import deliveries as d
from tests.helpers import foundation as f

SHOP = f"warehouse:{f.SHOP}"


class Office:
    """A manager at the settings page."""

    def __init__(self, backend, background, qtbot):
        self.qtbot, self.background, self.backend = qtbot, background, backend
        self.desk = d.a_desk(backend, background)
        self.done, self.opened = [], []
        self.desk.done.connect(lambda text, journal: self.done.append((text, journal)))
        self.desk.open_wanted.connect(lambda kind, key: self.opened.append((kind, key)))
        self.window = QMainWindow()
        qtbot.addWidget(self.window)
        self.page = SettingsPage(self.desk)
        self.window.setCentralWidget(self.page)
        self.window.resize(1180, 660)
        self.window.show()
        qtbot.waitExposed(self.window)
        self.settle(lambda: self.page.complete)

    def settle(self, until=lambda: True):
        self.qtbot.waitUntil(lambda: not self.background.busy and until(), timeout=5000)

    def row(self, key):
        return self.page.rows[key]

    def value(self, key, warehouse_id=None):
        return self.backend.read(settings.values, (key,), warehouse_id)[key]


@pytest.fixture
def office(backend, background, qtbot):
    return Office(backend, background, qtbot)


def test_each_setting_says_what_is_known_about_it(office):
    """PR-12, SET-02: consequence, default, scope, last change, where used."""
    row = office.row(settings.ALLOCATE)
    assert row.editor.box.title.text() == "Allocate received goods to waiting sales"
    assert row.editor.box.is_checked()
    assert row.then.text() == (
        "Next delivery: goods go to the oldest waiting sales first; clerks can still switch it off."
    )
    assert row.default.text() == "default: on"
    assert row.scope.text() == "For the company"
    assert row.changed.text() == "Never changed"
    assert not row.history.isEnabled()
    link = next(x for x in row.findChildren(QPushButton) if x.text() == "Goods in")
    assert link.accessibleName() == "Allocate received goods to waiting sales is used in Goods in"
    link.click()
    assert office.opened == [("page", "goods_in")]


def test_every_setting_on_the_page_has_an_effect_and_words(office):
    """Every setting that the services know is on the page, with its consequence (SET-02)."""
    assert set(office.page.rows) == set(WORDINGS)
    assert settings.OWN_PRODUCTS in office.page.rows
    for shown in office.page.edits.all():
        row = office.row(shown.definition.key)
        assert row.then.text(), shown.definition.key
        assert row.default.text().startswith("default: ")


def test_saving_is_explicit_and_names_each_change(office):
    """SET-01: "Save 2 changes" with the list; undo puts both back."""
    page = office.page
    assert (page.save_button.text(), page.save_button.isEnabled()) == ("Save", False)
    office.row(settings.ALLOCATE).editor.box.button.click()
    office.row(settings.WHO_IS_SERVED).editor.radios["raised_only"].button.click()
    assert page.save_button.text() == "Save 2 changes"
    assert page.list.text() == (
        "Allocate received goods to waiting sales: on → off\n"
        "Who is served: Any waiting sale, oldest first → Only sales the order was raised for"
    )
    row = office.row(settings.ALLOCATE)
    assert row.changed.text() == "Not saved yet; was: on"
    assert row.then.text() == (
        "Next delivery: goods stay free stock; clerks can still switch allocating on."
    )
    assert office.value(settings.ALLOCATE).value is True
    QTest.keyClick(page, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    office.settle(lambda: bool(office.done))
    assert office.done[0][0] == "Saved 2 settings"
    assert (office.value(settings.ALLOCATE).value, office.value(settings.WHO_IS_SERVED).value) == (
        False,
        "raised_only",
    )
    office.settle(lambda: page.save_button.text() == "Save")
    assert row.changed.text().startswith("Last changed by Mary Manager, ")
    assert row.reset.isVisible()
    office.desk.undo_last()
    office.settle(lambda: office.value(settings.ALLOCATE).value is True)
    assert office.value(settings.WHO_IS_SERVED).source is Source.DEFAULT
    office.settle(row.editor.box.is_checked)


def test_back_to_the_same_value_is_no_change_and_discard_forgets(office):
    box = office.row(settings.ALLOCATE).editor.box
    box.button.click()
    box.button.click()
    assert office.page.save_button.text() == "Save"
    box.button.click()
    office.page.discard.click()
    assert box.is_checked()
    assert office.page.list.text() == ""
    office.settle()
    assert office.value(settings.ALLOCATE).value is True


def test_every_kind_of_control_is_stored(office):
    """Percent, status, warehouse, batch options."""
    over = office.row(settings.OVER_PERCENT).editor
    over.allow.click()
    over.percent.setValue(7)
    status = office.row(settings.STATUS_FULL).editor.combo
    assert status.currentText() == "Received"
    status.setCurrentIndex(status.findText("Part received"))
    status.activated.emit(status.currentIndex())
    place = office.row(settings.DELIVERY_WAREHOUSE).editor.combo
    assert place.currentText() == "Each sale's warehouse"
    place.setCurrentIndex(place.findText("Shop"))
    place.activated.emit(place.currentIndex())
    batch = office.row(settings.BATCH_OPTIONS).editor
    batch.stock.setCurrentIndex(batch.stock.findText("In stock"))
    batch.stock.activated.emit(batch.stock.currentIndex())
    batch.incoming.button.click()
    assert office.page.save_button.text() == "Save 4 changes"
    office.page.save_button.click()
    office.settle(lambda: bool(office.done))
    assert office.value(settings.OVER_PERCENT).value == 7
    assert office.value(settings.STATUS_FULL).value == f.PURCHASE_STATUS["Part received"]
    assert office.value(settings.DELIVERY_WAREHOUSE).value == f.SHOP
    kept = office.value(settings.BATCH_OPTIONS).value
    assert (kept["exclude_stock"], kept["exclude_purchase_orders"]) == ("in_stock", False)
    office.settle(
        lambda: (
            office.row(settings.OVER_PERCENT).then.text()
            == "Up to 7 % more than a row ordered is received; the surplus is free stock."
        )
    )


def test_a_warehouse_can_have_its_own_value(office):
    """SET-01: scope on each control; "Shop overrides this"."""
    page = office.page
    page.scope.setCurrentIndex(page.scope.findText("Shop"))
    page.scope.activated.emit(page.scope.currentIndex())
    row = office.row(settings.ALLOCATE)
    assert row.scope.text() == "As the company"
    assert not office.row(settings.ROUND_UP).editor.isEnabled()
    assert office.row(settings.ROUND_UP).scope.text() == "The same for the whole company"
    row.editor.box.button.click()
    assert page.list.text() == "Allocate received goods to waiting sales for Shop: on → off"
    page.save_button.click()
    office.settle(lambda: bool(office.done) and row.reset.isVisible())
    assert office.value(settings.ALLOCATE, f.SHOP).value is False
    assert office.value(settings.ALLOCATE).value is True
    assert row.scope.text() == "Shop overrides the company"
    page.scope.setCurrentIndex(0)
    page.scope.activated.emit(0)
    assert row.scope.text() == "For the company\nShop overrides this: off"
    page.scope.setCurrentIndex(page.scope.findText("Shop"))
    page.scope.activated.emit(page.scope.currentIndex())
    assert row.reset.text() == "Use the company's"
    row.reset.click()
    office.settle(lambda: row.scope.text() == "As the company")
    assert office.value(settings.ALLOCATE, f.SHOP).value is True


def test_search_finds_by_label_help_and_synonym(office):
    """SET-02: "auto allocate"."""

    def found(text):
        office.page.search.setText(text)
        return {key for key, row in office.page.rows.items() if row.isVisibleTo(office.page)}

    assert found("auto allocate") == {settings.ALLOCATE}
    assert settings.ALLOCATE in found("free stock")
    assert found("pack size") == {settings.ROUND_UP}
    assert found("fifo") == {settings.WHO_IS_SERVED}
    assert found("no such thing") == set()
    assert office.page.nothing.text() == "No setting is found for “no such thing”."
    QTest.keyClick(office.page.search, Qt.Key.Key_Escape)
    assert office.page.search.text() == ""
    assert len(found("")) == len(WORDINGS)


def test_history_says_who_when_from_and_to(office, backend):
    backend.run(settings.save_settings([SettingChange(settings.OVER_PERCENT, 5)]), once=b.once())
    backend.run(settings.save_settings([SettingChange(settings.OVER_PERCENT, None)]), once=b.once())
    office.page.refresh()
    office.settle(office.row(settings.OVER_PERCENT).history.isEnabled)
    office.row(settings.OVER_PERCENT).history.click()
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, SettingHistory)
    office.settle(lambda: len(dialog.changes.rows()) == 2)
    texts = [
        [dialog.changes.text(at, column) for column in (1, 2, 3, 4)] for at in range(2)
    ]  # fmt: skip
    assert texts == [
        ["Mary Manager", "Company", "allow up to 5 %", "refuse (default)"],
        ["Mary Manager", "Company", "refuse (default)", "allow up to 5 %"],
    ]
    dialog.close()


def test_the_default_is_tried_on_a_real_order(backend, background, qtbot):
    """PR-12: the worked example equals what receiving would do."""
    delivery = d.a_delivery(backend)
    office = Office(backend, background, qtbot)
    page = office.page
    number = delivery.order.number
    office.settle(lambda: page.example.text().startswith("Try it: PO"))
    assert (
        page.example.text()
        == f"Try it: PO {number} today would allocate 10 of 15 units to 2 sales."
    )
    page.show_example.click()
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, Example)
    first, second = delivery.sales
    assert [(t.number, t.sku, t.units // 10_000) for t in dialog.turns.rows()] == [
        (first.number, "STOVE-GAS", 5),
        (second.number, "STOVE-GAS", 4),
        (second.number, "TENT-2P", 1),
    ]
    dialog.close()
    office.row(settings.ALLOCATE).editor.box.button.click()
    office.settle(lambda: "free stock" in page.example.text())
    assert (
        page.example.text() == f"Try it: PO {number} today would leave all 15 units as free stock."
    )
    assert not page.show_example.isVisible()
    assert d.received(backend, delivery.order) == [(12, 0), (3, 0)]


def test_without_an_open_order_the_example_says_so(office):
    office.settle(lambda: office.page.example.text() != "")
    assert office.page.example.text() == "Try it: no purchase order is open just now."


def test_a_clerk_reads_only(backend_as, background, qtbot):
    office = Office(backend_as("clerk"), background, qtbot)
    assert office.page.notice.label.text() == (
        "You can look at the settings. To change them: needs manager."
    )
    assert not office.row(settings.ALLOCATE).editor.isEnabled()
    assert office.row(settings.ALLOCATE).editor.toolTip() == "Needs manager"
    assert not office.page.foot.isVisible()
    assert not office.row(settings.ALLOCATE).reset.isVisible()


def test_somebody_elses_change_is_shown_before_it_is_overwritten(office):
    """R11.3: nothing is saved until the person says so again."""
    box = office.row(settings.ALLOCATE).editor.box
    box.button.click()
    office.backend.run(
        settings.save_settings([SettingChange(settings.ALLOCATE, False)]), once=b.once()
    )
    office.backend.run(
        settings.save_settings([SettingChange(settings.ALLOCATE, True)]), once=b.once()
    )
    office.page.save_button.click()
    office.settle(office.page.notice.isVisible)
    assert office.page.notice.label.text() == (
        "Mary Manager changed “Allocate received goods to waiting sales” meanwhile. Nothing was saved."
        " Save again to keep your change, or discard it to keep theirs."
    )
    assert office.value(settings.ALLOCATE).value is True
    office.settle(office.page.save_button.isEnabled)
    office.page.save_button.click()
    office.settle(lambda: bool(office.done))
    assert office.value(settings.ALLOCATE).value is False


def test_leaving_with_changes_asks_once(office):
    """SET-01."""
    office.row(settings.ALLOCATE).editor.box.button.click()
    office.page.hide()
    office.qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), QMessageBox))
    box = QApplication.activeModalWidget()
    assert box.text() == "1 change of the settings is not saved."
    assert box.informativeText() == "Allocate received goods to waiting sales: on → off"
    assert {x.text() for x in box.buttons()} == {"Save 1 change", "Discard", "Go back"}
    next(x for x in box.buttons() if x.text() == "Go back").click()
    assert office.opened == [("settings", None)]
    office.page.show()
    office.page.hide()
    office.qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), QMessageBox))
    box = QApplication.activeModalWidget()
    next(x for x in box.buttons() if x.text() == "Discard").click()
    office.page.show()
    office.page.hide()
    QTest.qWait(20)
    assert QApplication.activeModalWidget() is None
    assert office.value(settings.ALLOCATE).value is True


def test_every_control_has_a_name(office):
    for widget in office.page.findChildren(QWidget):
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisibleTo(office.page):
            assert widget.accessibleName(), f"{widget} in {widget.parent()}"
            if isinstance(widget, QPushButton):
                assert not widget.autoDefault()


def test_a_scan_changes_no_setting_from_any_focus(office, qapp):
    """PR-02."""
    scans = ScanFilter(qapp)
    codes = []
    scans.scanned.connect(codes.append)
    fields = [
        widget for widget in office.page.findChildren(QWidget)
        if widget.isVisibleTo(office.page) and widget.isEnabled()
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]  # fmt: skip
    assert len(fields) > 20
    for number, widget in enumerate(fields, 1):
        widget.setFocus()
        QTest.keyClicks(widget, "50 12345678900")
        QTest.keyClick(widget, Qt.Key.Key_Return)
        office.qtbot.waitUntil(lambda wanted=number: len(codes) == wanted)
    assert set(codes) == {"50 12345678900"}
    assert len(office.page.edits) == 0
    assert office.page.search.text() == ""
    assert office.opened == []
    assert QApplication.activeModalWidget() is None
    qapp.removeEventFilter(scans)
    scans.deleteLater()
