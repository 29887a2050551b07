"""Many records at once, written in bulk with every derived figure right."""

from datetime import timedelta
from itertools import count

from sqlalchemy import Connection

from desktop_app.services.backend import Backend
from desktop_app.services.rules.money import UNIT
from desktop_app.services.store import tables as t
from desktop_app.services.store.bulk import insert_many, next_ids, next_numbers
from tests.helpers import foundation as f
from tests.helpers.builders import _journal, a_supplier

_serial = count(1)


def many_waiting(backend: Backend, size: int) -> int:
    """One sent order with `size` rows of a unit each, and as many sales that wait for one.

    Every row is pegged to its sale. Returns the order's id.
    """
    acme = a_supplier(backend)
    run = next(_serial)
    with backend.store.writes.begin() as db:
        products = next_ids(db, t.product, size)
        insert_many(
            db, t.product,
            [{"id": p, "sku": f"B{run}-{p}", "name": f"Bulk {p}"} for p in products],
        )  # fmt: skip
        sales, rows = next_ids(db, t.sale, size), next_ids(db, t.sale_row, size)
        numbers = next_numbers(db, "sale", size)
        insert_many(
            db, t.sale,
            [
                {
                    "id": s, "number": n, "placed_at": f.AT + timedelta(seconds=n), "customer_id": f.WALK_IN,
                    "warehouse_id": f.MAIN, "status_id": f.SALE_STATUS["New"], "currency": "GBP",
                    "row_count": 1, "payment": 3, "short": UNIT,
                }
                for s, n in zip(sales, numbers, strict=True)
            ],
        )  # fmt: skip
        insert_many(
            db, t.sale_row,
            [
                {
                    "id": r, "sale_id": s, "position": 1, "product_id": p, "kind": "stock", "description": "",
                    "warehouse_id": f.MAIN, "ordered": UNIT,
                }
                for r, s, p in zip(rows, sales, products, strict=True)
            ],
        )  # fmt: skip
        return _order_for(db, backend, acme, products, rows)


def _order_for(
    db: Connection, backend: Backend, supplier: int, products: list[int], rows: list[int]
) -> int:
    """A sent order with a row for each product, each pegged to its sale row."""
    size = len(products)
    po = next_ids(db, t.purchase_order, 1)[0]
    number = next_numbers(db, "purchase_order", 1)[0]
    insert_many(
        db, t.purchase_order,
        [
            {
                "id": po, "number": number, "supplier_id": supplier, "warehouse_id": f.MAIN, "state": "sent",
                "status_id": f.PURCHASE_STATUS["Placed with supplier"], "currency": "GBP", "created_at": f.AT,
                "total": 100 * size, "to_come": UNIT * size,
            }
        ],
    )  # fmt: skip
    po_rows = next_ids(db, t.purchase_row, size)
    insert_many(
        db, t.purchase_row,
        [
            {
                "id": r, "po_id": po, "position": n, "product_id": p, "ordered": UNIT, "cost": UNIT,
                "total": 100,
            }
            for n, (r, p) in enumerate(zip(po_rows, products, strict=True), 1)
        ],
    )  # fmt: skip
    journal = _journal(db, backend)
    pegs = next_ids(db, t.peg, size)
    insert_many(
        db, t.peg,
        [
            {"id": k, "po_row_id": p, "sale_row_id": r, "quantity": UNIT, "live": UNIT, "journal_id": journal}
            for k, p, r in zip(pegs, po_rows, rows, strict=True)
        ],
    )  # fmt: skip
    return po
