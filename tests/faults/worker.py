"""A workstation that buys, receives and counts without pause, to be killed at any moment.

    python -m tests.faults.worker ADDRESS LOG GAUGE DRAFT

The headless program: `Backend` and nothing below it. Each line it is sent, a number, begins a life
with that seed: a process of its own, forked when the modules are loaded and before anything is
open, so that the one who kills it need not wait for the modules each time. It answers with the
life's process id, and says "died STATUS" when it is over.
"""

import faulthandler
import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, exists, func, select

from desktop_app.services.backend import Backend
from desktop_app.services.errors import Unavailable
from desktop_app.services.opening import open_store
from desktop_app.services.purchasing import BatchOptions, BatchRequest, preview
from desktop_app.services.receiving import (
    ReceiptRequest,
    ReceiptRow,
    allocation_preview,
    outstanding_request,
)
from desktop_app.services.rules.money import UNIT
from desktop_app.services.store import tables as t
from tests.faults.gauge import Gauge, Pause, Phase
from tests.faults.intents import Intent, Log

WEIGHTS = {"batch": 4, "receive": 5, "scan": 4, "undo": 1}
UNAVAILABLE_S = 0.1
"""Between two tries at a database that is away; always with the same id."""


class Workstation:
    """Chooses what to do from what the books say, and does it once."""

    def __init__(self, backend: Backend, log: Log, gauge: Gauge, draft: int, seed: int) -> None:
        self.backend, self.log, self.gauge, self.draft = backend, log, gauge, draft
        self.rng = random.Random(seed)
        self.undoable: list[str] = []

    def step(self) -> None:
        intent = self._until_there(self.choose)
        self.log.start(intent)
        self.gauge.kind = intent.kind
        done = self._until_there(lambda: intent.send(self.backend))
        self.gauge.phase = Phase.COMMITTED
        self.log.finish(intent, done)
        self.gauge.phase = Phase.IDLE
        self.gauge.kind = ""
        self.undoable = [done.journal_id] if done.can_undo else self.undoable
        if intent.kind == "undo" or done.repeated:
            self.undoable = []

    def _until_there(self, act: Any) -> Any:
        """A lost connection is an unknown outcome: ask again, the same (F11)."""
        while True:
            try:
                return act()
            except Unavailable:
                self.gauge.phase = Phase.IDLE
                time.sleep(UNAVAILABLE_S)

    def choose(self) -> Intent:
        key = str(UUID(int=self.rng.getrandbits(128), version=4))
        kinds = list(WEIGHTS)
        for kind in self.rng.choices(kinds, [WEIGHTS[one] for one in kinds], k=50):
            args = getattr(self, f"_{kind}")()
            if args is not None:
                return Intent(key, kind, args)
        raise AssertionError("nothing left to do")

    def _scan(self) -> dict[str, Any]:
        codes = self.backend.read(_codes, self.draft)
        return {"draft": self.draft, "code": self.rng.choice([*codes, "NOBODY-KNOWS"])}

    def _undo(self) -> dict[str, Any] | None:
        return {"journal": self.undoable.pop()} if self.undoable else None

    def _batch(self) -> dict[str, Any] | None:
        many = self.rng.choice((1, 2, 3, 5, 12))
        sales = self.backend.read(_sales_to_buy_for, self.rng.randrange(40), many)
        if not sales:
            return None
        options: dict[str, Any] = {
            "append_to_drafts": self.rng.random() < 0.3,
            "sales_status_id": self.rng.choice((None, 3)),
        }
        request = BatchRequest(tuple(sales), BatchOptions(**options))
        seen = self.backend.read(preview, request)
        return {"sales": sales, "options": options, "agreed": seen.fingerprint}

    def _receive(self) -> dict[str, Any] | None:
        orders = self.backend.read(_orders_to_receive, self.draft)
        if not orders:
            return None
        asked = self.backend.read(outstanding_request, self.rng.choice(orders), True)
        part = self.rng.random() < 0.6
        rows = tuple(
            ReceiptRow(
                row.po_row_id,
                self.rng.randint(1, row.units // UNIT) * UNIT if part else row.units,
                row.location_id,
            )
            for row in asked.rows
        )
        reference = f"DN-{self.rng.getrandbits(60)}" if self.rng.random() < 0.5 else ""
        request = ReceiptRequest(asked.po_id, rows, True, reference)
        seen = self.backend.read(allocation_preview, request)
        return {
            "po": asked.po_id, "reference": reference, "agreed": seen.fingerprint,
            "rows": [[row.po_row_id, row.units, row.location_id] for row in rows],
        }  # fmt: skip


def _codes(db: Connection, draft: int) -> list[str]:
    products = (
        select(t.purchase_row.c.product_id)
        .join(t.receipt_draft, t.receipt_draft.c.po_id == t.purchase_row.c.po_id)
        .where(t.receipt_draft.c.id == draft)
    )
    skus = select(t.product.c.sku).where(t.product.c.id.in_(products))
    packs = select(t.barcode.c.code).where(t.barcode.c.product_id.in_(products))
    return sorted(db.execute(skus.union_all(packs)).scalars())


def _sales_to_buy_for(db: Connection, skip: int, many: int) -> list[int]:
    pegged = (
        select(t.peg.c.id)
        .join(t.sale_row, t.sale_row.c.id == t.peg.c.sale_row_id)
        .where(t.sale_row.c.sale_id == t.sale.c.id)
    )
    waiting = select(t.sale.c.id).where(t.sale.c.short > 0, t.sale.c.waits == 1, ~exists(pegged))
    return list(db.execute(waiting.order_by(t.sale.c.id).offset(skip).limit(many)).scalars())


def _orders_to_receive(db: Connection, draft: int) -> list[int]:
    counted = select(t.receipt_draft.c.po_id).where(t.receipt_draft.c.id == draft)
    po = t.purchase_order.c
    found = select(po.id).where(po.state.in_(("draft", "sent")), po.to_come > 0, po.id.not_in(counted))
    return list(db.execute(found.order_by(func.random()).limit(5)).scalars())


def live(address: str, log: str, shared: str, draft: str, seed: int) -> None:
    """One run of the program, until it is killed."""
    faulthandler.register(signal.SIGUSR1)
    gauge = Gauge(Path(shared))
    store = open_store(address)
    gauge.watch(store)
    backend = Backend.sign_in(store, "mary", "packing desk")
    at_work = Workstation(backend, Log.read(Path(log)), gauge, int(draft), seed)
    while True:
        if gauge.pause is Pause.ASKED:
            gauge.pause = Pause.PAUSED
            while gauge.pause is Pause.PAUSED:
                time.sleep(0.01)
        at_work.step()


def main(arguments: list[str]) -> None:
    address, log, shared, draft = arguments
    for line in sys.stdin:
        life = os.fork()
        if not life:
            live(address, log, shared, draft, int(line))
        os.write(1, f"{life}\n".encode())
        _, status = os.waitpid(life, 0)
        os.write(1, f"died {os.waitstatus_to_exitcode(status)}\n".encode())


if __name__ == "__main__":
    main(sys.argv[1:])
