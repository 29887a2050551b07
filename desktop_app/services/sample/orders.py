"""The sample company's sales as they were decided, before anything is written (FRS-02, R7.8)."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum, auto

from ..rules.money import UNIT, half_up, row_total
from . import words
from .goods import Goods, Product

SALE_COUNT = 1_500
FIRST_NUMBER = 2401
DAYS = 119
NO_SUCH_ORDER = 3841
"""The documented orders are 3838 to 3846 without a 3841."""

WAITING_BY_AGE = ((5, 0.82), (14, 0.78), (30, 0.68), (60, 0.42), (DAYS + 1, 0.14))
"""Days old, and the share of sent orders that still waits for goods."""


class Fate(Enum):
    """What has become of a sale."""

    SHIPPED = auto()
    PACKED = auto()
    RESERVED = auto()
    WAITING = auto()
    QUOTE = auto()
    HELD = auto()
    CANCELLED = auto()


@dataclass(slots=True)
class Row:
    """A row in whole units; stored quantities are made when it is written."""

    product: Product
    ordered: int
    warehouse: int
    method: str = "order"
    reserved: int = 0
    fulfilled: int = 0
    shipped: int = 0
    id: int = 0
    pegged: int = 0

    @property
    def short(self) -> int:
        """Units still needed (R1.4)."""
        return self.ordered - self.reserved - self.fulfilled

    @property
    def net(self) -> int:
        """Pence."""
        return row_total(self.ordered * UNIT, self.product.price)

    @property
    def tax(self) -> int:
        """Pence."""
        return half_up(self.net * self.product.tax_rate, 10_000)


@dataclass(slots=True)
class Sale:
    """A sale with its rows."""

    number: int
    placed_at: datetime
    channel: str
    customer: tuple[int, str]
    warehouse: int
    fate: Fate
    rows: list[Row] = field(default_factory=list)
    status: str = "New"
    reference: str = ""
    ship_complete: int = 0
    paid: int = 0
    invoiced: bool = False
    note: str = ""
    id: int = 0

    @property
    def total(self) -> int:
        """Pence, tax included."""
        return sum(row.net + row.tax for row in self.rows)

    @property
    def is_waiting(self) -> bool:
        """Something is short and the sale is served when goods come (R5.5)."""
        held = self.fate in {Fate.QUOTE, Fate.HELD, Fate.CANCELLED} or self.status == "Shipped"
        return not held and any(row.short for row in self.rows)


def decide(rng: random.Random, goods: Goods, today: date) -> list[Sale]:
    """Return the sales in order of number, which is their order in time."""
    start = datetime.combine(today - timedelta(days=DAYS), time(), UTC)
    moments = sorted(
        start
        + timedelta(
            days=rng.randrange(DAYS), hours=rng.randrange(7, 18), minutes=rng.randrange(60),
            seconds=rng.randrange(60),
        )
        for _ in range(SALE_COUNT)
    )  # fmt: skip
    numbers = [n for n in range(FIRST_NUMBER, FIRST_NUMBER + SALE_COUNT + 1) if n != NO_SUCH_ORDER]
    documented = _documented(goods)
    sales = []
    for number, at in zip(numbers, moments, strict=True):
        age = (today - at.date()).days
        if number in documented:
            sales.append(_shop_order(number, at, goods, documented[number]))
        else:
            sales.append(_any_sale(rng, goods, number, at, age))
    _few_of_a_kind(rng, sales)
    for sale in sales:
        _settle(rng, sale, (today - sale.placed_at.date()).days)
    return sales


def _documented(goods: Goods) -> dict[int, list[Row]]:
    """The eight shop orders, to the letter of R7.8: what the books say after each."""
    apple, berry, cherry, date_tin = (p for p in goods.products if p.shop_good)
    main, store = goods.main, goods.store

    def now(product: Product, ordered: int, *, done: bool = False, reserved: int = 0) -> Row:
        out = ordered if done else 0
        return Row(product, ordered, store, "now", reserved, out, out)

    def later(product: Product, ordered: int) -> Row:
        return Row(product, ordered, main, "ship_later", 0, ordered, 0)

    def back(product: Product, ordered: int) -> Row:
        return Row(product, ordered, store, "back_order")

    return {
        3838: [now(apple, 2, done=True), now(berry, 1, done=True)],
        3839: [now(cherry, 1), now(date_tin, 1)],
        3840: [later(apple, 1), later(cherry, 2)],
        3842: [now(apple, 1, reserved=1), now(cherry, 1)],
        3843: [now(apple, 1, done=True), later(berry, 2)],
        3844: [now(apple, 1, done=True), back(cherry, 1)],
        3845: [now(cherry, 1), later(apple, 2)],
        3846: [now(cherry, 1), back(date_tin, 1)],
    }


def _shop_order(number: int, at: datetime, goods: Goods, rows: list[Row]) -> Sale:
    fate = Fate.SHIPPED if all(row.shipped == row.ordered for row in rows) else Fate.WAITING
    made = Sale(number, at, "SHOP", goods.walk_in, goods.store, fate, rows)
    made.reference = f"Till 1, receipt {number}"
    made.invoiced = number != 3846  # R7.7: nothing allocated, a short now row and a back order
    return made


def _any_sale(rng: random.Random, goods: Goods, number: int, at: datetime, age: int) -> Sale:
    channel = rng.choices(("SHOP", "WEB", "MARKET", "TRADE", "DIRECT"), (28, 37, 15, 17, 3))[0]
    warehouse, method = goods.main, "order"
    customer = rng.choice(goods.trade if channel in {"TRADE", "DIRECT"} else goods.customers)
    fate = Fate.SHIPPED
    if channel == "SHOP":
        warehouse, method, customer = goods.store, "now", goods.walk_in
    else:
        if channel == "TRADE" and rng.random() < 0.3:
            warehouse = goods.north
        share = next(share for days, share in WAITING_BY_AGE if age <= days)
        if rng.random() < share:
            fate = Fate.WAITING
        elif age <= 3 or (age <= 14 and rng.random() < 0.6):
            fate = rng.choice((Fate.RESERVED, Fate.PACKED))
    made = Sale(number, at, channel, customer, warehouse, fate)
    scarce = fate is Fate.WAITING
    made.rows = _rows(rng, goods, made, method, scarce=scarce)
    if channel in {"TRADE", "DIRECT"}:
        made.reference = f"PO {rng.randrange(1000, 9999)}"
    elif channel == "MARKET":
        made.reference = f"HM-{rng.randrange(100_000, 999_999)}"
    return made


def _rows(rng: random.Random, goods: Goods, sale: Sale, method: str, *, scarce: bool) -> list[Row]:
    usual = [
        p
        for p in goods.products
        if not p.shop_good and not (p.scarce and sale.fate is not Fate.SHIPPED)
    ]
    short = [p for p in goods.products if p.scarce]
    count = rng.choices((1, 2, 3, 4, 5), (30, 30, 20, 13, 7))[0]
    chosen: dict[int, Product] = {}
    for place in range(count):
        product = rng.choice(short if scarce and (place == 0 or rng.random() < 0.55) else usual)
        chosen[product.id] = product
    most = 4 if sale.channel not in {"TRADE", "DIRECT"} else 18
    return [
        Row(product, rng.randrange(1, most + 1), sale.warehouse, method)
        for product in chosen.values()
    ]  # fmt: skip


def _few_of_a_kind(rng: random.Random, sales: list[Sale]) -> None:
    """Quotes, held and cancelled sales, and two that ship complete only (R5.6)."""
    plain = [s for s in sales if s.channel != "SHOP"]
    recent = plain[-330:]
    waiting = [s for s in recent if s.fate is Fate.WAITING]
    for sale in rng.sample(waiting, 14):
        sale.fate = Fate.QUOTE
    for sale in rng.sample([s for s in waiting if s.fate is Fate.WAITING], 12):
        sale.fate, sale.note = Fate.HELD, rng.choice(words.HELD_BECAUSE)
    for sale in rng.sample(plain[:-60], 40):
        sale.fate = Fate.CANCELLED
    several = [s for s in waiting if s.fate is Fate.WAITING and len(s.rows) > 1]
    for sale in rng.sample(several, 2):
        sale.ship_complete = 1
    for sale in rng.sample(plain, 40):
        sale.note = sale.note or rng.choice(words.SAID)


def _settle(rng: random.Random, sale: Sale, age: int) -> None:
    """Say how far each row is, and status, payment and invoice with it."""
    own = sale.reference.startswith("Till")
    for row in sale.rows if not own else ():
        if sale.fate is Fate.SHIPPED:
            row.fulfilled = row.shipped = row.ordered
        elif sale.fate is Fate.PACKED:
            row.fulfilled = row.ordered
        elif sale.fate is Fate.RESERVED:
            row.reserved = row.ordered
        elif sale.fate is Fate.WAITING and not sale.ship_complete:
            if not row.product.scarce:
                row.reserved = row.ordered
            elif row.ordered > 2 and rng.random() < 0.2:
                row.reserved = rng.randrange(1, row.ordered)
    sale.status = _status(sale, age)
    if sale.fate in {Fate.QUOTE, Fate.CANCELLED}:
        return
    if sale.channel in {"SHOP", "WEB", "MARKET"}:
        sale.paid = sale.total
    elif age > 30 and sale.fate is Fate.SHIPPED:
        sale.paid = sale.total if rng.random() < 0.85 else sale.total // 2
    elif rng.random() < 0.2:
        sale.paid = sale.total // 4
    if not own:
        shipped = sale.fate is Fate.SHIPPED
        sale.invoiced = shipped and (sale.channel == "SHOP" or rng.random() < 0.94)


def _status(sale: Sale, age: int) -> str:
    plain = {
        Fate.SHIPPED: "Shipped", Fate.PACKED: "Ready to ship", Fate.RESERVED: "Ready to ship",
        Fate.QUOTE: "Quote", Fate.HELD: "On hold", Fate.CANCELLED: "Cancelled",
    }  # fmt: skip
    if sale.fate in plain:
        return plain[sale.fate]
    if not any(row.short for row in sale.rows):
        return "Ready to ship"
    return "Back order" if age > 12 else "New"
