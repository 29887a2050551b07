"""Sentences about transfers, corrections and counts. See ``messages``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

MOVING: dict[str, str | Callable[[dict[str, Any]], str]] = {}
