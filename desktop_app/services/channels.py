"""Channels: where sales come from, and the rules each has (R7.1, R7.7, R7.11; ux IA-04, CHN).

``overview(db)`` -> channels with their settings and counts. ``save_channel`` makes or changes one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from . import settings
from .access import Permission
from .backend import Undone, Work, command
from .changes import Topic
from .errors import Rejected
from .lists import fields_of
from .sales_filter import EXCEPTION_ROW, WAITING_SALE
from .store.tables import channel, pos_message, sale, sale_row, warehouse

KINDS = ("shop", "web", "marketplace", "trade")

_CODE = re.compile(r"[A-Z0-9][A-Z0-9_-]{0,29}")


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """A channel as its page and the menu show it."""

    id: int
    code: str
    name: str
    kind: str
    warehouse_id: int | None
    warehouse: str
    automatic_invoicing: bool
    status_new: int | None
    status_back_ordered: int | None
    """Ids of the order statuses its orders get; None: as Settings say, 0: none is given."""
    sales: int
    waiting: int
    """Sales that still need units."""
    exceptions: int
    """Sales with rows that were sold and are not on record (R7.9)."""
    parked: int
    """Messages that wait for a person."""


@dataclass(frozen=True, slots=True)
class ChannelForm:
    """What a person sets. ``id`` None makes a new channel; a shop needs its warehouse."""

    id: int | None
    code: str
    name: str
    kind: str
    warehouse_id: int | None
    automatic_invoicing: bool
    status_new: int | None
    status_back_ordered: int | None


def overview(db: Connection) -> tuple[ChannelLine, ...]:
    """Every channel by name, in a fixed number of statements."""
    counts = _counts(db)
    rows = db.execute(
        select(channel, warehouse.c.name.label("warehouse"))
        .outerjoin(warehouse, warehouse.c.id == channel.c.warehouse_id)
        .order_by(channel.c.name, channel.c.id)
    ).all()
    stored = settings.own_values(
        db,
        (settings.STATUS_NEW_SALE, settings.STATUS_BACK_ORDERED),
        [settings.channel_scope(row.id) for row in rows],
    )
    found = []
    for row in rows:
        new, back = (
            stored.get((settings.channel_scope(row.id), key))
            for key in (settings.STATUS_NEW_SALE, settings.STATUS_BACK_ORDERED)
        )
        found.append(
            ChannelLine(
                row.id, row.code, row.name, row.kind, row.warehouse_id, row.warehouse or "",
                bool(row.automatic_invoicing), new, back,
                counts["sales"].get(row.id, 0), counts["waiting"].get(row.id, 0),
                counts["exceptions"].get(row.id, 0), counts["parked"].get(row.code, 0),
            )
        )  # fmt: skip
    return tuple(found)


def _counts(db: Connection) -> dict[str, dict[Any, int]]:
    by_channel = select(sale.c.channel_id, func.count()).group_by(sale.c.channel_id)
    lacking = select(sale_row.c.sale_id).where(EXCEPTION_ROW).distinct()
    parked = (
        select(pos_message.c.channel_code, func.count())
        .where(pos_message.c.state.in_(("parked", "differs")))
        .group_by(pos_message.c.channel_code)
    )
    queries = {
        "sales": by_channel,
        "waiting": by_channel.where(WAITING_SALE),
        "exceptions": by_channel.where(WAITING_SALE, sale.c.id.in_(lacking)),
        "parked": parked,
    }
    return {name: {row[0]: row[1] for row in db.execute(query)} for name, query in queries.items()}


def counts_by_channel(db: Connection) -> dict[int, int]:
    """Sales of each channel, for the menu (IA-04)."""
    query = select(sale.c.channel_id, func.count()).group_by(sale.c.channel_id)
    return {key: n for key, n in db.execute(query) if key is not None}


@command("Save channel", needs=Permission.CHANGE_SETTINGS)
def save_channel(work: Work, form: ChannelForm) -> dict[str, Any]:
    """Make a channel or change it. Result: ``{"id", "code"}``. Can be undone when it changed one.

    Raises Rejected("channel_code_wrong" | "channel_code_taken" | "channel_name_missing" |
    "channel_kind_wrong" | "channel_warehouse_missing" | "channel_code_fixed" | "unknown_channel" |
    "setting_value").
    """
    settings.one_at_a_time(work)
    code, name = form.code.strip().upper(), form.name.strip()
    if not _CODE.fullmatch(code):
        raise Rejected("channel_code_wrong", given=code)
    if not name:
        raise Rejected("channel_name_missing")
    if form.kind not in KINDS:
        raise Rejected("channel_kind_wrong", kind=form.kind)
    _check_warehouse(work.db, form)
    taken = select(channel.c.id).where(channel.c.code == code, channel.c.id != (form.id or 0))
    if work.db.execute(taken).first() is not None:
        raise Rejected("channel_code_taken", given=code)
    values = {
        "code": code, "name": name, "kind": form.kind, "warehouse_id": form.warehouse_id,
        "automatic_invoicing": int(form.automatic_invoicing),
    }  # fmt: skip
    before = _row(work.db, form.id) if form.id is not None else None
    key: int
    if form.id is None:
        made = work.db.execute(insert(channel).values(**values).returning(channel.c.id))
        key = made.scalar_one()
    else:
        if before is None:
            raise Rejected("unknown_channel", given=code)
        if before["code"] != code:
            # Its messages and tills know it by its code.
            raise Rejected("channel_code_fixed", given=before["code"])
        key = form.id
        work.db.execute(update(channel).where(channel.c.id == key).values(**values))
    scope = settings.channel_scope(key)
    done = settings.store(
        work,
        [
            settings.SettingChange(settings.STATUS_NEW_SALE, form.status_new, scope),
            settings.SettingChange(settings.STATUS_BACK_ORDERED, form.status_back_ordered, scope),
        ],
    )
    if before is not None and (before != values or done):
        work.can_undo({"id": key, "before": before, "after": values, "settings": done})
    work.touched(Topic.CHANNELS, [key])
    return {"id": key, "code": code}


@save_channel.undone_by
def _put_back(work: Work, original: Undone) -> dict[str, Any]:
    """Put the old values back; refused where the channel was changed again since."""
    settings.one_at_a_time(work)
    data = original.data
    if _row(work.db, data["id"]) != data["after"]:
        raise Rejected("channel_changed_since", name=data["after"]["name"])
    work.db.execute(update(channel).where(channel.c.id == data["id"]).values(**data["before"]))
    settings.store(
        work,
        [settings.SettingChange(key, old, scope) for scope, key, old, _new in data["settings"]],
    )
    work.touched(Topic.CHANNELS, [data["id"]])
    return {"id": data["id"], "code": data["before"]["code"]}


def _row(db: Connection, channel_id: int) -> dict[str, Any] | None:
    c = channel.c
    row = db.execute(
        select(c.code, c.name, c.kind, c.warehouse_id, c.automatic_invoicing).where(
            c.id == channel_id
        )
    ).one_or_none()
    return None if row is None else fields_of(row)


def _check_warehouse(db: Connection, form: ChannelForm) -> None:
    if form.warehouse_id is None:
        if form.kind == "shop":
            raise Rejected("channel_warehouse_missing")
        return
    known = select(warehouse.c.id).where(
        warehouse.c.id == form.warehouse_id, warehouse.c.active == 1
    )
    if db.execute(known).first() is None:
        raise Rejected("channel_warehouse_missing")
