"""What the tests of receiving share: a desk over the real services, and a delivery to count."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import insert, select

from desktop_app.models.background import Background
from desktop_app.models.change_hub import ChangeHub
from desktop_app.services.backend import Backend
from desktop_app.services.store import tables as t
from desktop_app.views.desk import Desk
from desktop_app.views.note_text import note_sentence
from tests.helpers import builders as b
from tests.helpers import foundation as f

STOVE, TENT, ROPE = "5012345678900", "5012345678917", "5099999999999"
STOVE_SIX = "15012345678907"
BIN = "B-04-2"


def a_desk(backend: Backend, background: Background) -> Desk:
    return Desk(backend, background, ChangeHub())


def a_bin(backend: Backend, code: str = BIN, warehouse: int = f.MAIN) -> None:
    with backend.store.writes.begin() as db:
        db.execute(
            insert(t.location).values(warehouse_id=warehouse, code=code, kind="stock", is_default=0)
        )


@dataclass(frozen=True, slots=True)
class Delivery:
    order: b.PurchaseOrder
    other: b.PurchaseOrder
    stove: int
    tent: int
    sales: tuple[b.Sale, ...]


def a_delivery(backend: Backend) -> Delivery:
    """PO of 12 stoves and 3 tents; two sales wait for 5 and 4 stoves; rope is on another PO."""
    stove = b.a_product(backend, "STOVE-GAS", name="Trail stove", barcodes={STOVE: 1, STOVE_SIX: 6})
    tent = b.a_product(backend, "TENT-2P", name="Tent", barcodes={TENT: 1})
    rope = b.a_product(backend, "ROPE-60", name="Rope", barcodes={ROPE: 1})
    kestrel = b.a_supplier(backend, "Kestrel Outdoors")
    a_bin(backend)
    alice, tom = b.a_customer(backend, "Alice Adams"), b.a_customer(backend, "Tom Okafor")
    sales = (
        b.a_sale(backend, [b.Row(stove, 5)], customer=alice),
        b.a_sale(backend, [b.Row(stove, 4), b.Row(tent, 1)], customer=tom),
    )
    today = datetime.now(UTC).astimezone().date()
    order = b.a_purchase_order(backend, kestrel, {stove: 12, tent: 3}, expected_on=today)
    other = b.a_purchase_order(backend, kestrel, {rope: 5}, expected_on=today)
    return Delivery(order, other, stove, tent, sales)


def notes(backend: Backend, document: str, document_id: int) -> list[str]:
    """The notes of an order as sentences, oldest first; struck ones in brackets."""
    with backend.store.reading() as db:
        rows = db.execute(
            select(t.note)
            .where(t.note.c.document == document, t.note.c.document_id == document_id)
            .order_by(t.note.c.id)
        ).all()
    said = [(note_sentence(row.kind, row.params), row.struck_by) for row in rows]
    return [words if struck is None else f"[{words}]" for words, struck in said]


def allocated(backend: Backend, sale: b.Sale) -> list[int]:
    """Whole units allocated per row of a sale (R1.3)."""
    with backend.store.reading() as db:
        rows = db.execute(
            select(t.sale_row)
            .where(t.sale_row.c.sale_id == sale.id)
            .order_by(t.sale_row.c.position)
        ).all()
    return [(row.reserved + row.fulfilled) // 10_000 for row in rows]


def received(backend: Backend, order: b.PurchaseOrder) -> list[tuple[int, int]]:
    """(ordered, received) in whole units per row of a purchase order."""
    with backend.store.reading() as db:
        rows = db.execute(
            select(t.purchase_row)
            .where(t.purchase_row.c.po_id == order.id)
            .order_by(t.purchase_row.c.position)
        ).all()
    return [(row.ordered // 10_000, row.received // 10_000) for row in rows]


def scans_of(backend: Backend) -> list[tuple[str, str, int]]:
    """The scan log: (code, effect, whole units), oldest first."""
    with backend.store.reading() as db:
        rows = db.execute(select(t.receipt_scan).order_by(t.receipt_scan.c.id)).all()
    return [(row.code, row.effect, row.units // 10_000) for row in rows]
