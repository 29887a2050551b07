"""The whole program over a copy of the sample company, driven with real keys."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, cast

import pytest

WAIT_MS = 20_000


@pytest.fixture(scope="session")
def sample_company(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file with the sample company; copy it before writing to it."""
    from desktop_app.services import opening

    path = tmp_path_factory.mktemp("sample") / "sample.backroom"
    opening.make(str(path), opening.NewCompany()).close()
    return str(path)


class Program:
    """A running program: keys, scans, waiting."""

    def __init__(self, shell: Any, qtbot: Any) -> None:
        self.shell, self.qtbot = shell, qtbot

    @property
    def window(self) -> Any:
        return self.shell.window

    @property
    def desk(self) -> Any:
        return self.shell.window.desk

    def until(self, ready: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(ready()), timeout=WAIT_MS)

    def settle(self) -> None:
        """Nothing is read or written any more, and the timers of panes and counts have run."""
        from PySide6.QtTest import QTest

        self.until(lambda: self.shell.background.busy == 0)
        QTest.qWait(250)
        self.until(lambda: self.shell.background.busy == 0)

    def go(self, key: str) -> Any:
        """Show a page and wait for it."""
        self.window.go(key)
        self.settle()
        return self.window.page(key)

    def record(self, kind: str, key: int) -> Any:
        """Open a record and wait for it."""
        self.window.open(kind, key)
        self.settle()
        return self.window.stack.currentWidget()

    def focus(self) -> Any:
        from PySide6.QtWidgets import QApplication

        return QApplication.focusWidget() or QApplication.activeWindow() or self.window

    def press(self, keys: str) -> None:
        """Press keys where the focus is: "Ctrl+B", "Down"; each is sent as an event."""
        from PySide6.QtGui import QKeySequence
        from PySide6.QtTest import QTest

        one = cast(Any, QKeySequence(keys))[0]
        QTest.keyClick(self.focus(), one.key(), one.keyboardModifiers())
        if keys.endswith("Space"):
            QTest.qWait(60)  # it could begin a scan, so it is held back for a moment

    def typed(self, text: str) -> None:
        """Type as slowly as a person, so that it is no scan."""
        from PySide6.QtTest import QTest

        for letter in text:
            QTest.keyClicks(self.focus(), letter)
            QTest.qWait(60)

    def scan(self, code: str) -> None:
        """Type a code as fast as a scanner does, and its Enter."""
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        QTest.qWait(60)
        where = self.focus()
        QTest.keyClicks(where, code)
        QTest.keyClick(where, Qt.Key.Key_Return)
        QTest.qWait(1)

    def dialog(self, kind: type[Any]) -> Any:
        """The dialog of this kind, once it is there and has the focus."""
        from PySide6.QtWidgets import QApplication

        found: list[Any] = []

        def there() -> bool:
            found[:] = [
                one for one in QApplication.topLevelWidgets()
                if isinstance(one, kind) and one.isVisible()
            ]  # fmt: skip
            return bool(found)

        self.until(there)
        found[0].activateWindow()
        self.until(found[0].isActiveWindow)
        return found[0]

    def gone(self, dialog: Any) -> None:
        """A dialog is closed."""
        from shiboken6 import isValid

        self.until(lambda: not isValid(dialog) or not dialog.isVisible())
        self.in_front()

    def in_front(self) -> None:
        """The main window is the active one again."""
        self.window.activateWindow()
        self.until(self.window.isActiveWindow)

    def read(self, sql: str, **values: object) -> list[tuple[Any, ...]]:
        """Rows of the database, as another reader sees them."""
        from sqlalchemy import text

        with self.shell.store.reading() as db:
            return [tuple(row) for row in db.execute(text(sql), values)]

    def number(self, sql: str, **values: object) -> int:
        return cast(int, self.read(sql, **values)[0][0])


@pytest.fixture
def program(
    qapp: Any, qtbot: Any, sample_company: str, tmp_path: Any, _gui_thread_stays_free: Any
) -> Iterator[Program]:
    """The program on a sample company of its own, as its first manager.

    While it starts and while it ends nobody is at the window: that is not watched.
    """
    from PySide6.QtCore import QLocale

    from desktop_app.app import Shell
    from desktop_app.config import Workstation

    path = tmp_path / "company.backroom"
    shutil.copyfile(sample_company, path)
    before = QLocale()
    _gui_thread_stays_free.watching = False
    shell = Shell(qapp, Workstation(scheme="light"), str(path), None)
    # A busy machine may hold up the test between two keys of a scan, as no scanner does.
    shell.scans.timing = replace(shell.scans.timing, gap_ms=400)
    shell.begin()
    made = Program(shell, qtbot)
    made.in_front()
    made.until(lambda: shell.intake is not None)  # the last thing that a start does
    made.settle()
    _gui_thread_stays_free.watching = True
    yield made
    _gui_thread_stays_free.watching = False
    if shell.window is not None:
        shell.window.close()
        shell.window.deleteLater()
    shell.close()
    qapp.removeEventFilter(shell.scans)
    shell.scans.deleteLater()
    shell.rings.deleteLater()
    shell.deleteLater()
    QLocale.setDefault(before)
