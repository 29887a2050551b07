"""The tree of the batch preview, without a database (BPO-10 to BPO-14)."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from desktop_app.models import batch_words
from desktop_app.models.batch_edits import BatchEdits
from desktop_app.models.batch_preview_model import ROLE_CHANGED, BatchPreviewModel, Col, Shown
from desktop_app.services.batch_preview import Group, Line, Preview, changed_lines
from desktop_app.services.rules.purchase_plan import BatchOptions, Edits

UNIT = 10_000


class Untold:
    """The model never asks for a trace by itself."""

    def trace(self, key):
        raise AssertionError(key)

    served = prices = trace


def a_line(key, **changed):
    values = {
        "key": key, "product_id": 1, "sku": key.upper(), "name": f"The {key}", "unit": "each", "whole_units": True,
        "warehouse_id": 1, "sale_id": None, "sold": 9 * UNIT, "covered": 0, "shipped": 0, "needed": 9 * UNIT,
        "from_stock": 3 * UNIT, "from_inbound": 0, "suggested": 6 * UNIT, "quantity": 6 * UNIT, "edited": False,
        "left_out": False, "reason": None, "supplier_id": 1, "how": "primary", "cost": 2 * UNIT, "supplier_sku": "",
        "currency": "GBP", "digits": 2, "total": 1200, "expected_on": None, "pack_size": UNIT, "minimum": 0, "short": 0,
        "short_sales": 0, "extra": 0, "promised_units": 0, "promised_sales": 0, "warnings": (), "source": Untold(),
    }  # fmt: skip
    return Line(**(values | changed))


def a_group(key, *lines, **changed):
    ordered = [line for line in lines if not line.left_out]
    values = {
        "key": key, "supplier_id": 1, "supplier": f"Supplier {key}", "active": True, "warehouse_id": 1, "warehouse": "Main",
        "sale_id": None, "sale_number": None, "currency": "GBP", "digits": 2, "lead_time_days": 7, "expected_on": None,
        "how": "primary", "appended_to": None, "left_out": False, "lines": lines, "line_count": len(ordered),
        "units": sum(line.quantity for line in ordered), "total": sum(line.total for line in ordered),
    }  # fmt: skip
    return Group(**(values | changed))


def a_preview(*groups, **changed):
    values = {
        "fingerprint": "f", "options": BatchOptions(), "edits": Edits(), "groups": groups, "no_supplier": (),
        "nothing_to_order": (), "left_out": (), "warnings": (), "dropped_edits": (), "sale_count": 2, "row_count": 3,
        "product_count": 2, "sales_changing": 0, "status_name": "", "order_count": len(groups),
        "line_count": sum(g.line_count for g in groups), "units": sum(g.units for g in groups),
        "totals": (("GBP", 2, sum(g.total for g in groups)),), "units_pegged_inbound": 0, "not_ordered_units": 0,
    }  # fmt: skip
    return Preview(**(values | changed))


@pytest.fixture
def model(qapp):
    made = BatchPreviewModel(BatchEdits())
    made.show(
        a_preview(
            a_group("a", a_line("pen"), a_line("ink", warnings=("no_price",))),
            a_group("b", a_line("cup")),
            no_supplier=(a_line("hat", supplier_id=None, reason="no_supplier"),),
            nothing_to_order=(a_line("bag", quantity=0, suggested=0, reason="covered_by_stock"),),
        )
    )
    return made


def test_qt_finds_no_fault(model, qtmodeltester):
    qtmodeltester.check(model)
    model.set_filter(Shown(nothing=True))
    qtmodeltester.check(model)


def test_a_typed_quantity_is_seen_at_once_and_asked_about_once(model, qtbot):
    with qtbot.waitSignal(model.edited):
        assert model.setData(model.find("pen", Col.ORDER), "10")
    assert model.data(model.find("pen", Col.ORDER)) == "10"
    with qtbot.assertNotEmitted(model.edited):
        model.setData(model.find("pen", Col.ORDER), "10")
    assert model.edits.frozen().quantities == {"pen": 10 * UNIT}


def test_typing_the_suggestion_is_no_edit(model):
    model.setData(model.find("pen", Col.ORDER), "10")
    model.setData(model.find("pen", Col.ORDER), "6")
    assert not model.edits


def test_group_boxes_follow_their_lines(model):
    state = Qt.ItemDataRole.CheckStateRole
    model.setData(model.find("pen"), Qt.CheckState.Unchecked, state)
    assert model.data(model.find("a"), state) == Qt.CheckState.PartiallyChecked
    model.setData(model.find("a"), Qt.CheckState.Unchecked, state)
    assert model.data(model.find("ink"), state) == Qt.CheckState.Unchecked
    assert model.edits.frozen().left_out_groups == {"a"}
    # Taking one line of a left-out order in leaves the others out.
    model.edits.left_out_lines.clear()
    model.setData(model.find("ink"), Qt.CheckState.Checked, state)
    assert model.edits.frozen().left_out_groups == set()
    assert model.edits.frozen().left_out_lines == {"pen"}
    model.setData(model.find("a"), Qt.CheckState.Checked, state)
    assert not model.edits


def test_only_lines_with_a_supplier_are_editable(model):
    editable = Qt.ItemFlag.ItemIsEditable
    assert model.flags(model.find("pen", Col.ORDER)) & editable
    assert not model.flags(model.find("pen", Col.COST)) & editable
    assert not model.flags(model.find("hat", Col.ORDER)) & editable
    assert not model.flags(model.find("a", Col.ORDER)) & editable


def test_filters_narrow_and_nothing_to_order_is_on_demand(model):
    assert not model.find("bag").isValid()
    model.set_filter(Shown(nothing=True))
    assert model.find("bag").isValid()
    assert model.rowCount() == 1
    model.set_filter(Shown(warnings=True))
    assert [model.key_at(model.index(row, 0)) for row in range(model.rowCount())] == [
        "a",
        "no_supplier",
    ]
    model.set_filter(Shown(warnings=True, warning="no_supplier"))
    assert model.rowCount() == 1
    model.set_filter(Shown("the CUP"))
    assert [model.key_at(model.index(row, 0)) for row in range(model.rowCount())] == ["b"]


def test_the_same_lines_with_other_figures_keep_their_rows(model, qtbot):
    """BPO-09: focus and expanded groups stay."""
    old = model.preview
    pen = a_line("pen", quantity=4 * UNIT, suggested=4 * UNIT, from_stock=5 * UNIT)
    group = replace(old.groups[0], lines=(pen, *old.groups[0].lines[1:]))
    new = replace(old, groups=(group, old.groups[1]))
    with qtbot.assertNotEmitted(model.modelReset):
        model.show(new, changed_lines(old, new))
    assert model.flashing == {"pen"}
    assert model.data(model.find("pen", Col.ORDER)) == "6 → 4"
    assert model.data(model.find("pen", Col.STOCK)) == "3 → 5"
    assert model.data(model.find("pen", Col.ORDER), ROLE_CHANGED) is True
    assert model.data(model.find("ink", Col.ORDER), ROLE_CHANGED) is False
    assert model.data(model.find("pen", Col.ORDER), Qt.ItemDataRole.EditRole) == "4"


def test_what_a_screen_reader_says(model):
    spoken = Qt.ItemDataRole.AccessibleTextRole
    assert model.data(model.find("a"), spoken) == "Supplier a, new PO, 7 days, to Main"
    assert model.data(model.find("ink"), spoken) == "INK  The ink, supplier has no price"
    assert model.data(model.find("pen", Col.ORDER), spoken) == "Order: 6"


def test_a_row_is_copied_with_tabs(model):
    copied = model.as_text(model.find("pen")).split("\t")
    assert copied == ["PEN", "The pen", "9", "0", "9", "3", "0", "6", "£2.00", "£12.00"]


def test_the_button_says_verb_object_and_count():
    """IA-08, SAL-05."""
    one = a_preview(a_group("a", a_line("pen")))
    assert batch_words.commit_label(one) == "Create 1 purchase order"
    added = a_preview(a_group("a", a_line("pen"), appended_to=(7, 12)), a_group("b", a_line("cup")))
    assert batch_words.commit_label(added) == "Create 1 purchase order, add to 1 draft"
    many = replace(one, sale_count=612)
    assert batch_words.commit_label(many) == "Create 1 purchase order for 612 sales"
    aside = a_preview(units_pegged_inbound=5 * UNIT)
    assert batch_words.commit_label(aside) == "Set aside 5 units of incoming"
    assert batch_words.commit_label(one, accept=True) == "Accept changes and create"


def test_dropped_edits_remember_where_they_were_at_home():
    edits = BatchEdits()
    pen = a_line("pen")
    edits.type_quantity(pen, "10")
    here = BatchOptions()
    edits.settle([pen], here, ())
    assert [one.sku for one in edits.dropped(["pen"])] == ["PEN"]
    assert edits.dropped(["pen"])[0].home is here
    edits.forget("pen")
    assert not edits
    assert edits.dropped(["pen"]) == []
