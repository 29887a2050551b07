"""The computed axes (R2.1 to R2.4), R1.4, and the SQL that stores them."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from desktop_app.services import doctor
from desktop_app.services.access import Permission
from desktop_app.services.backend import Command
from desktop_app.services.books import refresh_purchases, refresh_sales
from desktop_app.services.rules.sale_status import (
    Axis,
    RowFacts,
    axes,
    payment,
    received,
    share,
    still_needed,
)
from desktop_app.services.store import tables as t
from tests.helpers.builders import Row, a_product, a_purchase_order, a_sale, a_supplier, once

NOT, PART, ALL, NA = Axis.NONE, Axis.PART, Axis.ALL, Axis.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], (NA, NA, NA)),
        ([(5, 0, 0, 0)], (NOT, NOT, NOT)),
        ([(5, 1, 0, 0)], (PART, NOT, NOT)),
        ([(5, 5, 0, 0)], (ALL, NOT, NOT)),
        ([(5, 2, 3, 0)], (ALL, PART, NOT)),
        ([(5, 0, 5, 1)], (ALL, ALL, PART)),
        ([(5, 0, 5, 5)], (ALL, ALL, ALL)),
        ([(5, 5, 0, 0), (1, 0, 0, 0)], (PART, NOT, NOT)),
        ([(1000, 999, 0, 0)], (PART, NOT, NOT)),
        ([(0, 0, 0, 0)], (NA, NA, NA)),
    ],
)
def test_none_some_all(rows, expected):
    """R2.2: never by percentage; R2.3: an all-shipped order reads fully, fully, fully."""
    made = axes(RowFacts(*row) for row in rows)
    assert (made.allocation, made.fulfilment, made.shipping) == expected


def test_still_needed_never_subtracts_shipped_twice():
    """R1.4."""
    assert still_needed(10, 2, 5) == 3
    assert still_needed(10, 0, 10) == 0
    assert still_needed(10, 6, 6) == 0
    assert RowFacts(10, 2, 5, 5).needed == 3


def test_payment():
    assert [payment(100, paid) for paid in (-5, 0, 1, 100, 120)] == [NOT, NOT, PART, ALL, ALL]
    assert payment(0, 0) == NA


def test_received():
    """R2.4; what came above the ordered units of one row does not fill another."""
    assert received([]) == NA
    assert received([(5, 0), (5, 0)]) == NOT
    assert received([(5, 5), (5, 0)]) == PART
    assert received([(5, 9), (5, 1)]) == PART
    assert received([(5, 5), (5, 6)]) == ALL


@given(st.integers(0, 100), st.integers(0, 100))
def test_share_is_all_only_when_nothing_is_left(done, wanted):
    axis = share(done, wanted)
    assert (axis is NA) == (wanted == 0)
    assert (axis is ALL) == (wanted > 0 and done >= wanted)
    assert (axis is NOT) == (wanted > 0 and done == 0)


@st.composite
def facts(draw):
    ordered = draw(st.integers(0, 6))
    fulfilled = draw(st.integers(0, ordered))
    reserved = draw(st.integers(0, ordered - fulfilled))
    return ordered, reserved, fulfilled, draw(st.integers(0, fulfilled)), draw(st.booleans())


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(facts(), min_size=1, max_size=5),
    st.lists(st.tuples(st.integers(1, 5), st.integers(0, 5), st.integers(0, 3)), max_size=4),
)
@pytest.mark.no_doctor  # the rows are written without their ledgers
def test_the_sql_says_what_the_rule_says(backend, rows, received_rows):
    """R2.1: stored = computed; the twin in ``books`` and the one in ``doctor``."""
    p = a_product(backend)
    sale = a_sale(backend, [Row(p, x[0], kind="stock" if x[4] else "service") for x in rows])
    po = a_purchase_order(backend, a_supplier(backend), {a_product(backend): n for n, _, _ in received_rows} or {p: 1})
    lines = received_rows or [(1, 0, 0)]
    with backend.store.writes.begin() as db:
        for key, (_, reserved, fulfilled, shipped, stocked) in zip(sale.rows, rows, strict=True):
            if stocked:
                db.execute(
                    t.sale_row.update().where(t.sale_row.c.id == key).values(
                        reserved=reserved * 10_000, fulfilled=fulfilled * 10_000, shipped=shipped * 10_000
                    )
                )  # fmt: skip
        for key, (ordered, got, more) in zip(po.rows.values(), lines, strict=True):
            units = min(got, ordered) + (more if got >= ordered else 0)
            db.execute(
                t.purchase_row.update().where(t.purchase_row.c.id == key).values(
                    received=units * 10_000, over_allowed=1
                )
            )  # fmt: skip

    def body(work):
        refresh_sales(work, [sale.id])
        refresh_purchases(work, [po.id])
        return {}

    backend.run(Command("refresh", Permission.ALLOCATE, body)(), once=once())
    stored = backend.read(lambda db: db.execute(select(t.sale).where(t.sale.c.id == sale.id)).one())
    stock = [RowFacts(*(n * 10_000 for n in x[:4])) for x in rows if x[4]]
    made = axes(stock)
    assert (stored.allocation, stored.fulfilment, stored.shipping) == (
        made.allocation, made.fulfilment, made.shipping,
    )  # fmt: skip
    assert stored.short == sum(x.needed for x in stock)
    head, bought = backend.read(
        lambda db: (
            db.execute(select(t.purchase_order).where(t.purchase_order.c.id == po.id)).one(),
            db.execute(select(t.purchase_row).where(t.purchase_row.c.po_id == po.id)).all(),
        )
    )
    assert head.received == received((x.ordered, x.received) for x in bought)
    assert head.to_come == sum(max(x.ordered - x.received, 0) for x in bought)
    found = {one.code for one in backend.read(doctor.check)}
    assert not found & {"I31", "I33"}
