"""What tests of receiving look at: figures in whole units, notes, and how much was written."""

from typing import Any

from sqlalchemy import Table, func, select

from desktop_app.services.backend import Backend
from desktop_app.services.receiving import ReceiptRequest, ReceiptRow
from desktop_app.services.rules.money import UNIT
from desktop_app.services.store import tables as t
from tests.helpers import foundation as f
from tests.helpers.builders import PurchaseOrder, Sale


def record(table: Table, backend: Backend, key: int) -> Any:
    return backend.read(lambda db: db.execute(select(table).where(table.c.id == key)).one())


def sale(backend: Backend, made: Sale) -> Any:
    return record(t.sale, backend, made.id)


def order(backend: Backend, made: PurchaseOrder) -> Any:
    return record(t.purchase_order, backend, made.id)


def reserved(backend: Backend, *sales: Sale) -> list[int]:
    """Units reserved on the first row of each sale."""
    return [record(t.sale_row, backend, one.rows[0]).reserved // UNIT for one in sales]


def level(backend: Backend, product: int, warehouse: int = f.MAIN) -> tuple[int, int, int]:
    """In stock, allocated, quarantined."""
    lv = t.stock_level
    row = backend.read(
        lambda db: db.execute(
            select(lv).where(lv.c.product_id == product, lv.c.warehouse_id == warehouse)
        ).one_or_none()
    )
    if row is None:
        return (0, 0, 0)
    return (row.in_stock // UNIT, row.allocated // UNIT, row.quarantined // UNIT)


def live(backend: Backend, po: PurchaseOrder, product: int) -> list[int]:
    """Live units of the pegs of an order's row, in the order they were made."""
    query = select(t.peg.c.live).where(t.peg.c.po_row_id == po.rows[product]).order_by(t.peg.c.id)
    return backend.read(lambda db: [units // UNIT for units in db.execute(query).scalars()])


def notes(backend: Backend, document: str, key: int) -> list[tuple[str, Any]]:
    return [(row.kind, row.params) for row in _notes(backend, document, key)]


def struck(backend: Backend, document: str, key: int) -> list[bool]:
    return [row.struck_by is not None for row in _notes(backend, document, key)]


def _notes(backend: Backend, document: str, key: int) -> list[Any]:
    n = t.note
    query = select(n).where(n.c.document == document, n.c.document_id == key).order_by(n.c.id)
    return backend.read(lambda db: list(db.execute(query).all()))


def written(backend: Backend) -> dict[str, int]:
    """How many rows each document, ledger and note table has: a refusal changes none."""
    tables = (
        t.goods_in, t.goods_in_row, t.movement, t.sale_event, t.note, t.journal, t.peg, t.receipt_draft,
        t.receipt_scan, t.setting, t.setting_change, t.status_change, t.stock_level,
    )  # fmt: skip
    return backend.read(
        lambda db: {
            x.name: db.execute(select(func.count()).select_from(x)).scalar_one() for x in tables
        }
    )


def ask(po: PurchaseOrder, product: int, number: int, **named: Any) -> ReceiptRequest:
    """Receive so many units of one row."""
    return ReceiptRequest(po.id, (ReceiptRow(po.rows[product], number * UNIT),), **named)
