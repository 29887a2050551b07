"""The real program in a process of its own: what it says and how it ends (architecture 13)."""

import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from desktop_app import __version__
from tests.helpers.sources import ROOT

pytestmark = pytest.mark.timeout(300)


def run(*words, cwd=None):
    """Return (exit code, what it printed, what it complained about)."""
    done = subprocess.run(
        [sys.executable, "-m", "desktop_app", *map(str, words)], cwd=cwd or ROOT, text=True,
        capture_output=True, timeout=200, check=False, stdin=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"},
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def doctor(path):
    """What `doctor` says of a file that it cannot use: exit code 2, one sentence, no traceback."""
    code, out, complaint = run("--database", path, "doctor")
    assert (code, out) == (2, "")
    assert "Traceback" not in complaint
    assert complaint.count("\n") == 1
    return complaint.strip()


@pytest.fixture(scope="module")
def sample(tmp_path_factory) -> Path:
    """The sample company, made by the program; closed."""
    path = tmp_path_factory.mktemp("company") / "sample.backroom"
    code, out, complaint = run("sample", path)
    assert (code, complaint) == (0, "")
    assert out == f"The sample company is in {path}\n"
    return path


def test_it_says_its_version():
    assert run("--version") == (0, f"Backroom {__version__}\n", "")


def test_it_checks_itself_from_any_folder(tmp_path):
    code, out, complaint = run("--check", cwd=tmp_path)
    assert (code, complaint) == (0, ""), out + complaint
    lines = out.splitlines()
    assert lines[-1] == "Everything works."
    assert len(lines) > 10
    assert all(line.startswith("ok      ") for line in lines[:-1])
    assert f"SQLite {sqlite3.sqlite_version}" in lines[0]
    assert list(tmp_path.iterdir()) == []


def test_the_sample_company_is_right_and_is_not_made_twice(sample):
    assert run("--database", sample, "doctor") == (0, "The books are right.\n", "")
    before = sample.read_bytes()
    code, out, complaint = run("sample", sample)
    assert (code, out) == (2, "")
    assert complaint == f"{sample} is already there. Choose another name, or open it.\n"
    assert sample.read_bytes() == before


def test_doctor_finds_a_wrong_number(sample, tmp_path):
    path = tmp_path / "wrong.backroom"
    path.write_bytes(sample.read_bytes())
    with sqlite3.connect(path) as db:
        db.execute("UPDATE stock_level SET in_stock = in_stock + 10000 WHERE product_id = 1")
    db.close()
    code, out, complaint = run("--database", path, "doctor")
    assert (code, complaint) == (1, "")
    assert re.search(r"^I01: not so: in stock is the sum of the movements: ", out)
    assert out.endswith("1 findings. Nothing was changed.\n")


def test_a_missing_file_is_named_and_not_made(tmp_path):
    path = tmp_path / "nowhere.backroom"
    assert doctor(path) == f"There is no file at {path}. Choose another file or start a new company."
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty: it is not a Backroom file"),
        (b"Dear diary,\n" * 20, "is not a Backroom file. Choose another file."),
        (b"SQLite format 3\0" + bytes(84), "is not a Backroom file. Choose another file."),
        (b"\xff\xfe" * 600, "is not a Backroom file. Choose another file."),
    ],
    ids=["empty", "text", "another program's database", "noise"],
)
def test_a_foreign_file_is_named_and_left_alone(tmp_path, content, said):
    path = tmp_path / "other.file"
    path.write_bytes(content)
    assert doctor(path).startswith(f"{path} {said}")
    assert path.read_bytes() == content


def test_a_folder_is_named(tmp_path):
    assert doctor(tmp_path) == f"{tmp_path} is a folder, not a Backroom file. Choose a file."


def test_half_a_file_is_called_damaged(sample, tmp_path):
    path = tmp_path / "half.backroom"
    whole = sample.read_bytes()
    path.write_bytes(whole[: len(whole) // 2 + 1000])
    assert re.match(rf"{re.escape(str(path))} is damaged \(.+\)\. Nothing was changed\.", doctor(path))


def test_a_file_from_a_newer_program_is_refused(sample, tmp_path):
    path = tmp_path / "newer.backroom"
    path.write_bytes(sample.read_bytes())
    with sqlite3.connect(path) as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
    db.close()
    assert doctor(path).startswith("This database was written by a newer Backroom (schema 9999; this")


HOLD = """
import sys
from desktop_app.services.opening import open_store
store = open_store(sys.argv[1])
print("open", flush=True)
sys.stdin.readline()
store.close()
"""


def test_the_second_program_is_told_who_holds_the_file(sample):
    """F5: one file is for one program; afterwards it is free again, also after a kill."""
    first = _hold(sample)
    said = doctor(sample)
    assert said.startswith(f"{sample} is in use by ")
    assert f"process {first.pid}. Close Backroom there first" in said
    assert first.communicate("\n", timeout=30) == ("", "")
    assert run("--database", sample, "doctor")[0] == 0
    second = _hold(sample)
    second.kill()
    second.communicate()
    assert run("--database", sample, "doctor") == (0, "The books are right.\n", "")


def _hold(path):
    made = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], cwd=ROOT, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert made.stdout is not None
    assert made.stdout.readline() == "open\n", made.communicate()[1]
    return made


def test_a_server_that_is_away_is_named():
    code, out, complaint = run("--database", "postgresql://nobody@127.0.0.1:9/none", "doctor")
    assert (code, out) == (2, "")
    assert complaint == "The server 127.0.0.1 does not answer. Check the network, then try again.\n"


def test_it_works_on_a_server_too(engine_kind, address):
    assert run("--database", address, "doctor") == (0, "The books are right.\n", "")
