"""A list's filter and sort as JSON and back: typed, strict, with a version (SAL-01).

``written(where)`` -> text; ``read(kind, text)`` -> the filter and what of it was left out. Reading
never raises: a condition that this program does not know, or whose value does not fit, is left out
and named, and the rest is the filter.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime
from enum import Enum, StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

from .lists import Among, Sort
from .store.kinds import dump_json

F = TypeVar("F")

VERSION = 1
"""Raise it when a condition gets another meaning under its old name."""

_INTEGER_MAX = 2**63 - 1


class Why(StrEnum):
    """Why a condition of a saved filter is not asked."""

    UNKNOWN = "unknown"
    """This program has no such condition."""
    VALUE = "value"
    """It has, but not with such a value."""
    GONE = "gone"
    """It names a record that does not exist any more."""
    DAMAGED = "damaged"
    """Nothing of it can be read."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A condition that was not read: the field of the filter, or "sort"."""

    field: str
    why: Why


class _Unfit(Exception):
    """A value that is not of its field's type."""


def written(where: Any) -> str:
    """The conditions that ask something, as JSON. Raises TypeError for a type it does not know."""
    asked = {
        one.name: _plain(getattr(where, one.name))
        for one in fields(where)
        if getattr(where, one.name) != one.default
    }
    return dump_json({"version": VERSION, "where": asked})


def read(kind: type[F], text: str) -> tuple[F, tuple[LeftOut, ...]]:
    """The filter that ``written`` made, and what could not be read of it."""
    where: Any = kind()
    told = _loaded(text)
    asked = told.get("where") if isinstance(told, dict) else None
    if not isinstance(told, dict) or not isinstance(asked, dict):
        return where, (LeftOut("", Why.DAMAGED),)
    hints = _hints(cast(Any, kind))
    found: dict[str, Any] = {}
    left: list[LeftOut] = []
    for name, value in sorted(asked.items()):
        if name not in hints:
            left.append(LeftOut(name, Why.UNKNOWN))
            continue
        try:
            found[name] = _typed(hints[name], value)
        except _Unfit:
            left.append(LeftOut(name, Why.VALUE))
    return replace(where, **found), tuple(left)


def sort_written(sort: Sort | None) -> str:
    """A sort as JSON, key by key; "" stands for the list's own order."""
    return "" if sort is None else dump_json([sort[at : at + 2] for at in range(0, len(sort), 2)])


def sort_read(text: str, knows: Callable[[Sort], bool]) -> tuple[Sort | None, tuple[LeftOut, ...]]:
    """The sort that ``sort_written`` made, without keys that the list does not know."""
    if not text:
        return None, ()
    left = (LeftOut("sort", Why.UNKNOWN),)
    match _loaded(text):
        case [[str(name), bool(down)]] if knows((name, down)):
            return (name, down), ()
        case [[str(name), bool(down)], [str(then), bool(then_down)]] if knows((name, down)):
            both: Sort = (name, down, then, then_down)
            return (both, ()) if knows(both) else ((name, down), left)
        case _:
            return None, left


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


@cache
def _hints(kind: Hashable) -> dict[str, Any]:
    return get_type_hints(kind)


# --- one value -----------------------------------------------------------------------------------


def _plain(value: Any) -> Any:
    if isinstance(value, Among):
        return {"none" if value.out else "any": sorted(value.values)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    if value is None or isinstance(value, str | int):
        return value
    raise TypeError(f"a filter cannot be kept with a {type(value).__name__}")


def _typed(hint: Any, value: Any) -> Any:
    """``value`` as the type that a field declares; raises _Unfit."""
    if get_origin(hint) is UnionType:
        kinds = get_args(hint)
        if value is None and NoneType in kinds:
            return None
        return _typed(next(one for one in kinds if one is not NoneType), value)
    if get_origin(hint) is frozenset:
        return frozenset(_typed(get_args(hint)[0], one) for one in _list(value))
    if hint is Among:
        return _among(value)
    if hint is int:
        return _whole(value)
    if hint is bool and type(value) is bool:
        return value
    try:
        if hint is str:
            return _text(value)
        return hint(value) if issubclass(hint, Enum) else _moment(hint, value)
    except (ValueError, TypeError, OverflowError) as error:
        raise _Unfit from error


def _text(value: Any) -> str:
    if type(value) is not str or "\0" in value:
        raise _Unfit
    value.encode()  # half a surrogate pair is no text
    return value


def _moment(hint: type[Any], value: Any) -> Any:
    if hint is datetime:
        found = datetime.fromisoformat(value)
        if found.tzinfo is None:
            raise ValueError("a time without a zone")
        return found.astimezone(UTC)
    if hint is date:
        return date.fromisoformat(value)
    raise TypeError(f"a filter cannot be kept with a {hint}")


def _among(value: Any) -> Among:
    if isinstance(value, dict) and len(value) == 1:
        for word, out in (("any", False), ("none", True)):
            if word in value:
                return Among(frozenset(_whole(one) for one in _list(value[word])), out)
    raise _Unfit


def _whole(value: Any) -> int:
    if type(value) is not int or abs(value) > _INTEGER_MAX:
        raise _Unfit
    return value


def _list(value: Any) -> Sequence[Any]:
    if not isinstance(value, list):
        raise _Unfit
    return value
