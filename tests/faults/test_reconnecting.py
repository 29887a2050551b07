"""A server that refuses connections is waited for, and the window says so (reliability 3.6, F11)."""

import threading
import time
from itertools import pairwise

import pytest
from sqlalchemy import text

from desktop_app.models.change_hub import ChangeHub
from desktop_app.services import patience, settings
from desktop_app.services.backend import Backend
from desktop_app.services.errors import Stopped, Unavailable
from desktop_app.services.patience import Patience
from desktop_app.services.progress import Progress
from desktop_app.services.settings import SettingChange
from desktop_app.services.store import engine
from tests.faults.stopping import durable_server
from tests.helpers.builders import once


@pytest.fixture(scope="module")
def place():
    with durable_server() as made:
        yield made


@pytest.fixture
def office(place):
    """A workstation at a server that runs; it runs again afterwards."""
    server, address = place
    store = engine.open_store(address)
    yield server, Backend.sign_in(store, "mary")
    if not (server.folder / "data" / "postmaster.pid").exists():
        server.start_again()
    store.close()


class Asked(threading.Thread):
    """Something asked in a thread of its own; its answer, or how it was refused."""

    def __init__(self, work):
        super().__init__(daemon=True)
        self.work, self.answer = work, None
        self.start()

    def run(self):
        try:
            self.answer = self.work()
        except Exception as error:
            self.answer = error


def change(backend, key):
    new = SettingChange(settings.ALLOCATE, False)
    return lambda: backend.run(settings.save_settings([new]), once=key)


def test_reads_and_commands_wait_and_are_done_once(office):
    server, backend = office
    server.stop()
    key = once()
    asked = [Asked(change(backend, key)), Asked(lambda: backend.read(settings.history))]
    time.sleep(1.0)
    assert all(one.is_alive() for one in asked), "nobody is told while it may come back"
    server.start_again()
    for one in asked:
        one.join(30)
    assert not isinstance(asked[0].answer, Exception), asked[0].answer
    assert not isinstance(asked[1].answer, Exception), asked[1].answer
    with backend.store.reading() as db:
        found = db.execute(text("SELECT count(*) FROM journal WHERE id = :k"), {"k": key})
        assert found.scalar_one() == 1


def test_after_its_time_a_wait_ends_in_a_refusal(office, monkeypatch):
    server, backend = office
    monkeypatch.setattr(patience, "SECONDS_MAX", 1.0)
    server.stop()
    began = time.monotonic()
    for ask in (change(backend, once()), lambda: backend.read(settings.history)):
        with pytest.raises(Unavailable) as refused:
            ask()
        assert (refused.value.code, refused.value.params) == (
            "database_unavailable",
            {"reason": "away"},
        )
    assert 1.0 < time.monotonic() - began < 20


def test_stop_and_the_end_of_the_program_end_a_wait(office):
    server, backend = office
    server.stop()
    progress = Progress()
    new = SettingChange(settings.ALLOCATE, False)
    stopped = Asked(
        lambda: backend.run(settings.save_settings([new]), once=once(), progress=progress)
    )
    reading = Asked(lambda: backend.read(settings.history))
    time.sleep(0.5)
    progress.stop()
    stopped.join(10)
    assert isinstance(stopped.answer, Stopped)
    assert reading.is_alive()
    backend.give_up()
    reading.join(10)
    assert isinstance(reading.answer, Unavailable)


def test_pauses_grow_to_five_seconds_within_a_minute(monkeypatch):
    at, pauses = [0.0], []

    class Clock:
        @staticmethod
        def monotonic():
            return at[0]

    class Ended(threading.Event):
        def wait(self, timeout=None):
            at[0] += timeout
            pauses[-1] += timeout
            return False

    monkeypatch.setattr(patience, "time", Clock)
    waiting = Patience(Ended())
    pauses.append(0.0)
    while waiting.wait():
        pauses.append(0.0)
    assert all(one <= other + 1e-9 for one, other in pairwise(pauses[:-1]))
    assert pauses[1] == pytest.approx(0.2)
    assert max(pauses) == pytest.approx(5.0)
    assert 54 < at[0] <= 60


def test_the_window_is_told(office, qtbot):
    server, backend = office
    hub = ChangeHub(pace=0.05)
    said = []
    hub.reachable.connect(said.append)
    hub.listen(backend.feed)
    qtbot.wait(200)
    server.stop()
    qtbot.waitUntil(lambda: said == [False], timeout=10_000)
    server.start_again()
    qtbot.waitUntil(lambda: said == [False, True], timeout=10_000)
    hub.close()
