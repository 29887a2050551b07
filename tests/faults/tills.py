"""What ten tills ring up, and what the books must say of it in the end, whatever happened between.

Every tenth message comes twice, half of those under another message id; every hundredth is damaged;
refunds and exchanges come before or after their sale, as the shuffle has it.
"""

import hashlib
import json
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, func, insert, select

from desktop_app.services import pos_formats
from desktop_app.services.backend import Backend
from desktop_app.services.opening import open_store
from desktop_app.services.pos_messages import Raw
from desktop_app.services.store import tables as t
from tests.helpers import foundation as f
from tests.helpers.builders import stock
from tests.helpers.databases import findings
from tests.helpers.many import many_products
from tests.helpers.tills import CODE, a_shop, back, line, refund, refund_part, sale

TILLS = 10
PRODUCTS = 200
SCARCE = 20
"""Products that run out: what is sold of them is partly not on record."""
SKU = "ITEM-{:03}"
Json = dict[str, Any]


@dataclass(slots=True)
class Day:
    """The messages in the order they arrive, and what they must lead to."""

    raws: list[Raw] = field(default_factory=list)
    sales: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Transaction to its total in pence and its rows."""
    refunds: dict[str, int] = field(default_factory=dict)
    damaged: set[str] = field(default_factory=set)
    """Keys of the messages that must be parked, and no others."""
    repeats: int = 0
    """Messages under an id of their own that say what is known already."""


def lay(address: str) -> None:
    """A shop, its goods, and stock that is plenty of most of them."""
    store = open_store(address)
    try:
        backend = Backend.sign_in(store, "mary")
        a_shop(backend)
        products = many_products(backend, PRODUCTS, [])
        with store.writes.begin() as db:
            for number, key in enumerate(products):
                db.execute(
                    t.product.update().where(t.product.c.id == key).values(sku=SKU.format(number))
                )
        for warehouse in (f.SHOP, f.MAIN):
            held = {key: 50 if n < SCARCE else 1_000_000 for n, key in enumerate(products)}
            stock(backend, held, warehouse)
        with store.writes.begin() as db:
            db.execute(insert(t.customer).values(name="Regular", external_id=f"{CODE}:regular"))
    finally:
        store.close()


def a_day(number: int, seed: int) -> Day:
    """So many messages, the repeated ones among them."""
    rng = random.Random(seed)
    day = Day()
    made: list[tuple[Json, bytes | None]] = []
    open_rows: list[tuple[str, str, int]] = []
    originals = number * 10 // 11
    for n in range(originals):
        damaged = n % 100 == 99
        given = _message(rng, day, f"{n % TILLS}-{n}", open_rows, good=not damaged)
        made.append((given, _damage(rng, given) if damaged else None))
    messages: list[Json | bytes] = [spoilt or given for given, spoilt in made]
    for n in range(9, originals, 10):
        given, spoilt = made[n]
        if spoilt is None and n % 20 == 19:
            given = given | {"message_id": f"again-{n}"}
            day.repeats += 1
        messages.append(spoilt or given)
    rng.shuffle(messages)
    for one in messages:
        data = one if isinstance(one, bytes) else json.dumps(one).encode()
        seen = pos_formats.look(data)
        day.raws.append(
            Raw(CODE, seen.message_key, seen.digest, "command", data, seen.till, seen.format)
        )
    spoiled = {hashlib.sha256(spoilt).hexdigest() for _, spoilt in made if spoilt is not None}
    day.damaged = {one.message_key for one in day.raws if one.digest in spoiled}
    return day


def _message(
    rng: random.Random, day: Day, name: str, open_rows: list[tuple[str, str, int]], *, good: bool
) -> Json:
    kind = rng.random()
    till = f"Till {name.partition('-')[0]}"
    if good and kind < 0.08 and open_rows:
        of, row, units = open_rows.pop(rng.randrange(len(open_rows)))
        day.refunds[name] = 600 * units
        goes = rng.choice(["restock", "restock", "quarantine", "write_off"])
        return refund(name, of, [back(1, row, units, goes)], till=till)
    lines = [_line(rng, n) for n in range(1, rng.choice([1, 1, 2, 3, 5]) + 1)]
    total = sum(6 * int(row["quantity"]) for row in lines)
    paid = rng.choice([f"{total:.2f}"] * 8 + ["0.00", "6.00"])
    given = sale(name, lines, paid=paid, till=till)
    if rng.random() < 0.2:
        given["customer"] = {"id": "regular"}
    if good:
        day.sales[name] = (total * 100, len(lines))
    if good and kind < 0.11 and open_rows:
        of, row, units = open_rows.pop(rng.randrange(len(open_rows)))
        given |= {"kind": "exchange", "refund": refund_part(name, of, [back(1, row, units)])}
        day.refunds[name] = 600 * units
    elif good and rng.random() < 0.3:
        first = lines[0]
        open_rows.append((name, first["id"], rng.randint(1, int(first["quantity"]))))
    return given


def _line(rng: random.Random, number: int) -> Json:
    method = rng.choice(["now"] * 8 + ["ship_later", "back_order"])
    return line(number, SKU.format(rng.randrange(PRODUCTS)), rng.randint(1, 3), method)


def _damage(rng: random.Random, given: Json) -> bytes:
    """One of the ways in which a message cannot be what a shop means."""
    first = given["lines"][0]
    whole = json.dumps(given)
    return rng.choice(
        [
            whole[: len(whole) * 2 // 3].encode(),
            json.dumps(given | {"lines": [first | {"sku": "NOBODY-KNOWS"}]}).encode(),
            json.dumps(given | {"lines": [first | {"quantity": "-1"}]}).encode(),
            json.dumps(given | {"currency": "XXX"}).encode(),
            json.dumps(given | {"total": "0.01"}).encode(),
            whole.replace('"total"', '"total": 1, "total"', 1).encode(),
            whole.replace('"quantity": "', '"quantity": NaN, "x": "', 1).encode(),
            json.dumps(
                given | {"lines": [first | {"fulfil": "ship_later", "ship_from": "MOON"}]}
            ).encode(),
        ]
    )


def assert_right(address: str, day: Day) -> str:
    """Nothing lost, doubled or half-made; parked is what was damaged. Returns the state's digest."""
    store = open_store(address)
    try:
        with store.reading() as db:
            _check_messages(db, day)
            _check_orders(db, day)
            state = _state(db)
        broken = findings(store)
        assert not broken, f"the books are wrong:\n{broken}"
        return hashlib.sha256(json.dumps(state, sort_keys=True, default=str).encode()).hexdigest()
    finally:
        store.close()


def _check_messages(db: Connection, day: Day) -> None:
    m = t.pos_message.c
    rows = db.execute(select(m.message_key, m.state, m.reason)).all()
    assert {row.message_key for row in rows} == {one.message_key for one in day.raws}, (
        "messages lost"
    )
    assert len(rows) == len({one.digest for one in day.raws}), "messages doubled"
    parked = {row.message_key for row in rows if row.state == "parked"}
    assert parked == day.damaged, [row for row in rows if row.message_key in parked ^ day.damaged][
        :5
    ]
    states = Counter(row.state for row in rows)
    orders = len(day.sales.keys() | day.refunds.keys())
    assert states == Counter(
        {"applied": orders, "repeated": day.repeats, "parked": len(day.damaged)}
    )


def _check_orders(db: Connection, day: Day) -> None:
    o, s, c = t.pos_order.c, t.sale.c, t.credit.c
    found = db.execute(
        select(o.transaction_id, s.total, s.row_count, func.count(t.sale_row.c.id))
        .join(t.sale, s.id == o.sale_id)
        .join(t.sale_row, t.sale_row.c.sale_id == s.id)
        .group_by(o.transaction_id, s.id, s.total, s.row_count)
    ).all()
    assert {row[0]: (row[1], row[2]) for row in found} == day.sales
    assert all(row[2] == row[3] for row in found), "half-made sales"
    assert (
        len(found)
        == db.execute(select(func.count()).select_from(t.sale)).scalar_one()
        == len(day.sales)
    )
    credits_ = db.execute(
        select(o.transaction_id, c.total).join(t.credit, c.id == o.credit_id)
    ).all()
    assert {row.transaction_id: row.total for row in credits_} == day.refunds
    assert len(credits_) == db.execute(select(func.count()).select_from(t.credit)).scalar_one()
    told = select(func.count()).select_from(t.note).where(t.note.c.kind == "shop_sale")
    assert db.execute(told).scalar_one() == len(day.sales), "a sale without its note"


def _state(db: Connection) -> list[Any]:
    """What there is in the end, without ids and times."""
    o, s, r, x = t.pos_order.c, t.sale.c, t.sale_row.c, t.stock_level.c
    columns = (
        o.transaction_id, s.number, s.allocation, s.fulfilment, s.shipping, s.payment, s.invoiced,
        r.position, r.reserved, r.fulfilled, r.shipped,
    )  # fmt: skip
    rows = db.execute(
        select(*columns)
        .join(t.sale, s.id == o.sale_id)
        .join(t.sale_row, r.sale_id == s.id)
        .order_by(o.transaction_id, r.position)
    ).all()
    levels = db.execute(
        select(x.warehouse_id, x.product_id, x.in_stock, x.allocated, x.quarantined).order_by(
            x.warehouse_id, x.product_id
        )
    ).all()
    return [[list(row) for row in rows], [list(row) for row in levels]]
