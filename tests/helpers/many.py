"""Many records at once, for the statement guards, the scale tests and the benchmarks.

Nothing has happened to them yet: no stock, nothing reserved, nothing ordered. A fixed number of
statements whatever their number, so 5,000 sales take seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text

from desktop_app.services.backend import Backend
from desktop_app.services.rules.money import half_up, row_total, units
from desktop_app.services.store import tables as t
from desktop_app.services.store.bulk import insert_many, next_ids, next_numbers
from tests.helpers import foundation as f


@dataclass(frozen=True, slots=True)
class Many:
    """Ids in the order made; `rows[i]` are those of `sales[i]`."""

    sales: list[int]
    rows: list[list[int]]


def many_products(backend: Backend, how_many: int, suppliers: Sequence[int] = ()) -> list[int]:
    """Products that cost 2.00; the n-th is bought from supplier n modulo their number, as primary."""
    with backend.store.writes.begin() as db:
        ids = next_ids(db, t.product, how_many)
        insert_many(db, t.product, [
            {"id": key, "sku": f"M{key}", "name": f"Product M{key}", "kind": "stock", "price": units("5.00")}
            for key in ids
        ])  # fmt: skip
        if suppliers:
            offers = next_ids(db, t.offer, how_many)
            insert_many(db, t.offer, [
                {"id": offer, "supplier_id": suppliers[n % len(suppliers)], "product_id": key, "is_primary": 1}
                for n, (offer, key) in enumerate(zip(offers, ids, strict=True))
            ])  # fmt: skip
            insert_many(db, t.offer_price, [
                {"offer_id": offer, "minimum": 0, "cost": units("2.00")} for offer in offers
            ])  # fmt: skip
    return ids


def look_again(backend: Backend) -> None:
    """What a server does by itself within a minute of many writes; the tests' has that put off."""
    if backend.store.is_postgres:
        with backend.store.writes.begin() as db:
            db.execute(text("ANALYZE"))


def many_sales(
    backend: Backend,
    how_many: int,
    products: Sequence[int],
    *,
    rows_each: int = 1,
    ordered: int = 2,
) -> Many:
    """Sales a minute apart, rows of `ordered` units each, going round the products."""
    quantity, price = units(ordered), units("5.00")
    net = row_total(quantity, price)
    tax = half_up(net * 20, 100)
    with backend.store.writes.begin() as db:
        numbers = next_numbers(db, "sale", how_many)
        ids = next_ids(db, t.sale, how_many)
        insert_many(db, t.sale, [
            {
                "id": key, "number": number, "placed_at": f.AT + timedelta(minutes=number),
                "customer_id": f.WALK_IN, "channel_id": f.DIRECT, "warehouse_id": f.MAIN,
                "status_id": f.SALE_STATUS["New"], "currency": "GBP", "net": net * rows_each,
                "tax": tax * rows_each, "total": (net + tax) * rows_each, "row_count": rows_each,
                "short": quantity * rows_each, "search": f"{number} walk-in customer",
            }
            for key, number in zip(ids, numbers, strict=True)
        ])  # fmt: skip
        row_ids = next_ids(db, t.sale_row, how_many * rows_each)
        rows = [row_ids[n * rows_each : (n + 1) * rows_each] for n in range(how_many)]
        insert_many(db, t.sale_row, [
            {
                "id": row, "sale_id": sale, "position": place + 1,
                "product_id": products[(n * rows_each + place) % len(products)], "kind": "stock",
                "description": "", "warehouse_id": f.MAIN, "ordered": quantity, "price": price,
                "tax_rate": 2000, "net": net, "tax": tax,
            }
            for n, sale in enumerate(ids)
            for place, row in enumerate(rows[n])
        ])  # fmt: skip
    return Many(ids, rows)
