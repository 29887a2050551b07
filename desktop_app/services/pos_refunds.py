"""Refunds of shops written as credits: which sold rows come back, and what cannot (R7.10).

Callers hold the stock levels (``credit_pairs_of``) and the sale.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from .backend import Work
from .booking_out import pairs_to_book_out
from .books import add_notes
from .credit_writing import (
    RETURNED,
    CreditDraft,
    CreditRow,
    RefundPaid,
    credited_before,
    write_credit,
)
from .errors import Rejected
from .pos_planning import Item, Plan, PlannedRow, clean, key_of
from .pos_shapes import UNIT
from .pos_writing import customer_of, rung_up
from .rules.money import half_up
from .store.tables import product, sale, sale_row


def credit_pairs_of(db: Connection, plan: Plan, sale_id: int | None) -> set[tuple[int, int]]:
    """The pairs that may come back: whatever the sale holds, or what the rows name.

    With those that the sale may have to book out, in whichever shop it was made.
    """
    items = {row.item.id for row in plan.refund_rows if row.kind == "stock" and row.item}
    if sale_id is not None:
        rows = sale_row.c
        items |= set(
            db.execute(
                select(rows.product_id).where(rows.sale_id == sale_id, rows.kind == "stock")
            ).scalars()
        )
    items |= {row.item.id for row in plan.rows if row.kind == "stock" and row.item}
    pairs = {(plan.warehouse_id, item) for item in items}
    return pairs if sale_id is None else pairs | pairs_to_book_out(db, sale_id)


def write_refund(
    work: Work, plan: Plan, sale_id: int | None, exchange_id: int | None
) -> tuple[int, int]:
    """Write the credit of a refund (R7.10). Returns (credit id, number).

    Raises Rejected("shop_refund_row_unknown" | "shop_refund_currency" | "credit_exceeds_sold").
    """
    head = _sale_head(work.db, plan, sale_id)
    rows, unshipped = _credit_rows(work.db, plan, sale_id)
    if not rows:
        said = clean(plan.transaction.reference, 200) or "-"
        rows = [_money_row(plan, said)]
    buyer = head.customer_id if head is not None else None
    if buyer is None:
        buyer, _ = customer_of(work.db, plan.shop, plan.transaction.customer)
    made, number = write_credit(
        work,
        CreditDraft(
            plan.placed_at, buyer, plan.shop.id, plan.warehouse_id, sale_id, exchange_id,
            plan.currency, clean(plan.transaction.reference or plan.transaction.receipt, 200),
            key_of(plan.shop, plan.transaction.transaction_id), rows,
            [RefundPaid(one.amount, one.method, one.paid_at, one.external_id) for one in plan.refunds],
        ),
    )  # fmt: skip
    notes: list[tuple[str, int, str, Mapping[str, Any]]] = [
        ("SC", made, "shop_refund", rung_up(plan))
    ]
    if sale_id is not None and unshipped:
        items = [{"sku": sku, "units": units} for sku, units in unshipped.items()]
        notes.append(("SO", sale_id, "shop_refund_unshipped", {"items": items}))
    if said := clean(plan.transaction.note, 2000):
        notes.append(("SC", made, "text", {"text": said}))
    add_notes(work, notes)
    return made, number


def _sale_head(db: Connection, plan: Plan, sale_id: int | None) -> Any:
    if sale_id is None:
        return None
    head = db.execute(select(sale.c.customer_id, sale.c.currency).where(sale.c.id == sale_id)).one()
    if head.currency != plan.currency:
        raise Rejected("shop_refund_currency", currency=plan.currency, sold_in=head.currency)
    return head


def _money_row(plan: Plan, said: str) -> CreditRow:
    return CreditRow(None, None, "text", said, plan.warehouse_id, UNIT, 0, 0, 0, 0, "", "none")


def _credit_rows(
    db: Connection, plan: Plan, sale_id: int | None
) -> tuple[list[CreditRow], dict[str, int]]:
    """The rows of the credit, and {sku: units} of goods that never left and so cannot return."""
    if sale_id is None:
        rows = [
            _credit_row(plan, row, None, row.item, row.kind, row.ordered, row.net, row.tax)
            for row in plan.refund_rows
        ]
        return rows, {}
    sold = _Sold(db, plan, sale_id)
    for place, row in enumerate(plan.refund_rows, 1):
        if row.parent is None:
            sold.take_back(place, row)
    return sold.rows, sold.unshipped


def _credit_row(
    plan: Plan, row: PlannedRow, sale_row_id: int | None, item: Item | None, kind: str,
    units: int, net: int, tax: int,
) -> CreditRow:  # fmt: skip
    kind = "non_stock" if kind == "bundle" else kind
    return CreditRow(
        sale_row_id, item.id if item is not None else None, kind, row.description,
        plan.warehouse_id, units, row.price, row.tax_rate, net, tax, row.reason,
        row.disposition if kind == "stock" else "none",
    )  # fmt: skip


class _Sold:
    """The rows of a sale, and what is left of each to be taken back."""

    def __init__(self, db: Connection, plan: Plan, sale_id: int) -> None:
        self._plan = plan
        r = sale_row.c
        self._sold = list(
            db.execute(
                select(
                    r.id, r.external_id, r.product_id, r.kind, r.method, r.ordered, r.shipped,
                    r.bundle_row_id, product.c.sku, product.c.name,
                )
                .outerjoin(product, product.c.id == r.product_id)
                .where(r.sale_id == sale_id)
                .order_by(r.position)
            )
        )  # fmt: skip
        before = credited_before(db, [row.id for row in self._sold])
        self._left = {row.id: row.ordered - before.get(row.id, (0, 0, 0))[0] for row in self._sold}
        self.rows: list[CreditRow] = []
        self.unshipped: dict[str, int] = defaultdict(int)

    def take_back(self, place: int, row: PlannedRow) -> None:
        """Find the sold rows of a refunded one; money is shared by units, the last takes the rest."""
        if row.item is None and not row.of_line:
            self.rows.append(
                _credit_row(self._plan, row, None, None, "text", row.ordered, row.net, row.tax)
            )
            return
        found = self._found(place, row)
        if found[0].kind == "stock" and row.ordered % UNIT:
            raise Rejected("shop_unit_broken", row=place, sku=found[0].sku, units=row.ordered)
        open_units, net, tax = row.ordered, row.net, row.tax
        for index, one in enumerate(found):
            last = index == len(found) - 1
            units = open_units if last else min(open_units, max(self._left[one.id], 0))
            if not units:
                continue
            part = (
                (net, tax) if last or units == open_units
                else (half_up(row.net * units, row.ordered), half_up(row.tax * units, row.ordered))
            )  # fmt: skip
            self._credit(row, one, units, *part)
            open_units, net, tax = open_units - units, net - part[0], tax - part[1]
            if not open_units:
                break

    def _found(self, place: int, row: PlannedRow) -> list[Any]:
        given = self._plan.transaction
        if row.of_line:
            wanted = key_of(self._plan.shop, given.refund_of, row.of_line)
            found = [one for one in self._sold if one.external_id == wanted]
            name = row.of_line
        else:
            item = row.item.id if row.item is not None else 0
            found = [
                one for one in self._sold if one.product_id == item and one.bundle_row_id is None
            ]
            # Rows with units left first, in their order.
            found.sort(key=lambda one: self._left[one.id] <= 0)
            name = row.item.sku if row.item is not None else ""
        if not found:
            raise Rejected("shop_refund_row_unknown", row=place, name=clean(name, 60))
        return found

    def _credit(self, row: PlannedRow, one: Any, units: int, net: int, tax: int) -> None:
        item = Item(one.product_id, one.sku, one.name, one.kind) if one.product_id else None
        self._add(row, one, item, units, net, tax, row.price)
        for part in self._sold:
            if part.bundle_row_id == one.id:
                inside = Item(part.product_id, part.sku, part.name, part.kind)
                share = half_up(part.ordered * units, one.ordered)
                self._add(row, part, inside, share, 0, 0, 0)

    def _add(
        self, row: PlannedRow, one: Any, item: Item | None, units: int, net: int, tax: int,
        price: int,
    ) -> None:  # fmt: skip
        kind = "non_stock" if one.kind == "bundle" else one.kind
        goes = row.disposition if kind == "stock" else "none"
        if one.method != "now" and goes in RETURNED:
            back = one.ordered - self._left[one.id] + units
            if back > one.shipped:
                # It has not left, so it cannot come back: a person decides what becomes of it.
                goes = "none"
                self.unshipped[one.sku] += units
        self._left[one.id] -= units
        said = row.description if item is None or row.item is not None else item.name
        self.rows.append(
            CreditRow(
                one.id, one.product_id, kind, (said or "-")[:200], self._plan.warehouse_id, units,
                price, row.tax_rate, net, tax, row.reason, goes,
            )
        )  # fmt: skip


def settle_exchange(plan: Plan) -> int:
    """What an exchange sets off: the part of the new sale that the returned goods pay for.

    Only where both sides then come out even; else the money stands as the till gave it.
    """
    owed = plan.total - sum(one.amount for one in plan.payments)
    due = plan.refund_total - sum(one.amount for one in plan.refunds)
    return owed if owed == due and owed > 0 else 0
