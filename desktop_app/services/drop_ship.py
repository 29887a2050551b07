"""A drop-ship order's own acts: shipped by the supplier, taken back from the supplier (R4.3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import delete, select, update

from . import settings
from .access import Permission
from .backend import Undone, Work, command
from .books import OPEN_STATES, add_notes, refresh_purchases
from .changes import Topic
from .drop_ship_back import fall_back, lock_order, lock_to_put_back, put_back
from .drop_ship_writing import listed, ship_rows
from .errors import Rejected
from .goods_out_writing import add_steps
from .rules.money import UNIT, row_total
from .store.bulk import ids_in, insert_many, next_ids, update_many
from .store.tables import (
    currency,
    peg,
    purchase_order,
    purchase_row,
)

TRACKING_MAX = 120
"""Characters of a tracking number."""


@command("Mark shipped by supplier", Permission.PLACE_PURCHASES)
def mark_drop_shipped(
    work: Work, po_id: int, units: Mapping[int, int], tracking: str = ""
) -> dict[str, Any]:
    """The supplier sent units to the customer: {sale row id: units}, all of them or a part (R4.3).

    A part gets a note of its own; no stock moves. It cannot be undone (R6.2): what comes back is
    a sales credit. Returns {id, number, note: {id, number}, sale: {id, number}, units, left}.
    Raises Rejected("unknown_purchase_order" | "not_drop_ship" | "not_open" | "nothing_to_ship" |
    "invalid_quantity" | "unknown_row" | "more_than_left" | "text_too_long").
    """
    wanted = _checked(units)
    reference = " ".join(tracking.split())
    if len(reference) > TRACKING_MAX:
        raise Rejected("text_too_long", field="tracking number", limit=TRACKING_MAX)
    rows = lock_order(work, po_id)
    order = _open_order(work, po_id)
    taken = _taken(rows, wanted, order)
    ((_po, sale_id), (note_id, note_number)), *_more = ship_rows(work, taken).items()
    add_steps(work, [note_id], ("shipped",), reference=reference)
    refresh_purchases(work, [po_id])
    left = sum(row.quantity for row in rows) - sum(wanted.values())
    _label(work, po_id)
    sale = {"id": sale_id, "number": taken[0][0].number}
    note = {"id": note_id, "number": note_number}
    about = {"note": note, "items": _items(taken), "tracking": reference}
    po = {"id": po_id, "number": order.number}
    add_notes(
        work,
        [
            ("PO", po_id, "drop_shipped", {**about, "sale": sale, "left": left}),
            ("SO", sale_id, "drop_shipped", {**about, "po": po}),
        ],
    )
    work.touched(Topic.SALES, [sale_id])
    return {**po, "note": note, "sale": sale, "units": sum(wanted.values()), "left": left}


def _checked(units: Mapping[int, int]) -> dict[int, int]:
    """Whole units above 0 by sale row: drop-ship notes hold stock-tracked products only."""
    wrong = [
        key
        for key, number in units.items()
        if isinstance(number, bool) or not isinstance(number, int) or number < 0 or number % UNIT
    ]
    if wrong:
        raise Rejected("invalid_quantity", wrong)
    wanted = {key: number for key, number in sorted(units.items()) if number}
    if not wanted:
        raise Rejected("nothing_to_ship")
    return wanted


def _open_order(work: Work, po_id: int) -> Any:
    order = work.db.execute(
        select(purchase_order).where(purchase_order.c.id == po_id)
    ).one_or_none()
    if order is None:
        raise Rejected("unknown_purchase_order", [po_id])
    if not order.drop_ship:
        raise Rejected("not_drop_ship", [po_id], number=order.number)
    if order.state not in OPEN_STATES:
        raise Rejected("not_open", [po_id], number=order.number, state=order.state)
    return order


def _taken(rows: Sequence[Any], wanted: Mapping[int, int], order: Any) -> list[tuple[Any, int]]:
    """The note rows and the units of each that make up what is wanted."""
    there: dict[int, int] = defaultdict(int)
    for row in rows:
        there[row.sale_row_id] += row.quantity
    over = [key for key, units in wanted.items() if units > there.get(key, 0)]
    if over:
        raise Rejected(
            "more_than_left", over, number=order.number, left=sum(there.get(k, 0) for k in over)
        )
    taken: list[tuple[Any, int]] = []
    left = dict(wanted)
    for row in rows:
        units = min(left.get(row.sale_row_id, 0), row.quantity)
        if units:
            left[row.sale_row_id] -= units
            taken.append((row, units))
    return taken


def _items(taken: Sequence[tuple[Any, int]]) -> list[dict[str, Any]]:
    items: dict[str, int] = {}
    for row, units in taken:
        items[row.sku] = items.get(row.sku, 0) + units
    return listed(items)


def _label(work: Work, po_id: int) -> None:
    """The status that the settings give an order that arrived in part or in full (section 9)."""
    order = work.db.execute(select(purchase_order).where(purchase_order.c.id == po_id)).one()
    key = settings.STATUS_PART if order.to_come else settings.STATUS_FULL
    label = settings.value(work.db, key)
    if label is not None and label != order.status_id:
        work.db.execute(
            update(purchase_order).where(purchase_order.c.id == po_id).values(status_id=label)
        )


@command("Take back from supplier", Permission.PLACE_PURCHASES)
def take_back(work: Work, po_id: int, units: Mapping[int, int]) -> dict[str, Any]:
    """Units that the supplier will not send: off the order, and back to stock (R4.3).

    ``units``: {sale row id: units} not shipped yet. What is on hand is reserved for the sale at
    once. Returns {id, number, units, reserved}. Raises as ``mark_drop_shipped``, and
    Rejected("cancel_instead") where nothing of the order would be left. Can be undone.
    """
    wanted = _checked(units)
    rows = lock_order(work, po_id)
    order = _open_order(work, po_id)
    taken = _taken(rows, wanted, order)
    fell = fall_back(work, order, taken)
    before = _lower(work, order, taken)
    add_notes(work, [("PO", po_id, "drop_taken_back", {"items": _items(taken)})])
    work.can_undo({"order": po_id, "rows": before, **fell})
    return {
        "id": po_id,
        "number": order.number,
        "units": sum(wanted.values()),
        "reserved": sum(number for _key, number in fell["reserved"]),
    }


def _lower(work: Work, order: Any, taken: Sequence[tuple[Any, int]]) -> list[dict[str, Any]]:
    """Take units off the order's rows; a row without units goes. Returns the rows as they were."""
    less: dict[int, int] = defaultdict(int)
    for row, units in taken:
        less[row.po_row_id] += units
    found = work.db.execute(
        select(purchase_row, currency.c.digits)
        .join(purchase_order, purchase_order.c.id == purchase_row.c.po_id)
        .join(currency, currency.c.code == purchase_order.c.currency)
        .where(purchase_row.c.po_id == order.id)
        .order_by(purchase_row.c.id)
    ).all()
    if not any(row.ordered > less.get(row.id, 0) for row in found):
        raise Rejected("cancel_instead", [order.id], number=order.number)
    mine = [row for row in found if row.id in less]
    gone = {row.id for row in mine if row.ordered == less[row.id]}
    pegs = work.db.execute(
        select(peg).where(peg.c.po_row_id.in_(ids_in(work.db, less))).order_by(peg.c.id)
    ).all()
    per_pair: dict[tuple[int, int], int] = defaultdict(int)
    for row, units in taken:
        per_pair[row.po_row_id, row.sale_row_id] += units
    smaller = {one.id: one.quantity - per_pair[one.po_row_id, one.sale_row_id] for one in pegs}
    empty = {one.id for one in pegs if smaller[one.id] <= 0 or one.po_row_id in gone}
    work.db.execute(delete(peg).where(peg.c.id.in_(ids_in(work.db, empty))))
    update_many(
        work.db,
        peg,
        [{"id": key, "quantity": left} for key, left in smaller.items() if key not in empty],
    )
    work.db.execute(delete(purchase_row).where(purchase_row.c.id.in_(ids_in(work.db, gone))))
    _store_rows(work, [row for row in mine if row.id not in gone], less)
    refresh_purchases(work, [order.id])
    return [_as_stored(row) for row in mine]


def _store_rows(work: Work, rows: Sequence[Any], less: Mapping[int, int]) -> None:
    update_many(
        work.db,
        purchase_row,
        [
            {
                "id": row.id, "ordered": row.ordered - less[row.id],
                "total": row_total(row.ordered - less[row.id], row.cost, row.digits), "version": 1,
            }
            for row in rows
        ],
        add=("version",),
    )  # fmt: skip


def _as_stored(row: Any) -> dict[str, Any]:
    """A purchase row as an undo puts it back."""
    return {
        "id": row.id, "position": row.position, "product_id": row.product_id,
        "supplier_sku": row.supplier_sku, "ordered": row.ordered, "cost": row.cost,
        "total": row.total,
        "expected_on": None if row.expected_on is None else row.expected_on.isoformat(),
    }  # fmt: skip


@take_back.undone_by
def _give_again(work: Work, original: Undone) -> dict[str, Any]:
    """The units are the supplier's to send again, as long as nothing else covers them."""
    po_id = original.data["order"]
    lock_to_put_back(work, po_id, original.data)
    order = _open_order(work, po_id)
    data = original.data | {"units": _raise_again(work, po_id, original.data)}
    put_back(work, order, data)
    refresh_purchases(work, [po_id])
    return {"id": po_id, "number": order.number}


def _raise_again(work: Work, po_id: int, data: Mapping[str, Any]) -> list[list[int]]:
    """Rows and pegs get back the units that were taken; rows that went come as new ones.

    Returns ``units`` of the data by the rows as they are now.
    """
    there = {
        row.id: row
        for row in work.db.execute(
            select(purchase_row, currency.c.digits)
            .join(purchase_order, purchase_order.c.id == purchase_row.c.po_id)
            .join(currency, currency.c.code == purchase_order.c.currency)
            .where(purchase_row.c.po_id == po_id)
        )
    }
    gone = [row for row in data["rows"] if row["id"] not in there]
    ids = next_ids(work.db, purchase_row, len(gone))
    now = {row["id"]: key for key, row in zip(ids, gone, strict=True)}
    insert_many(
        work.db,
        purchase_row,
        [_new_row(po_id, row) | {"id": key} for key, row in zip(ids, gone, strict=True)],
    )
    more: dict[int, int] = defaultdict(int)
    pairs: dict[tuple[int, int], int] = defaultdict(int)
    for po_row, sale_row, units in data["units"]:
        pairs[now.get(po_row, po_row), sale_row] += units
        if po_row in there:
            more[po_row] -= units
    _store_rows(work, [there[key] for key in sorted(more)], more)
    _peg_again(work, po_id, pairs)
    return [[po_row, sale_row, units] for (po_row, sale_row), units in pairs.items()]


def _peg_again(work: Work, po_id: int, pairs: Mapping[tuple[int, int], int]) -> None:
    mine = select(purchase_row.c.id).where(purchase_row.c.po_id == po_id)
    held = {
        (one.po_row_id, one.sale_row_id): one.id
        for one in work.db.execute(select(peg).where(peg.c.po_row_id.in_(mine)))
    }
    update_many(
        work.db,
        peg,
        [{"id": held[key], "quantity": units} for key, units in pairs.items() if key in held],
        add=("quantity",),
    )
    insert_many(
        work.db,
        peg,
        [
            {
                "po_row_id": po_row, "sale_row_id": sale_row, "quantity": units, "live": 0,
                "journal_id": work.journal_id,
            }
            for (po_row, sale_row), units in pairs.items()
            if (po_row, sale_row) not in held
        ],
    )  # fmt: skip


def _new_row(po_id: int, row: Mapping[str, Any]) -> dict[str, Any]:
    day = row["expected_on"]
    return {**row, "po_id": po_id, "expected_on": None if day is None else date.fromisoformat(day)}


__all__ = ["TRACKING_MAX", "mark_drop_shipped", "take_back"]
