"""What shops send, kept as it came: taken in, listed, sent back, put aside (R7.1; ux 3.7).

``MESSAGES``: the ``Listing`` of ``MessageLine`` by ``MessagesFilter``; ``state_counts(db)``;
``details(db, id)`` with the raw text. What becomes of a message is ``pos_intake``'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, select, text, update

from .access import Permission
from .backend import Undone, Work, command
from .changes import Topic
from .errors import Rejected
from .lists import Key, Listing, by, fields_of
from .store.bulk import ids_in, insert_many, is_postgres, next_ids
from .store.tables import credit, pos_message, pos_order, sale

BYTES_MAX = 1_048_576
"""The largest message that is kept; longer ones are refused at the door."""

SOURCES = ("folder", "command", "http", "screen")

REVIEWED = ("parked", "differs")
"""States that wait for a person."""

_TAKE_IN_LOCK = 0x706F_7301
"""Advisory lock of PostgreSQL: one take-in looks for repeats at a time."""

_KEY = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{1,200}")
_CHANNEL = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{1,30}")


@dataclass(frozen=True, slots=True)
class Raw:
    """A message as it came. ``digest`` is the SHA-256 of ``raw`` in hex digits.

    ``message_key`` is the sender's own id of it, or ``sha256:`` and the digest where it has none.
    """

    channel_code: str
    message_key: str
    digest: str
    source: str
    raw: bytes
    till: str = ""
    format: str = ""

    def as_request(self) -> dict[str, str]:
        """What the journal keeps: the message itself is in its own table."""
        return {"channel": self.channel_code, "key": self.message_key, "digest": self.digest}


@command("Take in shop messages", needs=Permission.TAKE_IN)
def take_in(work: Work, messages: Sequence[Raw]) -> dict[str, Any]:
    """Keep messages (R7.1). Result: ``{"taken", "repeated", "differs", "messages": [[id, outcome]]}``.

    ``messages`` answers in the order given; outcome: taken | repeated | differs. An exact repeat
    changes nothing; the same id with other content is kept for a person. Raises
    Rejected("message_unusable", what=...) for a key, channel, source or size that cannot be kept.
    """
    for one in messages:
        _check(one)
    if is_postgres(work.db):
        work.db.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _TAKE_IN_LOCK})
    known = _known(work.db, messages)
    fresh: list[dict[str, Any]] = []
    outcomes: list[list[Any]] = []
    ids = iter(next_ids(work.db, pos_message, len(messages)))
    for one in messages:
        here = known.setdefault((one.channel_code, one.message_key), {})
        if one.digest in here:
            outcomes.append([here[one.digest], "repeated"])
            continue
        key = next(ids)
        first = next(iter(here.values()), None)
        here[one.digest] = key
        outcomes.append([key, "taken" if first is None else "differs"])
        fresh.append(
            {
                "id": key, "channel_code": one.channel_code, "message_key": one.message_key,
                "digest": one.digest, "source": one.source, "format": one.format[:30],
                "till": one.till[:60], "raw": one.raw, "received_at": work.at,
                "state": "new" if first is None else "differs",
                "reason": "" if first is None else "message_differs",
                "params": None if first is None else {"first": first},
                "journal_id": None if first is None else work.journal_id,
            }
        )  # fmt: skip
    insert_many(work.db, pos_message, fresh)
    work.touched(Topic.MESSAGES, [row["id"] for row in fresh])
    said = [outcome for _, outcome in outcomes]
    counted = {name: said.count(name) for name in ("taken", "repeated", "differs")}
    return {**counted, "messages": outcomes}


def _check(one: Raw) -> None:
    for what, fits in (
        ("channel", _CHANNEL.fullmatch(one.channel_code)),
        ("key", _KEY.fullmatch(one.message_key)),
        ("digest", len(one.digest) == 64),
        ("source", one.source in SOURCES),
        ("size", len(one.raw) <= BYTES_MAX),
    ):
        if not fits:
            raise Rejected("message_unusable", what=what)


def _known(db: Connection, messages: Sequence[Raw]) -> dict[tuple[str, str], dict[str, int]]:
    """{(channel code, key): {digest: id}} of what is here, the earliest first."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for channel_code in {one.channel_code for one in messages}:
        keys = sorted({one.message_key for one in messages if one.channel_code == channel_code})
        for start in range(0, len(keys), 10_000):
            for row in db.execute(
                _HERE, {"channel": channel_code, "keys": keys[start : start + 10_000]}
            ):
                here = found.setdefault((row.channel_code, row.message_key), {})
                here[row.digest] = row.id
    return found


_HERE = (
    select(
        pos_message.c.channel_code,
        pos_message.c.message_key,
        pos_message.c.digest,
        pos_message.c.id,
    )
    .where(
        pos_message.c.channel_code == bindparam("channel"),
        pos_message.c.message_key.in_(bindparam("keys", expanding=True)),
    )
    .order_by(pos_message.c.id)
)


# --- what people do with messages ---------------------------------------------------------------


@command("Try shop messages again", needs=Permission.TAKE_IN)
def retry(work: Work, message_ids: Sequence[int]) -> dict[str, Any]:
    """Give messages back to the intake after what stood in the way was put right.

    Result: ``{"messages": n}``. Raises Rejected("message_not_waiting", [ids]) for messages that
    are applied, repeated or new, and Rejected("message_replaced") where another took the place.
    """
    rows = _locked(work, message_ids)
    wrong = [row.id for row in rows if row.state in ("applied", "repeated", "new")]
    wrong += [row.id for row in rows if row.state == "differs" and row.reason == "message_differs"]
    if wrong:
        raise Rejected("message_not_waiting", sorted(wrong))
    _check_free(work.db, [row.id for row in rows if row.state == "dismissed"])
    _move(work, [row.id for row in rows], "new")
    return {"messages": len(rows)}


@command("Put shop messages aside", needs=Permission.TAKE_IN)
def dismiss(work: Work, message_ids: Sequence[int]) -> dict[str, Any]:
    """Put messages aside: nothing is made of them. Result: ``{"messages": n}``. Can be undone.

    Raises Rejected("message_not_waiting", [ids]) for messages that became an order.
    """
    rows = _locked(work, message_ids)
    wrong = [row.id for row in rows if row.state in ("applied", "repeated", "dismissed")]
    if wrong:
        raise Rejected("message_not_waiting", sorted(wrong))
    _move(work, [row.id for row in rows], "dismissed")
    work.can_undo({"states": {str(row.id): row.state for row in rows}})
    return {"messages": len(rows)}


@dismiss.undone_by
def _take_back(work: Work, original: Undone) -> dict[str, Any]:
    """Give each its old state, unless it was picked up again since."""
    states = {int(key): state for key, state in original.data["states"].items()}
    still = [row.id for row in _locked(work, states) if row.state == "dismissed"]
    _check_free(work.db, [key for key in still if states[key] != "differs"])
    for state in sorted({states[key] for key in still}):
        _move(work, [key for key in still if states[key] == state], state)
    return {"messages": len(still)}


@command("Use the other shop message", needs=Permission.TAKE_IN)
def accept(work: Work, message_id: int) -> dict[str, Any]:
    """Take the later message of an id instead of the first, which never became an order.

    The first is put aside. Result: ``{"instead_of": id}``. Raises Rejected("message_not_waiting"),
    Rejected("message_already_order") where the first one was applied: then only a credit helps.
    """
    rows = _locked(work, [message_id])
    if rows[0].state != "differs" or rows[0].reason != "message_differs":
        raise Rejected("message_not_waiting", [message_id])
    m = pos_message.c
    first = work.db.execute(
        select(m.id, m.state)
        .where(
            m.channel_code == rows[0].channel_code,
            m.message_key == rows[0].message_key,
            m.state.not_in(("differs", "dismissed")),
        )
        .with_for_update()
    ).one_or_none()
    if first is not None and first.state in ("applied", "repeated"):
        raise Rejected("message_already_order", [first.id])
    if first is not None:
        _move(work, [first.id], "dismissed")
    _move(work, [message_id], "new")
    return {"instead_of": first.id if first is not None else None}


def _locked(work: Work, message_ids: Iterable[int]) -> Sequence[Any]:
    """The messages, locked in id order; raises Rejected("unknown_message")."""
    wanted = set(message_ids)
    m = pos_message.c
    rows = work.db.execute(
        select(m.id, m.state, m.reason, m.channel_code, m.message_key)
        .where(m.id.in_(ids_in(work.db, wanted)))
        .order_by(m.id)
        .with_for_update()
    ).all()
    if len(rows) < len(wanted) or not wanted:
        raise Rejected("unknown_message")
    return rows


def _check_free(db: Connection, ids: Sequence[int]) -> None:
    """Whether the keys of messages that were put aside are still free."""
    m, other = pos_message.c, pos_message.alias("other")
    taken = db.execute(
        select(m.id)
        .join(
            other,
            (other.c.channel_code == m.channel_code)
            & (other.c.message_key == m.message_key)
            & (other.c.id != m.id)
            & other.c.state.not_in(("differs", "dismissed")),
        )
        .where(m.id.in_(ids_in(db, ids)))
    ).scalars()
    found = sorted(taken)
    if found:
        raise Rejected("message_replaced", found)


def _move(work: Work, ids: Sequence[int], state: str) -> None:
    """Set a state; why it was parked stays readable until it is applied."""
    work.db.execute(
        update(pos_message)
        .where(pos_message.c.id.in_(ids_in(work.db, ids)))
        .values(
            state=state,
            journal_id=work.journal_id,
            settled_at=None if state == "new" else work.at,
        )
    )
    work.touched(Topic.MESSAGES, ids)


# --- looking at messages ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Order:
    """A sale or credit that a message became."""

    kind: str
    """``sale`` | ``credit``."""
    id: int
    number: int


@dataclass(frozen=True, slots=True)
class MessageLine:
    """One message in the list. ``reason`` and ``params`` name a sentence, as in ``errors``."""

    id: int
    channel_code: str
    message_key: str
    source: str
    format: str
    till: str
    received_at: datetime
    state: str
    waits_for: str | None
    reason: str
    params: Mapping[str, Any] | None
    attempts: int
    settled_at: datetime | None
    bytes: int
    orders: tuple[Order, ...]
    key: Key = ()


@dataclass(frozen=True, slots=True)
class MessagesFilter:
    """Of these states (empty: any), of this channel, with this in its id."""

    states: frozenset[str] = frozenset()
    channel_code: str = ""
    text: str = ""


def _where(db: Connection, wanted: MessagesFilter) -> list[ColumnElement[bool]]:
    del db
    m = pos_message.c
    conditions: list[ColumnElement[bool]] = []
    if wanted.states:
        conditions.append(m.state.in_(sorted(wanted.states)))
    if wanted.channel_code:
        conditions.append(m.channel_code == wanted.channel_code)
    if words := wanted.text.strip():
        conditions.append(m.message_key.contains(words, autoescape=True))
    return conditions


_LINE = select(
    *(
        column
        for column in pos_message.c
        if column.name not in ("raw", "digest", "journal_id")
    ),
    func.length(pos_message.c.raw).label("bytes"),
)  # fmt: skip


def _lines(db: Connection, keys: Mapping[int, Key]) -> Iterator[MessageLine]:
    orders = orders_of(db, keys)
    for row in db.execute(_LINE.where(pos_message.c.id.in_(ids_in(db, keys)))):
        yield MessageLine(
            **fields_of(row), orders=tuple(orders.get(row.id, ())), key=keys.get(row.id, ())
        )


def orders_of(db: Connection, message_ids: Iterable[int]) -> dict[int, list[Order]]:
    """What messages became, sales before credits."""
    o = pos_order.c
    found: dict[int, list[Order]] = {}
    for row in db.execute(
        select(
            o.message_id, o.sale_id, o.credit_id, sale.c.number, credit.c.number.label("credit_number")
        )
        .outerjoin(sale, sale.c.id == o.sale_id)
        .outerjoin(credit, credit.c.id == o.credit_id)
        .where(o.message_id.in_(ids_in(db, message_ids)))
        .order_by(o.id)
    ):  # fmt: skip
        made = found.setdefault(row.message_id, [])
        if row.sale_id is not None:
            made.append(Order("sale", row.sale_id, row.number))
        if row.credit_id is not None:
            made.append(Order("credit", row.credit_id, row.credit_number))
    return found


MESSAGES: Listing[MessagesFilter, MessageLine] = Listing(
    table=pos_message,
    sortings={
        "received": (by(pos_message.c.id),),
        "channel": (by(pos_message.c.channel_code, (pos_message.c.id, True)),),
        "state": (by(pos_message.c.state, (pos_message.c.id, True)),),
    },
    default=("received", True),
    where=_where,
    read=_lines,
)


def state_counts(db: Connection, channel_code: str = "") -> dict[str, int]:
    """Messages of each state that has any."""
    number = func.count().label("number")
    query = select(pos_message.c.state, number).group_by(pos_message.c.state)
    if channel_code:
        query = query.where(pos_message.c.channel_code == channel_code)
    return {row.state: row.number for row in db.execute(query)}


@dataclass(frozen=True, slots=True)
class MessageDetails:
    """A message with what was sent. ``text``: the raw bytes as text, what is no UTF-8 marked."""

    line: MessageLine
    text: str
    first_id: int | None
    """For an id that came before with other content: the message that came first."""


def details(db: Connection, message_id: int) -> MessageDetails:
    """Return one message; raises Rejected("unknown_message")."""
    for line in _lines(db, {message_id: ()}):
        raw = db.execute(select(pos_message.c.raw).where(pos_message.c.id == message_id))
        first = (line.params or {}).get("first") if line.state == "differs" else None
        return MessageDetails(line, bytes(raw.scalar_one()).decode("utf-8", "replace"), first)
    raise Rejected("unknown_message")
