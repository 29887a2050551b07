"""Paging by keys and by jumps gives the sorted, filtered list; so do ids, ranges and positions."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop_app.services import lists
from desktop_app.services.lists import Among, start_of, today
from desktop_app.services.purchases_list import PURCHASES, PurchasesFilter, PurchasesView
from desktop_app.services.sales_list import SALES, Eta, SalesFilter, SalesView
from desktop_app.services.store import engine
from tests.helpers import databases, shelves

NEVER = date.max
_made = {}


@pytest.fixture(scope="module", params=databases.ENGINES)
def shop(request: pytest.FixtureRequest) -> Iterator[tuple]:
    """Read only, so that all tests of this file share it."""
    made = databases.clone(request.param, empty=True)
    store = engine.create(made.address)
    backend = shelves.fill(store)
    yield backend, shelves.facts(backend)
    assert not databases.findings(store)
    store.close()
    made.remove()


# --- what the lists must say, in plain Python ---------------------------------------------------


def _is_among(value, wanted):
    return wanted is None or (value in wanted.values) != wanted.out


def _needed(row):
    return row.ordered - row.reserved - row.fulfilled if row.kind == "stock" else 0


def _eta(facts, sale):
    return min((day for live, day, _ in facts.pegs[sale.id] if live and day), default=None)


def _sees(facts, where, sale) -> bool:
    live = sum(units for units, _, _ in facts.pegs[sale.id])
    waiting = sale.waits and sale.short > 0
    rows = facts.rows[sale.id]
    exception = sale.waits and any(r.method in {"now", "ship_later"} and _needed(r) for r in rows)
    late = any(units and day and day < today() for units, day, _ in facts.pegs[sale.id])
    held = facts.statuses[sale.status_id].is_on_hold and sale.shipping < 2
    in_view = {
        SalesView.ALL: True,
        SalesView.NEEDS_ORDERING: waiting and live < sale.short,
        SalesView.WAITING_ON_PO: waiting and live >= sale.short,
        SalesView.READY_TO_SHIP: sale.allocation == 2 and sale.shipping < 2 and sale.waits,
        SalesView.PROBLEMS: late or held or exception,
    }
    eta = _eta(facts, sale)
    sunday = today() + timedelta(days=6 - today().weekday())
    at = {
        None: True,
        Eta.LATE: late,
        Eta.THIS_WEEK: eta is not None and today() <= eta <= sunday,
        Eta.NONE: waiting and eta is None,
    }
    offered = {o.product_id for o in facts.offers if _is_among(o.supplier_id, where.supplier)} \
        if where.supplier else set()  # fmt: skip
    return bool(
        in_view[where.view]
        and at[where.eta]
        and all(
            _is_among(getattr(sale, column), getattr(where, field))
            for field, column in (
                ("channel", "channel_id"), ("status", "status_id"), ("payment", "payment"),
                ("allocation", "allocation"), ("shipping", "shipping"), ("fulfilment", "fulfilment"),
                ("warehouse", "warehouse_id"), ("customer", "customer_id"),
            )
        )
        and (where.invoiced is None or bool(sale.invoiced) == where.invoiced)
        and (where.waits is None or bool(sale.waits) == where.waits)
        and (where.short is None or (sale.short > 0) == where.short)
        and (where.placed_from is None or sale.placed_at >= where.placed_from)
        and (where.placed_before is None or sale.placed_at < where.placed_before)
        and (where.placed_days is None or sale.placed_at >= start_of(where.placed_days))
        and (where.product is None
             or any(r.product_id in where.product.values for r in rows) != where.product.out)
        and (where.supplier is None
             or any(r.product_id in offered and _needed(r) for r in rows))
        and (where.has_po is None or where.has_po == any(
            o.state != "cancelled" for _, _, o in facts.pegs[sale.id]))
        and where.reference.casefold() in sale.reference.casefold()
    )  # fmt: skip


def _sales_in_order(facts, where, sort):
    name, down = sort or SALES.default
    values = {
        "placed": lambda s: (s.placed_at, s.id), "number": lambda s: (s.number,),
        "total": lambda s: (s.total, s.id),
        "customer": lambda s: (facts.customers[s.customer_id].name, s.customer_id, *newest(s)),
        "channel": lambda s: (s.channel_id, *newest(s)), "eta": lambda s: (_eta(facts, s), *newest(s)),
        "short": lambda s: (s.short, *newest(s)), "status": lambda s: (s.status_id, *newest(s)),
    }  # fmt: skip

    def newest(s):
        return (-s.placed_at.timestamp(), -s.id)

    def key(s):
        return values[name](s) if name in values else (getattr(s, name), *newest(s))

    def blank(s):
        return (
            s.channel_id is None if name == "channel" else name == "eta" and _eta(facts, s) is None
        )

    seen = [s for s in facts.sales if _sees(facts, where, s)]
    filled = sorted((s for s in seen if not blank(s)), key=key, reverse=down)
    return [s.id for s in filled + sorted((s for s in seen if blank(s)), key=newest, reverse=down)]


# --- what is asked ------------------------------------------------------------------------------

ids = st.frozensets(st.integers(1, 8), max_size=4)
among = st.none() | st.builds(Among, ids, st.booleans())
axes = st.none() | st.builds(
    Among, st.frozensets(st.integers(0, 3), min_size=1, max_size=3), st.booleans()
)
flag = st.none() | st.booleans()
now = datetime.now(UTC)
moments = st.none() | st.integers(1, 800).map(lambda days: now - timedelta(days=days))

sales_filters = st.builds(
    SalesFilter,
    view=st.sampled_from(SalesView) | st.just(SalesView.ALL),
    placed_from=st.none() | moments, placed_before=st.none() | moments,
    placed_days=st.none() | st.none() | st.integers(1, 700),
    channel=st.none() | among, status=st.none() | among, payment=st.none() | axes,
    allocation=st.none() | axes, fulfilment=st.none() | axes, shipping=st.none() | axes,
    invoiced=st.none() | flag, short=flag, waits=flag, eta=st.none() | st.none() | st.sampled_from(Eta),
    warehouse=st.none() | among, customer=st.none() | st.builds(Among, ids, st.just(value=True)),
    product=st.none() | st.none() | st.builds(Among, st.frozensets(st.integers(1, 20)), st.booleans()),
    supplier=st.none() | st.none() | st.builds(Among, st.frozensets(st.integers(1, 3))),
    has_po=st.none() | flag, reference=st.sampled_from(["", "", "", "a_", "0%", "web"]),
)  # fmt: skip
sorts = st.none() | st.tuples(st.sampled_from(SALES.sorts), st.booleans())
shared = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)


@pytest.fixture
def small_pages(monkeypatch):
    monkeypatch.setattr(lists, "PAGE", 23)


def _scrolled(read, listing, where, sort, total):
    """By neighbours, with a jump now and then, as a table asks."""
    found, rows, at = [], [], 0
    while at < total:
        after = rows[-1].key if rows and at % 3 else None
        rows = read(listing.page, where, sort, at, after)
        assert rows, f"nothing at {at} of {total}"
        found += [row.id for row in rows]
        at += len(rows)
    assert read(listing.page, where, sort, total) == []
    return found


def _check(read, listing, where, sort, wanted, data):
    assert read(listing.count, where) == len(wanted)
    assert list(read(listing.all_ids, where, sort)) == wanted
    assert _scrolled(read, listing, where, sort, len(wanted)) == wanted
    if wanted:
        one, two = sorted(data.draw(st.tuples(*[st.integers(0, len(wanted) - 1)] * 2)))
        span = wanted[one : two + 1]
        assert list(read(listing.ids_between, where, sort, wanted[one], wanted[two])) == span
        assert list(read(listing.ids_between, where, sort, wanted[two], wanted[one])) == span
        assert read(listing.position_of, where, sort, wanted[two]) == two
        again = read(listing.by_id, [wanted[two], wanted[one], 10**9], sort)
        assert {row.id for row in again} == {wanted[one], wanted[two]}
        page = read(listing.page, where, sort, one)
        assert page[0] == next(row for row in again if row.id == wanted[one])


@given(where=sales_filters, sort=sorts, data=st.data())
@shared
def test_sales_page_as_sorted_and_filtered(shop, small_pages, where, sort, data):
    backend, facts = shop
    _check(backend.read, SALES, where, sort, _sales_in_order(facts, where, sort), data)


@pytest.mark.parametrize("view", list(SalesView))
def test_every_sort_of_every_view(shop, view):
    backend, facts = shop
    where = SalesFilter(view=view)
    for sort in [(name, down) for name in SALES.sorts for down in (False, True)]:
        wanted = _sales_in_order(facts, where, sort)
        assert wanted, "the sample has none: this proves nothing"
        assert list(backend.read(SALES.all_ids, where, sort)) == wanted, sort


def _orders_in_order(facts, where, sort):
    name, down = sort or PURCHASES.default

    def sees(o):
        is_open = o.state in {"draft", "sent"}
        late = is_open and o.to_come > 0 and o.expected_on is not None and o.expected_on < today()
        in_view = {
            PurchasesView.ALL: True, PurchasesView.DRAFT: o.state == "draft",
            PurchasesView.SENT: o.state == "sent", PurchasesView.LATE: late,
            PurchasesView.PART_RECEIVED: is_open and o.received == 1, PurchasesView.DROP_SHIP: o.drop_ship == 1,
        }  # fmt: skip
        return (
            in_view[where.view]
            and _is_among(o.supplier_id, where.supplier)
            and _is_among(o.status_id, where.status)
            and (where.expected_from is None or (o.expected_on or date.min) >= where.expected_from)
            and (not where.open_only or is_open)
            and (where.product is None or where.product.out != any(
                r.product_id in where.product.values for r in facts.po_rows[o.id]))
        )  # fmt: skip

    def newest(o):
        return (-o.created_at.timestamp(), -o.id)

    values = {
        "created": lambda o: (o.created_at, o.id), "number": lambda o: (o.number,),
        "supplier": lambda o: (facts.suppliers[o.supplier_id].name, o.supplier_id, *newest(o)),
        "state": lambda o: (o.state, *newest(o)), "status": lambda o: (o.status_id, *newest(o)),
        "received": lambda o: (o.received, *newest(o)), "expected": lambda o: (o.expected_on, o.id),
        "total": lambda o: (o.total, o.id), "to_come": lambda o: (o.to_come, *newest(o)),
    }  # fmt: skip

    def blank(o):
        return {"expected": o.expected_on, "status": o.status_id}.get(name, "") is None

    seen = [o for o in facts.orders if sees(o)]
    filled = sorted((o for o in seen if not blank(o)), key=values[name], reverse=down)
    return [o.id for o in filled + sorted((o for o in seen if blank(o)), key=newest, reverse=down)]


purchases_filters = st.builds(
    PurchasesFilter,
    view=st.sampled_from(PurchasesView), supplier=st.none() | among,
    status=st.none() | st.builds(Among, st.frozensets(st.integers(9, 12)), st.booleans()),
    expected_from=st.none() | st.integers(-4, 8).map(lambda days: today() + timedelta(days=days)),
    open_only=st.booleans(),
    product=st.none() | st.builds(Among, st.frozensets(st.integers(1, 20), max_size=3), st.booleans()),
)  # fmt: skip


@given(
    where=purchases_filters,
    sort=st.none() | st.tuples(st.sampled_from(PURCHASES.sorts), st.booleans()),
    data=st.data(),
)
@shared
def test_purchases_page_as_sorted_and_filtered(shop, small_pages, where, sort, data):
    backend, facts = shop
    _check(backend.read, PURCHASES, where, sort, _orders_in_order(facts, where, sort), data)


def _two_keys(facts, records, ordered, value, sort):
    """By the second key first, then by the first: Python's sort keeps what is equal in order."""
    first, down, *second = sort
    of = {one.id: value(facts, one, first) for one in records}
    listed = ordered(tuple(second))
    filled = sorted((i for i in listed if of[i] is not None), key=of.get, reverse=down)
    return filled + [i for i in listed if of[i] is None]


def _sale_value(facts, sale, name):
    if name == "eta":
        return _eta(facts, sale)
    if name == "customer":
        return facts.customers[sale.customer_id].name
    columns = {"placed": "placed_at", "channel": "channel_id", "status": "status_id"}
    return getattr(sale, columns.get(name, name))


def _order_value(facts, order, name):
    if name == "supplier":
        return facts.suppliers[order.supplier_id].name
    columns = {"created": "created_at", "status": "status_id", "expected": "expected_on"}
    return getattr(order, columns.get(name, name))


def _pairs(listing):
    return [(one, then) for one in listing.sorts for then in listing.thens(one)]


two_sale_keys = st.builds(
    lambda pair, down, then_down: (pair[0], down, pair[1], then_down),
    st.sampled_from(_pairs(SALES)), st.booleans(), st.booleans(),
)  # fmt: skip


@given(where=sales_filters, sort=two_sale_keys, data=st.data())
@shared
def test_sales_page_by_two_keys(shop, small_pages, where, sort, data):
    """LST-04: paging, jumps, ranges and positions follow both keys, and end in the id."""
    backend, facts = shop
    ordered = lambda one: _sales_in_order(facts, where, one)
    wanted = _two_keys(facts, facts.sales, ordered, _sale_value, sort)
    _check(backend.read, SALES, where, sort, wanted, data)


def test_every_pair_of_keys(shop):
    backend, facts = shop
    for listing, where, records, plain, value in (
        (SALES, SalesFilter(), facts.sales, _sales_in_order, _sale_value),
        (PURCHASES, PurchasesFilter(), facts.orders, _orders_in_order, _order_value),
    ):
        pairs = _pairs(listing)
        assert len(pairs) > 20
        for n, (first, then) in enumerate(pairs):
            sort = (first, bool(n % 2), then, bool(n % 3))
            ordered = lambda one, w=where, of=plain: of(facts, w, one)
            wanted = _two_keys(facts, records, ordered, value, sort)
            assert list(backend.read(listing.all_ids, where, sort)) == wanted, sort


def test_what_may_be_the_second_key(shop):
    """Columns of the table itself without blanks; nothing after what no two have the same."""
    backend, _ = shop
    assert SALES.thens("number") == ()
    assert set(SALES.thens("customer")) == set(SALES.sorts) - {"customer", "channel", "eta"}
    assert "payment" not in SALES.thens("payment")
    for sort in (
        ("payment", True, "eta", True), ("payment", True, "payment", True), ("number", True, "total", True),
        ("mood", True), ("payment", True, "mood", True),
    ):  # fmt: skip
        assert not SALES.knows(sort)
        with pytest.raises(KeyError):
            backend.read(SALES.page, SalesFilter(), sort, 0)


def test_what_does_not_match_has_no_position(shop):
    backend, _ = shop
    first = backend.read(SALES.all_ids, SalesFilter(invoiced=True))[0]
    assert backend.read(SALES.position_of, SalesFilter(invoiced=False), None, first) is None
    assert backend.read(SALES.position_of, SalesFilter(), None, 10**9) is None
    assert not backend.read(SALES.ids_between, SalesFilter(), None, first, 10**9)


def test_chosen_ids_that_still_match(shop):
    backend, _ = shop
    invoiced = backend.read(SALES.all_ids, SalesFilter(invoiced=True))
    others = backend.read(SALES.all_ids, SalesFilter(invoiced=False))
    found = backend.read(SALES.matching, SalesFilter(invoiced=True), [*invoiced[:3], *others[:3]])
    assert found == set(invoiced[:3])


def test_fingerprints_tell_filters_apart():
    one = SalesFilter(channel=Among.of(1, 2))
    assert lists.fingerprint(one) == lists.fingerprint(SalesFilter(channel=Among.of(2, 1)))
    others = [
        SalesFilter(),
        SalesFilter(channel=Among.none_of(1, 2)),
        SalesFilter(text="a"),
        PurchasesFilter(),
    ]
    assert len({lists.fingerprint(where) for where in [one, *others]}) == 5
