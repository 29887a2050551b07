"""Sentences about saved views. See ``messages``."""

from __future__ import annotations

VIEWS: dict[str, str] = {
    "unknown_view": "That view is not there any more: it was deleted, or its owner keeps it private now.",
    "view_name_missing": "Type a name for the view.",
    "view_name_long": "A view's name has at most {most} letters. Type a shorter one.",
    "view_name_taken": "You have a view “{name}” on this list already. Choose another name.",
    "too_many_views": "You keep {most} views of this list already. Delete one first.",
    "view_too_long": "This filter is too long to be kept. Shorten its words.",
    "view_changed": "“{name}” was changed by someone else meanwhile. Look at it again with Reset, or save yours as a new view.",
    "view_changed_since": "“{name}” was changed again since. Nothing was undone.",
}
