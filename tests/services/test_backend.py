"""The one door: once, whole or not at all, by who may, and back again (architecture 5, R11.1 to R11.3)."""

import threading
from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text

from desktop_app.services.access import Permission
from desktop_app.services.backend import COMMANDS, Backend, Command, Undone, Work, may_retry
from desktop_app.services.books import add_notes
from desktop_app.services.changes import Changes, Topic
from desktop_app.services.errors import NotAllowed, Rejected, Stopped, Unavailable
from desktop_app.services.progress import Progress
from desktop_app.services.store.tables import journal, note


def _jot(work: Work, words: str) -> dict[str, str]:
    add_notes(work, [("SO", 1, "text", {"text": words})])
    work.touched(Topic.SALES, [1])
    work.can_undo({"words": words})
    return {"words": words}


JOT = Command("Jot", Permission.WRITE_NOTES, _jot)


@pytest.fixture
def jot(monkeypatch: pytest.MonkeyPatch) -> Command:
    """A small command with an inverse, known to `undo` for one test."""
    made = Command("Jot", Permission.WRITE_NOTES, _jot)

    @made.undone_by
    def _unjot(work: Work, original: Undone) -> dict[str, str]:
        if original.data["words"] == "for good":
            raise Rejected("cannot_undo")
        return {"took_back": original.data["words"]}

    monkeypatch.setitem(COMMANDS, "Jot", made)
    return made


def _notes(backend: Backend) -> list[tuple[str, str | None]]:
    return backend.read(
        lambda db: [
            (row.params["text"], row.struck_by)
            for row in db.execute(select(note).order_by(note.c.id))
        ]
    )


def _journalled(backend: Backend) -> int:
    return backend.read(
        lambda db: db.execute(select(func.count()).select_from(journal)).scalar_one()
    )


def test_a_command_sent_twice_is_done_once_and_answers_the_same(backend: Backend) -> None:
    once = str(uuid4())
    first = backend.run(JOT("hello"), once=once)
    again = backend.run(JOT("hello"), once=once)
    assert not first.repeated
    assert again.repeated
    assert again.result == first.result == {"words": "hello"}
    assert _notes(backend) == [("hello", None)]


def test_the_same_id_with_other_content_is_refused(backend: Backend) -> None:
    once = str(uuid4())
    backend.run(JOT("hello"), once=once)
    with pytest.raises(Rejected, match="id_reused"):
        backend.run(JOT("something else"), once=once)
    assert _notes(backend) == [("hello", None)]


def test_twins_sent_at_the_same_time_are_one(backend: Backend) -> None:
    once = str(uuid4())
    start = threading.Barrier(6)
    seen: list[bool] = []

    def send() -> None:
        start.wait()
        seen.append(backend.run(JOT("twin"), once=once).repeated)

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == [False] + [True] * 5
    assert _notes(backend) == [("twin", None)]


def test_a_refusal_leaves_nothing_behind(backend: Backend) -> None:
    def body(work: Work) -> dict[str, str]:
        add_notes(work, [("SO", 1, "text", {"text": "half"})])
        raise Rejected("nothing_to_order")

    once = str(uuid4())
    with pytest.raises(Rejected, match="nothing_to_order"):
        backend.run(Command("Half", Permission.WRITE_NOTES, body)(), once=once)
    assert _notes(backend) == []
    assert _journalled(backend) == 0
    # The same id is free again: nothing was done under it.
    assert not backend.run(JOT("whole"), once=once).repeated


def test_stop_takes_everything_back(backend: Backend) -> None:
    progress = Progress()

    def body(work: Work) -> dict[str, str]:
        add_notes(work, [("SO", 1, "text", {"text": "half"})])
        work.progress.step("writing", 1, 2)
        progress.stop()
        work.progress.step("writing", 2, 2)
        return {}

    with pytest.raises(Stopped):
        backend.run(
            Command("Slow", Permission.WRITE_NOTES, body)(), once=str(uuid4()), progress=progress
        )
    assert _notes(backend) == []


def test_a_role_that_may_not_is_refused_before_anything_is_opened(
    backend_as: Callable[[str], Backend],
) -> None:
    clerk = backend_as("clerk")
    buy = Command("Buy", Permission.PLACE_PURCHASES, _jot)
    with pytest.raises(NotAllowed) as refused:
        clerk.run(buy("not mine"), once=str(uuid4()))
    assert refused.value.params["needs"] == "place_purchases"
    assert _notes(clerk) == []
    assert _journalled(clerk) == 0


def test_a_passing_fault_is_tried_again_unseen(backend: Backend) -> None:
    tries = []

    def body(work: Work) -> dict[str, int]:
        tries.append(1)
        add_notes(work, [("SO", 1, "text", {"text": "once"})])
        if len(tries) < 3:
            if work.db.dialect.name == "postgresql":
                work.db.execute(text("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40P01'; END $$"))
            from sqlite3 import OperationalError

            from sqlalchemy.exc import OperationalError as Wrapped

            raise Wrapped("x", {}, OperationalError("database is locked"))
        return {"tries": len(tries)}

    done = backend.run(Command("Busy", Permission.WRITE_NOTES, body)(), once=str(uuid4()))
    assert done.result == {"tries": 3}
    assert _notes(backend) == [("once", None)]


def test_a_fault_that_stays_says_the_database_is_away(backend: Backend) -> None:
    from sqlite3 import OperationalError

    from sqlalchemy.exc import OperationalError as Wrapped

    def body(work: Work) -> dict[str, int]:
        raise Wrapped("x", {}, OperationalError("database or disk is full"))

    with pytest.raises(Unavailable) as away:
        backend.run(Command("Full", Permission.WRITE_NOTES, body)(), once=str(uuid4()))
    assert away.value.params["reason"] == "disk_full"


def test_undo_strikes_the_notes_and_can_be_done_once(backend: Backend, jot: Command) -> None:
    done = backend.run(jot("hello"), once=str(uuid4()))
    assert done.can_undo
    undone = backend.undo(done.journal_id, once=str(uuid4()))
    assert undone.result == {"took_back": "hello"}
    assert _notes(backend) == [("hello", undone.journal_id)]
    with pytest.raises(Rejected) as refused:
        backend.undo(done.journal_id, once=str(uuid4()))
    assert (refused.value.code, refused.value.params) == ("already_undone", {"command": "Jot"})


def test_undo_pressed_twice_is_one_undo(backend: Backend, jot: Command) -> None:
    done = backend.run(jot("hello"), once=str(uuid4()))
    once = str(uuid4())
    first = backend.undo(done.journal_id, once=once)
    again = backend.undo(done.journal_id, once=once)
    assert again.repeated
    assert again.result == first.result


def test_what_its_inverse_refuses_stays(backend: Backend, jot: Command) -> None:
    done = backend.run(jot("for good"), once=str(uuid4()))
    with pytest.raises(Rejected, match="cannot_undo"):
        backend.undo(done.journal_id, once=str(uuid4()))
    assert _notes(backend) == [("for good", None)]


def test_own_commands_are_undone_by_everyone_others_by_managers(
    backend_as: Callable[[str], Backend], jot: Command
) -> None:
    clerk, buyer, manager = backend_as("clerk"), backend_as("buyer"), backend_as("manager")
    hers = clerk.run(jot("hers"), once=str(uuid4()))
    with pytest.raises(NotAllowed, match="not_yours_to_undo"):
        buyer.undo(hers.journal_id, once=str(uuid4()))
    assert manager.undo(hers.journal_id, once=str(uuid4())).result == {"took_back": "hers"}
    own = clerk.run(jot("own"), once=str(uuid4()))
    assert clerk.undo(own.journal_id, once=str(uuid4())).result == {"took_back": "own"}


def test_the_journal_says_who_when_what_and_result(backend: Backend) -> None:
    done = backend.run(JOT("hello"), once=str(uuid4()))
    backend.run(JOT("again"), once=str(uuid4()))
    rows = backend.read(lambda db: db.execute(select(journal).order_by(journal.c.seq)).all())
    assert [row.seq for row in rows] == [1, 2]
    first = rows[0]
    assert (first.id, first.command, first.person_id) == (
        done.journal_id,
        "Jot",
        backend.actor.person_id,
    )
    assert first.request == {"args": ["hello"]}
    assert first.result == {"words": "hello"}
    assert first.at <= rows[1].at


def test_the_other_workstation_hears_of_a_commit_and_not_of_its_own(
    two_workstations: tuple[Backend, Backend],
) -> None:
    here, there = two_workstations
    heard_here, heard_there = here.feed(), there.feed()
    try:
        here.run(JOT("hello"), once=str(uuid4()))
        assert [c.topics for c in heard_there.wait(2)] == [{Topic.SALES: {1}}]
        assert heard_here.wait(0.2) == []
    finally:
        heard_here.close()
        heard_there.close()


def test_a_refused_command_announces_nothing(two_workstations: tuple[Backend, Backend]) -> None:
    here, there = two_workstations

    def body(work: Work) -> dict[str, str]:
        work.touched(Topic.SALES, [1])
        raise Rejected("nothing_to_order")

    heard = there.feed()
    try:
        with pytest.raises(Rejected):
            here.run(Command("Half", Permission.WRITE_NOTES, body)(), once=str(uuid4()))
        assert heard.wait(0.2) == []
    finally:
        heard.close()


def test_many_ids_become_many() -> None:
    changes = Changes("desk")
    changes.touch(Topic.SALES, range(200))
    assert changes.topics[Topic.SALES] == set(range(200))
    changes.touch(Topic.SALES, [200])
    assert changes.topics == {Topic.SALES: None}
    assert Changes.from_json(changes.as_json()) == changes


def test_a_broken_constraint_is_our_bug_and_is_not_tried_again(backend: Backend) -> None:
    from sqlalchemy.exc import IntegrityError

    tries = []

    def body(work: Work) -> dict[str, str]:
        tries.append(1)
        add_notes(work, [("SO", 1, "text", {"text": "x"})])
        work.db.execute(text("UPDATE note SET document = 'XX'"))
        return {}

    with pytest.raises(IntegrityError) as broken:
        backend.run(Command("Wrong", Permission.WRITE_NOTES, body)(), once=str(uuid4()))
    assert len(tries) == 1
    assert not may_retry(broken.value)
    assert _notes(backend) == []
