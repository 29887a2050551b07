"""A small large company with ties and blanks in it, and its rows as plain values: an oracle."""

import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from desktop_app.services import large_sample
from desktop_app.services.backend import Backend
from desktop_app.services.lists import today
from desktop_app.services.store import tables as t
from desktop_app.services.store.engine import Store


def fill(store: Store, sales: int = 240, seed: int = 5) -> Backend:
    """Like `large_sample`, but half of the sales alive, many placed at once, some blanks."""
    live, large_sample.LIVE_SHARE = large_sample.LIVE_SHARE, 0.5
    try:
        large_sample.build(store, sales=sales, seed=seed)
    finally:
        large_sample.LIVE_SHARE = live
    dice = random.Random(seed)
    with store.writes.connect() as db, db.begin():
        for row in db.execute(select(t.sale.c.id, t.sale.c.placed_at)).all():
            at = row.placed_at.replace(hour=12, minute=0, second=0, microsecond=0)
            values: dict[str, Any] = {"placed_at": at - timedelta(days=at.toordinal() % 9)}
            if dice.random() < 0.2:
                values["channel_id"] = None
            if dice.random() < 0.3:
                values["reference"] = dice.choice(["ÄPFEL 1", "100%", "a_b", ""])
            db.execute(update(t.sale).where(t.sale.c.id == row.id).values(values))
        for key in db.execute(select(t.purchase_order.c.id)).scalars().all():
            day = today() + timedelta(days=dice.randrange(-5, 9))
            values = {"expected_on": dice.choice([None, day, day])}
            if dice.random() < 0.2:
                values["status_id"] = None
            db.execute(update(t.purchase_order).where(t.purchase_order.c.id == key).values(values))
        for key in db.execute(select(t.purchase_row.c.id)).scalars().all():
            if dice.random() < 0.2:
                day = today() + timedelta(days=dice.randrange(-5, 9))
                changed = update(t.purchase_row).where(t.purchase_row.c.id == key)
                db.execute(changed.values(expected_on=day))
        sold = select(t.sale_row.c.id).where(t.sale_row.c.id % 40 == 0)
        db.execute(update(t.sale_row).where(t.sale_row.c.id.in_(sold)).values(method="now"))
    return Backend.sign_in(store, "manager")


@dataclass
class Facts:
    """Everything the lists are about, read table by table and joined here, not in SQL."""

    sales: list[Any]
    rows: dict[int, list[Any]]
    """By sale."""
    pegs: dict[int, list[Any]]
    """By sale: (units live, day or None, order, product)."""
    orders: list[Any]
    po_rows: dict[int, list[Any]]
    customers: dict[int, Any]
    suppliers: dict[int, Any]
    statuses: dict[int, Any]
    products: dict[int, Any]
    offers: list[Any]


def facts(backend: Backend) -> Facts:
    with backend.store.reading() as db:
        every = {
            table.name: db.execute(select(table)).all()
            for table in (
                t.sale, t.sale_row, t.peg, t.purchase_row, t.purchase_order, t.customer, t.supplier,
                t.order_status, t.product, t.offer,
            )
        }  # fmt: skip
    by_id = {name: {r.id: r for r in rows} for name, rows in every.items()}
    rows, po_rows, pegs = defaultdict(list), defaultdict(list), defaultdict(list)
    for row in every["sale_row"]:
        rows[row.sale_id].append(row)
    for row in every["purchase_row"]:
        po_rows[row.po_id].append(row)
    for peg in every["peg"]:
        po_row = by_id["purchase_row"][peg.po_row_id]
        order = by_id["purchase_order"][po_row.po_id]
        day = po_row.expected_on or order.expected_on
        pegs[by_id["sale_row"][peg.sale_row_id].sale_id].append((peg.live, day, order))
    return Facts(
        every["sale"], rows, pegs, every["purchase_order"], po_rows, by_id["customer"], by_id["supplier"],
        by_id["order_status"], by_id["product"], every["offer"],
    )  # fmt: skip
