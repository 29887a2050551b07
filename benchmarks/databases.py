"""The large company on both engines, made once and kept in a folder between runs."""

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from desktop_app.services import large_sample
from desktop_app.services.backend import Backend
from desktop_app.services.lists import today
from desktop_app.services.store import engine
from tests.helpers import postgres

SETTINGS = {
    "shared_buffers": "1GB",
    "work_mem": "64MB",
    "max_wal_size": "4GB",
    "random_page_cost": "1.1",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "autovacuum": "off",
}
"""Those of performance.md section 1; no autovacuum, so that it cannot fall into a measurement."""


def arguments(what: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument("--sales", type=int, default=large_sample.SALES)
    parser.add_argument("--engine", choices=["sqlite", "postgres", "both"], default="both")
    parser.add_argument(
        "--folder", type=Path, default=Path(tempfile.gettempdir()) / "backroom-benchmarks",
        help="where the databases are kept between runs",
    )  # fmt: skip
    parser.add_argument("--times", type=int, default=20)
    return parser


def engines(asked: str) -> list[str]:
    return ["sqlite", "postgres"] if asked == "both" else [asked]


@contextmanager
def server(folder: Path) -> Iterator[postgres.Server]:
    """A durable server in `folder`, started and stopped here."""
    place = folder / "pg"
    if (place / "data").exists():
        running = postgres.Server(place, "backroom")
        if not (place / "data" / "postmaster.pid").exists():
            running.start_again()
    else:
        running = postgres.start_server(place, durable=True)
        with (place / "data" / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in SETTINGS.items())
        running.stop(at_once=False)
        running.start_again()
    try:
        yield running
    finally:
        running.stop(at_once=False)


def postmaster(folder: Path) -> int:
    """The process id of the running server."""
    return int((folder / "pg" / "data" / "postmaster.pid").read_text().split()[0])


@contextmanager
def large(kind: str, folder: Path, sales: int) -> Iterator[Backend]:
    """The large company of so many sales, made on first use; its days are those of `today`."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"large_{sales}_{today():%Y%m%d}"
    if kind == "sqlite":
        path = folder / f"{name}.db"
        if not path.exists():
            made = folder / "being-made.db"
            for old in folder.glob("being-made.db*"):
                old.unlink()
            store = engine.create(str(made))
            large_sample.build(store, sales=sales)
            store.close()
            made.rename(path)
        yield from _opened(str(path))
        return
    with server(folder) as running:
        with psycopg.connect(running.dsn(), autocommit=True) as db:
            there = {row[0] for row in db.execute("SELECT datname FROM pg_database")}
            if name not in there:
                db.execute("DROP DATABASE IF EXISTS being_made")
                db.execute("CREATE DATABASE being_made")
                store = engine.create(running.url("being_made"))
                large_sample.build(store, sales=sales)
                store.close()
                db.execute(f'ALTER DATABASE being_made RENAME TO "{name}"'.encode())
        yield from _opened(running.url(name))


def _opened(address: str) -> Iterator[Backend]:
    store = engine.open_store(address)
    try:
        yield Backend.sign_in(store, "manager")
    finally:
        store.close()
