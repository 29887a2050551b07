"""One signal for every change, ours or another workstation's (architecture 11.5)."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from PySide6.QtCore import QObject, Qt, Signal

from desktop_app.services.changes import Changes

PACE = 1.0
log = logging.getLogger(__name__)


class Feed(Protocol):
    """What `Backend.feed()` gives: the notes of other workstations."""

    def wait(self, seconds: float) -> Sequence[Changes]:
        """Return what was committed elsewhere, waiting at most this long."""

    def close(self) -> None:
        """Stop listening."""


class ChangeHub(QObject):
    """`changed(Changes)` on the GUI thread; tables and windows refresh by nothing else.

    A page that ran a command calls `announce(done.changes)`. `reachable(False)` when the source
    of remote changes is away, `reachable(True)` when it is back.
    """

    changed = Signal(object)
    reachable = Signal(bool)
    _heard = Signal(object)
    _reached = Signal(bool)

    def __init__(self, parent: QObject | None = None, pace: float = PACE) -> None:
        super().__init__(parent)
        self._pace = pace
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._heard.connect(self.announce, Qt.ConnectionType.QueuedConnection)
        self._reached.connect(self.reachable, Qt.ConnectionType.QueuedConnection)

    def announce(self, changes: Changes) -> None:
        """Tell every listener what a commit touched."""
        if changes.topics:
            self.changed.emit(changes)

    def listen(self, open_feed: Callable[[], Feed]) -> None:
        """Start hearing other workstations; `open_feed` is called on the hub's own thread."""
        if self._thread is not None:
            raise RuntimeError("already listening")
        self._thread = threading.Thread(
            target=self._run, args=(open_feed,), name="changes", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop listening and wait for the thread."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self, open_feed: Callable[[], Feed]) -> None:
        feed: Feed | None = None
        away = False
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                if feed is None:
                    feed = open_feed()
                for changes in feed.wait(self._pace):
                    self._heard.emit(changes)
                if away:
                    away = False
                    # Notes sent meanwhile may be lost: everything may have changed.
                    self._heard.emit(Changes.everything())
                    self._reached.emit(True)
            except Exception as error:
                if not away:
                    away = True
                    log.info("changes of other workstations cannot be heard: %s", error)
                    self._reached.emit(False)
            self._stop.wait(max(0.0, self._pace - (time.monotonic() - began)))
        if feed is not None:
            feed.close()
