"""Commands of a count that an earlier program left, and those whose draft is gone (RCV-12)."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from desktop_app.models.kept_scans import Kept, KeptScans
from desktop_app.models.receipt_queue import ReceiptQueue
from desktop_app.models.receipt_words import away_words, resumed_words
from desktop_app.services import receipt_drafts
from desktop_app.services.errors import Rejected, Unavailable
from tests.helpers import builders as b
from tests.helpers import deliveries as d


@pytest.fixture
def drafts(backend):
    """Two open counts of orders that have the same product."""
    pen = b.a_product(backend, "PEN")
    orders = [b.a_purchase_order(backend, b.a_supplier(backend), {pen: 50}) for _ in range(2)]
    return [
        backend.run(receipt_drafts.start_or_continue(one.id), once=str(uuid4())).result["draft_id"]
        for one in orders
    ]


@pytest.fixture
def build(backend, background, tmp_path):
    made = []

    def queue():
        desk = d.a_desk(backend, background)
        kept = KeptScans(tmp_path, backend.store.address, backend.actor.login)
        one = ReceiptQueue(desk, desk, kept)
        one._retry.setInterval(20)
        one.told, one.turned_down = [], []
        one.resumed.connect(lambda count, errors: one.told.append((count, errors)))
        one.refused.connect(
            lambda pending, error: one.turned_down.append((pending.code, error.code))
        )
        made.append((one, desk))
        return one

    yield queue
    for one, _ in made:
        one.close()


def pen(draft):
    return receipt_drafts.scan(draft, "PEN", None), draft, "PEN"


def test_what_was_left_goes_first_and_is_told(build, backend, qtbot, drafts, monkeypatch):
    real = backend.run

    def away(call, *, once, progress=None):
        raise Unavailable("database_unavailable", reason="away")

    monkeypatch.setattr(backend, "run", away)
    first = build()
    first.add(*pen(drafts[0]))
    first.add(receipt_drafts.scan(drafts[0], "NOBODY-KNOWS", None), drafts[0], "NOBODY-KNOWS")
    qtbot.waitUntil(lambda: first.away_since is not None)
    assert first.is_kept
    first.close()
    assert not first

    second = build()
    second.add(*pen(drafts[1]))
    second.resume()
    assert len(second) == 3
    qtbot.waitUntil(lambda: second.away_since is not None)  # its first try is over
    monkeypatch.setattr(backend, "run", real)
    qtbot.waitUntil(lambda: not second)
    assert [x[0] for x in d.scans_of(backend)] == ["PEN", "NOBODY-KNOWS", "PEN"]
    assert second.told == [(2, [])]
    assert second.away_since is None


def test_a_draft_that_is_gone_takes_only_its_own_with_it(build, backend, qtbot, drafts):
    queue = build()
    backend.run(receipt_drafts.discard(drafts[0]), once=str(uuid4()))
    queue.add(*pen(drafts[0]))
    queue.add(*pen(drafts[1]))
    queue.add(*pen(drafts[0]))
    qtbot.waitUntil(lambda: not queue)
    assert queue.turned_down == [("PEN", "draft_gone")]
    assert len(d.scans_of(backend)) == 1
    assert queue.told == []


def test_scans_for_a_draft_that_was_discarded_meanwhile_are_told(
    build, backend, qtbot, drafts, tmp_path
):
    kept = KeptScans(tmp_path, backend.store.address, "mary")
    for _ in range(2):
        call = receipt_drafts.scan(drafts[0], "PEN", None)
        kept.add(Kept(str(uuid4()), call.name, call.request, drafts[0], "PEN"))
    kept.close()
    backend.run(receipt_drafts.discard(drafts[0]), once=str(uuid4()))
    queue = build()
    queue.resume()
    qtbot.waitUntil(lambda: not queue)
    ((count, errors),) = queue.told
    assert (count, [error.code for error in errors]) == (0, ["draft_gone", "draft_gone"])
    assert all(isinstance(error, Rejected) for error in errors)
    queue.close()
    assert list(tmp_path.glob("*.scans")) == []


def test_a_server_that_is_back_is_sent_to_at_once(build, backend, qtbot, drafts, monkeypatch):
    real, tries = backend.run, []

    def away(call, *, once, progress=None):
        tries.append(once)
        raise Unavailable("database_unavailable", reason="away")

    monkeypatch.setattr(backend, "run", away)
    queue = build()
    queue._retry.setInterval(600_000)
    queue.add(*pen(drafts[0]))
    qtbot.waitUntil(lambda: queue.away_since is not None)
    monkeypatch.setattr(backend, "run", real)
    queue.reachable(True)
    qtbot.waitUntil(lambda: not queue)
    assert len(tries) == 1
    assert len(d.scans_of(backend)) == 1


def test_the_words():
    since = datetime(2026, 5, 1, 12, 4, tzinfo=UTC).astimezone()
    at = since.strftime("%H:%M")
    assert away_words(since, 12, kept=True) == (
        f"Not connected since {at}. 12 scans saved on this computer: they count as soon as the"
        " database answers."
    )
    assert away_words(since, 1, kept=False) == (
        f"Not connected since {at}. 1 scan not saved yet: keep this window open until the database"
        " answers."
    )
    assert resumed_words(1, []) == "1 scan kept on this computer is counted now."
    assert resumed_words(3, ["Gone."]) == (
        "3 scans kept on this computer are counted now. 1 scan could not be counted: Gone."
    )
