"""``backroom intake`` from a terminal: what it says and how it ends."""

import io
import json
import os
import subprocess
import sys

import pytest

from desktop_app import intake_command
from desktop_app.intake_secrets import Secrets
from desktop_app.services.opening import open_store
from desktop_app.services.pos_folder import intake_folder
from tests.helpers.endpoint import settings
from tests.helpers.sources import ROOT
from tests.helpers.tills import sale

SHOP = "SHOP"
"""The sample company's shop."""


@pytest.fixture
def company(sample_company, tmp_path):
    import shutil

    path = tmp_path / "company.backroom"
    shutil.copyfile(sample_company, path)
    return str(path)


@pytest.fixture
def intake(company, capsys):
    """Run one job; (exit code, what it printed, what it complained about)."""

    def run(*words):
        code = intake_command.main(["--database", company, *map(str, words)])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return code, said.out, said.err

    return run


@pytest.fixture
def message(tmp_path):
    def write(name, value):
        path = tmp_path / name
        path.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())
        return path

    return write


def bag(transaction="T1", sku="BAG-0101"):
    return sale(transaction, [(sku, 1)])


def test_files_are_taken_and_their_fate_is_told(intake, message):
    good, bad = message("good.json", bag()), message("bad.json", b"{")
    assert intake("take", "--channel", SHOP, good) == (
        0, "1 new message, 0 known already.\n1 became orders.\n", "",
    )  # fmt: skip
    assert good.exists()
    assert intake("take", "--channel", SHOP, good)[:2] == (0, "0 new messages, 1 known already.\n")
    code, out, _ = intake("take", "--channel", SHOP, bad, message("page.json", b"<html>"))
    assert (code, out) == (
        1,
        "2 new messages, 0 known already.\n1 cannot be taken in as they are.\n1 are no orders.\n",
    )


def test_a_file_that_is_not_there_is_said(intake, message, tmp_path):
    code, out, complaint = intake(
        "take", "--channel", SHOP, tmp_path / "gone.json", message("good.json", bag())
    )
    assert (code, out) == (1, "1 new message, 0 known already.\n1 became orders.\n")
    assert complaint.startswith("gone.json cannot be read (No such file")
    assert intake("take", "--channel", "../x", tmp_path / "a")[0] == 2


def test_while_the_program_is_open_messages_are_handed_over(intake, message, company):
    store = open_store(company)
    try:
        path = message("good.json", bag())
        code, out, _ = intake("take", "--channel", SHOP, path)
        assert (code, out) == (0, "Backroom is open: 1 message handed over to it, 0 known.\n")
        assert intake("take", "--channel", SHOP, path)[1].endswith(
            "0 messages handed over to it, 1 known.\n"
        )
        assert intake("watch", "--once")[0] == 2
    finally:
        store.close()
    code, out, _ = intake("watch", "--once")
    assert (code, out.splitlines()[1:]) == (
        0,
        ["1 new message, 0 known already.", "1 became orders."],
    )


def test_the_folder_of_a_channel_is_watched(intake, company):
    code, out, _ = intake("folder", SHOP)
    place = intake_folder(company) / "inbox" / SHOP
    assert (code, out) == (0, f"{place}\n")
    (place / "one.json").write_bytes(json.dumps(bag()).encode())
    assert intake("watch", "--once")[1].endswith("1 became orders.\n")
    assert list(place.iterdir()) == []
    assert intake("folder", "NOWHERE") == (
        2, "", "There is no channel NOWHERE. Add it on the Channels page first.\n",
    )  # fmt: skip


def test_a_secret_is_printed_once_and_kept_for_its_owner_only(intake, company):
    code, out, told = intake("secret", SHOP)
    secrets = Secrets(intake_folder(company))
    kept = secrets.of(SHOP)
    assert (code, out) == (0, f"{kept.key}\n")
    assert len(kept.key) >= 40
    assert kept.key not in told + repr(kept)
    assert secrets.path.stat().st_mode & 0o777 == 0o600
    assert intake("secret", SHOP)[1] != out
    assert intake("secret", "NOWHERE")[0] == 2
    assert secrets.of("NOWHERE") is None


def test_a_secret_that_the_sender_gave_is_read_not_shown(intake, company, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("given by the shop system\n"))
    code, out, _ = intake("secret", SHOP, "--given", "--square-url", "https://x.example/")
    assert (code, out) == (0, "")
    kept = Secrets(intake_folder(company)).of(SHOP)
    assert (kept.key, kept.square_url) == ("given by the shop system", "https://x.example/")
    monkeypatch.setattr(sys, "stdin", io.StringIO("short\n"))
    code, _, complaint = intake("secret", SHOP, "--given")
    assert (code, complaint) == (2, "A secret has at least 16 characters.\n")
    assert Secrets(intake_folder(company)).of(SHOP) == kept


def test_the_endpoint_needs_a_secret(intake):
    code, _, complaint = intake("serve", "--port", "0")
    assert (code, complaint.startswith("No channel has a secret yet.")) == (2, True)


def test_without_the_extra_it_says_what_to_install(intake, monkeypatch):
    monkeypatch.setitem(sys.modules, "fastapi", None)
    monkeypatch.delitem(sys.modules, "desktop_app.intake_server", raising=False)
    code, out, complaint = intake("serve")
    assert (code, out) == (2, "")
    assert complaint == (
        "The HTTP endpoint needs packages that are not installed."
        " Install them with: pip install 'backroom[intake]'\n"
    )


def test_a_port_that_is_taken_is_said(intake):
    import socket

    intake("secret", SHOP)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, out, complaint = intake("serve", "--port", taken.getsockname()[1])
    assert (code, out) == (2, "")
    assert complaint.count("\n") == 1


def test_the_window_never_loads_the_endpoint():
    """FastAPI takes a second to import, and the window is to be there in one."""
    asked = (
        "import sys, desktop_app.app, desktop_app.intake_command;"
        "print([n for n in ('fastapi', 'starlette', 'uvicorn', 'desktop_app.intake_server')"
        " if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True,
        env=os.environ | {"PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"},
    )  # fmt: skip
    assert done.stdout.strip() == "[]"


def test_the_program_has_the_job(company, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "desktop_app", "--database", company, "intake", "watch", "--once"],
        cwd=ROOT, env=settings(tmp_path), capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "0 new messages, 0 known already."
