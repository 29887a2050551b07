"""Writing transfers and corrections: ledger, levels and what is on its way (R1.2, R8.1, R8.2).

Set-based, like ``books``. Callers hold the locks of every (warehouse, product) pair concerned;
what would take more than is on hand is refused, so a caller that wants reserved units releases
them first. Allocating, notes on sales and undo data are the commands' own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update

from .backend import Work
from .books import add_notes, change_levels
from .changes import Topic
from .errors import Rejected
from .goods_out_writing import stock_places
from .lists import total_of
from .receipt_plan import usual_places
from .receipt_posting import quarantine
from .rules.money import QUANTITY_MAX, UNIT
from .sales import on_hand_of
from .store.bulk import ids_in, insert_many, next_ids, next_numbers, update_many
from .store.tables import (
    location,
    movement,
    product,
    transfer,
    transfer_movement,
    transfer_row,
    warehouse,
)

REASONS = (
    "count", "found", "damaged", "lost", "stolen", "expired", "own_use", "booked_wrong",
    "not_on_record", "other",
)  # fmt: skip
"""The short list of R8.2. ``count``: posted from a stock count; ``not_on_record``: a shop sold it."""

TEXT_MAX = 160
"""Characters of the free text beside a reason."""


@dataclass(frozen=True, slots=True)
class Correction:
    """Units (ten-thousandths, signed) put right in one warehouse; ``cost`` per unit, base currency.

    ``location_id`` None: found units go to the usual bin, missing ones come from where goods lie.
    """

    warehouse_id: int
    product_id: int
    units: int
    reason: str
    location_id: int | None = None
    cost: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Moved:
    """A line of the stock ledger about to be written; ``reverses`` names the line it takes back."""

    kind: str
    warehouse_id: int
    location_id: int
    product_id: int
    units: int
    cost: int | None = None
    reason: str = ""
    reverses: int | None = None


def send_units(
    work: Work, from_id: int, to_id: int, units: Mapping[int, int], *, reference: str = ""
) -> int:
    """Let units leave a warehouse for another (R8.1); returns the transfer's id.

    Raises Rejected("same_warehouse" | "nothing_to_move" | "unknown_product" | "not_stocked" |
    "quantity_not_positive" | "quantity_not_whole" | "more_than_on_hand", [{product_id, sku,
    warehouse, on_hand, units}]).
    """
    if from_id == to_id:
        raise Rejected("same_warehouse")
    goods = _goods(work.db, units)
    pairs = {(from_id, product_id): part for product_id, part in units.items()}
    require_on_hand(work.db, pairs)
    (key,) = next_ids(work.db, transfer, 1)
    (number,) = next_numbers(work.db, "transfer", 1)
    insert_many(
        work.db,
        transfer,
        [
            {
                "id": key, "number": number, "from_id": from_id, "to_id": to_id, "state": "sent",
                "reference": reference.strip(), "sent_at": work.at,
                "person_id": work.actor.person_id, "journal_id": work.journal_id,
            }
        ],
    )  # fmt: skip
    row_ids = next_ids(work.db, transfer_row, len(goods))
    rows = dict(zip(sorted(goods, key=lambda one: goods[one].sku), row_ids, strict=True))
    insert_many(
        work.db,
        transfer_row,
        [
            {"id": row, "transfer_id": key, "product_id": product_id, "quantity": units[product_id]}
            for product_id, row in rows.items()
        ],
    )
    lines = [
        Moved("transfer_out", from_id, place, product_id, -part)
        for (_, product_id), place, part in take_from(work.db, pairs)
    ]
    link_rows(work, write_movements(work, lines), [rows[line.product_id] for line in lines])
    change_levels(work.db, {pair: (-part, 0) for pair, part in pairs.items()})
    add_notes(work, [("TR", key, "transfer_sent", {"units": sum(units.values())})])
    work.touched(Topic.STOCK, units)
    work.touched(Topic.TRANSFERS, [key])
    return key


def receive_units(
    work: Work,
    transfer_id: int,
    units: Mapping[int, int],
    *,
    places: Mapping[int, int] | None = None,
) -> None:
    """Let units of a transfer arrive; it is *received* when all did (R8.1).

    ``places``: product to location; else where the product was last put, else the default bin.
    Raises Rejected("unknown_transfer" | "transfer_not_open" | "nothing_to_receive" |
    "quantity_not_positive" | "quantity_not_whole" | "unknown_location" | "location_missing" |
    "more_than_in_transit", [{product_id, sku, in_transit, units}]).
    """
    head = open_transfer(work.db, transfer_id)
    if not units:
        raise Rejected("nothing_to_receive")
    rows = {row.product_id: row for row in transfer_rows(work.db, transfer_id)}
    _check_units({key: part for key, part in units.items() if key in rows})
    over = [
        {"product_id": key, "sku": getattr(rows.get(key), "sku", ""), "units": part,
         "in_transit": rows[key].in_transit if key in rows else 0}
        for key, part in units.items()
        if key not in rows or part > rows[key].in_transit
    ]  # fmt: skip
    if over:
        raise Rejected("more_than_in_transit", over, number=head.number)
    where = _arriving_at(work.db, head.to_id, units, places or {})
    lines = [Moved("transfer_in", head.to_id, where[key], key, part) for key, part in units.items()]
    link_rows(work, write_movements(work, lines), [rows[line.product_id].id for line in lines])
    change_levels(work.db, {(head.to_id, key): (part, 0) for key, part in units.items()})
    for product_id, part in quarantined_of(work.db, lines).items():
        quarantine(work, head.to_id, {product_id: part})
    update_many(
        work.db,
        transfer_row,
        [{"id": rows[key].id, "received": part} for key, part in units.items()],
        add=("received",),
    )
    if sum(units.values()) == sum(row.in_transit for row in rows.values()):
        settle(work, transfer_id, "received")
    work.touched(Topic.STOCK, units)
    work.touched(Topic.TRANSFERS, [transfer_id])


def move_now(
    work: Work, from_id: int, to_id: int, units: Mapping[int, int], *, reference: str = ""
) -> int:
    """Send and receive in one step; needs the locks of both warehouses. Returns the transfer's id."""
    key = send_units(work, from_id, to_id, units, reference=reference)
    receive_units(work, key, units)
    return key


def correct_levels(work: Work, corrections: Sequence[Correction]) -> list[int]:
    """Write corrections (R8.2); returns the ids of their movements.

    Raises Rejected("nothing_to_correct" | "unknown_reason" | "reason_missing" | "text_too_long" |
    "unknown_product" | "not_stocked" | "quantity_not_positive" | "quantity_not_whole" |
    "bad_cost" | "unknown_location" | "location_missing" | "more_than_on_hand" |
    "more_than_in_bin", [{product_id, sku, ..., units}]).
    """
    if not corrections:
        raise Rejected("nothing_to_correct")
    for one in corrections:
        _check_correction(one)
    _goods(work.db, {one.product_id: abs(one.units) for one in corrections})
    lines = _correcting(work.db, corrections)
    _apart, free = _split(work.db, lines)
    falling = {pair: -units for pair, units in free.items() if units < 0}
    require_on_hand(work.db, falling)
    return apply_lines(work, lines)


def apply_lines(work: Work, lines: Sequence[Moved]) -> list[int]:
    """Write ledger lines with their levels, quarantine included; returns their ids."""
    apart, _free = _split(work.db, lines)
    ids = write_movements(work, lines)
    levels: dict[tuple[int, int], int] = defaultdict(int)
    for line in lines:
        levels[line.warehouse_id, line.product_id] += line.units
    # Quarantine falls before in stock does and rises after it: checked after each statement.
    for (place, product_id), units in apart.items():
        if units < 0:
            quarantine(work, place, {product_id: units})
    change_levels(work.db, {pair: (units, 0) for pair, units in levels.items()})
    for (place, product_id), units in apart.items():
        if units > 0:
            quarantine(work, place, {product_id: units})
    work.touched(Topic.STOCK, {line.product_id for line in lines})
    return ids


def reverse(work: Work, movement_ids: Iterable[int]) -> list[Any]:
    """Take movements back by their mirror images (R1.2); returns the lines that were taken back.

    Raises Rejected("already_taken_back") and Rejected("more_than_on_hand") where the units that
    came are promised or gone, ("more_than_in_bin") for quarantine.
    """
    m, other = movement.c, movement.alias("other")
    rows = work.db.execute(
        select(movement, other.c.id.label("taken_back"))
        .outerjoin(other, other.c.reverses == m.id)
        .where(m.id.in_(ids_in(work.db, movement_ids)))
        .order_by(m.id)
    ).all()
    if any(row.taken_back is not None for row in rows):
        raise Rejected("already_taken_back")
    lines = [
        Moved(
            row.kind, row.warehouse_id, row.location_id, row.product_id, -row.quantity, row.cost,
            row.reason, row.id,
        )
        for row in rows
    ]  # fmt: skip
    apart, free = _split(work.db, lines)
    require_on_hand(work.db, {pair: -units for pair, units in free.items() if units < 0})
    _require_apart(work.db, apart)
    new = apply_lines(work, lines)
    links = {
        row.movement_id: row.transfer_row_id
        for row in work.db.execute(
            select(transfer_movement).where(
                transfer_movement.c.movement_id.in_(ids_in(work.db, [row.id for row in rows]))
            )
        )
    }
    linked = [(key, links[row.id]) for key, row in zip(new, rows, strict=True) if row.id in links]
    link_rows(work, [key for key, _ in linked], [row for _, row in linked])
    return list(rows)


def write_movements(work: Work, lines: Sequence[Moved]) -> list[int]:
    """Insert ledger lines; levels are the caller's. Returns their ids in order."""
    ids = next_ids(work.db, movement, len(lines))
    insert_many(
        work.db,
        movement,
        [
            {
                "id": key, "journal_id": work.journal_id, "kind": line.kind,
                "warehouse_id": line.warehouse_id, "location_id": line.location_id,
                "product_id": line.product_id, "quantity": line.units, "cost": line.cost,
                "at": work.at, "reason": line.reason, "reverses": line.reverses,
            }
            for key, line in zip(ids, lines, strict=True)
        ],
    )  # fmt: skip
    return ids


def link_rows(work: Work, movement_ids: Sequence[int], row_ids: Sequence[int]) -> None:
    """Say which transfer row each movement belongs to."""
    insert_many(
        work.db,
        transfer_movement,
        [
            {"movement_id": key, "transfer_row_id": row}
            for key, row in zip(movement_ids, row_ids, strict=True)
        ],
    )


def settle(work: Work, transfer_id: int, state: str) -> None:
    """Give a transfer its state; ``sent`` opens it again."""
    work.db.execute(
        update(transfer)
        .where(transfer.c.id == transfer_id)
        .values(
            state=state,
            settled_at=None if state == "sent" else work.at,
            version=transfer.c.version + 1,
        )
    )
    work.touched(Topic.TRANSFERS, [transfer_id])


def known_transfer(db: Connection, transfer_id: int) -> Any:
    """The transfer, locked on PostgreSQL; raises Rejected("unknown_transfer").

    Its lock comes after those of stock levels and before those of sales.
    """
    head = db.execute(
        select(transfer).where(transfer.c.id == transfer_id).with_for_update(key_share=True)
    ).one_or_none()
    if head is None:
        raise Rejected("unknown_transfer")
    return head


def open_transfer(db: Connection, transfer_id: int) -> Any:
    """A transfer that is on its way; raises Rejected("unknown_transfer" | "transfer_not_open")."""
    head = known_transfer(db, transfer_id)
    if head.state != "sent":
        raise Rejected("transfer_not_open", number=head.number, state=head.state)
    return head


def transfer_rows(db: Connection, transfer_id: int) -> list[Any]:
    """Rows with sku, name and ``in_transit``, by SKU."""
    r = transfer_row.c
    return list(
        db.execute(
            select(
                transfer_row, product.c.sku, product.c.name,
                (r.quantity - r.received - r.lost).label("in_transit"),
            )
            .join(product, product.c.id == r.product_id)
            .where(r.transfer_id == transfer_id)
            .order_by(product.c.sku, r.id)
        )
    )  # fmt: skip


def require_on_hand(db: Connection, wanted: Mapping[tuple[int, int], int]) -> None:
    """Raise Rejected("more_than_on_hand") where more is wanted of a (warehouse, product) pair."""
    there = on_hand_of(db, wanted)
    over = {pair: units for pair, units in wanted.items() if units > there.get(pair, 0)}
    if not over:
        return
    skus = _names(db, product.c.sku, product, {key for _, key in over})
    places = _names(db, warehouse.c.name, warehouse, {key for key, _ in over})
    raise Rejected(
        "more_than_on_hand",
        [
            {
                "product_id": key, "sku": skus[key], "warehouse_id": place,
                "warehouse": places[place], "on_hand": there.get((place, key), 0), "units": units,
            }
            for (place, key), units in sorted(over.items())
        ],
    )  # fmt: skip


def take_from(
    db: Connection, wanted: Mapping[tuple[int, int], int]
) -> list[tuple[tuple[int, int], int, int]]:
    """Spread units of (warehouse, product) pairs over where they lie: (pair, location, units)."""
    places = stock_places(db, wanted)
    taken = []
    for pair, units in wanted.items():
        if not places.get(pair):
            raise Rejected("location_missing", [pair[1]])
        left = units
        for place, there in places[pair]:
            part = min(left, there)
            if part > 0:
                taken.append((pair, place, part))
                left -= part
        if left:
            # The books by place may differ from the shelf; the level, which is checked, does not.
            taken.append((pair, places[pair][0][0], left))
    return taken


def quarantined_of(db: Connection, lines: Sequence[Moved]) -> dict[int, int]:
    """Units per product of lines, of one warehouse, that lie in quarantine."""
    apart, _free = _split(db, lines)
    return {product_id: units for (_place, product_id), units in apart.items()}


def _split(
    db: Connection, lines: Sequence[Moved]
) -> tuple[dict[tuple[int, int], int], dict[tuple[int, int], int]]:
    """What the lines change in quarantine, and outside it, per (warehouse, product)."""
    places = {line.location_id for line in lines}
    kinds = _names(db, location.c.kind, location, places)
    apart: dict[tuple[int, int], int] = defaultdict(int)
    free: dict[tuple[int, int], int] = defaultdict(int)
    for line in lines:
        part = apart if kinds[line.location_id] == "quarantine" else free
        part[line.warehouse_id, line.product_id] += line.units
    return dict(apart), dict(free)


def _require_apart(db: Connection, apart: Mapping[tuple[int, int], int]) -> None:
    from_quarantine = {pair: -units for pair, units in apart.items() if units < 0}
    for pair, units in from_quarantine.items():
        there = _in_quarantine(db, *pair)
        if units > there:
            raise Rejected("more_than_in_bin", [{"product_id": pair[1], "units": units}])


def _in_quarantine(db: Connection, warehouse_id: int, product_id: int) -> int:
    return sum(
        units for _place, kind, units in in_bins(db, warehouse_id, product_id)
        if kind == "quarantine"
    )  # fmt: skip


def in_bins(db: Connection, warehouse_id: int, product_id: int) -> list[tuple[int, str, int]]:
    """Where a product lies in a warehouse by the ledger: (location id, kind, units), not 0."""
    total = total_of(movement.c.quantity)
    return [
        (row.id, row.kind, row.units)
        for row in db.execute(
            select(location.c.id, location.c.kind, total.label("units"))
            .join(movement, movement.c.location_id == location.c.id)
            .where(movement.c.warehouse_id == warehouse_id, movement.c.product_id == product_id)
            .group_by(location.c.id, location.c.kind)
            .having(total != 0)
            .order_by(location.c.id)
        )
    ]


def _correcting(db: Connection, corrections: Sequence[Correction]) -> list[Moved]:
    """The ledger lines: bins checked, missing ones chosen."""
    named = {one.location_id for one in corrections if one.location_id is not None}
    owners = _names(db, location.c.warehouse_id, location, named)
    for one in corrections:
        if one.location_id is not None and owners.get(one.location_id) != one.warehouse_id:
            raise Rejected("unknown_location", [one.product_id])
    usual = _usual_bins(db, corrections)
    lines = []
    for one in corrections:
        pair = (one.warehouse_id, one.product_id)
        if one.location_id is not None:
            if one.units < 0:
                _require_bin(db, one, one.location_id)
            parts = [(one.location_id, one.units)]
        elif one.units < 0:
            parts = [(place, -units) for _, place, units in take_from(db, {pair: -one.units})]
        else:
            parts = [(usual[pair], one.units)]
        lines += [
            Moved("correction", *_at(pair, place), units, one.cost, written_reason(one))
            for place, units in parts
        ]
    return lines


def _usual_bins(db: Connection, corrections: Sequence[Correction]) -> dict[tuple[int, int], int]:
    """Where found units go whose bin nobody named."""
    found: dict[int, set[int]] = defaultdict(set)
    for one in corrections:
        if one.location_id is None and one.units > 0:
            found[one.warehouse_id].add(one.product_id)
    return {
        (place, key): bin_
        for place, products in found.items()
        for key, bin_ in _arriving_at(db, place, products, {}).items()
    }


def _at(pair: tuple[int, int], place: int) -> tuple[int, int, int]:
    return pair[0], place, pair[1]


def _require_bin(db: Connection, one: Correction, location_id: int) -> None:
    there = {place: units for place, _, units in in_bins(db, one.warehouse_id, one.product_id)}
    if -one.units > there.get(location_id, 0):
        found = {"product_id": one.product_id, "units": -one.units}
        raise Rejected("more_than_in_bin", [{**found, "there": there.get(location_id, 0)}])


def written_reason(one: Correction) -> str:
    """The reason as the ledger keeps it: the code, then the free text after a colon."""
    words = one.text.strip()
    return f"{one.reason}: {words}" if words else one.reason


def _check_correction(one: Correction) -> None:
    if not one.reason:
        raise Rejected("reason_missing")
    if one.reason not in REASONS:
        raise Rejected("unknown_reason", reason=one.reason)
    if one.reason == "other" and not one.text.strip():
        raise Rejected("reason_missing")
    if len(one.text.strip()) > TEXT_MAX:
        raise Rejected("text_too_long", field="note", limit=TEXT_MAX)
    if one.cost is not None and not 0 <= one.cost <= QUANTITY_MAX:
        raise Rejected("bad_cost")


def _check_units(units: Mapping[int, int]) -> None:
    bad = [key for key, part in units.items() if not 0 < part <= QUANTITY_MAX]
    if bad:
        raise Rejected("quantity_not_positive", bad)
    broken = [key for key, part in units.items() if part % UNIT]
    if broken:
        raise Rejected("quantity_not_whole", broken)


def _goods(db: Connection, units: Mapping[int, int]) -> dict[int, Any]:
    """The products, which must be stock-tracked, and whole positive units of each."""
    if not units:
        raise Rejected("nothing_to_move")
    _check_units(units)
    found = {
        row.id: row
        for row in db.execute(
            select(product.c.id, product.c.sku, product.c.kind).where(
                product.c.id.in_(ids_in(db, units))
            )
        )
    }
    if missing := sorted(units.keys() - found.keys()):
        raise Rejected("unknown_product", missing)
    if other := [row.sku for row in found.values() if row.kind != "stock"]:
        raise Rejected("not_stocked", other)
    return found


def _arriving_at(
    db: Connection, warehouse_id: int, products: Iterable[int], chosen: Mapping[int, int]
) -> dict[int, int]:
    products = list(products)
    owners = _names(db, location.c.warehouse_id, location, set(chosen.values()))
    if lost := [key for key, place in chosen.items() if owners.get(place) != warehouse_id]:
        raise Rejected("unknown_location", lost)
    usual = usual_places(db, warehouse_id, products)
    default = db.execute(
        select(location.c.id)
        .where(
            location.c.warehouse_id == warehouse_id,
            location.c.kind == "stock",
            location.c.is_default == 1,
        )
        .order_by(location.c.id)
        .limit(1)
    ).scalar_one_or_none()
    found = {}
    for key in products:
        place = chosen.get(key) or (usual[key][0] if key in usual else default)
        if place is None:
            raise Rejected("location_missing", [key])
        found[key] = place
    return found


def _names(db: Connection, column: Any, table: Any, ids: Iterable[int]) -> dict[int, Any]:
    wanted = set(ids)
    if not wanted:
        return {}
    return {
        row[0]: row[1]
        for row in db.execute(select(table.c.id, column).where(table.c.id.in_(ids_in(db, wanted))))
    }
