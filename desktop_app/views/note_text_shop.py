"""Notes of shop orders as sentences."""

from __future__ import annotations

from collections.abc import Callable

from .note_words import Params

SHOP_NOTES: dict[str, Callable[[Params], str]] = {}
