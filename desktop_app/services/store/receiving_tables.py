"""What a delivery being counted knows beside its scans (RCV-07). See ``tables``."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey

from .declaring import number, table, words
from .kinds import BigInt

receipt_damage = table(
    "receipt_damage",
    Column("scan_id", BigInt, ForeignKey("receipt_scan.id", ondelete="CASCADE"), primary_key=True),
    number("units", None),
    *words("reason"),
    CheckConstraint("units <> 0", name="units_not_zero"),
)
"""Counted units that are damaged: an entry of the scan log (a ``set`` of no units) that adds to or
takes from what its line has under a reason. Damaged = sum over entries that are not undone."""
