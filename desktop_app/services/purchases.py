"""A purchase order's own acts: send, cancel, close short, raise a row, expected day, status."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import select, update

from . import settings
from .access import Permission
from .backend import Undone, Work, command
from .books import OPEN_STATES, add_notes, refresh_purchases, revive_pegs, shrink_pegs
from .changes import Topic
from .drop_ship_back import fall_back, lock_order, lock_to_put_back, put_back
from .drop_ship_writing import waiting_rows
from .errors import Rejected
from .rules.money import QUANTITY_MAX, UNIT, row_total
from .rules.sale_status import Axis
from .store.bulk import ids_in
from .store.tables import (
    currency,
    order_status,
    peg,
    product,
    purchase_order,
    purchase_row,
    sale_row,
)


@command("Send purchase order", Permission.PLACE_PURCHASES)
def send_purchase_order(work: Work, po_id: int) -> dict[str, Any]:
    """Draft -> sent (R2.6), with the label of the settings. Returns {id, number}.

    Raises Rejected("unknown_purchase_order" | "not_a_draft"). Undo: back to draft while nothing
    was received.
    """
    work.locks.take_purchases([po_id])
    order = _order(work, po_id)
    if order.state != "draft":
        raise Rejected("not_a_draft", [po_id], number=order.number, state=order.state)
    label = settings.value(work.db, settings.STATUS_SENT)
    _store(
        work, po_id, state="sent", sent_at=work.at,
        status_id=order.status_id if label is None else label,
    )  # fmt: skip
    add_notes(work, [("PO", po_id, "sent", {})])
    work.can_undo({"order": po_id, "status": order.status_id})
    return {"id": po_id, "number": order.number}


@send_purchase_order.undone_by
def _unsend(work: Work, original: Undone) -> dict[str, Any]:
    """Back to draft: what happened in between and was taken back is in nobody's way."""
    po_id = original.data["order"]
    work.locks.take_purchases([po_id])
    order = _order(work, po_id)
    if order.state != "sent":
        raise Rejected("purchase_changed", [po_id], number=order.number)
    if order.received != Axis.NONE:
        raise Rejected(
            "sent_and_shipped" if order.drop_ship else "sent_and_received", [po_id],
            number=order.number,
        )  # fmt: skip
    _store(work, po_id, state="draft", sent_at=None, status_id=original.data["status"])
    return {"id": order.id, "number": order.number}


@command("Cancel purchase order", Permission.PLACE_PURCHASES)
def cancel_purchase_order(work: Work, po_id: int) -> dict[str, Any]:
    """Cancel an open order of which nothing was received; its pegs end, its sales get a note.

    Units of a drop-ship order fall back to stock: needed again, and reserved as far as they are on
    hand (R4.3). Returns {id, number, units, sales}: units that will not come, sales that waited
    for them. Raises Rejected("unknown_purchase_order" | "not_open" | "already_received" |
    "already_shipped"). Can be undone.
    """
    return _end(work, po_id, "cancelled", "cancelled")


@cancel_purchase_order.undone_by
def _uncancel(work: Work, original: Undone) -> dict[str, Any]:
    return _reopen(work, original)


@command("Close purchase order short", Permission.PLACE_PURCHASES)
def close_short(work: Work, po_id: int) -> dict[str, Any]:
    """Nothing more will come: what is outstanding stops being on order (R5.1). As cancel."""
    return _end(work, po_id, "closed", "closed_short")


@close_short.undone_by
def _unclose(work: Work, original: Undone) -> dict[str, Any]:
    return _reopen(work, original)


def _end(work: Work, po_id: int, state: str, kind: str) -> dict[str, Any]:
    waiting = lock_order(work, po_id, _pegged_sales(work, po_id))
    order = _order(work, po_id)
    if order.state not in OPEN_STATES:
        raise Rejected("not_open", [po_id], number=order.number, state=order.state)
    rows = work.db.execute(
        select(purchase_row.c.id, purchase_row.c.received).where(purchase_row.c.po_id == po_id)
    ).all()
    if state == "cancelled" and any(row.received for row in rows):
        raise Rejected(
            "already_shipped" if order.drop_ship else "already_received", [po_id],
            number=order.number,
        )  # fmt: skip
    _store(work, po_id, state=state, to_come=0)
    ended = shrink_pegs(work, po_rows=[row.id for row in rows])
    affected = _tell_sales(work, order, ended) | {row.sale_id for row in waiting}
    fell = fall_back(work, order, [(row, row.quantity) for row in waiting])
    add_notes(work, [("PO", po_id, kind, {"units": order.to_come})])
    work.touched(Topic.SALES, affected)
    work.can_undo(
        {
            "order": po_id, "state": order.state, "version": order.version + 1,
            "pegs": [[key, units] for key, units in sorted(ended.items())], "back": fell,
        }
    )  # fmt: skip
    return {
        "id": po_id,
        "number": order.number,
        "units": order.to_come,
        "sales": len(affected),
    }


def _pegged_sales(work: Work, po_id: int) -> set[int]:
    return set(
        work.db.execute(
            select(sale_row.c.sale_id)
            .join(peg, peg.c.sale_row_id == sale_row.c.id)
            .join(purchase_row, purchase_row.c.id == peg.c.po_row_id)
            .where(purchase_row.c.po_id == po_id)
            .distinct()
        ).scalars()
    )


def _tell_sales(work: Work, order: Any, ended: Mapping[int, int]) -> set[int]:
    """A note on each sale that no longer gets these units; returns the sales."""
    per_sale: dict[int, dict[str, int]] = {}
    for one in work.db.execute(
        select(peg.c.id, sale_row.c.sale_id, product.c.sku)
        .join(sale_row, sale_row.c.id == peg.c.sale_row_id)
        .join(product, product.c.id == sale_row.c.product_id)
        .where(peg.c.id.in_(ids_in(work.db, ended)))
        .order_by(sale_row.c.sale_id, sale_row.c.position)
    ):
        items = per_sale.setdefault(one.sale_id, {})
        items[one.sku] = items.get(one.sku, 0) + ended[one.id]
    po = {"id": order.id, "number": order.number}
    add_notes(
        work,
        [
            (
                "SO",
                sale_id,
                "purchase_cancelled",
                {"po": po, "items": [{"sku": sku, "units": n} for sku, n in items.items()]},
            )
            for sale_id, items in per_sale.items()
        ],
    )
    return set(per_sale)


def _reopen(work: Work, original: Undone) -> dict[str, Any]:
    """Open again; the pegs that ended live again as far as they are still needed."""
    po_id = original.data["order"]
    if original.data.get("back", {}).get("units"):
        return _reopen_drop_ship(work, original)
    sales = _pegged_sales(work, po_id)
    work.locks.take_sales(sales)
    order = _as_left(work, original)
    _store(work, po_id, state=original.data["state"])
    refresh_purchases(work, [po_id])
    _revive(work, original.data["pegs"])
    work.touched(Topic.SALES, sales)
    return {"id": po_id, "number": order.number}


def _reopen_drop_ship(work: Work, original: Undone) -> dict[str, Any]:
    """Open again, and what fell back to stock is the supplier's to send again (R4.3)."""
    po_id, back = original.data["order"], original.data["back"]
    lock_to_put_back(work, po_id, back)
    order = _order(work, po_id)
    if order.version != original.data["version"]:
        raise Rejected("purchase_changed", [po_id], number=order.number)
    _store(work, po_id, state=original.data["state"])
    put_back(work, order, back)
    refresh_purchases(work, [po_id])
    return {"id": po_id, "number": order.number}


def _revive(work: Work, pegs: Iterable[list[int]]) -> None:
    """Give units back to ended pegs, but never more than their rows lack by now."""
    revive_pegs(work, {one[0]: one[1] for one in pegs})


@command("Raise purchase order row", Permission.RAISE_PURCHASE_ROW)
def raise_row(work: Work, po_row_id: int, to_units: int) -> dict[str, Any]:
    """Order more on a row of an open order (R5.3); the surplus is free, without a peg.

    Returns {id, row_id, number, sku, from, to} with units as stored. Raises
    Rejected("unknown_row" | "not_open" | "not_more" | "invalid_quantity" |
    "drop_ship_not_raised": a surplus has nobody to go to). Can be undone.
    """
    found = _row(work, po_row_id)
    if found is None:
        raise Rejected("unknown_row", [po_row_id])
    work.locks.take_purchases([found.po_id])
    row = _row(work, po_row_id)
    if row.state not in OPEN_STATES:
        raise Rejected("not_open", [po_row_id], number=row.number, state=row.state)
    if row.drop_ship:
        raise Rejected("drop_ship_not_raised", [po_row_id], number=row.number)
    whole = row.kind == "stock"
    if (
        isinstance(to_units, bool)
        or not isinstance(to_units, int)
        or not 0 < to_units <= QUANTITY_MAX
        or (whole and to_units % UNIT)
    ):
        raise Rejected("invalid_quantity", [po_row_id])
    if to_units <= row.ordered:
        raise Rejected("not_more", [po_row_id], ordered=row.ordered, sku=row.sku)
    _set_ordered(work, row, to_units)
    add_notes(
        work,
        [("PO", row.po_id, "row_raised", {"sku": row.sku, "from": row.ordered, "to": to_units})],
    )
    work.can_undo({"row": po_row_id, "from": row.ordered, "to": to_units})
    return {
        "id": row.po_id, "row_id": po_row_id, "number": row.number, "sku": row.sku,
        "from": row.ordered, "to": to_units,
    }  # fmt: skip


@raise_row.undone_by
def _lower(work: Work, original: Undone) -> dict[str, Any]:
    """Back to what it was, while the units added were neither received nor promised since."""
    key, was, now = original.data["row"], original.data["from"], original.data["to"]
    work.locks.take_purchases([_row(work, key).po_id])
    row = _row(work, key)
    live = work.db.execute(
        select(peg.c.live).where(peg.c.po_row_id == key, peg.c.live > 0)
    ).scalars()
    promised = sum(live)
    if row.state not in OPEN_STATES or row.ordered != now:
        raise Rejected("purchase_changed", [row.po_id], number=row.number)
    if row.received + promised > was:
        reason = "received" if row.received > was else "promised"
        raise Rejected("row_in_use", [key], number=row.number, sku=row.sku, reason=reason)
    _set_ordered(work, row, was)
    return {"id": row.po_id, "row_id": key, "number": row.number, "sku": row.sku}


def _set_ordered(work: Work, row: Any, units: int) -> None:
    work.db.execute(
        update(purchase_row)
        .where(purchase_row.c.id == row.id)
        .values(
            ordered=units,
            total=row_total(units, row.cost, row.digits),
            version=purchase_row.c.version + 1,
        )
    )
    refresh_purchases(work, [row.po_id])


def _row(work: Work, po_row_id: int) -> Any:
    return work.db.execute(
        select(
            purchase_row.c.id, purchase_row.c.po_id, purchase_row.c.ordered,
            purchase_row.c.received, purchase_row.c.cost, purchase_order.c.number,
            purchase_order.c.state, purchase_order.c.drop_ship, product.c.sku, product.c.kind,
            currency.c.digits,
        )
        .join(purchase_order, purchase_order.c.id == purchase_row.c.po_id)
        .join(product, product.c.id == purchase_row.c.product_id)
        .join(currency, currency.c.code == purchase_order.c.currency)
        .where(purchase_row.c.id == po_row_id)
    ).one_or_none()  # fmt: skip


@command("Change expected day", Permission.PLACE_PURCHASES)
def change_expected(
    work: Work, po_id: int, expected_on: date, *, note_on_sales: bool = False
) -> dict[str, Any]:
    """Set the expected day of an open order and of its outstanding rows (POD-02).

    With ``note_on_sales`` the sales that wait for it get a note. Returns {id, number, sales}.
    Raises Rejected("unknown_purchase_order" | "not_open" | "bad_day"). Can be undone.
    """
    if not isinstance(expected_on, date):
        raise Rejected("bad_day")
    work.locks.take_purchases([po_id])
    order = _order(work, po_id)
    if order.state not in OPEN_STATES:
        raise Rejected("not_open", [po_id], number=order.number, state=order.state)
    rows = work.db.execute(
        select(purchase_row.c.id, purchase_row.c.expected_on).where(
            purchase_row.c.po_id == po_id, purchase_row.c.ordered > purchase_row.c.received
        )
    ).all()
    _store(work, po_id, expected_on=expected_on)
    work.db.execute(
        update(purchase_row)
        .where(purchase_row.c.id.in_(ids_in(work.db, [row.id for row in rows])))
        .values(expected_on=expected_on, version=purchase_row.c.version + 1)
    )
    told = _live_sales(work, po_id) if note_on_sales else []
    params = {
        "po": {"id": po_id, "number": order.number},
        "from": _iso(order.expected_on),
        "to": expected_on.isoformat(),
    }
    add_notes(
        work,
        [("PO", po_id, "expected_changed", params)]
        + [("SO", one, "expected_changed", params) for one in told],
    )
    work.touched(Topic.SALES, told)
    work.can_undo(
        {
            "order": po_id, "version": order.version + 1, "was": _iso(order.expected_on),
            "rows": [[row.id, _iso(row.expected_on)] for row in rows],
        }
    )  # fmt: skip
    return {"id": po_id, "number": order.number, "sales": len(told)}


@change_expected.undone_by
def _expected_back(work: Work, original: Undone) -> dict[str, Any]:
    order = _as_left(work, original)
    _store(work, order.id, expected_on=_day(original.data["was"]))
    per_day: dict[str | None, list[int]] = {}
    for key, was in original.data["rows"]:
        per_day.setdefault(was, []).append(key)
    for was, keys in per_day.items():
        work.db.execute(
            update(purchase_row)
            .where(purchase_row.c.id.in_(ids_in(work.db, keys)))
            .values(expected_on=_day(was), version=purchase_row.c.version + 1)
        )
    return {"id": order.id, "number": order.number}


def _live_sales(work: Work, po_id: int) -> list[int]:
    """Sales that wait for units of the order, by a live peg or on a drop-ship note."""
    pegged = (
        select(sale_row.c.sale_id)
        .join(peg, peg.c.sale_row_id == sale_row.c.id)
        .join(purchase_row, purchase_row.c.id == peg.c.po_row_id)
        .where(purchase_row.c.po_id == po_id, peg.c.live > 0)
    )
    held = {row.sale_id for row in waiting_rows(work.db, [po_id])}
    return sorted(held | set(work.db.execute(pegged).scalars()))


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


@command("Change purchase order status", Permission.PLACE_PURCHASES)
def set_purchase_status(work: Work, po_id: int, status_id: int) -> dict[str, Any]:
    """Set the label of an order (R2.5); the state is never touched (R2.6).

    Returns {id, number, changed}. Raises Rejected("unknown_purchase_order" | "unknown_status").
    Can be undone.
    """
    work.locks.take_purchases([po_id])
    order = _order(work, po_id)
    names = {
        one.id: one.name
        for one in work.db.execute(
            select(order_status.c.id, order_status.c.name).where(order_status.c.document == "PO")
        )
    }
    if status_id not in names:
        raise Rejected("unknown_status", status_id=status_id)
    if status_id == order.status_id:
        return {"id": po_id, "number": order.number, "changed": False}
    _store(work, po_id, status_id=status_id)
    before = names.get(order.status_id, "")
    add_notes(work, [("PO", po_id, "status_changed", {"from": before, "to": names[status_id]})])
    work.can_undo({"order": po_id, "was": order.status_id, "now": status_id})
    return {"id": po_id, "number": order.number, "changed": True}


@set_purchase_status.undone_by
def _status_back(work: Work, original: Undone) -> dict[str, Any]:
    po_id = original.data["order"]
    work.locks.take_purchases([po_id])
    order = _order(work, po_id)
    if order.status_id != original.data["now"]:
        raise Rejected("purchase_changed", [po_id], number=order.number)
    _store(work, po_id, status_id=original.data["was"])
    return {"id": po_id, "number": order.number}


def _order(work: Work, po_id: int) -> Any:
    found = work.db.execute(
        select(purchase_order).where(purchase_order.c.id == po_id)
    ).one_or_none()
    if found is None:
        raise Rejected("unknown_purchase_order", [po_id])
    return found


def _as_left(work: Work, original: Undone) -> Any:
    """The order, locked, if nobody changed it since the command being undone."""
    po_id = original.data["order"]
    work.locks.take_purchases([po_id])
    order = _order(work, po_id)
    if order.version != original.data["version"]:
        raise Rejected("purchase_changed", [po_id], number=order.number)
    return order


def _store(work: Work, po_id: int, **columns: Any) -> None:
    work.db.execute(
        update(purchase_order)
        .where(purchase_order.c.id == po_id)
        .values(**columns, version=purchase_order.c.version + 1)
    )
    work.touched(Topic.PURCHASES, [po_id])
