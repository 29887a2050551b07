"""Writing a delivery: note, ledger, levels, allocations, pegs, notes (R5.1 to R5.9).

Set-based: a fixed number of statements, whatever the number of rows, sales or orders. What others
do not wait for is written before the goods-in number is taken: its counter stays locked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select, update

from . import settings
from .backend import Work
from .books import (
    add_notes,
    change_levels,
    named_sales,
    refresh_purchases,
    refresh_sales,
    shrink_pegs,
)
from .changes import Topic
from .receipt_plan import Delivery, Line, Plan, Share, attribute, left_on
from .rules.money import in_base, row_total
from .rules.sale_status import Axis
from .store.bulk import ids_in, insert_many, next_ids, next_numbers, rows_of, update_many
from .store.kinds import BigInt
from .store.tables import (
    goods_in,
    goods_in_row,
    movement,
    peg,
    product,
    purchase_order,
    purchase_row,
    receipt_draft,
    sale,
    sale_event,
    sale_row,
    stock_level,
)


def post(work: Work, plan: Plan) -> list[dict[str, Any]]:
    """Write what was planned under the locks; returns the result of each delivery."""
    shares = attribute(plan)
    _move_levels(work, plan, shares)
    _reserve(work, shares)
    _receive_rows(work, plan)
    labels = _heads(work, plan)
    ended = shrink_pegs(
        work,
        sale_rows={one.sale_row_id for one in shares},
        po_rows=_rows_to_cut(plan),
        received_now={key for one in plan.deliveries for key in one.received},
    )
    refresh_purchases(work, [one.order.id for one in plan.deliveries])
    fully = _fully_allocated(work, shares)
    drop_drafts(
        work,
        [one.request.draft_id for one in plan.deliveries if one.request.draft_id is not None],
    )
    numbers = next_numbers(work.db, "goods_in", len(plan.deliveries))
    notes_in, lines_in = _insert(work, plan, numbers)
    _ledger(work, plan, shares, lines_in)
    served = _served(plan, shares)
    notes = _notes(plan, served, notes_in, numbers)
    add_notes(work, [*notes, *_told_who_waits(work, plan, shares, ended)])
    work.touched(Topic.STOCK, {product for _place, product in plan.pairs})
    work.can_undo(
        {
            "goods_in": notes_in,
            "pegs": {str(key): units for key, units in ended.items()},
            "raised": [
                [row_id, one.order.rows[row_id].ordered, to]
                for one in plan.deliveries
                for row_id, to in one.raised.items()
            ],
            "heads": labels,
        }
    )
    return [
        _result(delivery, notes_in[place], numbers[place], served[place], fully)
        for place, delivery in enumerate(plan.deliveries)
    ]


def _stocked(plan: Plan) -> list[tuple[int, int, Line]]:
    return [
        (place, number, line)
        for place, delivery in enumerate(plan.deliveries)
        for number, line in enumerate(delivery.lines)
        if line.row.kind == "stock"
    ]


def _move_levels(work: Work, plan: Plan, shares: Sequence[Share]) -> None:
    moved: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
    bad: dict[int, int] = defaultdict(int)
    for _place, _number, line in _stocked(plan):
        moved[plan.warehouse_id, line.row.product_id][0] += line.units
        if line.quarantined:
            bad[line.row.product_id] += line.units
    for share in shares:
        moved[plan.warehouse_id, share.product_id][1] += share.units
    change_levels(work.db, {pair: (stock, alloc) for pair, (stock, alloc) in moved.items()})
    quarantine(work, plan.warehouse_id, bad)


def quarantine(work: Work, warehouse_id: int, units: dict[int, int]) -> None:
    """Add units per product to what is quarantined in a warehouse (R1.1)."""
    if not units:
        return
    given = rows_of(
        work.db, {"product_id": BigInt, "units": BigInt}, [list(one) for one in units.items()]
    )
    work.db.execute(
        update(stock_level)
        .values(quarantined=stock_level.c.quarantined + given.c.units)
        .where(
            stock_level.c.warehouse_id == warehouse_id,
            stock_level.c.product_id == given.c.product_id,
        )
    )


def _reserve(work: Work, shares: Sequence[Share]) -> None:
    per_row: dict[int, int] = defaultdict(int)
    for share in shares:
        per_row[share.sale_row_id] += share.units
    update_many(
        work.db,
        sale_row,
        [{"id": key, "reserved": units} for key, units in sorted(per_row.items())],
        add=("reserved",),
    )
    refresh_sales(work, {share.sale_id for share in shares})


def _receive_rows(work: Work, plan: Plan) -> None:
    """Received, the raise and the leave to be above ordered, in one statement."""
    rows = []
    for delivery in plan.deliveries:
        for row_id in sorted({*delivery.received, *delivery.raised}):
            row = delivery.order.rows[row_id]
            ordered = delivery.ordered(row)
            received = row.received + delivery.received.get(row_id, 0)
            rows.append(
                {
                    "id": row_id,
                    "ordered": ordered,
                    "received": received,
                    "total": row.total
                    if ordered == row.ordered
                    else row_total(ordered, row.cost, delivery.order.digits),
                    "over_allowed": int(received > ordered),
                    "version": 1,
                }
            )
    update_many(work.db, purchase_row, rows, add=("version",))


def _rows_to_cut(plan: Plan) -> set[int]:
    """Rows whose pegs may no longer fit: those received, and all of an order that ends here."""
    rows: set[int] = set()
    for delivery in plan.deliveries:
        rows.update(delivery.received)
        if delivery.closes:
            rows.update(delivery.order.rows)
    return rows


def _heads(work: Work, plan: Plan) -> list[list[Any]]:
    """Label and state of the orders; returns [id, old label, new label, old state, new state]."""
    heads = []
    for delivery in plan.deliveries:
        left = left_on(delivery)
        closes = delivery.closes
        key = settings.STATUS_FULL if not left else settings.STATUS_PART
        label = plan.rules[key].value or delivery.order.status_id
        state = "closed" if closes else delivery.order.state
        old = [delivery.order.status_id, label, delivery.order.state, state]
        if old[0] != old[1] or old[2] != old[3]:
            heads.append([delivery.order.id, *old])
    update_many(
        work.db,
        purchase_order,
        [{"id": key, "status_id": label, "state": state} for key, _, label, _, state in heads],
    )
    return heads


def _fully_allocated(work: Work, shares: Sequence[Share]) -> dict[int, tuple[int, bool]]:
    """Sale id to (number, whether all of it is allocated now)."""
    ids = {share.sale_id for share in shares}
    if not ids:
        return {}
    return {
        row.id: (row.number, row.allocation == Axis.ALL)
        for row in work.db.execute(
            select(sale.c.id, sale.c.number, sale.c.allocation).where(
                sale.c.id.in_(ids_in(work.db, ids))
            )
        )
    }


def drop_drafts(work: Work, drafts: Sequence[int]) -> None:
    """Remove drafts; their scans go with them."""
    if not drafts:
        return
    work.db.execute(delete(receipt_draft).where(receipt_draft.c.id.in_(drafts)))
    work.touched(Topic.DRAFTS, drafts)


def _insert(
    work: Work, plan: Plan, numbers: Sequence[int]
) -> tuple[list[int], dict[tuple[int, int], int]]:
    """Insert notes and their rows; returns note ids and row ids by (delivery, line)."""
    ids = next_ids(work.db, goods_in, len(plan.deliveries))
    insert_many(
        work.db,
        goods_in,
        [
            {
                "id": key,
                "number": number,
                "po_id": one.order.id,
                "warehouse_id": plan.warehouse_id,
                "reference": one.request.reference.strip() or None,
                "allocated": int(plan.allocate),
                "at": work.at,
                "person_id": work.actor.person_id,
                "journal_id": work.journal_id,
            }
            for key, number, one in zip(ids, numbers, plan.deliveries, strict=True)
        ],
    )
    lines = [
        (place, number, line)
        for place, delivery in enumerate(plan.deliveries)
        for number, line in enumerate(delivery.lines)
    ]
    row_ids = next_ids(work.db, goods_in_row, len(lines))
    insert_many(
        work.db,
        goods_in_row,
        [
            {
                "id": key,
                "goods_in_id": ids[place],
                "po_row_id": line.row.id,
                "product_id": line.row.product_id,
                "location_id": line.location_id,
                "quantity": line.units,
            }
            for key, (place, _number, line) in zip(row_ids, lines, strict=True)
        ],
    )
    by_line = {
        (place, number): key for key, (place, number, _line) in zip(row_ids, lines, strict=True)
    }
    return ids, by_line


def _ledger(
    work: Work, plan: Plan, shares: Sequence[Share], lines_in: dict[tuple[int, int], int]
) -> None:
    """Movements of the goods and events of the sale rows (R1.2, R1.3)."""
    insert_many(
        work.db,
        movement,
        [
            {
                "journal_id": work.journal_id,
                "kind": "receipt",
                "warehouse_id": plan.warehouse_id,
                "location_id": line.location_id,
                "product_id": line.row.product_id,
                "quantity": line.units,
                "cost": in_base(line.row.cost, plan.deliveries[place].order.rate),
                "at": work.at,
                "goods_in_row_id": lines_in[place, number],
                "reason": line.reason,
            }
            for place, number, line in _stocked(plan)
        ],
    )
    insert_many(
        work.db,
        sale_event,
        [
            {
                "journal_id": work.journal_id,
                "sale_row_id": share.sale_row_id,
                "d_reserved": share.units,
                "d_fulfilled": 0,
                "d_shipped": 0,
                "goods_in_row_id": lines_in[share.delivery, share.line],
            }
            for share in shares
        ],
    )


Note = tuple[str, int, str, dict[str, Any]]
"""Document, its id, kind, parameters (``books.add_notes``)."""

Served = list[dict[int, dict[int, int]]]
"""Per delivery: sale id to the units of each product that it got."""


def _served(plan: Plan, shares: Sequence[Share]) -> Served:
    served: Served = [{} for _ in plan.deliveries]
    for share in shares:
        items = served[share.delivery].setdefault(share.sale_id, {})
        items[share.product_id] = items.get(share.product_id, 0) + share.units
    return served


def _notes(
    plan: Plan, served: Served, notes_in: Sequence[int], numbers: Sequence[int]
) -> list[Note]:
    """R5.8: one on each order, one on each sale served, none on the others."""
    names = {row.sale_id: row.sale_number for row in plan.waiting}
    notes: list[Note] = []
    for place, delivery in enumerate(plan.deliveries):
        order = delivery.order
        note_in = {"id": notes_in[place], "number": numbers[place]}
        skus = {row.product_id: row.sku for row in order.rows.values()}
        notes += [
            (
                "PO", order.id, "row_raised",
                {"sku": order.rows[key].sku, "from": order.rows[key].ordered, "to": to},
            )
            for key, to in sorted(delivery.raised.items())
        ]  # fmt: skip
        sales = [
            {"id": sale_id, "number": names[sale_id], "units": sum(items.values())}
            for sale_id, items in served[place].items()
        ]
        units = sum(delivery.received.values())
        params = {"goods_in": note_in, "units": units, **_damaged(delivery), **named_sales(sales)}
        notes.append(("PO", order.id, "goods_received", params))
        po = {"id": order.id, "number": order.number}
        for sale_id, items in served[place].items():
            listed = [{"sku": skus[key], "units": part} for key, part in items.items()]
            params = {"po": po, "goods_in": note_in, "items": listed}
            notes.append(("SO", sale_id, "goods_allocated", params))
        if delivery.closes:
            params = {"units": left_on(delivery), "reason": delivery.request.close_reason.strip()}
            notes.append(("PO", order.id, "closed_short", params))
    return notes


def _damaged(delivery: Delivery) -> dict[str, Any]:
    """The ``damaged`` parameter of a note: what went into quarantine, with the reasons (RCV-07)."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    for line in delivery.lines:
        if line.quarantined:
            found[line.row.sku, line.reason] += line.units
    listed = [
        {"sku": sku, "reason": reason, "units": units} for (sku, reason), units in found.items()
    ]
    return {"damaged": listed} if listed else {}


def _told_who_waits(
    work: Work, plan: Plan, shares: Sequence[Share], ended: Mapping[int, int]
) -> list[Note]:
    """What a sale was promised by an order that ends here, and did not get, is noted on it."""
    orders = {one.order.id: one.order for one in plan.deliveries if one.closes}
    if not orders or not ended:
        return []
    got: dict[int, int] = defaultdict(int)
    for share in shares:
        got[share.sale_row_id] += share.units
    lost: dict[tuple[int, int], dict[str, int]] = defaultdict(dict)
    for row in work.db.execute(
        select(peg.c.id, peg.c.sale_row_id, sale_row.c.sale_id, purchase_row.c.po_id, product.c.sku)
        .join(sale_row, sale_row.c.id == peg.c.sale_row_id)
        .join(purchase_row, purchase_row.c.id == peg.c.po_row_id)
        .join(product, product.c.id == purchase_row.c.product_id)
        .where(
            peg.c.id.in_(ids_in(work.db, ended)),
            purchase_row.c.po_id.in_(ids_in(work.db, orders)),
        )
        .order_by(sale_row.c.sale_id, peg.c.id)
    ):
        units = ended[row.id] - min(ended[row.id], got[row.sale_row_id])
        got[row.sale_row_id] -= ended[row.id] - units
        if units:
            items = lost[row.po_id, row.sale_id]
            items[row.sku] = items.get(row.sku, 0) + units
    return [
        (
            "SO", sale_id, "purchase_cancelled",
            {
                "po": {"id": po_id, "number": orders[po_id].number},
                "items": [{"sku": sku, "units": units} for sku, units in items.items()],
            },
        )
        for (po_id, sale_id), items in lost.items()
    ]  # fmt: skip


def _result(
    delivery: Delivery,
    note_id: int,
    number: int,
    served: Mapping[int, Mapping[int, int]],
    fully: Mapping[int, tuple[int, bool]],
) -> dict[str, Any]:
    units = {key: sum(items.values()) for key, items in served.items()}
    return {
        "goods_in": {"id": note_id, "number": number},
        "po": {"id": delivery.order.id, "number": delivery.order.number},
        "units": sum(delivery.received.values()),
        "allocated": sum(units.values()),
        "sales": [
            {"id": key, "number": fully[key][0], "units": part, "fully": fully[key][1]}
            for key, part in units.items()
        ],
        "left_on_order": 0 if delivery.closes else left_on(delivery),
        "closed": delivery.closes,
        "quarantined": sum(line.units for line in delivery.lines if line.quarantined),
    }
