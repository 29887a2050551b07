"""A clerk at the dock: the receive page with a scanner and a keyboard, for its tests."""

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop_app.models.receive_flow import Step
from desktop_app.models.scan_answer import ScanEvent
from desktop_app.models.scan_filter import ScanFilter
from desktop_app.views.receive_page import ReceivePage
from tests.helpers import deliveries as d


class Dock:
    """A clerk at the dock: a page, a scanner and a keyboard."""

    def __init__(self, backend, background, qtbot, scans):
        self.qtbot, self.background, self.backend = qtbot, background, backend
        self.desk = d.a_desk(backend, background)
        self.said, self.opened, self.undos = [], [], []
        self.desk.said.connect(self.said.append)
        self.desk.done.connect(lambda text, journal: self.undos.append((text, journal)))
        self.desk.open_wanted.connect(lambda kind, key: self.opened.append((kind, key)))
        self.page = ReceivePage(self.desk, scans)
        self.sounds = []
        self.page.sounds.play = self._heard
        qtbot.addWidget(self.page)
        self.page.resize(1182, 666)
        self.page.show()
        qtbot.waitExposed(self.page)
        self.page.activateWindow()
        self.page.flow._clock = self._clock
        self.at = 0.0
        self.settle()

    def _heard(self, event):
        if event is not ScanEvent.SAVING:  # makes no sound; comes when the machine is busy
            self.sounds.append(event)

    def _clock(self):
        self.at += 1.0  # the scanner never bounces here
        return self.at

    def settle(self, until=lambda: True):
        def quiet():
            flow = self.page.flow
            return (
                not self.background.busy
                and not flow.unsaved
                and not flow._soon.isActive()
                and until()
            )

        self.qtbot.waitUntil(quiet, timeout=5000)

    def burst(self, code, to=None):
        """A scan as the scanner types it, into whatever has the focus."""
        target = to or self.page.focusWidget() or self.page
        QTest.keyClicks(target, code)
        QTest.keyClick(target, Qt.Key.Key_Return)
        QTest.qWait(1)
        self.settle()

    def type(self, text, into=None):
        """Keys of a person, too slow for a scan."""
        for character in text:
            QTest.keyClicks(into or self.page.focusWidget(), character)
            self.qtbot.waitUntil(lambda: not self.page._scans._held)

    def in_front(self):
        """A dialog is closed: without a window system nobody gives the page the keys back."""
        self.qtbot.waitUntil(lambda: QApplication.activeModalWidget() is None)
        self.page.activateWindow()
        self.qtbot.waitUntil(self.page.isActiveWindow)
        self.settle()

    def key(self, key, modifier=Qt.KeyboardModifier.NoModifier):
        QTest.keyClick(self.page.focusWidget() or self.page, key, modifier)
        self.settle()

    @property
    def card(self):
        return self.page.scan_panel.card.answer

    def open(self, order):
        self.page.open_order(order.id)
        self.settle(lambda: self.page.flow.step is Step.SCAN)

    def review(self):
        self.key(Qt.Key.Key_F12)
        self.key(Qt.Key.Key_F12)
        self.settle(lambda: self.page.flow.preview is not None)


@pytest.fixture
def scans(qapp):
    made = ScanFilter(qapp)
    made.lost = []
    made.scanned.connect(made.lost.append)
    yield made
    qapp.removeEventFilter(made)
    made.deleteLater()
    QCoreApplication.sendPostedEvents(made, QEvent.Type.DeferredDelete)


@pytest.fixture
def delivery(backend):
    return d.a_delivery(backend)


@pytest.fixture
def dock(backend, background, qtbot, scans, delivery):
    return Dock(backend, background, qtbot, scans)
