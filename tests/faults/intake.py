"""Ten tills and a program that dies: `python -m tests.faults.intake 100000 [sqlite] [postgres]`.

First the messages are taken in and applied in peace, then, on another database, by a program that
is killed at random moments and started again. Both must end in the same state: `tests.faults.tills`
says what it must be. `--kills 0` leaves the second part out.
"""

import argparse
import os
import pickle
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from desktop_app.services.backend import Backend
from desktop_app.services.opening import open_store
from desktop_app.services.pos_intake import apply_pending
from desktop_app.services.pos_messages import take_in
from tests.faults.tills import Day, a_day, assert_right, lay
from tests.helpers import postgres
from tests.helpers.builders import once
from tests.helpers.databases import ENGINES, clone
from tests.helpers.sources import ROOT

TAKEN_AT_ONCE = 500
LIFE_S_MAX = 4.0
ENDED_WITHIN_S = 60.0


@dataclass(slots=True)
class Report:
    """What a run met."""

    engine: str
    seed: int
    messages: int
    peaceful_s: float = 0.0
    kills: int = 0
    same: bool = True

    def __str__(self) -> str:
        speed = self.messages / self.peaceful_s
        died = f"; killed {self.kills} times, the same end" if self.kills else ""
        return (
            f"{self.engine}: {self.messages} messages (seed {self.seed}), {speed:.0f} a second"
            f" ({1000 / speed:.1f} ms each), none lost, doubled or half-made{died}."
        )


def work(address: str, day: Day, cursor: Path) -> None:
    """Take in and apply until nothing is left; what was confirmed is noted in ``cursor``."""
    store = open_store(address)
    backend = Backend.sign_in(store, "mary", "packing desk")
    start = int(cursor.read_text() or "0") if cursor.exists() else 0
    # What was kept before a kill may not have been applied.
    _apply(backend)
    for first in range(start, len(day.raws), TAKEN_AT_ONCE):
        backend.run(take_in(day.raws[first : first + TAKEN_AT_ONCE]), once=once())
        _apply(backend)
        written = cursor.with_suffix(".new")
        written.write_text(str(first + TAKEN_AT_ONCE))
        written.replace(cursor)
    store.close()


def _apply(backend: Backend) -> None:
    """Until nothing is left; a server may take a moment to see that the one before is dead."""
    while apply_pending(backend).busy:
        time.sleep(0.02)


class Program:
    """The intake as a program of its own, forked anew for each life (see `tests.faults.worker`)."""

    def __init__(self, address: str, day: Path, cursor: Path) -> None:
        words = [
            sys.executable,
            "-m",
            "tests.faults.intake",
            "--live",
            address,
            str(day),
            str(cursor),
        ]
        self._server = subprocess.Popen(
            words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def live(self, seconds: float | None) -> bool:
        """Live so long, then be killed; None: to the end. Whether it ended by itself."""
        into, out = self._server.stdin, self._server.stdout
        assert into is not None
        assert out is not None
        into.write("live\n")
        life = int(out.readline())
        if seconds is not None:
            time.sleep(seconds)
            with suppress(ProcessLookupError):
                os.kill(life, signal.SIGKILL)
        status = int(out.readline())
        assert status in (0, -signal.SIGKILL), f"the intake stopped by itself: {status}"
        return status == 0

    def __enter__(self) -> "Program":
        return self

    def __exit__(self, *_error: object) -> None:
        for pipe in (self._server.stdin, self._server.stdout):
            if pipe is not None:
                pipe.close()
        self._server.wait(ENDED_WITHIN_S)


def serve(address: str, day: Path, cursor: Path) -> None:
    """Each line begins a life; the answers are its process id and how it ended."""
    messages = pickle.loads(day.read_bytes())
    for _ in sys.stdin:
        life = os.fork()
        if not life:
            code = 1
            try:
                work(address, messages, cursor)
                code = 0
            finally:
                os._exit(code)
        print(life, flush=True)
        _, status = os.waitpid(life, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def trial(
    engine: str, folder: Path, number: int, kills: int, seed: int, life_s: float = LIFE_S_MAX
) -> Report:
    """Run once in peace and once with kills; raises AssertionError where the books are wrong."""
    day = a_day(number, seed)
    report = Report(engine, seed, len(day.raws))
    ended = []
    try:
        for killed in (False, True)[: 1 + bool(kills)]:
            made = clone(engine)
            try:
                lay(made.address)
                if killed:
                    _killed(made.address, folder, day, kills, report, life_s)
                else:
                    began = time.perf_counter()
                    work(made.address, day, folder / "peace")
                    report.peaceful_s = time.perf_counter() - began
                ended.append(assert_right(made.address, day))
            finally:
                made.remove()
        assert len(set(ended)) == 1, "the end is another one after kills"
    except AssertionError as error:
        error.add_note(f"{engine}, seed {seed}, {report.kills} kills")
        raise
    return report


def _killed(
    address: str, folder: Path, day: Day, kills: int, report: Report, life_s: float
) -> None:
    rng = random.Random(report.seed)
    kept = folder / "day"
    kept.write_bytes(pickle.dumps(day))
    with Program(address, kept, folder / "cursor") as program:
        while report.kills < kills and not program.live(rng.uniform(0.05, life_s)):
            report.kills += 1
        assert program.live(None)


def main() -> int:
    if sys.argv[1:2] == ["--live"]:
        serve(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
        return 0
    given = argparse.ArgumentParser(prog="python -m tests.faults.intake", description=__doc__)
    given.add_argument("messages", type=int)
    given.add_argument("engines", nargs="*", metavar="ENGINE", help="sqlite, postgres")
    given.add_argument("--kills", type=int, default=30)
    given.add_argument("--seed", type=int, default=random.randrange(2**31))
    asked = given.parse_args()
    postgres.begin_run()
    try:
        for engine in asked.engines or ENGINES:
            with tempfile.TemporaryDirectory() as folder:
                life_s = max(asked.messages / 2_000, LIFE_S_MAX)
                print(
                    trial(engine, Path(folder), asked.messages, asked.kills, asked.seed, life_s),
                    flush=True,
                )
    finally:
        postgres.end_run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
