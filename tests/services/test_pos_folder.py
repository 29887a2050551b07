"""The watched folder and the spool: complete files only, taken once, never lost (R7.1; 5.2 Folder)."""

import json
import os
import time

import pytest
from sqlalchemy import func, select

from desktop_app.services import pos_folder
from desktop_app.services.errors import Rejected
from desktop_app.services.pos_folder import Inbox, Intake, Spool, intake_folder
from desktop_app.services.pos_messages import BYTES_MAX
from desktop_app.services.store import tables as t
from desktop_app.views.messages import sentence
from tests.helpers import foundation as f
from tests.helpers.builders import a_product, stock
from tests.helpers.tills import CODE, a_shop, fates, sale, sold


@pytest.fixture
def shop(backend):
    a_shop(backend)
    stock(backend, {a_product(backend, "APPLE"): 99}, f.SHOP)
    return backend


@pytest.fixture
def intake(shop, tmp_path):
    """An intake for which a file rests as soon as it was seen once before."""
    return Intake(shop, tmp_path / "in", stable_s=0)


def said(transaction="T1", **more):
    return json.dumps(sale(transaction, [("APPLE", 1)], **more)).encode()


def put(intake, name, content=None, code=CODE):
    path = intake.inbox.make(code) / name
    path.write_bytes(said() if content is None else content)
    return path


def messages(backend):
    return backend.read(
        lambda db: db.execute(select(func.count()).select_from(t.pos_message)).scalar_one()
    )


# --- the inbox ------------------------------------------------------------------------------------


def test_a_file_becomes_an_order_and_moves_to_taken(shop, intake):
    path = put(intake, "one.json")
    done = intake.round()
    assert (done.taken, dict(done.states), done.problems) == (1, {"applied": 1}, [])
    assert sold(shop, "T1").total == 600
    assert not path.exists()
    (moved,) = intake.inbox.taken.rglob("one.json")
    assert moved.parent.parent.name == CODE
    assert intake.round().taken == 0


def test_a_file_that_is_still_growing_is_left_alone(shop, tmp_path):
    intake = Intake(shop, tmp_path / "in", stable_s=0.2)
    path = put(intake, "one.json", said()[:50])
    assert intake.round().taken == 0
    time.sleep(0.15)
    path.write_bytes(said())
    assert intake.round().taken == 0  # it changed: the wait begins anew
    time.sleep(0.1)
    assert intake.round().taken == 0
    time.sleep(0.25)
    assert intake.round().taken == 1


def test_a_young_file_that_is_cut_off_may_be_growing(shop, intake):
    path = put(intake, "one.json", said()[:50])
    assert [intake.round().taken for _ in range(3)] == [0, 0, 0]
    assert path.exists()
    long_ago = time.time() - 3600
    os.utime(path, (long_ago, long_ago))
    done = intake.round()
    assert dict(done.states) == {"parked": 1}
    assert fates(shop) == [("parked", "json_cut_off")]
    assert done.for_a_person == 1


@pytest.mark.parametrize("name", [".hidden.json", "one.json.part", "one.tmp", "one.txt", "one"])
def test_other_names_are_passed_over(shop, intake, name):
    path = put(intake, name)
    assert intake.round().taken == 0
    assert path.exists()


@pytest.mark.skipif(os.name == "nt", reason="pipes and links are another thing there")
def test_links_pipes_and_folders_are_not_read_but_told_once(shop, intake, tmp_path):
    place = intake.inbox.make(CODE)
    secret = tmp_path / "elsewhere.json"
    secret.write_bytes(said())
    (place / "link.json").symlink_to(secret)
    os.mkfifo(place / "pipe.json")
    (place / "folder.json").mkdir()
    put(intake, "good.json", said("T2"))
    done = intake.round()
    assert dict(done.states) == {"applied": 1}
    assert sorted((error.code, error.params["path"]) for error in done.problems) == [
        ("intake_not_a_file", "folder.json"),
        ("intake_not_a_file", "link.json"),
        ("intake_not_a_file", "pipe.json"),
    ]
    assert all(sentence(error).endswith("is not a plain file.") for error in done.problems)
    assert intake.round().problems == []


def test_a_file_that_is_too_large_goes_to_refused(shop, intake):
    put(intake, "huge.json", b" " * (BYTES_MAX + 1))
    put(intake, "good.json")
    done = intake.round()
    assert dict(done.states) == {"applied": 1}
    (error,) = done.problems
    assert sentence(error).startswith(
        "huge.json has 1,048,577 bytes; a message has at most 1,048,576"
    )
    assert [path.name for path in intake.inbox.refused.rglob("*.json")] == ["huge.json"]
    assert messages(shop) == 1


def test_a_file_that_vanishes_is_no_fault(shop, intake, monkeypatch):
    path = put(intake, "one.json")
    ready = intake.inbox.ready()
    path.unlink()
    monkeypatch.setattr(intake.inbox, "ready", lambda: ready)
    assert intake.round().taken == 0


def test_odd_names_and_clocks_are_taken(shop, intake):
    names = ["line\nend.json", "\u202erevo.json", "x" * 240 + ".json", "ü ' ; --.json"]
    for number, name in enumerate(names):
        put(intake, name, said(f"T{number}"))
    ahead = time.time() + 10 * 365 * 86_400
    os.utime(put(intake, "future.json", said("T9")), (ahead, ahead))
    done = intake.round()
    assert (done.taken, dict(done.states)) == (5, {"applied": 5})
    assert not list((intake.inbox.place / CODE).iterdir())


def test_the_same_name_again_is_kept_beside_the_first(shop, intake):
    for number in range(3):
        put(intake, "one.json", said(f"T{number}"))
        assert intake.round().taken == 1
    assert sorted(path.name for path in intake.inbox.taken.rglob("*.json")) == [
        "one-2.json", "one-3.json", "one.json",
    ]  # fmt: skip


def test_the_same_message_again_changes_nothing(shop, intake):
    content = said()
    put(intake, "one.json", content)
    put(intake, "two.json", content)
    done = intake.round()
    assert (done.taken, done.repeated, dict(done.states)) == (1, 1, {"applied": 1})
    assert messages(shop) == 1


def test_a_folder_of_no_channel_parks_its_messages(shop, intake):
    put(intake, "one.json", said(), code="NOWHERE")
    assert dict(intake.round().states) == {"parked": 1}


@pytest.mark.parametrize("code", ["", "..", "a/b", "a\\b", ".hidden", "x" * 31, "a b", "é"])
def test_a_code_that_is_no_folder_name_is_refused(tmp_path, code):
    with pytest.raises(Rejected) as error:
        Inbox(tmp_path).make(code)
    assert error.value.code == "intake_channel_name"


# --- the spool ------------------------------------------------------------------------------------


def test_a_spooled_message_is_taken_and_then_known(shop, intake):
    first = intake.spool.put(CODE, said(), "http")
    assert not first.repeated
    assert intake.spool.put(CODE, said(), "http").repeated
    assert dict(intake.round().states) == {"applied": 1}
    assert intake.spool.waiting() == []
    again = intake.spool.put(CODE, said(), "http")
    assert (again.repeated, again.id) == (True, first.id)
    m = t.pos_message.c
    kept = shop.read(lambda db: db.execute(select(m.source, m.till, m.format)).one())
    assert tuple(kept) == ("http", "Till 2", "backroom/1")


def test_channels_do_not_share_ids(shop, intake):
    a_shop(shop, "OTHER")
    assert not intake.spool.put(CODE, said(), "http").repeated
    assert not intake.spool.put("OTHER", said(), "http").repeated
    assert dict(intake.round().states) == {"applied": 2}


@pytest.mark.parametrize("place", ["spool", "inbox"])
def test_killed_after_the_commit_takes_nothing_twice(shop, intake, monkeypatch, place):
    """The message is in the books, its file is still there: the next round only tidies up."""
    if place == "spool":
        intake.spool.put(CODE, said(), "http")
    else:
        put(intake, "one.json")

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Spool, "settle", killed)
        patched.setattr(Inbox, "put_away", killed)
        with pytest.raises(KeyboardInterrupt):
            intake.round()
    assert messages(shop) == 1
    done = intake.round()
    assert (done.taken, done.repeated, dict(done.states)) == (0, 1, {"applied": 1})
    assert intake.spool.waiting() == intake.inbox.ready() == []
    assert messages(shop) == 1


@pytest.mark.expects_log
def test_a_damaged_file_in_the_spool_is_put_aside(shop, intake):
    intake.spool.put(CODE, said(), "http")
    (path,) = intake.spool.waiting()
    path.write_bytes(path.read_bytes()[:-1])
    intake.spool.put(CODE, said("T2"), "http")
    assert dict(intake.round().states) == {"applied": 1}
    assert [one.name for one in intake.spool.damaged.iterdir()] == [path.name]


def test_a_half_written_file_is_no_message(shop, intake):
    intake.spool.put(CODE, said(), "http")
    (path,) = intake.spool.waiting()
    path.rename(path.with_name(".half-written.half"))
    assert intake.round().taken == 0


def test_a_disk_that_is_full_keeps_nothing_by_halves(intake, monkeypatch):
    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pos_folder.os, "fsync", full)
    intake.spool.new.mkdir(parents=True)
    with pytest.raises(OSError):
        intake.spool.put(CODE, said(), "http")
    assert list(intake.spool.new.iterdir()) == []


def test_names_of_old_messages_are_forgotten(intake):
    intake.spool.put(CODE, said(), "http")
    intake.spool.settle(intake.spool.waiting()[0])
    intake.spool.forget_old(time.time())
    assert intake.spool.put(CODE, said(), "http").repeated
    intake.spool.forget_old(time.time() + 31 * 86_400)
    assert not intake.spool.put(CODE, said(), "http").repeated


def test_many_messages_are_taken_in_batches(shop, intake, monkeypatch):
    monkeypatch.setattr(pos_folder, "BATCH_MAX", 3)
    for number in range(7):
        intake.spool.put(CODE, said(f"T{number}"), "http")
    done = intake.round(most=5)
    assert (done.taken, dict(done.states)) == (7, {"applied": 5})
    assert intake.spool.waiting() == []
    j = t.journal.c
    batches = select(func.count()).where(j.command == "Take in shop messages")
    assert shop.read(lambda db: db.execute(batches).scalar_one()) == 3


def test_each_database_has_its_own_place(tmp_path):
    assert intake_folder(str(tmp_path / "a.backroom")) == tmp_path / "a.backroom.intake"
    one = intake_folder("postgresql://u@host/books")
    other = intake_folder("postgresql://u@elsewhere/books")
    assert one != other
    assert one.name.startswith("books-")
