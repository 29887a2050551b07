"""What taking a receipt back would do, and what is in the way (R5.10)."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, or_, select, tuple_

from .errors import Rejected
from .receipt_plan import OPEN_STATES
from .rules.lots import Event, from_source, lots
from .store.bulk import ids_in, rows_of
from .store.kinds import BigInt, dump_json
from .store.tables import (
    currency,
    goods_in,
    goods_in_row,
    goods_out,
    goods_out_row,
    journal,
    location,
    movement,
    product,
    purchase_order,
    purchase_row,
    sale,
    sale_event,
    sale_row,
    stock_level,
)

HOLDERS_NAMED_MAX = 5


@dataclass(frozen=True, slots=True)
class Released:
    """Units that a sale would lose."""

    sale_id: int
    number: int
    sku: str
    units: int


@dataclass(frozen=True, slots=True)
class Blocker:
    """What is in the way.

    ``on_goods_out``: units of the sale ``number`` are on the goods-out notes ``notes``.
    ``on_hand``: so many units are promised to others, ``sales`` (numbers) among them.
    ``quarantine``: so many of the damaged units have left quarantine since.
    ``purchase_closed``: the order ended meanwhile and takes nothing back.
    """

    kind: str
    sku: str = ""
    units: int = 0
    sale_id: int | None = None
    number: int | None = None
    notes: tuple[int, ...] = ()
    sales: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class UndoPreview:
    """What undoing would do: units back on order, what is released, and what forbids it."""

    goods_in_id: int
    number: int
    po_id: int
    po_number: int
    units: int
    released: tuple[Released, ...]
    blockers: tuple[Blocker, ...]
    journal_id: str
    fingerprint: str

    @property
    def possible(self) -> bool:
        """Return whether nothing is in the way."""
        return not self.blockers


@dataclass(frozen=True, slots=True)
class PostedRow:
    """A posted row that was not taken back, with its one movement (none for non-stock rows)."""

    id: int
    goods_in_id: int
    number: int
    journal_id: str
    person_id: int
    warehouse_id: int
    po_id: int
    po_number: int
    state: str
    status_id: int | None
    digits: int
    po_row_id: int
    ordered: int
    received: int
    cost: int
    total: int
    product_id: int
    sku: str
    kind: str
    quantity: int
    movement_id: int | None
    location_id: int
    quarantined: bool
    stock_cost: int | None


@dataclass(frozen=True, slots=True)
class Release:
    """Units of a sale row that a posted row allocated, still reserved or already on a note."""

    row: PostedRow
    sale_row_id: int
    sale_id: int
    number: int
    reserved: int
    noted: int


@dataclass(frozen=True, slots=True)
class UndoFacts:
    """The rows to take back, what they allocated, and where on hand would fall short."""

    rows: tuple[PostedRow, ...]
    releases: tuple[Release, ...]
    short: dict[int, int]
    """Product id to the units by which on hand would fall below 0."""
    gone: dict[int, int]
    """The same of what is quarantined."""

    @property
    def pairs(self) -> set[tuple[int, int]]:
        return {(row.warehouse_id, row.product_id) for row in self.rows if row.kind == "stock"}

    @property
    def sale_ids(self) -> set[int]:
        return {one.sale_id for one in self.releases}

    @property
    def po_ids(self) -> set[int]:
        return {row.po_id for row in self.rows}

    @property
    def fingerprint(self) -> str:
        facts = [
            sorted(row.id for row in self.rows),
            sorted([one.row.id, one.sale_row_id, one.reserved] for one in self.releases),
        ]
        return hashlib.sha256(dump_json(facts).encode()).hexdigest()


def undo_preview(db: Connection, goods_in_id: int, row_id: int | None = None) -> UndoPreview:
    """What taking back a goods-in note, or one of its rows, would do now.

    A note of a delivery of several orders is taken back with the others of its command. Raises
    Rejected("unknown_goods_in" | "already_undone").
    """
    facts = facts_of(db, _rows_of_note(db, goods_in_id) if row_id is None else [row_id])
    return preview_of(db, facts)


def _rows_of_note(db: Connection, goods_in_id: int) -> list[int]:
    journal_id = db.execute(
        select(goods_in.c.journal_id).where(goods_in.c.id == goods_in_id)
    ).scalar_one_or_none()
    if journal_id is None:
        raise Rejected("unknown_goods_in", [goods_in_id])
    return rows_of_command(db, journal_id)


def rows_of_command(db: Connection, journal_id: str) -> list[int]:
    """The goods-in rows that a command posted."""
    return list(
        db.execute(
            select(goods_in_row.c.id)
            .join(goods_in, goods_in.c.id == goods_in_row.c.goods_in_id)
            .where(goods_in.c.journal_id == journal_id)
        ).scalars()
    )


def facts_of(db: Connection, row_ids: Iterable[int]) -> UndoFacts:
    """Read what undoing the rows would touch; raises Rejected("already_undone")."""
    rows = tuple(_posted(db, row_ids))
    if not rows:
        raise Rejected("already_undone", command="Receive goods")
    releases = tuple(_releases(db, rows))
    return UndoFacts(rows, releases, *_short(db, rows, releases))


def _posted(db: Connection, row_ids: Iterable[int]) -> list[PostedRow]:
    g, n, p, r = goods_in_row.c, goods_in.c, purchase_order.c, purchase_row.c
    found = db.execute(
        select(
            g.id, g.goods_in_id, n.number, n.journal_id, n.person_id, n.warehouse_id, n.po_id,
            p.number.label("po_number"), p.state, p.status_id, currency.c.digits, g.po_row_id,
            r.ordered, r.received, r.cost, r.total, g.product_id, product.c.sku, product.c.kind,
            g.quantity, movement.c.id.label("movement_id"), g.location_id,
            (location.c.kind == "quarantine").label("quarantined"),
            movement.c.cost.label("stock_cost"),
        )
        .join(goods_in, n.id == g.goods_in_id)
        .join(purchase_order, p.id == n.po_id)
        .join(currency, currency.c.code == p.currency)
        .join(purchase_row, r.id == g.po_row_id)
        .join(product, product.c.id == g.product_id)
        .join(location, location.c.id == g.location_id)
        .outerjoin(movement, movement.c.goods_in_row_id == g.id)
        .where(g.id.in_(ids_in(db, row_ids)), g.undone_by.is_(None))
        .order_by(g.id)
    )  # fmt: skip
    return [PostedRow(**{**row._mapping, "quarantined": bool(row.quarantined)}) for row in found]  # noqa: SLF001


def _releases(db: Connection, rows: Sequence[PostedRow]) -> list[Release]:
    """What the rows allocated, replayed from the events of the sale rows concerned."""
    e = sale_event.c
    by_id = {row.id: row for row in rows}
    served = select(e.sale_row_id).where(e.goods_in_row_id.in_(ids_in(db, by_id)))
    history: dict[int, list[Event]] = defaultdict(list)
    heads: dict[int, tuple[int, int]] = {}
    for one in db.execute(
        select(
            e.sale_row_id, e.d_reserved, e.d_fulfilled, e.goods_in_row_id, sale_row.c.sale_id,
            sale.c.number,
        )
        .join(sale_row, sale_row.c.id == e.sale_row_id)
        .join(sale, sale.c.id == sale_row.c.sale_id)
        .where(e.sale_row_id.in_(served))
        .order_by(e.id)
    ):  # fmt: skip
        history[one.sale_row_id].append(Event(one.d_reserved, one.d_fulfilled, one.goods_in_row_id))
        heads[one.sale_row_id] = (one.sale_id, one.number)
    releases = []
    for sale_row_id, events in history.items():
        replayed = lots(events)
        for source in sorted({event.source for event in events if event.source is not None}):
            reserved, noted = from_source(replayed, source)
            if source in by_id and (reserved or noted):
                releases.append(
                    Release(by_id[source], sale_row_id, *heads[sale_row_id], reserved, noted)
                )
    return sorted(releases, key=lambda one: (one.number, one.sale_row_id, one.row.id))


def _short(
    db: Connection, rows: Sequence[PostedRow], releases: Sequence[Release]
) -> tuple[dict[int, int], dict[int, int]]:
    """Product id to how far on hand, with what is released, and quarantined would fall below 0."""
    taken: dict[int, int] = defaultdict(int)
    apart: dict[int, int] = defaultdict(int)
    for row in rows:
        if row.kind == "stock":
            (apart if row.quarantined else taken)[row.product_id] += row.quantity
    for one in releases:
        # Units on notes are named on their own.
        taken[one.row.product_id] -= one.reserved + one.noted
    pairs = sorted({(row.warehouse_id, row.product_id) for row in rows})
    given = rows_of(db, {"warehouse_id": BigInt, "product_id": BigInt}, pairs)
    level = stock_level.c
    on_hand = (level.in_stock - level.allocated - level.quarantined).label("on_hand")
    found = {
        row.product_id: (row.on_hand, row.quarantined)
        for row in db.execute(
            select(level.product_id, on_hand, level.quarantined).where(
                tuple_(level.warehouse_id, level.product_id).in_(
                    select(given.c.warehouse_id, given.c.product_id)
                )
            )
        )
    }

    def lacking(units: dict[int, int], place: int) -> dict[int, int]:
        there = {key: found.get(key, (0, 0))[place] for key in units}
        return {key: part - there[key] for key, part in units.items() if part > there[key]}

    return lacking(taken, 0), lacking(apart, 1)


def preview_of(db: Connection, facts: UndoFacts) -> UndoPreview:
    """Describe the facts for the screen."""
    first = facts.rows[0]
    released: dict[tuple[int, int, str], int] = defaultdict(int)
    for one in facts.releases:
        if one.reserved:
            released[one.sale_id, one.number, one.row.sku] += one.reserved
    return UndoPreview(
        goods_in_id=first.goods_in_id,
        number=first.number,
        po_id=first.po_id,
        po_number=first.po_number,
        units=sum(row.quantity for row in facts.rows),
        released=tuple(Released(*key, units) for key, units in released.items()),
        blockers=blockers_of(db, facts),
        journal_id=first.journal_id,
        fingerprint=facts.fingerprint,
    )


def blockers_of(db: Connection, facts: UndoFacts) -> tuple[Blocker, ...]:
    """Everything that forbids it, named."""
    found = []
    skus = {row.product_id: row.sku for row in facts.rows}
    noted = [one for one in facts.releases if one.noted]
    if noted:
        numbers: dict[int, list[int]] = defaultdict(list)
        for row in db.execute(
            select(goods_out_row.c.sale_row_id, goods_out.c.number)
            .join(goods_out, goods_out.c.id == goods_out_row.c.goods_out_id)
            .where(goods_out_row.c.sale_row_id.in_(ids_in(db, [x.sale_row_id for x in noted])))
            .order_by(goods_out.c.number)
        ):
            numbers[row.sale_row_id].append(row.number)
        found += [
            Blocker(
                "on_goods_out", one.row.sku, one.noted, one.sale_id, one.number,
                tuple(numbers[one.sale_row_id]),
            )
            for one in noted
        ]  # fmt: skip
    if facts.short:
        holders = _holders(db, facts)
        found += [
            Blocker("on_hand", skus[key], units, sales=tuple(holders.get(key, ())))
            for key, units in facts.short.items()
        ]
    found += [Blocker("quarantine", skus[key], units) for key, units in facts.gone.items()]
    ended = {row.po_id: row for row in facts.rows if row.state not in OPEN_STATES}
    undo = undo_data(db, {row.journal_id for row in ended.values()}) if ended else {}
    found += [
        Blocker("purchase_closed", number=row.po_number)
        for row in ended.values()
        if not _closed_by_it(row, undo)
    ]
    return tuple(found)


def _holders(db: Connection, facts: UndoFacts) -> dict[int, list[int]]:
    """Product id to the numbers of some sales that hold what is missing, newest first."""
    released: dict[int, int] = defaultdict(int)
    for one in facts.releases:
        released[one.sale_row_id] += one.reserved
    found: dict[int, list[int]] = defaultdict(list)
    r = sale_row.c
    for row in db.execute(
        select(r.id, r.product_id, r.reserved, r.fulfilled, r.shipped, sale.c.number)
        .join(sale, sale.c.id == r.sale_id)
        .where(
            r.kind == "stock",
            r.warehouse_id.in_(ids_in(db, {row.warehouse_id for row in facts.rows})),
            r.product_id.in_(ids_in(db, facts.short)),
            or_(r.reserved > 0, r.fulfilled > r.shipped),
        )
        .order_by(sale.c.placed_at.desc(), sale.c.number.desc())
        .limit(HOLDERS_NAMED_MAX * 20)
    ):
        numbers = found[row.product_id]
        kept = row.reserved - released[row.id] > 0 or row.fulfilled > row.shipped
        if kept and row.number not in numbers and len(numbers) < HOLDERS_NAMED_MAX:
            numbers.append(row.number)
    return found


def undo_data(db: Connection, journal_ids: Iterable[str]) -> dict[str, Any]:
    """What the receipts kept for their undo, by journal id."""
    return {
        row.id: row.undo or {}
        for row in db.execute(
            select(journal.c.id, journal.c.undo).where(journal.c.id.in_(list(journal_ids)))
        )
    }


def _closed_by_it(row: PostedRow, undo: dict[str, Any]) -> bool:
    """Whether the receipt itself ended the order: then undoing it opens the order again."""
    return row.state == "closed" and any(
        key == row.po_id and state == "closed" and before in OPEN_STATES
        for key, _old, _new, before, state in undo[row.journal_id].get("heads", ())
    )
