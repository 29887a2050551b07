"""The columns of the Channels page (CHN-01)."""

from __future__ import annotations

from desktop_app.models.columns import Align, Column
from desktop_app.models.formats import locale
from desktop_app.models.marks import Glyph, Mark, Tone
from desktop_app.services.channels import ChannelLine

KIND_WORDS = {"shop": "Shop", "web": "Web shop", "marketplace": "Marketplace", "trade": "Trade"}


def _number(number: int) -> str:
    return locale().toString(number) if number else ""


def _invoicing(line: ChannelLine) -> Mark:
    if line.automatic_invoicing:
        return Mark(Glyph.ALL, "Automatic", Tone.DONE)
    return Mark(Glyph.NONE, "By hand", Tone.NONE)


def _exceptions(line: ChannelLine) -> Mark | None:
    if not line.exceptions:
        return None
    return Mark(Glyph.PROBLEM, _number(line.exceptions), Tone.WRONG, filled=True)


def _parked(line: ChannelLine) -> Mark | None:
    if not line.parked:
        return None
    return Mark(Glyph.PROBLEM, _number(line.parked), Tone.PART, filled=True)


COLUMNS: tuple[Column[ChannelLine], ...] = (
    Column(
        key="name", heading="Channel", text=lambda c: c.name, width=18, width_min=12, stretch=True,
        strong=True, link=True,
    ),
    Column(key="code", heading="Code", text=lambda c: c.code, width=12, fixed=True, muted=True),
    Column(key="kind", heading="Kind", text=lambda c: KIND_WORDS[c.kind], width=13),
    Column(key="warehouse", heading="Warehouse", text=lambda c: c.warehouse, width=16),
    Column(key="invoicing", heading="Invoicing", text=lambda _: "", width=13, mark=_invoicing),
    Column(
        key="sales", heading="Sales", text=lambda c: _number(c.sales), width=9, align=Align.END,
        fixed=True,
    ),
    Column(
        key="waiting", heading="Waiting", text=lambda c: _number(c.waiting), width=9,
        align=Align.END, fixed=True, heading_tip="Sales that still need units",
    ),
    Column(
        key="exceptions", heading="Exceptions", text=lambda _: "", width=12, mark=_exceptions,
        heading_tip="Sales with goods that the shop sold and the books do not have",
    ),
    Column(
        key="parked", heading="Messages", text=lambda _: "", width=12, mark=_parked,
        heading_tip="Messages from tills that wait for a person",
    ),
)  # fmt: skip
