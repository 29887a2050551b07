"""Every command by every role: refused and nothing written, or allowed (R11.1)."""

import importlib
import pkgutil

import pytest

from desktop_app import services
from desktop_app.services.access import Permission, Role, roles_that_may
from desktop_app.services.backend import COMMANDS, Call, Command, Done
from desktop_app.services.errors import NotAllowed
from desktop_app.services.receiving import receive
from desktop_app.services.settings import ALLOCATE, SettingChange, save_settings
from tests.helpers.builders import a_product, a_purchase_order, a_supplier, once
from tests.helpers.receipts import ask, written

for _module in pkgutil.walk_packages(services.__path__, f"{services.__name__}."):
    if ".migrations" not in _module.name:
        importlib.import_module(_module.name)

CLERK, BUYER, MANAGER = Role.CLERK, Role.BUYER, Role.MANAGER

LOWEST = {
    "Abandon stock count": CLERK,
    "Allocate stock": CLERK,
    "Apply a shop message": CLERK,
    "Batch purchase order": BUYER,
    "Cancel purchase order": BUYER,
    "Cancel sales": CLERK,
    "Cancel transfer": CLERK,
    "Change a view": CLERK,
    "Change expected day": BUYER,
    "Change purchase order status": BUYER,
    "Clone to purchase order": BUYER,
    "Close purchase order short": BUYER,
    "Close transfer": MANAGER,
    "Correct stock": MANAGER,
    "Count a delivery": CLERK,
    "Count a line": CLERK,
    "Count a whole line": CLERK,
    "Count stock": CLERK,
    "Delete a view": CLERK,
    "Delete goods-out notes": CLERK,
    "Discard a count": CLERK,
    "Fix shop orders": CLERK,
    "Fulfil sales": CLERK,
    "Import documents": MANAGER,
    "Invoice sales": CLERK,
    "Link a code": CLERK,
    "Mark damaged": CLERK,
    "Mark goods-out notes": CLERK,
    "Move stock": CLERK,
    "Mark shipped by supplier": BUYER,
    "Note on a count": CLERK,
    "Pay out credit": CLERK,
    "Post stock count": MANAGER,
    "Prepare the shop intake": CLERK,
    "Put shop messages aside": CLERK,
    "Raise purchase order row": BUYER,
    "Receive goods": CLERK,
    "Receive several orders": CLERK,
    "Receive transfer": CLERK,
    "Record payment": CLERK,
    "Recount": CLERK,
    "Release stock": CLERK,
    "Remember a choice": CLERK,
    "Rename a view": CLERK,
    "Save a view": CLERK,
    "Share a view": CLERK,
    "Save channel": MANAGER,
    "Save settings": MANAGER,
    "Scan a count": CLERK,
    "Scan": CLERK,
    "Send purchase order": BUYER,
    "Send stock": CLERK,
    "Set status of sales": CLERK,
    "Settle a shop message": CLERK,
    "Ship goods-out notes": CLERK,
    "Ship rows of a sale": CLERK,
    "Ship sales": CLERK,
    "Start stock count": CLERK,
    "Take goods back": CLERK,
    "Take in shop messages": CLERK,
    "Take back from supplier": BUYER,
    "Take over a count": CLERK,
    "Try shop messages again": CLERK,
    "Undo a goods-in row": CLERK,
    "Undo last scan": CLERK,
    "Unmark goods-out notes": CLERK,
    "Use the other shop message": CLERK,
    "Write a note": CLERK,
}
"""R11.1 in one table: the lowest role that may do it. A new command is not known until it is here."""


def test_every_command_is_in_the_table():
    assert {name for name in COMMANDS if not name.startswith("Test")} == LOWEST.keys()


def test_each_role_may_what_the_lower_one_may():
    for permission in Permission:
        assert roles_that_may(permission) == tuple(Role)[-len(roles_that_may(permission)) :]
        assert MANAGER in roles_that_may(permission)


@pytest.mark.parametrize("role", Role)
def test_every_command_by_a_role(backend_as, role):
    """All in one database: what is refused leaves nothing there, what is allowed its journal row."""
    desk, asked = backend_as(role.value), []
    for name, lowest in sorted(LOWEST.items()):

        def body(work, name=name):
            asked.append((name, work.actor.role))
            return {}

        before, needs = written(desk), COMMANDS[name].needs
        call = Call(name, needs, body, {})
        if list(Role).index(role) >= list(Role).index(lowest):
            assert isinstance(desk.run(call, once=once()), Done), name
            assert written(desk) == before | {"journal": before["journal"] + 1}, name
            continue
        with pytest.raises(NotAllowed) as error:
            desk.run(call, once=once())
        assert error.value.params == {"command": name, "needs": needs.value}
        assert written(desk) == before, name
    ranks = list(Role)
    may = [one for one in sorted(LOWEST) if ranks.index(role) >= ranks.index(LOWEST[one])]
    assert asked == [(name, role) for name in may]


@pytest.mark.parametrize("role", Role)
def test_the_declared_permission_is_asked_before_anything_is_read(backend_as, role):
    """The real command with a request that could not be right: the role is refused first."""
    desk = backend_as(role.value)
    call = save_settings([SettingChange("no.such.setting", 1)])
    with pytest.raises(NotAllowed if role is not MANAGER else Exception) as error:
        desk.run(call, once=once())
    assert isinstance(error.value, NotAllowed) == (role is not MANAGER)


def test_undo_asks_for_the_same_permission_and_for_ones_own(backend, backend_as):
    """R11.1: everyone undoes their own, managers others' too."""
    p = a_product(backend)
    po = a_purchase_order(backend, a_supplier(backend), {p: 9})
    clerk, buyer = backend_as("clerk"), backend_as("buyer")
    by_clerk = clerk.run(receive(ask(po, p, 1)), once=once())
    by_manager = backend.run(save_settings([SettingChange(ALLOCATE, False)]), once=once())
    before = written(backend)
    for desk, done in ((buyer, by_clerk), (clerk, by_manager), (buyer, by_manager)):
        with pytest.raises(NotAllowed) as error:
            desk.undo(done.journal_id, once=once())
        assert error.value.code == "not_yours_to_undo"
    assert written(backend) == before
    clerk.undo(by_clerk.journal_id, once=once())
    by_buyer = buyer.run(receive(ask(po, p, 1)), once=once())
    backend.undo(by_buyer.journal_id, once=once())


def test_no_command_goes_without_a_permission():
    assert all(
        isinstance(one, Command) and isinstance(one.needs, Permission) for one in COMMANDS.values()
    )
