"""Why goods come back, and what happens to them unless a person says otherwise (R7.10)."""

from __future__ import annotations

from collections.abc import Mapping

from .money import half_up

REASONS: Mapping[str, str] = {
    "unwanted": "restock",
    "wrong_item": "restock",
    "faulty": "quarantine",
    "damaged": "write_off",
    "not_delivered": "none",
    "other": "restock",
}
"""Reason to its usual disposition, in the order a person chooses from."""

DISPOSITIONS = ("restock", "quarantine", "write_off", "none")
"""To on hand, to quarantine, thrown away, or no goods at all: money only."""


def usual(reason: str, kind: str = "stock") -> str:
    """What usually happens to goods that come back for this reason; only stock comes back."""
    return REASONS.get(reason, "restock") if kind == "stock" else "none"


def share_of(amount: int, sold: int, before: int, units: int) -> int:
    """The part of a row's amount (minor units) that ``units`` more of ``sold`` stand for.

    The parts of all returns together are the whole amount, to the last minor unit.
    """
    if sold <= 0:
        return 0
    return half_up(amount * (before + units), sold) - half_up(amount * before, sold)
