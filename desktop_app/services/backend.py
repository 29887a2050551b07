"""The one door: everything about transactions is on this page (architecture section 5).

``read`` gives a query one consistent snapshot. ``run`` runs one command as one transaction with
one journal row, which is the idempotency key, the audit trail and the undo list.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from functools import partial
from importlib import import_module
from threading import Event
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from sqlalchemy import Connection, bindparam, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from desktop_app import __version__

from .access import Actor, Permission, Role
from .changes import Changes, Topic
from .errors import Conflict, NotAllowed, Rejected, ServiceError, Unavailable
from .patience import Patience, lost
from .progress import Progress
from .store import feed
from .store.bulk import is_postgres
from .store.engine import Store
from .store.kinds import dump_json
from .store.locks import Locks
from .store.tables import journal, note, person

P = ParamSpec("P")
R = TypeVar("R")

TRIES_MAX = 8
TRY_SECONDS_MAX = 10.0

RETRY_STATES = {"40001", "40P01", "55P03"}
"""PostgreSQL: serialisation, deadlock, lock time-out. A server that is away: `patience.lost`."""


class Again(Exception):
    """Under its locks a command found that it needs others: roll back and start again.

    The locks have one order (reliability 3.5), so a forgotten one cannot be taken late.
    """


@dataclass(slots=True)
class Work:
    """One transaction: the connection, who is asking, what it locked and what it touched."""

    db: Connection
    actor: Actor
    journal_id: str
    at: datetime
    progress: Progress
    locks: Locks
    changes: Changes
    undo: Any = None

    def touched(self, topic: Topic, ids: Any) -> None:
        """Say which records this command changed; the screens refresh by it."""
        self.changes.touch(topic, ids)

    def can_undo(self, data: Mapping[str, Any] | None = None) -> None:
        """Store what the command's inverse needs beside the ledgers; makes it undoable."""
        self.undo = dict(data or {})


@dataclass(frozen=True, slots=True)
class Undone:
    """The journal row that an undo takes back, as its body receives it."""

    journal_id: str
    command: str
    person_id: int
    at: datetime
    data: dict[str, Any]
    result: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Done(Generic[R]):
    """A command that was committed. ``repeated``: it had been done before, this is its answer."""

    result: R
    changes: Changes
    journal_id: str
    repeated: bool = False
    can_undo: bool = False


@dataclass(frozen=True, slots=True)
class Call(Generic[R]):
    """A command with its arguments, not run yet."""

    name: str
    needs: Permission
    body: Callable[[Work], R]
    request: Any
    undoes: str | None = None


class Command(Generic[P, R]):
    """A named change with the permission it needs. Calling it makes a ``Call`` for ``run``."""

    def __init__(
        self, name: str, needs: Permission, body: Callable[Concatenate[Work, P], R]
    ) -> None:
        self.name = name
        self.needs = needs
        self.body = body
        self.inverse: Callable[[Work, Undone], dict[str, Any]] | None = None
        self.__doc__ = body.__doc__

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Call[R]:
        request = {"args": plain(args), **({"named": plain(kwargs)} if kwargs else {})}
        return Call(self.name, self.needs, partial(_apply, self.body, args, kwargs), request)

    def undone_by(
        self, body: Callable[[Work, Undone], dict[str, Any]]
    ) -> Callable[[Work, Undone], dict[str, Any]]:
        """Name the inverse. It has its own checks and refuses, naming what is in the way."""
        self.inverse = body
        return body


def _apply(body: Callable[..., R], args: Any, kwargs: Any, work: Work) -> R:
    return body(work, *args, **kwargs)


COMMANDS: dict[str, Command[Any, Any]] = {}
"""Every command of the program by name, filled as the service modules are imported."""


def command(
    name: str, needs: Permission
) -> Callable[[Callable[Concatenate[Work, P], R]], Command[P, R]]:
    """Declare a service function as a command; its result is a JSON-able dict."""

    def made(body: Callable[Concatenate[Work, P], R]) -> Command[P, R]:
        if name in COMMANDS:
            raise RuntimeError(f"two commands named {name!r}")
        COMMANDS[name] = Command(name, needs, body)
        return COMMANDS[name]

    return made


class Backend:
    """An open store and the person at this workstation."""

    def __init__(self, store: Store, actor: Actor) -> None:
        self.store = store
        self.actor = actor
        self._ending = Event()

    @classmethod
    def sign_in(cls, store: Store, login: str, workstation: str = "this computer") -> Backend:
        """Act as the person with this login; raises Rejected("unknown_person")."""
        with store.reading() as db:
            found = db.execute(select(person).where(person.c.login == login)).one_or_none()
        if found is None or not found.active:
            raise Rejected("unknown_person", login=login)
        return cls(store, Actor(found.id, found.login, found.name, Role(found.role), workstation))

    def read(
        self, query: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run a query in one read-only snapshot.

        A server that is away is waited for (`patience`); then Unavailable is raised.
        """
        patience = Patience(self._ending)
        while True:
            try:
                with self.store.reading() as db:
                    return query(db, *args, **kwargs)
            except (DBAPIError, PoolTimeout) as error:
                if self._is_away(error) and patience.wait():
                    continue
                if self._is_away(error) or isinstance(error, OperationalError | PoolTimeout):
                    reason = _reason(error)
                    raise Unavailable("database_unavailable", reason=reason) from error
                raise

    def run(self, call: Call[R], *, once: str, progress: Progress | None = None) -> Done[R]:
        """Run a command once, however often it is sent with the same ``once`` (a UUID).

        Raises the families of ``errors``; nothing is written unless it returns.
        """
        if not self.actor.may(call.needs):
            raise NotAllowed("not_allowed", command=call.name, needs=call.needs.value)
        progress = progress or Progress()
        patience = Patience(self._ending)
        started = time.monotonic()
        attempt = 0
        while True:
            attempt += 1
            progress.restart()
            try:
                return self._attempt(call, once, progress)
            except PoolTimeout as error:
                raise Unavailable("database_unavailable", reason="busy") from error
            except Again as error:
                if attempt == TRIES_MAX:
                    raise Unavailable("database_unavailable", reason="busy") from error
            except DBAPIError as error:
                if self._is_away(error):
                    # The outcome is unknown; the same id finds out (F11).
                    if patience.wait(progress):
                        attempt, started = 0, time.monotonic()
                        continue
                    raise Unavailable("database_unavailable", reason="away") from error
                late = attempt == TRIES_MAX or time.monotonic() - started > TRY_SECONDS_MAX
                if late or not may_retry(error):
                    if isinstance(error, OperationalError):
                        reason = _reason(error)
                        if not self.store.is_postgres and reason != "busy":
                            # A file that failed is not written on through its connection (F21).
                            self.store.writes.dispose()
                        raise Unavailable("database_unavailable", reason=reason) from error
                    raise
                time.sleep(random.uniform(0.2, 1) * 0.05 * attempt)

    def give_up(self) -> None:
        """Wait for a server no longer: the program ends. Each try under way is the last."""
        self._ending.set()

    def _is_away(self, error: Exception) -> bool:
        return self.store.is_postgres and lost(error)

    def undo(
        self, journal_id: str, *, once: str, progress: Progress | None = None
    ) -> Done[dict[str, Any]]:
        """Take a command back by its inverse (architecture section 5).

        Raises Rejected("cannot_undo" | "already_undone" | what the inverse finds in the way) and
        NotAllowed for another person's command below manager (R11.1).
        """
        # What undoes a command may live in a module that nobody has needed yet.
        import_module(".every_command", __package__)
        row = self.read(_journal_row, journal_id)
        known = COMMANDS.get(row.command) if row is not None else None
        if row is None or known is None or known.inverse is None or row.undo is None:
            raise Rejected("cannot_undo")
        others = row.person_id != self.actor.person_id
        if others and not self.actor.may(Permission.UNDO_OTHERS):
            raise NotAllowed("not_yours_to_undo", command=row.command)
        original = Undone(row.id, row.command, row.person_id, row.at, row.undo, row.result)
        body = partial(_undo, known.inverse, original)
        call = Call(f"Undo {row.command}", known.needs, body, {"journal": row.id}, row.id)
        return self.run(call, once=once, progress=progress)

    def feed(self) -> feed.Feed:
        """What other workstations commit, from now on."""
        return feed.open_feed(self.store, self.actor.workstation)

    def close(self) -> None:
        """Close the store."""
        self.give_up()
        self.store.close()

    def _attempt(self, call: Call[R], once: str, progress: Progress) -> Done[R]:
        digest = hashlib.sha256(dump_json([call.name, call.request]).encode()).hexdigest()
        with self.store.writes.connect() as db, db.begin():
            seen = _journal_row(db, once)
            if seen is None:
                at = _claim(db, call, once, digest, self.actor)
                # A twin that waited on the unique key and lost comes back through a retry.
            else:
                if seen.digest != digest:
                    raise Rejected("id_reused")
                none = Changes(self.actor.workstation)
                return Done(seen.result, none, once, repeated=True, can_undo=seen.undo is not None)
            work = Work(
                db, self.actor, once, at, progress, Locks(db), Changes(self.actor.workstation)
            )
            result = call.body(work)
            progress.no_return()
            db.execute(_RESULT, {"key": once, "new_result": result, "new_undo": work.undo})
            feed.send(db, work.changes, at)
        return Done(result, work.changes, once, can_undo=work.undo is not None)


def _journal_row(db: Connection, journal_id: str) -> Any:
    return db.execute(_JOURNAL_ROW, {"key": journal_id}).one_or_none()


# Built once: every command runs them.
_JOURNAL_ROW = select(journal).where(journal.c.id == bindparam("key"))
_LAST_JOURNAL_ROW = select(journal.c.seq, journal.c.at).order_by(journal.c.seq.desc()).limit(1)
_RESULT = (
    update(journal)
    .where(journal.c.id == bindparam("key"))
    .values(result=bindparam("new_result"), undo=bindparam("new_undo"))
)


def _claim(db: Connection, call: Call[Any], once: str, digest: str, actor: Actor) -> datetime:
    """Insert the journal row first: a twin sent at the same time waits and finds the answer."""
    if call.undoes is not None:
        other = select(journal.c.id).where(journal.c.undoes == call.undoes)
        if db.execute(other).first() is not None:
            raise Rejected("already_undone", command=call.name.removeprefix("Undo "))
    if is_postgres(db):
        seq: Any = func.nextval("journal_seq")
        clock: datetime = db.execute(text("SELECT clock_timestamp()")).scalar_one()
        at = clock.astimezone(UTC)
    else:
        last = db.execute(_LAST_JOURNAL_ROW).first()
        seq = 1 if last is None else last.seq + 1
        # Never below the last command's time, whatever the clock says (F15).
        at = now() if last is None else max(now(), last.at)
    db.execute(
        insert(journal).values(
            id=once,
            seq=seq,
            command=call.name,
            digest=digest,
            person_id=actor.person_id,
            workstation=actor.workstation,
            app_version=__version__,
            at=at,
            request=call.request if len(dump_json(call.request)) <= REQUEST_KEPT_MAX else None,
            undoes=call.undoes,
        )
    )
    return at


TWIN_SIGNS = ("pk_journal", "journal.id", "uq_journal_undoes", "journal.undoes")
"""How the engines name the unique keys that a twin of a command runs into."""

REQUEST_KEPT_MAX = 200_000
"""Longer requests are known by their digest only."""


def _undo(
    inverse: Callable[[Work, Undone], dict[str, Any]], original: Undone, work: Work
) -> dict[str, Any]:
    result = inverse(work, original)
    work.db.execute(
        update(note)
        .where(note.c.journal_id == original.journal_id, note.c.struck_by.is_(None))
        .values(struck_by=work.journal_id)
    )
    return result


def may_retry(error: DBAPIError) -> bool:
    """Return whether the same attempt may succeed a moment later (reliability 3.6)."""
    if error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", None)
    message = str(error.orig)
    if isinstance(error, IntegrityError):
        # The twin of this command won the race for the id; the next attempt reads its answer.
        return any(sign in message for sign in TWIN_SIGNS)
    if state is not None:
        return state in RETRY_STATES
    return "database is locked" in message or "database table is locked" in message


def _reason(error: Exception) -> str:
    message = str(getattr(error, "orig", None) or error)
    for sign, reason in (
        ("disk is full", "disk_full"), ("readonly", "read_only"), ("disk I/O", "disk_error"),
        ("malformed", "damaged"), ("locked", "busy"), ("lock timeout", "busy"),
        ("canceling statement", "too_slow"),
    ):  # fmt: skip
        if sign in message:
            return reason
    return "away"


def now() -> datetime:
    """Return the time in UTC."""
    return datetime.now(UTC)


def plain(value: Any) -> Any:
    """Return arguments as JSON values, for the journal and its digest.

    A large value says with ``as_request`` what the journal keeps of it.
    """
    if hasattr(value, "as_request"):
        return plain(value.as_request())
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(plain(item) for item in value)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


__all__ = [
    "COMMANDS",
    "Again",
    "Backend",
    "Call",
    "Command",
    "Conflict",
    "Done",
    "ServiceError",
    "Undone",
    "Work",
    "command",
    "may_retry",
    "now",
    "plain",
]
