"""Facts for the rules of a batch, in whole units: suppliers, sales, stock, and what is coming."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from desktop_app.services.rules.money import RATE_ONE, UNIT
from desktop_app.services.rules.purchase_plan import (
    BatchOptions,
    Facts,
    Inbound,
    Level,
    Pegged,
    Row,
    Sale,
)
from desktop_app.services.rules.supplier_choice import Offer, Supplier

TODAY = date(2026, 5, 1)
AT = datetime(2026, 5, 1, 9, tzinfo=UTC)


def u(number):
    return number * UNIT


def supplier(key, *, number=None, rate=RATE_ONE, active=True, currency="GBP", lead=7):
    return Supplier(key, number or key, f"Supplier {key}", currency, rate, 2, lead, active)


def offer(supplier_id, product_id, *breaks, primary=False, pack=1, minimum=0, lead=None):
    costs = tuple((u(least), cost) for least, cost in breaks)
    return Offer(supplier_id, product_id, f"{supplier_id}-{product_id}", primary, u(pack), u(minimum), lead, costs)


def sale(key, **flags):
    base = {"is_quote": False, "is_cancelled": False, "is_on_hold": False, "is_closed": False}
    return Sale(key, key, AT + timedelta(days=key), 1, **(base | flags))


def row(key, sale_id, product_id, ordered, *, reserved=0, fulfilled=0, warehouse=1, kind="stock", parent=None):
    return Row(
        key, sale_id, product_id, kind, warehouse, parent, u(ordered), u(reserved), u(fulfilled), 0, 0, 0
    )


def facts(rows, *, sales=None, levels=None, inbound=(), pegs=None, offers=None, suppliers=None, drafts=None):
    per_sale = {}
    for one in rows:
        per_sale.setdefault(one.sale_id, []).append(one)
    products = {one.product_id for one in rows if one.product_id}
    return Facts(
        TODAY,
        sales or [sale(key) for key in sorted(per_sale)],
        per_sale,
        frozenset(products),
        {pair: Level(u(a), u(b)) for pair, (a, b) in (levels or {}).items()},
        list(inbound),
        pegs or {},
        {p: [offer(1, p, (0, UNIT), primary=True)] for p in products} if offers is None else offers,
        suppliers or {1: supplier(1)},
        drafts or {},
    )


def coming(po_row, product_id, outstanding, *, live=0, warehouse=1, on=None):
    return Inbound(po_row, po_row, po_row, product_id, warehouse, u(outstanding), on, "sent", u(live), int(live > 0))


NOTHING_OFF = BatchOptions(exclude_stock=None, exclude_purchase_orders=False)


small = st.integers(0, 12)


@st.composite
def worlds(draw):
    """Sales, stock, inbound and live pegs that keep the invariants of the books."""
    rows, pegs, held = [], {}, {}
    inbound = []
    outstanding = {}
    for key in range(1, draw(st.integers(0, 5)) + 1):
        product, place = draw(st.integers(1, 2)), draw(st.integers(1, 2))
        outstanding[key] = (product, draw(st.integers(1, 10)))
        inbound.append((key, product, place))
    for key in range(1, draw(st.integers(1, 10)) + 1):
        ordered = draw(small)
        reserved = draw(st.integers(0, ordered))
        fulfilled = draw(st.integers(0, ordered - reserved))
        product = draw(st.integers(1, 2))
        one = row(
            key, draw(st.integers(1, 4)), product, ordered, reserved=reserved, fulfilled=fulfilled,
            warehouse=draw(st.integers(1, 2)),
        )
        rows.append(one)
        room = ordered - reserved - fulfilled
        for po_row, (of, there) in outstanding.items():
            free = there - held.get(po_row, 0)
            take = draw(st.integers(0, min(room, free))) if of == product else 0
            if take:
                pegs.setdefault(key, []).append(Pegged(key * 100 + po_row, po_row, u(take), u(take), True))
                held[po_row] = held.get(po_row, 0) + take
                room -= take
    others = {k: draw(st.integers(0, there - held.get(k, 0))) for k, (_p, there) in outstanding.items()}
    levels = {}
    for pair in [(w, p) for w in (1, 2) for p in (1, 2)]:
        there = draw(small)
        levels[pair] = (there, draw(st.integers(0, there)))
    expected = [
        coming(k, p, outstanding[k][1], live=held.get(k, 0) + others[k], warehouse=w) for k, p, w in inbound
    ]
    return facts(rows, levels=levels, inbound=expected, pegs=pegs), {k: u(v) for k, v in others.items()}


options = st.builds(
    BatchOptions,
    quantity=st.sampled_from(["all", "needed"]),
    exclude_stock=st.sampled_from([None, "on_hand", "in_stock"]),
    exclude_purchase_orders=st.booleans(),
    count_promised_deliveries=st.booleans(),
    one_order_per_sale=st.booleans(),
    deliver_to=st.sampled_from([None, 1]),
    round_up_to_packs=st.booleans(),
)
