"""Wide World Importers read by hand: what the CSV files say, without the program's own import.

Everything the story expects comes from here. Units are whole; money is Decimal.
"""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path


@dataclass(slots=True)
class Line:
    """A line of a sale; ``open`` units wait for goods."""

    key: int
    order: int
    day: str
    item: int
    quantity: int
    picked: int
    net: Decimal
    tax: Decimal

    @property
    def open(self) -> int:
        """Units that were not picked."""
        return self.quantity - self.picked


@dataclass(slots=True)
class Bought:
    """A line of a purchase order, in units."""

    key: int
    order: int
    item: int
    units: int
    received: int
    value: Decimal


@dataclass(slots=True)
class Files:
    """The files of one folder."""

    orders: dict[int, str]
    lines: list[Line]
    bought: list[Bought]
    suppliers: int
    customers: int
    items: dict[int, int]
    """Item to its supplier."""
    costs: dict[int, Decimal]
    invoiced: int
    purchase_orders: int
    waiting: dict[int, list[Line]] = field(default_factory=dict)
    """Item to its open lines in order of service: order date, order, line."""

    def needed(self) -> dict[int, int]:
        """Units that wait, by item."""
        return {item: sum(line.open for line in lines) for item, lines in self.waiting.items()}

    def inbound(self) -> dict[int, int]:
        """Units still to come on open purchase orders, by item."""
        coming: dict[int, int] = defaultdict(int)
        for line in self.bought:
            coming[line.item] += line.units - line.received
        return dict(coming)


def read(folder: Path) -> Files:
    """Read the folder. Raises OSError or KeyError where it is not these files."""
    orders = {int(r["OrderID"]): r["OrderDate"] for r in _rows(folder / "orders.csv.gz")}
    goods = {int(r["StockItemID"]): r for r in _rows(folder / "stock_items.csv")}
    lines = [_line(r, orders) for r in _rows(folder / "order_lines.csv.gz")]
    bought = [_bought(r, goods) for r in _rows(folder / "purchase_order_lines.csv.gz")]
    holdings = _rows(folder / "stock_item_holdings_2016-05-31.csv")
    made = Files(
        orders, lines, bought,
        suppliers=sum(1 for _ in _rows(folder / "suppliers.csv")),
        customers=sum(1 for _ in _rows(folder / "customers.csv")),
        items={key: int(r["SupplierID"]) for key, r in goods.items()},
        costs={int(r["StockItemID"]): Decimal(r["LastCostPrice"]) for r in holdings},
        invoiced=sum(1 for _ in _rows(folder / "invoices.csv.gz")),
        purchase_orders=sum(1 for _ in _rows(folder / "purchase_orders.csv")),
    )  # fmt: skip
    for line in sorted(lines, key=lambda one: (one.day, one.order, one.key)):
        if line.open:
            made.waiting.setdefault(line.item, []).append(line)
    return made


def _rows(path: Path) -> Iterator[dict[str, str]]:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _line(row: dict[str, str], orders: Mapping[int, str]) -> Line:
    quantity, order = int(row["Quantity"]), int(row["OrderID"])
    net = quantity * Decimal(row["UnitPrice"])
    tax = (net * Decimal(row["TaxRate"]) / 100).quantize(Decimal("0.01"), "ROUND_HALF_UP")
    return Line(
        int(row["OrderLineID"]), order, orders[order], int(row["StockItemID"]), quantity,
        int(row["PickedQuantity"]), net, tax,
    )  # fmt: skip


def _bought(row: dict[str, str], goods: Mapping[int, dict[str, str]]) -> Bought:
    item, outers = int(row["StockItemID"]), int(row["OrderedOuters"])
    each = int(goods[item]["QuantityPerOuter"])
    return Bought(
        int(row["PurchaseOrderLineID"]), int(row["PurchaseOrderID"]), item, outers * each,
        int(row["ReceivedOuters"]) * each, outers * Decimal(row["ExpectedUnitPricePerOuter"]),
    )  # fmt: skip


class Service:
    """The order of service, computed from the files: oldest order first, then number, then line."""

    def __init__(self, files: Files) -> None:
        self._queues = files.waiting
        self._left = {line.key: line.open for lines in files.waiting.values() for line in lines}
        self.given: dict[int, int] = defaultdict(int)
        """Sale line to the units it has got so far."""
        self.over: dict[int, int] = defaultdict(int)
        """Item to the units that nobody waited for."""

    def arrive(self, item: int, units: int) -> dict[int, int]:
        """Hand units out; returns {sale: units} of those who got any."""
        got: dict[int, int] = defaultdict(int)
        for line in self._queues.get(item, []):
            take = min(self._left[line.key], units)
            if take:
                self._left[line.key] -= take
                units -= take
                self.given[line.key] += take
                got[line.order] += take
        self.over[item] += units
        return dict(got)
