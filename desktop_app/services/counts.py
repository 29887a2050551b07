"""Stock counts (R8.3): expected, counted, difference; movements meanwhile are followed.

What was expected of a product is what the books say at the moment it is counted, read under the
lock of its level. The difference stays right whatever moves before or after, and is what is
posted. Several people may count one count at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, literal, select, update

from .access import Permission
from .backend import Again, Undone, Work, command
from .books import pegged_orders
from .changes import Topic
from .corrections import plainly, take_corrections_back
from .errors import Rejected
from .lists import folded, like_pattern
from .losing import let_go, losses, shortage
from .rules.money import QUANTITY_MAX, UNIT
from .serving import rows_with_sale
from .stock_value import known_costs
from .stock_writing import Correction, correct_levels
from .store.bulk import ids_in, is_postgres, next_ids, next_numbers, upsert
from .store.tables import (
    barcode,
    offer,
    product,
    stock_count,
    stock_count_row,
    stock_level,
    warehouse,
)

TITLE_MAX = 120
CODE_MAX = 120


@dataclass(frozen=True, slots=True)
class CountScope:
    """Which products are listed: those in stock there that meet all conditions.

    Others are added by scanning them. ``nothing``: begin with an empty list.
    """

    nothing: bool = False
    category: str = ""
    supplier_id: int | None = None
    text: str = ""


@command("Start stock count", needs=Permission.COUNT_STOCK)
def start(
    work: Work, warehouse_id: int, scope: CountScope | None = None, title: str = ""
) -> dict[str, Any]:
    """Begin a count of a warehouse. Result: ``{"count": {id, number}, "products"}``.

    Raises Rejected("unknown_warehouse" | "text_too_long").
    """
    place = work.db.execute(
        select(warehouse.c.id).where(warehouse.c.id == warehouse_id)
    ).one_or_none()
    if place is None:
        raise Rejected("unknown_warehouse", [warehouse_id])
    if len(title.strip()) > TITLE_MAX:
        raise Rejected("text_too_long", field="title", limit=TITLE_MAX)
    (key,) = next_ids(work.db, stock_count, 1)
    (number,) = next_numbers(work.db, "stock_count", 1)
    work.db.execute(
        insert(stock_count).values(
            id=key, number=number, warehouse_id=warehouse_id, state="open", title=title.strip(),
            started_at=work.at, person_id=work.actor.person_id,
        )
    )  # fmt: skip
    listed = 0
    if scope is None or not scope.nothing:
        wanted = _in_scope(warehouse_id, scope or CountScope())
        listed = work.db.execute(select(func.count()).select_from(wanted.subquery())).scalar_one()
        work.db.execute(
            insert(stock_count_row).from_select(
                ["stock_count_id", "product_id"],
                wanted.with_only_columns(literal(key), product.c.id).order_by(product.c.sku),
            )
        )
    work.touched(Topic.COUNTS, [key])
    return {"count": {"id": key, "number": number}, "products": listed}


def _in_scope(warehouse_id: int, scope: CountScope) -> Any:
    query = (
        select(product.c.id)
        .join(stock_level, stock_level.c.product_id == product.c.id)
        .where(
            product.c.kind == "stock",
            stock_level.c.warehouse_id == warehouse_id,
            stock_level.c.in_stock > 0,
        )
    )
    if scope.category:
        query = query.where(product.c.category == scope.category)
    if scope.supplier_id is not None:
        offered = select(offer.c.product_id).where(offer.c.supplier_id == scope.supplier_id)
        query = query.where(product.c.id.in_(offered))
    for word in folded(scope.text).split():
        pattern = like_pattern(word, contains=True)
        query = query.where(
            func.lower(product.c.sku).like(pattern, escape="\\")
            | func.lower(product.c.name).like(pattern, escape="\\")
        )
    return query


@command("Count stock", needs=Permission.COUNT_STOCK)
def count_product(
    work: Work, count_id: int, product_id: int, units: int, add: bool = False
) -> dict[str, Any]:
    """Note what was counted of a product; ``add``: so many more than counted so far.

    Result: ``{"effect": "counted", "product_id", "sku", "name", "units", "counted", "expected",
    "difference", "moved"}``; ``moved`` are units that the books moved since it was last counted:
    with ``add`` a reason to look again. Raises Rejected("unknown_count" | "count_not_open" |
    "unknown_product" | "not_stocked" | "quantity_not_positive" | "quantity_not_whole").
    """
    head = _head(work.db, count_id)
    goods = work.db.execute(
        select(product.c.id, product.c.sku, product.c.name, product.c.kind).where(
            product.c.id == product_id
        )
    ).one_or_none()
    if goods is None:
        raise Rejected("unknown_product", [product_id])
    if goods.kind != "stock":
        raise Rejected("not_stocked", [goods.sku])
    if not (1 if add else 0) <= units <= QUANTITY_MAX:
        raise Rejected("quantity_not_positive", [product_id])
    if units % UNIT:
        raise Rejected("quantity_not_whole", [product_id])
    work.locks.take_stock([(head.warehouse_id, product_id)])
    head = _open(work.db, count_id)
    expected = work.db.execute(
        select(stock_level.c.in_stock).where(
            stock_level.c.warehouse_id == head.warehouse_id, stock_level.c.product_id == product_id
        )
    ).scalar_one()
    before = work.db.execute(
        select(stock_count_row.c.counted, stock_count_row.c.expected).where(
            stock_count_row.c.stock_count_id == count_id,
            stock_count_row.c.product_id == product_id,
        )
    ).one_or_none()
    was = before.counted or 0 if before is not None else 0
    counted = was + units if add else units
    if counted > QUANTITY_MAX:
        raise Rejected("quantity_not_positive", [product_id])
    _store(work, count_id, product_id, counted, expected)
    moved = expected - before.expected if before and before.expected is not None else 0
    work.touched(Topic.COUNTS, [count_id])
    return {
        "effect": "counted", "product_id": product_id, "sku": goods.sku, "name": goods.name,
        "units": units, "counted": counted, "expected": expected,
        "difference": counted - expected, "moved": moved,
    }  # fmt: skip


def _store(work: Work, count_id: int, product_id: int, counted: int, expected: int) -> None:
    values = {
        "counted": counted, "expected": expected, "counted_at": work.at,
        "person_id": work.actor.person_id,
    }  # fmt: skip
    work.db.execute(
        upsert(work.db, stock_count_row)
        .values(stock_count_id=count_id, product_id=product_id, **values)
        .on_conflict_do_update(index_elements=["stock_count_id", "product_id"], set_=values)
    )


@command("Scan a count", needs=Permission.COUNT_STOCK)
def scan(work: Work, count_id: int, code: str, quantity: int | None = None) -> dict[str, Any]:
    """Add one (or its pack) of a scanned code; ``quantity`` stands for so many scans (R5.13).

    Result as ``count_product``, or ``{"effect": "unknown", "code"}``: nothing was counted.
    """
    _head(work.db, count_id)
    hit = _meaning(work.db, code.strip()[:CODE_MAX])
    if hit is None:
        return {"effect": "unknown", "code": code.strip()[:CODE_MAX]}
    product_id, pack = hit
    many = UNIT if quantity is None else quantity
    if not 0 < many <= QUANTITY_MAX:
        raise Rejected("quantity_not_positive", [product_id])
    return count_product.body(work, count_id, product_id, many * pack // UNIT, True)


def _meaning(db: Connection, code: str) -> tuple[int, int] | None:
    """Product and units that a code stands for: a barcode, else an item code."""
    found = db.execute(
        select(barcode.c.product_id, barcode.c.quantity).where(barcode.c.code == code)
    ).one_or_none()
    if found is not None:
        return found.product_id, found.quantity
    for typed in dict.fromkeys((code, code.upper())):
        key = db.execute(
            select(product.c.id).where(product.c.sku == typed, product.c.kind == "stock")
        ).scalar_one_or_none()
        if key is not None:
            return key, UNIT
    return None


@command("Recount", needs=Permission.COUNT_STOCK)
def recount(work: Work, count_id: int, product_ids: Sequence[int]) -> dict[str, Any]:
    """Forget what was counted of products, so that they are counted afresh.

    Result: ``{"products"}``. Raises Rejected("unknown_count" | "count_not_open").
    """
    head = _head(work.db, count_id)
    work.locks.take_stock({(head.warehouse_id, key) for key in set(product_ids)})
    _open(work.db, count_id)
    done = work.db.execute(
        update(stock_count_row)
        .where(
            stock_count_row.c.stock_count_id == count_id,
            stock_count_row.c.product_id.in_(ids_in(work.db, product_ids)),
            stock_count_row.c.counted.is_not(None),
        )
        .values(counted=None, expected=None, counted_at=None, person_id=None)
    ).rowcount
    work.touched(Topic.COUNTS, [count_id])
    return {"products": done}


@command("Post stock count", needs=Permission.CORRECT_STOCK)
def post(work: Work, count_id: int, losing: Mapping[int, int] | None = None) -> dict[str, Any]:
    """Write one correction per difference (R8.3), all or none; undone as a whole.

    Products nobody counted are left as they are. Result: ``{"count": {id, number},
    "corrections", "more", "less", "uncounted", "lost": [{id, number, units}]}``. Raises
    Rejected("unknown_count" | "count_not_open" | "nothing_counted" | "confirm:below_promised" |
    "more_than_in_stock").
    """
    head = _head(work.db, count_id)
    found = _differences(work.db, count_id)
    work.locks.take_stock({(head.warehouse_id, key) for key in found})
    head = _open(work.db, count_id, to_change=True)
    found = _differences(work.db, count_id)
    if not {(head.warehouse_id, key) for key in found} <= work.locks.stock:
        raise Again
    counted, uncounted = _how_far(work.db, count_id)
    if not counted:
        raise Rejected("nothing_counted")
    falling = {(head.warehouse_id, key): -units for key, units in found.items() if units < 0}
    lost = losses(work.db, shortage(work.db, falling), losing)
    sales = {row.sale_id for row in rows_with_sale(work.db, {row for row, _ in lost})}
    work.locks.take_sales(sales)
    if is_postgres(work.db):
        work.locks.take_purchases(pegged_orders(work.db, sales))
    told = let_go(work, lost, "count")
    costs = known_costs(work.db, found)
    made = correct_levels(
        work,
        [
            Correction(
                head.warehouse_id, key, units, "count", cost=costs.get(key), text=str(head.number)
            )
            for key, units in sorted(found.items())
        ],
    ) if found else []  # fmt: skip
    _settle(work, count_id, "posted")
    work.can_undo(
        {
            "count": count_id, "movements": made, "rows": [], "pegs": {},
            "lost": [[row, units] for (row, _pair), units in sorted(lost.items())],
        }
    )  # fmt: skip
    return {
        "count": {"id": count_id, "number": head.number}, "corrections": len(found),
        "more": sum(units for units in found.values() if units > 0),
        "less": -sum(units for units in found.values() if units < 0),
        "uncounted": uncounted, "lost": plainly(told),
    }  # fmt: skip


@post.undone_by
def _unpost(work: Work, original: Undone) -> dict[str, Any]:
    """Opposite corrections; the count is open again."""
    made = take_corrections_back(work, original.data)
    _settle(work, original.data["count"], "open")
    return made


@command("Abandon stock count", needs=Permission.COUNT_STOCK)
def abandon(work: Work, count_id: int) -> dict[str, Any]:
    """End a count without posting it; can be undone. Result: ``{"count": {id, number}}``."""
    head = _open(work.db, count_id, to_change=True)
    _settle(work, count_id, "abandoned")
    work.can_undo({"count": count_id})
    return {"count": {"id": count_id, "number": head.number}}


@abandon.undone_by
def _take_up(work: Work, original: Undone) -> dict[str, Any]:
    key = original.data["count"]
    head = _head(work.db, key)
    if head.state != "abandoned":
        raise Rejected("count_not_open", number=head.number, state=head.state)
    _settle(work, key, "open")
    return {"count": {"id": key, "number": head.number}}


def _differences(db: Connection, count_id: int) -> dict[int, int]:
    """Product to counted - expected, where there is any."""
    r = stock_count_row.c
    return {
        row.product_id: row.units
        for row in db.execute(
            select(r.product_id, (r.counted - r.expected).label("units")).where(
                r.stock_count_id == count_id, r.counted != r.expected
            )
        )
    }


def _how_far(db: Connection, count_id: int) -> tuple[int, int]:
    """Products counted, and not counted."""
    r = stock_count_row.c
    every, counted = db.execute(
        select(func.count(), func.count(r.counted)).where(r.stock_count_id == count_id)
    ).one()
    return counted, every - counted


def _head(db: Connection, count_id: int) -> Any:
    head = db.execute(select(stock_count).where(stock_count.c.id == count_id)).one_or_none()
    if head is None:
        raise Rejected("unknown_count")
    return head


def _open(db: Connection, count_id: int, *, to_change: bool = False) -> Any:
    """The count under its lock, shared by those who count; after those of stock levels."""
    head = db.execute(
        select(stock_count)
        .where(stock_count.c.id == count_id)
        .with_for_update(read=not to_change, key_share=to_change)
    ).one_or_none()
    if head is None:
        raise Rejected("unknown_count")
    if head.state != "open":
        raise Rejected("count_not_open", number=head.number, state=head.state)
    return head


def _settle(work: Work, count_id: int, state: str) -> None:
    work.db.execute(
        update(stock_count)
        .where(stock_count.c.id == count_id)
        .values(
            state=state,
            settled_at=None if state == "open" else work.at,
            posted_by=work.journal_id if state == "posted" else None,
            version=stock_count.c.version + 1,
        )
    )
    work.touched(Topic.COUNTS, [count_id])
