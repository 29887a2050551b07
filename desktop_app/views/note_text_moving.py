"""Notes of transfers, corrections and counts as sentences."""

from __future__ import annotations

from collections.abc import Callable

from .note_words import Params

MOVING_NOTES: dict[str, Callable[[Params], str]] = {}
