"""Records for tests, put straight into the tables with every derived figure right.

Quantities are given in whole units, prices and costs in currency units (`"2.50"`), and stored as
R1.5 says. Each builder is one transaction of its own and returns what a test needs to name.

    pen = a_product(backend)
    acme = a_supplier(backend, costs={pen: "1.20"})
    stock(backend, {pen: 3})
    sale = a_sale(backend, [Row(pen, 10, reserved=3)])
    order = a_purchase_order(backend, acme, {pen: 7}, pegs={sale.rows[0]: {pen: 7}})
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Table, func, insert, select, update

from desktop_app.services.backend import Backend
from desktop_app.services.rules import sale_status
from desktop_app.services.rules.money import half_up, row_total, units
from desktop_app.services.rules.sale_status import RowFacts
from desktop_app.services.store import tables as t
from desktop_app.services.store.bulk import is_postgres, next_numbers
from tests.helpers import foundation as f

_serial = count(1)
Money = str | int


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a sale, in whole units. `fulfilled` holds the shipped and the drop-shipped (R1.3)."""

    product: int | None
    ordered: int
    reserved: int = 0
    fulfilled: int = 0
    shipped: int = 0
    drop_fulfilled: int = 0
    drop_shipped: int = 0
    price: Money = "5.00"
    tax_rate: int = 20
    warehouse: int | None = None
    kind: str = "stock"
    method: str = "order"


@dataclass(frozen=True, slots=True)
class Sale:
    id: int
    number: int
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PurchaseOrder:
    id: int
    number: int
    rows: dict[int, int] = field(default_factory=dict)
    """Product id to row id."""


def a_product(
    backend: Backend,
    sku: str | None = None,
    *,
    name: str | None = None,
    kind: str = "stock",
    price: Money = "5.00",
    barcodes: Mapping[str, int] | None = None,
    **columns: Any,
) -> int:
    """Return its id. `barcodes`: code to the units that one scan counts (R5.13)."""
    sku = sku or f"SKU-{next(_serial)}"
    with _writing(backend) as db:
        made = _add(
            db,
            t.product,
            sku=sku,
            name=name or f"Product {sku}",
            kind=kind,
            price=units(price),
            **columns,
        )
        for code, pack in (barcodes or {}).items():
            db.execute(insert(t.barcode).values(code=code, product_id=made, quantity=units(pack)))
    return made


def a_supplier(
    backend: Backend,
    name: str | None = None,
    *,
    costs: Mapping[int, Money | Mapping[int, Money]] | None = None,
    primary: bool = True,
    pack_size: int = 1,
    minimum: int = 0,
    currency: str = "GBP",
    **columns: Any,
) -> int:
    """Return its id. `costs`: product to unit cost, or to {from units: cost} for price breaks.

    An empty mapping of breaks is an offer without a price. With `primary` it is the products'
    primary supplier (R3.6).
    """
    with _writing(backend) as db:
        number = next_numbers(db, "supplier", 1)[0]
        made = _add(
            db,
            t.supplier,
            number=number,
            name=name or f"Supplier {number}",
            currency=currency,
            **columns,
        )
        for product, cost in (costs or {}).items():
            offer = _add(
                db, t.offer, supplier_id=made, product_id=product, is_primary=int(primary),
                pack_size=units(pack_size), minimum=units(minimum), supplier_sku=f"S{number}-{product}",
            )  # fmt: skip
            breaks = cost if isinstance(cost, Mapping) else {0: cost}
            for least, price in breaks.items():
                db.execute(
                    insert(t.offer_price).values(
                        offer_id=offer, minimum=units(least), cost=units(price)
                    )
                )
    return made


def a_customer(backend: Backend, name: str = "Alice Adams", **columns: Any) -> int:
    """Return its id."""
    with _writing(backend) as db:
        return _add(db, t.customer, name=name, **columns)


def stock(backend: Backend, quantities: Mapping[int, int], warehouse: int = f.MAIN) -> None:
    """Add units of products to a warehouse's default location, as opening stock."""
    with _writing(backend) as db:
        journal = _journal(db, backend)
        for product, number in quantities.items():
            if number:
                _move(db, journal, "opening", warehouse, product, units(number))


def a_sale(
    backend: Backend,
    rows: Sequence[Row],
    *,
    placed_at: datetime | None = None,
    status: str = "New",
    warehouse: int = f.MAIN,
    customer: int = f.WALK_IN,
    paid: Money = 0,
    **columns: Any,
) -> Sale:
    """A sale as R1.3 would have it after what its rows say has happened.

    Sales are placed a day apart unless told. What is reserved, or on a note and not shipped, must
    be in stock already (`stock`); what was shipped came and went without changing it.
    """
    with _writing(backend) as db:
        number = next_numbers(db, "sale", 1)[0]
        made = _add(
            db, t.sale, number=number, placed_at=placed_at or f.AT + timedelta(days=number - 1),
            customer_id=customer, channel_id=f.DIRECT, warehouse_id=warehouse,
            status_id=f.SALE_STATUS[status], currency="GBP", **columns,
        )  # fmt: skip
        ids = tuple(_add_row(db, made, place, row, warehouse) for place, row in enumerate(rows, 1))
        journal = _journal(db, backend)
        for key, row in zip(ids, rows, strict=True):
            _live_through(db, journal, made, key, row, row.warehouse or warehouse)
        if units(paid):
            amount = row_total(units(1), units(paid))
            _add(db, t.payment, sale_id=made, amount=amount, method="card", paid_at=f.AT)
        _derive_sale(db, made, number)
    return Sale(made, number, ids)


def _add_row(db: Connection, sale: int, place: int, row: Row, warehouse: int) -> int:
    net = row_total(units(row.ordered), units(row.price))
    return _add(
        db, t.sale_row, sale_id=sale, position=place, product_id=row.product, kind=row.kind,
        description=f"Row {place}", warehouse_id=row.warehouse or warehouse, method=row.method,
        ordered=units(row.ordered), price=units(row.price), tax_rate=row.tax_rate * 100, net=net,
        tax=half_up(net * row.tax_rate, 100), reserved=units(row.reserved), fulfilled=units(row.fulfilled),
        shipped=units(row.shipped), drop_fulfilled=units(row.drop_fulfilled),
        drop_shipped=units(row.drop_shipped),
    )  # fmt: skip


def _live_through(
    db: Connection, journal: str, sale: int, key: int, row: Row, warehouse: int
) -> None:
    """Notes, movements, levels and the ledger of what the row says has happened to it."""
    if not (row.reserved or row.fulfilled):
        return
    _add(
        db, t.sale_event, journal_id=journal, sale_row_id=key, d_reserved=units(row.reserved),
        d_fulfilled=units(row.fulfilled), d_shipped=units(row.shipped),
    )  # fmt: skip
    order = _drop_order(db, journal, sale, key, row) if row.drop_fulfilled else (None, None)
    shipped = row.shipped - row.drop_shipped
    waiting = row.fulfilled - row.drop_fulfilled - shipped
    notes = [
        ("goods_out", shipped, f.AT),
        ("goods_out", waiting, None),
        ("drop_ship", row.drop_shipped, f.AT),
        ("drop_ship", row.drop_fulfilled - row.drop_shipped, None),
    ]
    for kind, number, at in notes:
        if not number:
            continue
        note = _add(
            db, t.goods_out, number=next_numbers(db, "goods_out", 1)[0], kind=kind, sale_id=sale,
            warehouse_id=warehouse if kind == "goods_out" else None, shipped_at=at, journal_id=journal,
            po_id=order[0] if kind == "drop_ship" else None,
        )  # fmt: skip
        line = _add(db, t.goods_out_row, goods_out_id=note, sale_row_id=key, quantity=units(number))
        if kind == "drop_ship":
            db.execute(insert(t.drop_ship_row).values(goods_out_row_id=line, po_row_id=order[1]))
        if kind == "goods_out" and at is not None:
            assert row.product is not None
            _move(db, journal, "opening", warehouse, row.product, units(number))
            _move(
                db,
                journal,
                "shipment",
                warehouse,
                row.product,
                -units(number),
                goods_out_row_id=line,
            )
    if row.reserved + waiting:
        level = t.stock_level.c
        db.execute(
            update(t.stock_level)
            .where(level.warehouse_id == warehouse, level.product_id == row.product)
            .values(allocated=level.allocated + units(row.reserved + waiting))
        )


def _drop_order(db: Connection, journal: str, sale: int, key: int, row: Row) -> tuple[int, int]:
    """The drop-ship order that delivers a row's units, as R4.3 has it; returns its id and its row's."""
    number = next_numbers(db, "supplier", 1)[0]
    supplier = _add(db, t.supplier, number=number, name=f"Drop-shipper {number}", currency="GBP")
    ordered, received = units(row.drop_fulfilled), units(row.drop_shipped)
    po = _add(
        db, t.purchase_order, number=next_numbers(db, "purchase_order", 1)[0], supplier_id=supplier,
        warehouse_id=None, state="sent", status_id=f.PURCHASE_STATUS["Placed with supplier"], currency="GBP",
        created_at=f.AT, sent_at=f.AT, drop_ship=1, sale_id=sale, address="12 Mill Lane, Bath",
        received=sale_status.received([(ordered, received)]), to_come=ordered - received,
    )  # fmt: skip
    line = _add(
        db,
        t.purchase_row,
        po_id=po,
        position=1,
        product_id=row.product,
        ordered=ordered,
        received=received,
    )
    _add(db, t.peg, po_row_id=line, sale_row_id=key, quantity=ordered, live=0, journal_id=journal)
    return po, line


def _derive_sale(db: Connection, sale: int, number: int) -> None:
    r = t.sale_row.c
    rows = db.execute(select(t.sale_row).where(r.sale_id == sale)).all()
    facts = [
        RowFacts(x.ordered, x.reserved, x.fulfilled, x.shipped) for x in rows if x.kind == "stock"
    ]
    axes = sale_status.axes(facts)
    net, tax = sum(x.net for x in rows), sum(x.tax for x in rows)
    paid = db.execute(
        select(func.coalesce(func.sum(t.payment.c.amount), 0)).where(t.payment.c.sale_id == sale)
    ).scalar_one()
    status = db.execute(
        select(t.order_status)
        .join(t.sale, t.sale.c.status_id == t.order_status.c.id)
        .where(t.sale.c.id == sale)
    ).one()
    customer = db.execute(
        select(t.customer.c.name)
        .join(t.sale, t.sale.c.customer_id == t.customer.c.id)
        .where(t.sale.c.id == sale)
    ).scalar_one()
    waits = not (status.is_quote or status.is_cancelled or status.is_on_hold or status.is_closed)
    db.execute(
        update(t.sale).where(t.sale.c.id == sale).values(
            net=net, tax=tax, total=net + tax, paid=int(paid), row_count=len(rows),
            allocation=axes.allocation, fulfilment=axes.fulfilment, shipping=axes.shipping,
            payment=sale_status.payment(net + tax, int(paid)), short=sum(x.needed for x in facts),
            waits=int(waits), search=f"{number} {customer}".lower(),
        )
    )  # fmt: skip


def a_purchase_order(
    backend: Backend,
    supplier: int,
    quantities: Mapping[int, int],
    *,
    cost: Money = "1.00",
    state: str = "sent",
    warehouse: int = f.MAIN,
    expected_on: date | None = None,
    opening_received: Mapping[int, int] | None = None,
    pegs: Mapping[int, Mapping[int, int]] | None = None,
    created_at: datetime | None = None,
    **columns: Any,
) -> PurchaseOrder:
    """One row per product, in the order given; nothing received but what an import found so.

    `pegs`: sale row to {product: units raised for it}, live as long as the order is open.
    """
    is_open = state in ("draft", "sent")
    with _writing(backend) as db:
        number = next_numbers(db, "purchase_order", 1)[0]
        journal = _journal(db, backend)
        name, currency = db.execute(
            select(t.supplier.c.name, t.supplier.c.currency).where(t.supplier.c.id == supplier)
        ).one()
        opened = {p: units((opening_received or {}).get(p, 0)) for p in quantities}
        total = sum(row_total(units(q), units(cost)) for q in quantities.values())
        made = _add(
            db, t.purchase_order, number=number, supplier_id=supplier, warehouse_id=warehouse, state=state,
            status_id=f.PURCHASE_STATUS["Draft" if state == "draft" else "Placed with supplier"],
            currency=currency, created_at=created_at or f.AT + timedelta(hours=number),
            sent_at=None if state == "draft" else f.AT, expected_on=expected_on, total=total,
            received=sale_status.received((units(q), opened[p]) for p, q in quantities.items()),
            to_come=sum(units(q) - opened[p] for p, q in quantities.items()) if is_open else 0,
            search=f"{number} {name}".lower(), **columns,
        )  # fmt: skip
        rows = {
            product: _add(
                db, t.purchase_row, po_id=made, position=place, product_id=product, ordered=units(number),
                received=opened[product], opening_received=opened[product], cost=units(cost),
                total=row_total(units(number), units(cost)), expected_on=expected_on,
            )
            for place, (product, number) in enumerate(quantities.items(), 1)
        }  # fmt: skip
        for sale_row, wanted in (pegs or {}).items():
            for product, promised in wanted.items():
                _add(
                    db, t.peg, po_row_id=rows[product], sale_row_id=sale_row, quantity=units(promised),
                    live=units(promised) if is_open else 0, journal_id=journal,
                )  # fmt: skip
    return PurchaseOrder(made, number, rows)


def once() -> str:
    """A new request id for `Backend.run`."""
    return str(uuid4())


def _writing(backend: Backend) -> Any:
    return backend.store.writes.begin()


def _add(db: Connection, table: Table, **values: Any) -> int:
    return int(db.execute(insert(table).values(**values).returning(table.c.id)).scalar_one())


def _journal(db: Connection, backend: Backend) -> str:
    """Each ledger row belongs to a command; these belong to the setting up of the test."""
    key = str(uuid4())
    last = select(func.coalesce(func.max(t.journal.c.seq), 0) + 1).scalar_subquery()
    db.execute(
        insert(t.journal).values(
            id=key, seq=func.nextval("journal_seq") if is_postgres(db) else last, command="Set up a test",
            digest="", person_id=backend.actor.person_id, workstation="tests", app_version="0", at=f.AT,
            request={}, result={},
        )
    )  # fmt: skip
    return key


def _move(
    db: Connection,
    journal: str,
    kind: str,
    warehouse: int,
    product: int,
    quantity: int,
    **columns: Any,
) -> None:
    level = t.stock_level.c
    here = (level.warehouse_id == warehouse, level.product_id == product)
    moved = db.execute(
        update(t.stock_level).where(*here).values(in_stock=level.in_stock + quantity)
    )
    if not moved.rowcount:
        db.execute(
            insert(t.stock_level).values(
                warehouse_id=warehouse, product_id=product, in_stock=quantity
            )
        )
    _add(
        db, t.movement, journal_id=journal, kind=kind, warehouse_id=warehouse, location_id=f.BIN[warehouse],
        product_id=product, quantity=quantity, at=f.AT, **columns,
    )  # fmt: skip
