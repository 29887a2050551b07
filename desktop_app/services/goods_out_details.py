"""Goods-out notes as the sale's page shows them and as they are printed (R6.1).

``notes_of_sale`` -> ``GoodsOutNote``s; ``note_detail`` -> one with its places; ``papers`` -> what a pick list or packing slip says;
``shippable`` -> what the ship dialog offers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from .goods_out_facts import open_notes
from .goods_out_writing import STEPS, note_rows, spread_over_places
from .store.bulk import ids_in
from .store.tables import (
    company,
    customer,
    goods_out,
    goods_out_row,
    goods_out_step,
    journal,
    location,
    movement,
    person,
    product,
    purchase_order,
    sale,
    sale_row,
    warehouse,
)


@dataclass(frozen=True, slots=True)
class NoteStep:
    """A step that counts: when and by whom. ``reference`` of *shipped* is the tracking number."""

    step: str
    at: datetime
    person: str
    reference: str


@dataclass(frozen=True, slots=True)
class NoteRow:
    """Units of a sale row on a note, in ten-thousandths."""

    id: int
    note_id: int
    sale_row_id: int
    sku: str
    description: str
    units: int


@dataclass(frozen=True, slots=True)
class GoodsOutNote:
    """A goods-out note, or a drop-ship note (``kind``), with its rows and the steps it has had."""

    id: int
    number: int
    kind: str
    sale_id: int
    sale_number: int
    warehouse: str
    po_id: int | None
    po_number: int | None
    shipped_at: datetime | None
    rows: tuple[NoteRow, ...]
    steps: tuple[NoteStep, ...]

    @property
    def units(self) -> int:
        """All units of the note."""
        return sum(row.units for row in self.rows)

    @property
    def is_open(self) -> bool:
        """Whether it has yet to leave a warehouse of ours: only then it has acts."""
        return self.kind == "goods_out" and self.shipped_at is None

    @property
    def tracking(self) -> str:
        """The tracking number, empty where there is none."""
        return next((one.reference for one in self.steps if one.step == "shipped"), "")

    def step(self, name: str) -> NoteStep | None:
        """The step of this name, if it was done."""
        return next((one for one in self.steps if one.step == name), None)


def notes_of_sale(db: Connection, sale_id: int) -> tuple[GoodsOutNote, ...]:
    """The notes of a sale, oldest first."""
    return _notes(db, goods_out.c.sale_id == sale_id)


def notes_by_id(db: Connection, note_ids: Iterable[int]) -> tuple[GoodsOutNote, ...]:
    """Notes by id, those that are gone left out."""
    return _notes(db, goods_out.c.id.in_(ids_in(db, note_ids)))


def _notes(db: Connection, which: Any) -> tuple[GoodsOutNote, ...]:
    n, g, s = goods_out.c, goods_out_row.c, goods_out_step.c
    heads = db.execute(
        select(
            n.id, n.number, n.kind, n.sale_id, sale.c.number.label("sale_number"),
            warehouse.c.name.label("warehouse"), n.po_id,
            purchase_order.c.number.label("po_number"), n.shipped_at,
        )
        .join(sale, sale.c.id == n.sale_id)
        .outerjoin(warehouse, warehouse.c.id == n.warehouse_id)
        .outerjoin(purchase_order, purchase_order.c.id == n.po_id)
        .where(which)
        .order_by(n.number)
    ).all()  # fmt: skip
    rows: dict[int, list[NoteRow]] = defaultdict(list)
    for row in db.execute(
        select(
            g.id, g.goods_out_id, g.sale_row_id, product.c.sku, sale_row.c.description, g.quantity
        )
        .join(goods_out, n.id == g.goods_out_id)
        .join(sale_row, sale_row.c.id == g.sale_row_id)
        .join(product, product.c.id == sale_row.c.product_id)
        .where(which)
        .order_by(sale_row.c.position, g.id)
    ):
        rows[row.goods_out_id].append(NoteRow(*row))
    steps: dict[int, list[NoteStep]] = defaultdict(list)
    for one in db.execute(
        select(s.goods_out_id, s.step, s.at, person.c.name, s.reference)
        .join(goods_out, n.id == s.goods_out_id)
        .join(person, person.c.id == s.person_id)
        .where(which, s.undone_by.is_(None))
    ):
        steps[one.goods_out_id].append(NoteStep(one.step, one.at, one.name, one.reference))
    return tuple(
        GoodsOutNote(
            head.id, head.number, head.kind, head.sale_id, head.sale_number, head.warehouse or "",
            head.po_id, head.po_number, head.shipped_at, tuple(rows[head.id]),
            tuple(sorted(steps[head.id], key=lambda one: STEPS.index(one.step))),
        )
        for head in heads
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlacedRow:
    """A row of a note, and the places its units lie at, or lay at before they left: (code, units)."""

    id: int
    sku: str
    description: str
    units: int
    places: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class NoteDetail:
    """A note as the pane beside the list shows it."""

    note: GoodsOutNote
    created_by: str
    rows: tuple[PlacedRow, ...]


def note_detail(db: Connection, note_id: int) -> NoteDetail | None:
    """One note with its places and who made it; None where there is none."""
    note = next(iter(notes_by_id(db, [note_id])), None)
    if note is None:
        return None
    maker = (
        select(person.c.name)
        .join(journal, journal.c.person_id == person.c.id)
        .join(goods_out, goods_out.c.journal_id == journal.c.id)
        .where(goods_out.c.id == note_id)
    )
    places: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for key, code, units in _lie_at(db, note) if note.is_open else _left_from(db, note_id):
        places[key].append((code, units))
    rows = tuple(
        PlacedRow(row.id, row.sku, row.description, row.units, tuple(places[row.id]))
        for row in note.rows
    )
    return NoteDetail(note, db.execute(maker).scalar_one(), rows)


def _lie_at(db: Connection, note: GoodsOutNote) -> list[tuple[int, str, int]]:
    """(note row id, place, units) of an open note."""
    spread = spread_over_places(db, note_rows(db, [note.id]))
    wanted = location.c.id.in_(ids_in(db, {place for _, place, _ in spread}))
    named = db.execute(select(location.c.id, location.c.code).where(wanted)).all()
    codes = {place.id: place.code for place in named}
    return [(row.id, codes[place], units) for row, place, units in spread]


def _left_from(db: Connection, note_id: int) -> list[tuple[int, str, int]]:
    """The same of a shipped one, as the ledger has it; what came with an import never moved."""
    m = movement.c
    query = (
        select(m.goods_out_row_id, location.c.code, -m.quantity)
        .join(goods_out_row, goods_out_row.c.id == m.goods_out_row_id)
        .join(location, location.c.id == m.location_id)
        .where(goods_out_row.c.goods_out_id == note_id, m.kind == "shipment")
        .order_by(m.id)
    )
    return [(row, code, units) for row, code, units in db.execute(query).all()]


@dataclass(frozen=True, slots=True)
class ShipRow:
    """A row that something of can ship: units on open notes and reserved ones."""

    sale_row_id: int
    sku: str
    description: str
    warehouse: str
    ordered: int
    shipped: int
    on_notes: int
    reserved: int

    @property
    def can(self) -> int:
        """Units that can leave now."""
        return self.on_notes + self.reserved


@dataclass(frozen=True, slots=True)
class Shippable:
    """What of a sale can ship now; a *ship complete* one leaves whole or not at all (R5.6)."""

    sale_id: int
    number: int
    customer: str
    address: str
    ship_complete: bool
    rows: tuple[ShipRow, ...]


def shippable(db: Connection, sale_id: int) -> Shippable | None:
    """What of a sale can ship now; None where there is no such sale."""
    head = db.execute(
        select(sale.c.id, sale.c.number, customer.c.name, sale.c.address, sale.c.ship_complete)
        .join(customer, customer.c.id == sale.c.customer_id)
        .where(sale.c.id == sale_id)
    ).one_or_none()
    if head is None:
        return None
    on_notes: dict[int, int] = defaultdict(int)
    for line in note_rows(db, open_notes(db, [sale_id])):
        on_notes[line.sale_row_id] += line.quantity
    r = sale_row.c
    rows = db.execute(
        select(
            r.id, product.c.sku, r.description, warehouse.c.name, r.ordered, r.shipped, r.reserved
        )
        .join(product, product.c.id == r.product_id)
        .join(warehouse, warehouse.c.id == r.warehouse_id)
        .where(r.sale_id == sale_id, r.kind == "stock")
        .order_by(r.position)
    )
    return Shippable(
        head.id, head.number, head.name, head.address, bool(head.ship_complete),
        tuple(
            ShipRow(
                row.id, row.sku, row.description, row.name, row.ordered, row.shipped,
                on_notes[row.id], row.reserved,
            )
            for row in rows
        ),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class PickLine:
    """Units of a product to fetch from a place for a note, in ten-thousandths."""

    place: str
    sku: str
    description: str
    units: int
    note_number: int


@dataclass(frozen=True, slots=True)
class Paper:
    """What the papers of a note say. ``picks`` are by place; a shipped note has none."""

    note_id: int
    number: int
    sale_number: int
    reference: str
    placed_at: datetime
    company: str
    warehouse: str
    customer: str
    address: str
    tracking: str
    shipped_at: datetime | None
    rows: tuple[NoteRow, ...]
    picks: tuple[PickLine, ...]

    @property
    def units(self) -> int:
        """All units of the note."""
        return sum(row.units for row in self.rows)


def open_note_ids(db: Connection, sale_ids: Iterable[int]) -> tuple[int, ...]:
    """The open notes of sales: what a pick list over a selection is of."""
    return tuple(open_notes(db, sale_ids))


def papers(db: Connection, note_ids: Iterable[int]) -> tuple[Paper, ...]:
    """What the papers of goods-out notes say, in order of number; drop-ship notes have none."""
    notes = [one for one in notes_by_id(db, note_ids) if one.kind == "goods_out"]
    name = db.execute(select(company.c.name)).scalar_one_or_none() or ""
    heads = {
        row.id: row
        for row in db.execute(
            select(sale.c.id, sale.c.reference, sale.c.placed_at, sale.c.address, customer.c.name)
            .join(customer, customer.c.id == sale.c.customer_id)
            .where(sale.c.id.in_(ids_in(db, {one.sale_id for one in notes})))
        )
    }
    picks = _picks(db, [one for one in notes if one.is_open])
    return tuple(
        Paper(
            one.id, one.number, one.sale_number, heads[one.sale_id].reference,
            heads[one.sale_id].placed_at, name, one.warehouse, heads[one.sale_id].name,
            heads[one.sale_id].address, one.tracking, one.shipped_at, one.rows,
            tuple(picks[one.id]),
        )
        for one in notes
    )  # fmt: skip


def _picks(db: Connection, notes: Iterable[GoodsOutNote]) -> dict[int, list[PickLine]]:
    """Where the units of open notes lie, by note; several notes share what lies in a place."""
    of_row = {row.id: (note, row) for note in notes for row in note.rows}
    lines = [
        row for row in note_rows(db, {note.id for note, _ in of_row.values()}) if row.id in of_row
    ]
    codes = {row.id: row.code for row in db.execute(select(location.c.id, location.c.code))}
    found: dict[int, list[PickLine]] = defaultdict(list)
    for line, place, units in spread_over_places(db, lines):
        note, row = of_row[line.id]
        found[note.id].append(PickLine(codes[place], row.sku, row.description, units, note.number))
    return found
