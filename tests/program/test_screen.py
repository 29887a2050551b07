"""On a real window system, not only off-screen."""

import pytest
from PySide6.QtWidgets import QApplication, QLabel

pytestmark = pytest.mark.screen


def test_a_window_appears_with_our_font_and_icons(qtbot):
    from desktop_app.views import icons

    label = QLabel("Backroom 0123456789")
    qtbot.addWidget(label)
    label.setPixmap(icons.icon("truck").pixmap(64, 64))
    with qtbot.waitExposed(label):
        label.show()
    assert QApplication.platformName() == "xcb"
    shown = label.grab().toImage()
    assert len({shown.pixel(x, y) for x in range(shown.width()) for y in range(shown.height())}) > 2
