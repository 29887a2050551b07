"""Brings every command and its inverse into ``backend.COMMANDS``, whatever was imported so far."""

from . import (
    channels,
    cloning,
    imports,
    purchases,
    purchasing,
    receipt_drafts,
    receipt_undo,
    receiving,
    sales,
    settings,
)

__all__ = [
    "channels",
    "cloning",
    "imports",
    "purchases",
    "purchasing",
    "receipt_drafts",
    "receipt_undo",
    "receiving",
    "sales",
    "settings",
]
