"""The sample company's places, people, suppliers, products and terms (FRS-02)."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, insert, select, update

from ..rules.money import UNIT, half_up
from ..store import tables as t
from ..store.bulk import insert_many, next_ids, next_numbers
from . import words

PRODUCT_COUNT = 300
WITHOUT_SUPPLIER = 12
SCARCE_SHARE = 0.34
"""So many products are sold out in the warehouse: what sales wait for."""

HEMP = 9
"""Place in ``words.SUPPLIERS`` of the second rope maker."""

COMPANY_PREFIX = "5012345"
"""The prefix that barcode examples use."""


PENNY = UNIT // 100


@dataclass(slots=True)
class Product:
    """A product with what sales and purchases need of it."""

    id: int
    sku: str
    name: str
    price: int
    tax_rate: int
    supplier: int | None
    """Position in ``Goods.suppliers`` of the primary supplier."""
    cost: int = 0
    pack: int = 1
    scarce: bool = False
    shop_good: bool = False


@dataclass(slots=True)
class Goods:
    """The fixed part of the company."""

    main: int = 0
    store: int = 0
    north: int = 0
    bins: dict[int, list[int]] = field(default_factory=dict)
    channels: dict[str, int] = field(default_factory=dict)
    suppliers: list[Any] = field(default_factory=list)
    products: list[Product] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    customers: list[tuple[int, str]] = field(default_factory=list)
    trade: list[tuple[int, str]] = field(default_factory=list)
    walk_in: tuple[int, str] = (0, "")

    def bin_of(self, warehouse: int, product: int) -> int:
        """Return the location where a product lies in a warehouse."""
        places = self.bins[warehouse]
        return places[product % len(places)]


def check_digit(digits: str) -> str:
    """Return the last digit of a GTIN whose other digits are given."""
    weighted = sum(
        int(d) * (3 if place % 2 == 0 else 1) for place, d in enumerate(reversed(digits))
    )
    return str(-weighted % 10)


def lay(db: Connection, rng: random.Random) -> Goods:
    """Write places, people, suppliers, products, terms and customers."""
    goods = Goods()
    _places(db, goods)
    _people(db, goods)
    _suppliers(db, goods)
    _products(db, goods, rng)
    _terms(db, goods, rng)
    _customers(db, goods, rng)
    return goods


def _places(db: Connection, goods: Goods) -> None:
    by_code = {row.code: row.id for row in db.execute(select(t.warehouse))}
    goods.main, goods.store, goods.north = by_code["MAIN"], by_code["STORE"], by_code["NORTH"]
    shelves = {
        goods.main: ("A-01", "A-02", "A-03", "B-01", "B-02", "C-01"),
        goods.store: ("SHELF-1", "SHELF-2"),
        goods.north: ("N-01", "N-02"),
    }
    for place, codes in shelves.items():
        db.execute(
            insert(t.location),
            [{"warehouse_id": place, "code": one, "kind": "stock"} for one in codes],
        )
        goods.bins[place] = list(
            db.execute(
                select(t.location.c.id)
                .where(t.location.c.warehouse_id == place, t.location.c.code.in_(codes))
                .order_by(t.location.c.id)
            ).scalars()
        )
    db.execute(
        insert(t.channel),
        [
            _channel("SHOP", "Quay Street shop", "shop", goods.store, automatic_invoicing=1),
            _channel("WEB", "Web shop", "web", goods.main),
            _channel("MARKET", "Harbour Market", "marketplace", goods.main),
            _channel("TRADE", "Trade desk", "trade", goods.main),
        ],
    )
    goods.channels = {row.code: row.id for row in db.execute(select(t.channel))}
    goods.statuses = {
        f"{row.document}:{row.name}": row.id for row in db.execute(select(t.order_status))
    }


def _channel(
    code: str, name: str, kind: str, warehouse: int, automatic_invoicing: int = 0
) -> dict[str, Any]:
    return {
        "code": code, "name": name, "kind": kind, "warehouse_id": warehouse,
        "automatic_invoicing": automatic_invoicing,
    }  # fmt: skip


def _people(db: Connection, goods: Goods) -> None:
    db.execute(
        insert(t.person),
        [
            {"login": "buyer", "name": "Ben Okafor", "role": "buyer"},
            {"login": "clerk", "name": "Cleo Marsh", "role": "clerk"},
        ],
    )
    goods.people = {row.role: row.id for row in db.execute(select(t.person))}


def _suppliers(db: Connection, goods: Goods) -> None:
    for code, rate in words.RATES.items():
        db.execute(update(t.currency).where(t.currency.c.code == code).values(rate=rate))
    numbers = next_numbers(db, "supplier", len(words.SUPPLIERS))
    ids = next_ids(db, t.supplier, len(words.SUPPLIERS))
    rows = [
        {
            "id": key, "number": number, "name": name, "currency": currency, "lead_time_days": days,
            "email": f"orders@{name.split()[0].lower()}.example",
        }
        for key, number, (name, currency, days) in zip(ids, numbers, words.SUPPLIERS, strict=True)
    ]  # fmt: skip
    insert_many(db, t.supplier, rows)
    goods.suppliers = rows


def _products(db: Connection, goods: Goods, rng: random.Random) -> None:
    """Three hundred products: ranges of names and variants, then the four of the shop orders."""
    drafts: list[tuple[str, str, str, int, int, int, str]] = []
    for category, prefix, supplier, tax, low, high, unit, names, variants in words.RANGES:
        for item, name in enumerate(names, 1):
            source = HEMP if prefix == "ROP" and item % 2 else supplier
            price = rng.randrange(low, high, 50) - 5
            for size, variant in enumerate(variants, 1):
                step = half_up(price * (100 + 14 * (size - 1)), 100) // 5 * 5
                drafts.append(
                    (f"{prefix}-{item:02d}{size:02d}", f"{name}, {variant}", category, source,
                     step, tax, unit)
                )  # fmt: skip
    rng.shuffle(drafts)
    del drafts[PRODUCT_COUNT - len(words.SHOP_GOODS) :]
    drafts.sort()
    drafts += [(sku, name, "Galley", 3, 1250, 20, "each") for name, sku in words.SHOP_GOODS]
    ids = next_ids(db, t.product, len(drafts))
    rows = []
    for key, (sku, name, category, supplier, price, tax, unit) in zip(ids, drafts, strict=True):
        made = Product(key, sku, name, price * 100, tax * 100, supplier)
        made.shop_good = sku in {one for _, one in words.SHOP_GOODS}
        goods.products.append(made)
        rows.append({
            "id": key, "sku": sku, "name": name, "category": category, "unit": unit,
            "price": made.price, "tax_rate": made.tax_rate,
        })  # fmt: skip
    insert_many(db, t.product, rows)
    plain = [p for p in goods.products if not p.shop_good]
    for product in rng.sample(plain, WITHOUT_SUPPLIER):
        product.supplier = None
    for product in rng.sample(plain, int(PRODUCT_COUNT * SCARCE_SHARE)):
        product.scarce = True


def _terms(db: Connection, goods: Goods, rng: random.Random) -> None:
    """Offers with price breaks, packs and minimums; barcodes of single items and of packs."""
    barcodes = []
    for serial, product in enumerate(goods.products, 10_000):
        ean = f"{COMPANY_PREFIX}{serial}"
        barcodes.append((ean + check_digit(ean), product.id, UNIT))
        product.pack = rng.choice((1, 1, 6, 6, 10, 12, 24))
        if product.pack > 1:
            outer = f"1{ean}"
            barcodes.append((outer + check_digit(outer), product.id, product.pack * UNIT))
    insert_many(
        db, t.barcode,
        [{"code": code, "product_id": key, "quantity": units} for code, key, units in barcodes],
    )  # fmt: skip
    wanted: list[tuple[Product, int, bool, int]] = []
    for product in goods.products:
        if product.supplier is None:
            continue
        pounds = half_up(product.price * rng.randrange(42, 62), 100)
        product.cost = _in_currency(goods, product.supplier, pounds)
        wanted.append((product, product.supplier, True, product.cost))
        if rng.random() < 0.4:
            other = rng.choice([n for n in range(len(words.SUPPLIERS)) if n != product.supplier])
            pounds = half_up(pounds * rng.randrange(90, 118), 100)
            wanted.append((product, other, False, _in_currency(goods, other, pounds)))
    ids = next_ids(db, t.offer, len(wanted))
    offers, prices = [], []
    for key, (product, supplier, primary, cost) in zip(ids, wanted, strict=True):
        offers.append({
            "id": key, "supplier_id": goods.suppliers[supplier]["id"], "product_id": product.id,
            "is_primary": int(primary), "supplier_sku": f"{supplier + 1:02d}{product.id:04d}",
            "pack_size": product.pack * UNIT, "lead_time_days": None,
            "minimum": rng.choice((0, 0, 0, product.pack)) * UNIT,
        })  # fmt: skip
        prices.append({"offer_id": key, "minimum": 0, "cost": cost})
        if rng.random() < 0.5:
            for least, per_cent in ((24, 94), (96, 88)):
                prices.append(
                    {
                        "offer_id": key,
                        "minimum": least * UNIT,
                        "cost": _to_the_penny(half_up(cost * per_cent, 100)),
                    }
                )
    insert_many(db, t.offer, offers)
    insert_many(db, t.offer_price, prices)


def _in_currency(goods: Goods, supplier: int, pounds: int) -> int:
    rate = words.RATES.get(goods.suppliers[supplier]["currency"], 100_000_000)
    return _to_the_penny(half_up(pounds * 100_000_000, rate))


def _to_the_penny(cost: int) -> int:
    """Suppliers quote whole pence."""
    return half_up(cost, PENNY) * PENNY


def _customers(db: Connection, goods: Goods, rng: random.Random) -> None:
    walk_in = db.execute(select(t.customer.c.id, t.customer.c.name)).one()
    goods.walk_in = (walk_in.id, walk_in.name)
    names = sorted(
        {f"{rng.choice(words.FIRST_NAMES)} {rng.choice(words.LAST_NAMES)}" for _ in range(170)}
    )
    rng.shuffle(names)
    named = [(name, 0) for name in names[:130]] + [(name, 1) for name in words.TRADE_CUSTOMERS]
    ids = next_ids(db, t.customer, len(named))
    rows = [
        {
            "id": key, "name": name, "has_credit_terms": credit,
            "email": f"{name.lower().replace(' ', '.').replace('&', 'and')}@example.com",
            "address": f"{rng.randrange(1, 90)} {rng.choice(words.STREETS)}, {rng.choice(words.TOWNS)}",
        }
        for key, (name, credit) in zip(ids, named, strict=True)
    ]  # fmt: skip
    insert_many(db, t.customer, rows)
    for key, (name, credit) in zip(ids, named, strict=True):
        (goods.trade if credit else goods.customers).append((key, name))
