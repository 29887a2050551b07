"""The gate that every shop's JSON passes: bytes to exact Python values (reliability 4.3).

Limits are checked before anything is parsed. Numbers never become floats: whole ones are ints,
others Decimals, read by patterns of our own. What JSON leaves open (duplicate keys, NaN, half
surrogate pairs, depth) is refused here, each with a code of its own.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

from ..pos_shapes import CannotRead, NotAnOrder

BYTES_MAX = 1_048_576
"""One message; a shop's largest order is a tenth of it."""

DEPTH_MAX = 64
DIGITS_MAX = 30
EXPONENT_MAX = 30

_BRACKETS = re.compile(rb'(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+"?)*+([\[\]{}]?)', re.DOTALL)
"""The next bracket outside a string, or none at the end. Never goes back: linear in any text."""
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]*)", re.ASCII)
_DECIMAL = re.compile(r"(-?(?:0|[1-9][0-9]*))(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]{1,4}))?", re.ASCII)
_UNWANTED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f\ud800-\udfff\ufffe\uffff]")
"""Control characters other than tab and line ends, and halves of surrogate pairs."""

_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Gated:
    """What was read. ``repeated``: keys that one object held twice; the last one counted."""

    value: Any
    repeated: frozenset[str]


def read(raw: bytes) -> Gated:
    """Read one JSON document.

    Raises NotAnOrder for what is no JSON at all, CannotRead for JSON that is damaged, too large,
    too deep, or holds what no shop means.
    """
    text = _text(raw)
    _check_depth(raw)
    repeated: set[str] = set()

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, value in found:
            if key in made:
                repeated.add(_clean(key, "key"))
            made[key] = value
        for key, value in made.items():
            _clean(key, "key")
            if type(value) is str:
                _clean(value, key)
            elif type(value) is list:
                _clean_list(value, key)
        return made

    try:
        value = json.loads(
            text,
            object_pairs_hook=pairs,
            parse_int=_whole,
            parse_float=_decimal,
            parse_constant=_constant,
        )
    except json.JSONDecodeError as error:
        _say(text, error)
    if type(value) is list:
        _clean_list(value, "")
    elif type(value) is str:
        _clean(value, "")
    return Gated(value, frozenset(repeated))


def _text(raw: bytes) -> str:
    if len(raw) > BYTES_MAX:
        raise CannotRead("json_too_large", bytes=len(raw), limit=BYTES_MAX)
    if raw.startswith(_MARKS):
        raise CannotRead("json_not_utf8", at=0)
    body = raw.removeprefix(_BOM)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CannotRead("json_not_utf8", at=error.start) from error
    begins = text.lstrip(" \t\r\n")
    if not begins:
        raise NotAnOrder("message_empty")
    if begins[0] not in "{[":
        raise NotAnOrder("not_json")
    return text


def _check_depth(raw: bytes) -> None:
    """Count brackets outside strings: the parser itself must never see 100,000 levels."""
    depth = 0
    for found in _BRACKETS.finditer(raw):
        if not found[1]:
            return
        depth += 1 if found[1] in b"[{" else -1
        if depth > DEPTH_MAX:
            raise CannotRead("json_too_deep", limit=DEPTH_MAX)


def _whole(digits: str) -> int:
    if len(digits) > DIGITS_MAX or _WHOLE.fullmatch(digits) is None:
        raise CannotRead("json_absurd_number", value=_short(digits))
    return int(digits)


def _decimal(digits: str) -> Decimal:
    found = _DECIMAL.fullmatch(digits) if len(digits) <= DIGITS_MAX * 2 else None
    if found is None or abs(int(found[3] or 0)) > EXPONENT_MAX:
        raise CannotRead("json_absurd_number", value=_short(digits))
    return Decimal(digits)


def _constant(name: str) -> NoReturn:
    raise CannotRead("json_absurd_number", value=name)


def _clean(text: str, where: str) -> str:
    if _UNWANTED.search(text) is not None:
        raise CannotRead("json_control_character", where=_short(_UNWANTED.sub("?", where)))
    return text


def _clean_list(values: list[Any], where: str) -> None:
    for value in values:
        if type(value) is str:
            _clean(value, where)
        elif type(value) is list:
            _clean_list(value, where)


def _say(text: str, error: json.JSONDecodeError) -> NoReturn:
    """Name what is wrong: cut off, two documents, or a slip at a place."""
    if error.msg == "Extra data":
        raise CannotRead("json_two_documents", line=error.lineno) from error
    if error.msg.startswith("Invalid control character"):
        raise CannotRead("json_control_character", where=f"line {error.lineno}") from error
    cut = error.pos >= len(text.rstrip(" \t\r\n")) or error.msg.startswith("Unterminated string")
    if cut:
        raise CannotRead("json_cut_off", bytes=len(text.encode())) from error
    raise CannotRead("json_damaged", line=error.lineno, column=error.colno) from error


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}…"
