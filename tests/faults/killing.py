"""Kills a workstation at random moments, starts it again on the same database, and checks (T1)."""

import os
import random
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from tests.faults import books
from tests.faults.gauge import Gauge, Phase
from tests.helpers.sources import ROOT

AIMS = {Phase.INSIDE: 0.55, Phase.COMMITTING: 0.15, Phase.COMMITTED: 0.15, Phase.IDLE: 0.15}
"""What a kill waits for, and how often; IDLE waits for nothing."""
START_WITHIN_S = 60.0
BRIEF_PHASE_WITHIN_S = 3.0
GONE_WITHIN_S = 20.0
LIFE_S_MAX = 0.3
"""How long a worker works in peace, at most; a long run gives it longer."""


@dataclass(slots=True)
class Report:
    """What a run of kills or stops met."""

    engine: str
    seed: int
    what: str = "kills"
    faults: int = 0
    phases: Counter[str] = field(default_factory=Counter)
    """Where the worker was when it died."""
    kinds: Counter[str] = field(default_factory=Counter)
    how: Counter[str] = field(default_factory=Counter)
    """See `Log.how`."""
    slowest_check_s: float = 0.0

    @property
    def inside(self) -> int:
        return self.phases[Phase.INSIDE.name]

    def __str__(self) -> str:
        kinds = ", ".join(f"{number} in {kind or 'choosing'}" for kind, number in self.kinds.most_common())
        return (
            f"{self.engine}: {self.faults} {self.what} (seed {self.seed}), {self.inside} between begin and commit,"
            f" {self.phases['COMMITTING']} while committing, {self.phases['COMMITTED']} before the answer was"
            f" kept, {self.phases['IDLE']} elsewhere; {kinds}. {sum(self.how.values())} commands, none lost,"
            f" none twice; {self.how['settled'] + self.how['settled-again']} were sent again after a restart"
            f" and {self.how['settled-again']} of them had been done, {self.how['sent-again']} by the program"
            f" itself. Longest restart with checks {self.slowest_check_s:.1f} s."
        )


class Workstation:
    """The program `tests.faults.worker`: one life after the other on the same database."""

    def __init__(self, address: str, folder: Path, draft: int) -> None:
        self._said = (folder / "stderr").open("w+")
        words = [sys.executable, "-m", "tests.faults.worker", address]
        words += [str(folder / "intents"), str(folder / "gauge"), str(draft)]
        self._process = subprocess.Popen(
            words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said, bufsize=0
        )
        self._life = 0

    def start(self, seed: int) -> None:
        into = self._process.stdin
        assert into is not None
        into.write(f"{seed}\n".encode())
        answer = self._line()
        assert answer.isdigit(), f"{answer} {self._errors()}"
        self._life = int(answer)

    def check_alive(self) -> None:
        out = self._process.stdout
        if out is not None and select.select([out], [], [], 0)[0]:
            raise AssertionError(f"the program stopped by itself, {self._line()}:\n{self._errors()}")

    def where(self) -> str:
        """What it is doing, for a failure: each of its threads, line by line."""
        os.kill(self._life, signal.SIGUSR1)
        time.sleep(0.5)
        return f"it does not go on:\n{self._errors()}"

    def kill(self) -> None:
        self.check_alive()
        os.kill(self._life, signal.SIGKILL)
        answer = self._line()
        assert answer == f"died {-signal.SIGKILL}", f"{answer} {self._errors()}"
        self._life = 0

    def _line(self) -> str:
        out = self._process.stdout
        assert out is not None
        return out.readline().decode().strip()

    def _errors(self) -> str:
        return Path(self._said.name).read_text()

    def __enter__(self) -> "Workstation":
        return self

    def __exit__(self, *_error: object) -> None:
        if self._life:
            with suppress(ProcessLookupError):
                os.kill(self._life, signal.SIGKILL)
        for pipe in (self._process.stdin, self._process.stdout, self._said):
            if pipe is not None:
                pipe.close()
        self._process.wait(START_WITHIN_S)


def spin(
    gauge: Gauge, worker: Workstation, until: Phase, *, busy: bool = True, within_s: float = START_WITHIN_S
) -> bool:
    """Wait for a phase; whether it was seen in time. Looks now and then that the worker is alive."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        for _ in range(2000):
            if gauge.phase is until:
                return True
            if not busy:
                time.sleep(0.001)
        worker.check_alive()
    return False


def wait_for_a_moment(
    rng: random.Random, gauge: Gauge, worker: Workstation, aim: Phase, life_s_max: float
) -> None:
    """Return at a random moment: anywhere in the worker's life, or in the phase aimed at."""
    if aim is not Phase.IDLE or rng.random() < 0.7:
        # Else it may die while it opens the database.
        assert spin(gauge, worker, Phase.INSIDE, busy=False), worker.where()
    time.sleep(rng.uniform(0, life_s_max))
    if aim is Phase.IDLE:
        return
    while True:
        assert spin(gauge, worker, Phase.IDLE), worker.where()
        if not spin(gauge, worker, aim, within_s=BRIEF_PHASE_WITHIN_S):
            # A commit is over in less than a millisecond: on a busy machine it may not be seen.
            assert spin(gauge, worker, Phase.INSIDE), worker.where()
        # Mostly buying and receiving, whatever their share of all commands is.
        if gauge.kind in {"batch", "receive"} or rng.random() < 0.2:
            break
    if aim is Phase.INSIDE:
        until = time.perf_counter() + rng.choice((0.002, 0.01, 0.03)) * rng.random()
        while time.perf_counter() < until and gauge.phase is Phase.INSIDE:
            pass


def kills(
    engine: str, address: str, folder: Path, number: int, seed: int, life_s_max: float = LIFE_S_MAX
) -> Report:
    """Kill so many times; `folder` keeps what the workstation keeps. Raises AssertionError."""
    rng = random.Random(seed)
    report = Report(engine, seed)
    draft = books.lay(address, number)
    with Gauge(folder / "gauge", new=True) as gauge, Workstation(address, folder, draft) as worker:
        try:
            for _ in range(number):
                gauge.clear()
                worker.start(rng.getrandbits(32))
                wait_for_a_moment(rng, gauge, worker, aim_for(report, rng), life_s_max)
                worker.kill()
                report.faults += 1
                report.phases[gauge.phase.name] += 1
                report.kinds[gauge.kind] += 1
                check(report, address, folder, draft, rng)
        except AssertionError as error:
            error.add_note(f"{engine}, seed {seed}, kill {report.faults}")
            raise
    return report


def aim_for(report: Report, rng: random.Random) -> Phase:
    """By chance, as long as more than half were between begin and commit."""
    if report.inside * 10 < report.faults * 6:
        return Phase.INSIDE
    return rng.choices(list(AIMS), list(AIMS.values()))[0]


def check(report: Report, address: str, folder: Path, draft: int, rng: random.Random) -> None:
    """Restart and check; on a server sometimes before it has noticed that the client is gone."""
    if address.startswith("postgresql") and rng.random() < 0.7:
        wait_until_gone(address)
    began = time.perf_counter()
    log = books.restart_and_check(address, folder / "intents", draft)
    report.slowest_check_s = max(report.slowest_check_s, time.perf_counter() - began)
    report.how = log.how


def wait_until_gone(address: str) -> None:
    """The server ends what a killed client had open, when it next listens to it."""
    url: Any = make_url(address).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as db:
        deadline = time.monotonic() + GONE_WITHIN_S
        while db.execute(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        ).fetchone():
            assert time.monotonic() < deadline, "the server keeps the connections of a dead client"
            time.sleep(0.005)
