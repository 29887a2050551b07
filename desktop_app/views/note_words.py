"""Words that the sentences of notes share."""

from __future__ import annotations

from typing import Any

from desktop_app.models.formats import count, quantity

Params = dict[str, Any]
NAMED_MAX = 6
"""A sentence names at most so many records; the links beside it lead to the rest."""


def items(named: list[Params]) -> str:
    """Units by SKU: "2 × TENT, 1 × PEG"."""
    shown = ", ".join(f"{quantity(i['units'])} × {i['sku']}" for i in named[:NAMED_MAX])
    rest = len(named) - NAMED_MAX
    return f"{shown} and {count(rest, 'more product')}" if rest > 0 else shown
