"""Opening a database that is missing, empty, foreign, newer, in use, damaged or far away.

Each has its own code (reliability 3.8), and nothing is written.
"""

import hashlib
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError

from desktop_app.services.errors import Rejected, Unavailable
from desktop_app.services.store import engine, schema
from desktop_app.services.store import tables as t
from tests.helpers import databases
from tests.helpers.sources import ROOT


def _refused(address: object, action=engine.open_store) -> Rejected:
    with pytest.raises(Rejected) as refused:
        action(str(address)).close()
    return refused.value


def _picture(folder: Path) -> dict[str, str]:
    """Every file with what it holds, but for the locks that programs leave beside a database."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.is_file() and path.suffix not in {".lock", ".owner"}
    }


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    """A database of this program, closed."""
    path = tmp_path / "backroom.db"
    engine.create(str(path)).close()
    return path


def test_a_file_that_is_not_there(tmp_path):
    assert _refused(tmp_path / "none.db").code == "missing_file"
    assert not list(tmp_path.iterdir())


def test_a_folder(tmp_path):
    (tmp_path / "folder").mkdir()
    assert _refused(tmp_path / "folder").code == "not_a_file"
    assert not list((tmp_path / "folder").iterdir())


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"number,name\n1,Tent\n", "foreign_file"),
        (b"SQLite format 3\0", "foreign_file"),
        (b"\0" * 4096, "foreign_file"),
    ],
)
def test_a_file_of_something_else(tmp_path, content, code):
    path = tmp_path / "other.db"
    path.write_bytes(content)
    before = _picture(tmp_path)
    refused = _refused(path)
    assert refused.code == code
    assert refused.params["path"] == str(path)
    assert _picture(tmp_path) == before


def test_the_database_of_another_program(tmp_path):
    path = tmp_path / "other.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE music (title TEXT)")
    other.commit()
    other.close()
    before = _picture(tmp_path)
    assert _refused(path).code == "foreign_file"
    assert _picture(tmp_path) == before


def test_a_file_of_a_newer_program(ours):
    raw = sqlite3.connect(ours)
    raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.commit()
    raw.close()
    before = _picture(ours.parent)
    refused = _refused(ours)
    assert refused.code == "newer_schema"
    assert refused.params == {"found": "9999", "known": schema.head()}
    assert _picture(ours.parent) == before


_TRY = """
import sys
from desktop_app.services.errors import Rejected
from desktop_app.services.store import engine
try:
    engine.open_store(sys.argv[1]).close()
except Rejected as refused:
    print(refused.code, refused.params["by"])
"""


def test_a_file_that_another_program_has_open(ours):
    store = engine.open_store(str(ours))
    before = _picture(ours.parent)
    said = subprocess.run(
        [sys.executable, "-c", _TRY, ours], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout  # fmt: skip
    assert said.split(maxsplit=1)[0] == "in_use"
    assert f"process {os.getpid()}" in said
    assert _refused(ours).code == "in_use", "also of a second window of the same program"
    assert _picture(ours.parent) == before
    store.close()


def test_a_lock_ends_with_the_program_that_held_it(ours):
    killed = _TRY.replace(
        "open_store(sys.argv[1]).close()",
        "open_store(sys.argv[1]); import os; os.kill(os.getpid(), 9)",
    )
    done = subprocess.run(
        [sys.executable, "-c", killed, ours], cwd=ROOT, check=False, capture_output=True
    )
    assert done.returncode == -9
    engine.open_store(str(ours)).close()


def test_the_next_program_may_open_what_was_closed(ours):
    engine.open_store(str(ours)).close()
    engine.open_store(str(ours)).close()


@pytest.mark.no_doctor
def test_a_damaged_file(ours):
    raw = bytearray(ours.read_bytes())
    raw[4096 : 4096 * 40] = b"\xa5" * (4096 * 39)
    raw[100:4096] = b"\xa5" * 3996
    ours.write_bytes(bytes(raw))
    before = _picture(ours.parent)
    refused = _refused(ours)
    assert refused.code == "damaged_file"
    assert refused.params["path"] == str(ours)
    after = _picture(ours.parent)
    assert after[ours.name] == before[ours.name]


def test_a_place_that_may_not_be_written(tmp_path, monkeypatch):
    path = tmp_path / "folder" / "new.db"
    path.parent.mkdir()

    def refuse(*_args: object, **_named: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(engine.FileLock, "acquire", refuse)
    refused = _refused(path, engine.create)
    assert refused.code == "unwritable_place"
    assert refused.params["reason"] == "Permission denied"
    assert not path.exists()


MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
server:/share /vol/office\\040files nfs4 rw 0 0
//server/share /vol/smb cifs rw 0 0
/dev/sdb1 /vol/office\\040files/local ext4 rw 0 0
portal /run/user/1000/doc fuse.portal rw 0 0
sshfs#host /vol/far fuse.sshfs rw 0 0
"""


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("/vol/office files/backroom.db", "nfs4"),
        ("/vol/office files/deep/er/backroom.db", "nfs4"),
        ("/vol/smb/backroom.db", "cifs"),
        ("/vol/far/backroom.db", "fuse.sshfs"),
    ],
)
def test_a_network_place(place, kind):
    with pytest.raises(Rejected) as refused:
        engine._check_place(Path(place), MOUNTS)
    assert refused.value.code == "network_place"
    assert refused.value.params == {"path": place, "kind": kind}


@pytest.mark.parametrize(
    "place",
    [
        "/srv/backroom.db",
        "/vol/smbx/backroom.db",
        "/vol/office files/local/b.db",
        "/run/user/1000/doc/b.db",
    ],
)
def test_a_place_of_this_machine(place):
    engine._check_place(Path(place), MOUNTS)


def test_a_new_database_never_takes_the_place_of_a_file(tmp_path):
    path = tmp_path / "precious.txt"
    path.write_text("precious")
    assert _refused(path, engine.create).code == "file_exists"
    assert path.read_text() == "precious"


def test_a_new_database_is_ours(empty_address):
    store = engine.create(empty_address)
    with store.reading() as db:
        assert schema.version_of(db) == schema.head()
    store.close()
    engine.open_store(empty_address).close()


def test_a_server_that_does_not_answer(tmp_path):
    with pytest.raises(Unavailable) as away:
        engine.open_store(f"postgresql://nobody@/none?host={tmp_path}")
    assert away.value.code == "server_away"


def test_server_databases_that_are_not_ours():
    made = databases.clone("postgres", empty=True)
    try:
        assert _refused(made.address).code == "empty_database"
        dsn = made.address.replace("postgresql+psycopg", "postgresql")
        with psycopg.connect(dsn, autocommit=True) as db:
            db.execute("CREATE TABLE music (title text)")
        assert _refused(made.address).code == "database_not_empty"
        assert _refused(made.address, engine.create).code == "database_not_empty"
        with psycopg.connect(dsn) as db:
            tables = db.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            ).fetchall()
        assert tables == [("music",)]
    finally:
        made.remove()


def test_a_server_database_in_use_by_us_is_not_created_again():
    made = databases.clone("postgres")
    try:
        assert _refused(made.address, engine.create).code == "database_not_empty"
    finally:
        made.remove()


def test_readers_cannot_write(store):
    with pytest.raises(DBAPIError), store.reading() as db:
        db.execute(insert(t.customer).values(name="Nobody"))


def test_a_reader_sees_one_moment(store):
    count = text("SELECT count(*) FROM customer")
    with store.reading() as db:
        before = db.execute(count).scalar_one()
        with store.writes.connect() as writer, writer.begin():
            writer.execute(insert(t.customer).values(name="Somebody Else"))
        assert db.execute(count).scalar_one() == before
    with store.reading() as db:
        assert db.execute(count).scalar_one() == before + 1


def test_sqlite_keeps_what_it_confirmed(ours):
    """Full synchronisation, the write-ahead log, foreign keys on (reliability 3.1)."""
    store = engine.open_store(str(ours))
    with store.writes.connect() as db:
        said = {name: db.exec_driver_sql(f"PRAGMA {name}").scalar_one()
                for name in ("journal_mode", "synchronous", "foreign_keys", "mmap_size")}  # fmt: skip
        db.rollback()
    store.close()
    assert said == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "mmap_size": 0}
