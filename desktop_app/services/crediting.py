"""Taking goods back at the desk: a sales credit of a sale that is known here (R7.10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from .access import Permission
from .backend import Work, command
from .billing import AMOUNT_MAX, METHOD_MAX
from .booking_out import is_unbooked, pairs_of
from .books import known_sales, pegged_orders
from .credit_writing import (
    RETURNED,
    CreditDraft,
    CreditRow,
    RefundPaid,
    check_sold,
    credited_before,
    stock_pairs,
    write_credit,
)
from .errors import Rejected
from .rules.money import QUANTITY_MAX, UNIT
from .rules.returns import DISPOSITIONS, REASONS, share_of
from .store.bulk import ids_in, is_postgres
from .store.kinds import BigInt
from .store.tables import (
    credit,
    credit_row,
    currency,
    order_status,
    product,
    sale,
    sale_row,
    warehouse,
)

NOT_SHIPPED = "confirm:goods_not_shipped"
ABOVE_PAID = "confirm:refund_above_paid"


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Units (ten-thousandths) of a sale row; ``reason`` and ``disposition`` as in ``rules.returns``."""

    row_id: int
    units: int
    reason: str
    disposition: str


@command("Take goods back", needs=Permission.BILL)
def take_back(
    work: Work,
    sale_id: int,
    rows: Sequence[TakeBack],
    *,
    warehouse_id: int | None = None,
    refund: int = 0,
    method: str = "",
    reference: str = "",
    confirmed: Sequence[str] = (),
) -> dict[str, Any]:
    """Make a sales credit: goods to on hand, quarantine or nowhere, money back (R7.10). No undo.

    ``warehouse_id`` None: the sale's own. ``refund`` in minor units, paid out by ``method``.
    Result: ``{"credit_id", "number", "sale", "total", "refunded", "currency", "digits", "units":
    {disposition: units}}``. Raises what ``write_credit`` does and Rejected("credit_of_cancelled" |
    "credit_of_quote" | "credit_quantity" | "credit_reason" | "refund_amount" | "payment_method" |
    "refund_exceeds_credit" | "unknown_warehouse" | "credit_reference_too_long"); asks
    "confirm:goods_not_shipped" and "confirm:refund_above_paid".
    """
    known = known_sales(work.db, [sale_id])
    place = _place(work.db, sale_id, warehouse_id)
    sold = _sold(work.db, sale_id)
    _check_rows(rows, sold)
    _lock(work, known, stock_pairs([_row(o, sold[o.row_id], place, 0) for o in rows]), sold)
    head = _head(work.db, sale_id)
    sold = _sold(work.db, sale_id)
    made = _lines(work.db, rows, sold, place)
    check_sold(work.db, sale_id, made)
    if NOT_SHIPPED not in confirmed:
        _check_shipped(work.db, rows, sold)
    _check_refund(work.db, head, made, refund, method.strip(), confirmed)
    if len(reference) > REFERENCE_MAX:
        raise Rejected("credit_reference_too_long", limit=REFERENCE_MAX)
    paid_out = [RefundPaid(refund, method.strip(), work.at)] if refund else []
    credit_id, number = write_credit(
        work,
        CreditDraft(
            placed_at=work.at, customer_id=head.customer_id, channel_id=head.channel_id,
            warehouse_id=place, sale_id=sale_id, exchange_id=None, currency=head.currency,
            reference=reference.strip(), external_id=None, rows=made, refunds=paid_out,
        ),
    )  # fmt: skip
    return {
        "credit_id": credit_id,
        "number": number,
        "sale": head.number,
        "total": sum(line.net + line.tax for line in made),
        "refunded": refund,
        "currency": head.currency,
        "digits": head.digits,
        "units": {
            goes: sum(line.quantity for line in made if line.disposition == goes)
            for goes in DISPOSITIONS
        },
    }


REFERENCE_MAX = 200


def _lock(
    work: Work, sale_ids: Sequence[int], back: set[tuple[int, int]], sold: Mapping[int, Any]
) -> None:
    """What comes back, and what may have to be booked out for it with its pegs."""
    unbooked = pairs_of(one for one in sold.values() if is_unbooked(one))
    work.locks.take_stock(back | unbooked)
    work.locks.take_sales(sale_ids)
    if unbooked and is_postgres(work.db):
        work.locks.take_purchases(pegged_orders(work.db, sale_ids))


def _place(db: Connection, sale_id: int, warehouse_id: int | None) -> int:
    if warehouse_id is None:
        query = select(sale.c.warehouse_id).where(sale.c.id == sale_id)
        return int(db.execute(query).scalar_one())
    found = db.execute(select(warehouse.c.id).where(warehouse.c.id == warehouse_id)).first()
    if found is None:
        raise Rejected("unknown_warehouse", id=warehouse_id)
    return warehouse_id


def _head(db: Connection, sale_id: int) -> Any:
    head = db.execute(
        select(sale, currency.c.digits, order_status.c.is_cancelled, order_status.c.is_quote)
        .join(currency, currency.c.code == sale.c.currency)
        .join(order_status, order_status.c.id == sale.c.status_id)
        .where(sale.c.id == sale_id)
    ).one()
    if head.is_cancelled or head.is_quote:
        raise Rejected(
            "credit_of_cancelled" if head.is_cancelled else "credit_of_quote", number=head.number
        )
    return head


def _sold(db: Connection, sale_id: int) -> dict[int, Any]:
    return {
        row.id: row
        for row in db.execute(
            select(sale_row, product.c.sku)
            .outerjoin(product, product.c.id == sale_row.c.product_id)
            .where(sale_row.c.sale_id == sale_id)
            .order_by(sale_row.c.position)
        )
    }


def _check_rows(rows: Sequence[TakeBack], sold: Mapping[int, Any]) -> None:
    if not rows:
        raise Rejected("credit_empty")
    foreign = [str(one.row_id) for one in rows if one.row_id not in sold]
    if foreign:
        raise Rejected("credit_row_not_sold", foreign)
    broken = [
        _name(sold[one.row_id]) for one in rows
        if not 0 < one.units <= QUANTITY_MAX
        or (sold[one.row_id].kind == "stock" and one.units % UNIT)
    ]  # fmt: skip
    if broken:
        raise Rejected("credit_quantity", broken)
    unclear = [
        _name(sold[one.row_id]) for one in rows
        if one.reason not in REASONS or one.disposition not in DISPOSITIONS
        or (sold[one.row_id].kind != "stock" and one.disposition != "none")
    ]  # fmt: skip
    if unclear:
        raise Rejected("credit_reason", unclear)


def _lines(
    db: Connection, rows: Sequence[TakeBack], sold: Mapping[int, Any], place: int
) -> list[CreditRow]:
    """The rows of the credit, each sharing the money with what came back before it."""
    before = {key: units for key, (units, _, _) in credited_before(db, sold).items()}
    made = []
    for one in rows:
        made.append(_row(one, sold[one.row_id], place, before.get(one.row_id, 0)))
        before[one.row_id] = before.get(one.row_id, 0) + one.units
    return made


def _name(row: Any) -> str:
    return str(row.sku or row.description)


def _row(one: TakeBack, sold: Any, place: int, before: int) -> CreditRow:
    """The credit's row, at the price it was sold for; discounts of the row go with it."""
    share = (sold.ordered, before, one.units)
    return CreditRow(
        sale_row_id=one.row_id,
        product_id=sold.product_id,
        kind="non_stock" if sold.kind == "bundle" else sold.kind,
        description=sold.description,
        warehouse_id=place,
        quantity=one.units,
        price=sold.price,
        tax_rate=sold.tax_rate,
        net=share_of(sold.net, *share),
        tax=share_of(sold.tax, *share),
        reason=one.reason,
        disposition=one.disposition,
    )


def came_back(db: Connection, sale_row_ids: Sequence[int]) -> dict[int, int]:
    """Units of sale rows that came back as goods before, whatever became of them."""
    c = credit_row.c
    return {
        row.sale_row_id: row.units
        for row in db.execute(
            select(c.sale_row_id, func.sum(c.quantity).cast(BigInt).label("units"))
            .where(c.sale_row_id.in_(ids_in(db, sale_row_ids)), c.disposition != "none")
            .group_by(c.sale_row_id)
        )
    }


def _check_shipped(db: Connection, rows: Sequence[TakeBack], sold: Mapping[int, Any]) -> None:
    """Ask where goods would enter stock that by the books never left it."""
    asked: dict[int, int] = {}
    for one in rows:
        if one.disposition in RETURNED:
            asked[one.row_id] = asked.get(one.row_id, 0) + one.units
    before = came_back(db, list(asked))
    odd = [
        {
            "sku": _name(sold[key]),
            "shipped": sold[key].shipped,
            "returned": before.get(key, 0),
            "asked": units,
        }
        for key, units in asked.items()
        if before.get(key, 0) + units > sold[key].shipped
    ]
    if odd:
        raise Rejected("confirm:goods_not_shipped", odd)


def _check_refund(
    db: Connection,
    head: Any,
    rows: Sequence[CreditRow],
    refund: int,
    method: str,
    confirmed: Sequence[str],
) -> None:
    if not 0 <= refund <= AMOUNT_MAX:
        raise Rejected("refund_amount")
    if not refund:
        return
    if not 0 < len(method) <= METHOD_MAX:
        raise Rejected("payment_method", limit=METHOD_MAX)
    money = {"currency": head.currency, "digits": head.digits}
    total = sum(row.net + row.tax for row in rows)
    if refund > total:
        raise Rejected("refund_exceeds_credit", total=total, **money)
    before = select(func.coalesce(func.sum(credit.c.refunded), 0)).where(
        credit.c.sale_id == head.id
    )
    left = max(head.paid - int(db.execute(before).scalar_one()), 0)
    if refund > left and ABOVE_PAID not in confirmed:
        raise Rejected(
            "confirm:refund_above_paid", number=head.number, left=left, amount=refund, **money
        )
