"""Notes of drop-ship orders as sentences."""

from __future__ import annotations

from collections.abc import Callable

from .note_words import Params

DROP_SHIP_NOTES: dict[str, Callable[[Params], str]] = {}
