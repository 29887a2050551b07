"""The columns of the messages that shops sent (R7.1)."""

from __future__ import annotations

from desktop_app.models import formats
from desktop_app.models.columns import Align, Column
from desktop_app.models.list_source import source_of
from desktop_app.models.marks import Glyph, Mark, Tone
from desktop_app.models.paged_table import ListSource
from desktop_app.services.changes import Topic
from desktop_app.services.pos_messages import MESSAGES, MessageLine, MessagesFilter

STATES: dict[str, Mark] = {
    "new": Mark(Glyph.NONE, "New", Tone.INFO),
    "applied": Mark(Glyph.ALL, "Taken in", Tone.DONE),
    "repeated": Mark(Glyph.ALL, "Came again", Tone.DONE),
    "waiting": Mark(Glyph.PART, "Waits for its sale", Tone.PART),
    "parked": Mark(Glyph.PROBLEM, "Parked", Tone.WRONG, filled=True),
    "differs": Mark(Glyph.PROBLEM, "Differs", Tone.WRONG, filled=True),
    "refused": Mark(Glyph.REFUSED, "No order", Tone.NONE),
    "dismissed": Mark(Glyph.REFUSED, "Put aside", Tone.NONE),
}
FORMATS = {
    "backroom": "Backroom", "backroom/1": "Backroom", "shopify": "Shopify", "square": "Square", "brightpearl": "Brightpearl",
}  # fmt: skip
SOURCES = {"folder": "Folder", "command": "Command", "http": "Network", "screen": "By hand"}


def source() -> ListSource[MessageLine, MessagesFilter]:
    """Messages as the source of a paged table."""
    return source_of(Topic.MESSAGES, MESSAGES)


def became(line: MessageLine) -> str:
    """What a message became: "#3838, credit 12"."""
    return ", ".join(
        f"#{one.number}" if one.kind == "sale" else f"credit {one.number}" for one in line.orders
    )


COLUMNS: tuple[Column[MessageLine], ...] = (
    Column(
        key="received", heading="Came", text=lambda m: formats.moment(m.received_at), width=14,
        fixed=True, muted=True, sort="received", sort_words=("Oldest first", "Newest first"),
        value=lambda m: m.received_at.isoformat(),
    ),
    Column(key="channel", heading="Channel", text=lambda m: m.channel_code, width=13, sort="channel"),
    Column(key="till", heading="Till", text=lambda m: m.till, width=9, priority=2),
    Column(
        key="message", heading="Message", text=lambda m: m.message_key, width=20, width_min=12,
        stretch=True, strong=True, tooltip=lambda m: m.message_key,
    ),
    Column(
        key="format", heading="Format", text=lambda m: FORMATS.get(m.format, m.format), width=12,
        priority=2,
    ),
    Column(
        key="source", heading="Way", text=lambda m: SOURCES.get(m.source, m.source), width=10,
        priority=3,
    ),
    Column(
        key="state", heading="State", text=lambda _: "", width=20, sort="state",
        mark=lambda m: STATES[m.state],
    ),
    Column(key="became", heading="Became", text=became, width=18, tooltip=became),
    Column(
        key="tries", heading="Tries", text=lambda m: str(m.attempts) if m.attempts > 1 else "",
        width=7, align=Align.END, fixed=True, priority=3,
    ),
)  # fmt: skip
