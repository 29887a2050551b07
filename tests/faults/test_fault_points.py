"""Each SQL statement of a command fails in turn (T6): no effect or the full effect, and on we go."""

import random
from collections.abc import Callable
from itertools import count

import pytest
from sqlalchemy import select

from desktop_app.services import doctor, receipt_drafts
from desktop_app.services.backend import Backend, Done
from desktop_app.services.cloning import CloneRequest, clone_preview, clone_to_purchase_order
from desktop_app.services.errors import Unavailable
from desktop_app.services.purchasing import BatchOptions, BatchRequest, place_batch, preview
from desktop_app.services.receipt_undo import undo_row
from desktop_app.services.receiving import allocation_preview, outstanding_request, receive
from desktop_app.services.store import tables as t
from tests.faults.faulty import COMMIT, Fault, Faults
from tests.helpers import foundation as f
from tests.helpers.builders import Row, a_product, a_purchase_order, a_sale, a_supplier, once, stock
from tests.helpers.databases import ENGINES, on_postgres, on_sqlite

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def faults(store) -> Faults:
    return Faults(store)


class Shop:
    """Two suppliers, three sales, an order on its way that is being counted."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.pen, self.ink = a_product(backend, "PEN"), a_product(backend, "INK")
        acme = a_supplier(backend, costs={self.pen: {0: "1.20", 20: "1.00"}})
        self.blot = a_supplier(backend, costs={self.ink: "3.00"})
        stock(backend, {self.pen: 2})
        self.sales = [a_sale(backend, [Row(self.pen, 4), Row(self.ink, 3)]) for _ in range(3)]
        first = self.sales[0].rows[0]
        self.order = a_purchase_order(
            backend, acme, {self.pen: 5, self.ink: 2}, pegs={first: {self.pen: 3}}
        )  # fmt: skip
        a_purchase_order(backend, self.blot, {self.ink: 1}, state="draft")
        self.draft = backend.run(receipt_drafts.start_or_continue(self.order.id), once=once()).result["draft_id"]

    def batch(self) -> Callable[[str], Done]:
        ids = tuple(sale.id for sale in self.sales)
        request = BatchRequest(ids, BatchOptions(sales_status_id=3, append_to_drafts=True))
        agreed = self.backend.read(preview, request).fingerprint
        return lambda key: self.backend.run(place_batch(request, agreed), once=key)

    def clone(self) -> Callable[[str], Done]:
        sale = self.sales[2]
        seen = self.backend.read(clone_preview, sale.id)
        wanted = {row.sale_row_id: row.offered for row in seen.rows if row.sku == "INK"}
        request = CloneRequest(sale.id, self.blot, f.MAIN, wanted, sales_status_id=3)
        return lambda key: self.backend.run(clone_to_purchase_order(request), once=key)

    def receipt(self) -> Callable[[str], Done]:
        for row in self.order.rows.values():
            self.backend.run(receipt_drafts.whole_line(self.draft, row), once=once())
        counted = self.backend.read(receipt_drafts.draft, self.draft)
        request = receipt_drafts.receipt_of(counted)
        return lambda key: self.backend.run(receive(request), once=key)

    def delivery(self) -> Callable[[str], Done]:
        """The same without a count, so that it can be repeated."""
        request = self.backend.read(outstanding_request, self.order.id, True)
        assert self.backend.read(allocation_preview, request).allocated
        return lambda key: self.backend.run(receive(request), once=key)

    def scan(self) -> Callable[[str], Done]:
        return lambda key: self.backend.run(receipt_drafts.scan(self.draft, "PEN"), once=key)

    def back(self, made: Done) -> Callable[[str], Done]:
        return lambda key: self.backend.undo(made.journal_id, once=key)

    def undone_row(self) -> Callable[[str], Done]:
        """R5.10: one row of a receipt."""
        self.delivery()(once())
        row = self.backend.read(lambda db: db.execute(select(t.goods_in_row.c.id)).scalars().first())
        return lambda key: self.backend.run(undo_row(row), once=key)

    def content(self) -> dict[str, list[str]]:
        """Every row of every table, as the driver gives it."""
        return self.backend.read(
            lambda db: {
                name: sorted(map(repr, db.exec_driver_sql(f'SELECT * FROM "{name}"')))
                for name in t.metadata.tables
            }
        )

    def broken(self) -> list[doctor.Finding]:
        return self.backend.read(doctor.check)


ACTS: dict[str, Callable[[Shop], Callable[[str], Done]]] = {
    "batch": Shop.batch,
    "undo batch": lambda shop: shop.back(shop.batch()(once())),
    "clone": Shop.clone,
    "undo clone": lambda shop: shop.back(shop.clone()(once())),
    "receive": Shop.receipt,
    "undo receive": lambda shop: shop.back(shop.receipt()(once())),
    "undo row": Shop.undone_row,
    "scan": Shop.scan,
}


DEEP = ("batch", "receive")
"""Met with every kind of fault; the others with the plain one."""


@pytest.mark.parametrize(
    ("act", "fault", "engine_kind"),
    [(act, Fault.DISK, engine) for act in ACTS for engine in ENGINES]
    + [(act, Fault.INTERRUPT, engine) for act in DEEP for engine in ENGINES]
    # A server rolls back every failed statement: DISK says it already.
    + [(act, Fault.ROLLED_BACK, "sqlite") for act in DEEP],
    ids=lambda one: one.name.lower() if isinstance(one, Fault) else one,
    indirect=["engine_kind"],
)
def test_a_statement_that_fails_leaves_nothing_behind(backend, faults, act, fault):
    shop = Shop(backend)
    send, key = ACTS[act](shop), once()
    before = shop.content()
    expected = KeyboardInterrupt if fault is Fault.INTERRUPT else Unavailable
    for n in count(1):
        with faults.at(n, fault):
            try:
                done = send(key)
            except expected:
                assert faults.fired
            else:
                break
        assert shop.content() == before, f"statement {n} left something behind"
    assert not faults.fired
    assert n > 5, "begin, journal, effect, result, commit"
    assert not done.repeated
    assert shop.content() != before
    assert send(key).repeated
    assert shop.broken() == []


@on_postgres
@pytest.mark.parametrize("fault", [Fault.LOST, Fault.ANSWER], ids=lambda one: one.name.lower())
@pytest.mark.parametrize("act", ["batch", "delivery"])
def test_a_lost_connection_is_mended_unseen_and_once(backend, faults, act, fault):
    """F11: anywhere in a command; where the commit stands, its answer is found again."""
    shop = Shop(backend)
    last = 10
    for n in [COMMIT, *random.sample(range(1, last), 5), *range(last, last + 12, 4)]:
        send = getattr(shop, act)()
        before = shop.content()
        with faults.at(n, fault):
            done = send(once())
        assert faults.fired
        assert done.repeated == (n == COMMIT and fault is Fault.ANSWER)
        assert shop.broken() == []
        assert len(shop.content()["journal"]) - len(before["journal"]) == 1
        backend.undo(done.journal_id, once=once())


@on_sqlite
def test_after_a_disk_error_the_file_is_opened_anew(backend, faults):
    """F21: the connection that failed is not written through again, nor its commit repeated."""
    shop = Shop(backend)
    send, key = shop.delivery(), once()
    with backend.store.writes.connect() as db:
        failed = db.connection.dbapi_connection
    with faults.at(3, Fault.DISK), pytest.raises(Unavailable) as said:
        send(key)
    assert said.value.params == {"reason": "disk_error"}
    assert not send(key).repeated
    with backend.store.writes.connect() as db:
        assert db.connection.dbapi_connection is not failed


@on_sqlite
def test_a_commit_whose_answer_was_lost_is_found_again(backend, faults):
    """F16 on a file: the person presses the button again, the first result comes back."""
    shop = Shop(backend)
    send, key = shop.delivery(), once()
    before = shop.content()
    with faults.at(COMMIT, Fault.ANSWER), pytest.raises(Unavailable):
        send(key)
    assert shop.content() != before
    assert send(key).repeated
    assert backend.read(lambda db: db.execute(select(t.goods_in.c.id)).scalars().all()) == [1]
