"""The sample company Wren & Harbour (FRS-02): made by a fixed seed, in seconds, around a day.

    store = engine.create(address)
    sample.create(store)                 # people: manager, buyer, clerk

Everything is relative to ``today``, so that its figures look alive whenever it is made; the same
day gives the same company. The eight documented shop orders 3838 to 3846 are in it (R7.8).
"""

from __future__ import annotations

import random
from datetime import date

from sqlalchemy import select

from .. import company
from ..lists import today as this_day
from ..store import tables as t
from ..store.engine import Store
from . import goods, orders, purchases, writing

SEED = 20260501
NAME = "Wren & Harbour"
WAREHOUSES = (
    ("MAIN", "Harbour warehouse"),
    ("STORE", "Quay Street shop"),
    ("NORTH", "North depot"),
)


def create(store: Store, today: date | None = None) -> None:
    """Set up the sample company in a new, empty database. Raises what ``company.set_up`` raises."""
    day = today or this_day()
    company.set_up(
        store, name=NAME, warehouses=WAREHOUSES, login="manager", person_name="Harriet Wren",
        is_sample=True,
    )  # fmt: skip
    rng = random.Random(SEED)
    with store.writes.connect() as db, db.begin():
        fixed = goods.lay(db, rng)
        sales = orders.decide(rng, fixed, day)
        bought = purchases.decide(rng, fixed, sales, day)
        books = writing.Books(db, rng, fixed, day)
        codes = db.execute(
            select(t.barcode.c.code, t.barcode.c.product_id).order_by(t.barcode.c.code)
        )
        scanned = {row.product_id: row.code for row in reversed(codes.all())}
        writing.write_sales(books, sales)
        writing.write_orders(books, bought, scanned)
        writing.write_stock(books, sales)
        books.write()
        writing.set_counters(db, books, sales[-1].number, bought[-1].number)
