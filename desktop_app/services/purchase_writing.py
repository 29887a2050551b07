"""Writing purchase orders with their pegs and notes, set-based (R1.7, R3.5, R3.11).

Callers hold the locks: sales of the pegged rows, orders that are added to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from . import settings
from .backend import Work
from .books import add_notes, named_sales
from .changes import Topic
from .errors import Rejected
from .lists import purchase_search_text
from .rules.money import row_total
from .rules.supplier_choice import Supplier
from .store.bulk import insert_many, next_ids, next_numbers
from .store.tables import order_status, peg, purchase_order, purchase_row


class NewPeg(NamedTuple):
    """Units of a new row raised for a sale row; ``live`` of them are still needed (R1.7)."""

    sale_row_id: int
    sale_id: int
    units: int
    live: int


Note = tuple[str, int, str, Mapping[str, Any]]


@dataclass(slots=True)
class Pending:
    """Pegs and notes of one command, gathered so that each kind is written in one statement."""

    pegs: list[tuple[int, int, int, int]] = field(default_factory=list)
    """(order row id, sale row id, quantity, live)"""
    notes: list[Note] = field(default_factory=list)

    def write(self, work: Work) -> list[int]:
        """Insert them all; returns the ids of the pegs."""
        ids = next_ids(work.db, peg, len(self.pegs))
        journal_id = work.journal_id
        insert_many(
            work.db,
            peg,
            [
                {
                    "id": key, "po_row_id": po_row, "sale_row_id": sale_row, "quantity": units,
                    "live": live, "journal_id": journal_id,
                }
                for key, (po_row, sale_row, units, live) in zip(ids, self.pegs, strict=True)
            ],
        )  # fmt: skip
        add_notes(work, self.notes)
        return ids


@dataclass(slots=True)
class NewRow:
    """One product on an order."""

    product_id: int
    sku: str
    units: int
    cost: int
    supplier_sku: str
    expected_on: date | None
    pegs: list[NewPeg] = field(default_factory=list)


@dataclass(slots=True)
class NewOrder:
    """A purchase order to be written."""

    supplier: Supplier
    warehouse_id: int | None
    rows: list[NewRow]
    sale_id: int | None = None
    address: str = ""
    """Of a drop-ship order: where its supplier delivers to (R4.3)."""

    @property
    def drop_ship(self) -> bool:
        """Delivered to the customer, not to a warehouse."""
        return self.warehouse_id is None


@dataclass(frozen=True, slots=True)
class Written:
    """An order that was written or added to, as results and notes name it."""

    id: int
    number: int
    supplier: Supplier
    rows: list[NewRow]
    total: int
    expected_on: date | None
    appended: bool = False
    drop_ship: bool = False

    def as_result(self) -> dict[str, Any]:
        """The value that commands return."""
        return {
            "id": self.id,
            "number": self.number,
            "supplier": self.supplier.name,
            "lines": len(self.rows),
            "units": sum(row.units for row in self.rows),
            "total": self.total,
            "currency": self.supplier.currency,
            "digits": self.supplier.digits,
            "expected_on": self.expected_on.isoformat() if self.expected_on else None,
            "appended": self.appended,
        }


@dataclass(frozen=True, slots=True)
class Terms:
    """What the orders of one command have in common."""

    state: str
    status_id: int | None
    reference: str
    batch_id: int | None


def check_terms(db: Connection, state: str, status_id: int | None, reference: str) -> None:
    """Raise Rejected("bad_option" | "unknown_status" | "text_too_long")."""
    if state not in {"draft", "sent"}:
        raise Rejected("bad_option", option="po_state", value=state)
    if len(reference) > REFERENCE_MAX:
        raise Rejected("text_too_long", field="reference", limit=REFERENCE_MAX)
    if status_id is not None:
        known = select(order_status.c.id).where(
            order_status.c.id == status_id, order_status.c.document == "PO"
        )
        if db.execute(known).first() is None:
            raise Rejected("unknown_status", status_id=status_id)


REFERENCE_MAX = 200


def read_settings(db: Connection, state: str) -> Mapping[str, Any]:
    """The settings that an order made in this state goes by: label, own products only."""
    label = settings.STATUS_SENT if state == "sent" else settings.STATUS_NEW
    found = settings.values(db, (label, settings.OWN_PRODUCTS))
    return {"status_id": found[label].value, "own_products": found[settings.OWN_PRODUCTS].value}


def write_orders(
    work: Work, orders: Sequence[NewOrder], terms: Terms, pending: Pending
) -> list[Written]:
    """Insert orders and rows. Takes the numbers from the counter, so what may wait comes before."""
    if not orders:
        return []
    db = work.db
    ids = next_ids(db, purchase_order, len(orders))
    totals = [[_total(order, row) for row in order.rows] for order in orders]
    first_days = [_first_day(order.rows) for order in orders]
    numbers = next_numbers(db, "purchase_order", len(orders))
    insert_many(
        db,
        purchase_order,
        [
            {
                "id": key, "number": number, "supplier_id": order.supplier.id,
                "warehouse_id": order.warehouse_id, "drop_ship": int(order.drop_ship),
                "address": order.address, "state": terms.state,
                "status_id": terms.status_id, "currency": order.supplier.currency,
                "created_at": work.at, "sent_at": work.at if terms.state == "sent" else None,
                "expected_on": day, "reference": terms.reference, "sale_id": order.sale_id,
                "batch_id": terms.batch_id, "total": sum(per_row),
                "to_come": sum(row.units for row in order.rows),
                "search": purchase_search_text(
                    number, order.supplier.name, terms.reference, None,
                    [row.sku for row in order.rows],
                ),
            }
            for key, number, order, per_row, day in zip(
                ids, numbers, orders, totals, first_days, strict=True
            )
        ],
    )  # fmt: skip
    rows = [
        (key, place, row, total)
        for key, order, per_row in zip(ids, orders, totals, strict=True)
        for place, (row, total) in enumerate(zip(order.rows, per_row, strict=True), 1)
    ]
    insert_rows(work, rows, pending)
    work.touched(Topic.PURCHASES, ids)
    return [
        Written(
            key, number, order.supplier, order.rows, sum(per_row), day, drop_ship=order.drop_ship
        )
        for key, number, order, per_row, day in zip(
            ids, numbers, orders, totals, first_days, strict=True
        )
    ]  # fmt: skip


def insert_rows(
    work: Work, rows: Sequence[tuple[int, int, NewRow, int]], pending: Pending
) -> list[int]:
    """Insert (order id, position, row, total); returns the row ids. Their pegs become pending."""
    ids = next_ids(work.db, purchase_row, len(rows))
    insert_many(
        work.db,
        purchase_row,
        [
            {
                "id": key, "po_id": po_id, "position": place, "product_id": row.product_id,
                "supplier_sku": row.supplier_sku, "ordered": row.units, "cost": row.cost,
                "total": total, "expected_on": row.expected_on,
            }
            for key, (po_id, place, row, total) in zip(ids, rows, strict=True)
        ],
    )  # fmt: skip
    pending.pegs += [
        (key, sale_row, units, live)
        for key, (_po, _place, row, _total) in zip(ids, rows, strict=True)
        for sale_row, _sale, units, live in row.pegs
    ]
    return ids


def _total(order: NewOrder, row: NewRow) -> int:
    return row_total(row.units, row.cost, order.supplier.digits)


def _first_day(rows: Sequence[NewRow]) -> date | None:
    """The order is expected when its first goods are."""
    return min((row.expected_on for row in rows if row.expected_on is not None), default=None)


def cross_notes(
    written: Sequence[Written], sale_numbers: Mapping[int, int], batch_id: int | None
) -> list[Note]:
    """Notes that lead from each sale to its orders and back (R4.1, BPO-08)."""
    per_sale: dict[int, list[dict[str, Any]]] = {}
    notes: list[Note] = []
    for order in written:
        served: dict[int, dict[str, int]] = {}
        for row in order.rows:
            sku = row.sku
            for _row, sale_id, units, _live in row.pegs:
                mine = served.get(sale_id)
                if mine is None:
                    served[sale_id] = {sku: units}
                else:
                    mine[sku] = mine.get(sku, 0) + units
        for sale_id, items in served.items():
            per_sale.setdefault(sale_id, []).append(
                order_served(order.id, order.number, order.supplier.name, items)
                | ({"drop_ship": True} if order.drop_ship else {})
            )
        sales = sale_units(served, sale_numbers)
        notes.append(("PO", order.id, "raised_for", {**named_sales(sales), "batch": batch_id}))
    for sale_id in sorted(per_sale):
        notes.append(("SO", sale_id, "ordered", {"orders": per_sale[sale_id]}))
    return notes


def order_served(
    po_id: int, number: int, supplier: str, items: Mapping[str, int]
) -> dict[str, Any]:
    """An entry of ``orders`` in a sale's note: what of it is on that order."""
    listed = [{"sku": sku, "units": units} for sku, units in items.items()]
    return {"id": po_id, "number": number, "supplier": supplier, "items": listed}


def sale_units(
    served: Mapping[int, Mapping[str, int]], numbers: Mapping[int, int]
) -> list[dict[str, int]]:
    """The ``sales`` of an order's note: each with its number and units."""
    return [
        {"id": sale_id, "number": numbers[sale_id], "units": sum(items.values())}
        for sale_id, items in served.items()
    ]
