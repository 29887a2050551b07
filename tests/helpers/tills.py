"""A shop with tills: its channel, the messages they send in our own format, what became of them.

shop = a_shop(backend)
send(backend, sale("T1", [("APPLE", 2)]))
apply_all(backend)
assert fate(backend, "T1-m") == ("applied", "", None)
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select

from desktop_app.services import pos_formats
from desktop_app.services.backend import Backend
from desktop_app.services.pos_intake import Applied, apply_pending
from desktop_app.services.pos_messages import Raw, take_in
from desktop_app.services.rules.money import UNIT
from desktop_app.services.store import tables as t
from tests.helpers import foundation as f
from tests.helpers.builders import once

CODE = "STORE"
RUNG_UP = datetime.now(UTC).isoformat(timespec="seconds")
"""When a sale was made unless it says otherwise: one time a run, so that a repeat is a repeat."""

Json = dict[str, Any]
WALKED_OUT: Json = {"kind": "on_account", "payments": []}


def a_shop(
    backend: Backend, code: str = CODE, *, automatic: bool = True, warehouse: int | None = f.SHOP
) -> int:
    """A channel whose goods leave the shop's warehouse; returns its id."""
    with backend.store.writes.begin() as db:
        made = db.execute(
            insert(t.channel)
            .values(
                code=code, name=f"Shop {code}", kind="shop", warehouse_id=warehouse,
                automatic_invoicing=int(automatic),
            )
            .returning(t.channel.c.id)
        )  # fmt: skip
        return int(made.scalar_one())


def line(number: int, sku: str, quantity: int | str = 1, method: str = "now", **more: Any) -> Json:
    """A row of 5.00 net and 1.00 tax a piece; ``ship_from`` the main warehouse when shipped later."""
    made: Json = {
        "id": f"L{number}", "sku": sku, "quantity": str(quantity), "price": "5.00", "tax_rate": "20",
        "fulfil": method, "description": f"{sku} of the till",
    }  # fmt: skip
    if method == "ship_later":
        made["ship_from"] = "MAIN"
    return made | more


def sale(
    transaction: str,
    rows: Sequence[tuple[Any, ...] | Json],
    *,
    paid: str | None = None,
    message: str = "",
    **more: Any,
) -> Json:
    """A sale as a till sends it, paid in full by card unless ``paid`` says how much."""
    lines = [row if isinstance(row, dict) else line(n, *row) for n, row in enumerate(rows, 1)]
    total = more.pop("total", None) or _six(lines)
    if paid is None:
        paid = total
    amount = float(paid)
    kind = "full" if paid == total else "deposit" if amount else "on_account"
    payments = [{"id": f"{transaction}-p", "method": "card", "amount": paid}] if amount else []
    return {
        "format": "backroom/1", "message_id": message or f"{transaction}-m", "kind": "sale",
        "transaction_id": transaction, "at": RUNG_UP, "till": "Till 2",
        "cashier": "Ann", "receipt": f"R-{transaction}", "currency": "GBP",
        "prices_include_tax": False, "lines": lines, "total": total,
        "payment": {"kind": kind, "payments": payments}, **more,
    }  # fmt: skip


def _six(rows: Sequence[Json]) -> str:
    return f"{sum(6 * int(float(row['quantity'])) for row in rows):.2f}"


def back(
    number: int, of_line: str = "", quantity: int = 1, disposition: str = "restock", **more: Any
) -> Json:
    """A row that gives back units of 5.00 net and 1.00 tax."""
    made: Json = {
        "id": f"B{number}", "quantity": str(quantity), "price": "5.00", "tax_rate": "20",
        "reason": "too small", "disposition": disposition,
    }  # fmt: skip
    if of_line:
        made["of_line"] = of_line
    return made | more


def refund(transaction: str, of: str | None, rows: Sequence[Json], **more: Any) -> Json:
    """A refund paid out in cash, of the sale ``of`` or of none."""
    made = sale(transaction, [], **more)
    for key in ("lines", "total", "payment"):
        del made[key]
    return made | {"kind": "refund", "refund": refund_part(transaction, of, rows)}


def refund_part(
    transaction: str, of: str | None, rows: Sequence[Json], paid: str | None = None
) -> Json:
    total = _six(rows)
    paid = total if paid is None else paid
    part: Json = {"lines": list(rows), "total": total}
    part["paid"] = (
        [{"id": f"{transaction}-r", "method": "cash", "amount": paid}] if float(paid) else []
    )
    return part | ({"of": of} if of else {})


def raw(given: Json | bytes, code: str = CODE) -> Raw:
    data = given if isinstance(given, bytes) else json.dumps(given).encode()
    seen = pos_formats.look(data)
    return Raw(code, seen.message_key, seen.digest, "command", data, seen.till, seen.format)


def send(backend: Backend, *given: Json | bytes, code: str = CODE) -> Mapping[str, Any]:
    """Take in messages; the answer of the command."""
    return backend.run(take_in([raw(one, code) for one in given]), once=once()).result


def apply_all(backend: Backend) -> Applied:
    return apply_pending(backend)


def ring_up(backend: Backend, *given: Json | bytes) -> Applied:
    """Send and apply; nothing is left to be done."""
    send(backend, *given)
    return apply_all(backend)


def fate(backend: Backend, message: str) -> tuple[str, str, Any]:
    """(state, reason, parameters) of the first message with this key."""
    m = t.pos_message.c
    row = backend.read(
        lambda db: db.execute(
            select(m.state, m.reason, m.params).where(m.message_key == message).order_by(m.id)
        ).first()
    )
    assert row is not None, message
    return row.state, row.reason, row.params


def fates(backend: Backend) -> list[tuple[str, str]]:
    """(state, reason) of every message, the first first."""
    m = t.pos_message.c
    return [
        (row.state, row.reason)
        for row in backend.read(
            lambda db: db.execute(select(m.state, m.reason).order_by(m.id)).all()
        )
    ]


def sold(backend: Backend, transaction: str) -> Any:
    """The sale that a transaction became."""
    o = t.pos_order.c
    return backend.read(
        lambda db: db.execute(
            select(t.sale)
            .join(t.pos_order, o.sale_id == t.sale.c.id)
            .where(o.transaction_id == transaction)
        ).one()
    )


def credited(backend: Backend, transaction: str) -> Any:
    """The credit that a transaction became."""
    o = t.pos_order.c
    return backend.read(
        lambda db: db.execute(
            select(t.credit)
            .join(t.pos_order, o.credit_id == t.credit.c.id)
            .where(o.transaction_id == transaction)
        ).one()
    )


def rows_of(backend: Backend, sale_id: int) -> list[Any]:
    r = t.sale_row.c
    return list(
        backend.read(
            lambda db: db.execute(
                select(t.sale_row).where(r.sale_id == sale_id).order_by(r.position)
            ).all()
        )
    )


def level(backend: Backend, product: int, warehouse: int = f.SHOP) -> tuple[int, int, int]:
    """(in stock, on hand, quarantined) in whole units."""
    x = t.stock_level.c
    row = backend.read(
        lambda db: db.execute(
            select(x.in_stock, x.allocated, x.quarantined).where(
                x.product_id == product, x.warehouse_id == warehouse
            )
        ).one_or_none()
    )
    if row is None:
        return 0, 0, 0
    on_hand = row.in_stock - row.allocated - row.quarantined
    return row.in_stock // UNIT, on_hand // UNIT, row.quarantined // UNIT


def notes_of(backend: Backend, document: str, key: int) -> list[tuple[str, Any]]:
    n = t.note.c
    return [
        (row.kind, row.params)
        for row in backend.read(
            lambda db: db.execute(
                select(n.kind, n.params)
                .where(n.document == document, n.document_id == key)
                .order_by(n.id)
            ).all()
        )
    ]


def counts(backend: Backend) -> dict[str, int]:
    """How many rows each table of documents has: what a refused message must not change."""
    names = (
        "sale",
        "sale_row",
        "credit",
        "payment",
        "invoice",
        "movement",
        "goods_out",
        "pos_order",
        "customer",
    )
    return backend.read(
        lambda db: {
            name: len(db.execute(select(t.metadata.tables[name].c[0])).all()) for name in names
        }
    )  # fmt: skip
