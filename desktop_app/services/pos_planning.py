"""From what a till said to what will be written: names found, figures checked (R7.1 to R7.3).

Reads only. Whatever does not fit is a Rejected with the row it stands in: the message is parked
with it, and nothing is guessed.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, select

from .errors import Rejected
from .pos_shapes import DISPOSITIONS, METHODS, UNIT, Line, Payment, Transaction
from .rules.money import half_up
from .store.tables import barcode, bundle_part, channel, company, currency, product, warehouse

ROWS_MAX = 2_000
QUANTITY_MAX = 1_000_000 * UNIT
MONEY_MAX = 1_000_000_000 * UNIT
"""Of a row or payment: above it somebody's scanner hit the wrong field."""

TILL_BEHIND = timedelta(days=7)
"""A till's own time counts for the order of sales only within this (reliability 3.12)."""

_UNWANTED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_NAME = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{1,200}")


@dataclass(frozen=True, slots=True)
class Shop:
    """The channel that a message came in on."""

    id: int
    code: str
    name: str
    warehouse_id: int | None
    automatic_invoicing: bool


@dataclass(frozen=True, slots=True)
class Item:
    """A product as the intake needs it; ``parts`` of a bundle: (item, units per bundle)."""

    id: int
    sku: str
    name: str
    kind: str
    parts: tuple[tuple[Item, int], ...] = ()


@dataclass(slots=True)
class PlannedRow:
    """A row to write: ``ordered`` and ``price`` in ten-thousandths, ``net`` and ``tax`` minor.

    ``parent``: index of the bundle's row that it is a component of.
    """

    item: Item | None
    kind: str
    description: str
    warehouse_id: int
    method: str
    ordered: int
    price: int
    tax_rate: int
    net: int
    tax: int
    external_id: str | None
    parent: int | None = None
    disposition: str = "none"
    reason: str = ""
    of_line: str = ""


@dataclass(frozen=True, slots=True)
class Money:
    """A payment in minor units."""

    amount: int
    method: str
    external_id: str | None
    paid_at: datetime


@dataclass(slots=True)
class Plan:
    """One transaction, ready to be written but for what stands in stock."""

    transaction: Transaction
    shop: Shop
    currency: str
    placed_at: datetime
    time: str
    """``till``, or ``arrival`` where the till's time was missing or absurd."""
    warehouse_id: int
    rows: list[PlannedRow] = field(default_factory=list)
    payments: list[Money] = field(default_factory=list)
    refund_rows: list[PlannedRow] = field(default_factory=list)
    refunds: list[Money] = field(default_factory=list)

    @property
    def total(self) -> int:
        """What the sale comes to, minor units."""
        return sum(row.net + row.tax for row in self.rows)

    @property
    def refund_total(self) -> int:
        """What the refund comes to, minor units."""
        return sum(row.net + row.tax for row in self.refund_rows)


def clean(words: str, most: int) -> str:
    """Text as the books keep it: no control characters, cut to its column."""
    return _UNWANTED.sub(" ", words).strip()[:most]


def key_of(shop: Shop, *parts: str) -> str:
    """A sender's id made unique over channels; a digest where it is too long for its column."""
    whole = ":".join((shop.code, *parts))
    if len(whole) <= 120:
        return whole
    return f"{shop.code}:{hashlib.sha256(whole.encode()).hexdigest()}"


def shop_of(db: Connection, code: str) -> Shop:
    """Return the channel; raises Rejected("unknown_channel")."""
    row = db.execute(_CHANNEL, {"code": code}).one_or_none()
    if row is None:
        raise Rejected("unknown_channel", given=code)
    return Shop(row.id, row.code, row.name, row.warehouse_id, bool(row.automatic_invoicing))


_CHANNEL = select(channel).where(channel.c.code == bindparam("code"))
_CURRENCY = select(currency.c.digits).where(currency.c.code == bindparam("code"))
_OWN_CURRENCY = select(company.c.currency)
_WAREHOUSES = select(warehouse.c.id, warehouse.c.code).where(
    warehouse.c.code.in_(bindparam("codes", expanding=True)), warehouse.c.active == 1
)


def plan(db: Connection, shop: Shop, transaction: Transaction, received_at: datetime) -> Plan:
    """Plan one transaction; raises Rejected with the reason it cannot be taken in as it is."""
    _check_ids(transaction)
    code = transaction.currency or db.execute(_OWN_CURRENCY).scalar_one()
    digits = db.execute(_CURRENCY, {"code": code}).scalar_one_or_none()
    if digits is None:
        raise Rejected("shop_currency_unknown", currency=clean(transaction.currency, 20))
    placed_at, source = _time(transaction.rung_at, received_at)
    lines = (*transaction.lines, *transaction.refund_lines)
    if len(lines) > ROWS_MAX:
        raise Rejected("shop_rows_too_many", count=len(lines), most=ROWS_MAX)
    for place, line in enumerate(transaction.lines, 1):
        _check_line(place, line, refund=False)
    for place, line in enumerate(transaction.refund_lines, 1):
        _check_line(place, line, refund=True)
    places = _places(db, transaction, shop)
    items = find_items(db, _looked_up(transaction))
    made = Plan(transaction, shop, code, placed_at, source, places[""])
    for place, line in enumerate(transaction.lines, 1):
        _add_rows(made.rows, made, place, line, items, places, digits)
    for place, line in enumerate(transaction.refund_lines, 1):
        _add_rows(made.refund_rows, made, place, line, items, places, digits)
    _reconcile(made.rows, transaction.lines, transaction.total, digits, made)
    _reconcile(made.refund_rows, transaction.refund_lines, transaction.refund_total, digits, made)
    made.payments = _moneys(made, transaction.payments, "payment", digits)
    made.refunds = _moneys(made, transaction.refunds, "refund", digits)
    return made


def _check_ids(transaction: Transaction) -> None:
    if not _NAME.fullmatch(transaction.transaction_id):
        raise Rejected("shop_id_unusable")
    if transaction.refund_of and not _NAME.fullmatch(transaction.refund_of):
        raise Rejected("shop_id_unusable")
    named = [line.external_id for line in transaction.lines if line.external_id]
    twice = sorted({clean(one, 60) for one in named if named.count(one) > 1})
    if twice:
        raise Rejected("shop_row_twice", twice)


def _time(rung_at: datetime | None, received_at: datetime) -> tuple[datetime, str]:
    """The till's time within a week back and not in the future, else arrival's (reliability 3.12)."""
    if rung_at is not None and received_at - TILL_BEHIND <= rung_at <= received_at:
        return rung_at.astimezone(UTC), "till"
    return received_at, "arrival"


def _check_line(place: int, line: Line, *, refund: bool) -> None:
    """Figures that a shop can mean; the row is named by its place."""
    goods = line.kind == "goods"
    if not refund and line.method not in METHODS:
        raise Rejected("shop_method_unknown", row=place, method=clean(str(line.method), 40))
    if refund and line.disposition not in DISPOSITIONS:
        raise Rejected(
            "shop_disposition_unknown", row=place, disposition=clean(str(line.disposition), 40)
        )
    if line.quantity <= 0 or line.quantity > QUANTITY_MAX:
        raise Rejected("shop_quantity_absurd", row=place, units=_shown(line.quantity))
    for amount in (line.net, line.tax, line.price):
        if abs(amount) > MONEY_MAX or (amount < 0 and goods):
            raise Rejected("shop_money_absurd", row=place, amount=_shown(amount))
    if not 0 <= line.tax_rate <= 10_000:
        raise Rejected("shop_tax_absurd", row=place, rate=_shown(line.tax_rate * 100))


def _shown(number: int) -> int:
    """A figure that a sentence may hold: whatever was sent, it fits 64 bits."""
    return max(min(number, 10**18), -(10**18))


def _looked_up(transaction: Transaction) -> list[Line]:
    """The lines whose product is to be found: a refund's row that names its sale's row is that's."""
    linked = bool(transaction.refund_of)
    return [line for line in transaction.lines if line.kind == "goods"] + [
        line
        for line in transaction.refund_lines
        if line.kind == "goods" and not (linked and line.of_line)
    ]


def _places(db: Connection, transaction: Transaction, shop: Shop) -> dict[str, int]:
    """Warehouse code to id; "" is the shop's own, or the first that the sale ships from."""
    codes = sorted({line.ship_from for line in transaction.lines if line.ship_from})
    found: dict[str, int] = {}
    if codes:
        found = {row.code: row.id for row in db.execute(_WAREHOUSES, {"codes": codes})}
        unknown = [code for code in codes if code not in found]
        if unknown:
            raise Rejected("shop_warehouse_unknown", [clean(code, 40) for code in unknown])
    own = shop.warehouse_id or next(iter(found.values()), None)
    if own is None:
        raise Rejected("shop_without_warehouse", channel=shop.name)
    return {"": own, **found}


# --- products -----------------------------------------------------------------------------------

_COLUMNS = (product.c.id, product.c.sku, product.c.name, product.c.kind, product.c.external_id)
_BY_SKU = select(*_COLUMNS).where(product.c.sku.in_(bindparam("codes", expanding=True)))
_BY_REF = select(*_COLUMNS).where(product.c.external_id.in_(bindparam("codes", expanding=True)))
_BY_BARCODE = (
    select(*_COLUMNS, barcode.c.code)
    .join(barcode, barcode.c.product_id == product.c.id)
    .where(barcode.c.code.in_(bindparam("codes", expanding=True)))
)
_PARTS = (
    select(bundle_part.c.bundle_id, bundle_part.c.quantity, *_COLUMNS)
    .join(product, product.c.id == bundle_part.c.product_id)
    .where(bundle_part.c.bundle_id.in_(bindparam("ids", expanding=True)))
    .order_by(bundle_part.c.bundle_id, product.c.id)
)


def find_items(db: Connection, lines: Sequence[Line]) -> dict[tuple[str, str, str], Item]:
    """Products by (sku, barcode, product_ref) of lines; raises Rejected("shop_products_unknown").

    SKU first, then barcode, then the sender's own id of the product; all three exactly.
    """
    wanted = {(line.sku, line.barcode, line.product_ref): line for line in lines}
    rows: dict[tuple[str, str, str], Any] = {}
    for index, query, column in (
        (0, _BY_SKU, "sku"), (1, _BY_BARCODE, "code"), (0, _BY_BARCODE, "code"),
        (2, _BY_REF, "external_id"),
    ):  # fmt: skip
        codes = sorted({names[index] for names in wanted if names not in rows and names[index]})
        if not codes:
            continue
        found = {getattr(row, column): row for row in db.execute(query, {"codes": codes})}
        rows |= {
            names: found[names[index]]
            for names in wanted
            if names not in rows and names[index] in found
        }
    unknown = [line for names, line in wanted.items() if names not in rows]
    if unknown:
        raise Rejected("shop_products_unknown", list(dict.fromkeys(map(_name, unknown))))
    parts = _parts_of(db, {row.id for row in rows.values() if row.kind == "bundle"})
    return {
        names: Item(row.id, row.sku, row.name, row.kind, parts.get(row.id, ()))
        for names, row in rows.items()
    }


def _name(line: Line) -> str:
    named = line.sku or line.barcode or line.product_ref
    words = f"{named} ({line.description})" if named and line.description else ""
    return clean(words or named or line.description or "?", 120)


def _parts_of(db: Connection, ids: set[int]) -> dict[int, tuple[tuple[Item, int], ...]]:
    if not ids:
        return {}
    found: dict[int, list[tuple[Item, int]]] = defaultdict(list)
    for row in db.execute(_PARTS, {"ids": sorted(ids)}):
        found[row.bundle_id].append((Item(row.id, row.sku, row.name, row.kind), row.quantity))
    return {key: tuple(parts) for key, parts in found.items()}


# --- rows and money -----------------------------------------------------------------------------


def _add_rows(
    rows: list[PlannedRow],
    made: Plan,
    place: int,
    line: Line,
    items: Mapping[tuple[str, str, str], Item],
    places: Mapping[str, int],
    digits: int,
) -> None:
    """The row of a line, and of a bundle its components under it (R2.2, R3.8)."""
    item = items.get((line.sku, line.barcode, line.product_ref)) if line.kind == "goods" else None
    kind = item.kind if item is not None else "text"
    _check_whole(place, item, line.quantity)
    where = places[line.ship_from] if line.method != "now" else places[""]
    external = None
    if line.external_id:
        external = key_of(made.shop, made.transaction.transaction_id, line.external_id)
    # What the row comes to is rounded, not its parts: 9.99 with tax stays 9.99 (R1.5).
    net = _minor(line.net, digits)
    own = PlannedRow(
        item, kind, _described(line, item), where, line.method, line.quantity, line.price,
        line.tax_rate, net, _minor(line.net + line.tax, digits) - net, external,
        disposition=line.disposition if line.kind == "goods" else "none",
        reason=clean(line.reason, 60), of_line=line.of_line,
    )  # fmt: skip
    rows.append(own)
    index = len(rows) - 1
    for part, units in item.parts if item is not None else ():
        needed = half_up(line.quantity * units, UNIT)
        _check_whole(place, part, needed)
        rows.append(
            PlannedRow(
                part, part.kind, part.name[:200], where, line.method, needed, 0, line.tax_rate, 0,
                0, None, index, line.disposition, own.reason,
            )
        )  # fmt: skip


def _check_whole(place: int, item: Item | None, units: int) -> None:
    """R1.5: stock-tracked products count whole units."""
    if item is not None and item.kind == "stock" and (units <= 0 or units % UNIT):
        raise Rejected("shop_unit_broken", row=place, sku=item.sku, units=_shown(units))


def _described(line: Line, item: Item | None) -> str:
    said = clean(line.description, 200)
    return said or (item.name[:200] if item is not None else clean(line.external_id, 200) or "-")


def _minor(amount: int, digits: int) -> int:
    return half_up(amount * _power(digits), UNIT)


@cache
def _power(digits: int) -> int:
    return int(10**digits)


def _reconcile(
    rows: list[PlannedRow], lines: Iterable[Line], total: int | None, digits: int, made: Plan
) -> None:
    """Hold the rows to what the till took: a difference of rounding becomes a row, others park."""
    exact = sum(line.net + line.tax for line in lines)
    rounded = sum(row.net + row.tax for row in rows)
    if rounded < 0 or exact > MONEY_MAX:
        raise Rejected("shop_money_absurd", row=0, amount=_shown(exact))
    if total is None:
        return
    said = _minor(total, digits)
    if said == rounded:
        return
    if _minor(exact, digits) != said:
        raise Rejected(
            "shop_total_differs", total=_shown(said), rows=_shown(rounded),
            currency=made.currency, digits=digits,
        )  # fmt: skip
    rest = said - rounded
    rows.append(
        PlannedRow(
            None, "text", "Rounding", made.warehouse_id, "now", UNIT,
            rest * UNIT // _power(digits), 0, rest, 0, None,
        )
    )  # fmt: skip


def _moneys(made: Plan, payments: Sequence[Payment], what: str, digits: int) -> list[Money]:
    """Payments in minor units; 0 says nothing, less than 0 or parts of a penny are parked."""
    found = []
    for one in payments:
        minor = _minor(one.amount, digits)
        broken = minor * UNIT != one.amount * _power(digits)
        if one.amount < 0 or one.amount > MONEY_MAX or broken:
            raise Rejected("shop_payment_absurd", amount=_shown(one.amount))
        if minor == 0:
            continue
        when = one.paid_at
        if when is None or not made.placed_at - TILL_BEHIND <= when <= made.placed_at + TILL_BEHIND:
            when = made.placed_at
        external = None
        if one.external_id:
            external = key_of(made.shop, what, clean(one.external_id, 200))
        found.append(Money(minor, clean(one.method, 40), external, when))
    named = [one.external_id for one in found if one.external_id]
    if len(set(named)) < len(named):
        raise Rejected("shop_payment_twice", [one.external_id for one in payments])
    return found
