"""The story of Wide World Importers: import, batch purchase order, receive, compare.

What is expected is computed from the files alone (``wwi_files``); what is found is read from the
database. Every comparison becomes a ``Check``.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, text

from desktop_app.services import doctor
from desktop_app.services.backend import Backend
from desktop_app.services.imports import import_documents, plan_import
from desktop_app.services.purchasing import BatchRequest, place_batch, preview
from desktop_app.services.receiving import outstanding_request, receive
from desktop_app.services.rules.money import UNIT
from desktop_app.services.rules.purchase_plan import BatchOptions
from desktop_app.services.sales_filter import SalesFilter
from desktop_app.services.sales_list import SALES

from .wwi_files import Files, Service, read

FIRST_SHARE = (40, 100)
"""Of each line, rounded down to whole units, the first delivery brings so much."""

WAITING = SalesFilter(short=True, waits=True)
"""The one filter that selects every sale that waits for goods."""


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison. ``expected`` comes from the files, ``found`` from the database."""

    what: str
    expected: Any
    found: Any

    @property
    def ok(self) -> bool:
        """They are the same."""
        return bool(self.expected == self.found)


@dataclass(slots=True)
class Story:
    """The run: its checks and how long each part took."""

    backend: Backend
    folder: Path
    say: Callable[[str], None]
    files: Files
    checks: list[Check] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    def expect(self, what: str, expected: Any, found: Any) -> None:
        """Compare."""
        made = Check(what, expected, found)
        self.checks.append(made)
        shown = f"{_shown(found)}" if made.ok else f"{_shown(found)}, expected {_shown(expected)}"
        self.say(f"  {'ok  ' if made.ok else 'NOT '} {what}: {shown}")

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Time a part of the story."""
        self.say(name)
        started = time.monotonic()
        yield
        self.seconds[name] = time.monotonic() - started
        self.say(f"  {self.seconds[name]:.1f} s")

    def ask(self, query: str, **params: Any) -> list[Any]:
        """Read rows from the database."""
        return self.backend.read(_rows, query, params)

    def number(self, query: str, **params: Any) -> int:
        """Read one number from the database."""
        return int(self.ask(query, **params)[0][0] or 0)


def _rows(db: Connection, query: str, params: Mapping[str, Any]) -> list[Any]:
    return list(db.execute(text(query), params).all())


def _shown(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)[:120]


def run(backend: Backend, folder: Path, say: Callable[[str], None]) -> Story:
    """Tell the whole story in a company that holds nothing yet; never stops at a failed check."""
    story = Story(backend, folder, say, read(folder))
    with story.part("Import the files"):
        _import(story)
    with story.part("Check them again"):
        _check_again(story)
    chosen = _choose(story)
    with story.part("Batch purchase order, open purchase orders not counted"):
        _batch_not_counting(story, chosen)
    with story.part("Batch purchase order, open purchase orders counted"):
        _batch_counting(story, chosen)
    with story.part("Receive the open purchase orders: 40 % of each line, then the rest"):
        _receive(story)
    with story.part("Check the books"):
        story.expect("findings of doctor", 0, len(backend.read(doctor.check)))
    return story


# --- import -------------------------------------------------------------------------------------


def _import(story: Story) -> None:
    plan = plan_import(story.backend, story.folder, "wwi")
    story.expect("problems in the files", 0, plan.problem_count)
    story.backend.run(import_documents(plan), once=str(uuid4()))
    _totals(story)


def _totals(story: Story) -> None:
    """Every total of the files, found again in the database."""
    files, number = story.files, story.number
    still = [line for lines in files.waiting.values() for line in lines]
    for what, expected, query in (
        ("suppliers", files.suppliers, "SELECT count(*) FROM supplier"),
        ("products", len(files.items), "SELECT count(*) FROM product"),
        ("customers, and the walk-in", files.customers + 1, "SELECT count(*) FROM customer"),
        ("sales", len(files.orders), "SELECT count(*) FROM sale"),
        ("rows of sales", len(files.lines), "SELECT count(*) FROM sale_row"),
        ("invoices", files.invoiced, "SELECT count(*) FROM invoice"),
        ("purchase orders", files.purchase_orders, "SELECT count(*) FROM purchase_order"),
        ("rows of purchase orders", len(files.bought), "SELECT count(*) FROM purchase_row"),
        ("units sold", sum(line.quantity for line in files.lines) * UNIT,
         "SELECT sum(ordered) FROM sale_row"),
        ("units picked before", sum(line.picked for line in files.lines) * UNIT,
         "SELECT sum(opening_shipped) FROM sale_row WHERE shipped = opening_shipped"
         " AND fulfilled = shipped"),
        ("rows waiting", len(still),
         "SELECT count(*) FROM sale_row WHERE ordered > reserved + fulfilled"),
        ("units waiting", sum(line.open for line in still) * UNIT, "SELECT sum(short) FROM sale"),
        ("sales waiting", len({line.order for line in still}),
         "SELECT count(*) FROM sale WHERE short > 0 AND waits = 1"),
        ("sold, net, in cents", _cents(sum(line.net for line in files.lines)),
         "SELECT sum(net) FROM sale"),
        ("tax on it, in cents", _cents(sum(line.tax for line in files.lines)),
         "SELECT sum(tax) FROM sale"),
        ("units bought", sum(line.units for line in files.bought) * UNIT,
         "SELECT sum(ordered) FROM purchase_row"),
        ("units received before", sum(line.received for line in files.bought) * UNIT,
         "SELECT sum(received) FROM purchase_row WHERE received = opening_received"),
        ("units to come", sum(files.inbound().values()) * UNIT,
         "SELECT sum(to_come) FROM purchase_order"),
        ("bought, in cents", _cents(sum(line.value for line in files.bought)),
         "SELECT sum(total) FROM purchase_order"),
        ("units in stock", 0, "SELECT sum(in_stock) FROM stock_level"),
    ):  # fmt: skip
        story.expect(what, expected, number(query))


def _cents(amount: Decimal | int) -> int:
    return int(Decimal(amount) * 100)


def _check_again(story: Story) -> None:
    """An External ID makes a second import update: with the same files, nothing at all."""
    plan = plan_import(story.backend, story.folder, "wwi")
    story.expect("records a second import would make or change", 0, plan.changes)
    known = sum(tally.unchanged for tally in plan.tallies.values())
    files = story.files
    every = files.customers + files.suppliers + 2 * len(files.items) + len(files.orders)
    every += len(files.lines) + files.purchase_orders + len(files.bought)
    story.expect("records it knows again", every, known)


def _choose(story: Story) -> tuple[int, ...]:
    ids = tuple(story.backend.read(SALES.all_ids, WAITING))
    rows = story.number(
        "SELECT count(*) FROM sale_row r JOIN sale s ON s.id = r.sale_id"
        " WHERE s.short > 0 AND s.waits = 1 AND r.ordered > r.reserved + r.fulfilled"
    )
    still = [line for lines in story.files.waiting.values() for line in lines]
    story.expect("sales that one filter selects", len({line.order for line in still}), len(ids))
    story.expect("waiting rows on them", len(still), rows)
    return ids


# --- batch purchase order -----------------------------------------------------------------------


def _batch_not_counting(story: Story, chosen: tuple[int, ...]) -> None:
    """Everything that waits is ordered, whatever is on its way; then the batch is undone."""
    files = story.files
    options = BatchOptions(exclude_purchase_orders=False, po_state="draft")
    done, lines = _place(story, BatchRequest(chosen, options))
    needed = files.needed()
    story.expect("units to order, by item", needed, lines)
    story.expect(
        "purchase orders placed", len({files.items[i] for i in needed}), len(done.result["orders"])
    )
    story.expect(
        "cost of them, in cents",
        _cents(sum(units * files.costs[item] for item, units in needed.items())),
        sum(order["total"] for order in done.result["orders"]),
    )
    story.expect(
        "units raised for each waiting row",
        {line.key: line.open for lines_ in files.waiting.values() for line in lines_},
        _pegged(story, done.journal_id),
    )
    story.backend.undo(done.journal_id, once=str(uuid4()))
    story.expect("live pegs after undo", 0, story.number("SELECT count(*) FROM peg WHERE live > 0"))
    story.expect(
        "units to come after undo", sum(files.inbound().values()) * UNIT,
        story.number("SELECT sum(to_come) FROM purchase_order"),
    )  # fmt: skip


def _batch_counting(story: Story, chosen: tuple[int, ...]) -> None:
    """What comes anyway is set aside for the oldest sales; only the rest is ordered (R3.4)."""
    files = story.files
    coming, needed = files.inbound(), files.needed()
    rest = {item: max(units - coming.get(item, 0), 0) for item, units in needed.items()}
    done, lines = _place(story, BatchRequest(chosen, BatchOptions(po_state="draft")))
    wanted = {item: units for item, units in rest.items() if units}
    story.expect("units to order, by item", wanted, lines)
    shares = Service(files)
    for item, units in coming.items():
        shares.arrive(item, units)
    story.expect(
        "units set aside from open purchase orders, by row",
        {key: units for key, units in shares.given.items() if units},
        _pegged(story),
    )
    story.expect(
        "units set aside in all", sum(shares.given.values()) * UNIT,
        done.result["units_pegged_inbound"],
    )  # fmt: skip
    again = story.backend.read(preview, BatchRequest(chosen))
    ordered = sum(line.quantity for group in again.groups for line in group.lines)
    story.expect("units the same batch would order again", 0, ordered)


def _place(story: Story, request: BatchRequest) -> tuple[Any, dict[int, int]]:
    """Preview, agree, commit; return the result and {item: whole units ordered}."""
    seen = story.backend.read(preview, request)
    done = story.backend.run(place_batch(request, seen.fingerprint), once=str(uuid4()))
    rows = story.ask(
        "SELECT p.external_id, sum(r.ordered) FROM purchase_row r"
        " JOIN purchase_order o ON o.id = r.po_id JOIN product p ON p.id = r.product_id"
        " WHERE o.batch_id = :batch GROUP BY p.external_id",
        batch=done.result["batch_id"],
    )
    return done, {_own(key): int(units) // UNIT for key, units in rows}


def _own(external_id: str) -> int:
    """Return the id that the files use."""
    return int(external_id.removeprefix("wwi-"))


PEGGED = (
    "SELECT r.external_id, sum(k.live) FROM peg k JOIN sale_row r ON r.id = k.sale_row_id"
    " JOIN purchase_row l ON l.id = k.po_row_id JOIN purchase_order o ON o.id = l.po_id"
    " WHERE k.live > 0 AND (k.journal_id = :journal OR :journal = '') "
    " AND (o.external_id IS NOT NULL OR :journal <> '') GROUP BY r.external_id"
)
"""Live pegs by sale row: those one command made, or those on imported orders."""


def _pegged(story: Story, journal: str = "") -> dict[int, int]:
    rows = story.ask(PEGGED, journal=journal)
    return {_own(key): int(units) // UNIT for key, units in rows}


# --- receiving ----------------------------------------------------------------------------------


def _receive(story: Story) -> None:
    """Two deliveries of each open purchase order; after each, every sale row is compared."""
    files, service = story.files, Service(story.files)
    lines = {line.key: line for line in files.bought if line.units > line.received}
    orders = sorted({line.order for line in lines.values()})
    served_notes = receipts = 0
    for phase in ("first", "rest"):
        for number in orders:
            expected = _arrivals(lines, number, phase)
            got: dict[int, int] = defaultdict(int)
            for key, units in expected.items():
                for sale, given in service.arrive(lines[key].item, units).items():
                    got[sale] += given
            if not expected:
                continue
            result = _deliver(story, number, expected)
            receipts += 1
            served_notes += len(got)
            story.expect(
                f"sales served by purchase order {number}, {phase} delivery",
                dict(got),
                {sale["number"]: sale["units"] // UNIT for sale in result["sales"]},
            )
            story.expect("units of each sale row since", _given(service), _reserved(story))
    _afterwards(story, service, receipts, served_notes)


def _arrivals(lines: Mapping[int, Any], number: int, phase: str) -> dict[int, int]:
    """Purchase row to the whole units that this delivery brings of it."""
    part, whole = FIRST_SHARE
    made = {}
    for key, line in sorted(lines.items()):
        if line.order == number:
            first = line.units * part // whole
            made[key] = first if phase == "first" else line.units - first
    return {key: units for key, units in made.items() if units}


def _deliver(story: Story, number: int, expected: Mapping[int, int]) -> dict[str, Any]:
    po_id = story.number(
        "SELECT id FROM purchase_order WHERE external_id = :key", key=f"wwi-{number}"
    )
    names = {
        row.id: _own(row.external_id)
        for row in story.ask("SELECT id, external_id FROM purchase_row WHERE po_id = :po", po=po_id)
    }
    everything = story.backend.read(outstanding_request, po_id, True)
    rows = tuple(
        replace(row, units=expected[names[row.po_row_id]] * UNIT)
        for row in everything.rows
        if names[row.po_row_id] in expected
    )
    return story.backend.run(receive(replace(everything, rows=rows)), once=str(uuid4())).result


def _given(service: Service) -> dict[int, int]:
    return {key: units for key, units in service.given.items() if units}


def _reserved(story: Story) -> dict[int, int]:
    rows = story.ask("SELECT external_id, reserved FROM sale_row WHERE reserved > 0")
    return {_own(key): units // UNIT for key, units in rows}


def _afterwards(story: Story, service: Service, receipts: int, served_notes: int) -> None:
    """Statuses, notes and stock after the last delivery."""
    files = story.files
    left: dict[int, int] = defaultdict(int)
    touched = set()
    for lines in files.waiting.values():
        for line in lines:
            given = service.given.get(line.key, 0)
            left[line.order] += line.open - given
            if given:
                touched.add(line.order)
    fully = {order for order, units in left.items() if not units}
    story.expect(
        "sales fully allocated by it", len(fully),
        story.number(
            "SELECT count(*) FROM sale WHERE allocation = 2 AND shipping < 2 AND waits = 1"
        ),
    )  # fmt: skip
    story.expect(
        "sales still short", len(left) - len(fully),
        story.number("SELECT count(*) FROM sale WHERE short > 0"),
    )  # fmt: skip
    notes = "SELECT count(*) FROM note WHERE struck_by IS NULL AND kind = :kind"
    story.expect("notes on sales served", served_notes, story.number(notes, kind="goods_allocated"))
    story.expect("notes on purchase orders", receipts, story.number(notes, kind="goods_received"))
    free = story.ask(
        "SELECT p.external_id, sum(l.in_stock - l.allocated) FROM stock_level l"
        " JOIN product p ON p.id = l.product_id WHERE l.in_stock > l.allocated"
        " GROUP BY p.external_id"
    )
    story.expect(
        "units on hand that nobody waited for, by item",
        {item: units for item, units in service.over.items() if units},
        {_own(key): int(units) // UNIT for key, units in free},
    )
