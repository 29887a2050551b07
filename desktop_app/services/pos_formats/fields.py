"""Reading parsed JSON by name: every slip is told with its place, as ``lines[2].price``.

Amounts come out in ten-thousandths, times in UTC. Nothing here passes raw text to ``int``,
``float`` or ``Decimal`` before a pattern of ours has matched it (reliability 4.3).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ..pos_shapes import UNIT, CannotRead

TEXT_MAX = 2_000
ID_MAX = 100

_NUMBER = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,12})?", re.ASCII)
_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2})(:[0-9]{2})?(?:\.([0-9]{1,9}))?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII,
)
_INVISIBLE = re.compile(r"[\t\r\n\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
"""Line ends, zero-width and direction marks: two ids must not look alike and differ."""


class Fields:
    """One JSON object and where it is in the message."""

    def __init__(self, value: Any, path: str = "") -> None:
        if not isinstance(value, dict):
            raise CannotRead("field_wrong_kind", where=path or "message", wanted="object")
        self.value: Mapping[str, Any] = value
        self.path = path

    def at(self, key: str) -> str:
        """Where a key of this object is."""
        return f"{self.path}.{key}" if self.path else key

    def has(self, key: str) -> bool:
        """Whether the key is there and not null."""
        return self.value.get(key) is not None

    def only(self, *known: str) -> None:
        """Refuse keys that are not known, and null: a slip must not lose what was meant."""
        for key, value in self.value.items():
            if key not in known:
                raise CannotRead("field_unknown", where=self.at(key[:60]))
            if value is None:
                raise CannotRead("field_missing", where=self.at(key))

    def needed(self, key: str) -> Any:
        """The value of a key that must be there."""
        if self.value.get(key) is None:
            raise CannotRead("field_missing", where=self.at(key))
        return self.value[key]

    def wrong(self, key: str, wanted: str) -> CannotRead:
        """The refusal of a value of another kind than ``wanted``."""
        return CannotRead("field_wrong_kind", where=self.at(key), wanted=wanted)

    # -- text ------------------------------------------------------------------------------------

    def text(self, key: str, most: int = TEXT_MAX) -> str:
        """Text, trimmed and in NFC; empty where the key is absent or null."""
        value = self.value.get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.wrong(key, "text")
        made = unicodedata.normalize("NFC", value).strip()
        if len(made) > most:
            raise CannotRead("field_too_long", where=self.at(key), most=most)
        return made

    def line(self, key: str, most: int = 200) -> str:
        """Text of one line: line ends become blanks, marks that nobody sees go."""
        said = self.text(key)
        made = " ".join(_INVISIBLE.sub(" ", said).split())
        if len(made) > most:
            raise CannotRead("field_too_long", where=self.at(key), most=most)
        return made

    def ident(self, key: str, *, needed: bool = False) -> str:
        """An id: text or a whole number. Invisible marks in it are refused."""
        value = self.needed(key) if needed else self.value.get(key)
        if value is None:
            return ""
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        made = self.text(key, ID_MAX)
        if _INVISIBLE.search(made):
            raise CannotRead("field_invisible", where=self.at(key))
        if needed and not made:
            raise CannotRead("field_missing", where=self.at(key))
        return made

    def choice(self, key: str, *known: str) -> str:
        """One of the words known; it must be there."""
        value = self.needed(key)
        if not isinstance(value, str) or value not in known:
            shown = value if isinstance(value, str) else type(value).__name__
            raise CannotRead(
                "field_not_known", where=self.at(key), value=_short(shown), known=list(known)
            )
        return value

    def yes(self, key: str) -> bool:
        """True or false; absent is false."""
        value = self.value.get(key)
        if value is not None and not isinstance(value, bool):
            raise self.wrong(key, "true or false")
        return bool(value)

    # -- numbers ---------------------------------------------------------------------------------

    def amount(self, key: str, *, needed: bool = False, places: int = 4) -> int:
        """A decimal, as text or number, in ten-thousandths; 0 where absent.

        More decimals than ``places`` are refused unless they are zeros.
        """
        value = self.needed(key) if needed else self.value.get(key)
        if value is None:
            return 0
        return scaled(self.exact(key), 4, places, self.at(key))

    def exact(self, key: str) -> Decimal:
        """The number at a key, as it was written."""
        value = self.needed(key)
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            raise self.wrong(key, "number")
        written = f"{value:f}" if isinstance(value, Decimal) else str(value)
        if _NUMBER.fullmatch(written) is None:
            raise CannotRead("field_not_number", where=self.at(key), value=_short(written))
        return Decimal(written)

    def whole(self, key: str) -> int:
        """A whole JSON number; it must be there."""
        value = self.needed(key)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.wrong(key, "whole number")
        return value

    # -- times, parts ----------------------------------------------------------------------------

    def time(self, key: str) -> datetime | None:
        """A time with its zone, in UTC; None where absent."""
        said = self.text(key)
        if not said:
            return None
        found = _TIME.fullmatch(said)
        if found is None:
            raise CannotRead("field_not_time", where=self.at(key), value=_short(said))
        minutes, seconds, fraction, zone = found.groups()
        whole = f"{minutes}{seconds or ':00'}.{(fraction or '0')[:6].ljust(6, '0')}"
        try:
            made = datetime.fromisoformat(whole + ("+00:00" if zone == "Z" else zone))
            return made.astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise CannotRead("field_not_time", where=self.at(key), value=_short(said)) from error

    def part(self, key: str) -> Fields | None:
        """An object inside this one; None where absent."""
        if self.value.get(key) is None:
            return None
        return Fields(self.value[key], self.at(key))

    def parts(self, key: str) -> Iterator[Fields]:
        """The objects of a list; none where absent."""
        value = self.value.get(key)
        if value is None:
            return
        if not isinstance(value, list):
            raise self.wrong(key, "list")
        for place, one in enumerate(value):
            yield Fields(one, f"{self.at(key)}[{place}]")


def scaled(number: Decimal, digits: int, places: int, where: str) -> int:
    """``number`` times ten to ``digits``; refuses more decimals than ``places``."""
    shifted = number.scaleb(places)
    if shifted != shifted.to_integral_value():
        raise CannotRead("field_too_fine", where=where, places=places)
    return int(number.scaleb(digits))


def per_unit(net: int, quantity: int) -> int:
    """Net per unit, rounded, for show; both in ten-thousandths."""
    return (2 * net * UNIT + quantity) // (2 * quantity) if quantity > 0 else 0


def spread(amount: int, weights: list[int]) -> list[int]:
    """Share an amount out in proportion to weights; what rounding leaves goes to the first ones."""
    whole = sum(weights)
    if whole <= 0:
        return [0] * len(weights)
    step = 100
    pence, rest = divmod(amount, step)
    shares = [pence * weight // whole * step for weight in weights]
    left = amount - sum(shares) - rest
    order = sorted(range(len(weights)), key=lambda place: -weights[place])
    for place in order:
        if left < step:
            break
        shares[place] += step
        left -= step
    shares[order[0]] += amount - sum(shares)
    return shares


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}…"
