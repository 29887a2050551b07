"""Settings of the business, kept in the database (rules section 9, SET-01, SET-02).

Each has a key, a kind, a default and the scopes that may override it. A value is looked up from
the narrowest scope outwards: person, warehouse, company, default. Labels and consequence lines are
the screen's; services ask ``value``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select, update

from .access import Permission
from .backend import Undone, Work, command
from .changes import Topic
from .errors import Conflict, Rejected
from .setting_definitions import (
    ALLOCATE,
    BATCH_DEFAULTS,
    BATCH_OPTIONS,
    CLERKS_LINK,
    COMPANY,
    CROSS_REFERENCES,
    DEFINITIONS,
    DELIVERY_WAREHOUSE,
    LOCATION_REQUIRED,
    OVER_PERCENT,
    OWN_PRODUCTS,
    ROUND_UP,
    SERVED_ANY,
    SERVED_RAISED_FIRST,
    SERVED_RAISED_ONLY,
    STATUS_BACK_ORDERED,
    STATUS_CANCELLED,
    STATUS_FULL,
    STATUS_NEW,
    STATUS_NEW_SALE,
    STATUS_PART,
    STATUS_SENT,
    WHO_IS_SERVED,
    Definition,
    Kind,
    Scope,
    Source,
)
from .store.bulk import upsert
from .store.kinds import dump_json
from .store.tables import (
    channel,
    company,
    journal,
    order_status,
    person,
    setting,
    setting_change,
    warehouse,
)

_BY_KEY = {one.key: one for one in DEFINITIONS}


@dataclass(frozen=True, slots=True)
class Resolved:
    """A value and where it comes from."""

    value: Any
    source: Source


@dataclass(frozen=True, slots=True)
class Changed:
    """A past change: ``old`` or ``new`` None is the default. ``id`` numbers the changes."""

    id: int
    key: str
    scope: str
    at: datetime
    person: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Override:
    """A scope that has its own value: "Bristol overrides this"."""

    scope: str
    name: str
    value: Any


@dataclass(frozen=True, slots=True)
class Shown:
    """A setting as its page shows it. ``seen`` goes back with the change (``SettingChange``)."""

    definition: Definition
    value: Any
    default: Any
    source: Source
    overrides: tuple[Override, ...]
    last: Changed | None

    @property
    def seen(self) -> int:
        """The number of the last change of the company's value."""
        return self.last.id if self.last is not None else 0


@dataclass(frozen=True, slots=True)
class Option:
    """A status or warehouse that a setting may name."""

    id: int
    name: str
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Options:
    """What the status and warehouse kinds choose from."""

    sale_statuses: tuple[Option, ...]
    purchase_statuses: tuple[Option, ...]
    warehouses: tuple[Option, ...]
    channels: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class SettingChange:
    """A new value for a key; None puts the default (or the wider scope's value) back.

    ``seen`` is ``Shown.seen`` or ``Changed.id`` of what the person looked at; -1 does not ask.
    """

    key: str
    value: Any
    scope: str = COMPANY
    seen: int = -1


def warehouse_scope(warehouse_id: int) -> str:
    """The scope of one warehouse."""
    return f"{Scope.WAREHOUSE}:{warehouse_id}"


def channel_scope(channel_id: int) -> str:
    """The scope of one channel."""
    return f"{Scope.CHANNEL}:{channel_id}"


def person_scope(person_id: int) -> str:
    """The scope of one person."""
    return f"{Scope.PERSON}:{person_id}"


def definition(key: str) -> Definition:
    """Return the setting with this key; raises Rejected("unknown_setting")."""
    if key not in _BY_KEY:
        raise Rejected("unknown_setting", key=key)
    return _BY_KEY[key]


def value(
    db: Connection,
    key: str,
    warehouse_id: int | None = None,
    person_id: int | None = None,
    channel_id: int | None = None,
) -> Any:
    """Return the value that holds there; status and warehouse kinds give an id or None."""
    return values(db, (key,), warehouse_id, person_id, channel_id)[key].value


def values(
    db: Connection,
    keys: Iterable[str],
    warehouse_id: int | None = None,
    person_id: int | None = None,
    channel_id: int | None = None,
) -> dict[str, Resolved]:
    """Return several values with their source, in one statement, two where one is a status."""
    wanted = [definition(key) for key in keys]
    stored = {
        (row.scope, row.key): row.value
        for row in db.execute(_STORED, {"keys": [one.key for one in wanted]})
    }
    defaults = _defaults(db, [one for one in wanted if (COMPANY, one.key) not in stored])
    found = {}
    for one in wanted:
        found[one.key] = Resolved(defaults.get(one.key), Source.DEFAULT)
        for source, scope in (
            (Source.PERSON, person_scope(person_id or 0)),
            (Source.CHANNEL, channel_scope(channel_id or 0)),
            (Source.WAREHOUSE, warehouse_scope(warehouse_id or 0)),
            (Source.COMPANY, COMPANY),
        ):
            if (scope, one.key) in stored:
                found[one.key] = Resolved(_out(one, stored[scope, one.key]), source)
                break
    return found


# Built once: every scan of a delivery asks for settings.
_STORED = select(setting).where(setting.c.key.in_(bindparam("keys", expanding=True)))
_STATUSES = select(order_status.c.id, order_status.c.document, order_status.c.name)

_IDS = (Kind.SALE_STATUS, Kind.PURCHASE_STATUS, Kind.WAREHOUSE)


def _out(one: Definition, stored: Any) -> Any:
    return (stored or None) if one.kind in _IDS else stored


def _defaults(db: Connection, wanted: Sequence[Definition]) -> dict[str, Any]:
    named = {
        (one.kind, one.default): one.key
        for one in wanted
        if one.kind in (Kind.SALE_STATUS, Kind.PURCHASE_STATUS)
    }
    found = {one.key: _out(one, one.default) for one in wanted}
    if named:
        ids = {
            (Kind.SALE_STATUS if row.document == "SO" else Kind.PURCHASE_STATUS, row.name): row.id
            for row in db.execute(_STATUSES)
        }
        found.update({key: ids.get(which) for which, key in named.items()})
    return found


def options(db: Connection) -> Options:
    """Return the statuses, active warehouses and channels, each in its own order."""
    statuses = db.execute(
        select(order_status).order_by(order_status.c.position, order_status.c.id)
    ).all()
    places = db.execute(
        select(warehouse.c.id, warehouse.c.name)
        .where(warehouse.c.active == 1)
        .order_by(warehouse.c.name, warehouse.c.id)
    ).all()
    return Options(
        tuple(Option(s.id, s.name, s.colour) for s in statuses if s.document == "SO"),
        tuple(Option(s.id, s.name, s.colour) for s in statuses if s.document == "PO"),
        tuple(Option(place.id, place.name) for place in places),
        tuple(
            Option(one.id, one.name)
            for one in db.execute(
                select(channel.c.id, channel.c.name).order_by(channel.c.name, channel.c.id)
            )
        ),
    )


def overview(db: Connection, page: str | None = None) -> tuple[Shown, ...]:
    """Every setting of a page ("purchases", "sales"; None: all) with the company's value."""
    shown = [one for one in DEFINITIONS if page in (None, one.page)]
    keys = [one.key for one in shown]
    defaults = _defaults(db, shown)
    stored = db.execute(select(setting).where(setting.c.key.in_(keys))).all()
    own = {row.key: row.value for row in stored if row.scope == COMPANY}
    names = _scope_names(db, {row.scope for row in stored})
    newest = (
        select(func.max(setting_change.c.id))
        .where(setting_change.c.scope == COMPANY, setting_change.c.key.in_(keys))
        .group_by(setting_change.c.key)
    )
    last = {one.key: one for one in _changes(db, setting_change.c.id.in_(newest))}
    return tuple(
        Shown(
            one,
            _out(one, own[one.key]) if one.key in own else defaults[one.key],
            defaults[one.key],
            Source.COMPANY if one.key in own else Source.DEFAULT,
            tuple(
                Override(row.scope, names.get(row.scope, row.scope), _out(one, row.value))
                for row in stored
                if row.key == one.key and row.scope.startswith(_SHARED)
            ),
            last.get(one.key),
        )
        for one in shown
    )


def history(db: Connection, key: str | None = None, limit: int = 200) -> tuple[Changed, ...]:
    """Who changed a setting when, from what to what, newest first; not people's own choices."""
    asked = [] if key is None else [setting_change.c.key == definition(key).key]
    not_own = setting_change.c.scope.notlike(f"{Scope.PERSON}:%")
    return tuple(_changes(db, not_own, *asked, limit=limit))


def _changes(db: Connection, *where: Any, limit: int = 1000) -> list[Changed]:
    rows = db.execute(
        select(setting_change, person.c.name.label("person"))
        .join(journal, journal.c.id == setting_change.c.journal_id)
        .join(person, person.c.id == journal.c.person_id)
        .where(*where)
        .order_by(setting_change.c.id.desc())
        .limit(limit)
    )
    return [Changed(r.id, r.key, r.scope, r.at, r.person, r.old_value, r.new_value) for r in rows]


_SHARED = (Scope.WAREHOUSE.value, Scope.CHANNEL.value)
"""Scopes below the company that all its people share."""


def _scope_names(db: Connection, scopes: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    kinds = {scope.partition(":")[0] for scope in scopes}
    for kind, table in ((Scope.WAREHOUSE, warehouse), (Scope.CHANNEL, channel)):
        if kind in kinds:
            rows = db.execute(select(table.c.id, table.c.name))
            found |= {f"{kind}:{row.id}": row.name for row in rows}
    return found


@command("Save settings", needs=Permission.CHANGE_SETTINGS)
def save_settings(work: Work, changes: Sequence[SettingChange]) -> dict[str, Any]:
    """Store several values at once (SET-01). Result: ``{"changed": [key, ...]}``.

    Raises Rejected("unknown_setting" | "setting_scope" | "setting_value", [keys]) and
    Conflict("setting_changed", now=Changed) where somebody else changed one meanwhile.
    """
    one_at_a_time(work)
    for change in changes:
        _check(work.db, change)
    for change in changes:
        _unchanged_since(work.db, change)
    done = _store(work, [(one.scope, one.key, one.value) for one in changes])
    if done:
        work.can_undo({"changes": done})
    return {"changed": sorted({key for _scope, key, _old, _new in done})}


@save_settings.undone_by
def _put_back(work: Work, original: Undone) -> dict[str, Any]:
    """Put the old values back; refused for those that were changed again since."""
    one_at_a_time(work)
    current = {(row.scope, row.key): row.value for row in work.db.execute(select(setting))}
    changes = original.data["changes"]
    moved = [key for scope, key, _old, new in changes if current.get((scope, key)) != new]
    if moved:
        raise Rejected("settings_changed_since", moved)
    done = _store(work, [(scope, key, old) for scope, key, old, _new in changes])
    return {"changed": sorted({key for _scope, key, _old, _new in done})}


@command("Remember a choice", needs=Permission.WRITE_NOTES)
def remember(work: Work, key: str, value: Any) -> dict[str, Any]:
    """Keep a person's own choice, for example the batch options last used (R3.2).

    Only settings with the scope ``person``. Result: ``{"changed": [key] or []}``.
    """
    change = SettingChange(key, value, person_scope(work.actor.person_id))
    _check(work.db, change)
    done = _store(work, [(change.scope, change.key, change.value)])
    return {"changed": [key for _scope, key, _old, _new in done]}


def own_values(
    db: Connection, keys: Sequence[str], scopes: Sequence[str]
) -> dict[tuple[str, str], Any]:
    """Return {(scope, key): value} of the values that scopes have of their own."""
    rows = db.execute(select(setting).where(setting.c.key.in_(keys), setting.c.scope.in_(scopes)))
    return {(row.scope, row.key): row.value for row in rows}


def store(work: Work, changes: Sequence[SettingChange]) -> list[tuple[str, str, Any, Any]]:
    """Check and write values beside another command; returns (scope, key, old, new) of changes."""
    for change in changes:
        _check(work.db, change)
    return _store(work, [(one.scope, one.key, one.value) for one in changes])


def one_at_a_time(work: Work) -> None:
    """Two people who save at once: the second sees what the first did."""
    work.db.execute(update(company).values(name=company.c.name))


def _check(db: Connection, change: SettingChange) -> None:
    one = definition(change.key)
    kind, _, number = change.scope.partition(":")
    if kind not in one.scopes or (kind == Scope.COMPANY) != (number == ""):
        raise Rejected("setting_scope", [change.key], scope=change.scope)
    if number and not _exists(db, kind, number):
        raise Rejected("setting_scope", [change.key], scope=change.scope)
    if change.value is not None and not _fits(db, one, change.value):
        raise Rejected("setting_value", [change.key], value=change.value)


def _exists(db: Connection, kind: str, number: str) -> bool:
    table = {Scope.WAREHOUSE: warehouse, Scope.CHANNEL: channel}.get(Scope(kind), person)
    return number.isdecimal() and (
        db.execute(select(table.c.id).where(table.c.id == int(number))).first() is not None
    )


def _fits(db: Connection, one: Definition, given: Any) -> bool:
    if one.kind is Kind.FLAG:
        return isinstance(given, bool)
    if one.kind is Kind.CHOICE:
        return given in one.choices
    if one.kind is Kind.OPTIONS:
        return (
            isinstance(given, dict)
            and given.keys() <= one.default.keys()
            and all(item is None or isinstance(item, (bool, int, str)) for item in given.values())
        )
    if not isinstance(given, int) or isinstance(given, bool) or given < 0:
        return False
    if one.kind is Kind.PERCENT:
        return given <= 100
    if given == 0:
        return True
    if one.kind is Kind.WAREHOUSE:
        known = select(warehouse.c.id).where(warehouse.c.id == given, warehouse.c.active == 1)
    else:
        known = select(order_status.c.id).where(
            order_status.c.id == given,
            order_status.c.document == ("SO" if one.kind is Kind.SALE_STATUS else "PO"),
        )
        if one.kind is Kind.SALE_STATUS:
            cancels = int(one.key == STATUS_CANCELLED)
            known = known.where(order_status.c.is_cancelled == cancels)
    return db.execute(known).first() is not None


def _unchanged_since(db: Connection, change: SettingChange) -> None:
    if change.seen < 0:
        return
    here = (setting_change.c.scope == change.scope, setting_change.c.key == change.key)
    newest = _changes(db, *here, limit=1)
    if newest and newest[0].id != change.seen:
        raise Conflict(
            "setting_changed", newest[0], key=change.key, by=newest[0].person, at=newest[0].at
        )


def _store(work: Work, wanted: Sequence[tuple[str, str, Any]]) -> list[tuple[str, str, Any, Any]]:
    """Write (scope, key, value) with history; returns (scope, key, old, new) of what changed."""
    current = {
        (row.scope, row.key): row.value
        for row in work.db.execute(
            select(setting).where(setting.c.key.in_([key for _scope, key, _value in wanted]))
        )
    }
    done = [
        (scope, key, current.get((scope, key)), new)
        for scope, key, new in wanted
        if dump_json(current.get((scope, key))) != dump_json(new)
    ]
    put = upsert(work.db, setting)
    for scope, key, old, new in done:
        if new is None:
            work.db.execute(delete(setting).where(setting.c.scope == scope, setting.c.key == key))
        else:
            work.db.execute(
                put.values(scope=scope, key=key, value=new).on_conflict_do_update(
                    index_elements=["scope", "key"], set_={"value": new}
                )
            )
        work.db.execute(
            setting_change.insert().values(
                scope=scope, key=key, old_value=old, new_value=new, at=work.at,
                journal_id=work.journal_id,
            )
        )  # fmt: skip
    if done:
        work.touched(Topic.SETTINGS, [])
    return done


__all__ = [
    "ALLOCATE",
    "BATCH_DEFAULTS",
    "BATCH_OPTIONS",
    "CLERKS_LINK",
    "COMPANY",
    "CROSS_REFERENCES",
    "DEFINITIONS",
    "DELIVERY_WAREHOUSE",
    "LOCATION_REQUIRED",
    "OVER_PERCENT",
    "OWN_PRODUCTS",
    "ROUND_UP",
    "SERVED_ANY",
    "SERVED_RAISED_FIRST",
    "SERVED_RAISED_ONLY",
    "STATUS_BACK_ORDERED",
    "STATUS_CANCELLED",
    "STATUS_FULL",
    "STATUS_NEW",
    "STATUS_NEW_SALE",
    "STATUS_PART",
    "STATUS_SENT",
    "WHO_IS_SERVED",
    "Changed",
    "Definition",
    "Kind",
    "Option",
    "Options",
    "Override",
    "Resolved",
    "Scope",
    "SettingChange",
    "Shown",
    "Source",
    "channel_scope",
    "definition",
    "history",
    "one_at_a_time",
    "options",
    "overview",
    "own_values",
    "person_scope",
    "remember",
    "save_settings",
    "store",
    "value",
    "values",
    "warehouse_scope",
]
