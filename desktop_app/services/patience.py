"""Waiting for a server that went away: growing pauses, a minute in all (reliability 3.6)."""

from __future__ import annotations

import time
from threading import Event

from sqlalchemy.exc import DBAPIError, OperationalError

from .progress import Progress

PAUSES = (0.02, 0.2, 0.4, 0.8, 1.6, 3.2)
PAUSE_MAX = 5.0
SECONDS_MAX = 60.0
LOOK_S = 0.1

STOPPING = ("57P01", "57P02", "57P03", "08")
"""SQLSTATEs, by how they begin, of a server that stops, starts, or was lost."""

FOR_GOOD = ("authentication failed", "does not exist", "no pg_hba.conf entry")
"""What a server that is there says while connecting: waiting changes nothing."""


class Patience:
    """One wait, for one read or command."""

    def __init__(self, ended: Event) -> None:
        self._ended = ended
        self._tries = 0
        self._until = time.monotonic() + SECONDS_MAX

    def wait(self, progress: Progress | None = None) -> bool:
        """Pause before the next try; False when it has been long enough or the program ends.

        Raises Stopped where a person pressed Stop.
        """
        pause = PAUSES[self._tries] if self._tries < len(PAUSES) else PAUSE_MAX
        self._tries += 1
        until = time.monotonic() + pause
        if until > self._until:
            return False
        while (left := until - time.monotonic()) > 0:
            if progress is not None:
                progress.look()
            if self._ended.wait(min(left, LOOK_S)):
                return False
        return not self._ended.is_set()


def lost(error: Exception) -> bool:
    """Return whether the server is away: the outcome is unknown, and a moment later it may answer."""
    import psycopg

    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    if not isinstance(error, OperationalError) or not isinstance(error.orig, psycopg.Error):
        return False
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return bool(state.startswith(STOPPING))
    return not any(sign in str(error.orig) for sign in FOR_GOOD)
