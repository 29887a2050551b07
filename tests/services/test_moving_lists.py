"""The lists of transfers and counts, and the figure *in transit* on the stock list (R1.1, R8.1, R8.3)."""

import pytest

from desktop_app.services import counts_list, stock_details, transfers_list
from desktop_app.services.counts import CountScope, count_product, start
from desktop_app.services.counts_list import (
    COUNTS,
    CountFilter,
    CountRowFilter,
    CountsView,
    RowsView,
    rows_of_count,
)
from desktop_app.services.lists import Among
from desktop_app.services.rules.money import units
from desktop_app.services.stock_list import STOCK, StockFilter, of_products, stock_of
from desktop_app.services.transfers import cancel, close, move, receive, send
from desktop_app.services.transfers_list import (
    TRANSFERS,
    TransferFilter,
    TransfersView,
    transfer_detail,
)
from tests.helpers.builders import a_product, once, stock
from tests.helpers.foundation import MAIN, SHOP


@pytest.fixture
def pen(backend):
    made = a_product(backend, "PEN")
    stock(backend, {made: 20})
    return made


def begin(backend, act):
    return backend.run(act, once=once()).result["transfer"]["id"]


def test_in_transit_is_shown_where_the_units_will_arrive(backend, pen):
    first = begin(backend, send(MAIN, SHOP, {pen: units(5)}))
    begin(backend, send(MAIN, SHOP, {pen: units(2)}))
    gone = begin(backend, send(MAIN, SHOP, {pen: units(4)}))
    backend.run(cancel(gone), once=once())
    lost = begin(backend, send(MAIN, SHOP, {pen: units(1)}))
    backend.run(close(lost, "lost"), once=once())
    backend.run(receive(first, {pen: units(3)}), once=once())
    (line,) = backend.read(STOCK.page, StockFilter(), None, 0)
    assert (line.in_stock, line.in_transit, line.on_hand) == (units(15), units(4), units(15))
    places = {one.warehouse_id: one for one in backend.read(of_products, [pen])[pen]}
    assert (places[MAIN].in_transit, places[SHOP].in_transit) == (0, units(4))
    (here,) = backend.read(stock_of(SHOP).page, StockFilter(warehouse_id=SHOP), None, 0)
    assert (here.in_stock, here.in_transit) == (units(3), units(4))
    arriving = backend.read(stock_details.arriving, pen, SHOP)
    assert [(one.units, one.source, one.warehouse) for one in arriving] == [
        (units(2), "Main warehouse", "Shop"), (units(2), "Main warehouse", "Shop"),
    ]  # fmt: skip
    assert backend.read(stock_details.arriving, pen, MAIN) == []


def test_the_movements_of_a_transfer_name_it(backend, pen):
    key = begin(backend, move(MAIN, SHOP, {pen: units(1)}))
    found = backend.read(stock_details.movements, pen, None)
    assert [(one.kind, one.quantity, one.transfer_id) for one in found] == [
        ("transfer_in", units(1), key), ("transfer_out", units(-1), key), ("opening", units(20), None),
    ]  # fmt: skip


def test_transfers_are_listed_by_state_place_and_text(backend, pen):
    ink = a_product(backend, "INK")
    stock(backend, {ink: 3}, SHOP)
    one = begin(backend, send(MAIN, SHOP, {pen: units(5)}, "van 7"))
    two = begin(backend, move(SHOP, MAIN, {ink: units(2)}))
    three = begin(backend, send(SHOP, MAIN, {ink: units(1)}))
    backend.run(cancel(three), once=once())

    def ids(where):
        return [line.id for line in backend.read(TRANSFERS.page, where, None, 0)]

    assert ids(TransferFilter()) == [three, two, one]
    assert ids(TransferFilter(view=TransfersView.ON_THE_WAY)) == [one]
    assert ids(TransferFilter(view=TransfersView.ARRIVED)) == [two]
    assert ids(TransferFilter(text="van")) == ids(TransferFilter(text="pen")) == [one]
    assert ids(TransferFilter(text="ink")) == [three, two]
    assert ids(TransferFilter(to=Among.of(SHOP))) == ids(TransferFilter(source=Among.of(MAIN))) == [one]
    assert backend.read(transfers_list.view_counts) == {TransfersView.ON_THE_WAY: 1}
    line = backend.read(TRANSFERS.page, TransferFilter(text="van"), None, 0)[0]
    assert ids(TransferFilter(text=f"#{line.number}")) == [one]
    assert (line.units, line.in_transit, line.source, line.warehouse, line.products) == (
        units(5), units(5), "Main warehouse", "Shop", 1,
    )  # fmt: skip


def test_a_transfer_tells_its_rows(backend, pen):
    key = begin(backend, send(MAIN, SHOP, {pen: units(5)}))
    backend.run(receive(key, {pen: units(2)}), once=once())
    (row,) = backend.read(transfer_detail, key).rows
    assert (row.sku, row.quantity, row.received, row.in_transit, row.in_stock) == (
        "PEN", units(5), units(2), units(3), units(2),
    )  # fmt: skip
    assert backend.read(transfer_detail, key + 1) is None


def test_counts_say_how_far_they_are(backend, pen):
    ink = a_product(backend, "INK")
    stock(backend, {ink: 3})
    key = backend.run(start(MAIN, CountScope(), "Aisle 4"), once=once()).result["count"]["id"]
    backend.run(start(SHOP, CountScope()), once=once())
    backend.run(count_product(key, pen, units(19)), once=once())
    (line,) = backend.read(COUNTS.page, CountFilter(text="aisle"), None, 0)
    assert (line.id, line.products, line.counted, line.differences, line.state) == (key, 2, 1, 1, "open")
    assert backend.read(COUNTS.count, CountFilter(view=CountsView.OPEN)) == 2
    assert backend.read(counts_list.view_counts) == {CountsView.OPEN: 2}
    assert backend.read(counts_list.count_line, key).title == "Aisle 4"
    rows = rows_of_count(key)
    found = {
        view: [(x.sku, x.difference) for x in backend.read(rows.page, CountRowFilter(key, view), None, 0)]
        for view in RowsView
    }
    assert found == {
        RowsView.ALL: [("INK", None), ("PEN", units(-1))],
        RowsView.LEFT: [("INK", None)],
        RowsView.DIFFERENT: [("PEN", units(-1))],
    }
    assert backend.read(rows.count, CountRowFilter(key, text="ink")) == 1
