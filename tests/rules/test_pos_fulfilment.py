"""The documented shop orders 3838 to 3846 as one table, and what holds for any order (R7.3 to R7.9)."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.services.rules import sale_status
from desktop_app.services.rules.pos_fulfilment import SOLD_FROM_STOCK, Outcome, PosRow, decide
from desktop_app.services.rules.sale_status import Axis, RowFacts

HERE = Path(__file__).resolve()
CASES = json.loads((HERE.parents[1] / "cases/pos_scenarios.json").read_text())
AXIS = {"not": Axis.NONE, "partially": Axis.PART, "fully": Axis.ALL}
PLACES = {"STORE": 1, "DEPOT": 2}
GOODS = {"APPLE": 1, "BERRY": 2, "CHERRY": 3, "DATE": 4}


def test_the_cases_are_those_of_the_rules(shared):
    assert json.loads((shared / "cases/pos_scenarios.json").read_text()) == CASES


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["id"])
def test_documented_orders(case):
    """R7.8."""
    rows = [
        PosRow(
            row["method"], row["quantity"], GOODS[row["sku"]],
            PLACES[row.get("ship_from", case["store_warehouse"])],
        )
        for row in case["rows"]
    ]  # fmt: skip
    on_hand = {
        (PLACES[place], GOODS[sku]): units
        for place, held in case["in_stock_before"].items()
        for sku, units in held.items()
    }
    made = decide(rows, on_hand, automatic_invoicing=case["automatic_invoicing"])
    expected = case["expected"]
    assert [
        {"allocated": one.allocated, "fulfilled": one.fulfilled, "shipped": one.shipped} for one in made.rows
    ] == expected["rows"]
    assert list(made.exceptions) == expected["exceptions_rows"]
    assert made.invoice == (expected["invoice"] == "invoiced")
    axes = sale_status.axes(
        RowFacts(row.quantity, one.reserved, one.fulfilled, one.shipped)
        for row, one in zip(rows, made.rows, strict=True)
    )
    assert (axes.allocation, axes.fulfilment, axes.shipping) == tuple(
        AXIS[expected[name]] for name in ("allocation", "fulfilment", "shipping")
    )
    for place, held in expected["in_stock_after"].items():
        for sku, units in held.items():
            pair = (PLACES[place], GOODS[sku])
            assert on_hand[pair] - _sum(rows, made.rows, pair, "shipped") == units
    for place, held in expected.get("on_hand_after", {}).items():
        for sku, units in held.items():
            pair = (PLACES[place], GOODS[sku])
            assert on_hand[pair] - _sum(rows, made.rows, pair, "allocated") == units


def _sum(rows, outcomes, pair, what):
    return sum(
        getattr(one, what)
        for row, one in zip(rows, outcomes, strict=True)
        if (row.warehouse_id, row.product_id) == pair
    )


def test_rows_of_one_product_share_in_row_order():
    """R7.6: what is there is reserved; nothing is fulfilled while a *now* row is short."""
    rows = [PosRow("now", 2, 1, 1), PosRow("now", 3, 1, 1), PosRow("ship_later", 1, 1, 1)]
    made = decide(rows, {(1, 1): 4}, automatic_invoicing=True)
    assert made.rows == (Outcome(reserved=2), Outcome(reserved=2), Outcome())
    assert made.exceptions == (1, 2)
    assert made.invoice


def test_a_short_ship_later_row_waits_alone():
    """R7.6: the row waits and is flagged; *now* rows and other *ship later* rows do not."""
    rows = [PosRow("now", 1, 1, 1), PosRow("ship_later", 5, 2, 2), PosRow("ship_later", 1, 3, 2)]
    made = decide(rows, {(1, 1): 1, (2, 2): 2, (2, 3): 1}, automatic_invoicing=False)
    assert made.rows == (Outcome(fulfilled=1, shipped=1), Outcome(reserved=2), Outcome(fulfilled=1))
    assert made.exceptions == (1,)
    assert not made.invoice


def test_an_order_without_stock_rows_is_invoiced():
    """R7.7 leaves out only orders with a short *now* row and a *back order* row."""
    assert decide([], {}, automatic_invoicing=True).invoice


_ROWS = st.lists(
    st.builds(
        PosRow, st.sampled_from(["now", "ship_later", "back_order", "order"]),
        st.integers(1, 6), st.integers(1, 3), st.integers(1, 2),
    ),
    max_size=6,
)  # fmt: skip
_STOCK = st.dictionaries(st.tuples(st.integers(1, 2), st.integers(1, 3)), st.integers(-2, 8))


@given(_ROWS, _STOCK, st.booleans())
def test_any_order(rows, on_hand, automatic):
    made = decide(rows, on_hand, automatic_invoicing=automatic)
    pairs = list(zip(rows, made.rows, strict=True))
    for row, one in pairs:
        assert 0 <= one.shipped <= one.fulfilled
        assert 0 <= one.allocated <= row.quantity
        if row.method in ("back_order", "order"):
            assert one == Outcome()
        if one.fulfilled:
            assert one == Outcome(0, row.quantity, row.quantity if row.method == "now" else 0)
    for pair in {(row.warehouse_id, row.product_id) for row in rows}:
        taken = _sum(rows, made.rows, pair, "allocated")
        wanted = sum(
            row.quantity
            for row in rows
            if (row.warehouse_id, row.product_id) == pair and row.method in SOLD_FROM_STOCK
        )
        # Neither more than is there nor less than could be had (R7.5, R7.6).
        assert taken == min(wanted, max(on_hand.get(pair, 0), 0))
    now = [(row, one) for row, one in pairs if row.method == "now"]
    short = any(one.allocated < row.quantity for row, one in now)
    assert all((one.shipped == 0) if short else (one.shipped == row.quantity) for row, one in now)
    assert made.exceptions == tuple(
        index
        for index, (row, one) in enumerate(pairs)
        if row.method in SOLD_FROM_STOCK and one.allocated < row.quantity
    )
    bare = not any(one.allocated for one in made.rows)
    waits = any(row.method == "back_order" for row in rows)
    assert made.invoice == (automatic and not (bare and short and waits))
