"""No scan from any focus does harm; slow typing passes intact (PR-02, RCV-03)."""

import pytest
from PySide6.QtCore import QCoreApplication, QDate, QEvent, QPoint, Qt, QTime
from PySide6.QtGui import QKeyEvent, QStandardItemModel
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDateEdit,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QSlider,
    QSpinBox,
    QTableView,
    QTabWidget,
    QTextEdit,
    QTimeEdit,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop_app.models.scan_filter import ScanFilter

CODE = "5012345678900"


@pytest.fixture
def scans(qapp):
    made = ScanFilter(qapp)
    made.codes = []
    made.scanned.connect(made.codes.append)
    yield made
    qapp.removeEventFilter(made)
    made.deleteLater()
    QCoreApplication.sendPostedEvents(made, QEvent.Type.DeferredDelete)


def combo():
    box = QComboBox()
    box.addItems(["50", "5012345678900", "9"])
    return box


def editable_combo():
    box = combo()
    box.setEditable(True)
    return box


def spin():
    box = QSpinBox()
    box.setMaximum(10_000_000)
    box.setValue(3)
    return box


def double_spin():
    box = QDoubleSpinBox()
    box.setValue(3.5)
    return box


def table():
    view = QTableView()
    model = QStandardItemModel(3, 3, view)
    view.setModel(model)
    view.setCurrentIndex(model.index(1, 1))
    view.setEditTriggers(QTableView.EditTrigger.AllEditTriggers)
    return view


def tree():
    made = QTreeWidget()
    made.addTopLevelItems([QTreeWidgetItem([one]) for one in ("a", "5", "0")])
    made.setCurrentItem(made.topLevelItem(0))
    return made


def listing():
    made = QListWidget()
    made.addItems(["a", "5012345678900", "9"])
    made.setCurrentRow(0)
    return made


def tabs():
    made = QTabWidget()
    made.addTab(QWidget(), "One")
    made.addTab(QWidget(), "Two")
    return made


MAKERS = {
    "line edit": QLineEdit,
    "text edit": QTextEdit,
    "plain text edit": QPlainTextEdit,
    "spin box": spin,
    "double spin box": double_spin,
    "combo": combo,
    "editable combo": editable_combo,
    "button": lambda: QPushButton("Order"),
    "default button": lambda: default_button(),  # noqa: PLW0108 - defined below
    "tool button": QToolButton,
    "check box": QCheckBox,
    "radio button": QRadioButton,
    "slider": QSlider,
    "date": lambda: QDateEdit(QDate(2026, 11, 21)),
    "time": lambda: QTimeEdit(QTime(9, 41)),
    "table": table,
    "tree": tree,
    "list": listing,
    "tabs": tabs,
}


def default_button():
    button = QPushButton("Order")
    button.setDefault(True)
    return button


def state(widget):
    names = ("text", "toPlainText", "value", "isChecked", "currentText", "currentRow", "date",
             "time", "currentIndex")  # fmt: skip
    found = {}
    for name in names:
        if hasattr(widget, name):
            value = getattr(widget, name)()
            if hasattr(value, "row") and callable(value.row):
                value = (value.row(), value.column())
            found[name] = value
    if isinstance(widget, QTableView):
        model = widget.model()
        found["cells"] = [model.index(r, c).data() for r in range(3) for c in range(3)]
        found["editing"] = widget.state()
    return found


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("end", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab])
def test_a_scan_does_no_harm_in_any_widget(qtbot, scans, name, end):
    dialog = QDialog()
    qtbot.addWidget(dialog)
    layout = QVBoxLayout(dialog)
    widget = MAKERS[name]()
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok)
    buttons.accepted.connect(dialog.accept)
    layout.addWidget(widget)
    layout.addWidget(QLineEdit())
    layout.addWidget(buttons)
    clicks = []
    if hasattr(widget, "clicked"):
        widget.clicked.connect(lambda *_: clicks.append(1))
    dialog.show()
    qtbot.waitExposed(dialog)
    widget.setFocus()
    QTest.qWait(5)
    focus = dialog.focusWidget()
    assert focus is not None
    before = state(widget)
    for scan in range(3):
        QTest.keyClicks(focus, CODE)
        QTest.keyClick(focus, end)
        qtbot.waitUntil(lambda wanted=scan + 1: len(scans.codes) == wanted)
    assert scans.codes == [CODE] * 3
    assert state(widget) == before
    assert clicks == []
    assert dialog.isVisible()
    assert dialog.focusWidget() is focus


def test_a_scan_with_a_blank_does_not_click_a_focused_button(qtbot, scans):
    button = QPushButton("Order")
    qtbot.addWidget(button)
    button.show()
    button.setFocus()
    clicks = []
    button.clicked.connect(lambda: clicks.append(1))
    QTest.keyClicks(button, "AB 12")
    QTest.keyClick(button, Qt.Key.Key_Return)
    QTest.qWait(60)
    assert scans.codes == ["AB 12"]
    assert clicks == []
    assert not button.isDown()
    QTest.keyClick(button, Qt.Key.Key_Space)
    QTest.qWait(60)
    assert clicks == [1]
    assert not button.isDown()


def test_slow_typing_arrives_whole(qtbot, scans):
    field = QLineEdit()
    qtbot.addWidget(field)
    field.show()
    field.setFocus()
    done = []
    field.returnPressed.connect(lambda: done.append(field.text()))
    for character in "Ab 1£":
        QTest.keyClicks(field, character)
        QTest.qWait(60)
    QTest.keyClick(field, Qt.Key.Key_Return)
    QTest.qWait(60)
    assert field.text() == "Ab 1£"
    assert done == ["Ab 1£"]
    assert scans.codes == []


def test_fast_typing_without_an_end_arrives_in_order_after_a_pause(qtbot, scans):
    field = QLineEdit()
    qtbot.addWidget(field)
    field.show()
    field.setFocus()
    QTest.keyClicks(field, "hello")
    assert field.text() == ""
    qtbot.waitUntil(lambda: field.text() == "hello", timeout=200)
    assert scans.codes == []


def test_a_number_typed_then_a_scan(qtbot, scans):
    """RCV-05: the digits stay where they were typed."""
    box = spin()
    qtbot.addWidget(box)
    box.show()
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, "1")
    QTest.qWait(90)
    QTest.keyClicks(box, "2")
    QTest.qWait(90)
    QTest.keyClicks(box, CODE)
    QTest.keyClick(box, Qt.Key.Key_Return)
    QTest.qWait(60)
    assert box.value() == 12
    assert scans.codes == [CODE]


def test_arrows_and_clicks_come_after_what_was_typed(qtbot, scans):
    field = QLineEdit("xy")
    qtbot.addWidget(field)
    field.show()
    field.setFocus()
    QTest.keyClicks(field, "a")
    QTest.keyClick(field, Qt.Key.Key_Home)
    QTest.keyClicks(field, "b")
    QTest.mouseClick(field, Qt.MouseButton.LeftButton, pos=QPoint(3, 5))
    assert field.text() == "bxya"


def test_shortcuts_are_not_held(qtbot, scans):
    field = QLineEdit("abc")
    qtbot.addWidget(field)
    field.show()
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert field.selectedText() == "abc"


def test_group_separator_stays_in_the_code(qtbot, scans):
    """T6, T7: GS arrives as Ctrl+] and a line edit would drop it."""
    field = QLineEdit()
    qtbot.addWidget(field)
    field.show()
    field.setFocus()
    QTest.keyClicks(field, "0109506000134352")
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        QCoreApplication.sendEvent(
            field,
            QKeyEvent(kind, Qt.Key.Key_BracketRight, Qt.KeyboardModifier.ControlModifier, "\x1d"),
        )
    QTest.keyClicks(field, "10AB")
    QTest.keyClick(field, Qt.Key.Key_Return)
    QTest.qWait(60)
    assert scans.codes == ["0109506000134352\x1d10AB"]
    assert field.text() == ""


def test_a_scan_through_the_window_itself(qtbot, scans):
    """As the system delivers it: to the window first, then to the focused widget."""
    dialog = QDialog()
    qtbot.addWidget(dialog)
    layout = QVBoxLayout(dialog)
    field = QLineEdit()
    layout.addWidget(field)
    dialog.show()
    qtbot.waitExposed(dialog)
    field.setFocus()
    window = dialog.windowHandle()
    for character in CODE:
        QTest.keyClick(window, character)
    QTest.keyClick(window, Qt.Key.Key_Return)
    QTest.qWait(60)
    assert scans.codes == [CODE]
    assert field.text() == ""
    assert dialog.isVisible()
    for character in "ok":
        QTest.keyClick(window, character)
        QTest.qWait(60)
    qtbot.waitUntil(lambda: field.text() == "ok")  # a busy machine hands on what it held back later


def test_the_newest_active_claim_gets_the_scan(qtbot, scans):
    page, dialog = QLineEdit(), QLineEdit()
    for widget in (page, dialog):
        qtbot.addWidget(widget)
    page.show()
    taken = []
    on = {"page": True, "dialog": True}
    scans.claim(page, lambda code: taken.append(("page", code)), lambda: on["page"])
    scans.claim(dialog, lambda code: taken.append(("dialog", code)), lambda: on["dialog"])

    def scan(code):
        QTest.keyClicks(page, code)
        QTest.keyClick(page, Qt.Key.Key_Return)
        QTest.qWait(60)

    scan("1111")
    on["dialog"] = False
    scan("2222")
    scans.release(page)
    scan("3333")
    assert taken == [("dialog", "1111"), ("page", "2222")]
    assert scans.codes == ["3333"]


def test_a_claim_dies_with_its_page(qtbot, scans):
    page = QLineEdit()
    scans.claim(page, lambda code: pytest.fail("the page is gone"))
    page.deleteLater()
    QCoreApplication.sendPostedEvents(page, QEvent.Type.DeferredDelete)
    field = QLineEdit()
    qtbot.addWidget(field)
    field.show()
    QTest.keyClicks(field, CODE)
    QTest.keyClick(field, Qt.Key.Key_Return)
    QTest.qWait(60)
    assert scans.codes == [CODE]
