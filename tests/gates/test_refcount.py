"""PySide6 6.12.0 on Python 3.10 and 3.11 loses a reference to None or True with each call into Qt
that returns nothing, and aborts after some thousand ("deallocating None"). The pin in
pyproject.toml may go when this passes with the newer one.
"""

import sys

import pytest
from PySide6.QtCore import QCoreApplication, QObject, QStringListModel, Signal

CALLS = 1_000


class Bell(QObject):
    rang = Signal(object)


def _emit(bell: Bell) -> None:
    bell.rang.emit(None)


def _name(bell: Bell) -> None:
    bell.setObjectName("bell")


def _process(_bell: Bell) -> None:
    QCoreApplication.processEvents()


def _reset(_bell: Bell) -> None:
    MODEL[0].setStringList(["a"])


MODEL: list[QStringListModel] = []


@pytest.mark.parametrize("call", [_emit, _name, _process, _reset], ids=lambda call: call.__name__)
@pytest.mark.parametrize("single", [None, True], ids=["None", "True"])
def test_qt_gives_back_what_it_borrows(qapp, call, single):
    MODEL[:] = [QStringListModel()]
    bell = Bell()
    bell.rang.connect(lambda _said: None)
    call(bell)
    before = sys.getrefcount(single)
    for _ in range(CALLS):
        call(bell)
    lost = before - sys.getrefcount(single)
    assert abs(lost) < CALLS / 10, f"{lost} references lost in {CALLS} calls"
    MODEL.clear()
