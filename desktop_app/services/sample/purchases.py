"""The sample company's purchase orders: some in every state, with pegs and receipts (FRS-02)."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from ..rules.money import UNIT, row_total
from . import words
from .goods import Goods, Product
from .orders import Fate, Row, Sale

FIRST_PO = 501

RECEIVED, CLOSED, CANCELLED = 18, 3, 2
"""Past orders; the open ones are listed in ``OPEN``."""

OPEN: tuple[tuple[str, int, int, int], ...] = (
    # state, days ago it was made, days until it is expected, per cent received
    ("sent", 12, -3, 50),
    ("sent", 11, -1, 40),
    ("sent", 9, 0, 60),
    ("sent", 9, 2, 30),
    ("sent", 8, 4, 50),
    ("sent", 14, -4, 0),
    ("sent", 13, -2, 0),
    ("sent", 7, 0, 0),
    ("sent", 6, 0, 0),
    ("sent", 5, 0, 0),
    ("sent", 4, 1, 0),
    ("sent", 3, 6, 0),
    ("sent", 2, 12, 0),
    ("draft", 1, 8, 0),
    ("draft", 1, 9, 0),
    ("draft", 1, 7, 0),
    ("draft", 1, 14, 0),
)
"""Seventeen open orders: part received, late, due today, coming, and drafts of two batches."""

DRAFTED_DUE = (7, 8)
"""Places in ``OPEN`` of the two orders whose receipt is being counted."""


@dataclass(slots=True)
class Peg:
    """Units of a purchase row raised for a sale row; ``live`` those still on their way (R1.7)."""

    sale: Sale
    row: Row
    quantity: int
    live: int


@dataclass(slots=True)
class Arrival:
    """A goods-in row; ``given`` says which sales it was allocated to."""

    line: Line
    units: int
    given: list[tuple[Sale, Row, int]] = field(default_factory=list)
    id: int = 0
    left: int = 0


@dataclass(slots=True)
class Receipt:
    """A goods-in note."""

    at: datetime
    arrivals: list[Arrival]
    id: int = 0
    number: int = 0
    journal: str = ""


@dataclass(slots=True)
class Line:
    """A row of a purchase order, in whole units; ``cost`` in ten-thousandths."""

    product: Product
    ordered: int
    cost: int
    received: int = 0
    pegs: list[Peg] = field(default_factory=list)
    id: int = 0

    @property
    def total(self) -> int:
        """Minor units of the supplier's currency."""
        return row_total(self.ordered * UNIT, self.cost)


@dataclass(slots=True)
class Order:
    """A purchase order."""

    number: int
    supplier: int
    warehouse: int
    state: str
    created_at: datetime
    expected_on: date
    lines: list[Line]
    receipts: list[Receipt] = field(default_factory=list)
    batch: int | None = None
    counting: bool = False
    id: int = 0

    @property
    def is_open(self) -> bool:
        """Draft or sent (R2.6)."""
        return self.state in {"draft", "sent"}


def decide(rng: random.Random, goods: Goods, sales: list[Sale], today: date) -> list[Order]:
    """Return the purchase orders in order of number; pegs and receipts are agreed with the sales."""
    midnight = datetime.combine(today, time(), UTC)
    orders = _past(rng, goods, midnight)
    orders += _open(rng, goods, sales, midnight)
    _allocate(orders, sales)
    for sale in sales:
        if sale.status in {"New", "Back order"} and any(row.pegged for row in sale.rows):
            sale.status = "On order"
    return orders


def _past(rng: random.Random, goods: Goods, midnight: datetime) -> list[Order]:
    states = ["sent"] * RECEIVED + ["closed"] * CLOSED + ["cancelled"] * CANCELLED
    rng.shuffle(states)
    orders = []
    for place, state in enumerate(states):
        days = 112 - place * 4
        supplier = place % len(words.SUPPLIERS)
        own = [p for p in goods.products if p.supplier == supplier and not p.shop_good]
        lines = [
            Line(p, rng.randrange(2, 7) * max(p.pack, 4), p.cost)
            for p in rng.sample(own, min(len(own), rng.randrange(3, 8)))
        ]
        made = midnight - timedelta(days=days) + timedelta(hours=10, minutes=place)
        arrived = made + timedelta(days=rng.randrange(3, 10), hours=1)
        order = Order(
            FIRST_PO + place, supplier, goods.main, state, made, arrived.date(), lines
        )  # fmt: skip
        if state == "sent":
            _receive(order, arrived, [(line, line.ordered) for line in lines])
        elif state == "closed":
            _receive(order, arrived, [(line, line.ordered // 2) for line in lines[:-1]])
        orders.append(order)
    return orders


def _receive(order: Order, at: datetime, units: list[tuple[Line, int]]) -> None:
    arrivals = [Arrival(line, number, left=number) for line, number in units if number]
    for arrival in arrivals:
        arrival.line.received += arrival.units
    order.receipts.append(Receipt(at, arrivals))


def _open(rng: random.Random, goods: Goods, sales: list[Sale], midnight: datetime) -> list[Order]:
    """Open orders, raised for a part of what sales wait for: the rest still needs ordering."""
    waiting: dict[tuple[int, int], list[tuple[Sale, Row]]] = defaultdict(list)
    for sale in sales:
        if not sale.is_waiting:
            continue
        for row in sale.rows:
            if row.short and row.product.supplier is not None and not row.product.shop_good:
                waiting[row.product.supplier, row.warehouse].append((sale, row))
    ranked = sorted(
        (key for key in waiting if key[1] == goods.main), key=lambda key: -len(waiting[key])
    )
    orders = []
    for place, (state, ago, until, per_cent) in enumerate(OPEN):
        key = ranked[place % len(ranked)]
        lines = _lines_for(rng, waiting[key])
        made = midnight - timedelta(days=ago) + timedelta(hours=11, minutes=3 * place)
        order = Order(
            FIRST_PO + RECEIVED + CLOSED + CANCELLED + place, key[0], key[1], state, made,
            (midnight + timedelta(days=until)).date(), lines, counting=place in DRAFTED_DUE,
        )  # fmt: skip
        if state == "draft":
            order.batch = 1 if place % 2 else 2
        for sale, _ in waiting[key]:
            assert sale.placed_at < midnight
        if per_cent:
            at = midnight - timedelta(days=1) + timedelta(hours=9, minutes=7 * place)
            parts = [(line, line.ordered * per_cent // 100) for line in lines]
            _receive(order, at, parts)
        orders.append(order)
    return orders


def _lines_for(rng: random.Random, waiting: list[tuple[Sale, Row]]) -> list[Line]:
    """Take some products that are waited for; peg to some of the rows, whole packs."""
    by_product: dict[int, list[tuple[Sale, Row]]] = defaultdict(list)
    for sale, row in waiting:
        if row.short > row.pegged:
            by_product[row.product.id].append((sale, row))
    lines = []
    for key in rng.sample(sorted(by_product), min(len(by_product), rng.randrange(2, 5))):
        chosen = by_product[key][: max(1, len(by_product[key]) // 2)]
        product = chosen[0][1].product
        need = sum(row.short - row.pegged for _, row in chosen)
        line = Line(product, -(-need // product.pack) * product.pack, product.cost)
        for sale, row in chosen:
            free = row.short - row.pegged
            line.pegs.append(Peg(sale, row, free, free))
            row.pegged += free
        lines.append(line)
    return lines


def _allocate(orders: list[Order], sales: list[Sale]) -> None:
    """Say what each receipt was given to: whom it was raised for, then who waited, then others.

    The last are sales that are allocated now: their units came with it rather than from the shelf.
    """
    wanting: dict[tuple[int, int], list[tuple[Sale, Row]]] = defaultdict(list)
    owed: dict[int, int] = {}
    for sale in sales:
        for row in sale.rows:
            if row.method == "order" and sale.fate in {Fate.WAITING, Fate.RESERVED}:
                wanting[row.product.id, row.warehouse].append((sale, row))
                owed[id(row)] = row.reserved
    for order in orders:
        for receipt in order.receipts:
            for arrival in receipt.arrivals:
                _to_pegs(arrival)
                older = [
                    (sale, row)
                    for sale, row in wanting[arrival.line.product.id, order.warehouse]
                    if sale.placed_at < receipt.at
                ]
                _to_waiting(arrival, older)
                for sale, row in older:
                    give = min(owed[id(row)], arrival.left)
                    owed[id(row)] -= give
                    _give(arrival, sale, row, give)


def _give(arrival: Arrival, sale: Sale, row: Row, units: int) -> None:
    if units:
        arrival.left -= units
        arrival.given.append((sale, row, units))


def _to_pegs(arrival: Arrival) -> None:
    for peg in arrival.line.pegs:
        units = min(peg.live, arrival.left)
        peg.live -= units
        peg.row.pegged -= units
        peg.row.reserved += units
        _give(arrival, peg.sale, peg.row, units)


def _to_waiting(arrival: Arrival, older: list[tuple[Sale, Row]]) -> None:
    for sale, row in older:
        if sale.is_waiting and not sale.ship_complete:
            units = min(row.short - row.pegged, arrival.left)
            row.reserved += units
            _give(arrival, sale, row, units)
