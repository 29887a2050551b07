"""What a scanned code stands for, anywhere in the program (IA-10): exactly one record, or none."""

from __future__ import annotations

import re

from sqlalchemy import Connection, func, select

from .store.tables import barcode, product, purchase_order, sale

ORDER_CODE = re.compile(r"\s*PO[\s-]*(\d{1,15})\s*", re.IGNORECASE)
SALE_CODE = re.compile(r"\s*#\s*(\d{1,15})\s*")


def record_of(db: Connection, code: str) -> tuple[str, int] | None:
    """Return (``purchase`` | ``sale`` | ``product``, id) of an exact match, None otherwise.

    "PO 5012" is a purchase order, "#202640" a sale, anything else a barcode or an item code.
    """
    if found := ORDER_CODE.fullmatch(code):
        query = select(purchase_order.c.id).where(purchase_order.c.number == int(found[1]))
        kind = "purchase"
    elif found := SALE_CODE.fullmatch(code):
        query = select(sale.c.id).where(sale.c.number == int(found[1]))
        kind = "sale"
    else:
        words = code.strip()
        scanned = select(barcode.c.product_id).where(barcode.c.code == words)
        query = select(product.c.id).where(
            (func.upper(product.c.sku) == words.upper()) | product.c.id.in_(scanned)
        )
        kind = "product"
    ids = db.execute(query.limit(2)).scalars().all()
    return (kind, ids[0]) if len(ids) == 1 else None
