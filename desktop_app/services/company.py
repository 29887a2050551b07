"""Setting up a new, empty company: what every database needs before its first document."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from sqlalchemy import Connection, insert, select

from .backend import now
from .errors import Rejected
from .store.engine import Store
from .store.tables import (
    channel,
    company,
    counter,
    currency,
    customer,
    location,
    order_status,
    person,
    warehouse,
)

FIRST_NUMBERS = {
    "sale": 1, "purchase_order": 1, "goods_in": 1, "goods_out": 1, "invoice": 1, "supplier": 1,
    "credit": 1, "transfer": 1, "stock_count": 1,
}  # fmt: skip

CURRENCIES = {"GBP": 2, "EUR": 2, "USD": 2, "JPY": 0, "CHF": 2, "SEK": 2, "AUD": 2, "CAD": 2}
"""Code to digits of the currencies a new company knows; rates start at 1 and are set by people."""

SALE_STATUSES = (
    ("New", "#667182", ()),
    ("Quote", "#7A3FC0", ("is_quote",)),
    ("On order", "#0B7A75", ()),
    ("Back order", "#B36A00", ()),
    ("Ready to ship", "#1B5FC1", ()),
    ("On hold", "#B36A00", ("is_on_hold",)),
    ("Shipped", "#0F7A38", ("is_closed",)),
    ("Cancelled", "#B3261E", ("is_cancelled",)),
)
PURCHASE_STATUSES = (
    ("Draft", "#667182"),
    ("Placed with supplier", "#1B5FC1"),
    ("Part received", "#B36A00"),
    ("Received", "#0F7A38"),
)


def set_up(
    store: Store,
    *,
    name: str,
    base_currency: str = "GBP",
    warehouses: Sequence[tuple[str, str]] = (("MAIN", "Main warehouse"),),
    login: str = "manager",
    person_name: str = "Manager",
    is_sample: bool = False,
) -> None:
    """Write everything a database needs before its first document, in one transaction.

    Company, first manager, currencies, warehouses with a default location each, order statuses,
    counters. Raises Rejected("already_set_up" | "company_name_missing" | ...).
    """
    if not name.strip():
        raise Rejected("company_name_missing")
    if len(base_currency) != 3 or not base_currency.isascii() or not base_currency.isupper():
        raise Rejected("unknown_currency", currency=base_currency)
    if not warehouses:
        raise Rejected("warehouse_missing")
    with store.writes.connect() as db, db.begin():
        if db.execute(select(company.c.id)).first() is not None:
            raise Rejected("already_set_up")
        db.execute(
            insert(company).values(
                id=1, database_id=str(uuid4()), name=name.strip(), currency=base_currency,
                is_sample=int(is_sample), created_at=now(),
            )
        )  # fmt: skip
        db.execute(insert(person).values(login=login, name=person_name, role="manager"))
        known = {base_currency: 2} | CURRENCIES
        db.execute(
            insert(currency), [{"code": code, "digits": digits} for code, digits in known.items()]
        )
        for code, title in warehouses:
            made = db.execute(
                insert(warehouse).values(code=code, name=title).returning(warehouse.c.id)
            )
            place = made.scalar_one()
            db.execute(
                insert(location),
                [
                    {"warehouse_id": place, "code": "GOODS-IN", "kind": "stock", "is_default": 1},
                    {
                        "warehouse_id": place,
                        "code": "QUARANTINE",
                        "kind": "quarantine",
                        "is_default": 0,
                    },
                ],
            )
        _statuses(db)
        db.execute(
            insert(counter),
            [{"name": kind, "next_number": first} for kind, first in FIRST_NUMBERS.items()],
        )
        db.execute(insert(channel).values(code="DIRECT", name="Direct sales", kind="trade"))
        db.execute(insert(customer).values(external_id="walk-in", name="Walk-in customer"))


def _statuses(db: Connection) -> None:
    rows = [
        {
            "document": "SO", "name": title, "colour": colour, "position": place,
            **{flag: int(flag in flags) for flag in ("is_quote", "is_cancelled", "is_on_hold", "is_closed")},
        }
        for place, (title, colour, flags) in enumerate(SALE_STATUSES)
    ] + [
        {
            "document": "PO", "name": title, "colour": colour, "position": place,
            "is_quote": 0, "is_cancelled": 0, "is_on_hold": 0, "is_closed": 0,
        }
        for place, (title, colour) in enumerate(PURCHASE_STATUSES)
    ]  # fmt: skip
    db.execute(insert(order_status), rows)
