"""Values among the others and against the books: unknown, repeated, impossible (reliability 5.2)."""

import pytest
from sqlalchemy import func, select

from desktop_app.services.errors import NotAllowed, Rejected
from desktop_app.services.imports import import_documents, plan_import
from desktop_app.services.imports.report import Notice
from desktop_app.services.store import tables as t
from tests.imports.conftest import (
    ALL,
    ORDER_ROWS,
    ORDERS,
    PRODUCTS,
    SALE_ROWS,
    SALES,
    STOCK,
    SUPPLIERS,
    said,
)

ONCE = "5b3f3b5e-0000-4000-8000-000000000001"


def problems(backend, put, changes, *, base=ALL):
    """(code, file, row, column) after replacing some of the good files."""
    return said(plan_import(backend, put({**base, **changes})))


@pytest.fixture
def counts(backend):
    def count():
        tables = (
            t.product,
            t.supplier,
            t.offer,
            t.sale,
            t.sale_row,
            t.purchase_order,
            t.movement,
            t.journal,
        )
        return backend.read(
            lambda db: [
                db.execute(select(func.count()).select_from(one)).scalar_one() for one in tables
            ]
        )

    before = count()
    yield
    assert count() == before, "something was written"


CASES = {
    "unknown product": (
        {"sale_rows.csv": SALE_ROWS + "R-4,SO-2,ROPES,1,0\n"}, [("unknown_code", "sale_rows.csv", 5, "product")],
    ),
    "unknown sale": (
        {"sale_rows.csv": SALE_ROWS + "R-4,SO-9,ROPE,1,0\n"}, [("unknown_code", "sale_rows.csv", 5, "sale")],
    ),
    "unknown supplier": (
        {"purchase_orders.csv": ORDERS + "PO-2,502,S-9,2026-05-03,\n",
         "purchase_order_rows.csv": ORDER_ROWS + "L-2,PO-2,ROPE,1,0,1\n"},
        [("unknown_code", "purchase_orders.csv", 3, "supplier")],
    ),
    "unknown currency": (
        {"suppliers.csv": SUPPLIERS + "S-3,Far Away,XYZ\n"}, [("unknown_code", "suppliers.csv", 4, "currency")],
    ),
    "unknown warehouse": (
        {"stock.csv": STOCK + "NOWHERE,ROPE,1,1\n"}, [("unknown_code", "stock.csv", 3, "warehouse")],
    ),
    "unknown location": (
        {"stock.csv": "warehouse,location,product,quantity\nMAIN,Z-99,ROPE,1\n"},
        [("unknown_code", "stock.csv", 2, "location")],
    ),
    "unknown status": (
        {"sales.csv": "external_id,placed_at,status\nSO-1,2026-05-01,Nwe\nSO-2,2026-05-01,New\n"},
        [("unknown_code", "sales.csv", 2, "status")],
    ),
    "unknown customer": (
        {"sales.csv": "external_id,placed_at,customer\nSO-1,2026-05-01,C-77\nSO-2,2026-05-01,\n"},
        [("unknown_code", "sales.csv", 2, "customer")],
    ),
    "unknown channel": (
        {"sales.csv": "external_id,placed_at,channel\nSO-1,2026-05-01,SHOPP\nSO-2,2026-05-01,DIRECT\n"},
        [("unknown_code", "sales.csv", 2, "channel")],
    ),
    "same id, same content": (
        {"sales.csv": SALES + "SO-1,9001,2026-05-01\n"}, [("id_twice", "sales.csv", 4, "external_id")],
    ),
    "same id, other content": (
        {"sale_rows.csv": SALE_ROWS + "R-1,SO-2,MUG,9,0\n"}, [("id_twice", "sale_rows.csv", 5, "external_id")],
    ),
    "same SKU twice": (
        {"products.csv": PRODUCTS + "ROPE,Another rope,1,20\n"}, [("id_twice", "products.csv", 4, "sku")],
    ),
    "same number twice": (
        {"sales.csv": "external_id,number,placed_at\nSO-1,9001,2026-05-01\nSO-2,9001,2026-05-02\n"},
        [("number_taken", "sales.csv", 3, "number")],
    ),
    "number zero": (
        {"sales.csv": "external_id,number,placed_at\nSO-1,0,2026-05-01\nSO-2,9001,2026-05-02\n"},
        [("zero", "sales.csv", 2, "number")],
    ),
    "same stock twice": (
        {"stock.csv": STOCK + "MAIN,MUG,30,4.10\n"}, [("id_twice", "stock.csv", 3, "product")],
    ),
    "half a coil": (
        {"sale_rows.csv": "sale,product,quantity\nSO-1,ROPE,5.5\nSO-2,ROPE,1\n"},
        [("not_whole", "sale_rows.csv", 2, "quantity")],
    ),
    "a thousand written with a point": (
        {"sale_rows.csv": "sale,product,quantity\nSO-1,ROPE,1.000\nSO-2,ROPE,1\n"},
        [("not_whole", "sale_rows.csv", 2, "quantity")],
    ),
    "nothing sold": (
        {"sale_rows.csv": "sale,product,quantity\nSO-1,ROPE,0\nSO-2,ROPE,1\n"},
        [("zero", "sale_rows.csv", 2, "quantity")],
    ),
    "shipped more than sold": (
        {"sale_rows.csv": "sale,product,quantity,shipped\nSO-1,ROPE,2,3\nSO-2,ROPE,1,1\n"},
        [("more_than_ordered", "sale_rows.csv", 2, "shipped")],
    ),
    "received more than ordered": (
        {"purchase_order_rows.csv": "order,product,quantity,received\nPO-1,ROPE,2,3\n"},
        [("more_than_ordered", "purchase_order_rows.csv", 2, "received")],
    ),
    "received on a draft": (
        {"purchase_orders.csv": "external_id,supplier,placed_at,state\nPO-1,S-1,2026-05-01,draft\n"},
        [("not_open", "purchase_order_rows.csv", 2, "received")],
    ),
    "a sale without rows": (
        {"sales.csv": SALES + "SO-3,9003,2026-05-03\n"}, [("no_rows", "sales.csv", 4, "external_id")],
    ),
    "an order without rows": (
        {"purchase_orders.csv": ORDERS + "PO-2,502,S-1,2026-05-03,\n"},
        [("no_rows", "purchase_orders.csv", 3, "external_id")],
    ),
    "neither product nor text": (
        {"sale_rows.csv": SALE_ROWS + "R-4,SO-2,,1,0\n"}, [("neither_product_nor_text", "sale_rows.csv", 5, "product")],
    ),
    "a service that was shipped": (
        {"products.csv": "sku,name,kind\nROPE,Rope,stock\nMUG,Mug,service\n", "stock.csv": "warehouse,product,quantity\n"},
        [("not_stocked", "sale_rows.csv", 3, "shipped")],
    ),
    "stock of a service": (
        {"products.csv": "sku,name,kind\nROPE,Rope,stock\nMUG,Mug,stock\nFIT,Fitting,service\n",
         "stock.csv": "warehouse,product,quantity\nMAIN,FIT,1\n"},
        [("not_stocked", "stock.csv", 2, "product")],
    ),
    "an amount beyond belief": (
        {"sale_rows.csv": "sale,product,quantity,price\nSO-1,ROPE,999999999,999999\nSO-2,ROPE,1,1\n"},
        [("amount_too_large", "sale_rows.csv", 2, "price")],
    ),
    "a cancelled sale with goods shipped": (
        {"sales.csv": "external_id,placed_at,status\nSO-1,2026-05-01,Cancelled\nSO-2,2026-05-02,New\n"},
        [("cancelled_but_shipped", "sales.csv", 2, "status")],
    ),
    "two primary suppliers": (
        {"supplier_terms.csv": "supplier,product,cost,primary\nS-1,ROPE,1,yes\nS-2,ROPE,1,yes\n"},
        [("two_primary", "supplier_terms.csv", 3, "primary")],
    ),
    "terms that disagree": (
        {"supplier_terms.csv": "supplier,product,from_quantity,cost,pack_size\nS-1,ROPE,0,2,6\nS-1,ROPE,24,1,12\n"},
        [("terms_disagree", "supplier_terms.csv", 3, None)],
    ),
    "one price break twice": (
        {"supplier_terms.csv": "supplier,product,from_quantity,cost\nS-1,ROPE,0,2\nS-1,ROPE,,1\n"},
        [("id_twice", "supplier_terms.csv", 3, "from_quantity")],
    ),
    "one barcode for two": (
        {"products.csv": "sku,name,barcode\nROPE,Rope,5012345678900\nMUG,Mug,5012345678900\n"},
        [("barcode_taken", "products.csv", 3, "barcode")],
    ),
    "a barcode that a spreadsheet rounded": (
        {"products.csv": "sku,name,barcode\nROPE,Rope,5.01E+12\nMUG,Mug,\n"},
        [("scientific", "products.csv", 2, "barcode")],
    ),
    "a pack without its size": (
        {"products.csv": "sku,name,pack_barcode\nROPE,Rope,15012345678907\nMUG,Mug,\n"},
        [("value_missing", "products.csv", 2, "pack_quantity")],
    ),
    "a position twice": (
        {"sale_rows.csv": "sale,position,product,quantity\nSO-1,1,ROPE,1\nSO-1,1,MUG,1\nSO-2,1,MUG,1\n"},
        [("position_taken", "sale_rows.csv", 3, "position")],
    ),
    "pence of a penny paid": (
        {"sales.csv": "external_id,placed_at,paid\nSO-1,2026-05-01,1.005\nSO-2,2026-05-02,0\n"},
        [("too_precise", "sales.csv", 2, "paid")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_each_fault_is_named_by_place(backend, put, counts, name):
    changes, expected = CASES[name]
    assert problems(backend, put, changes) == expected


def test_nothing_is_written_while_there_is_a_problem(backend, put, counts):
    """One bad row refuses the whole import, also when the command is sent all the same."""
    plan = plan_import(backend, put({**ALL, "stock.csv": STOCK + "MAIN,ROPES,1,1\n"}))
    assert not plan.ok
    with pytest.raises(Rejected) as refused:
        backend.run(import_documents(plan), once=ONCE)
    assert (refused.value.code, refused.value.params) == ("import_has_problems", {"count": 1})


@pytest.mark.parametrize("role", ["clerk", "buyer"])
def test_importing_is_a_managers(backend_as, put, counts, role):
    """R11.1."""
    backend = backend_as(role)
    plan = plan_import(backend, put(ALL))
    with pytest.raises(NotAllowed):
        backend.run(import_documents(plan), once=ONCE)


def test_a_near_miss_is_suggested(backend, put):
    """A SKU that differs by case is another SKU; the report says which was meant."""
    plan = plan_import(
        backend, put({**ALL, "stock.csv": "warehouse,product,quantity\nmain,rope,1\n"})
    )
    assert [(p.value, p.params) for p in plan.problems] == [
        ("main", {"kind": "warehouses", "near": "MAIN"}), ("rope", {"kind": "products", "near": "ROPE"}),
    ]  # fmt: skip


def test_repeats_say_which_and_whether_they_differ(backend, put):
    files = {"customers.csv": "external_id,name\nC-1,Ann\nC-2,Bob\nC-1,Ann\nC-2,Rob\n"}
    plan = plan_import(backend, put(files))
    assert [(p.row, p.value, p.params) for p in plan.problems] == [
        (4, "C-1", {"first": 2, "same": True}), (5, "C-2", {"first": 3, "same": False}),
    ]  # fmt: skip


def test_one_bad_row_is_not_blamed_on_those_who_refer_to_it(backend, put):
    """A product with a wrong price is one problem, not one per sale of it."""
    changes = {"products.csv": "sku,name,price\nROPE,Rope,abc\nMUG,Mug,1\n"}
    assert problems(backend, put, changes) == [("not_a_number", "products.csv", 2, "price")]


def test_an_unreadable_file_is_one_problem(backend, put):
    assert problems(backend, put, {"products.csv": b"PK\x03\x04rest"}) == [
        ("not_csv", "products.csv", None, None)
    ]


def test_wrong_check_digits_are_mentioned_only(backend, put):
    """Real data has them (two of eight are right in Wide World Importers); a scan still finds them."""
    files = {
        "products.csv": "sku,name,barcode\nA,Apple,8302039293929\nB,Berry,8302039293647\nC,Cherry,IN-HOUSE-7\n"
    }
    plan = plan_import(backend, put(files))
    assert plan.ok
    assert [(n.code, n.row, n.value) for n in plan.notices] == [
        (Notice.CHECK_DIGIT, 2, "8302039293929")
    ]


def test_two_customers_of_one_name_need_an_external_id(backend, put):
    files = {
        **ALL, "customers.csv": "external_id,name\nC-1,Ann\nC-2,Ann\nC-3,Bob\n",
        "sales.csv": "external_id,placed_at,customer\nSO-1,2026-05-01,Ann\nSO-2,2026-05-01,Bob\n",
    }  # fmt: skip
    assert problems(backend, put, files) == [("ambiguous_code", "sales.csv", 2, "customer")]
