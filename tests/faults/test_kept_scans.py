"""No scan is lost and none counts twice, whenever the program is killed (RCV-12, F1, F11)."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time

import pytest
from sqlalchemy import select

from desktop_app.models.kept_scans import Kept, KeptScans
from desktop_app.services import receipt_drafts
from desktop_app.services.backend import Backend
from desktop_app.services.opening import open_store
from desktop_app.services.rules.money import UNIT
from desktop_app.services.store import tables as t
from tests.faults.stopping import durable_server
from tests.helpers import databases
from tests.helpers.builders import a_product, a_purchase_order, a_supplier, once
from tests.helpers.sources import ROOT

pytestmark = pytest.mark.timeout(300)

CODES = ["PEN", "INK", "PEN", "PEN", "CUP", "INK", "PEN", "CUP"]


def lay(address):
    """An order of three products whose count is open; returns the draft's id."""
    store = open_store(address)
    backend = Backend.sign_in(store, "mary")
    products = [a_product(backend, sku) for sku in ("PEN", "INK", "CUP")]
    order = a_purchase_order(backend, a_supplier(backend), dict.fromkeys(products, 500))
    started = backend.run(receipt_drafts.start_or_continue(order.id), once=once())
    store.close()
    return int(started.result["draft_id"])


def counted(address):
    """The codes of the draft in the order they were counted."""
    store = open_store(address)
    with store.reading() as db:
        found = db.execute(select(t.receipt_scan.c.code).order_by(t.receipt_scan.c.id)).scalars()
        codes = list(found)
    store.close()
    return codes


class Workstation:
    """One life of the program after the other (`tests.faults.scanning`)."""

    def __init__(self, process, folder):
        self.process, self.folder, self.life = process, folder, 0

    def say(self, text):
        self.process.stdin.write(f"{text}\n".encode())

    def hear(self):
        return self.process.stdout.readline().decode().strip()

    def begin(self, address, draft):
        self.say(f"life {address} {self.folder} {draft}")
        word, life = self.hear().split(" ")
        assert word == "ready"
        self.life = int(life)

    def scan(self, codes):
        """Scan and wait until each is safe on the workstation."""
        for code in codes:
            self.say(f"scan {code}")
            assert self.hear() == f"kept {code}"

    def link(self, code):
        self.say(f"link {code}")
        assert self.hear() == f"kept {code}"

    def wait(self):
        """Until all is counted."""
        self.say("resume")
        assert self.hear() == "resumed"

    def kill(self):
        os.kill(self.life, signal.SIGKILL)
        while self.hear() != "died":
            pass  # it may have said "resumed" once more
        self.life = 0

    def next_start(self, address, draft):
        """Start, count what was left, and go."""
        self.begin(address, draft)
        self.wait()
        self.kill()


@pytest.fixture(scope="module")
def process():
    words = [sys.executable, "-m", "tests.faults.scanning"]
    with subprocess.Popen(
        words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    ) as made:
        yield made
        made.stdin.close()


@pytest.fixture
def station(process, tmp_path):
    made = Workstation(process, tmp_path)
    yield made
    if made.life:
        made.kill()


def test_scanned_while_the_file_is_held_and_killed(station, tmp_path):
    made = databases.clone("sqlite")
    address = made.address
    draft = lay(address)
    station.begin(address, draft)
    other = sqlite3.connect(address, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    station.scan(CODES)
    station.kill()
    other.execute("ROLLBACK")
    other.close()
    assert counted(address) == []
    for _ in range(2):
        station.next_start(address, draft)
        assert counted(address) == CODES
    made.remove()


def test_linked_while_the_file_is_held_and_killed(station):
    """F4: a link goes the way of the scans: kept, in order, done once; what follows it counts."""
    made = databases.clone("sqlite")
    address = made.address
    draft = lay(address)
    station.begin(address, draft)
    other = sqlite3.connect(address, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    station.scan(["PEN", "4006381333931"])
    station.link("4006381333931")
    station.scan(["4006381333931", "INK"])
    station.kill()
    other.execute("ROLLBACK")
    other.close()
    assert counted(address) == []
    for _ in range(2):
        station.next_start(address, draft)
        assert counted(address) == ["PEN", *["4006381333931"] * 3, "INK"]
        store = open_store(address)
        with store.reading() as db:
            lines = receipt_drafts.draft(db, draft).lines
        store.close()
        assert [line.this_time // UNIT for line in lines] == [3, 1, 0]
    made.remove()


def test_scanned_while_the_server_is_away(station, tmp_path):
    """They count by themselves, in order, when it is back; after a kill, at the next start."""
    with durable_server() as (server, address):
        draft = lay(address)
        station.begin(address, draft)
        station.scan(CODES[:2])
        server.stop()
        station.scan(CODES[2:5])
        server.start_again()
        station.wait()
        assert counted(address) == CODES[:5]
        assert [path.stat().st_size for path in tmp_path.glob("*.scans")] == [0]
        server.stop()
        station.scan(CODES[5:])
        station.kill()
        server.start_again()
        for _ in range(2):
            station.next_start(address, draft)
            assert counted(address) == CODES


def test_killed_at_any_moment_of_scanning(station, address):
    """Between "kept here", begin, commit and answer: each is counted once, in order."""
    draft, rng, expected = lay(address), random.Random(), []
    for _ in range(4):
        station.begin(address, draft)
        codes = rng.choices(CODES, k=6)
        station.scan(codes)
        expected += codes
        time.sleep(rng.choice((0, 0.01, 0.05)) * rng.random())
        station.kill()
        station.next_start(address, draft)
        assert counted(address) == expected


# -- the file alone ------------------------------------------------------------------------------


def kept(code="PEN", draft=1):
    return Kept(once(), "Scan", {"args": [draft, code, None]}, draft, code)


def test_the_next_program_takes_over_what_is_not_answered(tmp_path):
    first, ones = KeptScans(tmp_path, "a.db", "mary"), [kept(code) for code in CODES]
    for one in ones:
        first.add(one)
    first.done(ones[2].once)
    second = KeptScans(tmp_path, "a.db", "mary")
    assert second.take_over() == [], "the first is still running"
    first.close()
    assert KeptScans(tmp_path, "b.db", "mary").take_over() == []
    assert KeptScans(tmp_path, "a.db", "ben").take_over() == []
    left = [*ones[:2], *ones[3:]]
    assert second.take_over() == left
    second.close()
    third = KeptScans(tmp_path, "a.db", "mary")
    assert third.take_over() == left, "the second had no answer either"
    for one in left:
        third.done(one.once)
    third.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.expects_log
def test_a_line_cut_short_is_left_out(tmp_path):
    first, one = KeptScans(tmp_path, "a.db", "mary"), kept()
    first.add(one)
    first.close()
    (path,) = tmp_path.glob("*.scans")
    path.write_bytes(path.read_bytes() + json.dumps({"kept": {}}).encode() + b'\n{"kept": {"onc')
    second = KeptScans(tmp_path, "a.db", "mary")
    assert second.take_over() == [one]
    second.close()


@pytest.mark.expects_log
def test_a_disk_that_fails_is_said_and_stops_nothing(tmp_path):
    (tmp_path / "scans").write_text("a file, where the folder would be")
    one = kept()
    made = KeptScans(tmp_path / "scans", "a.db", "mary")
    assert made.safe
    made.add(one)
    assert not made.safe
    made.done(one.once)
    made.close()
