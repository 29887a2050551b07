"""Threads and change notes (architecture 8 and 11.5)."""

import threading
import time

import pytest
from PySide6.QtCore import QCoreApplication, QObject

from desktop_app.models.background import Background
from desktop_app.models.change_hub import ChangeHub
from desktop_app.services.changes import Changes, Topic


@pytest.fixture
def background(qapp):
    made = Background()
    yield made
    made.close()


def test_answers_arrive_on_the_gui_thread(qtbot, background):
    seen = []
    owner = QObject()
    with qtbot.waitSignal(background.idle):
        background.read(
            owner,
            threading.get_ident,
            lambda worker: seen.append((worker, threading.get_ident())),
        )
    worker, here = seen[0]
    assert here == threading.get_ident()
    assert worker != here


def test_reads_run_side_by_side(qtbot, background):
    owner = QObject()
    both = threading.Barrier(2, timeout=5)
    seen = []
    with qtbot.waitSignal(background.idle):
        background.read(owner, both.wait, seen.append)
        background.read(owner, both.wait, seen.append)
    assert sorted(seen) == [0, 1]


def test_writes_run_in_the_order_asked(qtbot, background):
    owner = QObject()
    order = []

    def work(number, pause):
        time.sleep(pause)
        order.append(number)
        return number

    seen = []
    with qtbot.waitSignal(background.idle):
        for number in range(5):
            background.write(owner, lambda n=number: work(n, 0.02 - n * 0.004), seen.append)
        assert background.writing == 5
    assert order == seen == [0, 1, 2, 3, 4]
    assert background.writing == 0


def test_an_answer_whose_asker_is_gone_is_dropped(qtbot, background):
    owner = QObject()
    seen = []
    go = threading.Event()
    background.read(owner, go.wait, seen.append)
    owner.deleteLater()
    QCoreApplication.sendPostedEvents(owner)
    QCoreApplication.processEvents()
    del owner
    with qtbot.waitSignal(background.idle):
        go.set()
    assert seen == []


def test_only_the_latest_of_a_key_is_answered(qtbot, background):
    owner = QObject()
    other = QObject()
    seen = []
    go = threading.Event()
    ran = []

    def work(name):
        ran.append(name)
        go.wait(5)
        return name

    for name in ("a", "b", "c", "d"):
        background.read_latest(owner, "find", lambda n=name: work(n), seen.append)
    background.read_latest(other, "find", lambda: work("mine"), seen.append)
    with qtbot.waitSignal(background.idle):
        go.set()
    assert sorted(seen) == ["d", "mine"]
    assert "c" not in ran  # it had not begun, so it never ran


def test_forgotten_read_is_not_answered(qtbot, background):
    owner = QObject()
    seen = []
    with qtbot.waitSignal(background.idle):
        background.read_latest(owner, 1, lambda: 1, seen.append)
        background.forget(owner, 1)
    assert seen == []


def test_errors_go_to_failed(qtbot, background):
    owner = QObject()
    seen = []

    def broken():
        raise LookupError("x")

    with qtbot.waitSignal(background.idle):
        background.read(owner, broken, lambda _: seen.append("answer"), seen.append)
    assert [type(one) for one in seen] == [LookupError]


def test_an_error_nobody_takes_reaches_the_hook(qtbot, background):
    owner = QObject()

    def broken():
        raise LookupError("x")

    with qtbot.captureExceptions() as caught, qtbot.waitSignal(background.idle):
        background.read(owner, broken, lambda _: None)
    assert [one[0] for one in caught] == [LookupError]
    assert background.busy == 0


def test_closing_waits_for_writes_and_gives_up_waiting_reads(qapp):
    background = Background()
    owner = QObject()
    done = []
    held = threading.Event()
    for _ in range(2):
        background.read(owner, lambda: held.wait(0.05), done.append)
    background.read(owner, lambda: done.append("never"), done.append)
    for number in range(3):
        background.write(owner, lambda n=number: (time.sleep(0.01), done.append(n)), done.append)
    background.close()
    assert done == [0, 1, 2]
    background.read(owner, lambda: done.append("late"), done.append)
    assert done == [0, 1, 2]


class FakeFeed:
    def __init__(self, notes):
        self.notes = notes
        self.closed = False

    def wait(self, seconds):
        step = self.notes.pop(0) if self.notes else []
        if isinstance(step, Exception):
            raise step
        return step

    def close(self):
        self.closed = True


def test_local_and_remote_changes_take_one_path(qtbot):
    hub = ChangeHub(pace=0.01)
    seen = []
    hub.changed.connect(seen.append)
    feed = FakeFeed([[Changes("till 2", {Topic.SALES: {7}})]])
    hub.announce(Changes("here"))  # touched nothing: nobody is told
    hub.announce(Changes("here", {Topic.STOCK: {1}}))
    hub.listen(lambda: feed)
    qtbot.waitUntil(lambda: len(seen) == 2)
    hub.close()
    assert [one.by for one in seen] == ["here", "till 2"]
    assert feed.closed


def test_a_feed_that_was_away_means_everything_changed(qtbot):
    hub = ChangeHub(pace=0.01)
    seen, reached = [], []
    hub.changed.connect(seen.append)
    hub.reachable.connect(reached.append)
    hub.listen(lambda: FakeFeed([OSError("gone"), OSError("gone"), []]))
    qtbot.waitUntil(lambda: len(seen) == 1 and len(reached) == 2)
    hub.close()
    assert set(seen[0].topics) == set(Topic)
    assert reached == [False, True]


def test_two_listens_are_refused(qtbot):
    hub = ChangeHub(pace=0.01)
    hub.listen(lambda: FakeFeed([]))
    with pytest.raises(RuntimeError):
        hub.listen(lambda: FakeFeed([]))
    hub.close()
