"""The find box's language: words, and ``key:value`` tokens among them (SAL-01).

``channel:web short:>0 eta:late -status:"on hold" kestrel`` is three tokens, one of them negated,
and a word. A colon after anything but a known key is part of a word.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

_PIECE = re.compile(
    r"""(?P<out>-?)(?P<key>[A-Za-z_]+):(?P<sign>>=|<=|!|>|<|=)?(?P<value>"[^"]*"?|[^\s"]*)
    |"(?P<quoted>[^"]*)"?|(?P<word>\S+)""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """``key`` is lower case; ``sign`` one of "=", ">", ">=", "<", "<="; any of ``values`` will do."""

    key: str
    values: tuple[str, ...]
    sign: str = "="
    out: bool = False
    text: str = ""
    """As it was typed."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed: tokens in order, and the other words."""

    tokens: tuple[Token, ...]
    words: str


def parse(typed: str, keys: Collection[str]) -> Asked:
    """Take what was typed apart. Never fails: what is no token is a word."""
    tokens: list[Token] = []
    words: list[str] = []
    for piece in _PIECE.finditer(typed):
        key = (piece["key"] or "").lower()
        values = _values(piece["value"] or "")
        if key in keys and values:
            sign = piece["sign"] or "="
            out = (piece["out"] == "-") != (sign == "!")
            tokens.append(Token(key, values, "=" if sign == "!" else sign, out, piece.group()))
        else:
            words.append(piece["quoted"] if piece["quoted"] is not None else piece.group())
    return Asked(tuple(tokens), " ".join(words).strip())


def _values(value: str) -> tuple[str, ...]:
    if value.startswith('"'):
        return (value.strip('"').strip(),) if value.strip('" ') else ()
    return tuple(part for part in value.split(",") if part)
