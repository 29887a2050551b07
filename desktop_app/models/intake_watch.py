"""Shop messages taken in while the program runs, on a thread of their own (architecture flow 4).

Every few seconds it looks for what the HTTP process and shops left, takes it in and applies it.
The window's thread only hears the outcome.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot

from desktop_app.models.change_hub import ChangeHub
from desktop_app.services.backend import Backend
from desktop_app.services.changes import Changes, Topic
from desktop_app.services.pos_folder import Intake, Round, intake_folder

PACE_S = 3.0
AWAY_S = 15.0
"""After a failed round, for example while the database is away."""

log = logging.getLogger(__name__)


class IntakeWatch(QObject):
    """One per signed-in person. Its signals come on the window's thread.

    ``waiting(n)``: so many messages were put before a person. ``refused(error)``: a file was not
    taken in at all, the ServiceError says why.
    """

    waiting = Signal(int)
    refused = Signal(object)
    _done = Signal(object)

    def __init__(
        self,
        backend: Backend,
        hub: ChangeHub,
        parent: QObject | None = None,
        *,
        folder: Path | None = None,
        pace_s: float = PACE_S,
    ) -> None:
        super().__init__(parent)
        self._backend, self._hub = backend, hub
        self._folder = folder or intake_folder(backend.store.address)
        self._pace = pace_s
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._done.connect(self._tell, Qt.ConnectionType.QueuedConnection)
        hub.changed.connect(self._heard)

    def start(self) -> None:
        """Begin to look."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="intake", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Finish the message in hand and end; what is left is taken in next time."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    @Slot(object)
    def _heard(self, changes: Changes) -> None:
        """A person gave messages back to the intake: do not let them wait for the next look."""
        if Topic.MESSAGES in changes.topics:
            self._wake.set()

    @Slot(object)
    def _tell(self, made: Round) -> None:
        if self._stop.is_set():
            return
        self._hub.announce(made.changes)
        if made.for_a_person:
            self.waiting.emit(made.for_a_person)
        for error in made.problems:
            self.refused.emit(error)

    def _run(self) -> None:
        intake = Intake(self._backend, self._folder)
        away = False
        while True:
            self._wake.wait(AWAY_S if away else self._pace)
            if self._stop.is_set():
                return
            self._wake.clear()
            try:
                made = intake.round(stop=self._stop.is_set)
                away = False
            except Exception as error:
                if not away:
                    log.info("shop messages cannot be taken in now: %s", error)
                away = True
                continue
            if made.changes.topics or made.problems:
                self._done.emit(made)
