"""What Shopify, Square and Brightpearl send: all 68 samples, each with its outcome (R7.1, R7.10).

Through the real intake, on both engines, with the products of the samples loaded.
"""

import csv
import hashlib
import json
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from desktop_app.services.errors import Rejected
from desktop_app.services.pos_intake import apply_pending
from desktop_app.services.pos_messages import take_in
from desktop_app.services.rules.money import UNIT
from desktop_app.services.rules.sale_status import Axis
from desktop_app.services.store import tables as t
from desktop_app.views.messages import sentence
from tests.helpers import foundation as f
from tests.helpers.builders import a_product, once, stock
from tests.helpers.tills import a_shop, level, raw, rows_of


@dataclass(frozen=True)
class Sale:
    """A sale of this transaction: money in minor units, rows as (SKU, units, method)."""

    transaction: str
    currency: str
    net: int
    tax: int
    total: int
    paid: int = 0
    rows: tuple = ()


@dataclass(frozen=True)
class Credit:
    transaction: str
    currency: str
    net: int
    tax: int
    total: int
    refunded: int = 0
    linked: bool = False


def refused(reason="not_an_order"):
    return ("refused", reason)


def parked(reason):
    return ("parked", reason)


GREEN, RED, BLACK = ((f"IPOD2008{colour}", 1, "order") for colour in ("GREEN", "RED", "BLACK"))
STEAK = "BEMYCSMIJL46OCDV4KYIKXIB"

OUTCOMES = {
    # 3 x 199.00 = 597.00, but the order says 398.00 + 11.94 tax, which is what was charged.
    "shopify/order.json": Sale(
        "450789469", "USD", 39800, 1194, 40994,
        rows=(GREEN, RED, BLACK, ("Difference to the shop’s total", 1, "order")),
    ),
    # 597.00 - 10.00 + 11.94, no rows sent; paid, then partly refunded.
    "shopify/orders.json": Sale(
        "450789469", "USD", 58700, 1194, 59894, 59894,
        rows=(("Goods (rows not sent)", 1, "order"), ("Discount", 1, "order")),
    ),
    # Two of the order's rows come back, 209.00 are paid out.
    "shopify/refund.json": Credit("509562969", "USD", 39800, 796, 40596, 20900, linked=True),
    "shopify/fulfillment.json": refused(),
    "shopify/inventory_item.json": refused(),
    "shopify/inventory_level.json": refused(),
    "shopify/inventory_levels.json": refused(),
    "shopify/location.json": refused(),
    "shopify/locations.json": refused(),
    "shopify/location_inventory_levels.json": refused(),
    "shopify/product.json": refused(),
    "shopify/variants.json": refused(),
    "shopify/transaction.json": refused(),
    "shopify/transactions.json": refused(),
    "shopify/draft_order.json": refused(),
    "shopify/customer.json": refused(),
    "shopify/shipping_zones.json": refused(),
    "shopify/events.json": refused(),
    # 15.99 typed in at the till, 2 x 22.00 with modifiers; 4.33 off, 5.10 tax.
    "square/orders_create.json": Sale(
        "CAISENgvlJ6jLWAzERDzjyHVybY", "USD", 5666, 510, 6176,
        rows=(("New York Strip Steak", 1, "order"), ("STEAK-L", 2, "order")),
    ),
    "square/orders_get.json": Sale(
        "CAISENgvlJ6jLWAzERDzjyHVybY", "USD", 550, 0, 550,
        rows=(("Item 1", 1, "order"), ("Item 2", 2, "order")),
    ),
    "square/orders_search.json": parked("field_placeholder"),
    "square/orders_calculate.json": refused(),
    "square/orders_update.json": Sale(
        "DREk7wJcyXNHqULq8JJ2iPAsluJZY", "USD", 900, 0, 900,
        rows=(("Small Coffee", 1, "order"), ("COOKIE", 2, "order")),
    ),
    "square/refunds_list.json": parked("refund_without_rows"),
    "square/refunds_refund_payment.json": parked("refund_without_rows"),
    "square/inventory_get_adjustment.json": refused(),
    "square/inventory_get_physical_count.json": refused(),
    "square/inventory_get_transfer.json": refused(),
    "square/inventory_batch_create_changes.json": refused(),
    "square/inventory_batch_get_counts.json": refused(),
    "square/vendors_create.json": refused(),
    "square/vendors_get.json": refused(),
    "square/vendors_search.json": refused(),
    "square/vendors_batch_create.json": refused(),
    "square/transferorders_create.json": refused(),
    "square/transferorders_search.json": refused(),
    "square/transferorders_receive.json": refused(),
    "square/catalog_list.json": refused(),
    "square/catalog_batch_upsert.json": refused(),
    "square/catalog_object_get.json": refused(),
    "square/locations_list.json": refused(),
    "square/payments_create.json": refused(),
    "square/payments_list.json": refused(),
    # Shipped and invoiced at Brightpearl, and unpaid.
    "brightpearl/order_get_one.json": Sale(
        "1", "USD", 909, 91, 1000, rows=(("TEST001", 1, "now"),)
    ),
    "brightpearl/order_get_one_po.json": refused(),
    # A head without rows, in the account's own currency.
    "brightpearl/order_post_so.json": Sale("322", "GBP", 0, 0, 0),
    "brightpearl/order_post_po.json": refused(),
    # orderTypeCode twice: SO, then SC; the last one counts.
    "brightpearl/order_post_sc.json": Credit("324", "GBP", 0, 0, 0),
    # The order and its row, as two calls.
    "brightpearl/order_row_post.json": Sale(
        "332", "GBP", 10000, 1300, 11300, rows=(("Brightpearl Product", 5, "order"),)
    ),
    "brightpearl/order_row_patch.json": parked("several_calls"),
    "brightpearl/order_search.json": refused(),
    "brightpearl/order_status_get.json": refused(),
    "brightpearl/order_status_update_put.json": parked("several_calls"),
    "brightpearl/order_shipping_status_get.json": refused(),
    "brightpearl/order_get_empty_not_found.json": refused("no_order_inside"),
    "brightpearl/order_post_error_missing_required.json": refused("call_failed"),
    "brightpearl/product_get_one.json": refused(),
    "brightpearl/product_get_multiple.json": refused(),
    "brightpearl/product_availability_get.json": refused(),
    "brightpearl/product_search.json": refused(),
    "brightpearl/product_price_get.json": refused(),
    "brightpearl/price_list_get.json": refused(),
    "brightpearl/product_post.json": refused(),
    "brightpearl/tax_code_get.json": refused(),
    "brightpearl/goods_out_note_get_all_for_order.json": refused(),
    "brightpearl/customer_payment_post_receipt.json": refused(),
    "brightpearl/webhook_get_single.json": refused(),
    "brightpearl/warehouse_get.json": refused(),
}  # fmt: skip


@pytest.fixture
def payloads(shared):
    folder = shared / "data/payloads"
    if not folder.is_dir():
        pytest.skip("the samples of what shops send are not there")
    return folder


def channel_of(name):
    """A channel per sample, but the refund comes from the shop of its order."""
    name = "shopify/order.json" if name == "shopify/refund.json" else name
    return f"C-{hashlib.sha256(name.encode()).hexdigest()[:12]}"


def load_products(backend):
    made = {}
    for sku, number in (("GREEN", 39072856), ("RED", 49148385), ("BLACK", 457924702)):
        made[f"IPOD2008{sku}"] = a_product(backend, f"IPOD2008{sku}", external_id=str(number))
    made["STEAK-L"] = a_product(backend, "STEAK-L", external_id=STEAK)
    made["TEST001"] = a_product(backend, "TEST001")
    return made


def message(backend, name):
    m = t.pos_message.c
    (row,) = backend.read(
        lambda db: db.execute(
            select(m.id, m.state, m.reason, m.params).where(m.channel_code == channel_of(name))
            .where(m.digest == DIGESTS[name])
        ).all()
    )  # fmt: skip
    return row


DIGESTS = {}


def take_all(backend, payloads, names):
    raws = []
    for name in names:
        one = raw((payloads / name).read_bytes(), channel_of(name))
        DIGESTS[name] = one.digest
        raws.append(one)
    assert backend.run(take_in(raws), once=once()).result["taken"] == len(names)
    return apply_pending(backend)


def documents(backend, name):
    """(sales, credits) that a sample became."""
    o = t.pos_order.c
    key = message(backend, name).id
    orders = backend.read(
        lambda db: db.execute(select(t.pos_order).where(o.message_id == key)).all()
    )

    def of(table, ids):
        return backend.read(lambda db: db.execute(select(table).where(table.c.id.in_(ids))).all())

    sales = of(t.sale, [row.sale_id for row in orders if row.sale_id])
    refunds = of(t.credit, [row.credit_id for row in orders if row.credit_id])
    return orders, sales, refunds


def test_the_list_names_every_sample(payloads):
    with (payloads / "manifest.csv").open(encoding="utf-8", newline="") as file:
        named = {row["file"]: row["sha256"] for row in csv.DictReader(file)}
    assert len(named) == 68
    assert named.keys() == OUTCOMES.keys()
    for name, digest in named.items():
        assert hashlib.sha256((payloads / name).read_bytes()).hexdigest() == digest


def test_every_sample_has_its_outcome(backend, payloads):
    """R7.1: orders become documents with the sender's totals, the rest says why it does not."""
    goods = load_products(backend)
    for code in sorted({channel_of(name) for name in OUTCOMES}):
        a_shop(backend, code)
    stock(backend, {goods["TEST001"]: 3}, f.SHOP)
    take_all(backend, payloads, list(OUTCOMES))
    wrong = {}
    for name, expected in OUTCOMES.items():
        row = message(backend, name)
        if isinstance(expected, tuple):
            found = (row.state, row.reason)
            assert documents(backend, name)[1:] == ([], [])
            items = (row.params or {}).get("items", ())
            said = sentence(Rejected(row.reason, items, **(row.params or {})))
            assert "could not be done" not in said
            assert said.endswith((".", ")."))
        else:
            found = as_found(backend, name) if row.state == "applied" else (row.state, row.reason)
        if found != expected:
            wrong[name] = (found, row.params)
    assert not wrong, "\n".join(f"{name}: {found}" for name, found in wrong.items())


def as_found(backend, name):
    orders, sales, refunds = documents(backend, name)
    assert len(orders) == 1
    if sales:
        (made,) = sales
        rows = tuple(
            (sku_of(backend, row), row.ordered // UNIT, row.method)
            for row in rows_of(backend, made.id)
        )
        return Sale(
            orders[0].transaction_id, made.currency, made.net, made.tax, made.total, made.paid, rows
        )
    (made,) = refunds
    return Credit(
        orders[0].transaction_id, made.currency, made.net, made.tax, made.total, made.refunded,
        made.sale_id is not None,
    )  # fmt: skip


def sku_of(backend, row):
    if row.product_id is None:
        return row.description
    p = t.product.c
    return backend.read(
        lambda db: db.execute(select(p.sku).where(p.id == row.product_id)).scalar_one()
    )


@pytest.mark.parametrize("gone", [True, False], ids=["shipped", "not shipped"])
def test_a_refund_takes_back_the_rows_of_its_order(backend, payloads, gone):
    """R7.10: joined by Shopify's own ids; it may come first, then it waits for the order.

    What was shipped goes back on the shelf; what never left does not.
    """
    goods = load_products(backend)
    a_shop(backend, channel_of("shopify/order.json"))
    stock(backend, {goods[sku]: 1 for sku in goods if sku.startswith("IPOD")}, f.SHOP)
    take_all(backend, payloads, ["shopify/refund.json"])
    assert message(backend, "shopify/refund.json").state == "waiting"
    order = json.loads((payloads / "shopify/order.json").read_bytes())
    if gone:
        order["order"]["fulfillment_status"] = "fulfilled"
    sent = raw(order, channel_of("shopify/order.json"))
    DIGESTS["shopify/order.json"] = sent.digest
    backend.run(take_in([sent]), once=once())
    assert dict(apply_pending(backend).states) == {"applied": 2}
    assert message(backend, "shopify/refund.json").state == "applied"
    ((sale,), (credit,)) = (
        documents(backend, "shopify/order.json")[1],
        documents(backend, "shopify/refund.json")[2],
    )
    assert (credit.sale_id, credit.total, credit.refunded) == (sale.id, 40596, 20900)
    assert Axis(credit.payment) is Axis.PART
    r, row = t.credit_row.c, t.sale_row.c
    back = backend.read(
        lambda db: db.execute(
            select(row.product_id, r.quantity, r.disposition, r.reason)
            .join(t.sale_row, row.id == r.sale_row_id)
            .where(r.credit_id == credit.id)
            .order_by(r.position)
        ).all()
    )
    disposition = "restock" if gone else "none"
    assert [tuple(one) for one in back] == [
        (goods[f"IPOD2008{colour}"], UNIT, disposition, "it broke during shipping")
        for colour in ("BLACK", "GREEN")
    ]
    levels = {sku: level(backend, goods[f"IPOD2008{sku}"])[0] for sku in ("GREEN", "RED", "BLACK")}
    assert levels == {"GREEN": 1, "RED": 0 if gone else 1, "BLACK": 1}


def test_what_left_the_sender_leaves_the_books(backend, payloads):
    """R7.3: Brightpearl shipped it, so it was sold now; the shop's stock goes down."""
    goods = load_products(backend)
    name = "brightpearl/order_get_one.json"
    a_shop(backend, channel_of(name))
    stock(backend, {goods["TEST001"]: 3}, f.SHOP)
    take_all(backend, payloads, [name])
    (made,) = documents(backend, name)[1]
    assert (Axis(made.shipping), Axis(made.payment)) == (Axis.ALL, Axis.NONE)
    assert level(backend, goods["TEST001"])[:2] == (2, 2)


def test_a_product_that_is_not_loaded_is_named(backend, payloads):
    a_shop(backend, channel_of("shopify/order.json"))
    take_all(backend, payloads, ["shopify/order.json"])
    row = message(backend, "shopify/order.json")
    assert (row.state, row.reason) == ("parked", "shop_products_unknown")
    assert "IPOD2008GREEN" in sentence(Rejected(row.reason, row.params["items"]))


@pytest.mark.parametrize("name", [name for name, e in OUTCOMES.items() if not isinstance(e, tuple)])
def test_a_sample_cut_off_anywhere_is_parked_as_cut_off(payloads, name):
    from desktop_app.services import pos_formats
    from desktop_app.services.pos_shapes import CannotRead

    whole = (payloads / name).read_bytes().rstrip()
    for part in range(1, 10):
        with pytest.raises(CannotRead) as caught:
            pos_formats.read(whole[: len(whole) * part // 10])
        assert caught.value.code in {"json_cut_off", "json_not_utf8"}


@pytest.mark.parametrize("name", [name for name, e in OUTCOMES.items() if not isinstance(e, tuple)])
def test_a_wrong_value_anywhere_never_breaks_the_reader(payloads, name):
    """Reliability 5.2: wrong type at each path: read, or refused with a reason, but no fault."""
    from desktop_app.services import pos_formats
    from desktop_app.services.pos_shapes import CannotRead, NotAnOrder

    def spoilt(value):
        keys = value.keys() if isinstance(value, dict) else range(len(value))
        for key in list(keys):
            before = value[key]
            for other in (None, 7, -1, "", "x", True, [], {}, ["x"], 10**25):
                value[key] = other
                yield
            value[key] = before
            if isinstance(before, dict | list):
                yield from spoilt(before)

    message = json.loads((payloads / name).read_bytes())
    tried = 0
    for _ in spoilt(message):
        tried += 1
        try:
            pos_formats.look(json.dumps(message).encode())
            pos_formats.read(json.dumps(message).encode())
        except (CannotRead, NotAnOrder):
            pass
    assert tried > 40
