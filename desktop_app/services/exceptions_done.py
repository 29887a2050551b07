"""What was put right on the exceptions desk, as a paged list: when, by whom, how (R7.9, EXC-03).

Read from the notes that the desk and credits leave on orders, and from the journal, which knows
what undoing needs. What was undone is not put right. ``PUT_RIGHT``: the ``Listing`` of
``PutRightLine`` by ``PutRightFilter``, newest first; ``put_right(db, days)`` counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, or_, select

from .exceptions_list import open_exceptions
from .lists import (
    Among,
    Key,
    Listing,
    Sort,
    among,
    by,
    folded,
    has_word,
    number_begins,
    start_of,
    total_of,
)
from .store.bulk import ids_in
from .store.tables import (
    channel,
    customer,
    goods_out,
    goods_out_row,
    journal,
    note,
    person,
    product,
    sale,
    sale_row,
    transfer,
)

FIXED, GIVEN_BACK = "exception_fixed", "refund_booked_out"
_COMMANDS = ("Fix shop orders", "Take goods back", "Apply a shop message")
"""The commands that leave those notes; the others of the journal are passed over."""


@dataclass(frozen=True, slots=True)
class PutRightFilter:
    """What of the list is shown. ``days``: in the last so many, today included."""

    days: int = 1
    channel: Among | None = None
    text: str = ""
    """Order number, or an item's code."""


@dataclass(frozen=True, slots=True)
class PutRightLine:
    """An order that was put right; ``id`` is that of its note. Units in ten-thousandths."""

    id: int
    sale_id: int
    number: int
    customer: str
    channel: str
    at: datetime
    person_id: int
    person: str
    kind: str
    """``exception_fixed``, or ``refund_booked_out``: the customer gave it back."""
    items: tuple[tuple[str, int], ...]
    """(SKU, units) that it got or gave back."""
    transfers: tuple[tuple[int, str], ...]
    """(number, from) of each."""
    corrected: tuple[str, ...]
    notes: tuple[int, ...]
    """Numbers of its goods-out notes."""
    shipped: bool
    credit: int | None
    """Number of the credit that gave it back."""
    journal_id: str
    orders: int
    """So many orders the same fix put right: an undo takes all of them back."""
    in_the_way: str
    """Why it cannot be undone, "" where it can: handed_over | given_back | notes_gone |
    notes_shipped | allocation_in_use | transfer_not_open."""
    key: Key = ()


NEWEST_FIRST: Sort = ("at", True)


def conditions(db: Connection, where: PutRightFilter) -> list[ColumnElement[bool]]:
    """The filter as SQL; the notes of those days are found through the journal first."""
    found: list[ColumnElement[bool]] = [note.c.id.in_(ids_in(db, _note_ids(db, where.days)))]
    if where.channel is not None:
        of = select(sale.c.id).where(among(sale.c.channel_id, where.channel))
        found.append(note.c.document_id.in_(of))
    for word in folded(where.text).split():
        skus = (
            select(sale_row.c.sale_id)
            .join(product, product.c.id == sale_row.c.product_id)
            .where(has_word(word, product.c.sku), sale_row.c.sale_id == note.c.document_id)
        )
        digits = word.lstrip("#")
        ways: list[ColumnElement[bool]] = [skus.exists()]
        if digits.isascii() and digits.isdigit():
            numbered = select(sale.c.id).where(number_begins(sale.c.number, digits))
            ways.append(note.c.document_id.in_(numbered))
        found.append(or_(*ways))
    return found


def _note_ids(db: Connection, days: int) -> Sequence[int]:
    """Notes of the days: the journal, whose numbers follow time, is walked back to their beginning."""
    begin = start_of(days)
    j, n = journal.c, note.c
    before = select(j.seq).where(j.seq > 0, j.at < begin).order_by(j.seq.desc()).limit(1)
    last = db.execute(before).scalar_one_or_none() or 0
    return (
        db.execute(
            select(n.id)
            .join(journal, j.id == n.journal_id)
            .where(
                j.seq > last, j.command.in_(_COMMANDS), n.kind.in_((FIXED, GIVEN_BACK)),
                n.struck_by.is_(None), n.at >= begin,
            )
            .order_by(j.seq.desc())  # so that SQLite begins at the end as well
        )
        .scalars()
        .all()
    )  # fmt: skip


def _lines(db: Connection, keys: Mapping[int, Key]) -> Iterator[PutRightLine]:
    n = note.c
    rows = db.execute(
        select(
            n.id, n.at, n.kind, n.params, n.journal_id, n.person_id, person.c.name.label("person"),
            sale.c.id.label("sale_id"), sale.c.number,
            func.coalesce(channel.c.name, "").label("channel"), customer.c.name.label("customer"),
        )
        .join(person, person.c.id == n.person_id)
        .join(sale, sale.c.id == n.document_id)
        .join(customer, customer.c.id == sale.c.customer_id)
        .outerjoin(channel, channel.c.id == sale.c.channel_id)
        .where(n.id.in_(ids_in(db, keys)))
    ).all()  # fmt: skip
    journals = {row.journal_id for row in rows}
    stopped, orders = _in_the_way(db, _undo(db, journals)), _orders(db, journals)
    for row in rows:
        said = row.params
        reason = stopped.get(row.journal_id, "handed_over") if row.kind == FIXED else "given_back"
        yield PutRightLine(
            row.id, row.sale_id, row.number, row.customer, row.channel, row.at, row.person_id,
            row.person, row.kind, tuple((one["sku"], one["units"]) for one in said["items"]),
            tuple((one["number"], one["from"]) for one in said.get("transfers", ())),
            tuple(said["corrected"]) if row.kind == FIXED else (), tuple(said.get("notes", ())),
            bool(said.get("shipped")), (said.get("credit") or {}).get("number"), row.journal_id,
            orders[row.journal_id], reason, keys[row.id],
        )  # fmt: skip


def _undo(db: Connection, journals: set[str]) -> dict[str, Any]:
    """What undoing each fix needs, where it can be undone; asked by itself, by primary key."""
    j = journal.c
    query = select(j.id, j.undo).where(
        j.id.in_(sorted(journals)), j.command == _COMMANDS[0], j.undo.is_not(None)
    )
    return {row.id: row.undo for row in db.execute(query) if row.undo}


def _orders(db: Connection, journals: set[str]) -> dict[str, int]:
    query = (
        select(note.c.journal_id, func.count())
        .where(note.c.journal_id.in_(sorted(journals)), note.c.kind.in_((FIXED, GIVEN_BACK)))
        .group_by(note.c.journal_id)
    )
    return {row[0]: row[1] for row in db.execute(query)}


def _in_the_way(db: Connection, undo: Mapping[str, Any]) -> dict[str, str]:
    """What ``exceptions.fix`` would refuse its undo for, by journal id; "" for nothing."""
    notes = {key for data in undo.values() for key in data["notes"]}
    rows = {row for data in undo.values() for row, _ in data["rows"]}
    moves = {key for data in undo.values() for key in data["moves"]}
    n, g, r = goods_out.c, goods_out_row.c, sale_row.c
    shipped = {
        row.id: row.shipped_at is not None
        for row in db.execute(select(n.id, n.shipped_at).where(n.id.in_(ids_in(db, notes))))
    }
    held: dict[int, int] = defaultdict(int)
    for row in db.execute(
        select(g.sale_row_id, total_of(g.quantity).label("units"))
        .where(g.goods_out_id.in_(ids_in(db, notes)))
        .group_by(g.sale_row_id)
    ):
        held[row.sale_row_id] += row.units
    for row in db.execute(select(r.id, r.reserved).where(r.id.in_(ids_in(db, rows)))):
        held[row.id] += row.reserved
    t = transfer.c
    states = {
        row.id: row.state
        for row in db.execute(select(t.id, t.state).where(t.id.in_(ids_in(db, moves))))
    }
    return {
        key: (any(one not in shipped for one in data["notes"]) and "notes_gone")
        or (any(shipped[one] for one in data["notes"]) and "notes_shipped")
        or (any(held[one] < units for one, units in data["rows"]) and "allocation_in_use")
        or (any(states.get(one) != "received" for one in data["moves"]) and "transfer_not_open")
        or ""
        for key, data in undo.items()
    }


PUT_RIGHT: Listing[PutRightFilter, PutRightLine] = Listing(
    note, {"at": (by(note.c.id),)}, NEWEST_FIRST, conditions, _lines
)


def put_right(db: Connection, days: int = 1) -> int:
    """How many orders were put right in the last days, today included."""
    return len(_note_ids(db, days))


def desk_counts(db: Connection) -> tuple[int, int]:
    """The numbers of the desk's tabs: orders that need stock, and those put right today."""
    return open_exceptions(db), put_right(db)
