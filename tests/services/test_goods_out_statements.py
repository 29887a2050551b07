"""Fulfilling, shipping and taking back take the same number of statements whatever the number of sales."""

from datetime import timedelta

import pytest

from desktop_app.services.goods_out import delete_note, fulfil, mark, ship, ship_sales
from desktop_app.services.rules.money import UNIT
from desktop_app.services.store import tables as t
from desktop_app.services.store.bulk import insert_many, next_ids, next_numbers
from tests.helpers import foundation as f
from tests.helpers.builders import a_product, once, stock

STATEMENTS_MAX = 45
SIZES = (1, 50, 1_000)


def many_sales(backend, size):
    """So many sales of three products, a unit each; enough is on hand. Returns their ids."""
    products = [a_product(backend) for _ in range(3)]
    stock(backend, dict.fromkeys(products, 3 * size))
    with backend.store.writes.begin() as db:
        sales, numbers = next_ids(db, t.sale, size), next_numbers(db, "sale", size)
        insert_many(
            db, t.sale,
            [
                {
                    "id": s, "number": n, "placed_at": f.AT + timedelta(seconds=n), "customer_id": f.WALK_IN,
                    "warehouse_id": f.MAIN, "status_id": f.SALE_STATUS["New"], "currency": "GBP",
                    "row_count": 3, "payment": 3, "short": 3 * UNIT,
                }
                for s, n in zip(sales, numbers, strict=True)
            ],
        )  # fmt: skip
        insert_many(
            db, t.sale_row,
            [
                {
                    "sale_id": s, "position": place, "product_id": p, "kind": "stock", "description": "",
                    "warehouse_id": f.MAIN, "ordered": UNIT,
                }
                for s in sales
                for place, p in enumerate(products, 1)
            ],
        )  # fmt: skip
    return sales


def test_the_number_of_statements_does_not_grow(backend, statements_sent):
    counts = {}
    for size in SIZES:
        sales = many_sales(backend, size)
        took = []
        with statements_sent.counting() as sent:
            done = backend.run(fulfil(sales), once=once())
        took.append(sent.count)
        with statements_sent.counting() as sent:
            backend.undo(done.journal_id, once=once())
        took.append(sent.count)
        notes = [one["id"] for one in backend.run(fulfil(sales), once=once()).result["notes"]]
        assert len(notes) == size
        with statements_sent.counting() as sent:
            backend.run(mark(notes, "picked"), once=once())
        took.append(sent.count)
        with statements_sent.counting() as sent:
            done = backend.run(delete_note(notes, also_release=True), once=once())
        took.append(sent.count)
        with statements_sent.counting() as sent:
            backend.undo(done.journal_id, once=once())
        took.append(sent.count)
        with statements_sent.counting() as sent:
            done = backend.run(ship_sales(sales), once=once())
        took.append(sent.count)
        assert [one["outcome"] for one in done.result["sales"]] == ["fully"] * size
        counts[size] = took
    assert counts[1] == counts[50] == counts[1_000], counts
    assert max(counts[1]) <= STATEMENTS_MAX, counts


@pytest.mark.parametrize("size", SIZES[:2])
def test_notes_shipped_in_part_are_split_together(backend, statements_sent, size):
    """Each note keeps one row and half of nothing else: the statements are those of one note."""
    counts = {}
    for number in (1, size):
        sales = many_sales(backend, number)
        notes = [one["id"] for one in backend.run(fulfil(sales), once=once()).result["notes"]]
        rows = backend.read(
            lambda db, notes=notes: db.execute(
                t.goods_out_row.select().where(t.goods_out_row.c.goods_out_id.in_(notes))
            ).all()
        )
        first = {row.goods_out_id: row.id for row in rows}
        with statements_sent.counting() as sent:
            done = backend.run(ship(notes, units=dict.fromkeys(first.values(), 0)), once=once())
        assert done.result["units"] == 2 * UNIT * number
        assert {one["outcome"] for one in done.result["sales"]} == {"partly"}
        counts[number] = sent.count
    assert len(set(counts.values())) == 1, counts
