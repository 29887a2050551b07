"""The batch dialog over a small world, shown and with its first preview."""

import pytest
from PySide6.QtWidgets import QApplication

from desktop_app.models.change_hub import ChangeHub
from desktop_app.views.batch_dialog import BatchDialog
from desktop_app.views.desk import Desk
from tests.helpers import batch_world
from tests.helpers.batch_screen import let_go


@pytest.fixture
def world(backend):
    return batch_world.lay(backend)


@pytest.fixture
def desk(backend, background, qapp):
    made = Desk(backend, background, ChangeHub())
    yield made
    made.deleteLater()


@pytest.fixture
def dialog(qtbot, desk, world):
    made = BatchDialog(desk, world.sale_ids)
    qtbot.addWidget(made, before_close_func=let_go)
    QApplication.processEvents()
    made.show()
    qtbot.waitUntil(made.page.commit.isEnabled)
    return made
