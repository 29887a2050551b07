"""What each test's database begins with: a company set up as a new one is, and two more people.

`company.set_up` numbers from 1 in the order given, so the ids below are known; `test_fixtures.py`
holds them to it.
"""

from datetime import UTC, datetime

from sqlalchemy import insert

from desktop_app.services import company
from desktop_app.services.store.engine import Store
from desktop_app.services.store.tables import person

AT = datetime(2026, 5, 1, 9, tzinfo=UTC)
"""When the first sale of the tests' world was placed (R5.12's 1 May)."""

LOGIN = {"manager": "mary", "buyer": "ben", "clerk": "cleo"}

MAIN, SHOP = 1, 2
"""Warehouses."""

MAIN_BIN, MAIN_QUARANTINE, SHOP_BIN, SHOP_QUARANTINE = 1, 2, 3, 4
BIN = {MAIN: MAIN_BIN, SHOP: SHOP_BIN}
"""Locations: one for stock and one for quarantine in each warehouse."""

DIRECT = 1
"""The channel."""

WALK_IN = 1
"""The customer."""

SALE_STATUS = {name: number for number, (name, *_) in enumerate(company.SALE_STATUSES, 1)}
"""Name to id: New, Quote, On order, Back order, Ready to ship, On hold, Shipped, Cancelled."""

PURCHASE_STATUS = {
    name: number
    for number, (name, *_) in enumerate(company.PURCHASE_STATUSES, len(company.SALE_STATUSES) + 1)
}


def lay(store: Store) -> None:
    """Set up the company and its people: mary the manager, ben the buyer, cleo the clerk."""
    company.set_up(
        store,
        name="Test Company",
        warehouses=(("MAIN", "Main warehouse"), ("SHOP", "Shop")),
        login=LOGIN["manager"],
        person_name="Mary Manager",
    )
    with store.writes.connect() as db, db.begin():
        db.execute(
            insert(person),
            [
                {"login": LOGIN["buyer"], "name": "Ben Buyer", "role": "buyer"},
                {"login": LOGIN["clerk"], "name": "Cleo Clerk", "role": "clerk"},
            ],
        )
