"""PR-02: from every focusable widget of every page of the real program a scan does no harm."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTabWidget,
    QWidget,
)

from desktop_app.app import Shell
from desktop_app.config import Workstation
from desktop_app.services import opening

CODE = "9999999999994"  # no sale, purchase order or product
PAGES = (
    "sales", "purchases", "goods_in", "goods_out", "stock", "transfers", "counts", "batches", "credits",
    "settings",
)  # fmt: skip


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    path = tmp_path_factory.mktemp("scans") / "sample.backroom"
    opening.make(str(path), opening.NewCompany()).close()
    return str(path)


@pytest.fixture
def shell(qapp, qtbot, sample):
    before = QLocale()
    made = Shell(qapp, Workstation(scheme="light"), sample, None)
    # A busy machine may hold up the test between two keys of a scan, as no scanner does.
    made.scans.timing = replace(made.scans.timing, gap_ms=400)
    made.begin()
    qtbot.addWidget(made.window)
    made.window.activateWindow()
    yield made
    made.window.close()
    made.close()
    qapp.removeEventFilter(made.scans)
    made.scans.deleteLater()
    made.rings.deleteLater()
    made.deleteLater()
    QLocale.setDefault(before)


def settle(qtbot, shell):
    qtbot.waitUntil(lambda: shell.background.busy == 0, timeout=10_000)


def state(window: QWidget, *, claimed: bool) -> dict:
    """Everything a stray key could have changed; a page that claims scans may search for them."""
    found: dict = {"page": window.place, "windows": len(QApplication.topLevelWidgets())}
    for one in window.findChildren(QWidget):
        if claimed and isinstance(one, (QLineEdit, QAbstractItemView)):
            continue
        if isinstance(one, QLineEdit):
            found[id(one)] = one.text()
        elif isinstance(one, QPlainTextEdit):
            found[id(one)] = one.toPlainText()
        elif isinstance(one, QAbstractButton):
            found[id(one)] = (one.isChecked(), one.isDown())
        elif isinstance(one, QComboBox):
            found[id(one)] = one.currentIndex()
        elif isinstance(one, QAbstractSpinBox):
            found[id(one)] = one.text()
        elif isinstance(one, QTabWidget):
            found[id(one)] = one.currentIndex()
        elif isinstance(one, QAbstractItemView):
            found[id(one)] = (one.currentIndex().row(), one.state())
    page = window.stack.currentWidget()
    if hasattr(page, "chosen"):
        found["chosen"] = page.chosen.ids
    return found


def targets(window: QWidget) -> list[QWidget]:
    return [
        one
        for one in window.findChildren(QWidget)
        if one.focusPolicy() != Qt.FocusPolicy.NoFocus and one.isVisible() and one.isEnabled()
    ]


def records(shell) -> list[tuple[str, int]]:
    with shell.store.reading() as db:
        from sqlalchemy import text

        sale = db.execute(text("SELECT max(id) FROM sale")).scalar_one()
        order = db.execute(text("SELECT max(id) FROM purchase_order")).scalar_one()
    return [("sale", sale), ("purchase", order)]


@pytest.mark.may_stall  # builds every page and visits every widget
@pytest.mark.parametrize("place", [*PAGES, "sale", "purchase"])
def test_a_scan_from_every_widget_changes_nothing(qtbot, shell, place):
    window = shell.window
    if place in PAGES:
        window.go(place)
    else:
        kind, key = next(one for one in records(shell) if one[0] == place)
        window.open(kind, key)
    settle(qtbot, shell)
    QTest.qWait(250)  # pane and summary
    settle(qtbot, shell)
    seen = []
    window.on_scan = seen.append
    asked = targets(window)
    assert len(asked) >= 4
    for widget in asked:
        if not widget.isVisible():
            continue
        widget.setFocus()
        QTest.qWait(1)
        focus = QApplication.focusWidget()
        before = state(window, claimed=place == "goods_in")
        QTest.keyClicks(focus or window, CODE)
        QTest.keyClick(focus or window, Qt.Key.Key_Return)
        QTest.qWait(1)
        assert state(window, claimed=place == "goods_in") == before, widget
    if place != "goods_in":
        assert seen == [CODE] * len(seen)
        assert len(seen) >= len(asked) - 2
