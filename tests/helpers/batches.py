"""What the tests of batches share."""

import pytest
from sqlalchemy import func, select, update

from desktop_app.services.errors import Rejected
from desktop_app.services.purchasing import BatchOptions, BatchRequest, place_batch, preview
from desktop_app.services.rules.money import units
from desktop_app.services.store import tables as t
from tests.helpers.builders import once

PLAIN = BatchOptions(exclude_stock=None, exclude_purchase_orders=False)


def place(backend, request):
    seen = backend.read(preview, request)
    return backend.run(place_batch(request, seen.fingerprint), once=once())


def chosen(*sales, options=None, edits=None):
    named = {} if options is None else {"options": options}
    return BatchRequest(
        tuple(sale.id for sale in sales), **named, **({} if edits is None else {"edits": edits})
    )


def rows_of(backend, table, *where):
    return backend.read(
        lambda db: db.execute(select(table).where(*where).order_by(table.c.id)).all()
    )


def one_of(backend, table, key):
    (row,) = rows_of(backend, table, table.c.id == key)
    return row


def counts(backend):
    """How many rows of everything that a batch writes: a refusal leaves them as they are."""
    tables = (
        t.purchase_batch, t.purchase_order, t.purchase_row, t.peg, t.note, t.status_change, t.journal, t.offer
    )  # fmt: skip

    def query(db):
        return [
            db.execute(select(func.count()).select_from(table)).scalar_one() for table in tables
        ]

    return backend.read(query)


def refused(backend, request, code, *, items=None, agreed="anything"):
    before = counts(backend)
    with pytest.raises(Rejected) as error:
        backend.run(place_batch(request, agreed), once=once())
    assert error.value.code == code
    if items is not None:
        assert list(error.value.items) == items
    assert counts(backend) == before


def receive_one(backend, po_id):
    """As an import's opening figure: one unit of the first row has come in."""
    with backend.store.writes.begin() as db:
        row = db.execute(select(t.purchase_row).where(t.purchase_row.c.po_id == po_id)).first()
        db.execute(
            update(t.peg).where(t.peg.c.po_row_id == row.id).values(live=row.ordered - units(1))
        )
        db.execute(
            update(t.purchase_row)
            .where(t.purchase_row.c.id == row.id)
            .values(received=units(1), opening_received=units(1))
        )
        db.execute(
            update(t.purchase_order)
            .where(t.purchase_order.c.id == po_id)
            .values(received=1, to_come=t.purchase_order.c.to_come - units(1))
        )
