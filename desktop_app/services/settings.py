"""Settings of the business, kept in the database (rules section 9, SET-01, SET-02).

Each has a key, a kind, a default and the scopes that may override it. A value is looked up from
the narrowest scope outwards: person, warehouse, company, default. Labels and consequence lines are
the screen's; services ask ``value``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from .access import Permission
from .backend import Undone, Work, command
from .changes import Topic
from .errors import Conflict, Rejected
from .rules.purchase_plan import BatchOptions
from .store.bulk import is_postgres
from .store.kinds import dump_json
from .store.tables import (
    company,
    journal,
    order_status,
    person,
    setting,
    setting_change,
    warehouse,
)

COMPANY = "company"
"""The scope that everyone shares; see ``warehouse_scope`` and ``person_scope``."""


class Kind(StrEnum):
    """What a setting holds, and so which control shows it."""

    FLAG = "flag"
    """bool"""
    CHOICE = "choice"
    """one of ``Definition.choices``"""
    PERCENT = "percent"
    """int from 0 to 100"""
    SALE_STATUS = "sale_status"
    """id of an order status for sales; 0: leave the label alone"""
    PURCHASE_STATUS = "purchase_status"
    """id of an order status for purchase orders; 0: leave the label alone"""
    WAREHOUSE = "warehouse"
    """id of a warehouse; 0: none"""
    OPTIONS = "options"
    """a flat mapping of names to plain values"""


class Scope(StrEnum):
    """Who may have a value of their own for a setting."""

    COMPANY = "company"
    WAREHOUSE = "warehouse"
    PERSON = "person"


class Source(StrEnum):
    """Where a value comes from: "on by default in Purchase settings"."""

    DEFAULT = "default"
    COMPANY = "company"
    WAREHOUSE = "warehouse"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Definition:
    """A setting. ``default`` of a status kind is the name of the status that is looked up."""

    key: str
    page: str
    section: str
    kind: Kind
    default: Any
    scopes: tuple[Scope, ...] = (Scope.COMPANY,)
    choices: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()


ALLOCATE = "receiving.allocate"
WHO_IS_SERVED = "receiving.who_is_served"
OVER_PERCENT = "receiving.over_percent"
LOCATION_REQUIRED = "receiving.location_required"
STATUS_NEW = "purchasing.status_new"
STATUS_SENT = "purchasing.status_sent"
STATUS_PART = "receiving.status_part_received"
STATUS_FULL = "receiving.status_received"
ROUND_UP = "purchasing.round_up_to_packs"
OWN_PRODUCTS = "purchasing.own_products_only"
DELIVERY_WAREHOUSE = "purchasing.delivery_warehouse"
CROSS_REFERENCES = "purchasing.cross_reference_notes"
BATCH_OPTIONS = "purchasing.batch_options"
STATUS_CANCELLED = "sales.status_cancelled"

SERVED_ANY, SERVED_RAISED_FIRST, SERVED_RAISED_ONLY = "any", "raised_first", "raised_only"
"""The choices of ``WHO_IS_SERVED`` (R5.5)."""

BATCH_DEFAULTS: Mapping[str, Any] = asdict(BatchOptions())
"""R3.2, by the names of ``rules.purchase_plan.BatchOptions``."""

_BY_WAREHOUSE = (Scope.COMPANY, Scope.WAREHOUSE)

DEFINITIONS: tuple[Definition, ...] = (
    Definition(
        ALLOCATE, "purchases", "receiving", Kind.FLAG, default=True, scopes=_BY_WAREHOUSE,
        synonyms=("auto allocate", "automatic allocation", "reserve", "assign stock", "back to back"),
    ),
    Definition(
        WHO_IS_SERVED, "purchases", "receiving", Kind.CHOICE, SERVED_ANY, _BY_WAREHOUSE,
        choices=(SERVED_ANY, SERVED_RAISED_FIRST, SERVED_RAISED_ONLY),
        synonyms=("priority", "order of service", "oldest first", "fifo", "pegged", "queue"),
    ),
    Definition(
        OVER_PERCENT, "purchases", "receiving", Kind.PERCENT, 0, _BY_WAREHOUSE,
        synonyms=("over-receipt", "over receive", "more than ordered", "surplus", "tolerance", "extra"),
    ),
    Definition(
        LOCATION_REQUIRED, "purchases", "receiving", Kind.FLAG, default=False, scopes=_BY_WAREHOUSE,
        synonyms=("bin", "shelf", "put away", "place"),
    ),
    Definition(
        STATUS_PART, "purchases", "receiving", Kind.PURCHASE_STATUS, "Part received",
        synonyms=("partial receipt", "label", "order status"),
    ),
    Definition(
        STATUS_FULL, "purchases", "receiving", Kind.PURCHASE_STATUS, "Received",
        synonyms=("complete", "label", "order status"),
    ),
    Definition(
        STATUS_NEW, "purchases", "purchase_orders", Kind.PURCHASE_STATUS, "Draft",
        synonyms=("starts as", "label", "order status", "default status"),
    ),
    Definition(
        STATUS_SENT, "purchases", "purchase_orders", Kind.PURCHASE_STATUS, "Placed with supplier",
        synonyms=("placed", "ordered", "label", "order status"),
    ),
    Definition(
        DELIVERY_WAREHOUSE, "purchases", "purchase_orders", Kind.WAREHOUSE, 0,
        synonyms=("deliver to", "destination", "default warehouse"),
    ),
    Definition(
        OWN_PRODUCTS, "purchases", "purchase_orders", Kind.FLAG, default=False,
        synonyms=("limit products", "supplier's products", "price list only", "vendor items"),
    ),
    Definition(
        ROUND_UP, "purchases", "batch", Kind.FLAG, default=False,
        synonyms=("pack size", "carton", "outer", "minimum quantity", "multiples"),
    ),
    Definition(
        CROSS_REFERENCES, "purchases", "batch", Kind.FLAG, default=True,
        synonyms=("notes", "links", "cross reference", "comment"),
    ),
    Definition(
        BATCH_OPTIONS, "purchases", "batch", Kind.OPTIONS, dict(BATCH_DEFAULTS),
        (Scope.COMPANY, Scope.PERSON),
        synonyms=("batch purchase order", "vendor to use", "exclude on hand", "needed to fulfil"),
    ),
    Definition(
        STATUS_CANCELLED, "sales", "statuses", Kind.SALE_STATUS, "Cancelled",
        synonyms=("cancel", "void", "order status"),
    ),
)  # fmt: skip
"""In the order in which the settings page shows them. None is here without an effect."""

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


def person_scope(person_id: int) -> str:
    """The scope of one person."""
    return f"{Scope.PERSON}:{person_id}"


def definition(key: str) -> Definition:
    """Return the setting with this key; raises Rejected("unknown_setting")."""
    if key not in _BY_KEY:
        raise Rejected("unknown_setting", key=key)
    return _BY_KEY[key]


def value(
    db: Connection, key: str, warehouse_id: int | None = None, person_id: int | None = None
) -> Any:
    """Return the value that holds there; status and warehouse kinds give an id or None."""
    return values(db, (key,), warehouse_id, person_id)[key].value


def values(
    db: Connection,
    keys: Iterable[str],
    warehouse_id: int | None = None,
    person_id: int | None = None,
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
    """Return the statuses and active warehouses, each in its own order."""
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
                if row.key == one.key and row.scope.startswith(Scope.WAREHOUSE)
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


def _scope_names(db: Connection, scopes: Iterable[str]) -> dict[str, str]:
    if not any(scope.startswith(Scope.WAREHOUSE) for scope in scopes):
        return {}
    return {
        warehouse_scope(row.id): row.name
        for row in db.execute(select(warehouse.c.id, warehouse.c.name))
    }


@command("Save settings", needs=Permission.CHANGE_SETTINGS)
def save_settings(work: Work, changes: Sequence[SettingChange]) -> dict[str, Any]:
    """Store several values at once (SET-01). Result: ``{"changed": [key, ...]}``.

    Raises Rejected("unknown_setting" | "setting_scope" | "setting_value", [keys]) and
    Conflict("setting_changed", now=Changed) where somebody else changed one meanwhile.
    """
    _one_at_a_time(work)
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
    _one_at_a_time(work)
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


def _one_at_a_time(work: Work) -> None:
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
    table = warehouse if kind == Scope.WAREHOUSE else person
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
        if one.key == STATUS_CANCELLED:
            known = known.where(order_status.c.is_cancelled == 1)
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
    put: Any = pg_insert(setting) if is_postgres(work.db) else sqlite_insert(setting)
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
    "BATCH_DEFAULTS",
    "COMPANY",
    "DEFINITIONS",
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
    "definition",
    "history",
    "options",
    "overview",
    "person_scope",
    "remember",
    "save_settings",
    "value",
    "values",
    "warehouse_scope",
]
