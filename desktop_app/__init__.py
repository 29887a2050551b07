"""Backroom: waiting sales become purchase orders, arriving goods become shipped sales."""

__version__ = "0.1.0"
