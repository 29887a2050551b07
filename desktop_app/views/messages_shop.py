"""Sentences about shop orders, their messages and channels. See ``messages``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

SHOP: dict[str, str | Callable[[dict[str, Any]], str]] = {}
