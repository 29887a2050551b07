"""Our own bugs: said quietly in the strip, with a reference; details for whoever repairs (ux 3.13)."""

from __future__ import annotations

import hashlib
import logging
import platform
import sys
import threading
import traceback
from collections.abc import Callable
from types import TracebackType

from PySide6 import __version__ as qt_version
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication

from desktop_app import __version__

log = logging.getLogger(__name__)


class Crashes(QObject):
    """Catches what nobody handled, on every thread. ``happened(sentence)`` on the window's thread."""

    happened = Signal(str)
    _caught = Signal(str, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.details = ""
        self._seen: set[str] = set()
        self._caught.connect(self._tell, Qt.ConnectionType.QueuedConnection)

    def install(self) -> Callable[[], None]:
        """Take over the hooks; returns what gives them back."""
        before, before_thread = sys.excepthook, threading.excepthook
        sys.excepthook = self.take

        def on_thread(what: threading.ExceptHookArgs) -> None:
            if what.exc_value is not None:
                self.take(what.exc_type, what.exc_value, what.exc_traceback)

        threading.excepthook = on_thread

        def give_back() -> None:
            sys.excepthook, threading.excepthook = before, before_thread

        return give_back

    def take(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """Log it, and say it once per distinct traceback."""
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        text = "".join(traceback.format_exception(kind, error, trace))
        places = "".join(
            f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(trace)
        )
        reference = hashlib.sha256(f"{kind.__name__}{places}".encode()).hexdigest()[:4].upper()
        log.error("unhandled, reference %s\n%s", reference, text)
        if reference not in self._seen:
            self._seen.add(reference)
            self._caught.emit(reference, text)

    def copy_details(self) -> None:
        """Put the last details on the clipboard."""
        QGuiApplication.clipboard().setText(self.details)

    def _tell(self, reference: str, text: str) -> None:
        self.details = (
            f"Backroom {__version__}, Python {platform.python_version()}, Qt {qt_version},"
            f" {platform.platform()}\nReference {reference}\n\n{text}"
        )
        self.happened.emit(
            f"Something went wrong and nothing was saved (reference {reference})."
            " Help > Copy details of the last fault."
        )
