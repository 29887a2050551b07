"""Channels and the rules each has (R7.7, R7.11, IA-04; rules section 9)."""

from dataclasses import replace

import pytest
from sqlalchemy import insert

from desktop_app.services import settings
from desktop_app.services.backend import now
from desktop_app.services.channels import ChannelForm, overview, save_channel
from desktop_app.services.errors import NotAllowed, Rejected
from desktop_app.services.store import tables as t
from tests.helpers import foundation as f
from tests.helpers.builders import once

BATH = ChannelForm(None, " bath ", "Bath shop", "shop", f.SHOP, True, None, None)


def named(backend, code):
    return next(one for one in backend.read(overview) if one.code == code)


def test_a_new_channel_is_there_with_its_rules(backend):
    new = f.SALE_STATUS["On order"]
    made = backend.run(save_channel(replace(BATH, status_new=new)), once=once()).result
    line = named(backend, "BATH")
    assert (line.id, line.name, line.kind, line.warehouse_id) == (made["id"], "Bath shop", "shop", f.SHOP)
    assert line.automatic_invoicing
    assert (line.sales, line.waiting, line.exceptions, line.parked) == (0, 0, 0, 0)
    assert (line.status_new, line.status_back_ordered) == (new, None)
    get = lambda key: backend.read(settings.value, key, channel_id=line.id)
    assert get(settings.STATUS_NEW_SALE) == new
    assert get(settings.STATUS_BACK_ORDERED) == f.SALE_STATUS["Back order"]
    assert backend.read(settings.value, settings.STATUS_NEW_SALE) == f.SALE_STATUS["New"]


def test_a_change_is_undone_whole(backend):
    key = backend.run(save_channel(BATH), once=once()).result["id"]
    hold = f.SALE_STATUS["On hold"]
    changed = replace(BATH, id=key, name="Bath", automatic_invoicing=False, status_back_ordered=hold)
    done = backend.run(save_channel(changed), once=once())
    assert (named(backend, "BATH").name, named(backend, "BATH").status_back_ordered) == ("Bath", hold)
    backend.undo(done.journal_id, once=once())
    line = named(backend, "BATH")
    assert (line.name, line.automatic_invoicing, line.status_back_ordered) == ("Bath shop", True, None)


def test_an_undo_does_not_overwrite_a_later_change(backend):
    key = backend.run(save_channel(BATH), once=once()).result["id"]
    done = backend.run(save_channel(replace(BATH, id=key, name="One")), once=once())
    backend.run(save_channel(replace(BATH, id=key, name="Two")), once=once())
    with pytest.raises(Rejected) as error:
        backend.undo(done.journal_id, once=once())
    assert error.value.code == "channel_changed_since"
    assert named(backend, "BATH").name == "Two"


@pytest.mark.parametrize(
    ("form", "code"),
    [
        (replace(BATH, code=""), "channel_code_wrong"),
        (replace(BATH, code="A B"), "channel_code_wrong"),
        (replace(BATH, code="X" * 31), "channel_code_wrong"),
        (replace(BATH, name="  "), "channel_name_missing"),
        (replace(BATH, kind="stall"), "channel_kind_wrong"),
        (replace(BATH, warehouse_id=None), "channel_warehouse_missing"),
        (replace(BATH, warehouse_id=99), "channel_warehouse_missing"),
        (replace(BATH, id=99), "unknown_channel"),
        (replace(BATH, status_new=999), "setting_value"),
    ],
)
def test_wrong_values_are_refused_whole(backend, form, code):
    before = backend.read(overview)
    with pytest.raises(Rejected) as error:
        backend.run(save_channel(form), once=once())
    assert error.value.code == code
    assert backend.read(overview) == before


def test_a_code_is_taken_once_and_stays(backend):
    key = backend.run(save_channel(BATH), once=once()).result["id"]
    with pytest.raises(Rejected) as error:
        backend.run(save_channel(BATH), once=once())
    assert error.value.code == "channel_code_taken"
    with pytest.raises(Rejected) as error:
        backend.run(save_channel(replace(BATH, id=key, code="BATH2")), once=once())
    assert error.value.code == "channel_code_fixed"


def test_only_a_manager_changes_channels(backend_as):
    with pytest.raises(NotAllowed):
        backend_as("buyer").run(save_channel(BATH), once=once())


def test_parked_messages_count_for_their_channel(backend):
    backend.run(save_channel(BATH), once=once())
    with backend.store.writes.connect() as db, db.begin():
        for place, state in enumerate(("parked", "differs", "refused", "dismissed", "new")):
            db.execute(
                insert(t.pos_message).values(
                    channel_code="BATH", message_key=str(place), digest=str(place), source="folder",
                    raw=b"{}", received_at=now(), state=state,
                )
            )  # fmt: skip
    assert named(backend, "BATH").parked == 2
