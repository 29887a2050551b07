"""What an import writes, and what a second one does (External ID, R1.2, R1.3, R1.7, R2.1)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from sqlalchemy import select

from desktop_app.services.errors import Conflict
from desktop_app.services.imports import import_documents, plan_import
from desktop_app.services.progress import Progress
from desktop_app.services.rules.money import UNIT
from desktop_app.services.rules.sale_status import Axis
from desktop_app.services.store import tables as t
from tests.helpers import foundation as f
from tests.imports.conftest import ALL, ORDER_ROWS, SALE_ROWS, SALES, STOCK, run, said


def rows(backend, table, *where, order=None):
    return backend.read(
        lambda db: db.execute(
            select(table).where(*where).order_by(order if order is not None else table.c.id)
        ).all()
    )


def sale(backend, key):
    return rows(backend, t.sale, t.sale.c.external_id == key)[0]


def test_a_small_company_comes_in_whole(backend, put):
    done = run(backend, put(ALL))
    assert done.result["tallies"] == {
        "warehouses": [0, 0, 0], "locations": [0, 0, 0], "customers": [0, 0, 0], "suppliers": [2, 0, 0],
        "products": [2, 0, 0], "supplier_terms": [0, 0, 0], "sales": [2, 0, 0], "sale_rows": [3, 0, 0],
        "purchase_orders": [1, 0, 0], "purchase_order_rows": [1, 0, 0], "stock": [1, 0, 0],
    }  # fmt: skip
    one, two = sale(backend, "SO-1"), sale(backend, "SO-2")
    assert (one.number, one.placed_at) == (9001, datetime(2026, 5, 1, tzinfo=UTC))
    assert (two.number, two.placed_at) == (9002, datetime(2026, 5, 2, 10, 30, tzinfo=UTC))
    assert (one.net, one.tax, one.total, one.row_count) == (11_790, 2_358, 14_148, 2)
    assert (one.allocation, one.fulfilment, one.shipping) == (Axis.PART,) * 3
    assert (one.short, two.short) == (4 * UNIT, 6 * UNIT)
    assert (one.payment, one.invoiced, one.waits) == (Axis.NONE, 0, 1)
    row = rows(backend, t.sale_row, t.sale_row.c.external_id == "R-3")[0]
    assert (row.ordered, row.reserved, row.fulfilled, row.shipped, row.opening_shipped) == (
        10 * UNIT, 0, 4 * UNIT, 4 * UNIT, 4 * UNIT,
    )  # fmt: skip
    assert (row.price, row.tax_rate, row.description, row.warehouse_id) == (
        245_000,
        2_000,
        "Rope",
        f.MAIN,
    )
    order = rows(backend, t.purchase_order)[0]
    assert (order.number, order.state, order.received, order.to_come) == (
        501,
        "sent",
        Axis.PART,
        7 * UNIT,
    )
    assert (order.total, order.currency, order.expected_on) == (15_900, "GBP", date(2026, 5, 10))
    line = rows(backend, t.purchase_row)[0]
    assert (line.ordered, line.received, line.opening_received, line.cost) == (
        12 * UNIT,
        5 * UNIT,
        5 * UNIT,
        132_500,
    )
    level = rows(backend, t.stock_level, order=t.stock_level.c.product_id)[0]
    assert (level.in_stock, level.allocated) == (30 * UNIT, 0)
    move = rows(backend, t.movement)[0]
    assert (move.kind, move.quantity, move.cost, move.location_id) == (
        "opening",
        30 * UNIT,
        41_000,
        f.MAIN_BIN,
    )


def test_numbers_go_on_after_those_of_the_files(backend, put):
    run(backend, put(ALL))
    more = {
        "sales.csv": "external_id,placed_at\nSO-3,2026-05-03\n", "sale_rows.csv": "sale,product,quantity\nSO-3,MUG,1\n",
    }  # fmt: skip
    run(backend, put(more))
    assert sale(backend, "SO-3").number == 9003


def test_the_same_files_again_change_nothing(backend, put):
    folder = put(ALL)
    run(backend, folder)
    before = [
        rows(backend, table)
        for table in (t.product, t.sale, t.sale_row, t.purchase_row, t.movement)
    ]
    plan = plan_import(backend, folder)
    assert plan.changes == 0
    assert {name: tally.unchanged for name, tally in plan.tallies.items() if tally.unchanged} == {
        "suppliers": 2, "products": 2, "sales": 2, "sale_rows": 3, "purchase_orders": 1,
        "purchase_order_rows": 1, "stock": 1,
    }  # fmt: skip
    backend.run(import_documents(plan), once=str(uuid4()))
    assert [
        rows(backend, table)
        for table in (t.product, t.sale, t.sale_row, t.purchase_row, t.movement)
    ] == before


def test_the_same_command_twice_imports_once(backend, put):
    plan = plan_import(backend, put(ALL))
    once = str(uuid4())
    first = backend.run(import_documents(plan), once=once)
    again = backend.run(import_documents(plan), once=once)
    assert again.repeated
    assert again.result == first.result
    assert len(rows(backend, t.sale)) == 2


def test_a_stale_plan_is_refused_with_the_new_one(backend, put):
    """What is committed is what was shown."""
    plan = plan_import(backend, put(ALL))
    run(backend, put({"products.csv": "sku,name\nROPE,Rope\n"}))
    with pytest.raises(Conflict) as refused:
        backend.run(import_documents(plan), once=str(uuid4()))
    assert refused.value.code == "import_changed"
    assert refused.value.now.tallies["products"].new == 1


def test_a_second_import_updates(backend, put):
    """Heads, rows, master data; version and derived figures follow."""
    run(backend, put(ALL))
    changed = {
        "products.csv": "sku,name,price\nROPE,Rope, tarred,30.00\nMUG,Mug,9.95\n".replace("Rope, tarred", '"Rope, tarred"'),
        "sales.csv": "external_id,placed_at,reference,status\nSO-1,2026-05-01,PO 77,On hold\n",
        "sale_rows.csv": "external_id,sale,product,quantity,price,shipped\nR-1,SO-1,ROPE,6,24.50,1\nR-2,SO-1,MUG,2,9.95,2\nR-4,SO-1,MUG,3,9.95,0\n",
        "purchase_order_rows.csv": "external_id,order,product,quantity,received,cost\nL-1,PO-1,ROPE,20,20,12.00\n",
        "stock.csv": "warehouse,product,quantity\nMAIN,MUG,25\nMAIN,ROPE,2\n",
    }  # fmt: skip
    done = run(backend, put(changed))
    assert done.result["tallies"]["sale_rows"] == [1, 1, 1]
    assert done.result["tallies"]["sales"] == [0, 1, 0]
    assert done.result["tallies"]["products"] == [0, 1, 1]
    assert done.result["tallies"]["stock"] == [1, 1, 0]
    one = sale(backend, "SO-1")
    assert (one.net, one.row_count, one.short, one.waits, one.reference) == (
        14_700 + 1_990 + 2_985, 3, 8 * UNIT, 0, "PO 77",
    )  # fmt: skip
    assert (one.allocation, one.shipping) == (Axis.PART, Axis.PART)
    row = rows(backend, t.sale_row, t.sale_row.c.external_id == "R-1")[0]
    assert (row.ordered, row.shipped, row.opening_shipped) == (6 * UNIT, UNIT, UNIT)
    assert (row.price, row.description) == (245_000, "Rope"), "a sale keeps its own price and words"
    order = rows(backend, t.purchase_order)[0]
    assert (order.received, order.to_come, order.total) == (Axis.ALL, 0, 24_000)
    levels = {
        x.product_id: x.in_stock
        for x in rows(backend, t.stock_level, order=t.stock_level.c.product_id)
    }
    assert sorted(levels.values()) == [2 * UNIT, 25 * UNIT]
    moves = [m.quantity for m in rows(backend, t.movement)]
    assert sorted(moves) == [-5 * UNIT, 2 * UNIT, 30 * UNIT], (
        "nothing is edited: a counter-movement (R1.2)"
    )
    notes = [(n.kind, n.params) for n in rows(backend, t.note)]
    assert notes == [("status_changed", {"from": "New", "to": "On hold"})]


def test_columns_that_a_file_does_not_have_are_left_alone(backend, put):
    run(backend, put({"products.csv": "sku,name,category,price\nROPE,Rope,Deck,5\n"}))
    run(backend, put({"products.csv": "sku,name\nROPE,Rope 2\n"}))
    product = rows(backend, t.product)[0]
    assert (product.name, product.category, product.price) == ("Rope 2", "Deck", 50_000)


def test_an_external_id_survives_a_new_sku(backend, put):
    run(backend, put({"products.csv": "external_id,sku,name\nP-1,ROPE,Rope\n"}))
    run(backend, put({"products.csv": "external_id,sku,name\nP-1,ROPE-10,Rope\n"}))
    products = rows(backend, t.product)
    assert [(p.sku, p.external_id) for p in products] == [("ROPE-10", "P-1")]


def test_terms_with_breaks_and_a_new_primary(backend, put):
    """R3.6: costs by quantity; the primary moves, there is only one."""
    base = {"products.csv": ALL["products.csv"], "suppliers.csv": ALL["suppliers.csv"]}
    head = "supplier,product,from_quantity,cost,primary,pack_size,minimum,lead_time_days\n"
    run(
        backend,
        put(
            {
                **base,
                "supplier_terms.csv": head
                + "S-1,ROPE,0,2.0000,yes,6,12,5\nS-1,ROPE,24,1.8125,yes,6,12,5\n",
            }
        ),
    )
    run(backend, put({**base, "supplier_terms.csv": head + "S-2,ROPE,0,1.5,yes,1,0,\n"}))
    offers = rows(backend, t.offer)
    assert [(o.is_primary, o.pack_size, o.minimum, o.lead_time_days) for o in offers] == [
        (0, 6 * UNIT, 12 * UNIT, 5), (1, UNIT, 0, None),
    ]  # fmt: skip
    prices = rows(backend, t.offer_price, order=t.offer_price.c.cost)
    assert [(p.minimum, p.cost) for p in prices] == [(0, 15_000), (24 * UNIT, 18_125), (0, 20_000)]


def test_what_moved_here_is_not_overwritten(backend, put):
    """R1.2, R1.3: reserved units, later receipts and spent stock stand against the file."""
    run(backend, put(ALL))
    from desktop_app.services import sales as selling
    from desktop_app.services.receiving import outstanding_request, receive

    po = rows(backend, t.purchase_order)[0].id
    backend.run(receive(backend.read(outstanding_request, po, True)), once=str(uuid4()))
    run(backend, put({"sales.csv": SALES + "SO-3,9003,2026-05-09\n",
                      "sale_rows.csv": SALE_ROWS + "R-9,SO-3,MUG,28,0\n"}))  # fmt: skip
    backend.run(selling.allocate((sale(backend, "SO-3").id,)), once=str(uuid4()))
    plan = plan_import(backend, put({
        "sale_rows.csv": "external_id,sale,product,quantity,shipped\nR-1,SO-1,ROPE,3,0\nR-3,SO-2,ROPE,10,9\n",
        "purchase_order_rows.csv": ORDER_ROWS.replace("12,5", "12,6"),
        "stock.csv": STOCK.replace("30", "27"),
    }))  # fmt: skip
    assert [(p.code.value, p.row, p.params) for p in plan.problems] == [
        ("moved_on", 2, {}),
        ("below_allocated", 2, {"units": 4 * UNIT}),
        ("moved_on", 3, {}),
        ("below_promised", 2, {"units": 2 * UNIT}),
    ]


def test_less_needed_shrinks_pegs(backend, put):
    """R1.7: a peg never exceeds what either side still has."""
    from desktop_app.services.purchasing import BatchRequest, place_batch, preview

    terms = {"supplier_terms.csv": "supplier,product,cost,primary\nS-1,ROPE,1,yes\n"}
    run(backend, put({**ALL, **terms}))
    request = BatchRequest((sale(backend, "SO-1").id, sale(backend, "SO-2").id))
    seen = backend.read(preview, request)
    backend.run(place_batch(request, seen.fingerprint), once=str(uuid4()))
    assert sum(p.live for p in rows(backend, t.peg)) == 10 * UNIT
    run(backend, put({"sale_rows.csv": "external_id,sale,product,quantity\nR-3,SO-2,ROPE,5\n"}))
    assert sum(p.live for p in rows(backend, t.peg)) == 5 * UNIT


def test_an_import_does_not_cancel(backend, put):
    """R2.7: cancelling has consequences; it is done on the sale."""
    run(backend, put(ALL))
    plan = plan_import(
        backend, put({"sales.csv": "external_id,placed_at,status\nSO-1,2026-05-01,Cancelled\n"})
    )
    assert said(plan) == [("status_cancels", "sales.csv", 2, "status")]


def test_payments_and_invoices(backend, put):
    """R2.1: paid, part paid, unpaid, invoiced; a later file pays the difference."""
    head = "external_id,number,placed_at,paid,invoiced_on\n"
    run(
        backend,
        put(
            {
                **ALL,
                "sales.csv": head
                + "SO-1,9001,2026-05-01,100,2026-05-02\nSO-2,9002,2026-05-02,294.00,\n",
            }
        ),
    )
    one, two = sale(backend, "SO-1"), sale(backend, "SO-2")
    assert (one.payment, one.paid, one.invoiced) == (Axis.PART, 10_000, 1)
    assert (two.payment, two.paid, two.invoiced) == (Axis.ALL, 29_400, 0)
    run(backend, put({"sales.csv": head + "SO-1,9001,2026-05-01,141.48,2026-05-02\n"}))
    assert sale(backend, "SO-1").payment == Axis.ALL
    assert sorted(p.amount for p in rows(backend, t.payment)) == [4_148, 10_000, 29_400]
    assert len(rows(backend, t.invoice)) == 1


def test_an_invoiced_sale_keeps_its_amounts(backend, put):
    head = "external_id,placed_at,invoiced_on\n"
    run(backend, put({**ALL, "sales.csv": head + "SO-1,2026-05-01,2026-05-02\nSO-2,2026-05-02,\n"}))
    plan = plan_import(
        backend, put({"sale_rows.csv": SALE_ROWS.replace("R-1,SO-1,ROPE,4", "R-1,SO-1,ROPE,5")})
    )
    assert [(p.code.value, p.params) for p in plan.problems] == [
        ("not_open", {"state": "invoiced"})
    ]


def test_warehouses_locations_and_quarantine(backend, put):
    """R1.1: what lies in quarantine is in stock and not on hand."""
    files = {
        "products.csv": ALL["products.csv"], "warehouses.csv": "code,name\nNORTH,North depot\n",
        "locations.csv": "warehouse,code,kind\nNORTH,A-1,stock\nNORTH,HOLD,quarantine\n",
        "stock.csv": "warehouse,location,product,quantity\nNORTH,A-1,ROPE,5\nNORTH,HOLD,ROPE,2\nNORTH,,MUG,1\n",
    }  # fmt: skip
    folder = put(files)
    run(backend, folder)
    north = rows(backend, t.warehouse, t.warehouse.c.code == "NORTH")[0].id
    levels = rows(
        backend,
        t.stock_level,
        t.stock_level.c.warehouse_id == north,
        order=t.stock_level.c.product_id,
    )
    assert [(x.in_stock, x.quarantined) for x in levels] == [(7 * UNIT, 2 * UNIT), (UNIT, 0)]
    places = rows(backend, t.location, t.location.c.warehouse_id == north)
    assert {(p.code, p.kind, p.is_default) for p in places} == {
        ("GOODS-IN", "stock", 1), ("QUARANTINE", "quarantine", 0), ("A-1", "stock", 0), ("HOLD", "quarantine", 0),
    }  # fmt: skip
    assert plan_import(backend, folder).changes == 0


def test_free_text_and_services_take_no_part(backend, put):
    """R2.2: an order of only such rows is not applicable on the goods axes."""
    files = {
        "products.csv": "sku,name,kind\nFIT,Fitting,service\n",
        "sales.csv": "external_id,placed_at\nSO-1,2026-05-01\n",
        "sale_rows.csv": "sale,product,description,quantity,price\nSO-1,FIT,,1.5,40\nSO-1,,Thank you,0,\n",
    }  # fmt: skip
    run(backend, put(files))
    one = sale(backend, "SO-1")
    assert (one.allocation, one.fulfilment, one.shipping, one.short) == (
        Axis.NOT_APPLICABLE,
    ) * 3 + (0,)
    assert one.net == 6_000
    assert [(r.kind, r.position) for r in rows(backend, t.sale_row)] == [
        ("service", 1),
        ("text", 2),
    ]


def test_stop_leaves_nothing(backend, put):
    plan = plan_import(backend, put(ALL))
    progress = Progress()
    progress.stop()
    from desktop_app.services.errors import Stopped

    with pytest.raises(Stopped):
        backend.run(import_documents(plan), once=str(uuid4()), progress=progress)
    assert rows(backend, t.product) == []


def test_the_number_of_statements_does_not_grow(backend, put, statements_sent):
    """Set-based: 3 sales and 300 cost the same number of statements."""

    def files(first, number):
        heads = "".join(f"X-{n},2026-05-01\n" for n in range(first, first + number))
        lines = "".join(f"X-{n},ROPE,2\nX-{n},MUG,1\n" for n in range(first, first + number))
        return {
            "sales.csv": "external_id,placed_at\n" + heads,
            "sale_rows.csv": "sale,product,quantity\n" + lines,
        }

    run(backend, put({"products.csv": ALL["products.csv"]}))
    sent = []
    for first, number in ((0, 3), (1_000, 300)):
        plan = plan_import(backend, put(files(first, number)))
        with statements_sent.counting() as few:
            backend.run(import_documents(plan), once=str(uuid4()))
        sent.append(few.count)
    assert sent[0] == sent[1]
    assert sent[0] <= 60


def test_two_at_once_import_once(backend, put):
    """R11.3: the one that comes second is told what is there now, and writes nothing."""
    plan = plan_import(backend, put(ALL))

    def attempt(_number):
        try:
            return backend.run(import_documents(plan), once=str(uuid4())).result["tallies"]["sales"]
        except Conflict as refused:
            return refused.now.changes

    with ThreadPoolExecutor(4) as several:
        answers = list(several.map(attempt, range(4)))
    assert sorted(answers, key=str) == [0, 0, 0, [2, 0, 0]]
    assert len(rows(backend, t.sale)) == 2
    assert len(rows(backend, t.movement)) == 1
