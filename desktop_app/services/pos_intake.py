"""Shop messages applied: one message is one command and one transaction (R7.1; architecture flow 4).

``apply_pending(backend)`` takes the oldest new messages one by one, as the built-in person *Shop
intake*. It may be killed at any moment: a message is applied whole or still new. What cannot be
applied is parked with its reason by a command of its own, and blocks nothing behind it.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, bindparam, select, text, update

from . import pos_formats
from .access import Actor, Permission, Role
from .backend import Backend, Work, command
from .books import pegged_orders
from .changes import Changes, Topic
from .errors import Conflict, NotAllowed, Rejected, Stopped, Unavailable
from .pos_planning import Money, Plan, Shop, clean, plan, shop_of
from .pos_refunds import credit_pairs_of, settle_exchange, write_refund
from .pos_shapes import CannotRead, NotAnOrder, Transaction
from .pos_writing import stock_pairs_of, write_sale
from .store.bulk import insert_many, is_postgres, upsert
from .store.engine import Store
from .store.tables import person, pos_message, pos_order

INTAKE_LOGIN = "shop-intake"
INTAKE_NAME = "Shop intake"

_APPLY_LOCK = 0x706F_7302
"""Advisory lock of PostgreSQL: one workstation applies at a time."""

_READ_AHEAD = 200

_log = logging.getLogger(__name__)


class Settled(Exception):
    """What came is not applied but kept in another state; everything begun is rolled back."""

    def __init__(
        self, state: str, code: str, *, waits_for: str | None = None, **params: Any
    ) -> None:
        super().__init__(code)
        self.state = state
        self.code = code
        self.params = params
        self.waits_for = waits_for


# --- the commands -------------------------------------------------------------------------------


@command("Apply a shop message", needs=Permission.TAKE_IN)
def apply(work: Work, message_id: int) -> dict[str, Any]:
    """Make of one new message what it says (R7.1). Result: ``{"state", "sales", "credits"}``.

    state: applied | repeated, or the state it is in where it is not new any more. Raises Settled,
    Rejected, NotAnOrder or CannotRead: then nothing was written, and ``settle`` is for that.
    """
    message = work.db.execute(_MESSAGE, {"id": message_id}).one_or_none()
    if message is None or message.state != "new":
        return {"state": message.state if message else "gone", "sales": [], "credits": []}
    given = _read(message.raw, message.channel_code)
    shop = shop_of(work.db, message.channel_code)
    parts = _not_here_yet(work.db, shop, given)
    plans = [(plan(work.db, shop, one, message.received_at), kinds) for one, kinds in parts]
    sold = _lock(work, shop, plans)
    sales: list[int] = []
    taken_back: list[int] = []
    for made, kinds in plans:
        _write(work, made, kinds, message.id, sold, sales, taken_back)
    state = "applied" if plans else "repeated"
    work.db.execute(
        _SETTLE,
        {
            "key": message.id, "new_state": state, "new_waits_for": None, "new_reason": "",
            "new_params": None, "at": work.at, "journal": work.journal_id,
            "tries": message.attempts + 1,
        },
    )  # fmt: skip
    work.touched(Topic.MESSAGES, [message.id])
    if sales:
        _wake(work, shop, [made.transaction.transaction_id for made, _ in plans])
    return {"state": state, "sales": sales, "credits": taken_back}


@command("Settle a shop message", needs=Permission.TAKE_IN)
def settle(
    work: Work,
    message_id: int,
    state: str,
    reason: str,
    params: Mapping[str, Any],
    waits_for: str | None = None,
) -> dict[str, Any]:
    """Give a new message that cannot be applied its state and reason. Result: ``{"state"}``."""
    message = work.db.execute(_MESSAGE, {"id": message_id}).one_or_none()
    if message is None or message.state != "new":
        return {"state": message.state if message else "gone"}
    if waits_for is not None:
        shop = shop_of(work.db, message.channel_code)
        if _sale_ids(work.db, shop, [waits_for]):
            # It came while this was on its way here: the next round applies the refund.
            return {"state": "new"}
    work.db.execute(
        _SETTLE,
        {
            "key": message.id, "new_state": state, "new_waits_for": waits_for,
            "new_reason": reason[:60], "new_params": dict(params) or None, "at": work.at,
            "journal": work.journal_id, "tries": message.attempts + 1,
        },
    )  # fmt: skip
    work.touched(Topic.MESSAGES, [message.id])
    return {"state": state}


@command("Prepare the shop intake", needs=Permission.TAKE_IN)
def prepare(work: Work) -> dict[str, Any]:
    """Make the built-in person that the intake acts as; nobody signs in as it."""
    values = {"login": INTAKE_LOGIN, "name": INTAKE_NAME, "role": Role.CLERK.value, "active": 0}
    work.db.execute(upsert(work.db, person).values(**values).on_conflict_do_nothing())
    return {"login": INTAKE_LOGIN}


_PERSON = select(person).where(person.c.login == INTAKE_LOGIN)
_MESSAGE = (
    select(
        pos_message.c.id, pos_message.c.channel_code, pos_message.c.raw, pos_message.c.state,
        pos_message.c.received_at, pos_message.c.attempts,
    )
    .where(pos_message.c.id == bindparam("id"))
    .with_for_update()
)  # fmt: skip
_SETTLE = (
    update(pos_message)
    .where(pos_message.c.id == bindparam("key"))
    .values(
        state=bindparam("new_state"),
        waits_for=bindparam("new_waits_for"),
        reason=bindparam("new_reason"),
        params=bindparam("new_params"),
        settled_at=bindparam("at"),
        journal_id=bindparam("journal"),
        attempts=bindparam("tries"),
    )
)


# --- one message --------------------------------------------------------------------------------


def _read(raw: bytes, channel_code: str) -> list[Transaction]:
    return pos_formats.read(bytes(raw), channel_code)


def _kinds(one: Transaction) -> tuple[str, ...]:
    return (*(("sale",) if one.is_sale else ()), *(("refund",) if one.is_refund else ()))


_HERE = (
    select(
        pos_order.c.transaction_id,
        pos_order.c.kind,
        pos_order.c.sale_id,
        pos_order.c.message_id,
        pos_message.c.raw,
        pos_message.c.channel_code,
    )
    .join(pos_message, pos_message.c.id == pos_order.c.message_id)
    .where(
        pos_order.c.channel_id == bindparam("channel"),
        pos_order.c.transaction_id.in_(bindparam("ids", expanding=True)),
    )
)


def _not_here_yet(
    db: Connection, shop: Shop, given: Sequence[Transaction]
) -> list[tuple[Transaction, tuple[str, ...]]]:
    """The transactions, and the kinds of each, that are not orders yet (R7.1).

    The same under another message is a repeat; the same id with other content is for a person.
    """
    first: dict[tuple[str, str], Transaction] = {}
    ids = sorted({one.transaction_id for one in given if one.transaction_id})
    for row in db.execute(_HERE, {"channel": shop.id, "ids": ids}) if ids else ():
        for other in _read_again(row.raw, row.channel_code):
            if other.transaction_id == row.transaction_id:
                first[row.transaction_id, row.kind] = other
        if (row.transaction_id, row.kind) not in first:
            raise _differs(row.transaction_id, row.message_id)
    seen: dict[str, Transaction] = {}
    fresh = []
    for one in given:
        twin = seen.setdefault(one.transaction_id, one)
        if twin is not one:
            if not _same(twin, one):
                raise _differs(one.transaction_id, None)
            continue
        missing = []
        for kind in _kinds(one):
            other_one = first.get((one.transaction_id, kind))
            if other_one is None:
                missing.append(kind)
            elif not _same(other_one, one):
                raise _differs(one.transaction_id, None)
        if missing:
            fresh.append((one, tuple(missing)))
    return fresh


def _read_again(raw: bytes, channel_code: str) -> list[Transaction]:
    try:
        return _read(raw, channel_code)
    except (NotAnOrder, CannotRead):
        return []


def _same(one: Transaction, other: Transaction) -> bool:
    """Equal in all that counts: who sent it how, and the sender's own state, do not."""
    alike = {"message_id": "", "format": "", "facts": {}}
    return replace(one, **alike) == replace(other, **alike)  # type: ignore[arg-type]


def _differs(transaction_id: str, message_id: int | None) -> Settled:
    params: dict[str, Any] = {"transaction": transaction_id[:120]}
    if message_id is not None:
        params["first"] = message_id
    return Settled("differs", "transaction_differs", **params)


_SALES = select(pos_order.c.transaction_id, pos_order.c.sale_id).where(
    pos_order.c.channel_id == bindparam("channel"),
    pos_order.c.kind == "sale",
    pos_order.c.transaction_id.in_(bindparam("ids", expanding=True)),
)


def _sale_ids(db: Connection, shop: Shop, transaction_ids: Sequence[str]) -> dict[str, int]:
    if not transaction_ids:
        return {}
    asked = {"channel": shop.id, "ids": sorted(set(transaction_ids))}
    return {row.transaction_id: row.sale_id for row in db.execute(_SALES, asked)}


def _lock(work: Work, shop: Shop, plans: Sequence[tuple[Plan, tuple[str, ...]]]) -> dict[str, int]:
    """Find the sales of refunds, then lock all stock levels and those sales, in that order.

    Returns {transaction id: sale id}. A refund whose sale is not here waits for it.
    """
    wanted = [
        made.transaction.refund_of
        for made, kinds in plans
        if "refund" in kinds and made.transaction.refund_of
    ]
    sold = _sale_ids(work.db, shop, wanted)
    coming = {made.transaction.transaction_id for made, kinds in plans if "sale" in kinds}
    for one in wanted:
        if one not in sold and one not in coming:
            raise Settled("waiting", "refund_before_sale", waits_for=one, transaction=one[:120])
    pairs: set[tuple[int, int]] = set()
    goods: set[int] = set()
    for made, kinds in plans:
        if "sale" in kinds:
            pairs |= stock_pairs_of(made)
            goods |= {row.item.id for row in made.rows if row.kind == "stock" and row.item}
    for made, kinds in plans:
        if "refund" in kinds:
            pairs |= credit_pairs_of(work.db, made, sold.get(made.transaction.refund_of))
            if made.transaction.refund_of in coming:
                pairs |= {(made.warehouse_id, item) for item in goods}
    work.locks.take_stock(pairs)
    if sold:
        work.locks.take_sales(sold.values())
        if is_postgres(work.db):
            work.locks.take_purchases(pegged_orders(work.db, sold.values()))
    return sold


def _write(
    work: Work,
    made: Plan,
    kinds: Sequence[str],
    message_id: int,
    sold: dict[str, int],
    sales: list[int],
    taken_back: list[int],
) -> None:
    """Write a transaction's sale, refund or both (an exchange), and what they became."""
    given = made.transaction
    if kinds == ("sale", "refund") and (even := settle_exchange(made)):
        made.payments.append(Money(even, "exchange", None, made.placed_at))
        made.refunds.append(Money(even, "exchange", None, made.placed_at))
    sale_id: int | None = None
    rows = []
    if "sale" in kinds:
        sale_id, _ = write_sale(work, made)
        sold[given.transaction_id] = sale_id
        sales.append(sale_id)
        rows.append(_order(made, message_id, "sale", sale_id, None))
    if "refund" in kinds:
        of = sold[given.refund_of] if given.refund_of else None
        credit_id, _ = write_refund(work, made, of, sale_id if of != sale_id else None)
        taken_back.append(credit_id)
        rows.append(_order(made, message_id, "refund", None, credit_id))
    insert_many(work.db, pos_order, rows)


def _order(
    made: Plan, message_id: int, kind: str, sale_id: int | None, credit_id: int | None
) -> dict[str, Any]:
    given = made.transaction
    return {
        "message_id": message_id, "channel_id": made.shop.id,
        "transaction_id": given.transaction_id, "kind": kind, "sale_id": sale_id,
        "credit_id": credit_id, "till": clean(given.till, 60),
        "cashier": clean(given.cashier, 120), "receipt": clean(given.receipt, 120),
        "rung_at": given.rung_at, "time": made.time,
    }  # fmt: skip


_WAKE = (
    update(pos_message)
    .where(
        text("state = 'waiting'"),
        pos_message.c.channel_code == bindparam("channel"),
        pos_message.c.waits_for.in_(bindparam("ids", expanding=True)),
    )
    .values(
        state="new", waits_for=None, reason="", params=None, settled_at=None,
        journal_id=bindparam("journal"),
    )
    .returning(pos_message.c.id)
)  # fmt: skip


def _wake(work: Work, shop: Shop, transaction_ids: Sequence[str]) -> None:
    """Refunds that waited for these sales are new again; as the oldest they come next."""
    asked = {"channel": shop.code, "ids": sorted(transaction_ids), "journal": work.journal_id}
    woken = list(work.db.execute(_WAKE, asked).scalars())
    if woken:
        work.touched(Topic.MESSAGES, woken)


# --- all messages -------------------------------------------------------------------------------


@dataclass(slots=True)
class Applied:
    """What a run of ``apply_pending`` did. ``states``: messages by the state they got."""

    states: Counter[str] = field(default_factory=Counter)
    changes: Changes = field(default_factory=lambda: Changes(""))
    busy: bool = False
    """Another workstation is applying; nothing was done here."""

    @property
    def messages(self) -> int:
        """How many were settled one way or the other."""
        return self.states.total()


def apply_pending(
    backend: Backend, most: int | None = None, *, stop: Callable[[], bool] = lambda: False
) -> Applied:
    """Apply new messages, oldest first, until none is left, ``most`` are done or ``stop`` says so.

    Raises Unavailable where the database is away: call again later, nothing is lost or doubled.
    """
    made = Applied(changes=Changes(backend.actor.workstation))
    with _alone(backend.store) as alone:
        if not alone:
            made.busy = True
            return made
        intake: Backend | None = None
        while most is None or made.messages < most:
            waiting = backend.read(_new_messages, _READ_AHEAD)
            if waiting and intake is None:
                intake = as_intake(backend)
            before = made.messages
            for message_id in waiting:
                if stop() or (most is not None and made.messages >= most):
                    return made
                assert intake is not None
                woken = apply_one(intake, message_id, made)
                if woken:
                    break
            if made.messages == before:
                break
    return made


def apply_one(intake: Backend, message_id: int, made: Applied) -> bool:
    """Apply or settle one message; whether an order came that refunds may have waited for."""
    try:
        done = intake.run(apply(message_id), once=str(uuid4()))
    except Settled as error:
        _settle(intake, message_id, made, error.state, error.code, error.params, error.waits_for)
        return False
    except NotAnOrder as error:
        _settle(intake, message_id, made, "refused", error.code, error.params)
        return False
    except CannotRead as error:
        _settle(intake, message_id, made, "parked", error.code, error.params)
        return False
    except (Rejected, Conflict) as error:
        items = list(error.items) if isinstance(error, Rejected) else []
        params = {**error.params, **({"items": items} if items else {})}
        _settle(intake, message_id, made, "parked", error.code, params)
        return False
    except (Unavailable, NotAllowed, Stopped):
        raise
    except Exception as error:
        # A fault of ours must not hold up the shop: this message waits, the others go on.
        _log.exception("message %s", message_id)
        what = {"what": type(error).__name__}
        _settle(intake, message_id, made, "parked", "intake_failed", what)
        return False
    made.states[done.result["state"]] += 1
    _merge(made.changes, done.changes)
    woken = done.changes.topics.get(Topic.MESSAGES)
    return woken is None or len(woken) > 1


def _settle(
    intake: Backend,
    message_id: int,
    made: Applied,
    state: str,
    reason: str,
    params: Mapping[str, Any],
    waits_for: str | None = None,
) -> None:
    done = intake.run(settle(message_id, state, reason, params, waits_for), once=str(uuid4()))
    made.states[done.result["state"]] += 1
    _merge(made.changes, done.changes)


def _merge(into: Changes, more: Changes) -> None:
    for topic, ids in more.topics.items():
        if ids is None:
            into.topics[topic] = None
        else:
            into.touch(topic, ids)


def as_intake(backend: Backend) -> Backend:
    """The same store and workstation, acting as *Shop intake*; makes that person when needed."""
    row = backend.read(_intake_person)
    if row is None:
        backend.run(prepare(), once=str(uuid4()))
        row = backend.read(_intake_person)
    actor = Actor(row.id, row.login, row.name, Role(row.role), backend.actor.workstation)
    return Backend(backend.store, actor)


def _intake_person(db: Connection) -> Any:
    return db.execute(_PERSON).one_or_none()


def pending(db: Connection) -> int:
    """How many messages wait to be applied."""
    return len(_new_messages(db, 10_000))


_NEW = (
    select(pos_message.c.id)
    .where(text("state = 'new'"))  # a literal, so that the index of these alone is used
    .order_by(pos_message.c.id)
    .limit(bindparam("most"))
)


def _new_messages(db: Connection, most: int) -> list[int]:
    return list(db.execute(_NEW, {"most": most}).scalars())


@contextmanager
def _alone(store: Store) -> Iterator[bool]:
    """On a server one workstation applies at a time; a dead one's lock ends with its connection."""
    if not store.is_postgres:
        yield True
        return
    with store.writes.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        given = {"key": _APPLY_LOCK}
        if not db.execute(text("SELECT pg_try_advisory_lock(:key)"), given).scalar_one():
            yield False
            return
        try:
            yield True
        finally:
            db.execute(text("SELECT pg_advisory_unlock(:key)"), given)


__all__ = ["Applied", "Settled", "apply", "apply_pending", "as_intake", "pending", "settle"]
