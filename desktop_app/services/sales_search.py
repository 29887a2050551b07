"""From what was typed into the find box to a filter of Recent sales (SAL-01)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, func, or_, select

from .lists import Among, folded, like_pattern
from .rules.sale_status import Axis
from .rules.search_tokens import Token, parse
from .sales_filter import Eta, SalesFilter
from .store.tables import channel, customer, order_status, product, supplier, warehouse


@dataclass(frozen=True, slots=True)
class Understood:
    """The filter that was meant, and the tokens that mean nothing here, as typed."""

    where: SalesFilter
    unknown: tuple[str, ...] = ()


ALIASES = {
    "pay": "payment", "paid": "payment", "alloc": "allocation", "allocated": "allocation",
    "ful": "fulfilment", "fulfilled": "fulfilment", "ship": "shipping", "shipped": "shipping",
    "inv": "invoiced", "invoice": "invoiced", "ref": "reference", "item": "sku",
}  # fmt: skip

_NONE, _PART, _ALL = int(Axis.NONE), int(Axis.PART), int(Axis.ALL)
AXIS_WORDS = {
    "none": _NONE, "no": _NONE, "not": _NONE, "unpaid": _NONE, "part": _PART, "partly": _PART,
    "partially": _PART, "all": _ALL, "yes": _ALL, "full": _ALL, "fully": _ALL, "paid": _ALL,
    "na": int(Axis.NOT_APPLICABLE),
}  # fmt: skip
ETA_WORDS = {
    "late": Eta.LATE, "week": Eta.THIS_WEEK, "this_week": Eta.THIS_WEEK, "none": Eta.NONE,
}  # fmt: skip
YES, NO = {"yes", "true", "1", "all"}, {"no", "false", "0", "none"}

_PO = re.compile(r"^(?:po)[\s#-]*(\d{1,9})$", re.IGNORECASE)


def understand(db: Connection, typed: str, base: SalesFilter | None = None) -> Understood:
    """Add what was typed to ``base``: tokens as conditions, the other words as its text.

    "PO 5012" alone means the sales of that purchase order.
    """
    asked = parse(typed, KEYS)
    where = replace(base or SalesFilter(), text=asked.words)
    order = _PO.match(asked.words)
    if order is not None:
        where = replace(where, text="", po_number=int(order.group(1)))
    unknown = []
    for token in asked.tokens:
        changed = _READERS[ALIASES.get(token.key, token.key)](db, token)
        if changed is None:
            unknown.append(token.text)
        else:
            where = replace(where, **changed)
    return Understood(where, tuple(unknown))


Read = Callable[[Connection, Token], dict[str, Any] | None]


def _axis(field: str) -> Read:
    def read(_db: Connection, token: Token) -> dict[str, Any] | None:
        values = [AXIS_WORDS.get(value.lower()) for value in token.values]
        known = [value for value in values if value is not None]
        if len(known) < len(values) or token.sign != "=":
            return None
        return {field: Among(frozenset(known), token.out)}

    return read


def _by_name(field: str, table: Any, *columns: str) -> Read:
    """Any record of which a column says just this, else any that begins so."""

    def read(db: Connection, token: Token) -> dict[str, Any] | None:
        found: set[int] = set()
        if token.sign != "=":
            return None
        for value in token.values:
            found |= set(_named(db, table, columns, folded(value)))
        return {field: Among(frozenset(found), token.out)} if found else None

    return read


def _named(db: Connection, table: Any, columns: tuple[str, ...], value: str) -> list[int]:
    texts = [func.lower(table.c[name]) for name in columns]
    query = select(table.c.id)
    if table is order_status:
        query = query.where(table.c.document == "SO")
    exact = list(db.execute(query.where(or_(*(t == value for t in texts)))).scalars())
    begins = like_pattern(value) + "%"
    return exact or list(
        db.execute(query.where(or_(*(t.like(begins, escape="\\") for t in texts)))).scalars()
    )


def _yes_no(field: str) -> Read:
    def read(_db: Connection, token: Token) -> dict[str, Any] | None:
        value = token.values[0].lower()
        if value not in YES | NO or token.sign != "=":
            return None
        return {field: (value in YES) != token.out}

    return read


def _short(_db: Connection, token: Token) -> dict[str, Any] | None:
    said = (token.sign, token.values[0].lower())
    if said in {(">", "0"), (">=", "1"), ("=", "yes")}:
        return {"short": not token.out}
    if said in {("=", "0"), ("<", "1"), ("<=", "0"), ("=", "no")}:
        return {"short": token.out}
    return None


def _eta(_db: Connection, token: Token) -> dict[str, Any] | None:
    eta = ETA_WORDS.get(token.values[0].lower())
    return None if eta is None or token.out or token.sign != "=" else {"eta": eta}


def _purchase_order(db: Connection, token: Token) -> dict[str, Any] | None:
    value = token.values[0].lower()
    if value.isascii() and value.isdigit() and len(value) <= 9 and not token.out:
        return {"po_number": int(value)}
    return _yes_no("has_po")(db, token)


def _placed(_db: Connection, token: Token) -> dict[str, Any] | None:
    """``placed:30d``: the last 30 days; ``placed:>=2026-05-01``: by the day here."""
    value = token.values[0].lower()
    if re.fullmatch(r"[1-9]\d{0,4}d", value) and token.sign == "=" and not token.out:
        return {"placed_days": int(value[:-1])}
    try:
        day = date.fromisoformat(value)
        begins, ends = _midnight(day), _midnight(day + timedelta(days=1))
    except (ValueError, OverflowError, OSError):
        return None
    if token.out:
        return None
    return {
        "=": {"placed_from": begins, "placed_before": ends},
        ">": {"placed_from": ends},
        ">=": {"placed_from": begins},
        "<": {"placed_before": begins},
        "<=": {"placed_before": ends},
    }[token.sign]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min).astimezone().astimezone(UTC)


def _text(field: str) -> Read:
    def read(_db: Connection, token: Token) -> dict[str, Any] | None:
        return None if token.out or token.sign != "=" else {field: token.values[0]}

    return read


_READERS: dict[str, Read] = {
    "channel": _by_name("channel", channel, "code", "name", "kind"),
    "status": _by_name("status", order_status, "name"),
    "warehouse": _by_name("warehouse", warehouse, "code", "name"),
    "customer": _by_name("customer", customer, "name"),
    "supplier": _by_name("supplier", supplier, "name"),
    "product": _by_name("product", product, "sku"),
    "payment": _axis("payment"),
    "allocation": _axis("allocation"),
    "fulfilment": _axis("fulfilment"),
    "shipping": _axis("shipping"),
    "invoiced": _yes_no("invoiced"),
    "short": _short,
    "eta": _eta,
    "po": _purchase_order,
    "placed": _placed,
    "sku": _text("sku"),
    "reference": _text("reference"),
}
KEYS = frozenset(_READERS) | frozenset(ALIASES)
"""What may stand before the colon."""
