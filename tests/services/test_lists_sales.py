"""What a line of Recent sales says, its views, the find box, sums (ux 3.1)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from desktop_app.services import lists, purchases_list
from desktop_app.services.lists import Among, purchase_search_text, sale_search_text, today
from desktop_app.services.purchases_list import PURCHASES, PurchasesFilter, PurchasesView
from desktop_app.services.rules.money import units
from desktop_app.services.rules.sale_status import Axis
from desktop_app.services.sales_list import (
    SALES,
    Cover,
    Eta,
    SalesFilter,
    SalesView,
    chosen_totals,
    totals,
    view_counts,
)
from desktop_app.services.sales_search import understand
from desktop_app.services.store import tables as t
from tests.helpers import foundation as f
from tests.helpers.builders import (
    Row,
    a_customer,
    a_product,
    a_purchase_order,
    a_sale,
    a_supplier,
    stock,
)

SOON, LATE = today() + timedelta(days=3), today() - timedelta(days=2)


def line(backend, sale):
    (found,) = backend.read(SALES.by_id, [sale.id])
    return found


def numbers(backend, where):
    return sorted(row.number for row in backend.read(SALES.page, where, None, 0))


def change(backend, table, key, **values):
    with backend.store.writes.begin() as db:
        db.execute(update(table).where(table.c.id == key).values(**values))


@pytest.fixture
def pen(backend):
    made = a_product(backend, "PEN-1", name="Pen")
    stock(backend, {made: 20})
    return made


def test_a_line_says_all_it_shows(backend, pen):
    customer = a_customer(backend, "Orchard Lane", has_credit_terms=1)
    placed = datetime.now(UTC) - timedelta(days=4, hours=1)
    sale = a_sale(
        backend, [Row(pen, 5, reserved=2), Row(None, 1, kind="service")], customer=customer,
        placed_at=placed, paid="10.00", reference="R-7", delivery_on=SOON,
    )  # fmt: skip
    order = a_purchase_order(
        backend, a_supplier(backend), {pen: 9}, pegs={sale.rows[0]: {pen: 3}}, expected_on=SOON
    )
    found = line(backend, sale)
    assert (found.number, found.placed_at, found.customer, found.has_credit_terms) == (
        1,
        placed,
        "Orchard Lane",
        True,
    )
    assert (found.status, found.status_colour, found.channel, found.channel_kind) == (
        "New",
        "#667182",
        "Direct sales",
        "trade",
    )
    assert (found.total, found.currency, found.currency_digits) == (3600, "GBP", 2)
    assert (found.short, found.pegged, found.items) == (units(3), units(3), 2)
    assert (found.payment, found.allocation, found.fulfilment, found.shipping) == (
        Axis.PART, Axis.PART, Axis.NONE, Axis.NONE,
    )  # fmt: skip
    assert (found.invoiced, found.waits, found.is_exception) == (False, True, False)
    assert (found.cover, found.eta, found.po_count) == (Cover.ON_PO, SOON, 1)
    assert (found.warehouse, found.reference, found.delivery_on, found.days_waiting) == (
        "Main warehouse",
        "R-7",
        SOON,
        4,
    )
    assert order.number == 1


@pytest.mark.parametrize(
    ("pegged", "day", "cover"),
    [(0, SOON, Cover.NO_PO), (2, SOON, Cover.NO_PO), (3, SOON, Cover.ON_PO), (3, None, Cover.ON_PO),
     (3, today(), Cover.ON_PO), (3, LATE, Cover.LATE), (2, LATE, Cover.NO_PO)],
)  # fmt: skip
def test_what_covers_a_short_sale(backend, pen, pegged, day, cover):
    """Amber: no order covers all of it; teal: covered; red: late."""
    sale = a_sale(backend, [Row(pen, 3)])
    pegs = {sale.rows[0]: {pen: pegged}} if pegged else {}
    a_purchase_order(backend, a_supplier(backend), {pen: 9}, pegs=pegs, expected_on=day)
    found = line(backend, sale)
    assert (found.cover, found.pegged, found.po_count) == (cover, units(pegged), int(pegged > 0))
    assert found.eta == (day if pegged else None)


def test_a_day_of_the_row_counts_before_that_of_the_order(backend, pen):
    sale = a_sale(backend, [Row(pen, 3)])
    order = a_purchase_order(
        backend, a_supplier(backend), {pen: 3}, pegs={sale.rows[0]: {pen: 3}}, expected_on=LATE
    )
    change(backend, t.purchase_row, order.rows[pen], expected_on=SOON)
    assert line(backend, sale).eta == SOON
    assert numbers(backend, SalesFilter(eta=Eta.LATE)) == []


def test_the_earliest_of_several_orders_counts_and_cancelled_ones_do_not(backend, pen):
    sale = a_sale(backend, [Row(pen, 6)])
    acme = a_supplier(backend)
    for state, day in [("sent", SOON), ("draft", SOON + timedelta(days=1)), ("cancelled", LATE)]:
        a_purchase_order(
            backend, acme, {pen: 3}, pegs={sale.rows[0]: {pen: 3}}, expected_on=day, state=state
        )
    found = line(backend, sale)
    assert (found.eta, found.po_count, found.pegged, found.cover) == (
        SOON,
        2,
        units(6),
        Cover.ON_PO,
    )


@pytest.mark.parametrize("status", ["On hold", "Quote", "Cancelled", "Shipped"])
def test_what_waits_for_nothing_needs_nothing(backend, pen, status):
    """R5.5."""
    found = line(backend, a_sale(backend, [Row(pen, 3)], status=status))
    assert (found.cover, found.days_waiting, found.waits) == (Cover.NOT_NEEDED, None, False)
    assert found.short == units(3)


def test_sold_now_and_not_on_record_is_an_exception(backend, pen):
    """R7.9: a short *now* or *ship later* row; a back order is not one, nor a row that got its goods."""
    made = [
        a_sale(backend, [Row(pen, 2, method=method, reserved=got)], status=status)
        for method, got, status in [
            ("now", 0, "New"), ("now", 2, "New"), ("ship_later", 1, "New"), ("back_order", 0, "New"),
            ("now", 0, "Cancelled"),
        ]
    ]  # fmt: skip
    assert [line(backend, one).is_exception for one in made] == [True, False, True, False, False]
    assert numbers(backend, SalesFilter(view=SalesView.PROBLEMS)) == [1, 3]


def test_each_view_and_its_count(backend, pen):
    acme = a_supplier(backend)
    uncovered = a_sale(backend, [Row(pen, 3)])
    part = a_sale(backend, [Row(pen, 3)])
    covered = a_sale(backend, [Row(pen, 3)])
    ready = a_sale(backend, [Row(pen, 3, reserved=3)])
    packed = a_sale(backend, [Row(pen, 3, fulfilled=3, shipped=1)])
    a_sale(backend, [Row(pen, 3, fulfilled=3, shipped=3)], status="Shipped")
    held = a_sale(backend, [Row(pen, 3, reserved=3)], status="On hold")
    late = a_sale(backend, [Row(pen, 1)])
    pegs = {part.rows[0]: {pen: 2}, covered.rows[0]: {pen: 3}}
    a_purchase_order(backend, acme, {pen: 9}, pegs=pegs, expected_on=SOON)
    a_purchase_order(backend, acme, {pen: 9}, pegs={late.rows[0]: {pen: 1}}, expected_on=LATE)
    wanted = {
        SalesView.ALL: list(range(1, 9)),
        SalesView.NEEDS_ORDERING: [uncovered.number, part.number],
        SalesView.WAITING_ON_PO: [covered.number, late.number],
        SalesView.READY_TO_SHIP: [ready.number, packed.number],
        SalesView.PROBLEMS: [held.number, late.number],
    }
    for view, found in wanted.items():
        assert numbers(backend, SalesFilter(view=view)) == found, view
    assert backend.read(view_counts) == {view: len(found) for view, found in wanted.items()}
    assert set(backend.read(view_counts, f.DIRECT + 1).values()) == {0}


def test_eta_filters(backend, pen):
    acme = a_supplier(backend)
    sunday = today() + timedelta(days=6 - today().weekday())
    days = [LATE, today(), sunday, sunday + timedelta(days=1), None]
    for day in days:
        sale = a_sale(backend, [Row(pen, 1)])
        a_purchase_order(backend, acme, {pen: 1}, pegs={sale.rows[0]: {pen: 1}}, expected_on=day)
    a_sale(backend, [Row(pen, 1)])
    a_sale(backend, [Row(pen, 1, reserved=1)])
    assert numbers(backend, SalesFilter(eta=Eta.LATE)) == [1]
    assert numbers(backend, SalesFilter(eta=Eta.THIS_WEEK)) == [2, 3]
    assert numbers(backend, SalesFilter(eta=Eta.NONE)) == [5, 6]


def test_items_suppliers_and_orders(backend, pen):
    ink = a_product(backend, "INK_5%")
    acme, zeta = a_supplier(backend, costs={pen: 1}), a_supplier(backend, costs={ink: 1})
    one = a_sale(backend, [Row(pen, 1)])
    a_sale(backend, [Row(ink, 1), Row(pen, 1, reserved=1)])
    a_sale(backend, [Row(pen, 1, reserved=1)])
    order = a_purchase_order(backend, acme, {pen: 1}, pegs={one.rows[0]: {pen: 1}})
    cases = [
        (SalesFilter(product=Among.of(ink)), [2]), (SalesFilter(product=Among.none_of(ink)), [1, 3]),
        (SalesFilter(sku="pen-1"), [1, 2, 3]), (SalesFilter(sku="ink*"), [2]), (SalesFilter(sku="*k_5%"), [2]),
        (SalesFilter(sku="pen"), []), (SalesFilter(supplier=Among.of(acme)), [1]),
        (SalesFilter(supplier=Among.of(zeta)), [2]), (SalesFilter(supplier=Among.none_of(acme)), [2, 3]),
        (SalesFilter(has_po=True), [1]), (SalesFilter(has_po=False), [2, 3]),
        (SalesFilter(po_number=order.number), [1]), (SalesFilter(po_number=order.number + 1), []),
    ]  # fmt: skip
    for where, wanted in cases:
        assert numbers(backend, where) == wanted, where
        assert backend.read(SALES.count, where) == len(wanted)
    assert [
        row.id for row in backend.read(PURCHASES.page, PurchasesFilter(sale_id=one.id), None, 0)
    ] == [order.id]


# --- free text ----------------------------------------------------------------------------------


def named(backend, number, search):
    with backend.store.writes.begin() as db:
        row = db.execute(select(t.sale).where(t.sale.c.number == number)).one()
        db.execute(update(t.sale).where(t.sale.c.id == row.id).values(search=search))


@pytest.fixture
def texts(backend, pen):
    for number in range(1, 14):
        a_sale(backend, [Row(pen, 1)])
        named(backend, number, sale_search_text(number, f"Customer {number}"))
    named(backend, 1, sale_search_text(1, "Müller & Söhne", "WEB-100%", None, ["TENT-2P", "STOVE"]))
    named(backend, 2, sale_search_text(2, "Kestrel Outdoors", "a_b\\c", "EXT-9"))
    named(backend, 3, sale_search_text(3, "kestrel  Alpine"))
    return backend


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("kestrel", [2, 3]), ("KESTREL out", [2]), ("strel alp", [3]), ("müller", [1]), ("MÜLLER", [1]),
        ("söh", [1]), ("tent-2p", [1]), ("ent-2 stove", [1]), ("ext-9", [2]), ("100%", [1]), ("%", [1]),
        ("_", [2]), ("a_b", [2]), ("a%b", []), ("b\\c", [2]), ("zzz", []), ("&", [1]), ("ke", [2, 3]),
        ("#1", [1, 10, 11, 12, 13]), ("#13", [13]), ("#14", []), ("1", [1, 10, 11, 12, 13]), ("13", [13]),
        ("#", list(range(1, 14))), ("   ", list(range(1, 14))), ("kestrel #2", [2]), ("#0", []),
        ("#99999999999999999999", []), ("٣", []), ("' OR 1=1 --", []), ("customer 7", [7]),
    ],
)  # fmt: skip
def test_what_is_found(texts, typed, wanted):
    assert numbers(texts, SalesFilter(text=typed)) == wanted
    assert texts.read(SALES.count, SalesFilter(text=typed)) == len(wanted)


def test_many_hits_are_walked_and_not_sorted(texts, monkeypatch):
    """More hits than are sorted: the same answer by another way."""
    for limit in (0, 1, 2, 1000):
        monkeypatch.setattr(lists, "SEARCH_IDS_MAX", limit)
        assert numbers(texts, SalesFilter(text="kestrel")) == [2, 3]
        assert numbers(texts, SalesFilter(text="customer")) == list(range(4, 14))


def test_a_name_that_changes_is_found_by_the_new_one(texts):
    named(texts, 2, sale_search_text(2, "Harrier"))
    assert numbers(texts, SalesFilter(text="kestrel")) == [3]
    assert numbers(texts, SalesFilter(text="harrier")) == [2]


def test_search_text_holds_whole_parts_up_to_its_length():
    assert sale_search_text(7, " Ann  B ", "R", None, ["SKU", "sku"]) == "7 ann b r sku"
    long = sale_search_text(7, "Ann", "", None, [f"CODE-{n:03}" for n in range(200)])
    assert len(long) <= lists.SEARCH_TEXT_MAX
    assert long.endswith("code-065")
    assert purchase_search_text(12, "Acme", "", None, ["X"]) == "12 acme x"


def test_tokens_become_a_filter(backend):
    asked = backend.read(understand, 'channel:direct short:>0 eta:late -status:"on hold" kest')
    assert asked.unknown == ()
    assert asked.where == SalesFilter(
        text="kest", channel=Among.of(f.DIRECT), short=True, eta=Eta.LATE,
        status=Among.none_of(f.SALE_STATUS["On hold"]),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "field", "value"),
    [
        ("alloc:none,part", "allocation", Among.of(0, 1)), ("paid:no", "payment", Among.of(0)),
        ("-shipped:all", "shipping", Among.none_of(2)), ("ful:part", "fulfilment", Among.of(1)),
        ("invoiced:no", "invoiced", False), ("-invoiced:no", "invoiced", True), ("short:0", "short", False),
        ("short:>=1", "short", True), ("-short:>0", "short", False), ("eta:week", "eta", Eta.THIS_WEEK),
        ("po:yes", "has_po", True), ("-po:yes", "has_po", False), ("po:5012", "po_number", 5012),
        ("PO 5012", "po_number", 5012), ("po#5012", "po_number", 5012), ("placed:30d", "placed_days", 30),
        ("sku:TENT-*", "sku", "TENT-*"), ("ref:web", "reference", "web"), ("warehouse:main", "warehouse", Among.of(f.MAIN)),
        ("status:on", "status", Among.of(f.SALE_STATUS["On order"], f.SALE_STATUS["On hold"])),
        ("channel:DIRECT", "channel", Among.of(f.DIRECT)), ("customer:walk", "customer", Among.of(f.WALK_IN)),
    ],
)  # fmt: skip
def test_each_token(backend, typed, field, value):
    assert backend.read(understand, typed).where == SalesFilter(**{field: value})


@pytest.mark.parametrize(
    "typed",
    ["channel:nowhere", "alloc:some", "eta:soon", "short:x", "invoiced:maybe", "placed:31/02",
     "placed:2026-02-31", "placed:>9999-12-31", "status:>new", "po:x", "-placed:30d", "short:>=5"],
)  # fmt: skip
def test_a_token_that_means_nothing_is_named(backend, typed):
    asked = backend.read(understand, f"{typed} kest", SalesFilter(invoiced=True))
    assert asked.unknown == (typed,)
    assert asked.where == SalesFilter(text="kest", invoiced=True)


def test_placed_by_the_day_here(backend):
    day = date(2026, 5, 4)
    begin = datetime(2026, 5, 4).astimezone()
    where = backend.read(understand, f"placed:{day}").where
    assert (where.placed_from, where.placed_before) == (begin, begin + timedelta(days=1))
    assert backend.read(understand, f"placed:>{day}").where.placed_from == begin + timedelta(days=1)
    assert backend.read(understand, f"placed:<{day}").where.placed_before == begin


def test_sums_per_currency(backend, pen):
    """SAL-10: of all that match, and of what is chosen."""
    pounds = [a_sale(backend, [Row(pen, 2)]), a_sale(backend, [Row(pen, 1, reserved=1)])]
    euros = a_sale(backend, [Row(pen, 3)], status="On hold")
    change(backend, t.sale, euros.id, currency="EUR")
    every = backend.read(totals, SalesFilter())
    assert (every.sales, every.totals, every.short) == (
        3,
        (("EUR", 2, 1800), ("GBP", 2, 1800)),
        units(2),
    )
    some = backend.read(chosen_totals, [pounds[0].id])
    assert (some.sales, some.totals, some.short) == (1, (("GBP", 2, 1200),), units(2))
    none = backend.read(totals, SalesFilter(text="zzz"))
    assert (none.sales, none.totals, none.short) == (0, (), 0)


# --- purchases ----------------------------------------------------------------------------------


def test_a_line_of_purchases(backend, pen):
    acme = a_supplier(backend, "Acme")
    sales = [a_sale(backend, [Row(pen, 2)]) for _ in range(2)]
    pegs = {sale.rows[0]: {pen: 2} for sale in sales}
    order = a_purchase_order(
        backend,
        acme,
        {pen: 9},
        cost="1.25",
        expected_on=LATE,
        opening_received={pen: 4},
        pegs=pegs,
        reference="Spring",
    )
    (found,) = backend.read(PURCHASES.by_id, [order.id])
    assert (found.number, found.supplier, found.state, found.status) == (
        1,
        "Acme",
        "sent",
        "Placed with supplier",
    )
    assert (found.received, found.to_come, found.total, found.currency) == (
        Axis.PART,
        units(5),
        1125,
        "GBP",
    )
    assert (found.expected_on, found.days_late, found.waiting_sales) == (LATE, 2, 2)
    assert (found.warehouse, found.reference, found.rows, found.batch_id) == (
        "Main warehouse",
        "Spring",
        1,
        None,
    )


def test_views_of_purchases(backend, pen):
    acme = a_supplier(backend)
    make = lambda **of: a_purchase_order(backend, acme, {pen: 5}, **of).number
    draft = make(state="draft", expected_on=SOON)
    late = make(expected_on=LATE)
    part = make(expected_on=SOON, opening_received={pen: 2})
    done = make(expected_on=LATE, opening_received={pen: 5})
    gone = make(expected_on=LATE, state="cancelled")
    away = make(expected_on=SOON, drop_ship=1)
    wanted = {
        PurchasesView.ALL: [draft, late, part, done, gone, away], PurchasesView.DRAFT: [draft],
        PurchasesView.SENT: [late, part, done, away], PurchasesView.LATE: [late],
        PurchasesView.PART_RECEIVED: [part], PurchasesView.DROP_SHIP: [away],
    }  # fmt: skip
    for view, found in wanted.items():
        page = backend.read(PURCHASES.page, PurchasesFilter(view=view), None, 0)
        assert sorted(row.number for row in page) == found, view
    assert backend.read(purchases_list.view_counts) == {
        view: len(found) for view, found in wanted.items()
    }
    assert [
        row.number for row in backend.read(PURCHASES.page, PurchasesFilter(text="#3"), None, 0)
    ] == [3]
