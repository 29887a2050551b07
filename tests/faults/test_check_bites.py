"""The check after a kill notices what it is there for; otherwise the 200 kills would prove nothing."""

import shutil
from uuid import uuid4

import pytest
from sqlalchemy import text

from desktop_app.services.backend import Backend
from desktop_app.services.opening import open_store
from tests.faults import books
from tests.faults.gauge import Gauge, Phase
from tests.faults.intents import Intent, Log
from tests.faults.worker import Workstation
from tests.helpers import databases

pytestmark = pytest.mark.no_doctor


def thirty_commands(address, folder):
    """A workstation does thirty commands, two scans at least."""
    draft = books.lay(address, 1)
    store = open_store(address)
    with Gauge(folder / "gauge", new=True) as gauge:
        gauge.watch(store)
        station = Workstation(
            Backend.sign_in(store, "mary"), Log.read(folder / "intents"), gauge, draft, seed=4
        )
        for _ in range(30):
            station.step()
        assert gauge.phase is Phase.IDLE
        store.close()
    (folder / "draft").write_text(str(draft))


@pytest.fixture
def world(engine_kind, tmp_path):
    """The books after thirty commands, and what the workstation noted of them."""
    made, folder = databases.prepared(engine_kind, "thirty-commands", thirty_commands)
    shutil.copy(folder / "intents", tmp_path / "intents")
    store = open_store(made.address)
    yield (
        Backend.sign_in(store, "mary"), Log.read(tmp_path / "intents"),
        int((folder / "draft").read_text()),
    )  # fmt: skip
    store.close()
    made.remove()


def damage(backend, statement):
    with backend.store.writes.begin() as db:
        assert db.execute(text(statement)).rowcount == 1


def test_sound_books_pass(world):
    backend, log, draft = world
    assert len(log.done) == 30
    assert {one.kind for one in log.started.values()} >= {"batch", "receive", "scan"}
    books.assert_right(backend, log, draft)
    assert books.settle(backend, log, draft) == 0


ONE_SCAN = "(SELECT min(id) FROM receipt_scan)"
COLUMNS = "draft_id, at, person_id, code, effect, po_row_id, location_id, units, undone"


@pytest.mark.parametrize(
    "statement",
    [
        f"DELETE FROM receipt_scan WHERE id = {ONE_SCAN}",
        f"INSERT INTO receipt_scan ({COLUMNS}) SELECT {COLUMNS} FROM receipt_scan WHERE id = {ONE_SCAN}",
        "UPDATE journal SET result = '{}' WHERE id = (SELECT min(id) FROM journal WHERE command = 'Receive goods')",
        "UPDATE journal SET id = '00000000-0000-4000-8000-000000000000' WHERE id = (SELECT min(id) FROM journal WHERE command = 'Scan')",
        "UPDATE purchase_batch SET undone_by = journal_id WHERE id = (SELECT min(id) FROM purchase_batch"
        " WHERE undone_by IS NULL)",
        "UPDATE stock_level SET in_stock = in_stock + 10000 WHERE product_id = (SELECT min(product_id) FROM"
        " stock_level)",
    ],
    ids=["scan lost", "scan doubled", "answer changed", "command lost", "half an undo", "half a receipt"],
)
def test_damage_is_noticed(world, statement):
    backend, log, draft = world
    damage(backend, statement)
    with pytest.raises(AssertionError):
        books.assert_right(backend, log, draft)


def test_a_second_try_with_a_new_id_is_noticed(world):
    backend, log, draft = world
    scan = next(one for one in log.started.values() if one.kind == "scan")
    Intent(str(uuid4()), "scan", scan.args).send(backend)
    with pytest.raises(AssertionError, match="never asked for"):
        books.assert_right(backend, log, draft)
