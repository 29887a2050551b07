"""``backroom intake``: take in shop messages from a terminal, and run their HTTP endpoint.

Exit code 0: done; 1: something waits for a person (parked, refused, not readable); 2: it could
not be tried.
"""

from __future__ import annotations

import argparse
import getpass
import signal
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from desktop_app.intake_secrets import Secret, Secrets, new_key
from desktop_app.models.formats import count
from desktop_app.services import opening, people, pos_folder
from desktop_app.services.backend import Backend
from desktop_app.services.errors import Rejected, ServiceError, Unavailable
from desktop_app.services.pos_folder import Intake, Round
from desktop_app.views.messages import sentence

ROUND_SECONDS = 2.0
EXTRA_MISSING = (
    "The HTTP endpoint needs packages that are not installed."
    " Install them with: pip install 'backroom[intake]'"
)


def main(args: Sequence[str]) -> int:
    """Run the command line ``args`` (without the program's name); returns the exit code."""
    given = _parser().parse_args(list(args))
    jobs = {"take": _take, "watch": _watch, "secret": _secret, "serve": _serve, "folder": _folder}
    try:
        done: int = jobs[given.job](given)
    except ServiceError as error:
        print(sentence(error), file=sys.stderr)
        return 2
    except OSError as error:
        path = error.filename or given.database
        reason = error.strerror or str(error)
        print(sentence(Rejected("intake_unwritable", path=path, reason=reason)), file=sys.stderr)
        return 2
    return done


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="backroom intake", description="Take in what shops and tills send."
    )
    parser.add_argument("--database", required=True, help="file or PostgreSQL address")
    jobs = parser.add_subparsers(dest="job", metavar="JOB", required=True)
    take = jobs.add_parser("take", help="take in message files now")
    take.add_argument("--channel", required=True, metavar="CODE", help="the shop they come from")
    take.add_argument("files", nargs="+", type=Path, metavar="FILE")
    watch = jobs.add_parser("watch", help="take in whatever comes, without a window, until Ctrl+C")
    watch.add_argument("--once", action="store_true", help="one round only")
    secret = jobs.add_parser("secret", help="make the secret that a channel's tills sign with")
    secret.add_argument("channel", metavar="CODE")
    secret.add_argument(
        "--given", action="store_true",
        help="ask for a secret instead of making one (Shopify and Square give theirs)",
    )  # fmt: skip
    secret.add_argument(
        "--square-url", default="", metavar="URL", help="the address that Square was told"
    )
    folder = jobs.add_parser("folder", help="make the folder of a channel and say where it is")
    folder.add_argument("channel", metavar="CODE")
    serve = jobs.add_parser("serve", help="answer tills over HTTP, until Ctrl+C")
    serve.add_argument("--host", default="127.0.0.1", help="default: only this computer")
    serve.add_argument("--port", type=int, default=8765, help="default 8765; 0: any free one")
    return parser


# --- files ----------------------------------------------------------------------------------------


def _take(given: argparse.Namespace) -> int:
    """Take files into the books; where a window holds them, into its spool."""
    code = pos_folder.usable_channel(given.channel)
    made = Round()
    raws = []
    for path in given.files:
        try:
            raws.append(pos_folder.read_file(path))
        except Rejected as error:
            made.problems.append(error)
    try:
        store = opening.open_store(given.database)
    except Rejected as error:
        if error.code != "in_use":
            raise
        _tell_problems(made)
        return _hand_over(given.database, code, raws) or bool(made.problems)
    try:
        intake = _intake(store, given.database)
        for start in range(0, len(raws), pos_folder.BATCH_MAX):
            batch = raws[start : start + pos_folder.BATCH_MAX]
            intake.keep([pos_folder.as_raw(code, raw, "command") for raw in batch], made)
        rest = intake.round()
    finally:
        store.close()
    rest.taken += made.taken
    rest.repeated += made.repeated
    rest.differs += made.differs
    rest.problems += made.problems
    return _tell(rest)


def _hand_over(address: str, code: str, raws: Sequence[bytes]) -> int:
    spool = pos_folder.Spool(pos_folder.intake_folder(address))
    puts = [spool.put(code, raw, "command") for raw in raws]
    new = sum(not put.repeated for put in puts)
    print(f"Backroom is open: {count(new, 'message')} handed over to it, {len(puts) - new} known.")
    return 0


def _intake(store: opening.Store, address: str) -> Intake:
    known = people.of(store)
    return Intake(Backend.sign_in(store, known[0].login), pos_folder.intake_folder(address))


STATE_WORDS = (
    ("applied", "became orders"),
    ("repeated", "had been taken in before"),
    ("waiting", "wait for their sale"),
    ("parked", "cannot be taken in as they are"),
    ("differs", "came before with other content"),
    ("refused", "are no orders"),
)


def _tell(made: Round) -> int:
    print(f"{count(made.taken + made.differs, 'new message')}, {made.repeated} known already.")
    states = made.states.copy()
    states["differs"] += made.differs
    for state, words in STATE_WORDS:
        if states[state]:
            print(f"{states[state]:,} {words}.")
    _tell_problems(made)
    return 1 if made.for_a_person or states["refused"] or made.problems else 0


def _tell_problems(made: Round) -> None:
    for error in made.problems:
        print(sentence(error), file=sys.stderr)


def _watch(given: argparse.Namespace) -> int:
    """Rounds until somebody ends it; a database that is away is tried again."""
    store = opening.open_store(given.database)
    stopping = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stopping.set())
    try:
        intake = _intake(store, given.database)
        print(f"Watching {intake.inbox.place}", flush=True)
        if given.once:
            # The first look learns what is there, the second sees that it rests.
            intake.inbox.ready()
            time.sleep(pos_folder.STABLE_S)
            return _tell(intake.round())
        while not stopping.is_set():
            _one_round(intake, stopping)
            stopping.wait(ROUND_SECONDS)
    finally:
        store.close()
    return 0


def _one_round(intake: Intake, stopping: threading.Event) -> None:
    try:
        made = intake.round(stop=stopping.is_set)
    except Unavailable as error:
        print(sentence(error), file=sys.stderr)
        return
    if made.taken or made.differs or made.states or made.problems:
        _tell(made)
        sys.stdout.flush()


# --- HTTP -----------------------------------------------------------------------------------------


def _secret(given: argparse.Namespace) -> int:
    """Make and print a secret once; it is not shown again."""
    code = pos_folder.usable_channel(given.channel)
    _check_channel(given.database, code)
    folder = pos_folder.intake_folder(given.database)
    secrets = Secrets(folder)
    key = new_key()
    if given.given:
        key = getpass.getpass("Secret: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
    secrets.keep(code, Secret(key, given.square_url))
    pos_folder.Inbox(folder).make(code)
    if not given.given:
        print(key)
    print(f"Kept for {code} in {secrets.path}. It is not shown again.", file=sys.stderr)
    return 0


def _check_channel(address: str, code: str) -> None:
    """Refuse a channel that the books do not know; where a window holds them, believe it."""
    try:
        store = opening.open_store(address)
    except Rejected as error:
        if error.code == "in_use":
            return
        raise
    try:
        with store.reading() as db:
            known = pos_folder.channel_codes(db)
    finally:
        store.close()
    if code not in known:
        raise Rejected("unknown_channel", given=code)


def _folder(given: argparse.Namespace) -> int:
    code = pos_folder.usable_channel(given.channel)
    _check_channel(given.database, code)
    print(pos_folder.Inbox(pos_folder.intake_folder(given.database)).make(code))
    return 0


def _serve(given: argparse.Namespace) -> int:
    try:
        server: Any = import_module("desktop_app.intake_server")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"fastapi", "starlette", "uvicorn"}:
            raise
        print(EXTRA_MISSING, file=sys.stderr)
        return 2
    folder = pos_folder.intake_folder(given.database)
    secrets = Secrets(folder)
    if not secrets.all():
        raise Rejected("no_secrets")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(KeyboardInterrupt):
        server.serve(folder, secrets, given.host, given.port)
    return 0
