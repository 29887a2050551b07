"""Clone a sale to a purchase order (R4.1 to R4.4, CLN-01 to CLN-04)."""

import pytest
from sqlalchemy import func, select

from desktop_app.services import settings
from desktop_app.services.cloning import CloneRequest, clone_preview, clone_to_purchase_order
from desktop_app.services.errors import NotAllowed, Rejected
from desktop_app.services.purchases import raise_row, send_purchase_order
from desktop_app.services.rules.money import units
from desktop_app.services.store import tables as t
from tests.helpers import foundation as f
from tests.helpers.builders import (
    Row,
    a_customer,
    a_product,
    a_purchase_order,
    a_sale,
    a_supplier,
    once,
    stock,
)


def rows_of(backend, table, *where):
    return backend.read(lambda db: db.execute(select(table).where(*where).order_by(table.c.id)).all())


def counts(backend):
    tables = (t.purchase_order, t.purchase_row, t.peg, t.note, t.status_change, t.journal)
    return backend.read(
        lambda db: [db.execute(select(func.count()).select_from(x)).scalar_one() for x in tables]
    )


def clone(backend, *args, confirmed=(), **named):
    call = clone_to_purchase_order(CloneRequest(*args, **named), confirmed)
    return backend.run(call, once=once())


def refused(backend, code, *args, items=None, **named):
    before = counts(backend)
    with pytest.raises(Rejected) as error:
        clone(backend, *args, **named)
    assert error.value.code == code
    if items is not None:
        assert list(error.value.items) == items
    assert counts(backend) == before


@pytest.fixture
def shop(backend):
    """A sale of a tent, a stove, a mat and delivery, as in the dialog's picture."""
    return Shop(backend)


class Shop:
    def __init__(self, backend):
        self.tent, self.stove, self.mat = (a_product(backend, sku) for sku in ("TENT", "STOVE", "MAT"))
        self.kestrel = a_supplier(
            backend, "Kestrel", lead_time_days=7,
            costs={self.tent: {1: "61.20", 10: "55.00"}, self.stove: "17.95", self.mat: "24.00"},
        )  # fmt: skip
        self.alpine = a_supplier(backend, "Alpine", costs={self.tent: "63.00"}, primary=False)
        stock(backend, {self.stove: 2, self.mat: 1})
        rows = [
            Row(self.tent, 2), Row(self.stove, 3, reserved=1), Row(self.mat, 1, fulfilled=1, shipped=1),
            Row(None, 1, kind="text"),
        ]  # fmt: skip
        self.sale = a_sale(backend, rows, customer=a_customer(backend, "Tom Okafor"))
        self.rows = self.sale.rows
        self.on_po = a_purchase_order(
            backend, self.kestrel, {self.stove: 1}, pegs={self.rows[1]: {self.stove: 1}}
        )


def test_preview_offers_what_is_needed_and_not_pegged(backend, shop):
    """R4.2."""
    seen = backend.read(clone_preview, shop.sale.id)
    assert (seen.number, seen.customer, seen.warehouse_id) == (shop.sale.number, "Tom Okafor", f.MAIN)
    assert [
        (r.sku, r.ordered, r.allocated, r.shipped, r.on_order, r.offered, r.reason) for r in seen.rows
    ] == [
        ("TENT", units(2), 0, 0, 0, units(2), None),
        ("STOVE", units(3), units(1), 0, units(1), units(1), None),
        ("MAT", units(1), units(1), units(1), 0, 0, None),
        ("", units(1), 0, 0, 0, 0, "text"),
    ]
    assert [(x.supplier_id, x.cost, x.is_primary) for x in seen.rows[0].terms] == [
        (shop.kestrel, units("61.20"), True), (shop.alpine, units(63), False),
    ]  # fmt: skip
    assert [(s.name, s.supplies, s.lead_time_days) for s in seen.suppliers] == [
        ("Kestrel", 2, 7), ("Alpine", 1, 7),
    ]  # fmt: skip


def test_clone_makes_an_order_with_pegs_and_notes_and_leaves_the_rows(backend, shop):
    """R4.1, R4.4, CLN-04."""
    before = rows_of(backend, t.sale_row)
    done = clone(
        backend, shop.sale.id, shop.kestrel, f.SHOP,
        {shop.rows[0]: units(2), shop.rows[1]: units(1), shop.rows[2]: 0},
        sales_status_id=f.SALE_STATUS["On order"], reference="Tom",
    ).result  # fmt: skip
    assert (done["number"], done["supplier"], done["lines"], done["units"]) == (2, "Kestrel", 2, units(3))
    assert (done["total"], done["currency"], done["sale_changed"]) == (14035, "GBP", True)
    order = rows_of(backend, t.purchase_order, t.purchase_order.c.id == done["id"])[0]
    assert (order.warehouse_id, order.state, order.reference) == (f.SHOP, "draft", "Tom")
    assert (order.sale_id, order.batch_id, order.total, order.to_come) == (
        shop.sale.id, None, 14035, units(3),
    )  # fmt: skip
    assert rows_of(backend, t.sale_row) == before
    pegs = rows_of(backend, t.peg, t.peg.c.po_row_id != shop.on_po.rows[shop.stove])
    assert [(p.sale_row_id, p.quantity, p.live) for p in pegs] == [
        (shop.rows[0], units(2), units(2)), (shop.rows[1], units(1), units(1)),
    ]  # fmt: skip
    notes = {(n.document, n.document_id, n.kind): n.params for n in rows_of(backend, t.note)}
    assert notes == {
        ("SO", shop.sale.id, "status_changed"): {"from": "New", "to": "On order"},
        ("SO", shop.sale.id, "ordered"): {
            "orders": [{
                "id": done["id"], "number": 2, "supplier": "Kestrel",
                "items": [{"sku": "TENT", "units": units(2)}, {"sku": "STOVE", "units": units(1)}],
            }]
        },
        ("PO", done["id"], "raised_for"): {
            "batch": None, "more": 0,
            "sales": [{"id": shop.sale.id, "number": shop.sale.number, "units": units(3)}],
        },
    }  # fmt: skip
    assert [row.offered for row in backend.read(clone_preview, shop.sale.id).rows] == [0, 0, 0, 0]


def test_more_than_needed_asks_first(backend, shop):
    """R4.2: the surplus was raised for the row, but lives for nothing."""
    wanted = {shop.rows[0]: units(2), shop.rows[1]: units(5), shop.rows[2]: units(1)}
    refused(
        backend, "confirm:more_than_needed", shop.sale.id, shop.kestrel, f.MAIN, wanted,
        items=[shop.rows[1], shop.rows[2]],
    )  # fmt: skip
    args = (backend, shop.sale.id, shop.kestrel, f.MAIN, wanted)
    clone(*args, confirmed=["confirm:more_than_needed"], cross_notes=False)
    pegs = {p.sale_row_id: (p.quantity, p.live) for p in rows_of(backend, t.peg)[1:]}
    assert pegs == {
        shop.rows[0]: (units(2), units(2)), shop.rows[1]: (units(5), units(1)), shop.rows[2]: (units(1), 0),
    }  # fmt: skip
    assert rows_of(backend, t.note) == []


def test_rows_without_a_price_need_one(backend, shop):
    """CLN-02: they block only themselves."""
    wanted = {shop.rows[0]: units(2), shop.rows[1]: units(1)}
    refused(backend, "price_needed", shop.sale.id, shop.alpine, f.MAIN, wanted, items=[shop.rows[1]])
    done = clone(
        backend, shop.sale.id, shop.alpine, f.MAIN, wanted, costs={shop.rows[1]: units("20.00")}
    ).result
    assert done["total"] == 12600 + 2000


def test_a_supplier_limited_to_its_own_products(backend, shop):
    """Rules section 9."""
    limit = settings.SettingChange(settings.OWN_PRODUCTS, True)
    backend.run(settings.save_settings([limit]), once=once())
    wanted = {shop.rows[0]: units(2), shop.rows[1]: units(1)}
    costs = {shop.rows[1]: units(20)}
    refused(
        backend, "not_supplied", shop.sale.id, shop.alpine, f.MAIN, wanted, costs=costs,
        items=[shop.rows[1]],
    )  # fmt: skip
    assert clone(backend, shop.sale.id, shop.kestrel, f.MAIN, wanted).result["lines"] == 2


def test_price_breaks_count_the_rows_of_one_product_together(backend):
    pen = a_product(backend)
    acme = a_supplier(backend, costs={pen: {1: "2.00", 10: "1.00"}})
    sale = a_sale(backend, [Row(pen, 6), Row(pen, 4)])
    done = clone(
        backend,
        sale.id,
        acme,
        f.MAIN,
        dict.fromkeys(sale.rows, units(5)),
        confirmed=["confirm:more_than_needed"],
    )
    (row,) = rows_of(backend, t.purchase_row)
    assert (row.ordered, row.cost, row.total) == (units(10), units(1), 1000)
    assert done.result["lines"] == 1


def test_refusals_write_nothing(backend, shop):
    sale, rows = shop.sale.id, shop.rows
    one = {rows[0]: units(1)}
    refused(backend, "nothing_to_order", sale, shop.kestrel, f.MAIN, {})
    refused(backend, "nothing_to_order", sale, shop.kestrel, f.MAIN, {rows[0]: 0})
    refused(backend, "invalid_quantity", sale, shop.kestrel, f.MAIN, {rows[0]: 5000}, items=[rows[0]])
    refused(backend, "invalid_quantity", sale, shop.kestrel, f.MAIN, {rows[0]: -1}, items=[rows[0]])
    refused(backend, "invalid_cost", sale, shop.kestrel, f.MAIN, one, costs={rows[0]: -1})
    refused(backend, "unknown_row", sale, shop.kestrel, f.MAIN, {9999: units(1)}, items=[9999])
    refused(backend, "cannot_be_ordered", sale, shop.kestrel, f.MAIN, {rows[3]: units(1)}, items=[rows[3]])
    refused(backend, "unknown_supplier", sale, 99, f.MAIN, one)
    refused(backend, "unknown_warehouse", sale, shop.kestrel, 99, one)
    refused(backend, "unknown_sales", 99, shop.kestrel, f.MAIN, one)
    refused(backend, "bad_option", sale, shop.kestrel, f.MAIN, one, po_state="closed")
    refused(backend, "unknown_status", sale, shop.kestrel, f.MAIN, one, po_status_id=1)
    refused(backend, "unknown_status", sale, shop.kestrel, f.MAIN, one, sales_status_id=99)
    cancelled = a_sale(backend, [Row(shop.tent, 1)], status="Cancelled")
    refused(backend, "sale_cancelled", cancelled.id, shop.kestrel, f.MAIN, {cancelled.rows[0]: units(1)})
    with pytest.raises(Rejected, match="unknown_sales"):
        backend.read(clone_preview, 99)


def test_a_clerk_may_not(backend, backend_as, shop):
    with pytest.raises(NotAllowed):
        clone(backend_as("clerk"), shop.sale.id, shop.kestrel, f.MAIN, {shop.rows[0]: units(1)})


def test_undo_cancels_the_order_and_puts_the_status_back(backend, shop):
    done = clone(
        backend, shop.sale.id, shop.kestrel, f.MAIN, {shop.rows[0]: units(2)},
        sales_status_id=f.SALE_STATUS["On order"],
    )  # fmt: skip
    undone = backend.undo(done.journal_id, once=once())
    assert undone.result == {"id": done.result["id"], "number": 2, "sale_restored": True}
    order = rows_of(backend, t.purchase_order)[-1]
    assert (order.state, order.to_come) == ("cancelled", 0)
    (sale,) = rows_of(backend, t.sale)
    assert sale.status_id == f.SALE_STATUS["New"]
    assert backend.read(clone_preview, shop.sale.id).rows[0].offered == units(2)
    assert {n.struck_by for n in rows_of(backend, t.note)} == {undone.journal_id}


@pytest.mark.parametrize("what", ["sent", "changed"])
def test_undo_names_the_order_in_the_way(backend, shop, what):
    made = clone(backend, shop.sale.id, shop.kestrel, f.MAIN, {shop.rows[0]: units(2)})
    done = made.result
    if what == "sent":
        backend.run(send_purchase_order(done["id"]), once=once())
    else:
        (row,) = rows_of(backend, t.purchase_row, t.purchase_row.c.po_id == done["id"])
        backend.run(raise_row(row.id, row.ordered + units(1)), once=once())
    with pytest.raises(Rejected) as error:
        backend.undo(made.journal_id, once=once())
    assert error.value.code == "clone_in_use"
    assert list(error.value.items) == [{"id": done["id"], "number": 2, "reason": what}]


def test_statements_do_not_depend_on_rows(backend, statements_sent):
    products = [a_product(backend) for _ in range(60)]
    acme = a_supplier(backend, costs=dict.fromkeys(products, "1.00"))
    sent = []
    for number in (1, 60):
        sale = a_sale(backend, [Row(p, 1) for p in products[:number]])
        with statements_sent.counting() as reading:
            backend.read(clone_preview, sale.id)
        with statements_sent.counting() as writing:
            clone(backend, sale.id, acme, f.MAIN, dict.fromkeys(sale.rows, units(1)), sales_status_id=3)
        sent.append((reading.count, writing.count))
    assert sent[0] == sent[1]
    assert max(sent[0]) <= 40
