"""A shop's sale written with all that follows from it at once (R7.1 to R7.7).

Callers hold the stock levels (``stock_pairs_of``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, literal, select

from . import settings
from .backend import Work
from .books import add_notes
from .changes import Topic
from .errors import Rejected
from .lists import sale_search_text
from .pos_goods import NewRow, Standing, notes_needed, standing, write_goods
from .pos_planning import Plan, PlannedRow, Shop, clean, key_of
from .pos_shapes import Customer
from .rules.pos_fulfilment import SOLD_FROM_STOCK, Decision, Outcome, PosRow, decide
from .rules.sale_status import RowFacts, axes, payment
from .store.bulk import insert_many, next_ids_of, next_numbers
from .store.tables import (
    customer,
    goods_out,
    goods_out_row,
    invoice,
    order_status,
    sale,
    sale_row,
    setting,
)
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


# --- the sale -----------------------------------------------------------------------------------


def write_sale(work: Work, plan: Plan) -> tuple[int, int]:
    """Write the sale and all that follows from it at once. Returns (sale id, number)."""
    stocked = [row for row in plan.rows if row.kind == "stock" and row.item is not None]
    before = standing(work.db, stock_pairs_of(plan))
    decision = decide(
        [
            PosRow(row.method, row.ordered, row.item.id if row.item else 0, row.warehouse_id)
            for row in stocked
        ],
        before.on_hand,
        automatic_invoicing=plan.shop.automatic_invoicing,
    )
    _check_known(work.db, plan)
    buyer_id, buyer = customer_of(work.db, plan.shop, plan.transaction.customer)
    places = [row.warehouse_id for row in stocked]
    ids = next_ids_of(
        work.db,
        {
            sale: 1,
            sale_row: len(plan.rows),
            goods_out: len(notes_needed(zip(places, decision.rows, strict=True))),
            goods_out_row: sum(1 for one in decision.rows if one.fulfilled),
        },
    )
    key = ids[sale][0]
    number = _write_head(work, plan, stocked, decision, key, buyer_id, buyer)
    fresh = _write_rows(work, plan, key, ids[sale_row], iter(decision.rows), before)
    write_goods(work, key, fresh, ids[goods_out], ids[goods_out_row])
    _take_money(work, plan, key)
    notes = _notes_of(plan, key, stocked, decision)
    if decision.invoice:
        notes.append(_invoice(work, plan, key))
    add_notes(work, notes)
    work.touched(Topic.SALES, [key])
    return key, number


def _check_known(db: Connection, plan: Plan) -> None:
    """Neither the order nor a payment of it is in the books already, from wherever it came."""
    external = key_of(plan.shop, plan.transaction.transaction_id)
    named = [one.external_id for one in plan.payments if one.external_id]
    here = db.execute(_KNOWN, {"external": external, "named": named}).first()
    if here is not None and here.kind == "sale":
        raise Rejected("shop_order_exists", order=external)
    if here is not None:
        # The till's own name of it, without what makes it unique over channels.
        named_so = here.external_id.removeprefix(key_of(plan.shop, "payment", ""))
        raise Rejected("shop_payment_twice", [named_so])


_KNOWN = (
    select(literal("sale").label("kind"), sale.c.external_id)
    .where(sale.c.external_id == bindparam("external"))
    .union_all(
        select(literal("payment"), payments.c.external_id).where(
            payments.c.external_id.in_(bindparam("named", expanding=True))
        )
    )
)


def _write_head(
    work: Work,
    plan: Plan,
    stocked: Sequence[PlannedRow],
    decision: Decision,
    key: int,
    buyer_id: int,
    buyer: Any,
) -> int:
    given = plan.transaction
    facts = [
        RowFacts(row.ordered, one.reserved, one.fulfilled, one.shipped)
        for row, one in zip(stocked, decision.rows, strict=True)
    ]
    moved = axes(facts)
    status = _status(work.db, plan)
    external = key_of(plan.shop, given.transaction_id)
    number = next_numbers(work.db, "sale", 1)[0]
    net, tax = sum(row.net for row in plan.rows), sum(row.tax for row in plan.rows)
    reference = clean(given.reference or given.receipt, 200)
    skus = [row.item.sku for row in plan.rows if row.item is not None]
    found = f"{reference} {clean(given.receipt, 120)}" if given.reference else reference
    paid = sum(one.amount for one in plan.payments)
    work.db.execute(
        insert(sale),
        {
            "id": key, "number": number, "external_id": external, "placed_at": plan.placed_at,
            "customer_id": buyer_id, "channel_id": plan.shop.id,
            "warehouse_id": plan.warehouse_id, "status_id": status.id,
            "currency": plan.currency, "reference": reference,
            "address": clean(given.address, 1000) or buyer.address,
            "net": net, "tax": tax, "total": net + tax, "paid": paid, "row_count": len(plan.rows),
            "allocation": int(moved.allocation), "fulfilment": int(moved.fulfilment),
            "shipping": int(moved.shipping), "payment": int(payment(net + tax, paid)),
            "invoiced": int(decision.invoice), "short": sum(one.needed for one in facts),
            "waits": int(
                not (
                    status.is_quote or status.is_cancelled or status.is_on_hold
                    or status.is_closed
                )
            ),
            "search": sale_search_text(number, buyer.name, found, external, skus),
        },
    )  # fmt: skip
    return number


def _stored(key: str, scope: Any, label: str) -> Any:
    return (
        select(setting.c.value)
        .where(setting.c.key == key, setting.c.scope == scope)
        .scalar_subquery()
        .label(label)
    )


# Read with each order, so in one statement: every status, and beside it what the settings say.
_STATUSES = (
    select(
        order_status,
        _stored(settings.STATUS_NEW_SALE, bindparam("scope"), "new_here"),
        _stored(settings.STATUS_NEW_SALE, settings.COMPANY, "new_usual"),
        _stored(settings.STATUS_BACK_ORDERED, bindparam("scope"), "back_here"),
        _stored(settings.STATUS_BACK_ORDERED, settings.COMPANY, "back_usual"),
    )
    .where(order_status.c.document == "SO")
    .order_by(order_status.c.position, order_status.c.id)
)


def _status(db: Connection, plan: Plan) -> Any:
    """The label that the settings give new orders of the channel (R9); never one that cancels."""
    statuses = db.execute(_STATUSES, {"scope": settings.channel_scope(plan.shop.id)}).all()
    usable = [one for one in statuses if not one.is_cancelled]
    asked = [(settings.STATUS_NEW_SALE, "new")]
    if any(row.method == "back_order" for row in plan.rows):
        asked.insert(0, (settings.STATUS_BACK_ORDERED, "back"))
    for key, name in asked:
        for one in usable:
            said = getattr(one, f"{name}_here")
            said = getattr(one, f"{name}_usual") if said is None else said
            usual = one.name == settings.definition(key).default
            if one.id == said or (said is None and usual):
                return one
    plain = [one for one in usable if not (one.is_quote or one.is_on_hold)]
    if not plain:
        raise Rejected("shop_without_status")
    return plain[0]


def _write_rows(
    work: Work,
    plan: Plan,
    sale_id: int,
    ids: Sequence[int],
    outcomes: Iterator[Outcome],
    before: Standing,
) -> list[NewRow]:
    """Insert the rows with what becomes of each; returns those that take part in stock."""
    nothing = Outcome()
    fresh: list[NewRow] = []
    values = []
    for place, (key, row) in enumerate(zip(ids, plan.rows, strict=True), 1):
        one = nothing
        if row.kind == "stock" and row.item is not None:
            one = next(outcomes)
            shelf = before.shelves.get(row.warehouse_id)
            fresh.append(NewRow(key, row.warehouse_id, row.item.id, one, shelf))
        values.append(
            {
                "id": key, "sale_id": sale_id, "position": place,
                "external_id": row.external_id,
                "product_id": row.item.id if row.item is not None else None, "kind": row.kind,
                "description": row.description, "warehouse_id": row.warehouse_id,
                "method": row.method,
                "bundle_row_id": ids[row.parent] if row.parent is not None else None,
                "ordered": row.ordered, "price": row.price, "tax_rate": row.tax_rate,
                "net": row.net, "tax": row.tax, "reserved": one.reserved,
                "fulfilled": one.fulfilled, "shipped": one.shipped,
            }
        )  # fmt: skip
    insert_many(work.db, sale_row, values)
    return fresh


def _take_money(work: Work, plan: Plan, sale_id: int) -> None:
    """R7.2: what was paid; on account nothing, a deposit in part."""
    insert_many(
        work.db,
        payments,
        [
            {
                "sale_id": sale_id, "amount": one.amount, "method": one.method,
                "external_id": one.external_id, "paid_at": one.paid_at,
                "journal_id": work.journal_id,
            }
            for one in plan.payments
        ],
    )  # fmt: skip


Note = tuple[str, int, str, Mapping[str, Any]]


def _invoice(work: Work, plan: Plan, sale_id: int) -> Note:
    """Invoice the new sale (R7.7), dated when it was sold."""
    number = next_numbers(work.db, "invoice", 1)[0]
    dated = plan.placed_at.astimezone().date()
    row = {"number": number, "sale_id": sale_id, "dated": dated, "journal_id": work.journal_id}
    insert_many(work.db, invoice, [row])
    return ("SO", sale_id, "invoiced", {"number": number, "dated": dated.isoformat()})


def _notes_of(
    plan: Plan, sale_id: int, stocked: Sequence[PlannedRow], decision: Decision
) -> list[Note]:
    lacking: dict[str, int] = defaultdict(int)
    for index in decision.exceptions:
        row = stocked[index]
        if row.item is not None:
            lacking[row.item.sku] += row.ordered - decision.rows[index].allocated
    notes: list[Note] = [("SO", sale_id, "shop_sale", rung_up(plan))]
    if lacking:
        items = [{"sku": sku, "units": units} for sku, units in lacking.items()]
        notes.append(("SO", sale_id, "shop_short", {"items": items}))
    if said := clean(plan.transaction.note, 2000):
        notes.append(("SO", sale_id, "text", {"text": said}))
    return notes


def rung_up(plan: Plan) -> dict[str, Any]:
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


__all__ = ["customer_of", "rung_up", "stock_pairs_of", "write_sale"]
