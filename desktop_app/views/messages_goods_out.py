"""Sentences about goods-out and drop-ship notes. See ``messages``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

GOODS_OUT: dict[str, str | Callable[[dict[str, Any]], str]] = {}
