"""Whether a supplier could deliver to an address (R4.3, CLN-03). Addresses are free text."""

from __future__ import annotations

import re

ADDRESS_MAX = 1_000
"""Characters of an address."""

_PARTS = re.compile(r"[\n,;]+")


def tidy(address: str) -> str:
    """The address with single blanks, without empty lines and stray commas."""
    lines = (" ".join(line.split()).strip(",; ") for line in address.splitlines())
    return "\n".join(line for line in lines if line)


def missing_parts(address: str) -> tuple[str, ...]:
    """What a delivery would lack: "street" and "town", or only "town"; empty when complete.

    Lines and commas part an address. Its first part with a letter or a number is the street (or
    the house), and one of the others has to name the place: by letters, or by a postcode.
    """
    parts = [part for part in _PARTS.split(address) if any(c.isalnum() for c in part)]
    if not any(any(c.isalpha() for c in part) for part in parts):
        return ("street", "town")
    # "12, Mill Lane" names a house and its street, not yet a town.
    if parts[0].strip().isdigit():
        parts = parts[1:]
    return () if len(parts) > 1 else ("town",)


def why_undeliverable(address: str) -> str | None:
    """``no_address`` | ``address_incomplete``, or None where a supplier could deliver."""
    missing = missing_parts(address)
    if not missing:
        return None
    return "no_address" if len(missing) > 1 else "address_incomplete"


__all__ = ["ADDRESS_MAX", "missing_parts", "tidy", "why_undeliverable"]
