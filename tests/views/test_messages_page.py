"""Shop messages on the screen: why one waits, and what a person does with it (R7.1)."""

import json

from desktop_app.services.pos_folder import intake_folder
from tests.helpers import tills
from tests.helpers.builders import a_product

SHOP = "SHOP"


def put(program, name, given):
    inbox = intake_folder(program.shell.address) / "inbox" / SHOP
    inbox.mkdir(parents=True, exist_ok=True)
    part = inbox / f".{name}.part"
    part.write_text(json.dumps(given))
    part.rename(inbox / f"{name}.json")


def settled(program, state, many):
    wanted = "SELECT count(*) FROM pos_message WHERE state = :state"
    program.until(lambda: program.number(wanted, state=state) == many)
    program.settle()


def test_a_parked_message_is_read_put_right_and_tried_again(program):
    page = program.go("messages")
    put(program, "one", tills.sale("T1", [("PLUM", 2)]))
    settled(program, "parked", 1)
    program.until(lambda: page.table.total == 1 and page.table.peek(0) is not None)
    program.settle()
    assert page.pane.title.text() == "T1-m"
    assert page.pane.reason.text() == (
        "Not among the products: PLUM (PLUM of the till). Add 1 product or a barcode, then try again."
    )
    assert json.loads(page.pane.text.toPlainText())["transaction_id"] == "T1"
    assert program.window.strip.words() == "1 shop message could not be taken in and waits for you."
    a_product(program.desk.backend, "PLUM")
    page.view.setFocus()
    program.press("Space")
    page.again.trigger()
    settled(program, "applied", 1)
    page.show_view("taken")
    program.settle()
    line = page.table.peek(0)
    number = program.number("SELECT number FROM sale ORDER BY id DESC LIMIT 1")
    assert [(one.kind, one.number) for one in line.orders] == [("sale", number)]
    page.view.setFocus()
    program.press("Return")
    program.settle()
    assert program.window.stack.currentWidget().head.title.text() == f"#{number}"


def test_a_message_put_aside_is_taken_back_by_undo(program):
    page = program.go("messages")
    put(program, "one", tills.sale("T1", [("PLUM", 2)]))
    settled(program, "parked", 1)
    program.until(lambda: page.table.total == 1)
    page.view.setFocus()
    page.aside.trigger()
    settled(program, "dismissed", 1)
    assert program.window.strip.words() == "1 message is put aside"
    program.press("Ctrl+Z")
    settled(program, "parked", 1)


def test_the_same_id_with_other_content_is_for_a_person_to_judge(program):
    a_product(program.desk.backend, "APPLE")
    page = program.go("messages")
    put(program, "one", tills.sale("T1", [("PLUM", 2)], message="M"))
    settled(program, "parked", 1)
    put(program, "two", tills.sale("T1", [("APPLE", 2)], message="M"))
    settled(program, "differs", 1)
    page.show_view("todo")
    program.press("F5")
    program.settle()
    rows = {page.table.peek(n).state: n for n in range(page.table.total)}
    assert set(rows) == {"parked", "differs"}
    page.view.go_to_row(rows["differs"])
    program.settle()
    assert page.pane.reason.text() == (
        "The same message ID came before with other content. Compare the two, then use one of them."
    )
    page.use.trigger()
    settled(program, "applied", 1)
    assert program.number("SELECT count(*) FROM pos_message WHERE state = 'dismissed'") == 1
