"""Words of transfers, corrections and counts that lists, dialogs and notes share."""

from __future__ import annotations

REASON_WORDS = {
    "found": "Found",
    "damaged": "Damaged",
    "lost": "Lost",
    "stolen": "Stolen",
    "expired": "Past its date",
    "own_use": "Used ourselves",
    "booked_wrong": "Booked wrongly",
    "not_on_record": "Sold, but not on record",
    "count": "Counted differently",
    "other": "Other",
}
"""The short list of R8.2 in the order it is offered."""

TRANSFER_STATES = {
    "sent": "On its way",
    "received": "Received",
    "closed": "Closed",
    "cancelled": "Cancelled",
}

COUNT_STATES = {"open": "Being counted", "posted": "Posted", "abandoned": "Abandoned"}


def reason_words(reason: str) -> str:
    """The words of a reason code."""
    return REASON_WORDS.get(reason, reason)


def ledger_reason(kept: str) -> str:
    """The reason as the ledger keeps it, a code and perhaps a text after a colon, in words."""
    code, colon, text = kept.partition(": ")
    if code not in REASON_WORDS:
        return kept
    if code == "count" and text:
        return f"Stock count {text}"
    return f"{REASON_WORDS[code]}: {text}" if colon else REASON_WORDS[code]
