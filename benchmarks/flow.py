"""Batch and receipt as ratios to the floor of plain SQL, in one run: python -m benchmarks.flow.

1,000 sales of 5 rows become purchase orders of 50 suppliers (W2), and all of it arrives and is
allocated (W3). Program and floor take turns (A B A B) on fresh copies of one database; a ratio is
that of each pair, and its median is given. CPU counts the server's too: it is what to read when
others share the machine. Both must leave the same books behind, and books that `doctor` passes.
"""

import gc
import os
import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from sqlalchemy import text

from benchmarks import floor
from benchmarks.databases import arguments, engines, postmaster, server
from benchmarks.figures import server_cpu
from desktop_app.services import doctor
from desktop_app.services.backend import Backend
from desktop_app.services.large_sample import gather_statistics
from desktop_app.services.purchasing import BatchOptions, BatchRequest, place_batch, preview
from desktop_app.services.receiving import outstanding_request, receive_all
from desktop_app.services.store import engine
from desktop_app.services.store.engine import Store
from tests.helpers import foundation
from tests.helpers.builders import a_supplier
from tests.helpers.many import many_products, many_sales

SUPPLIERS, PRODUCTS, ROWS = 50, 1_000, 5
GOAL = {"sqlite": 4.0, "postgres": 3.0}
STEPS = ("preview", "batch (W2)", "receipt (W3)")


@dataclass
class Turn:
    """Seconds by the clock and of CPU, per step."""

    wall: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)

    def timed(self, step: str, work: Callable[[], Any], master: int | None) -> Any:
        gc.collect()
        cpu = time.process_time() + (server_cpu(master) if master else 0)
        began = time.perf_counter()
        answer = work()
        self.wall[step] = time.perf_counter() - began
        self.cpu[step] = time.process_time() + (server_cpu(master) if master else 0) - cpu
        return answer


@dataclass
class Ground:
    """The database that every turn begins with."""

    kind: str
    folder: Path
    sales: list[int]
    server: Any = None

    @contextmanager
    def copy(self) -> Iterator[Store]:
        name = f"turn_{uuid4().hex[:8]}"
        if self.kind == "sqlite":
            place = self.folder / f"{name}.db"
            shutil.copy(self.folder / "ground.db", place)
            store = engine.open_store(str(place))
        else:
            self.execute(f"CREATE DATABASE {name} TEMPLATE ground STRATEGY FILE_COPY")
            store = engine.open_store(self.server.url(name))
        try:
            with store.writes.connect() as db:  # connected and warm, as in a running program
                db.execute(text("SELECT count(*) FROM sale_row")).scalar_one()
                db.rollback()
            yield store
        finally:
            store.close()
            if self.kind == "sqlite":
                for left in self.folder.glob(f"{name}*"):
                    left.unlink()
            else:
                self.execute(f"DROP DATABASE {name}")

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.server.dsn(), autocommit=True) as db:
            db.execute(statement.encode())


@contextmanager
def ground(kind: str, folder: Path, sales: int) -> Iterator[Ground]:
    folder.mkdir(parents=True, exist_ok=True)
    if kind == "sqlite":
        for old in folder.glob("ground.db*"):
            old.unlink()
        yield Ground(kind, folder, _fill(engine.create(str(folder / "ground.db")), sales))
        return
    with server(folder) as running:
        made = Ground(kind, folder, [], running)
        made.execute("DROP DATABASE IF EXISTS ground")
        made.execute("CREATE DATABASE ground")
        made.sales = _fill(engine.create(running.url("ground")), sales)
        yield made


def _fill(store: Store, sales: int) -> list[int]:
    foundation.lay(store)
    backend = Backend.sign_in(store, "mary")
    suppliers = [a_supplier(backend, f"Supplier {n}") for n in range(SUPPLIERS)]
    made = many_sales(backend, sales, many_products(backend, PRODUCTS, suppliers), rows_each=ROWS)
    gather_statistics(store)
    store.close()
    return made.sales


def program(store: Store, sales: list[int], master: int | None) -> Turn:
    """As the dialog and the receive page do: preview, place what was seen, receive it all."""
    turn, backend = Turn(), Backend.sign_in(store, "mary")
    request = BatchRequest(tuple(sales), BatchOptions())
    seen = turn.timed("preview", lambda: backend.read(preview, request), master)
    call = place_batch(request, seen.fingerprint)
    done = turn.timed("batch (W2)", lambda: backend.run(call, once=str(uuid4())), master)
    orders = [one["id"] for one in done.result["orders"]]
    requests = [backend.read(outstanding_request, po, True) for po in orders]
    call = receive_all(requests)
    turn.timed("receipt (W3)", lambda: backend.run(call, once=str(uuid4())), master)
    return turn


def plain(store: Store, sales: list[int], master: int | None) -> Turn:
    """The same two changes in plain SQL."""
    turn = Turn()
    turn.timed("batch (W2)", lambda: floor.order(store, sales), master)
    with store.reading() as db:
        orders = list(db.execute(text("SELECT id FROM purchase_order ORDER BY id")).scalars())
    turn.timed("receipt (W3)", lambda: floor.receive(store, orders), master)
    return turn


BOOKS = {
    "orders": "SELECT supplier_id, state, status_id, total, received, to_come, expected_on FROM purchase_order ORDER BY 1",
    "rows": "SELECT product_id, ordered, received, cost, total, expected_on FROM purchase_row ORDER BY 1",
    "pegs": "SELECT k.sale_row_id, p.product_id, k.quantity, k.live FROM peg k"
            " JOIN purchase_row p ON p.id = k.po_row_id ORDER BY 1, 2",
    "sales": "SELECT id, allocation, fulfilment, short FROM sale ORDER BY 1",
    "sale rows": "SELECT id, reserved FROM sale_row ORDER BY 1",
    "levels": "SELECT warehouse_id, product_id, in_stock, allocated FROM stock_level ORDER BY 1, 2",
    "events": "SELECT sale_row_id, d_reserved FROM sale_event ORDER BY 1",
    "movements": "SELECT product_id, quantity, cost FROM movement ORDER BY 1",
    "notes": "SELECT document, kind, CASE document WHEN 'SO' THEN document_id END, count(*) FROM note"
             " GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
}  # fmt: skip


def books(store: Store) -> dict[str, Any]:
    with store.reading() as db:
        broken = doctor.check(db)
        assert not broken, broken
        return {
            name: [tuple(row) for row in db.execute(text(query))] for name, query in BOOKS.items()
        }


def _apart(name: str, ours: list[Any], theirs: list[Any]) -> str:
    first = next((pair for pair in zip(ours, theirs, strict=False) if pair[0] != pair[1]), None)
    return f"the floor leaves other {name}: {len(ours)} and {len(theirs)}, first {first}"


def measure(ground_: Ground, pairs: int, master: int | None) -> list[tuple[Turn, Turn]]:
    """A warm-up pair, whose books are compared, and the measured ones."""
    found = []
    for pair in range(pairs + 1):
        with ground_.copy() as store:
            ours = program(store, ground_.sales, master)
            ours_left = books(store) if pair == 0 else None
        with ground_.copy() as store:
            theirs = plain(store, ground_.sales, master)
            theirs_left = books(store) if pair == 0 else None
        for name in ours_left or ():
            assert ours_left[name] == theirs_left[name], _apart(
                name, ours_left[name], theirs_left[name]
            )
        if pair:
            found.append((ours, theirs))
    return found


def report(kind: str, sales: int, pairs: list[tuple[Turn, Turn]]) -> str:
    middle = statistics.median
    lines = [
        f"\n{kind}, {sales:,} sales x {ROWS} rows, {len(pairs)} pairs, medians",
        f"{'':14} program ms   floor ms  ratio  (lowest..highest)   CPU ms   floor  ratio   goal",
    ]
    for step in STEPS:
        ours = [one.wall[step] for one, _ in pairs]
        cpu = [one.cpu[step] for one, _ in pairs]
        if step == "preview":
            lines.append(f"{step:14} {middle(ours) * 1000:10.1f}{'':39}{middle(cpu) * 1000:9.1f}")
            continue
        theirs = [two.wall[step] for _, two in pairs]
        floor_cpu = [two.cpu[step] for _, two in pairs]
        ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
        # Sums, because the server's CPU comes in ticks of 10 ms.
        by_cpu = sum(cpu) / sum(floor_cpu)
        lines.append(
            f"{step:14} {middle(ours) * 1000:10.1f} {middle(theirs) * 1000:10.1f} {middle(ratios):6.2f}"
            f"  ({min(ratios):.2f}..{max(ratios):.2f}){'':8}{middle(cpu) * 1000:9.1f} {middle(floor_cpu) * 1000:7.1f}"
            f" {by_cpu:6.2f}   {GOAL[kind]:.0f}"
        )
    return "\n".join(lines)


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.set_defaults(sales=1_000)
    parser.add_argument("--pairs", type=int, default=7)
    asked = parser.parse_args()
    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for kind in engines(asked.engine):
        with ground(kind, asked.folder, asked.sales) as made:
            master = postmaster(asked.folder) if kind == "postgres" else None
            print(report(kind, asked.sales, measure(made, asked.pairs, master)), flush=True)


if __name__ == "__main__":
    main()
