"""Goods out (R6.1): every goods-out note of ours, so that a clerk works through them.

``NOTES``: the ``Listing`` of ``NoteLine`` by ``NotesFilter``; ``view_counts(db)``: notes of each
``NotesView``; ``totals(db, where)``: the idle strip; ``chosen(db, ids)``: what can be done with
chosen notes. Sorts: number, created, sale, customer, warehouse, units, shipped. Drop-ship notes are
left out: the supplier ships them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, case, exists, func, or_, select, text

from .lists import (
    Among,
    Key,
    Listing,
    Sort,
    Sorting,
    among,
    by,
    folded,
    has_word,
    like_pattern,
    number_begins,
    says,
    total_of,
)
from .store.bulk import id_list, ids_in, ids_named, is_postgres
from .store.tables import (
    channel,
    customer,
    goods_out,
    goods_out_row,
    goods_out_step,
    journal,
    sale,
    warehouse,
)


class NotesView(StrEnum):
    """The built-in views, each with its count."""

    TO_PICK = "to_pick"
    TO_PACK = "to_pack"
    """Picked, and not packed yet."""
    TO_SHIP = "to_ship"
    """All that has not left: steps may be skipped (R6.1)."""
    SHIPPED = "shipped"
    ALL = "all"


class NoteState(StrEnum):
    """The last step that a note has had."""

    NOT_STARTED = "not_started"
    PRINTED = "printed"
    PICKED = "picked"
    PACKED = "packed"
    SHIPPED = "shipped"


@dataclass(frozen=True, slots=True)
class NotesFilter:
    """All conditions must hold; None and "" ask nothing."""

    view: NotesView = NotesView.ALL
    text: str = ""
    """Words: the note's number, its sale's number, customer, items, or its tracking number."""
    state: NoteState | None = None
    channel: Among | None = None
    warehouse: Among | None = None
    customer: str = ""
    """A part of the customer's name."""


class NoteLine(NamedTuple):
    """One goods-out note; units in ten-thousandths. A step that was not done is None."""

    id: int
    number: int
    sale_id: int
    sale_number: int
    customer: str
    channel: str
    warehouse: str
    created_at: datetime
    units: int
    rows: int
    printed_at: datetime | None
    picked_at: datetime | None
    packed_at: datetime | None
    shipped_at: datetime | None
    tracking: str
    key: Key = ()

    @property
    def is_open(self) -> bool:
        """Whether it has yet to leave: only then it has steps to do."""
        return self.shipped_at is None

    @property
    def state(self) -> NoteState:
        """The last of its steps."""
        if self.shipped_at is not None:
            return NoteState.SHIPPED
        if self.packed_at is not None:
            return NoteState.PACKED
        if self.picked_at is not None:
            return NoteState.PICKED
        return NoteState.PRINTED if self.printed_at is not None else NoteState.NOT_STARTED

    def step(self, name: str) -> datetime | None:
        """When a step was done, None where it was not."""
        found: datetime | None = getattr(self, f"{name}_at")
        return found


@dataclass(frozen=True, slots=True)
class NotesTotals:
    """Sums over all that match, for the strip."""

    notes: int
    units: int


@dataclass(frozen=True, slots=True)
class ChosenNotes:
    """What chosen notes come to: how many there are, are open, and of these were picked, packed."""

    notes: int
    open: int
    picked: int
    packed: int
    units: int
    """Of the open ones."""


OLDEST_FIRST: Sort = ("number", False)

_n, _s, _g = goods_out.c, goods_out_step.c, goods_out_row.c

OURS: Any = text("goods_out.kind <> 'drop_ship'")
"""Most notes: put as an equation SQLite would expect few, and rather sort them than walk an order."""

OPEN: Any = text("goods_out.kind = 'goods_out' AND goods_out.shipped_at IS NULL")
GONE: Any = text("goods_out.shipped_at IS NOT NULL")
"""Constants: with parameters a plan that is kept could not use the partial indexes."""

_OPEN_VIEWS = {NotesView.TO_PICK, NotesView.TO_PACK, NotesView.TO_SHIP}


def _had(step: str) -> ColumnElement[bool]:
    """Whether a note has had a step that still counts."""
    return (
        exists()
        .where(_s.goods_out_id == _n.id, _s.step == step, _s.undone_by.is_(None))
        .correlate(goods_out)
    )


_VIEWS: dict[NotesView, list[Any]] = {
    NotesView.TO_PICK: [OPEN, ~_had("picked")],
    NotesView.TO_PACK: [OPEN, _had("picked"), ~_had("packed")],
    NotesView.TO_SHIP: [OPEN],
    NotesView.SHIPPED: [OURS, GONE],
    NotesView.ALL: [OURS],
}

_STATES: dict[NoteState, list[Any]] = {
    NoteState.NOT_STARTED: [OPEN, ~_had("printed"), ~_had("picked"), ~_had("packed")],
    NoteState.PRINTED: [OPEN, _had("printed"), ~_had("picked"), ~_had("packed")],
    NoteState.PICKED: [OPEN, _had("picked"), ~_had("packed")],
    NoteState.PACKED: [OPEN, _had("packed")],
    NoteState.SHIPPED: [GONE],
}


def conditions(db: Connection, where: NotesFilter) -> list[ColumnElement[bool]]:
    """All of it as SQL; asks the sales' text index first where there is free text."""
    found: list[Any] = list(_VIEWS[where.view])
    if where.state is not None:
        found += _STATES[where.state]
    if where.warehouse is not None:
        found.append(among(_n.warehouse_id, where.warehouse))
    if where.channel is not None:
        found.append(
            _n.sale_id.in_(select(sale.c.id).where(among(sale.c.channel_id, where.channel)))
        )
    if words := folded(where.customer).split():
        named = [has_word(word, customer.c.name) for word in words]
        buyers = select(customer.c.id).where(*named)
        found.append(_n.sale_id.in_(select(sale.c.id).where(sale.c.customer_id.in_(buyers))))
    # Only what has left has a tracking number: finding what is open need not look through them.
    tracked = where.view not in _OPEN_VIEWS
    found += [_met(db, word, tracked=tracked) for word in folded(where.text).split()]
    return found


def _met(db: Connection, word: str, *, tracked: bool) -> ColumnElement[bool]:
    """Whether a word is of the note, of its sale (number, customer, items) or its tracking number."""
    ways: list[ColumnElement[bool]] = [
        _n.sale_id.in_(select(sale.c.id).where(*says(db, sale, word)))
    ]
    if tracked:
        held = func.lower(_s.reference).like(like_pattern(word, contains=True), escape="\\")
        ways.append(_n.id.in_(select(_s.goods_out_id).where(held, _s.undone_by.is_(None))))
    digits = word.lstrip("#")
    if digits.isascii() and digits.isdigit():
        ways.append(number_begins(_n.number, digits))
    return or_(*ways)


_UNITS = (
    select(_g.goods_out_id, total_of(_g.quantity).label("units")).group_by(_g.goods_out_id)
).subquery("amounts")

_SORTINGS: dict[str, Sorting] = {
    "number": (by(_n.number, _n.id),),
    # Ids are given in the order notes are made.
    "created": (by(_n.id),),
    "sale": (
        by(
            sale.c.number, _n.id,
            source=sale.join(goods_out, _n.sale_id == sale.c.id),
        ),
    ),
    "customer": (
        by(
            customer.c.name, customer.c.id, (sale.c.placed_at, True), (sale.c.id, True), _n.id,
            source=customer.join(sale, sale.c.customer_id == customer.c.id).join(
                goods_out, _n.sale_id == sale.c.id
            ),
        ),
    ),
    "warehouse": (by(_n.warehouse_id, _n.number, _n.id),),
    # The one order without an index: what is on notes is summed first.
    "units": (
        by(_UNITS.c.units, _n.id, source=goods_out.join(_UNITS, _UNITS.c.goods_out_id == _n.id)),
    ),
    "shipped": (by(_n.shipped_at, _n.id, only=GONE), by(_n.number, _n.id, only=OPEN)),
}  # fmt: skip


@cache
def _statements(postgres: bool) -> tuple[Select[Any], Select[Any], Select[Any]]:
    """Heads, what is on the notes, and their steps, by "ids"; made once."""
    ids = ids_named(postgres, "ids")
    heads = (
        select(
            _n.id, _n.number, _n.sale_id, sale.c.number, customer.c.name, channel.c.name,
            warehouse.c.name, journal.c.at, _n.shipped_at,
        )
        .join(sale, sale.c.id == _n.sale_id)
        .join(customer, customer.c.id == sale.c.customer_id)
        .join(journal, journal.c.id == _n.journal_id)
        .outerjoin(channel, channel.c.id == sale.c.channel_id)
        .outerjoin(warehouse, warehouse.c.id == _n.warehouse_id)
        .where(_n.id.in_(ids))
    )  # fmt: skip
    amounts = (
        select(_g.goods_out_id, total_of(_g.quantity), func.count())
        .where(_g.goods_out_id.in_(ids))
        .group_by(_g.goods_out_id)
    )
    steps = select(_s.goods_out_id, _s.step, _s.at, _s.reference).where(
        _s.goods_out_id.in_(ids), _s.undone_by.is_(None)
    )
    return heads, amounts, steps


def _lines(db: Connection, keys: Mapping[int, Key]) -> Iterator[NoteLine]:
    heads, amounts, steps = _statements(is_postgres(db))
    given = {"ids": id_list(keys)}
    held = {one[0]: (one[1], one[2]) for one in db.execute(amounts, given).all()}
    had: dict[tuple[int, str], datetime] = {}
    sent: dict[int, str] = {}
    for note_id, step, at, reference in db.execute(steps, given).all():
        had[note_id, step] = at
        if step == "shipped":
            sent[note_id] = reference
    for one in db.execute(heads, given).all():
        (
            note_id, number, sale_id, sale_number, buyer, sold_by, place, created_at, shipped_at,
        ) = one  # fmt: skip
        units, rows = held.get(note_id, (0, 0))
        yield NoteLine(
            note_id, number, sale_id, sale_number, buyer, sold_by or "", place or "", created_at,
            units, rows, had.get((note_id, "printed")), had.get((note_id, "picked")),
            had.get((note_id, "packed")), shipped_at, sent.get(note_id, ""), keys[note_id],
        )  # fmt: skip


NOTES: Listing[NotesFilter, NoteLine] = Listing(
    goods_out, _SORTINGS, OLDEST_FIRST, conditions, _lines
)
"""Oldest first: who has waited longest is picked first."""


def view_counts(db: Connection) -> dict[NotesView, int]:
    """How many notes wait for each step; one statement over the open ones."""
    picked, packed = _had("picked"), _had("packed")
    found = db.execute(
        select(
            func.count(case((~picked, 1))), func.count(case((picked & ~packed, 1))), func.count()
        )
        .select_from(goods_out)
        .where(OPEN)
    ).one()  # fmt: skip
    return dict(zip((NotesView.TO_PICK, NotesView.TO_PACK, NotesView.TO_SHIP), found, strict=True))


def open_count(db: Connection) -> int:
    """How many notes wait to leave: the badge of the page (IA-03)."""
    return NOTES.count(db, NotesFilter(view=NotesView.TO_SHIP))


def totals(db: Connection, where: NotesFilter) -> NotesTotals:
    """Sums over all that match; one statement."""
    these = select(_n.id).where(*conditions(db, where)).cte("these")  # found once, used twice
    notes = select(func.count()).select_from(these).scalar_subquery()
    units = select(total_of(_g.quantity)).join(these, these.c.id == _g.goods_out_id)
    return NotesTotals(*db.execute(select(notes, units.scalar_subquery())).one())


def chosen(db: Connection, ids: Collection[int]) -> ChosenNotes:
    """What chosen notes come to: which acts fit them, and the units that would leave."""
    named = ids_in(db, ids).cte("named")  # read once: they may be 200,000
    these = _n.id.in_(select(named.c[0]))
    notes = select(func.count()).select_from(goods_out).where(OURS, these).scalar_subquery()
    units = (
        select(total_of(_g.quantity))
        .join(goods_out, _n.id == _g.goods_out_id)
        .where(OPEN, these)
        .scalar_subquery()
    )
    found = db.execute(
        select(
            notes, func.count(), func.count(case((_had("picked"), 1))),
            func.count(case((_had("packed"), 1))), units,
        )
        .select_from(goods_out)
        .where(OPEN, these)
    ).one()  # fmt: skip
    return ChosenNotes(*found)
