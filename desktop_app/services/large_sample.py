"""A large company for measuring (ux FRS-02): 200,000 sales by default, the same for a seed.

Most sales are history, shipped before the program knew them (``opening_shipped``); the newest few
per cent are alive: allocated, packed, waiting with and without purchase orders, on hold, quotes.
Every invariant of ``doctor`` holds.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, insert, select, text, update

from . import company
from .lists import purchase_search_text, sale_search_text, today
from .rules import sale_status
from .rules.money import UNIT, half_up, row_total
from .rules.sale_status import RowFacts
from .store import tables as t
from .store.bulk import insert_many, is_postgres
from .store.engine import Store

SALES = 200_000
CHUNK = 5_000
DAYS = 730
"""The sales lie within so many days before ``until``."""

FIRST_NUMBER = 100_001
JOURNAL_ID = str(UUID(int=1))
LIVE_SHARE = 0.03

WAREHOUSES = (("BRISTOL", "Bristol"), ("LEEDS", "Leeds"), ("YORK", "York"))
CHANNELS = (
    ("WEB", "Web shop", "web"),
    ("BRISTOL", "Bristol store", "shop"),
    ("LEEDS", "Leeds store", "shop"),
    ("MARKET", "Marketplace", "marketplace"),
)
FIRST_WORDS = (
    "Orchard", "Harbour", "Penrose", "Quayside", "Kestrel", "Alpine", "Studio", "Meadow", "Granite",
    "Willow", "Copper", "Northern", "Velvet", "Cedar", "Lantern", "Summit", "Tidal", "Amber",
)  # fmt: skip
SECOND_WORDS = (
    "Lane", "House", "Cycles", "Café", "Outdoors", "Nine", "Supplies", "& Sons", "Trading", "Works",
    "Gallery", "Kitchen", "Books", "Fitters", "Stores", "Partners",
)  # fmt: skip
GOODS = ("Tent", "Stove", "Mat", "Lamp", "Pump", "Lock", "Jacket", "Bottle", "Rope", "Chair", "Axe")


@dataclass(slots=True)
class _World:
    """What the parts share: the dice, ids of the small tables, and what is still to be written."""

    dice: random.Random
    until: date
    sales: int
    products: int
    suppliers: int
    customers: list[str] = field(default_factory=list)
    status: dict[str, int] = field(default_factory=dict)
    po_status: dict[str, int] = field(default_factory=dict)
    channels: list[int] = field(default_factory=list)
    places: dict[int, int] = field(default_factory=dict)
    """Warehouse to its default location."""
    person: int = 1
    supplier_of: list[int] = field(default_factory=list)
    """By product id - 1: its primary supplier."""
    cost_of: list[int] = field(default_factory=list)
    price_of: list[int] = field(default_factory=list)
    supplier_names: list[str] = field(default_factory=list)
    allocated: dict[tuple[int, int], int] = field(default_factory=lambda: defaultdict(int))
    waiting: list[tuple[int, int, int, int, int]] = field(default_factory=list)
    """(warehouse, product, sale row, sale, short units)."""
    notes: int = 0
    row_id: int = 0


def build(store: Store, *, sales: int = SALES, seed: int = 1, until: date | None = None) -> None:
    """Fill an empty database, then gather the statistics its planner needs."""
    company.set_up(store, name="Large sample", warehouses=WAREHOUSES, is_sample=True)
    world = _World(
        random.Random(seed),
        until or today(),
        sales,
        products=max(min(sales // 40, 5_000), 20),
        suppliers=max(min(sales // 500, 40), 3),
    )
    with store.writes.connect() as db, db.begin():
        _small_tables(db, world)
        _goods(db, world)
        _history_of_purchases(db, world)
        for first in range(0, sales, CHUNK):
            _sales(db, world, range(first, min(first + CHUNK, sales)))
        _open_purchases(db, world)
        _stock(db, world)
        _counters(db, world)
    gather_statistics(store)


def gather_statistics(store: Store) -> None:
    """Do what a database does by itself over the weeks."""
    with store.writes.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        if store.is_postgres:
            db.execute(text("VACUUM ANALYZE"))
    if not store.is_postgres:
        with store.writes.connect() as db, db.begin():
            db.execute(text("ANALYZE"))


def _small_tables(db: Connection, world: _World) -> None:
    at = datetime.combine(world.until - timedelta(days=DAYS + 1), time(8), UTC)
    db.execute(
        insert(t.journal).values(
            id=JOURNAL_ID, seq=func.nextval("journal_seq") if is_postgres(db) else 1,
            command="Load large sample", digest="", person_id=1, workstation="sample",
            app_version="", at=at, request={}, result={},
        )
    )  # fmt: skip
    world.status = dict(
        db.execute(
            select(t.order_status.c.name, t.order_status.c.id).where(
                t.order_status.c.document == "SO"
            )
        ).all()
    )
    world.po_status = dict(
        db.execute(
            select(t.order_status.c.name, t.order_status.c.id).where(
                t.order_status.c.document == "PO"
            )
        ).all()
    )
    world.person = db.execute(select(t.person.c.id)).scalar_one()
    world.places = {
        row.warehouse_id: row.id
        for row in db.execute(select(t.location).where(t.location.c.is_default == 1))
    }
    homes = sorted(world.places)
    for place, (code, name, kind) in enumerate(CHANNELS):
        db.execute(
            insert(t.channel).values(
                code=code, name=name, kind=kind, warehouse_id=homes[place % len(homes)]
            )
        )
    world.channels = list(db.execute(select(t.channel.c.id).order_by(t.channel.c.id)).scalars())
    how_many = max(world.sales // 20, 20)
    known = db.execute(select(func.count()).select_from(t.customer)).scalar_one()
    world.customers = ["Walk-in customer"] * known + [
        f"{world.dice.choice(FIRST_WORDS)} {world.dice.choice(SECOND_WORDS)} {number}"
        for number in range(how_many)
    ]
    insert_many(
        db,
        t.customer,
        [
            {"id": key, "name": name, "email": f"buyer{key}@example.org", "address": _address(key),
             "has_credit_terms": int(key % 7 == 0)}
            for key, name in enumerate(world.customers[known:], known + 1)
        ],
    )  # fmt: skip


def _address(key: int) -> str:
    return f"{key % 190 + 1} {FIRST_WORDS[key % len(FIRST_WORDS)]} Road\nBristol\nBS{key % 20 + 1}"


def _goods(db: Connection, world: _World) -> None:
    dice = world.dice
    world.supplier_names = [
        f"{FIRST_WORDS[n % len(FIRST_WORDS)]} Wholesale {n + 1}" for n in range(world.suppliers)
    ]
    insert_many(
        db,
        t.supplier,
        [
            {"id": n, "number": n, "name": name, "currency": "GBP", "lead_time_days": 3 + n % 12}
            for n, name in enumerate(world.supplier_names, 1)
        ],
    )
    goods: list[dict[str, Any]] = []
    offers: list[dict[str, Any]] = []
    prices: list[dict[str, Any]] = []
    for key in range(1, world.products + 1):
        name = GOODS[key % len(GOODS)]
        cost = dice.randrange(100, 90_00) * 100
        world.cost_of.append(cost)
        world.price_of.append(half_up(cost * 16, 1000) * 100)
        world.supplier_of.append(dice.randrange(1, world.suppliers + 1))
        goods.append(
            {"id": key, "sku": f"{name[:3].upper()}-{key:05d}", "name": f"{name} {key}",
             "kind": "stock", "price": world.price_of[-1], "tax_rate": 2000}
        )  # fmt: skip
        second = world.supplier_of[-1] % world.suppliers + 1
        for place, supplier in enumerate(dict.fromkeys((world.supplier_of[-1], second))):
            offer = len(offers) + 1
            offers.append(
                {"id": offer, "supplier_id": supplier, "product_id": key,
                 "is_primary": int(place == 0), "supplier_sku": f"S{supplier}-{key}"}
            )  # fmt: skip
            prices.append({"offer_id": offer, "minimum": 0, "cost": cost * (100 + place) // 100})
    insert_many(db, t.product, goods)
    insert_many(db, t.offer, offers)
    insert_many(db, t.offer_price, prices)


def _sku(key: int) -> str:
    return f"{GOODS[key % len(GOODS)][:3].upper()}-{key:05d}"


# --- sales --------------------------------------------------------------------------------------

_FATES = (
    "waiting",
    "waiting",
    "waiting",
    "part",
    "allocated",
    "allocated",
    "packed",
    "hold",
    "quote",
)
"""Of the living sales, evenly."""

_STATUS = {
    "shipped": "Shipped", "cancelled": "Cancelled", "hold": "On hold", "quote": "Quote",
    "waiting": "New", "part": "Back order", "allocated": "Ready to ship", "packed": "Ready to ship",
}  # fmt: skip


def _sales(db: Connection, world: _World, these: range) -> None:
    """Write some sales with all that belongs to them, oldest first."""
    out: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for index in these:
        _one_sale(world, index, out)
    for table in (t.sale, t.sale_row, t.payment, t.invoice, t.goods_out, t.goods_out_row):
        insert_many(db, table, out[table.name])
    if out["sale_event"]:
        insert_many(db, t.sale_event, out["sale_event"])
    if out["peg"]:
        insert_many(db, t.peg, out["peg"])


def _one_sale(world: _World, index: int, out: dict[str, list[dict[str, Any]]]) -> None:
    dice, key = world.dice, index + 1
    living = index >= world.sales * (1 - LIVE_SHARE)
    fate = dice.choice(_FATES) if living else "shipped" if dice.random() < 0.99 else "cancelled"
    minutes = DAYS * 24 * 60
    start = datetime.combine(world.until - timedelta(days=DAYS), time(), UTC)
    placed_at = start + timedelta(
        minutes=minutes * index // world.sales, seconds=dice.randrange(-3600, 3600)
    )
    warehouse = sorted(world.places)[dice.randrange(len(world.places))]
    rows = _rows(world, key, warehouse, fate, out)
    facts = [RowFacts(r["ordered"], r["reserved"], r["fulfilled"], r["shipped"]) for r in rows]
    axes = sale_status.axes(facts)
    net, tax = sum(r["net"] for r in rows), sum(r["tax"] for r in rows)
    total = net + tax
    roll = dice.random()
    paid = total if roll < 0.8 else 0 if roll < 0.92 or total < 2 else total // 2
    customer = dice.randrange(1, len(world.customers) + 1)
    reference = f"WEB-{dice.randrange(10**7):07d}" if dice.random() < 0.5 else ""
    number = FIRST_NUMBER + index
    out["sale"].append({
        "id": key, "number": number, "placed_at": placed_at, "customer_id": customer,
        "channel_id": dice.choice(world.channels), "warehouse_id": warehouse,
        "status_id": world.status[_STATUS[fate]], "currency": "GBP", "reference": reference,
        "address": _address(customer), "net": net, "tax": tax, "total": total, "paid": paid,
        "row_count": len(rows), "allocation": int(axes.allocation),
        "fulfilment": int(axes.fulfilment), "shipping": int(axes.shipping),
        "payment": int(sale_status.payment(total, paid)), "invoiced": int(fate == "shipped"),
        "short": sum(f.needed for f in facts),
        "waits": int(fate in {"waiting", "part", "allocated", "packed"}),
        "search": sale_search_text(
            number, world.customers[customer - 1], reference, None, [_sku(r["product_id"]) for r in rows]
        ),
    })  # fmt: skip
    if paid:
        out["payment"].append(
            {"sale_id": key, "amount": paid, "method": "card", "paid_at": placed_at}
        )
    if fate == "shipped":
        out["invoice"].append(
            {"number": key, "sale_id": key, "dated": placed_at.date(), "journal_id": JOURNAL_ID}
        )
    if fate == "packed":
        _pack(world, key, warehouse, rows, out)


def _rows(
    world: _World, sale: int, warehouse: int, fate: str, out: dict[str, list[dict[str, Any]]]
) -> list[dict[str, Any]]:
    dice = world.dice
    rows = []
    for position in range(1, dice.randrange(2, 6) + 1):
        world.row_id += 1
        product = dice.randrange(1, world.products + 1)
        ordered = dice.choice((1, 1, 1, 2, 2, 3, 4, 6)) * UNIT
        reserved = ordered if fate == "allocated" or (fate == "part" and position % 2) else 0
        fulfilled = ordered if fate in {"shipped", "packed"} else 0
        shipped = ordered if fate == "shipped" else 0
        price = world.price_of[product - 1]
        net = row_total(ordered, price)
        rows.append({
            "id": world.row_id, "sale_id": sale, "position": position, "product_id": product,
            "kind": "stock", "description": f"{GOODS[product % len(GOODS)]} {product}",
            "warehouse_id": warehouse, "ordered": ordered, "price": price, "tax_rate": 2000,
            "net": net, "tax": half_up(net * 20, 100), "reserved": reserved,
            "fulfilled": fulfilled, "shipped": shipped, "opening_shipped": shipped,
        })  # fmt: skip
        if reserved:
            world.allocated[warehouse, product] += reserved
            out["sale_event"].append(_event(world.row_id, reserved, 0))
        elif fate in {"waiting", "part"}:
            world.waiting.append((warehouse, product, world.row_id, sale, ordered))
        elif fate == "shipped" and dice.random() < 0.05:
            # Raised for it long ago and received since: the history row of this product.
            out["peg"].append(_peg(product, world.row_id, ordered, 0))
    out["sale_row"] += rows
    return rows


def _event(row: int, reserved: int, fulfilled: int) -> dict[str, Any]:
    return {
        "journal_id": JOURNAL_ID, "sale_row_id": row, "d_reserved": reserved,
        "d_fulfilled": fulfilled, "d_shipped": 0,
    }  # fmt: skip


def _peg(po_row: int, sale_row: int, quantity: int, live: int) -> dict[str, Any]:
    return {
        "po_row_id": po_row, "sale_row_id": sale_row, "quantity": quantity, "live": live,
        "journal_id": JOURNAL_ID,
    }  # fmt: skip


def _pack(
    world: _World,
    sale: int,
    warehouse: int,
    rows: Sequence[dict[str, Any]],
    out: dict[str, list[dict[str, Any]]],
) -> None:
    world.notes += 1
    out["goods_out"].append(
        {"id": world.notes, "number": world.notes, "kind": "goods_out", "sale_id": sale,
         "warehouse_id": warehouse, "journal_id": JOURNAL_ID}
    )  # fmt: skip
    for row in rows:
        out["goods_out_row"].append(
            {"goods_out_id": world.notes, "sale_row_id": row["id"], "quantity": row["fulfilled"]}
        )
        out["sale_event"].append(_event(row["id"], 0, row["fulfilled"]))
        world.allocated[warehouse, row["product_id"]] += row["fulfilled"]


# --- purchases ----------------------------------------------------------------------------------


def _history_of_purchases(db: Connection, world: _World) -> None:
    """Orders received in full long ago; the first row of each product has the product's id."""
    orders, rows = [], []
    homes = sorted(world.places)
    for product in range(1, world.products + 1):
        rows.append(_po_row(world, product, product, 1, product, 100 * UNIT, 100 * UNIT))
        orders.append(_order(world, product, product, rows[-1:], homes[product % len(homes)]))
    for key in range(world.products + 1, max(world.sales // 20, world.products + 10) + 1):
        product = world.dice.randrange(1, world.products + 1)
        rows.append(_po_row(world, key, key, 1, product, 50 * UNIT, 50 * UNIT))
        orders.append(_order(world, key, product, rows[-1:], homes[key % len(homes)]))
    for part in _parts(orders):
        insert_many(db, t.purchase_order, part)
    for part in _parts(rows):
        insert_many(db, t.purchase_row, part)


def _po_row(
    world: _World, key: int, order: int, position: int, product: int, ordered: int, received: int
) -> dict[str, Any]:
    cost = world.cost_of[product - 1]
    return {
        "id": key, "po_id": order, "position": position, "product_id": product, "ordered": ordered,
        "received": received, "opening_received": received, "cost": cost,
        "total": row_total(ordered, cost),
    }  # fmt: skip


def _order(
    world: _World,
    key: int,
    product: int,
    rows: Sequence[dict[str, Any]],
    warehouse: int,
    *,
    state: str = "sent",
    expected_on: date | None = None,
) -> dict[str, Any]:
    supplier = world.supplier_of[product - 1]
    number = 5_000 + key
    received = sale_status.received((r["ordered"], r["received"]) for r in rows)
    days = DAYS - key * DAYS // (world.sales // 20 + world.products + 200) if state == "sent" else 1
    status = (
        "Draft" if state == "draft" else "Received" if received == 2 else "Placed with supplier"
    )
    created = datetime.combine(world.until - timedelta(days=max(days, 1)), time(9), UTC)
    skus = [_sku(r["product_id"]) for r in rows]
    return {
        "id": key, "number": number, "supplier_id": supplier, "warehouse_id": warehouse,
        "state": state, "status_id": world.po_status[status], "currency": "GBP",
        "created_at": created, "sent_at": None if state == "draft" else created,
        "expected_on": expected_on or created.date() + timedelta(days=7),
        "total": sum(r["total"] for r in rows), "received": int(received),
        "to_come": sum(r["ordered"] - r["received"] for r in rows),
        "search": purchase_search_text(number, world.supplier_names[supplier - 1], "", None, skus),
    }  # fmt: skip


def _open_purchases(db: Connection, world: _World) -> None:
    """Half of what waits is on its way: per supplier and warehouse, some of it late."""
    wanted: dict[tuple[int, int], dict[int, list[tuple[int, int, int]]]] = {}
    for warehouse, product, row, sale, units in world.waiting:
        if sale % 2:
            place = wanted.setdefault((world.supplier_of[product - 1], warehouse), {})
            place.setdefault(product, []).append((row, sale, units))
    key = db.execute(select(func.max(t.purchase_order.c.id))).scalar_one()
    row_key = db.execute(select(func.max(t.purchase_row.c.id))).scalar_one()
    orders, rows, pegs = [], [], []
    for (_supplier, warehouse), goods in sorted(wanted.items()):
        key += 1
        mine = []
        for position, (product, needs) in enumerate(sorted(goods.items()), 1):
            row_key += 1
            units = sum(need[2] for need in needs)
            received = UNIT if world.dice.random() < 0.2 else 0
            spare = world.dice.choice((0, 0, 5)) * UNIT
            mine.append(
                _po_row(world, row_key, key, position, product, units + spare + received, received)
            )
            pegs += [_peg(row_key, need[0], need[2], need[2]) for need in needs]
        day = world.until + timedelta(days=world.dice.randrange(-4, 15))
        state = "draft" if world.dice.random() < 0.2 else "sent"
        product = mine[0]["product_id"]
        orders.append(_order(world, key, product, mine, warehouse, state=state, expected_on=day))
        rows += mine
    for table, made in ((t.purchase_order, orders), (t.purchase_row, rows), (t.peg, pegs)):
        for part in _parts(made):
            insert_many(db, table, part)


def _parts(rows: Sequence[dict[str, Any]]) -> Iterator[Sequence[dict[str, Any]]]:
    for first in range(0, len(rows), CHUNK):
        yield rows[first : first + CHUNK]


# --- stock and counters -------------------------------------------------------------------------


def _stock(db: Connection, world: _World) -> None:
    """What is promised is there, and a little more of half of the goods."""
    levels, moves = [], []
    at = datetime.combine(world.until - timedelta(days=DAYS), time(8), UTC)
    for warehouse, location in sorted(world.places.items()):
        for product in range(1, world.products + 1):
            promised = world.allocated[warehouse, product]
            there = promised + world.dice.choice((0, 0, 0, 1, 2, 5)) * UNIT
            if there:
                levels.append(
                    {"warehouse_id": warehouse, "product_id": product, "in_stock": there,
                     "allocated": promised}
                )  # fmt: skip
                moves.append(
                    {"journal_id": JOURNAL_ID, "kind": "opening", "warehouse_id": warehouse,
                     "location_id": location, "product_id": product, "quantity": there, "at": at,
                     "cost": world.cost_of[product - 1]}
                )  # fmt: skip
    for table, made in ((t.stock_level, levels), (t.movement, moves)):
        for part in _parts(made):
            insert_many(db, table, part)


def _counters(db: Connection, world: _World) -> None:
    """Numbers and ids go on after those that were given here."""
    taken = {
        "sale": t.sale, "purchase_order": t.purchase_order, "invoice": t.invoice,
        "goods_out": t.goods_out, "supplier": t.supplier,
    }  # fmt: skip
    for name, table in taken.items():
        last = db.execute(select(func.coalesce(func.max(table.c.number), 0))).scalar_one()
        db.execute(update(t.counter).where(t.counter.c.name == name).values(next_number=last + 1))
    if is_postgres(db):
        for table in t.metadata.sorted_tables:
            if (
                "id" in table.c
                and table.c.id.autoincrement
                and table.name not in {"journal", "company"}
            ):
                db.exec_driver_sql(
                    f"SELECT setval('{table.name}_id_seq',"  # noqa: S608 - our own table's name
                    f" greatest((SELECT max(id) FROM {table.name}), 1))"
                )
