"""Units that a shop sold *now* and took back before the books had let them go (R7.10, R7.12, ADR 14).

A refund says that they had been handed over. So they are booked out first, and what comes back is
put where it goes afterwards: the row needs them no longer (R1.4), and the refund changes the
shop's stock by what came back and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from .backend import Again, Work
from .books import Reservation, add_notes, reserve, shrink_pegs
from .goods_out_shipping import let_leave
from .rules.returns import BookedOut, SoldNow, booked_out
from .stock_writing import Correction, correct_levels
from .store.bulk import is_postgres
from .store.tables import order_status, product, sale, sale_row


def is_unbooked(row: Any) -> bool:
    """Whether a sale row was sold *now* and has not left wholly by the books."""
    return bool(row.method == "now" and row.kind == "stock" and row.ordered > row.shipped)


def pairs_of(rows: Iterable[Any]) -> set[tuple[int, int]]:
    """The (warehouse, product) pairs of rows."""
    return {(row.warehouse_id, row.product_id) for row in rows}


def pairs_to_book_out(db: Connection, sale_id: int) -> set[tuple[int, int]]:
    """The pairs to lock before ``book_out`` of this sale."""
    return pairs_of(_open_rows(db, sale_id))


def _open_rows(db: Connection, sale_id: int) -> list[Any]:
    """The rows that are ``is_unbooked``; those of a cancelled sale hold nothing."""
    r = sale_row.c
    return list(
        db.execute(
            select(
                r.id, r.warehouse_id, r.product_id, r.ordered, r.reserved, r.fulfilled,
                (r.fulfilled - r.drop_fulfilled - r.shipped + r.drop_shipped).label("noted"),
                product.c.sku, sale.c.number, sale.c.waits,
            )
            .join(sale, sale.c.id == r.sale_id)
            .join(order_status, order_status.c.id == sale.c.status_id)
            .join(product, product.c.id == r.product_id)
            .where(
                r.sale_id == sale_id, r.method == "now", r.kind == "stock",
                r.ordered > r.shipped, order_status.c.is_cancelled == 0,
            )
            .order_by(r.position)
        ).all()
    )  # fmt: skip


def book_out(work: Work, sale_id: int, back: Mapping[int, int], credit: Mapping[str, Any]) -> None:
    """Let go of what ``credit`` (its id and number) gives back and had not left by the books.

    ``back``: units by sale row.
    What the books lack they gain first, for the reason *not on record*: with its shipment a pair
    that changes no figure, so it needs no manager (R8.2). Where that ends the shortage, the other
    *now* rows are handed over as well (R7.4). Needs the locks of ``pairs_to_book_out``.
    """
    rows = _open_rows(work.db, sale_id)
    decided = booked_out(
        [SoldNow(row.id, row.ordered, row.reserved, row.fulfilled, row.noted) for row in rows],
        back,
        waits=any(row.waits for row in rows),
    )
    gone = [(row, decided[row.id]) for row in rows if row.id in decided]
    if not gone:
        return
    if is_postgres(work.db) and not pairs_of(row for row, _ in gone) <= work.locks.stock:
        raise Again
    _gain(work, sale_id, [(row, part.lacking) for row, part in gone if part.lacking])
    let_leave(work, sale_id, {row.id: part.units for row, part in gone})
    add_notes(
        work, [("SO", sale_id, "refund_booked_out", {"credit": dict(credit), **_told(gone, back)})]
    )


def _gain(work: Work, sale_id: int, lacked: Sequence[tuple[Any, int]]) -> None:
    """Put what was never on record on the books, and give it to its row."""
    if not lacked:
        return
    correct_levels(
        work,
        [
            Correction(
                row.warehouse_id, row.product_id, units, "not_on_record", text=f"#{row.number}"
            )
            for row, units in lacked
        ],
    )
    reserve(
        work,
        [
            Reservation(row.id, sale_id, row.warehouse_id, row.product_id, units)
            for row, units in lacked
        ],
    )
    shrink_pegs(work, sale_rows={row.id for row, _ in lacked})


def _told(gone: Sequence[tuple[Any, BookedOut]], back: Mapping[int, int]) -> dict[str, Any]:
    given = {row.id: min(part.units, back.get(row.id, 0)) for row, part in gone}
    return {
        "items": [{"sku": row.sku, "units": given[row.id]} for row, _ in gone if given[row.id]],
        "rest": [
            {"sku": row.sku, "units": part.units - given[row.id]}
            for row, part in gone
            if part.units > given[row.id]
        ],
        "corrected": sum(part.lacking for _, part in gone),
    }
