"""Stops the server hard while a workstation is at work, starts it again, and checks (T5, F11)."""

import os
import random
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg

from desktop_app.services.backend import Backend
from desktop_app.services.opening import open_store
from desktop_app.services.store import engine
from tests.faults import books
from tests.faults.gauge import Gauge, Pause, Phase
from tests.faults.intents import Log
from tests.faults.killing import LIFE_S_MAX, Report, Workstation, aim_for, spin, wait_for_a_moment
from tests.helpers import foundation, postgres
from tests.helpers.postgres import Server

BACK_WITHIN_S = 60.0


@contextmanager
def durable_server() -> Iterator[tuple[Server, str]]:
    """A server of its own that writes its log before it says "done", and a database on it."""
    folder = postgres.run_folder() / f"stopped-{uuid4().hex[:8]}"  # several may run at once
    server = postgres.start_server(folder, durable=True)
    try:
        with psycopg.connect(server.dsn(), autocommit=True) as db:
            db.execute("CREATE DATABASE shop")
        store = engine.create(server.url("shop"))
        foundation.lay(store)
        store.close()
        yield server, server.url("shop")
    finally:
        server.stop()
        shutil.rmtree(folder)


def stop_at_once(server: Server) -> None:
    """What `pg_ctl stop -m immediate` does, at this very moment: no transaction ends in order."""
    process = int((server.folder / "data" / "postmaster.pid").read_text().split()[0])
    os.kill(process, signal.SIGQUIT)
    deadline = time.monotonic() + BACK_WITHIN_S
    while (server.folder / "data" / "postmaster.pid").exists() and _runs(process):
        assert time.monotonic() < deadline, "the server does not stop"
        time.sleep(0.005)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def stops(server: Server, address: str, folder: Path, number: int, seed: int) -> Report:
    """Stop and start so many times under one workstation, which never asks a person."""
    rng = random.Random(seed)
    report = Report("postgres", seed, "stops of the server")
    draft = books.lay(address, number)
    with Gauge(folder / "gauge", new=True) as gauge, Workstation(address, folder, draft) as worker:
        worker.start(rng.getrandbits(32))
        try:
            for _ in range(number):
                wait_for_a_moment(rng, gauge, worker, aim_for(report, rng), LIFE_S_MAX)
                phase, kind = gauge.phase, gauge.kind
                stop_at_once(server)
                report.faults += 1
                report.phases[phase.name] += 1
                report.kinds[kind] += 1
                time.sleep(rng.uniform(0, 0.3))
                server.start_again()
                _check(report, address, folder, draft, gauge, worker)
        except AssertionError as error:
            error.add_note(f"server, seed {seed}, stop {report.faults}")
            raise
    return report


def _check(
    report: Report, address: str, folder: Path, draft: int, gauge: Gauge, worker: Workstation
) -> None:
    """The workstation goes on by itself; between two of its commands the books are right."""
    began = time.perf_counter()
    gauge.pause = Pause.ASKED
    deadline = time.monotonic() + BACK_WITHIN_S
    while gauge.pause is not Pause.PAUSED:
        worker.check_alive()
        assert time.monotonic() < deadline, worker.where()
        time.sleep(0.005)
    report.slowest_check_s = max(report.slowest_check_s, time.perf_counter() - began)
    store = open_store(address)
    try:
        log = Log.read(folder / "intents")
        assert not log.unfinished()
        books.assert_right(Backend.sign_in(store, "mary"), log, draft)
    finally:
        store.close()
    report.how = log.how
    gauge.pause = Pause.NO
    assert spin(gauge, worker, Phase.INSIDE, busy=False), worker.where()
