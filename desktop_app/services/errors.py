"""Five families of error; codes and parameters, no sentences (architecture section 6).

``desktop_app.views.messages`` holds one sentence per code; a test keeps the two together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class ServiceError(Exception):
    """A refusal that a person is told about. ``code`` names the sentence, ``params`` fill it."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params

    def __str__(self) -> str:
        return f"{self.code} {self.params}" if self.params else self.code


class Rejected(ServiceError):
    """The request cannot be done as asked. ``items`` name the rows concerned, if any.

    A code that begins with ``confirm:`` asks instead of refusing: repeat the command with that
    code in its ``confirmed`` argument.
    """

    def __init__(self, code: str, items: Sequence[Any] = (), **params: Any) -> None:
        super().__init__(code, **params)
        self.items = tuple(items)


class Conflict(ServiceError):
    """It could be done a moment ago; ``now`` is what is true now (for example a new preview)."""

    def __init__(self, code: str, now: Any = None, **params: Any) -> None:
        super().__init__(code, **params)
        self.now = now


class NotAllowed(ServiceError):
    """The actor's role may not do this (R11.1)."""


class Unavailable(ServiceError):
    """The database is busy, away or unusable. Nothing was changed."""


class Stopped(ServiceError):
    """A person pressed Stop. Nothing was changed."""

    def __init__(self) -> None:
        super().__init__("stopped")
