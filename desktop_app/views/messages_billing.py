"""Sentences about invoices, payments and credits. See ``messages``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

BILLING: dict[str, str | Callable[[dict[str, Any]], str]] = {}
