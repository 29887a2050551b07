"""Shop orders written: the sale with what leaves at once, the credit, their notes (R7.1 to R7.10).

Callers hold the stock levels (``stock_pairs_of`` and ``credit_pairs_of``) and a refund's sale.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select

from . import settings
from .backend import Work
from .billing_writing import Paid, write_invoices, write_payments
from .books import Reservation, add_notes, reserve
from .changes import Topic
from .credit_writing import (
    RETURNED,
    CreditDraft,
    CreditRow,
    RefundPaid,
    credited_before,
    write_credit,
)
from .errors import Rejected
from .goods_out_writing import NoteUnits, put_on_notes, ship_notes
from .lists import sale_search_text
from .pos_planning import Item, Plan, PlannedRow, Shop, clean, key_of
from .pos_shapes import UNIT, Customer
from .rules.money import half_up
from .rules.pos_fulfilment import SOLD_FROM_STOCK, Decision, PosRow, decide
from .rules.sale_status import RowFacts, axes, payment
from .sales import on_hand_of
from .store.bulk import insert_many, next_ids, next_numbers
from .store.tables import customer, order_status, product, sale, sale_row
from .store.tables import payment as payments

WALK_IN = "walk-in"
"""External ID of the customer who gave no name."""


def stock_pairs_of(plan: Plan) -> set[tuple[int, int]]:
    """The (warehouse, product) pairs that the sale may take from."""
    return {
        (row.warehouse_id, row.item.id)
        for row in plan.rows
        if row.kind == "stock" and row.item is not None and row.method in SOLD_FROM_STOCK
    }


def credit_pairs_of(db: Connection, plan: Plan, sale_id: int | None) -> set[tuple[int, int]]:
    """The pairs that may come back: whatever the sale holds, or what the rows name."""
    items = {row.item.id for row in plan.refund_rows if row.kind == "stock" and row.item}
    if sale_id is not None:
        rows = sale_row.c
        items |= set(
            db.execute(
                select(rows.product_id).where(rows.sale_id == sale_id, rows.kind == "stock")
            ).scalars()
        )
    items |= {row.item.id for row in plan.rows if row.kind == "stock" and row.item}
    return {(plan.warehouse_id, item) for item in items}


# --- the sale -----------------------------------------------------------------------------------


def write_sale(work: Work, plan: Plan) -> tuple[int, int]:
    """Write the sale and all that follows from it at once. Returns (sale id, number)."""
    stocked = [row for row in plan.rows if row.kind == "stock" and row.item is not None]
    decision = _decide(work.db, plan, stocked)
    buyer_id, buyer = customer_of(work.db, plan.shop, plan.transaction.customer)
    key, number = _write_head(work, plan, stocked, decision, buyer_id, buyer)
    row_ids = _write_rows(work, plan, key)
    stocked_ids = [
        row_id for row_id, row in zip(row_ids, plan.rows, strict=True) if row.kind == "stock"
    ]
    _move_goods(work, key, stocked, stocked_ids, decision)
    _take_money(work, plan, key)
    if decision.invoice:
        write_invoices(work, [key], plan.placed_at.astimezone().date())
    _note_sale(work, plan, key, stocked, decision)
    work.touched(Topic.SALES, [key])
    return key, number


def _decide(db: Connection, plan: Plan, stocked: Sequence[PlannedRow]) -> Decision:
    rows = [
        PosRow(row.method, row.ordered, row.item.id if row.item else 0, row.warehouse_id)
        for row in stocked
    ]
    pairs = stock_pairs_of(plan)
    return decide(
        rows,
        on_hand_of(db, pairs) if pairs else {},
        automatic_invoicing=plan.shop.automatic_invoicing,
    )


def _write_head(
    work: Work,
    plan: Plan,
    stocked: Sequence[PlannedRow],
    decision: Decision,
    buyer_id: int,
    buyer: Any,
) -> tuple[int, int]:
    given = plan.transaction
    facts = [
        RowFacts(row.ordered, one.reserved, one.fulfilled, one.shipped)
        for row, one in zip(stocked, decision.rows, strict=True)
    ]
    moved = axes(facts)
    status = _status(work.db, plan)
    external = key_of(plan.shop, given.transaction_id)
    if work.db.execute(_SAME_SALE, {"external": external}).first() is not None:
        raise Rejected("shop_order_exists", order=external)
    number = next_numbers(work.db, "sale", 1)[0]
    net, tax = sum(row.net for row in plan.rows), sum(row.tax for row in plan.rows)
    reference = clean(given.reference or given.receipt, 200)
    skus = [row.item.sku for row in plan.rows if row.item is not None]
    found = f"{reference} {clean(given.receipt, 120)}" if given.reference else reference
    key = next_ids(work.db, sale, 1)[0]
    work.db.execute(
        insert(sale),
        {
            "id": key, "number": number, "external_id": external, "placed_at": plan.placed_at,
            "customer_id": buyer_id, "channel_id": plan.shop.id,
            "warehouse_id": plan.warehouse_id, "status_id": status.id,
            "currency": plan.currency, "reference": reference,
            "address": clean(given.address, 1000) or buyer.address,
            "net": net, "tax": tax, "total": net + tax, "paid": 0, "row_count": len(plan.rows),
            "allocation": int(moved.allocation), "fulfilment": int(moved.fulfilment),
            "shipping": int(moved.shipping), "payment": int(payment(net + tax, 0)),
            "invoiced": 0, "short": sum(one.needed for one in facts),
            "waits": int(
                not (
                    status.is_quote or status.is_cancelled or status.is_on_hold
                    or status.is_closed
                )
            ),
            "search": sale_search_text(number, buyer.name, found, external, skus),
        },
    )  # fmt: skip
    return key, number


_SAME_SALE = select(sale.c.id).where(sale.c.external_id == bindparam("external"))
_STATUSES = select(order_status).where(order_status.c.document == "SO").order_by(
    order_status.c.position, order_status.c.id
)  # fmt: skip


def _status(db: Connection, plan: Plan) -> Any:
    """The label that the settings give new orders of the channel (R9); never one that cancels."""
    keys = (settings.STATUS_NEW_SALE, settings.STATUS_BACK_ORDERED)
    wanted = settings.values(db, keys, channel_id=plan.shop.id)
    statuses = {row.id: row for row in db.execute(_STATUSES)}
    names = []
    if any(row.method == "back_order" for row in plan.rows):
        names.append(settings.STATUS_BACK_ORDERED)
    names.append(settings.STATUS_NEW_SALE)
    for key in names:
        chosen = statuses.get(wanted[key].value or 0)
        if chosen is not None and not chosen.is_cancelled:
            return chosen
    plain = [s for s in statuses.values() if not (s.is_cancelled or s.is_quote or s.is_on_hold)]
    if not plain:
        raise Rejected("shop_without_status")
    return plain[0]


def _write_rows(work: Work, plan: Plan, sale_id: int) -> list[int]:
    ids = next_ids(work.db, sale_row, len(plan.rows))
    insert_many(
        work.db,
        sale_row,
        [
            {
                "id": key, "sale_id": sale_id, "position": place,
                "external_id": row.external_id,
                "product_id": row.item.id if row.item is not None else None, "kind": row.kind,
                "description": row.description, "warehouse_id": row.warehouse_id,
                "method": row.method,
                "bundle_row_id": ids[row.parent] if row.parent is not None else None,
                "ordered": row.ordered, "price": row.price, "tax_rate": row.tax_rate,
                "net": row.net, "tax": row.tax,
            }
            for place, (key, row) in enumerate(zip(ids, plan.rows, strict=True), 1)
        ],
    )  # fmt: skip
    return ids


def _move_goods(
    work: Work,
    sale_id: int,
    stocked: Sequence[PlannedRow],
    row_ids: Sequence[int],
    decision: Decision,
) -> None:
    """Reserve, put on notes, ship: *now* rows on notes of their own, because those leave."""
    held: list[Reservation] = []
    leaving: list[NoteUnits] = []
    later: list[NoteUnits] = []
    for row, key, one in zip(stocked, row_ids, decision.rows, strict=True):
        item = row.item.id if row.item is not None else 0
        if one.allocated:
            held.append(Reservation(key, sale_id, row.warehouse_id, item, one.allocated))
        if one.fulfilled:
            notes = leaving if one.shipped else later
            notes.append(NoteUnits(key, sale_id, row.warehouse_id, item, one.fulfilled))
    reserve(work, held)
    gone = put_on_notes(work, leaving)
    if gone:
        ship_notes(work, gone.values())
    put_on_notes(work, later)
    if held:
        work.touched(Topic.STOCK, {one.product_id for one in held})


def _take_money(work: Work, plan: Plan, sale_id: int) -> None:
    """R7.2: what was paid; on account nothing, a deposit in part."""
    named = [one.external_id for one in plan.payments if one.external_id]
    if named:
        here = work.db.execute(_SAME_PAYMENT, {"named": named}).scalars().first()
        if here is not None:
            raise Rejected("shop_payment_twice", [here])
    write_payments(
        work,
        [
            Paid(sale_id, one.amount, one.method, one.paid_at, one.external_id)
            for one in plan.payments
        ],
    )


_SAME_PAYMENT = select(payments.c.external_id).where(
    payments.c.external_id.in_(bindparam("named", expanding=True))
)


def _note_sale(
    work: Work, plan: Plan, sale_id: int, stocked: Sequence[PlannedRow], decision: Decision
) -> None:
    lacking: dict[str, int] = defaultdict(int)
    for index in decision.exceptions:
        row = stocked[index]
        if row.item is not None:
            lacking[row.item.sku] += row.ordered - decision.rows[index].allocated
    notes: list[tuple[str, int, str, Mapping[str, Any]]] = [
        ("SO", sale_id, "shop_sale", _rung_up(plan))
    ]
    if lacking:
        items = [{"sku": sku, "units": units} for sku, units in lacking.items()]
        notes.append(("SO", sale_id, "shop_short", {"items": items}))
    if said := clean(plan.transaction.note, 2000):
        notes.append(("SO", sale_id, "text", {"text": said}))
    add_notes(work, notes)


def _rung_up(plan: Plan) -> dict[str, Any]:
    """Who sold it where, as the notes tell it."""
    given = plan.transaction
    return {
        "channel": plan.shop.name,
        "till": clean(given.till, 60),
        "cashier": clean(given.cashier, 120),
        "receipt": clean(given.receipt, 120),
        "transaction": given.transaction_id,
        "rung_at": given.rung_at.isoformat() if given.rung_at is not None else None,
        "time": plan.time,
        "facts": {
            clean(name, 40): clean(value, 120) for name, value in sorted(given.facts.items())
        },
    }


# --- who bought ---------------------------------------------------------------------------------

_BY_EXTERNAL = select(customer).where(customer.c.external_id == bindparam("external"))
_BY_EMAIL = (
    select(customer)
    .where(func.lower(customer.c.email) == func.lower(bindparam("email")), customer.c.email != "")
    .order_by(customer.c.id)
    .limit(1)
)


def customer_of(db: Connection, shop: Shop, given: Customer | None) -> tuple[int, Any]:
    """Find the customer by the sender's id, else by e-mail; a stranger is made new."""
    external, row = WALK_IN, None
    if given is not None and given.external_id:
        external = key_of(shop, clean(given.external_id, 200))
        row = db.execute(_BY_EXTERNAL, {"external": external}).one_or_none()
    if given is not None and row is None and (email := clean(given.email, 200)):
        row = db.execute(_BY_EMAIL, {"email": email}).one_or_none()
    if given is None or (row is None and not (given.external_id or given.email or given.name)):
        row = db.execute(_BY_EXTERNAL, {"external": WALK_IN}).one_or_none()
        given = None
    if row is not None:
        return row.id, row
    values: dict[str, str | None]
    if given is None:
        values = {"external_id": WALK_IN, "name": "Walk-in customer"}
    else:
        values = {
            "external_id": external if given.external_id else None,
            "name": clean(given.name or given.email or given.external_id, 200),
            "email": clean(given.email, 200),
            "phone": clean(given.phone, 60),
            "address": clean(given.address, 1000),
        }
    made = db.execute(insert(customer).values(**values).returning(customer)).one()
    return made.id, made


# --- the credit ---------------------------------------------------------------------------------


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
        ("SC", made, "shop_refund", _rung_up(plan))
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


__all__ = [
    "credit_pairs_of",
    "customer_of",
    "settle_exchange",
    "stock_pairs_of",
    "write_refund",
    "write_sale",
]
