"""F4 and F11 at the receive page: unknown codes, damaged units; by real keys (RCV-04, RCV-07)."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from sqlalchemy import select

from desktop_app.models.damage_words import DAMAGE_WORDS
from desktop_app.models.receive_flow import Step
from desktop_app.services import settings
from desktop_app.services.receipt_damage import REASONS
from desktop_app.services.settings import SettingChange, save_settings
from desktop_app.services.store import tables as t
from desktop_app.views.receive_damage import DamageDialog
from desktop_app.views.receive_link import LinkDialog
from desktop_app.views.receive_log import ScanLog
from tests.helpers import builders as b
from tests.helpers import deliveries as d
from tests.helpers.docks import Dock, delivery, dock, scans

__all__ = ["delivery", "dock", "scans"]

UNIT = 10_000


def test_f4_links_the_unknown_code_with_keys_alone(dock, backend, delivery):
    """RCV-04, RCV-13: arrow to the line, Enter; the strip offers Undo."""
    dock.open(delivery.order)
    dock.key(Qt.Key.Key_F4)
    assert dock.said[-1] == "F4 links the code of a red card. Scan the unknown code first."
    dock.burst("4006381333931")
    assert dock.card.sub == "Nothing was counted. F4 links it to a line."
    dock.key(Qt.Key.Key_F4)
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, LinkDialog)
    assert dialog.view.current_row().sku == "STOVE-GAS"
    assert dialog.button.text() == "Link to STOVE-GAS and count 1"
    QTest.keyClick(dialog.view, Qt.Key.Key_Down)
    dialog.pack.setFocus()
    dock.type("3", dialog.pack)
    dialog.view.setFocus()
    assert dialog.button.text() == "Link to TENT-2P and count 3"
    QTest.keyClick(dialog.view, Qt.Key.Key_Return)
    dock.in_front()
    assert dock.page.focusWidget() is dock.page.scan_panel.field
    dock.settle(lambda: dock.page.flow.counted == 3 * UNIT)
    assert (dock.card.word, dock.card.head, dock.card.big) == ("Line complete", "TENT-2P", "3")
    assert dock.undos[-1][0] == "4006381333931 linked to TENT-2P, a scan counts 3"
    dock.desk.undo(dock.undos[-1][1])
    dock.settle(lambda: dock.page.flow.counted == 0)
    dock.burst("4006381333931")
    assert dock.card.word == "Unknown code"


def test_a_scan_over_the_link_dialog_does_no_harm(dock, backend, delivery):
    """PR-02: from each of its controls; the dialog stays, nothing is linked or counted."""
    dock.open(delivery.order)
    dock.burst("4006381333931")
    dock.key(Qt.Key.Key_F4)
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, LinkDialog)
    tried = 0
    for widget in dialog.findChildren(QWidget):
        if not widget.isVisible() or widget.focusPolicy() == Qt.FocusPolicy.NoFocus:
            continue
        widget.setFocus()
        for code in (d.STOVE, "AB 12"):
            dock.burst(code, QApplication.focusWidget() or dialog)
        tried += 1
    assert tried >= 4
    assert dialog.isVisible()
    assert (dialog.view.current_row().sku, dialog.pack.value()) == ("STOVE-GAS", 1)
    assert dock.page._scans.lost == [d.STOVE, "AB 12"] * tried
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    dock.settle()
    assert dock.page.flow.counted == 0
    assert d.scans_of(backend) == [("4006381333931", "unknown", 0)]


def test_a_clerk_who_may_not_link_is_told_who_may(
    backend, backend_as, background, qtbot, scans, delivery
):
    """R11.1."""
    backend.run(save_settings([SettingChange(settings.CLERKS_LINK, False)]), once=b.once())
    clerk = Dock(backend_as("clerk"), background, qtbot, scans)
    clerk.open(delivery.order)
    clerk.burst("4006381333931")
    assert clerk.card.sub == "Nothing was counted. A buyer or manager can link it to a line."
    clerk.key(Qt.Key.Key_F4)
    assert QApplication.activeModalWidget() is None
    assert clerk.page.notice.label.text() == "Needs buyer or manager. Nothing was linked."


def test_f11_marks_damaged_units_with_keys_alone(dock, backend, delivery):
    """RCV-07, RCV-13: number, Enter, arrow to the reason, Enter; steps 2 to 4 and the notes say so."""
    dock.open(delivery.order)
    dock.key(Qt.Key.Key_F11)
    assert dock.said[-1] == "F11 marks counted units as damaged. Count a line first."
    dock.type("12")
    dock.burst(d.STOVE)
    dock.key(Qt.Key.Key_F11)
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, DamageDialog)
    assert dialog.windowTitle() == "Damaged: STOVE-GAS"
    assert dialog.focusWidget() is dialog.units
    dock.qtbot.waitUntil(lambda: dialog.units.lineEdit().hasSelectedText())
    dock.type("4", dialog.units)
    QTest.keyClick(dialog.units, Qt.Key.Key_Return)
    assert dialog.focusWidget() is dialog.view
    assert dialog.button.text() == "Mark 4 damaged"
    QTest.keyClick(dialog.view, Qt.Key.Key_Return)
    dock.in_front()
    assert dock.page.focusWidget() is dock.page.scan_panel.field
    dock.settle(lambda: dock.page.flow.lines[0].damaged == 4 * UNIT)
    assert (dock.card.word, dock.card.head) == ("4 damaged", "STOVE-GAS")
    lines = dock.page.scan_panel.lines
    assert lines.text(0, 6) == "4 damaged, done"
    dock.settle(lambda: dock.page.flow.preview.quarantined == 4 * UNIT)
    assert [t.units // UNIT for t in dock.page.scan_panel.queue.turns.rows()] == [5, 3]
    dock.review()
    confirm = dock.page.confirm_panel
    assert confirm.received.figure.text() == "12 units, 1 product"
    assert confirm.damaged.figure.text() == "4 in 1 line"
    assert confirm.damaged.detail.text() == (
        "STOVE-GAS 4 (broken 4)\nReceived into quarantine: in stock, but for no sale"
    )
    assert confirm.commit.text() == "Receive 12 units (4 damaged) and allocate 8 to 2 sales"
    dock.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    dock.settle(lambda: dock.page.flow.step is Step.DONE)
    done = dock.page.done_panel
    assert done.sub.text() == (
        "Received 12 units, 4 of them damaged, in quarantine, 8 allocated to 2 sales"
    )
    one, two = (sale.number for sale in delivery.sales)
    assert d.notes(backend, "PO", delivery.order.id) == [
        "Received 12 units on goods-in note 1, 4 of them damaged, in quarantine:"
        f" STOVE-GAS 4 (broken); allocated 5 to #{one}, 3 to #{two}"
    ]
    assert dock.undos[-1][0] == (
        "Received 12 units (4 damaged) on goods-in note 1, 8 allocated to 2 sales"
    )
    done.undo.click()
    dock.settle(lambda: done.sub.text().startswith("Undone"))
    assert d.received(backend, delivery.order) == [(12, 0), (3, 0)]
    with backend.store.reading() as db:
        levels = db.execute(select(t.stock_level)).all()
    assert [(x.in_stock, x.allocated, x.quarantined) for x in levels] == [(0, 0, 0)]


def test_other_damage_wants_a_text_and_each_reason_keeps_its_number(dock, delivery):
    dock.open(delivery.order)
    dock.type("6")
    dock.burst(d.STOVE)
    dock.key(Qt.Key.Key_F11)
    dialog = QApplication.activeModalWidget()
    for _ in range(4):
        QTest.keyClick(dialog.view, Qt.Key.Key_Down)
    assert dialog.reason.words == "Other"
    assert not dialog.button.isEnabled()
    QTest.keyClick(dialog.view, Qt.Key.Key_Return)
    assert dialog.focusWidget() is dialog.text
    dock.type("dented", dialog.text)
    QTest.keyClick(dialog.text, Qt.Key.Key_Return)
    dock.in_front()
    dock.settle(lambda: dock.page.flow.lines[0].damaged == UNIT)
    dock.key(Qt.Key.Key_F11)
    dialog = QApplication.activeModalWidget()
    assert [(x.words, x.units // UNIT) for x in dialog.reasons.rows()] == [
        ("Broken", 0), ("Wet", 0), ("Packaging spoilt", 0), ("Past its date", 0), ("dented", 1),
        ("Other", 0),
    ]  # fmt: skip
    assert (dialog.reason.words, dialog.units.value(), dialog.units.maximum()) == ("dented", 1, 6)
    assert not dialog.button.isEnabled()
    dialog.units.setValue(0)
    assert dialog.button.text() == "Mark none damaged"
    QTest.keyClick(dialog.view, Qt.Key.Key_Return)
    dock.settle(lambda: dock.page.flow.lines[0].damaged == 0)
    assert dock.card.word == "None damaged"


def test_a_scan_over_the_damage_dialog_does_no_harm(dock, backend, delivery):
    """PR-02."""
    dock.open(delivery.order)
    dock.burst(d.STOVE)
    dock.key(Qt.Key.Key_F11)
    dialog = QApplication.activeModalWidget()
    before = (dialog.units.value(), dialog.reason, dialog.text.text())
    tried = 0
    for widget in dialog.findChildren(QWidget):
        if not widget.isVisible() or widget.focusPolicy() == Qt.FocusPolicy.NoFocus:
            continue
        widget.setFocus()
        dock.burst(d.STOVE, QApplication.focusWidget() or dialog)
        tried += 1
    assert tried >= 4
    assert dialog.isVisible()
    assert (dialog.units.value(), dialog.reason, dialog.text.text()) == before
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    dock.settle()
    assert d.scans_of(backend) == [(d.STOVE, "counted", 1)]


def test_the_buttons_of_the_foot_are_never_cut(dock, delivery):
    """RCV-13: where there is little room the bar goes first, then the button of F11; its key stays."""
    dock.open(delivery.order)
    panel = dock.page.scan_panel
    shown = set()
    for width in (1182, 1000, 780, 700):
        dock.page.resize(width, 666)
        QTest.qWait(1)
        for button in (panel.whole, panel.damage, panel.undo, panel.leave, panel.review):
            assert button.isHidden() or button.width() >= button.sizeHint().width(), width
        shown.add((panel.bar.isVisible(), panel.damage.isVisible()))
    assert (True, True) in shown
    assert (False, True) in shown
    dock.burst(d.STOVE)
    dock.key(Qt.Key.Key_F11)
    assert isinstance(QApplication.activeModalWidget(), DamageDialog)
    QApplication.activeModalWidget().reject()


def test_the_short_list_of_reasons_is_the_services():
    assert tuple(DAMAGE_WORDS) == REASONS


def test_the_scan_log_tells_of_damage(dock, delivery):
    """RCV-12."""
    dock.open(delivery.order)
    dock.burst(d.STOVE)
    dock.page.flow.mark_damaged(dock.page.flow.lines[0].po_row_id, UNIT, "wet")
    dock.settle()
    log = ScanLog(dock.desk, dock.page.flow.draft)
    dock.qtbot.addWidget(log)
    dock.settle(lambda: log.head.text() == "2 entries")
    assert [log.scans.text(at, 2) for at in range(2)] == ["+1 damaged: wet", "counted"]
    log.close()
