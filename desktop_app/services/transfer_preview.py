"""What a transfer would do, for the dialog that asks for it (INV-02): before, after, who is served."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from .catalogue import products
from .rules.money import UNIT
from .serving import Served, serving_preview, usual_choice
from .stock_list import of_products
from .store.bulk import ids_in
from .store.tables import barcode, product, stock_level


@dataclass(frozen=True, slots=True)
class MoveLine:
    """A product between two warehouses; what is in stock there now, and on hand at the source."""

    product_id: int
    sku: str
    name: str
    on_hand: int
    source_stock: int
    target_stock: int


@dataclass(frozen=True, slots=True)
class MovePreview:
    """The lines in the order asked for; ``served``: who would get what when it arrives."""

    lines: tuple[MoveLine, ...]
    served: tuple[Served, ...]
    allocate: bool
    """What the setting says for the receiving warehouse (R5.4)."""


@dataclass(frozen=True, slots=True)
class Found:
    """A product that a code stands for, and the units of one scan."""

    product_id: int
    sku: str
    name: str
    units: int


def move_preview(db: Connection, from_id: int, to_id: int, units: Mapping[int, int]) -> MovePreview:
    """Levels of the products in both warehouses, and the sales that wait for them at ``to_id``."""
    level = stock_level.c
    there = {
        (row.warehouse_id, row.product_id): row
        for row in db.execute(
            select(stock_level).where(
                level.product_id.in_(ids_in(db, units)),
                level.warehouse_id.in_(ids_in(db, {from_id, to_id})),
            )
        )
    }
    goods = {
        row.id: row
        for row in db.execute(
            select(product.c.id, product.c.sku, product.c.name).where(
                product.c.id.in_(ids_in(db, units))
            )
        )
    }
    lines = []
    for key in units:
        source, target = there.get((from_id, key)), there.get((to_id, key))
        on_hand = source.in_stock - source.allocated - source.quarantined if source else 0
        if key in goods:
            lines.append(
                MoveLine(
                    key, goods[key].sku, goods[key].name, on_hand,
                    source.in_stock if source else 0, target.in_stock if target else 0,
                )
            )  # fmt: skip
    served = serving_preview(db, to_id, units)
    return MovePreview(tuple(lines), served, usual_choice(db, to_id))


def usual_ends(db: Connection, product_id: int) -> tuple[int | None, int | None]:
    """Where most is on hand, and the other warehouse that wants most of it."""
    lines = of_products(db, [product_id]).get(product_id, [])
    source = max(lines, key=lambda one: one.on_hand, default=None)
    if source is None or source.on_hand <= 0:
        return None, None
    others = [one for one in lines if one.warehouse_id != source.warehouse_id]
    target = max(others, key=lambda one: one.wanted - one.on_hand, default=None)
    return source.warehouse_id, target.warehouse_id if target is not None else None


def find_product(db: Connection, code: str) -> Found | None:
    """The stock-tracked product of a barcode, an item code, or words that only it has."""
    words = code.strip()
    query = (
        select(product.c.id, product.c.sku, product.c.name, barcode.c.quantity)
        .join(barcode, barcode.c.product_id == product.c.id)
        .where(barcode.c.code == words, product.c.kind == "stock")
    )
    row = db.execute(query).one_or_none()
    if row is not None:
        return Found(row.id, row.sku, row.name, row.quantity)
    if not words:
        return None
    hits = [one for one in products(db, words, 5) if one.kind == "stock"]
    exact = [one for one in hits if one.sku.casefold() == words.casefold()]
    for group in (exact, hits):
        if len(group) == 1:
            return Found(group[0].id, group[0].sku, group[0].name, UNIT)
    return None
