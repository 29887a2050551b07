"""The endpoint of tills in a process of its own: what it answers, and what it keeps (R7.1)."""

import base64
import hashlib
import hmac
import json
import os
import shutil
import socket
import threading
import time

import pytest

from desktop_app.services import doctor, people
from desktop_app.services.backend import Backend
from desktop_app.services.opening import open_store
from desktop_app.services.pos_folder import Intake, intake_folder
from desktop_app.services.pos_messages import BYTES_MAX
from tests.helpers import foundation as f
from tests.helpers.builders import a_product, stock
from tests.helpers.databases import clone
from tests.helpers.endpoint import KEY, endpoint, signed, signed_base64
from tests.helpers.tills import a_shop, back, fates, refund, sale, sold

pytestmark = pytest.mark.timeout(180)
URL = "https://shop.example/channels/STORE/messages"


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """One endpoint for all tests that do not stop it; its database is not even there."""
    home = tmp_path_factory.mktemp("endpoint")
    with endpoint(str(home / "company.backroom"), home, URL) as made:
        yield made
    assert not (home / "company.backroom").exists()


@pytest.fixture
def server(running):
    shutil.rmtree(running.folder / "spool", ignore_errors=True)
    return running


AT = "2026-05-01T09:30:00Z"


def body(transaction="T1"):
    return json.dumps(sale(transaction, [("APPLE", 2)], at=AT)).encode()


def kept(server):
    return [path.read_bytes().partition(b"\n")[2] for path in server.spooled()]


def test_a_signed_message_is_on_disk_before_the_answer(server):
    sent = body()
    status, told, _ = server.post(sent)
    assert (status, told["state"], told["retry"], told["message_id"]) == (
        202,
        "kept",
        False,
        "T1-m",
    )
    assert kept(server) == [sent]
    assert server.spooled()[0].name == f"{told['id']}.message"
    assert server.spooled()[0].stat().st_mode & 0o077 == 0


def test_the_same_message_again_is_known(server):
    sent = body()
    first, second = server.post(sent), server.post(sent)
    assert (first[0], second[0], second[1]["state"]) == (202, 200, "known")
    assert first[1]["id"] == second[1]["id"]
    assert kept(server) == [sent]


def test_the_same_id_with_other_content_is_kept_beside_it(server):
    one = body()
    other = one.replace(b"Till 2", b"Till 3")
    assert [server.post(one)[0], server.post(other)[0]] == [202, 202]
    assert sorted(kept(server)) == sorted([one, other])


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Backroom-Signature": ""},
        {"X-Backroom-Signature": "sha256="},
        {"X-Backroom-Signature": "sha256=" + "0" * 64},
        {"X-Backroom-Signature": "sha256=é".encode().decode("latin-1")},
        signed(body(), "another secret, long enough"),
        signed(body("T2")),
        signed(body() + b" "),
        {"X-Shopify-Hmac-Sha256": "AAAA"},
        {"x-square-hmacsha256-signature": "AAAA"},
        signed_base64("x-square-hmacsha256-signature", body()),
    ],
)
def test_what_is_not_signed_is_not_kept(server, headers):
    status, told, _ = server.post(body(), headers=headers)
    assert (status, told) == (401, {"state": "not_signed", "retry": False})
    assert kept(server) == []


def test_shopify_and_square_sign_their_way(server):
    sent = body()
    assert server.post(sent, headers=signed_base64("X-Shopify-Hmac-Sha256", sent))[0] == 202
    made = hmac.new(KEY.encode(), URL.encode() + sent, hashlib.sha256).digest()
    headers = {"x-square-hmacsha256-signature": base64.b64encode(made).decode()}
    assert server.post(sent, headers=headers)[0] == 200


def test_the_id_of_a_webhook_is_its_message_id(server):
    sent = b'{"order": {"id": 1, "financial_status": "paid"}}'
    headers = {**signed_base64("X-Shopify-Hmac-Sha256", sent), "X-Shopify-Webhook-Id": "b54557e4"}
    assert server.post(sent, headers=headers)[1]["message_id"] == "b54557e4"


@pytest.mark.parametrize("code", ["NOPE", "..", "%2e%2e%2f", "STORE%00", "x" * 300])
def test_an_unknown_channel_is_not_found(server, code):
    assert server.post(body(), code=code)[0] == 404
    assert kept(server) == []


def test_only_json_is_taken(server):
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        status, told, _ = server.post(body(), kind=kind)
        assert (status, told) == (415, {"state": "not_json", "retry": False})
    assert server.post(body(), kind="application/json; charset=utf-8")[0] == 202


def test_a_large_message_is_not_even_read(server):
    """The head is enough; the body is never sent here."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as calling:
        calling.sendall(
            b"POST /channels/STORE/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 9999999999\r\n\r\n"
        )
        assert calling.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_large_message_in_parts_is_given_up_at_the_limit(server):
    sent = []

    def parts():
        for _ in range(10_000):
            sent.append(1)
            yield b"x" * 65_536

    try:
        status, told, _ = server.post(b"", headers={}, chunks=parts())
        assert (status, told) == (413, {"state": "too_large", "retry": False})
    except (BrokenPipeError, ConnectionResetError):
        pass  # it was closed while we were still sending
    assert len(sent) < 1_000
    assert kept(server) == []


def test_a_message_of_just_the_limit_is_taken(server):
    sent = b'{"note": "' + b"x" * (BYTES_MAX - 12) + b'"}'
    assert len(sent) == BYTES_MAX
    assert server.post(sent)[0] == 202
    assert server.post(sent + b" ")[0] == 413


def test_a_deeply_nested_message_is_kept_for_a_person(server):
    """Signed, so nobody's attack: it is shown with its reason instead of lost."""
    assert server.post(b"[" * 100_000)[0] == 202
    assert server.post(b'{"a": 1, "a": 2}')[0] == 202
    assert server.post(body("T9"))[0] == 202


def test_a_call_that_breaks_off_keeps_nothing(server):
    sent = body()
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as calling:
        head = "".join(f"{name}: {value}\r\n" for name, value in signed(sent).items())
        calling.sendall(
            b"POST /channels/STORE/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            + head.encode()
            + f"Content-Length: {len(sent)}\r\n\r\n".encode()
            + sent[:-1]
        )
    assert server.post(body("T2"))[0] == 202  # it goes on
    assert kept(server) == [body("T2")]


@pytest.mark.skipif(os.name == "nt", reason="folders are protected another way there")
def test_a_spool_that_cannot_be_written_asks_to_come_back(server):
    (server.folder / "spool").mkdir(parents=True)
    (server.folder / "spool" / "new").write_text("not a folder")
    status, told, headers = server.post(body())
    assert (status, told) == (503, {"state": "not_kept", "retry": True})
    assert int(headers["retry-after"]) > 0
    (server.folder / "spool" / "new").unlink()
    assert server.post(body())[0] == 202


def test_many_tills_at_once(server):
    """Ten tills, each message twice: every one is kept once."""
    answers = []

    def till(number):
        for one in range(10):
            sent = body(f"T{number}-{one}")
            answers.extend([server.post(sent)[0], server.post(sent)[0]])

    threads = [threading.Thread(target=till, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] * 100 + [202] * 100
    assert len(set(kept(server))) == len(server.spooled()) == 100


def test_a_file_of_secrets_that_others_can_read_is_not_used(tmp_path):
    with endpoint(str(tmp_path / "company.backroom"), tmp_path) as made:
        (path,) = tmp_path.rglob("intake.toml")
        assert path.stat().st_mode & 0o077 == 0
        path.chmod(0o644)
        assert made.post(body())[0] == 503
        path.chmod(0o600)
        assert made.post(body())[0] == 202


# --- into the books -------------------------------------------------------------------------------


@pytest.fixture
def company(tmp_path):
    """A company of its own in a file, closed, with nine apples in its shop."""
    made = clone("sqlite")
    path = tmp_path / "company.backroom"
    shutil.copy(made.address, path)
    made.remove()
    store = open_store(str(path))
    backend = Backend.sign_in(store, "mary")
    a_shop(backend)
    stock(backend, {a_product(backend, "APPLE"): 9}, f.SHOP)
    store.close()
    return str(path)


def test_nothing_that_was_answered_for_is_lost(company, tmp_path):
    """Killed after its answers, the books closed all the while: the next start takes all of it."""
    sent = [sale(f"T{number}", [("APPLE", 1)]) for number in range(4)]
    sent.append(refund("R1", "T3", [back(1, "L1")]))
    with endpoint(company, tmp_path) as made:
        for one in reversed(sent):
            assert made.post(json.dumps(one).encode())[0] == 202
            assert made.post(json.dumps(one).encode())[0] == 200
        made.kill()
    store = open_store(company)
    try:
        backend = Backend.sign_in(store, people.of(store)[0].login)
        done = Intake(backend, intake_folder(company)).round()
        assert (done.taken, done.repeated) == (5, 0)
        assert fates(backend) == [("applied", "")] * 5
        assert [sold(backend, f"T{number}").total for number in range(4)] == [600] * 4
        with store.reading() as db:
            assert doctor.check(db) == []
    finally:
        store.close()
    with endpoint(company, tmp_path) as made:
        # Taken into the books meanwhile: still known, and nothing new to take.
        assert made.post(json.dumps(sent[0]).encode())[0] == 200
        assert made.spooled() == []


def test_it_answers_while_the_books_are_in_use(company, tmp_path):
    store = open_store(company)
    try:
        with endpoint(company, tmp_path) as made:
            assert made.post(body())[0] == 202
    finally:
        store.close()


def test_a_slow_sender_does_not_hold_up_the_others(server):
    slow = [socket.create_connection(("127.0.0.1", server.port), timeout=30) for _ in range(20)]
    for calling in slow:
        calling.sendall(
            b"POST /channels/STORE/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 500\r\n\r\n{"
        )
    began = time.monotonic()
    assert server.post(body())[0] == 202
    assert time.monotonic() - began < 5
    for calling in slow:
        calling.close()
