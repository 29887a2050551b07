"""Settings: typed, scoped, with history, conflict and undo (rules section 9, SET-01, SET-02)."""

import pytest
from sqlalchemy import select

from desktop_app.services import settings
from desktop_app.services.errors import Conflict, NotAllowed, Rejected
from desktop_app.services.rules.purchase_plan import BatchOptions
from desktop_app.services.settings import (
    DEFINITIONS,
    Kind,
    Scope,
    SettingChange,
    Source,
    history,
    options,
    overview,
    person_scope,
    remember,
    save_settings,
    value,
    values,
    warehouse_scope,
)
from desktop_app.services.store import tables as t
from tests.helpers import foundation as f
from tests.helpers.builders import once
from tests.helpers.receipts import written


def save(backend, *changes):
    return backend.run(save_settings([SettingChange(*one) for one in changes]), once=once())


def test_the_shipped_values(backend):
    """R5.3 to R5.5 and section 9."""
    shipped = {one.key: backend.read(value, one.key) for one in DEFINITIONS}
    assert shipped == {
        settings.ALLOCATE: True,
        settings.WHO_IS_SERVED: "any",
        settings.OVER_PERCENT: 0,
        settings.LOCATION_REQUIRED: False,
        settings.CLERKS_LINK: True,
        settings.STATUS_PART: f.PURCHASE_STATUS["Part received"],
        settings.STATUS_FULL: f.PURCHASE_STATUS["Received"],
        settings.STATUS_NEW: f.PURCHASE_STATUS["Draft"],
        settings.STATUS_SENT: f.PURCHASE_STATUS["Placed with supplier"],
        settings.DELIVERY_WAREHOUSE: None,
        settings.OWN_PRODUCTS: False,
        settings.ROUND_UP: False,
        settings.CROSS_REFERENCES: True,
        settings.BATCH_OPTIONS: settings.BATCH_DEFAULTS,
        settings.STATUS_NEW_SALE: f.SALE_STATUS["New"],
        settings.STATUS_BACK_ORDERED: f.SALE_STATUS["Back order"],
        settings.STATUS_CANCELLED: f.SALE_STATUS["Cancelled"],
    }
    assert BatchOptions(**shipped[settings.BATCH_OPTIONS]) == BatchOptions()


def test_every_setting_can_be_found_by_another_word():
    assert len({one.key for one in DEFINITIONS}) == len(DEFINITIONS)
    for one in DEFINITIONS:
        assert one.synonyms, one.key
        assert Scope.COMPANY in one.scopes
        assert (one.kind is Kind.CHOICE) == bool(one.choices)


def test_the_narrowest_scope_holds(backend):
    """Person before warehouse before company before default."""
    get = lambda **at: backend.read(values, [settings.ALLOCATE], **at)[settings.ALLOCATE]
    assert (get().value, get().source) == (True, Source.DEFAULT)
    save(backend, (settings.ALLOCATE, False))
    save(backend, (settings.ALLOCATE, True, warehouse_scope(f.SHOP)))
    assert (get(warehouse_id=f.MAIN).value, get(warehouse_id=f.MAIN).source) == (False, Source.COMPANY)
    assert (get(warehouse_id=f.SHOP).value, get(warehouse_id=f.SHOP).source) == (True, Source.WAREHOUSE)
    backend.run(remember(settings.BATCH_OPTIONS, {"vendor": "cheapest"}), once=once())
    me = backend.actor.person_id
    assert backend.read(value, settings.BATCH_OPTIONS, None, me) == {"vendor": "cheapest"}
    assert backend.read(value, settings.BATCH_OPTIONS, None, me + 1) == settings.BATCH_DEFAULTS
    assert backend.read(values, [settings.BATCH_OPTIONS], None, me)[settings.BATCH_OPTIONS].source is Source.PERSON


def test_overview_with_overrides_and_the_last_change(backend):
    save(backend, (settings.OVER_PERCENT, 5), (settings.OVER_PERCENT, 10, warehouse_scope(f.SHOP)))
    shown = {one.definition.key: one for one in backend.read(overview, "purchases")}
    assert settings.STATUS_CANCELLED not in shown
    one = shown[settings.OVER_PERCENT]
    assert (one.value, one.default, one.source) == (5, 0, Source.COMPANY)
    assert [(x.name, x.value) for x in one.overrides] == [("Shop", 10)]
    assert (one.last.person, one.last.old, one.last.new, one.seen) == ("Mary Manager", None, 5, one.last.id)
    untouched = shown[settings.ALLOCATE]
    assert (untouched.source, untouched.last, untouched.seen) == (Source.DEFAULT, None, 0)
    assert [x.definition.key for x in backend.read(overview, "sales")] == [
        settings.STATUS_NEW_SALE, settings.STATUS_BACK_ORDERED, settings.STATUS_CANCELLED,
    ]  # fmt: skip
    assert len(backend.read(overview)) == len(DEFINITIONS)


def test_history_says_who_when_from_what_to_what(backend):
    save(backend, (settings.OVER_PERCENT, 5))
    save(backend, (settings.OVER_PERCENT, 7))
    save(backend, (settings.OVER_PERCENT, 7))
    save(backend, (settings.OVER_PERCENT, None))
    backend.run(remember(settings.BATCH_OPTIONS, {}), once=once())
    told = backend.read(history, settings.OVER_PERCENT)
    assert [(x.person, x.old, x.new) for x in told] == [
        ("Mary Manager", 7, None), ("Mary Manager", 5, 7), ("Mary Manager", None, 5),
    ]  # fmt: skip
    assert all(x.at.tzinfo is not None for x in told)
    assert backend.read(history) == told
    assert backend.read(value, settings.OVER_PERCENT) == 0


def test_several_are_saved_and_undone_together(backend):
    """SET-01: Save 2 changes, undo for the last save."""
    save(backend, (settings.ALLOCATE, False))
    done = save(backend, (settings.ALLOCATE, True), (settings.OVER_PERCENT, 3))
    assert done.result == {"changed": sorted([settings.ALLOCATE, settings.OVER_PERCENT])}
    assert done.can_undo
    backend.undo(done.journal_id, once=once())
    assert backend.read(value, settings.ALLOCATE) is False
    assert backend.read(value, settings.OVER_PERCENT) == 0


def test_undo_does_not_overwrite_a_later_change(backend):
    done = save(backend, (settings.OVER_PERCENT, 3))
    save(backend, (settings.OVER_PERCENT, 4))
    with pytest.raises(Rejected) as error:
        backend.undo(done.journal_id, once=once())
    assert (error.value.code, error.value.items) == ("settings_changed_since", (settings.OVER_PERCENT,))
    assert backend.read(value, settings.OVER_PERCENT) == 4


def test_who_saved_meanwhile_is_named(two_workstations):
    """R11.3: the second one's stale save is refused."""
    one, _two = two_workstations
    save(one, (settings.OVER_PERCENT, 3))
    seen = next(x for x in one.read(overview) if x.definition.key == settings.OVER_PERCENT).seen
    save(one, (settings.OVER_PERCENT, 5, settings.COMPANY, seen))
    with pytest.raises(Conflict) as error:
        save(one, (settings.OVER_PERCENT, 9, settings.COMPANY, seen))
    assert error.value.code == "setting_changed"
    assert (error.value.now.new, error.value.params["by"]) == (5, "Mary Manager")
    with pytest.raises(Conflict):
        save(one, (settings.OVER_PERCENT, 9, settings.COMPANY, 0))
    assert one.read(value, settings.OVER_PERCENT) == 5


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        (settings.ALLOCATE, 1),
        (settings.ALLOCATE, "yes"),
        (settings.WHO_IS_SERVED, "newest"),
        (settings.OVER_PERCENT, -1),
        (settings.OVER_PERCENT, 101),
        (settings.OVER_PERCENT, 2.5),
        (settings.OVER_PERCENT, True),
        (settings.STATUS_NEW, 1),  # a status of sales
        (settings.STATUS_NEW, 999),
        (settings.STATUS_CANCELLED, 1),  # does not cancel
        (settings.STATUS_NEW_SALE, f.SALE_STATUS["Cancelled"]),
        (settings.DELIVERY_WAREHOUSE, 99),
        (settings.BATCH_OPTIONS, {"unheard_of": 1}),
        (settings.BATCH_OPTIONS, {"vendor": [1]}),
        (settings.BATCH_OPTIONS, "needed"),
    ],
)
def test_wrong_values_are_refused(backend, key, wrong):
    before = written(backend)
    with pytest.raises(Rejected) as error:
        save(backend, (settings.ALLOCATE, False), (key, wrong))
    assert (error.value.code, error.value.items) == ("setting_value", (key,))
    assert written(backend) == before


def test_wrong_keys_and_scopes_are_refused(backend):
    for change, code in (
        (("no.such", 1), "unknown_setting"),
        ((settings.STATUS_NEW, None, warehouse_scope(f.MAIN)), "setting_scope"),
        ((settings.ALLOCATE, True, warehouse_scope(77)), "setting_scope"),
        ((settings.ALLOCATE, True, "warehouse:x"), "setting_scope"),
        ((settings.ALLOCATE, True, "company:1"), "setting_scope"),
        ((settings.ALLOCATE, True, person_scope(1)), "setting_scope"),
    ):
        with pytest.raises(Rejected, match=code):
            save(backend, change)
    with pytest.raises(Rejected, match="setting_scope"):
        backend.run(remember(settings.ALLOCATE, False), once=once())


def test_only_managers_change_settings_everyone_keeps_their_own_choice(backend_as):
    """R11.1, R3.2."""
    clerk = backend_as("clerk")
    with pytest.raises(NotAllowed):
        save(clerk, (settings.ALLOCATE, False))
    clerk.run(remember(settings.BATCH_OPTIONS, {"vendor": "named", "supplier_id": 4}), once=once())
    stored = clerk.read(lambda db: db.execute(select(t.setting.c.scope)).scalars().all())
    assert stored == [person_scope(clerk.actor.person_id)]


def test_a_status_that_was_renamed_is_no_default_any_more(backend):
    with backend.store.writes.begin() as db:
        db.execute(
            t.order_status.update().where(t.order_status.c.name == "Part received").values(name="Some in")
        )
    assert backend.read(value, settings.STATUS_PART) is None
    save(backend, (settings.STATUS_PART, f.PURCHASE_STATUS["Part received"]))
    assert backend.read(value, settings.STATUS_PART) == f.PURCHASE_STATUS["Part received"]
    save(backend, (settings.STATUS_PART, 0))
    assert backend.read(value, settings.STATUS_PART) is None


def test_what_there_is_to_choose_from(backend):
    found = backend.read(options)
    assert [x.name for x in found.purchase_statuses] == list(f.PURCHASE_STATUS)
    assert [x.name for x in found.sale_statuses] == list(f.SALE_STATUS)
    assert [(x.id, x.name) for x in found.warehouses] == [(f.MAIN, "Main warehouse"), (f.SHOP, "Shop")]
