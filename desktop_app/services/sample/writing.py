"""Writing the sample company: every row once, through bulk inserts, all figures derived (doctor)."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, func, select, update

from desktop_app import __version__

from ..backend import plain
from ..lists import purchase_search_text, sale_search_text
from ..rules import sale_status
from ..rules.money import UNIT
from ..rules.purchase_plan import BatchOptions
from ..rules.sale_status import RowFacts
from ..store import tables as t
from ..store.bulk import insert_many, is_postgres, next_ids
from . import words
from .goods import Goods
from .orders import DAYS, Fate, Row, Sale
from .purchases import Order

CLOSED = {"Quote", "On hold", "Shipped", "Cancelled"}
"""Statuses whose sales wait for nothing (R5.5)."""


class Books:
    """Collects rows by table, hands out ids and journal rows, and writes all at the end."""

    def __init__(self, db: Connection, rng: random.Random, goods: Goods, today: date) -> None:
        self.db, self.rng, self.goods, self.today = db, rng, goods, today
        self.rows: dict[Table, list[dict[str, Any]]] = defaultdict(list)
        self.journals: list[dict[str, Any]] = []
        self._days: dict[date, str] = {}
        self._ids: dict[Table, Iterator[int]] = {}

    def id_for(self, table: Table, most: int = 12_000) -> int:
        """Return the next id of a table."""
        if table not in self._ids:
            self._ids[table] = iter(next_ids(self.db, table, most))
        return next(self._ids[table])

    def add(self, table: Table, **values: Any) -> None:
        """Keep a row for writing; all rows of a table name the same columns."""
        self.rows[table].append(values)

    def journal(self, command: str, person: str, at: datetime, result: Any = None) -> str:
        """Return the id of a new journal row."""
        made = str(UUID(int=self.rng.getrandbits(128), version=4))
        self.journals.append({
            "id": made, "command": command, "digest": "sample", "workstation": "sample",
            "person_id": self.goods.people[person], "app_version": __version__, "at": at,
            "result": result or {},
        })  # fmt: skip
        return made

    def of_day(self, at: datetime) -> str:
        """Return the journal row that stands for a day's ordinary work."""
        day = at.date()
        if day not in self._days:
            evening = datetime.combine(day, time(17, 45), UTC)
            self._days[day] = self.journal("Sample company", "manager", evening)
        return self._days[day]

    def note(
        self, document: str, key: int, kind: str, params: Any, at: datetime, journal: str,
        person: str = "clerk",
    ) -> None:  # fmt: skip
        """Write a note."""
        self.add(
            t.note, id=self.id_for(t.note), document=document, document_id=key, kind=kind,
            params=params, at=at, person_id=self.goods.people[person], journal_id=journal,
        )  # fmt: skip

    def write(self) -> None:
        """Insert journal rows in order of time, then every table in the order of the schema."""
        self.journals.sort(key=lambda row: row["at"])
        if is_postgres(self.db):
            numbers = [
                self.db.execute(select(func.nextval("journal_seq"))).scalar_one()
                for _ in self.journals
            ]
        else:
            numbers = list(range(1, len(self.journals) + 1))
        for seq, row in zip(numbers, self.journals, strict=True):
            row["seq"] = seq
        insert_many(self.db, t.journal, self.journals)
        for table in t.metadata.sorted_tables:
            if table in self.rows:
                insert_many(self.db, table, self.rows[table])


def write_sales(books: Books, sales: list[Sale]) -> None:
    """Sales, rows, goods-out notes, payments, invoices, events and notes."""
    for sale in sales:
        sale.id = books.id_for(t.sale)
        for row in sale.rows:
            row.id = books.id_for(t.sale_row)
    for sale in sales:
        _write_sale(books, sale)
        done_at = _done_at(books, sale)
        _goods_out(books, sale, done_at)
        if sale.paid:
            books.add(
                t.payment, id=books.id_for(t.payment), sale_id=sale.id, amount=sale.paid,
                method="card" if sale.channel != "TRADE" else "transfer", paid_at=sale.placed_at,
                journal_id=books.of_day(sale.placed_at),
            )  # fmt: skip
        if sale.invoiced:
            key = books.id_for(t.invoice)
            books.add(
                t.invoice, id=key, number=10_000 + len(books.rows[t.invoice]) + 1,
                sale_id=sale.id, dated=done_at.date(), journal_id=books.of_day(done_at),
            )  # fmt: skip
        if sale.note:
            books.note(
                "SO", sale.id, "text", {"text": sale.note}, sale.placed_at + timedelta(minutes=20),
                books.of_day(sale.placed_at), "buyer",
            )  # fmt: skip


def _done_at(books: Books, sale: Sale) -> datetime:
    """When the goods left: at once in the shop, a day or two later else; never after yesterday."""
    if sale.channel == "SHOP":
        return sale.placed_at
    last = datetime.combine(books.today - timedelta(days=1), time(20), UTC)
    return min(sale.placed_at + timedelta(hours=books.rng.randrange(20, 50)), last)


def _write_sale(books: Books, sale: Sale) -> None:
    facts = [RowFacts(r.ordered, r.reserved, r.fulfilled, r.shipped) for r in sale.rows]
    axes = sale_status.axes(facts)
    net = sum(row.net for row in sale.rows)
    books.add(
        t.sale, id=sale.id, number=sale.number, placed_at=sale.placed_at,
        customer_id=sale.customer[0], channel_id=books.goods.channels[sale.channel],
        warehouse_id=sale.warehouse, status_id=books.goods.statuses[f"SO:{sale.status}"],
        currency="GBP", reference=sale.reference,
        delivery_on=(sale.placed_at + timedelta(days=5)).date() if sale.channel != "SHOP" else None,
        ship_complete=sale.ship_complete, net=net, tax=sale.total - net, total=sale.total,
        paid=sale.paid, row_count=len(sale.rows), allocation=int(axes.allocation),
        fulfilment=int(axes.fulfilment), shipping=int(axes.shipping),
        payment=int(sale_status.payment(sale.total, sale.paid)), invoiced=int(sale.invoiced),
        short=sum(one.needed for one in facts) * UNIT, waits=int(sale.status not in CLOSED),
        search=sale_search_text(
            sale.number, sale.customer[1], sale.reference, None, [r.product.sku for r in sale.rows]
        ),
    )  # fmt: skip
    for place, row in enumerate(sale.rows, 1):
        books.add(
            t.sale_row, id=row.id, sale_id=sale.id, position=place, product_id=row.product.id,
            kind="stock", description=row.product.name, warehouse_id=row.warehouse,
            method=row.method, ordered=row.ordered * UNIT, price=row.product.price,
            tax_rate=row.product.tax_rate, net=row.net, tax=row.tax,
            reserved=row.reserved * UNIT, fulfilled=row.fulfilled * UNIT,
            shipped=row.shipped * UNIT,
        )  # fmt: skip


def _goods_out(books: Books, sale: Sale, at: datetime) -> None:
    """One note per warehouse and step; the movements of what has left."""
    notes: dict[tuple[int, bool], list[tuple[Row, int]]] = defaultdict(list)
    for row in sale.rows:
        if row.shipped:
            notes[row.warehouse, True].append((row, row.shipped))
        if row.fulfilled > row.shipped:
            notes[row.warehouse, False].append((row, row.fulfilled - row.shipped))
    for (warehouse, left), parts in notes.items():
        note, journal = books.id_for(t.goods_out), books.journal("Sample company", "manager", at)
        books.add(
            t.goods_out, id=note, number=20_000 + len(books.rows[t.goods_out]) + 1,
            kind="goods_out", sale_id=sale.id, warehouse_id=warehouse,
            shipped_at=at if left else None, journal_id=journal,
        )  # fmt: skip
        for row, units in parts:
            line = books.id_for(t.goods_out_row)
            books.add(
                t.goods_out_row, id=line, goods_out_id=note, sale_row_id=row.id,
                quantity=units * UNIT,
            )  # fmt: skip
            _event(books, journal, row, 0, units, units if left else 0)
            if left:
                _movement(
                    books, journal, "shipment", warehouse, row.product.id, -units, at,
                    goods_out_row_id=line,
                )  # fmt: skip


def _event(
    books: Books, journal: str, row: Row, reserved: int, fulfilled: int, shipped: int,
    goods_in_row: int | None = None,
) -> None:  # fmt: skip
    books.add(
        t.sale_event, id=books.id_for(t.sale_event), journal_id=journal, sale_row_id=row.id,
        d_reserved=reserved * UNIT, d_fulfilled=fulfilled * UNIT, d_shipped=shipped * UNIT,
        goods_in_row_id=goods_in_row,
    )  # fmt: skip


def _movement(
    books: Books, journal: str, kind: str, warehouse: int, product: int, units: int, at: datetime,
    *, cost: int | None = None, goods_in_row_id: int | None = None,
    goods_out_row_id: int | None = None, reason: str = "",
) -> None:  # fmt: skip
    books.add(
        t.movement, id=books.id_for(t.movement), journal_id=journal, kind=kind,
        warehouse_id=warehouse, location_id=books.goods.bin_of(warehouse, product),
        product_id=product, quantity=units * UNIT, cost=cost, at=at,
        goods_in_row_id=goods_in_row_id, goods_out_row_id=goods_out_row_id, reason=reason,
    )  # fmt: skip


def write_orders(books: Books, orders: list[Order], barcodes: Mapping[int, str]) -> None:
    """Purchase orders, rows, pegs, receipts with their allocations and notes, batches, drafts."""
    batches = _batches(books, orders)
    for order in orders:
        order.id = books.id_for(t.purchase_order)
        for line in order.lines:
            line.id = books.id_for(t.purchase_row)
        journal = batches[order.batch][0] if order.batch else books.of_day(order.created_at)
        _write_order(books, order, journal, batches[order.batch][1] if order.batch else None)
    for order in orders:
        for receipt in order.receipts:
            _write_receipt(books, order, receipt)
        if order.counting:
            _write_draft(books, order, barcodes[order.lines[0].product.id])


def _batches(books: Books, orders: list[Order]) -> dict[int, tuple[str, int]]:
    """Journal row and id of each batch; the number of its sales with it."""
    made = {}
    for batch in sorted({order.batch for order in orders if order.batch}):
        own = [order for order in orders if order.batch == batch]
        at = min(order.created_at for order in own)
        for order in own:
            order.created_at = at
        sales = {p.sale.number for o in own for line in o.lines for p in line.pegs}
        journal = books.journal("Batch purchase order", "buyer", at)
        key = books.id_for(t.purchase_batch)
        books.add(
            t.purchase_batch, id=key, journal_id=journal, at=at,
            person_id=books.goods.people["buyer"], options=plain(BatchOptions()), sale_count=len(sales),
        )  # fmt: skip
        made[batch] = (journal, key)
    return made


def _write_order(books: Books, order: Order, journal: str, batch: int | None) -> None:
    name, currency, _ = words.SUPPLIERS[order.supplier]
    axis = sale_status.received((line.ordered, line.received) for line in order.lines)
    to_come = sum(line.ordered - line.received for line in order.lines) if order.is_open else 0
    label = "Draft" if order.state == "draft" else (
        "Placed with supplier", "Part received", "Received", "Placed with supplier"
    )[int(axis)]  # fmt: skip
    sent = order.created_at + timedelta(hours=1) if order.state != "draft" else None
    books.add(
        t.purchase_order, id=order.id, number=order.number,
        supplier_id=books.goods.suppliers[order.supplier]["id"], warehouse_id=order.warehouse,
        state=order.state, status_id=books.goods.statuses[f"PO:{label}"], currency=currency,
        created_at=order.created_at, sent_at=sent, expected_on=order.expected_on, batch_id=batch,
        total=sum(line.total for line in order.lines), received=int(axis), to_come=to_come * UNIT,
        search=purchase_search_text(
            order.number, name, "", None, [line.product.sku for line in order.lines]
        ),
    )  # fmt: skip
    for place, line in enumerate(order.lines, 1):
        books.add(
            t.purchase_row, id=line.id, po_id=order.id, position=place,
            product_id=line.product.id, ordered=line.ordered * UNIT,
            received=line.received * UNIT, cost=line.cost, total=line.total,
            supplier_sku=f"{order.supplier + 1:02d}{line.product.id:04d}",
            expected_on=order.expected_on,
        )  # fmt: skip
        for peg in line.pegs:
            books.add(
                t.peg, id=books.id_for(t.peg), po_row_id=line.id, sale_row_id=peg.row.id,
                quantity=peg.quantity * UNIT, live=(peg.live if order.is_open else 0) * UNIT,
                journal_id=journal,
            )  # fmt: skip
    _order_notes(books, order, journal, batch, name)


def _order_notes(
    books: Books, order: Order, journal: str, batch: int | None, supplier: str
) -> None:
    at = order.created_at
    served: dict[int, tuple[Sale, list[dict[str, Any]]]] = {}
    for line in order.lines:
        for peg in line.pegs:
            items = served.setdefault(peg.sale.id, (peg.sale, []))[1]
            items.append({"sku": line.product.sku, "units": peg.quantity * UNIT})
    if served:
        named = [
            {"id": sale.id, "number": sale.number, "units": sum(i["units"] for i in items)}
            for sale, items in served.values()
        ]
        params = {"sales": named, "more": 0, "batch": batch}
        books.note("PO", order.id, "raised_for", params, at, journal, "buyer")
    for sale, items in served.values():
        about = {"id": order.id, "number": order.number, "supplier": supplier, "items": items}
        books.note("SO", sale.id, "ordered", {"orders": [about]}, at, journal, "buyer")
    left = sum(line.ordered - line.received for line in order.lines) * UNIT
    later = at + timedelta(hours=1)
    if order.state != "draft":
        books.note("PO", order.id, "sent", {}, later, books.of_day(later), "buyer")
    if order.state in {"closed", "cancelled"}:
        kind = "closed_short" if order.state == "closed" else "cancelled"
        later = at + timedelta(days=12)
        books.note("PO", order.id, kind, {"units": left}, later, books.of_day(later), "buyer")


def _write_receipt(books: Books, order: Order, receipt: Any) -> None:
    receipt.id = books.id_for(t.goods_in)
    receipt.number = 7_000 + len(books.rows[t.goods_in]) + 1
    journal = books.journal("Receive goods", "clerk", receipt.at)
    note = {"id": receipt.id, "number": receipt.number}
    books.add(
        t.goods_in, id=receipt.id, number=receipt.number, po_id=order.id,
        warehouse_id=order.warehouse, reference=f"DN-{order.number}", allocated=1, at=receipt.at,
        person_id=books.goods.people["clerk"], journal_id=journal,
    )  # fmt: skip
    served: dict[int, tuple[Sale, list[dict[str, Any]]]] = {}
    for arrival in receipt.arrivals:
        product = arrival.line.product
        arrival.id = books.id_for(t.goods_in_row)
        books.add(
            t.goods_in_row, id=arrival.id, goods_in_id=receipt.id, po_row_id=arrival.line.id,
            product_id=product.id, location_id=books.goods.bin_of(order.warehouse, product.id),
            quantity=arrival.units * UNIT,
        )  # fmt: skip
        _movement(
            books, journal, "receipt", order.warehouse, product.id, arrival.units, receipt.at,
            cost=arrival.line.cost, goods_in_row_id=arrival.id,
        )  # fmt: skip
        for sale, row, units in arrival.given:
            _event(books, journal, row, units, 0, 0, arrival.id)
            items = served.setdefault(sale.id, (sale, []))[1]
            items.append({"sku": product.sku, "units": units * UNIT})
    named = [
        {"id": sale.id, "number": sale.number, "units": sum(i["units"] for i in items)}
        for sale, items in served.values()
    ]
    params = {
        "goods_in": note, "units": sum(a.units for a in receipt.arrivals) * UNIT, "sales": named,
        "more": 0,
    }  # fmt: skip
    books.note("PO", order.id, "goods_received", params, receipt.at, journal)
    po = {"id": order.id, "number": order.number}
    for sale, items in served.values():
        about = {"po": po, "goods_in": note, "items": items}
        books.note("SO", sale.id, "goods_allocated", about, receipt.at, journal)


def _write_draft(books: Books, order: Order, code: str) -> None:
    """A receipt that the clerk began to count this morning (RCV-12)."""
    at = datetime.combine(books.today, time(0, 5), UTC)
    key = books.id_for(t.receipt_draft)
    clerk = books.goods.people["clerk"]
    books.add(
        t.receipt_draft, id=key, po_id=order.id, warehouse_id=order.warehouse, person_id=clerk,
        started_at=at, updated_at=at + timedelta(minutes=4), allocate=None, reference="",
        location_id=None,
    )  # fmt: skip
    line = order.lines[0]
    for place in range(min(2, line.ordered)):
        books.add(
            t.receipt_scan, id=books.id_for(t.receipt_scan), draft_id=key,
            at=at + timedelta(minutes=1 + place), person_id=clerk, code=code, effect="counted",
            po_row_id=line.id, location_id=None, units=UNIT,
        )  # fmt: skip


def write_stock(books: Books, sales: list[Sale]) -> None:
    """Reservations that no receipt made, then opening stock that makes every level come true."""
    _plain_reservations(books, sales)
    goods, rng = books.goods, books.rng
    start = datetime.combine(books.today - timedelta(days=DAYS + 1), time(8), UTC)
    moved: dict[tuple[int, int], list[tuple[datetime, int]]] = defaultdict(list)
    for row in books.rows[t.movement]:
        key = (row["warehouse_id"], row["product_id"])
        moved[key].append((row["at"], row["quantity"] // UNIT))
    allocated: dict[tuple[int, int], int] = defaultdict(int)
    for sale in sales:
        for line in sale.rows:
            promised = line.reserved + line.fulfilled - line.shipped
            allocated[line.warehouse, line.product.id] += promised
    for product in goods.products:
        for warehouse in (goods.main, goods.store, goods.north):
            key = (warehouse, product.id)
            target = _on_hand(rng, goods, warehouse, product)
            if target is None and key not in moved and not allocated[key]:
                continue
            path, lowest = 0, 0
            for _, units in sorted(moved[key]):
                path += units
                lowest = min(lowest, path)
            opening = max(allocated[key] + (target or 0) - path, -lowest)
            surplus = opening + path - allocated[key] - (target or 0)
            _open_level(books, key, opening, surplus, product.cost, start)
            books.add(
                t.stock_level, warehouse_id=warehouse, product_id=product.id,
                in_stock=(opening + path - surplus) * UNIT, allocated=allocated[key] * UNIT,
            )  # fmt: skip


def _open_level(
    books: Books, key: tuple[int, int], opening: int, surplus: int, cost: int, start: datetime
) -> None:
    journal = books.of_day(start)
    if opening:
        _movement(books, journal, "opening", *key, opening, start, cost=cost)
    if surplus:
        at = datetime.combine(books.today - timedelta(days=1), time(21), UTC)
        reason = "Stock count"
        _movement(books, books.of_day(at), "correction", *key, -surplus, at, reason=reason)


def _on_hand(rng: random.Random, goods: Goods, warehouse: int, product: Any) -> int | None:
    """What can still be promised there; None: the product is not kept in this warehouse."""
    if product.shop_good:
        place = [p for p in goods.products if p.shop_good].index(product)
        known = {goods.main: (8, 8, 8, 0), goods.store: (3, 4, 0, 0)}
        return known[warehouse][place] if warehouse in known else None
    if warehouse == goods.main:
        return 0 if product.scarce else rng.choice((0, 2, 5, 9, 14, 22, 40))
    if product.scarce and warehouse == goods.north:
        return 0
    return rng.choice((None, None, 0, 2, 4, 7))


def _plain_reservations(books: Books, sales: list[Sale]) -> None:
    by_receipt: dict[int, int] = defaultdict(int)
    for event in books.rows[t.sale_event]:
        if event["goods_in_row_id"] is not None:
            by_receipt[event["sale_row_id"]] += event["d_reserved"] // UNIT
    for sale in sales:
        at = sale.placed_at + timedelta(minutes=5)
        items = []
        for row in sale.rows:
            own = row.reserved - by_receipt[row.id]
            if own:
                _event(books, books.of_day(at), row, own, 0, 0)
                items.append({"sku": row.product.sku, "units": own * UNIT})
        if items and sale.fate is not Fate.SHIPPED:
            params = {"items": items}
            books.note("SO", sale.id, "allocated", params, at, books.of_day(at))


def set_counters(db: Connection, books: Books, last_sale: int, last_po: int) -> None:
    """Number what comes next after what is there."""
    for name, after in (
        ("sale", last_sale + 1),
        ("purchase_order", last_po + 1),
        ("goods_in", 7_001 + len(books.rows[t.goods_in])),
        ("goods_out", 20_001 + len(books.rows[t.goods_out])),
        ("invoice", 10_001 + len(books.rows[t.invoice])),
    ):
        db.execute(update(t.counter).where(t.counter.c.name == name).values(next_number=after))
