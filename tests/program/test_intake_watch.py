"""Shop messages taken in while the window is open: it is told, and never held up (flow 4)."""

import json
import threading

import pytest

from desktop_app.models import intake_watch
from desktop_app.services.pos_folder import Spool, intake_folder
from tests.helpers.tills import sale

SHOP = "SHOP"




@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(
        intake_watch.IntakeWatch.__init__, "__kwdefaults__", {"folder": None, "pace_s": 0.1}
    )


def put(program, transaction, sku="BAG-0101"):
    content = json.dumps(sale(transaction, [(sku, 1)])).encode()
    return Spool(intake_folder(program.shell.address)).put(SHOP, content, "http")


def states(program):
    return dict(program.read("SELECT state, count(*) FROM pos_message GROUP BY state"))


def test_an_order_appears_in_the_list_by_itself(program):
    page = program.go("sales")
    before = program.number("SELECT count(*) FROM sale")
    heard = []
    program.shell.hub.changed.connect(heard.append)
    put(program, "T1")
    program.until(lambda: heard)
    program.settle()
    assert states(program) == {"applied": 1}
    assert program.number("SELECT count(*) FROM sale") == before + 1
    assert {"sales", "messages"} <= {str(topic) for one in heard for topic in one.topics}
    assert page.isVisible()


def test_only_what_waits_for_a_person_is_said(program):
    strip = program.window.strip
    before = strip.words()
    put(program, "T1")
    program.until(lambda: states(program) == {"applied": 1})
    program.settle()
    assert "shop message" not in before + strip.words()
    put(program, "T2", "NO-SUCH-THING")
    program.until(lambda: "shop message" in strip.words())
    assert strip.words() == "1 shop message could not be taken in and waits for you."
    assert states(program) == {"applied": 1, "parked": 1}


def test_a_backlog_does_not_hold_up_leaving(program):
    for number in range(30):
        put(program, f"T{number}")
    program.until(lambda: states(program).get("applied"))
    program.shell._stop_listening()
    assert not [one for one in threading.enumerate() if one.name == "intake"]
    left = Spool(intake_folder(program.shell.address)).waiting()
    taken = states(program)
    assert sum(taken.values()) + len(left) == 30
    assert set(taken) <= {"applied", "new"}


def test_a_round_that_fails_is_tried_again(program, monkeypatch):
    from desktop_app.services import pos_folder
    from desktop_app.services.errors import Unavailable

    monkeypatch.setattr(intake_watch, "AWAY_S", 0.05)
    rounds = []
    real = pos_folder.Intake.round

    def failing(self, **given):
        rounds.append(1)
        if len(rounds) < 4:
            raise Unavailable("database_unavailable", reason="away")
        return real(self, **given)

    monkeypatch.setattr(pos_folder.Intake, "round", failing)
    put(program, "T1")
    program.until(lambda: states(program) == {"applied": 1})


def test_a_message_sent_back_is_tried_at_once(program, monkeypatch):
    """It does not wait for the next look."""
    put(program, "T1", "NO-SUCH-THING")
    program.until(lambda: states(program) == {"parked": 1})
    program.settle()
    program.shell.intake._pace = 3600
    from desktop_app.services.pos_messages import retry

    (key,) = program.read("SELECT id FROM pos_message")[0]
    attempts = program.number("SELECT attempts FROM pos_message")
    program.qtbot.wait(300)
    program.desk.run(program.window, retry([key]))
    program.until(lambda: program.number("SELECT attempts FROM pos_message") > attempts)
