"""Every view test wears the light theme, as the program does at start."""

import pytest
from PySide6.QtWidgets import QApplication

from desktop_app.views import theme


@pytest.fixture(autouse=True)
def _dressed(qapp: QApplication) -> None:
    theme.apply(qapp, "light")
