"""Notes of goods-out notes as sentences."""

from __future__ import annotations

from collections.abc import Callable

from .note_words import Params

GOODS_OUT_NOTES: dict[str, Callable[[Params], str]] = {}
