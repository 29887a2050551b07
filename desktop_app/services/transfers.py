"""Transfers between warehouses (R8.1): send, receive, move at once, cancel, close.

Notes on a transfer ("TR") and on the sales that its goods were given to; see ``books``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, select

from .access import Permission
from .backend import Undone, Work, command
from .books import add_notes, named_sales, pegged_orders
from .changes import Topic
from .errors import Rejected
from .serving import lock_serving, rows_with_sale, serve, take_back, usual_choice
from .stock_writing import (
    REASONS,
    TEXT_MAX,
    known_transfer,
    open_transfer,
    receive_units,
    reverse,
    send_units,
    settle,
    transfer_rows,
)
from .store.bulk import ids_in, is_postgres, update_many
from .store.tables import (
    location,
    movement,
    transfer,
    transfer_movement,
    transfer_row,
    warehouse,
)

REFERENCE_MAX = 120


@command("Send stock", needs=Permission.TRANSFER)
def send(
    work: Work, from_id: int, to_id: int, units: Mapping[int, int], reference: str = ""
) -> dict[str, Any]:
    """Let units (product to ten-thousandths) leave for another warehouse. Undone by cancelling.

    Result: ``{"transfer": {id, number}, "units"}``. Raises what ``send_units`` does and
    Rejected("unknown_warehouse" | "text_too_long").
    """
    _check_heads(work.db, from_id, to_id, reference)
    work.locks.take_stock({(from_id, key) for key in units})
    key = send_units(work, from_id, to_id, units, reference=reference)
    number = known_transfer(work.db, key).number
    total = sum(units.values())
    work.can_undo({"transfer": key})
    return {"transfer": {"id": key, "number": number}, "units": total}


@send.undone_by
def _unsend(work: Work, original: Undone) -> dict[str, Any]:
    return _put_back(work, original.data["transfer"])


@command("Move stock", needs=Permission.TRANSFER)
def move(
    work: Work,
    from_id: int,
    to_id: int,
    units: Mapping[int, int],
    allocate: bool | None = None,
    reference: str = "",
) -> dict[str, Any]:
    """Send and receive in one step; ``allocate`` None: as the setting says (R5.4).

    Result: ``{"transfer": {id, number}, "units", "allocated", "sales": [{id, number, units}]}``.
    Raises as ``send``. Undone as a whole while the units are still on hand.
    """
    _check_heads(work.db, from_id, to_id, reference)
    work.locks.take_stock({(place, key) for key in units for place in (from_id, to_id)})
    wanted = usual_choice(work.db, to_id) if allocate is None else allocate
    made = lock_serving(work, to_id, units if wanted else {})
    key = send_units(work, from_id, to_id, units, reference=reference)
    receive_units(work, key, units)
    return _arrived(work, key, units, serve(work, made))


@command("Receive transfer", needs=Permission.TRANSFER)
def receive(
    work: Work,
    transfer_id: int,
    units: Mapping[int, int] | None = None,
    allocate: bool | None = None,
    places: Mapping[int, int] | None = None,
) -> dict[str, Any]:
    """Let units of a transfer arrive; ``units`` None: all that is on its way.

    Result as ``move``. Raises what ``receive_units`` does. Undone while the units are on hand.
    """
    head = _head(work.db, transfer_id)
    rows = transfer_rows(work.db, transfer_id)
    if units is None:
        units = {row.product_id: row.in_transit for row in rows if row.in_transit}
    known = {row.product_id for row in rows}
    if strange := sorted(units.keys() - known):
        over = [
            {"product_id": key, "sku": "", "in_transit": 0, "units": units[key]} for key in strange
        ]
        raise Rejected("more_than_in_transit", over, number=head.number)
    work.locks.take_stock({(head.to_id, key) for key in units})
    open_transfer(work.db, transfer_id)
    wanted = usual_choice(work.db, head.to_id) if allocate is None else allocate
    made = lock_serving(work, head.to_id, _sellable(work.db, units, places) if wanted else {})
    receive_units(work, transfer_id, units, places=places)
    return _arrived(work, transfer_id, units, serve(work, made))


def _arrived(
    work: Work, transfer_id: int, units: Mapping[int, int], served: Mapping[str, Any]
) -> dict[str, Any]:
    """Notes, undo data and result of an arrival."""
    head = known_transfer(work.db, transfer_id)
    ref = {"id": transfer_id, "number": head.number}
    sales = [{key: one[key] for key in ("id", "number", "units")} for one in served["sales"]]
    total = sum(units.values())
    add_notes(
        work,
        [
            ("TR", transfer_id, "transfer_received", {"units": total, **named_sales(sales)}),
            *(
                ("SO", one["id"], "transfer_allocated", {"transfer": ref, "items": one["items"]})
                for one in served["sales"]
            ),
        ],
    )
    work.can_undo({"transfer": transfer_id, "rows": served["rows"], "pegs": served["pegs"]})
    return {
        "transfer": ref, "units": total, "allocated": sum(one["units"] for one in sales),
        "sales": sales,
    }  # fmt: skip


@receive.undone_by
def _unreceive(work: Work, original: Undone) -> dict[str, Any]:
    """The units are on their way again; what was given to sales is released."""
    return _take_arrival_back(work, original, whole=False)


@move.undone_by
def _unmove(work: Work, original: Undone) -> dict[str, Any]:
    """The units are back where they came from; the transfer is cancelled."""
    return _take_arrival_back(work, original, whole=True)


def _take_arrival_back(work: Work, original: Undone, *, whole: bool) -> dict[str, Any]:
    data = original.data
    key = data["transfer"]
    moved = _movements(work.db, key, original.journal_id)
    work.locks.take_stock({(row.warehouse_id, row.product_id) for row in moved})
    head = known_transfer(work.db, key)
    if head.state not in ("sent", "received"):
        raise Rejected("transfer_not_open", number=head.number, state=head.state)
    sales = {row.sale_id for row in rows_with_sale(work.db, [one[0] for one in data["rows"]])}
    work.locks.take_sales(sales)
    if is_postgres(work.db):
        work.locks.take_purchases(pegged_orders(work.db, sales))
    released = take_back(work, data["rows"], data["pegs"])
    reverse(work, [row.id for row in moved])
    came = {row.product_id: row.quantity for row in moved if row.kind == "transfer_in"}
    rows = transfer_rows(work.db, key)
    update_many(
        work.db,
        transfer_row,
        [{"id": r.id, "received": -came[r.product_id]} for r in rows if r.product_id in came],
        add=("received",),
    )
    settle(work, key, "cancelled" if whole else "sent")
    total = sum(came.values())
    ref = {"id": key, "number": head.number}
    told = "transfer_moved_back" if whole else "transfer_arrival_undone"
    add_notes(
        work,
        [
            ("TR", key, told, {"units": total, **named_sales(_plain(released))}),
            *(
                ("SO", one["id"], "transfer_released", {"transfer": ref, "items": one["items"]})
                for one in released
            ),
        ],
    )
    return {"transfer": ref, "units": total, "released": _plain(released)}


def _plain(sales: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{key: one[key] for key in ("id", "number", "units")} for one in sales]


@command("Cancel transfer", needs=Permission.TRANSFER)
def cancel(work: Work, transfer_id: int) -> dict[str, Any]:
    """Everything goes back to where it came from, while nothing arrived (R8.1).

    Result: ``{"transfer": {id, number}, "units"}``. Raises Rejected("unknown_transfer" |
    "transfer_not_open" | "transfer_arrived_in_part").
    """
    return _put_back(work, transfer_id)


def _put_back(work: Work, transfer_id: int) -> dict[str, Any]:
    head = _head(work.db, transfer_id)
    rows = transfer_rows(work.db, transfer_id)
    work.locks.take_stock({(head.from_id, row.product_id) for row in rows})
    head = open_transfer(work.db, transfer_id)
    if any(row.received for row in transfer_rows(work.db, transfer_id)):
        raise Rejected("transfer_arrived_in_part", number=head.number)
    reverse(work, [row.id for row in _movements(work.db, transfer_id, head.journal_id)])
    settle(work, transfer_id, "cancelled")
    total = sum(row.quantity for row in rows)
    add_notes(work, [("TR", transfer_id, "transfer_cancelled", {"units": total})])
    return {"transfer": {"id": transfer_id, "number": head.number}, "units": total}


@command("Close transfer", needs=Permission.CORRECT_STOCK)
def close(work: Work, transfer_id: int, reason: str, text: str = "") -> dict[str, Any]:
    """What did not arrive is written off as lost, with the reason (R8.1). Can be undone.

    Result: ``{"transfer": {id, number}, "units"}``. Raises Rejected("unknown_transfer" |
    "transfer_not_open" | "reason_missing" | "unknown_reason" | "text_too_long").
    """
    words = text.strip()
    if not reason or (reason == "other" and not words):
        raise Rejected("reason_missing")
    if reason not in REASONS:
        raise Rejected("unknown_reason", reason=reason)
    if len(words) > TEXT_MAX:
        raise Rejected("text_too_long", field="note", limit=TEXT_MAX)
    head = open_transfer(work.db, transfer_id)
    rows = [row for row in transfer_rows(work.db, transfer_id) if row.in_transit]
    _lose(work, transfer_id, {row.id: row.in_transit for row in rows}, "closed")
    total = sum(row.in_transit for row in rows)
    told = {"units": total, "reason": reason, "text": words}
    add_notes(work, [("TR", transfer_id, "transfer_closed", told)])
    work.touched(Topic.STOCK, {row.product_id for row in rows})
    work.can_undo({"transfer": transfer_id, "lost": {str(r.id): r.in_transit for r in rows}})
    return {"transfer": {"id": transfer_id, "number": head.number}, "units": total}


@close.undone_by
def _reopen(work: Work, original: Undone) -> dict[str, Any]:
    """What was written off is on its way again."""
    key = original.data["transfer"]
    lost = {int(row): units for row, units in original.data["lost"].items()}
    head = known_transfer(work.db, key)
    if head.state != "closed":
        raise Rejected("transfer_not_open", number=head.number, state=head.state)
    _lose(work, key, {row: -units for row, units in lost.items()}, "sent")
    total = sum(lost.values())
    add_notes(work, [("TR", key, "transfer_reopened", {"units": total})])
    work.touched(Topic.STOCK, {row.product_id for row in transfer_rows(work.db, key)})
    return {"transfer": {"id": key, "number": head.number}, "units": total}


def _lose(work: Work, transfer_id: int, units: Mapping[int, int], state: str) -> None:
    update_many(
        work.db, transfer_row, [{"id": row, "lost": part} for row, part in sorted(units.items())],
        add=("lost",),
    )  # fmt: skip
    settle(work, transfer_id, state)


def _head(db: Connection, transfer_id: int) -> Any:
    """The transfer as it is without its lock, for finding out which locks are needed."""
    head = db.execute(select(transfer).where(transfer.c.id == transfer_id)).one_or_none()
    if head is None:
        raise Rejected("unknown_transfer")
    return head


def _movements(db: Connection, transfer_id: int, journal_id: str) -> list[Any]:
    """The movements of a transfer that a command wrote."""
    m, link = movement.c, transfer_movement.c
    return list(
        db.execute(
            select(movement)
            .join(transfer_movement, link.movement_id == m.id)
            .join(transfer_row, transfer_row.c.id == link.transfer_row_id)
            .where(transfer_row.c.transfer_id == transfer_id, m.journal_id == journal_id)
            .order_by(m.id)
        )
    )


def _sellable(
    db: Connection, units: Mapping[int, int], places: Mapping[int, int] | None
) -> dict[int, int]:
    """What can be given to sales: all but what is put into quarantine."""
    apart = set(
        db.execute(
            select(location.c.id).where(
                location.c.kind == "quarantine",
                location.c.id.in_(ids_in(db, (places or {}).values())),
            )
        ).scalars()
    )
    return {key: part for key, part in units.items() if (places or {}).get(key) not in apart}


def _check_heads(db: Connection, from_id: int, to_id: int, reference: str) -> None:
    if from_id == to_id:
        raise Rejected("same_warehouse")
    wanted = {from_id, to_id}
    known = set(
        db.execute(select(warehouse.c.id).where(warehouse.c.id.in_(ids_in(db, wanted)))).scalars()
    )
    if wanted - known:
        raise Rejected("unknown_warehouse", sorted(wanted - known))
    if len(reference.strip()) > REFERENCE_MAX:
        raise Rejected("text_too_long", field="reference", limit=REFERENCE_MAX)
