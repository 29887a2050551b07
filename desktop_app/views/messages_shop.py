"""Sentences about shop orders, their messages and channels. See ``messages``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

SHOP: dict[str, str | Callable[[dict[str, Any]], str]] = {
    # channels
    "channel_code_wrong": "“{given}” cannot be a channel's code. Use 1 to 30 letters A to Z, digits, - or _, for example BRISTOL.",
    "channel_code_taken": "There is a channel {given} already. Choose another code.",
    "channel_code_fixed": "The code of {given} cannot be changed: its tills send their orders under it.",
    "channel_name_missing": "Type the channel's name.",
    "channel_kind_wrong": "“{kind}” is no kind of channel. Choose one from the list.",
    "channel_warehouse_missing": "Choose the warehouse of the shop: goods taken in the shop leave it.",
    "channel_changed_since": "{name} was changed again since. Nothing was undone.",
    "unknown_channel": "There is no channel {given}. Add it on the Channels page first.",
}
