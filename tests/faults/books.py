"""The world that is bought for and received in, and what must hold after any fault (F1, F11, F16)."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, func, select

from desktop_app.services import receipt_drafts
from desktop_app.services.backend import Backend
from desktop_app.services.opening import open_store
from desktop_app.services.rules.money import UNIT
from desktop_app.services.store import tables as t
from tests.faults.intents import Log, digest
from tests.helpers.builders import a_product, a_purchase_order, a_supplier, once
from tests.helpers.databases import findings
from tests.helpers.many import many_products, many_sales

SALES_PER_FAULT = 40
PACK = 6


def lay(address: str, faults: int) -> int:
    """Sales enough for so many faults, and an order whose count is open; returns the draft's id."""
    store = open_store(address)
    try:
        backend = Backend.sign_in(store, "mary")
        suppliers = [a_supplier(backend) for _ in range(3)]
        products = many_products(backend, 12, suppliers)
        many_sales(backend, 100 + SALES_PER_FAULT * faults, products, rows_each=3, ordered=5)
        # Products of their own: this order is not to cover what the sales need.
        counted = [a_product(backend, f"COUNT-{n}", barcodes={f"PACK-{n}": PACK}) for n in range(4)]
        order = a_purchase_order(backend, suppliers[0], dict.fromkeys(counted, 5_000))
        started = backend.run(receipt_drafts.start_or_continue(order.id), once=once())
        return int(started.result["draft_id"])
    finally:
        store.close()


@dataclass(frozen=True, slots=True)
class Facts:
    """What the books say, read in one snapshot."""

    results: dict[str, str]
    """Each command of the journal and the digest of its answer."""
    commands: Counter[str]
    documents: Counter[str]
    scans: Counter[tuple[str, str]]
    """Code and time of each scan in the draft."""
    journalled: Counter[tuple[str, str]]
    """The same, of each scan in the journal."""


def read_facts(db: Connection, draft: int) -> Facts:
    rows = db.execute(select(t.journal.c.id, t.journal.c.command, t.journal.c.result, t.journal.c.at, t.journal.c.request)).all()
    scans = db.execute(select(t.receipt_scan.c.code, t.receipt_scan.c.at).where(t.receipt_scan.c.draft_id == draft))
    undone = func.count(t.goods_in_row.c.undone_by.distinct())

    def number(query: object) -> int:
        return int(db.execute(query).scalar_one())  # type: ignore[call-overload]

    return Facts(
        results={row.id: digest(row.result) for row in rows},
        commands=Counter(row.command for row in rows),
        documents=Counter(
            {
                "Batch purchase order": number(select(func.count()).select_from(t.purchase_batch)),
                "Undo Batch purchase order": number(select(func.count(t.purchase_batch.c.undone_by))),
                "Receive goods": number(select(func.count()).select_from(t.goods_in)),
                "Undo Receive goods": number(select(undone)),
                "Scan": number(select(func.count()).select_from(t.receipt_scan)),
            }
        ),
        scans=Counter((row.code, row.at.isoformat()) for row in scans),
        journalled=Counter(
            (row.request["args"][1], row.at.isoformat()) for row in rows if row.command == "Scan"
        ),
    )  # fmt: skip


def assert_right(backend: Backend, log: Log, draft: int) -> None:
    """Nothing confirmed is lost, nothing is half done or done twice, the open draft is there."""
    facts = backend.read(read_facts, draft)
    for key, answer in log.done.items():
        assert facts.results.get(key) == answer, f"lost or changed: {log.started[key]}"
    strangers = facts.results.keys() - log.started.keys()
    known = facts.commands["Set up a test"] + facts.commands["Count a delivery"]
    assert len(strangers) == known, f"done and never asked for: {strangers}"
    for command, number in facts.documents.items():
        assert number == facts.commands[command], f"{command}: {number} documents, {facts.commands}"
    assert facts.scans == facts.journalled
    counting = backend.read(receipt_drafts.draft, draft)
    units = sum(_units(code) * number for (code, _at), number in facts.scans.items())
    assert sum(line.this_time + line.extra for line in counting.lines) == units
    broken = findings(backend.store)
    assert not broken, f"the books are wrong:\n{broken}"


def _units(code: str) -> int:
    return UNIT * {"PACK": PACK, "COUNT": 1}.get(code.partition("-")[0], 0)


def settle(backend: Backend, log: Log, draft: int) -> int:
    """As after a restart: what was sent and not confirmed is sent again with the same id.

    Each has exactly one effect, and a third time changes nothing. Returns how many there were.
    """
    open_intents = log.unfinished()
    for intent in open_intents:
        before = backend.read(read_facts, draft).results
        answer = intent.send(backend)
        log.finish(intent, answer, settling=True)
        after = backend.read(read_facts, draft).results
        # A server may finish a dead client's commit between the two looks: then, too, it is one.
        assert after.keys() - before.keys() == {intent.id} - before.keys()
        assert answer.repeated or intent.id not in before
        again = intent.send(backend)
        assert again.repeated
        assert digest(again.result) == digest(answer.result)
    return len(open_intents)


def restart_and_check(address: str, log_path: Path, draft: int) -> Log:
    """What the next start of the program finds and does; returns the log, settled."""
    store = open_store(address)
    try:
        backend = Backend.sign_in(store, "mary", "packing desk")
        log = Log.read(log_path)
        assert_right(backend, log, draft)
        if settle(backend, log, draft):
            assert_right(backend, log, draft)
        return log
    finally:
        store.close()
